#include "control_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Several changes in one request: each decided on what those before it left, all in one commit or
 * none; or only tried. */

#define OPERATIONS_MAX 1000
#define DRY_MAX        20000 /* operations of a dry run, for which nobody waits */

struct several {
    struct write w; /* base moves from step to step */
    struct call *call;
    struct snapshot *start;
    struct model_changes all; /* one for each resource in the end */
    struct pmap *places;      /* in all, from 1: by kind and id of the resource */
    struct batch b;           /* audit entries and belongings */
    json_t *results;
    json_t *made; /* references_note() */
    bool dry;
};

/* ---- what comes of all of them ---- */

static const struct pmap_type borrowed = {0};

/* Where the change of this resource is in all, from 1; 0: it has none yet, and the next place is
 * kept for it. */
static int place_of(struct several *s, const struct model_change *change, size_t *ret)
{
    char key[STORE_NAME_MAX + 32];
    int len = snprintf(key, sizeof(key), "%s/%s", change->kind->name,
                       (change->after ? change->after : change->before)->id);

    *ret = (size_t)(uintptr_t)pmap_get(s->places, key, (size_t)len);
    return *ret ? 0
                : pmap_put(&borrowed, &s->places, key, (size_t)len,
                           (void *)(uintptr_t)(s->all.count + 1), 0);
}

/* Several changes of one resource become one. */
static int merge(struct several *s, struct model_change *change)
{
    struct model_changes *all = &s->all;
    struct model_change *known;
    size_t place;

    if (place_of(s, change, &place) < 0)
        return -ENOMEM;
    if (place) {
        known = &all->items[place - 1];
        model_resource_unref(known->after);
        known->after = change->after;
        model_resource_unref(change->before);
        change->after = change->before = NULL;
        return 0;
    }
    if ((all->count & (all->count + 1)) == 0 || all->count == 0) {
        struct model_change *grown =
            reallocarray(all->items, all->count * 2 + 2, sizeof(*all->items));

        if (!grown)
            return -ENOMEM;
        all->items = grown;
    }
    all->items[all->count++] = *change;
    change->after = change->before = NULL;
    return 0;
}

/* What was made and deleted again never was; what is there in the end is an update or a create. */
static void tidy(struct model_changes *all)
{
    size_t kept = 0;

    for (size_t i = 0; i < all->count; i++) {
        struct model_change *c = &all->items[i];

        if (!c->after && !c->before)
            continue;
        c->op = !c->after ? MODEL_OP_DELETE : c->before ? MODEL_OP_UPDATE : MODEL_OP_CREATE;
        all->items[kept++] = *c;
    }
    all->count = kept;
}

/* The region after one operation, for the next. */
static int advance(struct several *s, struct model_changes *changes)
{
    struct snapshot_change *steps = calloc(changes->count + 1, sizeof(*steps));
    struct snapshot *next = NULL;
    int r = steps ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < changes->count; i++) {
        const struct model_change *c = &changes->items[i];

        steps[i] =
            (struct snapshot_change){c->kind->id, (c->after ? c->after : c->before)->id, c->after};
    }
    if (r == 0)
        r = snapshot_apply(s->w.base, steps, changes->count, snapshot_revision(s->w.base), &next);
    free(steps);
    for (size_t i = 0; r == 0 && i < changes->count; i++)
        r = merge(s, &changes->items[i]);
    if (r < 0) {
        snapshot_unref(next);
        return r;
    }
    snapshot_unref(s->w.base);
    s->w.base = next;
    return 0;
}

/* ---- one operation ---- */

static int check_form(struct call *call, const json_t *op)
{
    static const char *const known[] = {"op", "collection", "id", "ifMatch", "body"};
    const char *key;
    json_t *value;

    if (!json_is_object(op))
        return model_error_set(&call->error, 400, "wrong-type", "operations", NULL,
                               SAY(REQUEST_OPERATION_NO_OBJECT));
    json_object_foreach ((json_t *)(uintptr_t)op, key, value) {
        bool found = false;

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            found |= strcmp(known[i], key) == 0;
        if (!found)
            return model_error_set(&call->error, 400, "unknown-field", key, NULL,
                                   SAY(REQUEST_OPERATION_FIELDS));
    }
    call->kind = model_kind_by_collection(model_str(op, "collection"));
    if (!call->kind || call->kind->id == MODEL_REGION)
        return model_error_set(&call->error, 400, "invalid-value", "collection",
                               model_str(op, "collection"), SAY(REQUEST_OPERATION_COLLECTION));
    return access_check_kind(call, call->kind);
}

static int decide(struct several *s, const json_t *op, const json_t *body,
                  struct model_changes *changes)
{
    struct call *call = s->call;
    const char *what = model_str(op, "op");
    const struct model_resource *current;
    char match[24] = "";
    int r;

