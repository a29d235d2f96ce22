/* control_internal.h - what the files of this room share. */
#ifndef ROPEWAY_CONTROL_INTERNAL_H
#define ROPEWAY_CONTROL_INTERNAL_H

#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>

#include "control.h"
#include "crypto.h"
#include "model.h"
#include "plan.h"

/* A node that has said nothing for so long is offline. */
#define CONTROL_NODE_SILENCE_US (30 * UINT64_C(1000000))

/* ---- the request line (uri.c) ---- */

#define URI_SEGMENTS_MAX 8
#define URI_PARAMS_MAX   24
#define URI_MAX          4096

struct uri_param {
    const char *name;
    const char *value;
};

/* Decoded; texts point into storage. */
struct uri {
    const char *segments[URI_SEGMENTS_MAX];
    size_t segment_count;
    struct uri_param params[URI_PARAMS_MAX];
    size_t param_count;
    char storage[URI_MAX + 1];
};

/* "/v1/regions/a%2Fb?limit=3". -EINVAL for bad percent-encoding, bytes that are no UTF-8, control
 * characters and too many parts. */
MUST_USE int uri_parse(const char *text, struct uri *ret);
/* NULL if it was not given. */
const char *uri_param(const struct uri *uri, const char *name);

/* ---- who asks (auth.c) ---- */

enum principal_kind { PRINCIPAL_NONE, PRINCIPAL_ADMIN, PRINCIPAL_NODE };

struct principal {
    enum principal_kind kind;
    char id[32];                     /* "admin", or of the node token */
    char region[STORE_NAME_MAX + 1]; /* of a node token */
};

/* One known token: only its hash is kept. */
struct auth_token {
    uint8_t hash[CRYPTO_SHA256_LEN];
    struct principal who;
};

struct auth {
    struct auth_token *tokens;
    size_t count;
    char admin_token[64];
};

void auth_done(struct auth *a);
MUST_USE int auth_load(struct auth *a, struct store *store, const char *state_dir);
MUST_USE int auth_add(struct auth *a, const char *token, const struct principal *who);
/* Forgets the principal's token; id NULL: of all of that kind in the region. */
void auth_remove(struct auth *a, enum principal_kind kind, const char *region, const char *id);
/* The principal of an Authorization header; PRINCIPAL_NONE if it is no good. */
void auth_check(const struct auth *a, const char *authorization, struct principal *ret);
void auth_hex(const uint8_t digest[CRYPTO_SHA256_LEN], char ret[2 * CRYPTO_SHA256_LEN + 1]);
/* Lower-case hex of the SHA-256 of text; ret holds 65 bytes. */
MUST_USE int auth_hash_hex(const char *text, char ret[2 * CRYPTO_SHA256_LEN + 1]);

/* ---- what nodes say (status.c, report.c, tunnel_log.c) ---- */

/* Kept in memory. */
struct status {
    /* node id -> {"region", "seen" (us since 1970, to show), "heard" (monotonic us, to count),
     * "online", "tunnels": {id: status}, "instances": {id: status}}; a status has the members that
     * the kind's descriptor knows as MODEL_STATUS */
    json_t *nodes;
    json_t *logs; /* tunnel id -> [{"at", "text"}] in the order in which they came in */
};

/* ---- the whole ---- */

struct control {
    pthread_mutex_t lock; /* around everything below, for the time of one request */
    struct store *store;
    struct auth auth;
    uint8_t seal_key[CRYPTO_SEAL_KEY_LEN];
    struct status status;
    struct plan_cache *plans;    /* of plans.c */
    struct cached_region *cache; /* of cache.c */
    unsigned audit_days;         /* the audit log is kept so long; 0: for ever */
    uint64_t last_prune_us;      /* of idempotency keys; since 1970 */
    uint64_t requests[6];        /* by hundreds of the status */
    json_t *openapi;             /* made at the first request for it */
};

