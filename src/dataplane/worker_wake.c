/* What has a worker look: it is woken, or one of its descriptors has something. */
#include "worker_internal.h"

#include <sys/epoll.h>
#include <unistd.h>

void dp_worker_wake(struct dp_worker *worker)
{
    uint64_t one = 1;

    if (worker)
        (void)!write(worker->wake_fd, &one, sizeof(one));
}

int dp_worker_listen(struct dp_worker *w, int fd, uint64_t data)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};

    return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int dp_worker_watch(struct dp_worker *worker, int fd, bool port, uint32_t index)
{
    return dp_worker_listen(worker, fd, index | (port ? DP_EVENT_PORT : 0));
}

void dp_worker_unwatch(struct dp_worker *worker, int fd)
{
    (void)epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}
