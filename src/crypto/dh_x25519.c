/* dh_x25519.c - curve25519 (RFC 7748, RFC 8031). */
#include "crypto_internal.h"

static void wipe(struct crypto_dh *dh)
{
    EVP_PKEY_free(dh->private.key); /* wipes the private value */
    dh->private.key = NULL;
}

static int make(const struct crypto_random *random, struct crypto_dh *dh)
{
    uint8_t bytes[32];
    size_t len = sizeof(bytes);
    bool ok;

    random->fill(random->context, bytes, sizeof(bytes));
    dh->private.key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, bytes, sizeof(bytes));
    crypto_wipe(bytes, sizeof(bytes));
    ok = dh->private.key && EVP_PKEY_get_raw_public_key(dh->private.key, dh->public, &len) == 1 &&
         len == dh->entry->group.public_len;
    if (!ok) {
        wipe(dh);
        return crypto_fail(-EIO);
    }
    return 0;
}

/* Each value is a point; those of small order show by a secret that is zero. */
static int check(const struct crypto_dh_entry *e, const uint8_t *peer)
{
    (void)e, (void)peer;
    return 0;
}

static int agree(const struct crypto_dh *dh, const uint8_t *peer, uint8_t *ret)
{
    EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer, 32);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->private.key, NULL);
    size_t len = CRYPTO_DH_SECRET_MAX;
    int r = 0;

    if (!theirs || !ctx || EVP_PKEY_derive_init(ctx) != 1)
        r = crypto_fail(-EIO);
    else if (EVP_PKEY_derive_set_peer_ex(ctx, theirs, 0) != 1 ||
             EVP_PKEY_derive(ctx, ret, &len) != 1 || len != dh->entry->group.secret_len)
        r = crypto_fail(-EBADMSG); /* what libcrypto still objects to is the peer's value */
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(theirs);
    return r;
}

const struct crypto_dh_family crypto_dh_x25519 = {
    .make = make, .wipe = wipe, .check = check, .agree = agree};
