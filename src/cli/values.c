#include "cli_internal.h"

#include <stdlib.h>

/* From the text of a flag to the JSON value of its field. What the server checks is not checked
 * here. */

static int parse_int(struct cli *cli, const char *flag, const char *text, json_t **ret)
{
    char *end;
    long long n;

    errno = 0;
    n = strtoll(text, &end, 10);
    if (!*text || *end || errno)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_INTEGER, flag, text));
    *ret = json_integer(n);
    return CLI_OK;
}

/* key=value into a map; quotas have numbers. */
static int parse_map(struct cli *cli, const struct model_field *field, const char *flag,
                     const char *text, json_t **ret)
{
    const char *equals = strchr(text, '=');
    json_t *value = NULL;
    char *key;
    int r;

    *ret = json_object();
    if (!*text)
        return CLI_OK;
    if (!text_is_utf8(text, strlen(text)))
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_UTF8, flag));
    if (!equals || equals == text)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_PAIR, flag, text));
    if (field->type == MODEL_INT_MAP) {
        r = parse_int(cli, flag, equals + 1, &value);
        if (r)
            return r;
    } else {
        value = json_string(equals + 1);
    }
    key = strndup(text, (size_t)(equals - text));
    r = !key || json_object_set_new(*ret, key, value) ? cli_out_of_memory(cli) : CLI_OK;
    free(key);
    return r;
}

static const struct model_field *member_named(const struct model_field *fields, const char *name)
{
    char flag[MODEL_FLAG_MAX];

    for (; fields->name; fields++) {
        if (strcmp(fields->name, name) == 0 ||
            (model_flag_name(fields->name, fields, flag) == 0 && strcmp(flag, name) == 0))
            return fields;
    }
    return NULL;
}

/* destination=10.0.0.0/8,nextHop=bgw-a */
static int parse_object(struct cli *cli, const struct model_field *field, const char *flag,
                        const char *text, json_t **ret)
{
    char *copy = strdup(text), *save = NULL;
    json_t *made = json_object();
    int r = copy && made ? CLI_OK : cli_out_of_memory(cli);

    for (char *part = copy ? strtok_r(copy, ",", &save) : NULL; part && !r;
         part = strtok_r(NULL, ",", &save)) {
        char *equals = strchr(part, '=');
        const struct model_field *member;
        json_t *value = NULL;

        if (equals)
            *equals = 0;
        member = equals ? member_named(field->fields, part) : NULL;
        if (!member) {
            r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_OBJECT, flag, text));
            break;
        }
        r = cli_parse_value(cli, member, flag, equals + 1, &value);
        if (!r && json_object_set_new(made, member->name, value))
            r = cli_out_of_memory(cli);
    }
    free(copy);
    if (r)
        json_decref(made);
    else
        *ret = made;
    return r;
}

static int parse_one(struct cli *cli, const struct model_field *field, const char *flag,
                     const char *text, json_t **ret)
{
    char id[CLI_ID_MAX];
    uint64_t n;
    int r;

    switch (field->type) {
    case MODEL_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_TRUTH, flag, text));
        *ret = json_boolean(text[0] == 't');
        return CLI_OK;
    case MODEL_INT:
        return parse_int(cli, flag, text, ret);
    case MODEL_GROUP:
        *ret =
            text_parse_u64(text, 1000, &n) == 0 ? json_integer((json_int_t)n) : json_string(text);
        return CLI_OK;
    case MODEL_TEXT_MAP:
    case MODEL_INT_MAP:
        return parse_map(cli, field, flag, text, ret);
    case MODEL_OBJECT:
        return parse_object(cli, field, flag, text, ret);
    case MODEL_NEXT_HOP:
        if (model_names_none(field, text))
            break;
        /* fall through */
    case MODEL_REF:
        r = cli_resolve(cli, cli->region, field->refs, text, id);
        *ret = r ? NULL : json_string(id);
        return r;
    default:
        break;
    }
    *ret = json_string(text);
    if (!*ret)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_UTF8, flag));
    return CLI_OK;
}

