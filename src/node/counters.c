/* What the data plane has counted of each tunnel, instance and attachment. */
#include "node_internal.h"

#include <stdlib.h>

static void take(struct node *node, struct node_tunnel *t, const struct ipc_stats_entry *e)
{
    if (t->counters_boot != node->dataplane.peer.boot ||
        memcmp(t->counters, e->values, sizeof(t->counters)) != 0)
        t->counted = true;
    memcpy(t->counters, e->values, sizeof(t->counters));
    t->counters_boot = node->dataplane.peer.boot;
}

/* Remembers in which slot each tunnel was found. */
static void read_all(struct node *node)
{
    const struct ipc_stats_map *map = node->dataplane.stats;
    unsigned n = map ? ipc_stats_slots(map, IPC_STATS_TUNNEL) : 0;
    struct ipc_stats_entry e;

    for (unsigned i = 0; i < n; i++) {
        struct node_tunnel *t =
            ipc_stats_read(map, IPC_STATS_TUNNEL, i, &e) == 0 ? node_find_tunnel(node, e.id) : NULL;

        if (t) {
            t->slot = i;
            take(node, t, &e);
        }
    }
    node->dataplane.slots_due = false;
}

void counters_read(struct node *node, struct node_tunnel *t)
{
    struct ipc_stats_entry e;

    if (node->dataplane.slots_due)
        read_all(node);
    else if (node->dataplane.stats &&
             ipc_stats_read(node->dataplane.stats, IPC_STATS_TUNNEL, t->slot, &e) == 0 &&
             strcmp(e.id, t->want.dataplane.id) == 0)
        take(node, t, &e);
}

/* Rounded up; -1 of nothing. */
static int percent(uint64_t n, uint64_t of)
{
    return of ? (int)((n * 100 + of - 1) / of) : -1;
}

/* Mean time, jitter and loss of the probes of the round that is over. Lines have no counts by
 * direction. */
static void measure(struct node_measured *m, const uint64_t *now, size_t count)
{
    enum { ANSWERED, LOST, TIME, JITTER, LOST_THERE, LOST_BACK };
    uint64_t n[NODE_PROBE_COUNTS] = {0}, arrived;

    for (size_t i = 0; i < count; i++)
        n[i] = now[i] >= m->then[i] ? now[i] - m->then[i] : now[i];
    memcpy(m->then, now, count * sizeof(*now));
    m->rtt_us = n[ANSWERED] ? n[TIME] / n[ANSWERED] : 0;
    m->jitter_us = n[ANSWERED] ? n[JITTER] / n[ANSWERED] : 0;
    m->loss_percent = percent(n[LOST], n[ANSWERED] + n[LOST]);
    arrived = n[ANSWERED] + n[LOST_BACK];
    m->loss_there_percent = percent(n[LOST_THERE], arrived + n[LOST_THERE]);
    m->loss_back_percent = percent(n[LOST_BACK], arrived);
}

/* ---- instances and attachments ---- */

/* NULL without memory. */
static struct object_counts *counts_of(struct object *o)
{
    if (!o->counts)
        o->counts = calloc(1, sizeof(*o->counts));
    return o->counts;
}

static void add_ports(struct node *node, const struct ipc_stats_map *map)
{
    static const enum object_count to[IPC_PORT_VALUES] = {
        [IPC_PORT_PACKETS_FROM] = OBJECT_PACKETS_OUT,
        [IPC_PORT_PACKETS_TO] = OBJECT_PACKETS_IN,
        [IPC_PORT_BYTES_FROM] = OBJECT_BYTES_OUT,
        [IPC_PORT_BYTES_TO] = OBJECT_BYTES_IN,
        [IPC_PORT_DROPS_FROM] = OBJECT_DROPS_OUT,
        [IPC_PORT_DROPS_TO] = OBJECT_DROPS_IN,
        [IPC_PORT_PROBES_ANSWERED] = OBJECT_PROBES_ANSWERED,
        [IPC_PORT_PROBES_LOST] = OBJECT_PROBES_LOST,
        [IPC_PORT_PROBE_US] = OBJECT_PROBE_US,
        [IPC_PORT_PROBE_JITTER_US] = OBJECT_PROBE_JITTER_US,
    };
    static const enum object_count other[OBJECT_COUNTS] = {
        [OBJECT_PACKETS_IN] = OBJECT_PACKETS_OUT,
        [OBJECT_PACKETS_OUT] = OBJECT_PACKETS_IN,
        [OBJECT_BYTES_IN] = OBJECT_BYTES_OUT,
        [OBJECT_BYTES_OUT] = OBJECT_BYTES_IN,
        [OBJECT_DROPS_IN] = OBJECT_DROPS_OUT,
        [OBJECT_DROPS_OUT] = OBJECT_DROPS_IN,
        [OBJECT_PROBES_ANSWERED] = OBJECT_PROBES_ANSWERED,
        [OBJECT_PROBES_LOST] = OBJECT_PROBES_LOST,
        [OBJECT_PROBE_US] = OBJECT_PROBE_US,
        [OBJECT_PROBE_JITTER_US] = OBJECT_PROBE_JITTER_US,
    };
    struct ipc_stats_entry e;

    for (unsigned i = 0; i < ipc_stats_slots(map, IPC_STATS_PORT); i++) {
        struct object *o = NULL, *line = NULL;
        struct object_counts *c;

        if (ipc_stats_read(map, IPC_STATS_PORT, i, &e) == 0) {
            line = objects_find(&node->set, DESIRED_LINE, e.id);
            if (!line)
                line = objects_find(&node->set, DESIRED_NETWORK, e.id);
            o = line ? line : objects_find(&node->set, DESIRED_INSTANCE, e.id);
        }
        c = o ? counts_of(o) : NULL;
        for (size_t k = 0; c && k < IPC_PORT_VALUES; k++)
            c->now[line ? other[to[k]] : to[k]] = e.values[k];
    }
}

