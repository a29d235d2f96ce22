#include "samples.h"

#include <stdio.h>
#include <stdlib.h>

/* Overlaps and free prefixes against a naive twin: a list that is asked as a whole each time. */

static unsigned seed;

static unsigned roll(unsigned sides)
{
    seed = seed * 1103515245U + 12345U;
    return (seed >> 8) % sides;
}

/* 256 neighbours: a prefix is one of them or an aligned group. In the last the neighbours are so
 * large that weights are capped. */
static const struct universe {
    uint8_t family, byte, len;
} universes[] = {{ADDR_IPV4, 3, 32}, {ADDR_IPV6, 15, 128}, {ADDR_IPV6, 7, 64}};

static struct addr neighbour(const struct universe *u, unsigned n)
{
    struct addr a = {.family = u->family};

    a.bytes[0] = 10;
    a.bytes[u->byte] = (uint8_t)n;
    return a;
}

/* A group of 1 << bits. */
static struct prefix group(const struct universe *u, unsigned n, unsigned bits)
{
    struct addr a = neighbour(u, n);

    return prefix_make(&a, (uint8_t)(u->len - bits));
}

/* The last address of a neighbour. */
static struct addr end_of(const struct universe *u, unsigned n)
{
    struct prefix p = group(u, n, 0);

    return prefix_last(&p);
}

/* ---- the twin ---- */

#define TAKEN_MAX 400

static struct taken {
    struct prefix prefix;
    char id[24];
} taken[TAKEN_MAX];

static size_t taken_count;
static bool is_sorted;

static int by_place(const void *a, const void *b)
{
    const struct taken *x = a, *y = b;
    int order = prefix_cmp(&x->prefix, &y->prefix);

    return order ? order : strcmp(x->id, y->id);
}

static void sort_taken(void)
{
    if (!is_sorted)
        qsort(taken, taken_count, sizeof(*taken), by_place);
    is_sorted = true;
}

static const char *twin_overlap(const struct prefix *p, const char *skip)
{
    sort_taken();
    for (size_t i = 0; i < taken_count; i++) {
        if (prefix_overlaps(&taken[i].prefix, p) && (!skip || strcmp(skip, taken[i].id) != 0))
            return taken[i].id;
    }
    return NULL;
}

static bool twin_free(const struct universe *u, unsigned first, unsigned last, unsigned bits,
                      struct prefix *ret)
{
    for (unsigned n = first; n + (1U << bits) <= last + 1; n += 1U << bits) {
        *ret = group(u, n, bits);
        if (!twin_overlap(ret, NULL))
            return true;
    }
    return false;
}

/* ---- both ---- */

static void apply(struct snapshot **s, const char *id, const struct prefix *p)
{
    struct model_resource *r = NULL;
    struct snapshot_change change = {MODEL_SUBNET, id, NULL};
    struct snapshot *next = NULL;
    char cidr[PREFIX_TEXT_MAX];

    if (p) {
        json_t *json =
            json_pack("{s:s, s:s, s:s}", "id", id, "vpcId", "v", "cidr", prefix_format(p, cidr));

        assert_int_equal(0, model_decode(model_kind(MODEL_SUBNET), json, &r, NULL));
        json_decref(json);
        change.resource = r;
    }
    assert_int_equal(0, snapshot_apply(*s, &change, 1, 1, &next));
    snapshot_unref(*s);
    model_resource_unref(r);
    *s = next;
}

static void put(struct snapshot **s, const struct prefix *p)
{
    static unsigned next_id;
    size_t i = taken_count;

    if (taken_count && roll(6) == 0)
        i = roll((unsigned)taken_count); /* moves one */
    else if (taken_count == TAKEN_MAX)
        return;
    else
        snprintf(taken[taken_count++].id, sizeof(taken->id), "subnet-%u", next_id++ * 7919 % 10007);
    taken[i].prefix = *p;
    is_sorted = false;
    apply(s, taken[i].id, p);
}

static void take_out(struct snapshot **s)
{
    size_t i;

    if (!taken_count)
        return;
    i = roll((unsigned)taken_count);
    apply(s, taken[i].id, NULL);
    taken[i] = taken[--taken_count];
    is_sorted = false;
}

static void check_overlap(const struct snapshot *s, const struct universe *u)
{
    struct prefix p = group(u, roll(256), roll(9));
    const char *skip = taken_count && roll(2) ? taken[roll((unsigned)taken_count)].id : NULL;
    char skip_id[24] = "";
    const struct model_resource *found;
    const char *wanted;

    if (skip)
        strcpy(skip_id, skip); /* the twin sorts itself */
    wanted = twin_overlap(&p, skip ? skip_id : NULL);
    found = snapshot_overlap(s, SPACE_SUBNETS, "v", &p, skip ? skip_id : NULL);
    assert_int_equal(wanted != NULL, found != NULL);
    if (found)
        assert_string_equal(wanted, found->id);
    assert_null(snapshot_overlap(s, SPACE_SUBNETS, "w", &p, NULL));
    assert_null(snapshot_overlap(s, SPACE_SUBNETS, "", &p, NULL));
}

static void check_free(const struct snapshot *s, const struct universe *u)
{
    unsigned bits = roll(3) ? roll(3) : roll(9), last = 255 - roll(2) * roll(256);
    unsigned first = roll(2) * roll(256) >> bits << bits;
    struct addr from = neighbour(u, first), to = end_of(u, last);
    struct prefix wanted, found = {0};
    bool there = twin_free(u, first, last, bits, &wanted);

    assert_int_equal(there ? 0 : -ENOSPC, snapshot_free_prefix(s, SPACE_SUBNETS, "v", &from, &to,
                                                               (uint8_t)(u->len - bits), &found));
    if (there)
        assert_true(prefix_equal(&wanted, &found));
}

