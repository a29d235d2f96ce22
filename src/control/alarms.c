#include "alarms.h"
#include "recorder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Alarms: states are looked at each second, but only of what nodes say is not up; metrics each ten
 * seconds, as often as nodes count. What an alarm warns of is kept with the events' states, so that
 * a restart says nothing again; of what nobody knows now it says nothing new either. */

enum { TUNNEL_UP = 3 }; /* code of operState */

#define METRICS_US (10 * UINT64_C(1000000))

enum verdict { VERDICT_UNKNOWN, VERDICT_GOOD, VERDICT_BAD };

/* A member of the scope of which it warns, or will if that lasts. */
struct bad {
    uint64_t since_us; /* since 1970 */
    bool firing;
    uint64_t round; /* in which it was last found bad */
    size_t len;
    char id[];
};

/* An alarm in memory. */
struct alarm_run {
    struct pmap *bad; /* id -> struct bad; of the thread that ticks */
    uint64_t round;
    bool known; /* anything of its scope; under alarm_lock, as what follows */
    size_t firing;
    uint64_t since_us;
    char members[ALARM_MEMBERS_MAX][STORE_NAME_MAX + 1];
    size_t named;
    char value[32];
    char action[WORDS_TEXT_MAX];
};

static const struct pmap_type plain = {0};

/* One look at one alarm. */
struct look {
    struct region *r;
    const struct snapshot *s;
    const struct model_alarm *a;
    struct alarm_run *run;
    uint64_t now_us;
    bool known;
    double worst;
    struct alarm_change fired, over;
};

/* ---- how one member is ---- */

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
    struct node_state *n = NULL;
    double value = NAN;

    pthread_mutex_lock(&l->r->live);
    if (m->kind->id == MODEL_NODE)
        n = live_node(l->r, m->id, false);
    else
        (void)live_said(l->r, l->s, m, &n);
    if (n)
        value = recorder_last(n, m->kind->id, m->id, l->a->metric, l->now_us);
    pthread_mutex_unlock(&l->r->live);
    return value;
}

static enum verdict judge_metric(struct look *l, const struct model_resource *m)
{
    double value = value_of(l, m), threshold = strtod(l->a->threshold, NULL);
    bool above = l->a->comparison == MODEL_ABOVE;

    if (isnan(value))
        return VERDICT_UNKNOWN;
    if (isnan(l->worst) || (above ? value > l->worst : value < l->worst))
        l->worst = value;
    return (above ? value > threshold : value < threshold) ? VERDICT_BAD : VERDICT_GOOD;
}

static enum verdict judge(struct look *l, const struct model_resource *m)
{
    if (!l->a->state)
        return judge_metric(l, m);
    switch (m->kind->id) {
    case MODEL_VPN_TUNNEL:
        return judge_tunnel(l, (const struct model_vpn_tunnel *)m);
    case MODEL_VPN_CONNECTION:
        return judge_connection(l, m);
    default:
        return judge_node(l, m);
    }
}

/* ---- what it warns of ---- */

static void add_member(struct alarm_change *change, const char *id)
{
    if (change->named < ALARM_MEMBERS_MAX)
        (void)text_copy(change->members[change->named++], STORE_NAME_MAX + 1, id);
    change->count++;
}

static void keep_state(const struct look *l, const char *id, const char *state)
{
    char key[STORE_NAME_MAX];

    if (text_printf(key, sizeof(key), "alarm/%s/%s", l->a->head.id, id) == 0)
        events_set_state(l->r->c->events, l->r->id, key, state);
}

static struct bad *bad_of(struct alarm_run *run, const char *id, uint64_t now_us)
{
    size_t len = strlen(id);
    struct bad *b = pmap_get(run->bad, id, len);

    if (b)
        return b;
    b = calloc(1, sizeof(*b) + len + 1);
    if (!b)
        return NULL;
    b->since_us = now_us;
    b->len = len;
    memcpy(b->id, id, len);
    if (pmap_put(&plain, &run->bad, id, len, b, 0) < 0) {
        free(b);
        return NULL;
    }
    return b;
}

