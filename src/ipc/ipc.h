/* ipc.h - the messages between ropeway-node, ropeway-ike and ropeway-dataplane.
 *
 * One message is one SOCK_SEQPACKET record on a unix socket: magic, version, type, then the fields
 * of its struct in the order of its descriptor (describe.c). A record of another version, a field
 * beyond its bound or trailing bytes are refused (-EBADMSG): bytes from our own processes are
 * parsed like the network's. File descriptors travel along.
 *
 * Who speaks to whom:
 *   node -> dataplane   DP_SYNC_BEGIN, DP_*, DP_SYNC_END: the whole desired configuration at
 *                       connect and after a failure, else what changed; the dataplane compares it
 *                       with what it has; DP_ECHO
 *   dataplane -> node   HELLO, DP_HOLDS (each underlay and port it has a descriptor for), DP_STATS
 *                       (shared memory), DP_SYNC_DONE; once more, with what failed, when a port
 *                       loses its device later; DP_PROBED (of each tunnel and private interface
 *                       that is probed after DP_STATS, then each change); DP_ECHOED; DP_HOST (of
 * all that are known after DP_STATS, then each change) node -> ike         IKE_SYNC_BEGIN,
 * IKE_CREDENTIALS, IKE_TUNNEL, IKE_TUNNEL_GONE, IKE_SYNC_END (likewise), IKE_COMMAND ike -> node
 * HELLO, IKE_STATUS (all tunnels at connect, then each change), IKE_LIVENESS (likewise, of those
 * that have something to tell), IKE_LOG, IKE_SYNC_DONE ike -> dataplane    SA_ADD, SA_DEL, SA_MOVE,
 * SA_QUERY, DATAGRAM (to send) dataplane -> ike    HELLO, SA_INFO... SA_INFO_END (of all at
 * connect, of one tunnel after SA_QUERY), SA_RESULT, SA_EVENT, DATAGRAM (received) The dataplane
 * and ike listen; node connects to both, ike connects to the dataplane. Each side sends HELLO
 * first. */
#ifndef ROPEWAY_IPC_H
#define ROPEWAY_IPC_H

#include "wire.h"

#define IPC_VERSION 10

#define IPC_MSG_MAX     (112 * 1024) /* bytes of one record */
#define IPC_FDS_MAX     2
#define IPC_ID_MAX      64 /* a resource id with its 0 byte */
#define IPC_TEXT_MAX    512
#define IPC_KEY_MAX     68 /* ChaCha20/AES-256 key with salt, or an HMAC-SHA-512 key */
#define IPC_PSK_MAX     128
#define IPC_IDENT_MAX   528
#define IPC_NEXTHOP_MAX 16
#define IPC_ROUTES_MAX  32 /* in one message; a table may take many */
#define IPC_ALGS_MAX    16
#define IPC_TS_MAX      32

/* name of the enum value, name of the struct and union member */
#define IPC_MESSAGES(X)                                                                            \
    X(HELLO, hello)                                                                                \
    X(DP_SYNC_BEGIN, sync_begin)                                                                   \
    X(DP_UNDERLAY, underlay)                                                                       \
    X(DP_PORT, port)                                                                               \
    X(DP_TABLE, table)                                                                             \
    X(DP_ROUTES, routes)                                                                           \
    X(DP_TUNNEL, tunnel)                                                                           \
    X(DP_SYNC_END, sync)                                                                           \
    X(DP_SYNC_DONE, sync_done)                                                                     \
    X(DP_HOLDS, holds)                                                                             \
    X(DP_STATS, stats)                                                                             \
    X(IKE_SYNC_BEGIN, sync_begin)                                                                  \
    X(IKE_TUNNEL, ike_tunnel)                                                                      \
    X(IKE_SYNC_END, sync)                                                                          \
    X(IKE_SYNC_DONE, sync_done)                                                                    \
    X(IKE_COMMAND, ike_command)                                                                    \
    X(IKE_STATUS, ike_status)                                                                      \
    X(IKE_LOG, ike_log)                                                                            \
    X(SA_ADD, sa_add)                                                                              \
    X(SA_DEL, sa_ref)                                                                              \
    X(SA_MOVE, sa_move)                                                                            \
    X(SA_QUERY, sa_query)                                                                          \
    X(SA_INFO, sa_info)                                                                            \
    X(SA_INFO_END, sa_query)                                                                       \
    X(SA_RESULT, sa_result)                                                                        \
    X(SA_EVENT, sa_event)                                                                          \
    X(DATAGRAM, datagram)                                                                          \
    X(DP_TUNNEL_GONE, name)                                                                        \
    X(IKE_TUNNEL_GONE, name)                                                                       \
    X(DP_PROBED, probed)                                                                           \
    X(DP_ECHO, echo)                                                                               \
    X(DP_ECHOED, echoed)                                                                           \
    X(IKE_LIVENESS, ike_liveness)                                                                  \
    X(DP_HOST, host)                                                                               \
    X(IKE_CREDENTIALS, ike_credentials)

