#include "reach_internal.h"

/* The largest packet that gets there whole (RFC 1191, RFC 8899): first the smallest, which shows
 * that anything does, then the largest that is asked about; below it what ICMP says, and where
 * nobody says anything halves. */

static uint16_t floor_of(const struct reach_run *run)
{
    return run->spec.family == ADDR_IPV4 ? REACH_IPV4_MTU_MIN : REACH_IPV6_MTU_MIN;
}

static int begin(struct reach_run *run, uint64_t now_us)
{
    if (run->spec.size < floor_of(run))
        return -EINVAL;
    run->next_us = now_us;
    run->high = run->spec.size;
    run->trying = floor_of(run);
    return 0;
}

static bool next(struct reach_run *run, uint64_t now_us, struct reach_probe *ret)
{
    if (run->under_way)
        return false;
    run->under_way = true;
    run->tries++;
    run->sent++;
    run->requests[0] = (struct reach_request){.sent_us = now_us};
    *ret = (struct reach_probe){.seq = run->sent, .size = run->trying};
    return true;
}

static void tell_size(struct reach_run *run, uint64_t now_us, const struct reach_packet *p)
{
    struct reach_row row = {.type = REACH_ROW_SIZE, .number = run->trying};

    if (p) {
        row.answered = true;
        row.what = p->what;
        row.from = p->from;
        row.ttl = p->ttl;
        row.mtu = p->mtu;
        row.rtt_us = (uint32_t)(now_us - run->requests[0].sent_us);
    }
    reach_tell(run, &row);
}

static void end(struct reach_run *run)
{
    run->over = true;
    reach_tell(run, &(const struct reach_row){
                        .type = REACH_ROW_MTU, .number = run->low, .answered = run->low != 0});
}

/* Goes on with this size, or ends when nothing is open. */
static void go_on(struct reach_run *run, uint16_t size)
{
    run->under_way = false;
    run->tries = 0;
    run->trying = size;
    if (run->low == 0 || run->low >= run->high)
        end(run);
}

static uint16_t middle(const struct reach_run *run)
{
    return (uint16_t)((run->low + run->high + 1) / 2);
}

static void passed(struct reach_run *run)
{
    bool first = run->low == 0;

    run->low = run->trying;
    go_on(run, first ? run->high : middle(run));
}

/* said: the MTU by ICMP or the interface, 0 if nobody says. What is said is believed only as far as
 * it narrows the search, and is tried itself. */
static void too_big(struct reach_run *run, uint32_t said)
{
    bool useful = said > run->low && said < run->trying;

    run->high = useful ? (uint16_t)said : (uint16_t)(run->trying - 1);
    go_on(run, useful ? run->high : middle(run));
}

static void take(struct reach_run *run, uint64_t now_us, const struct reach_packet *p)
{
    if (!run->under_way || p->seq != run->sent)
        return;
    tell_size(run, now_us, p);
    if (p->what == REACH_REPLY)
        passed(run);
    else if (p->what == REACH_TOO_BIG)
        too_big(run, p->mtu);
    else
        end(run); /* there is no way at all */
}

static void too_large(struct reach_run *run, uint64_t now_us, uint16_t seq, uint32_t mtu)
{
    const struct reach_packet p = {.what = REACH_TOO_BIG, .seq = seq, .mtu = mtu};

    take(run, now_us, &p);
}

static void pass(struct reach_run *run, uint64_t now_us)
{
    if (!run->under_way || now_us < run->requests[0].sent_us + REACH_MTU_WAIT_US)
        return;
    if (run->tries < REACH_MTU_TRIES) {
        run->under_way = false; /* once more */
        return;
    }
    tell_size(run, now_us, NULL);
    too_big(run, 0);
}

static uint64_t due(const struct reach_run *run)
{
    return run->under_way ? run->requests[0].sent_us + REACH_MTU_WAIT_US : 0;
}

const struct reach_kind_ops reach_mtu_ops = {begin, next, too_large, take, pass, due};
