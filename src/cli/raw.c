#include "cli_internal.h"

/* `ropeway api METHOD PATH`: a call as it is, for what has no command. */

static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE"};

static int help(struct cli *cli)
{
    static const char *const usage[] = {"ropeway api GET|POST|PATCH|DELETE PATH [-f FILE]", NULL};

    cli_line(cli, cli->out, "", SAY(COMMAND_HELP_CALL));
    fputc('\n', cli->out);
    cli_help_usage(cli, cli->out, usage);
    cli_line(cli, cli->out, "\n", SAY(COMMAND_HELP_CALL_FILE));
    cli_help_example(cli, cli->out, "ropeway api GET /v1/regions/cn-north-1/problems");
    return CLI_OK;
}

static bool is_method(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        if (strcmp(methods[i], word) == 0)
            return true;
    }
    return false;
}

static int check(struct cli *cli, const struct cli_args *args)
{
    if (args->word_count != 3 || args->flag_count)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_SAY_OR_SEE, "ropeway api METHOD PATH", "ropeway api --help"));
    if (!is_method(args->words[1]))
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_METHOD, args->words[1]));
    if (args->words[2][0] != '/')
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_PATH, args->words[2]));
    return CLI_OK;
}

/* *ret stays NULL without a file. */
static int read_body(struct cli *cli, const char *file, json_t **ret)
{
    json_t *documents = NULL;
    int r = file ? cli_read_documents(cli, file, &documents) : CLI_OK;

    if (!r && file && json_array_size(documents) != 1)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_FILE_MANY, file));
    if (!r && file)
        *ret = json_incref(json_array_get(documents, 0));
    json_decref(documents);
    return r;
}

int cli_raw(struct cli *cli, const struct cli_args *args)
{
    json_t *body = NULL, *answer = NULL;
    int r;

    if (args->help)
        return help(cli);
    r = check(cli, args);
    if (!r)
        r = read_body(cli, args->file, &body);
    if (!r)
        r = cli_call(cli, args->words[1], args->words[2], body, NULL, &answer);
    if (!r && answer)
        cli_print_machine(cli, answer);
    json_decref(body);
    json_decref(answer);
    return r;
}
