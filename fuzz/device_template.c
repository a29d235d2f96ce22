/* Hostile identities, keys and descriptions through the templates, and hostile templates through
 * the parser. A value is refused, or it cannot add a line, end its quotes or become another one. */
#include <stdlib.h>

#include "../tests/unit/device/lab.h"
#include "escape.h"
#include "ident.h"
#include "template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_template(const uint8_t *data, size_t size)
{
    struct template *t = malloc(sizeof(*t));
    struct template_error error;

    if (t && template_parse((const char *)data, size, t, &error) == 0) {
        for (size_t i = 0; i < t->node_count; i++) { /* every section ends behind its begin */
            bool section = t->nodes[i].type == TEMPLATE_SECTION ||
                           t->nodes[i].type == TEMPLATE_IF || t->nodes[i].type == TEMPLATE_IF_NOT;

            if (section && (t->nodes[i].end <= i || t->nodes[i].end >= t->node_count))
                abort();
        }
    }
    free(t);
}

/* ---- what an escape wrote is read back as its syntax reads it ---- */

static void add_byte(struct buf *out, uint8_t byte)
{
    buf_add(out, &byte, 1);
}

/* "...", with a backslash that takes the next byte as it is. */
static bool read_string(const char *text, struct buf *out)
{
    if (*text++ != '"')
        return false;
    for (; *text && *text != '"'; text++) {
        if (*text == '\\')
            text++;
        add_byte(out, (uint8_t)*text);
    }
    return *text == '"' && !text[1];
}

static bool read_shell(const char *text, struct buf *out)
{
    bool quoted = false;

    for (; *text; text++) {
        if (*text == '\'')
            quoted = !quoted;
        else if (!quoted && *text == '\\' && text[1])
            add_byte(out, (uint8_t) * ++text);
        else if (!quoted)
            return false;
        else
            add_byte(out, (uint8_t)*text);
    }
    return !quoted;
}

static int digit(char c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

static bool read_hex(const char *text, struct buf *out)
{
    for (; *text; text += 2) {
        if (digit(text[0]) < 0 || digit(text[1]) < 0)
            return false;
        add_byte(out, (uint8_t)(digit(text[0]) << 4 | digit(text[1])));
    }
    return true;
}

static bool read_routeros(const char *text, struct buf *out)
{
    if (*text++ != '"')
        return false;
    for (; *text && *text != '"'; text++) {
        if (strchr("$?", *text))
            return false;
        if (*text != '\\') {
            add_byte(out, (uint8_t)*text);
        } else {
            if (digit(text[1]) < 0 || digit(text[2]) < 0)
                return false;
            add_byte(out, (uint8_t)(digit(text[1]) << 4 | digit(text[2])));
            text += 2;
        }
    }
    return *text == '"' && !text[1];
}

static bool read_yaml(const char *text, struct buf *out)
{
    if (*text++ != '"')
        return false;
    for (; *text && *text != '"'; text++) {
        if (*text == '\\' && text[1] == 'x') {
            if (digit(text[2]) < 0 || digit(text[3]) < 0)
                return false;
            add_byte(out, (uint8_t)(digit(text[2]) << 4 | digit(text[3])));
            text += 3;
        } else {
            text += *text == '\\';
            add_byte(out, (uint8_t)*text);
        }
    }
    return *text == '"' && !text[1];
}

/* No quotes, no blanks, nothing that a command line acts on. */
static bool read_word(const char *text, struct buf *out)
{
    if (!*text || text[strcspn(text, " \t\"'`\\$?!|;<>(){}#")])
        return false;
    buf_puts(out, text);
    return true;
}

static bool read_key(const char *text, struct buf *out)
{
    if (text_starts_with(text, "0x"))
        return read_hex(text + 2, out);
    return !strpbrk(text, "\\$`'") && read_string(text, out);
}

static bool read_ios_key(const char *text, struct buf *out)
{
    return text_starts_with(text, "hex ") ? read_hex(text + 4, out) : read_word(text, out);
}

static bool read_junos_key(const char *text, struct buf *out)
{
    if (text_starts_with(text, "hexadecimal "))
        return read_hex(text + strlen("hexadecimal "), out);
    return text_starts_with(text, "ascii-text ") && !strchr(text, '\\') &&
           read_string(text + strlen("ascii-text "), out);
}

static bool read_vyos(const char *text, struct buf *out)
{
    return !strpbrk(text, "\"\\") && read_shell(text, out);
}

static bool read_panos(const char *text, struct buf *out)
{
    return !strchr(text, '\\') && read_string(text, out);
}

static bool read_bird(const char *text, struct buf *out)
{
    size_t len = strlen(text);

    if (len < 3 || text[0] != '"' || strchr(text + 1, '"') != text + len - 1)
        return false;
    buf_add(out, text + 1, len - 2);
    return true;
}

static void check_escapes(const uint8_t *data, size_t size)
{
    static const struct {
        const char *escape;
        bool (*read)(const char *text, struct buf *out);
    } readers[] = {
        {"string", read_string},       {"shell", read_shell}, {"routeros", read_routeros},
        {"yaml", read_yaml},           {"word", read_word},   {"key-word", read_word},
        {"aws-key", read_word},        {"key", read_key},     {"ios-key", read_ios_key},
        {"junos-key", read_junos_key}, {"vyos", read_vyos},   {"panos", read_panos},
        {"bird", read_bird},
    };

    for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
        const struct device_escape *e =
            device_find_escape(readers[i].escape, strlen(readers[i].escape));
        struct buf out = {0}, back = {0};

        if (e->write(data, size, &out)) {
            if (memchr(out.data, '\n', out.len) || memchr(out.data, 0, out.len) ||
                !readers[i].read(buf_text(&out), &back) || back.len != size ||
                (size && memcmp(back.data, data, size) != 0))
                abort();
        }
        buf_done(&out);
        buf_done(&back);
    }
}

