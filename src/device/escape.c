#include "escape.h"
#include "ident.h"

/* Each is for one syntax. What it has no way to say is refused, never guessed at: the names below
 * are what templates write. Keys are bytes to all of these, and most have a way to write them in
 * hex, which says everything. */

static bool printable(const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    }
    return true;
}

/* Letters, digits and those of more. */
static bool only(const uint8_t *text, size_t len, const char *more)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t c = text[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) &&
            !(c && strchr(more, c)))
            return false;
    }
    return true;
}

static bool begins(const uint8_t *text, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static void add_hex(const uint8_t *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++)
        buf_printf(out, "%02x", text[i]);
}

/* As it is, between quotes. */
static void add_quoted(const uint8_t *text, size_t len, char quote, struct buf *out)
{
    buf_add(out, &quote, 1);
    buf_add(out, text, len);
    buf_add(out, &quote, 1);
}

/* With a backslash before each of special. */
static void add_backslashed(const uint8_t *text, size_t len, const char *special, struct buf *out)
{
    buf_puts(out, "\"");
    for (size_t i = 0; i < len; i++) {
        if (strchr(special, text[i]))
            buf_puts(out, "\\");
        buf_add(out, &text[i], 1);
    }
    buf_puts(out, "\"");
}

/* ---- in remarks: nothing is refused, what could end the remark is shown as a blank ---- */

/* U+0080 to U+009F, which terminals obey: two bytes. */
static bool is_control(const uint8_t *text, size_t len)
{
    return text[0] < 0x20 || text[0] == 0x7f ||
           (len > 1 && text[0] == 0xc2 && text[1] >= 0x80 && text[1] < 0xa0);
}

static bool write_comment(const uint8_t *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_control(text + i, len - i)) {
            buf_add(out, &text[i], 1);
        } else {
            buf_puts(out, " ");
            i += text[i] == 0xc2;
        }
    }
    return text_is_utf8((const char *)text, len);
}

/* For command lines, where '?' and '!' do something even there. */
static bool write_label(const uint8_t *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++)
        buf_add(out, only(&text[i], 1, "_-.:/,;()[] ") ? &text[i] : (const uint8_t *)"_", 1);
    return true;
}

/* ---- words without quotes ---- */

static bool write_word(const uint8_t *text, size_t len, struct buf *out)
{
    buf_add(out, text, len);
    return len && only(text, len, "._-@:/+=");
}

/* A key where there are no quotes: the rest of a word, none of which does anything in a command
 * line of Cisco's, Huawei's or H3C's kind. */
static bool is_key_word(const uint8_t *text, size_t len)
{
    return len && only(text, len, "._-@:/+=*~^%&,") && *text != '-';
}

static bool write_key_word(const uint8_t *text, size_t len, struct buf *out)
{
    buf_add(out, text, len);
    return is_key_word(text, len);
}

/* IOS: "hex 6162" if it is no such word. */
static bool write_ios_key(const uint8_t *text, size_t len, struct buf *out)
{
    if (is_key_word(text, len)) {
        buf_add(out, text, len);
    } else {
        buf_puts(out, "hex ");
        add_hex(text, len, out);
    }
    return len;
}

/* AWS: 8 to 64 letters, digits, points and underscores, the first no zero. */
static bool write_aws_key(const uint8_t *text, size_t len, struct buf *out)
{
    buf_add(out, text, len);
    return len >= 8 && len <= 64 && only(text, len, "._") && *text != '0';
}

/* ---- lines ---- */

/* A value that somebody copies by hand. */
static bool write_plain(const uint8_t *text, size_t len, struct buf *out)
{
    buf_add(out, text, len);
    return len && printable(text, len) && text[0] != ' ' && text[len - 1] != ' ';
}

/* ---- strings ---- */

/* strongSwan's settings (swanctl.conf), Junos, FortiOS. */
static bool write_string(const uint8_t *text, size_t len, struct buf *out)
{
    add_backslashed(text, len, "\"\\", out);
    return printable(text, len);
}

/* POSIX shells. */
static bool write_shell(const uint8_t *text, size_t len, struct buf *out)
{
    buf_puts(out, "'");
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'')
            buf_puts(out, "'\\''");
        else
            buf_add(out, &text[i], 1);
    }
    buf_puts(out, "'");
    return printable(text, len);
}

