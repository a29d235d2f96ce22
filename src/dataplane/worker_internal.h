/* worker_internal.h - one packet worker and the stations of its pipeline. Everything here belongs
 * to the worker's thread; configuration is valid inside the RCU read section its caller holds. */
#ifndef ROPEWAY_DATAPLANE_WORKER_INTERNAL_H
#define ROPEWAY_DATAPLANE_WORKER_INTERNAL_H

#include "dataplane_internal.h"

#include <pthread.h>

#define DP_SUPER_MAX    (65535 + DP_ETH_LEN + sizeof(struct virtio_net_hdr))
#define DP_ARENA_BYTES  (256 * 1024) /* frames of one burst from a TAP */
#define DP_RX_MSGS      8
#define DP_RX_BYTES     65536 /* of one UDP_GRO datagram train */
#define DP_RX_JOBS      512
#define DP_TX_JOBS      1408 /* a super-segment of the smallest segments Linux makes */
#define DP_TX_BYTES     (384 * 1024)
#define DP_ICMP_BUCKETS 64                 /* so that one flood does not silence us towards all */
#define DP_MADE_BYTES   (16 * DP_ICMP_MAX) /* packets made here, of one burst */

static_assert(DP_TX_JOBS * (ESP_OVERHEAD_MAX + ESP_HEAD_MAX) + UINT16_MAX <= DP_TX_BYTES,
              "the largest super-segment fits into an empty transmit buffer");

/* The route that a packet takes, and the table with it. */
struct dp_lead {
    const struct fib_hops *hops; /* NULL: none, and no other way will do */
    const struct dp_table *table;
};

/* An inner packet on its way. vnet counts from the IP header. */
struct dp_packet {
    uint8_t *ip; /* the whole packet, or of a merged one the header (merged->ip) */
    struct dp_inner inner;
    struct virtio_net_hdr vnet;
    const struct esp_merged *merged; /* NULL: the packet lies whole at ip */
    struct esp_packet *packets;      /* what it was merged from */
    const struct dp_port *from_port; /* one of these two is set */
    const struct dp_egress *from_tunnel;
    const struct addr *from_via; /* the router of a real network that it came from; NULL: none */
    /* Set on the way out: */
    const struct addr *via; /* the router of a real network that it goes to; NULL: to its host */
    struct dp_lead lead;
    struct dp_sa *sa;
    bool outer_fragments; /* too big for the path, and passes all the same */
};

/* Packets for one SA that wait to be encrypted together. Their bytes lie in the arena, the receive
 * buffers or made[]: whoever reuses those flushes first. */
struct dp_pending {
    const struct dp_egress *egress;
    struct dp_sa *sa;
    uint8_t tos;
    bool outer_fragments; /* the datagrams leave without DF */
    unsigned n;
    size_t bytes; /* of ESP */
    uint64_t plain;
    struct esp_out jobs[DP_TX_JOBS];
    struct dp_lead leads[DP_TX_JOBS]; /* of the packets */
    uint8_t heads[DP_TX_JOBS * ESP_HEAD_MAX];
};

/* Packets that the machine had no way for, until they go through another tunnel (again.c). */
#define DP_AGAIN_MAX DP_TX_JOBS
struct dp_again {
    bool under_way; /* what fails now is lost */
    unsigned n;
    size_t used;
    uint8_t *bytes;
    struct dp_again_packet {
        const struct fib_hops *hops;
        uint32_t at, len; /* in bytes */
        uint16_t csum_start, csum_offset;
    } packets[DP_AGAIN_MAX];
};
MUST_USE int dp_again_init(struct dp_again *a);
void dp_again_done(struct dp_again *a);
/* Copies one as it was before it was encrypted. False: it is lost. */
bool dp_again_keep(struct dp_again *a, const struct esp_out *job, const struct fib_hops *hops);
/* The packet as it is to be sent again; borrows its bytes. */
MUST_USE int dp_again_packet(const struct dp_again *a, unsigned i, struct dp_packet *ret);
/* The same of one kept elsewhere. csum_start: 0 if its checksum is finished. */
MUST_USE int dp_packet_again(uint8_t *ip, size_t len, uint16_t csum_start, uint16_t csum_offset,
                             struct dp_packet *ret);

