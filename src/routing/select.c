#include "routing.h"

#include <stdlib.h>

/* What decides between routes to one destination, most important first; smaller wins. */
struct rank {
    unsigned step[3];
};

static struct rank rank_of(const struct routing_table *t, const struct routing_route *r)
{
    if (t->vpc)
        return (struct rank){{r->type, r->hop == ROUTING_HOP_BLACKHOLE ? 0 : 1, 0}};
    return (struct rank){{r->hop, r->type, r->metric}};
}

static const enum routing_reason gateway_losses[] = {ROUTING_LOSES_HOP, ROUTING_LOSES_TYPE,
                                                     ROUTING_LOSES_METRIC};
static const enum routing_reason vpc_losses[] = {ROUTING_LOSES_TYPE, ROUTING_LOSES_HOP,
                                                 ROUTING_LOSES_METRIC};

/* The first step at which r falls behind best, or -1 if they tie. */
static int losing_step(const struct routing_table *t, const struct routing_route *best,
                       const struct routing_route *r)
{
    struct rank a = rank_of(t, best), b = rank_of(t, r);

    for (int i = 0; i < (int)ARRAY_SIZE(a.step); i++) {
        if (a.step[i] != b.step[i])
            return i;
    }
    return -1;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* The order in which routes came. Total but for routes that are alike in all that is shown. */
static int compare_age(const struct routing_route *a, const struct routing_route *b)
{
    int r = compare_u64(a->since, b->since);

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

static int compare_routes(const void *left, const void *right, void *arg)
{
    const struct routing_route *a = left, *b = right;
    const struct routing_table *t = arg;
    struct rank x = rank_of(t, a), y = rank_of(t, b);
    int r = prefix_cmp(&a->destination, &b->destination);

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(x.step); i++)
        r = compare_u64(x.step[i], y.step[i]);
    if (r == 0)
        r = compare_age(a, b);
    if (r == 0)
        r = compare_u64(a->hop, b->hop);
    return r;
}

static bool by_attachment(const struct routing_route *r)
{
    return r->hop == ROUTING_HOP_ATTACHMENT && r->type == ROUTING_TYPE_PROPAGATED;
}

/* What attachments propagate first, then the others; each by age. */
static int compare_order(const void *left, const void *right, void *arg)
{
    const struct routing_table *t = arg;
    const struct routing_route *a = &t->routes[*(const size_t *)left];
    const struct routing_route *b = &t->routes[*(const size_t *)right];
    int r = by_attachment(b) - by_attachment(a);

    if (r == 0)
        r = compare_age(a, b);
    return r != 0 ? r : compare_u64((size_t)(a - t->routes), (size_t)(b - t->routes));
}

/* Propagations of one gateway whose ranges overlap copy the same route twice: equal ones stand side
 * by side once they are sorted. */
static void drop_doubles(struct routing_table *t)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i], *last = kept ? &t->routes[kept - 1] : NULL;

        if (last && r->hop == ROUTING_HOP_GATEWAY && r->type == ROUTING_TYPE_PROPAGATED &&
            last->type == r->type && strcmp(last->target, r->target) == 0 &&
            prefix_equal(&last->destination, &r->destination))
            continue;
        t->routes[kept++] = *r;
    }
    t->count = kept;
}

static void start(struct routing_table *t, bool vpc, size_t quota)
{
    t->vpc = vpc;
    t->quota = quota;
    if (t->count > 0)
        qsort_r(t->routes, t->count, sizeof(t->routes[0]), compare_routes, t);
    if (vpc)
        drop_doubles(t);
    for (size_t i = 0; i < t->count; i++) {
        t->order[i] = i;
        t->routes[i].reason = ROUTING_EFFECTIVE;
        t->routes[i].winner = ROUTING_NO_WINNER;
    }
    if (t->count > 0)
        qsort_r(t->order, t->count, sizeof(t->order[0]), compare_order, t);
}

static void lose(struct routing_table *t, size_t loser, enum routing_reason reason, size_t winner)
{
    t->routes[loser].reason = reason;
    t->routes[loser].winner = winner;
}

static bool by_bgp(const struct routing_route *r)
{
    return r->type == ROUTING_TYPE_EBGP || r->type == ROUTING_TYPE_IBGP;
}

static bool by_gateway(const struct routing_route *r)
{
    return r->type == ROUTING_TYPE_PROPAGATED;
}

/* In order of age: whoever overlaps what another attachment holds already has to wait. */
static void settle_conflicts(struct routing_table *t)
{
    for (size_t n = 0; n < t->count; n++) {
        size_t late = t->order[n];
        const struct routing_route *r = &t->routes[late];

        if (!by_attachment(r))
            break;
        for (size_t m = 0; m < n; m++) {
            const struct routing_route *e = &t->routes[t->order[m]];

            if (e->reason == ROUTING_EFFECTIVE && strcmp(e->target, r->target) != 0 &&
                prefix_overlaps(&e->destination, &r->destination)) {
                lose(t, late, ROUTING_LOSES_CONFLICT, t->order[m]);
                break;
            }
        }
    }
}

static void apply_quota(struct routing_table *t, bool (*counts)(const struct routing_route *))
{
    size_t used = 0;

    for (size_t n = 0; n < t->count; n++) {
        size_t i = t->order[n];

        if (!counts(&t->routes[i]) || t->routes[i].reason != ROUTING_EFFECTIVE)
            continue;
        if (used < t->quota)
            used++;
        else
            lose(t, i, ROUTING_OVER_QUOTA, ROUTING_NO_WINNER);
    }
}

/* Routes are sorted, so that of those left for a destination the first is the best. */
static void choose_best(struct routing_table *t)
{
    const enum routing_reason *losses = t->vpc ? vpc_losses : gateway_losses;
    size_t best = ROUTING_NO_WINNER, equals = 0;

    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i];
        int step;

        if (r->reason != ROUTING_EFFECTIVE)
            continue;
        if (best == ROUTING_NO_WINNER ||
            !prefix_equal(&r->destination, &t->routes[best].destination)) {
            best = i;
            equals = 1;
            continue;
        }
        step = losing_step(t, &t->routes[best], r);
        if (step >= 0)
            lose(t, i, losses[step], best);
        else if (equals == ROUTING_ECMP_MAX)
            lose(t, i, ROUTING_OVER_ECMP, best);
        else
            equals++;
    }
}

void routing_select_gateway(struct routing_table *t, size_t max_dynamic)
{
    start(t, false, max_dynamic);
    settle_conflicts(t);
    apply_quota(t, by_bgp);
    choose_best(t);
}

static void cover_by(struct routing_table *t, size_t local)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i];

        if (r->type != ROUTING_TYPE_LOCAL && r->reason == ROUTING_EFFECTIVE &&
            prefix_contains(&t->routes[local].destination, &r->destination))
            lose(t, i, ROUTING_COVERED_BY_LOCAL, local);
    }
}

void routing_select_vpc(struct routing_table *t, size_t max_propagated)
{
    start(t, true, max_propagated);
    for (size_t i = 0; i < t->count; i++) {
        if (t->routes[i].type == ROUTING_TYPE_LOCAL) /* a VPC has few of these */
            cover_by(t, i);
    }
    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i];

        if (r->type != ROUTING_TYPE_LOCAL && r->reason == ROUTING_EFFECTIVE &&
            r->barred != ROUTING_EFFECTIVE)
            lose(t, i, r->barred, ROUTING_NO_WINNER);
    }
    apply_quota(t, by_gateway);
    choose_best(t);
}