enum ipc_type {
#define X(type, member) IPC_##type,
    IPC_MESSAGES(X)
#undef X
        IPC_TYPES
};

const char *ipc_type_name(enum ipc_type type);

enum ipc_role { IPC_ROLE_NODE = 1, IPC_ROLE_IKE = 2, IPC_ROLE_DATAPLANE = 3 };

struct ipc_hello {
    uint8_t role;  /* enum ipc_role */
    uint64_t boot; /* random, made at process start: a new value means a restarted peer */
    char program[IPC_ID_MAX]; /* and version, for logs */
};

/* The parts of a configuration. Of a part that is whole everything is named, and what is not, goes.
 * Of another, what is not named stays as it is. */
enum ipc_part {
    IPC_PART_UNDERLAYS = 1,
    IPC_PART_TABLES = 2, /* and ports: routes lead from one to the other. If it is not whole, it has
                            no port and only tables that were there */
    IPC_PART_TUNNELS = 4,
    IPC_PARTS = 7,
};

/* Begins a configuration; generation comes back in the answer. */
struct ipc_sync_begin {
    uint64_t generation;
    uint64_t flow_seed; /* of the node: which of several ways flows take (flow.h). New ones at will,
                           but flows move with another */
    uint8_t whole;      /* enum ipc_part; of IKE: IPC_PART_TUNNELS */
};

/* Ends it. */
struct ipc_sync {
    uint64_t generation;
};

/* Of what goes. */
struct ipc_name {
    char id[IPC_ID_MAX];
};

struct ipc_sync_done {
    uint64_t generation;
    uint32_t changed; /* how many objects were made, altered or removed: 0 when the second pass has
                         nothing to do */
    uint32_t failed;  /* how many could not be brought to the desired state */
    char text[IPC_TEXT_MAX]; /* the first failure, written (words.h) */
};

/* ---- configuration of the data plane ---- */

/* A UDP socket bound to a cloud public address; port 500 carries IKE, 4500 IKE and ESP (RFC 3948).
 * The descriptor travels with the message unless the dataplane already holds it (DP_HOLDS). */
struct ipc_underlay {
    struct endpoint local;
};

enum ipc_port_kind {
    IPC_PORT_TAP = 1, /* opened with IFF_VNET_HDR, offloads not yet set */
    IPC_PORT_NIC = 2, /* a packet socket bound to an interface, with PACKET_VNET_HDR */
    /* A TUN, the interface of a gateway's BGP speaker in a tunnel: gives and takes IP packets. Its
     * id is the tunnel's, gateway the peer's inner address; but for mtu it has nothing else. That
     * of a private interface has IPC_LINE_TUN behind its id. */
    IPC_PORT_TUN = 3,
    /* A private interface: as IPC_PORT_NIC, with a router at the other end that has address. It may
     * send for others, others may be on the line, and for gateway alone there is an answer. */
    IPC_PORT_LINE = 4,
    /* A subnet that is a real network: as IPC_PORT_NIC, with hosts that nobody names. Its id is the
     * subnet's, it has no address and no mac of its own. For gateway alone there is an answer; who
     * has an address in the subnet is learned (DP_HOST) and may send from it. */
    IPC_PORT_SUBNET = 5,
};

