#include "json_text.h"
#include "plan_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* The objects of docs/protocol.md. Each function writes the members of one; false if there is none.
 */

#define INSTANCE_MTU 1500 /* of eth0; the data plane clamps and tells what fits a tunnel */

enum { MAC_INSTANCE = 0x02, MAC_GATEWAY = 0x06 }; /* both locally administered, never equal */

#define MAC_TEXT_MAX 18

struct describe {
    const struct snapshot *s;
    const char *id;
    const char *node;
    const char *source;
    struct buf out;
};

static const char *code_name(enum model_kind_id kind, const char *path, unsigned code)
{
    const struct model_field *field = model_find_field(model_kind(kind), path);

    return code > 0 ? field->values[code - 1].name : "";
}

/* Where its placement says that it is; false if that is nowhere. */
static bool place(struct describe *d, const char *target, int64_t *ret_generation)
{
    const struct model_placement *placement = plan_placement(d->s, target);

    d->node = placement ? plan_node(d->s, placement->node_id) : NULL;
    if (!d->node)
        return false;
    *ret_generation = placement->generation;
    return true;
}

/* ---- cloud addresses ---- */

static bool describe_address(struct describe *d)
{
    const struct model_vpn_connection *owner;
    int64_t generation;
    struct addr a;

    if (addr_parse(d->id, &a) < 0 || !place(d, d->id, &generation))
        return false;
    owner = plan_owner(d->s, &a);
    if (!owner)
        return false;
    d->source = owner->head.id;
    json_text_int(&d->out, "generation", generation);
    return true;
}

/* ---- VPCs and their route tables ---- */

static void write_subnet(struct buf *out, const struct model_subnet *subnet)
{
    if (subnet->cidr.addr.family == ADDR_NONE)
        return;
    json_text_open(out, NULL, '{');
    json_text_string(out, "id", subnet->head.id);
    json_text_prefix(out, "cidr", &subnet->cidr);
    json_text_string(out, "table", subnet->route_table_id);
    json_text_close(out, '}');
}

static void write_table_route(struct buf *out, const struct model_table_route *route)
{
    json_text_open(out, NULL, '{');
    json_text_prefix(out, "destination", &route->destination);
    json_text_string(out, "nextHop", route->next_hop);
    json_text_close(out, '}');
}

/* What comes for addresses beyond the ranges goes on as the default table says. */
static void write_beyond(struct describe *d)
{
    const struct model_route_table *table = snapshot_default_table(d->s, d->id);
    bool any = false;

    for (uint32_t i = 0; table && i < table->routes.count; i++) {
        const struct model_table_route *route = &table->routes.items[i];

        if (!plan_table_route_leads(d->s, table, route) || !routing_leads_beyond(route->next_hop))
            continue;
        if (!any)
            json_text_open(&d->out, "beyond", '[');
        any = true;
        write_table_route(&d->out, route);
    }
    if (any)
        json_text_close(&d->out, ']');
}

static bool describe_vpc(struct describe *d)
{
    const struct model_vpc *vpc = snapshot_get(d->s, MODEL_VPC, d->id);

    if (!vpc)
        return false;
    json_text_open(&d->out, "ranges", '[');
    if (vpc->cidr.addr.family != ADDR_NONE)
        json_text_prefix(&d->out, NULL, &vpc->cidr);
    for (uint32_t i = 0; i < vpc->extra_cidrs.count; i++)
        json_text_prefix(&d->out, NULL, &vpc->extra_cidrs.items[i]);
    json_text_close(&d->out, ']');
    json_text_open(&d->out, "subnets", '[');
    snapshot_each_linked (struct model_subnet, subnet, it, d->s, LINK_SUBNET_VPC, d->id)
        write_subnet(&d->out, subnet);
    json_text_close(&d->out, ']');
    write_beyond(d);
    return true;
}

static void write_table_routes(struct describe *d, const struct model_route_table *table)
{
    json_text_open(&d->out, "routes", '[');
    for (uint32_t i = 0; i < table->routes.count; i++) {
        const struct model_table_route *route = &table->routes.items[i];

        if (plan_table_route_leads(d->s, table, route))
            write_table_route(&d->out, route);
    }
    json_text_close(&d->out, ']');
}

