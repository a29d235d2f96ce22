/* codec_keys.c - the keys of IKE and child SAs and what they authenticate (RFC 7296, 2.14 - 2.18,
 * 2.23). */
#include "codec_internal.h"

/* Takes the next n bytes of keying material. */
static void cut(const uint8_t **material, uint8_t *ret, size_t n)
{
    memcpy(ret, *material, n);
    *material += n;
}

/* 2.14: {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi |
 * SPIr) */
static int expand(const struct ike_algs *algs, const struct ike_key_input *in, const uint8_t *seed,
                  size_t seed_len, struct ike_keys *ret)
{
    uint8_t material[sizeof(struct ike_keys)], spis[2 * IKE_SPI_LEN];
    const uint8_t *next = material;
    size_t prf_len = algs->prf->len;
    size_t integ_len = algs->integ ? algs->integ->key_len : 0;
    size_t encr_len = crypto_encr_material(algs->encr);
    struct crypto_span parts[] = {in->nonce_i, in->nonce_r, crypto_span(spis, sizeof(spis))};
    int r;

    wire_store_be64(spis, in->spi_i);
    wire_store_be64(spis + IKE_SPI_LEN, in->spi_r);
    r = crypto_prf_plus(algs->prf, crypto_span(seed, seed_len), parts, ARRAY_SIZE(parts), material,
                        3 * prf_len + 2 * integ_len + 2 * encr_len);
    memset(ret, 0, sizeof(*ret));
    if (r < 0)
        return r;
    cut(&next, ret->d, prf_len);
    cut(&next, ret->ai, integ_len);
    cut(&next, ret->ar, integ_len);
    cut(&next, ret->ei, encr_len);
    cut(&next, ret->er, encr_len);
    cut(&next, ret->pi, prf_len);
    cut(&next, ret->pr, prf_len);
    crypto_wipe(material, sizeof(material));
    return 0;
}

/* 2.14: SKEYSEED = prf(Ni | Nr, g^ir) */
int ike_derive_keys(const struct ike_algs *algs, const struct ike_key_input *in,
                    struct ike_keys *ret)
{
    uint8_t nonces[2 * IKE_NONCE_MAX], seed[CRYPTO_PRF_MAX];
    int r;

    memset(ret, 0, sizeof(*ret));
    if (in->nonce_i.len > IKE_NONCE_MAX || in->nonce_r.len > IKE_NONCE_MAX)
        return -EINVAL;
    memcpy(nonces, in->nonce_i.data, in->nonce_i.len);
    memcpy(nonces + in->nonce_i.len, in->nonce_r.data, in->nonce_r.len);
    r = crypto_prf(algs->prf, crypto_span(nonces, in->nonce_i.len + in->nonce_r.len), &in->secret,
                   1, seed);
    if (r == 0)
        r = expand(algs, in, seed, algs->prf->len, ret);
    crypto_wipe(seed, sizeof(seed));
    return r;
}

/* 2.18: SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), with the old SA's prf. RFC 9370, 2.2.4:
 * SK(1) | SK(2) | ... follow. */
int ike_derive_rekeyed(const struct ike_algs *algs, const struct ike_key_input *in,
                       const struct crypto_prf *old_prf, const uint8_t *old_d, struct ike_keys *ret)
{
    struct crypto_span parts[] = {in->secret, in->nonce_i, in->nonce_r, in->more};
    uint8_t seed[CRYPTO_PRF_MAX];
    int r;

    memset(ret, 0, sizeof(*ret));
    r = crypto_prf(old_prf, crypto_span(old_d, old_prf->len), parts, ARRAY_SIZE(parts), seed);
    if (r == 0)
        r = expand(algs, in, seed, old_prf->len, ret);
    crypto_wipe(seed, sizeof(seed));
    return r;
}

/* 2.17: KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr [| SK(1) | SK(2) ...]); first the keys from
 * initiator to responder, of each direction first encryption, then integrity. */
int ike_derive_child(const struct crypto_prf *prf, const uint8_t *sk_d, struct crypto_span secret,
                     struct crypto_span nonce_i, struct crypto_span nonce_r,
                     struct crypto_span more, const struct crypto_encr *encr,
                     const struct crypto_integ *integ, struct ike_child_keys *ret)
{
    struct crypto_span parts[] = {secret, nonce_i, nonce_r, more};
    uint8_t material[sizeof(struct ike_child_keys)];
    const uint8_t *next = material;
    size_t encr_len = crypto_encr_material(encr);
    size_t integ_len = integ ? integ->key_len : 0;
    int r = crypto_prf_plus(prf, crypto_span(sk_d, prf->len), parts, ARRAY_SIZE(parts), material,
                            2 * (encr_len + integ_len));

    memset(ret, 0, sizeof(*ret));
    if (r < 0)
        return r;
    cut(&next, ret->encr_i, encr_len);
    cut(&next, ret->integ_i, integ_len);
    cut(&next, ret->encr_r, encr_len);
    cut(&next, ret->integ_r, integ_len);
    crypto_wipe(material, sizeof(material));
    return 0;
}

