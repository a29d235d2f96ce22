/* inner_internal.h - inner IP packets and the frames they come in: bounded parsing, rewriting and
 * building. Does no I/O. Lengths are bytes; every function looks at no more bytes than it was
 * given. */
#ifndef ROPEWAY_DATAPLANE_INNER_INTERNAL_H
#define ROPEWAY_DATAPLANE_INNER_INTERNAL_H

#include "esp.h"
#include "hosts_internal.h"
#include "probe_internal.h"
#include "talk_internal.h"
#include "wire.h"

#define DP_ETH_LEN 14
#define DP_TAG_LEN 4
#define DP_ETH_MAX (DP_ETH_LEN + DP_TAG_LEN)

enum dp_protocol { DP_ICMP = 1, DP_TCP = 6, DP_UDP = 17, DP_ICMPV6 = 58 };

/* What forwarding wants to know of an IPv4 or IPv6 packet. Offsets count from the IP header. */
struct dp_inner {
    uint8_t version;
    uint8_t protocol; /* of the upper layer, behind IPv6 extension headers */
    uint8_t ttl;
    uint8_t tos;         /* DSCP and ECN */
    bool fragment;       /* any but a whole packet */
    bool later_fragment; /* has no upper-layer header */
    bool dont_fragment;  /* always true for IPv6 */
    uint16_t header_len; /* IPv4 header with options; the fixed IPv6 header */
    uint16_t l4_offset;  /* of the upper layer; never beyond len */
    uint32_t len;        /* as the header says: at most what was there */
    struct addr src, dst;
};

/* -EBADMSG if there is no whole IP header or it announces more than len. What lies behind its
 * length (Ethernet padding) is not part of it. The checksum of an IPv4 header is not looked at. */
MUST_USE int dp_inner_parse(const uint8_t *ip, size_t len, struct dp_inner *ret);
/* Of a packet of which only the first len bytes are here, as ICMP errors quote it: ret->len is what
 * there is. */
MUST_USE int dp_inner_parse_quoted(const uint8_t *ip, size_t len, struct dp_inner *ret);

/* The checksum of an IPv4 header that was found whole; IPv6 has none. */
bool dp_inner_checksum_ok(const uint8_t *ip);

bool dp_addr_is_multicast(const struct addr *a); /* or broadcast */
/* Neither source nor destination of a packet that is forwarded: multicast, loopback, unspecified,
 * IPv6 link-local (RFC 1812, 5.3.7; RFC 4291, 2.5.6). */
bool dp_addr_is_nobody(const struct addr *a);

/* Lowers TTL or hop limit by one; it was at least 1. Keeps the header checksum right. */
void dp_inner_age(uint8_t *ip);
/* Sets the two ECN bits. Keeps the header checksum right. */
void dp_inner_set_ecn(uint8_t *ip, uint8_t ecn);
/* RFC 6040, 4.2 for the decapsulator: lets a congestion mark of the outer header appear in the
 * inner one. False if the packet must be dropped. */
bool dp_inner_merge_ecn(uint8_t *ip, uint8_t outer_tos);
/* Lowers the MSS option of a TCP SYN to what fits into mtu (RFC 9293, 3.7.1). partial: the TCP
 * checksum is not finished (NEEDS_CSUM) and does not cover options yet. True if it was changed. */
bool dp_inner_clamp_mss(uint8_t *ip, const struct dp_inner *inner, uint32_t mtu, bool partial);

/* Cuts an IPv4 packet that may be fragmented into jobs whose inner packets are at most mtu bytes:
 * heads take a header each, bodies are views. -EMSGSIZE if it takes more than max fragments, mtu is
 * absurd or heads are too small; -EINVAL if the packet must not be fragmented. */
MUST_USE int dp_inner_fragment(const uint8_t *ip, const struct dp_inner *inner, uint32_t mtu,
                               uint8_t *heads, size_t heads_size, struct esp_out *jobs,
                               unsigned max, unsigned *ret_n);

/* ---- ICMP (icmp.c) ---- */

enum dp_icmp_error {
    DP_ICMP_TTL,
    DP_ICMP_TOO_BIG, /* with the MTU */
    DP_ICMP_NO_ROUTE,
    DP_ICMP_NO_HOST,
    DP_ICMP_PROHIBITED,
    DP_ICMP_NO_SERVICE, /* port unreachable */
};

#define DP_ICMP_MAX 1280 /* bytes of the largest error made here */

/* Turns an echo request into its reply, in place; finished checksum. False if it is no whole echo
 * request. */
bool dp_icmp_echo_reply(uint8_t *ip, const struct dp_inner *inner);
/* Builds the error about a packet, from src (of its family). -ENOMSG where RFC 1122, 3.2.2 or RFC
 * 4443, 2.4 forbid one; -ENOBUFS if cap is less than DP_ICMP_MAX; -EINVAL for a src of the other
 * family. */
MUST_USE int dp_icmp_error(enum dp_icmp_error error, uint32_t mtu, const struct addr *src,
                           const uint8_t *ip, const struct dp_inner *inner, uint8_t *out,
                           size_t cap, size_t *ret_len);

