#include "api.h"

#include <stdio.h>
#include <string.h>

/* Where packets go, told over regions. */

/* What was made in one of the two regions. */
struct end {
    const char *region;
    char gateway[48], customer[48], connection[48], tunnel[48], cloud[64];
};

/* Creates, and keeps the id. */
static void make(struct api *a, const struct end *e, const char *collection, const char *body,
                 char ret[48])
{
    char path[96];

    snprintf(path, sizeof(path), "//v1/regions/%s/%s", e->region, collection);
    assert_int_equal(api(a, "POST", path, body), 201);
    strcpy(ret, api_str(a, "id"));
}

static void make_connection(struct api *a, struct end *e)
{
    char body[160];

    make(a, e, "borderGateways", "{}", e->gateway);
    make(a, e, "customerGateways", "{'addresses': ['192.0.2.9']}", e->customer);
    snprintf(body, sizeof(body), "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}", e->gateway,
             e->customer);
    make(a, e, "vpnConnections", body, e->connection);
    strcpy(e->cloud, json_string_value(json_array_get(model_list(a->answer, "cloudAddresses"), 0)));
}

static void lead_to(struct api *a, struct end *e, const struct end *other)
{
    char path[96], body[160];

    snprintf(path, sizeof(path), "//v1/regions/%s/customerGateways/%s", e->region, e->customer);
    snprintf(body, sizeof(body), "{'addresses': ['%s']}", other->cloud);
    assert_int_equal(api(a, "PATCH", path, body), 200);
    snprintf(body, sizeof(body), "{'vpnConnectionId': '%s', 'cloudAddress': '%s'}", e->connection,
             e->cloud);
    make(a, e, "vpnTunnels", body, e->tunnel);
}

static void test_the_answer_tells_the_far_end(void **state)
{
    struct api *a = *state;
    struct end near = {.region = "r1"}, far = {.region = "r2"};
    char node[48], body[200], key[64], explain[128], id[48];

    assert_int_equal(api(a, "POST", "//v1/regions",
                         "{'id': 'r2', 'publicPools': "
                         "['203.0.113.0/28']}"),
                     201);
    strcpy(node, api_join(a));
    make_connection(a, &near);
    make_connection(a, &far);
    lead_to(a, &near, &far);
    lead_to(a, &far, &near);
    snprintf(body, sizeof(body),
             "{'borderGatewayId': '%s', 'destination': '10.2.0.0/16', 'nextHop': '%s'}",
             near.gateway, near.connection);
    make(a, &near, "borderGatewayRoutes", body, id);
    snprintf(explain, sizeof(explain), "borderGateways/%s/explain?destination=10.2.0.5",
             near.gateway);
    snprintf(key, sizeof(key), "tunnel/%s", near.tunnel);
    /* Down: it ends here. */
    assert_int_equal(
        api_put(a, node, json_pack("[{s:s, s:{s:s}}]", "key", key, "status", "operState", "down")),
        200);
    api_get(a, 200, "%s", explain);
    assert_true(json_is_false(json_object_get(a->answer, "pathReached")));
    assert_string_equal(api_str(a, "answerCode"), "goes.one");
    assert_non_null(strstr(api_str(a, "answer"), "nowhere: no tunnel"));
    /* Up: it reaches the other region, which has no route for it. */
    assert_int_equal(
        api_put(a, node, json_pack("[{s:s, s:{s:s}}]", "key", key, "status", "operState", "up")),
        200);
    api_get(a, 200, "%s", explain);
    assert_true(json_is_false(json_object_get(a->answer, "pathReached")));
    snprintf(body, sizeof(body),
             "10.2.0.5 goes over VPN connection %s to region r2, and there nowhere: no effective "
             "route of %s matches.",
             near.connection, far.gateway);
    assert_string_equal(api_str(a, "answer"), body);
    /* The network of the other one is attached: no subnet holds it yet. */
    make(a, &far, "vpcs", "{'cidr': '10.2.0.0/16'}", id);
    snprintf(body, sizeof(body), "{'vpcId': '%s', 'cidr': '10.2.0.0/24'}", id);
    make(a, &far, "subnets", body, key);
    snprintf(body, sizeof(body), "{'borderGatewayId': '%s', 'vpcId': '%s'}", far.gateway, id);
    make(a, &far, "vpcAttachments", body, key);
    api_get(a, 200, "%s", explain);
    assert_string_equal(api_str(a, "answerCode"), "goes.far");
    assert_non_null(strstr(api_str(a, "answer"), "and there nowhere: no instance of vpc-"));
}

