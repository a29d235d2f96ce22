/* Everything a hostile datagram may try with the message parser. */
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

/* Payloads (type of the first, and the bytes), and what the parser says to them. */
static const struct {
    uint8_t type;
    const char *bytes;
    enum ike_fault fault;
    uint8_t culprit;
} payloads[] = {
    /* the generic header */
    {IKE_PAYLOAD_VENDOR, "", IKE_FAULT_SYNTAX, IKE_PAYLOAD_VENDOR},
    {IKE_PAYLOAD_VENDOR, "00 00 00", IKE_FAULT_SYNTAX, IKE_PAYLOAD_VENDOR},
    {IKE_PAYLOAD_VENDOR, "00 00 0000", IKE_FAULT_SYNTAX, IKE_PAYLOAD_VENDOR},
    {IKE_PAYLOAD_VENDOR, "00 00 0003", IKE_FAULT_SYNTAX, IKE_PAYLOAD_VENDOR},
    {IKE_PAYLOAD_VENDOR, "00 00 0005", IKE_FAULT_SYNTAX, IKE_PAYLOAD_VENDOR},
    {IKE_PAYLOAD_VENDOR, "00 00 ffff", IKE_FAULT_SYNTAX, IKE_PAYLOAD_VENDOR},
    {IKE_PAYLOAD_VENDOR, "00 00 0004 00", IKE_FAULT_SYNTAX, 0}, /* bytes after the last */
    {0, "00", IKE_FAULT_SYNTAX, 0},
    {IKE_PAYLOAD_VENDOR, "2b 00 0004", IKE_FAULT_SYNTAX, IKE_PAYLOAD_VENDOR},
    /* unknown payloads */
    {200, "00 00 0004", IKE_FAULT_NONE, 0},
    {200, "00 7f 0004", IKE_FAULT_NONE, 0}, /* only the top bit is "critical" */
    {200, "00 80 0004", IKE_FAULT_CRITICAL, 200},
    {1, "00 80 0004", IKE_FAULT_CRITICAL, 1}, /* IKEv1's SA means nothing here */
    {49, "c8 00 0004 2b 00 0006 ffff 00 80 0004", IKE_FAULT_NONE, 0},
    {49, "c8 00 0004 00 80 0006 ffff", IKE_FAULT_CRITICAL, 200},
    {IKE_PAYLOAD_VENDOR, "00 80 0004", IKE_FAULT_NONE, 0}, /* known: the bit is ignored */
    /* KE, nonce, identities, AUTH */
    {IKE_PAYLOAD_KE, "00 00 0009 000e 0000 01", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_KE, "00 00 0008 000e 0000", IKE_FAULT_SYNTAX, IKE_PAYLOAD_KE},
    {IKE_PAYLOAD_KE, "22 00 0009 000e 0000 01 00 00 0009 000e 0000 01", IKE_FAULT_REPEATED,
     IKE_PAYLOAD_KE},
    {IKE_PAYLOAD_NONCE, "00 00 0014 00112233445566778899aabbccddeeff", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_NONCE, "00 00 0013 112233445566778899aabbccddeeff", IKE_FAULT_SYNTAX,
     IKE_PAYLOAD_NONCE},
    {IKE_PAYLOAD_IDI, "00 00 000c 01 000000 0a000001", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_IDI, "00 00 000b 01 000000 0a0000", IKE_FAULT_SYNTAX, IKE_PAYLOAD_IDI},
    {IKE_PAYLOAD_IDR, "00 00 000c 05 000000 0a000001", IKE_FAULT_SYNTAX, IKE_PAYLOAD_IDR},
    {IKE_PAYLOAD_IDR, "00 00 0007 02 0000", IKE_FAULT_SYNTAX, IKE_PAYLOAD_IDR},
    {IKE_PAYLOAD_AUTH, "00 00 0007 02 0000", IKE_FAULT_SYNTAX, IKE_PAYLOAD_AUTH},
    /* Notify: SPI sizes */
    {IKE_PAYLOAD_NOTIFY, "00 00 0008 00 00 4000", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_NOTIFY, "00 00 000c 03 04 4009 00000001", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_NOTIFY, "00 00 000b 03 04 4009 000001", IKE_FAULT_SYNTAX, IKE_PAYLOAD_NOTIFY},
    {IKE_PAYLOAD_NOTIFY, "00 00 0011 03 09 4009 000000000000000001", IKE_FAULT_SYNTAX,
     IKE_PAYLOAD_NOTIFY},
    {IKE_PAYLOAD_NOTIFY, "00 00 0008 00 ff 4000", IKE_FAULT_SYNTAX, IKE_PAYLOAD_NOTIFY},
    /* Delete: count and size must agree with what is there */
    {IKE_PAYLOAD_DELETE, "00 00 0008 01 00 0000", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_DELETE, "00 00 0008 01 00 ffff", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_DELETE, "00 00 000c 03 04 0001 00000001", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_DELETE, "00 00 000c 03 04 0002 00000001", IKE_FAULT_SYNTAX, IKE_PAYLOAD_DELETE},
    {IKE_PAYLOAD_DELETE, "00 00 000c 03 04 0000 00000001", IKE_FAULT_SYNTAX, IKE_PAYLOAD_DELETE},
    {IKE_PAYLOAD_DELETE, "00 00 0009 03 ff 0001 00", IKE_FAULT_SYNTAX, IKE_PAYLOAD_DELETE},
    /* traffic selectors */
    {IKE_PAYLOAD_TSI, "00 00 0018 01 000000 07 00 0010 0000 ffff 0a000000 0a0000ff", IKE_FAULT_NONE,
     0},
    {IKE_PAYLOAD_TSI, "00 00 0018 02 000000 07 00 0010 0000 ffff 0a000000 0a0000ff",
     IKE_FAULT_SYNTAX, IKE_PAYLOAD_TSI},
    {IKE_PAYLOAD_TSI, "00 00 0018 00 000000 07 00 0010 0000 ffff 0a000000 0a0000ff",
     IKE_FAULT_SYNTAX, IKE_PAYLOAD_TSI},
    {IKE_PAYLOAD_TSI, "00 00 0018 01 000000 07 00 0010 0000 ffff 0a0000ff 0a000000",
     IKE_FAULT_SYNTAX, IKE_PAYLOAD_TSI}, /* backwards */
    {IKE_PAYLOAD_TSI, "00 00 0018 01 000000 07 00 0010 0002 0001 0a000000 0a0000ff",
     IKE_FAULT_SYNTAX, IKE_PAYLOAD_TSI},
    {IKE_PAYLOAD_TSI, "00 00 0018 01 000000 08 00 0010 0000 ffff 0a000000 0a0000ff",
     IKE_FAULT_SYNTAX, IKE_PAYLOAD_TSI}, /* IPv6, too short */
    {IKE_PAYLOAD_TSR, "00 00 000c 01 000000 07 00 0003", IKE_FAULT_SYNTAX, IKE_PAYLOAD_TSR},
    {IKE_PAYLOAD_TSR, "00 00 000c 01 000000 09 00 0004", IKE_FAULT_NONE, 0}, /* unknown type */
    {IKE_PAYLOAD_TSR, "00 00 0008 00 000000", IKE_FAULT_NONE, 0},
    /* Encrypted: only as the last */
    {IKE_PAYLOAD_SK, "29 00 0006 ffff", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_SK, "29 00 0006 ffff 00", IKE_FAULT_SYNTAX, IKE_PAYLOAD_SK},
    {IKE_PAYLOAD_SKF, "29 00 000a 0001 0002 ffff", IKE_FAULT_NONE, 0},
    {IKE_PAYLOAD_SKF, "29 00 000a 0000 0002 ffff", IKE_FAULT_SYNTAX, IKE_PAYLOAD_SKF},
    {IKE_PAYLOAD_SKF, "29 00 000a 0003 0002 ffff", IKE_FAULT_SYNTAX, IKE_PAYLOAD_SKF},
    {IKE_PAYLOAD_SKF, "29 00 0007 0001 00", IKE_FAULT_SYNTAX, IKE_PAYLOAD_SKF},
};

