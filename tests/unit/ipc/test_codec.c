#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "ipc_samples.h"

static uint8_t payload[4096];
static uint8_t record[IPC_MSG_MAX], again[IPC_MSG_MAX];
static struct ipc_msg sent, got;

static size_t encoded(const struct ipc_msg *msg)
{
    size_t len = 0;

    assert_int_equal(ipc_encode(msg, record, sizeof(record), &len), 0);
    return len;
}

/* Decodes bytes that lie in an allocation of exactly their size. */
static int decode_exact(const uint8_t *bytes, size_t len)
{
    uint8_t *exact = malloc(len ? len : 1);
    int r;

    assert_non_null(exact);
    memcpy(exact, bytes, len);
    r = ipc_decode(exact, len, &got);
    free(exact);
    return r;
}

static void test_every_message_survives_the_way(void **state)
{
    (void)state;
    for (unsigned type = 0; type < IPC_TYPES; type++) {
        for (unsigned part = 0; part <= 4; part++) {
            size_t len, len2;

            ipc_sample_fill(&sent, (enum ipc_type)type, part, payload, part * 1000);
            len = encoded(&sent);
            assert_true(len <= IPC_MSG_MAX);
            memset(&got, 0xee, sizeof(got));
            assert_int_equal(ipc_decode(record, len, &got), 0);
            assert_int_equal(got.type, type);
            assert_int_equal(ipc_encode(&got, again, sizeof(again), &len2), 0);
            assert_int_equal(len2, len);
            assert_memory_equal(again, record, len);
        }
    }
}

static void test_translations_arrive_in_their_order(void **state)
{
    struct ipc_tunnel *t = &sent.tunnel;
    size_t len;

    (void)state;
    memset(&sent, 0, sizeof(sent));
    sent.type = IPC_DP_TUNNEL;
    strcpy(t->id, "vpntun-a");
    t->n_translations = 2;
    for (uint8_t i = 0; i < 2; i++) {
        t->translations[i].side = i ? IPC_SIDE_PEER : IPC_SIDE_OWN;
        assert_int_equal(prefix_parse("10.0.0.0/16", &t->translations[i].prefix), 0);
        assert_int_equal(
            prefix_parse(i ? "100.65.0.0/16" : "100.64.0.0/16", &t->translations[i].seen_as), 0);
    }
    len = encoded(&sent);
    assert_int_equal(ipc_decode(record, len, &got), 0);
    assert_memory_equal(&got.tunnel, t, sizeof(*t));
}

static void test_fields_arrive_where_they_belong(void **state)
{
    struct ipc_ike_tunnel *t = &sent.ike_tunnel;
    size_t len;

    (void)state;
    memset(&sent, 0, sizeof(sent));
    sent.type = IPC_IKE_TUNNEL;
    strcpy(t->id, "vpntun-a");
    t->config = 0x0102030405060708;
    t->admin_up = true;
    t->version = 2;
    t->local = addr_v4(198, 51, 100, 1);
    t->psk = (struct ipc_secret){.len = 3, .bytes = "abc"};
    t->ike.n_ciphers = 2;
    t->ike.ciphers[1] = (struct ipc_cipher){.encr = 20, .key_bits = 256};
    t->child.n_groups = 1;
    t->child.groups[0] = 14;
    t->child_lifetime_bytes = 1ULL << 40;
    t->n_additional = 2;
    t->additional[0] = 36;
    t->n_remote_ts = 1;
    assert_int_equal(prefix_parse("10.2.0.0/16", &t->remote_ts[0]), 0);
    len = encoded(&sent);
    assert_int_equal(ipc_decode(record, len, &got), 0);
    assert_memory_equal(&got.ike_tunnel, t, sizeof(*t));
}

