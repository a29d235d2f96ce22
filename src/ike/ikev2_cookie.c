#include "ikev2_internal.h"

#define ROTATE_AFTER (60 * IKE_SECOND)

/* RFC 7296, 2.6: Cookie = <VersionIDofSecret> | Hash(Ni | IPi | SPIi | <secret>); the hash here is
 * an HMAC, since a nonce of any length in front would let a plain one be extended. Nothing is
 * stored per peer; a cookie made under the secret before the present one still holds. */

void ikev2_cookies_rotate(struct ikev2 *ikev2, uint64_t now_us)
{
    struct ike_cookies *c = &ikev2->cookies;

    if (c->version && now_us - c->changed_us < ROTATE_AFTER)
        return;
    memcpy(c->key[1], c->key[0], IKE_COOKIE_KEY);
    if (!c->version)
        ike_random(ikev2->env, c->key[1],
                   IKE_COOKIE_KEY); /* there was none: make it match nothing */
    ike_random(ikev2->env, c->key[0], IKE_COOKIE_KEY);
    c->version = (uint8_t)(c->version == UINT8_MAX ? 1 : c->version + 1);
    c->changed_us = now_us;
}

static int make_with(const uint8_t *key, uint8_t version, const struct ike_message *m,
                     const struct endpoint *remote, uint8_t *ret)
{
    uint8_t fixed[8 + 2];
    struct crypto_span parts[] = {
        m->nonce,
        {.data = remote->addr.bytes, .len = addr_len(&remote->addr)},
        {.data = fixed, .len = sizeof(fixed)},
    };

    wire_store_be64(fixed, m->hdr.spi_i);
    wire_store_be16(fixed + 8, remote->port);
    ret[0] = version;
    return crypto_prf(crypto_prf_find(CRYPTO_PRF_SHA2_256), crypto_span(key, IKE_COOKIE_KEY), parts,
                      ARRAY_SIZE(parts), ret + 1);
}

int ike_cookie_make(const struct ike_cookies *cookies, const struct ike_message *m,
                    const struct endpoint *remote, uint8_t ret[IKE_COOKIE_LEN])
{
    return make_with(cookies->key[0], cookies->version, m, remote, ret);
}

bool ike_cookie_holds(const struct ike_cookies *cookies, const struct ike_message *m,
                      const struct endpoint *remote, struct crypto_span cookie)
{
    uint8_t expected[IKE_COOKIE_LEN];
    size_t which;

    if (cookie.len != IKE_COOKIE_LEN)
        return false;
    which = cookie.data[0] == cookies->version ? 0 : 1;
    return make_with(cookies->key[which], cookie.data[0], m, remote, expected) == 0 &&
           mem_equal_ct(expected, cookie.data, IKE_COOKIE_LEN);
}
