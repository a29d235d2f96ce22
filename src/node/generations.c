/* Generations of placements: a node that was told of a later one does not go back to an earlier
 * one, whoever asks it to. */
#include "objects.h"

#include <stdlib.h>

#define DEPARTED_MAX 65536 /* of objects that are gone; the oldest are forgotten */

struct generation {
    struct name_link link;
    struct list departed; /* in the list of those without an object */
    uint64_t highest;
    char key[];
};

static struct generation *find(const struct objects *set, const char *key)
{
    struct name_link *link = name_map_find(&set->generations, key);

    return link ? container_of(link, struct generation, link) : NULL;
}

static void forget(struct objects *set, struct generation *g)
{
    list_remove(&g->departed);
    name_map_remove(&set->generations, &g->link);
    free(g);
}

static struct generation *make(struct objects *set, const char *key)
{
    size_t len = strlen(key) + 1;
    struct generation *g = calloc(1, sizeof(*g) + len);

    if (!g)
        return NULL;
    memcpy(g->key, key, len);
    list_init(&g->departed);
    if (name_map_add(&set->generations, &g->link, g->key) < 0) {
        free(g);
        return NULL;
    }
    return g;
}

int generations_check(struct objects *set, const char *key, uint64_t generation)
{
    struct generation *g = find(set, key);

    if (!generation)
        return 0;
    if (!g)
        g = make(set, key);
    if (!g)
        return -ENOMEM;
    if (generation < g->highest)
        return -ESTALE;
    g->highest = generation;
    if (!list_empty(&g->departed)) {
        list_remove(&g->departed);
        set->n_departed--;
    }
    return 0;
}

uint64_t generations_seen(const struct objects *set, const char *key)
{
    const struct generation *g = find(set, key);

    return g ? g->highest : 0;
}

void generations_depart(struct objects *set, const char *key)
{
    struct generation *g = find(set, key);

    if (!g || !list_empty(&g->departed))
        return;
    list_append(&set->departed, &g->departed);
    if (++set->n_departed > DEPARTED_MAX) {
        forget(set, container_of(set->departed.next, struct generation, departed));
        set->n_departed--;
    }
}

void generations_done(struct objects *set)
{
    for (size_t i = 0; i < set->generations.n_slots; i++) {
        struct name_link *link;

        while ((link = set->generations.slots[i]))
            forget(set, container_of(link, struct generation, link));
    }
    name_map_done(&set->generations);
}
