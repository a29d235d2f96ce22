#include "pair_internal.h"

#include <stdlib.h>

#include "crypto.h"

/* ESP SA pairs on our side: keys, the data plane, and their clocks. */

#define PLANE_PATIENCE    (5 * IKE_SECOND) /* for an acknowledgment */
#define TWIN_AGE          (5 * IKE_SECOND)
#define REVIVED_PAUSE     (2 * IKE_SECOND)
#define HOLD_OUT_MAX      (2 * IKE_SECOND)  /* then the outbound half is added in any case */
#define REPLACED_PATIENCE (30 * IKE_SECOND) /* for the DELETE of whoever rekeyed */

void ike_pairs_init(struct ike_pairs *pairs, struct ike_env *env,
                    const struct ike_tunnel_config *config, struct ike_job *job,
                    void (*note)(struct ike_pairs *pairs, enum ike_log_level level,
                                 const struct words *what))
{
    *pairs = (struct ike_pairs){.env = env, .config = config, .job = job, .note = note};
    list_init(&pairs->all);
    list_init(&pairs->lingers);
    list_init(&pairs->adopted);
}

static const char *tunnel_of(const struct ike_pair *pair)
{
    return pair->of->config->id;
}

static uint64_t now_of(const struct ike_pair *pair)
{
    return pair->of->env->now_us;
}

/* Whoever owns it looks after it, and the tunnel at what that comes to. */
static void touch(const struct ike_pair *pair)
{
    ike_job_touch(&pair->of->env->jobs, pair->owner);
    ike_job_touch(&pair->of->env->jobs, pair->of->job);
}

/* ---- to the data plane ---- */

/* What both halves share. */
static void fill_common(const struct ike_pair *pair, const struct ike_pair_terms *terms,
                        struct ike_esp_sa *ret)
{
    const struct ike_tunnel_config *c = pair->of->config;
    const struct ike_selectors *s = &pair->selectors;

