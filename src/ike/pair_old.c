#include "pair_internal.h"

#include <stdlib.h>

/* Inbound SAs that take what is still under way, then go; and pairs of an earlier life of this
 * daemon, which forward until one of this life has taken over. */

#define ADOPTED_CHECK (30 * IKE_SECOND)
#define ADOPTED_REST  (30 * IKE_SECOND) /* what no pair of this life carries by then is given up */

/* ---- lingering ---- */

void ike_pairs_linger(struct ike_pairs *pairs, uint32_t spi_in, uint64_t grace_us)
{
    struct ike_linger *linger = calloc(1, sizeof(*linger));

    if (!linger) {
        ike_act_del(pairs->env, pairs->config->id, IKE_IN, spi_in);
        return;
    }
    linger->spi = spi_in;
    linger->until_us = pairs->env->now_us + grace_us;
    list_append(&pairs->lingers, &linger->link);
    ike_job_touch(&pairs->env->jobs, pairs->job);
}

bool ike_pairs_lingers(const struct ike_pairs *pairs, uint32_t spi_in)
{
    list_for_each (linger, &pairs->lingers, struct ike_linger, link) {
        if (linger->spi == spi_in)
            return true;
    }
    return false;
}

void ike_pairs_run_lingers(struct ike_pairs *pairs, bool all, uint64_t *deadline)
{
    list_for_each_safe (linger, &pairs->lingers, struct ike_linger, link) {
        if (!all && linger->until_us > pairs->env->now_us) {
            *deadline = MIN(*deadline, linger->until_us);
            continue;
        }
        ike_act_del(pairs->env, pairs->config->id, IKE_IN, linger->spi);
        list_remove(&linger->link);
        free(linger);
    }
}

/* ---- adopted ---- */

void ike_adopted_free(struct ike_adopted *item)
{
    list_remove(&item->link);
    free(item->selectors);
    free(item);
}

void ike_pairs_adopt(struct ike_pairs *pairs, struct ike_adopted *item)
{
    item->until_us = pairs->env->now_us + pairs->config->child_lifetime_s * IKE_SECOND;
    pairs->adopted_check_us = pairs->env->now_us + ADOPTED_CHECK;
    list_remove(&item->link);
    list_append(&pairs->adopted, &item->link);
    ike_job_touch(&pairs->env->jobs, pairs->job);
}

static void drop(struct ike_pairs *pairs, struct ike_adopted *item)
{
    ike_act_del(pairs->env, pairs->config->id, item->direction, item->spi);
    ike_adopted_free(item);
}

void ike_pairs_drop_adopted(struct ike_pairs *pairs)
{
    list_for_each_safe (item, &pairs->adopted, struct ike_adopted, link)
        drop(pairs, item);
}

static void run_one(struct ike_pairs *pairs, struct ike_adopted *item, bool replaced,
                    uint64_t *deadline)
{
    uint64_t now = pairs->env->now_us;

    if (replaced)
        item->until_us =
            item->direction == IKE_OUT ? now : MIN(item->until_us, now + IKE_PAIR_GRACE);
    if (now < item->until_us) {
        *deadline = MIN(*deadline, item->until_us);
        return;
    }
    if (!replaced)
        pairs->note(pairs, IKE_LOG_INFO, SAY(IKE_OLD_SA_ENDED));
    drop(pairs, item);
}

/* A policy-based peer has a child SA for each pair of its networks. */
static bool is_replaced(const struct ike_pairs *pairs, const struct ike_adopted *item)
{
    return !item->selectors || pairs->env->now_us >= pairs->adopted_end_us ||
           ike_pairs_serve_all_of(pairs, item->selectors);
}

static bool all_replaced(const struct ike_pairs *pairs)
{
    list_for_each (item, &pairs->adopted, struct ike_adopted, link) {
        if (!is_replaced(pairs, item))
            return false;
    }
    return ike_pairs_serve(pairs);
}

/* The outbound half goes at once, the inbound one after a grace. Without a pair of this life they
 * stay while ESP comes in, at most for a lifetime. */
void ike_pairs_run_adopted(struct ike_pairs *pairs, uint64_t *deadline)
{
    bool serve = ike_pairs_serve(pairs);

    if (!serve || list_empty(&pairs->adopted))
        pairs->adopted_end_us = 0;
    else if (!pairs->adopted_end_us)
        pairs->adopted_end_us = pairs->env->now_us + ADOPTED_REST;
    if (pairs->adopted_end_us)
        ike_lower_deadline(pairs->env, deadline, pairs->adopted_end_us);
    list_for_each_safe (item, &pairs->adopted, struct ike_adopted, link)
        run_one(pairs, item, serve && is_replaced(pairs, item), deadline);
    if (list_empty(&pairs->adopted) || all_replaced(pairs) || !pairs->env->plane_up)
        return;
    if (pairs->env->now_us >= pairs->adopted_check_us) {
        pairs->adopted_check_us = pairs->env->now_us + ADOPTED_CHECK;
        pairs->adopted_asked = true;
        ike_ask(pairs->env, pairs->config->id);
    }
    *deadline = MIN(*deadline, pairs->adopted_check_us);
}

void ike_pairs_judge_adopted(struct ike_pairs *pairs)
{
    bool alive = false;

    if (!pairs->adopted_asked)
        return;
    pairs->adopted_asked = false;
    list_for_each (item, &pairs->adopted, struct ike_adopted, link)
        alive = alive || (item->direction == IKE_IN && item->idle_ms < ADOPTED_CHECK / IKE_MS);
    if (alive)
        return;
    pairs->note(pairs, IKE_LOG_WARNING, SAY(IKE_OLD_SAS_SILENT));
    ike_pairs_drop_adopted(pairs);
    ike_job_touch(&pairs->env->jobs, pairs->job);
}

bool ike_pairs_have_adopted_pair(const struct ike_pairs *pairs)
{
    bool in = false, out = false;

    list_for_each (item, &pairs->adopted, struct ike_adopted, link) {
        in = in || item->direction == IKE_IN;
        out = out || item->direction == IKE_OUT;
    }
    return in && out;
}
