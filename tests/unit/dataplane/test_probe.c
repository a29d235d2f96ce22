#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

/* What probes of one tunnel find out, with a clock that is turned by hand, and what the worker does
 * about it between two tunnels. */

#define INTERVAL 300000U

static const struct dp_probe_rules rules = {INTERVAL, 3};

struct one {
    struct dp_probe p;
    uint64_t now_us;
    uint64_t answered, lost, us, jitter;
};

static void add(struct one *o, const struct dp_probe_news *news)
{
    o->answered += news->answered;
    o->lost += news->lost;
    o->us += news->rtt_us;
    o->jitter += news->jitter_us;
}

/* Sends one, and gets its answer after that time; 0: none. Then the interval is over. */
static void probe(struct one *o, uint64_t rtt_us)
{
    uint8_t cookie[DP_PROBE_COOKIE];
    struct dp_probe_news news;
    uint16_t number;

    dp_probe_expire(&o->p, &rules, o->now_us, &news);
    add(o, &news);
    number = dp_probe_send(&o->p, o->now_us, cookie);
    if (rtt_us) {
        assert_int_equal(dp_probe_take(&o->p, &rules, number, cookie, o->now_us + rtt_us, &news),
                         0);
        add(o, &news);
        assert_int_equal(dp_probe_take(&o->p, &rules, number, cookie, o->now_us + rtt_us, &news),
                         -ENOENT);
    }
    o->now_us += INTERVAL;
}

static struct one begun(void)
{
    struct one o = {.p.secret = 42, .now_us = 1000000};
    struct addr peer = addr_v4(169, 254, 0, 2);

    dp_probe_begin(&o.p, &peer);
    assert_int_equal(o.p.state, IPC_PROBE_WAITING);
    return o;
}

/* After so many intervals without an answer. */
static void silence(struct one *o, unsigned n)
{
    while (n-- > 0)
        probe(o, 0);
}

static void test_a_peer_that_never_answers_costs_nothing(void **state)
{
    struct one o = begun();

    (void)state;
    assert_int_equal(dp_probe_pause(&o.p, &rules), INTERVAL);
    silence(&o, 20);
    assert_int_equal(o.p.state, IPC_PROBE_UNANSWERED);
    assert_int_equal(o.lost, 0);
    assert_int_equal(dp_probe_pause(&o.p, &rules), DP_PROBE_RARE_US);
    probe(&o, 40000); /* now somebody switched it on */
    assert_int_equal(o.p.state, IPC_PROBE_ANSWERED);
    assert_int_equal(o.answered, 1);
    assert_int_equal(o.us, 40000);
}

static void test_a_peer_that_stops_is_a_black_hole_until_it_answers_again(void **state)
{
    struct one o = begun();

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        probe(&o, 5000);
    silence(&o, 3); /* the third waits still */
    assert_int_equal(o.p.state, IPC_PROBE_ANSWERED);
    assert_int_equal(o.lost, 2);
    silence(&o, 1);
    assert_int_equal(o.p.state, IPC_PROBE_BLACKHOLING);
    assert_int_equal(o.lost, 3);
    probe(&o, 5000);
    probe(&o, 5000);
    assert_int_equal(o.p.state, IPC_PROBE_BLACKHOLING);
    silence(&o, 2); /* not in a row */
    probe(&o, 5000);
    probe(&o, 5000);
    assert_int_equal(o.p.state, IPC_PROBE_BLACKHOLING);
    probe(&o, 5000);
    assert_int_equal(o.p.state, IPC_PROBE_ANSWERED);
    assert_int_equal(dp_probe_pause(&o.p, &rules), INTERVAL);
}

static void test_jitter_is_from_one_answer_to_the_next(void **state)
{
    static const struct {
        uint64_t rtt_us, jitter_us;
    } rows[] = {{5000, 0}, {5000, 0}, {7000, 2000}, {4000, 3000}, {0, 0}, {4500, 500}};
    struct one o = begun();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        o.jitter = 0;
        probe(&o, rows[i].rtt_us);
        assert_int_equal(o.jitter, rows[i].jitter_us);
    }
}

