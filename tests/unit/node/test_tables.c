/* Packet tables out of objects: only what a change touches is made anew, and what comes out is what
 * a node would make that sees all of it for the first time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "documents.h"
#include "tables.h"

static struct objects set;
static struct tables tables;
static struct learned learned;
static json_t *document;
static uint64_t version;

static void on_put(void *arg, struct object *o, const void *before)
{
    (void)arg;
    if (o->value != before)
        tables_touch(&tables, o, before, o->value);
}

static void on_gone(void *arg, struct object *o)
{
    (void)arg;
    mentions_remove(&set, o);
    o->down = true;
    tables_touch(&tables, o, o->value, NULL);
}

/* All of the document, as a listing. */
static void take(void)
{
    static const struct objects_calls calls = {on_put, on_gone};
    struct objects_page result;
    struct desired_error err;
    json_t *page = document_page(document, "a", ++version);

    assert_int_equal(objects_take(&set, page, &calls, NULL, &result, &err), 0);
    json_decref(page);
    tables.computed = 0;
    assert_int_equal(tables_update(&tables), 0);
}

static void on_learned(void *arg, const struct learned_route *r, bool gone)
{
    (void)arg;
    tables_touch_learned(&tables, r, gone);
}

static int setup(void **state)
{
    (void)state;
    objects_init(&set);
    tables_init(&tables, &set);
    learned_init(&learned);
    tables.learned = &learned;
    learned.changed = on_learned;
    document = document_make();
    take();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    learned_done(&learned);
    tables_done(&tables);
    objects_done(&set);
    json_decref(document);
    return 0;
}

/* "10.1.0.0/16>vpc-a 10.2.0.0/16>bgw-a", "-" if there is no such table */
static const char *text_of(const char *id)
{
    static const char *const kinds[] = {"?", "port", "table", "", "drop", "unreachable", "self"};
    static char text[1024];
    static const struct packet_routes none;
    const struct packet_table *t = tables_find(&tables, id);
    struct packet_routes_walk walk;
    struct packet_route route;
    char prefix[PREFIX_TEXT_MAX];
    size_t used = 0;

    strcpy(text, t ? "" : "-");
    packet_routes_walk(t ? &t->routes : &none, &walk);
    while (packet_routes_next(&walk, &route)) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? " " : "",
                                 prefix_format(&route.prefix, prefix));
        for (size_t k = 0; k < route.n_hops; k++) {
            const struct ipc_nexthop *hop = &route.hops[k];

            used += (size_t)snprintf(text + used, sizeof(text) - used, ">%s",
                                     *hop->target ? hop->target : kinds[hop->kind]);
            if (hop->kind == IPC_NEXTHOP_HOST)
                used += (size_t)snprintf(text + used, sizeof(text) - used, "/%s",
                                         addr_format(&hop->via, prefix));
        }
    }
    return text;
}

/* Where a table answers from, of both families. */
static void assert_self(const char *table, const char *v4, const char *v6)
{
    const struct packet_table *t = tables_find(&tables, table);
    char text[ADDR_TEXT_MAX];

    assert_non_null(t);
    assert_string_equal(addr_format(&t->table.self4, text), v4);
    if (v6)
        assert_string_equal(addr_format(&t->table.self6, text), v6);
}

static void test_the_tables_of_a_small_region(void **state)
{
    (void)state;
    assert_string_equal(text_of("vpc-a"),
                        "10.1.0.0/24>unreachable 10.1.0.1/32>self 10.1.0.4/32>i-web0000000");
    assert_string_equal(text_of("bgw-a"),
                        "10.1.0.0/24>vpc-a 10.2.0.0/16>vpn-a 169.254.1.1/32>self");
    assert_string_equal(text_of("bgw-a/tunnel"),
                        "10.1.0.0/24>vpc-a 10.2.0.0/16>unreachable 169.254.1.1/32>self");
    assert_string_equal(text_of("rtb-a"), "10.1.0.0/16>vpc-a 10.2.0.0/16>bgw-a");
    assert_self("rtb-a", "10.1.0.1", NULL);
    assert_self("bgw-a", "169.254.1.1", NULL);
}

