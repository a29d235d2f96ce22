/* The table of exchanges: which messages are what, and which are refused before any handler. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ike_message.h"

#define REQ  IKE_FLAG_INITIATOR
#define RESP IKE_FLAG_RESPONSE

#define INIT   IKE_EXCHANGE_SA_INIT
#define AUTH_X IKE_EXCHANGE_AUTH
#define CREATE IKE_EXCHANGE_CREATE_CHILD_SA
#define INFO   IKE_EXCHANGE_INFORMATIONAL

static const struct {
    const char *text;
    enum ike_payload_type type;
} payload_words[] = {
    {"KE", IKE_PAYLOAD_KE},        {"IDi", IKE_PAYLOAD_IDI},   {"IDr", IKE_PAYLOAD_IDR},
    {"AUTH", IKE_PAYLOAD_AUTH},    {"No", IKE_PAYLOAD_NONCE},  {"TSi", IKE_PAYLOAD_TSI},
    {"TSr", IKE_PAYLOAD_TSR},      {"CERT", IKE_PAYLOAD_CERT}, {"EAP", IKE_PAYLOAD_EAP},
    {"CREQ", IKE_PAYLOAD_CERTREQ}, {"CP", IKE_PAYLOAD_CP},     {"D", IKE_PAYLOAD_DELETE},
    {"V", IKE_PAYLOAD_VENDOR},
};

static const struct {
    const char *text;
    uint16_t type;
} notify_words[] = {
    {"cookie", IKE_NOTIFY_COOKIE},
    {"invalid-ke", IKE_NOTIFY_INVALID_KE_PAYLOAD},
    {"no-proposal", IKE_NOTIFY_NO_PROPOSAL_CHOSEN},
    {"bad-auth", IKE_NOTIFY_AUTHENTICATION_FAILED},
    {"bad-ts", IKE_NOTIFY_TS_UNACCEPTABLE},
    {"rekey", IKE_NOTIFY_REKEY_SA},
    {"nat", IKE_NOTIFY_NAT_DETECTION_SOURCE_IP},
    {"bad-spi", IKE_NOTIFY_INVALID_IKE_SPI},
    {"new-error", 8191},
    {"new-status", 40000},
};

static void add_word(struct ike_message *m, const char *word, size_t len)
{
    char w[16] = {0};

    assert_true(len < sizeof(w));
    memcpy(w, word, len);
    for (size_t i = 0; i < ARRAY_SIZE(payload_words); i++)
        if (strcmp(w, payload_words[i].text) == 0) {
            ike_message_mark(m, payload_words[i].type);
            return;
        }
    for (size_t i = 0; i < ARRAY_SIZE(notify_words); i++)
        if (strcmp(w, notify_words[i].text) == 0) {
            assert_non_null(ike_message_add_notify(m, notify_words[i].type, NULL, 0));
            return;
        }
    if (strcmp(w, "SA-ike") == 0)
        assert_non_null(ike_message_add_proposal(m, IKE_PROTOCOL_IKE, 0, 0));
    else if (strcmp(w, "SA-esp") == 0)
        assert_non_null(ike_message_add_proposal(m, IKE_PROTOCOL_ESP, 4, 1));
    else
        fail_msg("unknown word %s", w);
}

/* A message of the words; "SK{ ... }" is an Encrypted payload that was opened, "SK" one that was
 * not. Words before it stand in clear. */
static void make(struct ike_message *m, enum ike_exchange exchange, uint8_t flags,
                 const char *words)
{
    ike_message_init(m, exchange, flags, 1, 2, 3);
    while (*words) {
        size_t len = strcspn(words, " ");

        if (strncmp(words, "SK", 2) == 0) {
            m->present_clear = m->present | IKE_BIT(IKE_PAYLOAD_SK);
            ike_message_mark(m, IKE_PAYLOAD_SK);
            m->was_protected = words[2] == '{';
        } else if (*words != '}') {
            add_word(m, words, len);
        }
        words += len;
        words += strspn(words, " ");
    }
    if (!(m->present & IKE_BIT(IKE_PAYLOAD_SK)))
        m->present_clear = m->present;
}

