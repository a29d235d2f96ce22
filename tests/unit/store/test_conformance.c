#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

/* What store.h promises, told of whatever backend open_store() opens. */

struct fixture {
    char dir[64];
    char path[96];
    struct store *store;
};

static void open_store(struct fixture *f)
{
    assert_int_equal(store_open_sqlite(f->path, &f->store), 0);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    strcpy(f->dir, "/tmp/ropeway-store-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/test.db", f->dir);
    open_store(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    struct fixture *f = *state;

    store_close(f->store);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s%s", f->path, ends[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(f->dir), 0);
    free(f);
    return 0;
}

static struct store_key key(const char *region, const char *id)
{
    return (struct store_key){.collection = "vpcs", .region = region, .id = id};
}

static struct store_op put(const char *region, const char *id, const char *value, uint64_t expect)
{
    return (struct store_op){
        .kind = STORE_PUT, .key = key(region, id), .value = value, .expect = expect};
}

static struct store_op del(const char *region, const char *id, uint64_t expect)
{
    return (struct store_op){.kind = STORE_DELETE, .key = key(region, id), .expect = expect};
}

static struct store_op check(const char *region, const char *id, uint64_t expect)
{
    return (struct store_op){.kind = STORE_CHECK, .key = key(region, id), .expect = expect};
}

static uint64_t commit(struct store *s, const struct store_op *ops, size_t count)
{
    uint64_t revision = 0;

    assert_int_equal(store_commit(s, ops, count, &revision), 0);
    return revision;
}

static void put_one(struct store *s, const char *region, const char *id, const char *value)
{
    struct store_op op = put(region, id, value, STORE_ANY);

    commit(s, &op, 1);
}

/* value NULL: it must not exist. Answers the item's revision. */
static uint64_t assert_value(struct store *s, const char *region, const char *id, const char *value)
{
    struct store_key k = key(region, id);
    struct store_item item = {0};
    uint64_t revision;
    int r = store_get(s, &k, &item);

    if (!value) {
        assert_int_equal(r, -ENOENT);
        return 0;
    }
    assert_int_equal(r, 0);
    assert_string_equal(item.value, value);
    assert_string_equal(item.id, id);
    assert_string_equal(item.region, region);
    revision = item.revision;
    store_item_done(&item);
    return revision;
}

static void test_put_get_delete(void **state)
{
    struct store *s = ((struct fixture *)*state)->store;
    struct store_op op = put("r1", "a", "{\"x\":1}", STORE_ANY);
    uint64_t first;

    assert_value(s, "r1", "a", NULL);
    first = commit(s, &op, 1);
    assert_true(first > 0);
    assert_int_equal(assert_value(s, "r1", "a", "{\"x\":1}"), first);
    assert_value(s, "r2", "a", NULL);
    op = put("r1", "a", "{}", STORE_ANY);
    assert_true(commit(s, &op, 1) > first);
    assert_value(s, "r1", "a", "{}");
    op = del("r1", "a", STORE_ANY);
    commit(s, &op, 1);
    assert_value(s, "r1", "a", NULL);
}

static void test_revisions_tell_what_changed(void **state)
{
    struct store *s = ((struct fixture *)*state)->store;
    struct store_op nothing[] = {del("r1", "none", STORE_ANY), check("r1", "none", STORE_ABSENT)};
    struct store_op gone = del("r1", "a", STORE_ANY);
    uint64_t r1, r2;

    assert_int_equal(store_revision(s, NULL), 0);
    assert_int_equal(store_revision(s, "r1"), 0);
    put_one(s, "r1", "a", "1");
    r1 = store_revision(s, "r1");
    assert_int_equal(r1, store_revision(s, NULL));
    put_one(s, "r2", "b", "1");
    r2 = store_revision(s, "r2");
    assert_true(r2 > r1);
    assert_int_equal(store_revision(s, "r1"), r1);
    assert_int_equal(store_revision(s, NULL), r2);
    /* What changes nothing moves nothing. */
    assert_int_equal(commit(s, nothing, 2), r2);
    assert_int_equal(commit(s, NULL, 0), r2);
    /* A deletion is a change of its region. */
    assert_true(commit(s, &gone, 1) > r2);
    assert_int_equal(store_revision(s, "r1"), store_revision(s, NULL));
    assert_int_equal(store_revision(s, "r2"), r2);
}

static void test_comparisons_guard_the_whole_commit(void **state)
{
    struct store *s = ((struct fixture *)*state)->store;
    uint64_t at, before;

    put_one(s, "r", "a", "old");
    put_one(s, "r", "b", "old");
    at = assert_value(s, "r", "a", "old");
    before = store_revision(s, NULL);
    {
        struct store_op cases[][2] = {
            {put("r", "b", "new", STORE_ANY), put("r", "a", "new", at + 1)},
            {put("r", "b", "new", STORE_ANY), put("r", "a", "new", STORE_ABSENT)},
            {put("r", "b", "new", STORE_ANY), put("r", "c", "new", at)},
            {put("r", "b", "new", STORE_ANY), del("r", "a", at + 1)},
            {put("r", "b", "new", STORE_ANY), del("r", "c", at)},
            {put("r", "b", "new", STORE_ANY), check("r", "a", STORE_ABSENT)},
            {del("r", "b", STORE_ANY), check("r", "c", at)},
            /* Comparisons see what was there before, not what this commit writes. */
            {put("r", "c", "new", STORE_ABSENT), check("r", "c", before + 1)},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            uint64_t untouched = 77;

            assert_int_equal(store_commit(s, cases[i], 2, &untouched), -ECANCELED);
            assert_int_equal(untouched, 77);
            assert_value(s, "r", "a", "old");
            assert_value(s, "r", "b", "old");
            assert_value(s, "r", "c", NULL);
            assert_int_equal(store_revision(s, NULL), before);
        }
    }
    {
        struct store_op good[] = {put("r", "a", "new", at), put("r", "c", "new", STORE_ABSENT),
                                  del("r", "b", STORE_ANY), check("r", "a", at)};
        uint64_t now = commit(s, good, 4);

        /* One commit, one revision. */
        assert_int_equal(assert_value(s, "r", "a", "new"), now);
        assert_int_equal(assert_value(s, "r", "c", "new"), now);
        assert_value(s, "r", "b", NULL);
    }
}

static void test_region_comparison_sees_every_change(void **state)
{
    struct store *s = ((struct fixture *)*state)->store;
    struct store_op ops[] = {
        {.kind = STORE_CHECK_REGION, .key = {.region = "r"}, .expect = STORE_ABSENT},
        put("r", "a", "1", STORE_ANY),
    };
    struct store_op gone = del("r", "a", STORE_ANY);

    put_one(s, "other", "a", "1");
    commit(s, ops, 2);
    assert_int_equal(store_commit(s, ops, 2, NULL), -ECANCELED);
    ops[0].expect = store_revision(s, "r");
    commit(s, &gone, 1);
    assert_int_equal(store_commit(s, ops, 2, NULL), -ECANCELED);
    ops[0].expect = store_revision(s, "r");
    put_one(s, "other", "a", "2");
    commit(s, ops, 2);
    assert_value(s, "r", "a", "1");
}

static void test_lists_page_in_order(void **state)
{
    struct store *s = ((struct fixture *)*state)->store;
    struct store_query q = {.collection = "vpcs", .region = "r", .limit = 2};
    struct store_page page;
    char after[16] = "";
    size_t seen = 0, pages = 0;

    for (int i = 4; i >= 0; i--) {
        char id[8];

        snprintf(id, sizeof(id), "id-%d", i);
        put_one(s, "r", id, "1");
    }
    put_one(s, "r2", "id-9", "1");
    for (bool more = true; more; pages++) {
        q.after = after;
        assert_int_equal(store_list(s, &q, &page), 0);
        for (size_t i = 0; i < page.count; i++, seen++) {
            assert_true(strcmp(page.items[i].id, after) > 0);
            strcpy(after, page.items[i].id);
        }
        more = page.more;
        store_page_done(&page);
    }
    assert_int_equal(seen, 5);
    assert_int_equal(pages, 3);

    q = (struct store_query){.collection = "vpcs"};
    assert_int_equal(store_list(s, &q, &page), 0);
    assert_int_equal(page.count, 6);
    assert_false(page.more);
    assert_string_equal(page.items[5].region, "r2");
    store_page_done(&page);

    q = (struct store_query){.collection = "vpcs", .after = "r"};
    assert_int_equal(store_list(s, &q, &page), 0);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.items[0].region, "r2");
    store_page_done(&page);

    q = (struct store_query){.collection = "subnets", .region = "r"};
    assert_int_equal(store_list(s, &q, &page), 0);
    assert_int_equal(page.count, 0);
    store_page_done(&page);

    /* Exactly as many as asked for: nothing is left. */
    q = (struct store_query){.collection = "vpcs", .region = "r", .limit = 5};
    assert_int_equal(store_list(s, &q, &page), 0);
    assert_int_equal(page.count, 5);
    assert_false(page.more);
    store_page_done(&page);
}

