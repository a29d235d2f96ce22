#include "samples.h"

#include <stdlib.h>

/* Between JSON and structs. */

/* A request of each kind, with all that may be there and with as little as there can be. */
static const struct {
    enum model_kind_id kind;
    const char *id, *request;
} resources[] = {
    {MODEL_REGION, "r1", "{}"},
    {MODEL_REGION, "cn-north-1",
     "{'name': '北京', 'publicPools': ['198.51.100.0/24', '2001:db8::/48'], 'asn': 4294967294, "
     "'quotas': {'vpcs': 7, 'nodes': 0}, 'tags': {'b': '2', 'a': '', 'c': '水'}}"},
    {MODEL_NODE, "node-aaaaaaaaaa", "{}"},
    {MODEL_NODE, "node-bbbbbbbbbb",
     "{'address': '2001:db8::1', 'publicAddresses': ['203.0.113.10'], 'roles': ['compute']}"},
    {MODEL_VPC, "vpc-aaaaaaaaaa", "{'cidr': '10.1.0.0/16', 'description': 'one'}"},
    {MODEL_VPC, "vpc-bbbbbbbbbb", "{'extraCidrs': ['fd00:1::/48', '100.64.0.0/10']}"},
    {MODEL_SUBNET, "subnet-aaaaaaaaaa", "{'vpcId': 'vpc-aaaaaaaaaa', 'cidr': '10.1.1.0/24'}"},
    {MODEL_SUBNET, "subnet-bbbbbbbbbb",
     "{'vpcId': 'vpc-aaaaaaaaaa', 'cidr': 'fd00:1::/64', 'routeTableId': 'rtb-aaaaaaaaaa'}"},
    {MODEL_ROUTE_TABLE, "rtb-aaaaaaaaaa", "{'vpcId': 'vpc-aaaaaaaaaa', 'default': true}"},
    {MODEL_ROUTE_TABLE, "rtb-bbbbbbbbbb",
     "{'vpcId': 'vpc-aaaaaaaaaa', 'routes': [{'destination': '0.0.0.0/0', 'nextHop': 'blackhole'}, "
     "{'destination': '10.2.0.0/16', 'nextHop': 'i-aaaaaaaaaa'}], 'propagations': "
     "[{'borderGatewayId': 'bgw-aaaaaaaaaa'}, {'borderGatewayId': 'bgw-aaaaaaaaaa', 'range': "
     "'::/0', 'vpcAttachmentId': 'vpcattach-aaaaaaaaaa'}]}"},
    {MODEL_INSTANCE, "i-aaaaaaaaaa", "{'subnetId': 'subnet-aaaaaaaaaa'}"},
    {MODEL_INSTANCE, "i-bbbbbbbbbb",
     "{'subnetId': 'subnet-aaaaaaaaaa', 'address': '10.1.1.9', 'nodeId': 'node-aaaaaaaaaa', "
     "'attachment': 'tap', 'interface': 'tap-web1'}"},
    {MODEL_BORDER_GATEWAY, "bgw-aaaaaaaaaa", "{}"},
    {MODEL_BORDER_GATEWAY, "bgw-bbbbbbbbbb", "{'asn': 65010, 'transit': true}"},
    {MODEL_BORDER_GATEWAY_ROUTE, "bgwroute-aaaaaaaaaa",
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'destination': '0.0.0.0/0', 'nextHop': 'blackhole'}"},
    {MODEL_VPC_ATTACHMENT, "vpcattach-aaaaaaaaaa",
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'vpcId': 'vpc-aaaaaaaaaa', 'routeTableIds': []}"},
    {MODEL_VPC_ATTACHMENT, "vpcattach-bbbbbbbbbb",
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'vpcId': 'vpc-aaaaaaaaaa', 'propagation': 'subnets', "
     "'subnetIds': ['subnet-aaaaaaaaaa'], 'routeTableIds': ['rtb-bbbbbbbbbb', 'rtb-aaaaaaaaaa'], "
     "'propagatedAt': '1970-01-01T00:00:00.000Z', 'propagatedLater': {'subnet-bbbbbbbbbb': "
     "'2026-11-22T08:27:24.123Z'}}"},
    {MODEL_VPC_ATTACHMENT, "vpcattach-cccccccccc",
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'vpcId': 'vpc-aaaaaaaaaa', 'propagatedLater': {}}"},
    {MODEL_CUSTOMER_GATEWAY, "cgw-aaaaaaaaaa", "{'addresses': ['203.0.113.1', '::']}"},
    {MODEL_VPN_CONNECTION, "vpn-aaaaaaaaaa",
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa'}"},
    {MODEL_VPN_CONNECTION, "vpn-bbbbbbbbbb",
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'addressFamily': 'dual', 'routing': 'static', 'cloudAddresses': []}"},
    {MODEL_VPN_CONNECTION, "vpn-cccccccccc",
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'cloudAddresses': ['198.51.100.1', '2001:db8::2']}"},
    {MODEL_VPN_TUNNEL, "vpntun-aaaaaaaaaa", "{'vpnConnectionId': 'vpn-aaaaaaaaaa'}"},
    {MODEL_VPN_TUNNEL, "vpntun-bbbbbbbbbb",
     "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'cloudAddress': '198.51.100.1', 'customerAddress': "
     "'203.0.113.1', 'localId': 'keyid:site-a', 'remoteId': 'vpn.example.com', 'tunnelAddress': "
     "'169.254.10.1/30', 'peerTunnelAddress': '169.254.10.2', 'adminState': 'down', 'initiate': "
     "false, 'mtu': 1400, 'mssClamp': false, 'psk': 'verysecret', 'ike': {'version': 1, "
     "'exchangeMode': 'aggressive', 'dhGroups': [2, 14], "
     "'additionalKeyExchanges': ['mlkem768', 20, 'none'], 'encryption': ['aes256'], 'integrity': "
     "['sha1']}, 'ipsec': {'dhGroups': ['none', 31], 'lifetimeBytes': 9223372036854775807, "
     "'esn': false}, 'dpd': {'enabled': false, 'action': 'clear'}}"},
    {MODEL_PLACEMENT, "198.51.100.1",
     "{'nodeId': 'node-aaaaaaaaaa', 'generation': 9223372036854775807, 'reason': 'node died'}"},
    {MODEL_ALARM, "alarm-aaaaaaaaaa", "{'state': 'tunnelDown'}"},
    {MODEL_ALARM, "alarm-bbbbbbbbbb",
     "{'enabled': false, 'severity': 'warning', 'scopeId': 'vpn-aaaaaaaaaa', 'metric': 'drops-in', "
     "'comparison': 'below', 'threshold': '-0.5', 'forSeconds': 60, 'webhookUrl': "
     "'https://x.example/', 'webhookSecret': 'verysecret', 'mailTo': ['a@example.com']}"},
};

static void assert_round_trip(const struct model_kind *kind, const json_t *json)
{
    struct model_resource *r = NULL, *again = NULL;
    json_t *back;
    char *a, *b;

    assert_int_equal(0, model_decode(kind, json, &r, NULL));
    back = model_encode(r);
    a = json_dumps(json, JSON_SORT_KEYS);
    b = json_dumps(back, JSON_SORT_KEYS);
    assert_string_equal(a, b);
    assert_int_equal(0, model_decode(kind, back, &again, NULL));
    assert_true(model_resource_equal(r, again));
    model_resource_unref(r);
    model_resource_unref(again);
    json_decref(back);
    free(a);
    free(b);
}

static void test_what_goes_in_comes_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
        json_t *json = sample_json(resources[i].kind, resources[i].id, resources[i].request);

        assert_round_trip(model_kind(resources[i].kind), json);
        json_decref(json);
    }
}

