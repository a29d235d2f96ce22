#include "control_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Create, list, get, update and delete, for every kind alike. What is special about a kind is the
 * model's knowledge. */

#define LIST_LIMIT     100
#define LIST_LIMIT_MAX 1000

/* Under which region a resource lies in the store. */
static const char *home(const struct call *call, const struct model_kind *kind, const char *id)
{
    return kind->id == MODEL_REGION ? id : call->region;
}

static struct model_env env_of(const struct call *call)
{
    return (struct model_env){.now_us = call->now_us, .random = random_bytes};
}

json_t *resources_load(struct call *call, const struct model_kind *kind, const char *id)
{
    json_t *resource = records_get(call->c, kind, home(call, kind, id), id);
    int r;

    if (!resource) {
        r = model_error_set(&call->error, 404, "not-found", "id", id, "There is no such %s.",
                            kind->name);
        (void)r; /* the error itself says it */
    }
    return resource;
}

json_t *resources_view(struct call *call, const struct model_kind *kind, const json_t *resource)
{
    json_t *status = status_of(call->c, kind, call->region, resource);
    json_t *view = status ? model_view(kind, resource, status) : NULL;

    json_decref(status);
    return view;
}

static void set_etag(struct call *call, const json_t *resource)
{
    char text[32];

    snprintf(text, sizeof(text), "\"%" PRId64 "\"", model_int(resource, "revision", 0));
    respond_header(call->res, "ETag", text);
}

/* What a change of one resource brings along, by id. */
static void note_others(json_t *note, const struct model_changes *changes)
{
    json_t *also = json_array();

    for (size_t i = 1; i < changes->count; i++)
        (void)json_array_append_new(also, json_string(model_str(changes->items[i].resource, "id")));
    if (changes->count > 1)
        (void)json_object_set(note, "also", also);
    json_decref(also);
}

/* The names of the members that differ. */
static json_t *changed_fields(const struct model_change *change)
{
    json_t *names = json_array(), *value;
    const char *key;

    json_object_foreach (change->resource, key, value) {
        if (strcmp(key, "revision") != 0 && strcmp(key, "updatedAt") != 0 &&
            !json_equal(value, json_object_get(change->before, key)))
            (void)json_array_append_new(names, json_string(key));
    }
    if (change->op == MODEL_OP_UPDATE) {
        json_object_foreach (change->before, key, value) {
            if (!json_object_get(change->resource, key))
                (void)json_array_append_new(names, json_string(key));
        }
    }
    return names;
}

int resources_commit(struct call *call, const struct model_changes *changes, struct batch *b,
                     const char *action)
{
    const struct model_change *first = &changes->items[0];
    const char *region =
        first->kind->id == MODEL_REGION ? model_str(first->resource, "id") : call->region;
    json_t *note = json_object();
    int r;

    if (note && first->op == MODEL_OP_UPDATE)
        (void)json_object_set_new(note, "changed", changed_fields(first));
    note_others(note, changes);
    batch_guard(b, call, region);
    batch_changes(b, call->c, changes);
    audit_add(b, call, action, first->kind->name, region, first->resource, note);
    r = batch_commit(b, call);
    json_decref(note);
    return r;
}

/* Adds the secrets to what is shown, this once. One that was copied from another resource is no
 * news to whoever may know it. */
static int show_secrets(const struct call *call, const struct model_change *made, json_t *view)
{
    bool copied = json_is_string(json_object_get(call->body, "copyParametersFrom"));

    for (const struct model_field *f = made->kind->fields; f->name; f++) {
        json_t *secret = json_object_get(made->resource, f->name);

        if (!(f->flags & MODEL_SECRET) || !secret ||
            (copied && !json_is_string(json_object_get(call->body, f->name))))
            continue;
        if (json_object_set(view, f->name, secret))
            return -ENOMEM;
    }
    return 0;
}

void resources_point_at(struct call *call, const struct model_kind *kind, const json_t *resource)
{
    char location[160];

    if (call->region)
        snprintf(location, sizeof(location), "/v1/regions/%s/%s/%s", call->region, kind->collection,
                 model_str(resource, "id"));
    else
        snprintf(location, sizeof(location), "/v1/regions/%s", model_str(resource, "id"));
    respond_header(call->res, "Location", location);
    set_etag(call, resource);
}

/* The answer to a create: all the resource, its secrets and warnings. */
static int respond_created(struct call *call, const struct model_changes *changes)
{
    const struct model_change *made = &changes->items[0];
    json_t *view = resources_view(call, made->kind, made->resource);

    if (view && (show_secrets(call, made, view) < 0 ||
                 (json_array_size(changes->warnings) &&
                  json_object_set(view, "warnings", changes->warnings)))) {
        json_decref(view);
        return -ENOMEM;
    }
    resources_point_at(call, made->kind, made->resource);
    return respond_json(call, 201, view);
}

