#include "world.h"

/* How tunnels come up, and why they do not. */

static void test_one_side_begins(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    b.initiate = false;
    world_set(w, 1, &b);
    world_run(w, SECOND);
    world_set(w, 0, &a);
    world_run_until_up(w, SECOND);
    world_run(w, SECOND);
    world_assert_one_pair(w);
    assert_string_equal(world_status(w, 0).ike_algs, "aes128gcm16-sha256-curve25519");
    assert_string_equal(world_status(w, 0).child_algs, "aes128gcm16");
    assert_false(world_status(w, 0).nat_local || world_status(w, 0).nat_remote);
    assert_false(world_status(w, 1).nat_local || world_status(w, 1).nat_remote);
    assert_int_equal(world_status(w, 0).remote.port, IKE_PORT_NATT);
    assert_int_equal(world_status(w, 1).remote.port, IKE_PORT_NATT);
    assert_in_range(world_status(w, 0).handshake_us, 20 * MS, 30 * MS);
    world_free(w);
}

static void test_both_begin_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world *w = world_new(seed);

        world_set_both(w);
        world_run_until_up(w, SECOND);
        w->esp_every_us = 5 * MS;
        world_run(w, 60 * SECOND);
        world_assert_one_pair(w);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(w->nodes[i].esp_lost, 0);
            assert_int_equal(w->nodes[i].esp_no_sa, 0);
        }
        world_free(w);
    }
}

/* ---- algorithms ---- */

static void run_suite(const struct ike_offer *ike, const struct ike_offer *child, bool esn)
{
    struct world *w = world_new(7);

    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        c.ike = *ike;
        c.child = *child;
        c.esn = esn;
        c.initiate = i == 0;
        world_set(w, i, &c);
    }
    world_run_until_up(w, 5 * SECOND);
    world_command(w, 1, IKE_COMMAND_REKEY_CHILD); /* with PFS */
    world_run(w, 10 * SECOND);
    world_command(w, 0, IKE_COMMAND_REKEY_IKE);
    world_run(w, 40 * SECOND);
    world_assert_one_pair(w);
    assert_int_equal(world_status(w, 0).ike_rekeys, 1);
    assert_int_equal(world_status(w, 0).child_rekeys, 1);
    world_free(w);
}

static void test_every_cipher(void **state)
{
    (void)state;
    for (size_t i = 0; crypto_encr_at(i); i++) {
        struct ike_offer offer = {.n_ciphers = 1,
                                  .ciphers = {{crypto_encr_at(i)->id, crypto_encr_at(i)->key_bits}},
                                  .n_integrity = 1,
                                  .integrity = {CRYPTO_INTEG_SHA2_256_128},
                                  .n_groups = 1,
                                  .groups = {CRYPTO_DH_CURVE25519}};

        run_suite(&offer, &offer, i & 1);
    }
}

static void test_every_integrity(void **state)
{
    (void)state;
    for (size_t i = 0; crypto_integ_at(i); i++) {
        struct ike_offer offer = {.n_ciphers = 1,
                                  .ciphers = {{CRYPTO_ENCR_AES_CBC, 256}},
                                  .n_integrity = 1,
                                  .integrity = {crypto_integ_at(i)->id},
                                  .n_groups = 1,
                                  .groups = {CRYPTO_DH_CURVE25519}};

        if (crypto_integ_at(i)->id != CRYPTO_INTEG_NONE)
            run_suite(&offer, &offer, true);
    }
}

static void test_every_group(void **state)
{
    (void)state;
    for (size_t i = 0; crypto_dh_at(i); i++) {
        struct ike_offer offer = {.n_ciphers = 1,
                                  .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 256}},
                                  .n_groups = 1,
                                  .groups = {crypto_dh_at(i)->id}};

        if (crypto_dh_at(i)->id != CRYPTO_DH_NONE)
            run_suite(&offer, &offer, true);
    }
}

static void test_without_pfs(void **state)
{
    struct ike_offer ike = {.n_ciphers = 1,
                            .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 128}},
                            .n_groups = 1,
                            .groups = {CRYPTO_DH_CURVE25519}};
    struct ike_offer child = ike;

    (void)state;
    child.groups[0] = CRYPTO_DH_NONE;
    run_suite(&ike, &child, true);
    child.n_groups = 2; /* with, if the peer likes */
    child.groups[1] = CRYPTO_DH_CURVE25519;
    run_suite(&ike, &child, true);
    child.groups[0] = CRYPTO_DH_CURVE25519;
    child.groups[1] = CRYPTO_DH_NONE;
    run_suite(&ike, &child, true);
}

