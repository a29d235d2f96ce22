/* iked.h - the daemon around the IKE machine: timers, the node's configuration, the data plane's
 * SAs and datagrams. It has no network of its own: IKE datagrams travel through the data plane.
 *
 * It listens on RUN/ike.sock for the node and connects to RUN/dataplane.sock, trying every 200 ms
 * while that is away. SIGTERM and SIGINT end it without a word to any peer: packets keep flowing,
 * and the next one replaces the SAs it finds.
 *
 * Rights: the sockets are opened first. Then all capabilities are dropped for good and a seccomp
 * filter leaves what the loop needs: reading, writing, memory, time, and unix sockets. No file can
 * be opened, no program run, no network socket made. The user stays: the sockets of the run
 * directory belong to it. */
#ifndef ROPEWAY_IKED_H
#define ROPEWAY_IKED_H

#include "base.h"

struct iked_options {
    const char *run_dir;
};

/* Runs until SIGTERM or SIGINT; -ENAMETOOLONG, or why the socket or the sandbox could not be made.
 */
MUST_USE int iked_run(const struct iked_options *options);

/* The filter, for ever. After sandbox_drop_privileges(). */
MUST_USE int iked_sandbox(void);

#endif
