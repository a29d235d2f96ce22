#include "cli_internal.h"

#include <stdlib.h>

/* The command line. Global flags may stand anywhere; the others belong to the noun and verb. */

static int set_output(struct cli *cli, const char *value)
{
    static const char *const names[] = {"table", "json", "yaml", "id"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i], value) == 0) {
            cli->output = (enum cli_output)i;
            return CLI_OK;
        }
    }
    return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_OUTPUT, value));
}

static int set_timeout(struct cli *cli, const char *value)
{
    uint64_t n;

    if (text_parse_u64(value, 86400, &n) < 0)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_TIMEOUT, value));
    cli->timeout_s = (unsigned)n;
    return CLI_OK;
}

/* Where the value of a global flag goes that is taken as it is; NULL for others. */
static const char **place_of(struct cli *cli, struct cli_args *args, const char *name)
{
    const struct {
        const char *name;
        const char **place;
    } flags[] = {
        {"api", &cli->api},
        {"ca", &cli->ca},
        {"token-file", &cli->token_file},
        {"region", &cli->region},
        {"project", &cli->project},
        {"context", &cli->context},
        {"sort-by", &args->sort_by},
        {"selector", &args->selector},
        {"prune", &args->prune},
        {"to-region", &args->to_region},
    };

    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (strcmp(flags[i].name, name) == 0)
            return flags[i].place;
    }
    return NULL;
}

static int set_global(struct cli *cli, struct cli_args *args, const char *name, const char *value)
{
    const char **place = place_of(cli, args, name);

    if (strcmp(name, "output") == 0)
        return set_output(cli, value);
    if (strcmp(name, "timeout") == 0)
        return set_timeout(cli, value);
    if (!place && args->file)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SECOND_FILE, value));
    if (strcmp(name, "selector") == 0 || strcmp(name, "prune") == 0) {
        int r = cli_check_selector(cli, value);

        if (r)
            return r;
    }
    if (place == &cli->token_file)
        cli->token = NULL;
    *(place ? place : &args->file) = value;
    return CLI_OK;
}

/* One that takes a value. */
static bool is_global(struct cli *cli, struct cli_args *args, const char *name)
{
    return place_of(cli, args, name) || strcmp(name, "output") == 0 ||
           strcmp(name, "timeout") == 0 || strcmp(name, "file") == 0;
}

int cli_check_selector(struct cli *cli, const char *selector)
{
    struct model_selector *s = NULL;
    int r = model_selector_parse(selector, &s);

    model_selector_free(s);
    if (r == -EINVAL)
        return cli_fail(
            cli, CLI_USAGE,
            SAY(COMMAND_BAD_SELECTOR, selector, SAY(WANT_SELECTOR_RULE, MODEL_SELECTOR_MAX)));
    return r < 0 ? cli_out_of_memory(cli) : CLI_OK;
}

struct flag_search {
    const char *flag;
    char *path;
    const struct model_field *found;
};

static int visit_flag(void *arg, const char *path, const struct model_field *field)
{
    struct flag_search *s = arg;
    char name[MODEL_FLAG_MAX];

    if (model_flag_name(path, field, name) < 0 || strcmp(name, s->flag) != 0)
        return 0;
    (void)text_copy(s->path, 128, path);
    s->found = field;
    return 1;
}

const struct model_field *cli_find_flag(const struct model_kind *kind, const char *flag,
                                        char ret_path[128])
{
    struct flag_search s = {.flag = flag, .path = ret_path};

    (void)model_each_field(kind, visit_flag, &s);
    return s.found;
}

/* A flag that stands for true by itself. */
static bool is_switch(const struct cli_args *args, const char *name)
{
    const struct model_kind *kind = args->word_count ? cli_kind_by_noun(args->words[0]) : NULL;
    const struct model_field *field;
    char path[128];

    if (!kind)
        return false;
    if (strcmp(name, "reveal") == 0)
        return true; /* of device-configuration; no field */
    if (text_starts_with(name, "no-"))
        name += 3;
    field = cli_find_flag(kind, name, path);
    return field && field->type == MODEL_BOOL && !field->list;
}

