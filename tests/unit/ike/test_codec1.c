/* The codec of IKEv1: what a message holds, what is refused, keys by known answers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ikev1_message.h"

static uint8_t wire[IKE1_MESSAGE_MAX];
static struct ike1_message m;

static size_t build_main_1(void)
{
    struct ike1_header hdr = {.spi_i = 0x0102030405060708, .exchange = IKE1_EXCHANGE_MAIN};
    struct ike1_builder b;
    size_t len;

    ike1_build_begin(&b, wire, sizeof(wire), &hdr);
    ike1_sa_begin(&b, IKE_PROTOCOL_IKE, 1, crypto_span(NULL, 0));
    for (uint8_t i = 1; i <= 2; i++) {
        ike1_transform_begin(&b, i, 1);
        ike1_put_attribute(&b, 1, 7);
        ike1_put_attribute(&b, 14, 128U * i);
        ike1_put_attribute(&b, 2, 4);
        ike1_put_attribute(&b, 3, 1);
        ike1_put_attribute(&b, 4, 14);
        ike1_put_attribute(&b, 11, 1);
        ike1_put_attribute(&b, 12, 86400); /* in four bytes */
        ike1_transform_end(&b);
    }
    ike1_sa_end(&b);
    ike1_put_vendors(&b, IKE1_VENDOR_ANY_NAT_T | IKE1_VENDOR_DPD);
    assert_int_equal(ike1_build_end(&b, &len), 0);
    return len;
}

static int parse(size_t len)
{
    struct ike1_header hdr;

    if (ike1_header_parse(wire, len, &hdr) < 0)
        return -EBADMSG;
    return ike1_payloads_parse(&hdr,
                               crypto_span(wire + IKE_HEADER_LEN, hdr.length - IKE_HEADER_LEN), &m);
}

static void test_built_and_parsed(void **state)
{
    (void)state;
    assert_int_equal(parse(build_main_1()), 0);
    assert_int_equal(m.n_proposals, 1);
    assert_int_equal(m.n_transforms, 2);
    assert_int_equal(m.transforms[1].number, 2);
    assert_int_equal(m.transforms[1].key_bits, 256);
    assert_int_equal(m.transforms[1].hash, 4);
    assert_int_equal(m.transforms[1].group, 14);
    assert_int_equal(m.transforms[1].life_s, 86400);
    assert_false(m.transforms[1].unknown);
    assert_int_equal(m.vendors, IKE1_VENDOR_ANY_NAT_T | IKE1_VENDOR_DPD);
}

/* Cut anywhere it is no message; of any byte changed nothing outside is read (the sanitizer). */
static void test_cut_and_changed(void **state)
{
    size_t len = build_main_1();

    (void)state;
    for (size_t i = 0; i < len; i++)
        assert_int_equal(parse(i), -EBADMSG);
    for (size_t i = IKE_HEADER_LEN; i < len; i++) {
        for (unsigned v = 0; v < 256; v += 51) {
            uint8_t was = wire[i];

            wire[i] = (uint8_t)v;
            (void)!parse(len);
            wire[i] = was;
        }
    }
}

