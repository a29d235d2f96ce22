#include "cli_internal.h"

#include <stdlib.h>

/* list --watch: what is there, then a line for each change, over cut connections. */
struct watching {
    struct cli *cli;
    const struct model_kind *kind;
    const json_t *filters;           /* [[path, value]], borrowed */
    struct model_selector *selector; /* or NULL; it stands among the filters, too */
    json_t *known;                   /* id -> resource, also of those that the filters leave out */
    json_t *shown;                   /* id -> [cells] of those that were shown */
    const char *sort_by;             /* of the first list */
    bool listed;                     /* the list was shown */
    const struct model_field *columns[CLI_COLUMNS_MAX];
    size_t column_count, widths[CLI_COLUMNS_MAX];
    bool failed; /* out of memory */
};

/* What could never match is a mistake. */
static int take_filters(struct watching *w)
{
    const json_t *filter;
    size_t i;

    json_array_foreach (w->filters, i, filter) {
        const char *path = json_string_value(json_array_get(filter, 0));
        const char *text = json_string_value(json_array_get(filter, 1));
        struct model_error error = {0};
        struct words_read rule;
        int r;

        if (strcmp(path, "selector") == 0)
            r = model_selector_check(text, &w->selector, &error);
        else
            r = model_filter_check(w->kind, path, text, &error);
        if (r < 0)
            r = cli_fail(w->cli, CLI_USAGE, words_read(error.rule, &rule));
        model_error_done(&error);
        if (r)
            return r;
    }
    return CLI_OK;
}

static bool passes(const struct watching *w, const json_t *resource)
{
    const json_t *filter;
    size_t i;

    if (w->selector && !model_selector_match_json(w->selector, resource))
        return false;
    json_array_foreach (w->filters, i, filter) {
        const char *path = json_string_value(json_array_get(filter, 0));

        if (strcmp(path, "selector") != 0 &&
            !model_filter_match(w->kind, resource, path,
                                json_string_value(json_array_get(filter, 1))))
            return false;
    }
    return true;
}

/* ---- showing ---- */

static bool is_machine(const struct watching *w)
{
    return w->cli->output == CLI_JSON || w->cli->output == CLI_YAML;
}

/* One document a change: a line in JSON. */
static void print_document(struct watching *w, const char *event, const json_t *resource)
{
    json_t *doc =
        json_pack("{s:s, s:s, s:O}", "event", event, "kind", w->kind->name, "resource", resource);

    if (w->cli->output == CLI_YAML) {
        fputs("---\n", w->cli->out);
        cli_print_yaml(w->cli->out, doc);
    } else {
        json_dumpf(doc, w->cli->out, JSON_COMPACT);
        fputc('\n', w->cli->out);
    }
    json_decref(doc);
}

/* What a row shows, to be compared. New. */
static json_t *cells_of(const struct watching *w, const json_t *resource)
{
    json_t *cells = json_array();

    for (size_t i = 0; i < w->column_count; i++) {
        json_t *value = json_object_get(resource, w->columns[i]->name);

        (void)json_array_append_new(cells, value ? json_deep_copy(value) : json_null());
    }
    return cells;
}

static void print_row(struct watching *w, const json_t *resource)
{
    struct cli_table t = {.columns = w->column_count};

    cli_table_add_row(&t, w->columns, resource);
    w->failed |= t.failed;
    if (!t.failed)
        cli_table_print_from(&t, 0, w->widths, w->cli->out);
    cli_table_done(&t);
}

static void print_list(struct watching *w)
{
    struct cli_table t = {.columns = w->column_count};
    json_t *items = json_array(), *resource;
    const char *id;
    size_t i;

    json_object_foreach (w->known, id, resource) {
        if (json_object_get(w->shown, id))
            w->failed |= json_array_append(items, resource) < 0;
    }
    w->failed |= cli_sort(w->cli, w->kind, w->sort_by, items) != CLI_OK;
    cli_table_add_head(w->cli, &t, w->columns);
    json_array_foreach (items, i, resource)
        cli_table_add_row(&t, w->columns, resource);
    json_decref(items);
    w->failed |= t.failed;
    if (!t.failed)
        cli_table_print_from(&t, 0, w->widths, w->cli->out);
    cli_table_done(&t);
}

/* It is (still) among those that the list shows. A table has a new row if one of its cells is
 * another. */
