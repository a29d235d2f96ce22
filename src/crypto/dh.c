/* dh.c - Diffie-Hellman groups of IKE over EVP_PKEY: MODP, ECP and curve25519. */
#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto_internal.h"

enum dh_family { DH_MODP, DH_ECP, DH_25519 };

struct dh_entry {
    struct crypto_dh_group group;
    enum dh_family family;
    const char *evp_name; /* libcrypto's name of the group; NULL: it goes by another name or none */
};

struct crypto_dh {
    const struct dh_entry *entry;
    EVP_PKEY *key;
    uint8_t public[CRYPTO_DH_PUBLIC_MAX];
};

static const struct dh_entry groups[] = {
    {{"modp2048", CRYPTO_DH_MODP_2048, 256, 256}, DH_MODP, "modp_2048"},
    {{"ecp256", CRYPTO_DH_ECP_256, 64, 32}, DH_ECP, "P-256"},
    {{"ecp384", CRYPTO_DH_ECP_384, 96, 48}, DH_ECP, "P-384"},
    {{"ecp521", CRYPTO_DH_ECP_521, 132, 66}, DH_ECP, "P-521"},
    {{"curve25519", CRYPTO_DH_CURVE25519, 32, 32}, DH_25519, NULL},
    /* Too weak for libcrypto to know it as a group; it still has the number. */
    {{"modp1024", CRYPTO_DH_MODP_1024, 128, 128}, DH_MODP, NULL},
    {{"modp1536", CRYPTO_DH_MODP_1536, 192, 192}, DH_MODP, "modp_1536"},
    {{"modp3072", CRYPTO_DH_MODP_3072, 384, 384}, DH_MODP, "modp_3072"},
    {{"modp4096", CRYPTO_DH_MODP_4096, 512, 512}, DH_MODP, "modp_4096"},
    {{"modp8192", CRYPTO_DH_MODP_8192, 1024, 1024}, DH_MODP, "modp_8192"},
};

static const char *const algorithm_names[] = {
    [DH_MODP] = "DH", [DH_ECP] = "EC", [DH_25519] = "X25519"};

#define EC_POINT_UNCOMPRESSED 0x04
#define EC_COORDINATE_MAX     66

/* The parameters of a key for libcrypto, with the memory they point into. May hold a private value.
 */
struct key_params {
    OSSL_PARAM params[6];
    size_t n;
    char group[16];
    unsigned generator;
    uint8_t prime[128];
    uint8_t private[CRYPTO_DH_PUBLIC_MAX];
    uint8_t public[CRYPTO_DH_PUBLIC_MAX + 1];
};

static void add_param(struct key_params *k, OSSL_PARAM p)
{
    k->params[k->n++] = p;
    k->params[k->n] = OSSL_PARAM_construct_end();
}

/* A big-endian number as libcrypto's parameter: an integer in the byte order of this machine. */
static int add_number(struct key_params *k, const char *name, struct crypto_span value,
                      uint8_t *store)
{
    BIGNUM *n = BN_bin2bn(value.data, (int)value.len, NULL);
    int len = n ? BN_bn2nativepad(n, store, (int)value.len) : -1;

    BN_clear_free(n);
    if (len < 0)
        return -ENOMEM;
    add_param(k, OSSL_PARAM_construct_BN(name, store, value.len));
    return 0;
}

static int add_group(struct key_params *k, const struct dh_entry *e)
{
    uint8_t prime[sizeof(k->prime)];
    BIGNUM *p;
    int len;

    if (e->evp_name) {
        (void)text_copy(k->group, sizeof(k->group), e->evp_name);
        add_param(k, OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, k->group, 0));
        return 0;
    }
    if (e->family != DH_MODP)
        return 0; /* X25519: the algorithm is the group */

    p = BN_get_rfc2409_prime_1024(NULL);
    len = p ? BN_bn2binpad(p, prime, sizeof(prime)) : -1;
    BN_free(p);
    if (len < 0)
        return -ENOMEM;
    k->generator = 2;
    add_param(k, OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_FFC_G, &k->generator));
    return add_number(k, OSSL_PKEY_PARAM_FFC_P, crypto_span(prime, sizeof(prime)), k->prime);
}

/* value is in wire format and has the group's length. */
static int add_public(struct key_params *k, const struct dh_entry *e, struct crypto_span value)
{
    uint8_t *p = k->public;

    if (e->family == DH_MODP)
        return add_number(k, OSSL_PKEY_PARAM_PUB_KEY, value, k->public);
    if (e->family == DH_ECP)
        *p++ = EC_POINT_UNCOMPRESSED;
    memcpy(p, value.data, value.len);
    add_param(k, OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, k->public,
                                                   (size_t)(p - k->public) + value.len));
    return 0;
}

