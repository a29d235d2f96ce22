/* What iperf3 3.12 prints with -f k, and what it does not. */
#include "icmp_lab.h"

static void test_lines(void **state)
{
    static const struct {
        const char *line;
        int result;
        struct reach_rate rate;
    } rows[] = {
        {"[  5]   0.00-1.00   sec  27.4 MBytes  229862 Kbits/sec    3    205 KBytes       ",
         0,
         {REACH_RATE_INTERVAL, 0, 1000, 229862000, 3}},
        {"[  5]   0.00-5.00   sec   133 MBytes  223000.5 Kbits/sec    2             sender",
         0,
         {REACH_RATE_SENT, 0, 5000, 223000500, 2}},
        {"[  5]   0.00-5.04   sec   131 MBytes  218000 Kbits/sec                  receiver",
         0,
         {REACH_RATE_RECEIVED, 0, 5040, 218000000, 0}},
        {"[  5]   4.00-5.00   sec  0.00 Bytes  0.00 Kbits/sec    1   1.41 KBytes",
         0,
         {REACH_RATE_INTERVAL, 4000, 5000, 0, 1}},
        {"[ ID] Interval           Transfer     Bitrate         Retr  Cwnd", -ENOENT, {0}},
        {"[  5] local 10.1.0.3 port 40000 connected to 10.2.0.3 port 5201", -ENOENT, {0}},
        {"[  5]   1.00-0.00   sec  27.4 MBytes  229862 Kbits/sec    3    205 KBytes", -ENOENT, {0}},
        {"[  5]   0.00-1.00   sec  27.4 MBytes  229862 Mbits/sec    3    205 KBytes", -ENOENT, {0}},
        {"[  5]   0.00-1.00   sec  27.4 MBytes  9999999999999999999999 Kbits/sec", -ENOENT, {0}},
        {"[  5]   0.00-1.00   sec  27.4 MBytes  -1 Kbits/sec", -ENOENT, {0}},
        {"iperf3: error - unable to connect to server", -ENOENT, {0}},
        {"", -ENOENT, {0}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct reach_rate got;
        int r = reach_parse_rate(rows[i].line, strlen(rows[i].line), &got);

        assert_int_equal(r, rows[i].result);
        if (r < 0)
            continue;
        assert_int_equal(got.type, rows[i].rate.type);
        assert_int_equal(got.from_ms, rows[i].rate.from_ms);
        assert_int_equal(got.to_ms, rows[i].rate.to_ms);
        assert_int_equal(got.bits_per_second, rows[i].rate.bits_per_second);
        assert_int_equal(got.retransmits, rows[i].rate.retransmits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
