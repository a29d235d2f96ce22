#include "ikev1_internal.h"

/* INFORMATIONAL of the peer (RFC 2408, 4.8; RFC 2409, 5.7): nothing of it is acknowledged. */

#define JUST_MADE (5 * IKE_SECOND)

/* What waits for the peer to have it is not waited for when that goes which serves meanwhile. */
static void release_others(struct ike_sa *sa, const struct ike_pair *ending)
{
    list_for_each (pair, &sa->peer->pairs.all, struct ike_pair, all) {
        if (pair != ending && pair->state == IKE_PAIR_LIVE && !pair->unproven)
            ike_pair_add_out(pair);
    }
}

static void delete_pairs(struct ike_sa *sa, const struct ike1_delete *d)
{
    struct wire_reader in = wire_reader_make(d->spis.data, d->spis.len);
    uint32_t spi;

    while (wire_get_be32(&in, &spi) == 0) {
        struct ike_pair *pair = ikev1_pair_find(sa, IKE_OUT, spi);

        if (!pair)
            continue;
        if (pair->state == IKE_PAIR_LIVE) {
            ike_tell(sa->peer, IKE_EVENT_REMEMBERED, SAY(IKE_PEER_DELETED_CHILD));
            ikev1_log_esp_pair(sa->peer, pair, WORDS_NEGOTIATION_CHILD_DELETED_BY_PEER);
            sa->v1->quick_retry_us = sa->env->now_us + ike_jitter(sa->env, IKE_SECOND, 20);
        }
        release_others(sa, pair);
        ike_pair_end(pair, IKE_PAIR_GRACE);
    }
}

static bool names(const struct ike_sa *sa, const struct ike1_delete *d)
{
    struct wire_reader in = wire_reader_make(d->spis.data, d->spis.len);
    uint64_t i, r;

    while (wire_get_be64(&in, &i) == 0 && wire_get_be64(&in, &r) == 0) {
        if (i == sa->spi_i && r == sa->spi_r)
            return true;
    }
    return false;
}

/* Its pairs go on with another one, if there is any. */
static bool hand_over(struct ike_sa *sa)
{
    list_for_each (other, &sa->peer->sas, struct ike_sa, peer_link) {
        if (other == sa || other->version != sa->version || !ike_sa_is_live(other))
            continue;
        ike_pairs_move(&sa->pairs, &other->pairs, &other->job);
        ike_sa_touch(other);
        return true;
    }
    return false;
}

/* Another IKE SA, of whatever version, goes on where this one ends. */
static bool has_spare(const struct ike_sa *sa)
{
    list_for_each (other, &sa->peer->sas, struct ike_sa, peer_link) {
        if (other != sa && ike_sa_is_live(other) && !list_empty(&other->pairs))
            return true;
    }
    return false;
}

static void close_by_peer(struct ike_sa *sa)
{
    struct ike_peer *peer = sa->peer;

    if (sa->state == IKE_SA_ESTABLISHED && !hand_over(sa)) {
        ikev1_log_sa(sa, WORDS_NEGOTIATION_IKE_DELETED_BY_PEER);
        if (has_spare(sa))
            ike_note(peer, IKE_LOG_INFO, SAY(IKE_PEER_CLOSED_ONE));
        else
            ike_report_closed(sa, NULL);
        ike_tell(peer, IKE_EVENT_PUT_OFF, NULL);
    }
    ike_sa_kill(sa);
}

/* ESP of ours came to the peer, which has lost the SA: it is made anew. */
static void note_invalid_spi(struct ike_sa *sa, const struct ike1_notify *n)
{
    struct crypto_span spi = n->spi.len == 4 ? n->spi : n->data;
    struct ike_pair *pair =
        spi.len == 4 ? ikev1_pair_find(sa, IKE_OUT, wire_load_be32(spi.data)) : NULL;

    if (!pair || pair->state != IKE_PAIR_LIVE || sa->env->now_us - pair->made_us < JUST_MADE)
        return;
    ike_note(sa->peer, IKE_LOG_WARNING, SAY(IKE_PEER_LOST_CHILD));
    pair->lost = true;
    ike_sa_touch(sa);
    ike_peer_touch(sa->peer);
}

