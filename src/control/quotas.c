#include "control_internal.h"

/* How much of each quota is used, as who asks may see it. */

struct listed {
    const struct call *call;
    json_t *items;
    bool failed;
};

static bool sees(void *arg, const struct model_resource *resource)
{
    const struct listed *l = arg;

    return access_sees(&l->call->who, l->call->seen, resource);
}

static void take(void *arg, const struct model_quota *quota, const struct model_use *use)
{
    struct listed *l = arg;
    json_t *item = json_pack("{s:s, s:s, s:I}", "name", quota->name, "description",
                             quota->description[l->call->lang], "limit", (json_int_t)use->limit);

    if (item && use->used >= 0)
        l->failed |= json_object_set_new(item, "used", json_integer(use->used)) < 0;
    if (item && use->owner && use->owner->kind->id != MODEL_REGION)
        l->failed |= json_object_set_new(item, "resourceId", json_string(use->owner->id)) < 0;
    l->failed |= json_array_append_new(l->items, item) < 0;
}

int quotas_list(struct call *call)
{
    struct listed l = {.call = call, .items = json_array()};

    if (l.items)
        model_quota_each(call->seen, sees, take, &l);
    if (!l.items || l.failed) {
        json_decref(l.items);
        return -ENOMEM;
    }
    return respond_json(call, 200, json_pack("{s:o}", "items", l.items));
}
