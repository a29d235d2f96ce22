/* ikev1_internal.h - IKE SAs of IKEv1 (RFC 2407 - 2409, 3706, 3947) and their exchanges: a sibling
 * of ikev2_internal.h above the same head.
 *
 * An IKE SA comes of main or aggressive mode, each step of which a table names (ikev1_phase1.c).
 * ESP pairs come of quick modes, any number of them, and belong to the peer's IKE SA that leads: a
 * new one takes those of the one before over, so phase 1 is rekeyed by another phase 1. */
#ifndef ROPEWAY_IKE_IKEV1_INTERNAL_H
#define ROPEWAY_IKE_IKEV1_INTERNAL_H

#include "ikev1_message.h"
#include "sa_internal.h"

#define IKEV1_BUCKETS     4096
#define IKEV1_HALF_OPEN   (20 * IKE_SECOND)
#define IKEV1_LINGER      (60 * IKE_SECOND) /* of an exchange whose last message may be lost */
#define IKEV1_SENDS       9                 /* of a message that nobody answers */
#define IKEV1_NONCE_LEN   32
#define IKEV1_QUICKS_MAX  32 /* of an IKE SA, at once */
#define IKEV1_PAIRS_MAX   128
#define IKEV1_MESSAGE_IDS 64 /* of the peer's last quick modes */

/* The messages of one exchange. The last one that was sent answers the last one that was heard
 * whenever that comes again. */
struct ikev1_exchange {
    struct buf sent;
    bool awaits; /* an answer: it is sent again until then */
    unsigned sends;
    unsigned repeats;
    uint64_t first_us;
    uint64_t next_us;
    uint64_t pause_us;
    bool has_heard;
    uint8_t heard[CRYPTO_SHA256_LEN];
    uint8_t iv[IKE1_BLOCK];
};

/* What was sent or heard last in phase 1. */
enum ikev1_step {
    IKEV1_MAIN_1_SENT,
    IKEV1_MAIN_2_SENT,
    IKEV1_MAIN_3_SENT,
    IKEV1_MAIN_4_SENT,
    IKEV1_MAIN_5_SENT,
    IKEV1_AGGRESSIVE_1_SENT,
    IKEV1_AGGRESSIVE_2_SENT,
    IKEV1_PROVED,
    IKEV1_STEPS
};

enum ikev1_quick_state {
    IKEV1_QUICK_ASKED,    /* the first message is out */
    IKEV1_QUICK_ANSWERED, /* the second one: the third has to come */
    IKEV1_QUICK_DONE,     /* its last message may have to be said again */
};

struct ikev1_quick {
    struct list link; /* of its IKE SA */
    enum ikev1_quick_state state;
    uint32_t message_id;
    struct ikev1_exchange x;
    struct ike_nonce nonce_i;
    struct ike_nonce nonce_r;
    struct crypto_dh *dh;
    uint16_t group;
    struct ike_offer offer; /* what it was asked by: the configuration may change meanwhile */
    uint32_t config_epoch;
    struct ike_selectors selectors;
    uint32_t spi_in;
    uint32_t rekeyed; /* inbound SPI of the pair that ours is to replace */
    uint64_t until_us;
};

/* Dead peer detection (RFC 3706): one question at a time. */
struct ikev1_dpd {
    bool active;
    uint32_t sequence;
    unsigned sends;
    uint64_t first_us;
    uint64_t next_us;
    uint64_t pause_us;
};

struct ikev1_sa {
    struct ike_sa sa;
    struct list link; /* by local SPI */
    struct ikev1 *ikev1;
    struct list half_link;
    bool counted; /* among the half-open */
    enum ikev1_step step;
    bool aggressive;
    struct ikev1_exchange x;
    struct ike1_keys keys;
    uint8_t last_block[IKE1_BLOCK]; /* of phase 1 */
    unsigned vendors;               /* of the peer */
    struct ike_nonce nonce_i;
    struct ike_nonce nonce_r;
    struct buf ke_i; /* all these until both ends have proved who they are */
    struct buf ke_r;
    struct buf sa_body;
    struct buf peer_id;                  /* of aggressive mode, as it was called */
    char peer_tunnel[IKE_TUNNEL_ID_MAX]; /* likewise: whom it said it means */
    struct crypto_dh *dh;
    uint8_t shared[CRYPTO_DH_SECRET_MAX];
    unsigned tries; /* of the peer, to prove itself */
    uint64_t peer_lifetime_s;

