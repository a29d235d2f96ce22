#include "iked.h"
#include "sandbox.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

/* What the loop does once everything is open. */
static const struct sandbox_call allowed[] = {
    /* messages */
    {SCMP_SYS(read)},
    {SCMP_SYS(write)},
    {SCMP_SYS(writev)},
    {SCMP_SYS(recvmsg)},
    {SCMP_SYS(sendmsg)},
    {SCMP_SYS(connect)}, /* of the sockets that may be made: unix only */
    {SCMP_SYS(accept4)},
    {SCMP_SYS(close)},
    {SCMP_SYS(setsockopt)},
    {SCMP_SYS(getsockopt)},
    {SCMP_SYS(fcntl)},
    /* the loop */
    {SCMP_SYS(epoll_wait)},
    {SCMP_SYS(epoll_pwait)},
    {SCMP_SYS(epoll_ctl)},
    {SCMP_SYS(poll)},
    {SCMP_SYS(ppoll)},
    {SCMP_SYS(restart_syscall)},
    /* memory */
    {SCMP_SYS(mmap)},
    {SCMP_SYS(munmap)},
    {SCMP_SYS(mremap)},
    {SCMP_SYS(mprotect)},
    {SCMP_SYS(madvise)},
    {SCMP_SYS(brk)},
    {SCMP_SYS(futex)},
    {SCMP_SYS(sched_yield)},
    /* signals and the end */
    {SCMP_SYS(rt_sigprocmask)},
    {SCMP_SYS(rt_sigaction)},
    {SCMP_SYS(rt_sigreturn)},
    {SCMP_SYS(sigaltstack)},
    {SCMP_SYS(getpid)},
    {SCMP_SYS(gettid)},
    {SCMP_SYS(tgkill)},
    {SCMP_SYS(exit)},
    {SCMP_SYS(exit_group)},
    /* time and chance */
    {SCMP_SYS(clock_gettime)},
    {SCMP_SYS(gettimeofday)},
    {SCMP_SYS(clock_nanosleep)},
    {SCMP_SYS(getrandom)},
    /* and only so: unix sockets; the loop makes descriptors non-blocking */
    {SCMP_SYS(socket), true, 0, AF_UNIX},
    {SCMP_SYS(ioctl), true, 1, FIONBIO},
};

int iked_sandbox(void)
{
    return sandbox_enter(allowed, ARRAY_SIZE(allowed));
}
