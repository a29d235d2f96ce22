#include "api.h"
#include "notice.h"

#include <stdio.h>
#include <stdlib.h>

/* BGP as nodes report it: the state of sessions, the routes that peers announce, and the tables
 * that come of these. */

struct net {
    struct api *api;
    struct api_vpn v;
    char node[48], gateway[48];
};

static struct net make_net(struct api *a)
{
    struct net n = {.api = a};

    assert_int_equal(text_copy(n.node, sizeof(n.node), api_join(a)), 0);
    api_make_vpn(a, &n.v);
    api_get(a, 200, "vpnConnections/%s", n.v.connection);
    assert_int_equal(text_copy(n.gateway, sizeof(n.gateway), api_str(a, "borderGatewayId")), 0);
    return n;
}

/* A report whose member "learned" is this; texts with %T, %U and %G for the two tunnels and the
 * gateway. Answers how many entries were refused. */
static size_t report(struct net *n, bool reset, const char *put, const char *learned)
{
    struct api *a = n->api;
    struct buf b = {0};
    size_t refused;

    a->sequence = reset ? 0 : a->sequence;
    buf_printf(&b, "{'epoch':'e1','sequence':%d,'reset':%s,'put':[%s],'learned':%s}",
               a->sequence + 1, reset ? "true" : "false", put, learned);
    {
        struct buf out = {0};

        for (const char *c = buf_text(&b); *c; c++) {
            if (*c == '%') {
                c++;
                buf_puts(&out, *c == 'T'   ? n->v.tunnels[0]
                               : *c == 'U' ? n->v.tunnels[1]
                                           : n->gateway);
            } else {
                buf_add(&out, *c == '\'' ? "\"" : c, 1);
            }
        }
        assert_int_equal(api_node(a, "POST", n->node, "status", buf_text(&out)), 200);
        buf_done(&out);
    }
    buf_done(&b);
    a->sequence++;
    refused = json_array_size(model_list(a->answer, "refused"));
    return refused;
}

#define ROUTE(tunnel, prefix, path, length)                                                        \
    "{'gateway':'%G','tunnel':'" tunnel "','prefix':'" prefix                                      \
    "','nextHop':'169.254.1.2','asPath':'" path "','asPathLength':" length                         \
    ",'communities':'65001:1','origin':'igp','since':'2026-11-20T08:00:00.000Z'}"

static size_t rows_of(struct api *a, const char *path)
{
    api_get(a, 200, "%s", path);
    return json_array_size(model_list(a->answer, "items"));
}

static size_t table_rows(struct net *n, const char *table)
{
    char path[128];

    snprintf(path, sizeof(path), "borderGateways/%s/routes?table=%s", n->gateway, table);
    return rows_of(n->api, path);
}

static size_t tunnel_rows(struct net *n, unsigned tunnel, const char *table)
{
    char path[128];

    snprintf(path, sizeof(path), "vpnTunnels/%s/routes?table=%s", n->v.tunnels[tunnel], table);
    return rows_of(n->api, path);
}

static const json_t *item(const struct net *n, size_t i)
{
    return json_array_get(json_object_get(n->api->answer, "items"), i);
}

/* ---- sessions ---- */

#define SESSION(state, more)                                                                       \
    "{'key':'tunnel/%T','status':{'operState':'up','bgp':{'state':'" state "'" more "}}}"

