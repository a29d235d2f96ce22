/* ikev2_internal.h - IKE SAs of IKEv2 (RFC 7296) and their exchanges. Knows a tunnel as a peer
 * (sa_internal.h), tells what happens by events, and makes, replaces and ends ESP pairs.
 *
 * A datagram comes in by ikev2_input(): the handler of its kind of message answers it and changes
 * what is to be changed. What an IKE SA does by itself it does when it runs (ikev2_run.c). */
#ifndef ROPEWAY_IKE_IKEV2_INTERNAL_H
#define ROPEWAY_IKE_IKEV2_INTERNAL_H

#include "sa_internal.h"
#include "wire.h"

#define IKEV2_NONCE_LEN    32 /* of ours */
#define IKEV2_BUCKETS      4096
#define IKEV2_SOURCES      4096
#define IKEV2_HALF_OPEN    (20 * IKE_SECOND) /* life of an SA_INIT we answered */
#define IKEV2_LATER_PAUSE  (300 * IKE_MS)    /* before a request is sent again */
#define IKEV2_GONE_MAX     8                 /* SPIs that a DELETE named too early */
#define IKEV2_CHILDREN_MAX 64                /* of one IKE SA; twice that while they are rekeyed */

enum ikev2_task {
    IKEV2_TASK_NONE,
    IKEV2_TASK_INIT,
    IKEV2_TASK_INTERMEDIATE,
    IKEV2_TASK_AUTH,
    IKEV2_TASK_NEW_CHILD,
    IKEV2_TASK_REKEY_CHILD,
    IKEV2_TASK_REKEY_IKE,
    IKEV2_TASK_FOLLOWUP,
    IKEV2_TASK_DELETE_CHILD,
    IKEV2_TASK_DELETE_IKE,
    IKEV2_TASK_LIVENESS,
};

/* The one request that may be outstanding (window 1). */
struct ikev2_request {
    enum ikev2_task task;
    uint32_t id;
    struct buf bytes; /* sent again as they are; several messages if it is in fragments */
    unsigned sends;
    uint64_t first_us;
    uint64_t next_us; /* sent again then */
    uint64_t pause_us;
    uint32_t child_spi;  /* the pair it is about, by inbound SPI */
    uint32_t new_spi_in; /* of a pair to be */
    uint64_t new_spi;    /* of an IKE SA to be */
    uint16_t group;      /* of dh; 0 = none */
    struct ike_nonce nonce;
    struct crypto_dh *dh;
    uint8_t int_auth[CRYPTO_PRF_MAX]; /* of an IKE_INTERMEDIATE */
    /* What it offers: the tunnel's configuration may change before the answer comes. */
    struct ike_offer offer;
    bool esn;
    struct ike_selectors *selectors; /* of a pair; NULL */
    uint32_t config_epoch; /* of the IKE or the child parameters, after what is negotiated */
    /* The peer's exchange for the same purpose that we answered meanwhile (2.8.1, 2.25). */
    struct ike_nonce rival_nonce; /* its lower one; len 0 = no rival */
    uint32_t rival_child;
    uint64_t rival_sa;
    bool esp_told; /* it was logged that ESP comes while this is not answered */
    /* Outbound SPIs that the peer deleted and we do not know: its answer, which its DELETE
     * overtook, may bring one of them. */
    uint32_t gone[IKEV2_GONE_MAX];
    unsigned n_gone;
};

/* Of the exchanges between IKE_SA_INIT and IKE_AUTH (RFC 9242). */
struct ikev2_intermediate {
    unsigned done;
    uint8_t int_auth[2][CRYPTO_PRF_MAX]; /* of the initiator, of the responder */
    uint8_t octets[2 * CRYPTO_PRF_MAX + 4];
    struct ike_sk *sk_before; /* responder: the last answer was sealed by it */
};

#define IKEV2_LINK_LEN 8
#define IKEV2_LINK_MAX 256 /* of a peer's */

/* A rekey of the IKE SA that more key exchanges follow. */
struct ikev2_followup {
    struct ike_choice choice;
    struct ike_nonce nonce_i, nonce_r;
    uint64_t local_spi;
    bool ours; /* we made the request */
    unsigned done;
    uint8_t link[IKEV2_LINK_MAX]; /* names the rekey to the responder */
    size_t link_len;
    uint64_t end_us; /* responder: given up then */
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    size_t secret_len;
    uint8_t more[IKE_ADDITIONAL_MAX * CRYPTO_DH_SECRET_MAX];
    size_t more_len;
};

