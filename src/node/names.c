#include "names.h"

#include <stdlib.h>

#define SLOTS_MIN 64

void name_map_done(struct name_map *map)
{
    free(map->slots);
    *map = (struct name_map){0};
}

static void put(struct name_map *map, struct name_link *link)
{
    struct name_link **slot = &map->slots[link->hash % map->n_slots];

    link->next = *slot;
    *slot = link;
}

/* A map that cannot grow goes on with longer chains. */
static int grow(struct name_map *map)
{
    size_t n = map->n_slots ? 2 * map->n_slots : SLOTS_MIN;
    struct name_map grown = {.slots = calloc(n, sizeof(*grown.slots)), .n_slots = n};

    if (!grown.slots)
        return map->n_slots ? 0 : -ENOMEM;
    for (size_t i = 0; i < map->n_slots; i++) {
        for (struct name_link *link = map->slots[i], *next; link; link = next) {
            next = link->next;
            put(&grown, link);
        }
    }
    free(map->slots);
    map->slots = grown.slots;
    map->n_slots = n;
    return 0;
}

int name_map_add(struct name_map *map, struct name_link *link, const char *name)
{
    int r = map->count >= map->n_slots ? grow(map) : 0;

    if (r < 0)
        return r;
    link->name = name;
    link->hash = hash_bytes(name, strlen(name), 0);
    put(map, link);
    map->count++;
    return 0;
}

void name_map_remove(struct name_map *map, struct name_link *link)
{
    struct name_link **at;

    if (!link->name)
        return;
    at = &map->slots[link->hash % map->n_slots];
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    link->name = NULL;
    map->count--;
}

struct name_link *name_map_find(const struct name_map *map, const char *name)
{
    uint64_t hash = hash_bytes(name, strlen(name), 0);
    struct name_link *link = map->n_slots ? map->slots[hash % map->n_slots] : NULL;

    while (link && (link->hash != hash || strcmp(link->name, name) != 0))
        link = link->next;
    return link;
}
