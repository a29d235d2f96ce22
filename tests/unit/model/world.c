#include "world.h"

#include <stdio.h>
#include <stdlib.h>

json_t *parse(const char *json)
{
    char *text = strdup(json);
    json_t *made;

    assert_non_null(text);
    for (char *c = text; *c; c++) {
        if (*c == '\'')
            *c = '"';
    }
    made = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    free(text);
    assert_non_null(made);
    return made;
}

json_t *world_find(struct world *w, enum model_kind_id kind, const char *id)
{
    json_t *item;
    size_t i;

    json_array_foreach (w->kinds[kind], i, item) {
        if (strcmp(model_str(item, "id"), id) == 0)
            return item;
    }
    return NULL;
}

static json_t *lookup_get(void *user, const char *region, enum model_kind_id kind, const char *id)
{
    json_t *found = world_find(user, kind, id);

    if (kind != MODEL_REGION && strcmp(model_str(found, "regionId"), region) != 0)
        return NULL;
    return json_incref(found);
}

static int lookup_list(void *user, const char *region, enum model_kind_id kind,
                       int (*visit)(void *arg, const json_t *resource), void *arg)
{
    struct world *w = user;
    json_t *item;
    size_t i;

    json_array_foreach (w->kinds[kind], i, item) {
        int r;

        if (kind != MODEL_REGION && strcmp(model_str(item, "regionId"), region) != 0)
            continue;
        r = visit(arg, item);
        if (r)
            return r;
    }
    return 0;
}

/* Counts up, so that ids differ and repeat from run to run. */
static void counting_random(void *ret, size_t len)
{
    static uint32_t n;
    uint8_t *bytes = ret;

    n++;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(n >> (5 * (i % 6)) & 31);
}

void world_init(struct world *w)
{
    static const char *const regions[] = {
        "{'id': 'r1', 'publicPools': ['198.51.100.0/28']}",
        "{'id': 'r2', 'publicPools': ['198.51.100.16/28'], 'asn': 65100}",
    };

    *w = (struct world){.ids = json_array()};
    for (int i = 0; i < MODEL_KINDS; i++)
        w->kinds[i] = json_array();
    w->lookup = (struct model_lookup){w, lookup_get, lookup_list};
    w->env = (struct model_env){1700000000000000, counting_random, NULL};
    for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
        struct model_changes changes = {0};
        json_t *in = parse(regions[i]);

        assert_int_equal(0, model_create(&w->lookup, &w->env, model_kind(MODEL_REGION), NULL, in,
                                         &changes, &w->error));
        world_apply(w, &changes);
        json_decref(in);
    }
}

void world_done(struct world *w)
{
    for (int i = 0; i < MODEL_KINDS; i++)
        json_decref(w->kinds[i]);
    json_decref(w->ids);
    model_error_done(&w->error);
}

void world_apply(struct world *w, struct model_changes *changes)
{
    for (size_t n = 0; n < changes->count; n++) {
        struct model_change *c = &changes->items[n];
        json_t *list = w->kinds[c->kind->id], *item = NULL;
        size_t i;

        if (c->op == MODEL_OP_CREATE) {
            json_array_append(list, c->resource);
            continue;
        }
        json_array_foreach (list, i, item) {
            if (strcmp(model_str(item, "id"), model_str(c->resource, "id")) == 0)
                break;
        }
        assert_true(i < json_array_size(list));
        assert_true(json_equal(item, c->before));
        if (c->op == MODEL_OP_UPDATE)
            json_array_set(list, i, c->resource);
        else
            json_array_remove(list, i);
    }
    model_changes_done(changes);
    w->env.now_us += 1000000;
}

static json_t *format(const char *json, va_list args)
{
    char *text;
    json_t *made;

    assert_true(vasprintf(&text, json, args) >= 0);
    made = parse(text);
    free(text);
    return made;
}

const char *make(struct world *w, enum model_kind_id kind, const char *json, ...)
{
    struct model_changes changes = {0};
    const json_t *list = w->kinds[kind];
    va_list args;
    json_t *in;
    int r;

    va_start(args, json);
    in = format(json, args);
    va_end(args);
    r = model_create(&w->lookup, &w->env, model_kind(kind), "r1", in, &changes, &w->error);
    json_decref(in);
    if (r < 0)
        fail_msg("refused: %s: %s (%s)", w->error.field, w->error.rule, w->error.value);
    world_apply(w, &changes);
    json_array_append_new(
        w->ids, json_string(model_str(json_array_get(list, json_array_size(list) - 1), "id")));
    return json_string_value(json_array_get(w->ids, json_array_size(w->ids) - 1));
}

int refuse(struct world *w, enum model_kind_id kind, const char *json, ...)
{
    struct model_changes changes = {0};
    va_list args;
    json_t *in;
    int r;

    va_start(args, json);
    in = format(json, args);
    va_end(args);
    r = model_create(&w->lookup, &w->env, model_kind(kind), "r1", in, &changes, &w->error);
    json_decref(in);
    assert_true(r < 0);
    assert_int_equal(0, changes.count);
    assert_true(w->error.rule[0]);
    return w->error.status;
}

static const json_t *find_any(struct world *w, const char *id, const struct model_kind **ret)
{
    *ret = model_kind_of_id(id);
    if (!*ret)
        *ret = model_kind(MODEL_REGION);
    return world_find(w, (*ret)->id, id);
}

int change(struct world *w, const char *id, const char *json, ...)
{
    struct model_changes changes = {0};
    const struct model_kind *kind;
    const json_t *current = find_any(w, id, &kind);
    va_list args;
    json_t *patch;
    int r;

    assert_non_null(current);
    va_start(args, json);
    patch = format(json, args);
    va_end(args);
    r = model_update(&w->lookup, &w->env, kind, current, patch, &changes, &w->error);
    json_decref(patch);
    if (r < 0) {
        assert_true(w->error.rule[0]);
        return w->error.status;
    }
    world_apply(w, &changes);
    return 0;
}

int drop(struct world *w, const char *id)
{
    struct model_changes changes = {0};
    const struct model_kind *kind;
    const json_t *current = find_any(w, id, &kind);

    assert_non_null(current);
    if (model_delete(&w->lookup, &w->env, kind, current, &changes, &w->error) < 0) {
        assert_true(w->error.rule[0]);
        return w->error.status;
    }
    world_apply(w, &changes);
    return 0;
}

const char *get(struct world *w, const char *id, const char *path)
{
    const struct model_kind *kind;

    return model_str(find_any(w, id, &kind), path);
}
