/* The message codec: known bytes, round trips, what the builder refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ike_message.h"
#include "wire.h"

#include "../hex.h"

#define SPI_I UINT64_C(0x0102030405060708)
#define SPI_R UINT64_C(0xa1a2a3a4a5a6a7a8)

static const uint8_t nonce[32] = {7};

/* A datagram from hex payloads behind a header with the right length. */
static size_t datagram(uint8_t *buf, size_t cap, uint8_t next, uint8_t exchange,
                       const char *payloads)
{
    struct wire_writer w = wire_writer_make(buf, cap);
    size_t n;

    wire_put_be64(&w, SPI_I);
    wire_put_be64(&w, SPI_R);
    wire_put_u8(&w, next);
    wire_put_u8(&w, 0x20);
    wire_put_u8(&w, exchange);
    wire_put_u8(&w, IKE_FLAG_INITIATOR);
    wire_put_be32(&w, 5);
    n = hex_read(payloads, buf + IKE_HEADER_LEN, cap - IKE_HEADER_LEN);
    wire_put_be32(&w, (uint32_t)(IKE_HEADER_LEN + n));
    return IKE_HEADER_LEN + n;
}

static void test_header(void **state)
{
    static const struct {
        const char *bytes;
        int r;
        enum ike_fault fault;
    } v[] = {
        {"0102030405060708 a1a2a3a4a5a6a7a8 00 20 25 28 00000005 0000001c", 0, IKE_FAULT_NONE},
        {"0102030405060708 a1a2a3a4a5a6a7a8 00 2f 25 28 00000005 0000001c", 0, IKE_FAULT_NONE},
        {"0102030405060708 a1a2a3a4a5a6a7a8 00 20 25 28 00000005 0000001b", -EBADMSG,
         IKE_FAULT_NOT_IKE},
        {"0102030405060708 a1a2a3a4a5a6a7a8 00 20 25 28 00000005 0000001d", -EBADMSG,
         IKE_FAULT_NOT_IKE},
        {"0102030405060708 a1a2a3a4a5a6a7a8 00 20 25 28 00000005 0000001c ff", -EBADMSG,
         IKE_FAULT_NOT_IKE},
        {"0102030405060708 a1a2a3a4a5a6a7a8 00 20 25 28 00000005 000000", -EBADMSG,
         IKE_FAULT_NOT_IKE},
        {"", -EBADMSG, IKE_FAULT_NOT_IKE},
        {"0102030405060708 a1a2a3a4a5a6a7a8 00 00 25 28 00000005 0000001c", -EBADMSG,
         IKE_FAULT_NOT_IKE},
        {"0102030405060708 0000000000000000 01 10 02 00 00000000 0000001c", -EPROTONOSUPPORT,
         IKE_FAULT_VERSION_1},
        {"0102030405060708 a1a2a3a4a5a6a7a8 00 30 25 28 00000005 0000001c", -EPROTONOSUPPORT,
         IKE_FAULT_VERSION},
        {"0102030405060708 a1a2a3a4a5a6a7a8 00 f0 25 28 00000005 0000001c", -EPROTONOSUPPORT,
         IKE_FAULT_VERSION},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        uint8_t data[64];
        size_t n = hex_read(v[i].bytes, data, sizeof(data));
        struct ike_problem problem = {0};
        struct ike_message m;
        struct ike_header h = {0};

        assert_int_equal(ike_header_parse(data, n, &h, &problem), v[i].r);
        assert_int_equal(problem.fault, v[i].fault);
        assert_int_equal(ike_message_parse(data, n, &m, NULL), v[i].r);
        if (v[i].fault == IKE_FAULT_NOT_IKE)
            continue;
        assert_true(h.spi_i == SPI_I && m.hdr.spi_i == SPI_I); /* enough to answer with */
        if (v[i].r == 0) {
            assert_true(h.spi_r == SPI_R);
            assert_int_equal(h.exchange, IKE_EXCHANGE_INFORMATIONAL);
            assert_int_equal(h.flags, IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE);
            assert_int_equal(h.message_id, 5);
            assert_int_equal(m.present, 0);
            assert_true(ike_message_is_response(&m));
        }
    }
}

