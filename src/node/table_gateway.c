/* What border gateways know, kept selected, and the packet tables that it comes to. */
#include <stdio.h>
#include <stdlib.h>

#include "tables_internal.h"

/* ---- candidates ---- */

static void set(struct tables *t, struct table_gateway *g, const struct routing_route *route)
{
    if (routing_rib_set(g->rib, route) == -ENOMEM)
        t->lost = true;
}

/* The gateway as something of it changes; NULL if it is to be made of all that is known. */
static struct table_gateway *changing(struct tables *t, const char *id)
{
    table_mark(t, &t->dirty_gateways, id);
    return table_gateway_find(t, id);
}

/* What a peer announces, as its connection sees it here, by the tunnel's object (NULL: it is not
 * here, or is a private interface). */
static struct routing_route make_learned(const struct learned_route *r,
                                         const struct desired_tunnel *tunnel)
{
    struct prefix p = r->prefix;
    bool translated = tunnel && desired_translate(&tunnel->dataplane, IPC_SIDE_PEER, true, &p);
    struct routing_route route =
        routing_learned_route(&p, r->tunnel->connection, r->tunnel->id, r->length, r->since_us);

    route.translated = translated;
    if (translated)
        route.id = "translated"; /* the peer may announce that prefix, too */
    return route;
}

static bool translate_alike(const struct desired_tunnel *a, const struct desired_tunnel *b)
{
    const struct ipc_tunnel *x = a ? &a->dataplane : NULL, *y = b ? &b->dataplane : NULL;
    size_t n = x ? x->n_translations : 0;

    return n == (y ? y->n_translations : 0) &&
           (!n || memcmp(x->translations, y->translations, n * sizeof(x->translations[0])) == 0);
}

/* What its peer announces is seen as something else. */
static void see_learned(struct tables *t, struct table_gateway *g, const char *tunnel,
                        const struct desired_tunnel *before, const struct desired_tunnel *after)
{
    const struct learned_gateway *l = t->learned ? learned_find(t->learned, g->id) : NULL;

    if (!l || translate_alike(before, after))
        return;
    list_for_each (r, &l->routes, struct learned_route, all) {
        struct routing_route was, is;

        if (strcmp(r->tunnel->id, tunnel) != 0)
            continue;
        was = make_learned(r, before);
        is = make_learned(r, after);
        (void)routing_rib_remove(g->rib, &was);
        set(t, g, &is);
    }
}

void table_gateway_tunnel(struct tables *t, const char *id, const struct desired_tunnel *before,
                          const struct desired_tunnel *after)
{
    struct table_gateway *g = before ? changing(t, before->gateway) : NULL;
    struct routing_route route;

    if (g) {
        route = routing_inner_route(&before->dataplane.inner_local, id);
        (void)routing_rib_remove(g->rib, &route);
        see_learned(t, g, id, before, NULL);
    }
    g = after ? changing(t, after->gateway) : NULL;
    if (g) {
        route = routing_inner_route(&after->dataplane.inner_local, id);
        set(t, g, &route);
        see_learned(t, g, id, NULL, after);
    }
}

void table_gateway_line(struct tables *t, const char *id, const struct desired_line *before,
                        const struct desired_line *after)
{
    struct table_gateway *g = before ? changing(t, before->gateway) : NULL;
    struct routing_route route;

    if (g) {
        route = routing_inner_route(&before->at.port.gateway, id);
        (void)routing_rib_remove(g->rib, &route);
    }
    g = after ? changing(t, after->gateway) : NULL;
    if (g) {
        route = routing_inner_route(&after->at.port.gateway, id);
        set(t, g, &route);
    }
}

/* A private interface that carries nothing, or ends elsewhere. */
static bool is_down(const struct objects *set, const struct routing_route *r)
{
    const struct object *line =
        r->hop == ROUTING_HOP_PRIVATE_INTERFACE ? objects_find(set, DESIRED_LINE, r->target) : NULL;

    return r->hop == ROUTING_HOP_PRIVATE_INTERFACE && (!line || line->down);
}