static void write_propagations(struct describe *d, const struct model_route_table *table)
{
    json_text_open(&d->out, "propagations", '[');
    for (uint32_t i = 0; i < table->propagations.count; i++) {
        const struct model_table_propagation *p = &table->propagations.items[i];

        if (p->range.addr.family == ADDR_NONE ||
            !snapshot_get(d->s, MODEL_BORDER_GATEWAY, p->border_gateway_id))
            continue;
        json_text_open(&d->out, NULL, '{');
        json_text_string(&d->out, "gateway", p->border_gateway_id);
        json_text_prefix(&d->out, "range", &p->range);
        json_text_close(&d->out, '}');
    }
    json_text_close(&d->out, ']');
}

static bool describe_table(struct describe *d)
{
    const struct model_route_table *table = snapshot_get(d->s, MODEL_ROUTE_TABLE, d->id);

    if (!table)
        return false;
    json_text_string(&d->out, "vpc", table->vpc_id);
    write_table_routes(d, table);
    write_propagations(d, table);
    json_text_int(&d->out, "maxPropagated",
                  (int64_t)plan_quota(d->s, "propagatedRoutesPerRouteTable"));
    return true;
}

/* ---- instances ---- */

static const char *derive_mac(unsigned first, const char *id, char buf[MAC_TEXT_MAX])
{
    uint64_t h = hash_bytes(id, strlen(id), 0);

    snprintf(buf, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", first, (unsigned)(h >> 32 & 0xff),
             (unsigned)(h >> 24 & 0xff), (unsigned)(h >> 16 & 0xff), (unsigned)(h >> 8 & 0xff),
             (unsigned)(h & 0xff));
    return buf;
}

static void write_instance(struct buf *out, const struct model_instance *instance,
                           const struct model_subnet *subnet)
{
    struct addr gateway = model_subnet_gateway(&subnet->cidr);
    char mac[MAC_TEXT_MAX];

    json_text_string(out, "name", instance->head.name);
    json_text_string(out, "vpc", subnet->vpc_id);
    json_text_prefix(out, "subnet", &subnet->cidr);
    json_text_addr(out, "address", &instance->address);
    json_text_addr(out, "gateway", &gateway);
    json_text_string(out, "mac", derive_mac(MAC_INSTANCE, instance->head.id, mac));
    json_text_string(out, "gatewayMac", derive_mac(MAC_GATEWAY, subnet->head.id, mac));
    json_text_int(out, "mtu", INSTANCE_MTU);
    json_text_string(out, "table", subnet->route_table_id);
    json_text_string(out, "attachment",
                     code_name(MODEL_INSTANCE, "attachment", instance->attachment));
    if (instance->interface)
        json_text_string(out, "interface", instance->interface);
}

static bool describe_instance(struct describe *d)
{
    const struct model_instance *instance = snapshot_get(d->s, MODEL_INSTANCE, d->id);
    const struct model_subnet *subnet;

    d->node = instance ? plan_instance_node(d->s, instance) : NULL;
    if (!d->node)
        return false;
    subnet = snapshot_get(d->s, MODEL_SUBNET, instance->subnet_id);
    if (subnet->cidr.addr.family == ADDR_NONE)
        return false;
    write_instance(&d->out, instance, subnet);
    return true;
}

/* ---- real networks ---- */

static bool describe_network(struct describe *d)
{
    const struct model_subnet *subnet = snapshot_get(d->s, MODEL_SUBNET, d->id);
    struct addr gateway;
    char mac[MAC_TEXT_MAX];

    d->node = subnet ? plan_network_node(d->s, subnet) : NULL;
    if (!d->node)
        return false;
    gateway = model_subnet_gateway(&subnet->cidr);
    json_text_string(&d->out, "vpc", subnet->vpc_id);
    json_text_prefix(&d->out, "subnet", &subnet->cidr);
    json_text_addr(&d->out, "gateway", &gateway);
    json_text_string(&d->out, "gatewayMac", derive_mac(MAC_GATEWAY, d->id, mac));
    json_text_string(&d->out, "interface", subnet->interface);
    json_text_int(&d->out, "vlan", subnet->vlan);
    json_text_int(&d->out, "mtu", subnet->mtu);
    json_text_int(&d->out, "hostLimit", subnet->host_limit);
    json_text_string(&d->out, "table", subnet->route_table_id);
    return true;
}

/* ---- border gateways ---- */

static bool describe_gateway(struct describe *d)
{
    const struct model_border_gateway *gateway = snapshot_get(d->s, MODEL_BORDER_GATEWAY, d->id);
    int64_t generation;

    if (!gateway || !place(d, d->id, &generation))
        return false;
    json_text_int(&d->out, "asn", gateway->asn);
    json_text_bool(&d->out, "transit", gateway->transit);
    json_text_int(&d->out, "maxDynamic",
                  (int64_t)plan_quota(d->s, "dynamicRoutesPerBorderGateway"));
    json_text_int(&d->out, "generation", generation);
    return true;
}

