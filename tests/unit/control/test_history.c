#include "api.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc_stats.h"
#include "recorder.h"

/* From reports to series: what is asked, refused and answered. Reports say that they were sampled
 * in the minute before now, so that a test need not wait. */

struct world {
    struct api api;
    char dir[64], node[48];
    struct api_vpn vpn;
    char gateway[48];
    uint64_t begun_s;
};

static void begin(struct world *w)
{
    struct store *store;

    w->api.sequence = 0;
    assert_int_equal(store_open_sqlite(":memory:", true, &store), 0);
    assert_int_equal(control_new(store, w->dir, &w->api.control), 0);
    assert_non_null(w->api.control->history);
    assert_int_equal(api(&w->api, "POST", "//v1/regions",
                         "{'id': 'r1', 'name': 'One', 'publicPools': ['198.51.100.0/28']}"),
                     201);
    api_make_vpn(&w->api, &w->vpn);
    assert_int_equal(text_copy(w->node, sizeof(w->node), api_join(&w->api)), 0);
    api_get(&w->api, 200, "vpnConnections/%s", w->vpn.connection);
    assert_int_equal(text_copy(w->gateway, sizeof(w->gateway), api_str(&w->api, "borderGatewayId")),
                     0);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    log_set_level(LOG_ERROR);
    snprintf(w->dir, sizeof(w->dir), "/tmp/rw-control.XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    w->begun_s = clock_realtime_us() / 1000000 - 58;
    begin(w);
    *state = w;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    struct world *w = *state;

    control_response_done(&w->api.res);
    json_decref(w->api.answer);
    buf_done(&w->api.certificate);
    control_free(w->api.control);
    nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(w);
    return 0;
}

static json_t *entry(const char *tunnel, const char *state, const char *epoch, uint64_t bytes)
{
    char key[64];

    snprintf(key, sizeof(key), "tunnel/%s", tunnel);
    return json_pack("{s:s, s:{s:s, s:i, s:{s:I, s:I, s:s}}}", "key", key, "status", "operState",
                     state, "handshakeUs", 40000, "counters", "bytesOut", (json_int_t)bytes,
                     "packetsOut", (json_int_t)(bytes / 100), "epoch", epoch);
}

/* A report as of so many seconds after the beginning. Takes entries. */
static void report(struct world *w, unsigned second, json_t *entries, uint64_t cpu_us)
{
    char at[CLOCK_TEXT_MAX];
    json_t *doc =
        json_pack("{s:s, s:i, s:b, s:o, s:s, s:{s:s, s:{s:I}, s:{s:I, s:I, s:i, s:I, s:I}}}",
                  "epoch", "e1", "sequence", w->api.sequence + 1, "reset", w->api.sequence == 0,
                  "put", entries, "counted", clock_format((w->begun_s + second) * 1000000, at),
                  "node", "epoch", "d1", "drops", "no_route", (json_int_t)second, "usage", "cpuUs",
                  (json_int_t)cpu_us, "bootedAt", (json_int_t)1700000000, "cpus", 4, "memoryBytes",
                  (json_int_t)1000, "memoryTotalBytes", (json_int_t)4000);
    char *body = json_dumps(doc, 0);

    assert_int_equal(api_node(&w->api, "POST", w->node, "status", body), 200);
    w->api.sequence++;
    free(body);
    json_decref(doc);
}

/* The average that is known of a series from the beginning to now; *ret_most is the greatest. */
static double average(struct world *w, const char *what, const char *name, double *ret_most)
{
    const json_t *series;
    json_t *point;
    double sum = 0, most = NAN;
    size_t i, n = 0;

    api_get(&w->api, 200, "%s/metrics?step=10&names=%s&from=%llu", what, name,
            (unsigned long long)w->begun_s - 20);
    series = json_array_get(json_object_get(w->api.answer, "series"), 0);
    assert_string_equal(model_str(series, "name"), name);
    json_array_foreach (json_object_get(series, "points"), i, point) {
        double value = json_number_value(json_array_get(point, 1));

        assert_int_equal(json_integer_value(json_array_get(point, 0)) % 10, 0);
        if (json_is_null(json_array_get(point, 1)))
            continue;
        sum += value;
        most = isnan(most) || value > most ? value : most;
        n++;
    }
    if (ret_most)
        *ret_most = most;
    return n ? sum / (double)n : NAN;
}

static void near(double value, double expected)
{
    if (fabs(value - expected) > 1e-6 * fabs(expected) + 1e-9)
        fail_msg("%g is not %g", value, expected);
}

static const char *tunnel_path(const struct world *w, size_t i, char buf[96])
{
    snprintf(buf, 96, "vpnTunnels/%s", w->vpn.tunnels[i]);
    return buf;
}

static void test_what_is_reported_is_answered(void **state)
{
    struct world *w = *state;
    char path[96];
    double most;

    for (unsigned i = 0; i <= 5; i++)
        report(w, 10 * i,
               json_pack("[o, o]", entry(w->vpn.tunnels[0], "up", "b1", 1250 * i),
                         entry(w->vpn.tunnels[1], "down", "b1", 777)),
               i * 25000000);
    near(average(w, tunnel_path(w, 0, path), "bits-out", &most), 1000);
    near(most, 1000);
    near(average(w, path, "up", NULL), 1);
    near(average(w, path, "handshake", NULL), 0.04);
    near(average(w, tunnel_path(w, 1, path), "bits-out", NULL), 0); /* whatever it had before */
    near(average(w, path, "up", NULL), 0);
    snprintf(path, sizeof(path), "nodes/%s", w->node);
    near(average(w, path, "cpu", NULL), 2.5);
    near(average(w, path, "cpus", NULL), 4);
    near(average(w, path, "memory-total", NULL), 4000);
    near(average(w, path, "drop-no-route", NULL), 1);
}

static void test_who_is_not_mentioned_stands_still(void **state)
{
    struct world *w = *state;
    char path[96];

    report(w, 0, json_pack("[o]", entry(w->vpn.tunnels[0], "up", "b1", 500)), 0);
    for (unsigned i = 1; i <= 5; i++)
        report(w, 10 * i, json_array(), 0);
    near(average(w, tunnel_path(w, 0, path), "bits-out", NULL), 0);
    near(average(w, path, "up", NULL), 1);
    assert_true(isnan(average(w, tunnel_path(w, 1, path), "up", NULL))); /* nobody spoke of it */
}

static void test_restarts_leave_no_spike(void **state)
{
    static const struct {
        unsigned second;
        const char *epoch;
        uint64_t bytes;
    } story[] = {
        {0, "b1", 900000}, {10, "b1", 901250}, {20, "b2", 800},    {30, "b2", 2050},
        {40, "", 0},       {45, "b3", 777777}, {55, "b3", 779027},
    };
    struct world *w = *state;
    char path[96];
    double most;

    for (size_t i = 0; i < ARRAY_SIZE(story); i++)
        report(w, story[i].second,
               json_pack("[o]", entry(w->vpn.tunnels[0], "up", story[i].epoch, story[i].bytes)), 0);
    near(average(w, tunnel_path(w, 0, path), "bits-out", &most), 1000);
    near(most, 1000);
}

/* The clock of the node is a day ahead: its samples count as of now, and are no spike. */
static void test_a_node_with_another_clock(void **state)
{
    struct world *w = *state;
    char path[96];
    const json_t *series;
    double most;

    w->begun_s += 86400;
    report(w, 0, json_pack("[o]", entry(w->vpn.tunnels[0], "up", "b1", 0)), 0);
    report(w, 10, json_pack("[o]", entry(w->vpn.tunnels[0], "up", "b1", 0)), 0);
    w->begun_s -= 86400;
    (void)average(w, tunnel_path(w, 0, path), "bits-out", &most);
    assert_true(isnan(most) || most < 1);
    /* A day fits with a point a minute. */
    api_get(&w->api, 200, "%s/metrics?names=up&from=-24h", path);
    assert_int_equal(model_int(w->api.answer, "step", 0), 60);
    api_get(&w->api, 200, "%s/metrics?step=10&names=up,bits-in&from=-2m", path);
    series = model_list(w->api.answer, "series");
    assert_int_equal(model_int(json_array_get(series, 0), "resolution", 0), 300);
    assert_int_equal(model_int(json_array_get(series, 1), "resolution", 0), 10);
}

/* ---- questions ---- */

static void test_refusals(void **state)
{
    static const struct {
        const char *query, *field, *code;
        int status;
    } bad[] = {
        {"from=yesterday", "from", "metrics.when", 400},
        {"from=-5x", "from", "metrics.when", 400},
        {"from=-h", "from", "metrics.when", 400},
        {"to=1e9", "to", "metrics.when", 400},
        {"from=-5m&to=-10m", "from", "metrics.order", 400},
        {"from=now", "from", "metrics.order", 400},
        {"from=2999-01-01", "from", "metrics.order", 400},
        {"step=15", "step", "metrics.step", 400},
        {"step=0", "step", "request.number", 400},
        {"step=-10", "step", "request.number", 400},
        {"names=bits", "names", "metrics.names", 400},
        {"names=", "names", "metrics.names", 400},
        {"names=bits-out,,bits-in", "names", "metrics.names", 400},
        {"format=xml", "format", "metrics.format", 400},
        {"from=-14d&step=10", "step", "metrics.too-many", 400},
        {"from=-1d&step=10&names=bits-out,x", "names", "metrics.names", 400},
        {"color=red", "color", "request.params", 400},
    };
    struct world *w = *state;
    char path[96];

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        api_get(&w->api, bad[i].status, "%s/metrics?%s", tunnel_path(w, 0, path), bad[i].query);
        assert_string_equal(api_str(&w->api, "field"), bad[i].field);
        assert_string_equal(api_str(&w->api, "code"), bad[i].code);
    }
    api_get(&w->api, 404, "vpnTunnels/vpntun-none/metrics");
    api_get(&w->api, 404, "vpcs/vpc-none/metrics");
    assert_string_equal(api_str(&w->api, "code"), "metrics.no-kind");
    api_get(&w->api, 404, "things/x/metrics");
}

