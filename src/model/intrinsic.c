#include "model_internal.h"

/* Rules between the fields of one resource that its rows cannot say. Fields the server has yet to
 * allocate may be absent. */

/* RFC 6793: AS_TRANS stands for 4-byte numbers; 0 and the last one are outside min and max. */
static int check_asn(struct model_check *c, const json_t *resource)
{
    if (model_int(resource, "asn", 0) != 23456)
        return 0;
    return model_refuse_at(c, "asn", resource, SAY(VALUE_ASN));
}

/* ---- ranges ---- */

/* Ranges that are never a VPC's or a pool's: this host, loopback, link-local, multicast and
 * reserved. */
static bool is_special_range(const struct prefix *p)
{
    static const char *const special[] = {"0.0.0.0/8",   "127.0.0.0/8", "169.254.0.0/16",
                                          "224.0.0.0/3", "::/8",        "fe80::/10",
                                          "ff00::/8"};
    struct prefix s;

    for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
        if (prefix_parse(special[i], &s) == 0 && prefix_overlaps(&s, p))
            return true;
    }
    return false;
}

static int check_ordinary(struct model_check *c, const json_t *resource, const char *path)
{
    const json_t *item;
    struct prefix p;
    size_t i;

    json_array_foreach (model_list(resource, path), i, item) {
        if (prefix_parse(json_string_value(item), &p) == 0 && !is_special_range(&p))
            continue;
        (void)model_path_push(c, path);
        (void)model_path_push_index(c, i);
        return model_refuse(c, NULL, 400, "invalid-value", item, SAY(VALUE_SPECIAL_RANGE, c->path));
    }
    return 0;
}

static int refuse_overlap(struct model_check *c, const char *path, const json_t *list, size_t i,
                          const struct prefix *hit)
{
    char other[PREFIX_TEXT_MAX];

    (void)model_path_push(c, path);
    (void)model_path_push_index(c, i);
    return model_refuse(c, NULL, 400, "invalid-value", json_array_get(list, i),
                        SAY(VALUE_OVERLAPS, c->path, prefix_format(hit, other)));
}

/* No range of the list overlaps the first one (family ADDR_NONE: there is none) or one before it.
 */
static int check_no_overlap(struct model_check *c, const char *path, const json_t *list,
                            const struct prefix *first)
{
    struct prefix p, other;

    for (size_t i = 0; i < json_array_size(list); i++) {
        if (prefix_parse(json_string_value(json_array_get(list, i)), &p) < 0)
            return -EINVAL;
        if (first->addr.family != ADDR_NONE && prefix_overlaps(first, &p))
            return refuse_overlap(c, path, list, i, first);
        for (size_t j = 0; j < i; j++) {
            if (prefix_parse(json_string_value(json_array_get(list, j)), &other) == 0 &&
                prefix_overlaps(&other, &p))
                return refuse_overlap(c, path, list, i, &other);
        }
    }
    return 0;
}

static int check_region(struct model_check *c, const json_t *resource)
{
    const struct prefix none = {0};
    int r = check_asn(c, resource);

    if (r == 0)
        r = check_ordinary(c, resource, "publicPools");
    if (r == 0)
        r = check_no_overlap(c, "publicPools", model_list(resource, "publicPools"), &none);
    return r;
}

static int check_vpc(struct model_check *c, const json_t *resource)
{
    struct prefix cidr = {0};
    int r = check_ordinary(c, resource, "extraCidrs");

    if (r < 0)
        return r;
    (void)!model_prefix(resource, "cidr", &cidr);
    return check_no_overlap(c, "extraCidrs", model_list(resource, "extraCidrs"), &cidr);
}

/* ---- routing ---- */

/* The members named by keys together tell the elements of the list apart. */
static int check_unique(struct model_check *c, const json_t *resource, const char *path,
                        const char *const *keys, const struct words *sentence)
{
    const json_t *list = model_list(resource, path), *a, *b;
    size_t i, j;

    json_array_foreach (list, i, a) {
        for (j = 0; j < i; j++) {
            bool same = true;

            b = json_array_get(list, j);
            for (size_t k = 0; keys[k]; k++)
                same = same && strcmp(model_str(a, keys[k]), model_str(b, keys[k])) == 0;
            if (same) {
                (void)model_path_push(c, path);
                (void)model_path_push_index(c, i);
                return model_refuse(c, NULL, 400, "invalid-value", json_object_get(a, keys[0]),
                                    sentence);
            }
        }
    }
    return 0;
}

