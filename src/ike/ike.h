/* ike.h - the IKE protocol as a machine without I/O: datagrams, events and the time go in, actions
 * come out. It reads no clock and opens nothing; the daemon around it is iked.
 *
 * One `struct ike` holds all tunnels of a node. Every call that takes now_us (monotonic
 * microseconds, never going back) may queue actions: fetch them all with ike_next_action()
 * afterwards, and call ike_tick() when ike_deadline() has come.
 *
 * Rules chosen where RFC 7296 leaves a choice:
 *  - A responder picks by its own order of preference; the Diffie-Hellman group is the one the peer
 *    already sent a value for, if the tunnel allows it.
 *  - ESP is always in UDP: our NAT detection hash is faked, so that every peer agrees.
 *  - Of two IKE SAs that both ends began at once, the one with the lower initiator SPI stays;
 *    whoever began the other one closes that. Otherwise a newer IKE SA of a tunnel replaces the
 *    older one. A peer of another make is given ten seconds to settle it by itself.
 *  - What nobody has authenticated is a hint: a refusal of IKE_SA_INIT is told, and the attempt
 *    goes on for two seconds; of several answers each is tried, up to eight (2.4). A call that
 *    fails gives no error to a tunnel whose SAs are those of its configuration.
 *  - A changed configuration is negotiated while the old SAs go on, by us even where we do not
 * begin otherwise: the peer does not know of the change. Until the new SAs carry the traffic what
 * goes wrong stays in last_error.
 *  - What the peer does not let us rekey is negotiated from scratch before it ends.
 *  - Behind a NAT itself an end follows a peer to another address only if that is behind one, too.
 *  - A peer may have 64 children in an IKE SA and 16 IKE SAs in a tunnel: one more that it begins
 *    ends the oldest that carries nothing. An address may hold a quarter of the half-open SAs, and
 *    attempts with a bad value count as such. A tunnel answers four first messages a second without
 *    a cookie, and has sixteen key exchanges a second for callers, 32 for who has the key; dear
 *    groups count more. Its log has two lines a second in the long run.
 *  - A peer that does not narrow everything to its policy is offered the networks of both sides,
 *    first in one child SA, then a child SA for each pair of them, at most 64.
 *  - A peer is dead when it answers neither IKE nor sends ESP: before giving up, the data plane is
 *    asked for its inbound SAs' idle time. */
#ifndef ROPEWAY_IKE_H
#define ROPEWAY_IKE_H

#include "base.h"
#include "ike_message.h"
#include "x509.h"

#define IKE_PORT      500
#define IKE_PORT_NATT 4500

#define IKE_TUNNEL_ID_MAX 64 /* with the 0 byte */
#define IKE_TEXT_MAX      512
#define IKE_ALGS_TEXT_MAX 128
#define IKE_PSK_MAX       128
#define IKE_OFFER_MAX     16
#define IKE_PREFIXES_MAX  32
#define IKE_ESP_KEY_MAX   68

/* ---- what is configured ---- */

struct ike_cipher {
    uint16_t encr;     /* transform type 1 */
    uint16_t key_bits; /* 0 where the cipher has one size */
};

/* A method of key exchange (crypto.h) that may follow the first one: in the same round one of them
 * is agreed on. */
struct ike_additional {
    uint8_t round;   /* 0 to 6: ADDKE1 to ADDKE7 of RFC 9370 */
    uint16_t method; /* 0 = none: the round may be left out */
};

/* What a tunnel accepts, in order of preference. IANA numbers. */
struct ike_offer {
    uint8_t n_ciphers;
    uint8_t n_integrity;
    uint8_t n_groups;
    uint8_t n_additional;
    struct ike_cipher ciphers[IKE_OFFER_MAX];
    uint16_t integrity[IKE_OFFER_MAX]; /* not for AEAD; the PRFs of an IKE SA follow from it */
    uint16_t groups[IKE_OFFER_MAX];    /* 0 = none, for children only */
    struct ike_additional additional[IKE_OFFER_MAX]; /* not without a group; IKEv2 */
};

/* type 0 = the tunnel's address; of a dynamic peer: anyone who knows the PSK. With certificates:
 * our certificate's subject; of the peer: anyone with a certificate of the CAs. */
struct ike_ident {
    uint8_t type; /* enum ike_id_type */
    uint16_t len;
    uint8_t data[IKE_ID_DATA_MAX];
};

/* An own certificate with its chain and private key, and the CAs that the peer's has to come from.
 * Shared by reference, never changed; the last one to leave wipes it. */
struct ike_credentials;

struct ike_credentials_text {
    struct crypto_span certificate; /* PEM: the own one, then those between it and its CA */
    struct crypto_span key;
    struct crypto_span ca;
    struct crypto_span crl; /* may be empty */
};

