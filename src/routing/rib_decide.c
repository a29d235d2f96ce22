/* One destination of a RIB, selected anew. */
#include "rib_internal.h"

void rib_mark(struct routing_rib *rib, uint32_t n)
{
    struct rib_node *node = rib_node(rib, n);

    if (node->tree.kept)
        return;
    node->tree.kept = true;
    node->next_changed = rib->changed;
    rib->changed = n;
}

static void set_reason(struct routing_rib *rib, struct rib_candidate *c, enum routing_reason reason)
{
    if (c->reason == reason)
        return;
    c->reason = (uint8_t)reason;
    rib_mark(rib, c->node);
}

void rib_decide(struct routing_rib *rib, uint32_t n)
{
    struct routing_choice choice = {.vpc = rib->vpc};

    for (uint32_t i = rib_node(rib, n)->tree.value; i;) {
        struct rib_candidate *c = rib_candidate(rib, i);
        struct routing_rank rank = routing_rank_of(rib->vpc, c->hop, c->type, c->metric);

        i = c->next;
        if (c->gone)
            continue;
        set_reason(rib, c,
                   c->kept == ROUTING_EFFECTIVE ? routing_choose(&choice, &rank)
                                                : (enum routing_reason)c->kept);
    }
}

void rib_keep_out(struct routing_rib *rib, uint32_t n, enum routing_reason kept)
{
    struct rib_candidate *c = rib_candidate(rib, n);

    if (c->kept == kept)
        return;
    c->kept = (uint8_t)kept;
    rib_decide(rib, c->node);
}
