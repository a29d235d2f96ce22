/* model.h - the resources of Ropeway, described once.
 *
 * A resource in memory is a jansson object in API form (camelCase), already checked against its
 * descriptor. The descriptor tables here drive validation, defaults, storage, the OpenAPI document,
 * the flags of the CLI and the forms of the console. This room does no I/O, reads no clock and
 * keeps no state: everything that exists comes in through struct model_lookup, time and randomness
 * through struct model_env.
 *
 * The usual way of a request:
 *     POST    model_create()  -> changes to store in one transaction, warnings, or an error
 *     PATCH   model_update()  -> the same (an empty list: nothing differs)
 *     DELETE  model_delete()  -> the same
 *     GET     model_view()    -> what may leave the house (no secrets, status merged in)
 * All three check every rule there is about resources; the caller only has to make sure that what
 * the lookup showed is still true when it commits.
 *
 * HTTP conventions (carried out by the control room, described by model_openapi()):
 *     /v1/regions                                   GET list, POST create
 *     /v1/regions/{region}                          GET, PATCH, DELETE
 *     /v1/regions/{region}/{collection}             GET list, POST create
 *     /v1/regions/{region}/{collection}/{id}        GET, PATCH, DELETE
 * A list answers {"items": [...], "next": "cursor"} (next is absent on the last page) and takes
 * ?limit=&cursor= and any field for which model_filter_field() is not NULL (name, references,
 * scalars). Create answers 201 with the resource (a tunnel's once with its psk) and, if there are
 * any, its "warnings" [sentence]. PATCH is a JSON merge patch (RFC 7396), guarded by
 * If-Match: "REVISION". DELETE answers 204. Errors are application/problem+json, see
 * model_error_problem(). Beyond that:
 *     POST .../vpnTunnels/{id}/revealPsk                             {"psk"}
 *     GET  .../vpnTunnels/{id}/log                                  {"items": [{"at", "text"}]}
 *     GET  .../borderGateways/{id}/routes?table=static|propagated|effective
 *     GET  .../routeTables/{id}/routes                              {"items": [...]}
 *     GET  .../{borderGateways|routeTables}/{id}/explain?destination=ADDR   {"answer", "steps"}
 *     GET  /v1/regions/{region}/problems                            {"items": [...]}
 *     POST, GET /v1/regions/{region}/nodeTokens, DELETE .../{id}    {"token"}, {"items": [...]}
 *     GET  .../nodes/{id}/desired, POST .../nodes/{id}/status       see docs/architecture.md
 *     GET  /v1/auditLog, /openapi.json, /metrics, /healthz
 */
#ifndef ROPEWAY_MODEL_H
#define ROPEWAY_MODEL_H

#include <jansson.h>

#include "base.h"

/* ---- kinds and fields ---- */

enum model_kind_id {
    MODEL_REGION,
    MODEL_NODE,
    MODEL_VPC,
    MODEL_SUBNET,
    MODEL_ROUTE_TABLE,
    MODEL_INSTANCE,
    MODEL_BORDER_GATEWAY,
    MODEL_BORDER_GATEWAY_ROUTE, /* one entry of a gateway's static table */
    MODEL_VPC_ATTACHMENT,
    MODEL_CUSTOMER_GATEWAY,
    MODEL_VPN_CONNECTION,
    MODEL_VPN_TUNNEL,
    MODEL_KINDS,
};

