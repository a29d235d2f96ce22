#include "routing_internal.h"

struct routing_rank routing_rank_of(bool vpc, enum routing_hop hop, enum routing_type type,
                                    uint32_t metric)
{
    if (vpc)
        return (struct routing_rank){{type, hop == ROUTING_HOP_BLACKHOLE ? 0 : 1, 0}};
    return (struct routing_rank){{hop, type, metric}};
}

static const enum routing_reason gateway_losses[] = {ROUTING_LOSES_HOP, ROUTING_LOSES_TYPE,
                                                     ROUTING_LOSES_METRIC};
static const enum routing_reason vpc_losses[] = {ROUTING_LOSES_TYPE, ROUTING_LOSES_HOP,
                                                 ROUTING_LOSES_METRIC};

enum routing_reason routing_choose(struct routing_choice *c, const struct routing_rank *r)
{
    const enum routing_reason *losses = c->vpc ? vpc_losses : gateway_losses;

    if (c->equals == 0)
        c->best = *r;
    for (size_t i = 0; i < ARRAY_SIZE(r->step); i++) {
        if (c->best.step[i] != r->step[i])
            return losses[i];
    }
    if (c->equals == ROUTING_ECMP_MAX)
        return ROUTING_OVER_ECMP;
    c->equals++;
    return ROUTING_EFFECTIVE;
}

bool routing_by_attachment(enum routing_hop hop, enum routing_type type)
{
    return hop == ROUTING_HOP_ATTACHMENT && type == ROUTING_TYPE_PROPAGATED;
}

bool routing_is_counted(bool vpc, enum routing_type type)
{
    if (vpc)
        return type == ROUTING_TYPE_PROPAGATED;
    return type == ROUTING_TYPE_EBGP || type == ROUTING_TYPE_IBGP;
}
