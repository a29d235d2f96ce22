/* icmp_lab.h - ICMP as routers and destinations write it, for the tests of this room. */
#ifndef ROPEWAY_TEST_REACH_ICMP_LAB_H
#define ROPEWAY_TEST_REACH_ICMP_LAB_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "reach.h"

struct lab_packet {
    uint8_t bytes[2048];
    size_t len;
};

struct addr lab_addr(const char *text);
/* An IPv4 header and what is in it. */
void lab_ipv4(struct lab_packet *p, const char *src, const char *dst, uint8_t protocol, uint8_t ttl,
              const uint8_t *payload, size_t len);
/* Only the header and payload of IPv6, as an error quotes them. */
void lab_ipv6(struct lab_packet *p, const char *src, const char *dst, uint8_t next, uint8_t hops,
              const uint8_t *payload, size_t len);
/* An ICMP message: type, code, the 4 bytes behind the checksum, and what follows. */
void lab_icmp(struct lab_packet *p, uint8_t type, uint8_t code, uint32_t rest,
              const uint8_t *payload, size_t len);

#endif