static int check_route_table(struct model_check *c, const json_t *resource)
{
    static const char *const route_keys[] = {"destination", NULL};
    static const char *const propagation_keys[] = {"borderGatewayId", "range", NULL};
    int r = check_unique(c, resource, "routes", route_keys, SAY(VALUE_ROUTE_TWICE));

    if (r < 0)
        return r;
    return check_unique(c, resource, "propagations", propagation_keys,
                        SAY(VALUE_PROPAGATION_TWICE));
}

/* ---- overlapping networks ---- */

static int refuse_translation(struct model_check *c, size_t i, const char *member,
                              const json_t *item, const struct words *sentence)
{
    (void)model_path_push(c, "translations");
    (void)model_path_push_index(c, i);
    (void)model_path_push(c, member);
    return model_refuse(c, NULL, 400, "invalid-value", json_object_get(item, member), sentence);
}

/* Of one side no two say something about the same address, before or after the translation. */
static int check_other_translations(struct model_check *c, const json_t *list, size_t i)
{
    static const char *const members[] = {"prefix", "seenAs"};
    const json_t *item = json_array_get(list, i);
    char other[PREFIX_TEXT_MAX];
    struct prefix p, before;

    for (size_t j = 0; j < i; j++) {
        const json_t *earlier = json_array_get(list, j);

        if (strcmp(model_str(item, "side"), model_str(earlier, "side")) != 0)
            continue;
        for (size_t m = 0; m < ARRAY_SIZE(members); m++) {
            if (model_prefix(item, members[m], &p) == 0 &&
                model_prefix(earlier, members[m], &before) == 0 && prefix_overlaps(&p, &before))
                return refuse_translation(
                    c, i, members[m], item,
                    SAY(VALUE_TRANSLATION_OVERLAPS, members[m], prefix_format(&before, other)));
        }
    }
    return 0;
}

static int check_translation(struct model_check *c, const json_t *list, size_t i)
{
    const json_t *item = json_array_get(list, i);
    struct prefix real, seen;

    if (model_prefix(item, "prefix", &real) < 0 || model_prefix(item, "seenAs", &seen) < 0)
        return -EINVAL;
    if (is_special_range(&real))
        return refuse_translation(c, i, "prefix", item, SAY(VALUE_SPECIAL_RANGE, "prefix"));
    if (is_special_range(&seen))
        return refuse_translation(c, i, "seenAs", item, SAY(VALUE_SPECIAL_RANGE, "seenAs"));
    if (real.addr.family != seen.addr.family || real.len != seen.len)
        return refuse_translation(c, i, "seenAs", item, SAY(VALUE_TRANSLATION_LENGTH, real.len));
    return check_other_translations(c, list, i);
}

/* ---- networks of policy-based peers ---- */

static bool has_family(const json_t *list, uint8_t family)
{
    struct prefix p;

    for (size_t i = 0; i < json_array_size(list); i++) {
        if (prefix_parse(json_string_value(json_array_get(list, i)), &p) == 0 &&
            p.addr.family == family)
            return true;
    }
    return false;
}

static int check_selectors(struct model_check *c, const json_t *resource)
{
    const json_t *local = model_list(resource, "localSelectors");
    const json_t *remote = model_list(resource, "remoteSelectors");
    static const uint8_t families[] = {ADDR_IPV4, ADDR_IPV6};

    if (!json_array_size(local) || !json_array_size(remote))
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        if (has_family(local, families[i]) == has_family(remote, families[i]))
            continue;
        (void)model_path_push(c, "remoteSelectors");
        return model_refuse(c, NULL, 400, "invalid-value", remote, SAY(VALUE_SELECTORS_FAMILY));
    }
    return 0;
}

static int check_connection(struct model_check *c, const json_t *resource)
{
    const json_t *list = model_list(resource, "translations");
    int r = check_selectors(c, resource);

    for (size_t i = 0; r == 0 && i < json_array_size(list); i++)
        r = check_translation(c, list, i);
    return r;
}

/* ---- the customer's device ---- */

static bool is_peer_address(const struct addr *a)
{
    static const char *const special[] = {"0.0.0.0/8",   "127.0.0.0/8", "169.254.0.0/16",
                                          "224.0.0.0/3", "::/127",      "fe80::/10",
                                          "ff00::/8"};
    struct prefix s;

    if (addr_is_any(a))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
        if (prefix_parse(special[i], &s) == 0 && prefix_contains_addr(&s, a))
            return false;
    }
    return true;
}

static int refuse_address(struct model_check *c, size_t i, const json_t *value,
                          const struct words *sentence)
{
    (void)model_path_push(c, "addresses");
    (void)model_path_push_index(c, i);
    return model_refuse(c, NULL, 400, "invalid-value", value, sentence);
}