/* JSON types in brackets. */
enum model_type {
    MODEL_STRING,    /* [string] */
    MODEL_ENUM,      /* [string] one of values */
    MODEL_BOOL,      /* [boolean] */
    MODEL_INT,       /* [integer] min..max */
    MODEL_GROUP,     /* [integer, or the string "none"] Diffie-Hellman group, one of values */
    MODEL_CIDR,      /* [string] network prefix without host bits, in canonical text */
    MODEL_ADDRESS,   /* [string] IPv4 or IPv6 address, in canonical text */
    MODEL_INTERFACE, /* [string] address with prefix length, "169.254.1.1/30" */
    MODEL_REF,       /* [string] id of a resource of one of the kinds in refs */
    MODEL_NEXT_HOP,  /* [string] as MODEL_REF, or "blackhole" */
    MODEL_TIME,      /* [string] RFC 3339 UTC with milliseconds */
    MODEL_TEXT_MAP,  /* [object] string -> string (tags) */
    MODEL_INT_MAP,   /* [object] quota name -> integer */
    MODEL_OBJECT,    /* [object] with fields */
};

enum model_access {
    MODEL_EDITABLE,    /* given at creation, may change */
    MODEL_CREATE_ONLY, /* given at creation, never changes */
    MODEL_READ_ONLY,   /* made and stored by the server */
    MODEL_STATUS,      /* merged in by model_view(), never stored */
    MODEL_ACTION,      /* only accepted in a create request; steers it and is not kept */
};

enum {
    MODEL_REQUIRED = 1 << 0,  /* must be given at creation */
    MODEL_ALLOCATED = 1 << 1, /* the server fills it in when not given */
    MODEL_SECRET = 1 << 2, /* sealed at rest, hidden by model_view(), never in an error or a log */
    MODEL_DISTINCT = 1 << 3, /* list without equal elements */
    MODEL_SOFT = 1 << 4,     /* a reference that does not hold its target against deletion */
    MODEL_COLUMN = 1 << 5,   /* worth a column in a table of many */
};

/* What a text must look like beyond its type. */
struct model_rule {
    const char *sentence;                        /* completes "FIELD must be ..." */
    const char *pattern;                         /* ECMA regular expression for OpenAPI, or NULL */
    bool (*check)(const char *text, size_t len); /* len bytes of well-formed UTF-8 */
};

struct model_field {
    const char *name; /* camelCase; NULL ends a table */
    enum model_type type;
    bool list; /* an array of type */
    enum model_access access;
    unsigned flags;
    unsigned min_items, max_items;    /* of a list or map; max 0: 256 */
    int64_t min, max;                 /* of MODEL_INT */
    unsigned max_len;                 /* characters of a string; 0: 255 */
    const char *default_json;         /* JSON text; NULL: absent when not given */
    const char *const *values;        /* of MODEL_ENUM and MODEL_GROUP; NULL ends */
    unsigned refs;                    /* of MODEL_REF and MODEL_NEXT_HOP: set of 1u << kind id */
    const struct model_rule *rule;    /* or NULL */
    const struct model_field *fields; /* of MODEL_OBJECT */
    const char *description;          /* one English line */
    const char *zh;                   /* 中文 label */
    const char *unit;                 /* "seconds", "bytes", ... or NULL */
    const char *example;              /* text a user could type, or NULL */
};

struct model_kind {
    enum model_kind_id id;
    const char *name;       /* singular, camelCase: "vpnTunnel" */
    const char *collection; /* in URLs: "vpnTunnels" */
    const char *noun;       /* in the CLI: "vpn-tunnel" */
    const char *prefix;     /* of ids: "vpntun-"; "" for regions, whose ids users choose */
    const char *description;
    const char *zh;
    const struct model_field
        *fields; /* the kind's own; the common ones are model_common_fields() */
};

const struct model_kind *model_kind(enum model_kind_id id);
/* Each NULL if there is none. Text is borrowed only during the call. */
const struct model_kind *model_kind_by_name(const char *name);
const struct model_kind *model_kind_by_collection(const char *collection);
const struct model_kind *model_kind_by_noun(const char *noun);
/* By the prefix of a resource id, which need not exist. Never the region kind. */
const struct model_kind *model_kind_of_id(const char *id);
/* Prefix + 10 base32 characters for the kind. Regions: lower case letters, digits and '-', 1-32. */
bool model_is_id(const struct model_kind *kind, const char *id);

