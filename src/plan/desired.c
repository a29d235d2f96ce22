#include "plan_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* The desired state of a node (docs/architecture.md). */

#define INSTANCE_MTU 1500 /* of eth0; the data plane clamps and tells what fits a tunnel */

enum { MAC_INSTANCE = 0x02, MAC_GATEWAY = 0x06 }; /* both locally administered, never equal */

#define MAC_TEXT_MAX 18

static const char *derive_mac(unsigned first, const char *id, char buf[MAC_TEXT_MAX])
{
    uint64_t h = hash_bytes(id, strlen(id), 0);

    snprintf(buf, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", first, (unsigned)(h >> 32 & 0xff),
             (unsigned)(h >> 24 & 0xff), (unsigned)(h >> 16 & 0xff), (unsigned)(h >> 8 & 0xff),
             (unsigned)(h & 0xff));
    return buf;
}

/* ---- instances ---- */

static json_t *make_instance(const json_t *instance, const json_t *subnet)
{
    char gateway[ADDR_TEXT_MAX], mac[MAC_TEXT_MAX], gateway_mac[MAC_TEXT_MAX];
    const char *id = model_str(instance, "id"), *interface = model_str(instance, "interface");
    struct prefix p = {0};
    struct addr first;
    json_t *out;

    if (model_prefix(subnet, "cidr", &p) < 0)
        return NULL;
    first = model_subnet_gateway(&p);
    out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "id", id, "name",
                    model_str(instance, "name"), "vpcId", model_str(subnet, "vpcId"), "subnet",
                    model_str(subnet, "cidr"), "address", model_str(instance, "address"), "gateway",
                    addr_format(&first, gateway), "mac", derive_mac(MAC_INSTANCE, id, mac),
                    "gatewayMac", derive_mac(MAC_GATEWAY, model_str(subnet, "id"), gateway_mac),
                    "mtu", INSTANCE_MTU, "table", model_str(subnet, "routeTableId"), "attachment",
                    model_str(instance, "attachment"));
    if (out && interface[0] && json_object_set_new(out, "interface", json_string(interface)) < 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static int add_instances(const struct plan *plan, const char *node, json_t *list)
{
    plan_each (plan, MODEL_INSTANCE, instance) {
        const json_t *subnet = plan_find(plan, MODEL_SUBNET, model_str(instance, "subnetId"));
        struct prefix p;
        struct addr a;

        if (strcmp(plan_instance_node(plan, instance), node) != 0 ||
            model_prefix(subnet, "cidr", &p) < 0 || model_addr(instance, "address", &a) < 0)
            continue;
        if (json_array_append_new(list, make_instance(instance, subnet)) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* ---- cloud addresses ---- */

static int compare_addrs(const void *a, const void *b)
{
    return addr_cmp(a, b);
}

static void collect_addresses(const json_t *connection, struct addr *addrs, size_t *count)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(connection, "cloudAddresses"), i, item) {
        const char *text = json_string_value(item);

        if (text && addr_parse(text, &addrs[*count]) == 0)
            ++*count;
    }
}

static int add_cloud_addresses(const struct plan *plan, json_t *list)
{
    size_t count = 0, cap = 0;
    struct addr *addrs;
    int r = 0;

    plan_each (plan, MODEL_VPN_CONNECTION, connection)
        cap += json_array_size(model_list(connection, "cloudAddresses"));
    if (cap == 0)
        return 0;
    addrs = calloc(cap, sizeof(*addrs));
    if (!addrs)
        return -ENOMEM;
    plan_each (plan, MODEL_VPN_CONNECTION, connection)
        collect_addresses(connection, addrs, &count);
    qsort(addrs, count, sizeof(*addrs), compare_addrs);
    for (size_t i = 0; r == 0 && i < count; i++) {
        char text[ADDR_TEXT_MAX];

        if (i > 0 && addr_equal(&addrs[i], &addrs[i - 1]))
            continue;
        if (json_array_append_new(list, json_string(addr_format(&addrs[i], text))) < 0)
            r = -ENOMEM;
    }
    free(addrs);
    return r;
}

/* ---- tunnels ---- */

static const char *const copied[] = {
    "adminState", "cloudAddress",  "customerAddress",   "localId",
    "remoteId",   "tunnelAddress", "peerTunnelAddress", "psk",
};
static const char *const copied_groups[] = {"ike", "ipsec", "dpd"};

/* A route-based tunnel offers everything; IPv6 only if its inner addresses or a route of its
 * connection say so. */
static bool carries_ipv6(const struct plan *plan, const json_t *tunnel)
{
    const char *connection = model_str(tunnel, "vpnConnectionId");

    if (strchr(model_str(tunnel, "tunnelAddress"), ':'))
        return true;
    plan_each (plan, MODEL_BORDER_GATEWAY_ROUTE, route) {
        if (plan_field_is(route, "nextHop", connection) &&
            strchr(model_str(route, "destination"), ':'))
            return true;
    }
    return false;
}

static json_t *selectors(bool ipv6)
{
    return ipv6 ? json_pack("[s, s]", "0.0.0.0/0", "::/0") : json_pack("[s]", "0.0.0.0/0");
}

static int fill_tunnel(const struct plan *plan, const json_t *tunnel, json_t *out)
{
    bool ipv6 = carries_ipv6(plan, tunnel);
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(copied); i++)
        r |= json_object_set_new(out, copied[i], json_string(model_str(tunnel, copied[i])));
    for (size_t i = 0; i < ARRAY_SIZE(copied_groups); i++) {
        const json_t *group = json_object_get(tunnel, copied_groups[i]);

        r |= json_object_set_new(out, copied_groups[i],
                                 group ? json_deep_copy(group) : json_object());
    }
    r |= json_object_set_new(out, "initiate", json_boolean(model_bool(tunnel, "initiate", true)));
    r |= json_object_set_new(out, "mtu", json_integer(model_int(tunnel, "mtu", 0)));
    r |= json_object_set_new(out, "mssClamp", json_boolean(model_bool(tunnel, "mssClamp", true)));
    r |= json_object_set_new(out, "localTs", selectors(ipv6));
    r |= json_object_set_new(out, "remoteTs", selectors(ipv6));
    return r < 0 ? -ENOMEM : 0;
}

static int add_tunnel(const struct plan *plan, const json_t *tunnel, json_t *list)
{
    const char *id = model_str(tunnel, "vpnConnectionId");
    const json_t *connection = plan_find(plan, MODEL_VPN_CONNECTION, id);
    const struct plan_routes *gateway =
        plan_gateway(plan, model_str(connection, "borderGatewayId"));
    char table[128];
    json_t *out;

    if (!gateway)
        return 0;
    snprintf(table, sizeof(table), "%s%s", model_str(gateway->resource, "id"),
             model_bool(gateway->resource, "transit", false) ? "" : "/tunnel");
    out = json_pack("{s:s, s:s, s:s, s:s}", "id", model_str(tunnel, "id"), "name",
                    model_str(tunnel, "name"), "connection", id, "table", table);
    if (!out || fill_tunnel(plan, tunnel, out) < 0) {
        json_decref(out);
        return -ENOMEM;
    }
    return json_array_append_new(list, out) < 0 ? -ENOMEM : 0;
}

/* ---- the document ---- */

/* Instances wherever they are; addresses and tunnels on the gateway node. */
static int fill_document(const struct plan *plan, const char *node, json_t *doc)
{
    json_t *tunnels = json_object_get(doc, "tunnels");
    int r = add_instances(plan, node, json_object_get(doc, "instances"));

    if (r < 0 || strcmp(plan_gateway_node(plan), node) != 0)
        return r;
    r = add_cloud_addresses(plan, json_object_get(doc, "cloudAddresses"));
    plan_each (plan, MODEL_VPN_TUNNEL, tunnel) {
        if (r == 0)
            r = add_tunnel(plan, tunnel, tunnels);
    }
    return r;
}

int plan_desired(const struct plan *plan, const char *node_id, json_t **ret)
{
    json_t *doc;
    int r;

    if (!plan_find(plan, MODEL_NODE, node_id))
        return -ENOENT;
    doc =
        json_pack("{s:I, s:s, s:s, s:[], s:[], s:o, s:[]}", "revision", (json_int_t)plan->revision,
                  "region", model_str(plan->region, "id"), "node", node_id, "cloudAddresses",
                  "instances", "tables", plan_packet_tables(plan, node_id), "tunnels");
    r = doc ? fill_document(plan, node_id, doc) : -ENOMEM;
    if (r < 0) {
        json_decref(doc);
        return r;
    }
    *ret = doc;
    return 0;
}

/* ---- what cannot be served ---- */

PRINTF(4, 5)
static int add_problem(json_t *list, enum model_kind_id kind, const char *id, const char *fmt, ...)
{
    char line[512];
    json_t *problem;
    va_list args;

    va_start(args, fmt);
    (void)text_vprintf(line, sizeof(line), fmt, args);
    va_end(args);
    problem = json_pack("{s:s, s:s, s:s}", "kind", model_kind(kind)->name, "id", id, "error", line);
    return json_array_append_new(list, problem) < 0 ? -ENOMEM : 0;
}

static int check_instance(const struct plan *plan, const json_t *instance, json_t *list)
{
    const char *id = model_str(instance, "id"), *node = plan_instance_node(plan, instance);
    const char *gateway_node = plan_gateway_node(plan);

    if (!node[0])
        return add_problem(list, MODEL_INSTANCE, id,
                           "No node carries it: the region has no node with role gateway.");
    if (!plan_find(plan, MODEL_NODE, node))
        return add_problem(list, MODEL_INSTANCE, id, "Its node %s does not exist.", node);
    if (gateway_node[0] && strcmp(node, gateway_node) != 0)
        return add_problem(list, MODEL_INSTANCE, id,
                           "It is on node %s, but the gateways of the region are on node %s: it "
                           "reaches only the instances of its VPC that are on its own node.",
                           node, gateway_node);
    return 0;
}

static int check_gateway(const struct plan *plan, const json_t *gateway, json_t *list)
{
    if (plan_gateway_node(plan)[0])
        return 0;
    return add_problem(list, MODEL_BORDER_GATEWAY, model_str(gateway, "id"),
                       "Nothing carries it: the region has no node with role gateway.");
}

int plan_problems(const struct plan *plan, json_t **ret)
{
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    plan_each (plan, MODEL_BORDER_GATEWAY, gateway) {
        if (r == 0)
            r = check_gateway(plan, gateway, list);
    }
    plan_each (plan, MODEL_INSTANCE, instance) {
        if (r == 0)
            r = check_instance(plan, instance, list);
    }
    if (r < 0) {
        json_decref(list);
        return r;
    }
    *ret = list;
    return 0;
}
