/* What a request costs in the rules, by the size of the region: time of each kind of request on
 * regions of growing size, with as many others of their kind as there would be. Prints a line of
 * JSON for each case.
 *
 *     rules [-c CASE] [TUNNELS...]     all cases, 100 and 20000 unless said otherwise
 *
 * To count instructions instead (of 200 requests):
 *     valgrind --tool=callgrind --toggle-collect=model_create rules -c create-tunnel 20000 */
#include <stdio.h>
#include <stdlib.h>

#include "snapshot.h"

#define ROUNDS 200

static void must(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "rules: %s failed\n", what);
        exit(1);
    }
}

/* ---- the region ---- */

static const char *make_id(enum model_kind_id kind, uint64_t n, char buf[40])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint64_t mixed = n * UINT64_C(0x9e3779b97f4a7c15) & ((UINT64_C(1) << 50) - 1);
    char tail[11] = {0};

    for (int i = 0; i < 10; i++)
        tail[i] = digits[mixed >> 5 * i & 31];
    snprintf(buf, 40, "%s%s", model_kind(kind)->prefix, tail);
    return buf;
}

static void put(struct snapshot **s, enum model_kind_id kind, const char *id, json_t *json)
{
    struct model_resource *r = NULL;
    struct snapshot *next = NULL;
    struct snapshot_change change = {kind, id, NULL};

    json_object_set_new(json, "id", json_string(id));
    json_object_set_new(json, "name", json_string(id));
    json_object_set_new(json, "regionId", json_string("r1"));
    json_object_set_new(json, "projectId", json_string("default"));
    json_object_set_new(json, "revision", json_integer(1));
    must(model_decode(model_kind(kind), json, &r, NULL) == 0, "decoding");
    change.resource = r;
    must(snapshot_apply(*s, &change, 1, snapshot_revision(*s) + 1, &next) == 0, "applying");
    snapshot_unref(*s);
    *s = next;
    model_resource_unref(r);
    json_decref(json);
}

static json_t *quotas(void)
{
    json_t *made = json_object();

    for (const struct model_quota *q = model_quotas(); q->name; q++)
        json_object_set_new(made, q->name, json_integer(1000000));
    return made;
}

static void put_placement(struct snapshot **s, const char *id, const char *node)
{
    put(s, MODEL_PLACEMENT, id,
        json_pack("{s:s, s:i, s:s}", "nodeId", node, "generation", 1, "reason", "x"));
}

/* A connection with two addresses and two tunnels; every second of them with another customer. */
static void put_connection(struct snapshot **s, uint64_t n)
{
    char id[40], gateway[40], customer[40], node[40], text[2][ADDR_TEXT_MAX], tunnel[40];
    struct addr pool = addr_v4(100, 64, 0, 1);

    make_id(MODEL_NODE, n % 10, node);
    for (uint64_t i = 0; i < 2; i++) {
        struct addr a = addr_add(&pool, 2 * n + i);

        put_placement(s, addr_format(&a, text[i]), node);
    }
    put(s, MODEL_CUSTOMER_GATEWAY, make_id(MODEL_CUSTOMER_GATEWAY, n, customer),
        json_pack("{s:[s,s]}", "addresses", "192.0.2.1", "192.0.2.2"));
    put(s, MODEL_VPN_CONNECTION, make_id(MODEL_VPN_CONNECTION, n, id),
        json_pack("{s:s, s:s, s:[s,s]}", "borderGatewayId",
                  make_id(MODEL_BORDER_GATEWAY, n % 10, gateway), "customerGatewayId", customer,
                  "cloudAddresses", text[0], text[1]));
    for (uint64_t i = 0; i < 2; i++) {
        char inner[PREFIX_TEXT_MAX];
        uint64_t slot = n / 10 * 2 + i; /* of its gateway */

        snprintf(inner, sizeof(inner), "169.254.%u.%u/30", (unsigned)(1 + slot / 64),
                 (unsigned)(slot % 64 * 4 + 1));
        put(s, MODEL_VPN_TUNNEL, make_id(MODEL_VPN_TUNNEL, 2 * n + i, tunnel),
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "vpnConnectionId", id,
                      "cloudAddress", text[i], "customerAddress", i ? "192.0.2.2" : "192.0.2.1",
                      "localId", text[i], "remoteId", i ? "192.0.2.2" : "192.0.2.1",
                      "tunnelAddress", inner, "peerTunnelAddress", "169.254.1.2", "psk",
                      "0123456789abcdef", "adminState", "down"));
    }
}

