#include "cli_internal.h"

/* What comes after a change of one resource. */

static void say_warnings(struct cli *cli, json_t *resource)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(resource, "warnings"), i, item)
        cli_line(cli, cli->err, "", SAY(COMMAND_WARNING, json_string_value(item)));
    json_object_del(resource, "warnings");
    json_object_del(resource, "warningsCodes");
}

int cli_wait_for_change(struct cli *cli, const struct model_kind *kind, const json_t *resource)
{
    bool is_region = kind->id == MODEL_REGION;
    const char *region = is_region ? model_str(resource, "id") : cli->region;
    struct cli_changes changes = {0};
    uint64_t end = cli_wait_end(cli);
    int r = CLI_OK;

    if (kind->id >= MODEL_KINDS)
        return r; /* no node has to hear of it */
    if (!is_region || resource)
        r = cli_changes_add(cli, &changes, region);
    if (!r)
        r = cli_wait_observed(cli, &changes, end);
    if (!r && resource)
        r = cli_wait_changed(cli, kind, region, resource, end);
    cli_changes_done(&changes);
    return r;
}

int cli_finish_change(struct cli *cli, const struct model_kind *kind, json_t *resource)
{
    json_t *now = NULL, *psk = json_object_get(resource, "psk");
    int r = CLI_OK;

    say_warnings(cli, resource);
    if (cli->wait) {
        r = cli_wait_for_change(cli, kind, resource);
        if (!r)
            r = cli_find_id(cli, kind, cli->region, model_str(resource, "id"), &now);
        if (now && psk)
            json_object_set(now, "psk", psk);
    }
    cli_show_one(cli, kind, now ? now : resource);
    json_decref(now);
    return r;
}
