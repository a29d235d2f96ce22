#include "model_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* What a new tunnel gets when its maker does not say: the next pair of outer addresses, identities,
 * a pair of inner addresses, a key; or the parameters of another tunnel. */

static int set_addr(struct model_request *q, json_t *resource, const char *name,
                    const struct addr *a)
{
    char text[ADDR_TEXT_MAX];

    return model_set_text(q, resource, name, addr_format(a, text));
}

/* ---- outer addresses ---- */

/* What a request wants and what there is to choose from. */
struct choice {
    const struct model_vpn_connection *connection;
    const struct model_addrs *clouds, *customers;
    struct addr cloud, customer; /* ADDR_NONE: any */
};

static bool contains(const struct model_addrs *list, const struct addr *a)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (addr_equal(&list->items[i], a))
            return true;
    }
    return false;
}

/* Whether this listing of the pair is free: dynamic peers list one address several times. */
static bool pair_is_free(const struct snapshot *s, const struct choice *c, size_t cloud,
                         size_t customer)
{
    const struct addr *a = &c->clouds->items[cloud], *b = &c->customers->items[customer];
    size_t used = 0, earlier = 0;

    snapshot_each_linked (struct model_vpn_tunnel, t, it, s, LINK_TUNNEL_CONNECTION,
                          c->connection->head.id)
        used += addr_equal(&t->cloud_address, a) && addr_equal(&t->customer_address, b);
    for (size_t i = 0; i < customer; i++)
        earlier += addr_equal(&c->customers->items[i], b);
    return used <= earlier;
}

static bool wants(const struct addr *want, const struct addr *a)
{
    return want->family == ADDR_NONE || addr_equal(want, a);
}

static int choose_pair(struct model_request *q, json_t *resource, const struct choice *c)
{
    const char *want_customer = model_str(resource, "customerAddress");
    bool fits = false;
    size_t i, j;
    int r;

    for (size_t n = 0; model_tunnel_pair(c->clouds->count, c->customers->count, n, &i, &j); n++) {
        const struct addr *cloud = &c->clouds->items[i], *customer = &c->customers->items[j];

        if (!wants(&c->cloud, cloud) || !wants(&c->customer, customer) ||
            cloud->family != customer->family)
            continue;
        fits = true;
        if (!pair_is_free(q->s, c, i, j))
            continue;
        r = set_addr(q, resource, "cloudAddress", cloud);
        return r < 0 ? r : set_addr(q, resource, "customerAddress", customer);
    }
    if (!fits)
        return model_error_set(q->error, 400, "invalid-value", "customerAddress",
                               *want_customer ? want_customer : NULL, SAY(CHANGE_TUNNEL_FAMILIES));
    return model_error_set(q->error, 409, "conflict", "customerAddress",
                           *want_customer ? want_customer : NULL, SAY(CHANGE_PAIRS_TAKEN));
}

static int fill_outer(struct model_request *q, json_t *resource,
                      const struct model_vpn_connection *connection)
{
    const struct model_customer_gateway *gateway =
        snapshot_get(q->s, MODEL_CUSTOMER_GATEWAY, connection->customer_gateway_id);
    struct choice c = {.connection = connection, .clouds = &connection->cloud_addresses};
    bool cloud = model_addr(resource, "cloudAddress", &c.cloud) == 0;
    bool customer = model_addr(resource, "customerAddress", &c.customer) == 0;

    if (cloud && customer)
        return 0;
    if (!gateway)
        return model_internal_error(q->error);
    c.customers = &gateway->addresses;
    if (cloud && !contains(c.clouds, &c.cloud))
        return model_error_set(q->error, 400, "invalid-value", "cloudAddress",
                               model_str(resource, "cloudAddress"),
                               SAY(CHANGE_CLOUD_ADDRESS, connection->head.id));
    if (customer && !contains(c.customers, &c.customer))
        return model_error_set(q->error, 400, "invalid-value", "customerAddress",
                               model_str(resource, "customerAddress"),
                               SAY(CHANGE_CUSTOMER_ADDRESS, connection->customer_gateway_id));
    return choose_pair(q, resource, &c);
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
                               SAY(CHANGE_REMOTE_ID_NEEDED));
    if (json_object_set(resource, "remoteId", json_object_get(resource, "customerAddress")))
        return model_internal_error(q->error);
    return 0;
}

/* ---- inner addresses ---- */

static int set_interface(struct model_request *q, json_t *resource, const struct addr *a,
                         unsigned len)
{
    char address[ADDR_TEXT_MAX], text[PREFIX_TEXT_MAX];

    snprintf(text, sizeof(text), "%s/%u", addr_format(a, address), len);
    return model_set_text(q, resource, "tunnelAddress", text);
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

static int alloc_inner(struct model_request *q, json_t *resource,
                       const struct model_vpn_connection *connection)
{
    const struct model_vpn_tunnel *own = (const struct model_vpn_tunnel *)q->current;
    struct prefix p;
    struct addr a;

    if (model_alloc_inner(q->s, connection->border_gateway_id, own, &p) < 0)
        return model_error_set(q->error, 409, "conflict", "tunnelAddress", NULL,
                               SAY(CHANGE_INNER_FULL));
    a = addr_add(&p.addr, 1);
    return set_interface(q, resource, &a, p.len);
}

static int fill_inner(struct model_request *q, json_t *resource,
                      const struct model_vpn_connection *connection)
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
    const struct model_vpn_connection *connection =
        snapshot_get(q->s, MODEL_VPN_CONNECTION, model_str(resource, "vpnConnectionId"));
    int r = connection ? 0 : model_internal_error(q->error);

    if (r == 0)
        r = fill_outer(q, resource, connection);
    if (r == 0)
        r = fill_identities(q, resource);
    if (r == 0)
        r = fill_inner(q, resource, connection);
    if (r == 0 && !q->current && !json_object_get(resource, "psk"))
        r = model_fill_secret(q, resource, "psk");
    return r;
}

