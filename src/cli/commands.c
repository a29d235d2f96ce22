#include "cli_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Create, get, list, update, delete: the same for every kind. */

#define SET(kind) (1U << (kind))

static const struct cli_verb verbs[] = {
    {"create", 0, cli_create, "", WORDS_COMMAND_HELP_CREATE_VERB},
    {"list", 0, cli_list, "", WORDS_COMMAND_HELP_LIST_VERB},
    {"get", 0, cli_get, "ID|NAME", WORDS_COMMAND_HELP_GET_VERB},
    {"update", 0, cli_update, "ID|NAME", WORDS_COMMAND_HELP_UPDATE_VERB},
    {"edit", 0, cli_edit, "ID|NAME", WORDS_COMMAND_HELP_EDIT_VERB},
    {"invite", SET(MODEL_USER), cli_invite, "ID", WORDS_COMMAND_HELP_INVITE_VERB},
    {"delete", 0, cli_delete, "ID|NAME|-l SELECTOR", WORDS_COMMAND_HELP_DELETE_VERB},
    {"wait",
     SET(MODEL_NODE) | SET(MODEL_INSTANCE) | SET(MODEL_VPN_CONNECTION) | SET(MODEL_VPN_TUNNEL),
     cli_wait_for, "ID|NAME", WORDS_COMMAND_HELP_WAIT_VERB},
    {"drain", SET(MODEL_NODE), cli_drain, "ID|NAME", WORDS_COMMAND_HELP_DRAIN_VERB},
    {"undrain", SET(MODEL_NODE), cli_undrain, "ID|NAME", WORDS_COMMAND_HELP_UNDRAIN_VERB},
    {"reveal-psk", SET(MODEL_VPN_TUNNEL), cli_reveal_psk, "ID|NAME",
     WORDS_COMMAND_HELP_REVEAL_PSK_VERB},
    {"test", SET(MODEL_ALARM), cli_test_alarm, "ID|NAME", WORDS_COMMAND_HELP_TEST_VERB},
    {"log", SET(MODEL_VPN_TUNNEL), cli_log, "ID|NAME", WORDS_COMMAND_HELP_LOG_VERB},
    {"device-configuration", SET(MODEL_VPN_TUNNEL) | SET(MODEL_VPN_CONNECTION), cli_device,
     "ID|NAME", WORDS_COMMAND_HELP_DEVICE_VERB},
    {"metrics",
     SET(MODEL_VPN_TUNNEL) | SET(MODEL_VPN_CONNECTION) | SET(MODEL_BORDER_GATEWAY) |
         SET(MODEL_VPC_ATTACHMENT) | SET(MODEL_PRIVATE_INTERFACE) | SET(MODEL_INSTANCE) |
         SET(MODEL_NODE),
     cli_metrics, "ID|NAME", WORDS_COMMAND_HELP_METRICS_VERB},
    {"routes", SET(MODEL_BORDER_GATEWAY) | SET(MODEL_ROUTE_TABLE), cli_routes, "ID|NAME",
     WORDS_COMMAND_HELP_ROUTES_VERB},
    {"explain", SET(MODEL_BORDER_GATEWAY) | SET(MODEL_ROUTE_TABLE), cli_explain, "ID|NAME ADDRESS",
     WORDS_COMMAND_HELP_EXPLAIN_VERB},
    {"hosts", SET(MODEL_SUBNET), cli_hosts, "ID|NAME", WORDS_COMMAND_HELP_HOSTS_VERB},
    {"problems", SET(MODEL_REGION), cli_problems, "ID", WORDS_COMMAND_HELP_PROBLEMS_VERB},
    {"quotas", SET(MODEL_REGION), cli_quotas, "ID", WORDS_COMMAND_HELP_QUOTAS_VERB},
    {0},
};

const struct cli_verb *cli_verbs(void)
{
    return verbs;
}

bool cli_verb_fits(const struct cli_verb *verb, const struct model_kind *kind)
{
    return !verb->kinds || (verb->kinds & SET(kind->id));
}

