#include "world.h"

#include <stdio.h>
#include <stdlib.h>

/* Where two rules meet: what one resource has been through decides what another may do. */

struct net {
    struct world w;
    const char *vpc, *one, *two, *gateway, *table;
};

static int setup(void **state)
{
    static struct net n;

    world_init(&n.w);
    n.vpc = make(&n.w, MODEL_VPC, "{'cidr': '10.1.0.0/16'}");
    n.one = make(&n.w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", n.vpc);
    n.two = make(&n.w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.2.0/24'}", n.vpc);
    n.gateway = make(&n.w, MODEL_BORDER_GATEWAY, "{}");
    n.table = make(&n.w, MODEL_ROUTE_TABLE, "{'vpcId': '%s'}", n.vpc);
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    struct net *n = *state;

    world_done(&n->w);
    return 0;
}

/* ---- attachments ---- */

/* Since when a change of the attachment added the subnet; "" if it was there from the start. */
static const char *later(struct net *n, const char *attachment, const char *subnet)
{
    return model_str(json_object_get(resource(&n->w, attachment), "propagatedLater"), subnet);
}

static void test_a_subnet_added_later_counts_from_then(void **state)
{
    struct net *n = *state;
    const char *a = make(&n->w, MODEL_VPC_ATTACHMENT,
                         "{'borderGatewayId': '%s', 'vpcId': '%s', 'propagation': 'subnets', "
                         "'subnetIds': ['%s']}",
                         n->gateway, n->vpc, n->one);
    const char *vpc2 = make(&n->w, MODEL_VPC, "{'cidr': '10.2.0.0/16'}");
    char since[64];

    assert_int_equal(0, change(&n->w, a, "{'subnetIds': ['%s', '%s']}", n->one, n->two));
    assert_string_equal("", later(n, a, n->one));
    assert_int_equal(text_copy(since, sizeof(since), later(n, a, n->two)), 0);
    assert_string_equal(since, get(&n->w, a, "updatedAt"));
    /* Other changes, and all instead of a list of all, alter nothing about it. */
    assert_int_equal(0, change(&n->w, a, "{'description': 'x'}"));
    assert_int_equal(0, change(&n->w, a, "{'propagation': 'all'}"));
    assert_string_equal(since, later(n, a, n->two));
    assert_int_equal(400, change(&n->w, a, "{'propagatedLater': {'%s': 'now'}}", n->one));
    /* Who leaves and comes back starts again. */
    assert_int_equal(0,
                     change(&n->w, a, "{'propagation': 'subnets', 'subnetIds': ['%s']}", n->one));
    assert_null(json_object_get(resource(&n->w, a), "propagatedLater"));
    assert_int_equal(0, change(&n->w, a, "{'propagation': 'all'}"));
    assert_string_equal("", later(n, a, n->one));
    assert_true(strcmp(since, later(n, a, n->two)) < 0);
    /* Off and on, or another VPC: all of them begin now. */
    assert_int_equal(0, change(&n->w, a, "{'propagation': 'none'}"));
    assert_null(json_object_get(resource(&n->w, a), "propagatedLater"));
    assert_int_equal(0, change(&n->w, a, "{'propagation': 'all'}"));
    assert_null(json_object_get(resource(&n->w, a), "propagatedLater"));
    assert_int_equal(0, change(&n->w, a, "{'vpcId': '%s'}", vpc2));
    assert_null(json_object_get(resource(&n->w, a), "propagatedLater"));
}

/* A mark that an attachment does not know of would never go away. */
static void test_nobody_forges_what_an_attachment_made(void **state)
{
    struct net *n = *state;
    const char *a = make(&n->w, MODEL_VPC_ATTACHMENT,
                         "{'borderGatewayId': '%s', 'vpcId': '%s', 'routeTableIds': ['%s']}",
                         n->gateway, n->vpc, n->table);
    const char *other = make(&n->w, MODEL_ROUTE_TABLE, "{'vpcId': '%s'}", n->vpc);
    const char *gateway2 = make(&n->w, MODEL_BORDER_GATEWAY, "{}");

    assert_int_equal(400, change(&n->w, other,
                                 "{'propagations': [{'borderGatewayId': '%s', 'range': "
                                 "'10.0.0.0/8', 'vpcAttachmentId': '%s'}]}",
                                 n->gateway, a));
    assert_string_equal("propagations[0].vpcAttachmentId", n->w.error.field);
    assert_int_equal(400, refuse(&n->w, MODEL_ROUTE_TABLE,
                                 "{'vpcId': '%s', 'propagations': [{'borderGatewayId': '%s', "
                                 "'vpcAttachmentId': '%s'}]}",
                                 n->vpc, n->gateway, a));
    assert_int_equal(400, change(&n->w, n->table,
                                 "{'propagations': [{'borderGatewayId': '%s', "
                                 "'vpcAttachmentId': '%s'}]}",
                                 gateway2, a));
    /* What it did make may stand in a change beside others. */
    assert_int_equal(0, change(&n->w, n->table,
                               "{'propagations': [{'borderGatewayId': '%s', 'vpcAttachmentId': "
                               "'%s'}, {'borderGatewayId': '%s'}]}",
                               n->gateway, a, gateway2));
    assert_int_equal(0, drop(&n->w, a));
    assert_int_equal(1, json_array_size(model_list(resource(&n->w, n->table), "propagations")));
    assert_int_equal(0, change(&n->w, n->table, "{'description': 'x'}"));
}

static size_t propagations(struct net *n, const char *table)
{
    return json_array_size(model_list(resource(&n->w, table), "propagations"));
}

/* Tables that an attachment names already are left alone: what somebody has made of them since is
 * theirs to say. */
static void test_an_unrelated_change_brings_no_route_back(void **state)
{
    struct net *n = *state;
    const char *other = make(&n->w, MODEL_ROUTE_TABLE, "{'vpcId': '%s'}", n->vpc), *a;

    assert_int_equal(
        0, change(&n->w, n->table, "{'propagations': [{'borderGatewayId': '%s'}]}", n->gateway));
    a = make(&n->w, MODEL_VPC_ATTACHMENT,
             "{'borderGatewayId': '%s', 'vpcId': '%s', 'routeTableIds': ['%s']}", n->gateway,
             n->vpc, n->table);
    assert_int_equal(1, propagations(n, n->table)); /* somebody's own does the same */
    assert_int_equal(0, change(&n->w, n->table, "{'propagations': []}"));
    assert_int_equal(0, propagations(n, n->table));
    assert_int_equal(0, change(&n->w, a, "{'description': 'x'}"));
    assert_int_equal(0, propagations(n, n->table));
    assert_int_equal(0, change(&n->w, a, "{'routeTableIds': ['%s', '%s']}", n->table, other));
    assert_int_equal(0, propagations(n, n->table));
    assert_int_equal(1, propagations(n, other));
    /* Whoever takes the table out and puts it in again means it. */
    assert_int_equal(0, change(&n->w, a, "{'routeTableIds': ['%s']}", other));
    assert_int_equal(0, change(&n->w, a, "{'routeTableIds': ['%s', '%s']}", n->table, other));
    assert_int_equal(1, propagations(n, n->table));
    assert_int_equal(0, drop(&n->w, a));
    assert_int_equal(0, propagations(n, n->table) + propagations(n, other));
}

static const char *made_by(struct net *n, const char *table, size_t i)
{
    return model_str(json_array_get(model_list(resource(&n->w, table), "propagations"), i),
                     "vpcAttachmentId");
}

/* Whoever writes back a list that he read before the attachment was made, or that names only his
 * own, does not take away what it made. */
static void test_a_list_of_ones_own_leaves_what_an_attachment_made(void **state)
{
    struct net *n = *state;
    const char *gateway2 = make(&n->w, MODEL_BORDER_GATEWAY, "{}"), *a;

    assert_int_equal(
        0, change(&n->w, n->table, "{'propagations': [{'borderGatewayId': '%s'}]}", gateway2));
    a = make(&n->w, MODEL_VPC_ATTACHMENT,
             "{'borderGatewayId': '%s', 'vpcId': '%s', 'routeTableIds': ['%s']}", n->gateway,
             n->vpc, n->table);
    assert_int_equal(2, propagations(n, n->table));
    assert_int_equal(
        0, change(&n->w, n->table, "{'propagations': [{'borderGatewayId': '%s'}]}", gateway2));
    assert_int_equal(0, n->w.last); /* nothing differs */
    assert_int_equal(0, change(&n->w, n->table,
                               "{'propagations': [{'borderGatewayId': '%s', 'range': "
                               "'10.0.0.0/8'}]}",
                               gateway2));
    assert_int_equal(2, propagations(n, n->table));
    assert_string_equal("", made_by(n, n->table, 0));
    assert_string_equal(a, made_by(n, n->table, 1));
    assert_int_equal(0, change(&n->w, n->table, "{'propagations': null}"));
    assert_int_equal(1, propagations(n, n->table));
    assert_string_equal(a, made_by(n, n->table, 0));
    /* The same route of one's own takes its place, and stays when the attachment goes. */
    assert_int_equal(
        0, change(&n->w, n->table, "{'propagations': [{'borderGatewayId': '%s'}]}", n->gateway));
    assert_int_equal(1, propagations(n, n->table));
    assert_string_equal("", made_by(n, n->table, 0));
    assert_int_equal(0, drop(&n->w, a));
    assert_int_equal(1, propagations(n, n->table));
}

/* There is room for 64 in all. */
static void test_what_is_kept_fits_the_list(void **state)
{
    struct net *n = *state;
    json_t *mine = json_array(), *patch;
    char *text;

    make(&n->w, MODEL_VPC_ATTACHMENT,
         "{'borderGatewayId': '%s', 'vpcId': '%s', 'routeTableIds': ['%s']}", n->gateway, n->vpc,
         n->table);
    for (int i = 0; i < 64; i++)
        json_array_append_new(mine, json_pack("{s:s, s:o}", "borderGatewayId", n->gateway, "range",
                                              json_sprintf("10.%d.0.0/16", i)));
    patch = json_pack("{s:O}", "propagations", mine);
    text = json_dumps(patch, 0);
    assert_int_equal(400, change(&n->w, n->table, "%s", text));
    assert_string_equal("propagations", n->w.error.field);
    free(text);
    json_array_remove(mine, 63);
    text = json_dumps(patch, 0);
    assert_int_equal(0, change(&n->w, n->table, "%s", text));
    assert_int_equal(64, propagations(n, n->table));
    free(text);
    json_decref(patch);
    json_decref(mine);
}

/* ---- nodes and instances ---- */

static void test_interfaces_are_one_each_without_a_node_too(void **state)
{
    struct net *n = *state;
    const char *first, *node, *second;

    first = make(&n->w, MODEL_INSTANCE,
                 "{'subnetId': '%s', 'attachment': 'tap', 'interface': 't0'}", n->one);
    assert_string_equal("", get(&n->w, first, "nodeId"));
    assert_int_equal(409,
                     refuse(&n->w, MODEL_INSTANCE,
                            "{'subnetId': '%s', 'attachment': 'tap', 'interface': 't0'}", n->one));
    assert_string_equal("interface", n->w.error.field);
    /* A node that lost its role keeps its instances, and gets no second one of the name later. */
    node = make(&n->w, MODEL_NODE, "{'name': 'n1'}");
    settle(&n->w, 50);
    assert_string_equal(node, get(&n->w, first, "nodeId"));
    assert_int_equal(0, change(&n->w, first, "{'nodeId': null}")); /* in nobody's way but its own */
    assert_string_equal(node, get(&n->w, first, "nodeId"));
    assert_int_equal(0, change(&n->w, node, "{'roles': ['gateway']}"));
    assert_int_equal(0, change(&n->w, first, "{'description': 'still mine to change'}"));
    second = make(&n->w, MODEL_INSTANCE,
                  "{'subnetId': '%s', 'attachment': 'tap', 'interface': 't0'}", n->one);
    assert_int_equal(400, change(&n->w, second, "{'nodeId': '%s'}", node));
    assert_int_equal(0, change(&n->w, node, "{'roles': ['gateway', 'compute']}"));
    assert_int_equal(0, settle(&n->w, 50)); /* its interface is taken there */
    assert_string_equal("", get(&n->w, second, "nodeId"));
    assert_int_equal(0, change(&n->w, second, "{'description': 'waits on'}"));
    assert_string_equal("", get(&n->w, second, "nodeId"));
    assert_int_equal(409, change(&n->w, second, "{'nodeId': '%s'}", node));
    assert_int_equal(0, drop(&n->w, first));
    assert_int_equal(0, change(&n->w, second, "{'description': 'comes now'}"));
    assert_string_equal(node, get(&n->w, second, "nodeId"));
}

static void test_nodes_are_known_by_name(void **state)
{
    struct net *n = *state;
    const char *one = make(&n->w, MODEL_NODE, "{'name': 'n1'}");
    const char *two = make(&n->w, MODEL_NODE, "{'name': 'n2'}");

    assert_int_equal(409, change(&n->w, two, "{'name': 'n1'}"));
    assert_string_equal("name", n->w.error.field);
    assert_int_equal(409, refuse(&n->w, MODEL_NODE, "{'name': 'n1'}"));
    assert_int_equal(0, change(&n->w, one, "{'name': 'n3'}"));
    assert_int_equal(0, change(&n->w, two, "{'name': 'n1'}"));
}

/* ---- changes ---- */

static const char *make_connection(struct net *n)
{
    const char *customer =
        make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.1', '192.0.2.2']}");

    return make(&n->w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
                n->gateway, customer);
}

static void test_null_for_a_field_that_is_not_there(void **state)
{
    struct net *n = *state;
    const char *tunnel =
        make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", make_connection(n));

    assert_int_equal(400, change(&n->w, tunnel, "{'ike': {'dhGroup': null}}"));
    assert_string_equal("ike.dhGroup", n->w.error.field);
    assert_string_equal("unknown-field", n->w.error.type);
    assert_int_equal(400, change(&n->w, "r1", "{'quotas': {'vpc': null}}"));
    assert_string_equal("quotas.vpc", n->w.error.field);
    assert_int_equal(0, change(&n->w, "r1", "{'quotas': {'vpcs': null}, 'tags': {'any': null}}"));
    assert_int_equal(0, change(&n->w, tunnel, "{'ike': {'dhGroups': null}, 'ipsec': null}"));
}

static void test_inner_addresses_go_back_to_the_default(void **state)
{
    struct net *n = *state;
    const char *tunnel =
        make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s', 'tunnelAddress': '10.255.0.1/31'}",
             make_connection(n));

    assert_string_equal("10.255.0.0", get(&n->w, tunnel, "peerTunnelAddress"));
    assert_int_equal(0, change(&n->w, tunnel, "{'tunnelAddress': null}"));
    assert_string_equal("169.254.1.1/30", get(&n->w, tunnel, "tunnelAddress"));
    assert_string_equal("169.254.1.2", get(&n->w, tunnel, "peerTunnelAddress"));
}

static void test_inner_addresses_are_not_translated(void **state)
{
    struct net *n = *state;
    const char *connection = make_connection(n);
    const char *tunnel =
        make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s', 'tunnelAddress': '10.255.0.1/31'}",
             connection);

    assert_int_equal(409, change(&n->w, connection,
                                 "{'translations': [{'side': 'own', 'prefix': '10.0.0.0/8', "
                                 "'seenAs': '11.0.0.0/8'}]}"));
    assert_string_equal("translations", n->w.error.field);
    assert_int_equal(0, change(&n->w, connection,
                               "{'translations': [{'side': 'own', 'prefix': '10.0.0.0/16', "
                               "'seenAs': '100.64.0.0/16'}]}"));
    assert_int_equal(409, change(&n->w, tunnel, "{'tunnelAddress': '100.64.0.1/30'}"));
    assert_string_equal("tunnelAddress", n->w.error.field);
    assert_int_equal(0, change(&n->w, tunnel, "{'tunnelAddress': '100.65.0.1/30'}"));
}

