#include "model_internal.h"

#include <stdlib.h>

/* One create, update or delete from beginning to end. */

/* Most resources that one request may change: they go in one commit. */
#define CHANGED_MAX 100

/* The region must exist, except when it is the one being created. */
static int begin(struct model_request *q, bool region_is_made)
{
    model_error_done(q->error);
    if (region_is_made || snapshot_region(q->s))
        return 0;
    return model_error_set(q->error, 404, "not-found", "", NULL, SAY(CHANGE_NO_REGION));
}

/* Hands over on success, cleans up otherwise; no failure leaves without words. */
static int finish(struct model_request *q, int r, struct model_changes *made,
                  struct model_changes *ret)
{
    if (r == 0 && made->count > CHANGED_MAX)
        r = model_error_set(q->error, 409, "too-large", "", NULL,
                            SAY(CHANGE_TOO_MANY, made->count, CHANGED_MAX));
    if (r < 0) {
        model_changes_done(made);
        return q->error->status ? r : model_internal_error(q->error);
    }
    *ret = *made;
    return 0;
}

/* ---- secrets ---- */

/* The first secret of the kind behind that one (NULL: of all); NULL after the last. */
static const struct model_field *next_secret(const struct model_kind *kind,
                                             const struct model_field *after)
{
    for (const struct model_field *f = after ? after + 1 : kind->fields; f->name; f++) {
        if (f->flags & MODEL_SECRET)
            return f;
    }
    return NULL;
}

#define for_each_secret(f, kind)                                                                   \
    for (const struct model_field *f = next_secret(kind, NULL); f; f = next_secret(kind, f))

/* A text of our own in clear. */
static void wipe(json_t *object, const char *name)
{
    char *text = (char *)(uintptr_t)json_string_value(json_object_get(object, name));

    if (text)
        explicit_bzero(text, strlen(text));
}

/* Frees a request's resource, which may hold a secret in clear if it was refused. */
static void forget(const struct model_kind *kind, json_t *resource)
{
    for_each_secret(f, kind) wipe(resource, f->name);
    json_decref(resource);
}

/* Whether the clear text is what is stored already. */
static bool is_stored(struct model_request *q, const struct model_field *f, const char *clear,
                      const char *sealed)
{
    char *stored = NULL;
    size_t len;
    bool same;

    if (!sealed || q->env->open(q->env->user, q->current->id, f->name, sealed, &stored) < 0)
        return false;
    len = f->flags & MODEL_OVERLAPS ? model_key_len(stored) : strlen(stored);
    same = len == strlen(clear) && mem_equal_ct(stored, clear, len);
    explicit_bzero(stored, strlen(stored));
    free(stored);
    return same;
}

static const char *stored_secret(const struct model_request *q, const struct model_field *f)
{
    const char *sealed = NULL;

    if (q->current)
        memcpy(&sealed, (const uint8_t *)q->current + f->offset, sizeof(sealed));
    return sealed;
}

/* A new key of a tunnel keeps the one before beside it, for as long as that is accepted. One that
 * does not open is not kept. New; -ENOMEM. */
static int with_before(struct model_request *q, const json_t *resource, const struct model_field *f,
                       const char *clear, char **ret)
{
    const char *sealed = f->flags & MODEL_OVERLAPS ? stored_secret(q, f) : NULL;
    char *before = NULL;
    int r;

    if (!sealed || !model_int(resource, "pskOverlapSeconds", 0) ||
        q->env->open(q->env->user, q->current->id, f->name, sealed, &before) < 0) {
        *ret = strdup(clear);
        return *ret ? 0 : -ENOMEM;
    }
    r = model_key_pack(clear, before, q->env->now_us, ret);
    explicit_bzero(before, strlen(before));
    free(before);
    return r;
}

/* Seals what is new, and notes it in made->secrets unless it was copied or no answer may hold it.
 */
static int seal_new(struct model_request *q, json_t *resource, const struct model_field *f,
                    struct model_changes *made)
{
    const char *clear = model_str(resource, f->name);
    char *text = NULL, *kept = NULL;
    int r;

