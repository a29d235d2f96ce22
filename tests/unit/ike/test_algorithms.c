#include "world.h"

/* Every algorithm of both kinds of SA, and how one is agreed on. */

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

        if (crypto_dh_is_there(crypto_dh_at(i)))
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

/* One end would like PFS, the other one does without: the KE that was sent is passed over. */
static void test_pfs_declined(void **state)
{
    (void)state;
    for (int strict = 0; strict < 2; strict++) {
        struct world *w = world_new(5);

        for (int i = 0; i < 2; i++) {
            struct ike_tunnel_config c = world_config(w, i);

            c.child.n_groups = i == strict ? 1 : 2;
            c.child.groups[0] = i == strict ? CRYPTO_DH_NONE : CRYPTO_DH_CURVE25519;
            c.child.groups[1] = i == strict ? 0 : CRYPTO_DH_NONE;
            c.initiate = i == 0;
            world_set(w, i, &c);
        }
        world_run_until_up(w, SECOND);
        for (int i = 0; i < 2; i++) {
            world_command(w, i, IKE_COMMAND_REKEY_CHILD);
            world_run(w, 10 * SECOND);
            assert_int_equal(world_status(w, 0).child_rekeys, i + 1);
            assert_string_equal(world_status(w, 0).last_error, "");
            world_assert_one_pair(w);
        }
        assert_string_equal(world_status(w, 0).child_algs, "aes128gcm16");
        world_free(w);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cipher),
        cmocka_unit_test(test_every_integrity),
        cmocka_unit_test(test_every_group),
        cmocka_unit_test(test_without_pfs),
        cmocka_unit_test(test_pfs_declined),
        cmocka_unit_test(test_wrong_group_guesses),
        cmocka_unit_test(test_responder_prefers_its_own_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
