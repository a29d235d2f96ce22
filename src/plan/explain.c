#include "plan_internal.h"

#include <stdio.h>

/* Follows an address through the tables and tells each step. Depth is bounded: a VPC route table
 * leads to gateways, a gateway to VPCs and connections, and those are the end. */

struct story {
    const struct plan *plan;
    const struct addr *destination;
    plan_tunnel_status *status;
    void *user;
    char address[ADDR_TEXT_MAX];
    json_t *steps;
    struct buf ends; /* where the packet may end, "…, or …" */
    size_t n_ends;
    bool at_gateway; /* the question was put to a border gateway */
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

static const json_t *subnet_of(const struct story *s, const char *vpc)
{
    plan_each (s->plan, MODEL_SUBNET, subnet) {
        struct prefix p;

        if (plan_field_is(subnet, "vpcId", vpc) && model_prefix(subnet, "cidr", &p) == 0 &&
            prefix_contains_addr(&p, s->destination))
            return subnet;
    }
    return NULL;
}

static const json_t *instance_of(const struct story *s, const char *subnet)
{
    plan_each (s->plan, MODEL_INSTANCE, instance) {
        struct addr a;

        if (plan_field_is(instance, "subnetId", subnet) &&
            model_addr(instance, "address", &a) == 0 && addr_equal(&a, s->destination))
            return instance;
    }
    return NULL;
}

static void tell_instance(struct story *s, const char *id)
{
    const json_t *instance = plan_find(s->plan, MODEL_INSTANCE, id);
    const char *node = plan_instance_node(s->plan, instance), *gateway = plan_gateway_node(s->plan);

    if (gateway[0] && strcmp(node, gateway) != 0)
        end_at(s, "to instance %s (%s) on node %s, which only instances on that node reach", id,
               model_str(instance, "name"), node);
    else
        end_at(s, "to instance %s (%s)", id, model_str(instance, "name"));
}

static void tell_vpc(struct story *s, const char *vpc)
{
    const json_t *subnet = subnet_of(s, vpc), *instance;
    const char *id = model_str(subnet, "id");
    struct prefix p;
    struct addr gateway;

    if (!subnet || model_prefix(subnet, "cidr", &p) < 0) {
        tellf(s, "In %s no subnet holds %s.", vpc, s->address);
        end_at(s, "nowhere: no subnet of %s holds it", vpc);
        return;
    }
    instance = instance_of(s, id);
    gateway = model_subnet_gateway(&p);
    if (instance) {
        tellf(s, "In %s it belongs to instance %s (%s) of subnet %s.", vpc,
              model_str(instance, "id"), model_str(instance, "name"), id);
        tell_instance(s, model_str(instance, "id"));
    } else if (addr_equal(&gateway, s->destination)) {
        tellf(s, "It is the gateway address of subnet %s.", id);
        end_at(s, "to the gateway of subnet %s", id);
    } else {
        tellf(s, "It lies in subnet %s (%s), where no instance has it.", id,
              model_str(subnet, "cidr"));
        end_at(s, "nowhere: no instance of %s has it", vpc);
    }
}

/* Whether the tunnel takes flows, as far as one knows. */
static bool tell_tunnel(struct story *s, const json_t *tunnel)
{
    json_t *status = s->status ? s->status(s->user, tunnel) : NULL;
    const char *state = model_str(status, "operState"), *error = model_str(status, "lastError");
    bool enabled = plan_field_is(tunnel, "adminState", "up"), usable;

    if (!enabled)
        state = "taken down by its adminState";
    else if (!state[0])
        state = "in use while it is up";
    usable = enabled && (strcmp(state, "up") == 0 || !model_str(status, "operState")[0]);
    if (usable) /* then an error is about something else: an older or a newer attempt */
        error = "";
    tellf(s, "Tunnel %s (%s to %s) is %s%s%s.", model_str(tunnel, "id"),
          model_str(tunnel, "cloudAddress"), model_str(tunnel, "customerAddress"), state,
          enabled && error[0] ? ": " : "", enabled ? error : "");
    json_decref(status);
    return usable;
}

static void tell_connection(struct story *s, const char *id)
{
    bool usable = false, any = false;

    plan_each (s->plan, MODEL_VPN_TUNNEL, tunnel) {
        if (!plan_field_is(tunnel, "vpnConnectionId", id))
            continue;
        any = true;
        usable |= tell_tunnel(s, tunnel);
    }
    if (usable)
        end_at(s, "to VPN connection %s, by flow over its tunnels that are up", id);
    else
        tellf(s, "VPN connection %s has no tunnel%s: it takes no flows.", id, any ? " up" : "");
}

/* ---- the tables ---- */

static void tell_table(struct story *s, const struct plan_routes *routes);

static void tell_end(struct story *s, const struct plan_routes *from, const struct routing_route *r)
{
    const json_t *attachment;

    switch (r->hop) {
    case ROUTING_HOP_LOCAL:
        if (plan_find(s->plan, MODEL_ROUTE_TABLE, model_str(from->resource, "id")))
            tell_vpc(s, model_str(from->resource, "vpcId"));
        else
            end_at(s, "to the gateway itself: it is the inner address of a tunnel");
        break;
    case ROUTING_HOP_BLACKHOLE:
        end_at(s, "nowhere: a blackhole route drops it");
        break;
    case ROUTING_HOP_ATTACHMENT:
        attachment = plan_find(s->plan, MODEL_VPC_ATTACHMENT, r->target);
        tell_vpc(s, model_str(attachment, "vpcId"));
        break;
    case ROUTING_HOP_CONNECTION:
        tell_connection(s, r->target);
        break;
    case ROUTING_HOP_GATEWAY:
        tellf(s, "The lookup goes on at border gateway %s.", r->target);
        tell_table(s, plan_gateway(s->plan, r->target));
        break;
    case ROUTING_HOP_INSTANCE:
        tell_instance(s, r->target);
        break;
    case ROUTING_HOP_PRIVATE_INTERFACE:
        end_at(s, "to private interface %s", r->target);
        break;
    }
}

static void tell_ends(struct story *s, const struct plan_routes *from, size_t first, size_t end)
{
    bool told = model_bool(from->resource, "transit", false) || !s->at_gateway;

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

static void tell_table(struct story *s, const struct plan_routes *routes)
{
    size_t first, end, ends = s->n_ends;

    routing_explain(&routes->table, s->destination, tell, s);
    if (!routing_lookup(&routes->table, s->destination, &first, &end)) {
        end_at(s, "nowhere: no effective route of %s matches", model_str(routes->resource, "id"));
        return;
    }
    tell_ends(s, routes, first, end);
    if (s->n_ends == ends)
        end_at(s, "nowhere: no tunnel of its VPN connection is up");
}

int plan_explain(const struct plan *plan, const char *id, const struct addr *destination,
                 plan_tunnel_status *status, void *user, json_t **ret)
{
    const struct plan_routes *start = plan_route_table(plan, id);
    struct story s = {.plan = plan, .destination = destination, .status = status, .user = user};
    char answer[ADDR_TEXT_MAX + 16];
    json_t *out = NULL;

    if (!start) {
        start = plan_gateway(plan, id);
        s.at_gateway = true;
    }
    if (!start)
        return -ENOENT;
    s.steps = json_array();
    if (!s.steps)
        return -ENOMEM;
    addr_format(destination, s.address);
    tell_table(&s, start);
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
