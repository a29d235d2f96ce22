/* probe_internal.h - what probes of one tunnel found out: which requests are open, how long answers
 * take, and whether the peer still answers. Does no I/O and reads no clock.
 *
 * A request that has no answer when its time is over is lost. Lost ones count only once the peer
 * has answered: many devices never answer, which says nothing about the tunnel. An answer that
 * comes after its time is no answer in time, but shows that the peer lives and how long it takes.
 *
 * After a first loss the next requests follow in quick succession: when as many as the rules say
 * are lost the tunnel is out, of which its hash should take note at once. Only when the peer has
 * been silent for that many intervals is the tunnel said to be a black hole, which ends sessions
 * and is told to people: what was a hiccup moves flows and no more.
 */
#ifndef ROPEWAY_DATAPLANE_PROBE_INTERNAL_H
#define ROPEWAY_DATAPLANE_PROBE_INTERNAL_H

#include "ipc.h"

#define DP_PROBE_OPEN     16       /* requests that are remembered */
#define DP_PROBE_RARE_US  5000000U /* between requests to a peer that has never answered */
#define DP_PROBE_COOKIE   8        /* bytes of a request, known to us alone */
#define DP_PROBE_FIRST_US 1000000U /* time for an answer while nobody knows how long one takes */
/* A black hole that returns so soon after it came back is held back twice as long each time. */
#define DP_PROBE_CALM_US 120000000U
#define DP_PROBE_HELD_US 30000000U /* it must answer for so long at most */

/* Zero-initialise, then give it a secret. Written by the worker alone. */
struct dp_probe {
    uint64_t secret;
    struct addr peer; /* that was asked */
    uint64_t sent_us[DP_PROBE_OPEN];
    uint16_t open;                 /* bit n % DP_PROBE_OPEN: request n waits for its answer */
    uint32_t next;                 /* number of the next request */
    uint32_t rtt_us, deviation_us; /* smoothed (RFC 6298, 2); 0: no answer yet */
    uint32_t last_us;              /* of the last answer in time; 0: none yet */
    uint16_t lost, answered;       /* in a row */
    bool known;                    /* the peer has answered once */
    bool out;             /* it has stopped to answer, and not yet answered for long enough */
    uint64_t silent_us;   /* when the first of the lost was sent */
    uint64_t returned_us; /* when a black hole last came back; 0: never */
    unsigned flaps;       /* of those that came soon after one another */
    uint8_t state;        /* enum ipc_probe_state */
    uint32_t told;        /* requests that only tell */
};

/* What the node wants. */
struct dp_probe_rules {
    uint64_t interval_us;
    uint16_t count;
};

/* What an answer or the passing of time came to, for the counters. */
struct dp_probe_news {
    unsigned answered, lost;
    uint64_t rtt_us;    /* of the one answered */
    uint64_t jitter_us; /* by how much that differs from the one before */
};

/* Whom to ask has changed, or nobody was asked for a while: what is known of another peer is
 * forgotten, and what is open. The same peer has answered before, and must do so again. */
void dp_probe_begin(struct dp_probe *p, const struct addr *peer);
/* Nobody is asked any more. */
void dp_probe_end(struct dp_probe *p);
/* Gives up what has waited too long. */
void dp_probe_expire(struct dp_probe *p, const struct dp_probe_rules *rules, uint64_t now_us,
                     struct dp_probe_news *ret);
/* Notes a request sent now; its number on the wire, and its cookie. */
uint16_t dp_probe_send(struct dp_probe *p, uint64_t now_us, uint8_t cookie[DP_PROBE_COOKIE]);
/* An answer came. -ENOENT if it belongs to no request that is remembered, or was there already. */
MUST_USE int dp_probe_take(struct dp_probe *p, const struct dp_probe_rules *rules, uint16_t number,
                           const uint8_t cookie[DP_PROBE_COOKIE], uint64_t now_us,
                           struct dp_probe_news *ret);
/* A request that is sent for what it tells alone, whether the peer is asked or not: nothing waits
 * for its answer, but that is known when it comes. */
uint16_t dp_probe_tell(struct dp_probe *p, uint8_t cookie[DP_PROBE_COOKIE]);
bool dp_probe_has_told(const struct dp_probe *p, uint16_t number,
                       const uint8_t cookie[DP_PROBE_COOKIE]);
/* When there may be something to give up, or to be said; UINT64_MAX: not before the next request.
 */
uint64_t dp_probe_wake_us(const struct dp_probe *p, const struct dp_probe_rules *rules);
/* From one request to the next. */
uint64_t dp_probe_pause(const struct dp_probe *p, const struct dp_probe_rules *rules);

#endif