static void look_at_member(struct look *l, const struct model_resource *m)
{
    enum verdict v;
    struct bad *b;

    if (!model_is_shared(m->kind) && strcmp(m->project_id, l->a->head.project_id) != 0)
        return;
    v = judge(l, m);
    l->known |= v != VERDICT_UNKNOWN;
    b = v == VERDICT_BAD ? bad_of(l->run, m->id, l->now_us) : NULL;
    if (!b)
        return;
    b->round = l->run->round;
    if (!b->firing && l->now_us >= b->since_us + (uint64_t)l->a->for_s * 1000000) {
        b->firing = true;
        keep_state(l, b->id, "1");
        add_member(&l->fired, b->id);
    }
}

/* ---- who is looked at ---- */

/* The tunnel, or (of onlyOneTunnelUp) its connection. */
static void look_at_tunnel(struct look *l, const struct model_vpn_tunnel *t)
{
    const struct model_resource *connection;

    if (l->a->state != MODEL_ONE_TUNNEL_UP) {
        look_at_member(l, &t->head);
        return;
    }
    connection = snapshot_get(l->s, MODEL_VPN_CONNECTION, t->vpn_connection_id);
    if (connection)
        look_at_member(l, connection);
}

static void look_at_connection(struct look *l, const char *id)
{
    snapshot_each_linked (struct model_vpn_tunnel, t, it, l->s, LINK_TUNNEL_CONNECTION, id)
        look_at_tunnel(l, t);
}

static void look_at_gateway(struct look *l, const char *id)
{
    snapshot_each_linked (struct model_vpn_connection, c, it, l->s, LINK_CONNECTION_GATEWAY, id)
        look_at_connection(l, c->head.id);
}

/* All that are not up are known; the rest need not be looked at. */
static void look_at_down(struct look *l)
{
    struct pmap_iter it;
    struct pmap *down;
    const void *key;
    size_t len;

    pthread_mutex_lock(&l->r->alarm_lock);
    down = pmap_ref(l->r->down);
    pthread_mutex_unlock(&l->r->alarm_lock);
    pmap_begin(&it, down, NULL, 0);
    while (pmap_next(&it, &key, &len)) {
        const struct model_vpn_tunnel *t;
        char id[STORE_NAME_MAX + 1];

        (void)text_printf(id, sizeof(id), "%.*s", (int)len, (const char *)key);
        t = snapshot_get(l->s, MODEL_VPN_TUNNEL, id);
        if (t)
            look_at_tunnel(l, t);
    }
    pmap_unref(&plain, down);
    l->known = true;
}

static bool is_about_nodes(const struct model_alarm *a, const struct model_kind *scope)
{
    if (a->state)
        return a->state == MODEL_NODE_OFFLINE || a->state == MODEL_CERTIFICATE_EXPIRY;
    return scope && scope->id == MODEL_NODE;
}

static void look_at_all(struct look *l)
{
    if (is_about_nodes(l->a, NULL)) {
        snapshot_each (struct model_node, node, it, l->s, MODEL_NODE)
            look_at_member(l, &node->head);
    } else if (l->a->state) {
        look_at_down(l);
    } else {
        snapshot_each (struct model_vpn_tunnel, t, it, l->s, MODEL_VPN_TUNNEL)
            look_at_tunnel(l, t);
    }
}

static void look_at_scope(struct look *l)
{
    const char *id = l->a->scope_id;
    const struct model_kind *kind = id ? model_kind_of_id(id) : NULL;
    const struct model_resource *scope = kind ? snapshot_get(l->s, kind->id, id) : NULL;

    if (!id) {
        look_at_all(l);
        return;
    }
    if (!scope || is_about_nodes(l->a, kind) != (kind->id == MODEL_NODE))
        return; /* it is gone, or has no such state */
    if (kind->id == MODEL_NODE)
        look_at_member(l, scope);
    else if (kind->id == MODEL_VPN_TUNNEL)
        look_at_tunnel(l, (const struct model_vpn_tunnel *)scope);
    else if (kind->id == MODEL_VPN_CONNECTION)
        look_at_connection(l, id);
    else
        look_at_gateway(l, id);
}

/* ---- what is over ---- */

/* Of what was bad and was not found so now. */
static bool is_over(struct look *l, const struct bad *b)
{
    const struct model_kind *kind = model_kind_of_id(b->id);
    const struct model_resource *m = kind ? snapshot_get(l->s, kind->id, b->id) : NULL;

    return !m || !l->a->enabled || judge(l, m) == VERDICT_GOOD;
}

