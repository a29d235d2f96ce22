#include "hex.h"

#include <stdio.h>
#include <strings.h>

/* ---- from text ---- */

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 1123: labels of letters, digits and inner hyphens; also a name of one label. */
static bool is_domain(const char *text)
{
    size_t len = strlen(text), label = 0;

    if (len < 1 || len > 253)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.') {
            if (!label || text[i - 1] == '-')
                return false;
            label = 0;
        } else if (is_alnum(text[i]) || text[i] == '_' || (text[i] == '-' && label)) {
            if (++label > 63)
                return false;
        } else {
            return false;
        }
    }
    return label && text[len - 1] != '-';
}

static bool is_email(const char *text)
{
    const char *at = strchr(text, '@');

    if (!at || at == text || !is_domain(at + 1))
        return false;
    for (const char *c = text; c < at; c++) {
        if (*c <= 0x20 || *c > 0x7e)
            return false;
    }
    return true;
}

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e)
            return false;
    }
    return true;
}

static int take(uint8_t type, const char *text, struct ident *ret)
{
    size_t len = strlen(text);

    if (!len || len > sizeof(ret->data))
        return -EINVAL;
    ret->type = type;
    ret->len = (uint16_t)len;
    memcpy(ret->data, text, len);
    return 0;
}

static int take_hex(uint8_t type, const char *text, struct ident *ret)
{
    size_t len;

    if (hex_parse(text, strlen(text), ret->data, sizeof(ret->data), &len) < 0 || !len)
        return -EINVAL;
    ret->type = type;
    ret->len = (uint16_t)len;
    return 0;
}

static int take_address(uint8_t type, const char *text, struct ident *ret)
{
    struct addr a;

    if (addr_parse(text, &a) < 0 || (a.family == ADDR_IPV6) != (type == IDENT_IPV6))
        return -EINVAL;
    ret->type = type;
    ret->len = (uint16_t)addr_len(&a);
    memcpy(ret->data, a.bytes, ret->len);
    return 0;
}

/* "fqdn:10.0.0.1" is a name: some devices send their address as one, and others whatever they are
 * called. */
static int take_name(uint8_t type, const char *text, struct ident *ret)
{
    return is_printable(text) ? take(type, text, ret) : -EINVAL;
}

static int take_key_id(uint8_t type, const char *text, struct ident *ret)
{
    return text_starts_with(text, "0x") ? take_hex(type, text + 2, ret) : take(type, text, ret);
}

static int take_dn(uint8_t type, const char *text, struct ident *ret)
{
    size_t len;

    if (dn_parse(text, ret->data, sizeof(ret->data), &len) < 0)
        return -EINVAL;
    ret->type = type;
    ret->len = (uint16_t)len;
    return 0;
}

static const struct stated {
    const char *name;
    uint8_t type;
    int (*take)(uint8_t type, const char *text, struct ident *ret); /* NULL: only as bytes */
    const char *hex; /* what stands before hexadecimal digits */
} stated[] = {
    {"ipv4", IDENT_IPV4, take_address, "#"},
    {"ipv6", IDENT_IPV6, take_address, "#"},
    {"fqdn", IDENT_FQDN, take_name, "#"},
    {"email", IDENT_EMAIL, take_name, "#"},
    {"dn", IDENT_DN, take_dn, "#"},
    {"gn", IDENT_GN, NULL, "#"},
    {"keyid", IDENT_KEY_ID, take_key_id, "0x"},
};

/* The type that begins the text, which is behind it then; NULL: it states none. */
static const struct stated *stated_in(const char **text)
{
    for (size_t i = 0; i < ARRAY_SIZE(stated); i++) {
        size_t len = strlen(stated[i].name);

        if (strncmp(*text, stated[i].name, len) == 0 && (*text)[len] == ':') {
            *text += len + 1;
            return &stated[i];
        }
    }
    return NULL;
}

/* "12#0102" */
static int parse_numbered(const char *text, struct ident *ret)
{
    size_t digits = strspn(text, "0123456789");
    char number[4] = "";
    uint64_t type;

    if (!digits || digits >= sizeof(number) || text[digits] != '#')
        return -EINVAL;
    memcpy(number, text, digits);
    if (text_parse_u64(number, UINT8_MAX, &type) < 0 || !type)
        return -EINVAL;
    return take_hex((uint8_t)type, text + digits + 1, ret);
}

static bool all_digits_and_dots(const char *text)
{
    return text[strspn(text, "0123456789.")] == 0;
}

