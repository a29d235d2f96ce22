#include "metrics.h"

/* Nodes. One that has been silent keeps its last counts: counters do not go back. */

struct node_sample {
    struct region *region;
    struct node_state *node; /* NULL: it has not spoken */
    const char *labels;
    const char *name; /* of the metric */
    struct buf *out;
};

static void add(const struct node_sample *n, double value)
{
    buf_printf(n->out, "%s{%s} %.15g\n", n->name, n->labels, value);
}

static void add_online(const struct node_sample *n)
{
    add(n, live_state(n->region, n->node) == LIVE_ONLINE);
}

static void add_seen(const struct node_sample *n)
{
    if (n->node && n->node->seen_us)
        add(n, (double)(n->node->seen_us / 1000) / 1e3);
}

static const struct node_usage *usage_of(const struct node_sample *n)
{
    return n->node && n->node->usage.cpus ? &n->node->usage : NULL;
}

static void add_cpu(const struct node_sample *n)
{
    if (usage_of(n))
        add(n, (double)usage_of(n)->cpu_us / 1e6);
}

static void add_cpus(const struct node_sample *n)
{
    if (usage_of(n))
        add(n, (double)usage_of(n)->cpus);
}

static void add_memory(const struct node_sample *n)
{
    if (usage_of(n))
        add(n, (double)usage_of(n)->memory);
}

static void add_memory_total(const struct node_sample *n)
{
    if (usage_of(n))
        add(n, (double)usage_of(n)->memory_total);
}

static void add_drops(const struct node_sample *n)
{
    const char *reason;
    json_t *count;

    if (!n->node)
        return;
    json_object_foreach (n->node->drops, reason, count)
        buf_printf(n->out, "%s{%s,reason=\"%s\"} %" JSON_INTEGER_FORMAT "\n", n->name, n->labels,
                   reason, json_integer_value(count));
}

static const struct node_family {
    const char *name, *type, *help;
    void (*add)(const struct node_sample *n);
} families[] = {
    {"ropeway_node_online", "gauge", "Whether the node is in touch.", add_online},
    {"ropeway_node_last_seen_timestamp_seconds", "gauge", "When the node last spoke, since 1970.",
     add_seen},
    {"ropeway_node_cpu_seconds_total", "counter",
     "Time that the processors of the node's machine were busy, all together.", add_cpu},
    {"ropeway_node_cpus", "gauge", "Processors of the node's machine.", add_cpus},
    {"ropeway_node_memory_used_bytes", "gauge",
     "Memory of the node's machine that is not available for programs.", add_memory},
    {"ropeway_node_memory_bytes", "gauge", "Memory of the node's machine.", add_memory_total},
    {"ropeway_node_dropped_packets_total", "counter",
     "Packets that the data plane of the node dropped, by reason.", add_drops},
};

struct visit {
    const struct node_family *family;
    struct buf *out;
};

static void add_region(struct region *r, const struct snapshot *s, void *arg)
{
    const struct visit *v = arg;

    pthread_mutex_lock(&r->live);
    snapshot_each (struct model_node, node, it, s, MODEL_NODE) {
        struct metrics_labels labels;

        metrics_label(r, &node->head, &labels);
        v->family->add(&(struct node_sample){.region = r,
                                             .node = live_node(r, node->head.id, false),
                                             .labels = labels.text,
                                             .name = v->family->name,
                                             .out = v->out});
    }
    pthread_mutex_unlock(&r->live);
}

void metrics_nodes(struct control *c, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct visit v = {.family = &families[i], .out = out};

        metrics_begin(out, families[i].name, families[i].type, families[i].help);
        metrics_each_region(c, add_region, &v);
    }
}
