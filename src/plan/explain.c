#include "plan_internal.h"

#include <stdio.h>

/* Follows an address through the tables and tells each step. Depth is bounded: a VPC route table
 * leads to gateways, a gateway to VPCs and connections, and those are the end. */

struct story {
    const struct snapshot *s;
    struct plan_tables tables;
    const struct addr *destination;
    plan_tunnel_status *status;
    void *user;
    char address[ADDR_TEXT_MAX];
    json_t *steps;
    struct buf ends; /* where the packet may end, "…, or …" */
    size_t n_ends;
    bool at_gateway;     /* the question was put to a border gateway */
    const char *gateway; /* which one the packet is at; NULL before the first */
    bool failed;
};

static void tell(void *arg, const char *sentence)
{
    struct story *s = arg;

    if (json_array_append_new(s->steps, json_string(sentence)) < 0)
        s->failed = true;
}

PRINTF(2, 3) static void tellf(struct story *s, const char *fmt, ...)
{
    char line[512];
    va_list args;

    va_start(args, fmt);
    (void)text_vprintf(line, sizeof(line), fmt, args);
    va_end(args);
    tell(s, line);
}

PRINTF(2, 3) static void end_at(struct story *s, const char *fmt, ...)
{
    char line[512];
    va_list args;

    va_start(args, fmt);
    (void)text_vprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (!strstr(buf_text(&s->ends), line)) /* several ways may lead to the same end */
        buf_printf(&s->ends, "%s%s", s->ends.len ? ", or " : "", line);
    s->n_ends++;
}

/* ---- the ends ---- */

static struct prefix host_of(const struct story *s)
{
    return prefix_make(s->destination, (uint8_t)addr_bits(s->destination));
}

/* The node that an instance on the other one is not reached from; NULL if all is well. */
static const char *where_else(const struct story *s, const struct model_instance *instance)
{
    const char *node = plan_instance_node(s->s, instance), *other = NULL;

    if (s->gateway)
        other = plan_placed_on(s->s, s->gateway);
    else if (!plan_cut_off(s->s, instance, &other))
        other = NULL;
    return node && other && strcmp(node, other) != 0 ? node : NULL;
}

static void tell_instance(struct story *s, const struct model_instance *instance)
{
    const char *id = instance->head.id, *name = instance->head.name ? instance->head.name : "";
    const char *node = where_else(s, instance);

    if (!plan_instance_node(s->s, instance))
        end_at(s, "nowhere: no node carries instance %s (%s)", id, name);
    else if (node)
        end_at(s, "to instance %s (%s) on node %s, which only instances on that node reach", id,
               name, node);
    else
        end_at(s, "to instance %s (%s)", id, name);
}

static void tell_subnet(struct story *s, const char *vpc, const struct model_subnet *subnet)
{
    const char *id = subnet->head.id;
    struct prefix host = host_of(s);
    const struct model_instance *instance =
        snapshot_overlap(s->s, SPACE_INSTANCES, id, &host, NULL);
    struct addr gateway = model_subnet_gateway(&subnet->cidr);
    char cidr[PREFIX_TEXT_MAX];

    if (instance) {
        tellf(s, "In %s it belongs to instance %s (%s) of subnet %s.", vpc, instance->head.id,
              instance->head.name ? instance->head.name : "", id);
        tell_instance(s, instance);
    } else if (addr_equal(&gateway, s->destination)) {
        tellf(s, "It is the gateway address of subnet %s.", id);
        end_at(s, "to the gateway of subnet %s", id);
    } else {
        tellf(s, "It lies in subnet %s (%s), where no instance has it.", id,
              prefix_format(&subnet->cidr, cidr));
        end_at(s, "nowhere: no instance of %s has it", vpc);
    }
}

static void tell_vpc(struct story *s, const char *vpc)
{
    struct prefix host = host_of(s);
    const struct model_subnet *subnet = snapshot_overlap(s->s, SPACE_SUBNETS, vpc, &host, NULL);

    vpc = vpc ? vpc : "";
    if (subnet) {
        tell_subnet(s, vpc, subnet);
    } else {
        tellf(s, "In %s no subnet holds %s.", vpc, s->address);
        end_at(s, "nowhere: no subnet of %s holds it", vpc);
    }
}

static void tell_tunnel_state(struct story *s, const struct model_vpn_tunnel *tunnel,
                              const char *state, const char *error)
{
    char cloud[ADDR_TEXT_MAX], customer[ADDR_TEXT_MAX];

    tellf(s, "Tunnel %s (%s to %s) is %s%s%s.", tunnel->head.id,
          addr_format(&tunnel->cloud_address, cloud),
          addr_format(&tunnel->customer_address, customer), state, error[0] ? ": " : "", error);
}

/* Says it of a tunnel that is on another node than its gateway. */
static bool tell_apart(struct story *s, const struct model_vpn_tunnel *tunnel)
{
    const char *node = plan_tunnel_node(s->s, tunnel);
    const char *other = s->gateway ? plan_placed_on(s->s, s->gateway) : NULL;
    char state[256];

    if (!node || !other || strcmp(node, other) == 0)
        return false;
    (void)text_printf(state, sizeof(state), "on node %s, but its border gateway is on node %s",
                      node, other);
    tell_tunnel_state(s, tunnel, state, "");
    return true;
}

