#include "tables.h"

#include <stdio.h>
#include <stdlib.h>

#include "routing_build.h"

/* What VPC route tables copy from. */
struct gateway_state {
    struct name_link link; /* by id */
    struct routing_table selected;
    uint64_t fingerprint; /* of its effective routes */
    char id[];
};

/* ---- packet tables ---- */

const struct packet_table *tables_find(const struct tables *t, const char *id)
{
    struct name_link *link = name_map_find(&t->by_id, id);

    return link ? container_of(link, struct packet_table, link) : NULL;
}

static void free_table(struct tables *t, struct packet_table *table)
{
    if (table->link.name) {
        name_map_remove(&t->by_id, &table->link);
        list_remove(&table->all);
        list_remove(&table->changed);
    }
    free(table->routes);
    free(table->hops);
    free(table);
}

static void drop(struct tables *t, const char *id)
{
    struct name_link *link = name_map_find(&t->by_id, id);

    if (!link)
        return;
    free_table(t, container_of(link, struct packet_table, link));
    t->reshaped = true;
    t->changes++;
}

static bool routes_equal(const struct packet_table *a, const struct packet_table *b)
{
    for (size_t i = 0; i < a->n_routes; i++) {
        const struct packet_route *x = &a->routes[i], *y = &b->routes[i];

        if (!prefix_equal(&x->prefix, &y->prefix) || x->first != y->first || x->n_hops != y->n_hops)
            return false;
    }
    return !a->n_hops || memcmp(a->hops, b->hops, a->n_hops * sizeof(*a->hops)) == 0;
}

bool tables_equal(const struct packet_table *a, const struct packet_table *b)
{
    if (!a || !b)
        return !a && !b;
    return addr_equal(&a->table.self, &b->table.self) && a->n_routes == b->n_routes &&
           a->n_hops == b->n_hops && routes_equal(a, b);
}

/* Takes the table. */
static int replace(struct tables *t, const char *id, struct packet_table *table)
{
    struct name_link *link = name_map_find(&t->by_id, id);
    struct packet_table *old = link ? container_of(link, struct packet_table, link) : NULL;

    t->computed++;
    if (tables_equal(old, table)) {
        free_table(t, table);
        return 0;
    }
    if (old)
        free_table(t, old);
    (void)text_copy(table->table.id, sizeof(table->table.id), id);
    if (name_map_add(&t->by_id, &table->link, table->table.id) < 0) {
        free_table(t, table);
        return -ENOMEM;
    }
    list_append(&t->all, &table->all);
    list_append(&t->changed, &table->changed);
    t->reshaped |= !old;
    t->changes++;
    return 0;
}

void tables_route(const struct packet_table *table, const struct packet_route *route,
                  struct ipc_route *ret)
{
    ret->prefix = route->prefix;
    ret->n_nexthops = (uint16_t)MIN(route->n_hops, (uint32_t)IPC_NEXTHOP_MAX);
    memcpy(ret->nexthops, &table->hops[route->first], ret->n_nexthops * sizeof(ret->nexthops[0]));
}

static struct packet_table *new_table(void)
{
    return calloc(1, sizeof(struct packet_table));
}

/* ---- making them anew ---- */

static int update_vpc(struct tables *t, const char *id)
{
    struct packet_table *table;
    int r;

    if (!objects_value(t->set, DESIRED_VPC, id)) {
        drop(t, id);
        return 0;
    }
    table = new_table();
    r = table ? table_build_vpc(t->set, id, table) : -ENOMEM;
    if (r == 0)
        return replace(t, id, table);
    if (table)
        free_table(t, table);
    return r;
}

static struct gateway_state *find_gateway(const struct tables *t, const char *id)
{
    struct name_link *link = name_map_find(&t->gateways, id);

    return link ? container_of(link, struct gateway_state, link) : NULL;
}

