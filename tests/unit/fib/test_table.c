#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fib_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <urcu/urcu-memb.h>

#define ROUTES_MAX 2000

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*state >> 33);
}

static struct fib_route route_of(const char *prefix, uint32_t id)
{
    struct fib_route r = {.hops = {.count = 1, .ids = {id}}};

    assert_int_equal(prefix_parse(prefix, &r.prefix), 0);
    return r;
}

static uint32_t look(const struct fib_table *table, const char *text)
{
    const struct fib_hops *hops;
    struct addr a;

    assert_int_equal(addr_parse(text, &a), 0);
    hops = fib_lookup(table, &a);
    return hops ? hops->ids[0] : 0;
}

static struct fib_table *table_of(const struct fib_route *routes, size_t count)
{
    struct fib_table *table = NULL;

    assert_int_equal(fib_table_new(&table), 0);
    assert_int_equal(fib_table_set(table, routes, count), 0);
    return table;
}

static void test_the_longest_prefix_wins(void **state)
{
    const struct fib_route routes[] = {
        route_of("10.0.0.0/8", 8),           route_of("0.0.0.0/0", 1),
        route_of("10.1.2.3/32", 32),         route_of("10.1.0.0/16", 16),
        route_of("10.1.2.0/31", 31),         route_of("10.0.0.0/7", 7),
        route_of("10.1.2.0/24", 24),         route_of("2001:db8::/32", 132),
        route_of("2001:db8::1/128", 228),    route_of("2001:db8:0:1::/64", 164),
        route_of("255.255.255.255/32", 255),
    };
    static const struct {
        const char *addr;
        uint32_t id;
    } rows[] = {
        {"9.255.255.255", 1},      {"10.0.0.0", 8},
        {"11.0.0.0", 7},           {"12.0.0.0", 1},
        {"10.255.0.1", 8},         {"10.1.255.255", 16},
        {"10.1.2.0", 31},          {"10.1.2.1", 31},
        {"10.1.2.2", 24},          {"10.1.2.3", 32},
        {"10.1.2.4", 24},          {"0.0.0.0", 1},
        {"255.255.255.255", 255},  {"255.255.255.254", 1},
        {"2001:db8::1", 228},      {"2001:db8::2", 132},
        {"2001:db8:0:1::9", 164},  {"2001:db8:0:2::", 132},
        {"2001:db9::", 0},         {"::", 0},
        {"2001:db8:ffff::1", 132},
    };
    struct fib_table *table = table_of(routes, ARRAY_SIZE(routes));

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint32_t id = look(table, rows[i].addr);

        if (id != rows[i].id)
            fail_msg("%s: %u", rows[i].addr, id);
    }
    assert_int_equal(fib_table_count(table), ARRAY_SIZE(routes));
    fib_table_free(table);
}

