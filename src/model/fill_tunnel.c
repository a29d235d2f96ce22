#include "model_internal.h"

#include <stdio.h>

/* What a new tunnel gets when its maker does not say: the next pair of outer addresses, identities,
 * a pair of inner addresses, a key; or the parameters of another tunnel. */

static int set_addr(struct model_request *q, json_t *resource, const char *name,
                    const struct addr *a)
{
    char text[ADDR_TEXT_MAX];

    if (json_object_set_new(resource, name, json_string(addr_format(a, text))))
        return model_internal_error(q->error);
    return 0;
}

/* ---- outer addresses ---- */

struct pair {
    const char *cloud;
    const char *customer;
    size_t used;
};

static int visit_pair(void *arg, const json_t *tunnel)
{
    struct pair *p = arg;

    p->used += strcmp(model_str(tunnel, "cloudAddress"), p->cloud) == 0 &&
               strcmp(model_str(tunnel, "customerAddress"), p->customer) == 0;
    return 0;
}

static bool same_family(const char *a, const char *b)
{
    return !strchr(a, ':') == !strchr(b, ':');
}

/* Whether the n-th listing of this pair is free: dynamic peers list one address several times. */
static int pair_is_free(struct model_request *q, const char *connection, const json_t *customers,
                        const char *cloud, size_t customer, bool *ret)
{
    struct pair p = {.cloud = cloud,
                     .customer = json_string_value(json_array_get(customers, customer))};
    size_t earlier = 0;
    int r =
        model_list_where(q, MODEL_VPN_TUNNEL, "vpnConnectionId", connection, NULL, visit_pair, &p);

    if (r < 0)
        return model_internal_error(q->error);
    for (size_t i = 0; i < customer; i++)
        earlier +=
            json_equal(json_array_get(customers, i), json_array_get(customers, customer)) != 0;
    *ret = p.used <= earlier;
    return 0;
}

static int choose_pair(struct model_request *q, json_t *resource, const json_t *clouds,
                       const json_t *customers)
{
    const char *connection = model_str(resource, "vpnConnectionId");
    const char *want_cloud = model_str(resource, "cloudAddress");
    const char *want_customer = model_str(resource, "customerAddress");
    bool fits = false;
    size_t i, j;

    for (size_t n = 0;
         model_tunnel_pair(json_array_size(clouds), json_array_size(customers), n, &i, &j); n++) {
        const char *cloud = json_string_value(json_array_get(clouds, i));
        const char *customer = json_string_value(json_array_get(customers, j));
        bool is_free = false;
        int r;

        if ((*want_cloud && strcmp(want_cloud, cloud) != 0) ||
            (*want_customer && strcmp(want_customer, customer) != 0) ||
            !same_family(cloud, customer))
            continue;
        fits = true;
        r = pair_is_free(q, connection, customers, cloud, j, &is_free);
        if (r < 0)
            return r;
        if (!is_free)
            continue;
        if (json_object_set(resource, "cloudAddress", json_array_get(clouds, i)) ||
            json_object_set(resource, "customerAddress", json_array_get(customers, j)))
            return model_internal_error(q->error);
        return 0;
    }
    if (!fits)
        return model_error_set(q->error, 400, "invalid-value", "customerAddress",
                               *want_customer ? want_customer : NULL,
                               "A tunnel needs a cloud address and a customer address that are "
                               "both IPv4 or both IPv6.");
    return model_error_set(q->error, 409, "conflict", "customerAddress",
                           *want_customer ? want_customer : NULL,
                           "Every pair of a cloud address and a customer address that fits this "
                           "request has a tunnel already.");
}

static int contains(const json_t *list, const char *text)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

static int fill_outer(struct model_request *q, json_t *resource, const json_t *connection)
{
    const char *want_cloud = model_str(resource, "cloudAddress");
    const char *want_customer = model_str(resource, "customerAddress");
    const json_t *clouds = model_list(connection, "cloudAddresses"), *customers;
    json_t *gateway;
    int r;

    if (*want_cloud && *want_customer)
        return 0;
    gateway = model_get(q, MODEL_CUSTOMER_GATEWAY, model_str(connection, "customerGatewayId"));
    customers = model_list(gateway, "addresses");
    if (*want_cloud && !contains(clouds, want_cloud))
        r = model_error_set(q->error, 400, "invalid-value", "cloudAddress", want_cloud,
                            "cloudAddress must be one of the cloud addresses of %s.",
                            model_str(connection, "id"));
    else if (*want_customer && !contains(customers, want_customer))
        r = model_error_set(q->error, 400, "invalid-value", "customerAddress", want_customer,
                            "customerAddress must be one of the addresses of %s.",
                            model_str(connection, "customerGatewayId"));
    else
        r = choose_pair(q, resource, clouds, customers);
    json_decref(gateway);
    return r;
}

