/* reach.h - whether an address is reached: ping, traceroute and path MTU as state machines, the
 * echo packets that they send, what comes back, and what iperf3 prints. Does no I/O and reads no
 * clock; times are microseconds of any clock that only grows.
 *
 * Whoever has a socket drives a run: reach_next() says which echo request to send now, reach_take()
 * hears of what came, reach_row() gives what is to be told, and at reach_due() time has done
 * something. */
#ifndef ROPEWAY_REACH_H
#define ROPEWAY_REACH_H

#include "base.h"

/* ---- packets (packet.c) ---- */

#define REACH_IPV4_HEADER 20
#define REACH_IPV6_HEADER 40
#define REACH_ECHO_HEADER 8
#define REACH_PACKET_MAX  9216 /* bytes of an IP packet that is sent */

enum reach_what {
    REACH_REPLY,       /* the destination answered */
    REACH_EXPIRED,     /* the hop limit ran out at from */
    REACH_TOO_BIG,     /* from cannot pass it on whole; mtu is what it can, 0: it does not say */
    REACH_NET,         /* from has no route */
    REACH_HOST,        /* from does not reach the destination */
    REACH_PROHIBITED,  /* from is told not to pass it on */
    REACH_UNREACHABLE, /* from says so for another reason */
    REACH_WHATS
};

/* "reply", "expired", "tooBig", ...: what programs read. "?" for what is none. */
const char *reach_what_name(enum reach_what what);

struct reach_packet {
    enum reach_what what;
    struct addr from;
    uint16_t seq; /* of our request that it is about */
    uint8_t ttl;  /* it came with */
    uint32_t mtu; /* of REACH_TOO_BIG */
};

/* An ICMP or ICMPv6 echo request of size bytes with its IP header, without that: the bytes go to a
 * raw socket. ICMPv6's checksum is the kernel's to fill in. ret has room for size bytes;
 * *ret_len is how many it got. -EINVAL for a size that is too small or too large. */
MUST_USE int reach_build(enum addr_family family, uint16_t ident, uint16_t seq, uint16_t size,
                         uint8_t *ret, size_t *ret_len);
/* What a raw ICMP socket gives for IPv4: the packet with its IP header. dst is where our requests
 * go. -ENOENT for a packet that is not about a request of ours, -EBADMSG for a malformed one. */
MUST_USE int reach_parse_ipv4(const uint8_t *data, size_t len, uint16_t ident,
                              const struct addr *dst, struct reach_packet *ret);
/* The same for IPv6: without its IP header, of which the sender and the hop limit are said. */
MUST_USE int reach_parse_ipv6(const uint8_t *data, size_t len, const struct addr *from,
                              uint8_t hop_limit, uint16_t ident, const struct addr *dst,
                              struct reach_packet *ret);

/* ---- runs ---- */

enum reach_kind { REACH_PING, REACH_TRACEROUTE, REACH_PATH_MTU, REACH_THROUGHPUT, REACH_KINDS };

#define REACH_COUNT_MAX    100
#define REACH_HOPS_MAX     32
#define REACH_HOP_PROBES   3
#define REACH_IPV4_MTU_MIN 68   /* RFC 791 */
#define REACH_IPV6_MTU_MIN 1280 /* RFC 8200, 5 */

struct reach_spec {
    enum reach_kind kind; /* not REACH_THROUGHPUT */
    enum addr_family family;
    uint16_t count;       /* of a ping: 1 to REACH_COUNT_MAX */
    uint32_t interval_us; /* of a ping */
    uint16_t size;        /* of an IP packet; of a path MTU the largest that is tried */
    uint8_t hops;         /* of a traceroute: 1 to REACH_HOPS_MAX */
};

/* An echo request to be sent. */
struct reach_probe {
    uint16_t seq;
    uint16_t size; /* of the IP packet */
    uint8_t ttl;   /* 0: as usual */
};

enum reach_row_type { REACH_ROW_REPLY, REACH_ROW_HOP, REACH_ROW_SIZE, REACH_ROW_MTU };

/* What is told of a run. */
struct reach_row {
    enum reach_row_type type;
    uint16_t number; /* of the request (from 1), the hop, or the size in bytes; of the MTU: itself,
                        0: there is none */
    bool answered;   /* false: in time nothing came */
    enum reach_what what;
    struct addr from;
    uint8_t ttl;
    uint32_t mtu;                       /* that from said */
    uint32_t rtt_us;                    /* of a hop: of its first request that was answered */
    uint32_t rtts_us[REACH_HOP_PROBES]; /* of a hop; 0: not answered */
};

struct reach_request {
    uint64_t sent_us;
    bool settled; /* answered or given up */
};

#define REACH_ROWS_QUEUED 8

/* Zeroed by reach_begin(); the members are the room's. Owns no memory. */
struct reach_run {
    struct reach_spec spec;
    bool over;
    uint16_t sent; /* requests, all told */
    uint64_t next_us;
    struct reach_request requests[REACH_COUNT_MAX]; /* of a ping by number; else those under way */
    uint16_t settled;
    /* A traceroute: */
    uint8_t hop;     /* whose requests are under way, from 1 */
    uint8_t hop_out; /* requests of it that were sent */
    bool arrived;
    struct reach_row at; /* the hop's row */
    /* A path MTU: */
    uint16_t low, high, trying; /* what is known to pass (0: nothing yet), may pass, is tried */
    uint8_t tries;
    bool under_way;
    struct reach_row rows[REACH_ROWS_QUEUED];
    uint8_t row_first, row_count;
};

/* -EINVAL for a spec out of its bounds. */
MUST_USE int reach_begin(struct reach_run *run, const struct reach_spec *spec, uint64_t now_us);
/* A request to be sent now; it counts as sent. False: none. */
bool reach_next(struct reach_run *run, uint64_t now_us, struct reach_probe *ret);
/* One could not be sent: it was larger than the interface takes (mtu, 0: it is not known). Other
 * reasons are like a loss. */
void reach_too_large(struct reach_run *run, uint64_t now_us, uint16_t seq, uint32_t mtu);
void reach_take(struct reach_run *run, uint64_t now_us, const struct reach_packet *packet);
/* Gives up what is not answered in time. To be called at reach_due(). */
void reach_time(struct reach_run *run, uint64_t now_us);
/* When reach_next() or reach_time() has something to do; UINT64_MAX when the run is over. */
uint64_t reach_due(const struct reach_run *run);
/* The next of what is to be told; to be emptied after each call of the others. */
bool reach_row(struct reach_run *run, struct reach_row *ret);
bool reach_is_over(const struct reach_run *run);

/* ---- what iperf3 -f k prints (rate.c) ---- */

enum reach_rate_type { REACH_RATE_INTERVAL, REACH_RATE_SENT, REACH_RATE_RECEIVED };

struct reach_rate {
    enum reach_rate_type type; /* of an interval, or of all as the sender or receiver counts it */
    uint32_t from_ms, to_ms;
    uint64_t bits_per_second;
    uint64_t retransmits; /* 0 where none are told */
};

/* One line, without its end. -ENOENT for a line that has no rate. */
MUST_USE int reach_parse_rate(const char *line, size_t len, struct reach_rate *ret);

#endif
