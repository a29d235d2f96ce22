#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "routing_build.h"
#include "routing_rib.h"

/* A RIB beside tables that are selected from scratch. */

#define ROUTES_MAX 40
#define STEPS      60
#define ROUNDS     400

static uint64_t seed;

static unsigned dice(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(seed >> 33) % n;
}

/* The routes that the rib was given, for the twin. */
struct known {
    struct routing_route routes[ROUTES_MAX];
    size_t count, quota;
    bool vpc;
};

static const char *const targets[] = {"t-a", "t-b", "t-c", "t-d"};
static const char *const ids[] = {"", "", "id-a", "id-b"};

static struct prefix random_prefix(void)
{
    struct addr a = addr_v4(10, (uint8_t)dice(3), (uint8_t)(dice(2) * 128), 0);

    if (dice(8) == 0)
        a = (struct addr){.family = ADDR_IPV6, .bytes = {0xfd, (uint8_t)dice(2)}};
    return prefix_make(&a, (uint8_t)(dice(20) ? 12 + dice(7) : dice(2) * addr_bits(&a)));
}

static struct routing_route random_gateway_route(void)
{
    static const struct {
        enum routing_hop hop;
        enum routing_type type;
    } kinds[] = {
        {ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED},
        {ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED},
        {ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_STATIC},
        {ROUTING_HOP_CONNECTION, ROUTING_TYPE_STATIC},
        {ROUTING_HOP_CONNECTION, ROUTING_TYPE_EBGP},
        {ROUTING_HOP_CONNECTION, ROUTING_TYPE_EBGP},
        {ROUTING_HOP_PRIVATE_INTERFACE, ROUTING_TYPE_IBGP},
        {ROUTING_HOP_BLACKHOLE, ROUTING_TYPE_STATIC},
        {ROUTING_HOP_LOCAL, ROUTING_TYPE_LOCAL},
    };
    size_t kind = dice(ARRAY_SIZE(kinds));
    struct routing_route r = {.destination = random_prefix(),
                              .hop = kinds[kind].hop,
                              .type = kinds[kind].type,
                              .target = targets[dice(4)],
                              .id = ids[dice(4)],
                              .via = ""};

    if (r.type == ROUTING_TYPE_EBGP)
        r.via = targets[dice(4)];
    return r;
}

static struct routing_route random_vpc_route(void)
{
    struct routing_route r = {.destination = random_prefix(), .id = ids[dice(4)], .via = ""};

    r.target = targets[dice(4)];
    switch (dice(10)) {
    case 0:
        r.type = ROUTING_TYPE_LOCAL;
        r.hop = ROUTING_HOP_LOCAL;
        break;
    case 1:
    case 2:
        r.type = ROUTING_TYPE_STATIC;
        r.hop = dice(3) ? ROUTING_HOP_INSTANCE : ROUTING_HOP_BLACKHOLE;
        break;
    default:
        r.type = ROUTING_TYPE_PROPAGATED;
        r.hop = ROUTING_HOP_GATEWAY;
        r.id = "";
    }
    return r;
}

static bool alike(const struct routing_route *a, const struct routing_route *b)
{
    return prefix_equal(&a->destination, &b->destination) && a->hop == b->hop &&
           a->type == b->type && strcmp(a->target, b->target) == 0 && strcmp(a->id, b->id) == 0 &&
           strcmp(a->via, b->via) == 0;
}

/* What is no part of what a route is known by: of dice, or, so that a route that comes back is the
 * one that went, of the route. */
static void fill(struct routing_route *r, bool steady)
{
    unsigned n = steady
                     ? (unsigned)(r->destination.len + r->target[2] + r->destination.addr.bytes[1])
                     : dice(1000);

    r->since = n % 6;
    r->metric = r->type == ROUTING_TYPE_EBGP || r->type == ROUTING_TYPE_IBGP ? 1 + n % 3 : 0;
    if (r->hop == ROUTING_HOP_GATEWAY && n % 5 == 0)
        r->barred = ROUTING_LEADS_BACK;
}

