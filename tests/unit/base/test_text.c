#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"

static void test_copies_are_cut_between_characters(void **state)
{
    static const struct {
        const char *src;
        size_t size;
        const char *dst;
        int result;
    } rows[] = {
        {"abc", 4, "abc", 0},
        {"", 1, "", 0},
        {"abcd", 4, "abc", -ENAMETOOLONG},
        {"a", 1, "", -ENAMETOOLONG},
        {"索道", 7, "索道", 0},
        {"索道", 6, "索", -ENAMETOOLONG},
        {"索道", 4, "索", -ENAMETOOLONG},
        {"索道", 3, "", -ENAMETOOLONG},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char dst[8] = "XXXXXXX";

        assert_int_equal(text_copy(dst, rows[i].size, rows[i].src), rows[i].result);
        assert_string_equal(dst, rows[i].dst);
    }
    assert_int_equal(text_copy(NULL, 0, "a"), -ENAMETOOLONG);
}

static void test_sentences_are_always_utf8(void **state)
{
    static const struct {
        const char *src;
        size_t size;
        const char *dst;
        int result;
    } rows[] = {
        {"abc", 5, "<abc", 0},
        {"abc", 4, "<ab", -ENAMETOOLONG},
        {"", 1, "", -ENAMETOOLONG},
        {"索道", 8, "<索道", 0},
        {"索道", 7, "<索", -ENAMETOOLONG},
        {"索道", 6, "<索", -ENAMETOOLONG},
        {"索道", 5, "<索", -ENAMETOOLONG},
        {"索道", 4, "<", -ENAMETOOLONG},
        {"\xf0\x9f\x9a\xa1", 5, "<", -ENAMETOOLONG},
        {"\xf0\x9f\x9a\xa1", 6, "<\xf0\x9f\x9a\xa1", 0},
        {"a\xff\x80z", 9, "<a??z", 0}, /* not UTF-8 to begin with */
        {"\xe7\xb4", 9, "<??", 0},     /* cut by somebody else before */
        {"\x80\x80\x80\x80\x80", 5, "<???", -ENAMETOOLONG},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char dst[9] = "XXXXXXXX";

        assert_int_equal(text_printf(dst, rows[i].size, "<%s", rows[i].src), rows[i].result);
        assert_string_equal(dst, rows[i].dst);
        assert_true(text_is_utf8(dst, strlen(dst)));
    }
    assert_int_equal(text_printf(NULL, 0, "a"), -ENAMETOOLONG);
}

static void test_utf8(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        bool good;
    } rows[] = {
        {"", 0, true},
        {"abc", 3, true},
        {"索道", 6, true},
        {"\xf0\x9f\x9a\xa1", 4, true},
        {"\xf4\x8f\xbf\xbf", 4, true},  /* U+10FFFF */
        {"\xf4\x90\x80\x80", 4, false}, /* beyond it */
        {"\xed\xa0\x80", 3, false},     /* a surrogate */
        {"\xed\x9f\xbf", 3, true},
        {"\xc0\x80", 2, false}, /* overlong */
        {"\xc1\xbf", 2, false},
        {"\xe0\x9f\xbf", 3, false},
        {"\xf0\x8f\xbf\xbf", 4, false},
        {"\xc2\x80", 2, true},
        {"\xc2", 1, false},
        {"\xe7\xb4", 2, false},
        {"\xe7\xb4\x41", 3, false},
        {"\x80", 1, false},
        {"\xff", 1, false},
        {"ab\xf5\x80\x80\x80", 6, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        /* Exactly as long as it is: a look beyond the end is seen by the sanitizer. */
        char *exact = malloc(rows[i].len ? rows[i].len : 1);

        assert_non_null(exact);
        memcpy(exact, rows[i].text, rows[i].len);
        assert_int_equal(text_is_utf8(exact, rows[i].len), rows[i].good);
        free(exact);
    }
    assert_int_equal(text_utf8_count("索道 a"), 4);
    assert_int_equal(text_utf8_count(""), 0);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        uint64_t max, value;
        int result;
    } rows[] = {
        {"0", 0, 0, 0},
        {"00", 9, 0, 0},
        {"65535", 65535, 65535, 0},
        {"65536", 65535, 0, -ERANGE},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX, 0},
        {"18446744073709551616", UINT64_MAX, 0, -ERANGE},
        {"99999999999999999999999", UINT64_MAX, 0, -ERANGE},
        {"", 9, 0, -EINVAL},
        {"-1", 9, 0, -EINVAL},
        {"+1", 9, 0, -EINVAL},
        {" 1", 9, 0, -EINVAL},
        {"1 ", 9, 0, -EINVAL},
        {"0x1", 99, 0, -EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t n = 4711;

        assert_int_equal(text_parse_u64(rows[i].text, rows[i].max, &n), rows[i].result);
        assert_int_equal(n, rows[i].result ? 4711 : rows[i].value);
    }
}

