#include "packet_routes.h"

#include <stdlib.h>

/* Next hops that some routes lead to. */
struct hop_list {
    uint32_t spare; /* the pool's while it is not in use */
    uint32_t users; /* 0: it is not in use */
    uint32_t number;
    struct name_link link; /* by what they are */
    size_t n;
    struct ipc_nexthop *hops; /* owned; the name is behind them */
};

#define NAME_MAX_LEN (IPC_NEXTHOP_MAX * (IPC_ID_MAX + ADDR_TEXT_MAX + 1) + 1)

static struct hop_list *list_at(const struct packet_routes *r, uint32_t n)
{
    return pool_at(&r->lists, n);
}

static uint32_t number_of(const struct packet_routes *r, const struct prefix *prefix)
{
    uint32_t n = r->tree.nodes ? ptree_find(&r->tree, prefix) : 0;

    return n ? ptree_at(&r->tree, n)->value : 0;
}

/* ---- lists of next hops, each once ---- */

/* Kind and target of each, and of a host its address, one behind the other. A kind is written as a
 * control character, which no id has.
 */
static size_t write_name(const struct ipc_nexthop *hops, size_t n, char ret[NAME_MAX_LEN])
{
    char *end = ret;

    for (size_t i = 0; i < n; i++) {
        *end++ = (char)(1 + hops[i].kind);
        end = stpcpy(end, hops[i].target);
        if (hops[i].via.family == ADDR_NONE)
            continue;
        *end++ = '/';
        addr_format(&hops[i].via, end);
        end += strlen(end);
    }
    *end = 0;
    return (size_t)(end - ret);
}

static uint32_t new_list(struct packet_routes *r, const struct ipc_nexthop *hops, size_t n,
                         const char *name, size_t len)
{
    struct hop_list *list;
    uint32_t number;

    r->lists.item = sizeof(struct hop_list);
    number = pool_take(&r->lists);
    if (!number)
        return 0;
    list = list_at(r, number);
    list->hops = malloc(n * sizeof(*hops) + len + 1);
    if (list->hops) {
        char *copy = (char *)(list->hops + n);

        if (n)
            memcpy(list->hops, hops, n * sizeof(*hops));
        memcpy(copy, name, len + 1);
        list->n = n;
        list->number = number;
        if (name_map_add(&r->by_hops, &list->link, copy) == 0)
            return number;
    }
    free(list->hops);
    pool_give(&r->lists, number);
    return 0;
}

/* With one user more; 0 when memory has run out. */
static uint32_t take_list(struct packet_routes *r, const struct ipc_nexthop *hops, size_t n)
{
    char name[NAME_MAX_LEN];
    size_t len = write_name(hops, n, name);
    struct name_link *link = name_map_find(&r->by_hops, name);
    struct hop_list *list = link ? container_of(link, struct hop_list, link) : NULL;
    uint32_t number;

    if (list) {
        list->users++;
        return list->number;
    }
    number = new_list(r, hops, n, name, len);
    if (number)
        list_at(r, number)->users = 1;
    return number;
}

static void give_list(struct packet_routes *r, uint32_t number)
{
    struct hop_list *list = list_at(r, number);

    if (--list->users)
        return;
    name_map_remove(&r->by_hops, &list->link);
    free(list->hops);
    pool_give(&r->lists, number);
}

/* ---- routes ---- */

static bool leads_to_port(const struct hop_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->hops[i].kind == IPC_NEXTHOP_PORT || list->hops[i].kind == IPC_NEXTHOP_HOST)
            return true;
    }
    return false;
}