#define IPC_LINE_TUN "/bgp"

/* What is to become of a private interface's packets. */
enum ipc_line_traffic {
    IPC_LINE_OPEN = 0,
    IPC_LINE_LEFT = 1, /* all pass, but no echo request is answered, for which the peer takes note
                          that it ends */
    IPC_LINE_SHUT = 2, /* none passes; ARP and neighbour discovery go on */
    IPC_LINE_TRAFFICS
};

/* The port of an instance, a private interface or a real network. The descriptor travels along
 * unless held. The dataplane answers ARP and neighbour discovery for every address of the subnet
 * but the instance's own. */
struct ipc_port {
    char id[IPC_ID_MAX]; /* of the instance, private interface or subnet */
    uint8_t kind;        /* enum ipc_port_kind */
    uint8_t mac[6];      /* of the instance; all 0: learned from ARP or neighbour discovery */
    uint8_t gateway_mac[6];
    uint16_t vlan;      /* of IPC_PORT_LINE and IPC_PORT_SUBNET: the tag of its frames; 0: none */
    uint16_t hosts_max; /* of IPC_PORT_SUBNET: so many are kept, and no more learned; of 16,384 and
                           more no more than that. Routers that routes lead to do not count */
    uint16_t mtu;       /* of the instance's interface, bytes of the inner IP packet */
    struct addr address;
    struct prefix subnet;
    struct addr gateway;    /* source of ICMP errors towards the instance */
    char table[IPC_ID_MAX]; /* where packets from the instance are looked up: its subnet's route
                               table */
    /* Of IPC_PORT_LINE: */
    uint8_t traffic;   /* enum ipc_line_traffic */
    uint32_t probe_ms; /* as a tunnel's, of address */
    uint16_t probe_count;
};

/* Exists before routes name it. Its id is that of the resource it belongs to: rtb-…, bgw-…, or
 * vpc-… for the VPC's own addresses. */
struct ipc_table {
    char id[IPC_ID_MAX];
    /* Sources of ICMP errors for packets that have no port of their own family; ADDR_NONE: there is
     * none, and none are sent. */
    struct addr self4, self6;
    bool changes; /* it is there, and its routes of this sync are what has changed of it;
                     otherwise they are all */
};

enum ipc_nexthop_kind {
    IPC_NEXTHOP_PORT = 1,        /* target: the id of an instance or private interface */
    IPC_NEXTHOP_TABLE = 2,       /* target: a table id; the lookup goes on there */
    IPC_NEXTHOP_CONNECTION = 3,  /* target: a VPN connection id; spread over its usable tunnels */
    IPC_NEXTHOP_BLACKHOLE = 4,   /* dropped silently, counted */
    IPC_NEXTHOP_UNREACHABLE = 5, /* ICMP unreachable */
    IPC_NEXTHOP_SELF = 6,        /* an address of the gateway itself: answers echo */
    IPC_NEXTHOP_TUNNEL = 7,      /* target: a tunnel id; several share the flows while usable */
    IPC_NEXTHOP_HOST = 8,        /* target: the id of a real network's port; via: a host there that
                                    routes on. It may send from any address */
};

struct ipc_nexthop {
    uint8_t kind;
    char target[IPC_ID_MAX];
    struct addr via; /* of IPC_NEXTHOP_HOST */
};

struct ipc_route {
    struct prefix prefix;
    uint16_t n_nexthops; /* several = ECMP; 0: a change, the route is gone */
    struct ipc_nexthop nexthops[IPC_NEXTHOP_MAX];
};

/* Adds routes to a table of this sync; all DP_ROUTES of a table between BEGIN and END belong
 * together. Of changes a later one of the same prefix counts. */
