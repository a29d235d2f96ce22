#include "metrics.h"

#include <stdio.h>

/* Instances and attachments of VPCs, once their node has counted something of them: out is away
 * from the VPC. */

static const struct object_family {
    enum model_kind_id kind;
    const char *type; /* of their objects on the node */
    const char *name, *help;
    const char *in, *out;
} families[] = {
    {MODEL_INSTANCE, "instance", "ropeway_instance_bytes_total",
     "Bytes of IP packets to (in) and from (out) the instance.", "bytesIn", "bytesOut"},
    {MODEL_INSTANCE, "instance", "ropeway_instance_packets_total",
     "Packets to (in) and from (out) the instance.", "packetsIn", "packetsOut"},
    {MODEL_INSTANCE, "instance", "ropeway_instance_dropped_packets_total",
     "Packets to and from the instance that were thrown away.", "dropsIn", "dropsOut"},
    {MODEL_VPC_ATTACHMENT, "attachment", "ropeway_attachment_bytes_total",
     "Bytes of IP packets from the VPC to the gateway (out) and back (in).", "bytesIn", "bytesOut"},
    {MODEL_VPC_ATTACHMENT, "attachment", "ropeway_attachment_packets_total",
     "Packets from the VPC to the gateway (out) and back (in).", "packetsIn", "packetsOut"},
    {MODEL_VPC_ATTACHMENT, "attachment", "ropeway_attachment_dropped_packets_total",
     "Packets over the attachment for which no route was found behind it.", "dropsIn", "dropsOut"},
};

struct visit {
    const struct object_family *family;
    struct buf *out;
};

/* Which node carries it; NULL: none. */
static const char *node_of(const struct snapshot *s, const struct model_resource *m)
{
    const struct model_placement *p;

    if (m->kind->id == MODEL_INSTANCE)
        return ((const struct model_instance *)m)->node_id;
    p = snapshot_get(s, MODEL_PLACEMENT,
                     ((const struct model_vpc_attachment *)m)->border_gateway_id);
    return p ? p->node_id : NULL;
}

static void add_one(struct region *r, const struct snapshot *s, const struct model_resource *m,
                    const struct visit *v)
{
    const struct object_family *f = v->family;
    const char *id = node_of(s, m);
    const struct node_state *n = id ? live_node(r, id, false) : NULL;
    char key[STORE_NAME_MAX + 16];
    struct metrics_labels labels;
    const struct said *said;

    (void)text_printf(key, sizeof(key), "%s/%s", f->type, m->id);
    said = n ? pmap_get(n->said, key, strlen(key)) : NULL;
    if (!said || !said->counts)
        return;
    metrics_label(r, m, &labels);
    buf_printf(v->out, "%s{%s,direction=\"in\"} %" JSON_INTEGER_FORMAT "\n", f->name, labels.text,
               json_integer_value(json_object_get(said->counts, f->in)));
    buf_printf(v->out, "%s{%s,direction=\"out\"} %" JSON_INTEGER_FORMAT "\n", f->name, labels.text,
               json_integer_value(json_object_get(said->counts, f->out)));
}

static void add_region(struct region *r, const struct snapshot *s, void *arg)
{
    const struct visit *v = arg;

    pthread_mutex_lock(&r->live);
    snapshot_each (struct model_resource, m, it, s, v->family->kind)
        add_one(r, s, m, v);
    pthread_mutex_unlock(&r->live);
}

void metrics_objects(struct control *c, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct visit v = {.family = &families[i], .out = out};

        metrics_begin(out, families[i].name, "counter", families[i].help);
        metrics_each_region(c, add_region, &v);
    }
}
