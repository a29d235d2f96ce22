#include "cli_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include <yaml.h>

/* YAML to JSON values. Plain scalars follow YAML 1.2's core schema, so that "no" and "1.2.3.4" are
 * texts. Aliases are copied; the count of values is limited so that nested ones cannot explode. */

#define MAX_DEPTH  64
#define MAX_VALUES 200000

struct reader {
    yaml_document_t *document;
    struct buf *why;
    size_t values;
};

static void write_why(struct buf *why, const struct words *m)
{
    char text[WORDS_TEXT_MAX];

    buf_puts(why, words_write(m, text, sizeof(text)));
}

static int refuse(struct reader *r, const yaml_node_t *node, const struct words *what)
{
    write_why(r->why, SAY(COMMAND_YAML_LINE, node->start_mark.line + 1, what));
    return -EINVAL;
}

static bool parse_integer(const char *text, json_t **ret)
{
    const char *digits = text + (*text == '-' || *text == '+');
    long long n;

    if (!*digits || digits[strspn(digits, "0123456789")] || (digits[0] == '0' && digits[1]))
        return false;
    errno = 0;
    n = strtoll(text, NULL, 10);
    if (errno)
        return false;
    *ret = json_integer(n);
    return true;
}

static bool parse_real(const char *text, json_t **ret)
{
    size_t digits = strspn(text + (*text == '-'), "0123456789");
    char *end;
    double n;

    if (!digits || (digits > 1 && text[*text == '-'] == '0') ||
        text[strspn(text, "-+0123456789.eE")])
        return false;
    n = strtod(text, &end);
    *ret = *end ? NULL : json_real(n);
    return *ret;
}

/* null, Null or NULL, but not nULL. */
static bool is_word(const char *text, const char *word)
{
    size_t upper = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    return strcasecmp(text, word) == 0 && (upper <= 1 || !text[upper]) &&
           !strpbrk(text + upper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static json_t *plain_scalar(const char *text)
{
    json_t *made = NULL;

    if (!*text || strcmp(text, "~") == 0 || is_word(text, "null"))
        return json_null();
    if (is_word(text, "true") || is_word(text, "false"))
        return json_boolean(tolower((unsigned char)text[0]) == 't');
    if (parse_integer(text, &made) || parse_real(text, &made))
        return made;
    return json_string(text);
}

static int read_scalar(struct reader *r, const yaml_node_t *node, json_t **ret)
{
    const char *text = (const char *)node->data.scalar.value;
    json_t *made;

    if (strlen(text) != node->data.scalar.length)
        return refuse(r, node, SAY(COMMAND_YAML_NUL));
    made =
        node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? plain_scalar(text) : json_string(text);
    if (!made)
        return refuse(r, node, SAY(COMMAND_YAML_TEXT));
    *ret = made;
    return 0;
}

static int read_node(struct reader *r, int index, unsigned depth, json_t **ret);

static int read_sequence(struct reader *r, const yaml_node_t *node, unsigned depth, json_t **ret)
{
    json_t *made = json_array();
    int err = made ? 0 : -ENOMEM;

    for (yaml_node_item_t *i = node->data.sequence.items.start;
         !err && i < node->data.sequence.items.top; i++) {
        json_t *item = NULL;

        err = read_node(r, *i, depth + 1, &item);
        if (!err && json_array_append_new(made, item))
            err = -ENOMEM;
    }
    if (err)
        json_decref(made);
    else
        *ret = made;
    return err;
}

static int read_mapping(struct reader *r, const yaml_node_t *node, unsigned depth, json_t **ret)
{
    json_t *made = json_object();
    int err = made ? 0 : -ENOMEM;

    for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
         !err && p < node->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = yaml_document_get_node(r->document, p->key);
        json_t *value = NULL;
        const char *name;

        if (!key || key->type != YAML_SCALAR_NODE)
            err = refuse(r, node, SAY(COMMAND_YAML_KEY));
        name = err ? "" : (const char *)key->data.scalar.value;
        if (!err && json_object_get(made, name))
            err = refuse(r, key, SAY(COMMAND_YAML_KEY_TWICE));
        if (!err)
            err = read_node(r, p->value, depth + 1, &value);
        if (!err && json_object_set_new(made, name, value))
            err = refuse(r, key, SAY(COMMAND_YAML_KEY_UTF8));
    }
    if (err)
        json_decref(made);
    else
        *ret = made;
    return err;
}

static int read_node(struct reader *r, int index, unsigned depth, json_t **ret)
{
    const yaml_node_t *node = yaml_document_get_node(r->document, index);

    if (!node)
        return -EINVAL;
    if (depth > MAX_DEPTH || ++r->values > MAX_VALUES)
        return refuse(r, node, SAY(COMMAND_YAML_TOO_LARGE));
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return read_scalar(r, node, ret);
    case YAML_SEQUENCE_NODE:
        return read_sequence(r, node, depth, ret);
    case YAML_MAPPING_NODE:
        return read_mapping(r, node, depth, ret);
    default:
        return refuse(r, node, SAY(COMMAND_YAML_ODD));
    }
}

