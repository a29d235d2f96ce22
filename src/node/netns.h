/* netns.h - named network namespaces, and doing things inside one. Private to the node room.
 *
 * Namespaces are those of `ip netns`: bind mounts in /run/netns. Everything that must happen inside
 * another namespace happens in a thread that ends afterwards, so that no thread of the program ever
 * has to come back. Names live in the mount namespace of process 1 when that can be entered: a
 * node started by `ip netns exec` or as a service has one of its own, and what it mounts there
 * nobody else would see. */
#ifndef ROPEWAY_NODE_NETNS_H
#define ROPEWAY_NODE_NETNS_H

#include "base.h"

#define NETNS_DIR "/run/netns"

typedef int netns_call(void *arg);

/* Opens a named namespace; the descriptor is the caller's. -ENOENT; -EINVAL for a file that is no
 * namespace (a mount that is gone). */
MUST_USE int netns_open(const char *name, int *ret_fd);
/* Both descriptors are of one namespace. */
bool netns_is_same(int a, int b);
/* Makes a namespace, runs prepare inside it, and only if that returns 0 gives it the name: nobody
 * ever sees one half prepared. -EEXIST if the name is taken. */
MUST_USE int netns_create(const char *name, netns_call *prepare, void *arg);
/* Takes the name away; the namespace ends when nothing lives in it any more. */
MUST_USE int netns_delete(const char *name);
/* Calls visit for each name that starts with start; stops at the first non-zero answer and returns
 * it. */
MUST_USE int netns_each(const char *start, int (*visit)(void *arg, const char *name), void *arg);
/* Runs call inside the namespace and returns its answer. */
MUST_USE int netns_run(int fd, netns_call *call, void *arg);

#endif