static bool make_static(const struct tables *t, const char *id, const struct desired_route *r,
                        struct routing_route *ret)
{
    if (routing_static_route(&r->destination, r->next_hop, id, r->since, ret) < 0)
        return false;
    if (is_down(t->set, ret))
        ret->barred = ROUTING_LINE_DOWN;
    return true;
}

void table_gateway_route(struct tables *t, const char *id, const struct desired_route *before,
                         const struct desired_route *after)
{
    struct table_gateway *g = before ? changing(t, before->gateway) : NULL;
    struct routing_route route;

    if (g && make_static(t, id, before, &route))
        (void)routing_rib_remove(g->rib, &route);
    g = after ? changing(t, after->gateway) : NULL;
    if (g && make_static(t, id, after, &route))
        set(t, g, &route);
}

void table_gateway_attachment(struct tables *t, const char *id,
                              const struct desired_attachment *before,
                              const struct desired_attachment *after)
{
    struct table_gateway *g = before ? changing(t, before->gateway) : NULL;

    for (size_t i = 0; g && i < before->n_prefixes; i++) {
        const struct desired_propagated *p = &before->prefixes[i];
        const struct routing_route route = routing_offer_route(id, &p->prefix, p->since);

        (void)routing_rib_remove(g->rib, &route);
    }
    g = after ? changing(t, after->gateway) : NULL;
    for (size_t i = 0; g && i < after->n_prefixes; i++) {
        const struct desired_propagated *p = &after->prefixes[i];
        const struct routing_route route = routing_offer_route(id, &p->prefix, p->since);

        set(t, g, &route);
    }
}

void table_gateway_object(struct tables *t, const char *id, const struct desired_gateway *after)
{
    struct table_gateway *g = changing(t, id);

    if (g)
        routing_rib_set_quota(g->rib, after ? after->max_dynamic : 0);
}

void tables_touch_learned(struct tables *t, const struct learned_route *r, bool gone)
{
    const struct desired_tunnel *tunnel = objects_value(t->set, DESIRED_TUNNEL, r->tunnel->id);
    bool is_here = tunnel && strcmp(tunnel->gateway, r->of->id) == 0;
    const struct routing_route route = make_learned(r, is_here ? tunnel : NULL);
    struct table_gateway *g = changing(t, r->of->id);

    if (g && gone)
        (void)routing_rib_remove(g->rib, &route);
    else if (g)
        set(t, g, &route);
}

void table_gateway_anew(struct tables *t, const char *id)
{
    struct table_gateway *g = changing(t, id);

    if (g)
        g->anew = true;
}

/* ---- coming and going ---- */

/* Everything that is known. */
static void fill(struct tables *t, struct table_gateway *g)
{
    const struct learned_gateway *l = t->learned ? learned_find(t->learned, g->id) : NULL;

    table_gateway_object(t, g->id, objects_value(t->set, DESIRED_GATEWAY, g->id));
    objects_each_of (o, t->set, DESIRED_TUNNEL, g->id)
        table_gateway_tunnel(t, o->id, NULL, o->value);
    objects_each_of (o, t->set, DESIRED_LINE, g->id)
        table_gateway_line(t, o->id, NULL, o->value);
    objects_each_of (o, t->set, DESIRED_ROUTE, g->id)
        table_gateway_route(t, o->id, NULL, o->value);
    objects_each_of (o, t->set, DESIRED_ATTACHMENT, g->id)
        table_gateway_attachment(t, o->id, NULL, o->value);
    if (!l)
        return;
    list_for_each (r, &l->routes, struct learned_route, all)
        tables_touch_learned(t, r, false);
}

static struct table_gateway *new_gateway(struct tables *t, const char *id)
{
    size_t len = strlen(id) + 1;
    struct table_gateway *g = calloc(1, sizeof(*g) + len);

