/* The state of an object in words (docs/protocol.md, "Status"). */
#include "node_internal.h"

#include <stdio.h>

#include "selectors.h"
#include "usage.h"

#define NARROWED_PERIOD_US 60000000U

static const char *const probe_names[IPC_PROBE_STATES] = {[IPC_PROBE_OFF] = "off",
                                                          [IPC_PROBE_WAITING] = "waiting",
                                                          [IPC_PROBE_UNANSWERED] = "unanswered",
                                                          [IPC_PROBE_ANSWERED] = "answered",
                                                          [IPC_PROBE_LOST] = "answered",
                                                          [IPC_PROBE_BLACKHOLING] = "blackholing"};
static const char *const peer_names[IPC_PROBE_PEERS] = {
    [IPC_PROBE_PEER_ECHO] = "echo", [IPC_PROBE_PEER_ROPEWAY] = "ropeway"};
static const char *const oper_names[] = {
    [IPC_OPER_DOWN] = "down", [IPC_OPER_NEGOTIATING] = "negotiating", [IPC_OPER_UP] = "up"};

/* Text of other programs, which JSON would refuse if it were no UTF-8. A written message stays one,
 * however long it is. */
json_t *status_text(const char *text)
{
    char readable[IPC_TEXT_MAX];
    struct words_read r;

    words_write(words_read(text, &r), readable, sizeof(readable));
    text_make_utf8(readable);
    return json_string(readable);
}

json_t *status_time(uint64_t us)
{
    char text[CLOCK_TEXT_MAX];

    return json_string(us ? clock_format(us, text) : "");
}

/* ---- tunnels ---- */

static const char *say(char scratch[IPC_TEXT_MAX], const struct words *why)
{
    return words_write(why, scratch, IPC_TEXT_MAX);
}

/* Nobody can be called from an address that this machine does not have. */
static const char *without_address(const struct node *node, const struct node_tunnel *t,
                                   char scratch[IPC_TEXT_MAX])
{
    const char *error = *node->cloud_error ? node->cloud_error : node->dataplane.open_error;
    const struct addr *cloud = &t->want.ike.local;

    return say(scratch, *error ? SAY(NODE_CLOUD_ADDRESS_FAILED, cloud, words_written(error))
                               : SAY(NODE_WITHOUT_CLOUD_ADDRESS, cloud));
}

/* What the tunnel does, and why if that is less than what it should. It is up only if both know
 * it: IKE has keys, and the data plane forwards with them. */
static uint8_t tunnel_state(const struct node *node, const struct node_tunnel *t,
                            char scratch[IPC_TEXT_MAX], const char **ret_error)
{
    uint8_t state = t->has_status ? t->status.state : IPC_OPER_DOWN;
    bool ike_away = !peer_is_up(&node->ike.peer);

    *ret_error = t->has_status ? t->status.last_error : "";
    if (!t->wanted) {
        *ret_error = t->object && t->object->error ? t->object->error : t->error;
        return IPC_OPER_DOWN;
    }
    if (!t->want.dataplane.admin_up) {
        *ret_error = t->want.drained ? say(scratch, SAY(NODE_DRAINED)) : "";
        return IPC_OPER_DOWN;
    }
    if (!node->dataplane.knows_holds) {
        *ret_error = say(scratch, SAY(NODE_DATAPLANE_AWAY));
        return IPC_OPER_DOWN;
    }
    if (state > IPC_OPER_UP)
        state = IPC_OPER_DOWN;
    if (state == IPC_OPER_UP && !dataplane_link_is_on(node, t))
        state = IPC_OPER_NEGOTIATING;
    if (state != IPC_OPER_UP && !dataplane_link_holds(node, &t->want.ike.local))
        *ret_error = without_address(node, t, scratch);
    if (ike_away) {
        *ret_error =
            say(scratch, state == IPC_OPER_UP ? SAY(NODE_IKE_AWAY_KEYS_USED) : SAY(NODE_IKE_AWAY));
        if (state != IPC_OPER_UP)
            return IPC_OPER_DOWN;
    }
    return state;
}

