#include "ipc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define QUEUE_BYTES_MAX (64U << 20)

/* A record that waits for the socket; it owns duplicates of its descriptors. */
struct waiting {
    struct list link;
    size_t len;
    int fds[IPC_FDS_MAX];
    uint8_t n_fds;
    uint8_t data[];
};

struct ipc_conn {
    int fd;
    struct list queue;
    size_t queued;            /* bytes */
    uint8_t in[IPC_MSG_MAX];  /* views of a received message point here */
    uint8_t out[IPC_MSG_MAX]; /* of its own, so that an answer may be sent while reading one */
};

static int address_of(const char *path, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    return text_copy(ret->sun_path, sizeof(ret->sun_path), path);
}

static int conn_new(int fd, struct ipc_conn **ret)
{
    struct ipc_conn *conn = malloc(sizeof(*conn));
    int want = 4 << 20;

    if (!conn)
        return -ENOMEM;
    /* Best effort: a whole configuration should go out in one go. */
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &want, sizeof(want));
    conn->fd = fd;
    conn->queued = 0;
    list_init(&conn->queue);
    *ret = conn;
    return 0;
}

/* Removes the socket that a dead process left at path. */
static int clear_stale(const char *path, const struct sockaddr_un *sa)
{
    struct stat st;
    int fd, r;

    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode))
        return -EEXIST;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* EAGAIN: its backlog is full, so it lives; EPROTOTYPE: another program's socket. */
    r = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0 || errno != ECONNREFUSED
            ? -EADDRINUSE
            : 0;
    close(fd);
    if (r == 0 && unlink(path) < 0 && errno != ENOENT)
        r = -errno;
    return r;
}

int ipc_listen(const char *path, unsigned mode, int *ret_fd)
{
    struct sockaddr_un sa;
    mode_t old;
    int fd, r;

    r = address_of(path, &sa);
    if (r < 0)
        return r;
    r = clear_stale(path, &sa);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    old = umask(0777 & ~mode);
    r = bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 16) < 0 ? -errno : 0;
    umask(old);
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int ipc_accept(int listen_fd, struct ipc_conn **ret)
{
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), r;

    if (fd < 0)
        return -errno;
    r = conn_new(fd, ret);
    if (r < 0)
        close(fd);
    return r;
}

int ipc_connect(const char *path, struct ipc_conn **ret)
{
    struct sockaddr_un sa;
    int fd, r;

    r = address_of(path, &sa);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    r = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : conn_new(fd, ret);
    if (r < 0)
        close(fd);
    return r;
}

static void waiting_free(struct ipc_conn *conn, struct waiting *w)
{
    list_remove(&w->link);
    conn->queued -= w->len;
    for (size_t i = 0; i < w->n_fds; i++)
        close(w->fds[i]);
    explicit_bzero(w->data, w->len); /* may hold keys */
    free(w);
}

void ipc_close(struct ipc_conn *conn)
{
    if (!conn)
        return;
    list_for_each_safe (w, &conn->queue, struct waiting, link)
        waiting_free(conn, w);
    close(conn->fd);
    explicit_bzero(conn->in, sizeof(conn->in));
    explicit_bzero(conn->out, sizeof(conn->out));
    free(conn);
}

int ipc_fd(const struct ipc_conn *conn)
{
    return conn->fd;
}

bool ipc_pending(const struct ipc_conn *conn)
{
    return !list_empty(&conn->queue);
}

size_t ipc_backlog(const struct ipc_conn *conn)
{
    return conn->queued;
}

static int send_record(int fd, const uint8_t *data, size_t len, const int *fds, size_t n_fds)
{
    struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)] = {0};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    if (n_fds) {
        struct cmsghdr *c;

        msg.msg_control = control;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
    }
    for (;;) {
        if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            return 0;
        if (errno == EAGAIN || errno == ENOBUFS)
            return -EAGAIN;
        if (errno == ECONNRESET || errno == ENOTCONN)
            return -EPIPE;
        if (errno != EINTR)
            return -errno;
    }
}

static int enqueue(struct ipc_conn *conn, const struct ipc_msg *msg, size_t len)
{
    struct waiting *w;

    if (conn->queued + len > QUEUE_BYTES_MAX)
        return -ENOBUFS;
    w = malloc(sizeof(*w) + len);
    if (!w)
        return -ENOMEM;
    w->len = len;
    w->n_fds = 0;
    memcpy(w->data, conn->out, len);
    list_append(&conn->queue, &w->link);
    conn->queued += len;
    for (; w->n_fds < msg->n_fds; w->n_fds++) {
        w->fds[w->n_fds] = fcntl(msg->fds[w->n_fds], F_DUPFD_CLOEXEC, 3);
        if (w->fds[w->n_fds] < 0) {
            int r = -errno;

            waiting_free(conn, w);
            return r;
        }
    }
    return 0;
}

int ipc_send(struct ipc_conn *conn, const struct ipc_msg *msg)
{
    size_t len;
    int r;

    if (msg->n_fds > IPC_FDS_MAX)
        return -EINVAL;
    r = ipc_encode(msg, conn->out, sizeof(conn->out), &len);
    if (r < 0)
        return r;
    r = ipc_pending(conn) ? -EAGAIN : send_record(conn->fd, conn->out, len, msg->fds, msg->n_fds);
    if (r == -EAGAIN)
        r = enqueue(conn, msg, len);
    explicit_bzero(conn->out, len);
    return r;
}

int ipc_flush(struct ipc_conn *conn)
{
    list_for_each_safe (w, &conn->queue, struct waiting, link) {
        int r = send_record(conn->fd, w->data, w->len, w->fds, w->n_fds);

        if (r == -EAGAIN)
            return 0;
        if (r < 0)
            return r;
        waiting_free(conn, w);
    }
    return 0;
}

void ipc_msg_close_fds(struct ipc_msg *msg)
{
    for (size_t i = 0; i < msg->n_fds; i++)
        close(msg->fds[i]);
    msg->n_fds = 0;
}

/* Takes the descriptors that came along. -EBADMSG if there were more than a message may carry;
 * those are closed. */
static int take_fds(struct msghdr *hdr, struct ipc_msg *ret)
{
    int r = 0;

    ret->n_fds = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c)) {
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            if (ret->n_fds < IPC_FDS_MAX) {
                ret->fds[ret->n_fds++] = fd;
            } else {
                close(fd);
                r = -EBADMSG;
            }
        }
    }
    return hdr->msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? -EBADMSG : r;
}

int ipc_receive(struct ipc_conn *conn, struct ipc_msg *ret)
{
    struct iovec iov = {.iov_base = conn->in, .iov_len = sizeof(conn->in)};
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int) * (IPC_FDS_MAX + 2))];
    struct msghdr hdr = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    ssize_t n;
    int r;

    do
        n = recvmsg(conn->fd, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    if (n == 0)
        return -EPIPE;
    r = take_fds(&hdr, ret);
    if (r == 0)
        r = ipc_decode(conn->in, (size_t)n, ret);
    if (r < 0)
        ipc_msg_close_fds(ret);
    return r;
}