static size_t points_of(struct world *w, const char *query, uint64_t *ret_step)
{
    char path[96];
    const json_t *points;

    api_get(&w->api, 200, "%s/metrics?names=bits-out&%s", tunnel_path(w, 0, path), query);
    points = json_object_get(json_array_get(json_object_get(w->api.answer, "series"), 0), "points");
    *ret_step = (uint64_t)model_int(w->api.answer, "step", 0);
    assert_int_equal(model_int(w->api.answer, "from", -1) % (int64_t)*ret_step, 0);
    assert_int_equal(model_int(w->api.answer, "to", -1) % (int64_t)*ret_step, 0);
    assert_int_equal(json_array_size(points), (size_t)(model_int(w->api.answer, "to", 0) -
                                                       model_int(w->api.answer, "from", 0)) /
                                                  *ret_step);
    return json_array_size(points);
}

static void test_steps_and_times(void **state)
{
    static const struct {
        const char *query;
        uint64_t step;
        size_t least, most;
    } good[] = {
        {"", 10, 360, 361},
        {"from=-1h", 10, 360, 361},
        {"from=-1d", 60, 1440, 1441},
        {"from=-14d", 900, 1344, 1345},
        {"from=-14d&step=300", 300, 4032, 4033},
        {"from=-365d", 21600, 1460, 1461},
        {"from=1700000000&to=1700000600", 10, 60, 60},
        {"from=2026-11-22T08:00:00Z&to=2026-11-22T09:00:00Z", 10, 360, 360},
        {"from=2026-11-22&to=2026-11-23&step=3600", 3600, 24, 24},
        {"from=1700000001&to=1700000002", 10, 1, 1},
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        uint64_t step;
        size_t n = points_of(w, good[i].query, &step);

        assert_int_equal(step, good[i].step);
        assert_in_range(n, good[i].least, good[i].most);
    }
}

