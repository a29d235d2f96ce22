#include "recorder.h"

#include <math.h>

/* What is recent of a tunnel: sums that fade, so that a line that loses one packet in fifty is seen
 * as that, whichever of the ten-second samples the packet falls into. */

#define FADE_S      120.0 /* after so long e times less is left of a sum */
#define KNOWN_S     30.0  /* of samples, before anything is said */
#define FAINT       0.5   /* probes answered: of less the RTT is no more known */
#define LOST_LEAST  1.5   /* one probe alone is no loss of the line */
#define LOSS_LIMIT  1.0   /* percent */
#define DROPS_LIMIT 0.1   /* packets a second */
#define RTT_FACTOR  2.0
#define RTT_LEAST   1000.0 /* microseconds that it must have grown by: below, hosts' own noise */
#define DPD_LEAST   5000.0 /* the same of DPD, which daemons answer */

static void fade(double *sum, double left, double rate, double seconds)
{
    *sum *= left;
    if (!isnan(rate))
        *sum += rate * seconds;
}

void recent_add(struct recorder_counts *c, const struct recent_sample *s)
{
    double left = exp(-s->seconds / FADE_S);

    if (isnan(s->answered))
        return; /* counters began anew */
    fade(&c->recent.seconds, left, 1, s->seconds);
    fade(&c->recent.answered, left, s->answered, s->seconds);
    fade(&c->recent.lost, left, s->lost, s->seconds);
    fade(&c->recent.time_us, left, s->time_us, s->seconds);
    fade(&c->recent.replayed, left, s->replayed, s->seconds);
    fade(&c->recent.too_big, left, s->too_big, s->seconds);
}

/* DPD tells few times, and one that a busy peer was late for says nothing of the way: what counts
 * is the least of the last ones, so each of them must have been slow. */
void recent_add_dpd(struct recorder_counts *c, uint64_t at_us)
{
    if (isnan(c->asked.way.rtt_us))
        c->recent.dpd_told = 0;
    else if (c->asked.timed_us == at_us)
        c->recent.dpd_us[c->recent.dpd_told++ % RECENT_TIMES] = c->asked.way.rtt_us;
}

static void use_dpd(const struct recorder_counts *c, struct recorder_recent *r)
{
    r->by_dpd = true;
    r->usual_us = c->recent.usual_dpd_us > 0 ? c->recent.usual_dpd_us : NAN;
    if (c->recent.dpd_told < RECENT_TIMES || c->at_us > c->asked.timed_us + ASKED_HOLDS_US)
        return;
    r->rtt_us = c->recent.dpd_us[0];
    for (size_t i = 1; i < RECENT_TIMES; i++)
        r->rtt_us = MIN(r->rtt_us, c->recent.dpd_us[i]);
}

struct recorder_recent recent_of(const struct recorder_counts *c)
{
    double all = c->recent.answered + c->recent.lost, seconds = c->recent.seconds;
    struct recorder_recent r = {NAN, NAN, false, NAN, NAN, NAN};

    if (seconds < KNOWN_S)
        return r;
    if (c->recent.usual_us > 0)
        r.usual_us = c->recent.usual_us;
    if (c->recent.answered > FAINT)
        r.rtt_us = c->recent.time_us / c->recent.answered;
    else if (all <= FAINT)
        use_dpd(c, &r);
    if (all > FAINT)
        r.loss_percent = c->recent.lost > LOST_LEAST ? c->recent.lost / all * 100 : 0;
    r.replayed = c->recent.replayed / seconds;
    r.too_big = c->recent.too_big / seconds;
    return r;
}

bool recent_is_bad(const struct recorder_recent *recent, enum model_default_alarm alarm,
                   bool *ret_known)
{
    double value = NAN, limit = 0;

    switch (alarm) {
    case MODEL_DEFAULT_RTT_DOUBLED:
        value = recent->rtt_us;
        limit = MAX(recent->usual_us * RTT_FACTOR,
                    recent->usual_us + (recent->by_dpd ? DPD_LEAST : RTT_LEAST));
        break;
    case MODEL_DEFAULT_LOSS_HIGH:
        value = recent->loss_percent;
        limit = LOSS_LIMIT;
        break;
    case MODEL_DEFAULT_REPLAY_DROPS:
        value = recent->replayed;
        limit = DROPS_LIMIT;
        break;
    case MODEL_DEFAULT_TOO_BIG_DROPS:
        value = recent->too_big;
        limit = DROPS_LIMIT;
        break;
    default: /* not about that */
        break;
    }
    *ret_known = !isnan(value) && !isnan(limit);
    return *ret_known && value > limit;
}

void recent_tell(struct region *r, struct recorder_counts *c, const char *id)
{
    static const struct pmap_type set_type = {0};
    const struct recorder_recent recent = recent_of(c);
    uint8_t is = 0, changed;
    int result = 0;
    bool known;

    for (int a = MODEL_DEFAULT_RTT_DOUBLED; a <= MODEL_DEFAULT_TOO_BIG_DROPS; a++) {
        if (recent_is_bad(&recent, (enum model_default_alarm)a, &known))
            is |= (uint8_t)(1U << a);
    }
    changed = is ^ c->recent.suspect;
    if (!changed)
        return;
    pthread_mutex_lock(&r->alarm_lock);
    for (int a = MODEL_DEFAULT_RTT_DOUBLED; a <= MODEL_DEFAULT_TOO_BIG_DROPS && !result; a++) {
        if (!(changed >> a & 1))
            continue;
        result = is >> a & 1 ? pmap_put(&set_type, &r->suspects[a], id, strlen(id), r, 0)
                             : pmap_remove(&set_type, &r->suspects[a], id, strlen(id));
        if (result == -ENOENT)
            result = 0;
    }
    pthread_mutex_unlock(&r->alarm_lock);
    if (result < 0)
        log_error("alarms do not see how tunnel %s is: no memory", id);
    else
        c->recent.suspect = is; /* else it is told anew with the next sample */
}
