#include <math.h>

#include "history.h"

/* Counters become rates here, and nowhere else, so that no restart looks like traffic: a counter
 * only tells of the time in which it is known to have counted without a break. */

#define LATE_US  (60 * UINT64_C(1000000))
#define AHEAD_US (5 * UINT64_C(1000000))

static void keep(struct history_counts *last, uint64_t at_us, uint64_t epoch,
                 const uint64_t *counts, size_t n)
{
    last->at_us = at_us;
    last->epoch = epoch;
    memcpy(last->counts, counts, n * sizeof(*counts));
}

bool history_count(struct history_counts *last, uint64_t at_us, uint64_t epoch,
                   const uint64_t *counts, size_t n, uint64_t *ret_from_us, double *ret_rates)
{
    bool goes_on = epoch && last->epoch == epoch;
    double seconds;

    if (n > HISTORY_COUNTS_MAX || (goes_on && at_us <= last->at_us))
        return false;
    if (!goes_on || at_us - last->at_us > HISTORY_GAP_US) {
        keep(last, at_us, epoch, counts, n);
        return false;
    }
    seconds = (double)(at_us - last->at_us) / 1e6;
    for (size_t i = 0; i < n; i++)
        ret_rates[i] =
            counts[i] >= last->counts[i] ? (double)(counts[i] - last->counts[i]) / seconds : NAN;
    *ret_from_us = last->at_us;
    keep(last, at_us, epoch, counts, n);
    return true;
}

bool history_trust(uint64_t *at_us, uint64_t now_us)
{
    if (*at_us <= now_us + AHEAD_US && *at_us + LATE_US >= now_us)
        return true;
    *at_us = now_us;
    return false;
}
