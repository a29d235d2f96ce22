#include "cli_internal.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* From argv to the command. */

static const struct cli_verb *find_verb(const struct model_kind *kind, const char *name)
{
    for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
        if (strcmp(v->name, name) == 0 && cli_verb_fits(v, kind))
            return v;
    }
    return NULL;
}

static int unknown_verb(struct cli *cli, const struct model_kind *kind, const char *name)
{
    struct cli_nearest near = {.wanted = name};

    for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
        if (cli_verb_fits(v, kind))
            cli_nearest_offer(&near, v->name);
    }
    return cli_fail(cli, CLI_USAGE,
                    SAY(COMMAND_NO_VERB, kind->noun, name, cli_nearest_hint(cli, &near)));
}

/* What is no kind of resource. */
static int run_node_token(struct cli *cli, const struct cli_args *args);
static int run_version(struct cli *cli, const struct cli_args *args);
static int run_help(struct cli *cli, const struct cli_args *args);
static int run_delete(struct cli *cli, const struct cli_args *args);

static const struct command {
    const char *name;
    int (*run)(struct cli *cli, const struct cli_args *args);
    bool alone; /* asks no server */
} commands[] = {
    {"node-token", run_node_token, false},
    {"bgp", cli_bgp, false},
    {"route", cli_route, false},
    {"event", cli_event, false},
    {"audit", cli_audit, false},
    {"test", cli_test, false},
    {"api", cli_raw, false},
    {"apply", cli_apply, false},
    {"diff", cli_diff, false},
    {"delete", run_delete, false},
    {"context", cli_context, true},
    {"completion", cli_completion, true},
    {"help", run_help, true},
    {"version", run_version, true},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int unknown_noun(struct cli *cli, const char *name)
{
    struct cli_nearest near = {.wanted = name};

    for (unsigned i = 0; i < CLI_KINDS; i++)
        cli_nearest_offer(&near, cli_kind(i)->noun);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        cli_nearest_offer(&near, commands[i].name);
    return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_NOUN, name, cli_nearest_hint(cli, &near)));
}

static int run_noun(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    const struct cli_verb *verb;

    if (args->word_count < 2) {
        cli_help_noun(cli, args->help ? cli->out : cli->err, kind);
        return args->help ? CLI_OK : CLI_USAGE;
    }
    verb = find_verb(kind, args->words[1]);
    if (!verb)
        return unknown_verb(cli, kind, args->words[1]);
    if (args->help) {
        cli_help_verb(cli, cli->out, kind, verb);
        return CLI_OK;
    }
    return verb->run(cli, kind, args);
}

/* ropeway help NOUN VERB */
static int run_help(struct cli *cli, const struct cli_args *args)
{
    const struct model_kind *kind;
    const struct cli_verb *verb;

    if (args->word_count < 2) {
        cli_help(cli, cli->out);
        return CLI_OK;
    }
    kind = cli_kind_by_noun(args->words[1]);
    if (!kind && find_command(args->words[1]) && strcmp(args->words[1], "help") != 0) {
        struct cli_args other = {.words = {args->words[1]}, .word_count = 1, .help = true};

        return cli_run(cli, &other);
    }
    if (!kind)
        return unknown_noun(cli, args->words[1]);
    verb = args->word_count > 2 ? find_verb(kind, args->words[2]) : NULL;
    if (verb)
        cli_help_verb(cli, cli->out, kind, verb);
    else
        cli_help_noun(cli, cli->out, kind);
    return CLI_OK;
}

static int run_node_token(struct cli *cli, const struct cli_args *args)
{
    const char *verb = args->word_count > 1 ? args->words[1] : "";
    bool known = strcmp(verb, "create") == 0 || strcmp(verb, "list") == 0;

    if (args->help)
        return cli_help_node_token(cli);
    if (strcmp(verb, "delete") == 0 ? args->word_count != 3 : !known || args->word_count != 2)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SAY_NODE_TOKEN));
    return cli_token(cli, model_kind(MODEL_NODE), args);
}

static int run_delete(struct cli *cli, const struct cli_args *args)
{
    if (args->help)
        return cli_help_file(cli, "delete");
    if (args->word_count > 1 || args->flag_count)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SAY, "ropeway delete -f FILE"));
    return cli_delete_file(cli, args);
}

