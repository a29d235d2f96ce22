#include "control_internal.h"

/* Lists of resources: filtered, in pages. A filter by a reference or a name goes by the index. */

/* By a field: what is none of these. */
static bool is_filter(const char *name)
{
    return strcmp(name, "limit") != 0 && strcmp(name, "cursor") != 0 &&
           strcmp(name, "selector") != 0;
}

/* An id as the kind has them, of something that may be gone or was never stored. */
static bool may_be_id(const struct call *call, const char *text)
{
    return model_is_id(call->kind, text) ||
           (call->kind->id == MODEL_ALARM && alarms_is_built_in(text));
}

static int check_params(struct call *call)
{
    const char *cursor;

    for (size_t i = 0; i < call->uri.param_count; i++) {
        const struct uri_param *p = &call->uri.params[i];
        int r = is_filter(p->name) ? model_filter_check(call->kind, p->name, p->value, &call->error)
                                   : 0;

        if (r < 0)
            return r;
    }
    return param_cursor(call, may_be_id, &cursor);
}

/* Whether it passes the filters that ask for what is stored. */
static bool passes_stored(const struct call *call, const json_t *stored)
{
    for (size_t i = 0; i < call->uri.param_count; i++) {
        const struct uri_param *p = &call->uri.params[i];

        if (is_filter(p->name) && model_filter_field(call->kind, p->name)->access != MODEL_STATUS &&
            !model_filter_match(call->kind, stored, p->name, p->value))
            return false;
    }
    return true;
}

/* And those that ask for what is so now. */
static bool passes_now(const struct call *call, const struct status *status)
{
    for (size_t i = 0; i < call->uri.param_count; i++) {
        const struct uri_param *p = &call->uri.params[i];
        const struct model_field *f =
            is_filter(p->name) ? model_filter_field(call->kind, p->name) : NULL;

        if (f && f->access == MODEL_STATUS &&
            !model_filter_match(call->kind,
                                json_object_get(status->computed, f->name) ? status->computed
                                                                           : status->said,
                                p->name, p->value))
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

/* Whether the list shows it, and if so with what status (to be given back). The labels come first:
 * they are looked at where they lie. */
static int judge(struct call *call, const struct model_selector *selector,
                 const struct model_resource *resource, bool *ret_wanted, struct status *ret)
{
    bool wanted = access_sees(&call->who, call->seen, resource) &&
                  (!selector || model_selector_match(selector, resource));
    int r;

    if (wanted && is_filtered(call)) {
        json_t *stored = model_encode(resource);

        if (!stored)
            return -ENOMEM;
        wanted = passes_stored(call, stored);
        json_decref(stored);
    }
    *ret_wanted = false;
    if (!wanted)
        return 0;
    r = status_take(call->place, call->seen, resource, ret);
    if (r < 0)
        return r;
    *ret_wanted = passes_now(call, ret);
    if (!*ret_wanted)
        status_done(ret);
    return 0;
}

/* ---- walking ---- */

/* Regions are walked as regions, everything else as the index of a filter allows. */
struct listing {
    struct call *call;
    const struct model_selector *selector; /* or NULL */
    struct snapshot_iter it;
    const struct model_resource *stored;   /* of a list of alarms: the next one */
    const struct model_resource *built_in; /* so; NULL: there is none left */
    struct region *region;                 /* of a list of regions: the one last looked at */
    struct snapshot *held;                 /* of it */
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
        if (snapshot_region(l->held) && access_has_region(&call->who, l->region->id)) {
            call->place = l->region; /* whose status is shown */
            snapshot_unref(call->seen);
            call->seen = snapshot_ref(l->held);
            return &snapshot_region(l->held)->head;
        }
    }
    return NULL;
}

/* Of two lists in the order of ids. */
static const struct model_resource *next_alarm(struct listing *l)
{
    const struct model_resource *is = l->stored;

    if (l->built_in && (!is || strcmp(l->built_in->id, is->id) < 0)) {
        is = l->built_in;
        l->built_in = alarms_next_built_in(l->call, is->id);
    } else if (is) {
        l->stored = snapshot_next(&l->it);
    }
    return is;
}

/* The next one after the cursor: indexes are in the order of ids, too. */
static const struct model_resource *next(struct listing *l)
{
    const char *cursor = uri_param(&l->call->uri, "cursor");
    const struct model_resource *r;

    do
        r = l->call->kind->id == MODEL_REGION  ? next_region(l)
            : l->call->kind->id == MODEL_ALARM ? next_alarm(l)
                                               : snapshot_next(&l->it);
    while (r && cursor && strcmp(r->id, cursor) <= 0);
    return r;
}

/* The next that passes, with its status; NULL at the end. */
static int next_wanted(struct listing *l, const struct model_resource **ret, struct status *status)
{
    bool wanted = false;
    int r = 0;

    do {
        *ret = next(l);
        if (*ret)
            r = judge(l->call, l->selector, *ret, &wanted, status);
    } while (r == 0 && *ret && !wanted);
    return r;
}

/* Writes up to limit that pass; the last of them is where the next page begins, if there is more.
 */
static int write_page(struct call *call, const struct model_selector *selector, size_t limit,
                      struct model_out *out)
{
    const struct model_resource *resource;
    char last[STORE_NAME_MAX + 1] = ""; /* a copy: regions are not held */
    struct listing l = {.call = call, .selector = selector};
    struct status status = {0};
    int r;

    if (call->kind->id != MODEL_REGION)
        begin(&l);
    if (call->kind->id == MODEL_ALARM) {
        l.stored = snapshot_next(&l.it);
        l.built_in = alarms_next_built_in(call, "");
    }
    model_out_object(out);
    model_out_key(out, "items");
    model_out_array(out);
    while ((r = next_wanted(&l, &resource, &status)) == 0 && resource && limit) {
        model_show(resource, status.computed, status.said, out);
        status_done(&status);
        (void)text_copy(last, sizeof(last), resource->id);
        limit--;
    }
    model_out_end(out);
    if (r == 0 && resource) {
        model_out_key(out, "next");
        model_out_string(out, last);
    }
    model_out_end(out);
    status_done(&status);
    snapshot_unref(l.held);
    return r;
}

int resources_list(struct call *call)
{
    const char *labels = uri_param(&call->uri, "selector");
    struct model_selector *selector = NULL;
    struct model_out *out = NULL;
    uint64_t limit = LIST_LIMIT;
    int r = check_params(call);

    if (r == 0 && labels)
        r = model_selector_check(labels, &selector, &call->error);
    if (r == 0)
        r = param_number(call, "limit", 1, LIST_LIMIT_MAX, &limit);
    if (r == 0)
        out = model_out_text(call->lang);
    if (r == 0)
        r = out ? write_page(call, selector, limit, out) : -ENOMEM;
    if (r == 0)
        r = respond_text(call, 200, out);
    model_out_free(out);
    model_selector_free(selector);
    return r;
}
