#include "store_lab.h"

#include <sys/stat.h>

/* What store.h promises of items, lists and commits, told of whatever backend the lab opens. */

static void test_put_get_delete(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_op op = put("r1", "a", "{\"x\":1}", STORE_ANY);

    assert_value(s, "r1", "a", NULL);
    commit(s, &op, 1);
    assert_int_equal(assert_value(s, "r1", "a", "{\"x\":1}"), 1);
    assert_value(s, "r2", "a", NULL);
    op = put("r1", "a", "{}", STORE_ANY);
    commit(s, &op, 1);
    assert_int_equal(assert_value(s, "r1", "a", "{}"), 2);
    op = del("r1", "a", STORE_ANY);
    commit(s, &op, 1);
    assert_value(s, "r1", "a", NULL);
    /* "" is a region like another. */
    put_one(s, "", "a", "1");
    assert_int_equal(assert_value(s, "", "a", "1"), 1);
}

static void test_revisions_tell_what_changed(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_op nothing[] = {del("r1", "none", STORE_ANY), check("r1", "none", STORE_ABSENT)};
    struct store_op gone = del("r1", "a", STORE_ANY);
    struct store_op both[] = {put("r1", "x", "1", STORE_ANY), put("r2", "x", "1", STORE_ANY),
                              put("r1", "y", "1", STORE_ANY), del("r3", "none", STORE_ANY)};

    assert_int_equal(store_revision(s, "r1"), 0);
    put_one(s, "r1", "a", "1");
    put_one(s, "r1", "b", "1");
    put_one(s, "r2", "b", "1");
    assert_int_equal(store_revision(s, "r1"), 2);
    assert_int_equal(store_revision(s, "r2"), 1);
    assert_int_equal(store_revision(s, ""), 0);
    /* What changes nothing moves nothing. */
    commit(s, nothing, 2);
    commit(s, NULL, 0);
    assert_int_equal(store_revision(s, "r1"), 2);
    /* A deletion is a change of its region. */
    commit(s, &gone, 1);
    assert_int_equal(store_revision(s, "r1"), 3);
    assert_int_equal(store_revision(s, "r2"), 1);
    /* One commit moves each of its regions by one. */
    commit(s, both, 4);
    assert_int_equal(store_revision(s, "r1"), 4);
    assert_int_equal(store_revision(s, "r2"), 2);
    assert_int_equal(store_revision(s, "r3"), 0);
    assert_int_equal(assert_value(s, "r1", "x", "1"), 4);
    assert_int_equal(assert_value(s, "r1", "y", "1"), 4);
    assert_int_equal(assert_value(s, "r2", "x", "1"), 2);
    assert_int_equal(assert_value(s, "r1", "b", "1"), 2);
}

