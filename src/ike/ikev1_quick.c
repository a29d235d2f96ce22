#include "ikev1_internal.h"

/* Quick mode (RFC 2409, 5.5): three messages make an ESP pair, for one network at each end. The
 * end that was asked has its inbound half with the second message and sends when the third came. */

#define REFUSED_PAUSE (10 * IKE_SECOND)
#define GROUP_PAUSE   (300 * IKE_MS)
#define TWINS         (5 * IKE_SECOND)

/* ---- selectors ---- */

static struct ike_selectors selectors_of(const struct prefix *local, const struct prefix *remote)
{
    struct ike_selectors s = {.n_local = 1, .n_remote = 1};

    s.local[0] = *local;
    s.remote[0] = *remote;
    return s;
}

static bool lies_in(const struct prefix *inner, const struct prefix *outer)
{
    return inner->len >= outer->len && prefix_contains(outer, inner);
}

/* The peer may have made narrower ones of what we would ask for. */
static bool is_covered(const struct ike_sa *sa, const struct ike_selectors *wanted)
{
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        if (pair->state == IKE_PAIR_LIVE && lies_in(&pair->selectors.local[0], &wanted->local[0]) &&
            lies_in(&pair->selectors.remote[0], &wanted->remote[0]))
            return true;
    }
    return false;
}

bool ikev1_wanted_selectors(const struct ike_sa *sa, struct ike_selectors *ret)
{
    const struct ike_tunnel_config *c = &sa->peer->config;

    for (size_t i = 0; i < c->n_local_ts; i++) {
        for (size_t j = 0; j < c->n_remote_ts; j++) {
            struct ike_selectors s = selectors_of(&c->local_ts[i], &c->remote_ts[j]);

            if (c->local_ts[i].addr.family != c->remote_ts[j].addr.family || is_covered(sa, &s))
                continue;
            *ret = s;
            return true;
        }
    }
    return false;
}

/* An identity of quick mode as a prefix inside one that is allowed; a missing one is the end's
 * address. It can be taken or refused, but not narrowed. */
static bool take_range(const struct ike1_id *id, const struct addr *end,
                       const struct prefix *allowed, size_t count, struct prefix *ret)
{
    struct ike_ts_list list = {.count = 1};
    struct ike_ts *ts = &list.ts[0];
    struct prefix found[IKE_PREFIXES_MAX];

    if (!id)
        *ts = (struct ike_ts){.start = *end, .end = *end, .end_port = UINT16_MAX};
    else if (ike1_id_range(id, ts) < 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct addr last = prefix_last(&allowed[i]);

        if (ts->start.family != allowed[i].addr.family ||
            addr_cmp(&ts->start, &allowed[i].addr) < 0 || addr_cmp(&ts->end, &last) > 0 ||
            ike_ts_narrow(&list, &allowed[i], 1, found) != 1)
            continue;
        *ret = found[0];
        return true;
    }
    return false;
}

/* Whether the message is about networks that the tunnel may carry. */
static bool take_selectors(const struct ike_sa *sa, bool by_us, struct ike_selectors *ret)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    const struct ike_tunnel_config *c = &sa->peer->config;
    const struct ike1_id *first = m->n_ids == 2 ? &m->ids[0] : NULL;
    const struct ike1_id *second = m->n_ids == 2 ? &m->ids[1] : NULL;
    struct prefix local, remote;

    if (m->n_ids == 1 ||
        !take_range(by_us ? first : second, &sa->local.addr, c->local_ts, c->n_local_ts, &local) ||
        !take_range(by_us ? second : first, &sa->remote.addr, c->remote_ts, c->n_remote_ts,
                    &remote))
        return false;
    *ret = selectors_of(&local, &remote);
    return true;
}

static void put_selectors(struct ike1_builder *b, const struct prefix *i, const struct prefix *r)
{
    uint8_t body[IKE1_ID_PREFIX_MAX];
    size_t len = ike1_id_prefix(i, body);

    ike1_put_payload(b, IKE1_PAYLOAD_ID, crypto_span(body, len), crypto_span(NULL, 0));
    len = ike1_id_prefix(r, body);
    ike1_put_payload(b, IKE1_PAYLOAD_ID, crypto_span(body, len), crypto_span(NULL, 0));
}

