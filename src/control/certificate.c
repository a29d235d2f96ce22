#include "authority_internal.h"

#include <ctype.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

/* Certificates and requests for them as they come in from outside. */

#define BEGIN      "-----BEGIN " PEM_STRING_X509_REQ "-----"
#define URI_PREFIX "ropeway:"
#define RSA_MIN    2048
#define RSA_MAX    8192 /* what checking a signature may cost */

/* ---- keys ---- */

static bool is_good_curve(EVP_PKEY *key)
{
    char name[32];
    int explicit_curve = 0;

    (void)EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                 &explicit_curve);
    return !explicit_curve && EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1 &&
           (strcmp(name, SN_X9_62_prime256v1) == 0 || strcmp(name, SN_secp384r1) == 0);
}

static bool is_good_key(EVP_PKEY *key)
{
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_EC:
        return is_good_curve(key);
    case EVP_PKEY_ED25519:
        return true;
    case EVP_PKEY_RSA:
        return EVP_PKEY_get_bits(key) >= RSA_MIN && EVP_PKEY_get_bits(key) <= RSA_MAX;
    default:
        return false;
    }
}

int certificate_key_text(EVP_PKEY *key, char ret[CERTIFICATE_KEY_TEXT])
{
    uint8_t digest[CRYPTO_SHA256_LEN], *der = NULL;
    int len = i2d_PUBKEY(key, &der), r = -EBADMSG;
    struct crypto_span part = crypto_span(der, len > 0 ? (size_t)len : 0);

    if (len > 0)
        r = crypto_sha256(&part, 1, digest);
    for (size_t i = 0; r == 0 && i < sizeof(digest); i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
    OPENSSL_free(der);
    ERR_clear_error();
    return r;
}

/* ---- requests ---- */

static bool only_space_left(BIO *bio)
{
    char c;

    while (BIO_read(bio, &c, 1) == 1) {
        if (!isspace((unsigned char)c))
            return false;
    }
    return true;
}

/* One PEM block of a request without headers, and nothing around it. NULL if it is not so. */
static X509_REQ *read_request(const char *pem, size_t len)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    char *name = NULL, *header = NULL;
    uint8_t *der = NULL;
    const uint8_t *at;
    X509_REQ *request = NULL;
    long der_len = 0;

    if (bio && PEM_read_bio(bio, &name, &header, &der, &der_len) == 1 &&
        strcmp(name, PEM_STRING_X509_REQ) == 0 && !*header && only_space_left(bio)) {
        at = der;
        request = d2i_X509_REQ(NULL, &at, der_len);
        if (request && at != der + der_len) {
            X509_REQ_free(request);
            request = NULL;
        }
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    return request;
}

/* WORDS_FOREIGN if all is well. The cheap looks come before the signature is computed. */
static enum words_code check_request(X509_REQ *request, EVP_PKEY *key)
{
    if (!request)
        return WORDS_CSR_NO_PEM;
    if (!key || !is_good_key(key))
        return WORDS_CSR_KEY;
    if (X509_REQ_verify(request, key) != 1)
        return WORDS_CSR_SIGNATURE;
    return WORDS_FOREIGN;
}

int certificate_request_parse(const char *pem, size_t len, EVP_PKEY **ret, enum words_code *ret_why)
{
    X509_REQ *request = NULL;
    EVP_PKEY *key = NULL;
    enum words_code why = WORDS_CSR_TOO_LARGE;

    if (len <= CERTIFICATE_REQUEST_MAX) {
        if (len > strlen(BEGIN) && memcmp(pem, BEGIN, strlen(BEGIN)) == 0)
            request = read_request(pem, len);
        key = request ? X509_REQ_get_pubkey(request) : NULL;
        why = check_request(request, key);
    }
    X509_REQ_free(request);
    ERR_clear_error();
    if (why) {
        EVP_PKEY_free(key);
        *ret_why = why;
        return -EBADMSG;
    }
    *ret = key;
    return 0;
}

/* ---- certificates ---- */

/* Ids are lower case letters, digits and hyphens. */
static int take_id(const char *text, size_t len, char *ret, size_t size)
{
    if (len == 0 || len >= size || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") < len)
        return -EBADMSG;
    memcpy(ret, text, len);
    ret[len] = 0;
    return 0;
}

/* "ropeway:REGION/NODE" */
static int take_uri(const ASN1_IA5STRING *uri, struct certificate_claim *ret)
{
    char text[sizeof(URI_PREFIX) + 2 * STORE_NAME_MAX + 2];
    int len = ASN1_STRING_length(uri);
    const char *region, *slash;

    if (len <= 0 || (size_t)len >= sizeof(text))
        return -EBADMSG;
    memcpy(text, ASN1_STRING_get0_data(uri), (size_t)len);
    text[len] = 0;
    if (memchr(text, 0, (size_t)len) || !text_starts_with(text, URI_PREFIX))
        return -EBADMSG;
    region = text + strlen(URI_PREFIX);
    slash = strchr(region, '/');
    if (!slash || take_id(region, (size_t)(slash - region), ret->region, sizeof(ret->region)) < 0)
        return -EBADMSG;
    return take_id(slash + 1, strlen(slash + 1), ret->node, sizeof(ret->node));
}

static int take_names(X509 *cert, struct certificate_claim *ret)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    int r = -EBADMSG;

    if (names && sk_GENERAL_NAME_num(names) == 1) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, 0);

        if (name->type == GEN_URI)
            r = take_uri(name->d.uniformResourceIdentifier, ret);
    }
    GENERAL_NAMES_free(names);
    return r;
}

static bool has_common_name(X509 *cert, const char *expected)
{
    const X509_NAME *name = X509_get_subject_name(cert);
    const ASN1_STRING *text;

    if (X509_NAME_entry_count(name) != 1 || X509_NAME_get_index_by_NID(name, NID_commonName, -1))
        return false;
    text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 0));
    return (size_t)ASN1_STRING_length(text) == strlen(expected) &&
           memcmp(ASN1_STRING_get0_data(text), expected, strlen(expected)) == 0;
}

static int take_time(const ASN1_TIME *time, uint64_t *ret_us)
{
    struct tm tm;
    time_t seconds;

    if (ASN1_TIME_to_tm(time, &tm) != 1)
        return -EBADMSG;
    seconds = timegm(&tm);
    if (seconds < 0)
        return -EBADMSG;
    *ret_us = (uint64_t)seconds * 1000000;
    return 0;
}

static int take_certificate(X509 *cert, struct certificate_claim *ret)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);

    if (!key || !is_good_key(key) || take_names(cert, ret) < 0 || !has_common_name(cert, ret->node))
        return -EBADMSG;
    if (take_time(X509_get0_notBefore(cert), &ret->from_us) < 0 ||
        take_time(X509_get0_notAfter(cert), &ret->until_us) < 0)
        return -EBADMSG;
    return certificate_key_text(key, ret->key);
}

int certificate_read(const uint8_t *der, size_t len, struct certificate_claim *ret, X509 **ret_cert)
{
    struct certificate_claim claim = {0};
    const uint8_t *at = der;
    X509 *cert = len && len <= CERTIFICATE_DER_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;
    int r = cert && at == der + len ? take_certificate(cert, &claim) : -EBADMSG;

    ERR_clear_error();
    if (r == 0) {
        *ret = claim;
        if (ret_cert) {
            *ret_cert = cert;
            return 0;
        }
    }
    X509_free(cert);
    return r;
}
