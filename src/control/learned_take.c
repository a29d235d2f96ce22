#include "learned.h"
#include "notice.h"

/* Routes in reports. What they say comes from peers on the other side of tunnels: each text is
 * bounded and of the characters that it may have. */

struct taking {
    struct region *region;
    struct node_state *node;
    struct heard_edit edit;
    size_t count; /* of the node, but for the open set */
    const struct snapshot *s;
    learned_refuse *refuse;
    void *arg;
};

static void refuse(struct taking *t, const char *tunnel, enum words_code why)
{
    char key[128];

    (void)text_printf(key, sizeof(key), "learned/%s", tunnel);
    t->refuse(t->arg, key, why);
}

/* ---- one route ---- */

static bool is_text(const char *text, const char *allowed)
{
    return strlen(text) <= LEARNED_TEXT_MAX && text[strspn(text, allowed)] == 0;
}

static bool take_number(struct model_in *item, const char *name, uint64_t max, uint32_t *ret)
{
    const struct model_in member = model_in_member(item, name);
    int64_t n;

    if (!model_in_integer(&member, &n) || n < 0 || (uint64_t)n > max)
        return false;
    *ret = (uint32_t)n;
    return true;
}

static bool take_med(struct model_in *item, struct plan_learned_route *ret)
{
    const struct model_in member = model_in_member(item, "med");

    ret->has_med = model_in_type(&member) > MODEL_IN_NULL;
    return !ret->has_med || take_number(item, "med", UINT32_MAX, &ret->med);
}

/* Borrows texts of the item. */
static bool read_route(struct model_in *item, struct plan_learned_route *ret)
{
    const char *origin = model_in_text(item, "origin");

    *ret = (struct plan_learned_route){.as_path = model_in_text(item, "asPath"),
                                       .communities = model_in_text(item, "communities")};
    for (ret->origin = 0; ret->origin < PLAN_ORIGINS; ret->origin++) {
        if (strcmp(plan_origin_name(ret->origin), origin) == 0)
            break;
    }
    return prefix_parse(model_in_text(item, "prefix"), &ret->prefix) == 0 &&
           addr_parse(model_in_text(item, "nextHop"), &ret->next_hop) == 0 &&
           is_text(ret->as_path, "0123456789 {},().") && /* "...": cut */
           is_text(ret->communities, "0123456789abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ :,.()-_") &&
           take_number(item, "asPathLength", UINT16_MAX, &ret->length) && take_med(item, ret) &&
           ret->origin < PLAN_ORIGINS &&
           clock_parse(model_in_text(item, "since"), &ret->since_us) == 0;
}

/* ---- whose it is ---- */

static bool is_its_line(const struct taking *t, const struct model_private_interface *line,
                        const char *gateway)
{
    return line->routing == MODEL_ROUTING_BGP && line->border_gateway_id &&
           (!gateway || strcmp(line->border_gateway_id, gateway) == 0) &&
           heard_was_given(t->region, t->node->id, "line", line->head.id);
}

/* A node is believed about tunnels and private interfaces that it was given, with BGP, of the
 * gateway that they have. */
static bool is_its_own(const struct taking *t, const char *tunnel, const char *gateway)
{
    const struct model_private_interface *line =
        snapshot_get(t->s, MODEL_PRIVATE_INTERFACE, tunnel);
    const struct model_vpn_tunnel *resource = snapshot_get(t->s, MODEL_VPN_TUNNEL, tunnel);
    const struct model_border_gateway *g = resource ? snapshot_gateway_of(t->s, resource) : NULL;
    const struct model_vpn_connection *c =
        resource ? snapshot_get(t->s, MODEL_VPN_CONNECTION, resource->vpn_connection_id) : NULL;

    if (line)
        return is_its_line(t, line, gateway);
    return g && c && c->routing == MODEL_ROUTING_BGP &&
           (!gateway || strcmp(g->head.id, gateway) == 0) &&
           heard_was_given(t->region, t->node->id, "tunnel", tunnel);
}

/* Goes on with the tunnel's set. */
static int open_set(struct taking *t, const char *tunnel)
{
    int r;

    if (t->edit.set && strcmp(t->edit.id, tunnel) == 0)
        return 0;
    t->count += heard_edited(&t->edit);
    r = heard_edit(&t->edit, tunnel);
    if (r == 0) {
        t->count -= heard_edited(&t->edit);
        notice_routes_learned(t->region, t->s, tunnel);
    }
    return r;
}

static int take_put(struct taking *t, struct model_in *item)
{
    const char *gateway = model_in_text(item, "gateway"), *tunnel = model_in_text(item, "tunnel");
    struct plan_learned_route route;
    int r;

    if (!is_its_own(t, tunnel, gateway)) {
        refuse(t, tunnel, WORDS_REPORT_FOREIGN);
        return 0;
    }
    if (!read_route(item, &route)) {
        refuse(t, tunnel, WORDS_REPORT_LEARNED);
        return 0;
    }
    r = open_set(t, tunnel);
    if (r == 0 && t->count + heard_edited(&t->edit) >= LEARNED_MAX) {
        refuse(t, tunnel, WORDS_REPORT_LEARNED_FULL);
        return 0;
    }
    return r == 0 ? learned_put(&t->edit, &route) : r;
}

static int take_gone(struct taking *t, struct model_in *item)
{
    const char *tunnel = model_in_text(item, "tunnel");
    struct prefix prefix;
    int r;

    if (!is_its_own(t, tunnel, NULL))
        return 0; /* it is gone with its tunnel */
    if (prefix_parse(model_in_text(item, "prefix"), &prefix) < 0) {
        refuse(t, tunnel, WORDS_REPORT_LEARNED);
        return 0;
    }
    r = open_set(t, tunnel);
    return r == 0 ? learned_remove(&t->edit, &prefix) : r;
}

static int take_list(struct taking *t, struct model_in *learned, const char *name,
                     int (*take)(struct taking *t, struct model_in *item))
{
    const struct model_in list = model_in_member(learned, name);
    struct model_in_walk w = model_in_values(&list);
    struct model_in item;
    int r = 0;

    while (r == 0 && model_in_next(&w, NULL, &item))
        r = take(t, &item);
    return r;
}

int learned_take(struct region *r, struct node_state *n, const struct model_in *learned,
                 learned_refuse *refuse_one, void *arg)
{
    struct model_in doc = *learned;
    struct snapshot *s = region_now(r);
    struct taking t = {.region = r,
                       .node = n,
                       .edit = learned_begin(r, n->id),
                       .count = heard_count(r->learned, n->id),
                       .s = s,
                       .refuse = refuse_one,
                       .arg = arg};
    int result = take_list(&t, &doc, "gone", take_gone), closed; /* what came again is in both */

    if (result == 0)
        result = take_list(&t, &doc, "put", take_put);
    closed = heard_edit(&t.edit, NULL);
    snapshot_unref(s);
    return result < 0 ? result : closed;
}
