#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "desired.h"
#include "documents.h"

#include "../said.h"

/* Parses the object of the document that the key names. */
static int parse(const json_t *doc, const char *key, void **ret, struct desired_error *err)
{
    const char *id = strchr(key, '/') + 1;

    err->text[0] = 0;
    return desired_parse(desired_type_of(key, (size_t)(id - key) - 1), id,
                         json_object_get(doc, key), ret, err);
}

static void *parsed(const json_t *doc, const char *key)
{
    struct desired_error err;
    void *value = NULL;

    if (parse(doc, key, &value, &err) < 0)
        fail_msg("%s: %s", key, said(err.text));
    return value;
}

static void test_an_instance_becomes_a_port(void **state)
{
    json_t *doc = document_make();
    struct desired_instance *i = parsed(doc, DOC_INSTANCE);
    const struct ipc_port *port = &i->port;
    char text[ADDR_TEXT_MAX];

    (void)state;
    assert_string_equal(port->id, "i-web0000000");
    assert_string_equal(i->netns, "rw-web0000000");
    assert_string_equal(i->vpc, "vpc-a");
    assert_int_equal(port->kind, IPC_PORT_TAP);
    assert_memory_equal(port->mac, "\x02\0\0\0\0\x0a", 6);
    assert_memory_equal(port->gateway_mac, "\x06\0\0\0\0\x01", 6);
    assert_int_equal(port->mtu, 1400);
    assert_string_equal(addr_format(&port->address, text), "10.1.0.4");
    assert_string_equal(addr_format(&port->gateway, text), "10.1.0.1");
    assert_int_equal(port->subnet.len, 24);
    assert_string_equal(port->table, "rtb-a");
    desired_free(DESIRED_INSTANCE, i);
    json_decref(doc);
}

static void test_what_routing_needs(void **state)
{
    json_t *doc = document_make();
    struct desired_address *address = parsed(doc, DOC_ADDRESS);
    struct desired_vpc *vpc = parsed(doc, DOC_VPC);
    struct desired_table *table = parsed(doc, DOC_TABLE);
    struct desired_gateway *gateway = parsed(doc, DOC_GATEWAY);
    struct desired_attachment *attachment = parsed(doc, DOC_ATTACHMENT);
    struct desired_route *route = parsed(doc, DOC_ROUTE);
    char text[ADDR_TEXT_MAX];

    (void)state;
    assert_string_equal(addr_format(&address->address, text), "198.51.100.1");
    assert_int_equal(desired_generation(DESIRED_ADDRESS, address), 1);
    assert_int_equal(vpc->n_ranges, 1);
    assert_int_equal(vpc->n_subnets, 1);
    assert_string_equal(vpc->subnets[0].table, "rtb-a");
    assert_int_equal(table->n_routes, 0);
    assert_int_equal(table->n_propagations, 1);
    assert_int_equal(table->max_propagated, 100);
    assert_false(gateway->transit);
    assert_int_equal(gateway->max_dynamic, 300);
    assert_string_equal(attachment->vpc, "vpc-a");
    assert_int_equal(attachment->prefixes[0].since, 1);
    assert_string_equal(route->next_hop, "vpn-a");
    assert_int_equal(route->destination.len, 16);
    desired_free(DESIRED_ADDRESS, address);
    desired_free(DESIRED_VPC, vpc);
    desired_free(DESIRED_TABLE, table);
    desired_free(DESIRED_GATEWAY, gateway);
    desired_free(DESIRED_ATTACHMENT, attachment);
    desired_free(DESIRED_ROUTE, route);
    json_decref(doc);
}

static void test_a_tunnel_becomes_messages(void **state)
{
    json_t *doc = document_make();
    struct desired_tunnel *t = parsed(doc, DOC_TUNNEL);
    const struct ipc_tunnel *dp = &t->dataplane;
    const struct ipc_ike_tunnel *ike = &t->ike;
    char text[ADDR_TEXT_MAX];

    (void)state;
    assert_string_equal(dp->id, "vpntun-aaaaaaaaaa");
    assert_string_equal(dp->connection, "vpn-a");
    assert_string_equal(t->gateway, "bgw-a");
    assert_true(dp->admin_up);
    assert_true(dp->mss_clamp);
    assert_int_equal(dp->mtu, 0);
    assert_int_equal(dp->outer_mtu, 1500);
    assert_string_equal(addr_format(&dp->inner_local, text), "169.254.1.1");
    assert_string_equal(addr_format(&dp->inner_remote, text), "169.254.1.2");

    assert_string_equal(ike->id, dp->id);
    assert_string_equal(ike->name, "索道 1");
    assert_int_equal(ike->version, 2);
    assert_true(ike->admin_up);
    assert_true(ike->initiate);
    assert_int_equal(ike->local_id.kind, IPC_IDENT_ADDRESS);
    assert_int_equal(ike->remote_id.kind, IPC_IDENT_WRITTEN);
    assert_string_equal(ike->remote_id.text, "gw.example.com");
    assert_int_equal(ike->psk.len, 13);
    assert_memory_equal(ike->psk.bytes, "not so secret", 13);
    assert_int_equal(ike->ike.n_ciphers, 2);
    assert_int_equal(ike->ike.ciphers[0].encr, 12);
    assert_int_equal(ike->ike.ciphers[0].key_bits, 128);
    assert_int_equal(ike->ike.ciphers[1].encr, 28);
    assert_int_equal(ike->ike.ciphers[1].key_bits, 0);
    assert_int_equal(ike->ike.integrity[0], 12);
    assert_int_equal(ike->ike.integrity[1], 2);
    assert_int_equal(ike->ike.groups[1], 31);
    assert_int_equal(ike->ike_lifetime_s, 14400);
    assert_int_equal(ike->child.ciphers[0].encr, 20);
    assert_int_equal(ike->child.ciphers[0].key_bits, 256);
    assert_int_equal(ike->child.integrity[0], 13);
    assert_int_equal(ike->child.integrity[1], 14);
    assert_int_equal(ike->child.n_groups, 2);
    assert_int_equal(ike->child.groups[1], 0);
    assert_int_equal(ike->child_lifetime_s, 3600);
    assert_int_equal(ike->child_lifetime_bytes, 5000000000);
    assert_int_equal(ike->replay_window, 1024);
    assert_true(ike->esn);
    assert_true(ike->dpd);
    assert_int_equal(ike->dpd_action, 1);
    desired_free(DESIRED_TUNNEL, t);
    json_decref(doc);
}