/* Silence of so many intervals, then answers: how many bring the tunnel back. */
static unsigned answers_after(struct one *o, unsigned intervals)
{
    unsigned n = 0;

    silence(o, intervals);
    while (o->p.out && n < 10000) {
        probe(o, 5000);
        n++;
    }
    return n;
}

static void test_what_flaps_is_held_back_longer_each_time(void **state)
{
    struct one o = begun();

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        probe(&o, 5000);
    assert_int_equal(answers_after(&o, 6), 3);
    assert_int_equal(answers_after(&o, 6), 6);
    assert_int_equal(answers_after(&o, 6), 12);
    for (unsigned i = 0; i < 5; i++)
        (void)answers_after(&o, 6);
    assert_int_equal(answers_after(&o, 6), DP_PROBE_HELD_US / INTERVAL);
    for (unsigned i = 0; i < DP_PROBE_CALM_US / INTERVAL + 1; i++)
        probe(&o, 5000);
    assert_int_equal(answers_after(&o, 6), 3); /* all is forgiven */
}

/* Lost requests, but less silence than makes a black hole: no more answers are asked for. */
static void test_a_hiccup_is_not_held_against_it(void **state)
{
    struct one o = begun();
    uint8_t cookie[DP_PROBE_COOKIE];
    struct dp_probe_news news;

    (void)state;
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < 10; i++)
            probe(&o, 5000);
        for (unsigned i = 0; i < 3; i++) {
            (void)dp_probe_send(&o.p, o.now_us, cookie);
            o.now_us += 50000;
        }
        o.now_us += 100000;
        dp_probe_expire(&o.p, &rules, o.now_us, &news);
        assert_true(o.p.out);
        assert_int_equal(o.p.state, IPC_PROBE_ANSWERED);
        assert_int_equal(answers_after(&o, 0), 3);
    }
}

/* Its SAs are new, but where it went as a black hole it comes back as one. */
static void test_a_black_hole_comes_back_as_one(void **state)
{
    struct addr peer = addr_v4(169, 254, 0, 2);
    struct one o = begun();

    (void)state;
    probe(&o, 5000);
    silence(&o, 8);
    dp_probe_end(&o.p);
    dp_probe_begin(&o.p, &peer);
    assert_int_equal(o.p.state, IPC_PROBE_BLACKHOLING);
    assert_int_equal(answers_after(&o, 0), 3);
    assert_int_equal(o.p.state, IPC_PROBE_ANSWERED);
}

/* An answer slower than the interval is no loss, once it is known how slow they are. */
static void test_a_slow_path_is_no_black_hole(void **state)
{
    struct {
        uint16_t number;
        uint8_t cookie[DP_PROBE_COOKIE];
    } sent[100];
    struct one o = begun();
    struct dp_probe_news news;

    (void)state;
    for (unsigned i = 0; i < 100; i++) { /* each is answered 700 ms later, when others are open */
        dp_probe_expire(&o.p, &rules, o.now_us, &news);
        add(&o, &news);
        sent[i].number = dp_probe_send(&o.p, o.now_us, sent[i].cookie);
        o.now_us += 100000;
        if (i >= 2) {
            assert_int_equal(dp_probe_take(&o.p, &rules, sent[i - 2].number, sent[i - 2].cookie,
                                           o.now_us, &news),
                             0);
            add(&o, &news);
        }
        o.now_us += 200000;
    }
    assert_int_equal(o.lost, 0);
    assert_int_equal(o.answered, 98);
    assert_int_equal(o.us, 98 * 700000);
    assert_int_equal(o.p.state, IPC_PROBE_ANSWERED);
}

