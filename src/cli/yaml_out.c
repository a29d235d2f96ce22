#include "cli_internal.h"

#include <ctype.h>

/* JSON values as YAML in block style. */

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

static void print_text(FILE *out, const char *text)
{
    json_t *quoted;

    if (is_plain(text)) {
        fputs(text, out);
        return;
    }
    quoted = json_string(text);
    json_dumpf(quoted, out, JSON_ENCODE_ANY); /* a JSON string is a YAML double-quoted one */
    json_decref(quoted);
}

static void print_value(FILE *out, const json_t *value, int indent);

static bool is_inline(const json_t *value)
{
    return (!json_is_object(value) || !json_object_size(value)) &&
           (!json_is_array(value) || !json_array_size(value));
}

static void print_object(FILE *out, const json_t *value, int indent, bool first_in_place)
{
    const char *key;
    json_t *item;

    json_object_foreach ((json_t *)value, key, item) {
        if (!first_in_place)
            fprintf(out, "%*s", indent, "");
        first_in_place = false;
        print_text(out, key);
        fputc(':', out);
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
