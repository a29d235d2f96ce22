#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "routing.h"

/* A border gateway's table: docs/routing.md, sentence by sentence. */

#define ROUTES_MAX 8

struct row {
    const char *destination; /* NULL ends */
    enum routing_hop hop;
    enum routing_type type;
    const char *target;
    uint64_t since;
    uint32_t metric;
    enum routing_reason reason; /* expected */
    const char *winner;         /* expected target of the winner, NULL if none */
};

struct scene {
    const char *spec;
    size_t quota;
    struct row rows[ROUTES_MAX];
};

#define ATT  ROUTING_HOP_ATTACHMENT
#define PRIV ROUTING_HOP_PRIVATE_INTERFACE
#define CONN ROUTING_HOP_CONNECTION
#define HOLE ROUTING_HOP_BLACKHOLE
#define SELF ROUTING_HOP_LOCAL
#define STAT ROUTING_TYPE_STATIC
#define PROP ROUTING_TYPE_PROPAGATED
#define EBGP ROUTING_TYPE_EBGP
#define IBGP ROUTING_TYPE_IBGP
#define LOC  ROUTING_TYPE_LOCAL
#define OK   ROUTING_EFFECTIVE

static const struct scene scenes[] = {
    {"next-hop type: attachment 100 before private interface 120 before VPN connection 140",
     300,
     {{"10.2.0.0/16", CONN, STAT, "vpn-a", 1, 0, ROUTING_LOSES_HOP, "att-a"},
      {"10.2.0.0/16", PRIV, EBGP, "priv-a", 2, 5, ROUTING_LOSES_HOP, "att-a"},
      {"10.2.0.0/16", ATT, PROP, "att-a", 3, 0, OK, NULL}}},
    {"private interface before VPN connection, whatever the route types",
     300,
     {{"10.2.0.0/16", CONN, STAT, "vpn-a", 1, 0, ROUTING_LOSES_HOP, "priv-a"},
      {"10.2.0.0/16", PRIV, IBGP, "priv-a", 2, 9, OK, NULL}}},
    {"route type: static 100 before VPC propagation 120",
     300,
     {{"10.2.0.0/16", ATT, PROP, "att-a", 1, 0, ROUTING_LOSES_TYPE, "att-b"},
      {"10.2.0.0/16", ATT, STAT, "att-b", 2, 0, OK, NULL}}},
    {"route type: static 100 before EBGP 150 before IBGP 200",
     300,
     {{"10.2.0.0/16", CONN, IBGP, "vpn-c", 1, 1, ROUTING_LOSES_TYPE, "vpn-a"},
      {"10.2.0.0/16", CONN, EBGP, "vpn-b", 2, 1, ROUTING_LOSES_TYPE, "vpn-a"},
      {"10.2.0.0/16", CONN, STAT, "vpn-a", 3, 0, OK, NULL}}},
    {"EBGP before IBGP even when its AS_PATH is longer",
     300,
     {{"10.2.0.0/16", CONN, IBGP, "vpn-a", 1, 1, ROUTING_LOSES_TYPE, "vpn-b"},
      {"10.2.0.0/16", CONN, EBGP, "vpn-b", 2, 7, OK, NULL}}},
    {"metric: the shorter AS_PATH wins, and is compared last",
     300,
     {{"10.2.0.0/16", CONN, EBGP, "vpn-a", 1, 3, ROUTING_LOSES_METRIC, "vpn-b"},
      {"10.2.0.0/16", CONN, EBGP, "vpn-b", 2, 2, OK, NULL}}},
    {"all that tie are effective together",
     300,
     {{"10.2.0.0/16", CONN, EBGP, "vpn-a", 1, 2, OK, NULL},
      {"10.2.0.0/16", CONN, EBGP, "vpn-b", 2, 2, OK, NULL},
      {"10.2.0.0/16", CONN, EBGP, "vpn-c", 3, 3, ROUTING_LOSES_METRIC, "vpn-a"},
      {"10.3.0.0/16", CONN, STAT, "vpn-a", 4, 0, OK, NULL},
      {"10.3.0.0/16", CONN, STAT, "vpn-b", 5, 0, OK, NULL}}},
    {"the selection is for one destination: other lengths do not compete",
     300,
     {{"10.0.0.0/8", CONN, STAT, "vpn-a", 1, 0, OK, NULL},
      {"10.2.0.0/16", ATT, PROP, "att-a", 2, 0, OK, NULL},
      {"10.2.1.0/24", CONN, IBGP, "vpn-b", 3, 9, OK, NULL}}},
    {"conflict: of two attachments the one that propagated first is effective",
     300,
     {{"10.1.0.0/24", ATT, PROP, "att-b", 20, 0, ROUTING_LOSES_CONFLICT, "att-a"},
      {"10.1.0.0/24", ATT, PROP, "att-a", 10, 0, OK, NULL}}},
    {"conflict: the later one takes over when the first is gone",
     300,
     {{"10.1.0.0/24", ATT, PROP, "att-b", 20, 0, OK, NULL}}},
    {"conflict: different lengths overlap too, the later longer one loses",
     300,
     {{"10.1.0.0/16", ATT, PROP, "att-a", 10, 0, OK, NULL},
      {"10.1.7.0/24", ATT, PROP, "att-b", 20, 0, ROUTING_LOSES_CONFLICT, "att-a"}}},
    {"conflict: different lengths overlap too, the later shorter one loses",
     300,
     {{"10.1.0.0/16", ATT, PROP, "att-a", 20, 0, ROUTING_LOSES_CONFLICT, "att-b"},
      {"10.1.7.0/24", ATT, PROP, "att-b", 10, 0, OK, NULL}}},
    {"conflict: what lost does not shut out a third",
     300,
     {{"10.1.0.0/24", ATT, PROP, "att-a", 10, 0, OK, NULL},
      {"10.1.0.0/23", ATT, PROP, "att-b", 20, 0, ROUTING_LOSES_CONFLICT, "att-a"},
      {"10.1.1.0/24", ATT, PROP, "att-c", 30, 0, OK, NULL}}},
    {"conflict: prefixes of one attachment do not conflict with each other",
     300,
     {{"10.1.0.0/16", ATT, PROP, "att-a", 10, 0, OK, NULL},
      {"10.1.7.0/24", ATT, PROP, "att-a", 20, 0, OK, NULL}}},
    {"conflict: equal times are ordered by the attachment's id",
     300,
     {{"10.1.0.0/24", ATT, PROP, "att-b", 10, 0, ROUTING_LOSES_CONFLICT, "att-a"},
      {"10.1.0.0/24", ATT, PROP, "att-a", 10, 0, OK, NULL}}},
    {"conflict: is between attachments only",
     300,
     {{"10.1.0.0/16", CONN, EBGP, "vpn-a", 10, 1, OK, NULL},
      {"10.1.7.0/24", ATT, PROP, "att-a", 20, 0, OK, NULL},
      {"10.1.7.0/25", ATT, STAT, "att-b", 30, 0, OK, NULL}}},
    {"conflict: is settled before the selection, among propagated routes alone",
     300,
     {{"10.1.0.0/24", ATT, STAT, "att-b", 30, 0, OK, NULL},
      {"10.1.0.0/24", ATT, PROP, "att-a", 10, 0, ROUTING_LOSES_TYPE, "att-b"},
      {"10.1.0.0/24", ATT, PROP, "att-c", 20, 0, ROUTING_LOSES_CONFLICT, "att-a"}}},
    {"a static blackhole is not undone by what is learned",
     300,
     {{"10.2.0.0/16", HOLE, STAT, "", 9, 0, OK, NULL},
      {"10.2.0.0/16", ATT, PROP, "att-a", 1, 0, ROUTING_LOSES_HOP, ""}}},
    {"the gateway's own addresses win over everything",
     300,
     {{"169.254.1.1/32", HOLE, STAT, "", 1, 0, ROUTING_LOSES_HOP, ""},
      {"169.254.1.1/32", SELF, LOC, "", 2, 0, OK, NULL},
      {"169.254.1.1/32", ATT, STAT, "att-a", 3, 0, ROUTING_LOSES_HOP, ""}}},
    {"quota: dynamic routes beyond it are left out, latest first; others do not count",
     2,
     {{"10.1.0.0/24", CONN, EBGP, "vpn-a", 3, 1, ROUTING_OVER_QUOTA, NULL},
      {"10.2.0.0/24", CONN, IBGP, "vpn-a", 1, 1, OK, NULL},
      {"10.3.0.0/24", CONN, EBGP, "vpn-a", 2, 1, OK, NULL},
      {"10.4.0.0/24", CONN, STAT, "vpn-a", 4, 0, OK, NULL},
      {"10.5.0.0/24", ATT, PROP, "att-a", 5, 0, OK, NULL}}},
    {"quota: what is over it does not win, however good",
     1,
     {{"10.1.0.0/24", CONN, EBGP, "vpn-a", 1, 4, OK, NULL},
      {"10.1.0.0/24", CONN, EBGP, "vpn-b", 2, 1, ROUTING_OVER_QUOTA, NULL}}},
    {"quota: none at all",
     0,
     {{"10.1.0.0/24", CONN, EBGP, "vpn-a", 1, 4, ROUTING_OVER_QUOTA, NULL},
      {"10.1.0.0/24", CONN, STAT, "vpn-b", 2, 0, OK, NULL}}},
    {"IPv6 lives beside IPv4",
     300,
     {{"::/0", CONN, STAT, "vpn-a", 1, 0, OK, NULL},
      {"0.0.0.0/0", CONN, STAT, "vpn-b", 1, 0, OK, NULL},
      {"fd00:1::/64", ATT, PROP, "att-b", 3, 0, ROUTING_LOSES_CONFLICT, "att-a"},
      {"fd00:1::/48", ATT, PROP, "att-a", 2, 0, OK, NULL}}},
};

