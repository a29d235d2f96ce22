#include "lab.h"

#include <stdlib.h>

/* Everything but the addresses of the outside is IPv4 in all of them. */
const struct lab_case lab_cases[] = {
    {.name = "ikev2",
     .connection = "'routing': 'static', 'description': 'two tunnels'",
     .tunnel = "'ike': {'encryption': ['aes256gcm16', 'aes256'], 'integrity': ['sha384', 'sha256'],"
               " 'dhGroups': [20, 14]}, 'ipsec': {'encryption': ['aes256gcm16', 'aes256'],"
               " 'integrity': ['sha256'], 'dhGroups': [20, 14], 'lifetimeBytes': 107374182400}",
     .tunnels = 2},
    {.name = "ikev1",
     .connection = "'routing': 'static'",
     .tunnel = "'ike': {'version': 1, 'encryption': ['aes256'], 'integrity': ['sha256'],"
               " 'dhGroups': [14]}, 'ipsec': {'encryption': ['aes256'], 'integrity': ['sha256'],"
               " 'dhGroups': [14]}, 'initiate': false",
     .tunnels = 1},
    {.name = "ipv6",
     .connection = "'routing': 'static', 'addressFamily': 'ipv6'",
     .tunnel = "'tunnelAddress': 'fd00:a::1/126', 'peerTunnelAddress': 'fd00:a::2', 'mtu': 1420",
     .tunnels = 1,
     .v6 = true},
    {.name = "bgp",
     .connection = "'routing': 'bgp'",
     .tunnel = "'dpd': {'enabled': false}",
     .tunnels = 2,
     .hidden = true},
    {.name = "bgp-settings",
     .connection = "'routing': 'bgp', 'bgp': {'holdSeconds': 9}, 'bgpPassword': 'sealed',"
                   " 'bfd': {'enabled': true, 'intervalMs': 200, 'multiplier': 4}",
     .tunnels = 1,
     .bgp_password = "c0rrect+horse"},
    {0},
};

struct lab {
    const struct lab_case *c;
    struct snapshot_change changes[8];
    size_t count;
    bool failed;
};

/* Takes object. */
static void put(struct lab *l, enum model_kind_id kind, const char *id, json_t *object)
{
    struct model_resource *made = NULL;

    if (object) {
        json_object_set_new(object, "id", json_string(id));
        json_object_set_new(object, "createdAt", json_string("2026-11-22T08:00:00.000Z"));
        if (!json_object_get(object, "name"))
            json_object_set_new(object, "name", json_string(id));
    }
    if (!object || model_decode(model_kind(kind), object, &made, NULL) < 0)
        l->failed = true;
    else
        l->changes[l->count++] = (struct snapshot_change){kind, id, made};
    json_decref(object);
}

/* An object of members in JSON with single quotes. */
static json_t *parse(const char *members)
{
    struct buf text = {0};
    json_t *object;

    buf_printf(&text, "{%s}", members ? members : "");
    for (size_t i = 0; i < text.len; i++)
        text.data[i] = text.data[i] == '\'' ? '"' : text.data[i];
    object = json_loads(buf_text(&text), 0, NULL);
    buf_done(&text);
    return object;
}

static void set(json_t *object, const char *name, const char *text, const char *otherwise)
{
    if (text || (otherwise && !json_object_get(object, name)))
        json_object_set_new(object, name, json_string(text ? text : otherwise));
}

