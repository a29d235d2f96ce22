#include "dataplane_internal.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define SOCKET_BYTES    (8 << 20)
#define IKE_ALWAYS_FITS 500 /* bytes, into the smallest path there is */

void dp_sockaddr_from(const struct endpoint *e, struct dp_remote *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->endpoint = *e;
    if (e->addr.family == ADDR_IPV6) {
        struct sockaddr_in6 *in6 = (void *)&ret->sa;

        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(e->port);
        memcpy(&in6->sin6_addr, e->addr.bytes, 16);
        ret->sa_len = sizeof(*in6);
    } else {
        struct sockaddr_in *in = (void *)&ret->sa;

        in->sin_family = AF_INET;
        in->sin_port = htons(e->port);
        memcpy(&in->sin_addr, e->addr.bytes, 4);
        ret->sa_len = sizeof(*in);
    }
}

int dp_sockaddr_to(const struct sockaddr_storage *sa, struct endpoint *ret)
{
    struct endpoint e = {0};

    if (sa->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)sa;

        e.addr.family = ADDR_IPV4;
        memcpy(e.addr.bytes, &in->sin_addr, 4);
        e.port = ntohs(in->sin_port);
    } else if (sa->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)sa;

        e.addr.family = ADDR_IPV6;
        memcpy(e.addr.bytes, &in6->sin6_addr, 16);
        e.port = ntohs(in6->sin6_port);
    } else {
        return -EAFNOSUPPORT;
    }
    *ret = e;
    return 0;
}

static int set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

static int set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* ESP always leaves with DF, and only our own interface limits it: what ICMP makes the kernel
 * believe about a path is not looked at, since nobody has held it against what was sent (pmtu.c).
 * Exceptions are IKE, which may exceed the path MTU, and IPv6 on paths too small for it. */
static int set_fragments(int fd, uint8_t family, bool allowed)
{
    if (family == ADDR_IPV6)
        return set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
                          allowed ? IPV6_PMTUDISC_DONT : IPV6_PMTUDISC_PROBE);
    return set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER,
                      allowed ? IP_PMTUDISC_DONT : IP_PMTUDISC_PROBE);
}

/* A buffer is only made larger: the node, which has the privilege, may have given the socket more
 * than we may ask for. */
static void grow_buffer(int fd, int name)
{
    socklen_t len = sizeof(int);
    int have = 0;

    if (getsockopt(fd, SOL_SOCKET, name, &have, &len) == 0 && have < SOCKET_BYTES)
        (void)!set_option(fd, SOL_SOCKET, name, SOCKET_BYTES);
}

int dp_underlay_setup(int fd, const struct endpoint *local)
{
    struct sockaddr_storage sa;
    socklen_t sa_len = sizeof(sa), type_len = sizeof(int);
    struct endpoint bound;
    int type, r;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0 || type != SOCK_DGRAM ||
        getsockname(fd, (struct sockaddr *)&sa, &sa_len) < 0 || dp_sockaddr_to(&sa, &bound) < 0 ||
        !endpoint_equal(&bound, local))
        return -EINVAL;
    r = set_nonblocking(fd);
    if (r < 0)
        return r;
    grow_buffer(fd, SO_RCVBUF);
    grow_buffer(fd, SO_SNDBUF);
    r = set_fragments(fd, local->addr.family, local->port == DP_PORT_IKE);
    if (r == 0 && local->addr.family == ADDR_IPV6) {
        r = set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
        if (r == 0)
            r = set_option(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    } else if (r == 0) {
        r = set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
        if (r == 0)
            r = set_option(fd, IPPROTO_IP, IP_RECVTOS, 1);
    }
    if (r == 0 && local->port == DP_PORT_NATT)
        (void)!set_option(fd, IPPROTO_UDP, UDP_GRO, 1); /* only speed depends on it */
    return r;
}

