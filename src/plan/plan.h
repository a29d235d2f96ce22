/* plan.h - compiles a region's resources into the desired state of each node, the tables that
 * people read, and explanations. Pure: no I/O, no clock; equal input gives byte-equal output.
 *
 *     plan_new(&input, &plan)                 once per revision of the region
 *     plan_desired(plan, "node-…", &json)     what that node should be (docs/architecture.md)
 *     plan_gateway_routes(), plan_route_table_routes(), plan_explain()   for the API
 *     plan_free(plan)
 *
 * Which node carries what: without links between nodes all gateways, cloud addresses, tunnels and
 * their tables live on one node, the region's gateway node: the first by createdAt, then id, among
 * those with role gateway whose status is not offline; if none is left, the first with role gateway
 * whatever its status (a region does not stop because its nodes have not reported yet). Instances
 * live on their nodeId, those without one on the gateway node. An instance elsewhere reaches only
 * the instances of its VPC on the same node: what leads to a gateway or instance on another node is
 * unreachable there, and plan_problems() says so.
 *
 * When a subnet's prefix was propagated, which decides conflicts between attachments: the later of
 * the attachment's propagatedAt (createdAt if it has none) and the subnet's createdAt. Equal times
 * are ordered by attachment id.
 *
 * Resources that contradict the model (an unknown id, a CIDR that does not parse) are left out. */
#ifndef ROPEWAY_PLAN_H
#define ROPEWAY_PLAN_H

#include <jansson.h>

#include "model.h"
#include "routing.h"

/* All borrowed; the plan takes references of its own. */
struct plan_input {
    uint64_t revision;
    const json_t *region; /* resource; its id and quotas are read */
    /* Array of the region's resources of each kind in API form, NULL for none, in any order.
     * Nodes carry "status" (model_view() with status); tunnels carry "psk" in clear. Resources must
     * not be changed while the plan lives. */
    const json_t *resources[MODEL_KINDS];
};

struct plan;

/* -EINVAL if region has no id, -ENOMEM. */
MUST_USE int plan_new(const struct plan_input *in, struct plan **ret);
/* NULL is fine. */
void plan_free(struct plan *plan);

/* The desired state document. New; it holds the psks, so wipe what you print of it. Every list is
 * there, if empty; a table's "self" and a tunnel's "psk" may be "". -ENOENT if there is no such
 * node. */
MUST_USE int plan_desired(const struct plan *plan, const char *node_id, json_t **ret);
/* [{"kind", "id", "error"}]: resources that this plan cannot serve in full, each with a sentence.
 * New, empty if all is well. */
MUST_USE int plan_problems(const struct plan *plan, json_t **ret);
/* The id of the region's gateway node, "" if there is none. Borrowed. */
const char *plan_gateway_node(const struct plan *plan);

enum plan_table { PLAN_STATIC, PLAN_PROPAGATED, PLAN_EFFECTIVE };

/* -EINVAL unless text is static, propagated or effective. */
MUST_USE int plan_parse_table(const char *text, enum plan_table *ret);
/* New arrays of {"destination", "nextHop" (an id, "local" or "blackhole"), "nextHopType",
 * "type" (local, static, propagated, ebgp, ibgp), "metric", "effective", "reason" (a sentence, ""
 * if effective), "routeId" (of a gateway's static route)}, by destination, best first. -ENOENT. */
MUST_USE int plan_gateway_routes(const struct plan *plan, const char *gateway_id,
                                 enum plan_table table, json_t **ret);
MUST_USE int plan_route_table_routes(const struct plan *plan, const char *route_table_id,
                                     json_t **ret);

/* What is known of a tunnel at this moment: {"operState", "lastError"}. New; NULL if nothing is. */
typedef json_t *plan_tunnel_status(void *user, const json_t *tunnel);

/* Where a packet to destination goes from a border gateway (as one from a VPC) or a VPC route
 * table: {"answer": sentence, "steps": [sentence]}. New. id is a bgw-… or rtb-…; -ENOENT. status
 * may be NULL: then a tunnel whose adminState is up is taken to be so. */
MUST_USE int plan_explain(const struct plan *plan, const char *id, const struct addr *destination,
                          plan_tunnel_status *status, void *user, json_t **ret);

#endif
