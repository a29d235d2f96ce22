#include "snapshot_internal.h"

/* Finding and walking. */

uint64_t snapshot_revision(const struct snapshot *s)
{
    return s ? s->revision : 0;
}

const struct model_region *snapshot_region(const struct snapshot *s)
{
    struct snapshot_iter it;

    snapshot_all(&it, s, MODEL_REGION, NULL);
    return snapshot_next(&it);
}

/* ---- walks ---- */

const void *snapshot_next(struct snapshot_iter *it)
{
    const void *value, *key;
    size_t len;

    value = pmap_next(&it->it, &key, &len);
    if (value && (len < it->bound_len || memcmp(key, it->bound, it->bound_len) != 0)) {
        it->it.depth = 0;
        return NULL;
    }
    return value;
}

void snapshot_all(struct snapshot_iter *it, const struct snapshot *s, enum model_kind_id kind,
                  const char *after)
{
    it->bound_len = 0;
    /* With its 0 byte the id is the next key after itself. */
    pmap_begin(&it->it, snapshot_map(s, MAP_IDS + kind), after, after ? strlen(after) + 1 : 0);
}

/* Everything whose key begins with this one. */
static void walk_key(struct snapshot_iter *it, const struct snapshot *s,
                     const struct snapshot_key *k)
{
    bool none = k->failed || k->len > sizeof(it->bound);

    it->bound_len = none ? 0 : k->len;
    memcpy(it->bound, k->bytes, it->bound_len);
    pmap_begin(&it->it, none ? NULL : snapshot_map(s, k->map), it->bound, it->bound_len);
}

/* Everything in the map whose key begins with this text and a 0 byte. */
static void walk(struct snapshot_iter *it, const struct snapshot *s, unsigned map, const char *text)
{
    struct snapshot_key k;

    snapshot_key_begin(&k, map, text);
    walk_key(it, s, &k);
}

void snapshot_named(struct snapshot_iter *it, const struct snapshot *s, enum model_kind_id kind,
                    const char *name)
{
    walk(it, s, MAP_NAMES + kind, name);
}

void snapshot_linked(struct snapshot_iter *it, const struct snapshot *s, enum model_link link,
                     const char *id)
{
    walk(it, s, (unsigned)MAP_LINKS + link, id);
}

const char *snapshot_next_target(const struct snapshot *s, enum model_link link, const char *after)
{
    const struct pmap *m = snapshot_map(s, (unsigned)MAP_LINKS + link);
    struct pmap_iter it;
    struct snapshot_key k = {.len = 0};
    const void *key;
    size_t len;

    if (after) {
        snapshot_key_text(&k, after);
        if (k.failed)
            return NULL;
        k.bytes[k.len - 1] = 1; /* more than all keys of this target */
    }
    pmap_begin(&it, m, k.bytes, k.len);
    return pmap_next(&it, &key, &len) ? key : NULL; /* it ends with a 0 byte */
}

void snapshot_on_interface(struct snapshot_iter *it, const struct snapshot *s, const char *node,
                           const char *interface, int64_t vlan)
{
    struct snapshot_key k = {.map = MAP_LINKS + LINK_INTERFACE};

    snapshot_key_interface(&k, node, interface, vlan);
    walk_key(it, s, &k);
}

size_t snapshot_count_linked(const struct snapshot *s, enum model_link link, const char *id)
{
    const struct pmap *m = snapshot_map(s, (unsigned)MAP_LINKS + link);
    struct snapshot_key k;
    size_t before;

    snapshot_key_begin(&k, (unsigned)MAP_LINKS + link, id);
    if (k.failed)
        return 0;
    before = pmap_rank(m, k.bytes, k.len);
    k.bytes[k.len - 1] = 1; /* less than any other target, more than all keys of this one */
    return pmap_rank(m, k.bytes, k.len) - before;
}

void snapshot_space(struct snapshot_iter *it, const struct snapshot *s, enum model_space space,
                    const char *scope)
{
    walk(it, s, (unsigned)MAP_SPACES + space, scope);
}

void snapshot_at(struct snapshot_iter *it, const struct snapshot *s, enum model_space space,
                 const char *scope, const struct prefix *p)
{
    struct snapshot_key k;

    snapshot_key_begin(&k, (unsigned)MAP_SPACES + space, scope);
    snapshot_key_prefix(&k, p);
    walk_key(it, s, &k);
}

/* ---- short ways ---- */

bool snapshot_propagates(const struct model_vpc_attachment *attachment,
                         const struct model_subnet *subnet)
{
    bool named = attachment->propagation == MODEL_PROPAGATE_ALL;

    if (subnet->cidr.addr.family == ADDR_NONE || !subnet->vpc_id || !attachment->vpc_id ||
        strcmp(subnet->vpc_id, attachment->vpc_id) != 0 ||
        attachment->propagation == MODEL_PROPAGATE_NONE)
        return false;
    for (uint32_t i = 0; i < attachment->subnet_ids.count && !named; i++)
        named = strcmp(attachment->subnet_ids.items[i], subnet->head.id) == 0;
    return named;
}

const struct model_route_table *snapshot_default_table(const struct snapshot *s, const char *vpc)
{
    snapshot_each_linked (struct model_route_table, table, it, s, LINK_TABLE_VPC, vpc) {
        if (table->is_default)
            return table;
    }
    return NULL;
}

const struct model_subnet *snapshot_subnet_at(const struct snapshot *s, const char *vpc,
                                              const struct addr *a)
{
    struct prefix host = prefix_make(a, (uint8_t)addr_bits(a));

    return snapshot_overlap(s, SPACE_SUBNETS, vpc, &host, NULL);
}

const struct model_vpc_attachment *snapshot_attachment(const struct snapshot *s,
                                                       const char *gateway, const char *vpc)
{
    snapshot_each_linked (struct model_vpc_attachment, attachment, it, s, LINK_ATTACHMENT_VPC,
                          vpc) {
        if (gateway && attachment->border_gateway_id &&
            strcmp(attachment->border_gateway_id, gateway) == 0)
            return attachment;
    }
    return NULL;
}

const struct model_border_gateway *snapshot_gateway_of(const struct snapshot *s,
                                                       const struct model_vpn_tunnel *t)
{
    const struct model_vpn_connection *c =
        snapshot_get(s, MODEL_VPN_CONNECTION, t->vpn_connection_id);

    return c ? snapshot_get(s, MODEL_BORDER_GATEWAY, c->border_gateway_id) : NULL;
}