struct ipc_routes {
    char table[IPC_ID_MAX];
    uint16_t n_routes;
    struct ipc_route routes[IPC_ROUTES_MAX];
};

#define IPC_TRANSLATIONS_MAX 16

enum ipc_side { IPC_SIDE_OWN = 1, IPC_SIDE_PEER = 2 };

/* A prefix behind us or behind the peer, and as which one the other end knows it. */
struct ipc_translation {
    uint8_t side; /* enum ipc_side */
    struct prefix prefix;
    struct prefix seen_as; /* as long */
};

struct ipc_tunnel {
    char id[IPC_ID_MAX];
    char connection[IPC_ID_MAX];
    char table[IPC_ID_MAX]; /* the border gateway's: packets from the tunnel are looked up here */
    bool admin_up;          /* false: leaves the flow hash at once; what the peer still
                               has on its way is taken while there is an SA */
    bool draining;          /* it is left: it carries only what no other tunnel can */
    uint16_t mtu;       /* largest inner packet; 0: computed from outer_mtu and the SA's cipher */
    uint16_t outer_mtu; /* of the path to the peer, 1500 unless known better */
    bool mss_clamp;
    struct addr inner_local; /* tunnelAddress: answers echo, source of ICMP errors */
    struct addr inner_remote;
    uint32_t probe_ms; /* from one probe of inner_remote to the next; 0: none are sent */
    uint16_t
        probe_count; /* lost in a row that take it out of the hash, answered that bring it back */
    uint16_t n_translations;
    struct ipc_translation translations[IPC_TRANSLATIONS_MAX]; /* of the connection */
};

/* What probes found out about a tunnel or private interface. */
enum ipc_probe_state {
    IPC_PROBE_OFF = 0,
    IPC_PROBE_WAITING = 1,    /* no answer yet, but few were asked for */
    IPC_PROBE_UNANSWERED = 2, /* never answered: says nothing about the tunnel */
    IPC_PROBE_ANSWERED = 3,
    IPC_PROBE_BLACKHOLING = 4, /* was answered, and is no more */
    IPC_PROBE_LOST =
        5, /* of a private interface: may be so, of a tunnel its hash alone sees that */
    IPC_PROBE_STATES
};

/* Who answers probes. */
enum ipc_probe_peer {
    IPC_PROBE_PEER_UNKNOWN = 0, /* nobody so far */
    IPC_PROBE_PEER_ECHO = 1,    /* somebody who gives back what comes */
    IPC_PROBE_PEER_ROPEWAY = 2, /* a Ropeway, which says something of its own */
    IPC_PROBE_PEERS
};

struct ipc_probed {
    char tunnel[IPC_ID_MAX]; /* or private interface */
    bool line;               /* it is one */
    uint8_t state;           /* enum ipc_probe_state */
    uint8_t peer;            /* enum ipc_probe_peer, of a tunnel */
};

/* A host of a real network. Who connects is told of all that are known, and not of those that went
 * before; of a port that goes nothing is said. */
struct ipc_host {
    char port[IPC_ID_MAX];
    struct addr address;
    uint8_t mac[6];
    bool gone;        /* not heard of for long, or made room for another */
    uint64_t seen_us; /* when a frame of it last came (realtime). Told anew now and then */
};

/* An echo request from inner_local of a tunnel through it, whether it is probed or not. It has one
 * DP_ECHOED, or none if nobody answers; those of an ident go to one destination. */
struct ipc_echo {
    char tunnel[IPC_ID_MAX];
    struct addr destination;
    uint16_t ident, seq;
    uint16_t size; /* of the IP packet, bytes */
    uint8_t ttl;   /* 0: as usual */
    bool whole;    /* it must not be fragmented */
    uint64_t mark; /* comes back with the answer */
};