    if (!q->copied && !(f->flags & MODEL_WRITE_ONLY)) {
        if (!made->secrets)
            made->secrets = json_object();
        if (json_object_set_new(made->secrets, f->name, json_string(clear)))
            return model_internal_error(q->error);
    }
    r = with_before(q, resource, f, clear, &kept);
    if (r == 0) {
        r = q->env->seal(q->env->user, model_str(resource, "id"), f->name, kept, &text);
        explicit_bzero(kept, strlen(kept));
    }
    free(kept);
    wipe(resource, f->name);
    r = r == 0 ? model_set_text(q, resource, f->name, text) : model_internal_error(q->error);
    free(text);
    return r;
}

/* Puts the sealed form in the place of a secret in clear, or back what is stored when there is none
 * or the same. */
static int seal(struct model_request *q, json_t *resource, const struct model_field *f,
                struct model_changes *made)
{
    const char *sealed = stored_secret(q, f), *clear;

    clear = json_string_value(json_object_get(resource, f->name));
    if (clear && !*clear && (f->flags & MODEL_WRITE_ONLY)) {
        (void)json_object_del(resource, f->name);
        return 0;
    }
    if (clear && !is_stored(q, f, clear, sealed))
        return seal_new(q, resource, f, made);
    wipe(resource, f->name);
    return sealed ? model_set_text(q, resource, f->name, sealed) : 0;
}

static int seal_all(struct model_request *q, json_t *resource, struct model_changes *made)
{
    int r = 0;

    for_each_secret(f, q->kind)
    {
        if (r == 0)
            r = seal(q, resource, f, made);
    }
    return r;
}

/* ---- create and update ---- */

static int check_rules(struct model_request *q, const struct model_resource *resource)
{
    int r = model_check_topology(q, resource);

    if (r == 0)
        r = model_check_vpn(q, resource);
    if (r == 0 && q->kind->id == MODEL_PLACEMENT)
        r = model_check_placement(q, resource);
    return r;
}

/* A placement outlives its node until it is decided anew; meanwhile all else of it may change. */
static bool stays_placed(const struct model_request *q, const json_t *resource)
{
    const struct model_placement *before = (const struct model_placement *)q->current;

    return q->kind->id == MODEL_PLACEMENT &&
           strcmp(model_str(resource, "nodeId"), before->node_id) == 0;
}

/* From what was validated to what may be stored: allocation, intrinsic rules once more on what that
 * completed, secrets, rules among resources. */
static int complete(struct model_request *q, json_t *resource, struct model_changes *made,
                    struct model_resource **ret)
{
    struct model_check c = {.kind = q->kind, .error = q->error};
    struct model_resource *typed = NULL;
    int r = stays_placed(q, resource) ? 0 : model_check_refs(q, resource);

    if (r == 0)
        r = model_check_quotas(q, resource);
    if (r == 0)
        r = model_fill_after(q, resource);
    if (r == 0)
        r = model_check_intrinsic(&c, resource);
    if (r == 0 && q->kind->id == MODEL_VPN_TUNNEL)
        r = model_check_credentials(q, resource, made->warnings);
    if (r == 0)
        r = seal_all(q, resource, made);
    if (r == 0)
        r = model_decode(q->kind, resource, &typed, NULL) < 0 ? model_internal_error(q->error) : 0;
    if (r == 0)
        r = check_rules(q, typed);
    if (r < 0) {
        model_resource_unref(typed);
        return r;
    }
    *ret = typed;
    return 0;
}

static int make(struct model_request *q, const json_t *in, struct model_changes *made)
{
    json_t *given = NULL, *resource = NULL;
    struct model_resource *typed;
    int r;

    made->warnings = json_array();
    if (!made->warnings)
        return model_internal_error(q->error);
    r = model_fill_before(q, in, &given);
    if (r == 0)
        r = model_validate_create(q->kind, given, &resource, made->warnings, q->error);
    if (q->copied)
        wipe(given, "psk");
    json_decref(given);
    if (r == 0)
        r = model_fill_common(q, resource);
    if (r == 0)
        r = complete(q, resource, made, &typed);
    forget(q->kind, resource);
    return r == 0 ? model_changes_add(made, MODEL_OP_CREATE, typed, NULL) : r;
}

int model_create(const struct snapshot *s, const struct model_env *env,
                 const struct model_kind *kind, const json_t *in, struct model_changes *ret,
                 struct model_error *error)
{
    struct model_changes made = {0};
    struct model_request q = {.s = s, .env = env, .kind = kind, .error = error};
    int r = begin(&q, kind->id == MODEL_REGION);

