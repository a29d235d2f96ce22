#include "ikev1_internal.h"

/* Aggressive mode with a pre-shared key (RFC 2409, 5.4): all but the last proof in two messages,
 * the identities in clear. Whoever listens can try keys: only for tunnels that ask for it. */

/* One group alone can be offered: another one with each attempt. */
static uint16_t group_of(const struct ike_peer *peer)
{
    uint16_t groups[IKE_OFFER_MAX];
    size_t n = ikev1_groups(&peer->config.ike, groups);

    return n ? groups[peer->attempts % n] : 0;
}

static int put_id(struct ike_sa *sa, const struct ike_peer *peer, struct buf *id)
{
    ikev1_own_id_body(peer, id);
    if (id->failed)
        return -ENOMEM;
    ike1_put_payload(&sa->v1->ikev1->out, IKE1_PAYLOAD_ID, crypto_span(id->data, id->len),
                     crypto_span(NULL, 0));
    return 0;
}

/* ---- the caller ---- */

int ikev1_aggressive_call(struct ike_sa *sa)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    const struct ike_tunnel_config *c = &sa->peer->config;
    const struct crypto_dh_group *group = crypto_dh_find(group_of(sa->peer));
    struct buf id = {0};
    int r = group ? ikev1_new_dh(sa, group) : -EINVAL;

    if (r < 0)
        return r;
    sa->v1->aggressive = true;
    sa->v1->step = IKEV1_AGGRESSIVE_1_SENT;
    ikev1_out_begin(sa, IKE1_EXCHANGE_AGGRESSIVE, 0);
    ikev1_propose_ike(&ikev1->out, &c->ike, group->id, c->ike_lifetime_s);
    r = ikev1_keep(&sa->v1->sa_body, crypto_span(ikev1->wire + IKE_HEADER_LEN + 4,
                                                 wire_written(&ikev1->out.w) - IKE_HEADER_LEN - 4));
    ikev1_put_ke_nonce(sa);
    if (r == 0)
        r = put_id(sa, sa->peer, &id);
    buf_done(&id);
    ike1_put_vendors(&ikev1->out, IKE1_VENDOR_ANY_NAT_T | IKE1_VENDOR_DPD);
    return r < 0 ? r : ikev1_send(sa, &sa->v1->x, false, true);
}

static int send_last(struct ike_sa *sa)
{
    struct ike1_builder *b = &sa->v1->ikev1->out;
    uint8_t spis[2 * IKE_SPI_LEN];
    struct buf id = {0};
    int r;

    ikev1_out_begin(sa, IKE1_EXCHANGE_AGGRESSIVE, 0);
    ikev1_own_id_body(sa->peer, &id);
    r = id.failed ? -ENOMEM : ikev1_put_hash(sa, crypto_span(id.data, id.len));
    buf_done(&id);
    if (r == 0)
        r = ikev1_put_nat(sa);
    wire_store_be64(spis, sa->spi_i);
    wire_store_be64(spis + IKE_SPI_LEN, sa->spi_r);
    if (ikev1_is_initial_contact(sa))
        ike1_put_notify(b, IKE_PROTOCOL_IKE, IKE1_NOTIFY_INITIAL_CONTACT,
                        crypto_span(spis, sizeof(spis)), crypto_span(NULL, 0));
    return r < 0 ? r : ikev1_send(sa, &sa->v1->x, true, false);
}

static int check_answer(struct ike_sa *sa)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    char id[IKE_ID_TEXT_MAX];

    if (!ikev1_hash_holds(sa, &sa->v1->keys)) {
        ike_id_format(&m->ids[0].id, id);
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED, SAY(IKE_PSK_MISMATCH, id));
        return -EBADMSG;
    }
    if (!ikev1_accepts_id(sa->peer, &m->ids[0].id)) {
        ikev1_report_wrong_id(sa->peer, &m->ids[0].id, sa->nat_remote);
        ikev1_call_failed(sa, 8);
        return -EALREADY;
    }
    return 0;
}

