/* Identities: what operators write, what peers send, what logs show. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ike_message.h"

#include "../hex.h"

static void test_parse_and_format(void **state)
{
    static const struct {
        const char *text;
        uint8_t type;
        const char *data, *shown;
    } v[] = {
        {"192.0.2.1", IKE_ID_IPV4, "c0000201", "192.0.2.1"},
        {"2001:db8::1", IKE_ID_IPV6, "20010db8000000000000000000000001", "2001:db8::1"},
        {"gw.example", IKE_ID_FQDN, "67772e6578616d706c65", "gw.example"},
        {"@gw", IKE_ID_FQDN, "6777", "gw"},
        {"192.0.2", IKE_ID_FQDN, "3139322e302e32", "192.0.2"}, /* no address */
        {"a@b.c", IKE_ID_EMAIL, "6140622e63", "a@b.c"},
        {"keyid:k@1", IKE_ID_KEY_ID, "6b4031", "keyid:k@1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        uint8_t data[IKE_ID_DATA_MAX];
        char text[IKE_ID_TEXT_MAX];
        struct ike_id id;

        assert_int_equal(ike_id_parse(v[i].text, data, &id), 0);
        assert_int_equal(id.type, v[i].type);
        assert_hex(id.data.data, id.data.len, v[i].data);
        assert_string_equal(ike_id_format(&id, text), v[i].shown);
    }
}

static void test_refused_texts(void **state)
{
    char long_name[IKE_ID_DATA_MAX + 2];
    uint8_t data[IKE_ID_DATA_MAX];
    struct ike_id id;

    (void)state;
    assert_int_equal(ike_id_parse("", data, &id), -EINVAL);
    assert_int_equal(ike_id_parse("@", data, &id), -EINVAL);
    assert_int_equal(ike_id_parse("keyid:", data, &id), -EINVAL);
    memset(long_name, 'x', sizeof(long_name));
    long_name[IKE_ID_DATA_MAX + 1] = '\0';
    assert_int_equal(ike_id_parse(long_name, data, &id), -EINVAL);
    long_name[IKE_ID_DATA_MAX] = '\0';
    assert_int_equal(ike_id_parse(long_name, data, &id), 0);
}

/* A peer's identity may hold anything; the log line may not. */
static void test_format_is_printable(void **state)
{
    static const struct {
        uint8_t type;
        const char *data, *shown;
    } v[] = {
        {IKE_ID_FQDN, "670a1b5b41ff", "g??[A?"},
        {IKE_ID_FQDN, "", ""},
        {IKE_ID_KEY_ID, "0001ff", "keyid:0x0001ff"},
        {IKE_ID_DN, "3000", "dn:0x3000"},
        {99, "ab", "id:0xab"},
        {IKE_ID_IPV4, "0102", "bad-address:0102"},
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
    assert_int_equal(strlen(ike_id_format(&id, text)), 5 + 2 * IKE_ID_DATA_MAX);
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
        cmocka_unit_test(test_parse_and_format),
        cmocka_unit_test(test_refused_texts),
        cmocka_unit_test(test_format_is_printable),
        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
