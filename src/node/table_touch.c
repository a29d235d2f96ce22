/* Which packet tables a changed object is part of. */
#include "tables_internal.h"

/* Gateways with a route to an attachment or connection. */
static void leading_to(struct tables *t, const char *id)
{
    objects_each_of (o, t->set, DESIRED_ROUTE, id) {
        const struct desired_route *route = o->value;

        table_gateway_anew(t, route->gateway);
    }
}

/* Tables of the VPC that name the gateway, too: it became joined to it or is no more. */
static void joined(struct tables *t, const char *gateway, const char *vpc)
{
    objects_each_of (o, t->set, DESIRED_TABLE, gateway) {
        const struct desired_table *table = o->value;

        if (strcmp(table->vpc, vpc) == 0)
            table_routes_anew(t, o->id);
    }
}

static void touch_vpc(struct tables *t, const char *id, bool came_or_went)
{
    table_mark(t, &t->dirty_vpcs, id);
    table_routes_anew_of(t, id);
    if (!came_or_went)
        return;
    objects_each_of (o, t->set, DESIRED_ATTACHMENT, id) {
        const struct desired_attachment *a = o->value;

        table_gateway_anew(t, a->gateway);
        leading_to(t, o->id);
    }
}

/* Its routes to the connection become reachable with the first tunnel, and its inner address is the
 * gateway's own. */
static void touch_tunnel(struct tables *t, const char *id, const struct desired_tunnel *before,
                         const struct desired_tunnel *after)
{
    const struct desired_tunnel *each[] = {before, after};

    if (before && after && strcmp(before->gateway, after->gateway) == 0 &&
        strcmp(before->dataplane.connection, after->dataplane.connection) == 0 &&
        addr_equal(&before->dataplane.inner_local, &after->dataplane.inner_local) &&
        memcmp(before->dataplane.translations, after->dataplane.translations,
               sizeof(after->dataplane.translations)) == 0)
        return;
    table_gateway_tunnel(t, id, before, after);
    for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
        if (each[i]) {
            table_gateway_anew(t, each[i]->gateway);
            leading_to(t, each[i]->dataplane.connection);
        }
    }
}

/* Which of the static routes to it count follows its state. */
void tables_touch_line(struct tables *t, const char *id)
{
    objects_each_of (o, t->set, DESIRED_ROUTE, id)
        table_gateway_route(t, o->id, NULL, o->value);
}

static void touch_line(struct tables *t, const char *id, const struct desired_line *before,
                       const struct desired_line *after)
{
    const struct desired_line *each[] = {before, after};

    table_gateway_line(t, id, before, after);
    tables_touch_line(t, id);
    for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
        if (each[i])
            table_gateway_anew(t, each[i]->gateway);
    }
}

static void touch_attachment(struct tables *t, const char *id,
                             const struct desired_attachment *before,
                             const struct desired_attachment *after)
{
    const struct desired_attachment *each[] = {before, after};

    table_gateway_attachment(t, id, before, after);
    if (before && after && strcmp(before->gateway, after->gateway) == 0 &&
        strcmp(before->vpc, after->vpc) == 0)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
        if (each[i]) {
            table_gateway_anew(t, each[i]->gateway);
            joined(t, each[i]->gateway, each[i]->vpc);
        }
    }
    leading_to(t, id);
}

static void touch_gateway(struct tables *t, const char *id, const struct desired_gateway *before,
                          const struct desired_gateway *after)
{
    table_gateway_object(t, id, after);
    if (!before || !after || before->transit != after->transit)
        table_gateway_anew(t, id);
    if (!before != !after)
        table_routes_anew_of(t, id);
}

static void touch_instance(struct tables *t, const char *id, const struct desired_instance *before,
                           const struct desired_instance *after)
{
    if (before)
        table_mark(t, &t->dirty_vpcs, before->vpc);
    if (after)
        table_mark(t, &t->dirty_vpcs, after->vpc);
    if (!before != !after)
        table_routes_anew_of(t, id);
}

/* Routes to routers in it lead somewhere as long as it is here. */
static void touch_network(struct tables *t, const struct desired_instance *before,
                          const struct desired_instance *after)
{
    const struct desired_instance *each[] = {before, after};

    for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
        if (!each[i])
            continue;
        table_mark(t, &t->dirty_vpcs, each[i]->vpc);
        if (!before != !after)
            table_routes_anew_of(t, each[i]->vpc);
    }
}

void tables_touch(struct tables *t, const struct object *o, const void *before, const void *after)
{
    if (!before && !after)
        return;
    switch (o->type) {
    case DESIRED_VPC:
        touch_vpc(t, o->id, !before != !after);
        break;
    case DESIRED_INSTANCE:
        touch_instance(t, o->id, before, after);
        break;
    case DESIRED_NETWORK:
        touch_network(t, before, after);
        break;
    case DESIRED_TABLE:
        table_routes_anew(t, o->id);
        break;
    case DESIRED_GATEWAY:
        touch_gateway(t, o->id, before, after);
        break;
    case DESIRED_ATTACHMENT:
        touch_attachment(t, o->id, before, after);
        break;
    case DESIRED_ROUTE:
        table_gateway_route(t, o->id, before, after);
        break;
    case DESIRED_LINE:
        touch_line(t, o->id, before, after);
        break;
    case DESIRED_TUNNEL:
        touch_tunnel(t, o->id, before, after);
        break;
    default:
        break;
    }
}
