#include "reach.h"

/* "[  5]   1.00-2.00   sec  27.4 MBytes  229862 Kbits/sec    0    205 KBytes", at the end with
 * "sender" or "receiver": fields between spaces. The server's lines have no retransmits. */

#define FIELDS_MAX 12

struct line {
    char text[160];
    const char *fields[FIELDS_MAX];
    size_t count;
};

/* False: too long, or no line of a stream. */
static bool split(const char *line, size_t len, struct line *ret)
{
    char *rest = NULL;

    if (len == 0 || len >= sizeof(ret->text) || line[0] != '[' || memchr(line, 0, len))
        return false;
    memcpy(ret->text, line, len);
    ret->text[len] = 0;
    ret->count = 0;
    for (char *f = strtok_r(ret->text, " []\t\r", &rest); f && ret->count < FIELDS_MAX;
         f = strtok_r(NULL, " []\t\r", &rest))
        ret->fields[ret->count++] = f;
    return ret->count >= 7;
}

/* "1.25" in thousandths, up to the character that ends it. */
static bool read_thousandths(const char **text, uint64_t *ret)
{
    const char *p = *text;
    uint64_t whole = 0, scale = 1000;

    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        whole = whole * 10 + (uint64_t)(*p - '0');
        if (whole > UINT64_C(1000000000000))
            return false;
    }
    whole *= 1000;
    if (*p == '.')
        p++;
    for (; *p >= '0' && *p <= '9'; p++) {
        scale /= 10;
        whole += scale * (uint64_t)(*p - '0');
    }
    *text = p;
    *ret = whole;
    return true;
}

static bool read_interval(const char *text, struct reach_rate *ret)
{
    uint64_t from, to;

    if (!read_thousandths(&text, &from) || *text++ != '-' || !read_thousandths(&text, &to) ||
        *text || to > UINT32_MAX || from > to)
        return false;
    ret->from_ms = (uint32_t)from;
    ret->to_ms = (uint32_t)to;
    return true;
}

static void read_retransmits(const struct line *l, struct reach_rate *ret)
{
    /* [5] 0.00-1.00 sec 27.4 MBytes 229862 Kbits/sec 3 205 KBytes */
    if (l->count >= 8 && text_parse_u64(l->fields[7], UINT32_MAX, &ret->retransmits) < 0)
        ret->retransmits = 0;
}

int reach_parse_rate(const char *line, size_t len, struct reach_rate *ret)
{
    struct reach_rate rate = {0};
    struct line l;
    const char *number, *last;
    uint64_t thousandths;

    if (!split(line, len, &l) || strcmp(l.fields[2], "sec") != 0 ||
        strcmp(l.fields[6], "Kbits/sec") != 0 || !read_interval(l.fields[1], &rate))
        return -ENOENT;
    number = l.fields[5];
    if (!read_thousandths(&number, &thousandths) || *number)
        return -ENOENT;
    rate.bits_per_second = thousandths; /* thousandths of a kilobit */
    read_retransmits(&l, &rate);
    last = l.fields[l.count - 1];
    if (strcmp(last, "sender") == 0)
        rate.type = REACH_RATE_SENT;
    else if (strcmp(last, "receiver") == 0)
        rate.type = REACH_RATE_RECEIVED;
    *ret = rate;
    return 0;
}
