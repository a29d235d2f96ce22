#include "ike_internal.h"

/* IKE_SA_INIT (1.2, 2.6, 2.14, 2.23). */

#define INIT_RETRIES_MAX 6 /* answers that ask to come again: cookies, other groups */
#define ANSWERS_MAX      8 /* that are taken seriously at once */
#define DOUBT            (2 * IKE_SECOND)
#define INIT_LEN_MAX     8192 /* of a request: half-open SAs keep it */

/* Our vendor ID: this, then the NAT detection hash of where we really are. The one in the notify is
 * faked to have ESP in UDP always (the data plane's only form), as if we sat behind a NAT. */
static const uint8_t vendor_name[16] = "ropeway/ikev2/1";

struct nat_payloads {
    uint8_t source[CRYPTO_SHA1_LEN];
    uint8_t destination[CRYPTO_SHA1_LEN];
    uint8_t vendor[sizeof(vendor_name) + CRYPTO_SHA1_LEN];
};

/* storage lives until the message was built. */
static int add_nat_payloads(struct ike_sa *sa, struct nat_payloads *storage)
{
    static const struct endpoint nowhere = {.addr = {.family = ADDR_IPV4}};
    struct ike_message *m = &sa->ike->out;
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

/* Who sits behind a NAT, as far as the peer's hashes tell; and whether it is one of us. */
static int read_nat(struct ike_sa *sa, const struct ike_message *m)
{
    uint8_t ours[CRYPTO_SHA1_LEN], theirs[CRYPTO_SHA1_LEN];

    if (!ike_message_notify(m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP) ||
        !ike_message_notify(m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP))
        return -EPROTONOSUPPORT;
    if (ike_nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->ike->in_local, ours) < 0 ||
        ike_nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->ike->in_remote, theirs) < 0)
        return -EIO;
    sa->nat_local = !has_hash(m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, ours);
    sa->nat_remote = !has_hash(m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, theirs);
    for (size_t i = 0; i < m->n_vendors; i++) {
        const struct crypto_span *v = &m->vendors[i];

        if (v->len != sizeof(vendor_name) + CRYPTO_SHA1_LEN ||
            memcmp(v->data, vendor_name, sizeof(vendor_name)) != 0)
            continue;
        sa->ropeway = true;
        sa->nat_remote = memcmp(v->data + sizeof(vendor_name), theirs, CRYPTO_SHA1_LEN) != 0;
    }
    return 0;
}

static int keep_bytes(struct buf *buf, const uint8_t *data, size_t len)
{
    buf_clear(buf);
    buf_add(buf, data, len);
    return buf->failed ? -ENOMEM : 0;
}

/* ---- initiator ---- */

static int new_dh(struct ike_sa *sa, uint16_t group)
{
    const struct crypto_dh_group *g = crypto_dh_find(group);
    struct crypto_dh *dh;
    int r;

    if (!g)
        return -EINVAL;
    r = crypto_dh_new(g, &dh);
    if (r < 0)
        return r;
    crypto_dh_free(sa->dh);
    sa->dh = dh;
    sa->group = group;
    return 0;
}

/* Also the second and third time, with a cookie or for another group. */
static int send_request(struct ike_sa *sa)
{
    struct ike *ike = sa->ike;
    struct ike_message *m = &ike->out;
    struct nat_payloads nat;
    size_t len;
    int r;

    sa->send_id = 0;
    sa->spi_r = 0;
    ike_out_init(sa, IKE_EXCHANGE_SA_INIT, false, 0);
    if (sa->cookie.len &&
        !ike_message_add_notify(m, IKE_NOTIFY_COOKIE, sa->cookie.bytes, sa->cookie.len))
        return -ENOSPC;
    r = ike_propose_ike(m, &sa->tunnel->config.ike, 0);
    if (r < 0)
        return r;
    m->ke = (struct ike_ke){.group = sa->group, .data = crypto_dh_public(sa->dh)};
    m->nonce = ike_nonce_span(&sa->nonce_i);
    ike_message_mark(m, IKE_PAYLOAD_KE);
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    r = add_nat_payloads(sa, &nat);
    if (r == 0)
        r = ike_message_build(m, ike->wire, sizeof(ike->wire), &len);
    if (r == 0)
        r = keep_bytes(&sa->init_request, ike->wire, len);
    return r < 0 ? r : ike_request_send_clear(sa, IKE_TASK_INIT, ike->wire, len);
}

