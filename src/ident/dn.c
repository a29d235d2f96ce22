#include "dn_names.h"
#include "dn_read.h"
#include "hex.h"

#include <strings.h>

/* ---- compared ---- */

static bool is_string(uint8_t tag)
{
    return tag == DER_UTF8 || tag == DER_PRINTABLE || tag == DER_IA5 || tag == DER_T61;
}

static bool attributes_equal(const struct dn_attribute *a, const struct dn_attribute *b)
{
    if (a->first != b->first || a->oid_len != b->oid_len ||
        memcmp(a->oid, b->oid, a->oid_len) != 0 || a->value_len != b->value_len)
        return false;
    if (is_string(a->tag) && is_string(b->tag))
        return strncasecmp((const char *)a->value, (const char *)b->value, a->value_len) == 0;
    return a->tag == b->tag && memcmp(a->value, b->value, a->value_len) == 0;
}

bool dn_equal(const uint8_t *a, size_t len_a, const uint8_t *b, size_t len_b)
{
    struct dn_attribute x, y;
    struct dn_reader in_a, in_b;
    int more_a, more_b;

    if (len_a == len_b && (len_a == 0 || memcmp(a, b, len_a) == 0))
        return true;
    if (dn_reader_init(&in_a, a, len_a) < 0 || dn_reader_init(&in_b, b, len_b) < 0)
        return false;
    do {
        more_a = dn_reader_next(&in_a, &x);
        more_b = dn_reader_next(&in_b, &y);
        if (more_a < 0 || more_a != more_b || (more_a && !attributes_equal(&x, &y)))
            return false;
    } while (more_a);
    return true;
}

/* ---- to text ---- */

static void add_hex(const uint8_t *data, size_t len, struct buf *out)
{
    buf_puts(out, "#");
    for (size_t i = 0; i < len; i++)
        buf_printf(out, "%02x", data[i]);
}

/* RFC 4514, 2.4 */
static void add_escaped(const struct dn_attribute *a, struct buf *out)
{
    for (size_t i = 0; i < a->value_len; i++) {
        uint8_t c = a->value[i];
        bool edge = i == 0 || i + 1 == a->value_len;

        if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\%02x", c);
        else if (strchr(",+\"\\<>;=", c) || (c == ' ' && edge) || (c == '#' && i == 0))
            buf_printf(out, "\\%c", c);
        else
            buf_add(out, &c, 1);
    }
}

static bool add_attribute(const struct dn_attribute *a, struct buf *out)
{
    if (out->len)
        buf_puts(out, a->first ? "," : "+");
    if (!dn_oid_format(a->oid, a->oid_len, out))
        return false;
    buf_puts(out, "=");
    if (is_string(a->tag) && a->tag != DER_T61 && a->value_len &&
        text_is_utf8((const char *)a->value, a->value_len))
        add_escaped(a, out);
    else
        add_hex(a->whole, a->whole_len, out);
    return true;
}

bool dn_format(const uint8_t *der, size_t len, char *ret, size_t cap)
{
    struct dn_attribute a;
    struct buf out = {0};
    struct dn_reader in;
    int more = dn_reader_init(&in, der, len);
    bool done;

    if (more < 0)
        return false;
    while ((more = dn_reader_next(&in, &a)) > 0) {
        if (!add_attribute(&a, &out))
            more = -EBADMSG;
        if (more < 0)
            break;
    }
    done = more == 0 && out.len && !out.failed && text_copy(ret, cap, buf_text(&out)) == 0;
    buf_done(&out);
    return done;
}

/* ---- from text ---- */

/* Written from the end, so that each length is known when it is due. */
struct backwards {
    uint8_t *start;
    uint8_t *pos;
    bool full;
};

static void prepend(struct backwards *w, const void *data, size_t len)
{
    if (w->full || len > (size_t)(w->pos - w->start)) {
        w->full = true;
        return;
    }
    w->pos -= len;
    if (len)
        memcpy(w->pos, data, len);
}

/* Tag and length before the content that ends at `end`. */
static void wrap(struct backwards *w, uint8_t tag, const uint8_t *end)
{
    size_t len = (size_t)(end - w->pos);
    uint8_t head[4] = {tag, (uint8_t)len};
    size_t n = 2;

    if (len >= 0x100) {
        head[1] = 0x82;
        head[2] = (uint8_t)(len >> 8);
        head[3] = (uint8_t)len;
        n = 4;
    } else if (len >= 0x80) {
        head[1] = 0x81;
        head[2] = (uint8_t)len;
        n = 3;
    }
    prepend(w, head, n);
}

/* An attribute as it stands in the text. */
struct written {
    const char *name, *value;
    size_t name_len, value_len; /* of the value with its escapes */
    bool joined;                /* to the one before, by '+' */
};

static const char *skip_blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* Up to a comma or plus that no backslash stands before. */
static size_t value_length(const char *value)
{
    size_t n = 0;

    while (value[n] && value[n] != ',' && value[n] != '+')
        n += value[n] == '\\' && value[n + 1] ? 2 : 1;
    return n;
}

/* Blanks at its end, but an escaped one. */
static size_t trim(const char *value, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (value[i] == '\\')
            i++;
        else if (value[i] == ' ')
            continue;
        kept = i + 1;
    }
    return MIN(kept, n);
}

