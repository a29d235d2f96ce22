#include "json_text.h"

#include <stdio.h>

static void quote(struct buf *out, const char *text)
{
    char escape[8];

    buf_add(out, "\"", 1);
    while (*text) {
        size_t plain = 0;

        while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' && text[plain] != '\\')
            plain++;
        buf_add(out, text, plain);
        text += plain;
        if (!*text)
            break;
        snprintf(escape, sizeof(escape), (unsigned char)*text < 0x20 ? "\\u%04x" : "\\%c", *text);
        buf_puts(out, escape);
        text++;
    }
    buf_add(out, "\"", 1);
}

/* What stands before a value: a comma unless it is the first, and its name. */
static void begin(struct buf *out, const char *name)
{
    uint8_t last = out->len ? out->data[out->len - 1] : '{';

    if (last != '{' && last != '[')
        buf_add(out, ",", 1);
    if (name) {
        quote(out, name);
        buf_add(out, ":", 1);
    }
}

void json_text_open(struct buf *out, const char *name, char bracket)
{
    begin(out, name);
    buf_add(out, &bracket, 1);
}

void json_text_close(struct buf *out, char bracket)
{
    buf_add(out, &bracket, 1);
}

void json_text_string(struct buf *out, const char *name, const char *value)
{
    begin(out, name);
    quote(out, value ? value : "");
}

void json_text_int(struct buf *out, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    begin(out, name);
    buf_puts(out, text);
}

void json_text_bool(struct buf *out, const char *name, bool value)
{
    begin(out, name);
    buf_puts(out, value ? "true" : "false");
}

void json_text_addr(struct buf *out, const char *name, const struct addr *value)
{
    char text[ADDR_TEXT_MAX];

    json_text_string(out, name, addr_format(value, text));
}

void json_text_prefix(struct buf *out, const char *name, const struct prefix *value)
{
    char text[PREFIX_TEXT_MAX];

    json_text_string(out, name, prefix_format(value, text));
}
