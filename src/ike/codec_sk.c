/* codec_sk.c - the Encrypted payload: protect and unprotect a message (RFC 7296, 3.14; RFC 5282 for
 * AEAD; RFC 7383 for what a fragment adds).
 *
 * On the wire: header, generic header (and fragment numbers), IV, ciphertext of (payloads, padding,
 * pad length), checksum. An AEAD authenticates everything before the IV beside the ciphertext; an
 * integrity algorithm everything before the checksum. */
#include <stdlib.h>

#include "codec_internal.h"

struct sk_direction {
    struct crypto_cipher *cipher;
    struct crypto_mac *mac; /* NULL with an AEAD */
};

struct ike_sk {
    const struct crypto_encr *encr;
    size_t icv_len;
    struct sk_direction out;
    struct sk_direction in;
    uint64_t next_iv; /* AEAD: counts from a random start, so that no restart repeats one */
    struct crypto_random random;
};

static int direction_init(struct sk_direction *d, const struct ike_algs *algs,
                          enum crypto_direction direction, const uint8_t *encr_key,
                          const uint8_t *integ_key)
{
    int r = crypto_cipher_new(algs->encr, direction,
                              crypto_span(encr_key, crypto_encr_material(algs->encr)), &d->cipher);

    if (r < 0 || !algs->integ)
        return r;
    return crypto_mac_new(algs->integ, crypto_span(integ_key, algs->integ->key_len), &d->mac);
}

int ike_sk_new(const struct ike_algs *algs, const struct ike_keys *keys, bool is_initiator,
               const struct crypto_random *random, struct ike_sk **ret)
{
    struct ike_sk *sk;
    int r;

    if (algs->encr->aead == (algs->integ != NULL))
        return -EINVAL;
    sk = calloc(1, sizeof(*sk));
    if (!sk)
        return -ENOMEM;
    sk->encr = algs->encr;
    sk->icv_len = algs->integ ? algs->integ->icv_len : algs->encr->icv_len;
    sk->random = *random;
    random->fill(random->context, &sk->next_iv, sizeof(sk->next_iv));
    r = direction_init(is_initiator ? &sk->out : &sk->in, algs,
                       is_initiator ? CRYPTO_ENCRYPT : CRYPTO_DECRYPT, keys->ei, keys->ai);
    if (r == 0)
        r = direction_init(is_initiator ? &sk->in : &sk->out, algs,
                           is_initiator ? CRYPTO_DECRYPT : CRYPTO_ENCRYPT, keys->er, keys->ar);
    if (r < 0) {
        ike_sk_free(sk);
        return r;
    }
    *ret = sk;
    return 0;
}

void ike_sk_free(struct ike_sk *sk)
{
    if (!sk)
        return;
    crypto_cipher_free(sk->out.cipher);
    crypto_cipher_free(sk->in.cipher);
    crypto_mac_free(sk->out.mac);
    crypto_mac_free(sk->in.mac);
    free(sk);
}

/* Encrypts data[0..len) behind iv and writes the checksum after it; msg is where the message
 * starts. */
static int seal(struct ike_sk *sk, const uint8_t *msg, uint8_t *iv, uint8_t *data, size_t len)
{
    struct crypto_span covered;
    int r;

    if (sk->encr->aead) {
        wire_store_be64(iv, sk->next_iv++);
        return crypto_aead_seal(sk->out.cipher, iv, crypto_span(msg, (size_t)(iv - msg)), data, len,
                                data + len);
    }
    sk->random.fill(sk->random.context, iv, sk->encr->iv_len);
    r = crypto_cbc(sk->out.cipher, iv, data, len);
    if (r < 0)
        return r;
    covered = crypto_span(msg, (size_t)(data - msg) + len);
    return crypto_mac_compute(sk->out.mac, &covered, 1, data + len);
}

/* A message up to its text: what is patched and sealed when that is there. */
struct opened {
    struct wire_writer w;
    uint8_t *buf;
    uint8_t *head; /* of the Encrypted payload */
    uint8_t *iv;
    uint8_t *text;
};

/* Pads the text and seals the message. first: the type of the payload that it begins with. */
static int close_sealed(struct ike_sk *sk, struct opened *o, uint8_t first, size_t inner_len,
                        size_t *ret_len)
{
    size_t block = sk->encr->block_len;
    size_t pad_len = (block - (inner_len + 1) % block) % block;
    size_t text_len = inner_len + pad_len + 1, total;
    int r;

    if (!wire_put_room(&o->w, text_len + sk->icv_len))
        return -ENOBUFS;
    memset(o->text + inner_len, 0, pad_len);
    o->text[text_len - 1] = (uint8_t)pad_len;

    total = wire_written(&o->w);
    wire_patch_be32(&o->w, IKE_LENGTH_OFFSET, (uint32_t)total);
    o->head[0] = first;
    o->head[1] = 0;
    wire_store_be16(o->head + 2, (uint16_t)(total - IKE_HEADER_LEN));
    r = seal(sk, o->buf, o->iv, o->text, text_len);
    if (r < 0) {
        crypto_wipe(o->buf, total);
        return r;
    }
    *ret_len = total;
    return 0;
}

