#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

#define UNKNOWN UINT32_MAX

static void send_packets(struct lab *l, unsigned tunnel, unsigned n)
{
    uint8_t ip[40], out[128];

    lab_packet(ip, sizeof(ip), DP_UDP, 1, 2);
    for (unsigned i = 0; i < n; i++) {
        struct esp_out job = {.body = ip, .body_len = 40, .dst = out, .dst_cap = sizeof(out)};

        assert_int_equal(esp_encrypt(l->engine, l->tunnel[tunnel].out.esp, &job, 1), 0);
    }
}

static void tell(struct lab *l, uint32_t mtu, uint32_t spi, uint32_t seq, size_t len)
{
    uint8_t quote[8];

    wire_store_be32(quote, spi);
    wire_store_be32(quote + 4, seq);
    dp_pmtu_take(l->w, &l->tunnel[0].remote.endpoint.addr, mtu, false, quote, len);
}

static uint32_t mtu_of(struct lab *l, unsigned tunnel)
{
    return dp_path_mtu(&l->tunnel[tunnel].path, l->w->now_us);
}

static void test_only_what_quotes_our_packet_is_believed(void **state)
{
    struct lab *l = *state;

    tell(l, 1300, LAB_SPI_OUT, 0, 8); /* nothing was sent yet */
    tell(l, 1300, LAB_SPI_OUT, 1, 8);
    assert_int_equal(mtu_of(l, 0), UNKNOWN);
    send_packets(l, 0, 3);
    tell(l, 1300, LAB_SPI_OUT, 0, 8);
    tell(l, 1300, LAB_SPI_OUT, 4, 8); /* not yet */
    tell(l, 1300, LAB_SPI_OUT + 7, 2, 8);
    tell(l, 1300, LAB_SPI_IN, 2, 8);
    tell(l, 1300, 0, 2, 8); /* an IKE datagram */
    assert_int_equal(mtu_of(l, 0), UNKNOWN);
    tell(l, 1300, LAB_SPI_OUT, 2, 8);
    assert_int_equal(mtu_of(l, 0), 1300);
    assert_int_equal(mtu_of(l, 1), UNKNOWN); /* its packets go the same way: they will learn it */
}

static void test_a_quote_is_of_the_path_it_was_sent_on(void **state)
{
    struct lab *l = *state;
    struct addr other = addr_v4(127, 0, 0, 9);
    uint8_t quote[8] = {0, 0, LAB_SPI_OUT >> 8, 0, 0, 0, 0, 1};

    send_packets(l, 0, 1);
    dp_pmtu_take(l->w, &other, 1300, false, quote, 8);
    assert_int_equal(mtu_of(l, 0), UNKNOWN);
}

/* SPIs are the peers' choice: two may have chosen one. */
static void test_two_peers_with_one_spi(void **state)
{
    struct lab *l = *state;
    struct lab_tunnel *t = &l->tunnel[1];
    struct endpoint other = {addr_v4(127, 0, 0, 9), 4500};
    uint8_t quote[8] = {0, 0, LAB_SPI_OUT >> 8, 0, 0, 0, 0, 1};

    dp_sa_withdraw(&l->shared, &t->out);
    t->out.spi = LAB_SPI_OUT;
    assert_int_equal(dp_sa_publish(&l->shared, &t->out), 0);
    dp_sockaddr_from(&other, &t->remote);
    send_packets(l, 0, 1);
    send_packets(l, 1, 1);
    dp_pmtu_take(l->w, &other.addr, 1300, false, quote, 8);
    assert_int_equal(mtu_of(l, 0), UNKNOWN);
    assert_int_equal(mtu_of(l, 1), 1300);
    dp_pmtu_take(l->w, &l->tunnel[0].remote.endpoint.addr, 1290, false, quote, 8);
    assert_int_equal(mtu_of(l, 0), 1290);
    assert_int_equal(mtu_of(l, 1), 1300);
}

static void test_an_old_number_proves_nothing(void **state)
{
    struct lab *l = *state;
    struct esp_sa_params params = {.spi = 77,
                                   .direction = ESP_OUTBOUND,
                                   .encr = ESP_ENCR_AES_GCM_16,
                                   .encr_key = (const uint8_t[20]){1},
                                   .encr_key_len = 20,
                                   .esn = true,
                                   .seq = 0x100000010};

    esp_sa_free(l->tunnel[0].out.esp);
    assert_int_equal(esp_sa_new(&params, &l->tunnel[0].out.esp), 0);
    tell(l, 1300, LAB_SPI_OUT, 0x11, 8);
    tell(l, 1300, LAB_SPI_OUT, 0x10 - (1U << 20), 8);
    assert_int_equal(mtu_of(l, 0), UNKNOWN);
    tell(l, 1300, LAB_SPI_OUT, 0x11 - (1U << 20), 8); /* of the lower 2^32 still */
    assert_int_equal(mtu_of(l, 0), 1300);
}

/* A router that quotes no more than it must is believed a little. */
static void test_a_short_quote_lowers_to_a_bound(void **state)
{
    struct lab *l = *state;

    tell(l, 600, 0, 0, 7);
    assert_int_equal(mtu_of(l, 0), DP_OUTER_MTU_UNPROVEN);
    assert_int_equal(mtu_of(l, 1), DP_OUTER_MTU_UNPROVEN);
    for (unsigned i = 0; i < 1000; i++)
        tell(l, 600, 0, 0, 0);
    assert_int_equal(mtu_of(l, 0), DP_OUTER_MTU_UNPROVEN);
}

static void test_an_mtu_is_not_raised_by_being_told(void **state)
{
    struct lab *l = *state;

    send_packets(l, 0, 1);
    tell(l, 1300, LAB_SPI_OUT, 1, 8);
    tell(l, 1350, LAB_SPI_OUT, 1, 8);
    tell(l, 1450, 0, 0, 0);
    assert_int_equal(mtu_of(l, 0), 1300);
    tell(l, 100, LAB_SPI_OUT, 1, 8);
    assert_int_equal(mtu_of(l, 0), DP_OUTER_MTU_MIN);
    l->w->now_us += DP_PMTU_LIFETIME_US - 1;
    assert_int_equal(mtu_of(l, 0), DP_OUTER_MTU_MIN);
    l->w->now_us += 1;
    assert_int_equal(mtu_of(l, 0), UNKNOWN);
    tell(l, 1350, LAB_SPI_OUT, 1, 8);
    assert_int_equal(mtu_of(l, 0), 1350);
}

static void test_our_own_interface_is_believed(void **state)
{
    struct lab *l = *state;

    dp_pmtu_take(l->w, &l->tunnel[0].remote.endpoint.addr, 1200, true, NULL, 0);
    assert_int_equal(mtu_of(l, 0), 1200);
    assert_int_equal(mtu_of(l, 1), 1200);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, lab_up, lab_down)
    const struct CMUnitTest tests[] = {
        T(test_only_what_quotes_our_packet_is_believed),
        T(test_a_quote_is_of_the_path_it_was_sent_on),
        T(test_two_peers_with_one_spi),
        T(test_an_old_number_proves_nothing),
        T(test_a_short_quote_lowers_to_a_bound),
        T(test_an_mtu_is_not_raised_by_being_told),
        T(test_our_own_interface_is_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
