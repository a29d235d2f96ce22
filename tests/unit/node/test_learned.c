/* Learned routes: what is known, and what ropewayd is told of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "learned.h"

#define ROOM 100000

/* ---- a node with one gateway and two tunnels ---- */

static const struct learned_tunnel tunnels[] = {
    {.number = 1001, .id = "vpntun-a", .connection = "vpn-a"},
    {.number = 1002, .id = "vpntun-b", .connection = "vpn-b"},
};

struct node {
    struct learned learned;
    struct learned_gateway *gateway;
};

static void begin(struct node *n)
{
    learned_init(&n->learned);
    n->gateway = learned_gateway_for(&n->learned, "bgw-a");
    assert_non_null(n->gateway);
    assert_int_equal(learned_set_tunnels(&n->learned, n->gateway, tunnels, 2), 0);
}

static void end(struct node *n)
{
    learned_done(&n->learned);
}

static struct prefix network(const char *text)
{
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

static struct bgp_attributes attributes(uint32_t tunnel, const char *as_path, uint32_t length)
{
    struct bgp_attributes a = {.tunnel = tunnel, .length = length};

    a.next_hop = addr_v4(169, 254, 1, 2);
    (void)text_copy(a.as_path, sizeof(a.as_path), as_path);
    return a;
}

static bool announce_with(struct node *n, const char *prefix, uint32_t path,
                          const struct bgp_attributes *a)
{
    struct prefix p = network(prefix);

    return learned_announced(&n->learned, n->gateway, &p, path, a, 1795934011000000);
}

static bool announce(struct node *n, const char *prefix, uint32_t path, uint32_t tunnel)
{
    struct bgp_attributes a = attributes(tunnel, "65001", 1);

    return announce_with(n, prefix, path, &a);
}

static bool withdraw(struct node *n, const char *prefix, uint32_t path)
{
    struct prefix p = network(prefix);

    return learned_withdrawn(&n->learned, n->gateway, &p, path);
}

/* ---- what a report says ---- */

/* The member "learned" as JSON; NULL: none. */
static json_t *report(struct node *n, size_t max)
{
    struct buf text = {0}, whole = {0};
    json_t *obj;

    learned_report_write(&n->learned, max, &text);
    assert_false(text.failed);
    assert_true(text.len <= max);
    buf_printf(&whole, "{%s\"end\":1}", buf_text(&text));
    obj = json_loads(buf_text(&whole), 0, NULL);
    assert_non_null(obj);
    buf_done(&text);
    buf_done(&whole);
    return obj;
}

/* "-TUNNEL PREFIX +TUNNEL PREFIX", in their order. */
static void assert_report(struct node *n, const char *expected)
{
    json_t *doc = report(n, ROOM), *learned = json_object_get(doc, "learned"), *item;
    struct buf text = {0};
    size_t i;

    json_array_foreach (json_object_get(learned, "gone"), i, item)
        buf_printf(&text, "-%s %s ", json_string_value(json_object_get(item, "tunnel")),
                   json_string_value(json_object_get(item, "prefix")));
    json_array_foreach (json_object_get(learned, "put"), i, item)
        buf_printf(&text, "+%s %s ", json_string_value(json_object_get(item, "tunnel")),
                   json_string_value(json_object_get(item, "prefix")));
    assert_string_equal(buf_text(&text), expected);
    buf_done(&text);
    json_decref(doc);
}

static void assert_taken(struct node *n, const char *expected)
{
    assert_report(n, expected);
    learned_report_sent(&n->learned, true);
}

/* ---- what is known ---- */

static void test_announced_replaced_withdrawn(void **state)
{
    struct bgp_attributes a = attributes(1001, "65001 65002", 2);
    struct node n;

    (void)state;
    begin(&n);
    assert_true(announce(&n, "10.2.0.0/16", 1, 1001));
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 ");
    assert_false(announce(&n, "10.2.0.0/16", 1, 1001)); /* the same once more */
    assert_taken(&n, "");
    assert_true(announce_with(&n, "10.2.0.0/16", 1, &a)); /* a longer way */
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 ");
    (void)text_copy(a.communities, sizeof(a.communities), "65001:1");
    assert_false(announce_with(&n, "10.2.0.0/16", 1, &a)); /* of no matter to packets */
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 ");
    assert_int_equal(n.learned.count, 1);
    assert_false(withdraw(&n, "10.2.0.0/16", 2));
    assert_false(withdraw(&n, "10.2.0.0/17", 1));
    assert_true(withdraw(&n, "10.2.0.0/16", 1));
    assert_false(withdraw(&n, "10.2.0.0/16", 1));
    assert_int_equal(n.learned.count, 0);
    assert_taken(&n, "-vpntun-a 10.2.0.0/16 ");
    assert_taken(&n, "");
    end(&n);
}

static void test_each_attribute_is_told(void **state)
{
    static const char *const members[] = {"nextHop", "asPath", "asPathLength", "communities",
                                          "origin",  "med",    "med"};
    struct bgp_attributes a = attributes(1001, "65001", 1);
    struct node n;

    (void)state;
    begin(&n);
    announce_with(&n, "2001:db8::/32", 1, &a);
    json_decref(report(&n, ROOM));
    learned_report_sent(&n.learned, true);
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        json_t *doc, *put;

        switch (i) {
        case 0:
            a.next_hop = addr_v4(169, 254, 1, 6);
            break;
        case 1:
            (void)text_copy(a.as_path, sizeof(a.as_path), "65002");
            break;
        case 2:
            a.length = 7;
            break;
        case 3:
            (void)text_copy(a.communities, sizeof(a.communities), "no-export");
            break;
        case 4:
            a.origin = BGP_ORIGIN_INCOMPLETE;
            break;
        case 5:
            a.has_med = true;
            break;
        default:
            a.med = UINT32_MAX;
        }
        announce_with(&n, "2001:db8::/32", 1, &a);
        doc = report(&n, ROOM);
        put = json_array_get(json_object_get(json_object_get(doc, "learned"), "put"), 0);
        assert_non_null(json_object_get(put, members[i]));
        json_decref(doc);
        learned_report_sent(&n.learned, true);
    }
    end(&n);
}

