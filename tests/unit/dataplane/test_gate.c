#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

enum { INIT = 34, AUTH = 35, INFORMATIONAL = 37, MAIN_MODE = 2, V1_INFORMATIONAL = 5 };
enum { NONE = 0, SA = 33, NOTIFY = 41, SK = 46, SKF = 53 };
enum { RESPONSE = 0x20, ENCRYPTED = 0x01 };

/* An IKE header: SPIs by number, 0 = none. */
static void header(uint8_t out[DP_IKE_HEADER_LEN], uint64_t i, uint64_t r, uint8_t version,
                   uint8_t next, uint8_t exchange, uint8_t flags)
{
    memset(out, 0, DP_IKE_HEADER_LEN);
    wire_store_be64(out, i);
    wire_store_be64(out + 8, r);
    out[16] = next;
    out[17] = (uint8_t)(version << 4);
    out[18] = exchange;
    out[19] = flags;
}

struct door {
    struct dp_gate *gate;
    struct dp_gate_limits limits;
    uint64_t now_us;
};

static int set_up(void **state)
{
    struct door *d = calloc(1, sizeof(*d));

    d->now_us = 5000000;
    *state = d;
    return dp_gate_new(&d->gate);
}

static int tear_down(void **state)
{
    struct door *d = *state;

    dp_gate_free(d->gate);
    free(d);
    return 0;
}

/* How many of n datagrams from an address get through. */
static unsigned send_many(struct door *d, struct addr from, uint64_t i, uint64_t r, unsigned n,
                          bool *ret_known)
{
    uint8_t ike[DP_IKE_HEADER_LEN];
    unsigned passed = 0;

    header(ike, i, r, 2, SK, INFORMATIONAL, 0);
    while (n--)
        passed +=
            dp_gate_admits(d->gate, &d->limits, &from, ike, sizeof(ike), d->now_us, ret_known);
    return passed;
}

static void test_what_makes_a_conversation(void **state)
{
    static const struct {
        uint64_t i, r;
        uint8_t version, next, exchange, flags;
        bool known; /* what comes with SPIs 1 and 2 afterwards */
    } sent[] = {
        {1, 0, 2, SA, INIT, 0x08, true},                   /* we called */
        {1, 2, 2, SA, INIT, RESPONSE, false},              /* a stranger called */
        {1, 0, 2, NOTIFY, INIT, RESPONSE, false},          /* a cookie for him */
        {1, 2, 2, NOTIFY, INFORMATIONAL, RESPONSE, false}, /* "no such SA" */
        {1, 2, 2, SK, AUTH, RESPONSE, true},
        {1, 2, 2, SK, INFORMATIONAL, 0, true},
        {1, 2, 2, SKF, AUTH, 0x08, true},
        {3, 2, 2, SK, INFORMATIONAL, 0, false}, /* another one */
        {1, 3, 2, SK, INFORMATIONAL, 0, false},
        {1, 0, 1, 1, MAIN_MODE, 0, true},
        {1, 2, 1, 1, MAIN_MODE, 0, false},
        {1, 0, 1, 11, V1_INFORMATIONAL, 0, false}, /* "no proposal chosen" */
        {1, 2, 1, 5, MAIN_MODE, ENCRYPTED, true},
    };

    (void)state;
    for (size_t c = 0; c < ARRAY_SIZE(sent); c++) {
        uint8_t ike[DP_IKE_HEADER_LEN];
        struct door *d;
        bool known = !sent[c].known;

        assert_int_equal(set_up((void **)&d), 0);
        header(ike, sent[c].i, sent[c].r, sent[c].version, sent[c].next, sent[c].exchange,
               sent[c].flags);
        dp_gate_sent(d->gate, ike, sizeof(ike) - 1); /* cut: not looked at */
        (void)send_many(d, addr_v4(192, 0, 2, 1), 1, 2, 1, &known);
        assert_false(known);
        dp_gate_sent(d->gate, ike, sizeof(ike));
        (void)send_many(d, addr_v4(192, 0, 2, 1), 1, 2, 1, &known);
        if (known != sent[c].known)
            print_error("case %zu\n", c);
        assert_int_equal(known, sent[c].known);
        (void)tear_down((void **)&d);
    }
}

/* The i-th of many addresses inside 10.0.0.0/8, no two of them neighbours. */
static struct addr stranger(uint32_t i)
{
    uint32_t n = i * 7919;

    return addr_v4(10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n);
}

static void test_strangers_share_little(void **state)
{
    struct door *d = *state;
    uint8_t ike[9000];
    unsigned first, passed = 0, neighbours = 0;
    bool known;

    first = send_many(d, addr_v4(192, 0, 2, 1), 5, 0, 100000, &known);
    assert_false(known);
    assert_int_equal(first, 400);
    for (uint8_t i = 2; i < 10; i++) /* chance may let one of them share its bucket */
        neighbours += send_many(d, addr_v4(192, 0, 2, i), 5, 0, 100, &known);
    assert_true(neighbours >= 600);
    for (uint32_t i = 0; i < 20000; i++)
        passed += send_many(d, stranger(i), 5, i, 1, &known);
    assert_in_range(passed, 1, 2000);
    d->now_us += 1000000;
    assert_int_equal(send_many(d, addr_v4(192, 0, 2, 1), 5, 0, 100000, &known), 200);
    d->now_us += 1000000;
    header(ike, 1, 0, 2, SA, INIT, 0x08);
    assert_false(dp_gate_admits(d->gate, &d->limits, &(struct addr){.family = ADDR_IPV4}, ike,
                                sizeof(ike), d->now_us, &known));
}

static void test_who_is_known_passes_by(void **state)
{
    struct door *d = *state;
    struct addr peer = addr_v4(198, 51, 100, 1);
    uint8_t ike[DP_IKE_HEADER_LEN];
    bool known;

    header(ike, 1, 2, 2, SK, INFORMATIONAL, 0);
    dp_gate_sent(d->gate, ike, sizeof(ike));
    for (uint32_t i = 0; i < 20000; i++)
        (void)send_many(d, stranger(i), 5, i, 1, &known);
    (void)send_many(d, peer, 5, 6, 100000, &known); /* under the peer's own address, too */
    assert_int_equal(send_many(d, peer, 1, 2, 100, &known), 100);
    assert_true(known);
    assert_int_equal(send_many(d, peer, 1, 2, 100000, &known), 400); /* but not for ever */
}

static void test_many_conversations_are_remembered(void **state)
{
    struct door *d = *state;
    uint8_t ike[DP_IKE_HEADER_LEN];
    unsigned n = 0;
    bool known;

    for (uint64_t i = 1; i <= 2000; i++) {
        header(ike, i << 32, i, 2, SK, INFORMATIONAL, 0);
        dp_gate_sent(d->gate, ike, sizeof(ike));
    }
    for (uint64_t i = 1; i <= 2000; i++) {
        (void)send_many(d, addr_v4(198, 51, 100, 1), i << 32, i, 1, &known);
        n += known;
    }
    assert_in_range(n, 1900, 2000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_makes_a_conversation),
        T(test_strangers_share_little),
        T(test_who_is_known_passes_by),
        T(test_many_conversations_are_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