static void test_a_cut_record_is_refused(void **state)
{
    (void)state;
    for (unsigned type = 0; type < IPC_TYPES; type++) {
        size_t len;

        ipc_sample_fill(&sent, (enum ipc_type)type, type == IPC_DP_ROUTES ? 1 : 2, payload, 40);
        len = encoded(&sent);
        for (size_t cut = 0; cut<len; cut += len> 4000 ? 97 : 1)
            assert_int_equal(decode_exact(record, cut), -EBADMSG);
        record[len] = 0;
        assert_int_equal(decode_exact(record, len + 1), -EBADMSG); /* and one that trails */
    }
}

static void test_a_buffer_too_small_is_refused(void **state)
{
    size_t len, ret = 77;

    (void)state;
    ipc_sample_fill(&sent, IPC_SA_ADD, 4, NULL, 0);
    len = encoded(&sent);
    assert_int_equal(ipc_encode(&sent, again, len - 1, &ret), -ENOBUFS);
    assert_int_equal(ipc_encode(&sent, again, 0, &ret), -ENOBUFS);
    assert_int_equal(ret, 77);
    ipc_sample_fill(&sent, IPC_DATAGRAM, 2, record, IPC_MSG_MAX);
    assert_int_equal(ipc_encode(&sent, again, sizeof(again), &ret), -ENOBUFS);
}

static void test_what_the_reader_would_refuse_is_not_written(void **state)
{
    size_t len;

    (void)state;
    memset(&sent, 0, sizeof(sent));
    sent.type = IPC_TYPES;
    assert_int_equal(ipc_encode(&sent, record, sizeof(record), &len), -EINVAL);

    sent.type = IPC_DP_TABLE;
    memset(sent.table.id, 'x', sizeof(sent.table.id)); /* no 0 at the end */
    assert_int_equal(ipc_encode(&sent, record, sizeof(record), &len), -EINVAL);
    sent.table.id[3] = 0;
    sent.table.self4.family = 5;
    assert_int_equal(ipc_encode(&sent, record, sizeof(record), &len), -EINVAL);
    sent.table.self4.family = ADDR_IPV6;
    assert_int_equal(ipc_encode(&sent, record, sizeof(record), &len), 0);

    memset(&sent, 0, sizeof(sent));
    sent.type = IPC_DP_ROUTES;
    sent.routes.n_routes = IPC_ROUTES_MAX + 1;
    assert_int_equal(ipc_encode(&sent, record, sizeof(record), &len), -EINVAL);
    sent.routes.n_routes = 1;
    sent.routes.routes[0].n_nexthops = IPC_NEXTHOP_MAX + 1;
    assert_int_equal(ipc_encode(&sent, record, sizeof(record), &len), -EINVAL);
    sent.routes.routes[0].n_nexthops = 0;
    sent.routes.routes[0].prefix =
        (struct prefix){.addr = addr_v4(10, 0, 0, 1), .len = 8}; /* host bits */
    assert_int_equal(ipc_encode(&sent, record, sizeof(record), &len), -EINVAL);
    sent.routes.routes[0].prefix = (struct prefix){.addr = addr_v4(10, 0, 0, 1), .len = 33};
    assert_int_equal(ipc_encode(&sent, record, sizeof(record), &len), -EINVAL);

    memset(&sent, 0, sizeof(sent));
    sent.type = IPC_IKE_TUNNEL;
    sent.ike_tunnel.psk.len = IPC_PSK_MAX + 1;
    assert_int_equal(ipc_encode(&sent, record, sizeof(record), &len), -EINVAL);
}