    struct list quicks;
    unsigned n_quicks;
    uint32_t seen_ids[IKEV1_MESSAGE_IDS];
    unsigned n_seen_ids;
    struct ikev1_dpd dpd;
    uint64_t retry_us;
    uint64_t quick_retry_us;
    unsigned quick_refusals;
    bool outworn; /* the peer does not answer in it, or may have forgotten it */
    bool want_liveness;
    uint64_t suspect_us;
    uint64_t hint_us;
    uint64_t asked_us;
    struct endpoint probe;
    unsigned deletes_sent; /* CLOSING */
    uint64_t delete_us;
};

struct ikev1 {
    struct ike_env *env;
    const struct ike_peers *peers;
    const struct ike_version *version;
    uint32_t half_open_max;
    uint32_t aggressive_max; /* half-open, of one address: each has cost a key exchange */
    struct list buckets[IKEV1_BUCKETS];
    struct list half_open;
    size_t n_half_open;
    struct ike_stats stats;
    uint64_t answers_us; /* the second in which clear answers are counted */
    unsigned answers;
    uint64_t told_us;         /* of the last line about a stranger */
    struct endpoint in_local; /* of the datagram being read */
    struct endpoint in_remote;
    struct crypto_span in_data;
    /* Scratch. */
    struct ike1_message in;
    struct ike1_builder out;
    struct ike_message offered; /* a mismatch is explained of it */
    uint8_t plain[IKE_MESSAGE_MAX];
    uint8_t wire[IKE1_MESSAGE_MAX];
};

/* ---- ikev1_run.c ---- */

extern const struct ike_version ikev1_version;

/* ---- ikev1_input.c ---- */

void ikev1_input(struct ikev1 *ikev1, const struct endpoint *local, const struct endpoint *remote,
                 const uint8_t *data, size_t len);

/* ---- ikev1_table.c ---- */

void ikev1_init(struct ikev1 *ikev1, struct ike_env *env, const struct ike_peers *peers,
                const struct ike_version *version, const struct ike_options *options);
void ikev1_done(struct ikev1 *ikev1);
void ikev1_touch_all(struct ikev1 *ikev1);
void ikev1_touch_half_open(struct ikev1 *ikev1);
/* A local SPI that no other IKE SA has. */
uint64_t ikev1_new_spi(struct ikev1 *ikev1);
/* -ENOMEM. */
MUST_USE int ikev1_sa_new(struct ikev1 *ikev1, struct ike_peer *peer, enum ike_sa_state state,
                          bool initiator, const struct endpoint *local,
                          const struct endpoint *remote, struct ike_sa **ret);
/* By both cookies; the peer's is not known yet while it was not heard. */
struct ike_sa *ikev1_find(const struct ikev1 *ikev1, uint64_t spi_i, uint64_t spi_r);
/* The one that answers this call. */
struct ike_sa *ikev1_find_called(const struct ikev1 *ikev1, uint64_t spi_i,
                                 const struct addr *remote);
void ikev1_sa_free(struct ike_sa *sa);
void ikev1_set_half_open(struct ike_sa *sa, bool half_open);
/* Half-open ones of an address; aggressive: of that mode alone. */
size_t ikev1_count_half_open(const struct ikev1 *ikev1, const struct addr *remote, bool aggressive);
/* A new quick mode of the SA; NULL: no memory, or too many. */
struct ikev1_quick *ikev1_quick_new(struct ike_sa *sa, uint32_t message_id);
void ikev1_quick_free(struct ike_sa *sa, struct ikev1_quick *quick);
/* Of all IKE SAs of the peer: pairs change hands while quick modes are under way. */
struct ike_pair *ikev1_pair_find(const struct ike_sa *sa, uint8_t direction, uint32_t spi);

/* ---- ikev1_exchange.c: messages on their way out ---- */

/* Into ikev1->out. */
void ikev1_out_begin(struct ike_sa *sa, uint8_t exchange, uint32_t message_id);
/* Sends what was built as the exchange's next message. */
MUST_USE int ikev1_send(struct ike_sa *sa, struct ikev1_exchange *x, bool sealed, bool awaits);
/* A first HASH payload, filled in by ikev1_send_hashed(). */
void ikev1_out_begin_hashed(struct ike_sa *sa, uint8_t exchange, uint32_t message_id);
MUST_USE int ikev1_send_hashed(struct ike_sa *sa, struct ikev1_exchange *x, bool awaits,
                               struct ike1_hash_input *in);
