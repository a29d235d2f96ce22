#include "trial.h"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Raw sockets for echo requests. They hear all ICMP of their namespace: filters let in what an
 * answer can be, the parser (reach.h) finds ours among it. */

static int set_number(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int prepare_ipv4(int fd, bool whole)
{
    struct icmp_filter filter = {
        .data = ~((1U << ICMP_ECHOREPLY) | (1U << ICMP_DEST_UNREACH) | (1U << ICMP_TIME_EXCEEDED))};

    if (setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter)) < 0)
        return -errno;
    return set_number(fd, IPPROTO_IP, IP_MTU_DISCOVER,
                      whole ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT);
}

static int prepare_ipv6(int fd, bool whole)
{
    struct icmp6_filter filter;
    int r;

    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
    if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) < 0)
        return -errno;
    r = set_number(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    if (r == 0 && whole)
        r = set_number(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
    return r < 0 ? r
                 : set_number(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
                              whole ? IPV6_PMTUDISC_PROBE : IPV6_PMTUDISC_DONT);
}

int trial_socket_open(enum addr_family family, bool whole, int *ret_fd)
{
    bool v4 = family == ADDR_IPV4;
    int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    int r;

    if (fd < 0)
        return -errno;
    r = (v4 ? prepare_ipv4 : prepare_ipv6)(fd, whole);
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

/* ---- sending ---- */

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t address_of(const struct addr *a, union any_address *ret)
{
    *ret = (union any_address){0};
    if (a->family == ADDR_IPV4) {
        ret->v4.sin_family = AF_INET;
        memcpy(&ret->v4.sin_addr, a->bytes, 4);
        return sizeof(ret->v4);
    }
    ret->v6.sin6_family = AF_INET6;
    memcpy(&ret->v6.sin6_addr, a->bytes, 16);
    return sizeof(ret->v6);
}

static int set_ttl(int fd, const struct addr *to, uint8_t ttl)
{
    if (!ttl)
        return 0;
    return to->family == ADDR_IPV4 ? set_number(fd, IPPROTO_IP, IP_TTL, ttl)
                                   : set_number(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
}

int trial_socket_send(int fd, const struct trial_want *want, uint16_t ident,
                      const struct reach_probe *probe)
{
    static uint8_t bytes[REACH_PACKET_MAX];
    union any_address to;
    socklen_t to_len = address_of(&want->destination, &to);
    size_t len;
    int r = reach_build((enum addr_family)want->destination.family, ident, probe->seq, probe->size,
                        bytes, &len);

    if (r == 0)
        r = set_ttl(fd, &want->destination, probe->ttl);
    if (r < 0)
        return r;
    return sendto(fd, bytes, len, 0, &to.any, to_len) < 0 ? -errno : 0;
}

/* ---- receiving ---- */

static uint8_t hop_limit_of(struct msghdr *msg)
{
    int value = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT &&
            c->cmsg_len == CMSG_LEN(sizeof(value)))
            memcpy(&value, CMSG_DATA(c), sizeof(value));
    }
    return (uint8_t)value;
}

static int parse(struct msghdr *msg, size_t len, const struct trial_want *want, uint16_t ident,
                 struct reach_packet *ret)
{
    const union any_address *from = msg->msg_name;
    const uint8_t *bytes = msg->msg_iov->iov_base;
    struct addr sender = {.family = ADDR_IPV6};

    if (want->destination.family == ADDR_IPV4)
        return reach_parse_ipv4(bytes, len, ident, &want->destination, ret);
    memcpy(sender.bytes, &from->v6.sin6_addr, 16);
    return reach_parse_ipv6(bytes, len, &sender, hop_limit_of(msg), ident, &want->destination, ret);
}

int trial_socket_receive(int fd, const struct trial_want *want, uint16_t ident,
                         struct reach_packet *ret)
{
    static uint8_t bytes[REACH_PACKET_MAX + 64];
    union any_address from = {0};
    _Alignas(struct cmsghdr) uint8_t control[128];
    struct iovec part = {bytes, sizeof(bytes)};

    for (unsigned i = 0; i < 64; i++) {
        struct msghdr msg = {.msg_name = &from,
                             .msg_namelen = sizeof(from),
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
        ssize_t len = recvmsg(fd, &msg, 0);

        if (len < 0)
            return -errno;
        if (parse(&msg, (size_t)len, want, ident, ret) == 0)
            return 0;
    }
    return -EAGAIN; /* much that is not ours: others' turn */
}
