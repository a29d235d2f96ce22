#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "control_internal.h"

static void test_takes_apart(void **state)
{
    struct uri u;

    (void)state;
    assert_int_equal(uri_parse("/v1/regions/r%2D1/?name=a+b&x=%E4%B8%AD&&e=&flag", &u), 0);
    assert_int_equal(u.segment_count, 3);
    assert_string_equal(u.segments[2], "r-1");
    assert_int_equal(u.param_count, 4);
    assert_string_equal(uri_param(&u, "name"), "a b");
    assert_string_equal(uri_param(&u, "x"), "中");
    assert_string_equal(uri_param(&u, "e"), "");
    assert_string_equal(uri_param(&u, "flag"), "");
    assert_null(uri_param(&u, "nam"));

    assert_int_equal(uri_parse("/", &u), 0);
    assert_int_equal(u.segment_count, 0);
    assert_int_equal(uri_parse("/a+b?", &u), 0);
    assert_string_equal(u.segments[0], "a+b"); /* a plus is a plus in a path */
    assert_int_equal(uri_parse("/a%2Fb", &u), 0);
    assert_string_equal(u.segments[0], "a/b");
}

static void test_refuses(void **state)
{
    static const char *const bad[] = {
        "",
        "v1",
        "*",
        "///",
        "/a//b",
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%00b",
        "/%0a",
        "/a%7F",
        "/%ff",
        "/%C0%80",
        "/a?x=%",
        "/a?%1=x",
        "/a?x=%0",
        "/\xff",
        "/a?x=\x01",
        "/a?%FF=xy",
        "/?x=%ED%A0%80",
        "/1/2/3/4/5/6/7/8/9",
        "/a?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17&18&19&20&21&22&23&24&25",
    };
    char *longest = calloc(1, URI_MAX + 2);
    struct uri u;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        if (uri_parse(bad[i], &u) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
    }
    assert_non_null(longest);
    memset(longest, 'a', URI_MAX / 2);
    longest[0] = '/';
    assert_int_equal(uri_parse(longest, &u), 0);
    longest[URI_MAX / 2] = 'a';
    assert_int_equal(uri_parse(longest, &u), -EINVAL);
    free(longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_apart),
        cmocka_unit_test(test_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
