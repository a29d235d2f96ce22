#include "ikev2_internal.h"

/* IKE_SA_INIT (1.2, 2.6, 2.14, 2.23). */

#define INIT_LEN_MAX 32768 /* of a request: half-open SAs keep it */

/* Our vendor ID: this, then the NAT detection hash of where we really are. The one in the notify is
 * faked to have ESP in UDP always (the data plane's only form), as if we sat behind a NAT. */
static const uint8_t vendor_name[16] = "ropeway/ikev2/1";

#define VENDOR_LEN (sizeof(vendor_name) + CRYPTO_SHA1_LEN)

/* Payloads that live until the message was built. */
struct nat_payloads {
    uint8_t source[CRYPTO_SHA1_LEN];
    uint8_t destination[CRYPTO_SHA1_LEN];
    uint8_t vendor[VENDOR_LEN];
};

static int add_abilities(struct ike_sa *sa, struct nat_payloads *storage)
{
    static const struct endpoint nowhere = {.addr = {.family = ADDR_IPV4}};
    struct ike_message *m = &sa->v2->ikev2->out;
    const struct ike_header *h = &m->hdr;
    int r = ike_nat_hash(h->spi_i, h->spi_r, &nowhere, storage->source);

    if (r == 0)
        r = ike_nat_hash(h->spi_i, h->spi_r, &sa->remote, storage->destination);
    if (r == 0)
        r = ike_nat_hash(h->spi_i, h->spi_r, &sa->local, storage->vendor + sizeof(vendor_name));
    if (r < 0)
        return r;
    memcpy(storage->vendor, vendor_name, sizeof(vendor_name));
    if (!ike_message_add_notify(m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, storage->source,
                                sizeof(storage->source)) ||
        !ike_message_add_notify(m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, storage->destination,
                                sizeof(storage->destination)))
        return -ENOSPC;
    /* RFC 7383, 2.3: the responder says it only to who said it. */
    if ((sa->initiator || sa->v2->fragments) &&
        !ike_message_add_notify(m, IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, NULL, 0))
        return -ENOSPC;
    return ike_message_add_vendor(m, storage->vendor, sizeof(storage->vendor));
}

static bool has_hash(const struct ike_message *m, uint16_t type, const uint8_t *hash)
{
    for (size_t i = 0; i < m->n_notifies; i++) {
        const struct ike_notify *n = &m->notifies[i];

        if (n->type == type && n->data.len == CRYPTO_SHA1_LEN &&
            memcmp(n->data.data, hash, CRYPTO_SHA1_LEN) == 0)
            return true;
    }
    return false;
}

static bool has_nat_detection(const struct ike_message *m)
{
    return ike_message_notify(m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP) &&
           ike_message_notify(m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP);
}

int ikev2_init_read_nat(struct ike_sa *sa, const struct ike_message *m)
{
    uint8_t ours[CRYPTO_SHA1_LEN], theirs[CRYPTO_SHA1_LEN];

    sa->v2->fragments = ike_message_notify(m, IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED) != NULL;
    if (!has_nat_detection(m))
        return -EPROTONOSUPPORT;
    if (ike_nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->v2->ikev2->in_local, ours) < 0 ||
        ike_nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->v2->ikev2->in_remote, theirs) < 0)
        return -EIO;
    sa->nat_local = !has_hash(m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, ours);
    sa->nat_remote = !has_hash(m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, theirs);
    for (size_t i = 0; i < m->n_vendors; i++) {
        const struct crypto_span *v = &m->vendors[i];

        if (v->len != VENDOR_LEN || memcmp(v->data, vendor_name, sizeof(vendor_name)) != 0)
            continue;
        sa->ropeway = true;
        sa->nat_remote = memcmp(v->data + sizeof(vendor_name), theirs, CRYPTO_SHA1_LEN) != 0;
    }
    return 0;
}

int ikev2_init_keep(struct buf *buf, const uint8_t *data, size_t len)
{
    buf_clear(buf);
    buf_add(buf, data, len);
    return buf->failed ? -ENOMEM : 0;
}

int ikev2_init_build(struct ike_sa *sa, struct crypto_span public, const struct ike_nonce *nonce,
                     struct buf *ret)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    struct ike_message *m = &ikev2->out;
    struct nat_payloads nat;
    size_t len;
    int r;

    m->ke = (struct ike_ke){.group = sa->v2->group, .data = public};
    m->nonce = ike_nonce_span(nonce);
    ike_message_mark(m, IKE_PAYLOAD_KE);
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    r = add_abilities(sa, &nat);
    if (r == 0)
        r = ikev2_cert_announce(sa, m);
    if (r == 0)
        r = ike_message_build(m, ikev2->wire, sizeof(ikev2->wire), &len);
    return r < 0 ? r : ikev2_init_keep(ret, ikev2->wire, len);
}

