#include "world.h"
#include "tunnel_internal.h"

/* A changed configuration is negotiated anew before the old SAs go; what is the same is untouched.
 */

static void test_unchanged_is_untouched(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    w->sent = 0;
    w->nodes[0].adds = w->nodes[0].dels = w->nodes[0].statuses = 0;
    ike_sync_begin(w->nodes[0].ike);
    assert_int_equal(ike_tunnel_set(w->nodes[0].ike, &c, w->now_us), 0);
    assert_int_equal(ike_sync_end(w->nodes[0].ike, w->now_us), 0);
    world_collect(w, 0);
    assert_int_equal(w->sent + w->nodes[0].adds + w->nodes[0].dels + w->nodes[0].statuses, 0);
    world_free(w);
}

static void test_soft_changes_do_not_renegotiate(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    c.dpd_interval_s = 5;
    c.child_lifetime_s = 7200;
    strcpy(c.name, "another");
    w->nodes[0].adds = w->nodes[0].dels = 0;
    world_set(w, 0, &c);
    world_run(w, 60 * SECOND);
    assert_int_equal(w->nodes[0].adds + w->nodes[0].dels, 0);
    world_assert_one_pair(w);
    world_free(w);
}

static void test_shorter_lifetime_holds_now(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    c.child_lifetime_s = 180;
    world_set(w, 0, &c);
    world_run(w, 180 * SECOND);
    assert_in_range(world_status(w, 0).child_rekeys, 1, 2);
    world_free(w);
}

/* Algorithms are changed at one end, later at the other: the old SAs serve until both agree. */
static void change_both(void (*change)(struct ike_tunnel_config *c), const char *ike_algs,
                        const char *child_algs)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);

    world_start_esp(w, 3 * MS);
    change(&c);
    world_set(w, 0, &c);
    world_run(w, 40 * SECOND);
    assert_true(world_is_up(w, 0) && world_is_up(w, 1));
    c = world_config(w, 1);
    change(&c);
    world_set(w, 1, &c);
    world_run(w, 100 * SECOND);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    assert_string_equal(world_status(w, 0).ike_algs, ike_algs);
    assert_string_equal(world_status(w, 1).ike_algs, ike_algs);
    assert_string_equal(world_status(w, 0).child_algs, child_algs);
    world_free(w);
}

static void change_ike(struct ike_tunnel_config *c)
{
    c->ike.n_ciphers = 1;
    c->ike.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_AES_GCM_16, 256};
}

static void change_child(struct ike_tunnel_config *c)
{
    c->child.n_ciphers = 1;
    c->child.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_CHACHA20_POLY1305, 0};
}

static void change_everything(struct ike_tunnel_config *c)
{
    change_ike(c);
    change_child(c);
}

static void test_algorithms_change_without_a_gap(void **state)
{
    (void)state;
    change_both(change_ike, "aes256gcm16-sha256-curve25519", "aes128gcm16");
    change_both(change_child, "aes128gcm16-sha256-curve25519", "chacha20poly1305-curve25519");
    change_both(change_everything, "aes256gcm16-sha256-curve25519", "chacha20poly1305");
}

static void set_name(struct ike_ident *id)
{
    id->type = IKE_ID_FQDN;
    id->len = 6;
    memcpy(id->data, "a.name", 6);
}

static void test_identity_changes_without_a_gap(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    world_start_esp(w, 3 * MS);
    set_name(&a.local_id);
    set_name(&b.remote_id);
    world_set(w, 0, &a);
    world_run(w, 5 * SECOND);
    world_set(w, 1, &b);
    world_run(w, 100 * SECOND);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    world_free(w);
}

static void swap_ike_groups(struct ike_tunnel_config *c)
{
    uint16_t first = c->ike.groups[0];

    c->ike.groups[0] = c->ike.groups[1];
    c->ike.groups[1] = first;
}

/* Both ends are changed within two round trips, so that each calls while the other one's call is
 * under way, or just done: whichever IKE SA stays, the ends do not close both. */
