/* Fuzzes the IKEv2 message parser, with clear payloads and with the inside of an Encrypted payload.
 * What is accepted must build, and must come out the same when parsed and built again, in clear,
 * through protection, and in fragments.
 *
 * Input: one byte of mode, then the message. Mode bit 0: the rest is the inside of an Encrypted
 * payload, its first byte the type of the first payload, of the exchange 34 + bits 2 and 3, a
 * response if bit 4; else it is a datagram. Mode bit 1: the datagram's length field is put right
 * first, so that mutations get past it. */
#include <stdlib.h>

#include "ike_message.h"
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LENGTH_OFFSET 24

static struct ike_message first, second;
static uint8_t datagram[IKE_MESSAGE_MAX], built[IKE_MESSAGE_MAX], again[IKE_MESSAGE_MAX];
static uint8_t sealed[IKE_MESSAGE_MAX], plain[IKE_MESSAGE_MAX];

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* The two ends of one IKE SA, made at the first call. */
static void fill_zero(void *context, void *ret, size_t len)
{
    (void)context;
    memset(ret, 0, len);
}

static struct ike_sk *sk_end(bool is_initiator)
{
    static const struct crypto_random random = {.fill = fill_zero};
    static struct ike_sk *ends[2];
    struct ike_algs algs = {.encr = crypto_encr_by_name("aes128gcm16"),
                            .prf = crypto_prf_by_name("sha256")};
    struct ike_keys keys = {.ei = {1}, .er = {2}};

    if (!ends[is_initiator])
        must(ike_sk_new(&algs, &keys, is_initiator, &random, &ends[is_initiator]) == 0);
    return ends[is_initiator];
}

static void try_helpers(const struct ike_message *m)
{
    struct ike_problem problem = {0};
    char text[IKE_ID_TEXT_MAX];
    enum ike_kind kind;

    if (ike_message_check(m, &kind, &problem) == 0)
        must(kind < IKE_KINDS && strcmp(ike_kind_name(kind), "unknown") != 0);
    else
        must(problem.fault != IKE_FAULT_NONE);
    must(strlen(ike_id_format(&m->idi, text)) < sizeof(text));
    must(ike_id_equal(&m->idr, &m->idr));
    (void)ike_message_error(m);
    for (size_t i = 0; i < m->n_deletes; i++)
        for (size_t j = 0; j < m->deletes[i].count; j++)
            (void)ike_delete_spi(&m->deletes[i], j);
}

/* The chain in `built`, cut, sealed, and put together from the last fragment to the first. */
static void must_survive_cut(const struct ike_message *m, uint8_t first_type, size_t len)
{
    struct ike_reassembly *r = ike_reassembly_new();
    size_t part = len / (1 + len % 40) + 1, total = (len + part - 1) / part, n, plain_len;
    uint8_t type;

    must(r != NULL);
    for (size_t i = total; i-- > 0;) {
        struct ike_fragment f = {.first = i ? IKE_PAYLOAD_NONE : first_type,
                                 .number = (uint16_t)(i + 1),
                                 .total = (uint16_t)total,
                                 .part = crypto_span(built + i * part, MIN(part, len - i * part))};

        must(!ike_reassembly_is_whole(r));
        must(ike_fragment_protect(&m->hdr, &f, sk_end(true), sealed, sizeof(sealed), &n) == 0);
        must(f.part.len <= ike_fragment_room(sk_end(true), n));
        must(ike_message_parse(sealed, n, &second, NULL) == 0);
        must(ike_sk_open(sk_end(false), sealed, n, &second.sk, plain, sizeof(plain), &plain_len) ==
             0);
        must(ike_reassembly_add(r, &second.sk, crypto_span(plain, plain_len), sizeof(plain)) == 0);
    }
    must(total == 0 || ike_reassembly_is_whole(r));
    must(ike_reassembly_join(r, plain, sizeof(plain), &type, &plain_len) == 0);
    must(total == 0 || type == first_type);
    must(plain_len == len && memcmp(plain, built, len) == 0);
    ike_reassembly_free(r);
}

static void must_survive(const struct ike_message *m)
{
    uint8_t first_type, again_type;
    size_t len, again_len, sealed_len;

    must(ike_message_build(m, built, sizeof(built), &len) == 0);
    must(ike_message_parse(built, len, &second, NULL) == 0);
    must(second.n_proposals == m->n_proposals && second.n_notifies == m->n_notifies);
    must(second.n_deletes == m->n_deletes && second.n_vendors == m->n_vendors);
    must(second.n_opaques == m->n_opaques);
    must(second.tsi.count == m->tsi.count && second.tsr.count == m->tsr.count);
    must(ike_message_build(&second, again, sizeof(again), &again_len) == 0);
    must(again_len == len && memcmp(again, built, len) == 0);

    if (ike_message_protect(m, sk_end(true), sealed, sizeof(sealed), &sealed_len) < 0)
        return; /* the longest messages do not fit with the tag */
    must(ike_message_build_inner(m, built, sizeof(built), &first_type, &len) == 0);
    must(ike_message_parse(sealed, sealed_len, &second, NULL) == 0);
    must(ike_message_unprotect(&second, sk_end(false), sealed, sealed_len, plain, sizeof(plain),
                               NULL) == 0);
    must(ike_message_build_inner(&second, again, sizeof(again), &again_type, &again_len) == 0);
    must(again_type == first_type && again_len == len && memcmp(again, built, len) == 0);
    must_survive_cut(m, first_type, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ike_problem problem = {0};
    uint8_t mode;
    int r;

    if (size < 2 || size - 1 > sizeof(datagram))
        return 0;
    mode = data[0];
    memcpy(datagram, data + 1, --size);
    if (mode & 1) {
        ike_message_init(&first, (enum ike_exchange)(IKE_EXCHANGE_SA_INIT + (mode >> 2 & 3)),
                         mode & 16 ? IKE_FLAG_RESPONSE : IKE_FLAG_INITIATOR, 1, 2, 3);
        first.present = first.present_clear = IKE_BIT(IKE_PAYLOAD_SK);
        first.was_protected = true;
        r = ike_message_parse_inner(&first, datagram[0], crypto_span(datagram + 1, size - 1),
                                    &problem);
    } else {
        if (mode & 2 && size >= IKE_HEADER_LEN)
            wire_store_be32(datagram + LENGTH_OFFSET, (uint32_t)size);
        r = ike_message_parse(datagram, size, &first, &problem);
    }
    must((r == 0) == (problem.fault == IKE_FAULT_NONE));
    if (r < 0)
        return 0;
    try_helpers(&first);
    must_survive(&first);
    return 0;
}