/* Once a minute for a tunnel: a peer changes its routes as fast as it likes. */
static bool may_warn_narrowed(struct node_tunnel *t)
{
    uint64_t now = clock_monotonic_us();

    if (t->narrowed_warned_us && now - t->narrowed_warned_us < NARROWED_PERIOD_US)
        return false;
    t->narrowed_warned_us = now;
    return true;
}

/* A tunnel that is up may still carry less than the routes ask of it. */
static const char *narrowed(const struct node *node, struct node_tunnel *t)
{
    char before[sizeof(t->narrowed)], said[WORDS_TEXT_MAX];

    memcpy(before, t->narrowed, sizeof(before));
    selectors_explain(&node->tables, &t->want.dataplane, &t->status, t->narrowed,
                      sizeof(t->narrowed));
    if (*t->narrowed && strcmp(before, t->narrowed) != 0 && may_warn_narrowed(t))
        log_warn("tunnel %s: %s", t->want.dataplane.id,
                 words_say_written(t->narrowed, WORDS_EN, said, sizeof(said)));
    return t->narrowed;
}

/* Since when counters count. */
static json_t *epoch_of(uint64_t boot)
{
    return boot ? json_sprintf("%016llx", (unsigned long long)boot) : json_string("");
}

/* Only of tunnels whose peer was asked. One life of these numbers is that of the tunnel in one of
 * ropeway-ike. */
static void add_liveness(const struct node_tunnel *t, json_t *counters)
{
    const struct ipc_ike_liveness *l = &t->liveness;

    if (!l->answered && !l->lost)
        return;
    json_object_set_new(counters, "dpdAnswered", json_integer((json_int_t)l->answered));
    json_object_set_new(counters, "dpdLost", json_integer((json_int_t)l->lost));
    json_object_set_new(counters, "dpdTimed", json_integer((json_int_t)l->timed));
    json_object_set_new(counters, "dpdMicroseconds", json_integer((json_int_t)l->time_us));
    json_object_set_new(counters, "dpdEpoch", epoch_of(t->liveness_boot + l->since_us));
}

json_t *status_counters(const struct node_tunnel *t)
{
    static const char *const names[IPC_TUNNEL_COUNTERS] = {
        [IPC_TUNNEL_PACKETS_IN] = "packetsIn",
        [IPC_TUNNEL_PACKETS_OUT] = "packetsOut",
        [IPC_TUNNEL_BYTES_IN] = "bytesIn",
        [IPC_TUNNEL_BYTES_OUT] = "bytesOut",
        [IPC_TUNNEL_ENCRYPTED_IN] = "encryptedBytesIn",
        [IPC_TUNNEL_ENCRYPTED_OUT] = "encryptedBytesOut",
        [IPC_TUNNEL_DROPS_IN] = "dropsIn",
        [IPC_TUNNEL_DROPS_OUT] = "dropsOut",
        [IPC_TUNNEL_DROPS_MALFORMED] = "dropsMalformed",
        [IPC_TUNNEL_DROPS_REPLAYED] = "dropsReplayed",
        [IPC_TUNNEL_DROPS_AUTHENTICATION] = "dropsAuthentication",
        [IPC_TUNNEL_DROPS_SELECTORS] = "dropsSelectors",
        [IPC_TUNNEL_DROPS_UNROUTED] = "dropsUnrouted",
        [IPC_TUNNEL_DROPS_TOO_BIG] = "dropsTooBig",
        [IPC_TUNNEL_DROPS_UNSENT] = "dropsUnsent",
        [IPC_TUNNEL_DROPS_OTHER] = "dropsOther",
        [IPC_TUNNEL_PROBES_ANSWERED] = "probesAnswered",
        [IPC_TUNNEL_PROBES_LOST] = "probesLost",
        [IPC_TUNNEL_PROBE_US] = "probeMicroseconds",
        [IPC_TUNNEL_PROBE_JITTER_US] = "probeJitterMicroseconds",
        [IPC_TUNNEL_PROBES_LOST_THERE] = "probesLostThere",
        [IPC_TUNNEL_PROBES_LOST_BACK] = "probesLostBack",
    };
    json_t *counters = json_object();

    for (size_t i = 0; i < IPC_TUNNEL_COUNTERS; i++)
        if (i <= IPC_TUNNEL_DROPS_OUT || t->counters[i]) /* what most tunnels never have */
            json_object_set_new(counters, names[i], json_integer((json_int_t)t->counters[i]));
    add_liveness(t, counters);
    json_object_set_new(counters, "epoch", epoch_of(t->counters_boot));
    return counters;
}

