#include "base.h"

#include <stdio.h>
#include <stdlib.h>

void buf_done(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_wipe(struct buf *b)
{
    if (b->data)
        explicit_bzero(b->data, b->cap);
    buf_done(b);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = 0;
}

void *buf_extend(struct buf *b, size_t len)
{
    void *at;

    if (b->failed)
        return NULL;
    if (len > SIZE_MAX / 4 || b->len + len + 1 > b->cap) {
        size_t cap = MAX(b->cap * 2, b->len + len + 1);
        uint8_t *grown = len > SIZE_MAX / 4 ? NULL : malloc(MAX(cap, 64U));

        if (!grown) {
            b->failed = true;
            return NULL;
        }
        /* Not realloc: the old bytes may be secret and must not linger where it moved from. */
        if (b->data) {
            memcpy(grown, b->data, b->len);
            explicit_bzero(b->data, b->cap);
            free(b->data);
        }
        b->data = grown;
        b->cap = MAX(cap, 64U);
    }
    at = b->data + b->len;
    b->len += len;
    b->data[b->len] = 0;
    return at;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    void *at = buf_extend(b, len);

    if (at && len)
        memcpy(at, data, len);
}

void buf_puts(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    char small[512];
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(small, sizeof(small), fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(small)) {
        buf_add(b, small, (size_t)n);
    } else if (n >= 0) {
        char *at = buf_extend(b, (size_t)n);

        if (at)
            vsnprintf(at, (size_t)n + 1, fmt, again);
    } else {
        b->failed = true;
    }
    va_end(again);
}

const char *buf_text(const struct buf *b)
{
    return b->data ? (const char *)b->data : "";
}