static int add_private(struct key_params *k, const struct dh_entry *e, struct crypto_span value)
{
    if (value.len > sizeof(k->private))
        return -EINVAL;
    if (e->family != DH_25519)
        return add_number(k, OSSL_PKEY_PARAM_PRIV_KEY, value, k->private);
    memcpy(k->private, value.data, value.len);
    add_param(k,
              OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, k->private, value.len));
    return 0;
}

/* A key from its parameters; -EBADMSG if libcrypto does not take them. */
static int import_key(const struct dh_entry *e, struct key_params *k, int selection, EVP_PKEY **ret)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm_names[e->family], NULL);
    EVP_PKEY *key = NULL;
    int r = 0;

    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1)
        r = crypto_fail(-EIO);
    else if (EVP_PKEY_fromdata(ctx, &key, selection, k->params) != 1)
        r = crypto_fail(-EBADMSG);
    EVP_PKEY_CTX_free(ctx);
    if (r == 0)
        *ret = key;
    return r;
}

static int generate_from(EVP_PKEY_CTX *ctx, const OSSL_PARAM *params, EVP_PKEY **ret)
{
    int ok = ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
             (!params || EVP_PKEY_CTX_set_params(ctx, params) == 1) &&
             EVP_PKEY_generate(ctx, ret) == 1;

    EVP_PKEY_CTX_free(ctx);
    return ok ? 0 : crypto_fail(-EIO);
}

static int generate_key(const struct dh_entry *e, EVP_PKEY **ret)
{
    struct key_params k = {.n = 0};
    EVP_PKEY *domain = NULL;
    int r = add_group(&k, e);

    if (r < 0)
        return r;
    if (e->evp_name || e->family != DH_MODP)
        return generate_from(EVP_PKEY_CTX_new_from_name(NULL, algorithm_names[e->family], NULL),
                             k.n > 0 ? k.params : NULL, ret);

    r = import_key(e, &k, EVP_PKEY_KEY_PARAMETERS, &domain);
    if (r < 0)
        return r;
    r = generate_from(EVP_PKEY_CTX_new_from_pkey(NULL, domain, NULL), NULL, ret);
    EVP_PKEY_free(domain);
    return r;
}

static int export_public(const EVP_PKEY *key, const struct dh_entry *e, uint8_t *ret)
{
    uint8_t point[1 + 2 * EC_COORDINATE_MAX];
    BIGNUM *y = NULL;
    size_t len = 0;
    bool ok = false;

    switch (e->family) {
    case DH_MODP:
        ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PUB_KEY, &y) == 1 &&
             BN_bn2binpad(y, ret, e->group.public_len) == e->group.public_len;
        BN_free(y);
        break;
    case DH_ECP:
        ok = EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
                                             &len) == 1 &&
             len == 1U + e->group.public_len && point[0] == EC_POINT_UNCOMPRESSED;
        if (ok)
            memcpy(ret, point + 1, e->group.public_len);
        break;
    case DH_25519:
        ok = EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, ret, e->group.public_len,
                                             &len) == 1 &&
             len == e->group.public_len;
        break;
    }
    return ok ? 0 : crypto_fail(-EIO);
}

/* RFC 6989, 2.1: all our primes are safe, so 1 < y < p - 1 is all there is to check. */
static int check_modp(const EVP_PKEY *peer)
{
    BIGNUM *p = NULL, *y = NULL;
    bool ok = EVP_PKEY_get_bn_param(peer, OSSL_PKEY_PARAM_FFC_P, &p) == 1 &&
              EVP_PKEY_get_bn_param(peer, OSSL_PKEY_PARAM_PUB_KEY, &y) == 1 &&
              BN_sub_word(p, 1) == 1 && BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, p) < 0;

    BN_free(p);
    BN_free(y);
    return ok ? 0 : crypto_fail(-EBADMSG);
}

/* RFC 6989, 2.3: on the curve and not the point at infinity; the cofactor is 1. */
static int check_ecp(EVP_PKEY *peer)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL);
    bool ok = ctx && EVP_PKEY_public_check_quick(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    return ok ? 0 : crypto_fail(-EBADMSG);
}

static int import_peer(const struct dh_entry *e, struct crypto_span value, EVP_PKEY **ret)
{
    struct key_params k = {.n = 0};
    EVP_PKEY *peer = NULL;
    int r = add_group(&k, e);

    if (r == 0)
        r = add_public(&k, e, value);
    if (r == 0)
        r = import_key(e, &k, EVP_PKEY_PUBLIC_KEY, &peer);
    if (r == 0 && e->family == DH_MODP)
        r = check_modp(peer);
    if (r == 0 && e->family == DH_ECP)
        r = check_ecp(peer);
    if (r < 0) {
        EVP_PKEY_free(peer);
        return r;
    }
    *ret = peer;
    return 0;
}

