/* ikev1_message.h - messages of IKEv1 (RFC 2407 - 2409, 3706, 3947): parsed from bytes and built
 * into bytes, with the keys that protect them. Does no I/O and keeps no state. */
#ifndef ROPEWAY_IKE_IKEV1_MESSAGE_H
#define ROPEWAY_IKE_IKEV1_MESSAGE_H

#include "ike_message.h"
#include "wire.h"

/* RFC 2408, 3.1; RFC 3947, 3.2 and its drafts. */
enum ike1_payload {
    IKE1_PAYLOAD_NONE = 0,
    IKE1_PAYLOAD_SA = 1,
    IKE1_PAYLOAD_KE = 4,
    IKE1_PAYLOAD_ID = 5,
    IKE1_PAYLOAD_HASH = 8,
    IKE1_PAYLOAD_NONCE = 10,
    IKE1_PAYLOAD_NOTIFY = 11,
    IKE1_PAYLOAD_DELETE = 12,
    IKE1_PAYLOAD_VENDOR = 13,
    IKE1_PAYLOAD_NAT_D = 20,
    IKE1_PAYLOAD_NAT_D_DRAFT = 130,
};

enum ike1_exchange {
    IKE1_EXCHANGE_MAIN = 2,
    IKE1_EXCHANGE_AGGRESSIVE = 4,
    IKE1_EXCHANGE_INFORMATIONAL = 5,
    IKE1_EXCHANGE_QUICK = 32,
};

enum ike1_flag { IKE1_FLAG_ENCRYPTED = 1, IKE1_FLAG_COMMIT = 2 };

/* RFC 2408, 3.14.1; RFC 2407, 4.6.3; RFC 3706, 6.2. From IKE1_NOTIFY_STATUS on they are no errors.
 */
enum ike1_notify_type {
    IKE1_NOTIFY_INVALID_COOKIE = 4,
    IKE1_NOTIFY_INVALID_SPI = 11,
    IKE1_NOTIFY_NO_PROPOSAL_CHOSEN = 14,
    IKE1_NOTIFY_PAYLOAD_MALFORMED = 16,
    IKE1_NOTIFY_INVALID_ID = 18,
    IKE1_NOTIFY_INVALID_HASH = 23,
    IKE1_NOTIFY_AUTHENTICATION_FAILED = 24,
    IKE1_NOTIFY_STATUS = 16384,
    IKE1_NOTIFY_RESPONDER_LIFETIME = 24576,
    IKE1_NOTIFY_INITIAL_CONTACT = 24578,
    IKE1_NOTIFY_R_U_THERE = 36136,
    IKE1_NOTIFY_R_U_THERE_ACK = 36137,
};

/* What a vendor ID says, as bits. */
enum ike1_vendor {
    IKE1_VENDOR_NAT_T = 1 << 0,        /* RFC 3947 */
    IKE1_VENDOR_NAT_T_DRAFT2 = 1 << 1, /* draft-ietf-ipsec-nat-t-ike-02, written in two ways */
    IKE1_VENDOR_NAT_T_DRAFT3 = 1 << 2,
    IKE1_VENDOR_DPD = 1 << 3,
    IKE1_VENDOR_ROPEWAY = 1 << 4,
};
#define IKE1_VENDOR_ANY_NAT_T                                                                      \
    (IKE1_VENDOR_NAT_T | IKE1_VENDOR_NAT_T_DRAFT2 | IKE1_VENDOR_NAT_T_DRAFT3)

/* RFC 2407, 4.6.2.1: those that name ranges; the others are numbered as in IKEv2. */
enum ike1_id_type {
    IKE1_ID_IPV4_SUBNET = 4,
    IKE1_ID_IPV6_SUBNET = 6,
    IKE1_ID_IPV4_RANGE = 7,
    IKE1_ID_IPV6_RANGE = 8,
};

#define IKE1_AUTH_PSK           1 /* RFC 2409, appendix A */
#define IKE1_ENCAP_TUNNEL       1
#define IKE1_ENCAP_UDP          3 /* RFC 3947, 5.1 */
#define IKE1_ENCAP_UDP_DRAFT    61443
#define IKE1_PROPOSALS_MAX      32
#define IKE1_TRANSFORMS_MAX     256 /* of all proposals; what is beyond is passed over */
#define IKE1_NOTIFIES_MAX       16
#define IKE1_DELETES_MAX        16
#define IKE1_NAT_D_MAX          8
#define IKE1_MESSAGE_MAX        16384 /* of a message that is built */
#define IKE1_BLOCK              16
#define IKE1_VENDOR_ROPEWAY_LEN 16

