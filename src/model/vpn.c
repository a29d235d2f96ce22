#include "ident.h"
#include "model_internal.h"

#include <stdio.h>

/* Rules among border gateways, attachments, customer gateways, connections and tunnels. */

/* ---- static routes of a border gateway ---- */

/* The border gateway of what a route may lead to; NULL if there is none. */
static const char *gateway_of(const struct snapshot *s, const char *hop)
{
    const struct model_vpc_attachment *attachment = snapshot_get(s, MODEL_VPC_ATTACHMENT, hop);
    const struct model_private_interface *line = snapshot_get(s, MODEL_PRIVATE_INTERFACE, hop);
    const struct model_vpn_connection *connection = snapshot_get(s, MODEL_VPN_CONNECTION, hop);

    return attachment   ? attachment->border_gateway_id
           : line       ? line->border_gateway_id
           : connection ? connection->border_gateway_id
                        : NULL;
}

static int check_same_route(struct model_request *q, const struct model_gateway_route *route)
{
    const struct model_gateway_route *other;
    struct snapshot_iter it;
    char text[PREFIX_TEXT_MAX];

    snapshot_at(&it, q->s, SPACE_ROUTES, route->border_gateway_id, &route->destination);
    while ((other = snapshot_next(&it))) {
        if (strcmp(other->next_hop, route->next_hop) == 0 &&
            strcmp(other->head.id, route->head.id) != 0)
            return model_error_set(q->error, 409, "conflict", "destination",
                                   prefix_format(&other->destination, text),
                                   SAY(CHANGE_ROUTE_EXISTS, other->head.id));
    }
    return 0;
}

static int check_route(struct model_request *q, const struct model_gateway_route *route)
{
    const char *gateway = route->border_gateway_id, *of = gateway_of(q->s, route->next_hop);

    if (model_kind_of_id(route->next_hop) && (!of || strcmp(of, gateway) != 0))
        return model_error_set(q->error, 400, "invalid-value", "nextHop", route->next_hop,
                               SAY(CHANGE_HOP_GATEWAY, gateway));
    return check_same_route(q, route);
}

/* ---- attachments ---- */

static int check_members(struct model_request *q, const struct model_vpc_attachment *a,
                         const char *list, const struct model_ids *ids, enum model_kind_id kind)
{
    for (uint32_t i = 0; i < ids->count; i++) {
        const void *other = snapshot_get(q->s, kind, ids->items[i]);
        const char *vpc = !other ? ""
                          : kind == MODEL_SUBNET
                              ? ((const struct model_subnet *)other)->vpc_id
                              : ((const struct model_route_table *)other)->vpc_id;
        char path[MODEL_PATH_MAX];

        if (strcmp(vpc, a->vpc_id) == 0)
            continue;
        snprintf(path, sizeof(path), "%s[%u]", list, i);
        return model_refuse_other_vpc(q, kind, path, ids->items[i], a->vpc_id);
    }
    return 0;
}

static int check_attachment(struct model_request *q, const struct model_vpc_attachment *a)
{
    int r = 0;

    /* The VPC's attachments: as few as there are gateways. */
    snapshot_each_linked (struct model_vpc_attachment, other, it, q->s, LINK_ATTACHMENT_VPC,
                          a->vpc_id) {
        if (strcmp(other->border_gateway_id, a->border_gateway_id) == 0 &&
            strcmp(other->head.id, a->head.id) != 0)
            return model_error_set(q->error, 409, "conflict", "vpcId", a->vpc_id,
                                   SAY(CHANGE_ATTACHED, other->head.id));
    }
    r = check_members(q, a, "subnetIds", &a->subnet_ids, MODEL_SUBNET);
    return r == 0 ? check_members(q, a, "routeTableIds", &a->route_table_ids, MODEL_ROUTE_TABLE)
                  : r;
}

/* ---- two ASNs for BGP between them ---- */

