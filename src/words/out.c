#include "words_internal.h"

#include <inttypes.h>
#include <stdio.h>

void words_put(struct words_out *out, const char *bytes, size_t len)
{
    size_t room = out->size - 1 - out->len;

    if (out->full)
        return;
    if (len > room) {
        len = room;
        out->full = true;
    }
    memcpy(out->buf + out->len, bytes, len);
    out->len += len;
}

void words_puts(struct words_out *out, const char *text)
{
    words_put(out, text, strlen(text));
}

size_t words_cut(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

void words_finish(struct words_out *out)
{
    if (out->full && out->size > 3) {
        out->len = words_cut(out->buf, out->len, out->size - 4);
        memcpy(out->buf + out->len, "...", 3);
        out->len += 3;
    }
    out->buf[out->len] = 0;
}

const char *words_scalar(const struct words_arg *arg, char buf[WORDS_SCALAR_MAX])
{
    switch (arg->type) {
    case WORDS_SIGNED:
        snprintf(buf, WORDS_SCALAR_MAX, "%" PRId64, arg->integer);
        return buf;
    case WORDS_UNSIGNED:
        snprintf(buf, WORDS_SCALAR_MAX, "%" PRIu64, arg->natural);
        return buf;
    case WORDS_ADDR:
        return addr_format(arg->addr, buf);
    case WORDS_PREFIX:
        return prefix_format(arg->prefix, buf);
    default:
        return NULL;
    }
}