void ike_init_start(struct ike_tunnel *tunnel, bool replaces)
{
    struct ike *ike = tunnel->ike;
    const struct ike_tunnel_config *c = &tunnel->config;
    struct endpoint local = {.addr = c->local, .port = IKE_PORT};
    struct endpoint remote = {.addr = c->remote, .port = IKE_PORT};
    struct ike_sa *sa;

    if (ike_sa_new(ike, tunnel, true, ike_sa_new_spi(ike), &local, &remote, &sa) < 0) {
        ike_tunnel_backoff(tunnel);
        return;
    }
    sa->replaces = replaces;
    sa->nonce_i.len = IKE_OUR_NONCE_LEN;
    ike_random(ike, sa->nonce_i.bytes, sa->nonce_i.len);
    if (new_dh(sa, ike_offer_first_group(&c->ike)) < 0 || send_request(sa) < 0) {
        ike_tunnel_fail(tunnel, "the key exchange could not be started");
        ike_sa_kill(sa);
        ike_tunnel_backoff(tunnel);
        return;
    }
    if (!tunnel->attempts)
        ike_act_log(tunnel, "starting IKE_SA_INIT");
}

/* Nothing that an unprotected message says is final (2.4, 2.21.1): who knows who sent it. The call
 * stays in IKE_SA_INIT_SENT and listens for a while: what was refused is asked again, and each
 * answer that could be true becomes an IKE SA of its own, which goes on to IKE_AUTH. The first one
 * that proves to be the peer's ends the others, and the call. */
static void doubt(struct ike_sa *call)
{
    if (!call->give_up_us)
        call->give_up_us = call->ike->now_us + DOUBT;
    ike_sa_touch(call);
}

static struct ike_sa *call_of(const struct ike_sa *answer)
{
    list_for_each (sa, &answer->tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa->state == IKE_SA_INIT_SENT && sa->spi_i == answer->spi_i)
            return sa;
    }
    return NULL;
}

bool ike_call_has_answers(const struct ike_sa *call)
{
    list_for_each (sa, &call->tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa->state == IKE_SA_AUTH_SENT && sa->spi_i == call->spi_i)
            return true;
    }
    return false;
}

void ike_call_end(struct ike_sa *call)
{
    struct ike_tunnel *tunnel = call->tunnel;

    tunnel->attempts = MAX(tunnel->attempts, call->attempts_min);
    ike_sa_kill(call);
    ike_tunnel_backoff(tunnel);
}

void ike_answer_failed(struct ike_sa *answer, unsigned attempts_min)
{
    struct ike_sa *call = call_of(answer);

    if (answer->state == IKE_SA_AUTH_SENT)
        ike_sa_kill(answer);
    if (!call)
        return;
    call->attempts_min = MAX(call->attempts_min, attempts_min);
    ike_sa_touch(call);
}

void ike_answer_proved(struct ike_sa *answer)
{
    list_for_each (sa, &answer->tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa != answer && sa->spi_i == answer->spi_i &&
            (sa->state == IKE_SA_INIT_SENT || sa->state == IKE_SA_AUTH_SENT))
            ike_sa_kill(sa);
    }
}

static void try_again(struct ike_sa *sa)
{
    sa->init_retries++;
    ike_request_done(sa);
    if (send_request(sa) < 0) {
        ike_tunnel_fail(sa->tunnel, "the key exchange could not be started");
        ike_call_end(sa);
    }
}

static void use_cookie(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_notify(&sa->ike->in, IKE_NOTIFY_COOKIE);

    if (!n || n->data.len == 0 || n->data.len > 64 ||
        (n->data.len == sa->cookie.len &&
         memcmp(n->data.data, sa->cookie.bytes, n->data.len) == 0)) /* to an earlier try of ours */
        return;
    ike_nonce_set(&sa->cookie, n->data);
    try_again(sa);
}

