#include "manifest.h"

/* Deletes what a file names, what refers to others first. What is still held is tried again as long
 * as something else goes. */

static int take_down(struct cli *cli, const struct item *it, const char *path)
{
    json_t *patch;
    int r;

    if (it->kind->id != MODEL_VPN_TUNNEL ||
        strcmp(model_str(it->current, "adminState"), "down") == 0)
        return CLI_OK;
    patch = json_pack("{s:s}", "adminState", "down");
    r = cli_call(cli, "PATCH", path, patch, NULL, NULL);
    json_decref(patch);
    return r;
}

/* *ret is the refusal to show when nothing else helps; owned. */
static int remove_one(struct cli *cli, struct item *it, struct cli_answer *ret)
{
    struct cli_answer answer = {0};
    struct buf path = {0};
    int r;

    cli_url(&path, it->kind, it->region, item_id(it), NULL);
    r = take_down(cli, it, buf_text(&path));
    if (!r)
        r = cli_ask(cli, "DELETE", buf_text(&path), NULL, NULL, &answer);
    buf_done(&path);
    if (r)
        return r;
    if (answer.status == 409) {
        json_decref(ret->body);
        *ret = answer;
        return CLI_OK;
    }
    if (answer.status < 300 || answer.status == 404)
        item_settle(cli, it, "deleted");
    else
        r = cli_say_problem(cli, &answer);
    json_decref(answer.body);
    return r;
}

/* A route table may hold the instance that holds its subnet that holds the table: its routes go
 * first. *ret says whether there was such a table. */
static int empty_tables(struct cli *cli, const struct manifest *m, bool *ret)
{
    json_t *patch = json_pack("{s:[], s:[]}", "routes", "propagations");
    int r = CLI_OK;

    *ret = false;
    for (size_t i = 0; i < m->count && !r; i++) {
        const struct item *it = &m->items[i];
        struct buf path = {0};

        if (it->done || it->kind->id != MODEL_ROUTE_TABLE)
            continue;
        cli_url(&path, it->kind, it->region, item_id(it), NULL);
        r = cli_call(cli, "PATCH", buf_text(&path), patch, NULL, NULL);
        buf_done(&path);
        *ret = true;
    }
    json_decref(patch);
    return r;
}

/* Goes through all that is left, what refers to others first. */
static int pass(struct cli *cli, struct manifest *m, struct cli_answer *refusal, size_t *ret_left)
{
    int r = CLI_OK;

    *ret_left = 0;
    for (size_t i = m->count; i > 0 && !r; i--) {
        struct item *it = &m->items[i - 1];

        if (!it->done && !it->current)
            item_settle(cli, it, "absent");
        else if (!it->done)
            r = remove_one(cli, it, refusal);
        *ret_left += !it->done;
    }
    return r;
}

static int remove_all(struct cli *cli, struct manifest *m)
{
    struct cli_answer refusal = {0};
    size_t left = m->count, before;
    bool emptied = false, again;
    int r;

    do {
        before = left;
        r = pass(cli, m, &refusal, &left);
        again = left < before;
        if (!r && left && !again && !emptied) {
            r = empty_tables(cli, m, &again);
            emptied = true;
        }
    } while (!r && left && again);
    if (!r && left)
        r = cli_say_problem(cli, &refusal);
    json_decref(refusal.body);
    return r;
}

int cli_delete_file(struct cli *cli, const struct cli_args *args)
{
    struct manifest m = {0};
    int r = manifest_load(cli, args, &m);

    if (r)
        return r;
    r = manifest_fetch(cli, &m);
    if (!r)
        r = remove_all(cli, &m);
    manifest_report(cli, &m);
    manifest_done(&m);
    return r;
}
