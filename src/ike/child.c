#include "ike_internal.h"

#include <stdlib.h>

/* Child SAs on our side: keys, the data plane, and their clocks. */

#define PLANE_PATIENCE (5 * IKE_SECOND) /* for an acknowledgment */
#define TWIN_AGE       (5 * IKE_SECOND)
#define REVIVED_PAUSE  (2 * IKE_SECOND)
#define HOLD_OUT_MAX   (2 * IKE_SECOND) /* then the outbound half is added in any case */

struct ike_child *ike_child_find(const struct ike_sa *sa, uint32_t spi_in)
{
    list_for_each (child, &sa->children, struct ike_child, link) {
        if (child->spi_in == spi_in)
            return child;
    }
    return NULL;
}

struct ike_child *ike_child_find_out(const struct ike_sa *sa, uint32_t spi_out)
{
    list_for_each (child, &sa->children, struct ike_child, link) {
        if (child->spi_out == spi_out)
            return child;
    }
    return NULL;
}

/* SPIs below 256 are reserved (RFC 4303, 2.1). One that is taken nevertheless is refused by the
 * data plane, and the child made anew. */
uint32_t ike_child_new_spi(struct ike *ike)
{
    uint32_t spi;

    do
        ike_random(ike, &spi, sizeof(spi));
    while (spi < IKE_ESP_SPI_MIN);
    return spi;
}

bool ike_child_is_usable(const struct ike_child *child)
{
    bool out = child->out_ok || (child->out_added && child->ack_us);

    return child->in_ok && out && child->state != IKE_CHILD_CLOSING && !child->lost;
}

bool ike_child_wants_rekey(const struct ike_sa *sa, const struct ike_child *child)
{
    /* Of an unproven one the peer would say that it does not exist. */
    return child->state == IKE_CHILD_LIVE && !child->unproven && sa->tunnel->config.admin_up &&
           (child->want_rekey || child->lost || sa->ike->now_us >= child->rekey_us ||
            child->config_epoch != sa->tunnel->child_epoch);
}

/* ---- to the data plane ---- */

/* The share of a limit that is left when the rekey begins. Whoever made the child begins earlier,
 * as with its lifetime; a limit of a few packets has a soft one, too. */
static uint64_t soft_limit(const struct ike_sa *sa, const struct ike_child *child, uint64_t hard)
{
    unsigned percent = child->made_by_us ? 20 : 10;
    uint64_t margin = hard / 100 * percent + hard % 100 * percent / 100;

    return hard ? MAX(hard - ike_jitter(sa->ike, margin, 25), (uint64_t)1) : 0;
}

/* What both halves share. */
static void fill_common(const struct ike_sa *sa, const struct ike_child *child,
                        struct ike_esp_sa *ret)
{
    const struct ike_tunnel_config *c = &sa->tunnel->config;
    const struct ike_selectors *s = &child->selectors;

    *ret = (struct ike_esp_sa){
        .pair = child->spi_in,
        .local = sa->local,
        .remote = sa->remote,
        .encap = true,
        .encr = child->algs.encr->id,
        .key_bits = child->algs.encr->key_bits,
        .integrity = child->algs.integ ? child->algs.integ->id : 0,
        .encr_key_len = (uint8_t)crypto_encr_material(child->algs.encr),
        .integrity_key_len = child->algs.integ ? child->algs.integ->key_len : 0,
        .esn = child->esn,
        .replay_window = c->replay_window,
        .soft_bytes = soft_limit(sa, child, c->child_lifetime_bytes),
        .soft_packets = soft_limit(sa, child, c->child_lifetime_packets),
        .hard_bytes = c->child_lifetime_bytes,
        .hard_packets = c->child_lifetime_packets,
        .n_local_ts = s->n_local,
        .n_remote_ts = s->n_remote,
    };
    memcpy(ret->local_ts, s->local, sizeof(s->local));
    memcpy(ret->remote_ts, s->remote, sizeof(s->remote));
}

static void set_half(struct ike_esp_sa *half, enum ike_direction direction, uint32_t spi,
                     const uint8_t *encr, const uint8_t *integ)
{
    half->direction = (uint8_t)direction;
    half->spi = spi;
    memcpy(half->encr_key, encr, half->encr_key_len);
    memcpy(half->integrity_key, integ, half->integrity_key_len);
}

void ike_child_add_out(struct ike_sa *sa, struct ike_child *child)
{
    if (child->out_added)
        return;
    child->out_added = true;
    child->out_order = ++sa->tunnel->out_orders;
    child->ack_us = sa->ike->now_us;
    ike_act_add(sa->tunnel, &child->out);
    crypto_wipe(&child->out, sizeof(child->out));
    ike_sa_touch(sa);
}

void ike_child_forget_out(struct ike_child *child)
{
    crypto_wipe(&child->out, sizeof(child->out));
    child->out_added = true; /* never again */
    child->out_ok = false;
    child->ack_us = 0;
}

