#include "samples.h"

#include <stdio.h>

/* Each stored field has a member of the right size in its kind's struct, and one of its own. */

#define MEMBER(kind, type, path, member)                                                           \
    {                                                                                              \
        kind, path, offsetof(struct type, member), sizeof(((struct type *)NULL)->member)           \
    }
#define COMMON(path, member) MEMBER(MODEL_KINDS, model_resource, path, member)
#define TUNNEL(path, member) MEMBER(MODEL_VPN_TUNNEL, model_vpn_tunnel, path, member)

#define LINE(path, member) MEMBER(MODEL_PRIVATE_INTERFACE, model_private_interface, path, member)

/* Members of the elements of a list count from the element. MODEL_KINDS: of every kind. */
static const struct row {
    enum model_kind_id kind;
    const char *path;
    size_t offset, size;
} rows[] = {
    COMMON("id", id),
    COMMON("regionId", region_id),
    COMMON("projectId", project_id),
    COMMON("name", name),
    COMMON("description", description),
    COMMON("tags", tags),
    COMMON("createdAt", created_us),
    COMMON("updatedAt", updated_us),
    COMMON("revision", revision),
    MEMBER(MODEL_REGION, model_region, "publicPools", public_pools),
    MEMBER(MODEL_REGION, model_region, "asn", asn),
    MEMBER(MODEL_REGION, model_region, "defaultAlarmsOff", alarms_off),
    MEMBER(MODEL_REGION, model_region, "quotas", quotas),
    MEMBER(MODEL_NODE, model_node, "address", address),
    MEMBER(MODEL_NODE, model_node, "publicAddresses", public_addresses),
    MEMBER(MODEL_NODE, model_node, "roles", roles),
    MEMBER(MODEL_NODE, model_node, "draining", draining),
    MEMBER(MODEL_VPC, model_vpc, "cidr", cidr),
    MEMBER(MODEL_VPC, model_vpc, "extraCidrs", extra_cidrs),
    MEMBER(MODEL_SUBNET, model_subnet, "vpcId", vpc_id),
    MEMBER(MODEL_SUBNET, model_subnet, "cidr", cidr),
    MEMBER(MODEL_SUBNET, model_subnet, "routeTableId", route_table_id),
    MEMBER(MODEL_SUBNET, model_subnet, "interface", interface),
    MEMBER(MODEL_SUBNET, model_subnet, "vlan", vlan),
    MEMBER(MODEL_SUBNET, model_subnet, "nodeId", node_id),
    MEMBER(MODEL_SUBNET, model_subnet, "mtu", mtu),
    MEMBER(MODEL_SUBNET, model_subnet, "hostLimit", host_limit),
    MEMBER(MODEL_ROUTE_TABLE, model_route_table, "vpcId", vpc_id),
    MEMBER(MODEL_ROUTE_TABLE, model_route_table, "default", is_default),
    MEMBER(MODEL_ROUTE_TABLE, model_route_table, "routes", routes),
    MEMBER(MODEL_ROUTE_TABLE, model_route_table, "propagations", propagations),
    MEMBER(MODEL_ROUTE_TABLE, model_table_route, "routes[].destination", destination),
    MEMBER(MODEL_ROUTE_TABLE, model_table_route, "routes[].nextHop", next_hop),
    MEMBER(MODEL_ROUTE_TABLE, model_table_propagation, "propagations[].borderGatewayId",
           border_gateway_id),
    MEMBER(MODEL_ROUTE_TABLE, model_table_propagation, "propagations[].range", range),
    MEMBER(MODEL_ROUTE_TABLE, model_table_propagation, "propagations[].vpcAttachmentId",
           vpc_attachment_id),
    MEMBER(MODEL_INSTANCE, model_instance, "subnetId", subnet_id),
    MEMBER(MODEL_INSTANCE, model_instance, "address", address),
    MEMBER(MODEL_INSTANCE, model_instance, "nodeId", node_id),
    MEMBER(MODEL_INSTANCE, model_instance, "attachment", attachment),
    MEMBER(MODEL_INSTANCE, model_instance, "interface", interface),
    MEMBER(MODEL_BORDER_GATEWAY, model_border_gateway, "asn", asn),
    MEMBER(MODEL_BORDER_GATEWAY, model_border_gateway, "transit", transit),
    MEMBER(MODEL_BORDER_GATEWAY_ROUTE, model_gateway_route, "borderGatewayId", border_gateway_id),
    MEMBER(MODEL_BORDER_GATEWAY_ROUTE, model_gateway_route, "destination", destination),
    MEMBER(MODEL_BORDER_GATEWAY_ROUTE, model_gateway_route, "nextHop", next_hop),
    MEMBER(MODEL_VPC_ATTACHMENT, model_vpc_attachment, "borderGatewayId", border_gateway_id),
    MEMBER(MODEL_VPC_ATTACHMENT, model_vpc_attachment, "vpcId", vpc_id),
    MEMBER(MODEL_VPC_ATTACHMENT, model_vpc_attachment, "propagation", propagation),
    MEMBER(MODEL_VPC_ATTACHMENT, model_vpc_attachment, "subnetIds", subnet_ids),
    MEMBER(MODEL_VPC_ATTACHMENT, model_vpc_attachment, "routeTableIds", route_table_ids),
    MEMBER(MODEL_VPC_ATTACHMENT, model_vpc_attachment, "propagatedAt", propagated_us),
    MEMBER(MODEL_VPC_ATTACHMENT, model_vpc_attachment, "propagatedLater", propagated_later),
    MEMBER(MODEL_CUSTOMER_GATEWAY, model_customer_gateway, "asn", asn),
    MEMBER(MODEL_CUSTOMER_GATEWAY, model_customer_gateway, "addresses", addresses),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "borderGatewayId", border_gateway_id),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "customerGatewayId", customer_gateway_id),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "addressFamily", family),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "routing", routing),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "bgp.holdSeconds", bgp.hold_s),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "bgp.gracefulRestartSeconds",
           bgp.graceful_restart_s),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "bgp.prepend", bgp.prepend),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "bgp.communities", bgp.communities),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "bgp.overLimit", bgp.over_limit),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "bfd.enabled", bfd.enabled),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "bfd.intervalMs", bfd.interval_ms),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "bfd.multiplier", bfd.multiplier),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "bgpPassword", bgp_password),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "importPrefixes", import_prefixes),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "exportPrefixes", export_prefixes),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "translations", translations),
    MEMBER(MODEL_VPN_CONNECTION, model_translation, "translations[].side", side),
    MEMBER(MODEL_VPN_CONNECTION, model_translation, "translations[].prefix", prefix),
    MEMBER(MODEL_VPN_CONNECTION, model_translation, "translations[].seenAs", seen_as),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "localSelectors", local_selectors),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "remoteSelectors", remote_selectors),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "cloudAddresses", cloud_addresses),
    MEMBER(MODEL_VPN_CONNECTION, model_vpn_connection, "defaultAlarmsOff", alarms_off),
    TUNNEL("vpnConnectionId", vpn_connection_id),
    TUNNEL("cloudAddress", cloud_address),
    TUNNEL("customerAddress", customer_address),
    TUNNEL("localId", local_id),
    TUNNEL("remoteId", remote_id),
    TUNNEL("tunnelAddress", tunnel_address),
    TUNNEL("peerTunnelAddress", peer_tunnel_address),
    TUNNEL("adminState", admin),
    TUNNEL("initiate", initiate),
    TUNNEL("mtu", mtu),
    TUNNEL("mssClamp", mss_clamp),
    TUNNEL("pskOverlapSeconds", psk_overlap_s),
    TUNNEL("psk", psk),
    TUNNEL("authentication", authentication),
    TUNNEL("certificate", certificate),
    TUNNEL("privateKey", private_key),
    TUNNEL("caCertificates", ca_certificates),
    TUNNEL("crl", crl),
    TUNNEL("ike.version", ike.version),
    TUNNEL("ike.exchangeMode", ike.exchange_mode),
    TUNNEL("ike.dhGroups", ike.dh_groups),
    TUNNEL("ike.additionalKeyExchanges", ike.additional),
    TUNNEL("ike.encryption", ike.encryption),
    TUNNEL("ike.integrity", ike.integrity),
    TUNNEL("ike.lifetimeSeconds", ike.lifetime_s),
    TUNNEL("ipsec.mode", ipsec.mode),
    TUNNEL("ipsec.forceUdpEncap", ipsec.force_udp_encap),
    TUNNEL("ipsec.dhGroups", ipsec.dh_groups),
    TUNNEL("ipsec.encryption", ipsec.encryption),
    TUNNEL("ipsec.integrity", ipsec.integrity),
    TUNNEL("ipsec.lifetimeSeconds", ipsec.lifetime_s),
    TUNNEL("ipsec.lifetimeBytes", ipsec.lifetime_bytes),
    TUNNEL("ipsec.lifetimePackets", ipsec.lifetime_packets),
    TUNNEL("ipsec.antiReplayWindow", ipsec.anti_replay_window),
    TUNNEL("ipsec.esn", ipsec.esn),
    TUNNEL("dpd.enabled", dpd.enabled),
    TUNNEL("dpd.intervalSeconds", dpd.interval_s),
    TUNNEL("dpd.timeoutSeconds", dpd.timeout_s),
    TUNNEL("dpd.action", dpd.action),
    TUNNEL("probe.enabled", probe.enabled),
    TUNNEL("probe.intervalMs", probe.interval_ms),
    TUNNEL("probe.count", probe.count),
    LINE("borderGatewayId", border_gateway_id),
    LINE("nodeId", node_id),
    LINE("interface", interface),
    LINE("vlan", vlan),
    LINE("address", address),
    LINE("peerAddress", peer_address),
    LINE("mtu", mtu),
    LINE("adminState", admin),
    LINE("routing", routing),
    LINE("peerAsn", peer_asn),
    LINE("bgp.holdSeconds", bgp.hold_s),
    LINE("bgp.gracefulRestartSeconds", bgp.graceful_restart_s),
    LINE("bgp.prepend", bgp.prepend),
    LINE("bgp.communities", bgp.communities),
    LINE("bgp.overLimit", bgp.over_limit),
    LINE("bfd.enabled", bfd.enabled),
    LINE("bfd.intervalMs", bfd.interval_ms),
    LINE("bfd.multiplier", bfd.multiplier),
    LINE("probe.enabled", probe.enabled),
    LINE("probe.intervalMs", probe.interval_ms),
    LINE("probe.count", probe.count),
    LINE("bgpPassword", bgp_password),
    LINE("importPrefixes", import_prefixes),
    LINE("exportPrefixes", export_prefixes),
    MEMBER(MODEL_PLACEMENT, model_placement, "nodeId", node_id),
    MEMBER(MODEL_PLACEMENT, model_placement, "generation", generation),
    MEMBER(MODEL_PLACEMENT, model_placement, "reason", reason),
    MEMBER(MODEL_ALARM, model_alarm, "enabled", enabled),
    MEMBER(MODEL_ALARM, model_alarm, "severity", severity),
    MEMBER(MODEL_ALARM, model_alarm, "scopeId", scope_id),
    MEMBER(MODEL_ALARM, model_alarm, "state", state),
    MEMBER(MODEL_ALARM, model_alarm, "metric", metric),
    MEMBER(MODEL_ALARM, model_alarm, "comparison", comparison),
    MEMBER(MODEL_ALARM, model_alarm, "threshold", threshold),
    MEMBER(MODEL_ALARM, model_alarm, "forSeconds", for_s),
    MEMBER(MODEL_ALARM, model_alarm, "webhookUrl", webhook_url),
    MEMBER(MODEL_ALARM, model_alarm, "webhookSecret", webhook_secret),
    MEMBER(MODEL_ALARM, model_alarm, "mailTo", mail_to),
};

