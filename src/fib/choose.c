#include "fib_internal.h"

/* The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
static uint32_t mix(uint32_t h)
{
    h = (h ^ h >> 16) * 0x85ebca6bU;
    h = (h ^ h >> 13) * 0xc2b2ae35U;
    return h ^ h >> 16;
}

/* Each flow ranks all members by a weight of its own and takes the first (Thaler and Ravishankar,
 * 1998). Equal weights go to the smaller id, so that the order of the list cannot matter. */
uint32_t fib_choose(const uint32_t *ids, uint32_t count, uint32_t flow_hash)
{
    uint32_t best = ids[0], best_weight = mix(flow_hash ^ mix(ids[0]));

    for (uint32_t i = 1; i < count; i++) {
        uint32_t weight = mix(flow_hash ^ mix(ids[i]));

        if (weight > best_weight || (weight == best_weight && ids[i] < best)) {
            best = ids[i];
            best_weight = weight;
        }
    }
    return best;
}
