/* A request body against the descriptors: the first byte chooses the kind, the rest is JSON. What
 * is accepted must be stable: its own output, given again as a request or as a patch, changes
 * nothing. */
#include <stdlib.h>

#include "model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *region;

static json_t *get(void *user, const char *region_id, enum model_kind_id kind, const char *id)
{
    (void)user;
    (void)region_id;
    (void)id;
    return kind == MODEL_REGION ? json_incref(region) : NULL;
}

static int list(void *user, const char *region_id, enum model_kind_id kind,
                int (*visit)(void *arg, const json_t *resource), void *arg)
{
    (void)user;
    (void)region_id;
    (void)kind;
    (void)visit;
    (void)arg;
    return 0;
}

static void zeros(void *ret, size_t len)
{
    memset(ret, 0, len);
}

static void must(bool truth)
{
    if (!truth)
        abort();
}

static void check_problem(const struct model_error *e)
{
    json_t *problem = model_error_problem(e);
    char *text = json_dumps(problem, 0);

    must(problem && text && e->rule[0] && e->status >= 400);
    free(text);
    json_decref(problem);
}

/* The request that would make the same resource: without what only the server sets. */
static json_t *as_request(const struct model_kind *kind, const json_t *resource)
{
    json_t *copy = json_deep_copy(resource);

    for (const struct model_field *f = kind->fields; f->name; f++) {
        if (f->access == MODEL_READ_ONLY)
            json_object_del(copy, f->name);
    }
    return copy;
}

static void check_stable(const struct model_kind *kind, const json_t *first)
{
    struct model_error error = {0};
    json_t *again = NULL, *updated = NULL, *request = as_request(kind, first), *view;

    must(model_validate_create(kind, request, &again, NULL, &error) == 0);
    must(json_equal(first, again));
    must(model_validate_update(kind, first, request, &updated, NULL, &error) == 0);
    must(json_equal(first, updated));
    view = model_view(kind, first, NULL);
    must(view && !json_object_get(view, "psk"));
    json_decref(view);
    json_decref(updated);
    json_decref(again);
    json_decref(request);
}

static void try_whole(const struct model_kind *kind, const json_t *in)
{
    const struct model_lookup lookup = {NULL, get, list};
    const struct model_env env = {1, zeros, NULL};
    struct model_changes changes = {0};
    struct model_error error = {0};

    if (model_create(&lookup, &env, kind, kind->id == MODEL_REGION ? NULL : "r1", in, &changes,
                     &error) < 0)
        check_problem(&error);
    model_changes_done(&changes);
    model_error_done(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct model_kind *kind;
    struct model_error error = {0};
    json_t *in, *out = NULL;

    if (!size)
        return 0;
    if (!region)
        region = json_pack("{s:s, s:[s]}", "id", "r1", "publicPools", "192.0.2.0/24");
    kind = model_kind((enum model_kind_id)(data[0] % MODEL_KINDS));
    in = json_loadb((const char *)data + 1, size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!in)
        return 0;
    if (model_validate_create(kind, in, &out, NULL, &error) == 0)
        check_stable(kind, out);
    else
        check_problem(&error);
    try_whole(kind, in);
    json_decref(out);
    json_decref(in);
    model_error_done(&error);
    return 0;
}