static struct snapshot *make_region(uint64_t tunnels)
{
    struct snapshot *s = NULL;
    char id[40], node[40], vpc[40], table[40];

    put(&s, MODEL_REGION, "r1",
        json_pack("{s:[s], s:o}", "publicPools", "100.64.0.0/10", "quotas", quotas()));
    for (uint64_t i = 0; i < 10; i++) {
        put(&s, MODEL_NODE, make_id(MODEL_NODE, i, node),
            json_pack("{s:[s,s]}", "roles", "gateway", "compute"));
        put(&s, MODEL_BORDER_GATEWAY, make_id(MODEL_BORDER_GATEWAY, i, id), json_object());
        put_placement(&s, id, node);
    }
    make_id(MODEL_ROUTE_TABLE, 0, table);
    put(&s, MODEL_VPC, make_id(MODEL_VPC, 0, vpc), json_pack("{s:s}", "cidr", "10.0.0.0/16"));
    put(&s, MODEL_ROUTE_TABLE, table, json_pack("{s:s, s:b}", "vpcId", vpc, "default", 1));
    put(&s, MODEL_SUBNET, make_id(MODEL_SUBNET, 0, id),
        json_pack("{s:s, s:s, s:s}", "vpcId", vpc, "cidr", "10.0.0.0/16", "routeTableId", table));
    for (uint64_t i = 0; i < tunnels / 2; i++)
        put_connection(&s, i);
    for (uint64_t i = 0; i < tunnels * 5; i++) {
        char route[40], gateway[40], hop[40], text[PREFIX_TEXT_MAX];

        snprintf(text, sizeof(text), "11.%u.%u.0/24", (unsigned)(i / 10 / 250 % 250),
                 (unsigned)(i / 10 % 250));
        put(&s, MODEL_BORDER_GATEWAY_ROUTE, make_id(MODEL_BORDER_GATEWAY_ROUTE, i, route),
            json_pack("{s:s, s:s, s:s}", "borderGatewayId",
                      make_id(MODEL_BORDER_GATEWAY, i % 10, gateway), "destination", text,
                      "nextHop", make_id(MODEL_VPN_CONNECTION, i % (tunnels / 2), hop)));
    }
    for (uint64_t i = 0; i < tunnels; i++) {
        char text[ADDR_TEXT_MAX], instance[40];
        struct addr first = addr_v4(10, 0, 0, 3), a = addr_add(&first, i);

        put(&s, MODEL_INSTANCE, make_id(MODEL_INSTANCE, i, instance),
            json_pack("{s:s, s:s, s:s, s:s, s:s}", "subnetId", id, "address", addr_format(&a, text),
                      "nodeId", node, "attachment", "tap", "interface", instance + 2));
    }
    return s;
}

/* ---- requests ---- */

static int seal(void *user, const char *id, const char *field, const char *clear, char **ret)
{
    (void)user;
    (void)id;
    (void)field;
    *ret = strdup(clear);
    return *ret ? 0 : -ENOMEM;
}

static const struct model_env env = {
    .now_us = 1700000000000000, .random = random_bytes, .seal = seal, .open = seal};

static json_t *ref(const char *name, enum model_kind_id kind)
{
    char id[40];

    return json_pack("{s:s}", name, make_id(kind, 0, id));
}

static json_t *tunnel_request(void)
{
    json_t *in = ref("vpnConnectionId", MODEL_VPN_CONNECTION);

    json_object_set_new(in, "customerAddress", json_string("192.0.2.2"));
    return in;
}

static json_t *connection_request(void)
{
    json_t *in = ref("borderGatewayId", MODEL_BORDER_GATEWAY);

    json_object_update_new(in, ref("customerGatewayId", MODEL_CUSTOMER_GATEWAY));
    return in;
}