static void test_the_state_of_a_session(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;

    assert_int_equal(
        report(&n, true,
               SESSION("established", ",'since':'2026-11-20T08:00:00.000Z','lastError':'',"
                                      "'peerAsn':65001,'holdSeconds':9,'learned':2,"
                                      "'announced':70000,'bfd':'up','password':'x'"),
               "{}"),
        0);
    api_get(a, 200, "vpnTunnels/%s", n.v.tunnels[0]);
    assert_string_equal(api_str(a, "bgpState"), "established");
    assert_string_equal(api_str(a, "bgpSince"), "2026-11-20T08:00:00.000Z");
    assert_string_equal(api_str(a, "bfdState"), "up");
    assert_int_equal(model_int(a->answer, "bgpPeerAsn", 0), 65001);
    assert_int_equal(model_int(a->answer, "bgpHoldSeconds", 0), 9);
    assert_int_equal(model_int(a->answer, "bgpLearned", 0), 2);
    assert_int_equal(model_int(a->answer, "bgpAnnounced", 0), 70000);
    api_get(a, 200, "vpnTunnels?bgpState=established");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 1);
    /* The ASN of the gateway is not to be changed now. */
    {
        char path[64];

        snprintf(path, sizeof(path), "borderGateways/%s", n.gateway);
        assert_int_equal(api(a, "PATCH", path, "{'asn': 65010}"), 409);
        assert_string_equal(api_str(a, "code"), "change.asn-in-use");
        assert_int_equal(report(&n, false, SESSION("active", ",'lastError':'{plain|x}'"), "{}"), 0);
        assert_int_equal(api(a, "PATCH", path, "{'asn': 65010}"), 200);
    }
    /* What is no state is left out. */
    assert_int_equal(report(&n, false, SESSION("dancing", ",'peerAsn':-1,'learned':'x'"), "{}"), 0);
    api_get(a, 200, "vpnTunnels/%s", n.v.tunnels[0]);
    assert_null(json_object_get(a->answer, "bgpState"));
    assert_null(json_object_get(a->answer, "bgpPeerAsn"));
}

static size_t events(struct api *a, const char *code)
{
    assert_int_equal(events_flush(a->control->events, clock_realtime_us()), 0);
    api_get(a, 200, "events?code=%s", code);
    return json_array_size(model_list(a->answer, "items"));
}

static void test_sessions_are_events(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;

    (void)report(&n, true, SESSION("active", ""), "{}");
    assert_int_equal(events(a, "event.bgp-down"), 0);
    (void)report(&n, false, SESSION("established", ""), "{}");
    (void)report(&n, false, SESSION("established", ",'learned':3"), "{}");
    assert_int_equal(events(a, "event.bgp-up"), 1);
    (void)report(&n, false, SESSION("idle", ",'lastError':'hold timer expired'"), "{}");
    (void)report(&n, false, SESSION("connect", ",'lastError':'hold timer expired'"), "{}");
    assert_int_equal(events(a, "event.bgp-down"), 1);
    assert_string_equal(model_str(item(&n, 0), "resource.id"), n.v.tunnels[0]);
    assert_string_equal(model_str(item(&n, 0), "severity"), "error");
    assert_non_null(strstr(model_str(item(&n, 0), "text"), "hold timer expired"));
}

/* ---- private interfaces ---- */

#define LINE_SAYS(state, more) "{'key':'line/%L','status':{'operState':'" state "'" more "}}"

static char line_id[48];

static size_t say_line(struct net *n, bool reset, const char *put, const char *learned)
{
    char real[2][1024];
    const char *texts[] = {put, learned};

    for (size_t i = 0; i < 2; i++) {
        size_t used = 0;

        for (const char *c = texts[i]; *c; c++) {
            if (c[0] == '%' && c[1] == 'L')
                used += (size_t)snprintf(real[i] + used, sizeof(real[i]) - used, "%s", line_id),
                    c++;
            else
                real[i][used++] = *c;
        }
        real[i][used] = 0;
    }
    return report(n, reset, real[0], real[1]);
}

static struct net net_with_line(struct api *a)
{
    struct net n = make_net(a);

    assert_int_equal(text_copy(line_id, sizeof(line_id),
                               api_make(a, "privateInterfaces",
                                        "{'borderGatewayId':'%s','interface':'eth1','address':"
                                        "'10.255.0.1/30','peerAddress':'10.255.0.2','peerAsn':"
                                        "65010}",
                                        n.gateway)),
                     0);
    return n;
}

static void change_asn(struct net *n, unsigned asn, int status)
{
    char path[80], body[32];

    snprintf(path, sizeof(path), "borderGateways/%s", n->gateway);
    snprintf(body, sizeof(body), "{'asn': %u}", asn);
    assert_int_equal(api(n->api, "PATCH", path, body), status);
}

