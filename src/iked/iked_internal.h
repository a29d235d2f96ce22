#ifndef ROPEWAY_IKED_INTERNAL_H
#define ROPEWAY_IKED_INTERNAL_H

#include "iked.h"
#include "core.h"

#include <uv.h>

#define IKED_MESSAGES_MAX 64 /* read from one connection before the others have their turn */
#define IKED_RECONNECT_MS 200
#define IKED_SOON_MS      10

/* ---- conn.c: a connection in the loop ---- */

struct iked_conn {
    struct ipc_conn *ipc; /* NULL = free */
    uv_poll_t poll;
    bool polling; /* the handle is in the loop until its close callback */
    bool deaf;    /* a send failed: closed when what it said was read */
    int events;
    const char *whose;
    struct ipc_msg *in; /* where messages are read to */
    /* A message is there; other than 0: the connection has to be closed. */
    int (*take)(struct iked_conn *conn);
    void (*gone)(struct iked_conn *conn);
    /* After what came in was taken. */
    void (*settled)(struct iked_conn *conn);
};

/* Takes ipc. -EBUSY while the one before it leaves the loop, -EIO. */
MUST_USE int iked_conn_open(struct iked_conn *conn, uv_loop_t *loop, struct ipc_conn *ipc);
/* Sends, or marks the connection as deaf. */
void iked_conn_send(struct iked_conn *conn, const struct ipc_msg *msg);
void iked_conn_close(struct iked_conn *conn);

/* ---- iked.c ---- */

struct iked {
    char path[108];
    char plane_path[108];
    uv_loop_t loop;
    uv_poll_t listener;
    uv_timer_t tick;
    uv_timer_t reconnect;
    uv_signal_t signals[2];
    int listen_fd;
    bool leaving;
    bool complained; /* about the absence of the data plane */
    struct iked_core *core;
    struct iked_peer {
        struct iked *iked;
        unsigned number;
        struct iked_conn conn;
    } peers[IKED_PEERS];
    struct ipc_msg in;
};

MUST_USE int iked_init(struct iked *iked, const char *run_dir);
void iked_done(struct iked *iked);

#endif