static json_t *make_tunnel(const struct lab_case *c, unsigned n)
{
    static const char *const clouds[2][2] = {{"198.51.100.1", "198.51.100.2"},
                                             {"2001:db8:1::1", "2001:db8:1::2"}};
    const char *device = c->v6 ? "2001:db8:2::1" : "203.0.113.1";
    json_t *t = parse(c->tunnel);
    char text[64];

    if (!t)
        return NULL;
    set(t, "vpnConnectionId", "vpn-aaaaaaaaaa", NULL);
    set(t, "cloudAddress", clouds[c->v6][n], NULL);
    set(t, "customerAddress", NULL, device);
    set(t, "localId", c->local_id, clouds[c->v6][n]);
    set(t, "remoteId", c->remote_id, device);
    (void)text_printf(text, sizeof(text), "169.254.%u.1/30", 10 + n);
    set(t, "tunnelAddress", NULL, text);
    (void)text_printf(text, sizeof(text), "169.254.%u.2", 10 + n);
    set(t, "peerTunnelAddress", NULL, text);
    set(t, "psk", "sealed", NULL);
    (void)text_printf(text, sizeof(text), "tunnel-%u", n + 1);
    set(t, "name", text, NULL);
    return t;
}

static void make(struct lab *l)
{
    static const char *const ids[] = {"vpntun-aaaaaaaaaa", "vpntun-bbbbbbbbbb"};
    json_t *connection = parse(l->c->connection);

    put(l, MODEL_REGION, "r1", parse(NULL));
    put(l, MODEL_BORDER_GATEWAY, "bgw-aaaaaaaaaa", parse("'asn': 65010"));
    put(l, MODEL_CUSTOMER_GATEWAY, "cgw-aaaaaaaaaa",
        parse("'asn': 65020, 'addresses': ['203.0.113.1']"));
    if (connection) {
        set(connection, "borderGatewayId", "bgw-aaaaaaaaaa", NULL);
        set(connection, "customerGatewayId", "cgw-aaaaaaaaaa", NULL);
        set(connection, "description", l->c->description, NULL);
        set(connection, "name", "branch", NULL);
    }
    put(l, MODEL_VPN_CONNECTION, "vpn-aaaaaaaaaa", connection);
    for (unsigned n = 0; n < l->c->tunnels; n++)
        put(l, MODEL_VPN_TUNNEL, ids[n], make_tunnel(l->c, n));
}

static const char *psk_of(void *user, const struct model_vpn_tunnel *tunnel)
{
    const struct lab_case *c = user;

    (void)tunnel;
    return c->psk ? c->psk : "Zt8q.Lw3_Vk5yBn2";
}

static int ask(const struct lab_case *c, const struct snapshot *s, const char *platform,
               struct device_answer *ret)
{
    struct prefix cloud[2], customer[2];
    struct device_question q = {.platform = device_find_platform(platform),
                                .s = s,
                                .connection =
                                    snapshot_get(s, MODEL_VPN_CONNECTION, "vpn-aaaaaaaaaa"),
                                .cloud = cloud,
                                .customer = customer,
                                .cloud_count = c->unknown ? 0 : 2,
                                .customer_count = c->unknown ? 0 : 2,
                                .psk = c->hidden ? NULL : psk_of,
                                .user = (void *)c,
                                .bgp_password = c->hidden ? NULL : c->bgp_password};

    if (prefix_parse("10.1.0.0/24", &cloud[0]) < 0 || prefix_parse("10.1.4.0/22", &cloud[1]) < 0 ||
        prefix_parse("10.9.0.0/24", &customer[0]) < 0 ||
        prefix_parse("fd00:9::/64", &customer[1]) < 0 || !q.platform)
        return -EINVAL;
    if (c->tunnels == 1)
        q.tunnel = snapshot_get(s, MODEL_VPN_TUNNEL, "vpntun-aaaaaaaaaa");
    return device_configure(&q, ret);
}

int lab_ask(const struct lab_case *c, const char *platform, struct device_answer *ret)
{
    struct lab l = {.c = c};
    struct snapshot *s = NULL;
    int r;

    make(&l);
    r = l.failed ? -EINVAL : snapshot_apply(NULL, l.changes, l.count, 1, &s);
    if (r == 0)
        r = ask(c, s, platform, ret);
    snapshot_unref(s);
    for (size_t i = 0; i < l.count; i++)
        model_resource_unref(l.changes[i].resource);
    return r;
}
