#include "base.h"

#include <stdio.h>
#include <time.h>

static uint64_t read_us(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (uint64_t)ts.tv_sec * 1000000U + (uint64_t)ts.tv_nsec / 1000U;
}

uint64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

uint64_t clock_realtime_us(void)
{
    return read_us(CLOCK_REALTIME);
}

const char *clock_format(uint64_t realtime_us, char buf[CLOCK_TEXT_MAX])
{
    time_t seconds = (time_t)(realtime_us / 1000000U);
    char head[24];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(head, sizeof(head), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(buf, CLOCK_TEXT_MAX, "%s.%03uZ", head, (unsigned)(realtime_us / 1000U % 1000U));
    return buf;
}
