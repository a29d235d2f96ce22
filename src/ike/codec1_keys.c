/* codec1_keys.c - keys, hashes and IVs of IKEv1 (RFC 2409, 5 and appendix B; RFC 3947, 3.2). */
#include "ikev1_message.h"

#define FLAGS_AT  19
#define LENGTH_AT 24

/* Both cookies, as the hashes cover them. */
struct cookies {
    uint8_t bytes[2 * IKE_SPI_LEN];
};

static struct crypto_span cookies_span(uint64_t first, uint64_t second, struct cookies *storage)
{
    wire_store_be64(storage->bytes, first);
    wire_store_be64(storage->bytes + IKE_SPI_LEN, second);
    return crypto_span(storage->bytes, sizeof(storage->bytes));
}

/* SKEYID_d, _a and _e: each of the one before, none before the first. */
static int derive_next(const struct ike1_secrets *s, const uint8_t *skeyid, struct crypto_span last,
                       uint8_t number, uint8_t *ret)
{
    struct cookies c;
    struct crypto_span parts[] = {last, s->shared, cookies_span(s->spi_i, s->spi_r, &c),
                                  crypto_span(&number, 1)};

    return crypto_prf(s->algs->prf, crypto_span(skeyid, s->algs->prf->len), parts,
                      ARRAY_SIZE(parts), ret);
}

/* Appendix B: the cipher's key is the front of SKEYID_e, or of a longer string made of it. */
static int cipher_key(const struct ike_algs *algs, const uint8_t *skeyid_e, uint8_t *ret)
{
    size_t n = algs->prf->len, len = algs->encr->key_len, done = 0;
    uint8_t block[CRYPTO_PRF_MAX], zero = 0;
    struct crypto_span part = crypto_span(&zero, 1);
    uint8_t last[CRYPTO_PRF_MAX];
    int r = 0;

    if (len <= n) {
        memcpy(ret, skeyid_e, len);
        return 0;
    }
    while (done < len && r == 0) {
        r = crypto_prf(algs->prf, crypto_span(skeyid_e, n), &part, 1, block);
        memcpy(ret + done, block, MIN(n, len - done));
        memcpy(last, block, n);
        part = crypto_span(last, n);
        done += MIN(n, len - done);
    }
    crypto_wipe(block, sizeof(block));
    crypto_wipe(last, sizeof(last));
    return r;
}

int ike1_derive(const struct ike1_secrets *s, struct crypto_span psk, struct ike1_keys *ret)
{
    struct crypto_span nonces[] = {s->nonce_i, s->nonce_r};
    size_t n = s->algs->prf->len;
    uint8_t e[CRYPTO_PRF_MAX];
    int r = crypto_prf(s->algs->prf, psk, nonces, ARRAY_SIZE(nonces), ret->skeyid);

    if (r == 0)
        r = derive_next(s, ret->skeyid, crypto_span(NULL, 0), 0, ret->d);
    if (r == 0)
        r = derive_next(s, ret->skeyid, crypto_span(ret->d, n), 1, ret->a);
    if (r == 0)
        r = derive_next(s, ret->skeyid, crypto_span(ret->a, n), 2, e);
    if (r == 0)
        r = cipher_key(s->algs, e, ret->e);
    crypto_wipe(e, sizeof(e));
    if (r < 0)
        crypto_wipe(ret, sizeof(*ret));
    return r;
}

int ike1_phase1_hash(const struct ike1_secrets *s, const struct ike1_keys *keys, bool by_initiator,
                     struct crypto_span sa, struct crypto_span id, uint8_t *ret)
{
    struct cookies c;
    struct crypto_span parts[] = {
        by_initiator ? s->ke_i : s->ke_r, by_initiator ? s->ke_r : s->ke_i,
        cookies_span(by_initiator ? s->spi_i : s->spi_r, by_initiator ? s->spi_r : s->spi_i, &c),
        sa, id};

    return crypto_prf(s->algs->prf, crypto_span(keys->skeyid, s->algs->prf->len), parts,
                      ARRAY_SIZE(parts), ret);
}

static int iv_of(const struct crypto_prf *prf, struct crypto_span a, struct crypto_span b,
                 uint8_t ret[IKE1_BLOCK])
{
    struct crypto_span parts[] = {a, b};
    uint8_t full[CRYPTO_PRF_MAX];
    int r = crypto_prf_hash(prf, parts, ARRAY_SIZE(parts), full);

    if (r == 0)
        memcpy(ret, full, IKE1_BLOCK);
    return r;
}

int ike1_phase1_iv(const struct ike1_secrets *s, uint8_t ret[IKE1_BLOCK])
{
    return iv_of(s->algs->prf, s->ke_i, s->ke_r, ret);
}