    if (strcmp(what, "create") == 0)
        return model_create(s->w.base, &s->w.env, call->kind, body, changes, &call->error);
    if (strcmp(what, "update") != 0 && strcmp(what, "delete") != 0)
        return model_error_set(&call->error, 400, "invalid-value", "op", what,
                               SAY(REQUEST_OPERATION_OP));
    snapshot_unref(call->seen);
    call->seen = snapshot_ref(s->w.base);
    current = resources_find(call);
    if (!current)
        return -ENOENT;
    if (json_is_integer(json_object_get(op, "ifMatch")))
        snprintf(match, sizeof(match), "%" PRId64, model_int(op, "ifMatch", 0));
    r = resources_check_revision(call, current->revision, *match ? match : NULL);
    if (r < 0)
        return r;
    if (strcmp(what, "update") == 0)
        return model_update(s->w.base, &s->w.env, current, body, changes, &call->error);
    r = resources_delete_belongings(call, &s->b, current);
    return r < 0 ? r : model_delete(s->w.base, &s->w.env, current, changes, &call->error);
}

static int carry_out(struct several *s, const json_t *given)
{
    struct call *call = s->call;
    struct model_changes changes = {0};
    json_t *op = NULL, *empty = json_object(), *result = NULL;
    int r = check_form(call, given);

    if (r == 0)
        r = references_fill(call, s->made, given, &op);
    call->id = model_str(op, "id");
    if (r == 0)
        r = decide(s, op, json_object_get(op, "body") ? json_object_get(op, "body") : empty,
                   &changes);
    if (r == 0)
        r = references_note(s->made, &changes);
    json_decref(empty);
    if (r == 0 && changes.count) {
        const struct model_resource *made = changes.items[0].after;

        if (!s->dry)
            resources_audit(&s->b, call, &changes, 0);
        result =
            made ? json_pack("{s:s, s:I}", "id", made->id, "revision", (json_int_t)made->revision)
                 : NULL;
        if (result && changes.secrets && changes.items[0].op == MODEL_OP_CREATE && !s->dry)
            (void)json_object_update(result, changes.secrets);
    }
    if (r == 0)
        r = json_array_append_new(s->results, result ? result : json_null()) ? -ENOMEM : 0;
    if (r == 0)
        r = advance(s, &changes);
    model_changes_done(&changes);
    call->id = NULL;
    json_decref(op);
    return r;
}

static int check_body(struct call *call, const json_t **ret_operations, bool *ret_dry)
{
    const json_t *operations = json_object_get(call->body, "operations");
    const json_t *dry = json_object_get(call->body, "dryRun");

    if (!json_is_array(operations) || json_array_size(operations) > DRY_MAX ||
        (dry && !json_is_boolean(dry)))
        return model_error_set(&call->error, 400, "invalid-value", "operations", NULL,
                               SAY(REQUEST_OPERATIONS, OPERATIONS_MAX, DRY_MAX));
    if (!json_is_true(dry) && json_array_size(operations) > OPERATIONS_MAX)
        return model_error_set(&call->error, 409, "too-large", "operations", NULL,
                               SAY(REQUEST_OPERATIONS_TOO_MANY, OPERATIONS_MAX));
    *ret_operations = operations;
    *ret_dry = json_is_true(dry);
    return 0;
}

static int finish(struct several *s)
{
    struct snapshot *last = s->w.base;
    int r;

    if (s->dry)
        return 0;
    tidy(&s->all);
    if (!s->all.count)
        return 0;
    s->w.base = s->start; /* the commit stands on what is there */
    r = write_commit(&s->w, &s->all, &s->b);
    s->w.base = last;
    return r;
}

int resources_several(struct call *call)
{
    struct several s = {.call = call};
    const json_t *operations, *op;
    size_t i;
    int r = check_body(call, &operations, &s.dry);

    if (r == 0 && s.dry)
        write_try(call, &s.w);
    else if (r == 0)
        r = write_begin(call, call->place, false, &s.w);
    if (r < 0)
        return r;
    s.start = snapshot_ref(s.w.base);
    s.results = json_array();
    s.made = json_array();
    json_array_foreach (operations, i, op) {
        if (r == 0)
            r = carry_out(&s, op);
        if (r < 0) {
            call->error.operation = (int)i + 1;
            break;
        }
    }
    if (r == 0)
        r = finish(&s);
    if (r == 0)
        r = respond_json(call, 200, json_pack("{s:O}", "results", s.results));
    json_decref(s.results);
    json_decref(s.made);
    batch_done(&s.b);
    pmap_unref(&borrowed, s.places);
    model_changes_done(&s.all);
    snapshot_unref(s.start);
    write_end(&s.w);
    return r;
}