static void test_comparisons_guard_the_whole_commit(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    uint64_t at;

    put_one(s, "r", "a", "old");
    put_one(s, "r", "b", "old");
    at = assert_value(s, "r", "a", "old");
    {
        struct store_op cases[][2] = {
            {put("r", "b", "new", STORE_ANY), put("r", "a", "new", at + 1)},
            {put("r", "b", "new", STORE_ANY), put("r", "a", "new", STORE_ABSENT)},
            {put("r", "b", "new", STORE_ANY), put("r", "c", "new", at)},
            {put("r", "b", "new", STORE_ANY), del("r", "a", at + 1)},
            {put("r", "b", "new", STORE_ANY), del("r", "c", at)},
            {put("r", "b", "new", STORE_ANY), del("r", "a", STORE_ABSENT)},
            {put("r", "b", "new", STORE_ANY), check("r", "a", STORE_ABSENT)},
            {del("r", "b", STORE_ANY), check("r", "c", at)},
            {put("r", "b", "new", STORE_ANY), check_region("r", 1)},
            {put("r", "b", "new", STORE_ANY), check_region("r", STORE_ABSENT)},
            {put("r", "b", "new", STORE_ANY), check_region("other", 1)},
            {put("other", "b", "new", STORE_ANY), check_region("r", 3)},
            /* Comparisons see what was there before, not what this commit writes. */
            {put("r", "c", "new", STORE_ABSENT), check("r", "c", 3)},
            {put("r", "c", "new", STORE_ABSENT), check_region("r", 3)},
            {del("r", "a", STORE_ANY), put("r", "a", "new", STORE_ABSENT)},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            assert_int_equal(store_commit_one(s, cases[i], 2), -ECANCELED);
            assert_value(s, "r", "a", "old");
            assert_value(s, "r", "b", "old");
            assert_value(s, "r", "c", NULL);
            assert_value(s, "other", "b", NULL);
            assert_int_equal(store_revision(s, "r"), 2);
        }
    }
    {
        struct store_op good[] = {
            put("r", "a", "new", at),      put("r", "c", "new", STORE_ABSENT),
            del("r", "b", STORE_ANY),      check("r", "a", at),
            check_region("r", 2),          check_region("other", STORE_ABSENT),
            del("r", "none", STORE_ABSENT)};

        commit(s, good, ARRAY_SIZE(good));
        /* One commit, one revision. */
        assert_int_equal(assert_value(s, "r", "a", "new"), 3);
        assert_int_equal(assert_value(s, "r", "c", "new"), 3);
        assert_value(s, "r", "b", NULL);
    }
}

static void test_region_comparison_sees_every_change(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_op ops[] = {check_region("r", STORE_ABSENT), put("r", "a", "1", STORE_ANY)};
    struct store_op gone = del("r", "a", STORE_ANY);

    put_one(s, "other", "a", "1");
    commit(s, ops, 2);
    assert_int_equal(store_commit_one(s, ops, 2), -ECANCELED);
    ops[0].expect = store_revision(s, "r");
    commit(s, &gone, 1);
    assert_int_equal(store_commit_one(s, ops, 2), -ECANCELED);
    ops[0].expect = store_revision(s, "r");
    put_one(s, "other", "a", "2");
    commit(s, ops, 2);
    assert_value(s, "r", "a", "1");
    /* A region that is empty again still was there. */
    commit(s, &gone, 1);
    ops[0].expect = STORE_ABSENT;
    assert_int_equal(store_commit_one(s, ops, 2), -ECANCELED);
}

static void test_last_write_of_an_item_counts(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_op ops[] = {put("r", "a", "1", STORE_ABSENT), put("r", "b", "1", STORE_ANY),
                             del("r", "b", STORE_ANY), put("r", "a", "2", STORE_ABSENT)};

    commit(s, ops, 4);
    assert_value(s, "r", "a", "2");
    assert_value(s, "r", "b", NULL);
    assert_log(s, "r", 0, 0, false, "1:a=2");
}

static void test_group_is_one_after_the_other(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_op first[] = {put("r", "a", "1", STORE_ABSENT), put("r", "b", "1", STORE_ANY)};
    struct store_op sees_first[] = {check("r", "a", 1), check_region("r", 1),
                                    put("r", "a", "2", 1)};
    struct store_op too_late[] = {put("r", "b", "3", STORE_ANY), put("r2", "c", "3", STORE_ANY),
                                  check("r", "a", 1)};
    struct store_op invalid[] = {put("r", "b", "4", STORE_ANY), put("r", "", "4", STORE_ANY)};
    struct store_op last[] = {check_region("r", 2), check_region("r2", STORE_ABSENT),
                              put("r", "c", "5", STORE_ABSENT)};
    struct store_commit commits[] = {{first, 2, 7},    {sees_first, 3, 7}, {too_late, 3, 7},
                                     {invalid, 2, 7},  {NULL, 0, 7},       {last, 3, 7},
                                     {too_late, 3, 7}, {last, 130, 7}};
    static const int results[] = {0, 0, -ECANCELED, -EINVAL, 0, 0, -ECANCELED, -E2BIG};

    store_commit_all(s, commits, ARRAY_SIZE(commits));
    for (size_t i = 0; i < ARRAY_SIZE(commits); i++)
        assert_int_equal(commits[i].result, results[i]);
    assert_int_equal(store_revision(s, "r"), 3);
    assert_int_equal(store_revision(s, "r2"), 0);
    assert_int_equal(assert_value(s, "r", "a", "2"), 2);
    assert_int_equal(assert_value(s, "r", "b", "1"), 1);
    assert_int_equal(assert_value(s, "r", "c", "5"), 3);
    assert_log(s, "r", 0, 0, false, "1:a=1 1:b=1 2:a=2 3:c=5");
    store_commit_all(s, NULL, 0);
}

