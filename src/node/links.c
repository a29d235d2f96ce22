#include "links.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a message says is not looked at, nor whether some were lost: whoever hears looks himself. */
static void drain(int fd)
{
    char bytes[8192];
    ssize_t n;

    do
        n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    while (n > 0 || (n < 0 && (errno == ENOBUFS || errno == EINTR)));
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct links *l = container_of(poll, struct links, poll);

    (void)events;
    if (status < 0)
        return;
    drain(l->fd);
    l->changed(l->arg);
}

static int open_socket(void)
{
    const struct sockaddr_nl all = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE), r;

    if (fd < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)&all, sizeof(all)) == 0)
        return fd;
    r = -errno;
    close(fd);
    return r;
}

int links_init(struct links *l, uv_loop_t *loop, void (*changed)(void *arg), void *arg)
{
    int r;

    *l = (struct links){.fd = open_socket(), .changed = changed, .arg = arg};
    if (l->fd < 0)
        return l->fd;
    r = uv_poll_init(loop, &l->poll, l->fd);
    return r == 0 ? uv_poll_start(&l->poll, UV_READABLE, on_readable) : r;
}

void links_done(struct links *l)
{
    if (l->fd >= 0 && l->changed) {
        uv_poll_stop(&l->poll);
        close(l->fd);
    }
    l->fd = -1;
}
