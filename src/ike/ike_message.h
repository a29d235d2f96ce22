/* ike_message.h - IKEv2 messages: bytes to struct and back, protection, key derivation.
 *
 * Sans-IO: takes bytes, gives structs. Everything is bounded; nothing allocates except
 * ike_sk_new() and the reassembly of fragments. Section numbers are of RFC 7296 unless another RFC
 * is named.
 *
 * How a datagram is received (without the non-ESP marker of port 4500, which is the daemon's):
 *   ike_message_parse()      header and clear payloads; finds the Encrypted payload, if any
 *   ike_message_unprotect()  if the message has one: check, decrypt, parse what was inside
 *   ike_message_check()      the rules of the exchange; says which kind of message it is
 * and sent:
 *   ike_message_init(), fill the fields, ike_message_build() or ike_message_protect(). */
#ifndef ROPEWAY_IKE_MESSAGE_H
#define ROPEWAY_IKE_MESSAGE_H

#include "base.h"
#include "crypto.h"
#include "ident.h"
#include "words.h"

/* ---- numbers of the registry ---- */

enum ike_exchange {
    IKE_EXCHANGE_SA_INIT = 34,
    IKE_EXCHANGE_AUTH = 35,
    IKE_EXCHANGE_CREATE_CHILD_SA = 36,
    IKE_EXCHANGE_INFORMATIONAL = 37,
    IKE_EXCHANGE_INTERMEDIATE = 43, /* RFC 9242 */
    IKE_EXCHANGE_FOLLOWUP_KE = 44,  /* RFC 9370 */
};

enum ike_flag {
    IKE_FLAG_INITIATOR = 0x08, /* sender is the original initiator of the IKE SA */
    IKE_FLAG_VERSION = 0x10,
    IKE_FLAG_RESPONSE = 0x20,
};

enum ike_payload_type {
    IKE_PAYLOAD_NONE = 0,
    IKE_PAYLOAD_SA = 33,
    IKE_PAYLOAD_KE = 34,
    IKE_PAYLOAD_IDI = 35,
    IKE_PAYLOAD_IDR = 36,
    IKE_PAYLOAD_CERT = 37,
    IKE_PAYLOAD_CERTREQ = 38,
    IKE_PAYLOAD_AUTH = 39,
    IKE_PAYLOAD_NONCE = 40,
    IKE_PAYLOAD_NOTIFY = 41,
    IKE_PAYLOAD_DELETE = 42,
    IKE_PAYLOAD_VENDOR = 43,
    IKE_PAYLOAD_TSI = 44,
    IKE_PAYLOAD_TSR = 45,
    IKE_PAYLOAD_SK = 46,
    IKE_PAYLOAD_CP = 47,
    IKE_PAYLOAD_EAP = 48,
    IKE_PAYLOAD_SKF = 53, /* RFC 7383 */
};

enum ike_protocol {
    IKE_PROTOCOL_NONE = 0,
    IKE_PROTOCOL_IKE = 1,
    IKE_PROTOCOL_AH = 2,
    IKE_PROTOCOL_ESP = 3,
};

enum ike_transform_type {
    IKE_TRANSFORM_ENCR = 1,
    IKE_TRANSFORM_PRF = 2,
    IKE_TRANSFORM_INTEG = 3,
    IKE_TRANSFORM_DH = 4,
    IKE_TRANSFORM_ESN = 5,
    IKE_TRANSFORM_ADDKE_1 = 6, /* RFC 9370: additional key exchanges, of the methods of type 4 */
    IKE_TRANSFORM_ADDKE_7 = 12,
};

#define IKE_ADDITIONAL_MAX 7

enum ike_esn { IKE_ESN_NO = 0, IKE_ESN_YES = 1 };

enum ike_id_type {
    IKE_ID_IPV4 = 1,
    IKE_ID_FQDN = 2,
    IKE_ID_EMAIL = 3,
    IKE_ID_IPV6 = 5,
    IKE_ID_DN = 9,
    IKE_ID_GN = 10,
    IKE_ID_KEY_ID = 11,
};

enum ike_cert_encoding {
    IKE_CERT_X509_SIGNATURE = 4,
};

