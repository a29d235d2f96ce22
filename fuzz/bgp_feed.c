/* Whatever BIRD, or who sits in its place, sends the node. The first byte says in pieces of which
 * size; they give the same events as the whole. */
#include <stdlib.h>

#include "bgp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(uint64_t *events, const struct prefix *prefix, uint32_t path)
{
    if (prefix->len > addr_bits(&prefix->addr))
        abort();
    *events = hash_bytes(prefix->addr.bytes, sizeof(prefix->addr.bytes), *events + path);
}

static void announced(void *arg, const struct prefix *prefix, uint32_t path,
                      const struct bgp_attributes *a)
{
    uint64_t *events = arg;

    note(events, prefix, path);
    if (a->origin > BGP_ORIGIN_INCOMPLETE)
        abort();
    *events = hash_bytes(a->as_path, strnlen(a->as_path, sizeof(a->as_path)), *events + a->tunnel);
    *events = hash_bytes(a->communities, strnlen(a->communities, sizeof(a->communities)), *events);
}

static void withdrawn(void *arg, const struct prefix *prefix, uint32_t path)
{
    note(arg, prefix, ~path);
}

static void complete(void *arg, enum addr_family family)
{
    uint64_t *events = arg;

    if (family != ADDR_IPV4 && family != ADDR_IPV6)
        abort();
    *events = hash_bytes(&family, sizeof(family), *events);
}

static int run(const uint8_t *data, size_t size, size_t piece, uint64_t *ret)
{
    const struct bgp_feed_calls calls = {announced, withdrawn, complete, ret};
    static struct bgp_feed feed;
    struct buf out = {0};
    int r = 0;

    bgp_feed_begin(&feed, 65000, &calls, &out);
    for (size_t at = 0; r == 0 && at < size; at += piece)
        r = bgp_feed_receive(&feed, data + at, MIN(piece, size - at), &out);
    if (r != 0 && r != -EBADMSG && r != -ECONNRESET)
        abort();
    buf_done(&out);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t whole = 1, pieces = 1;

    if (size < 2)
        return 0;
    if (run(data + 1, size - 1, size, &whole) != run(data + 1, size - 1, data[0] + 1U, &pieces) ||
        whole != pieces)
        abort();
    return 0;
}
