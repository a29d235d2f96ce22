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
        {43, "IKE_INTERMEDIATE"},
        {44, "IKE_FOLLOWUP_KE"},
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
        {IKE_TRANSFORM_ENCR, "ENCR"}, {IKE_TRANSFORM_PRF, "PRF"}, {IKE_TRANSFORM_INTEG, "INTEG"},
        {IKE_TRANSFORM_DH, "DH"},     {IKE_TRANSFORM_ESN, "ESN"},
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

const char *ike_auth_method_name(unsigned method)
{
    static const struct name names[] = {
        {IKE_AUTH_RSA, "RSA signature"},      {IKE_AUTH_PSK, "pre-shared key"},
        {IKE_AUTH_DSS, "DSS signature"},      {IKE_AUTH_ECDSA_256, "ECDSA-256"},
        {IKE_AUTH_ECDSA_384, "ECDSA-384"},    {IKE_AUTH_ECDSA_521, "ECDSA-521"},
        {IKE_AUTH_NULL, "no authentication"}, {IKE_AUTH_SIGNATURE, "digital signature"},
    };
    return find(names, ARRAY_SIZE(names), method);
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
    {47, "STATE_NOT_FOUND"},
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
    {16441, "ADDITIONAL_KEY_EXCHANGE"},
    {16442, "USE_AGGFRAG"},
    {16443, "SUPPORTED_AUTH_METHODS"},
    NOTIFY(SA_RESOURCE_INFO),
};

const char *ike_notify_name(unsigned type)
{
    return find(notify_names, ARRAY_SIZE(notify_names), type);
}

const char *ike_fault_text(enum ike_fault fault)
{
    static const char *const texts[] = {
        [IKE_FAULT_NONE] = "is fine",
        [IKE_FAULT_NOT_IKE] = "is no IKE message",
        [IKE_FAULT_VERSION_1] = "is of IKE version 1",
        [IKE_FAULT_VERSION] = "is of an IKE version above 2",
        [IKE_FAULT_SYNTAX] = "does not parse",
        [IKE_FAULT_TOO_MANY] = "holds more than is accepted",
        [IKE_FAULT_CRITICAL] = "is critical and not supported",
        [IKE_FAULT_INTEGRITY] = "fails its integrity check",
        [IKE_FAULT_NOT_PROTECTED] = "is protected where it must not be, or is not where it must",
        [IKE_FAULT_MISSING] = "is missing",
        [IKE_FAULT_REPEATED] = "occurs more than once",
        [IKE_FAULT_UNEXPECTED] = "has no place in this exchange",
    };
    return fault < ARRAY_SIZE(texts) && texts[fault] ? texts[fault] : "unknown";
}

uint16_t ike_fault_notify(enum ike_fault fault)
{
    switch (fault) {
    case IKE_FAULT_VERSION:
        return IKE_NOTIFY_INVALID_MAJOR_VERSION;
    case IKE_FAULT_CRITICAL:
        return IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
    case IKE_FAULT_SYNTAX:
    case IKE_FAULT_TOO_MANY:
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
