#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control_internal.h"

static void remove_pair(const char *dir)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/tls.crt", dir);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof(path), "%s/tls.key", dir);
    assert_int_equal(unlink(path), 0);
}

static void test_names_of_the_certificate(void **state)
{
    static const char *const names[] = {"api.example.com", "192.0.2.10", "2001:db8::1",
                                        "*.ropeway.example"};
    static const struct {
        const char *name;
        bool covered;
    } cases[] = {
        {"localhost", true},
        {"127.0.0.1", true},
        {"::1", true},
        {"api.example.com", true},
        {"API.example.com", true},
        {"192.0.2.10", true},
        {"2001:db8::1", true},
        {"2001:db8:0::0:1", true},
        {"one.ropeway.example", true},
        {"other.example.com", false},
        {"192.0.2.11", false},
        {"2001:db8::2", false},
        {"example.com", false},
        {"", false},
    };
    char dir[] = "/tmp/ropeway-tls-XXXXXX", path[64];
    struct buf cert = {0}, key = {0};
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(tls_load(dir, names, ARRAY_SIZE(names), &cert, &key), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (tls_covers(buf_text(&cert), cases[i].name) != cases[i].covered)
            fail_msg("%s", cases[i].name);
    }
    snprintf(path, sizeof(path), "%s/tls.key", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_false(tls_covers("no certificate", "localhost"));
    buf_done(&cert);
    buf_wipe(&key);
    remove_pair(dir);
    assert_int_equal(rmdir(dir), 0);
}

static void test_a_certificate_that_is_there_stays(void **state)
{
    static const char *const later[] = {"api.example.com"};
    char dir[] = "/tmp/ropeway-tls-XXXXXX";
    struct buf cert = {0}, key = {0}, again = {0}, key_again = {0};

    (void)state;
    log_set_level(LOG_ERROR);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(tls_load(dir, NULL, 0, &cert, &key), 0);
    assert_int_equal(tls_load(dir, later, 1, &again, &key_again), 0);
    assert_string_equal(buf_text(&cert), buf_text(&again));
    assert_string_equal(buf_text(&key), buf_text(&key_again));
    assert_false(tls_covers(buf_text(&again), later[0]));
    buf_done(&cert);
    buf_done(&again);
    buf_wipe(&key);
    buf_wipe(&key_again);
    remove_pair(dir);
    assert_int_equal(rmdir(dir), 0);
}

/* They become part of a list that OpenSSL reads. */
static void test_what_is_no_name(void **state)
{
    static const char *const bad[] = {"",     "a,DNS:b", "a b", "IP:1.2.3.4",
                                      "a/24", "1::2::3", "a\nb"};
    char dir[] = "/tmp/ropeway-tls-XXXXXX";
    struct buf cert = {0}, key = {0};

    (void)state;
    log_set_level(LOG_ERROR + 1);
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(tls_load(dir, &bad[i], 1, &cert, &key), -EINVAL);
    assert_int_equal(rmdir(dir), 0); /* nothing was made */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_the_certificate),
        cmocka_unit_test(test_a_certificate_that_is_there_stays),
        cmocka_unit_test(test_what_is_no_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