/* One request on its way. */
struct call {
    struct control *c;
    const struct control_request *req;
    struct control_response *res;
    struct principal who;
    struct uri uri;
    const char *region;            /* from the path, or NULL */
    const char *id;                /* from the path, or NULL */
    const struct model_kind *kind; /* of the collection in the path, or NULL */
    json_t *region_object;         /* owned; of the region in the path */
    uint64_t revision;             /* of the region in the path, before anything was read of it */
    json_t *body;                  /* owned; an object, or NULL if there is none */
    struct model_error error;
    uint64_t now_us; /* since 1970 */
};

/* ---- responses (respond.c) ---- */

void respond_header(struct control_response *res, const char *name, const char *value);
/* Takes body; a NULL body counts as out of memory. */
MUST_USE int respond_json(struct call *call, int status, json_t *body);
void respond_error(struct control_response *res, const struct model_error *error);

/* ---- routing of requests (router.c) ---- */

/* 0 with the response filled in, or negative with call->error filled in (or, where it is not, an
 * errno that makes a 500). */
typedef int call_handler(struct call *call);
/* Finds the handler for the path and runs it. */
MUST_USE int router_run(struct call *call);

/* ---- resources (resources.c) ---- */

struct batch;

call_handler resources_create, resources_list, resources_get, resources_update, resources_delete;

/* Adds status and leaves out secrets; new. */
json_t *resources_view(struct call *call, const struct model_kind *kind, const json_t *resource);
/* The stored resource with its secrets, new; NULL with call->error filled in. */
json_t *resources_load(struct call *call, const struct model_kind *kind, const char *id);
/* The headers Location and ETag of a resource that was made. */
void resources_point_at(struct call *call, const struct model_kind *kind, const json_t *resource);
/* Commits what the model decided, with an audit entry, together with what b holds already. */
MUST_USE int resources_commit(struct call *call, const struct model_changes *changes,
                              struct batch *b, const char *action);
/* The query's limit. 400 unless it is a whole number from 1 to max; fallback if not given. */
MUST_USE int resources_limit(struct call *call, size_t fallback, size_t max, size_t *ret);

/* ---- what lies under resources (records.c) ---- */

/* Between the model's view of what exists and the store's. */
struct model_lookup records_lookup(struct control *c);
/* New; NULL if there is none (or it cannot be read). Secrets are opened. region as in the store:
 * a region's own id for MODEL_REGION. */
json_t *records_get(struct control *c, const struct model_kind *kind, const char *region,
                    const char *id);
/* A reference to an array of all resources of a kind in a region, in the order of ids; region NULL:
 * of all. Secrets are opened if asked, else left out, and then the array is shared and must not be
 * changed. NULL if it cannot be read. */
json_t *records_list(struct control *c, const struct model_kind *kind, const char *region,
                     bool secrets);
/* Parses and opens (or drops) the secrets of a stored text. New; NULL if it is damaged. */
json_t *records_parse(struct control *c, const struct model_kind *kind, const char *text,
                      bool secrets);

/* ---- what was read already (cache.c) ---- */

struct cached_region;

/* As records_list() without secrets; region not NULL. Always what the store holds now. */
json_t *cache_list(struct control *c, const struct model_kind *kind, const char *region);
void cache_forget(struct control *c, const char *region);
void cache_done(struct control *c);

/* ---- commits (records.c) ---- */

/* A commit that is being put together. Zero-initialise. */
struct batch {
    struct store_op *ops;
    char **texts; /* owned keys and values */
    size_t count, cap, text_count, text_cap;
    bool failed;
};

void batch_done(struct batch *b);
/* Copies everything. value NULL deletes. */
void batch_put(struct batch *b, const char *collection, const char *region, const char *id,
               const json_t *value);
/* The region must still be as it was when the request began (one that is being made: as it is). */
void batch_guard(struct batch *b, const struct call *call, const char *region);
/* Seals secrets and adds all changes. */
void batch_changes(struct batch *b, struct control *c, const struct model_changes *changes);
/* Commits; fills call->error on failure. */
MUST_USE int batch_commit(struct batch *b, struct call *call);

/* ---- secrets (secrets.c) ---- */

