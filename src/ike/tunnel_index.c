#include "ike_internal.h"

/* Tunnels by their id and by their pair of addresses: who is meant does not take longer to find out
 * where there are many. */

void ike_tunnel_index_init(struct ike_tunnel_index *index)
{
    for (size_t i = 0; i < IKE_TUNNEL_BUCKETS; i++) {
        list_init(&index->by_id[i]);
        list_init(&index->by_pair[i]);
        list_init(&index->orphans[i]);
    }
}

static size_t bucket_of_id(const char *id)
{
    return hash_bytes(id, strlen(id), 0) % IKE_TUNNEL_BUCKETS;
}

/* A dynamic peer's tunnel lies where its remote address, which is any, leads to. */
static size_t bucket_of_pair(const struct addr *local, const struct addr *remote)
{
    uint64_t h = hash_bytes(local->bytes, addr_len(local), 0);

    return hash_bytes(remote->bytes, addr_len(remote), h) % IKE_TUNNEL_BUCKETS;
}

void ike_tunnel_index_add(struct ike_tunnel *tunnel)
{
    struct ike_tunnel_index *index = &tunnel->ike->index;
    const struct ike_tunnel_config *c = &tunnel->config;

    list_append(&index->by_id[bucket_of_id(c->id)], &tunnel->id_link);
    list_append(&index->by_pair[bucket_of_pair(&c->local, &c->remote)], &tunnel->pair_link);
}

void ike_tunnel_index_remove(struct ike_tunnel *tunnel)
{
    list_remove(&tunnel->id_link);
    list_remove(&tunnel->pair_link);
}

struct list *ike_orphans_of(struct ike *ike, const char *id)
{
    return &ike->index.orphans[bucket_of_id(id)];
}

struct ike_tunnel *ike_tunnel_find(const struct ike *ike, const char *id)
{
    list_for_each (tunnel, &ike->index.by_id[bucket_of_id(id)], struct ike_tunnel, id_link) {
        if (!tunnel->removed && strcmp(tunnel->config.id, id) == 0)
            return tunnel;
    }
    return NULL;
}

/* The first behind `at` that is between exactly these addresses. */
static struct ike_tunnel *next_of(const struct list *bucket, const struct list *at,
                                  const struct addr *local, const struct addr *remote)
{
    for (at = at->next; at != bucket; at = at->next) {
        struct ike_tunnel *t = container_of(at, struct ike_tunnel, pair_link);

        if (!t->removed && addr_equal(&t->config.local, local) &&
            addr_equal(&t->config.remote, remote))
            return t;
    }
    return NULL;
}

struct ike_tunnel *ike_tunnel_between(const struct ike *ike, const struct addr *local,
                                      const struct addr *remote, const struct ike_tunnel *after)
{
    const struct addr any = {.family = remote->family};
    const struct list *exact = &ike->index.by_pair[bucket_of_pair(local, remote)];
    const struct list *dynamic = &ike->index.by_pair[bucket_of_pair(local, &any)];
    struct ike_tunnel *found = NULL;

    if (!after || !addr_is_any(&after->config.remote)) {
        found = next_of(exact, after ? &after->pair_link : exact, local, remote);
        after = NULL;
    }
    if (!found)
        found = next_of(dynamic, after ? &after->pair_link : dynamic, local, &any);
    return found;
}
