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

/* n in so many digits, and what comes behind it. Returns where it ends. */
static char *put(char *at, unsigned n, unsigned digits, char behind)
{
    for (unsigned i = digits; i-- > 0; n /= 10)
        at[i] = (char)('0' + n % 10);
    at[digits] = behind;
    return at + digits + 1;
}

/* Every answer and everything stored has several of these, so this one is fast. */
const char *clock_format(uint64_t realtime_us, char buf[CLOCK_TEXT_MAX])
{
    time_t seconds = (time_t)(realtime_us / 1000000U);
    char *at = buf;
    struct tm tm;

    gmtime_r(&seconds, &tm);
    at = put(at, (unsigned)tm.tm_year + 1900, 4, '-');
    at = put(at, (unsigned)tm.tm_mon + 1, 2, '-');
    at = put(at, (unsigned)tm.tm_mday, 2, 'T');
    at = put(at, (unsigned)tm.tm_hour, 2, ':');
    at = put(at, (unsigned)tm.tm_min, 2, ':');
    at = put(at, (unsigned)tm.tm_sec, 2, '.');
    at = put(at, (unsigned)(realtime_us / 1000U % 1000U), 3, 'Z');
    *at = 0;
    return buf;
}

const char *clock_say(uint64_t realtime_us, char buf[CLOCK_TEXT_MAX])
{
    clock_format(realtime_us, buf);
    buf[10] = ' ';
    memcpy(buf + 19, " UTC", sizeof(" UTC"));
    return buf;
}

/* ---- from text ---- */

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* month 1-12; before the first day of it. */
static unsigned days_before(unsigned year, unsigned month)
{
    static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    unsigned last = year - 1, leaps = last / 4 - last / 100 + last / 400;

    return last * 365 + leaps + before[month - 1] + (month > 2 && is_leap(year));
}

/* Reads by the picture: a letter for each digit, everything else as it is. */
static bool read_picture(const char *text, const char *picture, unsigned parts[7])
{
    for (; *picture; picture++, text++) {
        unsigned *part = &parts[*picture - 'a'];

        if (*picture < 'a' || *picture > 'g') {
            if (*text != *picture)
                return false;
            continue;
        }
        if (*text < '0' || *text > '9')
            return false;
        *part = *part * 10 + (unsigned)(*text - '0');
    }
    return *text == 0;
}

int clock_parse(const char *text, uint64_t *ret)
{
    unsigned parts[7] = {0}, days, seconds;
    unsigned *year = &parts[0], *month = &parts[1], *day = &parts[2];

    if (!read_picture(text, "aaaa-bb-ccTdd:ee:ff.gggZ", parts) || *year < 1970 || *month < 1 ||
        *month > 12 || *day < 1 || parts[3] > 23 || parts[4] > 59 || parts[5] > 59)
        return -EINVAL;
    days = days_before(*year, *month) + *day - 1;
    if (days >= (*month == 12 ? days_before(*year + 1, 1) : days_before(*year, *month + 1)))
        return -EINVAL; /* the 30th of February */
    days -= days_before(1970, 1);
    seconds = parts[3] * 3600 + parts[4] * 60 + parts[5];
    *ret = (((uint64_t)days * 86400U + seconds) * 1000U + parts[6]) * 1000U;
    return 0;
}
