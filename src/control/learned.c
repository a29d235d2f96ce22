#include "learned.h"
#include "hosts.h"

#include <stdlib.h>

/* The sets of tunnels: prefix -> route. */

/* ---- one route ---- */

struct route {
    unsigned refs; /* atomic */
    uint32_t length, med;
    uint8_t origin;
    bool has_med;
    uint16_t communities; /* where they begin in texts */
    uint64_t since_us;
    struct addr next_hop;
    char texts[]; /* the AS path and the communities, each with its 0 */
};

static void route_ref(void *p)
{
    __atomic_fetch_add(&((struct route *)p)->refs, 1, __ATOMIC_RELAXED);
}

static void route_unref(void *p)
{
    if (__atomic_fetch_sub(&((struct route *)p)->refs, 1, __ATOMIC_ACQ_REL) == 1)
        free(p);
}

static const struct pmap_type route_type = {.ref = route_ref, .unref = route_unref};

/* With no reference yet; NULL: out of memory. */
static struct route *route_new(const struct plan_learned_route *said)
{
    size_t path = strlen(said->as_path) + 1, communities = strlen(said->communities) + 1;
    struct route *made = malloc(sizeof(*made) + path + communities);

    if (!made)
        return NULL;
    *made = (struct route){.length = said->length,
                           .med = said->med,
                           .has_med = said->has_med,
                           .origin = said->origin,
                           .communities = (uint16_t)path,
                           .since_us = said->since_us,
                           .next_hop = said->next_hop};
    memcpy(made->texts, said->as_path, path);
    memcpy(made->texts + path, said->communities, communities);
    return made;
}

static void route_read(const struct route *r, const struct prefix *prefix,
                       struct plan_learned_route *ret)
{
    *ret = (struct plan_learned_route){.prefix = *prefix,
                                       .next_hop = r->next_hop,
                                       .length = r->length,
                                       .med = r->med,
                                       .has_med = r->has_med,
                                       .origin = r->origin,
                                       .since_us = r->since_us,
                                       .as_path = r->texts,
                                       .communities = r->texts + r->communities};
}

/* ---- keys: those of addresses, and the length ---- */

#define KEY_MAX (HEARD_ADDR_MAX + 1)

static size_t make_key(const struct prefix *p, uint8_t key[KEY_MAX])
{
    size_t len = heard_addr_key(&p->addr, key);

    key[len] = p->len;
    return len + 1;
}

static struct prefix read_key(const uint8_t *key, size_t len)
{
    return (struct prefix){.addr = heard_addr_read(key, len - 1), .len = key[len - 1]};
}

static const struct pmap_type ids_type = {0};

/* ---- changing them ---- */

struct heard_edit learned_begin(struct region *r, const char *node)
{
    return (struct heard_edit){.sets = &r->learned, .type = &route_type, .node = node};
}

int learned_put(struct heard_edit *e, const struct plan_learned_route *route)
{
    uint8_t key[KEY_MAX];
    size_t len = make_key(&route->prefix, key);
    struct route *made = route_new(route);
    int r = made ? heard_put(e, key, len, made) : -ENOMEM;

    if (r < 0)
        free(made);
    return r;
}

int learned_remove(struct heard_edit *e, const struct prefix *prefix)
{
    uint8_t key[KEY_MAX];

    return heard_remove(e, key, make_key(prefix, key));
}

/* ---- forgetting ---- */

/* Without BGP, gone, or carried elsewhere. */
static bool is_over(const void *snapshot, const char *tunnel, const struct heard_set *set)
{
    const struct model_vpn_tunnel *t = snapshot_get(snapshot, MODEL_VPN_TUNNEL, tunnel);
    const struct model_private_interface *line =
        snapshot_get(snapshot, MODEL_PRIVATE_INTERFACE, tunnel);
    const struct model_vpn_connection *c =
        t ? snapshot_get(snapshot, MODEL_VPN_CONNECTION, t->vpn_connection_id) : NULL;
    char address[ADDR_TEXT_MAX];
    const struct model_placement *p =
        c ? snapshot_get(snapshot, MODEL_PLACEMENT, addr_format(&t->cloud_address, address)) : NULL;

    if (line)
        return line->routing != MODEL_ROUTING_BGP || !line->node_id ||
               strcmp(line->node_id, set->node) != 0;
    return !p || c->routing != MODEL_ROUTING_BGP || !p->node_id ||
           strcmp(p->node_id, set->node) != 0;
}

void learned_forget(struct region *r, const struct snapshot *s, const struct plan_change *changes,
                    size_t count)
{
    static const unsigned kinds = 1U << MODEL_VPN_TUNNEL | 1U << MODEL_PRIVATE_INTERFACE |
                                  1U << MODEL_VPN_CONNECTION | 1U << MODEL_PLACEMENT |
                                  1U << MODEL_NODE;
    bool touched = false;

    for (size_t i = 0; i < count; i++)
        touched |= (kinds >> changes[i].kind & 1) != 0;
    if (touched && r->learned)
        heard_sweep(&r->learned, is_over, s);
}

/* ---- reading ---- */

