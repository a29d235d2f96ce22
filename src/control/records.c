#include "control_internal.h"

#include <stdlib.h>

/* Resources as they lie in the store, and commits of many of them. A region lies under its own id,
 * so that its revision moves with what it holds. */

/* Opens the secrets. One that does not open (the seal key was lost) is left out: its resource can
 * still be read, deleted, and given another. */
static int open_secrets(struct control *c, const struct model_kind *kind, json_t *resource)
{
    int r = secrets_open(c->seal_key, kind, resource);

    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        log_error("a secret of %s %s does not open with this seal.key", kind->noun,
                  model_str(resource, "id"));
        secrets_drop(kind, resource);
    }
    return 0;
}

json_t *records_parse(struct control *c, const struct model_kind *kind, const char *text,
                      bool secrets)
{
    json_t *resource = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    int r = json_is_object(resource) ? 0 : -EBADMSG;

    if (r == 0 && secrets)
        r = open_secrets(c, kind, resource);
    else if (r == 0)
        secrets_drop(kind, resource);
    if (r < 0) {
        log_error("the stored %s %s cannot be read: %s", kind->name, model_str(resource, "id"),
                  strerror(-r));
        json_decref(resource);
        return NULL;
    }
    return resource;
}

json_t *records_get(struct control *c, const struct model_kind *kind, const char *region,
                    const char *id)
{
    struct store_key key = {.collection = kind->collection, .region = region, .id = id};
    struct store_item item = {0};
    json_t *resource;

    if (store_get(c->store, &key, &item) < 0)
        return NULL;
    resource = records_parse(c, kind, item.value, true);
    store_item_done(&item);
    return resource;
}

json_t *records_list(struct control *c, const struct model_kind *kind, const char *region,
                     bool secrets)
{
    struct store_query query = {.collection = kind->collection, .region = region};
    struct store_page page = {0};
    json_t *list;
    int r;

    if (!secrets && region)
        return cache_list(c, kind, region);
    list = json_array();
    r = store_list(c->store, &query, &page);
    for (size_t i = 0; r == 0 && i < page.count; i++) {
        if (json_array_append_new(list, records_parse(c, kind, page.items[i].value, secrets)))
            r = -EIO;
    }
    store_page_done(&page);
    if (r < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *lookup_get(void *user, const char *region, enum model_kind_id kind, const char *id)
{
    return records_get(user, model_kind(kind), region ? region : id, id);
}

static int lookup_list(void *user, const char *region, enum model_kind_id kind,
                       int (*visit)(void *arg, const json_t *resource), void *arg)
{
    json_t *list = records_list(user, model_kind(kind), region, false), *resource;
    size_t i;
    int r = 0;

    if (!list)
        return -EIO;
    json_array_foreach (list, i, resource) {
        json_t *shown = json_incref(resource);

        if (kind == MODEL_NODE) { /* where instances go depends on which are in touch */
            json_t *status = status_of(user, model_kind(kind), region, resource);

            json_decref(shown);
            shown = model_view(model_kind(kind), resource, status);
            json_decref(status);
        }
        r = shown ? visit(arg, shown) : -ENOMEM;
        json_decref(shown);
        if (r)
            break;
    }
    json_decref(list);
    return r;
}

struct model_lookup records_lookup(struct control *c)
{
    return (struct model_lookup){.user = c, .get = lookup_get, .list = lookup_list};
}

/* ---- commits ---- */

void batch_done(struct batch *b)
{
    for (size_t i = 0; i < b->text_count; i++)
        free(b->texts[i]);
    free(b->texts);
    free(b->ops);
    *b = (struct batch){0};
}

/* Makes room for one more element of the given size; false and b->failed if there is none. */
static bool grow(struct batch *b, void **items, size_t count, size_t *cap, size_t size)
{
    size_t want = *cap ? *cap * 2 : 8;
    void *more;

    if (count < *cap)
        return true;
    more = realloc(*items, want * size);
    if (!more) {
        b->failed = true;
        return false;
    }
    *items = more;
    *cap = want;
    return true;
}

/* Takes text; NULL counts as out of memory. */
static const char *own(struct batch *b, char *text)
{
    void *texts = b->texts;

    if (!text || !grow(b, &texts, b->text_count, &b->text_cap, sizeof(*b->texts))) {
        free(text);
        b->failed = true;
        return "";
    }
    b->texts = texts;
    b->texts[b->text_count++] = text;
    return text;
}

static void add(struct batch *b, const struct store_op *op)
{
    void *ops = b->ops;

    if (!grow(b, &ops, b->count, &b->cap, sizeof(*b->ops)))
        return;
    b->ops = ops;
    b->ops[b->count++] = *op;
}

void batch_put(struct batch *b, const char *collection, const char *region, const char *id,
               const json_t *value)
{
    struct store_op op = {.kind = value ? STORE_PUT : STORE_DELETE, .expect = STORE_ANY};

    op.key.collection = own(b, strdup(collection));
    op.key.region = own(b, strdup(region));
    op.key.id = own(b, strdup(id));
    if (value)
        op.value = own(b, json_dumps(value, JSON_COMPACT));
    add(b, &op);
}

void batch_guard(struct batch *b, const struct call *call, const char *region)
{
    bool known = call->region || call->id;
    struct store_op op = {.kind = STORE_CHECK_REGION,
                          .expect =
                              known ? call->revision : store_revision(call->c->store, region)};

    op.key = (struct store_key){.collection = "", .region = own(b, strdup(region)), .id = ""};
    add(b, &op);
}

static void add_change(struct batch *b, struct control *c, const struct model_change *change)
{
    const char *id = model_str(change->resource, "id");
    const char *region =
        change->kind->id == MODEL_REGION ? id : model_str(change->resource, "regionId");
    json_t *sealed = NULL;

    if (change->op != MODEL_OP_DELETE) {
        sealed = json_deep_copy(change->resource);
        if (!sealed || secrets_seal(c->seal_key, change->kind, sealed) < 0) {
            json_decref(sealed);
            b->failed = true;
            return;
        }
    }
    batch_put(b, change->kind->collection, region, id, sealed);
    json_decref(sealed);
}

void batch_changes(struct batch *b, struct control *c, const struct model_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        add_change(b, c, &changes->items[i]);
}

int batch_commit(struct batch *b, struct call *call)
{
    int r = b->failed ? -ENOMEM : store_commit(call->c->store, b->ops, b->count, NULL);

    if (r == -ECANCELED)
        return model_error_set(&call->error, 409, "conflict", NULL, NULL,
                               "Something in the region changed at the same moment; nothing was "
                               "done. Try again.");
    if (r == -E2BIG)
        return model_error_set(&call->error, 409, "too-large", NULL, NULL,
                               "The change touches more than can be stored at once.");
    return r;
}
