/* Which of several ways a flow takes: what the data plane of the node decides (base/flow.h), as far
 * as this side knows which ways there are. */
#include "flow.h"
#include "plan_internal.h"

#define IPV4_LEN 20
#define IPV6_LEN 40
#define L4_LEN   8

enum { ICMP = 1, ICMPV6 = 58 };

static void put_be16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* What of a packet of the flow is hashed. Returns its length. */
static size_t write_packet(const struct plan_flow *f, uint8_t ret[IPV6_LEN + L4_LEN])
{
    bool v4 = f->from.family == ADDR_IPV4;
    size_t header = v4 ? IPV4_LEN : IPV6_LEN, size = addr_len(&f->from);
    uint8_t *addresses = ret + (v4 ? 12 : 8), *l4 = ret + header;

    ret[0] = v4 ? 0x45 : 0x60;
    ret[v4 ? 9 : 6] = f->protocol;
    memcpy(addresses, f->from.bytes, size);
    memcpy(addresses + size, f->to.bytes, size);
    if (f->protocol == ICMP || f->protocol == ICMPV6) {
        l4[0] = f->protocol == ICMP ? 8 : 128; /* an echo request */
        put_be16(l4 + 4, f->source_port);
    } else {
        put_be16(l4, f->source_port);
        put_be16(l4 + 2, f->destination_port);
    }
    return header + L4_LEN;
}

size_t plan_pick(const struct plan_flow *f, const char *node, const char *const *ids, size_t n)
{
    uint8_t packet[IPV6_LEN + L4_LEN] = {0};
    size_t len = write_packet(f, packet);
    uint32_t keys[PLAN_PICK_MAX];

    for (size_t i = 0; i < n; i++)
        keys[i] = flow_key(ids[i]);
    return flow_choose(keys, (uint32_t)n, flow_hash(flow_seed(node), packet, len));
}