#define IKEV2_OTHERS_MAX 4

/* To our IKE_SA_INIT, and what it says that somebody on the way may have changed. */
struct ikev2_answer {
    struct buf bytes;
    bool nat_local, nat_remote, ropeway, fragments;
    uint16_t peer_hashes;
};

/* A message of the peer's whose fragments arrive. */
struct ikev2_reassembly {
    struct ike_reassembly *message; /* NULL: none */
    uint32_t id;
    uint64_t end_us; /* given up then */
};

/* What IKEv2 knows of an IKE SA. */
struct ikev2_sa {
    struct ike_sa sa;
    struct list link; /* by local SPI */
    struct ikev2 *ikev2;
    struct list half_link;       /* of the half-open ones, or of itself */
    bool counted;                /* among the half-open */
    struct ikev2_source *source; /* that it is counted for */
    struct list init_link;       /* as responder: by its first message; or of itself */
    struct addr init_from;       /* whence that came */

    struct ike_keys keys;
    struct ike_sk *sk;
    struct ikev2_intermediate *intermediate; /* until authenticated, if there is any; NULL */
    struct ikev2_followup *followup;         /* NULL: none is under way */
    struct ike_nonce nonce_i;
    struct ike_nonce nonce_r;
    struct ike_nonce low_nonce;
    struct buf init_request; /* until authenticated */
    struct buf init_response;
    struct ikev2_answer others[IKEV2_OTHERS_MAX]; /* that it may be instead */
    unsigned n_others;
    struct crypto_dh *dh; /* CALLING */
    uint16_t group;
    struct ike_nonce cookie; /* to send along */
    unsigned init_retries;
    bool began_natt; /* our call was on UDP 4500 from its first message on */

    uint32_t send_id; /* of the next request */
    uint32_t recv_id; /* of the next one expected */
    struct ikev2_request request;
    struct buf response;                   /* to request recv_id - 1; likewise */
    bool fragments;                        /* both ends can send and take them (RFC 7383) */
    struct ikev2_reassembly reassembly[2]; /* a request, a response */

    uint64_t retry_us; /* no IKE rekey before */
    uint64_t child_retry_us;
    unsigned refusals;
    unsigned child_refusals;
    bool outworn;             /* the peer makes no more pairs in it */
    unsigned new_refusals;    /* by the peer, of a pair to be; in a row */
    unsigned child_deletions; /* of young ones, by the peer, in a row */
    uint64_t quiet_us;        /* made by the peer's rekey: no requests before */
    uint64_t suspect_us;      /* a hint: it must show life until then; 0 = no hint */
    uint64_t hint_us;         /* when the last hint was taken */
    uint64_t asked_us;        /* the data plane was asked whether ESP still comes; 0 = no */
    uint64_t give_up_us;   /* CALLING: somebody answered; it listens until then. 0 = nobody did */
    unsigned n_answers;    /* CALLING: that an IKE SA was made for */
    unsigned attempts_min; /* CALLING: if it fails the next call waits as after so many */
    bool answered;         /* CALLING: IKE_AUTH was, for one of its answers */
    bool first_contact;    /* INITIAL_CONTACT, not taken yet */
    uint16_t peer_hashes;  /* that the peer verifies signatures of, a bit each (RFC 7427, 4) */
    int64_t peer_end_s;    /* the peer's certificate ends then, in seconds since 1970; 0 = none */
    uint64_t auth_end_us;  /* a certificate that it rests on ends then; 0 = never */
    uint64_t reauth_us;    /* negotiated from scratch then, for that reason; 0 = never */
    bool want_rekey;
    bool want_liveness;
    bool mute;               /* ESP comes from the peer, and no answer */
    bool remake;             /* the peer had lost a pair that we wanted to rekey */
    bool forgotten;          /* perhaps, by the peer, which has called anew since */
    bool auth_failed;        /* our DELETE says so, too; half-open: the last word was said */
    uint16_t child_group;    /* the group the peer wants for the next child; 0 = our first */
    uint16_t groups_refused; /* of the offer, by bits: a value was sent and another asked for */
    uint16_t child_groups_refused; /* likewise */
    struct endpoint probe;         /* ESP came from there: look whether IKE does, too */
    uint64_t successor;            /* local SPI of the IKE SA that replaced it */
};

