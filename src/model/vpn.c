#include "model_internal.h"

#include <stdio.h>

/* Rules among border gateways, attachments, customer gateways, connections and tunnels. */

struct vpn_check {
    struct model_request *q;
    const json_t *resource;
    struct prefix inner; /* of the tunnel */
    int pairs;           /* tunnels seen on the same address pair */
};

/* ---- static routes of a border gateway ---- */

static int visit_same_route(void *arg, const json_t *other)
{
    const struct vpn_check *c = arg;

    if (strcmp(model_str(other, "destination"), model_str(c->resource, "destination")) != 0 ||
        strcmp(model_str(other, "nextHop"), model_str(c->resource, "nextHop")) != 0)
        return 0;
    return model_error_set(
        c->q->error, 409, "conflict", "destination", model_str(other, "destination"),
        "The gateway already has this route with this next hop: %s.", model_str(other, "id"));
}

static int check_route(struct model_request *q, const json_t *resource)
{
    struct vpn_check c = {.q = q, .resource = resource};
    const char *gateway = model_str(resource, "borderGatewayId");
    const char *hop = model_str(resource, "nextHop");
    const struct model_kind *kind = model_kind_of_id(hop);

    if (kind) {
        json_t *target = model_get(q, kind->id, hop);
        bool same = strcmp(model_str(target, "borderGatewayId"), gateway) == 0;

        json_decref(target);
        if (!same)
            return model_error_set(q->error, 400, "invalid-value", "nextHop", hop,
                                   "nextHop must be a VPC attachment or VPN connection of %s.",
                                   gateway);
    }
    return model_list_where(q, MODEL_BORDER_GATEWAY_ROUTE, "borderGatewayId", gateway,
                            model_str(resource, "id"), visit_same_route, &c);
}

/* ---- attachments ---- */

static int visit_same_pair(void *arg, const json_t *other)
{
    const struct vpn_check *c = arg;

    if (strcmp(model_str(other, "vpcId"), model_str(c->resource, "vpcId")) != 0)
        return 0;
    return model_error_set(c->q->error, 409, "conflict", "vpcId", model_str(other, "vpcId"),
                           "The VPC is already attached to this gateway by %s.",
                           model_str(other, "id"));
}

static int check_members(struct model_request *q, const json_t *resource, const char *list,
                         enum model_kind_id kind)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(resource, list), i, item) {
        char path[MODEL_PATH_MAX];
        int r;

        snprintf(path, sizeof(path), "%s[%zu]", list, i);
        r = model_check_same_vpc(q, kind, path, json_string_value(item),
                                 model_str(resource, "vpcId"));
        if (r < 0)
            return r;
    }
    return 0;
}

static int check_attachment(struct model_request *q, const json_t *resource)
{
    struct vpn_check c = {.q = q, .resource = resource};
    int r = model_list_where(q, MODEL_VPC_ATTACHMENT, "borderGatewayId",
                             model_str(resource, "borderGatewayId"), model_str(resource, "id"),
                             visit_same_pair, &c);

    if (r == 0)
        r = check_members(q, resource, "subnetIds", MODEL_SUBNET);
    if (r == 0)
        r = check_members(q, resource, "routeTableIds", MODEL_ROUTE_TABLE);
    return r;
}

/* ---- customer gateways ---- */

static int visit_connection_tunnels(void *arg, const json_t *connection)
{
    const struct vpn_check *c = arg;
    json_t *tunnel = NULL;
    int r = model_find_where(c->q, MODEL_VPN_TUNNEL, "vpnConnectionId", model_str(connection, "id"),
                             NULL, &tunnel);

    if (r < 0 || !tunnel)
        return r;
    r = model_error_set(c->q->error, 409, "in-use", "addresses", NULL,
                        "addresses can only change while the customer gateway has no tunnel; "
                        "vpn-tunnel %s uses it.",
                        model_str(tunnel, "id"));
    c->q->error->holders = json_pack("[{s:s, s:s, s:s}]", "kind", "vpnTunnel", "id",
                                     model_str(tunnel, "id"), "name", model_str(tunnel, "name"));
    json_decref(tunnel);
    return r;
}