/* Elements between commas; an element that is an object has commas of its own and stands alone. */
static int parse_list(struct cli *cli, const struct model_field *field, const char *flag,
                      const char *text, json_t **ret)
{
    bool whole = field->type == MODEL_OBJECT;
    char *copy = strdup(text), *save = NULL, *part;
    json_t *made = json_array(), *item;
    int r = copy && made ? CLI_OK : cli_out_of_memory(cli);

    part = !copy || !*copy ? NULL : whole ? copy : strtok_r(copy, ",", &save);
    while (part && !r) {
        item = NULL;
        r = parse_one(cli, field, flag, part, &item);
        if (!r && json_array_append_new(made, item))
            r = cli_out_of_memory(cli);
        part = whole ? NULL : strtok_r(NULL, ",", &save);
    }
    free(copy);
    if (r)
        json_decref(made);
    else
        *ret = made;
    return r;
}

/* a=1,b=2 */
static int parse_map_list(struct cli *cli, const struct model_field *field, const char *flag,
                          const char *text, json_t **ret)
{
    char *copy = strdup(text), *save = NULL;
    json_t *made = json_object();
    int r = copy && made ? CLI_OK : cli_out_of_memory(cli);

    for (char *part = copy ? strtok_r(copy, ",", &save) : NULL; part && !r;
         part = strtok_r(NULL, ",", &save)) {
        json_t *one = NULL;

        r = parse_map(cli, field, flag, part, &one);
        if (!r && json_object_update(made, one))
            r = cli_out_of_memory(cli);
        json_decref(one);
    }
    free(copy);
    if (r)
        json_decref(made);
    else
        *ret = made;
    return r;
}

/* @FILE: a secret that does not show in the list of processes. The line's end is not part of it. */
static int parse_secret_file(struct cli *cli, const char *flag, const char *file, json_t **ret)
{
    struct buf text = {0};
    int r = file_read(file, 4096, &text);

    if (r < 0)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SECRET_UNREADABLE, flag, file, strerror(-r)));
    while (text.len && strchr("\r\n", text.data[text.len - 1]))
        text.data[--text.len] = 0;
    *ret = json_string(buf_text(&text));
    buf_wipe(&text);
    return *ret ? CLI_OK : cli_fail(cli, CLI_USAGE, SAY(COMMAND_SECRET_BAD_UTF8, flag, file));
}

int cli_parse_value(struct cli *cli, const struct model_field *field, const char *flag,
                    const char *text, json_t **ret)
{
    json_t *made = NULL;
    int r;

    if ((field->flags & MODEL_SECRET) && text[0] == '@')
        r = parse_secret_file(cli, flag, text + 1, &made);
    else if (field->list)
        r = parse_list(cli, field, flag, text, &made);
    else if (field->type == MODEL_TEXT_MAP || field->type == MODEL_INT_MAP)
        r = parse_map_list(cli, field, flag, text, &made);
    else
        r = parse_one(cli, field, flag, text, &made);
    if (!r && !made)
        r = cli_out_of_memory(cli);
    if (r)
        json_decref(made);
    else
        *ret = made;
    return r;
}

int cli_set_path(json_t *object, const char *path, json_t *value)
{
    const char *dot = strchr(path, '.');
    char name[128];
    json_t *inner;

    if (!dot)
        return json_object_set_new(object, path, value) ? -ENOMEM : 0;
    if ((size_t)(dot - path) >= sizeof(name)) {
        json_decref(value);
        return -ENAMETOOLONG;
    }
    memcpy(name, path, (size_t)(dot - path));
    name[dot - path] = 0;
    inner = json_object_get(object, name);
    if (!inner) {
        inner = json_object();
        if (json_object_set_new(object, name, inner)) {
            json_decref(value);
            return -ENOMEM;
        }
    }
    return cli_set_path(inner, dot + 1, value);
}
