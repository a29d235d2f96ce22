#include "model_internal.h"

#include <stdlib.h>

/* What a change brings with it: default route tables, the propagations of attachments, and homes
 * for instances. */

void model_changes_done(struct model_changes *c)
{
    for (size_t i = 0; i < c->count; i++) {
        json_decref(c->items[i].resource);
        json_decref(c->items[i].before);
    }
    free(c->items);
    json_decref(c->warnings);
    *c = (struct model_changes){0};
}

int model_changes_add(struct model_changes *c, enum model_op op, const struct model_kind *kind,
                      json_t *resource, const json_t *before)
{
    struct model_change *grown = reallocarray(c->items, c->count + 1, sizeof(*grown));

    if (!grown) {
        json_decref(resource);
        return -ENOMEM;
    }
    c->items = grown;
    c->items[c->count++] = (struct model_change){op, kind, resource, json_incref((json_t *)before)};
    return 0;
}

/* ---- default route tables ---- */

static int create_default_table(struct model_request *q, struct model_changes *c)
{
    const struct model_kind *kind = model_kind(MODEL_ROUTE_TABLE);
    struct model_request sub = *q;
    json_t *table =
        json_pack("{s:s, s:s, s:{}, s:s, s:b, s:[], s:[]}", "name", "default", "description",
                  "Made with its VPC", "tags", "vpcId", model_str(c->items[0].resource, "id"),
                  "default", 1, "routes", "propagations");
    int r;

    sub.kind = kind;
    r = table ? model_fill_common(&sub, table) : model_internal_error(q->error);
    if (r < 0) {
        json_decref(table);
        return r;
    }
    return model_changes_add(c, MODEL_OP_CREATE, kind, table, NULL) < 0
               ? model_internal_error(q->error)
               : 0;
}

static int delete_default_table(struct model_request *q, struct model_changes *c)
{
    json_t *table = NULL;

    if (model_default_table(q, model_str(c->items[0].resource, "id"), &table) < 0)
        return model_internal_error(q->error);
    if (!table)
        return 0;
    if (model_changes_add(c, MODEL_OP_DELETE, model_kind(MODEL_ROUTE_TABLE), table, table) < 0)
        return model_internal_error(q->error);
    return 0;
}

/* ---- propagations ---- */

static bool has_ipv6(const json_t *vpc)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(vpc, "extraCidrs"), i, item) {
        if (strchr(json_string_value(item), ':'))
            return true;
    }
    return false;
}

/* Removes what the attachment made from the list. */
static void drop_propagations(json_t *list, const char *attachment)
{
    for (size_t i = json_array_size(list); i > 0; i--) {
        if (strcmp(model_str(json_array_get(list, i - 1), "vpcAttachmentId"), attachment) == 0)
            (void)json_array_remove(list, i - 1);
    }
}

static int add_propagation(json_t *list, const json_t *attachment, const char *range)
{
    const char *gateway = model_str(attachment, "borderGatewayId");
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (strcmp(model_str(item, "borderGatewayId"), gateway) == 0 &&
            strcmp(model_str(item, "range"), range) == 0)
            return 0; /* somebody's own propagation does the same */
    }
    return json_array_append_new(list,
                                 json_pack("{s:s, s:s, s:s}", "borderGatewayId", gateway, "range",
                                           range, "vpcAttachmentId", model_str(attachment, "id")));
}

/* Stores what a route table has become, if it differs. Takes after. */
static int put_table(struct model_request *q, struct model_changes *c, const json_t *before,
                     json_t *after, bool failed)
{
    if (!failed && json_equal(before, after)) {
        json_decref(after);
    } else if (failed || !after || model_touch(q->env, after) < 0) {
        json_decref(after);
        failed = true;
    } else {
        failed =
            model_changes_add(c, MODEL_OP_UPDATE, model_kind(MODEL_ROUTE_TABLE), after, before) < 0;
    }
    return failed ? model_internal_error(q->error) : 0;
}

/* Brings one route table in line with the attachment as it will be (NULL: gone). */
static int sync_table(struct model_request *q, struct model_changes *c, const char *table_id,
                      const char *attachment_id, const json_t *attachment)
{
    json_t *before = model_get(q, MODEL_ROUTE_TABLE, table_id), *after, *list, *vpc;
    bool failed = false;
    int r;

    if (!before)
        return 0;
    after = json_deep_copy(before);
    list = json_object_get(after, "propagations");
    drop_propagations(list, attachment_id);
    if (attachment && model_names_table(attachment, table_id)) {
        vpc = model_get(q, MODEL_VPC, model_str(attachment, "vpcId"));
        failed = add_propagation(list, attachment, "0.0.0.0/0");
        if (has_ipv6(vpc))
            failed |= (bool)add_propagation(list, attachment, "::/0");
        json_decref(vpc);
    }
    r = put_table(q, c, before, after, failed);
    json_decref(before);
    return r;
}

