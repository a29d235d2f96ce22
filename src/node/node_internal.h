/* node_internal.h - what the node knows while it runs. Private to the node room.
 *
 * Everything happens on one event loop. A new desired state is merged into the lists below
 * (node.c), then told to the data plane (dataplane_link.c) and to IKE (ike_link.c), then instances
 * are brought in line one after the other (machine.c). Answers and events change the same lists;
 * status.c reads them. */
#ifndef ROPEWAY_NODE_INTERNAL_H
#define ROPEWAY_NODE_INTERNAL_H

#include <jansson.h>
#include <uv.h>

#include "desired.h"
#include "http.h"
#include "instance.h"
#include "ipc_stats.h"
#include "node.h"
#include "peer.h"

#define NODE_LOG_LINES 50 /* kept per tunnel */

struct node_instance {
    struct list link;
    struct desired_instance want;
    bool wanted;  /* is in the desired state, and in order */
    bool present; /* is in the desired state, perhaps with an error */
    bool checked; /* compared with the machine in this pass */
    bool ready;   /* the machine has it as wanted */
    bool new_tap; /* since the data plane got its descriptor */
    int index;    /* of the interface it is attached to, and what that carries; 0: not so */
    uint16_t mtu;
    char error[INSTANCE_ERROR_MAX];
};

struct node_log_line {
    uint64_t at_us;
    char text[IPC_TEXT_MAX];
};

struct node_tunnel {
    struct list link;
    struct desired_tunnel want;
    bool wanted;     /* is in the desired state, and in order */
    bool present;    /* is in the desired state, perhaps with an error */
    char error[256]; /* of its configuration */

    struct ipc_ike_tunnel sent; /* what IKE has, while sent_up */
    bool sent_up;
    uint64_t
        off_since;     /* generation of the first data plane sync without its traffic; 0: carries */
    uint64_t on_since; /* generation of the first one with it; 0: none yet */

    bool has_status;
    struct ipc_ike_status status;
    size_t n_log; /* lines ever written; the newest NODE_LOG_LINES are kept */
    struct node_log_line log[NODE_LOG_LINES];

    uint8_t shown; /* enum ipc_oper_state as last reported, and since when */
    uint64_t shown_since_us;
    char narrowed[IPC_TEXT_MAX]; /* what its peer did not agree to (selectors.h); "" all is well */
};

struct node_dataplane {
    struct peer peer;
    bool knows_holds; /* all DP_HOLDS came: it can be configured */
    struct endpoint *held_sockets;
    char (*held_ports)[IPC_ID_MAX];
    size_t n_held_sockets, n_held_ports;
    uint64_t generation; /* of the last sync sent */
    uint64_t done;       /* of the last one answered */
    uint32_t failed;
    char error[IPC_TEXT_MAX];
    char open_error[256]; /* why a descriptor could not be opened for the last sync */
    struct ipc_stats_map *stats;
};

struct node_ike {
    struct peer peer;
    uint64_t generation;
    uint64_t waiting_since_us; /* a tunnel's SAs wait for its traffic to be off; 0: none */
    uint32_t failed;
    char error[IPC_TEXT_MAX];
};

struct node_api {
    struct http *http;
    uv_timer_t retry;
    struct buf token;
    char id[IPC_ID_MAX]; /* of the node; "" before it joined */
    uint64_t known;      /* revision of the document held; 0: none */
    unsigned backoff_ms;
    bool away; /* the last call failed: log the next change */
    bool status_under_way;
    bool status_again;
};

struct node {
    const struct node_config *config;
    char run_dir[PEER_PATH_MAX];
    uv_loop_t loop;
    uv_signal_t sigterm, sigint;
    uv_timer_t tick;     /* while a peer is away or something waits for the data plane */
    uv_timer_t periodic; /* every 10 s: look at everything again, report */
    uv_timer_t work;     /* goes through the instances */
    uv_timer_t report;   /* a status that is due */
    uv_timer_t retry;    /* something failed: look again before the next period */

    bool has_desired;
    uint64_t settle_until_us; /* monotonic; 0: settled once and for all */
    uint64_t revision;        /* of the desired state in force */
    struct addr *cloud;
    size_t n_cloud;
    struct desired_table *tables;
    size_t n_tables;
    struct desired_problem *problems;
    size_t n_problems;
    struct list instances, tunnels;
    bool scanned; /* leftovers on this machine were looked for in this pass */
    bool ports_changed;
    char cloud_error[256];
    char scan_error[256];

    struct node_dataplane dataplane;
    struct node_ike ike;
    struct node_api api;
    struct ipc_msg msg; /* being sent: too large for the stack */
};

/* ---- node.c ---- */

/* Takes the document's contents over and starts to bring everything in line. */
void node_take_desired(struct node *node, struct desired *desired);
struct node_tunnel *node_find_tunnel(struct node *node, const char *id);
/* The same, made if need be. NULL without memory. */
struct node_tunnel *node_tunnel_for(struct node *node, const char *id);
struct node_instance *node_find_instance(struct node *node, const char *id);
/* Forgets tunnels that are neither desired nor still known to IKE. */
void node_forget_tunnels(struct node *node);
/* What was first desired is under way for less than a second: a status
 * would show tunnels and instances as gone that a node before us left in good order. */
bool node_is_settling(struct node *node);
/* Something that an operator sees has changed: a status goes out in a moment. */
void node_report_soon(struct node *node);
/* Something failed that may work in a second. */
void node_retry_soon(struct node *node);
/* Keeps the tick going while it is needed. */
void node_tick_if_needed(struct node *node);

/* ---- dataplane_link.c ---- */

MUST_USE int dataplane_link_init(struct node *node);
void dataplane_link_done(struct node *node);
/* Sends the whole configuration. Does nothing while the data plane is away or there is no desired
 * state: an empty one would take a running gateway down. */
void dataplane_link_sync(struct node *node);
/* Its traffic is off for certain. */
bool dataplane_link_is_off(const struct node *node, const struct node_tunnel *tunnel);
/* The data plane has it in its flow hash as soon as there are SAs. */
bool dataplane_link_is_on(const struct node *node, const struct node_tunnel *tunnel);
/* It has the sockets of this cloud address. */
bool dataplane_link_holds(const struct node *node, const struct addr *cloud);

/* ---- ike_link.c ---- */

MUST_USE int ike_link_init(struct node *node);
void ike_link_done(struct node *node);
void ike_link_sync(struct node *node);
/* The data plane answered or went away: tunnels whose traffic is off now can be taken down. */
void ike_link_traffic_is_off(struct node *node);
/* The data plane went away. */
void ike_link_keys_are_gone(struct node *node);

/* ---- machine.c ---- */

/* Starts a pass over the instances; all: also those that were in order before. */
void machine_start(struct node *node, bool all);
void machine_cloud(struct node *node);
void machine_on_work(uv_timer_t *timer);

/* ---- status.c ---- */

/* New; NULL without memory. */
json_t *node_status(struct node *node, uint64_t now_us);

/* ---- api.c ---- */

MUST_USE int api_init(struct node *node);
void api_done(struct node *node);
void api_start(struct node *node);
/* Sends the status now, or right after the one under way. */
void api_report(struct node *node);

#endif
