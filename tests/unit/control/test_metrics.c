#include "api.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "metrics.h"

/* GET /metrics as a strict reader of the text format takes it, and the dashboard that is made of
 * it. */

#define NAMES_MAX 96

struct family {
    char name[96];
    char type[16];
    size_t samples;
};

struct reader {
    struct family families[NAMES_MAX];
    size_t count;
    char *series[4096]; /* name and labels, to find what is there twice */
    size_t series_count;
};

static bool is_metric_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!(isalpha((unsigned char)text[i]) || text[i] == '_' || (i && isdigit(text[i]))))
            return false;
    }
    return len > 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);

    return a >= b && strcmp(text + a - b, end) == 0;
}

static struct family *find(struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->families[i].name, name) == 0)
            return &r->families[i];
    }
    return NULL;
}

/* HELP comes once and first, TYPE at once behind it. */
static void read_comment(struct reader *r, const char *line)
{
    char word[8], name[96], rest[256];
    struct family *f;

    assert_int_equal(sscanf(line, "# %7s %95s %255[^\n]", word, name, rest), 3);
    if (strcmp(word, "HELP") == 0) {
        assert_null(find(r, name));
        assert_true(r->count < NAMES_MAX && is_metric_name(name, strlen(name)));
        assert_true(ends_with(rest, ".") && !strchr(rest, '\\'));
        f = &r->families[r->count++];
        (void)text_copy(f->name, sizeof(f->name), name);
        return;
    }
    assert_string_equal(word, "TYPE");
    f = &r->families[r->count - 1];
    assert_string_equal(f->name, name);
    assert_true(*f->type == 0 && (strcmp(rest, "counter") == 0 || strcmp(rest, "gauge") == 0));
    (void)text_copy(f->type, sizeof(f->type), rest);
    assert_int_equal(strcmp(rest, "counter") == 0, ends_with(name, "_total"));
    assert_false(ends_with(name, "_ms") || ends_with(name, "_us") || ends_with(name, "Us"));
}

/* {name="value",…}: where it ends. */
static const char *read_labels(const char *at)
{
    assert_int_equal(*at++, '{');
    while (*at != '}') {
        const char *name = at;

        at += strcspn(at, "=");
        assert_true(is_metric_name(name, (size_t)(at - name)));
        assert_true(text_starts_with(at, "=\""));
        for (at += 2; *at != '"'; at++) {
            assert_true(*at && *at != '\n');
            if (*at == '\\')
                assert_non_null(strchr("\\\"n", *++at));
        }
        at++;
        if (*at == ',')
            at++;
        else
            assert_int_equal(*at, '}');
    }
    return at + 1;
}

static void read_sample(struct reader *r, const char *line)
{
    size_t len = strcspn(line, "{ ");
    const char *end = line[len] == '{' ? read_labels(line + len) : line + len;
    struct family *f = &r->families[r->count - 1];
    char *rest;
    double value;

    assert_true(strlen(f->name) == len && memcmp(f->name, line, len) == 0);
    assert_true(*f->type);
    assert_int_equal(*end, ' ');
    value = strtod(end + 1, &rest);
    assert_true(rest != end + 1 && *rest == 0 && isfinite(value));
    f->samples++;
    assert_true(r->series_count < ARRAY_SIZE(r->series));
    r->series[r->series_count] = strndup(line, (size_t)(end - line));
    for (size_t i = 0; i < r->series_count; i++)
        assert_string_not_equal(r->series[i], r->series[r->series_count]);
    r->series_count++;
}

static void read_all(struct reader *r, const char *text)
{
    char *copy = strdup(text), *rest = copy, *line;

    assert_true(ends_with(text, "\n"));
    while ((line = strsep(&rest, "\n")) && (*line || rest)) {
        if (*line == '#')
            read_comment(r, line);
        else
            read_sample(r, line);
    }
    free(copy);
}

static void reader_free(struct reader *r)
{
    for (size_t i = 0; i < r->series_count; i++)
        free(r->series[i]);
    free(r);
}

/* What a node says of a private interface. */
static char *say_line(const char *key)
{
    json_t *said = json_pack(
        "{s:s, s:{s:s, s:s, s:i, s:i, s:i, s:{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}}}",
        "key", key, "status", "operState", "up", "probeState", "answered", "rttMicroseconds", 1200,
        "rttJitterMicroseconds", 30, "lossPercent", 5, "counters", "bytesIn", 11, "bytesOut", 12,
        "packetsIn", 13, "packetsOut", 14, "dropsIn", 15, "dropsOut", 16, "probesAnswered", 17,
        "probesLost", 18, "probeMicroseconds", 19000);
    char *text = json_dumps(said, 0);

    json_decref(said);
    return text;
}