static void test_csv(void **state)
{
    struct world *w = *state;
    char uri[160], bearer[160];
    struct control_request req = {
        .method = "GET", .uri = uri, .authorization = bearer, .accept = "text/csv"};

    snprintf(bearer, sizeof(bearer), "Bearer %s", control_admin_token(w->api.control));
    snprintf(uri, sizeof(uri),
             "/v1/regions/r1/vpnTunnels/%s/metrics?names=up,bits-in&from=1700000000&to=1700000020",
             w->vpn.tunnels[0]);
    assert_int_equal(api_request(&w->api, &req), 200);
    assert_string_equal(buf_text(&w->api.res.body), "time,up,bits-in\r\n"
                                                    "2023-11-14T22:13:20.000Z,,\r\n"
                                                    "2023-11-14T22:13:30.000Z,,\r\n");
    assert_true(text_starts_with(w->api.res.content_type, "text/csv"));
    req.accept = "application/json, text/csv";
    assert_int_equal(api_request(&w->api, &req), 200);
    assert_string_equal(w->api.res.content_type, "application/json");
    strcat(uri, "&format=csv");
    assert_int_equal(api_request(&w->api, &req), 200);
    assert_true(text_starts_with(w->api.res.content_type, "text/csv"));
}

/* A node's series are sums over all projects: none of somebody's who may see only one. */
static void test_walls_of_projects(void **state)
{
    static const struct {
        const char *rights;
        int of_node, of_tunnel;
    } cases[] = {
        {"'role': 'viewer'", 200, 200},
        {"'role': 'viewer', 'regions': ['r1']", 200, 200},
        {"'role': 'viewer', 'projectId': 'default'", 403, 200},
        {"'role': 'viewer', 'projectId': 'other'", 403, 404},
        {"'role': 'operator', 'regions': ['r2']", 403, 403},
    };
    struct world *w = *state;

    assert_int_equal(api(&w->api, "POST", "//v1/regions", "{'id': 'r2', 'name': 'Two'}"), 201);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char body[160], token[160], uri[160];

        snprintf(body, sizeof(body), "{'name': 't%zu', %s}", i, cases[i].rights);
        assert_int_equal(api(&w->api, "POST", "//v1/tokens", body), 201);
        assert_int_equal(text_copy(token, sizeof(token), api_str(&w->api, "token")), 0);
        snprintf(uri, sizeof(uri), "/v1/regions/r1/nodes/%s/metrics", w->node);
        assert_int_equal(api_with_token(&w->api, token, "GET", uri, NULL), cases[i].of_node);
        snprintf(uri, sizeof(uri), "/v1/regions/r1/vpnTunnels/%s/metrics", w->vpn.tunnels[0]);
        assert_int_equal(api_with_token(&w->api, token, "GET", uri, NULL), cases[i].of_tunnel);
    }
}