static int check_customer_gateway(struct model_request *q, const json_t *resource)
{
    struct vpn_check c = {.q = q, .resource = resource};

    if (!q->current ||
        json_equal(model_list(q->current, "addresses"), model_list(resource, "addresses")))
        return 0;
    return model_list_where(q, MODEL_VPN_CONNECTION, "customerGatewayId", model_str(resource, "id"),
                            NULL, visit_connection_tunnels, &c);
}

/* ---- tunnels ---- */

static int count_in(const json_t *list, const char *text)
{
    const json_t *item;
    int n = 0;
    size_t i;

    json_array_foreach (list, i, item)
        n += strcmp(json_string_value(item), text) == 0;
    return n;
}

static int visit_same_addresses(void *arg, const json_t *other)
{
    struct vpn_check *c = arg;

    c->pairs +=
        strcmp(model_str(other, "cloudAddress"), model_str(c->resource, "cloudAddress")) == 0 &&
        strcmp(model_str(other, "customerAddress"), model_str(c->resource, "customerAddress")) == 0;
    return 0;
}

/* The bytes of a key ID: keyid:a and keyid:0x61 are the same to the peer. */
static size_t key_id(const char *value, uint8_t ret[128])
{
    size_t len = strlen(value);

    if (!text_starts_with(value, "0x")) {
        memcpy(ret, value, MIN(len, (size_t)128));
        return MIN(len, (size_t)128);
    }
    len = MIN((len - 2) / 2, (size_t)128);
    for (size_t i = 0; i < len; i++)
        (void)sscanf(value + 2 + 2 * i, "%2hhx", &ret[i]);
    return len;
}

static bool same_identity(const char *a, const char *b)
{
    enum model_identity kind_a, kind_b;
    const char *value_a, *value_b;
    uint8_t bytes_a[128], bytes_b[128];
    struct addr x, y;
    size_t len;

    if (model_parse_identity(a, &kind_a, &value_a) < 0 ||
        model_parse_identity(b, &kind_b, &value_b) < 0 || kind_a != kind_b)
        return false;
    if (addr_parse(a, &x) == 0 && addr_parse(b, &y) == 0)
        return addr_equal(&x, &y);
    if (kind_a != MODEL_IDENTITY_KEY_ID)
        return strcmp(a, b) == 0;
    len = key_id(value_a, bytes_a);
    return len == key_id(value_b, bytes_b) && memcmp(bytes_a, bytes_b, len) == 0;
}

/* Peers whose address is not known beforehand are told apart by their identity. */
static int visit_same_identity(void *arg, const json_t *other)
{
    const struct vpn_check *c = arg;

    if (strcmp(model_str(other, "cloudAddress"), model_str(c->resource, "cloudAddress")) != 0 ||
        strcmp(model_str(other, "customerAddress"), model_str(c->resource, "customerAddress")) !=
            0 ||
        !same_identity(model_str(other, "remoteId"), model_str(c->resource, "remoteId")))
        return 0;
    return model_error_set(c->q->error, 409, "conflict", "remoteId",
                           model_str(c->resource, "remoteId"),
                           "vpn-tunnel %s already waits for a peer with this identity on the same "
                           "cloud address, and nothing else tells such peers apart.",
                           model_str(other, "id"));
}

