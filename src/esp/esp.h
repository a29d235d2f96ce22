/* esp.h - ESP in tunnel mode (RFC 4303): security associations, batches of packets in and out, and
 * the offload arithmetic around them (checksums, segmentation, coalescing). Does no I/O, reads no
 * clock, logs nothing; nothing on the packet path allocates or locks.
 *
 * ESP bytes start at the SPI here. The caller adds and removes the UDP header (RFC 3948) or the
 * outer IP header.
 *
 * A worker's outbound walk:
 *     n = esp_gso_split(...)            super-segment -> jobs (head piece + view of the payload)
 *     jobs[i].dst = frame + outer header
 *     esp_encrypt(engine, sa, jobs, n)  checksums, sequence numbers, IVs, ciphertext, ICVs
 * and inbound:
 *     jobs[i] = {.sa = by SPI, .data = ..., .len = ...}
 *     esp_decrypt(engine, jobs, n)      in place; look at jobs[i].result
 *     esp_gro_merge(packets, n, ...)    TCP neighbours -> super-segments for a TAP */
#ifndef ROPEWAY_ESP_H
#define ROPEWAY_ESP_H

#include "base.h"

#include <linux/virtio_net.h>
#include <sys/uio.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5 /* virtio 1.2, 5.1.6: UDP segmentation (USO) */
#endif

/* ---- results of a packet: OK first, then every reason to drop one ---- */

/* X(NAME, "metric_name", "what an operator should know") */
#define ESP_RESULTS(X)                                                                             \
    X(OK, "ok", "decrypted and accepted")                                                          \
    X(TOO_SHORT, "too_short", "shorter than the smallest packet of this SA")                       \
    X(BAD_LENGTH, "bad_length", "the ciphertext is no whole number of cipher blocks")              \
    X(TOO_OLD, "too_old", "the sequence number lies left of the replay window")                    \
    X(REPLAYED, "replayed", "the sequence number was received before")                             \
    X(BAD_ICV, "bad_icv", "the integrity check failed: forged, damaged or under other keys")       \
    X(BAD_PADDING, "bad_padding", "authentic, but the padding is not 1, 2, 3, ...")                \
    X(BAD_NEXT_HEADER, "bad_next_header", "authentic, but carries neither IPv4 nor IPv6")          \
    X(BAD_INNER, "bad_inner", "authentic, but the inner IP header is malformed")                   \
    X(DUMMY, "dummy", "an authentic dummy packet (RFC 4303, 2.6), dropped as it should be")        \
    X(EXPIRED, "expired", "the SA is past its hard lifetime")                                      \
    X(ENGINE, "engine", "the crypto engine failed")

enum esp_result {
#define X(name, metric, help) ESP_##name,
    ESP_RESULTS(X)
#undef X
        ESP_RESULT_COUNT
};

/* "bad_icv"; "?" for a number that is no result. */
const char *esp_result_name(enum esp_result result);
const char *esp_result_help(enum esp_result result);

/* ---- algorithms (IANA "IKEv2 Parameters": the numbers IKE negotiates) ---- */

enum esp_encr { ESP_ENCR_AES_CBC = 12, ESP_ENCR_AES_GCM_16 = 20, ESP_ENCR_CHACHA20_POLY1305 = 28 };
enum esp_auth {
    ESP_AUTH_NONE = 0, /* with the AEADs */
    ESP_AUTH_HMAC_SHA1_96 = 2,
    ESP_AUTH_HMAC_SHA2_256_128 = 12,
    ESP_AUTH_HMAC_SHA2_384_192 = 13,
    ESP_AUTH_HMAC_SHA2_512_256 = 14,
};

/* The sizes that decide how long a packet becomes. */
struct esp_shape {
    uint8_t iv_len;  /* bytes on the wire */
    uint8_t block;   /* ciphertext is a multiple of this (at least 4) */
    uint8_t icv_len; /* bytes */
};

#define ESP_HEADER_LEN   8 /* SPI and sequence number */
#define ESP_OVERHEAD_MAX (ESP_HEADER_LEN + 16 + 15 + 2 + 32)

