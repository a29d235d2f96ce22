#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "talk_internal.h"

/* Two Ropeways tell each other what became of their probes, over a pipe that loses, with a clock
 * that is turned by hand. */

#define A_LIFE 11
#define B_LIFE 22

struct pair {
    struct dp_talk a, b;
    uint64_t now_us;
    unsigned there, back; /* lost, as A was told */
};

static struct pair begun(void)
{
    struct addr peer = addr_v4(169, 254, 0, 2);
    struct pair p = {.now_us = 1000000};

    dp_talk_begin(&p.a, &peer, A_LIFE);
    dp_talk_begin(&p.b, &peer, B_LIFE);
    return p;
}

static void add(struct pair *p, const struct dp_talk_news *news)
{
    p->there += news->lost_there;
    p->back += news->lost_back;
}

/* B takes a request of A's, and answers. */
static struct dp_report answered(struct pair *p, const struct dp_report *asked, uint8_t flags)
{
    struct dp_talk_news news;
    struct dp_report answer;

    (void)dp_talk_asked(&p->b, asked, p->now_us, &news);
    dp_talk_answer(&p->b, asked, flags, 500, &answer);
    return answer;
}

static void heard(struct pair *p, const struct dp_report *answer)
{
    struct dp_talk_news news;

    dp_talk_answered(&p->a, answer, p->now_us, &news);
    add(p, &news);
}

enum fate { ARRIVES, LOST_THERE, LOST_BACK };

static void ask(struct pair *p, uint8_t flags, enum fate fate)
{
    struct dp_report asked, answer;

    dp_talk_ask(&p->a, flags, 1000, &asked);
    if (fate == LOST_THERE)
        return;
    answer = answered(p, &asked, 0);
    if (fate == ARRIVES)
        heard(p, &answer);
}

static void test_losses_are_told_by_direction(void **state)
{
    static const enum fate fates[] = {ARRIVES,    ARRIVES,   LOST_THERE, LOST_THERE, ARRIVES,
                                      LOST_BACK,  ARRIVES,   LOST_BACK,  LOST_THERE, LOST_BACK,
                                      LOST_THERE, LOST_BACK, ARRIVES,    ARRIVES};
    struct pair p = begun();

    (void)state;
    ask(&p, 0, ARRIVES); /* B hears of A, and A of B */
    for (size_t i = 0; i < ARRAY_SIZE(fates); i++)
        ask(&p, 0, fates[i]);
    assert_int_equal(p.there, 4);
    assert_int_equal(p.back, 4);
}

/* What the peer asks tells of losses, too, while its answers are lost. */
static void test_requests_tell_of_losses(void **state)
{
    struct pair p = begun();
    struct dp_report asked;
    struct dp_talk_news news;

    (void)state;
    ask(&p, 0, ARRIVES);
    ask(&p, 0, ARRIVES);
    ask(&p, 0, LOST_THERE);
    ask(&p, 0, LOST_BACK);
    dp_talk_ask(&p.b, 0, 0, &asked);
    assert_true(dp_talk_asked(&p.a, &asked, p.now_us, &news));
    assert_int_equal(news.lost_there, 1);
    assert_int_equal(news.lost_back, 0);
}

/* One that was overtaken counts as lost until the next that really is. */
static void test_what_was_overtaken_is_no_loss(void **state)
{
    struct dp_report asked[2], answers[2];
    struct pair p = begun();

    (void)state;
    ask(&p, 0, ARRIVES);
    ask(&p, 0, ARRIVES);
    for (unsigned i = 0; i < 2; i++)
        dp_talk_ask(&p.a, 0, 0, &asked[i]);
    answers[1] = answered(&p, &asked[1], 0);
    heard(&p, &answers[1]);
    answers[0] = answered(&p, &asked[0], 0);
    heard(&p, &answers[0]);
    assert_int_equal(p.there, 1);
    ask(&p, 0, LOST_THERE);
    ask(&p, 0, ARRIVES);
    assert_int_equal(p.there, 1);
    ask(&p, 0, LOST_THERE);
    ask(&p, 0, ARRIVES);
    assert_int_equal(p.there, 2);
    assert_int_equal(p.back, 0);
}

/* Neither counts what the other's life before has lost. */
static void test_a_new_life_begins_to_count_anew(void **state)
{
    struct addr peer = addr_v4(169, 254, 0, 2);
    struct pair p = begun();

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        ask(&p, 0, ARRIVES);
    dp_talk_begin(&p.b, &peer, B_LIFE + 1);
    ask(&p, 0, LOST_THERE); /* at a time that nobody knows of */
    for (unsigned i = 0; i < 10; i++)
        ask(&p, 0, ARRIVES);
    dp_talk_begin(&p.a, &peer, A_LIFE + 1);
    for (unsigned i = 0; i < 10; i++)
        ask(&p, 0, ARRIVES);
    assert_int_equal(p.there + p.back, 0);
    ask(&p, 0, LOST_THERE);
    ask(&p, 0, ARRIVES);
    assert_int_equal(p.there, 1);
}