int packet_routes_put(struct packet_routes *r, const struct prefix *prefix,
                      const struct ipc_nexthop *hops, size_t n)
{
    uint32_t old = number_of(r, prefix), number = take_list(r, hops, n), node;

    if (number && number == old) {
        give_list(r, number);
        return 0;
    }
    r->nodes.item = sizeof(struct ptree_node);
    r->tree.nodes = &r->nodes;
    node = number ? ptree_add(&r->tree, prefix) : 0;
    if (!node) {
        if (number)
            give_list(r, number);
        return -ENOMEM;
    }
    if (old) {
        r->to_ports -= leads_to_port(list_at(r, old));
        give_list(r, old);
    } else {
        r->count++;
        r->ipv6 += prefix->addr.family == ADDR_IPV6;
    }
    r->to_ports += leads_to_port(list_at(r, number));
    ptree_at(&r->tree, node)->value = number;
    return 1;
}

bool packet_routes_remove(struct packet_routes *r, const struct prefix *prefix)
{
    uint32_t number = number_of(r, prefix);

    if (!number)
        return false;
    r->to_ports -= leads_to_port(list_at(r, number));
    give_list(r, number);
    ptree_at(&r->tree, ptree_find(&r->tree, prefix))->value = 0;
    ptree_prune(&r->tree, prefix);
    r->count--;
    r->ipv6 -= prefix->addr.family == ADDR_IPV6;
    return true;
}

static void lend(const struct packet_routes *r, const struct prefix *prefix, uint32_t number,
                 struct packet_route *ret)
{
    const struct hop_list *list = list_at(r, number);

    *ret = (struct packet_route){.prefix = *prefix, .hops = list->hops, .n_hops = list->n};
}

bool packet_routes_find(const struct packet_routes *r, const struct prefix *prefix,
                        struct packet_route *ret)
{
    uint32_t number = number_of(r, prefix);

    if (number)
        lend(r, prefix, number, ret);
    return number;
}

void packet_routes_walk(const struct packet_routes *r, struct packet_routes_walk *ret)
{
    *ret = (struct packet_routes_walk){.routes = r};
    if (r->count)
        ptree_walk(&r->tree, NULL, false, &ret->walk);
}

bool packet_routes_next(struct packet_routes_walk *w, struct packet_route *ret)
{
    for (uint32_t n; w->walk.tree && (n = ptree_walk_next(&w->walk)) != 0;) {
        const struct ptree_node *node = ptree_at(w->walk.tree, n);

        if (!node->value)
            continue;
        lend(w->routes, &node->prefix, node->value, ret);
        return true;
    }
    return false;
}

static bool route_equal(const struct packet_route *a, const struct packet_route *b)
{
    if (!prefix_equal(&a->prefix, &b->prefix) || a->n_hops != b->n_hops)
        return false;
    for (size_t i = 0; i < a->n_hops; i++) {
        if (a->hops[i].kind != b->hops[i].kind ||
            strcmp(a->hops[i].target, b->hops[i].target) != 0 ||
            !addr_equal(&a->hops[i].via, &b->hops[i].via))
            return false;
    }
    return true;
}

bool packet_routes_equal(const struct packet_routes *a, const struct packet_routes *b)
{
    struct packet_routes_walk walk[2];
    struct packet_route x, y;

    if (a->count != b->count)
        return false;
    packet_routes_walk(a, &walk[0]);
    packet_routes_walk(b, &walk[1]);
    while (packet_routes_next(&walk[0], &x) && packet_routes_next(&walk[1], &y)) {
        if (!route_equal(&x, &y))
            return false;
    }
    return true;
}

void packet_route_write(const struct packet_route *route, struct ipc_route *ret)
{
    ret->prefix = route->prefix;
    ret->n_nexthops = (uint16_t)MIN(route->n_hops, (size_t)IPC_NEXTHOP_MAX);
    memcpy(ret->nexthops, route->hops, ret->n_nexthops * sizeof(ret->nexthops[0]));
}

void packet_routes_done(struct packet_routes *r)
{
    for (uint32_t n = 1; n < r->lists.used; n++) {
        if (list_at(r, n)->users)
            free(list_at(r, n)->hops);
    }
    name_map_done(&r->by_hops);
    pool_done(&r->lists);
    pool_done(&r->nodes);
    *r = (struct packet_routes){0};
}