static const struct row *row_of(enum model_kind_id kind, const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if ((rows[i].kind == kind || rows[i].kind == MODEL_KINDS) &&
            strcmp(rows[i].path, path) == 0)
            return &rows[i];
    }
    return NULL;
}

static size_t size_of(const struct model_field *f)
{
    static const size_t sizes[] = {
        [MODEL_STRING] = sizeof(char *),
        [MODEL_ENUM] = 1,
        [MODEL_BOOL] = sizeof(bool),
        [MODEL_INT] = sizeof(int64_t),
        [MODEL_GROUP] = 1,
        [MODEL_CIDR] = sizeof(struct prefix),
        [MODEL_ADDRESS] = sizeof(struct addr),
        [MODEL_INTERFACE] = sizeof(struct model_interface),
        [MODEL_REF] = sizeof(char *),
        [MODEL_NEXT_HOP] = sizeof(char *),
        [MODEL_TIME] = sizeof(uint64_t),
        [MODEL_TEXT_MAP] = sizeof(struct model_pairs),
        [MODEL_INT_MAP] = sizeof(struct model_numbers),
    };

    return f->list ? sizeof(struct model_ids) : sizes[f->type];
}

/* A struct with what is already spoken for. */
struct layout {
    enum model_kind_id kind;
    uint8_t used[1024];
    unsigned links;
};