void status_add_last_packet(const struct node_tunnel *t, uint64_t now_us, json_t *status)
{
    uint64_t at = t->counters[IPC_TUNNEL_LAST_IN_US], now = clock_monotonic_us();

    if (at)
        json_object_set_new(status, "lastPacketAt",
                            status_time(now_us - MIN(now_us, now - MIN(now, at))));
}

json_t *status_counts(const struct object_counts *c)
{
    static const char *const names[OBJECT_COUNTS] = {
        [OBJECT_PACKETS_IN] = "packetsIn",
        [OBJECT_PACKETS_OUT] = "packetsOut",
        [OBJECT_BYTES_IN] = "bytesIn",
        [OBJECT_BYTES_OUT] = "bytesOut",
        [OBJECT_DROPS_IN] = "dropsIn",
        [OBJECT_DROPS_OUT] = "dropsOut",
        [OBJECT_PROBES_ANSWERED] = "probesAnswered",
        [OBJECT_PROBES_LOST] = "probesLost",
        [OBJECT_PROBE_US] = "probeMicroseconds",
        [OBJECT_PROBE_JITTER_US] = "probeJitterMicroseconds",
    };
    json_t *counters = json_object();

    for (size_t i = 0; i < OBJECT_COUNTS; i++)
        if (i < OBJECT_PROBES_ANSWERED || c->values[i]) /* what only lines have */
            json_object_set_new(counters, names[i], json_integer((json_int_t)c->values[i]));
    json_object_set_new(counters, "epoch", epoch_of(c->boot));
    return counters;
}

void status_add_probes(uint8_t state, uint8_t peer, const struct node_measured *m, json_t *status)
{
    if (state == IPC_PROBE_OFF)
        return;
    if (m->rtt_us) {
        json_object_set_new(status, "rttMicroseconds", json_integer((json_int_t)m->rtt_us));
        json_object_set_new(status, "rttJitterMicroseconds",
                            json_integer((json_int_t)m->jitter_us));
    }
    if (m->loss_percent >= 0)
        json_object_set_new(status, "lossPercent", json_integer(m->loss_percent));
    if (peer != IPC_PROBE_PEER_UNKNOWN)
        json_object_set_new(status, "probePeer", json_string(peer_names[peer]));
    if (peer != IPC_PROBE_PEER_ROPEWAY)
        return;
    if (m->loss_there_percent >= 0)
        json_object_set_new(status, "lossTherePercent", json_integer(m->loss_there_percent));
    if (m->loss_back_percent >= 0)
        json_object_set_new(status, "lossBackPercent", json_integer(m->loss_back_percent));
}

void status_add_liveness(const struct node_tunnel *t, json_t *status)
{
    if (t->liveness.last_us)
        json_object_set_new(status, "dpdRttMicroseconds",
                            json_integer((json_int_t)t->liveness.last_us));
}

