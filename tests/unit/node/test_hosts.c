/* Hosts of real networks: what is known, and what ropewayd is told of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "hosts.h"

#define ROOM 100000
#define SEEN 1795934011000000

static struct ipc_host host(const char *network, unsigned n, uint8_t mac)
{
    struct ipc_host h = {.mac = {2, 0, 0, 0, 0, mac}, .seen_us = SEEN};

    (void)text_copy(h.port, sizeof(h.port), network);
    h.address = addr_v4(10, 1, (uint8_t)(n >> 8), (uint8_t)n);
    return h;
}

static bool come(struct hosts *h, const char *network, unsigned n, uint8_t mac)
{
    const struct ipc_host said = host(network, n, mac);

    return hosts_take(h, &said);
}

static bool go(struct hosts *h, const char *network, unsigned n)
{
    struct ipc_host said = host(network, n, 0);

    said.gone = true;
    return hosts_take(h, &said);
}

/* The report has exactly this in it, and is taken or not. */
static void expect(struct hosts *h, const char *gone, const char *put, bool taken)
{
    struct buf out = {0};
    char all[2048] = "";

    if (*gone || *put)
        snprintf(all, sizeof(all), "\"hosts\":{\"gone\":[%s],\"put\":[%s]},", gone, put);
    assert_int_equal(hosts_report_has_more(h), *all != 0);
    hosts_report_write(h, ROOM, &out);
    assert_string_equal(buf_text(&out), all);
    hosts_report_sent(h, taken);
    assert_int_equal(hosts_report_has_more(h), *all && !taken);
    buf_done(&out);
}

#define PUT(address, mac)                                                                          \
    "{\"subnet\":\"subnet-a\",\"address\":\"" address "\",\"mac\":\"02:00:00:00:00:" mac           \
    "\",\"seen\":\"2026-11-29T06:33:31.000Z\"}"
#define GONE(address) "{\"subnet\":\"subnet-a\",\"address\":\"" address "\"}"

static void test_a_host_is_told_once(void **state)
{
    const struct addr nine = addr_v4(10, 1, 0, 9);
    struct hosts h;

    (void)state;
    hosts_init(&h);
    assert_int_equal(hosts_count(&h, "subnet-a"), 0);
    assert_false(hosts_know(&h, "subnet-a", &nine));
    assert_true(come(&h, "subnet-a", 9, 1));
    assert_true(hosts_know(&h, "subnet-a", &nine));
    assert_false(hosts_know(&h, "subnet-b", &nine));
    assert_int_equal(hosts_count(&h, "subnet-a"), 1);
    expect(&h, "", PUT("10.1.0.9", "01"), false);
    expect(&h, "", PUT("10.1.0.9", "01"), true);
    expect(&h, "", "", true);
    assert_false(come(&h, "subnet-a", 9, 1)); /* heard of again */
    expect(&h, "", "", true);
    hosts_refresh(&h);
    expect(&h, "", PUT("10.1.0.9", "01"), true);
    hosts_refresh(&h);
    expect(&h, "", "", true);
    assert_true(come(&h, "subnet-a", 9, 0x1f)); /* moved */
    assert_int_equal(hosts_count(&h, "subnet-a"), 1);
    expect(&h, "", PUT("10.1.0.9", "1f"), true);
    hosts_done(&h);
}

