#include "parts_internal.h"

#include <stdio.h>

/* ---- our offer as proposals ---- */

static uint16_t prf_of(uint16_t integrity)
{
    switch (integrity) {
    case CRYPTO_INTEG_SHA1_96:
        return CRYPTO_PRF_SHA1;
    case CRYPTO_INTEG_SHA2_384_192:
        return CRYPTO_PRF_SHA2_384;
    case CRYPTO_INTEG_SHA2_512_256:
        return CRYPTO_PRF_SHA2_512;
    default:
        return CRYPTO_PRF_SHA2_256;
    }
}

uint16_t ike_offer_prf(const struct ike_offer *offer, size_t i)
{
    return i < offer->n_integrity ? prf_of(offer->integrity[i]) : CRYPTO_PRF_SHA2_256;
}

static bool is_aead(const struct ike_cipher *c)
{
    const struct crypto_encr *alg = crypto_encr_find(c->encr, c->key_bits);

    return alg && alg->aead;
}

static int add_prfs(struct ike_proposal *p, const struct ike_offer *offer)
{
    int r = 0;

    if (!offer->n_integrity)
        return ike_proposal_add(p, IKE_TRANSFORM_PRF, CRYPTO_PRF_SHA2_256, 0);
    for (size_t i = 0; i < offer->n_integrity && r == 0; i++)
        r = ike_proposal_add(p, IKE_TRANSFORM_PRF, prf_of(offer->integrity[i]), 0);
    return r;
}

static int add_groups(struct ike_proposal *p, const struct ike_offer *offer)
{
    int r = 0;

    for (size_t i = 0; i < offer->n_groups && r == 0; i++)
        r = ike_proposal_add(p, IKE_TRANSFORM_DH, offer->groups[i], 0);
    return r;
}

struct proposal_kind {
    enum ike_protocol protocol;
    uint8_t spi_len;
    uint64_t spi;
    bool with_groups;
    bool clear; /* in a message that nothing protects */
    bool esn;
    bool additional; /* key exchanges beyond the first may be agreed on */
    bool more;       /* choosing: they have to be */
};

/* One proposal of all AEAD ciphers, or of all others with integrity (3.3: they may not mix). */
static int propose(struct ike_message *m, const struct ike_offer *offer, bool aead,
                   const struct proposal_kind *kind)
{
    struct ike_proposal *p = ike_message_add_proposal(m, kind->protocol, kind->spi_len, kind->spi);
    int r = p ? 0 : -ENOSPC;

    for (size_t i = 0; i < offer->n_ciphers && r == 0; i++) {
        if (is_aead(&offer->ciphers[i]) == aead)
            r = ike_proposal_add(p, IKE_TRANSFORM_ENCR, offer->ciphers[i].encr,
                                 offer->ciphers[i].key_bits);
    }
    for (size_t i = 0; i < offer->n_integrity && r == 0 && !aead; i++)
        r = ike_proposal_add(p, IKE_TRANSFORM_INTEG, offer->integrity[i], 0);
    if (r == 0 && kind->protocol == IKE_PROTOCOL_IKE)
        r = add_prfs(p, offer);
    if (r == 0 && kind->with_groups)
        r = add_groups(p, offer);
    if (r == 0 && kind->with_groups && kind->additional)
        r = ike_propose_additional(p, offer);
    if (r == 0 && kind->protocol == IKE_PROTOCOL_ESP && kind->esn)
        r = ike_proposal_add(p, IKE_TRANSFORM_ESN, IKE_ESN_YES, 0);
    if (r == 0 && kind->protocol == IKE_PROTOCOL_ESP)
        r = ike_proposal_add(p, IKE_TRANSFORM_ESN, IKE_ESN_NO, 0);
    return r;
}

static int propose_ciphers(struct ike_message *m, const struct ike_offer *offer,
                           const struct proposal_kind *kind)
{
    bool first = offer->n_ciphers && is_aead(&offer->ciphers[0]);
    bool any[2] = {false, false};
    int r = 0;

    for (size_t i = 0; i < offer->n_ciphers; i++)
        any[is_aead(&offer->ciphers[i])] = true;
    if (any[first])
        r = propose(m, offer, first, kind);
    if (r == 0 && any[!first])
        r = propose(m, offer, !first, kind);
    return r;
}

/* A peer that does not know additional key exchanges passes over the proposals that name them. */
static int propose_both(struct ike_message *m, const struct ike_offer *offer,
                        struct proposal_kind *kind)
{
    int r = 0;

    kind->additional =
        kind->with_groups && kind->protocol == IKE_PROTOCOL_IKE && ike_offer_has_additional(offer);
    if (kind->additional)
        r = propose_ciphers(m, offer, kind);
    if (r < 0 || (kind->additional && ike_offer_needs_additional(offer)))
        return r;
    kind->additional = false;
    return propose_ciphers(m, offer, kind);
}

