#include "alarms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Alarms: states are looked at each second, but only of what nodes say is not up; metrics each ten
 * seconds, as often as nodes count. What an alarm warns of is kept with the events' states, so that
 * a restart says nothing again; of what nobody knows now it says nothing new either. */

#define METRICS_US (10 * UINT64_C(1000000))

static const struct pmap_type plain = {0};

/* ---- what it warns of ---- */

/* Of the member's project: a built-in alarm has those of all. */
static struct alarm_change *change_of(struct look *l, bool over, const char *project)
{
    struct alarm_change *c = l->changes;

    while (c && (c->over != over || strcmp(c->project, project) != 0))
        c = c->next;
    if (c)
        return c;
    c = calloc(1, sizeof(*c));
    if (!c) {
        log_error("what alarm %s found is not told: no memory", l->a->head.id);
        return NULL;
    }
    c->over = over;
    (void)text_copy(c->project, sizeof(c->project), project);
    c->next = l->changes;
    l->changes = c;
    return c;
}

static void add_member(struct look *l, bool over, const struct bad *b)
{
    struct alarm_change *change = change_of(l, over, b->project);

    if (!change)
        return;
    if (!change->named) {
        (void)text_copy(change->value, sizeof(change->value), b->value);
        (void)text_copy(change->usual, sizeof(change->usual), b->usual);
    }
    if (change->named < ALARM_MEMBERS_MAX)
        (void)text_copy(change->members[change->named++], STORE_NAME_MAX + 1, b->id);
    change->count++;
}

/* "": it warns of it no more; else since when. */
static void keep_state(const struct look *l, const struct bad *b, bool firing)
{
    char key[STORE_NAME_MAX], since[EVENTS_STATE_MAX] = "";

    if (firing)
        snprintf(since, sizeof(since), "%" PRIu64, b->since_us);
    if (text_printf(key, sizeof(key), "alarm/%s/%s", l->a->head.id, b->id) == 0)
        events_set_state(l->r->c->events, l->r->id, key, since);
}

static const char *project_of(const struct model_alarm *a, const struct model_resource *m)
{
    return !alarms_is_built_in(a->head.id) ? a->head.project_id : m ? m->project_id : "";
}

static struct bad *bad_of(struct region *r, struct alarm_run *run, const char *id,
                          const char *project, uint64_t since_us)
{
    size_t len = strlen(id);
    struct bad *b = pmap_get(run->bad, id, len);
    int result;

    if (b)
        return b;
    b = calloc(1, sizeof(*b) + len + 1);
    if (!b)
        return NULL;
    b->since_us = since_us;
    b->len = len;
    (void)text_copy(b->project, sizeof(b->project), project);
    memcpy(b->id, id, len);
    pthread_mutex_lock(&r->alarm_lock);
    result = pmap_put(&plain, &run->bad, id, len, b, 0);
    pthread_mutex_unlock(&r->alarm_lock);
    if (result < 0) {
        free(b);
        return NULL;
    }
    return b;
}

/* Those who answer requests read it, too. */
static void keep_value(const struct look *l, struct bad *b, bool firing)
{
    pthread_mutex_lock(&l->r->alarm_lock);
    b->firing = firing;
    alarm_value_text(l->a, l->value, b->value);
    alarm_value_text(l->a, l->usual, b->usual);
    pthread_mutex_unlock(&l->r->alarm_lock);
}

static void look_at_member(struct look *l, const struct model_resource *m)
{
    enum verdict v;
    struct bad *b;
    bool fires;

    if (!model_is_shared(m->kind) && strcmp(m->project_id, project_of(l->a, m)) != 0)
        return;
    if (alarm_is_off(l->s, l->a, m))
        return;
    v = alarm_judge(l, m);
    l->known |= v != VERDICT_UNKNOWN;
    b = v == VERDICT_BAD ? bad_of(l->r, l->run, m->id, project_of(l->a, m), l->now_us) : NULL;
    if (!b || b->round == l->run->round)
        return; /* several ways lead to a connection */
    b->round = l->run->round;
    fires = !b->firing && l->now_us >= b->since_us + (uint64_t)l->a->for_s * 1000000;
    keep_value(l, b, b->firing || fires);
    if (fires) {
        keep_state(l, b, true);
        add_member(l, false, b);
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
    if (l->a->state == MODEL_LINE_DOWN) {
        snapshot_each_linked (struct model_private_interface, line, it, l->s, LINK_PRIVATE_GATEWAY,
                              id)
            look_at_member(l, &line->head);
        return;
    }
    snapshot_each_linked (struct model_vpn_connection, c, it, l->s, LINK_CONNECTION_GATEWAY, id)
        look_at_connection(l, c->head.id);
}

/* What was seen of all when it came in (notice_tunnels.c, recent.c); the rest need not be looked
 * at. */
static void look_at_noted(struct look *l)
{
    enum model_default_alarm suspicion = alarm_suspicion(l->a->state);
    struct pmap *noted;
    struct pmap_iter it;
    const void *key;
    size_t len;

    pthread_mutex_lock(&l->r->alarm_lock);
    noted = pmap_ref(suspicion ? l->r->suspects[suspicion] : l->r->down);
    pthread_mutex_unlock(&l->r->alarm_lock);
    pmap_begin(&it, noted, NULL, 0);
    while (pmap_next(&it, &key, &len)) {
        const struct model_vpn_tunnel *t;
        char id[STORE_NAME_MAX + 1];

        (void)text_printf(id, sizeof(id), "%.*s", (int)len, (const char *)key);
        t = snapshot_get(l->s, MODEL_VPN_TUNNEL, id);
        if (t)
            look_at_tunnel(l, t);
    }
    pmap_unref(&plain, noted);
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
    } else if (l->a->state == MODEL_LINE_DOWN) {
        snapshot_each (struct model_private_interface, line, it, l->s, MODEL_PRIVATE_INTERFACE)
            look_at_member(l, &line->head);
        l->known = true; /* if it is only that there are none */
    } else if (l->a->state) {
        look_at_noted(l);
    } else {
        snapshot_each (struct model_vpn_tunnel, t, it, l->s, MODEL_VPN_TUNNEL)
            look_at_tunnel(l, t);
    }
}