/* IKE_SA_INIT as its RFC draws it, byte for byte. */
static void test_sa_init_bytes(void **state)
{
    static const char want[] =
        "0102030405060708 0000000000000000 29 20 22 08 00000000 000000b0"
        /* N(COOKIE) stands first, whenever it was added */
        "21 00 000c 00 00 4006 c0ffee00"
        /* SA: one proposal: AES-GCM-128, PRF SHA-256, group 31 */
        "22 00 0028 00 00 0024 01 01 00 03"
        "03 00 000c 01 00 0014 800e0080"
        "03 00 0008 02 00 0005"
        "00 00 0008 04 00 001f"
        /* KE */
        "28 00 0028 001f 0000 0909090909090909090909090909090909090909090909090909090909090909"
        /* Nonce */
        "29 00 0024 0700000000000000000000000000000000000000000000000000000000000000"
        /* N(IKEV2_FRAGMENTATION_SUPPORTED), V */
        "2b 00 0008 00 00 402e"
        "00 00 000c 526f706577617921";
    uint8_t ke[32], buf[512], again[512], cookie[4] = {0xc0, 0xff, 0xee, 0x00};
    struct ike_message m, parsed;
    struct ike_proposal *p;
    size_t n, again_n;

    (void)state;
    memset(ke, 9, sizeof(ke));
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, SPI_I, 0, 0);
    assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, NULL, 0));
    p = ike_message_add_proposal(&m, IKE_PROTOCOL_IKE, 0, 0);
    assert_non_null(p);
    assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_ENCR, CRYPTO_ENCR_AES_GCM_16, 128), 0);
    assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_PRF, CRYPTO_PRF_SHA2_256, 0), 0);
    assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_DH, CRYPTO_DH_CURVE25519, 0), 0);
    m.ke = (struct ike_ke){.group = 31, .data = crypto_span(ke, sizeof(ke))};
    ike_message_mark(&m, IKE_PAYLOAD_KE);
    m.nonce = crypto_span(nonce, sizeof(nonce));
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    assert_int_equal(ike_message_add_vendor(&m, "Ropeway!", 8), 0);
    assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_COOKIE, cookie, sizeof(cookie)));

    assert_int_equal(ike_message_build(&m, buf, sizeof(buf), &n), 0);
    assert_hex(buf, n, want);
    for (size_t cap = 0; cap < n; cap++)
        assert_int_equal(ike_message_build(&m, again, cap, &again_n), -ENOBUFS);
    assert_int_equal(ike_message_build(&m, again, n, &again_n), 0);

    assert_int_equal(ike_message_parse(buf, n, &parsed, NULL), 0);
    assert_int_equal(parsed.n_proposals, 1);
    assert_int_equal(parsed.proposals[0].n_transforms, 3);
    assert_int_equal(parsed.proposals[0].transforms[0].id, CRYPTO_ENCR_AES_GCM_16);
    assert_int_equal(parsed.proposals[0].transforms[0].key_bits, 128);
    assert_int_equal(parsed.proposals[0].transforms[2].type, IKE_TRANSFORM_DH);
    assert_int_equal(parsed.ke.group, 31);
    assert_memory_equal(parsed.ke.data.data, ke, sizeof(ke));
    assert_int_equal(parsed.nonce.len, 32);
    assert_non_null(ike_message_notify(&parsed, IKE_NOTIFY_COOKIE));
    assert_null(ike_message_notify(&parsed, IKE_NOTIFY_REKEY_SA));
    assert_null(ike_message_error(&parsed));
    assert_int_equal(parsed.n_vendors, 1);
    assert_int_equal(parsed.present_clear, parsed.present);
    assert_int_equal(ike_message_build(&parsed, again, sizeof(again), &again_n), 0);
    assert_int_equal(again_n, n);
    assert_memory_equal(again, buf, n);

    for (size_t cut = 0; cut < n; cut++) { /* no prefix of it is a message */
        wire_store_be32(buf + 24, (uint32_t)cut);
        assert_int_not_equal(ike_message_parse(buf, cut, &parsed, NULL), 0);
    }
}