/* Senders who have proved nothing, by a hash of their address. */
struct ikev2_source {
    uint64_t window_us; /* the second in which answers are counted */
    uint64_t told_us;
    uint8_t answers;
    uint32_t held; /* half-open SAs and failed attempts of the last time */
};

/* All of them. */
struct ikev2 {
    struct ike_env *env;
    const struct ike_peers *peers;
    const struct ike_version *version;
    uint32_t cookies_from;
    uint32_t half_open_max;
    struct list buckets[IKEV2_BUCKETS];
    struct list half_open;
    size_t n_half_open;
    struct list by_init[IKEV2_BUCKETS]; /* as responder: by initiator SPI and address */
    struct list failed;                 /* first messages that cost something; the oldest first */
    size_t n_failed;
    size_t n_sas;
    struct ike_cookies cookies;
    struct ikev2_source sources[IKEV2_SOURCES];
    uint64_t sources_key; /* of hashes of what others choose; 0 = none yet */
    uint64_t told_us;     /* of the last line about a stranger */
    struct ike_stats stats;
    struct endpoint in_local; /* of the datagram being read */
    struct endpoint in_remote;
    /* Scratch: one message is read and one built at a time. */
    struct ike_message in;
    struct ike_message out;
    uint8_t plain[IKE_MESSAGE_MAX];
    size_t plain_len; /* of a message that came in fragments */
    uint8_t wire[IKE_MESSAGE_MAX];
    size_t reassembling; /* bytes of all messages whose fragments arrive */
};

/* ---- ikev2_run.c: where time passes ---- */

extern const struct ike_version ikev2_version;

/* ---- ikev2_table.c: all IKE SAs ---- */

/* version: what those it makes are run by. */
void ikev2_init(struct ikev2 *ikev2, struct ike_env *env, const struct ike_peers *peers,
                const struct ike_version *version, const struct ike_options *options);
void ikev2_done(struct ikev2 *ikev2);
/* All that there are run. */
void ikev2_touch_all(struct ikev2 *ikev2);
void ikev2_touch_half_open(struct ikev2 *ikev2);

uint64_t ikev2_new_spi(struct ikev2 *ikev2);
/* local_spi comes from ikev2_new_spi(). peer may be NULL. -ENOMEM. */
MUST_USE int ikev2_sa_new(struct ikev2 *ikev2, struct ike_peer *peer, enum ike_sa_state state,
                          bool initiator, uint64_t local_spi, const struct endpoint *local,
                          const struct endpoint *remote, struct ike_sa **ret);
/* The answers to a call share its local SPI: this one finds any of them. */
struct ike_sa *ikev2_find(const struct ikev2 *ikev2, uint64_t local_spi);
/* initiator: our role in it. With spi_r 0 it is the call. */
struct ike_sa *ikev2_find_pair(const struct ikev2 *ikev2, bool initiator, uint64_t spi_i,
                               uint64_t spi_r);
void ikev2_sa_free(struct ike_sa *sa);
/* Another one of the same role and SPIs; NULL. */
struct ike_sa *ikev2_next_twin(const struct ike_sa *sa);
void ikev2_set_half_open(struct ike_sa *sa, bool half_open);
/* A first message of this SPI came from there, and made it. */
void ikev2_index_init(struct ike_sa *sa, const struct addr *from);
/* Those of which that holds, and perhaps others. */
const struct list *ikev2_inits_of(struct ikev2 *ikev2, uint64_t spi_i, const struct addr *from);

/* ---- ikev2_life.c: what begins and ends an IKE SA ---- */

void ikev2_establish(struct ike_sa *sa);
/* The peer said in IKE_AUTH that it has no other IKE SA with us (2.4): those that were there before
 * it began are dead. */
void ikev2_take_initial_contact(struct ike_sa *sa);
void ikev2_close(struct ike_sa *sa);
void ikev2_set_lifetime(struct ike_sa *sa);
void ikev2_doubt(struct ike_sa *sa);
/* Somebody says that the peer does not know it, which proves nothing: it must show life, and soon
 * if the peer may have forgotten it. */