static void test_accepted(void **state)
{
    static const struct {
        enum ike_exchange exchange;
        uint8_t flags;
        const char *words;
        enum ike_kind kind;
    } v[] = {
        {INIT, REQ, "SA-ike KE No", IKE_KIND_SA_INIT_REQUEST},
        {INIT, REQ, "cookie SA-ike KE No nat nat V V", IKE_KIND_SA_INIT_REQUEST},
        {INIT, RESP, "SA-ike KE No", IKE_KIND_SA_INIT_RESPONSE},
        {INIT, RESP, "SA-ike KE No nat CREQ V", IKE_KIND_SA_INIT_RESPONSE},
        {INIT, RESP, "cookie", IKE_KIND_SA_INIT_COOKIE},
        {INIT, RESP, "invalid-ke V", IKE_KIND_SA_INIT_INVALID_KE},
        {INIT, RESP, "no-proposal", IKE_KIND_SA_INIT_FAILED},
        {AUTH_X, REQ, "SK{ IDi AUTH SA-esp TSi TSr }", IKE_KIND_AUTH_REQUEST},
        {AUTH_X, REQ, "SK{ IDi CERT CREQ IDr AUTH CP SA-esp TSi TSr nat V }",
         IKE_KIND_AUTH_REQUEST},
        {AUTH_X, RESP, "SK{ IDr AUTH SA-esp TSi TSr }", IKE_KIND_AUTH_RESPONSE},
        {AUTH_X, RESP, "SK{ IDr AUTH bad-ts }", IKE_KIND_AUTH_NO_CHILD},
        {AUTH_X, RESP, "SK{ IDr AUTH no-proposal }", IKE_KIND_AUTH_NO_CHILD},
        {AUTH_X, RESP, "SK{ bad-auth }", IKE_KIND_AUTH_FAILED},
        {AUTH_X, RESP, "bad-spi", IKE_KIND_CLEAR_ERROR},
        {CREATE, REQ, "SK{ SA-esp No TSi TSr }", IKE_KIND_CHILD_REQUEST},
        {CREATE, REQ, "SK{ SA-esp No KE TSi TSr nat }", IKE_KIND_CHILD_REQUEST},
        {CREATE, REQ, "SK{ rekey SA-esp No KE TSi TSr }", IKE_KIND_CHILD_REKEY_REQUEST},
        {CREATE, REQ, "SK{ SA-ike No KE }", IKE_KIND_IKE_REKEY_REQUEST},
        {CREATE, RESP, "SK{ SA-esp No KE TSi TSr }", IKE_KIND_CHILD_RESPONSE},
        {CREATE, RESP, "SK{ SA-ike No KE }", IKE_KIND_IKE_REKEY_RESPONSE},
        {CREATE, RESP, "SK{ no-proposal }", IKE_KIND_CREATE_FAILED},
        {CREATE, RESP, "SK{ invalid-ke }", IKE_KIND_CREATE_FAILED},
        {INFO, REQ, "SK{ }", IKE_KIND_INFORMATIONAL_REQUEST},
        {INFO, RESP, "SK{ }", IKE_KIND_INFORMATIONAL_RESPONSE},
        {INFO, REQ, "SK{ D D nat CP V }", IKE_KIND_INFORMATIONAL_REQUEST},
        {INFO, RESP, "bad-spi", IKE_KIND_CLEAR_ERROR},
        {INFO, REQ, "bad-spi", IKE_KIND_CLEAR_ERROR},
        /* payloads that have no place there are passed over */
        {INIT, REQ, "SA-ike KE No TSi AUTH D", IKE_KIND_SA_INIT_REQUEST},
        {INIT, RESP, "cookie KE", IKE_KIND_SA_INIT_COOKIE},
        {AUTH_X, REQ, "SK{ IDi AUTH SA-esp TSi TSr KE EAP No D }", IKE_KIND_AUTH_REQUEST},
        {AUTH_X, RESP, "SK{ IDi IDr AUTH SA-esp TSi TSr }", IKE_KIND_AUTH_RESPONSE},
        {AUTH_X, RESP, "bad-spi IDr", IKE_KIND_CLEAR_ERROR},
        {CREATE, REQ, "SK{ SA-ike No KE TSi CP }", IKE_KIND_IKE_REKEY_REQUEST},
        {CREATE, REQ, "SK{ rekey SA-esp No TSi TSr CP CREQ }", IKE_KIND_CHILD_REKEY_REQUEST},
        {INFO, REQ, "D bad-spi", IKE_KIND_CLEAR_ERROR},
        {INFO, REQ, "SK{ SA-esp }", IKE_KIND_INFORMATIONAL_REQUEST},
        /* an error beside all that a success has is a failure, status types are not */
        {INIT, RESP, "SA-ike KE No no-proposal", IKE_KIND_SA_INIT_FAILED},
        {INIT, RESP, "SA-ike KE No invalid-ke", IKE_KIND_SA_INIT_INVALID_KE},
        {INIT, RESP, "SA-ike KE No new-error", IKE_KIND_SA_INIT_FAILED},
        {INIT, RESP, "SA-ike KE No new-status", IKE_KIND_SA_INIT_RESPONSE},
        {AUTH_X, RESP, "SK{ IDr AUTH SA-esp TSi TSr bad-ts }", IKE_KIND_AUTH_NO_CHILD},
        {AUTH_X, RESP, "SK{ IDr AUTH SA-esp TSi TSr new-error }", IKE_KIND_AUTH_FAILED},
        {AUTH_X, RESP, "SK{ IDr AUTH bad-ts new-error }", IKE_KIND_AUTH_FAILED},
        {AUTH_X, RESP, "SK{ IDr AUTH SA-esp TSi TSr new-status }", IKE_KIND_AUTH_RESPONSE},
        {AUTH_X, RESP, "SK{ bad-ts }", IKE_KIND_AUTH_FAILED},
        {AUTH_X, REQ, "SK{ IDi AUTH SA-esp TSi TSr new-error }", IKE_KIND_AUTH_REQUEST},
        {CREATE, RESP, "SK{ SA-esp No KE TSi TSr new-error }", IKE_KIND_CREATE_FAILED},
        {CREATE, RESP, "SK{ SA-ike No KE new-error }", IKE_KIND_CREATE_FAILED},
        {CREATE, RESP, "SK{ SA-ike No KE new-status }", IKE_KIND_IKE_REKEY_RESPONSE},
        {INFO, REQ, "SK{ new-error }", IKE_KIND_INFORMATIONAL_REQUEST},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        struct ike_problem problem = {0};
        enum ike_kind kind = IKE_KINDS;
        static struct ike_message m;

        make(&m, v[i].exchange, v[i].flags, v[i].words);
        if (ike_message_check(&m, &kind, &problem) < 0)
            fail_msg("%s: %s %s", v[i].words, ike_payload_name(problem.payload),
                     words_code_name(ike_fault_code(problem.fault)));
        assert_string_equal(ike_kind_name(kind), ike_kind_name(v[i].kind));
    }
}