int ike_propose_ike(struct ike_message *m, const struct ike_offer *offer, uint64_t spi)
{
    struct proposal_kind kind = {.protocol = IKE_PROTOCOL_IKE,
                                 .spi_len = spi ? IKE_SPI_LEN : 0,
                                 .spi = spi,
                                 .with_groups = true};

    return propose_both(m, offer, &kind);
}

int ike_propose_child(struct ike_message *m, const struct ike_offer *offer, bool esn,
                      bool with_groups, uint32_t spi)
{
    struct proposal_kind kind = {.protocol = IKE_PROTOCOL_ESP,
                                 .spi_len = 4,
                                 .spi = spi,
                                 .with_groups = with_groups,
                                 .esn = esn};

    return propose_both(m, offer, &kind);
}

/* ---- choosing ---- */

static bool proposal_has(const struct ike_proposal *p, uint8_t type, uint16_t id, uint16_t key_bits)
{
    for (size_t i = 0; i < p->n_transforms; i++) {
        const struct ike_transform *t = &p->transforms[i];

        if (t->type == type && t->id == id && t->key_bits == key_bits && !t->other_attr)
            return true;
    }
    return false;
}

static size_t count_type(const struct ike_proposal *p, uint8_t type)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_transforms; i++)
        n += p->transforms[i].type == type;
    return n;
}

/* A transform type we do not know must be negotiated, too: such a proposal is none (3.3.6). */
static bool only_known_types(const struct ike_proposal *p)
{
    for (size_t i = 0; i < p->n_transforms; i++) {
        if (p->transforms[i].type < IKE_TRANSFORM_ENCR ||
            p->transforms[i].type > IKE_TRANSFORM_ADDKE_7)
            return false;
    }
    return true;
}

static bool choose_integrity(const struct ike_proposal *p, const struct ike_offer *offer, bool aead,
                             struct ike_choice *c)
{
    if (aead) {
        c->named_no_integrity = proposal_has(p, IKE_TRANSFORM_INTEG, CRYPTO_INTEG_NONE, 0);
        return c->named_no_integrity || count_type(p, IKE_TRANSFORM_INTEG) == 0;
    }
    for (size_t i = 0; i < offer->n_integrity; i++) {
        if (proposal_has(p, IKE_TRANSFORM_INTEG, offer->integrity[i], 0)) {
            c->algs.integ = crypto_integ_find(offer->integrity[i]);
            return c->algs.integ != NULL;
        }
    }
    return false;
}

static bool choose_prf(const struct ike_proposal *p, const struct ike_offer *offer,
                       struct ike_choice *c)
{
    size_t n = MAX(offer->n_integrity, (uint8_t)1);

    for (size_t i = 0; i < n; i++) {
        uint16_t id = ike_offer_prf(offer, i);

        if (proposal_has(p, IKE_TRANSFORM_PRF, id, 0)) {
            c->algs.prf = crypto_prf_find(id);
            return c->algs.prf != NULL;
        }
    }
    return false;
}

static bool proposal_has_group(const struct ike_proposal *p, uint16_t group)
{
    return proposal_has(p, IKE_TRANSFORM_DH, group, 0) ||
           (group == CRYPTO_DH_NONE && count_type(p, IKE_TRANSFORM_DH) == 0);
}

static size_t rank(const struct ike_offer *offer, uint16_t group)
{
    size_t i = 0;

    while (i < offer->n_groups && offer->groups[i] != group)
        i++;
    return i;
}

/* Who sends a value for another group than the one that he names first, and that we prefer to it as
 * well, was told to: perhaps by somebody on the way, since nothing protects that (1.2). */
static bool is_led_astray(const struct ike_proposal *p, const struct ike_offer *offer,
                          uint16_t ke_group)
{
    for (uint8_t i = 0; i < p->n_transforms; i++) {
        const struct ike_transform *t = &p->transforms[i];

        if (t->type == IKE_TRANSFORM_DH && ike_offer_has_group(offer, t->id))
            return rank(offer, t->id) < rank(offer, ke_group);
    }
    return false;
}

/* clear: nothing protects the message. */
static bool choose_group(const struct ike_proposal *p, const struct ike_offer *offer,
                         uint16_t ke_group, bool clear, struct ike_choice *c)
{
    if (ke_group && ike_offer_has_group(offer, ke_group) && proposal_has_group(p, ke_group) &&
        !(clear && is_led_astray(p, offer, ke_group))) {
        c->algs.dh = crypto_dh_find(ke_group);
        return c->algs.dh != NULL;
    }
    for (size_t i = 0; i < offer->n_groups; i++) {
        if (!proposal_has_group(p, offer->groups[i]))
            continue;
        c->algs.dh = crypto_dh_find(offer->groups[i]);
        return c->algs.dh != NULL || offer->groups[i] == CRYPTO_DH_NONE;
    }
    return false;
}

