#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "desired.h"
#include "documents.h"

static struct desired *parsed(json_t *doc)
{
    struct desired *d = NULL;

    assert_int_equal(desired_parse(doc, &d), 0);
    json_decref(doc);
    return d;
}

static void test_a_document_becomes_messages(void **state)
{
    struct desired *d = parsed(document_make());
    const struct ipc_port *port = &d->instances[0].port;
    char text[ADDR_TEXT_MAX];

    (void)state;
    assert_int_equal(d->n_problems, 0);
    assert_int_equal(d->revision, 42);
    assert_int_equal(d->n_cloud, 1);
    assert_string_equal(addr_format(&d->cloud[0], text), "198.51.100.1");

    assert_int_equal(d->n_instances, 1);
    assert_string_equal(port->id, "i-web0000000");
    assert_string_equal(d->instances[0].netns, "rw-web0000000");
    assert_int_equal(port->kind, IPC_PORT_TAP);
    assert_memory_equal(port->mac, "\x02\0\0\0\0\x0a", 6);
    assert_memory_equal(port->gateway_mac, "\x06\0\0\0\0\x01", 6);
    assert_int_equal(port->mtu, 1400);
    assert_string_equal(addr_format(&port->address, text), "10.1.0.4");
    assert_string_equal(addr_format(&port->gateway, text), "10.1.0.1");
    assert_int_equal(port->subnet.len, 24);
    assert_string_equal(port->table, "rtb-a");

    assert_int_equal(d->n_tables, 2);
    assert_int_equal(d->tables[0].n_routes, 2);
    assert_string_equal(d->tables[0].table.id, "rtb-a");
    assert_int_equal(d->tables[1].table.self.family, ADDR_NONE);
    assert_int_equal(d->tables[0].routes[1].n_nexthops, 2);
    assert_int_equal(d->tables[0].routes[1].nexthops[1].kind, IPC_NEXTHOP_CONNECTION);
    assert_string_equal(d->tables[0].routes[1].nexthops[1].target, "vpn-b");
    assert_int_equal(d->tables[1].routes[0].nexthops[0].kind, IPC_NEXTHOP_PORT);
    assert_int_equal(d->tables[1].routes[1].nexthops[0].kind, IPC_NEXTHOP_SELF);
    assert_int_equal(d->tables[1].routes[2].nexthops[0].kind, IPC_NEXTHOP_UNREACHABLE);
    desired_free(d);
}

static void test_a_tunnel_becomes_messages(void **state)
{
    struct desired *d = parsed(document_make());
    const struct ipc_tunnel *dp = &d->tunnels[0].dataplane;
    const struct ipc_ike_tunnel *ike = &d->tunnels[0].ike;
    char text[ADDR_TEXT_MAX];

    (void)state;
    assert_int_equal(d->n_tunnels, 1);
    assert_string_equal(dp->id, "vpntun-aaaaaaaaaa");
    assert_string_equal(dp->connection, "vpn-a");
    assert_string_equal(dp->table, "bgw-a/tunnel");
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
    assert_string_equal(ike->local_id.text, "198.51.100.1"); /* empty: the address */
    assert_int_equal(ike->remote_id.kind, IPC_IDENT_FQDN);
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
    assert_int_equal(ike->n_local_ts, 1);
    assert_int_equal(ike->local_ts[0].len, 0);
    desired_free(d);
}

/* What comes out of it must be what ipc can carry. */
static void test_messages_can_be_written(void **state)
{
    static uint8_t record[IPC_MSG_MAX];
    static struct ipc_msg msg;
    struct desired *d = parsed(document_make());
    size_t len;

    (void)state;
    memset(&msg, 0, sizeof(msg));
    msg.type = IPC_IKE_TUNNEL;
    msg.ike_tunnel = d->tunnels[0].ike;
    assert_int_equal(ipc_encode(&msg, record, sizeof(record), &len), 0);
    msg.type = IPC_DP_PORT;
    msg.port = d->instances[0].port;
    assert_int_equal(ipc_encode(&msg, record, sizeof(record), &len), 0);
    desired_free(d);
}