/* *at is behind it and what separates it from the next. */
static int cut_attribute(const char **at, struct written *ret)
{
    struct written w = {.name = skip_blanks(*at)};
    size_t n = strcspn(w.name, "=,+");

    if (w.name[n] != '=')
        return -EINVAL;
    w.value = skip_blanks(w.name + n + 1);
    w.name_len = trim(w.name, n);
    n = value_length(w.value);
    w.value_len = trim(w.value, n);
    if (!w.name_len || !w.value_len)
        return -EINVAL;
    *at = w.value + n;
    *ret = w;
    return 0;
}

/* "\," is a comma, "\2c" as well. */
static int unescape(const struct written *w, uint8_t *ret, size_t cap, size_t *ret_len)
{
    size_t n = 0;

    for (size_t i = 0; i < w->value_len; i++) {
        char c = w->value[i];

        if (n == cap)
            return -ENOSPC;
        if (c == '\\' && ++i == w->value_len)
            return -EINVAL;
        if (c == '\\' && i + 1 < w->value_len && hex_digit(w->value[i]) >= 0 &&
            hex_digit(w->value[i + 1]) >= 0) {
            ret[n++] = (uint8_t)(hex_digit(w->value[i]) << 4 | hex_digit(w->value[i + 1]));
            i++;
        } else if (c == '\\' && !strchr(",+\"\\<>;= #", w->value[i])) {
            return -EINVAL;
        } else {
            ret[n++] = (uint8_t)w->value[i];
        }
    }
    *ret_len = n;
    return 0;
}

static bool is_printable_string(const uint8_t *value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!((value[i] >= 'a' && value[i] <= 'z') || (value[i] >= 'A' && value[i] <= 'Z') ||
              (value[i] >= '0' && value[i] <= '9') ||
              (value[i] && strchr(" '()+,-./:=?", value[i]))))
            return false;
    }
    return true;
}

static bool is_ascii(const uint8_t *value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (value[i] >= 0x80)
            return false;
    }
    return true;
}

/* As certificates and other IKE daemons write them: PrintableString where that will do. */
static uint8_t string_type(const uint8_t *oid, size_t oid_len, const uint8_t *value, size_t len)
{
    if (dn_oid_is_ia5(oid, oid_len) && is_ascii(value, len))
        return DER_IA5;
    return is_printable_string(value, len) ? DER_PRINTABLE : DER_UTF8;
}

static int put_value(struct backwards *out, const struct written *w, const uint8_t *oid,
                     size_t oid_len)
{
    const uint8_t *end = out->pos;
    uint8_t value[IDENT_DATA_MAX];
    size_t len;
    int r;

    if (w->value[0] == '#') {
        r = hex_parse(w->value + 1, w->value_len - 1, value, sizeof(value), &len);
        if (r == 0)
            prepend(out, value, len); /* whether it is one is seen when the whole is read */
        return r;
    }
    r = unescape(w, value, sizeof(value), &len);
    if (r == 0 && !text_is_utf8((const char *)value, len))
        r = -EINVAL;
    if (r < 0)
        return r;
    prepend(out, value, len);
    wrap(out, string_type(oid, oid_len, value, len), end);
    return 0;
}

static int put_attribute(struct backwards *out, const struct written *w)
{
    const uint8_t *end = out->pos, *value;
    uint8_t oid[DN_OID_MAX];
    size_t oid_len;
    int r = dn_oid_parse(w->name, w->name_len, oid, &oid_len);

    if (r == 0)
        r = put_value(out, w, oid, oid_len);
    if (r < 0)
        return r;
    value = out->pos;
    prepend(out, oid, oid_len);
    wrap(out, DER_OID, value);
    wrap(out, DER_SEQUENCE, end);
    return 0;
}

#define ATTRIBUTES_MAX 32

static int cut(const char *text, struct written ret[ATTRIBUTES_MAX], size_t *ret_count)
{
    size_t n = 0;
    bool joined = false;

    do {
        if (n == ATTRIBUTES_MAX || cut_attribute(&text, &ret[n]) < 0)
            return -EINVAL;
        ret[n++].joined = joined;
        joined = *text == '+';
    } while (*text++);
    *ret_count = n;
    return 0;
}

static bool is_name(const uint8_t *der, size_t len)
{
    struct dn_attribute a;
    struct dn_reader in;
    int more = dn_reader_init(&in, der, len);

    if (more < 0)
        return false;
    do
        more = dn_reader_next(&in, &a);
    while (more > 0);
    return more == 0;
}

int dn_parse(const char *text, uint8_t *ret, size_t cap, size_t *ret_len)
{
    struct written all[ATTRIBUTES_MAX];
    uint8_t der[IDENT_DATA_MAX];
    struct backwards out = {.start = der, .pos = der + sizeof(der)};
    const uint8_t *end = out.pos, *rdn = out.pos;
    size_t count = 0;
    int r = cut(text, all, &count);

    for (size_t i = count; r == 0 && i-- > 0;) {
        r = put_attribute(&out, &all[i]);
        if (all[i].joined)
            continue;
        wrap(&out, DER_SET, rdn);
        rdn = out.pos;
    }
    wrap(&out, DER_SEQUENCE, end);
    if (r < 0)
        return r;
    if (out.full || (size_t)(end - out.pos) > cap)
        return -ENOSPC;
    *ret_len = (size_t)(end - out.pos);
    if (!is_name(out.pos, *ret_len))
        return -EINVAL;
    memcpy(ret, out.pos, *ret_len);
    return 0;
}
