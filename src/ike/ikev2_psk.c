#include "ikev2_internal.h"

/* Proof by a pre-shared key (2.15). */

void ikev2_proven(const struct ike_sa *sa, bool ours, struct ike_auth_input *ret)
{
    bool of_initiator = sa->initiator == ours;
    const struct buf *init = of_initiator ? &sa->v2->init_request : &sa->v2->init_response;

    ret->message = crypto_span(init->data, init->len);
    ret->peer_nonce = ike_nonce_span(of_initiator ? &sa->v2->nonce_r : &sa->v2->nonce_i);
    ret->sk_p = of_initiator ? sa->v2->keys.pi : sa->v2->keys.pr;
    ret->intermediate = ikev2_intermediate_octets(sa);
}

static int compute(const struct ike_sa *sa, const struct ike_peer *peer, bool before, bool ours,
                   const struct ike_id *id, uint8_t *ret)
{
    const struct ike_tunnel_config *c = &peer->config;
    struct crypto_span psk =
        before ? crypto_span(c->psk_before, c->psk_before_len) : crypto_span(c->psk, c->psk_len);
    struct ike_auth_input in;

    ikev2_proven(sa, ours, &in);
    return ike_psk_auth(sa->algs.prf, psk, &in, id, ret);
}

/* The key of before is for want of a better one: never in the place of an IKE SA that lives. */
static void choose_key(struct ike_sa *sa)
{
    struct ike_peer *peer = sa->peer;

    sa->auth.by_key_before = peer->try_key_before && !sa->replaces && ike_takes_key_before(peer);
    peer->try_key_before = false;
}

static int prove(struct ike_sa *sa, const struct ike_id *id, uint8_t room[IKEV2_PROOF_MAX])
{
    struct ike_message *m = &sa->v2->ikev2->out;
    int r;

    if (sa->initiator)
        choose_key(sa);
    r = compute(sa, sa->peer, sa->auth.by_key_before, true, id, room);
    if (r < 0)
        return r;
    m->auth =
        (struct ike_auth){.method = IKE_AUTH_PSK, .data = crypto_span(room, sa->algs.prf->len)};
    ike_message_mark(m, IKE_PAYLOAD_AUTH);
    return 0;
}

static bool fits(const struct ike_sa *sa, const struct ike_peer *peer, bool before,
                 const struct ike_message *m)
{
    uint8_t expected[CRYPTO_PRF_MAX];
    int r = compute(sa, peer, before, false, sa->initiator ? &m->idr : &m->idi, expected);
    bool holds = r == 0 && m->auth.data.len == sa->algs.prf->len &&
                 mem_equal_ct(expected, m->auth.data.data, sa->algs.prf->len);

    crypto_wipe(expected, sizeof(expected));
    return holds;
}

/* The peer has to answer with the key that we used, to one of the answers that it may have given to
 * our call. A caller may have either key, and is answered with the same. */
static bool psk_holds(struct ike_sa *sa, const struct ike_peer *peer, const struct ike_message *m)
{
    do {
        if (fits(sa, peer, sa->auth.by_key_before, m))
            return true;
    } while (ikev2_answer_next(sa));
    if (!sa->initiator)
        sa->auth.by_key_before = ike_takes_key_before(peer) && fits(sa, peer, true, m);
    return !sa->initiator && sa->auth.by_key_before;
}

static bool takes(uint8_t method)
{
    return method == IKE_AUTH_PSK;
}

static bool verify(struct ike_sa *sa, struct ike_peer *peer, const struct ike_message *m)
{
    struct words method = {.code = ike_auth_method_code(m->auth.method)};
    char id[IKE_ID_TEXT_MAX];

    if (!takes(m->auth.method)) {
        ike_tell(peer, IKE_EVENT_SUSPECTED, SAY(IKE_WRONG_METHOD, &method));
        return false;
    }
    if (!psk_holds(sa, peer, m)) {
        ike_id_format(sa->initiator ? &m->idr : &m->idi, id);
        ike_tell(peer, IKE_EVENT_SUSPECTED, SAY(IKE_PSK_MISMATCH, id));
        return false;
    }
    return true;
}

const struct ikev2_proof ikev2_psk = {.prove = prove, .verify = verify, .takes = takes};