static void test_limits(void **state)
{
    struct store *s = ((struct fixture *)*state)->store;
    char name[STORE_NAME_MAX + 2] = {0};
    char *value = calloc(1, STORE_VALUE_MAX + 2);
    struct store_op op;
    struct store_op bad[] = {
        put("r", "", "1", STORE_ANY),
        put("r", "a\n", "1", STORE_ANY),
        put("\x01", "a", "1", STORE_ANY),
        put("r", "\xff", "1", STORE_ANY),
        put("r", "a", NULL, STORE_ANY),
        {.kind = STORE_DELETE, .key = key("r", "a"), .value = "1", .expect = STORE_ANY},
    };

    assert_non_null(value);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(store_commit(s, &bad[i], 1, NULL), -EINVAL);
    memset(name, 'n', STORE_NAME_MAX + 1);
    op = put("r", name, "1", STORE_ANY);
    assert_int_equal(store_commit(s, &op, 1, NULL), -EINVAL);
    assert_value(s, "r", name, NULL);
    name[STORE_NAME_MAX] = 0;
    assert_int_equal(store_commit(s, &op, 1, NULL), 0);
    assert_value(s, "r", name, "1");

    memset(value, 'v', STORE_VALUE_MAX + 1);
    op = put("r", "big", value, STORE_ANY);
    assert_int_equal(store_commit(s, &op, 1, NULL), -E2BIG);
    value[STORE_VALUE_MAX] = 0;
    assert_int_equal(store_commit(s, &op, 1, NULL), 0);
    assert_int_equal(store_commit(s, &op, STORE_OPS_MAX + 1, NULL), -E2BIG);
    free(value);
}