bool cli_verb_takes(const struct cli_verb *verb, const struct model_kind *kind, const char *path,
                    const struct model_field *field)
{
    if (strcmp(verb->name, "create") == 0)
        return field->access == MODEL_EDITABLE || field->access == MODEL_CREATE_ONLY ||
               field->access == MODEL_ACTION;
    if (strcmp(verb->name, "update") == 0)
        return field->access == MODEL_EDITABLE;
    if (strcmp(verb->name, "list") == 0 && kind->id < MODEL_KINDS)
        return model_filter_field(kind, path);
    return false;
}

static const struct cli_verb *verb_named(const char *name)
{
    const struct cli_verb *v = verbs;

    while (v->name && strcmp(v->name, name) != 0)
        v++;
    return v;
}

static int check_operand(struct cli *cli, const struct model_kind *kind,
                         const struct cli_args *args)
{
    if (args->word_count < 3)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_OPERAND, cli_noun(cli, kind)));
    if (args->word_count > 3)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_SECOND_OPERAND, cli_noun(cli, kind), args->words[3]));
    return cli_need_region(cli, kind);
}

/* The operand: an id or a name, required. */
static int operand(struct cli *cli, const struct model_kind *kind, const struct cli_args *args,
                   char ret_id[CLI_ID_MAX])
{
    int r = check_operand(cli, kind, args);

    if (r)
        return r;
    if (cli_named_by_people(kind)) {
        if (text_copy(ret_id, CLI_ID_MAX, args->words[2]) < 0)
            return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_ID, args->words[2]));
        return CLI_OK;
    }
    return cli_resolve(cli, cli_in_region(kind) ? cli->region : NULL, SET(kind->id), args->words[2],
                       ret_id);
}

/* ---- bodies from flags ---- */

struct nearest_flag {
    const struct model_kind *kind;
    const struct cli_verb *verb;
    struct cli_nearest near;
};

static int offer_flag(void *arg, const char *path, const struct model_field *field)
{
    struct nearest_flag *s = arg;
    char name[MODEL_FLAG_MAX];

    if (cli_verb_takes(s->verb, s->kind, path, field) && model_flag_name(path, field, name) == 0)
        cli_nearest_offer(&s->near, name);
    return 0;
}

static int unknown_flag(struct cli *cli, const struct model_kind *kind, const struct cli_verb *verb,
                        const char *name)
{
    struct nearest_flag s = {.kind = kind, .verb = verb, .near.wanted = name};
    char help[64];

    (void)model_each_field(kind, offer_flag, &s);
    snprintf(help, sizeof(help), "%s %s", kind->noun, verb->name);
    return cli_fail(cli, CLI_USAGE,
                    SAY(COMMAND_NO_FLAG_SEE, kind->noun, verb->name, name,
                        cli_nearest_hint(cli, &s.near), help));
}

/* The value of a flag that may stand alone: --transit, --no-transit. */
static const char *switch_value(const struct cli_flag *flag, bool negated)
{
    if (flag->value)
        return flag->value;
    return negated ? "false" : "true";
}

/* Repeated lists and maps add up, anything else replaces. */
static int add_member(struct cli *cli, json_t *body, const char *path, json_t *value)
{
    json_t *have = json_object_get(body, path);
    int failed;

    if (json_is_array(have) && json_is_array(value)) {
        failed = json_array_extend(have, value);
        json_decref(value);
    } else if (json_is_object(have) && json_is_object(value)) {
        failed = json_object_update(have, value);
        json_decref(value);
    } else {
        failed = cli_set_path(body, path, value);
    }
    return failed ? cli_out_of_memory(cli) : CLI_OK;
}

/* --asn null: back to the default. Of a text that people choose it is the text. */
static bool means_null(const struct model_field *field, const char *value)
{
    return value && strcmp(value, "null") == 0 && (field->type != MODEL_STRING || field->list);
}

