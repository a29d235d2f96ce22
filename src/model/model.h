/* model.h - the resources of Ropeway, described once.
 *
 * A request is a jansson object in API form (camelCase); what exists is a C struct (types.h) in a
 * snapshot of its region (snapshot.h). The descriptor tables here drive both, and the way between
 * them, and validation, defaults, storage, the OpenAPI document, the flags of the CLI and the forms
 * of the console. This room does no I/O, reads no clock and keeps no state: everything that exists
 * comes in as a snapshot, time, randomness and sealing through struct model_env.
 *
 * The usual way of a request:
 *     POST    model_create()  -> changes to store in one transaction, warnings, or an error
 *     PATCH   model_update()  -> the same (an empty list: nothing differs)
 *     DELETE  model_delete()  -> the same
 *     GET     model_view()    -> what may leave the house (no secrets, status merged in)
 * All three check every rule there is about resources, and cost what they touch, not what there
 * is; the caller only has to make sure that the snapshot is still the newest when it commits.
 * Without a request, model_settle() and model_place() decide where things live.
 *
 * HTTP conventions (carried out by the control room, described by model_openapi()):
 *     /v1/regions                                   GET list, POST create
 *     /v1/regions/{region}                          GET, PATCH, DELETE
 *     /v1/regions/{region}/{collection}             GET list, POST create
 *     /v1/regions/{region}/{collection}/{id}        GET, PATCH, DELETE
 * A list answers {"items": [...], "next": "cursor"} (next is absent on the last page) and takes
 * ?limit=&cursor=, ?selector= (model_selector_parse) and any field for which model_filter_field()
 * is not NULL (name, references, scalars). Create answers 201 with the resource (a tunnel's once
 * with its psk) and, if there are any, its "warnings" [sentence]. PATCH is a JSON merge patch (RFC
 * 7396), guarded by If-Match: "REVISION". DELETE answers 204. Errors are application/problem+json,
 * see model_error_problem(). Beyond that: POST .../vpnTunnels/{id}/revealPsk {"psk"} GET
 * .../vpnTunnels/{id}/log                                  {"items": [{"at", "level", "text"}]} GET
 * .../borderGateways/{id}/routes?table=static|propagated|effective GET  .../routeTables/{id}/routes
 * {"items": [...]} GET  .../{borderGateways|routeTables}/{id}/explain?destination=ADDR   {"answer",
 * "steps"} GET  /v1/regions/{region}/problems                            {"items": [...]} POST, GET
 * /v1/regions/{region}/nodeTokens, DELETE .../{id}    {"token"}, {"items": [...]} GET
 * .../nodes/{id}/desired, POST .../nodes/{id}/status       see docs/architecture.md GET
 * /v1/auditLog, /openapi.json, /metrics, /healthz
 */
#ifndef ROPEWAY_MODEL_H
#define ROPEWAY_MODEL_H

#include <jansson.h>

#include "ident.h"
#include "words.h"

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
    MODEL_PRIVATE_INTERFACE,
    MODEL_PLACEMENT, /* which node carries a gateway or cloud address: made by the server */
    MODEL_ALARM,
    MODEL_KINDS,
    /* Of no region and in no snapshot: model_token_kind, model_user_kind. */
    MODEL_TOKEN = MODEL_KINDS,
    MODEL_USER,
};

#define MODEL_RIGHTS_REGIONS_MAX 16 /* of a token or user */