static void test_survives_reopening(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    uint64_t revision;

    put_one(f->store, "r", "a", "{\"name\":\"中文\"}");
    put_one(f->store, "r", "b", "2");
    revision = store_revision(f->store, NULL);
    store_close(f->store);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    open_store(f);
    assert_value(f->store, "r", "a", "{\"name\":\"中文\"}");
    assert_int_equal(store_revision(f->store, NULL), revision);
    assert_int_equal(store_revision(f->store, "r"), revision);
    put_one(f->store, "r", "b", "3");
    assert_int_equal(store_revision(f->store, NULL), revision + 1);
}

static void on_change(void *arg, const char *region)
{
    strcat(arg, region);
    strcat(arg, ";");
}

static void test_watcher_is_told_regions(void **state)
{
    struct store *s = ((struct fixture *)*state)->store;
    char told[64] = "";
    struct store_op ops[] = {put("r1", "a", "1", STORE_ANY), check("r3", "a", STORE_ABSENT),
                             put("r2", "a", "1", STORE_ANY), put("r1", "b", "1", STORE_ANY)};
    struct store_op refused = put("r1", "a", "1", STORE_ABSENT);

    store_watch(s, on_change, told);
    commit(s, ops, 4);
    assert_string_equal(told, "r1;r2;");
    assert_int_equal(store_commit(s, &refused, 1, NULL), -ECANCELED);
    commit(s, &ops[1], 1);
    assert_string_equal(told, "r1;r2;");
    store_watch(s, NULL, NULL);
    commit(s, ops, 1);
    assert_string_equal(told, "r1;r2;");
}

static void *put_later(void *arg)
{
    put_one(arg, "r", "a", "2");
    return NULL;
}

static void test_wait(void **state)
{
    struct store *s = ((struct fixture *)*state)->store;
    pthread_t thread;
    uint64_t at;

    put_one(s, "r", "a", "1");
    at = store_revision(s, "r");
    assert_int_equal(store_wait(s, "r", at - 1, 0), 0);
    assert_int_equal(store_wait(s, "r", at, 0), -ETIMEDOUT);
    assert_int_equal(store_wait(s, NULL, at, 1), -ETIMEDOUT);
    assert_int_equal(pthread_create(&thread, NULL, put_later, s), 0);
    assert_int_equal(store_wait(s, "r", at, 10000), 0);
    assert_true(store_revision(s, "r") > at);
    pthread_join(thread, NULL);
}

#define WRITERS 4
#define ROUNDS  50

/* Adds one to a number, over and over, with compare. */
static void *count_up(void *arg)
{
    struct store *s = arg;

    for (int done = 0; done < ROUNDS;) {
        struct store_key k = key("r", "n");
        struct store_item item = {0};
        char value[16];
        struct store_op op;
        int r;

        assert_int_equal(store_get(s, &k, &item), 0);
        snprintf(value, sizeof(value), "%d", atoi(item.value) + 1);
        op = put("r", "n", value, item.revision);
        r = store_commit(s, &op, 1, NULL);
        assert_true(r == 0 || r == -ECANCELED);
        done += r == 0;
        store_item_done(&item);
    }
    return NULL;
}

static void test_compare_and_swap_loses_no_update(void **state)
{
    struct store *s = ((struct fixture *)*state)->store;
    pthread_t threads[WRITERS];

    put_one(s, "r", "n", "0");
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, s), 0);
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    assert_value(s, "r", "n", "200");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_put_get_delete, setup, teardown),
        cmocka_unit_test_setup_teardown(test_revisions_tell_what_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_comparisons_guard_the_whole_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_region_comparison_sees_every_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists_page_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_survives_reopening, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watcher_is_told_regions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compare_and_swap_loses_no_update, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
