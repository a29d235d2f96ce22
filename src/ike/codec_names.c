/* codec_names.c - the registry's numbers in words. */
#include "codec_internal.h"

struct name {
    unsigned number;
    const char *text;
};

static const char *find(const struct name *names, size_t n, unsigned number)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].number == number)
            return names[i].text;
    return "unknown";
}

const char *ike_exchange_name(unsigned exchange)
{
    static const struct name names[] = {
        {IKE_EXCHANGE_SA_INIT, "IKE_SA_INIT"},
        {IKE_EXCHANGE_AUTH, "IKE_AUTH"},
        {IKE_EXCHANGE_CREATE_CHILD_SA, "CREATE_CHILD_SA"},
        {IKE_EXCHANGE_INFORMATIONAL, "INFORMATIONAL"},
        {IKE_EXCHANGE_INTERMEDIATE, "IKE_INTERMEDIATE"},
        {IKE_EXCHANGE_FOLLOWUP_KE, "IKE_FOLLOWUP_KE"},
    };
    return find(names, ARRAY_SIZE(names), exchange);
}

const char *ike_payload_name(unsigned type)
{
    static const struct name names[] = {
        {IKE_PAYLOAD_NONE, "none"},       {IKE_PAYLOAD_SA, "SA"},     {IKE_PAYLOAD_KE, "KE"},
        {IKE_PAYLOAD_IDI, "IDi"},         {IKE_PAYLOAD_IDR, "IDr"},   {IKE_PAYLOAD_CERT, "CERT"},
        {IKE_PAYLOAD_CERTREQ, "CERTREQ"}, {IKE_PAYLOAD_AUTH, "AUTH"}, {IKE_PAYLOAD_NONCE, "Nonce"},
        {IKE_PAYLOAD_NOTIFY, "N"},        {IKE_PAYLOAD_DELETE, "D"},  {IKE_PAYLOAD_VENDOR, "V"},
        {IKE_PAYLOAD_TSI, "TSi"},         {IKE_PAYLOAD_TSR, "TSr"},   {IKE_PAYLOAD_SK, "SK"},
        {IKE_PAYLOAD_CP, "CP"},           {IKE_PAYLOAD_EAP, "EAP"},   {IKE_PAYLOAD_SKF, "SKF"},
    };
    return find(names, ARRAY_SIZE(names), type);
}

const char *ike_protocol_name(unsigned protocol)
{
    static const struct name names[] = {
        {IKE_PROTOCOL_NONE, "none"},
        {IKE_PROTOCOL_IKE, "IKE"},
        {IKE_PROTOCOL_AH, "AH"},
        {IKE_PROTOCOL_ESP, "ESP"},
    };
    return find(names, ARRAY_SIZE(names), protocol);
}

const char *ike_transform_type_name(unsigned type)
{
    static const struct name names[] = {
        {IKE_TRANSFORM_ENCR, "ENCR"},
        {IKE_TRANSFORM_PRF, "PRF"},
        {IKE_TRANSFORM_INTEG, "INTEG"},
        {IKE_TRANSFORM_DH, "DH"},
        {IKE_TRANSFORM_ESN, "ESN"},
        {6, "ADDKE1"},
        {7, "ADDKE2"},
        {8, "ADDKE3"},
        {9, "ADDKE4"},
        {10, "ADDKE5"},
        {11, "ADDKE6"},
        {12, "ADDKE7"},
    };
    return find(names, ARRAY_SIZE(names), type);
}

const char *ike_id_type_name(unsigned type)
{
    static const struct name names[] = {
        {IKE_ID_IPV4, "IPv4 address"}, {IKE_ID_FQDN, "FQDN"}, {IKE_ID_EMAIL, "e-mail"},
        {IKE_ID_IPV6, "IPv6 address"}, {IKE_ID_DN, "DN"},     {IKE_ID_GN, "general name"},
        {IKE_ID_KEY_ID, "key-id"},
    };
    return find(names, ARRAY_SIZE(names), type);
}