/* Whether such a scope has what the alarm is about. */
static bool fits(const struct model_alarm *a, const struct model_kind *scope)
{
    if (a->state == MODEL_LINE_DOWN)
        return scope->id == MODEL_PRIVATE_INTERFACE || scope->id == MODEL_BORDER_GATEWAY;
    if (a->state && scope->id == MODEL_PRIVATE_INTERFACE)
        return false;
    return is_about_nodes(a, scope) == (scope->id == MODEL_NODE);
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
    if (!scope || !fits(l->a, kind))
        return; /* it is gone, or has no such state */
    if (kind->id == MODEL_NODE || kind->id == MODEL_PRIVATE_INTERFACE)
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

    l->value = l->usual = NAN;
    return !m || !l->a->enabled || alarm_is_off(l->s, l->a, m) || alarm_judge(l, m) == VERDICT_GOOD;
}

static void drop(struct region *r, struct alarm_run *run, struct bad *b)
{
    int result;

    pthread_mutex_lock(&r->alarm_lock);
    result = pmap_remove(&plain, &run->bad, b->id, b->len);
    pthread_mutex_unlock(&r->alarm_lock);
    if (result == 0) /* else there is no memory to forget */
        free(b);
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
            keep_value(l, b, true);
            keep_state(l, b, false);
            add_member(l, true, b);
        }
        drop(l->r, l->run, b);
    }
    pmap_unref(&plain, all);
}

/* ---- one alarm ---- */

static void show(struct look *l)
{
    struct alarm_run *run = l->run;
    struct pmap_iter it;
    const struct bad *b;
    bool news = l->changes || run->known != l->known;
    size_t firing = 0, before = run->firing;

    pthread_mutex_lock(&l->r->alarm_lock);
    pmap_begin(&it, run->bad, NULL, 0);
    while ((b = pmap_next(&it, NULL, NULL)))
        firing += b->firing;
    if (!!firing != !!before || run->known != l->known || !run->since_us)
        run->since_us = l->now_us;
    run->firing = firing;
    run->known = l->known;
    alarm_value_text(l->a, l->worst, run->value);
    pthread_mutex_unlock(&l->r->alarm_lock);
    if (news || firing != before)
        feed_mark(l->r, MODEL_ALARM, l->a->head.id, FEED_STATUS);
}

static void look_at(struct look *l)
{
    l->run->round++;
    if (l->a->enabled)
        look_at_scope(l);
    end_what_is_over(l);
    show(l);
    for (struct alarm_change *c = l->changes, *next; c; c = next) {
        next = c->next;
        alarm_say(l->r, l->s, l->a, c, l->now_us);
        free(c);
    }
}

/* ---- the alarms of a region ---- */

/* What it warned of before ropewayd was started. */
static void restore(void *arg, const char *id, const char *state)
{
    const struct look *l = arg;
    const char *member = strrchr(id, '/');
    const struct model_kind *kind = member ? model_kind_of_id(member + 1) : NULL;
    const struct model_resource *m = kind ? snapshot_get(l->s, kind->id, member + 1) : NULL;
    uint64_t since = strtoull(state, NULL, 10);
    struct bad *b =
        member ? bad_of(l->r, l->run, member + 1, project_of(l->a, m), since ? since : 1) : NULL;

    if (b)
        b->firing = true;
}

/* NULL: out of memory. */
static struct alarm_run *run_of(struct look *l)
{
    struct region *r = l->r;
    const char *id = l->a->head.id;
    struct alarm_run *run = pmap_get(r->alarms, id, strlen(id));
    char prefix[STORE_NAME_MAX];
    int result;

    if (run)
        return run;
    run = calloc(1, sizeof(*run));
    if (!run)
        return NULL;
    if (text_printf(prefix, sizeof(prefix), "alarm/%s/", id) == 0)
        events_each_state(r->c->events, r->id, prefix, restore,
                          &(struct look){.r = r, .s = l->s, .a = l->a, .run = run});
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
        if (!alarms_is_built_in(id) && !snapshot_get(s, MODEL_ALARM, id))
            forget_run(r, id, run);
    }
    pmap_unref(&plain, all);
}

static void look_at_one(struct region *r, const struct snapshot *s, const struct model_alarm *a,
                        uint64_t now_us)
{
    struct look l = {.r = r,
                     .s = s,
                     .a = a,
                     .now_us = now_us,
                     .threshold = a->threshold ? strtod(a->threshold, NULL) : 0,
                     .worst = NAN};

    l.run = run_of(&l);
    if (l.run)
        look_at(&l);
}

static void look_at_region(struct region *r, uint64_t now_us, bool metrics)
{
    struct snapshot *s = region_now(r);
    struct model_alarm built_in;

    snapshot_each (struct model_alarm, a, it, s, MODEL_ALARM) {
        if (a->state || metrics)
            look_at_one(r, s, a, now_us);
    }
    for (size_t i = 0; i < ALARM_DEFAULTS; i++) {
        alarm_default(s, r->id, i, NULL, &built_in);
        look_at_one(r, s, &built_in, now_us);
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