void ikev2_deny(struct ike_sa *sa);
/* Kill, and let it be begun again; why is a code whose argument is the peer's endpoint. */
void ikev2_give_up(struct ike_sa *sa, enum words_code why);

/* ---- ikev2_exchange.c: sending requests and responses ---- */

void ikev2_out_init(struct ike_sa *sa, enum ike_exchange exchange, bool response, uint32_t id);
/* Seals what was built and sends it as the outstanding request. */
MUST_USE int ikev2_request_send(struct ike_sa *sa, enum ikev2_task task);
/* The same for a clear message, already built. */
MUST_USE int ikev2_request_send_clear(struct ike_sa *sa, enum ikev2_task task, const uint8_t *data,
                                      size_t len);
void ikev2_request_resend(struct ike_sa *sa);
void ikev2_request_done(struct ike_sa *sa);
/* Seals what was built and sends it as the answer to the request just read. */
MUST_USE int ikev2_response_send(struct ike_sa *sa);
MUST_USE int ikev2_respond_notify(struct ike_sa *sa, uint16_t type, const void *data, size_t len);
/* What a request is answered with that was authentic, and of which handling it came to this error;
 * one without an answer would be the last (2.3). */
uint16_t ikev2_trouble_notify(int error);
void ikev2_respond_trouble(struct ike_sa *sa, int error);
void ikev2_respond_clear(struct ikev2 *ikev2, const struct endpoint *local,
                         const struct endpoint *remote, const struct ike_message *m,
                         uint16_t notify, const void *data, size_t len);

/* ---- ikev2_fragment.c: messages and their fragments (RFC 7383) ---- */

/* Seals what was built: one message, or its fragments back to back. */
MUST_USE int ikev2_seal(struct ike_sa *sa, struct buf *ret);
/* Sends what was sealed. */
void ikev2_send(struct ike_env *env, const struct endpoint *local, const struct endpoint *remote,
                const struct buf *messages);
/* Takes the fragment being read. True: it was the last one missing, and the message being read is
 * now the whole one, with what is wrong with it in *ret_problem; or it asks for the answer to what
 * was answered already. */
bool ikev2_fragment_input(struct ike_sa *sa, const uint8_t *data, size_t len,
                          struct ike_problem *ret_problem);
/* How many of how many fragments of a message of the peer's came; false: none is under way. */
bool ikev2_fragments_count(const struct ike_sa *sa, bool response, unsigned *ret_have,
                           unsigned *ret_total);
/* Gives up what did not become whole in time. */
void ikev2_fragments_run(struct ike_sa *sa, uint64_t *deadline);
void ikev2_fragments_end(struct ike_sa *sa);
/* Longer than what passes everywhere, and in one piece: the peer takes no fragments. */
bool ikev2_is_large(const struct ike_sa *sa, const struct buf *messages);

/* ---- ikev2_lines.c: the lines of the log that tell values ---- */

/* IKE_SA_INIT is sent, for the first time or after failures. */
void ikev2_log_call(const struct ike_sa *call);
/* IKE_SA_INIT is answered, by the peer or by us; the second is for a tunnel that may be meant. */
void ikev2_log_answered(const struct ike_sa *sa);
void ikev2_log_called(const struct ike_sa *sa, struct ike_peer *peer);
void ikev2_log_auth_sent(const struct ike_sa *sa);
/* One more key exchange is done. */
void ikev2_log_exchanged(const struct ike_sa *sa, uint16_t method);
void ikev2_log_established(const struct ike_sa *sa);
/* The pair is made, in the place of old if that is not NULL. */
void ikev2_log_child(const struct ike_sa *sa, const struct ike_pair *pair,
                     const struct ike_pair *old);
/* what: of {algorithms, initiatorSpi, responderSpi}. */
void ikev2_log_ike_rekeyed(const struct ike_sa *made, enum words_code what);
/* what: of {initiatorSpi, responderSpi}. */
void ikev2_log_ike_sa(const struct ike_sa *sa, enum words_code what);
/* what: of {spiIn, spiOut}, or of {spiIn}. */
void ikev2_log_esp_pair(struct ike_peer *peer, uint32_t spi_in, uint32_t spi_out,
                        enum words_code what);
