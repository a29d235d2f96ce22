/* Selecting whole tables. Routes lie sorted by destination, so that what is inside a destination
 * follows it; order has them by age. */
#include "routing_internal.h"

#include <stdlib.h>

static bool by_attachment(const struct routing_route *r)
{
    return routing_by_attachment(r->hop, r->type);
}

static int compare_routes(const void *left, const void *right, void *arg)
{
    const struct routing_route *a = left, *b = right;
    const struct routing_table *t = arg;
    int r = prefix_cmp(&a->destination, &b->destination);

    return r != 0 ? r : routing_compare_best(t->vpc, a, b);
}

/* What attachments propagate first, then the others; each by age. */
static int compare_order(const void *left, const void *right, void *arg)
{
    const struct routing_table *t = arg;
    const struct routing_route *a = &t->routes[*(const size_t *)left];
    const struct routing_route *b = &t->routes[*(const size_t *)right];
    int r = by_attachment(b) - by_attachment(a);

    if (r == 0)
        r = routing_compare_age(t->vpc, a, b);
    return r != 0 ? r : routing_compare_u64((size_t)(a - t->routes), (size_t)(b - t->routes));
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

/* ---- overlaps of attachments ---- */

/* above[i]: the closest route before i whose destination holds that of i. */
static void find_above(struct routing_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        size_t j = i > 0 ? i - 1 : ROUTING_NO_WINNER;

        while (j != ROUTING_NO_WINNER &&
               !prefix_contains(&t->routes[j].destination, &t->routes[i].destination))
            j = t->above[j];
        t->above[i] = j;
    }
}

/* The older of *oldest and i, if i holds its destination and is another attachment's. */
static void note_holder(struct routing_table *t, size_t late, size_t i, size_t *oldest)
{
    const struct routing_route *e = &t->routes[i];

    if (!by_attachment(e) || e->reason != ROUTING_EFFECTIVE ||
        strcmp(e->target, t->routes[late].target) == 0)
        return;
    if (*oldest == ROUTING_NO_WINNER || compare_order(&i, oldest, t) < 0)
        *oldest = i;
}

/* The oldest that holds, of those that overlap late. */
static size_t find_holder(struct routing_table *t, size_t late)
{
    const struct prefix *p = &t->routes[late].destination;
    size_t oldest = ROUTING_NO_WINNER;

    for (size_t i = t->above[late]; i != ROUTING_NO_WINNER; i = t->above[i])
        note_holder(t, late, i, &oldest);
    for (size_t i = late + 1; i < t->count && prefix_contains(p, &t->routes[i].destination); i++)
        note_holder(t, late, i, &oldest);
    return oldest;
}

/* In order of age: whoever overlaps what another attachment holds already has to wait. */
static void settle_conflicts(struct routing_table *t)
{
    size_t offers = 0;

    while (offers < t->count && by_attachment(&t->routes[t->order[offers]]))
        lose(t, t->order[offers++], ROUTING_LOSES_CONFLICT, ROUTING_NO_WINNER);
    if (offers > 0)
        find_above(t);
    for (size_t n = 0; n < offers; n++) {
        size_t late = t->order[n], holder = find_holder(t, late);

        lose(t, late, holder == ROUTING_NO_WINNER ? ROUTING_EFFECTIVE : ROUTING_LOSES_CONFLICT,
             holder);
    }
}

/* ---- quota and selection ---- */

static void apply_quota(struct routing_table *t)
{
    size_t used = 0;

    for (size_t n = 0; n < t->count; n++) {
        size_t i = t->order[n];
        const struct routing_route *r = &t->routes[i];

        if (!routing_is_counted(t->vpc, r->type) || r->reason != ROUTING_EFFECTIVE)
            continue;
        if (used < t->quota)
            used++;
        else
            lose(t, i, ROUTING_OVER_QUOTA, ROUTING_NO_WINNER);
    }
}

static void choose_best(struct routing_table *t)
{
    struct routing_choice choice = {0};
    size_t best = 0;

    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i];
        struct routing_rank rank = routing_rank_of(t->vpc, r->hop, r->type, r->metric);
        enum routing_reason reason;

        if (i == 0 || !prefix_equal(&r->destination, &t->routes[i - 1].destination))
            choice = (struct routing_choice){.vpc = t->vpc};
        if (r->reason != ROUTING_EFFECTIVE)
            continue;
        if (choice.equals == 0)
            best = i;
        reason = routing_choose(&choice, &rank);
        if (reason != ROUTING_EFFECTIVE)
            lose(t, i, reason, best);
    }
}

static void bar(struct routing_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i];

        if (r->type != ROUTING_TYPE_LOCAL && r->reason == ROUTING_EFFECTIVE &&
            r->barred != ROUTING_EFFECTIVE)
            lose(t, i, r->barred, ROUTING_NO_WINNER);
    }
}

void routing_select_gateway(struct routing_table *t, size_t max_dynamic)
{
    start(t, false, max_dynamic);
    settle_conflicts(t);
    bar(t);
    apply_quota(t);
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
    bar(t);
    apply_quota(t);
    choose_best(t);
}
