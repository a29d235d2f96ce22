/* Following BIRD's log, and what the kernel counts of TCP MD5. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "speaker_log.h"
#include "speaker_md5.h"

struct place {
    char dir[64], file[80], old[80];
    struct bird_log log;
    struct buf got;
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    strcpy(p->dir, "/tmp/ropeway-log-XXXXXX");
    if (!mkdtemp(p->dir))
        return -1;
    snprintf(p->file, sizeof(p->file), "%s/bird.log", p->dir);
    snprintf(p->old, sizeof(p->old), "%s/bird.log.1", p->dir);
    bird_log_init(&p->log);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    bird_log_done(&p->log);
    buf_done(&p->got);
    unlink(p->file);
    unlink(p->old);
    rmdir(p->dir);
    free(p);
    return 0;
}

static void take(void *arg, const char *line)
{
    buf_printf(arg, "%s|", line);
}

static void append(const struct place *p, const char *text)
{
    FILE *f = fopen(p->file, "a");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void assert_read(struct place *p, const char *lines)
{
    p->got.len = 0;
    buf_puts(&p->got, "");
    bird_log_read(&p->log, p->dir, take, &p->got);
    assert_string_equal(p->got.len ? buf_text(&p->got) : "", lines);
}

static void test_a_log_that_was_there_begins_at_its_end(void **state)
{
    struct place *p = *state;

    append(p, "of before\n");
    assert_read(p, "");
    append(p, "one\ntwo\nthr");
    assert_read(p, "one|two|");
    append(p, "ee\n");
    assert_read(p, "three|");
}

static void test_the_next_file_is_read_from_its_beginning(void **state)
{
    struct place *p = *state;

    append(p, "of before\n");
    assert_read(p, "");
    append(p, "last\n");
    assert_int_equal(rename(p->file, p->old), 0);
    append(p, "first\n");
    assert_read(p, "last|");
    assert_read(p, "first|");
    assert_int_equal(unlink(p->file), 0);
    assert_read(p, "");
    assert_read(p, "");
    append(p, "again\n");
    assert_read(p, "again|");
}

static void test_what_is_no_file_is_left(void **state)
{
    struct place *p = *state;

    assert_int_equal(symlink("/etc/passwd", p->file), 0);
    assert_read(p, "");
    assert_read(p, "");
    unlink(p->file);
    assert_int_equal(mkfifo(p->file, 0600), 0);
    assert_read(p, "");
}

static void test_md5_is_counted_by_name(void **state)
{
    char text[] = "TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure Other\n"
                  "TcpExt: 5 2 7 30 9\nIpExt: a\nIpExt: 1\n";
    char half[] = "TcpExt: TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure\nTcpExt: 2 7\n";
    char other[] = "IpExt: TCPMD5NotFound\nTcpExt: 2\n", empty[] = "";
    struct md5_counts c;

    (void)state;
    assert_int_equal(md5_counts_parse(text, &c), 0);
    assert_true(c.known);
    assert_int_equal(c.wrong, 32);
    assert_int_equal(c.unexpected, 7);
    assert_int_equal(md5_counts_parse(half, &c), -EBADMSG);
    assert_int_equal(md5_counts_parse(other, &c), -EBADMSG);
    assert_int_equal(md5_counts_parse(empty, &c), -EBADMSG);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_a_log_that_was_there_begins_at_its_end),
        T(test_the_next_file_is_read_from_its_beginning),
        T(test_what_is_no_file_is_left),
        cmocka_unit_test(test_md5_is_counted_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
