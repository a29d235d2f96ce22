#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab.h"

/* What every platform is told, beside golden/PLATFORM.CASE. GOLDEN_WRITE=1 writes them anew: look
 * at the difference before it is committed, with the vendor's documentation beside it. */

static void add_warnings(const struct device_answer *a, struct buf *out)
{
    const json_t *warning;
    char text[WORDS_TEXT_MAX];
    size_t i;

    json_array_foreach (a->warnings, i, warning)
        buf_printf(out, "==== warning: %s\n",
                   words_say_written(json_string_value(warning), WORDS_EN, text, sizeof(text)));
}

static void ask(const struct lab_case *c, const char *platform, struct buf *out)
{
    struct device_answer a = {0};
    char text[WORDS_TEXT_MAX];
    int r = lab_ask(c, platform, &a);

    assert_true(r == 0 || r == -EDOM);
    if (r == 0) {
        buf_add(out, a.text.data, a.text.len);
        assert_true(text_is_utf8(buf_text(&a.text), a.text.len));
        assert_null(strstr(buf_text(&a.text), "{{"));
    } else {
        buf_printf(out, "==== refused: %s\n",
                   words_say_written(a.refusal, WORDS_EN, text, sizeof(text)));
    }
    add_warnings(&a, out);
    device_answer_done(&a);
}

static void compare(const char *path, const struct buf *have)
{
    struct buf want = {0};

    if (getenv("GOLDEN_WRITE")) {
        assert_int_equal(file_write_atomic(path, have->data, have->len, 0644), 0);
        return;
    }
    if (file_read(path, 1 << 20, &want) < 0 || strcmp(buf_text(&want), buf_text(have)) != 0)
        fail_msg("%s is not what comes out:\n%s", path, buf_text(have));
    buf_done(&want);
}

static void test_each_platform_in_each_case(void **state)
{
    size_t count = 0;

    (void)state;
    for (const struct device_platform *p = NULL; (p = device_next_platform(p));) {
        for (const struct lab_case *c = lab_cases; c->name; c++) {
            char path[256];
            struct buf have = {0};

            (void)text_printf(path, sizeof(path), "%s/%s.%s", GOLDEN_DIR, p->id, c->name);
            ask(c, p->id, &have);
            compare(path, &have);
            buf_done(&have);
            count++;
        }
    }
    assert_true(count > 0);
}

static void test_each_platform_has_notes_in_both_languages(void **state)
{
    (void)state;
    for (const struct device_platform *p = NULL; (p = device_next_platform(p));) {
        json_t *en = device_notes(p, WORDS_EN), *zh = device_notes(p, WORDS_ZH);

        assert_true(json_array_size(en) > 0);
        assert_int_equal(json_array_size(en), json_array_size(zh));
        for (const char *c = json_string_value(json_array_get(en, 0)); *c; c++)
            assert_true((unsigned char)*c < 0x80);
        assert_ptr_equal(device_find_platform(p->id), p);
        json_decref(en);
        json_decref(zh);
    }
    assert_null(device_find_platform("vax"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_platform_in_each_case),
        cmocka_unit_test(test_each_platform_has_notes_in_both_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