static void test_lists_page_in_order(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
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
    put_one(s, "", "id-9", "1");
    for (bool more = true; more; pages++) {
        q.after = after;
        assert_int_equal(store_list(s, &q, &page), 0);
        assert_int_equal(page.revision, 5);
        for (size_t i = 0; i < page.count; i++, seen++) {
            assert_true(strcmp(page.items[i].id, after) > 0);
            assert_int_equal(text_copy(after, sizeof(after), page.items[i].id), 0);
        }
        more = page.more;
        store_page_done(&page);
    }
    assert_int_equal(seen, 5);
    assert_int_equal(pages, 3);
}

struct list_case {
    struct store_query query;
    const char *items; /* region/collection/id */
    bool more;
    uint64_t revision;
};

static void assert_list(struct store *s, const struct list_case *c)
{
    struct store_page page;
    struct buf text = {0};

    assert_int_equal(store_list(s, &c->query, &page), 0);
    for (size_t i = 0; i < page.count; i++)
        buf_printf(&text, "%s/%s/%s ", page.items[i].region, page.items[i].collection,
                   page.items[i].id);
    assert_string_equal(buf_text(&text), c->items);
    assert_int_equal(page.more, c->more);
    assert_int_equal(page.revision, c->revision);
    buf_done(&text);
    store_page_done(&page);
}

static void test_lists_answer_what_was_asked(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_op ops[] = {put("r2", "b", "1", STORE_ANY), put("r", "b", "1", STORE_ANY),
                             put("r", "a", "1", STORE_ANY),  put("", "a", "1", STORE_ANY),
                             put("r", "c", "1", STORE_ANY),  put("r", "Z", "1", STORE_ANY)};
    const struct list_case cases[] = {
        {{.collection = "vpcs"}, "r/vpcs/Z r/vpcs/a r/vpcs/b r2/vpcs/b ", false, 0},
        {{.collection = "vpcs", .after = ""}, "r/vpcs/Z r/vpcs/a r/vpcs/b r2/vpcs/b ", false, 0},
        {{.collection = "vpcs", .after = "r"}, "r2/vpcs/b ", false, 0},
        {{.collection = "vpcs", .limit = 3}, "r/vpcs/Z r/vpcs/a r/vpcs/b ", true, 0},
        {{.collection = "vpcs", .region = ""}, "/vpcs/a ", false, 1},
        {{.collection = "vpcs", .region = "r"}, "r/vpcs/Z r/vpcs/a r/vpcs/b ", false, 2},
        {{.collection = "vpcs", .region = "r", .after = "a"}, "r/vpcs/b ", false, 2},
        {{.collection = "vpcs", .region = "r", .after = "a", .limit = 1}, "r/vpcs/b ", false, 2},
        {{.collection = "vpcs", .region = "r", .after = "zz"}, "", false, 2},
        /* Exactly as many as asked for: nothing is left. */
        {{.collection = "vpcs", .region = "r", .limit = 3},
         "r/vpcs/Z r/vpcs/a r/vpcs/b ",
         false,
         2},
        {{.collection = "vpcs", .region = "r", .limit = 2}, "r/vpcs/Z r/vpcs/a ", true, 2},
        {{.collection = "none", .region = "r"}, "", false, 2},
        {{.collection = "none", .region = "none"}, "", false, 0},
        {{.region = "r"}, "r/subnets/c r/vpcs/Z r/vpcs/a r/vpcs/b ", false, 2},
        {{.region = "r", .after = "", .limit = 2}, "r/subnets/c r/vpcs/Z ", true, 2},
        {{.region = "r2"}, "r2/vpcs/b ", false, 1},
        {{.region = ""}, "/vpcs/a ", false, 1},
        {{.region = "none"}, "", false, 0},
    };
    const struct store_query bad[] = {
        {.collection = NULL},
        {.collection = ""},
        {.collection = "vpcs\n"},
        {.collection = "vpcs", .region = "\x01"},
        {.collection = "vpcs", .region = "r", .after = "\xff"},
        {.region = "r", .after = "a"},
    };

    ops[4].key.collection = "subnets";
    commit(s, ops, 5);
    commit(s, &ops[5], 1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_list(s, &cases[i]);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct store_page page;

        assert_int_equal(store_list(s, &bad[i], &page), -EINVAL);
    }
}

