#include "recorder.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* From the reports of nodes to history. The node says when it read its counters; a tunnel that it
 * does not mention has stood still since. Times are the node's as far as they can be. */

enum { TUNNEL_UP = 3 }; /* code of operState */

struct feed_round {
    struct region *region;
    struct node_state *node;
    const struct snapshot *s;
    uint64_t at_us; /* when all counters were read */
    bool trusted;   /* by the node's clock */
};

static void add_part(const struct feed_round *f, const struct recorder_part *part, const char *id,
                     uint64_t from_us, uint64_t to_us, const double *rates)
{
    char key[HISTORY_KEY_MAX];
    int r;

    snprintf(key, sizeof(key), "%s/%s%s", f->region->id, id, part->suffix);
    r = history_add(f->region->c->history, part->kind, key, from_us, to_us, rates);
    if (r < 0 && r != -ERANGE)
        log_debug("history of %s: %s", key, strerror(-r));
}

static void add(const struct feed_round *f, enum model_kind_id kind, const char *id,
                uint64_t from_us, uint64_t to_us, const double *rates)
{
    add_part(f, &recorder_parts(kind)[RECORDER_MAIN], id, from_us, to_us, rates);
}

/* Whether the time since the last sample is known to have been like this one; it becomes the last.
 */
static bool passed(struct recorder_counts *c, uint64_t at_us, uint64_t *ret_from_us)
{
    uint64_t from = c->at_us;

    if (at_us <= from)
        return false;
    c->at_us = at_us;
    *ret_from_us = from;
    return from && at_us - from <= HISTORY_GAP_US;
}

/* ---- what is known now ---- */

#define LAST_US (60 * UINT64_C(1000000)) /* what is older is not known any more */

/* How many series stand before those of a part, behind one another; of all parts for the last. */
static size_t series_before(const struct recorder_part *parts, size_t part)
{
    size_t count = 0;

    for (size_t i = 0; i < part && parts[i].suffix; i++)
        count += parts[i].kind->count;
    return count;
}

/* Nothing is known but what keep_last() says from here on. */
static void begin_last(struct recorder_counts *c, enum model_kind_id kind)
{
    size_t count = series_before(recorder_parts(kind), RECORDER_PARTS);

    if (!c->last)
        c->last = calloc(count, sizeof(*c->last));
    for (size_t i = 0; c->last && i < count; i++)
        c->last[i] = NAN;
    c->last_us = clock_realtime_us();
}

static void keep_last(struct recorder_counts *c, enum model_kind_id kind, size_t part,
                      const double *rates)
{
    const struct recorder_part *parts = recorder_parts(kind);
    size_t before = series_before(parts, part);

    for (size_t i = 0; c->last && i < parts[part].kind->count; i++)
        c->last[before + i] = (float)rates[i];
}

double recorder_last(const struct node_state *n, enum model_kind_id kind, const char *id,
                     const char *series, uint64_t now_us)
{
    const char *key = kind == MODEL_NODE ? "node" : id;
    const struct recorder_counts *c = pmap_get(n->counts, key, strlen(key));
    size_t at = 0;

    if (!c || !c->last || now_us > c->last_us + LAST_US)
        return NAN;
    for (const struct recorder_part *p = recorder_parts(kind); p->suffix; p++) {
        for (size_t i = 0; i < p->kind->count; i++, at++) {
            if (strcmp(p->kind->series[i].name, series) == 0)
                return c->last[at];
        }
    }
    return NAN;
}

bool recorder_recent(const struct node_state *n, const char *id, uint64_t now_us,
                     struct recorder_recent *ret)
{
    const struct recorder_counts *c = pmap_get(n->counts, id, strlen(id));

    if (!c || !c->last || now_us > c->last_us + LAST_US)
        return false;
    *ret = recent_of(c);
    return true;
}

/* ---- tunnels ---- */

