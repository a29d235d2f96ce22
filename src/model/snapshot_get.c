#include "snapshot_internal.h"

/* One resource by its id. */

const void *snapshot_get(const struct snapshot *s, enum model_kind_id kind, const char *id)
{
    return id ? pmap_get(snapshot_map(s, MAP_IDS + kind), id, strlen(id)) : NULL;
}

const struct model_resource *snapshot_find(const struct snapshot *s, const char *id)
{
    const struct model_kind *kind = id ? model_kind_of_id(id) : NULL;

    return kind ? snapshot_get(s, kind->id, id) : NULL;
}

size_t snapshot_count(const struct snapshot *s, enum model_kind_id kind)
{
    return pmap_count(snapshot_map(s, MAP_IDS + kind));
}