static void know(struct known *k, const struct routing_route *r)
{
    size_t i = 0;

    while (i < k->count && !alike(&k->routes[i], r))
        i++;
    if (i == k->count)
        k->count++;
    k->routes[i] = *r;
}

static void forget(struct known *k, struct routing_rib *rib)
{
    size_t i = dice((unsigned)k->count);

    assert_true(routing_rib_remove(rib, &k->routes[i]));
    assert_false(routing_rib_remove(rib, &k->routes[i]));
    k->routes[i] = k->routes[--k->count];
}

static void change(struct known *k, struct routing_rib *rib, bool steady)
{
    struct routing_route r = k->vpc ? random_vpc_route() : random_gateway_route();

    if (dice(12) == 0) {
        k->quota = dice(8);
        routing_rib_set_quota(rib, k->quota);
    } else if (k->count == ROUTES_MAX || (k->count > 0 && dice(5) < 2)) {
        forget(k, rib);
    } else {
        if (k->count > 0 && dice(3) == 0)
            r = k->routes[dice((unsigned)k->count)];
        fill(&r, steady);
        assert_int_equal(routing_rib_set(rib, &r), 0);
        know(k, &r);
    }
}

static void twin(const struct known *k, struct routing_table *ret)
{
    for (size_t i = 0; i < k->count; i++)
        assert_int_equal(routing_add(ret, &k->routes[i]), 0);
    if (k->vpc)
        routing_select_vpc(ret, k->quota);
    else
        routing_select_gateway(ret, k->quota);
}

static bool same_route(const struct routing_route *a, const struct routing_route *b)
{
    return alike(a, b) && a->metric == b->metric && a->since == b->since && a->reason == b->reason;
}

/* ---- the outcome ---- */

static void expect_winner(struct routing_rib *rib, const struct routing_table *run, size_t i,
                          const struct routing_table *t, size_t at)
{
    const struct routing_route *r = &run->routes[i], *expected;
    struct routing_route winner;

    if (t->routes[at].winner == ROUTING_NO_WINNER) {
        assert_int_equal(r->winner, ROUTING_NO_WINNER);
        assert_false(routing_rib_winner(rib, r, &winner));
        return;
    }
    expected = &t->routes[t->routes[at].winner];
    if (r->winner == ROUTING_NO_WINNER)
        assert_true(routing_rib_winner(rib, r, &winner));
    else
        winner = run->routes[r->winner];
    assert_true(alike(&winner, expected));
}

static void expect_same(struct routing_rib *rib, const struct routing_table *t)
{
    struct routing_rib_walk walk;
    const struct routing_table *run;
    size_t at = 0;

    assert_int_equal(routing_rib_count(rib), t->count);
    routing_rib_walk(rib, NULL, &walk);
    while ((run = routing_rib_walk_next(&walk)) != NULL) {
        for (size_t i = 0; i < run->count; i++, at++) {
            assert_true(at < t->count);
            assert_true(same_route(&run->routes[i], &t->routes[at]));
            expect_winner(rib, run, i, t, at);
        }
    }
    assert_int_equal(at, t->count);
}

static void expect_same_match(const struct routing_rib *rib, const struct routing_table *t)
{
    struct prefix p = random_prefix(), match;
    struct addr a = addr_add(&p.addr, dice(2));
    size_t first, end;

    if (routing_lookup(t, &a, &first, &end)) {
        assert_true(routing_rib_match(rib, &a, &match));
        assert_true(prefix_equal(&match, &t->routes[first].destination));
    } else {
        assert_false(routing_rib_match(rib, &a, &match));
    }
}

static void expect_same_within(struct routing_rib *rib, const struct routing_table *t)
{
    struct prefix p = random_prefix();
    struct routing_rib_walk walk;
    const struct routing_table *run;
    size_t n = 0, expected = 0;

    routing_rib_walk(rib, &p, &walk);
    while ((run = routing_rib_walk_next(&walk)) != NULL)
        n += run->count;
    for (size_t i = 0; i < t->count; i++)
        expected += prefix_contains(&p, &t->routes[i].destination);
    assert_int_equal(n, expected);
}