enum words_code ike_auth_method_code(unsigned method)
{
    static const struct {
        unsigned method;
        enum words_code code;
    } codes[] = {
        {IKE_AUTH_RSA, WORDS_IKE_METHOD_RSA},
        {IKE_AUTH_PSK, WORDS_IKE_METHOD_PSK},
        {IKE_AUTH_DSS, WORDS_IKE_METHOD_DSS},
        {IKE_AUTH_ECDSA_256, WORDS_IKE_METHOD_ECDSA_256},
        {IKE_AUTH_ECDSA_384, WORDS_IKE_METHOD_ECDSA_384},
        {IKE_AUTH_ECDSA_521, WORDS_IKE_METHOD_ECDSA_521},
        {IKE_AUTH_NULL, WORDS_IKE_METHOD_NULL},
        {IKE_AUTH_SIGNATURE, WORDS_IKE_METHOD_SIGNATURE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        if (codes[i].method == method)
            return codes[i].code;
    }
    return WORDS_IKE_METHOD_UNKNOWN;
}

#define NOTIFY(name)                                                                               \
    {                                                                                              \
        IKE_NOTIFY_##name, #name                                                                   \
    }

static const struct name notify_names[] = {
    NOTIFY(UNSUPPORTED_CRITICAL_PAYLOAD),
    NOTIFY(INVALID_IKE_SPI),
    NOTIFY(INVALID_MAJOR_VERSION),
    NOTIFY(INVALID_SYNTAX),
    NOTIFY(INVALID_MESSAGE_ID),
    NOTIFY(INVALID_SPI),
    NOTIFY(NO_PROPOSAL_CHOSEN),
    NOTIFY(INVALID_KE_PAYLOAD),
    NOTIFY(AUTHENTICATION_FAILED),
    NOTIFY(SINGLE_PAIR_REQUIRED),
    NOTIFY(NO_ADDITIONAL_SAS),
    NOTIFY(INTERNAL_ADDRESS_FAILURE),
    NOTIFY(FAILED_CP_REQUIRED),
    NOTIFY(TS_UNACCEPTABLE),
    NOTIFY(INVALID_SELECTORS),
    {40, "UNACCEPTABLE_ADDRESSES"},
    {41, "UNEXPECTED_NAT_DETECTED"},
    {42, "USE_ASSIGNED_HoA"},
    NOTIFY(TEMPORARY_FAILURE),
    NOTIFY(CHILD_SA_NOT_FOUND),
    {45, "INVALID_GROUP_ID"},
    {46, "AUTHORIZATION_FAILED"},
    NOTIFY(STATE_NOT_FOUND),
    {48, "TS_MAX_QUEUE"},
    NOTIFY(INITIAL_CONTACT),
    NOTIFY(SET_WINDOW_SIZE),
    NOTIFY(ADDITIONAL_TS_POSSIBLE),
    NOTIFY(IPCOMP_SUPPORTED),
    NOTIFY(NAT_DETECTION_SOURCE_IP),
    NOTIFY(NAT_DETECTION_DESTINATION_IP),
    NOTIFY(COOKIE),
    NOTIFY(USE_TRANSPORT_MODE),
    NOTIFY(HTTP_CERT_LOOKUP_SUPPORTED),
    NOTIFY(REKEY_SA),
    NOTIFY(ESP_TFC_PADDING_NOT_SUPPORTED),
    NOTIFY(NON_FIRST_FRAGMENTS_ALSO),
    NOTIFY(MOBIKE_SUPPORTED),
    {16397, "ADDITIONAL_IP4_ADDRESS"},
    {16398, "ADDITIONAL_IP6_ADDRESS"},
    {16399, "NO_ADDITIONAL_ADDRESSES"},
    {16400, "UPDATE_SA_ADDRESSES"},
    {16401, "COOKIE2"},
    {16402, "NO_NATS_ALLOWED"},
    {16403, "AUTH_LIFETIME"},
    {16404, "MULTIPLE_AUTH_SUPPORTED"},
    {16405, "ANOTHER_AUTH_FOLLOWS"},
    NOTIFY(REDIRECT_SUPPORTED),
    {16407, "REDIRECT"},
    {16408, "REDIRECTED_FROM"},
    {16409, "TICKET_LT_OPAQUE"},
    {16410, "TICKET_REQUEST"},
    {16411, "TICKET_ACK"},
    {16412, "TICKET_NACK"},
    {16413, "TICKET_OPAQUE"},
    {16414, "LINK_ID"},
    {16415, "USE_WESP_MODE"},
    {16416, "ROHC_SUPPORTED"},
    {16417, "EAP_ONLY_AUTHENTICATION"},
    NOTIFY(CHILDLESS_IKEV2_SUPPORTED),
    {16419, "QUICK_CRASH_DETECTION"},
    NOTIFY(IKEV2_MESSAGE_ID_SYNC_SUPPORTED),
    {16421, "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED"},
    NOTIFY(IKEV2_MESSAGE_ID_SYNC),
    {16423, "IPSEC_REPLAY_COUNTER_SYNC"},
    {16424, "SECURE_PASSWORD_METHODS"},
    {16425, "PSK_PERSIST"},
    {16426, "PSK_CONFIRM"},
    {16427, "ERX_SUPPORTED"},
    {16428, "IFOM_CAPABILITY"},
    {16429, "SENDER_REQUEST_ID"},
    NOTIFY(IKEV2_FRAGMENTATION_SUPPORTED),
    NOTIFY(SIGNATURE_HASH_ALGORITHMS),
    {16432, "CLONE_IKE_SA_SUPPORTED"},
    {16433, "CLONE_IKE_SA"},
    {16434, "PUZZLE"},
    NOTIFY(USE_PPK),
    NOTIFY(PPK_IDENTITY),
    NOTIFY(NO_PPK_AUTH),
    NOTIFY(INTERMEDIATE_EXCHANGE_SUPPORTED),
    {16439, "IP4_ALLOWED"},
    {16440, "IP6_ALLOWED"},
    NOTIFY(ADDITIONAL_KEY_EXCHANGE),
    {16442, "USE_AGGFRAG"},
    {16443, "SUPPORTED_AUTH_METHODS"},
    NOTIFY(SA_RESOURCE_INFO),
};

const char *ike_notify_name(unsigned type)
{
    return find(notify_names, ARRAY_SIZE(notify_names), type);
}

enum words_code ike_fault_code(enum ike_fault fault)
{
    static const enum words_code codes[] = {
        [IKE_FAULT_NOT_IKE] = WORDS_IKE_FAULT_NOT_IKE,
        [IKE_FAULT_VERSION_1] = WORDS_IKE_FAULT_VERSION_1,
        [IKE_FAULT_VERSION] = WORDS_IKE_FAULT_VERSION,
        [IKE_FAULT_SYNTAX] = WORDS_IKE_FAULT_SYNTAX,
        [IKE_FAULT_CRITICAL] = WORDS_IKE_FAULT_CRITICAL,
        [IKE_FAULT_INTEGRITY] = WORDS_IKE_FAULT_INTEGRITY,
        [IKE_FAULT_NOT_PROTECTED] = WORDS_IKE_FAULT_NOT_PROTECTED,
        [IKE_FAULT_MISSING] = WORDS_IKE_FAULT_MISSING,
        [IKE_FAULT_REPEATED] = WORDS_IKE_FAULT_REPEATED,
        [IKE_FAULT_UNEXPECTED] = WORDS_IKE_FAULT_UNEXPECTED,
    };

    return fault < ARRAY_SIZE(codes) && codes[fault] ? codes[fault] : WORDS_IKE_FAULT_SYNTAX;
}

uint16_t ike_fault_notify(enum ike_fault fault)
{
    switch (fault) {
    case IKE_FAULT_VERSION:
        return IKE_NOTIFY_INVALID_MAJOR_VERSION;
    case IKE_FAULT_CRITICAL:
        return IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
    case IKE_FAULT_SYNTAX:
    case IKE_FAULT_MISSING:
    case IKE_FAULT_REPEATED:
    case IKE_FAULT_UNEXPECTED:
        return IKE_NOTIFY_INVALID_SYNTAX;
    case IKE_FAULT_NONE:
    case IKE_FAULT_NOT_IKE:
    case IKE_FAULT_VERSION_1:
    case IKE_FAULT_INTEGRITY:
    case IKE_FAULT_NOT_PROTECTED:
        return 0;
    }
    return 0;
}

int ike_problem_set(struct ike_problem *ret_problem, enum ike_fault fault, uint8_t payload, int err)
{
    if (ret_problem)
        *ret_problem = (struct ike_problem){.fault = fault, .payload = payload};
    return err;
}
