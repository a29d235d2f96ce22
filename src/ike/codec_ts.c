/* codec_ts.c - traffic selector payloads (RFC 7296, 3.13), both ways. */
#include "codec_internal.h"

#define TS_PORT_MAX 65535

static int get_addr(struct wire_reader *in, uint8_t family, struct addr *ret)
{
    struct addr a = {.family = family};

    if (wire_get_bytes(in, a.bytes, addr_len(&a)))
        return -EBADMSG;
    *ret = a;
    return 0;
}

/* 3.13.1. Type 1, IP protocol 1, length 2, start port 2, end port 2, start address, end address. */
static int parse_selector(struct wire_reader *in, struct ike_ts *ret, bool *ret_known)
{
    struct ike_ts ts = {0};
    struct wire_reader body;
    uint8_t type, family;
    uint16_t len;

    if (wire_get_u8(in, &type) || wire_get_u8(in, &ts.protocol) || wire_get_be16(in, &len) ||
        len < 4 || wire_get_sub(in, len - 4U, &body))
        return -EBADMSG;
    *ret_known = type == IKE_TS_IPV4 || type == IKE_TS_IPV6;
    if (!*ret_known)
        return 0;

    family = type == IKE_TS_IPV4 ? ADDR_IPV4 : ADDR_IPV6;
    if (wire_get_be16(&body, &ts.start_port) || wire_get_be16(&body, &ts.end_port) ||
        get_addr(&body, family, &ts.start) || get_addr(&body, family, &ts.end) ||
        wire_left(&body) > 0)
        return -EBADMSG;
    if (addr_cmp(&ts.start, &ts.end) > 0)
        return -EBADMSG;
    if (ts.start_port > ts.end_port && !(ts.start_port == TS_PORT_MAX && ts.end_port == 0))
        return -EBADMSG; /* only OPAQUE runs backwards */
    *ret = ts;
    return 0;
}

/* 3.13. Number of selectors 1, reserved 3, selectors. */
int ike_parse_ts(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    struct ike_ts_list *list = type == IKE_PAYLOAD_TSI ? &m->tsi : &m->tsr;
    uint8_t n;

    if (wire_get_u8(body, &n) || wire_skip(body, 3))
        return -EBADMSG;
    list->count = list->unknown = 0;
    for (uint8_t i = 0; i < n; i++) {
        struct ike_ts ts;
        bool known;

        if (parse_selector(body, &ts, &known))
            return -EBADMSG;
        if (!known) {
            list->unknown++;
            continue;
        }
        list->ts[list->count++] = ts;
    }
    return wire_left(body) > 0 ? -EBADMSG : 0;
}

bool ike_put_ts(struct wire_writer *w, const struct ike_ts_list *list)
{
    wire_put_u8(w, list->count);
    wire_put_zero(w, 3);
    for (size_t i = 0; i < list->count; i++) {
        const struct ike_ts *ts = &list->ts[i];
        size_t len = addr_len(&ts->start);

        if (len == 0 || ts->end.family != ts->start.family)
            return false;
        wire_put_u8(w, ts->start.family == ADDR_IPV4 ? IKE_TS_IPV4 : IKE_TS_IPV6);
        wire_put_u8(w, ts->protocol);
        wire_put_be16(w, (uint16_t)(8 + 2 * len));
        wire_put_be16(w, ts->start_port);
        wire_put_be16(w, ts->end_port);
        wire_put_bytes(w, ts->start.bytes, len);
        wire_put_bytes(w, ts->end.bytes, len);
    }
    return true;
}

int ike_ts_add_prefix(struct ike_ts_list *list, const struct prefix *prefix)
{
    if (list->count == IKE_TS_MAX)
        return -ENOSPC;
    list->ts[list->count++] =
        (struct ike_ts){.start = prefix->addr, .end = prefix_last(prefix), .end_port = TS_PORT_MAX};
    return 0;
}
