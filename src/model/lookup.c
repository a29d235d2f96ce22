#include "model_internal.h"

/* Small questions to a region. */

const char *model_region_of(const struct model_request *q)
{
    const struct model_region *region = snapshot_region(q->s);

    return region ? region->head.id : "";
}

bool model_has_role(const struct model_node *node, enum model_role role)
{
    for (uint32_t i = 0; node && i < node->roles.count; i++) {
        if (node->roles.items[i] == role)
            return true;
    }
    return false;
}

bool model_ids_hold(const struct model_ids *ids, const char *id)
{
    for (uint32_t i = 0; i < ids->count; i++) {
        if (strcmp(ids->items[i], id) == 0)
            return true;
    }
    return false;
}

const struct model_resource *model_interface_user(const struct snapshot *s, const char *node,
                                                  const char *interface, int64_t vlan,
                                                  const char *but)
{
    const struct model_resource *other;
    struct snapshot_iter it;

    if (!interface)
        return NULL;
    snapshot_on_interface(&it, s, node, interface, vlan);
    while ((other = snapshot_next(&it))) {
        if (!but || strcmp(other->id, but) != 0)
            return other;
    }
    return NULL;
}

int model_check_claim(struct model_request *q, const char *node, const char *interface,
                      int64_t vlan, const char *id)
{
    const struct model_resource *other = model_interface_user(q->s, node, interface, vlan, id);

    if (!other)
        return 0;
    return model_error_set(q->error, 409, "conflict", "interface", interface,
                           model_may_see(q, other)
                               ? SAY(CHANGE_INTERFACE_TAKEN, interface, other->id)
                               : SAY(CHANGE_INTERFACE_TAKEN_ELSEWHERE, interface));
}