static void test_identities_that_only_look_different(void **state)
{
    static const struct {
        const char *one, *two;
        int status;
    } cases[] = {
        {"keyid:a", "keyid:0x61", 409},
        {"keyid:0xAB", "keyid:0xab", 409},
        {"keyid:a", "keyid:b", 0},
        {"keyid:0x6161", "keyid:a", 0},
        {"2001:db8::1", "2001:DB8:0::1", 409},
        {"a.example.com", "A.example.com", 409},
        {"a.example.com", "fqdn:a.example.com", 409},
        {"a.example.com", "b.example.com", 0},
        {"10.0.0.1", "fqdn:10.0.0.1", 0},
        {"10.0.0.1", "keyid:10.0.0.1", 0},
    };
    struct net *n = *state;
    const char *customer =
        make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['0.0.0.0', '0.0.0.0']}");
    const char *connection =
        make(&n->w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
             n->gateway, customer);
    const char *tunnels[2];

    for (size_t i = 0; i < 2; i++)
        tunnels[i] = make(&n->w, MODEL_VPN_TUNNEL,
                          "{'vpnConnectionId': '%s', 'cloudAddress': '198.51.100.1', 'remoteId': "
                          "'peer-%zu.example.com'}",
                          connection, i);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s %s\n", cases[i].one, cases[i].two);
        assert_int_equal(0, change(&n->w, tunnels[1], "{'remoteId': 'nobody.example.com'}"));
        assert_int_equal(0, change(&n->w, tunnels[0], "{'remoteId': '%s'}", cases[i].one));
        assert_int_equal(cases[i].status,
                         change(&n->w, tunnels[1], "{'remoteId': '%s'}", cases[i].two));
    }
}

