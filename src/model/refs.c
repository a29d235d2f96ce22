#include "model_internal.h"

#include <stdio.h>

/* References, generically over the descriptors. */

struct walk {
    char path[MODEL_PATH_MAX];
    struct model_request *q;
    const json_t *resource;
};

int model_refuse_missing(struct model_request *q, const char *path, const struct model_kind *kind,
                         const char *id)
{
    return model_error_set(q->error, 400, "not-found", path, id,
                           SAY(CHANGE_REF_MISSING, model_kind_word(kind), model_region_of(q)));
}

/* An alarm outlives its scope; it stays changeable. */
static bool is_kept_scope(const struct walk *w, const struct model_field *field, const char *id)
{
    const struct model_alarm *was = (const struct model_alarm *)w->q->current;

    return field->link == LINK_ALARM_SCOPE && was && was->scope_id &&
           strcmp(was->scope_id, id) == 0;
}

static int check_project(struct model_request *q, const json_t *resource, const char *path,
                         const struct model_resource *target)
{
    const char *project = model_str(resource, "projectId");

    if (model_is_shared(target->kind) || model_is_shared(q->kind) ||
        strcmp(project, target->project_id) == 0)
        return 0;
    if (!model_may_see(q, target)) /* nor learn that it is there */
        return model_refuse_missing(q, path, target->kind, target->id);
    return model_error_set(q->error, 400, "invalid-value", path, target->id,
                           SAY(CHANGE_ACROSS_PROJECTS, target->id, target->project_id, project));
}

static int check_exists(struct walk *w, const struct model_field *field, const char *id)
{
    const struct model_kind *kind = model_kind_of_id(id);
    const struct model_resource *target;

    if (!kind || !(field->refs & 1U << kind->id))
        return model_error_set(w->q->error, 400, "invalid-value", w->path, id,
                               SAY(CHANGE_REF_KIND, w->path));
    target = snapshot_get(w->q->s, kind->id, id);
    if (!target && is_kept_scope(w, field, id))
        return 0;
    if (!target)
        return model_refuse_missing(w->q, w->path, kind, id);
    return check_project(w->q, w->resource, w->path, target);
}

static int walk_fields(struct walk *w, const struct model_field *fields, const json_t *object);

static int walk_one(struct walk *w, const struct model_field *field, const json_t *value)
{
    if (field->type == MODEL_OBJECT)
        return walk_fields(w, field->fields, value);
    if (!json_is_string(value) || model_names_none(field, json_string_value(value)))
        return 0;
    return check_exists(w, field, json_string_value(value));
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

int model_check_refs(struct model_request *q, const json_t *resource)
{
    struct walk w = {.q = q, .resource = resource};

    return walk_fields(&w, q->kind->fields, resource);
}

/* ---- nothing holds it ---- */

#define MAX_HOLDERS 20

struct held {
    const struct model_request *q;
    const char *id;  /* of what is to go */
    const char *but; /* goes with it */
    json_t *holders;
    bool failed;
};

static bool is_known(const json_t *holders, const char *id)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (holders, i, entry) {
        if (strcmp(model_str(entry, "id"), id) == 0)
            return true;
    }
    return false;
}

static void add_holder(struct held *h, const struct model_resource *r)
{
    if (json_array_size(h->holders) >= MAX_HOLDERS || strcmp(r->id, h->id) == 0 ||
        (h->but && strcmp(r->id, h->but) == 0) || is_known(h->holders, r->id))
        return;
    if (json_array_append_new(h->holders, json_pack("{s:s, s:s, s:s}", "kind", r->kind->name, "id",
                                                    r->id, "name", r->name)))
        h->failed = true;
}

/* Those that refer to it over any link that fields of these tables have and that holds. */
static void add_linked(struct held *h, const struct model_field *fields)
{
    for (; fields && fields->name; fields++) {
        add_linked(h, fields->fields);
        if (!fields->link || (fields->flags & MODEL_SOFT) || !(fields->refs & 1U << h->q->kind->id))
            continue;
        snapshot_each_linked (struct model_resource, r, it, h->q->s, (enum model_link)fields->link,
                              h->id) {
            add_holder(h, r);
            if (json_array_size(h->holders) >= MAX_HOLDERS)
                return;
        }
    }
}

/* Route tables with a router in it as next hop. */
static void add_users(struct held *h, const struct model_subnet *subnet)
{
    snapshot_each_linked (struct model_route_table, table, it, h->q->s, LINK_TABLE_VPC,
                          subnet->vpc_id) {
        for (uint32_t i = 0; i < table->routes.count; i++) {
            struct addr hop;

            if (addr_parse(table->routes.items[i].next_hop, &hop) == 0 &&
                prefix_contains_addr(&subnet->cidr, &hop))
                add_holder(h, &table->head);
        }
    }
}

static void add_all(struct held *h, enum model_kind_id kind)
{
    snapshot_each (struct model_resource, r, it, h->q->s, kind) {
        add_holder(h, r);
        if (json_array_size(h->holders) >= MAX_HOLDERS)
            return;
    }
}

static int refuse_held(struct model_request *q, const struct model_resource *resource,
                       json_t *holders)
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
    r = model_error_set(q->error, 409, "in-use", "id", resource->id,
                        SAY(CHANGE_IN_USE, model_kind_word(q->kind), buf_text(&all)));
    buf_done(&all);
    q->error->holders = json_incref(holders);
    return r;
}

int model_check_unreferenced(struct model_request *q, const struct model_resource *resource,
                             const char *but)
{
    struct held h = {.q = q, .id = resource->id, .but = but, .holders = json_array()};
    int r = h.holders ? 0 : -ENOMEM;

    for (int i = 0; r == 0 && i < MODEL_KINDS; i++) {
        if (i == MODEL_REGION || i == MODEL_PLACEMENT)
            continue;
        if (q->kind->id == MODEL_REGION)
            add_all(&h, (enum model_kind_id)i);
        else
            add_linked(&h, model_kind((enum model_kind_id)i)->fields);
    }
    if (r == 0 && q->kind->id == MODEL_SUBNET)
        add_users(&h, (const struct model_subnet *)resource);
    if (r < 0 || h.failed)
        r = model_internal_error(q->error);
    else
        r = json_array_size(h.holders) ? refuse_held(q, resource, h.holders) : 0;
    json_decref(h.holders);
    return r;
}
