/* codec1_id.c - the identities of quick mode: ranges of addresses (RFC 2407, 4.6.2). */
#include "ikev1_message.h"

static int get_addr(struct wire_reader *in, uint8_t family, struct addr *ret)
{
    *ret = (struct addr){.family = family};
    return wire_get_bytes(in, ret->bytes, addr_len(ret));
}

/* The number of leading ones; -1: there are others behind a zero. */
static int mask_length(const struct addr *mask)
{
    size_t bits = addr_len(mask) * 8, n = 0;

    while (n < bits && (mask->bytes[n / 8] >> (7 - n % 8) & 1))
        n++;
    for (size_t i = n; i < bits; i++) {
        if (mask->bytes[i / 8] >> (7 - i % 8) & 1)
            return -1;
    }
    return (int)n;
}

static int subnet_range(struct addr *start, struct addr *end)
{
    int len = mask_length(end);
    struct prefix p;

    if (len < 0)
        return -EPROTO;
    p = prefix_make(start, (uint8_t)len);
    *start = p.addr;
    *end = prefix_last(&p);
    return 0;
}

int ike1_id_range(const struct ike1_id *id, struct ike_ts *ret)
{
    struct wire_reader in = wire_reader_make(id->id.data.data, id->id.data.len);
    uint8_t type = id->id.type;
    bool v6 = type == IKE_ID_IPV6 || type == IKE1_ID_IPV6_SUBNET || type == IKE1_ID_IPV6_RANGE;
    bool subnet = type == IKE1_ID_IPV4_SUBNET || type == IKE1_ID_IPV6_SUBNET;
    bool single = type == IKE_ID_IPV4 || type == IKE_ID_IPV6;
    struct ike_ts ts = {.protocol = id->protocol, .start_port = id->port};

    ts.end_port = id->port ? id->port : UINT16_MAX;
    if (!single && !subnet && type != IKE1_ID_IPV4_RANGE && type != IKE1_ID_IPV6_RANGE)
        return -EPROTO;
    if (get_addr(&in, v6 ? ADDR_IPV6 : ADDR_IPV4, &ts.start))
        return -EPROTO;
    ts.end = ts.start;
    if ((!single && get_addr(&in, ts.start.family, &ts.end)) || wire_left(&in))
        return -EPROTO;
    if (subnet && subnet_range(&ts.start, &ts.end) < 0)
        return -EPROTO;
    if (addr_cmp(&ts.start, &ts.end) > 0)
        return -EPROTO;
    *ret = ts;
    return 0;
}

size_t ike1_id_prefix(const struct prefix *prefix, uint8_t ret[IKE1_ID_PREFIX_MAX])
{
    struct wire_writer w = wire_writer_make(ret, IKE1_ID_PREFIX_MAX);
    size_t len = addr_len(&prefix->addr), host = len * 8;
    bool v6 = prefix->addr.family == ADDR_IPV6, single = prefix->len == host;

    wire_put_u8(&w, (uint8_t)(single ? (v6 ? IKE_ID_IPV6 : IKE_ID_IPV4)
                                     : (v6 ? IKE1_ID_IPV6_SUBNET : IKE1_ID_IPV4_SUBNET)));
    wire_put_zero(&w, 3); /* any protocol and port */
    wire_put_bytes(&w, prefix->addr.bytes, len);
    for (size_t i = 0; i < len && !single; i++) {
        size_t ones = prefix->len > i * 8 ? MIN(prefix->len - i * 8, (size_t)8) : 0;

        wire_put_u8(&w, (uint8_t)(0xff00U >> ones));
    }
    return wire_written(&w);
}
