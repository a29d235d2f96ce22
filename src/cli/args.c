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

/* CLI_OK and *ret_taken when the flag is a global one that takes a value. */
static int set_global(struct cli *cli, struct cli_args *args, const char *name, const char *value)
{
    if (strcmp(name, "output") == 0)
        return set_output(cli, value);
    if (strcmp(name, "timeout") == 0)
        return set_timeout(cli, value);
    if (strcmp(name, "api") == 0)
        cli->api = value;
    else if (strcmp(name, "ca") == 0)
        cli->ca = value;
    else if (strcmp(name, "token-file") == 0)
        cli->token_file = value, cli->token = NULL;
    else if (strcmp(name, "region") == 0)
        cli->region = value;
    else if (args->file)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SECOND_FILE, value));
    else
        args->file = value;
    return CLI_OK;
}

static bool is_global(const char *name)
{
    static const char *const names[] = {"output",     "timeout", "api", "ca",
                                        "token-file", "region",  "file"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
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
    const struct model_kind *kind = args->word_count ? model_kind_by_noun(args->words[0]) : NULL;
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
    return strcmp(arg, "-o") == 0   ? "output"
           : strcmp(arg, "-f") == 0 ? "file"
           : strcmp(arg, "-h") == 0 ? "help"
                                    : NULL;
}

static bool is_truth(const char *text)
{
    return text && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0);
}

/* Takes the flag at argv[*at], with its value. */
static int take_flag(struct cli *cli, struct cli_args *args, int argc, char **argv, int *at)
{
    const char *arg = argv[*at], *value = NULL, *name;

    name = text_starts_with(arg, "--") ? split(args, arg + 2, &value) : long_name(arg);
    if (!name || !*name)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_UNKNOWN_FLAG, arg));
    if (strcmp(name, "help") == 0) {
        args->help = true;
        return CLI_OK;
    }
    if (strcmp(name, "sort-by") == 0) {
        if (!value && *at + 1 < argc)
            value = argv[++*at];
        args->sort_by = value;
        return value ? CLI_OK : cli_fail(cli, CLI_USAGE, SAY(COMMAND_FLAG_WITHOUT_VALUE, arg));
    }
    if (strcmp(name, "watch") == 0 && !value) {
        args->watch = true;
        return CLI_OK;
    }
    if (strcmp(name, "wait") == 0 && !value) {
        cli->wait = true;
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
    return is_global(name) ? set_global(cli, args, name, value) : add_flag(cli, args, name, value);
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