static bool drop(struct alarm_run *run, struct bad *b)
{
    if (pmap_remove(&plain, &run->bad, b->id, b->len) < 0)
        return false; /* no memory to forget */
    free(b);
    return true;
}

static void end_what_is_over(struct look *l)
{
    struct pmap *all = pmap_ref(l->run->bad);
    struct pmap_iter it;
    struct bad *b;

    pmap_begin(&it, all, NULL, 0);
    while ((b = pmap_next(&it, NULL, NULL))) {
        if (b->round == l->run->round || !is_over(l, b))
            continue;
        if (b->firing) {
            keep_state(l, b->id, "");
            add_member(&l->over, b->id);
        }
        (void)drop(l->run, b);
    }
    pmap_unref(&plain, all);
}

/* ---- one alarm ---- */

static void show(struct look *l)
{
    struct alarm_run *run = l->run;
    struct pmap_iter it;
    const struct bad *b;
    size_t firing = 0, before = run->firing;

    pthread_mutex_lock(&l->r->alarm_lock);
    run->named = 0;
    pmap_begin(&it, run->bad, NULL, 0);
    while ((b = pmap_next(&it, NULL, NULL))) {
        if (!b->firing)
            continue;
        if (run->named < ALARM_MEMBERS_MAX)
            (void)text_copy(run->members[run->named++], STORE_NAME_MAX + 1, b->id);
        firing++;
    }
    if (!!firing != !!before || run->known != l->known || !run->since_us)
        run->since_us = l->now_us;
    run->firing = firing;
    run->known = l->known;
    run->value[0] = 0;
    if (!isnan(l->worst))
        snprintf(run->value, sizeof(run->value), "%g", l->worst);
    pthread_mutex_unlock(&l->r->alarm_lock);
    if (firing != before)
        feed_mark(l->r, MODEL_ALARM, l->a->head.id, FEED_STATUS);
}

static void look_at(struct look *l)
{
    l->run->round++;
    if (l->a->enabled)
        look_at_scope(l);
    end_what_is_over(l);
    show(l);
    l->over.over = true;
    if (!isnan(l->worst)) {
        snprintf(l->fired.value, sizeof(l->fired.value), "%g", l->worst);
        (void)text_copy(l->over.value, sizeof(l->over.value), l->fired.value);
    }
    if (l->fired.count)
        alarm_say(l->r, l->s, l->a, &l->fired, l->now_us);
    if (l->over.count)
        alarm_say(l->r, l->s, l->a, &l->over, l->now_us);
}

/* ---- the alarms of a region ---- */

/* What it warned of before ropewayd was started. */
static void restore(void *arg, const char *id, const char *state)
{
    struct alarm_run *run = arg;
    const char *member = strrchr(id, '/');
    struct bad *b = member ? bad_of(run, member + 1, 1) : NULL;

    (void)state;
    if (b)
        b->firing = true;
}

/* NULL: out of memory. */
static struct alarm_run *run_of(struct region *r, const char *id)
{
    struct alarm_run *run = pmap_get(r->alarms, id, strlen(id));
    char prefix[STORE_NAME_MAX];
    int result;

    if (run)
        return run;
    run = calloc(1, sizeof(*run));
    if (!run)
        return NULL;
    if (text_printf(prefix, sizeof(prefix), "alarm/%s/", id) == 0)
        events_each_state(r->c->events, r->id, prefix, restore, run);
    run->firing = pmap_count(run->bad);
    pthread_mutex_lock(&r->alarm_lock);
    result = pmap_put(&plain, &r->alarms, id, strlen(id), run, 0);
    pthread_mutex_unlock(&r->alarm_lock);
    if (result < 0) {
        free(run);
        return NULL;
    }
    return run;
}

static void free_run(struct alarm_run *run)
{
    struct pmap_iter it;
    struct bad *b;

    pmap_begin(&it, run->bad, NULL, 0);
    while ((b = pmap_next(&it, NULL, NULL)))
        free(b);
    pmap_unref(&plain, run->bad);
    free(run);
}