struct ike1_header {
    uint64_t spi_i; /* the cookies */
    uint64_t spi_r;
    uint8_t next_payload;
    uint8_t version; /* 0x10 */
    uint8_t exchange;
    uint8_t flags;
    uint32_t message_id;
    uint32_t length; /* set when parsed */
};

/* A transform with its attributes in IKEv1's own numbers; 0: there was none. */
struct ike1_transform {
    uint8_t number;
    uint8_t id;
    struct crypto_span attributes; /* as they came, to be sent back */
    uint16_t encr;                 /* of an IKE SA; of ESP it is the id */
    uint16_t hash;                 /* of an IKE SA, or the authentication algorithm of ESP */
    uint16_t auth_method;
    uint16_t group;
    uint16_t key_bits;
    uint16_t encap;
    bool esn;
    bool unknown; /* an attribute that we do not know: it must not be chosen */
    uint64_t life_s;
    uint64_t life_kb;
};

struct ike1_proposal {
    uint8_t number; /* those with the same one are to be taken together */
    uint8_t protocol;
    uint8_t spi_len;
    uint64_t spi;
    uint16_t first; /* its transforms */
    uint16_t count;
};

/* An identity; that of a quick mode is a range of addresses. */
struct ike1_id {
    struct ike_id id;
    uint8_t protocol;
    uint16_t port;
    struct crypto_span body; /* all of it, as hashes cover it */
};

struct ike1_notify {
    uint8_t protocol;
    uint16_t type;
    struct crypto_span spi;
    struct crypto_span data;
};

struct ike1_delete {
    uint8_t protocol;
    uint8_t spi_len;
    uint16_t count;
    struct crypto_span spis;
};

/* Borrows from the bytes it was parsed from. */
struct ike1_message {
    struct ike1_header hdr;
    struct crypto_span sa; /* the payload's body; data NULL: there is none */
    struct crypto_span ke;
    struct crypto_span nonce;
    struct crypto_span hash;
    struct crypto_span after_hash; /* all payloads behind the first HASH, without padding */
    uint8_t n_ids;
    uint8_t n_nat_d;
    uint8_t n_notifies;
    uint8_t n_deletes;
    uint8_t n_proposals;
    uint16_t n_transforms;
    unsigned vendors;
    struct crypto_span ropeway; /* what our vendor ID carries */
    struct ike1_id ids[2];
    struct crypto_span nat_d[IKE1_NAT_D_MAX];
    struct ike1_notify notifies[IKE1_NOTIFIES_MAX];
    struct ike1_delete deletes[IKE1_DELETES_MAX];
    struct ike1_proposal proposals[IKE1_PROPOSALS_MAX];
    struct ike1_transform transforms[IKE1_TRANSFORMS_MAX];
};

/* ---- codec1_parse.c ---- */

/* -EBADMSG: no message of IKEv1, or longer than what came. */
MUST_USE int ike1_header_parse(const uint8_t *data, size_t len, struct ike1_header *ret);
/* The payloads, clear or decrypted; what follows the last one is padding. Those we do not know are
 * passed over. -EBADMSG. */
MUST_USE int ike1_payloads_parse(const struct ike1_header *hdr, struct crypto_span payloads,
                                 struct ike1_message *ret);
const struct ike1_notify *ike1_message_notify(const struct ike1_message *m, uint16_t type);
/* The first that is an error; NULL. */
const struct ike1_notify *ike1_message_error(const struct ike1_message *m);
const char *ike1_notify_name(uint16_t type);

/* ---- codec1_sa.c ---- */

/* Fills sa, proposals and transforms. -EBADMSG. */
MUST_USE int ike1_sa_parse(struct crypto_span body, struct ike1_message *m);
/* RFC 2407, 4.6.3.1: the data of RESPONDER-LIFETIME. 0: not told. */
MUST_USE int ike1_lifetime_parse(struct crypto_span data, uint64_t *ret_s, uint64_t *ret_kb);

/* ---- codec1_id.c ---- */

/* As a range of addresses with protocol and ports. -EPROTO: it is none. */
MUST_USE int ike1_id_range(const struct ike1_id *id, struct ike_ts *ret);
/* The body of the one that names a prefix; returns its length. */
#define IKE1_ID_PREFIX_MAX 36
size_t ike1_id_prefix(const struct prefix *prefix, uint8_t ret[IKE1_ID_PREFIX_MAX]);

/* ---- codec1_build.c ---- */

/* Payloads in a row; each is linked to from the one before. */
struct ike1_builder {
    struct wire_writer w;
    size_t next_at; /* the type of the next payload belongs there */
    size_t begun_at;
};

void ike1_build_begin(struct ike1_builder *b, uint8_t *data, size_t cap,
                      const struct ike1_header *hdr);
