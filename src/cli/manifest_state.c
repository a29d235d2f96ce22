#include "listing.h"
#include "manifest.h"

/* What a file names as the server has it. */

/* A region that is not there yet has nothing in it. */
static bool region_missing(const struct manifest *m, const struct item *it)
{
    const struct item *region = manifest_find(m, 1U << MODEL_REGION, it->region, it->region);

    return region && region != it && (!region->current || region->foretold);
}

static const struct item *vpc_of(const struct manifest *m, const struct item *table)
{
    return manifest_find(m, 1U << MODEL_VPC, table->region, item_vpc(table));
}

/* In a dry run: the table that a VPC brings along which is not there yet. */
static int foretell_table(struct cli *cli, const struct item *vpc, struct item *table)
{
    json_t *id;

    if (strcmp(table->name, "default") != 0)
        return CLI_OK;
    id = json_sprintf("%s.routeTables", item_id(vpc));
    table->current = json_pack("{s:o, s:s, s:s, s:b, s:[], s:[]}", "id", id, "name", table->name,
                               "vpcId", item_id(vpc), "default", 1, "routes", "propagations");
    table->foretold = true;
    return table->current ? CLI_OK : cli_out_of_memory(cli);
}

/* A route table of the VPC that the file names; none while there is no such VPC. */
static int fetch_table(struct cli *cli, const struct manifest *m, struct listings *l,
                       struct item *it)
{
    const struct item *vpc = vpc_of(m, it);
    json_t *found = NULL;
    int r = CLI_OK;

    if (vpc && vpc->foretold)
        return foretell_table(cli, vpc, it);
    if (vpc)
        found = json_incref(vpc->current);
    else
        r = listings_find(cli, l, model_kind(MODEL_VPC), it->region, item_vpc(it), &found);
    if (!r && found)
        r = listings_find_name(cli, l, it->kind, it->region, model_str(found, "id"), it->name,
                               &it->current);
    json_decref(found);
    return r;
}

/* Whether the file says what to call it, beyond the id that stands for a name that nobody gave. */
static bool has_name(const struct item *it)
{
    return !it->id || strcmp(it->id, it->name) != 0;
}

static int fetch_named(struct cli *cli, const struct manifest *m, struct listings *l,
                       struct item *it)
{
    if (*item_vpc(it) && !model_is_id(it->kind, it->name))
        return fetch_table(cli, m, l, it);
    return listings_find(cli, l, it->kind, it->region, it->name, &it->current);
}

static int fetch(struct cli *cli, const struct manifest *m, struct listings *l, struct item *it)
{
    int r = CLI_OK;

    if (region_missing(m, it))
        return CLI_OK;
    if (it->id)
        r = listings_find_id(cli, l, it->kind, it->region, it->id, &it->current);
    if (r || it->current || (it->id && m->deleting))
        return r;
    if (!has_name(it))
        return cli_fail(cli, CLI_REFUSED,
                        SAY(COMMAND_ITEM_NEW_ID, cli_noun(cli, it->kind), it->id, it->region));
    return fetch_named(cli, m, l, it);
}

int manifest_fetch_one(struct cli *cli, const struct manifest *m, struct item *it)
{
    return fetch(cli, m, NULL, it);
}

/* Announces what fetch() will look for. */
static int expect(struct cli *cli, const struct manifest *m, struct listings *l,
                  const struct item *it)
{
    int r = listings_expect(cli, l, it->kind, it->region);

    if (!r && *item_vpc(it) && !vpc_of(m, it))
        r = listings_expect(cli, l, model_kind(MODEL_VPC), it->region);
    return r;
}

int manifest_fetch(struct cli *cli, struct manifest *m)
{
    struct listings l = {0};
    int r = CLI_OK;

    for (size_t i = 0; i < m->count && !r; i++)
        r = expect(cli, m, &l, &m->items[i]);
    for (size_t i = 0; i < m->count && !r; i++)
        r = fetch(cli, m, &l, &m->items[i]);
    listings_done(&l);
    return r ? r : manifest_index_stored(cli, m);
}
