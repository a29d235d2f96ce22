#include "deliver_internal.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A mail through a sendmail command. Recipients are arguments of it, behind "--"; what stands in
 * headers is made here, and the subject is encoded whole (RFC 2047), so that nothing in it can end
 * a header. */

#define PATIENCE_MS 20000
#define SUBJECT_MAX 180 /* bytes */

extern char **environ;

/* RFC 2047: an encoded word has 75 characters at most, so 45 bytes each, not cut in a character. */
static void add_subject(struct buf *b, const char *subject)
{
    size_t len = strnlen(subject, SUBJECT_MAX);

    while (len > 0 && ((uint8_t)subject[len] & 0xc0) == 0x80)
        len--;
    buf_puts(b, "Subject:");
    for (size_t at = 0; at < len;) {
        size_t part = MIN(len - at, (size_t)42);
        uint8_t encoded[64];

        while (part > 1 && at + part < len && ((uint8_t)subject[at + part] & 0xc0) == 0x80)
            part--;
        EVP_EncodeBlock(encoded, (const uint8_t *)subject + at, (int)part);
        buf_printf(b, " =?UTF-8?B?%s?=\n", (const char *)encoded);
        at += part;
    }
    if (!len)
        buf_puts(b, " -\n");
}

/* Base64 in lines, so that no line is a dot or begins with "From ". */
static void add_text(struct buf *b, const char *text)
{
    size_t len = strlen(text);

    for (size_t at = 0; at < len; at += 54) {
        uint8_t encoded[80];

        EVP_EncodeBlock(encoded, (const uint8_t *)text + at, (int)MIN(len - at, (size_t)54));
        buf_printf(b, "%s\n", (const char *)encoded);
    }
}

static void write_mail(struct buf *b, const struct letter *l, const char *text)
{
    buf_puts(b, "To: ");
    for (size_t i = 0; l->to[i]; i++)
        buf_printf(b, "%s%s", i ? ", " : "", l->to[i]);
    buf_puts(b, "\n");
    add_subject(b, l->subject);
    buf_puts(b, "MIME-Version: 1.0\n"
                "Content-Type: text/plain; charset=utf-8\n"
                "Content-Transfer-Encoding: base64\n"
                "Auto-Submitted: auto-generated\n\n");
    add_text(b, text);
}

/* ---- the command ---- */

static int start(const char *sendmail, struct letter *l, int in, pid_t *ret)
{
    const char *argv[DELIVER_TO_MAX + 5] = {sendmail, "-i", "--"};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none;
    size_t n = 3;
    int r;

    for (size_t i = 0; l->to[i]; i++)
        argv[n++] = l->to[i];
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    r = -posix_spawn(ret, sendmail, &actions, &attr, (char *const *)(uintptr_t)argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return r;
}

/* Its exit status; negative if it was not there, or took too long and was killed. */
static int wait_for(pid_t pid)
{
    uint64_t until = clock_monotonic_us() + PATIENCE_MS * UINT64_C(1000);
    int status;

    for (;;) {
        pid_t r = waitpid(pid, &status, WNOHANG);

        if (r == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
        if (r < 0 && errno != EINTR)
            return -errno;
        if (clock_monotonic_us() > until) {
            kill(pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            return -ETIMEDOUT;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
}

/* The mail as a file without a name, which a command that does not read cannot block. */
static int make_file(const struct buf *b)
{
    char path[] = "/tmp/ropeway-mail-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC), r = fd < 0 ? -errno : 0;

    if (fd >= 0)
        (void)unlink(path);
    if (r == 0 && (write(fd, b->data, b->len) != (ssize_t)b->len || lseek(fd, 0, SEEK_SET) < 0))
        r = errno ? -errno : -EIO;
    if (r < 0 && fd >= 0)
        close(fd);
    return r < 0 ? r : fd;
}

static int hand_over(const char *sendmail, struct letter *l, const struct buf *b)
{
    int fd = make_file(b), r = fd < 0 ? fd : 0;
    pid_t pid;

    if (r == 0)
        r = start(sendmail, l, fd, &pid);
    if (r == 0)
        r = wait_for(pid);
    if (fd >= 0)
        close(fd);
    return r;
}

int mail(const char *sendmail, struct letter *l, const char *text, size_t more)
{
    struct buf b = {0}, whole = {0};
    char reason[64];
    int r;

    buf_puts(&whole, text);
    if (more)
        buf_printf(&whole, "... +%zu\n", more);
    write_mail(&b, l, buf_text(&whole));
    r = b.failed || whole.failed ? -ENOMEM : hand_over(sendmail, l, &b);
    if (r > 0)
        (void)text_printf(reason, sizeof(reason), "exit status %d", r);
    else
        (void)text_copy(reason, sizeof(reason), strerror(-r));
    if (r == 0)
        words_write(SAY(ACTION_MAILED), l->why, sizeof(l->why));
    else
        words_write(SAY(ACTION_MAIL_FAILED, sendmail, reason), l->why, sizeof(l->why));
    buf_done(&b);
    buf_done(&whole);
    return r == 0 ? 0 : -EIO;
}
