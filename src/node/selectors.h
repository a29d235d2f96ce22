/* selectors.h - whether what a tunnel's peer agreed to is enough for the routes. Pure. Private to
 * the node room. */
#ifndef ROPEWAY_NODE_SELECTORS_H
#define ROPEWAY_NODE_SELECTORS_H

#include "tables.h"

/* Writes (words.h) what is wrong if a route leads a packet to the tunnel's connection, or the peer
 * may answer a range of ours, that the agreed traffic selectors leave out; "" if they carry all,
 * and while none are known. size is enough for a few prefixes; more are counted. */
void selectors_explain(const struct tables *tables, const struct ipc_tunnel *tunnel,
                       const struct ipc_ike_status *status, char *ret, size_t size);
/* What the routes make of a tunnel: the networks that it carries, as they are on the wire, none of
 * them inside another. */
struct selectors_networks {
    uint16_t n_local, n_remote;
    struct prefix local[IPC_TS_MAX], remote[IPC_TS_MAX];
};

/* More than there is room for are left out. ret is zeroed before. */
void selectors_networks(const struct tables *tables, const struct ipc_tunnel *tunnel,
                        struct selectors_networks *ret);
/* They hold every address of both families, or none are known: whatever the routes are, nothing is
 * left out. */
bool selectors_hold_all(const struct ipc_ike_status *status);

#endif
