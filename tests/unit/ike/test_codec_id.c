/* Identities: what operators write, what peers send, what logs show. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ike_message.h"

#include "../hex.h"

static void test_format(void **state)
{
    static const struct {
        uint8_t type;
        const char *data;
        size_t len;
        const char *shown;
    } v[] = {
        {IKE_ID_IPV4, "\xc0\x00\x02\x01", 4, "192.0.2.1"},
        {IKE_ID_FQDN, "gw.example", 10, "gw.example"},
        {IKE_ID_FQDN, "192.0.2", 7, "fqdn:192.0.2"}, /* alone it would be a mistyped address */
        {IKE_ID_FQDN, "192.0.2.1", 9, "fqdn:192.0.2.1"},
        {IKE_ID_FQDN, "a@b.c", 5, "fqdn:a@b.c"},
        {IKE_ID_FQDN, "keyid:x", 7, "fqdn:keyid:x"},
        {IKE_ID_EMAIL, "a@b.c", 5, "a@b.c"},
        {IKE_ID_EMAIL, "b.c", 3, "email:b.c"},
        {IKE_ID_KEY_ID, "k@1", 3, "keyid:k@1"},
        {IKE_ID_DN, "\x30\x0c\x31\x0a\x30\x08\6\3\x55\4\3\x13\1a", 14, "dn:CN=a"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        const struct ike_id id = {.type = v[i].type, .data = crypto_span(v[i].data, v[i].len)};
        char text[IKE_ID_TEXT_MAX];

        assert_string_equal(ike_id_format(&id, text), v[i].shown);
    }
}

/* A peer's identity may hold anything; the log line may not. */
static void test_format_is_printable(void **state)
{
    static const struct {
        uint8_t type;
        const char *data, *shown;
    } v[] = {
        {IKE_ID_FQDN, "670a1b5b41ff", "fqdn:#670a1b5b41ff"},
        {IKE_ID_FQDN, "", "fqdn:#"},
        {IKE_ID_KEY_ID, "0001ff", "keyid:0x0001ff"},
        {IKE_ID_DN, "3000", "dn:#3000"},
        {99, "ab", "id:99#ab"},
        {IKE_ID_IPV4, "0102", "ipv4:#0102"},
    };
    uint8_t huge[1000];
    char text[IKE_ID_TEXT_MAX];
    struct ike_id id = {.type = IKE_ID_DN, .data = {huge, sizeof(huge)}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        uint8_t data[16];
        struct ike_id one = {.type = v[i].type};

        one.data = crypto_span(data, hex_read(v[i].data, data, sizeof(data)));
        assert_string_equal(ike_id_format(&one, text), v[i].shown);
    }
    memset(huge, 0x41, sizeof(huge));
    assert_int_equal(strlen(ike_id_format(&id, text)), 4 + 2 * IKE_ID_DATA_MAX);
    id.type = IKE_ID_KEY_ID;
    assert_int_equal(strlen(ike_id_format(&id, text)), 6 + IKE_ID_DATA_MAX);
}

static void test_equal(void **state)
{
    static const struct {
        uint8_t type_a;
        const char *a;
        uint8_t type_b;
        const char *b;
        bool equal;
    } v[] = {
        {IKE_ID_FQDN, "gw.Example", IKE_ID_FQDN, "GW.example", true},
        {IKE_ID_EMAIL, "a@B", IKE_ID_EMAIL, "A@b", true},
        {IKE_ID_KEY_ID, "abc", IKE_ID_KEY_ID, "ABC", false},
        {IKE_ID_FQDN, "gw", IKE_ID_KEY_ID, "gw", false},
        {IKE_ID_FQDN, "gw", IKE_ID_FQDN, "gw2", false},
        {IKE_ID_IPV4, "1234", IKE_ID_IPV4, "1234", true},
        {IKE_ID_IPV4, "1234", IKE_ID_IPV4, "1235", false},
        {IKE_ID_KEY_ID, "", IKE_ID_KEY_ID, "", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        struct ike_id a = {.type = v[i].type_a, .data = crypto_span(v[i].a, strlen(v[i].a))};
        struct ike_id b = {.type = v[i].type_b, .data = crypto_span(v[i].b, strlen(v[i].b))};

        assert_int_equal(ike_id_equal(&a, &b), v[i].equal);
        assert_int_equal(ike_id_equal(&b, &a), v[i].equal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_is_printable),
        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
