/* From the desired state to the configuration of a gateway's BIRD. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "documents.h"
#include "speaker_config.h"

/* ---- a gateway with two tunnels of two connections ---- */

struct gateway {
    struct desired_gateway desired;
    struct object objects[2];
    const struct object *tunnels[2];
    struct speaker_set sets[2];
    struct speaker_want want;
    enum node_drain drain; /* of the first tunnel */
};

static const char bgp[] = "{\"peerAsn\": 65001, \"holdSeconds\": 30, \"gracefulRestartSeconds\": 0,"
                          " \"prepend\": 0, \"communities\": [], \"importPrefixes\": [],"
                          " \"exportPrefixes\": [], \"overLimit\": \"warn\"}";

static void make_tunnel(struct object *o, const char *id, json_t *doc)
{
    struct desired_error err;

    assert_int_equal(
        desired_parse(DESIRED_TUNNEL, id, json_object_get(doc, DOC_TUNNEL), &o->value, &err), 0);
    o->type = DESIRED_TUNNEL;
    o->id = id;
}

static enum node_drain drain_of(void *arg, const char *tunnel)
{
    const struct gateway *g = arg;

    return strcmp(tunnel, g->objects[0].id) == 0 ? g->drain : NODE_DRAIN_NONE;
}

static void begin(struct gateway *g)
{
    json_t *doc = document_make();

    *g = (struct gateway){.desired = {.asn = 65000, .max_dynamic = 100}};
    document_set(doc, DOC_TUNNEL " bgp", bgp);
    document_set(doc, DOC_TUNNEL " tunnelAddress", "\"169.254.7.1/30\"");
    document_set(doc, DOC_TUNNEL " peerTunnelAddress", "\"169.254.7.2\"");
    make_tunnel(&g->objects[0], "vpntun-aaaaaaaaaa", doc);
    document_set(doc, DOC_TUNNEL " connection", "\"vpn-b\"");
    document_set(doc, DOC_TUNNEL " tunnelAddress", "\"169.254.6.1/30\"");
    document_set(doc, DOC_TUNNEL " peerTunnelAddress", "\"169.254.6.2\"");
    document_set(doc, DOC_TUNNEL " bgp peerAsn", "65002");
    document_set(doc, DOC_TUNNEL " bgp gracefulRestartSeconds", "120");
    document_set(doc, DOC_TUNNEL " bgp password", "\"bgp secret\"");
    document_set(doc, DOC_TUNNEL " bgp bfd", "{\"intervalMs\": 300, \"multiplier\": 3}");
    document_set(doc, DOC_TUNNEL " bgp prepend", "1");
    document_set(doc, DOC_TUNNEL " bgp communities", "[\"65000:7\"]");
    document_set(doc, DOC_TUNNEL " bgp importPrefixes", "[\"10.2.0.0/16\"]");
    document_set(doc, DOC_TUNNEL " bgp exportPrefixes", "[\"2001:db8::/32\"]");
    document_set(doc, DOC_TUNNEL " bgp overLimit", "\"shut\"");
    make_tunnel(&g->objects[1], "vpntun-bbbbbbbbbb", doc);
    json_decref(doc);
    for (size_t i = 0; i < 2; i++)
        g->tunnels[i] = &g->objects[i];
    /* A route that leads to both, and one that leads to others. */
    g->sets[0] = (struct speaker_set){.metric = 5555, .n = 2, .connections = {"vpn-a", "vpn-b"}};
    g->sets[1] = (struct speaker_set){.metric = 6666, .n = 2, .connections = {"vpn-c", "vpn-b"}};
    g->want = (struct speaker_want){.gateway = "bgw-a",
                                    .desired = &g->desired,
                                    .tunnels = g->tunnels,
                                    .n = 2,
                                    .sets = g->sets,
                                    .n_sets = 2,
                                    .drain = drain_of,
                                    .arg = g};
}