static const struct dh_entry *find_entry(uint16_t id)
{
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        if (groups[i].group.id == id)
            return &groups[i];
    return NULL;
}

const struct crypto_dh_group *crypto_dh_find(uint16_t id)
{
    const struct dh_entry *e = find_entry(id);

    return e ? &e->group : NULL;
}

const struct crypto_dh_group *crypto_dh_at(size_t i)
{
    return i < ARRAY_SIZE(groups) ? &groups[i].group : NULL;
}

/* Takes key, also on failure. */
static int dh_wrap(const struct dh_entry *e, EVP_PKEY *key, struct crypto_dh **ret)
{
    struct crypto_dh *dh = calloc(1, sizeof(*dh));
    int r;

    if (!dh) {
        EVP_PKEY_free(key);
        return -ENOMEM;
    }
    dh->entry = e;
    dh->key = key;
    r = export_public(key, e, dh->public);
    if (r < 0) {
        crypto_dh_free(dh);
        return r;
    }
    *ret = dh;
    return 0;
}

int crypto_dh_new(const struct crypto_dh_group *group, struct crypto_dh **ret)
{
    const struct dh_entry *e = find_entry(group->id);
    EVP_PKEY *key = NULL;
    int r = e ? crypto_init() : -EINVAL;

    if (r == 0)
        r = generate_key(e, &key);
    return r < 0 ? r : dh_wrap(e, key, ret);
}

int crypto_dh_from_pair(const struct crypto_dh_group *group, struct crypto_span private,
                        struct crypto_span public, struct crypto_dh **ret)
{
    const struct dh_entry *e = find_entry(group->id);
    struct key_params k = {.n = 0};
    EVP_PKEY *key = NULL;
    int r = e && public.len == e->group.public_len ? crypto_init() : -EINVAL;

    if (r == 0)
        r = add_group(&k, e);
    if (r == 0)
        r = add_public(&k, e, public);
    if (r == 0)
        r = add_private(&k, e, private);
    if (r == 0)
        r = import_key(e, &k, EVP_PKEY_KEYPAIR, &key);
    crypto_wipe(&k, sizeof(k));
    return r < 0 ? r : dh_wrap(e, key, ret);
}

void crypto_dh_free(struct crypto_dh *dh)
{
    if (!dh)
        return;
    EVP_PKEY_free(dh->key); /* wipes the private value */
    free(dh);
}

const struct crypto_dh_group *crypto_dh_group(const struct crypto_dh *dh)
{
    return &dh->entry->group;
}

struct crypto_span crypto_dh_public(const struct crypto_dh *dh)
{
    return crypto_span(dh->public, dh->entry->group.public_len);
}

static bool is_zero(const uint8_t *data, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++)
        any |= data[i];
    return any == 0;
}

/* peer has been checked already, more cheaply than libcrypto would. */
static int derive(const struct crypto_dh *dh, EVP_PKEY *peer, uint8_t *secret, size_t *len)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->key, NULL);
    unsigned pad = 1;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad),
                           OSSL_PARAM_construct_end()};
    int r = 0;

    if (!ctx || EVP_PKEY_derive_init_ex(ctx, dh->entry->family == DH_MODP ? params : NULL) != 1)
        r = crypto_fail(-EIO);
    else if (EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) != 1 ||
             EVP_PKEY_derive(ctx, secret, len) != 1)
        r = crypto_fail(-EBADMSG); /* what libcrypto still objects to is the peer's value */
    EVP_PKEY_CTX_free(ctx);
    return r;
}

int crypto_dh_shared(const struct crypto_dh *dh, struct crypto_span peer, uint8_t *ret)
{
    const struct crypto_dh_group *group = &dh->entry->group;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    size_t len = sizeof(secret);
    EVP_PKEY *peer_key = NULL;
    int r;

    if (peer.len != group->public_len)
        return -EBADMSG;
    r = import_peer(dh->entry, peer, &peer_key);
    if (r == 0)
        r = derive(dh, peer_key, secret, &len);
    if (r == 0 && (len != group->secret_len || is_zero(secret, len)))
        r = -EBADMSG; /* RFC 8031, section 3.1 */
    if (r == 0)
        memcpy(ret, secret, len);
    EVP_PKEY_free(peer_key);
    crypto_wipe(secret, sizeof(secret));
    return r;
}