static void test_what_a_node_says_of_a_line(void **state)
{
    struct net n = net_with_line(*state);
    struct api *a = n.api;

    api_get(a, 200, "privateInterfaces/%s", line_id);
    assert_string_equal(api_str(a, "operState"), "unknown");
    assert_string_equal(api_str(a, "nodeId"), n.node);
    assert_int_equal(say_line(&n, true,
                              LINE_SAYS("up", ",'since':'2026-11-20T08:00:00.000Z','bgp':{'state':"
                                              "'established','learned':2,'holdSeconds':9},"
                                              "'counters':{'packetsIn':7}"),
                              "{}"),
                     0);
    api_get(a, 200, "privateInterfaces/%s", line_id);
    assert_string_equal(api_str(a, "operState"), "up");
    assert_string_equal(api_str(a, "bgpState"), "established");
    assert_int_equal(model_int(a->answer, "counters.packetsIn", 0), 7);
    assert_int_equal(events(a, "event.line-up"), 1);
    assert_int_equal(events(a, "event.bgp-up"), 1);
    change_asn(&n, 65011, 409);
    assert_string_equal(api_str(a, "code"), "change.asn-in-use");
    assert_int_equal(say_line(&n, false, LINE_SAYS("down", ",'lastError':'cut'"), "{}"), 0);
    change_asn(&n, 65011, 200);
    assert_int_equal(say_line(&n, false, LINE_SAYS("down", ",'lastError':'still cut'"), "{}"), 0);
    assert_int_equal(events(a, "event.line-down"), 1);
    assert_non_null(strstr(model_str(item(&n, 0), "text"), "cut"));
    assert_int_equal(say_line(&n, false, LINE_SAYS("sideways", ""), "{}"), 1);
}

/* A static route counts while the node says that the line is up, one by BGP while it is told of. */
static void test_routes_over_a_line(void **state)
{
    struct net n = net_with_line(*state);
    struct api *a = n.api;

    (void)api_make(a, "borderGatewayRoutes",
                   "{'borderGatewayId':'%s','destination':'10.7.0.0/16','nextHop':'%s'}", n.gateway,
                   line_id);
    assert_int_equal(say_line(&n, true, LINE_SAYS("down", ""),
                              "{'put':[" ROUTE("%L", "10.2.0.0/16", "65010", "1") "]}"),
                     0);
    assert_int_equal(table_rows(&n, "static"), 1);
    assert_false(model_bool(item(&n, 0), "effective", true));
    assert_string_equal(model_str(item(&n, 0), "reasonCode"), "route.line-down");
    assert_int_equal(table_rows(&n, "propagated"), 1);
    assert_string_equal(model_str(item(&n, 0), "nextHopType"), "privateInterface");
    assert_string_equal(model_str(item(&n, 0), "nextHop"), line_id);
    assert_null(json_object_get(item(&n, 0), "tunnelId"));
    api_get(a, 200, "privateInterfaces/%s/routes", line_id);
    assert_string_equal(model_str(item(&n, 0), "destination"), "10.2.0.0/16");
    api_get(a, 200, "privateInterfaces/%s/routes?table=announced", line_id);
    assert_int_equal(say_line(&n, false, LINE_SAYS("up", ""), "{}"), 0);
    assert_int_equal(table_rows(&n, "static"), 1);
    assert_true(model_bool(item(&n, 0), "effective", false));
    {
        char path[96];

        snprintf(path, sizeof(path), "privateInterfaces/%s", line_id);
        assert_int_equal(api(a, "PATCH", path, "{'routing': 'static'}"), 200);
    }
    assert_int_equal(table_rows(&n, "propagated"), 0);
}

/* ---- routes ---- */

