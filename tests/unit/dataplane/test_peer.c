#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

/* What the worker does between two tunnels to a peer that is a Ropeway, played by the test. */

static struct dp_talk theirs[LAB_TUNNELS];
static uint32_t probed[LAB_TUNNELS];

static int up(void **state)
{
    struct lab *l;

    if (lab_up(state) != 0)
        return -1;
    l = *state;
    for (uint32_t i = 0; i < LAB_TUNNELS; i++) {
        struct ipc_tunnel *config = &l->tunnel[i].tunnel.config;

        config->inner_remote = addr_v4(169, 254, (uint8_t)i, 2);
        config->probe_count = 3;
        l->tunnel[i].path.serial = i + 1;
        l->tunnel[i].path.probing.probe.secret = 77 + i;
        dp_talk_begin(&theirs[i], &config->inner_local, 1000 + i);
        probed[i] = i;
    }
    l->config.probed = probed;
    return 0;
}

/* Those that are probed, or left, as the configuration of now has them. */
static void configure(struct lab *l)
{
    l->config.n_probed = l->config.n_draining = 0;
    for (uint32_t i = 0; i < LAB_TUNNELS; i++) {
        if (dp_egress_has_probes(&l->egress[i]))
            probed[l->config.n_probed++] = i;
        l->config.n_draining += l->tunnel[i].tunnel.config.draining;
    }
    l->config.number++;
}

/* The peer asks. Its report as it came back; false: the answer is none. */
static bool peer_asks(struct lab *l, unsigned tunnel, uint8_t flags, struct dp_report *ret)
{
    const struct ipc_tunnel *config = &l->tunnel[tunnel].tunnel.config;
    struct dp_icmp_echo echo = {.id = 7, .number = 8, .cookie = {1, 2, 3}}, got;
    uint8_t ip[DP_ECHO_MAX], *packets[] = {ip};
    struct dp_report report;
    struct dp_inner inner;
    unsigned from;
    size_t len;

    dp_talk_ask(&theirs[tunnel], flags, 5000, &report);
    dp_report_build(&report, echo.report);
    len = dp_icmp_echo_request(&config->inner_remote, &config->inner_local, &echo, ip);
    lab_peer_sends(l, tunnel, packets, &len, 1);
    len = lab_peer_got(l, &from);
    if (!len)
        return false;
    assert_int_equal(from, tunnel);
    assert_int_equal(dp_inner_parse(l->got, len, &inner), 0);
    assert_true(dp_icmp_echo_answer(l->got, &inner, &got));
    assert_memory_equal(got.cookie, echo.cookie, sizeof(got.cookie));
    assert_int_equal(got.id, 7);
    return dp_report_parse(got.report, ret) == 0;
}

/* It asks and reads the answer: each knows the other. */
static void peer_meets(struct lab *l, unsigned tunnel)
{
    struct dp_talk_news news;
    struct dp_report answer;

    assert_true(peer_asks(l, tunnel, 0, &answer));
    dp_talk_answered(&theirs[tunnel], &answer, l->w->now_us, &news);
    assert_true(news.met);
}

/* So many milliseconds; the peer answers with reports of these flags. How many requests of the
 * first tunnel came, and the flags of the last. */
static unsigned pass(struct lab *l, unsigned ms, bool reports, uint8_t flags, uint8_t *ret_last)
{
    unsigned requests = 0, tunnel;

    for (uint64_t end = l->w->now_us + ms * 1000; l->w->now_us < end; l->w->now_us += 5000) {
        size_t len;

        dp_prober_run(l->w);
        while ((len = lab_peer_got(l, &tunnel)) > 0) {
            uint8_t ip[256], *packets[] = {ip}, bytes[DP_REPORT_LEN];
            struct dp_report asked, answer;
            struct dp_talk_news news;
            struct dp_icmp_echo echo;
            struct dp_inner inner;

            assert_true(len <= sizeof(ip));
            memcpy(ip, l->got, len);
            assert_int_equal(dp_inner_parse(ip, len, &inner), 0);
            assert_true(dp_icmp_echo_asked(ip, &inner, &echo));
            assert_int_equal(dp_report_parse(echo.report, &asked), 0);
            if (tunnel == 0) {
                requests++;
                *ret_last = asked.flags;
            }
            (void)dp_talk_asked(&theirs[tunnel], &asked, l->w->now_us, &news);
            dp_talk_answer(&theirs[tunnel], &asked, tunnel == 0 ? flags : 0, 5000, &answer);
            dp_report_build(&answer, bytes);
            if (reports)
                dp_icmp_echo_say(ip, &inner, bytes);
            assert_true(dp_icmp_echo_reply(ip, &inner));
            lab_peer_sends(l, tunnel, packets, &len, 1);
        }
    }
    return requests;
}

