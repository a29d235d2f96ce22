/* model_internal.h - what the files of this room share. */
#ifndef ROPEWAY_MODEL_INTERNAL_H
#define ROPEWAY_MODEL_INTERNAL_H

#include "snapshot.h"

/* Where a row's member is in its struct. */
#define AT(type, member) .offset = offsetof(type, member)

#define MODEL_PATH_MAX 128
#define MODEL_ID_MAX   40
/* The most that a region's quota may be raised to. */
#define MODEL_QUOTA_MAX 1000000

/* The member at a dotted path, borrowed, or NULL (fields.c). */
const json_t *model_at(const json_t *resource, const char *path);
/* As model_each_field(), in a resource. Costs little: what a visit wants of a leaf it asks for. */
struct model_leaf {
    const struct model_field *field;
    const json_t *object;           /* that it is a member of; NULL: absent */
    const struct model_leaf *above; /* of that object, or NULL: the resource */
};
typedef int model_leaf_visit(void *arg, const struct model_leaf *leaf);
int model_each_leaf(const struct model_kind *kind, const json_t *resource, model_leaf_visit *visit,
                    void *arg);
/* Borrowed; NULL if it is absent. */
const json_t *model_leaf_value(const struct model_leaf *leaf);
/* "ike.version"; returns buf. */
const char *model_leaf_path(const struct model_leaf *leaf, char buf[MODEL_PATH_MAX]);

/* ---- tables (tables_*.c) ---- */

extern const struct model_field model_common[];
extern const struct model_field model_token_common[];
extern const struct model_field model_user_common[];
extern const struct model_field model_region_common[]; /* without regionId and projectId */
extern const struct model_field model_region_fields[];
extern const struct model_field model_node_fields[];
extern const struct model_field model_vpc_fields[];
extern const struct model_field model_subnet_fields[];
extern const struct model_field model_route_table_fields[];
extern const struct model_field model_instance_fields[];
extern const struct model_field model_border_gateway_fields[];
extern const struct model_field model_border_gateway_route_fields[];
extern const struct model_field model_vpc_attachment_fields[];
extern const struct model_field model_customer_gateway_fields[];
extern const struct model_field model_vpn_connection_fields[];
extern const struct model_field model_vpn_tunnel_fields[];
extern const struct model_field model_private_interface_fields[];
extern const struct model_field model_port_counter_fields[];
extern const struct model_field model_placement_fields[];
extern const struct model_field model_alarm_fields[];
/* Objects of a tunnel. */
extern const struct model_field model_ike_fields[];
extern const struct model_field model_ipsec_fields[];
extern const struct model_field model_dpd_fields[];
extern const struct model_field model_probe_fields[];

/* Values (values.c). */
extern const struct model_value model_values_people_roles[];
extern const struct model_value model_values_roles[];
extern const struct model_value model_values_node_states[];
extern const struct model_value model_values_instance_states[];
extern const struct model_value model_values_attachments[];
extern const struct model_value model_values_conditions[];
extern const struct model_value model_values_propagations[];
extern const struct model_value model_values_families[];
extern const struct model_value model_values_routings[];
extern const struct model_value model_values_line_routings[];
extern const struct model_value model_values_line_states[];
extern const struct model_value model_values_sides[];
extern const struct model_value model_values_over_limits[];
extern const struct model_value model_values_bgp_states[];
extern const struct model_value model_values_bfd_states[];
extern const struct model_value model_values_availabilities[];
extern const struct model_value model_values_oper_states[];
extern const struct model_value model_values_probe_states[];
extern const struct model_value model_values_probe_peers[];
extern const struct model_value model_values_admin_states[];
extern const struct model_value model_values_authentications[];
extern const struct model_value model_values_severities[];
extern const struct model_value model_values_alarm_causes[];
extern const struct model_value model_values_default_alarms[];
extern const struct model_value model_values_connection_alarms[];
extern const struct model_value model_values_comparisons[];
extern const struct model_value model_values_alarm_states[];
extern const struct model_value model_values_exchange_modes[];
extern const struct model_value model_values_ciphers[];
extern const struct model_value model_values_integrities[];
extern const struct model_value model_values_ipsec_modes[];
extern const struct model_value model_values_dpd_actions[];
extern const struct model_value model_values_ike_groups[];
extern const struct model_value model_values_pfs_groups[];
extern const struct model_value model_values_additional[];
extern const struct model_when model_when_ike_v1;

/* ---- rules for texts (rules.c) ---- */

extern const struct model_rule model_rule_name;
extern const struct model_rule model_rule_region_id;
extern const struct model_rule model_rule_psk;
extern const struct model_rule model_rule_secret;
extern const struct model_rule model_rule_metric;
extern const struct model_rule model_rule_decimal;
extern const struct model_rule model_rule_webhook;
extern const struct model_rule model_rule_mail;
extern const struct model_rule model_rule_identity;
extern const struct model_rule model_rule_bgp_password;
extern const struct model_rule model_rule_community;
extern const struct model_rule model_rule_user;
extern const struct model_rule model_rule_password;
extern const struct model_rule model_rule_interface_name;
extern const struct model_rule model_rule_vpc_cidr;
extern const struct model_rule model_rule_subnet_cidr;

