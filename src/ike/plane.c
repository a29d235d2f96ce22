#include "ike_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* What the data plane tells: acknowledgments, events, its inventory; and the SAs adopted from it.
 */

#define ADOPTED_CHECK (30 * IKE_SECOND)
#define RESUME_AFTER  (20 * IKE_MS)

/* ---- finding ---- */

static struct ike_child *find_child(const struct ike_tunnel *tunnel, uint8_t direction,
                                    uint32_t spi, struct ike_sa **ret_sa)
{
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        struct ike_child *child =
            direction == IKE_IN ? ike_child_find(sa, spi) : ike_child_find_out(sa, spi);

        if (child) {
            *ret_sa = sa;
            return child;
        }
    }
    return NULL;
}

/* ---- acknowledgments and events ---- */

/* Make before break: the old one goes now that the new one works. */
static void close_replaced(struct ike_sa *sa, const struct ike_child *child)
{
    struct ike_child *old = child->replaces ? ike_child_find(sa, child->replaces) : NULL;

    if (old)
        old->state = IKE_CHILD_CLOSING;
}

static void take_refusal(struct ike_sa *sa, struct ike_child *child, int error)
{
    uint64_t pause = ike_jitter(sa->ike, IKE_SECOND << MIN(sa->child_refusals, 5U), 20);

    ike_tunnel_fail(sa->tunnel, SAY(IKE_PLANE_REFUSED_CHILD, strerror(-error)));
    sa->child_refusals++;
    sa->child_retry_us = sa->ike->now_us + pause;
    child->state = IKE_CHILD_CLOSING;
    child->ack_us = 0;
    ike_children_revive(sa, child->spi_in, sa->child_retry_us);
}

void ike_sa_result(struct ike *ike, const char *id, uint8_t direction, uint32_t spi, int error,
                   uint64_t now_us)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ike, id);
    struct ike_sa *sa;
    struct ike_child *child = tunnel ? find_child(tunnel, direction, spi, &sa) : NULL;

    /* The data plane answers deletions and moves, too: only an addition is waited for. */
    if (!child || !child->ack_us || (direction == IKE_IN ? child->in_ok : child->out_ok))
        return;
    ike->now_us = now_us;
    if (error) {
        take_refusal(sa, child, error);
    } else {
        *(direction == IKE_IN ? &child->in_ok : &child->out_ok) = true;
        if (child->in_ok && (child->out_ok || !child->out_added))
            child->ack_us = 0;
        if (child->in_ok && child->out_ok) {
            sa->child_refusals = sa->new_refusals = 0;
            sa->had_child = true;
            close_replaced(sa, child);
            ike_tunnel_succeeded(tunnel);
        }
    }
    ike_sa_touch(sa);
    ike_tunnel_touch(tunnel);
    ike_settle(ike);
}

void ike_sa_event(struct ike *ike, const char *id, enum ike_sa_event event, uint8_t direction,
                  uint32_t spi, const struct endpoint *remote, uint64_t now_us)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ike, id);
    struct ike_sa *sa;
    struct ike_child *child = tunnel ? find_child(tunnel, direction, spi, &sa) : NULL;

    if (!child)
        return;
    ike->now_us = now_us;
    switch (event) {
    case IKE_SA_EVENT_SOFT:
        child->want_rekey = true;
        break;
    case IKE_SA_EVENT_HARD:
        ike_tunnel_note(tunnel, IKE_LOG_WARNING, SAY(IKE_CHILD_SPENT));
        child->want_rekey = child->lost = true;
        break;
    case IKE_SA_EVENT_MOVED:
        if (!ike_sa_is_live(sa))
            break;
        if (endpoint_equal(&sa->remote, remote)) {
            ike_act_move(tunnel, child->spi_in, remote);
        } else { /* not before IKE answers from there, too */
            sa->probe = *remote;
            sa->want_liveness = true;
        }
        break;
    }
    ike_sa_touch(sa);
    ike_tunnel_touch(tunnel);
    ike_settle(ike);
}

void ike_unknown_spi(struct ike *ike, const struct endpoint *remote, uint64_t now_us)
{
    ike->now_us = now_us;
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        struct ike_sa *best = ike_tunnel_best(tunnel);

        if (best && addr_equal(&best->remote.addr, &remote->addr))
            ike_sa_hint(best);
    }
    ike_settle(ike);
}

/* ---- adopted SAs ---- */

void ike_adopted_free(struct ike_adopted *item)
{
    list_remove(&item->link);
    free(item);
}

static void drop_adopted(struct ike_tunnel *tunnel, struct ike_adopted *item)
{
    ike_act_del(tunnel->ike, tunnel->config.id, item->direction, item->spi);
    ike_adopted_free(item);
}

/* They go when a child of this life carries the traffic: the outbound half at once, the inbound one
 * after a grace. Without one they stay while ESP comes in, at most for a child's lifetime. */
