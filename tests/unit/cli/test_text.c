#include "bench.h"

#include <stdlib.h>

/* YAML in and out, and tables. */

static json_t *yaml(const char *text)
{
    struct buf why = {0};
    json_t *all = NULL;

    if (cli_parse_yaml(text, strlen(text), &all, &why) < 0)
        fail_msg("%s: %s", text, buf_text(&why));
    buf_done(&why);
    return all;
}

static void test_yaml_values(void **state)
{
    static const struct {
        const char *yaml, *json;
    } cases[] = {
        {"a: 1", "[{'a': 1}]"},
        {"a: -5", "[{'a': -5}]"},
        {"a: 007", "[{'a': '007'}]"},
        {"a: 1.5", "[{'a': 1.5}]"},
        {"a: 10.0.0.1", "[{'a': '10.0.0.1'}]"},
        {"a: 10.0.0.0/8", "[{'a': '10.0.0.0/8'}]"},
        {"a: fd00::1", "[{'a': 'fd00::1'}]"},
        {"a: '1'", "[{'a': '1'}]"},
        {"a: true", "[{'a': true}]"},
        {"a: [True, FALSE, Null]", "[{'a': [true, false, null]}]"},
        {"a: [tRUE, TRue, NULLs]", "[{'a': ['tRUE', 'TRue', 'NULLs']}]"},
        {"a: no", "[{'a': 'no'}]"},
        {"a: ~", "[{'a': null}]"},
        {"a:", "[{'a': null}]"},
        {"a: ''", "[{'a': ''}]"},
        {"a: 0x10", "[{'a': '0x10'}]"},
        {"a: 99999999999999999999", "[{'a': 1e20}]"},
        {"a: 1e", "[{'a': '1e'}]"},
        {"a: 索道", "[{'a': '索道'}]"},
        {"{\"a\": \"\\ud83d\\ude00\\/\"}", "[{'a': '😀/'}]"},
        {"[\"\\u7d22\", 1]", "[['索', 1]]"},
        {"a: [1, two, {b: c}]", "[{'a': [1, 'two', {'b': 'c'}]}]"},
        {"a: 1\n---\nb: 2\n---\n", "[{'a': 1}, {'b': 2}]"},
        {"x: &x [1]\ny: *x", "[{'x': [1], 'y': [1]}]"},
        {"# only a comment", "[]"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *got = yaml(cases[i].yaml), *want = parse(cases[i].json);

        print_message("%s\n", cases[i].yaml);
        assert_true(json_equal(want, got));
        json_decref(got);
        json_decref(want);
    }
}

static void test_yaml_refusals(void **state)
{
    static const char *const cases[] = {
        "a: [1",      "a: b: c",    "{a: 1, a: 2}", "? [x]\n: 1",
        "a: *nobody", "a: \"\\0\"", "a: \xff",      "\t- x",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf why = {0};
        json_t *got = NULL;

        print_message("%s\n", cases[i]);
        assert_int_equal(-EINVAL, cli_parse_yaml(cases[i], strlen(cases[i]), &got, &why));
        assert_null(got);
        assert_true(why.len > 5);
        buf_done(&why);
    }
}

static void test_yaml_bombs_are_refused(void **state)
{
    struct buf text = {0}, why = {0};
    char said[WORDS_TEXT_MAX];
    json_t *got = NULL;

    (void)state;
    buf_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
        buf_printf(&text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
                   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    assert_int_equal(-EINVAL, cli_parse_yaml(buf_text(&text), text.len, &got, &why));
    buf_clear(&text);
    buf_clear(&why);
    for (int i = 0; i < 200; i++)
        buf_puts(&text, "[");
    for (int i = 0; i < 200; i++)
        buf_puts(&text, "]");
    assert_int_equal(-EINVAL, cli_parse_yaml(buf_text(&text), text.len, &got, &why));
    words_say_written(buf_text(&why), WORDS_EN, said, sizeof(said));
    assert_string_equal(said, "line 1: the document is too deep or too large");
    words_say_written(buf_text(&why), WORDS_ZH, said, sizeof(said));
    assert_string_equal(said, "第1行：文档嵌套过深或过大");
    buf_done(&text);
    buf_done(&why);
}

static void test_yaml_comes_back(void **state)
{
    static const char *const cases[] = {
        "{'a': 'plain', 'b': 'two words', 'c': 'no', 'd': '1', 'e': '', 'f': 'a: b', 'g': '- x'}",
        "{'a': [], 'b': {}, 'c': [[1, 2], [], [{'x': null}]], 'd': {'e': {'f': [true, false]}}}",
        "{'a': 'line\\nline', 'b': '索道', 'c': '#', 'd': 'fd00::1', 'e': 1.5, 'true': 'x', '': 1}",
        "[{'a': [{'b': 1, 'c': [1]}, {'d': 2}]}, 'x']",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *value = parse(cases[i]), *back;
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);

        cli_print_yaml(out, value);
        fclose(out);
        print_message("%s", text);
        back = yaml(text);
        assert_true(json_equal(value, json_array_get(back, 0)));
        json_decref(back);
        json_decref(value);
        free(text);
    }
}

static void test_widths(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {{"", 0},
                 {"abc", 3},
                 {"索道", 4},
                 {"é", 1},
                 {"e\xcc\x81", 1},
                 {"（a）", 5},
                 {"\xf0\xa0\x80\x80", 2}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(cases[i].width, cli_width(cases[i].text));
}

static void test_tables_align(void **state)
{
    static const char *const cells[] = {"ID", "NAME", "X", "1", "北京", "a\x1b[2J", "22", "b", "c"};
    struct cli_table t = {.columns = 3};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
        buf_puts(cli_table_cell(&t), cells[i]);
    cli_table_print(&t, out);
    fclose(out);
    assert_string_equal("ID  NAME  X\n1   北京  a [2J\n22  b     c\n", text);
    cli_table_done(&t);
    free(text);
}

static void test_urls_are_encoded(void **state)
{
    struct buf b = {0};

    (void)state;
    cli_url(&b, model_kind(MODEL_VPC), "a/b?", "北", "x");
    assert_string_equal("/v1/regions/a%2Fb%3F/vpcs/%E5%8C%97/x", buf_text(&b));
    buf_done(&b);
}

static void test_the_order_of_names(void **state)
{
    /* Each comes before the next. */
    static const char *const ordered[] = {"",
                                          "a",
                                          "a1",
                                          "a2",
                                          "a10",
                                          "a10b",
                                          "a10b1",
                                          "a11",
                                          "b",
                                          "t002",
                                          "t10",
                                          "t99x",
                                          "t100",
                                          "z1.2",
                                          "z1.10",
                                          "z2",
                                          "北1",
                                          "北20",
                                          "北20000000000000000000000"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ordered); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(ordered); k++) {
            int order = cli_compare(ordered[i], ordered[k]);

            assert_int_equal((i > k) - (i < k), (order > 0) - (order < 0));
        }
    }
    assert_int_equal(0, cli_compare("t07", "t7"));
}

