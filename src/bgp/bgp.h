/* bgp.h - what passes between a node and the BIRD of a border gateway: its configuration, the
 * routes it has learned, and what it says of its sessions. Pure: no I/O, no clock.
 *
 * BIRD speaks BGP to the peers. It tells the node what it learned over a session of its own, from
 * loopback to loopback: IBGP with ADD-PATH (RFC 7911), so that every path of every peer comes
 * with its attributes, and goes, by itself. The import filter writes the number of the tunnel into
 * a large community (RFC 8092), which is how the node knows where a path leads. */
#ifndef ROPEWAY_BGP_H
#define ROPEWAY_BGP_H

#include "wire.h"

/* ---- the learned routes (feed.c, attributes.c) ---- */

#define BGP_TEXT_MAX   1024
#define BGP_FEED_LOCAL "127.0.0.2" /* the node's end; it connects to port 179 of the other */
#define BGP_FEED_BIRD  "127.0.0.1"

enum bgp_origin { BGP_ORIGIN_IGP = 0, BGP_ORIGIN_EGP = 1, BGP_ORIGIN_INCOMPLETE = 2 };

/* What all prefixes of an UPDATE have in common (RFC 4271, 5). */
struct bgp_attributes {
    uint32_t tunnel;      /* the number that the import filter wrote; 0: none */
    struct addr next_hop; /* the peer's; of a link-local pair the global one */
    uint8_t origin;       /* enum bgp_origin */
    uint32_t length;      /* of the AS_PATH: a set counts as one (RFC 4271, 9.1.2.2) */
    bool has_med;
    uint32_t med;
    char as_path[BGP_TEXT_MAX];     /* "65001 65002 {65003,65004}" */
    char communities[BGP_TEXT_MAX]; /* "65001:1 65001:2:3 no-export"; both cut with "..." */
};

struct bgp_feed_calls {
    /* The path of this number to the prefix came or changed. Borrowed. */
    void (*announced)(void *arg, const struct prefix *prefix, uint32_t path,
                      const struct bgp_attributes *attributes);
    void (*withdrawn)(void *arg, const struct prefix *prefix, uint32_t path);
    /* All of a family that there was at the beginning has been told (RFC 4724, End-of-RIB). */
    void (*complete)(void *arg, enum addr_family family);
    void *arg;
};

#define BGP_MESSAGE_MAX 65535 /* RFC 8654 */

/* Zero-initialise, then bgp_feed_begin(). */
struct bgp_feed {
    struct bgp_feed_calls calls;
    uint32_t asn;
    bool opened;      /* the other side's OPEN came */
    bool established; /* and its first KEEPALIVE */
    uint8_t in[BGP_MESSAGE_MAX];
    size_t n_in;
    struct bgp_attributes attributes; /* of the UPDATE being read */
};

/* A connection is there: writes our OPEN into out, which gets what is to be sent. */
void bgp_feed_begin(struct bgp_feed *feed, uint32_t asn, const struct bgp_feed_calls *calls,
                    struct buf *out);
/* Bytes came. -EBADMSG for what is no BGP of this kind, -ECONNRESET for a NOTIFICATION: the
 * connection is to be closed. */
MUST_USE int bgp_feed_receive(struct bgp_feed *feed, const void *data, size_t len, struct buf *out);

/* An UPDATE's path attributes, for feed.c. next_hop and the prefixes of MP_REACH_NLRI and
 * MP_UNREACH_NLRI come back as what is left to read; their family is ADDR_NONE if there are none.
 */
struct bgp_multiprotocol {
    enum addr_family family;
    struct wire_reader prefixes;
};
MUST_USE int bgp_attributes_read(struct wire_reader r, struct bgp_attributes *ret,
                                 struct bgp_multiprotocol *ret_reach,
                                 struct bgp_multiprotocol *ret_unreach);

/* ---- BIRD's configuration (config.c) ---- */

/* A route that the node announces stands in this table of the gateway's namespace; its metric says
 * to whose peers it is not announced: BGP_TO_ALL, or the number of a group of connections. */
#define BGP_ANNOUNCED_TABLE 1000
#define BGP_TO_ALL          1

struct bgp_peer_config {
    const char *name;      /* of its protocol: letters, digits, _ */
    const char *interface; /* of the tunnel */
    uint32_t tunnel;       /* the number that its routes come with */
    uint32_t connection;   /* number of its connection */
    struct addr local, remote;
    uint32_t asn; /* of the peer */
    uint32_t hold_s;
    uint32_t restart_s;   /* graceful restart (RFC 4724); 0: none */
    const char *password; /* TCP MD5 (RFC 2385), "": none */
    bool bfd;             /* RFC 5880 */
    uint32_t bfd_interval_ms, bfd_multiplier;
    uint32_t prepend;               /* our ASN so often once more */
    bool draining;                  /* announced worse than anything else, as it will go */
    bool ends;                      /* the session is ended in good order, and not begun again */
    const char *const *communities; /* to be added: "65000:1", "65000:1:2", "no-export" */
    size_t n_communities;
    const struct prefix *imports, *exports; /* only what lies inside one; none: all */
    size_t n_imports, n_exports;
    uint32_t limit; /* of prefixes */
    bool shut;      /* beyond it the session ends; otherwise that is for the node to see */
    const uint32_t *withheld; /* metrics of routes that its connection is not told of */
    size_t n_withheld;
    /* Overlapping networks. What lies inside of hidden is told under other prefixes, which the node
     * installs with metrics in told; what it announces inside of foreign is known under others
     * here: it is for the node alone. */
    const struct prefix *hidden, *foreign;
    size_t n_hidden, n_foreign;
    const uint32_t *told;
    size_t n_told;
};

