#include "cli_internal.h"

#include <stdlib.h>
#include <time.h>

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

static int unknown_noun(struct cli *cli, const char *name)
{
    static const char *const others[] = {"node-token", "audit",      "api",  "apply",
                                         "delete",     "completion", "help", "version"};
    struct cli_nearest near = {.wanted = name};

    for (int i = 0; i < MODEL_KINDS; i++)
        cli_nearest_offer(&near, model_kind((enum model_kind_id)i)->noun);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        cli_nearest_offer(&near, others[i]);
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

/* What has help of its own and is no kind of resource. */
static bool is_other_noun(const char *word)
{
    static const char *const others[] = {"node-token", "audit",      "api",    "apply",
                                         "delete",     "completion", "version"};

    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (strcmp(others[i], word) == 0)
            return true;
    }
    return false;
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
    kind = model_kind_by_noun(args->words[1]);
    if (!kind && is_other_noun(args->words[1])) {
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

static int run_file(struct cli *cli, const struct cli_args *args)
{
    bool deleting = strcmp(args->words[0], "delete") == 0;

    if (args->help)
        return cli_help_file(cli, deleting);
    if (args->word_count > 1 || args->flag_count)
        return cli_fail(
            cli, CLI_USAGE,
            SAY(COMMAND_SAY, deleting ? "ropeway delete -f FILE" : "ropeway apply -f FILE"));
    return deleting ? cli_delete_file(cli, args) : cli_apply(cli, args);
}

int cli_run(struct cli *cli, const struct cli_args *args)
{
    const char *first = args->word_count ? args->words[0] : "";
    const struct model_kind *kind = model_kind_by_noun(first);
    bool lists = kind && args->word_count > 1 && strcmp(args->words[1], "list") == 0;

    if (args->watch && !lists)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_WATCH_WITHOUT_LIST));
    if (args->sort_by && !lists)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SORT_WITHOUT_LIST));
    if (kind)
        return run_noun(cli, kind, args);
    if (strcmp(first, "help") == 0 || (!*first && args->help))
        return run_help(cli, args);
    if (!*first) {
        cli_help(cli, cli->err);
        return CLI_USAGE;
    }
    if (strcmp(first, "node-token") == 0)
        return run_node_token(cli, args);
    if (strcmp(first, "audit") == 0)
        return cli_audit(cli, args);
    if (strcmp(first, "api") == 0)
        return cli_raw(cli, args);
    if (strcmp(first, "apply") == 0 || strcmp(first, "delete") == 0)
        return run_file(cli, args);
    if (strcmp(first, "completion") == 0)
        return cli_completion(cli, args);
    if (strcmp(first, "version") == 0) {
        if (args->help)
            return cli_help_version(cli);
        fprintf(cli->out, "ropeway %s\n", ROPEWAY_VERSION);
        return CLI_OK;
    }
    return unknown_noun(cli, first);
}

static void sleep_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)nanosleep(&t, NULL);
}

static const char *env_or(const char *name, const char *fallback)
{
    const char *value = getenv(name);

    return value && *value ? value : fallback;
}

int cli_main(int argc, char **argv)
{
    struct cli cli = {
        .lang = cli_lang(),
        .api = env_or("ROPEWAY_API", "unix:/run/ropeway/ropewayd.sock"),
        .ca = env_or("ROPEWAY_CA", NULL),
        .token = env_or("ROPEWAY_TOKEN", NULL),
        .token_file = env_or("ROPEWAY_TOKEN_FILE", "/var/lib/ropeway/admin.token"),
        .region = env_or("ROPEWAY_REGION", NULL),
        .timeout_s = 120,
        .out = stdout,
        .err = stderr,
        .request = cli_http_request,
        .follow = cli_http_follow,
        .sleep_ms = sleep_ms,
        .now_us = clock_monotonic_us,
    };
    struct cli_args *args = calloc(1, sizeof(*args));
    int r = args ? cli_parse_args(&cli, argc, argv, args) : CLI_REFUSED;

    if (!r)
        r = cli_run(&cli, args);
    if (fflush(stdout) != 0 && !r)
        r = cli_fail(&cli, CLI_REFUSED, SAY(COMMAND_CANNOT_WRITE, strerror(errno)));
    cli_http_done(&cli);
    free(args);
    return r;
}