static void test_a_report_in_full(void **state)
{
    struct bgp_attributes a = attributes(1001, "65001 {1,2}", 2);
    struct buf text = {0};
    struct node n;

    (void)state;
    begin(&n);
    a.has_med = true;
    a.med = 5;
    (void)text_copy(a.communities, sizeof(a.communities), "65001:1 no-export");
    announce(&n, "10.3.0.0/16", 2, 1002);
    learned_report_write(&n.learned, ROOM, &text);
    learned_report_sent(&n.learned, true);
    buf_clear(&text);
    withdraw(&n, "10.3.0.0/16", 2);
    announce_with(&n, "10.2.0.0/16", 1, &a);
    learned_report_write(&n.learned, ROOM, &text);
    assert_string_equal(
        buf_text(&text),
        "\"learned\":{\"gone\":[{\"tunnel\":\"vpntun-b\",\"prefix\":\"10.3.0.0/16\"}],"
        "\"put\":[{\"gateway\":\"bgw-a\",\"tunnel\":\"vpntun-a\",\"prefix\":\"10.2.0.0/16\","
        "\"nextHop\":\"169.254.1.2\",\"asPath\":\"65001 {1,2}\",\"asPathLength\":2,"
        "\"communities\":\"65001:1 no-export\",\"origin\":\"igp\","
        "\"since\":\"2026-11-29T06:33:31.000Z\",\"med\":5}]},");
    buf_done(&text);
    end(&n);
}

static void test_a_path_that_leads_elsewhere(void **state)
{
    struct node n;

    (void)state;
    begin(&n);
    announce(&n, "10.2.0.0/16", 1, 1001);
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 ");
    assert_true(announce(&n, "10.2.0.0/16", 1, 1002)); /* through the other tunnel */
    assert_int_equal(n.learned.count, 1);
    assert_taken(&n, "-vpntun-a 10.2.0.0/16 +vpntun-b 10.2.0.0/16 ");
    assert_true(announce(&n, "10.2.0.0/16", 1, 1003)); /* through one that is not ours */
    assert_int_equal(n.learned.count, 0);
    assert_taken(&n, "-vpntun-b 10.2.0.0/16 ");
    assert_false(announce(&n, "10.4.0.0/16", 1, 0));
    assert_taken(&n, "");
    end(&n);
}

