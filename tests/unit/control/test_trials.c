#include "api.h"

#include <stdio.h>
#include <stdlib.h>

#include "trials.h"

/* Connectivity tests, with a node that is told by hand what it says. */

struct world {
    struct api *a;
    char node[48], near[48], far[48];
    char at[32]; /* where the node's list stands */
};

static void build(struct api *a, struct world *w)
{
    char vpc[48], subnet[48];

    *w = (struct world){.a = a};
    strcpy(w->node, api_join(a));
    strcpy(vpc, api_make(a, "vpcs", "{'cidr': '10.1.0.0/16'}"));
    strcpy(subnet, api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.1.0.0/24'}", vpc));
    strcpy(w->near, api_make(a, "instances", "{'name': 'near', 'subnetId': '%s', 'nodeId': '%s'}",
                             subnet, w->node));
    strcpy(w->far, api_make(a, "instances", "{'name': 'far', 'subnetId': '%s', 'nodeId': '%s'}",
                            subnet, w->node));
}

/* Answers the status. */
static int start(struct world *w, const char *more)
{
    char body[512];

    snprintf(body, sizeof(body), "{'source': {'instance': '%s'}%s}", w->near, more);
    return api(w->a, "POST", "connectivityTests", body);
}

/* A ping; its id, in one of a few buffers. */
static const char *ping(struct world *w)
{
    static char ids[8][48];
    static unsigned next;
    char more[128];
    char *id = ids[next++ % ARRAY_SIZE(ids)];

    snprintf(more, sizeof(more), ", 'kind': 'ping', 'destination': '%s', 'count': 2", w->far);
    assert_int_equal(start(w, more), 201);
    strcpy(id, api_str(w->a, "id"));
    return id;
}

/* The node asks; its list, borrowed; NULL: it is as it should be. */
static const json_t *ask(struct world *w, const char *life)
{
    char rest[128];
    const json_t *list;

    snprintf(rest, sizeof(rest), "desired?tests=%s:%s", life, w->at);
    assert_int_equal(api_node(w->a, "GET", w->node, rest, NULL), 200);
    list = json_object_get(w->a->answer, "tests");
    if (list)
        assert_int_equal(text_copy(w->at, sizeof(w->at), model_str(list, "at")), 0);
    return list ? model_list(list, "run") : NULL;
}

static int report(struct world *w, const char *life, const char *id, const char *rows,
                  const char *rest)
{
    char body[2048];

    snprintf(body, sizeof(body), "{\"life\":\"%s\",\"tests\":[{\"id\":\"%s\",\"rows\":[%s]%s}]}",
             life, id, rows, rest);
    return api_node(w->a, "POST", w->node, "tests", body);
}

#define BEGUN "{\"row\":1,\"type\":\"begun\"}"
#define REPLY(n)                                                                                   \
    "{\"row\":" n ",\"type\":\"reply\",\"number\":1,\"answered\":true,\"what\":\"reply\","         \
    "\"from\":\"10.1.0.4\",\"ttl\":64,\"rttUs\":800}"
#define ENDED ",\"ended\":true,\"error\":\"\""

static void get(struct world *w, const char *id)
{
    api_get(w->a, 200, "connectivityTests/%s", id);
}

static void test_a_test_runs_and_is_judged(void **state)
{
    struct world w;
    const json_t *task;
    const char *id;

    build(*state, &w);
    assert_null(ask(&w, "aa"));
    id = ping(&w);
    assert_string_equal(api_str(w.a, "status"), "waiting");
    assert_non_null(strstr(api_header(w.a, "Location"), id));
    task = json_array_get(ask(&w, "aa"), 0);
    assert_string_equal(model_str(task, "id"), id);
    assert_string_equal(model_str(task, "kind"), "ping");
    assert_string_equal(model_str(task, "instance"), w.near);
    assert_int_equal(model_int(task, "count", 0), 2);
    assert_null(ask(&w, "aa")); /* nothing new */
    assert_int_equal(report(&w, "aa", id, BEGUN "," REPLY("2"), ""), 200);
    get(&w, id);
    assert_string_equal(api_str(w.a, "status"), "running");
    assert_int_equal(json_array_size(model_list(w.a->answer, "rows")), 1);
    assert_int_equal(report(&w, "aa", id, REPLY("2") "," REPLY("3"), ENDED), 200); /* 2 again */
    get(&w, id);
    assert_string_equal(api_str(w.a, "status"), "ended");
    assert_string_equal(api_str(w.a, "outcome"), "passed");
    assert_string_equal(api_str(w.a, "messageCode"), "trial.ping-all");
    assert_string_equal(api_str(w.a, "message"),
                        "Replies to all requests (2) came, after 0.80 ms on average.");
    assert_int_equal(json_array_size(model_list(w.a->answer, "rows")), 2);
    assert_int_equal(json_array_size(ask(&w, "aa")), 0);         /* the node may forget it */
    assert_int_equal(report(&w, "aa", id, REPLY("4"), ""), 200); /* a word too late */
    get(&w, id);
    assert_int_equal(json_array_size(model_list(w.a->answer, "rows")), 2);
    api_get(w.a, 200, "connectivityTests");
    assert_int_equal(json_array_size(model_list(w.a->answer, "items")), 1);
}

static void test_silence_is_explained(void **state)
{
    struct world w;
    const char *id;

    build(*state, &w);
    assert_int_equal(start(&w, ", 'kind': 'ping', 'destination': '10.9.0.1', 'count': 1"), 201);
    id = strdup(api_str(w.a, "id"));
    (void)ask(&w, "aa");
    assert_int_equal(report(&w, "aa", id,
                            BEGUN
                            ",{\"row\":2,\"type\":\"reply\",\"number\":1,\"answered\":false},"
                            "{\"row\":3,\"type\":\"drops\",\"what\":\"multicast\",\"number\":9},"
                            "{\"row\":4,\"type\":\"drops\",\"what\":\"no_route\",\"number\":1}",
                            ENDED),
                     200);
    get(&w, id);
    assert_string_equal(api_str(w.a, "outcome"), "failed");
    assert_string_equal(api_str(w.a, "messageCode"), "trial.ping-none");
    assert_non_null(strstr(api_str(w.a, "message"), "the packets to 10.9.0.1 go nowhere: no "
                                                    "effective route of rtb-"));
    assert_non_null(
        strstr(api_str(w.a, "message"), "packets that node n dropped meanwhile: 1 (no route"));
    free((char *)(uintptr_t)id);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *more, *field;
    } rows[] = {
        {"", "kind"},
        {", 'kind': 'iperf'", "kind"},
        {", 'kind': 7", "kind"},
        {", 'kind': 'ping'", "destination"},
        {", 'kind': 'ping', 'destination': 'web'", "destination"},
        {", 'kind': 'ping', 'destination': 'i-aaaaaaaaaa'", "destination"},
        {", 'kind': 'ping', 'destination': 'r9/i-aaaaaaaaaa'", "destination"},
        {", 'kind': 'ping', 'destination': '/'", "destination"},
        {", 'kind': 'ping', 'destination': 'fd00::1'", "destination"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'family': 'ipv6'", "family"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'count': 0", "count"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'count': 101", "count"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'count': '5'", "count"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'count': 100", "count"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'intervalMs': 99", "intervalMs"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'size': 27", "size"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'size': 9001", "size"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'maxHops': 3", "maxHops"},
        {", 'kind': 'pathMtu', 'destination': '10.1.0.9', 'size': 67", "size"},
        {", 'kind': 'traceroute', 'destination': '10.1.0.9', 'maxHops': 33", "maxHops"},
        {", 'kind': 'throughput', 'destination': '10.1.0.9'", "destination"},
        {", 'kind': 'ping', 'destination': '10.1.0.9', 'colour': 'red'", "colour"},
    };
    struct world w;
    char more[96];

    build(*state, &w);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (start(&w, rows[i].more) != 400 || strcmp(api_str(w.a, "field"), rows[i].field) != 0)
            fail_msg("%s: %d %s", rows[i].more, w.a->status, api_str(w.a, "field"));
    }
    snprintf(more, sizeof(more), ", 'kind': 'ping', 'destination': '%s'", w.near);
    assert_int_equal(start(&w, more), 400);
    assert_int_equal(api(w.a, "POST", "connectivityTests",
                         "{'kind': 'ping', 'source': {'tunnel': 'vpntun-aaaaaaaaaa'}, "
                         "'destination': '10.1.0.9'}"),
                     400);
    assert_int_equal(api(w.a, "POST", "connectivityTests",
                         "{'kind': 'ping', 'source': {'instance': 'i-aaaaaaaaaa'}, 'destination': "
                         "'10.1.0.9'}"),
                     400);
    api_get(w.a, 200, "connectivityTests");
    assert_int_equal(json_array_size(model_list(w.a->answer, "items")), 0);
    api_get(w.a, 404, "connectivityTests/test-aaaaaaaaaa");
    assert_int_equal(api(w.a, "DELETE", "connectivityTests/test-aaaaaaaaaa", NULL), 404);
}