void ike_tunnel_run_adopted(struct ike_tunnel *tunnel, uint64_t *deadline)
{
    uint64_t now = tunnel->ike->now_us;
    bool replaced = ike_tunnel_has_usable_child(tunnel);

    list_for_each_safe (item, &tunnel->adopted, struct ike_adopted, link) {
        if (replaced)
            item->until_us =
                item->direction == IKE_OUT ? now : MIN(item->until_us, now + IKE_GRACE);
        if (now >= item->until_us && !replaced)
            ike_tunnel_note(tunnel, IKE_LOG_INFO, SAY(IKE_OLD_SA_ENDED));
        if (now >= item->until_us)
            drop_adopted(tunnel, item);
        else
            *deadline = MIN(*deadline, item->until_us);
    }
    if (list_empty(&tunnel->adopted) || replaced || !tunnel->ike->plane_up)
        return;
    if (now >= tunnel->adopted_check_us) {
        tunnel->adopted_check_us = now + ADOPTED_CHECK;
        tunnel->adopted_asked = true;
        ike_act_query(tunnel);
    }
    *deadline = MIN(*deadline, tunnel->adopted_check_us);
}

static void adopt(struct ike_tunnel *tunnel, struct ike_adopted *item)
{
    item->until_us = tunnel->ike->now_us + tunnel->config.child_lifetime_s * IKE_SECOND;
    tunnel->adopted_check_us = tunnel->ike->now_us + ADOPTED_CHECK;
    list_remove(&item->link);
    list_append(&tunnel->adopted, &item->link);
    if (item->direction == IKE_IN)
        ike_log_esp_in(tunnel, item->spi, WORDS_NEGOTIATION_ADOPTED);
    ike_tunnel_touch(tunnel);
}

void ike_tunnel_take_orphans(struct ike_tunnel *tunnel)
{
    struct list *orphans = ike_orphans_of(tunnel->ike, tunnel->config.id);

    list_for_each_safe (item, orphans, struct ike_adopted, link) {
        if (strcmp(item->tunnel, tunnel->config.id) == 0)
            adopt(tunnel, item);
    }
}

void ike_orphans_free(struct ike *ike)
{
    for (size_t i = 0; i < IKE_TUNNEL_BUCKETS; i++) {
        list_for_each_safe (item, &ike->index.orphans[i], struct ike_adopted, link)
            ike_adopted_free(item);
    }
}

void ike_orphans_drop(struct ike *ike)
{
    for (size_t i = 0; i < IKE_TUNNEL_BUCKETS; i++) {
        list_for_each (item, &ike->index.orphans[i], struct ike_adopted, link)
            ike_act_del(ike, item->tunnel, item->direction, item->spi);
    }
    ike_orphans_free(ike);
}

/* ---- the inventory ---- */

static void forget_seen(struct ike_tunnel *tunnel)
{
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        list_for_each (child, &sa->children, struct ike_child, link) {
            child->seen_in = child->seen_out = false;
            child->idle_ms = UINT64_MAX;
        }
    }
    list_for_each (item, &tunnel->adopted, struct ike_adopted, link)
        item->seen = false;
}

void ike_inventory_begin(struct ike *ike, const char *id)
{
    struct ike_tunnel *one = id ? ike_tunnel_find(ike, id) : NULL;

    if (one)
        forget_seen(one);
    if (id)
        return;
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link)
        forget_seen(tunnel);
    if (!ike->plane_up)
        ike_orphans_free(ike);
}

/* True if it was known. */
static bool note_seen(struct ike_tunnel *tunnel, const struct ike_inventory_item *item)
{
    struct ike_sa *sa;
    struct ike_child *child = find_child(tunnel, item->direction, item->spi, &sa);

    if (child && item->direction == IKE_IN) {
        child->seen_in = true;
        child->idle_ms = item->idle_ms;
    } else if (child) {
        child->seen_out = true;
    }
    if (child)
        return true;
    list_for_each (known, &tunnel->adopted, struct ike_adopted, link) {
        if (known->spi == item->spi && known->direction == item->direction) {
            known->seen = true;
            known->idle_ms = item->idle_ms;
            return true;
        }
    }
    list_for_each (linger, &tunnel->lingers, struct ike_linger, link) {
        if (linger->spi == item->spi && item->direction == IKE_IN)
            return true;
    }
    return false;
}

void ike_inventory_add(struct ike *ike, const struct ike_inventory_item *item)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ike, item->tunnel);
    struct ike_adopted *found;

    /* Between connects an unknown one was deleted while the answer was on its way. */
    if ((tunnel && note_seen(tunnel, item)) || ike->plane_up)
        return;
    found = calloc(1, sizeof(*found));
    if (!found)
        return;
    text_copy(found->tunnel, sizeof(found->tunnel), item->tunnel);
    found->direction = item->direction;
    found->spi = item->spi;
    found->pair = item->pair;
    found->idle_ms = item->idle_ms;
    found->seen = true;
    list_init(&found->link);
    if (tunnel)
        adopt(tunnel, found);
    else
        list_append(ike_orphans_of(ike, found->tunnel), &found->link);
}