static void use_other_group(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_notify(&sa->ike->in, IKE_NOTIFY_INVALID_KE_PAYLOAD);
    const struct ike_offer *offer = &sa->tunnel->config.ike;
    uint16_t group = n && n->data.len == 2 ? wire_load_be16(n->data.data) : 0;
    const struct crypto_dh_group *known = crypto_dh_find(group);
    char theirs[48], ours[IKE_TEXT_MAX / 2];

    if (group == sa->group)
        return; /* an answer to an earlier try of ours, repeated */
    if (!known || !ike_offer_has_group(offer, group)) {
        ike_describe_offer(offer, ours, sizeof(ours));
        ike_describe_group(group, theirs, sizeof(theirs));
        ike_tunnel_suspect(sa->tunnel,
                           "no common DH group: peer wants %s; this tunnel offers %s; add %u to "
                           "ike.dhGroups, or change the peer",
                           theirs, ours, group);
        doubt(sa);
    } else if (new_dh(sa, group) < 0) {
        ike_call_end(sa);
    } else {
        try_again(sa);
    }
}

static void report_refusal(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->ike->in);
    char own[ADDR_TEXT_MAX], ours[IKE_TEXT_MAX / 2];

    if (n && n->type == IKE_NOTIFY_NO_PROPOSAL_CHOSEN) {
        ike_describe_offer(&sa->tunnel->config.ike, ours, sizeof(ours));
        ike_tunnel_suspect(sa->tunnel,
                           "the peer accepts none of our IKE proposals, or has no IKEv2 connection "
                           "for %s; this tunnel offers %s",
                           addr_format(&sa->local.addr, own), ours);
    } else {
        ike_tunnel_suspect(sa->tunnel, "the peer refused IKE_SA_INIT: %s",
                           n ? ike_notify_name(n->type) : "no reason given");
    }
    doubt(sa);
}

/* Secrets and keys of both sides. */
static int derive(struct ike_sa *sa, const struct crypto_dh *dh, struct crypto_span peer_public)
{
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    struct ike_key_input in = {
        .secret = crypto_span(secret, crypto_dh_group(dh)->secret_len),
        .nonce_i = ike_nonce_span(&sa->nonce_i),
        .nonce_r = ike_nonce_span(&sa->nonce_r),
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
    };
    int r = crypto_dh_shared(dh, peer_public, secret);

    if (r == 0)
        r = ike_derive_keys(&sa->algs, &in, &sa->keys);
    if (r == 0)
        r = ike_sk_new(&sa->algs, &sa->keys, sa->initiator, &sa->sk);
    crypto_wipe(secret, sizeof(secret));
    return r;
}

/* The IKE SA that the answer being read leads to, if it is true. Says what is wrong with it. */
static int take_answer(struct ike_sa *call, const struct ike_choice *choice, const uint8_t *data,
                       size_t len, struct ike_sa *sa)
{
    const struct ike_message *m = &call->ike->in;

    sa->began_us = call->began_us;
    sa->replaces = call->replaces;
    sa->spi_r = m->hdr.spi_r;
    sa->algs = choice->algs;
    sa->group = call->group;
    sa->nonce_i = call->nonce_i;
    ike_nonce_set(&sa->nonce_r, m->nonce);
    if (read_nat(sa, m) < 0) {
        ike_tunnel_suspect(call->tunnel,
                           "the peer does not support NAT traversal, which ESP in UDP needs: "
                           "enable NAT-T there");
        return -EPROTO;
    }
    if (keep_bytes(&sa->init_request, call->init_request.data, call->init_request.len) < 0 ||
        keep_bytes(&sa->init_response, data, len) < 0 || derive(sa, call->dh, m->ke.data) < 0) {
        ike_tunnel_suspect(call->tunnel, "the peer's Diffie-Hellman value is not valid");
        return -EPROTO;
    }
    sa->state = IKE_SA_AUTH_SENT;
    sa->local.port = IKE_PORT_NATT; /* 2.23: after the detection of a NAT */
    sa->remote.port = IKE_PORT_NATT;
    if (ike_auth_send(sa) < 0) {
        ike_tunnel_fail(call->tunnel, "IKE_AUTH could not be built");
        return -EIO;
    }
    return 0;
}

