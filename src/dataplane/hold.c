#include "dataplane_internal.h"

#define CALM_US   120000000U /* up for so long: what was before is forgotten */
#define FIRST_US  1000000U
#define FLAPS_MAX 7U /* 32 s */

void dp_hold_went(struct dp_hold *hold, uint64_t now_us)
{
    if (now_us - hold->came_us < CALM_US)
        hold->flaps = MIN(hold->flaps + 1, FLAPS_MAX);
    else
        hold->flaps = 0;
}

void dp_hold_came(struct dp_hold *hold, uint64_t now_us)
{
    uint64_t hold_us = hold->flaps > 1 ? (uint64_t)FIRST_US << (hold->flaps - 2) : 0;

    hold->came_us = now_us;
    __atomic_store_n(&hold->until_us, hold_us ? now_us + hold_us : 0, __ATOMIC_RELAXED);
}