/* Each life of BIRD numbers its paths anew: a tunnel's route stays what it is. */
static void test_paths_that_are_numbered_anew(void **state)
{
    struct node n;

    (void)state;
    begin(&n);
    announce(&n, "10.2.0.0/16", 1, 1001);
    announce(&n, "10.2.0.0/16", 2, 1002);
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 +vpntun-b 10.2.0.0/16 ");
    learned_doubt(n.gateway);
    assert_false(announce(&n, "10.2.0.0/16", 3, 1001));
    assert_false(announce(&n, "10.2.0.0/16", 4, 1002));
    assert_false(learned_complete(&n.learned, n.gateway, ADDR_IPV4));
    assert_int_equal(n.learned.count, 2);
    assert_taken(&n, "");
    assert_false(withdraw(&n, "10.2.0.0/16", 1));
    assert_true(withdraw(&n, "10.2.0.0/16", 3));
    assert_taken(&n, "-vpntun-a 10.2.0.0/16 ");
    end(&n);
}

/* In each order of reports ropewayd knows both in the end. */
static void test_paths_that_change_their_numbers(void **state)
{
    struct node n;

    (void)state;
    begin(&n);
    announce(&n, "10.2.0.0/16", 1, 1001);
    announce(&n, "10.2.0.0/16", 2, 1002);
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 +vpntun-b 10.2.0.0/16 ");
    learned_doubt(n.gateway);
    announce(&n, "10.2.0.0/16", 2, 1001);
    assert_taken(&n, "-vpntun-b 10.2.0.0/16 ");
    announce(&n, "10.2.0.0/16", 1, 1002);
    assert_taken(&n, "+vpntun-b 10.2.0.0/16 ");
    assert_false(learned_complete(&n.learned, n.gateway, ADDR_IPV4));
    assert_int_equal(n.learned.count, 2);
    assert_taken(&n, "");
    end(&n);
}

static void test_doubt_after_a_new_session(void **state)
{
    struct node n;

    (void)state;
    begin(&n);
    announce(&n, "10.2.0.0/16", 1, 1001);
    announce(&n, "10.3.0.0/16", 1, 1001);
    announce(&n, "10.4.0.0/16", 1, 1001);
    announce(&n, "2001:db8::/32", 1, 1001);
    json_decref(report(&n, ROOM));
    learned_report_sent(&n.learned, true);
    learned_doubt(n.gateway);
    assert_int_equal(n.learned.count, 4); /* they still count */
    assert_false(announce(&n, "10.2.0.0/16", 1, 1001));
    assert_true(withdraw(&n, "10.4.0.0/16", 1));
    assert_taken(&n, "-vpntun-a 10.4.0.0/16 ");
    assert_true(learned_complete(&n.learned, n.gateway, ADDR_IPV4));
    assert_taken(&n, "-vpntun-a 10.3.0.0/16 ");
    assert_false(learned_complete(&n.learned, n.gateway, ADDR_IPV4));
    assert_true(learned_end_doubt(&n.learned, n.gateway));
    assert_taken(&n, "-vpntun-a 2001:db8::/32 ");
    assert_false(learned_end_doubt(&n.learned, n.gateway));
    assert_int_equal(n.learned.count, 1);
    end(&n);
}