static const struct {
    const char *name;
    unsigned series, times;
} tunnel_counters[] = {
    {"bytesOut", TRAFFIC_BITS_OUT, 8},
    {"bytesIn", TRAFFIC_BITS_IN, 8},
    {"encryptedBytesOut", TRAFFIC_ENCRYPTED_OUT, 8},
    {"encryptedBytesIn", TRAFFIC_ENCRYPTED_IN, 8},
    {"packetsOut", TRAFFIC_PACKETS_OUT, 1},
    {"packetsIn", TRAFFIC_PACKETS_IN, 1},
    {"dropsOut", TRAFFIC_DROPS_OUT, 1},
    {"dropsIn", TRAFFIC_DROPS_IN, 1},
};

static uint64_t natural(const json_t *object, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(object, name));

    return n > 0 ? (uint64_t)n : 0;
}

enum { /* counters of a tunnel behind those of enum recorder_traffic */
       COUNT_ANSWERED = TRAFFIC_SERIES,
       COUNT_LOST,
       COUNT_TIME,
       COUNT_JITTER,
       COUNT_LOST_THERE,
       COUNT_LOST_BACK,
       COUNT_REASONS,
       COUNTS = COUNT_REASONS + RECORDER_REASONS
};

static void probe_counts(const json_t *counters, uint64_t *ret)
{
    ret[0] = natural(counters, "probesAnswered");
    ret[COUNT_LOST - COUNT_ANSWERED] = natural(counters, "probesLost");
    ret[COUNT_TIME - COUNT_ANSWERED] = natural(counters, "probeMicroseconds");
    ret[COUNT_JITTER - COUNT_ANSWERED] = natural(counters, "probeJitterMicroseconds");
    ret[COUNT_LOST_THERE - COUNT_ANSWERED] = natural(counters, "probesLostThere");
    ret[COUNT_LOST_BACK - COUNT_ANSWERED] = natural(counters, "probesLostBack");
}

static void tunnel_counts(const struct said *said, uint64_t ret[COUNTS])
{
    const json_t *counters = json_object_get(said->status, "counters");

    for (size_t i = 0; i < ARRAY_SIZE(tunnel_counters); i++)
        ret[tunnel_counters[i].series] =
            natural(counters, tunnel_counters[i].name) * tunnel_counters[i].times;
    ret[TRAFFIC_REKEYS] = natural(said->status, "ikeRekeys") + natural(said->status, "childRekeys");
    probe_counts(counters, ret + COUNT_ANSWERED);
    for (size_t i = 0; i < RECORDER_REASONS; i++)
        ret[COUNT_REASONS + i] = natural(counters, recorder_reason(i));
}

/* What probes measured, of the rates of what they counted from COUNT_ANSWERED on; by direction only
 * of a peer that is a Ropeway. */
static void probe_rates(const double *rates, bool by_direction, double ret[PROBE_SERIES],
                        double *ret_all)
{
    double answered = rates[0], all = answered + rates[COUNT_LOST - COUNT_ANSWERED];
    double there = rates[COUNT_LOST_THERE - COUNT_ANSWERED];
    double back = rates[COUNT_LOST_BACK - COUNT_ANSWERED];

    ret[PROBE_SERIES_RTT] = answered > 0 ? rates[COUNT_TIME - COUNT_ANSWERED] / answered : NAN;
    ret[PROBE_SERIES_LOSS] = rates[COUNT_LOST - COUNT_ANSWERED] / all * 100;
    ret[PROBE_SERIES_JITTER] = answered > 0 ? rates[COUNT_JITTER - COUNT_ANSWERED] / answered : NAN;
    ret[PROBE_SERIES_LOSS_THERE] = by_direction ? there / (answered + there + back) * 100 : NAN;
    ret[PROBE_SERIES_LOSS_BACK] = by_direction ? back / (answered + back) * 100 : NAN;
    *ret_all = all;
}

