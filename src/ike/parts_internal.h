/* parts_internal.h - the parts of the IKE machine that know nothing of SAs: deadlines, nonces,
 * proposals, traffic selectors, cookies. Pure, and tested by themselves. */
#ifndef ROPEWAY_IKE_PARTS_INTERNAL_H
#define ROPEWAY_IKE_PARTS_INTERNAL_H

#include "ike.h"

#define IKE_ESP_SPI_MIN 256 /* lower ones are reserved (RFC 4303, 2.1) */

/* ---- pure helpers ---- */

struct ike_nonce {
    uint16_t len;
    uint8_t bytes[IKE_NONCE_MAX];
};

/* Octet by octet; of two where one starts the other, the shorter is lower (2.8.1). */
int ike_nonce_cmp(const struct ike_nonce *a, const struct ike_nonce *b);
void ike_nonce_set(struct ike_nonce *nonce, struct crypto_span bytes);
struct crypto_span ike_nonce_span(const struct ike_nonce *nonce);

/* proposal.c: offers to proposals and back. */

/* What was chosen of a proposal. group: NULL = none. */
struct ike_choice {
    uint8_t number;
    uint64_t peer_spi;
    struct ike_algs algs; /* prf only for IKE */
    bool esn;
    /* Asked for by name, which the answer repeats: it has one of each type offered (3.3.6). */
    bool named_esn;
    bool named_no_integrity;                 /* beside an AEAD */
    uint8_t named_additional;                /* a bit for each round */
    uint16_t additional[IKE_ADDITIONAL_MAX]; /* what of each round; 0: none */
};

/* Adds the proposals of an IKE SA (spi 0 in the first exchange). */
MUST_USE int ike_propose_ike(struct ike_message *m, const struct ike_offer *offer, uint64_t spi);
/* with_groups: in CREATE_CHILD_SA only. */
MUST_USE int ike_propose_child(struct ike_message *m, const struct ike_offer *offer, bool esn,
                               bool with_groups, uint32_t spi);
/* As responder. ke_group is what the peer sent a KE for (0 = none); the chosen group may differ if
 * the tunnel does not accept that one: then INVALID_KE_PAYLOAD is due. -ENOENT if nothing fits. */
MUST_USE int ike_choose_ike(const struct ike_message *m, const struct ike_offer *offer,
                            uint16_t ke_group, struct ike_choice *ret);
MUST_USE int ike_choose_child(const struct ike_message *m, const struct ike_offer *offer, bool esn,
                              bool with_groups, uint16_t ke_group, struct ike_choice *ret);
/* As initiator: the one proposal that came back, checked to be one we made. -EPROTO. */
MUST_USE int ike_accept_ike(const struct ike_message *m, const struct ike_offer *offer,
                            struct ike_choice *ret);
MUST_USE int ike_accept_child(const struct ike_message *m, const struct ike_offer *offer, bool esn,
                              bool with_groups, struct ike_choice *ret);
/* The answer to a choice. */
MUST_USE int ike_answer_proposal(struct ike_message *m, const struct ike_choice *choice,
                                 enum ike_protocol protocol, uint64_t spi);
/* Writes why nothing fits: "no common DH group: peer offered modp2048; this tunnel accepts ecp256".
 */
void ike_explain_mismatch(const struct ike_message *m, const struct ike_offer *offer,
                          bool with_groups, char *text, size_t size);
/* "mlkem768, mlkem1024": additional key exchanges of the offer that this machine does not have. */
void ike_list_lacking(const struct ike_offer *offer, char *text, size_t size);
/* "modp2048 (14)" */
void ike_describe_group(uint16_t group, char *text, size_t size);
/* Writes it: "encryption aes128; integrity sha256; DH modp2048". */
void ike_write_offer(const struct ike_offer *offer, char *text, size_t size);
/* A payload by its name, or "#200". */
#define IKE_PAYLOAD_TEXT_MAX 12
void ike_describe_payload(uint8_t type, char text[IKE_PAYLOAD_TEXT_MAX]);
/* Why the peer refused, as an argument: the name of its error. Borrows buf. */
#define IKE_REASON_MAX 64
struct words_arg ike_reason(const struct ike_notify *error, char buf[IKE_REASON_MAX]);
/* "aes128-sha256-modp2048" */
void ike_describe_algs(const struct ike_algs *algs, char *text, size_t size);
bool ike_offer_equal(const struct ike_offer *a, const struct ike_offer *b);
/* The PRF that goes with its i-th integrity algorithm; without any there is one, SHA-256. */
uint16_t ike_offer_prf(const struct ike_offer *offer, size_t i);
bool ike_offer_has_group(const struct ike_offer *offer, uint16_t group);
/* An IKE SA's algorithms are all among those of the offer. */
bool ike_offer_allows(const struct ike_offer *offer, const struct ike_algs *algs);
/* The group to send a KE for first; 0 = none. */
uint16_t ike_offer_first_group(const struct ike_offer *offer);

