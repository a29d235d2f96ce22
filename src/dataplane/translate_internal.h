/* translate_internal.h - overlapping networks: the addresses of inner packets as each end of a
 * connection knows them (RFC 3022, 2.1 without ports, so that nothing is remembered). Does no I/O.
 *
 * A pair says of a prefix, behind us or behind the peer, as which other prefix it is seen by the
 * respective other end. What passes from us to the peer is translated before it is encrypted, what
 * comes from there after it was decrypted: between these a packet has the addresses on the wire,
 * which is what traffic selectors are about. */
#ifndef ROPEWAY_DATAPLANE_TRANSLATE_INTERNAL_H
#define ROPEWAY_DATAPLANE_TRANSLATE_INTERNAL_H

#include "inner_internal.h"
#include "ipc.h"

enum dp_way { DP_OUT, DP_IN };

/* The addresses of a packet on its way out become those on the wire, those of one on its way in
 * ours. What no pair is about stays as it is. */
void dp_translate_addrs(const struct ipc_tunnel *t, enum dp_way way, struct addr *src,
                        struct addr *dst);
/* The same in the packet, in place, its checksums with it; in an ICMP error also in the packet that
 * it is about, which went the other way. csum_start: where a checksum is that its sender left to be
 * finished (NEEDS_CSUM), 0 if there is none. -EBADMSG for what is no packet, or ends before the
 * checksum that it should have, which only attacks do (RFC 3128): it is as it was. */
MUST_USE int dp_translate(const struct ipc_tunnel *t, enum dp_way way, uint8_t *ip, size_t len,
                          size_t csum_start);

#endif