static size_t row_count(const struct scene *s)
{
    size_t n = 0;

    while (n < ROUTES_MAX && s->rows[n].destination)
        n++;
    return n;
}

static void add_row(struct routing_table *t, const struct row *row)
{
    struct routing_route r = {.hop = row->hop,
                              .type = row->type,
                              .target = row->target,
                              .since = row->since,
                              .metric = row->metric};

    assert_int_equal(prefix_parse(row->destination, &r.destination), 0);
    assert_int_equal(routing_add(t, &r), 0);
}

static const struct routing_route *find(const struct routing_table *t, const struct row *row)
{
    struct prefix p;

    assert_int_equal(prefix_parse(row->destination, &p), 0);
    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i];

        if (prefix_equal(&r->destination, &p) && r->hop == row->hop && r->type == row->type &&
            strcmp(r->target, row->target) == 0)
            return r;
    }
    fail_msg("%s %s is gone", row->destination, row->target);
    return NULL;
}

/* Every reason has a code of its own; in a gateway's table some cannot be. */
static const enum words_code codes[] = {
    [ROUTING_LOSES_HOP] = WORDS_ROUTE_LOSES_HOP,
    [ROUTING_LOSES_TYPE] = WORDS_ROUTE_LOSES_TYPE,
    [ROUTING_LOSES_METRIC] = WORDS_ROUTE_LOSES_METRIC,
    [ROUTING_LOSES_CONFLICT] = WORDS_ROUTE_LOSES_CONFLICT,
    [ROUTING_OVER_QUOTA] = WORDS_ROUTE_OVER_DYNAMIC_QUOTA,
};