/* Whether the tunnel takes flows, as far as one knows. */
static bool tell_tunnel(struct story *s, const struct model_vpn_tunnel *tunnel)
{
    json_t *status = s->status ? s->status(s->user, tunnel) : NULL;
    const char *known = model_str(status, "operState"), *error = model_str(status, "lastError");
    bool enabled = tunnel->admin == MODEL_ADMIN_UP, usable;

    usable = enabled && (strcmp(known, "up") == 0 || !known[0]);
    if (usable && tell_apart(s, tunnel)) {
        json_decref(status);
        return false;
    }
    if (!enabled)
        tell_tunnel_state(s, tunnel, "taken down by its adminState", "");
    else if (usable) /* then an error is about something else: an older or a newer attempt */
        tell_tunnel_state(s, tunnel, known[0] ? known : "in use while it is up", "");
    else
        tell_tunnel_state(s, tunnel, known, error);
    json_decref(status);
    return usable;
}

static void tell_connection(struct story *s, const char *id)
{
    bool usable = false, any = false;

    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, s->s, LINK_TUNNEL_CONNECTION, id) {
        any = true;
        usable |= tell_tunnel(s, tunnel);
    }
    if (usable)
        end_at(s, "to VPN connection %s, by flow over its tunnels that are up", id);
    else
        tellf(s, "VPN connection %s has no tunnel%s: it takes no flows.", id, any ? " up" : "");
}

/* ---- the tables ---- */

static void tell_table(struct story *s, const char *id);

static void tell_local(struct story *s, const struct plan_routes *from)
{
    const struct model_route_table *table = (const struct model_route_table *)from->resource;

    if (from->resource->kind->id == MODEL_ROUTE_TABLE)
        tell_vpc(s, table->vpc_id);
    else
        end_at(s, "to the gateway itself: it is the inner address of a tunnel");
}

static void tell_attachment(struct story *s, const char *id)
{
    const struct model_vpc_attachment *attachment = snapshot_get(s->s, MODEL_VPC_ATTACHMENT, id);

    tell_vpc(s, attachment ? attachment->vpc_id : NULL);
}

static void tell_hop_instance(struct story *s, const char *id)
{
    const struct model_instance *instance = snapshot_get(s->s, MODEL_INSTANCE, id);

    if (instance)
        tell_instance(s, instance);
}

static void tell_end(struct story *s, const struct plan_routes *from, const struct routing_route *r)
{
    switch (r->hop) {
    case ROUTING_HOP_LOCAL:
        tell_local(s, from);
        break;
    case ROUTING_HOP_BLACKHOLE:
        end_at(s, "nowhere: a blackhole route drops it");
        break;
    case ROUTING_HOP_ATTACHMENT:
        tell_attachment(s, r->target);
        break;
    case ROUTING_HOP_CONNECTION:
        tell_connection(s, r->target);
        break;
    case ROUTING_HOP_GATEWAY:
        tellf(s, "The lookup goes on at border gateway %s.", r->target);
        tell_table(s, r->target);
        break;
    case ROUTING_HOP_INSTANCE:
        tell_hop_instance(s, r->target);
        break;
    case ROUTING_HOP_PRIVATE_INTERFACE:
        end_at(s, "to private interface %s", r->target);
        break;
    }
}

static bool has_transit(const struct plan_routes *routes)
{
    return routes->resource->kind->id == MODEL_BORDER_GATEWAY &&
           ((const struct model_border_gateway *)routes->resource)->transit;
}

static void tell_ends(struct story *s, const struct plan_routes *from, size_t first, size_t end)
{
    bool told = has_transit(from) || !s->at_gateway;

    for (size_t i = first; i < end; i++) {
        const struct routing_route *r = &from->table.routes[i];

        if (r->reason != ROUTING_EFFECTIVE)
            continue;
        if (r->hop == ROUTING_HOP_CONNECTION && !told)
            tell(s, "Packets that came from a VPN connection do not take it: transit is off.");
        told = true;
        tell_end(s, from, r);
    }
}

static void tell_routes(struct story *s, const struct plan_routes *routes)
{
    size_t first, end, ends = s->n_ends;

    routing_explain(&routes->table, s->destination, tell, s);
    if (!routing_lookup(&routes->table, s->destination, &first, &end)) {
        end_at(s, "nowhere: no effective route of %s matches", routes->resource->id);
        return;
    }
    tell_ends(s, routes, first, end);
    if (s->n_ends == ends)
        end_at(s, "nowhere: no tunnel of its VPN connection is up");
}

static void tell_table(struct story *s, const char *id)
{
    const struct plan_routes *routes;
    const char *from = s->gateway;

    if (plan_tables_get(&s->tables, id, &routes) < 0) {
        s->failed = true;
        return;
    }
    if (routes->resource->kind->id == MODEL_BORDER_GATEWAY)
        s->gateway = routes->resource->id;
    tell_routes(s, routes);
    s->gateway = from;
}

int plan_explain(const struct snapshot *snapshot, const char *id, const struct addr *destination,
                 plan_tunnel_status *status, void *user, json_t **ret)
{
    struct story s = {.s = snapshot,
                      .tables = {.snapshot = snapshot},
                      .destination = destination,
                      .status = status,
                      .user = user,
                      .at_gateway = snapshot_get(snapshot, MODEL_BORDER_GATEWAY, id)};
    char answer[ADDR_TEXT_MAX + 16];
    json_t *out = NULL;

    if (!s.at_gateway && !snapshot_get(snapshot, MODEL_ROUTE_TABLE, id))
        return -ENOENT;
    s.steps = json_array();
    if (!s.steps)
        return -ENOMEM;
    addr_format(destination, s.address);
    tell_table(&s, id);
    plan_tables_done(&s.tables);
    snprintf(answer, sizeof(answer), "%s goes ", s.address);
    if (!s.failed && !s.ends.failed)
        out = json_pack("{s:s++, s:O}", "answer", answer, buf_text(&s.ends), ".", "steps", s.steps);
    json_decref(s.steps);
    buf_done(&s.ends);
    if (!out)
        return -ENOMEM;
    *ret = out;
    return 0;
}
