/* codec1_build.c - ISAKMP messages on their way out (RFC 2408, 3). */
#include "ikev1_message.h"

#define NEXT_AT       16 /* of the header's fields */
#define LENGTH_AT     24
#define PROPOSAL_LEN  8
#define TRANSFORMS_AT 7  /* of a proposal's fields */
#define SA_LEN        12 /* generic header, DOI, situation */

static void patch_u8(struct ike1_builder *b, size_t offset, uint8_t value)
{
    if (!b->w.full)
        b->w.start[offset] = value;
}

void ike1_build_begin(struct ike1_builder *b, uint8_t *data, size_t cap,
                      const struct ike1_header *hdr)
{
    *b = (struct ike1_builder){.w = wire_writer_make(data, cap), .next_at = NEXT_AT};
    wire_put_be64(&b->w, hdr->spi_i);
    wire_put_be64(&b->w, hdr->spi_r);
    wire_put_u8(&b->w, IKE1_PAYLOAD_NONE);
    wire_put_u8(&b->w, 0x10);
    wire_put_u8(&b->w, hdr->exchange);
    wire_put_u8(&b->w, hdr->flags);
    wire_put_be32(&b->w, hdr->message_id);
    wire_put_be32(&b->w, 0);
}

void ike1_payload_begin(struct ike1_builder *b, uint8_t type)
{
    patch_u8(b, b->next_at, type);
    b->begun_at = b->next_at = wire_written(&b->w);
    wire_put_zero(&b->w, 4);
}

void ike1_payload_end(struct ike1_builder *b)
{
    size_t len = wire_written(&b->w) - b->begun_at;

    if (!b->w.full)
        wire_patch_be16(&b->w, b->begun_at + 2, (uint16_t)len);
}

void ike1_put_payload(struct ike1_builder *b, uint8_t type, struct crypto_span first,
                      struct crypto_span second)
{
    ike1_payload_begin(b, type);
    wire_put_bytes(&b->w, first.data, first.len);
    wire_put_bytes(&b->w, second.data, second.len);
    ike1_payload_end(b);
}

void ike1_put_notify(struct ike1_builder *b, uint8_t protocol, uint16_t type,
                     struct crypto_span spi, struct crypto_span data)
{
    ike1_payload_begin(b, IKE1_PAYLOAD_NOTIFY);
    wire_put_be32(&b->w, 1); /* the DOI of IPsec */
    wire_put_u8(&b->w, protocol);
    wire_put_u8(&b->w, (uint8_t)spi.len);
    wire_put_be16(&b->w, type);
    wire_put_bytes(&b->w, spi.data, spi.len);
    wire_put_bytes(&b->w, data.data, data.len);
    ike1_payload_end(b);
}

void ike1_put_delete(struct ike1_builder *b, uint8_t protocol, uint8_t spi_len, uint16_t count,
                     struct crypto_span spis)
{
    ike1_payload_begin(b, IKE1_PAYLOAD_DELETE);
    wire_put_be32(&b->w, 1);
    wire_put_u8(&b->w, protocol);
    wire_put_u8(&b->w, spi_len);
    wire_put_be16(&b->w, count);
    wire_put_bytes(&b->w, spis.data, spis.len);
    ike1_payload_end(b);
}

void ike1_put_attribute(struct ike1_builder *b, uint16_t type, uint64_t value)
{
    if (value <= UINT16_MAX) {
        wire_put_be16(&b->w, type | 0x8000);
        wire_put_be16(&b->w, (uint16_t)value);
        return;
    }
    wire_put_be16(&b->w, type);
    wire_put_be16(&b->w, value >> 32 ? 8 : 4);
    if (value >> 32)
        wire_put_be64(&b->w, value);
    else
        wire_put_be32(&b->w, (uint32_t)value);
}

/* ---- the SA payload ---- */

void ike1_sa_begin(struct ike1_builder *b, uint8_t protocol, uint8_t number, struct crypto_span spi)
{
    ike1_payload_begin(b, IKE1_PAYLOAD_SA);
    wire_put_be32(&b->w, 1);
    wire_put_be32(&b->w, 1); /* SIT_IDENTITY_ONLY */
    wire_put_zero(&b->w, 4);
    wire_put_u8(&b->w, number);
    wire_put_u8(&b->w, protocol);
    wire_put_u8(&b->w, (uint8_t)spi.len);
    wire_put_u8(&b->w, 0);
    wire_put_bytes(&b->w, spi.data, spi.len);
}

static size_t proposal_at(const struct ike1_builder *b)
{
    return b->begun_at + SA_LEN;
}

void ike1_transform_begin(struct ike1_builder *b, uint8_t number, uint8_t id)
{
    size_t at = wire_written(&b->w);

    if (!b->w.full)
        b->w.start[proposal_at(b) + TRANSFORMS_AT]++;
    wire_put_u8(&b->w, 3); /* another one follows, until ike1_sa_end() */
    wire_put_zero(&b->w, 3);
    wire_put_u8(&b->w, number);
    wire_put_u8(&b->w, id);
    wire_put_zero(&b->w, 2);
    b->next_at = at;
}

void ike1_transform_end(struct ike1_builder *b)
{
    size_t len = wire_written(&b->w) - b->next_at;

    if (!b->w.full)
        wire_patch_be16(&b->w, b->next_at + 2, (uint16_t)len);
}

void ike1_sa_end(struct ike1_builder *b)
{
    size_t len = wire_written(&b->w) - proposal_at(b);

    if (b->w.full)
        return;
    patch_u8(b, b->next_at, 0); /* the last transform */
    wire_patch_be16(&b->w, proposal_at(b) + 2, (uint16_t)len);
    b->next_at = b->begun_at;
    ike1_payload_end(b);
}

int ike1_build_end(struct ike1_builder *b, size_t *ret_len)
{
    size_t len;
    int r = wire_done(&b->w, &len);

    if (r < 0)
        return r;
    wire_patch_be32(&b->w, LENGTH_AT, (uint32_t)len);
    *ret_len = len;
    return 0;
}
