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

/* ---- what exists ---- */

static json_t *lend(struct world *w, json_t *value)
{
    assert_non_null(value);
    assert_int_equal(0, json_array_append_new(w->lent, value));
    return value;
}

struct snapshot *world_region(struct world *w, const char *id)
{
    for (size_t i = 0; i < ARRAY_SIZE(w->regions); i++) {
        const struct model_region *region = snapshot_region(w->regions[i]);

        if (region && strcmp(region->head.id, id) == 0)
            return w->regions[i];
    }
    return NULL;
}

const struct model_resource *world_find(struct world *w, enum model_kind_id kind, const char *id)
{
    for (size_t i = 0; i < ARRAY_SIZE(w->regions); i++) {
        const struct model_resource *found = snapshot_get(w->regions[i], kind, id);

        if (found)
            return found;
    }
    return NULL;
}

/* Whatever id it is: placements have that of a gateway, which comes first, or an address. */
static const struct model_resource *find_any(struct world *w, const char *id)
{
    const struct model_kind *kind = model_kind_of_id(id);
    struct addr a;

    if (kind)
        return world_find(w, kind->id, id);
    return world_find(w, addr_parse(id, &a) == 0 ? MODEL_PLACEMENT : MODEL_REGION, id);
}

static json_t *show(struct world *w, const struct model_resource *r)
{
    json_t *made = model_encode(r);
    const char *sealed = model_str(made, "psk");
    char *clear = NULL;

    assert_non_null(made);
    if (*sealed && w->env.open(w, r->id, "psk", sealed, &clear) == 0)
        json_object_set_new(made, "psk", json_string(clear));
    free(clear);
    return lend(w, made);
}

json_t *world_json(struct world *w, enum model_kind_id kind, const char *id)
{
    const struct model_resource *r = world_find(w, kind, id);

    return r ? show(w, r) : NULL;
}

static bool is_older(const json_t *a, const json_t *b)
{
    return strcmp(model_str(a, "createdAt"), model_str(b, "createdAt")) < 0;
}

json_t *world_list(struct world *w, enum model_kind_id kind)
{
    json_t *list = lend(w, json_array());

    for (size_t i = 0; i < ARRAY_SIZE(w->regions); i++) {
        snapshot_each (struct model_resource, r, it, w->regions[i], kind) {
            size_t at = json_array_size(list);
            json_t *shown = show(w, r);

            while (at && is_older(shown, json_array_get(list, at - 1)))
                at--;
            json_array_insert(list, at, shown);
        }
    }
    return list;
}

size_t world_count(struct world *w, enum model_kind_id kind)
{
    return snapshot_count(w->regions[0], kind);
}

json_t *resource(struct world *w, const char *id)
{
    const struct model_resource *r = find_any(w, id);

    return r ? show(w, r) : NULL;
}

const char *get(struct world *w, const char *id, const char *path)
{
    return model_str(resource(w, id), path);
}

/* ---- the surroundings ---- */

/* Counts up, so that ids differ and repeat from run to run. */
static void counting_random(void *ret, size_t len)
{
    static uint32_t n;
    uint8_t *bytes = ret;

    n++;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(n >> (5 * (i % 6)) & 31);
}

static int seal(void *user, const char *id, const char *field, const char *clear, char **ret)
{
    (void)user;
    return asprintf(ret, "sealed:%s/%s:%s", id, field, clear) < 0 ? -ENOMEM : 0;
}

static int open_sealed(void *user, const char *id, const char *field, const char *sealed,
                       char **ret)
{
    const struct world *w = user;
    char start[128];

    snprintf(start, sizeof(start), "sealed:%s/%s:", id, field);
    if (w->key_missing)
        return -ENOKEY;
    if (w->key_lost || !text_starts_with(sealed, start))
        return -EBADMSG;
    *ret = strdup(sealed + strlen(start));
    return *ret ? 0 : -ENOMEM;
}

static void key_of(const char *sealed, char ret[MODEL_SEAL_ID_MAX])
{
    (void)sealed;
    strcpy(ret, "0123456789ab");
}

void world_init(struct world *w)
{
    static const char *const regions[] = {
        "{'id': 'r1', 'publicPools': ['198.51.100.0/28']}",
        "{'id': 'r2', 'publicPools': ['198.51.100.16/28'], 'asn': 65100}",
    };

    *w = (struct world){.lent = json_array()};
    w->env = (struct model_env){.now_us = 1700000000000000,
                                .random = counting_random,
                                .seal = seal,
                                .open = open_sealed,
                                .key_of = key_of,
                                .user = w,
                                .regions = (const struct snapshot *const *)w->regions,
                                .region_count = ARRAY_SIZE(w->regions)};
    for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
        struct model_changes changes = {0};
        json_t *in = parse(regions[i]);

        assert_int_equal(
            0, model_create(NULL, &w->env, model_kind(MODEL_REGION), in, &changes, &w->error));
        world_apply(w, &changes);
        json_decref(in);
    }
}

