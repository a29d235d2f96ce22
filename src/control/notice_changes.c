#include "notice.h"

#include <stdio.h>

/* What commits do that is worth an event: something moves to another node, is switched off or on,
 * or comes near its quota. */

struct commit_seen {
    struct region *r;
    const struct snapshot *before, *after;
    const struct plan_change *changes;
    size_t count;
    const char *who;
};

static struct notice notice_of(const struct commit_seen *c, enum events_severity severity)
{
    return (struct notice){.severity = severity, .revision = snapshot_revision(c->after)};
}

static const char *node_name(const struct snapshot *s, const char *id)
{
    const struct model_node *node = id ? snapshot_get(s, MODEL_NODE, id) : NULL;

    return node && node->head.name && *node->head.name ? node->head.name : id ? id : "-";
}

/* ---- moves ---- */

/* The placement as it is now, if it was elsewhere before. */
static const struct model_placement *moved(const struct commit_seen *c, size_t i,
                                           const struct model_placement **ret_before)
{
    const struct model_placement *was, *is;

    if (c->changes[i].kind != MODEL_PLACEMENT)
        return NULL;
    was = snapshot_get(c->before, MODEL_PLACEMENT, c->changes[i].id);
    is = snapshot_get(c->after, MODEL_PLACEMENT, c->changes[i].id);
    if (!was || !is || !was->node_id || !is->node_id || strcmp(was->node_id, is->node_id) == 0)
        return NULL;
    *ret_before = was;
    return is;
}

static void say_gateway_moved(const struct commit_seen *c, const struct model_placement *was,
                              const struct model_placement *is)
{
    const struct model_border_gateway *g =
        snapshot_get(c->after, MODEL_BORDER_GATEWAY, is->head.id);
    const struct notice n = notice_of(c, EVENTS_WARNING);

    if (g)
        notice_resource(c->r, &g->head, &n,
                        SAY(EVENT_GATEWAY_MOVED, node_name(c->before, was->node_id),
                            node_name(c->after, is->node_id), words_written(is->reason)));
}

/* Those of the commit that moved between the same nodes are one event of the node that has them
 * now; first is the first of them. */
static void say_took_over(const struct commit_seen *c, size_t first)
{
    const struct model_placement *was, *is = moved(c, first, &was), *other_was;
    const struct model_node *node = snapshot_get(c->after, MODEL_NODE, is->node_id);
    const struct notice n = notice_of(c, EVENTS_WARNING);
    unsigned count = 0;

    for (size_t i = 0; i < c->count; i++) {
        const struct model_placement *other = moved(c, i, &other_was);

        if (!other || strcmp(other->node_id, is->node_id) != 0 ||
            strcmp(other_was->node_id, was->node_id) != 0)
            continue;
        if (i < first)
            return; /* said already */
        count++;
    }
    if (node)
        notice_resource(c->r, &node->head, &n,
                        SAY(EVENT_NODE_TOOK_OVER, count, node_name(c->before, was->node_id),
                            words_written(is->reason)));
}

static void look_at_moves(const struct commit_seen *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct model_placement *was, *is = moved(c, i, &was);

        if (!is)
            continue;
        say_gateway_moved(c, was, is);
        say_took_over(c, i);
    }
}

/* ---- off and on ---- */

/* It is gone. */
static void forget_said(const struct commit_seen *c, const char *id)
{
    char key[STORE_NAME_MAX];

    events_set_state(c->r->c->events, c->r->id, id, "");
    if (text_printf(key, sizeof(key), "bgp/%s", id) == 0)
        events_set_state(c->r->c->events, c->r->id, key, "");
}

static void look_at_line(const struct commit_seen *c, const char *id)
{
    const struct model_private_interface *was =
        snapshot_get(c->before, MODEL_PRIVATE_INTERFACE, id);
    const struct model_private_interface *is = snapshot_get(c->after, MODEL_PRIVATE_INTERFACE, id);
    const struct notice n = notice_of(c, EVENTS_INFO);

    if (!is)
        forget_said(c, id);
    else if (was && was->admin != is->admin)
        notice_resource(c->r, &is->head, &n,
                        is->admin == MODEL_ADMIN_DOWN ? SAY(EVENT_TUNNEL_DISABLED, c->who)
                                                      : SAY(EVENT_TUNNEL_ENABLED, c->who));
}

