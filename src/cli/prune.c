#include "plan.h"

/* apply --prune: what carries the labels and is not in the file any more. */

/* "KIND REGION ID" of all that the file stands for. New; NULL if out of memory. */
static json_t *named(const struct manifest *m)
{
    json_t *made = json_object();
    struct buf key = {0};

    for (size_t i = 0; i < m->count && made; i++) {
        const struct item *it = &m->items[i];

        buf_clear(&key);
        buf_printf(&key, "%s %s %s", it->kind->name, it->region, item_id(it));
        if (json_object_set_new(made, buf_text(&key), json_true())) {
            json_decref(made);
            made = NULL;
        }
    }
    buf_done(&key);
    return made;
}

static bool is_named(const json_t *known, const struct model_kind *kind, const char *region,
                     const char *id)
{
    struct buf key = {0};
    bool found;

    buf_printf(&key, "%s %s %s", kind->name, region, id);
    found = json_object_get(known, buf_text(&key));
    buf_done(&key);
    return found;
}

/* Regions and nodes are nobody's to prune; a VPC's default table goes with it and not before. */
static bool may_go(const struct model_kind *kind, const json_t *resource)
{
    return *kind->prefix && kind->id != MODEL_NODE && !model_bool(resource, "default", false);
}

static int look(struct cli *cli, const json_t *known, const struct model_kind *kind,
                const char *region, const char *query, struct manifest *ret)
{
    json_t *items = NULL, *item;
    size_t i;
    int r = cli_list_all(cli, kind, region, query, &items);

    json_array_foreach (items, i, item) {
        if (!r && may_go(kind, item) && !is_named(known, kind, region, model_str(item, "id")))
            r = manifest_add(cli, ret, kind, item);
    }
    json_decref(items);
    return r;
}

static int look_in_region(struct cli *cli, const json_t *known, const char *region,
                          const char *query, struct manifest *ret)
{
    int r = CLI_OK;

    for (int i = 0; i < MODEL_KINDS && !r; i++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)i);

        if (*kind->prefix && kind->id != MODEL_NODE)
            r = look(cli, known, kind, region, query, ret);
    }
    return r;
}

/* A region that a dry run would make has nothing in it. New: {NAME: true}. */
static json_t *regions_of(const struct cli *cli, const struct manifest *m)
{
    json_t *made = json_object();

    for (size_t i = 0; i < m->count; i++) {
        const char *region = m->items[i].region;
        const struct item *it = manifest_find(m, 1U << MODEL_REGION, region, region);

        if (!it || !it->foretold)
            json_object_set_new(made, region, json_true());
    }
    if (!m->count && cli->region)
        json_object_set_new(made, cli->region, json_true());
    return made;
}

int prune_find(struct cli *cli, const struct manifest *m, const char *selector,
               struct manifest *ret)
{
    json_t *known = named(m), *regions = regions_of(cli, m), *value;
    struct buf query = {0};
    const char *region;
    int r = known && regions ? CLI_OK : cli_out_of_memory(cli);

    buf_puts(&query, "selector=");
    cli_url_add(&query, selector);
    json_object_foreach (regions, region, value) {
        if (!r)
            r = look_in_region(cli, known, region, buf_text(&query), ret);
    }
    if (!r)
        r = manifest_ready(cli, ret);
    buf_done(&query);
    json_decref(known);
    json_decref(regions);
    return r;
}
