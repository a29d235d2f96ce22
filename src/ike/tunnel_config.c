#include "tunnel_internal.h"

#include <stdlib.h>

/* The configuration of tunnels: whether it can work, what differs, and what follows from that. */

#define MIN_LIFETIME 30 /* seconds */

static bool additional_works(const struct ike_offer *offer)
{
    if (offer->n_additional > IKE_OFFER_MAX)
        return false;
    for (size_t i = 0; i < offer->n_additional; i++) {
        const struct ike_additional *a = &offer->additional[i];

        if (a->round >= IKE_ADDITIONAL_MAX ||
            (a->method != CRYPTO_DH_NONE && !crypto_dh_find(a->method)))
            return false;
    }
    return true;
}

static bool offer_works(const struct ike_offer *offer, bool is_ike)
{
    bool needs_integrity = false;

    if (!offer->n_ciphers || (is_ike && !offer->n_groups) || offer->n_ciphers > IKE_OFFER_MAX ||
        offer->n_integrity > IKE_OFFER_MAX || offer->n_groups > IKE_OFFER_MAX ||
        !additional_works(offer))
        return false;
    for (size_t i = 0; i < offer->n_ciphers; i++) {
        const struct crypto_encr *alg =
            crypto_encr_find(offer->ciphers[i].encr, offer->ciphers[i].key_bits);

        if (!alg)
            return false;
        needs_integrity = needs_integrity || !alg->aead;
    }
    for (size_t i = 0; i < offer->n_integrity; i++) {
        if (!crypto_integ_find(offer->integrity[i]))
            return false;
    }
    for (size_t i = 0; i < offer->n_groups; i++) {
        if (!crypto_dh_find(offer->groups[i]) && (is_ike || offer->groups[i] != CRYPTO_DH_NONE))
            return false;
    }
    return offer->n_integrity || !needs_integrity;
}

/* With a certificate and nothing else said it is the subject. */
static bool own_id_works(const struct ike_tunnel_config *c)
{
    size_t len = crypto_certs_subject(ike_credentials_own(c->credentials)).len;

    return c->local_id.type || (len > 0 && len <= IKE_ID_DATA_MAX);
}

static bool config_works(const struct ike_tunnel_config *c)
{
    return c->id[0] && c->local.family != ADDR_NONE && !addr_is_any(&c->local) &&
           c->remote.family == c->local.family && c->psk_len <= IKE_PSK_MAX &&
           c->psk_before_len <= IKE_PSK_MAX &&
           (c->credentials ? own_id_works(c) : c->psk_len > 0) &&
           c->local_id.len <= IKE_ID_DATA_MAX && c->remote_id.len <= IKE_ID_DATA_MAX &&
           (!c->ikev1 ||
            (ikev1_offer_works(&c->ike, true) && ikev1_offer_works(&c->child, false))) &&
           offer_works(&c->ike, true) && offer_works(&c->child, false) && c->n_local_ts > 0 &&
           c->n_remote_ts > 0 && c->n_local_ts <= IKE_PREFIXES_MAX &&
           c->n_remote_ts <= IKE_PREFIXES_MAX && c->n_local_networks <= IKE_PREFIXES_MAX &&
           c->n_remote_networks <= IKE_PREFIXES_MAX && c->ike_lifetime_s >= MIN_LIFETIME &&
           c->child_lifetime_s >= MIN_LIFETIME;
}

