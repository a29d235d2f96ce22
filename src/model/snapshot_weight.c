#include "snapshot_internal.h"

/* How much each entry of a space counts in what is taken. */

uint64_t space_size(const struct prefix *p)
{
    unsigned bits = addr_bits(&p->addr) - p->len;

    return bits < 32 ? UINT64_C(1) << bits : WEIGHT_MAX;
}

/* Whether an entry before this one covers it. */
static bool is_covered(const struct space_area *a, const struct snapshot_key *key,
                       const struct prefix *p)
{
    struct prefix at = *p;
    struct space_entry e;
    const void *before, *value;
    size_t len;

    value = pmap_before(a->map, key->bytes, key->len, &before, &len);
    if (!space_read(a, before, len, value, &e))
        return false;
    return prefix_contains(&e.prefix, p) || space_above(a, p, &at);
}

/* Weighs again what lies in p and comes after the key, which was put or removed. */
static int weigh_inside(struct pmap **m, struct space_area *a, const struct snapshot_key *key,
                        const struct prefix *p, bool put)
{
    struct snapshot_key k = *key;
    struct prefix cover = put ? *p : (struct prefix){0};
    struct pmap_iter it;
    struct space_entry e;
    int r = 0;

    while (r == 0) {
        bool inside;

        snapshot_key_add(&k, "", 1); /* the next key */
        pmap_begin(&it, *m, k.bytes, k.len);
        a->map = *m;
        if (!space_inside(a, p, NULL, &it, &e))
            break;
        space_key(a, &e.prefix, &k);
        snapshot_key_add(&k, e.id, e.id_len);
        inside = prefix_contains(&cover, &e.prefix);
        if (!inside)
            cover = e.prefix;
        r = pmap_put(&snapshot_values, m, k.bytes, k.len, (void *)(uintptr_t)e.value,
                     inside ? 0 : space_size(&e.prefix));
    }
    return r;
}

bool space_has_weights(unsigned map)
{
    return map >= MAP_SPACES && map != (unsigned)MAP_SPACES + SPACE_ROUTES;
}

static void read_key(const struct pmap *m, const struct snapshot_key *key, struct space_area *ret,
                     struct prefix *ret_prefix)
{
    const char *id;
    size_t id_len;

    *ret = (struct space_area){m, key->bytes, strlen((const char *)key->bytes) + 1};
    snapshot_key_read(key->bytes, key->len, ret_prefix, &id, &id_len);
}

/* What an entry weighs now. */
static uint64_t weight_of(const struct pmap *m, const struct snapshot_key *key)
{
    struct snapshot_key next = *key;

    snapshot_key_add(&next, "", 1);
    return pmap_weight_before(m, next.bytes, next.len) -
           pmap_weight_before(m, key->bytes, key->len);
}

int space_put(struct pmap **m, const struct snapshot_key *key, void *value)
{
    struct prefix p;
    struct space_area a;
    bool counts;
    int r;

    if (!space_has_weights(key->map))
        return pmap_put(&snapshot_values, m, key->bytes, key->len, value, 0);
    if (pmap_get(*m, key->bytes, key->len))
        return pmap_put(&snapshot_values, m, key->bytes, key->len, value, weight_of(*m, key));
    read_key(*m, key, &a, &p);
    counts = !is_covered(&a, key, &p);
    r = pmap_put(&snapshot_values, m, key->bytes, key->len, value, counts ? space_size(&p) : 0);
    return r == 0 && counts ? weigh_inside(m, &a, key, &p, true) : r;
}

int space_remove(struct pmap **m, const struct snapshot_key *key)
{
    uint64_t weight = space_has_weights(key->map) ? weight_of(*m, key) : 0;
    struct prefix p;
    struct space_area a;
    int r = pmap_remove(&snapshot_values, m, key->bytes, key->len);

    if (r < 0 || !weight)
        return r;
    read_key(*m, key, &a, &p);
    return weigh_inside(m, &a, key, &p, false);
}

uint64_t space_weigh(void *arg, const void *key, size_t len)
{
    struct space_sweep *sweep = arg;
    struct prefix p;
    const char *id;
    size_t id_len;

    snapshot_key_read(key, len, &p, &id, &id_len);
    if (sweep->scope && strcmp(sweep->scope, key) == 0 && prefix_contains(&sweep->cover, &p))
        return 0;
    sweep->scope = key;
    sweep->cover = p;
    return space_size(&p);
}
