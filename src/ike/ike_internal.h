/* ike_internal.h - what the files of the IKE machine share. The codec does not include it.
 *
 * How a call flows: the public functions (engine.c) find what is concerned, change it and mark it
 * dirty; ike_settle() then runs every dirty SA and tunnel until nothing is left to do. Running is
 * level-triggered: ike_sa_run() and ike_tunnel_run() look at what is, not at what happened, and
 * decide what to send, install, close and when to look again. Memory of SAs is given back only
 * there, so that handlers may hold pointers. */
#ifndef ROPEWAY_IKE_INTERNAL_H
#define ROPEWAY_IKE_INTERNAL_H

#include "ike.h"
#include "parts_internal.h"
#include "wire.h"
#include "words.h"

/* Bytes of a written error, and of one that another message names: what stands around it has room
 * in IKE_TEXT_MAX. */
#define IKE_ERROR_MAX (IKE_TEXT_MAX - 64)
#define IKE_WHY_MAX   (IKE_ERROR_MAX - 64)

#define IKE_OUR_NONCE_LEN  32
#define IKE_SA_BUCKETS     4096
#define IKE_TUNNEL_BUCKETS 4096
#define IKE_SOURCES        512
#define IKE_GRACE          (3 * IKE_SECOND)  /* an old inbound SA still takes what is under way */
#define IKE_HALF_OPEN      (20 * IKE_SECOND) /* life of an SA_INIT we answered */
#define IKE_REDUNDANT_MAX  4                 /* IKE SAs of one tunnel with a peer of another make */
#define IKE_LATER_PAUSE    (300 * IKE_MS)    /* before a request is sent again */
#define IKE_SAS_MAX        16                /* of one tunnel: beyond, the peer may not rekey */
#define IKE_CHILDREN_MAX   64                /* of one IKE SA; twice that while they are rekeyed */

/* ---- child SAs ---- */

enum ike_child_state {
    IKE_CHILD_LIVE,
    IKE_CHILD_REPLACED, /* a successor is there; waits to be deleted by whoever made that one */
    IKE_CHILD_CLOSING,  /* our DELETE is under way or due */
};

struct ike_child {
    struct list link; /* of its IKE SA */
    enum ike_child_state state;
    bool made_by_us; /* we sent the request that made it */
    uint32_t spi_in;
    uint32_t spi_out;
    struct ike_algs algs;
    bool esn;
    struct ike_selectors selectors;
    uint32_t config_epoch; /* of the tunnel's child parameters it was made under */
    uint64_t made_us;
    uint64_t rekey_us;
    uint64_t expire_us;
    uint64_t retry_us; /* no rekey before (after a refusal) */
    uint64_t close_us; /* REPLACED: closed by ourselves if it is still there then */
    unsigned refusals;
    bool want_rekey; /* asked for, or a soft limit */
    bool lost;       /* the data plane has it no more */
    bool in_ok;      /* acknowledged */
    bool out_ok;
    bool out_added;
    uint64_t out_order;   /* of adding: the newest one carries the traffic */
    bool by_auth;         /* made in IKE_AUTH */
    bool unproven;        /* the peer may not have our answer that made it */
    uint64_t ack_us;      /* an acknowledgment is missing since: lost after a while */
    uint64_t out_us;      /* the outbound half is added then at the latest */
    uint32_t replaced_by; /* REPLACED: inbound SPI of the successor; it serves on if that goes */
    uint32_t replaces;    /* inbound SPI of the child to close once this one is acknowledged */
    bool seen_in;         /* in the inventory being taken */
    bool seen_out;
    uint64_t idle_ms;           /* of the inbound half, by the same inventory */
    struct ike_nonce low_nonce; /* the lower one of the exchange that made it */
    struct ike_esp_sa out;      /* keys are wiped when it was added */
};

/* An inbound SA that takes what is still under way, then goes. */
struct ike_linger {
    struct list link;
    uint32_t spi;
    uint64_t until_us;
};

/* Half of an SA pair of an earlier life of this daemon. */
struct ike_adopted {
    struct list link;
    char tunnel[IKE_TUNNEL_ID_MAX];
    uint8_t direction;
    uint32_t spi;
    uint32_t pair;
    uint64_t idle_ms;
    uint64_t until_us;
    bool seen;
};