static bool same_ident(const struct ike_ident *a, const struct ike_ident *b)
{
    return a->type == b->type && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool prefixes_equal(const struct ike_tunnel_config *a, const struct ike_tunnel_config *b)
{
    struct ike_selectors s = {.n_local = a->n_local_ts, .n_remote = a->n_remote_ts};
    struct ike_selectors t = {.n_local = b->n_local_ts, .n_remote = b->n_remote_ts};

    memcpy(s.local, a->local_ts, sizeof(s.local));
    memcpy(s.remote, a->remote_ts, sizeof(s.remote));
    memcpy(t.local, b->local_ts, sizeof(t.local));
    memcpy(t.remote, b->remote_ts, sizeof(t.remote));
    return ike_selectors_equal(&s, &t);
}

static bool networks_equal(const struct ike_tunnel_config *a, const struct ike_tunnel_config *b)
{
    return a->n_local_networks == b->n_local_networks &&
           a->n_remote_networks == b->n_remote_networks &&
           memcmp(a->local_networks, b->local_networks, sizeof(a->local_networks)) == 0 &&
           memcmp(a->remote_networks, b->remote_networks, sizeof(a->remote_networks)) == 0;
}

static bool keys_equal(const struct ike_tunnel_config *a, const struct ike_tunnel_config *b)
{
    return a->psk_len == b->psk_len && mem_equal_ct(a->psk, b->psk, a->psk_len);
}

/* Who may be the peer, and by what it is recognised. */
static bool auth_equal(const struct ike_tunnel_config *a, const struct ike_tunnel_config *b)
{
    return keys_equal(a, b) && ike_credentials_equal(a->credentials, b->credentials) &&
           same_ident(&a->local_id, &b->local_id) && same_ident(&a->remote_id, &b->remote_id);
}

/* How long the key before counts is told anew with each configuration, by clocks that are read
 * anew. */
static bool keys_before_equal(const struct ike_tunnel_config *a, const struct ike_tunnel_config *b)
{
    uint64_t from = MIN(a->psk_before_until_us, b->psk_before_until_us);

    return a->psk_before_len == b->psk_before_len &&
           mem_equal_ct(a->psk_before, b->psk_before, a->psk_before_len) &&
           MAX(a->psk_before_until_us, b->psk_before_until_us) - from < IKE_SECOND;
}

static bool ike_part_equal(const struct ike_tunnel_config *a, const struct ike_tunnel_config *b)
{
    return a->ikev1 == b->ikev1 && a->aggressive == b->aggressive &&
           addr_equal(&a->local, &b->local) && addr_equal(&a->remote, &b->remote) &&
           auth_equal(a, b) && ike_offer_equal(&a->ike, &b->ike);
}

static bool child_part_equal(const struct ike_tunnel_config *a, const struct ike_tunnel_config *b)
{
    return ike_offer_equal(&a->child, &b->child) && a->esn == b->esn &&
           a->replay_window == b->replay_window && prefixes_equal(a, b) &&
           a->child_lifetime_bytes == b->child_lifetime_bytes &&
           a->child_lifetime_packets == b->child_lifetime_packets;
}

/* What is changed in place, without any negotiation. */
static bool soft_part_equal(const struct ike_tunnel_config *a, const struct ike_tunnel_config *b)
{
    return a->config == b->config && strcmp(a->name, b->name) == 0 && a->admin_up == b->admin_up &&
           a->initiate == b->initiate && a->ike_lifetime_s == b->ike_lifetime_s &&
           a->child_lifetime_s == b->child_lifetime_s && a->dpd == b->dpd &&
           a->dpd_clear == b->dpd_clear && a->dpd_interval_s == b->dpd_interval_s &&
           a->dpd_timeout_s == b->dpd_timeout_s && a->auth_overlap_s == b->auth_overlap_s &&
           keys_before_equal(a, b);
}

/* What lives already is rekeyed by its new lifetime. A shorter one moves no end nearer: there has
 * to be time to rekey. */
static void change_lifetimes(struct ike_tunnel *tunnel, bool of_ike, bool of_child)
{
    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link) {
        uint64_t end = sa->expire_us;

        if (of_ike && ike_sa_is_live(sa)) {
            sa->version->set_lifetime(sa);
            sa->expire_us = MAX(sa->expire_us, end);
        }
        if (!of_child)
            continue;
        list_for_each (pair, &sa->pairs, struct ike_pair, link) {
            end = pair->expire_us;
            ike_pair_set_lifetime(pair);
            pair->expire_us = MAX(pair->expire_us, end);
        }
    }
}

/* What was refused or waits is asked for at once with what was changed. */
static void retry_all(struct ike_tunnel *tunnel)
{
    ike_tunnel_call_now(tunnel);
    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link)
        sa->version->retry(sa);
}

/* What was refused is history, unless nothing of it was changed. */
static void judge_refusal(struct ike_tunnel *tunnel, bool same)
{
    struct ike_status *s = &tunnel->status;

    if (!same) {
        tunnel->exact_code = WORDS_FOREIGN;
        tunnel->peer.tries_natt = false;
    }
    tunnel->proven &= same;
    s->config_refused = same && s->config_refused ? tunnel->peer.config.config : 0;
    if (!same && tunnel->behind_error && s->state == IKE_OPER_UP)
        s->last_error[0] = 0;
    tunnel->reported = false;
}

static void log_change(struct ike_tunnel *tunnel, bool enabled, bool ike_same, bool child_same)
{
    if (enabled)
        ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_ENABLED));
    if (!tunnel->peer.config.admin_up)
        return;
    if (!ike_same)
        ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_IKE_CHANGED));
    else if (!child_same)
        ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_CHILD_CHANGED));
}

/* What works is not touched. */
static void take_networks(struct ike_tunnel *tunnel, const struct ike_tunnel_config *config)
{
    struct ike_tunnel_config *c = &tunnel->peer.config;

    c->n_local_networks = config->n_local_networks;
    c->n_remote_networks = config->n_remote_networks;
    memcpy(c->local_networks, config->local_networks, sizeof(c->local_networks));
    memcpy(c->remote_networks, config->remote_networks, sizeof(c->remote_networks));
    if (ike_offering_renew(&tunnel->peer))
        retry_all(tunnel);
    ike_tunnel_touch(tunnel);
}

