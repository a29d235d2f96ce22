#include "control_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Create, get, update and delete, for every kind alike. What is special about a kind is the model's
 * knowledge. */

json_t *resources_view(struct call *call, const struct model_resource *resource)
{
    struct status status;
    json_t *view;

    if (status_take(call->place, call->seen, resource, &status) < 0)
        return NULL;
    view = model_view(resource, status.computed, status.said);
    status_done(&status);
    return view;
}

void resources_set_etag(struct call *call, const struct model_resource *resource)
{
    char text[32];

    snprintf(text, sizeof(text), "\"%" PRId64 "\"", resource->revision);
    respond_header(call->res, "ETag", text);
}

void resources_point_at(struct call *call, const struct model_resource *resource)
{
    char location[160];

    if (resource->kind->id == MODEL_REGION)
        snprintf(location, sizeof(location), "/v1/regions/%s", resource->id);
    else
        snprintf(location, sizeof(location), "/v1/regions/%s/%s/%s", call->place->id,
                 resource->kind->collection, resource->id);
    respond_header(call->res, "Location", location);
    resources_set_etag(call, resource);
}

/* ---- what the audit log says of a change ---- */

/* What a change of one resource brings along, by id. */
static void note_others(json_t *note, const struct model_changes *changes)
{
    json_t *also = json_array();

    for (size_t i = 1; i < changes->count; i++) {
        const struct model_change *c = &changes->items[i];

        (void)json_array_append_new(also, json_string((c->after ? c->after : c->before)->id));
    }
    if (changes->count > 1)
        (void)json_object_set(note, "also", also);
    json_decref(also);
}

void resources_audit(struct batch *b, struct call *call, const struct model_changes *changes,
                     size_t first)
{
    static const char *const actions[] = {
        [MODEL_OP_CREATE] = "create", [MODEL_OP_UPDATE] = "update", [MODEL_OP_DELETE] = "delete"};
    const struct model_change *change = &changes->items[first];
    const struct model_resource *r = change->after ? change->after : change->before;
    json_t *note = json_object();

    if (note && change->op == MODEL_OP_UPDATE)
        (void)json_object_set_new(note, "changed",
                                  model_changed_members(change->before, change->after));
    if (note && r->project_id)
        (void)json_object_set_new(note, "projectId", json_string(r->project_id));
    note_others(note, changes);
    audit_add(b, call, actions[change->op], change->kind->name, call->place->id, r->id, r->name,
              note);
    json_decref(note);
}

/* ---- create ---- */

/* The secrets that were given or made, this once, and the warnings. */
static void write_news(const struct model_changes *changes, struct model_out *out)
{
    const char *name;
    json_t *value;

    json_object_foreach (changes->secrets, name, value) {
        model_out_key(out, name);
        model_out_value(out, value);
    }
    if (json_array_size(changes->warnings)) {
        model_out_word_list(out, "warnings", changes->warnings);
    }
}

int resources_respond(struct call *call, int code, const struct model_resource *resource,
                      const struct model_changes *changes)
{
    struct model_out *out = model_out_text(call->lang);
    struct status status = {0};
    int r = out ? status_take(call->place, call->seen, resource, &status) : -ENOMEM;

    if (r == 0) {
        model_out_object(out);
        model_show_members(resource, status.computed, status.said, out);
        if (changes)
            write_news(changes, out);
        model_out_end(out);
        r = respond_text(call, code, out);
    }
    status_done(&status);
    model_out_free(out);
    return r;
}

/* From here on the request sees what it decides on. */
static void see(struct write *w)
{
    snapshot_unref(w->call->seen);
    w->call->seen = snapshot_ref(w->base);
}

/* To a request that was carried out before. */
static int answer_again(struct call *call, const char *id)
{
    const struct model_resource *made;
    int r = -ENOENT;

    call->id = id;
    made = resources_find(call);
    if (made) { /* else it was deleted again: the error says so */
        respond_header(call->res, "Idempotency-Replayed", "true");
        resources_point_at(call, made);
        r = resources_respond(call, 201, made, NULL);
    }
    call->id = NULL;
    return r;
}

static int create(struct write *w)
{
    struct call *call = w->call;
    struct model_changes changes = {0};
    struct batch b = {0};
    char id[STORE_NAME_MAX + 1];
    int r;

    see(w);
    r = idempotency_find(call, w->key, id, sizeof(id));
    if (r == 1)
        return *id ? answer_again(call, id) : 0;
    if (r < 0)
        return r;
    r = model_create(snapshot_region(w->base) ? w->base : NULL, &w->env, call->kind, call->body,
                     &changes, &call->error);
    if (r == 0) {
        idempotency_keep(&b, call, w->key, changes.items[0].after->id);
        resources_audit(&b, call, &changes, 0);
        r = write_commit(w, &changes, &b);
    }
    if (r == 0) {
        resources_point_at(call, changes.items[0].after);
        r = resources_respond(call, 201, changes.items[0].after, &changes);
    }
    batch_done(&b);
    model_changes_done(&changes);
    return r;
}

