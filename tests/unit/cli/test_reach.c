#include "bench.h"

#include <signal.h>
#include <stdlib.h>

/* ropeway test: what is asked for, what is shown of it, and how it ends. */

static int setup(void **state)
{
    static struct bench b;

    bench_init(&b);
    assert_int_equal(0, run(&b, "vpc create --region r1 --name v --cidr 10.1.0.0/16"));
    assert_int_equal(0, run(&b, "subnet create --region r1 --name s --vpc v --cidr 10.1.0.0/24"));
    assert_int_equal(0, run(&b, "instance create --region r1 --name near --subnet s"));
    assert_int_equal(0, run(&b, "instance create --region r1 --name far --subnet s"));
    *state = &b;
    return 0;
}

static int teardown(void **state)
{
    bench_done(*state);
    return 0;
}

#define ROW(id, data) "event: row\nid: " id "\ndata: {" data "}\n\n"
#define SUMMARY(outcome)                                                                           \
    "event: summary\nid: end\ndata: {'outcome':'" outcome "','message':'So it is.'}\n\n"

static int test(struct bench *b, const char *const *streams, size_t count, const char *words)
{
    b->streams = streams;
    b->stream_count = count;
    b->streamed = 0;
    b->followed[0] = 0;
    return run(b, "test %s", words);
}

static void test_lines_of_each_kind(void **state)
{
    static const char *const streams[] = {
        ROW("1", "'type':'reply','number':1,'answered':true,'what':'reply','from':'10.2.0.3',"
                 "'ttl':62,'rttUs':812") ROW("2", "'type':'reply','number':2,'answered':false")
            ROW("3", "'type':'reply','number':3,'answered':true,'what':'noRoute','from':'10.1.0.1'")
                ROW("4", "'type':'hop','number':1,'answered':true,'what':'expired','from':"
                         "'10.1.0.1','rtts':[100,null,2000]")
                    ROW("5", "'type':'hop','number':2,'answered':false,'rtts':[null,null,null]")
                        ROW("6", "'type':'size','number':1500,'answered':true,'what':'tooBig',"
                                 "'from':'10.1.0.1','mtu':1438")
                            ROW("7", "'type':'rate','what':'interval','fromMs':0,'toMs':1000,"
                                     "'bitsPerSecond':941500000,'retransmits':2")
                                ROW("8", "'type':'news'") SUMMARY("passed")};
    static const char *const lines[] = {
        "ping from near (10.1.0.3) to far (10.2.0.3)\n",
        "\nreply from 10.2.0.3: seq=1 ttl=62 time=0.812 ms\n",
        "\nseq=2: no reply within a second\n",
        "\nfrom 10.1.0.1: seq=3: no route\n",
        "\n 1  10.1.0.1  0.100 ms  *  2.000 ms\n",
        "\n 2  * * *\n",
        "\n1500 bytes: too large, says 10.1.0.1: its MTU is 1438\n",
        "\n0.000-1.000 s: 941.5 Mbit/s, 2 segments sent again\n",
        "\nSo it is.\n",
    };
    struct bench *b = *state;

    assert_int_equal(CLI_OK, test(b, streams, 1, "ping --region r1 --from near --to far"));
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        if (!strstr(b->out, lines[i]))
            fail_msg("no %s in %s", lines[i], b->out);
    }
}

static void test_what_is_asked_for(void **state)
{
    static const char *const streams[] = {SUMMARY("failed")};
    struct bench *b = *state;

    assert_int_equal(
        CLI_REFUSED,
        test(b, streams, 1, "ping --region r1 --from near --to 10.9.0.1 --count 3 --interval 0.2"));
    assert_non_null(strstr(b->test, "\"count\":3,\"destination\":\"10.9.0.1\",\"intervalMs\":200,"
                                    "\"kind\":\"ping\",\"source\":{\"instance\":\"i-"));
    assert_int_equal(CLI_REFUSED, test(b, streams, 1, "mtu --region r1 --from near --to far"));
    assert_non_null(strstr(b->test, "\"destination\":\"r1/i-"));
    assert_non_null(strstr(b->test, "\"kind\":\"pathMtu\""));
}

