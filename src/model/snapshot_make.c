#include "snapshot_internal.h"

#include <stdlib.h>

/* A snapshot made at once of everything that is in it, as at a start: its maps are sorted and
 * linked, which is several times as fast as one change after the other. */

struct making {
    struct snapshot *s;
    struct pmap_bulk maps[MAPS];
    const struct model_resource *resource; /* whose keys are added */
};

/* ---- ids ---- */

static int make_ids(struct making *m, const struct snapshot_change *changes, size_t count)
{
    int r = 0;

    for (size_t i = 0; i < count; i++)
        pmap_bulk_add(&snapshot_values, &m->maps[MAP_IDS + changes[i].kind], changes[i].id,
                      strlen(changes[i].id), (void *)(uintptr_t)changes[i].resource);
    for (unsigned i = MAP_IDS; r == 0 && i < MAP_IDS + MODEL_KINDS; i++)
        r = pmap_bulk_make(&snapshot_values, &m->maps[i], NULL, NULL, &m->s->maps[i]);
    return r;
}

/* ---- all other keys ---- */

static int add_key(void *arg, const struct snapshot_key *key)
{
    struct making *m = arg;

    if (key->map >= MAP_NAMES)
        pmap_bulk_add(&snapshot_values, &m->maps[key->map], key->bytes, key->len,
                      (void *)(uintptr_t)m->resource);
    return 0;
}

static void add_keys(struct making *m, enum model_kind_id kind)
{
    struct snapshot_iter it;

    snapshot_all(&it, m->s, kind, NULL);
    while ((m->resource = snapshot_next(&it)))
        (void)snapshot_each_key(m->s, m->resource, add_key, m);
}

static int make_others(struct making *m)
{
    int r = 0;

    for (unsigned i = 0; i < MODEL_KINDS; i++)
        add_keys(m, (enum model_kind_id)i);
    for (unsigned i = MAP_NAMES; r == 0 && i < MAPS; i++) {
        struct space_sweep sweep = {0};

        r = pmap_bulk_make(&snapshot_values, &m->maps[i], space_has_weights(i) ? space_weigh : NULL,
                           &sweep, &m->s->maps[i]);
    }
    return r;
}

int snapshot_make(struct snapshot *s, const struct snapshot_change *changes, size_t count)
{
    struct making m = {.s = s};
    int r = make_ids(&m, changes, count);

    if (r == 0)
        r = make_others(&m);
    for (unsigned i = 0; i < MAPS; i++)
        pmap_bulk_drop(&snapshot_values, &m.maps[i]);
    return r;
}
