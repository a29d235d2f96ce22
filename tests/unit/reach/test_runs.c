/* Runs against a network that is a table of hops, on a clock that is turned by hand. */
#include "icmp_lab.h"

#define MS UINT64_C(1000)

/* What is between us and the destination. */
struct net {
    unsigned hops;  /* routers on the way */
    uint16_t mtu;   /* of the narrowest of them */
    bool quiet;     /* ... which says nothing of what is too big */
    uint32_t says;  /* what it says otherwise; 0: its MTU */
    uint16_t lose;  /* this request is lost; 0: none */
    bool silent[8]; /* hops that say nothing */
    bool dead;      /* the destination does not answer */
    bool no_route;  /* the last router has no route */
    uint32_t rtt_us;
};

/* What comes back; false: nothing. */
static bool pass(const struct net *n, const struct reach_probe *p, struct reach_packet *ret)
{
    *ret = (struct reach_packet){.seq = p->seq, .ttl = 60, .from = addr_v4(10, 9, 0, 1)};
    if (p->seq == n->lose)
        return false;
    if (n->mtu && p->size > n->mtu) {
        ret->what = REACH_TOO_BIG;
        ret->mtu = n->says ? n->says : n->mtu;
        return !n->quiet;
    }
    if (p->ttl && p->ttl <= n->hops) {
        ret->what = n->no_route && p->ttl == n->hops ? REACH_NET : REACH_EXPIRED;
        ret->from = addr_v4(10, 9, 0, p->ttl);
        return !n->silent[p->ttl];
    }
    ret->what = n->no_route ? REACH_NET : REACH_REPLY;
    ret->from = addr_v4(10, 2, 0, 3);
    return !n->dead;
}

struct told {
    struct reach_row rows[200];
    size_t count;
    unsigned probes;
    uint64_t took_us;
};

/* Answers under way. */
struct pending {
    struct reach_packet packet;
    uint64_t at_us;
};

static void collect(struct reach_run *run, struct told *t)
{
    while (t->count < ARRAY_SIZE(t->rows) && reach_row(run, &t->rows[t->count]))
        t->count++;
}

static void play(const struct reach_spec *spec, const struct net *net, struct told *t)
{
    struct reach_run run;
    struct pending queue[REACH_COUNT_MAX];
    size_t first = 0, last = 0;
    uint64_t now = 5000 * MS, begun = now;

    *t = (struct told){0};
    assert_int_equal(reach_begin(&run, spec, now), 0);
    while (!reach_is_over(&run)) {
        struct reach_probe p;
        uint64_t due;

        while (reach_next(&run, now, &p)) {
            struct reach_packet answer;

            assert_true(++t->probes < 1000);
            if (pass(net, &p, &answer))
                queue[last++ % REACH_COUNT_MAX] = (struct pending){answer, now + net->rtt_us};
        }
        collect(&run, t);
        due = reach_due(&run);
        if (first < last && queue[first % REACH_COUNT_MAX].at_us <= due) {
            now = MAX(now, queue[first % REACH_COUNT_MAX].at_us);
            reach_take(&run, now, &queue[first++ % REACH_COUNT_MAX].packet);
        } else {
            assert_true(due < UINT64_MAX);
            now = MAX(now, due);
            reach_time(&run, now);
        }
        collect(&run, t);
    }
    assert_true(reach_due(&run) == UINT64_MAX);
    t->took_us = now - begun;
}

static void test_ping(void **state)
{
    const struct reach_spec spec = {
        .kind = REACH_PING, .family = ADDR_IPV4, .count = 5, .interval_us = 200000, .size = 84};
    struct told t;

    (void)state;
    play(&spec, &(const struct net){.rtt_us = 800}, &t);
    assert_int_equal(t.count, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(t.rows[i].number, i + 1);
        assert_true(t.rows[i].answered);
        assert_int_equal(t.rows[i].rtt_us, 800);
    }
    assert_int_equal(t.took_us, 4 * 200 * MS + 800);
    play(&spec, &(const struct net){.rtt_us = 800, .lose = 2}, &t);
    assert_int_equal(t.count, 5);
    assert_int_equal(t.rows[4].number, 2); /* given up a second after it was sent */
    assert_false(t.rows[4].answered);
    play(&spec, &(const struct net){.rtt_us = 800, .no_route = true}, &t);
    assert_int_equal(t.count, 5);
    assert_int_equal(t.rows[0].what, REACH_NET);
    play(&spec, &(const struct net){.dead = true}, &t);
    assert_int_equal(t.count, 5);
    assert_int_equal(t.took_us, 1800 * MS);
}

static void test_a_late_or_second_reply_changes_nothing(void **state)
{
    const struct reach_spec spec = {
        .kind = REACH_PING, .family = ADDR_IPV4, .count = 2, .interval_us = 5000000, .size = 84};
    const struct reach_packet reply = {.what = REACH_REPLY, .seq = 1};
    const struct reach_packet later = {.what = REACH_REPLY, .seq = 2};
    struct reach_run run;
    struct reach_probe p;
    struct reach_row row;

    (void)state;
    assert_int_equal(reach_begin(&run, &spec, 0), 0);
    assert_true(reach_next(&run, 0, &p));
    assert_false(reach_next(&run, 0, &p));
    reach_take(&run, 10, &later); /* not sent yet */
    assert_false(reach_row(&run, &row));
    reach_time(&run, 1000000);
    assert_true(reach_row(&run, &row));
    assert_false(row.answered);
    reach_take(&run, 1000001, &reply);
    assert_false(reach_row(&run, &row));
    assert_false(reach_is_over(&run));
    assert_true(reach_next(&run, 5000000, &p));
    reach_too_large(&run, 5000000, p.seq, 1400);
    assert_true(reach_row(&run, &row));
    assert_int_equal(row.what, REACH_TOO_BIG);
    assert_int_equal(row.mtu, 1400);
    assert_true(reach_is_over(&run));
}

