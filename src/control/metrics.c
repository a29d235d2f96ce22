#include "control_internal.h"

#include <inttypes.h>

/* GET /metrics: the text format of Prometheus. */

/* Calls visit for each region, with the region as it is now. */
static void each_region(struct control *c, struct buf *out,
                        void (*visit)(struct region *r, const struct snapshot *s, struct buf *out))
{
    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        struct snapshot *now = region_now(r);

        if (snapshot_region(now))
            visit(r, now, out);
        snapshot_unref(now);
    }
}

static void add_resources(struct control *c, struct buf *out)
{
    size_t counts[MODEL_KINDS] = {0};

    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        struct snapshot *now = region_now(r);

        for (int k = 0; k < MODEL_KINDS; k++)
            counts[k] += snapshot_count(now, (enum model_kind_id)k);
        snapshot_unref(now);
    }
    buf_puts(out, "# HELP ropeway_resources Resources that exist.\n"
                  "# TYPE ropeway_resources gauge\n");
    for (int k = 0; k < MODEL_KINDS; k++)
        buf_printf(out, "ropeway_resources{kind=\"%s\"} %zu\n",
                   model_kind((enum model_kind_id)k)->name, counts[k]);
}

static void add_revision(struct region *r, const struct snapshot *s, struct buf *out)
{
    buf_printf(out, "ropeway_region_revision{region=\"%s\"} %" PRIu64 "\n", r->id,
               snapshot_revision(s));
}

static void add_tunnels(struct region *r, const struct snapshot *s, struct buf *out)
{
    pthread_mutex_lock(&r->live);
    snapshot_each (struct model_vpn_tunnel, tunnel, it, s, MODEL_VPN_TUNNEL)
        buf_printf(out, "ropeway_tunnel_up{region=\"%s\",id=\"%s\"} %d\n", r->id, tunnel->head.id,
                   live_is_up(r, s, tunnel));
    pthread_mutex_unlock(&r->live);
}

static void add_nodes(struct region *r, const struct snapshot *s, struct buf *out)
{
    pthread_mutex_lock(&r->live);
    snapshot_each (struct model_node, node, it, s, MODEL_NODE)
        buf_printf(out, "ropeway_node_online{region=\"%s\",id=\"%s\"} %d\n", r->id, node->head.id,
                   live_state(r, live_node(r, node->head.id, false)) == LIVE_ONLINE);
    pthread_mutex_unlock(&r->live);
}

/* A node that has been silent keeps its last counts: counters do not go back. */
static void add_drops(struct region *r, const struct snapshot *s, struct buf *out)
{
    const char *reason;
    json_t *count;

    (void)s;
    pthread_mutex_lock(&r->live);
    list_for_each (n, &r->nodes, struct node_state, link) {
        json_object_foreach (n->drops, reason, count)
            buf_printf(out, "ropeway_drops_total{region=\"%s\",node=\"%s\",reason=\"%s\"} %lld\n",
                       r->id, n->id, reason, (long long)json_integer_value(count));
    }
    pthread_mutex_unlock(&r->live);
}

static const struct {
    const char *help;
    void (*visit)(struct region *r, const struct snapshot *s, struct buf *out);
} families[] = {
    {"# HELP ropeway_region_revision Changes of the region committed so far.\n"
     "# TYPE ropeway_region_revision counter\n",
     add_revision},
    {"# HELP ropeway_node_online Whether the node is in touch.\n"
     "# TYPE ropeway_node_online gauge\n",
     add_nodes},
    {"# HELP ropeway_drops_total Packets that the data plane of a node dropped.\n"
     "# TYPE ropeway_drops_total counter\n",
     add_drops},
    {"# HELP ropeway_tunnel_up Whether the tunnel carries packets.\n"
     "# TYPE ropeway_tunnel_up gauge\n",
     add_tunnels},
};

int metrics_text(struct call *call)
{
    struct buf *out = &call->res->body;

    buf_puts(out, "# HELP ropeway_requests_total Requests answered, by class of status.\n"
                  "# TYPE ropeway_requests_total counter\n");
    for (size_t i = 2; i < ARRAY_SIZE(call->c->requests); i++)
        buf_printf(out, "ropeway_requests_total{code=\"%zuxx\"} %" PRIu64 "\n", i,
                   __atomic_load_n(&call->c->requests[i], __ATOMIC_RELAXED));
    add_resources(call->c, out);
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        buf_puts(out, families[i].help);
        each_region(call->c, out, families[i].visit);
    }
    if (out->failed)
        return -ENOMEM;
    call->res->status = 200;
    call->res->content_type = "text/plain; version=0.0.4";
    return 0;
}