/* The fields every resource has around its own: id, regionId, projectId, name, description, tags,
 * createdAt, updatedAt, revision. Ends with a NULL name. A region lacks regionId and projectId. */
const struct model_field *model_common_fields(const struct model_kind *kind);
/* By dotted path: "asn", "ike.dhGroups"; NULL if there is none. Knows the common fields. */
const struct model_field *model_find_field(const struct model_kind *kind, const char *path);
/* Calls visit for each leaf (common fields first, objects that are not lists are entered); path is
 * the dotted path. Stops at the first non-zero answer and returns it. */
typedef int model_field_visit(void *arg, const char *path, const struct model_field *field);
int model_each_field(const struct model_kind *kind, model_field_visit *visit, void *arg);
/* "ike.dhGroups" -> "ike-dh-groups", "borderGatewayId" -> "border-gateway", "subnetIds" ->
 * "subnets". -ENAMETOOLONG if buf is too small. */
#define MODEL_FLAG_MAX 64
MUST_USE int model_flag_name(const char *path, const struct model_field *field,
                             char buf[MODEL_FLAG_MAX]);

/* ---- errors ---- */

/* Zero-initialise; model_error_done() may be called on it at any time. value never holds a secret.
 */
struct model_error {
    int status;      /* HTTP: 400 malformed or invalid, 404, 409 conflicts with what exists, 500 */
    char type[32];   /* "unknown-field", "wrong-type", "invalid-value", "required", "read-only",
                        "not-found", "conflict", "in-use", "quota-exceeded", "internal" */
    char field[128]; /* dotted path, list elements as routes[2].nextHop; "" if none */
    char value[192]; /* the offending value as JSON text or cut text; "" if none */
    char rule[512];  /* a sentence that says what would be right */
    json_t *holders; /* for "in-use": [{kind, id, name}]; else NULL. Owned. */
};

void model_error_done(struct model_error *e);
/* {type, title, status, detail, field?, value?, rule, holders?}; NULL if out of memory. New. */
json_t *model_error_problem(const struct model_error *e);
/* Fills e (dropping what it held); value may be NULL. Returns -EINVAL for 400, -ENOENT for 404,
 * -EEXIST for 409, -ENOMEM for 500, so that callers can return model_error_set(...). */
PRINTF(6, 7)
int model_error_set(struct model_error *e, int status, const char *type, const char *field,
                    const char *value, const char *rule, ...);

/* ---- one resource on its own ---- */

/* Checks a create request against the descriptor and the rules that need nothing else (unknown and
 * read-only fields, types, ranges, character rules, CIDRs, IPsec lifetime below IKE's, families
 * that fit, ...), and applies defaults. *ret is new: the normalised fields, without those the
 * server allocates. Warnings (weak algorithms) are appended as sentences to warnings unless it is
 * NULL. Every failure fills *error. The input need not be an object. */
MUST_USE int model_validate_create(const struct model_kind *kind, const json_t *in, json_t **ret,
                                   json_t *warnings, struct model_error *error);
/* Applies a merge patch to current and checks the outcome the same way. Null puts a field back to
 * its default. Create-only and read-only fields may be repeated with the value they have, not
 * changed. */
MUST_USE int model_validate_update(const struct model_kind *kind, const json_t *current,
                                   const json_t *patch, json_t **ret, json_t *warnings,
                                   struct model_error *error);
/* What may be shown: a new object in descriptor order without secrets, with the members of status
 * (may be NULL) that the descriptor knows as MODEL_STATUS. NULL if out of memory. */
json_t *model_view(const struct model_kind *kind, const json_t *resource, const json_t *status);

/* ---- filters of lists ---- */

/* The field if lists may be filtered by it (strings, enums, booleans, integers, addresses,
 * references; lists of those match if an element does; of MODEL_STATUS enums and booleans), else
 * NULL. */