static void test_an_empty_table_leads_nowhere(void **state)
{
    const struct fib_route six = route_of("::/0", 6), four = route_of("0.0.0.0/0", 4);
    struct fib_table *table = table_of(NULL, 0);

    (void)state;
    assert_int_equal(look(table, "10.0.0.1"), 0);
    assert_int_equal(look(table, "::1"), 0);
    assert_null(fib_lookup(table, &(struct addr){0}));
    assert_int_equal(fib_table_set(table, &six, 1), 0);
    assert_int_equal(look(table, "10.0.0.1"), 0);
    assert_int_equal(look(table, "::1"), 6);
    assert_int_equal(look(table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 6);
    assert_int_equal(fib_table_set(table, &four, 1), 0);
    assert_int_equal(look(table, "10.0.0.1"), 4);
    assert_int_equal(look(table, "::1"), 0);
    assert_int_equal(fib_table_set(table, NULL, 0), 0);
    assert_int_equal(look(table, "10.0.0.1"), 0);
    assert_int_equal(fib_table_count(table), 0);
    fib_table_free(table);
    fib_table_free(NULL);
}

static void test_a_blackhole_is_found_and_is_empty(void **state)
{
    struct fib_route routes[] = {route_of("10.0.0.0/8", 8), route_of("10.1.0.0/16", 16)};
    struct fib_table *table;
    const struct fib_hops *hops;

    (void)state;
    routes[1].hops.count = 0;
    routes[0].hops.count = FIB_HOPS_MAX;
    routes[0].hops.ids[FIB_HOPS_MAX - 1] = 99;
    table = table_of(routes, 2);
    hops = fib_lookup4(table, (const uint8_t[]){10, 1, 2, 3});
    assert_non_null(hops);
    assert_int_equal(hops->count, 0);
    hops = fib_lookup4(table, (const uint8_t[]){10, 2, 2, 3});
    assert_non_null(hops);
    assert_int_equal(hops->count, FIB_HOPS_MAX);
    assert_int_equal(hops->ids[FIB_HOPS_MAX - 1], 99);
    fib_table_free(table);
}

static void test_bad_lists_change_nothing(void **state)
{
    const struct fib_route good = route_of("10.0.0.0/8", 8);
    struct fib_table *table = table_of(&good, 1);
    struct fib_route bad[2];

    (void)state;
    bad[0] = bad[1] = good;
    assert_int_equal(fib_table_set(table, bad, 2), -EEXIST);
    bad[1].prefix.len = 33;
    assert_int_equal(fib_table_set(table, bad, 2), -EINVAL);
    bad[1] = route_of("11.0.0.0/8", 1);
    bad[1].hops.count = FIB_HOPS_MAX + 1;
    assert_int_equal(fib_table_set(table, bad, 2), -EINVAL);
    bad[1] = route_of("11.0.0.0/8", 1);
    bad[1].prefix.addr.bytes[3] = 1; /* host bits */
    assert_int_equal(fib_table_set(table, bad, 2), -EINVAL);
    bad[1].prefix.addr.family = ADDR_NONE;
    assert_int_equal(fib_table_set(table, bad, 2), -EINVAL);
    assert_int_equal(fib_table_set(table, bad, SIZE_MAX), -E2BIG);
    assert_int_equal(look(table, "10.0.0.1"), 8);
    assert_int_equal(fib_table_count(table), 1);
    fib_table_free(table);
}

/* ---- beside a naive twin ---- */

/* Addresses crowd together, so that prefixes overlap and nest. */
static struct addr crowded_addr(uint64_t *seed, uint8_t family)
{
    struct addr a = {.family = family};
    size_t len = addr_len(&a), from = next_random(seed) % len;

    if (family == ADDR_IPV6)
        a.bytes[0] = 0x20;
    for (size_t i = 0; i < len; i++) {
        if (i >= from || next_random(seed) % 4 == 0)
            a.bytes[i] =
                (uint8_t)(next_random(seed) % 3 ? next_random(seed) % 4 : next_random(seed));
    }
    return a;
}

static size_t random_routes(uint64_t *seed, size_t want, struct fib_route *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < want; i++) {
        uint8_t family = next_random(seed) % 2 ? ADDR_IPV4 : ADDR_IPV6;
        struct addr a = crowded_addr(seed, family);
        uint8_t len = (uint8_t)(next_random(seed) % (addr_bits(&a) + 1));
        struct fib_route r = {.prefix = prefix_make(&a, len), .hops = {1, {(uint32_t)i + 1}}};
        bool known = false;

        for (size_t k = 0; k < n; k++)
            known = known || prefix_equal(&ret[k].prefix, &r.prefix);
        if (!known)
            ret[n++] = r;
    }
    return n;
}

static uint32_t naive_look(const struct fib_route *routes, size_t n, const struct addr *a)
{
    const struct fib_route *best = NULL;

    for (size_t i = 0; i < n; i++) {
        if (prefix_contains_addr(&routes[i].prefix, a) &&
            (!best || routes[i].prefix.len > best->prefix.len))
            best = &routes[i];
    }
    return best ? best->hops.ids[0] : 0;
}

static void expect_same(const struct fib_table *table, const struct fib_route *routes, size_t n,
                        const struct addr *a)
{
    const struct fib_hops *hops = fib_lookup(table, a);
    uint32_t id = hops ? hops->ids[0] : 0, expect = naive_look(routes, n, a);
    char text[ADDR_TEXT_MAX];

    if (id != expect)
        fail_msg("%s: %u instead of %u", addr_format(a, text), id, expect);
}

