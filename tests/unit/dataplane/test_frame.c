#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "inner_internal.h"

static struct dp_neighbour who4(void)
{
    struct dp_neighbour who = {.mac = {2, 0, 10, 1, 0, 4},
                               .gateway_mac = {2, 0xff, 10, 1, 0, 4},
                               .address = addr_v4(10, 1, 0, 4)};

    who.subnet = prefix_make(&who.address, 24);
    return who;
}

static size_t make_arp(uint8_t frame[64], uint8_t op, uint8_t target)
{
    static const uint8_t start[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,  0, 10, 1, 0,
                                    4,    8,    6,    0,    1,    8,    0,  6, 4,  0, 1,
                                    2,    0,    10,   1,    0,    4,    10, 1, 0,  4};

    memset(frame, 0, 64);
    memcpy(frame, start, sizeof(start));
    frame[21] = op;
    memcpy(frame + 38, ((uint8_t[]){10, 1, 0, target}), 4);
    return 42;
}

static void test_arp_is_answered_for_all_but_the_instance(void **state)
{
    static const struct {
        uint8_t op, target;
        enum dp_frame_kind kind;
    } cases[] = {{1, 1, DP_FRAME_ANSWER},
                 {1, 77, DP_FRAME_ANSWER},
                 {1, 255, DP_FRAME_ANSWER},
                 {1, 4, DP_FRAME_IGNORED},
                 {2, 1, DP_FRAME_IGNORED}};
    struct dp_neighbour who = who4();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t frame[64], answer[DP_ANSWER_MAX];
        size_t n = make_arp(frame, cases[i].op, cases[i].target), len = 0;

        assert_int_equal(dp_frame_classify(&who, frame, n, answer, &len), cases[i].kind);
        if (cases[i].kind != DP_FRAME_ANSWER)
            continue;
        assert_int_equal(len, 42);
        assert_memory_equal(answer, who.mac, 6);
        assert_memory_equal(answer + 6, who.gateway_mac, 6);
        assert_int_equal(wire_load_be16(answer + 20), 2);
        assert_memory_equal(answer + 22, who.gateway_mac, 6);
        assert_memory_equal(answer + 28, frame + 38, 4);
        assert_memory_equal(answer + 32, frame + 22, 10);
    }
}

static void test_arp_elsewhere_or_cut(void **state)
{
    struct dp_neighbour who = who4();
    uint8_t frame[64], answer[DP_ANSWER_MAX];
    size_t n = make_arp(frame, 1, 1), len;

    (void)state;
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(dp_frame_classify(&who, frame, cut, answer, &len), DP_FRAME_MALFORMED);
    frame[40] = 9; /* another subnet */
    assert_int_equal(dp_frame_classify(&who, frame, n, answer, &len), DP_FRAME_IGNORED);
    frame[18] = 8; /* hardware address length */
    assert_int_equal(dp_frame_classify(&who, frame, n, answer, &len), DP_FRAME_MALFORMED);
}

static void test_where_a_mac_is_learned_only_the_instance_is_answered(void **state)
{
    struct dp_neighbour who = who4();
    uint8_t frame[64], answer[DP_ANSWER_MAX];
    size_t n = make_arp(frame, 1, 77), len;

    (void)state;
    who.learned = true;
    assert_int_equal(dp_frame_classify(&who, frame, n, answer, &len), DP_FRAME_ANSWER);
    frame[31] = 5; /* a neighbour on the same line asks for another */
    assert_int_equal(dp_frame_classify(&who, frame, n, answer, &len), DP_FRAME_IGNORED);
    memset(frame + 28, 0, 4); /* or wonders whether an address is free (RFC 5227) */
    assert_int_equal(dp_frame_classify(&who, frame, n, answer, &len), DP_FRAME_IGNORED);
}