static int run_version(struct cli *cli, const struct cli_args *args)
{
    if (args->help)
        return cli_help_version(cli);
    fprintf(cli->out, "ropeway %s\n", ROPEWAY_VERSION);
    return CLI_OK;
}

/* Global flags that say something to some commands only: to others they would silently mean
 * nothing. */
static int check_places(struct cli *cli, const struct cli_args *args)
{
    const char *first = args->word_count ? args->words[0] : "";
    const char *verb = args->word_count > 1 ? args->words[1] : "";
    bool kind = cli_kind_by_noun(first), lists = kind && strcmp(verb, "list") == 0;
    bool applies = strcmp(first, "apply") == 0, diffs = strcmp(first, "diff") == 0;
    bool tests = strcmp(first, "test") == 0;
    bool picks = kind && strcmp(verb, "delete") == 0;
    bool deletes = strcmp(first, "delete") == 0 || (picks && args->selector);
    bool events = strcmp(first, "event") == 0 && strcmp(verb, "list") == 0;
    bool logs = kind && strcmp(verb, "log") == 0;

    if (args->watch && !lists && !events && !logs)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_WATCH_WITHOUT_LIST));
    if (args->sort_by && !lists)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SORT_WITHOUT_LIST));
    if (args->selector && !lists && !picks)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_FLAG_ELSEWHERE, "-l", "list, delete"));
    if (args->prune && !applies && !diffs)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_FLAG_ELSEWHERE, "--prune", "apply, diff"));
    if (args->to_region && !applies && !diffs && !tests)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_FLAG_ELSEWHERE, "--to-region", "apply, diff, test"));
    if (cli->dry_run && !applies && !diffs && !deletes)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_FLAG_ELSEWHERE, "--dry-run", "apply, delete -f, delete -l"));
    return CLI_OK;
}

int cli_run(struct cli *cli, const struct cli_args *args)
{
    const char *first = args->word_count ? args->words[0] : "";
    const struct model_kind *kind = cli_kind_by_noun(first);
    const struct command *command = find_command(first);
    int r = args->help ? CLI_OK : check_places(cli, args);

    if (r)
        return r;
    if (kind)
        return run_noun(cli, kind, args);
    if (!*first && args->help)
        return run_help(cli, args);
    if (command)
        return command->run(cli, args);
    if (*first)
        return unknown_noun(cli, first);
    cli_help(cli, cli->err);
    return CLI_USAGE;
}

/* Whether it makes a difference where the server is. */
static bool asks_server(const struct cli_args *args)
{
    const char *first = args->word_count ? args->words[0] : "";
    const struct command *command = find_command(first);

    return !args->help && (command ? !command->alone : cli_kind_by_noun(first) != NULL);
}

static void sleep_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)nanosleep(&t, NULL);
}

/* On the terminal that people sit at, whatever the streams are. */
static bool confirm(struct cli *cli, const struct words *question)
{
    FILE *terminal = fopen("/dev/tty", "r+e");
    char answer[16] = "";

    if (!terminal)
        return false;
    cli_print(cli, terminal, question);
    fputs(" [y/N] ", terminal);
    fflush(terminal);
    if (!fgets(answer, sizeof(answer), terminal))
        answer[0] = 0;
    fclose(terminal);
    return answer[0] == 'y' || answer[0] == 'Y';
}

int cli_main(int argc, char **argv)
{
    struct cli cli = {
        .lang = cli_lang(),
        .timeout_s = 120,
        .out = stdout,
        .err = stderr,
        .request = cli_http_request,
        .follow = cli_http_follow,
        .confirm = isatty(STDIN_FILENO) && isatty(STDERR_FILENO) ? confirm : NULL,
        .sleep_ms = sleep_ms,
        .now_us = clock_monotonic_us,
    };
    struct cli_args *args = calloc(1, sizeof(*args));
    int r = args ? cli_parse_args(&cli, argc, argv, args) : CLI_REFUSED;

    if (!r && asks_server(args))
        r = cli_settings(&cli);
    if (!r)
        r = cli_run(&cli, args);
    if (fflush(stdout) != 0 && !r)
        r = cli_fail(&cli, CLI_REFUSED, SAY(COMMAND_CANNOT_WRITE, strerror(errno)));
    cli_http_done(&cli);
    cli_settings_done(&cli);
    free(args);
    return r;
}