static void test_routes_are_learned_and_forgotten(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;
    char path[64];

    assert_int_equal(report(&n, true, "",
                            "{'put':[" ROUTE("%T", "10.2.0.0/16", "65001 65002", "2") "," ROUTE(
                                "%U", "10.2.0.0/16", "65001", "1") "," ROUTE("%T", "2001:db8::/32",
                                                                             "65001", "1") "]}"),
                     0);
    assert_int_equal(tunnel_rows(&n, 0, "learned"), 2);
    assert_string_equal(model_str(item(&n, 0), "destination"), "10.2.0.0/16");
    assert_string_equal(model_str(item(&n, 0), "asPath"), "65001 65002");
    assert_null(json_object_get(a->answer, "unconfirmed"));
    assert_int_equal(table_rows(&n, "propagated"), 3);
    assert_string_equal(model_str(item(&n, 0), "type"), "ebgp");
    assert_string_equal(model_str(item(&n, 0), "nextHop"), n.v.connection);
    assert_string_equal(model_str(item(&n, 0), "tunnelId"), n.v.tunnels[1]);
    assert_string_equal(model_str(item(&n, 0), "viaAddress"), "169.254.1.2");
    assert_string_equal(model_str(item(&n, 0), "asPath"), "65001");
    assert_string_equal(model_str(item(&n, 0), "communities"), "65001:1");
    assert_true(model_bool(item(&n, 0), "effective", false));
    assert_false(model_bool(item(&n, 1), "effective", true));
    api_get(a, 200, "borderGateways/%s/explain?destination=10.2.3.4", n.gateway);
    api_get(a, 200, "quotas");
    /* Another of the same prefix takes its place; the other end of the list goes. */
    assert_int_equal(
        report(
            &n, false, "",
            "{'put':[" ROUTE("%T", "10.2.0.0/16", "65001 7",
                             "2") "],'gone':[{"
                                  "'tunnel':'%T','prefix':'2001:db8::/32'},{'tunnel':'%T','prefix':"
                                  "'10.9.0.0/16'}]}"),
        0);
    assert_int_equal(tunnel_rows(&n, 0, "learned"), 1);
    assert_string_equal(model_str(item(&n, 0), "asPath"), "65001 7");
    /* One that went and came again between two reports is there. */
    assert_int_equal(report(&n, false, "",
                            "{'put':[" ROUTE("%T", "10.2.0.0/16", "65001 8",
                                             "2") "],'gone':[{"
                                                  "'tunnel':'%T','prefix':'10.2.0.0/16'}]}"),
                     0);
    assert_int_equal(tunnel_rows(&n, 0, "learned"), 1);
    assert_string_equal(model_str(item(&n, 0), "asPath"), "65001 8");
    /* So is one whose AS path is longer than a node tells. */
    assert_int_equal(
        report(&n, false, "", "{'put':[" ROUTE("%T", "10.2.0.0/16", "65001 65002...", "900") "]}"),
        0);
    assert_int_equal(tunnel_rows(&n, 0, "learned"), 1);
    assert_string_equal(model_str(item(&n, 0), "asPath"), "65001 65002...");
    /* A connection without BGP has none. */
    snprintf(path, sizeof(path), "vpnConnections/%s", n.v.connection);
    assert_int_equal(api(a, "PATCH", path, "{'routing': 'static'}"), 200);
    assert_int_equal(table_rows(&n, "propagated"), 0);
    assert_int_equal(tunnel_rows(&n, 0, "learned"), 0);
    assert_int_equal(
        report(&n, false, "", "{'put':[" ROUTE("%T", "10.2.0.0/16", "65001", "1") "]}"), 1);
    assert_int_equal(api(a, "PATCH", path, "{'routing': 'bgp'}"), 200);
    assert_int_equal(tunnel_rows(&n, 0, "learned"), 0);
    /* A report from the start is all there is. */
    assert_int_equal(
        report(&n, false, "", "{'put':[" ROUTE("%T", "10.2.0.0/16", "65001", "1") "]}"), 0);
    assert_int_equal(report(&n, true, "", "{}"), 0);
    assert_int_equal(tunnel_rows(&n, 0, "learned"), 0);
}

