#include "routing.h"

/* Every kind of next hop and type of route with its name in JSON, and what it is called. */
static const struct {
    enum routing_hop hop;
    const char *name;
    enum words_code one; /* before the target */
    enum words_code all; /* in a rule */
} hops[] = {
    {ROUTING_HOP_LOCAL, "local", WORDS_HOP_LOCAL, WORDS_HOPS_LOCAL},
    {ROUTING_HOP_BLACKHOLE, "blackhole", WORDS_HOP_BLACKHOLE, WORDS_HOPS_BLACKHOLE},
    {ROUTING_HOP_ATTACHMENT, "vpcAttachment", WORDS_HOP_ATTACHMENT, WORDS_HOPS_ATTACHMENT},
    {ROUTING_HOP_PRIVATE_INTERFACE, "privateInterface", WORDS_HOP_PRIVATE_INTERFACE,
     WORDS_HOPS_PRIVATE_INTERFACE},
    {ROUTING_HOP_CONNECTION, "vpnConnection", WORDS_HOP_CONNECTION, WORDS_HOPS_CONNECTION},
    {ROUTING_HOP_GATEWAY, "borderGateway", WORDS_HOP_GATEWAY, WORDS_HOPS_GATEWAY},
    {ROUTING_HOP_INSTANCE, "instance", WORDS_HOP_INSTANCE, WORDS_HOPS_INSTANCE},
    {ROUTING_HOP_ROUTER, "router", WORDS_HOP_ROUTER, WORDS_HOPS_ROUTER},
};

static const struct {
    enum routing_type type;
    const char *name;
    enum words_code all;
} types[] = {
    {ROUTING_TYPE_LOCAL, "local", WORDS_ROUTES_LOCAL},
    {ROUTING_TYPE_STATIC, "static", WORDS_ROUTES_STATIC},
    {ROUTING_TYPE_PROPAGATED, "propagated", WORDS_ROUTES_PROPAGATED},
    {ROUTING_TYPE_EBGP, "ebgp", WORDS_ROUTES_EBGP},
    {ROUTING_TYPE_IBGP, "ibgp", WORDS_ROUTES_IBGP},
};

static size_t hop_row(enum routing_hop hop)
{
    size_t i = 0;

    while (i + 1 < ARRAY_SIZE(hops) && hops[i].hop != hop)
        i++;
    return i;
}

static size_t type_row(enum routing_type type)
{
    size_t i = 0;

    while (i + 1 < ARRAY_SIZE(types) && types[i].type != type)
        i++;
    return i;
}

const char *routing_hop_name(enum routing_hop hop)
{
    return hops[hop_row(hop)].name;
}

const char *routing_type_name(enum routing_type type)
{
    return types[type_row(type)].name;
}

static struct words_arg hop_of(const struct routing_route *r)
{
    return words_coded(hops[hop_row(r->hop)].one);
}

static struct words_arg hops_of(const struct routing_route *r)
{
    return words_coded(hops[hop_row(r->hop)].all);
}

static struct words_arg types_of(const struct routing_route *r)
{
    return words_coded(types[type_row(r->type)].all);
}

const char *routing_route_text(const struct routing_route *r, char buf[ROUTING_TEXT_MAX])
{
    const struct prefix *to = &r->destination;
    struct words_arg hop = hop_of(r);

    if (r->type == ROUTING_TYPE_LOCAL)
        return words_write(SAY(ROUTE_LOCAL, to), buf, ROUTING_TEXT_MAX);
    if (r->hop == ROUTING_HOP_BLACKHOLE)
        return words_write(SAY(ROUTE_BLACKHOLE, to), buf, ROUTING_TEXT_MAX);
    if (r->type == ROUTING_TYPE_STATIC)
        return words_write(SAY(ROUTE_STATIC, to, hop, r->target), buf, ROUTING_TEXT_MAX);
    if (r->type == ROUTING_TYPE_PROPAGATED)
        return words_write(SAY(ROUTE_PROPAGATED, to, hop, r->target), buf, ROUTING_TEXT_MAX);
    if (r->hop == ROUTING_HOP_PRIVATE_INTERFACE)
        return words_write(SAY(ROUTE_EBGP_LINE, to, r->target, r->metric), buf, ROUTING_TEXT_MAX);
    if (r->type == ROUTING_TYPE_EBGP)
        return words_write(SAY(ROUTE_EBGP, to, hop, r->target, r->metric, r->via), buf,
                           ROUTING_TEXT_MAX);
    return words_write(SAY(ROUTE_IBGP, to, hop, r->target, r->metric, r->via), buf,
                       ROUTING_TEXT_MAX);
}

