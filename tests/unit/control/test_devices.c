#include "api.h"

#include <stdio.h>

/* Configuration of customers' devices over the API: what is asked wrongly, and who sees keys. */

static size_t audited(struct api *a)
{
    api_get(a, 200, "//v1/auditLog?action=revealPsk");
    return json_array_size(model_list(a->answer, "items"));
}

static void test_keys_appear_only_when_asked_for(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char psk[64];

    api_make_vpn(a, &v);
    strcpy(psk, api_str(a, "psk"));
    api_get(a, 200, "vpnTunnels/%s/deviceConfiguration?platform=strongswan-swanctl", v.tunnels[0]);
    assert_string_equal(api_str(a, "platform"), "strongswan-swanctl");
    assert_non_null(strstr(api_str(a, "fileName"), "-swanctl.conf"));
    assert_non_null(strstr(api_str(a, "configuration"), v.tunnels[0]));
    assert_null(strstr(api_str(a, "configuration"), v.tunnels[1]));
    assert_non_null(strstr(api_str(a, "configuration"), "reveal_psk_of_"));
    assert_string_equal(
        model_str(json_array_get(model_list(a->answer, "warningsCodes"), 0), "code"),
        "device.key-hidden");
    assert_int_equal(audited(a), 0);

    assert_int_equal(api_get(a, 200,
                             "vpnConnections/%s/deviceConfiguration?platform="
                             "strongswan-swanctl&reveal=true",
                             v.connection),
                     200);
    assert_string_equal(api_header(a, "Cache-Control"), "no-store");
    assert_non_null(strstr(api_str(a, "configuration"), v.tunnels[0]));
    assert_non_null(strstr(api_str(a, "configuration"), v.tunnels[1]));
    assert_non_null(strstr(api_str(a, "configuration"), psk));
    assert_null(strstr(api_str(a, "configuration"), "reveal_psk_of_"));
    assert_int_equal(audited(a), 2); /* an entry for each tunnel */
    assert_string_equal(model_str(json_array_get(model_list(a->answer, "items"), 0), "kind"),
                        "vpnTunnel");
}

/* The password of a connection by BGP is as its keys. */
static void test_the_bgp_password(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char path[96];

    api_make_vpn(a, &v);
    snprintf(path, sizeof(path), "vpnConnections/%s", v.connection);
    assert_int_equal(
        api(a, "PATCH", path,
            "{'routing': 'bgp', 'bgpPassword': 'c0rrect.horse', 'bgp': {'holdSeconds': 12}}"),
        200);
    api_get(a, 200, "%s/deviceConfiguration?platform=bird", path);
    assert_non_null(strstr(api_str(a, "configuration"), "hold time 12;"));
    assert_non_null(strstr(api_str(a, "configuration"), "bgp_password_of_vpn_"));
    assert_null(strstr(api_str(a, "configuration"), "c0rrect"));
    api_get(a, 200, "//v1/auditLog?action=revealBgpPassword");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 0);
    api_get(a, 200, "%s/deviceConfiguration?platform=bird&reveal=true", path);
    assert_non_null(strstr(api_str(a, "configuration"), "password \"c0rrect.horse\";"));
    api_get(a, 200, "//v1/auditLog?action=revealBgpPassword");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 1);
    assert_string_equal(model_str(json_array_get(model_list(a->answer, "items"), 0), "kind"),
                        "vpnConnection");
}

static void test_what_is_asked_wrongly(void **state)
{
    static const struct {
        const char *query, *code;
        int status;
    } rows[] = {
        {"", "device.unknown-platform", 400},
        {"?platform=vax", "device.unknown-platform", 400},
        {"?platform=ropeway&reveal=yes", "device.reveal", 400},
        {"?platform=ropeway&format=xml", "device.format", 400},
        {"?platform=ropeway&colour=red", "", 400},
        {"?platform=huawei-usg", "", 200},
    };
    struct api *a = *state;
    struct api_vpn v;

    api_make_vpn(a, &v);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        api_get(a, rows[i].status, "vpnTunnels/%s/deviceConfiguration%s", v.tunnels[0],
                rows[i].query);
        if (*rows[i].code)
            assert_string_equal(api_str(a, "code"), rows[i].code);
    }
    api_get(a, 400, "vpnTunnels/%s/deviceConfiguration?platform=vax", v.tunnels[0]);
    assert_non_null(strstr(api_str(a, "detail"), "strongswan-swanctl"));
    api_get(a, 404, "vpnTunnels/vpntun-aaaaaaaaaa/deviceConfiguration?platform=ropeway");
    api_get(a, 404, "vpcs/vpc-aaaaaaaaaa/deviceConfiguration?platform=ropeway");
    assert_int_equal(audited(a), 0);
}