/* YAML 1.2, 7.3.1. */
static bool write_yaml(const uint8_t *text, size_t len, struct buf *out)
{
    buf_puts(out, "\"");
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] == 0x7f)
            buf_printf(out, "\\x%02x", text[i]);
        else if (text[i] == '"' || text[i] == '\\')
            buf_printf(out, "\\%c", text[i]);
        else
            buf_add(out, &text[i], 1);
    }
    buf_puts(out, "\"");
    return text_is_utf8((const char *)text, len);
}

/* RouterOS: any byte as \XX. */
static bool write_routeros(const uint8_t *text, size_t len, struct buf *out)
{
    buf_puts(out, "\"");
    for (size_t i = 0; i < len; i++) {
        if (only(&text[i], 1, " ._-@:/+=,"))
            buf_add(out, &text[i], 1);
        else
            buf_printf(out, "\\%02X", text[i]);
    }
    buf_puts(out, "\"");
    return true;
}

/* VyOS takes no quote inside of a value, and hands it on inside of another's quotes. */
static bool write_vyos(const uint8_t *text, size_t len, struct buf *out)
{
    add_quoted(text, len, '\'', out);
    return len && printable(text, len) && !memchr(text, '\'', len) && !memchr(text, '"', len) &&
           !memchr(text, '\\', len) && !begins(text, len, "0x") && !begins(text, len, "0s");
}

/* PAN-OS: in quotes, without any that would end them. */
static bool write_panos(const uint8_t *text, size_t len, struct buf *out)
{
    add_quoted(text, len, '"', out);
    return len && printable(text, len) && !memchr(text, '"', len) && !memchr(text, '\\', len) &&
           !memchr(text, '?', len);
}

/* BIRD: what is between quotes is what it is. */
static bool write_bird(const uint8_t *text, size_t len, struct buf *out)
{
    add_quoted(text, len, '"', out);
    return len && printable(text, len) && !memchr(text, '"', len);
}

/* ---- keys that can be hex ---- */

/* Whether a key between double quotes is one to every parser that we know. */
static bool plain_key(const uint8_t *text, size_t len)
{
    return len && only(text, len, " !#%&()*+,-./:;<=>@[]^_{|}~") && !begins(text, len, "0x") &&
           !begins(text, len, "0s") && !begins(text, len, "0t") && !begins(text, len, "0X");
}

/* strongSwan (both files), libreswan, OpenIKED, FortiOS. */
static bool write_key(const uint8_t *text, size_t len, struct buf *out)
{
    if (plain_key(text, len)) {
        add_quoted(text, len, '"', out);
    } else {
        buf_puts(out, "0x");
        add_hex(text, len, out);
    }
    return len;
}

static bool write_junos_key(const uint8_t *text, size_t len, struct buf *out)
{
    if (plain_key(text, len)) {
        buf_puts(out, "ascii-text ");
        add_quoted(text, len, '"', out);
    } else {
        buf_puts(out, "hexadecimal ");
        add_hex(text, len, out);
    }
    return len;
}

/* Our own: text, unless that would be read as the bytes it stands for. */
static bool write_ropeway_key(const uint8_t *text, size_t len, struct buf *out)
{
    if (printable(text, len) && !begins(text, len, "hex:") && !begins(text, len, "base64:"))
        return write_yaml(text, len, out);
    buf_puts(out, "\"hex:");
    add_hex(text, len, out);
    buf_puts(out, "\"");
    return len;
}

/* ---- identities, as we write them ---- */

static bool read_identity(const uint8_t *text, size_t len, struct ident *ret)
{
    struct buf copy = {0};
    bool known;

    buf_add(&copy, text, len);
    known = !copy.failed && !memchr(text, 0, len) && ident_parse(buf_text(&copy), ret) == 0;
    buf_done(&copy);
    return known;
}

static bool is_address(const struct ident *id)
{
    return (id->type == IDENT_IPV4 && id->len == 4) || (id->type == IDENT_IPV6 && id->len == 16);
}