static void test_random_tables_agree_with_a_naive_twin(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 10, 64, 300, ROUTES_MAX};
    struct fib_route *routes = calloc(ROUTES_MAX, sizeof(*routes));
    struct fib_table *table = table_of(NULL, 0);
    uint64_t seed = 1;

    (void)state;
    assert_non_null(routes);
    for (unsigned round = 0; round < 60; round++) {
        size_t n = random_routes(&seed, sizes[round % ARRAY_SIZE(sizes)], routes);

        assert_int_equal(fib_table_set(table, routes, n), 0);
        for (unsigned i = 0; i < 600; i++) {
            struct addr a = crowded_addr(&seed, i % 2 ? ADDR_IPV4 : ADDR_IPV6);

            expect_same(table, routes, n, &a);
        }
        for (size_t i = 0; i < n; i += 1 + n / 200) { /* the edges of each route */
            struct addr first = routes[i].prefix.addr, last = prefix_last(&routes[i].prefix);
            struct addr next = addr_add(&last, 1);

            expect_same(table, routes, n, &first);
            expect_same(table, routes, n, &last);
            expect_same(table, routes, n, &next);
        }
    }
    fib_table_free(table);
    free(routes);
}

/* ---- one change after the other ---- */

static int put(struct fib_table *table, const struct fib_route *route)
{
    return fib_table_put(table, &route->prefix, &route->hops);
}

static size_t place_of(const struct fib_route *routes, size_t n, const struct prefix *p)
{
    size_t i = 0;

    while (i < n && !prefix_equal(&routes[i].prefix, p))
        i++;
    return i;
}

static void expect_edges(const struct fib_table *table, const struct fib_route *routes, size_t n,
                         const struct prefix *p)
{
    struct addr first = p->addr, last = prefix_last(p);
    struct addr next = addr_add(&last, 1), before = addr_add(&first, UINT64_MAX);

    expect_same(table, routes, n, &first);
    expect_same(table, routes, n, &last);
    expect_same(table, routes, n, &next);
    expect_same(table, routes, n, &before);
}

/* Few groups, so that neighbours often lead to the same one. */
static void change_one(struct fib_table *table, uint64_t *seed, struct fib_route *routes, size_t *n,
                       size_t most)
{
    struct addr a = crowded_addr(seed, next_random(seed) % 2 ? ADDR_IPV4 : ADDR_IPV6);
    uint8_t len = (uint8_t)(next_random(seed) % (addr_bits(&a) + 1));
    struct fib_route r = {.prefix = prefix_make(&a, len), .hops = {1, {1 + next_random(seed) % 5}}};
    size_t i = place_of(routes, *n, &r.prefix);

    if (i == *n && *n > 0 && (*n == most || next_random(seed) % 5 < 2)) {
        i = next_random(seed) % *n;
        r = routes[i];
        assert_int_equal(fib_table_remove(table, &r.prefix), 0);
        assert_int_equal(fib_table_remove(table, &r.prefix), -ENOENT);
        routes[i] = routes[--*n];
    } else {
        assert_int_equal(put(table, &r), 0);
        routes[i] = r;
        *n += i == *n;
    }
    expect_edges(table, routes, *n, &r.prefix);
}

static void test_each_change_agrees_with_a_naive_twin(void **state)
{
    static const size_t sizes[] = {1, 3, 20, 150, 700};
    struct fib_route *routes = calloc(ROUTES_MAX, sizeof(*routes));
    uint64_t seed = 3;

    (void)state;
    assert_non_null(routes);
    for (unsigned round = 0; round < ARRAY_SIZE(sizes); round++) {
        struct fib_table *table = table_of(NULL, 0);
        size_t n = 0;

        for (unsigned step = 0; step < 3000; step++) {
            change_one(table, &seed, routes, &n, sizes[round]);
            assert_int_equal(fib_table_count(table), n);
            for (unsigned i = 0; i < 6; i++) {
                struct addr a = crowded_addr(&seed, i % 2 ? ADDR_IPV4 : ADDR_IPV6);

                expect_same(table, routes, n, &a);
            }
        }
        fib_table_free(table);
    }
    free(routes);
}

/* The blocks of nodes are those that making the table at once gives. */
static void test_changes_give_the_tree_that_is_made_at_once(void **state)
{
    struct fib_route *routes = calloc(ROUTES_MAX, sizeof(*routes));
    struct fib_table *table = table_of(NULL, 0), *fresh = table_of(NULL, 0);
    uint64_t seed = 4;
    size_t n = 0;

    (void)state;
    assert_non_null(routes);
    for (unsigned step = 0; step < 2000; step++) {
        change_one(table, &seed, routes, &n, 200);
        if (step % 10 != 0)
            continue;
        assert_int_equal(fib_table_set(fresh, routes, n), 0);
        assert_int_equal(table->bytes, fresh->bytes);
        assert_int_equal(table->groups.count, fresh->groups.count);
    }
    fib_table_free(table);
    fib_table_free(fresh);
    free(routes);
}

