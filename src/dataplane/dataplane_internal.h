/* dataplane_internal.h - what the threads of the data plane share.
 *
 * The control thread owns all objects. It publishes a struct dp_config, which nobody changes
 * afterwards, and the inbound SAs in a lock-free hash; workers read both under RCU. What a worker
 * has to say goes through a socket pair (notes). Objects are numbered: the number of a port, table,
 * tunnel, connection or underlay is its index in every configuration it is part of, and what next
 * hops name. */
#ifndef ROPEWAY_DATAPLANE_INTERNAL_H
#define ROPEWAY_DATAPLANE_INTERNAL_H

#include "fib.h"
#include "flow.h"
#include "inner_internal.h"
#include "ipc_stats.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <urcu.h> /* the memb flavour */
#include <urcu/rculfhash.h>

#define DP_NONE               UINT32_MAX
#define DP_JUMPS_MAX          4
#define DP_PORT_IKE           500
#define DP_PORT_NATT          4500
#define DP_OUTER_MTU          1500
#define DP_OUTER_MTU_MIN      576
#define DP_OUTER_MTU_UNPROVEN 1400               /* lower only upon proof */
#define DP_INNER_MTU_MIN      68                 /* RFC 791, 3.2 */
#define DP_IPV6_MTU_MIN       1280               /* RFC 8200, 5 */
#define DP_PMTU_LIFETIME_US   (600 * 1000000ULL) /* RFC 1191, 6.3 */
#define DP_MEMBERS_MAX        64                 /* tunnels of one connection */
#define DP_OTHERS_MAX         127 /* outbound SAs of a tunnel beside the newest: 64, some rekeyed */
#define DP_RECENT             64  /* places where a tunnel remembers which of them was chosen */

/* ---- statistics (stats.c) ---- */

struct dp_stats;

/* For so many workers (the control thread counts as one more, the last). */
MUST_USE int dp_stats_new(unsigned workers, struct dp_stats **ret);
void dp_stats_free(struct dp_stats *stats);
/* A descriptor that can only be read. Borrowed. */
int dp_stats_fd(const struct dp_stats *stats);
uint64_t dp_stats_bytes(const struct dp_stats *stats);
/* A zeroed slot. When the segment is full, one that nobody can read: counting never fails. NULL
 * without memory. */
struct ipc_stats_slot *dp_stats_take(struct dp_stats *stats, enum ipc_stats_kind kind,
                                     const char *id, uint32_t spi, uint8_t direction);
/* After a grace period. NULL is fine. */
void dp_stats_give(struct dp_stats *stats, enum ipc_stats_kind kind, struct ipc_stats_slot *slot);
/* A worker's block of drop counters, by enum ipc_stats_drop. */
uint64_t *dp_stats_drops(struct dp_stats *stats, unsigned worker);

static inline void dp_count(uint64_t *counter, uint64_t n)
{
    __atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED); /* its only writer */
}

static inline uint64_t *dp_slot_block(struct ipc_stats_slot *slot, unsigned worker, size_t values)
{
    return (void *)((uint8_t *)(slot + 1) + worker * ipc_stats_block(values));
}

static inline uint64_t *dp_tunnel_counters(struct ipc_stats_slot *slot, unsigned worker)
{
    return dp_slot_block(slot, worker, IPC_TUNNEL_VALUES);
}

static inline uint64_t *dp_sa_counters(struct ipc_stats_slot *slot, unsigned worker)
{
    return dp_slot_block(slot, worker, IPC_SA_VALUES);
}

static inline uint64_t *dp_jump_counters(struct ipc_stats_slot *slot, unsigned worker)
{
    return dp_slot_block(slot, worker, IPC_JUMP_VALUES);
}

static inline uint64_t *dp_port_counters(struct ipc_stats_slot *slot, unsigned worker)
{
    return dp_slot_block(slot, worker, IPC_PORT_VALUES);
}

/* ---- objects ---- */

/* A bound UDP socket. */
struct dp_underlay {
    uint32_t index;
    int fd;
    struct endpoint local;
};

struct dp_lan;

/* Of a tunnel or private interface whose peer is asked whether it is there (prober.c). Of the
 * worker, but for state and peer. */
struct dp_probing {
    struct dp_probe probe;
    uint8_t state; /* atomic: enum ipc_probe_state */
    uint8_t peer;  /* atomic: enum ipc_probe_peer */
    uint8_t told;  /* the state that the control thread was told, and who answers */
    uint8_t peer_told;
    bool scheduled;    /* a time to be probed is set */
    bool lost;         /* its peer has stopped to answer */
    uint64_t asked_us; /* when the last request was due */
};

