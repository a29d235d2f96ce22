/* codec_rules.c - what a message is, which payloads it must hold, and whether protected: one table
 * for all exchanges (RFC 7296, 1.2 - 1.4, 2.6, 2.21 and appendix C). How often a payload may occur
 * is part of the payload's own description in codec_parse.c. */
#include "codec_internal.h"

#define SA     IKE_BIT(IKE_PAYLOAD_SA)
#define KE     IKE_BIT(IKE_PAYLOAD_KE)
#define IDI    IKE_BIT(IKE_PAYLOAD_IDI)
#define IDR    IKE_BIT(IKE_PAYLOAD_IDR)
#define AUTH   IKE_BIT(IKE_PAYLOAD_AUTH)
#define NONCE  IKE_BIT(IKE_PAYLOAD_NONCE)
#define TSI    IKE_BIT(IKE_PAYLOAD_TSI)
#define TSR    IKE_BIT(IKE_PAYLOAD_TSR)
#define SEALED (IKE_BIT(IKE_PAYLOAD_SK) | IKE_BIT(IKE_PAYLOAD_SKF))

enum direction { REQUEST, RESPONSE, EITHER };

enum errors {
    NO_MATTER,
    ANY_ERROR,
    CHILD_ERRORS, /* each is about the child SA alone */
};

/* What must hold of the contents for a row to apply, beside exchange and direction. An error in a
 * response is a failure, whatever stands beside it (3.10.1). */
struct rule_if {
    uint64_t has;    /* all of these payloads */
    uint64_t lacks;  /* none of these */
    uint16_t notify; /* this notify; 0: no matter */
    enum errors errors;
    uint8_t sa_protocol; /* the first proposal's protocol; 0: no matter */
};

/* The first row that applies says what the message is; then it must hold all of `needs`. */
static const struct rule {
    enum ike_kind kind;
    const char *name;
    uint8_t exchange; /* 0: any but IKE_SA_INIT */
    enum direction direction;
    bool protected;
    struct rule_if when;
    uint64_t needs;
} rules[] = {
    {IKE_KIND_SA_INIT_REQUEST,
     "IKE_SA_INIT request",
     IKE_EXCHANGE_SA_INIT,
     REQUEST,
     false,
     {0},
     SA | KE | NONCE},
    {IKE_KIND_SA_INIT_COOKIE,
     "IKE_SA_INIT response with a cookie",
     IKE_EXCHANGE_SA_INIT,
     RESPONSE,
     false,
     {.lacks = SA, .notify = IKE_NOTIFY_COOKIE},
     0},
    {IKE_KIND_SA_INIT_INVALID_KE,
     "IKE_SA_INIT response asking for another group",
     IKE_EXCHANGE_SA_INIT,
     RESPONSE,
     false,
     {.notify = IKE_NOTIFY_INVALID_KE_PAYLOAD},
     0},
    {IKE_KIND_SA_INIT_FAILED,
     "IKE_SA_INIT response with an error",
     IKE_EXCHANGE_SA_INIT,
     RESPONSE,
     false,
     {.errors = ANY_ERROR},
     0},
    {IKE_KIND_SA_INIT_RESPONSE,
     "IKE_SA_INIT response",
     IKE_EXCHANGE_SA_INIT,
     RESPONSE,
     false,
     {0},
     SA | KE | NONCE},

    {IKE_KIND_CLEAR_ERROR,
     "unprotected error",
     0,
     EITHER,
     false,
     {.lacks = SEALED, .errors = ANY_ERROR},
     0},

    {IKE_KIND_INTERMEDIATE_REQUEST,
     "IKE_INTERMEDIATE request",
     IKE_EXCHANGE_INTERMEDIATE,
     REQUEST,
     true,
     {0},
     KE},
    {IKE_KIND_INTERMEDIATE_FAILED,
     "IKE_INTERMEDIATE response with an error",
     IKE_EXCHANGE_INTERMEDIATE,
     RESPONSE,
     true,
     {.errors = ANY_ERROR},
     0},
    {IKE_KIND_INTERMEDIATE_RESPONSE,
     "IKE_INTERMEDIATE response",
     IKE_EXCHANGE_INTERMEDIATE,
     RESPONSE,
     true,
     {0},
     KE},

    {IKE_KIND_AUTH_REQUEST,
     "IKE_AUTH request",
     IKE_EXCHANGE_AUTH,
     REQUEST,
     true,
     {0},
     IDI | AUTH | SA | TSI | TSR},
    {IKE_KIND_AUTH_NO_CHILD,
     "IKE_AUTH response without a child SA",
     IKE_EXCHANGE_AUTH,
     RESPONSE,
     true,
     {.has = AUTH, .errors = CHILD_ERRORS},
     IDR},
    {IKE_KIND_AUTH_FAILED,
     "IKE_AUTH response with an error",
     IKE_EXCHANGE_AUTH,
     RESPONSE,
     true,
     {.errors = ANY_ERROR},
     0},
    {IKE_KIND_AUTH_RESPONSE,
     "IKE_AUTH response",
     IKE_EXCHANGE_AUTH,
     RESPONSE,
     true,
     {0},
     IDR | AUTH | SA | TSI | TSR},

    {IKE_KIND_IKE_REKEY_REQUEST,
     "CREATE_CHILD_SA request to rekey the IKE SA",
     IKE_EXCHANGE_CREATE_CHILD_SA,
     REQUEST,
     true,
     {.sa_protocol = IKE_PROTOCOL_IKE},
     SA | NONCE | KE},
    {IKE_KIND_CHILD_REKEY_REQUEST,
     "CREATE_CHILD_SA request to rekey a child SA",
     IKE_EXCHANGE_CREATE_CHILD_SA,
     REQUEST,
     true,
     {.notify = IKE_NOTIFY_REKEY_SA},
     SA | NONCE | TSI | TSR},
    {IKE_KIND_CHILD_REQUEST,
     "CREATE_CHILD_SA request",
     IKE_EXCHANGE_CREATE_CHILD_SA,
     REQUEST,
     true,
     {0},
     SA | NONCE | TSI | TSR},
    {IKE_KIND_CREATE_FAILED,
     "CREATE_CHILD_SA response with an error",
     IKE_EXCHANGE_CREATE_CHILD_SA,
     RESPONSE,
     true,
     {.errors = ANY_ERROR},
     0},
    {IKE_KIND_IKE_REKEY_RESPONSE,
     "CREATE_CHILD_SA response, IKE SA rekeyed",
     IKE_EXCHANGE_CREATE_CHILD_SA,
     RESPONSE,
     true,
     {.sa_protocol = IKE_PROTOCOL_IKE},
     SA | NONCE | KE},
    {IKE_KIND_CHILD_RESPONSE,
     "CREATE_CHILD_SA response",
     IKE_EXCHANGE_CREATE_CHILD_SA,
     RESPONSE,
     true,
     {0},
     SA | NONCE | TSI | TSR},

    {IKE_KIND_FOLLOWUP_REQUEST,
     "IKE_FOLLOWUP_KE request",
     IKE_EXCHANGE_FOLLOWUP_KE,
     REQUEST,
     true,
     {0},
     KE},
    {IKE_KIND_FOLLOWUP_FAILED,
     "IKE_FOLLOWUP_KE response with an error",
     IKE_EXCHANGE_FOLLOWUP_KE,
     RESPONSE,
     true,
     {.errors = ANY_ERROR},
     0},
    {IKE_KIND_FOLLOWUP_RESPONSE,
     "IKE_FOLLOWUP_KE response",
     IKE_EXCHANGE_FOLLOWUP_KE,
     RESPONSE,
     true,
     {0},
     KE},

    {IKE_KIND_INFORMATIONAL_REQUEST,
     "INFORMATIONAL request",
     IKE_EXCHANGE_INFORMATIONAL,
     REQUEST,
     true,
     {0},
     0},
    {IKE_KIND_INFORMATIONAL_RESPONSE,
     "INFORMATIONAL response",
     IKE_EXCHANGE_INFORMATIONAL,
     RESPONSE,
     true,
     {0},
     0},
};