static int add_flag(struct cli *cli, const struct model_kind *kind, const struct cli_verb *verb,
                    const struct cli_flag *flag, json_t *body)
{
    bool negated = false;
    const char *name = flag->name;
    const struct model_field *field;
    json_t *value = NULL;
    char path[128];
    int r;

    field = cli_find_flag(kind, name, path);
    if (!field && text_starts_with(name, "no-")) {
        field = cli_find_flag(kind, name + 3, path);
        negated = field && field->type == MODEL_BOOL && !flag->value;
        if (!negated)
            field = NULL;
    }
    if (!field || !cli_verb_takes(verb, kind, path, field))
        return unknown_flag(cli, kind, verb, name);
    if (verb->run == cli_update && means_null(field, flag->value))
        return add_member(cli, body, path, json_null());
    r = cli_parse_value(cli, field, name, switch_value(flag, negated), &value);
    return r ? r : add_member(cli, body, path, value);
}

/* --unset a,b: back to the default. */
static int add_unset(struct cli *cli, const struct model_kind *kind, const struct cli_verb *verb,
                     const char *names, json_t *body)
{
    char *copy = strdup(names), *save = NULL;
    int r = copy ? CLI_OK : cli_out_of_memory(cli);

    for (char *name = copy ? strtok_r(copy, ",", &save) : NULL; name && !r;
         name = strtok_r(NULL, ",", &save)) {
        char path[128];
        const struct model_field *field = cli_find_flag(kind, name, path);

        if (!field || !cli_verb_takes(verb, kind, path, field))
            r = unknown_flag(cli, kind, verb, name);
        else
            r = add_member(cli, body, path, json_null());
    }
    free(copy);
    return r;
}

static int build_body(struct cli *cli, const struct model_kind *kind, const struct cli_verb *verb,
                      const struct cli_args *args, json_t *body)
{
    bool updating = verb->run == cli_update;
    int r = CLI_OK;

    for (size_t i = 0; i < args->flag_count && !r; i++) {
        const struct cli_flag *flag = &args->flags[i];

        if (updating && strcmp(flag->name, "if-match") == 0)
            continue;
        if (updating && strcmp(flag->name, "unset") == 0)
            r = add_unset(cli, kind, verb, flag->value, body);
        else
            r = add_flag(cli, kind, verb, flag, body);
    }
    return r;
}

int cli_create(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    struct buf path = {0};
    json_t *body = json_object(), *made = NULL;
    size_t operands = cli_named_by_people(kind) ? 3 : 2;
    bool chosen = false;
    int r = cli_need_region(cli, kind);

    if (!r && args->word_count > operands)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_EXTRA_WORD_NAME, args->words[operands]));
    if (!r && args->word_count > 2) /* ropeway region create cn-north-1 */
        json_object_set_new(body, "id", json_string(args->words[2]));
    if (!r)
        r = build_body(cli, kind, verb_named("create"), args, body);
    if (!r && kind->id == MODEL_VPN_TUNNEL)
        r = cli_choose_pair(cli, body, &chosen);
    if (!r) {
        cli_url(&path, kind, cli->region, NULL, NULL);
        cli->flags_of = kind;
        r = cli_post_once(cli, buf_text(&path), body, &made);
        buf_done(&path);
    }
    if (!r && chosen)
        cli_line(cli, cli->err, "",
                 SAY(COMMAND_PAIR_TAKEN, model_str(made, "cloudAddress"),
                     model_str(made, "customerAddress")));
    if (!r && !cli_show_shown_once(cli, made))
        r = cli_finish_change(cli, kind, made);
    json_decref(made);
    json_decref(body);
    return r;
}

/* The id of the operand, and the revision that was seen when it was looked up by its name: 0 for an
 * id, which is not looked up. */
