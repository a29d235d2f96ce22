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

/* RFC 9242, 3.1: said by who may want it, and to who agreed on it. */
static bool may_exchange_more(const struct ike_sa *sa)
{
    return sa->initiator ? ike_offer_has_additional(&sa->peer->config.ike)
                         : ike_count_additional(&sa->algs) > 0;
}

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
    if (may_exchange_more(sa) &&
        !ike_message_add_notify(m, IKE_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED, NULL, 0))
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

/* Of callers who have proved nothing, for each tunnel between the two addresses. From the first
 * rate on a cookie has to come back, which shows that the address is theirs; the second one counts
 * key exchanges by what they cost. */
static const struct ike_rate bare_calls = {.per_second = 4, .at_once = 8};
static const struct ike_rate answers = {.per_second = 16, .at_once = 16};

#define TUNNELS_COUNTED 256U /* beyond, one more makes no difference */

/* A first message, and whom it may concern. */
struct call {
    const uint8_t *data;
    size_t len;
    const struct ike_message *m;
    struct ike_peer *peer; /* the first that fits; else the first of all */
    bool fits;
    struct ike_choice choice; /* if it fits */
    unsigned tunnels;         /* between the addresses, as far as they are counted */
    struct ike_peer *other;   /* a tunnel of IKEv1 between the addresses */
};

static struct ike_rate times(struct ike_rate rate, unsigned n)
{
    return (struct ike_rate){.per_second = n * rate.per_second, .at_once = n * rate.at_once};
}

static void refuse(const struct call *call, uint16_t notify, const void *data, size_t len)
{
    struct ikev2 *ikev2 = call->peer->ikev2;

    ikev2_respond_clear(ikev2, &ikev2->in_local, &ikev2->in_remote, call->m, notify, data, len);
}

/* The same request again: the same answer, or none if it went on already. True if it was one. */
static bool answer_repeated(struct ikev2 *ikev2, const struct call *call)
{
    uint64_t spi_i = call->m->hdr.spi_i;
    const struct addr *from = &ikev2->in_remote.addr;

    list_for_each (v2, ikev2_inits_of(ikev2, spi_i, from), struct ikev2_sa, init_link) {
        bool same = !v2->counted || (v2->init_request.len == call->len &&
                                     memcmp(v2->init_request.data, call->data, call->len) == 0);

        if (!same || v2->sa.spi_i != spi_i || !addr_equal(&v2->init_from, from) ||
            v2->sa.state == IKE_SA_DEAD)
            continue;
        ikev2->stats.repeated++;
        if (v2->counted)
            ike_act_send(ikev2->env, &ikev2->in_local, &ikev2->in_remote, v2->init_response.data,
                         v2->init_response.len);
        return true;
    }
    return false;
}

static bool has_cookie(struct ikev2 *ikev2, const struct call *call)
{
    const struct ike_notify *n = ike_message_notify(call->m, IKE_NOTIFY_COOKIE);

    ikev2_cookies_rotate(ikev2, ikev2->env->now_us);
    return n && ike_cookie_holds(&ikev2->cookies, call->m, &ikev2->in_remote, n->data);
}

/* Too many who proved nothing, here or at this tunnel: first a cookie must come back (2.6). True if
 * the request may go on. */
static bool pass_cookie(struct ikev2 *ikev2, const struct call *call)
{
    size_t unproved = ikev2_count_unproved(ikev2);
    uint8_t cookie[IKE_COOKIE_LEN];

    if (unproved >= ikev2->half_open_max || ikev2_source_is_full(ikev2, &ikev2->in_remote.addr)) {
        ikev2->stats.half_open_dropped++;
        return false;
    }
    if (unproved < ikev2->cookies_from &&
        ike_allow(&call->peer->calls_us, ikev2->env->now_us, times(bare_calls, call->tunnels), 1))
        return true;
    if (has_cookie(ikev2, call))
        return true;
    if (ike_cookie_make(&ikev2->cookies, call->m, &ikev2->in_remote, cookie) < 0)
        return false;
    ikev2->stats.cookies++;
    refuse(call, IKE_NOTIFY_COOKIE, cookie, sizeof(cookie));
    return false;
}

/* Of all key exchanges that the call leads to before somebody proves anything. */
static unsigned cost_of(const struct call *call)
{
    const struct ike_algs *algs = &call->choice.algs;
    unsigned cost;

    if (!call->fits || !algs->dh || algs->dh->id != call->m->ke.group)
        return 1;
    cost = ikev2_exchange_cost(algs->dh);
    for (size_t i = 0; i < ike_count_additional(algs); i++)
        cost += ikev2_exchange_cost(crypto_dh_find(algs->additional[i]));
    return cost;
}

static bool is_due(struct ikev2 *ikev2, const struct call *call)
{
    unsigned cost = cost_of(call);
    char from[ENDPOINT_TEXT_MAX];

    if (ike_allow(&call->peer->answers_us, ikev2->env->now_us, times(answers, call->tunnels), cost))
        return true;
    ikev2->stats.half_open_dropped++;
    ike_tell(call->peer, IKE_EVENT_CALLED,
             SAY(NEGOTIATION_TOO_MANY_CALLS, endpoint_format(&ikev2->in_remote, from)));
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
        r = ikev2_init_build(sa, crypto_span(x->public, x->choice->algs.dh->answer_len),
                             &sa->v2->nonce_r, &sa->v2->init_response);
    if (r == 0)
        ike_act_send(ikev2->env, &ikev2->in_local, &ikev2->in_remote, sa->v2->init_response.data,
                     sa->v2->init_response.len);
    return r;
}