/* ---- BGP needs two ASNs ---- */

static void test_bgp_needs_two_asns(void **state)
{
    struct net *n = *state;
    const char *same =
        make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.1'], 'asn': 65000}");
    const char *other =
        make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.2'], 'asn': 65001}");
    const char *bgp, *fixed;

    assert_int_equal(409, refuse(&n->w, MODEL_VPN_CONNECTION,
                                 "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}", n->gateway,
                                 same));
    assert_string_equal("routing", n->w.error.field);
    fixed = make(&n->w, MODEL_VPN_CONNECTION,
                 "{'borderGatewayId': '%s', 'customerGatewayId': '%s', 'routing': 'static'}",
                 n->gateway, same);
    bgp = make(&n->w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
               n->gateway, other);
    assert_int_equal(409, change(&n->w, fixed, "{'routing': 'bgp'}"));
    assert_int_equal(409, change(&n->w, other, "{'asn': 65000}"));
    assert_string_equal("asn", n->w.error.field);
    assert_int_equal(409, change(&n->w, n->gateway, "{'asn': 65001}"));
    assert_string_equal("asn", n->w.error.field);
    assert_int_equal(0, change(&n->w, n->gateway, "{'asn': 65010}"));
    assert_int_equal(0, change(&n->w, same, "{'asn': 65010}"));
    assert_int_equal(0, change(&n->w, bgp, "{'routing': 'static'}"));
    assert_int_equal(0, change(&n->w, other, "{'asn': 65010}"));
}

