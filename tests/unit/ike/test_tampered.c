#include "world.h"
#include "ike_message.h"

/* Somebody on the way who changes what nothing protects yet, and lets what was true follow, neither
 * stops nor slows a tunnel (RFC 7296, 2.4, 2.21.1). */

static const size_t header_len = 28;

/* w->filter_arg: whose IKE_SA_INIT is changed; w->filter_count: which byte behind the header. */
static bool change_init(struct world *w, int from, const uint8_t *data, size_t len)
{
    struct endpoint local = {w->nodes[!from].address, IKE_PORT};
    struct endpoint remote = {w->nodes[from].address, IKE_PORT};
    size_t at = header_len + (size_t)w->filter_count;
    uint8_t changed[4096];

    if (from != w->filter_arg || data[18] != IKE_EXCHANGE_SA_INIT || at >= len)
        return true;
    memcpy(changed, data, len);
    changed[at] ^= 0x41;
    ike_input(w->nodes[!from].ike, &local, &remote, changed, len, w->now_us);
    world_collect(w, !from);
    return true;
}

static void come_up(int changed_from, int byte)
{
    struct world *w = world_new((uint64_t)byte);

    w->filter = change_init;
    w->filter_arg = changed_from;
    w->filter_count = byte;
    world_set_both(w);
    world_run_until_up(w, 3 * SECOND);
    world_free(w);
}

static void test_changed_answers(void **state)
{
    (void)state;
    for (int byte = 0; byte < 500; byte += 3)
        come_up(1, byte);
}

static void test_changed_calls(void **state)
{
    (void)state;
    for (int byte = 0; byte < 500; byte += 3)
        come_up(0, byte);
}

/* The daemon comes back and calls: what carries the traffic goes on until another pair does. */
static void test_nothing_is_lost_over_a_restart(void **state)
{
    (void)state;
    for (int byte = 0; byte < 500; byte += 5) {
        struct world *w = world_new_up((uint64_t)byte);

        world_start_esp(w, 20 * MS);
        w->filter = change_init;
        w->filter_arg = byte % 2;
        w->filter_count = byte;
        world_restart_ike(w, 0);
        world_run(w, 20 * SECOND);
        world_assert_nothing_lost(w);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* The first answer alone, and what was true is lost. */
static bool replace_first_answer(struct world *w, int from, const uint8_t *data, size_t len)
{
    if (from != 1 || data[18] != IKE_EXCHANGE_SA_INIT || w->filter_arg != 1)
        return true;
    change_init(w, from, data, len);
    w->filter_arg = -1;
    return false;
}

/* Whoever called finds out by our AUTH that it had another answer: nothing was dropped for it. */
static void test_a_call_that_is_taken_back(void **state)
{
    (void)state;
    for (int byte = 0; byte < 500; byte += 5) {
        struct world *w = world_new_up((uint64_t)byte);

        world_start_esp(w, 20 * MS);
        w->filter = replace_first_answer;
        w->filter_arg = 1;
        w->filter_count = byte;
        world_restart_ike(w, 0);
        world_run(w, 20 * SECOND);
        world_assert_nothing_lost(w);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* With keys that nobody has: the other one, by which the peer refuses us, is not waited for long
 * in vain. */
static void test_a_changed_answer_does_not_put_off_the_next_call(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config ours = world_config(w, 0), right = world_config(w, 1), wrong;

    (void)state;
    w->filter = change_init;
    w->filter_arg = 1;
    w->filter_count = 100; /* in the value of the key exchange */
    right.initiate = false;
    wrong = right;
    wrong.psk[0] ^= 1;
    world_set(w, 1, &wrong);
    world_set(w, 0, &ours);
    world_run(w, 2 * SECOND);
    world_set(w, 1, &right);
    world_run_until_up(w, 15 * SECOND);
    world_free(w);
}

/* Says that the peer wants ECP 256, before that can say anything. */
static bool ask_for_ecp256(struct world *w, int from, const uint8_t *data, size_t len)
{
    static const uint8_t group[2] = {0, CRYPTO_DH_ECP_256};
    struct endpoint local = {w->nodes[0].address, IKE_PORT};
    struct endpoint remote = {w->nodes[1].address, IKE_PORT};
    struct ike_header hdr;
    struct ike_problem problem;
    struct ike_message m;
    uint8_t out[256];
    size_t n;

    if (from != 0 || data[18] != IKE_EXCHANGE_SA_INIT || w->filter_count++)
        return true;
    assert_int_equal(ike_header_parse(data, len, &hdr, &problem), 0);
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_RESPONSE, hdr.spi_i, 0, 0);
    assert_non_null(
        ike_message_add_notify(&m, IKE_NOTIFY_INVALID_KE_PAYLOAD, group, sizeof(group)));
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), 0);
    ike_input(w->nodes[0].ike, &local, &remote, out, n, w->now_us);
    world_collect(w, 0);
    return false;
}

static void test_nobody_talks_them_into_a_lesser_group(void **state)
{
    struct world *w = world_new(1);

    (void)state;
    w->filter = ask_for_ecp256;
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        c.initiate = i == 0;
        c.ike.n_groups = 2;
        c.ike.groups[0] = CRYPTO_DH_CURVE25519;
        c.ike.groups[1] = CRYPTO_DH_ECP_256;
        world_set(w, i, &c);
    }
    world_run_until_up(w, 5 * SECOND);
    assert_true(w->filter_count > 1);
    assert_non_null(strstr(world_status(w, 0).ike_algs, "curve25519"));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changed_answers),
        cmocka_unit_test(test_changed_calls),
        cmocka_unit_test(test_nothing_is_lost_over_a_restart),
        cmocka_unit_test(test_a_call_that_is_taken_back),
        cmocka_unit_test(test_a_changed_answer_does_not_put_off_the_next_call),
        cmocka_unit_test(test_nobody_talks_them_into_a_lesser_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