/* JSON types in brackets. */
enum model_type {
    MODEL_STRING,    /* [string] */
    MODEL_ENUM,      /* [string] one of values */
    MODEL_BOOL,      /* [boolean] */
    MODEL_INT,       /* [integer] min..max */
    MODEL_GROUP,     /* [integer, or a string if it has no number] key exchange, one of values */
    MODEL_CIDR,      /* [string] network prefix without host bits, in canonical text */
    MODEL_ADDRESS,   /* [string] IPv4 or IPv6 address, in canonical text */
    MODEL_INTERFACE, /* [string] address with prefix length, "169.254.1.1/30" */
    MODEL_REF,       /* [string] id of a resource of one of the kinds in refs */
    MODEL_NEXT_HOP,  /* [string] as MODEL_REF, or "blackhole", or with MODEL_ROUTER an address */
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
    MODEL_DISTINCT = 1 << 3,   /* list without equal elements */
    MODEL_SOFT = 1 << 4,       /* a reference that does not hold its target against deletion */
    MODEL_COLUMN = 1 << 5,     /* worth a column in a table of many */
    MODEL_WORDS = 1 << 6,      /* a written message: shown as its sentence, code and arguments */
    MODEL_REFUSED = 1 << 7,    /* must not be given where its condition (when) does not hold */
    MODEL_ROUTER = 1 << 9,     /* a next hop that may be the address of a router */
    MODEL_LINES = 1 << 10,     /* a text of several lines */
    MODEL_OVERLAPS = 1 << 11,  /* a secret that the one before counts beside for a while (key.c) */
    MODEL_WRITE_ONLY = 1 << 8, /* a secret that no answer holds; an empty text takes it away */
};

/* A heading under which forms and documents show fields together, in this order. What is in an
 * object stands where the object does. */
enum model_section_id {
    MODEL_SECTION_GENERAL,
    MODEL_SECTION_ADDRESSES,
    MODEL_SECTION_ROUTING,
    MODEL_SECTION_BGP,
    MODEL_SECTION_HOSTING, /* where it runs, and how it is connected there */
    MODEL_SECTION_IKE,
    MODEL_SECTION_IPSEC,
    MODEL_SECTION_DPD,
    MODEL_SECTION_PROBE,
    MODEL_SECTION_STARTUP,
    MODEL_SECTION_MTU,
    MODEL_SECTION_LIMITS,
    MODEL_SECTION_STATUS,
    MODEL_SECTION_RECORD, /* what the server notes of every resource */
    MODEL_SECTIONS,
};

struct model_section {
    enum model_section_id id;
    const char *name; /* camelCase */
    const char *title[WORDS_LANGS];
};

const struct model_section *model_section(enum model_section_id id);

/* What holds while the member at path has one of values; a list: while an element is one. The path
 * is dotted and begins at the resource. */
struct model_when {
    const char *path;
    const char *values[4]; /* as text: "nic", "true", "1"; NULL ends. None: see lacks, and without
                              that any value, as long as it is given */
    unsigned lacks;        /* if there are no values: any value of the field without these flags */
    enum words_code lacking; /* such a value: "a cipher that is not AEAD" */
};

enum {
    MODEL_WEAK = 1 << 0,        /* taken with a warning */
    MODEL_AEAD = 1 << 1,        /* a cipher that needs no integrity algorithm beside it */
    MODEL_RECOMMENDED = 1 << 2, /* what to choose when nothing speaks for another */
};

/* One value of an enum, or a Diffie-Hellman group. */
struct model_value {
    const char *name; /* NULL ends a table */
    const char *label[WORDS_LANGS];
    const char *description[WORDS_LANGS]; /* what the label does not say, or both NULL */
    unsigned flags;
    const struct model_when *when; /* refused otherwise; or NULL */
};

/* What a text must look like beyond its type. */
struct model_rule {
    enum words_code wanted;                      /* completes "FIELD must be ..." */
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
    const struct model_value *values; /* of MODEL_ENUM and MODEL_GROUP */
    unsigned refs;                    /* of MODEL_REF and MODEL_NEXT_HOP: set of 1u << kind id */
    const struct model_rule *rule;    /* or NULL */
    const struct model_field *fields; /* of MODEL_OBJECT */
    const struct model_when *when;    /* has no effect otherwise (or MODEL_REFUSED); or NULL */
    const struct model_when *needed;  /* must be given, or a list not be empty, then; or NULL */
    enum model_section_id section;
    const char *label[WORDS_LANGS];       /* "Admin state" */
    const char *description[WORDS_LANGS]; /* one line */
    const char *unit[WORDS_LANGS];        /* "seconds", "bytes", ... or NULL */
    const char *zero[WORDS_LANGS];        /* what 0 of a number means, if not none of the unit */
    const char *example;                  /* text a user could type, or NULL */
    uint16_t
        offset; /* of the member in the kind's struct (types.h), of an object's in the object's */
    uint16_t size; /* of MODEL_OBJECT lists: of one element */
    uint8_t link;  /* enum model_link of a stored reference (snapshot.h) */
};