/* ---- the list of changes ---- */

static size_t run_of(const struct routing_table *t, const struct prefix *p, size_t *ret_first)
{
    size_t n = 0;

    for (size_t i = 0; i < t->count; i++) {
        if (!prefix_equal(&t->routes[i].destination, p))
            continue;
        if (n++ == 0)
            *ret_first = i;
    }
    return n;
}

static bool differs_at(const struct routing_table *a, const struct routing_table *b,
                       const struct prefix *p)
{
    size_t x = 0, y = 0, n = run_of(a, p, &x);

    if (n != run_of(b, p, &y))
        return true;
    for (size_t i = 0; i < n; i++) {
        if (!same_route(&a->routes[x + i], &b->routes[y + i]))
            return true;
    }
    return false;
}

static size_t count_differing(const struct routing_table *in, const struct routing_table *before,
                              const struct routing_table *after, bool only_new)
{
    size_t n = 0;

    for (size_t i = 0; i < in->count; i++) {
        const struct prefix *p = &in->routes[i].destination;
        size_t first;

        if ((i > 0 && prefix_equal(p, &in->routes[i - 1].destination)) ||
            (only_new && run_of(before, p, &first) > 0))
            continue;
        n += differs_at(before, after, p);
    }
    return n;
}

static void expect_told(struct routing_rib *rib, const struct routing_table *before,
                        const struct routing_table *after)
{
    size_t told = 0;
    struct prefix p;

    while (routing_rib_next_change(rib, &p)) {
        assert_true(differs_at(before, after, &p));
        told++;
    }
    assert_int_equal(told, count_differing(before, before, after, false) +
                               count_differing(after, before, after, true));
}

static void live(enum routing_rib_kind kind, bool steady)
{
    struct known k = {.vpc = kind == ROUTING_RIB_VPC, .quota = dice(6)};
    struct routing_table told = {0};
    struct routing_rib *rib = NULL;

    assert_int_equal(routing_rib_new(kind, k.quota, &rib), 0);
    for (unsigned step = 0; step < STEPS; step++) {
        struct routing_table t = {0};

        for (unsigned n = steady ? 1 + dice(6) : 1; n > 0; n--)
            change(&k, rib, steady);
        twin(&k, &t);
        expect_same(rib, &t);
        expect_same_match(rib, &t);
        expect_same_within(rib, &t);
        expect_told(rib, &told, &t);
        expect_same(rib, &t);
        routing_table_done(&told);
        told = t;
    }
    routing_table_done(&told);
    routing_rib_free(rib);
}

static void test_each_change_gives_what_selecting_anew_gives(void **state)
{
    (void)state;
    seed = 1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        live(ROUTING_RIB_GATEWAY, false);
        live(ROUTING_RIB_VPC, false);
    }
}

static void test_what_changes_back_is_not_told(void **state)
{
    (void)state;
    seed = 2;
    for (unsigned round = 0; round < ROUNDS; round++) {
        live(ROUTING_RIB_GATEWAY, true);
        live(ROUTING_RIB_VPC, true);
    }
}

/* ---- from gateways to a VPC ---- */

#define GATEWAYS 2

struct region {
    struct known known[GATEWAYS];
    struct routing_rib *gateways[GATEWAYS], *vpc;
    struct routing_follow follow[GATEWAYS];
    struct prefix ranges[GATEWAYS][2];
    size_t quota;
};

static void open_region(struct region *g)
{
    static const char *const names[] = {"bgw-a", "bgw-b"}, *const attached[] = {"t-a", ""};

    *g = (struct region){.quota = 1 + dice(8)};
    assert_int_equal(routing_rib_new(ROUTING_RIB_VPC, g->quota, &g->vpc), 0);
    for (size_t i = 0; i < GATEWAYS; i++) {
        g->known[i].quota = 4;
        assert_int_equal(routing_rib_new(ROUTING_RIB_GATEWAY, 4, &g->gateways[i]), 0);
        for (size_t n = 0; n < 2; n++)
            g->ranges[i][n] = random_prefix();
        g->follow[i] =
            (struct routing_follow){names[i], attached[i && dice(3) == 0], g->ranges[i], 2};
    }
}