/* ---- the whole ---- */

static size_t lines_of(const struct buf *text)
{
    size_t lines = 0;

    for (size_t i = 0; i < text->len; i++) {
        lines += text->data[i] == '\n';
        if ((text->data[i] < 0x20 && text->data[i] != '\n') || text->data[i] == 0x7f)
            abort();
    }
    return lines;
}

/* As many lines with the hostile values as with harmless ones. */
static void ask(const struct lab_case *hostile, const char *platform)
{
    struct lab_case tame = *hostile;
    struct device_answer a = {0}, b = {0};

    tame.psk = "harmless.key";
    tame.description = "d";
    tame.local_id = hostile->local_id ? "keyid:cloud" : NULL;
    tame.remote_id = hostile->remote_id ? "keyid:branch" : NULL;
    if (lab_ask(hostile, platform, &a) == 0 && lab_ask(&tame, platform, &b) == 0 &&
        lines_of(&a.text) != lines_of(&b.text))
        abort();
    device_answer_done(&a);
    device_answer_done(&b);
}

/* One platform for each text, or a run would be slow; the unit tests ask all of them. */
static const struct device_platform *choose(const char *text)
{
    uint64_t n = hash_bytes(text, strlen(text), 0) % 64;
    const struct device_platform *p = NULL;

    do
        p = device_next_platform(p);
    while (!p || n--);
    return p;
}

static void ask_one(const char *text)
{
    char id[300];
    struct ident parsed;
    struct lab_case c = {.psk = text, .description = text, .tunnels = 2};

    if (!*text)
        return;
    (void)text_printf(id, sizeof(id), "keyid:%s", text);
    if (ident_parse(id, &parsed) == 0 && strlen(text) % 2)
        c.local_id = c.remote_id = id;
    c.connection = strlen(text) % 3 ? "'routing': 'static'" : "'routing': 'bgp'";
    ask(&c, choose(text)->id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[256];

    parse_template(data, size);
    if (size >= sizeof(text))
        return 0;
    check_escapes(data, size);
    memcpy(text, data, size);
    text[size] = 0;
    text_make_utf8(text);
    ask_one(text);
    return 0;
}