/* Everything IKE_AUTH, CREATE_CHILD_SA and INFORMATIONAL carry, there and back. */
static void test_round_trip_of_the_rest(void **state)
{
    uint8_t buf[1024], again[1024], spis[8] = {0, 0, 1, 1, 0, 0, 2, 2}, first, first_again;
    struct ike_message m, parsed;
    struct ike_proposal *p;
    struct ike_notify *notify;
    struct prefix net;
    size_t n, again_n;

    (void)state;
    ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, IKE_FLAG_RESPONSE, SPI_I, SPI_R, 9);
    m.idi = (struct ike_id){.type = IKE_ID_FQDN, .data = crypto_span("a.example", 9)};
    m.idr = (struct ike_id){.type = IKE_ID_IPV4, .data = crypto_span("\xc0\x00\x02\x01", 4)};
    m.auth = (struct ike_auth){.method = IKE_AUTH_PSK, .data = crypto_span(nonce, 32)};
    m.nonce = crypto_span(nonce, 16);
    ike_message_mark(&m, IKE_PAYLOAD_IDI);
    ike_message_mark(&m, IKE_PAYLOAD_IDR);
    ike_message_mark(&m, IKE_PAYLOAD_AUTH);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    ike_message_mark(&m, IKE_PAYLOAD_TSI);
    ike_message_mark(&m, IKE_PAYLOAD_TSR);
    p = ike_message_add_proposal(&m, IKE_PROTOCOL_ESP, 4, 0xc0ffee01);
    assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_ENCR, 28, 0), 0);
    p = ike_message_add_proposal(&m, IKE_PROTOCOL_IKE, 8, SPI_R);
    assert_int_equal(p->number, 2);
    assert_int_equal(prefix_parse("10.1.0.0/16", &net), 0);
    assert_int_equal(ike_ts_add_prefix(&m.tsi, &net), 0);
    assert_int_equal(prefix_parse("2001:db8::/32", &net), 0);
    assert_int_equal(ike_ts_add_prefix(&m.tsr, &net), 0);
    m.tsi.ts[0].protocol = 6;
    m.tsi.ts[0].start_port = 65535;
    m.tsi.ts[0].end_port = 0; /* OPAQUE */
    notify = ike_message_add_notify(&m, IKE_NOTIFY_REKEY_SA, NULL, 0);
    notify->protocol = IKE_PROTOCOL_ESP;
    notify->spi_len = 4;
    notify->spi = 0xdeadbeef;
    assert_int_equal(ike_message_add_delete(&m, IKE_PROTOCOL_ESP, spis, 2), 0);
    assert_int_equal(ike_message_add_delete(&m, IKE_PROTOCOL_IKE, NULL, 0), 0);
    m.opaques[m.n_opaques++] =
        (struct ike_opaque){.type = IKE_PAYLOAD_CERTREQ, .body = crypto_span("\4abcd", 5)};
    ike_message_mark(&m, IKE_PAYLOAD_CERTREQ);

    assert_int_equal(ike_message_build_inner(&m, buf, sizeof(buf), &first, &n), 0);
    assert_int_equal(first, IKE_PAYLOAD_NOTIFY); /* REKEY_SA */
    ike_message_init(&parsed, IKE_EXCHANGE_CREATE_CHILD_SA, IKE_FLAG_RESPONSE, SPI_I, SPI_R, 9);
    assert_int_equal(ike_message_parse_inner(&parsed, first, crypto_span(buf, n), NULL), 0);
    assert_int_equal(parsed.present, m.present);
    assert_int_equal(parsed.present_clear, 0);
    assert_true(ike_id_equal(&parsed.idi, &m.idi) && ike_id_equal(&parsed.idr, &m.idr));
    assert_int_equal(parsed.auth.method, IKE_AUTH_PSK);
    assert_int_equal(parsed.proposals[0].spi, 0xc0ffee01);
    assert_true(parsed.proposals[1].spi == SPI_R);
    assert_int_equal(parsed.proposals[1].n_transforms, 0);
    assert_true(addr_equal(&parsed.tsi.ts[0].start, &m.tsi.ts[0].start));
    assert_true(addr_equal(&parsed.tsr.ts[0].end, &m.tsr.ts[0].end));
    assert_int_equal(parsed.tsi.ts[0].protocol, 6);
    assert_int_equal(parsed.tsr.ts[0].end_port, 65535);
    assert_int_equal(ike_message_notify(&parsed, IKE_NOTIFY_REKEY_SA)->spi, 0xdeadbeef);
    assert_int_equal(parsed.n_deletes, 2);
    assert_int_equal(ike_delete_spi(&parsed.deletes[0], 0), 0x101);
    assert_int_equal(ike_delete_spi(&parsed.deletes[0], 1), 0x202);
    assert_int_equal(ike_delete_spi(&parsed.deletes[0], 2), 0); /* beyond the end: nothing */
    assert_int_equal(parsed.deletes[1].protocol, IKE_PROTOCOL_IKE);
    assert_int_equal(parsed.deletes[1].count, 0);
    assert_int_equal(parsed.opaques[0].body.len, 5);
    assert_int_equal(ike_message_build_inner(&parsed, again, sizeof(again), &first_again, &again_n),
                     0);
    assert_int_equal(again_n, n);
    assert_memory_equal(again, buf, n);
}

