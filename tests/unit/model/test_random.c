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

/* Some resource of the kind; there is one. */
static const struct model_resource *pick(struct world *w, enum model_kind_id kind)
{
    uint32_t n = roll((uint32_t)world_count(w, kind));
    const struct model_resource *r = NULL;
    struct snapshot_iter it;

    snapshot_all(&it, w->regions[0], kind, NULL);
    for (uint32_t i = 0; i <= n; i++)
        r = snapshot_next(&it);
    return r;
}

/* The id of some resource of the kind, or one that does not exist. */
static const char *some(struct world *w, enum model_kind_id kind)
{
    static char missing[64];

    if (world_count(w, kind) && roll(20))
        return pick(w, kind)->id;
    snprintf(missing, sizeof(missing), "%szzzzzzzzzz", model_kind(kind)->prefix);
    return missing;
}

static const char *some_hop(struct world *w)
{
    switch (roll(5)) {
    case 0:
        return "blackhole";
    case 1:
        return some(w, MODEL_VPC_ATTACHMENT);
    case 2:
        return some(w, MODEL_PRIVATE_INTERFACE);
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
        snprintf(text, size, "{'vpcId': '%s', 'cidr': '%s'%s%s}", some(w, MODEL_VPC), cidr,
                 roll(3) ? "" : ", 'interface': 't0'", roll(6) ? "" : ", 'vlan': 7");
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
    case MODEL_PRIVATE_INTERFACE:
        snprintf(text, size,
                 "{'borderGatewayId': '%s', 'interface': 'eth%u', 'vlan': %u, 'routing': 'static', "
                 "'address': '10.255.%u.1/30', 'peerAddress': '10.255.%u.2'}",
                 some(w, MODEL_BORDER_GATEWAY), roll(2), roll(3), roll(4), roll(4));
        break;
    case MODEL_ALARM:
        snprintf(text, size, "{'state': 'tunnelDown', 'scopeId': '%s'}", some(w, MODEL_VPN_TUNNEL));
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
        if (roll(3))
            snprintf(text, size, "{'routeTableId': '%s'}", some(w, MODEL_ROUTE_TABLE));
        else
            snprintf(text, size, "{'nodeId': '%s'}", some(w, MODEL_NODE));
        break;
    case MODEL_INSTANCE:
    case MODEL_PLACEMENT:
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

/* A request to change something, a few at once, or what the server does by itself. */
static int decide(struct world *w, enum model_kind_id kind, struct model_changes *changes)
{
    const struct model_resource *current = world_count(w, kind) ? pick(w, kind) : NULL;
    uint32_t what = current ? roll(4) : 0;
    char text[512];
    json_t *in;
    int r;

    if (what < 2)
        request(w, kind, text, sizeof(text));
    else
        patch(w, kind, text, sizeof(text));
    in = parse(text);
    if (what < 2)
        r = model_create(w->regions[0], &w->env, model_kind(kind), in, changes, &w->error);
    else if (what == 2)
        r = model_update(w->regions[0], &w->env, current, in, changes, &w->error);
    else
        r = model_delete(w->regions[0], &w->env, current, changes, &w->error);
    json_decref(in);
    return r;
}

static void step(struct world *w)
{
    /* Not the region: its pool would only grow dull. */
    enum model_kind_id kind = (enum model_kind_id)(1 + roll(MODEL_KINDS - 1));
    struct model_changes changes = {0};

    if (decide(w, kind, &changes) < 0) {
        assert_int_equal(0, changes.count);
        assert_true(w->error.rule[0]);
        assert_int_not_equal(500, w->error.status);
    }
    assert_true(changes.count <= 100);
    world_apply(w, &changes);
    if (roll(8) == 0)
        settle(w, 1 + roll(5));
}

/* ---- what must always be so ---- */

/* Nothing dangles but placements, until the server has decided anew. */
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
    const json_t *all = world_list(w, kind);

    for (size_t i = 0; i < json_array_size(all); i++) {
        for (size_t j = 0; j < i; j++) {
            const json_t *a = json_array_get(all, i), *b = json_array_get(all, j);
            struct addr x;
            struct prefix p, q;

            if (strcmp(model_str(a, owner), model_str(b, owner)) != 0)
                continue;
            assert_int_equal(0, model_parse_interface(model_str(a, member), &x, &p));
            assert_int_equal(0, model_parse_interface(model_str(b, member), &x, &q));
            assert_false(prefix_overlaps(&p, &q));
        }
    }
}

static void check_inner(struct world *w)
{
    snapshot_each (struct model_vpn_tunnel, a, it, w->regions[0], MODEL_VPN_TUNNEL) {
        struct prefix p = model_interface_prefix(&a->tunnel_address);

        snapshot_each (struct model_vpn_tunnel, b, at, w->regions[0], MODEL_VPN_TUNNEL) {
            struct prefix q = model_interface_prefix(&b->tunnel_address);

            if (a != b &&
                snapshot_gateway_of(w->regions[0], a) == snapshot_gateway_of(w->regions[0], b))
                assert_false(prefix_overlaps(&p, &q));
        }
    }
}

static void check_cloud_addresses(struct world *w)
{
    json_t *seen = json_object(), *connection, *address;
    size_t i, j;

    json_array_foreach (world_list(w, MODEL_VPN_CONNECTION), i, connection) {
        assert_int_equal(2, json_array_size(model_list(connection, "cloudAddresses")));
        json_array_foreach ((json_t *)model_list(connection, "cloudAddresses"), j, address) {
            assert_null(json_object_get(seen, json_string_value(address)));
            json_object_set_new(seen, json_string_value(address), json_true());
        }
    }
    json_decref(seen);
}

/* What an attachment made is known to it, so that it goes with it. */
static void check_mark(struct world *w, const struct model_route_table *table,
                       const struct model_table_propagation *p)
{
    const struct model_vpc_attachment *attachment =
        snapshot_get(w->regions[0], MODEL_VPC_ATTACHMENT, p->vpc_attachment_id);
    bool known = false;

    if (!p->vpc_attachment_id)
        return;
    assert_non_null(attachment);
    for (uint32_t i = 0; i < attachment->route_table_ids.count; i++)
        known = known || strcmp(attachment->route_table_ids.items[i], table->head.id) == 0;
    assert_true(known);
    assert_string_equal(attachment->border_gateway_id, p->border_gateway_id);
}

/* Each VPC has one default table; nothing is left in tables of attachments that went. */
static void check_tables(struct world *w)
{
    snapshot_each (struct model_vpc, vpc, it, w->regions[0], MODEL_VPC) {
        int defaults = 0;

        snapshot_each_linked (struct model_route_table, table, at, w->regions[0], LINK_TABLE_VPC,
                              vpc->head.id)
            defaults += table->is_default;
        assert_int_equal(1, defaults);
    }
    snapshot_each (struct model_route_table, table, tables, w->regions[0], MODEL_ROUTE_TABLE) {
        for (uint32_t i = 0; i < table->propagations.count; i++)
            check_mark(w, table, &table->propagations.items[i]);
    }
}

/* No interface of a node, and none among those that wait, serves two. */
static void check_interfaces(struct world *w)
{
    const char *target = NULL;

    while ((target = snapshot_next_target(w->regions[0], LINK_INTERFACE, target)))
        assert_int_equal(1, snapshot_count_linked(w->regions[0], LINK_INTERFACE, target));
}

/* The newest generation there was of each thing, by its id. */
static json_t *generations;

static void check_generation(const struct model_placement *p)
{
    json_t *known = json_object_get(generations, p->head.id);
    json_int_t before = json_integer_value(json_array_get(known, 0));
    const char *node = json_string_value(json_array_get(known, 1));

    assert_true(p->generation > before ||
                (p->generation == before && strcmp(p->node_id, node) == 0));
    json_object_set_new(generations, p->head.id,
                        json_pack("[I,s]", (json_int_t)p->generation, p->node_id));
}

/* Each placement is that of something, and newer than all that the same thing had elsewhere. */
static void check_placements(struct world *w)
{
    snapshot_each (struct model_placement, p, it, w->regions[0], MODEL_PLACEMENT) {
        struct prefix at;

        check_generation(p);
        if (addr_parse(p->head.id, &at.addr) < 0) {
            assert_non_null(snapshot_get(w->regions[0], MODEL_BORDER_GATEWAY, p->head.id));
            continue;
        }
        at.len = (uint8_t)addr_bits(&at.addr);
        assert_non_null(snapshot_overlap(w->regions[0], SPACE_CLOUD, "", &at, NULL));
    }
}

/* Once the server has decided all it can, there is nothing without a home that could have one. */
static void check_settled(struct world *w)
{
    const struct snapshot *s;

    for (int i = 0; i < 1000 && settle(w, 7); i++)
        ;
    s = w->regions[0];
    if (!model_choose_node(s, "gateway", NULL, NULL))
        return;
    assert_int_equal(0, snapshot_count_linked(s, LINK_UNPLACED, ""));
    snapshot_each (struct model_placement, p, it, s, MODEL_PLACEMENT)
        assert_non_null(snapshot_get(s, MODEL_NODE, p->node_id));
}

/* Whatever others did meanwhile, a resource never ends where no change of it is taken any more. */
static void check_changeable(struct world *w, enum model_kind_id kind)
{
    json_t *nothing = json_object();

    snapshot_each (struct model_resource, r, it, w->regions[0], kind) {
        struct model_changes changes = {0};

        if (model_update(w->regions[0], &w->env, r, nothing, &changes, &w->error) < 0)
            fail_msg("%s: %s %s", r->id, w->error.field, w->error.rule);
        /* One that waits may find a node. */
        if (kind != MODEL_INSTANCE && kind != MODEL_PRIVATE_INTERFACE)
            assert_int_equal(0, changes.count);
        model_changes_done(&changes);
    }
    json_decref(nothing);
}

/* What looks at resources in JSON, which takes its time: whatever went wrong is still there some
 * steps later. */
static void check_json(struct world *w)
{
    for (int i = 1; i < MODEL_PLACEMENT; i++)
        check_ids(w, world_list(w, (enum model_kind_id)i));
    check_apart(w, MODEL_SUBNET, "vpcId", "cidr");
    check_cloud_addresses(w);
}

static void check(struct world *w)
{
    check_inner(w);
    check_tables(w);
    check_interfaces(w);
    check_placements(w);
    assert_true(world_count(w, MODEL_VPC) <= 10);
    assert_true(world_count(w, MODEL_BORDER_GATEWAY) <= 5);
    json_array_clear(w->lent);
}

static void test_random_lives_stay_consistent(void **state)
{
    struct world w;
    size_t most[MODEL_KINDS] = {0};

    (void)state;
    for (uint32_t life = 1; life <= 6; life++) {
        seed = life;
        world_init(&w);
        generations = json_object();
        for (int i = 0; i < 600; i++) {
            step(&w);
            check(&w);
            if (i % 5 == 0)
                check_json(&w);
            if (i % 50 == 49)
                check_settled(&w);
            for (int k = 1; k < MODEL_KINDS && i % 10 == 0; k++)
                check_changeable(&w, (enum model_kind_id)k);
        }
        for (int i = 0; i < MODEL_KINDS; i++)
            most[i] = MAX(most[i], world_count(&w, (enum model_kind_id)i));
        world_done(&w);
        json_decref(generations);
    }
    for (int i = 1; i < MODEL_KINDS; i++) /* the lives were not empty */
        assert_true(most[i] >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_lives_stay_consistent)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
