#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "events_internal.h"

/* The log of events by itself: its bounds, and what is stored. */

#define DAY_US (UINT64_C(86400) * 1000000)

struct lab {
    struct store *store;
    struct events *e;
    size_t told;
    uint64_t last;
};

static void on_told(void *arg, const struct event *event)
{
    struct lab *l = arg;

    assert_true(event->id > l->last);
    l->last = event->id;
    l->told++;
}

static int setup(void **state)
{
    struct lab *l = calloc(1, sizeof(*l));

    assert_int_equal(store_open_sqlite(":memory:", true, &l->store), 0);
    assert_int_equal(events_open(l->store, on_told, l, &l->e), 0);
    *state = l;
    return 0;
}

static int teardown(void **state)
{
    struct lab *l = *state;

    events_close(l->e);
    store_close(l->store);
    free(l);
    return 0;
}

static struct event make(const char *project, const char *resource, uint64_t at_us)
{
    return (struct event){.at_us = at_us,
                          .region = "r1",
                          .project = project,
                          .collection = "vpcs",
                          .resource = resource,
                          .name = "n",
                          .text = "{event.tunnel-up}"};
}

struct found {
    size_t count, left_out;
    struct event first;
    char code[WORDS_CODE_MAX];
};

static void take(void *arg, const struct event *event)
{
    struct found *f = arg;

    if (!f->count++)
        index_code(event->text, f->code);
    f->left_out += event->left_out;
}

static struct found find(struct lab *l, const char *project, const char *code)
{
    const struct events_query q = {.region = "r1",
                                   .project = project,
                                   .code = code,
                                   .to_us = UINT64_MAX,
                                   .before = UINT64_MAX,
                                   .limit = 1000000};
    struct found f = {0};
    uint64_t next;

    assert_int_equal(events_list(l->e, &q, take, &f, &next), 0);
    assert_int_equal(next, 0);
    return f;
}

/* A whole project is down at once: it has its share, and what is left out is told. */
static void test_a_storm_is_bounded_and_counted(void **state)
{
    struct lab *l = *state;
    uint64_t now = clock_realtime_us();
    struct event other = make("calm", "vpc-calm", now);
    struct events_counts counts;
    struct found f;

    for (int i = 0; i < 5000; i++) {
        char id[24];
        struct event e;

        snprintf(id, sizeof(id), "vpc-%d", i);
        e = make("storm", id, now);
        events_add(l->e, &e);
    }
    events_add(l->e, &other);
    assert_int_equal(events_flush(l->e, now), 0);
    assert_int_equal(find(l, "calm", NULL).count, 1);
    f = find(l, "storm", "event.tunnel-up");
    assert_in_range(f.count, EVENTS_PROJECT_BURST, EVENTS_PROJECT_BURST + 2);
    assert_int_equal(events_flush(l->e, now + 120000000), 0);
    f = find(l, "storm", "event.left-out");
    assert_int_equal(f.count, 1);
    events_count(l->e, &counts);
    assert_int_equal(f.left_out, counts.left_out);
    assert_int_equal(f.left_out + find(l, "storm", "event.tunnel-up").count, 5000);
    assert_int_equal(l->told, counts.written);
}

static void store_many(struct lab *l, const char *project, size_t count, uint64_t at_us)
{
    for (size_t i = 0; i < count;) {
        struct store_op ops[100];
        char ids[100][64], texts[100][200];
        size_t n = 0;

        for (; n < ARRAY_SIZE(ops) && i < count; n++, i++) {
            snprintf(ids[n], sizeof(ids[n]), "r1/%016llx", (unsigned long long)(at_us + i));
            snprintf(texts[n], sizeof(texts[n]),
                     "{\"at\":%llu,\"severity\":\"info\",\"project\":\"%s\",\"text\":\"x\"}",
                     (unsigned long long)(at_us + i), project);
            ops[n] =
                (struct store_op){STORE_PUT, {EVENTS_COLLECTION, "", ids[n]}, texts[n], STORE_ANY};
        }
        assert_int_equal(store_commit_one(l->store, ops, n), 0);
    }
}