struct model_kind {
    enum model_kind_id id;
    const char *name;       /* singular, camelCase: "vpnTunnel" */
    const char *collection; /* in URLs: "vpnTunnels" */
    const char *noun;       /* in the CLI: "vpn-tunnel" */
    const char *prefix;     /* of ids: "vpntun-"; "" for regions, whose ids users choose, and for
                               placements, whose id is that of what is placed */
    const char *label[WORDS_LANGS];       /* "VPN tunnel" */
    const char *description[WORDS_LANGS]; /* one line */
    const struct model_field
        *fields; /* the kind's own; the common ones are model_common_fields() */
};

extern const struct model_kind model_token_kind, model_user_kind;

/* Below MODEL_KINDS, as in all that follows. */
const struct model_kind *model_kind(enum model_kind_id id);
/* Each NULL if there is none. Text is borrowed only during the call. */
const struct model_kind *model_kind_by_name(const char *name);
const struct model_kind *model_kind_by_collection(const char *collection);
const struct model_kind *model_kind_by_noun(const char *noun);
/* Its noun in a message. */
struct words_arg model_kind_word(const struct model_kind *kind);
/* By the prefix of a resource id, which need not exist. Never the region or placement kind. */
const struct model_kind *model_kind_of_id(const char *id);
/* Prefix + 10 base32 characters for the kind. Regions: lower case letters, digits and '-', 1-32.
 * Placements: the id of a border gateway, or an address. */
bool model_is_id(const struct model_kind *kind, const char *id);

/* Of no project: the operator's, and visible from all of them. */
bool model_is_shared(const struct model_kind *kind);

/* The fields every resource has around its own: id, regionId, projectId, name, description, tags,
 * createdAt, updatedAt, revision, observedRevision, conditions. Ends with a NULL name. A region
 * lacks regionId and projectId. */
const struct model_field *model_common_fields(const struct model_kind *kind);
/* By dotted path: "asn", "ike.dhGroups"; NULL if there is none. Knows the common fields. A
 * message's field is also found by "lastErrorCode" and "lastErrorArguments". */
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

/* 1 + the index of the value of that name; 0: there is none. */
unsigned model_value_code(const struct model_field *field, const char *name);
/* Whether a next hop is none of a resource: "blackhole", or an address where there may be one. */
bool model_names_none(const struct model_field *field, const char *next_hop);
/* Of a field of one kind, whether the condition holds of a resource in which defaults are filled
 * in. */
bool model_when_holds(const struct model_kind *kind, const struct model_when *when,
                      const json_t *resource);
/* Whether the condition lets a value of the field at its path through: those are its values. */
bool model_when_allows(const struct model_when *when, const char *value, unsigned flags);
/* "attachment is tap or nic", to go into a sentence: a written message. name is what the other
 * field is called there; NULL: its path. Returns buf. */
const char *model_when_words(const struct model_kind *kind, const struct model_when *when,
                             const char *name, char buf[WORDS_TEXT_MAX]);

/* ---- errors ---- */

/* Zero-initialise; model_error_done() may be called on it at any time. value never holds a secret.
 */