/* Too late for its time, but the peer lives; and the next have more time. */
static void test_a_late_answer_shows_that_the_peer_lives(void **state)
{
    uint8_t cookie[DP_PROBE_COOKIE];
    struct one o = begun();
    struct dp_probe_news news;
    uint16_t number;

    (void)state;
    for (unsigned i = 0; i < 20; i++)
        probe(&o, 1000);
    number = dp_probe_send(&o.p, o.now_us, cookie);
    silence(&o, 4);
    assert_int_equal(o.p.state, IPC_PROBE_BLACKHOLING);
    assert_true(o.lost >= 3);
    assert_int_equal(dp_probe_take(&o.p, &rules, number, cookie, o.now_us, &news), 0);
    assert_int_equal(news.answered, 0);
    assert_int_equal(o.p.lost, 0);
}

static void test_what_was_not_asked_is_no_answer(void **state)
{
    uint8_t cookie[DP_PROBE_COOKIE], other[DP_PROBE_COOKIE];
    struct one o = begun();
    struct dp_probe_news news;
    uint16_t number;

    (void)state;
    memset(cookie, 0, sizeof(cookie));
    for (unsigned n = 0; n <= UINT16_MAX; n++) /* before anything was sent */
        assert_int_equal(dp_probe_take(&o.p, &rules, (uint16_t)n, cookie, o.now_us, &news),
                         -ENOENT);
    number = dp_probe_send(&o.p, o.now_us, cookie);
    (void)dp_probe_send(&o.p, o.now_us, other);
    assert_memory_not_equal(cookie, other, sizeof(cookie));
    assert_int_equal(dp_probe_take(&o.p, &rules, number, other, o.now_us, &news), -ENOENT);
    cookie[7] ^= 1;
    assert_int_equal(dp_probe_take(&o.p, &rules, number, cookie, o.now_us, &news), -ENOENT);
    cookie[7] ^= 1;
    for (unsigned i = 0; i < DP_PROBE_OPEN; i++) /* forgotten */
        (void)dp_probe_send(&o.p, o.now_us, other);
    assert_int_equal(dp_probe_take(&o.p, &rules, number, cookie, o.now_us, &news), -ENOENT);
    assert_int_equal(o.p.state, IPC_PROBE_WAITING);
}

/* Numbers begin anew after 65,536 requests. */
static void test_numbers_go_round(void **state)
{
    struct one o = begun();

    (void)state;
    for (unsigned i = 0; i < 140000; i++)
        probe(&o, 1000);
    assert_int_equal(o.answered, 140000);
    assert_int_equal(o.lost, 0);
}

static void test_another_peer_begins_anew(void **state)
{
    struct addr peer = addr_v4(169, 254, 0, 2), other = addr_v4(169, 254, 0, 6);
    struct one o = begun();

    (void)state;
    probe(&o, 1000);
    dp_probe_begin(&o.p, &peer); /* new SAs: a new chance, but it must answer */
    silence(&o, 8);
    assert_int_equal(o.p.state, IPC_PROBE_BLACKHOLING);
    dp_probe_begin(&o.p, &other);
    silence(&o, 8);
    assert_int_equal(o.p.state, IPC_PROBE_UNANSWERED);
    dp_probe_end(&o.p);
    assert_int_equal(o.p.state, IPC_PROBE_OFF);
}

/* ---- packets ---- */

