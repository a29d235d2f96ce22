#include "routing_internal.h"

#include <stdlib.h>

void routing_table_done(struct routing_table *t)
{
    free(t->routes);
    free(t->order);
    free(t->above);
    *t = (struct routing_table){0};
}

static bool grow_scratch(size_t **array, size_t cap)
{
    size_t *bigger = reallocarray(*array, cap, sizeof(*bigger));

    if (bigger)
        *array = bigger;
    return bigger != NULL;
}

static int grow(struct routing_table *t)
{
    size_t cap = t->cap ? t->cap * 2 : 16;
    struct routing_route *routes = reallocarray(t->routes, cap, sizeof(*routes));

    if (routes)
        t->routes = routes;
    if (!routes || !grow_scratch(&t->order, cap) || !grow_scratch(&t->above, cap))
        return -ENOMEM;
    t->cap = cap;
    return 0;
}

int routing_add(struct routing_table *t, const struct routing_route *r)
{
    struct routing_route *slot;
    int err;

    if (r->destination.addr.family == ADDR_NONE)
        return -EINVAL;
    if (t->count == t->cap) {
        err = grow(t);
        if (err < 0)
            return err;
    }
    slot = &t->routes[t->count++];
    *slot = *r;
    slot->target = r->target ? r->target : "";
    slot->id = r->id ? r->id : "";
    slot->via = r->via ? r->via : "";
    slot->winner = ROUTING_NO_WINNER;
    return 0;
}

bool routing_is_propagated(const struct routing_route *r)
{
    return r->type != ROUTING_TYPE_LOCAL && r->type != ROUTING_TYPE_STATIC;
}

/* The end of the run of routes with the same destination that starts at first. */
static size_t run_end(const struct routing_table *t, size_t first)
{
    size_t end = first + 1;

    while (end < t->count &&
           prefix_equal(&t->routes[end].destination, &t->routes[first].destination))
        end++;
    return end;
}

static bool run_is_effective(const struct routing_table *t, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (t->routes[i].reason == ROUTING_EFFECTIVE)
            return true;
    }
    return false;
}

bool routing_lookup(const struct routing_table *t, const struct addr *a, size_t *ret_first,
                    size_t *ret_end)
{
    bool found = false;
    size_t best = 0, best_end = 0;

    for (size_t first = 0, end; first < t->count; first = end) {
        const struct prefix *p = &t->routes[first].destination;

        end = run_end(t, first);
        if (!prefix_contains_addr(p, a) || !run_is_effective(t, first, end))
            continue;
        if (found && p->len < t->routes[best].destination.len)
            continue;
        found = true;
        best = first;
        best_end = end;
    }
    if (!found)
        return false;
    *ret_first = best;
    *ret_end = best_end;
    return true;
}

bool routing_copy_of(const struct routing_table *run, const char *own_attachment,
                     struct routing_route *ret)
{
    struct routing_route copy = {.hop = ROUTING_HOP_GATEWAY,
                                 .type = ROUTING_TYPE_PROPAGATED,
                                 .since = UINT64_MAX,
                                 .barred = ROUTING_LEADS_BACK};
    bool any = false;

    for (size_t i = 0; i < run->count; i++) {
        const struct routing_route *r = &run->routes[i];

        if (r->reason != ROUTING_EFFECTIVE || r->type == ROUTING_TYPE_LOCAL)
            continue;
        any = true;
        copy.destination = r->destination;
        copy.since = MIN(copy.since, r->since);
        if (r->hop != ROUTING_HOP_ATTACHMENT || strcmp(r->target, own_attachment) != 0)
            copy.barred = ROUTING_EFFECTIVE;
    }
    if (!own_attachment[0])
        copy.barred = ROUTING_UNATTACHED;
    if (any)
        *ret = copy;
    return any;
}

int routing_propagate(const struct routing_table *gateway, const char *gateway_id,
                      const struct prefix *range, const char *own_attachment,
                      struct routing_table *vpc)
{
    for (size_t first = 0, end; first < gateway->count; first = end) {
        struct routing_table run = {.routes = &gateway->routes[first]};
        struct routing_route copy;
        int r;

        end = run_end(gateway, first);
        run.count = end - first;
        if (!prefix_contains(range, &run.routes[0].destination) ||
            !routing_copy_of(&run, own_attachment, &copy))
            continue;
        copy.target = gateway_id;
        r = routing_add(vpc, &copy);
        if (r < 0)
            return r;
    }
    return 0;
}
