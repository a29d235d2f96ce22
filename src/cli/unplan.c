#include "unplan.h"

#include <stdlib.h>

void unplans_done(struct unplans *plans)
{
    for (size_t i = 0; i < plans->count; i++) {
        struct unplan *p = &plans->items[i];

        for (size_t k = 0; k < p->count; k++)
            json_decref(p->steps[k].op);
        free(p->all);
    }
    free(plans->items);
    *plans = (struct unplans){0};
}

void unplan_forget(struct unplan *p, const struct item *it)
{
    size_t kept = 0;

    for (size_t i = 0; i < p->count; i++) {
        if (p->steps[i].it == it)
            json_decref(p->steps[i].op);
        else
            p->steps[kept++] = p->steps[i];
    }
    p->count = kept;
}

void unplan_drop(struct unplan *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(p->steps[i].op);
    p->count -= count;
    p->steps += count;
}

/* Takes op. */
static int add(struct cli *cli, struct unplan *p, struct item *it, json_t *op, bool last)
{
    struct step *grown = op ? cli_grow(p->all, p->count, &p->room, sizeof(*grown)) : NULL;

    if (!grown) {
        json_decref(op);
        return cli_out_of_memory(cli);
    }
    p->steps = p->all = grown;
    p->steps[p->count++] = (struct step){it, op, last};
    return CLI_OK;
}

/* Takes body. */
static json_t *update_op(const struct item *it, json_t *body)
{
    return json_pack("{s:s, s:s, s:s, s:o}", "op", "update", "collection", it->kind->collection,
                     "id", item_id(it), "body", body);
}

static json_t *delete_op(const struct item *it)
{
    return json_pack("{s:s, s:s, s:s}", "op", "delete", "collection", it->kind->collection, "id",
                     item_id(it));
}

/* What is known while plans are made. */
struct planning {
    struct cli *cli;
    const struct manifest *m;
    struct unplans *plans;
    json_t *regions; /* name -> which of the plans */
    json_t *tables;  /* id -> places in m of the route tables that refer to it */
};

/* ---- route tables ---- */

static int note_reference(struct planning *pl, const char *id, size_t table)
{
    json_t *places = json_object_get(pl->tables, id);
    const json_t *last = json_array_get(places, json_array_size(places) - 1);

    if (last && (size_t)json_integer_value(last) == table)
        return CLI_OK;
    if (!places) {
        places = json_array();
        if (json_object_set_new(pl->tables, id, places))
            return cli_out_of_memory(pl->cli);
    }
    return json_array_append_new(places, json_integer((json_int_t)table))
               ? cli_out_of_memory(pl->cli)
               : CLI_OK;
}

static int note_references(struct planning *pl, size_t table, const char *list, const char *member)
{
    const json_t *entry;
    size_t i;
    int r = CLI_OK;

    json_array_foreach (model_list(pl->m->items[table].current, list), i, entry) {
        r = note_reference(pl, model_str(entry, member), table);
        if (r)
            break;
    }
    return r;
}

static int note_tables(struct planning *pl)
{
    int r = CLI_OK;

    for (size_t i = 0; i < pl->m->count && !r; i++) {
        if (pl->m->items[i].kind->id != MODEL_ROUTE_TABLE)
            continue;
        r = note_references(pl, i, "routes", "nextHop");
        if (!r)
            r = note_references(pl, i, "propagations", "borderGatewayId");
    }
    return r;
}

/* The tables of the file that would hold this item. */
static int empty_tables(struct planning *pl, struct unplan *p, const struct item *target)
{
    const json_t *place;
    size_t i;
    int r = CLI_OK;

    json_array_foreach (json_object_get(pl->tables, item_id(target)), i, place) {
        struct item *it = &pl->m->items[json_integer_value(place)];

        if (it->emptied)
            continue;
        it->emptied = true;
        r = add(pl->cli, p, it, update_op(it, json_pack("{s:[], s:[]}", "routes", "propagations")),
                false);
        if (r)
            break;
    }
    return r;
}

/* Whether it goes with its VPC, which the file names. */
static bool goes_with_vpc(const struct manifest *m, const struct item *it)
{
    return it->kind->id == MODEL_ROUTE_TABLE && model_bool(it->current, "default", false) &&
           manifest_stored(m, model_kind(MODEL_VPC), it->region, model_str(it->current, "vpcId"));
}

/* ---- all of it ---- */

static int add_item(struct planning *pl, struct unplan *p, struct item *it)
{
    int r = CLI_OK;

    if (it->kind->id == MODEL_VPN_TUNNEL && strcmp(model_str(it->current, "adminState"), "down"))
        r = add(pl->cli, p, it, update_op(it, json_pack("{s:s}", "adminState", "down")), false);
    else if (it->kind->id == MODEL_BORDER_GATEWAY || it->kind->id == MODEL_INSTANCE)
        r = empty_tables(pl, p, it);
    if (!r && !goes_with_vpc(pl->m, it))
        r = add(pl->cli, p, it, delete_op(it), true);
    return r;
}

static int add_plans(struct planning *pl)
{
    struct unplans *plans = pl->plans;

    for (size_t i = 0; i < pl->m->count; i++) {
        const char *region = pl->m->items[i].region;

        if (json_object_get(pl->regions, region))
            continue;
        if (json_object_set_new(pl->regions, region, json_integer((json_int_t)plans->count)))
            return cli_out_of_memory(pl->cli);
        plans->items[plans->count++].region = region;
    }
    return CLI_OK;
}

static int add_items(struct planning *pl)
{
    int r = CLI_OK;

    for (size_t i = pl->m->count; i > 0 && !r; i--) {
        struct item *it = &pl->m->items[i - 1];
        json_int_t plan = json_integer_value(json_object_get(pl->regions, it->region));

        if (it->current && it->kind->id != MODEL_REGION)
            r = add_item(pl, &pl->plans->items[plan], it);
    }
    return r;
}

int unplans_make(struct cli *cli, const struct manifest *m, struct unplans *ret)
{
    struct unplans plans = {.items = calloc(m->count + 1, sizeof(*plans.items))};
    struct planning pl = {cli, m, &plans, json_object(), json_object()};
    int r = plans.items && pl.regions && pl.tables ? CLI_OK : cli_out_of_memory(cli);

    if (!r)
        r = add_plans(&pl);
    if (!r)
        r = note_tables(&pl);
    if (!r)
        r = add_items(&pl);
    json_decref(pl.regions);
    json_decref(pl.tables);
    if (r)
        unplans_done(&plans);
    else
        *ret = plans;
    return r;
}

json_t *unplan_request(const struct unplan *p, size_t count, bool dry_run)
{
    json_t *operations = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append(operations, p->steps[i].op);
    return json_pack("{s:b, s:o}", "dryRun", dry_run, "operations", operations);
}
