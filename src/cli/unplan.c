#include "plan.h"

/* The deletion of what a file names, as operations in an order that works. */

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
    struct plans *plans;
    json_t *tables; /* id -> places in m of the route tables that refer to it */
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
static int empty_tables(struct planning *pl, struct plan *p, const struct item *target)
{
    const json_t *place;
    size_t i;
    int r = CLI_OK;

    json_array_foreach (json_object_get(pl->tables, item_id(target)), i, place) {
        struct item *it = &pl->m->items[json_integer_value(place)];

        if (it->emptied)
            continue;
        it->emptied = true;
        r = plan_add(pl->cli, p, it,
                     update_op(it, json_pack("{s:[], s:[]}", "routes", "propagations")), NULL);
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

static int add_deletion(struct planning *pl, struct plan *p, struct item *it)
{
    struct step *step;
    int r = plan_add(pl->cli, p, it, delete_op(it), &step);

    if (!r)
        step->last = true;
    return r;
}

static int add_item(struct planning *pl, struct item *it)
{
    struct plan *p;
    int r = plans_of(pl->cli, pl->plans, it->region, &p);

    if (r)
        return r;
    if (it->kind->id == MODEL_VPN_TUNNEL && strcmp(model_str(it->current, "adminState"), "down"))
        r = plan_add(pl->cli, p, it, update_op(it, json_pack("{s:s}", "adminState", "down")), NULL);
    else if (it->kind->id == MODEL_BORDER_GATEWAY || it->kind->id == MODEL_INSTANCE)
        r = empty_tables(pl, p, it);
    if (!r && !goes_with_vpc(pl->m, it))
        r = add_deletion(pl, p, it);
    return r;
}

/* In the order of the file. */
static int add_plans(struct planning *pl)
{
    struct plan *p;
    int r = CLI_OK;

    for (size_t i = 0; i < pl->m->count && !r; i++)
        r = plans_of(pl->cli, pl->plans, pl->m->items[i].region, &p);
    return r;
}

int unplans_make(struct cli *cli, const struct manifest *m, struct plans *plans)
{
    struct planning pl = {cli, m, plans, json_object()};
    int r = pl.tables ? CLI_OK : cli_out_of_memory(cli);

    if (!r)
        r = add_plans(&pl);
    if (!r)
        r = note_tables(&pl);
    for (size_t i = m->count; i > 0 && !r; i--) {
        struct item *it = &m->items[i - 1];

        if (it->current && it->kind->id != MODEL_REGION)
            r = add_item(&pl, it);
    }
    json_decref(pl.tables);
    return r;
}