void ikev2_log_esp_in(struct ike_peer *peer, uint32_t spi_in, enum words_code what);
/* In CREATE_CHILD_SA; what: of {exchange, first, second}, two groups. */
void ikev2_log_group(struct ike_peer *peer, enum words_code what, uint16_t first, uint16_t second);
/* The peer's request for what is refused for now. */
void ikev2_log_put_off(const struct ike_sa *sa, enum words_code what, uint16_t notify);
/* The request was sent again, or answered: a line if that took long. */
void ikev2_log_resent(const struct ike_sa *sa);
void ikev2_log_answered_late(const struct ike_sa *sa);
/* what: of {peer}. */
void ikev2_log_peer(const struct ike_sa *sa, enum ike_log_level level, enum words_code what);
/* A peer that nobody configured; few lines, however often it calls. */
void ikev2_log_stranger(struct ikev2 *ikev2, const struct endpoint *local,
                        const struct endpoint *remote);

/* ---- ikev2_sources.c: true if there is room for one more ---- */

bool ikev2_source_may_be_answered(struct ikev2 *ikev2, const struct addr *address);
bool ikev2_source_may_be_told(struct ikev2 *ikev2, const struct addr *address);

/* Under the key of this machine, which nobody knows. */
uint64_t ikev2_hash_address(struct ikev2 *ikev2, const struct addr *address);
/* Half-open SAs of an address; they count until they are released. */
struct ikev2_source *ikev2_source_hold(struct ikev2 *ikev2, const struct addr *address);
void ikev2_source_release(struct ikev2_source *source);
/* Its attempt came to nothing but cost something: counts as long as a half-open SA would. */
void ikev2_source_failed(struct ikev2 *ikev2, const struct addr *address);
/* Half-open SAs and failed attempts: in all, and whether the address has its share. */
size_t ikev2_count_unproved(struct ikev2 *ikev2);
bool ikev2_source_is_full(struct ikev2 *ikev2, const struct addr *address);
void ikev2_sources_done(struct ikev2 *ikev2);

/* ---- ikev2_room.c ---- */

/* The peer begins one more: if there are IKE_SAS_MAX, another one ends. */
void ikev2_make_room(struct ike_peer *peer);

/* ---- ikev2_groups.c: which group the peer wants a value of ---- */

enum ikev2_group_wish {
    IKEV2_GROUP_OTHER,   /* one that was not refused yet: it is tried */
    IKEV2_GROUP_FOREIGN, /* none of ours */
    IKEV2_GROUP_CIRCLES, /* one that it refused before */
};
/* What INVALID_KE_PAYLOAD, which is being read, asks for. refused is kept between the refusals of
 * one purpose, and 0 after a success. */
enum ikev2_group_wish ikev2_read_group_wish(const struct ike_sa *sa, const struct ike_offer *offer,
                                            uint16_t *refused, uint16_t *ret_group);
/* What for: a code of what is negotiated. */
void ikev2_report_circles(struct ike_sa *sa, enum words_code what, const struct ike_offer *offer,
                          uint16_t wanted);
/* True, and counted, if the peer may have one more key exchange of this group in its IKE SAs now.
 */
bool ikev2_exchange_is_due(struct ike_peer *peer, const struct crypto_dh_group *group);
/* In numbers of the cheapest. */
unsigned ikev2_exchange_cost(const struct crypto_dh_group *group);

/* A new secret once a minute; called when one is needed (ikev2_cookie.c). */
void ikev2_cookies_rotate(struct ikev2 *ikev2, uint64_t now_us);

/* ---- ikev2_input.c ---- */

void ikev2_input(struct ikev2 *ikev2, const struct endpoint *local, const struct endpoint *remote,
                 const uint8_t *data, size_t len);

/* ---- ikev2_move.c: where the peer is ---- */

/* The message being read is authentic and new: the peer is where it came from. */
void ikev2_note_place(struct ike_sa *sa);
/* ESP came from there: IKE is asked whether the peer is. */
void ikev2_esp_moved(struct ike_sa *sa, const struct endpoint *remote);
/* It has left port 500 at both ends, so that ESP can go where it goes. */
bool ikev2_is_afloat(const struct ike_sa *sa);

/* ---- ikev2_init.c: what both ends of IKE_SA_INIT do ---- */

/* Adds KE, nonce and NAT detection to the message being built and builds it into *ret, which AUTH
 * will cover. */