/* ---- IKE SAs ---- */

enum ike_sa_state {
    IKE_SA_INIT_SENT,
    IKE_SA_INIT_ANSWERED, /* as responder: half-open */
    IKE_SA_AUTH_SENT,
    IKE_SA_ESTABLISHED,
    IKE_SA_REPLACED, /* rekeyed: waits for its DELETE */
    IKE_SA_CLOSING,  /* our DELETE is under way */
    IKE_SA_DEAD,     /* given back at the next settling */
};

enum ike_task {
    IKE_TASK_NONE,
    IKE_TASK_INIT,
    IKE_TASK_AUTH,
    IKE_TASK_NEW_CHILD,
    IKE_TASK_REKEY_CHILD,
    IKE_TASK_REKEY_IKE,
    IKE_TASK_DELETE_CHILD,
    IKE_TASK_DELETE_IKE,
    IKE_TASK_LIVENESS,
};

/* The one request that may be outstanding (window 1). */
struct ike_request {
    enum ike_task task;
    uint32_t id;
    struct buf bytes; /* sent again as they are */
    unsigned sends;
    uint64_t first_us;
    uint64_t next_us; /* sent again then */
    uint64_t pause_us;
    uint32_t child_spi;  /* the child it is about, by inbound SPI */
    uint32_t new_spi_in; /* of a child to be */
    uint64_t new_spi;    /* of an IKE SA to be */
    uint16_t group;      /* of dh; 0 = none */
    struct ike_nonce nonce;
    struct crypto_dh *dh;
    /* What it offers: the tunnel's configuration may change before the answer comes. */
    struct ike_offer offer;
    bool esn;
    uint32_t config_epoch; /* of the IKE or the child parameters, after what is negotiated */
    /* The peer's exchange for the same purpose that we answered meanwhile (2.8.1, 2.25). */
    struct ike_nonce rival_nonce; /* its lower one; len 0 = no rival */
    uint32_t rival_child;
    uint64_t rival_sa;
    bool esp_told; /* it was logged that ESP comes while this is not answered */
};

struct ike_sa {
    struct list link;        /* of the machine, by local SPI */
    struct list tunnel_link; /* of its tunnel, or of itself */
    struct list half_link;   /* of the half-open ones, or of itself */
    struct list dirty_link;
    struct ike_timer timer;
    struct ike *ike;
    struct ike_tunnel *tunnel; /* NULL while half-open */
    enum ike_sa_state state;
    bool initiator; /* of the first exchange of this very SA */
    uint64_t spi_i;
    uint64_t spi_r;
    struct endpoint local;
    struct endpoint remote;
    bool nat_local;
    bool nat_remote;
    bool ropeway;     /* the peer is one of us */
    bool begun_by_us; /* the first of its line */
    bool counted;     /* among the half-open */

    struct ike_algs algs;
    struct ike_keys keys;
    struct ike_sk *sk;
    struct ike_nonce nonce_i;
    struct ike_nonce nonce_r;
    struct ike_nonce low_nonce;
    struct buf init_request; /* until authenticated */
    struct buf init_response;
    struct crypto_dh *dh;
    uint16_t group;
    struct ike_nonce cookie; /* to send along */
    unsigned init_retries;
    bool replaces; /* begun to take the place of a living one */
    uint32_t config_epoch;
    uint64_t config; /* the newest that it and all its children are of */

    uint32_t send_id; /* of the next request */
    uint32_t recv_id; /* of the next one expected */
    struct ike_request request;
    struct buf response; /* to request recv_id - 1 */

