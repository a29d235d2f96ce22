/* x509_names.c - the names that a certificate bears (RFC 5280, 4.1.2.6, 4.2.1.6; RFC 4945, 3.1). */
#include <stdio.h>
#include <strings.h>

#include "x509_internal.h"

void crypto_write_name(const X509_NAME *name, char *text, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n = -1;

    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
        n = BIO_read(bio, text, (int)size - 1);
    text[MAX(n, 0)] = 0;
    BIO_free(bio);
    crypto_fail(0);
}

void crypto_certs_write_subject(const struct crypto_certs *certs, char *text, size_t size)
{
    text[0] = 0;
    if (certs->n)
        crypto_write_name(X509_get_subject_name(certs->x[0]), text, size);
}

void crypto_certs_write_issuer(const struct crypto_certs *certs, char *text, size_t size)
{
    text[0] = 0;
    if (certs->n)
        crypto_write_name(X509_get_issuer_name(certs->x[0]), text, size);
}

static bool is_subject(X509 *x, struct crypto_span der)
{
    const uint8_t *pos = der.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &pos, (long)der.len);
    bool same = name && pos == der.data + der.len && X509_NAME_entry_count(name) > 0 &&
                X509_NAME_cmp(name, X509_get_subject_name(x)) == 0;

    X509_NAME_free(name);
    crypto_fail(0);
    return same;
}

static bool same_bytes(const ASN1_STRING *s, struct crypto_span name, bool text)
{
    const unsigned char *data = ASN1_STRING_get0_data(s);

    if ((size_t)ASN1_STRING_length(s) != name.len || !name.len)
        return false;
    return text ? strncasecmp((const char *)data, (const char *)name.data, name.len) == 0 &&
                      !memchr(data, 0, name.len)
                : memcmp(data, name.data, name.len) == 0;
}

static bool is_name(const GENERAL_NAME *gn, enum crypto_name_kind kind, struct crypto_span name)
{
    int type;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(gn, &type);

    switch (kind) {
    case CRYPTO_NAME_IP:
        return type == GEN_IPADD && same_bytes(value, name, false);
    case CRYPTO_NAME_DNS:
        return type == GEN_DNS && same_bytes(value, name, true);
    case CRYPTO_NAME_EMAIL:
        return type == GEN_EMAIL && same_bytes(value, name, true);
    default:
        return false;
    }
}

bool crypto_certs_bear(const struct crypto_certs *certs, enum crypto_name_kind kind,
                       struct crypto_span name)
{
    GENERAL_NAMES *names;
    bool found = false;

    if (!certs->n)
        return false;
    if (kind == CRYPTO_NAME_DN)
        return is_subject(certs->x[0], name);
    names = X509_get_ext_d2i(certs->x[0], NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
        found = is_name(sk_GENERAL_NAME_value(names, i), kind, name);
    GENERAL_NAMES_free(names);
    crypto_fail(0);
    return found;
}

/* Nothing that is not printable reaches a log. */
static void add_text(char *text, size_t size, const unsigned char *data, size_t len)
{
    size_t pos = strlen(text);

    if (pos && pos + 3 < size) {
        memcpy(text + pos, ", ", 3);
        pos += 2;
    }
    for (size_t i = 0; i < len && pos + 1 < size; i++)
        text[pos++] = data[i] >= ' ' && data[i] < 127 ? (char)data[i] : '?';
    text[pos] = 0;
}

static void add_name(char *text, size_t size, const GENERAL_NAME *gn)
{
    char address[ADDR_TEXT_MAX];
    int type;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(gn, &type);
    struct addr a = {0};

    if (type == GEN_DNS || type == GEN_EMAIL)
        add_text(text, size, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
    if (type != GEN_IPADD)
        return;
    a.family = ASN1_STRING_length(value) == 4 ? ADDR_IPV4 : ADDR_IPV6;
    if ((size_t)ASN1_STRING_length(value) != addr_len(&a))
        return;
    memcpy(a.bytes, ASN1_STRING_get0_data(value), addr_len(&a));
    addr_format(&a, address);
    add_text(text, size, (const unsigned char *)address, strlen(address));
}

void crypto_certs_write_names(const struct crypto_certs *certs, char *text, size_t size)
{
    GENERAL_NAMES *names;

    crypto_certs_write_subject(certs, text, size);
    if (!certs->n)
        return;
    names = X509_get_ext_d2i(certs->x[0], NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        add_name(text, size, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
    crypto_fail(0);
}