/* What comes out of it must be what ipc can carry. */
static void test_translations_of_a_tunnel(void **state)
{
    json_t *doc = document_make();
    const struct ipc_translation *pair;
    struct desired_tunnel *t;
    char text[PREFIX_TEXT_MAX];

    (void)state;
    document_set(doc, DOC_TUNNEL " translations",
                 "[{\"side\": \"own\", \"prefix\": \"10.0.0.0/16\", \"seenAs\": "
                 "\"100.64.0.0/16\"}, {\"side\": \"peer\", \"prefix\": \"fd00::/48\", "
                 "\"seenAs\": \"fd65::/48\"}]");
    t = parsed(doc, DOC_TUNNEL);
    pair = t->dataplane.translations;
    assert_int_equal(t->dataplane.n_translations, 2);
    assert_int_equal(pair[0].side, IPC_SIDE_OWN);
    assert_string_equal(prefix_format(&pair[0].prefix, text), "10.0.0.0/16");
    assert_string_equal(prefix_format(&pair[0].seen_as, text), "100.64.0.0/16");
    assert_int_equal(pair[1].side, IPC_SIDE_PEER);
    assert_string_equal(prefix_format(&pair[1].seen_as, text), "fd65::/48");
    desired_free(DESIRED_TUNNEL, t);
    json_decref(doc);
}

static void test_messages_can_be_written(void **state)
{
    static uint8_t record[IPC_MSG_MAX];
    static struct ipc_msg msg;
    json_t *doc = document_make();
    struct desired_tunnel *t = parsed(doc, DOC_TUNNEL);
    struct desired_instance *i = parsed(doc, DOC_INSTANCE);
    size_t len;

    (void)state;
    memset(&msg, 0, sizeof(msg));
    msg.type = IPC_IKE_TUNNEL;
    msg.ike_tunnel = t->ike;
    assert_int_equal(ipc_encode(&msg, record, sizeof(record), &len), 0);
    msg.type = IPC_DP_PORT;
    msg.port = i->port;
    assert_int_equal(ipc_encode(&msg, record, sizeof(record), &len), 0);
    desired_free(DESIRED_TUNNEL, t);
    desired_free(DESIRED_INSTANCE, i);
    json_decref(doc);
}

