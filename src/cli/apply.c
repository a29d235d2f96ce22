#include "plan.h"

#include <endian.h>
#include <inttypes.h>

#include "pmap.h"

/* Brings the server in line with a file. Items are looked at in their order, over and over; each
 * is carried out once all it refers to is known. One that waits for another is not looked at again
 * before that exists. Where items refer to one another in a circle (two customer gateways that name
 * each other's connections), one of them is created without the fields in question, or with
 * placeholder addresses, and completed when the rest is there. */

struct apply {
    struct cli *cli;
    struct manifest *m;
    size_t applied; /* changes made */
    struct cli_changes changes;
    struct plans plans;   /* of a dry run: what it would send */
    struct pmap *ready;   /* items to look at */
    struct pmap *partial; /* items that wait, but can be created as far as they are known */
    struct item *tunnels; /* the first of those that wait for the customer gateways */
    size_t gateways;      /* customer gateways that are not done */
};

/* Somebody else may change an item between the look at it and the change: then it is looked at
 * again, this often. */
#define TRIES 8

/* ---- sets of items, in the order of the file ---- */

static const struct pmap_type borrowed = {0};

static uint64_t place(const struct apply *a, const struct item *it)
{
    return (uint64_t)(it - a->m->items);
}

static int put(struct apply *a, struct pmap **set, struct item *it)
{
    uint64_t key = htobe64(place(a, it));

    if (pmap_put(&borrowed, set, &key, sizeof(key), it, 0) < 0)
        return cli_out_of_memory(a->cli);
    return CLI_OK;
}

/* It need not be there. */
static int take_out(struct apply *a, struct pmap **set, const struct item *it)
{
    uint64_t key = htobe64(place(a, it));

    if (pmap_remove(&borrowed, set, &key, sizeof(key)) == -ENOMEM)
        return cli_out_of_memory(a->cli);
    return CLI_OK;
}

static struct item *first_from(const struct pmap *set, uint64_t from)
{
    uint64_t key = htobe64(from);
    struct pmap_iter i;

    pmap_begin(&i, set, &key, sizeof(key));
    return pmap_next(&i, NULL, NULL);
}

/* ---- carrying out ---- */

static void say_warnings(struct apply *a, const struct item *it, json_t *resource)
{
    const json_t *w;
    size_t i;

    json_array_foreach (model_list(resource, "warnings"), i, w)
        cli_line(a->cli, a->cli->err, "",
                 SAY(COMMAND_WARNING_OF_ITEM, cli_noun(a->cli, it->kind), it->name,
                     json_string_value(w)));
    json_object_del(resource, "warnings");
    json_object_del(resource, "warningsCodes");
}

static int not_applied(struct apply *a, struct item *it, int r)
{
    it->outcome = "failed";
    cli_line(a->cli, a->cli->err, "  ",
             SAY(COMMAND_NOT_APPLIED, it->region, cli_noun(a->cli, it->kind), it->name));
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

    if (a->cli->dry_run) {
        r = foretell_create(a->cli, &a->plans, it, whole);
        json_decref(whole);
        it->outcome = "created";
        return r;
    }
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
    if (!r && answer.status == 200 && json_object_get(patch, "name"))
        json_object_clear(a->m->outside); /* what had this name may have another one now */
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
        r = cli_fail(a->cli, CLI_REFUSED,
                     SAY(COMMAND_DELETED_MEANWHILE, cli_noun(a->cli, it->kind), it->name));
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
                     SAY(COMMAND_CHANGED_MEANWHILE, cli_noun(a->cli, it->kind), it->name));
    return r;
}

static int foretell(struct apply *a, struct item *it, const json_t *body)
{
    json_t *patch = manifest_difference(it, body);
    int r = json_object_size(patch) ? foretell_update(a->cli, &a->plans, it, patch) : CLI_OK;

    json_decref(patch);
    return r;
}

static int complete(struct apply *a, struct item *it, const json_t *body)
{
    size_t changes = a->applied;
    int r = a->cli->dry_run ? foretell(a, it, body) : bring_in_line(a, it, body);

    if (r)
        return not_applied(a, it, r);
    if (!it->outcome)
        it->outcome = a->applied == changes ? "unchanged" : "updated";
    return CLI_OK;
}

/* One item, if all it needs is there; partly, if force. *ret_gap says what it lacks: nothing if it
 * is done, or a tunnel that waits for the customer gateways. */
static int advance(struct apply *a, struct item *it, bool force, struct gap *ret_gap)
{
    json_t *body = NULL;
    int r;

    /* Tunnels pin the addresses of customer gateways, which must be the final ones by then. */
    if (it->kind->id == MODEL_VPN_TUNNEL && a->gateways)
        return CLI_OK;
    r = manifest_body(a->cli, a->m, it, &body, ret_gap);
    if (!r && !ret_gap->needed && !it->current && it->kind->id == MODEL_ROUTE_TABLE)
        r = manifest_fetch_one(a->cli, a->m, it); /* its VPC may have brought it along */
    if (!r && !ret_gap->missing) {
        r = it->current ? complete(a, it, body) : create(a, it, body);
        it->done = !r;
        if (!r && !a->cli->dry_run)
            item_settle(a->cli, it, it->outcome);
    } else if (!r && force && !ret_gap->needed && !it->current) {
        r = create(a, it, body);
    }
    json_decref(body);
    return r;
}

/* ---- the order ---- */