static void describe_ids(const struct ike1_message *m, size_t i, char text[80])
{
    struct ike_ts_list list = {.count = 1};

    if (m->n_ids == 2 && ike1_id_range(&m->ids[i], &list.ts[0]) == 0)
        ike_describe_ts(&list, text, 80);
    else
        words_write(SAY(IKE_NO_SELECTOR), text, 80);
}

static void report_selectors(const struct ike_sa *sa)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    const struct ike_tunnel_config *c = &sa->peer->config;
    char local[80], remote[80], named[80], peer_named[80];

    ike_describe_prefixes(c->local_ts, c->n_local_ts, local, sizeof(local));
    ike_describe_prefixes(c->remote_ts, c->n_remote_ts, remote, sizeof(remote));
    describe_ids(m, 1, named);
    describe_ids(m, 0, peer_named);
    ike_tell(sa->peer, IKE_EVENT_FAILED,
             SAY(IKEV1_NO_COMMON_SELECTORS, named, peer_named, local, remote));
}

/* ---- finding ---- */

static struct ikev1_quick *find(const struct ike_sa *sa, uint32_t message_id)
{
    list_for_each (quick, &sa->v1->quicks, struct ikev1_quick, link) {
        if (quick->message_id == message_id)
            return quick;
    }
    return NULL;
}

bool ikev1_quick_asks(const struct ike_sa *sa)
{
    list_for_each (quick, &sa->v1->quicks, struct ikev1_quick, link) {
        if (quick->state == IKEV1_QUICK_ASKED)
            return true;
    }
    return false;
}

static void done(struct ike_sa *sa, struct ikev1_quick *quick)
{
    quick->state = IKEV1_QUICK_DONE;
    quick->until_us = sa->env->now_us + IKEV1_LINGER;
    ikev1_exchange_done(&quick->x);
    crypto_dh_free(quick->dh);
    quick->dh = NULL;
    ike_sa_touch(sa);
}

/* ---- the pair ---- */

static int derive(const struct ike_sa *sa, struct ikev1_quick *quick,
                  const struct ikev1_choice *choice, uint32_t spi, struct crypto_span shared,
                  uint8_t *encr, uint8_t *integ)
{
    size_t encr_len = crypto_encr_material(choice->algs.encr);
    size_t integ_len = choice->algs.integ ? choice->algs.integ->key_len : 0;
    uint8_t material[CRYPTO_ENCR_KEY_MAX + CRYPTO_INTEG_KEY_MAX];
    int r = ike1_keymat(sa->algs.prf, &sa->v1->keys, shared, spi, ike_nonce_span(&quick->nonce_i),
                        ike_nonce_span(&quick->nonce_r), material, encr_len + integ_len);

    memcpy(encr, material, encr_len);
    memcpy(integ, material + encr_len, integ_len);
    crypto_wipe(material, sizeof(material));
    return r;
}

static struct ike_nonce lower_nonce(const struct ikev1_quick *quick)
{
    return ike_nonce_cmp(&quick->nonce_r, &quick->nonce_i) < 0 ? quick->nonce_r : quick->nonce_i;
}

static int shared_secret(const struct ikev1_quick *quick, const struct ikev1_choice *choice,
                         struct crypto_span peer, uint8_t secret[CRYPTO_DH_SECRET_MAX],
                         struct crypto_span *ret)
{
    *ret = crypto_span(secret, choice->algs.dh ? choice->algs.dh->secret_len : 0);
    return choice->algs.dh ? crypto_dh_finish(quick->dh, peer, secret) : 0;
}

