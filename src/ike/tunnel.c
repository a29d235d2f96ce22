#include "ike_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Tunnels: what is said of them, when to call the peer, and what may be taken off. */

#define BACKOFF_FIRST (500 * IKE_MS)
#define BACKOFF_MAX   (60 * IKE_SECOND)

#define REFUSALS_ENOUGH 2 /* of a child, until another IKE SA is tried */

#define SUSPECT_PAUSE    (1 * IKE_SECOND) /* between lines on the word of strangers */
#define SUSPECT_PAUSE_UP (10 * IKE_SECOND)

#define HEARD_PAUSE     (5 * IKE_SECOND) /* doubled before the second line already */
#define HEARD_DOUBLINGS 9U

/* Of a tunnel that is up: longer than any pause between two tries of the same thing. */
#define ERROR_STALE (300 * IKE_SECOND)

void ike_tunnel_touch(struct ike_tunnel *tunnel)
{
    if (list_empty(&tunnel->dirty_link))
        list_append(&tunnel->ike->dirty_tunnels, &tunnel->dirty_link);
}

void ike_tunnel_ident(const struct ike_tunnel *tunnel, bool remote, struct ike_ident *storage,
                      struct ike_id *ret)
{
    const struct ike_tunnel_config *c = &tunnel->config;
    const struct ike_ident *id = remote ? &c->remote_id : &c->local_id;
    const struct addr *address = remote ? &c->remote : &c->local;

    *storage = *id;
    if (!id->type) {
        storage->type = address->family == ADDR_IPV6 ? IKE_ID_IPV6 : IKE_ID_IPV4;
        storage->len = (uint16_t)addr_len(address);
        memcpy(storage->data, address->bytes, storage->len);
    }
    ret->type = storage->type;
    ret->data = crypto_span(storage->data, storage->len);
}

/* ---- what is said ---- */

static void set_error(struct ike_tunnel *tunnel, const char *text)
{
    text_copy(tunnel->status.last_error, sizeof(tunnel->status.last_error), text);
    tunnel->kept_from = WORDS_FOREIGN;
    tunnel->unsaid = false;
    tunnel->reported = false;
    ike_tunnel_touch(tunnel);
}

/* Whether what is known already says more; then this is for the log alone, once. */
static bool is_outranked(struct ike_tunnel *tunnel, const struct words *why)
{
    if (!ike_tunnel_knows_better(tunnel, why->code))
        return false;
    if (tunnel->kept_from != why->code)
        ike_act_log(tunnel, IKE_LOG_WARNING, why);
    tunnel->kept_from = why->code;
    return true;
}

void ike_tunnel_fail(struct ike_tunnel *tunnel, const struct words *why)
{
    char text[IKE_ERROR_MAX];

    if (is_outranked(tunnel, why))
        return;
    words_write(why, text, sizeof(text));
    tunnel->error_us = tunnel->ike->now_us;
    tunnel->behind_error = tunnel->behind;
    if (strcmp(text, tunnel->status.last_error) == 0)
        return; /* said already; it stays until the tunnel is up */
    set_error(tunnel, text);
    ike_act_log(tunnel, IKE_LOG_ERROR, why);
}

void ike_tunnel_suspect(struct ike_tunnel *tunnel, const struct words *why)
{
    bool up = tunnel->status.state == IKE_OPER_UP && !tunnel->behind;
    uint64_t now = tunnel->ike->now_us;
    char text[IKE_ERROR_MAX];

    if (!up && is_outranked(tunnel, why))
        return;
    if (!up) {
        words_write(why, text, sizeof(text));
        tunnel->behind_error = tunnel->behind;
        if (strcmp(text, tunnel->status.last_error) != 0) {
            set_error(tunnel, text);
            tunnel->unsaid = true;
        }
        if (!tunnel->unsaid)
            return;
    }
    if (tunnel->suspect_us && now - tunnel->suspect_us < (up ? SUSPECT_PAUSE_UP : SUSPECT_PAUSE))
        return;
    tunnel->suspect_us = now;
    if (up) {
        ike_act_log(tunnel, IKE_LOG_WARNING, SAY(NEGOTIATION_CALL_WHILE_UP, why));
        return;
    }
    tunnel->unsaid = false;
    ike_act_log(tunnel, IKE_LOG_ERROR, why);
}

