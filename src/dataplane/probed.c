/* Whose peers are asked whether they are there. */
#include "dataplane_internal.h"

bool dp_egress_has_inner(const struct dp_egress *e)
{
    const struct ipc_tunnel *config = &e->tunnel->config;

    return config->inner_local.family != ADDR_NONE &&
           config->inner_local.family == config->inner_remote.family;
}

bool dp_egress_is_probed(const struct dp_egress *e)
{
    return e->out && e->tunnel->config.probe_ms && dp_egress_has_inner(e);
}

bool dp_egress_is_left(const struct dp_egress *e)
{
    return e->out && e->tunnel->config.draining && dp_egress_has_inner(e);
}

bool dp_egress_has_probes(const struct dp_egress *e)
{
    return dp_egress_is_probed(e) || dp_egress_is_left(e);
}

bool dp_port_is_probed(const struct dp_port *port)
{
    return port->probing && port->config.probe_ms && port->config.traffic != IPC_LINE_SHUT &&
           port->config.gateway.family == port->config.address.family;
}