struct ipc_echoed {
    char tunnel[IPC_ID_MAX];
    uint16_t ident, seq;
    uint64_t mark;
    int32_t error; /* 0: there is an answer; else why none was asked for: -ENOENT the tunnel is not
                      there, -EADDRNOTAVAIL it has no inner address of the family, -ENETDOWN no
                      outbound SA, -EACCES none whose selectors take it, -EINVAL an absurd size,
                      -EBUSY too many at a time */
    uint8_t what;  /* enum reach_what (reach.h). A tunnel too narrow is said by inner_local */
    struct addr from;
    uint8_t ttl;     /* it came with; 0: it came from nowhere */
    uint32_t mtu;    /* of what is too big; 0: it is not said */
    uint32_t rtt_us; /* from the worker's sending to its receiving */
};

/* What the dataplane still has a descriptor for, so that the node need not send it again. */
struct ipc_holds {
    bool underlay;         /* else a port */
    struct endpoint local; /* of an underlay */
    char id[IPC_ID_MAX];   /* of a port */
};

/* The statistics segment: a sealed memfd travels along; its layout is ipc_stats.h's. */
struct ipc_stats {
    uint64_t bytes;
};

/* ---- configuration of IKE ---- */

enum ipc_id_kind {
    IPC_IDENT_ADDRESS = 1, /* that of the tunnel */
    IPC_IDENT_WRITTEN = 5, /* the text, as localId and remoteId have it */
};

struct ipc_ident {
    uint8_t kind;
    char text[IPC_IDENT_MAX];
};

/* IANA transform numbers of RFC 7296, 3.3.2, in order of preference. Key sizes stand with the
 * cipher. */
struct ipc_cipher {
    uint16_t encr;     /* transform type 1 */
    uint16_t key_bits; /* 0 where the cipher has one size */
};

struct ipc_algs {
    uint16_t n_ciphers;
    struct ipc_cipher ciphers[IPC_ALGS_MAX];
    uint16_t n_integrity;
    uint16_t
        integrity[IPC_ALGS_MAX]; /* transform type 3; not used with AEAD. PRFs follow from it */
    uint16_t n_groups;
    uint16_t groups[IPC_ALGS_MAX]; /* transform type 4; 0 = none (children only) */
};

struct ipc_secret {
    uint16_t len;
    uint8_t bytes[IPC_PSK_MAX];
};

#define IPC_PEM_MAX 16384 /* of one text of the credentials of a tunnel */

/* What a tunnel authenticates with by certificate: before the IPC_IKE_TUNNEL of the same id, which
 * without it authenticates by PSK. PEM texts without a 0 byte. */
struct ipc_ike_credentials {
    char tunnel[IPC_ID_MAX];
    uint16_t certificate_len;
    uint16_t key_len;
    uint16_t ca_len;
    uint16_t crl_len; /* 0: none */
    uint8_t certificate[IPC_PEM_MAX];
    uint8_t key[IPC_PEM_MAX];
    uint8_t ca[IPC_PEM_MAX];
    uint8_t crl[IPC_PEM_MAX];
};

struct ipc_ike_tunnel {
    char id[IPC_ID_MAX];
    char name[IPC_TEXT_MAX / 2]; /* for logs */
    bool admin_up;
    uint8_t version; /* 1 or 2 */
    bool aggressive; /* version 1 only */
    bool initiate;   /* begins by itself and keeps trying with back-off */
    struct addr local;
    struct addr remote; /* any address = dynamic peer */
    struct ipc_ident local_id;
    struct ipc_ident remote_id;
    struct ipc_secret psk;
    struct ipc_algs ike;
    struct ipc_algs child;
    uint32_t ike_lifetime_s;
    uint32_t child_lifetime_s;
    uint64_t child_lifetime_bytes;   /* 0 = none */
    uint64_t child_lifetime_packets; /* 0 = none */
    uint16_t replay_window;
    bool esn;
    bool force_encap;
    bool dpd;
    uint16_t dpd_interval_s;
    uint16_t dpd_timeout_s;
    uint8_t dpd_action; /* 1 restart, 2 clear */
    uint16_t n_local_ts;
    struct prefix local_ts[IPC_TS_MAX]; /* both 0.0.0.0/0 for a route-based tunnel */
    uint16_t n_remote_ts;
    struct prefix remote_ts[IPC_TS_MAX];
    uint64_t config; /* names this configuration: comes back in the status. The node chooses it */
    /* Of a side whose selectors are everything: what its routes lead to, for a peer that does not
     * take everything (wants_networks of the status). */
    uint16_t n_local_networks;
    uint16_t n_remote_networks;
    struct prefix local_networks[IPC_TS_MAX];
    struct prefix remote_networks[IPC_TS_MAX];
    struct ipc_secret psk_before; /* accepted as well until then; empty: none */
    uint64_t psk_before_until_us; /* since 1970 */
    uint32_t psk_overlap_s;       /* an IKE SA from before a change of identity lives that long */
    /* Version 2: methods of a second key exchange of IKE, in order of preference, by the numbers of
     * transform type 4; 0 = none. An empty list: only one. */
    uint16_t n_additional;
    uint16_t additional[IPC_ALGS_MAX];
};

