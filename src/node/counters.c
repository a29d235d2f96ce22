/* What the data plane has counted of each tunnel. */
#include "node_internal.h"

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

/* Mean time and loss of the probes of the round that is over. */
static void measure(struct node_tunnel *t)
{
    enum { ANSWERED, LOST, TIME, COUNT };
    const uint64_t *now = t->counters + IPC_TUNNEL_PROBES_ANSWERED;
    uint64_t n[COUNT], all;

    for (size_t i = 0; i < COUNT; i++)
        n[i] = now[i] >= t->probes_then[i] ? now[i] - t->probes_then[i] : now[i];
    memcpy(t->probes_then, now, sizeof(t->probes_then));
    t->rtt_us = n[ANSWERED] ? n[TIME] / n[ANSWERED] : 0;
    all = n[ANSWERED] + n[LOST];
    t->loss_percent = all ? (int)((n[LOST] * 100 + all - 1) / all) : -1;
}

void counters_report(struct node *node, uint64_t now_us)
{
    read_all(node);
    node->report.counted_us = now_us;
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        measure(t);
        if (t->counted && t->object)
            report_due(node, t->object);
    }
}