/* Of each TCP flow the last packet into a tunnel of which nothing comes back, until something does
 * or the tunnel is left (last.c). */
#define DP_LAST_FLOWS 256
#define DP_LAST_BYTES 2048 /* of one */
struct dp_last {
    bool under_way; /* what is sent was kept */
    unsigned n;     /* of packets */
    uint8_t *bytes;
    struct dp_left {
        uint64_t config, unsent_until_us, left_until_us;
        uint32_t lost;
    } seen; /* why tunnels were left when that was last looked at */
    struct dp_last_packet {
        uint64_t path; /* its serial; 0: none */
        uint64_t sent_us;
        uint32_t tunnel;
        uint32_t table, table_key; /* with its route */
        uint16_t len, csum_start, csum_offset;
    } packets[DP_LAST_FLOWS]; /* by the flow's hash: a flow may take another's place */
};
MUST_USE int dp_last_init(struct dp_last *last);
void dp_last_done(struct dp_last *last);

/* Token buckets of a worker for IKE datagrams: by a hash of the conversation, or of the source. */
#define DP_GATE_BUCKETS 256
struct dp_gate_bucket {
    uint64_t tokens, us;
};
struct dp_gate_limits {
    struct dp_gate_bucket known[DP_GATE_BUCKETS], strangers[DP_GATE_BUCKETS], all_strangers;
};

/* Whether looking for more packets before sleeping has paid lately. Where it mostly finds nothing
 * (slow peers, a host that lends its cores to others) it would take from the little there is. */
struct dp_look {
    unsigned balance; /* of looks that found something against those that did not */
    unsigned sleeps;
};
/* Also true now and then where it does not, as a try. */
bool dp_look_pays(struct dp_look *look);
void dp_look_done(struct dp_look *look, bool found);

/* When which tunnel or line is probed next (prober.c). Zero-initialise. */
struct dp_prober {
    struct dp_due *heap;
    size_t n, cap;
    uint64_t seen;              /* number of the configuration that was looked through */
    uint32_t lost;              /* tunnels and lines whose peers stopped to answer */
    uint64_t tokens, tokens_us; /* rate of requests */
    bool tells;                 /* tunnels are left, which their peers are told: */
    uint64_t tell_at_us;        /* when next */
};

/* Echo requests that the node asks for (echoes.c). */
#define DP_ECHO_QUEUE 64 /* requests that wait for the worker: a power of two */
#define DP_ECHO_RUNS  32 /* tests at a time; the longest unheard makes room */
#define DP_ECHO_OPEN  32 /* requests of one that wait for their answers */

struct dp_echo_run {
    uint64_t serial; /* of the path; 0: none */
    uint64_t used_us;
    uint16_t ident;
    struct addr to;
    struct {
        uint64_t sent_us; /* 0: not sent, or answered */
        uint64_t mark;
        uint16_t seq;
    } open[DP_ECHO_OPEN]; /* by seq % DP_ECHO_OPEN */
};

/* Zero-initialise. */
struct dp_echoes {
    uint32_t asked, taken; /* atomic, written by the control thread and the worker */
    struct dp_echo_asked {
        uint32_t index;  /* of the tunnel */
        uint64_t serial; /* of its path */
        struct ipc_echo echo;
    } queue[DP_ECHO_QUEUE];
    /* Of the worker: */
    bool any; /* there was one in this life */
    uint16_t id;
    struct dp_echo_run runs[DP_ECHO_RUNS];
};

/* Who is behind ports (lan.c). Zero-initialise. */
struct dp_lans {
    uint64_t seen; /* number of the configuration whose routers are known */
    uint64_t wake_us;
    uint32_t node;                   /* dp_shared.node when all hosts were told */
    uint64_t known_tokens, known_us; /* rate of requests to hosts that were there before */
    uint64_t wanted_tokens,
        wanted_us; /* and to others, who may be as many as there are addresses */
};

