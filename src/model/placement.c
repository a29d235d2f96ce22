#include "model_internal.h"

/* Which node carries what: decided when it is made, moved by decision, never computed anew. */

/* One that is drained is better than none. */
static bool comes_before(const struct model_node *node, const struct model_node *best)
{
    if (best && node->draining != best->draining)
        return best->draining;
    return !best || node->head.created_us < best->head.created_us;
}

const struct model_resource *model_choose_node(const struct snapshot *s, const char *role,
                                               bool (*usable)(void *arg, const char *node_id),
                                               void *arg)
{
    enum model_role wanted = strcmp(role, "gateway") == 0 ? MODEL_ROLE_GATEWAY : MODEL_ROLE_COMPUTE;
    const struct model_node *best = NULL;

    snapshot_each (struct model_node, node, it, s, MODEL_NODE) {
        if (model_has_role(node, wanted) && (!usable || usable(arg, node->head.id)) &&
            comes_before(node, best))
            best = node; /* they come in the order of ids */
    }
    return best ? &best->head : NULL;
}

/* ---- one placement ---- */

struct move {
    const char *node_id;
    char reason[WORDS_CODE_MAX + 2]; /* written */
    int64_t generation;
};

static int edit_placement(void *arg, json_t *placement)
{
    const struct move *m = arg;

    if (json_object_set_new(placement, "nodeId", json_string(m->node_id)) ||
        json_object_set_new(placement, "reason", json_string(m->reason)) ||
        json_object_set_new(placement, "generation", json_integer(m->generation)))
        return -ENOMEM;
    return 0;
}

int64_t model_next_generation(const struct model_placement *before)
{
    return before->generation + (before->head.stored_at != 0);
}

void model_placement_name(const char *target, char ret[ADDR_TEXT_MAX])
{
    (void)text_copy(ret, ADDR_TEXT_MAX, target);
    for (char *c = ret; *c; c++)
        *c = *c == ':' ? '-' : *c;
}

/* Addresses come back: whoever has one the next time must be newer than all who had it before. No
 * commit makes a generation grow by more than one, so that none is above the region's revision. */
static int64_t first_generation(const struct snapshot *s)
{
    return (int64_t)snapshot_revision(s) + 1;
}

static int create_placement(const struct snapshot *s, const struct model_env *env,
                            const char *target, const struct move *m, struct model_changes *c)
{
    char now[CLOCK_TEXT_MAX], name[ADDR_TEXT_MAX];
    struct model_resource *made = NULL;
    json_t *p;
    int r;

    clock_format(env->now_us, now);
    model_placement_name(target, name);
    p = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{}, s:s, s:s, s:i, s:s, s:I, s:s}", "id", target,
                  "regionId", snapshot_region(s)->head.id, "projectId",
                  env->project ? env->project : "default", "name", name, "description", "", "tags",
                  "createdAt", now, "updatedAt", now, "revision", 1, "nodeId", m->node_id,
                  "generation", (json_int_t)m->generation, "reason", m->reason);
    r = p ? model_decode(model_kind(MODEL_PLACEMENT), p, &made, NULL) : -ENOMEM;
    json_decref(p);
    return r == 0 ? model_changes_add(c, MODEL_OP_CREATE, made, NULL) : r;
}

int model_place(const struct snapshot *s, const struct model_env *env, const char *target,
                const char *node_id, enum words_code reason, struct model_changes *c)
{
    const struct model_placement *known = snapshot_get(s, MODEL_PLACEMENT, target);
    struct move m = {.node_id = node_id, .generation = first_generation(s)};

    words_write(SAY_CODE(reason), m.reason, sizeof(m.reason));
    if (!known)
        return create_placement(s, env, target, &m, c);
    if (strcmp(known->node_id, node_id) == 0)
        return 0;
    m.generation = model_next_generation(known);
    return model_changes_edit(env, c, &known->head, edit_placement, &m);
}

/* An admin's decision. */
int model_check_placement(struct model_request *q, const struct model_resource *resource)
{
    const struct model_placement *p = (const struct model_placement *)resource;
    const struct model_placement *before = (const struct model_placement *)q->current;

    if (strcmp(p->node_id, before->node_id) == 0 || /* a node that lost the role keeps it */
        model_has_role(snapshot_get(q->s, MODEL_NODE, p->node_id), MODEL_ROLE_GATEWAY))
        return 0;
    return model_error_set(q->error, 400, "invalid-value", "nodeId", p->node_id,
                           SAY(CHANGE_NODE_GATEWAY));
}