/* What an older version did not know yet has its default; what has none stays away. */
static void test_missing_members(void **state)
{
    json_t *json = sample_json(MODEL_VPN_TUNNEL, "vpntun-aaaaaaaaaa",
                               "{'vpnConnectionId': 'vpn-aaaaaaaaaa'}"),
           *less = json_copy(json), *back;
    struct model_resource *r = NULL;
    const struct model_vpn_tunnel *t;

    (void)state;
    json_object_del(less, "ike");
    json_object_del(less, "mtu");
    json_object_del(less, "tags");
    json_object_set_new(less, "psk", json_null());
    json_object_set_new(less, "fromTheFuture", json_true());
    assert_int_equal(0, model_decode(model_kind(MODEL_VPN_TUNNEL), less, &r, NULL));
    t = (const struct model_vpn_tunnel *)r;
    assert_int_equal(2, t->ike.version);
    assert_int_equal(8, t->ike.dh_groups.count);
    assert_null(t->psk);
    assert_int_equal(ADDR_NONE, t->cloud_address.family);
    back = model_encode(r);
    assert_true(json_equal(json, back));
    json_decref(back);
    json_decref(less);
    json_decref(json);
    model_resource_unref(r);
}

/* What is read is what was meant. */
static void test_values(void **state)
{
    struct model_resource *r = sample(
        MODEL_VPN_TUNNEL, "vpntun-aaaaaaaaaa",
        "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'tunnelAddress': '169.254.10.1/30', 'adminState': "
        "'down', 'psk': 'verysecret', 'ipsec': {'dhGroups': ['none', 31]}}");
    const struct model_vpn_tunnel *t = (const struct model_vpn_tunnel *)r;
    struct prefix inner = model_interface_prefix(&t->tunnel_address);
    const struct model_field *f = model_find_field(model_kind(MODEL_VPN_TUNNEL), "ipsec.dhGroups");
    char text[PREFIX_TEXT_MAX];

    (void)state;
    assert_int_equal(1, r->refs);
    assert_int_equal(0, r->stored_at);
    assert_ptr_equal(model_kind(MODEL_VPN_TUNNEL), r->kind);
    assert_string_equal("vpntun-aaaaaaaaaa", r->id);
    assert_string_equal("r1", r->region_id);
    assert_int_equal(3, r->revision);
    assert_true(r->created_us == UINT64_C(1795336044123000));
    assert_string_equal("169.254.10.0/30", prefix_format(&inner, text));
    assert_int_equal(MODEL_ADMIN_DOWN, t->admin);
    assert_string_equal("verysecret", t->psk);
    assert_int_equal(2, t->ipsec.dh_groups.count);
    assert_string_equal("none", f->values[t->ipsec.dh_groups.items[0] - 1].name);
    assert_string_equal("31", f->values[t->ipsec.dh_groups.items[1] - 1].name);
    assert_ptr_equal(r, model_resource_ref(r));
    model_resource_unref(r);
    model_resource_unref(r);
    model_resource_unref(NULL);
}