    *ret = (struct ike_esp_sa){
        .pair = pair->spi_in,
        .local = terms->local,
        .remote = terms->remote,
        .encap = true,
        .encr = pair->algs.encr->id,
        .key_bits = pair->algs.encr->key_bits,
        .integrity = pair->algs.integ ? pair->algs.integ->id : 0,
        .encr_key_len = (uint8_t)crypto_encr_material(pair->algs.encr),
        .integrity_key_len = pair->algs.integ ? pair->algs.integ->key_len : 0,
        .esn = pair->esn,
        .replay_window = c->replay_window,
        .soft_bytes = pair->soft_bytes,
        .soft_packets = pair->soft_packets,
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

void ike_pair_add_out(struct ike_pair *pair)
{
    if (pair->out_added)
        return;
    pair->out_added = true;
    pair->out_order = ++pair->of->adds;
    pair->ack_us = now_of(pair);
    ike_act_add(pair->of->env, tunnel_of(pair), &pair->out);
    crypto_wipe(&pair->out, sizeof(pair->out));
    ike_job_touch(&pair->of->env->jobs, pair->owner);
}

void ike_pair_forget_out(struct ike_pair *pair)
{
    crypto_wipe(&pair->out, sizeof(pair->out));
    pair->out_added = true; /* never again */
    pair->out_ok = false;
    pair->ack_us = 0;
}

/* An outbound half is held back only while another one carries the traffic. A peer that
 * authenticates anew ends the old IKE SA without a word in the new one (2.8.3). */
static void release_held(struct ike_pairs *pairs)
{
    if (ike_pairs_serve(pairs))
        return;
    list_for_each (pair, &pairs->all, struct ike_pair, all) {
        if (pair->state == IKE_PAIR_LIVE && !pair->made_by_us && !pair->lost)
            ike_pair_add_out(pair);
    }
}

void ike_pair_drop_out(struct ike_pair *pair)
{
    bool added = pair->out_added, carried = added && !pair->lost;

    ike_pair_forget_out(pair);
    if (carried)
        release_held(pair->of); /* before there is nothing to send on */
    if (added)
        ike_act_del(pair->of->env, tunnel_of(pair), IKE_OUT, pair->spi_out);
    ike_job_touch(&pair->of->env->jobs, pair->of->job); /* it may be down for that */
}

/* ---- coming ---- */

uint32_t ike_pair_new_spi(struct ike_env *env)
{
    uint32_t spi;

    do
        ike_random(env, &spi, sizeof(spi));
    while (spi < IKE_ESP_SPI_MIN);
    return spi;
}

void ike_pair_set_lifetime(struct ike_pair *pair)
{
    uint64_t life =
        ike_smaller_limit(pair->of->config->child_lifetime_s, pair->lifetime_s_max) * IKE_SECOND;
    uint64_t margin = ike_jitter(pair->of->env, life / 100 * (pair->made_by_us ? 14 : 6), 30);

    pair->rekey_us = pair->made_us + life - margin;
    pair->expire_us = pair->made_us + life;
}

static struct ike_pair *begin(struct ike_pairs *pairs, struct list *owned, struct ike_job *owner)
{
    struct ike_pair *pair = calloc(1, sizeof(*pair));

    if (!pair)
        return NULL;
    pair->of = pairs;
    pair->owner = owner;
    list_append(owned, &pair->link);
    list_append(&pairs->all, &pair->all);
    return pair;
}

static void add(struct ike_pair *pair, const struct ike_pair_terms *terms)
{
    const struct ike_child_keys *k = terms->keys;
    bool us = terms->made_by_us;
    struct ike_esp_sa in;

    fill_common(pair, terms, &in);
    pair->out = in;
    set_half(&in, IKE_IN, pair->spi_in, us ? k->encr_r : k->encr_i, us ? k->integ_r : k->integ_i);
    set_half(&pair->out, IKE_OUT, pair->spi_out, us ? k->encr_i : k->encr_r,
             us ? k->integ_i : k->integ_r);
    pair->ack_us = now_of(pair);
    ike_act_add(pair->of->env, tunnel_of(pair), &in);
    pair->out_us = now_of(pair) + HOLD_OUT_MAX;
    if (!terms->hold_out)
        ike_pair_add_out(pair);
    crypto_wipe(&in, sizeof(in));
}

int ike_pair_make(struct ike_pairs *pairs, const struct ike_pair_terms *terms, struct list *owned,
                  struct ike_job *owner, struct ike_pair **ret)
{
    struct ike_pair *pair = begin(pairs, owned, owner);

    if (!pair)
        return -ENOMEM;
    pair->made_by_us = terms->made_by_us;
    pair->unproven = terms->hold_out && !terms->made_by_us;
    pair->spi_in = terms->spi_in;
    pair->spi_out = terms->spi_out;
    pair->algs = terms->algs;
    pair->esn = terms->esn;
    pair->selectors = *terms->selectors;
    pair->low_nonce = terms->low_nonce;
    pair->config_epoch = pairs->epoch;
    pair->lifetime_s_max = terms->lifetime_s_max;
    pair->lifetime_bytes_max = terms->lifetime_bytes_max;
    pair->made_us = pairs->env->now_us;
    ike_pair_set_lifetime(pair);
    ike_pair_set_volume(pair);
    add(pair, terms);
    touch(pair);
    *ret = pair;
    return 0;
}

int ike_pair_make_closing(struct ike_pairs *pairs, uint32_t spi_in, struct list *owned,
                          struct ike_job *owner)
{
    struct ike_pair *pair = begin(pairs, owned, owner);

    if (!pair)
        return -ENOMEM;
    pair->state = IKE_PAIR_CLOSING;
    pair->spi_in = spi_in;
    pair->out_added = true;
    pair->expire_us = IKE_NEVER;
    return 0;
}

void ike_pairs_moved(struct list *owned, const struct endpoint *remote)
{
    list_for_each (pair, owned, struct ike_pair, link) {
        pair->out.remote = *remote;
        ike_act_move(pair->of->env, tunnel_of(pair), pair->spi_in, remote);
    }
}

void ike_pairs_move(struct list *from, struct list *to, struct ike_job *owner)
{
    list_for_each_safe (pair, from, struct ike_pair, link) {
        list_remove(&pair->link);
        list_append(to, &pair->link);
        pair->owner = owner;
    }
}

/* ---- giving way ---- */

void ike_pair_hold(struct ike_pair *made)
{
    made->out_us = now_of(made) + REPLACED_PATIENCE;
}

void ike_pair_replace(struct ike_pair *old, struct ike_pair *made)
{
    old->state = IKE_PAIR_REPLACED;
    old->replaced_by = made->spi_in;
    old->close_us = now_of(old) + REPLACED_PATIENCE;
    /* The old one serves until the peer surely has our answer, or as long as it lives. */
    if (!made->made_by_us)
        made->out_us = MIN(old->close_us, old->expire_us);
}

void ike_pair_revive(struct ike_pair *successor, uint64_t retry_us)
{
    list_for_each (pair, &successor->of->all, struct ike_pair, all) {
        if (pair->owner != successor->owner || pair->state != IKE_PAIR_REPLACED ||
            pair->replaced_by != successor->spi_in)
            continue;
        pair->state = IKE_PAIR_LIVE;
        pair->retry_us = retry_us;
    }
}

static void give_back(struct ike_pair *pair)
{
    list_remove(&pair->link);
    list_remove(&pair->all);
    crypto_wipe(pair, sizeof(*pair));
    free(pair);
}

void ike_pair_end(struct ike_pair *pair, uint64_t grace_us)
{
    ike_pair_drop_out(pair);
    ike_pair_revive(pair, now_of(pair) + ike_jitter(pair->of->env, REVIVED_PAUSE, 40));
    if (grace_us)
        ike_pairs_linger(pair->of, pair->spi_in, grace_us);
    else
        ike_act_del(pair->of->env, tunnel_of(pair), IKE_IN, pair->spi_in);
    touch(pair);
    give_back(pair);
}

void ike_pairs_end(struct list *owned, uint64_t grace_us)
{
    list_for_each (pair, owned, struct ike_pair, link)
        pair->state = IKE_PAIR_CLOSING;
    list_for_each_safe (pair, owned, struct ike_pair, link)
        ike_pair_end(pair, grace_us);
}

void ike_pairs_done(struct ike_pairs *pairs)
{
    list_for_each_safe (pair, &pairs->all, struct ike_pair, all)
        give_back(pair);
    list_for_each_safe (linger, &pairs->lingers, struct ike_linger, link) {
        list_remove(&linger->link);
        free(linger);
    }
    list_for_each_safe (item, &pairs->adopted, struct ike_adopted, link)
        ike_adopted_free(item);
}

void ike_pair_prove(struct ike_pair *pair)
{
    pair->unproven = false;
    if (!pair->made_by_us && pair->state == IKE_PAIR_LIVE)
        ike_pair_add_out(pair);
}

/* Whoever sends on it receives on it, too (2.8). */
void ike_pair_use(struct ike_pair *pair, uint8_t direction)
{
    struct ike_pairs *pairs = pair->of;

    if (direction == IKE_IN) {
        pairs->esp_in = true;
        ike_pair_prove(pair);
    } else if (!pairs->esp_out_us) {
        pairs->esp_out_us = now_of(pair);
    }
}

/* ---- time ---- */

/* Whether the data plane took what it was given. */
static void run_acknowledgment(struct ike_pair *pair, uint64_t *deadline)
{
    if (!pair->ack_us || pair->lost || pair->state != IKE_PAIR_LIVE)
        return;
    if (now_of(pair) >= pair->ack_us + PLANE_PATIENCE) {
        pair->of->note(pair->of, IKE_LOG_WARNING, SAY(IKE_PLANE_SILENT));
        pair->lost = true;
        pair->ack_us = 0;
        ike_job_touch(&pair->of->env->jobs, pair->of->job);
    } else {
        *deadline = MIN(*deadline, pair->ack_us + PLANE_PATIENCE);
    }
}

/* Enough waited for the peer's next request. While another pair carries the traffic, one of a new
 * IKE SA is not trusted without a sign that the peer has that SA: it may have given up its call,
 * and all we sent would be lost until its silence is noticed. True: that sign is wanted. */
static bool end_hold(struct ike_pair *pair)
{
    if (pair->with_sa && pair->unproven && ike_pairs_carry(pair->of)) {
        pair->out_us = now_of(pair) + HOLD_OUT_MAX;
        return true;
    }
    pair->unproven = false;
    if (!pair->out_added && ike_pair_is_outrun(pair))
        pair->out_us = now_of(pair) + HOLD_OUT_MAX;
    else if (pair->state == IKE_PAIR_LIVE)
        ike_pair_add_out(pair);
    return false;
}

static void lower_deadlines(const struct ike_pair *pair, uint64_t *deadline)
{
    const struct ike_env *env = pair->of->env;

    if (!pair->out_added || pair->unproven)
        ike_lower_deadline(env, deadline, pair->out_us);
    if (pair->state == IKE_PAIR_REPLACED)
        ike_lower_deadline(env, deadline, pair->close_us);
    if (pair->state == IKE_PAIR_LIVE)
        ike_lower_deadline(env, deadline,
                           ike_pair_wants_rekey(pair) ? pair->retry_us
                                                      : MAX(ike_pair_due(pair), pair->retry_us));
    if (pair->state != IKE_PAIR_CLOSING)
        ike_lower_deadline(env, deadline, pair->expire_us);
}

static bool run_one(struct ike_pair *pair, uint64_t *deadline)
{
    uint64_t now = now_of(pair);
    bool wanted = false;

    if (now >= pair->expire_us && pair->state != IKE_PAIR_CLOSING) {
        pair->of->note(pair->of, IKE_LOG_WARNING, SAY(IKE_CHILD_EXPIRED));
        pair->state = IKE_PAIR_CLOSING;
        ike_pair_drop_out(pair);
    }
    if (pair->state == IKE_PAIR_REPLACED && now >= pair->close_us)
        pair->state = IKE_PAIR_CLOSING; /* its rekeyer forgot it */
    if (now >= pair->out_us)
        wanted = end_hold(pair);
    run_acknowledgment(pair, deadline);
    lower_deadlines(pair, deadline);
    return wanted;
}

bool ike_pairs_run(struct list *owned, uint64_t *deadline)
{
    bool wanted = false;

    list_for_each (pair, owned, struct ike_pair, link)
        wanted |= run_one(pair, deadline);
    return wanted;
}

static void settle_two(struct ike_pair *a, struct ike_pair *b, uint64_t *deadline)
{
    struct ike_pair *loser = ike_nonce_cmp(&a->low_nonce, &b->low_nonce) < 0 ? a : b;
    uint64_t at = MAX(a->made_us, b->made_us) + (loser->made_by_us ? TWIN_AGE : 6 * TWIN_AGE);

    if (a == b || a->state != IKE_PAIR_LIVE || b->state != IKE_PAIR_LIVE || !a->out_ok ||
        !b->out_ok || !ike_selectors_equal(&a->selectors, &b->selectors))
        return;
    if (now_of(a) >= at)
        loser->state = IKE_PAIR_CLOSING;
    else
        *deadline = MIN(*deadline, at);
}

void ike_pairs_settle_twins(struct list *owned, uint64_t *deadline)
{
    struct ike_pair *first = container_of(owned->next, struct ike_pair, link);

    list_for_each (pair, owned, struct ike_pair, link)
        settle_two(first, pair, deadline);
}