static void test_requests_are_answered_as_others_would(void **state)
{
    static const char *const pairs[][2] = {{"169.254.0.1", "169.254.0.2"}, {"fd00::1", "fd00::2"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        struct dp_icmp_echo asked = {.id = 7, .number = 65535, .cookie = {1, 2, 3}}, got;
        uint8_t ip[DP_ECHO_MAX];
        struct dp_inner inner;
        struct addr a, b;
        size_t len;

        assert_int_equal(addr_parse(pairs[i][0], &a), 0);
        assert_int_equal(addr_parse(pairs[i][1], &b), 0);
        len = dp_icmp_echo_request(&a, &b, &asked, ip);
        assert_int_equal(dp_inner_parse(ip, len, &inner), 0);
        assert_true(dp_inner_checksum_ok(ip));
        assert_int_equal(inner.tos, 0xc0);
        assert_false(dp_icmp_echo_answer(ip, &inner, &got)); /* a request is no answer */
        assert_true(dp_icmp_echo_reply(ip, &inner));
        assert_int_equal(dp_inner_parse(ip, len, &inner), 0);
        assert_true(addr_equal(&inner.src, &b) && addr_equal(&inner.dst, &a));
        assert_true(dp_icmp_echo_answer(ip, &inner, &got));
        assert_int_equal(got.id, 7);
        assert_int_equal(got.number, 65535);
        assert_memory_equal(got.cookie, asked.cookie, sizeof(got.cookie));
        for (size_t k = inner.l4_offset; k < len; k++) { /* any other byte: not that answer */
            ip[k] ^= 0x10;
            assert_false(dp_icmp_echo_answer(ip, &inner, &got));
            ip[k] ^= 0x10;
        }
        inner.len--;
        assert_false(dp_icmp_echo_answer(ip, &inner, &got));
    }
}

/* ---- the worker ---- */

static uint32_t probed[LAB_TUNNELS];

static void probe_all(struct lab *l)
{
    for (uint32_t i = 0; i < LAB_TUNNELS; i++) {
        l->tunnel[i].tunnel.config.inner_remote = addr_v4(169, 254, (uint8_t)i, 2);
        l->tunnel[i].tunnel.config.probe_ms = 300;
        l->tunnel[i].tunnel.config.probe_count = 3;
        l->tunnel[i].path.serial = i + 1;
        l->tunnel[i].path.probing.probe.secret = 77 + i;
        probed[i] = i;
    }
    l->config.probed = probed;
    l->config.n_probed = LAB_TUNNELS;
    l->config.number++;
}

/* So many milliseconds; the peer answers in the tunnels of this set. How many requests came. */
static unsigned pass(struct lab *l, unsigned ms, unsigned answering)
{
    unsigned requests = 0, tunnel;

    for (uint64_t end = l->w->now_us + ms * 1000; l->w->now_us < end; l->w->now_us += 5000) {
        size_t len;

        dp_prober_run(l->w);
        while ((len = lab_peer_got(l, &tunnel)) > 0) {
            uint8_t ip[2048], *packets[] = {ip};
            struct dp_inner inner;

            memcpy(ip, l->got, MIN(len, sizeof(ip)));
            assert_int_equal(dp_inner_parse(ip, len, &inner), 0);
            assert_true(dp_icmp_echo_reply(ip, &inner));
            requests++;
            if (answering & 1U << tunnel)
                lab_peer_sends(l, tunnel, packets, &len, 1);
        }
    }
    return requests;
}

/* Of 40 flows, those through each tunnel. */
static void flows(struct lab *l, unsigned n[LAB_TUNNELS])
{
    unsigned tunnel;
    uint8_t ip[60];

    memset(n, 0, LAB_TUNNELS * sizeof(*n));
    for (uint16_t port = 1; port <= 40; port++) {
        lab_packet(ip, sizeof(ip), DP_UDP, 0x0a010004, 0x0a020004);
        wire_store_be16(ip + 20, port);
        lab_send(l, 0, NULL, ip, sizeof(ip));
        if (lab_peer_got(l, &tunnel))
            n[tunnel]++;
    }
}

static uint64_t counter(const struct lab *l, unsigned tunnel, enum ipc_stats_tunnel_value value)
{
    return dp_tunnel_counters(l->tunnel[tunnel].path.stats, 0)[value];
}

static void test_a_black_hole_leaves_the_hash_and_comes_back(void **state)
{
    struct lab *l = *state;
    unsigned n[LAB_TUNNELS], requests;

    probe_all(l);
    requests = pass(l, 3000, 3);
    assert_in_range(requests, 18, 22); /* ten each */
    assert_int_equal(l->tunnel[0].path.probing.state, IPC_PROBE_ANSWERED);
    assert_true(counter(l, 0, IPC_TUNNEL_PROBES_ANSWERED) >= 9);
    assert_int_equal(counter(l, 0, IPC_TUNNEL_DROPS_IN), 0);
    flows(l, n);
    assert_true(n[0] > 5 && n[1] > 5);

    pass(l, 1500, 2); /* tunnel 0 swallows all */
    assert_int_equal(l->tunnel[0].path.probing.state, IPC_PROBE_BLACKHOLING);
    assert_true(counter(l, 0, IPC_TUNNEL_PROBES_LOST) >= 3);
    assert_int_equal(counter(l, 1, IPC_TUNNEL_PROBES_LOST), 0);
    flows(l, n);
    assert_int_equal(n[0], 0);
    assert_int_equal(n[1], 40);

    pass(l, 3000, 0); /* both: better these than none */
    assert_int_equal(l->w->prober.lost, 2);
    flows(l, n);
    assert_true(n[0] > 5 && n[1] > 5);

    pass(l, 1500, 3);
    assert_int_equal(l->w->prober.lost, 0);
    flows(l, n);
    assert_true(n[0] > 5 && n[1] > 5);
}

/* Milliseconds until so many tunnels are lost, or the first has this state. */
static unsigned until(struct lab *l, unsigned answering, uint32_t lost, uint8_t probe_state)
{
    uint64_t begun_us = l->w->now_us;

    while (l->w->prober.lost != lost && l->tunnel[0].path.probing.state != probe_state)
        pass(l, 5, answering);
    return (unsigned)((l->w->now_us - begun_us) / 1000);
}

/* However long ago the last answer was: within 600 ms, a peer's TCP repeats what was lost after 200
 * and 600 ms; the sessions over the tunnel have the three intervals that the rules say. */
static void test_flows_leave_at_once_and_the_word_comes_later(void **state)
{
    struct lab *l = *state;

    probe_all(l);
    for (unsigned phase = 0; phase < 300; phase += 50) {
        unsigned ms;

        pass(l, 20000 + phase, 3);
        assert_int_equal(l->w->prober.lost, 0);
        assert_in_range(until(l, 2, 1, IPC_PROBE_BLACKHOLING), 150, 550);
        assert_int_equal(l->tunnel[0].path.probing.state, IPC_PROBE_ANSWERED);
        ms = until(l, 2, 2, IPC_PROBE_BLACKHOLING);
        assert_in_range(ms, 600, 800);
        l->tunnel[0].path.probing.probe.returned_us = 0;
        pass(l, 130000, 3);
    }
}

static void test_a_single_tunnel_stays(void **state)
{
    struct lab *l = *state;
    unsigned n[LAB_TUNNELS];

    l->connection.count = 1;
    probe_all(l);
    pass(l, 1500, 3);
    pass(l, 3000, 0);
    assert_int_equal(l->tunnel[0].path.probing.state, IPC_PROBE_BLACKHOLING);
    flows(l, n);
    assert_int_equal(n[0], 40);
}

/* No longer probed: what is known ends, and so does its effect. */
static void test_probes_that_are_switched_off(void **state)
{
    struct lab *l = *state;
    unsigned n[LAB_TUNNELS];

    probe_all(l);
    pass(l, 1500, 3);
    pass(l, 2000, 2);
    assert_int_equal(l->w->prober.lost, 1);
    l->tunnel[0].tunnel.config.probe_ms = 0;
    probed[0] = 1;
    l->config.n_probed = 1;
    l->config.number++;
    assert_in_range(pass(l, 1000, 2), 3, 4);
    assert_int_equal(l->w->prober.lost, 0);
    assert_int_equal(l->tunnel[0].path.probing.state, IPC_PROBE_OFF);
    flows(l, n);
    assert_true(n[0] > 5 && n[1] > 5);
}

/* A tunnel of another number came in its place; its own time is set beside the old one's. */
static void test_a_tunnel_that_is_gone_is_asked_no_more(void **state)
{
    struct lab *l = *state;

    probe_all(l);
    pass(l, 1500, 3);
    l->tunnel[0].path.serial = 99;
    l->tunnel[0].path.probing.scheduled = false;
    l->tunnel[0].path.probing.probe = (struct dp_probe){.secret = 5};
    l->config.number++;
    assert_in_range(pass(l, 3000, 3), 18, 22);
    assert_int_equal(l->w->prober.n, 2);
}

static void test_the_worker_sleeps_until_it_is_time(void **state)
{
    struct lab *l = *state;
    unsigned runs = 0;
    int ms;

    assert_int_equal(dp_prober_wait_ms(l->w), -1);
    probe_all(l);
    for (uint64_t end = l->w->now_us + 3000000; l->w->now_us < end; runs++) {
        unsigned tunnel;

        dp_prober_run(l->w);
        while (lab_peer_got(l, &tunnel))
            ;
        ms = dp_prober_wait_ms(l->w);
        assert_true(ms >= 5 && ms <= 5000);
        l->w->now_us += (uint64_t)ms * 1000;
    }
    assert_in_range(runs, 4, 24);
}

/* Selectors that do not take the tunnel's own addresses: nothing is sent, nothing is held against
 * it. */
static void test_selectors_without_the_inner_addresses(void **state)
{
    struct lab *l = *state;

    probe_all(l);
    for (unsigned i = 0; i < LAB_TUNNELS; i++) {
        l->tunnel[i].out.any4 = false;
        l->tunnel[i].out.n_remote_ts = 1;
        assert_int_equal(prefix_parse("10.2.0.0/16", &l->tunnel[i].out.remote_ts[0]), 0);
    }
    assert_int_equal(pass(l, 3000, 3), 0);
    assert_int_equal(l->tunnel[0].path.probing.state, IPC_PROBE_WAITING);
    assert_int_equal(counter(l, 0, IPC_TUNNEL_DROPS_OUT), 0);
}

static void test_drops_have_a_reason(void **state)
{
    struct lab *l = *state;
    uint8_t ip[100], *packets[] = {ip};
    size_t len = sizeof(ip);

    lab_packet(ip, sizeof(ip), DP_UDP, 0x0a020004, 0x0a010004);
    ip[10] ^= 1;
    lab_peer_sends(l, 0, packets, &len, 1);
    lab_packet(ip, sizeof(ip), DP_UDP, 0x0a020004, 0x0a010004);
    ip[8] = 1;
    esp_csum_ipv4_header(ip);
    lab_peer_sends(l, 0, packets, &len, 1);
    assert_int_equal(counter(l, 0, IPC_TUNNEL_DROPS_IN), 2);
    assert_int_equal(counter(l, 0, IPC_TUNNEL_DROPS_MALFORMED), 1);
    assert_int_equal(counter(l, 0, IPC_TUNNEL_DROPS_UNROUTED), 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, lab_up, lab_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_peer_that_never_answers_costs_nothing),
        cmocka_unit_test(test_a_peer_that_stops_is_a_black_hole_until_it_answers_again),
        cmocka_unit_test(test_jitter_is_from_one_answer_to_the_next),
        cmocka_unit_test(test_what_flaps_is_held_back_longer_each_time),
        cmocka_unit_test(test_a_hiccup_is_not_held_against_it),
        cmocka_unit_test(test_a_black_hole_comes_back_as_one),
        cmocka_unit_test(test_a_slow_path_is_no_black_hole),
        cmocka_unit_test(test_a_late_answer_shows_that_the_peer_lives),
        cmocka_unit_test(test_what_was_not_asked_is_no_answer),
        cmocka_unit_test(test_numbers_go_round),
        cmocka_unit_test(test_another_peer_begins_anew),
        cmocka_unit_test(test_requests_are_answered_as_others_would),
        T(test_a_black_hole_leaves_the_hash_and_comes_back),
        T(test_flows_leave_at_once_and_the_word_comes_later),
        T(test_a_single_tunnel_stays),
        T(test_probes_that_are_switched_off),
        T(test_a_tunnel_that_is_gone_is_asked_no_more),
        T(test_the_worker_sleeps_until_it_is_time),
        T(test_selectors_without_the_inner_addresses),
        T(test_drops_have_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