/* An outbound half is held back only while another one carries the traffic. A peer that
 * authenticates anew ends the old IKE SA without a word in the new one (2.8.3). */
static void release_held(struct ike_tunnel *tunnel)
{
    if (ike_tunnel_has_usable_child(tunnel))
        return;
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        if (!ike_sa_is_live(sa))
            continue;
        list_for_each (child, &sa->children, struct ike_child, link) {
            if (child->state == IKE_CHILD_LIVE && !child->made_by_us && !child->lost)
                ike_child_add_out(sa, child);
        }
    }
}

void ike_child_drop_out(struct ike_sa *sa, struct ike_child *child)
{
    bool added = child->out_added, carried = added && !child->lost;

    ike_child_forget_out(child);
    if (carried)
        release_held(sa->tunnel); /* before there is nothing to send on */
    if (added)
        ike_act_del(sa->ike, sa->tunnel->config.id, IKE_OUT, child->spi_out);
    ike_tunnel_touch(sa->tunnel); /* it may be down for that */
}

void ike_child_set_lifetime(struct ike_sa *sa, struct ike_child *child)
{
    uint64_t life = sa->tunnel->config.child_lifetime_s * IKE_SECOND;
    uint64_t margin = ike_jitter(sa->ike, life / 100 * (child->made_by_us ? 14 : 6), 30);

    child->rekey_us = child->made_us + life - margin;
    child->expire_us = child->made_us + life;
}

static void set_low_nonce(struct ike_child *child, const struct ike_child_plan *plan)
{
    struct ike_nonce r;

    ike_nonce_set(&child->low_nonce, plan->nonce_i);
    ike_nonce_set(&r, plan->nonce_r);
    if (ike_nonce_cmp(&r, &child->low_nonce) < 0)
        child->low_nonce = r;
}

int ike_child_new(struct ike_sa *sa, const struct ike_child_plan *plan, bool hold_out,
                  struct ike_child **ret)
{
    struct ike_child *child = calloc(1, sizeof(*child));
    const struct ike_algs *algs = &plan->choice->algs;
    struct ike_child_keys keys;
    struct ike_esp_sa in;
    bool us = plan->made_by_us;
    int r;

    if (!child)
        return -ENOMEM;
    r = ike_derive_child(sa->algs.prf, sa->keys.d, plan->secret, plan->nonce_i, plan->nonce_r,
                         algs->encr, algs->integ, &keys);
    if (r < 0) {
        free(child);
        return r;
    }
    child->made_by_us = us;
    child->unproven = hold_out && !us;
    child->spi_in = plan->spi_in;
    child->spi_out = plan->spi_out;
    child->algs = *algs;
    child->esn = plan->choice->esn;
    child->selectors = *plan->selectors;
    child->config_epoch = sa->tunnel->child_epoch;
    child->made_us = sa->ike->now_us;
    ike_child_set_lifetime(sa, child);
    set_low_nonce(child, plan);
    fill_common(sa, child, &in);
    child->out = in;
    set_half(&in, IKE_IN, child->spi_in, us ? keys.encr_r : keys.encr_i,
             us ? keys.integ_r : keys.integ_i);
    set_half(&child->out, IKE_OUT, child->spi_out, us ? keys.encr_i : keys.encr_r,
             us ? keys.integ_i : keys.integ_r);
    list_append(&sa->children, &child->link);
    child->ack_us = sa->ike->now_us;
    ike_act_add(sa->tunnel, &in);
    child->out_us = sa->ike->now_us + HOLD_OUT_MAX;
    if (!hold_out)
        ike_child_add_out(sa, child);
    crypto_wipe(&keys, sizeof(keys));
    crypto_wipe(&in, sizeof(in));
    ike_sa_touch(sa);
    ike_tunnel_touch(sa->tunnel);
    *ret = child;
    return 0;
}

void ike_children_revive(struct ike_sa *sa, uint32_t successor_in, uint64_t retry_us)
{
    list_for_each (child, &sa->children, struct ike_child, link) {
        if (child->state != IKE_CHILD_REPLACED || child->replaced_by != successor_in)
            continue;
        child->state = IKE_CHILD_LIVE;
        child->retry_us = retry_us;
    }
}

void ike_child_remove(struct ike_sa *sa, struct ike_child *child, uint64_t grace_us)
{
    struct ike_tunnel *tunnel = sa->tunnel;

    ike_child_drop_out(sa, child);
    list_remove(&child->link);
    ike_children_revive(sa, child->spi_in,
                        sa->ike->now_us + ike_jitter(sa->ike, REVIVED_PAUSE, 40));
    if (grace_us)
        ike_tunnel_linger(tunnel, child->spi_in, grace_us);
    else
        ike_act_del(sa->ike, tunnel->config.id, IKE_IN, child->spi_in);
    crypto_wipe(child, sizeof(*child));
    free(child);
    ike_sa_touch(sa);
    ike_tunnel_touch(tunnel);
}

static void prove(struct ike_sa *sa, struct ike_child *child)
{
    child->unproven = false;
    if (!child->made_by_us && child->state == IKE_CHILD_LIVE)
        ike_child_add_out(sa, child);
}

