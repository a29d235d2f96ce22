/* peer.h - the node's end of the connection to ropeway-dataplane or ropeway-ike: connects, connects
 * again, watches the socket. Private to the node room. */
#ifndef ROPEWAY_NODE_PEER_H
#define ROPEWAY_NODE_PEER_H

#include <uv.h>

#include "ipc.h"

#define PEER_PATH_MAX 108

struct peer;

struct peer_calls {
    void (*up)(struct peer *peer); /* its HELLO came */
    /* Descriptors left in msg are closed afterwards. */
    void (*message)(struct peer *peer, struct ipc_msg *msg);
    void (*down)(struct peer *peer);
};

struct peer {
    const char *program; /* "ropeway-ike", for logs */
    uint8_t role;        /* what its HELLO must say */
    const struct peer_calls *calls;
    uv_loop_t *loop;
    char path[PEER_PATH_MAX];
    struct ipc_conn *conn; /* NULL: away */
    uv_poll_t *poll;
    bool greeted; /* its HELLO came */
    bool broken;  /* dropped at the next chance, not inside a caller's loop */
    uint64_t boot;
    struct ipc_msg msg; /* being received */
};

/* -ENAMETOOLONG. Zeroes the rest. */
MUST_USE int peer_init(struct peer *peer, uv_loop_t *loop, const char *program, enum ipc_role role,
                       const char *run_dir, const char *socket, const struct peer_calls *calls);
/* The loop must run once more afterwards. */
void peer_done(struct peer *peer);
/* Connects if there is no connection, drops a broken one. To be called now and then while
 * peer_is_up() is false. */
void peer_tick(struct peer *peer);
bool peer_is_up(const struct peer *peer);
/* Sends or keeps for later; a connection that fails is dropped soon. */
void peer_send(struct peer *peer, const struct ipc_msg *msg);

#endif