/* Each half has keys of its own, by the SPI of whom it leads to. */
static int make_pair(struct ike_sa *sa, struct ikev1_quick *quick,
                     const struct ikev1_choice *choice, bool by_us, struct ike_pair **ret)
{
    const struct ike1_message *m = &sa->v1->ikev1->in;
    uint32_t spi_out = (uint32_t)choice->proposal->spi;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    struct crypto_span shared;
    struct ike_child_keys keys = {0};
    struct ike_pair_terms terms = {.algs = choice->algs,
                                   .selectors = &quick->selectors,
                                   .keys = &keys,
                                   .low_nonce = lower_nonce(quick),
                                   .spi_in = quick->spi_in,
                                   .spi_out = spi_out,
                                   .local = sa->local,
                                   .remote = sa->remote,
                                   .made_by_us = by_us,
                                   .hold_out = !by_us || ike_pairs_carry(&sa->peer->pairs),
                                   .lifetime_s_max = ikev1_peer_lifetime(choice->transform->life_s),
                                   .lifetime_bytes_max = choice->transform->life_kb * 1024};
    int r = shared_secret(quick, choice, m->ke, secret, &shared);

    if (choice->transform->life_kb > UINT64_MAX / 1024)
        terms.lifetime_bytes_max = 0;
    if (r == 0) /* of the initiator's outbound half, which is the responder's inbound */
        r = derive(sa, quick, choice, by_us ? spi_out : quick->spi_in, shared, keys.encr_i,
                   keys.integ_i);
    if (r == 0)
        r = derive(sa, quick, choice, by_us ? quick->spi_in : spi_out, shared, keys.encr_r,
                   keys.integ_r);
    if (r == 0)
        r = ike_pair_make(&sa->peer->pairs, &terms, &sa->pairs, &sa->job, ret);
    crypto_wipe(secret, sizeof(secret));
    crypto_wipe(&keys, sizeof(keys));
    if (r == 0)
        (*ret)->config_epoch = quick->config_epoch;
    return r;
}

/* Made while the other one was under way: which one stays both ends see by their nonces. */
static bool is_twin(const struct ike_sa *sa, const struct ike_pair *pair)
{
    return sa->env->now_us - pair->made_us < TWINS;
}

/* Those before it for the same networks give way, first of all the one that it was made for.
 * Returns one of them, if there is any. */
static struct ike_pair *replace_older(struct ike_sa *sa, uint32_t rekeyed, struct ike_pair *made)
{
    struct ike_pair *old = NULL;

    list_for_each (pair, &sa->peer->pairs.all, struct ike_pair, all) {
        if (pair == made || pair->state != IKE_PAIR_LIVE || pair->unproven ||
            ike_sa_of_pair(pair)->version != sa->version ||
            (is_twin(sa, pair) && pair->spi_in != rekeyed) ||
            !ike_selectors_equal(&pair->selectors, &made->selectors))
            continue;
        ike_pair_replace(pair, made);
        old = pair;
    }
    return old;
}

/* ---- who asks ---- */

/* One can be asked for at a time: in turn after refusals, and without PFS, if that will do, right
 * after the one that is preferred, since many peers have none. */
static size_t turns(const struct ike_sa *sa, uint16_t ret[IKE_OFFER_MAX])
{
    size_t n = ikev1_groups(&sa->peer->config.child, ret);

    for (size_t i = 2; i < n; i++) {
        if (ret[i] != CRYPTO_DH_NONE)
            continue;
        memmove(ret + 2, ret + 1, (i - 1) * sizeof(ret[0]));
        ret[1] = CRYPTO_DH_NONE;
    }
    return n;
}

static uint16_t group_for(const struct ike_sa *sa)
{
    uint16_t groups[IKE_OFFER_MAX];
    size_t n = turns(sa, groups);

    return n ? groups[sa->v1->quick_refusals % n] : 0;
}

static uint16_t encap_for(const struct ike_sa *sa)
{
    return sa->v1->vendors & IKE1_VENDOR_NAT_T ? IKE1_ENCAP_UDP : IKE1_ENCAP_UDP_DRAFT;
}

