#include "ike_internal.h"

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
static bool is_worth_a_line(const struct ike_tunnel *tunnel)
{
    unsigned number = tunnel->attempts + 1;

    return (number & (number - 1)) == 0;
}

/* ---- the first exchanges ---- */

void ike_log_call(const struct ike_sa *call)
{
    struct ike_tunnel *tunnel = call->tunnel;
    char peer[ENDPOINT_TEXT_MAX], spi[IKE_SPI_TEXT], group[48], offer[IKE_TEXT_MAX / 2];

    if (!is_worth_a_line(tunnel))
        return;
    endpoint_format(&call->remote, peer);
    ike_spi_text(call->spi_i, spi);
    ike_describe_group(call->group, group, sizeof(group));
    ike_write_offer(&tunnel->config.ike, offer, sizeof(offer));
    ike_act_log(tunnel, IKE_LOG_INFO,
                tunnel->attempts ? SAY(NEGOTIATION_ATTEMPT, tunnel->attempts + 1, peer, spi)
                                 : SAY(NEGOTIATION_BEGUN, peer, spi, group, words_written(offer)));
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
        ike_act_log(sa->tunnel, IKE_LOG_INFO, SAY(NEGOTIATION_NAT_BOTH, peer));
    else if (sa->nat_remote)
        ike_act_log(sa->tunnel, IKE_LOG_INFO, SAY(NEGOTIATION_NAT_REMOTE, peer));
    else if (sa->nat_local)
        ike_act_log(sa->tunnel, IKE_LOG_INFO, SAY(NEGOTIATION_NAT_LOCAL));
}

void ike_log_answered(const struct ike_sa *sa)
{
    struct ike_sa_texts t;

    if (!is_worth_a_line(sa->tunnel))
        return;
    describe_ike_sa(sa, &t);
    ike_act_log(sa->tunnel, IKE_LOG_INFO,
                SAY(NEGOTIATION_ANSWERED, t.peer, t.algs, t.spi_i, t.spi_r));
    log_nat(sa);
}

void ike_log_called(const struct ike_sa *sa, struct ike_tunnel *tunnel)
{
    struct ike_sa_texts t;

    describe_ike_sa(sa, &t);
    ike_tunnel_hear(tunnel, SAY(NEGOTIATION_CALLED, t.peer, t.algs, t.spi_i, t.spi_r));
}

void ike_log_auth_sent(const struct ike_sa *sa)
{
    const struct ike_tunnel_config *c = &sa->tunnel->config;
    struct ike_offer without_groups = c->child; /* IKE_AUTH has none for the child */
    char peer[ENDPOINT_TEXT_MAX], id[IKE_ID_TEXT_MAX], local[TS_TEXT], remote[TS_TEXT];
    char offer[IKE_TEXT_MAX / 2];
    struct ike_ident storage;
    struct ike_id own;

    if (!is_worth_a_line(sa->tunnel))
        return;
    without_groups.n_groups = 0;
    ike_write_offer(&without_groups, offer, sizeof(offer));
    ike_tunnel_ident(sa->tunnel, false, &storage, &own);
    ike_id_format(&own, id);
    ike_describe_prefixes(c->local_ts, c->n_local_ts, local, sizeof(local));
    ike_describe_prefixes(c->remote_ts, c->n_remote_ts, remote, sizeof(remote));
    ike_act_log(sa->tunnel, IKE_LOG_INFO,
                SAY(NEGOTIATION_AUTH_SENT, endpoint_format(&sa->remote, peer), id, local, remote,
                    words_written(offer)));
}

void ike_log_established(const struct ike_sa *sa)
{
    const char *id = sa->tunnel->peer_id;
    struct ike_sa_texts t;

    describe_ike_sa(sa, &t);
    if (!sa->initiator)
        log_nat(sa); /* of a call of ours it was told with the answer */
    ike_act_log(sa->tunnel, IKE_LOG_INFO,
                sa->initiator
                    ? SAY(NEGOTIATION_ESTABLISHED, id, t.peer, t.algs, t.spi_i, t.spi_r)
                    : SAY(NEGOTIATION_ESTABLISHED_BY_PEER, id, t.peer, t.algs, t.spi_i, t.spi_r));
}

/* ---- SAs ---- */

void ike_log_child(const struct ike_sa *sa, const struct ike_child *child,
                   const struct ike_child *old)
{
    const struct ike_selectors *s = &child->selectors;
    char algs[IKE_ALGS_TEXT_MAX], local[TS_TEXT], remote[TS_TEXT];
    char in[ESP_SPI_TEXT], out[ESP_SPI_TEXT], before[ESP_SPI_TEXT];
    /* Without old the list begins behind it. */
    struct words_arg args[] = {words_from_text(before), words_from_text(in),
                               words_from_text(out),    words_from_text(algs),
                               words_from_text(local),  words_from_text(remote)};
    struct words m = {.count = old ? 6 : 5, .args = old ? args : args + 1};

    if (old)
        m.code = child->made_by_us ? WORDS_NEGOTIATION_CHILD_REKEYED
                                   : WORDS_NEGOTIATION_CHILD_REKEYED_BY_PEER;
    else
        m.code =
            child->made_by_us ? WORDS_NEGOTIATION_CHILD_MADE : WORDS_NEGOTIATION_CHILD_MADE_BY_PEER;
    esp_spi_text(old ? old->spi_in : 0, before);
    esp_spi_text(child->spi_in, in);
    esp_spi_text(child->spi_out, out);
    ike_describe_algs(&child->algs, algs, sizeof(algs));
    ike_describe_prefixes(s->local, s->n_local, local, sizeof(local));
    ike_describe_prefixes(s->remote, s->n_remote, remote, sizeof(remote));
    ike_act_log(sa->tunnel, IKE_LOG_INFO, &m);
}

