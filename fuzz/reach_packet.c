/* Whatever arrives at the raw sockets of a connectivity test. The first byte says which family;
 * what is taken is about one of our requests, and any run survives it. */
#include <stdlib.h>

#include "reach.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IDENT 0x1234

static void feed(enum reach_kind kind, enum addr_family family, const struct reach_packet *p)
{
    const struct reach_spec spec = {
        .kind = kind, .family = family, .count = 3, .interval_us = 1000, .size = 1500, .hops = 3};
    struct reach_run run;
    struct reach_probe probe;
    struct reach_row row;
    uint64_t now = 1;

    if (reach_begin(&run, &spec, now) < 0)
        abort();
    for (unsigned turns = 0; !reach_is_over(&run); turns++) {
        if (turns > 1000)
            abort(); /* it does not end */
        while (reach_next(&run, now, &probe))
            ;
        reach_take(&run, now, p);
        if (reach_due(&run) != UINT64_MAX)
            now = reach_due(&run) > now ? reach_due(&run) : now;
        reach_time(&run, now);
        while (reach_row(&run, &row))
            ;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct addr dst = addr_v4(10, 2, 0, 3);
    struct reach_packet p;
    bool v4;
    int r;

    if (size < 1)
        return 0;
    v4 = data[0] % 2 == 0;
    if (!v4)
        dst = (struct addr){.family = ADDR_IPV6, .bytes = {0xfd, [15] = 3}};
    r = v4 ? reach_parse_ipv4(data + 1, size - 1, IDENT, &dst, &p)
           : reach_parse_ipv6(data + 1, size - 1, &dst, 64, IDENT, &dst, &p);
    if (r < 0)
        return 0;
    if (p.what >= REACH_WHATS || (p.mtu && p.what != REACH_TOO_BIG))
        abort();
    for (enum reach_kind kind = REACH_PING; kind <= REACH_PATH_MTU; kind++)
        feed(kind, v4 ? ADDR_IPV4 : ADDR_IPV6, &p);
    return 0;
}
