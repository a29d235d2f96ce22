#include "metrics.h"
#include "recorder.h"

/* Tunnels. Each that is configured is there, whatever it does: up is 0 then. Its counters are when
 * its node has told of them. */

struct tunnel_sample {
    struct region *region;
    const struct snapshot *s;
    const struct model_vpn_tunnel *tunnel;
    const json_t *said; /* the status that its node reported last; NULL */
    const char *labels;
    const struct tunnel_family *family;
    struct buf *out;
};

struct tunnel_family {
    const char *name, *type, *help;
    void (*add)(const struct tunnel_sample *t);
    const char *in, *out;             /* of add_directions */
    const char *in_label, *out_label; /* the label that tells them apart */
};

static void add_up(const struct tunnel_sample *t)
{
    buf_printf(t->out, "%s{%s} %d\n", t->family->name, t->labels,
               live_is_up(t->region, t->s, t->tunnel));
}

static void add_enabled(const struct tunnel_sample *t)
{
    buf_printf(t->out, "%s{%s} %d\n", t->family->name, t->labels,
               t->tunnel->admin == MODEL_ADMIN_UP);
}

static void add_info(const struct tunnel_sample *t)
{
    const struct model_vpn_connection *c =
        snapshot_get(t->s, MODEL_VPN_CONNECTION, t->tunnel->vpn_connection_id);

    buf_printf(t->out, "%s{%s,connection=\"%s\",gateway=\"%s\"} 1\n", t->family->name, t->labels,
               t->tunnel->vpn_connection_id, c ? c->border_gateway_id : "");
}

static void add_number(const struct tunnel_sample *t, const char *member, const char *label)
{
    const json_t *n = json_object_get(t->said, member);

    if (!n)
        n = json_object_get(json_object_get(t->said, "counters"), member);
    if (n)
        buf_printf(t->out, "%s{%s,%s} %" JSON_INTEGER_FORMAT "\n", t->family->name, t->labels,
                   label, json_integer_value(n));
}

static void add_both(const struct tunnel_sample *t)
{
    add_number(t, t->family->in, t->family->in_label);
    add_number(t, t->family->out, t->family->out_label);
}

static void add_handshake(const struct tunnel_sample *t)
{
    json_int_t us = json_integer_value(json_object_get(t->said, "handshakeUs"));

    if (us > 0)
        buf_printf(t->out, "%s{%s} %.6f\n", t->family->name, t->labels, (double)us / 1e6);
}

static const json_t *counters_of(const struct tunnel_sample *t)
{
    return json_object_get(t->said, "counters");
}

static void add_last_packet(const struct tunnel_sample *t)
{
    uint64_t at_us = 0;

    if (clock_parse(model_str(t->said, "lastPacketAt"), &at_us) == 0)
        buf_printf(t->out, "%s{%s} %.3f\n", t->family->name, t->labels, (double)at_us / 1e6);
}

/* Of a node that counts by reason, none is 0. */
static void add_reasons(const struct tunnel_sample *t)
{
    static const char *const reasons[] = {"malformed", "replayed", "authentication", "selectors",
                                          "unrouted",  "too_big",  "unsent",         "other"};

    for (size_t i = 0; counters_of(t) && i < RECORDER_REASONS; i++)
        buf_printf(t->out, "%s{%s,reason=\"%s\"} %" JSON_INTEGER_FORMAT "\n", t->family->name,
                   t->labels, reasons[i],
                   json_integer_value(json_object_get(counters_of(t), recorder_reason(i))));
}

static void add_scaled(const struct tunnel_sample *t, const json_t *number, double scale)
{
    if (number)
        buf_printf(t->out, "%s{%s} %.9g\n", t->family->name, t->labels,
                   (double)json_integer_value(number) * scale);
}

/* What only tunnels that are probed have. */
static void add_probed(const struct tunnel_sample *t, const json_t *number, double scale)
{
    const char *state = model_str(t->said, "probeState");

    if (*state && strcmp(state, "off") != 0)
        add_scaled(t, number, scale);
}

static void add_probes(const struct tunnel_sample *t)
{
    add_probed(t, json_object_get(counters_of(t), t->family->in), 1);
}

static void add_probe_time(const struct tunnel_sample *t)
{
    add_probed(t, json_object_get(counters_of(t), t->family->in), 1e-6);
}

static void add_rtt(const struct tunnel_sample *t)
{
    add_probed(t, json_object_get(t->said, "rttMicroseconds"), 1e-6);
}

static void add_jitter(const struct tunnel_sample *t)
{
    add_probed(t, json_object_get(t->said, "rttJitterMicroseconds"), 1e-6);
}

static void add_loss(const struct tunnel_sample *t)
{
    add_probed(t, json_object_get(t->said, t->family->in), 1e-2);
}

/* What only tunnels have whose peer was asked whether it is there. */
static void add_dpd(const struct tunnel_sample *t)
{
    const json_t *number = json_object_get(counters_of(t), t->family->in);

    if (number)
        buf_printf(t->out, "%s{%s} %" JSON_INTEGER_FORMAT "\n", t->family->name, t->labels,
                   json_integer_value(number));
}

static void add_dpd_time(const struct tunnel_sample *t)
{
    add_scaled(t, json_object_get(counters_of(t), "dpdMicroseconds"), 1e-6);
}

static void add_dpd_rtt(const struct tunnel_sample *t)
{
    add_scaled(t, json_object_get(t->said, "dpdRttMicroseconds"), 1e-6);
}

static void add_blackholing(const struct tunnel_sample *t)
{
    const char *state = model_str(t->said, "probeState");

    if (*state && strcmp(state, "off") != 0)
        buf_printf(t->out, "%s{%s} %d\n", t->family->name, t->labels,
                   strcmp(state, "blackholing") == 0);
}

