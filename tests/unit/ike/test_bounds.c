#include "world.h"
#include "tunnel_internal.h"

/* What one sender can use up, without a key and with one: his share, and no more. */

static struct ike_tunnel *tunnel_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0");
}

/* ---- without a key ---- */

static uint8_t last_sent[4096];
static size_t last_len;

static bool keep_last(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    if (from == 1) {
        assert_true(len <= sizeof(last_sent));
        memcpy(last_sent, data, len);
        last_len = len;
    }
    return from != 1; /* it goes to the caller below, not to A */
}

struct caller {
    uint16_t group;
    size_t public_len;
    uint64_t spi;
    uint8_t cookie[IKE_COOKIE_LEN];
    size_t cookie_len;
};

static size_t write_call(const struct caller *c, uint8_t *out, size_t cap)
{
    static const uint8_t bytes[1024] = {9, 1, 2, 3};
    struct ike_offer offer = {.n_ciphers = 1,
                              .n_integrity = 1,
                              .n_groups = 1,
                              .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 128}},
                              .integrity = {CRYPTO_INTEG_SHA2_256_128},
                              .groups = {c->group}};
    struct ike_message m;
    uint8_t hash[20] = {0};
    size_t len = 0;

    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, c->spi, 0, 0);
    if (c->cookie_len)
        assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_COOKIE, c->cookie, c->cookie_len));
    assert_int_equal(ike_propose_ike(&m, &offer, 0), 0);
    m.ke = (struct ike_ke){.group = c->group, .data = crypto_span(bytes, c->public_len)};
    m.nonce = crypto_span(bytes, 32);
    ike_message_mark(&m, IKE_PAYLOAD_KE);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, hash, 20));
    assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, hash, 20));
    assert_int_equal(ike_message_build(&m, out, cap, &len), 0);
    return len;
}

/* What B answers; 0 = nothing, a notify's type, or 1: it takes the call. */
static uint16_t call(struct world *w, const struct caller *c)
{
    struct endpoint local = {w->nodes[1].address, IKE_PORT};
    struct endpoint remote = {w->nodes[0].address, IKE_PORT};
    static struct ike_message m;
    uint8_t out[2048];

    last_len = 0;
    w->filter = keep_last;
    ike_input(w->nodes[1].ike, &local, &remote, out, write_call(c, out, sizeof(out)), w->now_us);
    world_collect(w, 1);
    w->filter = NULL;
    if (!last_len)
        return 0;
    assert_int_equal(ike_message_parse(last_sent, last_len, &m, NULL), 0);
    return ike_message_has(&m, IKE_PAYLOAD_SA) ? 1 : m.notifies[0].type;
}

/* Whoever has the address comes again with the cookie. */
static uint16_t call_with_cookie(struct world *w, struct caller *c)
{
    uint16_t said = call(w, c);

    if (said != IKE_NOTIFY_COOKIE)
        return said;
    c->cookie_len = IKE_COOKIE_LEN;
    memcpy(c->cookie, last_sent + last_len - IKE_COOKIE_LEN, IKE_COOKIE_LEN);
    said = call(w, c);
    c->cookie_len = 0;
    return said;
}

static struct world *new_listener(uint16_t group)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config b = world_config(w, 1);

    b.initiate = false;
    b.ike.groups[1] = group;
    world_set(w, 1, &b);
    return w;
}

/* A value of the wrong length in the dearest group: nothing is made for it, and it counts. */
static void test_bad_values_count(void **state)
{
    struct world *w = new_listener(CRYPTO_DH_MODP_8192);
    const struct ikev2 *ikev2 = &w->nodes[1].ike->ikev2;
    struct caller c = {.group = CRYPTO_DH_MODP_8192, .public_len = 1, .spi = 1};
    uint64_t random;
    unsigned refused = 0, logs;

    (void)state;
    assert_int_equal(call(w, &c), IKE_NOTIFY_INVALID_SYNTAX);
    world_assert_error(w, 1, "ike.dh-value", "1 bytes came, 1024 are needed");
    random = w->random;
    c.spi++;
    assert_int_equal(call(w, &c), IKE_NOTIFY_INVALID_SYNTAX);
    assert_true(w->random == random);
    assert_int_equal(ikev2->n_sas, 0);
    assert_int_equal(ikev2->n_failed, 2);
    logs = w->nodes[1].logs;
    for (int i = 0; i < 2000; i++) { /* 20 s long */
        c.spi++;
        refused += call_with_cookie(w, &c) == IKE_NOTIFY_INVALID_SYNTAX;
        world_run(w, 10 * MS);
    }
    assert_in_range(refused, 16, 256); /* a quarter of what may be half-open */
    assert_true(ikev2->stats.cookies > 1000);
    assert_in_range(w->nodes[1].logs - logs, 0, 30);
    world_run(w, 21 * SECOND);
    c.spi++;
    assert_int_equal(call_with_cookie(w, &c), IKE_NOTIFY_INVALID_SYNTAX); /* forgotten */
    assert_int_equal(ikev2->n_failed, 1);
    world_free(w);
}