/* Of nobody's tunnel yet: which one is meant is seen by the ID. */
static void make_half_open(const struct call *call, const struct exchange *x)
{
    struct ikev2 *ikev2 = call->peer->ikev2;
    const struct crypto_dh_group *group = x->choice->algs.dh;
    const struct ike_message *m = call->m;
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
    ikev2_index_init(sa, &ikev2->in_remote.addr);
    ikev2_cert_read_init(sa, m);
    if (ikev2_init_read_nat(sa, m) < 0 || ikev2_intermediate_begin(sa) < 0 ||
        ikev2_init_keep(&sa->v2->init_request, call->data, call->len) < 0 ||
        ikev2_init_derive(sa, crypto_span(x->secret, group->secret_len)) < 0 ||
        send_response(sa, x) < 0)
        ike_sa_kill(sa);
    else
        ikev2_log_called(sa, call->peer);
}

/* Nothing is made for a value that is none, and it counts like one that is. */
static void answer(const struct call *call)
{
    struct ikev2 *ikev2 = call->peer->ikev2;
    struct exchange x = {.choice = &call->choice};
    int r = crypto_dh_respond(call->choice.algs.dh, &ikev2->env->random, call->m->ke.data, x.public,
                              x.secret);

    if (r == 0) {
        make_half_open(call, &x);
    } else if (r == -EBADMSG) {
        ikev2_source_failed(ikev2, &ikev2->in_remote.addr);
        ike_report_value(call->peer, IKE_EVENT_SUSPECTED, call->m->ke.group, call->m->ke.data.len);
        refuse(call, IKE_NOTIFY_INVALID_SYNTAX, NULL, 0);
    }
    crypto_wipe(&x, sizeof(x));
}

static void ask_for_group(const struct call *call)
{
    uint16_t wanted = call->choice.algs.dh->id;
    char sent[48], asked[48];
    uint8_t group[2];

    wire_store_be16(group, wanted);
    ike_describe_group(call->m->ke.group, sent, sizeof(sent));
    ike_describe_group(wanted, asked, sizeof(asked));
    ike_tell(call->peer, IKE_EVENT_CALLED,
             SAY(NEGOTIATION_ASKED_GROUP, ike_exchange_name(IKE_EXCHANGE_SA_INIT), sent, asked));
    refuse(call, IKE_NOTIFY_INVALID_KE_PAYLOAD, group, sizeof(group));
}

static void refuse_proposals(const struct call *call)
{
    char why[IKE_WHY_MAX];
    struct words_read mismatch;

    if (ike_offer_lacks_additional(&call->peer->config.ike)) {
        ikev2_report_lacking(call->peer, IKE_EVENT_SUSPECTED);
        refuse(call, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
        return;
    }
    ike_explain_mismatch(call->m, &call->peer->config.ike, true, why, sizeof(why));
    ike_tell(call->peer, IKE_EVENT_SUSPECTED, words_read(why, &mismatch));
    refuse(call, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
}

/* False if there is no tunnel for it. */
static bool find_tunnel(struct ikev2 *ikev2, struct call *call)
{
    const struct ike_message *m = call->m;

    ike_for_each_between(peer, ikev2->peers, &ikev2->in_local.addr, &ikev2->in_remote.addr)
    {
        if (!peer->config.admin_up)
            continue;
        if (peer->config.ikev1) {
            call->other = peer;
            continue;
        }
        call->peer = call->peer ? call->peer : peer;
        call->tunnels = MIN(call->tunnels + 1, TUNNELS_COUNTED);
        if (!call->fits && ike_choose_ike(m, &peer->config.ike, m->ke.group, &call->choice) == 0) {
            call->peer = peer;
            call->fits = true;
        }
        if (call->fits && call->tunnels == TUNNELS_COUNTED)
            break;
    }
    return call->peer != NULL;
}

void ikev2_init_request(struct ikev2 *ikev2, const struct endpoint *local,
                        const struct endpoint *remote, const uint8_t *data, size_t len,
                        const struct ike_message *m)
{
    struct call call = {.data = data, .len = len, .m = m};

    if (!find_tunnel(ikev2, &call) && call.other) {
        ike_tell(call.other, IKE_EVENT_SUSPECTED, SAY(IKE_VERSION_2));
        ikev2_respond_clear(ikev2, local, remote, m, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
        return;
    }
    if (!call.peer) {
        ikev2->stats.unknown_peer++;
        ike_heard_note(ikev2->env, IKE_HEARD_CALL, remote, &local->addr, 0);
        ikev2_log_stranger(ikev2, local, remote);
        return;
    }
    if (m->hdr.message_id != 0 || m->hdr.spi_i == 0 || m->hdr.spi_r != 0 || len > INIT_LEN_MAX ||
        answer_repeated(ikev2, &call) || !pass_cookie(ikev2, &call) || !is_due(ikev2, &call))
        return;
    if (!call.fits || !call.choice.algs.dh) {
        refuse_proposals(&call);
    } else if (!has_nat_detection(m)) {
        ike_tell(call.peer, IKE_EVENT_SUSPECTED, SAY(IKE_WITHOUT_NAT_T));
        refuse(&call, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
    } else if (call.choice.algs.dh->id != m->ke.group) {
        ask_for_group(&call);
    } else {
        answer(&call);
    }
}
