/* Tells the neighbours of a public interface who has an address: after a move they would go on
 * sending to the machine that had it before. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cloud.h"
#include "netlink.h"
#include "wire.h"

#define FRAME_MAX 96

static void ethernet(uint8_t *out, const uint8_t dst[6], const uint8_t src[6], uint16_t type)
{
    memcpy(out, dst, 6);
    memcpy(out + 6, src, 6);
    wire_store_be16(out + 12, type);
}

/* RFC 5227, 2.3: a question for an address that names itself as the sender. */
static size_t announce_arp(const struct addr *a, const uint8_t mac[6], uint8_t *out)
{
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t start[8] = {0, 1, 8, 0, 6, 4, 0, 1};

    ethernet(out, all, mac, ETH_P_ARP);
    memcpy(out + 14, start, sizeof(start));
    memcpy(out + 22, mac, 6);
    memcpy(out + 28, a->bytes, 4);
    memset(out + 32, 0, 6);
    memcpy(out + 38, a->bytes, 4);
    return 42;
}

static uint16_t checksum(const uint8_t *data, size_t len, uint32_t sum)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += wire_load_be16(data + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* RFC 4861, 4.4 and 7.2.6: an unsolicited neighbour advertisement to all nodes, that overrides. */
static size_t announce_nd(const struct addr *a, const uint8_t mac[6], uint8_t *out)
{
    static const uint8_t nodes[6] = {0x33, 0x33, 0, 0, 0, 1};
    uint8_t *ip = out + 14;

    ethernet(out, nodes, mac, ETH_P_IPV6);
    memset(ip, 0, 72);
    ip[0] = 0x60;
    wire_store_be16(ip + 4, 32);
    ip[6] = IPPROTO_ICMPV6;
    ip[7] = 255;
    memcpy(ip + 8, a->bytes, 16);
    ip[24] = 0xff;
    ip[25] = 2;
    ip[39] = 1;
    ip[40] = 136;
    ip[44] = 0x20; /* override */
    memcpy(ip + 48, a->bytes, 16);
    ip[64] = 2; /* the target's MAC address */
    ip[65] = 1;
    memcpy(ip + 66, mac, 6);
    wire_store_be16(ip + 42, checksum(ip + 8, 64, 32 + IPPROTO_ICMPV6));
    return 14 + 72;
}

void cloud_announce(const char *interface, const struct addr *addrs, size_t n)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET};
    struct nl_link link;
    struct nl *nl;
    int fd, r;

    if (!interface || n == 0 || nl_open(&nl) < 0)
        return;
    r = nl_link_get(nl, interface, &link);
    nl_close(nl);
    if (r < 0 || !link.ethernet)
        return;
    fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    to.sll_ifindex = link.index;
    for (size_t i = 0; fd >= 0 && i < n; i++) {
        bool v6 = addrs[i].family == ADDR_IPV6;
        uint8_t frame[FRAME_MAX];
        size_t len =
            v6 ? announce_nd(&addrs[i], link.mac, frame) : announce_arp(&addrs[i], link.mac, frame);

        to.sll_protocol = htons(v6 ? ETH_P_IPV6 : ETH_P_ARP);
        r = sendto(fd, frame, len, 0, (const struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
    }
    if (fd < 0)
        r = -errno;
    if (r < 0)
        log_debug("cloud addresses are not announced on %s: %s", interface, strerror(-r));
    if (fd >= 0)
        close(fd);
}