static void close_region(struct region *g)
{
    for (size_t i = 0; i < GATEWAYS; i++)
        routing_rib_free(g->gateways[i]);
    routing_rib_free(g->vpc);
}

static void follow_gateway(struct region *g, size_t i)
{
    struct prefix p;

    while (routing_rib_next_change(g->gateways[i], &p))
        assert_int_equal(routing_rib_follow(g->vpc, g->gateways[i], &g->follow[i], &p), 0);
}

/* All within a range of before or after is looked at. */
static void change_range(struct region *g, size_t i)
{
    struct prefix *range = &g->ranges[i][dice(2)];
    struct prefix both[] = {*range, random_prefix()};

    *range = both[1];
    for (size_t n = 0; n < 2; n++) {
        struct routing_rib_walk walk;
        const struct routing_table *run;

        routing_rib_walk(g->gateways[i], &both[n], &walk);
        while ((run = routing_rib_walk_next(&walk)) != NULL) {
            struct prefix p = run->routes[0].destination;

            assert_int_equal(routing_rib_follow(g->vpc, g->gateways[i], &g->follow[i], &p), 0);
        }
    }
}

static void expect_followed(struct region *g)
{
    struct routing_table t = {0};

    for (size_t i = 0; i < GATEWAYS; i++) {
        const struct routing_follow *f = &g->follow[i];
        struct routing_table gateway = {0};

        twin(&g->known[i], &gateway);
        for (size_t n = 0; n < f->n_ranges; n++)
            assert_int_equal(
                routing_propagate(&gateway, f->gateway, &f->ranges[n], f->own_attachment, &t), 0);
        routing_table_done(&gateway);
    }
    routing_select_vpc(&t, g->quota);
    expect_same(g->vpc, &t);
    routing_table_done(&t);
}

static void test_a_vpc_follows_its_gateways(void **state)
{
    (void)state;
    seed = 3;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct region g;

        open_region(&g);
        for (unsigned step = 0; step < STEPS; step++) {
            size_t i = dice(GATEWAYS);

            if (dice(10) == 0)
                change_range(&g, i);
            else
                change(&g.known[i], g.gateways[i], false);
            follow_gateway(&g, i);
            expect_followed(&g);
        }
        close_region(&g);
    }
}

/* ---- sizes ---- */

static struct routing_route learned(uint32_t n, const char *tunnel)
{
    struct addr zero = addr_v4(20, 0, 0, 0), a = addr_add(&zero, (uint64_t)n << 8);

    return (struct routing_route){.destination = prefix_make(&a, 24),
                                  .hop = ROUTING_HOP_CONNECTION,
                                  .type = ROUTING_TYPE_EBGP,
                                  .target = "vpn-a",
                                  .via = tunnel,
                                  .metric = 3,
                                  .since = n};
}

static struct routing_rib *rib_of_learned(uint32_t count)
{
    struct routing_rib *rib = NULL;
    struct prefix p;

    assert_int_equal(routing_rib_new(ROUTING_RIB_GATEWAY, count, &rib), 0);
    for (uint32_t i = 0; i < count; i++) {
        struct routing_route r = learned(i, "vpntun-a");

        assert_int_equal(routing_rib_set(rib, &r), 0);
    }
    while (routing_rib_next_change(rib, &p))
        ;
    return rib;
}

static void test_a_learned_route_takes_little_memory(void **state)
{
    struct routing_rib *rib = rib_of_learned(20000);

    (void)state;
    assert_true(routing_rib_memory(rib) < 20000 * (size_t)128);
    routing_rib_free(rib);
}