/* Whoever sends what is too big hears of it, though nothing here has an address of the family. */
static void test_errors_have_somewhere_to_come_from(void **state)
{
    char nobody[ADDR_TEXT_MAX];

    (void)state;
    addr_format(&tables_find(&tables, "bgw-a")->table.self6, nobody);
    assert_int_equal(strncmp(nobody, "fd", 2), 0);
    assert_self("bgw-a", "169.254.1.1", nobody);
    assert_self("bgw-a/tunnel", "169.254.1.1", nobody); /* the same from either side */
    document_set(document, DOC_ATTACHMENT " prefixes",
                 "[{\"prefix\": \"10.1.0.0/24\", \"since\": 1},"
                 " {\"prefix\": \"fd00:1::/64\", \"since\": 1}]");
    take();
    assert_self("bgw-a", "169.254.1.1", "fd00:1::1");
    document_set(document, DOC_TUNNEL, NULL);
    take();
    assert_self("bgw-a", "10.1.0.1", "fd00:1::1");
    document_set(document, DOC_ATTACHMENT, NULL);
    take();
    assert_self("bgw-a", "192.0.0.8", nobody);
}

static const char line_json[] =
    "{\"gateway\": \"bgw-a\", \"adminState\": \"up\", \"interface\": \"eth1\", \"vlan\": 0,"
    " \"address\": \"10.255.0.1/30\", \"peerAddress\": \"10.255.0.2\","
    " \"mac\": \"06:00:00:00:00:01\", \"mtu\": 1500}";
static const char line_route[] =
    "{\"gateway\": \"bgw-a\", \"destination\": \"10.2.0.0/16\", \"nextHop\": "
    "\"pvif-aaaaaaaaaa\", \"since\": 9}";

static void set_down(bool down)
{
    objects_find(&set, DESIRED_LINE, "pvif-aaaaaaaaaa")->down = down;
    tables_touch_line(&tables, "pvif-aaaaaaaaaa");
    assert_int_equal(tables_update(&tables), 0);
}

/* The route comes before the line that it leads to, and counts while that is there and up. */
static void test_static_routes_follow_the_state_of_a_line(void **state)
{
    static const char by_vpn[] = "10.1.0.0/24>vpc-a 10.2.0.0/16>vpn-a 169.254.1.1/32>self";

    (void)state;
    document_set(document, "route/bgwroute-l", line_route);
    take();
    assert_string_equal(text_of("bgw-a"), by_vpn);
    document_set(document, "line/pvif-aaaaaaaaaa", line_json);
    take();
    assert_string_equal(text_of("bgw-a"), "10.1.0.0/24>vpc-a 10.2.0.0/16>pvif-aaaaaaaaaa "
                                          "10.255.0.1/32>self 169.254.1.1/32>self");
    assert_string_equal(text_of("bgw-a/tunnel"), "10.1.0.0/24>vpc-a 10.2.0.0/16>unreachable "
                                                 "10.255.0.1/32>self 169.254.1.1/32>self");
    set_down(true);
    assert_string_equal(text_of("bgw-a"), "10.1.0.0/24>vpc-a 10.2.0.0/16>vpn-a "
                                          "10.255.0.1/32>self 169.254.1.1/32>self");
    set_down(false);
    assert_non_null(strstr(text_of("bgw-a"), "10.2.0.0/16>pvif-aaaaaaaaaa"));
    document_set(document, "line/pvif-aaaaaaaaaa", NULL);
    take();
    assert_string_equal(text_of("bgw-a"), by_vpn);
}

static const char network_json[] =
    "{\"vpc\": \"vpc-a\", \"subnet\": \"10.1.9.0/24\", \"gateway\": \"10.1.9.1\","
    " \"gatewayMac\": \"06:00:00:00:00:01\", \"interface\": \"eth1\", \"vlan\": 0, \"mtu\": 1500,"
    " \"hostLimit\": 16, \"table\": \"rtb-a\"}";

