#include "parts_internal.h"

/* Additional key exchanges (RFC 9370): transform types 6 to 12, one for each of up to seven, of
 * which any may be left out where both ends allow none. What the libcrypto of this machine does not
 * have is neither offered nor chosen. */

static bool is_there(uint16_t method)
{
    const struct crypto_dh_group *group = crypto_dh_find(method);

    return group && crypto_dh_is_there(group);
}

bool ike_offer_has_additional(const struct ike_offer *offer)
{
    for (size_t i = 0; i < offer->n_additional; i++) {
        if (is_there(offer->additional[i].method))
            return true;
    }
    return false;
}

/* The number of methods that the offer has for a round; whether it can do without any. */
static size_t count_round(const struct ike_offer *offer, uint8_t round, bool *ret_none)
{
    size_t n = 0;

    *ret_none = false;
    for (size_t i = 0; i < offer->n_additional; i++) {
        if (offer->additional[i].round != round)
            continue;
        n++;
        *ret_none = *ret_none || offer->additional[i].method == CRYPTO_DH_NONE;
    }
    return n;
}

bool ike_offer_needs_additional(const struct ike_offer *offer)
{
    for (uint8_t round = 0; round < IKE_ADDITIONAL_MAX; round++) {
        bool none;

        if (count_round(offer, round, &none) > 0 && !none)
            return true;
    }
    return false;
}

bool ike_offer_prefers_additional(const struct ike_offer *offer)
{
    return ike_offer_has_additional(offer) && offer->additional[0].method != CRYPTO_DH_NONE;
}

bool ike_offer_lacks_additional(const struct ike_offer *offer)
{
    for (uint8_t round = 0; round < IKE_ADDITIONAL_MAX; round++) {
        bool none, any = false;

        if (count_round(offer, round, &none) == 0 || none)
            continue;
        for (size_t i = 0; i < offer->n_additional; i++)
            any = any ||
                  (offer->additional[i].round == round && is_there(offer->additional[i].method));
        if (!any)
            return true;
    }
    return false;
}

int ike_propose_additional(struct ike_proposal *p, const struct ike_offer *offer)
{
    int r = 0;

    for (size_t i = 0; i < offer->n_additional && r == 0; i++) {
        const struct ike_additional *a = &offer->additional[i];

        if (a->method == CRYPTO_DH_NONE || is_there(a->method))
            r = ike_proposal_add(p, IKE_TRANSFORM_ADDKE_1 + a->round, a->method, 0);
    }
    return r;
}

/* What a proposal says of a round: nothing means none. */
static bool names_round(const struct ike_proposal *p, uint8_t round)
{
    for (size_t i = 0; i < p->n_transforms; i++) {
        if (p->transforms[i].type == IKE_TRANSFORM_ADDKE_1 + round)
            return true;
    }
    return false;
}

static bool has_method(const struct ike_proposal *p, uint8_t round, uint16_t method)
{
    for (size_t i = 0; i < p->n_transforms; i++) {
        const struct ike_transform *t = &p->transforms[i];

        if (t->type == IKE_TRANSFORM_ADDKE_1 + round && t->id == method && !t->key_bits &&
            !t->other_attr)
            return true;
    }
    return method == CRYPTO_DH_NONE && !names_round(p, round);
}

/* The same method twice would add nothing. */
static bool is_chosen(const struct ike_algs *algs, uint16_t method)
{
    for (size_t i = 0; i < IKE_ADDITIONAL_MAX; i++) {
        if (algs->additional[i] == method)
            return true;
    }
    return algs->dh && algs->dh->id == method;
}

static bool fits(const struct ike_proposal *p, uint8_t round, uint16_t method, bool allowed,
                 const struct ike_choice *c)
{
    if (method == CRYPTO_DH_NONE)
        return has_method(p, round, method);
    return allowed && is_there(method) && has_method(p, round, method) &&
           !is_chosen(&c->algs, method);
}

/* Of a round, by our order; false if nothing fits. */
static bool choose_round(const struct ike_proposal *p, const struct ike_offer *offer, uint8_t round,
                         bool allowed, const struct ike_choice *c, uint16_t *ret)
{
    bool none;

    *ret = CRYPTO_DH_NONE;
    if (count_round(offer, round, &none) == 0)
        return has_method(p, round, CRYPTO_DH_NONE);
    for (size_t i = 0; i < offer->n_additional; i++) {
        const struct ike_additional *a = &offer->additional[i];

        if (a->round == round && fits(p, round, a->method, allowed, c)) {
            *ret = a->method;
            return true;
        }
    }
    return false;
}

bool ike_choose_additional(const struct ike_proposal *p, const struct ike_offer *offer,
                           bool allowed, struct ike_choice *c)
{
    size_t n = 0;

    for (uint8_t round = 0; round < IKE_ADDITIONAL_MAX; round++) {
        uint16_t method;

        if (!choose_round(p, offer, round, allowed && c->algs.dh, c, &method))
            return false;
        if (names_round(p, round))
            c->named_additional |= (uint8_t)(1U << round);
        c->additional[round] = method;
        if (method != CRYPTO_DH_NONE)
            c->algs.additional[n++] = method;
    }
    return true;
}

int ike_answer_additional(struct ike_proposal *p, const struct ike_choice *choice)
{
    int r = 0;

    for (uint8_t round = 0; round < IKE_ADDITIONAL_MAX && r == 0; round++) {
        if (choice->named_additional & (1U << round))
            r = ike_proposal_add(p, IKE_TRANSFORM_ADDKE_1 + round, choice->additional[round], 0);
    }
    return r;
}

size_t ike_count_additional(const struct ike_algs *algs)
{
    size_t n = 0;

    while (n < IKE_ADDITIONAL_MAX && algs->additional[n])
        n++;
    return n;
}

bool ike_offer_allows_additional(const struct ike_offer *offer, const struct ike_algs *algs)
{
    size_t n = ike_count_additional(algs);

    for (size_t i = 0; i < n; i++) {
        bool found = false;

        for (size_t j = 0; j < offer->n_additional; j++)
            found = found || offer->additional[j].method == algs->additional[i];
        if (!found)
            return false;
    }
    return n > 0 || !ike_offer_needs_additional(offer);
}