static void check_scene(const struct scene *s, const struct routing_table *t)
{
    char text[ROUTING_TEXT_MAX];
    struct words_read read;

    for (size_t i = 0; i < row_count(s); i++) {
        const struct row *row = &s->rows[i];
        const struct routing_route *r = find(t, row);
        const char *winner =
            r->winner == ROUTING_NO_WINNER ? "(none)" : t->routes[r->winner].target;

        if (r->reason != row->reason || strcmp(winner, row->winner ? row->winner : "(none)") != 0)
            fail_msg("%s: %s %s: reason %d, winner %s", s->spec, row->destination, row->target,
                     r->reason, winner);
        routing_reason_text(t, (size_t)(r - t->routes), text);
        assert_int_equal(text[0] == 0, r->reason == ROUTING_EFFECTIVE);
        assert_int_equal(words_read(text, &read)->code, codes[r->reason]);
    }
}

static void test_each_sentence_in_any_order_of_adding(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(scenes); k++) {
        size_t n = row_count(&scenes[k]);

        for (size_t shift = 0; shift < 2 * n; shift++) {
            struct routing_table t = {0};

            for (size_t i = 0; i < n; i++) {
                size_t j = (i + shift) % n;

                add_row(&t, &scenes[k].rows[shift < n ? j : n - 1 - j]);
            }
            routing_select_gateway(&t, scenes[k].quota);
            check_scene(&scenes[k], &t);
            routing_table_done(&t);
        }
    }
}