void ike_tunnel_remember(struct ike_tunnel *tunnel, const struct words *what)
{
    words_write(what, tunnel->note, sizeof(tunnel->note));
}

void ike_tunnel_note(struct ike_tunnel *tunnel, enum ike_log_level level, const struct words *what)
{
    ike_tunnel_remember(tunnel, what);
    ike_act_log(tunnel, level, what);
}

void ike_tunnel_hear(struct ike_tunnel *tunnel, const struct words *what)
{
    uint64_t now = tunnel->ike->now_us;
    uint64_t pause = HEARD_PAUSE << MIN(tunnel->heard, HEARD_DOUBLINGS);

    if (tunnel->heard && now - tunnel->heard_us < pause)
        return;
    tunnel->heard++;
    tunnel->heard_us = now;
    ike_act_log(tunnel, IKE_LOG_INFO, what);
}

void ike_tunnel_refused(struct ike_tunnel *tunnel)
{
    if (tunnel->proven || (tunnel->status.state == IKE_OPER_UP && !tunnel->behind))
        return;
    tunnel->status.config_refused = tunnel->config.config;
    tunnel->reported = false;
    ike_tunnel_touch(tunnel);
}

void ike_tunnel_succeeded(struct ike_tunnel *tunnel)
{
    if (tunnel->status.state == IKE_OPER_UP && tunnel->status.last_error[0] &&
        !tunnel->behind_error)
        set_error(tunnel, ""); /* else it is cleared when the tunnel comes up */
}

/* What went wrong once beside a tunnel that works, and never again, is history, too. */
static void run_error(struct ike_tunnel *tunnel, uint64_t *deadline)
{
    uint64_t stale_us = tunnel->error_us + ERROR_STALE;

    if (tunnel->status.state != IKE_OPER_UP || !tunnel->status.last_error[0] ||
        tunnel->behind_error)
        return;
    if (tunnel->ike->now_us < stale_us) {
        *deadline = MIN(*deadline, stale_us);
        return;
    }
    tunnel->status.last_error[0] = 0;
    tunnel->reported = false;
}

void ike_tunnel_backoff(struct ike_tunnel *tunnel)
{
    uint64_t pause = MIN(BACKOFF_FIRST << MIN(tunnel->attempts, 10U), BACKOFF_MAX);

    tunnel->attempts++;
    tunnel->attempt_us = tunnel->ike->now_us + ike_jitter(tunnel->ike, pause, 20);
    ike_tunnel_touch(tunnel);
}

/* ---- what there is ---- */

bool ike_tunnel_has_usable_child(const struct ike_tunnel *tunnel)
{
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa->state == IKE_SA_DEAD)
            continue;
        list_for_each (child, &sa->children, struct ike_child, link) {
            if (ike_child_is_usable(child))
                return true;
        }
    }
    return false;
}

static bool is_calling(const struct ike_tunnel *tunnel)
{
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa->state == IKE_SA_INIT_SENT || sa->state == IKE_SA_AUTH_SENT)
            return true;
    }
    return false;
}

void ike_tunnel_linger(struct ike_tunnel *tunnel, uint32_t spi_in, uint64_t grace_us)
{
    struct ike_linger *linger = calloc(1, sizeof(*linger));

    if (!linger) {
        ike_act_del(tunnel->ike, tunnel->config.id, IKE_IN, spi_in);
        return;
    }
    linger->spi = spi_in;
    linger->until_us = tunnel->ike->now_us + grace_us;
    list_append(&tunnel->lingers, &linger->link);
    ike_tunnel_touch(tunnel);
}

void ike_tunnel_run_lingers(struct ike_tunnel *tunnel, bool all, uint64_t *deadline)
{
    list_for_each_safe (linger, &tunnel->lingers, struct ike_linger, link) {
        if (!all && linger->until_us > tunnel->ike->now_us) {
            *deadline = MIN(*deadline, linger->until_us);
            continue;
        }
        ike_act_del(tunnel->ike, tunnel->config.id, IKE_IN, linger->spi);
        list_remove(&linger->link);
        free(linger);
    }
}

