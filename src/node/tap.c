#include "tap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int tap_mark(char ret[NL_ALIAS_MAX], const char *run_dir, const char *id)
{
    return snprintf(ret, NL_ALIAS_MAX, "ropeway:%s:%s", run_dir, id) < NL_ALIAS_MAX ? 0
                                                                                    : -ENAMETOOLONG;
}

int tap_mark_namespace(const char *mark)
{
    struct nl_link lo;
    struct nl *nl;
    int r = nl_open(&nl);

    if (r < 0)
        return r;
    r = nl_link_get(nl, "lo", &lo);
    if (r == 0)
        r = nl_link_set_alias(nl, lo.index, mark);
    if (r == 0)
        r = nl_link_set_up(nl, lo.index, true);
    nl_close(nl);
    return r;
}

static int open_device(const char *name, short flags, int *ret_fd)
{
    struct ifreq ifr = {.ifr_flags = flags};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), r;

    if (fd < 0)
        return -errno;
    r = text_copy(ifr.ifr_name, sizeof(ifr.ifr_name), name);
    if (r == 0 && ioctl(fd, TUNSETIFF, &ifr) < 0)
        r = -errno;
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int tap_open(const char *name, int *ret_fd)
{
    return open_device(name, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, ret_fd);
}

int tun_open(const char *name, int *ret_fd)
{
    return open_device(name, IFF_TUN | IFF_NO_PI, ret_fd);
}

/* The mark comes before persistence: a device that outlives us always carries it. Takes fd. */
static int make_ours(struct nl *nl, int fd, const char *name, const char *mark, const uint8_t *mac)
{
    struct nl_link link;
    int r = nl_link_get(nl, name, &link);

    if (r == 0 && mac)
        r = nl_link_set_mac(nl, link.index, mac);
    if (r == 0)
        r = nl_link_set_alias(nl, link.index, mark);
    if (r == 0 && ioctl(fd, TUNSETPERSIST, 1) < 0)
        r = -errno;
    close(fd);
    return r;
}

int tap_make(struct nl *nl, const char *name, const char *mark, const uint8_t mac[6])
{
    int fd, r = tap_open(name, &fd);

    return r < 0 ? r : make_ours(nl, fd, name, mark, mac);
}

int tun_make(struct nl *nl, const char *name, const char *mark)
{
    int fd, r = tun_open(name, &fd);

    return r < 0 ? r : make_ours(nl, fd, name, mark, NULL);
}

int tun_without_link_local(const char *name)
{
    char path[96];
    int fd, r = 0;

    snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/addr_gen_mode", name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    if (pwrite(fd, "1", 1, 0) != 1) /* IN6_ADDR_GEN_MODE_NONE */
        r = -errno;
    close(fd);
    return r;
}

int tap_switch_ipv6(const char *name, bool on)
{
    char want = on ? '0' : '1', have = 0, path[96];
    int fd, r = 0;

    snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return 0;
    if (pread(fd, &have, 1, 0) == 1 && have != want)
        r = pwrite(fd, &want, 1, 0) == 1 ? 1 : -errno;
    close(fd);
    return r;
}
