#include "api.h"

#include <stdio.h>
#include <stdlib.h>

/* What nodes report and what becomes of it: only known members in their types, negotiation logs,
 * lists filtered by what is so now. */

/* A report of one tunnel; members is JSON with single quotes, such as "'operState': 'up'"; log is
 * not among them but beside the status. */
static int report_tunnel(struct api *a, const char *node, const char *tunnel, const char *members)
{
    struct buf b = {0};
    char key[64];
    json_t *status, *log;
    int answer;

    buf_printf(&b, "{%s}", members);
    for (size_t i = 0; i < b.len; i++)
        b.data[i] = b.data[i] == '\'' ? '"' : b.data[i];
    status = json_loads(buf_text(&b), 0, NULL);
    assert_non_null(status);
    log = json_incref(json_object_get(status, "log"));
    json_object_del(status, "log");
    snprintf(key, sizeof(key), "tunnel/%s", tunnel);
    answer =
        api_put(a, node, json_pack("[{s:s, s:o, s:o*}]", "key", key, "status", status, "log", log));
    buf_done(&b);
    return answer;
}

static void test_members_of_wrong_types_are_left_out(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char node[48];
    const json_t *error;

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    assert_int_equal(
        report_tunnel(a, node, v.tunnels[0],
                      "'operState': 'up', 'lastError': {'a': 1}, 'since': 'now', 'natLocal': 'yes',"
                      " 'ikeRekeys': -1, 'childRekeys': 2.5, 'remote': ['x'], 'psk': 'secret',"
                      " 'name': 'mine', 'counters': {'bytesIn': 'many', 'bytesOut': 7, 'x': 1}"),
        200);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    for (size_t i = 0; i < 6; i++) {
        static const char *const names[] = {"lastError", "since",       "natLocal",
                                            "ikeRekeys", "childRekeys", "remote"};

        assert_null(json_object_get(a->answer, names[i]));
    }
    assert_null(strstr(buf_text(&a->res.body), "secret"));
    assert_string_not_equal(api_str(a, "name"), "mine");
    assert_string_equal(api_str(a, "operState"), "up");
    assert_int_equal(json_object_size(json_object_get(a->answer, "counters")), 1);
    assert_int_equal(model_int(a->answer, "counters.bytesOut", 0), 7);
    /* Texts come from strangers: no control characters, no longer than the descriptor says. */
    assert_int_equal(report_tunnel(a, node, v.tunnels[0],
                                   "'operState': 'down', 'lastError': 'a\\u001b[2Jb\\u009bc中\\n'"),
                     200);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_string_equal(api_str(a, "lastError"), "a [2Jb  c中 ");
    {
        struct buf b = {0};

        buf_puts(&b, "'operState': 'down', 'lastError': '");
        for (int i = 0; i < 300; i++)
            buf_puts(&b, "中");
        buf_puts(&b, "'");
        assert_int_equal(report_tunnel(a, node, v.tunnels[0], buf_text(&b)), 200);
        buf_done(&b);
    }
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    error = json_object_get(a->answer, "lastError");
    assert_true(json_string_length(error) > 400 && json_string_length(error) <= 512);
}

static void test_report_of_others_resources_is_ignored(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char node[48], uri[96];

    api_make_vpn(a, &v);
    assert_int_equal(api(a, "POST", "//v1/regions", "{'id': 'r2'}"), 201);
    /* A node of another region knows the id, and one of this region makes one up. */
    a->region = "r2";
    api_make_token(a, NULL);
    assert_int_equal(api_join_as(a, "m", ""), 201);
    snprintf(uri, sizeof(uri), "/v1/regions/r2/nodes/%s/status", api_str(a, "id"));
    {
        char body[256];

        snprintf(body, sizeof(body),
                 "{\"epoch\": \"x\", \"sequence\": 1, \"reset\": true, \"put\": [{\"key\": "
                 "\"tunnel/%s\","
                 " \"status\": {\"operState\": \"up\"}, \"log\": [{\"at\": "
                 "\"2026-11-22T08:00:00.000Z\", \"text\": \"forged\"}]}]}",
                 v.tunnels[0]);
        assert_int_equal(api_as_node(a, "POST", uri, body), 200);
    }
    a->region = NULL;
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    assert_int_equal(report_tunnel(a, node, "vpntun-aaaaaaaaaa", "'operState': 'up'"), 200);
    assert_int_equal(json_array_size(model_list(a->answer, "refused")), 1);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_string_equal(api_str(a, "operState"), "unknown");
    api_get(a, 200, "vpnTunnels/%s/log", v.tunnels[0]);
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 0);
    assert_int_equal(json_object_size(house_find(a->control, "r1")->logs), 0);
}