static void test_both_ends_change_at_once(void **state)
{
    (void)state;
    for (unsigned k = 0; k <= 80; k += 2) {
        struct world *w = world_new_up(k);

        world_start_esp(w, 3 * MS);
        w->jitter_us = k * MS / 4;
        for (int i = 0; i < 2; i++) {
            struct ike_tunnel_config c = world_config(w, i);

            swap_ike_groups(&c);
            world_set(w, i, &c);
            world_run(w, k * MS / 2);
        }
        world_run(w, 5 * SECOND);
        w->esp_every_us = 100 * MS;
        world_run(w, 30 * SECOND);
        world_assert_nothing_lost(w);
        w->esp_every_us = SECOND;
        world_run(w, 300 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

static bool loses_first_calls(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    return from != 1 || data[18] != IKE_EXCHANGE_SA_INIT || data[19] & IKE_FLAG_RESPONSE ||
           w->now_us > w->esp_since_us + SECOND / 2;
}

/* Both call at once, and one of the calls is late: to its maker there are two at once, of which the
 * other one stays, to the other end a later call, which stays. Each leaves it to the peer to close
 * what is too much; they do not both lose patience at the same time. */
static void test_two_ends_see_it_differently(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 16; k++) {
        struct world *w = world_new_up(k);

        w->delay_us = 30 * MS;
        w->jitter_us = 100 * MS;
        world_start_esp(w, 3 * MS);
        w->filter = loses_first_calls;
        for (int i = 0; i < 2; i++) {
            struct ike_tunnel_config c = world_config(w, i);

            swap_ike_groups(&c);
            world_set(w, i, &c);
        }
        world_run(w, 2 * SECOND);
        w->esp_every_us = 50 * MS;
        world_run(w, 60 * SECOND);
        world_assert_nothing_lost(w);
        world_assert_one_pair(w);
        world_free(w);
    }
}

static bool loses_auth_answers(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w, (void)len;
    return from != 1 || data[18] != IKE_EXCHANGE_AUTH;
}

/* A call is given up at its last step, when the called end has made its IKE SA and child already:
 * that one goes on with the child that works until the caller shows that it has the new one. */
static void test_a_call_given_up_halfway(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    world_start_esp(w, 3 * MS);
    w->filter = loses_auth_answers;
    swap_ike_groups(&c);
    world_set(w, 0, &c);
    world_run(w, 500 * MS);
    c = world_config(w, 0);
    world_set(w, 0, &c); /* back to what it was: the call ends without a word */
    w->esp_every_us = 20 * MS;
    world_run(w, 60 * SECOND);
    w->filter = NULL;
    world_run(w, 60 * SECOND);
    world_assert_nothing_lost(w);
    w->esp_every_us = SECOND;
    world_run(w, 300 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* The same, when what works are the SAs from before a restart. */
static void test_a_call_given_up_after_a_restart(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    world_start_esp(w, 3 * MS);
    w->filter = loses_auth_answers;
    world_restart_ike(w, 1);
    b.initiate = false;
    world_set(w, 1, &b);
    swap_ike_groups(&a);
    world_set(w, 0, &a);
    world_run(w, 500 * MS);
    a = world_config(w, 0);
    world_set(w, 0, &a);
    world_run(w, 8 * SECOND);
    w->filter = NULL;
    w->esp_every_us = 20 * MS;
    world_run(w, 120 * SECOND);
    world_assert_nothing_lost(w);
    world_assert_logged(w, 0, "ike.silent-beside-esp");
    world_free(w);
}

/* Of the IKE SA named by filter_arg, from node 0, only what is sent in the second half of the first
 * second arrives, and what is sent much later. */
static bool loses_informational(struct world *w, int from, const uint8_t *data, size_t len)
{
    uint64_t since = w->now_us - w->esp_since_us;

    (void)len;
    return from != 0 || data[18] != IKE_EXCHANGE_INFORMATIONAL ||
           wire_load_be32(data) != (uint32_t)w->filter_arg ||
           (since > SECOND / 2 && since < SECOND) || since > 8 * SECOND;
}

/* The end that calls anew deletes the old IKE SA, and the message is lost for seconds. The other
 * end sends on that one's child, which it can use since a moment ago: all of it is taken. */
static void test_a_delete_that_is_late(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel *tunnel = ike_tunnel_find(w->nodes[0].ike, "vpntun-0");
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    w->filter = loses_informational;
    w->filter_arg = (int)(uint32_t)(tunnel->peer.lead->spi_i >> 32);
    world_start_esp(w, 3 * MS);
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    swap_ike_groups(&c);
    world_set(w, 0, &c);
    world_run(w, 20 * SECOND);
    world_assert_nothing_lost(w);
    w->esp_every_us = SECOND;
    world_run(w, 300 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unchanged_is_untouched),
        cmocka_unit_test(test_soft_changes_do_not_renegotiate),
        cmocka_unit_test(test_shorter_lifetime_holds_now),
        cmocka_unit_test(test_algorithms_change_without_a_gap),
        cmocka_unit_test(test_identity_changes_without_a_gap),
        cmocka_unit_test(test_both_ends_change_at_once),
        cmocka_unit_test(test_two_ends_see_it_differently),
        cmocka_unit_test(test_a_call_given_up_halfway),
        cmocka_unit_test(test_a_call_given_up_after_a_restart),
        cmocka_unit_test(test_a_delete_that_is_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
