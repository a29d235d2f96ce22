/* What the data plane has counted of each tunnel. */
#include "node_internal.h"

static void take(struct node *node, const struct ipc_stats_entry *e)
{
    struct node_tunnel *t = node_find_tunnel(node, e->id);

    if (!t)
        return;
    if (t->counters_boot != node->dataplane.peer.boot ||
        memcmp(t->counters, e->values, sizeof(t->counters)) != 0)
        t->counted = true;
    memcpy(t->counters, e->values, sizeof(t->counters));
    t->counters_boot = node->dataplane.peer.boot;
}

void counters_read(struct node *node)
{
    const struct ipc_stats_map *map = node->dataplane.stats;
    unsigned n = map ? ipc_stats_slots(map, IPC_STATS_TUNNEL) : 0;
    struct ipc_stats_entry e;

    for (unsigned i = 0; i < n; i++) {
        if (ipc_stats_read(map, IPC_STATS_TUNNEL, i, &e) == 0)
            take(node, &e);
    }
}

void counters_report(struct node *node)
{
    counters_read(node);
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        if (t->counted && t->object)
            report_due(node, t->object);
    }
}