/* ---- negotiation logs ---- */

/* Reports lines first to last - 1, one a second, called "line N". */
static void report_lines(struct api *a, const char *node, const char *tunnel, unsigned first,
                         unsigned last)
{
    struct buf b = {0};

    buf_puts(&b, "'operState': 'negotiating', 'log': [");
    for (unsigned i = first; i < last; i++)
        buf_printf(&b, "%s{'at': '2026-11-22T08:%02u:%02u.000Z', 'text': 'line %u'}",
                   i > first ? "," : "", i / 60, i % 60, i);
    buf_puts(&b, "]");
    assert_int_equal(report_tunnel(a, node, tunnel, buf_text(&b)), 200);
    buf_done(&b);
}

/* The log must be lines first to last - 1. */
static void assert_lines(struct api *a, const char *tunnel, unsigned first, unsigned last)
{
    const json_t *items, *line;
    char text[32];
    size_t i;

    api_get(a, 200, "vpnTunnels/%s/log", tunnel);
    items = model_list(a->answer, "items");
    assert_int_equal(json_array_size(items), last - first);
    json_array_foreach (items, i, line) {
        snprintf(text, sizeof(text), "line %zu", first + i);
        assert_string_equal(model_str(line, "text"), text);
        assert_string_equal(model_str(line, "level"), "info"); /* the node said none */
        assert_int_equal(json_object_size(line), 3);
    }
}

static void test_log_grows_over_reports_and_restarts(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char node[48];

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    assert_lines(a, v.tunnels[0], 0, 0);
    report_lines(a, node, v.tunnels[0], 0, 3);
    report_lines(a, node, v.tunnels[0], 0, 3); /* the same again */
    assert_lines(a, v.tunnels[0], 0, 3);
    report_lines(a, node, v.tunnels[0], 1, 5); /* the node has forgotten its oldest */
    assert_lines(a, v.tunnels[0], 0, 5);
    report_lines(a, node, v.tunnels[0], 5, 5); /* it began anew and has nothing to tell yet */
    assert_lines(a, v.tunnels[0], 0, 5);
    report_lines(a, node, v.tunnels[0], 5, 7);
    assert_lines(a, v.tunnels[0], 0, 7);
    assert_lines(a, v.tunnels[1], 0, 0);
    assert_int_equal(node[0], 'n');
    api_get(a, 404, "vpnTunnels/vpntun-aaaaaaaaaa/log");
    assert_int_equal(api(a, "POST", "vpnTunnels/vpntun-aaaaaaaaaa/log", "{}"), 405);
}

static void test_log_is_bounded(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char node[48], path[64];

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    report_lines(a, node, v.tunnels[0], 0, 400); /* far more than a node keeps: the newest 50 */
    assert_lines(a, v.tunnels[0], 350, 400);
    report_lines(a, node, v.tunnels[0], 400, 450);
    assert_lines(a, v.tunnels[0], 350, 450);
    report_lines(a, node, v.tunnels[0], 420, 470);
    assert_lines(a, v.tunnels[0], 370, 470);
    /* It goes with the tunnel. */
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[0]);
    assert_int_equal(api(a, "PATCH", path, "{'adminState': 'down'}"), 200);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    assert_int_equal(json_object_size(house_find(a->control, "r1")->logs), 0);
}

