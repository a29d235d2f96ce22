#include "ikev2_internal.h"

#include <stdio.h>

/* Lines of the negotiation log with values in them: whom, what was offered and chosen, which SPIs.
 * What repeats itself while nothing gets better is told ever more seldom. */

#define UNANSWERED_SENDS 4 /* of a request, until that is told */

#define IKE_SPI_TEXT 17
#define ESP_SPI_TEXT 11
#define TS_TEXT      128

static const char *ike_spi_text(uint64_t spi, char buf[IKE_SPI_TEXT])
{
    snprintf(buf, IKE_SPI_TEXT, "%016llx", (unsigned long long)spi);
    return buf;
}

static const char *esp_spi_text(uint32_t spi, char buf[ESP_SPI_TEXT])
{
    snprintf(buf, ESP_SPI_TEXT, "0x%08x", (unsigned)spi);
    return buf;
}

/* The first attempt, the second, the fourth, the eighth... */
static bool is_worth_a_line(const struct ike_peer *peer)
{
    unsigned number = peer->attempts + 1;

    return (number & (number - 1)) == 0;
}

/* ---- the first exchanges ---- */

/* What is asked for and cannot be had here, where it goes without as well. */
static void log_lacking(struct ike_peer *peer)
{
    char lacking[IKE_LISTED_MAX];

    ike_list_lacking(&peer->config.ike, lacking, sizeof(lacking));
    if (lacking[0])
        ike_log(peer, IKE_LOG_WARNING, SAY(NEGOTIATION_LACKING, lacking));
}

void ikev2_log_exchanged(const struct ike_sa *sa, uint16_t method)
{
    char name[48];

    ike_describe_group(method, name, sizeof(name));
    ike_log(sa->peer, IKE_LOG_INFO, SAY(NEGOTIATION_EXCHANGED, name));
}

void ikev2_log_call(const struct ike_sa *call)
{
    struct ike_peer *peer = call->peer;
    char to[ENDPOINT_TEXT_MAX], spi[IKE_SPI_TEXT], group[48], offer[IKE_TEXT_MAX / 2];

    if (!is_worth_a_line(peer))
        return;
    endpoint_format(&call->remote, to);
    ike_spi_text(call->spi_i, spi);
    ike_describe_group(call->v2->group, group, sizeof(group));
    ike_write_offer(&peer->config.ike, offer, sizeof(offer));
    ike_log(peer, IKE_LOG_INFO,
            peer->attempts ? SAY(NEGOTIATION_ATTEMPT, peer->attempts + 1, to, spi)
                           : SAY(NEGOTIATION_BEGUN, to, spi, group, words_written(offer)));
    log_lacking(peer);
}

/* Peer, algorithms and SPIs of an IKE SA as texts. */
struct ike_sa_texts {
    char peer[ENDPOINT_TEXT_MAX];
    char algs[IKE_ALGS_TEXT_MAX];
    char spi_i[IKE_SPI_TEXT];
    char spi_r[IKE_SPI_TEXT];
};

static void describe_ike_sa(const struct ike_sa *sa, struct ike_sa_texts *ret)
{
    endpoint_format(&sa->remote, ret->peer);
    ike_describe_algs(&sa->algs, ret->algs, sizeof(ret->algs));
    ike_spi_text(sa->spi_i, ret->spi_i);
    ike_spi_text(sa->spi_r, ret->spi_r);
}

static void log_nat(const struct ike_sa *sa)
{
    char peer[ENDPOINT_TEXT_MAX];

    endpoint_format(&sa->remote, peer);
    if (sa->nat_local && sa->nat_remote)
        ike_log(sa->peer, IKE_LOG_INFO, SAY(NEGOTIATION_NAT_BOTH, peer));
    else if (sa->nat_remote)
        ike_log(sa->peer, IKE_LOG_INFO, SAY(NEGOTIATION_NAT_REMOTE, peer));
    else if (sa->nat_local)
        ike_log(sa->peer, IKE_LOG_INFO, SAY(NEGOTIATION_NAT_LOCAL));
}

void ikev2_log_answered(const struct ike_sa *sa)
{
    struct ike_sa_texts t;

    if (!is_worth_a_line(sa->peer))
        return;
    describe_ike_sa(sa, &t);
    ike_log(sa->peer, IKE_LOG_INFO, SAY(NEGOTIATION_ANSWERED, t.peer, t.algs, t.spi_i, t.spi_r));
    log_nat(sa);
}