/* Key exchanges for callers at one tunnel: so many a second, the dear ones fewer. */
static void test_key_exchanges_a_second(void **state)
{
    static const struct {
        uint16_t group;
        size_t public_len;
        unsigned most; /* at once and in ten seconds */
    } cases[] = {{CRYPTO_DH_CURVE25519, 32, 16 + 160}, {CRYPTO_DH_MODP_8192, 1024, 4 + 33}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = new_listener(CRYPTO_DH_MODP_8192);
        struct caller c = {.group = cases[i].group, .public_len = cases[i].public_len};
        unsigned answered = 0;

        for (int k = 0; k < 500; k++) {
            c.spi++;
            answered += call_with_cookie(w, &c) == 1;
            world_run(w, 20 * MS);
        }
        assert_in_range(answered, cases[i].most / 2, cases[i].most);
        assert_in_range(w->nodes[1].logs, 1, 20);
        world_free(w);
    }
}

/* Somebody who only writes the peer's address keeps the peer from nothing. */
static void test_forged_calls_hold_nobody_up(void **state)
{
    struct world *w = new_listener(CRYPTO_DH_ECP_256);
    struct caller c = {.group = CRYPTO_DH_CURVE25519, .public_len = 32};
    struct ike_tunnel_config a = world_config(w, 0);
    int ms = 0;

    (void)state;
    for (; ms < 3000; ms++) {
        c.spi++;
        (void)call(w, &c);
        world_run(w, MS);
    }
    world_set(w, 0, &a);
    for (; ms < 5000 && !world_is_up(w, 0); ms++) {
        c.spi++;
        (void)call(w, &c);
        world_run(w, MS);
    }
    assert_true(world_is_up(w, 0));
    assert_in_range(w->nodes[1].ike->ikev2.n_half_open, 1, 8 + 4 * 6);
    world_free(w);
}

/* The next first message of a call does not look at those of others. */
static void test_a_repeated_call_is_found(void **state)
{
    struct world *w = new_listener(CRYPTO_DH_ECP_256);
    struct caller c = {.group = CRYPTO_DH_CURVE25519, .public_len = 32, .spi = 5};
    struct ike_stats stats;
    uint8_t first[4096];
    size_t len;

    (void)state;
    assert_int_equal(call(w, &c), 1);
    memcpy(first, last_sent, last_len);
    len = last_len;
    assert_int_equal(call(w, &c), 1);
    assert_int_equal(last_len, len);
    assert_memory_equal(first, last_sent, len);
    c.group = CRYPTO_DH_ECP_256; /* the same SPI, and not the same call */
    c.public_len = 64;
    assert_int_equal(call(w, &c), IKE_NOTIFY_INVALID_SYNTAX);
    ike_get_stats(w->nodes[1].ike, &stats);
    assert_int_equal(stats.repeated, 1);
    assert_int_equal(w->nodes[1].ike->ikev2.n_half_open, 1);
    world_free(w);
}

/* ---- with a key ---- */

static size_t count_sas(struct world *w, int node)
{
    size_t n = 0;

    list_for_each (sa, &tunnel_of(w, node)->peer.sas, struct ike_sa, peer_link)
        n++;
    return n;
}

/* A peer that begins IKE SAs without end, whose selectors are refused each time. */
static void test_ike_sas_without_end(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);
    struct addr mine = addr_v4(192, 168, 0, 0), other = addr_v4(10, 0, 0, 0);
    struct endpoint local = {w->nodes[0].address, IKE_PORT};
    struct endpoint remote = {w->nodes[1].address, IKE_PORT};
    size_t most = 0;
    unsigned logs;

    (void)state;
    b.initiate = false;
    a.local_ts[0] = prefix_make(&mine, 16);
    b.remote_ts[0] = prefix_make(&other, 8);
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run(w, SECOND);
    assert_non_null(tunnel_of(w, 1)->peer.lead);
    logs = w->nodes[1].logs;
    for (int i = 0; i < 200; i++) {
        assert_int_equal(ikev2_call(&tunnel_of(w, 0)->peer, &local, &remote, true), 0);
        world_collect(w, 0);
        world_run(w, 100 * MS);
        most = MAX(most, count_sas(w, 1));
    }
    assert_int_equal(most, IKE_SAS_MAX);
    assert_int_equal(w->nodes[1].ike->ikev2.n_sas, count_sas(w, 1));
    assert_non_null(tunnel_of(w, 1)->peer.lead);
    assert_in_range(w->nodes[1].logs - logs, 20, 100 + 2 * 20);
    world_free(w);
}

/* One that rekeys without end: each is answered, not each with a key exchange. */
static void test_rekeys_as_fast_as_can_be(void **state)
{
    struct world *w = world_new_up(1);
    unsigned before = world_status(w, 1).ike_rekeys;

    (void)state;
    w->delay_us = MS;
    for (int i = 0; i < 500; i++) {
        world_command(w, 0, IKE_COMMAND_REKEY_IKE);
        world_run(w, 10 * MS);
        tunnel_of(w, 0)->peer.lead->v2->retry_us = 0; /* it does not know what a pause is */
    }
    assert_in_range(world_status(w, 1).ike_rekeys - before, 128, 128 + 5 * 32 + 1);
    world_run(w, 100 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_values_count),
        cmocka_unit_test(test_key_exchanges_a_second),
        cmocka_unit_test(test_forged_calls_hold_nobody_up),
        cmocka_unit_test(test_a_repeated_call_is_found),
        cmocka_unit_test(test_ike_sas_without_end),
        cmocka_unit_test(test_rekeys_as_fast_as_can_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