struct model_error {
    int status;      /* HTTP: 400 malformed or invalid, 404, 409 conflicts with what exists, 500 */
    char type[32];   /* "unknown-field", "wrong-type", "invalid-value", "required", "read-only",
                        "not-found", "conflict", "in-use", "quota-exceeded", "too-large",
                        "internal" */
    char field[128]; /* dotted path, list elements as routes[2].nextHop; "" if none */
    char value[192]; /* the offending value as JSON text or cut text; "" if none */
    char rule[WORDS_TEXT_MAX]; /* says what would be right: a written message */
    int operation;   /* 1 + the index of the operation of a batch that is refused; 0: none */
    json_t *holders; /* for "in-use": [{kind, id, name}]; else NULL. Owned. */
};

void model_error_done(struct model_error *e);
/* {type, title, status, detail, code, arguments, field?, value?, rule, holders?}; NULL if out of
 * memory. New. */
json_t *model_error_problem(const struct model_error *e, enum words_lang lang);
/* Fills e (dropping what it held); value may be NULL. Returns -EINVAL for 400, -ENOENT for 404,
 * -EEXIST for 409, -ENOMEM for 500, so that callers can return model_error_set(...). */
int model_error_set(struct model_error *e, int status, const char *type, const char *field,
                    const char *value, const struct words *rule);

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
/* ---- filters of lists ---- */

/* The field if lists may be filtered by it (strings, enums, booleans, integers, addresses,
 * references; lists of those match if an element does; of MODEL_STATUS enums and booleans; of
 * messages their codes, "lastErrorCode"), else NULL. */
const struct model_field *model_filter_field(const struct model_kind *kind, const char *path);
/* Refuses names that are no filter, and texts that the field could never have as its value. */
MUST_USE int model_filter_check(const struct model_kind *kind, const char *path, const char *text,
                                struct model_error *error);
/* resource is a model_view() if the field is MODEL_STATUS. */
bool model_filter_match(const struct model_kind *kind, const json_t *resource, const char *path,
                        const char *text);

/* ---- selectors of labels ---- */

/* "env=prod,team!=x,tier,!old": all must hold of a resource's tags; != holds also where there is no
 * such tag. Blanks around keys and values do not count; a backslash takes the next character as it
 * is. At least one requirement and at most so many. */
#define MODEL_SELECTOR_MAX 32
struct model_selector;
struct model_resource; /* types.h */

/* -EINVAL if the text is none, -ENOMEM. *ret is new. */
MUST_USE int model_selector_parse(const char *text, struct model_selector **ret);
/* The same with an error for who asked: 400 of the field selector. */
MUST_USE int model_selector_check(const char *text, struct model_selector **ret,
                                  struct model_error *error);
void model_selector_free(struct model_selector *s);
bool model_selector_match(const struct model_selector *s, const struct model_resource *resource);
/* The same of a resource as the API shows it. */
bool model_selector_match_json(const struct model_selector *s, const json_t *resource);

/* ---- a resource among the others ---- */

struct model_subnet;
struct model_vpn_tunnel;
struct snapshot; /* snapshot.h */

#define MODEL_SEAL_ID_MAX 13 /* bytes of the id of a key for secrets, with its 0 */

/* What a thinking room does not have by itself. */
struct model_env {
    uint64_t now_us;                       /* since 1970 */
    void (*random)(void *ret, size_t len); /* random_bytes() outside tests */
    /* The one that the request is bound to: what it creates belongs there, and what belongs
     * elsewhere is not there for it. NULL: none; then what is created belongs where it says, or
     * else where that belongs which it refers to, or to "default". */
    const char *project;
    /* Secrets: from clear text to what may be stored, bound to the resource's id and the field's
     * name, and back (-EBADMSG: it does not open; -ENOKEY: the key that key_of() names is missing).
     * The text that comes back is the caller's, to be wiped. */
    int (*seal)(void *user, const char *id, const char *field, const char *clear, char **ret);
    int (*open)(void *user, const char *id, const char *field, const char *sealed, char **ret);
    void (*key_of)(const char *sealed, char ret[MODEL_SEAL_ID_MAX]); /* "": it names none */
    void *user;
    /* Whether the BGP session of a tunnel or private interface is up. NULL: none is. */
    bool (*has_session)(void *live, const struct snapshot *s, const struct model_resource *of);
    void *live;
    /* The other regions, for rules among them: their public pools must not overlap. */
    const struct snapshot *const *regions;
    size_t region_count;
};

