/* dh.c - key exchange: the groups of IKE, and what is the same for all of them. */
#include <stdlib.h>

#include <openssl/obj_mac.h>

#include "crypto_internal.h"

/* A MODP exponent has at least twice the bits of the group's strength (NIST SP 800-57: 112 bits of
 * 2048, 128 of 3072, 152 of 4096, 200 of 8192). */
static const struct crypto_dh_entry groups[] = {
    {{"modp2048", CRYPTO_DH_MODP_2048, 256, 256, 256}, &crypto_dh_modp, 0, 32},
    {{"ecp256", CRYPTO_DH_ECP_256, 64, 64, 32}, &crypto_dh_ecp, NID_X9_62_prime256v1, 32},
    {{"ecp384", CRYPTO_DH_ECP_384, 96, 96, 48}, &crypto_dh_ecp, NID_secp384r1, 48},
    {{"ecp521", CRYPTO_DH_ECP_521, 132, 132, 66}, &crypto_dh_ecp, NID_secp521r1, 66},
    {{"curve25519", CRYPTO_DH_CURVE25519, 32, 32, 32}, &crypto_dh_x25519, 0, 32},
    {{"modp1024", CRYPTO_DH_MODP_1024, 128, 128, 128}, &crypto_dh_modp, 0, 32},
    {{"modp1536", CRYPTO_DH_MODP_1536, 192, 192, 192}, &crypto_dh_modp, 0, 32},
    {{"modp3072", CRYPTO_DH_MODP_3072, 384, 384, 384}, &crypto_dh_modp, 0, 40},
    {{"modp4096", CRYPTO_DH_MODP_4096, 512, 512, 512}, &crypto_dh_modp, 0, 40},
    {{"modp8192", CRYPTO_DH_MODP_8192, 1024, 1024, 1024}, &crypto_dh_modp, 0, 52},
    {{"mlkem512", CRYPTO_DH_ML_KEM_512, 800, 768, 32}, &crypto_dh_mlkem, 0, 0},
    {{"mlkem768", CRYPTO_DH_ML_KEM_768, 1184, 1088, 32}, &crypto_dh_mlkem, 0, 0},
    {{"mlkem1024", CRYPTO_DH_ML_KEM_1024, 1568, 1568, 32}, &crypto_dh_mlkem, 0, 0},
};

static const struct crypto_dh_entry *find_entry(uint16_t id)
{
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        if (groups[i].group.id == id)
            return &groups[i];
    return NULL;
}

const struct crypto_dh_group *crypto_dh_find(uint16_t id)
{
    const struct crypto_dh_entry *e = find_entry(id);

    return e ? &e->group : NULL;
}

const struct crypto_dh_group *crypto_dh_at(size_t i)
{
    return i < ARRAY_SIZE(groups) ? &groups[i].group : NULL;
}

bool crypto_dh_is_there(const struct crypto_dh_group *group)
{
    const struct crypto_dh_entry *e = find_entry(group->id);

    return e && crypto_init() == 0 && (!e->family->is_there || e->family->is_there(e));
}

static int check(const struct crypto_dh_entry *e, struct crypto_span peer, size_t len)
{
    if (peer.len != len)
        return -EBADMSG;
    return e->family->check ? e->family->check(e, peer.data) : 0;
}

static bool is_zero(const uint8_t *data, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++)
        any |= data[i];
    return any == 0;
}

/* peer was checked. */
static int agree(const struct crypto_dh *dh, struct crypto_span peer, uint8_t *ret_secret)
{
    const struct crypto_dh_group *group = &dh->entry->group;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    int r = dh->entry->family->agree(dh, peer.data, secret);

    if (r == 0 && is_zero(secret, group->secret_len))
        r = -EBADMSG; /* RFC 8031, section 3.1 */
    if (r == 0)
        memcpy(ret_secret, secret, group->secret_len);
    crypto_wipe(secret, sizeof(secret));
    return r;
}

int crypto_dh_start(const struct crypto_dh_group *group, const struct crypto_random *random,
                    struct crypto_dh **ret)
{
    const struct crypto_dh_entry *e = find_entry(group->id);
    struct crypto_dh *dh;
    int r = e ? crypto_init() : -EINVAL;

    if (r < 0)
        return r;
    dh = calloc(1, sizeof(*dh));
    if (!dh)
        return -ENOMEM;
    dh->entry = e;
    r = e->family->make(random, dh);
    if (r < 0) {
        free(dh);
        return r;
    }
    *ret = dh;
    return 0;
}

int crypto_dh_respond(const struct crypto_dh_group *group, const struct crypto_random *random,
                      struct crypto_span peer, uint8_t *ret_public, uint8_t *ret_secret)
{
    struct crypto_dh dh = {.entry = find_entry(group->id)};
    int r = dh.entry ? crypto_init() : -EINVAL;

    if (r == 0)
        r = check(dh.entry, peer, group->public_len);
    if (r == 0 && dh.entry->family->respond)
        return dh.entry->family->respond(dh.entry, random, peer.data, ret_public, ret_secret);
    if (r == 0)
        r = dh.entry->family->make(random, &dh);
    if (r < 0)
        return r;
    r = agree(&dh, peer, ret_secret);
    if (r == 0)
        memcpy(ret_public, dh.public, group->answer_len);
    dh.entry->family->wipe(&dh);
    return r;
}

int crypto_dh_finish(const struct crypto_dh *dh, struct crypto_span peer, uint8_t *ret_secret)
{
    int r = check(dh->entry, peer, dh->entry->group.answer_len);

    return r < 0 ? r : agree(dh, peer, ret_secret);
}

void crypto_dh_free(struct crypto_dh *dh)
{
    if (!dh)
        return;
    dh->entry->family->wipe(dh);
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