const struct routing_table *tables_selected(const struct tables *t, const char *gateway)
{
    const struct gateway_state *g = find_gateway(t, gateway);

    return g ? &g->selected : NULL;
}

static const struct routing_table *selected_of(void *arg, const char *gateway)
{
    return tables_selected(arg, gateway);
}

static int update_routes(struct tables *t, const char *id)
{
    struct packet_table *table;
    int r;

    if (!objects_value(t->set, DESIRED_TABLE, id)) {
        drop(t, id);
        return 0;
    }
    table = new_table();
    r = table ? table_build_routes(t->set, id, selected_of, t, table) : -ENOMEM;
    if (r == 0)
        return replace(t, id, table);
    if (table)
        free_table(t, table);
    return r;
}

static uint64_t mix(uint64_t h, const struct routing_route *route)
{
    h = hash_bytes(&route->destination, sizeof(route->destination), h);
    h = hash_bytes(&route->hop, sizeof(route->hop), h);
    h = hash_bytes(&route->type, sizeof(route->type), h);
    h = hash_bytes(&route->metric, sizeof(route->metric), h);
    h = hash_bytes(&route->since, sizeof(route->since), h);
    h = hash_bytes(route->via, strlen(route->via) + 1, h);
    return hash_bytes(route->target, strlen(route->target) + 1, h);
}

static uint64_t fingerprint(const struct routing_table *selected)
{
    uint64_t h = 1;

    for (size_t i = 0; i < selected->count; i++) {
        if (selected->routes[i].reason == ROUTING_EFFECTIVE)
            h = mix(h, &selected->routes[i]);
    }
    return h;
}

static void free_gateway(struct tables *t, struct gateway_state *g)
{
    name_map_remove(&t->gateways, &g->link);
    routing_table_done(&g->selected);
    free(g);
}

static struct gateway_state *gateway_for(struct tables *t, const char *id)
{
    struct gateway_state *g = find_gateway(t, id);
    size_t len = strlen(id) + 1;

    if (g)
        return g;
    g = calloc(1, sizeof(*g) + len);
    if (g)
        memcpy(g->id, id, len);
    if (!g || name_map_add(&t->gateways, &g->link, g->id) < 0) {
        free(g);
        return NULL;
    }
    return g;
}

static int compile_gateway(struct tables *t, const struct gateway_state *g, bool from_tunnel)
{
    struct packet_table *table = new_table();
    char id[OBJECT_KEY_MAX];
    int r = table ? table_build_gateway(t->set, &g->selected, from_tunnel, table) : -ENOMEM;

    snprintf(id, sizeof(id), "%s%s", g->id, from_tunnel ? ROUTING_TUNNEL_TABLE : "");
    if (r == 0)
        return replace(t, id, table);
    if (table)
        free_table(t, table);
    return r;
}

static int compile_both(struct tables *t, const struct gateway_state *g)
{
    const struct desired_gateway *gateway = objects_value(t->set, DESIRED_GATEWAY, g->id);
    char from_tunnel[OBJECT_KEY_MAX];
    int r = 0;

    snprintf(from_tunnel, sizeof(from_tunnel), "%s" ROUTING_TUNNEL_TABLE, g->id);
    if (gateway)
        r = compile_gateway(t, g, false);
    else
        drop(t, g->id);
    if (r == 0 && gateway && !gateway->transit)
        return compile_gateway(t, g, true);
    drop(t, from_tunnel);
    return r;
}

static bool is_known(const struct objects *set, const char *gateway)
{
    return objects_value(set, DESIRED_GATEWAY, gateway) ||
           mentions_any(set, DESIRED_ROUTE, gateway) ||
           mentions_any(set, DESIRED_ATTACHMENT, gateway);
}

