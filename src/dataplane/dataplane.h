/* dataplane.h - the data plane: takes packets from instances' TAPs and tunnels, routes, encrypts
 * and decrypts them. Needs no privilege: sockets and TAPs come from the node over ipc.
 *
 * A control thread speaks with ropeway-node and ropeway-ike and publishes what they want; a packet
 * thread sleeps until there are packets. */
#ifndef ROPEWAY_DATAPLANE_H
#define ROPEWAY_DATAPLANE_H

#include "base.h"

struct dataplane_options {
    const char *run_dir; /* dataplane.sock lies in it */
};

/* Gives up capabilities and most system calls, then serves until SIGTERM or SIGINT: 0. A negative
 * errno if it cannot start. */
MUST_USE int dataplane_run(const struct dataplane_options *options);

/* Gives up every system call the running data plane does not need (they fail with EPERM), in all
 * threads of the process. After sandbox_drop_privileges(). */
MUST_USE int dataplane_sandbox(void);

#endif
