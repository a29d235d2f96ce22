#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hosts_internal.h"

#include <stdlib.h>

static int up(void **state)
{
    struct dp_hosts *hosts;

    assert_int_equal(dp_hosts_new(DP_HOSTS_PLACES, &hosts), 0);
    *state = hosts;
    return 0;
}

static int down(void **state)
{
    dp_hosts_free(*state);
    return 0;
}

static struct addr host(unsigned i)
{
    return addr_v4(10, 1, (uint8_t)(i >> 8), (uint8_t)i);
}

static struct dp_claim claim(unsigned i, uint8_t mac)
{
    return (struct dp_claim){.address = host(i), .mac = {2, [5] = mac}};
}

static struct dp_host *hear(struct dp_hosts *hosts, unsigned i, uint8_t mac, uint32_t max,
                            uint64_t now_us)
{
    struct dp_claim c = claim(i, mac);

    return dp_hosts_hear(hosts, &c, max, now_us);
}

static struct dp_host *find(struct dp_hosts *hosts, unsigned i)
{
    struct addr a = host(i);

    return dp_hosts_find(hosts, &a);
}

static void told_of(struct dp_hosts *hosts, unsigned i, bool gone, uint8_t mac, uint64_t now_us)
{
    struct dp_host *news = dp_hosts_news(hosts);
    struct addr a = host(i);

    assert_non_null(news);
    assert_true(addr_equal(&news->address, &a));
    assert_int_equal(news->state == DP_HOST_GONE, gone);
    assert_int_equal(news->mac[5], mac);
    dp_hosts_told(hosts, news, now_us);
}

