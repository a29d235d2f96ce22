#include "world.h"
#include "../said.h"

/* One resource on its own: what is taken, what is refused and how it is said. */

static const struct {
    enum model_kind_id kind;
    const char *in;
    const char *type, *field, *value;
} bad_input[] = {
    {MODEL_VPC, "[]", "wrong-type", "", ""},
    {MODEL_VPC, "'x'", "wrong-type", "", ""},
    {MODEL_VPC, "null", "wrong-type", "", ""},
    {MODEL_VPC, "{'colour': 'red'}", "unknown-field", "colour", ""},
    {MODEL_VPC, "{'id': 'vpc-aaaaaaaaaa'}", "read-only", "id", "vpc-aaaaaaaaaa"},
    {MODEL_VPC, "{'revision': 3}", "read-only", "revision", "3"},
    {MODEL_VPC, "{'name': ''}", "invalid-value", "name", ""},
    {MODEL_VPC, "{'name': 'a b'}", "invalid-value", "name", "a b"},
    {MODEL_VPC, "{'name': 'a/b'}", "invalid-value", "name", "a/b"},
    {MODEL_VPC, "{'name': 'é'}", "invalid-value", "name", "é"},
    {MODEL_VPC, "{'name': 7}", "wrong-type", "name", "7"},
    {MODEL_VPC, "{'name': 'a\\u0000b'}", "invalid-value", "name", ""},
    {MODEL_VPC, "{'description': 'a\\u0007b'}", "invalid-value", "description", "a\ab"},
    {MODEL_VPC, "{'description': 'a\\u009bb'}", "invalid-value", "description",
     "a\xc2\x9b"
     "b"},
    {MODEL_VPC, "{'tags': ['a']}", "wrong-type", "tags", "[\"a\"]"},
    {MODEL_VPC, "{'tags': {'a': 1}}", "wrong-type", "tags.a", "1"},
    {MODEL_VPC, "{'tags': {'': 'x'}}", "invalid-value", "tags.", ""},
    {MODEL_VPC, "{'cidr': '10.0.0.1/16'}", "invalid-value", "cidr", "10.0.0.1/16"},
    {MODEL_VPC, "{'cidr': '10.0.0.0'}", "invalid-value", "cidr", "10.0.0.0"},
    {MODEL_VPC, "{'cidr': '10.0.0.0/15'}", "invalid-value", "cidr", "10.0.0.0/15"},
    {MODEL_VPC, "{'cidr': '10.0.0.0/29'}", "invalid-value", "cidr", "10.0.0.0/29"},
    {MODEL_VPC, "{'cidr': '172.32.0.0/16'}", "invalid-value", "cidr", "172.32.0.0/16"},
    {MODEL_VPC, "{'cidr': '8.8.0.0/16'}", "invalid-value", "cidr", "8.8.0.0/16"},
    {MODEL_VPC, "{'cidr': 'fd00::/48'}", "invalid-value", "cidr", "fd00::/48"},
    {MODEL_VPC, "{'cidr': '10.0.0.0/16', 'extraCidrs': ['10.0.4.0/24']}", "invalid-value",
     "extraCidrs[0]", "10.0.4.0/24"},
    {MODEL_VPC, "{'extraCidrs': ['20.0.0.0/8', '20.0.0.0/8']}", "invalid-value", "extraCidrs[1]",
     "20.0.0.0/8"},
    {MODEL_VPC, "{'extraCidrs': ['0.0.0.0/0']}", "invalid-value", "extraCidrs[0]", "0.0.0.0/0"},
    {MODEL_VPC, "{'extraCidrs': ['169.254.1.0/24']}", "invalid-value", "extraCidrs[0]",
     "169.254.1.0/24"},
    {MODEL_SUBNET, "{'cidr': '10.0.0.0/24'}", "required", "vpcId", ""},
    {MODEL_SUBNET, "{'vpcId': 'subnet-aaaaaaaaaa', 'cidr': '10.0.0.0/24'}", "invalid-value",
     "vpcId", "subnet-aaaaaaaaaa"},
    {MODEL_SUBNET, "{'vpcId': 'vpc-short', 'cidr': '10.0.0.0/24'}", "invalid-value", "vpcId",
     "vpc-short"},
    {MODEL_SUBNET, "{'vpcId': 'vpc-aaaaaaaaaa', 'cidr': '10.0.0.0/29'}", "invalid-value", "cidr",
     "10.0.0.0/29"},
    {MODEL_ROUTE_TABLE, "{'vpcId': 'vpc-aaaaaaaaaa', 'routes': [{'destination': '10.0.0.0/8'}]}",
     "required", "routes[0].nextHop", ""},
    {MODEL_ROUTE_TABLE,
     "{'vpcId': 'vpc-aaaaaaaaaa', 'routes': [{'destination': '10.0.0.0/8', 'nextHop': "
     "'blackhole'}, {'destination': '10.0.0.0/8', 'nextHop': 'bgw-aaaaaaaaaa'}]}",
     "invalid-value", "routes[1]", "10.0.0.0/8"},
    {MODEL_ROUTE_TABLE,
     "{'vpcId': 'vpc-aaaaaaaaaa', 'routes': [{'destination': '10.0.0.0/8', 'nextHop': "
     "'vpn-aaaaaaaaaa'}]}",
     "invalid-value", "routes[0].nextHop", "vpn-aaaaaaaaaa"},
    {MODEL_ROUTE_TABLE, "{'vpcId': 'vpc-aaaaaaaaaa', 'default': true}", "read-only", "default",
     "true"},
    {MODEL_INSTANCE, "{'subnetId': 'subnet-aaaaaaaaaa', 'attachment': 'nic'}", "invalid-value",
     "interface", ""},
    {MODEL_INSTANCE, "{'subnetId': 'subnet-aaaaaaaaaa', 'attachment': 'usb'}", "invalid-value",
     "attachment", "usb"},
    {MODEL_INSTANCE, "{'subnetId': 'subnet-aaaaaaaaaa', 'status': 'running'}", "read-only",
     "status", "running"},
    {MODEL_INSTANCE, "{'subnetId': 'subnet-aaaaaaaaaa', 'attachment': 'tap', 'interface': 'a/b'}",
     "invalid-value", "interface", "a/b"},
    {MODEL_BORDER_GATEWAY, "{'asn': 0}", "invalid-value", "asn", "0"},
    {MODEL_BORDER_GATEWAY, "{'asn': 23456}", "invalid-value", "asn", "23456"},
    {MODEL_BORDER_GATEWAY, "{'asn': 4294967295}", "invalid-value", "asn", "4294967295"},
    {MODEL_BORDER_GATEWAY, "{'asn': -1}", "invalid-value", "asn", "-1"},
    {MODEL_BORDER_GATEWAY, "{'asn': 1.5}", "wrong-type", "asn", "1.5"},
    {MODEL_BORDER_GATEWAY, "{'asn': '65000'}", "wrong-type", "asn", "65000"},
    {MODEL_BORDER_GATEWAY, "{'transit': 1}", "wrong-type", "transit", "1"},
    {MODEL_CUSTOMER_GATEWAY, "{}", "required", "addresses", ""},
    {MODEL_CUSTOMER_GATEWAY, "{'addresses': []}", "invalid-value", "addresses", ""},
    {MODEL_CUSTOMER_GATEWAY, "{'addresses': ['1.1.1.1', '1.1.1.2', '1.1.1.3']}", "invalid-value",
     "addresses", "[\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\"]"},
    {MODEL_CUSTOMER_GATEWAY, "{'addresses': ['1.1.1.1', '1.1.1.1']}", "invalid-value",
     "addresses[1]", "1.1.1.1"},
    {MODEL_CUSTOMER_GATEWAY, "{'addresses': ['224.0.0.5']}", "invalid-value", "addresses[0]",
     "224.0.0.5"},
    {MODEL_CUSTOMER_GATEWAY, "{'addresses': ['1.1.1']}", "invalid-value", "addresses[0]", "1.1.1"},
    {MODEL_CUSTOMER_GATEWAY, "{'addresses': '1.1.1.1'}", "wrong-type", "addresses", "1.1.1.1"},
    {MODEL_CUSTOMER_GATEWAY, "{'addresses': ['1.1.1.1'], 'asn': 23456}", "invalid-value", "asn",
     "23456"},
    {MODEL_VPC_ATTACHMENT,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'vpcId': 'vpc-aaaaaaaaaa', 'propagation': "
     "'subnets'}",
     "invalid-value", "subnetIds", "[]"},
    {MODEL_VPC_ATTACHMENT,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'vpcId': 'vpc-aaaaaaaaaa', 'subnetIds': "
     "['subnet-aaaaaaaaaa']}",
     "invalid-value", "subnetIds", "[\"subnet-aaaaaaaaaa\"]"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'holdSeconds': 2}}",
     "invalid-value", "bgp.holdSeconds", "2"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'holdSeconds': 65536}}",
     "invalid-value", "bgp.holdSeconds", "65536"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'gracefulRestartSeconds': 4096}}",
     "invalid-value", "bgp.gracefulRestartSeconds", "4096"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'prepend': 11}}",
     "invalid-value", "bgp.prepend", "11"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'overLimit': 'drop'}}",
     "invalid-value", "bgp.overLimit", "drop"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'communities': ['65000']}}",
     "invalid-value", "bgp.communities[0]", "65000"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'communities': ['1:2', '65536:1']}}",
     "invalid-value", "bgp.communities[1]", "65536:1"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'communities': ['1:2:4294967296']}}",
     "invalid-value", "bgp.communities[0]", "1:2:4294967296"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'communities': ['1:2:3:4']}}",
     "invalid-value", "bgp.communities[0]", "1:2:3:4"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'communities': ['01:2']}}",
     "invalid-value", "bgp.communities[0]", "01:2"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'communities': ['1:']}}",
     "invalid-value", "bgp.communities[0]", "1:"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'communities': [':1']}}",
     "invalid-value", "bgp.communities[0]", ":1"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'communities': ['1:2\\nx']}}",
     "invalid-value", "bgp.communities[0]", "1:2\nx"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgp': "
     "{'communities': ['internet']}}",
     "invalid-value", "bgp.communities[0]", "internet"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgpPassword': "
     "'a\\u0022b'}",
     "invalid-value", "bgpPassword", ""},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bgpPassword': "
     "'é'}",
     "invalid-value", "bgpPassword", ""},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bfd': "
     "{'intervalMs': 49}}",
     "invalid-value", "bfd.intervalMs", "49"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', 'bfd': "
     "{'multiplier': 1}}",
     "invalid-value", "bfd.multiplier", "1"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'importPrefixes': ['10.0.0.1/8']}",
     "invalid-value", "importPrefixes[0]", "10.0.0.1/8"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'exportPrefixes': ['10.0.0.0/8', '10.0.0.0/8']}",
     "invalid-value", "exportPrefixes[1]", "10.0.0.0/8"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'localSelectors': ['10.1.0.0/16', '10.1.0.1/16']}",
     "invalid-value", "localSelectors[1]", "10.1.0.1/16"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'localSelectors': ['10.1.0.0/16', 'fd00:1::/64'], 'remoteSelectors': ['10.2.0.0/16']}",
     "invalid-value", "remoteSelectors", "[\"10.2.0.0/16\"]"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'translations': [{'side': 'ours', 'prefix': '10.0.0.0/16', 'seenAs': '100.64.0.0/16'}]}",
     "invalid-value", "translations[0].side", "ours"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'translations': [{'side': 'own', 'prefix': '10.0.0.0/16'}]}",
     "required", "translations[0].seenAs", ""},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'translations': [{'side': 'own', 'prefix': '10.0.0.0/16', 'seenAs': '100.64.0.0/17'}]}",
     "invalid-value", "translations[0].seenAs", "100.64.0.0/17"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'translations': [{'side': 'own', 'prefix': '10.0.0.0/16', 'seenAs': 'fd00::/16'}]}",
     "invalid-value", "translations[0].seenAs", "fd00::/16"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'translations': [{'side': 'own', 'prefix': '169.254.0.0/17', 'seenAs': '100.64.0.0/17'}]}",
     "invalid-value", "translations[0].prefix", "169.254.0.0/17"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'translations': [{'side': 'own', 'prefix': '10.0.0.0/16', 'seenAs': '100.64.0.0/16'}, "
     "{'side': 'own', 'prefix': '10.0.1.0/24', 'seenAs': '100.65.0.0/24'}]}",
     "invalid-value", "translations[1].prefix", "10.0.1.0/24"},
    {MODEL_VPN_CONNECTION,
     "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa', "
     "'translations': [{'side': 'peer', 'prefix': '10.0.0.0/16', 'seenAs': '100.64.0.0/16'}, "
     "{'side': 'peer', 'prefix': '10.1.1.0/24', 'seenAs': '100.64.0.0/24'}]}",
     "invalid-value", "translations[1].seenAs", "100.64.0.0/24"},
    {MODEL_REGION, "{}", "required", "id", ""},
    {MODEL_REGION, "{'id': 'North 1'}", "invalid-value", "id", "North 1"},
    {MODEL_REGION, "{'id': 'n1', 'quotas': {'cats': 1}}", "unknown-field", "quotas.cats", ""},
    {MODEL_REGION, "{'id': 'n1', 'quotas': {'vpcs': -1}}", "invalid-value", "quotas.vpcs", "-1"},
    {MODEL_REGION, "{'id': 'n1', 'publicPools': ['9.0.0.0/8', '224.0.0.0/24']}", "invalid-value",
     "publicPools[1]", "224.0.0.0/24"},
    {MODEL_REGION, "{'id': 'n1', 'publicPools': ['127.0.0.0/8']}", "invalid-value",
     "publicPools[0]", "127.0.0.0/8"},
    {MODEL_VPN_TUNNEL, "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'tunnelAddress': '224.0.0.1/30'}",
     "invalid-value", "tunnelAddress", "224.0.0.1/30"},
    {MODEL_REGION, "{'id': 'n1', 'publicPools': ['9.0.0.0/8', '9.9.0.0/16']}", "invalid-value",
     "publicPools[1]", "9.9.0.0/16"},
};

