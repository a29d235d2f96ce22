/* speaker_config.h - from the desired state to the configuration of a gateway's BIRD. Does no I/O.
 * Private to the node room. */
#ifndef ROPEWAY_NODE_SPEAKER_CONFIG_H
#define ROPEWAY_NODE_SPEAKER_CONFIG_H

#include "learned.h"
#include "objects.h"
#include "routing.h"
#include "speaker_net.h"

/* A number for a tunnel or connection, by its id alone: the same in every life of the node. Never
 * 0, BGP_TO_ALL or any other small one. */
uint32_t speaker_number(const char *id);
/* The metric of routes that lead to these connections: none is told of them. */
uint32_t speaker_metric(const char *const *connections, size_t n);
/* "vpntun_…": the name of a tunnel's protocol. */
#define SPEAKER_NAME_MAX IPC_ID_MAX
void speaker_protocol_name(const char *tunnel, char ret[SPEAKER_NAME_MAX]);

/* The metric of prefixes that the peers of these connections alone see as what they are. */
uint32_t speaker_only_metric(const char *const *connections, size_t n);

#define SPEAKER_SET_MAX 64

/* Routes to several connections, whose peers are not told, or prefixes that only the peers of these
 * are told: a metric for each such set. */
struct speaker_set {
    uint32_t metric;
    bool only;
    size_t n;
    char connections[SPEAKER_SET_MAX][IPC_ID_MAX];
};

/* What BGP runs over: a tunnel, or a private interface, which is its own connection. Borrows from
 * the object. */
struct speaker_line {
    const char *gateway, *connection;
    struct addr local, remote;
    uint8_t len; /* of the network that both are in */
    uint16_t mtu;
    const struct desired_bgp *bgp;   /* NULL: none runs */
    const struct ipc_tunnel *tunnel; /* NULL: a private interface */
};

struct speaker_line speaker_line_of(const struct object *o);

/* How a tunnel that is switched off is left (drain.c). */
enum node_drain {
    NODE_DRAIN_NONE,
    NODE_DRAIN_TOLD,  /* without BGP: a peer that is a Ropeway hears of it by probes */
    NODE_DRAIN_WORSE, /* announced worse: the peer's traffic goes elsewhere, and ours */
    NODE_DRAIN_ENDS,  /* the session ends: what was learned over it goes */
    NODE_DRAIN_OVER,
};

struct speaker_want {
    const char *gateway;
    const struct desired_gateway *desired;
    const struct object *const *tunnels; /* and private interfaces, with BGP, in the order of their
                                            ids */
    size_t n;
    const struct speaker_set *sets;
    size_t n_sets;
    enum node_drain (*drain)(void *arg, const char *tunnel); /* NULL: no tunnel is left */
    void *arg;
};

/* -EINVAL if something in it cannot be said to BIRD, -ENOMEM. buf_wipe() it. */
MUST_USE int speaker_config_write(const struct speaker_want *w, struct buf *ret);

#endif