/* One thing in disorder: a reason that names it. */
static const struct {
    const char *key, *path, *json, *reason;
} bad_objects[] = {
    {DOC_TUNNEL, DOC_TUNNEL " ike encryption", "[\"rot13\"]",
     "ike.encryption: \"rot13\" is unknown"},
    {DOC_TUNNEL, DOC_TUNNEL " ike encryption", "[]", "ike.encryption: is empty"},
    {DOC_TUNNEL, DOC_TUNNEL " ike encryption", "[7]", "ike.encryption: 7 is unknown"},
    {DOC_TUNNEL, DOC_TUNNEL " ike integrity", "[\"md5\"]", "ike.integrity: \"md5\" is unknown"},
    {DOC_TUNNEL, DOC_TUNNEL " ike dhGroups", "[\"many\"]", "ike.dhGroups: \"many\" is unknown"},
    {DOC_TUNNEL, DOC_TUNNEL " ike dhGroups", "[0]", "ike.dhGroups: 0 is unknown"},
    {DOC_TUNNEL, DOC_TUNNEL " ike additionalKeyExchanges", "[\"kyber768\"]",
     "ike.additionalKeyExchanges: \"kyber768\" is unknown"},
    {DOC_TUNNEL, DOC_TUNNEL " ike dhGroups", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]",
     "dhGroups: has 17 entries, more than 16"},
    {DOC_TUNNEL, DOC_TUNNEL " ike version", "3", "version: 3 is not in 0 to 2"},
    {DOC_TUNNEL, DOC_TUNNEL " ike version", "0", "ike.version: must be 1 or 2"},
    {DOC_TUNNEL, DOC_TUNNEL " ike lifetimeSeconds", "-1", "lifetimeSeconds: -1"},
    {DOC_TUNNEL, DOC_TUNNEL " ike", NULL, "ike: is missing"},
    {DOC_TUNNEL, DOC_TUNNEL " ipsec", "[]", "ipsec: is no object"},
    {DOC_TUNNEL, DOC_TUNNEL " ipsec esn", "1", "esn: is not true or false"},
    {DOC_TUNNEL, DOC_TUNNEL " ipsec antiReplayWindow", "8193", "antiReplayWindow: 8193"},
    {DOC_TUNNEL, DOC_TUNNEL " ipsec lifetimeBytes", "1.5", "lifetimeBytes: is no whole number"},
    {DOC_TUNNEL, DOC_TUNNEL " dpd action", "\"panic\"", "dpd.action: \"panic\" is unknown"},
    {DOC_TUNNEL, DOC_TUNNEL " dpd intervalSeconds", "70000", "intervalSeconds: 70000"},
    {DOC_TUNNEL, DOC_TUNNEL " psk", "\"\"", "psk: is missing"},
    {DOC_TUNNEL, DOC_TUNNEL " psk", NULL, "psk: is missing"},
    {DOC_TUNNEL, DOC_TUNNEL " psk", "\"hex:000102030405060\"", "psk: is no pre-shared key"},
    {DOC_TUNNEL, DOC_TUNNEL " cloudAddress", "\"198.51.100\"",
     "cloudAddress: \"198.51.100\" is no address"},
    {DOC_TUNNEL, DOC_TUNNEL " cloudAddress", NULL, "cloudAddress: is missing"},
    {DOC_TUNNEL, DOC_TUNNEL " tunnelAddress", "\"169.254.1/30\"",
     "tunnelAddress: \"169.254.1/30\""},
    {DOC_TUNNEL, DOC_TUNNEL " localId", "\"a b\"", "localId: \"a b\" is no identity"},
    {DOC_TUNNEL, DOC_TUNNEL " adminState", "\"sideways\"", "adminState: must be up or down"},
    {DOC_TUNNEL, DOC_TUNNEL " adminState", "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
     "adminState: is longer"},
    {DOC_TUNNEL, DOC_TUNNEL " mtu", "65536", "mtu: 65536"},
    {DOC_TUNNEL, DOC_TUNNEL " bgp", "[]", "bgp: is no object"},
    {DOC_TUNNEL, DOC_TUNNEL " translations", "{}", "translations: is no list"},
    {DOC_TUNNEL, DOC_TUNNEL " translations",
     "[{\"side\": \"own\", \"prefix\": \"10.0.0.0/16\", \"seenAs\": \"100.64.0.0/15\"}]",
     "seenAs must be of the family and length"},
    {DOC_TUNNEL, DOC_TUNNEL " translations",
     "[{\"side\": \"left\", \"prefix\": \"10.0.0.0/16\", \"seenAs\": \"100.64.0.0/16\"}]",
     "side: must be own or peer"},
    {DOC_INSTANCE, DOC_INSTANCE " address", "\"10.9.0.4\"", "lies outside of subnet 10.1.0.0/24"},
    {DOC_INSTANCE, DOC_INSTANCE " gateway", "\"::1\"", "gateway: lies outside of subnet"},
    {DOC_INSTANCE, DOC_INSTANCE " subnet", "\"10.1.0.1/24\"",
     "subnet: \"10.1.0.1/24\" is no prefix"},
    {DOC_INSTANCE, DOC_INSTANCE " mac", "\"02:00:00:00:00\"", "mac: \"02:00:00:00:00\""},
    {DOC_INSTANCE, DOC_INSTANCE " mac", "\"0200:00:00:00:00:\"", "is no MAC address"},
    {DOC_INSTANCE, DOC_INSTANCE " mac", "\"03:00:00:00:00:01\"", "is a multicast address"},
    {DOC_INSTANCE, DOC_INSTANCE " mtu", "67", "mtu: 67 is too small"},
    {DOC_INSTANCE, DOC_INSTANCE " attachment", "\"vlan\"",
     "attachment: \"vlan\" is unknown to this node"},
    {DOC_INSTANCE, DOC_INSTANCE " attachment", "\"nic\"", "interface: is missing"},
    {DOC_TUNNEL, DOC_TUNNEL " gateway", NULL, "gateway: is missing"},
    {DOC_TUNNEL, DOC_TUNNEL " generation", "\"1\"", "generation: is no whole number"},
    {DOC_TUNNEL, DOC_TUNNEL, "null", "value: is no object"},
    {DOC_TUNNEL, DOC_TUNNEL, "\"text\"", "value: is no object"},
    {DOC_INSTANCE, DOC_INSTANCE " vpc", NULL, "vpc: is missing"},
    {"instance/i-.x", "instance/i-.x", NULL, "is no id of an instance"},
    {"instance/web", "instance/web", NULL, "id: \"web\" is none of this type"},
    {"address/bgw-a/tunnel", "address/bgw-a/tunnel", NULL, "\"bgw-a/tunnel\" is none of this type"},
    {"instance/i-", "instance/i-", NULL, "is no id of an instance"},
    {"instance/i-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "instance/i-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, "is no id of an instance"},
    {DOC_ADDRESS, DOC_ADDRESS " generation", NULL, "generation: is missing"},
    {"address/here", "address/here", NULL, "\"here\" is no address"},
    {DOC_VPC, DOC_VPC " ranges 0", "\"10.1.0.1/16\"", "ranges: entry 1 is no prefix"},
    {DOC_VPC, DOC_VPC " subnets 0 cidr", "\"10.1.0.0\"", "cidr: \"10.1.0.0\" is no prefix"},
    {DOC_VPC, DOC_VPC " subnets", "{}", "subnets: is no list"},
    {DOC_TABLE, DOC_TABLE " propagations 0 range", "4", "range: is no text"},
    {DOC_TABLE, DOC_TABLE " routes", "[{\"destination\": \"10.0.0.0/8\", \"nextHop\": \"vpn-a\"}]",
     "nextHop: \"vpn-a\" is unknown to this node"},
    {DOC_GATEWAY, DOC_GATEWAY " transit", "0", "transit: is not true or false"},
    {DOC_ATTACHMENT, DOC_ATTACHMENT " prefixes 0 since", "-4", "since: -4 is not in 0 to"},
    {DOC_ATTACHMENT, DOC_ATTACHMENT " vpc", NULL, "vpc: is missing"},
    {DOC_ROUTE, DOC_ROUTE " nextHop", "\"i-a\"", "nextHop: \"i-a\" is unknown to this node"},
    {DOC_ROUTE, DOC_ROUTE " destination", "\"all\"", "destination: \"all\" is no prefix"},
    {"wormhole/w-a", "wormhole/w-a", NULL, "this node does not know objects of this type"},
};

