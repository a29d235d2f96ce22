#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "flow.h"

#include <stdio.h>
#include <stdlib.h>

/* An IPv4 packet: addresses that end in a and b, then eight bytes of transport. */
static uint32_t hash4(uint8_t protocol, uint8_t a, uint8_t b, uint8_t fragment, const uint8_t l4[8])
{
    uint8_t p[28] = {0x45, 0, 0,  28, 0, 1, fragment, 0, 64, protocol,
                     0,    0, 10, 0,  0, a, 10,       0, 0,  b};

    memcpy(p + 20, l4, 8);
    return flow_hash(7, p, sizeof(p));
}

static uint32_t hash6(uint8_t protocol, uint8_t a, uint8_t extension, const uint8_t l4[8])
{
    uint8_t p[56] = {0x60};

    p[6] = extension == 255 ? protocol : extension;
    p[8] = p[24] = 0x20;
    p[23] = a;
    p[40] = protocol;
    memcpy(p + (extension == 255 ? 40 : 48), l4, 8);
    return flow_hash(7, p, extension == 255 ? 48 : 56);
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
        (void)flow_hash(7, exact, len);
        free(exact);
    }
    (void)flow_hash(7, NULL, 0);
}

#define MEMBERS_MAX 16

/* The key that is chosen. */
static uint32_t choose(const uint32_t *keys, uint32_t count, uint32_t hash)
{
    return keys[flow_choose(keys, count, hash)];
}

static uint32_t place_of(const uint32_t *keys, uint32_t count, uint32_t key)
{
    uint32_t i = 0;

    while (i < count && keys[i] != key)
        i++;
    return i;
}

static void test_members_share_evenly_and_leave_quietly(void **state)
{
    const uint32_t flows = 20000;

    (void)state;
    for (uint32_t count = 1; count <= MEMBERS_MAX; count++) {
        uint32_t all[MEMBERS_MAX], backwards[MEMBERS_MAX], fewer[MEMBERS_MAX];
        uint32_t share[MEMBERS_MAX] = {0}, moved = 0, gone = count / 2;

        for (uint32_t i = 0; i < count; i++) {
            char id[24];

            snprintf(id, sizeof(id), "vpntun-%010u", i);
            all[i] = backwards[count - 1 - i] = flow_key(id);
            if (i != gone)
                fewer[i - (i > gone)] = all[i];
        }
        for (uint32_t flow = 0; flow < flows; flow++) {
            uint32_t hash = flow * 2654435761U, key = choose(all, count, hash);

            assert_int_equal(choose(backwards, count, hash), key);
            share[place_of(all, count, key)]++;
            if (count > 1 && choose(fewer, count - 1, hash) != key) {
                assert_int_equal(key, all[gone]); /* only the flows of the one that left move */
                moved++;
            }
        }
        for (uint32_t i = 0; i < count; i++)
            assert_in_range(share[i], flows / count * 85 / 100, flows / count * 115 / 100);
        if (count > 1)
            assert_int_equal(moved, share[gone]);
    }
}

/* Two gateways in a row: of the flows that the first sends one way, the second spreads all. With
 * the same seed each of its ways would get all or nothing. */
static void test_another_seed_spreads_what_one_way_got(void **state)
{
    const uint32_t ways[] = {flow_key("vpntun-a"), flow_key("vpntun-b")};
    uint64_t here = flow_seed("node-a"), there = flow_seed("node-b");
    unsigned first = 0, both = 0;

    (void)state;
    for (unsigned flow = 0; flow < 4000; flow++) {
        uint8_t p[28] = {0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};

        p[20] = (uint8_t)(flow >> 8);
        p[21] = (uint8_t)flow;
        if (flow_choose(ways, 2, flow_hash(here, p, sizeof(p))) != 0)
            continue;
        first++;
        both += flow_choose(ways, 2, flow_hash(there, p, sizeof(p))) == 0;
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