void ikev2_log_called(const struct ike_sa *sa, struct ike_peer *peer)
{
    struct ike_sa_texts t;

    describe_ike_sa(sa, &t);
    ike_tell(peer, IKE_EVENT_CALLED, SAY(NEGOTIATION_CALLED, t.peer, t.algs, t.spi_i, t.spi_r));
}

void ikev2_log_auth_sent(const struct ike_sa *sa)
{
    const struct ike_tunnel_config *c = &sa->peer->config;
    struct ike_offer without_groups = c->child; /* IKE_AUTH has none for the pair */
    char peer[ENDPOINT_TEXT_MAX], id[IKE_ID_TEXT_MAX], local[TS_TEXT], remote[TS_TEXT];
    char offer[IKE_TEXT_MAX / 2];
    struct ike_ident storage;
    struct ike_id own;

    if (!is_worth_a_line(sa->peer))
        return;
    without_groups.n_groups = 0;
    ike_write_offer(&without_groups, offer, sizeof(offer));
    ike_peer_ident(sa->peer, false, &storage, &own);
    ike_id_format(&own, id);
    ike_describe_prefixes(c->local_ts, c->n_local_ts, local, sizeof(local));
    ike_describe_prefixes(c->remote_ts, c->n_remote_ts, remote, sizeof(remote));
    ike_log(sa->peer, IKE_LOG_INFO,
            SAY(NEGOTIATION_AUTH_SENT, endpoint_format(&sa->remote, peer), id, local, remote,
                words_written(offer)));
}

void ikev2_log_established(const struct ike_sa *sa)
{
    const char *id = sa->peer->peer_id;
    struct ike_sa_texts t;

    describe_ike_sa(sa, &t);
    if (!sa->initiator)
        log_nat(sa); /* of a call of ours it was told with the answer */
    ike_log(sa->peer, IKE_LOG_INFO,
            sa->initiator
                ? SAY(NEGOTIATION_ESTABLISHED, id, t.peer, t.algs, t.spi_i, t.spi_r)
                : SAY(NEGOTIATION_ESTABLISHED_BY_PEER, id, t.peer, t.algs, t.spi_i, t.spi_r));
}

/* ---- SAs ---- */

void ikev2_log_child(const struct ike_sa *sa, const struct ike_pair *pair,
                     const struct ike_pair *old)
{
    const struct ike_selectors *s = &pair->selectors;
    char algs[IKE_ALGS_TEXT_MAX], local[TS_TEXT], remote[TS_TEXT];
    char in[ESP_SPI_TEXT], out[ESP_SPI_TEXT], before[ESP_SPI_TEXT];
    /* Without old the list begins behind it. */
    struct words_arg args[] = {words_from_text(before), words_from_text(in),
                               words_from_text(out),    words_from_text(algs),
                               words_from_text(local),  words_from_text(remote)};
    struct words m = {.count = old ? 6 : 5, .args = old ? args : args + 1};

    if (old)
        m.code = pair->made_by_us ? WORDS_NEGOTIATION_CHILD_REKEYED
                                  : WORDS_NEGOTIATION_CHILD_REKEYED_BY_PEER;
    else
        m.code =
            pair->made_by_us ? WORDS_NEGOTIATION_CHILD_MADE : WORDS_NEGOTIATION_CHILD_MADE_BY_PEER;
    esp_spi_text(old ? old->spi_in : 0, before);
    esp_spi_text(pair->spi_in, in);
    esp_spi_text(pair->spi_out, out);
    ike_describe_algs(&pair->algs, algs, sizeof(algs));
    ike_describe_prefixes(s->local, s->n_local, local, sizeof(local));
    ike_describe_prefixes(s->remote, s->n_remote, remote, sizeof(remote));
    ike_log(sa->peer, IKE_LOG_INFO, &m);
}