static int tap_setup(int fd)
{
    static const unsigned offloads[] = {
        TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN | TUN_F_USO4 | TUN_F_USO6,
        TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
        TUN_F_CSUM,
        0,
    };
    struct ifreq ifr = {0};
    int header = sizeof(struct virtio_net_hdr), r;

    if (ioctl(fd, TUNGETIFF, &ifr) < 0)
        return -EINVAL;
    if (!(ifr.ifr_flags & IFF_TAP) || !(ifr.ifr_flags & IFF_NO_PI) ||
        !(ifr.ifr_flags & IFF_VNET_HDR))
        return -EINVAL;
    r = set_nonblocking(fd);
    if (r < 0)
        return r;
    if (ioctl(fd, TUNSETVNETHDRSZ, &header) < 0)
        return -errno;
    for (size_t i = 0; i < ARRAY_SIZE(offloads); i++)
        if (ioctl(fd, TUNSETOFFLOAD, offloads[i]) == 0)
            return 0;
    return -errno;
}

/* Merged packets and unfinished checksums pass in both directions, as on a TAP. */
static int nic_setup(int fd)
{
    socklen_t len = sizeof(int);
    int type, vnet = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_RAW ||
        getsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &vnet, &len) < 0 || !vnet)
        return -EINVAL;
    if (!dp_port_lives(fd, IPC_PORT_NIC))
        return -ENODEV;
    return set_nonblocking(fd);
}

static int tun_setup(int fd)
{
    struct ifreq ifr = {0};

    if (ioctl(fd, TUNGETIFF, &ifr) < 0)
        return -errno;
    if ((ifr.ifr_flags & (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR)) != (IFF_TUN | IFF_NO_PI))
        return -EINVAL;
    return set_nonblocking(fd);
}

int dp_port_setup(int fd, uint8_t kind)
{
    switch (kind) {
    case IPC_PORT_TUN:
        return tun_setup(fd);
    case IPC_PORT_TAP:
        return tap_setup(fd);
    case IPC_PORT_NIC:
    case IPC_PORT_LINE:
    case IPC_PORT_SUBNET:
        return nic_setup(fd);
    default:
        return -EOPNOTSUPP;
    }
}

bool dp_port_lives(int fd, uint8_t kind)
{
    struct sockaddr_ll ll = {0};
    socklen_t len = sizeof(ll);
    struct ifreq ifr = {0};

    if (kind == IPC_PORT_TAP || kind == IPC_PORT_TUN)
        return ioctl(fd, TUNGETIFF, &ifr) == 0;
    return getsockname(fd, (struct sockaddr *)&ll, &len) == 0 && ll.sll_family == AF_PACKET &&
           ll.sll_ifindex > 0;
}

static int send_parts(const struct dp_underlay *underlay, const struct dp_remote *to,
                      struct iovec *iov, size_t n)
{
    struct msghdr msg = {.msg_name = (void *)(uintptr_t)&to->sa,
                         .msg_namelen = to->sa_len,
                         .msg_iov = iov,
                         .msg_iovlen = n};

    /* A stored ICMP error is reported once instead of sending: it says nothing of this datagram. */
    for (unsigned i = 0; i < 3; i++)
        if (sendmsg(underlay->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        else if (errno == EAGAIN)
            break;
    return -errno;
}

void dp_underlay_fragments(const struct dp_underlay *underlay, bool allowed)
{
    (void)!set_fragments(underlay->fd, underlay->local.addr.family, allowed);
}

int dp_underlay_send_ike(const struct dp_underlay *underlay, const struct ipc_datagram *d)
{
    static const uint8_t marker[4];
    bool natt = underlay->local.port == DP_PORT_NATT, big = natt && d->len > IKE_ALWAYS_FITS;
    struct iovec iov[2] = {{(void *)(uintptr_t)marker, natt ? sizeof(marker) : 0},
                           {(void *)(uintptr_t)d->data, d->len}};
    struct dp_remote to;
    int r;

    if (d->remote.addr.family != underlay->local.addr.family)
        return -EAFNOSUPPORT;
    dp_sockaddr_from(&d->remote, &to);
    if (big)
        dp_underlay_fragments(underlay, true);
    r = send_parts(underlay, &to, iov, ARRAY_SIZE(iov));
    if (big)
        dp_underlay_fragments(underlay, false);
    return r;
}