static void write_offer(struct buf *out, const struct model_vpc_attachment *attachment,
                        const struct model_subnet *subnet)
{
    if (!snapshot_propagates(attachment, subnet))
        return;
    json_text_open(out, NULL, '{');
    json_text_prefix(out, "prefix", &subnet->cidr);
    json_text_int(out, "since", (int64_t)plan_propagated_since(attachment, subnet));
    json_text_close(out, '}');
}

static bool describe_attachment(struct describe *d)
{
    const struct model_vpc_attachment *attachment = snapshot_get(d->s, MODEL_VPC_ATTACHMENT, d->id);
    const char *vpc;

    if (!attachment || !attachment->vpc_id ||
        !snapshot_get(d->s, MODEL_BORDER_GATEWAY, attachment->border_gateway_id))
        return false;
    vpc = attachment->vpc_id;
    json_text_string(&d->out, "gateway", attachment->border_gateway_id);
    json_text_string(&d->out, "vpc", vpc);
    json_text_open(&d->out, "prefixes", '[');
    snapshot_each_linked (struct model_subnet, subnet, it, d->s, LINK_SUBNET_VPC, vpc)
        write_offer(&d->out, attachment, subnet);
    json_text_close(&d->out, ']');
    return true;
}

static bool describe_route(struct describe *d)
{
    const struct model_gateway_route *route = snapshot_get(d->s, MODEL_BORDER_GATEWAY_ROUTE, d->id);

    if (!route || !plan_route_leads(d->s, route) ||
        !snapshot_get(d->s, MODEL_BORDER_GATEWAY, route->border_gateway_id))
        return false;
    json_text_string(&d->out, "gateway", route->border_gateway_id);
    json_text_prefix(&d->out, "destination", &route->destination);
    json_text_string(&d->out, "nextHop", route->next_hop);
    json_text_int(&d->out, "since", (int64_t)route->head.created_us);
    return true;
}

/* ---- tunnels ---- */

static void write_addresses(struct buf *out, const struct model_vpn_tunnel *t)
{
    char address[ADDR_TEXT_MAX], inner[ADDR_TEXT_MAX + 8] = "";

    if (t->tunnel_address.addr.family != ADDR_NONE)
        snprintf(inner, sizeof(inner), "%s/%u", addr_format(&t->tunnel_address.addr, address),
                 t->tunnel_address.len);
    json_text_addr(out, "cloudAddress", &t->cloud_address);
    json_text_addr(out, "customerAddress", &t->customer_address);
    json_text_string(out, "localId", t->local_id);
    json_text_string(out, "remoteId", t->remote_id);
    json_text_string(out, "tunnelAddress", inner);
    json_text_addr(out, "peerTunnelAddress", &t->peer_tunnel_address);
}

static void write_code(struct buf *out, const char *name, const struct model_field *f, uint8_t code)
{
    const char *text = code > 0 ? f->values[code - 1].name : "";
    uint64_t n;

    if (f->type == MODEL_GROUP && text_parse_u64(text, INT64_MAX, &n) == 0)
        json_text_int(out, name, (int64_t)n);
    else
        json_text_string(out, name, text);
}

/* Of the types that parameters have. */
static void write_parameter(struct buf *out, const struct model_field *f, const void *at)
{
    const struct model_codes *codes = at;

    if (f->type == MODEL_BOOL) {
        json_text_bool(out, f->name, *(const bool *)at);
    } else if (f->type == MODEL_INT) {
        json_text_int(out, f->name, *(const int64_t *)at);
    } else if (!f->list) {
        write_code(out, f->name, f, *(const uint8_t *)at);
    } else {
        json_text_open(out, f->name, '[');
        for (uint32_t i = 0; i < codes->count; i++)
            write_code(out, NULL, f, codes->items[i]);
        json_text_close(out, ']');
    }
}

/* The members of the resource's own object of this name, as its descriptor has them. */
static void write_group(struct buf *out, const struct model_resource *of, const char *name)
{
    const struct model_field *group = model_find_field(of->kind, name);
    const uint8_t *at = (const uint8_t *)of + group->offset;

    json_text_open(out, name, '{');
    for (const struct model_field *f = group->fields; f->name; f++)
        write_parameter(out, f, at + f->offset);
    json_text_close(out, '}');
}

static void write_pem(struct buf *out, const char *name, const char *pem)
{
    if (pem && *pem)
        json_text_string(out, name, pem);
}

