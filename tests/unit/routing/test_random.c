#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "routing.h"

/* Random tables against a twin that reads docs/routing.md literally and sorts nothing. */

#define ROUTES_MAX 24
#define ROUNDS     4000

static uint64_t seed = 20261122;

static unsigned dice(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(seed >> 33) % n;
}

static const char *const targets[] = {"t-a", "t-b", "t-c", "t-d"};

static struct routing_route random_gateway_route(void)
{
    static const enum routing_hop hops[] = {ROUTING_HOP_ATTACHMENT, ROUTING_HOP_ATTACHMENT,
                                            ROUTING_HOP_PRIVATE_INTERFACE, ROUTING_HOP_CONNECTION,
                                            ROUTING_HOP_BLACKHOLE};
    struct routing_route r = {.target = targets[dice(4)], .since = dice(6)};
    struct addr a = addr_v4(10, (uint8_t)dice(3), (uint8_t)(dice(2) * 128), 0);

    r.destination = prefix_make(&a, (uint8_t)(14 + dice(5)));
    r.hop = hops[dice(ARRAY_SIZE(hops))];
    if (r.hop == ROUTING_HOP_BLACKHOLE)
        r.target = "";
    r.type = ROUTING_TYPE_STATIC;
    if (r.hop == ROUTING_HOP_ATTACHMENT && dice(3))
        r.type = ROUTING_TYPE_PROPAGATED;
    else if ((r.hop == ROUTING_HOP_CONNECTION || r.hop == ROUTING_HOP_PRIVATE_INTERFACE) && dice(3))
        r.type = dice(2) ? ROUTING_TYPE_EBGP : ROUTING_TYPE_IBGP;
    if (r.type == ROUTING_TYPE_EBGP || r.type == ROUTING_TYPE_IBGP)
        r.metric = 1 + dice(3);
    return r;
}

static bool older(const struct routing_route *a, const struct routing_route *b)
{
    int c = strcmp(a->target, b->target);

    if (a->since != b->since)
        return a->since < b->since;
    return c ? c < 0 : prefix_cmp(&a->destination, &b->destination) < 0;
}

static bool from_attachment(const struct routing_route *r)
{
    return r->hop == ROUTING_HOP_ATTACHMENT && r->type == ROUTING_TYPE_PROPAGATED;
}

static bool in_conflict(const struct routing_route *all, size_t n, size_t i)
{
    for (size_t j = 0; from_attachment(&all[i]) && j < n; j++) {
        if (from_attachment(&all[j]) && strcmp(all[i].target, all[j].target) != 0 &&
            older(&all[j], &all[i]) && prefix_overlaps(&all[i].destination, &all[j].destination) &&
            !in_conflict(all, n, j))
            return true;
    }
    return false;
}

static bool is_bgp(const struct routing_route *r)
{
    return r->type == ROUTING_TYPE_EBGP || r->type == ROUTING_TYPE_IBGP;
}

static bool over_quota(const struct routing_route *all, size_t n, size_t i, size_t quota)
{
    size_t before = 0;

    for (size_t j = 0; j < n; j++)
        before += is_bgp(&all[j]) && older(&all[j], &all[i]);
    return is_bgp(&all[i]) && before >= quota;
}

static bool twin_effective(const struct routing_route *all, size_t n, size_t i, size_t quota)
{
    const struct routing_route *r = &all[i];

    if (in_conflict(all, n, i) || over_quota(all, n, i, quota))
        return false;
    for (size_t j = 0; j < n; j++) {
        const struct routing_route *o = &all[j];

        if (!prefix_equal(&o->destination, &r->destination) || in_conflict(all, n, j) ||
            over_quota(all, n, j, quota))
            continue;
        if (o->hop < r->hop || (o->hop == r->hop && o->type < r->type) ||
            (o->hop == r->hop && o->type == r->type && o->metric < r->metric))
            return false;
    }
    return true;
}

/* No two alike in destination, target and type: a real table has no such pair, and which of
 * them counts against a quota would be arbitrary. */
static bool is_new(const struct routing_route *all, size_t n, const struct routing_route *r)
{
    for (size_t i = 0; i < n; i++) {
        if (prefix_equal(&all[i].destination, &r->destination) &&
            strcmp(all[i].target, r->target) == 0 &&
            (all[i].type == r->type || (is_bgp(&all[i]) && is_bgp(r))))
            return false;
    }
    return true;
}

