/* In the table of a VPC: its ranges cover what lies inside them, and some copies are barred. What
 * neither keeps out counts against the quota if it is propagated. */
#include "rib_internal.h"

/* A local route is the best of its destination. */
static uint32_t local_at(const struct routing_rib *rib, uint32_t node)
{
    uint32_t n = rib_node(rib, node)->tree.value;

    while (n && rib_candidate(rib, n)->gone)
        n = rib_candidate(rib, n)->next;
    return n && rib_candidate(rib, n)->type == ROUTING_TYPE_LOCAL ? n : 0;
}

static uint32_t covers(const struct routing_rib *rib, const struct prefix *p)
{
    uint32_t local = 0;

    for (uint32_t node = 0; !local && (node = ptree_down(&rib->destinations, p, node)) != 0;)
        local = local_at(rib, node);
    return local;
}

uint32_t rib_cover_of(const struct routing_rib *rib, uint32_t n)
{
    return covers(rib, &rib_node(rib, rib_candidate(rib, n)->node)->tree.prefix);
}

static void enter_as(struct routing_rib *rib, uint32_t n, enum routing_reason kept)
{
    struct rib_candidate *c = rib_candidate(rib, n);

    c->kept = (uint8_t)kept;
    if (kept == ROUTING_EFFECTIVE && routing_is_counted(true, c->type))
        rib_quota_enter(rib, n);
    rib_decide(rib, c->node);
}

static void leave(struct routing_rib *rib, uint32_t n)
{
    const struct rib_candidate *c = rib_candidate(rib, n);

    if (routing_is_counted(true, c->type) &&
        (c->kept == ROUTING_EFFECTIVE || c->kept == ROUTING_OVER_QUOTA))
        rib_quota_leave(rib, n);
}

static enum routing_reason reason_for(const struct rib_candidate *c, bool covered)
{
    return covered ? ROUTING_COVERED_BY_LOCAL : (enum routing_reason)c->barred;
}

/* A local route came to the destination p or left it. */
static void cover_inside(struct routing_rib *rib, const struct prefix *p)
{
    struct ptree_walk walk;

    ptree_walk(&rib->destinations, p, false, &walk);
    for (uint32_t node; (node = ptree_walk_next(&walk)) != 0;) {
        bool covered = covers(rib, &rib_node(rib, node)->tree.prefix) != 0;

        for (uint32_t n = rib_node(rib, node)->tree.value; n; n = rib_candidate(rib, n)->next) {
            const struct rib_candidate *c = rib_candidate(rib, n);

            if (c->gone || c->type == ROUTING_TYPE_LOCAL ||
                covered == (c->kept == ROUTING_COVERED_BY_LOCAL))
                continue;
            leave(rib, n);
            enter_as(rib, n, reason_for(c, covered));
        }
    }
}

void rib_cover_enter(struct routing_rib *rib, uint32_t n)
{
    const struct rib_candidate *c = rib_candidate(rib, n);

    if (c->type == ROUTING_TYPE_LOCAL) {
        enter_as(rib, n, ROUTING_EFFECTIVE);
        cover_inside(rib, &rib_node(rib, c->node)->tree.prefix);
    } else {
        enter_as(rib, n, reason_for(c, rib_cover_of(rib, n) != 0));
    }
}

void rib_cover_leave(struct routing_rib *rib, uint32_t n)
{
    const struct rib_candidate *c = rib_candidate(rib, n);

    if (c->type == ROUTING_TYPE_LOCAL)
        cover_inside(rib, &rib_node(rib, c->node)->tree.prefix);
    else
        leave(rib, n);
}
