#include "world.h"
#include "tunnel_internal.h"

/* Networks that lose, disorder and repeat, and senders that forge. */

static void put_be(uint8_t *at, uint64_t v, size_t n)
{
    while (n--) {
        at[n] = (uint8_t)v;
        v >>= 8;
    }
}

/* ---- cookies ---- */

static uint8_t first_message[4096];
static size_t first_len;

static bool keep_first(struct world *w, int from, const uint8_t *data, size_t len)
{
    if (from == 0 && !first_len) {
        memcpy(first_message, data, len);
        first_len = len;
        w->filter_count++;
    }
    return false;
}

/* Many forged first messages from the peer's address: a cookie is asked for, and the real peer, who
 * sends it back, gets through. bare: how many are answered without one. */
static void flood(uint32_t cookies_from, uint64_t bare)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);
    struct endpoint local = {w->nodes[1].address, IKE_PORT},
                    remote = {w->nodes[0].address, IKE_PORT};
    struct ike_stats stats;

    w->nodes[1].ike->ikev2.cookies_from = cookies_from;
    b.initiate = false;
    first_len = 0;
    w->filter = keep_first;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run(w, MS);
    assert_true(first_len > 0);
    w->filter = NULL;
    for (uint64_t i = 1; i <= 100; i++) {
        put_be(first_message, i, 8); /* another initiator SPI */
        ike_input(w->nodes[1].ike, &local, &remote, first_message, first_len, w->now_us);
        world_collect(w, 1);
    }
    ike_get_stats(w->nodes[1].ike, &stats);
    assert_int_equal(stats.cookies, 100 - bare);
    world_run_until_up(w, SECOND);
    ike_get_stats(w->nodes[1].ike, &stats);
    assert_int_equal(stats.cookies, 100 - bare + 1);
    world_run(w, 30 * SECOND); /* the forged ones are forgotten */
    world_assert_one_pair(w);
    world_free(w);
}

static void test_cookies(void **state)
{
    (void)state;
    flood(4, 4);  /* in all */
    flood(32, 8); /* at one tunnel */
}

/* ---- loss and disorder ---- */

static void test_loss_and_disorder(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct world *w = world_new(seed);

        w->loss_percent = (unsigned)(seed % 4) * 12;
        w->dup_percent = (unsigned)(seed % 3) * 20;
        w->jitter_us = (seed % 5) * 50 * MS;
        world_set_both(w);
        world_run_until_up(w, 60 * SECOND);
        world_run(w, 60 * SECOND);
        w->loss_percent = 0;
        world_run(w, 120 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* Each single datagram of the first exchanges is lost once. */
static bool lose_nth(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)from, (void)data, (void)len;
    return w->filter_count++ != w->filter_arg;
}

static void test_each_datagram_lost_once(void **state)
{
    (void)state;
    for (int n = 0; n < 10; n++) {
        struct world *w = world_new((uint64_t)n + 1);

        w->filter = lose_nth;
        w->filter_arg = n;
        world_set_both(w);
        world_run_until_up(w, 2 * SECOND);
        world_run(w, 60 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

static void test_garbage(void **state)
{
    struct world *w = world_new(1);
    struct endpoint local = {w->nodes[1].address, IKE_PORT},
                    remote = {w->nodes[0].address, IKE_PORT};
    uint8_t junk[600];
    struct ike_stats stats;

    (void)state;
    world_set_both(w);
    world_run_until_up(w, SECOND);
    for (int i = 0; i < 20000; i++) {
        size_t len = world_random(w) % sizeof(junk);

        for (size_t k = 0; k < len; k++)
            junk[k] = (uint8_t)(world_random(w) >> 24);
        if (len > 28 && i % 2) { /* a good header */
            junk[17] = 0x20;
            junk[18] = (uint8_t)(34 + i % 4);
            put_be(junk + 24, len, 4);
        }
        ike_input(w->nodes[1].ike, &local, &remote, junk, len, w->now_us);
        world_collect(w, 1);
    }
    ike_get_stats(w->nodes[1].ike, &stats);
    assert_true(stats.malformed > 10000);
    assert_true(stats.unauthentic == 0);
    world_run(w, 40 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* Before each true datagram come ten with one bit changed, and after it it is repeated. */
static bool forge(struct world *w, int from, const uint8_t *data, size_t len)
{
    struct endpoint local = {w->nodes[!from].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[from].address, IKE_PORT_NATT};
    uint8_t copy[4096];

    assert_true(len <= sizeof(copy));
    for (int i = 0; i < 10; i++) {
        memcpy(copy, data, len);
        copy[world_random(w) % len] ^= (uint8_t)(1U << (world_random(w) % 8));
        /* The first exchange is not protected: whatever is in it belongs to whoever sent it. */
        if (data[18] != IKE_EXCHANGE_SA_INIT)
            ike_input(w->nodes[!from].ike, &local, &remote, copy, len, w->now_us);
    }
    return true;
}

static void test_forged_datagrams(void **state)
{
    struct ike_stats stats;

    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct world *w = world_new(seed);

        w->filter = forge;
        w->dup_percent = 100;
        world_set_both(w);
        world_run_until_up(w, SECOND);
        for (int i = 0; i < 2; i++) {
            world_command(w, i, IKE_COMMAND_REKEY_CHILD);
            world_run(w, 10 * SECOND);
            world_command(w, i, IKE_COMMAND_REKEY_IKE);
            world_run(w, 40 * SECOND);
        }
        world_assert_one_pair(w);
        ike_get_stats(w->nodes[0].ike, &stats);
        assert_true(stats.unauthentic > 50);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_loss_and_disorder),
        cmocka_unit_test(test_each_datagram_lost_once),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_forged_datagrams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