    struct list children;
    uint64_t began_us;       /* first message; inherited by the SAs that replace it */
    uint64_t established_us; /* likewise */
    uint64_t tie;            /* the initiator SPI of the first of the line */
    uint64_t made_us;        /* this very SA */
    uint64_t rekey_us;
    uint64_t expire_us;
    uint64_t retry_us; /* no IKE rekey before */
    uint64_t child_retry_us;
    unsigned refusals;
    unsigned child_refusals;
    bool outworn;             /* the peer makes no more children in it */
    unsigned new_refusals;    /* by the peer, of a child to be; in a row */
    bool had_child;           /* it carried one, or the one that it replaced did */
    unsigned child_deletions; /* of young ones, by the peer, in a row */
    uint64_t quiet_us;        /* made by the peer's rekey: no requests before */
    uint64_t heard_us;
    uint64_t suspect_us;   /* a hint: it must show life until then; 0 = no hint */
    uint64_t hint_us;      /* when the last hint was taken */
    uint64_t asked_us;     /* the data plane was asked whether ESP still comes; 0 = no */
    uint64_t close_us;     /* REPLACED or redundant: closed then */
    uint64_t give_up_us;   /* INIT_SENT: somebody answered; it listens until then. 0 = nobody did */
    unsigned n_answers;    /* INIT_SENT: that an IKE SA was made for */
    unsigned attempts_min; /* INIT_SENT: if it fails the next call waits as after so many */
    bool want_rekey;
    bool want_child;
    bool want_liveness;
    bool silent_close;     /* close without a word when close_us comes */
    bool forgotten;        /* perhaps, by the peer, which has called anew since */
    bool auth_failed;      /* our DELETE says so, too; half-open: the last word was said */
    uint16_t child_group;  /* the group the peer wants for the next child; 0 = our first */
    struct endpoint probe; /* ESP came from there: look whether IKE does, too */
    bool unsettled;        /* the peer's rekey that collided with ours: does not count yet */
    uint64_t successor;    /* local SPI of the IKE SA that replaced it */
};

struct ike_tunnel {
    struct list link;      /* of the machine */
    struct list id_link;   /* of its index */
    struct list pair_link; /* likewise */
    struct list dirty_link;
    struct ike_timer timer;
    struct ike *ike;
    struct ike_tunnel_config config;
    bool marked;          /* by ike_sync_begin */
    bool removed;         /* no longer configured: lives on until its SAs are closed */
    uint64_t best_spi;    /* of the SA that counted last */
    uint32_t ike_epoch;   /* counts changes of what an IKE SA depends on */
    uint32_t child_epoch; /* likewise of a child SA */
    struct list sas;
    struct list lingers;
    struct list adopted;
    uint64_t adopted_check_us;
    bool adopted_asked;
    bool keep_initiating; /* config.initiate, unless cleared by DPD or asked once */
    uint64_t attempt_us;  /* no new attempt before */
    unsigned attempts;    /* in a row without success */
    uint64_t out_orders;  /* outbound halves added so far */
    bool proven;          /* what the config of now says was in force once */
    bool behind;          /* up, but not by SAs of its configuration of now */
    bool behind_error;    /* last_error is of when it was behind: says why, and stays as long */
    uint64_t error_us;    /* when last_error was last true */
    uint64_t suspect_us;  /* of the last line said on a stranger's word */
    bool unsaid;          /* the log has no line of the last error, which came too soon after one */
    enum words_code
        exact_code; /* of last_error, if that says exactly what does not fit, else WORDS_FOREIGN */
    uint64_t exact_us;         /* when that was last true */
    enum words_code kept_from; /* the refusal that did not replace it and is in the log, as well */
    uint64_t heard_us;         /* of the last line about a call of somebody unproved */
    unsigned heard;            /* such lines since the last IKE SA was established */
    bool reported;
    struct ike_status status; /* as last reported; last_error and counters live here */
    char note[IKE_ERROR_MAX]; /* written: what happened last that may have taken it down */
    char peer_id[IKE_TEXT_MAX / 2];
    char asked_id[IKE_TEXT_MAX / 2]; /* that the peer wanted of us, if it is another than ours */
    uint32_t reported_rekeys;
    struct ike_liveness liveness;
    uint64_t liveness_pause_us; /* of the next request; 0: nothing was learnt yet */
    uint64_t liveness_asked_us; /* the last request was sent */
};