static int check_outer(struct model_request *q, const json_t *resource, const json_t *connection)
{
    struct vpn_check c = {.q = q, .resource = resource};
    const char *cloud = model_str(resource, "cloudAddress");
    const char *customer = model_str(resource, "customerAddress");
    json_t *gateway;
    struct addr a, b;
    int known, r;

    if (!count_in(model_list(connection, "cloudAddresses"), cloud))
        return model_error_set(q->error, 400, "invalid-value", "cloudAddress", cloud,
                               "cloudAddress must be one of the cloud addresses of %s.",
                               model_str(connection, "id"));
    gateway = model_get(q, MODEL_CUSTOMER_GATEWAY, model_str(connection, "customerGatewayId"));
    known = count_in(model_list(gateway, "addresses"), customer);
    json_decref(gateway);
    if (!known)
        return model_error_set(q->error, 400, "invalid-value", "customerAddress", customer,
                               "customerAddress must be one of the addresses of %s.",
                               model_str(connection, "customerGatewayId"));
    if (addr_parse(cloud, &a) < 0 || addr_parse(customer, &b) < 0 || a.family != b.family)
        return model_error_set(q->error, 400, "invalid-value", "customerAddress", customer,
                               "customerAddress and cloudAddress must both be IPv4 or both IPv6.");
    if (addr_equal(&a, &b))
        return model_error_set(q->error, 400, "invalid-value", "customerAddress", customer,
                               "customerAddress is the tunnel's own cloud address; it must be the "
                               "other side's.");
    r = model_list_where(q, MODEL_VPN_TUNNEL, "vpnConnectionId", model_str(connection, "id"),
                         model_str(resource, "id"), visit_same_addresses, &c);
    if (r < 0)
        return r;
    /* A dynamic peer may be listed several times; each listing carries a tunnel. */
    if (c.pairs >= known)
        return model_error_set(q->error, 409, "conflict", "customerAddress", customer,
                               "The connection already has a tunnel from %s to this address; each "
                               "pair of addresses carries one.",
                               cloud);
    return 0;
}

static int visit_inner(void *arg, const json_t *tunnel)
{
    const struct vpn_check *c = arg;
    struct addr a;
    struct prefix p;

    if (strcmp(model_str(tunnel, "id"), model_str(c->resource, "id")) == 0 ||
        model_parse_interface(model_str(tunnel, "tunnelAddress"), &a, &p) < 0 ||
        !prefix_overlaps(&p, &c->inner))
        return 0;
    return model_error_set(c->q->error, 409, "conflict", "tunnelAddress",
                           model_str(c->resource, "tunnelAddress"),
                           "Inner prefixes must not overlap within a border gateway: vpn-tunnel %s "
                           "has %s.",
                           model_str(tunnel, "id"), model_str(tunnel, "tunnelAddress"));
}

static int visit_gateway_connection(void *arg, const json_t *connection)
{
    const struct vpn_check *c = arg;

    return model_list_where(c->q, MODEL_VPN_TUNNEL, "vpnConnectionId", model_str(connection, "id"),
                            NULL, visit_inner, arg);
}

static int check_tunnel(struct model_request *q, const json_t *resource)
{
    struct vpn_check c = {.q = q, .resource = resource};
    json_t *connection = model_get(q, MODEL_VPN_CONNECTION, model_str(resource, "vpnConnectionId"));
    struct addr a;
    int r = connection ? 0 : model_internal_error(q->error);

    if (r == 0 && !q->current)
        r = check_outer(q, resource, connection);
    if (r == 0 && model_addr(resource, "customerAddress", &a) == 0 && addr_is_any(&a))
        r = model_list_where(q, MODEL_VPN_TUNNEL, "vpnConnectionId", model_str(connection, "id"),
                             model_str(resource, "id"), visit_same_identity, &c);
    if (r == 0 && model_parse_interface(model_str(resource, "tunnelAddress"), &a, &c.inner) < 0)
        r = model_internal_error(q->error);
    if (r == 0)
        r = model_list_where(q, MODEL_VPN_CONNECTION, "borderGatewayId",
                             model_str(connection, "borderGatewayId"), NULL,
                             visit_gateway_connection, &c);
    json_decref(connection);
    return r;
}

int model_check_vpn(struct model_request *q, const json_t *resource)
{
    switch (q->kind->id) {
    case MODEL_BORDER_GATEWAY_ROUTE:
        return check_route(q, resource);
    case MODEL_VPC_ATTACHMENT:
        return check_attachment(q, resource);
    case MODEL_CUSTOMER_GATEWAY:
        return check_customer_gateway(q, resource);
    case MODEL_VPN_TUNNEL:
        return check_tunnel(q, resource);
    default:
        return 0;
    }
}