static int operand_seen(struct cli *cli, const struct model_kind *kind, const struct cli_args *args,
                        char ret_id[CLI_ID_MAX], int64_t *ret_revision)
{
    json_t *found = NULL;
    int r = check_operand(cli, kind, args);

    if (r || cli_named_by_people(kind) || model_is_id(kind, args->words[2]))
        return r ? r : operand(cli, kind, args, ret_id);
    r = cli_find(cli, kind, cli->region, args->words[2], &found);
    if (!r && !found)
        r = cli_not_found(cli, cli_noun(cli, kind), args->words[2],
                          cli_in_region(kind) ? cli->region : NULL);
    if (!r && text_copy(ret_id, CLI_ID_MAX, model_str(found, "id")) < 0)
        r = cli_fail(cli, CLI_REFUSED, SAY(COMMAND_BAD_ID, model_str(found, "id")));
    if (!r)
        *ret_revision = model_int(found, "revision", 0);
    json_decref(found);
    return r;
}

/* match is the text of If-Match without quotes; "": whatever is there. */
static int patch(struct cli *cli, const struct model_kind *kind, const char *id, const json_t *body,
                 const char *match, json_t **ret)
{
    struct buf path = {0}, quoted = {0};
    struct cli_answer answer = {0};
    int r;

    cli_url(&path, kind, cli->region, id, NULL);
    buf_printf(&quoted, "\"%s\"", match);
    cli->flags_of = kind;
    r = cli_ask(cli, "PATCH", buf_text(&path), body, *match ? buf_text(&quoted) : NULL, &answer);
    buf_done(&quoted);
    buf_done(&path);
    if (!r && answer.status == 200 && answer.body) {
        *ret = answer.body;
        return CLI_OK;
    }
    if (!r)
        r = cli_say_problem(cli, &answer);
    if (answer.status == 412)
        (void)cli_fail(cli, r, SAY(COMMAND_CHANGED_BEFORE, cli_noun(cli, kind)));
    json_decref(answer.body);
    return r;
}

int cli_update(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    const char *match = cli_flag(args, "if-match");
    json_t *body = json_object(), *made = NULL;
    char id[CLI_ID_MAX], seen[24] = "";
    int64_t revision = 0;
    int r = operand_seen(cli, kind, args, id, &revision);

    if (!r)
        r = build_body(cli, kind, verb_named("update"), args, body);
    if (!r && !json_object_size(body))
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_NOTHING_TO_CHANGE, kind->noun));
    if (revision)
        snprintf(seen, sizeof(seen), "%" PRId64, revision);
    if (!r)
        r = patch(cli, kind, id, body, match ? match : seen, &made);
    if (!r)
        r = cli_finish_change(cli, kind, made);
    json_decref(made);
    json_decref(body);
    return r;
}

/* Whatever else of it has changed. */
static int set_draining(struct cli *cli, const struct model_kind *kind, const struct cli_args *args,
                        bool draining)
{
    json_t *body = json_pack("{s:b}", "draining", draining), *made = NULL;
    char id[CLI_ID_MAX];
    int r = operand(cli, kind, args, id);

    if (!r && args->flag_count)
        r = unknown_flag(cli, kind, verb_named(args->words[1]), args->flags[0].name);
    if (!r)
        r = patch(cli, kind, id, body, "", &made);
    if (!r)
        r = cli_finish_change(cli, kind, made);
    json_decref(made);
    json_decref(body);
    return r;
}

int cli_drain(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    return set_draining(cli, kind, args, true);
}

int cli_undrain(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    return set_draining(cli, kind, args, false);
}

int cli_get(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    struct buf path = {0};
    json_t *found = NULL;
    char id[CLI_ID_MAX];
    int r = operand(cli, kind, args, id);

    if (!r && args->flag_count)
        r = unknown_flag(cli, kind, verb_named("get"), args->flags[0].name);
    if (!r) {
        cli_url(&path, kind, cli->region, id, NULL);
        r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &found);
    }
    if (!r)
        cli_show_one(cli, kind, found);
    buf_done(&path);
    json_decref(found);
    return r;
}

/* --name x --vpc vpc-a become [["name", "x"], ["vpcId", "vpc-..."]]; references are given by id or
 * name. */
