/* The status document (docs/architecture.md). */
#include "node_internal.h"

#include <stdio.h>

#include "selectors.h"

static const char *const oper_names[] = {
    [IPC_OPER_DOWN] = "down", [IPC_OPER_NEGOTIATING] = "negotiating", [IPC_OPER_UP] = "up"};

/* Text of other programs, which JSON would refuse if it were no UTF-8. */
static json_t *text_of(const char *text)
{
    char readable[2 * IPC_TEXT_MAX];

    (void)text_printf(readable, sizeof(readable), "%s", text);
    return json_string(readable);
}

static json_t *time_of(uint64_t us)
{
    char text[CLOCK_TEXT_MAX];

    return json_string(us ? clock_format(us, text) : "");
}

/* ---- tunnels ---- */

/* Nobody can be called from an address that this machine does not have. */
static const char *without_address(const struct node *node, const struct node_tunnel *t,
                                   char scratch[IPC_TEXT_MAX])
{
    char cloud[ADDR_TEXT_MAX];

    (void)text_printf(scratch, IPC_TEXT_MAX, "its cloud address %s is not on this machine: %s",
                      addr_format(&t->want.ike.local, cloud),
                      *node->cloud_error ? node->cloud_error : node->dataplane.open_error);
    return scratch;
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
        *ret_error = t->error;
        return IPC_OPER_DOWN;
    }
    if (!t->want.dataplane.admin_up) {
        *ret_error = "";
        return IPC_OPER_DOWN;
    }
    if (!node->dataplane.knows_holds) {
        *ret_error = "ropeway-dataplane is away.";
        return IPC_OPER_DOWN;
    }
    if (state > IPC_OPER_UP)
        state = IPC_OPER_DOWN;
    if (state == IPC_OPER_UP && !dataplane_link_is_on(node, t))
        state = IPC_OPER_NEGOTIATING;
    if (state != IPC_OPER_UP && !dataplane_link_holds(node, &t->want.ike.local))
        *ret_error = without_address(node, t, scratch);
    if (ike_away) {
        *ret_error = state == IPC_OPER_UP ? "ropeway-ike is away; the keys it made are used on."
                                          : "ropeway-ike is away.";
        if (state != IPC_OPER_UP)
            return IPC_OPER_DOWN;
    }
    return state;
}

/* A tunnel that is up may still carry less than the routes ask of it. */
static const char *narrowed(const struct node *node, struct node_tunnel *t)
{
    char before[sizeof(t->narrowed)];

    memcpy(before, t->narrowed, sizeof(before));
    selectors_explain(node->tables, node->n_tables, &t->want.dataplane, &t->status, t->narrowed,
                      sizeof(t->narrowed));
    if (*t->narrowed && strcmp(before, t->narrowed) != 0)
        log_warn("tunnel %s: %s", t->want.dataplane.id, t->narrowed);
    return t->narrowed;
}

static json_t *counters_of(const struct node *node, const struct node_tunnel *t)
{
    const struct ipc_stats_map *map = node->dataplane.stats;
    struct ipc_stats_entry e = {0};
    const uint64_t *v = e.values;

    if (map && ipc_stats_find(map, IPC_STATS_TUNNEL, t->want.dataplane.id, &e) < 0)
        e = (struct ipc_stats_entry){0};
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "packetsIn",
        (json_int_t)v[IPC_TUNNEL_PACKETS_IN], "packetsOut", (json_int_t)v[IPC_TUNNEL_PACKETS_OUT],
        "bytesIn", (json_int_t)v[IPC_TUNNEL_BYTES_IN], "bytesOut",
        (json_int_t)v[IPC_TUNNEL_BYTES_OUT], "encryptedBytesIn",
        (json_int_t)v[IPC_TUNNEL_ENCRYPTED_IN], "encryptedBytesOut",
        (json_int_t)v[IPC_TUNNEL_ENCRYPTED_OUT], "dropsIn", (json_int_t)v[IPC_TUNNEL_DROPS_IN],
        "dropsOut", (json_int_t)v[IPC_TUNNEL_DROPS_OUT]);
}

/* ropewayd takes a mebibyte. So many tunnels that their logs alone would fill it send less of
 * each; what came before was in an earlier status. */
#define LOGS_MAX  (448U << 10)
#define LINE_JSON 64 /* bytes around a text */

/* The number of the first line that the status holds. */
static size_t first_line(const struct node_tunnel *t, size_t budget)
{
    size_t oldest = t->n_log > NODE_LOG_LINES ? t->n_log - NODE_LOG_LINES : 0, at = t->n_log;

    while (at > oldest) {
        size_t need = strlen(t->log[(at - 1) % NODE_LOG_LINES].text) + LINE_JSON;

        if (need > budget && at < t->n_log)
            break;
        budget -= MIN(need, budget);
        at--;
    }
    return at;
}