/* Whether len bytes of name are the field's, or of a message's its code or arguments (fields.c). */
bool model_names_field(const struct model_field *field, const char *name, size_t len);

/* ---- one value (value.c) ---- */

/* Where a check stands: the path of the value it looks at. */
struct model_check {
    const struct model_kind *kind;
    struct model_error *error;
    char path[MODEL_PATH_MAX];
    size_t path_len;
};

/* Appends ".name" (or "name" at the start) or "[index]"; the old length comes back for
 * model_path_pop(). Overlong paths are cut. */
size_t model_path_push(struct model_check *c, const char *name);
size_t model_path_push_index(struct model_check *c, size_t index);
void model_path_pop(struct model_check *c, size_t len);
/* Refuses the value in hand. A secret field's value is not shown. */
int model_refuse(struct model_check *c, const struct model_field *field, int status,
                 const char *type, const json_t *value, const struct words *rule);
/* The same, "invalid-value", of the member at the path; c stands at the resource. */
int model_refuse_at(struct model_check *c, const char *path, const json_t *resource,
                    const struct words *rule);
/* Checks value against the field's descriptor; *ret is a new normalised copy. */
MUST_USE int model_check_value(struct model_check *c, const struct model_field *field,
                               const json_t *value, json_t **ret);
/* The text of a JSON string; NULL after refusing what is none or cannot be one in C. */
const char *model_check_text(struct model_check *c, const struct model_field *field,
                             const json_t *value, enum words_code wanted);
/* A new JSON string, or -ENOMEM. */
MUST_USE int model_make_string(const char *text, json_t **ret);
/* "PATH must be WANTED." */
int model_refuse_type(struct model_check *c, const struct model_field *field, const json_t *value,
                      enum words_code wanted);
int model_refuse_value(struct model_check *c, const struct model_field *field, const json_t *value,
                       enum words_code wanted);
/* What a reference may be, written: with how a new id looks, or only the id of what. Returns buf.
 */
const char *model_wanted_ids(const struct model_field *field, bool with_form,
                             char buf[WORDS_TEXT_MAX]);
/* Addresses and references (value_net.c). -ENOMEM leaves *error as it was. */
typedef int model_value_check(struct model_check *c, const struct model_field *field,
                              const json_t *value, json_t **ret);
model_value_check model_check_cidr, model_check_address, model_check_interface, model_check_ref;
/* In a merge patch a member that is null is dropped before the outcome is checked; so this refuses
 * names that the field, an object or a map, cannot have. */
MUST_USE int model_check_members(struct model_check *c, const struct model_field *field,
                                 const json_t *value);
/* The parsed default, new; NULL if the field has none (or memory ran out). */
json_t *model_default(const struct model_field *field);

/* ---- rules between the fields of one resource (when.c, intrinsic.c, warnings.c) ---- */

/* The text of a scalar as values have it: "nic", "true", "14"; "" of anything else. Borrows value
 * or buf. */
#define MODEL_SCALAR_MAX 24
const char *model_scalar_text(const json_t *value, char buf[MODEL_SCALAR_MAX]);
/* What the rows say about which field matters when. */
MUST_USE int model_check_conditions(struct model_check *c, const json_t *resource);
/* What they cannot say. */
MUST_USE int model_check_intrinsic(struct model_check *c, const json_t *resource);
/* Limits of volume that are too small, unless they are those of before (NULL: it is new). */
MUST_USE int model_check_volumes(struct model_check *c, const json_t *before,
                                 const json_t *resource);
/* Appends sentences about weak choices to warnings. */
MUST_USE int model_add_warnings(const struct model_kind *kind, const json_t *resource,
                                json_t *warnings);

/* ---- the others (lookup.c) ---- */

/* One request on its way: what there is, where errors go. */
struct model_request {
    const struct snapshot *s; /* NULL: a region is being created */
    const struct model_env *env;
    const struct model_kind *kind;
    const struct model_resource
        *current; /* the stored state when updating or deleting, else NULL */
    bool copied;  /* the psk is that of another tunnel */
    struct model_error *error;
};

/* The id of the region the request is about; "" while it has none. */
const char *model_region_of(const struct model_request *q);
bool model_has_role(const struct model_node *node, enum model_role role);
bool model_ids_hold(const struct model_ids *ids, const char *id);
/* Who on the node uses the interface (NULL: none) with this VLAN, other than but; NULL if nobody
 * does. A node may have kept one from the time before it lost the role. */
const struct model_resource *model_interface_user(const struct snapshot *s, const char *node,
                                                  const char *interface, int64_t vlan,
                                                  const char *but);