/* The second message: all of the peer's. */
int ikev1_aggressive_2(struct ike_sa *sa)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    struct ike1_secrets s;
    char id[IKE_ID_TEXT_MAX];
    int r;

    if (m->n_ids != 1)
        return -EBADMSG;
    r = ikev1_take_answer(sa);
    if (r < 0)
        return r;
    sa->spi_r = m->hdr.spi_r;
    if (sa->algs.dh != crypto_dh_group(sa->v1->dh))
        r = -EBADMSG;
    if (r == 0)
        r = ikev1_take_ke_nonce(sa);
    if (r == 0)
        r = ikev1_read_nat(sa);
    s = ikev1_secrets(sa);
    if (r == 0)
        r = ike1_derive(&s, ikev1_psk(sa->peer), &sa->v1->keys);
    if (r == 0)
        r = ike1_phase1_iv(&s, sa->v1->x.iv);
    if (r == 0)
        r = check_answer(sa);
    if (r < 0) {
        if (r != -EALREADY)
            sa->spi_r = 0; /* another answer may be the peer's */
        return r;
    }
    (void)ike_sa_move(sa, IKE_SA_ANSWER);
    ikev1_log_answered(sa);
    ikev1_float(sa);
    text_copy(sa->peer->peer_id, sizeof(sa->peer->peer_id), ike_id_format(&m->ids[0].id, id));
    r = send_last(sa);
    if (r < 0)
        return r;
    memcpy(sa->v1->last_block, sa->v1->x.iv, IKE1_BLOCK);
    sa->v1->step = IKEV1_PROVED;
    ikev1_establish(sa);
    return 0;
}

/* ---- who is called ---- */

static int send_answer(struct ike_sa *sa, const struct ikev1_choice *choice, struct ike_peer *peer)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct buf id = {0};
    int r;

    ikev1_out_begin(sa, IKE1_EXCHANGE_AGGRESSIVE, 0);
    ikev1_put_choice(&ikev1->out, choice, 0);
    ikev1_put_ke_nonce(sa);
    r = put_id(sa, peer, &id);
    if (r == 0)
        r = ikev1_put_hash(sa, crypto_span(id.data, id.len));
    buf_done(&id);
    if (r == 0)
        r = ikev1_put_nat(sa);
    ike1_put_vendors(&ikev1->out, (ikev1->in.vendors & IKE1_VENDOR_ANY_NAT_T) | IKE1_VENDOR_DPD);
    return r < 0 ? r : ikev1_send(sa, &sa->v1->x, false, true);
}

static int take_call(struct ike_sa *sa, const struct ikev1_choice *choice, struct ike_peer *peer)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike1_secrets s;
    int r;

    sa->spi_i = ikev1->in.hdr.spi_i;
    sa->tie = sa->spi_i;
    sa->algs = choice->algs;
    sa->v1->aggressive = true;
    sa->v1->vendors = ikev1->in.vendors;
    sa->v1->peer_lifetime_s = ikev1_peer_lifetime(choice->transform->life_s);
    sa->v1->step = IKEV1_AGGRESSIVE_2_SENT;
    text_copy(sa->v1->peer_tunnel, sizeof(sa->v1->peer_tunnel), peer->config.id);
    r = ikev1_keep(&sa->v1->sa_body, ikev1->in.sa);
    if (r == 0)
        r = ikev1_keep(&sa->v1->peer_id, ikev1->in.ids[0].body);
    if (r == 0)
        r = ikev1_take_ke_nonce(sa);
    s = ikev1_secrets(sa);
    if (r == 0)
        r = ike1_derive(&s, ikev1_psk(peer), &sa->v1->keys);
    if (r == 0)
        r = ike1_phase1_iv(&s, sa->v1->x.iv);
    return r < 0 ? r : send_answer(sa, choice, peer);
}

