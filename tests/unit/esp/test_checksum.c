#include "esp_test.h"

/* RFC 1071, section 1, one byte at a time. */
static uint16_t naive(const uint8_t *data, size_t len)
{
    uint32_t sum = 0;
    uint8_t stored[2];
    uint16_t ret;

    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
    while (sum >> 16)
        sum = (sum >> 16) + (sum & 0xffff);
    wire_store_be16(stored, (uint16_t)~sum);
    memcpy(&ret, stored, 2);
    return ret;
}

static void test_sums_agree_with_a_naive_twin(void **state)
{
    static uint8_t data[65600], copy[65600];
    uint64_t seed = 42;

    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        size_t len = round < 600 ? round : next_random(&seed) % 2000;
        size_t from = next_random(&seed) % 64;

        if (round > 2990)
            len = 65535;
        for (size_t i = 0; i < len; i++)
            data[from + i] = round % 7 == 0 ? 0xff : (uint8_t)next_random(&seed);
        assert_int_equal(esp_csum_fold(esp_csum_add(0, data + from, len)), naive(data + from, len));
        memset(copy, 0xaa, len + 1);
        assert_int_equal(esp_csum_fold(esp_csum_copy(0, copy, data + from, len)),
                         naive(data + from, len));
        assert_memory_equal(copy, data + from, len);
        assert_int_equal(copy[len], 0xaa);
    }
}

static void test_sums_reach_to_the_last_byte_and_no_further(void **state)
{
    (void)state;
    for (size_t len = 1; len < 200; len++) {
        uint8_t *exact = malloc(len), *copy = malloc(len); /* the sanitizer guards their ends */

        memset(exact, 0, len);
        exact[len - 1] = 1;
        assert_int_equal(esp_csum_fold(esp_csum_add(0, exact, len)), naive(exact, len));
        assert_int_not_equal(naive(exact, len), 0xffff);
        assert_int_equal(esp_csum_fold(esp_csum_copy(0, copy, exact, len)), naive(exact, len));
        free(exact);
        free(copy);
    }
}

static void test_ipv4_header_of_a_known_packet(void **state)
{
    uint8_t packet[20], expect[20];

    (void)state;
    from_hex("45000054a6f200004001e778c6336405c0000205", expect, sizeof(expect));
    memcpy(packet, expect, sizeof(packet));
    packet[10] = 0x12;
    esp_csum_ipv4_header(packet);
    assert_memory_equal(packet, expect, sizeof(packet));
}

static void test_updates_equal_a_new_sum(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        uint8_t data[20];
        uint16_t old_word, new_word, csum;

        for (unsigned n = 0; n < sizeof(data); n++)
            data[n] = (uint8_t)next_random(&seed);
        csum = esp_csum_fold(esp_csum_add(0, data, sizeof(data)));
        memcpy(&old_word, data + 8, 2);
        new_word = (uint16_t)next_random(&seed);
        memcpy(data + 8, &new_word, 2);
        assert_int_equal(esp_csum_update16(csum, old_word, new_word),
                         esp_csum_fold(esp_csum_add(0, data, sizeof(data))));
    }
}

static void test_an_unfinished_checksum_is_finished(void **state)
{
    /* A UDP packet over IPv4; its field holds the pseudo-header sum. */
    uint8_t packet[33];
    uint16_t sum;

    (void)state;
    make_packet(packet, sizeof(packet), 4);
    packet[9] = 17;
    esp_csum_ipv4_header(packet);
    sum = (uint16_t)~esp_csum_fold(esp_csum_pseudo(packet, 17, 13));
    memcpy(packet + 26, &sum, 2);
    assert_int_equal(esp_csum_finish(packet, sizeof(packet), 20, 6), 0);
    assert_int_equal(esp_csum_fold(esp_csum_add(esp_csum_pseudo(packet, 17, 13), packet + 20, 13)),
                     0);
    assert_int_equal(esp_csum_finish(packet, sizeof(packet), 20, 11), 0);
    assert_int_equal(esp_csum_finish(packet, sizeof(packet), 20, 12), -EINVAL);
    assert_int_equal(esp_csum_finish(packet, sizeof(packet), 33, 0), -EINVAL);
    assert_int_equal(esp_csum_finish(packet, sizeof(packet), 40, SIZE_MAX - 20), -EINVAL);
}

static void test_udp_never_gets_a_zero_checksum(void **state)
{
    uint8_t packet[28] = {0x45};
    uint16_t sum = 0xffff;

    (void)state;
    memcpy(packet + 26, &sum, 2); /* all ones: the complement is 0 */
    assert_int_equal(esp_csum_finish(packet, sizeof(packet), 20, 6), 0);
    assert_int_equal(wire_load_be16(packet + 26), 0xffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_agree_with_a_naive_twin),
        cmocka_unit_test(test_sums_reach_to_the_last_byte_and_no_further),
        cmocka_unit_test(test_ipv4_header_of_a_known_packet),
        cmocka_unit_test(test_updates_equal_a_new_sum),
        cmocka_unit_test(test_an_unfinished_checksum_is_finished),
        cmocka_unit_test(test_udp_never_gets_a_zero_checksum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