/* Maps are in the order of names whatever they were. */
static void test_maps_are_sorted(void **state)
{
    struct model_resource *r =
        sample(MODEL_REGION, "r1", "{'tags': {'b': '2', 'c': '3', 'a': '1'}}");

    (void)state;
    assert_int_equal(3, r->tags.count);
    assert_string_equal("a", r->tags.items[0].name);
    assert_string_equal("1", r->tags.items[0].value);
    assert_string_equal("c", r->tags.items[2].name);
    model_resource_unref(r);
}

static void test_what_is_refused(void **state)
{
    /* The member of a sample becomes this. */
    static const struct {
        enum model_kind_id kind;
        const char *member, *value, *path;
    } cases[] = {
        {MODEL_VPN_TUNNEL, "id", "null", "id"},
        {MODEL_VPN_TUNNEL, "id", "\"\"", "id"},
        {MODEL_VPN_TUNNEL, "id", "7", "id"},
        {MODEL_VPN_TUNNEL, "name", "[]", "name"},
        {MODEL_VPN_TUNNEL, "name", "\"a\\u0000b\"", "name"},
        {MODEL_VPN_TUNNEL, "tags", "[]", "tags"},
        {MODEL_VPN_TUNNEL, "tags", "{\"a\": 1}", "tags"},
        {MODEL_VPN_TUNNEL, "createdAt", "\"2026-02-30T00:00:00.000Z\"", "createdAt"},
        {MODEL_VPN_TUNNEL, "createdAt", "0", "createdAt"},
        {MODEL_VPN_TUNNEL, "revision", "0", "revision"},
        {MODEL_VPN_TUNNEL, "revision", "\"1\"", "revision"},
        {MODEL_VPN_TUNNEL, "vpnConnectionId", "null", "vpnConnectionId"},
        {MODEL_VPN_TUNNEL, "cloudAddress", "\"198.51.100\"", "cloudAddress"},
        {MODEL_VPN_TUNNEL, "cloudAddress", "{}", "cloudAddress"},
        {MODEL_VPN_TUNNEL, "tunnelAddress", "\"169.254.10.1/33\"", "tunnelAddress"},
        {MODEL_VPN_TUNNEL, "tunnelAddress", "30", "tunnelAddress"},
        {MODEL_VPN_TUNNEL, "adminState", "\"sideways\"", "adminState"},
        {MODEL_VPN_TUNNEL, "adminState", "1", "adminState"},
        {MODEL_VPN_TUNNEL, "initiate", "1", "initiate"},
        {MODEL_VPN_TUNNEL, "mtu", "-1", "mtu"},
        {MODEL_VPN_TUNNEL, "mtu", "1.5", "mtu"},
        {MODEL_VPN_TUNNEL, "ike", "[]", "ike"},
        {MODEL_VPN_TUNNEL, "ike", "{\"dhGroups\": [14, 3]}", "dhGroups"},
        {MODEL_VPN_TUNNEL, "ike", "{\"dhGroups\": [\"14\"]}", "dhGroups"},
        {MODEL_VPN_TUNNEL, "ike", "{\"dhGroups\": [\"none\"]}", "dhGroups"},
        {MODEL_VPN_TUNNEL, "ike", "{\"dhGroups\": [null]}", "dhGroups"},
        {MODEL_VPN_TUNNEL, "ike", "{\"encryption\": {}}", "encryption"},
        {MODEL_SUBNET, "cidr", "\"10.0.0.1/8\"", "cidr"},
        {MODEL_SUBNET, "cidr", "10", "cidr"},
        {MODEL_REGION, "quotas", "{\"vpcs\": \"1\"}", "quotas"},
        {MODEL_REGION, "quotas", "[]", "quotas"},
        {MODEL_REGION, "publicPools", "\"10.0.0.0/8\"", "publicPools"},
        {MODEL_REGION, "publicPools", "[\"10.0.0.0/8\", 1]", "publicPools"},
        {MODEL_ROUTE_TABLE, "routes", "[1]", "routes"},
        {MODEL_ROUTE_TABLE, "routes", "[{}]", "destination"},
        {MODEL_ROUTE_TABLE, "routes", "[{\"destination\": \"0.0.0.0/0\"}]", "nextHop"},
    };
    json_t *whole[MODEL_KINDS] = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
        if (!whole[resources[i].kind])
            whole[resources[i].kind] =
                sample_json(resources[i].kind, resources[i].id, resources[i].request);
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *json = json_copy(whole[cases[i].kind]);
        struct model_resource *r = NULL;
        const char *path = NULL;

        print_message("%s %s\n", cases[i].member, cases[i].value);
        assert_int_equal(0,
                         json_object_set_new(
                             json, cases[i].member,
                             json_loads(cases[i].value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL)));
        assert_int_equal(-EBADMSG, model_decode(model_kind(cases[i].kind), json, &r, &path));
        assert_null(r);
        assert_string_equal(cases[i].path, path);
        assert_int_equal(-EBADMSG, model_decode(model_kind(cases[i].kind), json, &r, NULL));
        json_decref(json);
    }
    for (int i = 0; i < MODEL_KINDS; i++) {
        json_t *list = json_array();
        struct model_resource *r = NULL;

        assert_int_equal(-EBADMSG, model_decode(model_kind((enum model_kind_id)i), list, &r, NULL));
        json_decref(list);
        json_decref(whole[i]);
    }
}

