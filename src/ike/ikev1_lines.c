#include "ikev1_internal.h"

#include <stdio.h>

/* Lines of the negotiation log with values in them. */

#define IKE_SPI_TEXT 17
#define ESP_SPI_TEXT 11
#define TS_TEXT      128

/* Peer, algorithms and cookies of an IKE SA as texts. */
struct texts {
    char peer[ENDPOINT_TEXT_MAX];
    char algs[IKE_ALGS_TEXT_MAX];
    char spi_i[IKE_SPI_TEXT];
    char spi_r[IKE_SPI_TEXT];
};

static void describe(const struct ike_sa *sa, struct texts *ret)
{
    endpoint_format(&sa->remote, ret->peer);
    ike_describe_algs(&sa->algs, ret->algs, sizeof(ret->algs));
    snprintf(ret->spi_i, sizeof(ret->spi_i), "%016llx", (unsigned long long)sa->spi_i);
    snprintf(ret->spi_r, sizeof(ret->spi_r), "%016llx", (unsigned long long)sa->spi_r);
}

static const char *esp_spi_text(uint32_t spi, char buf[ESP_SPI_TEXT])
{
    snprintf(buf, ESP_SPI_TEXT, "0x%08x", (unsigned)spi);
    return buf;
}

const char *ikev1_mode_name(bool aggressive)
{
    return aggressive ? "Aggressive Mode" : "Main Mode"; /* as the RFC names them */
}

/* The first attempt, the second, the fourth, the eighth... */
static bool is_worth_a_line(const struct ike_peer *peer)
{
    unsigned number = peer->attempts + 1;

    return (number & (number - 1)) == 0;
}

void ikev1_log_call(const struct ike_sa *call)
{
    char offer[IKE_TEXT_MAX / 2];
    struct texts t;

    if (!is_worth_a_line(call->peer))
        return;
    describe(call, &t);
    ike_write_offer(&call->peer->config.ike, offer, sizeof(offer));
    ike_log(call->peer, IKE_LOG_INFO,
            SAY(NEGOTIATION_V1_BEGUN, ikev1_mode_name(call->v1->aggressive), t.peer,
                call->peer->attempts + 1, t.spi_i, words_written(offer)));
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

void ikev1_log_answered(const struct ike_sa *sa)
{
    struct texts t;

    if (!is_worth_a_line(sa->peer))
        return;
    describe(sa, &t);
    ike_log(sa->peer, IKE_LOG_INFO,
            SAY(NEGOTIATION_V1_ANSWERED, ikev1_mode_name(sa->v1->aggressive), t.peer, t.algs,
                t.spi_i, t.spi_r));
}

void ikev1_log_called(const struct ike_sa *sa, struct ike_peer *peer)
{
    struct texts t;

    describe(sa, &t);
    ike_tell(peer, IKE_EVENT_CALLED,
             SAY(NEGOTIATION_V1_CALLED, ikev1_mode_name(sa->v1->aggressive), t.peer, t.algs,
                 t.spi_i, t.spi_r));
}

void ikev1_log_established(const struct ike_sa *sa)
{
    const char *id = sa->peer->peer_id;
    struct texts t;

    describe(sa, &t);
    log_nat(sa);
    ike_log(sa->peer, IKE_LOG_INFO,
            sa->initiator
                ? SAY(NEGOTIATION_ESTABLISHED, id, t.peer, t.algs, t.spi_i, t.spi_r)
                : SAY(NEGOTIATION_ESTABLISHED_BY_PEER, id, t.peer, t.algs, t.spi_i, t.spi_r));
}

void ikev1_log_pair(const struct ike_sa *sa, const struct ike_pair *pair,
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

void ikev1_log_sa(const struct ike_sa *sa, enum words_code what)
{
    struct texts t;
    struct words_arg args[] = {words_from_text(t.spi_i), words_from_text(t.spi_r)};

    describe(sa, &t);
    ike_log(sa->peer, IKE_LOG_INFO,
            &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ikev1_log_esp_pair(struct ike_peer *peer, const struct ike_pair *pair, enum words_code what)
{
    char in[ESP_SPI_TEXT], out[ESP_SPI_TEXT];
    struct words_arg args[] = {words_from_text(esp_spi_text(pair->spi_in, in)),
                               words_from_text(esp_spi_text(pair->spi_out, out))};

    ike_log(peer, IKE_LOG_INFO,
            &(const struct words){.code = what, .count = ARRAY_SIZE(args), .args = args});
}

void ikev1_log_peer(const struct ike_sa *sa, enum ike_log_level level, enum words_code what)
{
    char peer[ENDPOINT_TEXT_MAX];
    struct words_arg arg = words_from_text(endpoint_format(&sa->remote, peer));

    ike_log(sa->peer, level, &(const struct words){.code = what, .count = 1, .args = &arg});
}