/* A world in which everything has been reported. */
static struct reader *read_world(struct api *a, struct api_vpn *v)
{
    struct reader *r = calloc(1, sizeof(*r));
    char node[48], key[64], line[2048];
    char *text;

    assert_non_null(r);
    api_make_vpn(a, v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    api_make(a, "privateInterfaces",
             "{'borderGatewayId': '%s', 'interface': 'eth1', 'address': '10.255.0.1/30', "
             "'peerAddress': '10.255.0.2', 'routing': 'static'}",
             api_make(a, "borderGateways", "{}"));
    snprintf(key, sizeof(key), "line/%s", api_str(a, "id"));
    text = say_line(key);
    assert_int_equal(api(a, "GET", "nodes", NULL), 200);
    snprintf(key, sizeof(key), "tunnel/%s", v->tunnels[0]);
    snprintf(line, sizeof(line),
             "{\"epoch\": \"e\", \"sequence\": 1, \"reset\": true, \"node\": {\"drops\": "
             "{\"no_route\": 7}, \"usage\": {\"cpuUs\": 1500000, \"bootedAt\": 5, \"cpus\": 2, "
             "\"memoryBytes\": 100, \"memoryTotalBytes\": 1000}}, \"put\": [{\"key\": \"%s\", "
             "\"status\": {\"operState\": \"up\", \"lastPacketAt\": \"2026-01-02T03:04:05.678Z\", "
             "\"probeState\": \"blackholing\", "
             "\"rttMicroseconds\": 1500, \"rttJitterMicroseconds\": 250, \"lossPercent\": 25, "
             "\"probePeer\": \"ropeway\", \"lossTherePercent\": 20, \"lossBackPercent\": 5, "
             "\"handshakeUs\": 2500, \"ikeRekeys\": 1, "
             "\"childRekeys\": 2, \"counters\": {\"bytesIn\": 9007199254740993, \"bytesOut\": 2, "
             "\"dropsIn\": 0, \"dropsOut\": 0, \"packetsIn\": 1, \"packetsOut\": 1, "
             "\"encryptedBytesIn\": 3, \"encryptedBytesOut\": 4, \"probesAnswered\": 3, "
             "\"probesLost\": 1, \"probeMicroseconds\": 4500, \"dropsTooBig\": 5, "
             "\"probesLostThere\": 6, \"probesLostBack\": 7, "
             "\"dpdAnswered\": 9, \"dpdLost\": 2, \"dpdTimed\": 8, \"dpdMicroseconds\": 336000, "
             "\"dpdEpoch\": \"e\"}, \"dpdRttMicroseconds\": 42500}}, %s]}",
             key, text);
    free(text);
    assert_int_equal(api_node(a, "POST", node, "status", line), 200);
    assert_int_equal(api(a, "GET", "//metrics", NULL), 200);
    read_all(r, buf_text(&a->res.body));
    return r;
}

static void check_private(const char *text)
{
    static const struct {
        const char *name, *end;
    } rows[] = {{"up", "} 1\n"},
                {"enabled", "} 1\n"},
                {"info", ",interface=\"eth1\",vlan=\"0\"} 1\n"},
                {"bytes_total", ",direction=\"in\"} 11\n"},
                {"bytes_total", ",direction=\"out\"} 12\n"},
                {"packets_total", ",direction=\"in\"} 13\n"},
                {"dropped_packets_total", ",direction=\"out\"} 16\n"},
                {"probes_answered_total", "} 17\n"},
                {"probes_lost_total", "} 18\n"},
                {"probe_seconds_total", "} 0.019\n"},
                {"rtt_seconds", "} 0.0012\n"},
                {"rtt_jitter_seconds", "} 3e-05\n"},
                {"loss_ratio", "} 0.05\n"},
                {"blackholing", "} 0\n"}};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char name[96];
        const char *at;

        snprintf(name, sizeof(name), "\nropeway_private_interface_%s{", rows[i].name);
        at = strstr(text, name);
        assert_non_null(at);
        assert_non_null(strstr(at, rows[i].end));
    }
}

