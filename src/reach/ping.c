#include "reach_internal.h"

/* Echo requests at an interval, each answered, refused or given up after a second. The number of a
 * request is its sequence number, from 1. */

static int begin(struct reach_run *run, uint64_t now_us)
{
    run->next_us = now_us;
    return run->spec.count >= 1 && run->spec.count <= REACH_COUNT_MAX ? 0 : -EINVAL;
}

static bool next(struct reach_run *run, uint64_t now_us, struct reach_probe *ret)
{
    if (run->sent == run->spec.count || now_us < run->next_us)
        return false;
    run->requests[run->sent] = (struct reach_request){.sent_us = now_us};
    run->sent++;
    run->next_us = now_us + run->spec.interval_us;
    *ret = (struct reach_probe){.seq = run->sent, .size = run->spec.size};
    return true;
}

/* Tells of a request what became of it, once. */
static void settle(struct reach_run *run, uint16_t seq, const struct reach_row *row)
{
    struct reach_request *request = &run->requests[seq - 1];

    if (request->settled)
        return;
    request->settled = true;
    run->settled++;
    run->over = run->settled == run->spec.count;
    reach_tell(run, row);
}

static bool is_ours(const struct reach_run *run, uint16_t seq)
{
    return seq >= 1 && seq <= run->sent;
}

static void take(struct reach_run *run, uint64_t now_us, const struct reach_packet *p)
{
    if (!is_ours(run, p->seq))
        return;
    settle(run, p->seq,
           &(const struct reach_row){.type = REACH_ROW_REPLY,
                                     .number = p->seq,
                                     .answered = true,
                                     .what = p->what,
                                     .from = p->from,
                                     .ttl = p->ttl,
                                     .mtu = p->mtu,
                                     .rtt_us =
                                         (uint32_t)(now_us - run->requests[p->seq - 1].sent_us)});
}

static void too_large(struct reach_run *run, uint64_t now_us, uint16_t seq, uint32_t mtu)
{
    (void)now_us;
    if (is_ours(run, seq))
        settle(run, seq,
               &(const struct reach_row){.type = REACH_ROW_REPLY,
                                         .number = seq,
                                         .answered = true,
                                         .what = REACH_TOO_BIG,
                                         .mtu = mtu});
}

static void pass(struct reach_run *run, uint64_t now_us)
{
    for (uint16_t i = 0; i < run->sent && !run->over && run->row_count < REACH_ROWS_QUEUED; i++) {
        if (!run->requests[i].settled && now_us >= run->requests[i].sent_us + REACH_PING_WAIT_US)
            settle(run, (uint16_t)(i + 1),
                   &(const struct reach_row){.type = REACH_ROW_REPLY, .number = (uint16_t)(i + 1)});
    }
}

static uint64_t due(const struct reach_run *run)
{
    uint64_t at = run->sent < run->spec.count ? run->next_us : UINT64_MAX;

    for (uint16_t i = 0; i < run->sent; i++) {
        if (!run->requests[i].settled)
            return MIN(at, run->requests[i].sent_us + REACH_PING_WAIT_US); /* the oldest */
    }
    return at;
}

const struct reach_kind_ops reach_ping_ops = {begin, next, too_large, take, pass, due};
