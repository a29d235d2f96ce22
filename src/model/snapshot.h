/* snapshot.h - one region at one revision: every resource, typed, with the indexes that rules, the
 * planner and lists ask. Immutable and shared without a lock; the next one is made from it by
 * copying what changed (O(changes * log n)).
 *
 * What a snapshot lends (resources, iterators over it) lives as long as the snapshot is held. A
 * snapshot of NULL is an empty one, and an id of NULL is one that does not exist. */
#ifndef ROPEWAY_MODEL_SNAPSHOT_H
#define ROPEWAY_MODEL_SNAPSHOT_H

#include "pmap.h"
#include "types.h"

struct snapshot;

struct snapshot *snapshot_ref(const struct snapshot *s);
/* NULL is fine. */
void snapshot_unref(const struct snapshot *s);

/* One resource as it is from now on. */
struct snapshot_change {
    enum model_kind_id kind;
    const char *id;
    const struct model_resource *resource; /* NULL: deleted. The snapshot takes a reference. */
};

/* The region after the changes, at this revision of the store; base NULL: an empty one. Creates,
 * replaces, deletes; deleting what is not there is no error. -ENOMEM. References to what does not
 * exist are allowed (damaged stores must load): they are just not found. */
MUST_USE int snapshot_apply(const struct snapshot *base, const struct snapshot_change *changes,
                            size_t count, uint64_t revision, struct snapshot **ret);

uint64_t snapshot_revision(const struct snapshot *s);
/* NULL if the region itself is not in it. */
const struct model_region *snapshot_region(const struct snapshot *s);

/* NULL if there is none. The caller knows the type from the kind: (const struct model_vpc *). */
const void *snapshot_get(const struct snapshot *s, enum model_kind_id kind, const char *id);
/* By the prefix of the id (placements are not found so). NULL if there is none. */
const struct model_resource *snapshot_find(const struct snapshot *s, const char *id);
size_t snapshot_count(const struct snapshot *s, enum model_kind_id kind);

/* ---- walks: snapshot_next() answers the next resource or NULL ---- */

struct snapshot_iter {
    struct pmap_iter it;
    uint8_t bound[272]; /* keys of this walk begin with it */
    size_t bound_len;
};

const void *snapshot_next(struct snapshot_iter *it);
/* All of a kind in the order of ids, from the first id greater than after (NULL: from the start).
 */
void snapshot_all(struct snapshot_iter *it, const struct snapshot *s, enum model_kind_id kind,
                  const char *after);
/* Those of a kind with this name, in the order of ids. */
void snapshot_named(struct snapshot_iter *it, const struct snapshot *s, enum model_kind_id kind,
                    const char *name);

/* Every reference there is (struct model_field.link): from a member of one kind to an id. */
enum model_link {
    LINK_NONE,
    LINK_SUBNET_VPC,
    LINK_SUBNET_TABLE,
    LINK_SUBNET_NODE, /* of a real network */
    LINK_TABLE_VPC,
    LINK_TABLE_ROUTE_HOP, /* routes[].nextHop: a border gateway or instance; by its text an address,
                             which is no reference */
    LINK_TABLE_PROPAGATION,
    LINK_TABLE_PROPAGATION_ATTACHMENT, /* soft */
    LINK_INSTANCE_SUBNET,
    LINK_INSTANCE_NODE,
    LINK_ROUTE_GATEWAY,
    LINK_ROUTE_HOP, /* a VPC attachment, private interface or VPN connection */
    LINK_ATTACHMENT_GATEWAY,
    LINK_ATTACHMENT_VPC,
    LINK_ATTACHMENT_SUBNET,
    LINK_ATTACHMENT_TABLE,
    LINK_CONNECTION_GATEWAY,
    LINK_CONNECTION_CUSTOMER,
    LINK_TUNNEL_CONNECTION,
    LINK_PRIVATE_GATEWAY, /* of a private interface, as the next one */
    LINK_PRIVATE_NODE,
    LINK_PLACEMENT_NODE, /* soft */
    LINK_ALARM_SCOPE,    /* soft */
    /* From here on no member of its own. */
    LINK_INTERFACE, /* of each instance, private interface and real network that has one:
                       snapshot_on_interface() */
    LINK_UNPLACED,  /* "": border gateways, and VPN connections with a cloud address, that lack a
                       placement */
    LINKS,
};

