#include "recorder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What is usual of a tunnel: the median of its five-minute averages of the last day, looked up in
 * its history once an hour by the thread that writes that, a few tunnels at a time. */

#define DAY_S      86400
#define AGAIN_US   (3600 * UINT64_C(1000000))
#define LOOKS_MAX  20 /* each second: files are read */
#define POINTS_MIN 12 /* an hour: of less nothing is usual */

static const struct pmap_type set_type = {0};

void usual_want(struct region *r, struct recorder_counts *c, const char *id)
{
    int result;

    if (c->recent.usual_due ||
        (c->recent.usual_at_us && c->last_us < c->recent.usual_at_us + AGAIN_US))
        return;
    pthread_mutex_lock(&r->alarm_lock);
    result = pmap_put(&set_type, &r->usual_due, id, strlen(id), r, 0);
    pthread_mutex_unlock(&r->alarm_lock);
    c->recent.usual_due = result == 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double usual_of(double *values, size_t n)
{
    size_t known = 0;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(values[i]))
            values[known++] = values[i];
    }
    if (known < POINTS_MIN)
        return NAN;
    qsort(values, known, sizeof(*values), compare);
    return known % 2 ? values[known / 2] : (values[known / 2 - 1] + values[known / 2]) / 2;
}

/* Microseconds by probes or by DPD; 0: not known. */
static double look_up(struct region *r, const char *id, size_t which_part, size_t series,
                      uint64_t now_us)
{
    const struct recorder_part *part = &recorder_parts(MODEL_VPN_TUNNEL)[which_part];
    uint64_t now_s = now_us / 1000000, to = now_s - now_s % HISTORY_COARSE_S;
    const struct history_query q = {
        .from_s = to - DAY_S, .to_s = to, .step_s = HISTORY_COARSE_S, .now_s = now_s};
    struct history_answer a = {0};
    char key[HISTORY_KEY_MAX];
    double usual = NAN;

    snprintf(key, sizeof(key), "%s/%s%s", r->id, id, part->suffix);
    if (history_query(r->c->history, part->kind, key, &q, &series, 1, &a) == 0)
        usual = usual_of(a.values, a.points);
    history_answer_done(&a);
    return isnan(usual) ? 0 : usual;
}

static void keep(struct region *r, const struct snapshot *s, const char *id, double by_probes,
                 double by_dpd, uint64_t now_us)
{
    const struct model_vpn_tunnel *t = snapshot_get(s, MODEL_VPN_TUNNEL, id);
    struct recorder_counts *c;
    struct node_state *n;

    if (!t)
        return; /* it is gone */
    pthread_mutex_lock(&r->live);
    n = live_carrier(r, s, &t->head);
    c = n ? pmap_get(n->counts, id, strlen(id)) : NULL;
    if (c) {
        c->recent.usual_us = by_probes;
        c->recent.usual_dpd_us = by_dpd;
        c->recent.usual_at_us = now_us;
        c->recent.usual_due = false;
    }
    pthread_mutex_unlock(&r->live);
}

/* Takes one of those due. */
static bool take(struct region *r, char ret[STORE_NAME_MAX + 1])
{
    struct pmap_iter it;
    const void *key;
    bool there = false;
    size_t len;

    pthread_mutex_lock(&r->alarm_lock);
    pmap_begin(&it, r->usual_due, NULL, 0);
    if (pmap_next(&it, &key, &len)) {
        (void)text_printf(ret, STORE_NAME_MAX + 1, "%.*s", (int)len, (const char *)key);
        there = pmap_remove(&set_type, &r->usual_due, ret, strlen(ret)) == 0;
    }
    pthread_mutex_unlock(&r->alarm_lock);
    return there;
}

void usual_work(struct control *c, uint64_t now_us)
{
    char id[STORE_NAME_MAX + 1];
    int looks = 0;

    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        struct snapshot *s = region_now(r);

        while (looks < LOOKS_MAX && take(r, id)) {
            keep(r, s, id, look_up(r, id, RECORDER_PROBE, PROBE_SERIES_RTT, now_us),
                 look_up(r, id, RECORDER_MAIN, TUNNEL_SERIES_DPD_RTT, now_us), now_us);
            looks++;
        }
        snapshot_unref(s);
    }
}
