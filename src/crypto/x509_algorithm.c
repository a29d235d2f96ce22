/* x509_algorithm.c - signature algorithms as the AlgorithmIdentifiers of RFC 7427, 3 and appendix
 * A, and RFC 8420. */
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "x509_internal.h"

static const struct {
    int nid; /* of the signature algorithm */
    int md;
    uint8_t kind;
    uint8_t hash;
    bool null; /* its parameters are NULL, else absent */
} algorithms[] = {
    {NID_sha256WithRSAEncryption, NID_sha256, CRYPTO_SIGN_RSA, CRYPTO_SIGN_SHA256, true},
    {NID_sha384WithRSAEncryption, NID_sha384, CRYPTO_SIGN_RSA, CRYPTO_SIGN_SHA384, true},
    {NID_sha512WithRSAEncryption, NID_sha512, CRYPTO_SIGN_RSA, CRYPTO_SIGN_SHA512, true},
    {NID_sha1WithRSAEncryption, NID_sha1, CRYPTO_SIGN_RSA, CRYPTO_SIGN_SHA1, true},
    {NID_ecdsa_with_SHA256, NID_sha256, CRYPTO_SIGN_ECDSA, CRYPTO_SIGN_SHA256, false},
    {NID_ecdsa_with_SHA384, NID_sha384, CRYPTO_SIGN_ECDSA, CRYPTO_SIGN_SHA384, false},
    {NID_ecdsa_with_SHA512, NID_sha512, CRYPTO_SIGN_ECDSA, CRYPTO_SIGN_SHA512, false},
    {NID_ecdsa_with_SHA1, NID_sha1, CRYPTO_SIGN_ECDSA, CRYPTO_SIGN_SHA1, false},
    {NID_ED25519, NID_undef, CRYPTO_SIGN_ED25519, CRYPTO_SIGN_IDENTITY, false},
};

/* ---- RSASSA-PSS: one shape for the three hashes (RFC 7427, A.4) ---- */

static const uint8_t pss[] =
    {
        0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, /* RSASSA-PSS
                                                                                       */
        0x30, 0x34, /* parameters */
        0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
        0,    0x05, 0x00, /* hashAlgorithm */
        0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
        0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0,
        0x05, 0x00,                  /* maskGenAlgorithm
                                      */
        0xa2, 0x03, 0x02, 0x01, 0x00 /* saltLength */
};

#define PSS_HASH 29 /* where the last number of id-sha256, id-sha384, id-sha512 stands */
#define PSS_MASK 59

static size_t write_pss(const struct crypto_scheme *scheme, uint8_t *ret)
{
    static const uint8_t numbers[] = {
        [CRYPTO_SIGN_SHA256] = 1, [CRYPTO_SIGN_SHA384] = 2, [CRYPTO_SIGN_SHA512] = 3};

    if (scheme->hash < CRYPTO_SIGN_SHA256 || scheme->hash > CRYPTO_SIGN_SHA512 ||
        scheme->salt_len > 127)
        return 0;
    memcpy(ret, pss, sizeof(pss));
    ret[PSS_HASH] = numbers[scheme->hash];
    ret[PSS_MASK] = numbers[scheme->hash];
    ret[sizeof(pss) - 1] = (uint8_t)scheme->salt_len;
    return sizeof(pss);
}

static uint8_t hash_of(int md)
{
    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
        if (md != NID_undef && algorithms[i].md == md)
            return algorithms[i].hash;
    return 0;
}

/* SHA-1 is what stands where nothing does (RFC 4055, 3.1). */
static int md_of(const X509_ALGOR *alg)
{
    const ASN1_OBJECT *oid;

    if (!alg)
        return NID_sha1;
    X509_ALGOR_get0(&oid, NULL, NULL, alg);
    return OBJ_obj2nid(oid);
}