static void test_regions_are_remembered(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_op gone = del("b", "x", STORE_ANY);
    struct store_op refused[] = {put("d", "x", "1", STORE_ANY), check("b", "x", 77)};
    struct store_page page;

    assert_int_equal(store_regions(s, &page), 0);
    assert_int_equal(page.count, 0);
    store_page_done(&page);
    put_one(s, "b", "x", "1");
    put_one(s, "", "x", "1");
    put_one(s, "a", "x", "1");
    commit(s, &gone, 1);
    assert_int_equal(store_commit_one(s, refused, 2), -ECANCELED);
    assert_int_equal(store_regions(s, &page), 0);
    assert_int_equal(page.count, 2);
    assert_string_equal(page.items[0].id, "a");
    assert_int_equal(page.items[0].revision, 1);
    assert_string_equal(page.items[1].id, "b");
    assert_int_equal(page.items[1].revision, 2);
    store_page_done(&page);
}

static void test_names_have_limits(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    char name[STORE_NAME_MAX + 2] = {0};
    struct store_op op;
    struct store_op bad[] = {
        put("r", "", "1", STORE_ANY),
        put("r", "a\n", "1", STORE_ANY),
        put("r", "a\x7f", "1", STORE_ANY),
        put("\x01", "a", "1", STORE_ANY),
        put("r", "\xff", "1", STORE_ANY),
        put("r", "a", NULL, STORE_ANY),
        {.kind = STORE_DELETE, .key = key("r", "a"), .value = "1", .expect = STORE_ANY},
        {.kind = STORE_CHECK, .key = key("r", "a"), .value = "1", .expect = STORE_ANY},
        {.kind = STORE_PUT, .key = {"", "r", "a"}, .value = "1", .expect = STORE_ANY},
        check_region("\n", STORE_ANY),
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(store_commit_one(s, &bad[i], 1), -EINVAL);
    memset(name, 'n', STORE_NAME_MAX + 1);
    op = put("r", name, "1", STORE_ANY);
    assert_int_equal(store_commit_one(s, &op, 1), -EINVAL);
    assert_value(s, "r", name, NULL);
    name[STORE_NAME_MAX] = 0;
    assert_int_equal(store_commit_one(s, &op, 1), 0);
    assert_value(s, "r", name, "1");
    assert_int_equal(store_revision(s, "\n"), 0);
}

static void test_commits_have_limits(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    char *value = calloc(1, STORE_VALUE_MAX + 2);
    struct store_op many[STORE_OPS_MAX + 1], two[2];
    char ids[STORE_OPS_MAX + 1][8];

    assert_non_null(value);
    memset(value, 'v', STORE_VALUE_MAX + 1);
    two[0] = put("r", "big", value, STORE_ANY);
    assert_int_equal(store_commit_one(s, two, 1), -E2BIG);
    value[STORE_VALUE_MAX] = 0;
    assert_int_equal(store_commit_one(s, two, 1), 0);
    assert_value(s, "r", "big", value);
    /* Together: a quarter more than one may have. */
    two[1] = put("r", "quarter", value + STORE_VALUE_MAX - (STORE_BYTES_MAX - STORE_VALUE_MAX),
                 STORE_ANY);
    assert_int_equal(store_commit_one(s, two, 2), 0);
    two[1].value--;
    assert_int_equal(store_commit_one(s, two, 2), -E2BIG);

    for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
        snprintf(ids[i], sizeof(ids[i]), "n%zu", i);
        many[i] = put("many", ids[i], "1", STORE_ABSENT);
    }
    assert_int_equal(store_commit_one(s, many, STORE_OPS_MAX + 1), -E2BIG);
    assert_int_equal(store_revision(s, "many"), 0);
    assert_int_equal(store_commit_one(s, many, STORE_OPS_MAX), 0);
    assert_value(s, "many", "n119", "1");
    free(value);
}