enum ike_auth_method {
    IKE_AUTH_RSA = 1,
    IKE_AUTH_PSK = 2,
    IKE_AUTH_DSS = 3,
    IKE_AUTH_ECDSA_256 = 9,
    IKE_AUTH_ECDSA_384 = 10,
    IKE_AUTH_ECDSA_521 = 11,
    IKE_AUTH_NULL = 13,
    IKE_AUTH_SIGNATURE = 14,
};

/* 3.10.1 and later RFCs; below IKE_NOTIFY_STATUS_MIN it is an error. */
enum ike_notify_type {
    IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD = 1,
    IKE_NOTIFY_INVALID_IKE_SPI = 4,
    IKE_NOTIFY_INVALID_MAJOR_VERSION = 5,
    IKE_NOTIFY_INVALID_SYNTAX = 7,
    IKE_NOTIFY_INVALID_MESSAGE_ID = 9,
    IKE_NOTIFY_INVALID_SPI = 11,
    IKE_NOTIFY_NO_PROPOSAL_CHOSEN = 14,
    IKE_NOTIFY_INVALID_KE_PAYLOAD = 17,
    IKE_NOTIFY_AUTHENTICATION_FAILED = 24,
    IKE_NOTIFY_SINGLE_PAIR_REQUIRED = 34,
    IKE_NOTIFY_NO_ADDITIONAL_SAS = 35,
    IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE = 36,
    IKE_NOTIFY_FAILED_CP_REQUIRED = 37,
    IKE_NOTIFY_TS_UNACCEPTABLE = 38,
    IKE_NOTIFY_INVALID_SELECTORS = 39,
    IKE_NOTIFY_TEMPORARY_FAILURE = 43,
    IKE_NOTIFY_CHILD_SA_NOT_FOUND = 44,
    IKE_NOTIFY_STATE_NOT_FOUND = 47, /* RFC 9370 */

    IKE_NOTIFY_STATUS_MIN = 16384,
    IKE_NOTIFY_INITIAL_CONTACT = 16384,
    IKE_NOTIFY_SET_WINDOW_SIZE = 16385,
    IKE_NOTIFY_ADDITIONAL_TS_POSSIBLE = 16386,
    IKE_NOTIFY_IPCOMP_SUPPORTED = 16387,
    IKE_NOTIFY_NAT_DETECTION_SOURCE_IP = 16388,
    IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP = 16389,
    IKE_NOTIFY_COOKIE = 16390,
    IKE_NOTIFY_USE_TRANSPORT_MODE = 16391,
    IKE_NOTIFY_HTTP_CERT_LOOKUP_SUPPORTED = 16392,
    IKE_NOTIFY_REKEY_SA = 16393,
    IKE_NOTIFY_ESP_TFC_PADDING_NOT_SUPPORTED = 16394,
    IKE_NOTIFY_NON_FIRST_FRAGMENTS_ALSO = 16395,
    IKE_NOTIFY_MOBIKE_SUPPORTED = 16396,
    IKE_NOTIFY_REDIRECT_SUPPORTED = 16406,
    IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED = 16418,
    IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED = 16420,
    IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC = 16422,
    IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED = 16430,
    IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS = 16431,
    IKE_NOTIFY_USE_PPK = 16435,
    IKE_NOTIFY_PPK_IDENTITY = 16436,
    IKE_NOTIFY_NO_PPK_AUTH = 16437,
    IKE_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED = 16438,
    IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE = 16441, /* RFC 9370 */
    IKE_NOTIFY_SA_RESOURCE_INFO = 16446,        /* RFC 9611 */
};

/* Names for logs and diagnoses, as the RFCs write them; "unknown" for others. Borrowed for ever. */
const char *ike_exchange_name(unsigned exchange);
const char *ike_payload_name(unsigned type);
const char *ike_notify_name(unsigned type);
const char *ike_protocol_name(unsigned protocol);
const char *ike_transform_type_name(unsigned type);
const char *ike_id_type_name(unsigned type);
/* The same as a message without arguments. */
enum words_code ike_auth_method_code(unsigned method);

/* ---- a message ---- */

