/* pool.h - items of one size that are known by numbers of 32 bits, which take half of what pointers
 * do, and that never move. 0 is none. */
#ifndef ROPEWAY_POOL_H
#define ROPEWAY_POOL_H

#include "base.h"

#define POOL_CHUNK 64

/* Zero-initialise but for item. */
struct pool {
    size_t item; /* bytes of one, at least 4 and a multiple of what it is aligned to */
    void **chunks;
    uint32_t n_chunks, cap;
    uint32_t used;  /* numbers below this were given out at some time */
    uint32_t spare; /* the first of those that came back */
};

/* An item of zeros; 0 when memory has run out. */
uint32_t pool_take(struct pool *p);
void pool_give(struct pool *p, uint32_t n);
void pool_done(struct pool *p);
size_t pool_memory(const struct pool *p);

static inline void *pool_at(const struct pool *p, uint32_t n)
{
    return (char *)p->chunks[n / POOL_CHUNK] + n % POOL_CHUNK * p->item;
}

#endif