static void test_sums(void **state)
{
    struct world *w = *state;
    const double parts[SUM_SERIES] = {[TRAFFIC_BITS_OUT] = 300, [SUM_SERIES_UP] = 1};
    uint64_t from = w->begun_s * 1000000;
    char path[96], key[96];

    snprintf(key, sizeof(key), "r1/%s", w->gateway);
    for (int i = 0; i < 2; i++)
        assert_int_equal(history_add(w->api.control->history,
                                     recorder_parts(MODEL_BORDER_GATEWAY)->kind, key, from,
                                     from + 10000000, parts),
                         0);
    history_work(w->api.control->history, from + 80 * 1000000);
    snprintf(path, sizeof(path), "borderGateways/%s", w->gateway);
    near(average(w, path, "tunnels-up", NULL) > 0, 1);
}

static void test_reasons_are_those_of_the_data_plane(void **state)
{
    unsigned n = 0;

    (void)state;
    for (; recorder_drop(n); n++) {
        assert_string_equal(recorder_drop(n), ipc_stats_drop_name(n));
        assert_true(strlen(recorder_drop(n)) <= 19);
    }
    assert_int_equal(n, IPC_DROP_COUNT);
}

static void check_part(const struct recorder_part *parts, const struct recorder_part *part)
{
    assert_int_equal(part->kind->series[0].keep, HISTORY_FINE); /* tells when drops are known */
    for (size_t i = 0; i < part->kind->count; i++) {
        const struct history_series *s = &part->kind->series[i];
        unsigned same = 0;

        assert_true(s->name && s->unit && strlen(s->source ? s->source : s->name) <= 19);
        for (const struct recorder_part *p = parts; p->kind; p++)
            for (size_t j = 0; j < p->kind->count; j++)
                same += strcmp(p->kind->series[j].name, s->name) == 0;
        assert_int_equal(same, 1);
    }
}

