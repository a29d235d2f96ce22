/* A real network of the desired state: as an instance on an interface that is there, but that
 * nobody says who is on it. */
#include "desired.h"

static int parse_range(const json_t *obj, struct ipc_port *port, struct desired_error *err)
{
    if (desired_prefix(obj, "subnet", &port->subnet, err) < 0 ||
        desired_addr(obj, "gateway", &port->gateway, err) < 0)
        return -EBADMSG;
    if (!prefix_contains_addr(&port->subnet, &port->gateway))
        return desired_fail(err, SAY(NODE_FIELD_OUTSIDE_SUBNET, "gateway", &port->subnet));
    return 0;
}

int desired_network_parse(const char *id, const json_t *obj, struct desired_instance *ret,
                          struct desired_error *err)
{
    struct ipc_port *port = &ret->port;
    uint64_t limit;

    port->kind = IPC_PORT_SUBNET;
    ret->attachment = DESIRED_NIC;
    if (text_copy(port->id, sizeof(port->id), id) < 0)
        return desired_fail(err, SAY(NODE_FIELD_TOO_LONG, "id", sizeof(port->id) - 1));
    if (desired_text(obj, "vpc", ret->vpc, sizeof(ret->vpc), err) < 0 ||
        desired_text(obj, "table", port->table, sizeof(port->table), err) < 0 ||
        parse_range(obj, port, err) < 0 ||
        desired_mac(obj, "gatewayMac", port->gateway_mac, err) < 0 ||
        desired_wire_parse(obj, ret, err) < 0 || desired_mtu_parse(obj, port, err) < 0 ||
        desired_number(obj, "hostLimit", UINT16_MAX, &limit, err) < 0)
        return -EBADMSG;
    port->hosts_max = (uint16_t)limit;
    return 0;
}