static void test_limits(void **state)
{
    struct world w;
    const char *first;
    char more[96];

    build(*state, &w);
    snprintf(more, sizeof(more), ", 'kind': 'ping', 'destination': '%s'", w.far);
    first = ping(&w);
    for (unsigned i = 1; i < TRIALS_PER_NODE; i++)
        (void)ping(&w);
    assert_int_equal(start(&w, more), 429);
    assert_string_equal(api_str(w.a, "code"), "trial.node-busy");
    (void)ask(&w, "aa");
    assert_int_equal(api(w.a, "DELETE", "connectivityTests", NULL), 405);
    {
        char path[96];

        snprintf(path, sizeof(path), "connectivityTests/%s", first);
        assert_int_equal(api(w.a, "DELETE", path, NULL), 204);
        assert_int_equal(api(w.a, "DELETE", path, NULL), 204); /* twice changes nothing */
    }
    get(&w, first);
    assert_string_equal(api_str(w.a, "outcome"), "stopped");
    assert_int_equal(json_array_size(ask(&w, "aa")), TRIALS_PER_NODE - 1);
    assert_int_equal(start(&w, more), 201);
}

/* What one process ran the next one does not run again. */
static void test_a_node_that_was_restarted(void **state)
{
    struct world w;
    const char *id, *later;

    build(*state, &w);
    id = ping(&w);
    assert_int_equal(json_array_size(ask(&w, "aa")), 1);
    assert_int_equal(report(&w, "aa", id, BEGUN "," REPLY("2"), ""), 200);
    *w.at = 0;
    assert_int_equal(json_array_size(ask(&w, "bb")), 0);
    get(&w, id);
    assert_string_equal(api_str(w.a, "outcome"), "failed");
    assert_non_null(strstr(api_str(w.a, "message"), "node n was restarted"));
    /* One that the first did not hear of is the second's. */
    later = ping(&w);
    *w.at = 0;
    assert_int_equal(json_array_size(ask(&w, "cc")), 1);
    assert_int_equal(report(&w, "cc", later, BEGUN, ""), 200);
    get(&w, later);
    assert_string_equal(api_str(w.a, "status"), "running");
}