static size_t stored(struct lab *l)
{
    const struct store_query q = {.collection = EVENTS_COLLECTION, .region = ""};
    struct store_page page = {0};
    size_t count;

    assert_int_equal(store_list(l->store, &q, &page), 0);
    count = page.count;
    store_page_done(&page);
    return count;
}

static void reopen(struct lab *l)
{
    events_close(l->e);
    assert_int_equal(events_open(l->store, on_told, l, &l->e), 0);
}

/* When a region is full it is the loudest who lose their oldest. */
static void test_a_full_region_is_shared_out(void **state)
{
    struct lab *l = *state;
    uint64_t now = clock_realtime_us();

    store_many(l, "quiet", 100, now - 3 * DAY_US);
    store_many(l, "loud", EVENTS_REGION, now - 2 * DAY_US);
    reopen(l);
    for (int i = 0; i < 3; i++)
        assert_int_equal(events_flush(l->e, now), 0);
    assert_int_equal(find(l, "quiet", NULL).count, 100);
    assert_int_equal(stored(l), EVENTS_REGION - EVENTS_REGION / 50);
}

static void test_what_is_old_goes(void **state)
{
    struct lab *l = *state;
    uint64_t now = clock_realtime_us();
    struct event e = make("p", "vpc-1", now);

    store_many(l, "p", 10, now - 91 * DAY_US);
    store_many(l, "p", 7, now - 89 * DAY_US);
    reopen(l);
    events_add(l->e, &e);
    assert_int_equal(events_flush(l->e, now), 0);
    assert_int_equal(stored(l), 8);
    assert_int_equal(find(l, "p", NULL).count, 8);
}

static void test_states_are_kept(void **state)
{
    struct lab *l = *state;
    char text[EVENTS_STATE_MAX];

    events_set_state(l->e, "r1", "a", "up 1");
    events_set_state(l->e, "r1", "b", "down");
    assert_int_equal(events_flush(l->e, 1), 0);
    events_set_state(l->e, "r1", "b", "");
    reopen(l); /* which makes durable what is not yet */
    events_state(l->e, "r1", "a", text, sizeof(text));
    assert_string_equal(text, "up 1");
    events_state(l->e, "r1", "b", text, sizeof(text));
    assert_string_equal(text, "");
}

/* What is stored may be damaged. */
static void test_what_cannot_be_read_is_left_out(void **state)
{
    static const char *const values[] = {"7", "{}", "[\"x\"]", "{\"severity\":\"grave\"}", "\"\""};
    struct lab *l = *state;

    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        char id[64];
        struct store_op op = {STORE_PUT, {EVENTS_COLLECTION, "", id}, values[i], STORE_ANY};

        snprintf(id, sizeof(id), "r1/%016zx", i + 1);
        assert_int_equal(store_commit_one(l->store, &op, 1), 0);
        snprintf(id, sizeof(id), "nonsense%zu", i);
        assert_int_equal(store_commit_one(l->store, &op, 1), 0);
    }
    reopen(l);
    assert_int_equal(find(l, NULL, NULL).count, 0);
}

/* Ids grow even if the clock goes back, and over a restart. */
static void test_ids_grow(void **state)
{
    struct lab *l = *state;
    uint64_t now = clock_realtime_us();

    for (int i = 0; i < 5; i++) {
        struct event e = make("p", "vpc-1", now - (uint64_t)i * DAY_US);

        events_add(l->e, &e);
        assert_int_equal(events_flush(l->e, now), 0); /* on_told looks at the ids */
        reopen(l);
    }
    assert_int_equal(find(l, "p", NULL).count, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(test_a_storm_is_bounded_and_counted),
        T(test_a_full_region_is_shared_out),
        T(test_what_is_old_goes),
        T(test_states_are_kept),
        T(test_what_cannot_be_read_is_left_out),
        T(test_ids_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
