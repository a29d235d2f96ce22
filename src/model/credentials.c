#include "model_internal.h"

#include <stdlib.h>

#include "ident.h"
#include "x509.h"

/* What a tunnel authenticates with by certificate: that it is there, can be used, and fits. */

#define WARN_DAYS 30
#define DAY_US    (UINT64_C(86400) * 1000000)
#define NAMES_MAX 256

static struct crypto_span span_of(const char *text)
{
    return crypto_span(text, strlen(text));
}

static int refuse(struct model_request *q, const char *field, const struct words *sentence)
{
    return model_error_set(q->error, 400, "invalid-value", field, NULL, sentence);
}

static int refuse_fault(struct model_request *q, const char *field, enum crypto_cert_fault fault)
{
    static const enum words_code codes[CRYPTO_CERT_FAULTS] = {
        [CRYPTO_CERT_NONE] = WORDS_CERT_NONE,
        [CRYPTO_CERT_TOO_MANY] = WORDS_CERT_TOO_MANY,
        [CRYPTO_CERT_KEY_TYPE] = WORDS_CERT_KEY_TYPE,
        [CRYPTO_CERT_KEY_LOCKED] = WORDS_CERT_KEY_LOCKED,
        [CRYPTO_CERT_OTHER_KEY] = WORDS_CERT_OTHER_KEY,
        [CRYPTO_CERT_WEAK_KEY] = WORDS_CERT_WEAK_KEY,
    };
    struct words why = {.code = codes[fault] ? codes[fault] : WORDS_CERT_UNREADABLE};

    return refuse(q, field, SAY(VALUE_CREDENTIAL, field, &why));
}

/* ---- what changed ---- */

static bool same_text(const char *stored, const json_t *resource, const char *field)
{
    return strcmp(stored ? stored : "", model_str(resource, field)) == 0;
}

/* Nothing of it differs from what is stored: then it was looked at before. */
static bool is_as_stored(const struct model_request *q, const json_t *resource)
{
    const struct model_vpn_tunnel *t = (const struct model_vpn_tunnel *)q->current;

    return t && t->authentication == MODEL_AUTHENTICATION_CERTIFICATE &&
           !json_object_get(resource, "privateKey") &&
           same_text(t->certificate, resource, "certificate") &&
           same_text(t->ca_certificates, resource, "caCertificates") &&
           same_text(t->crl, resource, "crl") && same_text(t->local_id, resource, "localId") &&
           model_int(resource, "ike.version", 2) == t->ike.version;
}

/* ---- the private key ---- */

static int check_key(struct model_request *q, const struct crypto_certs *certs, const char *pem)
{
    enum crypto_cert_fault fault = CRYPTO_CERT_GOOD;
    struct crypto_key *key = NULL;
    int r = crypto_key_parse(span_of(pem), &key, &fault);

    if (r == 0 && !crypto_key_fits(key, certs))
        fault = CRYPTO_CERT_OTHER_KEY;
    crypto_key_free(key);
    if (r == -ENOMEM)
        return model_internal_error(q->error);
    return fault == CRYPTO_CERT_GOOD ? 0 : refuse_fault(q, "privateKey", fault);
}

/* Given now, or stored. */
static int find_key(struct model_request *q, const struct crypto_certs *certs,
                    const json_t *resource)
{
    const struct model_vpn_tunnel *t = (const struct model_vpn_tunnel *)q->current;
    const json_t *given = json_object_get(resource, "privateKey");
    char *clear = NULL;
    int r;

    if (given && json_string_length(given))
        return check_key(q, certs, json_string_value(given));
    if (given || !t || !t->private_key)
        return refuse(q, "privateKey", SAY(VALUE_CREDENTIAL_MISSING, "privateKey"));
    if (q->env->open(q->env->user, t->head.id, "privateKey", t->private_key, &clear) < 0)
        return refuse(q, "privateKey", SAY(VALUE_CERT_KEY_SEALED));
    r = check_key(q, certs, clear);
    explicit_bzero(clear, strlen(clear));
    free(clear);
    return r;
}

/* ---- the certificate ---- */

