#include "world.h"

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
    c.psk[0] ^= 1; /* for the next authentication */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unchanged_is_untouched),
        cmocka_unit_test(test_soft_changes_do_not_renegotiate),
        cmocka_unit_test(test_shorter_lifetime_holds_now),
        cmocka_unit_test(test_algorithms_change_without_a_gap),
        cmocka_unit_test(test_identity_changes_without_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