static int check_asns(struct model_request *q, const char *path,
                      const struct model_vpn_connection *c,
                      const struct model_border_gateway *gateway,
                      const struct model_customer_gateway *customer)
{
    if (c->routing != MODEL_ROUTING_BGP || !gateway || !customer || gateway->asn != customer->asn)
        return 0;
    return model_error_set(q->error, 409, "conflict", path, NULL,
                           SAY(CHANGE_ONE_ASN, gateway->head.id, customer->head.id,
                               (uint64_t)gateway->asn, c->head.id));
}

static int check_line_asn(struct model_request *q, const char *path,
                          const struct model_private_interface *p,
                          const struct model_border_gateway *gateway)
{
    if (p->routing != MODEL_ROUTING_BGP || !gateway || gateway->asn != p->peer_asn)
        return 0;
    return model_error_set(q->error, 409, "conflict", path, NULL,
                           SAY(CHANGE_LINE_ASN, gateway->head.id, (uint64_t)gateway->asn));
}

/* ---- translations of a connection, and the inner addresses of its tunnels ---- */

/* The translation that would change an address of p; NULL if none does. */
static const struct model_translation *translates(const struct model_vpn_connection *c,
                                                  const struct prefix *p)
{
    for (uint32_t i = 0; i < c->translations.count; i++) {
        const struct model_translation *t = &c->translations.items[i];

        if (prefix_overlaps(&t->prefix, p) || prefix_overlaps(&t->seen_as, p))
            return t;
    }
    return NULL;
}

/* What the ends say to one another has the addresses that they know themselves by. */
static int refuse_translated(struct model_request *q, const char *path,
                             const struct model_vpn_tunnel *tunnel,
                             const struct model_translation *t)
{
    const struct prefix inner = model_interface_prefix(&tunnel->tunnel_address);

    return model_error_set(
        q->error, 409, "conflict", path, NULL,
        SAY(CHANGE_INNER_TRANSLATED, tunnel->head.name, &inner, &t->prefix, &t->seen_as));
}

static int check_translations(struct model_request *q, const struct model_vpn_connection *c)
{
    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, q->s, LINK_TUNNEL_CONNECTION,
                          c->head.id) {
        const struct prefix inner = model_interface_prefix(&tunnel->tunnel_address);
        const struct model_translation *t =
            inner.addr.family != ADDR_NONE ? translates(c, &inner) : NULL;

        if (t)
            return refuse_translated(q, "translations", tunnel, t);
    }
    return 0;
}

/* What has been so since before this was a rule may change in all else. */
static int check_connection(struct model_request *q, const struct model_vpn_connection *c)
{
    const struct model_vpn_connection *before = (const struct model_vpn_connection *)q->current;
    int r = check_translations(q, c);

    if (r < 0 || (before && before->routing == c->routing))
        return r;
    return check_asns(q, "routing", c,
                      snapshot_get(q->s, MODEL_BORDER_GATEWAY, c->border_gateway_id),
                      snapshot_get(q->s, MODEL_CUSTOMER_GATEWAY, c->customer_gateway_id));
}

static bool has_session(const struct model_request *q, const struct model_resource *of)
{
    return q->env->has_session && q->env->has_session(q->env->live, q->s, of);
}

/* The first tunnel of the connection whose session is up; NULL if none is. */
static const struct model_resource *in_session(const struct model_request *q,
                                               const char *connection)
{
    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, q->s, LINK_TUNNEL_CONNECTION,
                          connection) {
        if (has_session(q, &tunnel->head))
            return &tunnel->head;
    }
    return NULL;
}

static int refuse_in_session(struct model_request *q, const struct model_resource *of)
{
    int r = model_error_set(q->error, 409, "in-use", "asn", NULL, SAY(CHANGE_ASN_IN_USE, of->id));

    q->error->holders =
        json_pack("[{s:s, s:s, s:s}]", "kind", of->kind->name, "id", of->id, "name", of->name);
    return r;
}