static void write_proof(struct buf *out, const struct model_vpn_tunnel *t)
{
    if (t->authentication != MODEL_AUTHENTICATION_CERTIFICATE) {
        json_text_string(out, "psk", t->psk);
        return;
    }
    json_text_string(out, "authentication", "certificate");
    write_pem(out, "certificate", t->certificate);
    write_pem(out, "privateKey", t->private_key);
    write_pem(out, "caCertificates", t->ca_certificates);
    write_pem(out, "crl", t->crl);
}

static void write_parameters(struct buf *out, const struct model_vpn_tunnel *t)
{
    write_proof(out, t);
    json_text_int(out, "pskOverlapSeconds", t->psk_overlap_s);
    write_group(out, &t->head, "ike");
    write_group(out, &t->head, "ipsec");
    write_group(out, &t->head, "dpd");
    write_group(out, &t->head, "probe");
    json_text_bool(out, "initiate", t->initiate);
    json_text_int(out, "mtu", t->mtu);
    json_text_bool(out, "mssClamp", t->mss_clamp);
}

/* ---- BGP over a tunnel ---- */

static void write_prefixes(struct buf *out, const char *name, const struct model_prefixes *list)
{
    json_text_open(out, name, '[');
    for (uint32_t i = 0; i < list->count; i++)
        json_text_prefix(out, NULL, &list->items[i]);
    json_text_close(out, ']');
}

static void write_bfd(struct buf *out, const struct model_bfd *bfd)
{
    if (!bfd->enabled)
        return;
    json_text_open(out, "bfd", '{');
    json_text_int(out, "intervalMs", bfd->interval_ms);
    json_text_int(out, "multiplier", bfd->multiplier);
    json_text_close(out, '}');
}

/* As a connection or a private interface has it. */
struct bgp_of {
    int64_t peer_asn;
    const struct model_bgp *bgp;
    const struct model_bfd *bfd;
    const char *password;
    const struct model_prefixes *imports, *exports;
};

static void write_bgp(struct buf *out, const struct bgp_of *b)
{
    json_text_open(out, "bgp", '{');
    json_text_int(out, "peerAsn", b->peer_asn);
    json_text_int(out, "holdSeconds", b->bgp->hold_s);
    json_text_int(out, "gracefulRestartSeconds", b->bgp->graceful_restart_s);
    if (b->password)
        json_text_string(out, "password", b->password);
    write_bfd(out, b->bfd);
    json_text_int(out, "prepend", b->bgp->prepend);
    json_text_open(out, "communities", '[');
    for (uint32_t i = 0; i < b->bgp->communities.count; i++)
        json_text_string(out, NULL, b->bgp->communities.items[i]);
    json_text_close(out, ']');
    write_prefixes(out, "importPrefixes", b->imports);
    write_prefixes(out, "exportPrefixes", b->exports);
    json_text_string(out, "overLimit",
                     code_name(MODEL_VPN_CONNECTION, "bgp.overLimit", b->bgp->over_limit));
    json_text_close(out, '}');
}

static void write_tunnel_bgp(struct describe *d, const struct model_vpn_connection *c)
{
    const struct model_customer_gateway *peer =
        snapshot_get(d->s, MODEL_CUSTOMER_GATEWAY, c->customer_gateway_id);

    if (c->routing == MODEL_ROUTING_BGP && peer)
        write_bgp(&d->out, &(const struct bgp_of){peer->asn, &c->bgp, &c->bfd, c->bgp_password,
                                                  &c->import_prefixes, &c->export_prefixes});
}

/* A node that is drained takes its tunnels and private interfaces down as if each were switched
 * off. */
static void write_admin_state(struct describe *d, uint8_t admin)
{
    bool drained = admin == MODEL_ADMIN_UP && plan_is_draining(d->s, d->node);

    json_text_string(&d->out, "adminState",
                     code_name(MODEL_VPN_TUNNEL, "adminState", drained ? MODEL_ADMIN_DOWN : admin));
    if (drained)
        json_text_bool(&d->out, "drained", true);
}

/* ---- overlapping networks ---- */

static void write_translations(struct buf *out, const struct model_vpn_connection *c)
{
    if (!c->translations.count)
        return;
    json_text_open(out, "translations", '[');
    for (uint32_t i = 0; i < c->translations.count; i++) {
        const struct model_translation *t = &c->translations.items[i];

        json_text_open(out, NULL, '{');
        json_text_string(out, "side", t->side == MODEL_SIDE_OWN ? "own" : "peer");
        json_text_prefix(out, "prefix", &t->prefix);
        json_text_prefix(out, "seenAs", &t->seen_as);
        json_text_close(out, '}');
    }
    json_text_close(out, ']');
}

