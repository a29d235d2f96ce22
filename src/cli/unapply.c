#include "plan.h"

/* delete -f: all that the file names goes, or nothing. First the server is asked in a dry run of
 * each region whether it all may go; then it is carried out, in one commit a region if it takes
 * that much. */

#define SHOWN      5  /* resources named at once */
#define SMALL_STEP 40 /* operations, where all are too much for one commit */

struct undo {
    struct cli *cli;
    struct manifest *m;
    struct plans plans;
    size_t done; /* operations that were carried out */
    struct cli_changes *changes;
};

enum verdict { DONE, TOO_LARGE, AGAIN };

/* ---- one batch ---- */

static int say_end(struct undo *u, int r)
{
    if (u->done)
        cli_line(u->cli, u->cli->err, "  ", SAY(COMMAND_DONE_BEFORE, u->done));
    else
        cli_line(u->cli, u->cli->err, "  ", SAY(COMMAND_NOTHING_DONE));
    return r;
}

static int say_refusal(struct undo *u, const struct plan *p, const struct cli_answer *answer)
{
    int64_t index = model_int(answer->body, "operation", -1);
    struct item *it;

    if (index >= 0 && (size_t)index < p->count) {
        it = p->steps[index].it;
        it->outcome = "failed";
        (void)cli_fail(u->cli, CLI_REFUSED,
                       SAY(COMMAND_CANNOT_DELETE, cli_noun(u->cli, it->kind), it->name, item_id(it),
                           p->region));
    }
    (void)cli_say_problem(u->cli, answer);
    if (answer->status == 413 || strcmp(model_str(answer->body, "field"), "operations") == 0)
        (void)cli_fail(u->cli, CLI_REFUSED, SAY(COMMAND_TOO_MUCH, p->region, p->count));
    return say_end(u, CLI_REFUSED);
}

/* What is gone already is fine. */
static bool forget_gone(struct plan *p, const struct cli_answer *answer)
{
    int64_t index = model_int(answer->body, "operation", -1);
    struct item *it;

    if (answer->status != 404 || index < 0 || (size_t)index >= p->count)
        return false;
    it = p->steps[index].it;
    json_decref(it->current);
    it->current = NULL;
    plan_forget(p, it);
    return true;
}

/* The first count steps; *ret tells what to do next. */
static int batch(struct undo *u, struct plan *p, size_t count, bool dry_run, enum verdict *ret)
{
    struct cli_answer answer = {0};
    const char *type;
    int r = plan_send(u->cli, p, count, dry_run, &answer);

    if (r)
        return r == CLI_REFUSED ? say_end(u, r) : r;
    type = model_str(answer.body, "type");
    if (answer.status == 200)
        *ret = DONE;
    else if (answer.status == 409 && !dry_run && count > 1 && strstr(type, ":too-large"))
        *ret = TOO_LARGE;
    else if (forget_gone(p, &answer))
        *ret = AGAIN;
    else
        r = say_refusal(u, p, &answer);
    json_decref(answer.body);
    return r;
}

/* ---- asking ---- */

static int ask(struct undo *u, struct plan *p)
{
    enum verdict verdict = AGAIN;
    int r = CLI_OK;

    while (!r && p->count && verdict == AGAIN)
        r = batch(u, p, p->count, true, &verdict);
    return r;
}

/* What the file does not name in a region that it does. */
struct strangers {
    const struct cli *cli;
    const struct manifest *m;
    const char *region;
    struct buf text;
    size_t count;
};

static bool is_named(const struct strangers *s, const struct model_kind *kind, const char *id)
{
    const struct item *it = manifest_stored(s->m, kind, s->region, id);

    return it && it->current;
}

static void note_strangers(struct strangers *s, const struct model_kind *kind, const json_t *items)
{
    const json_t *item;
    size_t i;

    json_array_foreach (items, i, item) {
        bool follows = model_bool(item, "default", false) &&
                       is_named(s, model_kind(MODEL_VPC), model_str(item, "vpcId"));

        if (follows || is_named(s, kind, model_str(item, "id")))
            continue;
        if (s->count++ >= SHOWN)
            continue;
        buf_puts(&s->text, s->count > 1 ? cli_word(s->cli, WORDS_COMMAND_COMMA) : "");
        cli_add(s->cli, &s->text,
                SAY(COMMAND_ITEM, cli_noun(s->cli, kind), model_str(item, "id"),
                    model_str(item, "name")));
    }
}

/* A region is no operation of a batch: whether it will be empty is found out here. Kinds whose ids
 * have no prefix of their own come and go with others. */
static int ask_region(struct undo *u, struct item *it)
{
    struct strangers s = {.cli = u->cli, .m = u->m, .region = it->region};
    int r = CLI_OK;

    for (int i = 0; i < MODEL_KINDS && !r; i++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)i);
        json_t *items = NULL;

        if (!*kind->prefix)
            continue;
        r = cli_list_all(u->cli, kind, it->region, "", &items);
        if (!r)
            note_strangers(&s, kind, items);
        json_decref(items);
    }
    if (!r && s.count) {
        it->outcome = "failed";
        (void)cli_fail(u->cli, CLI_REFUSED,
                       s.count > SHOWN
                           ? SAY(COMMAND_REGION_IN_USE_BY_MANY, it->region, buf_text(&s.text))
                           : SAY(COMMAND_REGION_IN_USE, it->region, buf_text(&s.text)));
        r = say_end(u, CLI_REFUSED);
    }
    buf_done(&s.text);
    return r;
}

