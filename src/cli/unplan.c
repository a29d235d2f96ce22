#include "unplan.h"

#include <stdlib.h>

void unplan_done(struct unplan *p)
{
    for (size_t i = 0; i < p->count; i++)
        json_decref(p->steps[i].op);
    free(p->steps);
    *p = (struct unplan){0};
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
    memmove(p->steps, p->steps + count, p->count * sizeof(*p->steps));
}

/* Takes op. */
static int add(struct cli *cli, struct unplan *p, struct item *it, json_t *op, bool last)
{
    struct step *grown = op ? reallocarray(p->steps, p->count + 1, sizeof(*grown)) : NULL;

    if (!grown) {
        json_decref(op);
        return cli_fail(cli, CLI_REFUSED, "out of memory");
    }
    p->steps = grown;
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

/* ---- route tables ---- */

static bool list_names(const json_t *list, const char *member, const char *id)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (list, i, entry) {
        if (strcmp(model_str(entry, member), id) == 0)
            return true;
    }
    return false;
}

static bool table_names(const json_t *table, const char *id)
{
    return list_names(model_list(table, "routes"), "nextHop", id) ||
           list_names(model_list(table, "propagations"), "borderGatewayId", id);
}

static bool is_in(const struct unplan *p, const struct item *it)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->steps[i].it == it)
            return true;
    }
    return false;
}

/* The tables of the file that would hold this item. */
static int empty_tables(struct cli *cli, const struct manifest *m, struct unplan *p,
                        const struct item *target)
{
    int r = CLI_OK;

    for (size_t i = 0; i < m->count && !r; i++) {
        struct item *it = &m->items[i];

        if (it->kind->id == MODEL_ROUTE_TABLE && it->current &&
            strcmp(it->region, p->region) == 0 && table_names(it->current, item_id(target)) &&
            !is_in(p, it))
            r = add(cli, p, it, update_op(it, json_pack("{s:[], s:[]}", "routes", "propagations")),
                    false);
    }
    return r;
}

const struct item *unplan_goes_with(const struct manifest *m, const struct item *it)
{
    const struct item *vpc;

    if (it->kind->id != MODEL_ROUTE_TABLE || !model_bool(it->current, "default", false))
        return NULL;
    for (size_t i = 0; i < m->count; i++) {
        vpc = &m->items[i];
        if (vpc->kind->id == MODEL_VPC && vpc->current &&
            strcmp(item_id(vpc), model_str(it->current, "vpcId")) == 0)
            return vpc;
    }
    return NULL;
}

/* ---- all of a region ---- */

static int add_item(struct cli *cli, const struct manifest *m, struct unplan *p, struct item *it)
{
    int r = CLI_OK;

    if (it->kind->id == MODEL_VPN_TUNNEL && strcmp(model_str(it->current, "adminState"), "down"))
        r = add(cli, p, it, update_op(it, json_pack("{s:s}", "adminState", "down")), false);
    else if (it->kind->id == MODEL_BORDER_GATEWAY || it->kind->id == MODEL_INSTANCE)
        r = empty_tables(cli, m, p, it);
    if (!r && !unplan_goes_with(m, it))
        r = add(cli, p, it, delete_op(it), true);
    return r;
}

int unplan_make(struct cli *cli, const struct manifest *m, const char *region, struct unplan *ret)
{
    struct unplan p = {.region = region};
    int r = CLI_OK;

    for (size_t i = m->count; i > 0 && !r; i--) {
        struct item *it = &m->items[i - 1];

        if (it->current && it->kind->id != MODEL_REGION && strcmp(it->region, region) == 0)
            r = add_item(cli, m, &p, it);
    }
    if (r)
        unplan_done(&p);
    else
        *ret = p;
    return r;
}

json_t *unplan_request(const struct unplan *p, size_t count, bool dry_run)
{
    json_t *operations = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append(operations, p->steps[i].op);
    return json_pack("{s:b, s:o}", "dryRun", dry_run, "operations", operations);
}
