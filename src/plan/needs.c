#include "planner_internal.h"

#include <stdlib.h>

/* Who needs what: each resource takes back what it needed before the step and asks for what it
 * needs after it. What it asks for follows from a snapshot alone, so nothing can be left over. */

static struct need *get_need(struct object *o, struct stream *s)
{
    struct need *n = o->needs;

    while (n && n->stream != s)
        n = n->next;
    if (n)
        return n;
    n = calloc(1, sizeof(*n));
    if (!n)
        return NULL;
    n->stream = s;
    n->next = o->needs;
    o->needs = n;
    return n;
}

static int count_need(struct step *step, enum plan_type type, const char *id, struct stream *s,
                      int delta)
{
    struct object *o = planner_mark(step, type, id);
    struct need *n = o ? get_need(o, s) : NULL;

    if (!n)
        return -ENOMEM;
    n->count += delta;
    return 0;
}

static int count_on(struct step *step, enum plan_type type, const char *id, const char *node,
                    int delta)
{
    struct stream *s = id && node ? stream_get(step->planner, node) : NULL;

    if (!id || !node)
        return 0;
    return s ? count_need(step, type, id, s, delta) : -ENOMEM;
}

/* ---- what a resource needs in a snapshot ---- */

static int count_instance(struct step *step, const struct snapshot *s, const char *id, int delta)
{
    const struct model_instance *instance = snapshot_get(s, MODEL_INSTANCE, id);
    const char *node = instance ? plan_instance_node(s, instance) : NULL;
    const struct model_subnet *subnet;
    int r;

    if (!node)
        return 0;
    subnet = snapshot_get(s, MODEL_SUBNET, instance->subnet_id);
    r = count_on(step, PLAN_VPC, subnet->vpc_id, node, delta);
    return r < 0 ? r : count_on(step, PLAN_TABLE, subnet->route_table_id, node, delta);
}

static int count_network(struct step *step, const struct snapshot *s, const char *id, int delta)
{
    const struct model_subnet *subnet = snapshot_get(s, MODEL_SUBNET, id);
    const char *node = subnet ? plan_network_node(s, subnet) : NULL;
    int r;

    if (!node)
        return 0;
    r = count_on(step, PLAN_VPC, subnet->vpc_id, node, delta);
    return r < 0 ? r : count_on(step, PLAN_TABLE, subnet->route_table_id, node, delta);
}

static int count_gateway(struct step *step, const struct snapshot *s, const char *id, int delta)
{
    if (!snapshot_get(s, MODEL_BORDER_GATEWAY, id))
        return 0;
    return count_on(step, PLAN_GATEWAY, id, plan_placed_on(s, id), delta);
}

static int count_attachment(struct step *step, const struct snapshot *s, const char *id, int delta)
{
    const struct model_vpc_attachment *attachment = snapshot_get(s, MODEL_VPC_ATTACHMENT, id);
    const char *gateway = attachment ? attachment->border_gateway_id : NULL;

    if (!gateway || !snapshot_get(s, MODEL_BORDER_GATEWAY, gateway))
        return 0;
    return count_on(step, PLAN_VPC, attachment->vpc_id, plan_placed_on(s, gateway), delta);
}

int needs_recount(struct step *step, enum plan_type type, const char *id)
{
    static int (*const counts[PLAN_TYPES])(struct step *, const struct snapshot *, const char *,
                                           int) = {
        [PLAN_INSTANCE] = count_instance,
        [PLAN_NETWORK] = count_network,
        [PLAN_GATEWAY] = count_gateway,
        [PLAN_ATTACHMENT] = count_attachment,
    };
    int r;

    if (!counts[type])
        return 0;
    r = counts[type](step, step->before, id, -1);
    return r < 0 ? r : counts[type](step, step->after, id, 1);
}

/* ---- the gateways of a route table ---- */

static int count_gateways(struct step *step, const struct model_route_table *table,
                          struct stream *s, int delta)
{
    int r = 0;

    for (uint32_t i = 0; table && r == 0 && i < table->routes.count; i++) {
        const char *next_hop = table->routes.items[i].next_hop;
        enum routing_hop hop;

        if (next_hop && routing_parse_hop(next_hop, &hop) && hop == ROUTING_HOP_GATEWAY)
            r = count_need(step, PLAN_GATEWAY, next_hop, s, delta);
    }
    for (uint32_t i = 0; table && r == 0 && i < table->propagations.count; i++) {
        const char *gateway = table->propagations.items[i].border_gateway_id;

        if (gateway)
            r = count_need(step, PLAN_GATEWAY, gateway, s, delta);
    }
    return r;
}

int needs_recount_table(struct step *step, struct object *table)
{
    const struct model_route_table *before =
        snapshot_get(step->before, MODEL_ROUTE_TABLE, table->id);
    const struct model_route_table *after = snapshot_get(step->after, MODEL_ROUTE_TABLE, table->id);
    int r = 0;

    for (struct need *n = table->needs; r == 0 && n; n = n->next) {
        bool needed = n->count > 0;

        if (before == after && n->counted == needed)
            continue;
        if (n->counted)
            r = count_gateways(step, before, n->stream, -1);
        if (r == 0 && needed)
            r = count_gateways(step, after, n->stream, 1);
        n->counted = needed;
    }
    return r;
}

/* ---- the outcome of a step ---- */

bool needs_changed(const struct object *o)
{
    for (const struct need *n = o->needs; n; n = n->next) {
        if ((n->count > 0) != n->was)
            return true;
    }
    return false;
}

void needs_settle(struct object *o)
{
    struct need **at = &o->needs;

    while (*at) {
        struct need *n = *at;

        n->was = n->count > 0;
        if (n->was) {
            at = &n->next;
        } else {
            *at = n->next;
            free(n);
        }
    }
}
