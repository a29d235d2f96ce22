#include "snapshot_internal.h"

#include <inttypes.h>
#include <stdio.h>

/* Under which keys a resource is found. */

/* ---- parts of keys ---- */

void snapshot_key_add(struct snapshot_key *k, const void *data, size_t len)
{
    if (len > sizeof(k->bytes) - k->len) {
        k->failed = true;
        return;
    }
    memcpy(k->bytes + k->len, data, len);
    k->len += len;
}

void snapshot_key_text(struct snapshot_key *k, const char *text)
{
    snapshot_key_add(k, text ? text : "", (text ? strlen(text) : 0) + 1);
}

void snapshot_key_prefix(struct snapshot_key *k, const struct prefix *p)
{
    snapshot_key_add(k, &p->addr.family, 1);
    snapshot_key_add(k, p->addr.bytes, addr_len(&p->addr));
    snapshot_key_add(k, &p->len, 1);
}

void snapshot_key_begin(struct snapshot_key *k, unsigned map, const char *text)
{
    k->map = map;
    k->len = 0;
    k->failed = false;
    snapshot_key_text(k, text);
    k->failed |= k->len > BOUND_MAX;
}

void snapshot_key_read(const void *bytes, size_t len, struct prefix *ret, const char **ret_id,
                       size_t *ret_id_len)
{
    const uint8_t *pos = bytes;
    size_t skip = strlen(bytes) + 1;
    struct prefix p = {.addr.family = pos[skip]};
    size_t addr = addr_len(&p.addr);

    memcpy(p.addr.bytes, pos + skip + 1, addr);
    p.len = pos[skip + 1 + addr];
    *ret = p;
    *ret_id = (const char *)pos + skip + 2 + addr;
    *ret_id_len = len - (skip + 2 + addr);
}

void snapshot_key_interface(struct snapshot_key *k, const char *node, const char *interface,
                            int64_t vlan)
{
    char tag[24] = "";

    if (vlan)
        snprintf(tag, sizeof(tag), ".%" PRId64, vlan);
    k->len = 0;
    k->failed = false;
    snapshot_key_add(k, node ? node : "", node ? strlen(node) : 0);
    snapshot_key_add(k, "/", 1);
    snapshot_key_add(k, interface, strlen(interface));
    snapshot_key_text(k, tag);
    k->failed |= k->len > BOUND_MAX;
}

/* ---- of a resource ---- */

struct keys {
    const struct model_resource *resource;
    snapshot_key_visit *visit;
    void *arg;
};

/* Ends the key with the id. */
static int finish(const struct keys *ks, struct snapshot_key *k)
{
    snapshot_key_add(k, ks->resource->id, strlen(ks->resource->id));
    return k->failed ? 0 : ks->visit(ks->arg, k);
}

static int visit_id(const struct keys *ks)
{
    struct snapshot_key k;

    k.map = MAP_IDS + ks->resource->kind->id;
    k.len = 0;
    k.failed = false;
    return finish(ks, &k);
}

static int visit_text(const struct keys *ks, unsigned map, const char *text)
{
    struct snapshot_key k;

    snapshot_key_begin(&k, map, text);
    return finish(ks, &k);
}

/* ---- links ---- */

static int visit_link(const struct keys *ks, const struct model_field *f, const char *target)
{
    if (target && f->type == MODEL_NEXT_HOP && strcmp(target, "blackhole") == 0)
        return 0;
    return visit_text(ks, (unsigned)MAP_LINKS + f->link, target);
}

static int visit_links(const struct keys *ks, const struct model_field *fields, const uint8_t *at);

static int visit_list(const struct keys *ks, const struct model_field *f,
                      const struct model_any_list *list)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < list->count; i++) {
        const void *item = model_item(f, list, i);

        if (f->type == MODEL_OBJECT)
            r = visit_links(ks, f->fields, item);
        else
            r = visit_link(ks, f, *(const char *const *)item);
    }
    return r;
}

/* Objects that are not lists hold no references. */
static int visit_links(const struct keys *ks, const struct model_field *fields, const uint8_t *at)
{
    int r = 0;

    for (const struct model_field *f = fields; r == 0 && f->name; f++) {
        const void *member = at + f->offset;

        if (!model_is_stored(f))
            continue;
        if (f->list && (f->link || f->type == MODEL_OBJECT))
            r = visit_list(ks, f, member);
        else if (f->link)
            r = visit_link(ks, f, *(const char *const *)member);
    }
    return r;
}

/* ---- links without a member ---- */

static int visit_interface(const struct keys *ks, const char *node, const char *interface,
                           int64_t vlan)
{
    struct snapshot_key k = {.map = MAP_LINKS + LINK_INTERFACE};

    if (!interface)
        return 0;
    snapshot_key_interface(&k, node, interface, vlan);
    return finish(ks, &k);
}