enum model_op { MODEL_OP_CREATE, MODEL_OP_UPDATE, MODEL_OP_DELETE };

struct model_change {
    enum model_op op;
    const struct model_kind *kind;
    struct model_resource *after;  /* owned reference; NULL for MODEL_OP_DELETE */
    struct model_resource *before; /* owned reference; NULL for MODEL_OP_CREATE */
};

/* What one request changes; commit all or nothing. The first entry is what the request named;
 * others follow from it: a VPC's default route table comes and goes with it; an attachment puts its
 * propagations into the route tables it names and takes them out again; a gateway and cloud
 * addresses come with their placement. Zero-initialise. */
struct model_changes {
    struct model_change *items;
    size_t count;
    json_t *warnings; /* array of sentences, or NULL */
    json_t *secrets;  /* object: the secrets of items[0] that were given or made now, in clear; NULL
                         if there are none. Copied ones (copyParametersFrom) are not among them. */
};

/* Wipes the secrets. */
void model_changes_done(struct model_changes *c);

/* s is the region as the commit will find it (NULL when a region is created). Each failure fills
 * *error and leaves *ret untouched. */
MUST_USE int model_create(const struct snapshot *s, const struct model_env *env,
                          const struct model_kind *kind, const json_t *in,
                          struct model_changes *ret, struct model_error *error);
/* The revision of what changes grows by one; if nothing differs, *ret holds no item. */
MUST_USE int model_update(const struct snapshot *s, const struct model_env *env,
                          const struct model_resource *current, const json_t *patch,
                          struct model_changes *ret, struct model_error *error);
MUST_USE int model_delete(const struct snapshot *s, const struct model_env *env,
                          const struct model_resource *current, struct model_changes *ret,
                          struct model_error *error);
/* A decision of ours: the target (a border gateway's id, or a cloud address as text) is carried by
 * this node from now on, because of reason. Appends to *c: an update with the next generation
 * (all moves of one commit have one), or a create with one that no placement of the region has had
 * before, since addresses come back. Nothing if it is there already. */
MUST_USE int model_place(const struct snapshot *s, const struct model_env *env, const char *target,
                         const char *node_id, enum words_code reason, struct model_changes *c);
/* The region's decision as things are: which node should carry what has none. The first by
 * createdAt, then id, among nodes with role gateway for which usable(arg, id) holds (NULL: all);
 * NULL if there is none. */
const struct model_resource *model_choose_node(const struct snapshot *s, const char *role,
                                               bool (*usable)(void *arg, const char *node_id),
                                               void *arg);

/* Gives homes to what has none: instances without a node (unless their interface is taken there),
 * border gateways and cloud addresses without a placement, placements on nodes that do not exist.
 * Appends at most limit changes; usable as in model_choose_node(). Costs next to nothing when there
 * is nothing to do. */
MUST_USE int model_settle(const struct snapshot *s, const struct model_env *env, size_t limit,
                          bool (*usable)(void *arg, const char *node_id), void *arg,
                          struct model_changes *c);

/* ---- quotas ---- */

/* Whose it is: that of what a placement places, too. NULL: it belongs to none; "": to one that is
 * not known any more. Lends of s and the resource. */
const char *model_project_of(const struct snapshot *s, const struct model_resource *resource);

struct model_quota {
    const char *name; /* "vpnConnectionsPerBorderGateway": the key in region.quotas */
    int64_t value;    /* unless the region says otherwise */
    const char *description[WORDS_LANGS];
};

/* All of them; a NULL name ends. */
const struct model_quota *model_quotas(void);
/* The limit in force: the region's override or the default; 0 if there is no such quota. */
int64_t model_quota_value(const struct snapshot *s, const char *name);