/* What we ask, a host that is asked understands: our own answers are such a host. */
static void test_the_question_for_a_mac(void **state)
{
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t group[6] = {0x33, 0x33, 0xff, 0, 0, 4};
    struct dp_neighbour who = who4(), host = {.gateway_mac = {2, 9, 9, 9, 9, 9}};
    struct addr gateway = addr_v4(10, 1, 0, 1);
    uint8_t ask[DP_ANSWER_MAX], answer[DP_ANSWER_MAX];
    struct dp_claim claim;
    size_t len, n = dp_frame_ask(&who, &gateway, ask);

    (void)state;
    host.subnet = who.subnet;
    host.address = gateway;
    assert_int_equal(n, 42);
    assert_memory_equal(ask, all, 6);
    assert_int_equal(dp_frame_classify(&host, ask, n, answer, &len), DP_FRAME_ANSWER);
    assert_memory_equal(answer, who.gateway_mac, 6);
    assert_true(dp_frame_claim(&who, answer, len, &claim));
    assert_memory_equal(claim.mac, host.gateway_mac, 6);

    assert_int_equal(addr_parse("fd00:1::4", &who.address), 0);
    assert_int_equal(addr_parse("fd00:1::1", &gateway), 0);
    host.subnet = prefix_make(&gateway, 64);
    host.address = gateway;
    n = dp_frame_ask(&who, &gateway, ask);
    assert_int_equal(n, 86);
    assert_memory_equal(ask, group, 6);
    assert_int_equal(dp_frame_classify(&host, ask, n, answer, &len), DP_FRAME_ANSWER);
    assert_memory_equal(answer, who.gateway_mac, 6);
    assert_int_equal(esp_csum_fold(esp_csum_add(esp_csum_pseudo(ask + 14, 58, 32), ask + 54, 32)),
                     0);
    assert_true(dp_frame_claim(&who, answer, len, &claim));
    who.address.bytes[15] = 5; /* another one is there than is known to be */
    assert_false(dp_frame_claim(&who, answer, len, &claim));
}

static void test_frames_are_told_apart(void **state)
{
    static const struct {
        uint8_t dst, type, version;
        size_t len;
        enum dp_frame_kind kind;
    } cases[] = {{2, 0, 0x45, 34, DP_FRAME_IP},        {2, 0, 0x65, 34, DP_FRAME_MALFORMED},
                 {2, 0, 0x45, 14, DP_FRAME_MALFORMED}, {4, 0, 0x45, 34, DP_FRAME_ADDRESS},
                 {1, 0, 0x45, 34, DP_FRAME_MULTICAST}, {2, 1, 0x45, 34, DP_FRAME_TYPE}};
    struct dp_neighbour who = who4();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t frame[64] = {0}, answer[DP_ANSWER_MAX];
        size_t len;

        memcpy(frame, who.gateway_mac, 6);
        frame[0] = cases[i].dst;
        frame[12] = 8;
        frame[13] = cases[i].type;
        frame[14] = cases[i].version;
        assert_int_equal(dp_frame_classify(&who, frame, cases[i].len, answer, &len), cases[i].kind);
    }
}

static void test_neighbour_solicitation(void **state)
{
    struct dp_neighbour who = {.mac = {2, 0, 0, 0, 0, 4}, .gateway_mac = {2, 0xff, 0, 0, 0, 4}};
    uint8_t frame[14 + 72] = {0x33, 0x33, 0xff, 0, 0, 1, 2, 0, 0, 0, 0, 4, 0x86, 0xdd};
    uint8_t *ip = frame + 14, answer[DP_ANSWER_MAX];
    size_t len = 0;

    (void)state;
    assert_int_equal(addr_parse("fd00::4", &who.address), 0);
    who.subnet = prefix_make(&who.address, 64);
    ip[0] = 0x60;
    ip[5] = 32;
    ip[6] = DP_ICMPV6;
    ip[7] = 255;
    memcpy(ip + 8, who.address.bytes, 16);
    ip[40] = 135;
    memcpy(ip + 48, who.address.bytes, 16);
    assert_int_equal(dp_frame_classify(&who, frame, sizeof(frame), answer, &len),
                     DP_FRAME_IGNORED); /* looks for itself: duplicate detection */
    ip[63] = 1;
    assert_int_equal(dp_frame_classify(&who, frame, sizeof(frame), answer, &len), DP_FRAME_ANSWER);
    assert_int_equal(len, 86);
    assert_int_equal(answer[54], 136);
    assert_memory_equal(answer + 80, who.gateway_mac, 6);
    assert_int_equal(
        esp_csum_fold(esp_csum_add(esp_csum_pseudo(answer + 14, DP_ICMPV6, 32), answer + 54, 32)),
        0);
    ip[7] = 64; /* came through a router: forged */
    assert_int_equal(dp_frame_classify(&who, frame, sizeof(frame), answer, &len),
                     DP_FRAME_MALFORMED);
    ip[7] = 255;
    memset(ip + 8, 0, 16);
    assert_int_equal(dp_frame_classify(&who, frame, sizeof(frame), answer, &len), DP_FRAME_IGNORED);
    assert_int_equal(dp_frame_classify(&who, frame, 60, answer, &len), DP_FRAME_MULTICAST);
}

