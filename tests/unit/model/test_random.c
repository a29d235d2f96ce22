#include "world.h"

#include <stdio.h>
#include <stdlib.h>

/* Long random lives of a region. Whatever is asked for in whatever order, what exists always fits
 * together: nothing dangles, nothing overlaps, nothing is over its quota. */

static uint32_t seed;

static uint32_t roll(uint32_t sides)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % sides;
}

/* The id of some resource of the kind, or one that does not exist. */
static const char *some(struct world *w, enum model_kind_id kind)
{
    size_t n = json_array_size(w->kinds[kind]);
    static char missing[64];

    if (n && roll(20))
        return model_str(json_array_get(w->kinds[kind], roll((uint32_t)n)), "id");
    snprintf(missing, sizeof(missing), "%szzzzzzzzzz", model_kind(kind)->prefix);
    return missing;
}

static const char *some_hop(struct world *w)
{
    switch (roll(4)) {
    case 0:
        return "blackhole";
    case 1:
        return some(w, MODEL_VPC_ATTACHMENT);
    default:
        return some(w, MODEL_VPN_CONNECTION);
    }
}

/* A request that may be good or bad, with single quotes. */
static void request(struct world *w, enum model_kind_id kind, char *text, size_t size)
{
    static const char *const cidrs[] = {"10.1.0.0/16", "10.1.2.0/24", "10.1.2.128/25",
                                        "10.2.0.0/16", "10.2.7.0/28", "10.2.7.1/28"};
    const char *cidr = cidrs[roll(ARRAY_SIZE(cidrs))];

    switch (kind) {
    case MODEL_VPC:
        snprintf(text, size, "{'cidr': '%s'}", cidr);
        break;
    case MODEL_SUBNET:
        snprintf(text, size, "{'vpcId': '%s', 'cidr': '%s'}", some(w, MODEL_VPC), cidr);
        break;
    case MODEL_ROUTE_TABLE:
        snprintf(text, size, "{'vpcId': '%s', 'routes': [{'destination': '%s', 'nextHop': '%s'}]}",
                 some(w, MODEL_VPC), cidr,
                 some(w, roll(2) ? MODEL_INSTANCE : MODEL_BORDER_GATEWAY));
        break;
    case MODEL_INSTANCE:
        snprintf(text, size, "{'subnetId': '%s'%s%s}", some(w, MODEL_SUBNET),
                 roll(3) ? "" : ", 'address': '10.2.7.5'",
                 roll(3) ? "" : ", 'attachment': 'tap', 'interface': 't0'");
        break;
    case MODEL_BORDER_GATEWAY_ROUTE:
        snprintf(text, size, "{'borderGatewayId': '%s', 'destination': '%s', 'nextHop': '%s'}",
                 some(w, MODEL_BORDER_GATEWAY), cidr, some_hop(w));
        break;
    case MODEL_VPC_ATTACHMENT:
        snprintf(text, size, "{'borderGatewayId': '%s', 'vpcId': '%s'}",
                 some(w, MODEL_BORDER_GATEWAY), some(w, MODEL_VPC));
        break;
    case MODEL_CUSTOMER_GATEWAY:
        snprintf(text, size, "{'addresses': ['192.0.2.%u', '192.0.2.%u']}", roll(4), roll(4));
        break;
    case MODEL_VPN_CONNECTION:
        snprintf(text, size, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
                 some(w, MODEL_BORDER_GATEWAY), some(w, MODEL_CUSTOMER_GATEWAY));
        break;
    case MODEL_VPN_TUNNEL:
        snprintf(text, size, "{'vpnConnectionId': '%s'%s}", some(w, MODEL_VPN_CONNECTION),
                 roll(3) ? "" : ", 'tunnelAddress': '169.254.1.2/30'");
        break;
    default:
        snprintf(text, size, "{}");
        break;
    }
}

