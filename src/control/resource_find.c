#include "control_internal.h"

/* The resource that a call is about, as far as who calls may see it. */

const struct model_resource *resources_find(struct call *call)
{
    const struct model_resource *resource = snapshot_get(call->seen, call->kind->id, call->id);
    int r;

    if (resource && !access_sees(&call->who, call->seen, resource))
        resource = NULL; /* nor may it be known that it is there */
    if (!resource) {
        r = model_error_set(&call->error, 404, "not-found", "id", call->id,
                            SAY(REQUEST_NO_SUCH_RESOURCE, model_kind_word(call->kind)));
        (void)r; /* the error itself says it */
    }
    return resource;
}

const struct model_resource *resources_find_named(struct call *call, enum model_kind_id kind,
                                                  const char *name)
{
    struct snapshot_iter it;

    snapshot_named(&it, call->seen, kind, name);
    return snapshot_next(&it);
}