static int send_request(struct ike_sa *sa, struct ikev1_quick *quick)
{
    struct ike1_builder *b = &sa->v1->ikev1->out;
    struct ike1_hash_input in = {.message_id = quick->message_id};
    struct crypto_span none = crypto_span(NULL, 0);
    int r = ike1_phase2_iv(sa->algs.prf, sa->v1->last_block, quick->message_id, quick->x.iv);

    if (r == 0 && quick->group)
        r = crypto_dh_start(crypto_dh_find(quick->group), &sa->env->random, &quick->dh);
    if (r < 0)
        return r;
    ikev1_out_begin_hashed(sa, IKE1_EXCHANGE_QUICK, quick->message_id);
    ikev1_propose_esp(b, &sa->peer->config, quick->group, encap_for(sa), quick->spi_in);
    ike1_put_payload(b, IKE1_PAYLOAD_NONCE, ike_nonce_span(&quick->nonce_i), none);
    if (quick->dh)
        ike1_put_payload(b, IKE1_PAYLOAD_KE, crypto_dh_public(quick->dh), none);
    put_selectors(b, &quick->selectors.local[0], &quick->selectors.remote[0]);
    return ikev1_send_hashed(sa, &quick->x, true, &in);
}

static void retry_later(struct ike_sa *sa, uint32_t rekeyed, uint64_t pause_us)
{
    struct ike_pair *old = ikev1_pair_find(sa, IKE_IN, rekeyed);
    uint64_t at = sa->env->now_us + ike_jitter(sa->env, pause_us, 20);

    if (old) {
        old->retry_us = at;
        old->refusals++;
    }
    sa->v1->quick_retry_us = at;
    ike_sa_touch(sa);
}

void ikev1_quick_send(struct ike_sa *sa, struct ike_pair *rekeyed,
                      const struct ike_selectors *selectors)
{
    struct ikev1_quick *quick = ikev1_quick_new(sa, ikev1_new_message_id(sa));

    if (!quick) {
        retry_later(sa, rekeyed ? rekeyed->spi_in : 0, IKE_SECOND);
        return;
    }
    quick->state = IKEV1_QUICK_ASKED;
    quick->selectors = *selectors;
    quick->offer = sa->peer->config.child;
    quick->config_epoch = sa->peer->pairs.epoch;
    quick->spi_in = ike_pair_new_spi(sa->env);
    quick->rekeyed = rekeyed ? rekeyed->spi_in : 0;
    quick->group = group_for(sa);
    quick->nonce_i.len = IKEV1_NONCE_LEN;
    ike_random(sa->env, quick->nonce_i.bytes, quick->nonce_i.len);
    if (send_request(sa, quick) < 0) {
        retry_later(sa, quick->rekeyed, IKE_SECOND);
        ikev1_quick_free(sa, quick);
    }
}

static bool is_stale(const struct ike_sa *sa, const struct ikev1_quick *quick)
{
    return quick->config_epoch != sa->peer->pairs.epoch;
}

static void report_refusal(struct ike_sa *sa, const struct ikev1_quick *quick, uint16_t notify)
{
    const struct ike_selectors *s = &quick->selectors;
    char ours[IKE_TEXT_MAX / 2], local[80], remote[80];

    ike_write_offer(&quick->offer, ours, sizeof(ours));
    ike_describe_prefixes(s->local, 1, local, sizeof(local));
    ike_describe_prefixes(s->remote, 1, remote, sizeof(remote));
    if (notify == IKE1_NOTIFY_NO_PROPOSAL_CHOSEN)
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 SAY(IKE_PEER_REFUSED_IPSEC_PROPOSALS, words_written(ours)));
    else if (notify == IKE1_NOTIFY_INVALID_ID)
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_PEER_REFUSED_SELECTORS, local, remote));
    else
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_PEER_REFUSED_CHILD, ike1_notify_name(notify)));
}

/* At once with a group that was not tried yet; then seldom. */
static uint64_t pause_after_refusal(const struct ike_sa *sa)
{
    uint16_t groups[IKE_OFFER_MAX];
    size_t n = ikev1_groups(&sa->peer->config.child, groups);

    return n && sa->v1->quick_refusals % n ? GROUP_PAUSE : REFUSED_PAUSE;
}