static void end(struct gateway *g)
{
    for (size_t i = 0; i < 2; i++)
        desired_free(DESIRED_TUNNEL, g->objects[i].value);
}

static void assert_has(const struct gateway *g, const char *has)
{
    struct buf text = {0};

    assert_int_equal(speaker_config_write(&g->want, &text), 0);
    if (!strstr(buf_text(&text), has))
        fail_msg("no \"%s\" in:\n%s", has, buf_text(&text));
    buf_wipe(&text);
}

static void test_a_tunnel_that_is_left(void **state)
{
    struct gateway g;

    (void)state;
    begin(&g);
    g.drain = NODE_DRAIN_WORSE;
    assert_has(&g, "bgp_path.prepend(65000); bgp_path.prepend(65000); bgp_path.prepend(65000); "
                   "bgp_community.add((65535,0));");
    g.drain = NODE_DRAIN_ENDS;
    assert_has(&g, "interface \"tun-aaaaaaaaaa\";\n    hold time 30;\n    disabled;\n");
    end(&g);
}

/* ---- numbers and names ---- */

static void test_numbers(void **state)
{
    static const char *const ids[] = {"vpn-a", "vpn-b", "vpn-c"};
    static const char *const turned[] = {"vpn-b", "vpn-a"};
    char id[32];

    (void)state;
    /* They stand in routes that outlive the node's process. */
    assert_int_equal(speaker_number("vpn-a"), 1101911120);
    assert_int_equal(speaker_number("vpntun-aaaaaaaaaa"), 997133773);
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(id, sizeof(id), "vpn-%u", i);
        assert_in_range(speaker_number(id), 256, INT32_MAX);
    }
    assert_int_equal(speaker_metric(ids, 0), BGP_TO_ALL);
    assert_int_equal(speaker_metric(ids, 1), speaker_number("vpn-a"));
    assert_int_equal(speaker_metric(ids, 2), 1840287554);
    assert_in_range(speaker_metric(ids, 3), 256, INT32_MAX);
    assert_true(speaker_metric(ids, 2) != speaker_metric(ids, 3));
    assert_true(speaker_metric(ids, 2) != speaker_metric(turned, 2)); /* callers sort them */
}

static void test_names(void **state)
{
    char name[SPEAKER_NAME_MAX];

    (void)state;
    speaker_protocol_name("vpntun-a-b", name);
    assert_string_equal(name, "vpntun_a_b");
}

/* ---- the text ---- */

