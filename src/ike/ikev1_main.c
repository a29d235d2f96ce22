#include "ikev1_internal.h"

/* Main mode with a pre-shared key (RFC 2409, 5.4): SA; KE and nonce; identity and proof, protected
 * by keys that the pre-shared key is part of. So whoever is called tries the keys of the peers that
 * may be meant: nothing that was sent before says who it is. */

#define CANDIDATES_MAX 16 /* peers between two addresses whose keys are tried */
#define TRIES_MAX      8  /* of a half-open SA */

/* ---- the caller ---- */

int ikev1_main_call(struct ike_sa *sa)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike1_builder *b = &ikev1->out;
    const struct ike_tunnel_config *c = &sa->peer->config;
    int r;

    sa->v1->step = IKEV1_MAIN_1_SENT;
    ikev1_out_begin(sa, IKE1_EXCHANGE_MAIN, 0);
    ikev1_propose_ike(b, &c->ike, 0, c->ike_lifetime_s);
    r = ikev1_keep(&sa->v1->sa_body, crypto_span(ikev1->wire + IKE_HEADER_LEN + 4,
                                                 wire_written(&b->w) - IKE_HEADER_LEN - 4));
    ike1_put_vendors(b, IKE1_VENDOR_ANY_NAT_T | IKE1_VENDOR_DPD);
    return r < 0 ? r : ikev1_send(sa, &sa->v1->x, false, true);
}

static int send_ke(struct ike_sa *sa, bool awaits)
{
    int r;

    ikev1_out_begin(sa, IKE1_EXCHANGE_MAIN, 0);
    ikev1_put_ke_nonce(sa);
    r = ikev1_put_nat(sa);
    return r < 0 ? r : ikev1_send(sa, &sa->v1->x, false, awaits);
}

/* The second message: what was chosen. */
int ikev1_main_2(struct ike_sa *sa)
{
    int r = ikev1_take_answer(sa);

    if (r == 0)
        r = ikev1_new_dh(sa, sa->algs.dh);
    if (r < 0)
        return r;
    sa->spi_r = sa->v1->ikev1->in.hdr.spi_r;
    (void)ike_sa_move(sa, IKE_SA_ANSWER);
    ikev1_log_answered(sa);
    sa->v1->step = IKEV1_MAIN_3_SENT;
    return send_ke(sa, true);
}

/* Identity and proof; the same from both ends. */
static int send_proof(struct ike_sa *sa, bool awaits)
{
    struct ike1_builder *b = &sa->v1->ikev1->out;
    struct buf id = {0};
    int r;

    ikev1_out_begin(sa, IKE1_EXCHANGE_MAIN, 0);
    ikev1_own_id_body(sa->peer, &id);
    ike1_put_payload(b, IKE1_PAYLOAD_ID, crypto_span(id.data, id.len), crypto_span(NULL, 0));
    r = id.failed ? -ENOMEM : ikev1_put_hash(sa, crypto_span(id.data, id.len));
    buf_done(&id);
    if (sa->initiator && ikev1_is_initial_contact(sa)) {
        uint8_t spis[2 * IKE_SPI_LEN];

        wire_store_be64(spis, sa->spi_i);
        wire_store_be64(spis + IKE_SPI_LEN, sa->spi_r);
        ike1_put_notify(b, IKE_PROTOCOL_IKE, IKE1_NOTIFY_INITIAL_CONTACT,
                        crypto_span(spis, sizeof(spis)), crypto_span(NULL, 0));
    }
    return r < 0 ? r : ikev1_send(sa, &sa->v1->x, true, awaits);
}

/* The fourth: the peer's KE and nonce. */
int ikev1_main_4(struct ike_sa *sa)
{
    struct ike1_secrets s;
    int r = ikev1_take_ke_nonce(sa);

    if (r == -EBADMSG)
        ike_report_value(sa->peer, IKE_EVENT_SUSPECTED, sa->algs.dh->id, sa->v1->ikev1->in.ke.len);
    if (r == 0 && ikev1_read_nat(sa) < 0) {
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED, SAY(IKE_WITHOUT_NAT_T));
        r = -EBADMSG;
    }
    if (r < 0)
        return r;
    s = ikev1_secrets(sa);
    r = ike1_derive(&s, ikev1_psk(sa->peer), &sa->v1->keys);
    if (r == 0)
        r = ike1_phase1_iv(&s, sa->v1->x.iv);
    if (r < 0)
        return r;
    ikev1_float(sa);
    sa->v1->step = IKEV1_MAIN_5_SENT;
    return send_proof(sa, true);
}

