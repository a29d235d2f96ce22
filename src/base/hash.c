#include "base.h"

uint64_t hash_bytes(const void *data, size_t len, uint64_t seed)
{
    const uint8_t *at = data;
    uint64_t h = 0xcbf29ce484222325ULL ^ seed;

    for (size_t i = 0; i < len; i++)
        h = (h ^ at[i]) * 0x100000001b3ULL;
    return h;
}