/* Those that refer to the id over this link, each once, in the order of their ids. "" (or NULL)
 * finds those that lack the reference, as instances without a node over LINK_INSTANCE_NODE;
 * "blackhole" is no reference. */
void snapshot_linked(struct snapshot_iter *it, const struct snapshot *s, enum model_link link,
                     const char *id);
size_t snapshot_count_linked(const struct snapshot *s, enum model_link link, const char *id);
/* The first id greater than after (NULL: of all) that something refers to over this link; lent by
 * the snapshot, NULL at the end. */
const char *snapshot_next_target(const struct snapshot *s, enum model_link link, const char *after);
/* Those with this interface and VLAN (0: untagged) on the node ("" or NULL: among those without a
 * node). */
void snapshot_on_interface(struct snapshot_iter *it, const struct snapshot *s, const char *node,
                           const char *interface, int64_t vlan);

/* Sets of prefixes in which nothing may overlap, or that are searched by address. */
enum model_space {
    SPACE_SUBNETS,   /* of a VPC: the cidr of each subnet */
    SPACE_INSTANCES, /* of a subnet: the address of each instance */
    SPACE_CLOUD,     /* of the region (scope ""): each cloud address of each connection */
    SPACE_INNER,     /* of a border gateway: the inner prefix of each tunnel of its connections, and
                        the network of each private interface */
    SPACE_ROUTES, /* of a border gateway: the destination of each static route (these may be equal:
                     several next hops) */
    SPACES,
};

/* All of a space in the order of (family, address, length, id); a resource with several prefixes
 * comes once for each. */
void snapshot_space(struct snapshot_iter *it, const struct snapshot *s, enum model_space space,
                    const char *scope);
/* Those whose prefix is exactly this one. */
void snapshot_at(struct snapshot_iter *it, const struct snapshot *s, enum model_space space,
                 const char *scope, const struct prefix *p);
/* The first in that order whose prefix overlaps p, but not the resource with id skip (may be NULL);
 * NULL if none does. O(log n) for spaces without equal prefixes. */
const void *snapshot_overlap(const struct snapshot *s, enum model_space space, const char *scope,
                             const struct prefix *p, const char *skip);
/* The lowest prefix of length len, aligned, between first and last (addresses, inclusive, first
 * aligned) that overlaps nothing in the space. -ENOSPC. O(log^2 n) while what is taken has no gaps
 * that are too small. */
MUST_USE int snapshot_free_prefix(const struct snapshot *s, enum model_space space,
                                  const char *scope, const struct addr *first,
                                  const struct addr *last, uint8_t len, struct prefix *ret);

/* ---- short ways ---- */

#define snapshot_each(type, item, it, s, kind)                                                     \
    struct snapshot_iter it;                                                                       \
    snapshot_all(&it, s, kind, NULL);                                                              \
    for (const type *item; (item = snapshot_next(&it));)
#define snapshot_each_linked(type, item, it, s, link, id)                                          \
    struct snapshot_iter it;                                                                       \
    snapshot_linked(&it, s, link, id);                                                             \
    for (const type *item; (item = snapshot_next(&it));)

/* The default route table of a VPC; NULL if there is none. */
const struct model_route_table *snapshot_default_table(const struct snapshot *s, const char *vpc);
/* The subnet of a VPC that holds the address; NULL if none does. */
const struct model_subnet *snapshot_subnet_at(const struct snapshot *s, const char *vpc,
                                              const struct addr *a);
/* The attachment that joins a VPC to a gateway; NULL if there is none. */
const struct model_vpc_attachment *snapshot_attachment(const struct snapshot *s,
                                                       const char *gateway, const char *vpc);
/* Whether the attachment propagates the subnet. */
bool snapshot_propagates(const struct model_vpc_attachment *attachment,
                         const struct model_subnet *subnet);
/* The border gateway of a tunnel; NULL if its connection is not there. */
const struct model_border_gateway *snapshot_gateway_of(const struct snapshot *s,
                                                       const struct model_vpn_tunnel *t);

#endif
