/* raw_seal.h - any bytes as the inside of an Encrypted payload, authentic under an IKE SA's keys:
 * what a peer gone mad could send, and no builder of ours would. For SAs with AES-GCM. */
#ifndef ROPEWAY_TEST_RAW_SEAL_H
#define ROPEWAY_TEST_RAW_SEAL_H

#include "tunnel_internal.h"

struct raw_request {
    uint8_t exchange;
    uint8_t flags; /* besides those of the sender's role */
    uint32_t id;
    uint8_t first; /* type of the first payload inside */
    const uint8_t *chain;
    size_t len;
};

/* As sa's owner would send it. out holds 28 + 4 + 8 + len + 1 + 16 bytes. Returns the length, 0 on
 * failure. */
static inline size_t raw_seal(const struct ike_sa *sa, const struct raw_request *q, uint8_t *out,
                              size_t cap)
{
    const struct crypto_encr *alg = sa->algs.encr;
    size_t total = 28 + 4 + 8 + q->len + 1 + alg->icv_len, n = 0;
    struct wire_writer w = wire_writer_make(out, cap);
    struct crypto_cipher *cipher;
    struct crypto_span key =
        crypto_span(sa->initiator ? sa->v2->keys.ei : sa->v2->keys.er, crypto_encr_material(alg));
    uint8_t *data, *tag;
    int r;

    wire_put_be64(&w, sa->spi_i);
    wire_put_be64(&w, sa->spi_r);
    wire_put_u8(&w, IKE_PAYLOAD_SK);
    wire_put_u8(&w, 0x20);
    wire_put_u8(&w, q->exchange);
    wire_put_u8(&w, (uint8_t)(q->flags | (sa->initiator ? IKE_FLAG_INITIATOR : 0)));
    wire_put_be32(&w, q->id);
    wire_put_be32(&w, (uint32_t)total);
    wire_put_u8(&w, q->first);
    wire_put_u8(&w, 0);
    wire_put_be16(&w, (uint16_t)(total - 28));
    wire_put_be64(&w, UINT64_C(0xfeed000000000000) + q->id); /* an IV the SA itself never reaches */
    data = wire_put_room(&w, q->len + 1);
    tag = wire_put_room(&w, alg->icv_len);
    if (!data || !tag || wire_done(&w, &n) < 0 ||
        crypto_cipher_new(alg, CRYPTO_ENCRYPT, key, &cipher) < 0)
        return 0;
    if (q->len)
        memcpy(data, q->chain, q->len);
    data[q->len] = 0; /* no padding */
    r = crypto_aead_seal(cipher, out + 32, crypto_span(out, 32), data, q->len + 1, tag);
    crypto_cipher_free(cipher);
    return r < 0 ? 0 : n;
}

#endif