static void make_instance(struct api *a, const struct end *e, const char *vpc, const char *name,
                          char ret[48])
{
    char body[160], subnet[48];

    snprintf(body, sizeof(body), "{'vpcId': '%s', 'cidr': '10.1.0.0/24'}", vpc);
    make(a, e, "subnets", body, subnet);
    snprintf(body, sizeof(body), "{'subnetId': '%s', 'name': '%s', 'address': '10.1.0.10'}", subnet,
             name);
    make(a, e, "instances", body, ret);
}

static void patch_connection(struct api *a, const struct end *e, const char *translations)
{
    char path[96], body[256];

    snprintf(path, sizeof(path), "//v1/regions/%s/vpnConnections/%s", e->region, e->connection);
    snprintf(body, sizeof(body), "{'translations': [%s]}", translations);
    assert_int_equal(api(a, "PATCH", path, body), 200);
}

/* A member of the first place of a kind on the way. */
static const char *hop_str(struct api *a, const char *kind, const char *member)
{
    const json_t *hop;
    size_t i;

    json_array_foreach (model_list(a->answer, "path"), i, hop) {
        if (strcmp(model_str(hop, "kind"), kind) == 0)
            return model_str(hop, member);
    }
    return "";
}

/* What either end translates is followed into the other region, whose tables see it so. */
static void test_the_far_end_sees_what_is_translated(void **state)
{
    struct api *a = *state;
    struct end near = {.region = "r1"}, far = {.region = "r2"};
    char node[48], body[200], key[64], id[48], far_vpc[48];

    assert_int_equal(
        api(a, "POST", "//v1/regions", "{'id': 'r2', 'publicPools': ['203.0.113.0/28']}"), 201);
    strcpy(node, api_join(a));
    make_connection(a, &near);
    make_connection(a, &far);
    lead_to(a, &near, &far);
    lead_to(a, &far, &near);
    snprintf(body, sizeof(body),
             "{'borderGatewayId': '%s', 'destination': '100.65.0.0/16', 'nextHop': '%s'}",
             near.gateway, near.connection);
    make(a, &near, "borderGatewayRoutes", body, id);
    snprintf(key, sizeof(key), "tunnel/%s", near.tunnel);
    assert_int_equal(
        api_put(a, node, json_pack("[{s:s, s:{s:s}}]", "key", key, "status", "operState", "up")),
        200);
    make(a, &far, "vpcs", "{'cidr': '10.1.0.0/16'}", far_vpc);
    make_instance(a, &far, far_vpc, "there", id);
    snprintf(body, sizeof(body), "{'borderGatewayId': '%s', 'vpcId': '%s'}", far.gateway, far_vpc);
    make(a, &far, "vpcAttachments", body, id);
    snprintf(body, sizeof(body), "borderGateways/%s/explain?destination=100.65.0.10", near.gateway);

    api_get(a, 200, "%s", body); /* nobody there is 100.65.0.10 */
    assert_string_equal(api_str(a, "pathEndCode"), "end.no-route");
    assert_string_equal(hop_str(a, "vpnConnection", "destinationThere"), "");

    patch_connection(a, &far,
                     "{'side': 'own', 'prefix': '10.1.0.0/16', 'seenAs': '100.65.0.0/16'}");
    api_get(a, 200, "%s", body);
    assert_string_equal(hop_str(a, "instance", "address"), "10.1.0.10");
    assert_string_equal(hop_str(a, "vpnConnection", "destinationThere"), "");

    patch_connection(a, &far, "");
    patch_connection(a, &near,
                     "{'side': 'peer', 'prefix': '10.1.0.0/16', 'seenAs': "
                     "'100.65.0.0/16'}");
    api_get(a, 200, "%s", body);
    assert_string_equal(hop_str(a, "instance", "address"), "10.1.0.10");
    assert_string_equal(hop_str(a, "vpnConnection", "destinationThere"), "10.1.0.10");
}

static const char *from_str(struct api *a, const char *member)
{
    return model_str(json_object_get(a->answer, "from"), member);
}

