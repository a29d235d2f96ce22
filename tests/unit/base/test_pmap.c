#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pmap.h"

/* The map against a naive twin: a sorted array that is copied whole for each version. */

/* ---- values that count who holds them ---- */

struct value {
    int refs; /* atomic */
    unsigned number;
};

static int alive; /* atomic */

static struct value *value_new(unsigned number)
{
    struct value *v = malloc(sizeof(*v));

    assert_non_null(v);
    *v = (struct value){1, number};
    __atomic_fetch_add(&alive, 1, __ATOMIC_RELAXED);
    return v;
}

static void value_ref(void *value)
{
    __atomic_fetch_add(&((struct value *)value)->refs, 1, __ATOMIC_RELAXED);
}

static void value_unref(void *value)
{
    if (__atomic_fetch_sub(&((struct value *)value)->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    __atomic_fetch_sub(&alive, 1, __ATOMIC_RELAXED);
    free(value);
}

static const struct pmap_type type = {value_ref, value_unref};

/* ---- the twin ---- */

struct entry {
    uint8_t key[8];
    size_t len;
    unsigned number;
    uint64_t weight;
};

struct twin {
    struct entry *items;
    size_t count;
};

static int entry_cmp(const struct entry *e, const uint8_t *key, size_t len)
{
    int order = memcmp(e->key, key, MIN(e->len, len));

    return order ? order : (e->len > len) - (e->len < len);
}

/* The first that is not less. */
static size_t twin_find(const struct twin *t, const uint8_t *key, size_t len, bool *ret_there)
{
    size_t i = 0;

    while (i < t->count && entry_cmp(&t->items[i], key, len) < 0)
        i++;
    *ret_there = i < t->count && entry_cmp(&t->items[i], key, len) == 0;
    return i;
}

static void twin_put(struct twin *t, const struct entry *e)
{
    bool there;
    size_t i = twin_find(t, e->key, e->len, &there);

    if (!there) {
        t->items = reallocarray(t->items, t->count + 1, sizeof(*e));
        assert_non_null(t->items);
        memmove(&t->items[i + 1], &t->items[i], (t->count - i) * sizeof(*e));
        t->count++;
    }
    t->items[i] = *e;
}

static bool twin_remove(struct twin *t, const uint8_t *key, size_t len)
{
    bool there;
    size_t i = twin_find(t, key, len, &there);

    if (there)
        memmove(&t->items[i], &t->items[i + 1], (--t->count - i) * sizeof(*t->items));
    return there;
}

static struct twin twin_copy(const struct twin *t)
{
    struct twin copy = {calloc(t->count + 1, sizeof(*t->items)), t->count};

    assert_non_null(copy.items);
    if (t->count)
        memcpy(copy.items, t->items, t->count * sizeof(*t->items));
    return copy;
}

/* ---- both ---- */

static void check_walk(const struct pmap *m, const struct twin *t, size_t from, const uint8_t *key,
                       size_t len)
{
    struct pmap_iter it;
    const struct value *v;
    const void *found;
    size_t found_len;

    pmap_begin(&it, m, key, len);
    while ((v = pmap_next(&it, &found, &found_len))) {
        assert_true(from < t->count);
        assert_int_equal(t->items[from].number, v->number);
        assert_int_equal(0, entry_cmp(&t->items[from], found, found_len));
        from++;
    }
    assert_int_equal(t->count, from);
}

static void check_place(const struct pmap *m, const struct twin *t, const uint8_t *key, size_t len)
{
    const struct value *v = pmap_get(m, key, len), *before;
    uint64_t weight = 0;
    const void *found;
    size_t found_len, i;
    bool there;

    i = twin_find(t, key, len, &there);
    assert_int_equal(there, v != NULL);
    if (there)
        assert_int_equal(t->items[i].number, v->number);
    assert_int_equal(i, pmap_rank(m, key, len));
    for (size_t k = 0; k < i; k++)
        weight += t->items[k].weight;
    assert_true(weight == pmap_weight_before(m, key, len));
    before = pmap_before(m, key, len, &found, &found_len);
    assert_int_equal(i > 0, before != NULL);
    if (before)
        assert_int_equal(0, entry_cmp(&t->items[i - 1], found, found_len));
    check_walk(m, t, i, key, len);
}

static unsigned roll(unsigned *seed, unsigned sides)
{
    *seed = *seed * 1103515245U + 12345U;
    return (*seed >> 8) % sides;
}

/* Short keys that are often one another's prefix. */
static struct entry random_entry(unsigned *seed)
{
    struct entry e = {.len = 1 + roll(seed, 4), .number = roll(seed, 100000)};

    for (size_t i = 0; i < e.len; i++)
        e.key[i] = (uint8_t)(i ? roll(seed, 4) * 85 : roll(seed, 256));
    e.weight = roll(seed, 3) ? roll(seed, 100) : UINT64_C(1) << 40;
    return e;
}

static void change_both(struct pmap **m, struct twin *t, unsigned *seed, unsigned removes)
{
    struct entry e = random_entry(seed);

    if (roll(seed, 10) < removes) {
        if (t->count && roll(seed, 2))
            e = t->items[roll(seed, (unsigned)t->count)];
        assert_int_equal(twin_remove(t, e.key, e.len) ? 0 : -ENOENT,
                         pmap_remove(&type, m, e.key, e.len));
    } else {
        struct value *v = value_new(e.number);

        twin_put(t, &e);
        assert_int_equal(0, pmap_put(&type, m, e.key, e.len, v, e.weight));
        value_unref(v);
    }
    assert_int_equal(t->count, pmap_count(*m));
}

#define VERSIONS 12

static void test_versions_live_side_by_side(void **state)
{
    struct pmap *maps[VERSIONS] = {0};
    struct twin twins[VERSIONS] = {{0}};
    unsigned seed = 1;

    (void)state;
    for (int step = 0; step < 6000; step++) {
        /* The map grows for a while, then shrinks for a while. */
        unsigned removes = step / 500 % 2 ? 7 : 3, which = roll(&seed, VERSIONS), from;
        struct entry e;

        if (roll(&seed, 8) == 0) {
            from = roll(&seed, VERSIONS);
            if (from != which) {
                pmap_unref(&type, maps[which]);
                free(twins[which].items);
                maps[which] = pmap_ref(maps[from]);
                twins[which] = twin_copy(&twins[from]);
            }
        }
        change_both(&maps[which], &twins[which], &seed, removes);
        e = random_entry(&seed);
        which = roll(&seed, VERSIONS);
        check_place(maps[which], &twins[which], e.key, e.len);
    }
    for (int i = 0; i < VERSIONS; i++) {
        check_walk(maps[i], &twins[i], 0, NULL, 0);
        pmap_unref(&type, maps[i]);
        free(twins[i].items);
    }
    assert_int_equal(0, alive);
}

/* ---- many at once ---- */

static uint64_t weigh_by_twin(void *arg, const void *key, size_t len)
{
    const struct twin *t = arg;
    bool there;
    size_t i = twin_find(t, key, len, &there);

    assert_true(there);
    return t->items[i].weight;
}

/* With count random entries, or as many as there are keys. */
static void fill_both(struct pmap_bulk *b, struct twin *t, unsigned count, unsigned *seed)
{
    for (unsigned i = 0; i < count; i++) {
        struct entry e = random_entry(seed);
        struct value *v = value_new(e.number);

        twin_put(t, &e);
        pmap_bulk_add(&type, b, e.key, e.len, v);
        value_unref(v);
    }
}

static void test_many_at_once(void **state)
{
    unsigned seed = 5;

    (void)state;
    for (unsigned count = 0; count < 600; count = count < 20 ? count + 1 : 2 * count) {
        struct pmap_bulk b = {0};
        struct pmap *m = NULL;
        struct twin t = {0};

        fill_both(&b, &t, count, &seed);
        assert_int_equal(0, pmap_bulk_make(&type, &b, weigh_by_twin, &t, &m));
        assert_null(b.nodes);
        assert_int_equal(t.count, pmap_count(m));
        check_walk(m, &t, 0, NULL, 0);
        for (size_t i = 0; i < t.count; i++)
            check_place(m, &t, t.items[i].key, t.items[i].len);
        for (int i = 0; i < 300; i++) { /* it goes on as any other */
            change_both(&m, &t, &seed, 6);
            check_walk(m, &t, 0, NULL, 0);
        }
        pmap_unref(&type, m);
        free(t.items);
    }
    assert_int_equal(0, alive);
}

/* ---- memory runs out ---- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static long mallocs_left = -1; /* negative: no end */

void *__wrap_malloc(size_t size)
{
    if (mallocs_left == 0)
        return NULL;
    if (mallocs_left > 0)
        mallocs_left--;
    return __real_malloc(size);
}

/* Tries with one allocation more each time until it succeeds. */
static int try_change(struct pmap **m, const struct twin *t, const struct entry *e,
                      struct value *put)
{
    int r = -ENOMEM;

    for (long enough = 0; r == -ENOMEM; enough++) {
        mallocs_left = enough;
        r = put ? pmap_put(&type, m, e->key, e->len, put, e->weight)
                : pmap_remove(&type, m, e->key, e->len);
        mallocs_left = -1;
        if (r == -ENOMEM)
            check_place(*m, t, e->key, e->len);
        if (r == -ENOMEM && enough % 4 == 0)
            check_walk(*m, t, 0, NULL, 0);
    }
    return r;
}

static void test_memory_runs_out(void **state)
{
    struct pmap *m = NULL, *old = NULL;
    struct twin t = {0}, old_twin = {0};
    unsigned seed = 11;

    (void)state;
    for (int step = 0; step < 2000; step++) {
        struct entry e = random_entry(&seed);
        bool removes = roll(&seed, 10) < (step / 250 % 2 ? 7U : 3U);
        struct value *v = removes ? NULL : value_new(e.number);
        int r;

        if (roll(&seed, 3) == 0) { /* what is shared must be copied */
            pmap_unref(&type, old);
            free(old_twin.items);
            old = pmap_ref(m);
            old_twin = twin_copy(&t);
        }
        if (removes && t.count)
            e = t.items[roll(&seed, (unsigned)t.count)];
        r = try_change(&m, &t, &e, v);
        if (removes)
            assert_int_equal(twin_remove(&t, e.key, e.len) ? 0 : -ENOENT, r);
        else
            twin_put(&t, &e);
        if (v)
            value_unref(v);
        check_walk(m, &t, 0, NULL, 0);
        check_walk(old, &old_twin, 0, NULL, 0);
    }
    pmap_unref(&type, m);
    pmap_unref(&type, old);
    free(t.items);
    free(old_twin.items);
    assert_int_equal(0, alive);
}

static void test_memory_runs_out_for_many(void **state)
{
    unsigned seed = 7;
    long enough = 0;
    int r;

    (void)state;
    do {
        struct pmap_bulk b = {0};
        struct pmap *m = NULL;
        struct value *values[20];

        for (size_t i = 0; i < ARRAY_SIZE(values); i++)
            values[i] = value_new((unsigned)i);
        mallocs_left = enough++;
        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
            struct entry e = random_entry(&seed);

            pmap_bulk_add(&type, &b, e.key, e.len, values[i]);
        }
        mallocs_left = -1;
        r = pmap_bulk_make(&type, &b, NULL, NULL, &m);
        assert_true(r == 0 ? pmap_count(m) > 10 : r == -ENOMEM && !m);
        assert_null(b.nodes);
        for (size_t i = 0; i < ARRAY_SIZE(values); i++)
            value_unref(values[i]);
        pmap_unref(&type, m);
        assert_int_equal(0, alive);
    } while (r < 0);
    assert_true(enough > 20);
}

/* ---- depth ---- */

/* The deepest stack a walk needs is that of the way down at its begin. */
static unsigned depth_of(const struct pmap *m)
{
    unsigned deepest = 0;
    struct pmap_iter it;

    pmap_begin(&it, m, NULL, 0);
    for (deepest = it.depth; pmap_next(&it, NULL, NULL);)
        deepest = MAX(deepest, it.depth);
    return deepest;
}

static void put_number(struct pmap **m, uint32_t n)
{
    static int value;
    const uint8_t key[] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

    assert_int_equal(0, pmap_put(&(struct pmap_type){0}, m, key, sizeof(key), &value, 1));
}

static void remove_number(struct pmap **m, uint32_t n)
{
    const uint8_t key[] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

    assert_int_equal(0, pmap_remove(&(struct pmap_type){0}, m, key, sizeof(key)));
}

/* Rising, falling and alternating keys stay within log(n + 1) / log(4/3). */
static void test_any_order_stays_shallow(void **state)
{
    enum { COUNT = 20000, DEEPEST = 35 };
    struct pmap *m = NULL;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        put_number(&m, i);
    assert_in_range(depth_of(m), 1, DEEPEST);
    for (uint32_t i = 0; i < COUNT; i++)
        put_number(&m, UINT32_MAX - i);
    assert_in_range(depth_of(m), 1, DEEPEST);
    for (uint32_t i = 0; i < COUNT; i++)
        put_number(&m, i % 2 ? COUNT + i : UINT32_MAX - COUNT - i);
    assert_in_range(depth_of(m), 1, DEEPEST);
    for (uint32_t i = 0; i < COUNT - 10; i++)
        remove_number(&m, i);
    assert_in_range(depth_of(m), 1, DEEPEST);
    for (uint32_t i = 0; i < COUNT; i++)
        remove_number(&m, UINT32_MAX - i);
    assert_in_range(depth_of(m), 1, DEEPEST);
    assert_int_equal(COUNT + 10, pmap_count(m));
    pmap_unref(&(struct pmap_type){0}, m);
}

/* ---- threads ---- */

struct reader {
    pthread_t thread;
    struct pmap *map;
    struct twin twin;
    unsigned seed;
};

/* Checks its version, makes others from it and drops all of them, while others do the same. */
static void *read_and_change(void *arg)
{
    struct reader *r = arg;

    for (int i = 0; i < 300; i++) {
        struct pmap *mine = pmap_ref(r->map);
        struct twin twin = twin_copy(&r->twin);

        for (int k = 0; k < 10; k++)
            change_both(&mine, &twin, &r->seed, 5);
        if (i % 50 == 0)
            check_walk(mine, &twin, 0, NULL, 0);
        pmap_unref(&type, mine);
        free(twin.items);
    }
    check_walk(r->map, &r->twin, 0, NULL, 0);
    pmap_unref(&type, r->map);
    return NULL;
}

static void test_threads_share_versions(void **state)
{
    struct reader readers[4] = {{0}};
    struct pmap *m = NULL;
    struct twin twin = {0};
    unsigned seed = 7;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
        for (int k = 0; k < 200; k++)
            change_both(&m, &twin, &seed, 2);
        readers[i].map = pmap_ref(m);
        readers[i].twin = twin_copy(&twin);
        readers[i].seed = (unsigned)i;
    }
    for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
        assert_int_equal(0, pthread_create(&readers[i].thread, NULL, read_and_change, &readers[i]));
    for (int k = 0; k < 1000; k++)
        change_both(&m, &twin, &seed, 6);
    check_walk(m, &twin, 0, NULL, 0);
    pmap_unref(&type, m);
    free(twin.items);
    for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
        pthread_join(readers[i].thread, NULL);
        free(readers[i].twin.items);
    }
    assert_int_equal(0, alive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_live_side_by_side),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_memory_runs_out_for_many),
        cmocka_unit_test(test_any_order_stays_shallow),
        cmocka_unit_test(test_threads_share_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