#define IKE_HEADER_LEN     28
#define IKE_MESSAGE_MAX    65535 /* longest message read or built */
#define IKE_SPI_LEN        8
#define IKE_NONCE_MIN      16 /* 3.9 */
#define IKE_NONCE_MAX      256
#define IKE_PROPOSALS_MAX  255
#define IKE_TRANSFORMS_MAX 255  /* per proposal: all that its count can say */
#define IKE_TRANSFORMS_ALL 4096 /* of all proposals of a message */
#define IKE_TS_MAX         255  /* per payload: all that its count can say */
#define IKE_NOTIFIES_MAX   256
#define IKE_DELETES_MAX    256
#define IKE_VENDORS_MAX    32
#define IKE_OPAQUES_MAX    128

/* 3.1. SPIs are the eight bytes as a big-endian number; 0 = not chosen yet. */
struct ike_header {
    uint64_t spi_i;
    uint64_t spi_r;
    uint8_t next_payload; /* set when parsed; the builder fills it in by itself */
    uint8_t version;      /* 0x20 */
    uint8_t exchange;     /* enum ike_exchange */
    uint8_t flags;        /* enum ike_flag */
    uint32_t message_id;
    uint32_t length; /* set when parsed */
};

/* 3.3.2 */
struct ike_transform {
    uint8_t type; /* enum ike_transform_type */
    uint16_t id;
    uint16_t key_bits;   /* Key Length attribute; 0 = absent */
    uint16_t other_attr; /* a first attribute we do not know (type | 0x8000), 0 = none: such a
                            transform must not be chosen (3.3.6) */
};

/* 3.3.1. Its transforms lie in the message's own store: a message is not copied. */
struct ike_proposal {
    uint8_t number;   /* 1, 2, ... */
    uint8_t protocol; /* enum ike_protocol */
    uint8_t spi_len;  /* 0 (first IKE SA), 8 (IKE rekey), 4 (ESP, AH) */
    uint8_t n_transforms;
    uint64_t spi; /* its spi_len bytes as a big-endian number */
    struct ike_transform *transforms;
    struct ike_message *message;
};

struct ike_ke {
    uint16_t group; /* enum crypto_dh_id */
    struct crypto_span data;
};

struct ike_id {
    uint8_t type;        /* enum ike_id_type */
    uint8_t reserved[3]; /* 0 when sent; as received it is part of what AUTH covers (2.15) */
    struct crypto_span data;
};

struct ike_auth {
    uint8_t method; /* enum ike_auth_method */
    struct crypto_span data;
};

struct ike_notify {
    uint8_t protocol; /* enum ike_protocol; NONE unless it is about a child SA */
    uint8_t spi_len;  /* 0, 4 or 8 */
    uint16_t type;    /* enum ike_notify_type */
    uint64_t spi;     /* its spi_len bytes as a big-endian number */
    struct crypto_span data;
};

/* 3.11. spis holds count SPIs of spi_len bytes, packed; for the IKE SA itself all three are 0. */
struct ike_delete {
    uint8_t protocol;
    uint8_t spi_len;
    uint16_t count;
    struct crypto_span spis;
};

/* 3.13.1, types IPv4 (7) and IPv6 (8) only; others were counted and left out. Ports in host order;
 * start 0 and end 65535 = any; start 65535 and end 0 = OPAQUE. */
struct ike_ts {
    struct addr start; /* both of one family, start <= end */
    struct addr end;
    uint16_t start_port;
    uint16_t end_port;
    uint8_t protocol; /* IP protocol, 0 = any */
};

struct ike_ts_list {
    uint8_t count;
    uint8_t unknown; /* selectors of a type we do not know; not rebuilt */
    struct ike_ts ts[IKE_TS_MAX];
};

/* A payload known by name but not looked into: CERT, CERTREQ, CP, EAP. */
struct ike_opaque {
    uint8_t type; /* enum ike_payload_type */
    struct crypto_span body;
};

/* 3.14, and RFC 7383 2.5 (SKF). */
struct ike_encrypted {
    uint8_t first; /* type of the first payload inside */
    bool is_fragment;
    uint16_t fragment; /* 1.. total; SKF only */
    uint16_t fragment_total;
    struct crypto_span body; /* IV, ciphertext, checksum; points into the datagram */
};