/* What only some tunnels have: those that are probed, and those that ever dropped a packet. */
static void add_rare(const struct feed_round *f, struct recorder_counts *c, const char *id,
                     uint64_t from_us, uint64_t to_us, const uint64_t counts[COUNTS],
                     const double rates[COUNTS], bool by_direction)
{
    const struct recorder_part *parts = recorder_parts(MODEL_VPN_TUNNEL);
    double probe[PROBE_SERIES], all;
    bool dropped = false;

    probe_rates(rates + COUNT_ANSWERED, by_direction, probe, &all);
    for (size_t i = COUNT_REASONS; i < COUNTS; i++)
        dropped = dropped || counts[i];
    keep_last(c, MODEL_VPN_TUNNEL, RECORDER_PROBE, probe);
    keep_last(c, MODEL_VPN_TUNNEL, RECORDER_DROPS, rates + COUNT_REASONS);
    if (all > 0)
        add_part(f, &parts[RECORDER_PROBE], id, from_us, to_us, probe);
    if (dropped)
        add_part(f, &parts[RECORDER_DROPS], id, from_us, to_us, rates + COUNT_REASONS);
}

static void take_recent(const struct feed_round *f, struct recorder_counts *c, const char *id,
                        uint64_t span_us, const double rates[COUNTS])
{
    const struct recent_sample sample = {
        .seconds = (double)span_us / 1e6,
        .answered = rates[COUNT_ANSWERED],
        .lost = rates[COUNT_LOST],
        .time_us = rates[COUNT_TIME],
        .replayed = rates[COUNT_REASONS + REASON_REPLAYED],
        .too_big = rates[COUNT_REASONS + REASON_TOO_BIG],
    };

    recent_add(c, &sample);
    recent_add_dpd(c, c->at_us);
    if (sample.answered > 0 || c->asked.timed_us == c->at_us)
        usual_want(f->region, c, id);
    recent_tell(f->region, c, id);
}

static void add_sums(const struct feed_round *f, const char *id, uint64_t from_us, uint64_t to_us,
                     double rates[SUM_SERIES])
{
    const struct model_vpn_tunnel *tunnel = snapshot_get(f->s, MODEL_VPN_TUNNEL, id);
    const struct model_vpn_connection *connection =
        tunnel ? snapshot_get(f->s, MODEL_VPN_CONNECTION, tunnel->vpn_connection_id) : NULL;
    double of_node[HISTORY_SERIES_MAX];

    if (!connection)
        return;
    add(f, MODEL_VPN_CONNECTION, connection->head.id, from_us, to_us, rates);
    add(f, MODEL_BORDER_GATEWAY, connection->border_gateway_id, from_us, to_us, rates);
    for (size_t i = 0; i < HISTORY_SERIES_MAX; i++)
        of_node[i] = i < SUM_SERIES ? rates[i] : NAN;
    add(f, MODEL_NODE, f->node->id, from_us, to_us, of_node);
}

static void take_tunnel(const struct feed_round *f, const char *id, const struct said *said)
{
    struct recorder_counts *c = recorder_counts_of(f->node, id);
    uint64_t at = f->trusted ? MAX(f->at_us, said->sampled_us) : f->at_us;
    uint64_t counts[COUNTS], from = 0, handshake = natural(said->status, "handshakeUs");
    double rates[HISTORY_SERIES_MAX], counted[COUNTS];
    const struct recorder_asked asked = asked_of(said, at);
    struct recorder_way way;
    bool goes_on;

    if (!c)
        return;
    goes_on = passed(c, at, &from);
    way = asked_take(&c->asked, &asked, said->state == TUNNEL_UP);
    for (size_t i = 0; i < HISTORY_SERIES_MAX; i++)
        rates[i] = NAN;
    for (size_t i = 0; i < COUNTS; i++)
        counted[i] = NAN;
    tunnel_counts(said, counts);
    (void)history_count(&c->counts, at, said->counted_by, counts, COUNTS, &from, counted);
    if (!goes_on)
        return;
    memcpy(rates, counted, TRAFFIC_SERIES * sizeof(*rates));
    begin_last(c, MODEL_VPN_TUNNEL);
    add_rare(f, c, id, from, at, counts, counted,
             strcmp(model_str(said->status, "probePeer"), "ropeway") == 0);
    take_recent(f, c, id, at - from, counted);
    rates[TUNNEL_SERIES_UP] = said->state == TUNNEL_UP;
    rates[TUNNEL_SERIES_HANDSHAKE] = handshake ? (double)handshake / 1e6 : NAN;
    rates[TUNNEL_SERIES_DPD_RTT] = way.rtt_us;
    rates[TUNNEL_SERIES_DPD_LOSS] = way.loss_percent;
    keep_last(c, MODEL_VPN_TUNNEL, RECORDER_MAIN, rates);
    add(f, MODEL_VPN_TUNNEL, id, from, at, rates);
    add_sums(f, id, from, at, rates); /* up is one of tunnels-up */
}