static void test_bad_payloads(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(payloads); i++) {
        uint8_t buf[256];
        size_t n = datagram(buf, sizeof(buf), payloads[i].type, IKE_EXCHANGE_INFORMATIONAL,
                            payloads[i].bytes);
        struct ike_problem problem = {0};
        struct ike_message m;
        int r = ike_message_parse(buf, n, &m, &problem);

        if (problem.fault != payloads[i].fault || problem.payload != payloads[i].culprit)
            fail_msg("row %zu: \"%s\": payload %u %s", i, payloads[i].bytes, problem.payload,
                     words_code_name(ike_fault_code(problem.fault)));
        assert_int_equal(r == 0, payloads[i].fault == IKE_FAULT_NONE);
        assert_true(m.hdr.spi_i == SPI_I);
    }
}

static void test_bad_sa_payloads(void **state)
{
    static const struct {
        const char *body; /* after the generic header */
        bool good;
    } v[] = {
        {"00 00 0014 01 01 00 01  00 00 000c 01 00 000c 800e 0080", true},
        {"00 00 0008 01 01 00 00", true}, /* no transforms: nothing to choose, but it parses */
        {"", true},                       /* nothing offered: nothing to choose */
        {"00 00 0007 01 01 00 00", false},
        {"00 00 0000 01 01 00 00", false},
        {"00 00 0009 01 01 00 00", false},
        {"01 00 0008 01 01 00 00", false}, /* neither last nor more */
        {"02 00 0008 01 01 00 00", false}, /* more, but there is none */
        {"00 00 0008 01 01 00 00 00", false},
        {"00 00 0008 01 01 00 00 00 00 0008 02 01 00 00", false}, /* one after the last */
        {"02 00 0008 01 01 00 00 00 00 0008 02 01 00 00", true},
        {"00 00 0008 01 01 04 00", false}, /* the SPI is missing */
        {"00 00 0011 01 01 09 00 000000000000000000", false},
        {"00 00 0010 01 01 08 00 0000000000000000", true},
        {"00 00 0010 01 01 00 02  00 00 0008 01 00 000c", false}, /* says two, has one */
        {"00 00 0010 01 01 00 01  03 00 0008 01 00 000c", false}, /* last says more */
        {"00 00 0018 01 01 00 02  00 00 0008 01 00 000c 00 00 0008 02 00 0005", false},
        {"00 00 0018 01 01 00 02  03 00 0008 01 00 000c 00 00 0008 02 00 0005", true},
        {"00 00 0018 01 01 00 01  00 00 0008 01 00 000c 00 00 0008 02 00 0005", false},
        {"00 00 0010 01 01 00 01  00 00 0007 01 00 000c", false},
        {"00 00 0010 01 01 00 01  00 00 0000 01 00 000c", false},
        {"00 00 0012 01 01 00 01  00 00 000a 01 00 000c 800e", false}, /* half an attribute */
        {"00 00 0014 01 01 00 01  00 00 000c 01 00 000c 000e 0001", false},
        {"00 00 0015 01 01 00 01  00 00 000d 01 00 000c 0011 0001 ff", true}, /* long form */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        uint8_t body[128], buf[256];
        size_t body_n = hex_read(v[i].body, body, sizeof(body));
        struct ike_problem problem = {0};
        struct ike_message m;
        struct wire_writer w;
        size_t n;

        (void)datagram(buf, sizeof(buf), IKE_PAYLOAD_SA, IKE_EXCHANGE_SA_INIT, "");
        w = wire_writer_make(buf + IKE_HEADER_LEN, sizeof(buf) - IKE_HEADER_LEN);
        wire_put_be16(&w, 0);
        wire_put_be16(&w, (uint16_t)(4 + body_n));
        wire_put_bytes(&w, body, body_n);
        n = IKE_HEADER_LEN + wire_written(&w);
        wire_store_be32(buf + 24, (uint32_t)n);
        if ((ike_message_parse(buf, n, &m, &problem) == 0) != v[i].good)
            fail_msg("row %zu: \"%s\"", i, v[i].body);
        if (!v[i].good) {
            assert_int_equal(problem.fault, IKE_FAULT_SYNTAX);
            assert_int_equal(problem.payload, IKE_PAYLOAD_SA);
        }
    }
}

