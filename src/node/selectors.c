#include "selectors.h"

#include <stdio.h>

#define NAMED_MAX 2 /* prefixes that a sentence names; the others are counted */

/* Whether the selectors together hold all of p: one of them does, or both halves of p are held. */
static bool is_held(const struct prefix *list, size_t n, const struct prefix *p)
{
    struct prefix half;
    bool touched = false;

    for (size_t i = 0; i < n; i++) {
        if (prefix_contains(&list[i], p))
            return true;
        touched |= prefix_overlaps(&list[i], p);
    }
    if (!touched || p->len >= addr_bits(&p->addr))
        return false;
    half = prefix_make(&p->addr, (uint8_t)(p->len + 1));
    if (!is_held(list, n, &half))
        return false;
    half.addr.bytes[p->len / 8] |= (uint8_t)(0x80U >> p->len % 8);
    return is_held(list, n, &half);
}

/* What is left out on one side. */
struct left_out {
    unsigned n;
    char names[NAMED_MAX * (PREFIX_TEXT_MAX + 2)];
};

static void leave_out(struct left_out *out, const struct prefix *p)
{
    size_t used = strlen(out->names);
    char text[PREFIX_TEXT_MAX];

    if (out->n++ < NAMED_MAX)
        snprintf(out->names + used, sizeof(out->names) - used, "%s%s", used ? ", " : "",
                 prefix_format(p, text));
}

/* The gateway's table as packets from a VPC see it, or as those from the tunnel do: the same with
 * "/tunnel" behind its name (architecture.md, "The packet tables"). */
static const struct packet_table *find_table(const struct tables *tables, const char *name,
                                             bool from_vpc)
{
    char id[IPC_ID_MAX];

    (void)text_copy(id, sizeof(id), name);
    if (from_vpc)
        id[strcspn(id, "/")] = 0;
    return tables_find(tables, id);
}

/* Where a route leads, as a tunnel of this connection sees it. */
static bool leads_to(const struct packet_table *table, const struct packet_route *route,
                     const char *connection, bool peer)
{
    for (size_t i = 0; i < route->n_hops; i++) {
        const struct ipc_nexthop *hop = &table->hops[route->first + i];
        bool same = hop->kind == IPC_NEXTHOP_CONNECTION && strcmp(hop->target, connection) == 0;

        if (peer ? same
                 : hop->kind == IPC_NEXTHOP_TABLE || (hop->kind == IPC_NEXTHOP_CONNECTION && !same))
            return true;
    }
    return false;
}

/* Of the peer's side; notes which families it has at all. */
static void check_peer(const struct packet_table *table, const struct ipc_tunnel *tunnel,
                       const struct ipc_ike_status *s, struct left_out *out, bool families[2])
{
    for (size_t i = 0; table && i < table->n_routes; i++) {
        const struct prefix *p = &table->routes[i].prefix;

        if (!leads_to(table, &table->routes[i], tunnel->connection, true))
            continue;
        families[p->addr.family == ADDR_IPV6] = true;
        if (!is_held(s->remote_ts, s->n_remote_ts, p))
            leave_out(out, p);
    }
}

/* Of our side: a family that no route leads to the peer in has nothing to say there. */
static void check_ours(const struct packet_table *table, const struct ipc_tunnel *tunnel,
                       const struct ipc_ike_status *s, struct left_out *out, const bool families[2])
{
    for (size_t i = 0; table && i < table->n_routes; i++) {
        const struct prefix *p = &table->routes[i].prefix;

        if (families[p->addr.family == ADDR_IPV6] &&
            leads_to(table, &table->routes[i], tunnel->connection, false) &&
            !is_held(s->local_ts, s->n_local_ts, p))
            leave_out(out, p);
    }
}

static const char *list_text(const struct prefix *list, size_t n, struct left_out *scratch)
{
    *scratch = (struct left_out){0};
    for (size_t i = 0; i < n; i++)
        leave_out(scratch, &list[i]);
    return scratch->names;
}

static const char *more_text(const struct left_out *l, char buf[24])
{
    buf[0] = 0;
    if (l->n > NAMED_MAX)
        snprintf(buf, 24, " and %u more", l->n - NAMED_MAX);
    return buf;
}

static bool holds_family(const struct prefix *list, size_t n, uint8_t family)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].addr.family == family && list[i].len == 0)
            return true;
    }
    return false;
}

static bool both_hold(const struct ipc_ike_status *s, uint8_t family)
{
    return holds_family(s->local_ts, s->n_local_ts, family) &&
           holds_family(s->remote_ts, s->n_remote_ts, family);
}

bool selectors_hold_all(const struct ipc_ike_status *s)
{
    return !s->n_local_ts || !s->n_remote_ts ||
           (both_hold(s, ADDR_IPV4) && both_hold(s, ADDR_IPV6));
}

/* Without a look at each route. */
static bool is_enough(const struct packet_table *theirs, const struct packet_table *ours,
                      const struct ipc_ike_status *s)
{
    bool ipv6 = (theirs && theirs->ipv6) || (ours && ours->ipv6);

    return selectors_hold_all(s) || (!ipv6 && both_hold(s, ADDR_IPV4));
}

void selectors_explain(const struct tables *tables, const struct ipc_tunnel *tunnel,
                       const struct ipc_ike_status *status, char *ret, size_t size)
{
    const struct packet_table *from_vpc = find_table(tables, tunnel->table, true);
    const struct packet_table *from_tunnel = find_table(tables, tunnel->table, false);
    struct left_out theirs = {0}, ours = {0}, a, b;
    char more[4][24];
    bool families[2] = {false, false};

    ret[0] = 0;
    if (is_enough(from_vpc, from_tunnel, status))
        return;
    check_peer(from_vpc, tunnel, status, &theirs, families);
    check_ours(from_tunnel, tunnel, status, &ours, families);
    if (!theirs.n && !ours.n)
        return;
    (void)list_text(status->local_ts, status->n_local_ts, &a);
    (void)list_text(status->remote_ts, status->n_remote_ts, &b);
    (void)text_printf(ret, size,
                      "The peer agreed only to %s%s on this side and %s%s on its own; "
                      "left out are%s%s%s%s%s%s%s.",
                      a.names, more_text(&a, more[0]), b.names, more_text(&b, more[1]),
                      theirs.n ? " the routes to " : "", theirs.names, more_text(&theirs, more[2]),
                      theirs.n && ours.n ? ", and" : "", ours.n ? " here " : "", ours.names,
                      more_text(&ours, more[3]));
}
