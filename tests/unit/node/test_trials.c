/* Connectivity tests as the node runs them, in a namespace that has only lo. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "netns.h"
#include "private_net.h"
#include "trial.h"

#include "../said.h"

static char netns[64];

/* ---- what is asked for ---- */

static int parse(const char *text, struct trial_want *ret)
{
    json_error_t at;
    json_t *task = json_loads(text, 0, &at);
    struct desired_error err = {0};
    int r;

    if (!task)
        fail_msg("%s", at.text);
    r = trial_want_parse(task, ret, &err);
    assert_int_equal(r < 0, *err.text != 0);
    json_decref(task);
    return r;
}

#define ID   "\"id\":\"test-a\",\"instance\":\"i-a\","
#define PING "{" ID "\"kind\":\"ping\",\"destination\":\"10.0.0.1\","

static void test_what_is_asked_for(void **state)
{
    static const char *const bad[] = {
        "{}",
        "{" ID "\"kind\":\"dig\",\"destination\":\"10.0.0.1\"}",
        "{" ID "\"kind\":\"ping\"}",
        "{" ID "\"kind\":\"ping\",\"destination\":\"web\"}",
        "{\"kind\":\"ping\",\"instance\":\"i-a\",\"destination\":\"10.0.0.1\"}",
        PING "\"count\":101}",
        PING "\"count\":-1}",
        PING "\"size\":9217}",
        PING "\"maxHops\":33}",
        PING "\"intervalMs\":60001}",
        "{" ID "\"kind\":\"throughput\",\"destination\":\"10.0.0.1\"}",
        "{" ID
        "\"kind\":\"throughput\",\"destination\":\"10.0.0.1\",\"serves\":true,\"port\":65536}",
        "{" ID
        "\"kind\":\"throughput\",\"destination\":\"10.0.0.1\",\"serves\":true,\"duration\":31}",
    };
    struct trial_want w;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(parse(bad[i], &w), -EBADMSG);
    assert_int_equal(parse(PING "\"count\":5,\"intervalMs\":200,\"size\":84}", &w), 0);
    assert_int_equal(w.spec.count, 5);
    assert_int_equal(w.spec.interval_us, 200000);
    assert_int_equal(w.spec.family, ADDR_IPV4);
    assert_string_equal(w.instance, "i-a");
}

/* ---- running ---- */

static void on_news(void *arg)
{
    (void)arg;
}

static void on_late(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("it does not end");
}

static bool has_row(const struct trial *t, const char *type)
{
    const json_t *row;
    size_t i;

    json_array_foreach (t->rows, i, row) {
        if (strcmp(json_string_value(json_object_get(row, "type")), type) == 0)
            return true;
    }
    return false;
}

/* Until it is over, or has told a row of this type. */
static void run_until(uv_loop_t *loop, const struct trial *t, const char *type)
{
    uv_timer_t late;

    assert_int_equal(uv_timer_init(loop, &late), 0);
    assert_int_equal(uv_timer_start(&late, on_late, 15000, 0), 0);
    while (!t->over && !(type && has_row(t, type)))
        uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&late, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

static void end(uv_loop_t *loop, struct trial *t)
{
    trial_free(t);
    assert_int_equal(uv_run(loop, UV_RUN_DEFAULT), 0);
}

static struct trial_want want(enum reach_kind kind, const char *to)
{
    struct trial_want w = {.id = "test-a", .kind = kind, .duration_s = 1};

    assert_int_equal(addr_parse(to, &w.destination), 0);
    w.spec = (struct reach_spec){.kind = kind,
                                 .family = (enum addr_family)w.destination.family,
                                 .count = 2,
                                 .interval_us = 100000,
                                 .size = 1500,
                                 .hops = 3};
    return w;
}

static int64_t number_of_last(const struct trial *t)
{
    const json_t *row = json_array_get(t->rows, json_array_size(t->rows) - 1);

    return json_integer_value(json_object_get(row, "number"));
}

static void test_echoes(void **state)
{
    static const struct {
        enum reach_kind kind;
        const char *to;
        size_t rows;
        int64_t last;
    } cases[] = {
        {REACH_PING, "127.0.0.1", 3, 2},        {REACH_PING, "::1", 3, 2},
        {REACH_TRACEROUTE, "127.0.0.1", 2, 1},  {REACH_TRACEROUTE, "::1", 2, 1},
        {REACH_PATH_MTU, "127.0.0.1", 4, 1500}, {REACH_PATH_MTU, "::1", 4, 1500},
    };
    uv_loop_t *loop = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct trial_want w = want(cases[i].kind, cases[i].to);
        struct trial *t = trial_start(loop, &w, netns, on_news, NULL);

        assert_non_null(t);
        run_until(loop, t, NULL);
        assert_string_equal(t->error, "");
        assert_int_equal(json_array_size(t->rows), cases[i].rows);
        assert_int_equal(number_of_last(t), cases[i].last);
        end(loop, t);
    }
}