static void test_small_helpers(void **state)
{
    (void)state;
    assert_true(text_starts_with("ropeway", "rope"));
    assert_true(text_starts_with("rope", ""));
    assert_false(text_starts_with("rop", "rope"));
    assert_true(mem_equal_ct("abc", "abc", 3));
    assert_true(mem_equal_ct("abc", "abd", 2));
    assert_false(mem_equal_ct("abc", "abd", 3));
    assert_true(mem_equal_ct("a", "b", 0));
    assert_int_not_equal(hash_bytes("a", 1, 0), hash_bytes("b", 1, 0));
    assert_int_not_equal(hash_bytes("a", 1, 0), hash_bytes("a", 1, 1));
    assert_int_equal(hash_bytes("", 0, 0), 0xcbf29ce484222325); /* FNV's published vectors */
    assert_int_equal(hash_bytes("a", 1, 0), 0xaf63dc4c8601ec8c);
    assert_int_equal(hash_bytes("foobar", 6, 0), 0x85944171f73967e8);
}

static void test_buf_grows_and_survives_failure(void **state)
{
    struct buf b = {0};

    (void)state;
    assert_string_equal(buf_text(&b), "");
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%d,", i);
    buf_add(&b, NULL, 0);
    buf_puts(&b, "end");
    assert_false(b.failed);
    assert_int_equal(strlen(buf_text(&b)), b.len);
    assert_memory_equal(b.data + b.len - 7, "999,end", 8);
    buf_printf(&b, "%2000d", 1); /* longer than its inner room */
    assert_int_equal(b.data[b.len - 1], '1');
    assert_int_equal(b.data[b.len], 0);

    assert_null(buf_extend(&b, SIZE_MAX / 2));
    assert_true(b.failed);
    buf_puts(&b, "lost");
    assert_int_equal(b.data[b.len - 1], '1');
    buf_done(&b); /* usable again */
    assert_null(b.data);

    buf_puts(&b, "secret");
    buf_clear(&b);
    assert_string_equal(buf_text(&b), "");
    buf_wipe(&b);
}

static void test_clock_text(void **state)
{
    static const struct {
        uint64_t us;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1795336044123999, "2026-11-22T08:27:24.123Z"},
        {951782399999999, "2000-02-28T23:59:59.999Z"},
        {951782400000000, "2000-02-29T00:00:00.000Z"},
    };
    char text[CLOCK_TEXT_MAX];
    uint64_t before = clock_monotonic_us();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_string_equal(clock_format(rows[i].us, text), rows[i].text);
    assert_true(clock_monotonic_us() >= before);
}

static void test_random(void **state)
{
    char a[33], b[33];

    (void)state;
    random_base32(a, 32);
    random_base32(b, 32);
    assert_int_equal(strlen(a), 32);
    assert_int_equal(strspn(a, "abcdefghijklmnopqrstuvwxyz234567"), 32);
    assert_string_not_equal(a, b);
    random_id(a, "rwn-", 28);
    assert_true(text_starts_with(a, "rwn-"));
    assert_int_equal(strspn(a + 4, "abcdefghijklmnopqrstuvwxyz234567"), 28);
    assert_int_equal(strlen(a), 32);
    assert_int_not_equal(random_u64(), random_u64());
    random_bytes(a, 0);
}