/* 3.3.6: a transform with an attribute we do not know is marked, and stays marked when rebuilt. */
static void test_attributes(void **state)
{
    static const struct {
        const char *attrs;
        uint16_t key_bits, other;
    } v[] = {
        {"800e 0100", 256, 0},
        {"800e 0000", 0, 0x800e},             /* no key length is no key length */
        {"800e 0080 800e 0100", 128, 0x800e}, /* two of them */
        {"8012 0001", 0, 0x8012},
        {"800e 0080 0013 0002 abcd", 128, 0x8013},
        {"000e 0002 0080", 0, 0x800e}, /* Key Length never comes in the long form */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        uint8_t attrs[32], buf[128], again[128];
        size_t attrs_n = hex_read(v[i].attrs, attrs, sizeof(attrs)), n;
        struct wire_writer w = wire_writer_make(buf, sizeof(buf));
        struct ike_message m, parsed;

        wire_put_be16(&w, 0);
        wire_put_be16(&w, (uint16_t)(20 + attrs_n));
        wire_put_be16(&w, 0);
        wire_put_be16(&w, (uint16_t)(16 + attrs_n));
        wire_put_be32(&w, 0x01010001);
        wire_put_be16(&w, 0);
        wire_put_be16(&w, (uint16_t)(8 + attrs_n));
        wire_put_be32(&w, 0x0100000c);
        wire_put_bytes(&w, attrs, attrs_n);
        ike_message_init(&m, IKE_EXCHANGE_SA_INIT, 0, 1, 0, 0);
        assert_int_equal(
            ike_message_parse_inner(&m, IKE_PAYLOAD_SA, crypto_span(buf, wire_written(&w)), NULL),
            0);
        assert_int_equal(m.proposals[0].transforms[0].key_bits, v[i].key_bits);
        assert_int_equal(m.proposals[0].transforms[0].other_attr, v[i].other);
        assert_int_equal(ike_message_build(&m, again, sizeof(again), &n), 0);
        assert_int_equal(ike_message_parse(again, n, &parsed, NULL), 0);
        assert_int_equal(parsed.proposals[0].n_transforms, m.proposals[0].n_transforms);
        assert_memory_equal(parsed.transforms, m.transforms,
                            m.n_transforms * sizeof(m.transforms[0]));
    }
}

/* The adders say no when full, and the builder refuses what cannot be encoded. */
static void test_builder_limits(void **state)
{
    static uint8_t big[70000], out[70000];
    struct ike_message m;
    struct ike_proposal *p = NULL;
    struct prefix any = {.addr = {.family = ADDR_IPV4}};
    size_t n;

    (void)state;
    ike_message_init(&m, IKE_EXCHANGE_INFORMATIONAL, 0, 1, 2, 3);
    for (size_t i = 0; i < IKE_NOTIFIES_MAX; i++)
        assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_COOKIE, NULL, 0));
    assert_null(ike_message_add_notify(&m, IKE_NOTIFY_COOKIE, NULL, 0));
    for (size_t i = 0; i < IKE_PROPOSALS_MAX; i++)
        assert_non_null(p = ike_message_add_proposal(&m, IKE_PROTOCOL_ESP, 4, 1));
    assert_null(ike_message_add_proposal(&m, IKE_PROTOCOL_ESP, 4, 1));
    for (size_t i = 0; i < IKE_TRANSFORMS_MAX; i++)
        assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_DH, 14, 0), 0);
    assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_DH, 14, 0), -ENOSPC);
    for (size_t i = 0; i < IKE_TS_MAX; i++)
        assert_int_equal(ike_ts_add_prefix(&m.tsi, &any), 0);
    assert_int_equal(ike_ts_add_prefix(&m.tsi, &any), -ENOSPC);
    for (size_t i = 0; i < IKE_DELETES_MAX; i++)
        assert_int_equal(ike_message_add_delete(&m, IKE_PROTOCOL_IKE, NULL, 0), 0);
    assert_int_equal(ike_message_add_delete(&m, IKE_PROTOCOL_IKE, NULL, 0), -ENOSPC);
    for (size_t i = 0; i < IKE_VENDORS_MAX; i++)
        assert_int_equal(ike_message_add_vendor(&m, "x", 1), 0);
    assert_int_equal(ike_message_add_vendor(&m, "x", 1), -ENOSPC);
    ike_message_mark(&m, IKE_PAYLOAD_TSI);
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), 0);

    ike_message_init(&m, IKE_EXCHANGE_INFORMATIONAL, 0, 1, 2, 3);
    assert_int_equal(ike_message_add_delete(&m, IKE_PROTOCOL_IKE, big, 1), -EINVAL);
    assert_int_equal(ike_message_add_delete(&m, IKE_PROTOCOL_ESP, big, 0), -EINVAL);
    assert_int_equal(ike_message_add_vendor(&m, big, 65535 - 28 - 4), 0);
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), 0);
    assert_int_equal(n, IKE_MESSAGE_MAX);
    m.vendors[0].len++;
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), -ENOBUFS);

    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, 0, 1, 2, 3);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    m.nonce = crypto_span(big, IKE_NONCE_MIN - 1);
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), -EINVAL);
    m.nonce.len = IKE_NONCE_MAX + 1;
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), -EINVAL);
    m.nonce.len = IKE_NONCE_MAX;
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), 0);
}

