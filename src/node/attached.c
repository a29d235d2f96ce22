#include "attached.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cloud.h"
#include "tap.h"
#include "vlan_filter.h"

static int fail(struct instance_result *ret, int r, const struct words *why)
{
    words_write(why, ret->error, sizeof(ret->error));
    return r;
}

static int did(struct instance_result *ret, int r, enum words_code step, const char *device)
{
    struct words m = {.code = step};

    if (r < 0)
        return fail(ret, r, SAY(NODE_INTERFACE_FAILED, &m, device, strerror(-r)));
    ret->changed = true;
    return 0;
}

/* ---- a TAP ---- */

static int make_tap(struct nl *nl, const char *mark, const struct desired_instance *want,
                    struct instance_result *ret)
{
    int r = tap_make(nl, want->device, mark, want->mac);

    if (r < 0)
        return fail(ret, r, SAY(NODE_TAP_NOT_MADE, want->device, strerror(-r)));
    ret->changed = ret->new_tap = true;
    return 0;
}

/* The MAC address stays what its user makes of it (a macvtap in passthru mode sets it). The host
 * itself has no business on the line. */
static int ensure_tap(struct nl *nl, const char *mark, const struct desired_instance *want,
                      struct instance_result *ret)
{
    const char *device = want->device;
    struct nl_link link;
    int r = nl_link_get(nl, device, &link);

    if (r == -ENODEV) {
        r = make_tap(nl, mark, want, ret);
        if (r < 0)
            return r;
        r = nl_link_get(nl, device, &link);
    }
    if (r < 0)
        return fail(ret, r, SAY(NODE_INTERFACE_NOT_SEEN, device, strerror(-r)));
    if (strcmp(link.alias, mark) != 0)
        return fail(ret, -EEXIST, SAY(NODE_INTERFACE_FOREIGN, device));
    r = tap_switch_ipv6(device, false);
    if (r != 0)
        r = did(ret, r, WORDS_NODE_STEP_SWITCH_IPV6_OFF, device);
    if (r == 0 && link.mtu != want->port.mtu)
        r = did(ret, nl_link_set_mtu(nl, link.index, want->port.mtu), WORDS_NODE_STEP_SET_MTU,
                device);
    if (r == 0 && !link.up)
        r = did(ret, nl_link_set_up(nl, link.index, true), WORDS_NODE_STEP_SET_STATE, device);
    return r;
}

/* ---- an interface that is there ---- */

static int check_nic(struct nl *nl, const struct desired_instance *want,
                     struct instance_result *ret)
{
    const char *device = want->device;
    struct nl_link link;
    int r = nl_link_get(nl, device, &link);

    if (r == -ENODEV)
        return fail(ret, r, SAY(NODE_INTERFACE_MISSING, device));
    if (r < 0)
        return fail(ret, r, SAY(NODE_INTERFACE_NOT_SEEN, device, strerror(-r)));
    if (!link.ethernet)
        return fail(ret, -EINVAL, SAY(NODE_INTERFACE_NO_ETHERNET, device));
    if (!link.up)
        return fail(ret, -ENETDOWN, SAY(NODE_INTERFACE_DOWN, device));
    if (!link.carrier && want->port.kind != IPC_PORT_NIC)
        return fail(ret, -ENETDOWN, SAY(NODE_INTERFACE_NO_CARRIER, device));
    ret->index = link.index;
    ret->mtu = (uint16_t)MIN(link.mtu, (uint32_t)want->port.mtu);
    return 0;
}

/* The start of the filter: nothing with a VLAN tag, which belongs to another network on the same
 * line, or with a VLAN of its own nothing else. What is not taken jumps over rest instructions. */
static size_t filter_vlan(uint16_t vlan, uint8_t rest, struct sock_filter *ret)
{
    const struct sock_filter untagged[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, rest),
    };
    const struct sock_filter tagged[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)(rest + 3), 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG)),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, vlan, 0, rest),
    };

    if (vlan)
        memcpy(ret, tagged, sizeof(tagged));
    else
        memcpy(ret, untagged, sizeof(untagged));
    return vlan ? ARRAY_SIZE(tagged) : ARRAY_SIZE(untagged);
}