static void test_log_levels(void **state)
{
    enum log_level level = LOG_INFO;

    (void)state;
    assert_int_equal(log_parse_level("debug", &level), 0);
    assert_int_equal(level, LOG_DEBUG);
    assert_int_equal(log_parse_level("Debug", &level), -EINVAL);
    assert_int_equal(log_parse_level("", &level), -EINVAL);
    log_set_level(LOG_WARN);
    assert_false(log_enabled(LOG_INFO));
    assert_true(log_enabled(LOG_ERROR));
    log_set_level(LOG_INFO);
}

/* What log_write() puts on stderr, behind the first `skip` bytes (of the time). */
static void logged(char *ret, size_t size, const char *text, bool journal, size_t skip)
{
    int fds[2], saved = dup(STDERR_FILENO);
    char line[2048], stream[64];
    struct stat st;
    ssize_t n;

    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], STDERR_FILENO);
    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino + !journal);
    setenv("JOURNAL_STREAM", stream, 1);
    log_set_program("test");
    unsetenv("JOURNAL_STREAM");
    log_write(LOG_WARN, "%s", text);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fds[1]);
    n = read(fds[0], line, sizeof(line) - 1);
    close(fds[0]);
    assert_true(n > (ssize_t)skip);
    line[n] = 0;
    (void)text_copy(ret, size, line + skip);
}

static void test_a_log_line_is_one_line(void **state)
{
    char line[2048], huge[3000];

    (void)state;
    logged(line, sizeof(line), "peer\nis\x1b[31m 索道", false, 25);
    assert_string_equal(line, "warn  test: peer?is?[31m 索道\n");
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = 0;
    logged(line, sizeof(line), huge, false, 25);
    assert_int_equal(strlen(line), 1024 - 25 - 1);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    logged(line, sizeof(line), "the journal has the time", true, 0);
    assert_string_equal(line, "<4>the journal has the time\n");
}

static void test_files_are_whole(void **state)
{
    char folder[] = "/tmp/ropeway-test-XXXXXX", path[64], left[64];
    struct buf b = {0};
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/f", folder);
    snprintf(left, sizeof(left), "%s/f.new", folder);
    assert_int_equal(file_read(path, 10, &b), -ENOENT);
    assert_int_equal(file_write_atomic(path, "one", 3, 0600), 0);
    assert_int_equal(symlink("/nowhere", left), 0); /* by a writer that was killed, or worse */
    assert_int_equal(file_write_atomic(path, "second", 6, 0600), 0);
    assert_int_equal(access(left, F_OK), -1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(file_read(path, 5, &b), -EFBIG);
    buf_clear(&b);
    assert_int_equal(file_read(path, 6, &b), 0);
    assert_string_equal(buf_text(&b), "second");
    assert_int_equal(file_read(folder, 6, &b), -EISDIR);
    assert_int_equal(file_write_atomic("/nowhere/at/all", "x", 1, 0600), -ENOENT);
    buf_done(&b);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* so no temporary sibling is left */
}

struct item {
    int n;
    struct list link;
};

static void test_list(void **state)
{
    struct item items[4];
    struct list head;
    int seen = 0;

    (void)state;
    list_init(&head);
    assert_true(list_empty(&head));
    for (int i = 0; i < 4; i++) {
        items[i].n = i;
        list_append(&head, &items[i].link);
    }
    list_remove(&items[1].link);
    list_remove(&items[1].link); /* twice is harmless */
    list_insert_before(&items[0].link, &items[1].link);
    list_for_each (item, &head, struct item, link)
        seen = seen * 10 + item->n;
    assert_int_equal(seen, 1023);
    list_for_each_safe (item, &head, struct item, link)
        list_remove(&item->link);
    assert_true(list_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_are_cut_between_characters),
        cmocka_unit_test(test_sentences_are_always_utf8),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_small_helpers),
        cmocka_unit_test(test_buf_grows_and_survives_failure),
        cmocka_unit_test(test_clock_text),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_log_levels),
        cmocka_unit_test(test_a_log_line_is_one_line),
        cmocka_unit_test(test_files_are_whole),
        cmocka_unit_test(test_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