static void test_what_is_exposed_is_well_formed(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    struct reader *r = read_world(a, &v);
    const char *text = buf_text(&a->res.body);

    assert_true(text_starts_with(a->res.content_type, "text/plain; version=0.0.4"));
    assert_true(r->count > 20);
    for (size_t i = 0; i < r->count; i++) {
        /* There is no instance and no attachment: test_history.c has them. */
        if (text_starts_with(r->families[i].name, "ropeway_instance_") ||
            text_starts_with(r->families[i].name, "ropeway_attachment_"))
            continue;
        if (r->families[i].samples == 0)
            fail_msg("%s has no samples", r->families[i].name);
    }
    assert_non_null(strstr(text, "direction=\"in\"} 9007199254740993\n")); /* counters stay exact */
    assert_non_null(strstr(text, "ropeway_node_cpu_seconds_total{region=\"r1\""));
    assert_non_null(strstr(text, "} 0.002500\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_probe_seconds_total{"), "} 0.0045\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_rtt_seconds{"), "} 0.0015\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_rtt_jitter_seconds{"), "} 0.00025\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_loss_ratio{"), "} 0.25\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_loss_there_ratio{"), "} 0.2\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_loss_back_ratio{"), "} 0.05\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_probes_lost_there_total{"), "} 6\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_probes_lost_back_total{"), "} 7\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_blackholing{"), "} 1\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_dpd_answered_total{"), "} 9\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_dpd_lost_total{"), "} 2\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_dpd_timed_total{"), "} 8\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_dpd_seconds_total{"), "} 0.336\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_dpd_rtt_seconds{"), "} 0.0425\n"));
    assert_non_null(strstr(strstr(text, "\nropeway_tunnel_last_packet_timestamp_seconds{"),
                           "} 1767323045.678\n"));
    check_private(text);
    assert_non_null(strstr(text, ",reason=\"too_big\"} 5\n"));
    assert_non_null(strstr(text, ",reason=\"malformed\"} 0\n"));
    reader_free(r);
}

static size_t occurrences(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

static void test_tunnels_that_are_down_are_there(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char line[128];

    api_make_vpn(a, &v);
    assert_int_equal(api(a, "GET", "//metrics", NULL), 200);
    for (size_t i = 0; i < 2; i++) {
        snprintf(line, sizeof(line), "ropeway_tunnel_up{region=\"r1\",id=\"%s\",", v.tunnels[i]);
        assert_int_equal(occurrences(buf_text(&a->res.body), line), 1);
        assert_non_null(strstr(strstr(buf_text(&a->res.body), line), "} 0\n"));
    }
    /* A counter that nobody has told of would begin with a jump. */
    assert_null(strstr(buf_text(&a->res.body), "ropeway_tunnel_bytes_total{"));
}

static void test_labels_are_escaped(void **state)
{
    static const struct {
        const char *text, *escaped;
    } labels[] = {{"", ""},
                  {"a b", "a b"},
                  {"a\\b", "a\\\\b"},
                  {"\"", "\\\""},
                  {"two\nlines", "two\\nlines"},
                  {"中", "中"},
                  {"0123456789abcdef", "0123456789abc"}};
    char text[16];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
        metrics_escape(labels[i].text, text, sizeof(text));
        assert_string_equal(text, labels[i].escaped);
    }
}

/* ---- the dashboard ---- */

/* Each word that can only be the name of a metric. */
static void check_names(struct reader *r, const char *text, size_t *ret_used)
{
    while (*text) {
        size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
        char name[96];

        if ((text_starts_with(text, "ropeway_") || text_starts_with(text, "process_")) &&
            len < sizeof(name)) {
            memcpy(name, text, len);
            name[len] = 0;
            if (!find(r, name))
                fail_msg("the dashboard asks for %s, which does not exist", name);
            ++*ret_used;
        }
        text += len ? len : 1;
    }
}

static void check_value(struct reader *r, const json_t *value, size_t *ret_used)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_string(value))
        check_names(r, json_string_value(value), ret_used);
    json_array_foreach (value, i, member)
        check_value(r, member, ret_used);
    json_object_foreach ((json_t *)(uintptr_t)value, key, member)
        check_value(r, member, ret_used);
}

static void test_the_dashboard_asks_for_what_exists(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    struct reader *r = read_world(a, &v);
    json_error_t at;
    json_t *dashboard = json_load_file(DASHBOARD, JSON_REJECT_DUPLICATES, &at);
    size_t used = 0;

    assert_non_null(dashboard);
    /* Those of the history are there only where one is kept, which is not so in memory. */
    for (size_t i = 0; i < 2; i++) {
        static const char *const more[] = {"ropeway_history_lost_samples_total",
                                           "ropeway_history_failed_writes_total"};

        assert_null(find(r, more[i]));
        (void)text_copy(r->families[r->count++].name, 96, more[i]);
    }
    check_value(r, dashboard, &used);
    assert_true(used > 20);
    json_decref(dashboard);
    reader_free(r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_what_is_exposed_is_well_formed),
        T(test_tunnels_that_are_down_are_there),
        cmocka_unit_test(test_labels_are_escaped),
        T(test_the_dashboard_asks_for_what_exists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
