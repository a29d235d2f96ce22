/* snapshot_internal.h - what a snapshot is made of: maps whose values are resources.
 *
 * Map                     key
 * a kind by id            id
 * a kind by name          name 0 id
 * a link                  target 0 id
 * LINK_INTERFACE          node / interface [. vlan] 0 id
 * a space                 scope 0 family address length id
 *
 * A space's entry weighs as many addresses as it takes that none before it in the order of keys
 * takes (capped at WEIGHT_MAX; nothing in SPACE_ROUTES, where much may lie in one another). So sums
 * of weights never count an address twice. */
#ifndef ROPEWAY_MODEL_SNAPSHOT_INTERNAL_H
#define ROPEWAY_MODEL_SNAPSHOT_INTERNAL_H

#include "codec_internal.h"

enum {
    MAP_IDS = 0,
    MAP_NAMES = MAP_IDS + MODEL_KINDS,
    MAP_LINKS = MAP_NAMES + MODEL_KINDS,
    MAP_SPACES = MAP_LINKS + LINKS,
    MAPS = MAP_SPACES + SPACES,
};

#define WEIGHT_MAX (UINT64_C(1) << 32)

struct snapshot {
    unsigned refs; /* atomic */
    uint64_t revision;
    struct pmap *maps[MAPS];
};

extern const struct pmap_type snapshot_values;

static inline const struct pmap *snapshot_map(const struct snapshot *s, unsigned map)
{
    return s ? s->maps[map] : NULL;
}

/* Fills an empty snapshot; no change is a deletion, of several of one thing the last counts
 * (snapshot_make.c). */
MUST_USE int snapshot_make(struct snapshot *s, const struct snapshot_change *changes, size_t count);

/* ---- keys (snapshot_keys.c) ---- */

#define BOUND_MAX sizeof(((struct snapshot_iter *)NULL)->bound)

struct snapshot_key {
    unsigned map;
    size_t len;
    uint8_t bytes[BOUND_MAX + 18 + MODEL_RESOURCE_ID_MAX + 1];
    bool failed; /* it was too long */
};

void snapshot_key_add(struct snapshot_key *k, const void *data, size_t len);
/* A text with its 0 byte; NULL counts as "". */
void snapshot_key_text(struct snapshot_key *k, const char *text);
/* Family, address, length. */
void snapshot_key_prefix(struct snapshot_key *k, const struct prefix *p);
/* What all keys of a name, link or scope begin with. Failed if no walk could hold it: what has such
 * a name is not found by it. */
void snapshot_key_begin(struct snapshot_key *k, unsigned map, const char *text);
/* What keys in LINK_INTERFACE begin with. */
void snapshot_key_interface(struct snapshot_key *k, const char *node, const char *interface,
                            int64_t vlan);
/* The prefix that a key of a space holds, and where the id begins (not ended with 0). */
void snapshot_key_read(const void *bytes, size_t len, struct prefix *ret, const char **ret_id,
                       size_t *ret_id_len);

/* Calls visit for every key of the resource as the snapshot is now; stops at the first non-zero
 * answer and returns it. */
typedef int snapshot_key_visit(void *arg, const struct snapshot_key *key);
int snapshot_each_key(const struct snapshot *s, const struct model_resource *r,
                      snapshot_key_visit *visit, void *arg);
/* Only the key of a tunnel in SPACE_INNER, which depends on its connection. */
int snapshot_inner_key(const struct snapshot *s, const struct model_vpn_tunnel *t,
                       snapshot_key_visit *visit, void *arg);

/* The key of a border gateway or connection in LINK_UNPLACED, whether it belongs there or not. */
int snapshot_unplaced_key(const struct model_resource *r, snapshot_key_visit *visit, void *arg);
/* Whether it belongs there. */
bool snapshot_is_unplaced(const struct snapshot *s, const struct model_resource *r);

/* ---- spaces (snapshot_space.c) ---- */

/* One scope of a space. */
struct space_area {
    const struct pmap *map;
    const uint8_t *scope; /* what its keys begin with */
    size_t scope_len;
};

struct space_entry {
    struct prefix prefix;
    const char *id; /* not ended with 0 */
    size_t id_len;
    const void *value;
};

/* The area borrows the key. False if there can be none. */
bool space_find(const struct snapshot *s, enum model_space space, const char *scope,
                struct snapshot_key *key, struct space_area *ret);
/* Before all entries of this prefix. */
void space_key(const struct space_area *a, const struct prefix *p, struct snapshot_key *ret);
/* False if it is none of the area (value NULL: there is none). */
bool space_read(const struct space_area *a, const void *key, size_t len, const void *value,
                struct space_entry *ret);
/* Goes up from *at to the next shorter prefix with entries that covers p; false at the end. */
bool space_above(const struct space_area *a, const struct prefix *p, struct prefix *at);
/* A walk over the entries of p and of what lies in it, but those of skip (may be NULL). */
void space_begin(const struct space_area *a, const struct prefix *p, struct pmap_iter *it);
bool space_inside(const struct space_area *a, const struct prefix *p, const char *skip,
                  struct pmap_iter *it, struct space_entry *ret);
/* The first entry that overlaps p, but those of skip. */
bool space_overlap(const struct space_area *a, const struct prefix *p, const char *skip,
                   struct space_entry *ret);

/* ---- entries of spaces and what they weigh (snapshot_weight.c) ---- */

/* How many addresses there are in it, at most WEIGHT_MAX. */
uint64_t space_size(const struct prefix *p);
/* Puts an entry, or removes one, and keeps the weights right. */
MUST_USE int space_put(struct pmap **m, const struct snapshot_key *key, void *value);
MUST_USE int space_remove(struct pmap **m, const struct snapshot_key *key);
/* Whether entries of the map weigh anything. */
bool space_has_weights(unsigned map);
/* What the entry with this key weighs. Asked for one after the other in the order of keys; arg: a
 * zeroed struct space_sweep, which borrows the keys. */
struct space_sweep {
    const char *scope;
    struct prefix cover;
};
uint64_t space_weigh(void *arg, const void *key, size_t len);

#endif
