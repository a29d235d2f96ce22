#include "base.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};
static enum log_level lowest = LOG_INFO;
static const char *program = "ropeway";
static bool journal; /* which notes the time, the program and the level by itself */

void log_set_level(enum log_level level)
{
    lowest = level;
}

int log_parse_level(const char *text, enum log_level *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(level_names); i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *ret = (enum log_level)i;
            return 0;
        }
    }
    return -EINVAL;
}

/* systemd names the device and inode of the journal's end of our stderr (sd-daemon(3)). */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long dev, ino;
    struct stat st;

    return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

void log_set_program(const char *name)
{
    program = name;
    journal = stderr_is_journal();
}

/* What stands before the text of a line: for the journal its syslog priority, which it cuts off. */
static int write_head(enum log_level level, char *ret, size_t size)
{
    static const int priorities[] = {
        [LOG_DEBUG] = 7, [LOG_INFO] = 6, [LOG_WARN] = 4, [LOG_ERROR] = 3};
    char when[CLOCK_TEXT_MAX];

    if (journal)
        return snprintf(ret, size, "<%d>", priorities[level]);
    return snprintf(ret, size, "%s %-5s %s: ", clock_format(clock_realtime_us(), when),
                    level_names[level], program);
}

bool log_enabled(enum log_level level)
{
    return level >= lowest;
}

void log_write(enum log_level level, const char *fmt, ...)
{
    char line[1024];
    int head, body;
    size_t len;
    va_list ap;

    if (!log_enabled(level))
        return;
    head = write_head(level, line, sizeof(line));
    va_start(ap, fmt);
    body = vsnprintf(line + head, sizeof(line) - (size_t)head, fmt, ap);
    va_end(ap);
    len = MIN((size_t)head + (size_t)MAX(body, 0), sizeof(line) - 2);
    for (size_t i = (size_t)head; i < len; i++) {
        if ((uint8_t)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?'; /* a peer's name must not write lines of its own */
    }
    line[len] = '\n';
    /* One write a line, so that the lines of two processes on one pipe do not mix. */
    if (write(STDERR_FILENO, line, len + 1) < 0)
        return;
}