/* ---- with what is placed ---- */

const char *model_node_of(const struct snapshot *s, const char *target)
{
    const struct model_placement *p = snapshot_get(s, MODEL_PLACEMENT, target);

    return p && snapshot_get(s, MODEL_NODE, p->node_id) ? p->node_id : NULL;
}

int model_place_addresses(const struct snapshot *s, const struct model_env *env,
                          const struct model_vpn_connection *connection, const char *node,
                          enum words_code reason, size_t most, struct model_changes *c)
{
    char text[ADDR_TEXT_MAX];
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < connection->cloud_addresses.count; i++) {
        addr_format(&connection->cloud_addresses.items[i], text);
        if (c->count < most && !snapshot_get(s, MODEL_PLACEMENT, text))
            r = model_place(s, env, text, node, reason, c);
    }
    return r;
}

int model_place_new(struct model_request *q, struct model_changes *c)
{
    const enum words_code reason = WORDS_PLACED_AT_CREATION;
    const struct model_resource *made = c->items[0].after, *chosen;
    const struct model_vpn_connection *connection = (const void *)made;
    bool gateway = q->kind->id == MODEL_BORDER_GATEWAY;
    const char *node = gateway ? NULL : model_node_of(q->s, connection->border_gateway_id);

    if (!node) {
        chosen = model_choose_node(q->s, "gateway", NULL, NULL);
        if (!chosen)
            return 0; /* until there is one */
        node = chosen->id;
    }
    return gateway ? model_place(q->s, q->env, made->id, node, reason, c)
                   : model_place_addresses(q->s, q->env, connection, node, reason, SIZE_MAX, c);
}

/* More of them than one commit takes are placed anew afterwards. */
#define UNPLACED_MAX 50

static int remove_placement(struct model_request *q, const char *target, struct model_changes *c)
{
    const struct model_placement *p = snapshot_get(q->s, MODEL_PLACEMENT, target);

    return p ? model_changes_add(c, MODEL_OP_DELETE, NULL, &p->head) : 0;
}

static int unplace_node(struct model_request *q, struct model_changes *c)
{
    size_t count = 0;
    int r = 0;

    snapshot_each_linked (struct model_placement, p, it, q->s, LINK_PLACEMENT_NODE,
                          q->current->id) {
        if (r == 0 && count++ < UNPLACED_MAX)
            r = model_changes_add(c, MODEL_OP_DELETE, NULL, &p->head);
    }
    return r;
}

int model_unplace(struct model_request *q, struct model_changes *c)
{
    const struct model_vpn_connection *connection = (const void *)q->current;
    char text[ADDR_TEXT_MAX];
    int r = 0;

    if (q->kind->id == MODEL_NODE)
        return unplace_node(q, c);
    if (q->kind->id == MODEL_BORDER_GATEWAY)
        return remove_placement(q, q->current->id, c);
    for (uint32_t i = 0; r == 0 && i < connection->cloud_addresses.count; i++)
        r = remove_placement(q, addr_format(&connection->cloud_addresses.items[i], text), c);
    return r;
}

/* ---- homes of instances ---- */

/* Nodes are few. */
static const struct model_node *first_with(const struct snapshot *s, bool both,
                                           bool (*usable)(void *arg, const char *node_id),
                                           void *arg)
{
    const struct model_node *best = NULL;

    snapshot_each (struct model_node, node, it, s, MODEL_NODE) {
        if (model_has_role(node, MODEL_ROLE_COMPUTE) &&
            (!both || model_has_role(node, MODEL_ROLE_GATEWAY)) &&
            (!usable || usable(arg, node->head.id)) && comes_before(node, best))
            best = node;
    }
    return best;
}

const struct model_resource *model_home_of(const struct snapshot *s, const char *vpc,
                                           bool (*usable)(void *arg, const char *node_id),
                                           void *arg)
{
    const struct model_node *node;

    snapshot_each_linked (struct model_vpc_attachment, a, it, s, LINK_ATTACHMENT_VPC, vpc) {
        const char *id = model_node_of(s, a->border_gateway_id);

        node = id ? snapshot_get(s, MODEL_NODE, id) : NULL;
        if (model_has_role(node, MODEL_ROLE_COMPUTE) && (!usable || usable(arg, id)))
            return &node->head;
    }
    node = first_with(s, true, usable, arg);
    if (!node)
        node = first_with(s, false, usable, arg);
    return node ? &node->head : NULL;
}