static bool is_stored(const struct model_field *f)
{
    return f->access != MODEL_STATUS && f->access != MODEL_ACTION;
}

static bool is_reference(const struct model_field *f)
{
    return f->type == MODEL_REF || f->type == MODEL_NEXT_HOP;
}

static void check_member(struct layout *l, const struct model_field *f, const char *path,
                         size_t base)
{
    const struct row *row = row_of(l->kind, path);
    size_t at = base + f->offset;

    print_message("  %s\n", path);
    assert_non_null(row);
    assert_int_equal(row->offset, at);
    assert_int_equal(row->size, size_of(f));
    for (size_t i = at; i < at + size_of(f); i++) {
        assert_int_equal(0, l->used[i]);
        l->used[i] = 1;
    }
    assert_int_equal(is_reference(f), f->link != LINK_NONE);
    if (f->link) {
        assert_false(l->links & 1U << f->link);
        l->links |= 1U << f->link;
    }
    /* Absent and 0 must not be the same. */
    if (f->type == MODEL_BOOL || (f->type == MODEL_INT && f->min <= 0))
        assert_non_null(f->default_json);
}

static void check_fields(struct layout *l, const struct model_field *fields, const char *above,
                         size_t base)
{
    for (const struct model_field *f = fields; f->name; f++) {
        char path[128];

        if (!is_stored(f))
            continue;
        snprintf(path, sizeof(path), "%s%s", above, f->name);
        if (f->type != MODEL_OBJECT || f->list)
            check_member(l, f, path, base);
        if (f->type == MODEL_OBJECT && f->list) {
            struct layout element = {.kind = l->kind, .links = l->links};

            snprintf(path, sizeof(path), "%s%s[].", above, f->name);
            check_fields(&element, f->fields, path, 0);
            l->links = element.links;
            for (size_t i = f->size; i < sizeof(element.used); i++)
                assert_int_equal(0, element.used[i]);
            assert_true(f->size);
        } else if (f->type == MODEL_OBJECT) {
            snprintf(path, sizeof(path), "%s%s.", above, f->name);
            check_fields(l, f->fields, path, base + f->offset);
        }
    }
}

