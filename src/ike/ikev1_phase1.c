#include "ikev1_internal.h"

/* What main and aggressive mode share: the payloads of phase 1, what they prove, and NAT detection
 * (RFC 2409, 5; RFC 3947, 3). */

#define LIFETIME_MIN UINT64_C(30) /* seconds */

struct crypto_span ikev1_psk(const struct ike_peer *peer)
{
    return crypto_span(peer->config.psk, peer->config.psk_len);
}

static struct crypto_span buf_span(const struct buf *buf)
{
    return crypto_span(buf->data, buf->len);
}

struct ike1_secrets ikev1_secrets(const struct ike_sa *sa)
{
    const struct ikev1_sa *v1 = sa->v1;

    return (struct ike1_secrets){
        .algs = &sa->algs,
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
        .nonce_i = ike_nonce_span(&v1->nonce_i),
        .nonce_r = ike_nonce_span(&v1->nonce_r),
        .ke_i = buf_span(&v1->ke_i),
        .ke_r = buf_span(&v1->ke_r),
        .shared = crypto_span(v1->shared, sa->algs.dh->secret_len),
    };
}

int ikev1_keep(struct buf *buf, struct crypto_span bytes)
{
    buf_clear(buf);
    buf_add(buf, bytes.data, bytes.len);
    return buf->failed ? -ENOMEM : 0;
}

/* ---- key exchange ---- */

static void make_nonce(struct ike_sa *sa)
{
    struct ike_nonce *nonce = sa->initiator ? &sa->v1->nonce_i : &sa->v1->nonce_r;

    nonce->len = IKEV1_NONCE_LEN;
    ike_random(sa->env, nonce->bytes, nonce->len);
}

int ikev1_new_dh(struct ike_sa *sa, const struct crypto_dh_group *group)
{
    struct ikev1_sa *v1 = sa->v1;
    int r = crypto_dh_start(group, &sa->env->random, &v1->dh);

    if (r < 0)
        return r;
    make_nonce(sa);
    return ikev1_keep(sa->initiator ? &v1->ke_i : &v1->ke_r, crypto_dh_public(v1->dh));
}

void ikev1_put_ke_nonce(struct ike_sa *sa)
{
    struct ikev1_sa *v1 = sa->v1;
    struct ike1_builder *b = &v1->ikev1->out;
    struct crypto_span none = crypto_span(NULL, 0);

    ike1_put_payload(b, IKE1_PAYLOAD_KE, buf_span(sa->initiator ? &v1->ke_i : &v1->ke_r), none);
    ike1_put_payload(b, IKE1_PAYLOAD_NONCE,
                     ike_nonce_span(sa->initiator ? &v1->nonce_i : &v1->nonce_r), none);
}

/* Ours comes after a look at the peer's. */
static int respond(struct ike_sa *sa, struct crypto_span ke)
{
    uint8_t public[CRYPTO_DH_PUBLIC_MAX];
    int r = crypto_dh_respond(sa->algs.dh, &sa->env->random, ke, public, sa->v1->shared);

    if (r < 0)
        return r;
    make_nonce(sa);
    return ikev1_keep(&sa->v1->ke_r, crypto_span(public, sa->algs.dh->public_len));
}

int ikev1_take_ke_nonce(struct ike_sa *sa)
{
    struct ikev1_sa *v1 = sa->v1;
    const struct ike1_message *m = &v1->ikev1->in;

    if (!m->ke.data || !m->nonce.data || m->ke.len != sa->algs.dh->public_len)
        return -EBADMSG;
    ike_nonce_set(sa->initiator ? &v1->nonce_r : &v1->nonce_i, m->nonce);
    if (ikev1_keep(sa->initiator ? &v1->ke_r : &v1->ke_i, m->ke) < 0)
        return -ENOMEM;
    return v1->dh ? crypto_dh_finish(v1->dh, m->ke, v1->shared) : respond(sa, m->ke);
}

/* ---- NAT ---- */

