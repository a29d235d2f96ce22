#include "routing_build.h"

/* Candidates: the same words from the planner's snapshot and from a node's objects. */

bool routing_parse_hop(const char *next_hop, enum routing_hop *ret)
{
    static const struct {
        const char *start;
        enum routing_hop hop;
    } ids[] = {
        {"vpcattach-", ROUTING_HOP_ATTACHMENT},
        {"vpn-", ROUTING_HOP_CONNECTION},
        {"bgw-", ROUTING_HOP_GATEWAY},
        {"i-", ROUTING_HOP_INSTANCE},
    };

    if (strcmp(next_hop, "blackhole") == 0) {
        *ret = ROUTING_HOP_BLACKHOLE;
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        if (text_starts_with(next_hop, ids[i].start)) {
            *ret = ids[i].hop;
            return true;
        }
    }
    return false;
}

static int add_local(struct routing_table *t, const struct prefix *destination)
{
    const struct routing_route route = {
        .destination = *destination, .hop = ROUTING_HOP_LOCAL, .type = ROUTING_TYPE_LOCAL};

    return routing_add(t, &route);
}

int routing_add_inner(struct routing_table *t, const struct addr *inner)
{
    const struct prefix host = prefix_make(inner, (uint8_t)addr_bits(inner));

    return add_local(t, &host);
}

int routing_add_range(struct routing_table *t, const struct prefix *range)
{
    return add_local(t, range);
}

int routing_add_static(struct routing_table *t, const struct prefix *destination,
                       const char *next_hop, const char *id, uint64_t since)
{
    struct routing_route route = {
        .destination = *destination, .type = ROUTING_TYPE_STATIC, .id = id, .since = since};

    if (!routing_parse_hop(next_hop, &route.hop) || route.hop >= ROUTING_HOP_GATEWAY)
        return -EINVAL;
    if (route.hop != ROUTING_HOP_BLACKHOLE)
        route.target = next_hop;
    return routing_add(t, &route);
}

int routing_add_offer(struct routing_table *t, const char *attachment, const struct prefix *prefix,
                      uint64_t since)
{
    const struct routing_route route = {.destination = *prefix,
                                        .hop = ROUTING_HOP_ATTACHMENT,
                                        .type = ROUTING_TYPE_PROPAGATED,
                                        .target = attachment,
                                        .since = since};

    return routing_add(t, &route);
}

int routing_add_learned(struct routing_table *t, const struct prefix *destination,
                        const char *connection, const char *tunnel, uint32_t length, uint64_t since)
{
    const struct routing_route route = {.destination = *destination,
                                        .hop = ROUTING_HOP_CONNECTION,
                                        .type = ROUTING_TYPE_EBGP,
                                        .target = connection,
                                        .via = tunnel,
                                        .metric = length,
                                        .since = since};

    return routing_add(t, &route);
}

int routing_add_vpc_static(struct routing_table *t, const struct prefix *destination,
                           const char *next_hop, const char *own_attachment)
{
    struct routing_route route = {.destination = *destination, .type = ROUTING_TYPE_STATIC};

    if (!routing_parse_hop(next_hop, &route.hop) || route.hop == ROUTING_HOP_ATTACHMENT ||
        route.hop == ROUTING_HOP_CONNECTION)
        return -EINVAL;
    if (route.hop != ROUTING_HOP_BLACKHOLE)
        route.target = next_hop;
    if (route.hop == ROUTING_HOP_GATEWAY && !own_attachment[0])
        route.barred = ROUTING_UNATTACHED;
    return routing_add(t, &route);
}