/* When an IKE SA ends that was authenticated by what counts no more. */
static uint64_t overlap_end(const struct ike_tunnel_config *before,
                            const struct ike_tunnel_config *now, uint64_t now_us)
{
    bool another_key = before->psk_len && now->psk_len && !keys_equal(before, now);

    if (!another_key)
        return now_us + now->auth_overlap_s * IKE_SECOND;
    return now->psk_before_len ? now->psk_before_until_us : now_us;
}

/* After a change of who may be the peer. */
static void limit_old_sas(struct ike_tunnel *tunnel, const struct ike_tunnel_config *before)
{
    struct ike_peer *peer = &tunnel->peer;

    if (auth_equal(before, &peer->config))
        return;
    if (!keys_equal(before, &peer->config))
        peer->key_proven = peer->try_key_before = false;
    ike_limit_old_auth(peer, overlap_end(before, &peer->config, peer->env->now_us));
}

static void apply(struct ike *ike, struct ike_tunnel *tunnel,
                  const struct ike_tunnel_config *config)
{
    struct ike_tunnel_config *c = &tunnel->peer.config, before = *c;
    bool ike_same = ike_part_equal(c, config);
    bool child_same = child_part_equal(c, config);
    bool disabled = c->admin_up && !config->admin_up;
    bool enabled = !c->admin_up && config->admin_up;
    bool ike_lifetime = c->ike_lifetime_s != config->ike_lifetime_s;
    bool child_lifetime = c->child_lifetime_s != config->child_lifetime_s;

    ike_log_in_full(&tunnel->peer);
    if (!prefixes_equal(c, config))
        ike_offering_reset(&tunnel->peer);
    ike_peers_remove(&tunnel->peer);
    (void)ike_credentials_ref(config->credentials);
    crypto_wipe(c, sizeof(*c));
    *c = *config;
    ike_peers_add(&ike->peers, &tunnel->peer);
    limit_old_sas(tunnel, &before);
    ike_credentials_unref(before.credentials);
    crypto_wipe(&before, sizeof(before));
    tunnel->peer.ike_epoch += !ike_same;
    tunnel->peer.pairs.epoch += !child_same;
    tunnel->peer.keep_initiating = config->initiate;
    judge_refusal(tunnel, ike_same && child_same);
    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link) {
        if (ike_sa_is_calling(sa) && !(ike_same && child_same))
            ike_sa_kill(sa); /* begun under another configuration */
    }
    if (disabled) {
        ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_DISABLED));
        ike_tunnel_close_all(tunnel);
        tunnel->status.last_error[0] = 0;
        tunnel->status.config_refused = 0;
    }
    log_change(tunnel, enabled, ike_same, child_same);
    change_lifetimes(tunnel, ike_lifetime, child_lifetime);
    retry_all(tunnel);
    ike_tunnel_touch(tunnel);
}

int ike_tunnel_set(struct ike *ike, const struct ike_tunnel_config *config, uint64_t now_us)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ike, config->id);
    int r;

    ike->env.now_us = now_us;
    if (!config_works(config))
        return -EINVAL;
    if (!tunnel) {
        r = ike_tunnel_new(ike, config, &tunnel);
        if (r < 0)
            return r;
        ike_tunnel_take_orphans(ike, tunnel);
        ike_jobs_settle(&ike->env.jobs);
        return 1;
    }
    tunnel->marked = false;
    if (ike_part_equal(&tunnel->peer.config, config) &&
        child_part_equal(&tunnel->peer.config, config) &&
        soft_part_equal(&tunnel->peer.config, config)) {
        if (networks_equal(&tunnel->peer.config, config))
            return 0;
        take_networks(tunnel, config);
    } else {
        apply(ike, tunnel, config);
    }
    ike_jobs_settle(&ike->env.jobs);
    return 1;
}

void ike_sync_begin(struct ike *ike)
{
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link)
        tunnel->marked = true;
}

/* It lives on until its SAs are closed. */
static void remove_tunnel(struct ike_tunnel *tunnel)
{
    uint64_t unused = IKE_NEVER;

    ike_tunnel_close_all(tunnel);
    /* The data plane does not know the tunnel any more. */
    ike_pairs_run_lingers(&tunnel->peer.pairs, true, &unused);
    tunnel->peer.removed = true;
    ike_tunnel_touch(tunnel);
}

int ike_tunnel_remove(struct ike *ike, const char *id, uint64_t now_us)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ike, id);

    if (!tunnel)
        return 0;
    ike->env.now_us = now_us;
    remove_tunnel(tunnel);
    ike_jobs_settle(&ike->env.jobs);
    return 1;
}

unsigned ike_sync_end(struct ike *ike, uint64_t now_us)
{
    unsigned removed = 0;

    ike->env.now_us = now_us;
    ike->configured = true;
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        if (!tunnel->marked || tunnel->peer.removed)
            continue;
        remove_tunnel(tunnel);
        removed++;
    }
    ike_orphans_drop(ike);
    ike_jobs_settle(&ike->env.jobs);
    return removed;
}
