#include "api.h"
#include "notice.h"

#include <stdio.h>
#include <stdlib.h>

/* Real networks as nodes report them: their state, their hosts, and what people are told of these.
 */

struct net {
    struct api *api;
    char node[48], vpc[48], subnet[48];
};

static struct net make_net(struct api *a)
{
    struct net n = {.api = a};

    assert_int_equal(text_copy(n.node, sizeof(n.node), api_join(a)), 0);
    assert_int_equal(text_copy(n.vpc, sizeof(n.vpc), api_make(a, "vpcs", "{'cidr':'10.8.0.0/16'}")),
                     0);
    assert_int_equal(text_copy(n.subnet, sizeof(n.subnet),
                               api_make(a, "subnets",
                                        "{'vpcId':'%s','cidr':'10.8.1.0/24','interface':'eth1',"
                                        "'hostLimit':2}",
                                        n.vpc)),
                     0);
    return n;
}

/* A report; %S in its texts is the network. Answers how many entries were refused. */
static size_t report(struct net *n, bool reset, const char *put, const char *hosts)
{
    struct api *a = n->api;
    struct buf b = {0}, out = {0};

    a->sequence = reset ? 0 : a->sequence;
    buf_printf(&b, "{'epoch':'e1','sequence':%d,'reset':%s,'put':[%s],'hosts':%s}", a->sequence + 1,
               reset ? "true" : "false", put, hosts);
    for (const char *c = buf_text(&b); *c; c++) {
        if (c[0] == '%' && c[1] == 'S')
            buf_puts(&out, (c++, n->subnet));
        else
            buf_add(&out, *c == '\'' ? "\"" : c, 1);
    }
    assert_int_equal(api_node(a, "POST", n->node, "status", buf_text(&out)), 200);
    buf_done(&b);
    buf_done(&out);
    a->sequence++;
    return json_array_size(model_list(a->answer, "refused"));
}

#define SAYS(state, more) "{'key':'network/%S','status':{'operState':'" state "'" more "}}"
#define HOST_OF(subnet, address, mac)                                                              \
    "{'subnet':'" subnet "','address':'" address "','mac':'" mac                                   \
    "','seen':'2026-11-20T08:00:00.000Z'}"
#define HOST(address) HOST_OF("%S", address, "02:00:00:00:00:01")

static const json_t *item(const struct net *n, size_t i)
{
    return json_array_get(model_list(n->api->answer, "items"), i);
}

/* "10.8.1.4 10.8.1.5 " */
static const char *hosts(struct net *n, const char *query)
{
    static char text[512];
    size_t used = 0;

    api_get(n->api, 200, "subnets/%s/hosts%s", n->subnet, query);
    text[0] = 0;
    for (size_t i = 0; item(n, i); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ",
                                 model_str(item(n, i), "address"));
    return text;
}

static size_t events(struct api *a, const char *code)
{
    assert_int_equal(events_flush(a->control->events, clock_realtime_us()), 0);
    api_get(a, 200, "events?code=%s", code);
    return json_array_size(model_list(a->answer, "items"));
}

static bool has_problem(struct net *n, const char *code)
{
    api_get(n->api, 200, "problems");
    for (size_t i = 0; item(n, i); i++) {
        if (strcmp(model_str(item(n, i), "errorCode"), code) == 0)
            return true;
    }
    return false;
}

static void test_what_a_node_says_of_a_network(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;

    api_get(a, 200, "subnets/%s", n.subnet);
    assert_string_equal(api_str(a, "operState"), "unknown");
    assert_string_equal(api_str(a, "nodeId"), n.node);
    assert_int_equal(report(&n, true, SAYS("up", ",'hosts':1,'counters':{'packetsIn':7}"), "{}"),
                     0);
    api_get(a, 200, "subnets/%s", n.subnet);
    assert_string_equal(api_str(a, "operState"), "up");
    assert_int_equal(model_int(a->answer, "hosts", 0), 1);
    assert_int_equal(model_int(a->answer, "counters.packetsIn", 0), 7);
    assert_int_equal(events(a, "event.network-up"), 1);
    assert_false(has_problem(&n, "problem.wire-down"));
    assert_int_equal(report(&n, false, SAYS("down", ",'lastError':'cut'"), "{}"), 0);
    assert_int_equal(events(a, "event.network-down"), 1);
    assert_non_null(strstr(model_str(item(&n, 0), "text"), "cut"));
    assert_true(has_problem(&n, "problem.wire-down"));
    assert_int_equal(report(&n, false, SAYS("sideways", ""), "{}"), 1);
}