static int open_proof(struct ike_sa *sa, const struct ike1_keys *keys, uint8_t iv[IKE1_BLOCK])
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike1_header hdr = ikev1->in.hdr;
    struct crypto_span sealed =
        crypto_span(ikev1->in_data.data + IKE_HEADER_LEN, hdr.length - IKE_HEADER_LEN);
    int r = ike1_decrypt(&sa->algs, keys, iv, sealed, ikev1->plain);

    return r < 0 ? r : ike1_payloads_parse(&hdr, crypto_span(ikev1->plain, sealed.len), &ikev1->in);
}

/* The sixth: the peer's identity and proof. */
int ikev1_main_6(struct ike_sa *sa)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    uint8_t iv[IKE1_BLOCK];
    char id[IKE_ID_TEXT_MAX];

    memcpy(iv, sa->v1->x.iv, sizeof(iv));
    if (open_proof(sa, &sa->v1->keys, iv) < 0 || !ikev1_hash_holds(sa, &sa->v1->keys))
        return -EBADMSG; /* whoever does not know the key */
    if (!ikev1_accepts_id(sa->peer, &m->ids[0].id)) {
        ikev1_report_wrong_id(sa->peer, &m->ids[0].id, sa->nat_remote);
        ikev1_call_failed(sa, 8);
        return -EALREADY;
    }
    memcpy(sa->v1->last_block, iv, sizeof(iv));
    sa->v1->step = IKEV1_PROVED;
    ikev1_exchange_done(&sa->v1->x);
    text_copy(sa->peer->peer_id, sizeof(sa->peer->peer_id), ike_id_format(&m->ids[0].id, id));
    ikev1_establish(sa);
    return 0;
}

/* ---- who is called ---- */

void ikev1_main_called(struct ikev1 *ikev1, struct ike_peer *peer,
                       const struct ikev1_choice *choice)
{
    struct ike_sa *sa;
    int r;

    if (ikev1_sa_new(ikev1, NULL, IKE_SA_CALLED, false, &ikev1->in_local, &ikev1->in_remote, &sa) <
        0)
        return;
    ikev1_set_half_open(sa, true);
    sa->spi_i = ikev1->in.hdr.spi_i;
    sa->tie = sa->spi_i;
    sa->algs = choice->algs;
    sa->v1->vendors = ikev1->in.vendors;
    sa->v1->peer_lifetime_s = ikev1_peer_lifetime(choice->transform->life_s);
    sa->v1->step = IKEV1_MAIN_2_SENT;
    r = ikev1_keep(&sa->v1->sa_body, ikev1->in.sa);
    ikev1_out_begin(sa, IKE1_EXCHANGE_MAIN, 0);
    ikev1_put_choice(&ikev1->out, choice, 0);
    ike1_put_vendors(&ikev1->out, (ikev1->in.vendors & IKE1_VENDOR_ANY_NAT_T) | IKE1_VENDOR_DPD);
    if (r == 0)
        r = ikev1_send(sa, &sa->v1->x, false, false);
    if (r < 0) {
        ike_sa_kill(sa);
        return;
    }
    ikev1_heard(sa, &sa->v1->x);
    ikev1_log_called(sa, peer);
}

/* The third: KE and nonce. */
int ikev1_main_3(struct ike_sa *sa)
{
    struct ike1_secrets s;
    int r = ikev1_take_ke_nonce(sa);

    if (r == 0)
        r = ikev1_read_nat(sa);
    if (r < 0)
        return r;
    s = ikev1_secrets(sa);
    r = ike1_phase1_iv(&s, sa->v1->x.iv);
    sa->v1->step = IKEV1_MAIN_4_SENT;
    return r < 0 ? r : send_ke(sa, false);
}

