#include "server_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096 /* a crowd that comes at once; the kernel takes no more than somaxconn */

static int open_socket(const struct sockaddr *sa, socklen_t len, int *ret_fd)
{
    int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, r;

    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 || bind(fd, sa, len) < 0 ||
        listen(fd, BACKLOG) < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

/* Whether somebody listens there. */
static bool is_alive(const struct sockaddr_un *sa)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive = fd >= 0 && connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0;

    if (fd >= 0)
        close(fd);
    return alive;
}

int listen_unix(const char *path, int *ret_fd)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    mode_t old;
    int r;

    if (text_copy(sa.sun_path, sizeof(sa.sun_path), path) < 0)
        return -ENAMETOOLONG;
    if (is_alive(&sa))
        return -EADDRINUSE;
    (void)unlink(path); /* left over from one that was killed */
    old = umask(0117);
    r = open_socket((struct sockaddr *)&sa, sizeof(sa), ret_fd);
    umask(old);
    return r;
}

int listen_parse(const char *text, struct endpoint *ret)
{
    const char *colon = strrchr(text, ':');
    char host[ADDR_TEXT_MAX + 2];
    struct endpoint e;
    uint64_t port;
    size_t len;

    if (!colon || (size_t)(colon - text) >= sizeof(host))
        return -EINVAL;
    len = (size_t)(colon - text);
    memcpy(host, text, len);
    host[len] = 0;
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        memmove(host, host + 1, len - 2);
        host[len - 2] = 0;
    } else if (strchr(host, ':')) {
        return -EINVAL; /* an IPv6 address needs its brackets */
    }
    if (addr_parse(host, &e.addr) < 0 || text_parse_u64(colon + 1, UINT16_MAX, &port) < 0)
        return -EINVAL;
    e.port = (uint16_t)port;
    *ret = e;
    return 0;
}

int listen_tcp(const char *text, int *ret_fd, uint16_t *ret_port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof(bound);
    struct endpoint e;
    int r = listen_parse(text, &e);

    if (r < 0)
        return r;
    if (e.addr.family == ADDR_IPV4) {
        v4.sin_port = htons(e.port);
        memcpy(&v4.sin_addr, e.addr.bytes, 4);
        r = open_socket((struct sockaddr *)&v4, sizeof(v4), ret_fd);
    } else {
        v6.sin6_port = htons(e.port);
        memcpy(&v6.sin6_addr, e.addr.bytes, 16);
        r = open_socket((struct sockaddr *)&v6, sizeof(v6), ret_fd);
    }
    if (r < 0)
        return r;
    if (getsockname(*ret_fd, (struct sockaddr *)&bound, &len) < 0) {
        r = -errno;
        close(*ret_fd);
        return r;
    }
    *ret_port = ntohs(bound.ss_family == AF_INET ? ((struct sockaddr_in *)&bound)->sin_port
                                                 : ((struct sockaddr_in6 *)&bound)->sin6_port);
    return 0;
}
