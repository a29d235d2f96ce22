#include "ikev1_internal.h"

/* What a datagram is, whom it concerns, and whether it may be there now. */

#define STRANGER_PAUSE (10 * IKE_SECOND)

/* Which message of phase 1 is taken in which step. A handler that fails with -EBADMSG leaves the
 * IKE SA as it was; with -EALREADY it has ended it. */
static const struct {
    uint8_t exchange;
    bool sealed;
    int (*handle)(struct ike_sa *sa);
} steps[IKEV1_STEPS] = {
    [IKEV1_MAIN_1_SENT] = {IKE1_EXCHANGE_MAIN, false, ikev1_main_2},
    [IKEV1_MAIN_2_SENT] = {IKE1_EXCHANGE_MAIN, false, ikev1_main_3},
    [IKEV1_MAIN_3_SENT] = {IKE1_EXCHANGE_MAIN, false, ikev1_main_4},
    [IKEV1_MAIN_4_SENT] = {IKE1_EXCHANGE_MAIN, true, ikev1_main_5},
    [IKEV1_MAIN_5_SENT] = {IKE1_EXCHANGE_MAIN, true, ikev1_main_6},
    [IKEV1_AGGRESSIVE_1_SENT] = {IKE1_EXCHANGE_AGGRESSIVE, false, ikev1_aggressive_2},
    [IKEV1_AGGRESSIVE_2_SENT] = {IKE1_EXCHANGE_AGGRESSIVE, true, ikev1_aggressive_3},
};

static int parse_clear(struct ikev1 *ikev1, const struct ike1_header *hdr)
{
    return ike1_payloads_parse(
        hdr, crypto_span(ikev1->in_data.data + IKE_HEADER_LEN, hdr->length - IKE_HEADER_LEN),
        &ikev1->in);
}

/* ---- the first message ---- */

static void log_stranger(struct ikev1 *ikev1)
{
    char from[ENDPOINT_TEXT_MAX], to[ENDPOINT_TEXT_MAX];
    uint64_t now = ikev1->env->now_us;

    ikev1->stats.unknown_peer++;
    ike_heard_note(ikev1->env, IKE_HEARD_CALL, &ikev1->in_remote, &ikev1->in_local.addr, 0);
    if (ikev1->told_us && now - ikev1->told_us < STRANGER_PAUSE)
        return;
    ikev1->told_us = now;
    ike_act_log(ikev1->env, "", IKE_LOG_WARNING,
                SAY(NEGOTIATION_STRANGER, endpoint_format(&ikev1->in_remote, from),
                    endpoint_format(&ikev1->in_local, to), ikev1->stats.unknown_peer));
}

/* One address may not take all the room; in aggressive mode each costs a key exchange. */
static bool is_crowded(struct ikev1 *ikev1, bool aggressive)
{
    const struct addr *from = &ikev1->in_remote.addr;

    if (ikev1->n_half_open < ikev1->half_open_max &&
        ikev1_count_half_open(ikev1, from, false) < MAX(ikev1->half_open_max / 4, 1U) &&
        (!aggressive || ikev1_count_half_open(ikev1, from, true) < ikev1->aggressive_max))
        return false;
    ikev1->stats.half_open_dropped++;
    return true;
}

static bool fits_id(const struct ikev1 *ikev1, const struct ike_peer *peer)
{
    return ikev1->in.n_ids == 1 && ikev1_accepts_id(peer, &ikev1->in.ids[0].id);
}

/* Those between the two addresses, and what keeps each from being the one that is meant. */
struct candidates {
    struct ike_peer *version; /* of IKEv1 */
    struct ike_peer *mode;    /* of this mode, too */
    struct ike_peer *id;      /* aggressive mode: and with this identity */
    struct ike_peer *fits;    /* and with algorithms that were offered */
    struct ikev1_choice choice;
};

