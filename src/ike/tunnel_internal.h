/* tunnel_internal.h - tunnels: which of its IKE SAs counts, when to call its peer, what to tell of
 * it. Hears of IKE SAs by events (sa_internal.h) and acts on them through their version. */
#ifndef ROPEWAY_IKE_TUNNEL_INTERNAL_H
#define ROPEWAY_IKE_TUNNEL_INTERNAL_H

#include "ikev1_internal.h"
#include "ikev2_internal.h"

struct ike_tunnel {
    struct ike_peer peer; /* its lower half */
    struct list link;     /* of the machine */
    bool marked;          /* by ike_sync_begin */
    uint64_t attempt_us;  /* no new attempt before */
    bool proven;          /* what the config of now says was in force once */
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
    bool hinted;               /* last_error is a hint */
    bool one_way;              /* it was said that nothing comes in */
    bool looking;              /* the data plane is asked for that */
    uint64_t look_us;          /* asked then */
    uint64_t look_pause_us;    /* between two questions */
    bool reported;
    struct ike_status status; /* as last reported; last_error and counters live here */
    char note[IKE_ERROR_MAX]; /* written: what happened last that may have taken it down */
    uint32_t reported_rekeys;
};

struct ike {
    struct ike_env env;
    struct ike_peers peers;
    struct ikev1 ikev1;
    struct ikev2 ikev2;
    struct list tunnels;
    struct list orphans[IKE_TUNNEL_BUCKETS]; /* ESP SAs of tunnels that are not configured yet */
    bool configured;                         /* one sync was complete */
};

/* ---- tunnel.c: a tunnel's life, and when to call ---- */

/* NULL if it is not configured. */
struct ike_tunnel *ike_tunnel_find(const struct ike *ike, const char *id);
/* -ENOMEM. */
MUST_USE int ike_tunnel_new(struct ike *ike, const struct ike_tunnel_config *config,
                            struct ike_tunnel **ret);
void ike_tunnel_free(struct ike_tunnel *tunnel);
void ike_tunnel_touch(struct ike_tunnel *tunnel);
/* A first exchange that came to nothing: the next one waits longer. */
void ike_tunnel_backoff(struct ike_tunnel *tunnel);
void ike_tunnel_call_now(struct ike_tunnel *tunnel);
/* Nothing is sent any more, and the peers are told; what they still have on the way is taken. */
void ike_tunnel_close_all(struct ike_tunnel *tunnel);

/* ---- tunnel_say.c: what is said ---- */

/* Remembers why it does not work, and tells. */
void ike_tunnel_fail(struct ike_tunnel *tunnel, const struct words *why);
/* The same on the word of someone who has not proved who he is: few lines, however often he comes,
 * and no error of a tunnel that is up, unless it is behind its configuration. */
void ike_tunnel_suspect(struct ike_tunnel *tunnel, const struct words *why);
/* Logs what may take the tunnel down: if it does, that is the reason given. */
void ike_tunnel_note(struct ike_tunnel *tunnel, enum ike_log_level level, const struct words *what);
/* The same without a line. */
void ike_tunnel_remember(struct ike_tunnel *tunnel, const struct words *what);
/* Logs what happens before the peer has proved who it is: ever fewer lines, until it does. */
void ike_tunnel_hear(struct ike_tunnel *tunnel, const struct words *what);
/* An attempt of ours to negotiate came to nothing: if the SAs in use are of another configuration
 * the one of now counts as refused. */
void ike_tunnel_refused(struct ike_tunnel *tunnel);
/* Something was agreed: what went wrong before is history, unless it keeps the tunnel behind. */
void ike_tunnel_succeeded(struct ike_tunnel *tunnel);
/* What deserves a look beside a tunnel that works, instead of an older hint: a line if it is new.
 * Nothing in front of what went wrong. */
void ike_tunnel_hint(struct ike_tunnel *tunnel, const struct words *what, bool is_new);
void ike_tunnel_unhint(struct ike_tunnel *tunnel);
/* What went wrong once beside a tunnel that works, and never again, is history, too. */
void ike_tunnel_run_error(struct ike_tunnel *tunnel, uint64_t *deadline);
/* Whether last_error says more about the same thing than a sentence with this code would, which is
 * about to be said (tunnel_exact.c). */
bool ike_tunnel_knows_better(struct ike_tunnel *tunnel, enum words_code code);

/* ---- tunnel_rivals.c: which of several IKE SAs counts ---- */

/* The one of a peer's that would stay if the others were closed; NULL. Both ends come to the same
 * result, whatever the order in which they have them: of calls that were made at once, each of them
 * overlapping the next, the one with the lowest SPI; else one of the latest. */
struct ike_sa *ike_rivals_first(const struct list *sas);
/* The order behind it, among those that count: below 0 if a comes before b, 0 only if they are one.
 */
int ike_rivals_compare(const struct list *sas, const struct ike_sa *a, const struct ike_sa *b);
/* Closes those that are one too many, and lets the best one lead. */
void ike_tunnel_settle_rivals(struct ike_tunnel *tunnel);

/* ---- tunnel_auth.c ---- */

/* Ends the IKE SAs that were authenticated with what counts no more, when it is time. */
void ike_tunnel_run_old_auth(struct ike_tunnel *tunnel, uint64_t *deadline);

/* ---- tunnel_status.c ---- */

void ike_tunnel_update_status(struct ike_tunnel *tunnel);
/* The status with the error that fits it. */
void ike_tunnel_tell_status(const struct ike_tunnel *tunnel, struct ike_status *ret);

/* ---- tunnel_oneway.c: ESP goes out and none comes ---- */

void ike_tunnel_run_oneway(struct ike_tunnel *tunnel, uint64_t *deadline);
/* The data plane has said how many packets went out. */
void ike_tunnel_judge_oneway(struct ike_tunnel *tunnel);

/* ---- tunnel_plane.c: SAs that the data plane has from before ---- */

void ike_tunnel_take_orphans(struct ike *ike, struct ike_tunnel *tunnel);
void ike_orphans_drop(struct ike *ike);
void ike_orphans_free(struct ike *ike);

#endif
