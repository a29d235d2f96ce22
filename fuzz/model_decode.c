/* A resource as a store might hold it, perhaps damaged: the first byte chooses the kind, the rest
 * is JSON. What decodes must come out of encoding and decoding again as it was, go into a snapshot
 * and out of it, and be the same whether it was read out of a tree or out of the text. */
#include <stdlib.h>

#include "in.h"
#include "snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
    if (!truth)
        abort();
}

static void check_again(const struct model_resource *r)
{
    json_t *json = model_encode(r), *more;
    struct model_resource *again = NULL;

    must(json && model_decode(r->kind, json, &again, NULL) == 0);
    must(model_resource_equal(r, again) && r->revision == again->revision &&
         r->updated_us == again->updated_us);
    more = model_encode(again);
    must(json_equal(json, more));
    json_decref(more);
    json_decref(json);
    model_resource_unref(again);
}

static void check_snapshot(const struct model_resource *r)
{
    const struct snapshot_change in = {r->kind->id, r->id, r}, out = {r->kind->id, r->id, NULL};
    struct snapshot *s = NULL, *empty = NULL;
    struct snapshot_iter it;

    must(snapshot_apply(NULL, &in, 1, 1, &s) == 0);
    must(snapshot_get(s, r->kind->id, r->id) == r);
    snapshot_all(&it, s, r->kind->id, NULL);
    must(snapshot_next(&it) == r && !snapshot_next(&it));
    must(snapshot_apply(s, &out, 1, 2, &empty) == 0);
    snapshot_unref(s);
    must(!snapshot_get(empty, r->kind->id, r->id));
    snapshot_unref(empty);
    must(r->refs == 1); /* no index holds it any more */
}

/* What reads as a text may be no tree (its surrogates may be alone), and the other way round (it
 * may be deeper). */
static int decode_text(const struct model_kind *kind, const char *text, size_t len,
                       struct model_resource **ret)
{
    struct model_text read = {0};
    struct model_in in;
    const char *path = NULL;
    int e = model_text_read(&read, text, len, &in);

    if (e == 0) {
        e = model_decode_in(kind, &in, ret, &path);
        must(e == 0 || (e == -EBADMSG && path));
    }
    model_text_done(&read);
    return e;
}

static int decode_tree(const struct model_kind *kind, const char *text, size_t len,
                       struct model_resource **ret)
{
    json_t *in = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    const char *path = NULL;
    int e = in ? model_decode(kind, in, ret, &path) : -EBADMSG;

    must(!in || e == 0 || (e == -EBADMSG && path));
    json_decref(in);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model_resource *r = NULL, *other = NULL;
    const struct model_kind *kind =
        size ? model_kind((enum model_kind_id)(data[0] % MODEL_KINDS)) : NULL;
    bool both = kind && decode_text(kind, (const char *)data + 1, size - 1, &r) == 0;

    if (kind && decode_tree(kind, (const char *)data + 1, size - 1, &other) == 0 && both)
        must(model_resource_equal(r, other) && r->revision == other->revision);
    if (r) {
        check_again(r);
        check_snapshot(r);
    }
    if (other)
        check_again(other);
    model_resource_unref(r);
    model_resource_unref(other);
    return 0;
}