static uint8_t nat_payload(const struct ike_sa *sa)
{
    return sa->v1->vendors & IKE1_VENDOR_NAT_T ? IKE1_PAYLOAD_NAT_D : IKE1_PAYLOAD_NAT_D_DRAFT;
}

/* First where the peer is, then where we are (RFC 3947, 3.2): the second one is faked to have ESP
 * in UDP always, and our vendor ID carries the true one. */
int ikev1_put_nat(struct ike_sa *sa)
{
    static const struct endpoint nowhere = {.addr = {.family = ADDR_IPV4}};
    const struct endpoint *places[] = {&sa->remote, &nowhere, &sa->local};
    struct ike1_builder *b = &sa->v1->ikev1->out;
    uint8_t hash[CRYPTO_PRF_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        struct crypto_span span = crypto_span(hash, sa->algs.prf->len);
        int r = ike1_nat_hash(sa->algs.prf, sa->spi_i, sa->spi_r, places[i], hash);

        if (r < 0)
            return r;
        if (i < 2)
            ike1_put_payload(b, nat_payload(sa), span, crypto_span(NULL, 0));
        else
            ike1_put_ropeway(b, span);
    }
    return 0;
}

static bool span_is(struct crypto_span span, const uint8_t *hash, size_t len)
{
    return span.len == len && memcmp(span.data, hash, len) == 0;
}

int ikev1_read_nat(struct ike_sa *sa)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    const struct ike1_message *m = &ikev1->in;
    uint8_t ours[CRYPTO_PRF_MAX], theirs[CRYPTO_PRF_MAX];
    size_t len = sa->algs.prf->len;
    bool seen = false;

    if (m->n_nat_d < 2)
        return -EPROTONOSUPPORT;
    if (ike1_nat_hash(sa->algs.prf, sa->spi_i, sa->spi_r, &ikev1->in_local, ours) < 0 ||
        ike1_nat_hash(sa->algs.prf, sa->spi_i, sa->spi_r, &ikev1->in_remote, theirs) < 0)
        return -EIO;
    for (size_t i = 1; i < m->n_nat_d; i++)
        seen = seen || span_is(m->nat_d[i], theirs, len);
    sa->nat_local = !span_is(m->nat_d[0], ours, len);
    sa->nat_remote = !seen;
    if (m->vendors & IKE1_VENDOR_ROPEWAY) {
        sa->ropeway = true;
        sa->nat_remote = !span_is(m->ropeway, theirs, len);
    }
    return 0;
}

void ikev1_float(struct ike_sa *sa)
{
    sa->local.port = IKE_PORT_NATT;
    if (sa->remote.port == IKE_PORT)
        sa->remote.port = IKE_PORT_NATT;
}

/* ---- identities and proofs ---- */

void ikev1_own_id_body(const struct ike_peer *peer, struct buf *ret)
{
    struct ike_ident storage;
    struct ike_id own;
    uint8_t head[4] = {0}; /* type, any protocol and port */

    ike_peer_ident(peer, false, &storage, &own);
    head[0] = own.type;
    buf_clear(ret);
    buf_add(ret, head, sizeof(head));
    buf_add(ret, own.data.data, own.data.len);
}

int ikev1_put_hash(struct ike_sa *sa, struct crypto_span own_id)
{
    struct ike1_secrets s = ikev1_secrets(sa);
    uint8_t hash[CRYPTO_PRF_MAX];
    int r = ike1_phase1_hash(&s, &sa->v1->keys, sa->initiator, buf_span(&sa->v1->sa_body), own_id,
                             hash);

    if (r == 0)
        ike1_put_payload(&sa->v1->ikev1->out, IKE1_PAYLOAD_HASH,
                         crypto_span(hash, sa->algs.prf->len), crypto_span(NULL, 0));
    return r;
}

bool ikev1_hash_holds(const struct ike_sa *sa, const struct ike1_keys *keys)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    struct ike1_secrets s = ikev1_secrets(sa);
    uint8_t expected[CRYPTO_PRF_MAX];
    int r;

    if (m->n_ids != 1 || m->hash.len != sa->algs.prf->len)
        return false;
    r = ike1_phase1_hash(&s, keys, !sa->initiator, buf_span(&sa->v1->sa_body), m->ids[0].body,
                         expected);
    return r == 0 && mem_equal_ct(expected, m->hash.data, sa->algs.prf->len);
}

