#include "world.h"

#include <stdio.h>

#include "tunnel_internal.h"

/* Many tunnels of one machine: who is meant. */

static void set(struct world *w, const char *id, struct addr local, struct addr remote)
{
    struct ike_tunnel_config c = world_config(w, 0);

    text_copy(c.id, sizeof(c.id), id);
    c.local = local;
    c.remote = remote;
    assert_int_equal(ike_tunnel_set(w->nodes[0].ike, &c, w->now_us), 1);
}

/* The ids of the tunnels between two addresses, in their order. */
static const char *between(const struct world *w, struct addr local, struct addr remote)
{
    static char text[256];
    size_t len = 0;

    text[0] = 0;
    ike_for_each_between(t, &w->nodes[0].ike->peers, &local, &remote) len +=
        (size_t)snprintf(text + len, sizeof(text) - len, "%s ", t->config.id);
    return text;
}

static void test_tunnels_are_found_by_their_addresses(void **state)
{
    struct addr l1 = addr_v4(10, 0, 0, 1), l2 = addr_v4(10, 0, 0, 2), any = addr_v4(0, 0, 0, 0);
    struct addr r1 = addr_v4(10, 9, 0, 1), r2 = addr_v4(10, 9, 0, 2);
    struct world *w = world_new(1);

    (void)state;
    set(w, "d", l1, any); /* for whoever comes; after those that name the peer */
    set(w, "a", l1, r1);
    set(w, "b", l1, r1);
    set(w, "c", l2, r1);
    assert_string_equal(between(w, l1, r1), "a b d ");
    assert_string_equal(between(w, l1, r2), "d ");
    assert_string_equal(between(w, l2, r1), "c ");
    assert_string_equal(between(w, l2, r2), "");
    assert_string_equal(between(w, r1, l1), "");
    set(w, "a", l1, r2); /* it moves */
    assert_string_equal(between(w, l1, r1), "b d ");
    assert_string_equal(between(w, l1, r2), "a d ");
    assert_int_equal(ike_tunnel_remove(w->nodes[0].ike, "d", w->now_us), 1);
    assert_int_equal(ike_tunnel_remove(w->nodes[0].ike, "d", w->now_us), 0);
    assert_string_equal(between(w, l1, r2), "a ");
    world_free(w);
}

static void test_each_of_many_is_found(void **state)
{
    struct world *w = world_new(2);
    char id[16];

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(id, sizeof(id), "t%u", i);
        set(w, id, addr_v4(10, 0, (uint8_t)(i >> 8), (uint8_t)i), addr_v4(10, 9, 0, 1));
    }
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(id, sizeof(id), "t%u", i);
        assert_string_equal(ike_tunnel_find(w->nodes[0].ike, id)->peer.config.id, id);
        snprintf(id, sizeof(id), "t%u ", i);
        assert_string_equal(
            between(w, addr_v4(10, 0, (uint8_t)(i >> 8), (uint8_t)i), addr_v4(10, 9, 0, 1)), id);
    }
    assert_null(ike_tunnel_find(w->nodes[0].ike, "t3000"));
    world_free(w);
}

/* What the data plane says of one tunnel says nothing of another. */
static void test_the_inventory_of_one_tunnel(void **state)
{
    struct world *w = world_new_up(3);
    struct ike *ike = w->nodes[0].ike;
    unsigned dels;

    (void)state;
    world_run(w, 30 * SECOND); /* all that crossed at the beginning is over */
    dels = w->nodes[0].dels;
    set(w, "other", addr_v4(10, 0, 0, 1), addr_v4(10, 9, 0, 1));
    ike_inventory_begin(ike, "other");
    ike_inventory_end(ike, "other", w->now_us);
    ike_inventory_begin(ike, "unknown");
    ike_inventory_end(ike, "unknown", w->now_us);
    world_collect(w, 0);
    world_run(w, 5 * SECOND);
    world_assert_one_pair(w);
    assert_int_equal(w->nodes[0].dels, dels);
    world_free(w);
}

/* The next question to the data plane; NULL = none. */
static const char *asked(struct ike *ike, struct ike_action *a)
{
    while (ike_next_action(ike, a)) {
        if (a->kind == IKE_ACTION_SA_QUERY)
            return a->tunnel;
    }
    return NULL;
}

/* Who asks the data plane within a moment gets one answer; who asks about one tunnel, of that. */
static void test_one_question_for_all(void **state)
{
    struct world *w = world_new(4);
    struct ike *ike = w->nodes[0].ike;
    struct ike_action a;

    (void)state;
    ike_ask(&ike->env, "a");
    ike_ask(&ike->env, "b");
    ike_ask(&ike->env, "a");
    ike_tick(ike, w->now_us);
    assert_null(asked(ike, &a)); /* others may want to know, too */
    ike_tick(ike, w->now_us += SECOND);
    assert_string_equal(asked(ike, &a), "");
    ike_ask(&ike->env, "a");
    ike_ask(&ike->env, "a");
    ike_tick(ike, w->now_us += SECOND);
    assert_null(asked(ike, &a)); /* one at a time */
    ike_inventory_begin(ike, NULL);
    ike_inventory_end(ike, NULL, w->now_us);
    assert_string_equal(asked(ike, &a), "a");
    assert_null(asked(ike, &a));
    ike_inventory_begin(ike, "a");
    ike_inventory_end(ike, "a", w->now_us);
    ike_tick(ike, w->now_us += SECOND);
    assert_null(asked(ike, &a));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tunnels_are_found_by_their_addresses),
        cmocka_unit_test(test_each_of_many_is_found),
        cmocka_unit_test(test_the_inventory_of_one_tunnel),
        cmocka_unit_test(test_one_question_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