/* Routes to routers in a network wait for it, in the VPC's own table and in its route tables. */
static void test_routes_lead_to_a_network_while_it_is_here(void **state)
{
    static const char own[] = "10.1.0.0/24>unreachable 10.1.0.1/32>self 10.1.0.4/32>i-web0000000 "
                              "10.1.9.0/24>%s 10.1.9.1/32>self 192.168.0.0/16>%s";
    static const char routes[] = "[{\"destination\": \"192.168.0.0/16\", \"nextHop\": "
                                 "\"10.1.9.254\"}, {\"destination\": \"192.168.0.0/16\", "
                                 "\"nextHop\": \"10.1.9.253\"}]";
    static const char routers[] = "subnet-n/10.1.9.253>subnet-n/10.1.9.254";
    char expected[512];

    (void)state;
    document_set(document, "vpc/vpc-a subnets",
                 "[{\"id\": \"subnet-a\", \"cidr\": \"10.1.0.0/24\", \"table\": \"rtb-a\"},"
                 " {\"id\": \"subnet-n\", \"cidr\": \"10.1.9.0/24\", \"table\": \"rtb-a\"}]");
    document_set(document, "vpc/vpc-a beyond", routes);
    document_set(document, "table/rtb-a routes", routes);
    take();
    snprintf(expected, sizeof(expected), own, "unreachable", "unreachable");
    assert_string_equal(text_of("vpc-a"), expected);
    assert_string_equal(text_of("rtb-a"),
                        "10.1.0.0/16>vpc-a 10.2.0.0/16>bgw-a 192.168.0.0/16>unreachable");
    document_set(document, "network/subnet-n", network_json);
    take();
    snprintf(expected, sizeof(expected), own, "subnet-n", routers);
    assert_string_equal(text_of("vpc-a"), expected);
    assert_non_null(strstr(text_of("rtb-a"), routers));
    document_set(document, "network/subnet-n", NULL);
    take();
    snprintf(expected, sizeof(expected), own, "unreachable", "unreachable");
    assert_string_equal(text_of("vpc-a"), expected);
    assert_non_null(strstr(text_of("rtb-a"), "192.168.0.0/16>unreachable"));
}

/* How many routes are made by each change, one after the other: a gateway without transit has two
 * tables, and a tunnel that comes or goes has all of them looked at. */
