#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core_internal.h"

#include "../said.h"

static const struct iked_now at = {.monotonic_us = 1000, .realtime_us = 5000};

static struct ipc_ike_tunnel tunnel(void)
{
    struct ipc_ike_tunnel t = {.id = "vpntun-x",
                               .config = 0x0102030405060708,
                               .admin_up = true,
                               .version = 2,
                               .local = addr_v4(192, 0, 2, 1),
                               .remote = addr_v4(192, 0, 2, 2),
                               .dpd_action = 2,
                               .psk = {.len = 3, .bytes = "abc"}};

    return t;
}

static void test_credentials_that_cannot_be_used(void **state)
{
    static struct ipc_ike_credentials c = {.tunnel = "vpntun-x",
                                           .certificate_len = 5,
                                           .certificate = "hello",
                                           .key_len = 5,
                                           .key = "hello"};
    struct ike_credentials *made = NULL;
    char why[IPC_TEXT_MAX] = "";

    (void)state;
    assert_int_equal(iked_credentials_from(&c, &made, why), -EBADMSG);
    assert_null(made);
    assert_said(why, "ike.credentials-unusable", "privateKey");
}

static void test_identities(void **state)
{
    static const struct {
        struct ipc_ident id;
        int r;
        uint8_t type;
        const char *data;
        size_t len; /* of data */
    } cases[] = {
        {{IPC_IDENT_ADDRESS, ""}, 0, 0, ""},
        {{IPC_IDENT_WRITTEN, "192.0.2.2"}, 0, 0, ""}, /* the tunnel's own address: the default */
        {{IPC_IDENT_WRITTEN, "10.0.0.5"}, 0, IKE_ID_IPV4, "\x0a\x00\x00\x05", 4},
        {{IPC_IDENT_WRITTEN, "2001:db8::1"}, 0, IKE_ID_IPV6, "\x20\x01\x0d\xb8", 4},
        {{IPC_IDENT_WRITTEN, "fqdn:192.0.2.2"}, 0, IKE_ID_FQDN, "192.0.2.2", 9},
        {{IPC_IDENT_WRITTEN, "a@b.example"}, 0, IKE_ID_EMAIL, "a@b.example", 11},
        {{IPC_IDENT_WRITTEN, "keyid:branch 7"}, 0, IKE_ID_KEY_ID, "branch 7", 8},
        {{IPC_IDENT_WRITTEN, "keyid:0x00ffA5"}, 0, IKE_ID_KEY_ID, "\x00\xff\xa5", 3},
        {{IPC_IDENT_WRITTEN, "dn:CN=a"},
         0,
         IKE_ID_DN,
         "\x30\x0c\x31\x0a\x30\x08\6\3\x55\4\3\x13\1\x61",
         14},
        {{IPC_IDENT_WRITTEN, "10.0.0"}, -EINVAL, 0, ""},
        {{2, "gw.example.org"}, -EINVAL, 0, ""},
        {{0, "x"}, -EINVAL, 0, ""},
        {{9, "x"}, -EINVAL, 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ipc_ike_tunnel t = tunnel();
        struct ike_tunnel_config c;
        char why[IPC_TEXT_MAX] = "";
        size_t len;

        t.remote_id = cases[i].id;
        assert_int_equal(iked_config_from(&t, &at, &c, why), cases[i].r);
        if (cases[i].r) {
            assert_said(why, "ike.id-unusable", "localId or remoteId");
            continue;
        }
        assert_int_equal(c.remote_id.type, cases[i].type);
        len = cases[i].len;
        if (c.remote_id.type != IKE_ID_IPV4 && c.remote_id.type != IKE_ID_IPV6)
            assert_int_equal(c.remote_id.len, len);
        assert_memory_equal(c.remote_id.data, cases[i].data, len);
    }
}

/* By the machine's clock; not at all once its time is over. */
static void test_key_before(void **state)
{
    struct ipc_ike_tunnel t = tunnel();
    struct ike_tunnel_config c;
    char why[IPC_TEXT_MAX] = "";

    (void)state;
    t.psk_before = (struct ipc_secret){.len = 2, .bytes = "de"};
    t.psk_before_until_us = 5700;
    t.psk_overlap_s = 60;
    assert_int_equal(iked_config_from(&t, &at, &c, why), 0);
    assert_int_equal(c.psk_before_len, 2);
    assert_memory_equal(c.psk_before, "de", 2);
    assert_int_equal(c.psk_before_until_us, 1700);
    assert_int_equal(c.auth_overlap_s, 60);
    t.psk_before_until_us = 5000;
    assert_int_equal(iked_config_from(&t, &at, &c, why), 0);
    assert_int_equal(c.psk_before_len, 0);
    assert_int_equal(c.psk_before_until_us, 0);
}

static void test_versions(void **state)
{
    struct ipc_ike_tunnel t = tunnel();
    struct ike_tunnel_config c;
    char why[IPC_TEXT_MAX] = "";

    (void)state;
    assert_int_equal(iked_config_from(&t, &at, &c, why), 0);
    assert_int_equal(c.config, 0x0102030405060708);
    assert_true(c.dpd_clear);
    assert_int_equal(c.psk_len, 3);
    assert_memory_equal(c.psk, "abc", 3);
    assert_false(c.ikev1 || c.aggressive);
    t.aggressive = true;
    assert_int_equal(iked_config_from(&t, &at, &c, why), 0);
    assert_false(c.aggressive); /* a mode of IKEv1 alone */
    t.version = 1;
    assert_int_equal(iked_config_from(&t, &at, &c, why), 0);
    assert_true(c.ikev1 && c.aggressive);
    t.version = 3;
    assert_int_equal(iked_config_from(&t, &at, &c, why), -EPROTONOSUPPORT);
    assert_said(why, "ike.version-not-supported", "IKEv3 is not supported");
}

static void test_status_has_real_time(void **state)
{
    struct ike_status s = {.tunnel = "vpntun-x",
                           .state = IKE_OPER_UP,
                           .since_us = 500,
                           .last_error = "no",
                           .config_in_force = 7,
                           .config_refused = 8};
    struct ipc_ike_status ret;

    (void)state;
    iked_status_from(&s, &(struct iked_now){1500, 1000000}, &ret);
    assert_int_equal(ret.since_us, 999000);
    assert_int_equal(ret.state, IPC_OPER_UP);
    assert_string_equal(ret.tunnel, "vpntun-x");
    assert_string_equal(ret.last_error, "no");
    assert_int_equal(ret.config_in_force, 7);
    assert_int_equal(ret.config_refused, 8);
}

static void test_liveness_arrives_where_it_belongs(void **state)
{
    static const struct ike_liveness l = {
        .since_us = 1, .answered = 2, .lost = 3, .timed = 4, .time_us = 5, .last_us = 6};
    struct ipc_ike_liveness ret;

    (void)state;
    iked_liveness_from("vpntun-x", &l, &ret);
    assert_string_equal(ret.tunnel, "vpntun-x");
    assert_int_equal(ret.since_us, 1);
    assert_int_equal(ret.answered, 2);
    assert_int_equal(ret.lost, 3);
    assert_int_equal(ret.timed, 4);
    assert_int_equal(ret.time_us, 5);
    assert_int_equal(ret.last_us, 6);
}

static void test_keys_travel_whole(void **state)
{
    struct ike_action a = {.kind = IKE_ACTION_SA_ADD, .tunnel = "vpntun-x"};
    struct ipc_sa_add add;

    (void)state;
    a.add.encr_key_len = 36;
    a.add.integrity_key_len = 64;
    memset(a.add.encr_key, 7, 36);
    memset(a.add.integrity_key, 9, 64);
    a.add.spi = 0x01020304;
    iked_sa_add_from(&a, &add);
    assert_int_equal(add.spi, 0x01020304);
    assert_int_equal(add.encr_key.len, 36);
    assert_int_equal(add.encr_key.bytes[35], 7);
    assert_int_equal(add.integrity_key.len, 64);
    assert_int_equal(add.integrity_key.bytes[63], 9);
}

static void test_additional_key_exchanges(void **state)
{
    struct ipc_ike_tunnel t = tunnel();
    struct ike_tunnel_config c;
    char why[IPC_TEXT_MAX] = "";

    (void)state;
    t.n_additional = 2;
    t.additional[0] = 36;
    assert_int_equal(iked_config_from(&t, &at, &c, why), 0);
    assert_int_equal(c.ike.n_additional, 2);
    assert_int_equal(c.ike.additional[0].method, 36);
    assert_int_equal(c.ike.additional[1].method, 0);
    assert_int_equal(c.ike.additional[0].round + c.ike.additional[1].round, 0);
    assert_int_equal(c.child.n_additional, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_before),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_credentials_that_cannot_be_used),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_additional_key_exchanges),
        cmocka_unit_test(test_status_has_real_time),
        cmocka_unit_test(test_liveness_arrives_where_it_belongs),
        cmocka_unit_test(test_keys_travel_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