enum ipc_ike_action {
    IPC_IKE_INITIATE = 1,
    IPC_IKE_REKEY_IKE = 2,
    IPC_IKE_REKEY_CHILD = 3,
    IPC_IKE_TERMINATE = 4
};

struct ipc_ike_command {
    char tunnel[IPC_ID_MAX];
    uint8_t action;
};

enum ipc_oper_state { IPC_OPER_DOWN = 0, IPC_OPER_NEGOTIATING = 1, IPC_OPER_UP = 2 };

struct ipc_ike_status {
    char tunnel[IPC_ID_MAX];
    uint8_t state;                   /* enum ipc_oper_state */
    uint64_t since_us;               /* realtime */
    char last_error[IPC_TEXT_MAX];   /* written (words.h); empty when there is none */
    char ike_algs[IPC_TEXT_MAX / 4]; /* what was agreed: "aes128-sha256-modp2048" */
    char child_algs[IPC_TEXT_MAX / 4];
    struct endpoint remote; /* where the peer was last seen */
    bool nat_local;         /* we are behind a NAT */
    bool nat_remote;
    uint32_t ike_rekeys; /* since the tunnel was configured in ropeway-ike */
    uint32_t child_rekeys;
    uint32_t handshake_us; /* first message to child SA */
    /* What its traffic may be, as agreed with the peer; none while no child SA lives. */
    uint16_t n_local_ts;
    uint16_t n_remote_ts;
    struct prefix local_ts[IPC_TS_MAX];
    struct prefix remote_ts[IPC_TS_MAX];
    /* The configuration that the SAs in use were negotiated with, or one given since that differs
     * in nothing that matters to them. 0 = no SA is in use, or those of before a restart of ike, of
     * which nobody knows. */
    uint64_t config_in_force;
    /* The configuration now given, if an attempt of ours to negotiate what it says came to nothing:
     * the peer refused it or did not answer, or ike itself cannot work with it; last_error says
     * why. Until an attempt succeeds or something is changed that is negotiated; 0 = none. */
    uint64_t config_refused;
    bool wants_networks; /* the peer does not take everything: it is to be offered networks */
};

/* What came of asking the peer whether it is there (DPD). Apart from the status, since it changes
 * all the time and nothing follows from it. */
struct ipc_ike_liveness {
    char tunnel[IPC_ID_MAX];
    uint64_t since_us; /* names, with ike's boot, one life of these numbers, in which they only grow
                          (monotonic microseconds) */
    uint64_t answered; /* transmissions with an answer */
    uint64_t lost;     /* without one, so that another followed or the peer was given up */
    uint64_t timed;    /* of those answered: had to be sent only once, and so tell a time */
    uint64_t time_us;  /* round-trip times of these, added up */
    uint32_t last_us;  /* the last of them; 0: none while the tunnel is up */
};

enum ipc_log_level { IPC_LOG_INFO = 1, IPC_LOG_WARNING, IPC_LOG_ERROR };

