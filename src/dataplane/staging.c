#include "state_internal.h"

#include <stdlib.h>
#include <unistd.h>

/* One more zeroed item at the end of an array whose capacity is the next power of two. */
static void *append(void *array_ptr, size_t *n, size_t size)
{
    void *array;

    memcpy(&array, array_ptr, sizeof(array));
    if ((*n & (*n - 1)) == 0) {
        array = realloc(array, (*n ? *n * 2 : 1) * size);
        if (!array)
            return NULL;
        memcpy(array_ptr, &array, sizeof(array));
    }
    memset((uint8_t *)array + *n * size, 0, size);
    return (uint8_t *)array + (*n)++ * size;
}

static int take_fd(struct ipc_msg *msg)
{
    int fd = -1;

    if (msg->n_fds) {
        fd = msg->fds[0];
        msg->fds[0] = msg->fds[--msg->n_fds];
    }
    return fd;
}

static int add_underlay(struct dp_staging *s, struct ipc_msg *msg)
{
    struct dp_staged_underlay *u = append(&s->underlays, &s->n_underlays, sizeof(*u));

    if (!u)
        return -ENOMEM;
    u->local = msg->underlay.local;
    u->fd = take_fd(msg);
    return 0;
}

static int add_port(struct dp_staging *s, struct ipc_msg *msg)
{
    struct dp_staged_port *p;

    if (!(s->whole & IPC_PART_TABLES))
        return -EINVAL;
    p = append(&s->ports, &s->n_ports, sizeof(*p));
    if (!p)
        return -ENOMEM;
    p->config = msg->port;
    p->fd = take_fd(msg);
    return 0;
}

static int add_table(struct dp_staging *s, const struct ipc_table *table)
{
    struct dp_staged_table *t;
    uint32_t number;
    int r;

    if (dp_names_find(&s->table_names, table->id) != DP_NONE)
        return -EEXIST;
    r = dp_names_add(&s->table_names, table->id, &number);
    if (r < 0)
        return r;
    t = append(&s->tables, &s->n_tables, sizeof(*t)); /* its number, since none is ever released */
    if (!t)
        return -ENOMEM;
    t->config = *table;
    return 0;
}

static int add_routes(struct dp_staging *s, const struct ipc_routes *routes)
{
    uint32_t number = dp_names_find(&s->table_names, routes->table);
    struct dp_staged_table *t;

    if (number == DP_NONE || number >= s->n_tables)
        return -ENOENT;
    t = &s->tables[number];
    if (t->n_routes + routes->n_routes > t->cap) {
        size_t cap = MAX(t->cap * 2, t->n_routes + routes->n_routes);
        struct ipc_route *grown = realloc(t->routes, cap * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        t->routes = grown;
        t->cap = cap;
    }
    memcpy(t->routes + t->n_routes, routes->routes, routes->n_routes * sizeof(*routes->routes));
    t->n_routes += routes->n_routes;
    return 0;
}

static int add_tunnel(struct dp_staging *s, const struct ipc_tunnel *tunnel)
{
    struct ipc_tunnel *t = append(&s->tunnels, &s->n_tunnels, sizeof(*t));

    if (!t)
        return -ENOMEM;
    *t = *tunnel;
    return 0;
}

static int add_gone(struct dp_staging *s, const struct ipc_name *name)
{
    struct ipc_name *gone = append(&s->tunnels_gone, &s->n_tunnels_gone, sizeof(*gone));

    if (!gone)
        return -ENOMEM;
    *gone = *name;
    return 0;
}

void dp_staging_begin(struct dp_staging *staging, const struct ipc_sync_begin *begin)
{
    dp_staging_done(staging);
    staging->open = true;
    staging->generation = begin->generation;
    staging->whole = begin->whole;
}

void dp_staging_add(struct dp_staging *s, struct ipc_msg *msg)
{
    int r;

    if (!s->open)
        return;
    switch (msg->type) {
    case IPC_DP_UNDERLAY:
        r = add_underlay(s, msg);
        break;
    case IPC_DP_PORT:
        r = add_port(s, msg);
        break;
    case IPC_DP_TABLE:
        r = add_table(s, &msg->table);
        break;
    case IPC_DP_ROUTES:
        r = add_routes(s, &msg->routes);
        break;
    case IPC_DP_TUNNEL:
        r = add_tunnel(s, &msg->tunnel);
        break;
    case IPC_DP_TUNNEL_GONE:
        r = add_gone(s, &msg->name);
        break;
    default:
        r = -EPROTO;
        break;
    }
    if (r < 0 && s->error == 0)
        s->error = r;
}

void dp_staging_done(struct dp_staging *s)
{
    for (size_t i = 0; i < s->n_underlays; i++)
        if (s->underlays[i].fd >= 0)
            close(s->underlays[i].fd);
    for (size_t i = 0; i < s->n_ports; i++)
        if (s->ports[i].fd >= 0)
            close(s->ports[i].fd);
    for (size_t i = 0; i < s->n_tables; i++)
        free(s->tables[i].routes);
    free(s->underlays);
    free(s->ports);
    free(s->tables);
    free(s->tunnels);
    free(s->tunnels_gone);
    dp_names_done(&s->table_names);
    *s = (struct dp_staging){0};
}
