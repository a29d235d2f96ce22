#include <stdio.h>
#include <stdlib.h>

#include "authority_internal.h"

/* What strangers send to become or to be a node. The first byte says what the rest is: 'r' a
 * certificate request (PEM), else a certificate (DER). Whatever comes in: what is taken has a key
 * of an allowed kind, can be signed and then names who it was signed for; no certificate is of an
 * authority that is new. */

#define EXPECT(what)                                                                               \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "not so: %s\n", #what);                                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define NOW_US (UINT64_C(1795000000) * 1000000)

static struct authority *authority;

static void try_request(const char *pem, size_t len)
{
    struct certificate_claim claim;
    char key_text[CERTIFICATE_KEY_TEXT];
    struct buf signed_pem = {0};
    enum words_code why = WORDS_FOREIGN;
    EVP_PKEY *key = NULL;

    if (certificate_request_parse(pem, len, &key, &why) < 0) {
        EXPECT(why && !key);
        return;
    }
    EXPECT(key && len <= CERTIFICATE_REQUEST_MAX);
    EXPECT(certificate_key_text(key, key_text) == 0);
    EXPECT(authority_sign(authority, key, "node-a", NOW_US, 60, &signed_pem, &claim) == 0);
    EXPECT(strcmp(claim.region, "r") == 0 && strcmp(claim.node, "node-a") == 0 &&
           strcmp(claim.key, key_text) == 0);
    EVP_PKEY_free(key);
    buf_done(&signed_pem);
}

static void try_certificate(const uint8_t *der, size_t len)
{
    struct certificate_claim claim;
    X509 *cert = NULL;

    EXPECT(authority_verify(authority, der, len, NOW_US, &claim) < 0);
    if (certificate_read(der, len, &claim, &cert) == 0) {
        EXPECT(len <= CERTIFICATE_DER_MAX && claim.region[0] && claim.node[0]);
        EXPECT(strlen(claim.key) == CERTIFICATE_KEY_TEXT - 1);
        X509_free(cert);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!authority)
        EXPECT(authority_new("r", NOW_US, &authority) == 0);
    if (size && data[0] == 'r')
        try_request((const char *)data + 1, size - 1);
    else if (size)
        try_certificate(data + 1, size - 1);
    return 0;
}