static void test_names_of_series(void **state)
{
    static const enum model_kind_id kinds[] = {MODEL_VPN_TUNNEL,
                                               MODEL_VPN_CONNECTION,
                                               MODEL_BORDER_GATEWAY,
                                               MODEL_VPC_ATTACHMENT,
                                               MODEL_INSTANCE,
                                               MODEL_PRIVATE_INTERFACE,
                                               MODEL_NODE};

    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        const struct recorder_part *parts = recorder_parts(kinds[k]);
        size_t count = 0;

        for (const struct recorder_part *part = parts; part->kind; part++) {
            check_part(parts, part);
            count += part->kind->count;
        }
        assert_true(count <= HISTORY_SERIES_MAX); /* an answer has room for all */
    }
    assert_null(recorder_parts(MODEL_VPC));
}

static json_t *object_entry(const char *key, const char *state, uint64_t bytes, uint64_t drops)
{
    json_t *made = json_pack("{s:s, s:{s:{s:I, s:I, s:I, s:s}}}", "key", key, "status", "counters",
                             "bytesOut", (json_int_t)bytes, "packetsIn", (json_int_t)(bytes / 125),
                             "dropsOut", (json_int_t)drops, "epoch", "b1");

    if (*state)
        json_object_set_new(json_object_get(made, "status"), "state", json_string(state));
    return made;
}

static void check_line(struct world *w, const char *name, const char *id, const char *rest)
{
    char line[256];

    snprintf(line, sizeof(line), "%s{region=\"r1\",id=\"%s\",name=\"x\",%s\n", name, id, rest);
    assert_int_equal(api(&w->api, "GET", "//metrics", NULL), 200);
    if (!strstr(buf_text(&w->api.res.body), line))
        fail_msg("no line %s", line);
}

/* 1000 bits and two dropped packets a second of each; what no node speaks of is not known. */
static void test_instances_and_attachments(void **state)
{
    struct world *w = *state;
    char vpc[48], subnet[48], instance[48], attachment[48], keys[2][64], path[96];

    strcpy(vpc, api_make(&w->api, "vpcs", "{'cidr': '10.1.0.0/16'}"));
    strcpy(subnet, api_make(&w->api, "subnets", "{'vpcId': '%s', 'cidr': '10.1.0.0/24'}", vpc));
    strcpy(attachment,
           api_make(&w->api, "vpcAttachments",
                    "{'name': 'x', 'vpcId': '%s', 'borderGatewayId': '%s'}", vpc, w->gateway));
    strcpy(instance, api_make(&w->api, "instances",
                              "{'name': 'x', 'subnetId': '%s', 'nodeId': '%s'}", subnet, w->node));
    snprintf(keys[0], sizeof(keys[0]), "instance/%s", instance);
    snprintf(keys[1], sizeof(keys[1]), "attachment/%s", attachment);
    for (unsigned i = 0; i <= 5; i++)
        report(w, 10 * i,
               json_pack("[o, o]", object_entry(keys[0], "running", 1250 * i, 20 * i),
                         object_entry(keys[1], "", 1250 * i, 20 * i)),
               0);
    for (unsigned i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", i ? "vpcAttachments" : "instances",
                 i ? attachment : instance);
        near(average(w, path, "bits-out", NULL), 1000);
        near(average(w, path, "bits-in", NULL), 0);
        near(average(w, path, "packets-in", NULL), 1);
        near(average(w, path, "drops-out", NULL), 2);
        api_get(&w->api, 400, "%s/metrics?names=rekeys", path);
    }
    check_line(w, "ropeway_instance_bytes_total", instance, "direction=\"out\"} 6250");
    check_line(w, "ropeway_attachment_dropped_packets_total", attachment, "direction=\"out\"} 100");
    api_get(&w->api, 200, "instances/%s", instance);
    assert_string_equal(api_str(&w->api, "status"), "running");
    api_get(&w->api, 200, "vpcAttachments/%s", attachment);
    assert_null(json_object_get(w->api.answer, "counters"));
}

