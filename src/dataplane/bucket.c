#include "worker_internal.h"

bool dp_bucket_take(uint64_t *tokens, uint64_t *since_us, uint64_t now_us, uint64_t per_second,
                    uint64_t burst)
{
    uint64_t gained = now_us > *since_us ? (now_us - *since_us) * per_second / 1000000 : 0;

    if (gained) {
        *tokens = MIN(burst, *tokens + gained);
        *since_us = now_us;
    }
    if (*tokens == 0)
        return false;
    --*tokens;
    return true;
}