/* The same for an INFORMATIONAL, of which nothing is kept. */
MUST_USE int ikev1_send_informational(struct ike_sa *sa);
void ikev1_resend(struct ike_sa *sa, struct ikev1_exchange *x);
/* True: it was heard before, and answered once more. */
bool ikev1_is_repeated(struct ike_sa *sa, struct ikev1_exchange *x);
/* What was just read is its last message. */
void ikev1_heard(struct ike_sa *sa, struct ikev1_exchange *x);
void ikev1_exchange_done(struct ikev1_exchange *x);
/* A message ID for an exchange of ours. */
uint32_t ikev1_new_message_id(struct ike_sa *sa);
/* To somebody who has not proved who he is; few. */
void ikev1_refuse_clear(struct ikev1 *ikev1, uint16_t notify);

/* ---- ikev1_proposal.c ---- */

struct ikev1_choice {
    const struct ike1_proposal *proposal;
    const struct ike1_transform *transform;
    struct ike_algs algs; /* dh NULL: without PFS */
};

/* The groups of the offer that IKEv1 has, in order. */
size_t ikev1_groups(const struct ike_offer *offer, uint16_t ret[IKE_OFFER_MAX]);
/* Something of it exists in IKEv1: an algorithm of each kind. */
bool ikev1_offer_works(const struct ike_offer *offer, bool is_ike);
/* group 0: all of the offer's. */
void ikev1_propose_ike(struct ike1_builder *b, const struct ike_offer *offer, uint16_t group,
                       uint32_t lifetime_s);
/* group 0: no PFS. */
void ikev1_propose_esp(struct ike1_builder *b, const struct ike_tunnel_config *config,
                       uint16_t group, uint16_t encap, uint32_t spi);
/* The chosen one as the peer wrote it. */
void ikev1_put_choice(struct ike1_builder *b, const struct ikev1_choice *choice, uint32_t spi);
/* -ENOENT. */
MUST_USE int ikev1_choose_ike(const struct ike1_message *m, const struct ike_offer *offer,
                              struct ikev1_choice *ret);
MUST_USE int ikev1_choose_esp(const struct ike1_message *m, const struct ike_offer *offer,
                              struct ikev1_choice *ret);
/* As initiator: the one that came back. -EPROTO. */
MUST_USE int ikev1_accept(const struct ike1_message *m, const struct ike_offer *offer, bool is_ike,
                          struct ikev1_choice *ret);
/* Writes why nothing fits. */
void ikev1_explain(struct ikev1 *ikev1, const struct ike_offer *offer, bool is_ike, char *text,
                   size_t size);

/* ---- ikev1_phase1.c: what main and aggressive mode share ---- */

struct ike1_secrets ikev1_secrets(const struct ike_sa *sa);
void ikev1_put_ke_nonce(struct ike_sa *sa);
/* NAT detection, by the hash that was agreed on, and where we really are. */
MUST_USE int ikev1_put_nat(struct ike_sa *sa);
MUST_USE int ikev1_read_nat(struct ike_sa *sa);
/* The body of our ID payload. */
void ikev1_own_id_body(const struct ike_peer *peer, struct buf *ret);
/* Our proof, over an identity of ours that was built or will be. */
MUST_USE int ikev1_put_hash(struct ike_sa *sa, struct crypto_span own_id);
/* The peer's proof in the message that was read, by these keys. */
bool ikev1_hash_holds(const struct ike_sa *sa, const struct ike1_keys *keys);
bool ikev1_accepts_id(const struct ike_peer *peer, const struct ike_id *id);
void ikev1_report_wrong_id(struct ike_peer *peer, const struct ike_id *id, bool nat);
MUST_USE int ikev1_new_dh(struct ike_sa *sa, const struct crypto_dh_group *group);
/* Takes the peer's KE and nonce and computes the shared secret. -EBADMSG. */
MUST_USE int ikev1_take_ke_nonce(struct ike_sa *sa);
MUST_USE int ikev1_keep(struct buf *buf, struct crypto_span bytes);
struct crypto_span ikev1_psk(const struct ike_peer *peer);
/* A peer with the key may have so many IKE SAs and no more. */
bool ikev1_is_full(const struct ike_peer *peer);
/* What a peer may set: one that is too short would be rekeyed all the time. 0 = none. */
uint64_t ikev1_peer_lifetime(uint64_t seconds);
bool ikev1_is_initial_contact(const struct ike_sa *sa);
void ikev1_take_initial_contact(struct ike_sa *sa);
/* To port 4500 (RFC 3947, 4). */
void ikev1_float(struct ike_sa *sa);
/* The first answer fits what we asked for. */
MUST_USE int ikev1_take_answer(struct ike_sa *sa);