void ike_children_proven(struct ike_sa *sa)
{
    list_for_each (child, &sa->children, struct ike_child, link)
        prove(sa, child);
}

void ike_children_answered(struct ike_sa *sa)
{
    list_for_each (child, &sa->children, struct ike_child, link) {
        if (child->by_auth)
            prove(sa, child);
    }
}

/* ---- time ---- */

/* Whether the data plane took what it was given. */
static void run_acknowledgment(struct ike_sa *sa, struct ike_child *child, uint64_t *deadline)
{
    if (!child->ack_us || child->lost || child->state != IKE_CHILD_LIVE)
        return;
    if (sa->ike->now_us >= child->ack_us + PLANE_PATIENCE) {
        ike_tunnel_note(sa->tunnel, IKE_LOG_WARNING, SAY(IKE_PLANE_SILENT));
        child->lost = true;
        child->ack_us = 0;
        ike_tunnel_touch(sa->tunnel);
    } else {
        *deadline = MIN(*deadline, child->ack_us + PLANE_PATIENCE);
    }
}

static bool has_adopted_out(const struct ike_tunnel *tunnel)
{
    list_for_each (item, &tunnel->adopted, struct ike_adopted, link) {
        if (item->direction == IKE_OUT)
            return true;
    }
    return false;
}

bool ike_tunnel_carries(const struct ike_tunnel *tunnel)
{
    return ike_tunnel_has_usable_child(tunnel) || has_adopted_out(tunnel);
}

/* Enough waited for the peer's next request. While another child carries the traffic, one of a new
 * IKE SA is not trusted without a sign that the peer has that SA: it may have given up its call,
 * and all we sent would be lost until its silence is noticed. */
static void end_hold(struct ike_sa *sa, struct ike_child *child)
{
    if (child->by_auth && child->unproven && ike_tunnel_carries(sa->tunnel)) {
        child->out_us = sa->ike->now_us + HOLD_OUT_MAX;
        sa->want_liveness = true;
        return;
    }
    child->unproven = false;
    if (child->state == IKE_CHILD_LIVE)
        ike_child_add_out(sa, child);
}

static void run_child(struct ike_sa *sa, struct ike_child *child, uint64_t *deadline)
{
    uint64_t now = sa->ike->now_us;

    if (now >= child->expire_us && child->state != IKE_CHILD_CLOSING) {
        ike_tunnel_note(sa->tunnel, IKE_LOG_WARNING, SAY(IKE_CHILD_EXPIRED));
        child->state = IKE_CHILD_CLOSING;
        ike_child_drop_out(sa, child);
    }
    if (child->state == IKE_CHILD_REPLACED && now >= child->close_us)
        child->state = IKE_CHILD_CLOSING; /* its rekeyer forgot it */
    if (now >= child->out_us)
        end_hold(sa, child);
    run_acknowledgment(sa, child, deadline);
    if (!child->out_added || child->unproven)
        ike_lower_deadline(sa->ike, deadline, child->out_us);
    if (child->state == IKE_CHILD_REPLACED)
        ike_lower_deadline(sa->ike, deadline, child->close_us);
    if (child->state == IKE_CHILD_LIVE)
        ike_lower_deadline(sa->ike, deadline,
                           ike_child_wants_rekey(sa, child)
                               ? child->retry_us
                               : MAX(child->rekey_us, child->retry_us));
    if (child->state != IKE_CHILD_CLOSING)
        ike_lower_deadline(sa->ike, deadline, child->expire_us);
}

/* Of two children for the same traffic, made because both ends missed one at once, the one made
 * with the lower nonce goes, as after a collision of rekeys. A peer of another make may mean it so.
 */
static void settle_twins(struct ike_sa *sa, struct ike_child *a, struct ike_child *b,
                         uint64_t *deadline)
{
    struct ike_child *loser = ike_nonce_cmp(&a->low_nonce, &b->low_nonce) < 0 ? a : b;
    uint64_t at = MAX(a->made_us, b->made_us) + (loser->made_by_us ? TWIN_AGE : 6 * TWIN_AGE);

    if (a == b || a->state != IKE_CHILD_LIVE || b->state != IKE_CHILD_LIVE || !a->out_ok ||
        !b->out_ok || !ike_selectors_equal(&a->selectors, &b->selectors))
        return;
    if (sa->ike->now_us >= at)
        loser->state = IKE_CHILD_CLOSING;
    else
        *deadline = MIN(*deadline, at);
}

void ike_children_run(struct ike_sa *sa, uint64_t *deadline)
{
    if (sa->ropeway && !list_empty(&sa->children)) {
        struct ike_child *first = container_of(sa->children.next, struct ike_child, link);

        list_for_each (child, &sa->children, struct ike_child, link)
            settle_twins(sa, first, child, deadline);
    }
    list_for_each (child, &sa->children, struct ike_child, link)
        run_child(sa, child, deadline);
}
