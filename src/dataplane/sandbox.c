#include "dataplane.h"
#include "sandbox.h"

/* All that both threads do once everything is open: descriptors arrive over ipc, nothing is opened,
 * connected or executed any more. */
static const struct sandbox_call allowed[] = {
    /* packets and messages */
    {SCMP_SYS(read)},
    {SCMP_SYS(write)},
    {SCMP_SYS(writev)},
    {SCMP_SYS(recvmsg)},
    {SCMP_SYS(sendmsg)},
    {SCMP_SYS(recvmmsg)},
    {SCMP_SYS(sendmmsg)},
    {SCMP_SYS(recvfrom)},
    {SCMP_SYS(sendto)},
    {SCMP_SYS(epoll_wait)},
    {SCMP_SYS(epoll_pwait)},
    {SCMP_SYS(epoll_ctl)},
    {SCMP_SYS(poll)},
    {SCMP_SYS(ppoll)},
    {SCMP_SYS(accept4)},
    {SCMP_SYS(close)},
    /* options of descriptors that arrive; ioctl is narrowed by nothing else than what it is on */
    {SCMP_SYS(setsockopt)},
    {SCMP_SYS(getsockopt)},
    {SCMP_SYS(getsockname)},
    {SCMP_SYS(fcntl)},
    {SCMP_SYS(ioctl)},
    {SCMP_SYS(fstat)},
    {SCMP_SYS(newfstatat)},
    /* memory and threads */
    {SCMP_SYS(mmap)},
    {SCMP_SYS(munmap)},
    {SCMP_SYS(mremap)},
    {SCMP_SYS(mprotect)},
    {SCMP_SYS(madvise)},
    {SCMP_SYS(brk)},
    {SCMP_SYS(futex)},
    {SCMP_SYS(membarrier)},
    {SCMP_SYS(clone)},
    {SCMP_SYS(clone3)},
    {SCMP_SYS(set_robust_list)},
    {SCMP_SYS(rseq)},
    {SCMP_SYS(sched_yield)},
    {SCMP_SYS(sched_getaffinity)},
    {SCMP_SYS(sched_setaffinity)},
    {SCMP_SYS(getcpu)},
    {SCMP_SYS(gettid)},
    {SCMP_SYS(getpid)},
    {SCMP_SYS(sigaltstack)},
    {SCMP_SYS(rt_sigprocmask)},
    {SCMP_SYS(rt_sigaction)},
    {SCMP_SYS(rt_sigreturn)},
    {SCMP_SYS(tgkill)},
    {SCMP_SYS(restart_syscall)},
    /* time and chance */
    {SCMP_SYS(clock_gettime)},
    {SCMP_SYS(gettimeofday)},
    {SCMP_SYS(clock_nanosleep)},
    {SCMP_SYS(nanosleep)},
    {SCMP_SYS(getrandom)},
    /* the end */
    {SCMP_SYS(unlink)},
    {SCMP_SYS(exit)},
    {SCMP_SYS(exit_group)},
};

int dataplane_sandbox(void)
{
    return sandbox_enter(allowed, ARRAY_SIZE(allowed));
}
