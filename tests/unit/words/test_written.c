#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "words.h"

static void assert_says(const struct words *m, const char *en, const char *zh)
{
    char written[WORDS_TEXT_MAX], said[WORDS_TEXT_MAX];

    assert_string_equal(words_say(m, WORDS_EN, said, sizeof(said)), en);
    assert_string_equal(words_say(m, WORDS_ZH, said, sizeof(said)), zh);
    words_write(m, written, sizeof(written));
    assert_string_equal(words_say_written(written, WORDS_EN, said, sizeof(said)), en);
    assert_string_equal(words_say_written(written, WORDS_ZH, said, sizeof(said)), zh);
}

static void test_says_arguments_of_every_type(void **state)
{
    struct prefix prefix;
    struct addr addr;
    const char *none = NULL;

    (void)state;
    assert_int_equal(prefix_parse("10.0.0.0/8", &prefix), 0);
    assert_int_equal(addr_parse("2001:db8::1", &addr), 0);
    assert_says(SAY(VALUE_MUST_BE, "a", SAY(WANT_STRING)), "a must be a string.",
                "a必须是字符串。");
    assert_says(SAY(VALUE_MUST_BE, "a", words_coded(words_find("want.string"))),
                "a must be a string.", "a必须是字符串。");
    assert_says(SAY(VALUE_TOO_LONG, &prefix, -3), "10.0.0.0/8 must have at most -3 characters.",
                "10.0.0.0/8最多-3个字符。");
    assert_says(SAY(VALUE_TOO_LONG, &addr, UINT64_MAX),
                "2001:db8::1 must have at most 18446744073709551615 characters.",
                "2001:db8::1最多18446744073709551615个字符。");
    assert_says(SAY(VALUE_TOO_LONG, none, "{|}\\x"), " must have at most {|}\\x characters.",
                "最多{|}\\x个字符。");
}

static void test_a_written_one_may_be_an_argument(void **state)
{
    char inner[WORDS_TEXT_MAX];

    (void)state;
    words_write(SAY(VALUE_MUST_BE, "{", SAY(WANT_STRING)), inner, sizeof(inner));
    assert_says(SAY(VALUE_TOO_LONG, words_written(inner), 1),
                "{ must be a string. must have at most 1 characters.",
                "{必须是字符串。最多1个字符。");
    assert_says(SAY(VALUE_TOO_LONG, words_written("plain {text"), 1),
                "plain {text must have at most 1 characters.", "plain {text最多1个字符。");
}

static void test_what_is_no_message_is_said_as_it_is(void **state)
{
    static const char *const texts[] = {
        "",
        "plain",
        "{",
        "{}",
        "{a",
        "{a|b",
        "{a}b",
        "{a|{b}",
        "{a|b}}",
        "{ä}",
        "{a b}",
        "{a|\\}",
        "{a|{b|{c|{d|{e|{f|{g}}}}}}}",
        "{a|1|2|3|4|5|6|7|8|9}",
        "{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}"};
    char said[WORDS_TEXT_MAX], code[WORDS_CODE_MAX];
    struct words_read r;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        assert_string_equal(words_say_written(texts[i], WORDS_ZH, said, sizeof(said)), texts[i]);
        assert_string_equal(words_code(words_read(texts[i], &r), code), "");
    }
}

static void test_a_code_of_a_newer_program_is_kept(void **state)
{
    char said[WORDS_TEXT_MAX], code[WORDS_CODE_MAX], again[WORDS_TEXT_MAX];
    const char *text = "{new.code|a\\|b|{value.must-be|x|{want.string}}}";
    struct words_read r;

    (void)state;
    assert_string_equal(words_say_written(text, WORDS_EN, said, sizeof(said)),
                        "new.code: a|b, x must be a string.");
    assert_string_equal(words_code(words_read(text, &r), code), "new.code");
    assert_null(words_arg_name(&r.words, 0));
    assert_string_equal(words_write(&r.words, again, sizeof(again)), text);
}

static void test_what_is_too_long_stays_a_message(void **state)
{
    char text[600], written[WORDS_TEXT_MAX], said[64];
    struct words_read r;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    for (size_t size = 64; size < sizeof(written); size++) {
        words_write(SAY(VALUE_MUST_BE, text, SAY(VALUE_TOO_LONG, text, 7)), written, size);
        assert_true(strlen(written) < size);
        assert_int_equal(words_read(written, &r)->code, WORDS_VALUE_MUST_BE);
    }
    words_say_written(written, WORDS_EN, said, sizeof(said));
    assert_int_equal(strlen(said), sizeof(said) - 1);
    assert_string_equal(said + sizeof(said) - 4, "...");
    words_say(SAY(VALUE_TOO_LONG, "索道索道索道索道索道索道索道", 7), WORDS_ZH, said, 32);
    assert_true(text_is_utf8(said, strlen(said)));
    assert_string_equal(said, "索道索道索道索道索...");
}

/* What was written before is cut inside of another message, too, and stays a message. */
static void test_what_is_too_long_inside_stays_a_message(void **state)
{
    char text[600], inner[WORDS_TEXT_MAX], written[WORDS_TEXT_MAX], said[WORDS_TEXT_MAX];
    struct words_read r, read;

    (void)state;
    for (size_t i = 0; i + 3 < sizeof(text); i += 3)
        memcpy(text + i, i % 2 ? "{|\\" : "索", 3);
    text[sizeof(text) - 3] = 0;
    words_write(SAY(VALUE_TOO_LONG, text, 7), inner, sizeof(inner));
    for (size_t size = 100; size < sizeof(written); size++) {
        words_write(SAY(VALUE_MUST_BE, "path", words_written(inner)), written, size);
        assert_true(strlen(written) < size);
        assert_true(text_is_utf8(written, strlen(written)));
        assert_int_equal(words_read(written, &r)->code, WORDS_VALUE_MUST_BE);
        assert_int_equal(r.words.count, 2);
        assert_int_equal(words_inner(&r.args[1], &read)->code, WORDS_VALUE_TOO_LONG);
        words_say(&r.words, WORDS_EN, said, sizeof(said));
        assert_memory_equal(said, "path must be ", 13);
        assert_non_null(strstr(said, " must have at most 7 characters"));
    }
}

static void test_what_is_too_deep_stays_a_message(void **state)
{
    char written[WORDS_DEPTH + 1][WORDS_TEXT_MAX], said[WORDS_TEXT_MAX];
    struct words_read r;

    (void)state;
    words_write(SAY(WANT_STRING), written[0], WORDS_TEXT_MAX);
    for (int i = 1; i <= WORDS_DEPTH; i++) {
        words_write(SAY(VALUE_MUST_BE, "a", words_written(written[i - 1])), written[i],
                    WORDS_TEXT_MAX);
        assert_int_equal(words_read(written[i], &r)->code, WORDS_VALUE_MUST_BE);
    }
    assert_string_equal(
        words_say_written(written[WORDS_DEPTH], WORDS_EN, said, sizeof(said)),
        "a must be a must be a must be a must be a must be a must be want.string......");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_arguments_of_every_type),
        cmocka_unit_test(test_a_written_one_may_be_an_argument),
        cmocka_unit_test(test_what_is_no_message_is_said_as_it_is),
        cmocka_unit_test(test_a_code_of_a_newer_program_is_kept),
        cmocka_unit_test(test_what_is_too_long_stays_a_message),
        cmocka_unit_test(test_what_is_too_long_inside_stays_a_message),
        cmocka_unit_test(test_what_is_too_deep_stays_a_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