static void test_fields_have_members(void **state)
{
    unsigned links = 0;

    (void)state;
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)i);
        struct layout l = {.kind = kind->id, .links = links};

        print_message("%s\n", kind->name);
        memset(l.used, 1, offsetof(struct model_resource, id)); /* kind, refs, stored_at */
        check_fields(&l, model_common_fields(kind), "", 0);
        check_fields(&l, kind->fields, "", 0);
        links = l.links;
    }
    for (unsigned link = LINK_NONE + 1; link < LINK_INTERFACE; link++)
        assert_true(links & 1U << link);
}

/* Every row is that of a field, so that none is tested for nothing. */
static void test_rows_have_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *element = strstr(rows[i].path, "[].");
        const struct model_kind *kind =
            model_kind(rows[i].kind == MODEL_KINDS ? MODEL_VPC : rows[i].kind);
        const struct model_field *f;
        char list[64];

        snprintf(list, sizeof(list), "%.*s",
                 element ? (int)(element - rows[i].path) : (int)strlen(rows[i].path), rows[i].path);
        f = model_find_field(kind, list);
        assert_non_null(f);
        for (f = f->fields; element && f->name && strcmp(f->name, element + 3) != 0; f++)
            ;
        assert_true(!element || f->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_have_members),
        cmocka_unit_test(test_rows_have_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
