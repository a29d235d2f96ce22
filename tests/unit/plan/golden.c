#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#define LINE_MAX_WIDTH 156

/* ---- YAML in ---- */

static json_t *from_scalar(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    uint64_t n;

    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
            return json_boolean(text[0] == 't');
        if (text_parse_u64(text, INT64_MAX, &n) == 0)
            return json_integer((json_int_t)n);
    }
    return json_string(text);
}

static json_t *from_node(yaml_document_t *doc, int index)
{
    const yaml_node_t *node = yaml_document_get_node(doc, index);
    json_t *out;

    if (node->type == YAML_SCALAR_NODE)
        return from_scalar(node);
    if (node->type == YAML_SEQUENCE_NODE) {
        out = json_array();
        for (yaml_node_item_t *i = node->data.sequence.items.start;
             i < node->data.sequence.items.top; i++)
            json_array_append_new(out, from_node(doc, *i));
        return out;
    }
    out = json_object();
    for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
         p++) {
        const yaml_node_t *key = yaml_document_get_node(doc, p->key);

        json_object_set_new(out, (const char *)key->data.scalar.value, from_node(doc, p->value));
    }
    return out;
}

json_t *golden_load(const char *path)
{
    yaml_parser_t parser;
    yaml_document_t doc;
    json_t *out = NULL;
    FILE *f = fopen(path, "r");

    if (!f || !yaml_parser_initialize(&parser)) {
        perror(path);
        return NULL;
    }
    yaml_parser_set_input_file(&parser, f);
    if (yaml_parser_load(&parser, &doc)) {
        if (yaml_document_get_root_node(&doc))
            out = from_node(&doc, 1);
        yaml_document_delete(&doc);
    } else {
        fprintf(stderr, "%s:%zu: %s\n", path, parser.problem_mark.line + 1, parser.problem);
    }
    yaml_parser_delete(&parser);
    fclose(f);
    return out;
}

/* ---- readable text out ---- */

static bool is_plain(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "._-/:@";
    uint64_t n;

    return text[0] && strspn(text, plain) == strlen(text) &&
           text_parse_u64(text, UINT64_MAX, &n) < 0 && strcmp(text, "true") != 0 &&
           strcmp(text, "false") != 0;
}

static void print_line(struct buf *out, const json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_object(value)) {
        const char *separator = "{";

        json_object_foreach ((json_t *)value, key, item) {
            buf_printf(out, "%s%s: ", separator, key);
            print_line(out, item);
            separator = ", ";
        }
        buf_puts(out, json_object_size(value) ? "}" : "{}");
    } else if (json_is_array(value)) {
        buf_puts(out, "[");
        json_array_foreach (value, i, item) {
            buf_puts(out, i ? ", " : "");
            print_line(out, item);
        }
        buf_puts(out, "]");
    } else if (json_is_string(value) && is_plain(json_string_value(value))) {
        buf_puts(out, json_string_value(value));
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY);

        buf_puts(out, text);
        free(text);
    }
}

static bool try_line(struct buf *out, const json_t *value, int used)
{
    struct buf line = {0};
    bool fits;

    print_line(&line, value);
    fits = line.len + (size_t)used <= LINE_MAX_WIDTH ||
           (!json_is_object(value) && !json_is_array(value));
    if (fits)
        buf_printf(out, "%s\n", buf_text(&line));
    buf_done(&line);
    return fits;
}

void golden_print(struct buf *out, const json_t *value, int indent)
{
    const char *key;
    json_t *item;
    size_t i;

    json_object_foreach ((json_t *)value, key, item) {
        buf_printf(out, "%*s%s:", indent, "", key);
        buf_puts(out, " ");
        if (!try_line(out, item, indent + (int)strlen(key) + 2)) {
            out->data[out->len - 1] = '\n';
            golden_print(out, item, indent + 2);
        }
    }
    if (!json_is_array(value))
        return;
    json_array_foreach (value, i, item) {
        size_t dash = out->len + (size_t)indent;

        buf_printf(out, "%*s- ", indent, "");
        if (try_line(out, item, indent + 2))
            continue;
        /* The block's first line takes the dash. */
        out->len -= (size_t)indent + 2;
        golden_print(out, item, indent + 2);
        out->data[dash] = '-';
    }
}

/* ---- difference ---- */

static size_t split(const char *text, const char **lines, size_t max)
{
    size_t n = 0;

    while (*text && n < max) {
        lines[n++] = text;
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return n;
}

static bool same_line(const char *a, const char *b)
{
    size_t n = strcspn(a, "\n");

    return n == strcspn(b, "\n") && memcmp(a, b, n) == 0;
}

static void show(char mark, const char *line)
{
    fprintf(stderr, "%c %.*s\n", mark, (int)strcspn(line, "\n"), line);
}

#define LINES_MAX 2000

/* Longest common subsequence; a case has some hundred lines. */
static void show_difference(const char **a, size_t n, const char **b, size_t m)
{
    unsigned short(*common)[LINES_MAX + 1] = calloc(n + 1, sizeof(*common));
    size_t i, j;

    if (!common)
        abort();
    for (i = n; i-- > 0;) {
        for (j = m; j-- > 0;)
            common[i][j] = same_line(a[i], b[j]) ? (unsigned short)(common[i + 1][j + 1] + 1)
                                                 : MAX(common[i + 1][j], common[i][j + 1]);
    }
    i = j = 0;
    while (i < n || j < m) {
        if (i < n && j < m && same_line(a[i], b[j])) {
            i++;
            j++;
        } else if (j == m || (i < n && common[i + 1][j] >= common[i][j + 1])) {
            show('-', a[i++]);
        } else {
            show('+', b[j++]);
        }
    }
    free(common);
}

bool golden_compare(const char *name, const char *expected, const char *actual)
{
    static const char *a[LINES_MAX], *b[LINES_MAX];

    if (strcmp(expected, actual) == 0)
        return true;
    fprintf(stderr, "%s differs (- expected, + now):\n", name);
    show_difference(a, split(expected, a, LINES_MAX), b, split(actual, b, LINES_MAX));
    return false;
}