static bool all_up(void *live, const struct snapshot *s, const struct model_resource *of)
{
    (void)s;
    return of && *(const bool *)live;
}

static void test_the_asn_stays_while_a_session_is_up(void **state)
{
    struct net *n = *state;
    const char *customer = make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.1']}");
    const char *c =
        make(&n->w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
             n->gateway, customer);
    bool up = true;

    make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", c);
    n->w.env.has_session = all_up;
    n->w.env.live = &up;
    assert_int_equal(409, change(&n->w, n->gateway, "{'asn': 65010}"));
    assert_string_equal("in-use", n->w.error.type);
    assert_int_equal(0, change(&n->w, n->gateway, "{'transit': true, 'asn': 65000}"));
    up = false;
    assert_int_equal(0, change(&n->w, n->gateway, "{'asn': 65010}"));
}

/* ---- private interfaces ---- */

#define LINE                                                                                       \
    "'routing': 'static', 'interface': 'eth1', 'address': '10.255.0.1/30', "                       \
    "'peerAddress': '10.255.0.2'"

static void test_ends_of_a_line(void **state)
{
    static const struct {
        const char *address, *peer, *field; /* NULL: it is taken */
    } rows[] = {
        {"10.255.0.1/30", "10.255.0.2", NULL},
        {"10.255.1.0/31", "10.255.1.1", NULL},
        {"10.255.2.9/24", "10.255.2.1", NULL},
        {"fd00:255::1/64", "fd00:255::2", NULL},
        {"10.255.3.1/30", "10.255.3.1", "peerAddress"},
        {"10.255.3.1/30", "10.255.3.5", "peerAddress"},
        {"10.255.3.1/30", "10.255.3.3", "peerAddress"},
        {"10.255.3.0/30", "10.255.3.1", "address"},
        {"224.0.0.1/30", "224.0.0.2", "address"},
        {"10.255.2.128/25", "10.255.2.129", "address"}, /* the edge */
        {"10.255.2.129/25", "10.255.2.130", "address"}, /* overlaps the third */
        {"10.255.3.1/30", "fd00:255::2", "peerAddress"},
    };
    struct net *n = *state;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static const char request[] =
            "{'borderGatewayId': '%s', 'routing': 'static', 'interface': 'eth%zu', "
            "'address': '%s', 'peerAddress': '%s'}";

        if (!rows[i].field) {
            (void)make(&n->w, MODEL_PRIVATE_INTERFACE, request, n->gateway, i, rows[i].address,
                       rows[i].peer);
            continue;
        }
        assert_true(refuse(&n->w, MODEL_PRIVATE_INTERFACE, request, n->gateway, i, rows[i].address,
                           rows[i].peer) >= 400);
        assert_string_equal(n->w.error.field, rows[i].field);
    }
}

