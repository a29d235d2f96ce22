/* instance.h - instances on this machine: a network namespace, in it a TAP called eth0, or what
 * attached.h makes. Private to the node room.
 *
 * All calls compare with what is there and change only the difference. */
#ifndef ROPEWAY_NODE_INSTANCE_H
#define ROPEWAY_NODE_INSTANCE_H

#include "desired.h"

#define INSTANCE_ERROR_MAX 256

struct instance_result {
    bool changed; /* something was made or altered */
    bool new_tap; /* the TAP is a new one: a descriptor of an older one is worth nothing */
    int index;    /* of an interface that is there (DESIRED_NIC); 0 otherwise */
    uint16_t mtu; /* what it carries if that is less than wanted; 0 otherwise */
    char error[INSTANCE_ERROR_MAX]; /* written: why it failed */
};

/* Brings the instance to the desired state. -EEXIST if something foreign is in the way. */
MUST_USE int instance_ensure(const char *run_dir, const struct desired_instance *want,
                             struct instance_result *ret);
/* Opens the instance's TAP or interface once more, for the data plane. -EBUSY while another process
 * has a TAP. */
MUST_USE int instance_open(const char *run_dir, const struct desired_instance *want, int *ret_fd);
/* Removes the namespace called netns and its TAP. -EPERM if it is not of this run directory. */
MUST_USE int instance_remove(const char *run_dir, const char *netns);
/* The id of the instance in a namespace of this run directory. -EPERM for one that is not. */
MUST_USE int instance_owner(const char *run_dir, const char *netns, char ret_id[IPC_ID_MAX]);

#endif
