/* dh_modp.c - groups of integers modulo a safe prime with the generator 2 (RFC 2409, 6.2; RFC
 * 3526).
 */
#include "crypto_internal.h"

/* By the prime's length in bytes. */
static struct field {
    size_t len;
    BIGNUM *(*make)(BIGNUM *bn);
    BIGNUM *prime;
    BN_MONT_CTX *mont;
} fields[] = {
    {.len = 128, .make = BN_get_rfc2409_prime_1024},
    {.len = 192, .make = BN_get_rfc3526_prime_1536},
    {.len = 256, .make = BN_get_rfc3526_prime_2048},
    {.len = 384, .make = BN_get_rfc3526_prime_3072},
    {.len = 512, .make = BN_get_rfc3526_prime_4096},
    {.len = 1024, .make = BN_get_rfc3526_prime_8192},
};

int crypto_dh_modp_init(void)
{
    BN_CTX *ctx = BN_CTX_new();
    bool ok = ctx != NULL;

    for (size_t i = 0; i < ARRAY_SIZE(fields) && ok; i++) {
        fields[i].prime = fields[i].make(NULL);
        fields[i].mont = BN_MONT_CTX_new();
        ok = fields[i].prime && fields[i].mont &&
             BN_MONT_CTX_set(fields[i].mont, fields[i].prime, ctx) == 1;
    }
    BN_CTX_free(ctx);
    return ok ? 0 : crypto_fail(-EIO);
}

static const struct field *field_of(const struct crypto_dh_entry *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (fields[i].len == e->group.public_len)
            return &fields[i];
    return NULL;
}

/* base^private mod p, in constant time as far as private is concerned; base < p. */
static int power(const struct crypto_dh *dh, const BIGNUM *base, uint8_t *ret)
{
    const struct field *f = field_of(dh->entry);
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *y = BN_new();
    bool ok = ctx && y && base &&
              BN_mod_exp_mont_consttime(y, base, dh->private.number, f->prime, ctx, f->mont) == 1 &&
              BN_bn2binpad(y, ret, (int)f->len) == (int)f->len;

    BN_clear_free(y);
    BN_CTX_free(ctx);
    return ok ? 0 : crypto_fail(-EIO);
}

static void wipe(struct crypto_dh *dh)
{
    BN_clear_free(dh->private.number);
    dh->private.number = NULL;
}

/* All but 0, whose public value is no key. */
static BIGNUM *make_private(const struct crypto_random *random, size_t len)
{
    uint8_t bytes[UINT8_MAX];
    BIGNUM *x = NULL;

    do {
        BN_clear_free(x);
        random->fill(random->context, bytes, len);
        x = BN_bin2bn(bytes, (int)len, NULL);
    } while (x && BN_is_zero(x));
    crypto_wipe(bytes, sizeof(bytes));
    if (x)
        BN_set_flags(x, BN_FLG_CONSTTIME);
    return x;
}

static int make(const struct crypto_random *random, struct crypto_dh *dh)
{
    BIGNUM *two = BN_new();
    int r = -ENOMEM;

    dh->private.number = make_private(random, dh->entry->private_len);
    if (dh->private.number && two && BN_set_word(two, 2) == 1)
        r = power(dh, two, dh->public);
    BN_free(two);
    if (r < 0)
        wipe(dh);
    return r;
}

/* RFC 6989, 2.1: all our primes are safe, so 1 < y < p - 1 is all there is to check. */
static int check(const struct crypto_dh_entry *e, const uint8_t *peer)
{
    const struct field *f = field_of(e);
    BIGNUM *y = BN_bin2bn(peer, (int)f->len, NULL), *last = BN_dup(f->prime);
    bool ok = y && last && BN_sub_word(last, 1) == 1 && BN_cmp(y, BN_value_one()) > 0 &&
              BN_cmp(y, last) < 0;
    bool no_memory = !y || !last;

    BN_free(y);
    BN_free(last);
    return no_memory ? -ENOMEM : ok ? 0 : -EBADMSG;
}

static int agree(const struct crypto_dh *dh, const uint8_t *peer, uint8_t *ret)
{
    BIGNUM *y = BN_bin2bn(peer, dh->entry->group.public_len, NULL);
    int r = power(dh, y, ret);

    BN_free(y);
    return r;
}

const struct crypto_dh_family crypto_dh_modp = {
    .make = make, .wipe = wipe, .check = check, .agree = agree};
