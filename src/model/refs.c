#include "model_internal.h"

#include <stdio.h>

/* References, generically over the descriptors. */

struct walk {
    char path[MODEL_PATH_MAX];
    model_ref_visit *visit;
    void *arg;
};

static int walk_fields(struct walk *w, const struct model_field *fields, const json_t *object);

static int walk_one(struct walk *w, const struct model_field *field, const json_t *value)
{
    if (field->type == MODEL_OBJECT)
        return walk_fields(w, field->fields, value);
    if (!json_is_string(value) || strcmp(json_string_value(value), "blackhole") == 0)
        return 0;
    return w->visit(w->arg, w->path, field, json_string_value(value));
}

static int walk_value(struct walk *w, const struct model_field *field, const json_t *value)
{
    size_t len = strlen(w->path), i;
    const json_t *item;
    int r = 0;

    if (!field->list)
        return walk_one(w, field, value);
    json_array_foreach (value, i, item) {
        snprintf(w->path + len, sizeof(w->path) - len, "[%zu]", i);
        r = walk_one(w, field, item);
        if (r)
            break;
    }
    w->path[len] = 0;
    return r;
}

static int walk_fields(struct walk *w, const struct model_field *fields, const json_t *object)
{
    size_t len = strlen(w->path);
    int r = 0;

    for (const struct model_field *f = fields; f->name && r == 0; f++) {
        const json_t *value = json_object_get(object, f->name);

        if (!value ||
            (f->type != MODEL_REF && f->type != MODEL_NEXT_HOP && f->type != MODEL_OBJECT))
            continue;
        snprintf(w->path + len, sizeof(w->path) - len, "%s%s", len ? "." : "", f->name);
        r = walk_value(w, f, value);
        w->path[len] = 0;
    }
    return r;
}

int model_each_ref(const struct model_kind *kind, const json_t *resource, model_ref_visit *visit,
                   void *arg)
{
    struct walk w = {.visit = visit, .arg = arg};

    return walk_fields(&w, kind->fields, resource);
}

/* ---- they exist ---- */

static int visit_exists(void *arg, const char *path, const struct model_field *field,
                        const char *id)
{
    struct model_request *q = arg;
    const struct model_kind *kind = model_kind_of_id(id);
    json_t *found;

    if (!kind || !(field->refs & 1U << kind->id))
        return model_error_set(q->error, 400, "invalid-value", path, id,
                               "%s does not name a resource of the right kind.", path);
    found = model_get(q, kind->id, id);
    if (!found)
        return model_error_set(q->error, 400, "not-found", path, id,
                               "There is no %s with this id in region %s.", kind->noun, q->region);
    json_decref(found);
    return 0;
}

int model_check_refs(struct model_request *q, const json_t *resource)
{
    return model_each_ref(q->kind, resource, visit_exists, q);
}

/* ---- nothing holds it ---- */

#define MAX_HOLDERS 20

struct held {
    const char *id;                /* of what is to go */
    const json_t *leaving;         /* ids that go with it */
    const struct model_kind *kind; /* of the resource being looked at */
    json_t *holders;
    bool failed;
};

static bool is_leaving(const struct held *h, const char *id)
{
    const json_t *item;
    size_t i;

    json_array_foreach (h->leaving, i, item) {
        if (strcmp(json_string_value(item), id) == 0)
            return true;
    }
    return false;
}

static int visit_ref_to(void *arg, const char *path, const struct model_field *field,
                        const char *id)
{
    const struct held *h = arg;

    (void)path;
    return !(field->flags & MODEL_SOFT) && strcmp(id, h->id) == 0;
}

static int add_holder(struct held *h, const json_t *resource)
{
    json_t *entry = json_pack("{s:s, s:s, s:s}", "kind", h->kind->name, "id",
                              model_str(resource, "id"), "name", model_str(resource, "name"));

    if (json_array_append_new(h->holders, entry)) {
        h->failed = true;
        return 1;
    }
    return json_array_size(h->holders) >= MAX_HOLDERS;
}

static int visit_holder(void *arg, const json_t *resource)
{
    struct held *h = arg;

    if (is_leaving(h, model_str(resource, "id")) ||
        model_each_ref(h->kind, resource, visit_ref_to, h) == 0)
        return 0;
    return add_holder(h, resource);
}

static int visit_any_holder(void *arg, const json_t *resource)
{
    return add_holder(arg, resource);
}

/* The kinds that fields of a table may refer to. */
static unsigned refs_of(const struct model_field *fields)
{
    unsigned refs = 0;

    for (; fields && fields->name; fields++)
        refs |= fields->refs | refs_of(fields->fields);
    return refs;
}

static int refuse_held(struct model_request *q, const json_t *resource, json_t *holders)
{
    struct buf all = {0};
    const json_t *h;
    size_t i;
    int r;

    json_array_foreach (holders, i, h) {
        if (i == 5) {
            buf_puts(&all, ", ...");
            break;
        }
        buf_printf(&all, "%s%s %s", i ? ", " : "", model_kind_by_name(model_str(h, "kind"))->noun,
                   model_str(h, "id"));
        if (strcmp(model_str(h, "id"), model_str(h, "name")) != 0)
            buf_printf(&all, " (%s)", model_str(h, "name"));
    }
    r = model_error_set(q->error, 409, "in-use", "id", model_str(resource, "id"),
                        "The %s is still used by %s; delete or change that first.", q->kind->noun,
                        buf_text(&all));
    buf_done(&all);
    q->error->holders = json_incref(holders);
    return r;
}

int model_check_unreferenced(struct model_request *q, const json_t *resource, const json_t *leaving)
{
    bool region = q->kind->id == MODEL_REGION;
    struct held h = {.id = model_str(resource, "id"), .leaving = leaving, .holders = json_array()};
    int r = h.holders ? 0 : -ENOMEM;

    for (int i = 0; r >= 0 && i < MODEL_KINDS; i++) {
        h.kind = model_kind((enum model_kind_id)i);
        if (h.kind->id == MODEL_REGION)
            continue;
        if (region || refs_of(h.kind->fields) & 1U << q->kind->id)
            r = model_list_where(q, h.kind->id, NULL, NULL, h.id,
                                 region ? visit_any_holder : visit_holder, &h);
        if (json_array_size(h.holders) >= MAX_HOLDERS)
            break;
    }
    if (r < 0 || h.failed)
        r = model_internal_error(q->error);
    else
        r = json_array_size(h.holders) ? refuse_held(q, resource, h.holders) : 0;
    json_decref(h.holders);
    return r;
}
