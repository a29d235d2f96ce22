/* Private interfaces and real networks: what their ports are to be, and whether they carry. */
#include "node_internal.h"

#include <stdio.h>

#include "routing_build.h"

bool line_is(const struct node_instance *i)
{
    return i->want.port.kind == IPC_PORT_LINE;
}

bool network_is(const struct node_instance *i)
{
    return i->want.port.kind == IPC_PORT_SUBNET;
}

bool wire_is(const struct node_instance *i)
{
    return line_is(i) || network_is(i);
}

static const struct desired_line *line_of(const struct node_instance *i)
{
    return i->object ? i->object->value : NULL;
}

static enum ipc_line_traffic traffic(const struct node_instance *i, const struct desired_line *line)
{
    if (line->admin_up)
        return IPC_LINE_OPEN;
    return drain_is_left(&i->leaving) ? IPC_LINE_LEFT : IPC_LINE_SHUT;
}

bool line_derive(const struct node *node, const struct node_instance *i,
                 const struct desired_line *line, struct desired_instance *ret)
{
    const struct desired_gateway *gateway =
        objects_value(&node->set, DESIRED_GATEWAY, line->gateway);

    *ret = line->at;
    ret->port.traffic = (uint8_t)traffic(i, line);
    if (!gateway)
        return false;
    snprintf(ret->port.table, sizeof(ret->port.table), "%.55s%s", line->gateway,
             gateway->transit ? "" : ROUTING_TUNNEL_TABLE);
    return true;
}

bool line_is_silent(const struct node_instance *i)
{
    return i->probed == IPC_PROBE_BLACKHOLING && i->want.port.probe_ms;
}

int line_carries(const struct node_instance *i)
{
    const struct desired_line *line = line_of(i);

    if (!line || !i->wanted || traffic(i, line) == IPC_LINE_SHUT || line_is_silent(i))
        return 0;
    return i->checked || i->ready ? i->ready : -1;
}

int line_takes_routes(const struct node_instance *i)
{
    bool lost = i->probed == IPC_PROBE_LOST && i->want.port.probe_ms;

    return lost || drain_is_left(&i->leaving) ? 0 : line_carries(i);
}

static bool takes_traffic(const struct node_instance *i)
{
    return line_is(i) ? line_carries(i) > 0 : i->wanted && i->ready;
}

bool wire_is_up(const struct node *node, const struct node_instance *i)
{
    return takes_traffic(i) && node->dataplane.knows_holds && i->port_since &&
           i->port_since <= node->dataplane.done;
}
