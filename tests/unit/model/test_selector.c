#include "samples.h"

#include <stdlib.h>

/* Selectors of labels. */

static bool matches(const char *selector, const char *tags)
{
    char text[512];
    struct model_selector *s = NULL;
    json_t *resource;
    bool match;

    snprintf(text, sizeof(text), "{\"tags\": %s}", tags);
    resource = json_loads(text, 0, NULL);
    assert_non_null(resource);
    assert_int_equal(0, model_selector_parse(selector, &s));
    match = model_selector_match_json(s, resource);
    model_selector_free(s);
    json_decref(resource);
    return match;
}

static void test_matches(void **state)
{
    static const struct {
        const char *selector;
        bool match;
    } cases[] = {
        {"env", true},
        {"!env", false},
        {"old", false},
        {"!old", true},
        {"env=prod", true},
        {"env==prod", true},
        {"env=test", false},
        {"env!=prod", false},
        {"env!=test", true},
        {"old!=x", true}, /* where there is none, it is not x */
        {"empty=", true},
        {"env=", false},
        {"empty!=", false},
        {"env=prod,tier", true},
        {"env=prod,old", false},
        {"  env = prod , ! old ", true},
        {"a\\,b=c\\=d", true},
        {"\\!odd=1", true},
        {"\\ blank\\ =2", true},
        {"\\\\=3", true},
        {"\xe7\x8e\xaf\xe5\xa2\x83=\xe7\x94\x9f\xe4\xba\xa7", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].selector);
        assert_int_equal(
            cases[i].match,
            matches(cases[i].selector,
                    "{\"env\": \"prod\", \"tier\": \"web\", \"empty\": \"\", \"a,b\": \"c=d\", "
                    "\"!odd\": \"1\", \" blank \": \"2\", \"\\\\\": \"3\", "
                    "\"\xe7\x8e\xaf\xe5\xa2\x83\": \"\xe7\x94\x9f\xe4\xba\xa7\"}"));
    }
    assert_false(matches("env", "{}"));
}

static void test_the_same_of_what_is_stored(void **state)
{
    struct model_resource *r = NULL;
    json_t *vpc = json_pack("{s:s, s:{s:s}}", "id", "vpc-aaaaaaaaaa", "tags", "env", "prod");
    struct model_selector *is = NULL, *lacks = NULL;

    (void)state;
    assert_int_equal(0, model_decode(model_kind(MODEL_VPC), vpc, &r, NULL));
    assert_int_equal(0, model_selector_parse("env=prod", &is));
    assert_int_equal(0, model_selector_parse("!env", &lacks));
    assert_true(model_selector_match(is, r));
    assert_false(model_selector_match(lacks, r));
    model_selector_free(is);
    model_selector_free(lacks);
    model_selector_free(NULL);
    model_resource_unref(r);
    json_decref(vpc);
}

static void test_what_is_none(void **state)
{
    static const char *const bad[] = {"",    " ",    ",",    "a,",    ",a",  "=b",
                                      "!",   "!a=b", "!=b",  "a=b=c", "a!b", "a=b!c",
                                      "a\\", "a=\\", "\xff", "a,,b"};
    struct model_selector *s = NULL;
    struct model_error error = {0};
    struct buf many = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        print_message("%s\n", bad[i]);
        assert_int_equal(-EINVAL, model_selector_parse(bad[i], &s));
        assert_null(s);
    }
    assert_int_equal(-EINVAL, model_selector_check("a,", &s, &error));
    assert_string_equal("selector", error.field);
    assert_int_equal(400, error.status);
    model_error_done(&error);
    for (int i = 0; i < MODEL_SELECTOR_MAX; i++)
        buf_printf(&many, "%sk%d", i ? "," : "", i);
    assert_int_equal(0, model_selector_parse(buf_text(&many), &s));
    model_selector_free(s);
    s = NULL;
    buf_puts(&many, ",k");
    assert_int_equal(-EINVAL, model_selector_parse(buf_text(&many), &s));
    buf_clear(&many);
    for (int i = 0; i < 4097; i++)
        buf_puts(&many, "k");
    assert_int_equal(-EINVAL, model_selector_parse(buf_text(&many), &s));
    buf_done(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_the_same_of_what_is_stored),
        cmocka_unit_test(test_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
