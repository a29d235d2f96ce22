/* An instance of the desired state as a port of the data plane and what this machine makes. */
#include "desired.h"

#include <stdio.h>

int desired_mac(const json_t *obj, const char *name, uint8_t ret[6], struct desired_error *err)
{
    char text[18], tail;
    unsigned b[6];

    if (desired_text(obj, name, text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (strlen(text) != 17 || sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3],
                                     &b[4], &b[5], &tail) != 6)
        return desired_fail(err, SAY(NODE_FIELD_NO_MAC, name, text));
    for (size_t i = 0; i < 6; i++)
        ret[i] = (uint8_t)b[i];
    if (ret[0] & 1)
        return desired_fail(err, SAY(NODE_FIELD_MULTICAST_MAC, name, text));
    return 0;
}

/* The name of its namespace: rw- and the id without its i-. It becomes a file's name. */
static int name_netns(struct desired_instance *i, struct desired_error *err)
{
    const char *id = text_starts_with(i->port.id, "i-") ? i->port.id + 2 : "";

    if (!*id || id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] ||
        snprintf(i->netns, sizeof(i->netns), "rw-%s", id) >= (int)sizeof(i->netns))
        return desired_fail(err, SAY(NODE_NO_INSTANCE_ID, i->port.id));
    return 0;
}

static int parse_subnet(const json_t *obj, struct ipc_port *port, struct desired_error *err)
{
    if (desired_prefix(obj, "subnet", &port->subnet, err) < 0 ||
        desired_addr(obj, "address", &port->address, err) < 0 ||
        desired_addr(obj, "gateway", &port->gateway, err) < 0)
        return -EBADMSG;
    if (!prefix_contains_addr(&port->subnet, &port->address))
        return desired_fail(err, SAY(NODE_FIELD_OUTSIDE_SUBNET, "address", &port->subnet));
    if (!prefix_contains_addr(&port->subnet, &port->gateway))
        return desired_fail(err, SAY(NODE_FIELD_OUTSIDE_SUBNET, "gateway", &port->subnet));
    return 0;
}

bool desired_is_device(const char *name)
{
    return *name && name[0] != '.' && !strpbrk(name, "/: \t\n%");
}

/* A TAP without a name is called as a namespace would be. */
static int parse_device(const json_t *obj, struct desired_instance *i, struct desired_error *err)
{
    if (i->attachment == DESIRED_TAP && !json_object_get(obj, "interface")) {
        if (text_copy(i->device, sizeof(i->device), i->netns) < 0)
            return desired_fail(err, SAY(NODE_TAP_NAME_TOO_LONG, i->port.id));
    } else if (desired_text(obj, "interface", i->device, sizeof(i->device), err) < 0) {
        return -EBADMSG;
    }
    if (!desired_is_device(i->device))
        return desired_fail(err, SAY(NODE_NO_INTERFACE_NAME, i->device));
    return 0;
}

static int parse_attachment(const json_t *obj, struct desired_instance *i,
                            struct desired_error *err)
{
    static const char *const names[] = {
        [DESIRED_NETNS] = "netns", [DESIRED_TAP] = "tap", [DESIRED_NIC] = "nic"};
    char text[32];
    size_t k = 0;

    if (name_netns(i, err) < 0 || desired_text(obj, "attachment", text, sizeof(text), err) < 0)
        return -EBADMSG;
    while (k < ARRAY_SIZE(names) && strcmp(text, names[k]) != 0)
        k++;
    if (k == ARRAY_SIZE(names))
        return desired_fail(err, SAY(NODE_FIELD_UNKNOWN, "attachment", text));
    i->attachment = (enum desired_attachment_kind)k;
    if (i->attachment == DESIRED_NETNS) {
        memcpy(i->port.mac, i->mac, sizeof(i->mac));
        return 0;
    }
    if (parse_device(obj, i, err) < 0)
        return -EBADMSG;
    (void)text_copy(i->claim, sizeof(i->claim), i->device);
    memset(i->netns, 0, sizeof(i->netns));
    i->port.kind = i->attachment == DESIRED_NIC ? IPC_PORT_NIC : IPC_PORT_TAP;
    return 0;
}

int desired_mtu_parse(const json_t *obj, struct ipc_port *ret, struct desired_error *err)
{
    uint64_t mtu;

    if (desired_number(obj, "mtu", UINT16_MAX, &mtu, err) < 0)
        return -EBADMSG;
    if (mtu < 68)
        return desired_fail(err, SAY(NODE_MTU_TOO_SMALL, mtu));
    ret->mtu = (uint16_t)mtu;
    return 0;
}

int desired_instance_parse(const char *id, const json_t *obj, struct desired_instance *ret,
                           struct desired_error *err)
{
    struct ipc_port *port = &ret->port;

    port->kind = IPC_PORT_TAP;
    if (text_copy(port->id, sizeof(port->id), id) < 0)
        return desired_fail(err, SAY(NODE_FIELD_TOO_LONG, "id", sizeof(port->id) - 1));
    if (parse_subnet(obj, port, err) < 0 || desired_mac(obj, "mac", ret->mac, err) < 0 ||
        desired_mac(obj, "gatewayMac", port->gateway_mac, err) < 0 ||
        desired_mtu_parse(obj, port, err) < 0 ||
        desired_text(obj, "vpc", ret->vpc, sizeof(ret->vpc), err) < 0 ||
        desired_text(obj, "table", port->table, sizeof(port->table), err) < 0 ||
        parse_attachment(obj, ret, err) < 0)
        return -EBADMSG;
    return 0;
}