struct dp_port {
    uint32_t index;
    uint32_t key; /* flow.h, as the others */
    int fd;
    uint32_t table;
    struct ipc_port config;
    uint32_t tunnel;  /* of a TUN: whose interface it is; DP_NONE: no tunnel's */
    uint32_t partner; /* atomic: 1 + number of a private interface's TUN, and of that TUN the other
                         way round; 0: none */
    struct dp_neighbour who;
    struct dp_lan *lan; /* the worker's: who is there, if that is learned; NULL: it is given */
    struct dp_probing *probing; /* of a private interface; NULL without */
    uint64_t serial;            /* of those: as a path's, of which none has the same */
    uint32_t probed_at;         /* as a path's */
    bool router; /* atomic: routes lead to it, so that it may forward for other addresses */
    struct ipc_stats_slot *stats;
};

/* A host of a real network that routes lead to. */
struct dp_via {
    uint32_t index;
    uint32_t port;
    uint32_t key; /* of "PORT/ADDRESS" */
    struct addr address;
};

/* The way from one table to another, as long as one of its versions has a route there. */
struct dp_jump {
    uint32_t to;         /* number of the table */
    char id[IPC_ID_MAX]; /* "FROM>TO", which say more than a number that was used before */
    unsigned refs;       /* of the control thread */
    struct ipc_stats_slot *stats;
};

/* One version of a table: fib changes under it and is handed on to the next version. */
struct dp_table {
    uint32_t index;
    uint32_t key;
    char id[IPC_ID_MAX];
    struct addr self4, self6; /* as of struct ipc_table */
    struct fib_table *fib;
    struct dp_jump **jumps; /* sorted by where they go */
    size_t n_jumps;
};

/* A tunnel as the node wants it. */
struct dp_tunnel {
    struct ipc_tunnel config;
    uint32_t table;
    uint32_t connection;
};

/* Keeps a tunnel out of its hash that comes and goes (hold.c), while another one is there: at its
 * second loss within two minutes for a second, at each further one for twice as long, up to half a
 * minute. Zero-initialise. */
struct dp_hold {
    uint64_t came_us;
    uint64_t until_us; /* atomic */
    unsigned flaps;
};
/* It is not usable any more. */
void dp_hold_went(struct dp_hold *hold, uint64_t now_us);
/* It is usable again. */
void dp_hold_came(struct dp_hold *hold, uint64_t now_us);

/* A tunnel as long as anybody knows it: configured by the node, or holding SAs of ike. */
struct dp_path {
    uint32_t index;
    uint32_t key;
    char id[IPC_ID_MAX];
    struct dp_tunnel *tunnel; /* NULL while the node does not know it */
    bool named;               /* of the control thread: a route or a TUN names it */
    struct list sas;          /* oldest first */
    struct list touched;      /* of the control thread: what workers see is out of date */
    struct list member;       /* of the control thread: of its connection */
    struct ipc_stats_slot *stats;
    /* Atomic: the outer MTU that was learned and when; 0 = none. */
    uint32_t pmtu;
    uint64_t pmtu_us;
    uint64_t serial;     /* nothing else that is probed ever has the same */
    struct dp_hold hold; /* of the control thread */
    bool drains;         /* likewise: it counts among those that do */
    uint32_t probed_at;  /* of the control thread: 1 + its place among those probed; 0: none */
    uint32_t local;      /* atomic: 1 + number of its TUN, which takes what is for us; 0: none */
    struct dp_probing
        probing; /* lost: it leaves its connection's hash while another one is there */
    /* Of the worker: */
    struct dp_talk talk;
    uint32_t left_spi;         /* of the SA that was the newest when the peer last said something */
    uint64_t told_us;          /* when the peer was last told that the tunnel is left */
    uint64_t unsent_until_us;  /* likewise, until then: the machine has no way to its peer */
    uint32_t unsent_s;         /* for so long the last time */
    uint8_t recent[DP_RECENT]; /* atomic: the place of what was chosen of egress->others, by a hash
                                  of both addresses: a hint */
};

struct dp_remote {
    struct endpoint endpoint;
    struct sockaddr_storage sa;
    socklen_t sa_len;
};

struct dp_sa {
    struct cds_lfht_node node; /* of dp_shared, by SPI */
    struct list link;          /* of the path */
    struct esp_sa *esp;
    struct dp_path *path;
    uint32_t spi;
    uint32_t pair;
    uint8_t direction; /* enum ipc_sa_direction */
    bool any4, any6;   /* the selectors allow every address of the family */
    struct endpoint local;
    struct dp_remote *remote; /* RCU */
    struct ipc_stats_slot *stats;
    uint64_t used_us;  /* atomic: the last good packet, monotonic; 0 = none yet */
    unsigned told;     /* atomic: enum esp_sa_flag already reported, and DP_SA_USED */
    uint64_t moved_us; /* of its worker: the last report of another endpoint */
    uint16_t n_local_ts, n_remote_ts;
    struct prefix local_ts[IPC_TS_MAX], remote_ts[IPC_TS_MAX];
};