static bool choose_esn(const struct ike_proposal *p, bool esn, struct ike_choice *c)
{
    c->named_esn = count_type(p, IKE_TRANSFORM_ESN) > 0;
    c->esn = esn && proposal_has(p, IKE_TRANSFORM_ESN, IKE_ESN_YES, 0);
    return c->esn || !c->named_esn || proposal_has(p, IKE_TRANSFORM_ESN, IKE_ESN_NO, 0);
}

static bool choose_from(const struct ike_proposal *p, const struct ike_offer *offer,
                        const struct ike_cipher *cipher, const struct proposal_kind *kind,
                        uint16_t ke_group, struct ike_choice *ret)
{
    static const struct ike_offer nothing = {0};
    struct ike_choice c = {.number = p->number, .peer_spi = p->spi};

    if (p->protocol != kind->protocol || p->spi_len != kind->spi_len || !only_known_types(p) ||
        (kind->protocol == IKE_PROTOCOL_ESP && p->spi < IKE_ESP_SPI_MIN) ||
        !proposal_has(p, IKE_TRANSFORM_ENCR, cipher->encr, cipher->key_bits))
        return false;
    c.algs.encr = crypto_encr_find(cipher->encr, cipher->key_bits);
    if (!c.algs.encr || !choose_integrity(p, offer, c.algs.encr->aead, &c))
        return false;
    if (kind->protocol == IKE_PROTOCOL_IKE ? !choose_prf(p, offer, &c)
                                           : !choose_esn(p, kind->esn, &c))
        return false;
    if (kind->with_groups && !choose_group(p, offer, ke_group, kind->clear, &c))
        return false;
    if (!ike_choose_additional(p, kind->protocol == IKE_PROTOCOL_IKE ? offer : &nothing,
                               kind->additional, &c))
        return false;
    if (kind->more && ike_count_additional(&c.algs) == 0)
        return false;
    *ret = c;
    return true;
}

static int choose_any(const struct ike_message *m, const struct ike_offer *offer,
                      const struct proposal_kind *kind, uint16_t ke_group, struct ike_choice *ret)
{
    for (size_t i = 0; i < offer->n_ciphers; i++) {
        for (size_t j = 0; j < m->n_proposals; j++) {
            if (choose_from(&m->proposals[j], offer, &offer->ciphers[i], kind, ke_group, ret))
                return 0;
        }
    }
    return -ENOENT;
}

/* A proposal with additional key exchanges, where these come first, before one with a better
 * cipher.
 */
static int choose(const struct ike_message *m, const struct ike_offer *offer,
                  struct proposal_kind *kind, uint16_t ke_group, struct ike_choice *ret)
{
    kind->more = kind->with_groups && kind->additional && ike_offer_prefers_additional(offer);
    if (kind->more && choose_any(m, offer, kind, ke_group, ret) == 0)
        return 0;
    kind->more = false;
    return choose_any(m, offer, kind, ke_group, ret);
}

/* The length of SPIs in the first exchange is 0, in a rekey 8: taken from the message itself, and
 * the handlers look at what they need. What follows IKE_SA_INIT both ends have to announce. */
static struct proposal_kind ike_kind(const struct ike_message *m)
{
    bool rekey = m->hdr.exchange == IKE_EXCHANGE_CREATE_CHILD_SA;

    return (struct proposal_kind){
        .protocol = IKE_PROTOCOL_IKE,
        .spi_len = rekey ? IKE_SPI_LEN : 0,
        .with_groups = true,
        .clear = !rekey,
        .additional = rekey || ike_message_notify(m, IKE_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED)};
}

int ike_choose_ike(const struct ike_message *m, const struct ike_offer *offer, uint16_t ke_group,
                   struct ike_choice *ret)
{
    struct proposal_kind kind = ike_kind(m);

    return choose(m, offer, &kind, ke_group, ret);
}

int ike_choose_child(const struct ike_message *m, const struct ike_offer *offer, bool esn,
                     bool with_groups, uint16_t ke_group, struct ike_choice *ret)
{
    struct proposal_kind kind = {.protocol = IKE_PROTOCOL_ESP,
                                 .spi_len = 4,
                                 .with_groups = with_groups,
                                 .esn = esn,
                                 .additional = with_groups};

    return choose(m, offer, &kind, ke_group, ret);
}

/* ---- accepting the peer's choice ---- */