static void test_a_node_that_is_not_there(void **state)
{
    struct world w;
    char away[48], subnet[48], body[160];

    build(*state, &w);
    strcpy(away, api_make(w.a, "nodes", "{'name': 'away', 'address': '192.0.2.7'}"));
    api_get(w.a, 200, "instances/%s", w.near);
    strcpy(subnet, api_str(w.a, "subnetId"));
    strcpy(w.near, api_make(w.a, "instances", "{'subnetId': '%s', 'nodeId': '%s'}", subnet, away));
    assert_int_equal(start(&w, ", 'kind': 'ping', 'destination': '10.1.0.9'"), 409);
    assert_string_equal(api_str(w.a, "code"), "trial.refused");
    assert_non_null(strstr(api_str(w.a, "rule"), "node away"));
    /* ... and one at the other end, where iperf3 would be started. */
    snprintf(body, sizeof(body),
             "{'kind': 'throughput', 'source': {'instance': '%s'}, 'destination': '%s'}", w.far,
             w.near);
    assert_int_equal(api(w.a, "POST", "connectivityTests", body), 409);
    assert_string_equal(api_str(w.a, "field"), "destination");
}

/* Whatever a node says: only what a row may have is kept. */
static void test_rows_of_a_liar(void **state)
{
    static const char *const rows[] = {
        "7",
        "null",
        "{}",
        "[1]",
        "{\"row\":\"2\",\"type\":\"reply\"}",
        "{\"row\":-1,\"type\":\"reply\",\"number\":1}",
        "{\"row\":5,\"type\":\"secret\",\"number\":1}",
    };
    struct world w;
    const json_t *row;
    const char *id;

    build(*state, &w);
    id = ping(&w);
    (void)ask(&w, "aa");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(report(&w, "aa", id, rows[i], ""), 200);
    get(&w, id);
    assert_int_equal(json_array_size(model_list(w.a->answer, "rows")), 0);
    assert_int_equal(report(&w, "aa", id,
                            "{\"row\":9,\"type\":\"reply\",\"number\":-4,\"what\":\"<b>\","
                            "\"from\":\"10.1.0.4\\u001b[31m\",\"ttl\":\"64\",\"rttUs\":7,\"x\":1}",
                            ""),
                     200);
    get(&w, id);
    row = json_array_get(model_list(w.a->answer, "rows"), 0);
    assert_int_equal(json_object_size(row), 2); /* type and rttUs */
    assert_int_equal(model_int(row, "rttUs", 0), 7);
    assert_int_equal(report(&w, "aa", "test-aaaaaaaaaa", BEGUN, ENDED), 200); /* not its own */
    assert_int_equal(api_node(w.a, "POST", w.node, "tests", "{\"tests\":[]}"), 400);
    assert_int_equal(api_node(w.a, "POST", w.node, "tests", "{\"life\":\"aa\",\"tests\":7}"), 400);
    assert_int_equal(api_node(w.a, "GET", w.node, "desired?tests=zz:1", NULL), 400);
    assert_int_equal(api(w.a, "POST", "nodes/node-aaaaaaaaaa/tests", "{}"), 403);
}