/* r, which is not effective, loses to w. */
static void write_loss(const struct routing_table *t, const struct routing_route *r,
                       const struct routing_route *w, char buf[ROUTING_TEXT_MAX])
{
    char text[ROUTING_TEXT_MAX];
    struct words_arg winner = words_written(routing_route_text(w, text));

    switch (r->reason) {
    case ROUTING_LOSES_HOP:
        words_write(SAY(ROUTE_LOSES_HOP, winner, hops_of(w), hops_of(r)), buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_LOSES_TYPE:
        words_write(SAY(ROUTE_LOSES_TYPE, winner, types_of(w), types_of(r)), buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_LOSES_METRIC:
        words_write(SAY(ROUTE_LOSES_METRIC, winner, r->metric), buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_LOSES_CONFLICT:
        words_write(SAY(ROUTE_LOSES_CONFLICT, winner), buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_OVER_ECMP:
        words_write(SAY(ROUTE_OVER_ECMP, ROUTING_ECMP_MAX, winner), buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_COVERED_BY_LOCAL:
        words_write(SAY(ROUTE_COVERED_BY_LOCAL, winner), buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_OVER_QUOTA:
        words_write(t->vpc ? SAY(ROUTE_OVER_PROPAGATED_QUOTA, t->quota)
                           : SAY(ROUTE_OVER_DYNAMIC_QUOTA, t->quota),
                    buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_LEADS_BACK:
        words_write(SAY(ROUTE_LEADS_BACK, hop_of(r), r->target), buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_UNATTACHED:
        words_write(SAY(ROUTE_UNATTACHED, hop_of(r), r->target), buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_LINE_DOWN:
        words_write(SAY(ROUTE_LINE_DOWN, r->target), buf, ROUTING_TEXT_MAX);
        break;
    case ROUTING_EFFECTIVE:
        break;
    }
}

const char *routing_reason_text(const struct routing_table *t, size_t i, char buf[ROUTING_TEXT_MAX])
{
    const struct routing_route *r = &t->routes[i];

    buf[0] = 0;
    write_loss(t, r, r->winner < t->count ? &t->routes[r->winner] : r, buf);
    return buf;
}

static void explain_match(const struct routing_table *t, const struct addr *a, size_t first,
                          size_t end, routing_say *say, void *arg)
{
    char text[ROUTING_TEXT_MAX];
    bool matched = false;

    for (size_t i = first; i < end; i++) {
        struct words_arg route;

        if (t->routes[i].reason != ROUTING_EFFECTIVE)
            continue;
        route = words_written(routing_route_text(&t->routes[i], text));
        say(arg, matched ? SAY(LOOKUP_SHARED, route) : SAY(LOOKUP_MATCH, a, route));
        matched = true;
    }
}

static void explain_loss(const struct routing_table *t, size_t i, routing_say *say, void *arg)
{
    char text[ROUTING_TEXT_MAX], why[ROUTING_TEXT_MAX];
    struct words_arg reason = words_coded(WORDS_ROUTE_LESS_SPECIFIC);

    if (t->routes[i].reason != ROUTING_EFFECTIVE)
        reason = words_written(routing_reason_text(t, i, why));
    routing_route_text(&t->routes[i], text);
    say(arg, SAY(LOOKUP_NOT_TAKEN, words_written(text), reason));
}

void routing_explain(const struct routing_table *t, const struct addr *a, routing_say *say,
                     void *arg)
{
    size_t first = 0, end = 0;

    if (routing_lookup(t, a, &first, &end))
        explain_match(t, a, first, end, say, arg);
    else
        say(arg, SAY(LOOKUP_NO_MATCH, a));
    /* Longer destinations stand later in the table and are the closer losers. */
    for (size_t i = t->count; i-- > 0;) {
        const struct routing_route *r = &t->routes[i];
        bool taken = r->reason == ROUTING_EFFECTIVE && i >= first && i < end;

        if (!taken && prefix_contains_addr(&r->destination, a))
            explain_loss(t, i, say, arg);
    }
}
