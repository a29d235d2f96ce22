#include "learned.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_MAX        (PREFIX_TEXT_MAX + 12)
#define TUNNEL_KEY_MAX (PREFIX_TEXT_MAX + 1 + IPC_ID_MAX)

void learned_init(struct learned *l)
{
    *l = (struct learned){0};
    list_init(&l->due);
    list_init(&l->sent);
    list_init(&l->gone);
}

/* ---- routes ---- */

static void free_route(struct learned_route *r)
{
    list_remove(&r->all);
    list_remove(&r->told);
    free(r->texts);
    free(r);
}

static void note_changed(struct learned *l, const struct learned_route *r, bool gone)
{
    if (l->changed)
        l->changed(l->arg, r, gone);
}

void learned_free_gone(struct learned *l, struct learned_route *r)
{
    name_map_remove(&l->gone_by_tunnel, &r->tunnel_link);
    free_route(r);
}

static void tell(struct learned *l, struct learned_route *r)
{
    list_remove(&r->told);
    list_append(&l->due, &r->told);
}

static void make_key(const struct prefix *prefix, uint32_t path, char ret[KEY_MAX])
{
    char text[PREFIX_TEXT_MAX];

    snprintf(ret, KEY_MAX, "%s#%u", prefix_format(prefix, text), path);
}

static void make_tunnel_key(const struct prefix *prefix, const struct learned_tunnel *tunnel,
                            char ret[TUNNEL_KEY_MAX])
{
    char text[PREFIX_TEXT_MAX];

    snprintf(ret, TUNNEL_KEY_MAX, "%s %s", prefix_format(prefix, text), tunnel->id);
}

static struct learned_route *find_route(const struct learned_gateway *g,
                                        const struct prefix *prefix, uint32_t path)
{
    char key[KEY_MAX];
    struct name_link *link;

    make_key(prefix, path, key);
    link = name_map_find(&g->by_key, key);
    return link ? container_of(link, struct learned_route, link) : NULL;
}

static struct learned_route *find_of_tunnel(const struct learned_gateway *g,
                                            const struct prefix *prefix,
                                            const struct learned_tunnel *tunnel)
{
    char key[TUNNEL_KEY_MAX];
    struct name_link *link;

    make_tunnel_key(prefix, tunnel, key);
    link = name_map_find(&g->by_tunnel, key);
    return link ? container_of(link, struct learned_route, tunnel_link) : NULL;
}

static void unmap(struct learned_gateway *g, struct learned_route *r)
{
    name_map_remove(&g->by_key, &r->link);
    name_map_remove(&g->by_tunnel, &r->tunnel_link);
}

/* The name in the second map is the second of its texts. */
static const char *tunnel_key_of(const struct learned_route *r)
{
    return r->texts + strlen(r->texts) + 1;
}

/* It is in neither map of a gateway, and is kept until ropewayd knows that it is gone; one that
 * ropewayd was never told of is forgotten: otherwise a peer that flaps would fill the memory while
 * ropewayd is away. */
static void bury(struct learned *l, struct learned_route *r)
{
    if (!r->reported) {
        free_route(r);
        return;
    }
    list_remove(&r->all);
    list_append(&l->gone, &r->all);
    (void)!name_map_add(&l->gone_by_tunnel, &r->tunnel_link, tunnel_key_of(r));
    r->gone = true;
    r->tunnel = NULL;
    r->of = NULL;
    tell(l, r);
}

static void drop(struct learned *l, struct learned_route *r)
{
    note_changed(l, r, true);
    unmap(r->of, r);
    l->count--;
    bury(l, r);
}

/* One that went before ropewayd heard of it is the same route when it comes again. */
static struct learned_route *unbury(struct learned *l, const struct prefix *prefix,
                                    const struct learned_tunnel *tunnel)
{
    char key[TUNNEL_KEY_MAX];
    struct name_link *link;
    struct learned_route *r;

    make_tunnel_key(prefix, tunnel, key);
    link = name_map_find(&l->gone_by_tunnel, key);
    if (!link)
        return NULL;
    r = container_of(link, struct learned_route, tunnel_link);
    name_map_remove(&l->gone_by_tunnel, link);
    list_remove(&r->all);
    r->gone = false;
    return r;
}