int ike1_phase2_iv(const struct crypto_prf *prf, const uint8_t last[IKE1_BLOCK],
                   uint32_t message_id, uint8_t ret[IKE1_BLOCK])
{
    uint8_t id[4];

    wire_store_be32(id, message_id);
    return iv_of(prf, crypto_span(last, IKE1_BLOCK), crypto_span(id, sizeof(id)), ret);
}

int ike1_phase2_hash(const struct crypto_prf *prf, const struct ike1_keys *keys,
                     const struct ike1_hash_input *in, uint8_t *ret)
{
    uint8_t zero = 0, id[4];
    struct crypto_span parts[] = {crypto_span(&zero, in->third ? 1 : 0),
                                  crypto_span(id, sizeof(id)), in->nonce_i, in->nonce_r,
                                  in->payloads};

    wire_store_be32(id, in->message_id);
    return crypto_prf(prf, crypto_span(keys->a, prf->len), parts, ARRAY_SIZE(parts), ret);
}

int ike1_keymat(const struct crypto_prf *prf, const struct ike1_keys *keys,
                struct crypto_span shared, uint32_t spi, struct crypto_span nonce_i,
                struct crypto_span nonce_r, uint8_t *ret, size_t len)
{
    uint8_t protocol = IKE_PROTOCOL_ESP, spi_bytes[4], block[CRYPTO_PRF_MAX], last[CRYPTO_PRF_MAX];
    struct crypto_span parts[] = {crypto_span(NULL, 0),
                                  shared,
                                  crypto_span(&protocol, 1),
                                  crypto_span(spi_bytes, sizeof(spi_bytes)),
                                  nonce_i,
                                  nonce_r};
    size_t done = 0;
    int r = 0;

    wire_store_be32(spi_bytes, spi);
    while (done < len && r == 0) {
        size_t n = MIN((size_t)prf->len, len - done);

        r = crypto_prf(prf, crypto_span(keys->d, prf->len), parts, ARRAY_SIZE(parts), block);
        memcpy(ret + done, block, n);
        memcpy(last, block, prf->len);
        parts[0] = crypto_span(last, prf->len);
        done += n;
    }
    crypto_wipe(block, sizeof(block));
    crypto_wipe(last, sizeof(last));
    return r;
}

int ike1_nat_hash(const struct crypto_prf *prf, uint64_t spi_i, uint64_t spi_r,
                  const struct endpoint *at, uint8_t *ret)
{
    struct cookies c;
    uint8_t port[2];
    struct crypto_span parts[] = {cookies_span(spi_i, spi_r, &c),
                                  crypto_span(at->addr.bytes, addr_len(&at->addr)),
                                  crypto_span(port, sizeof(port))};

    wire_store_be16(port, at->port);
    return crypto_prf_hash(prf, parts, ARRAY_SIZE(parts), ret);
}

/* ---- protection ---- */

static int cbc(const struct ike_algs *algs, const struct ike1_keys *keys, bool decrypt,
               const uint8_t *iv, uint8_t *data, size_t len)
{
    struct crypto_cipher *c;
    int r = crypto_cipher_new(algs->encr, decrypt ? CRYPTO_DECRYPT : CRYPTO_ENCRYPT,
                              crypto_span(keys->e, algs->encr->key_len), &c);

    if (r < 0)
        return r;
    r = crypto_cbc(c, iv, data, len);
    crypto_cipher_free(c);
    return r;
}

int ike1_encrypt(const struct ike_algs *algs, const struct ike1_keys *keys, uint8_t iv[IKE1_BLOCK],
                 uint8_t *data, size_t cap, size_t *len)
{
    size_t body = *len - IKE_HEADER_LEN;
    size_t padded = (body + IKE1_BLOCK - 1) / IKE1_BLOCK * IKE1_BLOCK;
    int r;

    if (IKE_HEADER_LEN + padded > cap || !padded)
        return -ENOBUFS;
    memset(data + *len, 0, padded - body);
    data[FLAGS_AT] |= IKE1_FLAG_ENCRYPTED;
    wire_store_be32(data + LENGTH_AT, (uint32_t)(IKE_HEADER_LEN + padded));
    r = cbc(algs, keys, false, iv, data + IKE_HEADER_LEN, padded);
    if (r < 0)
        return r;
    memcpy(iv, data + IKE_HEADER_LEN + padded - IKE1_BLOCK, IKE1_BLOCK);
    *len = IKE_HEADER_LEN + padded;
    return 0;
}

int ike1_decrypt(const struct ike_algs *algs, const struct ike1_keys *keys, uint8_t iv[IKE1_BLOCK],
                 struct crypto_span sealed, uint8_t *ret)
{
    int r;

    if (!sealed.len || sealed.len % IKE1_BLOCK)
        return -EBADMSG;
    memcpy(ret, sealed.data, sealed.len);
    r = cbc(algs, keys, true, iv, ret, sealed.len);
    if (r == 0)
        memcpy(iv, sealed.data + sealed.len - IKE1_BLOCK, IKE1_BLOCK);
    return r;
}