int snapshot_unplaced_key(const struct model_resource *r, snapshot_key_visit *visit, void *arg)
{
    const struct keys ks = {r, visit, arg};

    return visit_text(&ks, MAP_LINKS + LINK_UNPLACED, "");
}

bool snapshot_is_unplaced(const struct snapshot *s, const struct model_resource *r)
{
    const struct model_vpn_connection *c = (const void *)r;
    char text[ADDR_TEXT_MAX];

    if (r->kind->id == MODEL_BORDER_GATEWAY)
        return !snapshot_get(s, MODEL_PLACEMENT, r->id);
    for (uint32_t i = 0; i < c->cloud_addresses.count; i++) {
        if (!snapshot_get(s, MODEL_PLACEMENT, addr_format(&c->cloud_addresses.items[i], text)))
            return true;
    }
    return false;
}

static int visit_others(const struct snapshot *s, const struct keys *ks)
{
    const struct model_instance *i = (const void *)ks->resource;
    const struct model_subnet *subnet = (const void *)ks->resource;
    const struct model_private_interface *line = (const void *)ks->resource;

    switch (ks->resource->kind->id) {
    case MODEL_INSTANCE:
        return visit_interface(ks, i->node_id, i->interface, 0);
    case MODEL_SUBNET:
        return visit_interface(ks, subnet->node_id, subnet->interface, subnet->vlan);
    case MODEL_PRIVATE_INTERFACE:
        return visit_interface(ks, line->node_id, line->interface, line->vlan);
    case MODEL_BORDER_GATEWAY:
    case MODEL_VPN_CONNECTION:
        return snapshot_is_unplaced(s, ks->resource)
                   ? snapshot_unplaced_key(ks->resource, ks->visit, ks->arg)
                   : 0;
    default:
        return 0;
    }
}

/* ---- spaces ---- */

static int visit_prefix(const struct keys *ks, enum model_space space, const char *scope,
                        const struct prefix *p)
{
    struct snapshot_key k;

    if (!scope || p->addr.family == ADDR_NONE)
        return 0;
    snapshot_key_begin(&k, (unsigned)MAP_SPACES + space, scope);
    snapshot_key_prefix(&k, p);
    return finish(ks, &k);
}

static int visit_addr(const struct keys *ks, enum model_space space, const char *scope,
                      const struct addr *a)
{
    struct prefix p = prefix_make(a, (uint8_t)addr_bits(a));

    return visit_prefix(ks, space, scope, &p);
}

int snapshot_inner_key(const struct snapshot *s, const struct model_vpn_tunnel *t,
                       snapshot_key_visit *visit, void *arg)
{
    const struct keys ks = {&t->head, visit, arg};
    const struct model_vpn_connection *c =
        snapshot_get(s, MODEL_VPN_CONNECTION, t->vpn_connection_id);
    struct prefix p = model_interface_prefix(&t->tunnel_address);

    return c ? visit_prefix(&ks, SPACE_INNER, c->border_gateway_id, &p) : 0;
}

static int visit_line(const struct keys *ks, const struct model_private_interface *line)
{
    struct prefix p = model_interface_prefix(&line->address);

    return visit_prefix(ks, SPACE_INNER, line->border_gateway_id, &p);
}

static int visit_spaces(const struct snapshot *s, const struct keys *ks)
{
    const void *r = ks->resource;
    const struct model_vpn_connection *c = r;
    const struct model_gateway_route *route = r;
    const struct model_instance *i = r;
    const struct model_subnet *subnet = r;
    int result = 0;

    switch (ks->resource->kind->id) {
    case MODEL_SUBNET:
        return visit_prefix(ks, SPACE_SUBNETS, subnet->vpc_id, &subnet->cidr);
    case MODEL_INSTANCE:
        return visit_addr(ks, SPACE_INSTANCES, i->subnet_id, &i->address);
    case MODEL_BORDER_GATEWAY_ROUTE:
        return visit_prefix(ks, SPACE_ROUTES, route->border_gateway_id, &route->destination);
    case MODEL_VPN_TUNNEL:
        return snapshot_inner_key(s, r, ks->visit, ks->arg);
    case MODEL_PRIVATE_INTERFACE:
        return visit_line(ks, r);
    case MODEL_VPN_CONNECTION:
        for (size_t k = 0; result == 0 && k < c->cloud_addresses.count; k++)
            result = visit_addr(ks, SPACE_CLOUD, "", &c->cloud_addresses.items[k]);
        return result;
    default:
        return 0;
    }
}

int snapshot_each_key(const struct snapshot *s, const struct model_resource *r,
                      snapshot_key_visit *visit, void *arg)
{
    const struct keys ks = {r, visit, arg};
    int result = visit_id(&ks);

    if (result == 0)
        result = visit_text(&ks, (unsigned)MAP_NAMES + r->kind->id, r->name);
    if (result == 0)
        result = visit_links(&ks, r->kind->fields, (const uint8_t *)r);
    if (result == 0)
        result = visit_others(s, &ks);
    return result ? result : visit_spaces(s, &ks);
}
