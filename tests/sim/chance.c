#include "sim.h"

/* splitmix64. */
uint64_t sim_random(struct sim *sim)
{
    uint64_t z = sim->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t sim_below(struct sim *sim, uint64_t n)
{
    return n ? sim_random(sim) % n : 0;
}

bool sim_percent(struct sim *sim, unsigned percent)
{
    return sim_below(sim, 100) < percent;
}