static void test_bad_objects_have_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad_objects); i++) {
        json_t *doc = document_make();
        struct desired_error err;
        void *value = NULL;

        if (!json_object_get(doc, bad_objects[i].key)) /* another id, nothing else */
            json_object_set(doc, bad_objects[i].key,
                            json_object_get(doc, text_starts_with(bad_objects[i].key, "instance/")
                                                     ? DOC_INSTANCE
                                                     : DOC_ADDRESS));
        else
            document_set(doc, bad_objects[i].path, bad_objects[i].json);
        if (parse(doc, bad_objects[i].key, &value, &err) != -EBADMSG || value ||
            !strstr(said(err.text), bad_objects[i].reason))
            fail_msg("%s = %s: \"%s\"", bad_objects[i].path, bad_objects[i].json, said(err.text));
        assert_written(err.text);
        json_decref(doc);
    }
}

/* By certificate a tunnel needs no psk; another certificate is another tunnel. */
static void test_a_tunnel_with_a_certificate(void **state)
{
    json_t *doc = document_make();
    struct desired_error err;
    struct desired_tunnel *one, *two;
    void *none = NULL;

    (void)state;
    document_set(doc, DOC_TUNNEL " psk", NULL);
    document_set(doc, DOC_TUNNEL " authentication", "\"certificate\"");
    document_set(doc, DOC_TUNNEL " certificate", "\"one\"");
    document_set(doc, DOC_TUNNEL " caCertificates", "\"ca\"");
    assert_int_equal(parse(doc, DOC_TUNNEL, &none, &err), -EBADMSG);
    assert_non_null(strstr(said(err.text), "privateKey: is missing"));
    document_set(doc, DOC_TUNNEL " privateKey", "\"key\"");
    one = parsed(doc, DOC_TUNNEL);
    assert_int_equal(one->n_credentials, 1);
    assert_int_equal(one->ike.psk.len, 0);
    assert_string_equal(one->credentials->tunnel, "vpntun-aaaaaaaaaa");
    assert_int_equal(one->credentials->key_len, 3);
    assert_memory_equal(one->credentials->key, "key", 3);
    assert_int_equal(one->credentials->crl_len, 0);
    document_set(doc, DOC_TUNNEL " certificate", "\"two\"");
    two = parsed(doc, DOC_TUNNEL);
    assert_false(desired_equal(DESIRED_TUNNEL, one, two));
    assert_true(one->credentials_are != two->credentials_are);
    desired_free(DESIRED_TUNNEL, two);
    document_set(doc, DOC_TUNNEL " certificate", "\"one\"");
    two = parsed(doc, DOC_TUNNEL);
    assert_true(desired_equal(DESIRED_TUNNEL, one, two));
    desired_free(DESIRED_TUNNEL, one);
    desired_free(DESIRED_TUNNEL, two);
    json_decref(doc);
}

