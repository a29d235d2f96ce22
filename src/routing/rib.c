#include "rib_internal.h"

#include <stdlib.h>

int routing_rib_new(enum routing_rib_kind kind, size_t quota, struct routing_rib **ret)
{
    struct routing_rib *rib = calloc(1, sizeof(*rib));

    if (!rib)
        return -ENOMEM;
    rib->vpc = kind == ROUTING_RIB_VPC;
    rib->quota = quota;
    rib->nodes.item = sizeof(struct rib_node);
    rib->candidates.item = sizeof(struct rib_candidate);
    rib->destinations.nodes = rib->offers.nodes = &rib->nodes;
    *ret = rib;
    return 0;
}

void routing_rib_free(struct routing_rib *rib)
{
    if (!rib)
        return;
    pool_done(&rib->nodes);
    pool_done(&rib->candidates);
    rib_texts_done(&rib->texts);
    free(rib->queue);
    free(rib->view.routes);
    free(rib);
}

/* ---- one candidate ---- */

static void link_in(struct routing_rib *rib, uint32_t n)
{
    struct rib_candidate *c = rib_candidate(rib, n);
    struct routing_route route = rib_route(rib, c);
    uint32_t *at = &rib_node(rib, c->node)->tree.value;

    while (*at) {
        struct routing_route there = rib_route(rib, rib_candidate(rib, *at));

        if (routing_compare_best(rib->vpc, &there, &route) > 0)
            break;
        at = &rib_candidate(rib, *at)->next;
    }
    c->next = *at;
    *at = n;
}

static void unlink_from(struct routing_rib *rib, uint32_t n)
{
    uint32_t *at = &rib_node(rib, rib_candidate(rib, n)->node)->tree.value;

    while (*at != n)
        at = &rib_candidate(rib, *at)->next;
    *at = rib_candidate(rib, n)->next;
}

static bool is_offer(const struct routing_rib *rib, enum routing_hop hop, enum routing_type type)
{
    return !rib->vpc && routing_by_attachment(hop, type);
}

/* It is linked, and counts from now on. */
static void enter(struct routing_rib *rib, uint32_t n)
{
    struct rib_candidate *c = rib_candidate(rib, n);

    rib->count++;
    rib_mark(rib, c->node);
    c->kept = ROUTING_EFFECTIVE;
    if (rib->vpc)
        rib_cover_enter(rib, n);
    else if (is_offer(rib, c->hop, c->type))
        rib_conflict_enter(rib, n);
    else if (routing_is_counted(false, c->type))
        rib_quota_enter(rib, n);
    else
        c->kept = c->barred;
    rib_decide(rib, c->node);
}

/* It counts no longer, but stays until that is told. */
static void leave(struct routing_rib *rib, uint32_t n)
{
    struct rib_candidate *c = rib_candidate(rib, n);

    rib->count--;
    rib_mark(rib, c->node);
    c->gone = true;
    if (rib->vpc)
        rib_cover_leave(rib, n);
    else if (is_offer(rib, c->hop, c->type))
        rib_conflict_leave(rib, n);
    else if (routing_is_counted(false, c->type))
        rib_quota_leave(rib, n);
    rib_decide(rib, c->node);
}

static void renew(struct routing_rib *rib, uint32_t n, const struct routing_route *r)
{
    struct rib_candidate *c = rib_candidate(rib, n);
    bool same = c->metric == r->metric && c->since == r->since && c->translated == r->translated;

    if (!c->gone && same && c->barred == r->barred)
        return;
    if (!c->gone)
        leave(rib, n);
    if (!same && c->was != RIB_WAS_ABSENT)
        c->was = RIB_WAS_ANOTHER;
    unlink_from(rib, n);
    c->metric = r->metric;
    c->since = r->since;
    c->barred = (uint8_t)r->barred;
    c->translated = r->translated;
    c->gone = false;
    link_in(rib, n);
    enter(rib, n);
}

/* ---- adding ---- */

static void give_texts(struct routing_rib *rib, const struct rib_candidate *c)
{
    rib_text_give(&rib->texts, c->target);
    rib_text_give(&rib->texts, c->id);
    rib_text_give(&rib->texts, c->via);
}

static int take_texts(struct routing_rib *rib, const struct routing_route *r,
                      struct rib_candidate *c)
{
    if (rib_text_take(&rib->texts, r->target, &c->target) < 0 ||
        rib_text_take(&rib->texts, r->id, &c->id) < 0 ||
        rib_text_take(&rib->texts, r->via, &c->via) < 0) {
        give_texts(rib, c);
        return -ENOMEM;
    }
    return 0;
}