/* Of an alarm that was deleted. */
static void forget_run(struct region *r, const char *id, struct alarm_run *run)
{
    char key[STORE_NAME_MAX];
    struct pmap_iter it;
    const struct bad *b;
    int result;

    pthread_mutex_lock(&r->alarm_lock);
    result = pmap_remove(&plain, &r->alarms, id, strlen(id));
    pthread_mutex_unlock(&r->alarm_lock);
    if (result < 0)
        return;
    pmap_begin(&it, run->bad, NULL, 0);
    while ((b = pmap_next(&it, NULL, NULL))) {
        if (text_printf(key, sizeof(key), "alarm/%s/%s", id, b->id) == 0)
            events_set_state(r->c->events, r->id, key, "");
    }
    free_run(run);
}

static void forget_deleted(struct region *r, const struct snapshot *s)
{
    struct pmap *all = pmap_ref(r->alarms);
    struct alarm_run *run;
    struct pmap_iter it;
    const void *key;
    size_t len;

    pmap_begin(&it, all, NULL, 0);
    while ((run = pmap_next(&it, &key, &len))) {
        char id[STORE_NAME_MAX + 1];

        (void)text_printf(id, sizeof(id), "%.*s", (int)len, (const char *)key);
        if (!snapshot_get(s, MODEL_ALARM, id))
            forget_run(r, id, run);
    }
    pmap_unref(&plain, all);
}

static void look_at_region(struct region *r, uint64_t now_us, bool metrics)
{
    struct snapshot *s = region_now(r);

    snapshot_each (struct model_alarm, a, it, s, MODEL_ALARM) {
        struct look *l;

        if (!a->state && !metrics)
            continue;
        l = calloc(1, sizeof(*l));
        if (!l)
            break;
        *l = (struct look){.r = r, .s = s, .a = a, .now_us = now_us, .worst = NAN};
        l->run = run_of(r, a->head.id);
        if (l->run)
            look_at(l);
        free(l);
    }
    forget_deleted(r, s);
    snapshot_unref(s);
}

void alarms_tick(struct control *c, uint64_t now_us)
{
    bool metrics = now_us >= c->metrics_us + METRICS_US || now_us < c->metrics_us;

    if (metrics)
        c->metrics_us = now_us;
    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r))
        look_at_region(r, now_us, metrics);
}

void alarms_done(struct region *r)
{
    struct alarm_run *run;
    struct pmap_iter it;

    pmap_begin(&it, r->alarms, NULL, 0);
    while ((run = pmap_next(&it, NULL, NULL)))
        free_run(run);
    pmap_unref(&plain, r->alarms);
}

/* ---- what is shown ---- */

json_t *alarms_status(struct region *r, const struct model_resource *alarm)
{
    const struct model_alarm *a = (const struct model_alarm *)alarm;
    json_t *status = NULL, *members = json_array();
    const struct alarm_run *run;
    char at[CLOCK_TEXT_MAX];

    pthread_mutex_lock(&r->alarm_lock);
    run = pmap_get(r->alarms, alarm->id, strlen(alarm->id));
    for (size_t i = 0; run && i < run->named; i++)
        (void)json_array_append_new(members, json_string(run->members[i]));
    if (run)
        status = json_pack("{s:s, s:s*, s:I, s:O, s:s, s:s}", "alarmState",
                           run->firing                ? "alarm"
                           : run->known && a->enabled ? "ok"
                                                      : "noData",
                           "alarmSince", run->since_us ? clock_format(run->since_us, at) : NULL,
                           "alarmCount", (json_int_t)run->firing, "alarmMembers", members,
                           "lastValue", run->value, "lastAction", run->action);
    pthread_mutex_unlock(&r->alarm_lock);
    json_decref(members);
    return status ? status : json_pack("{s:s}", "alarmState", "noData");
}

void alarms_note_action(struct control *c, const char *region, const char *alarm,
                        const char *written)
{
    struct region *r = house_find(c, region);
    struct alarm_run *run;

    if (!r)
        return;
    pthread_mutex_lock(&r->alarm_lock);
    run = pmap_get(r->alarms, alarm, strlen(alarm));
    if (run)
        (void)text_copy(run->action, sizeof(run->action), written);
    pthread_mutex_unlock(&r->alarm_lock);
    feed_mark(r, MODEL_ALARM, alarm, FEED_STATUS);
}