int ikev2_init_derive(struct ike_sa *sa, struct crypto_span secret)
{
    struct ike_key_input in = {
        .secret = secret,
        .nonce_i = ike_nonce_span(&sa->v2->nonce_i),
        .nonce_r = ike_nonce_span(&sa->v2->nonce_r),
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
    };
    int r = ike_derive_keys(&sa->algs, &in, &sa->v2->keys);

    return r < 0
               ? r
               : ike_sk_new(&sa->algs, &sa->v2->keys, sa->initiator, &sa->env->random, &sa->v2->sk);
}

/* ---- responder ---- */

/* The same request again: the same answer, or none if it went on already. True if it was one. */
static bool answer_repeated(struct ikev2 *ikev2, const struct endpoint *local,
                            const struct endpoint *remote, const uint8_t *data, size_t len)
{
    list_for_each (v2, &ikev2->half_open, struct ikev2_sa, half_link) {
        if (v2->sa.spi_i != ikev2->in.hdr.spi_i ||
            !addr_equal(&v2->sa.remote.addr, &remote->addr) || v2->init_request.len != len ||
            memcmp(v2->init_request.data, data, len) != 0)
            continue;
        ikev2->stats.repeated++;
        ike_act_send(ikev2->env, local, remote, v2->init_response.data, v2->init_response.len);
        return true;
    }
    ike_for_each_between(peer, ikev2->peers, &local->addr, &remote->addr)
    {
        list_for_each (sa, &peer->sas, struct ike_sa, peer_link) {
            if (!sa->initiator && sa->spi_i == ikev2->in.hdr.spi_i) {
                ikev2->stats.repeated++;
                return true;
            }
        }
    }
    return false;
}

/* One address may not take all the room for half-open SAs. */
static bool is_crowded(const struct ikev2 *ikev2, const struct endpoint *remote)
{
    size_t n = 0, limit = MAX(ikev2->half_open_max / 4, 1U);

    if (ikev2->n_half_open < limit)
        return false;
    list_for_each (v2, &ikev2->half_open, struct ikev2_sa, half_link)
        n += addr_equal(&v2->sa.remote.addr, &remote->addr);
    return n >= limit;
}

/* Too many half-open: first a cookie must come back (2.6). True if the request may go on. */
static bool pass_cookie(struct ikev2 *ikev2, const struct endpoint *local,
                        const struct endpoint *remote, const struct ike_message *m)
{
    const struct ike_notify *n = ike_message_notify(m, IKE_NOTIFY_COOKIE);
    uint8_t cookie[IKE_COOKIE_LEN];

    if (ikev2->n_half_open >= ikev2->half_open_max || is_crowded(ikev2, remote)) {
        ikev2->stats.half_open_dropped++;
        return false;
    }
    if (ikev2->n_half_open < ikev2->cookies_from)
        return true;
    ikev2_cookies_rotate(ikev2, ikev2->env->now_us);
    if (n && ike_cookie_holds(&ikev2->cookies, m, remote, n->data))
        return true;
    if (ike_cookie_make(&ikev2->cookies, m, remote, cookie) < 0)
        return false;
    ikev2->stats.cookies++;
    ikev2_respond_clear(ikev2, local, remote, m, IKE_NOTIFY_COOKIE, cookie, sizeof(cookie));
    return false;
}

/* The key exchange of an answer. */
struct exchange {
    const struct ike_choice *choice;
    uint8_t public[CRYPTO_DH_PUBLIC_MAX];
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
};

static int send_response(struct ike_sa *sa, const struct exchange *x)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    int r;

    ikev2_out_init(sa, IKE_EXCHANGE_SA_INIT, true, 0);
    r = ike_answer_proposal(&ikev2->out, x->choice, IKE_PROTOCOL_IKE, 0);
    if (r == 0)
        r = ikev2_init_build(sa, crypto_span(x->public, x->choice->algs.dh->public_len),
                             &sa->v2->nonce_r, &sa->v2->init_response);
    if (r == 0)
        ike_act_send(ikev2->env, &ikev2->in_local, &ikev2->in_remote, sa->v2->init_response.data,
                     sa->v2->init_response.len);
    return r;
}