static void test_the_limit_is_an_event_and_a_problem(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;

    assert_int_equal(report(&n, true, SAYS("up", ",'hosts':1"), "{}"), 0);
    assert_int_equal(events(a, "event.hosts-full"), 0);
    assert_int_equal(report(&n, false, SAYS("up", ",'hosts':2"), "{}"), 0);
    assert_int_equal(report(&n, false, SAYS("up", ",'hosts':2,'lastError':'x'"), "{}"), 0);
    assert_int_equal(events(a, "event.hosts-full"), 1);
    assert_true(has_problem(&n, "problem.hosts-full"));
    assert_int_equal(report(&n, false, SAYS("up", ",'hosts':1"), "{}"), 0);
    assert_int_equal(events(a, "event.hosts-fit"), 1);
    assert_false(has_problem(&n, "problem.hosts-full"));
}

static void test_hosts_are_listed(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;

    assert_string_equal(hosts(&n, ""), "");
    assert_int_equal(
        report(&n, true, "",
               "{'put':[" HOST("10.8.1.9") "," HOST("10.8.1.10") "," HOST("10.8.1.200") "]}"),
        0);
    assert_string_equal(hosts(&n, ""), "10.8.1.9 10.8.1.10 10.8.1.200 ");
    assert_string_equal(model_str(item(&n, 0), "mac"), "02:00:00:00:00:01");
    assert_string_equal(model_str(item(&n, 0), "lastSeen"), "2026-11-20T08:00:00.000Z");
    assert_false(model_bool(item(&n, 0), "router", true));
    assert_null(json_object_get(a->answer, "unconfirmed"));
    (void)api_make(a, "routeTables",
                   "{'vpcId':'%s','routes':[{'destination':'192.168.0.0/16','nextHop':"
                   "'10.8.1.9'}]}",
                   n.vpc);
    assert_string_equal(hosts(&n, "?limit=2"), "10.8.1.9 10.8.1.10 ");
    assert_true(model_bool(item(&n, 0), "router", false));
    assert_string_equal(api_str(a, "next"), "10.8.1.200");
    assert_string_equal(hosts(&n, "?limit=2&cursor=10.8.1.200"), "10.8.1.200 ");
    assert_null(json_object_get(a->answer, "next"));
    api_get(a, 400, "subnets/%s/hosts?cursor=next", n.subnet);
    api_get(a, 404, "subnets/subnet-aaaaaaaaaa/hosts");
    /* What went and came again is in both. */
    assert_int_equal(report(&n, false, "",
                            "{'put':[" HOST("10.8.1.10") "],'gone':[{'subnet':'%S','address':"
                                                         "'10.8.1.10'},{'subnet':'%S','address':"
                                                         "'10.8.1.9'}]}"),
                     0);
    assert_string_equal(hosts(&n, ""), "10.8.1.10 10.8.1.200 ");
    assert_int_equal(report(&n, true, "", "{'put':[" HOST("10.8.1.7") "]}"), 0);
    assert_string_equal(hosts(&n, ""), "10.8.1.7 ");
}

static void test_what_is_not_taken(void **state)
{
    static const char *const rows[] = {
        HOST_OF("subnet-aaaaaaaaaa", "10.8.1.9", "02:00:00:00:00:01"),
        HOST_OF("%S", "10.8.2.9", "02:00:00:00:00:01"),
        HOST_OF("%S", "fd00::9", "02:00:00:00:00:01"),
        HOST_OF("%S", "10.8.1", "02:00:00:00:00:01"),
        HOST_OF("%S", "10.8.1.9", "02:00:00:00:00"),
        HOST_OF("%S", "10.8.1.9", "02:00:00:00:00:0x"),
        "{'subnet':'%S','address':'10.8.1.9','mac':'02:00:00:00:00:01'}",
        "{'subnet':'%S','address':'10.8.1.9','mac':'02:00:00:00:00:01','seen':'now'}",
        "{}",
        "7",
    };
    struct net n = make_net(*state);
    const char *other;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char text[512];

        snprintf(text, sizeof(text), "{'put':[%s,%s]}", rows[i], HOST("10.8.1.4"));
        assert_int_equal(report(&n, i == 0, "", text), 1);
    }
    assert_string_equal(hosts(&n, ""), "10.8.1.4 ");
    /* Nor of a subnet that is no network. */
    other = api_make(n.api, "subnets", "{'vpcId':'%s','cidr':'10.8.3.0/24'}", n.vpc);
    assert_int_equal(text_copy(n.subnet, sizeof(n.subnet), other), 0);
    assert_int_equal(report(&n, false, "", "{'put':[" HOST("10.8.3.9") "]}"), 1);
    assert_string_equal(hosts(&n, ""), "");
}

static void test_hosts_go_with_their_network(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;
    char path[64];

    assert_int_equal(report(&n, true, "", "{'put':[" HOST("10.8.1.9") "]}"), 0);
    snprintf(path, sizeof(path), "subnets/%s", n.subnet);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    api_get(a, 404, "subnets/%s/hosts", n.subnet);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_setup, api_teardown)
    const struct CMUnitTest tests[] = {
        T(test_what_a_node_says_of_a_network),
        T(test_the_limit_is_an_event_and_a_problem),
        T(test_hosts_are_listed),
        T(test_what_is_not_taken),
        T(test_hosts_go_with_their_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