#define IN  "direction=\"in\""
#define OUT "direction=\"out\""

static const struct tunnel_family families[] = {
    {"ropeway_tunnel_up", "gauge", "Whether the tunnel carries packets.", add_up, 0},
    {"ropeway_tunnel_enabled", "gauge", "Whether the tunnel is meant to (adminState).", add_enabled,
     0},
    {"ropeway_tunnel_info", "gauge", "Always 1; the labels say what the tunnel belongs to.",
     add_info, 0},
    {"ropeway_tunnel_bytes_total", "counter", "Bytes of inner packets through the tunnel.",
     add_both, "bytesIn", "bytesOut", IN, OUT},
    {"ropeway_tunnel_encrypted_bytes_total", "counter", "Bytes of ESP, without outer headers.",
     add_both, "encryptedBytesIn", "encryptedBytesOut", IN, OUT},
    {"ropeway_tunnel_packets_total", "counter", "Packets through the tunnel.", add_both,
     "packetsIn", "packetsOut", IN, OUT},
    {"ropeway_tunnel_dropped_packets_total", "counter",
     "Packets for the tunnel that were thrown away.", add_both, "dropsIn", "dropsOut", IN, OUT},
    {"ropeway_tunnel_drops_total", "counter",
     "The same packets by what was wrong, in both directions.", add_reasons, 0},
    {"ropeway_tunnel_probes_answered_total", "counter",
     "Probes through the tunnel that the peer answered in time.", add_probes,
     .in = "probesAnswered"},
    {"ropeway_tunnel_probes_lost_total", "counter",
     "Probes through the tunnel that a peer which had answered before did not answer in time.",
     add_probes, .in = "probesLost"},
    {"ropeway_tunnel_probe_seconds_total", "counter",
     "Round-trip times of the probes answered, added up.", add_probe_time,
     .in = "probeMicroseconds"},
    {"ropeway_tunnel_rtt_seconds", "gauge", "Mean round-trip time of the last probes.", add_rtt, 0},
    {"ropeway_tunnel_rtt_jitter_seconds", "gauge",
     "Mean difference between the round-trip times of the last probes.", add_jitter, 0},
    {"ropeway_tunnel_loss_ratio", "gauge", "Share of the last probes that was lost.", add_loss,
     .in = "lossPercent"},
    {"ropeway_tunnel_loss_there_ratio", "gauge",
     "Share of the last probes that did not reach a peer that is a Ropeway.", add_loss,
     .in = "lossTherePercent"},
    {"ropeway_tunnel_loss_back_ratio", "gauge",
     "Share of the answers of a peer that is a Ropeway which did not come.", add_loss,
     .in = "lossBackPercent"},
    {"ropeway_tunnel_probes_lost_there_total", "counter",
     "Probes that did not reach a peer that is a Ropeway.", add_probes, .in = "probesLostThere"},
    {"ropeway_tunnel_probes_lost_back_total", "counter",
     "Answers of a peer that is a Ropeway which did not come.", add_probes, .in = "probesLostBack"},
    {"ropeway_tunnel_blackholing", "gauge",
     "Whether the peer answered probes before and does no more.", add_blackholing, 0},
    {"ropeway_tunnel_dpd_answered_total", "counter",
     "Liveness requests (DPD) that the peer answered.", add_dpd, .in = "dpdAnswered"},
    {"ropeway_tunnel_dpd_lost_total", "counter",
     "Transmissions of liveness requests (DPD) that the peer did not answer in time.", add_dpd,
     .in = "dpdLost"},
    {"ropeway_tunnel_dpd_timed_total", "counter",
     "Answers to liveness requests (DPD) whose round-trip time was measured.", add_dpd,
     .in = "dpdTimed"},
    {"ropeway_tunnel_dpd_seconds_total", "counter", "Round-trip times of these answers, added up.",
     add_dpd_time, 0},
    {"ropeway_tunnel_dpd_rtt_seconds", "gauge",
     "Round-trip time of the last liveness request (DPD) that was sent only once.", add_dpd_rtt, 0},
    {"ropeway_tunnel_rekeys_total", "counter",
     "Rekeys of the SAs in use, of IKE and of its children (ESP).", add_both, "ikeRekeys",
     "childRekeys", "sa=\"ike\"", "sa=\"child\""},
    {"ropeway_tunnel_last_packet_timestamp_seconds", "gauge",
     "When the last good packet came through the tunnel; absent before the first.", add_last_packet,
     0},
    {"ropeway_tunnel_handshake_seconds", "gauge", "How long the last negotiation took.",
     add_handshake, 0},
};

struct visit {
    const struct tunnel_family *family;
    struct buf *out;
};

static void add_region(struct region *r, const struct snapshot *s, void *arg)
{
    const struct visit *v = arg;

    pthread_mutex_lock(&r->live);
    snapshot_each (struct model_vpn_tunnel, tunnel, it, s, MODEL_VPN_TUNNEL) {
        struct metrics_labels labels;
        struct node_state *n;
        const struct said *said = live_said(r, s, &tunnel->head, &n);

        metrics_label(r, &tunnel->head, &labels);
        v->family->add(&(struct tunnel_sample){.region = r,
                                               .s = s,
                                               .tunnel = tunnel,
                                               .said = said ? said->status : NULL,
                                               .labels = labels.text,
                                               .family = v->family,
                                               .out = v->out});
    }
    pthread_mutex_unlock(&r->live);
}

void metrics_tunnels(struct control *c, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct visit v = {.family = &families[i], .out = out};

        metrics_begin(out, families[i].name, families[i].type, families[i].help);
        metrics_each_region(c, add_region, &v);
    }
}