static void test_a_line_ends_where_its_gateway_is(void **state)
{
    struct net *n = *state;
    const char *node = make(&n->w, MODEL_NODE, "{'roles': ['gateway']}");
    const char *compute = make(&n->w, MODEL_NODE, "{'name': 'c', 'roles': ['compute']}");
    const char *gateway = make(&n->w, MODEL_BORDER_GATEWAY, "{}");
    const char *line =
        make(&n->w, MODEL_PRIVATE_INTERFACE, "{'borderGatewayId': '%s', " LINE "}", gateway);

    assert_string_equal(get(&n->w, line, "nodeId"), node);
    assert_int_equal(400, change(&n->w, line, "{'nodeId': '%s'}", compute));
    /* One line for an interface with a VLAN, whoever's gateway. */
    assert_int_equal(409, refuse(&n->w, MODEL_PRIVATE_INTERFACE,
                                 "{'borderGatewayId': '%s', 'nodeId': '%s', " LINE "}", n->gateway,
                                 node));
    assert_string_equal(n->w.error.field, "interface");
    (void)make(&n->w, MODEL_PRIVATE_INTERFACE,
               "{'borderGatewayId': '%s', 'nodeId': '%s', 'vlan': 20, " LINE "}", n->gateway, node);
}

static void test_a_line_and_an_instance_share_no_interface(void **state)
{
    static const char nic[] = "{'subnetId': '%s', 'nodeId': '%s', 'attachment': 'nic', "
                              "'interface': 'eth1'}";
    struct net *n = *state;
    const char *node = make(&n->w, MODEL_NODE, "{'roles': ['gateway', 'compute']}");
    const char *instance = make(&n->w, MODEL_INSTANCE, nic, n->one, node);

    assert_int_equal(409, refuse(&n->w, MODEL_PRIVATE_INTERFACE,
                                 "{'borderGatewayId': '%s', 'nodeId': '%s', " LINE "}", n->gateway,
                                 node));
    assert_string_equal(n->w.error.field, "interface");
    (void)make(&n->w, MODEL_PRIVATE_INTERFACE,
               "{'borderGatewayId': '%s', 'nodeId': '%s', 'vlan': 20, " LINE "}", n->gateway, node);
    assert_int_equal(0, change(&n->w, instance, "{'description': 'x'}"));
    assert_int_equal(0, drop(&n->w, instance));
    (void)make(&n->w, MODEL_PRIVATE_INTERFACE,
               "{'borderGatewayId': '%s', 'nodeId': '%s', 'routing': 'static', 'interface': "
               "'eth1', 'address': '10.255.1.1/30', 'peerAddress': '10.255.1.2'}",
               n->gateway, node);
    assert_int_equal(409, refuse(&n->w, MODEL_INSTANCE, nic, n->one, node));
    assert_string_equal(n->w.error.field, "interface");
}

