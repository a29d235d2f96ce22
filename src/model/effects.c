#include "model_internal.h"

#include <stdlib.h>

/* What a change brings with it: default route tables and the propagations of attachments. */

void model_changes_done(struct model_changes *c)
{
    json_t *secret;
    const char *name;

    for (size_t i = 0; i < c->count; i++) {
        model_resource_unref(c->items[i].after);
        model_resource_unref(c->items[i].before);
    }
    free(c->items);
    json_decref(c->warnings);
    json_object_foreach (c->secrets, name, secret) {
        char *text = (char *)(uintptr_t)json_string_value(secret);

        explicit_bzero(text, strlen(text));
    }
    json_decref(c->secrets);
    *c = (struct model_changes){0};
}

/* ---- default route tables ---- */

static int create_default_table(struct model_request *q, struct model_changes *c)
{
    const struct model_kind *kind = model_kind(MODEL_ROUTE_TABLE);
    struct model_request sub = *q;
    struct model_resource *made = NULL;
    const struct model_resource *vpc = c->items[0].after;
    json_t *table = json_pack("{s:s, s:s, s:s, s:{}, s:s, s:b, s:[], s:[]}", "projectId",
                              vpc->project_id, "name", "default", "description", "", "tags",
                              "vpcId", vpc->id, "default", 1, "routes", "propagations");
    int r;

    sub.kind = kind;
    r = table ? model_fill_common(&sub, table) : -ENOMEM;
    if (r == 0)
        r = model_decode(kind, table, &made, NULL);
    json_decref(table);
    return r == 0 ? model_changes_add(c, MODEL_OP_CREATE, made, NULL) : r;
}

static int delete_default_table(struct model_request *q, struct model_changes *c)
{
    const struct model_route_table *table = snapshot_default_table(q->s, q->current->id);

    return table ? model_changes_add(c, MODEL_OP_DELETE, NULL, &table->head) : 0;
}

/* ---- propagations ---- */

static bool has_ipv6(const struct model_vpc *vpc)
{
    for (uint32_t i = 0; vpc && i < vpc->extra_cidrs.count; i++) {
        if (vpc->extra_cidrs.items[i].addr.family == ADDR_IPV6)
            return true;
    }
    return false;
}

/* What an attachment does in one route table. */
#define PROPAGATIONS_MAX 64 /* as the descriptor says */

struct propagating {
    const char *attachment;
    const char *gateway;
    bool named; /* the attachment names the table */
    bool ipv6;
};

/* Removes what the attachment made from the list; range NULL: all of it. */
static void drop(json_t *list, const char *attachment, const char *range)
{
    for (size_t i = json_array_size(list); i > 0; i--) {
        const json_t *p = json_array_get(list, i - 1);

        if (strcmp(model_str(p, "vpcAttachmentId"), attachment) == 0 &&
            (!range || strcmp(model_str(p, "range"), range) == 0))
            (void)json_array_remove(list, i - 1);
    }
}

static int add(json_t *list, const struct propagating *p, const char *range)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (strcmp(model_str(item, "borderGatewayId"), p->gateway) == 0 &&
            strcmp(model_str(item, "range"), range) == 0)
            return 0; /* somebody's own propagation does the same */
    }
    if (json_array_size(list) >= PROPAGATIONS_MAX)
        return -ENOSPC;
    return json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "borderGatewayId", p->gateway,
                                                 "range", range, "vpcAttachmentId", p->attachment))
               ? -ENOMEM
               : 0;
}

static int edit_table(void *arg, json_t *table)
{
    const struct propagating *p = arg;
    json_t *list = json_object_get(table, "propagations");
    int r = 0;

    drop(list, p->attachment, NULL);
    if (p->named)
        r = add(list, p, "0.0.0.0/0");
    if (r == 0 && p->named && p->ipv6)
        r = add(list, p, "::/0");
    return r;
}

static int put_table(struct model_request *q, struct model_changes *c,
                     const struct model_route_table *table,
                     int (*edit)(void *arg, json_t *resource), void *arg)
{
    int r = model_changes_edit(q->env, c, &table->head, edit, arg);

    if (r != -ENOSPC)
        return r;
    return model_error_set(
        q->error, 409, "conflict", q->kind->id == MODEL_VPC ? "extraCidrs" : "routeTableIds",
        table->head.id, SAY(CHANGE_PROPAGATIONS_FULL, table->head.id, PROPAGATIONS_MAX));
}

