/* private_net.h - a network namespace of the test's own, and looking around in others. */
#ifndef ROPEWAY_PRIVATE_NET_H
#define ROPEWAY_PRIVATE_NET_H

#include "base.h"

/* True if network namespaces can be made here; otherwise says on stderr why the tests are skipped.
 */
bool private_net_possible(void);
/* Runs the tests in a child process and afterwards, however it ended, removes the namespaces it
 * left: those called PRIVATE_NET_NAME with the child's pid. The exit code; 77 if not possible. */
int private_net_main(int (*all_tests)(void));
#define PRIVATE_NET_NAME "rw-test%d-" /* an instance's: i-test%d-... */

/* The calling thread moves into a new network namespace with lo up. */
void private_net_enter(void);
/* A veth pair "pub" - "far", both up, in the current namespace. */
void private_net_add_interface(void);
/* Waits until the kernel has noticed that an interface has a carrier: before, it sends nothing. */
void private_net_await_carrier(const char *name);
/* Runs a command inside a named namespace ("" for the current one) and returns its exit code. */
PRINTF(2, 3) int private_net_run(const char *netns, const char *fmt, ...);
/* True if the command's output, run as above, contains text. */
PRINTF(3, 4)
bool private_net_shows(const char *netns, const char *text, const char *fmt, ...);

#endif
