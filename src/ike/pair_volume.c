#include "pair_internal.h"

/* Limits of bytes and packets. They say when a pair is to be replaced, and never stop the traffic:
 * a pair that is past its limit serves until its successor is there, or its time is over. Where the
 * limit is small for what goes through, it is replaced once in a while all the same. */

#define PAUSE       (10 * IKE_SECOND) /* from making to replacing, at least */
#define YIELD       (3 * IKE_SECOND)  /* for whoever made it, who begins */
#define LEAD        5U                /* seconds in which a rekey is surely done */
#define TOLD_AGAIN  (3600 * IKE_SECOND)
#define MARGIN_MOST 75                /* percent of the limit */
#define RATE_MOST   UINT64_C(1000000) /* bytes a microsecond: more than any machine carries */

static uint64_t per_second(uint64_t volume, uint64_t us)
{
    return us ? MIN(volume / us, RATE_MOST) * IKE_SECOND + (volume % us) * IKE_SECOND / us : 0;
}

/* What is left of a limit when the rekey begins. */
static uint64_t margin_of(const struct ike_pair *pair, uint64_t limit, uint64_t rate)
{
    unsigned percent = pair->made_by_us ? 20 : 10;
    uint64_t share = limit / 100 * percent + limit % 100 * percent / 100;
    uint64_t most = limit / 100 * MARGIN_MOST + limit % 100 * MARGIN_MOST / 100;

    return MIN(MAX(ike_jitter(pair->of->env, share, 25), rate * LEAD), most);
}

static uint64_t soft_limit(const struct ike_pair *pair, uint64_t limit, uint64_t rate)
{
    return limit ? MAX(limit - margin_of(pair, limit, rate), (uint64_t)1) : 0;
}

void ike_pair_set_volume(struct ike_pair *pair)
{
    const struct ike_tunnel_config *c = pair->of->config;
    uint64_t bytes = ike_smaller_limit(c->child_lifetime_bytes, pair->lifetime_bytes_max);

    pair->soft_bytes = soft_limit(pair, bytes, pair->of->byte_rate);
    pair->soft_packets = soft_limit(pair, c->child_lifetime_packets, pair->of->packet_rate);
}

/* Over its life. One of the two limits was reached, nobody says which: so neither rate is more. */
static void measure(const struct ike_pair *pair)
{
    uint64_t age_us = pair->of->env->now_us - pair->made_us;

    pair->of->byte_rate = per_second(pair->soft_bytes, age_us);
    pair->of->packet_rate = per_second(pair->soft_packets, age_us);
}

static void warn(const struct ike_pair *pair)
{
    struct ike_pairs *pairs = pair->of;
    uint64_t now = pairs->env->now_us;
    unsigned took = (unsigned)((now - pair->made_us) / IKE_MS);

    if (pairs->volume_told_us && now - pairs->volume_told_us < TOLD_AGAIN)
        return;
    pairs->volume_told_us = now;
    pairs->note(pairs, IKE_LOG_WARNING, SAY(IKE_LIMIT_SMALL, took));
}

void ike_pair_spend(struct ike_pair *pair)
{
    uint64_t now = pair->of->env->now_us, first_us = pair->made_us + PAUSE;

    if (pair->spent_us || pair->state != IKE_PAIR_LIVE)
        return;
    measure(pair);
    if (now < first_us)
        warn(pair);
    pair->spent_us = MAX(now, first_us) + (pair->made_by_us ? 0 : YIELD);
}