static void test_what_is_no_route_is_refused_by_name(void **state)
{
    static const char *const entries[] = {
        "{}",
        "{'gateway':'bgw-aaaaaaaaaa','tunnel':'%T','prefix':'10.2.0.0/16','nextHop':'169.254.1.2',"
        "'asPath':'1','asPathLength':1,'communities':'','origin':'igp','since':"
        "'2026-11-20T08:00:00.000Z'}",
        ROUTE("vpntun-aaaaaaaaaa", "10.2.0.0/16", "1", "1"),
        ROUTE("%T", "10.2.0.1/16", "1", "1"),
        ROUTE("%T", "10.2.0.0", "1", "1"),
        ROUTE("%T", "10.2.0.0/16", "1; drop", "1"),
        ROUTE("%T", "10.2.0.0/16", "1", "-1"),
        ROUTE("%T", "10.2.0.0/16", "1", "65536"),
        ROUTE("%T", "10.2.0.0/16", "1", "'1'"),
        ROUTE("%T", "10.2.0.0/16", "1", "1,'med':4294967296"),
        "7",
    };
    struct net n = make_net(*state);
    struct buf all = {0};

    (void)report(&n, true, "", "{}");
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        struct buf one = {0};

        buf_printf(&one, "{'put':[%s,", entries[i]);
        buf_puts(&one, ROUTE("%T", "10.3.0.0/16", "1", "1") "]}");
        print_message("%s\n", entries[i]);
        assert_int_equal(report(&n, false, "", buf_text(&one)), 1);
        buf_done(&one);
        assert_int_equal(tunnel_rows(&n, 0, "learned"), 1);
        assert_string_equal(model_str(item(&n, 0), "destination"), "10.3.0.0/16");
    }
    /* A path of more than a kilobyte. */
    buf_puts(&all, "{'put':[{'gateway':'%G','tunnel':'%T','prefix':'10.2.0.0/16','nextHop':"
                   "'169.254.1.2','asPath':'");
    for (int i = 0; i < 1025; i++)
        buf_puts(&all, "1");
    buf_puts(&all, "','asPathLength':1,'communities':'','origin':'igp','since':"
                   "'2026-11-20T08:00:00.000Z'}]}");
    assert_int_equal(report(&n, false, "", buf_text(&all)), 1);
    assert_string_equal(model_str(json_array_get(model_list(n.api->answer, "refused"), 0), "key") +
                            strlen("learned/"),
                        n.v.tunnels[0]);
    buf_done(&all);
}

/* What its node does not confirm does not count. */
static void test_a_silent_node_s_routes_do_not_count(void **state)
{
    struct net n = make_net(*state);
    uint64_t now = clock_monotonic_us() + 1000000;

    (void)report(&n, true, SESSION("established", ",'bfd':'up'"),
                 "{'put':[" ROUTE("%T", "10.2.0.0/16", "65001", "1") "]}");
    assert_int_equal(table_rows(&n, "effective"), 3); /* and two inner addresses */
    live_listen(n.api->control, now);
    for (int i = 0; i < 40; i++)
        live_listen(n.api->control, now += 1000000);
    assert_int_equal(table_rows(&n, "effective"), 2);
    assert_int_equal(tunnel_rows(&n, 0, "learned"), 1);
    assert_string_equal(api_str(n.api, "unconfirmedCode"), "state.learned-unconfirmed");
    api_get(n.api, 200, "vpnTunnels/%s", n.v.tunnels[0]);
    assert_string_equal(api_str(n.api, "bgpState"), "unknown");
    assert_string_equal(api_str(n.api, "bfdState"), "unknown");
}

/* ---- many ---- */

static void add_many(struct net *n, unsigned count)
{
    struct buf b = {0};

    buf_puts(&b, "{'put':[");
    for (unsigned i = 0; i < count; i++)
        buf_printf(&b,
                   "%s{'gateway':'%%G','tunnel':'%%%c','prefix':'10.%u.%u.0/24','nextHop':"
                   "'169.254.1.2','asPath':'65001','asPathLength':1,'communities':'','origin':"
                   "'igp','since':'2026-11-20T08:00:00.000Z'}",
                   i ? "," : "", i % 2 ? 'U' : 'T', i / 2 / 256, i / 2 % 256);
    buf_puts(&b, "]}");
    assert_int_equal(report(n, true, "", buf_text(&b)), 0);
    buf_done(&b);
}

/* Pages have every row once, also between two of one destination. */
static void test_pages(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;
    char cursor[128] = "", last[PREFIX_TEXT_MAX + 64] = "";
    size_t rows = 0;

    add_many(&n, 2000);
    do {
        const json_t *row;
        size_t i;

        api_get(a, 200, "borderGateways/%s/routes?table=propagated&limit=333%s", n.gateway, cursor);
        json_array_foreach (model_list(a->answer, "items"), i, row) {
            char now[sizeof(last)];

            snprintf(now, sizeof(now), "%s %s", model_str(row, "destination"),
                     model_str(row, "tunnelId"));
            assert_string_not_equal(now, last);
            strcpy(last, now);
            rows++;
        }
        snprintf(cursor, sizeof(cursor), "&cursor=%s", api_str(a, "next"));
    } while (*api_str(a, "next"));
    assert_int_equal(rows, 2000);
    api_get(a, 400, "borderGateways/%s/routes?cursor=x", n.gateway);
    api_get(a, 400, "borderGateways/%s/routes?limit=1001", n.gateway);
    rows = 0;
    cursor[0] = 0;
    do {
        api_get(a, 200, "vpnTunnels/%s/routes?limit=100%s", n.v.tunnels[1], cursor);
        rows += json_array_size(model_list(a->answer, "items"));
        snprintf(cursor, sizeof(cursor), "&cursor=%s", api_str(a, "next"));
    } while (*api_str(a, "next"));
    assert_int_equal(rows, 1000);
}