int resources_create(struct call *call)
{
    struct model_lookup lookup = records_lookup(call->c);
    struct model_env env = env_of(call);
    struct model_changes changes = {0};
    struct batch b = {0};
    int r = idempotency_replay(call);

    if (r != 0)
        return MIN(r, 0);
    r = model_create(&lookup, &env, call->kind, call->region, call->body, &changes, &call->error);
    if (r == 0) {
        idempotency_keep(&b, call, changes.items[0].resource);
        r = resources_commit(call, &changes, &b, "create");
    }
    if (r == 0)
        r = respond_created(call, &changes);
    batch_done(&b);
    model_changes_done(&changes);
    return r;
}

int resources_get(struct call *call)
{
    json_t *resource = resources_load(call, call->kind, call->id);
    int r;

    if (!resource)
        return -ENOENT;
    set_etag(call, resource);
    r = respond_json(call, 200, resources_view(call, call->kind, resource));
    json_decref(resource);
    return r;
}

/* If-Match: "3", 3 or *; a list of them is not understood and so does not match. */
static int check_if_match(struct call *call, const json_t *resource)
{
    const char *given = call->req->if_match;
    int64_t revision = model_int(resource, "revision", 0);
    char quoted[32];

    if (!given || strcmp(given, "*") == 0)
        return 0;
    snprintf(quoted, sizeof(quoted), "\"%" PRId64 "\"", revision);
    if (strcmp(given, quoted) == 0 ||
        (strlen(given) == strlen(quoted) - 2 && memcmp(given, quoted + 1, strlen(given)) == 0))
        return 0;
    return model_error_set(&call->error, 412, "precondition-failed", "revision", given,
                           "If-Match does not name the current revision, which is %" PRId64
                           ". Read the resource again and decide anew.",
                           revision);
}

/* A change must not throw away a secret that could be opened again with the right key. */
static int check_secrets(struct call *call, const json_t *current)
{
    const char *name = secrets_missing(call->kind, current);

    if (!name || json_object_get(call->body, name))
        return 0;
    return model_error_set(&call->error, 409, "conflict", name, NULL,
                           "The stored %s does not open: seal.key is not the one it was sealed "
                           "with. Bring that back, or set another %s with this change.",
                           name, name);
}

static int respond_updated(struct call *call, const struct model_changes *changes,
                           const json_t *current)
{
    const json_t *now = changes->count ? changes->items[0].resource : current;
    json_t *view = resources_view(call, call->kind, now);

    if (view && json_array_size(changes->warnings) &&
        json_object_set(view, "warnings", changes->warnings)) {
        json_decref(view);
        return -ENOMEM;
    }
    set_etag(call, now);
    return respond_json(call, 200, view);
}

int resources_update(struct call *call)
{
    struct model_lookup lookup = records_lookup(call->c);
    struct model_env env = env_of(call);
    struct model_changes changes = {0};
    struct batch b = {0};
    json_t *current = resources_load(call, call->kind, call->id);
    int r;

    if (!current)
        return -ENOENT;
    r = check_if_match(call, current);
    if (r == 0)
        r = check_secrets(call, current);
    if (r == 0)
        r = model_update(&lookup, &env, call->kind, current, call->body, &changes, &call->error);
    if (r == 0 && changes.count)
        r = resources_commit(call, &changes, &b, "update");
    if (r == 0)
        r = respond_updated(call, &changes, current);
    batch_done(&b);
    model_changes_done(&changes);
    json_decref(current);
    return r;
}

/* What a deletion takes with it beyond the model's knowledge. */
static void delete_belongings(struct call *call, struct batch *b)
{
    struct store_query query = {.collection = "nodeTokens", .region = call->id};
    struct store_page page = {0};

    if (call->kind->id == MODEL_NODE) {
        batch_put(b, "nodeStates", call->region, call->id, NULL);
    } else if (call->kind->id == MODEL_REGION) {
        if (store_list(call->c->store, &query, &page) < 0)
            b->failed = true;
        for (size_t i = 0; i < page.count; i++)
            batch_put(b, "nodeTokens", call->id, page.items[i].id, NULL);
        store_page_done(&page);
    }
}