static int check_lines_asn(struct model_request *q, const struct model_border_gateway *g)
{
    int r = 0;

    snapshot_each_linked (struct model_private_interface, p, it, q->s, LINK_PRIVATE_GATEWAY,
                          g->head.id) {
        if (r == 0 && has_session(q, &p->head))
            r = refuse_in_session(q, &p->head);
        if (r == 0)
            r = check_line_asn(q, "asn", p, g);
    }
    return r;
}

static int check_border_gateway(struct model_request *q, const struct model_border_gateway *g)
{
    const struct model_border_gateway *before = (const struct model_border_gateway *)q->current;
    int r = 0;

    if (!before || before->asn == g->asn)
        return 0;
    snapshot_each_linked (struct model_vpn_connection, c, it, q->s, LINK_CONNECTION_GATEWAY,
                          g->head.id) {
        const struct model_resource *tunnel = r == 0 ? in_session(q, c->head.id) : NULL;

        if (tunnel)
            r = refuse_in_session(q, tunnel);
        if (r == 0)
            r = check_asns(q, "asn", c, g,
                           snapshot_get(q->s, MODEL_CUSTOMER_GATEWAY, c->customer_gateway_id));
    }
    return r == 0 ? check_lines_asn(q, g) : r;
}

/* ---- customer gateways ---- */

static int check_customer_asn(struct model_request *q, const struct model_customer_gateway *g)
{
    const struct model_customer_gateway *before = (const struct model_customer_gateway *)q->current;
    int r = 0;

    if (!before || before->asn == g->asn)
        return 0;
    snapshot_each_linked (struct model_vpn_connection, c, it, q->s, LINK_CONNECTION_CUSTOMER,
                          g->head.id) {
        if (r == 0)
            r = check_asns(q, "asn", c,
                           snapshot_get(q->s, MODEL_BORDER_GATEWAY, c->border_gateway_id), g);
    }
    return r;
}

static const struct model_resource *first_tunnel(const struct snapshot *s, const char *connection)
{
    struct snapshot_iter it;

    snapshot_linked(&it, s, LINK_TUNNEL_CONNECTION, connection);
    return snapshot_next(&it);
}

static bool same_addresses(const struct model_addrs *a, const struct model_addrs *b)
{
    bool same = a->count == b->count;

    for (uint32_t i = 0; same && i < a->count; i++)
        same = addr_equal(&a->items[i], &b->items[i]);
    return same;
}

static int check_customer_gateway(struct model_request *q, const struct model_customer_gateway *c)
{
    const struct model_customer_gateway *before = (const struct model_customer_gateway *)q->current;
    int r = check_customer_asn(q, c);

    if (r < 0 || !before || same_addresses(&before->addresses, &c->addresses))
        return r;
    snapshot_each_linked (struct model_vpn_connection, connection, it, q->s,
                          LINK_CONNECTION_CUSTOMER, c->head.id) {
        const struct model_resource *tunnel = first_tunnel(q->s, connection->head.id);

        if (!tunnel)
            continue;
        r = model_error_set(q->error, 409, "in-use", "addresses", NULL,
                            SAY(CHANGE_ADDRESSES_IN_USE, tunnel->id));
        q->error->holders = json_pack("[{s:s, s:s, s:s}]", "kind", "vpnTunnel", "id", tunnel->id,
                                      "name", tunnel->name);
        return r;
    }
    return 0;
}

/* ---- tunnels ---- */

static uint32_t count_in(const struct model_addrs *list, const struct addr *a)
{
    uint32_t n = 0;

    for (uint32_t i = 0; list && i < list->count; i++)
        n += addr_equal(&list->items[i], a);
    return n;
}

/* As IKE compares them: keyid:a and keyid:0x61 are the same to the peer. */
static bool same_identity(const char *a, const char *b)
{
    struct ident x, y;

    return ident_parse(a, &x) == 0 && ident_parse(b, &y) == 0 &&
           ident_equal(x.type, x.data, x.len, y.type, y.data, y.len);
}