static const char two_peers[] =
    "protocol bgp vpntun_aaaaaaaaaa from peer {\n"
    "    local 169.254.7.1 as 65000; neighbor 169.254.7.2 as 65001; interface \"tun-aaaaaaaaaa\";\n"
    "    hold time 30;\n"
    "    ipv4 { extended next hop; next hop self; import limit 1400 action block;\n"
    "        import filter { if net ~ [127.0.0.0/8+, 224.0.0.0/3+] then reject; "
    "bgp_large_community.delete([(4294967295,*,*)]); "
    "bgp_large_community.add((4294967295,0,997133773)); rw_connection = 1101911120; accept; }; \n"
    "        export filter { if source = RTS_INHERIT && krt_metric ~ [1101911120, 5555] then "
    "reject; if source = RTS_BGP then reject; bgp_large_community.delete([(4294967295,*,*)]); "
    "accept; }; \n"
    "    };\n"
    "    ipv6 { next hop self; import limit 1400 action block;\n"
    "        import filter { if net ~ [::/96{97,128}, ff00::/8+] then reject; "
    "bgp_large_community.delete([(4294967295,*,*)]); "
    "bgp_large_community.add((4294967295,0,997133773)); rw_connection = 1101911120; accept; }; \n"
    "        export filter { if source = RTS_INHERIT && krt_metric ~ [1101911120, 5555] then "
    "reject; if source = RTS_BGP then reject; bgp_large_community.delete([(4294967295,*,*)]); "
    "accept; }; \n"
    "    };\n"
    "}\n"
    "protocol bgp vpntun_bbbbbbbbbb from peer {\n"
    "    local 169.254.6.1 as 65000; neighbor 169.254.6.2 as 65002; interface \"tun-bbbbbbbbbb\";\n"
    "    hold time 30;\n"
    "    graceful restart on; graceful restart time 120;\n"
    "    password \"bgp secret\";\n"
    "    bfd { interval 300 ms; multiplier 3; };\n"
    "    ipv4 { extended next hop; next hop self; import limit 100 action restart;\n"
    "        import filter { if net ~ [127.0.0.0/8+, 224.0.0.0/3+] then reject; if net !~ "
    "[10.2.0.0/16+] then reject; bgp_large_community.delete([(4294967295,*,*)]); "
    "bgp_large_community.add((4294967295,0,513428894)); rw_connection = 1101779739; accept; }; \n"
    "        export filter { if source = RTS_INHERIT && krt_metric ~ [1101779739, 5555, 6666] then "
    "reject; if source = RTS_BGP then reject; reject; bgp_path.prepend(65000); "
    "bgp_community.add((65000,7)); bgp_large_community.delete([(4294967295,*,*)]); accept; }; \n"
    "    };\n"
    "    ipv6 { next hop self; import limit 100 action restart;\n"
    "        import filter { if net ~ [::/96{97,128}, ff00::/8+] then reject; reject; "
    "bgp_large_community.delete([(4294967295,*,*)]); "
    "bgp_large_community.add((4294967295,0,513428894)); rw_connection = 1101779739; accept; }; \n"
    "        export filter { if source = RTS_INHERIT && krt_metric ~ [1101779739, 5555, 6666] then "
    "reject; if source = RTS_BGP then reject; if net !~ [2001:db8::/32+] then reject; "
    "bgp_path.prepend(65000); bgp_community.add((65000,7)); "
    "bgp_large_community.delete([(4294967295,*,*)]); accept; }; \n"
    "    };\n"
    "}\n";

static void test_two_peers(void **state)
{
    struct buf text = {0};
    struct gateway g;
    const char *at;

    (void)state;
    begin(&g);
    assert_int_equal(speaker_config_write(&g.want, &text), 0);
    assert_non_null(strstr(buf_text(&text), "router id 169.254.6.1;\n")); /* the lowest */
    assert_non_null(strstr(buf_text(&text), "local 127.0.0.1 as 65000; neighbor 127.0.0.2"));
    at = strstr(buf_text(&text), "protocol bgp vpntun_a");
    assert_non_null(at);
    assert_string_equal(at, two_peers);
    buf_wipe(&text);
    end(&g);
}

/* A peer like any other; its address is lower than those of the tunnels. */
static void test_a_private_interface(void **state)
{
    static const char line[] =
        "{\"gateway\": \"bgw-a\", \"adminState\": \"up\", \"interface\": \"eth1\", \"vlan\": 0,"
        " \"address\": \"10.255.0.1/30\", \"peerAddress\": \"10.255.0.2\","
        " \"mac\": \"06:00:00:00:00:01\", \"mtu\": 1500}";
    struct object o = {.id = "pvif-aaaaaaaaaa", .type = DESIRED_LINE};
    json_t *doc = document_make();
    struct desired_error err;
    struct gateway g;

    (void)state;
    begin(&g);
    document_set(doc, "line/pvif-aaaaaaaaaa", line);
    document_set(doc, "line/pvif-aaaaaaaaaa bgp", bgp);
    assert_int_equal(desired_parse(DESIRED_LINE, o.id, json_object_get(doc, "line/pvif-aaaaaaaaaa"),
                                   &o.value, &err),
                     0);
    g.tunnels[1] = &o;
    assert_has(&g, "router id 169.254.7.1;\n");
    assert_has(&g, "protocol bgp pvif_aaaaaaaaaa from peer {\n"
                   "    local 10.255.0.1 as 65000; neighbor 10.255.0.2 as 65001; interface "
                   "\"tun-aaaaaaaaaa\";\n");
    desired_free(DESIRED_LINE, o.value);
    json_decref(doc);
    end(&g);
}