static void test_tunnels_that_go(void **state)
{
    const struct learned_tunnel moved = {.number = 1002, .id = "vpntun-b", .connection = "vpn-c"};
    struct node n;

    (void)state;
    begin(&n);
    announce(&n, "10.2.0.0/16", 1, 1001);
    announce(&n, "10.2.0.0/16", 2, 1002);
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 +vpntun-b 10.2.0.0/16 ");
    assert_int_equal(learned_set_tunnels(&n.learned, n.gateway, tunnels, 2), 0);
    assert_int_equal(learned_set_tunnels(&n.learned, n.gateway, &tunnels[1], 1), 1);
    assert_int_equal(n.learned.count, 1);
    assert_taken(&n, "-vpntun-a 10.2.0.0/16 ");
    assert_false(announce(&n, "10.5.0.0/16", 1, 1001));
    assert_int_equal(learned_set_tunnels(&n.learned, n.gateway, &moved, 1), 1);
    assert_taken(&n, "-vpntun-b 10.2.0.0/16 ");
    assert_true(announce(&n, "10.2.0.0/16", 2, 1002));
    assert_taken(&n, "+vpntun-b 10.2.0.0/16 ");
    assert_ptr_equal(learned_find(&n.learned, "bgw-a"), n.gateway);
    learned_forget_gateway(&n.learned, n.gateway);
    assert_null(learned_find(&n.learned, "bgw-a"));
    assert_int_equal(n.learned.count, 0);
    assert_taken(&n, "-vpntun-b 10.2.0.0/16 ");
    end(&n);
}

/* ---- what is told ---- */

static void test_a_failed_report_is_told_again(void **state)
{
    struct node n;

    (void)state;
    begin(&n);
    announce(&n, "10.2.0.0/16", 1, 1001);
    assert_report(&n, "+vpntun-a 10.2.0.0/16 ");
    assert_false(learned_report_has_more(&n.learned));
    learned_report_sent(&n.learned, false);
    assert_true(learned_report_has_more(&n.learned));
    assert_report(&n, "+vpntun-a 10.2.0.0/16 ");
    withdraw(&n, "10.2.0.0/16", 1); /* while it is under way */
    learned_report_sent(&n.learned, true);
    assert_report(&n, "-vpntun-a 10.2.0.0/16 ");
    announce(&n, "10.2.0.0/16", 1, 1001);
    learned_report_sent(&n.learned, false);
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 ");
    assert_taken(&n, "");
    end(&n);
}

static size_t length_of(const struct list *l)
{
    size_t n = 0;

    for (const struct list *i = l->next; i != l; i = i->next)
        n++;
    return n;
}

static void assert_holds(const struct node *n, size_t due, size_t gone)
{
    assert_int_equal(length_of(&n->learned.due), due);
    assert_int_equal(length_of(&n->learned.gone), gone);
}

/* While ropewayd hears nothing a peer announces and withdraws without end. */
static void test_flaps_take_no_memory(void **state)
{
    struct node n;
    char text[PREFIX_TEXT_MAX];

    (void)state;
    begin(&n);
    announce(&n, "10.2.0.0/16", 1, 1001);
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 ");
    for (unsigned i = 0; i < 1000; i++) {
        withdraw(&n, "10.2.0.0/16", i + 1);
        assert_holds(&n, 1, 1);
        announce(&n, "10.2.0.0/16", i + 2, 1001);
        assert_holds(&n, 1, 0);
    }
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 ");
    for (unsigned i = 0; i < 1000; i++) { /* of what it never heard */
        snprintf(text, sizeof(text), "10.%u.%u.0/24", i / 256, i % 256);
        announce(&n, text, 1, 1002);
        withdraw(&n, text, 1);
    }
    assert_holds(&n, 0, 0);
    withdraw(&n, "10.2.0.0/16", 1001);
    assert_report(&n, "-vpntun-a 10.2.0.0/16 ");
    announce(&n, "10.2.0.0/16", 1, 1001); /* while that is under way */
    learned_report_sent(&n.learned, true);
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 ");
    assert_holds(&n, 0, 0);
    end(&n);
}

/* Of those that stood in a report that nobody took no more are kept than fill one: it has no room
 * for others before these are told. */
static void test_what_is_gone_and_not_taken_is_bounded(void **state)
{
    struct node n;
    char text[PREFIX_TEXT_MAX];

    (void)state;
    begin(&n);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "10.%u.%u.0/24", i / 256, i % 256);
        announce(&n, text, 1, 1001);
        json_decref(report(&n, 2000));
        learned_report_sent(&n.learned, false);
        withdraw(&n, text, 1);
    }
    assert_in_range(length_of(&n.learned.gone), 1, 50);
    end(&n);
}

