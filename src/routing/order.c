#include "routing_internal.h"

int routing_compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_rank(bool vpc, const struct routing_route *a, const struct routing_route *b)
{
    struct routing_rank x = routing_rank_of(vpc, a->hop, a->type, a->metric);
    struct routing_rank y = routing_rank_of(vpc, b->hop, b->type, b->metric);
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(x.step); i++)
        r = routing_compare_u64(x.step[i], y.step[i]);
    return r;
}

static int compare_since(const struct routing_route *a, const struct routing_route *b)
{
    int r = routing_compare_u64(a->since, b->since);

    if (r == 0)
        r = strcmp(a->target, b->target);
    if (r == 0)
        r = prefix_cmp(&a->destination, &b->destination);
    if (r == 0)
        r = strcmp(a->id, b->id);
    if (r == 0)
        r = strcmp(a->via, b->via);
    return r;
}

int routing_compare_best(bool vpc, const struct routing_route *a, const struct routing_route *b)
{
    int r = compare_rank(vpc, a, b);

    if (r == 0)
        r = compare_since(a, b);
    return r != 0 ? r : routing_compare_u64(a->hop, b->hop);
}

int routing_compare_age(bool vpc, const struct routing_route *a, const struct routing_route *b)
{
    int r = compare_since(a, b);

    return r != 0 ? r : routing_compare_best(vpc, a, b);
}