static void test_encrypted_outside(void **state)
{
    uint8_t buf[128];
    size_t n = datagram(buf, sizeof(buf), IKE_PAYLOAD_SKF, IKE_EXCHANGE_AUTH,
                        "23 00 000c 0002 0007 aabbccdd");
    struct ike_message m, inner;

    (void)state;
    assert_int_equal(ike_message_parse(buf, n, &m, NULL), 0);
    assert_true(m.sk.is_fragment);
    assert_int_equal(m.sk.first, IKE_PAYLOAD_IDI);
    assert_int_equal(m.sk.fragment, 2);
    assert_int_equal(m.sk.fragment_total, 7);
    assert_hex(m.sk.body.data, m.sk.body.len, "aabbccdd");
    assert_true(m.present_clear == IKE_BIT(IKE_PAYLOAD_SKF));
    assert_false(m.was_protected);

    /* Never one inside the other. */
    ike_message_init(&inner, IKE_EXCHANGE_AUTH, 0, 1, 2, 3);
    assert_int_equal(ike_message_parse_inner(&inner, IKE_PAYLOAD_SK,
                                             crypto_span(buf + IKE_HEADER_LEN, 12), NULL),
                     -EBADMSG);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(ike_exchange_name(34), "IKE_SA_INIT");
    assert_string_equal(ike_exchange_name(2), "unknown");
    assert_string_equal(ike_payload_name(46), "SK");
    assert_string_equal(ike_payload_name(255), "unknown");
    assert_string_equal(ike_notify_name(14), "NO_PROPOSAL_CHOSEN");
    assert_string_equal(ike_notify_name(16393), "REKEY_SA");
    assert_string_equal(ike_notify_name(40000), "unknown");
    assert_string_equal(ike_protocol_name(3), "ESP");
    assert_string_equal(ike_transform_type_name(5), "ESN");
    assert_string_equal(ike_id_type_name(2), "FQDN");
    assert_int_equal(ike_auth_method_code(2), WORDS_IKE_METHOD_PSK);
    assert_int_equal(ike_auth_method_code(255), WORDS_IKE_METHOD_UNKNOWN);
    for (unsigned fault = IKE_FAULT_NOT_IKE; fault <= IKE_FAULT_UNEXPECTED; fault++) {
        for (unsigned other = IKE_FAULT_NOT_IKE; other < fault; other++)
            assert_int_not_equal(ike_fault_code((enum ike_fault)fault),
                                 ike_fault_code((enum ike_fault)other));
    }
    assert_int_equal(ike_fault_notify(IKE_FAULT_CRITICAL), IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
    assert_int_equal(ike_fault_notify(IKE_FAULT_VERSION), IKE_NOTIFY_INVALID_MAJOR_VERSION);
    assert_int_equal(ike_fault_notify(IKE_FAULT_SYNTAX), IKE_NOTIFY_INVALID_SYNTAX);
    assert_int_equal(ike_fault_notify(IKE_FAULT_INTEGRITY), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_sa_init_bytes),
        cmocka_unit_test(test_round_trip_of_the_rest),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_builder_limits),
        cmocka_unit_test(test_encrypted_outside),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
