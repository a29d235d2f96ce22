#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "ptree.h"

/* A tree beside a sorted list. */

#define KEYS 60

static uint64_t seed = 7;

static unsigned dice(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(seed >> 33) % n;
}

static struct prefix random_prefix(void)
{
    struct addr a = addr_v4((uint8_t)(dice(2) * 10), (uint8_t)dice(4), 0, (uint8_t)dice(3));

    if (dice(3) == 0)
        a = (struct addr){.family = ADDR_IPV6, .bytes = {0xfd, (uint8_t)dice(3), [15] = 1}};
    return prefix_make(&a, (uint8_t)dice(addr_bits(&a) + 1));
}

static int compare(const void *a, const void *b)
{
    return prefix_cmp(a, b);
}

static size_t place_of(const struct prefix *keys, size_t n, const struct prefix *p)
{
    size_t i = 0;

    while (i < n && !prefix_equal(&keys[i], p))
        i++;
    return i;
}

/* Both walks give what the list has, in its order. */
static void expect_same(const struct ptree *t, const struct prefix *keys, size_t n,
                        const struct prefix *within, bool holders)
{
    struct ptree_walk walk;
    size_t i = 0;

    ptree_walk(t, within, holders, &walk);
    for (uint32_t node; (node = ptree_walk_next(&walk)) != 0;) {
        if (!ptree_at(t, node)->value)
            continue;
        while (i < n && within && !prefix_contains(within, &keys[i]) &&
               !(holders && prefix_contains(&keys[i], within)))
            i++;
        assert_true(i < n);
        assert_true(prefix_equal(&ptree_at(t, node)->prefix, &keys[i++]));
    }
    for (; i < n; i++)
        assert_true(within && !prefix_contains(within, &keys[i]) &&
                    !(holders && prefix_contains(&keys[i], within)));
}

static void expect_way(const struct ptree *t, const struct prefix *keys, size_t n,
                       const struct prefix *p)
{
    size_t holders = 0, met = 0;

    for (size_t i = 0; i < n; i++)
        holders += prefix_contains(&keys[i], p);
    for (uint32_t node = 0; (node = ptree_down(t, p, node)) != 0;) {
        assert_true(prefix_contains(&ptree_at(t, node)->prefix, p));
        met += ptree_at(t, node)->value != 0;
    }
    assert_int_equal(met, holders);
}

static void turn(struct ptree *t, struct prefix *keys, size_t *n)
{
    struct prefix p = random_prefix();
    size_t i = place_of(keys, *n, &p);
    uint32_t node;

    if (*n > 0 && (*n == KEYS || dice(2))) {
        i = dice((unsigned)*n);
        p = keys[i];
        node = ptree_find(t, &p);
        assert_true(node && ptree_at(t, node)->value);
        ptree_at(t, node)->value = 0;
        ptree_prune(t, &p);
        keys[i] = keys[--*n];
    } else {
        node = ptree_add(t, &p);
        assert_true(node && prefix_equal(&ptree_at(t, node)->prefix, &p));
        assert_int_equal(ptree_at(t, node)->value != 0, i < *n);
        ptree_at(t, node)->value = 1;
        if (i == *n)
            keys[(*n)++] = p;
    }
    qsort(keys, *n, sizeof(*keys), compare);
}

static void test_it_agrees_with_a_list(void **state)
{
    struct pool nodes = {.item = sizeof(struct ptree_node)};
    struct ptree t = {.nodes = &nodes};
    struct prefix keys[KEYS];
    size_t n = 0;

    (void)state;
    for (unsigned step = 0; step < 5000; step++) {
        struct prefix p = random_prefix();

        turn(&t, keys, &n);
        expect_same(&t, keys, n, NULL, false);
        expect_same(&t, keys, n, &p, false);
        expect_same(&t, keys, n, &p, true);
        expect_way(&t, keys, n, &p);
    }
    while (n > 0) {
        ptree_at(&t, ptree_find(&t, &keys[--n]))->value = 0;
        ptree_prune(&t, &keys[n]);
    }
    assert_int_equal(t.root[0], 0); /* no fork is left */
    assert_int_equal(t.root[1], 0);
    pool_done(&nodes);
}

static void test_what_came_back_is_given_out_again(void **state)
{
    struct pool p = {.item = 12};
    uint32_t first = pool_take(&p), second = pool_take(&p);
    size_t memory = pool_memory(&p);

    (void)state;
    assert_true(first && second && first != second);
    memset(pool_at(&p, first), 0xff, p.item);
    pool_give(&p, first);
    assert_int_equal(pool_take(&p), first);
    assert_memory_equal(pool_at(&p, first), "\0\0\0\0\0\0\0\0\0\0\0\0", p.item);
    for (unsigned i = 0; i < 10000; i++)
        pool_give(&p, pool_take(&p));
    assert_int_equal(pool_memory(&p), memory);
    pool_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_agrees_with_a_list),
        cmocka_unit_test(test_what_came_back_is_given_out_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