/* Of an ICMP message of our own; the addresses are of one family. */
struct dp_icmp_head {
    const struct addr *src, *dst;
    uint8_t tos, ttl;
    bool whole;  /* it must not be fragmented */
    uint16_t id; /* of an IPv4 packet that may be */
};

/* Puts the IP header in front of a message of len bytes, which lies in out behind the room for that
 * (20 or 40 bytes), and sets its checksum. The length of both. */
size_t dp_icmp_finish(const struct dp_icmp_head *head, uint8_t *out, size_t len);

/* What a probe says, and its answer. */
struct dp_icmp_echo {
    uint16_t id, number;
    uint8_t cookie[DP_PROBE_COOKIE];
    uint8_t report[DP_REPORT_LEN]; /* or what a peer that writes none has made of it */
};

#define DP_ECHO_DATA (DP_PROBE_COOKIE + DP_REPORT_LEN)
#define DP_ECHO_MAX  (48 + DP_ECHO_DATA)

/* A finished request between two addresses of one family; its length, at most DP_ECHO_MAX. */
size_t dp_icmp_echo_request(const struct addr *src, const struct addr *dst,
                            const struct dp_icmp_echo *echo, uint8_t out[DP_ECHO_MAX]);
/* False if the packet is no whole answer to such a request, or its checksum is wrong. */
bool dp_icmp_echo_answer(const uint8_t *ip, const struct dp_inner *inner, struct dp_icmp_echo *ret);
/* The same of a request of a peer's. */
bool dp_icmp_echo_asked(const uint8_t *ip, const struct dp_inner *inner, struct dp_icmp_echo *ret);
/* Puts another report into such a request, whose checksum is wrong then: dp_icmp_echo_reply(). */
void dp_icmp_echo_say(uint8_t *ip, const struct dp_inner *inner,
                      const uint8_t report[DP_REPORT_LEN]);

/* ---- Ethernet, ARP, neighbour discovery (frame.c) ---- */

enum dp_frame_kind {
    DP_FRAME_IP,        /* an IP packet behind the Ethernet header */
    DP_FRAME_ANSWER,    /* a request for an address we stand for: answer is the reply */
    DP_FRAME_IGNORED,   /* a question for somebody else, or noise every interface makes */
    DP_FRAME_MALFORMED, /* cut short or absurd */
    DP_FRAME_TYPE,      /* no protocol of ours */
    DP_FRAME_ADDRESS,   /* not addressed to the gateway */
    DP_FRAME_MULTICAST,
};

/* The instance behind a port and what we answer for it. */
struct dp_neighbour {
    uint8_t mac[6];
    bool learned;  /* mac is not given: whoever speaks for the address has it */
    uint16_t vlan; /* of frames to it; 0: without a tag */
    bool line;     /* it is a router on a line with others: whoever asks is answered */
    uint8_t gateway_mac[6];
    struct addr address;
    struct prefix subnet; /* there is an answer for these addresses, but the instance's own */
    struct prefix lan; /* of a real network: who has an address there asks; ADDR_NONE: it is none */
};

#define DP_ANSWER_MAX 128

/* Whether the frame says which MAC address a host has: ARP (RFC 826), a neighbour solicitation or
 * advertisement (RFC 4861, 7.2), of an address that a host of the real network may have, or of that
 * whose MAC address is learned. */
bool dp_frame_claim(const struct dp_neighbour *who, const uint8_t *frame, size_t len,
                    struct dp_claim *ret);
/* Whether it says so of our own address on a line: two machines have it. */
bool dp_frame_claims_ours(const struct dp_neighbour *who, const uint8_t *frame, size_t len);
/* A question for the MAC address of the instance, from its gateway: ARP or a neighbour
 * solicitation. Returns its length. */
size_t dp_frame_ask(const struct dp_neighbour *who, const struct addr *gateway,
                    uint8_t out[DP_ANSWER_MAX]);

/* Looks at a frame from the instance. For DP_FRAME_ANSWER answer holds the frame to send back. */
enum dp_frame_kind dp_frame_classify(const struct dp_neighbour *who, const uint8_t *frame,
                                     size_t len, uint8_t answer[DP_ANSWER_MAX],
                                     size_t *ret_answer_len);
/* The header of a TAP with its offsets counted from the IP header, held against the packet: an
 * instance may be a virtual machine that writes what it likes. -EBADMSG for what cannot be, above
 * all a checksum that would be written into the IP headers, which were looked at already, or in a
 * super-segment elsewhere than its transport has it. */
MUST_USE int dp_frame_offloads(const struct virtio_net_hdr *vnet, const struct dp_inner *inner,
                               struct virtio_net_hdr *ret);
/* The Ethernet header in front of an IP packet to the instance. */
size_t dp_frame_header(const struct dp_neighbour *who, uint8_t ip_version, uint8_t out[DP_ETH_MAX]);
/* Puts the tag of the neighbour's VLAN into a frame, if it has one: the frame's new length. There
 * is room for DP_TAG_LEN more. */
size_t dp_frame_tag(const struct dp_neighbour *who, uint8_t *frame, size_t len);

#endif
