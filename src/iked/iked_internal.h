#ifndef ROPEWAY_IKED_INTERNAL_H
#define ROPEWAY_IKED_INTERNAL_H

#include "iked.h"
#include "ike.h"
#include "ipc.h"

#include <uv.h>

#define IKED_NODES_MAX    4
#define IKED_MESSAGES_MAX 64 /* read from one connection before the others have their turn */
#define IKED_RECONNECT_MS 200
#define IKED_SOON_MS      10

struct iked;

/* One connection, to a node or to the data plane. */
struct iked_conn {
    struct iked *iked;
    struct ipc_conn *ipc; /* NULL = free */
    uv_poll_t poll;
    bool polling; /* the handle is in the loop until its close callback */
    bool is_plane;
    bool greeted; /* it said HELLO */
    bool deaf;    /* a send failed: closed when what it said was read */
    bool broken;  /* it said what it may not: closed when the loop comes round */
    int events;
};

struct iked_node {
    struct iked_conn conn;
    bool syncing;
    bool whole; /* the configuration that is coming in */
    uint64_t generation;
    struct ipc_sync_done result;
};

struct iked_plane {
    struct iked_conn conn;
    uint64_t boot;
    bool in_inventory;
    bool complained; /* about its absence */
};

struct iked {
    char path[108];
    char plane_path[108];
    uint64_t boot;
    uv_loop_t loop;
    uv_poll_t listener;
    uv_timer_t tick;
    uv_timer_t reconnect;
    uv_signal_t signals[2];
    int listen_fd;
    bool leaving;
    struct ike *ike;
    struct iked_node nodes[IKED_NODES_MAX];
    struct iked_plane plane;
    struct ipc_msg in;  /* being read */
    struct ipc_msg out; /* being built */
};

/* iked.c */
MUST_USE int iked_init(struct iked *iked, const char *run_dir);
void iked_done(struct iked *iked);
/* After every call into the machine: carry out its actions, arm the timer. */
void iked_pump(struct iked *iked);
/* Starts the timer that closes deaf connections and calls the data plane. */
void iked_reconnect_soon(struct iked *iked);

/* conn.c */
MUST_USE int iked_conn_open(struct iked_conn *conn, struct iked *iked, struct ipc_conn *ipc);
/* Sends, or marks the connection as broken. */
void iked_conn_send(struct iked_conn *conn, const struct ipc_msg *msg);
void iked_conn_hello(struct iked_conn *conn);
void iked_conn_close(struct iked_conn *conn);

/* node_link.c */
void iked_node_accept(struct iked *iked);
void iked_node_message(struct iked_node *node, struct ipc_msg *msg);
void iked_node_gone(struct iked_node *node);
void iked_nodes_status(struct iked *iked, const char *tunnel);
void iked_nodes_liveness(struct iked *iked, const char *tunnel);
/* text: written. */
void iked_nodes_log(struct iked *iked, const char *tunnel, enum ike_log_level level,
                    const char *text);

/* plane_link.c */
void iked_plane_connect(struct iked *iked);
void iked_plane_message(struct iked *iked, struct ipc_msg *msg);
void iked_plane_gone(struct iked *iked);
void iked_plane_action(struct iked *iked, const struct ike_action *action);

/* convert.c: between the messages and the machine; pure. */
/* -EPROTONOSUPPORT for IKEv1, -EINVAL with the reason written to why (IPC_TEXT_MAX bytes). */
MUST_USE int iked_config_from(const struct ipc_ike_tunnel *t, struct ike_tunnel_config *ret,
                              char *why);
void iked_sa_add_from(const struct ike_action *action, struct ipc_sa_add *ret);
/* The clocks of now, to turn since_us into real time. */
void iked_status_from(const struct ike_status *s, uint64_t monotonic_us, uint64_t realtime_us,
                      struct ipc_ike_status *ret);
void iked_liveness_from(const char *tunnel, const struct ike_liveness *l,
                        struct ipc_ike_liveness *ret);

#endif