static void test_ranges(void **state)
{
    static const struct {
        uint8_t type, len, data[8];
        const char *start, *end; /* NULL: none */
    } cases[] = {
        {1, 4, {10, 1, 2, 3}, "10.1.2.3", "10.1.2.3"},
        {4, 8, {10, 1, 0, 0, 255, 255, 0, 0}, "10.1.0.0", "10.1.255.255"},
        {4, 8, {10, 1, 2, 3, 255, 255, 0, 0}, "10.1.0.0", "10.1.255.255"},
        {4, 8, {0, 0, 0, 0, 0, 0, 0, 0}, "0.0.0.0", "255.255.255.255"},
        {4, 8, {10, 1, 0, 0, 255, 0, 255, 0}, NULL, NULL},
        {4, 7, {10, 1, 0, 0, 255, 0, 0}, NULL, NULL},
        {7, 8, {10, 1, 0, 5, 10, 1, 0, 9}, "10.1.0.5", "10.1.0.9"},
        {7, 8, {10, 1, 0, 9, 10, 1, 0, 5}, NULL, NULL},
        {2, 4, {'a', '.', 'b', 'c'}, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ike1_id id = {
            .id = {.type = cases[i].type, .data = crypto_span(cases[i].data, cases[i].len)}};
        struct ike_ts ts;
        char text[ADDR_TEXT_MAX];

        assert_int_equal(ike1_id_range(&id, &ts), cases[i].start ? 0 : -EPROTO);
        if (!cases[i].start)
            continue;
        assert_string_equal(addr_format(&ts.start, text), cases[i].start);
        assert_string_equal(addr_format(&ts.end, text), cases[i].end);
    }
}

static void test_prefix_and_back(void **state)
{
    static const char *const prefixes[] = {"0.0.0.0/0", "10.0.0.0/7", "10.1.2.0/23", "10.1.2.3/32",
                                           "::/0",      "fd00::/9",   "fd00::1/128"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        uint8_t body[IKE1_ID_PREFIX_MAX];
        struct prefix p;
        struct ike1_id id;
        struct ike_ts ts;
        struct addr last;
        size_t len;

        assert_int_equal(prefix_parse(prefixes[i], &p), 0);
        len = ike1_id_prefix(&p, body);
        id = (struct ike1_id){.id = {.type = body[0], .data = crypto_span(body + 4, len - 4)}};
        last = prefix_last(&p);
        assert_int_equal(ike1_id_range(&id, &ts), 0);
        assert_true(addr_equal(&ts.start, &p.addr) && addr_equal(&ts.end, &last));
    }
}

/* Lifetimes of any length of the attribute. */
static void test_lifetime(void **state)
{
    static const uint8_t basic[] = {0x80, 1, 0, 1, 0x80, 2, 0x0e, 0x10};
    static const uint8_t variable[] = {0x80, 1, 0, 2, 0, 2, 0, 3, 1, 0, 0};
    static const uint8_t huge[] = {0x80, 1, 0, 1, 0, 2, 0, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t cut[] = {0x80, 1, 0, 1, 0, 2, 0, 9, 1};
    uint64_t s, kb;

    (void)state;
    assert_int_equal(ike1_lifetime_parse(crypto_span(basic, sizeof(basic)), &s, &kb), 0);
    assert_true(s == 3600 && kb == 0);
    assert_int_equal(ike1_lifetime_parse(crypto_span(variable, sizeof(variable)), &s, &kb), 0);
    assert_true(s == 0 && kb == 65536);
    assert_int_equal(ike1_lifetime_parse(crypto_span(huge, sizeof(huge)), &s, &kb), 0);
    assert_true(s == UINT64_MAX);
    assert_int_equal(ike1_lifetime_parse(crypto_span(cut, sizeof(cut)), &s, &kb), -EBADMSG);
}

/* Against HMACs and hashes computed by themselves. A key of 32 bytes of a hash of 20 is expanded
 * (RFC 2409, appendix B). */
static void test_keys(void **state)
{
    struct ike_algs algs = {.encr = crypto_encr_by_name("aes256"),
                            .prf = crypto_prf_by_name("sha1"),
                            .dh = crypto_dh_find(CRYPTO_DH_MODP_1024)};
    struct ike1_secrets s = {.algs = &algs,
                             .spi_i = 1,
                             .spi_r = 2,
                             .nonce_i = crypto_span("initiator", 9),
                             .nonce_r = crypto_span("responder", 9),
                             .ke_i = crypto_span("ki", 2),
                             .ke_r = crypto_span("kr", 2),
                             .shared = crypto_span("shared", 6)};
    struct crypto_span psk = crypto_span("secret", 6), one;
    uint8_t skeyid[20], d[20], a[20], e[20], k[40], iv[IKE1_BLOCK], hash[20];
    uint8_t cookies[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2}, n = 0;
    struct crypto_span nonces[] = {s.nonce_i, s.nonce_r}, kes[] = {s.ke_i, s.ke_r};
    struct crypto_span parts[] = {crypto_span(NULL, 0), s.shared, crypto_span(cookies, 16),
                                  crypto_span(&n, 1)};
    struct ike1_keys keys;

    (void)state;
    assert_int_equal(crypto_prf(algs.prf, psk, nonces, 2, skeyid), 0);
    assert_int_equal(crypto_prf(algs.prf, crypto_span(skeyid, 20), parts, 4, d), 0);
    n = 1;
    parts[0] = crypto_span(d, 20);
    assert_int_equal(crypto_prf(algs.prf, crypto_span(skeyid, 20), parts, 4, a), 0);
    n = 2;
    parts[0] = crypto_span(a, 20);
    assert_int_equal(crypto_prf(algs.prf, crypto_span(skeyid, 20), parts, 4, e), 0);
    n = 0;
    one = crypto_span(&n, 1);
    assert_int_equal(crypto_prf(algs.prf, crypto_span(e, 20), &one, 1, k), 0);
    one = crypto_span(k, 20);
    assert_int_equal(crypto_prf(algs.prf, crypto_span(e, 20), &one, 1, k + 20), 0);
    assert_int_equal(ike1_derive(&s, psk, &keys), 0);
    assert_memory_equal(keys.skeyid, skeyid, 20);
    assert_memory_equal(keys.d, d, 20);
    assert_memory_equal(keys.a, a, 20);
    assert_memory_equal(keys.e, k, 32);
    assert_int_equal(ike1_phase1_iv(&s, iv), 0);
    assert_int_equal(crypto_sha1(kes, 2, hash), 0);
    assert_memory_equal(iv, hash, IKE1_BLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_and_parsed), cmocka_unit_test(test_cut_and_changed),
        cmocka_unit_test(test_ranges),           cmocka_unit_test(test_prefix_and_back),
        cmocka_unit_test(test_lifetime),         cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
