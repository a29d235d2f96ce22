/* sa_internal.h - what every layer sees of a tunnel's peer and of its IKE SAs, whatever version of
 * IKE made them. Below it are ESP pairs (pair_internal.h); above it are the exchanges of a version
 * (ikev2_internal.h), and above those the tunnels (tunnel_internal.h), which hear of what happens
 * by events and act on IKE SAs through their version. */
#ifndef ROPEWAY_IKE_SA_INTERNAL_H
#define ROPEWAY_IKE_SA_INTERNAL_H

#include "pair_internal.h"

/* Bytes of a written error, and of one that another message names: what stands around it has room
 * in IKE_TEXT_MAX. */
#define IKE_ERROR_MAX (IKE_TEXT_MAX - 64)
#define IKE_WHY_MAX   (IKE_ERROR_MAX - 64)

#define IKE_TUNNEL_BUCKETS 4096
/* Of one tunnel: beyond, the peer may not rekey, and what it begins ends another one. */
#define IKE_SAS_MAX 16

struct ike_peer;
struct ike_event;

/* ---- IKE SAs ---- */

enum ike_sa_state {
    IKE_SA_CALLING,        /* our first message is out; each answer to it is another IKE SA */
    IKE_SA_CALLED,         /* a first message was answered: half-open, of nobody's tunnel yet */
    IKE_SA_AUTHENTICATING, /* one answer to our call: our proof is out */
    IKE_SA_ESTABLISHED,
    IKE_SA_REPLACED, /* rekeyed: waits for its DELETE */
    IKE_SA_CLOSING,  /* our DELETE is under way */
    IKE_SA_DEAD,     /* given back when it runs next */
    IKE_SA_STATES
};

/* What moves it. */
enum ike_sa_step {
    IKE_SA_PROVE,   /* both ends proved who they are */
    IKE_SA_REPLACE, /* another one has its pairs now */
    IKE_SA_CLOSE,   /* the peer is told that it ends */
    IKE_SA_KILL,
    IKE_SA_ANSWER, /* the call became this very IKE SA (IKEv1: one answer is taken) */
    IKE_SA_STEPS
};

/* What its ends proved, once it is established (auth.c). */
struct ike_sa_auth {
    bool by_key_before; /* with the key before the one of now */
    uint64_t print;     /* of the key or certificate, and of the identities */
    uint64_t until_us;  /* they count no more: closed then; 0: they count */
};

struct ike_sa {
    struct ike_job job;
    struct list peer_link; /* of its peer, or of itself */
    struct ike_env *env;
    struct ike_peer *peer; /* NULL while CALLED */
    const struct ike_version *version;
    struct ikev1_sa *v1; /* what its version knows of it */
    struct ikev2_sa *v2;

    enum ike_sa_state state; /* moved by ike_sa_move() alone */
    bool initiator;          /* of the first exchange of this very SA */
    uint64_t spi_i;
    uint64_t spi_r;
    struct endpoint local;
    struct endpoint remote;
    bool nat_local;
    bool nat_remote;
    bool ropeway;     /* the peer is one of us */
    bool begun_by_us; /* the first of its line */
    bool replaces;    /* begun to take the place of a living one */
    struct ike_algs algs;
    uint32_t config_epoch; /* of the peer's, that it was agreed on under */
    uint64_t config;       /* the newest that it and all its pairs are of */

    struct list pairs;
    bool had_pair;           /* it carried one, or the one that it replaced did */
    bool wants_pair;         /* it should make one */
    uint64_t began_us;       /* first message; inherited by the SAs that replace it */
    uint64_t established_us; /* likewise */
    uint64_t tie;            /* the initiator SPI of the first of the line */
    uint64_t made_us;        /* this very SA */
    uint64_t rekey_us;
    uint64_t expire_us;
    uint64_t heard_us;
    uint64_t close_us; /* closed then, if not 0; REPLACED: given up */
    struct ike_sa_auth auth;
    bool silent_close; /* close without a word when close_us comes */
    bool unsettled;    /* the peer's rekey that collided with ours: does not count yet */
};

