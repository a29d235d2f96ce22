#include "control_internal.h"

#include <stdlib.h>

/* The operations of one commit, with copies of all their texts. */

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

/* Takes the value. */
static void change(struct batch *b, enum store_op_kind kind, const char *collection,
                   const char *region, const char *id, char *value)
{
    struct store_op op = {.kind = kind, .expect = STORE_ANY};

    op.key.collection = own(b, strdup(collection));
    op.key.region = own(b, strdup(region));
    op.key.id = own(b, strdup(id));
    if (kind == STORE_PUT)
        op.value = own(b, value);
    add(b, &op);
}

void batch_put(struct batch *b, const char *collection, const char *region, const char *id,
               const json_t *value)
{
    change(b, value ? STORE_PUT : STORE_DELETE, collection, region, id,
           value ? json_dumps(value, JSON_COMPACT) : NULL);
}

/* NULL if something failed. */
static char *copy_written(struct model_out *out)
{
    size_t len;
    const char *text = out ? model_out_written(out, &len) : NULL;

    return text ? strdup(text) : NULL;
}

void batch_put_text(struct batch *b, const char *collection, const char *region, const char *id,
                    struct model_out *out)
{
    change(b, STORE_PUT, collection, region, id, copy_written(out));
}

void batch_check(struct batch *b, const char *collection, const char *region, const char *id,
                 uint64_t revision)
{
    struct store_op op = {.kind = STORE_CHECK, .expect = revision};

    op.key.collection = own(b, strdup(collection));
    op.key.region = own(b, strdup(region));
    op.key.id = own(b, strdup(id));
    add(b, &op);
}

void batch_guard(struct batch *b, const char *region, uint64_t revision)
{
    struct store_op op = {.kind = STORE_CHECK_REGION, .expect = revision};

    op.key = (struct store_key){.collection = "", .region = own(b, strdup(region)), .id = ""};
    add(b, &op);
}

void batch_changes(struct batch *b, const struct model_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct model_change *c = &changes->items[i];
        const struct model_resource *r = c->after ? c->after : c->before;
        const char *region = c->kind->id == MODEL_REGION ? r->id : r->region_id;
        struct model_out *out = c->after ? model_out_text(WORDS_EN) : NULL;

        if (out)
            model_give(r, out);
        if (c->after)
            batch_put_text(b, c->kind->collection, region, r->id, out);
        else
            batch_put(b, c->kind->collection, region, r->id, NULL);
        model_out_free(out);
    }
}