static_assert((int)TUNNEL_SERIES_UP == (int)SUM_SERIES_UP, "what is up is summed up");

/* ---- instances and attachments ---- */

static const struct {
    const char *name;
    unsigned times;
} object_counters[OBJECT_SERIES] = {
    [OBJECT_BITS_OUT] = {"bytesOut", 8},      [OBJECT_BITS_IN] = {"bytesIn", 8},
    [OBJECT_PACKETS_OUT] = {"packetsOut", 1}, [OBJECT_PACKETS_IN] = {"packetsIn", 1},
    [OBJECT_DROPS_OUT] = {"dropsOut", 1},     [OBJECT_DROPS_IN] = {"dropsIn", 1},
};

static void object_counts(const json_t *said, uint64_t ret[OBJECT_SERIES])
{
    for (size_t i = 0; i < OBJECT_SERIES; i++)
        ret[i] = natural(said, object_counters[i].name) * object_counters[i].times;
}

static void take_object(const struct feed_round *f, const char *id, const struct said *said)
{
    const struct model_kind *kind = model_kind_of_id(id);
    struct recorder_counts *c = said->counts && kind ? recorder_counts_of(f->node, id) : NULL;
    uint64_t counts[OBJECT_SERIES], from;
    double rates[OBJECT_SERIES];

    if (c)
        object_counts(said->counts, counts);
    if (c &&
        history_count(&c->counts, f->at_us, said->counted_by, counts, OBJECT_SERIES, &from, rates))
        add(f, kind->id, id, from, f->at_us, rates);
}

/* ---- private interfaces ---- */

enum { /* counters behind those of an instance */
       LINE_ANSWERED = OBJECT_SERIES,
       LINE_COUNTS = LINE_ANSWERED + COUNT_REASONS - COUNT_ANSWERED
};

static void line_counts(const struct said *said, uint64_t ret[LINE_COUNTS])
{
    const json_t *counters = json_object_get(said->status, "counters");

    object_counts(counters, ret);
    probe_counts(counters, ret + LINE_ANSWERED);
}

static void add_line(const struct feed_round *f, struct recorder_counts *c, const char *id,
                     uint64_t from_us, const double counted[LINE_COUNTS], bool up)
{
    const struct recorder_part *parts = recorder_parts(MODEL_PRIVATE_INTERFACE);
    double rates[LINE_SERIES], probe[PROBE_SERIES], probes;

    memcpy(rates, counted, OBJECT_SERIES * sizeof(*rates));
    rates[LINE_SERIES_UP] = up;
    probe_rates(counted + LINE_ANSWERED, false, probe, &probes);
    begin_last(c, MODEL_PRIVATE_INTERFACE);
    keep_last(c, MODEL_PRIVATE_INTERFACE, RECORDER_MAIN, rates);
    keep_last(c, MODEL_PRIVATE_INTERFACE, RECORDER_PROBE, probe);
    add(f, MODEL_PRIVATE_INTERFACE, id, from_us, f->at_us, rates);
    if (probes > 0)
        add_part(f, &parts[RECORDER_PROBE], id, from_us, f->at_us, probe);
}

static void take_line(const struct feed_round *f, const char *id, const struct said *said)
{
    struct recorder_counts *c = recorder_counts_of(f->node, id);
    uint64_t counts[LINE_COUNTS], from = 0;
    double counted[LINE_COUNTS];

    if (!c || !passed(c, f->at_us, &from))
        return;
    for (size_t i = 0; i < LINE_COUNTS; i++)
        counted[i] = NAN;
    line_counts(said, counts);
    (void)history_count(&c->counts, f->at_us, said->counted_by, counts, LINE_COUNTS, &from,
                        counted);
    add_line(f, c, id, from, counted, said->state == LIVE_LINE_UP);
}

