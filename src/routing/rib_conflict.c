/* What attachments propagate: of those that overlap the oldest holds. A heap has those whose turn
 * it is to be settled, the oldest first, since the outcome of one depends on older ones alone; one
 * whose outcome changes has the younger ones that it overlaps settled after it. */
#include "rib_internal.h"

#include <stdlib.h>

int rib_conflict_room(struct routing_rib *rib, const struct prefix *p)
{
    if (rib->n_offers == rib->queue_cap) {
        size_t cap = rib->queue_cap ? rib->queue_cap * 2 : 16;
        uint32_t *queue = reallocarray(rib->queue, cap, sizeof(*queue));

        if (!queue)
            return -ENOMEM;
        rib->queue = queue;
        rib->queue_cap = cap;
    }
    return ptree_add(&rib->offers, p) ? 0 : -ENOMEM;
}

/* ---- the heap ---- */

static bool swap_if_older(struct routing_rib *rib, size_t child, size_t parent)
{
    uint32_t *q = rib->queue, was = q[parent];

    if (rib_compare_age(rib, q[child], was) >= 0)
        return false;
    q[parent] = q[child];
    q[child] = was;
    return true;
}

static void queue(struct routing_rib *rib, uint32_t n)
{
    size_t i = rib->queued;

    if (rib_candidate(rib, n)->queued)
        return;
    rib_candidate(rib, n)->queued = true;
    rib->queue[rib->queued++] = n;
    while (i > 0 && swap_if_older(rib, i, (i - 1) / 2))
        i = (i - 1) / 2;
}

static uint32_t next_in_queue(struct routing_rib *rib)
{
    uint32_t *q = rib->queue, oldest = q[0];
    size_t i = 0;

    q[0] = q[--rib->queued];
    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < rib->queued && rib_compare_age(rib, q[child + 1], q[child]) < 0)
            child++;
        if (child >= rib->queued || !swap_if_older(rib, child, i))
            break;
        i = child;
    }
    rib_candidate(rib, oldest)->queued = false;
    return oldest;
}

/* ---- overlaps ---- */

/* A walk over what other attachments propagate that overlaps n. */
struct others {
    struct ptree_walk walk;
    uint32_t of, next;
};

static void others(const struct routing_rib *rib, uint32_t n, struct others *ret)
{
    const struct rib_candidate *c = rib_candidate(rib, n);

    ptree_walk(&rib->offers, &rib_node(rib, c->node)->tree.prefix, true, &ret->walk);
    ret->of = n;
    ret->next = 0;
}

static uint32_t others_next(const struct routing_rib *rib, struct others *o)
{
    uint32_t target = rib_candidate(rib, o->of)->target;

    for (;;) {
        uint32_t n = o->next, node;

        if (n) {
            o->next = rib_candidate(rib, n)->link[0];
            if (rib_candidate(rib, n)->target != target)
                return n;
            continue;
        }
        node = ptree_walk_next(&o->walk);
        if (!node)
            return 0;
        o->next = rib_node(rib, node)->tree.value;
    }
}

static bool holds(const struct routing_rib *rib, uint32_t n)
{
    return rib_candidate(rib, n)->kept != ROUTING_LOSES_CONFLICT;
}

static bool is_held_off(const struct routing_rib *rib, uint32_t n)
{
    struct others o;

    others(rib, n, &o);
    for (uint32_t i; (i = others_next(rib, &o)) != 0;) {
        if (holds(rib, i) && rib_compare_age(rib, i, n) < 0)
            return true;
    }
    return false;
}

uint32_t rib_conflict_holder(const struct routing_rib *rib, uint32_t n)
{
    uint32_t oldest = 0;
    struct others o;

    others(rib, n, &o);
    for (uint32_t i; (i = others_next(rib, &o)) != 0;) {
        if (holds(rib, i) && (!oldest || rib_compare_age(rib, i, oldest) < 0))
            oldest = i;
    }
    return oldest;
}

static void queue_younger(struct routing_rib *rib, uint32_t n)
{
    struct others o;

    others(rib, n, &o);
    for (uint32_t i; (i = others_next(rib, &o)) != 0;) {
        if (rib_compare_age(rib, i, n) > 0)
            queue(rib, i);
    }
}

static void settle(struct routing_rib *rib)
{
    while (rib->queued > 0) {
        uint32_t n = next_in_queue(rib);
        enum routing_reason kept = is_held_off(rib, n) ? ROUTING_LOSES_CONFLICT : ROUTING_EFFECTIVE;

        if (kept == (enum routing_reason)rib_candidate(rib, n)->kept)
            continue;
        rib_keep_out(rib, n, kept);
        queue_younger(rib, n);
    }
}

/* ---- coming and going ---- */

void rib_conflict_enter(struct routing_rib *rib, uint32_t n)
{
    struct rib_candidate *c = rib_candidate(rib, n);
    /* There is room for it: made before, or just left by the one that it replaces. */
    uint32_t node = ptree_add(&rib->offers, &rib_node(rib, c->node)->tree.prefix);
    uint32_t *at = &rib_node(rib, node)->tree.value;

    while (*at && rib_compare_age(rib, *at, n) < 0)
        at = &rib_candidate(rib, *at)->link[0];
    c->link[0] = *at;
    *at = n;
    rib->n_offers++;
    c->kept = ROUTING_LOSES_CONFLICT; /* until it is found to hold */
    queue(rib, n);
    settle(rib);
}

void rib_conflict_leave(struct routing_rib *rib, uint32_t n)
{
    const struct rib_candidate *c = rib_candidate(rib, n);
    const struct prefix *p = &rib_node(rib, c->node)->tree.prefix;
    uint32_t *at = &rib_node(rib, ptree_find(&rib->offers, p))->tree.value;

    if (holds(rib, n))
        queue_younger(rib, n);
    while (*at != n)
        at = &rib_candidate(rib, *at)->link[0];
    *at = c->link[0];
    rib->n_offers--;
    ptree_prune(&rib->offers, p);
    settle(rib);
}
