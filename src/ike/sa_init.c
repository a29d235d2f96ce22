#include "ike_internal.h"

/* IKE_SA_INIT (1.2, 2.6, 2.14, 2.23). */

#define INIT_LEN_MAX 8192 /* of a request: half-open SAs keep it */

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

static bool has_nat_detection(const struct ike_message *m)
{
    return ike_message_notify(m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP) &&
           ike_message_notify(m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP);
}

int ike_init_read_nat(struct ike_sa *sa, const struct ike_message *m)
{
    uint8_t ours[CRYPTO_SHA1_LEN], theirs[CRYPTO_SHA1_LEN];

    if (!has_nat_detection(m))
        return -EPROTONOSUPPORT;
    if (ike_nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->ike->in_local, ours) < 0 ||
        ike_nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->ike->in_remote, theirs) < 0)
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

int ike_init_keep(struct buf *buf, const uint8_t *data, size_t len)
{
    buf_clear(buf);
    buf_add(buf, data, len);
    return buf->failed ? -ENOMEM : 0;
}

int ike_init_build(struct ike_sa *sa, const struct ike_nonce *nonce, struct buf *ret)
{
    struct ike *ike = sa->ike;
    struct ike_message *m = &ike->out;
    struct nat_payloads nat;
    size_t len;
    int r;

    m->ke = (struct ike_ke){.group = sa->group, .data = crypto_dh_public(sa->dh)};
    m->nonce = ike_nonce_span(nonce);
    ike_message_mark(m, IKE_PAYLOAD_KE);
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    r = add_nat_payloads(sa, &nat);
    if (r == 0)
        r = ike_message_build(m, ike->wire, sizeof(ike->wire), &len);
    return r < 0 ? r : ike_init_keep(ret, ike->wire, len);
}

int ike_init_new_dh(struct ike_sa *sa, uint16_t group)
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

int ike_init_derive(struct ike_sa *sa, const struct crypto_dh *dh, struct crypto_span peer_public)
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
    ike_for_each_between(tunnel, ike, &local->addr, &remote->addr)
    {
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
    size_t n = 0, limit = MAX(ike->options.half_open_max / 4, 1U);

    if (ike->n_half_open < limit)
        return false;
    list_for_each (sa, &ike->half_open, struct ike_sa, half_link)
        n += addr_equal(&sa->remote.addr, &remote->addr);
    return n >= limit;
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
    int r;

    ike_out_init(sa, IKE_EXCHANGE_SA_INIT, true, 0);
    r = ike_answer_proposal(&ike->out, choice, IKE_PROTOCOL_IKE, 0);
    if (r == 0)
        r = ike_init_build(sa, &sa->nonce_r, &sa->init_response);
    if (r == 0)
        ike_act_send(ike, &ike->in_local, &ike->in_remote, sa->init_response.data,
                     sa->init_response.len);
    return r;
}

/* tunnel: the first that fits; which one is meant is seen by the ID. */
static void answer(struct ike_tunnel *tunnel, const struct ike_choice *choice, const uint8_t *data,
                   size_t len, const struct ike_message *m)
{
    struct ike *ike = tunnel->ike;
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
    if (ike_init_read_nat(sa, m) < 0 || ike_init_keep(&sa->init_request, data, len) < 0 ||
        ike_init_new_dh(sa, choice->algs.dh->id) < 0 ||
        ike_init_derive(sa, sa->dh, m->ke.data) < 0 || send_response(sa, choice) < 0)
        ike_sa_kill(sa);
    else
        ike_log_called(sa, tunnel);
}

static void ask_for_group(struct ike_tunnel *tunnel, const struct endpoint *local,
                          const struct endpoint *remote, const struct ike_message *m,
                          uint16_t wanted)
{
    char sent[48], asked[48];
    uint8_t group[2];

    wire_store_be16(group, wanted);
    ike_describe_group(m->ke.group, sent, sizeof(sent));
    ike_describe_group(wanted, asked, sizeof(asked));
    ike_tunnel_hear(
        tunnel, SAY(NEGOTIATION_ASKED_GROUP, ike_exchange_name(IKE_EXCHANGE_SA_INIT), sent, asked));
    ike_respond_clear(tunnel->ike, local, remote, m, IKE_NOTIFY_INVALID_KE_PAYLOAD, group,
                      sizeof(group));
}

static void refuse(struct ike_tunnel *tunnel, const struct endpoint *local,
                   const struct endpoint *remote, const struct ike_message *m)
{
    char why[IKE_WHY_MAX];
    struct words_read mismatch;

    ike_explain_mismatch(m, &tunnel->config.ike, true, why, sizeof(why));
    ike_tunnel_suspect(tunnel, words_read(why, &mismatch));
    ike_respond_clear(tunnel->ike, local, remote, m, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
}

void ike_init_request(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
                      const uint8_t *data, size_t len, const struct ike_message *m)
{
    struct ike_tunnel *first = NULL, *fits = NULL;
    struct ike_choice choice;

    ike_for_each_between(tunnel, ike, &local->addr, &remote->addr)
    {
        if (!tunnel->config.admin_up)
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
    if (!has_nat_detection(m)) {
        ike_tunnel_suspect(fits, SAY(IKE_WITHOUT_NAT_T));
        ike_respond_clear(ike, local, remote, m, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
        return;
    }
    if (choice.algs.dh->id != m->ke.group) {
        ask_for_group(fits, local, remote, m, choice.algs.dh->id);
        return;
    }
    answer(fits, &choice, data, len, m);
}
