#include "cli_internal.h"

/* Tokens and users: what lets them in is shown once. */

/* The secret alone on standard output, ready for $(...) and > FILE; beside it, for people, what to
 * do with it. */
static void show_secret(struct cli *cli, const json_t *answer, const char *member,
                        const struct words *advice)
{
    cli_print_secret(cli, answer, member);
    if (cli->output == CLI_TABLE)
        cli_line(cli, cli->err, "", advice);
}

bool cli_show_shown_once(struct cli *cli, const json_t *made)
{
    const char *id = model_str(made, "id");

    if (*model_str(made, "token"))
        show_secret(cli, made, "token", SAY(COMMAND_TOKEN_ONCE, id));
    else if (*model_str(made, "link"))
        show_secret(cli, made, "link", SAY(COMMAND_LINK_ONCE, id));
    else
        return false;
    return true;
}

int cli_invite(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    struct buf path = {0};
    json_t *answer = NULL;
    int r = CLI_OK;

    if (args->flag_count)
        r = cli_fail(cli, CLI_USAGE,
                     SAY(COMMAND_NO_FLAG, kind->noun, args->words[1], args->flags[0].name));
    if (!r && args->word_count != 3)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_OPERAND_ID, cli_noun(cli, kind)));
    if (!r) {
        cli_url(&path, kind, NULL, args->words[2], "invite");
        r = cli_call(cli, "POST", buf_text(&path), NULL, NULL, &answer);
    }
    if (!r)
        show_secret(cli, answer, "link", SAY(COMMAND_LINK_ONCE, args->words[2]));
    buf_done(&path);
    json_decref(answer);
    return r;
}