static void test_ropewayd_knows_nothing_any_more(void **state)
{
    struct node n;

    (void)state;
    begin(&n);
    announce(&n, "10.2.0.0/16", 1, 1001);
    announce(&n, "10.3.0.0/16", 1, 1001);
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 +vpntun-a 10.3.0.0/16 ");
    withdraw(&n, "10.3.0.0/16", 1);
    learned_report_reset(&n.learned);
    assert_report(&n, "+vpntun-a 10.2.0.0/16 ");
    learned_report_reset(&n.learned); /* while it is under way */
    learned_report_sent(&n.learned, true);
    assert_taken(&n, "+vpntun-a 10.2.0.0/16 ");
    assert_taken(&n, "");
    end(&n);
}

#define MANY 300

static void numbered(unsigned i, char text[PREFIX_TEXT_MAX])
{
    snprintf(text, PREFIX_TEXT_MAX, "10.%u.%u.0/24", i / 256, i % 256);
}

/* What ropewayd makes of reports: the texts "TUNNEL PREFIX". */
static void apply(json_t *known, json_t *doc)
{
    json_t *learned = json_object_get(doc, "learned"), *item;
    char key[128];
    size_t i;

    json_array_foreach (json_object_get(learned, "gone"), i, item) {
        snprintf(key, sizeof(key), "%s %s", json_string_value(json_object_get(item, "tunnel")),
                 json_string_value(json_object_get(item, "prefix")));
        json_object_del(known, key);
    }
    json_array_foreach (json_object_get(learned, "put"), i, item) {
        snprintf(key, sizeof(key), "%s %s", json_string_value(json_object_get(item, "tunnel")),
                 json_string_value(json_object_get(item, "prefix")));
        json_object_set(known, key, json_object_get(item, "asPath"));
    }
}

static unsigned tell_all(struct node *n, size_t max, json_t *known)
{
    unsigned pages = 0;

    while (learned_report_has_more(&n->learned)) {
        json_t *doc = report(n, max);

        apply(known, doc);
        json_decref(doc);
        learned_report_sent(&n->learned, true);
        assert_in_range(++pages, 1, 10 * MANY);
    }
    return pages;
}

static void test_pages(void **state)
{
    /* A report has room for few, and what goes fills it in each way. */
    for (size_t max = 1200; max < 2400; max += 100) {
        json_t *known = json_object();
        char text[PREFIX_TEXT_MAX];
        struct node n;

        (void)state;
        begin(&n);
        for (unsigned i = 0; i < MANY; i++) {
            numbered(i, text);
            announce(&n, text, 1, 1001);
        }
        assert_true(tell_all(&n, max, known) > 10);
        assert_int_equal(json_object_size(known), MANY);
        for (unsigned i = 0; i < MANY; i++) { /* the last that go come back first */
            numbered(i, text);
            withdraw(&n, text, 1);
        }
        for (unsigned i = MANY; i-- > 0;) {
            numbered(i, text);
            announce(&n, text, 1, 1001);
        }
        assert_true(tell_all(&n, max, known) > 10);
        assert_int_equal(json_object_size(known), MANY);
        json_decref(known);
        end(&n);
    }
}

/* ---- against a naive twin ---- */

#define PREFIXES 6
#define PATHS    4

/* What BIRD has told: a path's tunnel, 0: none, and the length of its way. */
struct twin {
    uint32_t tunnel[PREFIXES][PATHS], length[PREFIXES][PATHS];
};

static bool twin_has(const struct twin *t, unsigned prefix, uint32_t tunnel, unsigned *ret)
{
    for (*ret = 0; *ret < PATHS; ++*ret) {
        if (t->tunnel[prefix][*ret] == tunnel)
            return true;
    }
    return false;
}