static void look(struct ikev1 *ikev1, bool aggressive, struct candidates *ret)
{
    *ret = (struct candidates){0};
    ike_for_each_between(peer, ikev1->peers, &ikev1->in_local.addr, &ikev1->in_remote.addr)
    {
        const struct ike_tunnel_config *c = &peer->config;
        struct ikev1_choice choice;

        if (!c->admin_up || !c->ikev1)
            continue;
        ret->version = ret->version ? ret->version : peer;
        if (c->aggressive != aggressive)
            continue;
        ret->mode = ret->mode ? ret->mode : peer;
        if (aggressive && !fits_id(ikev1, peer))
            continue;
        ret->id = ret->id ? ret->id : peer;
        if (ret->fits || ikev1_choose_ike(&ikev1->in, &c->ike, &choice) < 0)
            continue;
        ret->fits = peer;
        ret->choice = choice;
    }
}

/* Why nobody is meant. */
static void refuse(struct ikev1 *ikev1, const struct candidates *c, bool aggressive)
{
    char why[IKE_WHY_MAX];
    struct words_read mismatch;

    if (!c->version) {
        log_stranger(ikev1);
        return;
    }
    if (!c->mode) {
        ike_tell(c->version, IKE_EVENT_SUSPECTED,
                 aggressive ? SAY(IKEV1_PEER_AGGRESSIVE) : SAY(IKEV1_PEER_MAIN));
    } else if (!c->id) {
        if (ikev1->in.n_ids == 1)
            ikev1_report_wrong_id(c->mode, &ikev1->in.ids[0].id, false);
    } else {
        ikev1_explain(ikev1, &c->id->config.ike, true, why, sizeof(why));
        ike_tell(c->id, IKE_EVENT_SUSPECTED, words_read(why, &mismatch));
    }
    ikev1_refuse_clear(ikev1, IKE1_NOTIFY_NO_PROPOSAL_CHOSEN);
}

/* All that may be meant speak IKEv2: no answer, but the operator a word. */
static bool is_other_version(struct ikev1 *ikev1)
{
    struct ike_peer *other = NULL;

    ike_for_each_between(peer, ikev1->peers, &ikev1->in_local.addr, &ikev1->in_remote.addr)
    {
        if (peer->config.admin_up && peer->config.ikev1)
            return false;
        other = peer->config.admin_up ? peer : other;
    }
    if (other)
        ike_tell(other, IKE_EVENT_SUSPECTED, SAY(IKE_VERSION_1));
    return other;
}

static void input_first(struct ikev1 *ikev1, const struct ike1_header *hdr)
{
    bool aggressive = hdr->exchange == IKE1_EXCHANGE_AGGRESSIVE;
    struct ike_sa *known = ikev1_find_called(ikev1, hdr->spi_i, &ikev1->in_remote.addr);
    struct candidates c;

    if (known) {
        if (!ikev1_is_repeated(known, &known->v1->x))
            ikev1->stats.unexpected++;
        return;
    }
    if (is_other_version(ikev1))
        return;
    if (!hdr->spi_i || (hdr->flags & IKE1_FLAG_ENCRYPTED) || parse_clear(ikev1, hdr) < 0 ||
        !ikev1->in.sa.data) {
        ikev1->stats.malformed++;
        return;
    }
    look(ikev1, aggressive, &c);
    if (!c.fits) {
        refuse(ikev1, &c, aggressive);
    } else if (!(ikev1->in.vendors & IKE1_VENDOR_ANY_NAT_T)) {
        ike_tell(c.fits, IKE_EVENT_SUSPECTED, SAY(IKE_WITHOUT_NAT_T));
        ikev1_refuse_clear(ikev1, IKE1_NOTIFY_NO_PROPOSAL_CHOSEN);
    } else if (!is_crowded(ikev1, aggressive)) {
        if (aggressive)
            ikev1_aggressive_called(ikev1, c.fits, &c.choice);
        else
            ikev1_main_called(ikev1, c.fits, &c.choice);
    }
}

/* ---- the rest of phase 1 ---- */

static bool is_sealed(const struct ike1_header *hdr)
{
    return hdr->flags & IKE1_FLAG_ENCRYPTED;
}