/* ---- real networks ---- */

#define NETWORK "{'vpcId': '%s', 'cidr': '%s', 'interface': 'eth1'%s}"

static void test_a_network_is_where_its_vpc_is(void **state)
{
    struct net *n = *state;
    const char *waiting = make(&n->w, MODEL_SUBNET, NETWORK, n->vpc, "10.1.8.0/24", "");
    const char *node, *later;

    assert_string_equal(get(&n->w, waiting, "nodeId"), "");
    node = make(&n->w, MODEL_NODE, "{'roles': ['gateway', 'compute']}");
    later = make(&n->w, MODEL_SUBNET, NETWORK, n->vpc, "10.1.9.0/24", ", 'vlan': 20");
    assert_string_equal(get(&n->w, later, "nodeId"), node);
    (void)settle(&n->w, 50);
    assert_string_equal(get(&n->w, waiting, "nodeId"), node);
    assert_int_equal(409, drop(&n->w, node));
}

static void test_an_interface_serves_one_network(void **state)
{
    static const char line[] = "{'borderGatewayId': '%s', 'nodeId': '%s', 'vlan': %d, " LINE "}";
    struct net *n = *state;
    const char *node = make(&n->w, MODEL_NODE, "{'roles': ['gateway', 'compute']}");
    const char *office = make(&n->w, MODEL_SUBNET, NETWORK, n->vpc, "10.1.8.0/24", "");

    (void)make(&n->w, MODEL_PRIVATE_INTERFACE, line, n->gateway, node, 20);
    assert_int_equal(409,
                     refuse(&n->w, MODEL_SUBNET, NETWORK, n->vpc, "10.1.9.0/24", ", 'vlan': 20"));
    assert_string_equal(n->w.error.field, "interface");
    assert_int_equal(409, refuse(&n->w, MODEL_SUBNET, NETWORK, n->vpc, "10.1.9.0/24", ""));
    assert_int_equal(409, refuse(&n->w, MODEL_PRIVATE_INTERFACE, line, n->gateway, node, 0));
    assert_int_equal(409, refuse(&n->w, MODEL_INSTANCE,
                                 "{'subnetId': '%s', 'nodeId': '%s', 'attachment': 'nic', "
                                 "'interface': 'eth1'}",
                                 n->one, node));
    assert_int_equal(0, change(&n->w, office, "{'hostLimit': 16}"));
    assert_int_equal(0, drop(&n->w, office));
    (void)make(&n->w, MODEL_SUBNET, NETWORK, n->vpc, "10.1.9.0/24", ", 'mtu': 9000");
}