#define IKE_BIT(type) (UINT64_C(1) << (type)) /* for payload types below 64 */

/* A parsed message, or one to be built. Spans borrow: from the datagram, from the plaintext buffer
 * given to ike_message_unprotect(), or from whoever fills in a message to build.
 *
 * Single payloads (SA, KE, IDi, IDr, AUTH, Nonce, TSi, TSr) are there if their bit is set in
 * `present`; those that may repeat have a count. A second one of a single kind is refused. What is
 * beyond the sizes of the arrays is read and left out: as much as that says nothing that a peer
 * needs. Of notifies the last place is for an error, of deletes for that of the IKE SA. */
struct ike_message {
    struct ike_header hdr;
    uint64_t present;        /* IKE_BIT() of every payload type seen, clear or protected */
    uint64_t present_clear;  /* of those outside the Encrypted payload, SK or SKF itself included */
    bool was_protected;      /* set by ike_message_unprotect() only: integrity held */
    struct ike_encrypted sk; /* valid if SK or SKF is in present_clear */
    struct crypto_span inner; /* what was inside, decrypted */

    uint8_t n_proposals; /* SA */
    uint8_t n_vendors;
    uint8_t n_opaques;
    uint16_t n_transforms; /* of all proposals */
    uint16_t n_notifies;
    uint16_t n_deletes;
    struct ike_ke ke;
    struct ike_id idi;
    struct ike_id idr;
    struct ike_auth auth;
    struct crypto_span nonce;
    struct ike_ts_list tsi;
    struct ike_ts_list tsr;
    /* From here on nothing is cleared: the counts say what there is. */
    struct ike_proposal proposals[IKE_PROPOSALS_MAX];
    struct ike_transform transforms[IKE_TRANSFORMS_ALL];
    struct ike_notify notifies[IKE_NOTIFIES_MAX];
    struct ike_delete deletes[IKE_DELETES_MAX];
    struct crypto_span vendors[IKE_VENDORS_MAX];
    struct ike_opaque opaques[IKE_OPAQUES_MAX];
};

static inline bool ike_message_has(const struct ike_message *m, enum ike_payload_type type)
{
    return (m->present & IKE_BIT(type)) != 0;
}

/* Marks a single payload as present after its fields were filled in. */
static inline void ike_message_mark(struct ike_message *m, enum ike_payload_type type)
{
    m->present |= IKE_BIT(type);
}

static inline bool ike_message_is_response(const struct ike_message *m)
{
    return (m->hdr.flags & IKE_FLAG_RESPONSE) != 0;
}

/* ---- what was wrong ---- */

enum ike_fault {
    IKE_FAULT_NONE,
    IKE_FAULT_NOT_IKE,       /* shorter than a header, or its length is not the datagram's */
    IKE_FAULT_VERSION_1,     /* an IKEv1 message: for the IKEv1 room */
    IKE_FAULT_VERSION,       /* major version above 2: INVALID_MAJOR_VERSION */
    IKE_FAULT_SYNTAX,        /* a payload does not parse: INVALID_SYNTAX */
    IKE_FAULT_CRITICAL,      /* unknown payload marked critical: UNSUPPORTED_CRITICAL_PAYLOAD */
    IKE_FAULT_INTEGRITY,     /* checksum, padding: drop silently */
    IKE_FAULT_NOT_PROTECTED, /* a clear payload where only protected ones may be, or the reverse */
    IKE_FAULT_MISSING,       /* the exchange needs this payload */
    IKE_FAULT_REPEATED,      /* there may be only one */
    IKE_FAULT_UNEXPECTED,    /* an exchange that is not known */
};

/* For the notify to answer with and for the diagnosis. */
struct ike_problem {
    enum ike_fault fault;
    uint8_t payload; /* the payload type concerned, 0 = the header or none */
};

/* Half a sentence for diagnoses, without arguments: "does not parse". */
enum words_code ike_fault_code(enum ike_fault fault);
/* The notify that reports it (UNSUPPORTED_CRITICAL_PAYLOAD carries one byte: problem.payload);
 * 0 if the message is to be dropped without a word. */
uint16_t ike_fault_notify(enum ike_fault fault);