/* The first guess of each end is not among what the other accepts, but there is a common group. */
static void test_wrong_group_guesses(void **state)
{
    struct world *w = world_new(3);

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        c.ike.n_groups = c.child.n_groups = 2;
        c.ike.groups[0] = c.child.groups[0] = i ? CRYPTO_DH_ECP_384 : CRYPTO_DH_CURVE25519;
        c.ike.groups[1] = c.child.groups[1] = CRYPTO_DH_ECP_256;
        c.initiate = i == 0;
        world_set(w, i, &c);
    }
    world_run_until_up(w, SECOND);
    assert_string_equal(world_status(w, 0).ike_algs, "aes128gcm16-sha256-ecp256");
    for (int i = 0; i < 2; i++) {
        world_command(w, i, IKE_COMMAND_REKEY_CHILD);
        world_run(w, 10 * SECOND);
        world_command(w, i, IKE_COMMAND_REKEY_IKE);
        world_run(w, 40 * SECOND);
        world_assert_one_pair(w);
    }
    assert_string_equal(world_status(w, 0).child_algs, "aes128gcm16-ecp256");
    assert_int_equal(world_status(w, 0).child_rekeys, 2);
    assert_int_equal(world_status(w, 0).ike_rekeys, 2);
    world_free(w);
}

static void test_responder_prefers_its_own_order(void **state)
{
    struct world *w = world_new(4);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    b.ike.ciphers[0] = a.ike.ciphers[1];
    b.ike.ciphers[1] = a.ike.ciphers[0];
    b.initiate = false;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run_until_up(w, SECOND);
    assert_string_equal(world_status(w, 0).ike_algs, "aes128-sha256-curve25519");
    world_free(w);
}

/* ---- what goes wrong, and what is said about it ---- */

typedef void change_fn(struct ike_tunnel_config *a, struct ike_tunnel_config *b);

static void other_psk(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    (void)b;
    a->psk[3] ^= 1;
}

static void set_fqdn(struct ike_ident *id, const char *name)
{
    id->type = IKE_ID_FQDN;
    id->len = (uint16_t)strlen(name);
    memcpy(id->data, name, id->len);
}

static void other_id_of_initiator(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    (void)b;
    set_fqdn(&a->local_id, "branch.example");
}

static void other_id_of_responder(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    (void)a;
    set_fqdn(&b->local_id, "cloud.example");
}

static void other_groups(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    a->ike.groups[0] = a->ike.groups[1] = CRYPTO_DH_ECP_521;
    b->ike.n_groups = 1;
}

static void other_ciphers(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    a->ike.n_ciphers = 1;
    a->ike.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_AES_CBC, 256};
    (void)b;
}

static void other_child_ciphers(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    a->child.n_ciphers = 1;
    a->child.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_CHACHA20_POLY1305, 0};
    (void)b;
}

static void other_selectors(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    assert_int_equal(prefix_parse("10.1.0.0/16", &a->local_ts[0]), 0);
    assert_int_equal(prefix_parse("10.2.0.0/16", &b->remote_ts[0]), 0);
}