/* Nothing is sent any more, and the peers are told; what they still have on the way is taken. */
void ike_tunnel_close_all(struct ike_tunnel *tunnel)
{
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link)
        ike_sa_close(sa);
    list_for_each_safe (item, &tunnel->adopted, struct ike_adopted, link) {
        ike_act_del(tunnel->ike, tunnel->config.id, item->direction, item->spi);
        ike_adopted_free(item);
    }
}

/* ---- time ---- */

/* Half of the time between when it should be rekeyed and its end. */
static uint64_t overdue_at(uint64_t rekey_us, uint64_t expire_us)
{
    return rekey_us + (expire_us - MIN(expire_us, rekey_us)) / 2;
}

/* What the peer does not let us rekey is negotiated from scratch before it ends. That helps where
 * PFS is another at both ends, too: the child of an IKE_AUTH has none. */
static bool is_overdue(const struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t at = overdue_at(sa->rekey_us, sa->expire_us);
    bool live = false;

    list_for_each (child, &sa->children, struct ike_child, link) {
        live = live || child->state == IKE_CHILD_LIVE;
        if (child->state == IKE_CHILD_LIVE && child->refusals)
            at = MIN(at, overdue_at(child->rekey_us, child->expire_us));
    }
    if (sa->outworn || (!live && sa->had_child && sa->new_refusals >= REFUSALS_ENOUGH))
        return true;
    if (sa->ike->now_us >= at)
        return true;
    *deadline = MIN(*deadline, at);
    return false;
}

/* Calls the peer when there is no IKE SA, or when the one there is rests on an old configuration or
 * can neither be rekeyed nor carry a child. A changed configuration is for us to bring to the peer,
 * which does not know of it, even if we do not begin otherwise. */
static void run_calls(struct ike_tunnel *tunnel, uint64_t *deadline)
{
    const struct ike_tunnel_config *c = &tunnel->config;
    struct ike_sa *best = ike_tunnel_best(tunnel);
    bool changed = best && best->config_epoch != tunnel->ike_epoch;
    bool outdated = best && (changed || is_overdue(best, deadline));
    bool ours = changed || (tunnel->keep_initiating && !addr_is_any(&c->remote));

    if (!c->admin_up || tunnel->removed || !ours || !tunnel->ike->plane_up || (best && !outdated) ||
        is_calling(tunnel))
        return;
    if (tunnel->ike->now_us < tunnel->attempt_us) {
        *deadline = MIN(*deadline, tunnel->attempt_us);
        return;
    }
    ike_init_start(tunnel, outdated);
}

void ike_tunnel_run(struct ike_tunnel *tunnel)
{
    uint64_t deadline = IKE_NEVER;
    struct ike_sa *best;

    if (tunnel->removed && list_empty(&tunnel->sas)) {
        ike_tunnel_free(tunnel);
        return;
    }
    ike_tunnel_settle_rivals(tunnel);
    ike_tunnel_run_lingers(tunnel, false, &deadline);
    ike_tunnel_run_adopted(tunnel, &deadline);
    run_calls(tunnel, &deadline);
    best = ike_tunnel_best(tunnel);
    if (best && ike_sa_local_spi(best) != tunnel->best_spi) {
        tunnel->best_spi = ike_sa_local_spi(best);
        ike_sa_touch(best); /* it has duties now */
    }
    run_error(tunnel, &deadline);
    ike_tunnel_update_status(tunnel);
    ike_timers_set(&tunnel->ike->timers, &tunnel->timer, deadline);
}

void ike_tunnel_free(struct ike_tunnel *tunnel)
{
    list_for_each_safe (linger, &tunnel->lingers, struct ike_linger, link) {
        list_remove(&linger->link);
        free(linger);
    }
    list_for_each_safe (item, &tunnel->adopted, struct ike_adopted, link)
        ike_adopted_free(item);
    ike_timers_cancel(&tunnel->ike->timers, &tunnel->timer);
    list_remove(&tunnel->link);
    ike_tunnel_index_remove(tunnel);
    list_remove(&tunnel->dirty_link);
    tunnel->ike->n_tunnels--;
    crypto_wipe(tunnel, sizeof(*tunnel));
    free(tunnel);
}