/* Tunnels, and SAs of tunnels that are not configured yet (tunnel_index.c). */
struct ike_tunnel_index {
    struct list by_id[IKE_TUNNEL_BUCKETS];
    struct list by_pair[IKE_TUNNEL_BUCKETS];
    struct list orphans[IKE_TUNNEL_BUCKETS]; /* by id */
};

/* Senders who have proved nothing, by a hash of their address. */
struct ike_source {
    uint64_t window_us; /* the second in which answers are counted */
    uint64_t told_us;
    uint8_t answers;
};

struct ike {
    struct ike_options options;
    struct list buckets[IKE_SA_BUCKETS];
    struct list half_open;
    size_t n_half_open;
    size_t n_sas;
    struct list tunnels;
    size_t n_tunnels;
    struct ike_tunnel_index index;
    struct list dirty_sas;
    struct list dirty_tunnels;
    struct list actions;
    struct ike_timers timers;
    struct ike_cookies cookies;
    bool configured; /* one sync was complete */
    bool plane_up;
    uint64_t now_us;
    struct ike_source sources[IKE_SOURCES];
    uint64_t sources_key;
    uint64_t told_us; /* of the last line about a stranger */
    struct ike_stats stats;
    struct endpoint in_local; /* of the datagram being read */
    struct endpoint in_remote;
    /* Scratch: one message is read and one built at a time. */
    struct ike_message in;
    struct ike_message out;
    uint8_t plain[IKE_MESSAGE_MAX];
    uint8_t wire[IKE_MESSAGE_MAX];
};

/* engine.c */
void ike_random(struct ike *ike, void *ret, size_t len);
uint64_t ike_random_u64(struct ike *ike);
/* base plus or minus up to percent of it. */
uint64_t ike_jitter(struct ike *ike, uint64_t base, unsigned percent);
void ike_settle(struct ike *ike);
/* A new secret once a minute; called when one is needed. */
void ike_cookies_rotate(struct ike *ike, uint64_t now_us);
/* Look again at at_us. What is due already and could not be done is looked at again in a second: so
 * nothing is forgotten and nothing spins. */
void ike_lower_deadline(const struct ike *ike, uint64_t *deadline, uint64_t at_us);

/* actions.c */
void ike_act_send(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
                  const void *data, size_t len);
void ike_act_add(struct ike_tunnel *tunnel, const struct ike_esp_sa *add);
void ike_act_del(struct ike *ike, const char *tunnel, uint8_t direction, uint32_t spi);
void ike_act_move(struct ike_tunnel *tunnel, uint32_t pair, const struct endpoint *remote);
void ike_act_query(struct ike_tunnel *tunnel);
void ike_act_status(struct ike_tunnel *tunnel);
void ike_act_liveness(struct ike_tunnel *tunnel);
/* A line of its log. */
void ike_act_log(struct ike_tunnel *tunnel, enum ike_log_level level, const struct words *what);
/* A peer that nobody configured; few lines, however often it calls. */
void ike_act_log_stranger(struct ike *ike, const struct endpoint *local,
                          const struct endpoint *remote);
void ike_actions_done(struct ike *ike);

/* tunnel_index.c */
void ike_tunnel_index_init(struct ike_tunnel_index *index);
/* By the configuration it has: taken out before that changes, and before its end. */
void ike_tunnel_index_add(struct ike_tunnel *tunnel);
void ike_tunnel_index_remove(struct ike_tunnel *tunnel);
/* Where what belongs to a tunnel of that id is kept, and of others. */
struct list *ike_orphans_of(struct ike *ike, const char *id);
struct ike_tunnel *ike_tunnel_find(const struct ike *ike, const char *id);
/* The tunnels between two addresses, enabled or not: those for exactly this peer, then those for
 * any. The one after `after`, or the first (NULL); NULL at the end. */
struct ike_tunnel *ike_tunnel_between(const struct ike *ike, const struct addr *local,
                                      const struct addr *remote, const struct ike_tunnel *after);
#define ike_for_each_between(tunnel, ike, local, remote)                                           \
    for (struct ike_tunnel *tunnel = ike_tunnel_between(ike, local, remote, NULL); tunnel;         \
         tunnel = ike_tunnel_between(ike, local, remote, tunnel))