    if (!g)
        return NULL;
    memcpy(g->id, id, len);
    g->anew = true;
    if (routing_rib_new(ROUTING_RIB_GATEWAY, 0, &g->rib) < 0 ||
        name_map_add(&t->gateways, &g->link, g->id) < 0) {
        routing_rib_free(g->rib);
        free(g);
        return NULL;
    }
    fill(t, g);
    return g;
}

static void free_gateway(struct tables *t, struct table_gateway *g)
{
    name_map_remove(&t->gateways, &g->link);
    routing_rib_free(g->rib);
    packet_routes_done(&g->announced);
    free(g);
}

static bool is_known(const struct objects *set, const char *gateway)
{
    return objects_value(set, DESIRED_GATEWAY, gateway) ||
           mentions_any(set, DESIRED_ROUTE, gateway) ||
           mentions_any(set, DESIRED_ATTACHMENT, gateway);
}

void table_gateways_forget(struct tables *t)
{
    for (size_t i = 0; i < t->gateways.n_slots; i++) {
        while (t->gateways.slots[i])
            free_gateway(t, container_of(t->gateways.slots[i], struct table_gateway, link));
    }
    name_map_done(&t->gateways);
}

/* ---- packet tables ---- */

/* Those of a gateway that is here: for packets from VPCs, and, without transit, from tunnels. */
struct pair {
    struct packet_table *vpcs, *tunnels; /* NULL: there is none */
};

static int find_pair(struct tables *t, const struct table_gateway *g, struct pair *ret)
{
    const struct desired_gateway *gateway = objects_value(t->set, DESIRED_GATEWAY, g->id);
    char from_tunnel[OBJECT_KEY_MAX];

    *ret = (struct pair){NULL, NULL};
    snprintf(from_tunnel, sizeof(from_tunnel), "%s" ROUTING_TUNNEL_TABLE, g->id);
    if (gateway)
        ret->vpcs = table_for(t, g->id);
    else
        table_drop(t, g->id);
    if (gateway && !gateway->transit)
        ret->tunnels = table_for(t, from_tunnel);
    else
        table_drop(t, from_tunnel);
    if (gateway && (!ret->vpcs || (!gateway->transit && !ret->tunnels)))
        return -ENOMEM;
    return 0;
}

static int put(struct tables *t, struct packet_table *table, bool from_tunnel,
               const struct routing_table *run, const struct prefix *destination)
{
    struct ipc_route route = {.prefix = *destination};

    if (!table)
        return 0;
    if (run)
        table_build_gateway(t->set, run, from_tunnel, &route);
    return table_put(t, table, &route);
}

static int put_both(struct tables *t, const struct pair *pair, const struct routing_table *run,
                    const struct prefix *destination)
{
    int r = put(t, pair->vpcs, false, run, destination);

    return r < 0 ? r : put(t, pair->tunnels, true, run, destination);
}

/* ---- what is announced ---- */

struct announcing {
    struct ipc_nexthop spared[ROUTING_ECMP_MAX + 1];
    size_t n;
    bool told, learned;
};

static int take_announced(void *arg, const struct routing_announced *a)
{
    struct announcing *an = arg;

    an->told = true;
    an->learned = a->learned;
    for (an->n = 0; an->n < a->n_except; an->n++) {
        an->spared[an->n] = (struct ipc_nexthop){.kind = IPC_NEXTHOP_CONNECTION};
        (void)text_copy(an->spared[an->n].target, IPC_ID_MAX, a->except[an->n]);
    }
    return 0;
}

/* A peer of the gateway sees it as something else. */
static bool is_translated(const struct tables *t, const struct table_gateway *g,
                          const struct prefix *destination)
{
    if (!g->translates)
        return false;
    objects_each_of (o, t->set, DESIRED_TUNNEL, g->id) {
        const struct desired_tunnel *tunnel = o->value;
        struct prefix p = *destination;

        if (desired_translate(&tunnel->dataplane, IPC_SIDE_OWN, true, &p))
            return true;
    }
    return false;
}