/* ---- parsing ---- */

/* Reads the header alone and checks it against len. -EBADMSG (NOT_IKE, or a version fault, with
 * *ret filled for the latter). A version fault for IKEv1: -EPROTONOSUPPORT and VERSION_1.
 * ret_problem may be NULL here and below; it is written on failure only. */
MUST_USE int ike_header_parse(const uint8_t *data, size_t len, struct ike_header *ret,
                              struct ike_problem *ret_problem);

/* Header and clear payloads. An Encrypted payload must be the last; its contents wait for
 * ike_message_unprotect(). Unknown payloads are skipped unless critical. -EBADMSG,
 * -EPROTONOSUPPORT (a version, a critical payload). On failure ret->hdr is valid if the
 * fault is none of NOT_IKE; the rest of *ret is not to be used. */
MUST_USE int ike_message_parse(const uint8_t *data, size_t len, struct ike_message *ret,
                               struct ike_problem *ret_problem);

/* Parses a chain of payloads (the decrypted inside of an Encrypted payload) into m, adding to what
 * it holds. Used by ike_message_unprotect(), by reassembled fragments, and by fuzzers. m is not to
 * be used after a failure. */
MUST_USE int ike_message_parse_inner(struct ike_message *m, uint8_t first, struct crypto_span chain,
                                     struct ike_problem *ret_problem);

/* ---- the rules of the exchanges ---- */

/* What a message turned out to be. Requests and responses differ. */
enum ike_kind {
    IKE_KIND_SA_INIT_REQUEST,
    IKE_KIND_SA_INIT_RESPONSE,
    IKE_KIND_SA_INIT_COOKIE,       /* response: come again with this cookie (2.6) */
    IKE_KIND_SA_INIT_INVALID_KE,   /* response: come again with another group (1.3) */
    IKE_KIND_SA_INIT_FAILED,       /* response: any other error notify */
    IKE_KIND_INTERMEDIATE_REQUEST, /* with the value of an additional key exchange */
    IKE_KIND_INTERMEDIATE_RESPONSE,
    IKE_KIND_INTERMEDIATE_FAILED, /* response: an error notify */
    IKE_KIND_AUTH_REQUEST,
    IKE_KIND_AUTH_RESPONSE,
    IKE_KIND_AUTH_NO_CHILD,       /* response: IKE SA up, child refused by an error notify (1.2) */
    IKE_KIND_AUTH_FAILED,         /* response: protected, an error notify, no AUTH */
    IKE_KIND_CHILD_REQUEST,       /* CREATE_CHILD_SA: a new child SA (1.3.1) */
    IKE_KIND_CHILD_REKEY_REQUEST, /* 1.3.3: with N(REKEY_SA) */
    IKE_KIND_CHILD_RESPONSE,      /* to either */
    IKE_KIND_IKE_REKEY_REQUEST,   /* 1.3.2 */
    IKE_KIND_IKE_REKEY_RESPONSE,
    IKE_KIND_CREATE_FAILED,    /* CREATE_CHILD_SA response: an error notify, no SA */
    IKE_KIND_FOLLOWUP_REQUEST, /* the next key exchange of a CREATE_CHILD_SA */
    IKE_KIND_FOLLOWUP_RESPONSE,
    IKE_KIND_FOLLOWUP_FAILED,       /* response: an error notify */
    IKE_KIND_INFORMATIONAL_REQUEST, /* protected; may be empty (liveness) */
    IKE_KIND_INFORMATIONAL_RESPONSE,
    IKE_KIND_CLEAR_ERROR, /* unprotected error outside SA_INIT (2.21.4): a hint, never proof */
    IKE_KINDS,
};

const char *ike_kind_name(enum ike_kind kind);

/* Applies the table: which payloads there must be, protected or not. Run it after
 * ike_message_unprotect(), before any handler. A known payload that has no place in the exchange is
 * passed over: handlers do not look at it. -EPROTO with MISSING, UNEXPECTED or NOT_PROTECTED. A
 * message whose SK was not opened is NOT_PROTECTED. SPIs and message IDs are the state machine's
 * business. */
