#include "history_internal.h"

#include <stdlib.h>

/* The keys in memory: by name, and their end. */

uint64_t object_hash(const char *key)
{
    return hash_bytes(key, strlen(key), 7);
}

struct object *object_find(struct history *h, const char *key, uint64_t hash)
{
    list_for_each (o, &h->buckets[hash % BUCKETS], struct object, bucket) {
        if (o->hash == hash && strcmp(o->key, key) == 0)
            return o;
    }
    return NULL;
}

void object_unref(struct object *o)
{
    if (--o->refs > 0)
        return;
    slots_done(&o->slots);
    free(o);
}