static void patch(struct world *w, enum model_kind_id kind, char *text, size_t size)
{
    switch (kind) {
    case MODEL_VPC_ATTACHMENT:
        if (roll(2))
            snprintf(text, size, "{'propagation': 'subnets', 'subnetIds': ['%s']}",
                     some(w, MODEL_SUBNET));
        else
            snprintf(text, size, "{'vpcId': '%s', 'propagation': '%s'}", some(w, MODEL_VPC),
                     roll(2) ? "all" : "none");
        break;
    case MODEL_NODE:
        snprintf(text, size, "{'roles': ['%s'], 'name': 'n%u'}", roll(2) ? "gateway" : "compute",
                 roll(4));
        break;
    case MODEL_VPN_TUNNEL:
        snprintf(text, size, "{'adminState': '%s', 'tunnelAddress': %s, 'peerTunnelAddress': null}",
                 roll(2) ? "up" : "down", roll(2) ? "null" : "'169.254.1.5/30'");
        break;
    case MODEL_BORDER_GATEWAY_ROUTE:
        snprintf(text, size, "{'nextHop': '%s'}", some_hop(w));
        break;
    case MODEL_SUBNET:
        snprintf(text, size, "{'routeTableId': '%s'}", some(w, MODEL_ROUTE_TABLE));
        break;
    case MODEL_INSTANCE:
        snprintf(text, size, "{'nodeId': '%s'}", some(w, MODEL_NODE));
        break;
    case MODEL_ROUTE_TABLE:
        if (roll(2))
            snprintf(text, size, "{'routes': []}");
        else
            snprintf(text, size,
                     "{'propagations': [{'borderGatewayId': '%s', 'range': '10.0.0.0/8', "
                     "'vpcAttachmentId': '%s'}]}",
                     some(w, MODEL_BORDER_GATEWAY), some(w, MODEL_VPC_ATTACHMENT));
        break;
    default:
        request(w, kind, text, size);
        break;
    }
}

static void step(struct world *w)
{
    /* Not the region: its pool would only grow dull. */
    enum model_kind_id kind = (enum model_kind_id)(1 + roll(MODEL_KINDS - 1));
    size_t n = json_array_size(w->kinds[kind]);
    struct model_changes changes = {0};
    json_t *current = n ? json_array_get(w->kinds[kind], roll((uint32_t)n)) : NULL, *in;
    char text[512];
    uint32_t what = current ? roll(4) : 0;
    int r;

    if (what < 2)
        request(w, kind, text, sizeof(text));
    else
        patch(w, kind, text, sizeof(text));
    in = parse(text);
    if (what < 2)
        r = model_create(&w->lookup, &w->env, model_kind(kind), "r1", in, &changes, &w->error);
    else if (what == 2)
        r = model_update(&w->lookup, &w->env, model_kind(kind), current, in, &changes, &w->error);
    else
        r = model_delete(&w->lookup, &w->env, model_kind(kind), current, &changes, &w->error);
    json_decref(in);
    if (r < 0) {
        assert_int_equal(0, changes.count);
        assert_true(w->error.rule[0]);
        assert_int_not_equal(500, w->error.status);
    }
    world_apply(w, &changes);
}

/* ---- what must always be so ---- */

static void check_ids(struct world *w, const json_t *node)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_string(node)) {
        const struct model_kind *kind = model_kind_of_id(json_string_value(node));

        if (kind && model_is_id(kind, json_string_value(node)))
            assert_non_null(world_find(w, kind->id, json_string_value(node)));
    } else if (json_is_array(node)) {
        json_array_foreach (node, i, value)
            check_ids(w, value);
    } else if (json_is_object(node)) {
        json_object_foreach ((json_t *)node, key, value)
            check_ids(w, value);
    }
}

static void check_apart(struct world *w, enum model_kind_id kind, const char *owner,
                        const char *member)
{
    size_t n = json_array_size(w->kinds[kind]);

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const json_t *a = json_array_get(w->kinds[kind], i);
            const json_t *b = json_array_get(w->kinds[kind], j);
            struct addr x;
            struct prefix p, q;

            if (owner && strcmp(model_str(a, owner), model_str(b, owner)) != 0)
                continue;
            assert_int_equal(0, model_parse_interface(model_str(a, member), &x, &p));
            assert_int_equal(0, model_parse_interface(model_str(b, member), &x, &q));
            assert_false(prefix_overlaps(&p, &q));
        }
    }
}

static void check_cloud_addresses(struct world *w)
{
    json_t *seen = json_object(), *connection, *address;
    size_t i, j;

    json_array_foreach (w->kinds[MODEL_VPN_CONNECTION], i, connection) {
        assert_int_equal(2, json_array_size(model_list(connection, "cloudAddresses")));
        json_array_foreach ((json_t *)model_list(connection, "cloudAddresses"), j, address) {
            assert_null(json_object_get(seen, json_string_value(address)));
            json_object_set_new(seen, json_string_value(address), json_true());
        }
    }
    json_decref(seen);
}

