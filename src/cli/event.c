#include "cli_internal.h"

#include <stdlib.h>

/* ropeway event list: what happened in a region; with --watch also what happens. */

#define LIMIT_USUAL 50
#define LIMIT_MAX   100000
#define PAGE_MAX    1000

static const struct {
    const char *flag, *parameter, *value;
    enum words_code help;
} filters[] = {
    {"resource", "resource", "ID", WORDS_COMMAND_HELP_EVENT_RESOURCE},
    {"collection", "collection", "KIND", WORDS_COMMAND_HELP_EVENT_COLLECTION},
    {"severity", "severity", "LEVEL", WORDS_COMMAND_HELP_EVENT_SEVERITY},
    {"code", "code", "CODE", WORDS_COMMAND_HELP_EVENT_CODE},
    {"since", "from", "TIME", WORDS_COMMAND_HELP_EVENT_SINCE},
    {"from", "from", "TIME", WORDS_COMMAND_HELP_AUDIT_FROM},
    {"to", "to", "TIME", WORDS_COMMAND_HELP_AUDIT_TO},
};

static const struct cli_column columns[] = {
    {"at", WORDS_COMMAND_COLUMN_AT},
    {"severity", WORDS_COMMAND_COLUMN_SEVERITY},
    {"id", WORDS_COMMAND_COLUMN_RESOURCE_ID},
    {"name", WORDS_COMMAND_COLUMN_NAME},
    {"text", WORDS_COMMAND_COLUMN_EVENT},
    {"leftOut", WORDS_COMMAND_COLUMN_LEFT_OUT},
    {0},
};

static int help(struct cli *cli)
{
    static const char *const usage[] = {"ropeway event list [FLAGS]", NULL};

    cli_line(cli, cli->out, "", SAY(COMMAND_HELP_EVENT_LIST));
    fputc('\n', cli->out);
    cli_help_usage(cli, cli->out, usage);
    cli_line(cli, cli->out, "\n", SAY(COMMAND_HELP_FLAGS));
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        char head[64];

        snprintf(head, sizeof(head), "--%s %s", filters[i].flag, filters[i].value);
        cli_help_flag(cli, cli->out, 20, head, SAY_CODE(filters[i].help));
    }
    cli_help_flag(cli, cli->out, 20, "--limit N", SAY(COMMAND_HELP_AUDIT_LIMIT, LIMIT_USUAL));
    cli_help_flag(cli, cli->out, 20, "--watch", SAY(COMMAND_HELP_EVENT_WATCH));
    cli_help_example(cli, cli->out, "ropeway event list --severity warning --since 2h");
    return CLI_OK;
}

/* ---- what is asked for ---- */

/* All of it, as texts; NULL: not given. */
struct wanted {
    char from[CLOCK_TEXT_MAX]; /* "": not given */
    const char *values[ARRAY_SIZE(filters)];
    char collection[64];
    uint64_t limit;
};

static const char *value_of(const struct wanted *w, const char *parameter)
{
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        if (w->values[i] && strcmp(filters[i].parameter, parameter) == 0)
            return w->values[i];
    }
    return NULL;
}

/* "2h": so long before now. */
static int take_since(struct cli *cli, const char *text, struct wanted *w)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t digits = strspn(text, "0123456789");
    char number[12];
    uint64_t n;

    if (digits && digits < sizeof(number) && text[digits] && !text[digits + 1]) {
        memcpy(number, text, digits);
        number[digits] = 0;
        for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
            if (units[i].unit == text[digits] && text_parse_u64(number, 10000000, &n) == 0) {
                clock_format(clock_realtime_us() - n * units[i].seconds * 1000000, w->from);
                return CLI_OK;
            }
        }
    }
    return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_SINCE, text));
}

