#include "snapshot_internal.h"

#include <stdlib.h>

/* Making the next snapshot from the one before. */

struct snapshot *snapshot_ref(const struct snapshot *s)
{
    struct snapshot *mine = (struct snapshot *)(uintptr_t)s;

    if (mine)
        __atomic_fetch_add(&mine->refs, 1, __ATOMIC_RELAXED);
    return mine;
}

void snapshot_unref(const struct snapshot *s)
{
    struct snapshot *mine = (struct snapshot *)(uintptr_t)s;

    if (!mine || __atomic_fetch_sub(&mine->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    for (size_t i = 0; i < MAPS; i++)
        pmap_unref(&snapshot_values, mine->maps[i]);
    free(mine);
}

/* ---- one change ---- */

struct change {
    struct snapshot *s;
    const struct model_resource *resource;
};

static int add_key(void *arg, const struct snapshot_key *key)
{
    const struct change *c = arg;
    struct pmap **m = &c->s->maps[key->map];
    void *value = (void *)(uintptr_t)c->resource;

    if (key->map >= MAP_SPACES)
        return space_put(m, key, value);
    return pmap_put(&snapshot_values, m, key->bytes, key->len, value, 0);
}

/* Removes the key unless somebody else is under it by now. */
static int drop_key(void *arg, const struct snapshot_key *key)
{
    const struct change *c = arg;
    struct pmap **m = &c->s->maps[key->map];

    if (pmap_get(*m, key->bytes, key->len) != c->resource)
        return 0;
    if (key->map >= MAP_SPACES)
        return space_remove(m, key);
    return pmap_remove(&snapshot_values, m, key->bytes, key->len);
}

/* Does it to the key in SPACE_INNER of each tunnel of a connection. */
static int each_inner(struct snapshot *s, const char *connection, snapshot_key_visit *visit)
{
    struct snapshot_iter it;
    const struct model_vpn_tunnel *t;
    int r = 0;

    snapshot_linked(&it, s, LINK_TUNNEL_CONNECTION, connection);
    while (r == 0 && (t = snapshot_next(&it))) {
        struct change c = {s, &t->head};

        r = snapshot_inner_key(s, t, visit, &c);
    }
    return r;
}

/* The new keys go in over the old ones; what then still leads to the old resource is left over. */
static int swap(struct snapshot *s, const struct model_resource *old,
                const struct model_resource *new)
{
    struct change in = {s, new}, out = {s, old};
    int r;

    if (new == old)
        return 0;
    r = new ? snapshot_each_key(s, new, add_key, &in) : 0;
    return r == 0 && old ? snapshot_each_key(s, old, drop_key, &out) : r;
}

static const char *gateway_of(const struct model_resource *connection)
{
    const char *id =
        connection ? ((const struct model_vpn_connection *)connection)->border_gateway_id : NULL;

    return id ? id : "";
}

/* The tunnels of a connection follow it to its gateway, whichever of them comes first. */
static int swap_connection(struct snapshot *s, const char *id, const struct model_resource *old,
                           const struct model_resource *new)
{
    bool moves = strcmp(gateway_of(old), gateway_of(new)) != 0;
    int r = moves ? each_inner(s, id, drop_key) : 0;

    if (r == 0)
        r = swap(s, old, new);
    return r == 0 && moves ? each_inner(s, id, add_key) : r;
}

/* Whether what is placed by this placement lacks one may have changed. */
static int place_again(struct snapshot *s, const struct model_resource *r)
{
    struct change c = {s, r};

    return snapshot_unplaced_key(r, snapshot_is_unplaced(s, r) ? add_key : drop_key, &c);
}

static int follow_placement(struct snapshot *s, const char *target)
{
    const struct model_resource *gateway = snapshot_get(s, MODEL_BORDER_GATEWAY, target), *r;
    struct snapshot_iter it;
    struct prefix p;
    int result = gateway ? place_again(s, gateway) : 0;

    if (result < 0 || addr_parse(target, &p.addr) < 0)
        return result;
    p.len = (uint8_t)addr_bits(&p.addr);
    snapshot_at(&it, s, SPACE_CLOUD, "", &p);
    while (result == 0 && (r = snapshot_next(&it)))
        result = place_again(s, r);
    return result;
}

static int change_one(struct snapshot *s, const struct snapshot_change *change)
{
    const struct model_resource *old =
        model_resource_ref(snapshot_get(s, change->kind, change->id));
    int r;

    if (change->kind == MODEL_VPN_CONNECTION)
        r = swap_connection(s, change->id, old, change->resource);
    else
        r = swap(s, old, change->resource);
    if (r == 0 && change->kind == MODEL_PLACEMENT && !old != !change->resource)
        r = follow_placement(s, change->id);
    model_resource_unref(old);
    return r;
}

static int change_all(struct snapshot *s, const struct snapshot_change *changes, size_t count)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++)
        r = change_one(s, &changes[i]);
    return r;
}

static bool only_puts(const struct snapshot_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!changes[i].resource)
            return false;
    }
    return true;
}

int snapshot_apply(const struct snapshot *base, const struct snapshot_change *changes, size_t count,
                   uint64_t revision, struct snapshot **ret)
{
    struct snapshot *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return -ENOMEM;
    s->refs = 1;
    s->revision = revision;
    for (size_t i = 0; base && i < MAPS; i++)
        s->maps[i] = pmap_ref(base->maps[i]);
    r = !base && only_puts(changes, count) ? snapshot_make(s, changes, count)
                                           : change_all(s, changes, count);
    if (r < 0) {
        snapshot_unref(s);
        return r;
    }
    *ret = s;
    return 0;
}