/* ---- the node ---- */

static void take_usage(const struct feed_round *f, double *rates)
{
    struct recorder_counts *c = recorder_counts_of(f->node, "cpu");
    const struct node_usage *u = &f->node->usage;
    double rate = NAN;
    uint64_t from;

    if (!u->cpus)
        return;
    if (c && history_count(&c->counts, f->at_us, u->booted_s, &u->cpu_us, 1, &from, &rate))
        rates[NODE_SERIES_CPU] = rate / 1e6;
    rates[NODE_SERIES_CPUS] = (double)u->cpus;
    rates[NODE_SERIES_MEMORY] = (double)u->memory;
    rates[NODE_SERIES_MEMORY_TOTAL] = (double)u->memory_total;
}

static void take_drops(const struct feed_round *f, double *rates)
{
    struct recorder_counts *c = recorder_counts_of(f->node, "drops");
    uint64_t counts[HISTORY_COUNTS_MAX], from;
    size_t n = 0;

    for (; recorder_drop(n); n++)
        counts[n] = natural(f->node->drops, recorder_drop(n));
    if (c)
        (void)history_count(&c->counts, f->at_us, f->node->counted_by, counts, n, &from,
                            rates + NODE_SERIES_DROPS);
}

static void take_node(const struct feed_round *f)
{
    struct recorder_counts *c = recorder_counts_of(f->node, "node");
    double rates[HISTORY_SERIES_MAX];
    uint64_t from = 0;
    bool goes_on = c && passed(c, f->at_us, &from);

    for (size_t i = 0; i < HISTORY_SERIES_MAX; i++)
        rates[i] = NAN;
    take_usage(f, rates);
    take_drops(f, rates);
    if (c) {
        begin_last(c, MODEL_NODE);
        keep_last(c, MODEL_NODE, RECORDER_MAIN, rates);
    }
    if (goes_on)
        add(f, MODEL_NODE, f->node->id, from, f->at_us, rates);
}

/* ---- a report ---- */

#define COMPLAIN_US (3600 * UINT64_C(1000000))

static void complain(const struct feed_round *f, const char *said, uint64_t now_us)
{
    if (f->node->clock_told_us && now_us - f->node->clock_told_us < COMPLAIN_US)
        return;
    f->node->clock_told_us = now_us;
    log_warn("node %s of region %s says that it is %s: its clock or its way to here is off by too "
             "much, so what it counts is recorded as of its arrival",
             f->node->id, f->region->id, said);
}

/* All that the node said of objects of a type. */
static void take_each(const struct feed_round *f, const char *type,
                      void (*take)(const struct feed_round *f, const char *id,
                                   const struct said *said))
{
    size_t skip = strlen(type), len;
    struct pmap_iter it;
    const struct said *value;
    const void *key;

    pmap_begin(&it, f->node->said, type, skip);
    while ((value = pmap_next(&it, &key, &len)) && len > skip && memcmp(key, type, skip) == 0) {
        char id[64];

        if (len - skip < sizeof(id)) {
            memcpy(id, (const char *)key + skip, len - skip);
            id[len - skip] = 0;
            take(f, id, value);
        }
    }
}

void recorder_take(struct region *r, struct node_state *n, struct model_in *doc, uint64_t now_us)
{
    struct feed_round f = {.region = r, .node = n};
    const char *said = model_in_text(doc, "counted");
    struct snapshot *s;

    if (!r->c->history || clock_parse(said, &f.at_us) < 0)
        return;
    f.trusted = history_trust(&f.at_us, now_us);
    if (!f.trusted)
        complain(&f, said, now_us);
    f.s = s = region_now(r);
    take_each(&f, "tunnel/", take_tunnel);
    take_each(&f, "instance/", take_object);
    take_each(&f, "attachment/", take_object);
    take_each(&f, "line/", take_line);
    take_node(&f);
    snapshot_unref(s);
}