/* Between the two its body is written to b->w. */
void ike1_payload_begin(struct ike1_builder *b, uint8_t type);
void ike1_payload_end(struct ike1_builder *b);
/* A payload of one part or two. */
void ike1_put_payload(struct ike1_builder *b, uint8_t type, struct crypto_span first,
                      struct crypto_span second);
void ike1_put_notify(struct ike1_builder *b, uint8_t protocol, uint16_t type,
                     struct crypto_span spi, struct crypto_span data);
void ike1_put_delete(struct ike1_builder *b, uint8_t protocol, uint8_t spi_len, uint16_t count,
                     struct crypto_span spis);
void ike1_put_vendors(struct ike1_builder *b, unsigned vendors);
void ike1_put_ropeway(struct ike1_builder *b, struct crypto_span data);
/* An attribute; what does not fit into two bytes gets the length that it needs. */
void ike1_put_attribute(struct ike1_builder *b, uint16_t type, uint64_t value);
/* An SA payload of one proposal: begin, for each transform begin and end, end. */
void ike1_sa_begin(struct ike1_builder *b, uint8_t protocol, uint8_t number,
                   struct crypto_span spi);
void ike1_transform_begin(struct ike1_builder *b, uint8_t number, uint8_t id);
void ike1_transform_end(struct ike1_builder *b);
void ike1_sa_end(struct ike1_builder *b);
/* 0 and the length, also written into the header. -ENOBUFS. */
MUST_USE int ike1_build_end(struct ike1_builder *b, size_t *ret_len);

/* ---- codec1_keys.c ---- */

/* RFC 2409, 5: with a pre-shared key. */
struct ike1_keys {
    uint8_t skeyid[CRYPTO_PRF_MAX];
    uint8_t d[CRYPTO_PRF_MAX];
    uint8_t a[CRYPTO_PRF_MAX];
    uint8_t e[CRYPTO_ENCR_KEY_MAX]; /* the key of the cipher */
};

/* What both ends know of a first phase. */
struct ike1_secrets {
    const struct ike_algs *algs;
    uint64_t spi_i;
    uint64_t spi_r;
    struct crypto_span nonce_i;
    struct crypto_span nonce_r;
    struct crypto_span ke_i;
    struct crypto_span ke_r;
    struct crypto_span shared;
};

MUST_USE int ike1_derive(const struct ike1_secrets *s, struct crypto_span psk,
                         struct ike1_keys *ret);
/* HASH_I or HASH_R: by_initiator; id is the body of whose hash it is. */
MUST_USE int ike1_phase1_hash(const struct ike1_secrets *s, const struct ike1_keys *keys,
                              bool by_initiator, struct crypto_span sa, struct crypto_span id,
                              uint8_t *ret);
/* The IV of the first protected message of phase 1; of an exchange of phase 2, after the last block
 * of phase 1. */
MUST_USE int ike1_phase1_iv(const struct ike1_secrets *s, uint8_t ret[IKE1_BLOCK]);
MUST_USE int ike1_phase2_iv(const struct crypto_prf *prf, const uint8_t last[IKE1_BLOCK],
                            uint32_t message_id, uint8_t ret[IKE1_BLOCK]);
/* HASH(1) to HASH(3) of phase 2: of what is behind it, with what goes in front. */
struct ike1_hash_input {
    bool third; /* a 0 byte in front */
    uint32_t message_id;
    struct crypto_span nonce_i; /* of HASH(2) and (3) */
    struct crypto_span nonce_r; /* of HASH(3) */
    struct crypto_span payloads;
};
MUST_USE int ike1_phase2_hash(const struct crypto_prf *prf, const struct ike1_keys *keys,
                              const struct ike1_hash_input *in, uint8_t *ret);
/* RFC 2409, 5.5: of the SA with this SPI, which is its receiver's. */
MUST_USE int ike1_keymat(const struct crypto_prf *prf, const struct ike1_keys *keys,
                         struct crypto_span shared, uint32_t spi, struct crypto_span nonce_i,
                         struct crypto_span nonce_r, uint8_t *ret, size_t len);
/* RFC 3947, 3.2. */
MUST_USE int ike1_nat_hash(const struct crypto_prf *prf, uint64_t spi_i, uint64_t spi_r,
                           const struct endpoint *at, uint8_t *ret);
/* Pads and encrypts what was built, in place, and moves iv on. */
MUST_USE int ike1_encrypt(const struct ike_algs *algs, const struct ike1_keys *keys,
                          uint8_t iv[IKE1_BLOCK], uint8_t *data, size_t cap, size_t *len);
/* The payloads of a protected message into ret, and iv moved on. -EBADMSG: not whole blocks. */
MUST_USE int ike1_decrypt(const struct ike_algs *algs, const struct ike1_keys *keys,
                          uint8_t iv[IKE1_BLOCK], struct crypto_span sealed, uint8_t *ret);

#endif