/* -EOPNOTSUPP for a pair of algorithms this room does not do. */
MUST_USE int esp_shape_find(uint16_t encr, uint16_t auth, struct esp_shape *ret);
/* Exact ESP bytes for an inner packet of inner_len bytes. */
size_t esp_len(const struct esp_shape *shape, size_t inner_len);
/* The largest inner packet whose ESP bytes fit into esp_budget (outer MTU less outer IP and UDP
 * headers); 0 if none does. */
size_t esp_inner_max(const struct esp_shape *shape, size_t esp_budget);

/* ---- engines ---- */

/* AUTO is ipsec-mb where it exists (x86-64), else libcrypto. */
enum esp_engine_kind { ESP_ENGINE_AUTO, ESP_ENGINE_IPSEC_MB, ESP_ENGINE_LIBCRYPTO };

/* The scratch state of one worker: used by one thread at a time, never shared. */
struct esp_engine;

/* -EOPNOTSUPP if this build or CPU has no such engine, -ENOMEM. */
MUST_USE int esp_engine_new(enum esp_engine_kind kind, struct esp_engine **ret);
void esp_engine_free(struct esp_engine *engine);
/* "ipsec-mb AVX512" and the like, for humans. */
const char *esp_engine_name(const struct esp_engine *engine);

/* ---- security associations ---- */

enum esp_direction { ESP_INBOUND, ESP_OUTBOUND };

#define ESP_REPLAY_WINDOW_MAX 8192

/* Everything is copied; the caller wipes its keys. */
struct esp_sa_params {
    uint32_t spi; /* host order; not 0 */
    enum esp_direction direction;
    enum esp_engine_kind engine; /* the kind of the engines that will run it */
    uint16_t encr;               /* enum esp_encr */
    uint16_t auth;               /* enum esp_auth */
    /* As IKE derives it: the key, for AEADs followed by the 4 bytes of salt (RFC 4106, 8.1; RFC
     * 7634, 2). The length selects AES-128, -192 or -256. */
    const uint8_t *encr_key;
    size_t encr_key_len;
    const uint8_t *auth_key; /* exactly as long as the hash's output; NULL with an AEAD */
    size_t auth_key_len;
    bool esn;               /* 64-bit sequence numbers (RFC 4303, 2.2.1) */
    uint16_t replay_window; /* packets, 0 (no replay check) to ESP_REPLAY_WINDOW_MAX; inbound */
    uint64_t seq;           /* the last number used (outbound) or seen (inbound); 0 for a new SA */
    /* Lifetimes, 0 = none. Bytes are plain (inner) bytes. */
    uint64_t soft_bytes, hard_bytes;
    uint64_t soft_packets, hard_packets;
};

/* One direction of a tunnel. An outbound SA may be used by many workers at once (its sequence
 * counter is atomic); an inbound one belongs to one worker at a time. Who frees it makes sure that
 * nobody uses it any more (RCU grace period). */
struct esp_sa;

/* -EINVAL for parameters that contradict one another, -EOPNOTSUPP for unknown algorithms or an
 * engine this build lacks, -ENOMEM. */
MUST_USE int esp_sa_new(const struct esp_sa_params *params, struct esp_sa **ret);
/* Wipes the keys. A libcrypto engine that ran the SA last still holds its expanded key, until it
 * runs another or is freed. NULL is fine. */
void esp_sa_free(struct esp_sa *sa);

const struct esp_shape *esp_sa_shape(const struct esp_sa *sa);

/* Cheap enough to ask after every batch, from the worker that ran it. */
enum esp_sa_flag {
    ESP_SA_SOFT = 1, /* soft lifetime reached, or the sequence numbers run low: rekey */
    ESP_SA_HARD = 2, /* no packet passes any more: hard lifetime or sequence numbers used up */
};
unsigned esp_sa_flags(const struct esp_sa *sa);

struct esp_sa_stats {
    uint64_t packets;                   /* accepted (inbound), sent (outbound) */
    uint64_t bytes;                     /* ESP bytes of those */
    uint64_t plain_bytes;               /* inner bytes of those */
    uint64_t seq;                       /* last sent, or highest accepted */
    uint64_t results[ESP_RESULT_COUNT]; /* inbound; [ESP_OK] is packets */
};
/* From any thread; the numbers may be a batch apart from one another. */
void esp_sa_read(const struct esp_sa *sa, struct esp_sa_stats *ret);