/* ---- the configuration workers see ---- */

enum dp_hop_kind {
    DP_HOP_PORT,
    DP_HOP_TABLE,
    DP_HOP_CONNECTION,
    DP_HOP_BLACKHOLE,
    DP_HOP_UNREACHABLE,
    DP_HOP_SELF,
    DP_HOP_TUNNEL,
    DP_HOP_HOST,
    DP_HOP_MISSING, /* names something this data plane does not have */
};

/* Others are there, among which we are a router, with an address of our own. */
static inline bool dp_port_is_line(const struct dp_port *port)
{
    return port->config.kind == IPC_PORT_LINE || port->config.kind == IPC_PORT_SUBNET;
}

static inline uint32_t dp_hop(enum dp_hop_kind kind, uint32_t index)
{
    return (uint32_t)kind << 28 | index;
}

static inline enum dp_hop_kind dp_hop_kind(uint32_t hop)
{
    return (enum dp_hop_kind)(hop >> 28);
}

static inline uint32_t dp_hop_index(uint32_t hop)
{
    return hop & 0xfffffff;
}

/* All that a packet into a tunnel needs. */
struct dp_egress {
    struct dp_path *path;
    const struct dp_tunnel *tunnel; /* NULL: not configured */
    struct dp_sa *out;              /* the newest; NULL: not usable */
    const struct dp_underlay *underlay;
    /* The older ones, newest first, for what out does not take: a policy-based peer has a child SA
     * for each pair of its networks. None whose selectors a newer one has, too. They lie behind. */
    uint32_t n_others;
    bool apart; /* no address pair is taken by two of them */
    struct dp_sa **others;
};

struct dp_connection {
    uint32_t count;
    uint32_t tunnels[DP_MEMBERS_MAX]; /* usable ones */
    bool selective4, selective6;      /* the SA of one at least does not take every address */
};

struct dp_config {
    uint32_t n_underlays, n_ports, n_tables, n_tunnels, n_connections, n_vias;
    const struct dp_underlay **underlays; /* holes are NULL, in all of these */
    const struct dp_port **ports;
    const struct dp_table **tables;
    const struct dp_egress **tunnels;
    const struct dp_connection **connections;
    const struct dp_via **vias;
    uint32_t n_lans;
    uint32_t *lans;  /* numbers of the ports that learn who is there */
    uint64_t number; /* of the configuration: grows */
    uint32_t n_probed;
    uint32_t
        *probed; /* of the tunnels whose peers are sent probes, and with DP_PROBED_LINE of ports */
    uint64_t held_until_us; /* the last of the tunnels that are held back */
    uint32_t n_draining;    /* tunnels that are left */
};

#define DP_PROBED_LINE 0x80000000U

/* It has addresses of its own of one family, which probes go between. */
bool dp_egress_has_inner(const struct dp_egress *e);
/* Whether its peer is to be asked through it, or told that it is left, or either (prober.c). */
bool dp_egress_is_probed(const struct dp_egress *e);
bool dp_egress_is_left(const struct dp_egress *e);
bool dp_egress_has_probes(const struct dp_egress *e);
bool dp_port_is_probed(const struct dp_port *port);
/* Adds a usable tunnel; beyond DP_MEMBERS_MAX it gets no traffic. */
void dp_connection_add(struct dp_connection *c, uint32_t tunnel, const struct dp_sa *out);

/* What control thread and workers have in common. */
struct dp_shared {
    struct dp_config *config; /* RCU */
    struct cds_lfht *inbound; /* struct dp_sa by SPI */
    /* The same; peers choose these SPIs, so that one may stand for several SAs. */
    struct cds_lfht *outbound;
    struct dp_gate *gate;
    struct dp_stats *stats;
    uint64_t flow_seed; /* atomic: the node's */
    uint32_t node;      /* atomic: grows with each node that has to be told of all hosts */
};

/* Everything but the configuration. -ENOMEM or another errno: dp_shared_done() in any case. */
MUST_USE int dp_shared_init(struct dp_shared *shared, unsigned workers);
/* Everything but the configuration; no SA is left in it. */
void dp_shared_done(struct dp_shared *shared);

/* Makes an SA findable by its SPI. -EEXIST if there is an inbound one of that SPI. */
MUST_USE int dp_sa_publish(struct dp_shared *shared, struct dp_sa *sa);
/* Not found any more; may be freed after a grace period. */
void dp_sa_withdraw(struct dp_shared *shared, struct dp_sa *sa);
/* Inside an RCU read section. NULL if there is none. */
struct dp_sa *dp_sa_find(struct cds_lfht *inbound, uint32_t spi);
struct dp_sa *dp_sa_first_outbound(struct dp_shared *shared, uint32_t spi,
                                   struct cds_lfht_iter *iter);
