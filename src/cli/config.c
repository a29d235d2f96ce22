#include "cli_internal.h"

#include <stdlib.h>
#include <sys/stat.h>

/* Where the server is and what else is the same from command to command: out of flags, the
 * environment, a file of named contexts, and what is usual. */

#define MAX_FILE 65536

const char *const cli_context_members[] = {"api", "ca", "tokenFile", "region", "project", NULL};

/* ---- the file ---- */

/* $XDG_CONFIG_HOME/ropeway/config, ~/.config/ropeway/config; empty without a home. */
static void config_path(struct buf *b, const char *tail)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

    if (config && *config == '/')
        buf_printf(b, "%s/ropeway%s", config, tail);
    else if (home && *home)
        buf_printf(b, "%s/.config/ropeway%s", home, tail);
}

static int say_bad(struct cli *cli, const char *file, const struct words *why)
{
    return cli_fail(cli, CLI_USAGE, SAY(COMMAND_CONFIG_BAD, file, why));
}

static int check_context(struct cli *cli, const char *file, const char *name, const json_t *context)
{
    const char *key;
    json_t *value;

    if (!json_is_object(context))
        return say_bad(cli, file, SAY(COMMAND_CONFIG_NO_MAPPING, name));
    json_object_foreach ((json_t *)context, key, value) {
        size_t i = 0;

        while (cli_context_members[i] && strcmp(cli_context_members[i], key) != 0)
            i++;
        if (!cli_context_members[i])
            return say_bad(cli, file, SAY(COMMAND_CONFIG_NO_MEMBER, name, key));
        if (!json_is_string(value))
            return say_bad(cli, file, SAY(COMMAND_CONFIG_NO_TEXT, name, key));
    }
    return CLI_OK;
}

static int check(struct cli *cli, const char *file, const json_t *config)
{
    const json_t *current = json_object_get(config, "current");
    const json_t *contexts = json_object_get(config, "contexts");
    const char *key;
    json_t *value;
    int r = CLI_OK;

    if (!json_is_object(config))
        return say_bad(cli, file, SAY(COMMAND_CONFIG_NO_MAPPING, "config"));
    json_object_foreach ((json_t *)config, key, value) {
        if (strcmp(key, "current") != 0 && strcmp(key, "contexts") != 0)
            return say_bad(cli, file, SAY(COMMAND_CONFIG_NO_MEMBER, "config", key));
    }
    if (current && !json_is_string(current))
        return say_bad(cli, file, SAY(COMMAND_CONFIG_NO_TEXT, "config", "current"));
    if (contexts && !json_is_object(contexts))
        return say_bad(cli, file, SAY(COMMAND_CONFIG_NO_MAPPING, "contexts"));
    json_object_foreach ((json_t *)contexts, key, value) {
        r = check_context(cli, file, key, value);
        if (r)
            break;
    }
    return r;
}

static int parse(struct cli *cli, const char *file, const struct buf *text, json_t **ret)
{
    struct buf why = {0};
    struct words_read read;
    json_t *documents = NULL;
    int r = CLI_OK;

    if (cli_parse_yaml(text->len ? buf_text(text) : "", text->len, &documents, &why) < 0)
        r = say_bad(cli, file, words_read(buf_text(&why), &read));
    else if (json_array_size(documents) > 1)
        r = say_bad(cli, file, SAY(COMMAND_CONFIG_MANY));
    else if (json_array_size(documents))
        r = check(cli, file, json_array_get(documents, 0));
    if (!r)
        *ret =
            json_array_size(documents) ? json_incref(json_array_get(documents, 0)) : json_object();
    json_decref(documents);
    buf_done(&why);
    return r;
}

int cli_config_read(struct cli *cli, json_t **ret)
{
    struct buf path = {0}, text = {0};
    int r, err = -ENOENT;

    config_path(&path, "/config");
    if (path.len)
        err = file_read(buf_text(&path), MAX_FILE, &text);
    if (err == -ENOENT || err == -ENOTDIR) {
        *ret = json_object();
        r = CLI_OK;
    } else if (err < 0) {
        r = cli_fail(cli, CLI_USAGE,
                     SAY(COMMAND_CONFIG_UNREADABLE, buf_text(&path), strerror(-err)));
    } else {
        r = parse(cli, buf_text(&path), &text, ret);
    }
    buf_done(&text);
    buf_done(&path);
    return r;
}

