#include "cli_internal.h"

#include <ctype.h>
#include <stdlib.h>

/* Resources as tables, JSON, YAML, or just ids. */

void cli_print_json(FILE *out, const json_t *value)
{
    json_dumpf(value, out, JSON_INDENT(2) | JSON_ENCODE_ANY);
    fputc('\n', out);
}

static void add_scalar(struct buf *b, const json_t *value)
{
    const char *key;
    json_t *item;
    size_t n = 0;
    char *text;

    if (json_is_string(value)) {
        buf_puts(b, json_string_value(value));
    } else if (json_is_object(value)) {
        json_object_foreach ((json_t *)value, key, item) {
            buf_printf(b, "%s%s=", n++ ? "," : "", key);
            cli_cell_text(b, item);
        }
    } else if (!json_is_null(value)) {
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        buf_puts(b, text ? text : "");
        free(text);
    }
}

void cli_cell_text(struct buf *b, const json_t *value)
{
    const json_t *item;
    size_t i;

    if (!json_is_array(value)) {
        add_scalar(b, value);
        return;
    }
    json_array_foreach (value, i, item) {
        if (i)
            buf_puts(b, json_is_object(item) ? "; " : ",");
        add_scalar(b, item);
    }
}

/* cloudAddresses -> CLOUD ADDRESSES */
static void add_head(struct cli_table *t, const char *name)
{
    struct buf *cell = cli_table_cell(t);

    for (; cell && *name; name++) {
        char c = (char)toupper((unsigned char)*name);

        if (isupper((unsigned char)*name))
            buf_puts(cell, " ");
        buf_add(cell, &c, 1);
    }
}

static void add_cell(struct cli_table *t, const json_t *value)
{
    struct buf *cell = cli_table_cell(t);

    if (cell)
        cli_cell_text(cell, value);
    if (cell && !cell->len)
        buf_puts(cell, "-");
}

/* As it is. */
static void add_text(struct cli_table *t, const char *text)
{
    struct buf *cell = cli_table_cell(t);

    if (cell)
        buf_puts(cell, text);
}

void cli_table_add_head(const struct cli *cli, struct cli_table *t,
                        const struct model_field *const *columns)
{
    for (size_t i = 0; i < t->columns; i++) {
        if (cli->lang == WORDS_ZH)
            add_text(t, columns[i]->label[WORDS_ZH]);
        else
            add_head(t, columns[i]->name);
    }
}

void cli_table_add_row(struct cli_table *t, const struct model_field *const *columns,
                       const json_t *resource)
{
    for (size_t i = 0; i < t->columns; i++)
        add_cell(t, json_object_get(resource, columns[i]->name));
}

static void print_table(struct cli *cli, struct cli_table *t)
{
    if (t->failed)
        (void)cli_out_of_memory(cli);
    else
        cli_table_print(t, cli->out);
    cli_table_done(t);
}

size_t cli_columns_of(const struct model_kind *kind, const struct model_field *ret[CLI_COLUMNS_MAX])
{
    const struct model_field *tables[] = {model_common_fields(kind), kind->fields};
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        for (const struct model_field *f = tables[i]; f->name; f++) {
            if ((f->flags & MODEL_COLUMN) && count < CLI_COLUMNS_MAX)
                ret[count++] = f;
        }
    }
    return count;
}

static void print_ids(struct cli *cli, const json_t *items)
{
    const json_t *item;
    size_t i;

    json_array_foreach (items, i, item)
        fprintf(cli->out, "%s\n", model_str(item, "id"));
}

/* Lines of a log or routes have none, and are shown as a table. */
static bool has_ids(const json_t *items)
{
    return json_object_get(json_array_get(items, 0), "id");
}

void cli_print_machine(struct cli *cli, const json_t *value)
{
    if (cli->output == CLI_YAML)
        cli_print_yaml(cli->out, value);
    else
        cli_print_json(cli->out, value);
}

void cli_print_secret(struct cli *cli, const json_t *answer, const char *member)
{
    if (cli->output == CLI_JSON || cli->output == CLI_YAML)
        cli_print_machine(cli, answer);
    else
        fprintf(cli->out, "%s\n", model_str(answer, member));
}