static int take_flag(struct cli *cli, const struct cli_flag *flag, struct wanted *w)
{
    if (strcmp(flag->name, "limit") == 0) {
        if (text_parse_u64(flag->value, LIMIT_MAX, &w->limit) < 0 || !w->limit)
            return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_LIMIT, LIMIT_MAX, flag->value));
        return CLI_OK;
    }
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        int r = CLI_OK;

        if (strcmp(filters[i].flag, flag->name) != 0)
            continue;
        w->values[i] = flag->value;
        if (strcmp(flag->name, "since") == 0) {
            r = take_since(cli, flag->value, w);
            w->values[i] = w->from;
        }
        if (strcmp(flag->name, "collection") == 0) {
            const struct model_kind *kind = model_kind_by_noun(flag->value);

            w->values[i] = kind ? kind->collection : flag->value;
        }
        return r;
    }
    return cli_fail(cli, CLI_USAGE,
                    SAY(COMMAND_NO_FLAG_SEE, "event", "list", flag->name, "", "event"));
}

static int take_flags(struct cli *cli, const struct cli_args *args, struct wanted *ret)
{
    int r = CLI_OK;

    *ret = (struct wanted){.limit = LIMIT_USUAL};
    for (size_t i = 0; i < args->flag_count && !r; i++)
        r = take_flag(cli, &args->flags[i], ret);
    return r;
}

/* ---- showing ---- */

/* What stands in the table; new. */
static json_t *row_of(const json_t *event)
{
    json_t *row = json_copy((json_t *)(uintptr_t)event);

    (void)json_object_set_new(row, "id", json_string(model_str(event, "resource.id")));
    (void)json_object_set_new(row, "name", json_string(model_str(event, "resource.name")));
    return row;
}

static void show(struct cli *cli, const json_t *items)
{
    json_t *rows = json_array(), *item;
    size_t i;

    json_array_foreach ((json_t *)(uintptr_t)items, i, item)
        (void)json_array_append_new(rows, row_of(item));
    cli_show_rows(cli, columns, cli->output == CLI_TABLE ? rows : items);
    json_decref(rows);
}

/* ---- the list ---- */

static void add_filters(struct buf *path, const struct wanted *w)
{
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        if (!w->values[i] || w->values[i] != value_of(w, filters[i].parameter))
            continue;
        buf_printf(path, "&%s=", filters[i].parameter);
        cli_url_add(path, w->values[i]);
    }
}

/* Page after page until there are enough. */
static int fetch(struct cli *cli, const struct wanted *w, json_t *items)
{
    char cursor[64] = "";
    int r = CLI_OK;

    do {
        struct buf path = {0};
        json_t *page = NULL;

        buf_puts(&path, "/v1/regions/");
        cli_url_add(&path, cli->region);
        buf_printf(&path, "/events?limit=%zu",
                   MIN((size_t)w->limit - json_array_size(items), (size_t)PAGE_MAX));
        add_filters(&path, w);
        if (*cursor)
            buf_printf(&path, "&cursor=%s", cursor);
        r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &page);
        buf_done(&path);
        if (!r && (json_array_extend(items, (json_t *)model_list(page, "items")) ||
                   text_copy(cursor, sizeof(cursor), model_str(page, "next")) < 0))
            r = cli_fail(cli, CLI_REFUSED, SAY(COMMAND_LIST_UNREADABLE));
        json_decref(page);
    } while (!r && *cursor && json_array_size(items) < w->limit);
    return r;
}

static int list(struct cli *cli, const struct wanted *w)
{
    json_t *items = json_array();
    int r = fetch(cli, w, items);

    if (!r)
        show(cli, items);
    json_decref(items);
    return r;
}

/* ---- going on ---- */

struct watching {
    struct cli *cli;
    const struct wanted *wanted;
    uint64_t last; /* id of the newest event that was looked at */
    size_t widths[ARRAY_SIZE(columns)];
    bool headed;
};

static int rank(const char *severity)
{
    return strcmp(severity, "error") == 0 ? 2 : strcmp(severity, "warning") == 0 ? 1 : 0;
}

