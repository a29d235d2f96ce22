#include "manifest.h"

#include <inttypes.h>

/* Brings the server in line with a file. Each item is carried out once all it refers to is known.
 * Where items refer to one another in a circle (two customer gateways that name each other's
 * connections), one of them is created without the fields in question, or with placeholder
 * addresses, and completed when the rest is there. */

struct apply {
    struct cli *cli;
    struct manifest *m;
    size_t applied; /* changes made */
    struct cli_changes changes;
};

/* Somebody else may change an item between the look at it and the change: then it is looked at
 * again, this often. */
#define TRIES 8

/* ---- carrying out ---- */

static void say_warnings(struct apply *a, const struct item *it, json_t *resource)
{
    const json_t *w;
    size_t i;

    json_array_foreach (model_list(resource, "warnings"), i, w)
        fprintf(a->cli->err, "warning: %s %s: %s\n", it->kind->noun, it->name,
                json_string_value(w));
    json_object_del(resource, "warnings");
}

static int not_applied(struct apply *a, struct item *it, int r)
{
    it->outcome = "failed";
    fprintf(a->cli->err, "  in region %s: %s %s was not applied\n", it->region, it->kind->noun,
            it->name);
    return r;
}

/* Takes over what the server made of the item. */
static int take(struct apply *a, struct item *it, json_t *made)
{
    int64_t before = model_int(it->current, "revision", 0);

    say_warnings(a, it, made);
    json_decref(it->current);
    it->current = made;
    if (model_int(made, "revision", 0) == before)
        return CLI_OK;
    a->applied++;
    return cli_changes_add(a->cli, &a->changes, it->region);
}

static int create(struct apply *a, struct item *it, const json_t *body)
{
    json_t *whole = manifest_creation(it, body), *made = NULL;
    struct buf path = {0};
    int r;

    cli_url(&path, it->kind, it->region, NULL, NULL);
    r = cli_call(a->cli, "POST", buf_text(&path), whole, NULL, &made);
    buf_done(&path);
    json_decref(whole);
    if (r)
        return not_applied(a, it, r);
    it->outcome = "created";
    return take(a, it, made);
}

/* On the state that was looked at, or not at all: then *ret_stale is set. */
static int update(struct apply *a, struct item *it, const json_t *patch, bool *ret_stale)
{
    struct cli_answer answer = {0};
    struct buf path = {0}, match = {0};
    int r;

    cli_url(&path, it->kind, it->region, item_id(it), NULL);
    buf_printf(&match, "\"%" PRId64 "\"", model_int(it->current, "revision", 0));
    r = cli_ask(a->cli, "PATCH", buf_text(&path), patch, buf_text(&match), &answer);
    buf_done(&match);
    buf_done(&path);
    *ret_stale = !r && answer.status == 412;
    if (!r && answer.status == 200 && answer.body)
        return take(a, it, answer.body);
    if (!r && !*ret_stale)
        r = cli_say_problem(a->cli, &answer);
    json_decref(answer.body);
    return r;
}

static int look_again(struct apply *a, struct item *it)
{
    json_t *now = NULL;
    int r = cli_find_id(a->cli, it->kind, it->region, item_id(it), &now);

    if (!r && !now)
        r = cli_fail(a->cli, CLI_REFUSED, "%s %s was deleted by somebody else at this moment",
                     it->kind->noun, it->name);
    if (r)
        return r;
    json_decref(it->current);
    it->current = now;
    return CLI_OK;
}

/* Decides on what is stored at this moment; what somebody else changes meanwhile is not lost. */
static int bring_in_line(struct apply *a, struct item *it, const json_t *body)
{
    bool stale = true;
    int r = CLI_OK;

    for (unsigned i = 0; i < TRIES && stale && !r; i++) {
        json_t *patch;

        r = i ? look_again(a, it) : CLI_OK;
        patch = manifest_difference(it, body);
        stale = false;
        if (!r && json_object_size(patch))
            r = update(a, it, patch, &stale);
        json_decref(patch);
    }
    if (!r && stale)
        r = cli_fail(a->cli, CLI_REFUSED,
                     "%s %s keeps being changed by somebody else: nothing of that was overwritten; "
                     "apply again later",
                     it->kind->noun, it->name);
    return r;
}