struct dp_worker {
    struct dp_shared *shared;
    const struct dp_config *config; /* while in a read section */
    unsigned index;
    int epoll_fd;
    int stop_fd, wake_fd;
    int notes[DP_LANES];
    pthread_t thread;
    struct esp_engine *engine;
    uint64_t *drops;
    uint64_t now_us;
    struct dp_look look;
    uint64_t icmp_tokens[DP_ICMP_BUCKETS]; /* rate of ICMP errors, by where they go to */
    uint64_t icmp_us[DP_ICMP_BUCKETS];
    uint64_t spi_tokens, spi_us;     /* rate of reports of unknown SPIs */
    uint64_t short_tokens, short_us; /* rate of ICMP errors that prove nothing */
    struct dp_gate_limits gate;
    struct dp_pending pending;
    struct dp_again again;
    struct dp_last last;
    size_t made_used;
    uint8_t made[DP_MADE_BYTES];
    uint8_t *arena, *rx, *tx;
    struct dp_receive *receive;
    struct dp_prober prober;
    struct dp_echoes echoes;
    struct dp_lans lans;
    uint64_t unsent_until_us; /* the last of the tunnels' */
    uint64_t left_until_us;   /* the last of those whose peers leave them */
};

/* What an event is of: a number of an underlay, or */
#define DP_EVENT_PORT (1ULL << 32) /* with that of a port, */
#define DP_EVENT_WAKE (UINT64_MAX - 1)
#define DP_EVENT_STOP UINT64_MAX

/* Something to read from the descriptor is an event from now on. */
MUST_USE int dp_worker_listen(struct dp_worker *w, int fd, uint64_t event);

/* A worker without its thread: whoever made it does its work. */
MUST_USE int dp_worker_new(struct dp_shared *shared, unsigned index, const int notes[DP_LANES],
                           struct dp_worker **ret);
/* NULL is fine. */
void dp_worker_free(struct dp_worker *w);

static inline void dp_drop(struct dp_worker *w, enum ipc_stats_drop reason, uint64_t n)
{
    dp_count(&w->drops[reason], n);
}

/* Counts drops of a tunnel. direction: IPC_TUNNEL_DROPS_IN or _OUT. */
static inline void dp_tunnel_drop(struct dp_worker *w, struct dp_path *path,
                                  enum ipc_stats_tunnel_value direction, enum ipc_stats_drop reason,
                                  uint64_t n)
{
    uint64_t *counters = dp_tunnel_counters(path->stats, w->index);

    dp_count(&counters[direction], n);
    dp_count(&counters[ipc_stats_tunnel_drop(reason)], n);
}

/* A token bucket: true if one more may happen now. */
bool dp_bucket_take(uint64_t *tokens, uint64_t *since_us, uint64_t now_us, uint64_t per_second,
                    uint64_t burst);

/* Never blocks; -EAGAIN when the control thread does not keep up. */
int dp_note_send(struct dp_worker *w, const struct dp_note *note, const uint8_t *data, size_t len);
/* Reports what the flags of an SA say, once each. */
void dp_sa_watch(struct dp_worker *w, struct dp_sa *sa);
#define DP_SA_USED (1U << 7) /* beside enum esp_sa_flag */
/* A packet went by it: tells of the first one. */
void dp_sa_used(struct dp_worker *w, struct dp_sa *sa);

/* ---- receive ---- */

MUST_USE int dp_receive_new(struct dp_receive **ret);
void dp_receive_free(struct dp_receive *receive);
/* What waits on the ports for time to pass. Each loop calls it. */
void dp_ports_run(struct dp_worker *w);
/* One burst each; the poll loop comes back while there is more. */
void dp_port_receive(struct dp_worker *w, const struct dp_port *port);
void dp_underlay_receive(struct dp_worker *w, const struct dp_underlay *underlay);

/* May this datagram go to ropeway-ike? At least DP_IKE_HEADER_LEN bytes. ret_known: it belongs to a
 * conversation that ropeway-ike has. */
MUST_USE bool dp_gate_admits(struct dp_gate *gate, struct dp_gate_limits *limits,
                             const struct addr *from, const uint8_t *ike, size_t len,
                             uint64_t now_us, bool *ret_known);