/* ---- copyParametersFrom ---- */

static const char *const copied[] = {"ike",      "ipsec", "dpd",      "probe",
                                     "initiate", "mtu",   "mssClamp", "pskOverlapSeconds"};

static int refuse_source(struct model_request *q, const json_t *id, const struct words *sentence)
{
    return model_error_set(q->error, 400, "invalid-value", "copyParametersFrom",
                           json_string_value(id), sentence);
}

/* What the request says itself wins. */
static int copy_parameters(struct model_request *q, const struct model_resource *source,
                           json_t *made)
{
    json_t *stored = model_encode(source);
    int r = stored ? 0 : model_internal_error(q->error);

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(copied); i++) {
        json_t *theirs = json_object_get(stored, copied[i]);
        json_t *ours = json_object_get(made, copied[i]), *both;

        if (!theirs || (ours && !json_is_object(ours)))
            continue;
        both = json_deep_copy(theirs);
        if (ours && both && json_object_update(both, ours)) {
            json_decref(both);
            both = NULL;
        }
        if (json_object_set_new(made, copied[i], both))
            r = model_internal_error(q->error);
    }
    json_decref(stored);
    return r;
}

static int copy_key(struct model_request *q, const struct model_vpn_tunnel *source, json_t *made)
{
    char *clear = NULL, key[MODEL_SEAL_ID_MAX];
    int r = source->psk ? q->env->open(q->env->user, source->head.id, "psk", source->psk, &clear)
                        : -EBADMSG;

    if (r == -ENOKEY)
        q->env->key_of(source->psk, key);
    if (r == -EBADMSG || r == -ENOKEY)
        return model_error_set(q->error, 409, "conflict", "copyParametersFrom", source->head.id,
                               r == -ENOKEY ? SAY(CHANGE_SOURCE_KEY_MISSING, key)
                                            : SAY(CHANGE_SOURCE_SEALED));
    if (r < 0)
        return model_internal_error(q->error);
    model_key_trim(clear);
    r = model_set_text(q, made, "psk", clear);
    explicit_bzero(clear, strlen(clear));
    free(clear);
    q->copied = true;
    return r;
}

static int copy_from(struct model_request *q, const json_t *id, json_t *made)
{
    const struct model_vpn_tunnel *source =
        json_is_string(id) && model_is_id(q->kind, json_string_value(id))
            ? snapshot_get(q->s, MODEL_VPN_TUNNEL, json_string_value(id))
            : NULL;
    int r;

    if (!json_is_string(id) || !model_is_id(q->kind, json_string_value(id)))
        return refuse_source(q, id, SAY(VALUE_COPY_ID));
    if (!source || strcmp(source->vpn_connection_id, model_str(made, "vpnConnectionId")) != 0)
        return refuse_source(q, id, SAY(VALUE_COPY_OTHER));
    r = json_object_get(made, "psk") ? 0 : copy_key(q, source, made);
    return r == 0 ? copy_parameters(q, &source->head, made) : r;
}

/* What a patch leaves open: whoever moves one end of the inner pair means the other to move along,
 * and an attachment that no longer propagates chosen subnets has none chosen. */
static const char *reset_by(const struct model_request *q, const json_t *patch)
{
    const json_t *propagation = json_object_get(patch, "propagation");

    if (q->kind->id == MODEL_VPN_TUNNEL && json_object_get(patch, "tunnelAddress"))
        return "peerTunnelAddress";
    if (q->kind->id == MODEL_VPC_ATTACHMENT && json_is_string(propagation) &&
        strcmp(json_string_value(propagation), "subnets") != 0)
        return "subnetIds";
    return NULL;
}

static int fill_patch(struct model_request *q, const json_t *patch, json_t **ret)
{
    const char *reset = reset_by(q, patch);
    json_t *made;

    if (!reset || json_object_get(patch, reset)) {
        *ret = json_incref((json_t *)(uintptr_t)patch);
        return 0;
    }
    made = json_copy((json_t *)(uintptr_t)patch);
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
    json_t *made;
    int r;

    if (q->current)
        return fill_patch(q, in, ret);
    if (q->kind->id != MODEL_VPN_TUNNEL || !id || json_is_null(id)) {
        *ret = json_incref((json_t *)(uintptr_t)in);
        return 0;
    }
    made = json_copy((json_t *)(uintptr_t)in);
    r = made ? copy_from(q, id, made) : model_internal_error(q->error);
    if (r < 0) {
        json_decref(made);
        return r;
    }
    *ret = made;
    return 0;
}