void world_done(struct world *w)
{
    for (size_t i = 0; i < ARRAY_SIZE(w->regions); i++)
        snapshot_unref(w->regions[i]);
    json_decref(w->lent);
    model_error_done(&w->error);
}

/* ---- changes ---- */

/* Where the region of a resource is, or a free place for a new one. */
static struct snapshot **place_of(struct world *w, const struct model_resource *r)
{
    const char *id = r->kind->id == MODEL_REGION ? r->id : r->region_id;

    for (size_t i = 0; i < ARRAY_SIZE(w->regions); i++) {
        const struct model_region *region = snapshot_region(w->regions[i]);

        if (region && strcmp(region->head.id, id) == 0)
            return &w->regions[i];
    }
    for (size_t i = 0; i < ARRAY_SIZE(w->regions) && r->kind->id == MODEL_REGION; i++) {
        if (!snapshot_region(w->regions[i]))
            return &w->regions[i]; /* for a new one */
    }
    fail_msg("%s is of no region", r->id);
    return NULL;
}

static void check_change(const struct snapshot *s, const struct model_change *c)
{
    const struct model_resource *any = c->after ? c->after : c->before;

    assert_ptr_equal(any->kind, c->kind);
    assert_int_equal(c->op, !c->before  ? MODEL_OP_CREATE
                            : !c->after ? MODEL_OP_DELETE
                                        : MODEL_OP_UPDATE);
    assert_ptr_equal(c->before, snapshot_get(s, any->kind->id, any->id));
    if (c->after)
        assert_int_equal(c->after->revision, c->before ? c->before->revision + 1 : 1);
    if (c->op == MODEL_OP_UPDATE)
        assert_false(model_resource_equal(c->before, c->after));
}

void world_apply(struct world *w, struct model_changes *changes)
{
    w->last = changes->count;
    for (size_t i = 0; i < changes->count; i++) {
        const struct model_change *c = &changes->items[i];
        const struct model_resource *any = c->after ? c->after : c->before;
        const struct snapshot_change step = {any->kind->id, any->id, c->after};
        struct snapshot **at = place_of(w, any), *next = NULL;

        check_change(*at, c);
        if (c->after)
            c->after->stored_at = snapshot_revision(*at) + 1;
        assert_int_equal(0, snapshot_apply(*at, &step, 1, snapshot_revision(*at) + 1, &next));
        snapshot_unref(*at);
        *at = next;
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
    json_t *in, *id;
    va_list args;
    int r;

    va_start(args, json);
    in = format(json, args);
    va_end(args);
    r = model_create(w->regions[0], &w->env, model_kind(kind), in, &changes, &w->error);
    json_decref(in);
    if (r < 0)
        fail_msg("refused: %s: %s (%s)", w->error.field, w->error.rule, w->error.value);
    id = lend(w, json_string(changes.items[0].after->id));
    world_apply(w, &changes);
    return json_string_value(id);
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
    r = model_create(w->regions[0], &w->env, model_kind(kind), in, &changes, &w->error);
    json_decref(in);
    assert_true(r < 0);
    assert_int_equal(0, changes.count);
    assert_true(w->error.rule[0]);
    return w->error.status;
}

int change(struct world *w, const char *id, const char *json, ...)
{
    const struct model_resource *current = find_any(w, id);
    struct model_changes changes = {0};
    va_list args;
    json_t *patch;
    int r;

    assert_non_null(current);
    va_start(args, json);
    patch = format(json, args);
    va_end(args);
    r = model_update(*place_of(w, current), &w->env, current, patch, &changes, &w->error);
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
    const struct model_resource *current = find_any(w, id);
    struct model_changes changes = {0};

    assert_non_null(current);
    if (model_delete(*place_of(w, current), &w->env, current, &changes, &w->error) < 0) {
        assert_true(w->error.rule[0]);
        return w->error.status;
    }
    world_apply(w, &changes);
    return 0;
}

size_t settle(struct world *w, size_t limit)
{
    struct model_changes changes = {0};

    assert_int_equal(0, model_settle(w->regions[0], &w->env, limit, NULL, NULL, &changes));
    assert_true(changes.count <= limit);
    world_apply(w, &changes);
    return w->last;
}