static void count_hops(void *arg, const struct fib_hops *hops)
{
    assert_true(hops->count > 0);
    ++*(unsigned *)arg;
}

static void follow(void *arg, const struct prefix *prefix, const struct fib_hops *hops)
{
    const struct fib_route **next = arg;

    assert_true(prefix_equal(prefix, &(*next)->prefix));
    assert_true(fib_hops_equal(hops, &(*next)->hops));
    ++*next;
}

static void test_a_writer_can_ask_what_is_in_a_table(void **state)
{
    const struct fib_route routes[] = {route_of("10.0.0.0/8", 9), route_of("10.1.0.0/16", 8),
                                       route_of("fd00::/8", 9)};
    const struct fib_route *next = routes;
    struct fib_table *table = table_of(routes, 3), *other = table_of(routes, 2);
    unsigned n = 0;

    (void)state;
    fib_table_each_hops(table, count_hops, &n);
    assert_int_equal(n, 2); /* two of the three share theirs */
    fib_table_each(table, follow, &next);
    assert_ptr_equal(next, routes + 3);
    assert_false(fib_table_equal(table, other));
    assert_int_equal(put(other, &routes[2]), 0);
    assert_true(fib_table_equal(table, other));
    assert_int_equal(fib_table_put(other, &routes[2].prefix, &routes[1].hops), 0);
    assert_false(fib_table_equal(table, other));
    assert_int_equal(fib_table_remove(other, &routes[0].prefix), 0);
    assert_int_equal(fib_table_remove(table, &routes[1].prefix), 0);
    assert_false(fib_table_equal(table, other)); /* as many, others */
    fib_table_free(table);
    fib_table_free(other);
}

static void test_bad_changes_change_nothing(void **state)
{
    const struct fib_route good = route_of("10.0.0.0/8", 8);
    struct fib_table *table = table_of(&good, 1);
    struct fib_route bad = good;

    (void)state;
    bad.prefix.addr.bytes[3] = 1;
    assert_int_equal(put(table, &bad), -EINVAL);
    bad.prefix = (struct prefix){0};
    assert_int_equal(put(table, &bad), -EINVAL);
    assert_int_equal(fib_table_remove(table, &bad.prefix), -ENOENT);
    bad = route_of("10.0.0.0/9", 8);
    assert_int_equal(fib_table_remove(table, &bad.prefix), -ENOENT);
    bad.hops.count = FIB_HOPS_MAX + 1;
    assert_int_equal(put(table, &bad), -EINVAL);
    assert_int_equal(fib_table_count(table), 1);
    assert_int_equal(look(table, "10.0.0.1"), 8);
    fib_table_free(table);
}

static void test_small_tables_stay_small(void **state)
{
    struct fib_route routes[50];
    struct fib_table *table;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(routes); i++) {
        struct addr a = addr_v4(10, (uint8_t)i, 0, 0);

        routes[i] = (struct fib_route){.prefix = prefix_make(&a, 16), .hops = {1, {i}}};
    }
    table = table_of(routes, ARRAY_SIZE(routes));
    /* The list of routes, which whoever changes a table needs, is in it. */
    assert_in_range(fib_table_memory(table), sizeof(routes), 8192 + sizeof(routes));
    for (unsigned i = 0; i < ARRAY_SIZE(routes); i++)
        routes[i].hops.ids[0] = 7;
    assert_int_equal(fib_table_set(table, routes, ARRAY_SIZE(routes)), 0);
    assert_true(fib_table_memory(table) < 8192);
    fib_table_free(table);
}

/* ---- readers while the writer works ---- */

struct reading {
    struct fib_table *table;
    int stop;
    unsigned long lookups;
    bool torn;
};

/* Each version of the table gives this address four times its own number. */
static void *read_on(void *arg)
{
    struct reading *r = arg;

    urcu_memb_register_thread();
    while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED) ||
           !__atomic_load_n(&r->lookups, __ATOMIC_RELAXED)) {
        const struct fib_hops *hops;

        urcu_memb_read_lock();
        hops = fib_lookup4(r->table, (const uint8_t[]){10, 1, 2, 3});
        if (!hops || hops->count != 4 || hops->ids[0] != hops->ids[3] || !hops->ids[0])
            __atomic_store_n(&r->torn, true, __ATOMIC_RELAXED);
        urcu_memb_read_unlock();
        __atomic_add_fetch(&r->lookups, 1, __ATOMIC_RELAXED);
    }
    urcu_memb_unregister_thread();
    return NULL;
}

