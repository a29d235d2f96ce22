#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "words.h"

static void test_prefers_what_the_reader_prefers(void **state)
{
    static const struct {
        const char *header;
        enum words_lang lang;
    } rows[] = {
        {NULL, WORDS_EN},
        {"", WORDS_EN},
        {"zh", WORDS_ZH},
        {"ZH-cn", WORDS_ZH},
        {"zh-Hans-CN, en;q=0.5", WORDS_ZH},
        {"en, zh", WORDS_EN},
        {"en;q=0.4 ,\tzh;q=0.5", WORDS_ZH},
        {"zh;q=0.5, en;q=0.51", WORDS_EN},
        {"zh;q=0.499, en;q=0.5", WORDS_EN},
        {"de, fr;q=0.9, zh;q=0.1", WORDS_ZH},
        {"de, *;q=0.5, zh;q=0.1", WORDS_EN},
        {"zh;q=0", WORDS_EN},
        {"zh;q=7", WORDS_EN},
        {"zh;level=1", WORDS_EN},
        {"zhuang", WORDS_EN},
        {",,;;,q=,zh;", WORDS_EN},
        {",, zh ;,", WORDS_EN},
        {"zh; q=1", WORDS_ZH},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (words_accepted(rows[i].header) != rows[i].lang)
            fail_msg("%s", rows[i].header);
    }
}

static void test_takes_the_language_of_a_locale(void **state)
{
    (void)state;
    assert_int_equal(words_of_locale("zh_CN.UTF-8"), WORDS_ZH);
    assert_int_equal(words_of_locale("zh"), WORDS_ZH);
    assert_int_equal(words_of_locale("C"), WORDS_EN);
    assert_int_equal(words_of_locale("de_DE.UTF-8"), WORDS_EN);
    assert_int_equal(words_of_locale(""), WORDS_EN);
    assert_int_equal(words_of_locale(NULL), WORDS_EN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefers_what_the_reader_prefers),
        cmocka_unit_test(test_takes_the_language_of_a_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