static void test_at_most_sixteen_share(void **state)
{
    struct routing_table t = {0};
    char targets[ROUTING_ECMP_MAX + 2][16];
    size_t effective = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        struct row row = {"10.2.0.0/16", CONN, STAT, targets[i], i, 0, OK, NULL};

        snprintf(targets[i], sizeof(targets[i]), "vpn-%02zu", i);
        add_row(&t, &row);
    }
    routing_select_gateway(&t, 300);
    for (size_t i = 0; i < t.count; i++)
        effective += t.routes[i].reason == ROUTING_EFFECTIVE;
    assert_int_equal(effective, ROUTING_ECMP_MAX);
    assert_int_equal(t.routes[ROUTING_ECMP_MAX].reason, ROUTING_OVER_ECMP);
    assert_string_equal(t.routes[ROUTING_ECMP_MAX].target, "vpn-16");
    routing_table_done(&t);
}

static void test_longest_match(void **state)
{
    static const struct row rows[] = {{"0.0.0.0/0", CONN, STAT, "vpn-d", 1, 0, OK, NULL},
                                      {"10.0.0.0/8", CONN, STAT, "vpn-a", 2, 0, OK, NULL},
                                      {"10.1.0.0/16", ATT, PROP, "att-a", 3, 0, OK, NULL},
                                      {"10.1.7.0/24", ATT, PROP, "att-b", 4, 0, OK, NULL},
                                      {"10.9.0.0/16", CONN, STAT, "vpn-b", 5, 0, OK, NULL},
                                      {"10.9.0.0/16", CONN, STAT, "vpn-c", 6, 0, OK, NULL},
                                      {"10.9.0.0/16", CONN, EBGP, "vpn-e", 7, 1, OK, NULL}};
    static const struct {
        const char *address;
        const char *first; /* NULL: no match */
        size_t width;
    } cases[] = {{"10.1.8.1", "att-a", 1},  {"10.1.7.1", "att-a", 1}, /* att-b lost the conflict */
                 {"10.2.0.1", "vpn-a", 1},  {"10.9.255.255", "vpn-b", 3},
                 {"192.0.2.1", "vpn-d", 1}, {"255.255.255.255", "vpn-d", 1},
                 {"2001:db8::1", NULL, 0}};
    struct routing_table t = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        add_row(&t, &rows[i]);
    routing_select_gateway(&t, 300);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct addr a;
        size_t first = 0, end = 0;

        assert_int_equal(addr_parse(cases[i].address, &a), 0);
        assert_int_equal(routing_lookup(&t, &a, &first, &end), cases[i].first != NULL);
        if (!cases[i].first)
            continue;
        assert_string_equal(t.routes[first].target, cases[i].first);
        assert_int_equal(end - first, cases[i].width);
    }
    routing_table_done(&t);
}

static void test_an_empty_table_answers(void **state)
{
    struct routing_table t = {0};
    struct routing_route none = {.target = "vpn-a"};
    struct addr a = addr_v4(10, 0, 0, 1);
    size_t first, end;

    (void)state;
    assert_int_equal(routing_add(&t, &none), -EINVAL);
    routing_select_gateway(&t, 300);
    assert_false(routing_lookup(&t, &a, &first, &end));
    routing_table_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_sentence_in_any_order_of_adding),
        cmocka_unit_test(test_at_most_sixteen_share),
        cmocka_unit_test(test_longest_match),
        cmocka_unit_test(test_an_empty_table_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
