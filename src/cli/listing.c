#include "listing.h"

#define MANY  8 /* this many are worth a list */
#define SPARE 2 /* and a list is worth reading that has this many times as many in it */

void listings_done(struct listings *l)
{
    json_decref(l->all);
    *l = (struct listings){0};
}

/* Lent; made if it is not there. NULL if out of memory. */
static json_t *entry_of(struct listings *l, const struct model_kind *kind, const char *region)
{
    struct buf key = {0};
    json_t *entry;

    if (!l->all)
        l->all = json_object();
    buf_printf(&key, "%s %s", kind->name, region);
    entry = json_object_get(l->all, buf_text(&key));
    if (!entry) {
        entry = json_pack("{s:i}", "wanted", 0);
        if (json_object_set_new(l->all, buf_text(&key), entry))
            entry = NULL;
    }
    buf_done(&key);
    return entry;
}

int listings_expect(struct cli *cli, struct listings *l, const struct model_kind *kind,
                    const char *region)
{
    json_t *entry = entry_of(l, kind, region);

    if (!entry)
        return cli_out_of_memory(cli);
    json_integer_set(json_object_get(entry, "wanted"), model_int(entry, "wanted", 0) + 1);
    return CLI_OK;
}

/* ---- reading ---- */

/* id -> resource. New. */
static json_t *by_id(const json_t *items)
{
    json_t *made = json_object(), *item;
    size_t i;

    json_array_foreach ((json_t *)items, i, item)
        json_object_set(made, model_str(item, "id"), item);
    return made;
}

/* "VPC_ID NAME"; " NAME" for any VPC or none. */
static const char *name_key(struct buf *key, const char *vpc_id, const char *name)
{
    buf_clear(key);
    buf_printf(key, "%s %s", vpc_id, name);
    return buf_text(key);
}

static void add_to(json_t *lists, const char *key, json_t *item)
{
    json_t *list = json_object_get(lists, key);

    if (!list) {
        list = json_array();
        json_object_set_new(lists, key, list);
    }
    json_array_append(list, item);
}

/* name_key() -> list of resources. New. */
static json_t *by_name(const json_t *items)
{
    json_t *made = json_object(), *item;
    struct buf key = {0};
    size_t i;

    json_array_foreach ((json_t *)items, i, item) {
        const char *vpc_id = model_str(item, "vpcId"), *name = model_str(item, "name");

        add_to(made, name_key(&key, "", name), item);
        if (*vpc_id)
            add_to(made, name_key(&key, vpc_id, name), item);
    }
    buf_done(&key);
    return made;
}

/* *ret is lent; NULL if the server is to be asked for each. */
static int read_once(struct cli *cli, struct listings *l, const struct model_kind *kind,
                     const char *region, const json_t **ret)
{
    json_t *entry = l ? entry_of(l, kind, region) : NULL, *items = NULL;
    int64_t wanted = model_int(entry, "wanted", 0);
    int r = CLI_OK;

    *ret = NULL;
    if (wanted < MANY)
        return CLI_OK;
    if (!json_object_get(entry, "read")) {
        r = cli_list_few(cli, kind, region, (size_t)wanted * SPARE, &items);
        json_object_set_new(entry, "read", json_boolean(items));
        if (items) {
            json_object_set_new(entry, "byId", by_id(items));
            json_object_set_new(entry, "byName", by_name(items));
        }
        json_decref(items);
    }
    if (!r && model_bool(entry, "read", false))
        *ret = entry;
    return r;
}

/* ---- finding ---- */

int listings_find_id(struct cli *cli, struct listings *l, const struct model_kind *kind,
                     const char *region, const char *id, json_t **ret)
{
    const json_t *known;
    int r = read_once(cli, l, kind, region, &known);

    if (r || !known)
        return r ? r : cli_find_id(cli, kind, region, id, ret);
    *ret = json_incref(json_object_get(json_object_get(known, "byId"), id));
    return CLI_OK;
}

int listings_find_name(struct cli *cli, struct listings *l, const struct model_kind *kind,
                       const char *region, const char *vpc_id, const char *name, json_t **ret)
{
    const json_t *known, *items;
    struct buf text = {0};
    int r = read_once(cli, l, kind, region, &known);

    if (!r && known) {
        items = json_object_get(json_object_get(known, "byName"), name_key(&text, vpc_id, name));
        r = cli_only_one(cli, kind, name, items, ret);
    } else if (!r) {
        if (*vpc_id)
            buf_printf(&text, "vpcId=%s", vpc_id);
        r = cli_find_where(cli, kind, region, buf_text(&text), name, ret);
    }
    buf_done(&text);
    return r;
}

int listings_find(struct cli *cli, struct listings *l, const struct model_kind *kind,
                  const char *region, const char *text, json_t **ret)
{
    if (model_is_id(kind, text) || kind->id == MODEL_REGION)
        return listings_find_id(cli, l, kind, region, text, ret);
    return listings_find_name(cli, l, kind, region, "", text, ret);
}