static json_t *log_of(const struct node_tunnel *t, size_t budget)
{
    json_t *log = json_array();

    for (size_t i = first_line(t, budget); i < t->n_log; i++) {
        const struct node_log_line *line = &t->log[i % NODE_LOG_LINES];

        json_array_append_new(
            log, json_pack("{s:o, s:o}", "at", time_of(line->at_us), "text", text_of(line->text)));
    }
    return log;
}

static json_t *tunnel_of(const struct node *node, struct node_tunnel *t, size_t log_budget,
                         uint64_t now_us)
{
    const struct ipc_ike_status *s = &t->status;
    char remote[ENDPOINT_TEXT_MAX] = "", scratch[IPC_TEXT_MAX];
    const char *error;
    uint8_t state = tunnel_state(node, t, scratch, &error);

    if (state == IPC_OPER_UP && !*error)
        error = narrowed(node, t);
    if (state != t->shown || !t->shown_since_us) {
        t->shown = state;
        t->shown_since_us = t->has_status && s->state == state ? s->since_us : now_us;
    }
    if (t->has_status && s->remote.addr.family != ADDR_NONE)
        endpoint_format(&s->remote, remote);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:b, s:b, s:I, s:I, s:I, s:o, s:o}", "id",
                     t->want.dataplane.id, "operState", oper_names[state], "since",
                     time_of(t->shown_since_us), "lastError", text_of(error), "ikeAlgorithms",
                     text_of(s->ike_algs), "ipsecAlgorithms", text_of(s->child_algs), "remote",
                     remote, "natLocal", s->nat_local, "natRemote", s->nat_remote, "ikeRekeys",
                     (json_int_t)s->ike_rekeys, "childRekeys", (json_int_t)s->child_rekeys,
                     "handshakeUs", (json_int_t)s->handshake_us, "counters", counters_of(node, t),
                     "log", log_of(t, log_budget));
}

/* ---- the rest ---- */

static json_t *instance_of(const struct node_instance *i)
{
    const char *state = *i->error ? "failed" : i->ready ? "running" : "starting";

    return json_pack("{s:s, s:s, s:o, s:s}", "id", i->want.port.id, "state", state, "error",
                     text_of(i->error), "netns", i->want.netns);
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

/* How many things are not as desired, and the first of them in words. */
struct failures {
    unsigned n;
    struct buf first;
};

PRINTF(3, 4) static void failure(struct failures *f, unsigned n, const char *fmt, ...)
{
    char text[IPC_TEXT_MAX + 300];
    va_list ap;

    if (f->n == 0 && n) {
        va_start(ap, fmt);
        (void)text_vprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        buf_puts(&f->first, text);
    }
    f->n += n;
}

static void collect_failures(const struct node *node, struct failures *f)
{
    const struct node_dataplane *dp = &node->dataplane;

    failure(f, *node->cloud_error != 0, "%s", node->cloud_error);
    failure(f, *node->scan_error != 0, "%s", node->scan_error);
    for (size_t i = 0; i < node->n_problems; i++)
        failure(f, 1, "%s %s: %s", node->problems[i].kind, node->problems[i].id,
                node->problems[i].text);
    list_for_each (i, &node->instances, struct node_instance, link)
        failure(f, i->wanted && *i->error, "instance %s: %s", i->want.port.id, i->error);
    failure(f, dp->failed, "data plane: %s%s%s", dp->error, *dp->open_error ? "; " : "",
            dp->open_error);
    failure(f, node->ike.failed, "IKE: %s", node->ike.error);
    failure(f, !dp->knows_holds, "ropeway-dataplane is away");
    failure(f, !peer_is_up(&node->ike.peer), "ropeway-ike is away");
}

json_t *node_status(struct node *node, uint64_t now_us)
{
    json_t *tunnels = json_array(), *instances = json_array();
    struct failures f = {0};
    size_t n_tunnels = 0;
    json_t *status;

    collect_failures(node, &f);
    list_for_each (t, &node->tunnels, struct node_tunnel, link)
        n_tunnels += t->present;
    list_for_each (t, &node->tunnels, struct node_tunnel, link) {
        if (t->present)
            json_array_append_new(tunnels, tunnel_of(node, t, LOGS_MAX / n_tunnels, now_us));
    }
    list_for_each (i, &node->instances, struct node_instance, link) {
        if (i->present)
            json_array_append_new(instances, instance_of(i));
    }
    status = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "revision", (json_int_t)node->revision,
                       "failed", (json_int_t)f.n, "error", text_of(buf_text(&f.first)), "tunnels",
                       tunnels, "instances", instances, "drops", drops_of(node));
    buf_done(&f.first);
    return status;
}