MUST_USE int secrets_load_key(const char *state_dir, uint8_t ret[CRYPTO_SEAL_KEY_LEN]);
/* Replaces every secret of the resource by its sealed form, or the other way round. */
MUST_USE int secrets_seal(const uint8_t key[CRYPTO_SEAL_KEY_LEN], const struct model_kind *kind,
                          json_t *resource);
MUST_USE int secrets_open(const uint8_t key[CRYPTO_SEAL_KEY_LEN], const struct model_kind *kind,
                          json_t *resource);
void secrets_drop(const struct model_kind *kind, json_t *resource);
/* The name of a secret that the resource lacks, or NULL. Each is made with its resource, so one
 * that is missing from what was read with its secrets did not open. */
const char *secrets_missing(const struct model_kind *kind, const json_t *resource);

/* ---- audit log (audit.c) ---- */

/* Adds an entry to the commit: who did what to which resource, with the members of details (may be
 * NULL). */
void audit_add(struct batch *b, const struct call *call, const char *action, const char *kind,
               const char *region, const json_t *resource, const json_t *details);
call_handler audit_list;
/* Removes some of what is older than is kept. */
void audit_prune(struct control *c, uint64_t now_us);

/* ---- repeated requests (idempotency.c) ---- */

/* Looks for an earlier request with the same Idempotency-Key. 1: it was answered again; 0: go on,
 * and call idempotency_keep(); negative: error. */
MUST_USE int idempotency_replay(struct call *call);
void idempotency_keep(struct batch *b, const struct call *call, const json_t *resource);
void idempotency_prune(struct control *c, uint64_t now_us);

/* ---- nodes (nodes.c, status.c, report.c, tunnel_log.c) ---- */

call_handler nodes_register, nodes_desired, nodes_status;
call_handler nodes_create_token, nodes_list_tokens, nodes_delete_token;

MUST_USE int status_init(struct status *s, struct control *c);
void status_done(struct status *s);
/* The node spoke. Commits that it is online if it was not. */
MUST_USE int status_seen(struct call *call, const char *node_id);
/* Takes in a status document (report.c). What it says of resources that are not there, and members
 * that are unknown or of a wrong type, are left out; texts are made harmless and cut. */
MUST_USE int report_take(struct call *call, const char *node_id, const json_t *doc);
/* Copies what a node says: cut to fit, well-formed, without control characters. */
void report_text(char *dst, size_t size, const char *src);
/* "2026-11-22T08:27:24.123Z", the form of clock_format(), which sorts as text. */
bool report_is_time(const char *text);
/* Adds the lines of a reported log that are not known yet (tunnel_log.c). -ENOMEM. */
MUST_USE int tunnel_log_take(struct status *s, const char *tunnel, const json_t *lines);
void tunnel_log_forget(struct status *s, const char *tunnel);
call_handler tunnel_log_list;
/* The live part of a resource; new, NULL if out of memory. */
json_t *status_of(struct control *c, const struct model_kind *kind, const char *region,
                  const json_t *resource);
void status_forget_node(struct status *s, const char *node_id);
/* Nodes that fell silent go offline. */
void status_expire(struct control *c, uint64_t monotonic_us);

/* ---- what the planner knows (plans.c) ---- */

/* The plan of the region as it is now; borrowed until the next request. -ENOMEM, -EIO. */
MUST_USE int plans_get(struct control *c, const char *region, const struct plan **ret);
void plans_forget(struct control *c, const char *region);
void plans_done(struct control *c);
call_handler plans_gateway_routes, plans_table_routes, plans_explain, plans_problems;

/* ---- secrets that users ask for (reveal.c), metrics.c ---- */

call_handler reveal_psk, metrics_text;

/* ---- TLS (tls.c) ---- */

/* Reads the PEM texts from state_dir, makes a self-signed certificate first if there is none. It
 * names this machine and names[], each a DNS name or an address (-EINVAL if one is neither). A
 * certificate that is there is left alone; the log says which of names[] it lacks. */
MUST_USE int tls_load(const char *state_dir, const char *const *names, size_t count,
                      struct buf *ret_cert, struct buf *ret_key);
/* Whether the first certificate of the PEM text is good for a client that asks for name. */
bool tls_covers(const char *pem, const char *name);

#endif