/* What the layer above does to an IKE SA of any version. */
struct ike_version {
    /* Calls the peer. replaces: in the place of one that lives. -ENOMEM. */
    int (*call)(struct ike_peer *peer, const struct endpoint *local, const struct endpoint *remote,
                bool replaces);
    /* What its time has come for; when there is more to do. */
    uint64_t (*run)(struct ike_sa *sa);
    void (*close)(struct ike_sa *sa); /* says DELETE, and takes its pairs off the data plane */
    void (*rekey)(struct ike_sa *sa); /* as soon as it may */
    void (*retry)(struct ike_sa *sa); /* what was refused, or waits, is asked for at once */
    /* The clocks of its own life, from when it was made. */
    void (*set_lifetime)(struct ike_sa *sa);
    /* When it has to be negotiated from scratch, since the peer does not let it be rekeyed; 0: now.
     */
    uint64_t (*overdue_at)(const struct ike_sa *sa);
    /* Something that nobody proved says that the peer does not know it: it must show life. */
    void (*doubt)(struct ike_sa *sa);
    /* Whatever beat it is gone, and the peer may have forgotten it: asked at once. */
    void (*recall)(struct ike_sa *sa);
    /* The data plane took a pair of its, or refused it. */
    void (*pair_carries)(struct ike_sa *sa, struct ike_pair *pair);
    void (*pair_refused)(struct ike_sa *sa, struct ike_pair *pair);
    /* ESP came from there, which is not where the peer was. */
    void (*esp_moved)(struct ike_sa *sa, const struct endpoint *remote);
    /* The data plane was away, and clocks stood still. */
    void (*resume)(struct ike_sa *sa);
    /* The data plane said how long ago ESP came, of which the pairs know. */
    void (*judge)(struct ike_sa *sa);
    void (*free)(struct ike_sa *sa);
};

/* ---- peers ---- */

#define IKE_NETWORK_PAIRS_MAX 64  /* pairs of networks that are asked for */
#define IKE_LISTED_MAX        128 /* bytes of networks that a line of the log names */

/* How the tunnel's traffic is offered (offering.c). */
enum ike_offer_how {
    IKE_OFFER_ALL,   /* what it is configured for, in one child SA */
    IKE_OFFER_LISTS, /* the networks of both sides, in one child SA */
    IKE_OFFER_PAIRS, /* a child SA a pair of networks */
};

struct ike_offering {
    enum ike_offer_how how;
    bool refuses;      /* the peer did not narrow what was offered as a whole */
    bool wants;        /* it did not take all: the networks of the routes are worth knowing */
    uint64_t refused;  /* pairs of networks that are left alone, by number */
    uint64_t retry_us; /* until then */
};

/* The lower half of a tunnel: whom it is with, and what there is with that one. */
struct ike_peer {
    struct ike_job job; /* the tunnel's */
    struct ike_env *env;
    struct list id_link; /* of the index */
    struct list pair_link;
    struct ike_tunnel_config config;
    bool removed;       /* no longer configured: lives on until its SAs are closed */
    uint32_t ike_epoch; /* counts changes of what an IKE SA depends on */
    struct ike_pairs pairs;
    struct list sas;
    struct ike_sa *lead;  /* the one that counts, which rekeys and makes pairs; NULL */
    bool behind;          /* up, but not by SAs of its configuration of now */
    bool keep_initiating; /* config.initiate, unless cleared by DPD or asked once */
    unsigned attempts;    /* of calls in a row without success */
    struct ike_offering offering;
    bool key_proven;     /* an IKE SA was authenticated with the key of now: no other counts */
    bool try_key_before; /* the next call is to use it: the peer refused the one of now */
    bool tries_natt;     /* the next call begins on UDP 4500: is that blocked? */
    struct ike_liveness liveness;
    /* What of it is bounded by time (ike_allow). */
    uint64_t calls_us;          /* first messages of those who proved neither address nor key */
    uint64_t answers_us;        /* of those who did not prove the key */
    uint64_t exchanges_us;      /* key exchanges that the peer asks for in its IKE SAs */
    uint64_t lines_us;          /* of the log */
    unsigned lines_left_out;    /* since the last one */
    uint64_t liveness_pause_us; /* of the next request; 0: nothing was learnt yet */
    uint64_t liveness_asked_us; /* the last request was sent */
    char peer_id[IKE_TEXT_MAX / 2];
    char asked_id[IKE_TEXT_MAX / 2]; /* that the peer wanted of us, if it is another than ours */
    uint64_t ends_told_us;           /* a certificate that ends soon was told of */
    void (*hear)(struct ike_peer *peer, const struct ike_event *event);
    struct ikev1 *ikev1; /* where its IKE SAs of either version live */
    struct ikev2 *ikev2;
};