void ikev1_aggressive_called(struct ikev1 *ikev1, struct ike_peer *peer,
                             const struct ikev1_choice *choice)
{
    struct ike_sa *sa;

    if (ikev1->in.n_ids != 1 || !ikev1->in.ke.data || !ikev1->in.nonce.data ||
        ikev1_sa_new(ikev1, NULL, IKE_SA_CALLED, false, &ikev1->in_local, &ikev1->in_remote, &sa) <
            0)
        return;
    ikev1_set_half_open(sa, true);
    if (take_call(sa, choice, peer) < 0) {
        ike_sa_kill(sa);
        return;
    }
    ikev1_heard(sa, &sa->v1->x);
    ikev1_log_called(sa, peer);
}

/* The third: the caller's proof, in clear or protected. Its identity came with the first. */
static bool proof_holds(struct ike_sa *sa)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    struct ike1_secrets s = ikev1_secrets(sa);
    struct crypto_span sa_body = crypto_span(sa->v1->sa_body.data, sa->v1->sa_body.len);
    struct crypto_span id = crypto_span(sa->v1->peer_id.data, sa->v1->peer_id.len);
    uint8_t expected[CRYPTO_PRF_MAX];

    return m->hash.len == sa->algs.prf->len &&
           ike1_phase1_hash(&s, &sa->v1->keys, true, sa_body, id, expected) == 0 &&
           mem_equal_ct(expected, m->hash.data, m->hash.len);
}

static int open_last(struct ike_sa *sa, uint8_t iv[IKE1_BLOCK])
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike1_header hdr = ikev1->in.hdr;
    struct crypto_span body =
        crypto_span(ikev1->in_data.data + IKE_HEADER_LEN, hdr.length - IKE_HEADER_LEN);
    int r = 0;

    if (hdr.flags & IKE1_FLAG_ENCRYPTED) {
        r = ike1_decrypt(&sa->algs, &sa->v1->keys, iv, body, ikev1->plain);
        body.data = ikev1->plain;
    }
    return r < 0 ? r : ike1_payloads_parse(&hdr, body, &ikev1->in);
}

int ikev1_aggressive_3(struct ike_sa *sa)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike_peer *peer = ike_peers_find(ikev1->peers, sa->v1->peer_tunnel);
    struct ike1_id id;
    uint8_t iv[IKE1_BLOCK];
    char text[IKE_ID_TEXT_MAX];

    memcpy(iv, sa->v1->x.iv, sizeof(iv));
    id.id.type = sa->v1->peer_id.data[0];
    id.id.data = crypto_span(sa->v1->peer_id.data + 4, sa->v1->peer_id.len - 4);
    ike_id_format(&id.id, text);
    if (!peer || !peer->config.admin_up || !peer->config.aggressive)
        return -EBADMSG;
    if (open_last(sa, iv) < 0 || !proof_holds(sa)) {
        ike_tell(peer, IKE_EVENT_SUSPECTED, SAY(IKE_PSK_MISMATCH, text));
        return -EBADMSG;
    }
    if (ikev1_read_nat(sa) < 0) {
        ike_tell(peer, IKE_EVENT_SUSPECTED, SAY(IKE_WITHOUT_NAT_T));
        return -EBADMSG;
    }
    if (ikev1_is_full(peer)) {
        ike_sa_kill(sa); /* those before it are given back first */
        return -EALREADY;
    }
    sa->local = ikev1->in_local;
    sa->remote = ikev1->in_remote;
    ike_sa_attach(sa, peer);
    text_copy(peer->peer_id, sizeof(peer->peer_id), text);
    if (ike1_message_notify(&ikev1->in, IKE1_NOTIFY_INITIAL_CONTACT))
        ikev1_take_initial_contact(sa);
    memcpy(sa->v1->last_block, iv, sizeof(iv));
    sa->v1->step = IKEV1_PROVED;
    ikev1_exchange_done(&sa->v1->x);
    buf_clear(&sa->v1->x.sent); /* nothing more is to be said in it */
    ikev1_establish(sa);
    return 0;
}