static int update_gateway(struct tables *t, const char *id)
{
    struct gateway_state *g = gateway_for(t, id);
    struct routing_table selected = {0};
    uint64_t before;
    int r = g ? table_select_gateway(t->set, t->learned, id, &selected) : -ENOMEM;

    if (r < 0) {
        routing_table_done(&selected);
        return r;
    }
    before = g->fingerprint;
    routing_table_done(&g->selected);
    g->selected = selected;
    g->fingerprint = fingerprint(&selected);
    if (g->fingerprint != before) {
        table_mark_those_of(t, id);
        table_mark(t, &t->announced, id);
    }
    r = compile_both(t, g);
    if (!is_known(t->set, id)) {
        table_mark_those_of(t, id);
        free_gateway(t, g);
    }
    return r;
}

typedef int update_one(struct tables *t, const char *id);

static int update_all(struct tables *t, struct table_marks *marks, update_one *update)
{
    while (!list_empty(&marks->all)) {
        struct table_mark *m = container_of(marks->all.next, struct table_mark, all);
        int r = update(t, m->id);

        if (r < 0)
            return r;
        table_unmark(marks, m);
    }
    return 0;
}

/* After a mark was lost. */
static void mark_everything(struct tables *t)
{
    t->lost = false;
    list_for_each (table, &t->all, struct packet_table, all) {
        struct table_marks *marks = &t->dirty_tables;

        if (text_starts_with(table->table.id, "vpc-"))
            marks = &t->dirty_vpcs;
        if (!text_starts_with(table->table.id, "bgw-"))
            table_mark(t, marks, table->table.id);
    }
    for (size_t i = 0; i < t->gateways.n_slots; i++) {
        for (struct name_link *link = t->gateways.slots[i]; link; link = link->next)
            table_mark(t, &t->dirty_gateways, link->name);
    }
    list_for_each (o, &t->set->all, struct object, all)
        tables_touch(t, o, NULL, o->value);
}

int tables_update(struct tables *t)
{
    int r;

    if (t->lost)
        mark_everything(t);
    r = update_all(t, &t->dirty_gateways, update_gateway);
    if (r == 0)
        r = update_all(t, &t->dirty_vpcs, update_vpc);
    if (r == 0)
        r = update_all(t, &t->dirty_tables, update_routes);
    return r < 0 ? r : t->lost ? -ENOMEM : 0;
}

const char *tables_next_announced(const struct tables *t)
{
    return list_empty(&t->announced.all)
               ? NULL
               : container_of(t->announced.all.next, struct table_mark, all)->id;
}

void tables_announced(struct tables *t, const char *gateway)
{
    struct name_link *link = name_map_find(&t->announced.by_id, gateway);

    if (link)
        table_unmark(&t->announced, container_of(link, struct table_mark, link));
}

void tables_touch_gateway(struct tables *t, const char *gateway)
{
    table_mark(t, &t->dirty_gateways, gateway);
}

void tables_told(struct tables *t)
{
    t->reshaped = false;
    list_for_each_safe (table, &t->changed, struct packet_table, changed)
        list_remove(&table->changed);
}

/* ---- life ---- */

void tables_init(struct tables *t, const struct objects *set)
{
    *t = (struct tables){.set = set};
    list_init(&t->all);
    list_init(&t->changed);
    list_init(&t->dirty_vpcs.all);
    list_init(&t->dirty_gateways.all);
    list_init(&t->dirty_tables.all);
    list_init(&t->announced.all);
}

void tables_done(struct tables *t)
{
    list_for_each_safe (table, &t->all, struct packet_table, all)
        free_table(t, table);
    for (size_t i = 0; i < t->gateways.n_slots; i++) {
        while (t->gateways.slots[i])
            free_gateway(t, container_of(t->gateways.slots[i], struct gateway_state, link));
    }
    name_map_done(&t->by_id);
    name_map_done(&t->gateways);
    table_marks_done(&t->dirty_vpcs);
    table_marks_done(&t->dirty_gateways);
    table_marks_done(&t->dirty_tables);
    table_marks_done(&t->announced);
}
