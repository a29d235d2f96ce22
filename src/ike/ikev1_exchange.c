#include "ikev1_internal.h"

/* Messages on their way out, and what comes again (RFC 2408, 5.1): a message that awaits an answer
 * is sent until it comes; the last one of an exchange, when what it answered is heard again. */

#define FIRST_PAUSE      (150 * IKE_MS)
#define LATER_PAUSE      (300 * IKE_MS)
#define PAUSE_MAX        (10 * IKE_SECOND)
#define REPEATS_MAX      16 /* of one message, for others */
#define ANSWERS_A_SECOND 20
#define HASH_AT          (IKE_HEADER_LEN + 4)

void ikev1_out_begin(struct ike_sa *sa, uint8_t exchange, uint32_t message_id)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike1_header hdr = {
        .spi_i = sa->spi_i, .spi_r = sa->spi_r, .exchange = exchange, .message_id = message_id};

    ike1_build_begin(&ikev1->out, ikev1->wire, sizeof(ikev1->wire), &hdr);
}

void ikev1_resend(struct ike_sa *sa, struct ikev1_exchange *x)
{
    if (x->sends++)
        sa->v1->ikev1->stats.retransmitted++;
    ike_act_send(sa->env, &sa->local, &sa->remote, x->sent.data, x->sent.len);
    x->next_us = sa->env->now_us + ike_jitter(sa->env, x->pause_us, 10);
    x->pause_us = MIN(x->pause_us * 17 / 10, PAUSE_MAX);
    ike_sa_touch(sa);
}

int ikev1_send(struct ike_sa *sa, struct ikev1_exchange *x, bool sealed, bool awaits)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    size_t len;
    int r = ike1_build_end(&ikev1->out, &len);

    if (r == 0 && sealed)
        r = ike1_encrypt(&sa->algs, &sa->v1->keys, x->iv, ikev1->wire, sizeof(ikev1->wire), &len);
    if (r < 0)
        return r;
    buf_clear(&x->sent);
    buf_add(&x->sent, ikev1->wire, len);
    if (x->sent.failed)
        return -ENOMEM;
    x->awaits = awaits;
    x->sends = x->repeats = 0;
    x->first_us = sa->env->now_us;
    x->pause_us = ike_sa_is_live(sa) ? LATER_PAUSE : FIRST_PAUSE;
    ikev1_resend(sa, x);
    return 0;
}

void ikev1_out_begin_hashed(struct ike_sa *sa, uint8_t exchange, uint32_t message_id)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;

    ikev1_out_begin(sa, exchange, message_id);
    ike1_payload_begin(&ikev1->out, IKE1_PAYLOAD_HASH);
    wire_put_zero(&ikev1->out.w, sa->algs.prf->len);
    ike1_payload_end(&ikev1->out);
}

static int fill_hash(struct ike_sa *sa, struct ike1_hash_input *in)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    size_t len, behind = HASH_AT + sa->algs.prf->len;
    int r = wire_done(&ikev1->out.w, &len);

    if (r < 0)
        return r;
    in->payloads = crypto_span(ikev1->wire + behind, len - behind);
    return ike1_phase2_hash(sa->algs.prf, &sa->v1->keys, in, ikev1->wire + HASH_AT);
}

int ikev1_send_hashed(struct ike_sa *sa, struct ikev1_exchange *x, bool awaits,
                      struct ike1_hash_input *in)
{
    int r = fill_hash(sa, in);

    return r < 0 ? r : ikev1_send(sa, x, true, awaits);
}

int ikev1_send_informational(struct ike_sa *sa)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike1_hash_input in = {.message_id = wire_load_be32(ikev1->wire + 20)};
    uint8_t iv[IKE1_BLOCK];
    size_t len;
    int r = fill_hash(sa, &in);

    if (r == 0)
        r = ike1_build_end(&ikev1->out, &len);
    if (r == 0)
        r = ike1_phase2_iv(sa->algs.prf, sa->v1->last_block, in.message_id, iv);
    if (r == 0)
        r = ike1_encrypt(&sa->algs, &sa->v1->keys, iv, ikev1->wire, sizeof(ikev1->wire), &len);
    if (r == 0)
        ike_act_send(sa->env, &sa->local, &sa->remote, ikev1->wire, len);
    return r;
}

uint32_t ikev1_new_message_id(struct ike_sa *sa)
{
    uint32_t id = 0;
    bool taken;

    do {
        ike_random(sa->env, &id, sizeof(id));
        taken = id == 0;
        list_for_each (quick, &sa->v1->quicks, struct ikev1_quick, link)
            taken = taken || quick->message_id == id;
    } while (taken);
    return id;
}

/* ---- what comes again ---- */

static bool digest(const struct ike_sa *sa, uint8_t ret[CRYPTO_SHA256_LEN])
{
    return crypto_sha256(&sa->v1->ikev1->in_data, 1, ret) == 0;
}

bool ikev1_is_repeated(struct ike_sa *sa, struct ikev1_exchange *x)
{
    uint8_t hash[CRYPTO_SHA256_LEN];

    if (!x->has_heard || !digest(sa, hash) || memcmp(hash, x->heard, sizeof(hash)) != 0)
        return false;
    sa->v1->ikev1->stats.repeated++;
    if (x->sent.len && x->repeats++ < REPEATS_MAX)
        ike_act_send(sa->env, &sa->local, &sa->remote, x->sent.data, x->sent.len);
    return true;
}

void ikev1_heard(struct ike_sa *sa, struct ikev1_exchange *x)
{
    x->has_heard = digest(sa, x->heard);
}

void ikev1_exchange_done(struct ikev1_exchange *x)
{
    x->awaits = false;
}

/* ---- clear answers ---- */

void ikev1_refuse_clear(struct ikev1 *ikev1, uint16_t notify)
{
    struct ike1_header hdr = {.spi_i = ikev1->in.hdr.spi_i,
                              .spi_r = ikev1->in.hdr.spi_r,
                              .exchange = IKE1_EXCHANGE_INFORMATIONAL};
    uint64_t now = ikev1->env->now_us;
    size_t len;

    if (now - ikev1->answers_us >= IKE_SECOND) {
        ikev1->answers_us = now;
        ikev1->answers = 0;
    }
    if (ikev1->answers++ >= ANSWERS_A_SECOND)
        return;
    hdr.message_id = (uint32_t)ike_random_u64(ikev1->env) | 1;
    ike1_build_begin(&ikev1->out, ikev1->wire, sizeof(ikev1->wire), &hdr);
    ike1_put_notify(&ikev1->out, IKE_PROTOCOL_IKE, notify, crypto_span(NULL, 0),
                    crypto_span(NULL, 0));
    if (ike1_build_end(&ikev1->out, &len) == 0)
        ike_act_send(ikev1->env, &ikev1->in_local, &ikev1->in_remote, ikev1->wire, len);
}