static void test_refuses_with_field_and_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad_input); i++) {
        struct model_error e = {0};
        json_t *in = parse(bad_input[i].in), *out = NULL;

        print_message("%s\n", bad_input[i].in);
        assert_int_equal(-EINVAL,
                         model_validate_create(model_kind(bad_input[i].kind), in, &out, NULL, &e));
        assert_null(out);
        assert_int_equal(400, e.status);
        assert_string_equal(bad_input[i].type, e.type);
        assert_string_equal(bad_input[i].field, e.field);
        assert_string_equal(bad_input[i].value, e.value);
        assert_true(strlen(e.rule) > 10);
        model_error_done(&e);
        json_decref(in);
    }
}

static void test_refuses_tunnel_parameters(void **state)
{
    static const struct {
        const char *in, *field;
    } cases[] = {
        {"'psk': 'short'", "psk"},
        {"'psk': 'with\\ttab and more'", "psk"},
        {"'psk': 12345678", "psk"},
        {"'psk': 'hex:0001020304050'", "psk"},
        {"'psk': 'hex:00010203040506'", "psk"}, /* 7 bytes */
        {"'psk': 'base64:AAECAwQFBgc'", "psk"},
        {"'localId': 'bad_@'", "localId"},
        {"'localId': '10.0.0.256'", "localId"},
        {"'remoteId': 'keyid:'", "remoteId"},
        {"'remoteId': 'keyid:0xabc'", "remoteId"},
        {"'remoteId': 'dn:gw'", "remoteId"},
        {"'remoteId': 'ipv4:fd00::1'", "remoteId"},
        {"'ike': 5", "ike"},
        {"'ike': {'colour': 1}", "ike.colour"},
        {"'ike': {'dhGroups': []}", "ike.dhGroups"},
        {"'ike': {'dhGroups': [14, 14]}", "ike.dhGroups[1]"},
        {"'ike': {'dhGroups': [22]}", "ike.dhGroups[0]"},
        {"'ike': {'dhGroups': ['none']}", "ike.dhGroups[0]"},
        {"'ike': {'dhGroups': ['14']}", "ike.dhGroups[0]"},
        {"'ike': {'dhGroups': ['mlkem768']}", "ike.dhGroups[0]"},
        {"'ike': {'additionalKeyExchanges': ['mlkem768', '14']}", "ike.additionalKeyExchanges[1]"},
        {"'ike': {'additionalKeyExchanges': ['kyber']}", "ike.additionalKeyExchanges[0]"},
        {"'ike': {'additionalKeyExchanges': [36]}", "ike.additionalKeyExchanges[0]"},
        {"'ike': {'additionalKeyExchanges': [20, 20]}", "ike.additionalKeyExchanges[1]"},
        {"'ike': {'encryption': ['des']}", "ike.encryption[0]"},
        {"'ike': {'lifetimeSeconds': 3599}", "ike.lifetimeSeconds"},
        {"'ike': {'version': 3}", "ike.version"},
        {"'ike': {'version': 1, 'encryption': ['aes128gcm16']}", "ike.encryption"},
        {"'ike': {'exchangeMode': 'aggressive'}", "ike.exchangeMode"},
        {"'ike': {'lifetimeSeconds': 3600}", "ipsec.lifetimeSeconds"},
        {"'ipsec': {'lifetimeSeconds': 14400}", "ipsec.lifetimeSeconds"},
        {"'ipsec': {'lifetimeSeconds': 179}", "ipsec.lifetimeSeconds"},
        {"'ipsec': {'antiReplayWindow': 8193}", "ipsec.antiReplayWindow"},
        {"'ipsec': {'mode': 'transport'}", "ipsec.mode"},
        {"'ipsec': {'lifetimeBytes': -1}", "ipsec.lifetimeBytes"},
        {"'ipsec': {'lifetimeBytes': 1}", "ipsec.lifetimeBytes"},
        {"'ipsec': {'lifetimeBytes': 999999}", "ipsec.lifetimeBytes"},
        {"'ipsec': {'lifetimePackets': 999}", "ipsec.lifetimePackets"},
        {"'dpd': {'intervalSeconds': 30}", "dpd.timeoutSeconds"},
        {"'mtu': 500", "mtu"},
        {"'mtu': 9001", "mtu"},
        {"'operState': 'up'", "operState"},
        {"'tunnelAddress': '169.254.1.0/30'", "tunnelAddress"},
        {"'tunnelAddress': '169.254.1.3/30'", "tunnelAddress"},
        {"'tunnelAddress': '169.254.1.1/29'", "tunnelAddress"},
        {"'tunnelAddress': '169.254.1.1/30', 'peerTunnelAddress': '169.254.1.1'",
         "peerTunnelAddress"},
        {"'tunnelAddress': '169.254.1.1/30', 'peerTunnelAddress': '169.254.1.5'",
         "peerTunnelAddress"},
        {"'tunnelAddress': '169.254.1.1/30', 'peerTunnelAddress': '169.254.1.3'",
         "peerTunnelAddress"},
        {"'tunnelAddress': '169.254.1.1/30', 'peerTunnelAddress': 'fd00::1'", "peerTunnelAddress"},
        {"'tunnelAddress': 'nonsense'", "tunnelAddress"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct model_error e = {0};
        char text[512];
        json_t *in, *out = NULL;

        snprintf(text, sizeof(text), "{'vpnConnectionId': 'vpn-aaaaaaaaaa', %s}", cases[i].in);
        in = parse(text);
        print_message("%s\n", text);
        assert_int_equal(-EINVAL,
                         model_validate_create(model_kind(MODEL_VPN_TUNNEL), in, &out, NULL, &e));
        assert_string_equal(cases[i].field, e.field);
        if (strcmp(e.field, "psk") == 0)
            assert_string_equal("", e.value); /* never a secret */
        model_error_done(&e);
        json_decref(in);
    }
}

static json_t *validated(enum model_kind_id kind, const char *json, json_t *warnings)
{
    struct model_error e = {0};
    json_t *in = parse(json), *out = NULL;
    int r = model_validate_create(model_kind(kind), in, &out, warnings, &e);

    if (r < 0)
        fail_msg("%s: %s: %s", json, e.field, e.rule);
    json_decref(in);
    return out;
}

static void test_takes_good_input_and_fills_defaults(void **state)
{
    json_t *t = validated(MODEL_VPN_TUNNEL,
                          "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'ike': {'dhGroups': [19]}, "
                          "'tunnelAddress': '169.254.9.1', 'name': '北京-1', 'mtu': null}",
                          NULL);
    json_t *v = validated(MODEL_VPC, "{'extraCidrs': ['FD00:0::/48', '20.0.0.0/8']}", NULL);

    (void)state;
    assert_int_equal(2, model_int(t, "ike.version", 0));
    assert_int_equal(1, json_array_size(model_list(t, "ike.dhGroups")));
    assert_int_equal(14400, model_int(t, "ike.lifetimeSeconds", 0));
    assert_int_equal(3600, model_int(t, "ipsec.lifetimeSeconds", 0));
    assert_string_equal("aes128gcm16",
                        json_string_value(json_array_get(model_list(t, "ipsec.encryption"), 0)));
    assert_true(model_bool(t, "ipsec.esn", false));
    assert_int_equal(0, model_int(t, "mtu", -1));
    assert_string_equal("169.254.9.1/30", model_str(t, "tunnelAddress"));
    assert_string_equal("restart", model_str(t, "dpd.action"));
    assert_null(json_object_get(t, "psk"));
    assert_string_equal("fd00::/48",
                        json_string_value(json_array_get(model_list(v, "extraCidrs"), 0)));
    assert_null(json_object_get(v, "cidr"));
    json_decref(t);
    json_decref(v);
}

static void test_host_bits_are_explained(void **state)
{
    struct model_error e = {0};
    json_t *in = parse("{'cidr': '10.1.2.3/16'}"), *out = NULL, *problem;

    (void)state;
    assert_int_equal(-EINVAL, model_validate_create(model_kind(MODEL_VPC), in, &out, NULL, &e));
    assert_non_null(strstr(said(e.rule), "10.1.0.0/16"));
    problem = model_error_problem(&e, WORDS_EN);
    assert_int_equal(400, model_int(problem, "status", 0));
    assert_string_equal("cidr", model_str(problem, "field"));
    assert_string_equal("10.1.2.3/16", model_str(problem, "value"));
    assert_null(json_object_get(problem, "operation"));
    json_decref(problem);
    e.operation = 1; /* the first one of a batch */
    problem = model_error_problem(&e, WORDS_EN);
    assert_int_equal(0, model_int(problem, "operation", -1));
    json_decref(problem);
    json_decref(in);
    model_error_done(&e);
}

static void test_weak_choices_warn(void **state)
{
    json_t *warnings = json_array();
    json_t *t = validated(MODEL_VPN_TUNNEL,
                          "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'ike': {'dhGroups': [14, 2], "
                          "'integrity': ['sha1']}, 'ipsec': {'dhGroups': [5, 'none']}}",
                          warnings);

    (void)state;
    assert_int_equal(3, json_array_size(warnings));
    json_decref(t);
    json_decref(warnings);
}

/* What is likely to surprise is said at once, not only when it does not work. */
static void test_what_surprises_warns(void **state)
{
    static const struct {
        enum model_kind_id kind;
        const char *json;
        size_t warnings;
    } cases[] = {
        {MODEL_VPN_TUNNEL, "{'vpnConnectionId': 'vpn-aaaaaaaaaa'}", 0},
        {MODEL_VPN_TUNNEL, "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'ike': {'version': 1}}", 0},
        {MODEL_VPN_TUNNEL, "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'psk': '0x31323334'}", 1},
        {MODEL_VPN_TUNNEL, "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'psk': '0sMTIzNDU2'}", 1},
        {MODEL_VPN_TUNNEL, "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'psk': 'hex:3132333435363738'}",
         0},
        {MODEL_INSTANCE, "{'subnetId': 'subnet-aaaaaaaaaa'}", 0},
        {MODEL_INSTANCE, "{'subnetId': 'subnet-aaaaaaaaaa', 'attachment': 'tap'}", 0},
        {MODEL_INSTANCE,
         "{'subnetId': 'subnet-aaaaaaaaaa', 'attachment': 'nic', 'interface': 'eth1'}", 0},
        {MODEL_VPN_CONNECTION,
         "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': 'cgw-aaaaaaaaaa'}", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *warnings = json_array();

        json_decref(validated(cases[i].kind, cases[i].json, warnings));
        assert_int_equal(cases[i].warnings, json_array_size(warnings));
        json_decref(warnings);
    }
}

static void test_update_merges_and_keeps_what_is_fixed(void **state)
{
    static const struct {
        const char *patch, *field; /* NULL: taken */
    } cases[] = {
        {"{}", NULL},
        {"{'name': 'b', 'ike': {'lifetimeSeconds': 7200}}", NULL},
        {"{'vpnConnectionId': 'vpn-aaaaaaaaaa'}", NULL},
        {"{'vpnConnectionId': 'vpn-bbbbbbbbbb'}", "vpnConnectionId"},
        {"{'vpnConnectionId': null}", "vpnConnectionId"},
        {"{'cloudAddress': '1.1.1.1'}", "cloudAddress"},
        {"{'id': 'vpntun-bbbbbbbbbb'}", "id"},
        {"{'operState': 'up'}", "operState"},
        {"{'copyParametersFrom': 'vpntun-bbbbbbbbbb'}", "copyParametersFrom"},
        {"{'psk': null}", "psk"},
        {"{'nothing': null}", "nothing"},
        {"{'ike': {'nothing': 1}}", "ike.nothing"},
        {"{'ike': null}", NULL},
        {"{'ipsec': {'lifetimeSeconds': 20000}}", "ipsec.lifetimeSeconds"},
        {"[1]", ""},
        {"{'ipsec': {'lifetimeBytes': 1}}", NULL}, /* it was so before */
        {"{'ipsec': {'lifetimeBytes': 2}}", "ipsec.lifetimeBytes"},
        {"{'ipsec': {'lifetimeBytes': 1000000, 'lifetimePackets': 1000}}", NULL},
        {"{'ipsec': {'lifetimePackets': 999}}", "ipsec.lifetimePackets"},
    };
    json_t *current = validated(MODEL_VPN_TUNNEL,
                                "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'name': 'a', 'psk': "
                                "'0123456789', 'ike': {'lifetimeSeconds': 9000}}",
                                NULL);

    (void)state;
    json_object_set_new(json_object_get(current, "ipsec"), "lifetimeBytes", json_integer(1));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct model_error e = {0};
        json_t *patch = parse(cases[i].patch), *out = NULL;
        int r = model_validate_update(model_kind(MODEL_VPN_TUNNEL), current, patch, &out, NULL, &e);

        print_message("%s\n", cases[i].patch);
        if (cases[i].field) {
            assert_int_equal(-EINVAL, r);
            assert_string_equal(cases[i].field, e.field);
        } else {
            assert_int_equal(0, r);
            assert_string_equal("0123456789", model_str(out, "psk"));
        }
        if (i == 1) {
            assert_string_equal("b", model_str(out, "name"));
            assert_int_equal(7200, model_int(out, "ike.lifetimeSeconds", 0));
            assert_int_equal(8, json_array_size(model_list(out, "ike.dhGroups")));
        }
        if (strcmp(cases[i].patch, "{'ike': null}") == 0)
            assert_int_equal(14400, model_int(out, "ike.lifetimeSeconds", 0));
        json_decref(out);
        json_decref(patch);
        model_error_done(&e);
    }
    json_decref(current);
}

static void test_view_hides_secrets_and_merges_status(void **state)
{
    json_t *t = validated(MODEL_VPN_TUNNEL,
                          "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'psk': '0123456789'}", NULL);
    json_t *status = parse("{'operState': 'up', 'name': 'evil', 'nonsense': {}}");
    struct model_resource *tunnel;
    json_t *v, *also;

    (void)state;
    json_object_set_new(t, "id", json_string("vpntun-aaaaaaaaaa"));
    assert_int_equal(0, model_decode(model_kind(MODEL_VPN_TUNNEL), t, &tunnel, NULL));
    v = model_view(tunnel, status, NULL);
    assert_null(json_object_get(v, "psk"));
    assert_null(json_object_get(v, "nonsense"));
    assert_string_equal("up", model_str(v, "operState"));
    assert_string_equal("", model_str(v, "name"));
    json_decref(v);
    also = parse("{'operState': 'down', 'lastError': 'no answer'}");
    v = model_view(tunnel, status, also);
    assert_string_equal("up", model_str(v, "operState")); /* whoever is asked first */
    assert_string_equal("no answer", model_str(v, "lastError"));
    json_decref(v);
    json_decref(also);
    model_resource_unref(tunnel);
    json_decref(status);
    json_decref(t);
}

static void test_filters(void **state)
{
    const struct model_kind *k = model_kind(MODEL_CUSTOMER_GATEWAY);
    json_t *g = validated(MODEL_CUSTOMER_GATEWAY,
                          "{'name': 'a', 'addresses': ['1.1.1.1', 'fd00::1'], 'asn': 7}", NULL);
    json_t *v = validated(MODEL_VPC, "{'extraCidrs': ['fd00::/48']}", NULL);

    (void)state;
    assert_true(model_filter_match(k, g, "addresses", "1.1.1.1"));
    assert_true(model_filter_match(k, g, "addresses", "fd00:0::1"));
    assert_false(model_filter_match(k, g, "addresses", "1.1.1.2"));
    assert_true(model_filter_match(k, g, "asn", "7"));
    assert_true(model_filter_match(k, g, "name", "a"));
    assert_false(model_filter_match(k, g, "name", "A"));
    assert_true(model_filter_match(model_kind(MODEL_VPC), v, "extraCidrs", "FD00:0::/48"));
    assert_false(model_filter_match(model_kind(MODEL_VPC), v, "extraCidrs", "fd00::/47"));
    json_decref(v);
    assert_null(model_filter_field(k, "tags"));
    assert_null(model_filter_field(k, "nothing"));
    assert_null(model_filter_field(model_kind(MODEL_VPN_TUNNEL), "psk"));
    assert_non_null(model_filter_field(model_kind(MODEL_VPN_TUNNEL), "ike.version"));
    json_decref(g);
}

static void test_filters_that_never_match(void **state)
{
    static const struct {
        enum model_kind_id kind;
        const char *path, *good, *bad;
    } cases[] = {
        {MODEL_BORDER_GATEWAY, "asn", "65000", "many"},
        {MODEL_BORDER_GATEWAY, "asn", "0", "-1"},
        {MODEL_BORDER_GATEWAY, "transit", "true", "yes"},
        {MODEL_VPN_TUNNEL, "adminState", "up", "on"},
        {MODEL_VPN_TUNNEL, "ipsec.dhGroups", "none", "1"},
        {MODEL_VPN_TUNNEL, "tunnelAddress", "169.254.1.1/30", "here"},
        {MODEL_CUSTOMER_GATEWAY, "addresses", "fd00::1", "1.2.3"},
        {MODEL_VPC, "cidr", "10.0.0.0/16", "10.0.0.1/16"},
        {MODEL_SUBNET, "vpcId", "vpc-aaaaaaaaaa", "office"},
        {MODEL_SUBNET, "vpcId", "vpc-aaaaaaaaaa", "subnet-aaaaaaaaaa"},
        {MODEL_BORDER_GATEWAY_ROUTE, "nextHop", "blackhole", "hole"},
        {MODEL_BORDER_GATEWAY_ROUTE, "nextHop", "vpn-aaaaaaaaaa", "vpc-aaaaaaaaaa"},
    };
    struct model_error error = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct model_kind *k = model_kind(cases[i].kind);

        print_message("%s\n", cases[i].bad);
        assert_int_equal(0, model_filter_check(k, cases[i].path, cases[i].good, &error));
        assert_int_equal(-EINVAL, model_filter_check(k, cases[i].path, cases[i].bad, &error));
        assert_string_equal(cases[i].path, error.field);
        assert_string_equal(cases[i].bad, error.value);
        model_error_done(&error);
    }
}

