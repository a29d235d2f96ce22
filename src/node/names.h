/* names.h - finds things by their names in constant time. Intrusive: who is in a map has a link in
 * it. Private to the node room. */
#ifndef ROPEWAY_NODE_NAMES_H
#define ROPEWAY_NODE_NAMES_H

#include "base.h"

struct name_link {
    struct name_link *next;
    const char *name; /* borrowed from the thing; NULL: in no map */
    uint64_t hash;
};

/* Zero-initialise. */
struct name_map {
    struct name_link **slots;
    size_t n_slots, count;
};

/* Forgets all links; the things are the caller's. */
void name_map_done(struct name_map *map);
/* The name is not in it yet, and stays as it is while it is. -ENOMEM. */
MUST_USE int name_map_add(struct name_map *map, struct name_link *link, const char *name);
/* A link that is in no map is fine. */
void name_map_remove(struct name_map *map, struct name_link *link);
/* NULL if there is none. */
struct name_link *name_map_find(const struct name_map *map, const char *name);

#endif
