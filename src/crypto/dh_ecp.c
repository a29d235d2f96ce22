/* dh_ecp.c - the NIST curves (RFC 5903). */
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "crypto_internal.h"

#define POINT_UNCOMPRESSED 0x04
#define POINT_MAX          (1 + 2 * 66)

/* By the curve's number in libcrypto. */
static struct curve {
    int nid;
    uint8_t spare_bits; /* of the first byte of a private value, above the order */
    EC_GROUP *group;
} curves[] = {
    {.nid = NID_X9_62_prime256v1}, {.nid = NID_secp384r1}, {.nid = NID_secp521r1, .spare_bits = 7}};

int crypto_dh_ecp_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
        curves[i].group = EC_GROUP_new_by_curve_name(curves[i].nid);
        if (!curves[i].group)
            return crypto_fail(-EIO);
    }
    return 0;
}

static const struct curve *curve_of(const struct crypto_dh_entry *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
        if (curves[i].nid == e->nid)
            return &curves[i];
    return NULL;
}

static void wipe(struct crypto_dh *dh)
{
    BN_clear_free(dh->private.number);
    dh->private.number = NULL;
}

/* Each of 1 to order - 1 is as likely as any other: what is none of them is thrown away. */
static BIGNUM *make_private(const struct crypto_random *random, const struct crypto_dh_entry *e)
{
    const struct curve *c = curve_of(e);
    uint8_t bytes[POINT_MAX];
    BIGNUM *d = NULL;

    do {
        BN_clear_free(d);
        random->fill(random->context, bytes, e->private_len);
        bytes[0] &= (uint8_t)(0xff >> c->spare_bits);
        d = BN_bin2bn(bytes, e->private_len, NULL);
    } while (d && (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(c->group)) >= 0));
    crypto_wipe(bytes, sizeof(bytes));
    if (d)
        BN_set_flags(d, BN_FLG_CONSTTIME);
    return d;
}

static int make(const struct crypto_random *random, struct crypto_dh *dh)
{
    const EC_GROUP *group = curve_of(dh->entry)->group;
    size_t len = 1U + dh->entry->group.public_len;
    uint8_t bytes[POINT_MAX];
    EC_POINT *point = EC_POINT_new(group);
    bool ok;

    dh->private.number = make_private(random, dh->entry);
    ok = point && dh->private.number &&
         EC_POINT_mul(group, point, dh->private.number, NULL, NULL, NULL) == 1 &&
         EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, bytes, sizeof(bytes),
                            NULL) == len;
    EC_POINT_free(point);
    if (!ok) {
        wipe(dh);
        return crypto_fail(-EIO);
    }
    memcpy(dh->public, bytes + 1, len - 1);
    return 0;
}

/* RFC 6989, 2.3: coordinates of the field and a point on the curve, which the point at infinity has
 * no way to be written as; the cofactor is 1. */
static EC_POINT *read_point(const struct crypto_dh_entry *e, const uint8_t *peer)
{
    const EC_GROUP *group = curve_of(e)->group;
    uint8_t bytes[POINT_MAX] = {POINT_UNCOMPRESSED};
    EC_POINT *point = EC_POINT_new(group);

    memcpy(bytes + 1, peer, e->group.public_len);
    if (point && EC_POINT_oct2point(group, point, bytes, 1U + e->group.public_len, NULL) == 1)
        return point;
    EC_POINT_free(point);
    (void)crypto_fail(0);
    return NULL;
}

static int check(const struct crypto_dh_entry *e, const uint8_t *peer)
{
    EC_POINT *point = read_point(e, peer);
    bool ok = point != NULL;

    EC_POINT_free(point);
    return ok ? 0 : -EBADMSG;
}

static int agree(const struct crypto_dh *dh, const uint8_t *peer, uint8_t *ret)
{
    const EC_GROUP *group = curve_of(dh->entry)->group;
    int len = dh->entry->group.secret_len;
    EC_POINT *theirs = read_point(dh->entry, peer), *shared = EC_POINT_new(group);
    BIGNUM *x = BN_new();
    bool ok = theirs && shared && x &&
              EC_POINT_mul(group, shared, NULL, theirs, dh->private.number, NULL) == 1 &&
              EC_POINT_get_affine_coordinates(group, shared, x, NULL, NULL) == 1 &&
              BN_bn2binpad(x, ret, len) == len;

    BN_clear_free(x);
    EC_POINT_clear_free(shared);
    EC_POINT_free(theirs);
    return ok ? 0 : crypto_fail(-EIO);
}

const struct crypto_dh_family crypto_dh_ecp = {
    .make = make, .wipe = wipe, .check = check, .agree = agree};
