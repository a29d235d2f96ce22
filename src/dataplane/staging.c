#include "state_internal.h"

#include <stdlib.h>
#include <unistd.h>

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
    struct dp_staged_underlay *u = dp_staging_append(&s->underlays, &s->n_underlays, sizeof(*u));

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
    p = dp_staging_append(&s->ports, &s->n_ports, sizeof(*p));
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
    t = dp_staging_append(&s->tables, &s->n_tables,
                          sizeof(*t)); /* its number, since none is ever released */
    if (!t)
        return -ENOMEM;
    t->config = *table;
    return 0;
}

static int add_route(struct dp_staging *s, struct dp_staged_table *t, const struct ipc_route *route)
{
    struct dp_staged_route *staged = dp_staging_append(&t->routes, &t->n_routes, sizeof(*staged));

    if (!staged)
        return -ENOMEM;
    staged->prefix = route->prefix;
    return dp_staged_hops_add(&s->hops, route->nexthops, route->n_nexthops, &staged->hops);
}

static int add_routes(struct dp_staging *s, const struct ipc_routes *routes)
{
    uint32_t number = dp_names_find(&s->table_names, routes->table);
    int r = 0;

    if (number == DP_NONE || number >= s->n_tables)
        return -ENOENT;
    for (uint16_t i = 0; r == 0 && i < routes->n_routes; i++)
        r = add_route(s, &s->tables[number], &routes->routes[i]);
    return r;
}

static int add_tunnel(struct dp_staging *s, const struct ipc_tunnel *tunnel)
{
    struct ipc_tunnel *t = dp_staging_append(&s->tunnels, &s->n_tunnels, sizeof(*t));

    if (!t)
        return -ENOMEM;
    *t = *tunnel;
    return 0;
}

static int add_gone(struct dp_staging *s, const struct ipc_name *name)
{
    struct ipc_name *gone = dp_staging_append(&s->tunnels_gone, &s->n_tunnels_gone, sizeof(*gone));

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
    staging->flow_seed = begin->flow_seed;
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
    dp_staged_hops_done(&s->hops);
    dp_names_done(&s->table_names);
    *s = (struct dp_staging){0};
}

void dp_apply_failed(struct ipc_sync_done *done, const struct words *what)
{
    if (done->failed++ == 0)
        words_write(what, done->text, sizeof(done->text));
}
