#include "learned.h"
#include "notice.h"

#include <stdio.h>

/* Routes that are not in force any more, and those that are again: one event for all of a border
 * gateway or route table. Looked at are those that a commit may have changed, a few at a time. */

#define LOOKS_MAX 20 /* each second */

static void mark(struct region *r, const char *id)
{
    if (id)
        due_mark(&r->routes_due, id);
}

/* A gateway, and the route tables that it propagates to. */
static void mark_gateway(struct region *r, const struct snapshot *s, const char *id)
{
    mark(r, id);
    snapshot_each_linked (struct model_route_table, table, it, s, LINK_TABLE_PROPAGATION, id)
        mark(r, table->head.id);
}

static void mark_vpc(struct region *r, const struct snapshot *s, const char *id)
{
    snapshot_each_linked (struct model_route_table, table, it, s, LINK_TABLE_VPC, id)
        mark(r, table->head.id);
}

/* What may have other routes after the change of this resource. */
static void mark_owners(struct region *r, const struct snapshot *s, enum model_kind_id kind,
                        const char *id)
{
    const void *resource = snapshot_get(s, kind, id);

    if (!resource)
        return;
    if (kind == MODEL_ROUTE_TABLE)
        mark(r, id);
    if (kind == MODEL_BORDER_GATEWAY)
        mark_gateway(r, s, id);
    if (kind == MODEL_BORDER_GATEWAY_ROUTE)
        mark_gateway(r, s, ((const struct model_gateway_route *)resource)->border_gateway_id);
    if (kind == MODEL_VPC_ATTACHMENT) {
        const struct model_vpc_attachment *a = resource;

        mark_gateway(r, s, a->border_gateway_id);
        mark_vpc(r, s, a->vpc_id);
    }
}

void notice_routes_due(struct region *r, const struct snapshot *before,
                       const struct snapshot *after, enum model_kind_id kind, const char *id)
{
    mark_owners(r, before, kind, id);
    mark_owners(r, after, kind, id);
}

void notice_routes_learned(struct region *r, const struct snapshot *s, const char *tunnel)
{
    const struct model_vpn_tunnel *t = snapshot_get(s, MODEL_VPN_TUNNEL, tunnel);
    const struct model_private_interface *line = snapshot_get(s, MODEL_PRIVATE_INTERFACE, tunnel);
    const struct model_border_gateway *g = t ? snapshot_gateway_of(s, t) : NULL;

    if (g)
        mark_gateway(r, s, g->head.id);
    if (line)
        mark_gateway(r, s, line->border_gateway_id);
}

/* ---- looking ---- */

static void say(struct region *r, const struct snapshot *s, const struct model_resource *of,
                const struct plan_lost *lost)
{
    char key[STORE_NAME_MAX], text[EVENTS_STATE_MAX];
    uint64_t count = 0, hash = 0;
    struct notice n = {.severity = EVENTS_WARNING, .revision = snapshot_revision(s)};

    if (text_printf(key, sizeof(key), "routes/%s", of->id) < 0)
        return;
    events_state(r->c->events, r->id, key, text, sizeof(text));
    (void)sscanf(text, "%" SCNu64 " %" SCNx64, &count, &hash);
    if (count == lost->count && (!count || hash == lost->hash))
        return;
    if (lost->count >= count && lost->count) {
        notice_resource(
            r, of, &n,
            SAY(EVENT_ROUTES_LOST, lost->count, lost->destination, words_written(lost->reason)));
    } else if (!lost->count) {
        n.severity = EVENTS_INFO;
        notice_resource(r, of, &n, SAY(EVENT_ROUTES_BACK));
    }
    snprintf(text, sizeof(text), "%zu %" PRIx64, lost->count, lost->hash);
    events_set_state(r->c->events, r->id, key, lost->count ? text : "");
}

/* That BGP brings more than the quota lets in is said once, and once that it does no more. */
static void say_over(struct region *r, const struct snapshot *s, const struct model_resource *of,
                     const struct plan_lost *lost)
{
    char key[STORE_NAME_MAX], text[EVENTS_STATE_MAX];
    struct notice n = {.severity = lost->over.count ? EVENTS_WARNING : EVENTS_INFO,
                       .revision = snapshot_revision(s)};

    if (text_printf(key, sizeof(key), "over/%s", of->id) < 0)
        return;
    events_state(r->c->events, r->id, key, text, sizeof(text));
    if (!*text == !lost->over.count)
        return;
    if (lost->over.count)
        notice_resource(
            r, of, &n,
            SAY(EVENT_ROUTES_OVER_QUOTA, lost->over.quota, lost->over.count, &lost->over.first));
    else
        notice_resource(r, of, &n, SAY(EVENT_ROUTES_IN_QUOTA));
    events_set_state(r->c->events, r->id, key, lost->over.count ? "over" : "");
}

static void look_at(struct region *r, const struct snapshot *s, const struct learned_view *learned,
                    const char *id)
{
    const struct model_resource *of = snapshot_get(s, MODEL_BORDER_GATEWAY, id);
    struct plan_lost lost;

    if (!of)
        of = snapshot_get(s, MODEL_ROUTE_TABLE, id);
    if (!of || plan_lost_routes(s, &learned->plan, id, &lost) < 0)
        return;
    say(r, s, of, &lost);
    say_over(r, s, of, &lost);
}

void notice_routes(struct region *r)
{
    char id[STORE_NAME_MAX + 1];
    struct snapshot *s = region_now(r);
    struct learned_view learned = {0};
    bool looked = false;

    for (int i = 0; i < LOOKS_MAX && due_take(&r->routes_due, id); i++) {
        if (!looked && learned_look(r, &learned) < 0)
            break;
        looked = true;
        look_at(r, s, &learned, id);
    }
    learned_look_done(&learned);
    snapshot_unref(s);
}