void ikev1_quick_refused(struct ike_sa *sa, uint16_t notify)
{
    list_for_each_safe (quick, &sa->v1->quicks, struct ikev1_quick, link) {
        bool stale = quick->state == IKEV1_QUICK_ASKED && is_stale(sa, quick);

        if (quick->state != IKEV1_QUICK_ASKED)
            continue;
        if (!stale) {
            report_refusal(sa, quick, notify);
            ike_tell(sa->peer, IKE_EVENT_REFUSED, NULL);
            sa->v1->quick_refusals++;
        }
        retry_later(sa, quick->rekeyed, stale ? 10 * IKE_MS : pause_after_refusal(sa));
        ikev1_quick_free(sa, quick);
    }
}

static void take_responder_lifetime(const struct ike1_message *m, struct ike1_transform *t)
{
    const struct ike1_notify *n = ike1_message_notify(m, IKE1_NOTIFY_RESPONDER_LIFETIME);
    uint64_t s = 0, kb = 0;

    if (!n || n->protocol != IKE_PROTOCOL_ESP || ike1_lifetime_parse(n->data, &s, &kb) < 0)
        return;
    if (s && (!t->life_s || s < t->life_s))
        t->life_s = s;
    if (kb && (!t->life_kb || kb < t->life_kb))
        t->life_kb = kb;
}

static int send_proof(struct ike_sa *sa, struct ikev1_quick *quick)
{
    struct ike1_hash_input in = {.third = true,
                                 .message_id = quick->message_id,
                                 .nonce_i = ike_nonce_span(&quick->nonce_i),
                                 .nonce_r = ike_nonce_span(&quick->nonce_r)};

    ikev1_out_begin_hashed(sa, IKE1_EXCHANGE_QUICK, quick->message_id);
    return ikev1_send_hashed(sa, &quick->x, false, &in);
}

/* Not what we asked for: the peer is told, and asked again later. */
static void reject(struct ike_sa *sa, struct ikev1_quick *quick)
{
    bool stale = is_stale(sa, quick);

    ikev1_out_begin_hashed(sa, IKE1_EXCHANGE_INFORMATIONAL, ikev1_new_message_id(sa));
    ike1_put_notify(&sa->v1->ikev1->out, IKE_PROTOCOL_ESP, IKE1_NOTIFY_NO_PROPOSAL_CHOSEN,
                    crypto_span(NULL, 0), crypto_span(NULL, 0));
    (void)!ikev1_send_informational(sa);
    if (!stale)
        ike_tell(sa->peer, IKE_EVENT_REFUSED, NULL);
    retry_later(sa, quick->rekeyed, stale ? 10 * IKE_MS : REFUSED_PAUSE);
    done(sa, quick);
    buf_clear(&quick->x.sent);
}

/* They should come back as they were; without any they are the ends' addresses. Some answer with
 * narrower ones, as if IKEv1 had that: it does no harm. */
static bool take_answered_selectors(const struct ike_sa *sa, struct ikev1_quick *quick)
{
    struct ike_selectors *asked = &quick->selectors, s;

    if (!take_selectors(sa, true, &s) || !lies_in(&s.local[0], &asked->local[0]) ||
        !lies_in(&s.remote[0], &asked->remote[0]))
        return false;
    *asked = s;
    return true;
}