/* tunnel.c */
void ike_tunnel_touch(struct ike_tunnel *tunnel);
void ike_tunnel_run(struct ike_tunnel *tunnel);
void ike_tunnel_free(struct ike_tunnel *tunnel);
/* Remembers why it does not work, and tells. */
void ike_tunnel_fail(struct ike_tunnel *tunnel, const struct words *why);
/* The same on the word of someone who has not proved who he is: few lines, however often he comes,
 * and no error of a tunnel that is up, unless it is behind its configuration. */
void ike_tunnel_suspect(struct ike_tunnel *tunnel, const struct words *why);
/* Whether last_error says more about the same thing than a sentence with this code would, which is
 * about to be said (exact.c). */
bool ike_tunnel_knows_better(struct ike_tunnel *tunnel, enum words_code code);
/* Logs what may take the tunnel down: if it does, that is the reason given. */
void ike_tunnel_note(struct ike_tunnel *tunnel, enum ike_log_level level, const struct words *what);
/* The same without a line. */
void ike_tunnel_remember(struct ike_tunnel *tunnel, const struct words *what);
/* Logs what happens before the peer has proved who it is: ever fewer lines, until it does. */
void ike_tunnel_hear(struct ike_tunnel *tunnel, const struct words *what);
/* A first exchange that came to nothing: the next one waits longer. */
void ike_tunnel_backoff(struct ike_tunnel *tunnel);
/* An attempt of ours to negotiate came to nothing: if the SAs in use are of another configuration
 * the one of now counts as refused. */
void ike_tunnel_refused(struct ike_tunnel *tunnel);
/* Something was agreed: what went wrong before is history, unless it keeps the tunnel behind. */
void ike_tunnel_succeeded(struct ike_tunnel *tunnel);
/* The SA that counts: the one that would stay if the others were closed; NULL. */
struct ike_sa *ike_tunnel_best(const struct ike_tunnel *tunnel);
bool ike_tunnel_has_usable_child(const struct ike_tunnel *tunnel);
/* A child, or an SA from before a restart, that traffic can go on with. */
bool ike_tunnel_carries(const struct ike_tunnel *tunnel);
void ike_tunnel_linger(struct ike_tunnel *tunnel, uint32_t spi_in, uint64_t grace_us);
/* Takes off what has lingered long enough, or all. */
void ike_tunnel_run_lingers(struct ike_tunnel *tunnel, bool all, uint64_t *deadline);
void ike_tunnel_close_all(struct ike_tunnel *tunnel);
void ike_tunnel_ident(const struct ike_tunnel *tunnel, bool remote, struct ike_ident *storage,
                      struct ike_id *ret);

/* settle.c: which of several IKE SAs of a tunnel stay, adopted SAs, status */
void ike_tunnel_settle_rivals(struct ike_tunnel *tunnel);
void ike_tunnel_update_status(struct ike_tunnel *tunnel);
/* The status with the error that fits it. */
void ike_tunnel_tell_status(const struct ike_tunnel *tunnel, struct ike_status *ret);

/* plane.c */
void ike_adopted_free(struct ike_adopted *item);
void ike_tunnel_run_adopted(struct ike_tunnel *tunnel, uint64_t *deadline);
void ike_tunnel_take_orphans(struct ike_tunnel *tunnel);
void ike_orphans_drop(struct ike *ike);
void ike_orphans_free(struct ike *ike);

/* sa.c */
uint64_t ike_sa_new_spi(struct ike *ike);
/* local_spi comes from ike_sa_new_spi(). tunnel may be NULL. */
MUST_USE int ike_sa_new(struct ike *ike, struct ike_tunnel *tunnel, bool initiator,
                        uint64_t local_spi, const struct endpoint *local,
                        const struct endpoint *remote, struct ike_sa **ret);
void ike_sa_free(struct ike_sa *sa);
/* The answers to a call share its local SPI: this one finds any of them. */
struct ike_sa *ike_sa_find(const struct ike *ike, uint64_t local_spi);
/* initiator: our role in it. With spi_r 0 it is the call. */
struct ike_sa *ike_sa_find_pair(const struct ike *ike, bool initiator, uint64_t spi_i,
                                uint64_t spi_r);