/* As a peer does it: one path to a prefix for a tunnel at a time. */
static void announce_both(struct node *n, struct twin *t, unsigned prefix, unsigned path,
                          unsigned tunnel, unsigned length)
{
    struct bgp_attributes a = attributes(tunnel, "", length);
    char text[PREFIX_TEXT_MAX];
    unsigned before;

    snprintf(a.as_path, sizeof(a.as_path), "%u", length);
    if (twin_has(t, prefix, tunnel, &before))
        t->tunnel[prefix][before] = 0;
    t->tunnel[prefix][path] = tunnel;
    t->length[prefix][path] = length;
    numbered(prefix, text);
    announce_with(n, text, path, &a);
}

static void withdraw_both(struct node *n, struct twin *t, unsigned prefix, unsigned path)
{
    char text[PREFIX_TEXT_MAX];

    numbered(prefix, text);
    assert_int_equal(withdraw(n, text, path), t->tunnel[prefix][path] != 0);
    t->tunnel[prefix][path] = 0;
}

static void assert_knows(const struct twin *t, json_t *known)
{
    size_t count = 0;

    for (unsigned prefix = 0; prefix < PREFIXES; prefix++) {
        for (unsigned path = 0; path < PATHS; path++) {
            char text[PREFIX_TEXT_MAX], key[128], length[16];

            if (!t->tunnel[prefix][path])
                continue;
            count++;
            numbered(prefix, text);
            snprintf(key, sizeof(key), "%s %s",
                     t->tunnel[prefix][path] == 1001 ? "vpntun-a" : "vpntun-b", text);
            snprintf(length, sizeof(length), "%u", t->length[prefix][path]);
            assert_string_equal(json_string_value(json_object_get(known, key)), length);
        }
    }
    assert_int_equal(json_object_size(known), count);
}

/* A report that may be lost, and then is as if it had not been. */
static void report_once(struct node *n, json_t *known, bool taken)
{
    json_t *doc = report(n, 1200);

    if (taken)
        apply(known, doc);
    json_decref(doc);
    learned_report_sent(&n->learned, taken);
}

static void new_session(struct node *n, struct twin *t)
{
    *t = (struct twin){0};
    learned_doubt(n->gateway);
    for (unsigned prefix = 0; prefix < PREFIXES; prefix++) {
        for (unsigned path = 0; path < 2; path++) {
            if (rand() % 3)
                announce_both(n, t, prefix, (path + (unsigned)rand() % 3) % PATHS, 1001 + path,
                              1 + (unsigned)rand() % 3);
        }
    }
    learned_complete(&n->learned, n->gateway, ADDR_IPV4);
}

static void test_a_naive_twin(void **state)
{
    struct twin twin = {0};
    json_t *known = json_object();
    struct node n;

    (void)state;
    srand(7);
    begin(&n);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned prefix = (unsigned)rand() % PREFIXES, path = (unsigned)rand() % PATHS;

        switch (rand() % 8) {
        case 0:
        case 1:
        case 2:
            announce_both(&n, &twin, prefix, path, 1001 + (unsigned)rand() % 2,
                          1 + (unsigned)rand() % 3);
            break;
        case 3:
        case 4:
            withdraw_both(&n, &twin, prefix, path);
            break;
        case 5:
        case 6:
            report_once(&n, known, rand() % 4);
            break;
        default:
            if (rand() % 10 == 0)
                new_session(&n, &twin);
        }
        if (i % 50 == 0) {
            tell_all(&n, 1200, known);
            assert_knows(&twin, known);
            assert_int_equal(n.learned.count, json_object_size(known));
        }
    }
    json_decref(known);
    end(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_announced_replaced_withdrawn),
        cmocka_unit_test(test_each_attribute_is_told),
        cmocka_unit_test(test_a_report_in_full),
        cmocka_unit_test(test_a_path_that_leads_elsewhere),
        cmocka_unit_test(test_paths_that_are_numbered_anew),
        cmocka_unit_test(test_paths_that_change_their_numbers),
        cmocka_unit_test(test_doubt_after_a_new_session),
        cmocka_unit_test(test_tunnels_that_go),
        cmocka_unit_test(test_a_failed_report_is_told_again),
        cmocka_unit_test(test_flaps_take_no_memory),
        cmocka_unit_test(test_what_is_gone_and_not_taken_is_bounded),
        cmocka_unit_test(test_ropewayd_knows_nothing_any_more),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_a_naive_twin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
