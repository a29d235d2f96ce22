#include "cli_internal.h"

#include <stdlib.h>
#include <unistd.h>

/* `ropeway context`: servers by name. */

/* Lent; made if there is none. */
static json_t *contexts_of(json_t *config)
{
    json_t *contexts = json_object_get(config, "contexts");

    if (!contexts) {
        contexts = json_object();
        if (json_object_set_new(config, "contexts", contexts))
            return NULL;
    }
    return contexts;
}

static int no_context(struct cli *cli, const char *name)
{
    return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_CONTEXT, name));
}

static int say_done(const struct cli *cli, const struct words *m)
{
    if (cli->output == CLI_TABLE)
        cli_line(cli, cli->out, "", m);
    return CLI_OK;
}

/* A row of the list: the name, whether it is the current one, and what it says. New. */
static json_t *row_of(const json_t *config, const char *name, json_t *context)
{
    bool current = strcmp(model_str(config, "current"), name) == 0;
    json_t *row = json_pack("{s:s, s:b}", "name", name, "current", current);

    (void)json_object_update(row, context);
    return row;
}

static int list(struct cli *cli, json_t *config, const char *name)
{
    static const struct cli_column columns[] = {
        {"name", WORDS_COMMAND_COLUMN_NAME},       {"current", WORDS_COMMAND_COLUMN_CURRENT},
        {"api", WORDS_COMMAND_COLUMN_API},         {"region", WORDS_COMMAND_COLUMN_REGION},
        {"project", WORDS_COMMAND_COLUMN_PROJECT}, {0},
    };
    json_t *rows = json_array(), *context;
    const char *key;

    (void)name;
    json_object_foreach (json_object_get(config, "contexts"), key, context) {
        (void)json_array_append_new(rows, row_of(config, key, context));
        if (cli->output == CLI_ONLY_ID)
            fprintf(cli->out, "%s\n", key); /* what it is called by */
    }
    if (cli->output != CLI_ONLY_ID)
        cli_show_rows(cli, columns, rows);
    json_decref(rows);
    return CLI_OK;
}

static int show(struct cli *cli, json_t *config, const char *name)
{
    const char *wanted = name ? name : model_str(config, "current"), *key;
    json_t *context = json_object_get(contexts_of(config), wanted), *row, *value;
    struct cli_table t = {.columns = 2};

    if (!*wanted)
        return cli_fail(cli, CLI_REFUSED, SAY(COMMAND_CONTEXT_NONE_CURRENT));
    if (!context)
        return no_context(cli, wanted);
    row = row_of(config, wanted, context);
    if (cli->output == CLI_JSON || cli->output == CLI_YAML) {
        cli_print_machine(cli, row);
    } else {
        json_object_foreach (row, key, value) {
            struct buf *cell = cli_table_cell(&t);

            if (cell)
                buf_puts(cell, key);
            cell = cli_table_cell(&t);
            if (cell)
                cli_cell_text(cell, value);
        }
        cli_table_print(&t, cli->out);
        cli_table_done(&t);
    }
    json_decref(row);
    return CLI_OK;
}

static int use(struct cli *cli, json_t *config, const char *name)
{
    int r;

    if (!json_object_get(contexts_of(config), name))
        return no_context(cli, name);
    json_object_set_new(config, "current", json_string(name));
    r = cli_config_write(cli, config);
    return r ? r : say_done(cli, SAY(COMMAND_CONTEXT_USED, name));
}

/* From wherever the command is called next. New. */
static json_t *whole_path(const char *file)
{
    char here[4096];

    if (*file == '/' || text_starts_with(file, "~/") || !getcwd(here, sizeof(here)))
        return json_string(file);
    return json_sprintf("%s/%s", here, file);
}

/* "" takes a member away. */
static int set_member(struct cli *cli, json_t *context, const char *name, const char *value)
{
    bool file = strcmp(name, "ca") == 0 || strcmp(name, "tokenFile") == 0;

    if (!value)
        return CLI_OK;
    if (!*value) {
        json_object_del(context, name);
        return CLI_OK;
    }
    return json_object_set_new(context, name, file ? whole_path(value) : json_string(value))
               ? cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_UTF8, name))
               : CLI_OK;
}

static int set(struct cli *cli, json_t *config, const char *name)
{
    const char *const values[] = {cli->api, cli->ca, cli->token_file, cli->region, cli->project};
    json_t *contexts = contexts_of(config), *context = json_object_get(contexts, name);
    bool first = !*model_str(config, "current");
    int r = CLI_OK;

    if (cli->api && *cli->api && !text_starts_with(cli->api, "unix:/") &&
        !text_starts_with(cli->api, "https://"))
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_API, cli->api));
    if (!context) {
        context = json_object();
        if (json_object_set_new(contexts, name, context))
            return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_UTF8, "NAME"));
    }
    for (size_t i = 0; cli_context_members[i] && !r; i++)
        r = set_member(cli, context, cli_context_members[i], values[i]);
    if (!r && first)
        json_object_set_new(config, "current", json_string(name));
    if (!r)
        r = cli_config_write(cli, config);
    if (!r)
        r = say_done(cli,
                     first ? SAY(COMMAND_CONTEXT_SET_FIRST, name) : SAY(COMMAND_CONTEXT_SET, name));
    return r;
}

static int drop(struct cli *cli, json_t *config, const char *name)
{
    int r;

    if (json_object_del(contexts_of(config), name))
        return no_context(cli, name);
    if (strcmp(model_str(config, "current"), name) == 0)
        json_object_del(config, "current");
    r = cli_config_write(cli, config);
    return r ? r : say_done(cli, SAY(COMMAND_CONTEXT_DELETED, name));
}

static const struct context_verb {
    const char *name;
    int (*run)(struct cli *cli, json_t *config, const char *name);
    size_t words_min, words_max; /* behind it */
} verbs[] = {
    {"list", list, 0, 0}, {"show", show, 0, 1},   {"use", use, 1, 1},
    {"set", set, 1, 1},   {"delete", drop, 1, 1},
};

int cli_context(struct cli *cli, const struct cli_args *args)
{
    const struct context_verb *verb = NULL;
    size_t words = args->word_count < 2 ? 0 : args->word_count - 2;
    json_t *config = NULL;
    int r;

    if (args->help)
        return cli_help_context(cli);
    for (size_t i = 0; i < ARRAY_SIZE(verbs) && args->word_count > 1; i++) {
        if (strcmp(verbs[i].name, args->words[1]) == 0)
            verb = &verbs[i];
    }
    if (!verb || words < verb->words_min || words > verb->words_max || args->flag_count ||
        (words && !*args->words[2]))
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SAY_CONTEXT));
    r = cli_config_read(cli, &config);
    if (!r)
        r = verb->run(cli, config, words ? args->words[2] : NULL);
    json_decref(config);
    return r;
}
