/* speaker_feed.h - the connection over which a gateway's BIRD tells what it has learned (bgp.h).
 * Private to the node room. */
#ifndef ROPEWAY_NODE_SPEAKER_FEED_H
#define ROPEWAY_NODE_SPEAKER_FEED_H

#include <uv.h>

#include "bgp.h"

struct feed_line;

struct feed {
    struct bgp_feed_calls calls;
    void (*came)(void *arg); /* a session begins: all is told again */
    void *arg;               /* of came */
    uv_loop_t *loop;
    struct feed_line *line; /* NULL: none */
    struct bgp_feed bgp;
};

void feed_init(struct feed *feed, uv_loop_t *loop, const struct bgp_feed_calls *calls,
               void (*came)(void *arg), void *arg);
/* Connects if it is not, in the namespace of the descriptor. */
void feed_tick(struct feed *feed, int netns_fd, uint32_t asn);
/* Hangs up. */
void feed_done(struct feed *feed);
bool feed_is_up(const struct feed *feed);

#endif
