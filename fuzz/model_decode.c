/* A resource as a store might hold it, perhaps damaged: the first byte chooses the kind, the rest
 * is JSON. What decodes must come out of encoding and decoding again as it was, and go into a
 * snapshot and out of it. */
#include <stdlib.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model_resource *r = NULL;
    const char *path = NULL;
    json_t *in;
    int e;

    if (!size)
        return 0;
    in = json_loadb((const char *)data + 1, size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!in)
        return 0;
    e = model_decode(model_kind((enum model_kind_id)(data[0] % MODEL_KINDS)), in, &r, &path);
    must(e == 0 || (e == -EBADMSG && path));
    if (e == 0) {
        check_again(r);
        check_snapshot(r);
    }
    model_resource_unref(r);
    json_decref(in);
    return 0;
}