uint64_t ike_sa_local_spi(const struct ike_sa *sa);
void ike_sa_attach(struct ike_sa *sa, struct ike_tunnel *tunnel);
void ike_sa_set_half_open(struct ike_sa *sa, bool half_open);
void ike_sa_touch(struct ike_sa *sa);
void ike_sa_run(struct ike_sa *sa);
/* Its children leave the data plane, it is given back; nothing is said to the peer. */
void ike_sa_kill(struct ike_sa *sa);
/* Says DELETE, and takes its children off the data plane. */
void ike_sa_close(struct ike_sa *sa);
void ike_sa_establish(struct ike_sa *sa);
/* The clocks of an SA's own life, from when it was made. */
void ike_sa_set_lifetime(struct ike_sa *sa);
bool ike_sa_has_usable_child(const struct ike_sa *sa);
void ike_sa_hint(struct ike_sa *sa);
/* Kill, and begin again; why is a code whose argument is the peer's endpoint. */
void ike_sa_give_up(struct ike_sa *sa, enum words_code why);
/* Still authenticated and in use: may it carry children? */
bool ike_sa_is_live(const struct ike_sa *sa);

/* exchange.c: sending requests and responses */
void ike_out_init(struct ike_sa *sa, enum ike_exchange exchange, bool response, uint32_t id);
/* Seals ike->out and sends it as the outstanding request. */
MUST_USE int ike_request_send(struct ike_sa *sa, enum ike_task task);
/* The same for a clear message, already built. */
MUST_USE int ike_request_send_clear(struct ike_sa *sa, enum ike_task task, const uint8_t *data,
                                    size_t len);
void ike_request_resend(struct ike_sa *sa);
void ike_request_done(struct ike_sa *sa);
/* Seals ike->out and sends it as the answer to the request just read. */
MUST_USE int ike_response_send(struct ike_sa *sa);
MUST_USE int ike_respond_notify(struct ike_sa *sa, uint16_t type, const void *data, size_t len);
void ike_respond_clear(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
                       const struct ike_message *m, uint16_t notify, const void *data, size_t len);

/* lines.c: the lines of the log that tell values */
/* IKE_SA_INIT is sent, for the first time or after failures. */
void ike_log_call(const struct ike_sa *call);
/* IKE_SA_INIT is answered, by the peer or by us; the second is for a tunnel that may be meant. */
void ike_log_answered(const struct ike_sa *sa);
void ike_log_called(const struct ike_sa *sa, struct ike_tunnel *tunnel);
void ike_log_auth_sent(const struct ike_sa *sa);
void ike_log_established(const struct ike_sa *sa);
/* The child is made, in the place of old if that is not NULL. */
void ike_log_child(const struct ike_sa *sa, const struct ike_child *child,
                   const struct ike_child *old);
/* what: of {algorithms, initiatorSpi, responderSpi}. */
void ike_log_ike_rekeyed(const struct ike_sa *made, enum words_code what);
/* what: of {initiatorSpi, responderSpi}. */
void ike_log_ike_sa(const struct ike_sa *sa, enum words_code what);
/* what: of {spiIn, spiOut}, or of {spiIn}. */
void ike_log_esp_pair(struct ike_tunnel *tunnel, uint32_t spi_in, uint32_t spi_out,
                      enum words_code what);
void ike_log_esp_in(struct ike_tunnel *tunnel, uint32_t spi_in, enum words_code what);
/* In CREATE_CHILD_SA; what: of {exchange, first, second}, two groups. */
void ike_log_group(struct ike_tunnel *tunnel, enum words_code what, uint16_t first,
                   uint16_t second);
/* The peer's request for what is refused for now. */
void ike_log_put_off(const struct ike_sa *sa, enum words_code what, uint16_t notify);
/* The request was sent again, or answered: a line if that took long. */
void ike_log_resent(const struct ike_sa *sa);
void ike_log_answered_late(const struct ike_sa *sa);
/* what: of {peer}. */
void ike_log_peer(const struct ike_sa *sa, enum ike_log_level level, enum words_code what);

