#include "learned.h"

/* How much of each quota is used, as who asks may see it. */

struct listed {
    const struct call *call;
    struct learned_view learned;
    json_t *items;
    bool failed;
};

static bool sees(void *arg, const struct model_resource *resource)
{
    const struct listed *l = arg;

    return access_sees(&l->call->who, l->call->seen, resource);
}

static void add(struct listed *l, const struct model_quota *quota, const struct model_use *use)
{
    json_t *item = json_pack("{s:s, s:s, s:I}", "name", quota->name, "description",
                             quota->description[l->call->lang], "limit", (json_int_t)use->limit);

    if (item && use->used >= 0)
        l->failed |= json_object_set_new(item, "used", json_integer(use->used)) < 0;
    if (item && use->owner && use->owner->kind->id != MODEL_REGION)
        l->failed |= json_object_set_new(item, "resourceId", json_string(use->owner->id)) < 0;
    l->failed |= json_array_append_new(l->items, item) < 0;
}

/* The gateway that has learned most of those seen; -1: there is none. */
static int64_t most_learned(struct listed *l, const struct model_resource **ret_owner)
{
    int64_t most = -1;

    snapshot_each (struct model_resource, gateway, it, l->call->seen, MODEL_BORDER_GATEWAY) {
        size_t count = 0;

        if (!sees(l, gateway))
            continue;
        l->failed |= plan_dynamic_routes(l->call->seen, &l->learned.plan, gateway->id, &count) < 0;
        if ((int64_t)count <= most)
            continue;
        most = (int64_t)count;
        *ret_owner = gateway;
    }
    return most;
}

static void take(void *arg, const struct model_quota *quota, const struct model_use *use)
{
    struct model_use learned = *use;

    if (strcmp(quota->name, "dynamicRoutesPerBorderGateway") == 0)
        learned.used = most_learned(arg, &learned.owner);
    add(arg, quota, &learned);
}

int quotas_list(struct call *call)
{
    struct listed l = {.call = call, .items = json_array()};

    l.failed = learned_look(call->place, &l.learned) < 0;
    if (l.items && !l.failed)
        model_quota_each(call->seen, sees, take, &l);
    learned_look_done(&l.learned);
    if (!l.items || l.failed) {
        json_decref(l.items);
        return -ENOMEM;
    }
    return respond_json(call, 200, json_pack("{s:o}", "items", l.items));
}