static void test_what_the_peer_wants_holds_for_a_time(void **state)
{
    struct pair p = begun();

    (void)state;
    ask(&p, 0, ARRIVES);
    assert_int_equal(p.b.leave_until_us, 0);
    ask(&p, DP_REPORT_LEAVES, LOST_BACK);
    assert_int_equal(p.b.leave_until_us, p.now_us + 1000000);
    p.now_us += 200000;
    ask(&p, DP_REPORT_LOST, LOST_BACK);
    assert_int_equal(p.b.leave_until_us, p.now_us + 1000000);
    ask(&p, 0, LOST_BACK); /* it has thought better of it */
    assert_int_equal(p.b.leave_until_us, 0);
    assert_int_equal(p.a.leave_until_us, 0);
}

static void test_answers_tell_of_it_as_well(void **state)
{
    struct pair p = begun();
    struct dp_report asked, answer;

    (void)state;
    dp_talk_ask(&p.a, 0, 0, &asked);
    answer = answered(&p, &asked, DP_REPORT_LEAVES);
    heard(&p, &answer);
    assert_int_equal(p.a.leave_until_us, p.now_us + 500000);
}

/* A report that comes after a later one changes nothing. */
static void test_an_old_report_is_not_heeded(void **state)
{
    struct pair p = begun();
    struct dp_report old, new;

    (void)state;
    ask(&p, 0, ARRIVES);
    dp_talk_ask(&p.a, DP_REPORT_LEAVES, 1000, &old);
    dp_talk_ask(&p.a, 0, 1000, &new);
    (void)answered(&p, &new, 0);
    (void)answered(&p, &old, 0);
    assert_int_equal(p.b.leave_until_us, 0);
}

/* Whoever has not read a report of ours may be anybody who can put a packet into the tunnel. */
static void test_strangers_are_not_heeded(void **state)
{
    struct dp_report forged = {
        .flags = DP_REPORT_LEAVES, .hold_ms = 60000, .life = 99, .order = 1, .number = 1};
    static const uint64_t about[] = {0, A_LIFE, 99, B_LIFE + 1};
    struct dp_report answer;
    struct dp_talk_news news;
    struct pair p = begun();
    struct dp_talk before;

    (void)state;
    ask(&p, 0, ARRIVES);
    ask(&p, 0, ARRIVES);
    before = p.b;
    for (size_t i = 0; i < ARRAY_SIZE(about); i++) {
        forged.about = about[i];
        assert_false(dp_talk_asked(&p.b, &forged, p.now_us, &news));
        dp_talk_answered(&p.b, &forged, p.now_us, &news);
        assert_memory_equal(&p.b, &before, sizeof(before));
    }
    dp_talk_answer(&p.b, &forged, 0, 0, &answer); /* it hears nothing of the peer */
    assert_int_equal(answer.about, 99);
    assert_int_equal(answer.received, 0);
    assert_int_equal(answer.highest, 0);
}

/* Counts that cannot be are not counted. */
static void test_absurd_counts_count_nothing(void **state)
{
    static const struct {
        uint32_t received, highest;
    } rows[] = {{0, 0}, {5, 4}, {1, UINT32_MAX}, {UINT32_MAX, UINT32_MAX}, {1, 1000}};
    struct pair p = begun();

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        ask(&p, 0, ARRIVES);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct dp_report r = {.life = B_LIFE,
                              .about = A_LIFE,
                              .order = 100 + (uint32_t)i,
                              .received = rows[i].received,
                              .highest = rows[i].highest};

        heard(&p, &r);
    }
    assert_int_equal(p.there + p.back, 0);
}

static void test_reports_on_the_wire(void **state)
{
    static const uint8_t bytes[DP_REPORT_LEN] = {
        'R', 'w', 'p', 'r', 1, 3, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0,
        0,   0,   0,   6,   0, 0, 0,    7,    0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 10};
    struct dp_report r;
    uint8_t again[DP_REPORT_LEN], bad[DP_REPORT_LEN];

    (void)state;
    assert_int_equal(dp_report_parse(bytes, &r), 0);
    assert_int_equal(r.flags, DP_REPORT_LEAVES | DP_REPORT_LOST);
    assert_int_equal(r.hold_ms, 0x1234);
    assert_int_equal(r.life, 5);
    assert_int_equal(r.about, 6);
    assert_int_equal(r.order, 7);
    assert_int_equal(r.number, 8);
    assert_int_equal(r.received, 9);
    assert_int_equal(r.highest, 10);
    dp_report_build(&r, again);
    assert_memory_equal(again, bytes, sizeof(bytes));
    memcpy(bad, bytes, sizeof(bad));
    bad[4] = 2;
    assert_int_equal(dp_report_parse(bad, &r), -EPROTONOSUPPORT);
    bad[0] = 'X';
    assert_int_equal(dp_report_parse(bad, &r), -EBADMSG);
    memcpy(bad, bytes, sizeof(bad));
    bad[15] = 0; /* a life of 0 */
    assert_int_equal(dp_report_parse(bad, &r), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_are_told_by_direction),
        cmocka_unit_test(test_requests_tell_of_losses),
        cmocka_unit_test(test_what_was_overtaken_is_no_loss),
        cmocka_unit_test(test_a_new_life_begins_to_count_anew),
        cmocka_unit_test(test_what_the_peer_wants_holds_for_a_time),
        cmocka_unit_test(test_answers_tell_of_it_as_well),
        cmocka_unit_test(test_an_old_report_is_not_heeded),
        cmocka_unit_test(test_strangers_are_not_heeded),
        cmocka_unit_test(test_absurd_counts_count_nothing),
        cmocka_unit_test(test_reports_on_the_wire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