/* Fills buf with n copies of one payload; returns the length of the datagram. */
static size_t many(uint8_t *buf, uint8_t type, const char *payload, size_t n)
{
    uint8_t one[64];
    size_t len = hex_read(payload, one, sizeof(one)), pos = IKE_HEADER_LEN;

    (void)datagram(buf, 16384, type, IKE_EXCHANGE_INFORMATIONAL, "");
    for (size_t i = 0; i < n; i++, pos += len) {
        memcpy(buf + pos, one, len);
        buf[pos] = i + 1 < n ? type : 0;
    }
    wire_store_be32(buf + 24, (uint32_t)pos);
    return pos;
}

/* More than there is room for is no fault: it is left out. */
static void test_limits(void **state)
{
    static const struct {
        uint8_t type;
        const char *payload;
    } v[] = {
        {IKE_PAYLOAD_NOTIFY, "00 00 0008 00 00 4000"},
        {IKE_PAYLOAD_DELETE, "00 00 000c 03 04 0001 00000007"},
        {IKE_PAYLOAD_CERT, "00 00 0005 04"},
        {IKE_PAYLOAD_CERTREQ, "00 00 0005 04"},
        {IKE_PAYLOAD_CP, "00 00 0008 01 00 0000"},
        {IKE_PAYLOAD_VENDOR, "00 00 0005 04"},
        {250, "00 00 0005 04"},
    };
    static uint8_t buf[16384];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        struct ike_problem problem = {0};
        static struct ike_message m;

        assert_int_equal(ike_message_parse(buf, many(buf, v[i].type, v[i].payload, 1000), &m, NULL),
                         0);
        assert_int_equal(problem.fault, IKE_FAULT_NONE);
        assert_true(m.n_notifies < 1000 && m.n_deletes < 1000);
    }
}