static const char *level_name(uint8_t level)
{
    static const char *const names[] = {
        [IPC_LOG_INFO] = "info", [IPC_LOG_WARNING] = "warning", [IPC_LOG_ERROR] = "error"};

    return level < ARRAY_SIZE(names) && names[level] ? names[level] : names[IPC_LOG_INFO];
}

json_t *status_log(const struct node_tunnel *t)
{
    size_t oldest = t->n_log > NODE_LOG_LINES ? t->n_log - NODE_LOG_LINES : 0;
    json_t *log = json_array();

    for (size_t i = MAX(oldest, t->n_log_said); i < t->n_log; i++) {
        const struct node_log_line *line = &t->log[i % NODE_LOG_LINES];

        json_array_append_new(log,
                              json_pack("{s:o, s:s, s:o}", "at", status_time(line->at_us), "level",
                                        level_name(line->level), "text", status_text(line->text)));
    }
    return log;
}

/* NULL: the tunnel has no BGP. */
static json_t *bgp_of(const struct node *node, const char *tunnel)
{
    const struct speaker_peer *p = speakers_peer(&node->speakers, tunnel);
    char error[IPC_TEXT_MAX];
    json_t *bgp;

    if (!p)
        return NULL;
    speaker_say_error(p, error);
    bgp = json_pack("{s:s, s:o, s:o, s:I, s:I, s:I}", "state", bgp_state_name(p->session.state),
                    "since", status_time(p->session.since_s * 1000000), "lastError",
                    status_text(error), "holdSeconds", (json_int_t)p->session.hold_s, "learned",
                    (json_int_t)p->session.imported, "announced", (json_int_t)p->session.exported);
    if (bgp && p->with_bfd && p->has_session)
        json_object_set_new(bgp, "bfd", json_string(p->bfd_up ? "up" : "down"));
    return bgp;
}

static json_t *tunnel_of(const struct node *node, struct node_tunnel *t, uint64_t now_us)
{
    const struct ipc_ike_status *s = &t->status;
    char remote[ENDPOINT_TEXT_MAX] = "", scratch[IPC_TEXT_MAX];
    json_t *status, *bgp = bgp_of(node, t->want.dataplane.id);
    const char *error;
    uint8_t state = tunnel_state(node, t, scratch, &error);

    if (state == IPC_OPER_UP && !*error && t->probed == IPC_PROBE_BLACKHOLING)
        error = say(scratch, SAY(NODE_TUNNEL_BLACKHOLING));
    if (state == IPC_OPER_UP && !*error)
        error = narrowed(node, t);
    if (state != t->shown || !t->shown_since_us) {
        t->shown = state;
        t->shown_since_us = t->has_status && s->state == state ? s->since_us : now_us;
    }
    if (t->has_status && s->remote.addr.family != ADDR_NONE)
        endpoint_format(&s->remote, remote);
    status = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:s, s:b, s:b, s:I, s:I, s:I, s:s}", "operState",
        oper_names[state], "since", status_time(t->shown_since_us), "lastError", status_text(error),
        "ikeAlgorithms", status_text(s->ike_algs), "ipsecAlgorithms", status_text(s->child_algs),
        "remote", remote, "natLocal", s->nat_local, "natRemote", s->nat_remote, "ikeRekeys",
        (json_int_t)s->ike_rekeys, "childRekeys", (json_int_t)s->child_rekeys, "handshakeUs",
        (json_int_t)s->handshake_us, "probeState", probe_names[t->probed]);
    if (status && bgp)
        json_object_set(status, "bgp", bgp);
    json_decref(bgp);
    return status;
}

/* ---- private interfaces and real networks ---- */

/* Why it is not up. */
static const char *wire_error(const struct node_instance *i, const struct object *o,
                              char scratch[IPC_TEXT_MAX])
{
    const struct desired_line *line = o->type == DESIRED_LINE ? o->value : NULL;

    if (i && *i->error)
        return i->error;
    if (o->error && !o->value)
        return o->error;
    if (line && line->drained && !(i && drain_is_left(&i->leaving)))
        return say(scratch, SAY(NODE_DRAINED));
    return line && i && line_is_silent(i) ? say(scratch, SAY(NODE_LINE_SILENT)) : "";
}