/* Of 40 flows, those through the first tunnel. */
static unsigned flows(struct lab *l)
{
    unsigned n = 0, tunnel;
    uint8_t ip[60];

    for (uint16_t port = 1; port <= 40; port++) {
        lab_packet(ip, sizeof(ip), DP_UDP, 0x0a010004, 0x0a020004);
        wire_store_be16(ip + 20, port);
        lab_send(l, 0, NULL, ip, sizeof(ip));
        n += lab_peer_got(l, &tunnel) && tunnel == 0;
    }
    return n;
}

static void test_a_peer_that_leaves_is_followed_though_nobody_is_probed(void **state)
{
    struct lab *l = *state;
    struct dp_report answer;

    peer_meets(l, 0);
    assert_in_range(flows(l), 6, 34);
    assert_true(peer_asks(l, 0, DP_REPORT_LEAVES, &answer));
    assert_int_equal(flows(l), 0);
    l->w->now_us += 5000000; /* it has been silent since */
    assert_in_range(flows(l), 6, 34);
    assert_true(peer_asks(l, 0, DP_REPORT_LOST, &answer));
    assert_int_equal(flows(l), 0);
    assert_true(peer_asks(l, 0, 0, &answer)); /* it stays after all */
    assert_in_range(flows(l), 6, 34);
}

static void test_a_tunnel_that_is_left_is_better_than_none(void **state)
{
    struct lab *l = *state;
    struct dp_report answer;

    for (unsigned i = 0; i < LAB_TUNNELS; i++) {
        peer_meets(l, i);
        assert_true(peer_asks(l, i, DP_REPORT_LEAVES, &answer));
    }
    assert_in_range(flows(l), 6, 34);
}

/* SAs made since are of a tunnel that is there again. */
static void test_new_sas_are_not_left(void **state)
{
    struct lab *l = *state;
    struct dp_report answer;

    peer_meets(l, 0);
    assert_true(peer_asks(l, 0, DP_REPORT_LEAVES, &answer));
    assert_int_equal(flows(l), 0);
    l->tunnel[0].path.left_spi++; /* as if it was said of others */
    assert_in_range(flows(l), 6, 34);
}

static void test_who_has_read_no_report_moves_no_flow(void **state)
{
    struct lab *l = *state;
    struct dp_report answer;

    assert_true(peer_asks(l, 0, DP_REPORT_LEAVES, &answer));
    assert_true(peer_asks(l, 0, DP_REPORT_LEAVES, &answer));
    assert_in_range(flows(l), 6, 34);
    theirs[0].peer_life = answer.life + 1;
    assert_true(peer_asks(l, 0, DP_REPORT_LEAVES, &answer));
    assert_in_range(flows(l), 6, 34);
    theirs[0].peer_life = answer.life;
    l->tunnel[0].tunnel.config.inner_remote = addr_v4(169, 254, 0, 6); /* another asks */
    theirs[0].order++;
    assert_true(peer_asks(l, 0, DP_REPORT_LEAVES, &answer));
    assert_in_range(flows(l), 6, 34);
}

/* It hears so at once and all the time, is answered on what it asks, and we ask it nothing else. */
static void test_a_tunnel_that_drains_is_told_to_the_peer(void **state)
{
    struct lab *l = *state;
    struct dp_report answer;
    uint8_t last = 0;

    configure(l);
    assert_int_equal(pass(l, 2000, true, 0, &last), 0);
    l->tunnel[0].tunnel.config.draining = true;
    configure(l);
    assert_int_equal(dp_prober_wait_ms(l->w), -1);
    assert_int_equal(pass(l, 5, true, 0, &last), 2); /* the second since it knows us only now */
    assert_int_equal(last, DP_REPORT_LEAVES);
    assert_in_range(theirs[0].leave_until_us, l->w->now_us + 20000000, UINT64_MAX);
    assert_in_range(dp_prober_wait_ms(l->w), 5, 200);
    assert_in_range(pass(l, 1000, true, 0, &last), 4, 6);
    assert_true(peer_asks(l, 0, 0, &answer));
    assert_int_equal(answer.flags, DP_REPORT_LEAVES);
    assert_int_equal(l->tunnel[0].path.probing.state, IPC_PROBE_OFF);
    l->tunnel[0].tunnel.config.draining = false;
    configure(l);
    assert_int_equal(pass(l, 2000, true, 0, &last), 0);
    assert_true(peer_asks(l, 0, 0, &answer));
    assert_int_equal(answer.flags, 0);
}