/* A second, changed value is told from the first, arrays included. */
static void test_equal_values(void **state)
{
    static const struct {
        const char *key, *path, *json;
    } rows[] = {
        {DOC_ADDRESS, DOC_ADDRESS " generation", "2"},
        {DOC_VPC, DOC_VPC " subnets 0 cidr", "\"10.1.1.0/24\""},
        {DOC_VPC, DOC_VPC " ranges", "[]"},
        {DOC_INSTANCE, DOC_INSTANCE " mtu", "1500"},
        {DOC_TABLE, DOC_TABLE " propagations 0 range", "\"10.0.0.0/8\""},
        {DOC_TABLE, DOC_TABLE " maxPropagated", "1"},
        {DOC_GATEWAY, DOC_GATEWAY " transit", "true"},
        {DOC_ATTACHMENT, DOC_ATTACHMENT " prefixes 0 since", "2"},
        {DOC_ROUTE, DOC_ROUTE " since", "2"},
        {DOC_TUNNEL, DOC_TUNNEL " psk", "\"another key\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *slash = strchr(rows[i].key, '/');
        enum desired_type type = desired_type_of(rows[i].key, (size_t)(slash - rows[i].key));
        json_t *doc = document_make();
        void *a = parsed(doc, rows[i].key), *b = parsed(doc, rows[i].key), *c;

        document_set(doc, rows[i].path, rows[i].json);
        c = parsed(doc, rows[i].key);
        assert_true(desired_equal(type, a, b));
        assert_false(desired_equal(type, a, c));
        desired_free(type, a);
        desired_free(type, b);
        desired_free(type, c);
        json_decref(doc);
    }
}

static void test_attachments(void **state)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x0a}, unknown[6];
    static const struct {
        const char *attachment, *interface, *device;
        enum ipc_port_kind kind;
    } rows[] = {
        {"\"tap\"", NULL, "rw-web0000000", IPC_PORT_TAP},
        {"\"tap\"", "\"tap-web\"", "tap-web", IPC_PORT_TAP},
        {"\"nic\"", "\"eth1.7\"", "eth1.7", IPC_PORT_NIC},
    };
    static const char *const bad[] = {
        "\"\"", "\"../x\"", "\"..\"", "\"a b\"", "\"tap-with-long-name\"", "7"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *doc = document_make();
        struct desired_instance *instance;

        document_set(doc, DOC_INSTANCE " attachment", rows[i].attachment);
        document_set(doc, DOC_INSTANCE " interface", rows[i].interface);
        instance = parsed(doc, DOC_INSTANCE);
        assert_string_equal(instance->device, rows[i].device);
        assert_string_equal(instance->netns, "");
        assert_int_equal(instance->port.kind, rows[i].kind);
        assert_memory_equal(instance->mac, mac, 6);
        assert_memory_equal(instance->port.mac, unknown, 6);
        desired_free(DESIRED_INSTANCE, instance);
        json_decref(doc);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        json_t *doc = document_make();
        struct desired_error err;
        void *value = NULL;

        document_set(doc, DOC_INSTANCE " attachment", "\"nic\"");
        document_set(doc, DOC_INSTANCE " interface", bad[i]);
        assert_int_equal(parse(doc, DOC_INSTANCE, &value, &err), -EBADMSG);
        assert_true(text_starts_with(said(err.text), "interface: "));
        json_decref(doc);
    }
}

static void test_variants_of_a_tunnel(void **state)
{
    json_t *doc = document_make();
    struct desired_tunnel *t;

    (void)state;
    document_set(doc, DOC_TUNNEL " ike version", "1");
    document_set(doc, DOC_TUNNEL " ike exchangeMode", "\"aggressive\"");
    document_set(doc, DOC_TUNNEL " adminState", "\"down\"");
    document_set(doc, DOC_TUNNEL " dpd action", "\"none\"");
    document_set(doc, DOC_TUNNEL " customerAddress", "\"0.0.0.0\"");
    document_set(doc, DOC_TUNNEL " localId", "\"keyid:0xabcd\"");
    document_set(doc, DOC_TUNNEL " remoteId", "\"me@example.com\"");
    document_set(doc, DOC_TUNNEL " psk", "\"hex:0001020304050607\"");
    document_set(doc, DOC_TUNNEL " pskBefore", "\"base64:YWJjZGVmZ2hp\"");
    document_set(doc, DOC_TUNNEL " pskBeforeUntil", "1795966887000000");
    document_set(doc, DOC_TUNNEL " pskOverlapSeconds", "300");
    document_set(doc, DOC_TUNNEL " futureField", "{}"); /* a newer control plane */
    document_set(doc, DOC_TUNNEL " ike additionalKeyExchanges", "[\"mlkem768\", 20, \"none\"]");
    t = parsed(doc, DOC_TUNNEL);
    assert_int_equal(t->ike.n_additional, 3);
    assert_int_equal(t->ike.additional[0], 36);
    assert_int_equal(t->ike.additional[1], 20);
    assert_int_equal(t->ike.additional[2], 0);
    assert_int_equal(t->ike.version, 1);
    assert_true(t->ike.aggressive);
    assert_false(t->ike.admin_up);
    assert_false(t->dataplane.admin_up);
    assert_false(t->ike.dpd);
    assert_true(addr_is_any(&t->ike.remote));
    assert_int_equal(t->ike.local_id.kind, IPC_IDENT_WRITTEN);
    assert_string_equal(t->ike.local_id.text, "keyid:0xabcd");
    assert_string_equal(t->ike.remote_id.text, "me@example.com");
    assert_int_equal(t->ike.psk_before.len, 9);
    assert_memory_equal(t->ike.psk_before.bytes, "abcdefghi", 9);
    assert_int_equal(t->ike.psk_before_until_us, 1795966887000000);
    assert_int_equal(t->ike.psk_overlap_s, 300);
    assert_int_equal(t->ike.psk.len, 8);
    assert_memory_equal(t->ike.psk.bytes, "\0\1\2\3\4\5\6\7", 8);
    desired_free(DESIRED_TUNNEL, t);
    json_decref(doc);
}

/* ---- BGP ---- */

static const char bgp[] = "{\"peerAsn\": 4200000001, \"holdSeconds\": 30,"
                          " \"gracefulRestartSeconds\": 120, \"password\": \"bgp secret\","
                          " \"bfd\": {\"intervalMs\": 300, \"multiplier\": 3}, \"prepend\": 2,"
                          " \"communities\": [\"65000:100\", \"65000:1:2\", \"no-export\"],"
                          " \"importPrefixes\": [\"10.2.0.0/16\", \"2001:db8::/32\"],"
                          " \"exportPrefixes\": [\"10.1.0.0/16\"], \"overLimit\": \"shut\"}";