static int add_flag(struct cli *cli, struct cli_args *args, const char *name, const char *value)
{
    if (args->flag_count == CLI_ARGS_MAX)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_TOO_MANY_FLAGS));
    args->flags[args->flag_count++] = (struct cli_flag){name, value};
    return CLI_OK;
}

/* Splits --name=value; the name is copied to the storage. */
static const char *split(struct cli_args *args, const char *arg, const char **ret_value)
{
    size_t len = strcspn(arg, "=");
    char *name = args->storage + args->used;

    *ret_value = NULL;
    if (!arg[len])
        return arg;
    if (args->used + len + 1 > sizeof(args->storage))
        return NULL;
    memcpy(name, arg, len);
    name[len] = 0;
    args->used += len + 1;
    *ret_value = arg + len + 1;
    return name;
}

static const char *long_name(const char *arg)
{
    static const char *const names[][2] = {
        {"-o", "output"}, {"-f", "file"}, {"-h", "help"}, {"-l", "selector"}, {"-v", "verbose"}};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i][0], arg) == 0)
            return names[i][1];
    }
    return NULL;
}

/* A global flag that stands for true by itself, or NULL. */
static bool *switch_of(struct cli *cli, struct cli_args *args, const char *name)
{
    return strcmp(name, "help") == 0      ? &args->help
           : strcmp(name, "watch") == 0   ? &args->watch
           : strcmp(name, "wait") == 0    ? &cli->wait
           : strcmp(name, "verbose") == 0 ? &cli->verbose
           : strcmp(name, "dry-run") == 0 ? &cli->dry_run
                                          : NULL;
}

/* What may stand behind a flag that means true by itself; null puts it back to its default. */
static bool is_truth(const char *text)
{
    return text &&
           (strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || strcmp(text, "null") == 0);
}

/* Takes the flag at argv[*at], with its value. */
static int take_flag(struct cli *cli, struct cli_args *args, int argc, char **argv, int *at)
{
    const char *arg = argv[*at], *value = NULL, *name;

    name = text_starts_with(arg, "--") ? split(args, arg + 2, &value) : long_name(arg);
    if (!name || !*name)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_UNKNOWN_FLAG, arg));
    if (!value && switch_of(cli, args, name)) {
        *switch_of(cli, args, name) = true;
        return CLI_OK;
    }
    if (!value && is_switch(args, name)) {
        if (*at + 1 < argc && is_truth(argv[*at + 1]))
            value = argv[++*at];
        return add_flag(cli, args, name, value);
    }
    if (!value) {
        if (*at + 1 >= argc)
            return cli_fail(cli, CLI_USAGE, SAY(COMMAND_FLAG_WITHOUT_VALUE, arg));
        value = argv[++*at];
    }
    return is_global(cli, args, name) ? set_global(cli, args, name, value)
                                      : add_flag(cli, args, name, value);
}

int cli_parse_args(struct cli *cli, int argc, char **argv, struct cli_args *ret)
{
    for (int i = 1; i < argc; i++) {
        int r = CLI_OK;

        if (argv[i][0] == '-' && argv[i][1])
            r = take_flag(cli, ret, argc, argv, &i);
        else if (ret->word_count == CLI_ARGS_MAX)
            r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_TOO_MANY_WORDS));
        else
            ret->words[ret->word_count++] = argv[i];
        if (r)
            return r;
    }
    return CLI_OK;
}

const char *cli_flag(const struct cli_args *args, const char *name)
{
    for (size_t i = args->flag_count; i > 0; i--) {
        if (strcmp(args->flags[i - 1].name, name) == 0)
            return args->flags[i - 1].value;
    }
    return NULL;
}