static int wake(struct apply *a, struct item **list)
{
    int r = CLI_OK;

    for (struct item *it = *list; it && !r; it = it->next)
        r = put(a, &a->ready, it);
    *list = NULL;
    return r;
}

/* Of all that it lacks an item waits for one thing at a time. */
static int park(struct apply *a, struct item *it, const struct gap *gap)
{
    struct item **list = gap->item ? &gap->item->waiters : &a->tunnels;

    it->next = *list;
    *list = it;
    return gap->item && !gap->needed && !it->current ? put(a, &a->partial, it) : CLI_OK;
}

static int look_at(struct apply *a, struct item *it, bool force)
{
    bool existed = it->current;
    struct gap gap = {0};
    int r = take_out(a, &a->ready, it);

    if (!r)
        r = take_out(a, &a->partial, it);
    if (!r)
        r = advance(a, it, force, &gap);
    if (!r && !it->done && !force) /* what is forced is waiting already, and goes on */
        r = park(a, it, &gap);
    if (!r && !existed && it->current)
        r = wake(a, &it->waiters);
    if (!r && it->done && it->kind->id == MODEL_CUSTOMER_GATEWAY && --a->gateways == 0)
        r = wake(a, &a->tunnels);
    return r;
}

static int begin(struct apply *a)
{
    int r = CLI_OK;

    for (size_t i = 0; i < a->m->count && !r; i++) {
        a->gateways += a->m->items[i].kind->id == MODEL_CUSTOMER_GATEWAY;
        r = put(a, &a->ready, &a->m->items[i]);
    }
    return r;
}

/* When nothing can be done any more. */
static int check_all_done(struct apply *a)
{
    bool stuck = false;

    for (size_t i = 0; i < a->m->count; i++) {
        const struct item *it = &a->m->items[i];

        if (!it->done)
            cli_line(a->cli, a->cli->err, "  ",
                     SAY(COMMAND_ITEM_OF_REGION, cli_noun(a->cli, it->kind), it->name, it->region));
        stuck = stuck || !it->done;
    }
    if (!stuck)
        return CLI_OK;
    return cli_fail(a->cli, CLI_REFUSED, SAY(COMMAND_CIRCLE));
}

/* From the beginning of the file to its end, and again. When nothing is left to look at, the first
 * item that can be created partly breaks a circle. */
static int apply_all(struct apply *a)
{
    uint64_t at = 0;
    int r = begin(a);

    while (!r) {
        struct item *it = first_from(a->ready, at);
        bool force = false;

        if (!it)
            it = first_from(a->ready, 0);
        if (!it) {
            it = first_from(a->partial, 0);
            force = true;
        }
        if (!it)
            return check_all_done(a);
        r = look_at(a, it, force);
        at = force ? 0 : place(a, it) + 1;
    }
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

/* ---- all of it ---- */

/* Asks the server about all of it at once; what would be pruned is told, too. */
static int ask(struct apply *a, struct manifest *gone)
{
    int r = unplans_make(a->cli, gone, &a->plans);

    if (!r)
        r = foretell_ask(a->cli, a->m, &a->plans);
    for (size_t i = 0; i < gone->count && !r; i++)
        gone->items[i].outcome = "deleted";
    return r;
}

static int carry_out(struct apply *a, const struct cli_args *args, struct manifest *gone)
{
    int r = manifest_fetch(a->cli, a->m);

    if (!r)
        r = apply_all(a);
    if (!r && args->prune)
        r = prune_find(a->cli, a->m, args->prune, gone);
    if (!r && a->cli->dry_run)
        r = ask(a, gone);
    else if (!r && gone->count)
        r = unapply(a->cli, gone, &a->changes);
    return r;
}

/* *ret_different: how many a dry run would change. */
static int run(struct cli *cli, const struct cli_args *args, bool diff, size_t *ret_different)
{
    struct manifest m = {0}, gone = {.deleting = true, .listed = true};
    struct apply a = {.cli = cli, .m = &m};
    int r = manifest_load(cli, args, &m);

    if (r)
        return r;
    r = carry_out(&a, args, &gone);
    if (!r && cli->dry_run)
        *ret_different = foretell_show(cli, &m, diff) + foretell_show(cli, &gone, diff);
    manifest_report(cli, &m, &gone);
    if (!r && cli->wait && !cli->dry_run)
        r = wait_all(&a);
    pmap_unref(&borrowed, a.ready);
    pmap_unref(&borrowed, a.partial);
    plans_done(&a.plans);
    cli_changes_done(&a.changes);
    manifest_done(&gone);
    manifest_done(&m);
    return r;
}

static int check(struct cli *cli, const struct cli_args *args, const char *usage)
{
    if (args->word_count > 1 || args->flag_count)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SAY, usage));
    return CLI_OK;
}

int cli_apply(struct cli *cli, const struct cli_args *args)
{
    size_t different = 0;
    int r;

    if (args->help)
        return cli_help_file(cli, "apply");
    r = check(cli, args, "ropeway apply -f FILE");
    return r ? r : run(cli, args, false, &different);
}

int cli_diff(struct cli *cli, const struct cli_args *args)
{
    size_t different = 0;
    int r;

    if (args->help)
        return cli_help_file(cli, "diff");
    cli->dry_run = true;
    r = check(cli, args, "ropeway diff -f FILE");
    if (!r)
        r = run(cli, args, true, &different);
    if (!r)
        return different ? CLI_DIFFERENT : CLI_OK;
    return r == CLI_REFUSED ? CLI_DIFF_REFUSED : r;
}
