/* Packet tables come, go and change, and the data plane is to be told of it. */
#include <stdlib.h>

#include "tables_internal.h"

#define CHANGES_SPARE 64

const struct packet_table *tables_find(const struct tables *t, const char *id)
{
    struct name_link *link = name_map_find(&t->by_id, id);

    return link ? container_of(link, struct packet_table, link) : NULL;
}

static void note_changed(struct tables *t, struct packet_table *table)
{
    if (list_empty(&table->changed))
        list_append(&t->changed, &table->changed);
    t->changes++;
}

/* More changes than routes are no less to tell than all of it. */
static void note_route(struct packet_table *table, const struct prefix *prefix)
{
    struct prefix *grown;
    size_t cap = MAX(table->cap * 2, (size_t)16);

    table->whole |= table->n_changes > table->routes.count + CHANGES_SPARE;
    if (!table->whole && table->n_changes == table->cap) {
        grown = reallocarray(table->changes, cap, sizeof(*grown));
        if (grown) {
            table->changes = grown;
            table->cap = cap;
        }
        table->whole = !grown;
    }
    if (table->whole)
        table->n_changes = 0;
    else
        table->changes[table->n_changes++] = *prefix;
}

struct packet_table *table_for(struct tables *t, const char *id)
{
    struct name_link *link = name_map_find(&t->by_id, id);
    struct packet_table *table;

    if (link)
        return container_of(link, struct packet_table, link);
    table = calloc(1, sizeof(*table));
    if (!table)
        return NULL;
    (void)text_copy(table->table.id, sizeof(table->table.id), id);
    if (name_map_add(&t->by_id, &table->link, table->table.id) < 0) {
        free(table);
        return NULL;
    }
    list_init(&table->changed);
    list_append(&t->all, &table->all);
    table->whole = true;
    t->reshaped = true;
    note_changed(t, table);
    return table;
}

void table_drop(struct tables *t, const char *id)
{
    struct name_link *link = name_map_find(&t->by_id, id);
    struct packet_table *table;

    if (!link)
        return;
    table = container_of(link, struct packet_table, link);
    name_map_remove(&t->by_id, &table->link);
    list_remove(&table->all);
    list_remove(&table->changed);
    packet_routes_done(&table->routes);
    free(table->changes);
    free(table);
    t->reshaped = true;
    t->changes++;
}

/* RFC 7600, 4.8: where errors come from that have no other address to come from. */
static struct addr nobody_v4(void)
{
    return addr_v4(192, 0, 0, 8);
}

/* A unique local address (RFC 4193) that belongs to the resource. */
static struct addr nobody_v6(const char *id)
{
    struct addr a = {.family = ADDR_IPV6, .bytes = {0xfd, [15] = 1}};

    wire_store_be32(a.bytes + 1, (uint32_t)hash_bytes(id, strcspn(id, "/"), 0));
    return a;
}

void table_set_self(struct tables *t, struct packet_table *table, const struct table_self *self)
{
    struct addr v4 = self->v4.family ? self->v4 : nobody_v4();
    struct addr v6 = self->v6.family ? self->v6 : nobody_v6(table->table.id);

    if (addr_equal(&table->table.self4, &v4) && addr_equal(&table->table.self6, &v6))
        return;
    table->table.self4 = v4;
    table->table.self6 = v6;
    note_changed(t, table);
}

int table_put(struct tables *t, struct packet_table *table, const struct ipc_route *route)
{
    int changed = route->n_nexthops ? packet_routes_put(&table->routes, &route->prefix,
                                                        route->nexthops, route->n_nexthops)
                                    : packet_routes_remove(&table->routes, &route->prefix);

    t->computed++;
    if (changed <= 0)
        return changed;
    note_route(table, &route->prefix);
    note_changed(t, table);
    return 0;
}

static int drop_others(struct tables *t, struct packet_table *table,
                       const struct packet_routes *routes)
{
    struct prefix *others = calloc(table->routes.count + 1, sizeof(*others));
    struct packet_routes_walk walk;
    struct packet_route route;
    size_t n = 0;
    int r = 0;

    if (!others)
        return -ENOMEM;
    packet_routes_walk(&table->routes, &walk);
    while (packet_routes_next(&walk, &route)) {
        struct packet_route same;

        if (!packet_routes_find(routes, &route.prefix, &same))
            others[n++] = route.prefix;
    }
    for (size_t i = 0; i < n && r == 0; i++)
        r = table_put(t, table, &(struct ipc_route){.prefix = others[i]});
    free(others);
    return r;
}

int table_become(struct tables *t, struct packet_table *table, const struct packet_routes *routes)
{
    struct packet_routes_walk walk;
    struct packet_route route;
    struct ipc_route wanted;
    int r = drop_others(t, table, routes);

    packet_routes_walk(routes, &walk);
    while (r == 0 && packet_routes_next(&walk, &route)) {
        packet_route_write(&route, &wanted);
        r = table_put(t, table, &wanted);
    }
    return r;
}
