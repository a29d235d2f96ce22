#include "control_internal.h"

#include <stdio.h>

/* What nodes report, in memory: it is true now or worth nothing. Only whether a node is online is
 * stored as well, because it decides where gateways live and so belongs to the region's revision:
 * collection nodeStates, {"status": "online" | "offline"}. */

static const char *const unreported = "No node has reported about it yet.";

static json_t *add_node(struct status *s, const char *region, const char *id, bool online)
{
    json_t *node =
        json_pack("{s:s, s:I, s:I, s:b, s:{}, s:{}}", "region", region, "seen",
                  (json_int_t)clock_realtime_us(), "heard", (json_int_t)clock_monotonic_us(),
                  "online", online, "tunnels", "instances");

    return node && json_object_set_new(s->nodes, id, node) == 0 ? node : NULL;
}

int status_init(struct status *s, struct control *c)
{
    struct store_query query = {.collection = "nodeStates"};
    struct store_page page = {0};
    int r;

    s->nodes = json_object();
    s->logs = json_object();
    if (!s->nodes || !s->logs)
        return -ENOMEM;
    r = store_list(c->store, &query, &page);
    for (size_t i = 0; r == 0 && i < page.count; i++) {
        const struct store_item *item = &page.items[i];
        json_t *state = json_loads(item->value, 0, NULL);

        /* We were not listening, so a node's silence begins now. */
        if (!add_node(s, item->region, item->id, strcmp(model_str(state, "status"), "online") == 0))
            r = -ENOMEM;
        json_decref(state);
    }
    store_page_done(&page);
    return r;
}

void status_done(struct status *s)
{
    json_decref(s->nodes);
    json_decref(s->logs);
    *s = (struct status){0};
}

void status_forget_node(struct status *s, const char *node_id)
{
    (void)json_object_del(s->nodes, node_id);
}

static void put_state(struct batch *b, const char *region, const char *id, bool online)
{
    json_t *state = json_pack("{s:s}", "status", online ? "online" : "offline");

    if (state)
        batch_put(b, "nodeStates", region, id, state);
    else
        b->failed = true;
    json_decref(state);
}

int status_seen(struct call *call, const char *node_id)
{
    struct status *s = &call->c->status;
    json_t *node = json_object_get(s->nodes, node_id);
    struct batch b = {0};
    int r = 0;

    if (!node)
        node = add_node(s, call->region, node_id, false);
    if (!node || json_object_set_new(node, "seen", json_integer((json_int_t)call->now_us)) ||
        json_object_set_new(node, "heard", json_integer((json_int_t)clock_monotonic_us())))
        return -ENOMEM;
    if (json_is_true(json_object_get(node, "online")))
        return 0;
    put_state(&b, call->region, node_id, true);
    r = batch_commit(&b, call);
    batch_done(&b);
    if (r == 0 && json_object_set_new(node, "online", json_true()))
        r = -ENOMEM;
    if (r == 0)
        log_info("node %s of region %s is online", node_id, call->region);
    return r;
}

void status_expire(struct control *c, uint64_t monotonic_us)
{
    const char *id;
    json_t *node;

    json_object_foreach (c->status.nodes, id, node) {
        uint64_t heard = (uint64_t)model_int(node, "heard", 0);
        struct batch b = {0};

        if (!json_is_true(json_object_get(node, "online")) ||
            monotonic_us < heard + CONTROL_NODE_SILENCE_US)
            continue;
        put_state(&b, model_str(node, "region"), id, false);
        if (b.failed || store_commit(c->store, b.ops, b.count, NULL) < 0) {
            log_warn("node %s is silent, but that cannot be stored now", id);
        } else {
            (void)json_object_set_new(node, "online", json_false());
            log_info("node %s of region %s is offline", id, model_str(node, "region"));
        }
        batch_done(&b);
    }
}

/* ---- the live part of a resource ---- */

/* What the latest node to speak said about one of its tunnels or instances. Borrowed, or NULL. */
static const json_t *reported(const struct status *s, const char *region, const char *list,
                              const char *id, const json_t **ret_node)
{
    const json_t *found = NULL, *item;
    const char *node_id;
    int64_t latest = -1;
    json_t *node;

    json_object_foreach (s->nodes, node_id, node) {
        item = json_object_get(json_object_get(node, list), id);
        if (!item || strcmp(model_str(node, "region"), region) != 0 ||
            model_int(node, "seen", 0) <= latest)
            continue;
        latest = model_int(node, "seen", 0);
        found = item;
        *ret_node = node;
    }
    return found;
}

static const char *seen_text(const json_t *node, char buf[CLOCK_TEXT_MAX])
{
    return clock_format((uint64_t)model_int(node, "seen", 0), buf);
}