static void test_a_change_makes_what_it_touches(void **state)
{
    static const struct {
        const char *path, *json;
        unsigned computed;
    } rows[] = {
        {DOC_TUNNEL " mtu", "1300", 0},
        {DOC_TUNNEL " psk", "\"another key\"", 0},
        {DOC_TUNNEL " adminState", "\"down\"", 0},
        {DOC_ADDRESS " generation", "2", 0},
        {DOC_TUNNEL " generation", "2", 0},
        {DOC_INSTANCE " address", "\"10.1.0.5\"", 4},
        {DOC_INSTANCE, NULL, 3},
        {DOC_TABLE " maxPropagated", "50", 2},
        {DOC_ROUTE " destination", "\"10.3.0.0/16\"",
         6}, /* old and new, in both and in what propagates from it */
        {DOC_TABLE " propagations", "[]", 2},
        {DOC_ROUTE " destination", "\"10.4.0.0/16\"", 4},
        {DOC_TUNNEL " tunnelAddress", "\"169.254.1.5/30\"", 10},
        {DOC_GATEWAY " transit", "true", 3},
        {DOC_ATTACHMENT " prefixes", "[]", 1},
        {DOC_VPC " ranges", "[\"10.1.0.0/16\", \"10.8.0.0/16\"]", 4},
        {DOC_GATEWAY, NULL, 0},
        {DOC_TABLE, NULL, 0},
        {DOC_VPC, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        document_set(document, rows[i].path, rows[i].json);
        take();
        if (tables.computed != rows[i].computed)
            fail_msg("%s = %s: %u routes", rows[i].path, rows[i].json, (unsigned)tables.computed);
    }
    assert_true(list_empty(&tables.all));
    assert_int_equal(tables.gateways.count, 1); /* its route and attachment are still there */
}

static void test_nothing_changed_is_no_change(void **state)
{
    uint64_t changes = tables.changes;

    (void)state;
    take();
    assert_int_equal(tables.computed, 0);
    document_set(document, DOC_INSTANCE " mtu", "1500"); /* is no part of a table */
    take();
    assert_int_equal(tables.changes, changes);
}

/* ---- random histories ---- */

static uint64_t seed;

static unsigned any(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(seed >> 33) % n;
}

static const char *some(const char *format, unsigned n)
{
    static char texts[8][48];
    static unsigned next;
    char *text = texts[next++ % 8];

    snprintf(text, sizeof(texts[0]), format, any(n));
    return text;
}

static const char *gateway_of(unsigned n)
{
    static const char *const names[] = {"bgw-0", "bgw-1", "bgw-2"};

    return names[n];
}

static const char *connection_of(unsigned n)
{
    static const char *const names[] = {"vpn-0", "vpn-1", "vpn-2"};

    return names[n];
}

static json_t *random_vpc(void)
{
    json_t *ranges = json_array(), *subnets = json_array();

    for (unsigned i = 1 + any(2); i > 0; i--)
        json_array_append_new(ranges, json_string(some("10.%u.0.0/16", 4)));
    for (unsigned i = any(3); i > 0; i--)
        json_array_append_new(subnets,
                              json_pack("{s:s, s:s, s:s}", "id", "subnet-x", "cidr",
                                        some("10.1.%u.0/24", 4), "table", some("rtb-%u", 3)));
    return json_pack("{s:o, s:o}", "ranges", ranges, "subnets", subnets);
}

static json_t *random_table(void)
{
    json_t *routes = json_array(), *propagations = json_array();

    for (unsigned i = any(3); i > 0; i--)
        json_array_append_new(routes, json_pack("{s:s, s:s}", "destination",
                                                some("10.%u.0.0/16", 8), "nextHop",
                                                any(3)   ? some("bgw-%u", 3)
                                                : any(2) ? some("i-%u", 4)
                                                         : "blackhole"));
    for (unsigned i = any(3); i > 0; i--)
        json_array_append_new(propagations, json_pack("{s:s, s:s}", "gateway", some("bgw-%u", 3),
                                                      "range", any(4) ? "0.0.0.0/0" : "::/0"));
    return json_pack("{s:s, s:o, s:o, s:i}", "vpc", some("vpc-%u", 3), "routes", routes,
                     "propagations", propagations, "maxPropagated", any(4) ? 100 : 1);
}

static json_t *random_attachment(void)
{
    json_t *prefixes = json_array();

    for (unsigned i = any(3); i > 0; i--)
        json_array_append_new(prefixes, json_pack("{s:s, s:i}", "prefix", some("10.1.%u.0/24", 4),
                                                  "since", (int)any(5)));
    return json_pack("{s:s, s:s, s:o}", "gateway", some("bgw-%u", 3), "vpc", some("vpc-%u", 3),
                     "prefixes", prefixes);
}

static json_t *random_route(void)
{
    return json_pack("{s:s, s:s, s:s, s:i}", "gateway", some("bgw-%u", 3), "destination",
                     any(5) ? some("10.%u.0.0/16", 8) : some("fd00:%u::/32", 4), "nextHop",
                     any(2)   ? some("vpn-%u", 4)
                     : any(3) ? some("vpcattach-%u", 5)
                              : "blackhole",
                     "since", (int)any(5));
}

static json_t *random_tunnel(void)
{
    json_t *whole = document_make(), *t = json_incref(json_object_get(whole, DOC_TUNNEL));
    unsigned n = any(3);

    /* A connection is of one gateway. */
    json_object_set_new(t, "gateway", json_string(gateway_of(n)));
    json_object_set_new(t, "connection", json_string(connection_of(n)));
    if (any(3) == 0)
        json_object_set_new(t, "translations",
                            json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:s}]", "side", "peer",
                                      "prefix", some("10.%u.0.0/16", 4), "seenAs", "10.6.0.0/16",
                                      "side", "own", "prefix", some("10.%u.0.0/16", 8), "seenAs",
                                      "10.99.0.0/16"));
    json_object_set_new(t, "tunnelAddress", json_string(some("169.254.%u.1/30", 6)));
    json_decref(whole);
    return t;
}