static void test_a_way_begins_at_a_place(void **state)
{
    struct api *a = *state;
    struct end e = {.region = "r1"};
    char vpc[48], web[48], other[48], body[200];

    make_connection(a, &e);
    make(a, &e, "vpcs", "{'cidr': '10.1.0.0/16'}", vpc);
    make_instance(a, &e, vpc, "web", web);
    snprintf(body, sizeof(body), "{'borderGatewayId': '%s', 'vpcId': '%s'}", e.gateway, vpc);
    make(a, &e, "vpcAttachments", body, other);
    snprintf(body, sizeof(body),
             "{'borderGatewayId': '%s', 'destination': '10.2.0.0/16', 'nextHop': '%s'}", e.gateway,
             e.connection);
    make(a, &e, "borderGatewayRoutes", body, other);

    api_get(a, 200, "explain?from=web&to=10.2.0.5");
    assert_string_equal(from_str(a, "id"), web);
    assert_string_equal(from_str(a, "address"), "10.1.0.10");
    assert_non_null(strstr(api_str(a, "answer"), "nowhere: no tunnel"));
    api_get(a, 200, "explain?from=10.1.0.10&to=10.2.0.5");
    assert_string_equal(from_str(a, "kind"), "instance");
    api_get(a, 200, "explain?from=10.1.0.77&to=web"); /* an address that nobody has yet */
    assert_string_equal(from_str(a, "kind"), "subnet");
    assert_string_equal(api_str(a, "to"), "10.1.0.10");
    /* From behind the connection, and back over it, which takes transit. */
    api_get(a, 200, "explain?from=10.2.0.5&to=10.1.0.10");
    assert_string_equal(from_str(a, "kind"), "borderGateway");
    assert_string_equal(from_str(a, "id"), e.gateway);
    assert_string_equal(api_str(a, "pathEndCode"), "end.no-node"); /* no node has joined */
    api_get(a, 200, "explain?from=10.2.0.5&to=10.2.7.7");
    assert_string_equal(api_str(a, "pathEndCode"), "end.no-transit");
    assert_non_null(strstr(api_str(a, "answer"), "transit"));
    snprintf(body, sizeof(body), "//v1/regions/r1/borderGateways/%s", e.gateway);
    assert_int_equal(api(a, "PATCH", body, "{'transit': true}"), 200);
    api_get(a, 200, "explain?from=10.2.0.5&to=10.2.7.7");
    assert_string_equal(api_str(a, "pathEndCode"), "end.no-tunnel");

    api_get(a, 200, "explain?from=web&to=10.2.0.5&protocol=icmp");
    assert_string_equal(api_str(a, "pathEndCode"), "end.no-tunnel");
    api_get(a, 400, "explain?from=web&to=10.2.0.5&protocol=ip");
    api_get(a, 400, "explain?from=web&to=10.2.0.5&protocol=256");
    api_get(a, 400, "explain?from=web&to=10.2.0.5&protocol=tcp&destinationPort=65536");
    api_get(a, 400, "explain?from=web&to=10.2.0.5&protocol=tcp&sourcePort=-1");

    /* A second VPC with the same addresses. */
    make(a, &e, "vpcs", "{'cidr': '10.1.0.0/16'}", vpc);
    make_instance(a, &e, vpc, "web", other);
    api_get(a, 409, "explain?from=10.1.0.10&to=10.2.0.5");
    api_get(a, 409, "explain?from=web&to=10.2.0.5");
    api_get(a, 409, "explain?from=10.2.0.5&to=web");
    snprintf(body, sizeof(body), "explain?from=%s&to=10.2.0.5", other);
    api_get(a, 200, "%s", body);
    assert_string_equal(from_str(a, "id"), other);

    api_get(a, 404, "explain?from=172.16.0.1&to=10.2.0.5");
    api_get(a, 400, "explain?from=nobody&to=10.2.0.5");
    api_get(a, 400, "explain?from=10.2.0.5&to=nobody");
    api_get(a, 400, "explain?from=10.2.0.5&to=fd00::1");
    api_get(a, 400, "explain?to=10.2.0.5");
    api_get(a, 400, "explain?from=10.2.0.5");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_setup, api_teardown)
    const struct CMUnitTest tests[] = {
        T(test_the_answer_tells_the_far_end),
        T(test_the_far_end_sees_what_is_translated),
        T(test_a_way_begins_at_a_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