static int ask_all(struct undo *u)
{
    int r = CLI_OK;

    for (size_t i = 0; i < u->plans.count && !r; i++)
        r = ask(u, &u->plans.items[i]);
    for (size_t i = 0; i < u->m->count && !r; i++) {
        struct item *it = &u->m->items[i];

        if (it->current && it->kind->id == MODEL_REGION)
            r = ask_region(u, it);
    }
    return r;
}

/* ---- carrying out ---- */

static int settle_steps(struct undo *u, struct plan *p, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (p->steps[i].last)
            item_settle(u->cli, p->steps[i].it, "deleted");
    }
    plan_drop(p, count);
    u->done += count;
    return cli_changes_add(u->cli, u->changes, p->region);
}

static int carry_out(struct undo *u, struct plan *p)
{
    size_t most = p->count;
    int r = CLI_OK;

    while (p->count && !r) {
        size_t count = MIN(most, p->count);
        enum verdict verdict = AGAIN;

        r = batch(u, p, count, false, &verdict);
        if (!r && verdict == DONE)
            r = settle_steps(u, p, count);
        else if (!r && verdict == TOO_LARGE)
            most = count > SMALL_STEP ? SMALL_STEP : count / 2;
    }
    return r;
}

static int remove_region(struct undo *u, struct item *it)
{
    struct cli_answer answer = {0};
    struct buf path = {0};
    int r;

    cli_url(&path, it->kind, it->region, it->region, NULL);
    r = cli_ask(u->cli, "DELETE", buf_text(&path), NULL, NULL, &answer);
    buf_done(&path);
    if (!r && answer.status >= 300 && answer.status != 404) {
        it->outcome = "failed";
        (void)cli_say_problem(u->cli, &answer);
        r = say_end(u, CLI_REFUSED);
    } else if (!r) {
        u->done++;
        item_settle(u->cli, it, "deleted");
    }
    json_decref(answer.body);
    return r;
}

/* What has no step of its own. */
static int settle_rest(struct undo *u)
{
    int r = CLI_OK;

    for (size_t i = u->m->count; i > 0 && !r; i--) {
        struct item *it = &u->m->items[i - 1];

        if (it->done)
            continue;
        if (it->current && it->kind->id == MODEL_REGION)
            r = remove_region(u, it);
        else
            item_settle(u->cli, it, it->current ? "deleted" : "absent");
    }
    return r;
}

/* In a dry run: what nobody refused would be gone. */
static int foretell_all(struct undo *u)
{
    for (size_t i = u->m->count; i > 0; i--) {
        struct item *it = &u->m->items[i - 1];

        item_settle(u->cli, it, it->current ? "deleted" : "absent");
    }
    return CLI_OK;
}

int unapply(struct cli *cli, struct manifest *m, struct cli_changes *changes)
{
    struct undo u = {.cli = cli, .m = m, .changes = changes};
    int r = unplans_make(cli, m, &u.plans);

    if (!r)
        r = ask_all(&u);
    if (!r && cli->dry_run)
        r = foretell_all(&u);
    for (size_t i = 0; i < u.plans.count && !r && !cli->dry_run; i++)
        r = carry_out(&u, &u.plans.items[i]);
    if (!r && !cli->dry_run)
        r = settle_rest(&u);
    plans_done(&u.plans);
    return r;
}

/* A region that is gone carries nothing out any more. */
static int wait_all(struct cli *cli, const struct manifest *m, struct cli_changes *changes)
{
    size_t kept = 0;

    for (size_t i = 0; i < changes->count; i++) {
        const char *region = changes->items[i].region;

        if (!manifest_find(m, 1U << MODEL_REGION, region, region))
            changes->items[kept++] = changes->items[i];
    }
    changes->count = kept;
    return cli_wait_observed(cli, changes, cli_wait_end(cli));
}

/* Takes what m holds. */
static int remove_and_tell(struct cli *cli, struct manifest *m)
{
    struct cli_changes changes = {0};
    int r = unapply(cli, m, &changes);

    manifest_report(cli, m, NULL);
    if (!r && cli->wait && !cli->dry_run)
        r = wait_all(cli, m, &changes);
    cli_changes_done(&changes);
    manifest_done(m);
    return r;
}

int cli_delete_file(struct cli *cli, const struct cli_args *args)
{
    struct manifest m = {.deleting = true};
    int r = manifest_load(cli, args, &m);

    if (r)
        return r;
    r = manifest_fetch(cli, &m);
    if (!r)
        return remove_and_tell(cli, &m);
    manifest_report(cli, &m, NULL);
    manifest_done(&m);
    return r;
}

int cli_delete_selected(struct cli *cli, const struct model_kind *kind, const char *selector)
{
    struct manifest m = {.deleting = true, .listed = true};
    struct buf query = {0};
    json_t *items = NULL, *item;
    size_t i;
    int r;

    buf_puts(&query, "selector=");
    cli_url_add(&query, selector);
    r = cli_list_all(cli, kind, cli->region, buf_text(&query), &items);
    json_array_foreach (items, i, item) {
        if (!r)
            r = manifest_add(cli, &m, kind, item);
    }
    if (!r)
        r = manifest_ready(cli, &m);
    if (!r && !m.count && cli->output == CLI_TABLE)
        cli_line(cli, cli->out, "", SAY(COMMAND_NONE_SELECTED, cli_noun(cli, kind), selector));
    if (!r)
        r = remove_and_tell(cli, &m);
    else
        manifest_done(&m);
    buf_done(&query);
    json_decref(items);
    return r;
}