static json_t *wire_of(const struct node *node, const struct object *o, uint64_t now_us)
{
    struct node_instance *i = node_find_instance(node, o->id);
    bool up = i && wire_is_up(node, i);
    char scratch[IPC_TEXT_MAX];
    const char *error = wire_error(i, o, scratch);

    if (!up && !*error && !node->dataplane.knows_holds)
        error = say(scratch, SAY(NODE_DATAPLANE_AWAY));
    if (i && (up != i->shown_up || !i->since_us)) {
        i->shown_up = up;
        i->since_us = now_us;
    }
    return json_pack("{s:s, s:o, s:o}", "operState", oper_names[up ? IPC_OPER_UP : IPC_OPER_DOWN],
                     "since", status_time(i ? i->since_us : now_us), "lastError",
                     status_text(error));
}

static json_t *line_of(const struct node *node, const struct object *o, uint64_t now_us)
{
    const struct node_instance *i = node_find_instance(node, o->id);
    json_t *status = wire_of(node, o, now_us), *bgp = bgp_of(node, o->id);

    if (status)
        json_object_set_new(
            status, "probeState",
            json_string(probe_names[i && i->want.port.probe_ms ? i->probed : IPC_PROBE_OFF]));
    if (status && bgp)
        json_object_set(status, "bgp", bgp);
    json_decref(bgp);
    return status;
}

static json_t *network_of(const struct node *node, const struct object *o, uint64_t now_us)
{
    const struct desired_instance *network = o->value;
    json_t *status = wire_of(node, o, now_us);

    if (status && network)
        json_object_set_new(status, "hosts",
                            json_integer((json_int_t)network_hosts(node, o->id, network->vpc)));
    return status;
}

/* ---- the rest ---- */

static json_t *instance_of(const struct node *node, const struct object *o)
{
    const struct node_instance *i = node_find_instance(node, o->id);
    const char *error = i && *i->error ? i->error : o->error && !o->value ? o->error : "";
    const char *state = *error ? "failed" : i && i->ready ? "running" : "starting";

    return json_pack("{s:s, s:o, s:s}", "state", state, "lastError", status_text(error), "netns",
                     i ? i->want.netns : "");
}

json_t *status_of(struct node *node, const struct object *o, uint64_t now_us)
{
    struct node_tunnel *t;

    if (o->type == DESIRED_INSTANCE)
        return instance_of(node, o);
    if (o->type == DESIRED_LINE)
        return line_of(node, o, now_us);
    if (o->type == DESIRED_NETWORK)
        return network_of(node, o, now_us);
    if (o->type == DESIRED_ATTACHMENT)
        return json_object(); /* counters are all it has */
    t = o->type == DESIRED_TUNNEL ? node_find_tunnel(node, o->id) : NULL;
    return t ? tunnel_of(node, t, now_us) : NULL;
}

static json_t *drops_of(const struct node *node)
{
    json_t *drops = json_object();

    for (unsigned i = 0; node->dataplane.stats && i < IPC_DROP_COUNT; i++) {
        uint64_t n = ipc_stats_drop(node->dataplane.stats, i);

        json_object_set_new(drops, ipc_stats_drop_name(i), json_integer((json_int_t)n));
    }
    return drops;
}

/* How many things are not as desired, and the first of them, written. */
struct failures {
    unsigned n;
    char first[IPC_TEXT_MAX];
};

static void failure(struct failures *f, unsigned n, const struct words *what)
{
    if (f->n == 0 && n)
        words_write(what, f->first, sizeof(f->first));
    f->n += n;
}

/* The same of one that was written before; "" is none. */
static void failure_written(struct failures *f, const char *written)
{
    struct words_read r;

    failure(f, *written != 0, words_read(written, &r));
}