static void probe_first(struct lab *l)
{
    l->tunnel[0].tunnel.config.probe_ms = 300;
    configure(l);
}

static void test_who_answers_is_known(void **state)
{
    struct lab *l = *state;
    uint8_t last;

    probe_first(l);
    assert_in_range(pass(l, 1000, true, 0, &last), 2, 5);
    assert_int_equal(l->tunnel[0].path.probing.peer, IPC_PROBE_PEER_ROPEWAY);
    assert_int_equal(l->tunnel[0].path.probing.state, IPC_PROBE_ANSWERED);
    assert_in_range(pass(l, 1000, false, 0, &last), 2, 5);
    assert_int_equal(l->tunnel[0].path.probing.peer, IPC_PROBE_PEER_ECHO);
    assert_int_equal(l->tunnel[0].path.probing.state, IPC_PROBE_ANSWERED);
}

static void test_answers_say_that_the_peer_leaves(void **state)
{
    struct lab *l = *state;
    uint8_t last;

    probe_first(l);
    (void)pass(l, 1000, true, 0, &last);
    assert_in_range(flows(l), 6, 34);
    (void)pass(l, 1000, true, DP_REPORT_LEAVES, &last);
    assert_int_equal(flows(l), 0);
    (void)pass(l, 1000, true, 0, &last);
    assert_in_range(flows(l), 6, 34);
}

/* The answers stop, the requests go on: the peer hears of it when we leave, and no later. */
static void test_a_lost_tunnel_is_told_to_the_peer(void **state)
{
    struct lab *l = *state;
    uint64_t left_us = 0;
    unsigned tunnel;
    uint8_t last;

    probe_first(l);
    (void)pass(l, 3000, true, 0, &last);
    for (unsigned i = 0; i < 200 && !left_us; i++, l->w->now_us += 5000) {
        size_t len;

        dp_prober_run(l->w);
        while ((len = lab_peer_got(l, &tunnel)) > 0) {
            struct dp_talk_news news;
            struct dp_icmp_echo echo;
            struct dp_report asked;
            struct dp_inner inner;

            assert_int_equal(dp_inner_parse(l->got, len, &inner), 0);
            assert_true(dp_icmp_echo_asked(l->got, &inner, &echo));
            assert_int_equal(dp_report_parse(echo.report, &asked), 0);
            (void)dp_talk_asked(&theirs[0], &asked, l->w->now_us, &news);
            assert_int_equal(asked.flags, l->tunnel[0].path.probing.lost ? DP_REPORT_LOST : 0);
        }
        if (l->tunnel[0].path.probing.lost)
            left_us = l->w->now_us;
    }
    assert_true(left_us);
    assert_in_range(theirs[0].leave_until_us, left_us + 1000000, left_us + 3000000);
}

static void test_losses_are_counted_by_direction(void **state)
{
    struct lab *l = *state;
    const uint64_t *counters = dp_tunnel_counters(l->tunnel[0].path.stats, 0);
    unsigned tunnel;
    uint8_t last;

    probe_first(l);
    (void)pass(l, 1000, true, 0, &last);
    assert_int_equal(counters[IPC_TUNNEL_PROBES_LOST_THERE], 0);
    for (unsigned i = 0; i < 80; i++, l->w->now_us += 5000) { /* what comes does not arrive */
        dp_prober_run(l->w);
        while (lab_peer_got(l, &tunnel))
            ;
    }
    (void)pass(l, 1000, true, 0, &last);
    assert_in_range(counters[IPC_TUNNEL_PROBES_LOST_THERE], 1, 5);
    assert_int_equal(counters[IPC_TUNNEL_PROBES_LOST_BACK], 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, up, lab_down)
    const struct CMUnitTest tests[] = {
        T(test_a_peer_that_leaves_is_followed_though_nobody_is_probed),
        T(test_a_tunnel_that_is_left_is_better_than_none),
        T(test_new_sas_are_not_left),
        T(test_who_has_read_no_report_moves_no_flow),
        T(test_a_tunnel_that_drains_is_told_to_the_peer),
        T(test_who_answers_is_known),
        T(test_answers_say_that_the_peer_leaves),
        T(test_a_lost_tunnel_is_told_to_the_peer),
        T(test_losses_are_counted_by_direction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