struct dp_sa *dp_sa_next_outbound(struct dp_shared *shared, struct cds_lfht_iter *iter);
/* The newest outbound one. */
struct dp_sa *dp_sa_outbound(const struct dp_path *path);

/* ---- IKE datagrams (gate.c) ---- */

#define DP_IKE_HEADER_LEN 28

struct dp_gate;

MUST_USE int dp_gate_new(struct dp_gate **ret);
void dp_gate_free(struct dp_gate *gate);
/* From the control thread: ropeway-ike sends this; what belongs to it is known from now on. */
void dp_gate_sent(struct dp_gate *gate, const uint8_t *ike, size_t len);

/* ---- notes from a worker to the control thread ---- */

enum dp_note_kind {
    DP_NOTE_DATAGRAM,
    DP_NOTE_EVENT,
    DP_NOTE_PORT_DEAD,
    DP_NOTE_PROBED,
    DP_NOTE_ECHOED, /* a struct ipc_echoed follows */
    DP_NOTE_HOST,   /* a struct ipc_host follows, seen_us monotonic */
};

struct dp_note {
    enum dp_note_kind kind;
    uint32_t index;            /* of the port; or enum ipc_probe_state of event.tunnel */
    uint8_t peer;              /* enum ipc_probe_peer of it */
    bool known;                /* a datagram of a conversation that ropeway-ike has */
    bool line;                 /* of what was probed: it is a private interface */
    struct ipc_sa_event event; /* DATAGRAM uses local and remote of it */
};

#define DP_NOTE_DATA_MAX 65536

/* Socket pairs of their own, so that what strangers send never stands in the way. */
enum dp_note_lane { DP_LANE_OURS, DP_LANE_STRANGERS, DP_LANES };

/* ---- workers (worker.c) ---- */

struct dp_worker;

/* Starts the thread. notes: where its notes go; borrowed. */
MUST_USE int dp_worker_start(struct dp_shared *shared, unsigned index, const int notes[DP_LANES],
                             struct dp_worker **ret);
/* Has it look at the configuration now, though no packet comes. NULL is fine. */
void dp_worker_wake(struct dp_worker *worker);
/* For the control thread: has it send an echo request through the tunnel of that path. -EBUSY when
 * too many wait. */
MUST_USE int dp_worker_echo(struct dp_worker *worker, const struct dp_path *path,
                            const struct ipc_echo *echo);
/* What is said of a request that was not sent. */
void dp_echoed(const struct ipc_echo *echo, int error, struct ipc_echoed *ret);
/* Stops and joins it. NULL is fine. */
void dp_worker_stop(struct dp_worker *worker);
/* For the control thread: the worker listens to the descriptor of the underlay or port of that
 * index from now on, or no more. */
MUST_USE int dp_worker_watch(struct dp_worker *worker, int fd, bool port, uint32_t index);
void dp_worker_unwatch(struct dp_worker *worker, int fd);

/* ---- sockets and TAPs (device.c) ---- */

void dp_sockaddr_from(const struct endpoint *e, struct dp_remote *ret);
MUST_USE int dp_sockaddr_to(const struct sockaddr_storage *sa, struct endpoint *ret);
/* Sets options on a bound UDP socket: non-blocking, GRO, path MTU discovery, big buffers. -EINVAL
 * if it is not bound to local. */
MUST_USE int dp_underlay_setup(int fd, const struct endpoint *local);
/* Makes the descriptor of a port non-blocking and sets the offloads of a TAP. kind is an enum
 * ipc_port_kind; -EINVAL if it is no such thing with a virtio-net header, -ENODEV without its
 * interface, -EOPNOTSUPP for another kind. */
MUST_USE int dp_port_setup(int fd, uint8_t kind);
/* False once its interface is gone. */
bool dp_port_lives(int fd, uint8_t kind);
/* Who is behind a port, of a real network or of another kind (lan.c). -ENOMEM. */
MUST_USE int dp_lan_new(bool network, struct dp_lan **ret);
/* NULL is fine. */
void dp_lan_free(struct dp_lan *lan);
/* What an underlay sends from now on may be fragmented; false: is sent with DF, as ESP is. */
void dp_underlay_fragments(const struct dp_underlay *underlay, bool allowed);
/* Sends an IKE datagram from an underlay, the marker of port 4500 in front. */
MUST_USE int dp_underlay_send_ike(const struct dp_underlay *underlay, const struct ipc_datagram *d);

#endif
