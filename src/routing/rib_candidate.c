#include "rib_internal.h"

struct routing_route rib_route(const struct routing_rib *rib, const struct rib_candidate *c)
{
    return (struct routing_route){
        .destination = rib_node(rib, c->node)->tree.prefix,
        .hop = c->hop,
        .target = rib_text(&rib->texts, c->target),
        .id = rib_text(&rib->texts, c->id),
        .via = rib_text(&rib->texts, c->via),
        .type = c->type,
        .metric = c->metric,
        .translated = c->translated,
        .since = c->since,
        .barred = c->barred,
        .reason = c->reason,
        .winner = ROUTING_NO_WINNER,
    };
}

int rib_compare_age(const struct routing_rib *rib, uint32_t a, uint32_t b)
{
    const struct rib_candidate *x = rib_candidate(rib, a), *y = rib_candidate(rib, b);
    struct routing_route left, right;

    if (x->since != y->since)
        return x->since < y->since ? -1 : 1;
    if (a == b)
        return 0;
    left = rib_route(rib, x);
    right = rib_route(rib, y);
    return routing_compare_age(rib->vpc, &left, &right);
}

static bool is_text(const struct routing_rib *rib, uint32_t n, const char *text)
{
    return strcmp(rib_text(&rib->texts, n), text ? text : "") == 0;
}

static bool is_known_as(const struct routing_rib *rib, const struct rib_candidate *c,
                        const struct routing_route *r)
{
    return c->hop == r->hop && c->type == r->type && is_text(rib, c->via, r->via) &&
           is_text(rib, c->id, r->id) && is_text(rib, c->target, r->target);
}

uint32_t rib_find(const struct routing_rib *rib, const struct routing_route *r)
{
    uint32_t node = ptree_find(&rib->destinations, &r->destination);
    uint32_t n = node ? rib_node(rib, node)->tree.value : 0;

    while (n && !is_known_as(rib, rib_candidate(rib, n), r))
        n = rib_candidate(rib, n)->next;
    return n;
}