static bool equals(const struct wanted *w, const char *parameter, const char *value)
{
    const char *wanted = value_of(w, parameter);

    return !wanted || strcmp(wanted, value) == 0;
}

/* As the server judges for a list. */
static bool passes(const struct wanted *w, const json_t *event)
{
    const char *at = model_str(event, "at"), *from = value_of(w, "from"), *to = value_of(w, "to");
    const char *severity = value_of(w, "severity");

    return equals(w, "resource", model_str(event, "resource.id")) &&
           equals(w, "collection", model_str(event, "resource.collection")) &&
           equals(w, "code", model_str(event, "textCode")) &&
           (!severity || rank(model_str(event, "severity")) >= rank(severity)) &&
           (!from || strcmp(at, from) >= 0) && (!to || strcmp(at, to) < 0);
}

static void add_row(struct watching *w, struct cli_table *t, const json_t *event)
{
    json_t *row = row_of(event);

    for (size_t c = 0; c < t->columns; c++) {
        struct buf *cell = cli_table_cell(t);

        if (cell && json_object_get(row, columns[c].key))
            cli_cell_text(cell, json_object_get(row, columns[c].key));
    }
    json_decref(row);
    cli_table_print_from(t, w->headed ? 0 : 1, w->widths, w->cli->out);
}

static void print_row(struct watching *w, const json_t *event)
{
    struct cli_table t = {.columns = ARRAY_SIZE(columns) - 1};

    if (!w->headed) {
        for (size_t c = 0; c < t.columns; c++) {
            struct buf *cell = cli_table_cell(&t);

            if (cell)
                buf_puts(cell, words_template(columns[c].head, w->cli->lang));
        }
        cli_table_print_from(&t, 0, w->widths, w->cli->out);
    }
    add_row(w, &t, event);
    w->headed = true;
    cli_table_done(&t);
}

static void print(struct watching *w, const json_t *event)
{
    struct cli *cli = w->cli;

    if (cli->output == CLI_TABLE) {
        print_row(w, event);
    } else if (cli->output == CLI_YAML) {
        fputs("---\n", cli->out);
        cli_print_yaml(cli->out, event);
    } else if (cli->output == CLI_ONLY_ID) {
        fprintf(cli->out, "%s\n", model_str(event, "id"));
    } else {
        json_dumpf(event, cli->out, JSON_COMPACT);
        fputc('\n', cli->out);
    }
}

static bool take(void *arg, const char *name, const json_t *data)
{
    struct watching *w = arg;
    const json_t *event = json_object_get(data, "resource");
    uint64_t number;

    if (strcmp(name, "put") == 0 &&
        text_parse_u64(model_str(event, "id"), UINT64_MAX, &number) == 0 && number > w->last) {
        w->last = number; /* a list that comes again has those of before */
        if (passes(w->wanted, event))
            print(w, event);
    }
    return true;
}

static int watch(struct cli *cli, const struct wanted *wanted)
{
    struct watching w = {.cli = cli, .wanted = wanted};
    struct buf path = {0};
    int r;

    buf_puts(&path, "/v1/watch?collection=events&region=");
    cli_url_add(&path, cli->region);
    r = cli_follow_on(cli, buf_text(&path), take, &w);
    buf_done(&path);
    return r;
}

int cli_event(struct cli *cli, const struct cli_args *args)
{
    struct wanted w;
    int r;

    if (args->help)
        return help(cli);
    if (args->word_count != 2 || strcmp(args->words[1], "list") != 0)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_SAY_OR_SEE, "ropeway event list", "ropeway event --help"));
    r = cli_need_region(cli, model_kind(MODEL_VPC));
    if (!r)
        r = take_flags(cli, args, &w);
    if (r)
        return r;
    return args->watch ? watch(cli, &w) : list(cli, &w);
}