MUST_USE int ike_message_check(const struct ike_message *m, enum ike_kind *ret_kind,
                               struct ike_problem *ret_problem);

/* ---- reading helpers ---- */

/* First notify of the type; NULL. */
const struct ike_notify *ike_message_notify(const struct ike_message *m, uint16_t type);
/* First notify that is an error; NULL. */
const struct ike_notify *ike_message_error(const struct ike_message *m);
/* i < d->count. */
uint64_t ike_delete_spi(const struct ike_delete *d, size_t i);

/* ---- building ---- */

/* Clears the message and fills in the header: version 2.0, the flags as given. */
void ike_message_init(struct ike_message *m, enum ike_exchange exchange, uint8_t flags,
                      uint64_t spi_i, uint64_t spi_r, uint32_t message_id);
/* Appends, and sets the bit. NULL (-ENOSPC for int) if the array is full: a bug of the caller. data
 * is borrowed until the message is built. */
struct ike_notify *ike_message_add_notify(struct ike_message *m, uint16_t type, const void *data,
                                          size_t len);
/* A delete of the IKE SA, or of count child SPIs packed as 4 big-endian bytes each (borrowed). */
MUST_USE int ike_message_add_delete(struct ike_message *m, enum ike_protocol protocol,
                                    const uint8_t *spis, size_t count);
MUST_USE int ike_message_add_opaque(struct ike_message *m, enum ike_payload_type type,
                                    struct crypto_span body);
MUST_USE int ike_message_add_vendor(struct ike_message *m, const void *data, size_t len);
/* A next, empty proposal, numbered from 1 on. NULL if full. */
struct ike_proposal *ike_message_add_proposal(struct ike_message *m, enum ike_protocol protocol,
                                              uint8_t spi_len, uint64_t spi);
/* To the proposal added last. -ENOSPC. */
MUST_USE int ike_proposal_add(struct ike_proposal *p, enum ike_transform_type type, uint16_t id,
                              uint16_t key_bits);
/* The whole of one prefix, any protocol and port; -ENOSPC if full. */
MUST_USE int ike_ts_add_prefix(struct ike_ts_list *list, const struct prefix *prefix);

/* The clear bytes of the message, payloads in the RFC's order for the exchange. Ignores
 * m->sk. -ENOBUFS if cap does not do, -EINVAL if a field cannot be encoded. */
MUST_USE int ike_message_build(const struct ike_message *m, uint8_t *buf, size_t cap,
                               size_t *ret_len);

/* The payload chain alone, as it goes inside an Encrypted payload. */
MUST_USE int ike_message_build_inner(const struct ike_message *m, uint8_t *buf, size_t cap,
                                     uint8_t *ret_first, size_t *ret_len);

/* ---- negotiated algorithms and keys (2.13 - 2.18) ---- */

struct ike_algs {
    const struct crypto_encr *encr;
    const struct crypto_integ *integ; /* NULL with an AEAD */
    const struct crypto_prf *prf;
    const struct crypto_dh_group *dh;
    uint16_t additional[IKE_ADDITIONAL_MAX]; /* methods of the key exchanges after it; 0: no more */
};

/* SK_d, SK_a?, SK_e?, SK_p?; how many bytes of each count follows from the algorithms: prf->len for
 * d, pi, pr; integ->key_len (0 with AEAD) for ai, ar; crypto_encr_material() for ei, er. The owner
 * wipes it: crypto_wipe(&keys, sizeof(keys)). */
struct ike_keys {
    uint8_t d[CRYPTO_PRF_MAX];
    uint8_t ai[CRYPTO_INTEG_KEY_MAX];
    uint8_t ar[CRYPTO_INTEG_KEY_MAX];
    uint8_t ei[CRYPTO_ENCR_KEY_MAX];
    uint8_t er[CRYPTO_ENCR_KEY_MAX];
    uint8_t pi[CRYPTO_PRF_MAX];
    uint8_t pr[CRYPTO_PRF_MAX];
};

/* What the keys of one IKE SA are made from. All borrowed. */
struct ike_key_input {
    struct crypto_span secret; /* g^ir, as crypto_dh_finish() gives it */
    struct crypto_span nonce_i;
    struct crypto_span nonce_r;
    uint64_t spi_i;
    uint64_t spi_r;
    struct crypto_span more; /* of a rekey: the secrets of the additional exchanges, in a row */
};

