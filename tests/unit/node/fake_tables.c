#include "fake_tables.h"

static struct fake_table *find(struct fake_tables *t, const char *id)
{
    for (unsigned i = 0; i < t->n; i++) {
        if (strcmp(t->list[i].id, id) == 0)
            return &t->list[i];
    }
    return NULL;
}

void fake_tables_begin(struct fake_tables *t, bool whole)
{
    for (unsigned i = 0; i < t->n; i++)
        t->list[i].named = !whole;
}

bool fake_tables_table(struct fake_tables *t, const struct ipc_table *table, bool whole)
{
    struct fake_table *known = find(t, table->id);

    if (!known) {
        if (!whole || table->changes || t->n == FAKE_TABLES)
            return false;
        known = &t->list[t->n++];
        *known = (struct fake_table){.n_routes = 0};
        memcpy(known->id, table->id, IPC_ID_MAX);
    }
    known->named = true;
    if (!table->changes)
        known->n_routes = 0;
    return true;
}

static bool take(struct fake_table *t, const struct ipc_route *route)
{
    unsigned i = 0;

    while (i < t->n_routes && !prefix_equal(&t->routes[i], &route->prefix))
        i++;
    if (i == FAKE_ROUTES)
        return false;
    t->routes[i] = route->prefix;
    t->n_routes += i == t->n_routes;
    if (!route->n_nexthops)
        t->routes[i] = t->routes[--t->n_routes];
    return true;
}

bool fake_tables_routes(struct fake_tables *t, const struct ipc_routes *routes)
{
    struct fake_table *table = find(t, routes->table);

    for (unsigned i = 0; table && i < routes->n_routes; i++) {
        if (!take(table, &routes->routes[i]))
            return false;
    }
    return table;
}

void fake_tables_end(struct fake_tables *t)
{
    for (unsigned i = 0; i < t->n;) {
        if (t->list[i].named)
            i++;
        else
            t->list[i] = t->list[--t->n];
    }
}

unsigned fake_tables_n_routes(const struct fake_tables *t)
{
    unsigned n = 0;

    for (unsigned i = 0; i < t->n; i++)
        n += t->list[i].n_routes;
    return n;
}
