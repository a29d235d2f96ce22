#include "model_internal.h"

/* One create, update or delete from beginning to end. */

/* The region must exist, except when it is the one being created. */
static int begin(struct model_request *q)
{
    if (!q->region)
        return 0;
    q->region_object = q->lookup->get(q->lookup->user, NULL, MODEL_REGION, q->region);
    if (q->region_object)
        return 0;
    return model_error_set(q->error, 404, "not-found", "", q->region,
                           "There is no region with this id.");
}

/* Hands over on success, cleans up otherwise; no failure leaves without words. */
static int finish(struct model_request *q, int r, struct model_changes *made,
                  struct model_changes *ret)
{
    json_decref(q->region_object);
    if (r < 0) {
        model_changes_done(made);
        return q->error->status ? r : model_internal_error(q->error);
    }
    *ret = *made;
    return 0;
}

/* Intrinsic rules once more, on what allocation completed, then those among resources. */
static int check_complete(struct model_request *q, const json_t *resource)
{
    struct model_check c = {.kind = q->kind, .error = q->error};
    int r = model_check_intrinsic(&c, resource);

    if (r == 0)
        r = model_check_topology(q, resource);
    if (r == 0)
        r = model_check_vpn(q, resource);
    return r;
}

static int make(struct model_request *q, const json_t *in, struct model_changes *made)
{
    json_t *given = NULL, *resource = NULL;
    int r;

    made->warnings = json_array();
    if (!made->warnings)
        return model_internal_error(q->error);
    r = model_fill_before(q, in, &given);
    if (r == 0)
        r = model_validate_create(q->kind, given, &resource, made->warnings, q->error);
    json_decref(given);
    if (r < 0)
        return r;
    r = model_fill_common(q, resource);
    if (r == 0)
        r = model_check_refs(q, resource);
    if (r == 0)
        r = model_check_quotas(q, resource);
    if (r == 0)
        r = model_fill_after(q, resource);
    if (r == 0)
        r = check_complete(q, resource);
    if (r < 0) {
        json_decref(resource);
        return r;
    }
    return model_changes_add(made, MODEL_OP_CREATE, q->kind, resource, NULL);
}

int model_create(const struct model_lookup *lookup, const struct model_env *env,
                 const struct model_kind *kind, const char *region, const json_t *in,
                 struct model_changes *ret, struct model_error *error)
{
    struct model_changes made = {0};
    struct model_request q = {
        .lookup = lookup, .env = env, .kind = kind, .region = region, .error = error};
    int r;

    model_error_done(error);
    r = begin(&q);
    if (r == 0)
        r = make(&q, in, &made);
    if (r == 0)
        r = model_add_effects(&q, &made);
    return finish(&q, r, &made, ret);
}

static int change(struct model_request *q, const json_t *patch, struct model_changes *made)
{
    json_t *given = NULL, *resource = NULL;
    int r;

    made->warnings = json_array();
    if (!made->warnings)
        return model_internal_error(q->error);
    r = model_fill_before(q, patch, &given);
    if (r == 0)
        r = model_validate_update(q->kind, q->current, given, &resource, made->warnings, q->error);
    json_decref(given);
    if (r < 0)
        return r;
    r = model_check_refs(q, resource);
    if (r == 0)
        r = model_check_quotas(q, resource);
    if (r == 0)
        r = model_fill_after(q, resource);
    if (r == 0)
        r = check_complete(q, resource);
    if (r < 0 || json_equal(resource, q->current)) {
        json_decref(resource);
        return r;
    }
    if (model_touch(q->env, resource) < 0) {
        json_decref(resource);
        return model_internal_error(q->error);
    }
    return model_changes_add(made, MODEL_OP_UPDATE, q->kind, resource, q->current);
}

/* The region a stored resource lives in; a region lives in itself. */
static const char *region_of(const struct model_kind *kind, const json_t *current)
{
    return model_str(current, kind->id == MODEL_REGION ? "id" : "regionId");
}

int model_update(const struct model_lookup *lookup, const struct model_env *env,
                 const struct model_kind *kind, const json_t *current, const json_t *patch,
                 struct model_changes *ret, struct model_error *error)
{
    struct model_changes made = {0};
    struct model_request q = {.lookup = lookup,
                              .env = env,
                              .kind = kind,
                              .region = region_of(kind, current),
                              .current = current,
                              .error = error};
    int r;

    model_error_done(error);
    r = begin(&q);
    if (r == 0)
        r = change(&q, patch, &made);
    if (r == 0)
        r = model_add_effects(&q, &made);
    return finish(&q, r, &made, ret);
}

/* ---- delete ---- */

static int check_may_go(struct model_request *q)
{
    if (q->kind->id == MODEL_VPN_TUNNEL && strcmp(model_str(q->current, "adminState"), "down") != 0)
        return model_error_set(q->error, 409, "conflict", "adminState",
                               model_str(q->current, "adminState"),
                               "A tunnel can be deleted when its adminState is down; set that "
                               "first.");
    if (q->kind->id == MODEL_ROUTE_TABLE && model_bool(q->current, "default", false))
        return model_error_set(q->error, 409, "conflict", "default", "true",
                               "The default route table goes when its VPC is deleted.");
    return 0;
}

/* A VPC takes its default table along, which therefore does not hold it. */
static int check_holders(struct model_request *q)
{
    json_t *table = NULL, *leaving;
    int r;

    if (q->kind->id == MODEL_VPC && model_default_table(q, model_str(q->current, "id"), &table) < 0)
        return model_internal_error(q->error);
    leaving = table ? json_pack("[s]", model_str(table, "id")) : json_array();
    json_decref(table);
    r = leaving ? model_check_unreferenced(q, q->current, leaving) : model_internal_error(q->error);
    json_decref(leaving);
    return r;
}

int model_delete(const struct model_lookup *lookup, const struct model_env *env,
                 const struct model_kind *kind, const json_t *current, struct model_changes *ret,
                 struct model_error *error)
{
    struct model_changes made = {0};
    struct model_request q = {.lookup = lookup,
                              .env = env,
                              .kind = kind,
                              .region = region_of(kind, current),
                              .current = current,
                              .error = error};
    int r;

    model_error_done(error);
    r = begin(&q);
    if (r == 0)
        r = check_may_go(&q);
    if (r == 0)
        r = check_holders(&q);
    if (r == 0)
        r = model_changes_add(&made, MODEL_OP_DELETE, kind, json_incref((json_t *)current),
                              current);
    if (r == 0)
        r = model_add_effects(&q, &made);
    return finish(&q, r, &made, ret);
}