MUST_USE int ikev2_init_build(struct ike_sa *sa, struct crypto_span public,
                              const struct ike_nonce *nonce, struct buf *ret);
/* Who sits behind a NAT, as far as the peer's hashes tell; whether it takes fragments; and whether
 * it is one of us. */
MUST_USE int ikev2_init_read_nat(struct ike_sa *sa, const struct ike_message *m);
MUST_USE int ikev2_init_keep(struct buf *buf, const uint8_t *data, size_t len);
/* The keys of both sides. */
MUST_USE int ikev2_init_derive(struct ike_sa *sa, struct crypto_span secret);
void ikev2_init_request(struct ikev2 *ikev2, const struct endpoint *local,
                        const struct endpoint *remote, const uint8_t *data, size_t len,
                        const struct ike_message *m);

/* ---- ikev2_int_auth.c: key exchanges after the first one (RFC 9242, RFC 9370) ---- */

/* Of those that its algorithms name. -ENOMEM. */
MUST_USE int ikev2_intermediate_begin(struct ike_sa *sa);
void ikev2_intermediate_end(struct ike_sa *sa);
bool ikev2_intermediate_is_due(const struct ike_sa *sa);
/* IntAuth, which AUTH covers; empty if there was none. Borrowed from the SA. */
struct crypto_span ikev2_intermediate_octets(const struct ike_sa *sa);
/* By which a request that was answered is read when it comes again: its answer changed the keys.
 * NULL: it is none. */
struct ike_sk *ikev2_intermediate_sk_before(const struct ike_sa *sa, const struct ike_header *hdr);

/* ---- ikev2_followup.c: key exchanges after that of a rekey (RFC 9370) ---- */

/* In the place of one that is there. NULL: no memory. */
struct ikev2_followup *ikev2_followup_begin(struct ike_sa *sa, const struct ike_choice *choice,
                                            struct crypto_span secret);
void ikev2_followup_end(struct ike_sa *sa);
/* Of the next exchange; NULL after the last one. */
const struct crypto_dh_group *ikev2_followup_method(const struct ikev2_followup *f);
/* One more is done. */
MUST_USE int ikev2_followup_add(struct ikev2_followup *f, struct crypto_span secret);
void ikev2_followup_make_link(struct ike_sa *sa, struct ikev2_followup *f);
/* Of a response. False: it has none. */
bool ikev2_followup_take_link(struct ikev2_followup *f, const struct ike_message *m);
/* That of a request; NULL: it is not known, or not any more. */
struct ikev2_followup *ikev2_followup_of(struct ike_sa *sa, const struct ike_message *m);

/* ---- ikev2_intermediate.c: the exchanges themselves ---- */

/* The next IKE_INTERMEDIATE, or IKE_AUTH after the last one. */
MUST_USE int ikev2_prove(struct ike_sa *sa);
void ikev2_intermediate_request(struct ike_sa *sa);
void ikev2_intermediate_response(struct ike_sa *sa, enum ike_kind kind);

/* ---- ikev2_call.c: IKE_SA_INIT as the initiator ---- */

MUST_USE int ikev2_call(struct ike_peer *peer, const struct endpoint *local,
                        const struct endpoint *remote, bool replaces);
void ikev2_init_response(struct ike_sa *sa, enum ike_kind kind, const uint8_t *data, size_t len);

/* ---- ikev2_answers.c ---- */

/* A call is an IKE SA that is CALLING; its answers have its initiator SPI and are AUTHENTICATING.
 */
bool ikev2_call_has_answers(const struct ike_sa *call);
/* The call came to nothing. */
void ikev2_call_end(struct ike_sa *call);
/* IKE_AUTH was answered, but did not lead to the peer; the call listens on for a while. */
void ikev2_answer_failed(struct ike_sa *answer, unsigned attempts_min);
/* IKE_AUTH was not answered at all. */
void ikev2_answer_unheard(struct ike_sa *answer);
/* IKE_AUTH was answered for another answer to the same call: if this is the true one, the peer will
 * answer for it as soon, or never. */