static json_t *random_instance(void)
{
    json_t *whole = document_make(), *i = json_incref(json_object_get(whole, DOC_INSTANCE));

    json_object_set_new(i, "vpc", json_string(some("vpc-%u", 3)));
    json_object_set_new(i, "address", json_string(some("10.1.0.%u", 200)));
    json_decref(whole);
    return i;
}

static json_t *random_gateway(void)
{
    return json_pack("{s:i, s:b, s:i, s:i}", "asn", 64512, "transit", (int)any(2), "maxDynamic",
                     300, "generation", 1);
}

static void change_something(void)
{
    static const struct {
        const char *key;
        unsigned n;
        json_t *(*make)(void);
    } kinds[] = {
        {"vpc/vpc-%u", 3, random_vpc},          {"table/rtb-%u", 3, random_table},
        {"gateway/bgw-%u", 3, random_gateway},  {"attachment/vpcattach-%u", 5, random_attachment},
        {"route/bgwroute-%u", 8, random_route}, {"tunnel/vpntun-%u", 5, random_tunnel},
        {"instance/i-%u", 4, random_instance},
    };
    size_t k = any(ARRAY_SIZE(kinds));
    const char *key = some(kinds[k].key, kinds[k].n);

    if (any(3))
        json_object_set_new(document, key, kinds[k].make());
    else
        json_object_del(document, key);
}

/* Whether the tunnels are among the objects or not. */
static void learn_something(void)
{
    unsigned n = any(3);
    struct learned_gateway *g = learned_gateway_for(&learned, gateway_of(n));
    struct learned_tunnel tunnels[] = {
        {.number = 101, .id = "vpntun-0"},
        {.number = 102, .id = "vpntun-1"},
        {.number = 103, .id = "vpntun-2"},
    };
    struct bgp_attributes a = {
        .tunnel = 101 + any(3), .length = 1 + any(2), .as_path = "65001", .communities = ""};
    struct prefix p;

    assert_non_null(g);
    for (size_t i = 0; i < ARRAY_SIZE(tunnels); i++)
        strcpy(tunnels[i].connection, connection_of(n));
    assert_int_equal(prefix_parse(some(any(4) ? "10.%u.0.0/16" : "10.1.%u.0/24", 8), &p), 0);
    assert_true(learned_set_tunnels(&learned, g, tunnels, any(20) ? 3 : any(3)) >= 0);
    if (any(3))
        (void)learned_announced(&learned, g, &p, a.tunnel, &a, any(5));
    else
        (void)learned_withdrawn(&learned, g, &p, a.tunnel);
}

/* What a data plane has that is told only of changes. */
static struct told {
    char id[IPC_ID_MAX];
    struct packet_routes routes;
} told[16];

static struct told *told_of(const char *id)
{
    struct told *free_one = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
        if (strcmp(told[i].id, id) == 0)
            return &told[i];
        if (!told[i].id[0])
            free_one = &told[i];
    }
    assert_non_null(free_one);
    strcpy(free_one->id, id);
    return free_one;
}

static void tell_route(struct packet_routes *to, const struct packet_route *r)
{
    assert_true(packet_routes_put(to, &r->prefix, r->hops, r->n_hops) >= 0);
}

