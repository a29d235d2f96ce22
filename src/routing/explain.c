#include "routing.h"

#include <stdio.h>

static const struct {
    enum routing_hop hop;
    const char *name;   /* in JSON */
    const char *words;  /* in a sentence, before the target */
    const char *plural; /* in a rule */
} hops[] = {
    {ROUTING_HOP_LOCAL, "local", "local", "local routes"},
    {ROUTING_HOP_BLACKHOLE, "blackhole", "blackhole", "blackholes"},
    {ROUTING_HOP_ATTACHMENT, "vpcAttachment", "VPC attachment", "VPC attachments"},
    {ROUTING_HOP_PRIVATE_INTERFACE, "privateInterface", "private interface", "private interfaces"},
    {ROUTING_HOP_CONNECTION, "vpnConnection", "VPN connection", "VPN connections"},
    {ROUTING_HOP_GATEWAY, "borderGateway", "border gateway", "border gateways"},
    {ROUTING_HOP_INSTANCE, "instance", "instance", "instances"},
};

static const struct {
    enum routing_type type;
    const char *name;
    const char *plural;
} types[] = {
    {ROUTING_TYPE_LOCAL, "local", "local routes"},
    {ROUTING_TYPE_STATIC, "static", "static routes"},
    {ROUTING_TYPE_PROPAGATED, "propagated", "propagated routes"},
    {ROUTING_TYPE_EBGP, "ebgp", "EBGP routes"},
    {ROUTING_TYPE_IBGP, "ibgp", "IBGP routes"},
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

const char *routing_route_text(const struct routing_route *r, char buf[ROUTING_TEXT_MAX])
{
    const char *words = hops[hop_row(r->hop)].words;
    char dst[PREFIX_TEXT_MAX];

    prefix_format(&r->destination, dst);
    if (r->type == ROUTING_TYPE_LOCAL)
        snprintf(buf, ROUTING_TEXT_MAX, "%s (local)", dst);
    else if (r->hop == ROUTING_HOP_BLACKHOLE)
        snprintf(buf, ROUTING_TEXT_MAX, "%s (static blackhole)", dst);
    else if (r->type == ROUTING_TYPE_STATIC)
        snprintf(buf, ROUTING_TEXT_MAX, "%s (static route to %s %s)", dst, words, r->target);
    else if (r->type == ROUTING_TYPE_PROPAGATED)
        snprintf(buf, ROUTING_TEXT_MAX, "%s (propagated by %s %s)", dst, words, r->target);
    else
        snprintf(buf, ROUTING_TEXT_MAX, "%s (%s route via %s %s, AS path length %u)", dst,
                 r->type == ROUTING_TYPE_EBGP ? "EBGP" : "IBGP", words, r->target, r->metric);
    return buf;
}

static void loss_text(const struct routing_table *t, const struct routing_route *r,
                      const struct routing_route *w, const char *winner, char *buf)
{
    switch (r->reason) {
    case ROUTING_LOSES_HOP:
        snprintf(buf, ROUTING_TEXT_MAX, "%s wins: %s come before %s", winner,
                 hops[hop_row(w->hop)].plural, hops[hop_row(r->hop)].plural);
        break;
    case ROUTING_LOSES_TYPE:
        snprintf(buf, ROUTING_TEXT_MAX, "%s wins: %s come before %s", winner,
                 types[type_row(w->type)].plural, types[type_row(r->type)].plural);
        break;
    case ROUTING_LOSES_METRIC:
        snprintf(buf, ROUTING_TEXT_MAX, "%s wins: its AS path is shorter than %u", winner,
                 r->metric);
        break;
    case ROUTING_LOSES_CONFLICT:
        snprintf(buf, ROUTING_TEXT_MAX, "it overlaps %s, which was propagated first", winner);
        break;
    case ROUTING_OVER_ECMP:
        snprintf(buf, ROUTING_TEXT_MAX, "%d equal routes, %s among them, already share the traffic",
                 ROUTING_ECMP_MAX, winner);
        break;
    case ROUTING_COVERED_BY_LOCAL:
        snprintf(buf, ROUTING_TEXT_MAX, "it lies inside %s, and local always wins", winner);
        break;
    case ROUTING_OVER_QUOTA:
        snprintf(buf, ROUTING_TEXT_MAX, "it came after the quota of %zu %s routes was used up",
                 t->quota, t->vpc ? "propagated" : "dynamic");
        break;
    case ROUTING_LEADS_BACK:
        snprintf(buf, ROUTING_TEXT_MAX, "%s %s would send the packets back into this VPC",
                 hops[hop_row(r->hop)].words, r->target);
        break;
    case ROUTING_UNATTACHED:
        snprintf(buf, ROUTING_TEXT_MAX, "this VPC has no attachment to %s %s",
                 hops[hop_row(r->hop)].words, r->target);
        break;
    case ROUTING_EFFECTIVE:
        break;
    }
}

const char *routing_reason_text(const struct routing_table *t, size_t i, char buf[ROUTING_TEXT_MAX])
{
    const struct routing_route *r = &t->routes[i];
    const struct routing_route *w = r->winner < t->count ? &t->routes[r->winner] : r;
    char winner[ROUTING_TEXT_MAX];

    buf[0] = 0;
    loss_text(t, r, w, routing_route_text(w, winner), buf);
    return buf;
}

#define SENTENCE_MAX (3 * ROUTING_TEXT_MAX)

static void explain_match(const struct routing_table *t, const char *text, size_t first, size_t end,
                          routing_say *say, void *arg)
{
    char line[SENTENCE_MAX], route[ROUTING_TEXT_MAX];
    bool matched = false;

    for (size_t i = first; i < end; i++) {
        if (t->routes[i].reason != ROUTING_EFFECTIVE)
            continue;
        routing_route_text(&t->routes[i], route);
        if (matched)
            snprintf(line, sizeof(line), "Flows are shared with %s.", route);
        else
            snprintf(line, sizeof(line), "%s matches %s.", text, route);
        matched = true;
        say(arg, line);
    }
}

void routing_explain(const struct routing_table *t, const struct addr *a, routing_say *say,
                     void *arg)
{
    char text[ADDR_TEXT_MAX], line[SENTENCE_MAX], route[ROUTING_TEXT_MAX], why[ROUTING_TEXT_MAX];
    size_t first = 0, end = 0;

    addr_format(a, text);
    if (routing_lookup(t, a, &first, &end)) {
        explain_match(t, text, first, end, say, arg);
    } else {
        snprintf(line, sizeof(line), "No effective route matches %s.", text);
        say(arg, line);
    }
    /* Longer destinations stand later in the table and are the closer losers. */
    for (size_t i = t->count; i-- > 0;) {
        const struct routing_route *r = &t->routes[i];

        if (!prefix_contains_addr(&r->destination, a))
            continue;
        if (r->reason != ROUTING_EFFECTIVE)
            snprintf(line, sizeof(line), "Not taken: %s: %s.", routing_route_text(r, route),
                     routing_reason_text(t, i, why));
        else if (i < first || i >= end)
            snprintf(line, sizeof(line), "Not taken: %s: it is less specific.",
                     routing_route_text(r, route));
        else
            continue;
        say(arg, line);
    }
}