static void test_rows_are_bounded(void **state)
{
    struct world w;
    const char *id;
    char row[96];

    build(*state, &w);
    id = ping(&w);
    (void)ask(&w, "aa");
    for (unsigned i = 1; i <= TRIAL_ROWS_MAX + 20; i++) {
        snprintf(row, sizeof(row), "{\"row\":%u,\"type\":\"reply\",\"number\":1}", i);
        assert_int_equal(report(&w, "aa", id, row, ""), 200);
    }
    get(&w, id);
    assert_int_equal(json_array_size(model_list(w.a->answer, "rows")), TRIAL_ROWS_MAX);
}

/* The client's end waits for the server's. */
static void test_throughput(void **state)
{
    struct world w;
    const json_t *run;
    char id[48], server[64], more[96];

    build(*state, &w);
    snprintf(more, sizeof(more), ", 'kind': 'throughput', 'destination': '%s'", w.far);
    assert_int_equal(start(&w, more), 201);
    strcpy(id, api_str(w.a, "id"));
    snprintf(server, sizeof(server), "%s-server", id);
    run = ask(&w, "aa");
    assert_int_equal(json_array_size(run), 1);
    assert_true(json_is_true(json_object_get(json_array_get(run, 0), "serves")));
    assert_string_equal(model_str(json_array_get(run, 0), "instance"), w.far);
    assert_int_equal(
        report(&w, "aa", server, BEGUN ",{\"row\":2,\"type\":\"listening\",\"number\":20001}", ""),
        200);
    run = ask(&w, "aa");
    assert_int_equal(json_array_size(run), 2);
    assert_int_equal(model_int(json_array_get(run, 0), "port", 0), 20001);
    assert_int_equal(report(&w, "aa", id,
                            BEGUN
                            ",{\"row\":2,\"type\":\"rate\",\"what\":\"sent\",\"bitsPerSecond\":9,"
                            "\"retransmits\":3},{\"row\":3,\"type\":\"rate\",\"what\":\"received\","
                            "\"bitsPerSecond\":123450000}",
                            ENDED),
                     200);
    get(&w, id);
    assert_string_equal(api_str(w.a, "message"), "123.4 Mbit/s on average, 3 segments sent again.");
    assert_int_equal(json_array_size(ask(&w, "aa")), 0);
}