/* ---- out ---- */

/* One packet to encrypt. The inner packet is head followed by body, so that rewritten headers need
 * not lie in front of the payload; either may be empty (NULL, 0). Its first byte decides IPv4 or
 * IPv6 and must be in head, or in body when head is empty. */
struct esp_out {
    const uint8_t *head;
    const uint8_t *body;
    uint32_t head_len;
    uint32_t body_len;
    /* An unfinished checksum, as in a virtio-net header with NEEDS_CSUM but counted from the inner
     * IP header: the two bytes at csum_start + csum_offset hold the pseudo-header sum and
     * everything from csum_start on is still to be added. Done on the way into dst. 0, 0 when the
     * packet is finished. The field must lie in head (or in body when head is empty). */
    uint16_t csum_start;
    uint16_t csum_offset;
    uint32_t dst_cap; /* bytes of room at dst, at least esp_len() */
    uint8_t *dst;     /* must not overlap head or body */
    uint32_t len;     /* result: ESP bytes written */
};

/* Encrypts all n, in order, under consecutive sequence numbers. 0, or, with nothing written, no
 * sequence number used and every len 0:
 *   -EOVERFLOW    the sequence numbers do not reach for n more (RFC 4303, 3.3.3): rekey
 *   -EKEYEXPIRED  hard lifetime
 *   -EMSGSIZE     a dst_cap is too small
 *   -EINVAL       a checksum field outside the packet, an empty packet, an inbound SA, or an engine
 *                 of another kind
 *   -EIO          the engine failed (nothing of the batch may be sent) */
MUST_USE int esp_encrypt(struct esp_engine *engine, struct esp_sa *sa, struct esp_out *jobs,
                         unsigned n);

/* ---- in ---- */

/* One packet to decrypt, in place. data starts at the SPI, which the caller used to find sa. */
struct esp_in {
    struct esp_sa *sa; /* inbound; packets of several SAs may be mixed in a batch */
    uint8_t *data;
    uint32_t len;
    /* Results; inner and inner_len only with ESP_OK. */
    enum esp_result result;
    uint8_t *inner; /* the inner IP packet, inside data; traffic-flow padding is cut off */
    uint32_t inner_len;
    uint8_t next_header; /* 4 or 41, matches the version in inner */
    uint64_t seq;        /* with its recovered high half */
};

/* Sets result of every job and counts it in its SA. Unless ESP_OK the bytes at data are undefined
 * afterwards. What is ESP_OK has: IP version 4 or 6 as announced, a whole header, and a length
 * field equal to inner_len. */
void esp_decrypt(struct esp_engine *engine, struct esp_in *jobs, unsigned n);

/* ---- checksums (RFC 1071) ----
 *
 * A sum adds 16-bit words as they lie in memory, so it needs no swapping on any machine; a folded
 * checksum is stored with memcpy(). Only the last piece of a sum may have an odd length. */

uint64_t esp_csum_add(uint64_t sum, const void *data, size_t len);
/* The same while copying. */
uint64_t esp_csum_copy(uint64_t sum, void *dst, const void *src, size_t len);
/* The complement of the sum, ready to be stored in memory order. */
uint16_t esp_csum_fold(uint64_t sum);
/* The TCP or UDP pseudo-header of an IPv4 or IPv6 packet (by the version in its first byte; the
 * fixed header must be there); l4_len is header and payload of the upper layer. */
uint64_t esp_csum_pseudo(const uint8_t *ip, uint8_t protocol, uint32_t l4_len);
/* Replaces a 16-bit word under a checksum (RFC 1624); all three in memory order. */
uint16_t esp_csum_update16(uint16_t csum, uint16_t old_word, uint16_t new_word);
/* Sets the header checksum of an IPv4 packet whose header is whole. */
void esp_csum_ipv4_header(uint8_t *ip);
/* Finishes a NEEDS_CSUM packet (offsets as in struct esp_out) that leaves unencrypted. -EINVAL if
 * the field lies outside. */