static void test_a_tunnel_with_bgp(void **state)
{
    json_t *doc = document_make();
    struct desired_tunnel *t = parsed(doc, DOC_TUNNEL);
    char text[PREFIX_TEXT_MAX];
    const struct desired_bgp *b;

    (void)state;
    assert_null(t->bgp);
    assert_int_equal(t->n_bgp, 0);
    assert_int_equal(t->inner_len, 30);
    desired_free(DESIRED_TUNNEL, t);
    document_set(doc, DOC_TUNNEL " bgp", bgp);
    t = parsed(doc, DOC_TUNNEL);
    assert_int_equal(t->n_bgp, 1);
    b = t->bgp;
    assert_int_equal(b->peer_asn, 4200000001);
    assert_int_equal(b->hold_s, 30);
    assert_int_equal(b->restart_s, 120);
    assert_string_equal(b->password, "bgp secret");
    assert_int_equal(b->bfd_ms, 300);
    assert_int_equal(b->bfd_multiplier, 3);
    assert_int_equal(b->prepend, 2);
    assert_int_equal(b->n_communities, 3);
    assert_string_equal(b->communities[1], "65000:1:2");
    assert_int_equal(b->n_imports, 2);
    assert_string_equal(prefix_format(&b->imports[1], text), "2001:db8::/32");
    assert_int_equal(b->n_exports, 1);
    assert_string_equal(prefix_format(&b->exports[0], text), "10.1.0.0/16");
    assert_true(b->shut);
    desired_free(DESIRED_TUNNEL, t);
    json_decref(doc);
}

static void test_bgp_without_what_may_be_left_out(void **state)
{
    json_t *doc = document_make();
    struct desired_tunnel *t;

    (void)state;
    document_set(doc, DOC_TUNNEL " bgp", bgp);
    document_set(doc, DOC_TUNNEL " bgp password", NULL);
    document_set(doc, DOC_TUNNEL " bgp bfd", NULL);
    document_set(doc, DOC_TUNNEL " bgp communities", "[]");
    document_set(doc, DOC_TUNNEL " bgp importPrefixes", "[]");
    document_set(doc, DOC_TUNNEL " bgp exportPrefixes", "[]");
    document_set(doc, DOC_TUNNEL " bgp overLimit", "\"warn\"");
    document_set(doc, DOC_TUNNEL " bgp gracefulRestartSeconds", "0");
    t = parsed(doc, DOC_TUNNEL);
    assert_string_equal(t->bgp->password, "");
    assert_int_equal(t->bgp->bfd_ms, 0);
    assert_int_equal(t->bgp->n_communities + t->bgp->n_imports + t->bgp->n_exports, 0);
    assert_false(t->bgp->shut);
    assert_int_equal(t->bgp->restart_s, 0);
    desired_free(DESIRED_TUNNEL, t);
    json_decref(doc);
}

/* ---- private interfaces ---- */

#define DOC_LINE "line/pvif-aaaaaaaaaa"
static const char line_json[] =
    "{\"gateway\": \"bgw-a\", \"adminState\": \"up\", \"interface\": \"eth1\", \"vlan\": 20,"
    " \"address\": \"10.255.0.1/30\", \"peerAddress\": \"10.255.0.2\","
    " \"mac\": \"06:00:00:00:00:01\", \"mtu\": 1500, \"probe\":"
    " {\"enabled\": true, \"intervalMs\": 200, \"count\": 4}}";

static void test_a_line_becomes_a_port(void **state)
{
    json_t *doc = document_make();
    struct desired_line *l;
    char text[PREFIX_TEXT_MAX];

    (void)state;
    document_set(doc, DOC_LINE, line_json);
    document_set(doc, DOC_LINE " bgp", bgp);
    l = parsed(doc, DOC_LINE);
    assert_true(l->admin_up);
    assert_int_equal(l->n_bgp, 1);
    assert_string_equal(l->gateway, "bgw-a");
    assert_int_equal(l->len, 30);
    assert_int_equal(l->at.attachment, DESIRED_NIC);
    assert_string_equal(l->at.device, "eth1");
    assert_string_equal(l->at.claim, "eth1.20");
    assert_int_equal(l->at.port.kind, IPC_PORT_LINE);
    assert_int_equal(l->at.port.vlan, 20);
    assert_int_equal(l->at.port.mtu, 1500);
    assert_int_equal(l->at.port.gateway_mac[5], 1);
    assert_int_equal(l->at.port.probe_ms, 200);
    assert_int_equal(l->at.port.probe_count, 4);
    assert_string_equal(addr_format(&l->at.port.gateway, text), "10.255.0.1");
    assert_string_equal(addr_format(&l->at.port.address, text), "10.255.0.2");
    assert_string_equal(prefix_format(&l->at.port.subnet, text), "10.255.0.0/30");
    desired_free(DESIRED_LINE, l);
    document_set(doc, DOC_LINE " adminState", "\"down\"");
    document_set(doc, DOC_LINE " drained", "true");
    document_set(doc, DOC_LINE " probe enabled", "false");
    l = parsed(doc, DOC_LINE);
    assert_false(l->admin_up);
    assert_true(l->drained);
    assert_int_equal(l->at.port.probe_ms, 0);
    desired_free(DESIRED_LINE, l);
    json_decref(doc);
}

