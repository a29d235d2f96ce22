/* flow.h - which of several ways a flow takes: by the names of the ways and the node alone, so that
 * it stays what it is when programs are restarted, and whoever knows these can tell it. Pure. */
#ifndef ROPEWAY_FLOW_H
#define ROPEWAY_FLOW_H

#include "base.h"

/* Of a node's own: gateways in a row that spread flows alike would leave ways empty. */
uint64_t flow_seed(const char *node);
/* The flow of an IPv4 or IPv6 packet: addresses, protocol and ports of TCP and UDP;
 * addresses, protocol and the identifier of ICMP echo; addresses and protocol of all others, and of
 * every fragment (only the first has ports, and all must stay together). Both ends of a tunnel
 * need not agree. Reads at most len bytes and takes garbage: what is no IP packet hashes its
 * length. */
uint32_t flow_hash(uint64_t seed, const uint8_t *packet, size_t len);
/* What stands for a way: its id. */
uint32_t flow_key(const char *id);
/* The place of one of the keys by highest random weight: when a member leaves, only its own flows
 * move, and when it comes back only they return; the order does not matter. count >= 1. */
uint32_t flow_choose(const uint32_t *keys, uint32_t count, uint32_t hash);

#endif