MUST_USE int esp_csum_finish(uint8_t *packet, size_t len, size_t csum_start, size_t csum_offset);

/* ---- segmentation of super-segments (TSO, USO) ---- */

/* Room for the heads of n segments: Every head takes at most this. */
#define ESP_HEAD_MAX 128

/* Cuts an inner IP packet that is a super-segment into jobs for esp_encrypt(): fills head, body,
 * their lengths and the checksum fields (left unfinished, esp_encrypt() adds the payload), leaves
 * dst and dst_cap alone. Bodies are views into packet; heads are written to heads.
 * gso_type and gso_size are those of the virtio-net header; gso_type VIRTIO_NET_HDR_GSO_NONE makes
 * one job of the whole packet (finished: set the csum fields yourself).
 * The TCP flags CWR (first only), FIN and PSH (last only), the sequence and the IPv4
 * identification are set as Linux does.
 *   -EINVAL    the packet is not what gso_type says, or its headers are cut or absurd
 *   -EMSGSIZE  more than max segments, or heads_size is too small */
MUST_USE int esp_gso_split(const uint8_t *packet, size_t len, uint8_t gso_type, uint16_t gso_size,
                           uint8_t *heads, size_t heads_size, struct esp_out *jobs, unsigned max,
                           unsigned *ret_n);
/* Bytes of the largest inner packet esp_gso_split() would make of it, to be held against the MTU
 * of the tunnel before; len if it is no super-segment. -EINVAL as above. */
MUST_USE int esp_gso_segment_len(const uint8_t *packet, size_t len, uint8_t gso_type,
                                 uint16_t gso_size, size_t *ret);

/* ---- coalescing (GRO) ---- */

#define ESP_GRO_NONE UINT16_MAX

/* One inner IP packet of a batch. */
struct esp_packet {
    uint8_t *data;
    uint32_t len;
    uint32_t tag; /* the caller's; only packets of one tag are merged */
    /* Set by esp_gro_merge(). */
    uint16_t next;     /* the next packet of the same merged one, or ESP_GRO_NONE */
    uint16_t head_len; /* IP and TCP header bytes, to be skipped in all but the first */
};

/* What becomes of one or more packets. */
struct esp_merged {
    /* Ready for a TUN (IP without Ethernet): for a TAP add 14 to hdr_len and csum_start. All 0 for
     * a packet that came alone: it is delivered byte for byte as it came. */
    struct virtio_net_hdr vnet;
    uint8_t *ip;  /* the header to look at and rewrite (TTL): in head when merged, else in data */
    uint32_t len; /* the whole packet, at most 65535 */
    uint32_t tag;
    uint16_t first; /* index of its first packet; the others follow by next */
    uint16_t last;
    uint16_t count;
    uint16_t head_len; /* bytes of head in use, 0 when count is 1 */
    uint8_t head[ESP_HEAD_MAX];
};

/* Merges consecutive TCP segments of a flow. Takes n < ESP_GRO_NONE packets, each a whole IP packet
 * as esp_decrypt() hands it out, and room for n merged ones; returns how many there are. Order
 * inside a flow is kept. The rules are those of Linux: same addresses, ports, acknowledgement,
 * window, options, TTL, TOS; consecutive sequence numbers; equal lengths but for a shorter last;
 * PSH ends one; SYN, FIN, RST, URG, CWR, pure ACKs, IP options and fragments stay alone. A segment
 * with a wrong TCP checksum is never merged, since a merged packet tells the kernel that its
 * checksum is known to be good.
 * The packets themselves stay as they were, so that a merged packet that turns out to go into
 * another tunnel is sent as the packets it came as. */
unsigned esp_gro_merge(struct esp_packet *packets, unsigned n, struct esp_merged *merged);
/* The bytes of a merged packet for writev(): the number of pieces (count + 1, or 1 for a lone
 * packet), or 0 if max is too small. */
unsigned esp_merged_iov(const struct esp_merged *merged, const struct esp_packet *packets,
                        struct iovec *iov, unsigned max);

#endif
