#include "ikev2_internal.h"

#include <stdlib.h>

/* Key exchanges between IKE_SA_INIT and IKE_AUTH: one IKE_INTERMEDIATE each (RFC 9370, 2.2.2). Each
 * is protected by the keys of the one before it and gives new ones; AUTH covers all of them (RFC
 * 9242, 3.3). */

/* What IntAuth of the side becomes by one more message of its own. */
static int add_message(const struct ike_sa *sa, bool of_initiator, const struct ike_header *hdr,
                       uint8_t first, struct crypto_span payloads, uint8_t *ret)
{
    const struct ikev2_intermediate *x = sa->v2->intermediate;
    const struct ike_keys *keys = &sa->v2->keys;

    return ike_int_auth(
        sa->algs.prf, of_initiator ? keys->pi : keys->pr,
        crypto_span(x->int_auth[of_initiator ? 0 : 1], x->done ? sa->algs.prf->len : 0), hdr, first,
        payloads, ret);
}

static int add_received(const struct ike_sa *sa, uint8_t *ret)
{
    const struct ike_message *m = &sa->v2->ikev2->in;

    return add_message(sa, !sa->initiator, &m->hdr, m->sk.first, m->inner, ret);
}

/* Of the message that was built. */
static int add_built(const struct ike_sa *sa, uint8_t *ret)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    uint8_t first;
    size_t len;
    int r = ike_message_build_inner(&ikev2->out, ikev2->wire, sizeof(ikev2->wire), &first, &len);

    if (r == 0)
        r = add_message(sa, sa->initiator, &ikev2->out.hdr, first, crypto_span(ikev2->wire, len),
                        ret);
    return r;
}

/* What an exchange comes to. */
struct outcome {
    uint8_t int_auth[2][CRYPTO_PRF_MAX];
    struct ike_keys keys;
    struct ike_sk *sk;
};

/* RFC 9370, 2.2.2: SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr) */
static int derive(const struct ike_sa *sa, struct crypto_span secret, struct outcome *ret)
{
    struct ike_key_input in = {
        .secret = secret,
        .nonce_i = ike_nonce_span(&sa->v2->nonce_i),
        .nonce_r = ike_nonce_span(&sa->v2->nonce_r),
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
    };
    int r = ike_derive_rekeyed(&sa->algs, &in, sa->algs.prf, sa->v2->keys.d, &ret->keys);

    return r < 0 ? r : ike_sk_new(&sa->algs, &ret->keys, sa->initiator, &sa->env->random, &ret->sk);
}

/* From now on its keys are the new ones. */
static void take(struct ike_sa *sa, struct outcome *o)
{
    struct ikev2_intermediate *x = sa->v2->intermediate;

    memcpy(x->int_auth, o->int_auth, sizeof(x->int_auth));
    ike_sk_free(x->sk_before);
    x->sk_before = sa->v2->sk; /* of a response it is of no use, and goes with the next */
    sa->v2->sk = o->sk;
    sa->v2->keys = o->keys;
    o->sk = NULL;
    x->done++;
}

static void forget(struct outcome *o)
{
    ike_sk_free(o->sk);
    crypto_wipe(o, sizeof(*o));
}

static const struct crypto_dh_group *method_of(const struct ike_sa *sa)
{
    return crypto_dh_find(sa->algs.additional[sa->v2->intermediate->done]);
}

static void set_ke(struct ike_message *m, uint16_t group, struct crypto_span value)
{
    m->ke = (struct ike_ke){.group = group, .data = value};
    ike_message_mark(m, IKE_PAYLOAD_KE);
}

/* ---- initiator ---- */

static int send_request(struct ike_sa *sa)
{
    struct ikev2_request *q = &sa->v2->request;
    const struct crypto_dh_group *group = method_of(sa);
    int r;

    ikev2_out_init(sa, IKE_EXCHANGE_INTERMEDIATE, false, sa->v2->send_id);
    r = group ? crypto_dh_start(group, &sa->env->random, &q->dh) : -EINVAL;
    if (r < 0)
        return r;
    q->group = group->id;
    set_ke(&sa->v2->ikev2->out, group->id, crypto_dh_public(q->dh));
    r = add_built(sa, q->int_auth);
    return r < 0 ? r : ikev2_request_send(sa, IKEV2_TASK_INTERMEDIATE);
}

