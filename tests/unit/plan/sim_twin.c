#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "plan_internal.h"
#include "sim_node.h"
#include "sim_tables.h"

/* The packet tables of a node from the snapshot: what there should be, found by looking at
 * everything. */

struct twin {
    const struct snapshot *s;
    const char *node;
    struct plan_tables tables;
    json_t *out;
};

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* ---- what is here ---- */

static bool has_gateway(void *arg, const char *gateway)
{
    const struct twin *t = arg;

    return snapshot_get(t->s, MODEL_BORDER_GATEWAY, gateway) &&
           same(plan_placed_on(t->s, gateway), t->node);
}

static const char *vpc_of(void *arg, const char *attachment)
{
    const struct twin *t = arg;
    const struct model_vpc_attachment *a = snapshot_get(t->s, MODEL_VPC_ATTACHMENT, attachment);

    return a ? a->vpc_id : NULL;
}

static bool has_tunnel(void *arg, const char *connection)
{
    const struct twin *t = arg;

    snapshot_each (struct model_vpn_tunnel, tunnel, it, t->s, MODEL_VPN_TUNNEL) {
        if (same(tunnel->vpn_connection_id, connection) &&
            same(plan_tunnel_node(t->s, tunnel), t->node))
            return true;
    }
    return false;
}

static bool is_here(const struct twin *t, const struct model_instance *instance)
{
    return same(plan_instance_node(t->s, instance), t->node);
}

static bool has_instance(void *arg, const char *id)
{
    const struct twin *t = arg;
    const struct model_instance *instance = snapshot_get(t->s, MODEL_INSTANCE, id);

    return instance && is_here(t, instance);
}

static const char *network_of(void *arg, const char *vpc, const struct addr *router)
{
    const struct twin *t = arg;

    snapshot_each (struct model_subnet, subnet, it, t->s, MODEL_SUBNET) {
        if (same(subnet->vpc_id, vpc) && prefix_contains_addr(&subnet->cidr, router) &&
            same(plan_network_node(t->s, subnet), t->node))
            return subnet->head.id;
    }
    return NULL;
}

/* ---- which tables ---- */

static const struct model_subnet *subnet_of(const struct twin *t, const struct model_instance *i)
{
    return snapshot_get(t->s, MODEL_SUBNET, i->subnet_id);
}

static bool needs_vpc(struct twin *t, const char *vpc)
{
    snapshot_each (struct model_subnet, subnet, s, t->s, MODEL_SUBNET) {
        if (same(plan_network_node(t->s, subnet), t->node) && same(subnet->vpc_id, vpc))
            return true;
    }
    snapshot_each (struct model_instance, instance, i, t->s, MODEL_INSTANCE) {
        if (is_here(t, instance) && same(subnet_of(t, instance)->vpc_id, vpc))
            return true;
    }
    snapshot_each (struct model_vpc_attachment, attachment, a, t->s, MODEL_VPC_ATTACHMENT) {
        if (same(attachment->vpc_id, vpc) && has_gateway(t, attachment->border_gateway_id))
            return true;
    }
    return false;
}

static bool needs_table(struct twin *t, const char *table)
{
    snapshot_each (struct model_subnet, subnet, s, t->s, MODEL_SUBNET) {
        if (same(plan_network_node(t->s, subnet), t->node) && same(subnet->route_table_id, table))
            return true;
    }
    snapshot_each (struct model_instance, instance, i, t->s, MODEL_INSTANCE) {
        if (is_here(t, instance) && same(subnet_of(t, instance)->route_table_id, table))
            return true;
    }
    return false;
}

/* ---- the three kinds ---- */

static void add_vpc(struct twin *t, const struct routing_here *here, const char *vpc)
{
    struct routing_table beyond = {0};
    json_t *routes = json_array();

    snapshot_each (struct model_subnet, subnet, it, t->s, MODEL_SUBNET) {
        struct routing_subnet r = {.cidr = subnet->cidr,
                                   .gateway = model_subnet_gateway(&subnet->cidr)};

        if (same(subnet->vpc_id, vpc))
            assert_int_equal(
                routing_compile_subnet(&r, network_of(t, vpc, &r.gateway), sim_write_route, routes),
                0);
    }
    snapshot_each (struct model_instance, instance, i, t->s, MODEL_INSTANCE) {
        if (is_here(t, instance) && same(subnet_of(t, instance)->vpc_id, vpc))
            assert_int_equal(routing_compile_instance(instance->head.id, &instance->address,
                                                      sim_write_route, routes),
                             0);
    }
    assert_int_equal(plan_tables_beyond(t->s, vpc, &beyond), 0);
    assert_int_equal(routing_compile_beyond(&beyond, vpc, here, sim_write_route, routes), 0);
    routing_table_done(&beyond);
    sim_add_table(t->out, vpc, "", routes);
}

static const struct routing_table *selected(struct twin *t, const char *id)
{
    const struct plan_routes *routes = NULL;

    assert_int_equal(plan_tables_get(&t->tables, id, &routes), 0);
    return &routes->table;
}

static void add_gateway(struct twin *t, const struct routing_here *here,
                        const struct model_border_gateway *gateway)
{
    const struct routing_table *table = selected(t, gateway->head.id);

    for (int from_tunnel = 0; from_tunnel <= !gateway->transit; from_tunnel++) {
        json_t *routes = json_array();

        assert_int_equal(routing_compile_gateway(table, from_tunnel, here, sim_write_route, routes),
                         0);
        sim_add_table(t->out, gateway->head.id, from_tunnel ? ROUTING_TUNNEL_TABLE : "", routes);
    }
}

static void add_route_table(struct twin *t, const struct routing_here *here,
                            const struct model_route_table *table)
{
    json_t *routes = json_array();

    assert_int_equal(routing_compile_route_table(selected(t, table->head.id), table->vpc_id, here,
                                                 sim_write_route, routes),
                     0);
    sim_add_table(t->out, table->head.id, "", routes);
}

json_t *sim_tables_of_snapshot(const struct snapshot *s, const char *node)
{
    struct twin t = {.s = s, .node = node, .tables = {.snapshot = s}, .out = json_array()};
    const struct routing_here here = {.vpc_of = vpc_of,
                                      .has_tunnel = has_tunnel,
                                      .has_gateway = has_gateway,
                                      .has_instance = has_instance,
                                      .network_of = network_of,
                                      .arg = &t};

    snapshot_each (struct model_resource, vpc, v, s, MODEL_VPC) {
        if (needs_vpc(&t, vpc->id))
            add_vpc(&t, &here, vpc->id);
    }
    snapshot_each (struct model_border_gateway, gateway, g, s, MODEL_BORDER_GATEWAY) {
        if (has_gateway(&t, gateway->head.id))
            add_gateway(&t, &here, gateway);
    }
    snapshot_each (struct model_route_table, table, r, s, MODEL_ROUTE_TABLE) {
        if (needs_table(&t, table->head.id))
            add_route_table(&t, &here, table);
    }
    plan_tables_done(&t.tables);
    return t.out;
}