static bool same_pair(const struct model_vpn_tunnel *a, const struct model_vpn_tunnel *b)
{
    return addr_equal(&a->cloud_address, &b->cloud_address) &&
           addr_equal(&a->customer_address, &b->customer_address);
}

/* Peers whose address is not known beforehand are told apart by their identity. */
static int check_identity(struct model_request *q, const struct model_vpn_tunnel *t)
{
    snapshot_each_linked (struct model_vpn_tunnel, other, it, q->s, LINK_TUNNEL_CONNECTION,
                          t->vpn_connection_id) {
        if (strcmp(other->head.id, t->head.id) == 0 || !same_pair(t, other) ||
            !same_identity(other->remote_id, t->remote_id))
            continue;
        return model_error_set(q->error, 409, "conflict", "remoteId", t->remote_id,
                               SAY(CHANGE_IDENTITY_TAKEN, other->head.id));
    }
    return 0;
}

/* A dynamic peer may be listed several times; each listing carries a tunnel. */
static int check_pair(struct model_request *q, const struct model_vpn_tunnel *t, uint32_t listed)
{
    char cloud[ADDR_TEXT_MAX], customer[ADDR_TEXT_MAX];
    uint32_t pairs = 0;

    snapshot_each_linked (struct model_vpn_tunnel, other, it, q->s, LINK_TUNNEL_CONNECTION,
                          t->vpn_connection_id)
        pairs += strcmp(other->head.id, t->head.id) != 0 && same_pair(t, other);
    if (pairs < listed)
        return 0;
    return model_error_set(q->error, 409, "conflict", "customerAddress",
                           addr_format(&t->customer_address, customer),
                           SAY(CHANGE_PAIR_TAKEN, addr_format(&t->cloud_address, cloud)));
}

static int check_outer(struct model_request *q, const struct model_vpn_tunnel *t,
                       const struct model_vpn_connection *connection)
{
    const struct model_customer_gateway *gateway =
        snapshot_get(q->s, MODEL_CUSTOMER_GATEWAY, connection->customer_gateway_id);
    uint32_t listed = gateway ? count_in(&gateway->addresses, &t->customer_address) : 0;
    char cloud[ADDR_TEXT_MAX], customer[ADDR_TEXT_MAX];

    addr_format(&t->cloud_address, cloud);
    addr_format(&t->customer_address, customer);
    if (!count_in(&connection->cloud_addresses, &t->cloud_address))
        return model_error_set(q->error, 400, "invalid-value", "cloudAddress", cloud,
                               SAY(CHANGE_CLOUD_ADDRESS, connection->head.id));
    if (!listed)
        return model_error_set(q->error, 400, "invalid-value", "customerAddress", customer,
                               SAY(CHANGE_CUSTOMER_ADDRESS, connection->customer_gateway_id));
    if (t->cloud_address.family != t->customer_address.family)
        return model_error_set(q->error, 400, "invalid-value", "customerAddress", customer,
                               SAY(CHANGE_ADDRESS_FAMILIES));
    if (addr_equal(&t->cloud_address, &t->customer_address))
        return model_error_set(q->error, 400, "invalid-value", "customerAddress", customer,
                               SAY(CHANGE_OWN_ADDRESS));
    return check_pair(q, t, listed);
}

static const char *interface_format(const struct model_interface *i, char buf[PREFIX_TEXT_MAX])
{
    char address[ADDR_TEXT_MAX];

    snprintf(buf, PREFIX_TEXT_MAX, "%s/%u", addr_format(&i->addr, address), i->len);
    return buf;
}

/* What a tunnel or private interface has there. */
static const struct model_interface *inner_of(const struct model_resource *r)
{
    return r->kind->id == MODEL_PRIVATE_INTERFACE
               ? &((const struct model_private_interface *)r)->address
               : &((const struct model_vpn_tunnel *)r)->tunnel_address;
}