int ike_message_protect(const struct ike_message *m, struct ike_sk *sk, uint8_t *buf, size_t cap,
                        size_t *ret_len)
{
    struct opened o = {.w = wire_writer_make(buf, MIN(cap, IKE_MESSAGE_MAX)), .buf = buf};
    size_t inner_len;
    uint8_t first;
    int r;

    ike_put_header(&o.w, &m->hdr, IKE_PAYLOAD_SK);
    o.head = wire_put_room(&o.w, IKE_PAYLOAD_HEADER_LEN);
    o.iv = wire_put_room(&o.w, sk->encr->iv_len);
    if (!o.head || !o.iv)
        return -ENOBUFS;
    o.text = o.iv + sk->encr->iv_len;
    r = ike_message_build_inner(m, o.text, (size_t)(o.w.end - o.text), &first, &inner_len);
    return r < 0 ? r : close_sealed(sk, &o, first, inner_len, ret_len);
}

size_t ike_fragment_room(const struct ike_sk *sk, size_t size)
{
    size_t around = IKE_HEADER_LEN + IKE_FRAGMENT_HEADER_LEN + sk->encr->iv_len + sk->icv_len;
    size_t text = size > around ? size - around : 0;

    text -= text % sk->encr->block_len;
    return text > 0 ? text - 1 : 0; /* the pad length */
}

int ike_fragment_protect(const struct ike_header *hdr, const struct ike_fragment *f,
                         struct ike_sk *sk, uint8_t *buf, size_t cap, size_t *ret_len)
{
    struct opened o = {.w = wire_writer_make(buf, MIN(cap, IKE_MESSAGE_MAX)), .buf = buf};

    ike_put_header(&o.w, hdr, IKE_PAYLOAD_SKF);
    o.head = wire_put_room(&o.w, IKE_PAYLOAD_HEADER_LEN);
    wire_put_be16(&o.w, f->number);
    wire_put_be16(&o.w, f->total);
    o.iv = wire_put_room(&o.w, sk->encr->iv_len);
    if (!o.head || !o.iv || (size_t)(o.w.end - o.iv) < sk->encr->iv_len + f->part.len)
        return -ENOBUFS;
    o.text = o.iv + sk->encr->iv_len;
    if (f->part.len > 0)
        memcpy(o.text, f->part.data, f->part.len);
    return close_sealed(sk, &o, f->first, f->part.len, ret_len);
}

int ike_sk_open(struct ike_sk *sk, const uint8_t *data, size_t len, const struct ike_encrypted *enc,
                uint8_t *plain, size_t cap, size_t *ret_len)
{
    const uint8_t *iv = enc->body.data, *text, *icv;
    size_t iv_len = sk->encr->iv_len, text_len;
    struct crypto_span covered;
    int r;

    if (enc->body.len < iv_len + sk->icv_len + 1 || iv + enc->body.len != data + len)
        return -EBADMSG;
    text = iv + iv_len;
    text_len = enc->body.len - iv_len - sk->icv_len;
    icv = text + text_len;
    if (text_len % sk->encr->block_len != 0)
        return -EBADMSG;
    if (cap < text_len)
        return -ENOBUFS;

    memcpy(plain, text, text_len);
    if (sk->encr->aead) {
        r = crypto_aead_open(sk->in.cipher, iv, crypto_span(data, (size_t)(iv - data)), plain,
                             text_len, icv);
    } else {
        covered = crypto_span(data, (size_t)(icv - data));
        r = crypto_mac_verify(sk->in.mac, &covered, 1, icv);
        if (r == 0)
            r = crypto_cbc(sk->in.cipher, iv, plain, text_len);
    }
    if (r == 0 && plain[text_len - 1] >= text_len)
        r = -EBADMSG; /* more padding than there is text */
    if (r < 0) {
        crypto_wipe(plain, text_len);
        return r;
    }
    *ret_len = text_len - 1 - plain[text_len - 1];
    return 0;
}

int ike_message_unprotect(struct ike_message *m, struct ike_sk *sk, const uint8_t *data, size_t len,
                          uint8_t *plain, size_t cap, struct ike_problem *ret_problem)
{
    size_t plain_len;
    int r;

    if (m->present_clear & IKE_BIT(IKE_PAYLOAD_SKF))
        return ike_problem_set(ret_problem, IKE_FAULT_UNEXPECTED, IKE_PAYLOAD_SKF, -EPROTO);
    if (!(m->present_clear & IKE_BIT(IKE_PAYLOAD_SK)))
        return ike_problem_set(ret_problem, IKE_FAULT_NOT_PROTECTED, IKE_PAYLOAD_SK, -EPROTO);
    r = ike_sk_open(sk, data, len, &m->sk, plain, cap, &plain_len);
    if (r < 0)
        return ike_problem_set(ret_problem, IKE_FAULT_INTEGRITY, IKE_PAYLOAD_SK, r);
    m->was_protected = true;
    return ike_message_parse_inner(m, m->sk.first, crypto_span(plain, plain_len), ret_problem);
}