/* Nothing is revealed, nor audited, when there is no configuration. */
static void test_what_cannot_be_said(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char path[96];

    api_make_vpn(a, &v);
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[0]);
    assert_int_equal(api(a, "PATCH", path, "{'psk': 'what?is it'}"), 200);
    api_get(a, 409, "vpnTunnels/%s/deviceConfiguration?platform=aws&reveal=true", v.tunnels[0]);
    assert_string_equal(api_str(a, "code"), "device.cannot-say");
    assert_string_equal(api_str(a, "field"), "psk");
    assert_null(strstr(buf_text(&a->res.body), "what?is"));
    assert_int_equal(audited(a), 0);
    api_get(a, 200, "vpnTunnels/%s/deviceConfiguration?platform=aws", v.tunnels[0]);
}

static void test_networks_as_the_gateway_routes(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char gateway[48], path[80];
    const char *vpc;

    api_make_vpn(a, &v);
    api_get(a, 200, "vpnConnections/%s", v.connection);
    strcpy(gateway, api_str(a, "borderGatewayId"));
    vpc = api_make(a, "vpcs", "{'cidr': '10.1.0.0/16'}");
    api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.1.7.0/24'}", vpc);
    api_make(a, "vpcAttachments", "{'borderGatewayId': '%s', 'vpcId': '%s'}", gateway, vpc);
    api_make(a, "borderGatewayRoutes",
             "{'borderGatewayId': '%s', 'destination': '10.9.0.0/24', 'nextHop': '%s'}", gateway,
             v.connection);
    api_make(a, "borderGatewayRoutes",
             "{'borderGatewayId': '%s', 'destination': '10.8.0.0/24', 'nextHop': 'blackhole'}",
             gateway);
    api_get(a, 200, "vpnConnections/%s/deviceConfiguration?platform=ropeway", v.connection);
    assert_non_null(strstr(api_str(a, "configuration"), "destination: \"10.1.7.0/24\""));
    assert_null(strstr(api_str(a, "configuration"), "10.9.0.0/24")); /* its own side */
    assert_null(strstr(api_str(a, "configuration"), "10.8.0.0/24"));
    api_get(a, 200, "vpnTunnels/%s/deviceConfiguration?platform=huawei-usg", v.tunnels[0]);
    assert_non_null(strstr(api_str(a, "configuration"),
                           "source 10.9.0.0 0.0.0.255 destination 10.1.7.0 0.0.0.255"));
    /* The device knows them by what its own end calls them. */
    snprintf(path, sizeof(path), "vpnConnections/%s", v.connection);
    assert_int_equal(api(a, "PATCH", path,
                         "{'translations': [{'side': 'own', 'prefix': '10.1.0.0/16', 'seenAs': "
                         "'100.64.0.0/16'}, {'side': 'peer', 'prefix': '10.1.0.0/16', 'seenAs': "
                         "'10.9.0.0/16'}]}"),
                     200);
    api_get(a, 200, "vpnTunnels/%s/deviceConfiguration?platform=huawei-usg", v.tunnels[0]);
    assert_non_null(strstr(api_str(a, "configuration"),
                           "source 10.1.0.0 0.0.0.255 destination 100.64.7.0 0.0.0.255"));
}

static void test_as_text_and_in_chinese(void **state)
{
    struct api *a = *state;
    struct api_vpn v;

    api_make_vpn(a, &v);
    api_get(a, 200, "vpnTunnels/%s/deviceConfiguration?platform=ropeway&format=text", v.tunnels[0]);
    assert_string_equal(a->res.content_type, "text/plain; charset=utf-8");
    assert_non_null(strstr(api_header(a, "Content-Disposition"), "-ropeway.yaml"));
    assert_true(text_starts_with(buf_text(&a->res.body), "# Ropeway"));
    a->lang = WORDS_ZH;
    api_get(a, 200, "//v1/devicePlatforms");
    for (size_t i = 0; i < json_array_size(model_list(a->answer, "items")); i++) {
        const json_t *p = json_array_get(model_list(a->answer, "items"), i);

        assert_non_null(strstr(json_string_value(json_array_get(model_list(p, "notes"), 0)), "。"));
        assert_true(*model_str(p, "writtenFor") && *model_str(p, "documentation"));
        assert_null(strstr(model_str(p, "writtenFor"), " and "));
        if (strcmp(model_str(p, "platform"), "frr") == 0)
            assert_string_equal(model_str(p, "writtenFor"), "FRR 8.4及更高版本");
        /* These speak BGP alone. */
        assert_int_equal(model_bool(p, "needsBgp", false),
                         strcmp(model_str(p, "platform"), "frr") == 0 ||
                             strcmp(model_str(p, "platform"), "bird") == 0 ||
                             strcmp(model_str(p, "platform"), "google-cloud") == 0);
        if (strcmp(model_str(p, "platform"), "opnsense") == 0)
            assert_false(model_bool(p, "bgp", true));
    }
    assert_true(json_array_size(model_list(a->answer, "items")) >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys_appear_only_when_asked_for, api_setup,
                                        api_teardown),
        cmocka_unit_test_setup_teardown(test_the_bgp_password, api_setup, api_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_asked_wrongly, api_setup, api_teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_said, api_setup, api_teardown),
        cmocka_unit_test_setup_teardown(test_networks_as_the_gateway_routes, api_setup,
                                        api_teardown),
        cmocka_unit_test_setup_teardown(test_as_text_and_in_chinese, api_setup, api_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