/* By id, and by addresses. */
struct ike_peers {
    struct list by_id[IKE_TUNNEL_BUCKETS];
    struct list by_pair[IKE_TUNNEL_BUCKETS];
};

/* ---- events: what the layer above hears ---- */

enum ike_event_kind {
    IKE_EVENT_FAILED,    /* why it does not work, as we know ourselves or who proved himself says */
    IKE_EVENT_SUSPECTED, /* the same on the word of someone who proved nothing */
    IKE_EVENT_CALLED,    /* what happens before the peer has proved who it is */
    IKE_EVENT_NOTED,     /* what may take the tunnel down, with a line of the log */
    IKE_EVENT_REMEMBERED,  /* and without */
    IKE_EVENT_REFUSED,     /* an attempt of ours to negotiate came to nothing */
    IKE_EVENT_AGREED,      /* something was agreed */
    IKE_EVENT_CALL_FAILED, /* the next one waits longer, as after so many attempts at least */
    IKE_EVENT_PUT_OFF,     /* the next call waits longer */
    IKE_EVENT_ESTABLISHED,
    IKE_EVENT_LOST, /* an IKE SA was given up, and led or did not: why */
    IKE_EVENT_IKE_REKEYED,
    IKE_EVENT_PAIR_REKEYED,
};

struct ike_event {
    enum ike_event_kind kind;
    const struct words *what; /* FAILED to REMEMBERED, LOST */
    enum ike_log_level level; /* NOTED */
    unsigned attempts_min;    /* CALL_FAILED */
    bool led;                 /* LOST */
};

void ike_tell(struct ike_peer *peer, enum ike_event_kind kind, const struct words *what);
/* The value of its key exchange, of len bytes, is none. */
void ike_report_value(struct ike_peer *peer, enum ike_event_kind kind, uint16_t group, size_t len);
void ike_note(struct ike_peer *peer, enum ike_log_level level, const struct words *what);
/* A line of the tunnel's log, and no more. Only so many a second: a peer causes them. */
void ike_log(struct ike_peer *peer, enum ike_log_level level, const struct words *what);
/* What is asked of us on this machine is told, however much the peer has made us say before. */
void ike_log_in_full(struct ike_peer *peer);

/* ---- peer.c ---- */

void ike_peers_init(struct ike_peers *peers);
/* By the configuration it has: taken out before that changes, and before its end. */
void ike_peers_add(struct ike_peers *peers, struct ike_peer *peer);
void ike_peers_remove(struct ike_peer *peer);
/* NULL if it is not configured. */
struct ike_peer *ike_peers_find(const struct ike_peers *peers, const char *id);
size_t ike_peers_bucket(const char *id);
/* Those between two addresses, enabled or not: those for exactly this peer, then those for any. The
 * one after `after`, or the first (NULL); NULL at the end. */
struct ike_peer *ike_peers_between(const struct ike_peers *peers, const struct addr *local,
                                   const struct addr *remote, const struct ike_peer *after);
#define ike_for_each_between(peer, peers, local, remote)                                           \
    for (struct ike_peer *peer = ike_peers_between(peers, local, remote, NULL); peer;              \
         peer = ike_peers_between(peers, local, remote, peer))
/* An identity of its configuration, or the one that goes for it. */
void ike_peer_ident(const struct ike_peer *peer, bool remote, struct ike_ident *storage,
                    struct ike_id *ret);
void ike_peer_touch(struct ike_peer *peer);