int resources_delete(struct call *call)
{
    struct model_lookup lookup = records_lookup(call->c);
    struct model_env env = env_of(call);
    struct model_changes changes = {0};
    struct batch b = {0};
    json_t *current = resources_load(call, call->kind, call->id);
    int r;

    if (!current)
        return -ENOENT;
    r = check_if_match(call, current);
    if (r == 0)
        r = model_delete(&lookup, &env, call->kind, current, &changes, &call->error);
    if (r == 0) {
        delete_belongings(call, &b);
        r = resources_commit(call, &changes, &b, "delete");
    }
    if (r == 0 && call->kind->id == MODEL_NODE)
        status_forget_node(&call->c->status, call->id);
    if (r == 0 && call->kind->id == MODEL_VPN_TUNNEL)
        tunnel_log_forget(&call->c->status, call->id);
    if (r == 0 && call->kind->id == MODEL_REGION) {
        auth_remove(&call->c->auth, PRINCIPAL_NODE, call->id, NULL);
        cache_forget(call->c, call->id);
        plans_forget(call->c, call->id);
    }
    if (r == 0)
        call->res->status = 204;
    batch_done(&b);
    model_changes_done(&changes);
    json_decref(current);
    return r;
}

/* ---- lists ---- */

int resources_limit(struct call *call, size_t fallback, size_t max, size_t *ret)
{
    const char *text = uri_param(&call->uri, "limit");
    uint64_t n = fallback;

    if (text && (text_parse_u64(text, max, &n) < 0 || n == 0))
        return model_error_set(&call->error, 400, "invalid-value", "limit", text,
                               "limit must be a whole number from 1 to %zu.", max);
    *ret = (size_t)n;
    return 0;
}

static bool is_filter(const char *name)
{
    return strcmp(name, "limit") != 0 && strcmp(name, "cursor") != 0;
}

static int check_params(struct call *call)
{
    const char *cursor = uri_param(&call->uri, "cursor");

    for (size_t i = 0; i < call->uri.param_count; i++) {
        const struct uri_param *p = &call->uri.params[i];
        int r = is_filter(p->name) ? model_filter_check(call->kind, p->name, p->value, &call->error)
                                   : 0;

        if (r < 0)
            return r;
    }
    if (cursor && strlen(cursor) > STORE_NAME_MAX)
        return model_error_set(&call->error, 400, "invalid-value", "cursor", NULL,
                               "cursor must be what next was in an earlier answer.");
    return 0;
}

/* Whether the resource passes the filters that ask for what is stored, or for what is so now. */
static bool passes(const struct call *call, const json_t *resource, bool status)
{
    for (size_t i = 0; i < call->uri.param_count; i++) {
        const struct uri_param *p = &call->uri.params[i];

        if (is_filter(p->name) &&
            (model_filter_field(call->kind, p->name)->access == MODEL_STATUS) == status &&
            !model_filter_match(call->kind, resource, p->name, p->value))
            return false;
    }
    return true;
}

/* The resource as the list shows it, new; *ret stays NULL if a filter leaves it out. */
static int view_if_wanted(struct call *call, const json_t *resource, json_t **ret)
{
    json_t *view;

    if (!passes(call, resource, false))
        return 0;
    view = resources_view(call, call->kind, resource);
    if (!view)
        return -ENOMEM;
    if (passes(call, view, true))
        *ret = view;
    else
        json_decref(view);
    return 0;
}

/* Where the page begins: all is in the order of ids. */
static size_t first_after(const json_t *all, const char *cursor)
{
    size_t low = 0, high = json_array_size(all);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(model_str(json_array_get(all, middle), "id"), cursor) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Takes up to limit that pass; *ret_next is the id to go on after, or NULL. */
static int collect(struct call *call, const json_t *all, size_t limit, json_t *items,
                   const char **ret_next)
{
    const char *cursor = uri_param(&call->uri, "cursor");

    *ret_next = NULL;
    for (size_t i = first_after(all, cursor ? cursor : ""); i < json_array_size(all); i++) {
        json_t *view = NULL;
        int r = view_if_wanted(call, json_array_get(all, i), &view);

        if (r < 0)
            return r;
        if (view && json_array_size(items) == limit) {
            /* There is more: the last one taken is where the next page begins. */
            *ret_next = model_str(json_array_get(items, limit - 1), "id");
            json_decref(view);
            return 0;
        }
        if (view && json_array_append_new(items, view))
            return -ENOMEM;
    }
    return 0;
}

int resources_list(struct call *call)
{
    json_t *items = NULL, *all = NULL;
    const char *next;
    size_t limit;
    int r = check_params(call);

    if (r == 0)
        r = resources_limit(call, LIST_LIMIT, LIST_LIMIT_MAX, &limit);
    if (r < 0)
        return r;
    all = records_list(call->c, call->kind, call->region, false);
    items = json_array();
    r = all && items ? collect(call, all, limit, items, &next) : -EIO;
    if (r == 0)
        r = respond_json(call, 200, json_pack("{s:O, s:s*}", "items", items, "next", next));
    json_decref(all);
    json_decref(items);
    return r;
}
