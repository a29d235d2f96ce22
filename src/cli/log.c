#include "cli_internal.h"

/* The negotiation log of a tunnel, with --watch also the lines that come. It is asked for again and
 * again: so it goes on over a restart of the server, which still has the lines of before. */

#define AGAIN_MS 1000
#define AWAY_MS  5000 /* the server does not answer */

static const struct cli_column columns[] = {
    {"at", WORDS_COMMAND_COLUMN_AT},
    {"level", WORDS_COMMAND_COLUMN_LEVEL},
    {"text", WORDS_COMMAND_COLUMN_TEXT},
    {0},
};

#define COLUMNS (ARRAY_SIZE(columns) - 1)

struct watching {
    struct cli *cli;
    const char *path;
    json_t *shown; /* the lines of the last answer */
    bool headed;
    bool away;
    size_t widths[COLUMNS];
};

static bool has_line(const json_t *lines, const json_t *line)
{
    for (size_t i = json_array_size(lines); i > 0; i--) {
        if (json_equal(json_array_get(lines, i - 1), line))
            return true;
    }
    return false;
}

static void print_row(struct watching *w, const json_t *line)
{
    struct cli_table t = {.columns = COLUMNS};

    for (size_t c = 0; c < COLUMNS; c++) {
        struct buf *cell = cli_table_cell(&t);

        if (cell)
            buf_puts(cell, model_str(line, columns[c].key));
    }
    cli_table_print_from(&t, 0, w->widths, w->cli->out);
    cli_table_done(&t);
}

static void print_head(struct watching *w)
{
    struct cli_table t = {.columns = COLUMNS};

    for (size_t c = 0; c < COLUMNS; c++) {
        struct buf *cell = cli_table_cell(&t);

        if (cell)
            buf_puts(cell, words_template(columns[c].head, w->cli->lang));
    }
    cli_table_print_from(&t, 0, w->widths, w->cli->out);
    cli_table_done(&t);
    w->headed = true;
}

/* As the machine's formats of something that goes on have it: one after the other. */
static void print_line(struct watching *w, const json_t *line)
{
    struct cli *cli = w->cli;

    if (cli->output == CLI_YAML) {
        fputs("---\n", cli->out);
        cli_print_yaml(cli->out, line);
    } else if (cli->output == CLI_JSON) {
        json_dumpf(line, cli->out, JSON_COMPACT);
        fputc('\n', cli->out);
    } else {
        if (!w->headed)
            print_head(w);
        print_row(w, line);
    }
}

static void show_news(struct watching *w, json_t *answer)
{
    const json_t *lines = model_list(answer, "items"), *line;
    size_t i;

    json_array_foreach (lines, i, line) {
        if (!has_line(w->shown, line))
            print_line(w, line);
    }
    fflush(w->cli->out);
    json_decref(w->shown);
    w->shown = json_incref((json_t *)lines);
}

/* The first answer must come about; after that the next one does. */
static int look(struct watching *w)
{
    json_t *answer = NULL;
    int r = cli_call(w->cli, "GET", w->path, NULL, NULL, &answer);

    if (r == CLI_OK)
        show_news(w, answer);
    w->away = r == CLI_UNREACHABLE && w->shown;
    if (w->away)
        r = CLI_OK;
    json_decref(answer);
    return ferror(w->cli->out) ? CLI_REFUSED : r; /* nobody reads any more */
}

static int watch(struct cli *cli, const char *path)
{
    struct watching w = {.cli = cli, .path = path};
    int r = look(&w);

    while (r == CLI_OK) {
        cli->sleep_ms(w.away ? AWAY_MS : AGAIN_MS);
        r = look(&w);
    }
    json_decref(w.shown);
    return r;
}

static int show(struct cli *cli, const char *path)
{
    json_t *answer = NULL;
    int r = cli_call(cli, "GET", path, NULL, NULL, &answer);

    if (!r)
        cli_show_rows(cli, columns, model_list(answer, "items"));
    json_decref(answer);
    return r;
}

int cli_log(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    struct buf path = {0};
    char id[CLI_ID_MAX];
    int r = CLI_OK;

    if (args->flag_count)
        r = cli_fail(cli, CLI_USAGE,
                     SAY(COMMAND_NO_FLAG, kind->noun, args->words[1], args->flags[0].name));
    if (!r)
        r = cli_find_operand(cli, kind, args, 3, id);
    if (!r) {
        cli_url(&path, kind, cli->region, id, "log");
        r = (args->watch ? watch : show)(cli, buf_text(&path));
    }
    buf_done(&path);
    return r;
}