/* peer: the first that fits; which one is meant is seen by the ID. */
static void make_half_open(struct ike_peer *peer, const struct exchange *x, const uint8_t *data,
                           size_t len, const struct ike_message *m)
{
    struct ikev2 *ikev2 = peer->ikev2;
    const struct crypto_dh_group *group = x->choice->algs.dh;
    struct ike_sa *sa;

    if (ikev2_sa_new(ikev2, NULL, IKE_SA_CALLED, false, ikev2_new_spi(ikev2), &ikev2->in_local,
                     &ikev2->in_remote, &sa) < 0)
        return;
    sa->spi_i = m->hdr.spi_i;
    sa->tie = sa->spi_i;
    sa->algs = x->choice->algs;
    sa->v2->group = group->id;
    sa->v2->recv_id = 1;
    sa->v2->nonce_r.len = IKEV2_NONCE_LEN;
    ike_random(ikev2->env, sa->v2->nonce_r.bytes, sa->v2->nonce_r.len);
    ike_nonce_set(&sa->v2->nonce_i, m->nonce);
    ikev2_set_half_open(sa, true);
    ikev2_cert_read_init(sa, m);
    if (ikev2_init_read_nat(sa, m) < 0 || ikev2_init_keep(&sa->v2->init_request, data, len) < 0 ||
        ikev2_init_derive(sa, crypto_span(x->secret, group->secret_len)) < 0 ||
        send_response(sa, x) < 0)
        ike_sa_kill(sa);
    else
        ikev2_log_called(sa, peer);
}

static void refuse_value(struct ike_peer *peer, const struct endpoint *local,
                         const struct endpoint *remote, const struct ike_message *m)
{
    ikev2_report_value(peer, IKE_EVENT_SUSPECTED, &m->ke);
    ikev2_respond_clear(peer->ikev2, local, remote, m, IKE_NOTIFY_INVALID_SYNTAX, NULL, 0);
}

/* Nothing is made for a value that is none. */
static void answer(struct ike_peer *peer, const struct ike_choice *choice, const uint8_t *data,
                   size_t len, const struct ike_message *m)
{
    struct ikev2 *ikev2 = peer->ikev2;
    struct exchange x = {.choice = choice};
    int r = crypto_dh_respond(choice->algs.dh, &ikev2->env->random, m->ke.data, x.public, x.secret);

    if (r == 0)
        make_half_open(peer, &x, data, len, m);
    else if (r == -EBADMSG)
        refuse_value(peer, &ikev2->in_local, &ikev2->in_remote, m);
    crypto_wipe(&x, sizeof(x));
}

static void ask_for_group(struct ike_peer *peer, const struct endpoint *local,
                          const struct endpoint *remote, const struct ike_message *m,
                          uint16_t wanted)
{
    char sent[48], asked[48];
    uint8_t group[2];

    wire_store_be16(group, wanted);
    ike_describe_group(m->ke.group, sent, sizeof(sent));
    ike_describe_group(wanted, asked, sizeof(asked));
    ike_tell(peer, IKE_EVENT_CALLED,
             SAY(NEGOTIATION_ASKED_GROUP, ike_exchange_name(IKE_EXCHANGE_SA_INIT), sent, asked));
    ikev2_respond_clear(peer->ikev2, local, remote, m, IKE_NOTIFY_INVALID_KE_PAYLOAD, group,
                        sizeof(group));
}

static void refuse(struct ike_peer *peer, const struct endpoint *local,
                   const struct endpoint *remote, const struct ike_message *m)
{
    char why[IKE_WHY_MAX];
    struct words_read mismatch;

    ike_explain_mismatch(m, &peer->config.ike, true, why, sizeof(why));
    ike_tell(peer, IKE_EVENT_SUSPECTED, words_read(why, &mismatch));
    ikev2_respond_clear(peer->ikev2, local, remote, m, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
}

void ikev2_init_request(struct ikev2 *ikev2, const struct endpoint *local,
                        const struct endpoint *remote, const uint8_t *data, size_t len,
                        const struct ike_message *m)
{
    struct ike_peer *first = NULL, *fits = NULL;
    struct ike_choice choice;

    ike_for_each_between(peer, ikev2->peers, &local->addr, &remote->addr)
    {
        if (!peer->config.admin_up)
            continue;
        first = first ? first : peer;
        if (!fits && ike_choose_ike(m, &peer->config.ike, m->ke.group, &choice) == 0)
            fits = peer;
    }
    if (!first) {
        ikev2->stats.unknown_peer++;
        ikev2_log_stranger(ikev2, local, remote);
        return;
    }
    if (m->hdr.message_id != 0 || m->hdr.spi_i == 0 || m->hdr.spi_r != 0 || len > INIT_LEN_MAX ||
        answer_repeated(ikev2, local, remote, data, len) || !pass_cookie(ikev2, local, remote, m))
        return;
    if (!fits || !choice.algs.dh) {
        refuse(first, local, remote, m);
        return;
    }
    if (!has_nat_detection(m)) {
        ike_tell(fits, IKE_EVENT_SUSPECTED, SAY(IKE_WITHOUT_NAT_T));
        ikev2_respond_clear(ikev2, local, remote, m, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
        return;
    }
    if (choice.algs.dh->id != m->ke.group) {
        ask_for_group(fits, local, remote, m, choice.algs.dh->id);
        return;
    }
    answer(fits, &choice, data, len, m);
}