/* sources.c: true if there is room for one more */
bool ike_source_may_be_answered(struct ike *ike, const struct addr *address);
bool ike_source_may_be_told(struct ike *ike, const struct addr *address);

/* input.c */
void ike_input_datagram(struct ike *ike, const struct endpoint *local,
                        const struct endpoint *remote, const uint8_t *data, size_t len);

/* sa_init.c: what both ends of IKE_SA_INIT do */
/* Adds KE, nonce and NAT detection to ike->out and builds it into *ret, which AUTH will cover. */
MUST_USE int ike_init_build(struct ike_sa *sa, const struct ike_nonce *nonce, struct buf *ret);
/* Who sits behind a NAT, as far as the peer's hashes tell; and whether it is one of us. */
MUST_USE int ike_init_read_nat(struct ike_sa *sa, const struct ike_message *m);
MUST_USE int ike_init_keep(struct buf *buf, const uint8_t *data, size_t len);
MUST_USE int ike_init_new_dh(struct ike_sa *sa, uint16_t group);
/* Secrets and keys of both sides. */
MUST_USE int ike_init_derive(struct ike_sa *sa, const struct crypto_dh *dh,
                             struct crypto_span peer_public);

/* call.c, sa_init.c, sa_auth.c, create_child.c, rekey_ike.c, informational.c. Handlers of requests
 * see ike->in, and answer; those of responses see it, too, and sa->request. */
void ike_init_start(struct ike_tunnel *tunnel, bool replaces);
void ike_init_request(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
                      const uint8_t *data, size_t len, const struct ike_message *m);
void ike_init_response(struct ike_sa *sa, enum ike_kind kind, const uint8_t *data, size_t len);

/* A call is an IKE SA in IKE_SA_INIT_SENT; its answers have its initiator SPI and are in
 * IKE_SA_AUTH_SENT. */
bool ike_call_has_answers(const struct ike_sa *call);
/* The call came to nothing. */
void ike_call_end(struct ike_sa *call);
/* This one did not lead to the peer; the call listens on for a while. */
void ike_answer_failed(struct ike_sa *answer, unsigned attempts_min);
/* This one did: the others and the call go. */
void ike_answer_proved(struct ike_sa *answer);

MUST_USE int ike_auth_send(struct ike_sa *sa);
void ike_auth_request(struct ike_sa *sa);
/* The first protected request was no IKE_AUTH that we can read (EAP, say): answered, and the end.
 */
void ike_auth_refuse_syntax(struct ike_sa *sa, uint16_t notify, const struct ike_problem *problem);
void ike_auth_response(struct ike_sa *sa, enum ike_kind kind);

void ike_create_child_send(struct ike_sa *sa, struct ike_child *rekeyed);
void ike_create_child_request(struct ike_sa *sa, bool rekey);
void ike_create_child_response(struct ike_sa *sa, enum ike_kind kind);

void ike_rekey_ike_send(struct ike_sa *sa);
void ike_rekey_ike_request(struct ike_sa *sa);
void ike_rekey_ike_response(struct ike_sa *sa, enum ike_kind kind);
/* The peer uses the IKE SA of its rekey that collided with ours: it did not see the collision, or
 * won it. Ours comes to nothing. */
void ike_rekey_settle(struct ike_sa *heir);
void ike_sa_move_children(struct ike_sa *from, struct ike_sa *to);

void ike_informational_request(struct ike_sa *sa);
void ike_informational_response(struct ike_sa *sa);
void ike_delete_sa_send(struct ike_sa *sa);
void ike_delete_child_send(struct ike_sa *sa, struct ike_child *child);
void ike_liveness_send(struct ike_sa *sa);

/* liveness.c: when to ask whether the peer is there, and what comes of it. What changes it is told
 * by who calls (ike_act_liveness). */
/* When to ask next, if nothing else is heard; IKE_NEVER. */
uint64_t ike_liveness_due(const struct ike_sa *sa);
/* For how long an answer may be on its way before the request is sent again. */
uint64_t ike_liveness_pause(const struct ike_sa *sa);
/* The last transmission of sa->request is not waited for any more; false: that asks for something
 * else, and nothing changed. */
