#include "pair_internal.h"

/* Which pairs there are, and what they are good for. */

/* ---- finding ---- */

struct ike_pair *ike_pair_find(const struct list *owned, uint32_t spi_in)
{
    list_for_each (pair, owned, struct ike_pair, link) {
        if (pair->spi_in == spi_in)
            return pair;
    }
    return NULL;
}

struct ike_pair *ike_pair_find_out(const struct list *owned, uint32_t spi_out)
{
    list_for_each (pair, owned, struct ike_pair, link) {
        if (pair->spi_out == spi_out)
            return pair;
    }
    return NULL;
}

/* ---- what they are good for ---- */

bool ike_pair_is_usable(const struct ike_pair *pair)
{
    bool out = pair->out_ok || (pair->out_added && pair->ack_us);

    return pair->in_ok && out && pair->state != IKE_PAIR_CLOSING && !pair->lost;
}

uint64_t ike_pair_due(const struct ike_pair *pair)
{
    return pair->spent_us ? MIN(pair->spent_us, pair->rekey_us) : pair->rekey_us;
}

bool ike_pair_wants_rekey(const struct ike_pair *pair)
{
    /* Of an unproven one the peer would say that it does not exist. */
    return pair->state == IKE_PAIR_LIVE && !pair->unproven && pair->of->config->admin_up &&
           (pair->want_rekey || pair->lost || pair->of->env->now_us >= ike_pair_due(pair) ||
            pair->config_epoch != pair->of->epoch);
}

bool ike_pairs_are_usable(const struct list *owned)
{
    list_for_each (pair, owned, struct ike_pair, link) {
        if (ike_pair_is_usable(pair))
            return true;
    }
    return false;
}

bool ike_pairs_serve(const struct ike_pairs *pairs)
{
    list_for_each (pair, &pairs->all, struct ike_pair, all) {
        if (ike_pair_is_usable(pair))
            return true;
    }
    return false;
}

static bool has_adopted_out(const struct ike_pairs *pairs)
{
    list_for_each (item, &pairs->adopted, struct ike_adopted, link) {
        if (item->direction == IKE_OUT)
            return true;
    }
    return false;
}

bool ike_pairs_carry(const struct ike_pairs *pairs)
{
    return ike_pairs_serve(pairs) || has_adopted_out(pairs);
}

bool ike_pairs_have_like(const struct ike_pairs *pairs, const struct ike_pair *made)
{
    list_for_each (pair, &pairs->all, struct ike_pair, all) {
        if (pair != made && pair->out_added && !pair->lost &&
            ike_selectors_equal(&pair->selectors, &made->selectors))
            return true;
    }
    return false;
}

bool ike_pair_is_outrun(const struct ike_pair *pair)
{
    list_for_each (other, &pair->of->all, struct ike_pair, all) {
        if (other->made_us > pair->made_us && other->out_ok && ike_pair_is_usable(other) &&
            ike_selectors_equal(&other->selectors, &pair->selectors))
            return true;
    }
    return false;
}

bool ike_pairs_hold(const struct list *owned, const struct ike_selectors *s)
{
    list_for_each (pair, owned, struct ike_pair, link) {
        if (pair->state == IKE_PAIR_LIVE && ike_selectors_hold(&pair->selectors, s))
            return true;
    }
    return false;
}

static bool carries_one(const struct ike_pairs *pairs, const struct prefix *local,
                        const struct prefix *remote)
{
    list_for_each (pair, &pairs->all, struct ike_pair, all) {
        const struct ike_selectors *s = &pair->selectors;

        if (ike_pair_is_usable(pair) && ike_prefixes_hold(s->local, s->n_local, local) &&
            ike_prefixes_hold(s->remote, s->n_remote, remote))
            return true;
    }
    return false;
}

bool ike_pairs_serve_all_of(const struct ike_pairs *pairs, const struct ike_selectors *s)
{
    for (size_t l = 0; l < s->n_local; l++) {
        for (size_t r = 0; r < s->n_remote; r++) {
            if (s->local[l].addr.family == s->remote[r].addr.family &&
                !carries_one(pairs, &s->local[l], &s->remote[r]))
                return false;
        }
    }
    return true;
}

struct ike_pair *ike_pairs_carrier(const struct ike_pairs *pairs)
{
    struct ike_pair *found = NULL;

    list_for_each (pair, &pairs->all, struct ike_pair, all) {
        if (ike_pair_is_usable(pair) && pair->out_ok &&
            (!found || pair->out_order >= found->out_order))
            found = pair;
    }
    return found;
}
