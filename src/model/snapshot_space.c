#include "snapshot_internal.h"

/* Prefixes in order: what overlaps one, what is free. Of two prefixes one lies in the other or they
 * are apart; one that covers another comes before it. */

bool space_read(const struct space_area *a, const void *key, size_t len, const void *value,
                struct space_entry *ret)
{
    if (!value || len < a->scope_len || memcmp(key, a->scope, a->scope_len) != 0)
        return false;
    snapshot_key_read(key, len, &ret->prefix, &ret->id, &ret->id_len);
    ret->value = value;
    return true;
}

void space_key(const struct space_area *a, const struct prefix *p, struct snapshot_key *ret)
{
    ret->len = 0;
    ret->failed = false;
    snapshot_key_add(ret, a->scope, a->scope_len);
    snapshot_key_prefix(ret, p);
}

static bool entry_before(const struct space_area *a, const struct prefix *p,
                         struct space_entry *ret)
{
    struct snapshot_key k;
    const void *key, *value;
    size_t len;

    space_key(a, p, &k);
    value = pmap_before(a->map, k.bytes, k.len, &key, &len);
    return space_read(a, key, len, value, ret) && ret->prefix.addr.family == p->addr.family;
}

/* ---- what covers a prefix ---- */

static unsigned common_bits(const struct addr *a, const struct addr *b)
{
    unsigned i = 0;

    while (i < addr_len(a) && a->bytes[i] == b->bytes[i])
        i++;
    if (i == addr_len(a))
        return i * 8;
    return i * 8 + (unsigned)__builtin_clz((unsigned)(a->bytes[i] ^ b->bytes[i])) - 24;
}

bool space_above(const struct space_area *a, const struct prefix *p, struct prefix *at)
{
    struct space_entry e;

    while (entry_before(a, at, &e)) {
        if (prefix_contains(&e.prefix, p)) {
            *at = e.prefix;
            return true;
        }
        /* Whatever covers p and comes before e covers e, too, and so it is no longer than what both
         * have in common: go on before the first that is longer than that. */
        *at = prefix_make(&p->addr, (uint8_t)common_bits(&e.prefix.addr, &p->addr));
        at->len++;
    }
    return false;
}

/* ---- walks over entries ---- */

void space_begin(const struct space_area *a, const struct prefix *p, struct pmap_iter *it)
{
    struct snapshot_key k;

    space_key(a, p, &k);
    pmap_begin(it, a->map, k.bytes, k.len);
}

bool space_inside(const struct space_area *a, const struct prefix *p, const char *skip,
                  struct pmap_iter *it, struct space_entry *ret)
{
    const void *key, *value;
    size_t len;

    while ((value = pmap_next(it, &key, &len)) && space_read(a, key, len, value, ret) &&
           prefix_contains(p, &ret->prefix)) {
        if (!skip || strlen(skip) != ret->id_len || memcmp(skip, ret->id, ret->id_len) != 0)
            return true;
    }
    return false;
}

/* ---- what overlaps ---- */

/* The first entry of exactly this prefix but those of skip. */
static bool first_at(const struct space_area *a, const struct prefix *p, const char *skip,
                     struct space_entry *ret)
{
    struct pmap_iter it;

    space_begin(a, p, &it);
    return space_inside(a, p, skip, &it, ret) && prefix_equal(p, &ret->prefix);
}

bool space_overlap(const struct space_area *a, const struct prefix *p, const char *skip,
                   struct space_entry *ret)
{
    struct prefix at = *p;
    struct pmap_iter it;
    struct space_entry e;
    bool found = false;

    while (space_above(a, p, &at)) {
        if (first_at(a, &at, skip, &e)) {
            *ret = e; /* one further up comes earlier */
            found = true;
        }
    }
    if (found)
        return true;
    space_begin(a, p, &it);
    return space_inside(a, p, skip, &it, ret);
}

bool space_find(const struct snapshot *s, enum model_space space, const char *scope,
                struct snapshot_key *k, struct space_area *ret)
{
    snapshot_key_begin(k, (unsigned)MAP_SPACES + space, scope);
    *ret = (struct space_area){snapshot_map(s, k->map), k->bytes, k->len};
    return !k->failed;
}

const void *snapshot_overlap(const struct snapshot *s, enum model_space space, const char *scope,
                             const struct prefix *p, const char *skip)
{
    struct snapshot_key k;
    struct space_area a;
    struct space_entry e;

    return space_find(s, space, scope, &k, &a) && space_overlap(&a, p, skip, &e) ? e.value : NULL;
}
