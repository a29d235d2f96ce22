#include "learned.h"

#include <stdlib.h>

/* Maps of maps that share versions: tunnel -> set, and in a set prefix -> route. */

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

/* ---- keys: the family, the address, the length ---- */

#define KEY_MAX 18

static size_t make_key(const struct prefix *p, uint8_t key[KEY_MAX])
{
    size_t len = addr_bits(&p->addr) / 8;

    key[0] = p->addr.family == ADDR_IPV6;
    memcpy(key + 1, p->addr.bytes, len);
    key[1 + len] = p->len;
    return len + 2;
}

static struct prefix read_key(const uint8_t *key, size_t len)
{
    struct prefix p = {.addr.family = key[0] ? ADDR_IPV6 : ADDR_IPV4, .len = key[len - 1]};

    memcpy(p.addr.bytes, key + 1, len - 2);
    return p;
}

/* ---- sets ---- */

struct learned_set {
    unsigned refs; /* atomic */
    struct pmap *routes;
    char node[64];
};

static void set_ref(void *p)
{
    __atomic_fetch_add(&((struct learned_set *)p)->refs, 1, __ATOMIC_RELAXED);
}

static void set_unref(void *p)
{
    struct learned_set *set = p;

    if (__atomic_fetch_sub(&set->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    pmap_unref(&route_type, set->routes);
    free(set);
}

static const struct pmap_type sets_type = {.ref = set_ref, .unref = set_unref};
static const struct pmap_type ids_type = {0};

static const struct learned_set *set_of(const struct pmap *sets, const char *tunnel)
{
    return pmap_get(sets, tunnel, strlen(tunnel));
}

/* ---- changing them ---- */

static int close_set(struct learned_edit *e)
{
    struct learned_set *set = e->set;
    size_t len = strlen(e->tunnel);
    int r;

    e->set = NULL;
    if (!set)
        return 0;
    if (pmap_count(set->routes)) {
        r = pmap_put(&sets_type, &e->region->learned, e->tunnel, len, set, 0);
    } else {
        r = pmap_remove(&sets_type, &e->region->learned, e->tunnel, len);
        r = r == -ENOENT ? 0 : r;
    }
    set_unref(set);
    return r;
}

int learned_edit(struct learned_edit *e, const char *tunnel)
{
    const struct learned_set *before;
    int r;

    if (e->set && tunnel && strcmp(tunnel, e->tunnel) == 0)
        return 0;
    r = close_set(e);
    if (r < 0 || !tunnel)
        return r;
    r = text_copy(e->tunnel, sizeof(e->tunnel), tunnel);
    e->set = r == 0 ? calloc(1, sizeof(*e->set)) : NULL;
    if (!e->set)
        return -ENOMEM;
    e->set->refs = 1;
    (void)text_copy(e->set->node, sizeof(e->set->node), e->node);
    before = set_of(e->region->learned, tunnel);
    if (before && strcmp(before->node, e->node) == 0)
        e->set->routes = pmap_ref(before->routes);
    return 0;
}

int learned_put(struct learned_edit *e, const struct plan_learned_route *route)
{
    uint8_t key[KEY_MAX];
    size_t len = make_key(&route->prefix, key);
    struct route *made = route_new(route);
    int r = made ? pmap_put(&route_type, &e->set->routes, key, len, made, 0) : -ENOMEM;

    if (r < 0)
        free(made);
    return r;
}

int learned_remove(struct learned_edit *e, const struct prefix *prefix)
{
    uint8_t key[KEY_MAX];
    int r = pmap_remove(&route_type, &e->set->routes, key, make_key(prefix, key));

    return r == -ENOENT ? 0 : r;
}

size_t learned_edited(const struct learned_edit *e)
{
    return e->set ? pmap_count(e->set->routes) : 0;
}

size_t learned_count(const struct region *r, const char *node)
{
    const struct learned_set *set;
    struct pmap_iter it;
    size_t count = 0;

    pmap_begin(&it, r->learned, NULL, 0);
    while ((set = pmap_next(&it, NULL, NULL)))
        count += strcmp(set->node, node) == 0 ? pmap_count(set->routes) : 0;
    return count;
}

/* ---- forgetting ---- */

/* Removes the sets that gone() is true of. Each removal begins the walk behind it anew, since it
 * moves the map. */
static void sweep(struct region *r,
                  bool (*gone)(const void *arg, const char *tunnel, const struct learned_set *set),
                  const void *arg)
{
    char tunnel[STORE_NAME_MAX + 2] = "";
    size_t len = 0;
    const void *key;

    for (;;) {
        const struct learned_set *set;
        struct pmap_iter it;

        pmap_begin(&it, r->learned, tunnel, len);
        do
            set = pmap_next(&it, &key, &len);
        while (set && (len > STORE_NAME_MAX ||
                       (memcpy(tunnel, key, len), tunnel[len] = 0, !gone(arg, tunnel, set))));
        if (!set || pmap_remove(&sets_type, &r->learned, tunnel, len) < 0)
            return;
    }
}

static bool is_of_node(const void *node, const char *tunnel, const struct learned_set *set)
{
    (void)tunnel;
    return strcmp(set->node, node) == 0;
}

void learned_forget_node(struct region *r, const char *node)
{
    sweep(r, is_of_node, node);
}

/* Without BGP, gone, or carried elsewhere. */
static bool is_over(const void *snapshot, const char *tunnel, const struct learned_set *set)
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
        sweep(r, is_over, s);
}

void learned_free(struct region *r)
{
    pmap_unref(&sets_type, r->learned);
    r->learned = NULL;
}

/* ---- reading ---- */

static int each_from(const struct learned_set *set, const struct prefix *from,
                     plan_take_learned *take, void *arg)
{
    uint8_t key[KEY_MAX];
    size_t len = from ? make_key(from, key) : 0;
    const struct route *route;
    struct pmap_iter it;
    const void *at;
    int r = 0;

    pmap_begin(&it, set->routes, key, len);
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
    const struct learned_set *set = set_of(v->sets, tunnel);

    if (!set || strcmp(set->node, node) != 0 || !is_online(v, node))
        return 0;
    return each_from(set, NULL, take, user);
}

static bool plan_find(void *arg, const char *tunnel, const struct prefix *prefix,
                      struct plan_learned_route *ret)
{
    const struct learned_view *v = arg;
    const struct learned_set *set = set_of(v->sets, tunnel);
    uint8_t key[KEY_MAX];
    const struct route *route = set ? pmap_get(set->routes, key, make_key(prefix, key)) : NULL;

    if (route)
        route_read(route, prefix, ret);
    return route;
}

static bool plan_is_up(void *arg, const char *line)
{
    const struct learned_view *v = arg;

    return pmap_get(v->up, line, strlen(line));
}

int learned_each(const struct learned_view *v, const char *tunnel, const struct prefix *from,
                 plan_take_learned *take, void *arg, bool *ret_confirmed)
{
    const struct learned_set *set = set_of(v->sets, tunnel);

    *ret_confirmed = !set || is_online(v, set->node);
    return set ? each_from(set, from, take, arg) : 0;
}

/* The private interfaces that the node says are up. */
static int note_lines(const struct node_state *n, struct pmap **up)
{
    static const char start[] = "line/";
    const size_t skip = sizeof(start) - 1;
    const struct said *said;
    struct pmap_iter it;
    const void *key;
    size_t len;
    int r = 0;

    pmap_begin(&it, n->said, start, skip);
    while (r == 0 && (said = pmap_next(&it, &key, &len))) {
        if (len <= skip || memcmp(key, start, skip) != 0)
            break;
        if (said->state == LIVE_LINE_UP)
            r = pmap_put(&ids_type, up, (const char *)key + skip, len - skip, (void *)(uintptr_t)n,
                         0);
    }
    return r;
}

int learned_look(struct region *r, struct learned_view *ret)
{
    struct learned_view v = {0};
    int result = 0;

    pthread_mutex_lock(&r->live);
    v.sets = pmap_ref(r->learned);
    list_for_each (n, &r->nodes, struct node_state, link) {
        if (result < 0 || live_state(r, n) != LIVE_ONLINE)
            continue;
        if (v.sets)
            result = pmap_put(&ids_type, &v.online, n->id, strlen(n->id), r, 0);
        if (result == 0)
            result = note_lines(n, &v.up);
    }
    pthread_mutex_unlock(&r->live);
    *ret = v;
    ret->plan = (struct plan_learned){
        .each = plan_each, .find = plan_find, .is_up = plan_is_up, .arg = ret};
    return result;
}

void learned_look_done(struct learned_view *v)
{
    pmap_unref(&sets_type, v->sets);
    pmap_unref(&ids_type, v->online);
    pmap_unref(&ids_type, v->up);
    *v = (struct learned_view){0};
}