/* One thing in disorder: that object is left out with a reason, all others stay. */
static void test_bad_objects_are_skipped_with_a_reason(void **state)
{
    static const struct {
        const char *path, *json, *kind, *reason;
    } rows[] = {
        {"tunnels.0.ike.encryption", "[\"rot13\"]", "tunnel",
         "ike.encryption: \"rot13\" is unknown"},
        {"tunnels.0.ike.encryption", "[]", "tunnel", "ike.encryption: is empty"},
        {"tunnels.0.ike.encryption", "[7]", "tunnel", "ike.encryption: 7 is unknown"},
        {"tunnels.0.ike.integrity", "[\"md5\"]", "tunnel", "ike.integrity: \"md5\" is unknown"},
        {"tunnels.0.ike.dhGroups", "[\"many\"]", "tunnel", "ike.dhGroups: \"many\" is unknown"},
        {"tunnels.0.ike.dhGroups", "[0]", "tunnel", "ike.dhGroups: 0 is unknown"},
        {"tunnels.0.ike.dhGroups", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]", "tunnel",
         "dhGroups: has 17 entries, more than 16"},
        {"tunnels.0.ike.version", "3", "tunnel", "version: 3 is not in 0 to 2"},
        {"tunnels.0.ike.version", "0", "tunnel", "ike.version: must be 1 or 2"},
        {"tunnels.0.ike.lifetimeSeconds", "-1", "tunnel", "lifetimeSeconds: -1"},
        {"tunnels.0.ike", NULL, "tunnel", "ike: is missing"},
        {"tunnels.0.ipsec", "[]", "tunnel", "ipsec: is no object"},
        {"tunnels.0.ipsec.esn", "1", "tunnel", "esn: is not true or false"},
        {"tunnels.0.ipsec.antiReplayWindow", "8193", "tunnel", "antiReplayWindow: 8193"},
        {"tunnels.0.ipsec.lifetimeBytes", "1.5", "tunnel", "lifetimeBytes: is no whole number"},
        {"tunnels.0.dpd.action", "\"panic\"", "tunnel", "dpd.action: \"panic\" is unknown"},
        {"tunnels.0.dpd.intervalSeconds", "70000", "tunnel", "intervalSeconds: 70000"},
        {"tunnels.0.psk", "\"\"", "tunnel", "psk: is missing"},
        {"tunnels.0.psk", NULL, "tunnel", "psk: is missing"},
        {"tunnels.0.cloudAddress", "\"198.51.100\"", "tunnel",
         "cloudAddress: \"198.51.100\" is no address"},
        {"tunnels.0.cloudAddress", NULL, "tunnel", "cloudAddress: is missing"},
        {"tunnels.0.tunnelAddress", "\"169.254.1/30\"", "tunnel",
         "tunnelAddress: \"169.254.1/30\""},
        {"tunnels.0.localId", "\"a b\"", "tunnel", "localId: \"a b\" is no identity"},
        {"tunnels.0.remoteTs", "[\"10.0.0.1/8\"]", "tunnel", "remoteTs: entry 1 is no prefix"},
        {"tunnels.0.localTs", "[]", "tunnel", "localTs: is empty"},
        {"tunnels.0.adminState", "\"sideways\"", "tunnel", "adminState: must be up or down"},
        {"tunnels.0.adminState", "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"", "tunnel",
         "adminState: is longer"},
        {"tunnels.0.mtu", "65536", "tunnel", "mtu: 65536"},
        {"tunnels.0.id", "\"\"", "tunnel", "id: is empty"},
        {"tunnels.0.id", "7", "tunnel", "id: is no text"},
        {"tunnels.0", "null", "tunnel", "id: is missing"},
        {"tunnels.0", "\"text\"", "tunnel", "id: is missing"},
        {"instances.0.id", "\"i-../etc\"", "instance", "is no id of an instance"},
        {"instances.0.id", "\"web\"", "instance", "is no id of an instance"},
        {"instances.0.id", "\"i-\"", "instance", "is no id of an instance"},
        {"instances.0.id", "\"i-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "instance", "is no id"},
        {"instances.0.address", "\"10.9.0.4\"", "instance", "lies outside of subnet 10.1.0.0/24"},
        {"instances.0.gateway", "\"::1\"", "instance", "gateway: lies outside of subnet"},
        {"instances.0.subnet", "\"10.1.0.1/24\"", "instance",
         "subnet: \"10.1.0.1/24\" is no prefix"},
        {"instances.0.mac", "\"02:00:00:00:00\"", "instance", "mac: \"02:00:00:00:00\""},
        {"instances.0.mac", "\"0200:00:00:00:00:\"", "instance", "is no MAC address"},
        {"instances.0.mac", "\"03:00:00:00:00:01\"", "instance", "is a multicast address"},
        {"instances.0.mtu", "67", "instance", "mtu: 67 is too small"},
        {"instances.0.attachment", "\"vlan\"", "instance",
         "attachment: \"vlan\" is unknown to this node"},
        {"instances.0.attachment", "\"nic\"", "instance", "interface: is missing"},
        {"tables.0.id", "\"\"", "table", "id: is empty"},
        {"tables.0.routes", "{}", "table", "routes: is no list"},
        {"cloudAddresses.0", "\"here\"", "cloudAddress", "is no address"},
        {"cloudAddresses.0", "4", "cloudAddress", "is no address"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *doc = document_make();
        struct desired *d;

        document_set(doc, rows[i].path, rows[i].json);
        d = parsed(doc);
        if (d->n_problems != 1 || strcmp(d->problems[0].kind, rows[i].kind) != 0 ||
            !strstr(d->problems[0].text, rows[i].reason))
            fail_msg("%s = %s: %zu problems, %s: %s", rows[i].path, rows[i].json, d->n_problems,
                     d->n_problems ? d->problems[0].kind : "",
                     d->n_problems ? d->problems[0].text : "");
        assert_int_equal(d->n_tunnels, strcmp(rows[i].kind, "tunnel") != 0);
        assert_int_equal(d->n_instances, strcmp(rows[i].kind, "instance") != 0);
        assert_int_equal(d->n_tables, strcmp(rows[i].kind, "table") != 0 ? 2 : 1);
        assert_int_equal(d->n_cloud, strcmp(rows[i].kind, "cloudAddress") != 0);
        desired_free(d);
    }
}

static void test_a_bad_route_is_left_out_of_its_table(void **state)
{
    static const struct {
        const char *path, *json, *reason;
    } rows[] = {
        {"tables.1.routes.1.prefix", "\"10.1.0.1/24\"", "prefix: \"10.1.0.1/24\" is no prefix"},
        {"tables.1.routes.1.nextHops", "[]", "nextHops: route to 10.1.0.1/32 has none"},
        {"tables.1.routes.1.nextHops.0.kind", "\"wormhole\"", "next hop \"wormhole\" is unknown"},
        {"tables.1.routes.1.nextHops.0", "{\"kind\": \"table\"}", "target: is missing"},
        {"tables.1.routes.1", "[]", "prefix: is missing"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *doc = document_make();
        struct desired *d;

        document_set(doc, rows[i].path, rows[i].json);
        d = parsed(doc);
        assert_int_equal(d->n_problems, 1);
        assert_string_equal(d->problems[0].id, "vpc-a");
        assert_non_null(strstr(d->problems[0].text, rows[i].reason));
        assert_int_equal(d->n_tables, 2);
        assert_int_equal(d->tables[1].n_routes, 2);
        assert_int_equal(d->tables[1].routes[1].prefix.len, 24); /* the last one moved up */
        assert_int_equal(d->tables[1].routes[1].nexthops[0].kind, IPC_NEXTHOP_UNREACHABLE);
        desired_free(d);
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
        struct desired *d;

        document_set(doc, "instances.0.attachment", rows[i].attachment);
        document_set(doc, "instances.0.interface", rows[i].interface);
        d = parsed(doc);
        assert_int_equal(d->n_problems, 0);
        assert_string_equal(d->instances[0].device, rows[i].device);
        assert_string_equal(d->instances[0].netns, "");
        assert_int_equal(d->instances[0].port.kind, rows[i].kind);
        assert_memory_equal(d->instances[0].mac, mac, 6);
        assert_memory_equal(d->instances[0].port.mac, unknown, 6);
        desired_free(d);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        json_t *doc = document_make();
        struct desired *d;

        document_set(doc, "instances.0.attachment", "\"nic\"");
        document_set(doc, "instances.0.interface", bad[i]);
        d = parsed(doc);
        assert_int_equal(d->n_problems, 1);
        assert_true(text_starts_with(d->problems[0].text, "interface: "));
        desired_free(d);
    }
}

static void test_an_interface_carries_one_instance(void **state)
{
    json_t *doc = document_make(), *second;
    struct desired *d;

    (void)state;
    document_set(doc, "instances.0.attachment", "\"tap\"");
    second = json_deep_copy(json_array_get(json_object_get(doc, "instances"), 0));
    document_set(second, "id", "\"i-other\"");
    document_set(second, "attachment", "\"nic\"");
    document_set(second, "interface", "\"rw-web0000000\"");
    json_array_append_new(json_object_get(doc, "instances"), second);
    d = parsed(doc);
    assert_int_equal(d->n_instances, 1);
    assert_int_equal(d->n_problems, 1);
    assert_string_equal(d->problems[0].id, "i-other");
    assert_string_equal(d->problems[0].text,
                        "interface: \"rw-web0000000\" is taken by instance i-web0000000");
    desired_free(d);
}

static void test_variants_of_a_tunnel(void **state)
{
    json_t *doc = document_make();
    struct desired *d;

    (void)state;
    document_set(doc, "tunnels.0.ike.version", "1");
    document_set(doc, "tunnels.0.ike.exchangeMode", "\"aggressive\"");
    document_set(doc, "tunnels.0.adminState", "\"down\"");
    document_set(doc, "tunnels.0.dpd.action", "\"none\"");
    document_set(doc, "tunnels.0.customerAddress", "\"0.0.0.0\"");
    document_set(doc, "tunnels.0.localId", "\"keyid:0xabcd\"");
    document_set(doc, "tunnels.0.remoteId", "\"me@example.com\"");
    document_set(doc, "tunnels.0.localTs", "[\"10.0.0.0/8\", \"::/0\"]");
    document_set(doc, "tunnels.0.futureField", "{}"); /* a newer control plane */
    d = parsed(doc);
    assert_int_equal(d->n_problems, 0);
    assert_int_equal(d->tunnels[0].ike.version, 1);
    assert_true(d->tunnels[0].ike.aggressive);
    assert_false(d->tunnels[0].ike.admin_up);
    assert_false(d->tunnels[0].dataplane.admin_up);
    assert_false(d->tunnels[0].ike.dpd);
    assert_true(addr_is_any(&d->tunnels[0].ike.remote));
    assert_int_equal(d->tunnels[0].ike.local_id.kind, IPC_IDENT_KEY_ID);
    assert_string_equal(d->tunnels[0].ike.local_id.text, "0xabcd");
    assert_int_equal(d->tunnels[0].ike.remote_id.kind, IPC_IDENT_EMAIL);
    assert_int_equal(d->tunnels[0].ike.n_local_ts, 2);
    desired_free(d);
}

static void test_the_same_id_twice(void **state)
{
    json_t *doc = document_make(), *tunnels = json_object_get(doc, "tunnels");
    struct desired *d;

    (void)state;
    json_array_append_new(tunnels, json_deep_copy(json_array_get(tunnels, 0)));
    d = parsed(doc);
    assert_int_equal(d->n_tunnels, 1);
    assert_int_equal(d->n_problems, 1);
    assert_string_equal(d->problems[0].text, "is there twice");
    desired_free(d);
}

static void test_no_document(void **state)
{
    static const struct {
        const char *path, *json;
    } rows[] = {
        {"revision", NULL}, {"revision", "-1"}, {"revision", "\"1\""}, {"tunnels", NULL},
        {"tunnels", "{}"},  {"tables", "null"}, {"instances", "7"},    {"cloudAddresses", NULL},
    };
    struct desired *d = NULL;
    json_t *doc;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        doc = document_make();
        document_set(doc, rows[i].path, rows[i].json);
        assert_int_equal(desired_parse(doc, &d), -EBADMSG);
        assert_null(d);
        json_decref(doc);
    }
    doc = json_array();
    assert_int_equal(desired_parse(doc, &d), -EBADMSG);
    json_decref(doc);
    assert_int_equal(desired_parse(NULL, &d), -EBADMSG);
    desired_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_document_becomes_messages),
        cmocka_unit_test(test_a_tunnel_becomes_messages),
        cmocka_unit_test(test_messages_can_be_written),
        cmocka_unit_test(test_bad_objects_are_skipped_with_a_reason),
        cmocka_unit_test(test_a_bad_route_is_left_out_of_its_table),
        cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_an_interface_carries_one_instance),
        cmocka_unit_test(test_variants_of_a_tunnel),
        cmocka_unit_test(test_the_same_id_twice),
        cmocka_unit_test(test_no_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
