#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fib.h"

#include <stdlib.h>

/* An IPv4 packet: addresses that end in a and b, then eight bytes of transport. */
static uint32_t hash4(uint8_t protocol, uint8_t a, uint8_t b, uint8_t fragment, const uint8_t l4[8])
{
    uint8_t p[28] = {0x45, 0, 0,  28, 0, 1, fragment, 0, 64, protocol,
                     0,    0, 10, 0,  0, a, 10,       0, 0,  b};

    memcpy(p + 20, l4, 8);
    return fib_flow_hash(7, p, sizeof(p));
}

static uint32_t hash6(uint8_t protocol, uint8_t a, uint8_t extension, const uint8_t l4[8])
{
    uint8_t p[56] = {0x60};

    p[6] = extension == 255 ? protocol : extension;
    p[8] = p[24] = 0x20;
    p[23] = a;
    p[40] = protocol;
    memcpy(p + (extension == 255 ? 40 : 48), l4, 8);
    return fib_flow_hash(7, p, extension == 255 ? 48 : 56);
}

static void test_what_tells_flows_apart(void **state)
{
    static const uint8_t base[8] = {1, 2, 3, 4, 5, 6, 7, 8}, port[8] = {1, 3, 3, 4, 5, 6, 7, 8};
    static const uint8_t later[8] = {1, 2, 3, 4, 9, 9, 9, 9};
    static const uint8_t echo[8] = {8, 0, 0, 0, 1, 2, 0, 1},
                         echo_next[8] = {8, 0, 9, 9, 1, 2, 0, 2};
    static const uint8_t echo_other[8] = {8, 0, 0, 0, 1, 3, 0, 1};
    static const uint8_t unreachable[8] = {3, 0, 0, 0, 1, 2, 0, 1},
                         unreachable2[8] = {3, 1, 0, 0, 5, 6, 7, 8};
    static const uint8_t ping6[8] = {128, 0, 0, 0, 1, 2, 0, 1},
                         ping6_other[8] = {128, 0, 0, 0, 2, 2, 0, 1};

    (void)state;
    /* TCP and UDP: addresses and ports, nothing behind them. */
    assert_int_equal(hash4(6, 1, 2, 0, base), hash4(6, 1, 2, 0, later));
    assert_int_not_equal(hash4(6, 1, 2, 0, base), hash4(6, 1, 2, 0, port));
    assert_int_not_equal(hash4(17, 1, 2, 0, base), hash4(17, 1, 2, 0, port));
    assert_int_not_equal(hash4(6, 1, 2, 0, base), hash4(17, 1, 2, 0, base));
    assert_int_not_equal(hash4(6, 1, 2, 0, base), hash4(6, 3, 2, 0, base));
    assert_int_not_equal(hash4(6, 1, 2, 0, base), hash4(6, 2, 1, 0, base));
    /* ICMP echo: the identifier, not the sequence; other ICMP: the addresses. */
    assert_int_equal(hash4(1, 1, 2, 0, echo), hash4(1, 1, 2, 0, echo_next));
    assert_int_not_equal(hash4(1, 1, 2, 0, echo), hash4(1, 1, 2, 0, echo_other));
    assert_int_equal(hash4(1, 1, 2, 0, unreachable), hash4(1, 1, 2, 0, unreachable2));
    assert_int_not_equal(hash6(58, 1, 255, ping6), hash6(58, 1, 255, ping6_other));
    /* Other protocols: the addresses. */
    assert_int_equal(hash4(47, 1, 2, 0, base), hash4(47, 1, 2, 0, port));
    assert_int_not_equal(hash4(47, 1, 2, 0, base), hash4(47, 1, 3, 0, base));
    /* Fragments: the first one has ports and must not go another way than the rest. */
    assert_int_equal(hash4(17, 1, 2, 0x20, base), hash4(17, 1, 2, 0x20, port));
    assert_int_equal(hash4(17, 1, 2, 0x20, base), hash4(17, 1, 2, 0x01, port));
    assert_int_equal(hash6(17, 1, 44, base), hash6(17, 1, 44, port));
    /* IPv6, also behind a hop-by-hop header. */
    assert_int_equal(hash6(6, 1, 255, base), hash6(6, 1, 255, later));
    assert_int_not_equal(hash6(6, 1, 255, base), hash6(6, 1, 255, port));
    assert_int_not_equal(hash6(6, 1, 255, base), hash6(6, 2, 255, base));
    assert_int_not_equal(hash6(6, 1, 0, base), hash6(6, 1, 0, port));
    assert_int_equal(hash6(6, 1, 0, base), hash6(6, 1, 0, later));
}