/* Accepts frames for the gateway, and of those for all, ARP and IPv6 (neighbour discovery). */
static int set_filter(int fd, const struct ipc_port *port)
{
    const uint8_t *mac = port->gateway_mac;
    uint32_t high =
        (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | mac[3];
    uint32_t low = (uint32_t)mac[4] << 8 | mac[5];
    const struct sock_filter rest[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low, 6, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 5),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_filter code[5 + ARRAY_SIZE(rest)];
    size_t n = filter_vlan(port->vlan, ARRAY_SIZE(rest) - 1, code);
    struct sock_fprog program = {.len = (unsigned short)(n + ARRAY_SIZE(rest)), .filter = code};

    memcpy(code + n, rest, sizeof(rest));
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno : 0;
}

/* Who asks for an IPv6 gateway asks a group (RFC 4861, 7.2.2; RFC 4291, 2.7.1). */
static int listen_for_group(int fd, int index, const struct addr *gateway)
{
    const uint8_t *tail = gateway->bytes + 13;
    struct packet_mreq group = {
        .mr_ifindex = index,
        .mr_type = PACKET_MR_MULTICAST,
        .mr_alen = 6,
        .mr_address = {0x33, 0x33, 0xff, tail[0], tail[1], tail[2]},
    };

    if (gateway->family != ADDR_IPV6)
        return 0;
    return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof(group)) < 0 ? -errno
                                                                                        : 0;
}

/* The interface hears frames for the gateway's MAC address as well, as long as the socket lives;
 * one that would leave out those of the VLAN all frames. */
static int listen_for(int fd, int index, const struct desired_instance *want)
{
    bool all = want->port.vlan && vlan_filter_is_on(want->device);
    struct packet_mreq also = {
        .mr_ifindex = index, .mr_type = all ? PACKET_MR_PROMISC : PACKET_MR_UNICAST, .mr_alen = 6};

    memcpy(also.mr_address, want->port.gateway_mac, 6);
    return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &also, sizeof(also)) < 0 ? -errno : 0;
}

static int set_flag(int fd, int name)
{
    int one = 1;

    return setsockopt(fd, SOL_PACKET, name, &one, sizeof(one)) < 0 ? -errno : 0;
}

/* Hears nothing before it is bound, and then only what the filter lets through. */
static int open_nic(const struct desired_instance *want, int index, int *ret_fd)
{
    struct sockaddr_ll ll = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r;

    if (fd < 0)
        return -errno;
    r = set_filter(fd, &want->port);
    if (r == 0)
        r = set_flag(fd, PACKET_VNET_HDR);
    if (r == 0)
        r = set_flag(fd, PACKET_IGNORE_OUTGOING);
    if (r == 0)
        r = listen_for(fd, index, want);
    if (r == 0)
        r = listen_for_group(fd, index, &want->port.gateway);
    if (r == 0 && bind(fd, (const struct sockaddr *)&ll, sizeof(ll)) < 0)
        r = -errno;
    if (r < 0) {
        close(fd);
        return r;
    }
    cloud_set_buffers(fd);
    *ret_fd = fd;
    return 0;
}

/* ---- both ---- */

int attached_ensure(const char *run_dir, const struct desired_instance *want,
                    struct instance_result *ret)
{
    char mark[NL_ALIAS_MAX];
    struct nl *nl;
    int r;

    *ret = (struct instance_result){0};
    r = tap_mark(mark, run_dir, want->port.id);
    if (r < 0)
        return fail(ret, r, SAY(NODE_MARK_TOO_LONG));
    r = nl_open(&nl);
    if (r < 0)
        return fail(ret, r, SAY(NODE_NETLINK_FAILED, strerror(-r)));
    r = want->attachment == DESIRED_TAP ? ensure_tap(nl, mark, want, ret)
                                        : check_nic(nl, want, ret);
    nl_close(nl);
    return r;
}

int attached_open(const char *run_dir, const struct desired_instance *want, int *ret_fd)
{
    char mark[NL_ALIAS_MAX];
    struct nl_link link;
    struct nl *nl;
    int r = tap_mark(mark, run_dir, want->port.id);

    if (r == 0)
        r = nl_open(&nl);
    if (r < 0)
        return r;
    r = nl_link_get(nl, want->device, &link);
    nl_close(nl);
    if (r < 0)
        return r;
    if (want->attachment == DESIRED_NIC)
        return open_nic(want, link.index, ret_fd);
    return strcmp(link.alias, mark) == 0 ? tap_open(want->device, ret_fd) : -EPERM;
}

int attached_sweep(const char *run_dir, attached_visit *visit, void *arg)
{
    char mark[NL_ALIAS_MAX];
    struct nl_link *all = NULL;
    size_t n = 0;
    struct nl *nl;
    int removed = 0, first = 0, r = tap_mark(mark, run_dir, "");

    if (r == 0)
        r = nl_open(&nl);
    if (r < 0)
        return r;
    r = nl_link_list(nl, &all, &n);
    for (size_t i = 0; r == 0 && i < n; i++) {
        int gone;

        if (!text_starts_with(all[i].alias, mark) ||
            !visit(arg, all[i].name, all[i].alias + strlen(mark)))
            continue;
        gone = nl_link_delete(nl, all[i].index);
        removed += gone == 0;
        if (gone < 0 && gone != -ENODEV && first == 0)
            first = gone;
    }
    free(all);
    nl_close(nl);
    return r < 0 ? r : first < 0 ? first : removed;
}