static void test_a_server_that_cannot_start(void **state)
{
    struct world w;
    char id[48], server[64], more[96];

    build(*state, &w);
    snprintf(more, sizeof(more), ", 'kind': 'throughput', 'destination': '%s'", w.far);
    assert_int_equal(start(&w, more), 201);
    strcpy(id, api_str(w.a, "id"));
    snprintf(server, sizeof(server), "%s-server", id);
    (void)ask(&w, "aa");
    assert_int_equal(
        report(&w, "aa", server, BEGUN, ",\"ended\":true,\"error\":\"{node.trial-no-iperf}\""),
        200);
    get(&w, id);
    assert_string_equal(api_str(w.a, "message"),
                        "The test cannot run: iperf3 is not installed on the node.");
    assert_string_equal(api_str(w.a, "outcome"), "failed");
}

static size_t read_all(struct control_stream *s, char *buf, size_t size, ssize_t *ret_last)
{
    size_t len = 0;

    while ((*ret_last = control_stream_read(s, buf + len, size - 1 - len)) > 0)
        len += (size_t)*ret_last;
    buf[len] = 0;
    return len;
}

static struct control_stream *follow(struct world *w, const char *id, const char *last, int status)
{
    char uri[160], bearer[128];
    struct control_request req = {
        .method = "GET", .uri = uri, .last_event_id = last, .authorization = bearer};
    struct control_stream *s;

    snprintf(uri, sizeof(uri), "/v1/regions/r1/connectivityTests/%s/stream", id);
    snprintf(bearer, sizeof(bearer), "Bearer %s", control_admin_token(w->a->control));
    assert_int_equal(api_request(w->a, &req), status);
    s = w->a->res.stream;
    w->a->res.stream = NULL;
    return s;
}

static void test_following(void **state)
{
    struct world w;
    struct control_stream *s;
    const char *id;
    char text[8192];
    ssize_t last;

    build(*state, &w);
    id = ping(&w);
    s = follow(&w, id, NULL, 200);
    assert_int_equal(read_all(s, text, sizeof(text), &last), 0);
    assert_int_equal(last, 0);
    assert_false(control_stream_has_news(s));
    (void)ask(&w, "aa");
    assert_int_equal(report(&w, "aa", id, BEGUN "," REPLY("2"), ""), 200);
    assert_true(control_stream_has_news(s));
    (void)read_all(s, text, sizeof(text), &last);
    assert_int_equal(last, 0);
    assert_ptr_equal(strstr(text, "event: row\nid: 1\ndata: {"), text);
    control_stream_beat(s);
    (void)read_all(s, text, sizeof(text), &last);
    assert_string_equal(text, ": still here\n\n");
    assert_int_equal(report(&w, "aa", id, REPLY("3"), ENDED), 200);
    (void)read_all(s, text, sizeof(text), &last);
    assert_int_equal(last, CONTROL_STREAM_END);
    assert_non_null(strstr(text, "id: 2\n"));
    assert_non_null(strstr(text, "event: summary\nid: end\n"));
    assert_non_null(strstr(text, "\"outcome\":\"passed\""));
    control_stream_free(s);
    s = follow(&w, id, "1", 200); /* back again */
    (void)read_all(s, text, sizeof(text), &last);
    assert_null(strstr(text, "id: 1\n"));
    assert_non_null(strstr(text, "id: 2\n"));
    control_stream_free(s);
    assert_null(follow(&w, id, "end", 204));
    assert_null(follow(&w, "test-aaaaaaaaaa", NULL, 404));
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_test_runs_and_is_judged),
        T(test_silence_is_explained),
        T(test_what_makes_no_sense_is_refused),
        T(test_limits),
        T(test_a_node_that_was_restarted),
        T(test_a_node_that_is_not_there),
        T(test_rows_of_a_liar),
        T(test_rows_are_bounded),
        T(test_throughput),
        T(test_a_server_that_cannot_start),
        T(test_following),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
