#include "sim_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim_node.h"

/* Packet tables of objects alone, as a node makes them. */

int sim_write_route(void *arg, const struct routing_packet_route *route)
{
    json_t *hops = json_array();
    char text[PREFIX_TEXT_MAX], via[ADDR_TEXT_MAX];

    for (size_t i = 0; i < route->count; i++) {
        json_t *hop = json_pack("{s:s}", "kind", routing_to_name(route->hops[i].to));

        if (route->hops[i].target[0])
            json_object_set_new(hop, "target", json_string(route->hops[i].target));
        if (route->hops[i].to == ROUTING_TO_HOST)
            json_object_set_new(hop, "via", json_string(addr_format(&route->hops[i].via, via)));
        json_array_append_new(hops, hop);
    }
    return json_array_append_new(
        arg,
        json_pack("{s:s, s:o}", "prefix", prefix_format(&route->prefix, text), "nextHops", hops));
}

void sim_add_table(json_t *tables, const char *id, const char *suffix, json_t *routes)
{
    char name[128];

    snprintf(name, sizeof(name), "%s%s", id, suffix);
    json_array_append_new(tables, json_pack("{s:s, s:o}", "id", name, "routes", routes));
}

struct node {
    json_t *objects; /* sorted */
};

#define each_of(n, type, id, value)                                                                \
    const char *id##_key, *id;                                                                     \
    json_t *value;                                                                                 \
    json_object_foreach ((n)->objects, id##_key, value)                                            \
        if (text_starts_with(id##_key, type "/") && (id = id##_key + sizeof(type)))

static const json_t *find(const struct node *n, const char *type, const char *id)
{
    char key[256];

    snprintf(key, sizeof(key), "%s/%s", type, id);
    return json_object_get(n->objects, key);
}

static bool is(const json_t *value, const char *member, const char *text)
{
    return strcmp(model_str(value, member), text) == 0;
}

static struct prefix prefix_of(const json_t *value)
{
    struct prefix p;

    assert_int_equal(prefix_parse(json_string_value(value), &p), 0);
    return p;
}

static struct prefix member(const json_t *value, const char *name)
{
    return prefix_of(json_object_get(value, name));
}

/* ---- what is here ---- */

static const char *vpc_of(void *arg, const char *attachment)
{
    const json_t *value = find(arg, "attachment", attachment);

    return value ? model_str(value, "vpc") : NULL;
}

static bool has_tunnel(void *arg, const char *connection)
{
    each_of((const struct node *)arg, "tunnel", id, tunnel)
    {
        if (is(tunnel, "connection", connection))
            return true;
    }
    return false;
}

static bool has_line(void *arg, const char *line)
{
    return find(arg, "line", line);
}

static bool has_gateway(void *arg, const char *gateway)
{
    return find(arg, "gateway", gateway);
}

static bool has_instance(void *arg, const char *instance)
{
    return find(arg, "instance", instance);
}

static const char *network_of(void *arg, const char *vpc, const struct addr *router)
{
    each_of((const struct node *)arg, "network", id, network)
    {
        struct prefix p = member(network, "subnet");

        if (is(network, "vpc", vpc) && prefix_contains_addr(&p, router))
            return id;
    }
    return NULL;
}

/* ---- border gateways ---- */

static void select_gateway(const struct node *n, const char *gateway, struct routing_table *t)
{
    const json_t *offer;
    size_t i;

    each_of(n, "route", route_id, route)
    {
        struct prefix p = member(route, "destination");

        if (is(route, "gateway", gateway))
            assert_int_equal(routing_add_static(t, &p, model_str(route, "nextHop"), route_id,
                                                (uint64_t)model_int(route, "since", 0)),
                             0);
    }
    each_of(n, "tunnel", tunnel_id, tunnel)
    {
        struct addr inner;
        struct prefix inside;

        if (is(tunnel, "gateway", gateway) && find(n, "gateway", gateway) &&
            model_parse_interface(model_str(tunnel, "tunnelAddress"), &inner, &inside) == 0)
            assert_int_equal(routing_add_inner(t, &inner), 0);
    }
    each_of(n, "line", line_id, line)
    {
        struct addr own;
        struct prefix inside;

        if (is(line, "gateway", gateway) &&
            model_parse_interface(model_str(line, "address"), &own, &inside) == 0)
            assert_int_equal(routing_add_inner(t, &own), 0);
    }
    each_of(n, "attachment", id, attachment)
    {
        if (!is(attachment, "gateway", gateway))
            continue;
        json_array_foreach (json_object_get(attachment, "prefixes"), i, offer) {
            struct prefix p = member(offer, "prefix");

            assert_int_equal(routing_add_offer(t, id, &p, (uint64_t)model_int(offer, "since", 0)),
                             0);
        }
    }
    routing_select_gateway(t, (size_t)model_int(find(n, "gateway", gateway), "maxDynamic", 0));
}

static void add_gateway(const struct node *n, const struct routing_here *here, const char *id,
                        bool transit, json_t *tables)
{
    struct routing_table t = {0};

    select_gateway(n, id, &t);
    for (int from_tunnel = 0; from_tunnel <= !transit; from_tunnel++) {
        json_t *routes = json_array();

        assert_int_equal(routing_compile_gateway(&t, from_tunnel, here, sim_write_route, routes),
                         0);
        sim_add_table(tables, id, from_tunnel ? ROUTING_TUNNEL_TABLE : "", routes);
    }
    routing_table_done(&t);
}

/* ---- VPCs and their route tables ---- */

#define SUBNETS_MAX 64

static size_t read_subnets(const json_t *vpc, struct routing_subnet *ret)
{
    const json_t *subnet;
    size_t i;

    json_array_foreach (json_object_get(vpc, "subnets"), i, subnet) {
        assert_true(i < SUBNETS_MAX);
        ret[i] = (struct routing_subnet){.cidr = member(subnet, "cidr"),
                                         .table = model_str(subnet, "table")};
        ret[i].gateway = model_subnet_gateway(&ret[i].cidr);
    }
    return i;
}

/* What leads on for addresses beyond the ranges. */
static void add_beyond(const struct routing_here *here, const char *vpc_id, const json_t *vpc,
                       json_t *routes)
{
    struct routing_table t = {0};
    const json_t *item;
    size_t i;

    json_array_foreach (json_object_get(vpc, "ranges"), i, item) {
        struct prefix p = prefix_of(item);

        assert_int_equal(routing_add_range(&t, &p), 0);
    }
    json_array_foreach (json_object_get(vpc, "beyond"), i, item) {
        struct prefix p = member(item, "destination");

        assert_int_equal(routing_add_vpc_static(&t, &p, model_str(item, "nextHop"), ""), 0);
    }
    routing_select_vpc(&t, 0);
    assert_int_equal(routing_compile_beyond(&t, vpc_id, here, sim_write_route, routes), 0);
    routing_table_done(&t);
}

static void add_vpc(const struct node *n, const struct routing_here *here, const char *vpc_id,
                    const json_t *vpc, json_t *tables)
{
    struct routing_subnet subnets[SUBNETS_MAX];
    size_t count = read_subnets(vpc, subnets);
    json_t *routes = json_array();

    for (size_t i = 0; i < count; i++)
        assert_int_equal(
            routing_compile_subnet(&subnets[i],
                                   network_of((void *)(uintptr_t)n, vpc_id, &subnets[i].gateway),
                                   sim_write_route, routes),
            0);
    each_of(n, "instance", id, instance)
    {
        struct addr a;

        assert_int_equal(addr_parse(model_str(instance, "address"), &a), 0);
        if (is(instance, "vpc", vpc_id))
            assert_int_equal(routing_compile_instance(id, &a, sim_write_route, routes), 0);
    }
    add_beyond(here, vpc_id, vpc, routes);
    sim_add_table(tables, vpc_id, "", routes);
}

static const char *own_attachment(const struct node *n, const char *gateway, const char *vpc)
{
    each_of(n, "attachment", id, attachment)
    {
        if (is(attachment, "gateway", gateway) && is(attachment, "vpc", vpc))
            return id;
    }
    return "";
}

static void select_table(const struct node *n, const json_t *table, struct routing_table *t)
{
    const char *vpc = model_str(table, "vpc");
    const json_t *item;
    size_t i;

    json_array_foreach (json_object_get(find(n, "vpc", vpc), "ranges"), i, item) {
        struct prefix p = prefix_of(item);

        assert_int_equal(routing_add_range(t, &p), 0);
    }
    json_array_foreach (json_object_get(table, "routes"), i, item) {
        const char *next_hop = model_str(item, "nextHop");
        struct prefix p = member(item, "destination");

        assert_int_equal(routing_add_vpc_static(t, &p, next_hop, own_attachment(n, next_hop, vpc)),
                         0);
    }
    json_array_foreach (json_object_get(table, "propagations"), i, item) {
        const char *gateway = model_str(item, "gateway");
        struct prefix range = member(item, "range");
        struct routing_table selected = {0};

        select_gateway(n, gateway, &selected);
        assert_int_equal(
            routing_propagate(&selected, gateway, &range, own_attachment(n, gateway, vpc), t), 0);
        routing_table_done(&selected);
    }
    routing_select_vpc(t, (size_t)model_int(table, "maxPropagated", 0));
}

static void add_route_table(const struct node *n, const struct routing_here *here, const char *id,
                            const json_t *table, json_t *tables)
{
    const char *vpc = model_str(table, "vpc");
    struct routing_table t = {0};
    json_t *routes = json_array();

    select_table(n, table, &t);
    assert_int_equal(routing_compile_route_table(&t, vpc, here, sim_write_route, routes), 0);
    sim_add_table(tables, id, "", routes);
    routing_table_done(&t);
}

json_t *sim_tables(const json_t *objects)
{
    struct node n = {.objects = sim_sorted(objects)};
    const struct routing_here here = {.vpc_of = vpc_of,
                                      .has_tunnel = has_tunnel,
                                      .has_line = has_line,
                                      .has_gateway = has_gateway,
                                      .has_instance = has_instance,
                                      .network_of = network_of,
                                      .arg = &n};
    json_t *tables = json_array();

    each_of(&n, "vpc", vpc_id, vpc) add_vpc(&n, &here, vpc_id, vpc, tables);
    each_of(&n, "gateway", gateway_id, gateway)
        add_gateway(&n, &here, gateway_id, model_bool(gateway, "transit", false), tables);
    each_of(&n, "table", id, table) add_route_table(&n, &here, id, table, tables);
    json_decref(n.objects);
    return tables;
}