static void tell_table(const struct packet_table *t)
{
    struct told *to = told_of(t->table.id);
    struct packet_routes_walk walk;
    struct packet_route r;

    if (t->whole) {
        packet_routes_done(&to->routes);
        packet_routes_walk(&t->routes, &walk);
        while (packet_routes_next(&walk, &r))
            tell_route(&to->routes, &r);
    }
    for (size_t i = 0; i < t->n_changes; i++) {
        if (packet_routes_find(&t->routes, &t->changes[i], &r))
            tell_route(&to->routes, &r);
        else
            (void)packet_routes_remove(&to->routes, &t->changes[i]);
    }
}

static void forget_told(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
        packet_routes_done(&told[i].routes);
        told[i].id[0] = 0;
    }
}

static void compare_with_told(unsigned history, unsigned step)
{
    list_for_each (t, &tables.changed, struct packet_table, changed)
        tell_table(t);
    tables_told(&tables);
    for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
        if (told[i].id[0] && !tables_find(&tables, told[i].id)) {
            packet_routes_done(&told[i].routes);
            told[i].id[0] = 0;
        }
    }
    list_for_each (t, &tables.all, struct packet_table, all) {
        if (!packet_routes_equal(&t->routes, &told_of(t->table.id)->routes))
            fail_msg("history %u, step %u: the changes of %s are not all", history, step,
                     t->table.id);
    }
}

static void compare_announced(const struct tables *scratch, unsigned history, unsigned step)
{
    char id[IPC_ID_MAX];

    for (unsigned i = 0; i < 3; i++) {
        const struct packet_routes *a, *b;

        snprintf(id, sizeof(id), "bgw-%u", i);
        a = tables_announced_by(&tables, id);
        b = tables_announced_by(scratch, id);
        if (!a != !b || (a && !packet_routes_equal(a, b)))
            fail_msg("history %u, step %u: %s announces something else", history, step, id);
    }
}

static void compare_with_scratch(unsigned history, unsigned step)
{
    struct tables scratch;

    tables_init(&scratch, &set);
    scratch.learned = &learned;
    list_for_each (o, &set.all, struct object, all)
        tables_touch(&scratch, o, NULL, o->value);
    assert_int_equal(tables_update(&scratch), 0);
    list_for_each (t, &scratch.all, struct packet_table, all) {
        const struct packet_table *kept = tables_find(&tables, t->table.id);

        if (!kept || !addr_equal(&kept->table.self4, &t->table.self4) ||
            !addr_equal(&kept->table.self6, &t->table.self6) ||
            !packet_routes_equal(&kept->routes, &t->routes))
            fail_msg("history %u, step %u: %s is %s", history, step, t->table.id,
                     text_of(t->table.id));
    }
    if (scratch.by_id.count != tables.by_id.count)
        fail_msg("history %u, step %u: %zu tables, not %zu", history, step, tables.by_id.count,
                 scratch.by_id.count);
    compare_announced(&scratch, history, step);
    tables_done(&scratch);
}

static void test_random_histories_end_as_a_new_beginning(void **state)
{
    (void)state;
    for (unsigned history = 0; history < 30; history++) {
        seed = history;
        for (unsigned step = 0; step < 60; step++) {
            for (unsigned n = any(5); n > 0; n--)
                change_something();
            for (unsigned n = any(5); n > 0; n--)
                learn_something();
            take();
            list_for_each (o, &set.all, struct object, all)
                assert_null(o->error);
            compare_with_scratch(history, step);
            compare_with_told(history, step);
        }
    }
    forget_told();
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_the_tables_of_a_small_region),
        CASE(test_errors_have_somewhere_to_come_from),
        CASE(test_static_routes_follow_the_state_of_a_line),
        CASE(test_routes_lead_to_a_network_while_it_is_here),
        CASE(test_a_change_makes_what_it_touches),
        CASE(test_nothing_changed_is_no_change),
        CASE(test_random_histories_end_as_a_new_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
