#include "recorder.h"

#include <math.h>

/* What the answers to DPD say of the way to the peer, from report to report. */

static uint64_t natural(const json_t *object, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(object, name));

    return n > 0 ? (uint64_t)n : 0;
}

struct recorder_asked asked_of(const struct said *said, uint64_t at_us)
{
    const json_t *counters = json_object_get(said->status, "counters");

    return (struct recorder_asked){
        .at_us = at_us,
        .by = said->asked_by,
        .answered = natural(counters, "dpdAnswered"),
        .lost = natural(counters, "dpdLost"),
        .timed = natural(counters, "dpdTimed"),
        .time_us = natural(counters, "dpdMicroseconds"),
    };
}

/* In one life they only grow; who says otherwise is not believed. */
static bool goes_on(const struct recorder_asked *last, const struct recorder_asked *now)
{
    return last->by && last->by == now->by && now->answered >= last->answered &&
           now->lost >= last->lost && now->timed >= last->timed && now->time_us >= last->time_us;
}

/* What the news say; a time that none of them tells is as it was, unless nobody answers. */
static void learn(struct recorder_asked *a, const struct recorder_asked *now)
{
    uint64_t answered = now->answered - a->answered, lost = now->lost - a->lost;
    uint64_t timed = now->timed - a->timed, time_us = now->time_us - a->time_us;
    struct recorder_asked made = *now;

    made.way.rtt_us = timed ? (double)time_us / (double)timed : answered ? a->way.rtt_us : NAN;
    made.way.loss_percent = (double)lost * 100 / (double)(answered + lost);
    made.timed_us = timed ? now->at_us : a->timed_us;
    *a = made;
}

struct recorder_way asked_take(struct recorder_asked *a, const struct recorder_asked *now, bool up)
{
    const struct recorder_way unknown = {NAN, NAN};
    struct recorder_way way;

    if (!goes_on(a, now)) {
        *a = *now;
        a->way = unknown;
        return unknown;
    }
    if (now->answered + now->lost > a->answered + a->lost)
        learn(a, now);
    else if (!up)
        a->way = unknown;
    way = a->way;
    if (now->at_us > a->timed_us + ASKED_HOLDS_US)
        way.rtt_us = NAN;
    if (now->at_us > a->at_us + ASKED_HOLDS_US)
        way.loss_percent = NAN;
    return way;
}