/* The hash of MGF1; NID_undef for another mask. */
static int mask_md_of(const X509_ALGOR *mask)
{
    X509_ALGOR *inner;
    const ASN1_OBJECT *oid;
    const void *value;
    int type, md;

    if (!mask)
        return NID_sha1;
    X509_ALGOR_get0(&oid, &type, &value, mask);
    if (OBJ_obj2nid(oid) != NID_mgf1 || type != V_ASN1_SEQUENCE)
        return NID_undef;
    inner = ASN1_item_unpack(value, ASN1_ITEM_rptr(X509_ALGOR));
    md = inner ? md_of(inner) : NID_undef;
    X509_ALGOR_free(inner);
    return md;
}

static int take_pss(const RSA_PSS_PARAMS *p, struct crypto_scheme *ret)
{
    long salt = p->saltLength ? ASN1_INTEGER_get(p->saltLength) : 20;
    int md = md_of(p->hashAlgorithm);

    if (!hash_of(md) || mask_md_of(p->maskGenAlgorithm) != md || salt < 0 || salt > 512 ||
        (p->trailerField && ASN1_INTEGER_get(p->trailerField) != 1))
        return -EBADMSG;
    *ret = (struct crypto_scheme){
        .kind = CRYPTO_SIGN_RSA_PSS, .hash = hash_of(md), .salt_len = (uint16_t)salt};
    return 0;
}

static int parse_pss(int type, const void *value, struct crypto_scheme *ret)
{
    RSA_PSS_PARAMS *p;
    int r;

    if (type != V_ASN1_SEQUENCE)
        return -EBADMSG;
    p = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    r = p ? take_pss(p, ret) : -EBADMSG;
    RSA_PSS_PARAMS_free(p);
    return r;
}

/* ---- all of them ---- */

static int write_plain(int nid, bool null, uint8_t *ret)
{
    X509_ALGOR *alg = X509_ALGOR_new();
    uint8_t *pos = ret;
    int len = 0;

    if (alg &&
        X509_ALGOR_set0(alg, OBJ_nid2obj(nid), null ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) == 1 &&
        i2d_X509_ALGOR(alg, NULL) <= CRYPTO_ALGORITHM_MAX)
        len = i2d_X509_ALGOR(alg, &pos);
    X509_ALGOR_free(alg);
    return MAX(len, 0);
}

size_t crypto_scheme_write(const struct crypto_scheme *scheme, uint8_t ret[CRYPTO_ALGORITHM_MAX])
{
    if (scheme->kind == CRYPTO_SIGN_RSA_PSS)
        return write_pss(scheme, ret);
    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
        if (algorithms[i].kind == scheme->kind && algorithms[i].hash == scheme->hash)
            return (size_t)write_plain(algorithms[i].nid, algorithms[i].null, ret);
    return 0;
}

static int take_algorithm(const X509_ALGOR *alg, struct crypto_scheme *ret)
{
    const ASN1_OBJECT *oid;
    const void *value;
    int type, nid;

    X509_ALGOR_get0(&oid, &type, &value, alg);
    nid = OBJ_obj2nid(oid);
    if (nid == NID_rsassaPss)
        return parse_pss(type, value, ret);
    if (type != V_ASN1_UNDEF && type != V_ASN1_NULL)
        return -EBADMSG;
    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
        if (algorithms[i].nid != nid)
            continue;
        *ret = (struct crypto_scheme){.kind = algorithms[i].kind, .hash = algorithms[i].hash};
        return 0;
    }
    return -EBADMSG;
}

int crypto_scheme_parse(struct crypto_span der, struct crypto_scheme *ret)
{
    const uint8_t *pos = der.data;
    X509_ALGOR *alg = d2i_X509_ALGOR(NULL, &pos, (long)der.len);
    int r = -EBADMSG;

    if (alg && pos == der.data + der.len)
        r = take_algorithm(alg, ret);
    X509_ALGOR_free(alg);
    return crypto_fail(r);
}