static void test_traceroute(void **state)
{
    const struct reach_spec spec = {
        .kind = REACH_TRACEROUTE, .family = ADDR_IPV4, .size = 60, .hops = 5};
    struct told t;

    (void)state;
    play(&spec, &(const struct net){.hops = 2, .rtt_us = 500}, &t);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.rows[0].what, REACH_EXPIRED);
    assert_int_equal(t.rows[1].from.bytes[3], 2);
    assert_int_equal(t.rows[2].what, REACH_REPLY);
    assert_int_equal(t.rows[2].rtts_us[2], 500);
    assert_int_equal(t.probes, 9);
    play(&spec, &(const struct net){.hops = 2, .silent = {[1] = true}, .rtt_us = 500}, &t);
    assert_int_equal(t.count, 3);
    assert_false(t.rows[0].answered);
    assert_int_equal(t.took_us, 1000 * MS + 1000);
    play(&spec, &(const struct net){.hops = 2, .no_route = true, .rtt_us = 500}, &t);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.rows[1].what, REACH_NET);
    play(&spec, &(const struct net){.dead = true}, &t);
    assert_int_equal(t.count, 5); /* it gives up */
    assert_int_equal(t.took_us, 5000 * MS);
    play(&spec, &(const struct net){.lose = 4, .rtt_us = 500}, &t); /* the middle one of hop 1 */
    assert_int_equal(t.count, 1);
    assert_int_equal(t.rows[0].rtts_us[1], 0);
}

static uint16_t mtu_found(enum addr_family family, uint16_t size, const struct net *net,
                          struct told *t)
{
    const struct reach_spec spec = {.kind = REACH_PATH_MTU, .family = family, .size = size};

    play(&spec, net, t);
    assert_true(t->count > 0);
    assert_int_equal(t->rows[t->count - 1].type, REACH_ROW_MTU);
    return t->rows[t->count - 1].number;
}

static void test_path_mtu(void **state)
{
    struct told t;

    (void)state;
    assert_int_equal(mtu_found(ADDR_IPV4, 1500, &(const struct net){.mtu = 1438}, &t), 1438);
    assert_int_equal(t.probes, 3); /* the smallest, the largest, what was said */
    assert_int_equal(mtu_found(ADDR_IPV4, 1500, &(const struct net){0}, &t), 1500);
    assert_int_equal(t.probes, 2);
    assert_int_equal(mtu_found(ADDR_IPV6, 1500, &(const struct net){.mtu = 1400}, &t), 1400);
    assert_int_equal(mtu_found(ADDR_IPV4, 9000, &(const struct net){.dead = true}, &t), 0);
    assert_int_equal(mtu_found(ADDR_IPV4, 1500, &(const struct net){.no_route = true}, &t), 0);
    /* A loss is no limit. */
    assert_int_equal(mtu_found(ADDR_IPV4, 1500, &(const struct net){.lose = 2}, &t), 1500);
}

static void test_a_black_hole_is_halved(void **state)
{
    struct told t;

    (void)state;
    for (uint16_t mtu = 68; mtu <= 1500; mtu = (uint16_t)(mtu + 7)) {
        assert_int_equal(
            mtu_found(ADDR_IPV4, 1500, &(const struct net){.mtu = mtu, .quiet = true}, &t), mtu);
        assert_true(t.took_us < 20000 * MS);
    }
}

static void test_a_lie_is_not_believed(void **state)
{
    static const uint32_t lies[] = {1, 68, 1439, 1499, 1500, 65535, UINT32_MAX, 100};
    struct told t;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
        uint16_t found =
            mtu_found(ADDR_IPV4, 1500, &(const struct net){.mtu = 1438, .says = lies[i]}, &t);

        /* A small one narrows the search for good: what is found does pass. */
        assert_true(found <= 1438);
        assert_true(lies[i] < 1438 || found == 1438);
    }
}

static void test_bounds(void **state)
{
    static const struct reach_spec rows[] = {
        {.kind = REACH_PING, .family = ADDR_IPV4, .count = 0, .size = 84},
        {.kind = REACH_PING, .family = ADDR_IPV4, .count = REACH_COUNT_MAX + 1, .size = 84},
        {.kind = REACH_PING, .family = ADDR_NONE, .count = 1, .size = 84},
        {.kind = REACH_PING, .family = ADDR_IPV6, .count = 1, .size = 40},
        {.kind = REACH_TRACEROUTE, .family = ADDR_IPV4, .hops = 0, .size = 84},
        {.kind = REACH_TRACEROUTE, .family = ADDR_IPV4, .hops = REACH_HOPS_MAX + 1, .size = 84},
        {.kind = REACH_PATH_MTU, .family = ADDR_IPV6, .size = 1279},
        {.kind = REACH_THROUGHPUT, .family = ADDR_IPV4, .size = 84},
    };
    struct reach_run run;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(reach_begin(&run, &rows[i], 0), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ping),
        cmocka_unit_test(test_a_late_or_second_reply_changes_nothing),
        cmocka_unit_test(test_traceroute),
        cmocka_unit_test(test_path_mtu),
        cmocka_unit_test(test_a_black_hole_is_halved),
        cmocka_unit_test(test_a_lie_is_not_believed),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
