#include "world.h"

/* How tunnels come up. */

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

static void set_fqdn(struct ike_ident *id, const char *name)
{
    id->type = IKE_ID_FQDN;
    id->len = (uint16_t)strlen(name);
    memcpy(id->data, name, id->len);
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
    assert_int_equal(w->nodes[0].told.n_local_ts, 1);
    assert_int_equal(w->nodes[0].told.n_remote_ts, 2);
    assert_true(prefix_equal(&w->nodes[0].told.remote_ts[1], &b.local_ts[1]));
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
    world_assert_error(w, 0, "ike.no-answer", "no answer from 198.51.100.2:500");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_side_begins),
        cmocka_unit_test(test_both_begin_at_once),
        cmocka_unit_test(test_narrowed_selectors),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_dynamic_peer),
        cmocka_unit_test(test_unknown_peer_gets_no_answer),
        cmocka_unit_test(test_setup_is_quick),
        cmocka_unit_test(test_ipv6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
