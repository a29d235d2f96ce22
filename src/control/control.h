/* control.h - the control plane: authentication, handlers, status, desired state, HTTP.
 *
 * struct control is everything but the network: one request goes in, one response comes out, and
 * nothing in it knows about sockets. That is what unit tests and the fuzzer drive. struct
 * control_server puts it on a unix socket and on TCP with TLS.
 *
 * Requests are checked, carried out and committed under one lock, so two of them never see half of
 * each other. A response that reports success was durable before. */
#ifndef ROPEWAY_CONTROL_H
#define ROPEWAY_CONTROL_H

#include "base.h"
#include "store.h"

struct control;

/* Takes the store. state_dir holds seal.key and admin.token (both mode 0600), which are made when
 * missing; with NULL they live in memory only. -EBADMSG if a file there is not what it should be.
 */
MUST_USE int control_new(struct store *store, const char *state_dir, struct control **ret);
/* No other thread may be inside. NULL is fine. */
void control_free(struct control *c);
/* The admin token, borrowed. For tests; people read the file. */
const char *control_admin_token(const struct control *c);
/* Borrowed: for waiting on revisions. */
struct store *control_store(struct control *c);

/* ---- one request ---- */

/* Longest body; more is refused with 413. */
#define CONTROL_BODY_MAX (1U << 20)

/* All borrowed; texts may be NULL when the header is absent. */
struct control_request {
    const char *method;
    const char *uri;  /* as on the request line: path and query, percent-encoded */
    const char *body; /* len bytes, not necessarily text; NULL if there is none */
    size_t body_len;
    const char *authorization;
    const char *content_type;
    const char *if_match;
    const char *idempotency_key;
    bool expired; /* called again because control_response.wait ran out */
};

#define CONTROL_HEADERS_MAX 6

struct control_header {
    const char *name;
    char value[160];
};

/* Zero-initialise; control_response_done() wipes the body, which may hold a secret. */
struct control_response {
    int status; /* 0: not yet, see wait */
    const char *content_type;
    struct buf body;
    struct control_header headers[CONTROL_HEADERS_MAX];
    size_t header_count;
    /* With status 0: call again when store_revision(store, region) > revision, or with expired set
     * after that time. */
    struct {
        char region[STORE_NAME_MAX + 1];
        uint64_t revision;
        unsigned timeout_ms;
    } wait;
};

void control_response_done(struct control_response *res);

/* Answers a request; never fails, at worst with a 500. Any thread. */
void control_handle(struct control *c, const struct control_request *req,
                    struct control_response *res);
/* Answers only if the request must be refused before its body is read (its token does not hold):
 * true, with res filled in. */
bool control_refuse_early(struct control *c, const struct control_request *req,
                          struct control_response *res);
/* Fills in a problem+json that a transport finds out by itself, such as 413. */
PRINTF(4, 5)
void control_problem(struct control_response *res, int status, const char *type, const char *rule,
                     ...);
#define CONTROL_AUDIT_DAYS     90 /* unless told otherwise */
#define CONTROL_AUDIT_DAYS_MAX 36500
/* How many days the audit log is kept; 0: for ever. */
void control_keep_audit(struct control *c, unsigned days);
/* What time brings: silent nodes go offline, old idempotency keys and audit entries go, a few at a
 * time. Call it about each second. */
void control_tick(struct control *c);

/* ---- the network ---- */

struct control_server;

#define CONTROL_TLS_NAMES_MAX 16

struct control_server_config {
    const char *run_dir;   /* ropewayd.sock is made there, mode 0660 */
    const char *state_dir; /* tls.crt and tls.key (0600) are there, made when missing */
    const char *listen;    /* "ADDR:PORT" or "[ADDR]:PORT" for TLS, NULL for none */
    /* DNS names and addresses by which clients know the server, for the certificate that is made;
     * that of listen is among them without being named. */
    const char *tls_names[CONTROL_TLS_NAMES_MAX];
    size_t tls_name_count;
};

/* Starts serving c in threads of its own; -EINVAL for a listen address that is none. c is
 * borrowed. */
MUST_USE int control_server_start(struct control *c, const struct control_server_config *config,
                                  struct control_server **ret);
/* Ends waiting requests, lets running ones finish, closes the sockets. NULL is fine. */
void control_server_stop(struct control_server *server);
/* The TCP port in use (for "ADDR:0"); 0 if there is none. */
uint16_t control_server_port(const struct control_server *server);

#endif