/* What an attachment made is known to it, so that it goes with it. */
static void check_mark(struct world *w, const char *table, const json_t *propagation)
{
    const char *id = model_str(propagation, "vpcAttachmentId");
    const json_t *attachment = world_find(w, MODEL_VPC_ATTACHMENT, id), *item;
    bool known = false;
    size_t i;

    if (!*id)
        return;
    json_array_foreach (model_list(attachment, "routeTableIds"), i, item)
        known = known || strcmp(json_string_value(item), table) == 0;
    assert_true(known);
    assert_string_equal(model_str(attachment, "borderGatewayId"),
                        model_str(propagation, "borderGatewayId"));
}

/* Each VPC has one default table; nothing is left in tables of attachments that went. */
static void check_tables(struct world *w)
{
    json_t *vpc, *table, *p;
    size_t i, j;

    json_array_foreach (w->kinds[MODEL_VPC], i, vpc) {
        int defaults = 0;

        json_array_foreach (w->kinds[MODEL_ROUTE_TABLE], j, table)
            defaults += model_bool(table, "default", false) &&
                        strcmp(model_str(table, "vpcId"), model_str(vpc, "id")) == 0;
        assert_int_equal(1, defaults);
    }
    json_array_foreach (w->kinds[MODEL_ROUTE_TABLE], i, table) {
        json_array_foreach ((json_t *)model_list(table, "propagations"), j, p)
            check_mark(w, model_str(table, "id"), p);
    }
}

/* Whatever others did meanwhile, a resource never ends where no change of it is taken any more. */
static void check_changeable(struct world *w, enum model_kind_id kind)
{
    json_t *resource, *nothing = json_object();
    size_t i;

    json_array_foreach (w->kinds[kind], i, resource) {
        struct model_changes changes = {0};

        if (model_update(&w->lookup, &w->env, model_kind(kind), resource, nothing, &changes,
                         &w->error) < 0)
            fail_msg("%s: %s %s", model_str(resource, "id"), w->error.field, w->error.rule);
        if (kind != MODEL_INSTANCE) /* one that waits may find a node */
            assert_int_equal(0, changes.count);
        model_changes_done(&changes);
    }
    json_decref(nothing);
}

static void check(struct world *w)
{
    for (int i = 1; i < MODEL_KINDS; i++)
        check_ids(w, w->kinds[i]);
    check_apart(w, MODEL_SUBNET, "vpcId", "cidr");
    check_apart(w, MODEL_VPN_TUNNEL, "gateway", "tunnelAddress");
    check_cloud_addresses(w);
    check_tables(w);
    assert_true(json_array_size(w->kinds[MODEL_VPC]) <= 10);
    assert_true(json_array_size(w->kinds[MODEL_BORDER_GATEWAY]) <= 5);
}

/* Tunnels know their gateway only through their connection: note it where check_apart() looks. */
static void note_gateways(struct world *w)
{
    json_t *tunnel;
    size_t i;

    json_array_foreach (w->kinds[MODEL_VPN_TUNNEL], i, tunnel) {
        const json_t *c = world_find(w, MODEL_VPN_CONNECTION, model_str(tunnel, "vpnConnectionId"));

        json_object_set_new(tunnel, "gateway", json_string(model_str(c, "borderGatewayId")));
    }
}

static void forget_gateways(struct world *w)
{
    json_t *tunnel;
    size_t i;

    json_array_foreach (w->kinds[MODEL_VPN_TUNNEL], i, tunnel)
        json_object_del(tunnel, "gateway");
}

static void test_random_lives_stay_consistent(void **state)
{
    struct world w;
    size_t most[MODEL_KINDS] = {0};

    (void)state;
    for (uint32_t life = 1; life <= 6; life++) {
        seed = life;
        world_init(&w);
        for (int i = 0; i < 600; i++) {
            step(&w);
            note_gateways(&w);
            check(&w);
            forget_gateways(&w);
            for (int k = 1; k < MODEL_KINDS && i % 10 == 0; k++)
                check_changeable(&w, (enum model_kind_id)k);
        }
        for (int i = 0; i < MODEL_KINDS; i++)
            most[i] = MAX(most[i], json_array_size(w.kinds[i]));
        world_done(&w);
    }
    for (int i = 1; i < MODEL_KINDS; i++) /* the lives were not empty */
        assert_true(most[i] >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_lives_stay_consistent)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