struct bgp_speaker_config {
    uint32_t asn;
    struct addr router_id; /* IPv4 */
    bool transit;          /* what one connection's peers announce is passed on to others' */
    const struct bgp_peer_config *peers;
    size_t n_peers;
};

/* The text of bird.conf. -EINVAL if a text in it could be taken for something else, -ENOMEM. It may
 * hold passwords: buf_wipe(). */
MUST_USE int bgp_config_write(const struct bgp_speaker_config *c, struct buf *ret);
/* "65000:1", "65000:1:2" or a well-known name. */
bool bgp_community_is_valid(const char *text);

/* ---- BIRD's control socket (reply.c) ---- */

/* One line of an answer: the code tells what it is (BIRD's documentation, "Remote control"). */
struct bgp_reply_line {
    unsigned code;
    bool last;        /* the answer ends with it */
    const char *text; /* borrowed, printable */
};

typedef void bgp_reply_take(void *arg, const struct bgp_reply_line *line);

#define BGP_REPLY_LINE_MAX 512 /* what is longer is cut */

/* Zero-initialise. */
struct bgp_reply {
    char line[BGP_REPLY_LINE_MAX];
    size_t len;
    unsigned code; /* of the line before, which a continuation has, too */
};

void bgp_reply_receive(struct bgp_reply *reply, const void *data, size_t len, bgp_reply_take *take,
                       void *arg);

enum bgp_state {
    BGP_IDLE,
    BGP_CONNECT,
    BGP_ACTIVE,
    BGP_OPEN_SENT,
    BGP_OPEN_CONFIRM,
    BGP_ESTABLISHED,
    BGP_STATES
};

const char *bgp_state_name(enum bgp_state state); /* "idle", ..., "openSent", ... */

/* Why a session is not there, or was lost the last time. */
enum bgp_trouble {
    BGP_TROUBLE_NONE,
    BGP_TROUBLE_WRONG_ASN,      /* they have another one than we expect */
    BGP_TROUBLE_OUR_ASN,        /* they expect another one of us */
    BGP_TROUBLE_HOLD_TIMER,     /* we heard nothing for the hold time */
    BGP_TROUBLE_THEIR_TIMER,    /* they did not */
    BGP_TROUBLE_MAX_PREFIXES,   /* they announced more than we take */
    BGP_TROUBLE_THEIR_MAXIMUM,  /* we announced more than they take */
    BGP_TROUBLE_NOT_LISTENING,  /* connection refused: no BGP there, or not configured for us */
    BGP_TROUBLE_NOT_CONFIGURED, /* they know nothing of us */
    BGP_TROUBLE_NO_ANSWER,      /* TCP gets none */
    BGP_TROUBLE_LINK_DOWN,      /* the tunnel is down */
    BGP_TROUBLE_BFD,            /* BFD says that they are gone */
    BGP_TROUBLE_THEIR_STOP,     /* shut down or reset by whoever runs it */
    BGP_TROUBLE_SAME_ID,        /* both have the same router id */
    BGP_TROUBLE_PASSWORD,       /* their segments have another TCP MD5 signature, or none */
    BGP_TROUBLE_UNEXPECTED,     /* their segments have one, and we know no password */
    BGP_TROUBLE_MALFORMED, /* a message of theirs is no BGP, as detail says; and the next one */
    BGP_TROUBLE_OTHER,     /* as detail says */
};

/* By BIRD's words, as after "Last error:" (trouble.c). */
enum bgp_trouble bgp_trouble_of(const char *text);
bool bgp_trouble_says_little(enum bgp_trouble trouble);

#define BGP_NAME_MAX   64
#define BGP_DETAIL_MAX 128

/* What `show protocols all` says of a peer's protocol. */
struct bgp_session {
    char name[BGP_NAME_MAX];
    enum bgp_state state;
    bool down;                   /* switched off, by us or since the limit was passed */
    uint64_t since_s;            /* since 1970 */
    uint32_t hold_s;             /* as negotiated; 0 while there is no session */
    uint32_t imported, exported; /* routes that were taken from the peer, and told it */
    enum bgp_trouble trouble;
    char detail[BGP_DETAIL_MAX]; /* BIRD's words */
};

/* Zero-initialise; takes the lines of `show protocols all`. told() gets each session when the next
 * begins or the answer ends. */
struct bgp_sessions {
    struct bgp_session now;
    bool in_one;
    void (*told)(void *arg, const struct bgp_session *session);
    void *arg;
};

void bgp_sessions_take(struct bgp_sessions *s, const struct bgp_reply_line *line);
/* What was wrong with the session says more than how the next attempts ended. */
void bgp_session_keep_trouble(const struct bgp_session *before, struct bgp_session *now);

/* One of `show bfd sessions`. */
struct bgp_bfd {
    char interface[32];
    bool up;
};

/* True if the line is about a session. */
bool bgp_bfd_take(const struct bgp_reply_line *line, struct bgp_bfd *ret);

/* ---- BIRD's log (log.c) ---- */

/* Something went wrong with a session. */
struct bgp_fault {
    char name[BGP_NAME_MAX];
    enum bgp_trouble trouble;
    char detail[BGP_DETAIL_MAX]; /* BIRD's words, as a session has them */
};

/* False: the line tells of no such thing. */
bool bgp_log_read(const char *line, struct bgp_fault *ret);

/* Makes lines of what is read piece by piece; those that are longer are cut. Zero-initialise. */
struct bgp_lines {
    char line[BGP_REPLY_LINE_MAX];
    size_t len;
};

void bgp_lines_receive(struct bgp_lines *lines, const void *data, size_t len,
                       void (*take)(void *arg, const char *line), void *arg);

#endif