static void test_long_values_are_cut_on_a_character(void **state)
{
    struct model_error e = {0};
    char text[1200];
    json_t *in, *out = NULL, *problem;

    (void)state;
    strcpy(text, "{'name': '");
    for (int i = 0; i < 300; i++)
        strcat(text, "索");
    strcat(text, "'}");
    in = parse(text);
    assert_int_equal(-EINVAL, model_validate_create(model_kind(MODEL_VPC), in, &out, NULL, &e));
    assert_true(text_is_utf8(e.value, strlen(e.value)));
    assert_true(strlen(e.value) > 100);
    problem = model_error_problem(&e, WORDS_EN);
    assert_non_null(problem);
    json_decref(problem);
    json_decref(in);
    model_error_done(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_with_field_and_status),
        cmocka_unit_test(test_refuses_tunnel_parameters),
        cmocka_unit_test(test_takes_good_input_and_fills_defaults),
        cmocka_unit_test(test_host_bits_are_explained),
        cmocka_unit_test(test_weak_choices_warn),
        cmocka_unit_test(test_what_surprises_warns),
        cmocka_unit_test(test_update_merges_and_keeps_what_is_fixed),
        cmocka_unit_test(test_view_hides_secrets_and_merges_status),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_filters_that_never_match),
        cmocka_unit_test(test_long_values_are_cut_on_a_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