const struct model_field *model_filter_field(const struct model_kind *kind, const char *path);
/* Refuses names that are no filter, and texts that the field could never have as its value. */
MUST_USE int model_filter_check(const struct model_kind *kind, const char *path, const char *text,
                                struct model_error *error);
/* resource is a model_view() if the field is MODEL_STATUS. */
bool model_filter_match(const struct model_kind *kind, const json_t *resource, const char *path,
                        const char *text);

/* ---- a resource among the others ---- */

/* What exists, as the caller sees it. Strings and resources are stored resources in API form,
 * listed nodes with their status (without one a node counts as in touch); secrets may be left out
 * except psk of the tunnel named by copyParametersFrom. */
struct model_lookup {
    void *user;
    /* A new reference, or NULL if there is none. region is NULL for MODEL_REGION. */
    json_t *(*get)(void *user, const char *region, enum model_kind_id kind, const char *id);
    /* Calls visit(arg, resource) for each (borrowed) until it answers non-zero, and returns that
     * answer or 0; a failure of its own is returned as negative errno. */
    int (*list)(void *user, const char *region, enum model_kind_id kind,
                int (*visit)(void *arg, const json_t *resource), void *arg);
};

/* What a thinking room does not have by itself. */
struct model_env {
    uint64_t now_us;                       /* since 1970 */
    void (*random)(void *ret, size_t len); /* random_bytes() outside tests */
    const char *project;                   /* projectId of what is created; NULL: "default" */
};

enum model_op { MODEL_OP_CREATE, MODEL_OP_UPDATE, MODEL_OP_DELETE };

struct model_change {
    enum model_op op;
    const struct model_kind *kind;
    json_t *resource; /* owned: the whole new state; for MODEL_OP_DELETE the old one */
    json_t *before;   /* owned: the old state for MODEL_OP_UPDATE and _DELETE, for the compare;
                         NULL for MODEL_OP_CREATE */
};

/* What one request changes; commit all or nothing. The first entry is what the request named;
 * others follow from it: a VPC's default route table comes and goes with it; an attachment puts its
 * propagations into the route tables it names and takes them out again; a node that comes gets the
 * instances that have none. Zero-initialise. */
struct model_changes {
    struct model_change *items;
    size_t count;
    json_t *warnings; /* array of sentences, or NULL */
};

void model_changes_done(struct model_changes *c);

/* Validates, allocates (id, name if none, addresses, psk, route table, ...), checks references,
 * uniqueness, quotas and every other rule. New resources have revision 1. A tunnel's
 * psk is in its resource in clear: the caller seals it before storing. region is the id from the
 * URL (which must exist), NULL when kind is MODEL_REGION. */
MUST_USE int model_create(const struct model_lookup *lookup, const struct model_env *env,
                          const struct model_kind *kind, const char *region, const json_t *in,
                          struct model_changes *ret, struct model_error *error);
/* current as stored (with its secrets, or without: then a kept secret is simply absent from the new
 * state too and the caller carries it over). The revision of what changes grows by one; if nothing
 * differs, *ret holds no item. */
MUST_USE int model_update(const struct model_lookup *lookup, const struct model_env *env,
                          const struct model_kind *kind, const json_t *current, const json_t *patch,
                          struct model_changes *ret, struct model_error *error);
MUST_USE int model_delete(const struct model_lookup *lookup, const struct model_env *env,
                          const struct model_kind *kind, const json_t *current,
                          struct model_changes *ret, struct model_error *error);

/* ---- quotas ---- */

struct model_quota {
    const char *name; /* "vpnConnectionsPerBorderGateway": the key in region.quotas */
    int64_t value;    /* unless the region says otherwise */
    const char *description;
    const char *zh;
};

/* All of them; a NULL name ends. */
const struct model_quota *model_quotas(void);
/* The limit in force: the region's override or the default; 0 if there is no such quota. */
int64_t model_quota_value(const json_t *region, const char *name);

/* ---- allocation (pure; each answers -ENOSPC if nothing is left) ---- */