static int check_customer_gateway(struct model_check *c, const json_t *resource)
{
    const json_t *list = model_list(resource, "addresses"), *item;
    size_t count = json_array_size(list), i;
    struct addr a;
    int r = check_asn(c, resource);

    if (r < 0)
        return r;
    if (count & (count - 1)) {
        (void)model_path_push(c, "addresses");
        return model_refuse(c, NULL, 400, "invalid-value", list, SAY(VALUE_ADDRESS_COUNT));
    }
    json_array_foreach (list, i, item) {
        if (addr_parse(json_string_value(item), &a) < 0 || !is_peer_address(&a))
            return refuse_address(c, i, item, SAY(VALUE_PEER_ADDRESS));
        for (size_t j = 0; j < i && !addr_is_any(&a); j++) {
            if (json_equal(json_array_get(list, j), item))
                return refuse_address(c, i, item, SAY(VALUE_ADDRESS_TWICE));
        }
    }
    return 0;
}

/* ---- tunnels ---- */

static bool lists(const json_t *resource, const char *path, const char *text)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(resource, path), i, item) {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

/* Link-local ones are the usual choice here. */
static bool is_inner_range(const struct prefix *p)
{
    static const char *const special[] = {"0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127",
                                          "ff00::/8"};
    struct prefix s;

    for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
        if (prefix_parse(special[i], &s) == 0 && prefix_overlaps(&s, p))
            return false;
    }
    return true;
}

static int check_inner(struct model_check *c, const json_t *resource)
{
    bool has_peer = json_object_get(resource, "peerTunnelAddress");
    struct addr own, peer, base, last;
    struct prefix p;

    if (!json_object_get(resource, "tunnelAddress"))
        return 0;
    if (model_parse_interface(model_str(resource, "tunnelAddress"), &own, &p) < 0)
        return -EINVAL;
    if (p.len + 2U != addr_bits(&own) && p.len + 1U != addr_bits(&own))
        return model_refuse_at(c, "tunnelAddress", resource, SAY(VALUE_INNER_LENGTH));
    if (!is_inner_range(&p))
        return model_refuse_at(c, "tunnelAddress", resource, SAY(VALUE_INNER_UNICAST));
    base = p.addr;
    last = prefix_last(&p);
    if (p.len + 2U == addr_bits(&own) && (addr_equal(&own, &base) || addr_equal(&own, &last)))
        return model_refuse_at(c, "tunnelAddress", resource, SAY(VALUE_INNER_EDGE));
    if (!has_peer)
        return 0;
    if (model_addr(resource, "peerTunnelAddress", &peer) < 0)
        return -EINVAL;
    if (!prefix_contains_addr(&p, &peer) || addr_equal(&own, &peer))
        return model_refuse_at(c, "peerTunnelAddress", resource, SAY(VALUE_INNER_PEER));
    if (p.len + 2U == addr_bits(&own) && (addr_equal(&peer, &base) || addr_equal(&peer, &last)))
        return model_refuse_at(c, "peerTunnelAddress", resource, SAY(VALUE_INNER_PEER_EDGE));
    return 0;
}

/* Neither end's address names the network itself or all of it. */
static int check_not_edge(struct model_check *c, const json_t *resource, const char *path,
                          const struct addr *a, const struct prefix *p)
{
    struct addr last = prefix_last(p);

    if (p->len + 1U >= addr_bits(a) || (!addr_equal(a, &p->addr) && !addr_equal(a, &last)))
        return 0;
    return model_refuse_at(c, path, resource, SAY(VALUE_LINE_EDGE, path));
}

static int check_private_interface(struct model_check *c, const json_t *resource)
{
    struct addr own, peer;
    struct prefix p;
    int r;

    if (model_int(resource, "peerAsn", 0) == 23456)
        return model_refuse_at(c, "peerAsn", resource, SAY(VALUE_ASN));
    if (model_parse_interface(model_str(resource, "address"), &own, &p) < 0 ||
        model_addr(resource, "peerAddress", &peer) < 0)
        return -EINVAL;
    if (!is_inner_range(&p))
        return model_refuse_at(c, "address", resource, SAY(VALUE_LINE_UNICAST));
    if (!prefix_contains_addr(&p, &peer) || addr_equal(&own, &peer))
        return model_refuse_at(c, "peerAddress", resource, SAY(VALUE_LINE_PEER));
    r = check_not_edge(c, resource, "address", &own, &p);
    return r == 0 ? check_not_edge(c, resource, "peerAddress", &peer, &p) : r;
}