/* Brings one route table in line with the attachment as it will be (NULL: gone). */
static int sync_table(struct model_request *q, struct model_changes *c, const char *id,
                      const struct model_vpc_attachment *was,
                      const struct model_vpc_attachment *now)
{
    const struct model_route_table *table = snapshot_get(q->s, MODEL_ROUTE_TABLE, id);
    const struct model_vpc_attachment *any = now ? now : was;
    struct propagating p = {.attachment = any->head.id,
                            .gateway = any->border_gateway_id,
                            .named = now && model_ids_hold(&now->route_table_ids, id),
                            .ipv6 = now && has_ipv6(snapshot_get(q->s, MODEL_VPC, now->vpc_id))};

    return table ? put_table(q, c, table, edit_table, &p) : 0;
}

/* Tables that stay are left alone: what somebody has made of them since is theirs to say. */
static int sync_tables(struct model_request *q, struct model_changes *c)
{
    const struct model_vpc_attachment *was = (const void *)c->items[0].before;
    const struct model_vpc_attachment *now = (const void *)c->items[0].after;
    int r = 0;

    for (uint32_t i = 0; was && r == 0 && i < was->route_table_ids.count; i++) {
        const char *id = was->route_table_ids.items[i];

        if (!now || !model_ids_hold(&now->route_table_ids, id))
            r = sync_table(q, c, id, was, now);
    }
    for (uint32_t i = 0; now && r == 0 && i < now->route_table_ids.count; i++) {
        const char *id = now->route_table_ids.items[i];

        if (!was || !model_ids_hold(&was->route_table_ids, id))
            r = sync_table(q, c, id, was, now);
    }
    return r;
}

/* A VPC that gets its first IPv6 range, or loses its last. */
struct family_change {
    struct model_request *q;
    const struct model_route_table *table;
    bool ipv6;
};

static int edit_family(void *arg, json_t *table)
{
    const struct family_change *f = arg;
    json_t *list = json_object_get(table, "propagations");
    int r = 0;

    snapshot_each_linked (struct model_vpc_attachment, a, it, f->q->s, LINK_ATTACHMENT_TABLE,
                          f->table->head.id) {
        const struct propagating p = {.attachment = a->head.id, .gateway = a->border_gateway_id};

        if (!f->ipv6)
            drop(list, a->head.id, "::/0");
        else if (r == 0)
            r = add(list, &p, "::/0");
    }
    return r;
}

static int follow_families(struct model_request *q, struct model_changes *c)
{
    const struct model_vpc *was = (const void *)c->items[0].before;
    const struct model_vpc *now = (const void *)c->items[0].after;
    struct family_change f = {.q = q, .ipv6 = has_ipv6(now)};
    int r = 0;

    if (has_ipv6(was) == f.ipv6)
        return 0;
    snapshot_each_linked (struct model_route_table, table, it, q->s, LINK_TABLE_VPC, now->head.id) {
        f.table = table;
        if (r == 0 && snapshot_count_linked(q->s, LINK_ATTACHMENT_TABLE, table->head.id))
            r = put_table(q, c, table, edit_family, &f);
    }
    return r;
}

int model_add_effects(struct model_request *q, struct model_changes *c)
{
    enum model_op op;

    if (!c->count)
        return 0;
    op = c->items[0].op;
    switch (q->kind->id) {
    case MODEL_VPC_ATTACHMENT:
        return sync_tables(q, c);
    case MODEL_VPC:
        return op == MODEL_OP_CREATE   ? create_default_table(q, c)
               : op == MODEL_OP_UPDATE ? follow_families(q, c)
                                       : delete_default_table(q, c);
    case MODEL_BORDER_GATEWAY:
    case MODEL_VPN_CONNECTION:
        return op == MODEL_OP_CREATE   ? model_place_new(q, c)
               : op == MODEL_OP_DELETE ? model_unplace(q, c)
                                       : 0;
    case MODEL_NODE:
        return op == MODEL_OP_DELETE ? model_unplace(q, c) : 0;
    default:
        return 0;
    }
}
