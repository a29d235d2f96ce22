/* esp_internal.h - what the files of this room share. */
#ifndef ROPEWAY_ESP_INTERNAL_H
#define ROPEWAY_ESP_INTERNAL_H

#include "esp.h"
#include "wire.h"

#include <assert.h>
#include <stdatomic.h>

#define ESP_BATCH     64 /* packets that go through the passes together */
#define ESP_ICV_MAX   32
#define ESP_BLOCK_MAX 16
#define ESP_KEY_MAX   32
#define ESP_SALT_LEN  4
#define ESP_MAC_MAX   64

/* ---- algorithms.c ---- */

struct esp_auth_alg {
    uint16_t id;
    uint8_t key_len; /* the length of the hash's output */
    uint8_t icv_len;
    const char *digest; /* libcrypto's name */
};

/* NULL for unknown numbers and for ESP_AUTH_NONE. */
const struct esp_auth_alg *esp_auth_find(uint16_t id);

/* ---- replay.c: the window of RFC 6479, 1 to ESP_REPLAY_WINDOW_MAX wide, or 0 = no check ---- */

struct esp_replay {
    uint64_t top;    /* the highest number marked */
    uint64_t *bits;  /* a ring of mask + 1 words; borrowed */
    uint32_t window; /* packets */
    uint32_t mask;
};

/* Words of the ring for this window; 0 for 0. */
size_t esp_replay_words(uint32_t window);
/* bits: esp_replay_words(window) words, all 0. */
void esp_replay_init(struct esp_replay *r, uint32_t window, uint64_t top, uint64_t *bits);
/* ESP_OK, ESP_TOO_OLD or ESP_REPLAYED. */
enum esp_result esp_replay_look(const struct esp_replay *r, uint64_t seq);
/* seq has been looked at and found ESP_OK. */
void esp_replay_mark(struct esp_replay *r, uint64_t seq);
/* The 64-bit number of which low is the lower half (RFC 4303, appendix A2). */
uint64_t esp_replay_recover(const struct esp_replay *r, uint32_t low);

/* ---- sa.c ---- */

struct esp_ops;

struct esp_sa {
    /* Read on every packet, written never. */
    const struct esp_ops *ops;
    void *schedule;  /* the engine's expanded keys, behind this struct */
    uint64_t id;     /* unique in this process: engines cache by it */
    uint32_t spi;    /* host order */
    uint16_t encr;   /* enum esp_encr */
    uint16_t auth;   /* enum esp_auth */
    uint8_t key_len; /* of the cipher, without salt */
    uint8_t direction;
    bool esn;
    bool aead;
    struct esp_shape shape;
    uint8_t salt[ESP_SALT_LEN];
    uint64_t seq_limit, seq_soft;
    uint64_t soft_bytes, hard_bytes, soft_packets, hard_packets;
    size_t size; /* of the whole allocation, to wipe it */

    /* Written on every batch. */
    _Alignas(
        64) _Atomic uint64_t seq; /* outbound: the last given out; inbound: the highest accepted */
    _Atomic uint64_t packets;
    _Atomic uint64_t bytes;
    _Atomic uint64_t plain_bytes;
    struct esp_replay replay; /* inbound */
    _Atomic uint64_t results[ESP_RESULT_COUNT];
};

/* The line that a worker writes for each packet it accepts. */
static_assert(offsetof(struct esp_sa, replay) + sizeof(struct esp_replay) -
                      offsetof(struct esp_sa, seq) <=
                  64,
              "the hot part of an SA is one cache line");

/* Past a hard lifetime of packets or bytes. */
static inline bool esp_sa_expired(const struct esp_sa *sa)
{
    return atomic_load_explicit(&sa->packets, memory_order_relaxed) >= sa->hard_packets ||
           atomic_load_explicit(&sa->plain_bytes, memory_order_relaxed) >= sa->hard_bytes;
}

