#include "metrics.h"

/* Private interfaces. Each that is configured is there; its counters are when its node has told of
 * them: in is from the line. */

struct line_sample {
    const struct model_private_interface *line;
    bool up;
    const json_t *said; /* the status that its node reported last; NULL */
    const char *labels;
    const struct line_family *family;
    struct buf *out;
};

struct line_family {
    const char *name, *type, *help;
    void (*add)(const struct line_sample *l);
    const char *in, *out; /* members of what was said, or of its counters */
    double scale;
};

static void add_truth(const struct line_sample *l, bool truth)
{
    buf_printf(l->out, "%s{%s} %d\n", l->family->name, l->labels, truth);
}

static void add_up(const struct line_sample *l)
{
    add_truth(l, l->up);
}

static void add_enabled(const struct line_sample *l)
{
    add_truth(l, l->line->admin == MODEL_ADMIN_UP);
}

static void add_info(const struct line_sample *l)
{
    char interface[64];

    metrics_escape(l->line->interface, interface, sizeof(interface));
    buf_printf(l->out, "%s{%s,gateway=\"%s\",interface=\"%s\",vlan=\"%lld\"} 1\n", l->family->name,
               l->labels, l->line->border_gateway_id, interface, (long long)l->line->vlan);
}

static void add_one(const struct line_sample *l, const char *member, const char *direction)
{
    const json_t *n = json_object_get(json_object_get(l->said, "counters"), member);

    if (n)
        buf_printf(l->out, "%s{%s,direction=\"%s\"} %" JSON_INTEGER_FORMAT "\n", l->family->name,
                   l->labels, direction, json_integer_value(n));
}

static void add_both(const struct line_sample *l)
{
    add_one(l, l->family->in, "in");
    add_one(l, l->family->out, "out");
}

static bool is_probed(const struct line_sample *l)
{
    const char *state = model_str(l->said, "probeState");

    return *state && strcmp(state, "off") != 0;
}

/* What only those have that are probed. */
static void add_probed(const struct line_sample *l)
{
    const json_t *n = json_object_get(l->said, l->family->in);

    if (!n)
        n = json_object_get(json_object_get(l->said, "counters"), l->family->in);
    if (n && is_probed(l))
        buf_printf(l->out, "%s{%s} %.9g\n", l->family->name, l->labels,
                   (double)json_integer_value(n) * l->family->scale);
}

static void add_blackholing(const struct line_sample *l)
{
    if (is_probed(l))
        add_truth(l, strcmp(model_str(l->said, "probeState"), "blackholing") == 0);
}

static const struct line_family families[] = {
    {"ropeway_private_interface_up", "gauge", "Whether the line carries packets.", add_up, 0},
    {"ropeway_private_interface_enabled", "gauge", "Whether the line is meant to (adminState).",
     add_enabled, 0},
    {"ropeway_private_interface_info", "gauge",
     "Always 1; the labels say what the private interface belongs to.", add_info, 0},
    {"ropeway_private_interface_bytes_total", "counter",
     "Bytes of IP packets from (in) and into (out) the line.", add_both, "bytesIn", "bytesOut"},
    {"ropeway_private_interface_packets_total", "counter",
     "Packets from (in) and into (out) the line.", add_both, "packetsIn", "packetsOut"},
    {"ropeway_private_interface_dropped_packets_total", "counter",
     "Packets from and for the line that were thrown away.", add_both, "dropsIn", "dropsOut"},
    {"ropeway_private_interface_probes_answered_total", "counter",
     "Probes that the router at the other end answered in time.", add_probed, "probesAnswered",
     NULL, 1},
    {"ropeway_private_interface_probes_lost_total", "counter",
     "Probes that a router which had answered before did not answer in time.", add_probed,
     "probesLost", NULL, 1},
    {"ropeway_private_interface_probe_seconds_total", "counter",
     "Round-trip times of the probes answered, added up.", add_probed, "probeMicroseconds", NULL,
     1e-6},
    {"ropeway_private_interface_rtt_seconds", "gauge", "Mean round-trip time of the last probes.",
     add_probed, "rttMicroseconds", NULL, 1e-6},
    {"ropeway_private_interface_rtt_jitter_seconds", "gauge",
     "Mean difference between the round-trip times of the last probes.", add_probed,
     "rttJitterMicroseconds", NULL, 1e-6},
    {"ropeway_private_interface_loss_ratio", "gauge", "Share of the last probes that was lost.",
     add_probed, "lossPercent", NULL, 1e-2},
    {"ropeway_private_interface_blackholing", "gauge",
     "Whether the router answered probes before and does no more.", add_blackholing, 0},
};

struct visit {
    const struct line_family *family;
    struct buf *out;
};

static void add_region(struct region *r, const struct snapshot *s, void *arg)
{
    const struct visit *v = arg;

    pthread_mutex_lock(&r->live);
    snapshot_each (struct model_private_interface, line, it, s, MODEL_PRIVATE_INTERFACE) {
        struct metrics_labels labels;
        struct node_state *n;
        const struct said *said = live_said(r, s, &line->head, &n);

        metrics_label(r, &line->head, &labels);
        v->family->add(&(struct line_sample){.line = line,
                                             .up = said && said->state == LIVE_LINE_UP &&
                                                   live_state(r, n) == LIVE_ONLINE,
                                             .said = said ? said->status : NULL,
                                             .labels = labels.text,
                                             .family = v->family,
                                             .out = v->out});
    }
    pthread_mutex_unlock(&r->live);
}

void metrics_private(struct control *c, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct visit v = {.family = &families[i], .out = out};

        metrics_begin(out, families[i].name, families[i].type, families[i].help);
        metrics_each_region(c, add_region, &v);
    }
}