static void test_what_went_leaves_nothing(void **state)
{
    struct routing_rib *rib = rib_of_learned(1);
    size_t memory = 0;

    (void)state;
    for (uint32_t i = 1; i < 300; i++) {
        struct routing_route r = learned(i * 3001, "vpntun-a");

        assert_int_equal(routing_rib_set(rib, &r), 0);
    }
    for (uint32_t i = 1; i < 5000; i++) {
        struct routing_route r = learned(i * 7919 % 0x100000, "vpntun-b");
        struct prefix p;

        assert_int_equal(routing_rib_set(rib, &r), 0);
        while (routing_rib_next_change(rib, &p))
            ;
        assert_true(routing_rib_remove(rib, &r));
        while (routing_rib_next_change(rib, &p))
            ;
        memory = memory ? memory : routing_rib_memory(rib);
    }
    assert_int_equal(routing_rib_memory(rib), memory);
    routing_rib_free(rib);
}

static void test_one_route_more_moves_the_boundary_by_one(void **state)
{
    struct routing_rib *rib = rib_of_learned(1000);
    struct routing_route early = learned(5000, "vpntun-a");
    size_t told = 0;
    struct prefix p;

    (void)state;
    early.since = 0;
    assert_int_equal(routing_rib_set(rib, &early), 0);
    for (; routing_rib_next_change(rib, &p); told++) {
        bool is_last = prefix_equal(&p, &(struct prefix){addr_v4(20, 3, 231, 0), 24});

        assert_true(is_last || prefix_equal(&p, &early.destination));
        assert_int_equal(routing_rib_at(rib, &p)->routes[0].reason,
                         is_last ? ROUTING_OVER_QUOTA : ROUTING_EFFECTIVE);
    }
    assert_int_equal(told, 2);
    routing_rib_free(rib);
}

static void test_nobody_is_told_of_what_is_refused(void **state)
{
    struct routing_route bad = learned(1, "vpntun-a"), good = bad;
    struct routing_rib *rib = rib_of_learned(0);
    struct prefix p;

    (void)state;
    bad.destination.addr.bytes[3] = 1;
    assert_int_equal(routing_rib_set(rib, &bad), -EINVAL);
    bad.destination = (struct prefix){0};
    assert_int_equal(routing_rib_set(rib, &bad), -EINVAL);
    assert_false(routing_rib_remove(rib, &good));
    assert_int_equal(routing_rib_set(rib, &good), 0);
    assert_true(routing_rib_remove(rib, &good));
    assert_null(routing_rib_at(rib, &good.destination));
    assert_false(routing_rib_next_change(rib, &p));
    routing_rib_free(rib);
    routing_rib_free(NULL);
}

/* A run is a table: it is compiled and announced as one. */
static int take_one(void *arg, const struct routing_packet_route *route)
{
    *(struct routing_packet_route *)arg = *route;
    return 0;
}

static bool has_all(void *arg, const char *id)
{
    (void)arg;
    (void)id;
    return true;
}

static void test_one_destination_is_compiled_alone(void **state)
{
    const struct routing_here here = {.has_tunnel = has_all};
    struct routing_rib *rib = rib_of_learned(3);
    struct routing_route second = learned(1, "vpntun-b");
    struct routing_packet_route route = {0};

    (void)state;
    routing_rib_set_quota(rib, 10);
    assert_int_equal(routing_rib_set(rib, &second), 0);
    assert_int_equal(routing_compile_gateway(routing_rib_at(rib, &second.destination), false, &here,
                                             take_one, &route),
                     0);
    assert_true(prefix_equal(&route.prefix, &second.destination));
    assert_int_equal(route.count, 2);
    routing_rib_free(rib);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_change_gives_what_selecting_anew_gives),
        cmocka_unit_test(test_what_changes_back_is_not_told),
        cmocka_unit_test(test_a_vpc_follows_its_gateways),
        cmocka_unit_test(test_a_learned_route_takes_little_memory),
        cmocka_unit_test(test_what_went_leaves_nothing),
        cmocka_unit_test(test_one_route_more_moves_the_boundary_by_one),
        cmocka_unit_test(test_nobody_is_told_of_what_is_refused),
        cmocka_unit_test(test_one_destination_is_compiled_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