static void test_log_takes_lines_only(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char node[48];
    const json_t *items;

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    assert_int_equal(
        report_tunnel(a, node, v.tunnels[0],
                      "'operState': 'down', 'log': [1, {}, {'at': '', 'text': 'no time'},"
                      " {'at': '2026-11-22T08:00:01.000Z', 'text': 'later \\u001b[31m中'},"
                      " {'at': '2026-11-22T08:00:00.000Z', 'text': 'earlier', 'x': 1},"
                      " {'at': '2026-11-22 08:00:00.000Z', 'text': 'bad'},"
                      " {'at': '2026-13-40T08:00:00.000Z', 'text': 'no such day'},"
                      " {'at': '2026-11-22T08:00:02.000Z', 'text': ''},"
                      " {'at': '2026-11-22T08:00:02.000Z', 'text': 7}]"),
        200);
    api_get(a, 200, "vpnTunnels/%s/log", v.tunnels[0]);
    items = model_list(a->answer, "items");
    assert_int_equal(json_array_size(items), 2);
    assert_string_equal(model_str(json_array_get(items, 0), "text"), "earlier");
    assert_string_equal(model_str(json_array_get(items, 1), "text"), "later  [31m中");
    assert_int_equal(report_tunnel(a, node, v.tunnels[0], "'operState': 'down', 'log': 'x'"), 200);
    /* Nobody but the admin reads it. */
    assert_int_equal(api_as_node(a, "GET", "/v1/regions/r1/vpnTunnels/vpntun-aaaaaaaaaa/log", NULL),
                     403);
}

/* A line is a message: told in the reader's language, with its code and arguments beside it. What
 * an older node says is a plain text. */
static void test_log_is_told_in_the_readers_language(void **state)
{
    static const struct {
        enum words_lang lang;
        const char *line;
    } told[] = {
        {WORDS_EN,
         "the tunnel is no longer up: PSK mismatch: the peer a.example does not use the same "
         "pre-shared key; set psk here and the key at the peer to the same text (as text, hex: "
         "and base64: mean bytes)"},
        {WORDS_ZH,
         "隧道已断开：预共享密钥不一致：对端a.example使用的预共享密钥与本端不同；请将本端的"
         "psk与对端的密钥设为相同（文本、hex:或base64:表示的字节须一致）"},
    };
    struct api *a = *state;
    struct api_vpn v;
    char node[48];

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    assert_int_equal(
        report_tunnel(a, node, v.tunnels[0],
                      "'operState': 'down', 'log': ["
                      "{'at': '2026-11-22T08:00:00.000Z', 'level': 'error',"
                      " 'text': '{negotiation.down|{ike.psk-mismatch|a.example}}'},"
                      "{'at': '2026-11-22T08:00:01.000Z', 'level': 'warning', 'text': 'plain'},"
                      "{'at': '2026-11-22T08:00:02.000Z', 'level': 'loud',"
                      " 'text': '{negotiation.newer|x}'}]"),
        200);
    for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
        const json_t *items, *line;

        a->lang = told[i].lang;
        api_get(a, 200, "vpnTunnels/%s/log", v.tunnels[0]);
        items = model_list(a->answer, "items");
        line = json_array_get(items, 0);
        assert_string_equal(model_str(line, "text"), told[i].line);
        assert_string_equal(model_str(line, "level"), "error");
        assert_string_equal(model_str(line, "code"), "negotiation.down");
        line = json_object_get(json_object_get(line, "arguments"), "reason");
        assert_string_equal(model_str(line, "code"), "ike.psk-mismatch");
        line = json_array_get(items, 1);
        assert_string_equal(model_str(line, "text"), "plain");
        assert_string_equal(model_str(line, "level"), "warning");
        assert_null(json_object_get(line, "code"));
        line = json_array_get(items, 2);
        assert_string_equal(model_str(line, "text"), "negotiation.newer: x");
        assert_string_equal(model_str(line, "level"), "info");
        assert_string_equal(model_str(line, "code"), "negotiation.newer");
    }
    a->lang = WORDS_EN;
}

/* ---- lists filtered by what is so now ---- */

static void assert_listed(struct api *a, size_t count, const char *query)
{
    api_get(a, 200, "%s", query);
    assert_int_equal(json_array_size(model_list(a->answer, "items")), count);
}