static int accept_single(const struct ike_message *m)
{
    if (m->n_proposals != 1)
        return -EPROTO;
    for (uint8_t type = IKE_TRANSFORM_ENCR; type <= IKE_TRANSFORM_ADDKE_7; type++) {
        if (count_type(&m->proposals[0], type) > 1)
            return -EPROTO;
    }
    return 0;
}

int ike_accept_ike(const struct ike_message *m, const struct ike_offer *offer,
                   struct ike_choice *ret)
{
    if (accept_single(m) < 0 || ike_choose_ike(m, offer, 0, ret) < 0)
        return -EPROTO;
    return 0;
}

int ike_accept_child(const struct ike_message *m, const struct ike_offer *offer, bool esn,
                     bool with_groups, struct ike_choice *ret)
{
    if (accept_single(m) < 0 || ike_choose_child(m, offer, esn, with_groups, 0, ret) < 0)
        return -EPROTO;
    return 0;
}

int ike_answer_proposal(struct ike_message *m, const struct ike_choice *choice,
                        enum ike_protocol protocol, uint64_t spi)
{
    uint8_t spi_len = (uint8_t)(protocol == IKE_PROTOCOL_ESP ? 4 : spi ? IKE_SPI_LEN : 0);
    struct ike_proposal *p = ike_message_add_proposal(m, protocol, spi_len, spi);
    const struct ike_algs *a = &choice->algs;
    int r;

    if (!p)
        return -ENOSPC;
    p->number = choice->number;
    r = ike_proposal_add(p, IKE_TRANSFORM_ENCR, a->encr->id, a->encr->key_bits);
    if (r == 0 && a->integ)
        r = ike_proposal_add(p, IKE_TRANSFORM_INTEG, a->integ->id, 0);
    if (r == 0 && choice->named_no_integrity)
        r = ike_proposal_add(p, IKE_TRANSFORM_INTEG, CRYPTO_INTEG_NONE, 0);
    if (r == 0 && protocol == IKE_PROTOCOL_IKE)
        r = ike_proposal_add(p, IKE_TRANSFORM_PRF, a->prf->id, 0);
    if (r == 0 && a->dh)
        r = ike_proposal_add(p, IKE_TRANSFORM_DH, a->dh->id, 0);
    if (r == 0)
        r = ike_answer_additional(p, choice);
    if (r == 0 && choice->named_esn)
        r = ike_proposal_add(p, IKE_TRANSFORM_ESN, choice->esn ? IKE_ESN_YES : IKE_ESN_NO, 0);
    return r;
}

/* ---- offers ---- */

bool ike_offer_has_group(const struct ike_offer *offer, uint16_t group)
{
    for (size_t i = 0; i < offer->n_groups; i++) {
        if (offer->groups[i] == group)
            return true;
    }
    return false;
}

bool ike_offer_allows(const struct ike_offer *offer, const struct ike_algs *algs)
{
    bool encr = false, integ = !algs->integ;
    bool prf = !offer->n_integrity && algs->prf->id == CRYPTO_PRF_SHA2_256;

    for (size_t i = 0; i < offer->n_ciphers; i++)
        encr = encr || (offer->ciphers[i].encr == algs->encr->id &&
                        offer->ciphers[i].key_bits == algs->encr->key_bits);
    for (size_t i = 0; i < offer->n_integrity; i++) {
        integ = integ || offer->integrity[i] == algs->integ->id;
        prf = prf || prf_of(offer->integrity[i]) == algs->prf->id;
    }
    return encr && integ && prf && ike_offer_has_group(offer, algs->dh->id) &&
           ike_offer_allows_additional(offer, algs);
}

uint16_t ike_offer_first_group(const struct ike_offer *offer)
{
    return offer->n_groups ? offer->groups[0] : CRYPTO_DH_NONE;
}

bool ike_offer_equal(const struct ike_offer *a, const struct ike_offer *b)
{
    if (a->n_ciphers != b->n_ciphers || a->n_integrity != b->n_integrity ||
        a->n_groups != b->n_groups || a->n_additional != b->n_additional)
        return false;
    for (size_t i = 0; i < a->n_additional; i++) {
        if (a->additional[i].round != b->additional[i].round ||
            a->additional[i].method != b->additional[i].method)
            return false;
    }
    for (size_t i = 0; i < a->n_ciphers; i++) {
        if (a->ciphers[i].encr != b->ciphers[i].encr ||
            a->ciphers[i].key_bits != b->ciphers[i].key_bits)
            return false;
    }
    return memcmp(a->integrity, b->integrity, a->n_integrity * sizeof(a->integrity[0])) == 0 &&
           memcmp(a->groups, b->groups, a->n_groups * sizeof(a->groups[0])) == 0;
}
