/* fake_world.h - what a node has around itself: ropewayd, ropeway-dataplane and ropeway-ike, played
 * by the test over the real sockets; the node runs as a child process in the same private network.
 */
#ifndef ROPEWAY_FAKE_WORLD_H
#define ROPEWAY_FAKE_WORLD_H

#include <jansson.h>
#include <sys/types.h>

#include "fake_tables.h"
#include "fake_tls.h"
#include "ipc.h"
#include "words.h"

#define WORLD_CLIENTS    8
#define WORLD_OBJECTS    8
#define WORLD_PACKETS_IN 7                  /* of vpntun-aaaaaaaaaa, says the data plane */
#define WORLD_SILENT_US  UINT64_C(20000000) /* since the last of them */

/* What a peer has after it; of descriptors, what came with it. */
struct world_sync {
    uint64_t generation;
    uint8_t whole;    /* enum ipc_part */
    unsigned n_named; /* objects that it carried */
    unsigned number;  /* of all syncs of both peers, in the order of their END */
    unsigned n_underlays, underlay_fds, n_ports, port_fds, n_tunnels;
    struct endpoint underlays[WORLD_OBJECTS];
    struct ipc_port ports[WORLD_OBJECTS];
    struct fake_tables tables;
    struct ipc_tunnel tunnels[WORLD_OBJECTS];
    struct ipc_ike_tunnel ike[WORLD_OBJECTS];
};

struct world_peer {
    enum ipc_role role;
    char path[96];
    int listen_fd;
    struct ipc_conn *conn;
    bool mute;                   /* takes configurations, does not answer them */
    uint32_t failed;             /* what answers say */
    enum words_code failed_code; /* of {id, error}, or of {error} without an id */
    char failed_id[IPC_ID_MAX];  /* without a code: a port that nobody knows */
    bool up;                     /* IKE says of the tunnel, when the node connects */
    uint64_t boot;               /* as its last HELLO said */
    uint64_t in_force, refused;  /* configurations that IKE speaks of */
    unsigned n_syncs;
    struct world_sync coming, last;
    /* what the next connection is told to be held */
    unsigned n_held_sockets, n_held_ports;
    struct endpoint held_sockets[WORLD_OBJECTS];
    char held_ports[WORLD_OBJECTS][IPC_ID_MAX];
    int fds[WORLD_OBJECTS * 2]; /* descriptors that came and are kept, as a data plane does */
    unsigned n_fds;
};

struct world_client {
    int fd;
    SSL *ssl;
    struct buf in;
    bool waits;     /* for a new desired state */
    char known[96]; /* EPOCH:VERSION; "": asks for a whole listing */
};

struct world {
    char run[64];
    char api[96], token_file[96], state[96];
    int api_fd;
    struct fake_tls *tls;
    long life_s;                 /* of the certificates */
    unsigned audit_s, settle_ms; /* of the node; 0: as usual */
    bool plain;                  /* is the operators' socket: speaks no TLS, knows /healthz */
    unsigned n_renewals, n_plain;
    bool away; /* answers 503 */
    unsigned n_joins, n_status, n_wrong_tokens, n_syncs;
    /* The desired state: {KEY: value}, {KEY: version} of what is there and of what is gone. */
    json_t *desired, *versions, *gone;
    unsigned epoch;
    uint64_t version;
    unsigned page_objects;        /* in one page; 0: all */
    uint64_t lie;                 /* added to the digest */
    unsigned n_pages, n_listings; /* answers, and those that began a listing */
    bool old;                     /* answers as a ropewayd did before there were pages */
    /* What the node has reported: {KEY: entry}, each with all lines of its log. */
    json_t *entries, *last_report, *refused;
    char status_epoch[64];
    uint64_t sequence;
    unsigned n_resets, n_entries; /* of reports; of all of them together */
    unsigned refuse_reports;      /* that many are answered 503 */
    unsigned lose_answers;        /* that many are taken, but answered 503 */
    size_t longest;               /* report */
    struct world_client clients[WORLD_CLIENTS];
    struct world_peer dataplane, ike;
    struct ipc_msg msg;
    pid_t node;
};

/* Everybody is there but the node. */
struct world *world_make(void);
/* Ends the node, removes what it made. */
void world_free(struct world *w);
void world_start_node(struct world *w);
/* SIGTERM, and waits for its end. */
void world_stop_node(struct world *w);
/* Takes doc over: what differs from before gets a new version. */
void world_set_desired(struct world *w, json_t *doc);
/* ropewayd began anew: the versions are others, the objects the same, the reports forgotten. */
void world_restart_ropewayd(struct world *w);
/* Everything that is desired is carried out, says the node. */
bool world_is_carried(const struct world *w);
/* Closes the peer's connection and its descriptors, as its death does; it can be connected again.
 */
void world_restart_peer(struct world *w, struct world_peer *peer);
/* The same, but nobody answers there until the condition holds: what the node says only meanwhile
 * is not seen for certain otherwise. False after ten seconds. */
bool world_restart_peer_after(struct world *w, struct world_peer *peer,
                              bool (*condition)(struct world *w));
/* The same, but it does not come back. */
void world_end_peer(struct world *w, struct world_peer *peer);
/* Goes on until the condition holds. False after ten seconds. */
bool world_until(struct world *w, bool (*condition)(struct world *w));
/* Answers the last configuration of a mute peer. */
void world_answer(struct world *w, struct world_peer *peer);
void world_send(struct world *w, struct world_peer *peer);
/* Makes w->msg an IKE_STATUS of vpntun-aaaaaaaaaa. */
void world_status_message(struct world *w, enum ipc_oper_state state);
/* What was reported last of the object; NULL if nothing was. */
const json_t *world_entry(const struct world *w, const char *key);
/* The same, its status. */
const json_t *world_status_of(const struct world *w, const char *key);
/* A member of the last report's "node". */
const json_t *world_node(const struct world *w, const char *name);

#endif
