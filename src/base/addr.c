#include "base.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

struct addr addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    return (struct addr){.family = ADDR_IPV4, .bytes = {a, b, c, d}};
}

size_t addr_len(const struct addr *a)
{
    return a->family == ADDR_IPV4 ? 4 : a->family == ADDR_IPV6 ? 16 : 0;
}

unsigned addr_bits(const struct addr *a)
{
    return (unsigned)addr_len(a) * 8;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->bytes, b->bytes, addr_len(a));
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
    return addr_cmp(a, b) == 0;
}

bool addr_is_any(const struct addr *a)
{
    static const uint8_t zero[16];

    return memcmp(a->bytes, zero, addr_len(a)) == 0;
}

struct addr addr_add(const struct addr *a, uint64_t n)
{
    struct addr sum = *a;
    unsigned carry = 0;

    for (size_t i = addr_len(a); i-- > 0 && (n || carry); n >>= 8) {
        carry += sum.bytes[i] + (uint8_t)n;
        sum.bytes[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return sum;
}

int addr_parse(const char *text, struct addr *ret)
{
    struct addr a = {0};

    if (inet_pton(AF_INET, text, a.bytes) == 1)
        a.family = ADDR_IPV4;
    else if (inet_pton(AF_INET6, text, a.bytes) == 1)
        a.family = ADDR_IPV6;
    else
        return -EINVAL;
    *ret = a;
    return 0;
}

/* inet_ntop() takes ten times as long, and no text is made as often. */
static void format_v4(const uint8_t bytes[4], char *at)
{
    for (int i = 0; i < 4; i++) {
        if (bytes[i] >= 100)
            *at++ = (char)('0' + bytes[i] / 100);
        if (bytes[i] >= 10)
            *at++ = (char)('0' + bytes[i] / 10 % 10);
        *at++ = (char)('0' + bytes[i] % 10);
        *at++ = i < 3 ? '.' : 0;
    }
}

const char *addr_format(const struct addr *a, char buf[ADDR_TEXT_MAX])
{
    buf[0] = 0;
    if (a->family == ADDR_IPV4)
        format_v4(a->bytes, buf);
    else if (a->family == ADDR_IPV6)
        (void)inet_ntop(AF_INET6, a->bytes, buf, ADDR_TEXT_MAX);
    return buf;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

const char *endpoint_format(const struct endpoint *e, char buf[ENDPOINT_TEXT_MAX])
{
    char text[ADDR_TEXT_MAX];

    snprintf(buf, ENDPOINT_TEXT_MAX, e->addr.family == ADDR_IPV6 ? "[%s]:%u" : "%s:%u",
             addr_format(&e->addr, text), e->port);
    return buf;
}

struct addr prefix_mask(const struct prefix *p)
{
    struct addr mask = {.family = p->addr.family};

    for (unsigned i = 0; i < addr_len(&mask); i++) {
        unsigned bits = p->len > i * 8 ? MIN(p->len - i * 8, 8U) : 0;

        mask.bytes[i] = (uint8_t)(0xff00U >> bits);
    }
    return mask;
}

struct prefix prefix_make(const struct addr *a, uint8_t len)
{
    struct prefix p = {.addr = *a, .len = (uint8_t)MIN(len, addr_bits(a))};
    struct addr mask = prefix_mask(&p);

    for (size_t i = 0; i < sizeof(p.addr.bytes); i++)
        p.addr.bytes[i] &= mask.bytes[i];
    return p;
}

struct addr addr_within(const struct addr *a, const struct prefix *p)
{
    struct addr mask = prefix_mask(p), ret = *a;

    for (size_t i = 0; i < sizeof(ret.bytes); i++)
        ret.bytes[i] = (uint8_t)((a->bytes[i] & ~mask.bytes[i]) | p->addr.bytes[i]);
    return ret;
}

int prefix_parse(const char *text, struct prefix *ret)
{
    char head[ADDR_TEXT_MAX];
    const char *slash = strchr(text, '/');
    struct prefix p;
    struct addr a;
    uint64_t len;

    if (!slash || (size_t)(slash - text) >= sizeof(head))
        return -EINVAL;
    memcpy(head, text, (size_t)(slash - text));
    head[slash - text] = 0;
    if (addr_parse(head, &a) < 0 || text_parse_u64(slash + 1, addr_bits(&a), &len) < 0)
        return -EINVAL;
    if (slash[1] == '0' && slash[2])
        return -EINVAL; /* 10.0.0.0/08 has two readings */
    p = prefix_make(&a, (uint8_t)len);
    if (!addr_equal(&p.addr, &a))
        return -EDOM;
    *ret = p;
    return 0;
}

const char *prefix_format(const struct prefix *p, char buf[PREFIX_TEXT_MAX])
{
    char text[ADDR_TEXT_MAX];

    snprintf(buf, PREFIX_TEXT_MAX, "%s/%u", addr_format(&p->addr, text), p->len);
    return buf;
}

int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
    int order = addr_cmp(&a->addr, &b->addr);

    return order ? order : (int)a->len - (int)b->len;
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
    return prefix_cmp(a, b) == 0;
}

bool prefix_contains_addr(const struct prefix *p, const struct addr *a)
{
    unsigned whole = p->len / 8, rest = p->len % 8;

    if (p->addr.family != a->family || memcmp(p->addr.bytes, a->bytes, whole) != 0)
        return false;
    return rest == 0 || (p->addr.bytes[whole] ^ a->bytes[whole]) >> (8 - rest) == 0;
}

bool prefix_contains(const struct prefix *outer, const struct prefix *inner)
{
    return inner->len >= outer->len && prefix_contains_addr(outer, &inner->addr);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
    return prefix_contains(a, b) || prefix_contains(b, a);
}

struct addr prefix_last(const struct prefix *p)
{
    struct addr mask = prefix_mask(p), last = p->addr;

    for (size_t i = 0; i < addr_len(&last); i++)
        last.bytes[i] |= (uint8_t)~mask.bytes[i];
    return last;
}
