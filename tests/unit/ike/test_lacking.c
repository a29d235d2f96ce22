#include "world.h"

#include "crypto.h"

/* A machine whose libcrypto has no ML-KEM, as on Debian 12. */

static void begin(struct world *w, uint8_t n, const uint16_t *methods)
{
    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = world_config(w, i);

        c.initiate = i == 0;
        c.ike.n_additional = n;
        for (uint8_t m = 0; m < n; m++)
            c.ike.additional[m] = (struct ike_additional){0, methods[m]};
        world_set(w, i, &c);
    }
}

static void test_goes_on_with_what_there_is(void **state)
{
    static const struct {
        uint8_t n;
        uint16_t methods[2];
        const char *algs;
    } cases[] = {
        {2, {CRYPTO_DH_ML_KEM_768, CRYPTO_DH_NONE}, "curve25519"},
        {2, {CRYPTO_DH_ML_KEM_768, CRYPTO_DH_ECP_384}, "curve25519+ecp384"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);

        begin(w, cases[i].n, cases[i].methods);
        world_run_until_up(w, SECOND);
        assert_string_equal(strstr(world_status(w, 0).ike_algs, "curve"), cases[i].algs);
        assert_non_null(strstr(w->nodes[0].said, "negotiation.lacking|mlkem768"));
        world_free(w);
    }
}

/* Nothing is sent, and it is said what to change. */
static void test_cannot_do_without(void **state)
{
    static const uint16_t methods[] = {CRYPTO_DH_ML_KEM_768};
    struct world *w = world_new(1);

    (void)state;
    begin(w, 1, methods);
    world_run(w, 10 * SECOND);
    assert_false(world_is_up(w, 0) || world_is_up(w, 1));
    assert_int_equal(w->sent, 0);
    world_assert_error(w, 0, "ike.lacking", "does not have mlkem768, which needs OpenSSL 3.5");
    world_free(w);
}

/* Another peer's call does not help, and says why. */
static void test_called(void **state)
{
    static const uint16_t methods[] = {CRYPTO_DH_ML_KEM_768};
    struct world *w = world_new(1);
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    begin(w, 1, methods);
    world_set(w, 0, &c);
    world_run(w, 5 * SECOND);
    world_assert_error(w, 1, "ike.lacking", "does not have mlkem768");
    world_assert_error(w, 0, "ike.peer-refused-ike-proposals", "");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on_with_what_there_is),
        cmocka_unit_test(test_cannot_do_without),
        cmocka_unit_test(test_called),
    };

    if (crypto_dh_is_there(crypto_dh_find(CRYPTO_DH_ML_KEM_768)))
        return 77; /* skipped */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