/* "bgw-a/tunnel" is a table of the gateway bgw-a. */
static bool is_gateway(const struct node *node, char *table)
{
    table[strcspn(table, "/")] = 0;
    return objects_find(&node->set, DESIRED_GATEWAY, table);
}

/* The VPC of a route table, or the one whose own table it is; NULL: neither. */
static const char *vpc_of(const struct node *node, const char *table)
{
    const struct desired_table *routes = objects_value(&node->set, DESIRED_TABLE, table);

    if (routes)
        return routes->vpc;
    return objects_find(&node->set, DESIRED_VPC, table) ? table : NULL;
}

/* The attachment that the way between two tables leads over, and whether away from its VPC; NULL:
 * none. id is cut up. */
static struct object *attachment_of(const struct node *node, char *id, bool *ret_out)
{
    char *from = id, *to = strchr(id, '>');
    const char *vpc, *gateway;

    if (!to)
        return NULL;
    *to++ = 0;
    *ret_out = is_gateway(node, to);
    if (!*ret_out && !is_gateway(node, from))
        return NULL;
    gateway = *ret_out ? to : from;
    vpc = vpc_of(node, *ret_out ? from : to);
    if (!vpc)
        return NULL;
    objects_each_of (o, &node->set, DESIRED_ATTACHMENT, vpc) {
        const struct desired_attachment *a = o->value;

        if (a && strcmp(a->gateway, gateway) == 0)
            return o;
    }
    return NULL;
}

static void add_jumps(struct node *node, const struct ipc_stats_map *map)
{
    struct ipc_stats_entry e;

    for (unsigned i = 0; i < ipc_stats_slots(map, IPC_STATS_JUMP); i++) {
        struct object *o = NULL;
        struct object_counts *c;
        bool out = false;

        if (ipc_stats_read(map, IPC_STATS_JUMP, i, &e) == 0)
            o = attachment_of(node, e.id, &out);
        c = o ? counts_of(o) : NULL;
        if (!c)
            continue;
        c->now[out ? OBJECT_PACKETS_OUT : OBJECT_PACKETS_IN] += e.values[IPC_JUMP_PACKETS];
        c->now[out ? OBJECT_BYTES_OUT : OBJECT_BYTES_IN] += e.values[IPC_JUMP_BYTES];
        c->now[out ? OBJECT_DROPS_OUT : OBJECT_DROPS_IN] += e.values[IPC_JUMP_DROPS];
    }
}

static void settle(struct node *node, struct object *o)
{
    struct object_counts *c = o->counts;
    uint64_t boot = node->dataplane.peer.boot;

    if (c->boot != boot || memcmp(c->values, c->now, sizeof(c->values)) != 0)
        c->moved = true;
    memcpy(c->values, c->now, sizeof(c->values));
    memset(c->now, 0, sizeof(c->now));
    c->boot = boot;
    if (c->moved)
        report_due(node, o);
}

static void count_objects(struct node *node)
{
    const struct ipc_stats_map *map = node->dataplane.stats;

    if (!map)
        return;
    add_ports(node, map);
    add_jumps(node, map);
    list_for_each (o, &node->set.all, struct object, all) {
        if (o->counts)
            settle(node, o);
    }
}

/* ---- a round ---- */

void counters_report(struct node *node, uint64_t now_us)
{
    read_all(node);
    count_objects(node);
    node->report.counted_us = now_us;
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        measure(&t->measured, t->counters + IPC_TUNNEL_PROBES_ANSWERED, NODE_PROBE_COUNTS);
        if (t->counted && t->object)
            report_due(node, t->object);
    }
    list_for_each (i, &node->instances, struct node_instance, all) {
        if (line_is(i) && i->object && i->object->counts)
            measure(&i->measured, i->object->counts->values + OBJECT_PROBES_ANSWERED,
                    OBJECT_COUNTS - OBJECT_PROBES_ANSWERED);
    }
}
