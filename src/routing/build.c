#include "routing_build.h"

/* Candidates: the same words from the planner's snapshot and from a node's objects. */

bool routing_parse_hop(const char *next_hop, enum routing_hop *ret)
{
    static const struct {
        const char *start;
        enum routing_hop hop;
    } ids[] = {
        {"vpcattach-", ROUTING_HOP_ATTACHMENT}, {"pvif-", ROUTING_HOP_PRIVATE_INTERFACE},
        {"vpn-", ROUTING_HOP_CONNECTION},       {"bgw-", ROUTING_HOP_GATEWAY},
        {"i-", ROUTING_HOP_INSTANCE},
    };
    struct addr router;

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
    if (addr_parse(next_hop, &router) < 0)
        return false;
    *ret = ROUTING_HOP_ROUTER;
    return true;
}

bool routing_leads_beyond(const char *next_hop)
{
    enum routing_hop hop;

    return routing_parse_hop(next_hop, &hop) &&
           (hop == ROUTING_HOP_ROUTER || hop == ROUTING_HOP_INSTANCE ||
            hop == ROUTING_HOP_BLACKHOLE);
}

bool routing_translate(const struct prefix *from, const struct prefix *to, struct prefix *p)
{
    if (!prefix_contains(from, p))
        return false;
    p->addr = addr_within(&p->addr, to);
    return true;
}

struct routing_route routing_local_route(const struct prefix *destination, const char *id)
{
    return (struct routing_route){.destination = *destination,
                                  .hop = ROUTING_HOP_LOCAL,
                                  .target = "",
                                  .id = id,
                                  .via = "",
                                  .type = ROUTING_TYPE_LOCAL};
}

struct routing_route routing_inner_route(const struct addr *inner, const char *tunnel)
{
    const struct prefix host = prefix_make(inner, (uint8_t)addr_bits(inner));

    return routing_local_route(&host, tunnel);
}

int routing_static_route(const struct prefix *destination, const char *next_hop, const char *id,
                         uint64_t since, struct routing_route *ret)
{
    struct routing_route route = {.destination = *destination,
                                  .type = ROUTING_TYPE_STATIC,
                                  .target = "",
                                  .id = id,
                                  .via = "",
                                  .since = since};

    if (!routing_parse_hop(next_hop, &route.hop) || route.hop >= ROUTING_HOP_GATEWAY)
        return -EINVAL;
    if (route.hop != ROUTING_HOP_BLACKHOLE)
        route.target = next_hop;
    *ret = route;
    return 0;
}

struct routing_route routing_offer_route(const char *attachment, const struct prefix *prefix,
                                         uint64_t since)
{
    return (struct routing_route){.destination = *prefix,
                                  .hop = ROUTING_HOP_ATTACHMENT,
                                  .type = ROUTING_TYPE_PROPAGATED,
                                  .target = attachment,
                                  .id = "",
                                  .via = "",
                                  .since = since};
}

struct routing_route routing_learned_route(const struct prefix *destination, const char *connection,
                                           const char *tunnel, uint32_t length, uint64_t since)
{
    enum routing_hop hop;
    bool line = routing_parse_hop(connection, &hop) && hop == ROUTING_HOP_PRIVATE_INTERFACE;

    return (struct routing_route){.destination = *destination,
                                  .hop = line ? hop : ROUTING_HOP_CONNECTION,
                                  .type = ROUTING_TYPE_EBGP,
                                  .target = connection,
                                  .id = "",
                                  .via = tunnel,
                                  .metric = length,
                                  .since = since};
}

int routing_vpc_static_route(const struct prefix *destination, const char *next_hop,
                             const char *own_attachment, struct routing_route *ret)
{
    struct routing_route route = {.destination = *destination,
                                  .type = ROUTING_TYPE_STATIC,
                                  .target = "",
                                  .id = "",
                                  .via = ""};

    if (!routing_parse_hop(next_hop, &route.hop) || route.hop == ROUTING_HOP_ATTACHMENT ||
        route.hop == ROUTING_HOP_PRIVATE_INTERFACE || route.hop == ROUTING_HOP_CONNECTION)
        return -EINVAL;
    if (route.hop != ROUTING_HOP_BLACKHOLE)
        route.target = next_hop;
    if (route.hop == ROUTING_HOP_GATEWAY && !own_attachment[0])
        route.barred = ROUTING_UNATTACHED;
    *ret = route;
    return 0;
}

/* ---- the same, into a table ---- */

int routing_add_inner(struct routing_table *t, const struct addr *inner)
{
    const struct routing_route route = routing_inner_route(inner, "");

    return routing_add(t, &route);
}

int routing_add_range(struct routing_table *t, const struct prefix *range)
{
    const struct routing_route route = routing_local_route(range, "");

    return routing_add(t, &route);
}

int routing_add_static(struct routing_table *t, const struct prefix *destination,
                       const char *next_hop, const char *id, uint64_t since)
{
    struct routing_route route;
    int r = routing_static_route(destination, next_hop, id, since, &route);

    return r < 0 ? r : routing_add(t, &route);
}

int routing_add_offer(struct routing_table *t, const char *attachment, const struct prefix *prefix,
                      uint64_t since)
{
    const struct routing_route route = routing_offer_route(attachment, prefix, since);

    return routing_add(t, &route);
}

int routing_add_learned(struct routing_table *t, const struct prefix *destination,
                        const char *connection, const char *tunnel, uint32_t length, uint64_t since)
{
    const struct routing_route route =
        routing_learned_route(destination, connection, tunnel, length, since);

    return routing_add(t, &route);
}

int routing_add_translated(struct routing_table *t, const struct prefix *destination,
                           const char *connection, const char *tunnel, uint32_t length,
                           uint64_t since)
{
    struct routing_route route =
        routing_learned_route(destination, connection, tunnel, length, since);

    route.translated = true;
    return routing_add(t, &route);
}

int routing_add_vpc_static(struct routing_table *t, const struct prefix *destination,
                           const char *next_hop, const char *own_attachment)
{
    struct routing_route route;
    int r = routing_vpc_static_route(destination, next_hop, own_attachment, &route);

    return r < 0 ? r : routing_add(t, &route);
}
