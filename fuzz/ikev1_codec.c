/* Fuzzes the parser of IKEv1 messages, in clear and of what was decrypted, and what reads its
 * payloads further. What is encrypted must come out as it went in.
 *
 * Input: one byte of mode, then the message. Mode bit 0: the rest is what was inside of a protected
 * message, its first byte the type of the first payload; else it is a datagram, whose length field
 * is put right first if bit 1 is set. */
#include <stdlib.h>

#include "ikev1_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LENGTH_AT 24

static struct ike1_message message;
static uint8_t datagram[IKE_MESSAGE_MAX], sealed[IKE_MESSAGE_MAX], opened[IKE_MESSAGE_MAX];

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool lies_in(struct crypto_span part, struct crypto_span whole)
{
    return !part.data ||
           (part.data >= whole.data && part.data + part.len <= whole.data + whole.len);
}

static void try_message(struct crypto_span payloads)
{
    const struct ike1_message *m = &message;
    uint64_t s, kb;

    must(lies_in(m->sa, payloads) && lies_in(m->ke, payloads) && lies_in(m->nonce, payloads));
    must(lies_in(m->hash, payloads) && lies_in(m->after_hash, payloads));
    for (size_t i = 0; i < m->n_proposals; i++)
        must((size_t)m->proposals[i].first + m->proposals[i].count <= m->n_transforms);
    for (size_t i = 0; i < m->n_transforms; i++)
        must(lies_in(m->transforms[i].attributes, payloads));
    for (size_t i = 0; i < m->n_ids; i++) {
        char text[IKE_ID_TEXT_MAX];
        struct ike_ts ts;

        must(lies_in(m->ids[i].body, payloads));
        must(strlen(ike_id_format(&m->ids[i].id, text)) < sizeof(text));
        if (ike1_id_range(&m->ids[i], &ts) == 0)
            must(addr_cmp(&ts.start, &ts.end) <= 0);
    }
    for (size_t i = 0; i < m->n_notifies; i++) {
        must(lies_in(m->notifies[i].data, payloads) && *ike1_notify_name(m->notifies[i].type));
        (void)!ike1_lifetime_parse(m->notifies[i].data, &s, &kb);
    }
    for (size_t i = 0; i < m->n_deletes; i++)
        must(m->deletes[i].spis.len == (size_t)m->deletes[i].count * m->deletes[i].spi_len);
    (void)ike1_message_error(m);
}

static void try_protection(size_t len)
{
    struct ike_algs algs = {.encr = crypto_encr_by_name("aes256"),
                            .prf = crypto_prf_by_name("sha1")};
    struct ike1_keys keys = {.e = {1}};
    uint8_t iv[2][IKE1_BLOCK] = {{0}};
    size_t sealed_len = len;

    memcpy(sealed, datagram, len);
    if (ike1_encrypt(&algs, &keys, iv[0], sealed, sizeof(sealed), &sealed_len) < 0)
        return;
    must(ike1_decrypt(&algs, &keys, iv[1],
                      crypto_span(sealed + IKE_HEADER_LEN, sealed_len - IKE_HEADER_LEN),
                      opened) == 0);
    must(memcmp(opened, datagram + IKE_HEADER_LEN, len - IKE_HEADER_LEN) == 0);
    must(memcmp(iv[0], iv[1], IKE1_BLOCK) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ike1_header hdr = {.exchange = IKE1_EXCHANGE_QUICK};
    struct crypto_span payloads;
    uint8_t mode;

    if (size < 2 || size - 1 > sizeof(datagram) - IKE1_BLOCK)
        return 0;
    mode = *data;
    size--;
    memcpy(datagram, data + 1, size);
    if (mode & 1) {
        hdr.next_payload = datagram[0];
        payloads = crypto_span(datagram + 1, size - 1);
    } else {
        if ((mode & 2) && size >= IKE_HEADER_LEN)
            wire_store_be32(datagram + LENGTH_AT, (uint32_t)size);
        if (ike1_header_parse(datagram, size, &hdr) < 0)
            return 0;
        must(hdr.length <= size);
        payloads = crypto_span(datagram + IKE_HEADER_LEN, hdr.length - IKE_HEADER_LEN);
        try_protection(hdr.length);
    }
    if (ike1_payloads_parse(&hdr, payloads, &message) == 0)
        try_message(payloads);
    return 0;
}
