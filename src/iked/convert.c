#include "core_internal.h"

#include <stdio.h>

static void offer_from(const struct ipc_algs *a, struct ike_offer *ret)
{
    *ret = (struct ike_offer){0};
    ret->n_ciphers = (uint8_t)MIN(a->n_ciphers, IKE_OFFER_MAX);
    ret->n_integrity = (uint8_t)MIN(a->n_integrity, IKE_OFFER_MAX);
    ret->n_groups = (uint8_t)MIN(a->n_groups, IKE_OFFER_MAX);
    for (size_t i = 0; i < ret->n_ciphers; i++)
        ret->ciphers[i] = (struct ike_cipher){a->ciphers[i].encr, a->ciphers[i].key_bits};
    memcpy(ret->integrity, a->integrity, ret->n_integrity * sizeof(ret->integrity[0]));
    memcpy(ret->groups, a->groups, ret->n_groups * sizeof(ret->groups[0]));
}

/* One more exchange, of any of the methods. */
static void add_additional(const struct ipc_ike_tunnel *t, struct ike_offer *ret)
{
    ret->n_additional = (uint8_t)MIN(t->n_additional, IKE_OFFER_MAX);
    for (size_t i = 0; i < ret->n_additional; i++)
        ret->additional[i] = (struct ike_additional){.method = t->additional[i]};
}

/* The tunnel's own address as an identity is the same as none, which is more lenient towards peers
 * that are asked for it. */
static int ident_from(const struct ipc_ident *in, const struct addr *address, struct ike_ident *ret)
{
    struct ident id;

    *ret = (struct ike_ident){0};
    if (!in->text[0])
        return 0;
    if (in->kind != IPC_IDENT_WRITTEN || ident_parse(in->text, &id) < 0)
        return -EINVAL;
    if ((id.type == IDENT_IPV4 || id.type == IDENT_IPV6) && id.len == addr_len(address) &&
        memcmp(id.data, address->bytes, id.len) == 0)
        return 0;
    ret->type = id.type;
    ret->len = id.len;
    memcpy(ret->data, id.data, id.len);
    return 0;
}

/* A time since 1970 by the clock that IKE goes by; 0 if it is past. */
static uint64_t monotonic_of(uint64_t until_us, const struct iked_now *now)
{
    return until_us > now->realtime_us ? now->monotonic_us + (until_us - now->realtime_us) : 0;
}

int iked_config_from(const struct ipc_ike_tunnel *t, const struct iked_now *now,
                     struct ike_tunnel_config *ret, char *why)
{
    struct ike_tunnel_config *c = ret;

    *c = (struct ike_tunnel_config){
        .config = t->config,
        .admin_up = t->admin_up,
        .initiate = t->initiate,
        .local = t->local,
        .remote = t->remote,
        .psk_len = MIN(t->psk.len, IKE_PSK_MAX),
        .psk_before_until_us = monotonic_of(t->psk_before_until_us, now),
        .auth_overlap_s = t->psk_overlap_s,
        .ike_lifetime_s = t->ike_lifetime_s,
        .child_lifetime_s = t->child_lifetime_s,
        .child_lifetime_bytes = t->child_lifetime_bytes,
        .child_lifetime_packets = t->child_lifetime_packets,
        .replay_window = t->replay_window,
        .esn = t->esn,
        .dpd = t->dpd,
        .dpd_clear = t->dpd_action == 2,
        .dpd_interval_s = t->dpd_interval_s,
        .dpd_timeout_s = t->dpd_timeout_s,
        .n_local_ts = (uint8_t)MIN(t->n_local_ts, IKE_PREFIXES_MAX),
        .n_remote_ts = (uint8_t)MIN(t->n_remote_ts, IKE_PREFIXES_MAX),
        .n_local_networks = (uint8_t)MIN(t->n_local_networks, IKE_PREFIXES_MAX),
        .n_remote_networks = (uint8_t)MIN(t->n_remote_networks, IKE_PREFIXES_MAX),
    };
    text_copy(c->id, sizeof(c->id), t->id);
    text_copy(c->name, sizeof(c->name), t->name);
    memcpy(c->psk, t->psk.bytes, c->psk_len);
    if (c->psk_before_until_us) {
        c->psk_before_len = MIN(t->psk_before.len, IKE_PSK_MAX);
        memcpy(c->psk_before, t->psk_before.bytes, c->psk_before_len);
    }
    offer_from(&t->ike, &c->ike);
    offer_from(&t->child, &c->child);
    add_additional(t, &c->ike);
    memcpy(c->local_ts, t->local_ts, c->n_local_ts * sizeof(c->local_ts[0]));
    memcpy(c->remote_ts, t->remote_ts, c->n_remote_ts * sizeof(c->remote_ts[0]));
    memcpy(c->local_networks, t->local_networks, c->n_local_networks * sizeof(struct prefix));
    memcpy(c->remote_networks, t->remote_networks, c->n_remote_networks * sizeof(struct prefix));
    c->ikev1 = t->version == 1;
    c->aggressive = c->ikev1 && t->aggressive;
    if (t->version != 1 && t->version != 2) {
        words_write(SAY(IKE_VERSION_NOT_SUPPORTED, t->version), why, IPC_TEXT_MAX);
        return -EPROTONOSUPPORT;
    }
    if (ident_from(&t->local_id, &t->local, &c->local_id) < 0 ||
        ident_from(&t->remote_id, &t->remote, &c->remote_id) < 0) {
        words_write(SAY(IKE_ID_UNUSABLE), why, IPC_TEXT_MAX);
        return -EINVAL;
    }
    return 0;
}