/* ---- path MTU ---- */

/* Empties the error queue: path MTUs are learned, the rest is forgotten. */
void dp_underlay_errors(struct dp_worker *w, const struct dp_underlay *underlay);
/* An error about a datagram to an address; quote is what it tells of the UDP payload. from_kernel:
 * our own interface is too small. */
void dp_pmtu_take(struct dp_worker *w, const struct addr *to, uint32_t mtu, bool from_kernel,
                  const uint8_t *quote, size_t quote_len);
/* The outer MTU that was learned, or UINT32_MAX. */
uint32_t dp_path_mtu(const struct dp_path *path, uint64_t now_us);

/* ---- traffic selectors (RFC 4301, 4.4.1) ---- */

/* May the packet enter this outbound SA? */
bool dp_sa_takes(const struct dp_sa *sa, const struct dp_inner *inner);
bool dp_sa_same_selectors(const struct dp_sa *a, const struct dp_sa *b);
/* A pair of addresses may be taken by both. */
bool dp_sa_overlaps(const struct dp_sa *a, const struct dp_sa *b);
/* The newest of a usable tunnel's SAs that takes the packet; NULL if none does. */
struct dp_sa *dp_egress_sa(const struct dp_egress *egress, const struct dp_inner *inner);
/* May the packet, a whole IP header at least, have come out of this inbound SA (5.2)? */
bool dp_sa_allows(const struct dp_sa *sa, const uint8_t *ip);

/* ---- probes (prober.c) ---- */

/* Sends the requests that are due. Each loop calls it. */
void dp_prober_run(struct dp_worker *w);
/* Milliseconds until then; -1: for ever. */
int dp_prober_wait_ms(const struct dp_worker *w);
/* True if a packet out of a tunnel, or from a line, to our own end of it was the answer to a
 * request. A request of a tunnel's peer with a report has ours afterwards. */
bool dp_prober_takes(struct dp_worker *w, struct dp_packet *p);
void dp_prober_done(struct dp_prober *pr);

/* ---- echo requests for tests (echoes.c) ---- */

/* Sends those that were asked for. Each loop calls it. */
void dp_echoes_send(struct dp_worker *w);
/* True if a packet out of a tunnel to our own end of it was about one of them. */
bool dp_echoes_take(struct dp_worker *w, const struct dp_packet *p);

/* ---- forward ---- */

/* TCP that allows fragments may be cut smaller instead: the same bytes in whole segments. len: of
 * the largest segment. True if it fits into mtu now. */
bool dp_packet_cut(struct dp_packet *p, size_t *len, uint32_t mtu);
/* Segments of a packet, for counting. */
unsigned dp_packet_segments(const struct dp_packet *p);
/* Looks the packet up in the table and does what the route says. */
void dp_forward(struct dp_worker *w, struct dp_packet *p, uint32_t table);
/* The one of a route's next hops, which are not none, that the packet's flow takes. Those that lead
 * over tunnels are one: the choice is among the tunnels of all of them (choose.c). */
uint32_t dp_choose_hop(const struct dp_worker *w, const struct dp_packet *p,
                       const struct fib_hops *hops);
/* And the tunnel. DP_NONE: none is usable, or, refused, none of these takes the packet. */
uint32_t dp_choose_tunnel(const struct dp_worker *w, const struct dp_packet *p,
                          const struct fib_hops *hops, bool *ret_refused);
/* Nothing speaks against sending through it. */
bool dp_egress_is_sound(const struct dp_worker *w, const struct dp_egress *e);
/* Sends what went into a tunnel that failed over the way that it takes now by the table, if that is
 * another one. */
void dp_forward_again(struct dp_worker *w, struct dp_packet *p, uint32_t table,
                      const struct dp_path *failed);
/* Drops it with an ICMP error back to where it came from, if that may have one. */
void dp_refuse(struct dp_worker *w, struct dp_packet *p, enum ipc_stats_drop reason,
               enum dp_icmp_error error, uint32_t mtu);

/* ---- the interface of a gateway's own (local.c) ---- */