static int fill_identities(struct model_request *q, json_t *resource)
{
    struct addr customer;

    if (!json_object_get(resource, "localId") &&
        json_object_set(resource, "localId", json_object_get(resource, "cloudAddress")))
        return model_internal_error(q->error);
    if (json_object_get(resource, "remoteId"))
        return 0;
    if (model_addr(resource, "customerAddress", &customer) == 0 && addr_is_any(&customer))
        return model_error_set(q->error, 400, "required", "remoteId", NULL,
                               "remoteId is required when the customer's address is not fixed: it "
                               "tells such devices apart.");
    if (json_object_set(resource, "remoteId", json_object_get(resource, "customerAddress")))
        return model_internal_error(q->error);
    return 0;
}

/* ---- inner addresses ---- */

struct inner {
    const struct model_request *q;
    struct model_taken taken;
    const char *skip;
};

static int visit_inner(void *arg, const json_t *tunnel)
{
    struct inner *c = arg;
    struct addr a;
    struct prefix p;

    if (strcmp(model_str(tunnel, "id"), c->skip) == 0 ||
        model_parse_interface(model_str(tunnel, "tunnelAddress"), &a, &p) < 0)
        return 0;
    return model_taken_add(&c->taken, &p);
}

static int visit_connection(void *arg, const json_t *connection)
{
    struct inner *c = arg;

    return model_list_where(c->q, MODEL_VPN_TUNNEL, "vpnConnectionId", model_str(connection, "id"),
                            NULL, visit_inner, c);
}

static int set_interface(struct model_request *q, json_t *resource, const struct addr *a,
                         unsigned len)
{
    char address[ADDR_TEXT_MAX], text[PREFIX_TEXT_MAX];

    snprintf(text, sizeof(text), "%s/%u", addr_format(a, address), len);
    if (json_object_set_new(resource, "tunnelAddress", json_string(text)))
        return model_internal_error(q->error);
    return 0;
}

/* The other usable address of the /30 (/126) or /31 (/127) in which a lies. */
static struct addr other_end(const struct addr *a, const struct prefix *p)
{
    struct addr first = p->addr, second;

    if (p->len + 2U == addr_bits(a))
        first = addr_add(&first, 1);
    second = addr_add(&first, 1);
    return addr_equal(a, &first) ? second : first;
}

static int alloc_inner(struct model_request *q, json_t *resource, const json_t *connection)
{
    struct inner c = {.q = q, .skip = model_str(resource, "id")};
    struct prefix p;
    struct addr a;
    int r = model_list_where(q, MODEL_VPN_CONNECTION, "borderGatewayId",
                             model_str(connection, "borderGatewayId"), NULL, visit_connection, &c);

    if (r < 0)
        r = model_internal_error(q->error);
    else if (model_alloc_inner(&c.taken, &p) < 0)
        r = model_error_set(q->error, 409, "conflict", "tunnelAddress", NULL,
                            "The gateway has no free /30 in 169.254.0.0/16 left; choose "
                            "tunnelAddress yourself.");
    model_taken_done(&c.taken);
    if (r < 0)
        return r;
    a = addr_add(&p.addr, 1);
    return set_interface(q, resource, &a, p.len);
}

static int fill_inner(struct model_request *q, json_t *resource, const json_t *connection)
{
    struct addr a, peer;
    struct prefix p;
    int r = 0;

    if (!json_object_get(resource, "tunnelAddress")) {
        if (model_addr(resource, "peerTunnelAddress", &peer) == 0) {
            p = prefix_make(&peer, (uint8_t)(addr_bits(&peer) - 2));
            a = other_end(&peer, &p);
            r = set_interface(q, resource, &a, p.len);
        } else {
            r = alloc_inner(q, resource, connection);
        }
    }
    if (r < 0 || json_object_get(resource, "peerTunnelAddress"))
        return r;
    if (model_parse_interface(model_str(resource, "tunnelAddress"), &a, &p) < 0)
        return model_internal_error(q->error);
    peer = other_end(&a, &p);
    return set_addr(q, resource, "peerTunnelAddress", &peer);
}

