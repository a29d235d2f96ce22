#include "selectors.h"

#include <stdio.h>

#include "words.h"

#define NAMED_MAX         2 /* prefixes that a sentence names; the others are counted */
#define NAMES_WRITTEN_MAX (NAMED_MAX * (PREFIX_TEXT_MAX + 2) + 32)

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
static const struct packet_routes *find_routes(const struct tables *tables, const char *name,
                                               bool from_vpc)
{
    static const struct packet_routes none;
    const struct packet_table *table;
    char id[IPC_ID_MAX];

    (void)text_copy(id, sizeof(id), name);
    if (from_vpc)
        id[strcspn(id, "/")] = 0;
    table = tables_find(tables, id);
    return table ? &table->routes : &none;
}

/* Where a route leads, as this tunnel sees it. */
static bool leads_to(const struct packet_route *route, const struct ipc_tunnel *tunnel, bool peer)
{
    for (size_t i = 0; i < route->n_hops; i++) {
        const struct ipc_nexthop *hop = &route->hops[i];
        bool same =
            (hop->kind == IPC_NEXTHOP_CONNECTION && strcmp(hop->target, tunnel->connection) == 0) ||
            (hop->kind == IPC_NEXTHOP_TUNNEL && strcmp(hop->target, tunnel->id) == 0);

        if (peer ? same
                 : hop->kind == IPC_NEXTHOP_TABLE || (hop->kind == IPC_NEXTHOP_CONNECTION && !same))
            return true;
    }
    return false;
}

/* As it is on the wire, which is what selectors are about. */
static struct prefix on_the_wire(const struct ipc_tunnel *t, uint8_t side, const struct prefix *p)
{
    struct prefix ret = *p;

    (void)desired_translate(t, side, side == IPC_SIDE_OWN, &ret);
    return ret;
}

/* Of the peer's side; notes which families it has at all. */
static void check_peer(const struct packet_routes *routes, const struct ipc_tunnel *tunnel,
                       const struct ipc_ike_status *s, struct left_out *out, bool families[2])
{
    struct packet_routes_walk walk;
    struct packet_route route;
    struct prefix p;

    packet_routes_walk(routes, &walk);
    while (packet_routes_next(&walk, &route)) {
        if (!leads_to(&route, tunnel, true))
            continue;
        p = on_the_wire(tunnel, IPC_SIDE_PEER, &route.prefix);
        families[p.addr.family == ADDR_IPV6] = true;
        if (!is_held(s->remote_ts, s->n_remote_ts, &p))
            leave_out(out, &p);
    }
}

/* Of our side: a family that no route leads to the peer in has nothing to say there. */
static void check_ours(const struct packet_routes *routes, const struct ipc_tunnel *tunnel,
                       const struct ipc_ike_status *s, struct left_out *out, const bool families[2])
{
    struct packet_routes_walk walk;
    struct packet_route route;

    packet_routes_walk(routes, &walk);
    while (packet_routes_next(&walk, &route)) {
        const struct prefix p = on_the_wire(tunnel, IPC_SIDE_OWN, &route.prefix);

        if (families[p.addr.family == ADDR_IPV6] && leads_to(&route, tunnel, false) &&
            !is_held(s->local_ts, s->n_local_ts, &p))
            leave_out(out, &p);
    }
}

/* ---- the networks of a tunnel ---- */

static void add_network(struct prefix *list, uint16_t *n, const struct prefix *p)
{
    uint16_t kept = 0;

    for (uint16_t i = 0; i < *n; i++) {
        if (prefix_contains(&list[i], p))
            return;
    }
    for (uint16_t i = 0; i < *n; i++) {
        if (!prefix_contains(p, &list[i]))
            list[kept++] = list[i];
    }
    memset(&list[kept], 0, (*n - kept) * sizeof(*list));
    if (kept < IPC_TS_MAX)
        list[kept++] = *p;
    *n = kept;
}

static void add_networks(const struct packet_routes *routes, const struct ipc_tunnel *tunnel,
                         bool peer, struct prefix *list, uint16_t *n)
{
    struct packet_routes_walk walk;
    struct packet_route route;
    struct prefix p;

    packet_routes_walk(routes, &walk);
    while (packet_routes_next(&walk, &route)) {
        if (!leads_to(&route, tunnel, peer))
            continue;
        p = on_the_wire(tunnel, peer ? IPC_SIDE_PEER : IPC_SIDE_OWN, &route.prefix);
        add_network(list, n, &p);
    }
}

void selectors_networks(const struct tables *tables, const struct ipc_tunnel *tunnel,
                        struct selectors_networks *ret)
{
    memset(ret, 0, sizeof(*ret));
    add_networks(find_routes(tables, tunnel->table, true), tunnel, true, ret->remote,
                 &ret->n_remote);
    add_networks(find_routes(tables, tunnel->table, false), tunnel, false, ret->local,
                 &ret->n_local);
}

/* ---- what is said ---- */

static void leave_out_all(struct left_out *out, const struct prefix *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        leave_out(out, &list[i]);
}

/* The names, and how many more there are. Borrows what it is given. */
static struct words_arg names_of(const struct left_out *l, char buf[NAMES_WRITTEN_MAX])
{
    if (l->n <= NAMED_MAX)
        return words_from_text(l->names);
    words_write(SAY(NODE_AND_MORE, l->names, l->n - NAMED_MAX), buf, NAMES_WRITTEN_MAX);
    return words_written(buf);
}

static void write_narrowed(const struct ipc_ike_status *s, const struct left_out *theirs,
                           const struct left_out *ours, char *ret, size_t size)
{
    char written[4][NAMES_WRITTEN_MAX];
    struct left_out agreed[2] = {{0}, {0}};
    struct words_arg local, remote, left[2];

    leave_out_all(&agreed[0], s->local_ts, s->n_local_ts);
    leave_out_all(&agreed[1], s->remote_ts, s->n_remote_ts);
    local = names_of(&agreed[0], written[0]);
    remote = names_of(&agreed[1], written[1]);
    left[0] = names_of(theirs, written[2]);
    left[1] = names_of(ours, written[3]);
    words_write(!ours->n     ? SAY(NODE_NARROWED_THEIRS, local, remote, left[0])
                : !theirs->n ? SAY(NODE_NARROWED_OURS, local, remote, left[1])
                             : SAY(NODE_NARROWED_BOTH, local, remote, left[0], left[1]),
                ret, size);
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
static bool is_enough(const struct packet_routes *theirs, const struct packet_routes *ours,
                      const struct ipc_ike_status *s)
{
    bool ipv6 = theirs->ipv6 || ours->ipv6;

    return selectors_hold_all(s) || (!ipv6 && both_hold(s, ADDR_IPV4));
}

void selectors_explain(const struct tables *tables, const struct ipc_tunnel *tunnel,
                       const struct ipc_ike_status *status, char *ret, size_t size)
{
    const struct packet_routes *from_vpc = find_routes(tables, tunnel->table, true);
    const struct packet_routes *from_tunnel = find_routes(tables, tunnel->table, false);
    struct left_out theirs = {0}, ours = {0};
    bool families[2] = {false, false};

    ret[0] = 0;
    if (is_enough(from_vpc, from_tunnel, status))
        return;
    check_peer(from_vpc, tunnel, status, &theirs, families);
    check_ours(from_tunnel, tunnel, status, &ours, families);
    if (theirs.n || ours.n)
        write_narrowed(status, &theirs, &ours, ret, size);
}