static int guess(const char *text, struct ident *ret)
{
    struct addr a;

    if (addr_parse(text, &a) == 0)
        return take_address(a.family == ADDR_IPV6 ? IDENT_IPV6 : IDENT_IPV4, text, ret);
    if (is_email(text))
        return take(IDENT_EMAIL, text, ret);
    /* "10.0.0.256" is a mistyped address, not a name. */
    return !all_digits_and_dots(text) && is_domain(text) ? take(IDENT_FQDN, text, ret) : -EINVAL;
}

int ident_parse(const char *text, struct ident *ret)
{
    struct ident id = {0};
    const struct stated *s = stated_in(&text);
    int r;

    if (s && s->hex[0] == '#' && text[0] == '#')
        r = take_hex(s->type, text + 1, &id);
    else if (s)
        r = s->take ? s->take(s->type, text, &id) : -EINVAL;
    else
        r = text_starts_with(text, "id:") ? parse_numbered(text + 3, &id) : guess(text, &id);
    if (r == 0)
        *ret = id;
    return r;
}

/* ---- to text ---- */

static const struct stated *stated_of(uint8_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(stated); i++) {
        if (stated[i].type == type)
            return &stated[i];
    }
    return NULL;
}

const char *ident_type_name(uint8_t type)
{
    const struct stated *s = stated_of(type);

    return s ? s->name : NULL;
}

static bool write_address(const struct ident *id, char *ret)
{
    struct addr a = {.family = id->type == IDENT_IPV6 ? ADDR_IPV6 : ADDR_IPV4};

    if (id->len != addr_len(&a))
        return false;
    memcpy(a.bytes, id->data, id->len);
    addr_format(&a, ret);
    return true;
}

static bool write_value(const struct ident *id, char *ret, size_t cap)
{
    if (id->type == IDENT_IPV4 || id->type == IDENT_IPV6)
        return write_address(id, ret);
    if (id->type == IDENT_DN)
        return dn_format(id->data, id->len, ret, cap);
    memcpy(ret, id->data, id->len);
    ret[id->len] = 0;
    return strlen(ret) == id->len && is_printable(ret);
}

static bool reads_back(const char *text, const struct ident *id)
{
    struct ident back;

    if (ident_parse(text, &back) < 0 || back.type != id->type)
        return false;
    if (id->type == IDENT_DN) /* a string in it may have another type */
        return dn_equal(back.data, back.len, id->data, id->len);
    return back.len == id->len && memcmp(back.data, id->data, id->len) == 0;
}

static const char *write_hex(const struct ident *id, char buf[IDENT_TEXT_MAX])
{
    const struct stated *s = stated_of(id->type);
    int pos = s ? snprintf(buf, IDENT_TEXT_MAX, "%s:%s", s->name, s->hex)
                : snprintf(buf, IDENT_TEXT_MAX, "id:%u#", id->type);

    for (size_t i = 0; i < id->len; i++)
        pos += snprintf(buf + pos, IDENT_TEXT_MAX - (size_t)pos, "%02x", id->data[i]);
    return buf;
}

const char *ident_format(uint8_t type, const uint8_t *data, size_t len, char buf[IDENT_TEXT_MAX])
{
    struct ident id = {.type = type, .len = (uint16_t)MIN(len, IDENT_DATA_MAX)};
    char value[IDENT_TEXT_MAX - 8]; /* of the longest "keyid:" */
    const char *name = ident_type_name(type);

    if (id.len)
        memcpy(id.data, data, id.len);
    if (name && write_value(&id, value, sizeof(value))) {
        if (reads_back(value, &id)) {
            (void)text_copy(buf, IDENT_TEXT_MAX, value);
            return buf;
        }
        snprintf(buf, IDENT_TEXT_MAX, "%s:%s", name, value);
        if (reads_back(buf, &id))
            return buf;
    }
    return write_hex(&id, buf);
}

/* ---- compared ---- */

bool ident_equal(uint8_t type_a, const uint8_t *a, size_t len_a, uint8_t type_b, const uint8_t *b,
                 size_t len_b)
{
    if (type_a != type_b)
        return false;
    if (type_a == IDENT_DN)
        return dn_equal(a, len_a, b, len_b);
    if (len_a != len_b)
        return false;
    if (len_a == 0)
        return true;
    return type_a == IDENT_FQDN || type_a == IDENT_EMAIL
               ? strncasecmp((const char *)a, (const char *)b, len_a) == 0
               : memcmp(a, b, len_a) == 0;
}
