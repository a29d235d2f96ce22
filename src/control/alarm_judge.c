#include "alarms.h"
#include "recorder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Whether what an alarm looks at is as it should be. */

enum { TUNNEL_UP = 3 }; /* code of operState */

static enum verdict judge_tunnel(const struct look *l, const struct model_vpn_tunnel *t)
{
    enum verdict v = VERDICT_UNKNOWN;
    const struct said *said;
    struct node_state *n;

    if (t->admin == MODEL_ADMIN_DOWN)
        return VERDICT_GOOD; /* somebody wants it so */
    pthread_mutex_lock(&l->r->live);
    said = live_said(l->r, l->s, &t->head, &n);
    if (said && live_state(l->r, n) == LIVE_ONLINE)
        v = said->state == TUNNEL_UP ? VERDICT_GOOD : VERDICT_BAD;
    pthread_mutex_unlock(&l->r->live);
    return v;
}

static enum verdict judge_line(const struct look *l, const struct model_private_interface *line)
{
    enum verdict v = VERDICT_UNKNOWN;
    const struct said *said;
    struct node_state *n;

    if (line->admin == MODEL_ADMIN_DOWN)
        return VERDICT_GOOD;
    pthread_mutex_lock(&l->r->live);
    said = live_said(l->r, l->s, &line->head, &n);
    if (said && live_state(l->r, n) == LIVE_ONLINE)
        v = said->state == LIVE_LINE_UP ? VERDICT_GOOD : VERDICT_BAD;
    pthread_mutex_unlock(&l->r->live);
    return v;
}

static enum verdict judge_connection(const struct look *l, const struct model_resource *connection)
{
    size_t all = 0, up = 0, unknown = 0;

    snapshot_each_linked (struct model_vpn_tunnel, t, it, l->s, LINK_TUNNEL_CONNECTION,
                          connection->id) {
        enum verdict v = judge_tunnel(l, t);

        if (t->admin == MODEL_ADMIN_DOWN)
            continue;
        all++;
        up += v == VERDICT_GOOD;
        unknown += v == VERDICT_UNKNOWN;
    }
    if (unknown)
        return VERDICT_UNKNOWN;
    return all > 1 && up == 1 ? VERDICT_BAD : VERDICT_GOOD;
}

static enum verdict judge_node(const struct look *l, const struct model_resource *node)
{
    char text[EVENTS_STATE_MAX], key[STORE_NAME_MAX];
    enum live_state state;

    if (l->a->state == MODEL_CERTIFICATE_EXPIRY) {
        if (text_printf(key, sizeof(key), "until/nodes/%s", node->id) < 0)
            return VERDICT_UNKNOWN;
        events_state(l->r->c->events, l->r->id, key, text, sizeof(text));
        return *text ? VERDICT_BAD : VERDICT_GOOD;
    }
    pthread_mutex_lock(&l->r->live);
    state = live_state(l->r, live_node(l->r, node->id, false));
    pthread_mutex_unlock(&l->r->live);
    return state == LIVE_OFFLINE  ? VERDICT_BAD
           : state == LIVE_ONLINE ? VERDICT_GOOD
                                  : VERDICT_UNKNOWN;
}

/* NAN: nobody knows. */
static double value_of(const struct look *l, const struct model_resource *m)
{
    struct node_state *n;
    double value = NAN;

    pthread_mutex_lock(&l->r->live);
    if (m->kind->id == MODEL_NODE)
        n = live_node(l->r, m->id, false);
    else
        n = live_carrier(l->r, l->s, m);
    if (n)
        value = recorder_last(n, m->kind->id, m->id, l->a->metric, l->now_us);
    pthread_mutex_unlock(&l->r->live);
    return value;
}

static enum verdict judge_metric(struct look *l, const struct model_resource *m)
{
    double value = value_of(l, m);
    bool above = l->a->comparison == MODEL_ABOVE;

    if (isnan(value))
        return VERDICT_UNKNOWN;
    l->value = value;
    if (isnan(l->worst) || (above ? value > l->worst : value < l->worst))
        l->worst = value;
    return (above ? value > l->threshold : value < l->threshold) ? VERDICT_BAD : VERDICT_GOOD;
}

/* What the values of the built-in alarms about what is recent are. */
static void note_recent(struct look *l, const struct recorder_recent *recent)
{
    switch (l->a->state) {
    case MODEL_RTT_DOUBLED:
        l->value = recent->rtt_us;
        l->usual = recent->usual_us;
        break;
    case MODEL_LOSS_HIGH:
        l->value = recent->loss_percent;
        break;
    default:
        l->value = l->a->state == MODEL_REPLAY_DROPS ? recent->replayed : recent->too_big;
    }
}

void alarm_value_text(const struct model_alarm *a, double value, char ret[ALARM_VALUE_MAX])
{
    if (isnan(value))
        ret[0] = 0;
    else if (!a->state)
        snprintf(ret, ALARM_VALUE_MAX, "%g", value);
    else
        snprintf(ret, ALARM_VALUE_MAX, "%.*f", a->state == MODEL_RTT_DOUBLED ? 0 : 1, value);
}

static enum verdict judge_recent(struct look *l, const struct model_resource *tunnel)
{
    struct recorder_recent recent;
    struct node_state *n;
    bool known, bad;

    pthread_mutex_lock(&l->r->live);
    n = live_carrier(l->r, l->s, tunnel);
    known = n && recorder_recent(n, tunnel->id, l->now_us, &recent);
    pthread_mutex_unlock(&l->r->live);
    if (!known)
        return VERDICT_UNKNOWN;
    bad = recent_is_bad(&recent, alarm_suspicion(l->a->state), &known);
    if (!known)
        return VERDICT_UNKNOWN;
    note_recent(l, &recent);
    return bad ? VERDICT_BAD : VERDICT_GOOD;
}

enum verdict alarm_judge(struct look *l, const struct model_resource *m)
{
    l->value = l->usual = NAN;
    if (!l->a->state)
        return judge_metric(l, m);
    if (alarm_suspicion(l->a->state))
        return judge_recent(l, m);
    switch (m->kind->id) {
    case MODEL_VPN_TUNNEL:
        return judge_tunnel(l, (const struct model_vpn_tunnel *)m);
    case MODEL_PRIVATE_INTERFACE:
        return judge_line(l, (const struct model_private_interface *)m);
    case MODEL_VPN_CONNECTION:
        return judge_connection(l, m);
    default:
        return judge_node(l, m);
    }
}
