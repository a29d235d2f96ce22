/* control.h - the control plane: authentication, handlers, status, desired state, HTTP.
 *
 * struct control is everything but the network: one request goes in, one response comes out, and
 * nothing in it knows about sockets. That is what unit tests and the fuzzer drive. struct
 * control_server puts it on a unix socket and on TCP with TLS.
 *
 * Reads look at the snapshot of their region and wait for nobody. Changes of a region are decided
 * one after the other, each on what those before it lead to, and made durable together. A response
 * that reports success was durable before, and nobody sees what is not. */
#ifndef ROPEWAY_CONTROL_H
#define ROPEWAY_CONTROL_H

#include <sys/types.h>

#include "base.h"
#include "store.h"
#include "words.h"

struct control;

/* Takes the store. state_dir holds seal.key and admin.token (both mode 0600), which are made when
 * missing; with NULL they live in memory only. -EBADMSG if a file there is not what it should be.
 * What is stored and does not open with seal.key is told in the log, by the ids of keys, a moment
 * later and daily. */
MUST_USE int control_new(struct store *store, const char *state_dir, struct control **ret);
/* The same with the database of state_dir. If that is missing or empty one is made; but not beside
 * a seal.key, unless may_begin: then something was lost (-ENODATA). */
MUST_USE int control_open(const char *state_dir, bool may_begin, struct control **ret);
/* Copies the database of state_dir to path, which must not exist, while a ropewayd may be using it.
 * -EAGAIN, and no copy, if seal.key got other keys meanwhile: it might not open the copy. */
MUST_USE int control_backup(const char *state_dir, const char *path);
/* Puts a copy of the backup at path in the place of the database of state_dir, which no ropewayd
 * may be using; the one that was there is kept beside it as ropeway.db.before. The backup is looked
 * through first. seal_key, if not NULL, is a file of keys that are added to seal.key, behind its
 * own. 1: it was put there, but not everything in it opens with seal.key: the log names the keys
 * that are missing. */
MUST_USE int control_restore(const char *state_dir, const char *path, const char *seal_key);

/* ---- another key for what is sealed ---- */

struct control_reseal {
    const char *seal_key; /* a file with the key to take; NULL: a new one */
    const char *old_keys; /* a file to add the old keys to before they go; NULL: they just go */
};

struct control_resealed {
    char key[24];   /* id of the key that seals from now on */
    bool resumed;   /* an earlier one that was interrupted was brought to its end */
    size_t sealed;  /* secrets that were sealed anew */
    size_t already; /* that were under this key */
    /* That do not open; they are as they were, and the old keys are still in seal.key. */
    size_t unopened;
    size_t dropped; /* keys that are no longer in seal.key */
};

/* Seals all secrets of state_dir, which no ropewayd may be using, under another key. Interrupted at
 * any point nothing is lost: seal.key has all keys that are needed, and the next call goes on (with
 * a key of its own only if options name one). What failed is in the log. */
MUST_USE int control_reseal(const char *state_dir, const struct control_reseal *options,
                            struct control_resealed *ret);

/* No other thread may be inside. NULL is fine. */
void control_free(struct control *c);
/* The admin token, borrowed. For tests; people read the file. */
const char *control_admin_token(const struct control *c);

/* Serves the web console in dir (index.html and assets/NAME), which is read now; once, before there
 * are requests. -ENOENT, silently, if there is no dir; other errors are in the log, and then there
 * is no console, but everything else. */
MUST_USE int control_console(struct control *c, const char *dir);

/* Borrowed. For tests. */
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
    const char *last_event_id;
    const char *accept;
    const char *accept_encoding;
    const char *if_none_match;
    enum words_lang lang; /* that the answer is to be read in */
    const char *cookie;
    const char *origin;
    const char *host;
    const char *peer; /* address of the client; NULL: of this machine */
    bool tls;         /* it came over HTTPS */
    /* The certificate (DER) of the client, who has proven by TLS that its key is there; NULL if
     * there is none. It counts where there is no authorization. */
    const void *client_certificate;
    size_t client_certificate_len;
    bool operators_only; /* came where nodes are not served */
    bool for_nodes;      /* came where no browser does */
    bool expired;        /* called again because control_response.wait ran out */
};

#define CONTROL_HEADERS_MAX 6

struct control_header {
    const char *name;
    char value[160];
};

/* What an answer that is not there yet waits for. */
enum control_wait_kind {
    CONTROL_WAIT_NONE,
    CONTROL_WAIT_COMMIT,   /* a commit: done() of control_begin() tells */
    CONTROL_WAIT_STREAM,   /* the desired state of a node of a region */
    CONTROL_WAIT_OBSERVED, /* what nodes of a region carry out */
    CONTROL_WAIT_WATCH, /* whatever somebody follows: tells the control_streams whose answers have
                           this region and node in wait; mostly neither */
};