static void use_response(struct ike_sa *call, const uint8_t *data, size_t len)
{
    const struct ike_message *m = &call->ike->in;
    struct ike_choice choice;
    struct ike_sa *sa;

    if (call->n_answers == ANSWERS_MAX ||
        (m->hdr.spi_r && ike_sa_find_pair(call->ike, true, call->spi_i, m->hdr.spi_r))) {
        call->ike->stats.unexpected++; /* too many, or one that is known already */
        return;
    }
    doubt(call);
    if (m->hdr.spi_r == 0 || ike_accept_ike(m, &call->tunnel->config.ike, &choice) < 0 ||
        !choice.algs.dh || choice.algs.dh->id != call->group || m->ke.group != call->group) {
        ike_tunnel_suspect(call->tunnel, "the peer chose algorithms that were not offered");
        return;
    }
    if (ike_sa_new(call->ike, call->tunnel, true, call->spi_i, &call->local, &call->remote, &sa) <
        0)
        return;
    call->n_answers++;
    if (take_answer(call, &choice, data, len, sa) < 0)
        ike_sa_kill(sa);
    else
        ike_request_done(call); /* asked enough */
}

void ike_init_response(struct ike_sa *sa, enum ike_kind kind, const uint8_t *data, size_t len)
{
    bool again = kind == IKE_KIND_SA_INIT_COOKIE || kind == IKE_KIND_SA_INIT_INVALID_KE;

    if (kind != IKE_KIND_SA_INIT_RESPONSE && ike_call_has_answers(sa)) {
        sa->ike->stats.unexpected++; /* somebody else said otherwise */
        return;
    }
    if (again && sa->init_retries == INIT_RETRIES_MAX) {
        ike_tunnel_suspect(sa->tunnel, "the peer sends us round in circles in IKE_SA_INIT");
        doubt(sa);
        return;
    }
    switch (kind) {
    case IKE_KIND_SA_INIT_COOKIE:
        use_cookie(sa);
        break;
    case IKE_KIND_SA_INIT_INVALID_KE:
        use_other_group(sa);
        break;
    case IKE_KIND_SA_INIT_FAILED:
        report_refusal(sa);
        break;
    case IKE_KIND_SA_INIT_RESPONSE:
        /* The peer was quicker with an exchange of its own: two are one too many. */
        if (!sa->replaces && ike_tunnel_best(sa->tunnel))
            ike_sa_kill(sa);
        else
            use_response(sa, data, len);
        break;
    default:
        sa->ike->stats.unexpected++;
        break;
    }
}

/* ---- responder ---- */

/* The same request again: the same answer, or none if it went on already. True if it was one. */
static bool answer_repeated(struct ike *ike, const struct endpoint *local,
                            const struct endpoint *remote, const uint8_t *data, size_t len)
{
    list_for_each (sa, &ike->half_open, struct ike_sa, half_link) {
        if (sa->spi_i != ike->in.hdr.spi_i || !addr_equal(&sa->remote.addr, &remote->addr) ||
            sa->init_request.len != len || memcmp(sa->init_request.data, data, len) != 0)
            continue;
        ike->stats.repeated++;
        ike_act_send(ike, local, remote, sa->init_response.data, sa->init_response.len);
        return true;
    }
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
            if (!sa->initiator && sa->spi_i == ike->in.hdr.spi_i) {
                ike->stats.repeated++;
                return true;
            }
        }
    }
    return false;
}

/* One address may not take all the room for half-open SAs. */
static bool is_crowded(const struct ike *ike, const struct endpoint *remote)
{
    size_t n = 0;

    list_for_each (sa, &ike->half_open, struct ike_sa, half_link)
        n += addr_equal(&sa->remote.addr, &remote->addr);
    return n >= MAX(ike->options.half_open_max / 4, 1U);
}

/* Too many half-open: first a cookie must come back (2.6). True if the request may go on. */
static bool pass_cookie(struct ike *ike, const struct endpoint *local,
                        const struct endpoint *remote, const struct ike_message *m)
{
    const struct ike_notify *n = ike_message_notify(m, IKE_NOTIFY_COOKIE);
    uint8_t cookie[IKE_COOKIE_LEN];

    if (ike->n_half_open >= ike->options.half_open_max || is_crowded(ike, remote)) {
        ike->stats.half_open_dropped++;
        return false;
    }
    if (ike->n_half_open < ike->options.cookies_from)
        return true;
    ike_cookies_rotate(ike, ike->now_us);
    if (n && ike_cookie_holds(&ike->cookies, m, remote, n->data))
        return true;
    if (ike_cookie_make(&ike->cookies, m, remote, cookie) < 0)
        return false;
    ike->stats.cookies++;
    ike_respond_clear(ike, local, remote, m, IKE_NOTIFY_COOKIE, cookie, sizeof(cookie));
    return false;
}