/* 2.14: SKEYSEED and the seven keys of a first IKE SA. *ret is zeroed on failure. */
MUST_USE int ike_derive_keys(const struct ike_algs *algs, const struct ike_key_input *in,
                             struct ike_keys *ret);
/* 2.18, and RFC 9370, 2.2.4: of an IKE SA that replaces another; old_prf and old_d (old_prf->len
 * bytes) are the replaced SA's, algs and in the new one's. With its own prf and SK_d these are the
 * keys of an IKE SA after an additional key exchange (RFC 9370, 2.2.2). */
MUST_USE int ike_derive_rekeyed(const struct ike_algs *algs, const struct ike_key_input *in,
                                const struct crypto_prf *old_prf, const uint8_t *old_d,
                                struct ike_keys *ret);

/* Keys of a child SA pair, by direction of traffic: i is sent by the initiator of the exchange that
 * made the pair. encr holds key then salt. */
struct ike_child_keys {
    uint8_t encr_i[CRYPTO_ENCR_KEY_MAX];
    uint8_t integ_i[CRYPTO_INTEG_KEY_MAX];
    uint8_t encr_r[CRYPTO_ENCR_KEY_MAX];
    uint8_t integ_r[CRYPTO_INTEG_KEY_MAX];
};

/* 2.17, and RFC 9370, 2.2.4. secret is empty without PFS, and more (the secrets of the additional
 * exchanges) then, too. integ may be NULL (AEAD). */
MUST_USE int ike_derive_child(const struct crypto_prf *prf, const uint8_t *sk_d,
                              struct crypto_span secret, struct crypto_span nonce_i,
                              struct crypto_span nonce_r, struct crypto_span more,
                              const struct crypto_encr *encr, const struct crypto_integ *integ,
                              struct ike_child_keys *ret);

/* What a side proves that it knows (2.15): it sent `message` (its IKE_SA_INIT message, whole, as it
 * went over the wire); peer_nonce is the other side's, sk_p this side's SK_pi or SK_pr;
 * intermediate is IntAuth of RFC 9242, 3.3.2, empty if there was no such exchange. */
struct ike_auth_input {
    struct crypto_span message;
    struct crypto_span peer_nonce;
    const uint8_t *sk_p;
    struct crypto_span intermediate;
};

/* 2.15: the AUTH data (prf->len bytes) of the side that is called `id`. Compare with
 * mem_equal_ct(). */
MUST_USE int ike_psk_auth(const struct crypto_prf *prf, struct crypto_span psk,
                          const struct ike_auth_input *in, const struct ike_id *id, uint8_t *ret);

/* 2.15: the octets that the side signs: as above, without the last step. */
MUST_USE int ike_signed_octets(const struct crypto_prf *prf, const struct ike_auth_input *in,
                               const struct ike_id *id, struct buf *ret);

/* RFC 9242, 3.3.2: IntAuth of one side after one more of its IKE_INTERMEDIATE messages, with this
 * header and these payloads (of which the first has that type), as they were before encryption and
 * fragmentation; sk_p is that side's key of the exchange. before and ret have prf->len bytes;
 * before is empty for the first one. */
MUST_USE int ike_int_auth(const struct crypto_prf *prf, const uint8_t *sk_p,
                          struct crypto_span before, const struct ike_header *hdr, uint8_t first,
                          struct crypto_span payloads, uint8_t *ret);

/* 2.23: SHA-1 of SPIs, address and port, for NAT_DETECTION_*_IP. */
MUST_USE int ike_nat_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *ep,
                          uint8_t ret[CRYPTO_SHA1_LEN]);

/* ---- protection (3.14) ---- */

/* Both directions of an IKE SA's SK keys, made ready once. */
struct ike_sk;

/* is_initiator: we are the original initiator, so we send with SK_ei/SK_ai. IVs come from random,
 * which is copied. */
MUST_USE int ike_sk_new(const struct ike_algs *algs, const struct ike_keys *keys, bool is_initiator,
                        const struct crypto_random *random, struct ike_sk **ret);