static void test_lists_by_status(void **state)
{
    static const struct {
        const char *query, *field, *says;
    } refused[] = {
        {"vpnTunnels?operState=happy", "operState", "down, negotiating, up or unknown"},
        {"vpnTunnels?natLocal=maybe", "natLocal", "true or false"},
        {"vpnTunnels?adminState=UP", "adminState", "up or down"},
        {"vpnTunnels?lastError=x", "lastError", "operState"},
        {"vpnTunnels?psk=x", "psk", "cannot be filtered"},
        {"vpnTunnels?counters.bytesIn=1", "counters.bytesIn", "cannot be filtered"},
        {"vpnConnections?highAvailability=", "highAvailability", "available or unavailable"},
        {"vpcs?colour=red", "colour", "name"},
    };
    struct api *a = *state;
    struct api_vpn v;
    char node[48];

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    assert_listed(a, 0, "vpnTunnels?operState=up");
    assert_listed(a, 2, "vpnTunnels?operState=unknown");
    assert_listed(a, 1, "vpnConnections?highAvailability=unavailable");
    api_report(a, node, &v, "up", "negotiating");
    assert_listed(a, 1, "vpnTunnels?operState=up");
    assert_string_equal(model_str(json_array_get(model_list(a->answer, "items"), 0), "id"),
                        v.tunnels[0]);
    assert_listed(a, 1, "vpnTunnels?operState=negotiating&adminState=up");
    assert_listed(a, 0, "vpnTunnels?operState=negotiating&adminState=down");
    assert_listed(a, 0, "vpnConnections?highAvailability=available");
    api_report(a, node, &v, "up", "up");
    assert_listed(a, 1, "vpnConnections?highAvailability=available");
    assert_listed(a, 1, "vpnTunnels?operState=up&limit=1");
    assert_true(*api_str(a, "next"));
    assert_listed(a, 1, "nodes?status=online");
    assert_listed(a, 0, "nodes?status=offline");
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        api_get(a, 400, "%s", refused[i].query);
        assert_string_equal(api_str(a, "field"), refused[i].field);
        assert_non_null(strstr(api_str(a, "rule"), refused[i].says));
    }
}

/* What the node says of itself, and what it counts. */
static void test_a_node_tells_of_its_trouble(void **state)
{
    struct api *a = *state;
    char node[48], line[128];
    const char *text;

    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "lastError"), "");
    assert_int_equal(api_node(a, "POST", node, "status",
                              "{\"epoch\": \"e\", \"sequence\": 1, \"reset\": true, \"node\": {"
                              "\"error\": \"there is no\\ninterface wan\", \"status\": \"offline\","
                              " \"drops\": {\"no_route\": 7, \"a\\\"b\": 1, \"ttl\": -1, "
                              "\"too_big\": \"1\"}}}"),
                     200);
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "lastError"), "there is no interface wan");
    assert_string_equal(api_str(a, "status"), "online");
    assert_int_equal(api(a, "GET", "//metrics", NULL), 200);
    text = buf_text(&a->res.body);
    snprintf(line, sizeof(line),
             "ropeway_node_dropped_packets_total{region=\"r1\",id=\"%s\",name=\"n\",", node);
    text = strstr(text, line);
    assert_non_null(text);
    assert_ptr_equal(strstr(text, "reason=\"no_route\"} 7\n"), text + strlen(line));
    assert_null(strstr(text + 1, line)); /* nothing that is no counter */
    assert_int_equal(
        api_node(a, "POST", node, "status",
                 "{\"epoch\": \"e\", \"sequence\": 2, \"node\": {\"error\": 7, \"drops\": []}}"),
        200);
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "lastError"), "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_members_of_wrong_types_are_left_out),
        T(test_report_of_others_resources_is_ignored),
        T(test_log_grows_over_reports_and_restarts),
        T(test_log_is_bounded),
        T(test_log_takes_lines_only),
        T(test_log_is_told_in_the_readers_language),
        T(test_lists_by_status),
        T(test_a_node_tells_of_its_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
