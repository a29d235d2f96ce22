#include "base.h"

#include <stdio.h>
#include <unistd.h>

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};
static enum log_level lowest = LOG_INFO;
static const char *program = "ropeway";

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

void log_set_program(const char *name)
{
    program = name;
}

bool log_enabled(enum log_level level)
{
    return level >= lowest;
}

void log_write(enum log_level level, const char *fmt, ...)
{
    char line[1024], when[CLOCK_TEXT_MAX];
    int head, body;
    size_t len;
    va_list ap;

    if (!log_enabled(level))
        return;
    head = snprintf(line, sizeof(line), "%s %-5s %s: ", clock_format(clock_realtime_us(), when),
                    level_names[level], program);
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