void ike_sk_free(struct ike_sk *sk);

/* Builds m with all its payloads inside one Encrypted payload (an empty one if it has none) and
 * seals it. Each call uses a fresh IV, so keep the bytes for retransmission. -ENOBUFS, -EINVAL. */
MUST_USE int ike_message_protect(const struct ike_message *m, struct ike_sk *sk, uint8_t *buf,
                                 size_t cap, size_t *ret_len);

/* Checks and decrypts m->sk of the datagram (data, len) that m was parsed from, and parses what is
 * inside into m; the new spans point into plain (cap >= len; it holds secrets of the peer's: the
 * caller keeps it as long as m). -EBADMSG with INTEGRITY if it does not hold: drop it, m is as
 * before. A message without SK: -EPROTO with NOT_PROTECTED; a fragment (SKF): -EPROTO with
 * UNEXPECTED, see ike_sk_open(). After any other fault m->was_protected is true: the message is
 * authentic, but bad. */
MUST_USE int ike_message_unprotect(struct ike_message *m, struct ike_sk *sk, const uint8_t *data,
                                   size_t len, uint8_t *plain, size_t cap,
                                   struct ike_problem *ret_problem);

/* The decryption alone, of SK or SKF: the payload chain or its fragment goes to plain. -EBADMSG if
 * the checksum or the padding is wrong, -ENOBUFS if cap is less than the body. */
MUST_USE int ike_sk_open(struct ike_sk *sk, const uint8_t *data, size_t len,
                         const struct ike_encrypted *enc, uint8_t *plain, size_t cap,
                         size_t *ret_len);

/* ---- fragments (RFC 7383) ---- */

/* Of the payload chain of one message. */
struct ike_fragment {
    uint8_t first; /* type of the first payload of the message; 0 in all but number 1 */
    uint16_t number;
    uint16_t total;
    struct crypto_span part;
};

/* How much of a chain has room in a fragment of size bytes; 0: nothing. */
size_t ike_fragment_room(const struct ike_sk *sk, size_t size);
/* One sealed message: the header that all of them share, and an Encrypted Fragment payload.
 * -ENOBUFS. */
MUST_USE int ike_fragment_protect(const struct ike_header *hdr, const struct ike_fragment *f,
                                  struct ike_sk *sk, uint8_t *buf, size_t cap, size_t *ret_len);

#define IKE_FRAGMENTS_MAX 64

/* One message whose fragments arrive, authentic, in any order and more than once. */
struct ike_reassembly;

/* NULL: no memory. */
struct ike_reassembly *ike_reassembly_new(void);
/* Wipes what it has. */
void ike_reassembly_free(struct ike_reassembly *r);
/* Copies what ike_sk_open() made of enc. A larger total than before begins the message anew, since
 * the peer cuts it smaller now. 0; -EALREADY if it has that one; -EBADMSG if it is of a cut that
 * was given up; -E2BIG if there are too many, or more bytes than max; -ENOMEM. */
MUST_USE int ike_reassembly_add(struct ike_reassembly *r, const struct ike_encrypted *enc,
                                struct crypto_span part, size_t max);
bool ike_reassembly_is_whole(const struct ike_reassembly *r);
size_t ike_reassembly_len(const struct ike_reassembly *r);
/* How many of how many there are. */
void ike_reassembly_count(const struct ike_reassembly *r, unsigned *ret_have, unsigned *ret_total);
/* The chain, for ike_message_parse_inner(), once it is whole. -ENOBUFS. */
MUST_USE int ike_reassembly_join(const struct ike_reassembly *r, uint8_t *buf, size_t cap,
                                 uint8_t *ret_first, size_t *ret_len);

/* ---- identities ---- */

#define IKE_ID_DATA_MAX IDENT_DATA_MAX
#define IKE_ID_TEXT_MAX IDENT_TEXT_MAX

/* For logs and diagnoses, as it can be typed in localId and remoteId; cut if need be. Returns buf.
 */
const char *ike_id_format(const struct ike_id *id, char buf[IKE_ID_TEXT_MAX]);
/* See ident_equal(). */
bool ike_id_equal(const struct ike_id *a, const struct ike_id *b);

#endif