/* As an instance, with probes: nine of ten answered, each after 2.5 ms. */
static void test_private_interfaces(void **state)
{
    struct world *w = *state;
    char line[48], key[64], path[96];

    strcpy(line, api_make(&w->api, "privateInterfaces",
                          "{'name': 'x', 'borderGatewayId': '%s', 'interface': 'eth1', 'address': "
                          "'10.255.0.1/30', 'peerAddress': '10.255.0.2', 'routing': 'static'}",
                          w->gateway));
    snprintf(key, sizeof(key), "line/%s", line);
    for (unsigned i = 0; i <= 5; i++) {
        json_t *said = object_entry(key, "", 1250 * i, 20 * i);
        json_t *status = json_object_get(said, "status"),
               *counters = json_object_get(status, "counters");

        json_object_set_new(status, "operState", json_string("up"));
        json_object_set_new(counters, "probesAnswered", json_integer(27 * i));
        json_object_set_new(counters, "probesLost", json_integer(3 * i));
        json_object_set_new(counters, "probeMicroseconds", json_integer(27 * 2500 * i));
        report(w, 10 * i, json_pack("[o]", said), 0);
    }
    snprintf(path, sizeof(path), "privateInterfaces/%s", line);
    near(average(w, path, "bits-out", NULL), 1000);
    near(average(w, path, "packets-in", NULL), 1);
    near(average(w, path, "drops-out", NULL), 2);
    near(average(w, path, "rtt-microseconds", NULL), 2500);
    near(average(w, path, "loss-percent", NULL), 10);
    near(average(w, path, "up", NULL), 1);
    api_get(&w->api, 400, "%s/metrics?names=rekeys", path);
}

static json_t *probed_entry(const char *tunnel, uint64_t answered, uint64_t lost, uint64_t too_big)
{
    json_t *made = entry(tunnel, "up", "b1", 0);
    json_t *counters = json_object_get(json_object_get(made, "status"), "counters");

    json_object_set_new(counters, "probesAnswered", json_integer((json_int_t)answered));
    json_object_set_new(counters, "probesLost", json_integer((json_int_t)lost));
    json_object_set_new(counters, "probeMicroseconds", json_integer((json_int_t)answered * 2500));
    json_object_set_new(counters, "probeJitterMicroseconds",
                        json_integer((json_int_t)answered * 300));
    json_object_set_new(counters, "probesLostThere", json_integer((json_int_t)lost * 2 / 3));
    json_object_set_new(counters, "probesLostBack", json_integer((json_int_t)lost / 3));
    json_object_set_new(json_object_get(made, "status"), "probePeer", json_string("ropeway"));
    if (too_big)
        json_object_set_new(counters, "dropsTooBig", json_integer((json_int_t)too_big));
    return made;
}

static bool has_file(const struct world *w, const char *tunnel, const char *suffix)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/history/r1/%s%s.rrd", w->dir, tunnel, suffix);
    return access(path, F_OK) == 0;
}

/* Nine of ten answered, each after 2.5 ms; thirty packets a second too big. What a tunnel never had
 * costs it no file. */