static json_t *node_status(const struct status *s, const json_t *resource)
{
    const json_t *node = json_object_get(s->nodes, model_str(resource, "id"));
    bool online = json_is_true(json_object_get(node, "online"));
    char seen[CLOCK_TEXT_MAX];

    return json_pack("{s:s, s:s*, s:s}", "status", online ? "online" : "offline", "lastSeen",
                     node ? seen_text(node, seen) : NULL, "lastError",
                     online ? model_str(node, "itself.lastError") : "");
}

static json_t *tunnel_status(const struct status *s, const char *region, const json_t *resource)
{
    const json_t *node, *said = reported(s, region, "tunnels", model_str(resource, "id"), &node);
    char seen[CLOCK_TEXT_MAX], why[96];
    json_t *status;

    if (!said)
        return json_pack("{s:s, s:s}", "operState", "down", "lastError", unreported);
    status = json_deep_copy(said);
    if (!status || json_is_true(json_object_get(node, "online")))
        return status;
    snprintf(why, sizeof(why), "Its node has been silent since %s.", seen_text(node, seen));
    if (json_object_set_new(status, "operState", json_string("down")) ||
        json_object_set_new(status, "lastError", json_string(why)) ||
        json_object_set_new(status, "since", json_string(seen))) {
        json_decref(status);
        return NULL;
    }
    return status;
}

static json_t *instance_status(const struct status *s, const char *region, const json_t *resource)
{
    const json_t *node, *said = reported(s, region, "instances", model_str(resource, "id"), &node);

    if (!said)
        return json_pack("{s:s, s:s}", "status", "unknown", "lastError", unreported);
    if (!json_is_true(json_object_get(node, "online")))
        return json_pack("{s:s, s:s}", "status", "unknown", "lastError", "Its node is silent.");
    return json_deep_copy(said);
}

/* ---- high availability ---- */

#define HA_ADDRESSES_MAX 8

/* up[i][j]: there is a tunnel up between cloud address i and customer address j. */
struct availability {
    size_t clouds, customers;
    bool up[HA_ADDRESSES_MAX][HA_ADDRESSES_MAX];
};

/* Whether each cloud address from i on can have a customer address of its own; used is a set. */
static bool each_has_its_own(const struct availability *a, size_t i, unsigned used)
{
    if (i == a->clouds)
        return true;
    for (size_t j = 0; j < a->customers; j++) {
        if (a->up[i][j] && !(used & 1U << j) && each_has_its_own(a, i + 1, used | 1U << j))
            return true;
    }
    return false;
}

static size_t index_of(const json_t *list, const char *text)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (strcmp(json_string_value(item), text) == 0)
            return i;
    }
    return SIZE_MAX;
}

static bool is_up(const struct status *s, const char *region, const json_t *tunnel)
{
    const json_t *node, *said = reported(s, region, "tunnels", model_str(tunnel, "id"), &node);

    return said && json_is_true(json_object_get(node, "online")) &&
           strcmp(model_str(said, "operState"), "up") == 0;
}

static json_t *connection_status(struct control *c, const char *region, const json_t *resource)
{
    json_t *customer = records_get(c, model_kind(MODEL_CUSTOMER_GATEWAY), region,
                                   model_str(resource, "customerGatewayId"));
    json_t *tunnels = records_list(c, model_kind(MODEL_VPN_TUNNEL), region, false), *tunnel;
    const json_t *clouds = model_list(resource, "cloudAddresses");
    const json_t *customers = model_list(customer, "addresses");
    struct availability a = {.clouds = json_array_size(clouds),
                             .customers = json_array_size(customers)};
    bool available = false;
    size_t i;

    json_array_foreach (tunnels, i, tunnel) {
        size_t cloud, peer;

        if (strcmp(model_str(tunnel, "vpnConnectionId"), model_str(resource, "id")) != 0)
            continue;
        cloud = index_of(clouds, model_str(tunnel, "cloudAddress"));
        peer = index_of(customers, model_str(tunnel, "customerAddress"));
        if (cloud < HA_ADDRESSES_MAX && peer < HA_ADDRESSES_MAX)
            a.up[cloud][peer] |= is_up(&c->status, region, tunnel);
    }
    if (a.customers >= 2 && a.customers <= HA_ADDRESSES_MAX && a.clouds <= HA_ADDRESSES_MAX)
        available = each_has_its_own(&a, 0, 0);
    json_decref(tunnels);
    json_decref(customer);
    return json_pack("{s:s}", "highAvailability", available ? "available" : "unavailable");
}

json_t *status_of(struct control *c, const struct model_kind *kind, const char *region,
                  const json_t *resource)
{
    switch (kind->id) {
    case MODEL_NODE:
        return node_status(&c->status, resource);
    case MODEL_VPN_TUNNEL:
        return tunnel_status(&c->status, region, resource);
    case MODEL_INSTANCE:
        return instance_status(&c->status, region, resource);
    case MODEL_VPN_CONNECTION:
        return connection_status(c, region, resource);
    default:
        return json_object();
    }
}
