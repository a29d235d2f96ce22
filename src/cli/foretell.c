#include "plan.h"

/* A dry run of apply: what it would send is put into one batch a region, which the server decides
 * and does not carry out. What does not exist yet is called by its place in the batch. */

/* In words of the file, for what is new. */
static int note_changes(struct cli *cli, struct item *it, json_t *changes)
{
    if (!it->changes)
        it->changes = json_array();
    if (!changes || !it->changes || json_array_extend(it->changes, changes)) {
        json_decref(changes);
        return cli_out_of_memory(cli);
    }
    json_decref(changes);
    return CLI_OK;
}

int foretell_create(struct cli *cli, struct plans *plans, struct item *it, const json_t *body)
{
    bool region = it->kind->id == MODEL_REGION;
    struct plan *p;
    json_t *id;
    int r = plans_of(cli, plans, it->region, &p);

    if (!r)
        r = note_changes(cli, it, manifest_changes(it, body));
    if (r)
        return r;
    id = region ? json_string(it->name) : json_sprintf("$%zu", p->count);
    if (!region)
        r = plan_add(cli, p, it,
                     json_pack("{s:s, s:s, s:O}", "op", "create", "collection",
                               it->kind->collection, "body", body),
                     NULL);
    it->current = json_deep_copy(body);
    it->foretold = true;
    if (!id || !it->current || json_object_set_new(it->current, "id", id))
        r = r ? r : cli_out_of_memory(cli);
    return r;
}

/* The members of a patch that are secrets, or the others. New. */
static json_t *part_of(const struct item *it, const json_t *patch, bool secrets)
{
    json_t *part = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
        const struct model_field *f = model_find_field(it->kind, key);

        if ((f && (f->flags & MODEL_SECRET)) == secrets)
            json_object_set(part, key, value);
    }
    return part;
}

/* Takes body. */
static int add_update(struct cli *cli, struct plan *p, struct item *it, json_t *body)
{
    json_t *op;
    struct step *step;
    int r = CLI_OK;

    if (json_object_size(body)) {
        op = json_pack("{s:s, s:s, s:s, s:O}", "op", "update", "collection", it->kind->collection,
                       "id", item_id(it), "body", body);
        r = plan_add(cli, p, it, op, &step);
        if (!r)
            step->changes = manifest_changes(it, body);
    }
    json_decref(body);
    return r;
}

/* Whether a secret is another one only the server can tell: by an operation of its own. */
int foretell_update(struct cli *cli, struct plans *plans, struct item *it, const json_t *patch)
{
    struct plan *p;
    int r = plans_of(cli, plans, it->region, &p);

    if (r)
        return r;
    if (it->kind->id == MODEL_REGION) {
        it->outcome = "updated";
        return note_changes(cli, it, manifest_changes(it, patch));
    }
    r = add_update(cli, p, it, part_of(it, patch, true));
    return r ? r : add_update(cli, p, it, part_of(it, patch, false));
}

/* ---- asking ---- */

static int say_refusal(struct cli *cli, const struct plan *p, const struct cli_answer *answer)
{
    int64_t index = model_int(answer->body, "operation", -1);

    if (index >= 0 && (size_t)index < p->count) {
        struct item *it = p->steps[index].it;

        it->outcome = "failed";
        (void)cli_fail(cli, CLI_REFUSED,
                       SAY(COMMAND_WOULD_REFUSE, cli_noun(cli, it->kind), it->name, p->region));
    }
    return cli_say_problem(cli, answer);
}

static int take_results(struct cli *cli, struct plan *p, const json_t *results)
{
    int r = CLI_OK;

    for (size_t i = 0; i < p->count && !r; i++) {
        struct step *step = &p->steps[i];
        bool changed = !json_is_null(json_array_get(results, i));

        if (!step->changes || !changed)
            continue;
        if (strcmp(step->it->outcome, "created") != 0)
            step->it->outcome = "updated";
        r = note_changes(cli, step->it, step->changes);
        step->changes = NULL;
    }
    return r;
}

static int ask(struct cli *cli, struct plan *p)
{
    struct cli_answer answer = {0};
    int r = plan_send(cli, p, p->count, true, &answer);

    if (!r && answer.status != 200)
        r = say_refusal(cli, p, &answer);
    if (!r)
        r = take_results(cli, p, model_list(answer.body, "results"));
    json_decref(answer.body);
    return r;
}

int foretell_ask(struct cli *cli, const struct manifest *m, struct plans *plans)
{
    int r = CLI_OK;

    for (size_t i = 0; i < plans->count && !r; i++) {
        struct plan *p = &plans->items[i];
        const struct item *region = manifest_find(m, 1U << MODEL_REGION, p->region, p->region);

        if (region && region->foretold && p->count)
            cli_line(cli, cli->err, "", SAY(COMMAND_REGION_UNCHECKED, p->region));
        else if (p->count)
            r = ask(cli, p);
        /* there is nothing to ask of a region that is not there */
        if (region && region->foretold)
            r = r ? r : take_results(cli, p, NULL);
    }
    return r;
}