/* IPv4: the transport header at 20; IPv6 with a destination options header: at 48. */
static void test_offloads_stay_behind_the_ip_headers(void **state)
{
    static const struct {
        uint16_t l4, len;
        struct virtio_net_hdr vnet; /* flags, type, hdr_len, gso_size, csum_start, csum_offset */
        int r;
    } cases[] = {
        {20, 60, {0, 0, 0, 0, 0, 0}, 0},
        {20, 60, {0, 0, 0, 0, 3, 9}, 0}, /* without the flag they mean nothing */
        {20, 60, {1, 0, 0, 0, 34, 16}, 0},
        {20, 60, {1, 0, 0, 0, 34, 38}, 0},
        {20, 60, {1, 0, 0, 0, 34, 39}, -EBADMSG}, /* behind the packet */
        {20, 60, {1, 0, 0, 0, 34, 0xffff}, -EBADMSG},
        {20, 60, {1, 0, 0, 0, 0xffff, 0}, -EBADMSG},
        {20, 60, {1, 0, 0, 0, 33, 16}, -EBADMSG},
        {20, 60, {1, 0, 0, 0, 0, 0}, -EBADMSG},
        {48, 90, {1, 0, 0, 0, 62, 16}, 0},
        {48, 90, {1, 0, 0, 0, 61, 16}, -EBADMSG},
        {48, 90, {1, 0, 0, 0, 34, 4}, -EBADMSG}, /* would write the destination */
        {20, 60, {1, 1, 54, 10, 34, 16}, 0},
        {20, 60, {1, 1, 0xffff, 10, 34, 16}, 0},    /* a hint, not believed */
        {20, 60, {1, 1, 54, 10, 35, 16}, -EBADMSG}, /* not where the segment has its checksum */
        {20, 60, {1, 1, 54, 10, 34, 6}, -EBADMSG},
        {20, 60, {1, 5, 54, 10, 34, 6}, -EBADMSG},
        {20, 60, {1, 1, 54, 0, 34, 16}, -EBADMSG},
        {20, 60, {0, 1, 54, 10, 34, 16}, -EBADMSG},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_inner inner = {.protocol = DP_TCP, .l4_offset = cases[i].l4, .len = cases[i].len};
        struct virtio_net_hdr out = {.csum_start = 99};

        assert_int_equal(dp_frame_offloads(&cases[i].vnet, &inner, &out), cases[i].r);
        if (cases[i].r < 0)
            continue;
        assert_int_equal(out.csum_start, cases[i].vnet.flags ? cases[i].l4 : 0);
        assert_int_equal(out.gso_size, cases[i].vnet.gso_size);
        inner.fragment = true;
        assert_int_equal(dp_frame_offloads(&cases[i].vnet, &inner, &out),
                         cases[i].vnet.gso_type ? -EBADMSG : 0);
    }
}

/* ---- who says on a real network which address it has ---- */

static struct dp_neighbour on_lan(const char *subnet)
{
    struct dp_neighbour who = {.gateway_mac = {2, 1, 1, 1, 1, 1}, .line = true};
    struct addr gateway;

    assert_int_equal(prefix_parse(subnet, &who.lan), 0);
    gateway = addr_add(&who.lan.addr, 1);
    who.subnet = prefix_make(&gateway, (uint8_t)addr_bits(&gateway));
    return who;
}

/* A byte of a sound frame that is another one. */
struct spoilt {
    uint8_t at, byte;
};

static void none_is_believed(const struct dp_neighbour *who, const uint8_t *frame, size_t len,
                             const struct spoilt *spoilt, size_t n)
{
    struct dp_claim claim;

    for (size_t i = 0; i < n; i++) {
        uint8_t bad[128];

        memcpy(bad, frame, len);
        bad[spoilt[i].at] = spoilt[i].byte;
        if (dp_frame_claim(who, bad, len, &claim))
            fail_msg("byte %u as %u", spoilt[i].at, spoilt[i].byte);
    }
    for (size_t cut = 0; cut < len; cut++)
        assert_false(dp_frame_claim(who, frame, cut, &claim));
}