bool ikev2_answer_is_late(const struct ike_sa *answer);
/* This one did: the others and the call go. */
void ikev2_answer_proved(struct ike_sa *answer);
/* These bytes are being tried already. */
bool ikev2_answer_is_known(const struct ike_sa *call, const uint8_t *data, size_t len);
/* Another answer with the same keys is being tried, which this one, taken apart, belongs to now. */
bool ikev2_answer_joins(struct ike_sa *answer);
/* The answer is another one of the same keys from now on, if there is any left. */
bool ikev2_answer_next(struct ike_sa *sa);
void ikev2_answers_forget(struct ike_sa *sa);

/* ---- how an end proves who it is (2.15): ikev2_psk.c, ikev2_cert.c ---- */

#define IKEV2_PROOF_MAX (1 + CRYPTO_ALGORITHM_MAX + CRYPTO_SIGNATURE_MAX)

struct ikev2_proof {
    /* AUTH, and what goes with it, into the message being built, for the peer of the SA, as id.
     * room is borrowed until the message is built. */
    int (*prove)(struct ike_sa *sa, const struct ike_id *id, uint8_t room[IKEV2_PROOF_MAX]);
    /* The message being read proves its sender to be the peer; says what is wrong with it. */
    bool (*verify)(struct ike_sa *sa, struct ike_peer *peer, const struct ike_message *m);
    /* Is that a method of this kind? */
    bool (*takes)(uint8_t method);
};

extern const struct ikev2_proof ikev2_psk;
extern const struct ikev2_proof ikev2_cert;

/* What goes into the octets of which the side that we are, or the other one, proves knowledge. */
void ikev2_proven(const struct ike_sa *sa, bool ours, struct ike_auth_input *ret);

/* Into IKE_SA_INIT: which signatures we verify, and as responder which CAs we trust. */
MUST_USE int ikev2_cert_announce(struct ike_sa *sa, struct ike_message *m);
/* Out of it. */
void ikev2_cert_read_init(struct ike_sa *sa, const struct ike_message *m);
/* The peer refused our proof: why that may be. */
void ikev2_cert_report_refused(struct ike_sa *sa, const char *id);
/* Until when it may live: as long as the certificates that it rests on. Before that, and not in its
 * last minute, it is negotiated from scratch. */
void ikev2_cert_set_end(struct ike_sa *sa);
/* A certificate that ends within 30 days is told of, once a day. */
void ikev2_cert_warn(struct ike_sa *sa);

/* ---- ikev2_auth.c, ikev2_create_child.c, ikev2_rekey.c, ikev2_informational.c. Handlers of
 * requests see the message that came in, and answer; those of responses see it, too, and the
 * request. ---- */

MUST_USE int ikev2_auth_send(struct ike_sa *sa);
/* The half-open SA stays until its time is over, for no other purpose than to say this again: who
 * missed it would think that nobody answers. */
void ikev2_auth_refuse(struct ike_sa *sa, uint16_t notify);
void ikev2_auth_request(struct ike_sa *sa);
/* The first protected request was no IKE_AUTH that we can read (EAP, say): answered, and the end.
 */
void ikev2_auth_refuse_syntax(struct ike_sa *sa, uint16_t notify,
                              const struct ike_problem *problem);
void ikev2_auth_response(struct ike_sa *sa, enum ike_kind kind);

void ikev2_create_child_send(struct ike_sa *sa, struct ike_pair *rekeyed);
void ikev2_create_child_request(struct ike_sa *sa, bool rekey);
void ikev2_create_child_response(struct ike_sa *sa, enum ike_kind kind);
/* The answer to our request for a pair, which the peer may have made, is still under way. */
bool ikev2_awaits_child(const struct ike_sa *sa);
/* The peer deleted a pair that we do not know. */
void ikev2_note_gone(struct ike_sa *sa, uint32_t spi_out);

void ikev2_rekey_send(struct ike_sa *sa);
void ikev2_rekey_request(struct ike_sa *sa);
void ikev2_rekey_response(struct ike_sa *sa, enum ike_kind kind);
void ikev2_followup_request(struct ike_sa *sa);
void ikev2_followup_response(struct ike_sa *sa, enum ike_kind kind);
/* The peer uses the IKE SA of its rekey that collided with ours: it did not see the collision, or
 * won it. Ours comes to nothing. */
void ikev2_rekey_settle(struct ike_sa *heir);
void ikev2_move_pairs(struct ike_sa *from, struct ike_sa *to);

