/* sandbox.h - gives up what a daemon does not need once everything is open, for good. Which system
 * calls it still needs is the daemon's own list. */
#ifndef ROPEWAY_SANDBOX_H
#define ROPEWAY_SANDBOX_H

#include "base.h"

#include <seccomp.h>

/* A system call that stays: whatever its arguments, or only with one argument of one value. */
struct sandbox_call {
    int number; /* SCMP_SYS(name) */
    bool narrowed;
    unsigned argument; /* from 0 */
    uint64_t value;
};

/* What is and comes into memory never reaches the swap. Pages are locked as they are touched: no
 * memory is taken for it. *ret_by_right: where the limit of locked memory cannot be lifted, by the
 * right to ignore it, which has to be kept, or allocations fail at the limit. -EPERM: neither. */
MUST_USE int sandbox_lock_memory(bool *ret_by_right);
/* Gives up all capabilities (but that right, if it is to be kept), the right to gain any by
 * executing something, and core dumps and debuggers of the same user, who would see keys. For this
 * thread and those it makes. */
MUST_USE int sandbox_drop_privileges(bool keep_locking);
/* Every other system call fails with EPERM from now on, in all threads of the process. After
 * sandbox_drop_privileges(). */
MUST_USE int sandbox_enter(const struct sandbox_call *calls, size_t n);

#endif