/* -EBADMSG with what is wrong with one of them, -ENOMEM. Certificates out of date are taken: that
 * is found out when they are used. */
MUST_USE int ike_credentials_new(const struct ike_credentials_text *text,
                                 struct ike_credentials **ret, enum crypto_cert_fault *ret_fault);
struct ike_credentials *ike_credentials_ref(struct ike_credentials *c);
void ike_credentials_unref(struct ike_credentials *c);

/* Unused bytes of arrays and texts are 0, so that two of them can be compared. */
struct ike_tunnel_config {
    char id[IKE_TUNNEL_ID_MAX];
    char name[IKE_TEXT_MAX / 2];
    uint64_t config; /* the caller's name for this configuration, told in the status */
    bool admin_up;
    bool initiate;   /* begins by itself and keeps trying */
    bool ikev1;      /* speaks IKEv1, else IKEv2 */
    bool aggressive; /* IKEv1: in aggressive mode, as initiator and as responder */
    struct addr local;
    struct addr remote; /* any = dynamic peer: it has to call first */
    struct ike_ident local_id;
    struct ike_ident remote_id;
    uint16_t psk_len;
    uint8_t psk[IKE_PSK_MAX];
    /* NULL: both ends authenticate by PSK, else by certificate. The tunnel takes a reference. */
    struct ike_credentials *credentials;
    /* The key before: until then the peer may use it, and it is tried when it refuses the new one;
     * no longer once that was proved. */
    uint16_t psk_before_len; /* 0: none */
    uint8_t psk_before[IKE_PSK_MAX];
    uint64_t psk_before_until_us;
    uint32_t auth_overlap_s; /* so long an IKE SA outlives a change of an identity */
    struct ike_offer ike;
    struct ike_offer child;
    uint32_t ike_lifetime_s;
    uint32_t child_lifetime_s;
    uint64_t child_lifetime_bytes;   /* 0 = none */
    uint64_t child_lifetime_packets; /* 0 = none */
    uint16_t replay_window;
    bool esn;
    bool dpd;
    bool dpd_clear; /* a dead peer is not called again */
    uint16_t dpd_interval_s;
    uint16_t dpd_timeout_s;
    uint8_t n_local_ts;
    uint8_t n_remote_ts;
    struct prefix local_ts[IKE_PREFIXES_MAX];
    struct prefix remote_ts[IKE_PREFIXES_MAX];
    /* Of a side whose selectors are everything: what its routes lead to. Offered to a peer that
     * does not narrow everything; a change of it touches nothing that works. */
    uint8_t n_local_networks;
    uint8_t n_remote_networks;
    struct prefix local_networks[IKE_PREFIXES_MAX];
    struct prefix remote_networks[IKE_PREFIXES_MAX];
};

struct ike_options {
    /* Half-open IKE SAs as responder: from cookies_from on a cookie is demanded (2.6), at
     * half_open_max new ones are dropped. 0 = the defaults 32 and 1024. */
    uint32_t cookies_from;
    uint32_t half_open_max;
    /* Makes SPIs, nonces, private values, IVs and jitter; NULL = random_bytes(). Two machines to
     * which it gives the same, and that are told the same, send the same bytes. */
    void (*random)(void *context, void *ret, size_t len);
    void *random_context;
};

/* ---- what comes out ---- */

enum ike_direction { IKE_IN = 1, IKE_OUT = 2 };

/* One half of a child SA for the data plane. */
struct ike_esp_sa {
    uint8_t direction; /* enum ike_direction */
    uint32_t spi;
    uint32_t pair; /* the inbound SPI of the pair */
    struct endpoint local;
    struct endpoint remote;
    bool encap;
    uint16_t encr;
    uint16_t key_bits;
    uint16_t integrity; /* 0 with AEAD */
    uint8_t encr_key_len;
    uint8_t integrity_key_len;
    uint8_t encr_key[IKE_ESP_KEY_MAX]; /* salt at its end */
    uint8_t integrity_key[IKE_ESP_KEY_MAX];
    bool esn;
    uint16_t replay_window;
    uint64_t soft_bytes; /* 0 = none */
    uint64_t soft_packets;
    uint64_t hard_bytes;
    uint64_t hard_packets;
    uint8_t n_local_ts;
    uint8_t n_remote_ts;
    struct prefix local_ts[IKE_PREFIXES_MAX];
    struct prefix remote_ts[IKE_PREFIXES_MAX];
};