/* No other one of the gateway has a network that overlaps its own. */
static int check_inner(struct model_request *q, const struct model_resource *r, const char *gateway,
                       const char *field)
{
    const struct model_interface *own = inner_of(r);
    struct prefix inner = model_interface_prefix(own);
    const struct model_resource *other =
        snapshot_overlap(q->s, SPACE_INNER, gateway, &inner, r->id);
    char ours[PREFIX_TEXT_MAX], theirs[PREFIX_TEXT_MAX];

    if (!other)
        return 0;
    return model_error_set(
        q->error, 409, "conflict", field, interface_format(own, ours),
        SAY(CHANGE_INNER_OVERLAP, other->id, interface_format(inner_of(other), theirs)));
}

static int check_translated(struct model_request *q, const struct model_vpn_tunnel *t,
                            const struct model_vpn_connection *connection)
{
    const struct prefix inner = model_interface_prefix(&t->tunnel_address);
    const struct model_translation *translation = translates(connection, &inner);

    return translation ? refuse_translated(q, "tunnelAddress", t, translation) : 0;
}

static int check_tunnel(struct model_request *q, const struct model_vpn_tunnel *t)
{
    const struct model_vpn_connection *connection =
        snapshot_get(q->s, MODEL_VPN_CONNECTION, t->vpn_connection_id);
    int r = connection ? 0 : model_internal_error(q->error);

    if (r == 0 && !q->current)
        r = check_outer(q, t, connection);
    if (r == 0 && addr_is_any(&t->customer_address))
        r = check_identity(q, t);
    if (r == 0)
        r = check_translated(q, t, connection);
    return r == 0 ? check_inner(q, &t->head, connection->border_gateway_id, "tunnelAddress") : r;
}

/* ---- private interfaces ---- */

/* A node that has lost the role since keeps what it has. */
static int check_line_node(struct model_request *q, const struct model_private_interface *p)
{
    const struct model_private_interface *before = (const void *)q->current;

    if (!p->node_id || (before && before->node_id && strcmp(before->node_id, p->node_id) == 0) ||
        model_has_role(snapshot_get(q->s, MODEL_NODE, p->node_id), MODEL_ROLE_GATEWAY))
        return 0;
    return model_error_set(q->error, 400, "invalid-value", "nodeId", p->node_id,
                           SAY(CHANGE_NODE_GATEWAY));
}

static int check_private_interface(struct model_request *q, const struct model_private_interface *p)
{
    int r = check_line_node(q, p);

    if (r == 0)
        r = model_check_claim(q, p->node_id, p->interface, p->vlan, p->head.id);
    if (r == 0)
        r = check_line_asn(q, "peerAsn", p,
                           snapshot_get(q->s, MODEL_BORDER_GATEWAY, p->border_gateway_id));
    return r == 0 ? check_inner(q, &p->head, p->border_gateway_id, "address") : r;
}

int model_check_vpn(struct model_request *q, const struct model_resource *resource)
{
    switch (q->kind->id) {
    case MODEL_BORDER_GATEWAY:
        return check_border_gateway(q, (const struct model_border_gateway *)resource);
    case MODEL_VPN_CONNECTION:
        return check_connection(q, (const struct model_vpn_connection *)resource);
    case MODEL_BORDER_GATEWAY_ROUTE:
        return check_route(q, (const struct model_gateway_route *)resource);
    case MODEL_VPC_ATTACHMENT:
        return check_attachment(q, (const struct model_vpc_attachment *)resource);
    case MODEL_CUSTOMER_GATEWAY:
        return check_customer_gateway(q, (const struct model_customer_gateway *)resource);
    case MODEL_PRIVATE_INTERFACE:
        return check_private_interface(q, (const struct model_private_interface *)resource);
    case MODEL_VPN_TUNNEL:
        return check_tunnel(q, (const struct model_vpn_tunnel *)resource);
    default:
        return 0;
    }
}