static int check_ike(struct model_check *c, const json_t *resource)
{
    bool v1 = model_int(resource, "ike.version", 2) == 1;

    if (v1 && !lists(resource, "ike.encryption", "aes128") &&
        !lists(resource, "ike.encryption", "aes192") &&
        !lists(resource, "ike.encryption", "aes256"))
        return model_refuse_at(c, "ike.encryption", resource, SAY(VALUE_CIPHER_V1));
    if (model_int(resource, "ipsec.lifetimeSeconds", 0) >=
        model_int(resource, "ike.lifetimeSeconds", INT64_MAX))
        return model_refuse_at(c, "ipsec.lifetimeSeconds", resource, SAY(VALUE_LIFETIMES));
    return 0;
}

static int check_tunnel(struct model_check *c, const json_t *resource)
{
    int64_t mtu = model_int(resource, "mtu", 0);
    int r = check_ike(c, resource);

    if (r < 0)
        return r;
    if (model_int(resource, "dpd.timeoutSeconds", INT64_MAX) <=
        model_int(resource, "dpd.intervalSeconds", 0))
        return model_refuse_at(c, "dpd.timeoutSeconds", resource, SAY(VALUE_DPD_TIMES));
    if (mtu && mtu < 576)
        return model_refuse_at(c, "mtu", resource, SAY(VALUE_MTU));
    return check_inner(c, resource);
}

/* What contradicts itself. */
static int check_rights(struct model_check *c, const json_t *resource)
{
    const char *role = model_str(resource, "role");
    bool bound =
        *model_str(resource, "projectId") || json_array_size(model_list(resource, "regions"));

    if (strcmp(role, "admin") == 0 && bound)
        return model_refuse_at(c, "role", resource, SAY(VALUE_ADMIN_BOUND));
    if (strcmp(role, "viewer") == 0 && json_is_true(json_object_get(resource, "mayRevealKeys")))
        return model_refuse_at(c, "mayRevealKeys", resource, SAY(VALUE_VIEWER_KEYS));
    return 0;
}

/* About one thing, and whole. */
static int check_alarm(struct model_check *c, const json_t *resource)
{
    bool state = *model_str(resource, "state"), metric = *model_str(resource, "metric");

    if (state == metric)
        return model_refuse_at(c, "metric", resource, SAY(VALUE_ALARM_CAUSE));
    if (metric && !*model_str(resource, "threshold"))
        return model_refuse_at(c, "threshold", resource, SAY(VALUE_ALARM_THRESHOLD));
    return 0;
}

/* A limit below this would have every burst begin a rekey. One that stands from before stays. */
static int check_volume(struct model_check *c, const json_t *before, const json_t *resource,
                        const char *path, int64_t least, const struct words *rule)
{
    int64_t value = model_int(resource, path, 0);

    if (value == 0 || value >= least || (before && model_int(before, path, 0) == value))
        return 0;
    return model_refuse_at(c, path, resource, rule);
}

int model_check_volumes(struct model_check *c, const json_t *before, const json_t *resource)
{
    int r = 0;

    if (c->kind->id == MODEL_VPN_TUNNEL)
        r = check_volume(c, before, resource, "ipsec.lifetimeBytes", 1000000,
                         SAY(VALUE_LIFETIME_BYTES));
    if (r == 0 && c->kind->id == MODEL_VPN_TUNNEL)
        r = check_volume(c, before, resource, "ipsec.lifetimePackets", 1000,
                         SAY(VALUE_LIFETIME_PACKETS));
    return r;
}

int model_check_intrinsic(struct model_check *c, const json_t *resource)
{
    switch (c->kind->id) {
    case MODEL_REGION:
        return check_region(c, resource);
    case MODEL_VPC:
        return check_vpc(c, resource);
    case MODEL_ROUTE_TABLE:
        return check_route_table(c, resource);
    case MODEL_BORDER_GATEWAY:
        return check_asn(c, resource);
    case MODEL_CUSTOMER_GATEWAY:
        return check_customer_gateway(c, resource);
    case MODEL_VPN_CONNECTION:
        return check_connection(c, resource);
    case MODEL_VPN_TUNNEL:
        return check_tunnel(c, resource);
    case MODEL_PRIVATE_INTERFACE:
        return check_private_interface(c, resource);
    case MODEL_ALARM:
        return check_alarm(c, resource);
    case MODEL_TOKEN:
    case MODEL_USER:
        return check_rights(c, resource);
    default:
        return 0;
    }
}