void ike_log_ike_rekeyed(const struct ike_sa *made, enum words_code what)
{
    struct ike_sa_texts t;
    struct words_arg args[] = {words_from_text(t.algs), words_from_text(t.spi_i),
                               words_from_text(t.spi_r)};

    describe_ike_sa(made, &t);
    ike_act_log(made->tunnel, IKE_LOG_INFO,
                &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ike_log_ike_sa(const struct ike_sa *sa, enum words_code what)
{
    struct ike_sa_texts t;
    struct words_arg args[] = {words_from_text(t.spi_i), words_from_text(t.spi_r)};

    describe_ike_sa(sa, &t);
    ike_act_log(sa->tunnel, IKE_LOG_INFO,
                &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ike_log_esp_pair(struct ike_tunnel *tunnel, uint32_t spi_in, uint32_t spi_out,
                      enum words_code what)
{
    char in[ESP_SPI_TEXT], out[ESP_SPI_TEXT];
    struct words_arg args[] = {words_from_text(esp_spi_text(spi_in, in)),
                               words_from_text(esp_spi_text(spi_out, out))};

    ike_act_log(tunnel, IKE_LOG_INFO,
                &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ike_log_esp_in(struct ike_tunnel *tunnel, uint32_t spi_in, enum words_code what)
{
    char in[ESP_SPI_TEXT];
    struct words_arg arg = words_from_text(esp_spi_text(spi_in, in));

    ike_act_log(tunnel, IKE_LOG_INFO,
                &(const struct words){.code = what, .count = 1, .args = &arg});
}

void ike_log_group(struct ike_tunnel *tunnel, enum words_code what, uint16_t first, uint16_t second)
{
    char a[48], b[48];
    struct words_arg args[] = {words_from_text(ike_exchange_name(IKE_EXCHANGE_CREATE_CHILD_SA)),
                               words_from_text(a), words_from_text(b)};

    ike_describe_group(first, a, sizeof(a));
    ike_describe_group(second, b, sizeof(b));
    ike_act_log(tunnel, IKE_LOG_INFO,
                &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ike_log_put_off(const struct ike_sa *sa, enum words_code what, uint16_t notify)
{
    ike_act_log(sa->tunnel, IKE_LOG_INFO,
                SAY(NEGOTIATION_PUT_OFF_PEER, words_coded(what), ike_notify_name(notify)));
}

/* ---- silence ---- */

static const char *exchange_of(enum ike_task task)
{
    switch (task) {
    case IKE_TASK_INIT:
        return ike_exchange_name(IKE_EXCHANGE_SA_INIT);
    case IKE_TASK_AUTH:
        return ike_exchange_name(IKE_EXCHANGE_AUTH);
    case IKE_TASK_NEW_CHILD:
    case IKE_TASK_REKEY_CHILD:
    case IKE_TASK_REKEY_IKE:
        return ike_exchange_name(IKE_EXCHANGE_CREATE_CHILD_SA);
    default:
        return ike_exchange_name(IKE_EXCHANGE_INFORMATIONAL);
    }
}

/* What repeats with each attempt is told with the attempt. */
static bool is_silence_told(const struct ike_sa *sa)
{
    bool calling = sa->state == IKE_SA_INIT_SENT || sa->state == IKE_SA_AUTH_SENT;

    return sa->state == IKE_SA_ESTABLISHED || (calling && !sa->tunnel->attempts);
}

void ike_log_resent(const struct ike_sa *sa)
{
    const struct ike_request *q = &sa->request;
    char peer[ENDPOINT_TEXT_MAX];

    if (q->sends != UNANSWERED_SENDS || !is_silence_told(sa))
        return;
    endpoint_format(&sa->remote, peer);
    ike_act_log(sa->tunnel, IKE_LOG_WARNING,
                q->task == IKE_TASK_LIVENESS
                    ? SAY(NEGOTIATION_DPD_UNANSWERED, peer, q->sends)
                    : SAY(NEGOTIATION_UNANSWERED, exchange_of(q->task), peer, q->sends));
}

void ike_log_answered_late(const struct ike_sa *sa)
{
    const struct ike_request *q = &sa->request;
    char peer[ENDPOINT_TEXT_MAX];

    if (q->sends >= UNANSWERED_SENDS && is_silence_told(sa))
        ike_act_log(sa->tunnel, IKE_LOG_INFO,
                    SAY(NEGOTIATION_ANSWERED_AGAIN, endpoint_format(&sa->remote, peer),
                        exchange_of(q->task), q->sends));
}

void ike_log_peer(const struct ike_sa *sa, enum ike_log_level level, enum words_code what)
{
    char peer[ENDPOINT_TEXT_MAX];
    struct words_arg arg = words_from_text(endpoint_format(&sa->remote, peer));

    ike_act_log(sa->tunnel, level, &(const struct words){.code = what, .count = 1, .args = &arg});
}