/* strongSwan: "type:#hex" says any of them (ipsec.conf(5), IDENTITY PARSING). */
static bool write_swan_id(const uint8_t *text, size_t len, struct buf *out)
{
    static const struct {
        const char *name;
        bool plain;
    } types[] = {[IDENT_FQDN] = {"fqdn", true},
                 [IDENT_EMAIL] = {"email", true},
                 [IDENT_DN] = {"asn1dn", false},
                 [IDENT_GN] = {"asn1gn", false},
                 [IDENT_KEY_ID] = {"keyid", true}};
    char written[IDENT_TEXT_MAX];
    struct ident id;

    if (!read_identity(text, len, &id))
        return false;
    if (is_address(&id)) {
        buf_puts(out, ident_format(id.type, id.data, id.len, written));
        return true;
    }
    if (id.type >= ARRAY_SIZE(types) || !types[id.type].name)
        return false;
    buf_printf(out, "%s:", types[id.type].name);
    if (types[id.type].plain && only(id.data, id.len, "._-@")) {
        buf_add(out, id.data, id.len);
    } else {
        buf_puts(out, "#");
        add_hex(id.data, id.len, out);
    }
    return true;
}

/* libreswan: @name, @#hex of a key id, name@domain, a DN between quotes (ipsec.conf(5), leftid). */
static bool write_libreswan_id(const uint8_t *text, size_t len, struct buf *out)
{
    char dn[IDENT_TEXT_MAX];
    struct ident id;

    if (!read_identity(text, len, &id))
        return false;
    if (id.type == IDENT_KEY_ID) {
        buf_puts(out, "@#");
        add_hex(id.data, id.len, out);
        return true;
    }
    if (id.type == IDENT_DN) {
        if (!dn_format(id.data, id.len, dn, sizeof(dn)) ||
            !only((const uint8_t *)dn, strlen(dn), " ._-@:=,"))
            return false;
        add_quoted((const uint8_t *)dn, strlen(dn), '"', out);
        return true;
    }
    if (is_address(&id)) {
        buf_puts(out, ident_format(id.type, id.data, id.len, dn));
        return true;
    }
    buf_puts(out, id.type == IDENT_FQDN ? "@" : "");
    buf_add(out, id.data, id.len);
    return (id.type == IDENT_FQDN ||
            (id.type == IDENT_EMAIL && memchr(id.data, '@', id.len) && id.data[0] != '@')) &&
           only(id.data, id.len, "._-@:");
}

/* Whether a program that goes by the looks of an identity takes it for what it is. */
static bool shows_type(const struct ident *id)
{
    char text[IDENT_TEXT_MAX];

    return (id->type == IDENT_FQDN || id->type == IDENT_EMAIL || is_address(id)) &&
           !text_starts_with(ident_format(id->type, id->data, id->len, text),
                             id->type == IDENT_FQDN ? "fqdn:" : "email:");
}

/* OpenIKED goes by the looks. */
static bool write_guessed_id(const uint8_t *text, size_t len, struct buf *out)
{
    struct ident id;

    return read_identity(text, len, &id) && shows_type(&id) && write_string(text, len, out);
}

/* VyOS hands it to strongSwan, which goes by the looks unless a prefix states the type. */
static bool write_vyos_id(const uint8_t *text, size_t len, struct buf *out)
{
    struct ident id;

    if (!read_identity(text, len, &id))
        return false;
    if (shows_type(&id))
        return write_vyos(text, len, out);
    buf_puts(out, "'");
    if (!write_swan_id(text, len, out))
        return false;
    buf_puts(out, "'");
    return true;
}

/* ---- all ---- */

static const struct device_escape escapes[] = {
    {"comment", write_comment},
    {"label", write_label},
    {"word", write_word},
    {"key-word", write_key_word},
    {"ios-key", write_ios_key},
    {"aws-key", write_aws_key},
    {"plain", write_plain},
    {"string", write_string},
    {"shell", write_shell},
    {"yaml", write_yaml},
    {"routeros", write_routeros},
    {"vyos", write_vyos},
    {"panos", write_panos},
    {"bird", write_bird},
    {"key", write_key},
    {"junos-key", write_junos_key},
    {"swan-id", write_swan_id},
    {"libreswan-id", write_libreswan_id},
    {"ropeway-key", write_ropeway_key},
    {"guessed-id", write_guessed_id},
    {"vyos-id", write_vyos_id},
};

const struct device_escape *device_find_escape(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(escapes); i++) {
        if (strlen(escapes[i].name) == len && memcmp(escapes[i].name, name, len) == 0)
            return &escapes[i];
    }
    return NULL;
}

const struct device_escape *device_escapes(size_t *ret_count)
{
    *ret_count = ARRAY_SIZE(escapes);
    return escapes;
}
