#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "deliver.h"

/* The file of what waits: what comes back of it, and what is not taken from it. */

static struct {
    char dir[64], path[96], aside[112];
    size_t count;
    char told[512]; /* "alarm/tries/body or subject;" of each */
} world;

static int make_world(void **state)
{
    (void)state;
    snprintf(world.dir, sizeof(world.dir), "/tmp/ropeway-kept-XXXXXX");
    if (!mkdtemp(world.dir))
        return -1;
    snprintf(world.path, sizeof(world.path), "%s/deliveries.json", world.dir);
    snprintf(world.aside, sizeof(world.aside), "%s.damaged", world.path);
    return 0;
}

static int end_world(void **state)
{
    (void)state;
    (void)unlink(world.path);
    (void)unlink(world.aside);
    return rmdir(world.dir);
}

static void take(void *arg, const struct deliver_message *m)
{
    size_t len = strlen(world.told);

    (void)arg;
    assert_null(m->url);
    assert_null(m->secret);
    world.count++;
    snprintf(world.told + len, sizeof(world.told) - len, "%s/%u/%s;", m->alarm, m->tries,
             m->body ? m->body : m->subject);
}

/* What comes back of a file with this text. */
static const char *read_back(const char *text)
{
    assert_int_equal(file_write_atomic(world.path, text, strlen(text), 0600), 0);
    world.count = 0;
    world.told[0] = 0;
    deliver_each_kept(world.path, take, NULL);
    return world.told;
}

static void test_what_was_kept_comes_back(void **state)
{
    const struct deliver_message post = {.region = "r1",
                                         .alarm = "a1",
                                         .url = "http://127.0.0.1:9/",
                                         .secret = "very secret",
                                         .body = "{\"名\":1}"};
    struct buf text = {0};
    struct deliver *d;

    (void)state;
    assert_int_equal(deliver_open("/bin/false", NULL, NULL, &d), 0);
    assert_int_equal(deliver_send(d, &post), 0);
    deliver_keep(d, world.path);
    assert_int_equal(file_read(world.path, 65536, &text), 0);
    buf_add(&text, "", 1);
    assert_null(strstr((const char *)text.data, "very secret"));
    assert_null(strstr((const char *)text.data, "127.0.0.1"));
    world.told[0] = 0;
    deliver_each_kept(world.path, take, NULL);
    assert_non_null(strstr(world.told, "{\"名\":1};"));
    deliver_close(d);
    buf_done(&text);
}

static void test_no_file_is_no_fault(void **state)
{
    (void)state;
    world.count = 0;
    deliver_each_kept(world.path, take, NULL);
    assert_int_equal(world.count, 0);
    assert_int_not_equal(access(world.aside, F_OK), 0);
}

static void test_a_damaged_file_is_set_aside(void **state)
{
    static const char *const texts[] = {
        "",
        "{\"waiting\":[{\"region\":\"r1\",\"alarm\":\"a\",\"body\":\"{}\"}", /* cut short */
        "[]",
        "{\"waiting\":{}}",
        "{}",
        "{\"waiting\":[],\"waiting\":[{\"region\":\"r1\",\"alarm\":\"a\",\"body\":\"{}\"}]}",
        "{\"waiting\":[]}{}",
        "{\"waiting\":[\"\xff\"]}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct buf text = {0};

        assert_string_equal(read_back(texts[i]), "");
        assert_int_not_equal(access(world.path, F_OK), 0);
        assert_int_equal(file_read(world.aside, 65536, &text), 0); /* whole, for who wants it */
        assert_int_equal(text.len, strlen(texts[i]));
        assert_memory_equal(text.len ? (const char *)text.data : "", texts[i], text.len);
        buf_done(&text);
        assert_int_equal(unlink(world.aside), 0);
    }
}

static void test_what_makes_no_message_is_left_out(void **state)
{
    (void)state;
    assert_string_equal(read_back("{\"waiting\":[1,null,[],{},"
                                  "{\"region\":\"r1\",\"alarm\":\"none\"},"
                                  "{\"region\":\"r1\",\"alarm\":\"half\",\"subject\":\"s\"},"
                                  "{\"region\":1,\"alarm\":\"a\",\"body\":\"b\"},"
                                  "{\"region\":\"r1\",\"alarm\":\"a\",\"body\":\"b\",\"tries\":2},"
                                  "{\"region\":\"r1\",\"alarm\":\"m\",\"subject\":\"s\",\"text\":"
                                  "\"t\",\"tries\":-1},"
                                  "{\"region\":\"r1\",\"alarm\":\"z\",\"body\":\"c\",\"tries\":"
                                  "99999999999}]}"),
                        "a/2/b;m/0/s;z/0/c;");
    assert_int_equal(access(world.path, F_OK), 0);
}

static void test_a_deep_or_large_file_is_no_danger(void **state)
{
    char *deep = malloc(200001), *large = malloc((17U << 20) + 1);

    (void)state;
    assert_non_null(deep);
    assert_non_null(large);
    memset(deep, '[', 200000);
    deep[200000] = 0;
    memset(large, ' ', 17U << 20);
    large[17U << 20] = 0;
    assert_string_equal(read_back(deep), "");
    assert_int_equal(access(world.aside, F_OK), 0);
    assert_string_equal(read_back(large), "");
    assert_int_not_equal(access(world.path, F_OK), 0);
    free(deep);
    free(large);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_world, end_world)
    const struct CMUnitTest tests[] = {
        T(test_what_was_kept_comes_back),          T(test_no_file_is_no_fault),
        T(test_a_damaged_file_is_set_aside),       T(test_what_makes_no_message_is_left_out),
        T(test_a_deep_or_large_file_is_no_danger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