/* A counter with one writer needs no locked instruction. */
static inline void esp_count(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

/* ---- engines ---- */

/* A packet laid out for the engine: SPI, sequence number, IV, text, ICV, one behind the other. The
 * engine works on it in place. */
struct esp_frame {
    struct esp_sa *sa;
    uint8_t *at;       /* the SPI */
    uint32_t text_len; /* a multiple of the block */
    uint32_t seq_high;
    bool ok; /* open: the ICV holds; seal: done */
};

static inline uint8_t *esp_frame_iv(const struct esp_frame *f)
{
    return f->at + ESP_HEADER_LEN;
}

static inline uint8_t *esp_frame_text(const struct esp_frame *f)
{
    return f->at + ESP_HEADER_LEN + f->sa->shape.iv_len;
}

static inline uint8_t *esp_frame_icv(const struct esp_frame *f)
{
    return esp_frame_text(f) + f->text_len;
}

#define ESP_AAD_MAX   12
#define ESP_NONCE_LEN 12

/* RFC 4106, 5: SPI and sequence number, with all 64 bits of it under ESN. Returns the length. */
static inline size_t esp_frame_aad(const struct esp_frame *f, uint8_t aad[ESP_AAD_MAX])
{
    if (!f->sa->esn) {
        memcpy(aad, f->at, 8);
        return 8;
    }
    memcpy(aad, f->at, 4);
    wire_store_be32(aad + 4, f->seq_high);
    memcpy(aad + 8, f->at + 4, 4);
    return 12;
}

/* RFC 4106, 4 and RFC 7634, 2: salt and IV. */
static inline void esp_frame_nonce(const struct esp_frame *f, uint8_t nonce[ESP_NONCE_LEN])
{
    memcpy(nonce, f->sa->salt, ESP_SALT_LEN);
    memcpy(nonce + ESP_SALT_LEN, esp_frame_iv(f), 8);
}

struct esp_ops {
    enum esp_engine_kind kind;
    MUST_USE int (*engine_new)(struct esp_engine **ret);
    void (*engine_free)(struct esp_engine *engine);
    const char *(*name)(const struct esp_engine *engine);
    /* Bytes for expanded keys, 64-byte aligned. */
    size_t (*schedule_size)(void);
    /* Fills sa->schedule; everything else in sa is set. */
    MUST_USE int (*expand)(struct esp_sa *sa, const struct esp_sa_params *params);
    /* At most ESP_BATCH frames. seal: all of one SA; an AEAD's IV is in place, CBC's is made here
     * from the sequence number; -EIO if any failed. */
    MUST_USE int (*seal)(struct esp_engine *engine, struct esp_frame *frames, unsigned n);
    /* Frames of any SAs of this kind; sets ok. */
    void (*open)(struct esp_engine *engine, struct esp_frame *frames, unsigned n);
};

struct esp_engine {
    const struct esp_ops *ops;
};

/* Resolves AUTO; NULL if this build or CPU has no such engine. */
const struct esp_ops *esp_ops_find(enum esp_engine_kind kind);
extern const struct esp_ops esp_libcrypto_ops;
#ifdef ESP_HAVE_IPSEC_MB
extern const struct esp_ops esp_ipsec_mb_ops;
bool esp_ipsec_mb_works(void);
#endif

/* ---- inner.c ---- */

#define ESP_NEXT_IPV4  4
#define ESP_NEXT_IPV6  41
#define ESP_NEXT_DUMMY 59

#define IP_PROTO_TCP 6
#define IP_PROTO_UDP 17

/* Where the parts of an IP packet lie. */
struct esp_inner {
    uint8_t version;  /* 4 or 6 */
    uint8_t protocol; /* after IPv6 extension headers */
    bool fragment;
    uint16_t l4;      /* offset of the transport header */
    uint16_t payload; /* offset behind it; only for TCP and UDP that are no later fragment */
};

/* The length an IP packet gives itself, or 0 if the header does not fit into cap bytes, is
 * malformed or tells of more than cap bytes. */
uint32_t esp_inner_length(const uint8_t *packet, size_t cap);
/* Finds the headers of a packet of len bytes; a super-segment's own length fields are not looked
 * at. -EINVAL if a header is cut or malformed, or the transport is neither TCP nor UDP. */
MUST_USE int esp_inner_parse(const uint8_t *packet, size_t len, struct esp_inner *ret);

static inline bool esp_checksum_fits(size_t len, size_t start, size_t offset)
{
    return start < len && len - start >= 2 && offset <= len - start - 2;
}

#endif