/* Whole or not at all, and for nobody else to read. A link stays one. */
static int replace(const char *file, const json_t *config)
{
    char *real = realpath(file, NULL), *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    int r = out ? 0 : -ENOMEM;

    if (out) {
        cli_print_yaml(out, config);
        if (fclose(out) != 0)
            r = -ENOMEM;
    }
    if (r == 0)
        r = file_write_atomic(real ? real : file, text, len, 0600);
    free(text);
    free(real);
    return r;
}

/* The folder of the file, and the one that it lies in. */
static void make_folders(void)
{
    struct buf folder = {0};
    char *slash;

    config_path(&folder, "");
    slash = folder.len ? strrchr((char *)folder.data, '/') : NULL;
    if (slash) {
        *slash = 0;
        (void)mkdir((const char *)folder.data, 0700);
        *slash = '/';
        (void)mkdir((const char *)folder.data, 0700);
    }
    buf_done(&folder);
}

int cli_config_write(struct cli *cli, const json_t *config)
{
    struct buf path = {0};
    int r = CLI_OK, err;

    config_path(&path, "/config");
    if (!path.len)
        return cli_fail(cli, CLI_REFUSED, SAY(COMMAND_CONFIG_NOWHERE));
    make_folders();
    err = replace(buf_text(&path), config);
    if (err < 0)
        r = cli_fail(cli, CLI_REFUSED,
                     SAY(COMMAND_CONFIG_UNWRITABLE, buf_text(&path), strerror(-err)));
    buf_done(&path);
    return r;
}

/* ---- what is to be used ---- */

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* NULL where the context does not say. */
static const char *member(const json_t *context, const char *name)
{
    const char *text = model_str(context, name);

    return *text ? text : NULL;
}

/* ~/ is the home, in a file too. Kept in texts. */
static const char *file_of(json_t *texts, const json_t *context, const char *name)
{
    const char *text = member(context, name), *home = environment("HOME");
    json_t *whole;

    if (!text || !home || !text_starts_with(text, "~/"))
        return text;
    whole = json_sprintf("%s/%s", home, text + 2);
    return json_array_append_new(texts, whole) ? text : json_string_value(whole);
}

/* *ret is lent by config; NULL if none is asked for. */
static int find_context(struct cli *cli, const json_t *config, const json_t **ret)
{
    const char *name = cli->context ? cli->context : environment("ROPEWAY_CONTEXT");

    if (!name)
        name = member(config, "current");
    if (!name)
        return CLI_OK;
    *ret = json_object_get(json_object_get(config, "contexts"), name);
    return *ret ? CLI_OK : cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_CONTEXT, name));
}

static const char *first_of(const char *flag, const char *variable, const char *of_context)
{
    const char *set = environment(variable);

    return flag && *flag ? flag : set ? set : of_context;
}

/* A context's certificate and token are for its own server and shown to no other. */
static void take_server(struct cli *cli, json_t *texts, const json_t *context)
{
    const char *own = member(context, "api");

    cli->api = first_of(cli->api, "ROPEWAY_API", own);
    if (own && strcmp(own, cli->api) != 0)
        context = NULL;
    cli->ca = first_of(cli->ca, "ROPEWAY_CA", file_of(texts, context, "ca"));
    if (!cli->token_file)
        cli->token = environment("ROPEWAY_TOKEN");
    cli->token_file =
        first_of(cli->token_file, "ROPEWAY_TOKEN_FILE", file_of(texts, context, "tokenFile"));
    if (!cli->api)
        cli->api = "unix:/run/ropeway/ropewayd.sock";
    if (!cli->token_file)
        cli->token_file = "/var/lib/ropeway/admin.token";
}

int cli_settings(struct cli *cli)
{
    json_t *config = NULL, *texts;
    const json_t *context = NULL;
    int r = cli_config_read(cli, &config);

    if (!r)
        r = find_context(cli, config, &context);
    if (r) {
        json_decref(config);
        return r;
    }
    texts = json_array();
    (void)json_array_append_new(texts, config);
    cli->settings = texts;
    take_server(cli, texts, context);
    cli->region = first_of(cli->region, "ROPEWAY_REGION", member(context, "region"));
    cli->project = first_of(cli->project, "ROPEWAY_PROJECT", member(context, "project"));
    return CLI_OK;
}

void cli_settings_done(struct cli *cli)
{
    json_decref(cli->settings);
    cli->settings = NULL;
}