/* Refuses one that somebody else uses: an interface with a VLAN serves one. */
int model_check_claim(struct model_request *q, const char *node, const char *interface,
                      int64_t vlan, const char *id);
/* Fails as 500 "internal". */
int model_internal_error(struct model_error *error);

/* ---- certificates (credentials.c) ---- */

/* What a tunnel authenticates with by certificate works: the resource before its secrets are
 * sealed. Adds a sentence to warnings if it ends soon. */
MUST_USE int model_check_credentials(struct model_request *q, const json_t *resource,
                                     json_t *warnings);

/* ---- references (refs.c) ---- */

/* Every reference in a normalised resource exists in the region and is of a kind the field allows.
 */
MUST_USE int model_check_refs(struct model_request *q, const json_t *resource);
/* Nothing that stays refers to the resource; else 409 with holders. The one with the id but (may be
 * NULL) goes with it and does not count. */
MUST_USE int model_check_unreferenced(struct model_request *q,
                                      const struct model_resource *resource, const char *but);

/* ---- the rules of one kind (topology.c, vpn.c, placement.c) and quotas (quota.c) ---- */

MUST_USE int model_check_topology(struct model_request *q, const struct model_resource *resource);
/* 400 for field: that does not belong to the VPC. */
int model_refuse_other_vpc(struct model_request *q, enum model_kind_id kind, const char *field,
                           const char *id, const char *vpc);
MUST_USE int model_check_vpn(struct model_request *q, const struct model_resource *resource);
MUST_USE int model_check_placement(struct model_request *q, const struct model_resource *resource);
MUST_USE int model_check_quotas(struct model_request *q, const json_t *resource);

/* ---- filling in (fill.c, fill_tunnel.c) ---- */

/* Completes a request before validation: what copyParametersFrom asks for, and in a patch the other
 * end of inner addresses. *ret is new. */
MUST_USE int model_fill_before(struct model_request *q, const json_t *in, json_t **ret);
/* What the server allocates for a new resource, in place. */
MUST_USE int model_fill_after(struct model_request *q, json_t *resource);
MUST_USE int model_fill_tunnel(struct model_request *q, json_t *resource);
/* 32 random characters (set.c). */
MUST_USE int model_fill_secret(struct model_request *q, json_t *resource, const char *field);
MUST_USE int model_set_text(struct model_request *q, json_t *resource, const char *name,
                            const char *text);
/* Prefix and random characters of a new id. */
void model_new_id(const struct model_env *env, const struct model_kind *kind,
                  char ret[MODEL_ID_MAX]);
/* id, regionId, projectId, name, times, revision. */
MUST_USE int model_fill_common(struct model_request *q, json_t *resource);
/* Projects (project.c): of what is created; whether who asks may see a resource. */
MUST_USE int model_fill_project(struct model_request *q, json_t *resource);
bool model_may_see(const struct model_request *q, const struct model_resource *resource);
/* There is no such thing as the one at path (refs.c). */
int model_refuse_missing(struct model_request *q, const char *path, const struct model_kind *kind,
                         const char *id);
/* The node for an instance of the VPC; NULL if there is none. */
const struct model_resource *model_home_of(const struct snapshot *s, const char *vpc,
                                           bool (*usable)(void *arg, const char *node_id),
                                           void *arg);

/* ---- what follows from a change (effects.c, placement.c, settle.c) ---- */

/* Takes after and a reference to before. */
MUST_USE int model_changes_add(struct model_changes *c, enum model_op op,
                               struct model_resource *after, const struct model_resource *before);
/* The resource with what edit makes of its JSON form (arg), a revision later; nothing if that is
 * nothing. */
MUST_USE int model_changes_edit(const struct model_env *env, struct model_changes *c,
                                const struct model_resource *before,
                                int (*edit)(void *arg, json_t *resource), void *arg);
/* Appends the changes of other resources that follow from the one in c->items[0]. */
MUST_USE int model_add_effects(struct model_request *q, struct model_changes *c);
/* The node that carries the target (a gateway's id or an address); NULL if there is none. */
const char *model_node_of(const struct snapshot *s, const char *target);
/* Places the connection's addresses that have no placement, until there are most changes. */
MUST_USE int model_place_addresses(const struct snapshot *s, const struct model_env *env,
                                   const struct model_vpn_connection *connection, const char *node,
                                   enum words_code reason, size_t most, struct model_changes *c);
/* Those about placements. */
MUST_USE int model_place_new(struct model_request *q, struct model_changes *c);
/* That of a move: one more, unless the placement is of this commit itself and nobody has seen it.
 */
int64_t model_next_generation(const struct model_placement *before);
/* The name of a placement that was given none: its id, as far as names may have that. */
void model_placement_name(const char *target, char ret[ADDR_TEXT_MAX]);
MUST_USE int model_unplace(struct model_request *q, struct model_changes *c);
/* Bumps revision and updatedAt. */
MUST_USE int model_touch(const struct model_env *env, json_t *resource);

#endif
