#include "reach_internal.h"

/* Three echo requests with the same hop limit, the next three when these are answered or given up.
 * It ends at the destination, and where somebody says that it goes no further. */

static int begin(struct reach_run *run, uint64_t now_us)
{
    if (run->spec.hops < 1 || run->spec.hops > REACH_HOPS_MAX)
        return -EINVAL;
    run->hop = 1;
    run->next_us = now_us;
    run->at = (struct reach_row){.type = REACH_ROW_HOP, .number = 1};
    return 0;
}

static uint16_t seq_of(const struct reach_run *run, unsigned probe)
{
    return (uint16_t)(run->hop * REACH_HOP_PROBES + probe);
}

static bool next(struct reach_run *run, uint64_t now_us, struct reach_probe *ret)
{
    if (run->hop_out == REACH_HOP_PROBES)
        return false;
    run->requests[run->hop_out] = (struct reach_request){.sent_us = now_us};
    *ret = (struct reach_probe){
        .seq = seq_of(run, run->hop_out), .size = run->spec.size, .ttl = run->hop};
    run->hop_out++;
    run->sent++;
    return true;
}

static void end_hop(struct reach_run *run)
{
    reach_tell(run, &run->at);
    run->over = run->arrived || run->hop == run->spec.hops;
    run->hop++;
    run->hop_out = 0;
    run->settled = 0;
    run->at = (struct reach_row){.type = REACH_ROW_HOP, .number = run->hop};
}

/* Which of the requests under way it is about; -1: none. */
static int index_of(const struct reach_run *run, uint16_t seq)
{
    int i = (int)seq - (int)seq_of(run, 0);

    return i >= 0 && i < run->hop_out && !run->requests[i].settled ? i : -1;
}

static void settle(struct reach_run *run, unsigned i)
{
    run->requests[i].settled = true;
    run->settled++;
    if (run->settled == REACH_HOP_PROBES)
        end_hop(run);
}

static void take(struct reach_run *run, uint64_t now_us, const struct reach_packet *p)
{
    int i = index_of(run, p->seq);
    uint64_t rtt;

    if (i < 0)
        return;
    rtt = now_us - run->requests[i].sent_us;
    if (!run->at.answered) {
        run->at.answered = true;
        run->at.what = p->what;
        run->at.from = p->from;
        run->at.ttl = p->ttl;
        run->at.rtt_us = (uint32_t)rtt;
    }
    run->at.rtts_us[i] = (uint32_t)MAX(rtt, UINT64_C(1));
    run->arrived |= p->what != REACH_EXPIRED; /* at the end, or at somebody who knows no way */
    settle(run, (unsigned)i);
}

/* Nothing gets out: no hop can tell. */
static void too_large(struct reach_run *run, uint64_t now_us, uint16_t seq, uint32_t mtu)
{
    const struct reach_packet p = {.what = REACH_TOO_BIG, .seq = seq, .mtu = mtu};

    take(run, now_us, &p);
}

static void pass(struct reach_run *run, uint64_t now_us)
{
    uint8_t hop = run->hop;

    for (unsigned i = 0; i < REACH_HOP_PROBES && run->hop == hop && !run->over; i++) {
        if (i < run->hop_out && !run->requests[i].settled &&
            now_us >= run->requests[i].sent_us + REACH_HOP_WAIT_US)
            settle(run, i);
    }
}

static uint64_t due(const struct reach_run *run)
{
    if (run->hop_out < REACH_HOP_PROBES)
        return 0;
    for (unsigned i = 0; i < REACH_HOP_PROBES; i++) {
        if (!run->requests[i].settled)
            return run->requests[i].sent_us + REACH_HOP_WAIT_US;
    }
    return UINT64_MAX;
}

const struct reach_kind_ops reach_trace_ops = {begin, next, too_large, take, pass, due};
