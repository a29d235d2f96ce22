#include "pool.h"

#include <stdlib.h>

static bool add_chunk(struct pool *p)
{
    void **chunks = p->chunks;

    if (p->n_chunks == p->cap) {
        uint32_t cap = p->cap ? p->cap * 2 : 4;

        chunks = reallocarray(p->chunks, cap, sizeof(*chunks));
        if (!chunks)
            return false;
        p->chunks = chunks;
        p->cap = cap;
    }
    chunks[p->n_chunks] = calloc(POOL_CHUNK, p->item);
    if (!chunks[p->n_chunks])
        return false;
    p->n_chunks++;
    return true;
}

uint32_t pool_take(struct pool *p)
{
    uint32_t n = p->spare;

    if (n) {
        void *item = pool_at(p, n);

        memcpy(&p->spare, item, sizeof(p->spare));
        memset(item, 0, p->item);
        return n;
    }
    n = p->used ? p->used : 1;
    if (n == UINT32_MAX || (n / POOL_CHUNK == p->n_chunks && !add_chunk(p)))
        return 0;
    p->used = n + 1;
    return n;
}

void pool_give(struct pool *p, uint32_t n)
{
    memcpy(pool_at(p, n), &p->spare, sizeof(p->spare));
    p->spare = n;
}

void pool_done(struct pool *p)
{
    for (uint32_t i = 0; i < p->n_chunks; i++)
        free(p->chunks[i]);
    free(p->chunks);
}

size_t pool_memory(const struct pool *p)
{
    return p->n_chunks * POOL_CHUNK * p->item + p->cap * sizeof(*p->chunks);
}
