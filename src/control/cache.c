#include "control_internal.h"

#include <stdlib.h>

/* The lists of a region's resources as they lie in the store, parsed once. A request reads the same
 * lists over and over (for quotas, for what must be unique, for what may be deleted), and between
 * two requests little changes: when the region has moved on, only items of a new revision are
 * parsed again. Secrets are left out. What is in here is shared: nobody changes it. */

struct cached_kind {
    uint64_t revision;   /* of the region, when the list was read; 0: never */
    json_t *items;       /* in the order of ids */
    uint64_t *revisions; /* of each item */
};

struct cached_region {
    char id[STORE_NAME_MAX + 1];
    struct cached_kind kinds[MODEL_KINDS];
    struct cached_region *next;
};

static void kind_done(struct cached_kind *k)
{
    json_decref(k->items);
    free(k->revisions);
    *k = (struct cached_kind){0};
}

static void region_free(struct cached_region *region)
{
    for (size_t i = 0; i < MODEL_KINDS; i++)
        kind_done(&region->kinds[i]);
    free(region);
}

void cache_done(struct control *c)
{
    while (c->cache) {
        struct cached_region *next = c->cache->next;

        region_free(c->cache);
        c->cache = next;
    }
}

void cache_forget(struct control *c, const char *region)
{
    for (struct cached_region **at = &c->cache; *at; at = &(*at)->next) {
        if (strcmp((*at)->id, region) == 0) {
            struct cached_region *gone = *at;

            *at = gone->next;
            region_free(gone);
            return;
        }
    }
}

static struct cached_region *region_of(struct control *c, const char *id)
{
    struct cached_region *r = c->cache;

    while (r && strcmp(r->id, id) != 0)
        r = r->next;
    if (r)
        return r;
    r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    (void)text_copy(r->id, sizeof(r->id), id);
    r->next = c->cache;
    c->cache = r;
    return r;
}

/* Puts item into made at i: the object of old if it is the same still. *at goes along old, which is
 * in the same order. */
static int take(struct control *c, const struct model_kind *kind, const struct cached_kind *old,
                size_t *at, const struct store_item *item, struct cached_kind *made)
{
    size_t i = json_array_size(made->items);
    json_t *object = json_array_get(old->items, *at);

    while (object && strcmp(model_str(object, "id"), item->id) < 0)
        object = json_array_get(old->items, ++*at);
    made->revisions[i] = item->revision;
    if (object && strcmp(model_str(object, "id"), item->id) == 0 &&
        old->revisions[*at] == item->revision)
        return json_array_append(made->items, object) ? -ENOMEM : 0;
    return json_array_append_new(made->items, records_parse(c, kind, item->value, false)) ? -EIO
                                                                                          : 0;
}

static int read_again(struct control *c, const struct model_kind *kind, const char *region,
                      struct cached_kind *k)
{
    struct store_query query = {.collection = kind->collection, .region = region};
    struct store_page page = {0};
    struct cached_kind made = {.revision = store_revision(c->store, region)};
    size_t at = 0;
    int r = store_list(c->store, &query, &page);

    made.items = json_array();
    made.revisions = calloc(page.count + 1, sizeof(*made.revisions));
    if (!made.items || !made.revisions)
        r = -ENOMEM;
    for (size_t i = 0; r == 0 && i < page.count; i++)
        r = take(c, kind, k, &at, &page.items[i], &made);
    store_page_done(&page);
    if (r < 0) {
        kind_done(&made);
        return r;
    }
    kind_done(k);
    *k = made;
    return 0;
}

json_t *cache_list(struct control *c, const struct model_kind *kind, const char *region)
{
    struct cached_region *r = region_of(c, region);
    struct cached_kind *k = r ? &r->kinds[kind->id] : NULL;

    if (!k || ((!k->items || k->revision != store_revision(c->store, region)) &&
               read_again(c, kind, region, k) < 0))
        return NULL;
    return json_incref(k->items);
}
