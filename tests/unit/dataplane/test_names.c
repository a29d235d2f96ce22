#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "state_internal.h"

#include <stdio.h>

static void test_a_name_keeps_its_number(void **state)
{
    struct dp_names names = {0};
    char text[IPC_ID_MAX];
    uint32_t number;

    (void)state;
    assert_int_equal(dp_names_find(&names, "x"), DP_NONE);
    for (uint32_t i = 0; i < 300; i++) {
        snprintf(text, sizeof(text), "i-%u", i);
        assert_int_equal(dp_names_add(&names, text, &number), 0);
        assert_int_equal(number, i);
    }
    for (uint32_t i = 0; i < 300; i += 3) {
        snprintf(text, sizeof(text), "i-%u", i);
        dp_names_release(&names, i);
        assert_int_equal(dp_names_find(&names, text), DP_NONE);
    }
    for (uint32_t i = 0; i < 300; i++) {
        snprintf(text, sizeof(text), "i-%u", i);
        assert_int_equal(dp_names_find(&names, text), i % 3 ? i : DP_NONE);
    }
    assert_int_equal(dp_names_add(&names, "new", &number), 0);
    assert_int_equal(number, 0); /* the smallest free one */
    assert_int_equal(dp_names_add(&names, "new", &number), 0);
    assert_int_equal(number, 0);
    dp_names_release(&names, 1000); /* not one of ours: no harm */
    dp_names_done(&names);
}

/* Names that share buckets find their way whoever goes. */
static void test_names_come_and_go(void **state)
{
    struct dp_names names = {0};
    bool there[200] = {0};
    uint64_t random = 1;
    char text[IPC_ID_MAX];
    uint32_t number;

    (void)state;
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i;

        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        i = (unsigned)(random >> 33) % ARRAY_SIZE(there);
        snprintf(text, sizeof(text), "n%u", i);
        if (there[i])
            dp_names_release(&names, dp_names_find(&names, text));
        else
            assert_int_equal(dp_names_add(&names, text, &number), 0);
        there[i] = !there[i];
        for (unsigned k = step % 97; k < ARRAY_SIZE(there); k += 97) {
            snprintf(text, sizeof(text), "n%u", k);
            assert_int_equal(dp_names_find(&names, text) != DP_NONE, there[k]);
        }
    }
    dp_names_done(&names);
}

static void test_absurd_names(void **state)
{
    struct dp_names names = {0};
    char text[IPC_ID_MAX + 1];
    uint32_t number = 7;

    (void)state;
    memset(text, 'x', IPC_ID_MAX);
    text[IPC_ID_MAX] = 0;
    assert_int_equal(dp_names_add(&names, "", &number), -EINVAL);
    assert_int_equal(dp_names_add(&names, text, &number), -ENAMETOOLONG);
    assert_int_equal(number, 7);
    assert_int_equal(dp_names_find(&names, ""), DP_NONE);
    assert_int_equal(dp_names_add(&names, "a", &number), 0);
    assert_int_equal(number, 0);
    dp_names_done(&names);
}

static void test_slots_change_hands(void **state)
{
    struct dp_stats *stats;
    struct ipc_stats_map *map;
    struct ipc_stats_slot *slot;
    struct ipc_stats_entry e;

    (void)state;
    assert_int_equal(dp_stats_new(1, &stats), 0);
    assert_int_equal(ipc_stats_open(dp_stats_fd(stats), dp_stats_bytes(stats) + 1, &map), -EPROTO);
    assert_int_equal(ipc_stats_open(dp_stats_fd(stats), dp_stats_bytes(stats), &map), 0);
    assert_int_equal(ipc_stats_find(map, IPC_STATS_TUNNEL, "t-1", &e), -ENOENT);
    slot = dp_stats_take(stats, IPC_STATS_TUNNEL, "t-1", 0, 0);
    dp_count(&dp_tunnel_counters(slot, 0)[IPC_TUNNEL_BYTES_IN], 5);
    dp_count(&dp_tunnel_counters(slot, 1)[IPC_TUNNEL_BYTES_IN], 6);
    assert_int_equal(ipc_stats_find(map, IPC_STATS_TUNNEL, "t-1", &e), 0);
    assert_int_equal(e.values[IPC_TUNNEL_BYTES_IN], 11); /* of both workers */
    dp_stats_give(stats, IPC_STATS_TUNNEL, slot);
    assert_int_equal(ipc_stats_find(map, IPC_STATS_TUNNEL, "t-1", &e), -ENOENT);
    assert_ptr_equal(dp_stats_take(stats, IPC_STATS_TUNNEL, "t-2", 0, 0), slot);
    assert_int_equal(ipc_stats_find(map, IPC_STATS_TUNNEL, "t-2", &e), 0);
    assert_int_equal(e.values[IPC_TUNNEL_BYTES_IN], 0); /* nothing left of the first */
    dp_count(&dp_stats_drops(stats, 0)[IPC_DROP_TTL], 2);
    dp_count(&dp_stats_drops(stats, 1)[IPC_DROP_TTL], 3);
    assert_int_equal(ipc_stats_drop(map, IPC_DROP_TTL), 5);
    assert_int_equal(ipc_stats_drop(map, IPC_DROP_COUNT), 0);
    assert_string_equal(ipc_stats_drop_name(IPC_DROP_TTL), "ttl");
    assert_string_equal(ipc_stats_drop_name(IPC_DROP_COUNT), "?");
    ipc_stats_close(map);
    dp_stats_free(stats);
}

static void test_a_full_segment_still_counts(void **state)
{
    struct ipc_stats_slot *slots[5000];
    struct dp_stats *stats;

    (void)state;
    assert_int_equal(dp_stats_new(1, &stats), 0);
    for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
        slots[i] = dp_stats_take(stats, IPC_STATS_PORT, "i", 0, 0);
        assert_non_null(slots[i]);
        dp_count(&dp_port_counters(slots[i], 1)[IPC_PORT_VALUES - 1], 1);
    }
    for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
        dp_stats_give(stats, IPC_STATS_PORT, slots[i]);
    dp_stats_free(stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_keeps_its_number),
        cmocka_unit_test(test_names_come_and_go),
        cmocka_unit_test(test_absurd_names),
        cmocka_unit_test(test_slots_change_hands),
        cmocka_unit_test(test_a_full_segment_still_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