/* 2.15: AUTH = prf(prf(PSK, "Key Pad for IKEv2"), message | peer's nonce | prf(SK_p, RestOfID) [|
 * IntAuth]) */
int ike_psk_auth(const struct crypto_prf *prf, struct crypto_span psk,
                 const struct ike_auth_input *in, const struct ike_id *id, uint8_t *ret)
{
    static const char pad[] = "Key Pad for IKEv2";
    struct crypto_span pad_span = crypto_span(pad, sizeof(pad) - 1);
    uint8_t key[CRYPTO_PRF_MAX], maced_id[CRYPTO_PRF_MAX];
    struct crypto_span id_parts[] = {crypto_span(&id->type, 1),
                                     crypto_span(id->reserved, sizeof(id->reserved)), id->data};
    struct crypto_span parts[] = {in->message, in->peer_nonce, crypto_span(maced_id, prf->len),
                                  in->intermediate};
    int r =
        crypto_prf(prf, crypto_span(in->sk_p, prf->len), id_parts, ARRAY_SIZE(id_parts), maced_id);

    if (r == 0)
        r = crypto_prf(prf, psk, &pad_span, 1, key);
    if (r == 0)
        r = crypto_prf(prf, crypto_span(key, prf->len), parts, ARRAY_SIZE(parts), ret);
    crypto_wipe(key, sizeof(key));
    crypto_wipe(maced_id, sizeof(maced_id));
    return r;
}

int ike_signed_octets(const struct crypto_prf *prf, const struct ike_auth_input *in,
                      const struct ike_id *id, struct buf *ret)
{
    uint8_t maced_id[CRYPTO_PRF_MAX];
    struct crypto_span id_parts[] = {crypto_span(&id->type, 1),
                                     crypto_span(id->reserved, sizeof(id->reserved)), id->data};
    int r =
        crypto_prf(prf, crypto_span(in->sk_p, prf->len), id_parts, ARRAY_SIZE(id_parts), maced_id);

    if (r < 0)
        return r;
    buf_add(ret, in->message.data, in->message.len);
    buf_add(ret, in->peer_nonce.data, in->peer_nonce.len);
    buf_add(ret, maced_id, prf->len);
    if (in->intermediate.len)
        buf_add(ret, in->intermediate.data, in->intermediate.len);
    return ret->failed ? -ENOMEM : 0;
}

/* RFC 9242, 3.3.2: IntAuth_n = prf(SK_p, IntAuth_(n-1) | A | P). A is the header and the generic
 * header of the Encrypted payload, with the lengths that these would have if all between the two
 * and the payloads, and after them, were empty. */
int ike_int_auth(const struct crypto_prf *prf, const uint8_t *sk_p, struct crypto_span before,
                 const struct ike_header *hdr, uint8_t first, struct crypto_span payloads,
                 uint8_t *ret)
{
    uint8_t a[IKE_HEADER_LEN + IKE_PAYLOAD_HEADER_LEN];
    struct wire_writer w = wire_writer_make(a, sizeof(a));
    struct crypto_span parts[] = {before, crypto_span(a, sizeof(a)), payloads};

    if (payloads.len > IKE_MESSAGE_MAX - sizeof(a))
        return -EINVAL;
    ike_put_header(&w, hdr, IKE_PAYLOAD_SK);
    wire_put_u8(&w, first);
    wire_put_u8(&w, 0);
    wire_put_be16(&w, (uint16_t)(IKE_PAYLOAD_HEADER_LEN + payloads.len));
    wire_patch_be32(&w, IKE_LENGTH_OFFSET, (uint32_t)(sizeof(a) + payloads.len));
    return crypto_prf(prf, crypto_span(sk_p, prf->len), parts, ARRAY_SIZE(parts), ret);
}

int ike_nat_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *ep,
                 uint8_t ret[CRYPTO_SHA1_LEN])
{
    uint8_t spis[2 * IKE_SPI_LEN] = {0}, port[2];
    struct crypto_span parts[] = {crypto_span(spis, sizeof(spis)),
                                  crypto_span(ep->addr.bytes, addr_len(&ep->addr)),
                                  crypto_span(port, sizeof(port))};

    wire_store_be64(spis, spi_i);
    wire_store_be64(spis + IKE_SPI_LEN, spi_r);
    wire_store_be16(port, ep->port);
    return crypto_sha1(parts, ARRAY_SIZE(parts), ret);
}