static void test_probes_and_reasons(void **state)
{
    struct world *w = *state;
    char path[96];

    for (unsigned i = 0; i <= 5; i++)
        report(w, 10 * i,
               json_pack("[o, o]", probed_entry(w->vpn.tunnels[0], 27 * i, 3 * i, 300 * (i + 1)),
                         entry(w->vpn.tunnels[1], "up", "b1", 0)),
               0);
    near(average(w, tunnel_path(w, 0, path), "rtt-microseconds", NULL), 2500);
    near(average(w, path, "loss-percent", NULL), 10);
    near(average(w, path, "jitter-microseconds", NULL), 300);
    near(average(w, path, "loss-there-percent", NULL), 200.0 / 30);
    near(average(w, path, "loss-back-percent", NULL), 100.0 / 28);
    near(average(w, path, "drops-too-big", NULL), 30);
    near(average(w, path, "drops-replayed", NULL), 0);
    near(average(w, path, "up", NULL), 1);
    assert_true(isnan(average(w, tunnel_path(w, 1, path), "rtt-microseconds", NULL)));
    assert_true(isnan(average(w, path, "drops-too-big", NULL)));
    history_work(w->api.control->history, (w->begun_s + 900) * 1000000);
    history_work(w->api.control->history, (w->begun_s + 901) * 1000000);
    history_work(w->api.control->history, (w->begun_s + 902) * 1000000);
    assert_true(has_file(w, w->vpn.tunnels[0], "") && has_file(w, w->vpn.tunnels[0], ".probe") &&
                has_file(w, w->vpn.tunnels[0], ".probe.slow") &&
                has_file(w, w->vpn.tunnels[0], ".drops"));
    assert_true(has_file(w, w->vpn.tunnels[1], ""));
    assert_false(has_file(w, w->vpn.tunnels[1], ".probe") ||
                 has_file(w, w->vpn.tunnels[1], ".drops"));
    near(average(w, tunnel_path(w, 0, path), "rtt-microseconds", NULL), 2500);
}

/* A tunnel that drops nothing has files of ten seconds and of five minutes; one that drops a third,
 * and nothing was dropped before. */
static void test_files_of_a_tunnel(void **state)
{
    struct world *w = *state;
    char path[96];

    for (unsigned i = 0; i <= 5; i++) {
        json_t *drops = entry(w->vpn.tunnels[1], "up", "b1", 0);

        json_object_set_new(json_object_get(json_object_get(drops, "status"), "counters"),
                            "dropsIn", json_integer(i < 3 ? 0 : 300));
        report(w, 10 * i, json_pack("[o, o]", entry(w->vpn.tunnels[0], "up", "b1", 0), drops), 0);
    }
    for (unsigned i = 0; i < 4; i++)
        history_work(w->api.control->history, (w->begun_s + 900 + i) * 1000000);
    for (unsigned i = 0; i < 2; i++) {
        double most;

        assert_true(has_file(w, w->vpn.tunnels[i], "") && has_file(w, w->vpn.tunnels[i], ".slow"));
        assert_int_equal(has_file(w, w->vpn.tunnels[i], ".dropped"), i);
        (void)average(w, tunnel_path(w, i, path), "drops-in", &most);
        assert_int_equal(most > 1, i);
        near(average(w, path, "drops-out", NULL), 0);
    }
}

/* What the tunnels had before there were several files: all in one. */
static void test_a_file_of_an_older_version(void **state)
{
    struct world *w = *state;
    const struct history_kind *now = recorder_parts(MODEL_VPN_TUNNEL)->kind;
    struct history_series series[HISTORY_SERIES_MAX];
    struct history_kind old = {series, 11}; /* those that there were */
    char dir[96];
    const struct history_config config = {.dir = dir};
    uint64_t begun_us = (w->begun_s - 3600) * 1000000;
    struct history *before;
    char path[96], key[96];
    double most;

    for (size_t i = 0; i < old.count; i++) {
        series[i] = now->series[i];
        series[i].keep = HISTORY_FINE;
    }
    snprintf(dir, sizeof(dir), "%s/history", w->dir);
    snprintf(key, sizeof(key), "r1/%s", w->vpn.tunnels[0]);
    assert_int_equal(history_open(&config, &before), 0);
    for (uint64_t at = begun_us; at < begun_us + 600 * 1000000; at += 10000000) {
        const double rates[11] = {[TRAFFIC_DROPS_IN] = 5, [TUNNEL_SERIES_UP] = 1};

        assert_int_equal(history_add(before, &old, key, at, at + 10000000, rates), 0);
    }
    history_close(before);
    for (unsigned i = 0; i <= 5; i++)
        report(w, 10 * i, json_pack("[o]", entry(w->vpn.tunnels[0], "up", "b1", 1250 * i)), 0);
    for (unsigned i = 0; i < 4; i++)
        history_work(w->api.control->history, (w->begun_s + 900 + i) * 1000000);
    near(average(w, tunnel_path(w, 0, path), "bits-out", NULL), 1000);
    near(average(w, path, "handshake", NULL), 0.04);
    w->begun_s -= 3600;
    near(average(w, path, "up", NULL), 1);
    (void)average(w, path, "drops-in", &most);
    near(most, 5);
    assert_true(has_file(w, w->vpn.tunnels[0], ".slow")); /* for what there was not: DPD */
    assert_false(has_file(w, w->vpn.tunnels[0], ".dropped"));
}

