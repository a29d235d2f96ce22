/* What VPC route tables know, kept selected, and the packet tables that it comes to. */
#include <stdlib.h>

#include "tables_internal.h"

/* It is there unless it is to be made anew. */
struct table_routes {
    struct name_link link; /* by id */
    struct routing_rib *rib;
    char id[];
};

static struct table_routes *find(const struct tables *t, const char *id)
{
    struct name_link *link = name_map_find(&t->route_tables, id);

    return link ? container_of(link, struct table_routes, link) : NULL;
}

static void forget(struct tables *t, struct table_routes *s)
{
    name_map_remove(&t->route_tables, &s->link);
    routing_rib_free(s->rib);
    free(s);
}

void table_routes_anew(struct tables *t, const char *id)
{
    struct table_routes *s = find(t, id);

    table_mark(t, &t->dirty_tables, id);
    if (s)
        forget(t, s);
}

void table_routes_anew_of(struct tables *t, const char *resource)
{
    objects_each_of (o, t->set, DESIRED_TABLE, resource)
        table_routes_anew(t, o->id);
}

void table_routes_forget(struct tables *t)
{
    for (size_t i = 0; i < t->route_tables.n_slots; i++) {
        while (t->route_tables.slots[i])
            forget(t, container_of(t->route_tables.slots[i], struct table_routes, link));
    }
    name_map_done(&t->route_tables);
}

/* ---- those that copy from a gateway ---- */

struct table_follower {
    struct table_routes *of;
    struct routing_follow follow; /* its ranges are owned */
};

static int collect_ranges(const struct desired_table *table, const char *gateway,
                          struct routing_follow *ret)
{
    struct prefix *ranges = calloc(table->n_propagations + 1, sizeof(*ranges));

    if (!ranges)
        return -ENOMEM;
    ret->ranges = ranges;
    for (size_t i = 0; i < table->n_propagations; i++) {
        if (strcmp(table->propagations[i].gateway, gateway) == 0)
            ranges[ret->n_ranges++] = table->propagations[i].range;
    }
    return 0;
}

static void free_ranges(struct routing_follow *follow)
{
    free((void *)(uintptr_t)follow->ranges);
}

static struct routing_follow follow_of(const struct objects *set, const struct desired_table *table,
                                       const char *gateway)
{
    return (struct routing_follow){.gateway = gateway,
                                   .own_attachment = table_attachment(set, gateway, table->vpc)};
}

static int add_follower(struct tables *t, struct table_followers *f, struct table_routes *s,
                        const char *gateway)
{
    const struct desired_table *table = objects_value(t->set, DESIRED_TABLE, s->id);
    struct table_follower *list = reallocarray(f->list, f->n + 1, sizeof(*list));

    if (!list)
        return -ENOMEM;
    f->list = list;
    list[f->n] = (struct table_follower){s, follow_of(t->set, table, gateway)};
    if (collect_ranges(table, gateway, &list[f->n].follow) < 0)
        return -ENOMEM;
    f->n++;
    return 0;
}

int table_followers_find(struct tables *t, const char *gateway, struct table_followers *ret)
{
    int r = 0;

    objects_each_of (o, t->set, DESIRED_TABLE, gateway) {
        struct table_routes *s = find(t, o->id);

        if (s && r == 0)
            r = add_follower(t, ret, s, gateway);
    }
    return r;
}

int table_followers_copy(struct tables *t, const struct table_followers *f,
                         struct routing_rib *gateway, const struct prefix *destination)
{
    for (size_t i = 0; i < f->n; i++) {
        struct table_follower *one = &f->list[i];

        if (routing_rib_follow(one->of->rib, gateway, &one->follow, destination) < 0)
            return -ENOMEM;
        table_mark(t, &t->dirty_tables, one->of->id);
    }
    return 0;
}

void table_followers_done(struct table_followers *f)
{
    for (size_t i = 0; i < f->n; i++)
        free_ranges(&f->list[i].follow);
    free(f->list);
}

/* ---- made of all that is known ---- */

static int set_route(struct routing_rib *rib, const struct routing_route *route)
{
    return routing_rib_set(rib, route) == -ENOMEM ? -ENOMEM : 0;
}