/* A set of taken prefixes (addresses count as /32 or /128). Zero-initialise. */
struct model_taken {
    struct prefix *items;
    size_t count;
    size_t cap;
};

void model_taken_done(struct model_taken *t);
MUST_USE int model_taken_add(struct model_taken *t, const struct prefix *p);
MUST_USE int model_taken_add_addr(struct model_taken *t, const struct addr *a);
/* The first taken prefix that overlaps p, or NULL. */
const struct prefix *model_taken_find(const struct model_taken *t, const struct prefix *p);

/* Subnets reserve their first, second (.1, the gateway), third and last address. */
struct addr model_subnet_gateway(const struct prefix *subnet);
bool model_subnet_reserved(const struct prefix *subnet, const struct addr *a);
MUST_USE int model_alloc_instance(const struct prefix *subnet, const struct model_taken *taken,
                                  struct addr *ret);
/* The next free /30 for a tunnel, from 169.254.1.0 to 169.254.254.255: RFC 3927 §2.1 reserves the
 * first and last 256 addresses of 169.254.0.0/16 and devices refuse them; 169.254.169.252/30 is
 * left out because clouds answer metadata and DNS there. */
MUST_USE int model_alloc_inner(const struct model_taken *taken, struct prefix *ret);
/* The next free address of the given family from the pools; the network and broadcast address of a
 * pool of /30 or shorter are not used. */
MUST_USE int model_alloc_public(const struct prefix *pools, size_t count, enum addr_family family,
                                const struct model_taken *taken, struct addr *ret);
/* The n-th pair (from 0) of cloud × customer addresses in the order tunnels are prefilled: cloud i
 * with customer i first, then the rest. false if there are fewer. */
bool model_tunnel_pair(size_t clouds, size_t customers, size_t n, size_t *ret_cloud,
                       size_t *ret_customer);

/* ---- helpers for whoever reads resources ---- */

/* "" if the member is absent or no string. Borrowed from the resource. path may be dotted. */
const char *model_str(const json_t *resource, const char *path);
/* fallback if the member is absent or no integer. */
int64_t model_int(const json_t *resource, const char *path, int64_t fallback);
bool model_bool(const json_t *resource, const char *path, bool fallback);
/* The list's member, or an empty array that is borrowed for ever. Never NULL. */
const json_t *model_list(const json_t *resource, const char *path);
/* -EINVAL if absent or not of that form. */
MUST_USE int model_addr(const json_t *resource, const char *path, struct addr *ret);
MUST_USE int model_prefix(const json_t *resource, const char *path, struct prefix *ret);
/* "169.254.1.1/30": the address, and the prefix it lies in. */
MUST_USE int model_parse_interface(const char *text, struct addr *ret, struct prefix *ret_prefix);

/* Whether the gateway learns the subnet's prefix from the attachment. */
bool model_propagates(const json_t *attachment, const json_t *subnet);

/* Among nodes: whether a rather than b (NULL: none) carries its region's gateways: those with the
 * role gateway before others, those in touch (status) before others, then the one made first. */
bool model_has_role(const json_t *node, const char *role);
bool model_carries_rather(const json_t *a, const json_t *b);

/* How an IKE identity in localId and remoteId is meant. */
enum model_identity {
    MODEL_IDENTITY_IPV4,
    MODEL_IDENTITY_IPV6,
    MODEL_IDENTITY_FQDN,
    MODEL_IDENTITY_EMAIL,
    MODEL_IDENTITY_KEY_ID, /* written keyid:TEXT or keyid:0xHEX */
};
/* *ret_value points at the value inside text (after "keyid:"). -EINVAL if it is none of them. */
MUST_USE int model_parse_identity(const char *text, enum model_identity *ret,
                                  const char **ret_value);

/* ---- OpenAPI ---- */

/* The OpenAPI 3.1 document of the whole API; NULL if out of memory. New. */
json_t *model_openapi(void);

#endif
