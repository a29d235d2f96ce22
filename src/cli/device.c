#include "cli_internal.h"

/* What the device at the other end of a tunnel or a connection is to be told. */

static int check_flags(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    for (size_t i = 0; i < args->flag_count; i++) {
        const char *name = args->flags[i].name, *value = args->flags[i].value;

        if (strcmp(name, "platform") != 0 && strcmp(name, "reveal") != 0)
            return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_FLAG, kind->noun, args->words[1], name));
        if (strcmp(name, "reveal") == 0 && value && strcmp(value, "true") != 0 &&
            strcmp(value, "false") != 0)
            return cli_fail(cli, CLI_USAGE, SAY(DEVICE_REVEAL));
    }
    return CLI_OK;
}

static bool reveals(const struct cli_args *args)
{
    bool yes = false;

    for (size_t i = 0; i < args->flag_count; i++) {
        if (strcmp(args->flags[i].name, "reveal") == 0)
            yes = !args->flags[i].value || strcmp(args->flags[i].value, "true") == 0;
    }
    return yes;
}

static int list_platforms(struct cli *cli)
{
    static const struct cli_column columns[] = {
        {"platform", WORDS_COMMAND_COLUMN_PLATFORM},
        {"name", WORDS_COMMAND_COLUMN_NAME},
        {"writtenFor", WORDS_COMMAND_COLUMN_WRITTEN_FOR},
        {0},
    };
    json_t *answer = NULL;
    int r = cli_call(cli, "GET", "/v1/devicePlatforms", NULL, NULL, &answer);

    if (!r)
        cli_show_rows(cli, columns, model_list(answer, "items"));
    json_decref(answer);
    return r;
}

/* The file alone on cli->out, so that it can be sent somewhere; what there is to know beside it. */
static void show(struct cli *cli, const json_t *answer)
{
    static const char *const lists[] = {"notes", "warnings"};
    const json_t *line;
    size_t i;

    if (cli->output == CLI_JSON || cli->output == CLI_YAML) {
        cli_print_machine(cli, answer);
        return;
    }
    fputs(model_str(answer, "configuration"), cli->out);
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        json_array_foreach (model_list(answer, lists[k]), i, line) {
            fputs("ropeway: ", cli->err);
            cli_put_text(cli->err, json_is_string(line) ? json_string_value(line) : "");
            fputc('\n', cli->err);
        }
    }
}

static int ask(struct cli *cli, const struct model_kind *kind, const struct cli_args *args,
               const char *platform)
{
    struct buf path = {0};
    json_t *answer = NULL;
    char id[CLI_ID_MAX];
    int r = cli_resolve(cli, cli->region, 1U << kind->id, args->words[2], id);

    if (!r) {
        cli_url(&path, kind, cli->region, id, "deviceConfiguration?platform=");
        cli_url_add(&path, platform);
        buf_puts(&path, reveals(args) ? "&reveal=true" : "");
        r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &answer);
    }
    if (!r)
        show(cli, answer);
    buf_done(&path);
    json_decref(answer);
    return r;
}

int cli_device(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    const char *platform = cli_flag(args, "platform");
    int r = check_flags(cli, kind, args);

    if (r)
        return r;
    if (platform && strcmp(platform, "help") == 0)
        return list_platforms(cli);
    if (args->word_count < 3)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_OPERAND, cli_noun(cli, kind)));
    if (args->word_count > 3)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_EXTRA_WORD, args->words[3]));
    if (!platform)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_PLATFORM));
    r = cli_need_region(cli, kind);
    return r ? r : ask(cli, kind, args, platform);
}