void ikev2_informational_request(struct ike_sa *sa);
void ikev2_informational_response(struct ike_sa *sa);
void ikev2_delete_sa_send(struct ike_sa *sa);
void ikev2_delete_child_send(struct ike_sa *sa, struct ike_pair *pair);
void ikev2_liveness_send(struct ike_sa *sa);

/* ---- ikev2_child.c: the child part of messages, in IKE_AUTH and CREATE_CHILD_SA ---- */

/* The child part of an answer: chooses, narrows, makes the pair and adds SA, TSi and TSr to the
 * message being built. Returns the error notify to answer with instead, or 0. */
struct ikev2_child_answer {
    bool with_groups;
    bool hold_out;
    struct crypto_span nonce_i;
    struct crypto_span nonce_r;
    uint8_t public[CRYPTO_DH_PUBLIC_MAX]; /* of the group that was chosen, if one was */
    struct ike_pair *pair;
};
uint16_t ikev2_child_answer_request(struct ike_sa *sa, struct ikev2_child_answer *answer);
/* The child part of a request: a new SPI, our proposals and selectors; rekeyed may be NULL. */
MUST_USE int ikev2_child_propose(struct ike_sa *sa, const struct ike_pair *rekeyed,
                                 bool with_groups);
/* The peer's refusal of it: if that is about the selectors, and something else is asked for at once
 * or others are there, nothing else is to follow from it: true. */
bool ikev2_child_goes_on(struct ike_sa *sa, struct ike_pair *rekeyed);
/* The child part of a response to us; -EPROTO if it is not what we asked for. */
MUST_USE int ikev2_child_take_response(struct ike_sa *sa, bool with_groups,
                                       struct crypto_span nonce_i, struct crypto_span nonce_r,
                                       bool hold_out, struct ike_pair **ret);
/* The peer made a pair that we cannot take: have it deleted. */
void ikev2_child_reject(struct ike_sa *sa, uint32_t spi_in);
/* The child's parameters were changed since the request was sent: what comes of it does not last,
 * and says nothing about the parameters of now. */
bool ikev2_child_is_stale(const struct ike_sa *sa);
/* The peer can receive on what we answered with before: it went on to another request. */
void ikev2_pairs_proven(struct ike_sa *sa);
/* It answered a request of ours: so it has the IKE SA, and what our IKE_AUTH response made. */
void ikev2_pairs_answered(struct ike_sa *sa);

/* ---- ikev2_report.c: what of the messages does not fit, told ---- */

/* The libcrypto of this machine lacks what the tunnel has to have. */
void ikev2_report_lacking(struct ike_peer *peer, enum ike_event_kind kind);
/* The message being read is no answer to an additional key exchange that was agreed. */
void ikev2_report_exchange_refused(struct ike_sa *sa);

/* Selectors that do not fit: what is a code of {named, peerNamed, local, remote}. */
void ikev2_report_selectors(struct ike_sa *sa, enum words_code what);
/* The peer does not believe that we are who we should be. */
void ikev2_report_refused(struct ike_sa *sa);
/* IKE_AUTH had no answer. */
void ikev2_report_unanswered(struct ike_sa *sa);
/* The same of a call whose IKE_SA_INIT got no answer. */
void ikev2_report_silence(struct ike_sa *call);
/* A request of an IKE SA in use is sent once more: a word if it is one that paths do not carry. */
void ikev2_report_large(struct ike_sa *sa);
/* IKE_AUTH did not come whole, and the time that it has is over. */
void ikev2_report_incomplete(struct ike_sa *sa);
/* The peer's refusal of a child. */
void ikev2_report_child_refused(struct ike_sa *sa);

/* ---- ikev2_liveness.c: when to ask whether the peer is there, and what comes of it ---- */

/* When to ask next, if nothing else is heard; IKE_NEVER. */
uint64_t ikev2_liveness_due(const struct ike_sa *sa);
/* For how long an answer may be on its way before the request is sent again. */
uint64_t ikev2_liveness_pause(const struct ike_sa *sa);
/* The last transmission of the request is not waited for any more, if that asked for liveness. */
void ikev2_liveness_lost(struct ike_sa *sa);
/* The request, which asked for liveness, has its answer. */
void ikev2_liveness_answered(struct ike_sa *sa);

#endif
