/* attached.h - instances that are machines of somebody else, reached through an interface of the
 * node's own network namespace: a TAP made for one (bridged, or with a macvtap on it, for a virtual
 * machine), or an interface that is there. Private to the node room.
 *
 * Of an interface that is there nothing is changed: a packet socket takes what is meant for the
 * instance's gateway, and all else goes on as before. A private interface may have a VLAN, for
 * which an interface is made. */
#ifndef ROPEWAY_NODE_ATTACHED_H
#define ROPEWAY_NODE_ATTACHED_H

#include "instance.h"

/* As instance_ensure() and instance_open(), for DESIRED_TAP and DESIRED_NIC. */
MUST_USE int attached_ensure(const char *run_dir, const struct desired_instance *want,
                             struct instance_result *ret);
MUST_USE int attached_open(const char *run_dir, const struct desired_instance *want, int *ret_fd);

/* A TAP that this run directory made, and for which instance. The answer: remove it? */
typedef bool attached_visit(void *arg, const char *device, const char *id);
/* Goes through all of them; on after a failure. Returns how many were removed, or the first
 * error. */
MUST_USE int attached_sweep(const char *run_dir, attached_visit *visit, void *arg);

#endif