enum outcome { ANOTHER_KEY, ANOTHER_ID, FITS };

/* keys and iv are those of the peer, if it fits. */
static enum outcome try_peer(struct ike_sa *sa, const struct ike_peer *peer, struct ike1_keys *keys,
                             uint8_t iv[IKE1_BLOCK])
{
    struct ike1_secrets s = ikev1_secrets(sa);

    memcpy(iv, sa->v1->x.iv, IKE1_BLOCK);
    if (!ike_offer_allows(&peer->config.ike, &sa->algs) ||
        ike1_derive(&s, ikev1_psk(peer), keys) < 0 || open_proof(sa, keys, iv) < 0 ||
        !ikev1_hash_holds(sa, keys))
        return ANOTHER_KEY;
    return ikev1_accepts_id(peer, &sa->v1->ikev1->in.ids[0].id) ? FITS : ANOTHER_ID;
}

static bool is_candidate(const struct ike_peer *peer)
{
    return peer->config.admin_up && peer->config.ikev1 && !peer->config.aggressive;
}

/* Whose key opens it; the message that was read is the opened one. */
static struct ike_peer *find_peer(struct ike_sa *sa, uint8_t iv[IKE1_BLOCK])
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike_peer *found = NULL;
    bool known = false;
    unsigned n = 0;

    ike_for_each_between(peer, ikev1->peers, &sa->local.addr, &sa->remote.addr)
    {
        enum outcome outcome;

        if (!is_candidate(peer) || n++ == CANDIDATES_MAX)
            continue;
        outcome = try_peer(sa, peer, &sa->v1->keys, iv);
        if (outcome == FITS) {
            found = peer;
            break;
        }
        if (outcome == ANOTHER_ID)
            ikev1_report_wrong_id(peer, &ikev1->in.ids[0].id, sa->nat_remote);
        known = known || outcome == ANOTHER_ID;
    }
    if (found || known)
        return found;
    ike_for_each_between(peer, ikev1->peers, &sa->local.addr, &sa->remote.addr)
    {
        char from[ENDPOINT_TEXT_MAX];

        if (is_candidate(peer))
            ike_tell(peer, IKE_EVENT_SUSPECTED,
                     SAY(IKEV1_PSK_MISMATCH, endpoint_format(&sa->remote, from)));
    }
    return NULL;
}

/* The fifth: identity and proof. */
int ikev1_main_5(struct ike_sa *sa)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    const struct ike1_message *m = &ikev1->in;
    struct ike_peer *peer;
    uint8_t iv[IKE1_BLOCK];
    char id[IKE_ID_TEXT_MAX];
    int r;

    if (++sa->v1->tries > TRIES_MAX)
        return -EBADMSG;
    peer = find_peer(sa, iv);
    if (!peer) {
        crypto_wipe(&sa->v1->keys, sizeof(sa->v1->keys));
        ikev1_refuse_clear(ikev1, IKE1_NOTIFY_AUTHENTICATION_FAILED);
        return -EBADMSG;
    }
    if (ikev1_is_full(peer)) {
        ike_sa_kill(sa); /* those before it are given back first */
        return -EALREADY;
    }
    sa->local = ikev1->in_local; /* it floated */
    sa->remote = ikev1->in_remote;
    memcpy(sa->v1->x.iv, iv, sizeof(iv));
    ike_sa_attach(sa, peer);
    text_copy(peer->peer_id, sizeof(peer->peer_id), ike_id_format(&m->ids[0].id, id));
    if (ike1_message_notify(m, IKE1_NOTIFY_INITIAL_CONTACT))
        ikev1_take_initial_contact(sa);
    r = send_proof(sa, false);
    if (r < 0) {
        ike_sa_kill(sa);
        return -EALREADY;
    }
    memcpy(sa->v1->last_block, sa->v1->x.iv, IKE1_BLOCK);
    sa->v1->step = IKEV1_PROVED;
    ikev1_establish(sa);
    return 0;
}