/* ---- ikev1_main.c, ikev1_aggressive.c ---- */

MUST_USE int ikev1_main_call(struct ike_sa *sa);
void ikev1_main_called(struct ikev1 *ikev1, struct ike_peer *peer,
                       const struct ikev1_choice *choice);
MUST_USE int ikev1_main_2(struct ike_sa *sa);
MUST_USE int ikev1_main_3(struct ike_sa *sa);
MUST_USE int ikev1_main_4(struct ike_sa *sa);
MUST_USE int ikev1_main_5(struct ike_sa *sa);
MUST_USE int ikev1_main_6(struct ike_sa *sa);
MUST_USE int ikev1_aggressive_call(struct ike_sa *sa);
void ikev1_aggressive_called(struct ikev1 *ikev1, struct ike_peer *peer,
                             const struct ikev1_choice *choice);
MUST_USE int ikev1_aggressive_2(struct ike_sa *sa);
MUST_USE int ikev1_aggressive_3(struct ike_sa *sa);

/* ---- ikev1_call.c ---- */

MUST_USE int ikev1_call(struct ike_peer *peer, const struct endpoint *local,
                        const struct endpoint *remote, bool replaces);

/* ---- ikev1_quick.c ---- */

/* rekeyed may be NULL. */
void ikev1_quick_send(struct ike_sa *sa, struct ike_pair *rekeyed,
                      const struct ike_selectors *selectors);
/* A protected message of quick mode: -EBADMSG, it does not hold. */
MUST_USE int ikev1_quick_input(struct ike_sa *sa);
/* The peer refused what we asked for. */
void ikev1_quick_refused(struct ike_sa *sa, uint16_t notify);
bool ikev1_quick_asks(const struct ike_sa *sa);
/* Sends again what is not answered, and gives up. */
void ikev1_quicks_run(struct ike_sa *sa, uint64_t *deadline);
/* What pair of our networks has no pair yet; false: none. */
bool ikev1_wanted_selectors(const struct ike_sa *sa, struct ike_selectors *ret);

/* ---- ikev1_informational.c ---- */

/* Protected; -EBADMSG. */
MUST_USE int ikev1_informational_input(struct ike_sa *sa);
void ikev1_informational_clear(struct ike_sa *sa);

/* ---- ikev1_delete.c ---- */

void ikev1_delete_pair(struct ike_sa *sa, struct ike_pair *pair);
void ikev1_delete_sa_send(struct ike_sa *sa);

/* ---- ikev1_dpd.c ---- */

uint64_t ikev1_dpd_due(const struct ike_sa *sa);
void ikev1_dpd_send(struct ike_sa *sa);
void ikev1_dpd_answer(struct ike_sa *sa, const struct ike1_notify *question);
void ikev1_dpd_answered(struct ike_sa *sa, const struct ike1_notify *answer);
void ikev1_dpd_run(struct ike_sa *sa, uint64_t *deadline);
void ikev1_dpd_judge(struct ike_sa *sa);

/* ---- ikev1_life.c ---- */

void ikev1_call_failed(struct ike_sa *sa, unsigned attempts_min);
void ikev1_establish(struct ike_sa *sa);
void ikev1_close(struct ike_sa *sa);
void ikev1_set_lifetime(struct ike_sa *sa);
void ikev1_doubt(struct ike_sa *sa);
void ikev1_give_up(struct ike_sa *sa, enum words_code why);
/* An authentic message: the peer lives, and is where it came from. */
void ikev1_alive(struct ike_sa *sa);

/* ---- ikev1_lines.c ---- */

void ikev1_log_call(const struct ike_sa *call);
void ikev1_log_answered(const struct ike_sa *sa);
void ikev1_log_called(const struct ike_sa *sa, struct ike_peer *peer);
void ikev1_log_established(const struct ike_sa *sa);
void ikev1_log_pair(const struct ike_sa *sa, const struct ike_pair *pair,
                    const struct ike_pair *old);
/* what: of {initiatorSpi, responderSpi}. */
void ikev1_log_sa(const struct ike_sa *sa, enum words_code what);
/* what: of {spiIn, spiOut}. */
void ikev1_log_esp_pair(struct ike_peer *peer, const struct ike_pair *pair, enum words_code what);
/* what: of {peer}. */
void ikev1_log_peer(const struct ike_sa *sa, enum ike_log_level level, enum words_code what);
const char *ikev1_mode_name(bool aggressive);

#endif