/* The place of a region that is to be made; its id is checked before anything is made of it. */
static int find_place(struct call *call)
{
    const char *id = model_str(call->body, "id");

    if (call->place)
        return 0;
    if (!model_is_id(call->kind, id)) {
        json_t *made = NULL;
        int r = model_validate_create(call->kind, call->body, &made, NULL, &call->error);

        json_decref(made);
        return r < 0 ? r : -EINVAL;
    }
    call->place = house_make(call->c, id);
    return call->place ? 0 : -ENOMEM;
}

int resources_create(struct call *call)
{
    struct write w;
    int r = find_place(call);

    if (r == 0)
        r = write_begin(call, call->place, call->kind->id == MODEL_REGION, &w);
    if (r < 0)
        return r;
    r = create(&w);
    write_end(&w);
    return r;
}

/* ---- get ---- */

int resources_get(struct call *call)
{
    const struct model_resource *resource =
        call->kind->id == MODEL_ALARM ? alarms_built_in(call, call->id) : NULL;

    if (!resource)
        resource = resources_find(call);
    if (!resource)
        return -ENOENT;
    resources_set_etag(call, resource);
    return resources_respond(call, 200, resource, NULL);
}

/* ---- update and delete ---- */

int resources_check_revision(struct call *call, int64_t revision, const char *given)
{
    char quoted[32];

    if (!given || strcmp(given, "*") == 0)
        return 0;
    snprintf(quoted, sizeof(quoted), "\"%" PRId64 "\"", revision);
    if (strcmp(given, quoted) == 0 ||
        (strlen(given) == strlen(quoted) - 2 && memcmp(given, quoted + 1, strlen(given)) == 0))
        return 0; /* a list of them is not understood and so does not match */
    return model_error_set(&call->error, 412, "precondition-failed", "revision", given,
                           SAY(REQUEST_CHANGED_MEANWHILE, revision));
}

/* The resource as the change will find it. */
static const struct model_resource *current_of(struct write *w)
{
    see(w);
    if (w->call->kind->id == MODEL_ALARM && alarms_built_in(w->call, w->call->id)) {
        int r = model_error_set(&w->call->error, 409, "conflict", "id", w->call->id,
                                SAY(REQUEST_ALARM_BUILT_IN));

        (void)r; /* the error itself says it */
        return NULL;
    }
    return resources_find(w->call);
}

static int update(struct write *w)
{
    struct call *call = w->call;
    const struct model_resource *current = current_of(w);
    struct model_changes changes = {0};
    struct batch b = {0};
    int r =
        current ? resources_check_revision(call, current->revision, call->req->if_match) : -ENOENT;

    if (r == 0)
        r = model_update(w->base, &w->env, current, call->body, &changes, &call->error);
    if (r == 0 && changes.count) {
        resources_audit(&b, call, &changes, 0);
        r = write_commit(w, &changes, &b);
        current = changes.items[0].after;
    }
    if (r == 0) {
        json_decref(changes.secrets); /* whoever changes it knows it */
        changes.secrets = NULL;
        resources_set_etag(call, current);
        r = resources_respond(call, 200, current, &changes);
    }
    batch_done(&b);
    model_changes_done(&changes);
    return r;
}

int resources_update(struct call *call)
{
    struct write w;
    int r = write_begin(call, call->place, call->kind->id == MODEL_REGION, &w);

    if (r < 0)
        return r;
    r = update(&w);
    write_end(&w);
    return r;
}

/* What a deletion takes with it beyond the model's knowledge. */
int resources_delete_belongings(struct call *call, struct batch *b,
                                const struct model_resource *resource)
{
    struct store_query query = {.collection = "nodeTokens", .region = call->place->id};
    struct store_page page = {0};
    int r;

    if (resource->kind->id == MODEL_NODE)
        batch_put(b, "nodeCredentials", call->place->id, resource->id, NULL);
    if (resource->kind->id != MODEL_REGION)
        return 0;
    batch_put(b, "authorities", call->place->id, call->place->id, NULL);
    r = store_list(call->c->store, &query, &page);
    for (size_t i = 0; r == 0 && i < page.count; i++)
        batch_put(b, "nodeTokens", call->place->id, page.items[i].id, NULL);
    store_page_done(&page);
    return r;
}

static int delete (struct write *w)
{
    struct call *call = w->call;
    const struct model_resource *current = current_of(w);
    struct model_changes changes = {0};
    struct batch b = {0};
    int r =
        current ? resources_check_revision(call, current->revision, call->req->if_match) : -ENOENT;

    if (r == 0)
        r = model_delete(w->base, &w->env, current, &changes, &call->error);
    if (r == 0)
        r = resources_delete_belongings(call, &b, current);
    if (r == 0) {
        resources_audit(&b, call, &changes, 0);
        r = write_commit(w, &changes, &b);
    }
    if (r == 0)
        call->res->status = 204;
    batch_done(&b);
    model_changes_done(&changes);
    return r;
}

int resources_delete(struct call *call)
{
    struct write w;
    int r = write_begin(call, call->place, call->kind->id == MODEL_REGION, &w);

    if (r < 0)
        return r;
    r = delete (&w);
    write_end(&w);
    return r;
}
