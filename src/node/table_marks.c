/* Which packet tables a changed object is part of. */
#include <stdlib.h>

#include "tables.h"

/* ---- marks ---- */

void table_mark(struct tables *t, struct table_marks *marks, const char *id)
{
    size_t len = strlen(id) + 1;
    struct table_mark *m;

    if (name_map_find(&marks->by_id, id))
        return;
    m = calloc(1, sizeof(*m) + len);
    if (m)
        memcpy(m->id, id, len);
    if (!m || name_map_add(&marks->by_id, &m->link, m->id) < 0) {
        free(m);
        t->lost = true;
        return;
    }
    list_append(&marks->all, &m->all);
}

void table_unmark(struct table_marks *marks, struct table_mark *m)
{
    name_map_remove(&marks->by_id, &m->link);
    list_remove(&m->all);
    free(m);
}

void table_marks_done(struct table_marks *marks)
{
    while (!list_empty(&marks->all))
        table_unmark(marks, container_of(marks->all.next, struct table_mark, all));
    name_map_done(&marks->by_id);
}

/* ---- what an object is part of ---- */

void table_mark_those_of(struct tables *t, const char *id)
{
    objects_each_of (o, t->set, DESIRED_TABLE, id)
        table_mark(t, &t->dirty_tables, o->id);
}

/* Tables of the VPC; those that name the gateway, too: it became joined to it or is no more. */
static void mark_joined(struct tables *t, const char *gateway, const char *vpc)
{
    objects_each_of (o, t->set, DESIRED_TABLE, gateway) {
        const struct desired_table *table = o->value;

        if (strcmp(table->vpc, vpc) == 0)
            table_mark(t, &t->dirty_tables, o->id);
    }
}

/* Gateways with a route to an attachment or connection. */
static void mark_leading_to(struct tables *t, const char *id)
{
    objects_each_of (o, t->set, DESIRED_ROUTE, id) {
        const struct desired_route *route = o->value;

        table_mark(t, &t->dirty_gateways, route->gateway);
    }
}

static void touch_vpc(struct tables *t, const char *id, bool came_or_went)
{
    table_mark(t, &t->dirty_vpcs, id);
    table_mark_those_of(t, id);
    if (!came_or_went)
        return;
    objects_each_of (o, t->set, DESIRED_ATTACHMENT, id) {
        const struct desired_attachment *a = o->value;

        table_mark(t, &t->dirty_gateways, a->gateway);
        mark_leading_to(t, o->id);
    }
}

/* Its routes to the connection become reachable with the first tunnel, and its inner address is the
 * gateway's own. */
static void touch_tunnel(struct tables *t, const struct desired_tunnel *before,
                         const struct desired_tunnel *after)
{
    if (before && after && strcmp(before->gateway, after->gateway) == 0 &&
        strcmp(before->dataplane.connection, after->dataplane.connection) == 0 &&
        addr_equal(&before->dataplane.inner_local, &after->dataplane.inner_local))
        return;
    if (before) {
        table_mark(t, &t->dirty_gateways, before->gateway);
        mark_leading_to(t, before->dataplane.connection);
    }
    if (after) {
        table_mark(t, &t->dirty_gateways, after->gateway);
        mark_leading_to(t, after->dataplane.connection);
    }
}

static void touch_value(struct tables *t, const struct object *o, const void *value)
{
    const struct desired_attachment *attachment = value;

    switch (o->type) {
    case DESIRED_INSTANCE:
        table_mark(t, &t->dirty_vpcs, ((const struct desired_instance *)value)->vpc);
        break;
    case DESIRED_TABLE:
        table_mark(t, &t->dirty_tables, o->id);
        break;
    case DESIRED_ATTACHMENT:
        table_mark(t, &t->dirty_gateways, attachment->gateway);
        mark_joined(t, attachment->gateway, attachment->vpc);
        mark_leading_to(t, o->id);
        break;
    case DESIRED_ROUTE:
        table_mark(t, &t->dirty_gateways, ((const struct desired_route *)value)->gateway);
        break;
    default:
        break;
    }
}

void tables_touch(struct tables *t, const struct object *o, const void *before, const void *after)
{
    bool came_or_went = !before != !after;

    if (!before && !after)
        return;
    if (o->type == DESIRED_TUNNEL)
        touch_tunnel(t, before, after);
    if (o->type == DESIRED_VPC)
        touch_vpc(t, o->id, came_or_went);
    if (o->type == DESIRED_GATEWAY)
        table_mark(t, &t->dirty_gateways, o->id);
    if (came_or_went && (o->type == DESIRED_GATEWAY || o->type == DESIRED_INSTANCE))
        table_mark_those_of(t, o->id);
    if (before)
        touch_value(t, o, before);
    if (after)
        touch_value(t, o, after);
}
