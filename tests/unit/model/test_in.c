#include "samples.h"

#include <stdio.h>

#include "in.h"

/* A text says the same as the tree that jansson makes of it. */

static void check_same(struct model_in *a, struct model_in *b);

static void check_members(struct model_in *a, struct model_in *b)
{
    struct model_in_walk w = model_in_values(a);
    struct model_in x, y;
    const char *name;
    size_t count = 0;

    while (model_in_next(&w, &name, &x)) {
        y = model_in_member(b, name);
        check_same(&x, &y);
        count++;
    }
    assert_int_equal(model_in_size(a), count);
    y = model_in_member(b, "no such member");
    assert_int_equal(MODEL_IN_NONE, model_in_type(&y));
}

static void check_items(const struct model_in *a, const struct model_in *b)
{
    struct model_in_walk v = model_in_values(a), w = model_in_values(b);
    struct model_in x, y;
    const char *name = "";

    while (model_in_next(&v, &name, &x)) {
        assert_null(name);
        assert_true(model_in_next(&w, NULL, &y));
        check_same(&x, &y);
    }
    assert_false(model_in_next(&w, NULL, &y));
}

static void check_string(const struct model_in *a, const struct model_in *b)
{
    size_t len, other_len;
    const char *text = model_in_string(a, &len), *other = model_in_string(b, &other_len);

    assert_int_equal(text != NULL, other != NULL);
    assert_int_equal(len, other_len);
    if (text)
        assert_memory_equal(text, other, len + 1);
}

static void check_same(struct model_in *a, struct model_in *b)
{
    int64_t n = 0, other_n = 0;
    bool truth = false, other_truth = false;

    assert_int_equal(model_in_type(a), model_in_type(b));
    assert_int_equal(model_in_size(a), model_in_size(b));
    assert_int_equal(model_in_integer(a, &n), model_in_integer(b, &other_n));
    assert_true(n == other_n);
    assert_int_equal(model_in_boolean(a, &truth), model_in_boolean(b, &other_truth));
    assert_int_equal(truth, other_truth);
    check_string(a, b);
    if (model_in_type(a) == MODEL_IN_OBJECT)
        check_members(a, b);
    if (model_in_type(a) == MODEL_IN_ARRAY)
        check_items(a, b);
}

static const char *const good[] = {
    "{}",
    "[]",
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5",
    "1e3",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a\\u0000b\"",
    "\"\\ud83d\\ude00 \\u4e2d \\u00e9 \\n\\t\\\"\\\\\\/\"",
    "\"隧道 é\"",
    " {\"a\": 1, \"b\": {\"a\": [], \"\": null}, \"c\": [[1], {}, \"x\"], \"ab\": \"\"}\n",
    "[1, [2, [3, [4]]], {\"a\": {\"b\": {\"c\": true}}}, false]",
};

static void test_a_text_is_like_its_tree(void **state)
{
    struct model_text text = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        json_t *json = json_loads(good[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        struct model_in tree = model_in_tree(json), in;

        print_message("%s\n", good[i]);
        assert_non_null(json);
        assert_int_equal(0, model_text_read(&text, good[i], strlen(good[i]), &in));
        check_same(&tree, &in);
        check_same(&in, &tree);
        json_decref(json);
    }
    model_text_done(&text);
}

static void test_what_is_no_json_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "}",
        "{}{}",
        "{} x",
        "[1,]",
        "{\"a\"}",
        "\"",
        "\"\n\"",
        "01",
        "tru",
        "{1: 2}",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\\x\"",
        "\"\\u12\"",
        "[1 2]",
        "/* a */ 1",
        "\"\xed\xa0\x80\"",
        "9223372036854775808",
        "{\"a\": 1, \"b\": 2, \"a\": 1}",
        "[{\"\": {\"a\": 1}, \"a\": 2, \"\": 3}]",
    };
    struct model_text text = {0};
    struct model_in in;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        print_message("%s\n", bad[i]);
        assert_int_equal(-EBADMSG, model_text_read(&text, bad[i], strlen(bad[i]), &in));
    }
    /* It reads on after that. */
    assert_int_equal(0, model_text_read(&text, "[7]", 3, &in));
    assert_int_equal(1, model_in_size(&in));
    model_text_done(&text);
}

static void test_depth_is_bounded(void **state)
{
    char nested[2 * MODEL_TEXT_DEPTH_MAX + 3] = "";
    struct model_text text = {0};
    struct model_in in;
    size_t deep = MODEL_TEXT_DEPTH_MAX;

    (void)state;
    memset(nested, '[', deep);
    memset(nested + deep, ']', deep);
    assert_int_equal(0, model_text_read(&text, nested, 2 * deep, &in));
    deep++;
    memset(nested, '[', deep);
    memset(nested + deep, ']', deep);
    assert_int_equal(-EBADMSG, model_text_read(&text, nested, 2 * deep, &in));
    model_text_done(&text);
}

/* Many members are compared in another way than few. */
static void test_many_members(void **state)
{
    struct model_text text = {0};
    struct model_in in, member;
    char json[4096] = "{";
    int64_t n;

    (void)state;
    for (int i = 0; i < 200; i++)
        snprintf(json + strlen(json), sizeof(json) - strlen(json), "\"m%d\": %d, ", i * 37 % 200,
                 i);
    strcat(json, "\"last\": 7}");
    assert_int_equal(0, model_text_read(&text, json, strlen(json), &in));
    assert_int_equal(201, model_in_size(&in));
    member = model_in_member(&in, "m111");
    assert_true(model_in_integer(&member, &n) && n == 3);
    strcpy(strstr(json, "last"), "m0\": 7}");
    assert_int_equal(-EBADMSG, model_text_read(&text, json, strlen(json), &in));
    model_text_done(&text);
}

/* Members are found whatever the order in which they are asked for, and however often. */
static void test_members_in_any_order(void **state)
{
    static const char json[] =
        "{\"a\": 0, \"bb\": {\"a\": 9}, \"c\": [1, 2], \"d\": 3, \"bb2\": 4}";
    static const char *const asked[] = {"d", "a", "bb2", "a", "a", "d", "bb2", "bb2", "d"};
    static const int64_t wanted[] = {3, 0, 4, 0, 0, 3, 4, 4, 3};
    struct model_text text = {0};
    struct model_in in, member;

    (void)state;
    assert_int_equal(0, model_text_read(&text, json, strlen(json), &in));
    for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
        int64_t n = -1;

        member = model_in_member(&in, asked[i]);
        assert_true(model_in_integer(&member, &n) && n == wanted[i]);
        member = model_in_member(&in, "b");
        assert_int_equal(MODEL_IN_NONE, model_in_type(&member));
    }
    assert_string_equal("", model_in_text(&in, "a"));
    assert_string_equal("", model_in_text(&in, "none"));
    member = model_in_member(&member, "a"); /* of nothing */
    assert_int_equal(MODEL_IN_NONE, model_in_type(&member));
    assert_int_equal(0, model_in_size(&member));
    model_text_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_is_like_its_tree),
        cmocka_unit_test(test_what_is_no_json_is_refused),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_members_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
