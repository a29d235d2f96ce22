#include "sandbox.h"

#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const cap_value_t locking = CAP_IPC_LOCK;

static bool may_lock(void)
{
    cap_flag_value_t has = CAP_CLEAR;
    cap_t caps = cap_get_proc();

    if (!caps || cap_get_flag(caps, locking, CAP_EFFECTIVE, &has) < 0)
        has = CAP_CLEAR;
    cap_free(caps);
    return has == CAP_SET;
}

int sandbox_lock_memory(bool *ret_by_right)
{
    static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    bool limited = setrlimit(RLIMIT_MEMLOCK, &unlimited) < 0;

    *ret_by_right = limited && may_lock();
    if (limited && !*ret_by_right)
        return -EPERM;
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0 ? -errno : 0;
}

static int keep_only_locking(cap_t caps)
{
    return cap_set_flag(caps, CAP_PERMITTED, 1, &locking, CAP_SET) < 0 ||
                   cap_set_flag(caps, CAP_EFFECTIVE, 1, &locking, CAP_SET) < 0
               ? -errno
               : 0;
}

static int drop_capabilities(bool keep_locking)
{
    cap_t caps = cap_init();
    int r = 0;

    if (!caps)
        return -ENOMEM;
    for (cap_value_t c = 0; cap_get_bound(c) >= 0; c++) {
        if (cap_drop_bound(c) < 0 && errno != EPERM) /* EPERM: we never had any */
            r = -errno;
    }
    if (r == 0 && keep_locking)
        r = keep_only_locking(caps);
    if (r == 0 && cap_set_proc(caps) < 0)
        r = -errno;
    cap_free(caps);
    return r;
}

int sandbox_drop_privileges(bool keep_locking)
{
    const struct rlimit no_core = {0};
    int r = drop_capabilities(keep_locking);

    if (r < 0)
        return r;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
        setrlimit(RLIMIT_CORE, &no_core) < 0)
        return -errno;
    return 0;
}

static int allow(scmp_filter_ctx filter, const struct sandbox_call *call)
{
    struct scmp_arg_cmp only = {.arg = call->argument, .op = SCMP_CMP_EQ, .datum_a = call->value};

    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call->number, call->narrowed ? 1 : 0,
                                  &only);
}

int sandbox_enter(const struct sandbox_call *calls, size_t n)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int r;

    if (!filter)
        return -ENOMEM;
    r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    for (size_t i = 0; i < n && r == 0; i++)
        r = allow(filter, &calls[i]);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}