static void test_a_host_goes(void **state)
{
    struct hosts h;

    (void)state;
    hosts_init(&h);
    assert_false(go(&h, "subnet-a", 9));
    assert_true(come(&h, "subnet-a", 9, 1));
    assert_true(go(&h, "subnet-a", 9)); /* before anybody heard of it */
    expect(&h, "", "", true);
    assert_true(come(&h, "subnet-a", 9, 1));
    assert_true(come(&h, "subnet-a", 10, 2));
    expect(&h, "", PUT("10.1.0.9", "01") "," PUT("10.1.0.10", "02"), true);
    assert_true(go(&h, "subnet-a", 9));
    assert_false(go(&h, "subnet-a", 9));
    assert_int_equal(hosts_count(&h, "subnet-a"), 1);
    expect(&h, GONE("10.1.0.9"), "", false);
    assert_true(come(&h, "subnet-a", 9, 3)); /* and comes again before it is told */
    expect(&h, "", PUT("10.1.0.9", "03"), true);
    assert_true(go(&h, "subnet-a", 9));
    expect(&h, GONE("10.1.0.9"), "", true);
    expect(&h, "", "", true);
    hosts_done(&h);
}

static void test_what_happens_under_way_is_told_next(void **state)
{
    struct buf out = {0};
    struct hosts h;

    (void)state;
    hosts_init(&h);
    assert_true(come(&h, "subnet-a", 9, 1));
    hosts_report_write(&h, ROOM, &out);
    assert_true(go(&h, "subnet-a", 9));
    hosts_report_sent(&h, true);
    expect(&h, GONE("10.1.0.9"), "", true);
    buf_done(&out);
    hosts_done(&h);
}

static bool is_b(void *arg, const char *network)
{
    (void)arg;
    return strcmp(network, "subnet-b") == 0;
}

static void test_networks_go(void **state)
{
    struct hosts h;

    (void)state;
    hosts_init(&h);
    hosts_forget(&h, "subnet-a");
    assert_true(come(&h, "subnet-a", 9, 1));
    assert_true(come(&h, "subnet-b", 9, 1));
    hosts_sweep(&h, is_b, NULL);
    assert_int_equal(hosts_count(&h, "subnet-a"), 0);
    assert_int_equal(hosts_count(&h, "subnet-b"), 1);
    hosts_forget(&h, "subnet-b");
    assert_true(come(&h, "subnet-a", 9, 1));
    expect(&h, "", PUT("10.1.0.9", "01"), true);
    hosts_forget(&h, NULL);
    assert_int_equal(hosts_count(&h, "subnet-a"), 0);
    expect(&h, GONE("10.1.0.9"), "", true);
    hosts_done(&h);
}

static void test_nothing_is_known_any_more(void **state)
{
    struct hosts h;

    (void)state;
    hosts_init(&h);
    assert_true(come(&h, "subnet-a", 9, 1));
    assert_true(come(&h, "subnet-a", 10, 2));
    expect(&h, "", PUT("10.1.0.9", "01") "," PUT("10.1.0.10", "02"), true);
    assert_true(go(&h, "subnet-a", 10));
    hosts_report_reset(&h);
    expect(&h, "", PUT("10.1.0.9", "01"), true);
    hosts_done(&h);
}

/* Each once, in reports of bounded length. */
static void test_many_hosts(void **state)
{
    struct hosts h;
    size_t told = 0, reports = 0;

    (void)state;
    hosts_init(&h);
    for (unsigned i = 0; i < 5000; i++)
        assert_true(come(&h, i % 2 ? "subnet-a" : "subnet-b", i, 1));
    assert_int_equal(hosts_count(&h, "subnet-a"), 2500);
    while (hosts_report_has_more(&h)) {
        struct buf out = {0};

        hosts_report_write(&h, ROOM, &out);
        assert_true(out.len <= ROOM);
        for (const char *at = buf_text(&out); (at = strstr(at, "\"mac\"")); at++)
            told++;
        hosts_report_sent(&h, true);
        buf_done(&out);
        reports++;
    }
    assert_int_equal(told, 5000);
    assert_true(reports > 4);
    hosts_done(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_host_is_told_once),
        cmocka_unit_test(test_a_host_goes),
        cmocka_unit_test(test_what_happens_under_way_is_told_next),
        cmocka_unit_test(test_networks_go),
        cmocka_unit_test(test_nothing_is_known_any_more),
        cmocka_unit_test(test_many_hosts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
