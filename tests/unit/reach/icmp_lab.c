#include "icmp_lab.h"

struct addr lab_addr(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(text, &a), 0);
    return a;
}

static void put(struct lab_packet *p, const void *bytes, size_t len)
{
    assert_true(p->len + len <= sizeof(p->bytes));
    if (len)
        memcpy(p->bytes + p->len, bytes, len);
    p->len += len;
}

void lab_ipv4(struct lab_packet *p, const char *src, const char *dst, uint8_t protocol, uint8_t ttl,
              const uint8_t *payload, size_t len)
{
    size_t all = 20 + len;
    const uint8_t head[] = {0x45, 0, (uint8_t)(all >> 8), (uint8_t)all, 0, 0, 0, 0, ttl, protocol,
                            0,    0};
    struct addr from = lab_addr(src), to = lab_addr(dst);

    p->len = 0;
    put(p, head, sizeof(head));
    put(p, from.bytes, 4);
    put(p, to.bytes, 4);
    put(p, payload, len);
}

void lab_ipv6(struct lab_packet *p, const char *src, const char *dst, uint8_t next, uint8_t hops,
              const uint8_t *payload, size_t len)
{
    const uint8_t head[] = {0x60, 0, 0, 0, (uint8_t)(len >> 8), (uint8_t)len, next, hops};
    struct addr from = lab_addr(src), to = lab_addr(dst);

    p->len = 0;
    put(p, head, sizeof(head));
    put(p, from.bytes, 16);
    put(p, to.bytes, 16);
    put(p, payload, len);
}

void lab_icmp(struct lab_packet *p, uint8_t type, uint8_t code, uint32_t rest,
              const uint8_t *payload, size_t len)
{
    const uint8_t head[] = {type,
                            code,
                            0,
                            0,
                            (uint8_t)(rest >> 24),
                            (uint8_t)(rest >> 16),
                            (uint8_t)(rest >> 8),
                            (uint8_t)rest};

    p->len = 0;
    put(p, head, sizeof(head));
    put(p, payload, len);
}