static size_t random_routes(struct routing_route *all, char ids[][8])
{
    size_t n = 0, tries = dice(ROUTES_MAX + 1);

    while (tries-- > 0) {
        struct routing_route r = random_gateway_route();

        if (!is_new(all, n, &r))
            continue;
        snprintf(ids[n], sizeof(ids[n]), "%zu", n);
        r.id = ids[n];
        all[n++] = r;
    }
    return n;
}

static void check_lookup(const struct routing_table *t)
{
    struct addr a = addr_v4(10, (uint8_t)dice(4), (uint8_t)dice(256), 1);
    size_t first = 0, end = 0;
    int longest = -1;
    bool found = routing_lookup(t, &a, &first, &end);

    for (size_t i = 0; i < t->count; i++) {
        if (t->routes[i].reason == ROUTING_EFFECTIVE &&
            prefix_contains_addr(&t->routes[i].destination, &a))
            longest = MAX(longest, (int)t->routes[i].destination.len);
    }
    assert_int_equal(found, longest >= 0);
    if (found)
        assert_int_equal(t->routes[first].destination.len, longest);
}

static void check_winner(const struct routing_table *t, size_t i)
{
    const struct routing_route *r = &t->routes[i];

    if (r->winner == ROUTING_NO_WINNER)
        return;
    assert_true(r->winner < t->count);
    assert_true(prefix_overlaps(&t->routes[r->winner].destination, &r->destination));
    if (r->reason != ROUTING_LOSES_CONFLICT) /* a conflict's winner may lose to a static route */
        assert_int_equal(t->routes[r->winner].reason, ROUTING_EFFECTIVE);
}

static void test_gateway_agrees_with_the_twin(void **state)
{
    size_t effective = 0, ineffective = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct routing_route all[ROUTES_MAX];
        char ids[ROUTES_MAX][8];
        struct routing_table t = {0};
        size_t n = random_routes(all, ids), quota = dice(8);

        for (size_t i = 0; i < n; i++)
            assert_int_equal(routing_add(&t, &all[i]), 0);
        routing_select_gateway(&t, quota);
        assert_int_equal(t.count, n);
        for (size_t i = 0; i < n; i++) {
            size_t was = (size_t)atoi(t.routes[i].id);
            bool expected = twin_effective(all, n, was, quota);

            if (expected != (t.routes[i].reason == ROUTING_EFFECTIVE))
                fail_msg("round %u, route %zu: reason %d", round, was, t.routes[i].reason);
            *(expected ? &effective : &ineffective) += 1;
            check_winner(&t, i);
        }
        check_lookup(&t);
        routing_table_done(&t);
    }
    assert_true(effective > ROUNDS && ineffective > ROUNDS); /* both sides were really tried */
}

static bool twin_vpc_effective(const struct routing_table *t, size_t i)
{
    const struct routing_route *r = &t->routes[i];

    for (size_t j = 0; j < t->count; j++) {
        const struct routing_route *o = &t->routes[j];

        if (r->type != ROUTING_TYPE_LOCAL && o->type == ROUTING_TYPE_LOCAL &&
            prefix_contains(&o->destination, &r->destination))
            return false;
        if (!prefix_equal(&o->destination, &r->destination) || o->barred != ROUTING_EFFECTIVE)
            continue;
        if (o->type < r->type || (o->type == r->type && o->hop == ROUTING_HOP_BLACKHOLE &&
                                  r->hop != ROUTING_HOP_BLACKHOLE))
            return false;
    }
    return r->barred == ROUTING_EFFECTIVE;
}

static void test_vpc_agrees_with_the_twin(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct routing_table t = {0};

        for (size_t n = dice(ROUTES_MAX); n > 0; n--) {
            struct addr a = addr_v4(10, (uint8_t)dice(3), (uint8_t)(dice(2) * 128), 0);
            struct routing_route r = {.target = targets[dice(4)], .since = dice(6)};

            r.destination = prefix_make(&a, (uint8_t)(14 + dice(5)));
            switch (dice(8)) {
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
                r.barred = dice(4) ? ROUTING_EFFECTIVE : ROUTING_LEADS_BACK;
            }
            assert_int_equal(routing_add(&t, &r), 0);
        }
        routing_select_vpc(&t, SIZE_MAX);
        for (size_t i = 0; i < t.count; i++) {
            /* the 17th equal route is a case of its own */
            if (t.routes[i].reason != ROUTING_OVER_ECMP)
                assert_int_equal(t.routes[i].reason == ROUTING_EFFECTIVE,
                                 twin_vpc_effective(&t, i));
            check_winner(&t, i);
        }
        check_lookup(&t);
        routing_table_done(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gateway_agrees_with_the_twin),
        cmocka_unit_test(test_vpc_agrees_with_the_twin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