static void test_what_only_a_network_has(void **state)
{
    static const char *const fields[] = {"'vlan': 5", "'mtu': 1400", "'hostLimit': 5"};
    struct net *n = *state;
    const char *node = make(&n->w, MODEL_NODE, "{'roles': ['compute']}");
    const char *gateway = make(&n->w, MODEL_NODE, "{'name': 'g', 'roles': ['gateway']}");
    const char *office = make(&n->w, MODEL_SUBNET, NETWORK, n->vpc, "10.1.8.0/24", "");

    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        assert_int_equal(400,
                         refuse(&n->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.9.0/24', %s}",
                                n->vpc, fields[i]));
    assert_int_equal(400, refuse(&n->w, MODEL_SUBNET,
                                 "{'vpcId': '%s', 'cidr': '10.1.9.0/24', 'nodeId': '%s'}", n->vpc,
                                 node));
    assert_string_equal(n->w.error.field, "nodeId");
    assert_int_equal(400, change(&n->w, office, "{'nodeId': '%s'}", gateway));
    assert_int_equal(400, change(&n->w, office, "{'interface': 'eth2'}"));
    /* Nor has it what others have. */
    assert_int_equal(409, refuse(&n->w, MODEL_INSTANCE, "{'subnetId': '%s'}", office));
    assert_string_equal(n->w.error.field, "subnetId");
}

static void test_a_router_is_in_a_network(void **state)
{
    static const struct {
        const char *hop;
        bool taken;
    } rows[] = {
        {"10.1.8.254", true}, {"10.1.8.3", true},     {"10.1.8.1", false},    {"10.1.8.2", false},
        {"10.1.8.0", false},  {"10.1.8.255", false},  {"10.1.1.9", false},    {"10.9.0.1", false},
        {"10.1.8", false},    {"fd00:8::254", false}, {"10.1.8.254 ", false},
    };
    static const char request[] =
        "{'vpcId': '%s', 'routes': [{'destination': '192.168.0.0/16', 'nextHop': '%s'}]}";
    struct net *n = *state;
    const char *office = make(&n->w, MODEL_SUBNET, NETWORK, n->vpc, "10.1.8.0/24", "");
    const char *table = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].taken) {
            table = make(&n->w, MODEL_ROUTE_TABLE, request, n->vpc, rows[i].hop);
            continue;
        }
        assert_int_equal(400, refuse(&n->w, MODEL_ROUTE_TABLE, request, n->vpc, rows[i].hop));
        assert_string_equal(n->w.error.field, "routes[0].nextHop");
    }
    /* A network stays as long as routes lead through it. */
    assert_int_equal(409, drop(&n->w, office));
    assert_string_equal("in-use", n->w.error.type);
    assert_int_equal(0, drop(&n->w, table));
    assert_int_equal(409, drop(&n->w, office));
}