void ikev2_log_ike_rekeyed(const struct ike_sa *made, enum words_code what)
{
    struct ike_sa_texts t;
    struct words_arg args[] = {words_from_text(t.algs), words_from_text(t.spi_i),
                               words_from_text(t.spi_r)};

    describe_ike_sa(made, &t);
    ike_log(made->peer, IKE_LOG_INFO,
            &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ikev2_log_ike_sa(const struct ike_sa *sa, enum words_code what)
{
    struct ike_sa_texts t;
    struct words_arg args[] = {words_from_text(t.spi_i), words_from_text(t.spi_r)};

    describe_ike_sa(sa, &t);
    ike_log(sa->peer, IKE_LOG_INFO,
            &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ikev2_log_esp_pair(struct ike_peer *peer, uint32_t spi_in, uint32_t spi_out,
                        enum words_code what)
{
    char in[ESP_SPI_TEXT], out[ESP_SPI_TEXT];
    struct words_arg args[] = {words_from_text(esp_spi_text(spi_in, in)),
                               words_from_text(esp_spi_text(spi_out, out))};

    ike_log(peer, IKE_LOG_INFO,
            &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ikev2_log_esp_in(struct ike_peer *peer, uint32_t spi_in, enum words_code what)
{
    char in[ESP_SPI_TEXT];
    struct words_arg arg = words_from_text(esp_spi_text(spi_in, in));

    ike_log(peer, IKE_LOG_INFO, &(const struct words){.code = what, .count = 1, .args = &arg});
}

void ikev2_log_group(struct ike_peer *peer, enum words_code what, uint16_t first, uint16_t second)
{
    char a[48], b[48];
    struct words_arg args[] = {words_from_text(ike_exchange_name(IKE_EXCHANGE_CREATE_CHILD_SA)),
                               words_from_text(a), words_from_text(b)};

    ike_describe_group(first, a, sizeof(a));
    ike_describe_group(second, b, sizeof(b));
    ike_log(peer, IKE_LOG_INFO,
            &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ikev2_log_put_off(const struct ike_sa *sa, enum words_code what, uint16_t notify)
{
    ike_log(sa->peer, IKE_LOG_INFO,
            SAY(NEGOTIATION_PUT_OFF_PEER, words_coded(what), ike_notify_name(notify)));
}

/* ---- silence ---- */

static const char *exchange_of(enum ikev2_task task)
{
    switch (task) {
    case IKEV2_TASK_INIT:
        return ike_exchange_name(IKE_EXCHANGE_SA_INIT);
    case IKEV2_TASK_AUTH:
        return ike_exchange_name(IKE_EXCHANGE_AUTH);
    case IKEV2_TASK_NEW_CHILD:
    case IKEV2_TASK_REKEY_CHILD:
    case IKEV2_TASK_REKEY_IKE:
        return ike_exchange_name(IKE_EXCHANGE_CREATE_CHILD_SA);
    default:
        return ike_exchange_name(IKE_EXCHANGE_INFORMATIONAL);
    }
}

/* What repeats with each attempt is told with the attempt. */
static bool is_silence_told(const struct ike_sa *sa)
{
    return ike_sa_is_live(sa) || (ike_sa_is_calling(sa) && !sa->peer->attempts);
}

void ikev2_log_resent(const struct ike_sa *sa)
{
    const struct ikev2_request *q = &sa->v2->request;
    char peer[ENDPOINT_TEXT_MAX];

    if (q->sends != UNANSWERED_SENDS || !is_silence_told(sa))
        return;
    endpoint_format(&sa->remote, peer);
    ike_log(sa->peer, IKE_LOG_WARNING,
            q->task == IKEV2_TASK_LIVENESS
                ? SAY(NEGOTIATION_DPD_UNANSWERED, peer, q->sends)
                : SAY(NEGOTIATION_UNANSWERED, exchange_of(q->task), peer, q->sends));
}

void ikev2_log_answered_late(const struct ike_sa *sa)
{
    const struct ikev2_request *q = &sa->v2->request;
    char peer[ENDPOINT_TEXT_MAX];

    if (q->sends >= UNANSWERED_SENDS && is_silence_told(sa))
        ike_log(sa->peer, IKE_LOG_INFO,
                SAY(NEGOTIATION_ANSWERED_AGAIN, endpoint_format(&sa->remote, peer),
                    exchange_of(q->task), q->sends));
}

void ikev2_log_peer(const struct ike_sa *sa, enum ike_log_level level, enum words_code what)
{
    char peer[ENDPOINT_TEXT_MAX];
    struct words_arg arg = words_from_text(endpoint_format(&sa->remote, peer));

    ike_log(sa->peer, level, &(const struct words){.code = what, .count = 1, .args = &arg});
}

void ikev2_log_stranger(struct ikev2 *ikev2, const struct endpoint *local,
                        const struct endpoint *remote)
{
    char from[ENDPOINT_TEXT_MAX], to[ENDPOINT_TEXT_MAX];

    if (ikev2_source_may_be_told(ikev2, &remote->addr))
        ike_act_log(ikev2->env, "", IKE_LOG_WARNING,
                    SAY(NEGOTIATION_STRANGER, endpoint_format(remote, from),
                        endpoint_format(local, to), ikev2->stats.unknown_peer));
}