static void test_bad_records(void **state)
{
    static const struct {
        const char *why;
        size_t len;
        const char *bytes;
    } rows[] = {
        {"empty", 0, ""},
        {"magic", 8, "XW\0\1\0\4\0\0"},
        {"version 1", 14, "RW\0\1\0\7\0\0\0\0\0\0\0\0"},
        {"version 0", 14, "RW\0\0\0\7\0\0\0\0\0\0\0\0"},
        {"type beyond the last", 14, "RW\0\12\xff\xff\0\0\0\0\0\0\0\0"},
        {"trailing byte", 15, "RW\0\12\0\7\0\0\0\0\0\0\0\0\0"},
        /* DP_UNDERLAY is type 2: family, address, port */
        {"family 5", 9, "RW\0\12\0\2\5\0\0"},
        {"address cut", 11, "RW\0\12\0\2\4\1\2\3\4"},
        /* DP_TABLE is type 4: text, two addresses, bool */
        {"text longer than the record", 11,
         "RW\0\12\0\4\0\x0f"
         "abc"},
        {"0 inside text", 14, "RW\0\12\0\4\0\3a\0c\0\0\0"},
        /* DP_HOLDS is type 9: bool first */
        {"bool of 2", 12, "RW\0\12\0\x09\2\0\0\0\0\0"},
        /* DP_ROUTES is type 5 */
        {"too many routes", 10, "RW\0\12\0\5\0\0\xff\xff"},
        {"host bits", 19, "RW\0\12\0\5\0\0\0\1\4\x0a\0\0\1\x08\0\0"},
        {"prefix length 33", 18, "RW\0\12\0\5\0\0\0\1\4\x0a\0\0\1\x21\0\0"},
        {"length of no address", 14, "RW\0\12\0\5\0\0\0\1\0\x01\0\0"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (decode_exact((const uint8_t *)rows[i].bytes, rows[i].len) != -EBADMSG)
            fail_msg("accepted: %s", rows[i].why);
    }
    /* The same bytes with nothing wrong, so that the rows above fail for their own reason. */
    assert_int_equal(decode_exact((const uint8_t *)"RW\0\12\0\7\0\0\0\0\0\0\0\0", 14), 0);
    assert_int_equal(decode_exact((const uint8_t *)"RW\0\12\0\2\4\1\2\3\4\1\xf4", 13), 0);
    assert_int_equal(got.underlay.local.port, 500);
    assert_int_equal(decode_exact((const uint8_t *)"RW\0\12\0\4\0\3abc\0\0\1", 14), 0);
    assert_string_equal(got.table.id, "abc");
    assert_true(got.table.changes);
    assert_int_equal(decode_exact((const uint8_t *)"RW\0\12\0\x09\1\0\0\0\0\0", 12), 0);
    assert_int_equal(decode_exact((const uint8_t *)"RW\0\12\0\5\0\0\0\1\4\x0a\0\0\0\x08\0\0", 18),
                     0);
}

/* Whatever bytes are flipped: refused, or a message that writes the same bytes again. */
static void test_flipped_bytes_do_no_harm(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned type = 0; type < IPC_TYPES; type++) {
        size_t len, len2;

        ipc_sample_fill(&sent, (enum ipc_type)type, 1, payload, 16);
        len = encoded(&sent);
        for (unsigned round = 0; round < 200; round++) {
            size_t at = 6 + (len > 6 ? (size_t)((seed >> 33) % (len - 6)) : 0);
            uint8_t kept = record[at];

            seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            record[at] = (uint8_t)(seed >> 56);
            if (ipc_decode(record, len, &got) == 0) {
                assert_int_equal(ipc_encode(&got, again, sizeof(again), &len2), 0);
                assert_int_equal(len2, len);
                assert_memory_equal(again, record, len);
            }
            record[at] = kept;
        }
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(ipc_type_name(IPC_HELLO), "HELLO");
    assert_string_equal(ipc_type_name(IPC_DATAGRAM), "DATAGRAM");
    assert_string_equal(ipc_type_name(IPC_TYPES), "unknown");
    assert_null(ipc_describe(IPC_TYPES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_survives_the_way),
        cmocka_unit_test(test_fields_arrive_where_they_belong),
        cmocka_unit_test(test_translations_arrive_in_their_order),
        cmocka_unit_test(test_a_cut_record_is_refused),
        cmocka_unit_test(test_a_buffer_too_small_is_refused),
        cmocka_unit_test(test_what_the_reader_would_refuse_is_not_written),
        cmocka_unit_test(test_bad_records),
        cmocka_unit_test(test_flipped_bytes_do_no_harm),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