static void check_walk(const struct snapshot *s)
{
    struct snapshot_iter it;
    const struct model_resource *r;
    size_t i = 0;

    sort_taken();
    snapshot_space(&it, s, SPACE_SUBNETS, "v");
    while ((r = snapshot_next(&it))) {
        assert_true(i < taken_count);
        assert_string_equal(taken[i++].id, r->id);
    }
    assert_int_equal(taken_count, i);
}

static void check(const struct snapshot *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(universes); i++) {
        check_overlap(s, &universes[i]);
        check_free(s, &universes[i]);
    }
    if (roll(20) == 0)
        check_walk(s);
}

/* Prefixes of all sizes in and over one another. */
static void test_anything_goes(void **state)
{
    struct snapshot *s = NULL;

    (void)state;
    seed = 1;
    taken_count = 0;
    for (int step = 0; step < 3000; step++) {
        const struct universe *u = &universes[roll(ARRAY_SIZE(universes))];
        struct prefix p = group(u, roll(256), roll(12) ? roll(4) : roll(9));

        /* It fills for a while, then empties. */
        if (roll(10) < (step / 300 % 2 ? 7U : 3U))
            take_out(&s);
        else
            put(&s, &p);
        check(s);
    }
    snapshot_unref(s);
}

/* Whoever asks takes what is free: nothing overlaps, and hardly any gap is left. */
static void test_all_is_taken_in_turn(void **state)
{
    struct snapshot *s = NULL;

    (void)state;
    seed = 2;
    for (size_t i = 0; i < ARRAY_SIZE(universes); i++) {
        const struct universe *u = &universes[i];
        struct addr from = neighbour(u, 0), to = end_of(u, 255);

        taken_count = 0;
        for (int step = 0; step < 700; step++) {
            unsigned bits = roll(8) ? 0 : roll(4);
            struct prefix p;

            if (step > 300 && roll(3) == 0)
                take_out(&s);
            if (taken_count < TAKEN_MAX &&
                snapshot_free_prefix(s, SPACE_SUBNETS, "v", &from, &to, (uint8_t)(u->len - bits),
                                     &p) == 0) {
                assert_null(twin_overlap(&p, NULL));
                put(&s, &p);
            }
            check_overlap(s, u);
            check_free(s, u);
        }
        while (taken_count)
            take_out(&s);
        assert_int_equal(0, snapshot_count(s, MODEL_SUBNET));
    }
    snapshot_unref(s);
}

static void test_edges(void **state)
{
    static const struct {
        const char *first, *last;
        uint8_t len;
        const char *free; /* NULL: none */
    } cases[] = {
        {"0.0.0.0", "255.255.255.255", 0, NULL},
        {"0.0.0.0", "255.255.255.255", 1, "0.0.0.0/1"},
        {"255.255.255.254", "255.255.255.255", 32, "255.255.255.254/32"},
        {"255.255.255.255", "255.255.255.255", 32, NULL},
        {"128.0.0.0", "255.255.255.255", 1, NULL},
        {"10.0.0.1", "10.0.0.4", 30, NULL},          /* not aligned, and none ends in time */
        {"10.0.0.1", "10.0.0.7", 30, "10.0.0.4/30"}, /* not aligned */
        {"10.0.0.9", "10.0.0.8", 32, NULL},
        {"10.0.0.0", "10.0.0.9", 33, NULL},
        {"10.0.0.0", "::", 32, NULL},
        {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, NULL},
        {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, "::/1"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128,
         NULL},
        {"2001:db8::", "2001:db8:0:1:ffff:ffff:ffff:ffff", 64, "2001:db8::/64"},
    };
    struct snapshot *s = NULL;
    struct prefix p;

    (void)state;
    assert_int_equal(0, prefix_parse("255.255.255.255/32", &p));
    apply(&s, "subnet-a", &p);
    assert_int_equal(0, prefix_parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", &p));
    apply(&s, "subnet-b", &p);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct addr first, last;
        char text[PREFIX_TEXT_MAX];
        int r;

        print_message("%s %s %u\n", cases[i].first, cases[i].last, cases[i].len);
        assert_int_equal(0, addr_parse(cases[i].first, &first));
        assert_int_equal(0, addr_parse(cases[i].last, &last));
        r = snapshot_free_prefix(s, SPACE_SUBNETS, "v", &first, &last, cases[i].len, &p);
        assert_int_equal(cases[i].free ? 0 : -ENOSPC, r);
        if (cases[i].free)
            assert_string_equal(cases[i].free, prefix_format(&p, text));
    }
    /* In a space without anything everything is free, and in an empty snapshot, too. */
    assert_int_equal(0, prefix_parse("255.255.255.255/32", &p));
    assert_int_equal(0, snapshot_free_prefix(s, SPACE_SUBNETS, "w", &p.addr, &p.addr, 32, &p));
    assert_int_equal(0, snapshot_free_prefix(NULL, SPACE_ROUTES, "v", &p.addr, &p.addr, 32, &p));
    snapshot_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_anything_goes),
        cmocka_unit_test(test_all_is_taken_in_turn),
        cmocka_unit_test(test_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
