#include "cli_internal.h"

#include <ctype.h>
#include <stdlib.h>

/* JSON values as YAML in block style. */

#define KEY_MAX (1024 / 8) /* bytes: YAML allows 1024 characters, and one byte may become six */

/* A text that YAML reads back as the same text without quotes. Strict: what might be taken for a
 * number, a truth, null or syntax is quoted. */
static bool is_plain(const char *text)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no",
                                        "on",   "off",   "y",    "n"};

    if (!isalpha((unsigned char)text[0]))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcasecmp(words[i], text) == 0)
            return false;
    }
    for (; *text; text++) {
        if (!isalnum((unsigned char)*text) && !strchr("-_./", *text))
            return false;
    }
    return true;
}

/* What YAML reads as a line break or not at all when it stands there as it is: DEL, the C1
 * controls, U+2028 and U+2029, the byte order mark, U+FFFE and U+FFFF. The bytes of one such
 * character, or 0. */
static size_t needs_escape(const uint8_t *c, unsigned *ret)
{
    if (c[0] == 0x7f) {
        *ret = c[0];
        return 1;
    }
    if (c[0] == 0xc2 && c[1] < 0xa0) {
        *ret = c[1];
        return 2;
    }
    if ((c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9)) ||
        (c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf) ||
        (c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe)) {
        *ret = (c[0] & 0x0fU) << 12 | (c[1] & 0x3fU) << 6 | (c[2] & 0x3fU);
        return 3;
    }
    return 0;
}

/* A JSON string is a YAML double-quoted one, but for the characters above. */
static void print_quoted(FILE *out, const char *text)
{
    json_t *string = json_string(text);
    char *json = json_dumps(string, JSON_ENCODE_ANY);

    for (const uint8_t *c = (const uint8_t *)json; c && *c;) {
        unsigned code;
        size_t n = needs_escape(c, &code);

        if (n)
            fprintf(out, "\\u%04x", code);
        else
            fputc(*c, out);
        c += n ? n : 1;
    }
    free(json);
    json_decref(string);
}

static void print_text(FILE *out, const char *text)
{
    if (is_plain(text))
        fputs(text, out);
    else
        print_quoted(out, text);
}

static void print_value(FILE *out, const json_t *value, int indent);

static bool is_inline(const json_t *value)
{
    return (!json_is_object(value) || !json_object_size(value)) &&
           (!json_is_array(value) || !json_array_size(value));
}

/* With the colon behind it. A key that is longer than YAML lets one be is marked as a key. */
static void print_key(FILE *out, const char *key, int indent)
{
    bool marked = strlen(key) > KEY_MAX;

    if (marked)
        fputs("? ", out);
    print_text(out, key);
    if (marked)
        fprintf(out, "\n%*s", indent, "");
    fputc(':', out);
}

static void print_object(FILE *out, const json_t *value, int indent, bool first_in_place)
{
    const char *key;
    json_t *item;

    json_object_foreach ((json_t *)value, key, item) {
        if (!first_in_place)
            fprintf(out, "%*s", indent, "");
        first_in_place = false;
        print_key(out, key, indent);
        if (is_inline(item))
            fputc(' ', out);
        else
            fputc('\n', out);
        print_value(out, item, json_is_array(item) ? indent : indent + 2);
    }
}

static void print_array(FILE *out, const json_t *value, int indent)
{
    const json_t *item;
    size_t i;

    json_array_foreach (value, i, item) {
        fprintf(out, "%*s- ", indent, "");
        if (json_is_object(item) && json_object_size(item)) {
            print_object(out, item, indent + 2, true);
        } else if (is_inline(item)) {
            print_value(out, item, 0);
        } else {
            fputc('\n', out);
            print_value(out, item, indent + 2);
        }
    }
}

static void print_value(FILE *out, const json_t *value, int indent)
{
    if (json_is_object(value) && json_object_size(value)) {
        print_object(out, value, indent, false);
    } else if (json_is_array(value) && json_array_size(value)) {
        print_array(out, value, indent);
    } else if (json_is_string(value)) {
        print_text(out, json_string_value(value));
        fputc('\n', out);
    } else {
        json_dumpf(value, out, JSON_ENCODE_ANY);
        fputc('\n', out);
    }
}

void cli_print_yaml(FILE *out, const json_t *value)
{
    print_value(out, value, 0);
}
