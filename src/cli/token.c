#include "cli_internal.h"

/* Tokens with which nodes join. */

static int check_token_flags(struct cli *cli, const struct cli_args *args)
{
    static const char *const flags[] = {"name", "roles", "expires-in"};

    for (size_t i = 0; i < args->flag_count; i++) {
        bool known = false;

        for (size_t j = 0; j < ARRAY_SIZE(flags); j++)
            known = known || strcmp(args->flags[i].name, flags[j]) == 0;
        if (strcmp(args->words[1], "create") != 0 || !known)
            return cli_fail(
                cli, CLI_USAGE,
                SAY(COMMAND_NO_FLAG, "node-token", args->words[1], args->flags[i].name));
    }
    return CLI_OK;
}

/* --roles gateway,compute */
static int add_roles(struct cli *cli, const char *text, json_t *body)
{
    const struct model_field *field = model_find_field(model_kind(MODEL_NODE), "roles");
    json_t *roles = NULL;
    int r = cli_parse_value(cli, field, "roles", text, &roles);

    if (!r && json_object_set_new(body, "roles", roles))
        r = cli_out_of_memory(cli);
    return r;
}

static int add_expiry(struct cli *cli, const char *text, json_t *body)
{
    uint64_t seconds;

    if (text_parse_u64(text, INT64_MAX, &seconds) < 0 || !seconds)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_EXPIRY, text));
    return json_object_set_new(body, "expiresInSeconds", json_integer((json_int_t)seconds))
               ? cli_out_of_memory(cli)
               : CLI_OK;
}

/* *ret stays NULL if nothing is asked for. */
static int token_body(struct cli *cli, const struct cli_args *args, json_t **ret)
{
    const char *name = cli_flag(args, "name"), *roles = cli_flag(args, "roles"),
               *expires = cli_flag(args, "expires-in");
    json_t *body = name ? json_pack("{s:s}", "name", name) : json_object();
    int r = CLI_OK;

    if (!body)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_UTF8, "name"));
    if (!r && roles)
        r = add_roles(cli, roles, body);
    if (!r && expires)
        r = add_expiry(cli, expires, body);
    if (!r && json_object_size(body))
        *ret = json_incref(body);
    json_decref(body);
    return r;
}

int cli_token(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    static const struct cli_column columns[] = {
        {"id", WORDS_COMMAND_COLUMN_ID},
        {"name", WORDS_COMMAND_COLUMN_NAME},
        {"roles", WORDS_COMMAND_COLUMN_ROLES},
        {"nodeId", WORDS_COMMAND_COLUMN_NODE_ID},
        {"expiresAt", WORDS_COMMAND_COLUMN_EXPIRES_AT},
        {"createdAt", WORDS_COMMAND_COLUMN_CREATED_AT},
        {0},
    };
    const char *verb = args->words[1], *method = "POST";
    struct buf path = {0};
    json_t *answer = NULL, *body = NULL;
    int r = check_token_flags(cli, args);

    if (!r)
        r = cli_need_region(cli, kind);
    if (!r)
        r = token_body(cli, args, &body);
    if (r)
        return r;
    buf_puts(&path, "/v1/regions/");
    cli_url_add(&path, cli->region);
    buf_puts(&path, "/nodeTokens");
    if (strcmp(verb, "list") == 0) {
        method = "GET";
    } else if (strcmp(verb, "delete") == 0) {
        method = "DELETE";
        buf_puts(&path, "/");
        cli_url_add(&path, args->words[2]);
    }
    r = cli_call(cli, method, buf_text(&path), body, NULL, &answer);
    if (!r && strcmp(verb, "create") == 0)
        cli_print_secret(cli, answer, "token");
    else if (!r && strcmp(verb, "list") == 0)
        cli_show_rows(cli, columns, json_object_get(answer, "items"));
    else if (!r && cli->output == CLI_TABLE)
        cli_line(cli, cli->out, "",
                 SAY(COMMAND_IS_DELETED, cli_word(cli, WORDS_COMMAND_NODE_TOKEN), args->words[2]));
    buf_done(&path);
    json_decref(body);
    json_decref(answer);
    return r;
}