static void test_garbage_hashes_without_reading_past_its_end(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        size_t len = i % 80;
        uint8_t *exact = malloc(len ? len : 1); /* the sanitizer guards its end */

        for (size_t n = 0; n < len; n++) {
            seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            exact[n] = (uint8_t)(seed >> 56);
        }
        if (len > 6) {
            exact[0] = (uint8_t)(i % 3 ? 0x45 + i % 11 : 0x60);
            exact[6] = (uint8_t)(i % 4 ? 0 : 44);
        }
        (void)fib_flow_hash(7, exact, len);
        free(exact);
    }
    (void)fib_flow_hash(7, NULL, 0);
}

static void test_members_share_evenly_and_leave_quietly(void **state)
{
    const uint32_t flows = 20000;

    (void)state;
    for (uint32_t count = 1; count <= FIB_HOPS_MAX; count++) {
        struct fib_hops all = {.count = count}, fewer = {.count = count - 1}, backwards = all;
        uint32_t share[FIB_HOPS_MAX] = {0}, moved = 0, gone = count / 2;

        for (uint32_t i = 0; i < count; i++) {
            all.ids[i] = backwards.ids[count - 1 - i] = 1000 + i;
            if (i != gone)
                fewer.ids[i - (i > gone)] = 1000 + i;
        }
        for (uint32_t flow = 0; flow < flows; flow++) {
            uint32_t hash = flow * 2654435761U, id = fib_hops_choose(&all, hash);

            assert_in_range(id, 1000, 1000 + count - 1);
            assert_int_equal(fib_hops_choose(&backwards, hash), id);
            share[id - 1000]++;
            if (fewer.count && fib_hops_choose(&fewer, hash) != id) {
                assert_int_equal(id, 1000 + gone); /* only the flows of the one that left move */
                moved++;
            }
        }
        for (uint32_t i = 0; i < count; i++)
            assert_in_range(share[i], flows / count * 85 / 100, flows / count * 115 / 100);
        if (fewer.count)
            assert_int_equal(moved, share[gone]);
    }
}

/* Two gateways in a row: of the flows that the first sends one way, the second spreads all. With
 * the same seed each of its ways would get all or nothing. */
static void test_another_seed_spreads_what_one_way_got(void **state)
{
    static const uint32_t ways[] = {1000, 1001};
    unsigned first = 0, both = 0;

    (void)state;
    for (unsigned flow = 0; flow < 4000; flow++) {
        uint8_t p[28] = {0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};

        p[20] = (uint8_t)(flow >> 8);
        p[21] = (uint8_t)flow;
        if (fib_choose(ways, 2, fib_flow_hash(1, p, sizeof(p))) != ways[0])
            continue;
        first++;
        both += fib_choose(ways, 2, fib_flow_hash(2, p, sizeof(p))) == ways[0];
    }
    assert_in_range(first, 1800, 2200);
    assert_in_range(both, first * 45 / 100, first * 55 / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_tells_flows_apart),
        cmocka_unit_test(test_garbage_hashes_without_reading_past_its_end),
        cmocka_unit_test(test_another_seed_spreads_what_one_way_got),
        cmocka_unit_test(test_members_share_evenly_and_leave_quietly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