static int sync_tables(struct model_request *q, struct model_changes *c)
{
    const struct model_change *change = &c->items[0];
    const json_t *before = change->before, *item;
    const json_t *after = change->op == MODEL_OP_DELETE ? NULL : change->resource;
    char id[MODEL_ID_MAX];
    size_t i;
    int r;

    (void)text_copy(id, sizeof(id), model_str(change->resource, "id"));
    /* Tables that stay are left alone: what somebody has made of them since is theirs to say. */
    json_array_foreach (model_list(before, "routeTableIds"), i, item) {
        if (model_names_table(after, json_string_value(item)))
            continue;
        r = sync_table(q, c, json_string_value(item), id, after);
        if (r < 0)
            return r;
    }
    json_array_foreach (model_list(after, "routeTableIds"), i, item) {
        if (before && model_names_table(before, json_string_value(item)))
            continue;
        r = sync_table(q, c, json_string_value(item), id, after);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A VPC that gets its first IPv6 range, or loses its last. */
struct family_change {
    struct model_request *q;
    struct model_changes *c;
    json_t *table; /* the one being changed */
    bool ipv6;
};

static int visit_attachment(void *arg, const json_t *attachment)
{
    struct family_change *f = arg;
    json_t *list = json_object_get(f->table, "propagations");

    if (!model_names_table(attachment, model_str(f->table, "id")))
        return 0;
    if (f->ipv6)
        return add_propagation(list, attachment, "::/0");
    for (size_t i = json_array_size(list); i > 0; i--) {
        const json_t *p = json_array_get(list, i - 1);

        if (strcmp(model_str(p, "vpcAttachmentId"), model_str(attachment, "id")) == 0 &&
            strcmp(model_str(p, "range"), "::/0") == 0)
            (void)json_array_remove(list, i - 1);
    }
    return 0;
}

static int visit_table_of_vpc(void *arg, const json_t *table)
{
    struct family_change *f = arg;
    int r;

    f->table = json_deep_copy(table);
    r = f->table ? model_list_where(f->q, MODEL_VPC_ATTACHMENT, "vpcId", model_str(table, "vpcId"),
                                    NULL, visit_attachment, f)
                 : -ENOMEM;
    return put_table(f->q, f->c, table, f->table, r != 0);
}

static int follow_families(struct model_request *q, struct model_changes *c)
{
    const struct model_change *vpc = &c->items[0];
    struct family_change f = {q, c, NULL, has_ipv6(vpc->resource)};
    char id[MODEL_ID_MAX];

    if (has_ipv6(vpc->before) == f.ipv6)
        return 0;
    (void)text_copy(id, sizeof(id), model_str(vpc->resource, "id"));
    return model_list_where(q, MODEL_ROUTE_TABLE, "vpcId", id, NULL, visit_table_of_vpc, &f);
}

/* ---- instances that wait for a node ---- */

/* One commit has its limits. Those that are left wait for the node's next change; the planner takes
 * care of them meanwhile as if they were on the gateway node. */
#define PLACED_MAX 500

struct placing {
    struct model_request *q;
    struct model_changes *c;
    const char *node;
};

static int visit_unplaced(void *arg, const json_t *instance)
{
    struct placing *p = arg;
    json_t *after;

    if (*model_str(instance, "nodeId") || p->c->count > PLACED_MAX ||
        model_interface_taken(p->q, p->node, model_str(instance, "interface")))
        return 0;
    after = json_deep_copy(instance);
    if (!after || json_object_set_new(after, "nodeId", json_string(p->node)) ||
        model_touch(p->q->env, after) < 0) {
        json_decref(after);
        return model_internal_error(p->q->error);
    }
    return model_changes_add(p->c, MODEL_OP_UPDATE, model_kind(MODEL_INSTANCE), after, instance);
}

/* The first node that can carry instances gets those that were made before any could. */
static int place_instances(struct model_request *q, struct model_changes *c)
{
    const json_t *node = c->items[0].resource;
    struct placing p = {q, c, model_str(node, "id")};

    if (!model_has_role(node, "compute"))
        return 0;
    return model_list_where(q, MODEL_INSTANCE, NULL, NULL, NULL, visit_unplaced, &p);
}

int model_add_effects(struct model_request *q, struct model_changes *c)
{
    if (!c->count)
        return 0;
    if (q->kind->id == MODEL_VPC_ATTACHMENT)
        return sync_tables(q, c);
    if (q->kind->id == MODEL_VPC && c->items[0].op == MODEL_OP_CREATE)
        return create_default_table(q, c);
    if (q->kind->id == MODEL_VPC && c->items[0].op == MODEL_OP_UPDATE)
        return follow_families(q, c);
    if (q->kind->id == MODEL_VPC && c->items[0].op == MODEL_OP_DELETE)
        return delete_default_table(q, c);
    if (q->kind->id == MODEL_NODE && c->items[0].op != MODEL_OP_DELETE)
        return place_instances(q, c);
    return 0;
}