static void test_routes_beyond_the_quota(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;
    const json_t *quota = NULL;
    size_t i;

    assert_int_equal(
        api(a, "PATCH", "//v1/regions/r1", "{'quotas': {'dynamicRoutesPerBorderGateway': 3}}"),
        200);
    add_many(&n, 5);
    assert_int_equal(table_rows(&n, "effective"), 5); /* with two inner addresses */
    api_get(a, 200, "problems");
    assert_string_equal(model_str(item(&n, 0), "id"), n.gateway);
    assert_string_equal(model_str(item(&n, 0), "errorCode"), "problem.over-quota");
    api_get(a, 200, "quotas");
    json_array_foreach (model_list(a->answer, "items"), i, quota) {
        if (strcmp(model_str(quota, "name"), "dynamicRoutesPerBorderGateway") == 0)
            break;
    }
    assert_int_equal(model_int(quota, "used", 0), 5);
    assert_string_equal(model_str(quota, "resourceId"), n.gateway);
    notice_routes(house_find(a->control, "r1"));
    notice_routes(house_find(a->control, "r1"));
    assert_int_equal(events(a, "event.routes-over-quota"), 1);
    (void)report(&n, true, "", "{}");
    notice_routes(house_find(a->control, "r1"));
}

static void test_what_a_tunnel_s_peer_is_told(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;
    const char *route = api_make(a, "vpcs", "{'cidr': '10.1.0.0/16'}");
    char path[96], vpc[48];

    strcpy(vpc, route);
    api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", vpc);
    api_make(a, "vpcAttachments", "{'borderGatewayId': '%s', 'vpcId': '%s'}", n.gateway, vpc);
    assert_int_equal(tunnel_rows(&n, 0, "announced"), 1);
    assert_string_equal(model_str(item(&n, 0), "destination"), "10.1.1.0/24");
    snprintf(path, sizeof(path), "vpnConnections/%s", n.v.connection);
    assert_int_equal(api(a, "PATCH", path, "{'exportPrefixes': ['10.9.0.0/16']}"), 200);
    assert_int_equal(tunnel_rows(&n, 0, "announced"), 0);
    snprintf(path, sizeof(path), "vpnTunnels/%s/routes?table=x", n.v.tunnels[0]);
    api_get(a, 400, "%s", path);
}

static void test_the_password_reaches_the_node_alone(void **state)
{
    struct net n = make_net(*state);
    struct api *a = n.api;
    char path[64];

    snprintf(path, sizeof(path), "vpnConnections/%s", n.v.connection);
    assert_int_equal(api(a, "PATCH", path, "{'bgpPassword': 'correct horse'}"), 200);
    assert_null(strstr(buf_text(&a->res.body), "correct horse"));
    api_get(a, 200, "%s", path);
    assert_null(strstr(buf_text(&a->res.body), "Password"));
    assert_int_equal(api_node(a, "GET", n.node, "desired", NULL), 200);
    assert_non_null(strstr(buf_text(&a->res.body), "\"password\":\"correct horse\""));
    api_get(a, 200, "nodes/%s/desired", n.node);
    assert_null(strstr(buf_text(&a->res.body), "correct horse"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_the_state_of_a_session),
        T(test_sessions_are_events),
        T(test_what_a_node_says_of_a_line),
        T(test_routes_over_a_line),
        T(test_routes_are_learned_and_forgotten),
        T(test_what_is_no_route_is_refused_by_name),
        T(test_a_silent_node_s_routes_do_not_count),
        T(test_pages),
        T(test_routes_beyond_the_quota),
        T(test_what_a_tunnel_s_peer_is_told),
        T(test_the_password_reaches_the_node_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