const char *ike_kind_name(enum ike_kind kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (rules[i].kind == kind)
            return rules[i].name;
    return "unknown";
}

/* 1.2: with these the IKE SA stands without its first child SA. Any other error, known or not, is
 * that of the whole exchange. */
static bool is_child_error(uint16_t type)
{
    switch (type) {
    case IKE_NOTIFY_NO_PROPOSAL_CHOSEN:
    case IKE_NOTIFY_SINGLE_PAIR_REQUIRED:
    case IKE_NOTIFY_NO_ADDITIONAL_SAS:
    case IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE:
    case IKE_NOTIFY_FAILED_CP_REQUIRED:
    case IKE_NOTIFY_TS_UNACCEPTABLE:
    case IKE_NOTIFY_TEMPORARY_FAILURE:
        return true;
    default:
        return false;
    }
}

static bool only_child_errors(const struct ike_message *m)
{
    for (size_t i = 0; i < m->n_notifies; i++) {
        uint16_t type = m->notifies[i].type;

        if (type < IKE_NOTIFY_STATUS_MIN && !is_child_error(type))
            return false;
    }
    return true;
}

static bool applies(const struct rule *rule, const struct ike_message *m)
{
    bool response = ike_message_is_response(m);

    if (rule->exchange ? rule->exchange != m->hdr.exchange
                       : m->hdr.exchange == IKE_EXCHANGE_SA_INIT)
        return false;
    if (rule->direction != EITHER && (rule->direction == RESPONSE) != response)
        return false;
    if (m->present & rule->when.lacks)
        return false;
    if (rule->when.has & ~m->present)
        return false;
    if (rule->when.notify && !ike_message_notify(m, rule->when.notify))
        return false;
    if (rule->when.errors && !ike_message_error(m))
        return false;
    if (rule->when.errors == CHILD_ERRORS && !only_child_errors(m))
        return false;
    return !rule->when.sa_protocol ||
           (m->n_proposals > 0 && m->proposals[0].protocol == rule->when.sa_protocol);
}

/* The lowest payload type of a set that is not empty. */
static uint8_t first_of(uint64_t set)
{
    return (uint8_t)__builtin_ctzll(set);
}

int ike_message_check(const struct ike_message *m, enum ike_kind *ret_kind,
                      struct ike_problem *ret_problem)
{
    const struct rule *rule = NULL;
    uint64_t stray, missing;

    for (size_t i = 0; i < ARRAY_SIZE(rules) && !rule; i++)
        if (applies(&rules[i], m))
            rule = &rules[i];
    if (!rule)
        return ike_problem_set(ret_problem, IKE_FAULT_UNEXPECTED, 0, -EPROTO);

    /* All inside one Encrypted payload, opened; or nothing is. */
    stray = rule->protected ? m->present_clear & ~SEALED : m->present & SEALED;
    if (stray)
        return ike_problem_set(ret_problem, IKE_FAULT_NOT_PROTECTED, first_of(stray), -EPROTO);
    if (m->was_protected != rule->protected)
        return ike_problem_set(ret_problem, IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_SK, -EPROTO);

    missing = rule->needs & ~m->present;
    if (missing)
        return ike_problem_set(ret_problem, IKE_FAULT_MISSING, first_of(missing), -EPROTO);
    *ret_kind = rule->kind;
    return 0;
}