static int say_syntax(const yaml_parser_t *p, struct buf *why)
{
    size_t line = p->problem_mark.line + 1;

    write_why(why, p->problem ? SAY(COMMAND_YAML_LINE, line, p->problem)
                              : SAY(COMMAND_YAML_LINE, line, SAY(COMMAND_YAML_SYNTAX)));
    return -EINVAL;
}

/* 1 when a document was read, 0 at the end. */
static int read_document(yaml_parser_t *parser, struct buf *why, json_t *all)
{
    yaml_document_t document;
    struct reader r = {.document = &document, .why = why};
    const yaml_node_t *root;
    json_t *value = NULL;
    int err;

    if (!yaml_parser_load(parser, &document))
        return say_syntax(parser, why);
    root = yaml_document_get_root_node(&document);
    if (!root) {
        yaml_document_delete(&document);
        return 0;
    }
    err = read_node(&r, 1, 0, &value); /* libyaml counts nodes from 1: the root */
    yaml_document_delete(&document);
    if (!err && json_is_null(value)) /* "---" with nothing after it */
        json_decref(value);
    else if (!err && json_array_append_new(all, value))
        err = -ENOMEM;
    return err ? err : 1;
}

static bool is_too_deep(const json_t *value, unsigned depth)
{
    const char *key;
    json_t *item;
    size_t i;

    if (depth > MAX_DEPTH)
        return true;
    json_array_foreach ((json_t *)value, i, item) {
        if (is_too_deep(item, depth + 1))
            return true;
    }
    json_object_foreach ((json_t *)value, key, item) {
        if (is_too_deep(item, depth + 1))
            return true;
    }
    return false;
}

/* JSON is YAML almost, but libyaml does not take characters beyond U+FFFF as two escapes. NULL
 * leaves the text to libyaml, which then also says what is wrong with it. */
static json_t *parse_json(const char *text, size_t len)
{
    json_t *made = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

    if (made && is_too_deep(made, 0)) {
        json_decref(made);
        made = NULL;
    }
    return made;
}

int cli_parse_yaml(const char *text, size_t len, json_t **ret, struct buf *why)
{
    json_t *all = json_array(), *json = parse_json(text, len);
    yaml_parser_t parser;
    int r;

    if (all && json && json_array_append(all, json) == 0) {
        json_decref(json);
        *ret = all;
        return 0;
    }
    json_decref(json);
    if (!all || !yaml_parser_initialize(&parser)) {
        json_decref(all);
        write_why(why, SAY(COMMAND_OUT_OF_MEMORY));
        return -EINVAL;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    do {
        r = read_document(&parser, why, all);
    } while (r > 0);
    yaml_parser_delete(&parser);
    if (r < 0) {
        json_decref(all);
        if (!why->len)
            write_why(why, SAY(COMMAND_OUT_OF_MEMORY));
        return -EINVAL;
    }
    *ret = all;
    return 0;
}