static void test_bgp_over_a_line_needs_two_asns(void **state)
{
    struct net *n = *state;
    const char *line;

    assert_int_equal(400, refuse(&n->w, MODEL_PRIVATE_INTERFACE,
                                 "{'borderGatewayId': '%s', 'interface': 'eth1', 'address': "
                                 "'10.255.0.1/30', 'peerAddress': '10.255.0.2'}",
                                 n->gateway));
    assert_string_equal(n->w.error.field, "peerAsn");
    assert_int_equal(409, refuse(&n->w, MODEL_PRIVATE_INTERFACE,
                                 "{'borderGatewayId': '%s', 'interface': 'eth1', 'address': "
                                 "'10.255.0.1/30', 'peerAddress': '10.255.0.2', 'peerAsn': 65000}",
                                 n->gateway));
    line = make(&n->w, MODEL_PRIVATE_INTERFACE,
                "{'borderGatewayId': '%s', 'interface': 'eth1', 'address': '10.255.0.1/30', "
                "'peerAddress': '10.255.0.2', 'peerAsn': 65010, 'bgpPassword': 'secret'}",
                n->gateway);
    assert_int_equal(409, change(&n->w, n->gateway, "{'asn': 65010}"));
    assert_int_equal(0, change(&n->w, line, "{'routing': 'static'}"));
    assert_int_equal(0, change(&n->w, n->gateway, "{'asn': 65010}"));
}

static void test_routes_hold_a_line(void **state)
{
    struct net *n = *state;
    const char *other = make(&n->w, MODEL_BORDER_GATEWAY, "{}"), *route;
    const char *line =
        make(&n->w, MODEL_PRIVATE_INTERFACE, "{'borderGatewayId': '%s', " LINE "}", n->gateway);

    assert_int_equal(400, refuse(&n->w, MODEL_BORDER_GATEWAY_ROUTE,
                                 "{'borderGatewayId': '%s', 'destination': '10.9.0.0/16', "
                                 "'nextHop': '%s'}",
                                 other, line));
    route = make(&n->w, MODEL_BORDER_GATEWAY_ROUTE,
                 "{'borderGatewayId': '%s', 'destination': '10.9.0.0/16', 'nextHop': '%s'}",
                 n->gateway, line);
    assert_int_equal(409, drop(&n->w, line));
    assert_int_equal(409, drop(&n->w, n->gateway));
    assert_int_equal(0, drop(&n->w, route));
    assert_int_equal(0, drop(&n->w, line));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_subnet_added_later_counts_from_then),
        T(test_nobody_forges_what_an_attachment_made),
        T(test_an_unrelated_change_brings_no_route_back),
        T(test_a_list_of_ones_own_leaves_what_an_attachment_made),
        T(test_what_is_kept_fits_the_list),
        T(test_identities_that_only_look_different),
        T(test_interfaces_are_one_each_without_a_node_too),
        T(test_nodes_are_known_by_name),
        T(test_null_for_a_field_that_is_not_there),
        T(test_inner_addresses_go_back_to_the_default),
        T(test_inner_addresses_are_not_translated),
        T(test_bgp_needs_two_asns),
        T(test_the_asn_stays_while_a_session_is_up),
        T(test_ends_of_a_line),
        T(test_a_line_ends_where_its_gateway_is),
        T(test_a_line_and_an_instance_share_no_interface),
        T(test_a_network_is_where_its_vpc_is),
        T(test_an_interface_serves_one_network),
        T(test_what_only_a_network_has),
        T(test_a_router_is_in_a_network),
        T(test_bgp_over_a_line_needs_two_asns),
        T(test_routes_hold_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