    if (r == 0 && kind->id == MODEL_PLACEMENT)
        r = model_error_set(error, 409, "conflict", "", NULL, SAY(CHANGE_PLACEMENT_MADE));
    if (r == 0)
        r = make(&q, in, &made);
    if (r == 0)
        r = model_add_effects(&q, &made);
    return finish(&q, r, &made, ret);
}

/* The stored state as a request may see it: without what is sealed. New. */
static json_t *open_state(const struct model_resource *current)
{
    json_t *state = model_encode(current);

    for_each_secret(f, current->kind) if (state)(void) json_object_del(state, f->name);
    return state;
}

/* What a change of a placement by people means. */
static int decide(struct model_request *q, json_t *resource)
{
    const struct model_placement *before = (const struct model_placement *)q->current;

    if (q->kind->id != MODEL_PLACEMENT || stays_placed(q, resource))
        return 0;
    if (json_object_set_new(resource, "generation", json_integer(model_next_generation(before))))
        return model_internal_error(q->error);
    return model_set_text(q, resource, "reason", "{placed.by-admin}");
}

static int change(struct model_request *q, const json_t *patch, struct model_changes *made)
{
    json_t *given = NULL, *resource = NULL, *state = open_state(q->current);
    struct model_resource *typed = NULL;
    int r;

    made->warnings = json_array();
    if (!made->warnings || !state) {
        json_decref(state);
        return model_internal_error(q->error);
    }
    r = model_fill_before(q, patch, &given);
    if (r == 0)
        r = model_validate_update(q->kind, state, given, &resource, made->warnings, q->error);
    json_decref(given);
    json_decref(state);
    if (r == 0)
        r = decide(q, resource);
    if (r == 0 && model_touch(q->env, resource) < 0)
        r = model_internal_error(q->error);
    if (r == 0)
        r = complete(q, resource, made, &typed);
    forget(q->kind, resource);
    if (r < 0 || model_resource_equal(typed, q->current)) {
        model_resource_unref(typed);
        return r;
    }
    return model_changes_add(made, MODEL_OP_UPDATE, typed, q->current);
}

int model_update(const struct snapshot *s, const struct model_env *env,
                 const struct model_resource *current, const json_t *patch,
                 struct model_changes *ret, struct model_error *error)
{
    struct model_changes made = {0};
    struct model_request q = {
        .s = s, .env = env, .kind = current->kind, .current = current, .error = error};
    int r = begin(&q, false);

    if (r == 0)
        r = change(&q, patch, &made);
    if (r == 0)
        r = model_add_effects(&q, &made);
    return finish(&q, r, &made, ret);
}

/* ---- delete ---- */

static int check_may_go(struct model_request *q)
{
    const struct model_resource *r = q->current;

    if (r->kind->id == MODEL_VPN_TUNNEL &&
        ((const struct model_vpn_tunnel *)r)->admin != MODEL_ADMIN_DOWN)
        return model_error_set(q->error, 409, "conflict", "adminState", "up",
                               SAY(CHANGE_TUNNEL_IS_UP));
    if (r->kind->id == MODEL_ROUTE_TABLE && ((const struct model_route_table *)r)->is_default)
        return model_error_set(q->error, 409, "conflict", "default", "true",
                               SAY(CHANGE_DEFAULT_TABLE_STAYS));
    if (r->kind->id == MODEL_PLACEMENT)
        return model_error_set(q->error, 409, "conflict", "", NULL, SAY(CHANGE_PLACEMENT_STAYS));
    return 0;
}

/* A VPC takes its default table along, which therefore does not hold it. */
static int check_holders(struct model_request *q)
{
    const struct model_route_table *table =
        q->kind->id == MODEL_VPC ? snapshot_default_table(q->s, q->current->id) : NULL;

    return model_check_unreferenced(q, q->current, table ? table->head.id : NULL);
}

int model_delete(const struct snapshot *s, const struct model_env *env,
                 const struct model_resource *current, struct model_changes *ret,
                 struct model_error *error)
{
    struct model_changes made = {0};
    struct model_request q = {
        .s = s, .env = env, .kind = current->kind, .current = current, .error = error};
    int r = begin(&q, false);

    if (r == 0)
        r = check_may_go(&q);
    if (r == 0)
        r = check_holders(&q);
    if (r == 0)
        r = model_changes_add(&made, MODEL_OP_DELETE, NULL, current);
    if (r == 0)
        r = model_add_effects(&q, &made);
    return finish(&q, r, &made, ret);
}