static void take_notify(struct ike_sa *sa, const struct ike1_notify *n)
{
    switch (n->type) {
    case IKE1_NOTIFY_R_U_THERE:
        ikev1_dpd_answer(sa, n);
        break;
    case IKE1_NOTIFY_R_U_THERE_ACK:
        ikev1_dpd_answered(sa, n);
        break;
    case IKE1_NOTIFY_INITIAL_CONTACT:
        ikev1_take_initial_contact(sa);
        break;
    case IKE1_NOTIFY_INVALID_SPI:
        note_invalid_spi(sa, n);
        break;
    default:
        if (n->type < IKE1_NOTIFY_STATUS)
            ikev1_quick_refused(sa, n->type);
    }
}

static bool opens(struct ike_sa *sa)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike1_header hdr = ikev1->in.hdr;
    struct crypto_span sealed =
        crypto_span(ikev1->in_data.data + IKE_HEADER_LEN, hdr.length - IKE_HEADER_LEN);
    struct ike1_hash_input in = {.message_id = hdr.message_id};
    uint8_t iv[IKE1_BLOCK], expected[CRYPTO_PRF_MAX];

    if (hdr.next_payload != IKE1_PAYLOAD_HASH ||
        ike1_phase2_iv(sa->algs.prf, sa->v1->last_block, hdr.message_id, iv) < 0 ||
        ike1_decrypt(&sa->algs, &sa->v1->keys, iv, sealed, ikev1->plain) < 0 ||
        ike1_payloads_parse(&hdr, crypto_span(ikev1->plain, sealed.len), &ikev1->in) < 0)
        return false;
    in.payloads = ikev1->in.after_hash;
    return ikev1->in.hash.len == sa->algs.prf->len &&
           ike1_phase2_hash(sa->algs.prf, &sa->v1->keys, &in, expected) == 0 &&
           mem_equal_ct(expected, ikev1->in.hash.data, ikev1->in.hash.len);
}

int ikev1_informational_input(struct ike_sa *sa)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    bool close = false;

    if (!opens(sa))
        return -EBADMSG;
    ikev1_alive(sa);
    for (size_t i = 0; i < m->n_notifies; i++)
        take_notify(sa, &m->notifies[i]);
    for (size_t i = 0; i < m->n_deletes; i++) {
        if (m->deletes[i].protocol == IKE_PROTOCOL_ESP && m->deletes[i].spi_len == 4)
            delete_pairs(sa, &m->deletes[i]);
        else if (m->deletes[i].protocol == IKE_PROTOCOL_IKE)
            close = close || names(sa, &m->deletes[i]);
    }
    if (close)
        close_by_peer(sa);
    return 0;
}

/* What nobody has authenticated: said, and a reason to look, but no more. */
void ikev1_informational_clear(struct ike_sa *sa)
{
    const struct ike1_notify *n = ike1_message_error(&sa->v1->ikev1->in);
    char ours[IKE_TEXT_MAX / 2], from[ENDPOINT_TEXT_MAX];

    if (!n || !sa->peer || !addr_equal(&sa->remote.addr, &sa->v1->ikev1->in_remote.addr))
        return;
    endpoint_format(&sa->remote, from);
    if (ike_sa_is_live(sa)) {
        ikev1_doubt(sa);
    } else if (!ike_sa_is_calling(sa)) {
        ike_sa_kill(sa); /* it is closed at the other end, too */
    } else if (sa->v1->step == IKEV1_MAIN_5_SENT) {
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED,
                 SAY(IKEV1_PEER_CANNOT_READ, from, ike1_notify_name(n->type)));
    } else if (n->type == IKE1_NOTIFY_NO_PROPOSAL_CHOSEN) {
        ike_write_offer(&sa->peer->config.ike, ours, sizeof(ours));
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED,
                 SAY(IKEV1_PEER_REFUSED_PROPOSALS, &sa->local.addr, words_written(ours),
                     ikev1_mode_name(sa->v1->aggressive)));
    } else {
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED,
                 SAY(IKEV1_PEER_REFUSED, ikev1_mode_name(sa->v1->aggressive),
                     ike1_notify_name(n->type)));
    }
}