static int complete(struct apply *a, struct item *it, const json_t *body)
{
    size_t changes = a->applied;
    int r = bring_in_line(a, it, body);

    if (r)
        return not_applied(a, it, r);
    if (!it->outcome)
        it->outcome = a->applied == changes ? "unchanged" : "updated";
    return CLI_OK;
}

static bool gateways_pending(const struct manifest *m)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->items[i].kind->id == MODEL_CUSTOMER_GATEWAY && !m->items[i].done)
            return true;
    }
    return false;
}

/* One item, if all it needs is there; partly, if force. *ret_moved says whether something was done.
 */
static int advance(struct apply *a, struct item *it, bool force, bool *ret_moved)
{
    json_t *body = NULL;
    int missing, needed, r;

    /* Tunnels pin the addresses of customer gateways, which must be the final ones by then. */
    if (it->kind->id == MODEL_VPN_TUNNEL && gateways_pending(a->m))
        return CLI_OK;
    r = manifest_body(a->cli, a->m, it, &body, &missing, &needed);
    if (!r && !needed && !it->current && it->kind->id == MODEL_ROUTE_TABLE) {
        r = manifest_fetch_one(a->cli, a->m, it); /* its VPC may have brought it along */
        *ret_moved = *ret_moved || it->current;
    }
    if (!r && !missing) {
        r = it->current ? complete(a, it, body) : create(a, it, body);
        if (!r)
            item_settle(a->cli, it, it->outcome);
        *ret_moved = true;
    } else if (!r && force && !needed && !it->current) {
        r = create(a, it, body);
        *ret_moved = true;
    }
    json_decref(body);
    return r;
}

static int pass(struct apply *a, bool force, bool *ret_moved, size_t *ret_left)
{
    *ret_moved = false;
    *ret_left = 0;
    for (size_t i = 0; i < a->m->count; i++) {
        struct item *it = &a->m->items[i];
        int r;

        if (it->done)
            continue;
        r = advance(a, it, force, ret_moved);
        if (r)
            return r;
        *ret_left += !it->done;
        if (force && *ret_moved)
            return CLI_OK; /* one is enough to break a circle */
    }
    return CLI_OK;
}

static int say_stuck(struct apply *a)
{
    for (size_t i = 0; i < a->m->count; i++) {
        if (!a->m->items[i].done)
            fprintf(a->cli->err, "  %s %s of region %s\n", a->m->items[i].kind->noun,
                    a->m->items[i].name, a->m->items[i].region);
    }
    return cli_fail(a->cli, CLI_REFUSED, "these resources refer to one another in a circle");
}

static int apply_all(struct apply *a)
{
    bool moved;
    size_t left;
    int r;

    do {
        r = pass(a, false, &moved, &left);
        if (!r && left && !moved)
            r = pass(a, true, &moved, &left);
        if (!r && left && !moved)
            r = say_stuck(a);
    } while (!r && left);
    return r;
}

static int wait_all(struct apply *a)
{
    uint64_t end = cli_wait_end(a->cli);
    int r = cli_wait_observed(a->cli, &a->changes, end);

    for (size_t i = 0; i < a->m->count && !r; i++) {
        const struct item *it = &a->m->items[i];

        r = cli_wait_changed(a->cli, it->kind, it->region, it->current, end);
    }
    return r;
}

int cli_apply(struct cli *cli, const struct cli_args *args)
{
    struct manifest m = {0};
    struct apply a = {.cli = cli, .m = &m};
    int r = manifest_load(cli, args, &m);

    if (r)
        return r;
    r = manifest_fetch(cli, &m);
    if (!r)
        r = apply_all(&a);
    manifest_report(cli, &m);
    if (!r && cli->wait)
        r = wait_all(&a);
    cli_changes_done(&a.changes);
    manifest_done(&m);
    return r;
}
