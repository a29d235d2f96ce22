#include "world.h"
#include "../said.h"

#include <stdio.h>

/* Resources among one another: their rules, told along the way a user goes. */

struct net {
    struct world w;
    const char *vpc, *subnet, *gateway, *attachment, *customer, *connection, *node;
};

static int setup(void **state)
{
    static struct net n;

    world_init(&n.w);
    n.node = make(&n.w, MODEL_NODE, "{'address': '203.0.113.9'}");
    n.vpc = make(&n.w, MODEL_VPC, "{'name': 'a', 'cidr': '10.1.0.0/16'}");
    n.subnet = make(&n.w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", n.vpc);
    n.gateway = make(&n.w, MODEL_BORDER_GATEWAY, "{}");
    n.attachment = make(&n.w, MODEL_VPC_ATTACHMENT, "{'borderGatewayId': '%s', 'vpcId': '%s'}",
                        n.gateway, n.vpc);
    n.customer = make(&n.w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.1', '192.0.2.2']}");
    n.connection =
        make(&n.w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
             n.gateway, n.customer);
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    struct net *n = *state;

    world_done(&n->w);
    return 0;
}

static const char *default_table(struct world *w, const char *vpc)
{
    const struct model_route_table *table = snapshot_default_table(w->regions[0], vpc);

    return table ? get(w, table->head.id, "id") : "";
}

static void test_common_fields(void **state)
{
    struct net *n = *state;

    assert_true(model_is_id(model_kind(MODEL_VPC), n->vpc));
    assert_string_equal("r1", get(&n->w, n->vpc, "regionId"));
    assert_string_equal("default", get(&n->w, n->vpc, "projectId"));
    assert_string_equal("a", get(&n->w, n->vpc, "name"));
    assert_string_equal(n->gateway, get(&n->w, n->gateway, "name"));
    assert_string_equal(get(&n->w, n->vpc, "createdAt"), get(&n->w, n->vpc, "updatedAt"));
    assert_int_equal(1, model_int(resource(&n->w, n->vpc), "revision", 0));
    assert_int_equal(0, change(&n->w, n->vpc, "{'name': 'b'}"));
    assert_int_equal(2, model_int(resource(&n->w, n->vpc), "revision", 0));
    assert_string_not_equal(get(&n->w, n->vpc, "createdAt"), get(&n->w, n->vpc, "updatedAt"));
    assert_int_equal(0, change(&n->w, n->vpc, "{'name': 'b'}")); /* nothing differs */
    assert_int_equal(2, model_int(resource(&n->w, n->vpc), "revision", 0));
    assert_int_equal(0, change(&n->w, n->vpc, "{'name': null}"));
    assert_string_equal(n->vpc, get(&n->w, n->vpc, "name"));
}

static void test_vpc_brings_and_takes_its_default_table(void **state)
{
    struct net *n = *state;
    const char *vpc = make(&n->w, MODEL_VPC, "{'cidr': '10.1.0.0/16'}"); /* VPCs may overlap */
    char table[64];

    strcpy(table, default_table(&n->w, vpc));
    assert_true(table[0]);
    assert_int_equal(409, drop(&n->w, table));
    assert_int_equal(0, drop(&n->w, vpc));
    assert_null(world_find(&n->w, MODEL_ROUTE_TABLE, table));
}

static void test_subnets(void **state)
{
    struct net *n = *state;
    const char *own, *foreign, *vpc2;

    assert_string_equal(default_table(&n->w, n->vpc), get(&n->w, n->subnet, "routeTableId"));
    assert_int_equal(400,
                     refuse(&n->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.2.0.0/24'}", n->vpc));
    assert_int_equal(
        409, refuse(&n->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.1.128/25'}", n->vpc));
    assert_string_equal("cidr", n->w.error.field);
    assert_int_equal(
        400, refuse(&n->w, MODEL_SUBNET, "{'vpcId': 'vpc-aaaaaaaaaa', 'cidr': '10.1.2.0/24'}"));
    assert_string_equal("vpcId", n->w.error.field);
    own = make(&n->w, MODEL_ROUTE_TABLE, "{'vpcId': '%s'}", n->vpc);
    vpc2 = make(&n->w, MODEL_VPC, "{'cidr': '10.9.0.0/16'}");
    foreign = default_table(&n->w, vpc2);
    assert_int_equal(0, change(&n->w, n->subnet, "{'routeTableId': '%s'}", own));
    assert_int_equal(409, drop(&n->w, own));
    assert_int_equal(400, change(&n->w, n->subnet, "{'routeTableId': '%s'}", foreign));
    assert_int_equal(0, change(&n->w, n->subnet, "{'routeTableId': null}"));
    assert_int_equal(0, drop(&n->w, own));
    assert_int_equal(400, change(&n->w, n->subnet, "{'cidr': '10.1.3.0/24'}"));
    /* The VPC's ranges must go on covering its subnets. */
    assert_int_equal(409, change(&n->w, n->vpc, "{'cidr': '10.5.0.0/16'}"));
    assert_int_equal(0, change(&n->w, n->vpc, "{'cidr': '10.1.0.0/20'}"));
}

static void test_instances(void **state)
{
    struct net *n = *state;
    const char *first = make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s'}", n->subnet);
    const char *gateway_only;

    assert_string_equal("10.1.1.3", get(&n->w, first, "address"));
    assert_string_equal(n->node, get(&n->w, first, "nodeId"));
    assert_string_equal(
        "10.1.1.4",
        get(&n->w, make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s'}", n->subnet), "address"));
    static const struct {
        const char *address;
        int status;
    } cases[] = {{"10.1.1.0", 400},   {"10.1.1.1", 400}, {"10.1.1.2", 400},
                 {"10.1.1.255", 400}, {"10.1.2.7", 400}, {"10.1.1.4", 409}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(cases[i].status,
                         refuse(&n->w, MODEL_INSTANCE, "{'subnetId': '%s', 'address': '%s'}",
                                n->subnet, cases[i].address));
    gateway_only = make(&n->w, MODEL_NODE, "{'roles': ['gateway']}");
    assert_int_equal(400, refuse(&n->w, MODEL_INSTANCE, "{'subnetId': '%s', 'nodeId': '%s'}",
                                 n->subnet, gateway_only));
    assert_int_equal(400, refuse(&n->w, MODEL_INSTANCE,
                                 "{'subnetId': '%s', 'address': '10.1.2.7', 'nodeId': '%s'}",
                                 n->subnet, gateway_only));
    assert_string_equal("address", n->w.error.field);
    assert_int_equal(409, drop(&n->w, n->subnet));
    assert_int_equal(409, drop(&n->w, n->node));
    assert_int_equal(2, json_array_size(n->w.error.holders));
}

/* The name of a TAP is there to be read, and one interface carries one instance of a node. */
static void test_interfaces_of_instances(void **state)
{
    struct net *n = *state;
    const char *tap =
        make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s', 'attachment': 'tap'}", n->subnet);
    char name[32];

    snprintf(name, sizeof(name), "rw-%s", tap + 2);
    assert_string_equal(name, get(&n->w, tap, "interface"));
    make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s', 'attachment': 'nic', 'interface': 'eth7'}",
         n->subnet);
    assert_int_equal(409, refuse(&n->w, MODEL_INSTANCE,
                                 "{'subnetId': '%s', 'attachment': 'tap', 'interface': 'eth7'}",
                                 n->subnet));
    assert_int_equal(409, refuse(&n->w, MODEL_INSTANCE,
                                 "{'subnetId': '%s', 'attachment': 'nic', 'interface': '%s'}",
                                 n->subnet, name));
}

static void move(struct net *n, const char *node)
{
    json_t *patch = json_pack("{s:s}", "nodeId", node);
    struct model_changes changes = {0};

    assert_int_equal(0, model_update(n->w.regions[0], &n->w.env,
                                     world_find(&n->w, MODEL_PLACEMENT, n->gateway), patch,
                                     &changes, &n->w.error));
    world_apply(&n->w, &changes);
    json_decref(patch);
}

static const char *home(struct net *n)
{
    return get(&n->w, make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s'}", n->subnet), "nodeId");
}

/* Instances that name no node go where a gateway of their VPC is: between nodes they do not reach
 * it. */
static void test_instances_go_to_the_gateways(void **state)
{
    struct net *n = *state;
    const char *compute = make(&n->w, MODEL_NODE, "{'roles': ['compute']}"), *second, *third;

    second = make(&n->w, MODEL_NODE, "{'name': 'second'}");
    third = make(&n->w, MODEL_NODE, "{'name': 'third', 'roles': ['gateway']}");
    for (int i = 0; i < 4; i++)
        assert_string_equal(n->node, home(n));
    assert_int_equal(0, change(&n->w, n->gateway, "{'transit': true}"));
    n->w.env.now_us += 1000000;
    move(n, second);
    assert_string_equal(second, home(n));
    move(n, third); /* it carries no instances: the first that carries both */
    assert_string_equal(n->node, home(n));
    assert_int_equal(0, drop(&n->w, n->attachment));
    assert_string_equal(n->node, home(n));
    assert_int_equal(0, change(&n->w, n->node, "{'roles': ['gateway']}"));
    assert_string_equal(second, home(n));
    assert_int_equal(0, change(&n->w, second, "{'roles': ['gateway']}"));
    assert_string_equal(compute, home(n));
}

static void test_attachment_makes_and_removes_propagations(void **state)
{
    struct net *n = *state;
    const json_t *table = resource(&n->w, default_table(&n->w, n->vpc));
    const json_t *p = json_array_get(model_list(table, "propagations"), 0);
    const char *other, *vpc2;

    assert_string_equal(n->gateway, model_str(p, "borderGatewayId"));
    assert_string_equal("0.0.0.0/0", model_str(p, "range"));
    assert_string_equal(n->attachment, model_str(p, "vpcAttachmentId"));
    assert_int_equal(2, model_int(table, "revision", 0));
    assert_true(get(&n->w, n->attachment, "propagatedAt")[0]);
    assert_int_equal(409, refuse(&n->w, MODEL_VPC_ATTACHMENT,
                                 "{'borderGatewayId': '%s', 'vpcId': '%s'}", n->gateway, n->vpc));
    /* To another table of the VPC. */
    other = make(&n->w, MODEL_ROUTE_TABLE, "{'vpcId': '%s'}", n->vpc);
    assert_int_equal(0, change(&n->w, n->attachment, "{'routeTableIds': ['%s']}", other));
    assert_int_equal(1, json_array_size(model_list(resource(&n->w, other), "propagations")));
    table = resource(&n->w, default_table(&n->w, n->vpc));
    assert_int_equal(0, json_array_size(model_list(table, "propagations")));
    assert_int_equal(409, drop(&n->w, other)); /* the attachment names it */
    /* To another VPC: its default table follows by itself. */
    vpc2 = make(&n->w, MODEL_VPC, "{'extraCidrs': ['fd00::/48', '10.7.0.0/16']}");
    assert_int_equal(0, change(&n->w, n->attachment, "{'vpcId': '%s'}", vpc2));
    assert_int_equal(0, json_array_size(model_list(resource(&n->w, other), "propagations")));
    table = resource(&n->w, default_table(&n->w, vpc2));
    assert_int_equal(2, json_array_size(model_list(table, "propagations"))); /* IPv4 and IPv6 */
    assert_int_equal(0, change(&n->w, n->attachment, "{'propagation': 'none'}"));
    assert_string_equal("", get(&n->w, n->attachment, "propagatedAt"));
    assert_int_equal(409, drop(&n->w, vpc2));
    assert_int_equal(0, drop(&n->w, n->attachment));
    table = resource(&n->w, default_table(&n->w, vpc2));
    assert_int_equal(0, json_array_size(model_list(table, "propagations")));
    assert_int_equal(0, drop(&n->w, vpc2));
}

static void test_propagations_follow_the_families_of_the_vpc(void **state)
{
    struct net *n = *state;
    const json_t *table;

    assert_int_equal(0, change(&n->w, n->vpc, "{'extraCidrs': ['100.64.0.0/16']}"));
    table = resource(&n->w, default_table(&n->w, n->vpc));
    assert_int_equal(1, json_array_size(model_list(table, "propagations")));
    assert_int_equal(0, change(&n->w, n->vpc, "{'extraCidrs': ['fd00:7::/48']}"));
    table = resource(&n->w, default_table(&n->w, n->vpc));
    assert_int_equal(2, json_array_size(model_list(table, "propagations")));
    assert_string_equal("::/0",
                        model_str(json_array_get(model_list(table, "propagations"), 1), "range"));
    assert_int_equal(0, change(&n->w, n->vpc, "{'extraCidrs': []}"));
    table = resource(&n->w, default_table(&n->w, n->vpc));
    assert_int_equal(1, json_array_size(model_list(table, "propagations")));
    assert_string_equal("0.0.0.0/0",
                        model_str(json_array_get(model_list(table, "propagations"), 0), "range"));
}

static void test_leaving_chosen_subnets_forgets_them(void **state)
{
    struct net *n = *state;

    assert_int_equal(0, change(&n->w, n->attachment,
                               "{'propagation': 'subnets', 'subnetIds': ['%s']}", n->subnet));
    assert_int_equal(400, change(&n->w, n->attachment,
                                 "{'propagation': 'all', 'subnetIds': ['%s']}", n->subnet));
    assert_int_equal(0, change(&n->w, n->attachment, "{'propagation': 'none'}"));
    assert_int_equal(0, json_array_size(model_list(resource(&n->w, n->attachment), "subnetIds")));
}

static void test_attachment_members_are_of_its_vpc(void **state)
{
    struct net *n = *state;
    const char *vpc2 = make(&n->w, MODEL_VPC, "{'cidr': '10.9.0.0/16'}");

    assert_int_equal(400, refuse(&n->w, MODEL_VPC_ATTACHMENT,
                                 "{'borderGatewayId': '%s', 'vpcId': '%s', 'propagation': "
                                 "'subnets', 'subnetIds': ['%s']}",
                                 n->gateway, vpc2, n->subnet));
    assert_string_equal("subnetIds[0]", n->w.error.field);
    assert_int_equal(0, change(&n->w, n->attachment,
                               "{'propagation': 'subnets', 'subnetIds': ['%s']}", n->subnet));
    assert_int_equal(409, drop(&n->w, n->subnet));
    assert_int_equal(400, change(&n->w, n->attachment, "{'borderGatewayId': 'bgw-aaaaaaaaaa'}"));
}

static void test_connections_take_addresses_from_the_pool(void **state)
{
    struct net *n = *state;
    const json_t *a = model_list(resource(&n->w, n->connection), "cloudAddresses");

    assert_string_equal("198.51.100.1", json_string_value(json_array_get(a, 0)));
    assert_string_equal("198.51.100.2", json_string_value(json_array_get(a, 1)));
    for (int i = 0; i < 6; i++)
        make(&n->w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
             n->gateway, n->customer);
    assert_int_equal(409, refuse(&n->w, MODEL_VPN_CONNECTION,
                                 "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}", n->gateway,
                                 n->customer));
    assert_string_equal("cloudAddresses", n->w.error.field);
    assert_int_equal(0, change(&n->w, "r1", "{'publicPools': ['198.51.100.0/28', 'fd01::/64']}"));
    assert_string_equal(
        "fd01::1",
        json_string_value(json_array_get(
            model_list(resource(&n->w, make(&n->w, MODEL_VPN_CONNECTION,
                                            "{'borderGatewayId': '%s', 'customerGatewayId': "
                                            "'%s', 'addressFamily': 'ipv6'}",
                                            n->gateway, n->customer)),
                       "cloudAddresses"),
            0)));
    /* A pool in use cannot be taken away; another region's cannot be taken. */
    assert_int_equal(409, change(&n->w, "r1", "{'publicPools': []}"));
    assert_int_equal(409, change(&n->w, "r2", "{'publicPools': ['198.51.100.0/24']}"));
    assert_int_equal(409, drop(&n->w, "r1"));
    assert_int_equal(0, drop(&n->w, "r2"));
}

static void test_tunnels_fill_themselves_in(void **state)
{
    struct net *n = *state;
    const char *one = make(&n->w, MODEL_VPN_TUNNEL,
                           "{'vpnConnectionId': '%s', 'ike': "
                           "{'dhGroups': [20]}}",
                           n->connection);
    const char *two = make(&n->w, MODEL_VPN_TUNNEL,
                           "{'vpnConnectionId': '%s', 'copyParametersFrom': '%s', 'ike': "
                           "{'lifetimeSeconds': 7200}}",
                           n->connection, one);
    const char *three = make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", n->connection);
    static const struct {
        const char *path, *one, *two, *three;
    } want[] = {
        {"cloudAddress", "198.51.100.1", "198.51.100.2", "198.51.100.1"},
        {"customerAddress", "192.0.2.1", "192.0.2.2", "192.0.2.2"},
        {"localId", "198.51.100.1", "198.51.100.2", "198.51.100.1"},
        {"remoteId", "192.0.2.1", "192.0.2.2", "192.0.2.2"},
        {"tunnelAddress", "169.254.1.1/30", "169.254.1.5/30", "169.254.1.9/30"},
        {"peerTunnelAddress", "169.254.1.2", "169.254.1.6", "169.254.1.10"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        assert_string_equal(want[i].one, get(&n->w, one, want[i].path));
        assert_string_equal(want[i].two, get(&n->w, two, want[i].path));
        assert_string_equal(want[i].three, get(&n->w, three, want[i].path));
    }
    assert_int_equal(32, strlen(get(&n->w, one, "psk")));
    assert_string_equal(get(&n->w, one, "psk"), get(&n->w, two, "psk"));
    assert_string_not_equal(get(&n->w, one, "psk"), get(&n->w, three, "psk"));
    assert_int_equal(1, json_array_size(model_list(resource(&n->w, two), "ike.dhGroups")));
    assert_int_equal(7200, model_int(resource(&n->w, two), "ike.lifetimeSeconds", 0));
    assert_string_equal("", get(&n->w, two, "copyParametersFrom"));
    make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", n->connection);
    assert_int_equal(409,
                     refuse(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", n->connection));
}

static void test_tunnel_rules(void **state)
{
    struct net *n = *state;
    const char *one = make(&n->w, MODEL_VPN_TUNNEL,
                           "{'vpnConnectionId': '%s', 'tunnelAddress': '169.254.9.2', 'psk': "
                           "'0123456789'}",
                           n->connection);
    static const struct {
        const char *members, *field;
        int status;
    } cases[] = {
        {"'cloudAddress': '198.51.100.1', 'customerAddress': '192.0.2.1'", "customerAddress", 409},
        {"'cloudAddress': '198.51.100.9'", "cloudAddress", 400},
        {"'cloudAddress': '198.51.100.9', 'customerAddress': '192.0.2.1'", "cloudAddress", 400},
        {"'customerAddress': '192.0.2.9'", "customerAddress", 400},
        {"'tunnelAddress': '169.254.9.1/30'", "tunnelAddress", 409},
        {"'peerTunnelAddress': '169.254.9.1'", "tunnelAddress", 409},
        {"'copyParametersFrom': 'vpntun-aaaaaaaaaa'", "copyParametersFrom", 400},
        {"'copyParametersFrom': 5", "copyParametersFrom", 400},
    };

    assert_string_equal("169.254.9.1", get(&n->w, one, "peerTunnelAddress"));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].members);
        assert_int_equal(cases[i].status,
                         refuse(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s', %s}",
                                n->connection, cases[i].members));
        assert_string_equal(cases[i].field, n->w.error.field);
    }
    assert_int_equal(0, change(&n->w, one, "{'tunnelAddress': '169.254.9.9'}"));
    assert_string_equal("169.254.9.10", get(&n->w, one, "peerTunnelAddress"));
    assert_int_equal(400, change(&n->w, one, "{'peerTunnelAddress': '169.254.9.13'}"));
    assert_int_equal(409, change(&n->w, n->customer, "{'addresses': ['192.0.2.7']}"));
    assert_int_equal(1, json_array_size(n->w.error.holders));
    assert_int_equal(0, change(&n->w, n->customer, "{'name': 'x'}"));
    assert_int_equal(409, drop(&n->w, n->connection));
    assert_int_equal(409, drop(&n->w, n->customer));
    assert_int_equal(409, drop(&n->w, one)); /* its adminState is up */
    assert_string_equal("adminState", n->w.error.field);
    assert_int_equal(0, change(&n->w, one, "{'adminState': 'down'}"));
    assert_string_equal("0123456789", get(&n->w, one, "psk"));
    assert_int_equal(0, drop(&n->w, one));
    assert_int_equal(0, change(&n->w, n->customer, "{'addresses': ['192.0.2.7']}"));
    assert_int_equal(0, drop(&n->w, n->connection));
    assert_int_equal(0, drop(&n->w, n->customer));
}

/* Asked again and again, a tunnel does not wander from one inner prefix to the next. */
static void test_inner_addresses_chosen_anew(void **state)
{
    struct net *n = *state;
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"169.254.1.5/30", "169.254.1.5/30"}, /* the lowest that is free but for itself */
        {"169.254.1.6/30", "169.254.1.5/30"}, /* the cloud's end is the lower one */
        {"169.254.1.6/31", "169.254.1.5/30"}, /* in its own half of it, and nobody in the other */
        {"169.254.9.1/30", "169.254.1.5/30"},
        {"169.254.0.1/30", "169.254.1.5/30"}, /* chosen by hand where we would not */
        {"10.0.0.1/30", "169.254.1.5/30"},
        {"fd00::1/126", "169.254.1.5/30"},
    };
    const char *one = make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", n->connection);
    const char *two = make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", n->connection);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].before);
        assert_int_equal(0, change(&n->w, two, "{'tunnelAddress': '%s'}", cases[i].before));
        assert_int_equal(0, change(&n->w, two, "{'tunnelAddress': null}"));
        assert_string_equal(cases[i].after, get(&n->w, two, "tunnelAddress"));
        assert_string_equal("169.254.1.6", get(&n->w, two, "peerTunnelAddress"));
        assert_int_equal(0, change(&n->w, two, "{'tunnelAddress': null}"));
        assert_int_equal(0, n->w.last);
    }
    assert_int_equal(0, change(&n->w, one, "{'tunnelAddress': '169.254.1.8/31'}"));
    assert_int_equal(0, change(&n->w, two, "{'tunnelAddress': '169.254.1.10/31'}"));
    assert_int_equal(0, change(&n->w, two, "{'tunnelAddress': null}")); /* one is beside it */
    assert_string_equal("169.254.1.1/30", get(&n->w, two, "tunnelAddress"));
}

static void test_tunnels_do_not_mix_families(void **state)
{
    struct net *n = *state;
    const char *customer = make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['fd00::1']}");
    const char *c =
        make(&n->w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
             n->gateway, customer);

    assert_int_equal(400, refuse(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", c));
    assert_non_null(strstr(said(n->w.error.rule), "IPv6"));
    assert_int_equal(400, refuse(&n->w, MODEL_VPN_TUNNEL,
                                 "{'vpnConnectionId': '%s', 'cloudAddress': '198.51.100.3', "
                                 "'customerAddress': 'fd00::1'}",
                                 c));
}

static void test_no_tunnel_to_itself(void **state)
{
    struct net *n = *state;
    const char *customer = make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.77']}");
    const char *c =
        make(&n->w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
             n->gateway, customer);
    const char *cloud =
        json_string_value(json_array_get(model_list(resource(&n->w, c), "cloudAddresses"), 0));

    assert_int_equal(0, change(&n->w, customer, "{'addresses': ['%s']}", cloud));
    assert_int_equal(400, refuse(&n->w, MODEL_VPN_TUNNEL,
                                 "{'vpnConnectionId': '%s', 'cloudAddress': '%s'}", c, cloud));
    assert_string_equal("customerAddress", n->w.error.field);
}

static void test_dynamic_peers(void **state)
{
    struct net *n = *state;
    const char *customer =
        make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['0.0.0.0', '0.0.0.0']}");
    const char *c =
        make(&n->w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
             n->gateway, customer);
    const char *last = NULL;
    int refused = 0;

    assert_int_equal(400, refuse(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", c));
    assert_string_equal("remoteId", n->w.error.field);
    for (int i = 0; i < 4; i++)
        last = make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s', 'remoteId': 'keyid:%d'}", c,
                    i);
    /* The first two pairs differ in the cloud address, the last two repeat those. */
    assert_int_equal(0, change(&n->w, last, "{'remoteId': 'keyid:3b'}"));
    for (int i = 0; i < 3; i++)
        refused += change(&n->w, last, "{'remoteId': 'keyid:%d'}", i) == 409 &&
                   strcmp(n->w.error.field, "remoteId") == 0;
    assert_int_equal(1, refused);
    assert_int_equal(409, refuse(&n->w, MODEL_VPN_TUNNEL,
                                 "{'vpnConnectionId': '%s', 'remoteId': 'keyid:5'}", c));
}

static void test_gateway_routes(void **state)
{
    struct net *n = *state;
    const char *gateway2 = make(&n->w, MODEL_BORDER_GATEWAY, "{'asn': 4200000000}");
    const char *route = make(&n->w, MODEL_BORDER_GATEWAY_ROUTE,
                             "{'borderGatewayId': '%s', 'destination': '10.2.0.0/16', 'nextHop': "
                             "'%s'}",
                             n->gateway, n->connection);

    assert_int_equal(409, refuse(&n->w, MODEL_BORDER_GATEWAY_ROUTE,
                                 "{'borderGatewayId': '%s', 'destination': '10.2.0.0/16', "
                                 "'nextHop': '%s'}",
                                 n->gateway, n->connection));
    make(&n->w, MODEL_BORDER_GATEWAY_ROUTE, /* another next hop: ECMP */
         "{'borderGatewayId': '%s', 'destination': '10.2.0.0/16', 'nextHop': '%s'}", n->gateway,
         n->attachment);
    assert_int_equal(400, refuse(&n->w, MODEL_BORDER_GATEWAY_ROUTE,
                                 "{'borderGatewayId': '%s', 'destination': '10.3.0.0/16', "
                                 "'nextHop': '%s'}",
                                 gateway2, n->connection));
    assert_int_equal(400, refuse(&n->w, MODEL_BORDER_GATEWAY_ROUTE,
                                 "{'borderGatewayId': '%s', 'destination': '10.3.0.0/16', "
                                 "'nextHop': 'vpn-aaaaaaaaaa'}",
                                 gateway2));
    assert_string_equal("nextHop", n->w.error.field);
    make(&n->w, MODEL_BORDER_GATEWAY_ROUTE,
         "{'borderGatewayId': '%s', 'destination': '0.0.0.0/0', 'nextHop': 'blackhole'}", gateway2);
    assert_int_equal(409, drop(&n->w, n->connection)); /* a route leads to it */
    assert_string_equal("borderGatewayRoute",
                        model_str(json_array_get(n->w.error.holders, 0), "kind"));
    assert_int_equal(409, drop(&n->w, n->gateway));
    assert_int_equal(0, drop(&n->w, route));
    assert_int_equal(0, drop(&n->w, n->connection));
}

static void test_route_tables_hold_gateways_and_instances(void **state)
{
    struct net *n = *state;
    const char *i = make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s'}", n->subnet);
    const char *vpc2 = make(&n->w, MODEL_VPC, "{'cidr': '10.9.0.0/16'}");
    const char *table = make(&n->w, MODEL_ROUTE_TABLE,
                             "{'vpcId': '%s', 'routes': [{'destination': '0.0.0.0/0', 'nextHop': "
                             "'%s'}, {'destination': '10.8.0.0/16', 'nextHop': '%s'}]}",
                             n->vpc, i, n->gateway);

    assert_int_equal(400, refuse(&n->w, MODEL_ROUTE_TABLE,
                                 "{'vpcId': '%s', 'routes': [{'destination': '0.0.0.0/0', "
                                 "'nextHop': '%s'}]}",
                                 vpc2, i));
    assert_string_equal("routes[0].nextHop", n->w.error.field);
    assert_int_equal(409, drop(&n->w, i));
    assert_int_equal(0, change(&n->w, table, "{'routes': null}"));
    assert_int_equal(0, drop(&n->w, i));
}

static void test_quotas(void **state)
{
    struct net *n = *state;

    for (int i = 0; i < 4; i++)
        make(&n->w, MODEL_BORDER_GATEWAY, "{}");
    assert_int_equal(409, refuse(&n->w, MODEL_BORDER_GATEWAY, "{}"));
    assert_string_equal("quota-exceeded", n->w.error.type);
    assert_non_null(strstr(said(n->w.error.rule), "borderGateways"));
    assert_string_equal("5", n->w.error.value);
    assert_int_equal(0, change(&n->w, "r1",
                               "{'quotas': {'borderGateways': 6, 'subnetsPerVpc': 2, "
                               "'addressesPerCustomerGateway': 8, "
                               "'staticRoutesPerRouteTable': 1}}"));
    make(&n->w, MODEL_BORDER_GATEWAY, "{}");
    assert_int_equal(409, refuse(&n->w, MODEL_BORDER_GATEWAY, "{}"));
    make(&n->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.2.0/24'}", n->vpc);
    assert_int_equal(409,
                     refuse(&n->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.3.0/24'}", n->vpc));
    make(&n->w, MODEL_CUSTOMER_GATEWAY,
         "{'addresses': ['1.0.0.1','1.0.0.2','1.0.0.3','1.0.0.4','1.0.0.5','1.0.0.6','1.0.0.7',"
         "'1.0.0.8']}");
    assert_int_equal(409, change(&n->w, default_table(&n->w, n->vpc),
                                 "{'routes': [{'destination': '1.0.0.0/8', 'nextHop': "
                                 "'blackhole'}, {'destination': '2.0.0.0/8', 'nextHop': "
                                 "'blackhole'}]}"));
    assert_int_equal(0, change(&n->w, "r1", "{'quotas': {'subnetsPerVpc': null}}"));
    make(&n->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.3.0/24'}", n->vpc);
}

static void test_instances_wait_for_a_node(void **state)
{
    struct net *n = *state;
    const char *i;

    assert_int_equal(0, drop(&n->w, n->node));
    i = make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s'}", n->subnet);
    assert_string_equal("", get(&n->w, i, "nodeId"));
    make(&n->w, MODEL_NODE, "{'roles': ['gateway']}");
    settle(&n->w, 50);
    assert_string_equal("", get(&n->w, i, "nodeId"));
    n->node = make(&n->w, MODEL_NODE, "{'roles': ['compute']}");
    assert_int_equal(1, n->w.last); /* a node comes alone */
    assert_string_equal("", get(&n->w, i, "nodeId"));
    assert_int_equal(1, settle(&n->w, 50));
    assert_string_equal(n->node, get(&n->w, i, "nodeId"));
    assert_int_equal(2, model_int(resource(&n->w, i), "revision", 0));
    assert_int_equal(0, settle(&n->w, 50));
}

static void test_more_instances_than_one_commit_takes(void **state)
{
    struct net *n = *state;

    assert_int_equal(0, drop(&n->w, n->node));
    for (size_t i = 0; i < 120; i++)
        make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s'}", n->subnet);
    n->node = make(&n->w, MODEL_NODE, "{'roles': ['compute']}");
    assert_int_equal(50, settle(&n->w, 50));
    assert_int_equal(50, settle(&n->w, 50));
    assert_int_equal(20, settle(&n->w, 50));
    assert_int_equal(0, settle(&n->w, 50));
    assert_int_equal(120, snapshot_count_linked(n->w.regions[0], LINK_INSTANCE_NODE, n->node));
}

/* A stolen node token makes no more nodes than that. */
static void test_nodes_are_counted(void **state)
{
    struct net *n = *state;

    assert_int_equal(0, change(&n->w, "r1", "{'quotas': {'nodes': 2}}"));
    make(&n->w, MODEL_NODE, "{}");
    assert_int_equal(409, refuse(&n->w, MODEL_NODE, "{}"));
    assert_string_equal("quota-exceeded", n->w.error.type);
    assert_int_equal(0, change(&n->w, n->node, "{'description': 'known ones may change'}"));
}

static void test_regions_are_apart(void **state)
{
    struct net *n = *state;
    struct model_changes changes = {0};
    char text[256];
    json_t *in;

    snprintf(text, sizeof(text), "{'vpcId': '%s', 'cidr': '10.1.7.0/24'}", n->vpc);
    in = parse(text);
    assert_int_equal(-EINVAL, model_create(world_region(&n->w, "r2"), &n->w.env,
                                           model_kind(MODEL_SUBNET), in, &changes, &n->w.error));
    assert_string_equal("vpcId", n->w.error.field);
    assert_int_equal(-ENOENT, model_create(NULL, &n->w.env, model_kind(MODEL_SUBNET), in, &changes,
                                           &n->w.error));
    json_decref(in);
    in = parse("{'id': 'r1'}");
    assert_int_equal(-EEXIST, model_create(world_region(&n->w, "r1"), &n->w.env,
                                           model_kind(MODEL_REGION), in, &changes, &n->w.error));
    assert_int_equal(-EEXIST, model_create(NULL, &n->w.env, model_kind(MODEL_REGION), in, &changes,
                                           &n->w.error)); /* one among the others */
    assert_string_equal("id", n->w.error.field);
    json_decref(in);
    assert_int_equal(65000, model_int(resource(&n->w, n->gateway), "asn", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_common_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vpc_brings_and_takes_its_default_table, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_subnets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_instances, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interfaces_of_instances, setup, teardown),
        cmocka_unit_test_setup_teardown(test_propagations_follow_the_families_of_the_vpc, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_leaving_chosen_subnets_forgets_them, setup, teardown),
        cmocka_unit_test_setup_teardown(test_instances_go_to_the_gateways, setup, teardown),
        cmocka_unit_test_setup_teardown(test_attachment_makes_and_removes_propagations, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_attachment_members_are_of_its_vpc, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connections_take_addresses_from_the_pool, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_tunnels_fill_themselves_in, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tunnel_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inner_addresses_chosen_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tunnels_do_not_mix_families, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_tunnel_to_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dynamic_peers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gateway_routes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_route_tables_hold_gateways_and_instances, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_quotas, setup, teardown),
        cmocka_unit_test_setup_teardown(test_instances_wait_for_a_node, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_instances_than_one_commit_takes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nodes_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_regions_are_apart, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