/* The second message has come. */
static void take_answer(struct ike_sa *sa, struct ikev1_quick *quick)
{
    struct ike1_message *m = &sa->v1->ikev1->in;
    struct ikev1_choice choice;
    struct ike1_transform transform;
    struct ike_pair *made, *old;

    if (!m->nonce.data || ikev1_accept(m, &quick->offer, false, &choice) < 0 ||
        (choice.algs.dh ? choice.algs.dh->id : 0) != quick->group ||
        (quick->group && !m->ke.data)) {
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_IPSEC_NOT_OFFERED));
        reject(sa, quick);
        return;
    }
    if (!take_answered_selectors(sa, quick)) {
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_IPSEC_NOT_OFFERED));
        reject(sa, quick);
        return;
    }
    ike_nonce_set(&quick->nonce_r, m->nonce);
    transform = *choice.transform;
    take_responder_lifetime(m, &transform);
    choice.transform = &transform;
    /* The peer can receive when this has come: it goes out before any ESP. */
    if (send_proof(sa, quick) < 0 || make_pair(sa, quick, &choice, true, &made) < 0) {
        reject(sa, quick);
        return;
    }
    sa->v1->quick_refusals = 0;
    old = replace_older(sa, quick->rekeyed, made);
    if (old)
        made->replaces = old->spi_in;
    if (old)
        ike_tell(sa->peer, IKE_EVENT_PAIR_REKEYED, NULL);
    ikev1_log_pair(sa, made, old);
    ike_tell(sa->peer, IKE_EVENT_AGREED, NULL);
    done(sa, quick);
    ike_peer_touch(sa->peer);
}

/* ---- who is asked ---- */

static void refuse(struct ike_sa *sa, uint16_t notify)
{
    ikev1_out_begin_hashed(sa, IKE1_EXCHANGE_INFORMATIONAL, ikev1_new_message_id(sa));
    ike1_put_notify(&sa->v1->ikev1->out, IKE_PROTOCOL_ESP, notify, crypto_span(NULL, 0),
                    crypto_span(NULL, 0));
    (void)!ikev1_send_informational(sa);
}

/* A notify to refuse it with, or 0. */
static uint16_t choose(struct ike_sa *sa, struct ikev1_choice *choice, struct ike_selectors *s)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    const struct ike_tunnel_config *c = &sa->peer->config;
    char why[IKE_WHY_MAX];

    if (ikev1_choose_esp(&ikev1->in, &c->child, choice) < 0) {
        ikev1_explain(ikev1, &c->child, false, why, sizeof(why));
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_IPSEC_MISMATCH, words_written(why)));
        return IKE1_NOTIFY_NO_PROPOSAL_CHOSEN;
    }
    if (choice->algs.dh && ikev1->in.ke.len != choice->algs.dh->public_len)
        return IKE1_NOTIFY_NO_PROPOSAL_CHOSEN;
    if (!take_selectors(sa, false, s)) {
        report_selectors(sa);
        return IKE1_NOTIFY_INVALID_ID;
    }
    return 0;
}

/* Ours is shorter than what the peer asked for: it is told (RFC 2407, 4.6.3.1). */
static void put_lifetime(struct ike_sa *sa, const struct ikev1_choice *choice, uint32_t spi)
{
    const struct ike_tunnel_config *c = &sa->peer->config;
    const struct ike1_transform *t = choice->transform;
    uint64_t kb = c->child_lifetime_bytes / 1024;
    uint8_t data[32], spi_bytes[4];
    struct ike1_builder b = {.w = wire_writer_make(data, sizeof(data))};

    if (c->child_lifetime_s < t->life_s) {
        ike1_put_attribute(&b, 1, 1);
        ike1_put_attribute(&b, 2, c->child_lifetime_s);
    }
    if (kb && kb < t->life_kb) {
        ike1_put_attribute(&b, 1, 2);
        ike1_put_attribute(&b, 2, kb);
    }
    wire_store_be32(spi_bytes, spi);
    if (wire_written(&b.w))
        ike1_put_notify(&sa->v1->ikev1->out, IKE_PROTOCOL_ESP, IKE1_NOTIFY_RESPONDER_LIFETIME,
                        crypto_span(spi_bytes, sizeof(spi_bytes)),
                        crypto_span(data, wire_written(&b.w)));
}