/* {"items": [...]} in the machine's formats, with the kind of all if they are resources. */
static bool print_items(struct cli *cli, const struct model_kind *kind, const json_t *items)
{
    json_t *all;

    if (cli->output != CLI_JSON && cli->output != CLI_YAML)
        return false;
    all = json_pack("{s:s*, s:O}", "kind", kind ? kind->name : NULL, "items", items);
    cli_print_machine(cli, all);
    json_decref(all);
    return true;
}

static void print_resource(struct cli *cli, const struct model_kind *kind, const json_t *resource)
{
    json_t *all = json_pack("{s:s}", "kind", kind->name);

    json_object_update(all, (json_t *)resource);
    cli_print_machine(cli, all);
    json_decref(all);
}

void cli_show_list(struct cli *cli, const struct model_kind *kind, const json_t *items)
{
    const struct model_field *columns[CLI_COLUMNS_MAX];
    struct cli_table t = {.columns = cli_columns_of(kind, columns)};
    const json_t *item;
    size_t i;

    if (print_items(cli, kind, items))
        return;
    if (cli->output == CLI_ONLY_ID) {
        print_ids(cli, items);
        return;
    }
    cli_table_add_head(cli, &t, columns);
    json_array_foreach (items, i, item)
        cli_table_add_row(&t, columns, item);
    print_table(cli, &t);
}

void cli_show_rows(struct cli *cli, const struct cli_column *columns, const json_t *items)
{
    struct cli_table t = {0};
    const json_t *item;
    size_t i;

    if (print_items(cli, NULL, items))
        return;
    if (cli->output == CLI_ONLY_ID && (!json_array_size(items) || has_ids(items))) {
        print_ids(cli, items);
        return;
    }
    for (; columns[t.columns].key; t.columns++)
        add_text(&t, cli_word(cli, columns[t.columns].head));
    json_array_foreach (items, i, item) {
        for (size_t c = 0; c < t.columns; c++)
            add_cell(&t, json_object_get(item, columns[c].key));
    }
    print_table(cli, &t);
}

/* Descriptors of the members of an object, for their labels. Both NULL: there are none. */
struct labels {
    const struct model_field *tables[2];
};

static const struct model_field *find_field(const struct labels *l, const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(l->tables); i++) {
        for (const struct model_field *f = l->tables[i]; f && f->name; f++) {
            if (strcmp(f->name, key) == 0)
                return f;
        }
    }
    return NULL;
}

/* One line per leaf: objects are entered, lists of objects take a line per element. */
static void add_lines(struct cli_table *t, const struct labels *labels, const char *path,
                      const json_t *value)
{
    const char *key;
    json_t *item;
    char inner[256];
    size_t i;

    if (json_is_object(value) && json_object_size(value)) {
        json_object_foreach ((json_t *)value, key, item) {
            const struct model_field *f = find_field(labels, key);
            struct labels of_member = {{f && f->type == MODEL_OBJECT ? f->fields : NULL}};

            (void)text_printf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "",
                              f ? f->label[WORDS_ZH] : key);
            add_lines(t, &of_member, inner, item);
        }
        return;
    }
    if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
        json_array_foreach (value, i, item) {
            (void)text_printf(inner, sizeof(inner), "%s[%zu]", path, i);
            add_text(t, inner);
            add_cell(t, item);
        }
        return;
    }
    add_text(t, path);
    add_cell(t, value);
}

void cli_show_one(struct cli *cli, const struct model_kind *kind, const json_t *resource)
{
    struct labels labels = {{NULL}};
    struct cli_table t = {.columns = 2};

    switch (cli->output) {
    case CLI_ONLY_ID:
        fprintf(cli->out, "%s\n", model_str(resource, "id"));
        break;
    case CLI_JSON:
    case CLI_YAML:
        print_resource(cli, kind, resource);
        break;
    default:
        if (cli->lang == WORDS_ZH)
            labels = (struct labels){{model_common_fields(kind), kind->fields}};
        add_lines(&t, &labels, "", resource);
        print_table(cli, &t);
        break;
    }
}