struct control_wait {
    enum control_wait_kind kind;
    char region[STORE_NAME_MAX + 1];
    char node[64];
    uint64_t seen;       /* it is over when what it waits for is beyond this: control_is_over() */
    uint64_t seen_tests; /* the same, of the node's connectivity tests */
    unsigned timeout_ms;
};

struct commit;
struct control_stream;

/* Zero-initialise; control_response_done() wipes the body, which may hold a secret. */
struct control_response {
    int status; /* 0: not yet, see wait */
    const char *content_type;
    struct buf body;
    struct control_stream *stream; /* owned: in the place of the body, an answer without an end */
    struct control_header headers[CONTROL_HEADERS_MAX];
    size_t header_count;
    bool any_language; /* it reads the same in every one */
    struct control_wait wait;
    /* Of control alone, with CONTROL_WAIT_COMMIT: */
    struct commit *commit;
    int held; /* the status when that is durable; 0: the request is to be carried out anew */
    unsigned tries;
};

void control_response_done(struct control_response *res);

/* Answers a request; never fails, at worst with a 500. Any thread. Waits for the disk if the answer
 * needs that; long polls come back with status 0. */
void control_handle(struct control *c, const struct control_request *req,
                    struct control_response *res);
/* The same without waiting: if res->status is 0 afterwards and res->wait.kind CONTROL_WAIT_COMMIT,
 * done(arg) will be called once, in another thread, perhaps already before this returns; then call
 * control_go_on() (which may come out the same way again). For other kinds of wait: call this
 * again when control_told tells so, or with req->expired after wait.timeout_ms. */
void control_begin(struct control *c, const struct control_request *req,
                   struct control_response *res, void (*done)(void *arg), void *arg);
void control_go_on(struct control *c, const struct control_request *req,
                   struct control_response *res, void (*done)(void *arg), void *arg);
/* Gives up an answer that waits for a commit; its done() is not called any more when this returns
 * (nor from inside it). */
void control_give_up(struct control *c, struct control_response *res);
/* Whether the wait is over already: it may have ended before anybody could tell. */
bool control_is_over(struct control *c, const struct control_wait *wait);
/* Who is told about the ends of waits: in any thread, with no lock held. node is "" for
 * CONTROL_WAIT_OBSERVED. NULL ends it: then no call is under way any more. */
typedef void control_told(void *arg, enum control_wait_kind kind, const char *region,
                          const char *node);
void control_on_told(struct control *c, control_told *told, void *arg);
/* Answers only if the request must be refused before its body is read (its token does not hold):
 * true, with res filled in. */
bool control_refuse_early(struct control *c, const struct control_request *req,
                          struct control_response *res);

/* ---- answers without an end ---- */

#define CONTROL_STREAM_END (-2)
/* Puts at most max bytes into buf: how many; 0: nothing now, until CONTROL_WAIT_WATCH is told;
 * CONTROL_STREAM_END: that was all; other negatives: it cannot go on. One thread at a time, as for
 * all of these. */
ssize_t control_stream_read(struct control_stream *s, char *buf, size_t max);
/* Whether there is something to read. */
bool control_stream_has_news(struct control_stream *s);
/* Makes it say that it is still there, if there is nothing else. */
void control_stream_beat(struct control_stream *s);

/* Fills in a problem+json that a transport finds out by itself, such as 413. */
void control_problem(struct control_response *res, enum words_lang lang, int status,
                     const char *type, const struct words *rule);
#define CONTROL_AUDIT_DAYS     90 /* unless told otherwise */
#define CONTROL_AUDIT_DAYS_MAX 36500
/* How many days the audit log is kept; 0: for ever. */
void control_keep_audit(struct control *c, unsigned days);
#define CONTROL_SENDMAIL "/usr/sbin/sendmail" /* unless told otherwise */
/* The command that takes mails; before anything is served. */
MUST_USE int control_sendmail(struct control *c, const char *path);
#define CONTROL_CERTIFICATE_LIFE_S   (30 * UINT64_C(86400)) /* unless told otherwise */
#define CONTROL_CERTIFICATE_LIFE_MIN 10
#define CONTROL_CERTIFICATE_LIFE_MAX (365 * UINT64_C(86400))
/* How long the certificate of a node holds. */
void control_certificate_life(struct control *c, uint64_t seconds);
/* What time brings: silent nodes go offline, old idempotency keys and audit entries go, a few at a
 * time. Call it about each second. */
void control_tick(struct control *c);

/* ---- the network ---- */

struct control_server;

#define CONTROL_TLS_NAMES_MAX 16

struct control_server_config {
    const char *run_dir;   /* ropewayd.sock and nodes.sock are made there, mode 0660 */
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