/* additional.c: key exchanges after the first one (RFC 9370) */

/* It has methods that this machine has; some round has to be; that comes before none; this machine
 * has none of those that have to be. */
bool ike_offer_has_additional(const struct ike_offer *offer);
bool ike_offer_needs_additional(const struct ike_offer *offer);
bool ike_offer_prefers_additional(const struct ike_offer *offer);
bool ike_offer_lacks_additional(const struct ike_offer *offer);
bool ike_offer_allows_additional(const struct ike_offer *offer, const struct ike_algs *algs);
MUST_USE int ike_propose_additional(struct ike_proposal *p, const struct ike_offer *offer);
/* allowed: else none is chosen. False if nothing fits. */
bool ike_choose_additional(const struct ike_proposal *p, const struct ike_offer *offer,
                           bool allowed, struct ike_choice *c);
MUST_USE int ike_answer_additional(struct ike_proposal *p, const struct ike_choice *choice);
size_t ike_count_additional(const struct ike_algs *algs);

/* selectors.c */

/* The selectors of a child SA as prefixes, from our side. */
struct ike_selectors {
    uint8_t n_local;
    uint8_t n_remote;
    struct prefix local[IKE_PREFIXES_MAX];
    struct prefix remote[IKE_PREFIXES_MAX];
};

MUST_USE int ike_ts_fill(struct ike_ts_list *list, const struct prefix *prefixes, size_t count);
/* What of the peer's list lies inside allowed, as prefixes. Selectors of single protocols or ports
 * are passed over: the data plane selects by address. Returns how many, 0 = nothing in common. */
size_t ike_ts_narrow(const struct ike_ts_list *list, const struct prefix *allowed, size_t count,
                     struct prefix ret[IKE_PREFIXES_MAX]);
/* Nothing in the list is wider than what is allowed, all of that together. */
bool ike_ts_is_within(const struct ike_ts_list *list, const struct prefix *allowed, size_t count);
/* "10.1.0.0 - 10.1.255.255 (TCP)"; as many as fit. */
void ike_describe_ts(const struct ike_ts_list *list, char *text, size_t size);
/* "10.1.0.0/16, 10.2.0.0/16"; what does not fit is dots. */
void ike_describe_prefixes(const struct prefix *prefixes, size_t count, char *text, size_t size);
bool ike_selectors_equal(const struct ike_selectors *a, const struct ike_selectors *b);
/* Every address of a family or both. */
bool ike_prefixes_are_everything(const struct prefix *list, size_t n);
/* One of the list holds all of p. */
bool ike_prefixes_hold(const struct prefix *list, size_t n, const struct prefix *p);
/* Each prefix of inner lies in one of outer's, on both sides. */
bool ike_selectors_hold(const struct ike_selectors *outer, const struct ike_selectors *inner);

/* credentials.c */

/* Tells apart what is not equal; 0: none. */
uint64_t ike_credentials_print(const struct ike_credentials *c);
bool ike_credentials_equal(const struct ike_credentials *a, const struct ike_credentials *b);
const struct crypto_certs *ike_credentials_own(const struct ike_credentials *c);
const struct crypto_key *ike_credentials_key(const struct ike_credentials *c);
const struct crypto_trust *ike_credentials_trust(const struct ike_credentials *c);
/* Bodies of payloads: of the i-th certificate of ours (empty after the last), and of the request
 * for one of the peer's. */
struct crypto_span ike_credentials_cert(const struct ike_credentials *c, size_t i);
struct crypto_span ike_credentials_request(const struct ike_credentials *c);

/* cookie.c: stateless cookies (2.6) */
#define IKE_COOKIE_LEN 33
#define IKE_COOKIE_KEY 32

struct ike_cookies {
    uint8_t key[2][IKE_COOKIE_KEY]; /* of now, of before */
    uint8_t version;
    uint64_t changed_us;
};

MUST_USE int ike_cookie_make(const struct ike_cookies *cookies, const struct ike_message *m,
                             const struct endpoint *remote, uint8_t ret[IKE_COOKIE_LEN]);
bool ike_cookie_holds(const struct ike_cookies *cookies, const struct ike_message *m,
                      const struct endpoint *remote, struct crypto_span cookie);

#endif