static void test_readers_see_whole_tables_while_they_change(void **state)
{
    struct fib_route routes[40];
    struct reading reading = {.table = table_of(NULL, 0)};
    pthread_t threads[2];

    (void)state;
    for (uint32_t round = 1; round <= 3000; round++) {
        size_t n = 1 + round % ARRAY_SIZE(routes);

        for (uint32_t i = 0; i < n; i++) {
            struct addr a = addr_v4(10, (uint8_t)i, 0, 0);

            routes[i] = (struct fib_route){.prefix = prefix_make(&a, i ? 16 : 8),
                                           .hops = {4, {round, round, round, round}}};
        }
        assert_int_equal(fib_table_set(reading.table, routes, n), 0);
        if (round == 1) {
            for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, read_on, &reading), 0);
        }
    }
    __atomic_store_n(&reading.stop, 1, __ATOMIC_RELAXED);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        pthread_join(threads[i], NULL);
    assert_false(reading.torn);
    urcu_memb_barrier();
    fib_table_free(reading.table);
}

/* Short routes come, lead elsewhere and go over longer ones that stay. */
static void *read_changes(void *arg)
{
    struct reading *r = arg;

    urcu_memb_register_thread();
    while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED) ||
           !__atomic_load_n(&r->lookups, __ATOMIC_RELAXED)) {
        const struct fib_hops *covered, *kept;

        urcu_memb_read_lock();
        covered = fib_lookup4(r->table, (const uint8_t[]){10, 1, 2, 3});
        kept = fib_lookup4(r->table, (const uint8_t[]){10, 1, 128, 1});
        if (!covered || covered->count != 4 || covered->ids[0] != covered->ids[3] || !kept ||
            kept->ids[0] != 77)
            __atomic_store_n(&r->torn, true, __ATOMIC_RELAXED);
        urcu_memb_read_unlock();
        __atomic_add_fetch(&r->lookups, 1, __ATOMIC_RELAXED);
    }
    urcu_memb_unregister_thread();
    return NULL;
}

static void test_readers_see_whole_changes(void **state)
{
    const struct fib_route keep = route_of("10.1.128.0/24", 77);
    struct fib_hops hops = {4, {1, 1, 1, 1}};
    struct fib_route whole = {.hops = hops};
    struct reading reading = {.table = table_of(&keep, 1)};
    pthread_t threads[2];
    uint64_t seed = 5;

    (void)state;
    assert_int_equal(prefix_parse("0.0.0.0/0", &whole.prefix), 0);
    assert_int_equal(put(reading.table, &whole), 0);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_changes, &reading), 0);
    for (uint32_t round = 2; round < 5000; round++) {
        struct addr a = addr_v4(10, 1, 2, 3);
        struct prefix p = prefix_make(&a, (uint8_t)(1 + next_random(&seed) % 32));

        assert_int_equal(fib_table_put(reading.table, &p, &hops), 0);
        hops.ids[0] = hops.ids[1] = hops.ids[2] = hops.ids[3] = round;
        assert_int_equal(fib_table_put(reading.table, &p, &hops), 0);
        if (p.len != 1)
            assert_int_equal(fib_table_remove(reading.table, &p), 0);
    }
    __atomic_store_n(&reading.stop, 1, __ATOMIC_RELAXED);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        pthread_join(threads[i], NULL);
    assert_false(reading.torn);
    urcu_memb_barrier();
    fib_table_free(reading.table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_longest_prefix_wins),
        cmocka_unit_test(test_an_empty_table_leads_nowhere),
        cmocka_unit_test(test_a_blackhole_is_found_and_is_empty),
        cmocka_unit_test(test_bad_lists_change_nothing),
        cmocka_unit_test(test_random_tables_agree_with_a_naive_twin),
        cmocka_unit_test(test_each_change_agrees_with_a_naive_twin),
        cmocka_unit_test(test_changes_give_the_tree_that_is_made_at_once),
        cmocka_unit_test(test_a_writer_can_ask_what_is_in_a_table),
        cmocka_unit_test(test_bad_changes_change_nothing),
        cmocka_unit_test(test_small_tables_stay_small),
        cmocka_unit_test(test_readers_see_whole_tables_while_they_change),
        cmocka_unit_test(test_readers_see_whole_changes),
    };
    int failed;

    urcu_memb_register_thread();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    urcu_memb_barrier(); /* what waits for a grace period is freed before the leak check */
    urcu_memb_unregister_thread();
    return failed;
}
