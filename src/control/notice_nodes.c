#include "notice.h"

#include <stdio.h>

/* Nodes that come and go. What was last said of a node is "online AT BOOTED EPOCH" or "offline AT
 * BOOTED EPOCH": microseconds since 1970, seconds since 1970, and which life of its data plane. */

struct known {
    bool said, online;
    uint64_t at_us, booted_s, dataplane;
};

/* By the machine's clock, which may be set. */
#define BOOT_SAME_S 5

static struct known read_known(struct region *r, const char *id)
{
    struct known k = {0};
    char text[EVENTS_STATE_MAX], state[8];

    events_state(r->c->events, r->id, id, text, sizeof(text));
    k.said = sscanf(text, "%7s %" SCNu64 " %" SCNu64 " %" SCNu64, state, &k.at_us, &k.booted_s,
                    &k.dataplane) >= 2;
    k.online = k.said && strcmp(state, "online") == 0;
    return k;
}

static void keep(struct region *r, const char *id, const struct known *k)
{
    char text[EVENTS_STATE_MAX];

    snprintf(text, sizeof(text), "%s %" PRIu64 " %" PRIu64 " %" PRIu64,
             k->online ? "online" : "offline", k->at_us, k->booted_s, k->dataplane);
    events_set_state(r->c->events, r->id, id, text);
}

static void say_online(struct region *r, const struct model_resource *node, const struct known *was,
                       uint64_t now_us)
{
    const struct notice n = {.at_us = now_us};
    uint64_t gone = (now_us > was->at_us ? now_us - was->at_us : 0) / 1000000;

    if (was->said)
        notice_resource(r, node, &n,
                        gone ? SAY(EVENT_NODE_ONLINE_AGAIN, gone) : SAY(EVENT_NODE_ONLINE_AT_ONCE));
    else
        notice_resource(r, node, &n, SAY(EVENT_NODE_ONLINE));
}

static bool booted_anew(const struct known *was, uint64_t booted_s)
{
    return was->booted_s && booted_s > was->booted_s + BOOT_SAME_S;
}

/* What began anew since; a boot takes the data plane along. */
static void say_restart(struct region *r, const struct model_resource *node,
                        const struct known *was, const struct known *is)
{
    const struct notice n = {.severity = EVENTS_WARNING};
    char at[CLOCK_TEXT_MAX];

    if (booted_anew(was, is->booted_s))
        notice_resource(r, node, &n, SAY(EVENT_NODE_BOOTED, clock_say(is->booted_s * 1000000, at)));
    else if (was->dataplane && is->dataplane && was->dataplane != is->dataplane)
        notice_resource(r, node, &n, SAY(EVENT_NODE_DATAPLANE));
}

void notice_node(struct region *r, struct node_state *n)
{
    struct known was, is;
    const struct model_node *node;
    struct snapshot *s;

    if (!r->c->events || (n->noticed.online && n->noticed.dataplane == n->counted_by &&
                          n->noticed.booted_s == n->usage.booted_s))
        return;
    was = read_known(r, n->id);
    is = (struct known){.said = true,
                        .online = true,
                        .at_us = was.online ? was.at_us : n->seen_us,
                        .booted_s = n->usage.booted_s ? n->usage.booted_s : was.booted_s,
                        .dataplane = n->counted_by ? n->counted_by : was.dataplane};
    s = region_now(r);
    node = snapshot_get(s, MODEL_NODE, n->id);
    if (node && !was.online)
        say_online(r, &node->head, &was, n->seen_us);
    if (node)
        say_restart(r, &node->head, &was, &is);
    if (node)
        keep(r, n->id, &is);
    snapshot_unref(s);
    n->noticed.online = true;
    n->noticed.booted_s = n->usage.booted_s;
    n->noticed.dataplane = n->counted_by;
}

/* ---- silence ---- */

/* Live lock held. */
static void look_at(struct region *r, const struct snapshot *s, struct node_state *n)
{
    const struct model_node *node = snapshot_get(s, MODEL_NODE, n->id);
    struct known was;
    char since[CLOCK_TEXT_MAX];

    n->noticed.online = false;
    n->noticed.offline = true;
    was = read_known(r, n->id);
    if (!node || !was.online)
        return; /* it was never here, or that is known */
    notice_resource(r, &node->head, &(struct notice){.severity = EVENTS_ERROR},
                    SAY(EVENT_NODE_OFFLINE, clock_say(n->seen_us, since)));
    was.online = false;
    was.at_us = n->seen_us;
    keep(r, n->id, &was);
}

void notice_silence(struct region *r)
{
    struct snapshot *s;

    if (!r->c->events)
        return;
    s = region_now(r);
    pthread_mutex_lock(&r->live);
    list_for_each (n, &r->nodes, struct node_state, link) {
        enum live_state state = live_state(r, n);

        if (state == LIVE_OFFLINE && !n->noticed.offline)
            look_at(r, s, n);
        else if (state == LIVE_ONLINE)
            n->noticed.offline = false;
    }
    pthread_mutex_unlock(&r->live);
    snapshot_unref(s);
}
