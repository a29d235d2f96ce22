/* speaker_announced.h - from what a gateway announces (tables.h) to the routes and sets that BIRD
 * is given. Does no I/O. Private to the node room. */
#ifndef ROPEWAY_NODE_SPEAKER_ANNOUNCED_H
#define ROPEWAY_NODE_SPEAKER_ANNOUNCED_H

#include "packet_routes.h"
#include "speaker_config.h"

#define SPEAKER_SETS_MAX 64

struct speaker_announced {
    struct speaker_route *routes; /* owned; sorted by speaker_route_cmp() */
    size_t n, cap;
    struct speaker_set sets[SPEAKER_SETS_MAX];
    size_t n_sets;
};

/* lines: the gateway's tunnels and private interfaces with BGP. *ret is zeroed, and gets routes
 * also on failure. -ENOMEM. */
MUST_USE int speaker_collect_announced(const struct packet_routes *announced,
                                       const struct object *const *lines, size_t n,
                                       struct speaker_announced *ret);

#endif