static json_t *route_request(void)
{
    json_t *in = ref("borderGatewayId", MODEL_BORDER_GATEWAY);

    json_object_update_new(in, ref("nextHop", MODEL_VPN_CONNECTION));
    json_object_set_new(in, "destination", json_string("12.0.0.0/24"));
    return in;
}

static json_t *instance_request(void)
{
    json_t *in = ref("subnetId", MODEL_SUBNET);

    json_object_set_new(in, "attachment", json_string("tap"));
    return in;
}

static json_t *description_request(void)
{
    return json_pack("{s:s}", "description", "changed");
}

static json_t *pools_request(void)
{
    return json_pack("{s:[s,s]}", "publicPools", "100.64.0.0/10", "203.0.113.0/24");
}

enum what { CREATE, UPDATE, DELETE, SETTLE };

static const struct {
    const char *name;
    enum what what;
    enum model_kind_id kind;
    json_t *(*request)(void);
} cases[] = {
    {"create-tunnel", CREATE, MODEL_VPN_TUNNEL, tunnel_request},
    {"update-tunnel", UPDATE, MODEL_VPN_TUNNEL, description_request},
    {"delete-tunnel", DELETE, MODEL_VPN_TUNNEL, NULL},
    {"create-connection", CREATE, MODEL_VPN_CONNECTION, connection_request},
    {"create-route", CREATE, MODEL_BORDER_GATEWAY_ROUTE, route_request},
    {"create-instance", CREATE, MODEL_INSTANCE, instance_request},
    {"create-gateway", CREATE, MODEL_BORDER_GATEWAY, json_object},
    {"update-gateway", UPDATE, MODEL_BORDER_GATEWAY, description_request},
    {"update-pools", UPDATE, MODEL_REGION, pools_request},
    {"settle-nothing", SETTLE, MODEL_REGION, NULL},
};

static void request(const struct snapshot *s, size_t i, const json_t *in, struct model_error *error)
{
    struct model_changes changes = {0};
    const struct model_resource *current;
    char id[40];
    int r = 0;

    current = cases[i].kind == MODEL_REGION
                  ? &snapshot_region(s)->head
                  : snapshot_get(s, cases[i].kind, make_id(cases[i].kind, 0, id));
    if (cases[i].what == CREATE)
        r = model_create(s, &env, model_kind(cases[i].kind), in, &changes, error);
    else if (cases[i].what == UPDATE)
        r = model_update(s, &env, current, in, &changes, error);
    else if (cases[i].what == DELETE)
        r = model_delete(s, &env, current, &changes, error);
    else
        r = model_settle(s, &env, 50, NULL, NULL, &changes);
    if (r < 0)
        fprintf(stderr, "%s: %s\n", cases[i].name, error->rule);
    must(r == 0 && (changes.count || cases[i].what == SETTLE), "the request");
    model_changes_done(&changes);
}

static void measure(const struct snapshot *s, uint64_t tunnels, const char *only)
{
    struct model_error error = {0};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *in;
        uint64_t start;

        if (only && strcmp(only, cases[i].name) != 0)
            continue;
        in = cases[i].request ? cases[i].request() : NULL;
        start = clock_monotonic_us();
        for (int n = 0; n < ROUNDS; n++)
            request(s, i, in, &error);
        printf("{\"case\": \"%s\", \"tunnels\": %llu, \"us\": %.2f}\n", cases[i].name,
               (unsigned long long)tunnels, (double)(clock_monotonic_us() - start) / ROUNDS);
        json_decref(in);
    }
    model_error_done(&error);
}

int main(int argc, char **argv)
{
    static char *usual[] = {"100", "20000"};
    bool chosen = argc > 2 && strcmp(argv[1], "-c") == 0;
    char **sizes = argv + (chosen ? 3 : 1);
    int count = argc - (chosen ? 3 : 1);

    if (!count) {
        sizes = usual;
        count = ARRAY_SIZE(usual);
    }
    for (int i = 0; i < count; i++) {
        uint64_t tunnels = 0;
        struct snapshot *s;

        must(text_parse_u64(sizes[i], 60000, &tunnels) == 0 && tunnels > 1, "reading a size");
        s = make_region(tunnels);
        measure(s, tunnels, chosen ? argv[2] : NULL);
        snapshot_unref(s);
    }
    return 0;
}