static void test_bad_lines_have_a_reason(void **state)
{
    static const struct {
        const char *member, *json, *reason;
    } rows[] = {
        {"gateway", NULL, "gateway: is missing"},
        {"adminState", "\"sideways\"", "adminState: \"sideways\""},
        {"interface", "\"../eth1\"", "\"../eth1\""},
        {"interface", "\"\"", "\"\""},
        {"vlan", "4095", "vlan: 4095"},
        {"address", "\"10.255.0.1\"", "address: \"10.255.0.1\""},
        {"address", "\"10.255.0.1/33\"", "address: \"10.255.0.1\""},
        {"address", "\"fd00::1/64\"", "peerAddress: "},
        {"peerAddress", "\"10.255.0.5\"", "peerAddress: "},
        {"mac", "\"01:00:00:00:00:01\"", "mac: "},
        {"mtu", "67", "67"},
        {"drained", "1", "drained: "},
        {"probe", "1", "probe: "},
        {"probe count", "0", "probe: is missing"},
        {"probe intervalMs", "\"soon\"", "intervalMs: "},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *doc = document_make();
        struct desired_error err = {""};
        char path[64], said[WORDS_TEXT_MAX];
        void *value;

        snprintf(path, sizeof(path), DOC_LINE " %s", rows[i].member);
        document_set(doc, DOC_LINE, line_json);
        document_set(doc, path, rows[i].json);
        assert_int_equal(parse(doc, DOC_LINE, &value, &err), -EBADMSG);
        words_say_written(err.text, WORDS_EN, said, sizeof(said));
        if (!strstr(said, rows[i].reason))
            fail_msg("%s: %s", rows[i].reason, said);
        json_decref(doc);
    }
}

/* ---- real networks ---- */

#define DOC_NETWORK "network/subnet-aaaaaaaaaa"
static const char network_json[] =
    "{\"vpc\": \"vpc-a\", \"subnet\": \"10.1.1.0/24\", \"gateway\": \"10.1.1.1\","
    " \"gatewayMac\": \"06:00:00:00:00:01\", \"interface\": \"br0\", \"vlan\": 0, \"mtu\": 9000,"
    " \"hostLimit\": 16384, \"table\": \"rtb-a\"}";

static void test_a_network_becomes_a_port(void **state)
{
    json_t *doc = document_make();
    struct desired_instance *n, *other;
    char text[PREFIX_TEXT_MAX];

    (void)state;
    document_set(doc, DOC_NETWORK, network_json);
    n = parsed(doc, DOC_NETWORK);
    assert_int_equal(n->attachment, DESIRED_NIC);
    assert_string_equal(n->vpc, "vpc-a");
    assert_string_equal(n->device, "br0");
    assert_string_equal(n->claim, "br0");
    assert_string_equal(n->port.id, "subnet-aaaaaaaaaa");
    assert_int_equal(n->port.kind, IPC_PORT_SUBNET);
    assert_int_equal(n->port.mtu, 9000);
    assert_int_equal(n->port.hosts_max, 16384);
    assert_int_equal(n->port.address.family, ADDR_NONE);
    assert_int_equal(n->port.gateway_mac[5], 1);
    assert_string_equal(n->port.table, "rtb-a");
    assert_string_equal(addr_format(&n->port.gateway, text), "10.1.1.1");
    assert_string_equal(prefix_format(&n->port.subnet, text), "10.1.1.0/24");
    document_set(doc, DOC_NETWORK " vlan", "20");
    other = parsed(doc, DOC_NETWORK);
    assert_string_equal(other->claim, "br0.20");
    assert_int_equal(other->port.vlan, 20);
    assert_false(desired_equal(DESIRED_NETWORK, n, other));
    desired_free(DESIRED_NETWORK, n);
    desired_free(DESIRED_NETWORK, other);
    json_decref(doc);
}

static void test_bad_networks_have_a_reason(void **state)
{
    static const struct {
        const char *member, *json, *reason;
    } rows[] = {
        {"vpc", NULL, "vpc: is missing"},
        {"subnet", "\"10.1.1.0\"", "subnet: "},
        {"gateway", "\"10.1.2.1\"", "gateway: "},
        {"gatewayMac", "\"01:00:00:00:00:01\"", "gatewayMac: "},
        {"interface", "\"a/b\"", "\"a/b\""},
        {"vlan", "4095", "vlan: 4095"},
        {"mtu", "67", "67"},
        {"hostLimit", "65536", "hostLimit: 65536"},
        {"hostLimit", "\"many\"", "hostLimit: "},
        {"table", "7", "table: "},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *doc = document_make();
        struct desired_error err = {""};
        char path[64], said[WORDS_TEXT_MAX];
        void *value;

        snprintf(path, sizeof(path), DOC_NETWORK " %s", rows[i].member);
        document_set(doc, DOC_NETWORK, network_json);
        document_set(doc, path, rows[i].json);
        assert_int_equal(parse(doc, DOC_NETWORK, &value, &err), -EBADMSG);
        words_say_written(err.text, WORDS_EN, said, sizeof(said));
        if (!strstr(said, rows[i].reason))
            fail_msg("%s: %s", rows[i].reason, said);
        json_decref(doc);
    }
}