/* Of a private interface its TUN, and of that TUN the other; NULL if there is none. */
const struct dp_port *dp_port_partner(const struct dp_worker *w, const struct dp_port *port);
/* A whole one: those that come in pieces are whoever's who puts them together. */
bool dp_local_is_echo_request(const struct dp_packet *p);
/* The interface that takes a packet out of a tunnel or from a line to our own end of it; NULL if
 * there is none, or the packet is an echo request, which needs none. */
const struct dp_port *dp_local_for(const struct dp_worker *w, const struct dp_packet *p);
/* Writes it, a merged one as the packets that it came as. */
void dp_local_give(struct dp_worker *w, const struct dp_port *port, struct dp_packet *p);

/* ---- who is behind a port (lan.c) ---- */

typedef void dp_lan_fn(struct dp_worker *w, const struct dp_port *port, struct dp_packet *p);

/* Learns from a frame which host has which MAC address, and sends what waited for it. False: it is
 * of a host more than there may be. */
bool dp_lan_hear(struct dp_worker *w, const struct dp_port *port, const uint8_t *frame, size_t len,
                 dp_lan_fn *send);
/* Whether a packet that came from that MAC address may have its source on a real network, and from
 * which router. IPC_DROP_COUNT if so, or why not. */
enum ipc_stats_drop dp_lan_admit(struct dp_worker *w, const struct dp_port *port,
                                 const uint8_t mac[6], struct dp_packet *p);
/* The MAC address of a host, which is asked if need be. False while that is not known. */
bool dp_lan_find(struct dp_worker *w, const struct dp_port *port, const struct addr *address,
                 uint8_t ret[6]);
/* Whether the host is known. */
bool dp_lan_answers(const struct dp_port *port, const struct addr *address);
/* Keeps a packet for a host that was not found; packets: as many as it stands for. */
void dp_lan_hold(struct dp_worker *w, const struct dp_port *port, const struct addr *address,
                 const struct dp_packet *p, unsigned packets);
/* Asks who is silent, refuses what was held for too long, tells the node. Each loop calls it. */
void dp_lans_run(struct dp_worker *w, dp_lan_fn *refuse);
/* Milliseconds until then; -1: for ever. */
int dp_lans_wait_ms(const struct dp_worker *w);

/* Packets that wait for hosts to answer (held.c): few, of each host the newest.
 * Hosts are numbers. */
struct dp_held;

MUST_USE int dp_held_new(struct dp_held **ret);
void dp_held_free(struct dp_held *held);
/* Keeps a copy, and returns how many packets were dropped for it. */
unsigned dp_held_put(struct dp_held *held, uint32_t host, const struct dp_packet *p,
                     unsigned packets);
/* Takes out the oldest for the host, whose bytes stay until the next is put. False: there is none.
 */
bool dp_held_take(struct dp_held *held, uint32_t host, const struct dp_config *config,
                  struct dp_packet *ret);
/* Drops those for the host; how many. */
unsigned dp_held_drop(struct dp_held *held, uint32_t host);

/* ---- send ---- */

/* The MAC address of whoever is behind the port is known, or is asked for now. */
bool dp_port_is_reached(struct dp_worker *w, const struct dp_port *port);
/* age: lower the time to live on the way. */
void dp_port_send(struct dp_worker *w, const struct dp_port *port, struct dp_packet *p, bool age);
void dp_tunnel_send(struct dp_worker *w, const struct dp_egress *egress, struct dp_packet *p,
                    bool age);
/* Encrypts and sends what waits. */
void dp_tunnel_flush(struct dp_worker *w);
/* Keeps what is sent in case that it is lost (last.c). */
void dp_last_keep(struct dp_worker *w, const struct dp_pending *p);
/* When ESP came last. */
uint64_t dp_path_heard_us(const struct dp_worker *w, const struct dp_path *path);
/* Sends what was kept once its tunnel is left. Each loop calls it. */
void dp_last_run(struct dp_worker *w);
/* The largest inner packet for the tunnel; 0 if it has no SA. */
uint32_t dp_tunnel_mtu(const struct dp_egress *egress, const struct dp_sa *sa, uint64_t now_us);

#endif