struct ipc_ike_log {
    char tunnel[IPC_ID_MAX]; /* may be empty */
    uint64_t at_us;          /* realtime */
    uint8_t level;           /* enum ipc_log_level */
    char text[IPC_TEXT_MAX]; /* written (words.h) */
};

/* ---- SAs ---- */

enum ipc_sa_direction { IPC_SA_IN = 1, IPC_SA_OUT = 2 };

struct ipc_key {
    uint16_t len;
    uint8_t bytes[IPC_KEY_MAX];
};

/* The inbound half is added first; of a tunnel's outbound SAs the newest whose selectors take a
 * packet carries it. A tunnel
 * is usable while it is admin_up and has an outbound SA. A pair is named by its inbound SPI, which
 * we chose. */
struct ipc_sa_add {
    char tunnel[IPC_ID_MAX];
    uint8_t direction;
    uint32_t spi;          /* of this half, host order */
    uint32_t pair;         /* the inbound SPI of its pair */
    struct endpoint local; /* ports only matter when encap */
    struct endpoint remote;
    bool encap;    /* ESP in UDP */
    uint16_t encr; /* IANA numbers as in IKE */
    uint16_t key_bits;
    uint16_t integrity;      /* 0 with AEAD */
    struct ipc_key encr_key; /* salt at its end where the cipher has one */
    struct ipc_key integrity_key;
    bool esn;
    uint16_t replay_window;
    uint64_t soft_bytes; /* 0 = none: SA_EVENT soft when passed */
    uint64_t soft_packets;
    uint64_t hard_bytes;
    uint64_t hard_packets;
    uint16_t n_local_ts; /* inner addresses allowed on our side; none = all */
    struct prefix local_ts[IPC_TS_MAX];
    uint16_t n_remote_ts;
    struct prefix remote_ts[IPC_TS_MAX];
};

struct ipc_sa_ref {
    char tunnel[IPC_ID_MAX];
    uint8_t direction;
    uint32_t spi;
};

/* The peer moved (RFC 7296, 2.23): both halves of the pair follow. */
struct ipc_sa_move {
    char tunnel[IPC_ID_MAX];
    uint32_t pair;
    struct endpoint remote;
};

struct ipc_sa_info {
    char tunnel[IPC_ID_MAX];
    uint8_t direction;
    uint32_t spi;
    uint32_t pair;
    struct endpoint local;
    struct endpoint remote;
    bool encap;
    uint64_t packets;
    uint64_t bytes;
    uint64_t idle_ms;    /* since the last good packet; UINT64_MAX if none yet */
    uint16_t n_local_ts; /* none = all */
    uint16_t n_remote_ts;
    struct prefix local_ts[IPC_TS_MAX];
    struct prefix remote_ts[IPC_TS_MAX];
};

/* Asks for the SAs of a tunnel, and ends the answer; generation comes back in it. */
struct ipc_sa_query {
    char tunnel[IPC_ID_MAX]; /* empty: of all */
    uint64_t generation;
};

struct ipc_sa_result {
    char tunnel[IPC_ID_MAX];
    uint8_t direction;
    uint32_t spi;
    int32_t error; /* 0 or a negative errno */
};

enum ipc_sa_event_kind {
    IPC_SA_SOFT = 1, /* a soft limit was passed: rekey */
    IPC_SA_HARD =
        2, /* a hard limit or the end of the sequence numbers: the SA carries nothing more */
    IPC_SA_MOVED = 3, /* a good packet came from another endpoint (given in remote) */
    IPC_SA_UNKNOWN_SPI =
        4, /* ESP for an SPI nobody knows came from remote; rate limited; tunnel is empty */
    IPC_SA_USED = 5, /* the first packet went by it; inbound: a good one */
};

struct ipc_sa_event {
    char tunnel[IPC_ID_MAX];
    uint8_t kind;
    uint8_t direction;
    uint32_t spi;
    struct endpoint local;
    struct endpoint remote;
};