/* What decides over the whole message is never left out. */
static void test_limits_keep_what_matters(void **state)
{
    static uint8_t buf[16384];
    static struct ike_message m;
    size_t n = many(buf, IKE_PAYLOAD_NOTIFY, "00 00 0008 00 00 4000", 1000);

    (void)state;
    wire_store_be16(buf + n - 2, IKE_NOTIFY_TEMPORARY_FAILURE);
    assert_int_equal(ike_message_parse(buf, n, &m, NULL), 0);
    assert_int_equal(m.n_notifies, IKE_NOTIFIES_MAX);
    assert_non_null(ike_message_error(&m));

    n = many(buf, IKE_PAYLOAD_DELETE, "00 00 0008 03 04 0000", 1000);
    buf[n - 4] = IKE_PROTOCOL_IKE;
    buf[n - 3] = 0;
    assert_int_equal(ike_message_parse(buf, n, &m, NULL), 0);
    assert_int_equal(m.n_deletes, IKE_DELETES_MAX);
    assert_int_equal(m.deletes[IKE_DELETES_MAX - 1].protocol, IKE_PROTOCOL_IKE);
}

/* n proposals of k transforms each, numbered from 1; returns the length of the datagram. */
static size_t offers(uint8_t *buf, size_t cap, size_t n, size_t k)
{
    struct wire_writer w = wire_writer_make(buf + IKE_HEADER_LEN, cap - IKE_HEADER_LEN);

    (void)datagram(buf, cap, IKE_PAYLOAD_SA, IKE_EXCHANGE_SA_INIT, "");
    wire_put_be32(&w, (uint32_t)(4 + n * (8 + 8 * k)));
    for (size_t i = 0; i < n; i++) {
        wire_put_be16(&w, i + 1 < n ? 0x200 : 0);
        wire_put_be16(&w, (uint16_t)(8 + 8 * k));
        wire_put_u8(&w, (uint8_t)(i + 1));
        wire_put_u8(&w, IKE_PROTOCOL_IKE);
        wire_put_u8(&w, 0);
        wire_put_u8(&w, (uint8_t)k);
        for (size_t j = 0; j < k; j++) {
            wire_put_be16(&w, j + 1 < k ? 0x300 : 0);
            wire_put_be16(&w, 8);
            wire_put_be16(&w, IKE_TRANSFORM_ENCR << 8);
            wire_put_be16(&w, (uint16_t)(1000 * i + j));
        }
    }
    wire_store_be32(buf + 24, (uint32_t)(IKE_HEADER_LEN + wire_written(&w)));
    return IKE_HEADER_LEN + wire_written(&w);
}

static void test_many_proposals(void **state)
{
    static const struct {
        size_t n, k, kept;
    } v[] = {{17, 5, 17}, {1, 255, 1}, {255, 10, 255}, {300, 4, 255}, {30, 250, 16}, {800, 0, 255}};
    static uint8_t buf[IKE_MESSAGE_MAX];
    static struct ike_message m;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        const struct ike_proposal *last = &m.proposals[v[i].kept - 1];

        assert_int_equal(ike_message_parse(buf, offers(buf, sizeof(buf), v[i].n, v[i].k), &m, NULL),
                         0);
        assert_int_equal(m.n_proposals, v[i].kept);
        assert_int_equal(last->n_transforms, v[i].k);
        for (size_t j = 0; j < v[i].k; j++)
            assert_int_equal(last->transforms[j].id, (uint16_t)(1000 * (v[i].kept - 1) + j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_payloads),   cmocka_unit_test(test_bad_sa_payloads),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_limits_keep_what_matters),
        cmocka_unit_test(test_many_proposals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