static void test_a_cut_connection_is_gone_on_with(void **state)
{
    static const char *const streams[] = {
        ROW("1", "'type':'reply','number':1,'answered':false"), NULL,
        ROW("2", "'type':'reply','number':2,'answered':false") SUMMARY("passed")};
    struct bench *b = *state;

    assert_int_equal(CLI_OK, test(b, streams, 3, "ping --region r1 --from near --to far"));
    assert_string_equal("/v1/regions/r1/connectivityTests/test-x/stream -\n"
                        "/v1/regions/r1/connectivityTests/test-x/stream 1\n"
                        "/v1/regions/r1/connectivityTests/test-x/stream 1\n",
                        b->followed);
    assert_non_null(strstr(b->out, "seq=2"));
    assert_int_equal(CLI_REFUSED, test(b, streams, 0, "ping --region r1 --from near --to far"));
}

static void test_ctrl_c_stops_it(void **state)
{
    static const char *const streams[] = {
        BENCH_CTRL_C, ROW("1", "'type':'reply','number':1,'answered':false") SUMMARY("stopped")};
    struct bench *b = *state;

    assert_int_equal(CLI_REFUSED, test(b, streams, 2, "ping --region r1 --from near --to far"));
    assert_string_equal("test-x is stopped", b->test);
    assert_non_null(strstr(b->out, "seq=1"));
    assert_non_null(strstr(b->err, "So it is."));
    assert_int_equal(2, b->streamed);
}

/* The first is noted once, then it ends the process again. */
static void test_ctrl_c_is_noted(void **state)
{
    struct sigaction now;

    (void)state;
    cli_interrupt_watch(true);
    assert_false(cli_interrupted());
    raise(SIGINT);
    assert_true(cli_interrupted());
    assert_false(cli_interrupted());
    assert_int_equal(0, sigaction(SIGINT, NULL, &now));
    assert_true(now.sa_handler == SIG_DFL);
    signal(SIGINT, SIG_IGN);
    cli_interrupt_watch(true);
    raise(SIGINT);
    assert_false(cli_interrupted());
    signal(SIGINT, SIG_DFL);
}

static void test_documents(void **state)
{
    static const char *const streams[] = {ROW("1", "'type':'reply','number':1,'answered':false")
                                              SUMMARY("passed")};
    struct bench *b = *state;

    assert_int_equal(CLI_OK, test(b, streams, 1, "ping --region r1 --from near --to far -o json"));
    assert_string_equal(
        "{\"event\":\"row\",\"row\":{\"type\":\"reply\",\"number\":1,\"answered\":false}}\n"
        "{\"event\":\"summary\",\"summary\":{\"outcome\":\"passed\",\"message\":\"So it is.\"}}\n",
        b->out);
    assert_int_equal(CLI_OK, test(b, NULL, 0, "ping --region r1 --from near --to far -o id"));
    assert_string_equal("test-x\n", b->out);
    assert_string_equal("", b->followed);
}

static void test_the_others(void **state)
{
    struct bench *b = *state;

    assert_int_equal(CLI_OK, run(b, "test list --region r1"));
    assert_non_null(strstr(b->out, "test-x  ping  ended   failed"));
    assert_int_equal(CLI_OK, run(b, "test get test-x --region r1"));
    assert_non_null(strstr(b->out, "seq=1: no reply within a second\nNo reply.\n"));
    assert_int_equal(CLI_OK, run(b, "test stop test-x --region r1"));
    assert_string_equal("test-x is stopped", b->test);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *words, *says;
    } rows[] = {
        {"", "ropeway test --help"},
        {"dig --from near --to far", "ropeway test --help"},
        {"ping near far", "ropeway test --help"},
        {"get", "ropeway test --help"},
        {"ping --from near", "needs --from"},
        {"ping --from near --to far --speed 3", "no flag --speed"},
        {"ping --from near --to far --count many", "--count takes a number"},
        {"ping --from near --to far --interval -1", "--interval takes a number"},
        {"ping --from near --to far --interval 1s", "--interval takes a number"},
    };
    struct bench *b = *state;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(CLI_USAGE, run(b, "test %s --region r1", rows[i].words));
        if (!strstr(b->err, rows[i].says))
            fail_msg("%s: %s", rows[i].words, b->err);
    }
    assert_int_equal(CLI_USAGE, run(b, "test list"));
    assert_int_equal(CLI_OK, run(b, "test --help"));
    assert_non_null(strstr(b->out, "--to-region ID"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_lines_of_each_kind),
        T(test_what_is_asked_for),
        T(test_a_cut_connection_is_gone_on_with),
        T(test_ctrl_c_stops_it),
        T(test_ctrl_c_is_noted),
        T(test_documents),
        T(test_the_others),
        T(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