bool ike_liveness_lost(struct ike_sa *sa);
/* sa->request, which asked for liveness, has its answer. */
void ike_liveness_answered(struct ike_sa *sa);
/* The tunnel went down: how long answers took is history. False: nothing changed. */
bool ike_liveness_forget(struct ike_tunnel *tunnel);

/* The child part of an answer: chooses, narrows, makes the child and adds SA, TSi and TSr to
 * ike->out. Returns the error notify to answer with instead, or 0. */
struct ike_child_answer {
    bool with_groups;
    bool hold_out;
    struct crypto_span nonce_i;
    struct crypto_span nonce_r;
    struct crypto_dh *dh; /* made when a group was chosen; the caller's */
    struct ike_child *child;
};
uint16_t ike_child_answer_request(struct ike_sa *sa, struct ike_child_answer *answer);
/* The child part of a request: a new SPI and our proposals. */
MUST_USE int ike_child_propose(struct ike_sa *sa, bool with_groups);
/* The child part of a response to us; -EPROTO if it is not what we asked for. *ret may be NULL. */
MUST_USE int ike_child_take_response(struct ike_sa *sa, bool with_groups,
                                     struct crypto_span nonce_i, struct crypto_span nonce_r,
                                     bool hold_out, struct ike_child **ret);
/* Selectors that do not fit: what is a code of {named, peerNamed, local, remote}, those of the
 * message being read and ours. */
void ike_report_selectors(struct ike_sa *sa, enum words_code what);
/* The peer does not believe that we are who we should be. */
void ike_report_refused(struct ike_sa *sa);
/* The peer's refusal of a child, the message being read, in words. */
void ike_child_report_refusal(struct ike_sa *sa);
/* The peer made a child that we cannot take: have it deleted. */
void ike_child_reject(struct ike_sa *sa, uint32_t spi_in);

/* child.c */
struct ike_child_plan {
    const struct ike_choice *choice;
    struct crypto_span secret;
    struct crypto_span nonce_i; /* i made the request */
    struct crypto_span nonce_r;
    uint32_t spi_in;
    uint32_t spi_out;
    bool made_by_us;
    const struct ike_selectors *selectors;
};

/* Derives keys and adds the inbound half; the outbound one with it unless hold_out. */
MUST_USE int ike_child_new(struct ike_sa *sa, const struct ike_child_plan *plan, bool hold_out,
                           struct ike_child **ret);
/* The clocks of its life, from when it was made. */
void ike_child_set_lifetime(struct ike_sa *sa, struct ike_child *child);
struct ike_child *ike_child_find(const struct ike_sa *sa, uint32_t spi_in);
struct ike_child *ike_child_find_out(const struct ike_sa *sa, uint32_t spi_out);
void ike_child_add_out(struct ike_sa *sa, struct ike_child *child);
/* Takes the outbound half off the data plane: traffic moves to the next newest. */
void ike_child_drop_out(struct ike_sa *sa, struct ike_child *child);
/* The same for one that the data plane has lost by itself. */
void ike_child_forget_out(struct ike_child *child);
/* Off the data plane and given back. The inbound half lingers for grace_us, for what is on its way.
 */
void ike_child_remove(struct ike_sa *sa, struct ike_child *child, uint64_t grace_us);
/* Those that this successor would have replaced are in service again, and not rekeyed before. */
void ike_children_revive(struct ike_sa *sa, uint32_t successor_in, uint64_t retry_us);
/* It carries traffic both ways; the outbound half may still wait for its acknowledgment. */
bool ike_child_is_usable(const struct ike_child *child);
/* The peer can receive on what we answered with before: it went on to another request. */
void ike_children_proven(struct ike_sa *sa);
/* It answered a request of ours: so it has the IKE SA, and what our IKE_AUTH response made. */
void ike_children_answered(struct ike_sa *sa);
uint32_t ike_child_new_spi(struct ike *ike);
/* Deadlines of the children and what to do about them; lowers *deadline. */
void ike_children_run(struct ike_sa *sa, uint64_t *deadline);
bool ike_child_wants_rekey(const struct ike_sa *sa, const struct ike_child *child);

#endif
