#include "control_internal.h"

/* Lists of resources: filtered, in pages. A filter by a reference or a name goes by the index. */

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

static bool is_filtered(const struct call *call)
{
    for (size_t i = 0; i < call->uri.param_count; i++) {
        if (is_filter(call->uri.params[i].name))
            return true;
    }
    return false;
}

/* The resource as the list shows it, new; *ret stays NULL if a filter leaves it out. */
static int view_if_wanted(struct call *call, const struct model_resource *resource, json_t **ret)
{
    json_t *view;

    if (is_filtered(call)) {
        json_t *stored = model_encode(resource);
        bool wanted = stored && passes(call, stored, false);

        json_decref(stored);
        if (!wanted)
            return stored ? 0 : -ENOMEM;
    }
    view = resources_view(call, resource);
    if (!view)
        return -ENOMEM;
    if (passes(call, view, true))
        *ret = view;
    else
        json_decref(view);
    return 0;
}

/* ---- walking ---- */

/* Regions are walked as regions, everything else as the index of a filter allows. */
struct listing {
    struct call *call;
    struct snapshot_iter it;
    struct region *region; /* of a list of regions: the one last looked at */
    struct snapshot *held; /* of it */
};

static void begin(struct listing *l)
{
    struct call *call = l->call;

    for (size_t i = 0; i < call->uri.param_count; i++) {
        const struct uri_param *p = &call->uri.params[i];
        const struct model_field *f =
            is_filter(p->name) ? model_filter_field(call->kind, p->name) : NULL;

        if (f && f->link && strcmp(p->value, "blackhole") != 0) {
            snapshot_linked(&l->it, call->seen, (enum model_link)f->link, p->value);
            return;
        }
        if (f && strcmp(f->name, "name") == 0) {
            snapshot_named(&l->it, call->seen, call->kind->id, p->value);
            return;
        }
    }
    snapshot_all(&l->it, call->seen, call->kind->id, uri_param(&call->uri, "cursor"));
}

static const struct model_resource *next_region(struct listing *l)
{
    struct call *call = l->call;

    while ((l->region = house_next(call->c, l->region))) {
        snapshot_unref(l->held);
        l->held = region_now(l->region);
        if (snapshot_region(l->held)) {
            call->place = l->region; /* whose status is shown */
            snapshot_unref(call->seen);
            call->seen = snapshot_ref(l->held);
            return &snapshot_region(l->held)->head;
        }
    }
    return NULL;
}

/* The next one after the cursor: indexes are in the order of ids, too. */
static const struct model_resource *next(struct listing *l)
{
    const char *cursor = uri_param(&l->call->uri, "cursor");
    const struct model_resource *r;

    do
        r = l->call->kind->id == MODEL_REGION ? next_region(l) : snapshot_next(&l->it);
    while (r && cursor && strcmp(r->id, cursor) <= 0);
    return r;
}

/* Takes up to limit that pass; *ret_next is the id to go on after, or NULL. */
static int collect(struct call *call, size_t limit, json_t *items, const char **ret_next)
{
    struct listing l = {.call = call};
    const struct model_resource *resource;
    json_t *view = NULL;
    int r = 0;

    if (call->kind->id != MODEL_REGION)
        begin(&l);
    while (r == 0 && !view && (resource = next(&l))) {
        r = view_if_wanted(call, resource, &view);
        if (r == 0 && view && json_array_size(items) < limit) {
            r = json_array_append_new(items, view) ? -ENOMEM : 0;
            view = NULL;
        }
    }
    /* There is more: the last one taken is where the next page begins. */
    if (view)
        *ret_next = model_str(json_array_get(items, limit - 1), "id");
    json_decref(view);
    snapshot_unref(l.held);
    return r;
}

int resources_list(struct call *call)
{
    json_t *items = NULL;
    const char *next_id = NULL;
    uint64_t limit = LIST_LIMIT;
    int r = check_params(call);

    if (r == 0)
        r = param_number(call, "limit", 1, LIST_LIMIT_MAX, &limit);
    if (r < 0)
        return r;
    items = json_array();
    r = items ? collect(call, limit, items, &next_id) : -ENOMEM;
    if (r == 0)
        r = respond_list(call, json_pack("{s:O, s:s*}", "items", items, "next", next_id));
    json_decref(items);
    return r;
}