static const struct {
    const char *path, *json, *reason;
} bad_bgp[] = {
    {"peerAsn", NULL, "peerAsn: is missing"},
    {"peerAsn", "4294967296", "peerAsn: 4294967296"},
    {"peerAsn", "\"65001\"", "peerAsn: is no whole number"},
    {"holdSeconds", NULL, "holdSeconds: is missing"},
    {"holdSeconds", "-1", "holdSeconds: -1"},
    {"gracefulRestartSeconds", NULL, "gracefulRestartSeconds: is missing"},
    {"gracefulRestartSeconds", "1.5", "gracefulRestartSeconds: is no whole number"},
    {"password", "7", "password: is no text"},
    {"password",
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
     "password: is longer"},
    {"bfd", "true", "bfd: is no object"},
    {"bfd intervalMs", NULL, "intervalMs: is missing"},
    {"bfd multiplier", NULL, "multiplier: is missing"},
    {"bfd multiplier", "null", "multiplier: is"},
    {"prepend", NULL, "prepend: is missing"},
    {"prepend", "\"2\"", "prepend: is no whole number"},
    {"communities", NULL, "communities: is missing"},
    {"communities", "{}", "communities: is no list"},
    {"communities 0", "\"65000\"", "communities: \"65000\" is no community"},
    {"communities 0", "\"1:2)); accept\"", "communities: \"1:2)); accept\" is no community"},
    {"communities 2", "7", "communities: \"\" is no community"},
    {"communities",
     "[\"1:1\",\"1:1\",\"1:1\",\"1:1\",\"1:1\",\"1:1\",\"1:1\",\"1:1\",\"1:1\",\"1:1\","
     "\"1:1\",\"1:1\",\"1:1\",\"1:1\",\"1:1\",\"1:1\",\"1:1\"]",
     "communities: has 17 entries, more than 16"},
    {"importPrefixes", NULL, "importPrefixes: is missing"},
    {"importPrefixes 1", "\"10.2.0.1/16\"", "importPrefixes: \"10.2.0.1/16\" is no prefix"},
    {"importPrefixes 0", "7", "importPrefixes: \"\" is no prefix"},
    {"exportPrefixes", "\"10.1.0.0/16\"", "exportPrefixes: is no list"},
    {"exportPrefixes 0", "\"all\"", "exportPrefixes: \"all\" is no prefix"},
    {"overLimit", NULL, "overLimit: is missing"},
    {"overLimit", "\"drop\"", "overLimit: must be warn or shut"},
    {"overLimit", "\"xxxxxxxxxxxxxxxxxxxxxxxx\"", "overLimit: is longer"},
};

static void test_bad_bgp_has_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad_bgp); i++) {
        json_t *doc = document_make();
        struct desired_error err;
        void *value = NULL;
        char path[160];

        snprintf(path, sizeof(path), DOC_TUNNEL " bgp %s", bad_bgp[i].path);
        document_set(doc, DOC_TUNNEL " bgp", bgp);
        document_set(doc, path, bad_bgp[i].json);
        if (parse(doc, DOC_TUNNEL, &value, &err) != -EBADMSG || value ||
            !strstr(said(err.text), bad_bgp[i].reason))
            fail_msg("%s = %s: \"%s\"", path, bad_bgp[i].json, said(err.text));
        assert_written(err.text);
        json_decref(doc);
    }
}

static void test_equal_bgp(void **state)
{
    static const char *const rows[][2] = {{"peerAsn", "1"},
                                          {"password", "\"other\""},
                                          {"bfd", NULL},
                                          {"bfd multiplier", "4"},
                                          {"communities 0", "\"1:1\""},
                                          {"importPrefixes", "[]"},
                                          {"overLimit", "\"warn\""},
                                          {"", NULL}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *doc = document_make();
        void *a, *b, *c;
        char path[160];

        document_set(doc, DOC_TUNNEL " bgp", bgp);
        a = parsed(doc, DOC_TUNNEL);
        b = parsed(doc, DOC_TUNNEL);
        snprintf(path, sizeof(path), DOC_TUNNEL " bgp%s%s", *rows[i][0] ? " " : "", rows[i][0]);
        document_set(doc, path, rows[i][1]);
        c = parsed(doc, DOC_TUNNEL);
        assert_true(desired_equal(DESIRED_TUNNEL, a, b));
        assert_false(desired_equal(DESIRED_TUNNEL, a, c));
        desired_free(DESIRED_TUNNEL, a);
        desired_free(DESIRED_TUNNEL, b);
        desired_free(DESIRED_TUNNEL, c);
        json_decref(doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_instance_becomes_a_port),
        cmocka_unit_test(test_what_routing_needs),
        cmocka_unit_test(test_a_tunnel_becomes_messages),
        cmocka_unit_test(test_translations_of_a_tunnel),
        cmocka_unit_test(test_messages_can_be_written),
        cmocka_unit_test(test_bad_objects_have_a_reason),
        cmocka_unit_test(test_a_tunnel_with_a_certificate),
        cmocka_unit_test(test_equal_values),
        cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_variants_of_a_tunnel),
        cmocka_unit_test(test_a_tunnel_with_bgp),
        cmocka_unit_test(test_bgp_without_what_may_be_left_out),
        cmocka_unit_test(test_a_line_becomes_a_port),
        cmocka_unit_test(test_bad_lines_have_a_reason),
        cmocka_unit_test(test_a_network_becomes_a_port),
        cmocka_unit_test(test_bad_networks_have_a_reason),
        cmocka_unit_test(test_bad_bgp_has_a_reason),
        cmocka_unit_test(test_equal_bgp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
