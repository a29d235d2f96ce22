/* speaker_internal.h - one speaker, for the files that it is in: speaker_peer.c (its peers, and
 * what is said of it), speaker_hear.c (what BIRD says), speaker_bring.c (what is wanted is brought
 * about), speaker.c (all of them, and their lives). Each calls only those before it. */
#ifndef ROPEWAY_NODE_SPEAKER_INTERNAL_H
#define ROPEWAY_NODE_SPEAKER_INTERNAL_H

#include "speaker.h"
#include "speaker_log.h"
#include "speaker_md5.h"

struct speaker {
    struct name_link link; /* by gateway */
    struct list all, due;
    struct speakers *of;
    char gateway[IPC_ID_MAX];
    struct list peers;
    struct speaker_net net;
    struct bird bird;
    struct feed feed;
    struct bird_log log;
    struct md5_counts md5;
    struct learned_gateway *learned;
    uint32_t asn;
    struct buf config;            /* as it is in bird.conf */
    bool announce_waits;          /* for BIRD to have it */
    bool trim_due;                /* TUNs are left that the data plane has to let go of first */
    bool ending;                  /* nobody wants it: likewise */
    struct speaker_route *routes; /* in the table of the namespace, sorted; NULL: not known */
    size_t n_routes;
    struct speaker_set *sets;
    size_t n_sets;
    uint64_t
        awaited_us;  /* until when a BIRD that was there is waited for to tell all; 0: no more */
    unsigned told;   /* families of which it has, as bits */
    uint64_t fed_us; /* when BIRD's connection was there last, monotonic */
    int failed;      /* why what is wanted could not be brought about; 0: it was */
    char error[SPEAKER_ERROR_MAX];
};

/* ---- speaker_peer.c ---- */

/* The tunnel's, made if need be. NULL without memory. */
struct speaker_peer *speaker_peer_for(struct speaker *sp, const char *tunnel);
void speaker_free_peer(struct speaker *sp, struct speaker_peer *p);
/* Finds out what keeps it from working, and has that told if it is something else than before. */
void speaker_note_error(struct speaker *sp);
/* What it is made of may be changing: it is brought about with all else. */
void speaker_make_due(struct speaker *sp);
/* What it has learned is to be told; tables: packet tables are made of what changed. */
void speaker_changed(struct speaker *sp, bool tables);
/* BIRD has told all that it knew when the node began, or takes too long. */
void speaker_await_no_more(struct speaker *sp);

/* ---- speaker_hear.c ---- */

struct bird_calls speaker_bird_calls(struct speaker *sp);
struct bgp_feed_calls speaker_feed_calls(struct speaker *sp);
/* A session with BIRD begins. */
void speaker_on_fed(void *speaker);
/* What stands in BIRD's log by now. */
void speaker_hear_log(struct speaker *sp);
/* Whether the kernel drops what peers sign otherwise. */
void speaker_hear_md5(struct speaker *sp);

/* ---- speaker_bring.c ---- */

/* The gateway's tunnels and private interfaces with BGP, in order; *ret is the caller's. -ENOMEM.
 */
MUST_USE int speaker_list_tunnels(const struct speakers *s, const char *gateway,
                                  const struct object ***ret, size_t *ret_n);
bool speaker_runs_bgp(const struct speakers *s, const struct object *o);
/* What is wanted of it; what fails is noted. */
void speaker_bring_about(struct speaker *sp);

#endif