static void show(struct watching *w, const char *id, const json_t *resource)
{
    json_t *cells = cells_of(w, resource);
    bool same = json_equal(cells, json_object_get(w->shown, id));

    w->failed |= json_object_set_new(w->shown, id, cells) < 0;
    if (is_machine(w))
        print_document(w, "put", resource);
    else if (w->cli->output == CLI_ONLY_ID && !same)
        fprintf(w->cli->out, "%s\n", id);
    else if (w->cli->output == CLI_TABLE && w->listed && !same)
        print_row(w, resource);
}

/* The id may be that of w->shown itself. */
static void show_gone(struct watching *w, const char *id, bool deleted)
{
    if (!json_object_get(w->shown, id))
        return;
    if (is_machine(w)) {
        json_t *only = json_pack("{s:s}", "id", id);

        print_document(w, "delete", only);
        json_decref(only);
    } else if (w->cli->output == CLI_TABLE) {
        const char *kind = cli_noun(w->cli, w->kind);

        cli_line(w->cli, w->cli->out, "",
                 deleted ? SAY(COMMAND_IS_DELETED, kind, id)
                         : SAY(COMMAND_MATCHES_NO_MORE, kind, id));
    }
    (void)json_object_del(w->shown, id);
}

/* ---- events ---- */

static void look_at(struct watching *w, const char *id)
{
    const json_t *resource = json_object_get(w->known, id);

    if (passes(w, resource))
        show(w, id, resource);
    else
        show_gone(w, id, false);
}

static void end_list(struct watching *w)
{
    if (!w->listed && w->cli->output == CLI_TABLE)
        print_list(w);
    w->listed = true;
}

static void forget(struct watching *w, const char *id)
{
    if (json_object_del(w->known, id) == 0)
        show_gone(w, id, true);
}

/* The list begins again: whatever it does not name is gone. What it does comes again, and is no
 * news if it looks as it did. */
static void begin_list(struct watching *w)
{
    json_object_clear(w->known);
}

static void drop_unlisted(struct watching *w)
{
    const char *id;
    json_t *cells;
    void *next;

    json_object_foreach_safe (w->shown, next, id, cells) {
        if (!json_object_get(w->known, id))
            show_gone(w, id, true);
    }
}

static bool take(void *arg, const char *name, const json_t *event)
{
    struct watching *w = arg;
    const char *resource_id = model_str(event, "id");

    if (strcmp(name, "list") == 0) {
        begin_list(w);
    } else if (strcmp(name, "put") == 0) {
        w->failed |= json_object_set(w->known, resource_id, json_object_get(event, "resource")) < 0;
        look_at(w, resource_id);
    } else if (strcmp(name, "status") == 0 && json_object_get(w->known, resource_id)) {
        w->failed |= json_object_update(json_object_get(w->known, resource_id),
                                        json_object_get(event, "status")) < 0;
        look_at(w, resource_id);
    } else if (strcmp(name, "delete") == 0) {
        forget(w, resource_id);
    } else if (strcmp(name, "listed") == 0) {
        drop_unlisted(w);
        end_list(w);
    }
    return !w->failed;
}

/* ---- the connection ---- */

static int follow_on(struct watching *w)
{
    struct cli *cli = w->cli;
    struct buf path = {0};
    int r;

    buf_printf(&path, "/v1/watch?collection=%s", w->kind->collection);
    if (w->kind->id != MODEL_REGION) {
        buf_puts(&path, "&region=");
        cli_url_add(&path, cli->region);
    }
    r = cli_follow_on(cli, buf_text(&path), take, w);
    buf_done(&path);
    return r;
}

int cli_watch(struct cli *cli, const struct model_kind *kind, const json_t *filters,
              const char *sort_by)
{
    struct watching w = {.cli = cli,
                         .kind = kind,
                         .filters = filters,
                         .sort_by = sort_by,
                         .known = json_object(),
                         .shown = json_object()};
    json_t *nothing = json_array();
    int r = w.known && w.shown && nothing ? CLI_OK : cli_out_of_memory(cli);

    w.column_count = cli_columns_of(kind, w.columns);
    if (!r)
        r = cli_sort(cli, kind, sort_by, nothing); /* whether it can be */
    if (!r)
        r = take_filters(&w);
    if (!r)
        r = follow_on(&w);
    model_selector_free(w.selector);
    json_decref(nothing);
    json_decref(w.known);
    json_decref(w.shown);
    return r;
}