/* One IKE datagram, without the non-ESP marker of port 4500: the dataplane strips and adds it.
 * Borrowed bytes: after ipc_receive() they live until the next ipc_receive() on it. */
struct ipc_datagram {
    struct endpoint local;
    struct endpoint remote;
    const uint8_t *data;
    uint32_t len;
};

struct ipc_msg {
    enum ipc_type type;
    uint8_t n_fds;
    int fds[IPC_FDS_MAX]; /* received: the caller's to close; sent: borrowed */
    union {
        struct ipc_hello hello;
        struct ipc_sync_begin sync_begin;
        struct ipc_sync sync;
        struct ipc_name name;
        struct ipc_sync_done sync_done;
        struct ipc_underlay underlay;
        struct ipc_port port;
        struct ipc_table table;
        struct ipc_routes routes;
        struct ipc_tunnel tunnel;
        struct ipc_holds holds;
        struct ipc_stats stats;
        struct ipc_ike_tunnel ike_tunnel;
        struct ipc_ike_credentials ike_credentials;
        struct ipc_ike_command ike_command;
        struct ipc_ike_status ike_status;
        struct ipc_ike_log ike_log;
        struct ipc_ike_liveness ike_liveness;
        struct ipc_host host;
        struct ipc_sa_add sa_add;
        struct ipc_sa_ref sa_ref;
        struct ipc_sa_move sa_move;
        struct ipc_sa_info sa_info;
        struct ipc_sa_query sa_query;
        struct ipc_sa_result sa_result;
        struct ipc_sa_event sa_event;
        struct ipc_datagram datagram;
        struct ipc_probed probed;
        struct ipc_echo echo;
        struct ipc_echoed echoed;
    };
};

/* ---- bytes (encode.c): no I/O ---- */

/* -ENOBUFS if it does not fit, -EINVAL if a count, text, address or prefix in the struct is one
 * that the other side would refuse. */
MUST_USE int ipc_encode(const struct ipc_msg *msg, void *buf, size_t cap, size_t *ret_len);
/* -EBADMSG for anything that ipc_encode() of this version would not have written. Text comes back
 * 0-terminated. Views borrow from buf. fds are left alone. */
MUST_USE int ipc_decode(const void *buf, size_t len, struct ipc_msg *ret);

/* ---- connections (conn.c) ---- */

struct ipc_conn;

/* A listening socket at path, replacing a stale one; mode is the file's. -EADDRINUSE if somebody
 * still listens there, -EEXIST if something else than a socket is in the way. */
MUST_USE int ipc_listen(const char *path, unsigned mode, int *ret_fd);
/* -EAGAIN when nobody waits. */
MUST_USE int ipc_accept(int listen_fd, struct ipc_conn **ret);
/* -ECONNREFUSED or -ENOENT while the peer is away. */
MUST_USE int ipc_connect(const char *path, struct ipc_conn **ret);
void ipc_close(struct ipc_conn *conn);
/* For poll; borrowed. All calls below never block. */
int ipc_fd(const struct ipc_conn *conn);
/* Sends now or keeps the message until ipc_flush(); in order. -ENOBUFS when too much waits already,
 * -EPIPE when the peer is gone: then close. Descriptors that must wait are duplicated. */
MUST_USE int ipc_send(struct ipc_conn *conn, const struct ipc_msg *msg);
/* True while something waits for the socket to become writable. */
bool ipc_pending(const struct ipc_conn *conn);
/* Bytes that wait, so that what may be lost can be dropped long before -ENOBUFS. */
size_t ipc_backlog(const struct ipc_conn *conn);
MUST_USE int ipc_flush(struct ipc_conn *conn);
/* -EAGAIN when there is none, -EPIPE at the end, -EBADMSG for a bad record (the connection should
 * be closed). */
MUST_USE int ipc_receive(struct ipc_conn *conn, struct ipc_msg *ret);
/* Closes the descriptors of a received message that nobody took. */
void ipc_msg_close_fds(struct ipc_msg *msg);

#endif