int iked_credentials_from(const struct ipc_ike_credentials *c, struct ike_credentials **ret,
                          char *why)
{
    struct ike_credentials_text text = {.certificate =
                                            crypto_span(c->certificate, c->certificate_len),
                                        .key = crypto_span(c->key, c->key_len),
                                        .ca = crypto_span(c->ca, c->ca_len),
                                        .crl = crypto_span(c->crl, c->crl_len)};
    enum crypto_cert_fault fault;
    int r = ike_credentials_new(&text, ret, &fault);

    if (r < 0)
        words_write(r == -ENOMEM ? SAY(IKE_NO_MEMORY) : SAY(IKE_CREDENTIALS_UNUSABLE), why,
                    IPC_TEXT_MAX);
    return r;
}

static void key_from(const uint8_t *bytes, uint8_t len, struct ipc_key *ret)
{
    ret->len = len;
    memcpy(ret->bytes, bytes, len);
}

void iked_sa_add_from(const struct ike_action *action, struct ipc_sa_add *ret)
{
    const struct ike_esp_sa *sa = &action->add;

    *ret = (struct ipc_sa_add){
        .direction = sa->direction,
        .spi = sa->spi,
        .pair = sa->pair,
        .local = sa->local,
        .remote = sa->remote,
        .encap = sa->encap,
        .encr = sa->encr,
        .key_bits = sa->key_bits,
        .integrity = sa->integrity,
        .esn = sa->esn,
        .replay_window = sa->replay_window,
        .soft_bytes = sa->soft_bytes,
        .soft_packets = sa->soft_packets,
        .hard_bytes = sa->hard_bytes,
        .hard_packets = sa->hard_packets,
        .n_local_ts = sa->n_local_ts,
        .n_remote_ts = sa->n_remote_ts,
    };
    text_copy(ret->tunnel, sizeof(ret->tunnel), action->tunnel);
    key_from(sa->encr_key, sa->encr_key_len, &ret->encr_key);
    key_from(sa->integrity_key, sa->integrity_key_len, &ret->integrity_key);
    memcpy(ret->local_ts, sa->local_ts, sa->n_local_ts * sizeof(sa->local_ts[0]));
    memcpy(ret->remote_ts, sa->remote_ts, sa->n_remote_ts * sizeof(sa->remote_ts[0]));
}

void iked_status_from(const struct ike_status *s, const struct iked_now *now,
                      struct ipc_ike_status *ret)
{
    static const uint8_t states[] = {[IKE_OPER_DOWN] = IPC_OPER_DOWN,
                                     [IKE_OPER_NEGOTIATING] = IPC_OPER_NEGOTIATING,
                                     [IKE_OPER_UP] = IPC_OPER_UP};

    *ret = (struct ipc_ike_status){
        .state = states[s->state],
        .since_us = now->realtime_us - (now->monotonic_us - s->since_us),
        .remote = s->remote,
        .nat_local = s->nat_local,
        .nat_remote = s->nat_remote,
        .ike_rekeys = s->ike_rekeys,
        .child_rekeys = s->child_rekeys,
        .handshake_us = s->handshake_us,
        .n_local_ts = s->n_local_ts,
        .n_remote_ts = s->n_remote_ts,
        .config_in_force = s->config_in_force,
        .config_refused = s->config_refused,
        .wants_networks = s->wants_networks,
    };
    memcpy(ret->local_ts, s->local_ts, s->n_local_ts * sizeof(s->local_ts[0]));
    memcpy(ret->remote_ts, s->remote_ts, s->n_remote_ts * sizeof(s->remote_ts[0]));
    text_copy(ret->tunnel, sizeof(ret->tunnel), s->tunnel);
    text_copy(ret->last_error, sizeof(ret->last_error), s->last_error);
    text_copy(ret->ike_algs, sizeof(ret->ike_algs), s->ike_algs);
    text_copy(ret->child_algs, sizeof(ret->child_algs), s->child_algs);
}

void iked_liveness_from(const char *tunnel, const struct ike_liveness *l,
                        struct ipc_ike_liveness *ret)
{
    *ret = (struct ipc_ike_liveness){
        .since_us = l->since_us,
        .answered = l->answered,
        .lost = l->lost,
        .timed = l->timed,
        .time_us = l->time_us,
        .last_us = l->last_us,
    };
    text_copy(ret->tunnel, sizeof(ret->tunnel), tunnel);
}