/* Room in the view for one more route to the destination of node. */
static int view_room(struct routing_rib *rib, uint32_t node)
{
    struct routing_table *view = &rib->view;
    struct routing_route *routes;
    size_t need = 1;

    for (uint32_t n = rib_node(rib, node)->tree.value; n; n = rib_candidate(rib, n)->next)
        need++;
    if (need <= view->cap)
        return 0;
    routes = reallocarray(view->routes, need * 2, sizeof(*routes));
    if (!routes)
        return -ENOMEM;
    view->routes = routes;
    view->cap = need * 2;
    return 0;
}

/* Everything that can fail, so that what follows cannot. */
static int make_room(struct routing_rib *rib, const struct routing_route *r,
                     struct rib_candidate *c)
{
    c->node = ptree_add(&rib->destinations, &r->destination);
    if (!c->node || view_room(rib, c->node) < 0)
        return -ENOMEM;
    return is_offer(rib, r->hop, r->type) ? rib_conflict_room(rib, &r->destination) : 0;
}

static int add(struct routing_rib *rib, const struct routing_route *r)
{
    struct rib_candidate c = {.hop = (uint8_t)r->hop,
                              .type = (uint8_t)r->type,
                              .barred = (uint8_t)r->barred,
                              .metric = r->metric,
                              .since = r->since,
                              .translated = r->translated,
                              .was = RIB_WAS_ABSENT};
    uint32_t n;

    if (take_texts(rib, r, &c) < 0)
        return -ENOMEM;
    n = pool_take(&rib->candidates);
    if (!n || make_room(rib, r, &c) < 0) {
        ptree_prune(&rib->destinations, &r->destination);
        ptree_prune(&rib->offers, &r->destination);
        give_texts(rib, &c);
        if (n)
            pool_give(&rib->candidates, n);
        return -ENOMEM;
    }
    *rib_candidate(rib, n) = c;
    link_in(rib, n);
    enter(rib, n);
    return 0;
}

int routing_rib_set(struct routing_rib *rib, const struct routing_route *r)
{
    const struct prefix *p = &r->destination;
    struct prefix clean = prefix_make(&p->addr, p->len);
    uint32_t n;

    if (addr_bits(&p->addr) == 0 || p->len > addr_bits(&p->addr) || !prefix_equal(p, &clean))
        return -EINVAL;
    n = rib_find(rib, r);
    if (!n)
        return add(rib, r);
    renew(rib, n, r);
    return 0;
}

bool routing_rib_remove(struct routing_rib *rib, const struct routing_route *r)
{
    uint32_t n = rib_find(rib, r);

    if (!n || rib_candidate(rib, n)->gone)
        return false;
    leave(rib, n);
    return true;
}

void routing_rib_set_quota(struct routing_rib *rib, size_t quota)
{
    rib->quota = quota;
    rib_quota_adjust(rib);
}

/* ---- what changed ---- */

/* Forgets what went. True if anything is not as it was told. */
static bool tell(struct routing_rib *rib, struct rib_node *node)
{
    uint32_t *at = &node->tree.value;
    bool differs = false;

    while (*at) {
        struct rib_candidate *c = rib_candidate(rib, *at);
        uint32_t n = *at;

        if (!c->gone) {
            differs |= c->was != c->reason;
            c->was = c->reason;
            at = &c->next;
            continue;
        }
        differs |= c->was != RIB_WAS_ABSENT;
        *at = c->next;
        give_texts(rib, c);
        pool_give(&rib->candidates, n);
    }
    return differs;
}

bool routing_rib_next_change(struct routing_rib *rib, struct prefix *ret)
{
    bool differs = false;

    while (!differs && rib->changed) {
        struct rib_node *node = rib_node(rib, rib->changed);
        struct prefix p = node->tree.prefix;

        rib->changed = node->next_changed;
        node->tree.kept = false;
        differs = tell(rib, node);
        ptree_prune(&rib->destinations, &p);
        if (differs)
            *ret = p;
    }
    return differs;
}

size_t routing_rib_count(const struct routing_rib *rib)
{
    return rib->count;
}

size_t routing_rib_memory(const struct routing_rib *rib)
{
    return sizeof(*rib) + pool_memory(&rib->nodes) + pool_memory(&rib->candidates) +
           pool_memory(&rib->texts.pool) + rib->texts.bytes +
           rib->texts.n_buckets * sizeof(*rib->texts.buckets) +
           rib->queue_cap * sizeof(*rib->queue) + rib->view.cap * sizeof(*rib->view.routes);
}
