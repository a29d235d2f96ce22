/* reach_internal.h - what the files of this room share. */
#ifndef ROPEWAY_REACH_INTERNAL_H
#define ROPEWAY_REACH_INTERNAL_H

#include "reach.h"

#define REACH_PING_WAIT_US UINT64_C(1000000) /* for an answer, each */
#define REACH_HOP_WAIT_US  UINT64_C(1000000)
#define REACH_MTU_WAIT_US  UINT64_C(700000)
#define REACH_MTU_TRIES    2 /* of each size, before it counts as too large */

/* Puts a row into the queue; one that nobody fetched is lost. */
void reach_tell(struct reach_run *run, const struct reach_row *row);

/* What each kind does with the calls of the same names (reach.h). */
struct reach_kind_ops {
    int (*begin)(struct reach_run *run, uint64_t now_us);
    bool (*next)(struct reach_run *run, uint64_t now_us, struct reach_probe *ret);
    void (*too_large)(struct reach_run *run, uint64_t now_us, uint16_t seq, uint32_t mtu);
    void (*take)(struct reach_run *run, uint64_t now_us, const struct reach_packet *packet);
    void (*time)(struct reach_run *run, uint64_t now_us);
    uint64_t (*due)(const struct reach_run *run);
};

extern const struct reach_kind_ops reach_ping_ops, reach_trace_ops, reach_mtu_ops;

/* The smallest packet that is an echo request. */
static inline uint16_t reach_size_min(enum addr_family family)
{
    return (family == ADDR_IPV4 ? REACH_IPV4_HEADER : REACH_IPV6_HEADER) + REACH_ECHO_HEADER;
}

#endif