static void input_phase1(struct ikev1 *ikev1, struct ike_sa *sa, const struct ike1_header *hdr)
{
    enum ikev1_step step = sa->v1->step;
    int r;

    if (ikev1_is_repeated(sa, &sa->v1->x))
        return;
    /* The last one of aggressive mode may come in clear. */
    if (!steps[step].handle || steps[step].exchange != hdr->exchange ||
        (is_sealed(hdr) != steps[step].sealed && step != IKEV1_AGGRESSIVE_2_SENT) ||
        !addr_equal(&sa->remote.addr, &ikev1->in_remote.addr)) {
        ikev1->stats.unexpected++;
        return;
    }
    if (steps[step].sealed)
        ikev1->in.hdr = *hdr;
    else if (parse_clear(ikev1, hdr) < 0) {
        ikev1->stats.malformed++;
        return;
    }
    r = steps[step].handle(sa);
    if (r == 0) {
        ikev1_heard(sa, &sa->v1->x);
    } else if (r == -EBADMSG) {
        ikev1->stats.unauthentic++;
    } else if (r != -EALREADY) {
        log_debug("a message of phase 1 could not be answered: %d", r);
        ike_sa_kill(sa);
    }
}

/* ---- phase 2 ---- */

static void input_phase2(struct ikev1 *ikev1, struct ike_sa *sa, const struct ike1_header *hdr)
{
    ikev1->in.hdr = *hdr;
    if (!is_sealed(hdr)) {
        if (hdr->exchange == IKE1_EXCHANGE_INFORMATIONAL && parse_clear(ikev1, hdr) == 0)
            ikev1_informational_clear(sa);
        return;
    }
    if (!ike_sa_is_live(sa) && sa->state != IKE_SA_CLOSING) {
        ikev1->stats.unexpected++;
        return;
    }
    if (hdr->exchange == IKE1_EXCHANGE_QUICK && !ike_sa_is_live(sa))
        return;
    if ((hdr->exchange == IKE1_EXCHANGE_QUICK ? ikev1_quick_input : ikev1_informational_input)(sa) <
        0)
        ikev1->stats.unauthentic++;
}

/* Its answer makes the peer look whether we are still there. */
static void input_unknown(struct ikev1 *ikev1, const struct ike1_header *hdr)
{
    ikev1->stats.unknown_spi++;
    ikev1->in.hdr = *hdr;
    if (!is_sealed(hdr) ||
        !ike_peers_between(ikev1->peers, &ikev1->in_local.addr, &ikev1->in_remote.addr, NULL))
        return;
    ike_heard_note(ikev1->env, IKE_HEARD_UNKNOWN_SA, &ikev1->in_remote, &ikev1->in_local.addr, 0);
    ikev1_refuse_clear(ikev1, IKE1_NOTIFY_INVALID_COOKIE);
}

void ikev1_input(struct ikev1 *ikev1, const struct endpoint *local, const struct endpoint *remote,
                 const uint8_t *data, size_t len)
{
    struct ike1_header hdr;
    struct ike_sa *sa;
    bool phase1;

    ikev1->stats.received++;
    ikev1->in_local = *local;
    ikev1->in_remote = *remote;
    if (ike1_header_parse(data, len, &hdr) < 0 || hdr.length > sizeof(ikev1->plain)) {
        ikev1->stats.malformed++;
        return;
    }
    ikev1->in_data = crypto_span(data, hdr.length);
    phase1 = hdr.exchange == IKE1_EXCHANGE_MAIN || hdr.exchange == IKE1_EXCHANGE_AGGRESSIVE;
    sa = ikev1_find(ikev1, hdr.spi_i, hdr.spi_r);
    if (phase1 && !hdr.spi_r)
        input_first(ikev1, &hdr);
    else if (!sa)
        input_unknown(ikev1, &hdr);
    else if (phase1)
        input_phase1(ikev1, sa, &hdr);
    else if (hdr.exchange == IKE1_EXCHANGE_QUICK || hdr.exchange == IKE1_EXCHANGE_INFORMATIONAL)
        input_phase2(ikev1, sa, &hdr);
    else
        ikev1->stats.unexpected++;
    crypto_wipe(ikev1->plain, MIN(len, sizeof(ikev1->plain)));
}
