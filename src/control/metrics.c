#include "control_internal.h"

#include <inttypes.h>

/* GET /metrics: the text format of Prometheus. */

static void add_resources(struct control *c, struct buf *out)
{
    buf_puts(out, "# HELP ropeway_resources Resources that exist.\n"
                  "# TYPE ropeway_resources gauge\n");
    for (int k = 0; k < MODEL_KINDS; k++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)k);
        struct store_query query = {.collection = kind->collection};
        struct store_page page = {0};

        if (store_list(c->store, &query, &page) == 0)
            buf_printf(out, "ropeway_resources{kind=\"%s\"} %zu\n", kind->name, page.count);
        store_page_done(&page);
    }
}

static void add_tunnels(struct control *c, struct buf *out)
{
    const struct model_kind *kind = model_kind(MODEL_VPN_TUNNEL);
    struct store_query query = {.collection = kind->collection};
    struct store_page page = {0};

    buf_puts(out, "# HELP ropeway_tunnel_up Whether the tunnel carries packets.\n"
                  "# TYPE ropeway_tunnel_up gauge\n");
    if (store_list(c->store, &query, &page) < 0)
        return;
    for (size_t i = 0; i < page.count; i++) {
        json_t *resource = json_pack("{s:s}", "id", page.items[i].id);
        json_t *status = status_of(c, kind, page.items[i].region, resource);

        buf_printf(out, "ropeway_tunnel_up{region=\"%s\",id=\"%s\"} %d\n", page.items[i].region,
                   page.items[i].id, strcmp(model_str(status, "operState"), "up") == 0);
        json_decref(status);
        json_decref(resource);
    }
    store_page_done(&page);
}

static void add_nodes(struct control *c, struct buf *out)
{
    const char *id;
    json_t *node;

    buf_puts(out, "# HELP ropeway_node_online Whether the node is in touch.\n"
                  "# TYPE ropeway_node_online gauge\n");
    json_object_foreach (c->status.nodes, id, node)
        buf_printf(out, "ropeway_node_online{region=\"%s\",id=\"%s\"} %d\n",
                   model_str(node, "region"), id, json_is_true(json_object_get(node, "online")));
}

/* A node that has been silent keeps its last counts: counters do not go back. */
static void add_drops(struct control *c, struct buf *out)
{
    const char *id, *reason;
    json_t *node, *count;

    buf_puts(out, "# HELP ropeway_drops_total Packets that the data plane of a node dropped.\n"
                  "# TYPE ropeway_drops_total counter\n");
    json_object_foreach (c->status.nodes, id, node) {
        json_object_foreach (json_object_get(node, "drops"), reason, count)
            buf_printf(out, "ropeway_drops_total{region=\"%s\",node=\"%s\",reason=\"%s\"} %lld\n",
                       model_str(node, "region"), id, reason, (long long)json_integer_value(count));
    }
}

int metrics_text(struct call *call)
{
    struct buf *out = &call->res->body;

    buf_puts(out, "# HELP ropeway_requests_total Requests answered, by class of status.\n"
                  "# TYPE ropeway_requests_total counter\n");
    for (size_t i = 2; i < ARRAY_SIZE(call->c->requests); i++)
        buf_printf(out, "ropeway_requests_total{code=\"%zuxx\"} %" PRIu64 "\n", i,
                   call->c->requests[i]);
    buf_printf(out,
               "# HELP ropeway_store_revision Changes committed so far.\n"
               "# TYPE ropeway_store_revision counter\nropeway_store_revision %" PRIu64 "\n",
               store_revision(call->c->store, NULL));
    add_resources(call->c, out);
    add_nodes(call->c, out);
    add_drops(call->c, out);
    add_tunnels(call->c, out);
    if (out->failed)
        return -ENOMEM;
    call->res->status = 200;
    call->res->content_type = "text/plain; version=0.0.4";
    return 0;
}