static bool bears(const struct crypto_certs *certs, const char *id)
{
    struct ident ident;
    struct crypto_span data;

    if (ident_parse(id, &ident) < 0)
        return false;
    data = crypto_span(ident.data, ident.len);
    switch (ident.type) {
    case IDENT_IPV4:
    case IDENT_IPV6:
        return crypto_certs_bear(certs, CRYPTO_NAME_IP, data);
    case IDENT_FQDN:
        return crypto_certs_bear(certs, CRYPTO_NAME_DNS, data);
    case IDENT_EMAIL:
        return crypto_certs_bear(certs, CRYPTO_NAME_EMAIL, data);
    default:
        return false;
    }
}

/* The cloud address as local ID stands for the subject. */
static int check_local_id(struct model_request *q, const struct crypto_certs *certs,
                          const json_t *resource)
{
    const char *id = model_str(resource, "localId");
    char names[NAMES_MAX];

    if (!*id || strcmp(id, model_str(resource, "cloudAddress")) == 0 || bears(certs, id))
        return 0;
    crypto_certs_write_names(certs, names, sizeof(names));
    return refuse(q, "localId", SAY(VALUE_CERT_OTHER_ID, id, names));
}

static int check_end(struct model_request *q, const struct crypto_certs *certs, json_t *warnings)
{
    uint64_t end_us = (uint64_t)MAX(crypto_certs_end(certs), 0) * 1000000;
    char date[CLOCK_TEXT_MAX], subject[CRYPTO_DN_TEXT_MAX], text[WORDS_TEXT_MAX];

    clock_say(end_us, date);
    if (end_us <= q->env->now_us)
        return refuse(q, "certificate",
                      SAY(VALUE_CREDENTIAL, "certificate", SAY(CERT_EXPIRED, date)));
    if (end_us - q->env->now_us > WARN_DAYS * DAY_US)
        return 0;
    crypto_certs_write_subject(certs, subject, sizeof(subject));
    words_write(SAY(WARN_CERT_ENDS, subject, date), text, sizeof(text));
    return json_array_append_new(warnings, json_string(text)) ? model_internal_error(q->error) : 0;
}

/* RSA below 2048 bits would be found out by the peer only. */
static int check_own(struct model_request *q, const struct crypto_certs *certs,
                     const json_t *resource, json_t *warnings)
{
    unsigned bits;
    int r;

    if (!crypto_certs_kind(certs, &bits))
        return refuse_fault(q, "certificate", CRYPTO_CERT_KEY_TYPE);
    r = find_key(q, certs, resource);
    if (r == 0)
        r = check_local_id(q, certs, resource);
    return r == 0 ? check_end(q, certs, warnings) : r;
}

static int check_trust(struct model_request *q, const json_t *resource)
{
    enum crypto_cert_fault fault = CRYPTO_CERT_GOOD;
    struct crypto_trust *trust = NULL;
    const char *ca = model_str(resource, "caCertificates");
    int r = crypto_trust_new(span_of(ca), span_of(""), &trust, &fault);

    crypto_trust_free(trust);
    if (r == -EBADMSG)
        return refuse_fault(q, "caCertificates", fault);
    trust = NULL;
    if (r == 0)
        r = crypto_trust_new(span_of(ca), span_of(model_str(resource, "crl")), &trust, &fault);
    crypto_trust_free(trust);
    if (r == -EBADMSG)
        return refuse_fault(q, "crl", fault);
    return r < 0 ? model_internal_error(q->error) : 0;
}

static int check_all(struct model_request *q, const json_t *resource, json_t *warnings)
{
    enum crypto_cert_fault fault;
    struct crypto_certs *certs;
    int r = crypto_certs_parse(span_of(model_str(resource, "certificate")), &certs, &fault);

    if (r == -EBADMSG)
        return refuse_fault(q, "certificate", fault);
    if (r < 0)
        return model_internal_error(q->error);
    r = check_own(q, certs, resource, warnings);
    crypto_certs_free(certs);
    return r == 0 ? check_trust(q, resource) : r;
}

int model_check_credentials(struct model_request *q, const json_t *resource, json_t *warnings)
{
    static const char *const needed[] = {"certificate", "caCertificates"};

    if (strcmp(model_str(resource, "authentication"), "certificate") != 0 ||
        is_as_stored(q, resource))
        return 0;
    if (model_int(resource, "ike.version", 2) != 2)
        return refuse(q, "authentication", SAY(VALUE_CERT_IKE_VERSION));
    for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
        if (!*model_str(resource, needed[i]))
            return refuse(q, needed[i], SAY(VALUE_CREDENTIAL_MISSING, needed[i]));
    return check_all(q, resource, warnings);
}