static int add_own(struct tables *t, const struct desired_table *table, struct routing_rib *rib)
{
    const struct desired_vpc *vpc = objects_value(t->set, DESIRED_VPC, table->vpc);
    struct routing_route route;
    int r = 0;

    for (size_t i = 0; r == 0 && vpc && i < vpc->n_ranges; i++) {
        route = routing_local_route(&vpc->ranges[i], "");
        r = set_route(rib, &route);
    }
    for (size_t i = 0; r == 0 && i < table->n_routes; i++) {
        const struct desired_table_route *s = &table->routes[i];

        if (routing_vpc_static_route(&s->destination, s->next_hop,
                                     table_attachment(t->set, s->next_hop, table->vpc),
                                     &route) == 0)
            r = set_route(rib, &route);
    }
    return r;
}

static int copy_range(struct routing_rib *rib, struct routing_rib *gateway,
                      const struct routing_follow *follow)
{
    const struct routing_table *run;
    struct routing_rib_walk walk;
    int r = 0;

    routing_rib_walk(gateway, &follow->ranges[0], &walk);
    while (r == 0 && (run = routing_rib_walk_next(&walk))) {
        struct prefix destination = run->routes[0].destination;

        r = routing_rib_follow(rib, gateway, follow, &destination);
    }
    return r;
}

static int add_copies(struct tables *t, const struct desired_table *table, struct routing_rib *rib)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < table->n_propagations; i++) {
        const struct desired_propagation *p = &table->propagations[i];
        const struct table_gateway *gateway = table_gateway_find(t, p->gateway);
        struct routing_follow follow = follow_of(t->set, table, p->gateway);

        follow.ranges = &p->range;
        follow.n_ranges = 1;
        if (gateway)
            r = copy_range(rib, gateway->rib, &follow);
    }
    return r;
}

static struct table_routes *new_routes(struct tables *t, const char *id)
{
    const struct desired_table *table = objects_value(t->set, DESIRED_TABLE, id);
    size_t len = strlen(id) + 1;
    struct table_routes *s = calloc(1, sizeof(*s) + len);

    if (!s)
        return NULL;
    memcpy(s->id, id, len);
    if (routing_rib_new(ROUTING_RIB_VPC, table->max_propagated, &s->rib) < 0 ||
        add_own(t, table, s->rib) < 0 || add_copies(t, table, s->rib) < 0 ||
        name_map_add(&t->route_tables, &s->link, s->id) < 0) {
        routing_rib_free(s->rib);
        free(s);
        return NULL;
    }
    return s;
}

/* ---- the packet table ---- */

static int make_whole(struct tables *t, struct table_routes *s, const char *vpc,
                      struct packet_routes *ret)
{
    const struct routing_table *run;
    struct routing_rib_walk walk;
    int r = 0;

    routing_rib_walk(s->rib, NULL, &walk);
    while (r == 0 && (run = routing_rib_walk_next(&walk))) {
        struct ipc_route route = {.prefix = run->routes[0].destination};

        table_build_routes(t->set, run, vpc, &route);
        if (route.n_nexthops)
            r = MIN(packet_routes_put(ret, &route.prefix, route.nexthops, route.n_nexthops), 0);
    }
    return r;
}

/* What it has known so far is forgotten: nothing of it is a change of what is made now. */
static int become(struct tables *t, struct table_routes *s, struct packet_table *packets,
                  const char *vpc)
{
    struct packet_routes routes = {0};
    struct prefix ignored;
    int r;

    while (routing_rib_next_change(s->rib, &ignored))
        continue;
    r = make_whole(t, s, vpc, &routes);
    if (r == 0)
        r = table_become(t, packets, &routes);
    packet_routes_done(&routes);
    return r;
}

static int follow_changes(struct tables *t, struct table_routes *s, struct packet_table *packets,
                          const char *vpc)
{
    struct ipc_route route = {.n_nexthops = 0};
    int r = 0;

    while (r == 0 && routing_rib_next_change(s->rib, &route.prefix)) {
        table_build_routes(t->set, routing_rib_at(s->rib, &route.prefix), vpc, &route);
        r = table_put(t, packets, &route);
    }
    return r;
}

int table_routes_update(struct tables *t, const char *id)
{
    const struct desired_table *table = objects_value(t->set, DESIRED_TABLE, id);
    struct table_routes *s = find(t, id);
    struct packet_table *packets;
    struct table_self self;

    if (!table) {
        if (s)
            forget(t, s);
        table_drop(t, id);
        return 0;
    }
    packets = table_for(t, id);
    if (!packets)
        return -ENOMEM;
    if (s)
        return follow_changes(t, s, packets, table->vpc);
    s = new_routes(t, id);
    self = table_self_routes(t->set, id);
    table_set_self(t, packets, &self);
    return s ? become(t, s, packets, table->vpc) : -ENOMEM;
}
