#include "rib_internal.h"

#include <stdlib.h>

struct text {
    char *text;
    uint32_t users;
    uint32_t next; /* in its bucket */
};

static uint32_t *bucket_of(const struct rib_texts *t, const char *text)
{
    return &t->buckets[hash_bytes(text, strlen(text), 0) & (t->n_buckets - 1)];
}

static int grow(struct rib_texts *t)
{
    struct rib_texts bigger = {.n_buckets = t->n_buckets ? t->n_buckets * 2 : 16};

    bigger.buckets = calloc(bigger.n_buckets, sizeof(*bigger.buckets));
    if (!bigger.buckets)
        return -ENOMEM;
    for (uint32_t b = 0; b < t->n_buckets; b++) {
        for (uint32_t n = t->buckets[b], next; n; n = next) {
            struct text *x = pool_at(&t->pool, n);
            uint32_t *bucket = bucket_of(&bigger, x->text);

            next = x->next;
            x->next = *bucket;
            *bucket = n;
        }
    }
    free(t->buckets);
    t->buckets = bigger.buckets;
    t->n_buckets = bigger.n_buckets;
    return 0;
}

static int add(struct rib_texts *t, const char *text, uint32_t *ret)
{
    struct text *x;
    uint32_t n, *bucket;
    char *copy;

    if (t->count == t->n_buckets && grow(t) < 0)
        return -ENOMEM;
    t->pool.item = sizeof(*x);
    copy = strdup(text);
    n = copy ? pool_take(&t->pool) : 0;
    if (!n) {
        free(copy);
        return -ENOMEM;
    }
    bucket = bucket_of(t, text);
    x = pool_at(&t->pool, n);
    *x = (struct text){.text = copy, .users = 1, .next = *bucket};
    *bucket = n;
    t->count++;
    t->bytes += strlen(text) + 1;
    *ret = n;
    return 0;
}

int rib_text_take(struct rib_texts *t, const char *text, uint32_t *ret)
{
    if (!text || !text[0]) {
        *ret = 0;
        return 0;
    }
    for (uint32_t n = t->n_buckets ? *bucket_of(t, text) : 0; n;) {
        struct text *x = pool_at(&t->pool, n);

        if (strcmp(x->text, text) == 0) {
            x->users++;
            *ret = n;
            return 0;
        }
        n = x->next;
    }
    return add(t, text, ret);
}

void rib_text_give(struct rib_texts *t, uint32_t n)
{
    struct text *x = n ? pool_at(&t->pool, n) : NULL;
    uint32_t *at;

    if (!x || --x->users > 0)
        return;
    at = bucket_of(t, x->text);
    while (*at != n)
        at = &((struct text *)pool_at(&t->pool, *at))->next;
    *at = x->next;
    t->count--;
    t->bytes -= strlen(x->text) + 1;
    free(x->text);
    pool_give(&t->pool, n);
}

const char *rib_text(const struct rib_texts *t, uint32_t n)
{
    return n ? ((struct text *)pool_at(&t->pool, n))->text : "";
}

void rib_texts_done(struct rib_texts *t)
{
    for (uint32_t b = 0; b < t->n_buckets; b++) {
        for (uint32_t n = t->buckets[b]; n;) {
            struct text *x = pool_at(&t->pool, n);

            n = x->next;
            free(x->text);
        }
    }
    free(t->buckets);
    pool_done(&t->pool);
}