/* ---- silence.c ---- */

/* The peer closed the last IKE SA of the tunnel, with that error beside its DELETE, or NULL. */
void ike_report_closed(const struct ike_sa *sa, const struct ike_notify *error);

/* Our call got no answer: tells why that may be, by what else came. */
void ike_report_silence(const struct ike_sa *call, enum ike_event_kind kind);
/* The same if something came that tells; else false. */
bool ike_report_clue(const struct ike_sa *call, enum ike_event_kind kind);

/* ---- offering.c: what traffic is offered to the peer ---- */

/* owned: the pairs of the IKE SA that is asked in; rekeyed: the one that is to be replaced, or NULL
 * for a further one. */
void ike_offering_next(struct ike_peer *peer, const struct list *owned,
                       const struct ike_pair *rekeyed, struct ike_selectors *ret);
/* Beside those that there are none is to be made. */
bool ike_offering_is_complete(const struct ike_peer *peer, const struct list *owned);
/* Of a pair of an earlier configuration: one of now that makes a rekey of it needless; NULL. */
const struct ike_pair *ike_offering_heir(const struct ike_peer *peer, const struct list *owned,
                                         const struct ike_pair *old);

enum ike_refusal {
    IKE_REFUSED,         /* there is nothing else to offer */
    IKE_REFUSED_AS_SUCH, /* something else is offered at once */
    IKE_REFUSED_BESIDE,  /* of one pair of networks, and other pairs are there */
};
/* TS_UNACCEPTABLE or SINGLE_PAIR_REQUIRED to what was offered. */
enum ike_refusal ike_offering_refused(struct ike_peer *peer, const struct list *owned,
                                      const struct ike_pair *rekeyed,
                                      const struct ike_selectors *offered);
/* The peer took this of what was offered for a further pair. */
void ike_offering_took(struct ike_peer *peer, const struct ike_selectors *offered,
                       const struct ike_selectors *taken);
/* The peer deleted a pair: what it refused before may be what it wants now. */
void ike_offering_lost(struct ike_peer *peer);
/* What is offered as a whole has changed. */
void ike_offering_reset(struct ike_peer *peer);
/* The networks of the routes have changed. True if that matters to the peer. */
bool ike_offering_renew(struct ike_peer *peer);
bool ike_offering_wants_networks(const struct ike_peer *peer);
/* What was refused is asked for again after a while. */
void ike_offering_run(struct ike_peer *peer, uint64_t *deadline);

/* ---- auth.c: what IKE SAs were authenticated by ---- */

/* Whether the key that was set before counts as well. */
bool ike_takes_key_before(const struct ike_peer *peer);
/* For which it still does. */
uint64_t ike_key_before_minutes(const struct ike_peer *peer);
/* Both ends have proved that they have what is configured, or the key before. */
void ike_sa_authenticated(struct ike_sa *sa);
/* Who may be the peer was changed: what was authenticated by what counts no more ends then. */
void ike_limit_old_auth(struct ike_peer *peer, uint64_t end_us);

/* ---- sa.c ---- */

struct ike_sa *ike_sa_of_pair(const struct ike_pair *pair);
/* One of no peer yet, in the state. -ENOMEM. */
MUST_USE int ike_sa_begin(struct ike_sa *sa, struct ike_env *env, const struct ike_version *version,
                          enum ike_sa_state state);
void ike_sa_end(struct ike_sa *sa);
void ike_sa_attach(struct ike_sa *sa, struct ike_peer *peer);
/* False, and nothing moved: that step cannot be taken from where it is. */
bool ike_sa_move(struct ike_sa *sa, enum ike_sa_step step);
void ike_sa_touch(struct ike_sa *sa);
/* Its pairs leave the data plane, it is given back; nothing is said to the peer. */
void ike_sa_kill(struct ike_sa *sa);
uint64_t ike_sa_local_spi(const struct ike_sa *sa);
/* Authenticated and in use: it may carry pairs. */
bool ike_sa_is_live(const struct ike_sa *sa);
/* It is under way to the peer. */
bool ike_sa_is_calling(const struct ike_sa *sa);

#endif
