/* A private interface of the desired state: the router behind it is to this machine as an instance
 * on an interface that is there. */
#include <stdio.h>

#include "desired.h"

static int parse_ends(const json_t *obj, struct desired_line *l, struct desired_error *err)
{
    struct ipc_port *port = &l->at.port;
    char text[ADDR_TEXT_MAX + 4], *slash;
    uint64_t len;

    if (desired_text(obj, "address", text, sizeof(text), err) < 0 ||
        desired_addr(obj, "peerAddress", &port->address, err) < 0)
        return -EBADMSG;
    slash = strchr(text, '/');
    if (slash)
        *slash = 0;
    if (!slash || addr_parse(text, &port->gateway) < 0 ||
        text_parse_u64(slash + 1, addr_bits(&port->gateway), &len) < 0)
        return desired_fail(err, SAY(NODE_FIELD_NO_ADDRESS, "address", text));
    l->len = (uint8_t)len;
    port->subnet = prefix_make(&port->gateway, l->len);
    if (!prefix_contains_addr(&port->subnet, &port->address))
        return desired_fail(err, SAY(NODE_FIELD_OUTSIDE_SUBNET, "peerAddress", &port->subnet));
    return 0;
}

int desired_wire_parse(const json_t *obj, struct desired_instance *at, struct desired_error *err)
{
    uint64_t vlan;

    if (desired_text(obj, "interface", at->device, sizeof(at->device), err) < 0 ||
        desired_number(obj, "vlan", 4094, &vlan, err) < 0)
        return -EBADMSG;
    if (!desired_is_device(at->device))
        return desired_fail(err, SAY(NODE_NO_INTERFACE_NAME, at->device));
    at->port.vlan = (uint16_t)vlan;
    if (vlan)
        snprintf(at->claim, sizeof(at->claim), "%s.%u", at->device, (unsigned)vlan);
    else
        (void)text_copy(at->claim, sizeof(at->claim), at->device);
    return 0;
}

static int parse_admin_state(const json_t *obj, struct desired_line *l, struct desired_error *err)
{
    char text[16];

    if (desired_text(obj, "adminState", text, sizeof(text), err) < 0 ||
        (json_object_get(obj, "drained") && desired_bool(obj, "drained", &l->drained, err) < 0))
        return -EBADMSG;
    l->admin_up = strcmp(text, "up") == 0;
    return l->admin_up || strcmp(text, "down") == 0
               ? 0
               : desired_fail(err, SAY(NODE_FIELD_UNKNOWN, "adminState", text));
}

int desired_line_parse(const char *id, const json_t *obj, struct desired_line *ret,
                       struct desired_error *err)
{
    struct ipc_port *port = &ret->at.port;
    int r;

    port->kind = IPC_PORT_LINE;
    ret->at.attachment = DESIRED_NIC;
    if (text_copy(port->id, sizeof(port->id), id) < 0)
        return desired_fail(err, SAY(NODE_FIELD_TOO_LONG, "id", sizeof(port->id) - 1));
    if (desired_text(obj, "gateway", ret->gateway, sizeof(ret->gateway), err) < 0 ||
        parse_admin_state(obj, ret, err) < 0 || desired_wire_parse(obj, &ret->at, err) < 0 ||
        parse_ends(obj, ret, err) < 0 || desired_mac(obj, "mac", port->gateway_mac, err) < 0 ||
        desired_mtu_parse(obj, port, err) < 0 ||
        desired_probe_parse(obj, &port->probe_ms, &port->probe_count, err) < 0)
        return -EBADMSG;
    r = desired_bgp_parse(obj, &ret->bgp, err);
    ret->n_bgp = ret->bgp ? 1 : 0;
    return r;
}