static const struct learned_tunnel *find_tunnel(const struct learned_gateway *g, uint32_t number)
{
    list_for_each (t, &g->tunnels, struct learned_tunnel, all) {
        if (t->number == number)
            return t;
    }
    return NULL;
}

/* Puts the texts of a route one behind the other, and it into both maps, which borrow them. False
 * without memory; then it is in neither. */
static bool set_texts(struct learned_gateway *g, struct learned_route *r,
                      const struct learned_tunnel *tunnel, const struct bgp_attributes *a)
{
    char key[KEY_MAX], tunnel_key[TUNNEL_KEY_MAX];
    const char *texts[] = {key, tunnel_key, tunnel->id, a->as_path, a->communities};
    char *at[ARRAY_SIZE(texts)], *all, *end;
    size_t len = 0;

    unmap(g, r);
    make_key(&r->prefix, r->path, key);
    make_tunnel_key(&r->prefix, tunnel, tunnel_key);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        len += strlen(texts[i]) + 1;
    all = end = malloc(len);
    if (!all)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        at[i] = end;
        end = stpcpy(end, texts[i]) + 1;
    }
    free(r->texts);
    r->texts = all;
    r->tunnel_id = at[2];
    r->as_path = at[3];
    r->communities = at[4];
    if (name_map_add(&g->by_key, &r->link, at[0]) == 0 &&
        name_map_add(&g->by_tunnel, &r->tunnel_link, at[1]) == 0)
        return true;
    unmap(g, r);
    return false;
}

static bool texts_equal(const struct learned_route *r, const struct bgp_attributes *a)
{
    return strcmp(r->as_path, a->as_path) == 0 && strcmp(r->communities, a->communities) == 0;
}

static void set_attributes(struct learned_route *r, const struct bgp_attributes *a)
{
    r->next_hop = a->next_hop;
    r->length = a->length;
    r->origin = a->origin;
    r->has_med = a->has_med;
    r->med = a->med;
}

static bool is_same(const struct learned_route *r, const struct bgp_attributes *a)
{
    return addr_equal(&r->next_hop, &a->next_hop) && r->length == a->length &&
           r->origin == a->origin && r->has_med == a->has_med && r->med == a->med &&
           texts_equal(r, a);
}

static struct learned_route *allocate_route(void)
{
    struct learned_route *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    list_init(&r->all);
    list_init(&r->told);
    return r;
}

static struct learned_route *new_route(struct learned *l, struct learned_gateway *g,
                                       const struct prefix *prefix, uint32_t path,
                                       const struct learned_tunnel *tunnel,
                                       const struct bgp_attributes *a)
{
    struct learned_route *r = unbury(l, prefix, tunnel);

    if (!r)
        r = allocate_route();
    if (!r)
        return NULL;
    r->of = g;
    r->tunnel = tunnel;
    r->prefix = *prefix;
    r->path = path;
    if (!set_texts(g, r, tunnel, a)) {
        bury(l, r);
        return NULL;
    }
    r->doubtful = false;
    set_attributes(r, a);
    list_append(&g->routes, &r->all);
    l->count++;
    return r;
}

bool learned_announced(struct learned *l, struct learned_gateway *g, const struct prefix *prefix,
                       uint32_t path, const struct bgp_attributes *attributes, uint64_t now_us)
{
    const struct learned_tunnel *tunnel = find_tunnel(g, attributes->tunnel);
    struct learned_route *r = find_route(g, prefix, path);
    bool changes, same;

    if (!tunnel) /* not ours any more, and neither is what the path was before */
        return learned_withdrawn(l, g, prefix, path);
    if (r && r->tunnel != tunnel) {
        drop(l, r);
        r = NULL;
    }
    if (!r)
        r = find_of_tunnel(g, prefix, tunnel);
    if (!r) {
        r = new_route(l, g, prefix, path, tunnel, attributes);
        if (!r)
            return false;
        r->since_us = now_us;
        note_changed(l, r, false);
        tell(l, r);
        return true;
    }
    r->doubtful = false;
    same = is_same(r, attributes);
    changes = r->length != attributes->length;
    if (r->path != path || !texts_equal(r, attributes)) {
        r->path = path;
        if (!set_texts(g, r, tunnel, attributes)) {
            drop(l, r);
            return true;
        }
    }
    if (same)
        return false;
    set_attributes(r, attributes);
    if (changes)
        note_changed(l, r, false);
    tell(l, r);
    return changes;
}