int ikev2_prove(struct ike_sa *sa)
{
    return ikev2_intermediate_is_due(sa) ? send_request(sa) : ikev2_auth_send(sa);
}

/* What the response being read gives. */
static int finish(struct ike_sa *sa, struct outcome *o)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    const struct ikev2_request *q = &sa->v2->request;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    int r;

    if (m->ke.group != q->group)
        return -EPROTO;
    memcpy(o->int_auth[0], q->int_auth, sizeof(o->int_auth[0]));
    r = add_received(sa, o->int_auth[1]);
    if (r == 0)
        r = crypto_dh_finish(q->dh, m->ke.data, secret);
    if (r == 0)
        r = derive(sa, crypto_span(secret, crypto_dh_group(q->dh)->secret_len), o);
    crypto_wipe(secret, sizeof(secret));
    return r;
}

void ikev2_intermediate_response(struct ike_sa *sa, enum ike_kind kind)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    struct outcome o = {.sk = NULL};
    uint16_t group = sa->v2->request.group;
    int r;

    if (kind == IKE_KIND_INTERMEDIATE_FAILED) {
        ikev2_report_exchange_refused(sa);
        ikev2_answer_failed(sa, 0);
        return;
    }
    r = finish(sa, &o);
    if (r < 0) {
        ike_report_value(sa->peer, IKE_EVENT_FAILED, m->ke.group, m->ke.data.len);
    } else {
        take(sa, &o);
        ikev2_request_done(sa);
        ikev2_log_exchanged(sa, group);
        r = ikev2_prove(sa);
    }
    forget(&o);
    if (r < 0)
        ikev2_answer_failed(sa, 0);
}

/* ---- responder ---- */

static void report_value(const struct ike_sa *sa)
{
    const struct ike_ke *ke = &sa->v2->ikev2->in.ke;

    ike_for_each_between(peer, sa->v2->ikev2->peers, &sa->local.addr, &sa->remote.addr)
    {
        if (peer->config.admin_up)
            ike_report_value(peer, IKE_EVENT_SUSPECTED, ke->group, ke->data.len);
    }
}

/* The answer, and what comes of it; not sent yet. */
static int build_answer(struct ike_sa *sa, const struct crypto_dh_group *group,
                        uint8_t public[CRYPTO_DH_PUBLIC_MAX], struct outcome *o)
{
    const struct ike_message *in = &sa->v2->ikev2->in;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    int r;

    if (!group || in->ke.group != group->id)
        return -EBADMSG;
    r = crypto_dh_respond(group, &sa->env->random, in->ke.data, public, secret);
    if (r < 0)
        return r;
    ikev2_out_init(sa, IKE_EXCHANGE_INTERMEDIATE, true, in->hdr.message_id);
    set_ke(&sa->v2->ikev2->out, group->id, crypto_span(public, group->answer_len));
    r = add_received(sa, o->int_auth[0]);
    if (r == 0)
        r = add_built(sa, o->int_auth[1]);
    if (r == 0)
        r = derive(sa, crypto_span(secret, group->secret_len), o);
    crypto_wipe(secret, sizeof(secret));
    return r;
}

void ikev2_intermediate_request(struct ike_sa *sa)
{
    uint8_t public[CRYPTO_DH_PUBLIC_MAX];
    struct outcome o = {.sk = NULL};
    int r;

    if (!ikev2_intermediate_is_due(sa)) {
        sa->v2->ikev2->stats.unexpected++;
        return;
    }
    r = build_answer(sa, method_of(sa), public, &o);
    if (r == 0)
        r = ikev2_response_send(sa);
    if (r == 0) {
        take(sa, &o);
    } else if (r == -EBADMSG) {
        report_value(sa);
        ikev2_auth_refuse(sa, IKE_NOTIFY_INVALID_SYNTAX);
    }
    forget(&o);
}