static void test_what_cannot_be_sent(void **state)
{
    struct trial_want w = want(REACH_PING, "10.9.9.9");
    struct trial *t = trial_start(*state, &w, netns, on_news, NULL);

    assert_true(t->over);
    assert_said(t->error, "node.trial-send", "Network is unreachable");
    end(*state, t);
    t = trial_start(*state, &w, "rw-there-is-none", on_news, NULL);
    assert_true(t->over);
    assert_non_null(strstr(t->error, "{node.trial-namespace|"));
    end(*state, t);
}

static void test_a_stopped_one_says_why_once(void **state)
{
    struct trial_want w = want(REACH_PING, "127.0.0.1");
    struct trial *t;

    w.spec.interval_us = 10000000;
    t = trial_start(*state, &w, netns, on_news, NULL);
    assert_false(t->over);
    trial_stop(t, SAY(NODE_TRIAL_CUT));
    assert_true(t->over);
    trial_stop(t, SAY(NODE_TRIAL_TOO_LONG));
    assert_string_equal(t->error, "{node.trial-cut}");
    end(*state, t);
}

/* ---- iperf3 ---- */

static void test_throughput(void **state)
{
    struct trial_want w = want(REACH_THROUGHPUT, "127.0.0.1");
    struct trial *server, *client;
    pid_t pid;

    w.serves = true;
    server = trial_start(*state, &w, netns, on_news, NULL);
    run_until(*state, server, "listening");
    assert_false(server->over);
    w.serves = false;
    w.port = server->want.port;
    client = trial_start(*state, &w, netns, on_news, NULL);
    run_until(*state, client, NULL);
    assert_string_equal(client->error, "");
    assert_true(has_row(client, "rate"));
    trial_free(client);
    trial_free(server);
    uv_run(*state, UV_RUN_DEFAULT);
    /* One that nobody calls ends with its test. */
    w.serves = true;
    server = trial_start(*state, &w, netns, on_news, NULL);
    run_until(*state, server, "listening");
    pid = server->pid;
    assert_int_equal(kill(pid, 0), 0);
    end(*state, server);
    assert_int_equal(kill(pid, 0), -1);
    /* Nobody listens there. */
    w.serves = false;
    w.port = 1;
    client = trial_start(*state, &w, netns, on_news, NULL);
    run_until(*state, client, NULL);
    assert_non_null(strstr(client->error, "{node.trial-iperf|"));
    end(*state, client);
}

/* The child has no more rights than nobody. */
static void test_iperf_is_nobody(void **state)
{
    struct trial_want w = want(REACH_THROUGHPUT, "127.0.0.1");
    struct trial *server;
    char path[64];
    struct buf status = {0};

    w.serves = true;
    server = trial_start(*state, &w, netns, on_news, NULL);
    run_until(*state, server, "listening");
    snprintf(path, sizeof(path), "/proc/%d/status", (int)server->pid);
    assert_int_equal(file_read(path, 65536, &status), 0);
    assert_non_null(strstr(buf_text(&status), "Uid:\t65534\t65534\t65534\t65534"));
    assert_non_null(strstr(buf_text(&status), "CapEff:\t0000000000000000"));
    assert_non_null(strstr(buf_text(&status), "NoNewPrivs:\t1"));
    buf_done(&status);
    end(*state, server);
}

/* ---- the test's own world ---- */

static int lo_up(void *arg)
{
    (void)arg;
    return private_net_run("", "ip link set lo up") == 0 ? 0 : -EIO;
}

static int setup(void **state)
{
    static uv_loop_t loop;

    snprintf(netns, sizeof(netns), PRIVATE_NET_NAME "trial", (int)getpid());
    assert_int_equal(netns_create(netns, lo_up, NULL), 0);
    assert_int_equal(uv_loop_init(&loop), 0);
    *state = &loop;
    return 0;
}

static int teardown(void **state)
{
    assert_int_equal(uv_loop_close(*state), 0);
    return netns_delete(netns);
}

static int all_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked_for),
        cmocka_unit_test(test_echoes),
        cmocka_unit_test(test_what_cannot_be_sent),
        cmocka_unit_test(test_a_stopped_one_says_why_once),
        cmocka_unit_test(test_throughput),
        cmocka_unit_test(test_iperf_is_nobody),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

int main(void)
{
    return private_net_main(all_tests);
}
