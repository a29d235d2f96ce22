/* Questions to a RIB. */
#include "rib_internal.h"

static bool loses_here(enum routing_reason reason)
{
    return reason == ROUTING_LOSES_HOP || reason == ROUTING_LOSES_TYPE ||
           reason == ROUTING_LOSES_METRIC || reason == ROUTING_OVER_ECMP;
}

static const struct routing_table *view_of(struct routing_rib *rib, uint32_t node)
{
    struct routing_table *view = &rib->view;
    size_t best = ROUTING_NO_WINNER;

    view->vpc = rib->vpc;
    view->quota = rib->quota;
    view->count = 0;
    for (uint32_t n = rib_node(rib, node)->tree.value; n; n = rib_candidate(rib, n)->next) {
        const struct rib_candidate *c = rib_candidate(rib, n);
        struct routing_route *r = &view->routes[view->count];

        if (c->gone)
            continue;
        *r = rib_route(rib, c);
        if (best == ROUTING_NO_WINNER && r->reason == ROUTING_EFFECTIVE)
            best = view->count;
        if (loses_here(r->reason))
            r->winner = best;
        view->count++;
    }
    return view->count ? view : NULL;
}

const struct routing_table *routing_rib_at(struct routing_rib *rib,
                                           const struct prefix *destination)
{
    uint32_t node = ptree_find(&rib->destinations, destination);

    return node ? view_of(rib, node) : NULL;
}

static bool is_effective(const struct routing_rib *rib, uint32_t node)
{
    for (uint32_t n = rib_node(rib, node)->tree.value; n; n = rib_candidate(rib, n)->next) {
        if (!rib_candidate(rib, n)->gone && rib_candidate(rib, n)->reason == ROUTING_EFFECTIVE)
            return true;
    }
    return false;
}

bool routing_rib_match(const struct routing_rib *rib, const struct addr *a, struct prefix *ret)
{
    struct prefix host = prefix_make(a, (uint8_t)addr_bits(a));
    bool found = false;

    for (uint32_t n = 0; (n = ptree_down(&rib->destinations, &host, n)) != 0;) {
        if (!is_effective(rib, n))
            continue;
        *ret = rib_node(rib, n)->tree.prefix;
        found = true;
    }
    return found;
}

bool routing_rib_winner(const struct routing_rib *rib, const struct routing_route *r,
                        struct routing_route *ret)
{
    uint32_t n = rib_find(rib, r), winner = 0;

    if (!n)
        return false;
    if (r->reason == ROUTING_LOSES_CONFLICT)
        winner = rib_conflict_holder(rib, n);
    else if (r->reason == ROUTING_COVERED_BY_LOCAL)
        winner = rib_cover_of(rib, n);
    if (winner)
        *ret = rib_route(rib, rib_candidate(rib, winner));
    return winner != 0;
}

void routing_rib_walk(struct routing_rib *rib, const struct prefix *within,
                      struct routing_rib_walk *ret)
{
    ret->rib = rib;
    ptree_walk(&rib->destinations, within, false, &ret->walk);
}

const struct routing_table *routing_rib_walk_next(struct routing_rib_walk *w)
{
    const struct routing_table *view = NULL;

    for (uint32_t node; !view && (node = ptree_walk_next(&w->walk)) != 0;)
        view = view_of(w->rib, node);
    return view;
}

int routing_rib_follow(struct routing_rib *vpc, struct routing_rib *gateway,
                       const struct routing_follow *follow, const struct prefix *destination)
{
    const struct routing_table *run = routing_rib_at(gateway, destination);
    struct routing_route copy;
    bool inside = false;

    for (size_t i = 0; i < follow->n_ranges && !inside; i++)
        inside = prefix_contains(&follow->ranges[i], destination);
    if (inside && run && routing_copy_of(run, follow->own_attachment, &copy)) {
        copy.target = follow->gateway;
        return routing_rib_set(vpc, &copy);
    }
    copy = (struct routing_route){.destination = *destination,
                                  .hop = ROUTING_HOP_GATEWAY,
                                  .type = ROUTING_TYPE_PROPAGATED,
                                  .target = follow->gateway};
    (void)routing_rib_remove(vpc, &copy);
    return 0;
}
