#ifndef ROPEWAY_IKED_CORE_INTERNAL_H
#define ROPEWAY_IKED_CORE_INTERNAL_H

#include "core.h"

struct iked_node {
    bool greeted; /* it said HELLO */
    bool syncing;
    bool whole; /* the configuration that is coming in */
    uint64_t generation;
    struct ipc_sync_done result;
    struct ike_credentials *credentials; /* of the tunnel that comes next */
    char credentials_of[IPC_ID_MAX];
};

struct iked_plane {
    bool greeted;
    bool in_inventory;
    char asked[IKE_TUNNEL_ID_MAX]; /* the tunnel of the question under way; empty: all */
    uint64_t boot;
};

struct iked_core {
    struct ike *ike;
    struct iked_now now;
    uint64_t boot;
    iked_send_fn *send;
    void *context;
    struct iked_node nodes[IKED_NODES_MAX];
    struct iked_plane plane;
    struct ipc_msg out; /* being built */
};

/* core_node.c */
void iked_node_gone(struct iked_core *core, unsigned node);
MUST_USE int iked_node_message(struct iked_core *core, unsigned node, struct ipc_msg *msg);
void iked_nodes_status(struct iked_core *core, const char *tunnel);
void iked_nodes_liveness(struct iked_core *core, const char *tunnel);
/* text: written. */
void iked_nodes_log(struct iked_core *core, const char *tunnel, enum ike_log_level level,
                    const char *text);

/* core_plane.c */
MUST_USE int iked_plane_message(struct iked_core *core, struct ipc_msg *msg);
void iked_plane_gone(struct iked_core *core);
void iked_plane_action(struct iked_core *core, const struct ike_action *action);

/* convert.c: between the messages and the machine; pure. */
/* -EPROTONOSUPPORT for another version, -EINVAL with the reason written to why (IPC_TEXT_MAX
 * bytes). */
MUST_USE int iked_config_from(const struct ipc_ike_tunnel *t, const struct iked_now *now,
                              struct ike_tunnel_config *ret, char *why);
/* What it authenticates with by certificate. -EBADMSG with the reason written to why, -ENOMEM. */
MUST_USE int iked_credentials_from(const struct ipc_ike_credentials *c,
                                   struct ike_credentials **ret, char *why);
void iked_sa_add_from(const struct ike_action *action, struct ipc_sa_add *ret);
/* now: to turn since_us into real time. */
void iked_status_from(const struct ike_status *s, const struct iked_now *now,
                      struct ipc_ike_status *ret);
void iked_liveness_from(const char *tunnel, const struct ike_liveness *l,
                        struct ipc_ike_liveness *ret);

#endif