enum ike_action_kind {
    IKE_ACTION_SEND = 1,
    IKE_ACTION_SA_ADD,   /* answer with ike_sa_result() */
    IKE_ACTION_SA_DEL,   /* gone already is fine */
    IKE_ACTION_SA_MOVE,  /* both halves of a pair */
    IKE_ACTION_SA_QUERY, /* of all tunnels if it names none: answer with ike_inventory_*() */
    IKE_ACTION_STATUS,   /* of the tunnel: see ike_status() */
    IKE_ACTION_LIVENESS, /* of the tunnel: see ike_liveness() */
    IKE_ACTION_LOG,      /* a line of the tunnel's log; tunnel may be empty */
};

enum ike_log_level { IKE_LOG_INFO = 1, IKE_LOG_WARNING, IKE_LOG_ERROR };

struct ike_action {
    enum ike_action_kind kind;
    char tunnel[IKE_TUNNEL_ID_MAX];
    struct endpoint local;  /* SEND */
    struct endpoint remote; /* SEND, SA_MOVE */
    const uint8_t *data;    /* SEND: without the non-ESP marker; borrowed until the next call */
    size_t len;
    uint8_t direction; /* SA_DEL */
    uint32_t spi;      /* SA_DEL; SA_MOVE: the pair's inbound SPI */
    struct ike_esp_sa add;
    enum ike_log_level level; /* LOG */
    char text[IKE_TEXT_MAX];  /* LOG: written (words.h), always a message of the catalogue */
};

enum ike_oper_state { IKE_OPER_DOWN, IKE_OPER_NEGOTIATING, IKE_OPER_UP };

struct ike_status {
    char tunnel[IKE_TUNNEL_ID_MAX];
    enum ike_oper_state state;     /* UP = a child SA pair that the data plane has acknowledged */
    uint64_t since_us;             /* on the clock of now_us */
    char last_error[IKE_TEXT_MAX]; /* written (words.h); empty when there is none */
    char ike_algs[IKE_ALGS_TEXT_MAX];
    char child_algs[IKE_ALGS_TEXT_MAX];
    struct endpoint remote;
    bool nat_local;
    bool nat_remote;
    uint32_t ike_rekeys; /* since the tunnel was configured */
    uint32_t child_rekeys;
    uint32_t handshake_us; /* from the first message to the child SA */
    uint8_t n_local_ts;    /* what was agreed on for the child SAs; 0 while there is none */
    uint8_t n_remote_ts;
    struct prefix local_ts[IKE_PREFIXES_MAX];
    struct prefix remote_ts[IKE_PREFIXES_MAX];
    bool wants_networks; /* the peer did not take everything: local_networks and remote_networks of
                            the configuration matter */
    /* The config of which the SAs in use are, in all that matters to them; 0 = none in use, or
     * adopted ones. */
    uint64_t config_in_force;
    /* The config of now, if an attempt of ours to negotiate what it says came to nothing and none
     * ever succeeded; 0. */
    uint64_t config_refused;
};

/* What came of asking a tunnel's peer whether it is there (RFC 7296, 2.4), over all its IKE SAs.
 * Numbers only grow while since_us stays. */
struct ike_liveness {
    uint64_t since_us; /* the tunnel was configured: they count from then, on the clock of now_us */
    uint64_t answered; /* exchanges, and so transmissions that had an answer */
    uint64_t lost;  /* transmissions that had none in time, so that another followed, or the end */
    uint64_t timed; /* of those answered: had one transmission. Of several nobody knows which one it
                       was that was answered, so they tell no time (Karn and Partridge, 1987) */
    uint64_t time_us; /* of these, from transmission to answer, added up */
    uint32_t last_us; /* of the last of these, while the tunnel has not gone down since; 0 = none */
};

/* ---- the machine ---- */

struct ike;

/* options may be NULL. -ENOMEM. */
MUST_USE int ike_new(const struct ike_options *options, struct ike **ret);
/* Says nothing to any peer; packets keep flowing. Wipes all keys. NULL is fine. */
void ike_free(struct ike *ike);
/* What time it is, in seconds since 1970, by which certificates are judged. Told again when the
 * clock was set. */
void ike_set_clock(struct ike *ike, int64_t unix_s, uint64_t now_us);

/* The whole configuration between begin and end: tunnels not set in between are removed at the end
 * (with a DELETE to the peer), and so are SAs of the data plane that belong to no tunnel. Outside
 * of that, ike_tunnel_set() and ike_tunnel_remove() change the one they name. */
void ike_sync_begin(struct ike *ike);
/* Returns 1 if something changed, 0 if not, -EINVAL for a config that cannot work, -ENOMEM. An
 * unchanged tunnel is not touched; what the SAs depend on (PSK, identities, addresses, algorithms,
 * selectors, limits of packets and bytes) is negotiated anew before the old ones go, all else holds
 * at once. */