static json_t *asked_entry(const char *tunnel, const char *life, uint64_t answered, uint64_t lost,
                           uint64_t time_us)
{
    json_t *made = entry(tunnel, "up", "b1", 0);
    json_t *counters = json_object_get(json_object_get(made, "status"), "counters");

    json_object_set_new(counters, "dpdAnswered", json_integer((json_int_t)answered));
    json_object_set_new(counters, "dpdLost", json_integer((json_int_t)lost));
    json_object_set_new(counters, "dpdTimed", json_integer((json_int_t)answered));
    json_object_set_new(counters, "dpdMicroseconds", json_integer((json_int_t)time_us));
    json_object_set_new(counters, "dpdEpoch", json_string(life));
    return made;
}

/* Each 20 s an answer after 40 ms, one in five transmissions lost; then a restarted ropeway-ike
 * that has counted much slower ones by the first report of it. */
static void test_dpd(void **state)
{
    struct world *w = *state;
    char path[96];

    for (unsigned i = 0; i < 30; i++)
        report(w, 10 * i,
               json_pack("[o, o]",
                         asked_entry(w->vpn.tunnels[0], "a", 4 * (i / 2), i / 2, i / 2 * 160000),
                         entry(w->vpn.tunnels[1], "up", "b1", 0)),
               0);
    near(average(w, tunnel_path(w, 0, path), "dpd-rtt-microseconds", NULL), 40000);
    near(average(w, path, "dpd-loss-percent", NULL), 20);
    assert_true(isnan(average(w, path, "rtt-microseconds", NULL)));
    for (unsigned i = 30; i < 60; i++)
        report(
            w, 10 * i,
            json_pack("[o]", asked_entry(w->vpn.tunnels[0], "b", 60 + i, 16, 60000000 + i * 40000)),
            0);
    near(average(w, path, "dpd-rtt-microseconds", NULL), 40000);
    assert_true(isnan(average(w, tunnel_path(w, 1, path), "dpd-rtt-microseconds", NULL)));
}

/* A peer that has never answered: no figure at all. */
static void test_probes_without_answers(void **state)
{
    struct world *w = *state;
    char path[96];

    for (unsigned i = 0; i <= 5; i++)
        report(w, 10 * i, json_pack("[o]", probed_entry(w->vpn.tunnels[0], 0, 0, 0)), 0);
    assert_true(isnan(average(w, tunnel_path(w, 0, path), "loss-percent", NULL)));
    for (unsigned i = 0; i <= 5; i++) /* one that answered, and now does not */
        report(w, 51 + i, json_pack("[o]", probed_entry(w->vpn.tunnels[0], 1, 1 + i, 0)), 0);
    assert_true(isnan(average(w, path, "rtt-microseconds", NULL)) ||
                average(w, path, "loss-percent", NULL) > 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_what_is_reported_is_answered),
        T(test_who_is_not_mentioned_stands_still),
        T(test_restarts_leave_no_spike),
        T(test_a_node_with_another_clock),
        T(test_refusals),
        T(test_steps_and_times),
        T(test_csv),
        T(test_walls_of_projects),
        T(test_sums),
        T(test_instances_and_attachments),
        T(test_private_interfaces),
        T(test_probes_and_reasons),
        T(test_probes_without_answers),
        T(test_files_of_a_tunnel),
        T(test_a_file_of_an_older_version),
        T(test_dpd),
        cmocka_unit_test(test_reasons_are_those_of_the_data_plane),
        cmocka_unit_test(test_names_of_series),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
