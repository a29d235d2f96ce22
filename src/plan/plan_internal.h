#ifndef ROPEWAY_PLAN_INTERNAL_H
#define ROPEWAY_PLAN_INTERNAL_H

#include "plan.h"
#include "routing_build.h"

/* ---- facts.c: what follows from a snapshot alone ---- */

/* The node with this id if it exists, else NULL; id may be NULL. */
const char *plan_node(const struct snapshot *s, const char *id);
/* The node is taken out of service. */
bool plan_is_draining(const struct snapshot *s, const char *id);
/* NULL if there is none. */
const struct model_placement *plan_placement(const struct snapshot *s, const char *target);
/* The node that carries a border gateway or, by its text, a cloud address; NULL if none that
 * exists does. */
const char *plan_placed_on(const struct snapshot *s, const char *target);
/* The connection that has this cloud address (if damage gave it to several: one of them); NULL. */
const struct model_vpn_connection *plan_owner(const struct snapshot *s, const struct addr *cloud);
/* The connection of a tunnel if the tunnel can be carried at all: it has one, which owns the cloud
 * address and belongs to a border gateway that exists. Else NULL. */
const struct model_vpn_connection *plan_connection_of(const struct snapshot *s,
                                                      const struct model_vpn_tunnel *tunnel);
/* The node that carries the tunnel; NULL if none does. */
const char *plan_tunnel_node(const struct snapshot *s, const struct model_vpn_tunnel *tunnel);
/* The node that has the interface of a real network; NULL: it is none, or no node has it. */
const char *plan_network_node(const struct snapshot *s, const struct model_subnet *subnet);
/* The node that carries a private interface, which is that of its gateway; NULL if none does. */
const char *plan_line_node(const struct snapshot *s, const struct model_private_interface *line);
/* Since when, as microseconds: what decides conflicts between attachments. */
uint64_t plan_propagated_since(const struct model_vpc_attachment *attachment,
                               const struct model_subnet *subnet);
/* Whether what a static route of a border gateway or of a VPC route table leads to is there. */
bool plan_route_leads(const struct snapshot *s, const struct model_gateway_route *route);
bool plan_table_route_leads(const struct snapshot *s, const struct model_route_table *table,
                            const struct model_table_route *route);
/* The real network of a VPC that holds the address; NULL if none does. */
const struct model_subnet *plan_network_at(const struct snapshot *s, const char *vpc,
                                           const struct addr *a);
/* The id of the attachment that joins a VPC to a gateway, "" if none does. */
const char *plan_attachment_id(const struct snapshot *s, const char *gateway, const char *vpc);
/* A quota as a count. */
size_t plan_quota(const struct snapshot *s, const char *name);

/* ---- objects.c: what a node is told ---- */

enum plan_type {
    PLAN_ADDRESS,
    PLAN_VPC,
    PLAN_INSTANCE,
    PLAN_TABLE,
    PLAN_GATEWAY,
    PLAN_ATTACHMENT,
    PLAN_ROUTE,
    PLAN_TUNNEL,
    PLAN_LINE,
    PLAN_NETWORK,
    PLAN_TYPES
};

const char *plan_type_name(enum plan_type type);

struct plan_description {
    char *text; /* owned; NULL: it is on no node */
    const char
        *node; /* the one that has it; NULL: whoever needs it (vpc, table, attachment, route) */
    const char *source; /* a resource's id */
};

/* -ENOMEM. Text and node are NULL if s has no such object. */
MUST_USE int plan_describe(const struct snapshot *s, enum plan_type type, const char *id,
                           struct plan_description *ret);

/* ---- tables.c: a region's routing tables, made when somebody asks ---- */

/* A border gateway or a VPC route table with its routes selected. */
struct plan_routes {
    const struct model_resource *resource; /* borrowed from the snapshot */
    struct routing_table table;
};

/* Tables made so far for one question. Zero-initialise but for what they are made of. */
struct plan_tables {
    const struct snapshot *snapshot;
    const struct plan_learned *learned; /* or NULL */
    struct plan_routes **items;
    size_t count, cap;
};

void plan_tables_done(struct plan_tables *t);
/* Makes the table of a bgw-… or rtb-… unless it is there. Borrowed from t. -ENOENT, -ENOMEM. */
MUST_USE int plan_tables_get(struct plan_tables *t, const char *id, const struct plan_routes **ret);

/* What leads on from a VPC for addresses beyond its ranges, selected: the ranges, and of the static
 * routes of its default table those that routing_leads_beyond(). -ENOMEM. */
MUST_USE int plan_tables_beyond(const struct snapshot *s, const char *vpc,
                                struct routing_table *ret);

/* ---- problems.c ---- */

/* A border gateway attached to the VPC that is on another node than this one (NULL: none), and its
 * node; NULL if there is none. */
const struct model_border_gateway *plan_cut_off(const struct snapshot *s, const char *vpc,
                                                const char *node, const char **ret_node);

/* ---- pick.c ---- */

#define PLAN_PICK_MAX 64 /* as many ways as the data plane takes */

/* The place of the way that the flow takes on this node; n is 1 to PLAN_PICK_MAX. */
size_t plan_pick(const struct plan_flow *f, const char *node, const char *const *ids, size_t n);

#endif
