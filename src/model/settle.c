#include "model_internal.h"

/* What the server decides by itself: homes for what has none. */

struct settling {
    const struct snapshot *s;
    const struct model_env *env;
    size_t most; /* changes in c */
    bool (*usable)(void *arg, const char *node_id);
    void *arg;
    struct model_changes *c;
};

static bool is_full(const struct settling *x)
{
    return x->c->count >= x->most;
}

static const char *choose(const struct settling *x)
{
    const struct model_resource *node = model_choose_node(x->s, "gateway", x->usable, x->arg);

    return node ? node->id : NULL;
}

/* Moves what was placed on nodes that are gone. */
static int settle_moved(struct settling *x)
{
    const char *node = NULL, *to;
    int r = 0;

    while (r == 0 && (node = snapshot_next_target(x->s, LINK_PLACEMENT_NODE, node))) {
        if (snapshot_get(x->s, MODEL_NODE, node))
            continue;
        to = choose(x);
        if (!to)
            break;
        snapshot_each_linked (struct model_placement, p, it, x->s, LINK_PLACEMENT_NODE, node) {
            if (r < 0 || is_full(x))
                return r;
            r = model_place(x->s, x->env, p->head.id, to, WORDS_PLACED_NODE_GONE, x->c);
        }
    }
    return r;
}

/* Places what has no placement; cloud addresses where their gateway is, if that can be used. */
static int settle_placements(struct settling *x)
{
    const enum words_code reason = WORDS_PLACED_HAD_NONE;
    const char *elsewhere = NULL;
    int r = 0;

    snapshot_each_linked (struct model_resource, target, it, x->s, LINK_UNPLACED, "") {
        const struct model_vpn_connection *c = (const void *)target;
        const char *node = target->kind->id == MODEL_VPN_CONNECTION
                               ? model_node_of(x->s, c->border_gateway_id)
                               : NULL;

        if (!elsewhere)
            elsewhere = choose(x);
        if (r < 0 || !elsewhere || is_full(x))
            break;
        if (!node || (x->usable && !x->usable(x->arg, node)))
            node = elsewhere;
        r = target->kind->id == MODEL_BORDER_GATEWAY
                ? model_place(x->s, x->env, target->id, node, reason, x->c)
                : model_place_addresses(x->s, x->env, c, node, reason, x->most, x->c);
    }
    return r;
}

static int edit_node(void *arg, json_t *resource)
{
    return json_object_set_new(resource, "nodeId", json_string(arg)) ? -ENOMEM : 0;
}

static int settle_instances(struct settling *x)
{
    int r = 0;

    snapshot_each_linked (struct model_instance, instance, it, x->s, LINK_INSTANCE_NODE, "") {
        const struct model_subnet *subnet = snapshot_get(x->s, MODEL_SUBNET, instance->subnet_id);
        const struct model_resource *home =
            model_home_of(x->s, subnet ? subnet->vpc_id : NULL, x->usable, x->arg);

        if (r < 0 || is_full(x) || !home)
            break; /* a node for one is a node for all */
        if (!model_interface_user(x->s, home->id, instance->interface, 0, NULL))
            r = model_changes_edit(x->env, x->c, &instance->head, edit_node,
                                   (void *)(uintptr_t)home->id);
    }
    return r;
}

static int settle_network(struct settling *x, const struct model_subnet *subnet)
{
    const struct model_resource *home = model_home_of(x->s, subnet->vpc_id, x->usable, x->arg);

    if (!home || model_interface_user(x->s, home->id, subnet->interface, subnet->vlan, NULL))
        return 0;
    return model_changes_edit(x->env, x->c, &subnet->head, edit_node, (void *)(uintptr_t)home->id);
}

/* Real networks without a node are found by their interfaces, which come before those of nodes. */
static int settle_networks(struct settling *x)
{
    const char *waiting = NULL;
    int r = 0;

    while (r == 0 && (waiting = snapshot_next_target(x->s, LINK_INTERFACE, waiting)) &&
           waiting[0] == '/') {
        snapshot_each_linked (struct model_resource, one, it, x->s, LINK_INTERFACE, waiting) {
            if (r < 0 || is_full(x))
                return r;
            if (one->kind->id == MODEL_SUBNET)
                r = settle_network(x, (const void *)one);
        }
    }
    return r;
}

int model_settle(const struct snapshot *s, const struct model_env *env, size_t limit,
                 bool (*usable)(void *arg, const char *node_id), void *arg, struct model_changes *c)
{
    struct settling x = {s, env, c->count + limit, usable, arg, c};
    int r;

    if (!snapshot_region(s))
        return 0; /* a damaged store: nothing can be made in it */
    r = settle_moved(&x);
    if (r == 0)
        r = settle_placements(&x);
    if (r == 0)
        r = settle_instances(&x);
    return r == 0 ? settle_networks(&x) : r;
}