/* Sets a member of a copy and says whether the outcome equals the original. */
static bool equal_with(const json_t *json, const char *member, const char *value)
{
    const struct model_kind *kind =
        model_kind_of_id(json_string_value(json_object_get(json, "id")));
    json_t *other = json_deep_copy(json);
    struct model_resource *a = NULL, *b = NULL;
    bool equal;

    if (value)
        json_object_set_new(other, member, json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(other, member);
    assert_int_equal(0, model_decode(kind, json, &a, NULL));
    assert_int_equal(0, model_decode(kind, other, &b, NULL));
    b->stored_at = 9;
    equal = model_resource_equal(a, b);
    assert_int_equal(equal, model_resource_equal(b, a));
    model_resource_unref(a);
    model_resource_unref(b);
    json_decref(other);
    return equal;
}

static void test_what_is_equal(void **state)
{
    static const struct {
        const char *id, *member, *value; /* NULL: without it */
        bool equal;
    } cases[] = {
        {"vpntun-bbbbbbbbbb", "revision", "9", true},
        {"vpntun-bbbbbbbbbb", "updatedAt", "\"2030-01-01T00:00:00.000Z\"", true},
        {"vpntun-bbbbbbbbbb", "unknown", "1", true},
        {"vpntun-bbbbbbbbbb", "tags", "{}", true},
        {"vpntun-bbbbbbbbbb", "createdAt", "\"2030-01-01T00:00:00.000Z\"", false},
        {"vpntun-bbbbbbbbbb", "name", "\"other\"", false},
        {"vpntun-bbbbbbbbbb", "tags", "{\"a\": \"\"}", false},
        {"vpntun-bbbbbbbbbb", "projectId", "\"other\"", false},
        {"vpntun-bbbbbbbbbb", "psk", "\"othersecret\"", false},
        {"vpntun-bbbbbbbbbb", "psk", NULL, false},
        {"vpntun-bbbbbbbbbb", "localId", NULL, false},
        {"vpntun-bbbbbbbbbb", "mtu", "1401", false},
        {"vpntun-bbbbbbbbbb", "initiate", "true", false},
        {"vpntun-bbbbbbbbbb", "tunnelAddress", "\"169.254.10.1/29\"", false},
        {"vpntun-bbbbbbbbbb", "peerTunnelAddress", "\"169.254.10.3\"", false},
        {"vpntun-bbbbbbbbbb", "ike", "{\"dhGroups\": [14, 2]}", false},
        {"vpntun-bbbbbbbbbb", "dpd", "{\"enabled\": false, \"action\": \"none\"}", false},
        {"rtb-bbbbbbbbbb", "routes", "[]", false},
        {"rtb-bbbbbbbbbb", "propagations", "[]", false},
        {"vpcattach-cccccccccc", "propagatedLater", NULL, false},
        {"vpcattach-bbbbbbbbbb", "routeTableIds", "[\"rtb-bbbbbbbbbb\"]", false},
        {"vpcattach-bbbbbbbbbb", "propagatedAt", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(resources); k++) {
            json_t *json;

            if (strcmp(resources[k].id, cases[i].id) != 0)
                continue;
            print_message("%s %s\n", cases[i].id, cases[i].member);
            json = sample_json(resources[k].kind, resources[k].id, resources[k].request);
            assert_int_equal(cases[i].equal, equal_with(json, cases[i].member, cases[i].value));
            json_decref(json);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_goes_in_comes_out),
        cmocka_unit_test(test_missing_members),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_maps_are_sorted),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_what_is_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