/* BIRD itself passes on what it has learned, but for what is translated. */
static int announce(struct tables *t, struct table_gateway *g, const struct routing_table *run,
                    const struct prefix *destination)
{
    const struct desired_gateway *gateway = objects_value(t->set, DESIRED_GATEWAY, g->id);
    struct announcing an = {.n = 0};
    int changed;

    if (gateway && run)
        (void)!routing_announce(run, gateway->transit, take_announced, &an);
    if (an.learned && is_translated(t, g, destination))
        an.spared[an.n++] = (struct ipc_nexthop){.kind = IPC_NEXTHOP_TUNNEL};
    else if (an.learned)
        an.told = false;
    if (an.told)
        changed = packet_routes_put(&g->announced, destination, an.spared, an.n);
    else
        changed = packet_routes_remove(&g->announced, destination);
    if (changed > 0)
        table_mark(t, &t->announced, g->id);
    return MIN(changed, 0);
}

static bool translates(const struct objects *set, const char *gateway)
{
    objects_each_of (o, set, DESIRED_TUNNEL, gateway) {
        if (((const struct desired_tunnel *)o->value)->dataplane.n_translations)
            return true;
    }
    return false;
}

/* ---- from changes to packet routes ---- */

/* All routes: what leads where has changed, not which there are. */
static int look_at_all(struct tables *t, struct table_gateway *g, const struct pair *pair)
{
    const struct routing_table *run;
    struct routing_rib_walk walk;
    int r = 0;

    if (g->translates || translates(t->set, g->id))
        table_mark(t, &t->announced, g->id); /* what peers see it as may be another */
    g->translates = translates(t->set, g->id);
    routing_rib_walk(g->rib, NULL, &walk);
    while (r == 0 && (run = routing_rib_walk_next(&walk))) {
        struct prefix destination = run->routes[0].destination;

        r = put_both(t, pair, run, &destination);
        if (r == 0)
            r = announce(t, g, run, &destination);
    }
    g->anew = false;
    return r;
}

static int look_at(struct tables *t, struct table_gateway *g, const struct pair *pair,
                   const struct table_followers *followers, const struct prefix *destination)
{
    const struct routing_table *run = routing_rib_at(g->rib, destination);
    int r = put_both(t, pair, run, destination);

    if (r == 0)
        r = announce(t, g, run, destination);
    return r < 0 ? r : table_followers_copy(t, followers, g->rib, destination);
}

static void set_self(struct tables *t, const struct table_gateway *g, const struct pair *pair)
{
    struct table_self self = table_self_gateway(t->set, g->id);

    if (pair->vpcs)
        table_set_self(t, pair->vpcs, &self);
    if (pair->tunnels)
        table_set_self(t, pair->tunnels, &self);
}

static int update(struct tables *t, struct table_gateway *g)
{
    struct table_followers followers = {0};
    struct prefix destination;
    struct pair pair;
    int r = find_pair(t, g, &pair);

    if (r == 0)
        r = table_followers_find(t, g->id, &followers);
    if (r == 0)
        set_self(t, g, &pair);
    while (r == 0 && routing_rib_next_change(g->rib, &destination))
        r = look_at(t, g, &pair, &followers, &destination);
    if (r == 0 && g->anew)
        r = look_at_all(t, g, &pair);
    table_followers_done(&followers);
    return r;
}

int table_gateway_update(struct tables *t, const char *id)
{
    struct table_gateway *g = table_gateway_find(t, id);
    char from_tunnel[OBJECT_KEY_MAX];

    if (is_known(t->set, id)) {
        g = g ? g : new_gateway(t, id);
        return g ? update(t, g) : -ENOMEM;
    }
    snprintf(from_tunnel, sizeof(from_tunnel), "%s" ROUTING_TUNNEL_TABLE, id);
    table_drop(t, id);
    table_drop(t, from_tunnel);
    if (g) {
        table_routes_anew_of(t, id);
        table_mark(t, &t->announced, id);
        free_gateway(t, g);
    }
    return 0;
}

const struct packet_routes *tables_announced_by(const struct tables *t, const char *gateway)
{
    const struct table_gateway *g = table_gateway_find(t, gateway);

    return g ? &g->announced : NULL;
}