/* After a connect: what the data plane lacks is lost, what it has is acknowledged. */
static void compare_children(struct ike_tunnel *tunnel)
{
    unsigned lost = 0;

    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        list_for_each (child, &sa->children, struct ike_child, link) {
            bool whole = child->seen_in && (child->seen_out || !child->out_added);

            child->in_ok = child->seen_in;
            child->out_ok = child->seen_out;
            child->ack_us = 0;
            lost += !whole && !child->lost;
            child->lost = child->lost || !whole;
            if (!whole)
                ike_child_forget_out(child);
        }
    }
    list_for_each_safe (item, &tunnel->adopted, struct ike_adopted, link) {
        if (!item->seen)
            ike_adopted_free(item);
    }
    if (lost)
        ike_tunnel_note(tunnel, IKE_LOG_WARNING, SAY(IKE_PLANE_LOST_CHILDREN, lost));
}

static void resume(struct ike_sa *sa)
{
    uint64_t now = sa->ike->now_us;

    sa->heard_us = now;
    sa->asked_us = sa->suspect_us = 0;
    if (sa->request.task != IKE_TASK_NONE) {
        sa->request.first_us = now;
        sa->request.next_us = now + RESUME_AFTER;
        sa->request.pause_us = MIN(sa->request.pause_us, IKE_SECOND);
        sa->request.sends = 1;
    }
    ike_sa_touch(sa);
}

/* It forwards, and takes no part in the change of parameters that we want. */
static void note_silence(struct ike_sa *sa)
{
    char peer[ENDPOINT_TEXT_MAX];

    if (!sa->tunnel->behind)
        return;
    ike_tunnel_fail(sa->tunnel, SAY(IKE_SILENT_BESIDE_ESP, endpoint_format(&sa->remote, peer)));
    ike_tunnel_refused(sa->tunnel);
}

/* ESP that came after our question was first asked is a sign of life; but not where we have nothing
 * to answer it with: then a new call is all that helps. */
static void judge_silence(struct ike_sa *sa)
{
    uint64_t now = sa->ike->now_us, since = sa->suspect_us ? sa->hint_us : sa->request.first_us;

    if (!sa->asked_us)
        return;
    list_for_each (child, &sa->children, struct ike_child, link) {
        if (ike_child_is_usable(child) && child->idle_ms < (now - since) / IKE_MS) {
            sa->heard_us = now - child->idle_ms * IKE_MS;
            sa->request.first_us = now;
            sa->asked_us = sa->suspect_us = 0;
            if (!sa->request.esp_told)
                ike_log_peer(sa, IKE_LOG_WARNING, WORDS_NEGOTIATION_ESP_GOES_ON);
            sa->request.esp_told = true;
            note_silence(sa);
            ike_sa_touch(sa);
            return;
        }
    }
    ike_sa_give_up(sa, WORDS_IKE_PEER_DEAD);
}

static void judge_adopted(struct ike_tunnel *tunnel)
{
    bool alive = false;

    if (!tunnel->adopted_asked)
        return;
    tunnel->adopted_asked = false;
    list_for_each (item, &tunnel->adopted, struct ike_adopted, link)
        alive = alive || (item->direction == IKE_IN && item->idle_ms < ADOPTED_CHECK / IKE_MS);
    if (alive)
        return;
    ike_tunnel_note(tunnel, IKE_LOG_WARNING, SAY(IKE_OLD_SAS_SILENT));
    list_for_each_safe (item, &tunnel->adopted, struct ike_adopted, link)
        drop_adopted(tunnel, item);
    ike_tunnel_touch(tunnel);
}

/* The data plane is there. */
static void take_up(struct ike_tunnel *tunnel)
{
    compare_children(tunnel);
    tunnel->attempts = 0;
    tunnel->attempt_us = tunnel->ike->now_us;
    ike_tunnel_touch(tunnel);
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link)
        resume(sa);
}

static void judge(struct ike_tunnel *tunnel)
{
    judge_adopted(tunnel);
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link)
        judge_silence(sa);
}

static void take_all_up(struct ike *ike)
{
    ike->plane_up = true;
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link)
        take_up(tunnel);
    list_for_each (sa, &ike->half_open, struct ike_sa, half_link)
        ike_sa_touch(sa); /* their clocks stood still */
    if (ike->configured)
        ike_orphans_drop(ike);
}

void ike_inventory_end(struct ike *ike, const char *id, uint64_t now_us)
{
    struct ike_tunnel *one = id ? ike_tunnel_find(ike, id) : NULL;

    ike->now_us = now_us;
    if (!ike->plane_up && !id)
        take_all_up(ike);
    else if (ike->plane_up && one)
        judge(one);
    ike_settle(ike);
}