bool learned_withdrawn(struct learned *l, struct learned_gateway *g, const struct prefix *prefix,
                       uint32_t path)
{
    struct learned_route *r = find_route(g, prefix, path);

    if (!r)
        return false;
    drop(l, r);
    return true;
}

/* ---- doubt ---- */

void learned_doubt(struct learned_gateway *g)
{
    list_for_each (r, &g->routes, struct learned_route, all)
        r->doubtful = true;
}

static bool drop_doubtful(struct learned *l, struct learned_gateway *g, enum addr_family family)
{
    bool any = false;

    list_for_each_safe (r, &g->routes, struct learned_route, all) {
        if (!r->doubtful || (family != ADDR_NONE && r->prefix.addr.family != family))
            continue;
        drop(l, r);
        any = true;
    }
    return any;
}

bool learned_complete(struct learned *l, struct learned_gateway *g, enum addr_family family)
{
    return drop_doubtful(l, g, family);
}

bool learned_end_doubt(struct learned *l, struct learned_gateway *g)
{
    return drop_doubtful(l, g, ADDR_NONE);
}

/* ---- gateways and their tunnels ---- */

struct learned_gateway *learned_find(const struct learned *l, const char *gateway)
{
    struct name_link *link = name_map_find(&l->gateways, gateway);

    return link ? container_of(link, struct learned_gateway, link) : NULL;
}

struct learned_gateway *learned_gateway_for(struct learned *l, const char *gateway)
{
    struct learned_gateway *g = learned_find(l, gateway);

    if (g)
        return g;
    g = calloc(1, sizeof(*g));
    if (!g)
        return NULL;
    list_init(&g->tunnels);
    list_init(&g->routes);
    (void)text_copy(g->id, sizeof(g->id), gateway);
    if (name_map_add(&l->gateways, &g->link, g->id) < 0) {
        free(g);
        return NULL;
    }
    return g;
}

static bool forget_tunnel(struct learned *l, struct learned_gateway *g, struct learned_tunnel *t)
{
    bool any = false;

    list_for_each_safe (r, &g->routes, struct learned_route, all) {
        if (r->tunnel != t)
            continue;
        drop(l, r);
        any = true;
    }
    list_remove(&t->all);
    free(t);
    return any;
}

static bool is_among(const struct learned_tunnel *t, const struct learned_tunnel *tunnels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (tunnels[i].number == t->number && strcmp(tunnels[i].id, t->id) == 0 &&
            strcmp(tunnels[i].connection, t->connection) == 0)
            return true;
    }
    return false;
}

int learned_set_tunnels(struct learned *l, struct learned_gateway *g,
                        const struct learned_tunnel *tunnels, size_t n)
{
    bool any = false;

    list_for_each_safe (t, &g->tunnels, struct learned_tunnel, all) {
        if (!is_among(t, tunnels, n))
            any |= forget_tunnel(l, g, t);
    }
    for (size_t i = 0; i < n; i++) {
        struct learned_tunnel *t;

        if (find_tunnel(g, tunnels[i].number))
            continue;
        t = malloc(sizeof(*t));
        if (!t)
            return -ENOMEM;
        *t = tunnels[i];
        list_append(&g->tunnels, &t->all);
    }
    return any;
}

void learned_forget_gateway(struct learned *l, struct learned_gateway *g)
{
    list_for_each_safe (t, &g->tunnels, struct learned_tunnel, all)
        forget_tunnel(l, g, t);
    name_map_remove(&l->gateways, &g->link);
    name_map_done(&g->by_key);
    name_map_done(&g->by_tunnel);
    free(g);
}

void learned_done(struct learned *l)
{
    for (size_t i = 0; i < l->gateways.n_slots; i++) {
        while (l->gateways.slots[i])
            learned_forget_gateway(
                l, container_of(l->gateways.slots[i], struct learned_gateway, link));
    }
    name_map_done(&l->gateways);
    list_for_each_safe (r, &l->gone, struct learned_route, all)
        learned_free_gone(l, r);
    name_map_done(&l->gone_by_tunnel);
}