static int each_from(const struct heard_set *set, const struct prefix *from,
                     plan_take_learned *take, void *arg)
{
    uint8_t key[KEY_MAX];
    size_t len = from ? make_key(from, key) : 0;
    const struct route *route;
    struct pmap_iter it;
    const void *at;
    int r = 0;

    pmap_begin(&it, set->items, key, len);
    while (r == 0 && (route = pmap_next(&it, &at, &len))) {
        struct prefix prefix = read_key(at, len);
        struct plan_learned_route said;

        route_read(route, &prefix, &said);
        r = take(arg, &said);
    }
    return r;
}

static bool is_online(const struct learned_view *v, const char *node)
{
    return pmap_get(v->online, node, strlen(node));
}

static int plan_each(void *arg, const char *tunnel, const char *node, plan_take_learned *take,
                     void *user)
{
    const struct learned_view *v = arg;
    const struct heard_set *set = heard_find(v->sets, tunnel);

    if (!set || strcmp(set->node, node) != 0 || !is_online(v, node))
        return 0;
    return each_from(set, NULL, take, user);
}

static bool plan_find(void *arg, const char *tunnel, const struct prefix *prefix,
                      struct plan_learned_route *ret)
{
    const struct learned_view *v = arg;
    const struct heard_set *set = heard_find(v->sets, tunnel);
    uint8_t key[KEY_MAX];
    const struct route *route = set ? pmap_get(set->items, key, make_key(prefix, key)) : NULL;

    if (route)
        route_read(route, prefix, ret);
    return route;
}

int learned_each(const struct learned_view *v, const char *tunnel, const struct prefix *from,
                 plan_take_learned *take, void *arg, bool *ret_confirmed)
{
    const struct heard_set *set = heard_find(v->sets, tunnel);

    *ret_confirmed = !set || is_online(v, set->node);
    return set ? each_from(set, from, take, arg) : 0;
}

/* ---- private interfaces and real networks, as their nodes say ---- */

struct wire {
    unsigned refs; /* atomic */
    struct plan_wire said;
    char error[WORDS_TEXT_MAX];
};

static void wire_ref(void *p)
{
    __atomic_fetch_add(&((struct wire *)p)->refs, 1, __ATOMIC_RELAXED);
}

static void wire_unref(void *p)
{
    if (__atomic_fetch_sub(&((struct wire *)p)->refs, 1, __ATOMIC_ACQ_REL) == 1)
        free(p);
}

static const struct pmap_type wires_type = {.ref = wire_ref, .unref = wire_unref};

static bool plan_find_wire(void *arg, const char *id, struct plan_wire *ret)
{
    const struct learned_view *v = arg;
    const struct wire *w = pmap_get(v->wires, id, strlen(id));

    if (w)
        *ret = w->said;
    return w;
}

static int note_wire(const struct said *said, const char *id, size_t len, struct pmap **wires)
{
    struct wire *w = calloc(1, sizeof(*w));
    int r;

    if (!w)
        return -ENOMEM;
    (void)text_copy(w->error, sizeof(w->error), model_str(said->status, "lastError"));
    w->said = (struct plan_wire){.up = said->state == LIVE_LINE_UP,
                                 .error = w->error,
                                 .hosts = (size_t)model_int(said->status, "hosts", 0)};
    r = pmap_put(&wires_type, wires, id, len, w, 0);
    if (r < 0)
        free(w);
    return r;
}

static int note_wires(const struct node_state *n, const char *start, struct pmap **wires)
{
    const size_t skip = strlen(start);
    const struct said *said;
    struct pmap_iter it;
    const void *key;
    size_t len;
    int r = 0;

    pmap_begin(&it, n->said, start, skip);
    while (r == 0 && (said = pmap_next(&it, &key, &len))) {
        if (len <= skip || memcmp(key, start, skip) != 0)
            break;
        r = note_wire(said, (const char *)key + skip, len - skip, wires);
    }
    return r;
}

static bool plan_find_host(void *arg, const char *subnet, const struct addr *a,
                           char ret_mac[PLAN_MAC_MAX])
{
    const struct learned_view *v = arg;
    const struct heard_set *set = heard_find(v->hosts, subnet);

    return set && is_online(v, set->node) && hosts_find(set, a, ret_mac);
}

int learned_look(struct region *r, struct learned_view *ret)
{
    struct learned_view v = {0};
    int result = 0;

    pthread_mutex_lock(&r->live);
    v.sets = pmap_ref(r->learned);
    v.hosts = pmap_ref(r->hosts);
    list_for_each (n, &r->nodes, struct node_state, link) {
        if (result < 0 || live_state(r, n) != LIVE_ONLINE)
            continue;
        if (v.sets || v.hosts)
            result = pmap_put(&ids_type, &v.online, n->id, strlen(n->id), r, 0);
        if (result == 0)
            result = note_wires(n, "line/", &v.wires);
        if (result == 0)
            result = note_wires(n, "network/", &v.wires);
    }
    pthread_mutex_unlock(&r->live);
    *ret = v;
    ret->plan = (struct plan_learned){.each = plan_each,
                                      .find = plan_find,
                                      .wire = plan_find_wire,
                                      .host = plan_find_host,
                                      .arg = ret};
    return result;
}

void learned_look_done(struct learned_view *v)
{
    heard_free(&v->sets);
    pmap_unref(&ids_type, v->online);
    heard_free(&v->hosts);
    pmap_unref(&wires_type, v->wires);
    *v = (struct learned_view){0};
}