static void object_failure(struct failures *f, const struct object *o)
{
    static const enum words_code codes[] = {
        [DESIRED_ADDRESS] = WORDS_NODE_ADDRESS_FAILED,
        [DESIRED_VPC] = WORDS_NODE_VPC_FAILED,
        [DESIRED_INSTANCE] = WORDS_NODE_INSTANCE_FAILED,
        [DESIRED_TABLE] = WORDS_NODE_TABLE_FAILED,
        [DESIRED_GATEWAY] = WORDS_NODE_GATEWAY_FAILED,
        [DESIRED_ATTACHMENT] = WORDS_NODE_ATTACHMENT_FAILED,
        [DESIRED_ROUTE] = WORDS_NODE_ROUTE_FAILED,
        [DESIRED_TUNNEL] = WORDS_NODE_TUNNEL_FAILED,
        [DESIRED_LINE] = WORDS_NODE_LINE_FAILED,
        [DESIRED_NETWORK] = WORDS_NODE_NETWORK_FAILED,
        [DESIRED_TYPES] = WORDS_NODE_OBJECT_FAILED,
    };
    struct words_arg args[] = {words_from_text(o->id), words_written(o->error ? o->error : "")};

    failure(f, o->error != NULL,
            &(const struct words){.code = codes[o->type], .count = 2, .args = args});
}

static void collect_failures(const struct node *node, struct failures *f)
{
    const struct node_dataplane *dp = &node->dataplane;
    struct words_arg error = words_written(dp->error), open = words_written(dp->open_error);

    failure_written(f, node->cloud_error);
    failure_written(f, node->scan_error);
    list_for_each (o, &node->carry.unsettled, struct object, unsettled)
        object_failure(f, o);
    list_for_each (i, &node->instances, struct node_instance, all)
        failure(f, *i->error != 0,
                line_is(i) ? SAY(NODE_LINE_FAILED, i->want.port.id, words_written(i->error))
                : network_is(i)
                    ? SAY(NODE_NETWORK_FAILED, i->want.port.id, words_written(i->error))
                    : SAY(NODE_INSTANCE_FAILED, i->want.port.id, words_written(i->error)));
    failure(f, dp->failed,
            *dp->open_error ? SAY(NODE_DATAPLANE_FAILED_BECAUSE, error, open)
                            : SAY(NODE_DATAPLANE_FAILED, error));
    failure(f, node->ike.failed, SAY(NODE_IKE_FAILED, words_written(node->ike.error)));
    failure(f, !dp->knows_holds, SAY(NODE_DATAPLANE_AWAY));
    failure(f, !peer_is_up(&node->ike.peer), SAY(NODE_IKE_AWAY));
}

/* NULL: not known. */
static json_t *usage_of_machine(void)
{
    struct usage u;

    if (usage_read(&u) < 0)
        return NULL;
    return json_pack("{s:I, s:I, s:i, s:I, s:I}", "cpuUs", (json_int_t)u.cpu_us, "bootedAt",
                     (json_int_t)u.boot_s, "cpus", (int)u.cpus, "memoryBytes", (json_int_t)u.memory,
                     "memoryTotalBytes", (json_int_t)u.memory_total);
}

json_t *status_node(const struct node *node)
{
    struct failures f = {0};
    json_t *status, *usage = node->report.counted_us ? usage_of_machine() : NULL;

    collect_failures(node, &f);
    status = json_pack("{s:I, s:o, s:o}", "failed", (json_int_t)f.n, "error", status_text(f.first),
                       "drops", drops_of(node));
    if (status && node->dataplane.peer.boot)
        json_object_set_new(status, "epoch",
                            json_sprintf("%016llx", (unsigned long long)node->dataplane.peer.boot));
    if (status && usage)
        json_object_set(status, "usage", usage);
    json_decref(usage);
    return status;
}