static void test_survives_reopening(void **state)
{
    struct lab *lab = *state;
    struct stat st;

    put_one(lab->store, "r", "a", "{\"name\":\"中文\"}");
    put_one(lab->store, "r", "b", "2");
    put_one(lab->store, "r2", "b", "2");
    store_close(lab->store);
    assert_int_equal(stat(lab->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    lab->store = lab_open(lab);
    assert_value(lab->store, "r", "a", "{\"name\":\"中文\"}");
    assert_int_equal(store_revision(lab->store, "r"), 2);
    assert_int_equal(store_revision(lab->store, "r2"), 1);
    put_one(lab->store, "r", "b", "3");
    assert_int_equal(store_revision(lab->store, "r"), 3);
    assert_log(lab->store, "r", 1, 0, false, "2:b=2 3:b=3");
}

/* Two stores on one file are as two processes. */
static void test_two_stores_share_a_file(void **state)
{
    struct lab *lab = *state;
    struct store *other = lab_open(lab);
    struct store_op op = put("r", "a", "2", 1), late = put("r", "a", "3", 1);

    put_one(lab->store, "r", "a", "1");
    assert_int_equal(assert_value(other, "r", "a", "1"), 1);
    commit(other, &op, 1);
    assert_int_equal(store_commit_one(lab->store, &late, 1), -ECANCELED);
    assert_int_equal(assert_value(lab->store, "r", "a", "2"), 2);
    assert_log(lab->store, "r", 0, 0, false, "1:a=1 2:a=2");
    store_close(other);
    put_one(lab->store, "r", "a", "4");
    assert_int_equal(store_revision(lab->store, "r"), 3);
}

static void test_memory_is_a_store_too(void **state)
{
    struct store *s = NULL, *other = NULL;
    struct store_query q = {.region = "r"};
    struct store_page page;

    (void)state;
    assert_int_equal(lab_backend->open(":memory:", true, &s), 0);
    assert_int_equal(lab_backend->open(":memory:", true, &other), 0);
    put_one(s, "r", "a", "1");
    put_one(s, "r", "a", "2");
    assert_value(s, "r", "a", "2");
    assert_value(other, "r", "a", NULL);
    assert_log(s, "r", 0, 1, true, "1:a=1");
    assert_int_equal(store_list(s, &q, &page), 0);
    assert_int_equal(page.revision, 2);
    store_page_done(&page);
    assert_int_equal(store_wait(s, "r", 2, 1), -ETIMEDOUT);
    assert_int_equal(store_verify(s), 0);
    store_close(other);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_put_get_delete),
        TEST(test_revisions_tell_what_changed),
        TEST(test_comparisons_guard_the_whole_commit),
        TEST(test_region_comparison_sees_every_change),
        TEST(test_last_write_of_an_item_counts),
        TEST(test_group_is_one_after_the_other),
        TEST(test_lists_page_in_order),
        TEST(test_lists_answer_what_was_asked),
        TEST(test_regions_are_remembered),
        TEST(test_names_have_limits),
        TEST(test_commits_have_limits),
        TEST(test_survives_reopening),
        TEST(test_two_stores_share_a_file),
        TEST(test_memory_is_a_store_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