static void test_a_gateway_by_ipv6_alone(void **state)
{
    struct gateway g;

    (void)state;
    begin(&g);
    for (size_t i = 0; i < 2; i++) {
        struct desired_tunnel *t = g.objects[i].value;

        assert_int_equal(addr_parse("fd00::1", &t->dataplane.inner_local), 0);
        assert_int_equal(addr_parse("fd00::2", &t->dataplane.inner_remote), 0);
    }
    assert_has(&g, "router id 10.210.153.228;\n"); /* made of its id */
    assert_has(&g, "local fd00::1 as 65000; neighbor fd00::2 as 65001;");
    g.want.n = 0;
    assert_has(&g, "router id 10.210.153.228;\n");
    end(&g);
}

static void test_limits(void **state)
{
    struct gateway g;

    (void)state;
    begin(&g);
    assert_has(&g, "import limit 1400 action block;"); /* a flood is kept out; 100 is the node's */
    assert_has(&g, "import limit 100 action restart;");
    g.desired.max_dynamic = 0;
    assert_has(&g, "import limit 1000 action block;");
    assert_has(&g, "import limit 1 action restart;");
    g.desired.max_dynamic = UINT32_MAX;
    assert_has(&g, "import limit 2147483647 action block;");
    assert_has(&g, "import limit 2147483647 action restart;");
    end(&g);
}

static void test_transit(void **state)
{
    struct gateway g;

    (void)state;
    begin(&g);
    assert_has(&g, "if source = RTS_BGP then reject;");
    g.desired.transit = true;
    assert_has(&g, "if source = RTS_BGP && rw_connection ~ [0, 1101911120] then reject;");
    end(&g);
}

/* A set of those that alone are told withholds its routes from all others. */
static void test_prefixes_for_some_only(void **state)
{
    static const char *const both[] = {"vpn-a", "vpn-b"};
    struct desired_tunnel *t;
    struct gateway g;

    (void)state;
    assert_int_not_equal(speaker_only_metric(both, 1), speaker_metric(both, 1));
    assert_int_not_equal(speaker_only_metric(both, 2), speaker_metric(both, 2));
    begin(&g);
    g.sets[0] =
        (struct speaker_set){.metric = 7777, .only = true, .n = 1, .connections = {"vpn-c"}};
    g.sets[1] =
        (struct speaker_set){.metric = 8888, .only = true, .n = 1, .connections = {"vpn-a"}};
    t = g.objects[0].value;
    t->dataplane.n_translations = 1;
    t->dataplane.translations[0].side = IPC_SIDE_OWN;
    assert_int_equal(prefix_parse("10.0.0.0/16", &t->dataplane.translations[0].prefix), 0);
    assert_has(&g, ", 7777] then reject; if net ~ [10.0.0.0/16+] then if source != RTS_INHERIT || "
                   "krt_metric !~ [8888] then reject; ");
    assert_has(&g, ", 7777, 8888] then reject; ");
    end(&g);
}

static void test_what_cannot_be_said(void **state)
{
    struct buf text = {0};
    struct desired_tunnel *t;
    struct gateway g;

    (void)state;
    begin(&g);
    t = g.objects[1].value;
    (void)text_copy(t->bgp->password, sizeof(t->bgp->password), "a\"b");
    assert_int_equal(speaker_config_write(&g.want, &text), -EINVAL);
    buf_wipe(&text);
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_a_tunnel_that_is_left),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_two_peers),
        cmocka_unit_test(test_a_private_interface),
        cmocka_unit_test(test_a_gateway_by_ipv6_alone),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_transit),
        cmocka_unit_test(test_prefixes_for_some_only),
        cmocka_unit_test(test_what_cannot_be_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