static void test_which_addresses_hosts_may_have(void **state)
{
    static const struct {
        const char *subnet, *address;
        bool may;
    } cases[] = {
        {"10.1.0.0/24", "10.1.0.0", false},  {"10.1.0.0/24", "10.1.0.1", false},
        {"10.1.0.0/24", "10.1.0.2", false},  {"10.1.0.0/24", "10.1.0.3", true},
        {"10.1.0.0/24", "10.1.0.254", true}, {"10.1.0.0/24", "10.1.0.255", false},
        {"10.1.0.0/24", "10.1.1.3", false},  {"10.1.0.0/16", "10.1.0.255", true},
        {"fd00::/64", "fd00::1", false},     {"fd00::/64", "fd00::2", false},
        {"fd00::/64", "fd00::3", true},      {"fd00::/64", "fe80::3", false},
        {"fd00::/64", "10.1.0.3", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct prefix subnet;
        struct addr a;

        assert_int_equal(prefix_parse(cases[i].subnet, &subnet), 0);
        assert_int_equal(addr_parse(cases[i].address, &a), 0);
        if (dp_host_may_have(&subnet, &a) != cases[i].may)
            fail_msg("%s in %s", cases[i].address, cases[i].subnet);
    }
}

static void test_a_host_is_learned_and_told_of(void **state)
{
    struct dp_hosts *hosts = *state;
    struct dp_host *h = hear(hosts, 5, 1, 10, 1000);

    assert_non_null(h);
    assert_ptr_equal(find(hosts, 5), h);
    assert_int_equal(h->seen_us, 1000);
    told_of(hosts, 5, false, 1, 1000);
    assert_null(dp_hosts_news(hosts));
    assert_ptr_equal(hear(hosts, 5, 1, 10, 2000), h); /* again: no news */
    assert_int_equal(h->seen_us, 2000);
    assert_null(dp_hosts_news(hosts));
}

/* Two that claim one address in turn: the node hears of it once a second. */
static void test_a_host_moves(void **state)
{
    struct dp_hosts *hosts = *state;
    struct dp_claim weak = claim(5, 3);
    uint64_t at_us = 2 * DP_HOST_SETTLE_US;

    weak.weak = true;
    (void)hear(hosts, 5, 1, 10, 1);
    told_of(hosts, 5, false, 1, 1);
    assert_null(dp_hosts_hear(hosts, &weak, 10, at_us));
    assert_int_equal(find(hosts, 5)->mac[5], 1);
    assert_non_null(hear(hosts, 5, 2, 10, at_us));
    told_of(hosts, 5, false, 2, at_us);
    (void)hear(hosts, 5, 1, 10, at_us + 1);
    assert_int_equal(find(hosts, 5)->mac[5], 1);
    assert_null(dp_hosts_news(hosts));
    dp_hosts_sweep(hosts, at_us + DP_HOST_SETTLE_US, NULL, NULL);
    told_of(hosts, 5, false, 1, at_us);
}

static void test_a_full_table_refuses_unless_somebody_is_silent(void **state)
{
    struct dp_hosts *hosts = *state;
    uint64_t late_us = 10 + DP_HOST_SILENT_US;

    for (unsigned i = 0; i < 3; i++) {
        assert_non_null(hear(hosts, 10 + i, 1, 3, 10 + i));
        told_of(hosts, 10 + i, false, 1, 10 + i);
    }
    assert_false(dp_hosts_have_room(hosts, 3, 20));
    assert_null(hear(hosts, 20, 1, 3, 20));
    dp_hosts_seen(hosts, find(hosts, 10), 30);
    assert_null(hear(hosts, 20, 1, 3, late_us)); /* 11 was heard 1 us too late for that */
    assert_non_null(hear(hosts, 20, 1, 3, late_us + 1));
    assert_null(find(hosts, 11));
    assert_non_null(find(hosts, 10));
    told_of(hosts, 11, true, 1, late_us);
    told_of(hosts, 20, false, 1, late_us);
    assert_null(hear(hosts, 21, 1, 2, UINT32_MAX * UINT64_C(1000))); /* the limit was lowered */
}

static void test_a_host_that_does_not_answer_goes(void **state)
{
    struct dp_hosts *hosts = *state;
    struct addr a = host(7);
    struct dp_host *h = dp_hosts_want(hosts, &a);
    uint64_t now_us = 1000;

    assert_int_equal(dp_hosts_due_us(hosts), UINT64_MAX);
    for (unsigned i = 0; i < DP_HOST_ASKS; i++, now_us += DP_HOST_ASK_US) {
        assert_ptr_equal(dp_hosts_overdue(hosts, now_us), i ? h : NULL);
        dp_hosts_asked(hosts, h, true, now_us);
        assert_null(dp_hosts_overdue(hosts, now_us + DP_HOST_ASK_US - 1));
        assert_false(dp_host_may_be_asked(h, now_us + DP_HOST_ASK_US));
    }
    assert_int_equal(h->asked, DP_HOST_ASKS);
    dp_hosts_lost(hosts, h);
    assert_null(find(hosts, 7));
    assert_null(dp_hosts_news(hosts)); /* the node never knew it */
    assert_false(dp_hosts_any(hosts));
    (void)hear(hosts, 7, 1, 10, now_us);
    told_of(hosts, 7, false, 1, now_us);
    dp_hosts_lost(hosts, find(hosts, 7));
    told_of(hosts, 7, true, 1, now_us);
    assert_false(dp_hosts_any(hosts));
}

static void test_whoever_is_heard_is_not_asked_any_more(void **state)
{
    struct dp_hosts *hosts = *state;
    struct dp_host *h = hear(hosts, 5, 1, 10, 1);

    dp_hosts_asked(hosts, h, true, 10);
    dp_hosts_seen(hosts, h, 20);
    assert_null(dp_hosts_overdue(hosts, UINT64_MAX));
    assert_int_equal(h->asked, 0);
    assert_false(dp_host_may_be_asked(h, 30)); /* but so soon not again */
    assert_true(dp_host_may_be_asked(h, 10 + DP_HOST_ASK_US));
}

/* Of a scan there are never more than so many, and hosts that are there are none of them. */
static void test_a_scan_does_not_fill_the_table(void **state)
{
    struct dp_hosts *hosts = *state;

    (void)hear(hosts, 1, 1, 10, 1);
    for (unsigned i = 0; i < DP_WANTED_MAX; i++) {
        struct addr a = host(100 + i);

        assert_null(dp_hosts_crowded(hosts));
        assert_non_null(dp_hosts_want(hosts, &a));
    }
    assert_ptr_equal(dp_hosts_crowded(hosts), find(hosts, 100));
    dp_hosts_lost(hosts, dp_hosts_crowded(hosts));
    assert_null(dp_hosts_crowded(hosts));
    assert_null(find(hosts, 100));
    assert_non_null(find(hosts, 101));
    (void)hear(hosts, 101, 1, 10, 2);
    assert_int_equal(find(hosts, 101)->state, DP_HOST_KNOWN);
    assert_true(dp_hosts_have_room(hosts, 3, 2));
    assert_false(dp_hosts_have_room(hosts, 2, 2));
}

static void test_routers_stay_and_need_no_room(void **state)
{
    struct dp_hosts *hosts = *state;
    struct addr r = host(254);
    const struct addr *routers[] = {&r, &r};
    static const uint8_t mac[6] = {2, [5] = 9};

    (void)hear(hosts, 5, 1, 1, 1);
    dp_hosts_pin(hosts, routers, 2);
    assert_null(dp_hosts_router(hosts, mac));
    assert_non_null(hear(hosts, 254, 9, 1, 2));
    assert_ptr_equal(dp_hosts_router(hosts, mac), find(hosts, 254));
    assert_null(hear(hosts, 6, 1, 1, 3));
    told_of(hosts, 5, false, 1, 3);
    told_of(hosts, 254, false, 9, 3);
    dp_hosts_lost(hosts, find(hosts, 254)); /* it is wanted then */
    told_of(hosts, 254, true, 9, 4);
    assert_int_equal(find(hosts, 254)->state, DP_HOST_WANTED);
    assert_true(find(hosts, 254)->pinned);
    assert_null(dp_hosts_router(hosts, mac));
    dp_hosts_lost(hosts, find(hosts, 254));
    assert_non_null(find(hosts, 254));
    (void)hear(hosts, 254, 9, 1, 5);
    dp_hosts_pin(hosts, NULL, 0);
    assert_null(dp_hosts_router(hosts, mac));
    assert_int_equal(find(hosts, 254)->state, DP_HOST_KNOWN);
    assert_false(dp_hosts_have_room(hosts, 2, 5)); /* it counts as all others do */
}

static void test_a_node_that_is_new_is_told_of_all(void **state)
{
    struct dp_hosts *hosts = *state;

    for (unsigned i = 0; i < 3; i++) {
        (void)hear(hosts, 10 + i, 1, 10, 1);
        told_of(hosts, 10 + i, false, 1, 1);
    }
    dp_hosts_lost(hosts, find(hosts, 11)); /* which the new one never knew */
    dp_hosts_tell_all(hosts);
    told_of(hosts, 10, false, 1, 2);
    told_of(hosts, 12, false, 1, 2);
    assert_null(dp_hosts_news(hosts));
}

static void count(void *arg, struct dp_host *h)
{
    (void)h;
    ++*(unsigned *)arg;
}

static void sweep_all(struct dp_hosts *hosts, uint64_t now_us, unsigned *silent)
{
    for (unsigned i = 0; i < 10; i++)
        dp_hosts_sweep(hosts, now_us, count, silent);
}

static void test_who_is_silent_is_asked_and_who_was_heard_is_told_of(void **state)
{
    struct dp_hosts *hosts = *state;
    unsigned silent = 0;

    (void)hear(hosts, 10, 1, 10, 1);
    (void)hear(hosts, 11, 1, 10, 1);
    told_of(hosts, 10, false, 1, 1);
    told_of(hosts, 11, false, 1, 1);
    dp_hosts_seen(hosts, find(hosts, 11), 100);
    sweep_all(hosts, DP_HOST_TELL_US, &silent);
    assert_null(dp_hosts_news(hosts));
    sweep_all(hosts, DP_HOST_TELL_US + 1, &silent);
    told_of(hosts, 11, false, 1, DP_HOST_TELL_US + 1);
    assert_null(dp_hosts_news(hosts));
    assert_int_equal(silent, 0);
    dp_hosts_sweep(hosts, DP_HOST_SILENT_US + 1, count, &silent);
    dp_hosts_sweep(hosts, DP_HOST_SILENT_US + 1, count, &silent);
    assert_int_equal(silent, 1);
}

/* There is room for as many as may be known, wanted and pinned at a time, and no limit is higher.
 */
static void test_the_largest_table(void **state)
{
    struct dp_hosts *hosts = *state;
    struct addr routers[DP_PINS_MAX + 1];
    const struct addr *pins[DP_PINS_MAX + 1];
    unsigned pinned = 0, told = 0;

    for (unsigned i = 0; i < DP_HOSTS_MAX; i++)
        assert_non_null(hear(hosts, i, 1, UINT16_MAX, 1 + i));
    assert_null(hear(hosts, DP_HOSTS_MAX, 1, UINT16_MAX, DP_HOSTS_MAX));
    for (unsigned i = 0; i < DP_WANTED_MAX; i++) {
        struct addr a = host(20000 + i);

        assert_non_null(dp_hosts_want(hosts, &a));
    }
    for (unsigned i = 0; i <= DP_PINS_MAX; i++) {
        routers[i] = host(30000 + i);
        pins[i] = &routers[i];
    }
    dp_hosts_pin(hosts, pins, DP_PINS_MAX + 1);
    for (unsigned i = 0; i <= DP_PINS_MAX; i++)
        pinned += find(hosts, 30000 + i) != NULL;
    assert_int_equal(pinned, DP_PINS_MAX);
    for (struct dp_host *h = dp_hosts_news(hosts); h; h = dp_hosts_news(hosts), told++)
        dp_hosts_told(hosts, h, 20000);
    assert_int_equal(told, DP_HOSTS_MAX);
    for (unsigned i = 0; i < DP_HOSTS_MAX; i++)
        assert_int_equal(find(hosts, i)->seen_us, 1 + i);
}

/* ---- against a naive twin ---- */

#define TWINS 64

struct twin {
    bool known, told, pinned;
    uint8_t mac;
    uint64_t seen_us;
};

static unsigned twins_known(const struct twin *t, unsigned *ret_oldest)
{
    unsigned n = 0;

    *ret_oldest = TWINS;
    for (unsigned i = 0; i < TWINS; i++) {
        if (!t[i].known || t[i].pinned)
            continue;
        n++;
        if (*ret_oldest == TWINS || t[i].seen_us < t[*ret_oldest].seen_us)
            *ret_oldest = i;
    }
    return n;
}

static void twin_hears(struct twin *t, unsigned i, uint8_t mac, uint32_t max, uint64_t now_us)
{
    unsigned oldest, n = twins_known(t, &oldest);

    if (!t[i].known && !t[i].pinned && n >= max) {
        if (n > max || now_us - t[oldest].seen_us < DP_HOST_SILENT_US)
            return;
        t[oldest].known = false;
    }
    t[i].known = true;
    t[i].mac = mac;
    t[i].seen_us = now_us;
}

/* Whoever was told of and is gone is told of at once, so that the place is free. */
static void tell_news(struct dp_hosts *hosts, uint64_t now_us)
{
    for (struct dp_host *h = dp_hosts_news(hosts); h; h = dp_hosts_news(hosts))
        dp_hosts_told(hosts, h, now_us);
}

static void compare(struct dp_hosts *hosts, const struct twin *t)
{
    for (unsigned i = 0; i < TWINS; i++) {
        struct dp_host *h = find(hosts, i);
        bool known = h && h->state == DP_HOST_KNOWN;

        assert_int_equal(known, t[i].known);
        assert_int_equal(h && h->pinned, t[i].pinned);
        if (known) {
            assert_int_equal(h->mac[5], t[i].mac);
            assert_int_equal(h->seen_us, t[i].seen_us);
        }
    }
}

static void pin_some(struct dp_hosts *hosts, struct twin *t, unsigned bits)
{
    struct addr addresses[8];
    const struct addr *pins[8];
    size_t n = 0;

    for (unsigned i = 0; i < TWINS; i++)
        t[i].pinned = false;
    for (unsigned i = 0; i < 8; i++) {
        if (!(bits >> i & 1))
            continue;
        t[i].pinned = true;
        addresses[n] = host(i);
        pins[n] = &addresses[n];
        n++;
    }
    dp_hosts_pin(hosts, pins, n);
}

static void one_step(struct dp_hosts *hosts, struct twin *t, uint64_t now_us)
{
    unsigned i = (unsigned)rand() % TWINS, what = (unsigned)rand() % 16;
    uint8_t mac = (uint8_t)(rand() % 3);
    struct addr a = host(i);

    if (what < 10) {
        (void)hear(hosts, i, mac, 16, now_us);
        twin_hears(t, i, mac, 16, now_us);
    } else if (what < 12 && !find(hosts, i)) {
        (void)dp_hosts_want(hosts, &a);
    } else if (what < 14 && find(hosts, i)) {
        dp_hosts_lost(hosts, find(hosts, i));
        t[i].known = false;
    } else if (what == 14 && t[i].known) {
        dp_hosts_seen(hosts, find(hosts, i), now_us);
        t[i].seen_us = now_us;
    } else if (what == 15) {
        pin_some(hosts, t, (unsigned)rand());
    }
}

static void test_it_does_as_a_naive_twin(void **state)
{
    struct dp_hosts *hosts = *state;
    struct twin t[TWINS] = {0};
    uint64_t now_us = 1;

    srand(7);
    for (unsigned step = 0; step < 20000; step++) {
        now_us += (uint64_t)(rand() % 2 ? 1 : DP_HOST_SILENT_US / 30);
        one_step(hosts, t, now_us);
        tell_news(hosts, now_us);
        compare(hosts, t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, up, down)
        T(test_which_addresses_hosts_may_have),
        T(test_a_host_is_learned_and_told_of),
        T(test_a_host_moves),
        T(test_a_full_table_refuses_unless_somebody_is_silent),
        T(test_a_host_that_does_not_answer_goes),
        T(test_whoever_is_heard_is_not_asked_any_more),
        T(test_a_scan_does_not_fill_the_table),
        T(test_routers_stay_and_need_no_room),
        T(test_a_node_that_is_new_is_told_of_all),
        T(test_who_is_silent_is_asked_and_who_was_heard_is_told_of),
        T(test_the_largest_table),
        T(test_it_does_as_a_naive_twin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