static void test_what_was_meant(void **state)
{
    static const char *const words[] = {"vpc", "subnet", "vpn-tunnel", "vpn-connection", "node"};
    static const struct {
        const char *typed, *meant;
    } cases[] = {
        {"vcp", "vpc"},
        {"vpcs", "vpc"},
        {"vpn-tunel", "vpn-tunnel"},
        {"vpntunnel", "vpn-tunnel"},
        {"vpn-conection", "vpn-connection"},
        {"nod", "node"},
        {"banana", ""},
        {"", ""},
        {"subnets", "subnet"},
        {"a-word-that-is-much-longer-than-any-that-there-is-anywhere", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cli_nearest n = {.wanted = cases[i].typed};

        for (size_t k = 0; k < ARRAY_SIZE(words); k++)
            cli_nearest_offer(&n, words[k]);
        assert_string_equal(cases[i].meant, n.best);
        assert_int_equal(*cases[i].meant != 0, *cli_nearest_hint(&(struct cli){0}, &n) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_values),
        cmocka_unit_test(test_yaml_refusals),
        cmocka_unit_test(test_yaml_bombs_are_refused),
        cmocka_unit_test(test_yaml_comes_back),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_tables_align),
        cmocka_unit_test(test_urls_are_encoded),
        cmocka_unit_test(test_the_order_of_names),
        cmocka_unit_test(test_what_was_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