MUST_USE int ike_tunnel_set(struct ike *ike, const struct ike_tunnel_config *config,
                            uint64_t now_us);
/* Returns 1 if it was there. */
int ike_tunnel_remove(struct ike *ike, const char *id, uint64_t now_us);
/* Returns how many tunnels were removed. */
unsigned ike_sync_end(struct ike *ike, uint64_t now_us);

enum ike_command {
    IKE_COMMAND_INITIATE = 1,
    IKE_COMMAND_REKEY_IKE,
    IKE_COMMAND_REKEY_CHILD,
    IKE_COMMAND_TERMINATE, /* closes what there is; `initiate` begins again after a while */
};
/* -ENOENT for no such tunnel, -ENOTCONN if there is nothing to rekey. */
MUST_USE int ike_command(struct ike *ike, const char *tunnel, enum ike_command command,
                         uint64_t now_us);

/* A datagram from the network; anything may be in it. */
void ike_input(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
               const uint8_t *data, size_t len, uint64_t now_us);

/* While the data plane is down nothing is sent and nobody is declared dead. */
void ike_plane_down(struct ike *ike, uint64_t now_us);
/* What the data plane holds: of all tunnels (NULL) at connect, after whose end the plane counts as
 * up, and of the one or all ("") that SA_QUERY asks about.
 * Unknown SAs of known tunnels are adopted: they forward until a new child SA has replaced them.
 * Children that are missing are rekeyed at once. */
struct ike_inventory_item {
    char tunnel[IKE_TUNNEL_ID_MAX];
    uint8_t direction;
    uint32_t spi;
    uint32_t pair;
    uint64_t idle_ms; /* UINT64_MAX: no packet yet */
    uint64_t packets;
    uint8_t n_local_ts; /* 0: everything */
    uint8_t n_remote_ts;
    const struct prefix *local_ts; /* borrowed */
    const struct prefix *remote_ts;
};
void ike_inventory_begin(struct ike *ike, const char *tunnel);
void ike_inventory_add(struct ike *ike, const struct ike_inventory_item *item);
void ike_inventory_end(struct ike *ike, const char *tunnel, uint64_t now_us);
/* error: 0 or a negative errno. */
void ike_sa_result(struct ike *ike, const char *tunnel, uint8_t direction, uint32_t spi, int error,
                   uint64_t now_us);
enum ike_sa_event {
    IKE_SA_EVENT_SOFT,
    IKE_SA_EVENT_HARD,
    IKE_SA_EVENT_MOVED,
    IKE_SA_EVENT_USED, /* the first packet went by it */
};
void ike_sa_event(struct ike *ike, const char *tunnel, enum ike_sa_event event, uint8_t direction,
                  uint32_t spi, const struct endpoint *remote, uint64_t now_us);
/* ESP of an SPI nobody knows came from there: a hint to look after the peer. */
void ike_unknown_spi(struct ike *ike, const struct endpoint *remote, uint64_t now_us);

void ike_tick(struct ike *ike, uint64_t now_us);
/* When ike_tick() is due; UINT64_MAX = never. */
uint64_t ike_deadline(const struct ike *ike);

/* False when there is none. Keys in it are the caller's to wipe (ike_action_wipe). */
bool ike_next_action(struct ike *ike, struct ike_action *ret);
void ike_action_wipe(struct ike_action *action);

size_t ike_tunnel_count(const struct ike *ike);
/* Of all tunnels. */
void ike_each_status(const struct ike *ike,
                     void (*take)(void *context, const struct ike_status *status), void *context);
MUST_USE int ike_status(const struct ike *ike, const char *tunnel, struct ike_status *ret);

/* -ENOENT. */
MUST_USE int ike_liveness(const struct ike *ike, const char *tunnel, struct ike_liveness *ret);
/* Of all tunnels of which there is something to tell. */
void ike_each_liveness(const struct ike *ike,
                       void (*take)(void *context, const char *tunnel,
                                    const struct ike_liveness *liveness),
                       void *context);

/* Counters since ike_new(). */
struct ike_stats {
    uint64_t received;
    uint64_t malformed;     /* no IKEv2 message */
    uint64_t unknown_peer;  /* no tunnel for the addresses */
    uint64_t unknown_spi;   /* no IKE SA */
    uint64_t unauthentic;   /* checksum wrong */
    uint64_t unexpected;    /* authentic or clear, but not now */
    uint64_t retransmitted; /* requests we sent again */
    uint64_t repeated;      /* requests we were sent again */
    uint64_t cookies;       /* demanded */
    uint64_t half_open_dropped;
};
void ike_get_stats(const struct ike *ike, struct ike_stats *ret);

#endif