static void test_refusals_are_explained(void **state)
{
    static const struct {
        change_fn *change;
        const char *at_a; /* begins */
        const char *at_b;
        bool ike_up;
    } cases[] = {
        {other_psk, "PSK mismatch, or it expects another ID", "PSK mismatch", false},
        {other_id_of_initiator, "another ID than ours, branch.example",
         "the peer's ID is branch.example, expected 198.51.100.1", false},
        {other_id_of_responder, "the peer's ID is cloud.example, expected 198.51.100.2", "", false},
        {other_groups, "none of our IKE proposals",
         "no common DH group: peer offered ecp521; this tunnel accepts curve25519", false},
        {other_ciphers, "none of our IKE proposals",
         "no common encryption: peer offered aes256; this tunnel accepts aes128gcm16, aes128",
         false},
        {other_child_ciphers, "none of our IPsec proposals",
         "IPsec: no common encryption: peer offered chacha20poly1305", true},
        {other_selectors, "none of our traffic selectors", "nothing in common", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1), good;

        b.initiate = false;
        good = a;
        cases[i].change(&a, &b);
        world_set(w, 1, &b);
        world_set(w, 0, &a);
        world_run(w, 3 * SECOND);
        assert_false(world_is_up(w, 0) || world_is_up(w, 1));
        world_assert_no_sa(w);
        if (!strstr(world_status(w, 0).last_error, cases[i].at_a) ||
            !strstr(world_status(w, 1).last_error, cases[i].at_b))
            fail_msg("case %zu: A \"%s\", B \"%s\"", i, world_status(w, 0).last_error,
                     world_status(w, 1).last_error);
        world_run(w, 300 * SECOND);
        assert_true(w->sent < 400); /* it goes on trying, but calmly */
        /* Both mended: it comes up without further ado. */
        world_set(w, 0, &good);
        b = world_config(w, 1);
        world_set(w, 1, &b);
        world_run_until_up(w, 2 * SECOND);
        world_run(w, 40 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

static void test_narrowed_selectors(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);
    const struct ike_esp_sa *sa;
    size_t i = 0;

    (void)state;
    b.initiate = false;
    b.n_local_ts = 2; /* a policy-based device: we ask for everything and get what it allows */
    assert_int_equal(prefix_parse("10.2.0.0/16", &b.local_ts[0]), 0);
    assert_int_equal(prefix_parse("192.168.7.0/24", &b.local_ts[1]), 0);
    assert_int_equal(prefix_parse("10.1.0.0/16", &b.remote_ts[0]), 0);
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run_until_up(w, SECOND);
    while (!w->nodes[0].plane[i].there)
        i++;
    sa = &w->nodes[0].plane[i].sa;
    assert_int_equal(sa->n_local_ts, 1);
    assert_int_equal(sa->n_remote_ts, 2);
    assert_true(prefix_equal(&sa->local_ts[0], &b.remote_ts[0]));
    assert_true(prefix_equal(&sa->remote_ts[1], &b.local_ts[1]));
    world_free(w);
}

static void test_identities(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    set_fqdn(&a.local_id, "a.example");
    set_fqdn(&b.remote_id, "A.EXAMPLE"); /* without regard to case */
    b.local_id = (struct ike_ident){.type = IKE_ID_KEY_ID, .len = 3, .data = "\1\2\3"};
    a.remote_id = b.local_id;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run_until_up(w, SECOND);
    world_free(w);
}

/* A peer without a fixed address: we only answer, and know it by its ID. */
static void test_dynamic_peer(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    b.remote = addr_v4(0, 0, 0, 0);
    set_fqdn(&a.local_id, "road.example");
    b.remote_id = a.local_id;
    world_set(w, 1, &b);
    world_run(w, 10 * SECOND);
    assert_int_equal(w->sent, 0);
    assert_int_equal(world_status(w, 1).state, IKE_OPER_DOWN);
    world_set(w, 0, &a);
    world_run_until_up(w, SECOND);
    world_free(w);
}

static void test_unknown_peer_gets_no_answer(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0);
    struct ike_stats stats;

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 60 * SECOND);
    ike_get_stats(w->nodes[1].ike, &stats);
    assert_in_range(w->nodes[1].logs, 2, 7);
    assert_true(stats.unknown_peer > 10);
    assert_int_equal(stats.unknown_peer, w->sent);
    assert_non_null(strstr(world_status(w, 0).last_error, "no answer from 198.51.100.2:500"));
    world_free(w);
}

/* The last end to be configured calls at once: well under half a second. */
static void test_setup_is_quick(void **state)
{
    (void)state;
    for (unsigned wait_ms = 0; wait_ms < 30000; wait_ms += 1777) {
        struct world *w = world_new(wait_ms + 1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

        world_set(w, 0, &a);
        world_run(w, wait_ms * MS);
        world_set(w, 1, &b);
        world_run_until_up(w, 100 * MS);
        world_free(w);
    }
}

static void test_ipv6(void **state)
{
    struct world *w = world_new(1);

    (void)state;
    assert_int_equal(addr_parse("2001:db8::1", &w->nodes[0].address), 0);
    assert_int_equal(addr_parse("2001:db8::2", &w->nodes[1].address), 0);
    world_set_both(w);
    world_run_until_up(w, SECOND);
    world_run(w, 40 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* ---- cookies ---- */

static void put_be(uint8_t *at, uint64_t v, size_t n)
{
    while (n--) {
        at[n] = (uint8_t)v;
        v >>= 8;
    }
}

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
 * sends it back, gets through. */
static void test_cookies(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);
    struct endpoint local = {w->nodes[1].address, IKE_PORT},
                    remote = {w->nodes[0].address, IKE_PORT};
    struct ike_stats stats;

    (void)state;
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
    assert_int_equal(stats.cookies, 100 - 32);
    world_run_until_up(w, SECOND);
    ike_get_stats(w->nodes[1].ike, &stats);
    assert_int_equal(stats.cookies, 100 - 32 + 1);
    world_run(w, 30 * SECOND); /* the forged ones are forgotten */
    world_assert_one_pair(w);
    world_free(w);
}

/* ---- a bad network ---- */

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
        cmocka_unit_test(test_one_side_begins),
        cmocka_unit_test(test_both_begin_at_once),
        cmocka_unit_test(test_every_cipher),
        cmocka_unit_test(test_every_integrity),
        cmocka_unit_test(test_every_group),
        cmocka_unit_test(test_without_pfs),
        cmocka_unit_test(test_wrong_group_guesses),
        cmocka_unit_test(test_responder_prefers_its_own_order),
        cmocka_unit_test(test_refusals_are_explained),
        cmocka_unit_test(test_narrowed_selectors),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_dynamic_peer),
        cmocka_unit_test(test_unknown_peer_gets_no_answer),
        cmocka_unit_test(test_setup_is_quick),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_loss_and_disorder),
        cmocka_unit_test(test_each_datagram_lost_once),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_forged_datagrams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