static int send_answer(struct ike_sa *sa, struct ikev1_quick *quick,
                       const struct ikev1_choice *choice)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike1_hash_input in = {.message_id = quick->message_id,
                                 .nonce_i = ike_nonce_span(&quick->nonce_i)};
    struct crypto_span none = crypto_span(NULL, 0);

    ikev1_out_begin_hashed(sa, IKE1_EXCHANGE_QUICK, quick->message_id);
    ikev1_put_choice(&ikev1->out, choice, quick->spi_in);
    ike1_put_payload(&ikev1->out, IKE1_PAYLOAD_NONCE, ike_nonce_span(&quick->nonce_r), none);
    if (quick->dh)
        ike1_put_payload(&ikev1->out, IKE1_PAYLOAD_KE, crypto_dh_public(quick->dh), none);
    for (size_t i = 0; i < ikev1->in.n_ids; i++)
        ike1_put_payload(&ikev1->out, IKE1_PAYLOAD_ID, ikev1->in.ids[i].body, none);
    put_lifetime(sa, choice, quick->spi_in);
    return ikev1_send_hashed(sa, &quick->x, true, &in);
}

static int answer(struct ike_sa *sa, struct ikev1_quick *quick, const struct ikev1_choice *choice)
{
    struct ike_pair *made;
    int r;

    quick->spi_in = ike_pair_new_spi(sa->env);
    quick->config_epoch = sa->peer->pairs.epoch;
    quick->nonce_r.len = IKEV1_NONCE_LEN;
    ike_random(sa->env, quick->nonce_r.bytes, quick->nonce_r.len);
    r = choice->algs.dh ? crypto_dh_start(choice->algs.dh, &sa->env->random, &quick->dh) : 0;
    if (r == 0)
        r = make_pair(sa, quick, choice, false, &made);
    if (r < 0)
        return r;
    ike_pair_hold(made);
    r = send_answer(sa, quick, choice);
    if (r < 0)
        ike_pair_end(made, 0);
    return r;
}

static bool is_old_id(const struct ike_sa *sa, uint32_t id)
{
    for (size_t i = 0; i < MIN(sa->v1->n_seen_ids, IKEV1_MESSAGE_IDS); i++) {
        if (sa->v1->seen_ids[i] == id)
            return true;
    }
    return false;
}

static bool is_crowded(const struct ike_sa *sa)
{
    size_t n = 0;

    list_for_each (pair, &sa->pairs, struct ike_pair, link)
        n++;
    return n >= IKEV1_PAIRS_MAX;
}

static void take_request(struct ike_sa *sa, const uint8_t iv[IKE1_BLOCK])
{
    struct ike1_message *m = &sa->v1->ikev1->in;
    struct ikev1_quick *quick;
    struct ikev1_choice choice;
    struct ike_selectors s;
    uint16_t notify;

    sa->v1->seen_ids[sa->v1->n_seen_ids++ % IKEV1_MESSAGE_IDS] = m->hdr.message_id;
    if (!ike_sa_is_live(sa) || !sa->peer->config.admin_up || is_crowded(sa))
        return;
    notify = m->nonce.data && m->sa.data ? choose(sa, &choice, &s) : IKE1_NOTIFY_PAYLOAD_MALFORMED;
    if (notify) {
        refuse(sa, notify);
        return;
    }
    quick = ikev1_quick_new(sa, m->hdr.message_id);
    if (!quick)
        return;
    quick->state = IKEV1_QUICK_ANSWERED;
    quick->selectors = s;
    memcpy(quick->x.iv, iv, IKE1_BLOCK);
    ike_nonce_set(&quick->nonce_i, m->nonce);
    if (answer(sa, quick, &choice) < 0)
        ikev1_quick_free(sa, quick);
    else
        ikev1_heard(sa, &quick->x);
}

/* The third message has come: the peer has the pair. */
static void take_proof(struct ike_sa *sa, struct ikev1_quick *quick)
{
    struct ike_pair *made = ikev1_pair_find(sa, IKE_IN, quick->spi_in), *old;

    buf_clear(&quick->x.sent); /* it needs no answer */
    done(sa, quick);
    if (!made)
        return;
    old = replace_older(sa, 0, made);
    ike_pair_prove(made);
    ikev1_log_pair(sa, made, old);
    if (old)
        ike_tell(sa->peer, IKE_EVENT_PAIR_REKEYED, NULL);
    ike_tell(sa->peer, IKE_EVENT_AGREED, NULL);
}

/* ---- what comes in ---- */