static int send_response(struct ike_sa *sa, const struct ike_choice *choice)
{
    struct ike *ike = sa->ike;
    struct ike_message *m = &ike->out;
    struct nat_payloads nat;
    size_t len;
    int r;

    ike_out_init(sa, IKE_EXCHANGE_SA_INIT, true, 0);
    r = ike_answer_proposal(m, choice, IKE_PROTOCOL_IKE, 0);
    if (r < 0)
        return r;
    m->ke = (struct ike_ke){.group = sa->group, .data = crypto_dh_public(sa->dh)};
    m->nonce = ike_nonce_span(&sa->nonce_r);
    ike_message_mark(m, IKE_PAYLOAD_KE);
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    r = add_nat_payloads(sa, &nat);
    if (r == 0)
        r = ike_message_build(m, ike->wire, sizeof(ike->wire), &len);
    if (r == 0)
        r = keep_bytes(&sa->init_response, ike->wire, len);
    if (r == 0)
        ike_act_send(ike, &ike->in_local, &ike->in_remote, ike->wire, len);
    return r;
}

static void answer(struct ike *ike, const struct ike_choice *choice, const uint8_t *data,
                   size_t len, const struct ike_message *m)
{
    struct ike_sa *sa;

    if (ike_sa_new(ike, NULL, false, ike_sa_new_spi(ike), &ike->in_local, &ike->in_remote, &sa) < 0)
        return;
    sa->spi_i = m->hdr.spi_i;
    sa->tie = sa->spi_i;
    sa->algs = choice->algs;
    sa->recv_id = 1;
    sa->nonce_r.len = IKE_OUR_NONCE_LEN;
    ike_random(ike, sa->nonce_r.bytes, sa->nonce_r.len);
    ike_nonce_set(&sa->nonce_i, m->nonce);
    ike_sa_set_half_open(sa, true);
    if (read_nat(sa, m) < 0 || keep_bytes(&sa->init_request, data, len) < 0 ||
        new_dh(sa, choice->algs.dh->id) < 0 || derive(sa, sa->dh, m->ke.data) < 0 ||
        send_response(sa, choice) < 0)
        ike_sa_kill(sa);
}

static void refuse(struct ike_tunnel *tunnel, const struct endpoint *local,
                   const struct endpoint *remote, const struct ike_message *m)
{
    char why[IKE_TEXT_MAX];

    ike_explain_mismatch(m, &tunnel->config.ike, true, why, sizeof(why));
    ike_tunnel_suspect(tunnel, "%s", why);
    ike_respond_clear(tunnel->ike, local, remote, m, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
}

void ike_init_request(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
                      const uint8_t *data, size_t len, const struct ike_message *m)
{
    struct ike_tunnel *first = NULL, *fits = NULL;
    struct ike_choice choice;
    uint8_t group[2];

    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        if (!ike_tunnel_matches(tunnel, local, remote))
            continue;
        first = first ? first : tunnel;
        if (!fits && ike_choose_ike(m, &tunnel->config.ike, m->ke.group, &choice) == 0)
            fits = tunnel;
    }
    if (!first) {
        ike->stats.unknown_peer++;
        ike_act_log_stranger(ike, local, remote);
        return;
    }
    if (m->hdr.message_id != 0 || m->hdr.spi_i == 0 || m->hdr.spi_r != 0 || len > INIT_LEN_MAX ||
        answer_repeated(ike, local, remote, data, len) || !pass_cookie(ike, local, remote, m))
        return;
    if (!fits || !choice.algs.dh) {
        refuse(first, local, remote, m);
        return;
    }
    if (choice.algs.dh->id != m->ke.group) {
        wire_store_be16(group, choice.algs.dh->id);
        ike_respond_clear(ike, local, remote, m, IKE_NOTIFY_INVALID_KE_PAYLOAD, group,
                          sizeof(group));
        return;
    }
    answer(ike, &choice, data, len, m);
}
