#include "pair_internal.h"

/* What the data plane says of the pairs it was given. */

struct ike_pair *ike_pairs_find(const struct ike_pairs *pairs, uint8_t direction, uint32_t spi)
{
    list_for_each (pair, &pairs->all, struct ike_pair, all) {
        if ((direction == IKE_IN ? pair->spi_in : pair->spi_out) == spi)
            return pair;
    }
    return NULL;
}

bool ike_pair_awaits(const struct ike_pair *pair, uint8_t direction)
{
    /* The data plane answers deletions and moves, too: only an addition is waited for. */
    return pair->ack_us && !(direction == IKE_IN ? pair->in_ok : pair->out_ok);
}

bool ike_pair_acknowledge(struct ike_pair *pair, uint8_t direction)
{
    *(direction == IKE_IN ? &pair->in_ok : &pair->out_ok) = true;
    if (pair->in_ok && (pair->out_ok || !pair->out_added))
        pair->ack_us = 0;
    return pair->in_ok && pair->out_ok;
}

void ike_pair_refused(struct ike_pair *pair, uint64_t retry_us)
{
    pair->state = IKE_PAIR_CLOSING;
    pair->ack_us = 0;
    ike_pair_revive(pair, retry_us);
}

/* ---- the inventory ---- */

void ike_pairs_inventory(struct ike_pairs *pairs)
{
    list_for_each (pair, &pairs->all, struct ike_pair, all) {
        pair->seen_in = pair->seen_out = false;
        pair->idle_ms = UINT64_MAX;
    }
    list_for_each (item, &pairs->adopted, struct ike_adopted, link)
        item->seen = false;
}

static bool see_adopted(struct ike_pairs *pairs, const struct ike_inventory_item *item)
{
    list_for_each (known, &pairs->adopted, struct ike_adopted, link) {
        if (known->spi == item->spi && known->direction == item->direction) {
            known->seen = true;
            known->idle_ms = item->idle_ms;
            return true;
        }
    }
    return false;
}

bool ike_pairs_see(struct ike_pairs *pairs, const struct ike_inventory_item *item)
{
    struct ike_pair *pair = ike_pairs_find(pairs, item->direction, item->spi);

    if (!pair)
        return see_adopted(pairs, item) ||
               (item->direction == IKE_IN && ike_pairs_lingers(pairs, item->spi));
    if (item->direction == IKE_IN) {
        pair->seen_in = true;
        pair->idle_ms = item->idle_ms;
    } else {
        pair->seen_out = true;
        pair->out_packets = item->packets;
    }
    return true;
}

/* True if it is lost just now. */
static bool compare(struct ike_pair *pair)
{
    bool whole = pair->seen_in && (pair->seen_out || !pair->out_added);
    bool lost = !whole && !pair->lost;

    pair->in_ok = pair->seen_in;
    pair->out_ok = pair->seen_out;
    pair->ack_us = 0;
    pair->lost = pair->lost || !whole;
    if (!whole)
        ike_pair_forget_out(pair);
    return lost;
}

void ike_pairs_compare(struct ike_pairs *pairs)
{
    unsigned lost = 0;

    list_for_each (pair, &pairs->all, struct ike_pair, all)
        lost += compare(pair);
    list_for_each_safe (item, &pairs->adopted, struct ike_adopted, link) {
        if (!item->seen)
            ike_adopted_free(item);
    }
    if (lost)
        pairs->note(pairs, IKE_LOG_WARNING, SAY(IKE_PLANE_LOST_CHILDREN, lost));
}