int model_fill_tunnel(struct model_request *q, json_t *resource)
{
    json_t *connection = model_get(q, MODEL_VPN_CONNECTION, model_str(resource, "vpnConnectionId"));
    int r = connection ? 0 : model_internal_error(q->error);

    if (r == 0)
        r = fill_outer(q, resource, connection);
    if (r == 0)
        r = fill_identities(q, resource);
    if (r == 0)
        r = fill_inner(q, resource, connection);
    json_decref(connection);
    if (r == 0 && !q->current && !json_object_get(resource, "psk"))
        r = model_fill_psk(q, resource);
    return r;
}

/* ---- copyParametersFrom ---- */

static const char *const copied[] = {"psk", "ike", "ipsec", "dpd", "initiate", "mtu", "mssClamp"};

static int refuse_source(struct model_request *q, const json_t *id, const char *sentence)
{
    return model_error_set(q->error, 400, "invalid-value", "copyParametersFrom",
                           json_string_value(id), "%s", sentence);
}

static int copy_parameters(struct model_request *q, const json_t *source, json_t *made)
{
    for (size_t i = 0; i < ARRAY_SIZE(copied); i++) {
        json_t *theirs = json_object_get(source, copied[i]);
        json_t *ours = json_object_get(made, copied[i]), *both;

        if (!theirs || (ours && !json_is_object(ours)))
            continue; /* what the request says itself wins */
        both = json_deep_copy(theirs);
        if (ours && both && json_object_update(both, ours)) {
            json_decref(both);
            both = NULL;
        }
        if (json_object_set_new(made, copied[i], both))
            return model_internal_error(q->error);
    }
    return 0;
}

/* What a patch leaves open: whoever moves one end of the inner pair means the other to move along,
 * and an attachment that no longer propagates chosen subnets has none chosen. */
static int fill_patch(struct model_request *q, const json_t *patch, json_t **ret)
{
    const json_t *propagation = json_object_get(patch, "propagation");
    const char *reset = NULL;
    json_t *made;

    if (q->kind->id == MODEL_VPN_TUNNEL && json_object_get(patch, "tunnelAddress"))
        reset = "peerTunnelAddress";
    else if (q->kind->id == MODEL_VPC_ATTACHMENT && json_is_string(propagation) &&
             strcmp(json_string_value(propagation), "subnets") != 0)
        reset = "subnetIds";
    if (!reset || json_object_get(patch, reset)) {
        *ret = json_incref((json_t *)patch);
        return 0;
    }
    made = json_copy((json_t *)patch);
    if (!made || json_object_set_new(made, reset, json_null())) {
        json_decref(made);
        return model_internal_error(q->error);
    }
    *ret = made;
    return 0;
}

int model_fill_before(struct model_request *q, const json_t *in, json_t **ret)
{
    const json_t *id = json_object_get(in, "copyParametersFrom");
    json_t *made, *source;
    int r;

    if (q->current)
        return fill_patch(q, in, ret);
    if (q->kind->id != MODEL_VPN_TUNNEL || !id || json_is_null(id)) {
        *ret = json_incref((json_t *)in);
        return 0;
    }
    if (!json_is_string(id) || !model_is_id(q->kind, json_string_value(id)))
        return refuse_source(q, id, "copyParametersFrom must be the id of a vpn-tunnel.");
    source = model_get(q, MODEL_VPN_TUNNEL, json_string_value(id));
    if (!source ||
        strcmp(model_str(source, "vpnConnectionId"), model_str(in, "vpnConnectionId")) != 0) {
        json_decref(source);
        return refuse_source(q, id,
                             "copyParametersFrom must name a tunnel of the same VPN connection.");
    }
    if (!json_object_get(source, "psk") && !json_object_get(in, "psk")) {
        json_decref(source);
        return model_error_set(q->error, 409, "conflict", "copyParametersFrom",
                               json_string_value(id),
                               "The psk of this tunnel does not open: seal.key is not the one it "
                               "was sealed with. Bring that back, or give a psk.");
    }
    made = json_deep_copy(in);
    r = made ? copy_parameters(q, source, made) : model_internal_error(q->error);
    json_decref(source);
    if (r < 0) {
        json_decref(made);
        return r;
    }
    *ret = made;
    return 0;
}
