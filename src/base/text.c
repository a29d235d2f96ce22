#include "base.h"

#include <stdio.h>

int text_copy(char *dst, size_t size, const char *src)
{
    size_t len = strlen(src);

    if (len >= size) {
        if (!size)
            return -ENAMETOOLONG;
        len = size - 1;
        while (len > 0 && ((uint8_t)src[len] & 0xc0) == 0x80)
            len--; /* not in the middle of a character: what is left must still be UTF-8 */
        memcpy(dst, src, len);
        dst[len] = 0;
        return -ENAMETOOLONG;
    }
    memcpy(dst, src, len + 1);
    return 0;
}

/* The length of the well-formed sequence at text, or 0. Table 3-7 of the Unicode standard. */
static size_t utf8_sequence(const uint8_t *text, size_t len)
{
    uint8_t first = text[0], low = 0x80, high = 0xbf;
    size_t n;

    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    n = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (n > len)
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++) {
        if (text[i] < 0x80 || text[i] > 0xbf)
            return 0;
    }
    return n;
}

bool text_is_utf8(const char *text, size_t len)
{
    size_t n;

    for (; len; text += n, len -= n) {
        n = utf8_sequence((const uint8_t *)text, len);
        if (!n)
            return false;
    }
    return true;
}

void text_make_utf8(char *text)
{
    size_t len = strlen(text), n;

    for (; len; text += n, len -= n) {
        n = utf8_sequence((const uint8_t *)text, len);
        if (!n) {
            *text = '?';
            n = 1;
        }
    }
}

/* Takes a character away whose rest was cut off: at most three bytes, the first of them a lead
 * byte. */
static void drop_begun(char *text)
{
    size_t len = strlen(text), n = 0;

    while (n < MIN(len, 3) && ((uint8_t)text[len - 1 - n] & 0xc0) == 0x80)
        n++;
    if (n < len && (uint8_t)text[len - 1 - n] >= 0xc0 &&
        !utf8_sequence((const uint8_t *)text + len - 1 - n, n + 1))
        text[len - 1 - n] = 0;
}

int text_vprintf(char *dst, size_t size, const char *fmt, va_list args)
{
    bool cut;
    int n;

    if (!size)
        return -ENAMETOOLONG;
    n = vsnprintf(dst, size, fmt, args);
    if (n < 0)
        dst[0] = 0;
    cut = n < 0 || (size_t)n >= size;
    if (cut)
        drop_begun(dst);
    text_make_utf8(dst);
    return cut ? -ENAMETOOLONG : 0;
}

int text_printf(char *dst, size_t size, const char *fmt, ...)
{
    va_list args;
    int r;

    va_start(args, fmt);
    r = text_vprintf(dst, size, fmt, args);
    va_end(args);
    return r;
}

size_t text_utf8_count(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

int text_parse_u64(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t n = 0;

    if (!*text)
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *text - '0', &n))
            return -ERANGE;
    }
    if (n > max)
        return -ERANGE;
    *ret = n;
    return 0;
}

bool text_starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool mem_equal_ct(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t diff = 0;

    for (size_t i = 0; i < len; i++)
        diff |= (uint8_t)(x[i] ^ y[i]);
    return diff == 0;
}
