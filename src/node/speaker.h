/* speaker.h - each border gateway whose tunnels or private interfaces run BGP has a speaker: a
 * namespace with a TUN for each of these (speaker_net.h), BIRD in it (speaker_bird.h), and the
 * connection over which it tells what it learned (speaker_feed.h). Private to the node room.
 *
 * What is said here of a tunnel holds of a private interface as well.
 *
 * A speaker follows the desired state, the packet tables (what is announced) and the state of the
 * tunnels: the TUN of a tunnel that carries nothing is down, so that its session ends and its
 * routes go at once. */
#ifndef ROPEWAY_NODE_SPEAKER_H
#define ROPEWAY_NODE_SPEAKER_H

#include "speaker_bird.h"
#include "speaker_config.h"
#include "speaker_feed.h"
#include "tables.h"

#define SPEAKER_ERROR_MAX 256

/* What is known of a tunnel's BGP. */
struct speaker_peer {
    struct name_link link; /* by the tunnel's id */
    struct list all;       /* of the speaker */
    struct list every;     /* of all speakers */
    struct speaker *of;
    struct speaker_tun tun;
    bool ready;   /* its TUN is in place */
    bool new_tun; /* the data plane has no descriptor of it, or an old one */
    bool has_session;
    struct bgp_session session;
    char polled[BGP_DETAIL_MAX];  /* what BIRD itself said last was wrong */
    uint64_t trouble_us;          /* when the session's trouble was seen last, if it says much */
    bool with_bfd, with_password; /* as wanted */
    bool bfd_up, bfd_heard;       /* by the last answer, and by the one under way */
};

struct speakers_calls {
    /* Packet tables are out of date. */
    void (*routes)(void *arg);
    /* TUNs came or went: the data plane is to be told. */
    void (*ports)(void *arg);
    /* What is said of the tunnel's BGP is another now. */
    void (*state)(void *arg, const char *tunnel);
    /* Learned routes are to be told to ropewayd. */
    void (*learned)(void *arg);
    /* Something failed that may work in a second. */
    void (*retry)(void *arg);
    /* The tunnel is to have BGP now, and whether traffic passes it: -1 if that is not known. */
    bool (*wanted)(void *arg, const char *tunnel);
    int (*carries)(void *arg, const char *tunnel);
    enum node_drain (*drain)(void *arg, const char *tunnel);
    void *arg;
};

struct speakers {
    struct speakers_calls calls;
    uv_loop_t *loop;
    uv_timer_t tick; /* while there are any */
    const char *run_dir;
    const struct objects *set;
    struct tables *tables;
    struct learned *learned;
    struct name_map by_gateway, by_tunnel;
    struct list all, due;
    struct list peers; /* of all */
    bool swept;        /* what an earlier node left is removed */
};

MUST_USE int speakers_init(struct speakers *s, uv_loop_t *loop, const char *run_dir,
                           const struct objects *set, struct tables *tables,
                           struct learned *learned, const struct speakers_calls *calls);
void speakers_done(struct speakers *s);
/* The gateway, one of its tunnels or a route that it announces came, changed or goes. */
void speakers_touch(struct speakers *s, const char *gateway);
/* Carries out what was touched, and what the packet tables say is to be announced. */
void speakers_update(struct speakers *s);
/* Looks at all again: what somebody changed behind our back. */
void speakers_audit(struct speakers *s);
/* A BIRD of before the node's start has not told all yet: until it has, for two seconds at most,
 * packet tables lack routes that the data plane has. */
bool speakers_are_awaited(const struct speakers *s);
/* A tunnel may carry traffic now, or no more. */
void speakers_follow(struct speakers *s, const char *tunnel);
/* NULL: it has no BGP. */
struct speaker_peer *speakers_peer(const struct speakers *s, const char *tunnel);
const char *speaker_gateway(const struct speaker_peer *peer);
/* What keeps the gateway's speaker from working, written (words.h); "" is nothing. */
const char *speaker_error(const struct speaker_peer *peer);
/* Why there is no session, written; "" while there is one, and when nothing is known yet
 * (speaker_words.c). */
void speaker_say_error(const struct speaker_peer *peer, char ret[IPC_TEXT_MAX]);
/* Ends every BIRD of a run directory and removes the namespaces: the error of the last that failed.
 */
MUST_USE int speakers_cleanup(const char *run_dir, int *ret_removed);

#endif