bool ikev1_accepts_id(const struct ike_peer *peer, const struct ike_id *id)
{
    const struct ike_tunnel_config *c = &peer->config;
    struct ike_ident storage;
    struct ike_id expected;

    if (!c->remote_id.type && addr_is_any(&c->remote))
        return true; /* a dynamic peer without an ID is whoever knows the key */
    ike_peer_ident(peer, true, &storage, &expected);
    return ike_id_equal(&expected, id);
}

void ikev1_report_wrong_id(struct ike_peer *peer, const struct ike_id *id, bool nat)
{
    char theirs[IKE_ID_TEXT_MAX], ours[IKE_ID_TEXT_MAX];
    struct ike_ident storage;
    struct ike_id expected;
    bool address = id->type == IKE_ID_IPV4 || id->type == IKE_ID_IPV6;

    ike_peer_ident(peer, true, &storage, &expected);
    ike_id_format(id, theirs);
    ike_id_format(&expected, ours);
    ike_tell(peer, IKE_EVENT_SUSPECTED,
             nat && address ? SAY(IKE_WRONG_ID_BEHIND_NAT, theirs, ours)
                            : SAY(IKE_WRONG_ID, theirs, ours));
}

/* ---- how many ---- */

bool ikev1_is_full(const struct ike_peer *peer)
{
    size_t n = 0;

    list_for_each (sa, &peer->sas, struct ike_sa, peer_link)
        n++;
    return n >= IKE_SAS_MAX;
}

uint64_t ikev1_peer_lifetime(uint64_t seconds)
{
    return seconds ? MAX(seconds, LIFETIME_MIN) : 0;
}

/* ---- INITIAL-CONTACT ---- */

/* Does the peer's old state have to go? Yes, unless we have another SA with it; nor may a restarted
 * daemon make another Ropeway drop the SAs that still forward. */
bool ikev1_is_initial_contact(const struct ike_sa *sa)
{
    const struct ike_peer *peer = sa->peer;

    list_for_each (other, &peer->sas, struct ike_sa, peer_link) {
        if (other != sa && (other->state == IKE_SA_ESTABLISHED || other->state == IKE_SA_REPLACED))
            return false;
    }
    return list_empty(&peer->pairs.adopted) || !sa->ropeway;
}

/* Those that were there before the peer began are dead. One that came to life meanwhile is not
 * meant (both began at once). */
void ikev1_take_initial_contact(struct ike_sa *sa)
{
    list_for_each (other, &sa->peer->sas, struct ike_sa, peer_link) {
        if (other != sa && !ike_sa_is_calling(other) && other->state != IKE_SA_DEAD &&
            other->established_us < sa->began_us) {
            ike_note(sa->peer, IKE_LOG_WARNING, SAY(IKE_PEER_RESTARTED));
            ike_sa_kill(other);
        }
    }
}

/* ---- the first answer ---- */

int ikev1_take_answer(struct ike_sa *sa)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    struct ikev1_choice choice;

    if (!sa->replaces && sa->peer->lead) {
        ike_sa_kill(sa); /* the peer was quicker with a call of its own */
        return -EALREADY;
    }
    if (!m->hdr.spi_r || !m->sa.data || ikev1_accept(m, &sa->peer->config.ike, true, &choice) < 0) {
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED, SAY(IKE_NOT_OFFERED));
        return -EBADMSG;
    }
    if (!(m->vendors & IKE1_VENDOR_ANY_NAT_T)) {
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED, SAY(IKE_WITHOUT_NAT_T));
        return -EBADMSG;
    }
    sa->algs = choice.algs;
    sa->v1->vendors = m->vendors;
    sa->v1->peer_lifetime_s = ikev1_peer_lifetime(choice.transform->life_s);
    return 0;
}