static int take_filters(struct cli *cli, const struct model_kind *kind, const struct cli_args *args,
                        json_t *filters)
{
    for (size_t i = 0; i < args->flag_count; i++) {
        const struct cli_flag *flag = &args->flags[i];
        const char *value = switch_value(flag, false);
        char path[128], id[CLI_ID_MAX];
        const struct model_field *field = cli_find_flag(kind, flag->name, path);

        if (!field || !cli_verb_takes(verb_named("list"), kind, path, field))
            return unknown_flag(cli, kind, verb_named("list"), flag->name);
        if (field->refs && !model_names_none(field, value)) {
            int r = cli_resolve(cli, cli->region, field->refs, value, id);

            if (r)
                return r;
            value = id;
        }
        if (json_array_append_new(filters, json_pack("[s, s]", path, value)))
            return cli_out_of_memory(cli);
    }
    if (cli->project && kind->id < MODEL_KINDS && *cli->project &&
        model_filter_field(kind, "projectId") &&
        json_array_append_new(filters, json_pack("[s, s]", "projectId", cli->project)))
        return cli_out_of_memory(cli);
    if (args->selector &&
        json_array_append_new(filters, json_pack("[s, s]", "selector", args->selector)))
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_UTF8, "selector"));
    return CLI_OK;
}

static int show_list(struct cli *cli, const struct model_kind *kind, const json_t *filters,
                     const char *sort_by)
{
    struct buf query = {0};
    json_t *items = NULL;
    const json_t *filter;
    size_t i;
    int r;

    json_array_foreach (filters, i, filter) {
        buf_printf(&query, "%s%s=", i ? "&" : "", json_string_value(json_array_get(filter, 0)));
        cli_url_add(&query, json_string_value(json_array_get(filter, 1)));
    }
    r = cli_list_all(cli, kind, cli->region, query.len ? buf_text(&query) : "", &items);
    if (!r)
        r = cli_sort(cli, kind, sort_by, items);
    if (!r)
        cli_show_list(cli, kind, items);
    buf_done(&query);
    json_decref(items);
    return r;
}

int cli_list(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    json_t *filters = json_array();
    int r = cli_need_region(cli, kind);

    if (!r && args->word_count > 2)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_EXTRA_WORD_LIST, args->words[2]));
    if (!r && kind->id >= MODEL_KINDS && (args->watch || args->selector))
        r = unknown_flag(cli, kind, verb_named("list"), args->watch ? "watch" : "selector");
    if (!r)
        r = take_filters(cli, kind, args, filters);
    if (!r)
        r = (args->watch ? cli_watch : show_list)(cli, kind, filters, args->sort_by);
    json_decref(filters);
    return r;
}

/* By id or name, or all that carry labels. */
int cli_delete(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    struct buf path = {0};
    char id[CLI_ID_MAX];
    int r = CLI_OK;

    if (args->flag_count)
        return unknown_flag(cli, kind, verb_named("delete"), args->flags[0].name);
    if (args->selector && kind->id >= MODEL_KINDS)
        return unknown_flag(cli, kind, verb_named("delete"), "selector");
    if (args->selector && args->word_count > 2)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SELECTOR_AND_NAME, args->words[2]));
    if (args->selector)
        r = cli_need_region(cli, kind);
    if (args->selector)
        return r ? r : cli_delete_selected(cli, kind, args->selector);
    r = operand(cli, kind, args, id);
    if (!r) {
        cli_url(&path, kind, cli->region, id, NULL);
        r = cli_call(cli, "DELETE", buf_text(&path), NULL, NULL, NULL);
    }
    if (!r && cli->output == CLI_TABLE)
        cli_line(cli, cli->out, "", SAY(COMMAND_IS_DELETED, cli_noun(cli, kind), id));
    if (!r && cli->wait)
        r = cli_wait_for_change(cli, kind, NULL);
    buf_done(&path);
    return r;
}
