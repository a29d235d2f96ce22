/* cloud.h - the cloud public addresses on the node's interface, and the sockets bound to them.
 * Private to the node room. Works in the network namespace of the calling thread. */
#ifndef ROPEWAY_NODE_CLOUD_H
#define ROPEWAY_NODE_CLOUD_H

#include "base.h"

struct cloud_result {
    bool changed;
    unsigned removed;
    char error[256]; /* written: the first failure */
};

/* Puts each address as /32 (/128) on the interface and removes those that this run directory once
 * put somewhere and that are not wanted. An address that is there already is fine, whoever made
 * it, and stays when it is not wanted any more unless it is ours. interface NULL: only removes.
 * New ones are announced. Goes on after a failure and returns the first. */
MUST_USE int cloud_ensure(const char *run_dir, const char *interface, const struct addr *want,
                          size_t n, struct cloud_result *ret);
/* Tells the interface's neighbours that the addresses are here (announce.c). Does what it can; NULL
 * for no interface. */
void cloud_announce(const char *interface, const struct addr *addrs, size_t n);
/* A UDP socket bound to it, for the data plane. */
MUST_USE int cloud_socket(const struct endpoint *local, int *ret_fd);
/* Gives a socket for the data plane room for bursts, as far as it may. */
void cloud_set_buffers(int fd);

#endif