static void test_claims_by_arp(void **state)
{
    static const struct spoilt spoilt[] = {
        {13, 0x00}, {15, 6}, {17, 1}, {18, 8},   {19, 16}, {21, 3}, /* no ARP of ours */
        {22, 3},                                                    /* from a group */
        {30, 1},                                                    /* of another subnet */
        {31, 0},    {31, 1}, {31, 2}, {31, 255},                    /* nobody's */
    };
    struct dp_neighbour who = on_lan("10.1.0.0/24");
    uint8_t frame[64];
    size_t n = make_arp(frame, 2, 1);
    struct dp_claim claim;

    (void)state;
    for (uint8_t op = 1; op < 3; op++) {
        frame[21] = op;
        assert_true(dp_frame_claim(&who, frame, n, &claim));
        assert_true(addr_equal(&claim.address, &(struct addr){ADDR_IPV4, {10, 1, 0, 4}}));
        assert_memory_equal(claim.mac, frame + 22, 6);
        assert_false(claim.weak);
    }
    none_is_believed(&who, frame, n, spoilt, ARRAY_SIZE(spoilt));
    memcpy(frame + 22, who.gateway_mac, 6);
    assert_false(dp_frame_claim(&who, frame, n, &claim)); /* it is ours */
    memset(frame + 22, 0, 6);
    assert_false(dp_frame_claim(&who, frame, n, &claim));
}

static void sum_message(uint8_t *frame)
{
    uint16_t csum;

    memset(frame + 56, 0, 2);
    csum = esp_csum_fold(esp_csum_add(esp_csum_pseudo(frame + 14, DP_ICMPV6, 32), frame + 54, 32));
    memcpy(frame + 56, &csum, 2);
}

static void test_who_has_our_address_as_well(void **state)
{
    struct dp_neighbour who = on_lan("10.1.0.0/24");
    uint8_t frame[64];
    size_t n = make_arp(frame, 1, 1);

    (void)state;
    assert_false(dp_frame_claims_ours(&who, frame, n));
    frame[31] = 1;
    assert_true(dp_frame_claims_ours(&who, frame, n));
    memcpy(frame + 22, who.gateway_mac, 6); /* our own question, back */
    assert_false(dp_frame_claims_ours(&who, frame, n));
    who = who4();
    memset(frame + 22, 4, 6);
    assert_false(dp_frame_claims_ours(&who, frame, n)); /* for an instance we stand for all */
}

static void test_claims_by_neighbour_messages(void **state)
{
    static const struct spoilt spoilt[] = {
        {20, 6},                      /* no ICMPv6 */
        {21, 254},                    /* a router forwarded it */
        {56, 1},   {57, 1}, {82, 77}, /* a wrong checksum */
    };
    struct dp_neighbour who = on_lan("fd00::/64"), host = {.gateway_mac = {2, 0, 0, 0, 0, 5}};
    struct addr address;
    uint8_t frame[DP_ANSWER_MAX];
    struct dp_claim claim;
    size_t n;

    (void)state;
    assert_int_equal(addr_parse("fd00::5", &address), 0);
    host.address = who.subnet.addr;
    n = dp_frame_ask(&host, &address, frame);
    assert_true(dp_frame_claim(&who, frame, n, &claim));
    assert_true(addr_equal(&claim.address, &address));
    assert_memory_equal(claim.mac, host.gateway_mac, 6);
    none_is_believed(&who, frame, n, spoilt, ARRAY_SIZE(spoilt));
    frame[79] = 0; /* an option without an end */
    sum_message(frame);
    assert_false(dp_frame_claim(&who, frame, n, &claim));
    frame[79] = 1;
    frame[55] = 1; /* a code that there is not */
    sum_message(frame);
    assert_false(dp_frame_claim(&who, frame, n, &claim));
    frame[55] = 0;
    frame[54] = 136; /* an advertisement, of the target, has the other option */
    sum_message(frame);
    assert_false(dp_frame_claim(&who, frame, n, &claim));
    frame[78] = 2;
    sum_message(frame);
    assert_false(dp_frame_claim(&who, frame, n, &claim)); /* the target is the gateway's address */
    frame[77] = 7;
    for (unsigned flags = 0; flags < 2; flags++) {
        frame[58] = flags ? 0x20 : 0x40;
        sum_message(frame);
        assert_true(dp_frame_claim(&who, frame, n, &claim));
        assert_int_equal(claim.address.bytes[15], 7);
        assert_int_equal(claim.weak, !flags);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arp_is_answered_for_all_but_the_instance),
        cmocka_unit_test(test_arp_elsewhere_or_cut),
        cmocka_unit_test(test_where_a_mac_is_learned_only_the_instance_is_answered),
        cmocka_unit_test(test_the_question_for_a_mac),
        cmocka_unit_test(test_frames_are_told_apart),
        cmocka_unit_test(test_neighbour_solicitation),
        cmocka_unit_test(test_offloads_stay_behind_the_ip_headers),
        cmocka_unit_test(test_claims_by_arp),
        cmocka_unit_test(test_who_has_our_address_as_well),
        cmocka_unit_test(test_claims_by_neighbour_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
