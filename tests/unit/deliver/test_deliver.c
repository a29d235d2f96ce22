#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deliver.h"

/* Signatures, mails as the command gets them, and addresses that nothing is posted to. A server
 * that fails is in tests/system/alarms.py. */

/* Computed by: printf '17.{}' | openssl dgst -sha256 -hmac secret */
static void test_a_signature(void **state)
{
    char text[DELIVER_SIGNATURE_MAX], other[DELIVER_SIGNATURE_MAX];

    (void)state;
    assert_int_equal(deliver_sign("secret", 17, "{}", text), 0);
    assert_string_equal(text,
                        "t=17,v1=8af83b0673ef7fdabfca93bc1f9c0893a4de95938051a9959b16f9e2a9e16802");
    assert_int_equal(deliver_sign("secret", 18, "{}", other), 0);
    assert_string_not_equal(text + 8, other + 8);
    assert_int_equal(deliver_sign("secreu", 17, "{}", other), 0);
    assert_string_not_equal(text, other);
}

/* ---- mail ---- */

static char dir[64];

static char *slurp(const char *name)
{
    char path[128];
    FILE *f;
    char *text = calloc(1, 65536);

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, 65535, f) > 0);
    fclose(f);
    return text;
}

static void make_command(const char *what, char path[128])
{
    int fd;

    snprintf(dir, sizeof(dir), "/tmp/ropeway-deliver-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, 128, "%s/sendmail", dir);
    fd = open(path, O_WRONLY | O_CREAT, 0755);
    assert_true(fd >= 0);
    assert_int_equal(dprintf(fd, "#!/bin/sh\n%s\n", what), strlen(what) + 11);
    close(fd);
}

static void remove_all(void)
{
    static const char *const names[] = {"sendmail", "args", "mail"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
}

static bool mail_with(const char *command, const char *subject, char *ret, size_t size)
{
    static const char *const to[] = {"a@example.com", "b@example.com"};
    struct deliver_message m = {.region = "r1",
                                .alarm = "alarm-a",
                                .to = to,
                                .to_count = 2,
                                .subject = subject,
                                .text = "one\n.\nFrom two"};
    struct deliver *d;
    char path[128];
    bool ok;

    make_command(command, path);
    assert_int_equal(deliver_open(path, NULL, NULL, &d), 0);
    ok = deliver_now(d, &m, ret, size);
    deliver_close(d);
    return ok;
}

#define KEEP "cd $(dirname $0); echo \"$@\" >args; cat >mail"

static void test_a_mail_has_only_our_headers(void **state)
{
    static const char *const subjects[] = {"plain", "x\nBcc: evil@example.com\n\nbody",
                                           "告警告警告警告警告警告警告警告警告警告警", "",
                                           "\r\nX: y"};
    char what[WORDS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
        char *args, *text, *body;

        assert_true(mail_with(KEEP, subjects[i], what, sizeof(what)));
        assert_string_equal(what, "{action.mailed}");
        args = slurp("args");
        assert_string_equal(args, "-i -- a@example.com b@example.com\n");
        text = slurp("mail");
        body = strstr(text, "\n\n");
        assert_non_null(body);
        *body = 0;
        assert_null(strstr(text, "evil"));
        assert_null(strstr(text, "X: y"));
        assert_null(strchr(text, '\r'));
        for (const char *line = text; line; line = strchr(line, '\n')) {
            static const char *const known[] = {"To: ",          "Subject: ",     " =?UTF-8?B?",
                                                "MIME-Version:", "Content-Type:", "Content-Tr",
                                                "Auto-Submitted"};
            bool ours = false;

            line += *line == '\n';
            for (size_t k = 0; k < ARRAY_SIZE(known); k++)
                ours |= text_starts_with(line, known[k]);
            assert_true(ours);
        }
        assert_null(strstr(body + 1, "From "));
        free(args);
        free(text);
        remove_all();
    }
}

static void test_a_command_that_fails(void **state)
{
    char what[WORDS_TEXT_MAX];

    (void)state;
    assert_false(mail_with("exit 75", "s", what, sizeof(what)));
    assert_non_null(strstr(what, "action.mail-failed"));
    assert_non_null(strstr(what, "exit status 75"));
    remove_all();
}

/* ---- where nothing is posted ---- */

static void test_link_local_addresses(void **state)
{
    static const char *const urls[] = {"http://169.254.169.254/", "http://[fe80::1]/",
                                       "http://[::ffff:169.254.1.1]/", "http://0xa9fea9fe/",
                                       "http://2852039166/"};
    char what[WORDS_TEXT_MAX];
    struct deliver *d;

    (void)state;
    assert_int_equal(deliver_open("/bin/false", NULL, NULL, &d), 0);
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        const struct deliver_message m = {
            .region = "r1", .alarm = "a", .url = urls[i], .secret = "s", .body = "{}"};

        assert_false(deliver_now(d, &m, what, sizeof(what)));
        assert_string_equal(what, "{action.link-local}");
    }
    deliver_close(d);
}

static void test_the_queue_is_bounded(void **state)
{
    const struct deliver_message m = {
        .region = "r1", .alarm = "a", .url = "http://127.0.0.1:9/", .secret = "s", .body = "{}"};
    struct deliver *d;
    int r = 0;
    size_t i = 0;

    (void)state;
    assert_int_equal(deliver_open("/bin/false", NULL, NULL, &d), 0);
    for (; r == 0 && i < 2 * DELIVER_QUEUE; i++)
        r = deliver_send(d, &m);
    assert_int_equal(r, -ENOBUFS);
    assert_in_range(i, DELIVER_QUEUE, DELIVER_QUEUE + 2);
    deliver_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_signature),
        cmocka_unit_test(test_a_mail_has_only_our_headers),
        cmocka_unit_test(test_a_command_that_fails),
        cmocka_unit_test(test_link_local_addresses),
        cmocka_unit_test(test_the_queue_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