/* ---- policy-based peers ---- */

static void write_selectors(struct buf *out, const struct model_vpn_connection *c)
{
    if (c->local_selectors.count)
        write_prefixes(out, "localSelectors", &c->local_selectors);
    if (c->remote_selectors.count)
        write_prefixes(out, "remoteSelectors", &c->remote_selectors);
}

static bool describe_tunnel(struct describe *d)
{
    const struct model_vpn_tunnel *tunnel = snapshot_get(d->s, MODEL_VPN_TUNNEL, d->id);
    const struct model_vpn_connection *connection =
        tunnel ? plan_connection_of(d->s, tunnel) : NULL;
    char address[ADDR_TEXT_MAX];
    int64_t generation;

    if (!connection || !place(d, addr_format(&tunnel->cloud_address, address), &generation))
        return false;
    json_text_string(&d->out, "name", tunnel->head.name);
    json_text_string(&d->out, "connection", connection->head.id);
    json_text_string(&d->out, "gateway", connection->border_gateway_id);
    json_text_int(&d->out, "generation", generation);
    write_admin_state(d, tunnel->admin);
    write_addresses(&d->out, tunnel);
    write_parameters(&d->out, tunnel);
    write_translations(&d->out, connection);
    write_selectors(&d->out, connection);
    write_tunnel_bgp(d, connection);
    return true;
}

/* ---- private interfaces ---- */

static void write_line(struct describe *d, const struct model_private_interface *line)
{
    struct buf *out = &d->out;
    char address[ADDR_TEXT_MAX], text[PREFIX_TEXT_MAX], mac[MAC_TEXT_MAX];

    snprintf(text, sizeof(text), "%s/%u", addr_format(&line->address.addr, address),
             line->address.len);
    json_text_string(out, "gateway", line->border_gateway_id);
    write_admin_state(d, line->admin);
    json_text_string(out, "interface", line->interface);
    json_text_int(out, "vlan", line->vlan);
    json_text_string(out, "address", text);
    json_text_addr(out, "peerAddress", &line->peer_address);
    json_text_string(out, "mac", derive_mac(MAC_GATEWAY, line->head.id, mac));
    json_text_int(out, "mtu", line->mtu);
    write_group(out, &line->head, "probe");
    if (line->routing == MODEL_ROUTING_BGP)
        write_bgp(out,
                  &(const struct bgp_of){line->peer_asn, &line->bgp, &line->bfd, line->bgp_password,
                                         &line->import_prefixes, &line->export_prefixes});
}

static bool describe_line(struct describe *d)
{
    const struct model_private_interface *line = snapshot_get(d->s, MODEL_PRIVATE_INTERFACE, d->id);

    d->node = line ? plan_line_node(d->s, line) : NULL;
    if (!d->node || line->address.addr.family == ADDR_NONE)
        return false;
    write_line(d, line);
    return true;
}

/* ---- all of them ---- */

static const struct {
    const char *name;
    bool (*describe)(struct describe *d);
} types[PLAN_TYPES] = {
    [PLAN_ADDRESS] = {"address", describe_address},
    [PLAN_VPC] = {"vpc", describe_vpc},
    [PLAN_INSTANCE] = {"instance", describe_instance},
    [PLAN_TABLE] = {"table", describe_table},
    [PLAN_GATEWAY] = {"gateway", describe_gateway},
    [PLAN_ATTACHMENT] = {"attachment", describe_attachment},
    [PLAN_ROUTE] = {"route", describe_route},
    [PLAN_TUNNEL] = {"tunnel", describe_tunnel},
    [PLAN_LINE] = {"line", describe_line},
    [PLAN_NETWORK] = {"network", describe_network},
};

const char *plan_type_name(enum plan_type type)
{
    return types[type].name;
}

int plan_describe(const struct snapshot *s, enum plan_type type, const char *id,
                  struct plan_description *ret)
{
    struct describe d = {.s = s, .id = id, .source = id};
    bool found, failed;

    json_text_open(&d.out, NULL, '{');
    found = types[type].describe(&d);
    json_text_close(&d.out, '}');
    failed = d.out.failed;
    *ret = (struct plan_description){.source = d.source};
    if (found && !failed) {
        ret->text = strdup(buf_text(&d.out));
        ret->node = d.node;
        failed = !ret->text;
    }
    buf_done(&d.out);
    return failed ? -ENOMEM : 0;
}