static bool opens(struct ike_sa *sa, const struct ikev1_quick *quick, uint8_t iv[IKE1_BLOCK])
{
    struct ikev1 *ikev1 = sa->v1->ikev1;
    struct ike1_header hdr = ikev1->in.hdr;
    struct crypto_span sealed =
        crypto_span(ikev1->in_data.data + IKE_HEADER_LEN, hdr.length - IKE_HEADER_LEN);
    struct ike1_hash_input in = {.message_id = hdr.message_id};
    uint8_t expected[CRYPTO_PRF_MAX];

    if (ike1_decrypt(&sa->algs, &sa->v1->keys, iv, sealed, ikev1->plain) < 0 ||
        hdr.next_payload != IKE1_PAYLOAD_HASH ||
        ike1_payloads_parse(&hdr, crypto_span(ikev1->plain, sealed.len), &ikev1->in) < 0)
        return false;
    if (quick)
        in.nonce_i = ike_nonce_span(&quick->nonce_i);
    if (quick && quick->state == IKEV1_QUICK_ANSWERED) {
        in.third = true;
        in.nonce_r = ike_nonce_span(&quick->nonce_r);
    } else {
        in.payloads = ikev1->in.after_hash;
    }
    return ikev1->in.hash.len == sa->algs.prf->len &&
           ike1_phase2_hash(sa->algs.prf, &sa->v1->keys, &in, expected) == 0 &&
           mem_equal_ct(expected, ikev1->in.hash.data, ikev1->in.hash.len);
}

int ikev1_quick_input(struct ike_sa *sa)
{
    uint32_t id = sa->v1->ikev1->in.hdr.message_id;
    struct ikev1_quick *quick = find(sa, id);
    uint8_t iv[IKE1_BLOCK];

    if (quick && ikev1_is_repeated(sa, &quick->x))
        return 0;
    if (id == 0 || (quick && quick->state == IKEV1_QUICK_DONE) || (!quick && is_old_id(sa, id)))
        return 0; /* too late, or a CONNECTED that nobody waits for */
    if (quick)
        memcpy(iv, quick->x.iv, sizeof(iv));
    else if (ike1_phase2_iv(sa->algs.prf, sa->v1->last_block, id, iv) < 0)
        return -EIO;
    if (!opens(sa, quick, iv))
        return -EBADMSG;
    ikev1_alive(sa);
    if (!quick) {
        take_request(sa, iv);
        return 0;
    }
    memcpy(quick->x.iv, iv, sizeof(iv));
    ikev1_heard(sa, &quick->x);
    if (quick->state == IKEV1_QUICK_ASKED)
        take_answer(sa, quick);
    else
        take_proof(sa, quick);
    return 0;
}

/* ---- time ---- */

/* Nobody answers: the peer may have forgotten the IKE SA. Another one is tried. */
static void give_up(struct ike_sa *sa, struct ikev1_quick *quick)
{
    char peer[ENDPOINT_TEXT_MAX];

    if (quick->state == IKEV1_QUICK_ASKED) {
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 SAY(IKEV1_QUICK_UNANSWERED, endpoint_format(&sa->remote, peer)));
        retry_later(sa, quick->rekeyed, REFUSED_PAUSE);
        sa->v1->outworn = true;
        ike_peer_touch(sa->peer);
    }
    ikev1_quick_free(sa, quick);
}

void ikev1_quicks_run(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->env->now_us;

    list_for_each_safe (quick, &sa->v1->quicks, struct ikev1_quick, link) {
        if (now >= quick->until_us) {
            ikev1_quick_free(sa, quick);
            continue;
        }
        if (!quick->x.awaits) {
            *deadline = MIN(*deadline, quick->until_us);
            continue;
        }
        if (now >= quick->x.next_us && quick->x.sends >= IKEV1_SENDS) {
            give_up(sa, quick);
            continue;
        }
        if (now >= quick->x.next_us)
            ikev1_resend(sa, &quick->x);
        *deadline = MIN(*deadline, quick->x.next_us);
    }
}
