#include "notice.h"

#include <stdio.h>

/* Tunnels that come up and go down, and what goes wrong while they are up. What was last said of a
 * tunnel is "up SINCE TROUBLE" or "down SINCE": microseconds since 1970, and a message's code. */

enum { TUNNEL_UP = 3 }; /* code of operState */

/* Two times of one moment differ by less, over a restart of whoever tells it. */
#define SAME_US (2 * UINT64_C(1000000))

struct known {
    bool said, up;
    uint64_t since_us;
    char trouble[WORDS_CODE_MAX];
};

static struct known read_known(struct region *r, const char *id)
{
    struct known k = {0};
    char text[EVENTS_STATE_MAX], state[8];

    events_state(r->c->events, r->id, id, text, sizeof(text));
    k.said = sscanf(text, "%7s %" SCNu64 " %47s", state, &k.since_us, k.trouble) >= 2;
    k.up = k.said && strcmp(state, "up") == 0;
    return k;
}

static void keep(struct region *r, const char *id, const struct known *k)
{
    char text[EVENTS_STATE_MAX];

    snprintf(text, sizeof(text), "%s %" PRIu64 " %s", k->up ? "up" : "down", k->since_us,
             k->trouble);
    events_set_state(r->c->events, r->id, id, text);
}

/* As the node says it now. */
static struct known read_said(const struct said *said)
{
    struct known k = {.said = true, .up = said->state == TUNNEL_UP, .since_us = said->at_us};
    const char *error = model_str(said->status, "lastError");
    struct words_read read;
    char code[WORDS_CODE_MAX];
    uint64_t since;

    if (clock_parse(model_str(said->status, "since"), &since) == 0 && since <= said->at_us)
        k.since_us = since;
    if (k.up && *error) {
        const char *name = words_code(words_read(error, &read), code);

        (void)text_copy(k.trouble, sizeof(k.trouble), *name ? name : "plain");
    }
    return k;
}

/* ---- what is said ---- */

static void say_up(struct region *r, const struct model_resource *t, const struct known *was,
                   const struct known *is)
{
    const struct notice n = {.at_us = is->since_us};
    uint64_t gone = is->since_us > was->since_us ? is->since_us - was->since_us : 0;

    if (was->said)
        notice_resource(r, t, &n,
                        gone < 1000000 ? SAY(EVENT_TUNNEL_UP_AT_ONCE)
                                       : SAY(EVENT_TUNNEL_UP_AGAIN, (gone + 500000) / 1000000));
    else
        notice_resource(r, t, &n, SAY(EVENT_TUNNEL_UP));
}

static void say_down(struct region *r, const struct model_resource *t, const struct known *is,
                     const char *why)
{
    const struct notice n = {.severity = EVENTS_ERROR, .at_us = is->since_us};

    notice_resource(r, t, &n,
                    *why ? SAY(EVENT_TUNNEL_DOWN, words_written(why))
                         : SAY(EVENT_TUNNEL_DOWN_UNSAID));
}

static bool same_time(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) < SAME_US;
}

/* It was up and is up. */
static void say_trouble(struct region *r, const struct model_resource *t, const struct known *was,
                        const struct known *is, const char *why)
{
    const struct notice warning = {.severity = EVENTS_WARNING}, info = {0};

    if (!same_time(was->since_us, is->since_us))
        notice_resource(r, t, &warning, SAY(EVENT_TUNNEL_ANEW));
    if (strcmp(was->trouble, is->trouble) == 0)
        return;
    if (*is->trouble)
        notice_resource(r, t, &warning, SAY(EVENT_TUNNEL_TROUBLE, words_written(why)));
    else
        notice_resource(r, t, &info, SAY(EVENT_TUNNEL_TROUBLE_OVER));
}

/* Which are not up, for alarms. */
static void note_down(struct region *r, const char *id, bool down)
{
    static const struct pmap_type set_type = {0};
    int result;

    pthread_mutex_lock(&r->alarm_lock);
    result = down ? pmap_put(&set_type, &r->down, id, strlen(id), r, 0)
                  : pmap_remove(&set_type, &r->down, id, strlen(id));
    pthread_mutex_unlock(&r->alarm_lock);
    if (result < 0 && result != -ENOENT)
        log_error("alarms do not see how tunnel %s is: no memory", id);
}

static void compare(struct region *r, const struct model_vpn_tunnel *t, const struct said *said)
{
    struct known was = read_known(r, t->head.id), is = read_said(said);
    const char *why = model_str(said->status, "lastError");

    note_down(r, t->head.id, !is.up);
    if (t->admin == MODEL_ADMIN_DOWN) { /* whoever did that is an event */
        events_set_state(r->c->events, r->id, t->head.id, "");
        return;
    }
    if (!was.up && !is.up)
        return; /* it is down as ever, or has not come up yet */
    if (is.up && !was.up)
        say_up(r, &t->head, &was, &is);
    else if (!is.up)
        say_down(r, &t->head, &is, why);
    if (is.up)
        say_trouble(r, &t->head, was.up ? &was : &(struct known){.since_us = is.since_us}, &is,
                    why);
    keep(r, t->head.id, &is);
}

static bool wants_bgp(const struct snapshot *s, const struct model_vpn_tunnel *t)
{
    const struct model_vpn_connection *c =
        snapshot_get(s, MODEL_VPN_CONNECTION, t->vpn_connection_id);

    return t->admin == MODEL_ADMIN_UP && c && c->routing == MODEL_ROUTING_BGP;
}

/* The usual report has other counters and nothing else. */
static bool is_same(const struct said *a, const struct said *b)
{
    return a->state == b->state &&
           strcmp(model_str(a->status, "since"), model_str(b->status, "since")) == 0 &&
           strcmp(model_str(a->status, "bgpState"), model_str(b->status, "bgpState")) == 0 &&
           strcmp(model_str(a->status, "lastError"), model_str(b->status, "lastError")) == 0;
}

void notice_tunnel(struct region *r, const char *id, const struct said *before,
                   const struct said *now)
{
    const struct model_vpn_tunnel *t;
    struct snapshot *s;

    if (!r->c->events || (before && is_same(before, now)))
        return;
    s = region_now(r);
    t = snapshot_get(s, MODEL_VPN_TUNNEL, id);
    if (t) {
        compare(r, t, now);
        notice_bgp(r, &t->head, wants_bgp(s, t), before, now);
        due_mark(&r->available_due, t->vpn_connection_id);
    }
    snapshot_unref(s);
}