/* How much of a quota is used. */
struct model_use {
    const char *quota;
    int64_t used, limit;
    const struct model_resource *owner; /* borrowed: of what it is the quota; maybe the region */
};
/* Each quota, in the order of model_quotas(). Of one that each gateway or VPC has for itself the
 * fullest of those counts that sees() answers true of; owner NULL: there is none. used -1: it is
 * known only to whoever plans the routes. Costs a lookup in an index for each owner. */
void model_quota_each(const struct snapshot *s,
                      bool (*sees)(void *arg, const struct model_resource *resource),
                      void (*take)(void *arg, const struct model_quota *quota,
                                   const struct model_use *use),
                      void *arg);
/* The quotas that a change of this resource between the two snapshots bears on, as they are used
 * after it. */
void model_quota_uses(const struct snapshot *before, const struct snapshot *after,
                      enum model_kind_id kind, const char *id,
                      void (*take)(void *arg, const struct model_use *use), void *arg);

/* ---- allocation (each answers -ENOSPC if nothing is left) ---- */

/* Subnets reserve their first, second (.1, the gateway), third and last address. */
struct addr model_subnet_gateway(const struct prefix *subnet);
bool model_subnet_reserved(const struct prefix *subnet, const struct addr *a);
MUST_USE int model_alloc_instance(const struct snapshot *s, const struct model_subnet *subnet,
                                  struct addr *ret);
/* The next free /30 for a tunnel of the gateway, from 169.254.1.0 to 169.254.254.255: RFC 3927 §2.1
 * reserves the first and last 256 addresses of 169.254.0.0/16 and devices refuse them;
 * 169.254.169.252/30 is left out because clouds answer metadata and DNS there. What the tunnel own
 * (NULL: a new one) has counts as free. */
MUST_USE int model_alloc_inner(const struct snapshot *s, const char *gateway,
                               const struct model_vpn_tunnel *own, struct prefix *ret);
/* The next free address of the family from the region's pools in their order, but not this one (may
 * be NULL); the network and broadcast address of a pool of /30 or shorter are not used. */
MUST_USE int model_alloc_public(const struct snapshot *s, enum addr_family family,
                                const struct addr *but, struct addr *ret);
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

/* ---- a tunnel's key, as its sealed text opens (key.c) ---- */

/* Of the key that counts now. */
size_t model_key_len(const char *stored);
/* Leaves that one, and wipes the rest. */
void model_key_trim(char *stored);
/* The key that it took the place of, and when, since 1970; false: none is kept. */
bool model_key_before(const char *stored, char ret[SECRET_TEXT_MAX], uint64_t *ret_changed_us);
/* New; -ENOMEM. */
MUST_USE int model_key_pack(const char *key, const char *before, uint64_t now_us, char **ret);

/* ---- OpenAPI ---- */

/* The OpenAPI 3.1 document of the whole API; NULL if out of memory. New. Titles and descriptions of
 * resources and fields are in lang; both languages, and what JSON Schema cannot say, stand beside
 * them:
 *     x-ropeway-title, x-ropeway-description, x-ropeway-unit   {en, zh}
 *     x-ropeway-summary    of an operation: {en, zh}
 *     x-ropeway-kind       of a kind's schema: {collection, noun, prefix, scope: "region" or
 *                          "global"}, where its resources are
 *     x-ropeway-refers-to  [collections] of a reference; x-ropeway-also: [values] that may stand
 *                          there besides, ADDRESS: any address
 *     x-ropeway-group      of a field: the name of its heading; the kind's schema has
 * x-ropeway-groups,
 *                          [{name, title: {en, zh}}] in order
 *     x-ropeway-values     beside enum: [{value, label: {en, zh}, description?: {en, zh}, weak?,
 *                          aead?, recommended?, when?}]
 *     x-ropeway-when       {path, values, otherwise: "refused" or "ignored", text: {en, zh}}: the
 *                          field has an effect only while the other one has one of values (a list:
 *                          holds one)
 *     x-ropeway-required-when   {path, values, text}: must be given then */
json_t *model_openapi(enum words_lang lang);

#endif