static void test_refused(void **state)
{
    static const struct {
        enum ike_exchange exchange;
        uint8_t flags;
        const char *words;
        enum ike_fault fault;
        uint8_t payload;
    } v[] = {
        {INIT, REQ, "", IKE_FAULT_MISSING, IKE_PAYLOAD_SA},
        {INIT, REQ, "SA-ike No", IKE_FAULT_MISSING, IKE_PAYLOAD_KE},
        {INIT, REQ, "SA-ike KE", IKE_FAULT_MISSING, IKE_PAYLOAD_NONCE},
        {INIT, REQ, "SK{ SA-ike KE No }", IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_SK},
        {INIT, REQ, "no-proposal", IKE_FAULT_MISSING, IKE_PAYLOAD_SA},
        {INIT, RESP, "", IKE_FAULT_MISSING, IKE_PAYLOAD_SA},
        {INIT, RESP, "nat", IKE_FAULT_MISSING, IKE_PAYLOAD_SA},
        {AUTH_X, REQ, "IDi AUTH SA-esp TSi TSr", IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_SA},
        {AUTH_X, REQ, "SK", IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_SK}, /* not opened */
        {AUTH_X, REQ, "", IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_SK},
        {AUTH_X, REQ, "nat SK{ IDi AUTH SA-esp TSi TSr }", IKE_FAULT_NOT_PROTECTED,
         IKE_PAYLOAD_NOTIFY},
        {AUTH_X, REQ, "SK{ IDi SA-esp TSi TSr }", IKE_FAULT_MISSING, IKE_PAYLOAD_AUTH}, /* EAP */
        {AUTH_X, REQ, "SK{ IDi AUTH SA-esp TSi }", IKE_FAULT_MISSING, IKE_PAYLOAD_TSR},
        {AUTH_X, RESP, "SK{ IDr AUTH }", IKE_FAULT_MISSING, IKE_PAYLOAD_SA},
        {AUTH_X, RESP, "SK{ AUTH SA-esp TSi TSr }", IKE_FAULT_MISSING, IKE_PAYLOAD_IDR},
        {AUTH_X, RESP, "bad-auth SK{ }", IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_NOTIFY},
        {CREATE, REQ, "SK{ SA-esp TSi TSr }", IKE_FAULT_MISSING, IKE_PAYLOAD_NONCE},
        {CREATE, REQ, "SK{ SA-ike No }", IKE_FAULT_MISSING, IKE_PAYLOAD_KE},
        {CREATE, REQ, "SK{ rekey }", IKE_FAULT_MISSING, IKE_PAYLOAD_SA},
        {CREATE, RESP, "SK{ }", IKE_FAULT_MISSING, IKE_PAYLOAD_SA},
        {INFO, REQ, "", IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_SK},
        {INFO, REQ, "D", IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_DELETE},
        {INFO, RESP, "SK", IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_SK},
        {(enum ike_exchange)38, REQ, "SK{ }", IKE_FAULT_UNEXPECTED, 0},
        {(enum ike_exchange)0, RESP, "SK{ }", IKE_FAULT_UNEXPECTED, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        struct ike_problem problem = {0};
        enum ike_kind kind = IKE_KINDS;
        static struct ike_message m;

        make(&m, v[i].exchange, v[i].flags, v[i].words);
        assert_int_equal(ike_message_check(&m, &kind, &problem), -EPROTO);
        assert_int_equal(kind, IKE_KINDS);
        if (problem.fault != v[i].fault || problem.payload != v[i].payload)
            fail_msg("%s: %s %s", v[i].words, ike_payload_name(problem.payload),
                     words_code_name(ike_fault_code(problem.fault)));
        assert_int_equal(ike_message_check(&m, &kind, NULL), -EPROTO);
    }
}

static void test_every_kind_has_a_name(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < IKE_KINDS; kind++)
        assert_string_not_equal(ike_kind_name((enum ike_kind)kind), "unknown");
    assert_string_equal(ike_kind_name(IKE_KINDS), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_every_kind_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
