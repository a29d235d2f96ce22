#include "inner_internal.h"

#define TYPE_IPV4 0x0800
#define TYPE_ARP  0x0806
#define TYPE_VLAN 0x8100
#define TYPE_IPV6 0x86dd

#define SOLICITATION  135
#define ADVERTISEMENT 136

/* We stand for every address of the subnet but the instance's own: hosts of a subnet meet only
 * through us. */
static bool stands_for(const struct dp_neighbour *who, const struct addr *target)
{
    return prefix_contains_addr(&who->subnet, target) && !addr_equal(target, &who->address);
}

static bool is_link_local(const struct addr *a)
{
    return a->family == ADDR_IPV6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static bool is_lan(const struct dp_neighbour *who)
{
    return who->lan.addr.family != ADDR_NONE;
}

/* Where a MAC address is learned there may be others on the line: we do not stand between them. On
 * a real network hosts ask, and those that try whether an address is free (RFC 5227, 2.1). */
static bool may_ask(const struct dp_neighbour *who, const struct addr *sender)
{
    if (is_lan(who))
        return dp_host_may_have(&who->lan, sender) || is_link_local(sender) || addr_is_any(sender);
    return !who->learned || who->line || addr_equal(sender, &who->address);
}

static void ethernet(uint8_t *out, const uint8_t dst[6], const uint8_t src[6], uint16_t type)
{
    memcpy(out, dst, 6);
    memcpy(out + 6, src, 6);
    wire_store_be16(out + 12, type);
}

/* RFC 826, for IPv4 over Ethernet. */
static enum dp_frame_kind take_arp(const struct dp_neighbour *who, const uint8_t *frame, size_t len,
                                   uint8_t *answer, size_t *ret_answer_len)
{
    static const uint8_t kind[6] = {0, 1, 8, 0, 6, 4};
    const uint8_t *arp = frame + DP_ETH_LEN;
    struct addr sender = {.family = ADDR_IPV4}, target = {.family = ADDR_IPV4};

    if (len < DP_ETH_LEN + 28 || memcmp(arp, kind, sizeof(kind)) != 0)
        return DP_FRAME_MALFORMED;
    if (wire_load_be16(arp + 6) != 1)
        return DP_FRAME_IGNORED; /* an answer or announcement: we know where the instance is */
    memcpy(sender.bytes, arp + 14, 4);
    memcpy(target.bytes, arp + 24, 4);
    if (!stands_for(who, &target) || addr_equal(&sender, &target) || !may_ask(who, &sender))
        return DP_FRAME_IGNORED;
    ethernet(answer, arp + 8, who->gateway_mac, TYPE_ARP);
    memcpy(answer + 14, kind, sizeof(kind));
    wire_store_be16(answer + 20, 2);
    memcpy(answer + 22, who->gateway_mac, 6);
    memcpy(answer + 28, arp + 24, 4);
    memcpy(answer + 32, arp + 8, 10);
    *ret_answer_len = DP_ETH_LEN + 28;
    return DP_FRAME_ANSWER;
}

static void finish_icmp6(uint8_t *ip, uint16_t len)
{
    uint16_t csum = esp_csum_fold(esp_csum_add(esp_csum_pseudo(ip, DP_ICMPV6, len), ip + 40, len));

    memcpy(ip + 42, &csum, 2);
}

/* RFC 4861, 7.2.4. Who asks without an address of its own hears the answer as all do. */
static void build_advertisement(const struct dp_neighbour *who, const uint8_t *asker,
                                const uint8_t *ip, bool to_all, uint8_t *answer)
{
    static const uint8_t all_mac[6] = {0x33, 0x33, [5] = 1}, all[16] = {0xff, 2, [15] = 1};
    uint8_t *out = answer + DP_ETH_LEN;

    ethernet(answer, to_all ? all_mac : asker, who->gateway_mac, TYPE_IPV6);
    memset(out, 0, 72);
    out[0] = 0x60;
    wire_store_be16(out + 4, 32);
    out[6] = DP_ICMPV6;
    out[7] = 255;
    memcpy(out + 8, ip + 48, 16);
    memcpy(out + 24, to_all ? all : ip + 8, 16);
    out[40] = ADVERTISEMENT;
    out[44] = to_all ? 0xa0 : 0xe0; /* a router, asked for, overrides */
    memcpy(out + 48, ip + 48, 16);
    out[64] = 2;
    out[65] = 1;
    memcpy(out + 66, who->gateway_mac, 6);
    finish_icmp6(out, 32);
}

/* RFC 4861, 4.3 and 4.4. */
static bool is_neighbour_message(const uint8_t *frame, size_t len, uint8_t type)
{
    return len >= DP_ETH_LEN + 64 && frame[14] >> 4 == 6 && frame[20] == DP_ICMPV6 &&
           frame[54] == type;
}

static enum dp_frame_kind take_solicitation(const struct dp_neighbour *who, const uint8_t *frame,
                                            uint8_t *answer, size_t *ret_answer_len)
{
    const uint8_t *ip = frame + DP_ETH_LEN;
    struct addr sender = {.family = ADDR_IPV6}, target = {.family = ADDR_IPV6};

    if (ip[7] != 255 || ip[41] != 0)
        return DP_FRAME_MALFORMED;
    memcpy(sender.bytes, ip + 8, 16);
    memcpy(target.bytes, ip + 48, 16);
    if (!stands_for(who, &target) || !may_ask(who, &sender) ||
        (addr_is_any(&sender) && !is_lan(who)))
        return DP_FRAME_IGNORED;
    build_advertisement(who, frame + 6, ip, addr_is_any(&sender), answer);
    *ret_answer_len = DP_ETH_LEN + 72;
    return DP_FRAME_ANSWER;
}

enum dp_frame_kind dp_frame_classify(const struct dp_neighbour *who, const uint8_t *frame,
                                     size_t len, uint8_t answer[DP_ANSWER_MAX],
                                     size_t *ret_answer_len)
{
    uint16_t type;

    if (len < DP_ETH_LEN)
        return DP_FRAME_MALFORMED;
    type = wire_load_be16(frame + 12);
    if (type == TYPE_ARP)
        return take_arp(who, frame, len, answer, ret_answer_len);
    if (type != TYPE_IPV4 && type != TYPE_IPV6)
        return DP_FRAME_TYPE;
    if (type == TYPE_IPV6 && is_neighbour_message(frame, len, SOLICITATION))
        return take_solicitation(who, frame, answer, ret_answer_len);
    if (type == TYPE_IPV6 && is_neighbour_message(frame, len, ADVERTISEMENT))
        return DP_FRAME_IGNORED; /* as an answer by ARP */
    if (frame[0] & 1)
        return is_lan(who) ? DP_FRAME_IGNORED : DP_FRAME_MULTICAST;
    if (memcmp(frame, who->gateway_mac, 6) != 0)
        return DP_FRAME_ADDRESS;
    if (len == DP_ETH_LEN || frame[DP_ETH_LEN] >> 4 != (type == TYPE_IPV4 ? 4 : 6))
        return DP_FRAME_MALFORMED;
    return DP_FRAME_IP;
}

int dp_frame_offloads(const struct virtio_net_hdr *vnet, const struct dp_inner *inner,
                      struct virtio_net_hdr *ret)
{
    struct virtio_net_hdr ours = {0};

    if (vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
        if (vnet->csum_start < DP_ETH_LEN + inner->l4_offset ||
            (uint32_t)vnet->csum_start - DP_ETH_LEN + vnet->csum_offset + 2 > inner->len)
            return -EBADMSG;
        ours.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
        ours.csum_start = (uint16_t)(vnet->csum_start - DP_ETH_LEN);
        ours.csum_offset = vnet->csum_offset;
    }
    if (vnet->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
        if (!ours.flags || vnet->gso_size == 0 || inner->fragment ||
            ours.csum_start != inner->l4_offset ||
            ours.csum_offset != (inner->protocol == DP_TCP ? 16 : 6))
            return -EBADMSG;
        ours.gso_type = vnet->gso_type;
        ours.gso_size = vnet->gso_size;
        ours.hdr_len = (uint16_t)(vnet->hdr_len > DP_ETH_LEN ? vnet->hdr_len - DP_ETH_LEN : 0);
    }
    *ret = ours;
    return 0;
}

/* IEEE 802.1Q: behind both addresses. */
size_t dp_frame_tag(const struct dp_neighbour *who, uint8_t *frame, size_t len)
{
    if (!who->vlan)
        return len;
    memmove(frame + 12 + DP_TAG_LEN, frame + 12, len - 12);
    wire_store_be16(frame + 12, TYPE_VLAN);
    wire_store_be16(frame + 14, who->vlan);
    return len + DP_TAG_LEN;
}

size_t dp_frame_header(const struct dp_neighbour *who, uint8_t ip_version, uint8_t out[DP_ETH_MAX])
{
    ethernet(out, who->mac, who->gateway_mac, ip_version == 4 ? TYPE_IPV4 : TYPE_IPV6);
    return dp_frame_tag(who, out, DP_ETH_LEN);
}

/* ---- who has which MAC address ---- */

/* A host of a real network, or the one whose MAC address is learned. */
static bool may_be_there(const struct dp_neighbour *who, const struct addr *a)
{
    return is_lan(who) ? dp_host_may_have(&who->lan, a) : addr_equal(a, &who->address);
}

static bool is_sound(const struct dp_neighbour *who, const struct dp_claim *claim)
{
    static const uint8_t none[6];

    return may_be_there(who, &claim->address) && !(claim->mac[0] & 1) &&
           memcmp(claim->mac, none, 6) != 0 && memcmp(claim->mac, who->gateway_mac, 6) != 0;
}

static int claim_by_arp(struct wire_reader *in, struct dp_claim *ret)
{
    static const uint8_t kind[6] = {0, 1, 8, 0, 6, 4};
    const uint8_t *start;
    uint16_t op;

    if (wire_get_view(in, sizeof(kind), &start) || memcmp(start, kind, sizeof(kind)) != 0 ||
        wire_get_be16(in, &op) || (op != 1 && op != 2) || wire_get_bytes(in, ret->mac, 6) ||
        wire_get_bytes(in, ret->address.bytes, 4) || wire_skip(in, 10))
        return -EBADMSG;
    ret->address.family = ADDR_IPV4;
    return 0;
}

/* RFC 4861, 4.6. -ENOENT: it is not among the options. */
static int link_address(struct wire_reader *options, uint8_t wanted, uint8_t mac[6])
{
    int r = -ENOENT;

    while (wire_left(options)) {
        struct wire_reader option;
        uint8_t type, len;

        if (wire_get_u8(options, &type) || wire_get_u8(options, &len) || len == 0 ||
            wire_get_sub(options, len * 8U - 2, &option))
            return -EBADMSG;
        if (type != wanted || r == 0)
            continue;
        r = wire_get_bytes(&option, mac, 6);
        if (r < 0)
            return r;
    }
    return r;
}

/* The message of a packet that no router has forwarded, and that came whole. */
static int neighbour_message(struct wire_reader *in, struct addr *ret_src, struct wire_reader *ret)
{
    const uint8_t *ip;
    uint16_t len;

    if (wire_get_view(in, 40, &ip))
        return -EBADMSG;
    len = wire_load_be16(ip + 4);
    if (ip[0] >> 4 != 6 || ip[6] != DP_ICMPV6 || ip[7] != 255 || wire_get_sub(in, len, ret) ||
        esp_csum_fold(esp_csum_add(esp_csum_pseudo(ip, DP_ICMPV6, len), ret->pos, len)) != 0)
        return -EBADMSG;
    ret_src->family = ADDR_IPV6;
    memcpy(ret_src->bytes, ip + 8, 16);
    return 0;
}

static int claim_by_message(struct wire_reader *in, struct dp_claim *ret)
{
    struct wire_reader message;
    struct addr target = {.family = ADDR_IPV6};
    uint8_t type, code, flags;

    if (neighbour_message(in, &ret->address, &message) || wire_get_u8(&message, &type) ||
        wire_get_u8(&message, &code) || wire_skip(&message, 2) || wire_get_u8(&message, &flags) ||
        wire_skip(&message, 3) || wire_get_bytes(&message, target.bytes, 16) || code != 0)
        return -EBADMSG;
    if (type == SOLICITATION)
        return link_address(&message, 1, ret->mac);
    if (type != ADVERTISEMENT)
        return -EBADMSG;
    ret->address = target;
    ret->weak = !(flags & 0x20); /* it does not override */
    return link_address(&message, 2, ret->mac);
}

static int claim_of(const uint8_t *frame, size_t len, struct dp_claim *ret)
{
    struct wire_reader in = wire_reader_make(frame, len);
    uint16_t type;

    if (wire_skip(&in, 12) || wire_get_be16(&in, &type))
        return -EBADMSG;
    if (type == TYPE_ARP)
        return claim_by_arp(&in, ret);
    return type == TYPE_IPV6 ? claim_by_message(&in, ret) : -EBADMSG;
}

bool dp_frame_claim(const struct dp_neighbour *who, const uint8_t *frame, size_t len,
                    struct dp_claim *ret)
{
    struct dp_claim claim = {0};

    if (claim_of(frame, len, &claim) < 0 || !is_sound(who, &claim))
        return false;
    *ret = claim;
    return true;
}

bool dp_frame_claims_ours(const struct dp_neighbour *who, const uint8_t *frame, size_t len)
{
    struct dp_claim claim = {0};

    return who->line && claim_of(frame, len, &claim) == 0 &&
           addr_equal(&claim.address, &who->subnet.addr) &&
           memcmp(claim.mac, who->gateway_mac, 6) != 0;
}

/* ---- questions ---- */

static size_t ask_arp(const struct dp_neighbour *who, const struct addr *gateway, uint8_t *out)
{
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t start[8] = {0, 1, 8, 0, 6, 4, 0, 1};

    ethernet(out, all, who->gateway_mac, TYPE_ARP);
    memcpy(out + 14, start, sizeof(start));
    memcpy(out + 22, who->gateway_mac, 6);
    memcpy(out + 28, gateway->bytes, 4);
    memset(out + 32, 0, 6);
    memcpy(out + 38, who->address.bytes, 4);
    return DP_ETH_LEN + 28;
}

/* RFC 4861, 4.3; to the solicited-node address (RFC 4291, 2.7.1). */
static size_t ask_solicitation(const struct dp_neighbour *who, const struct addr *gateway,
                               uint8_t *out)
{
    const uint8_t *a = who->address.bytes;
    const uint8_t mac[6] = {0x33, 0x33, 0xff, a[13], a[14], a[15]};
    uint8_t *ip = out + DP_ETH_LEN;

    ethernet(out, mac, who->gateway_mac, TYPE_IPV6);
    memset(ip, 0, 72);
    ip[0] = 0x60;
    wire_store_be16(ip + 4, 32);
    ip[6] = DP_ICMPV6;
    ip[7] = 255;
    memcpy(ip + 8, gateway->bytes, 16);
    ip[24] = 0xff;
    ip[25] = 2;
    ip[35] = 1;
    ip[36] = 0xff;
    memcpy(ip + 37, a + 13, 3);
    ip[40] = 135;
    memcpy(ip + 48, a, 16);
    ip[64] = 1; /* the asker's MAC address */
    ip[65] = 1;
    memcpy(ip + 66, who->gateway_mac, 6);
    finish_icmp6(ip, 32);
    return DP_ETH_LEN + 72;
}

size_t dp_frame_ask(const struct dp_neighbour *who, const struct addr *gateway,
                    uint8_t out[DP_ANSWER_MAX])
{
    return who->address.family == ADDR_IPV6 ? ask_solicitation(who, gateway, out)
                                            : ask_arp(who, gateway, out);
}