/* It is gone. */
static void look_at_network(const struct commit_seen *c, const char *id)
{
    char key[STORE_NAME_MAX];

    if (snapshot_get(c->after, MODEL_SUBNET, id))
        return;
    events_set_state(c->r->c->events, c->r->id, id, "");
    if (text_printf(key, sizeof(key), "hosts/%s", id) == 0)
        events_set_state(c->r->c->events, c->r->id, key, "");
}

static void look_at_node(const struct commit_seen *c, const char *id)
{
    const struct model_node *was = snapshot_get(c->before, MODEL_NODE, id);
    const struct model_node *is = snapshot_get(c->after, MODEL_NODE, id);
    const struct notice n = notice_of(c, EVENTS_INFO);

    if (!is)
        events_set_state(c->r->c->events, c->r->id, id, "");
    else if (was && was->draining != is->draining)
        notice_resource(c->r, &is->head, &n,
                        is->draining ? SAY(EVENT_NODE_DRAINED, c->who)
                                     : SAY(EVENT_NODE_UNDRAINED, c->who));
}

static void look_at_tunnel(const struct commit_seen *c, const char *id)
{
    const struct model_vpn_tunnel *was = snapshot_get(c->before, MODEL_VPN_TUNNEL, id);
    const struct model_vpn_tunnel *is = snapshot_get(c->after, MODEL_VPN_TUNNEL, id);
    const struct notice n = notice_of(c, EVENTS_INFO);

    if (!is) {
        forget_said(c, id);
        return;
    }
    if (!was || was->admin == is->admin)
        return;
    if (is->admin == MODEL_ADMIN_DOWN) {
        events_set_state(c->r->c->events, c->r->id, id, "");
        notice_resource(c->r, &is->head, &n, SAY(EVENT_TUNNEL_DISABLED, c->who));
    } else {
        notice_resource(c->r, &is->head, &n, SAY(EVENT_TUNNEL_ENABLED, c->who));
    }
}

/* ---- quotas ---- */

/* What is said of a quota: 0, 80 or 100. */
static unsigned stage_of(const struct model_use *use)
{
    if (use->limit <= 0 || use->used * 5 < use->limit * 4)
        return 0;
    return use->used >= use->limit ? 100 : 80;
}

static void look_at_quota(void *arg, const struct model_use *use)
{
    const struct commit_seen *c = arg;
    struct notice n = notice_of(c, EVENTS_WARNING);
    unsigned stage = stage_of(use), said = 0;
    char key[STORE_NAME_MAX], text[EVENTS_STATE_MAX];

    if (text_printf(key, sizeof(key), "quota/%s/%s", use->quota, use->owner->id) < 0)
        return;
    events_state(c->r->c->events, c->r->id, key, text, sizeof(text));
    (void)sscanf(text, "%u", &said);
    if (stage == said)
        return;
    if (stage > said)
        notice_resource(c->r, use->owner, &n, SAY(EVENT_QUOTA, use->used, use->limit, use->quota));
    snprintf(text, sizeof(text), "%u", stage);
    events_set_state(c->r->c->events, c->r->id, key, stage ? text : "");
}

/* ---- a commit ---- */

void notice_changes(struct region *r, const struct snapshot *before, const struct snapshot *after,
                    const struct plan_change *changes, size_t count, const char *who)
{
    struct commit_seen c = {r, before, after, changes, count, *who ? who : "ropewayd"};

    if (!r->c->events || !before)
        return;
    look_at_moves(&c);
    for (size_t i = 0; i < count; i++) {
        if (changes[i].kind == MODEL_VPN_TUNNEL) {
            look_at_tunnel(&c, changes[i].id);
            notice_available_due(r, before, changes[i].id);
            notice_available_due(r, after, changes[i].id);
        }
        if (changes[i].kind == MODEL_SUBNET)
            look_at_network(&c, changes[i].id);
        if (changes[i].kind == MODEL_PRIVATE_INTERFACE)
            look_at_line(&c, changes[i].id);
        if (changes[i].kind == MODEL_VPN_CONNECTION)
            due_mark(&r->available_due, changes[i].id);
        if (changes[i].kind == MODEL_NODE)
            look_at_node(&c, changes[i].id);
        model_quota_uses(before, after, changes[i].kind, changes[i].id, look_at_quota, &c);
        notice_routes_due(r, before, after, changes[i].kind, changes[i].id);
    }
}
