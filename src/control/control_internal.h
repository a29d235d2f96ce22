/* control_internal.h - what the files of this room share. */
#ifndef ROPEWAY_CONTROL_INTERNAL_H
#define ROPEWAY_CONTROL_INTERNAL_H

#include <inttypes.h>
#include <jansson.h>
#include <openssl/types.h>
#include <pthread.h>

#include "attempts.h"
#include "control.h"
#include "crypto.h"
#include "events.h"
#include "feed.h"
#include "in.h"
#include "model.h"
#include "out.h"
#include "pages.h"
#include "pmap.h"
#include "plan.h"
#include "seal_internal.h"
#include "snapshot.h"
#include "types.h"
#include "words_json.h"

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

struct batch;

/* ---- who asks (auth.c) ---- */

enum principal_kind {
    PRINCIPAL_NONE, /* ropewayd itself, by the time that goes by */
    PRINCIPAL_ADMIN,
    PRINCIPAL_TOKEN,      /* a program */
    PRINCIPAL_USER,       /* a person */
    PRINCIPAL_NODE_TOKEN, /* whoever holds a node token: may join, no more */
    PRINCIPAL_NODE,       /* a node, proven by its certificate: may do what concerns itself */
};

/* Codes of the descriptor's values. */
enum role { ROLE_NONE, ROLE_VIEWER, ROLE_OPERATOR, ROLE_ADMIN };

#define PEOPLE_NAME_MAX 257 /* 64 characters */

/* What somebody may do (access.c says what that is). */
struct rights {
    enum role role;
    bool reveals;                  /* keys */
    char project[PEOPLE_NAME_MAX]; /* "": all */
    size_t region_count;           /* 0: all */
    char regions[MODEL_RIGHTS_REGIONS_MAX][33];
};

struct principal {
    enum principal_kind kind;
    char id[65];                     /* "admin", or of the token, user or node */
    char name[PEOPLE_NAME_MAX];      /* of a token or user */
    char region[STORE_NAME_MAX + 1]; /* of the node token or the node */
    struct rights rights;
    uint64_t expires_us;                   /* since 1970; 0: never */
    uint8_t credential[CRYPTO_SHA256_LEN]; /* hash of what was shown; of a node zero */
    bool by_cookie;                        /* a browser's: it sends that by itself */
};

/* One known node token: only its hash is kept. */
struct auth_token {
    uint8_t hash[CRYPTO_SHA256_LEN];
    char id[48];
    char region[STORE_NAME_MAX + 1];
};

struct account; /* accounts.c */
struct session;

struct auth {
    struct auth_token *tokens;
    size_t count;
    char admin_token[64];
    uint8_t admin_hash[CRYPTO_SHA256_LEN];
    struct account *accounts; /* tokens and users */
    size_t account_count;
    struct session *sessions;
    size_t session_count;
    uint64_t generation; /* grows when somebody may do something else than before; atomic */
};

void auth_done(struct auth *a);
MUST_USE int auth_load(struct auth *a, struct store *store, const char *state_dir);
/* Takes in what commits did to tokens, users and sessions. */
void auth_follow(struct control *c, const struct batch *b);
void auth_follow_log(struct control *c, const struct store_log *log);
/* The principal of an Authorization header; PRINCIPAL_NONE if it is no good. */
void auth_check(const struct auth *a, const char *authorization, uint64_t now_us,
                struct principal *ret);
/* Whose credential has this hash; PRINCIPAL_NONE: nobody's, or not any more. */
void auth_find(const struct auth *a, const uint8_t hash[CRYPTO_SHA256_LEN], uint64_t now_us,
               struct principal *ret);
/* Whoever is logged in did something. */
void auth_use(struct auth *a, const struct principal *who, uint64_t now_us);
/* Whether the principal's credential still lets it do the same; worth asking when the generation
 * has grown, or time has gone by. */
bool auth_still_holds(struct control *c, const struct principal *who, uint64_t now_us);
uint64_t auth_generation(struct control *c);
void auth_hex(const uint8_t digest[CRYPTO_SHA256_LEN], char ret[2 * CRYPTO_SHA256_LEN + 1]);
MUST_USE int auth_hash(const char *text, uint8_t ret[CRYPTO_SHA256_LEN]);
/* 32 bytes of hex. */
MUST_USE int auth_parse_hash(const char *hex, uint8_t ret[CRYPTO_SHA256_LEN]);
/* Lower-case hex of the SHA-256 of text; ret holds 65 bytes. */
MUST_USE int auth_hash_hex(const char *text, char ret[2 * CRYPTO_SHA256_LEN + 1]);

/* ---- commits (batch.c, commit.c) ---- */

struct region;

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
/* Puts what was written. */
void batch_put_text(struct batch *b, const char *collection, const char *region, const char *id,
                    struct model_out *out);
/* The item must still be as it was read (STORE_ABSENT: not there): it is no part of the snapshot,
 * so a commit under way may be changing it. */
void batch_check(struct batch *b, const char *collection, const char *region, const char *id,
                 uint64_t revision);
/* The region must still be at this revision. */
void batch_guard(struct batch *b, const char *region, uint64_t revision);
/* Puts and deletes what the model decided. */
void batch_changes(struct batch *b, const struct model_changes *changes);

/* A commit on its way to the disk (commit.c). Requests decide one after the other on what the
 * commits before them will have made; the committer makes many durable at once, then lets everybody
 * see them. */
struct commit {
    struct list link;
    unsigned refs; /* atomic: the request's and the committer's */
    struct batch b;
    struct region *region;   /* whose revision it moves; owned; NULL: only what belongs to none */
    struct snapshot *before; /* owned, as after */
    struct snapshot *after;  /* the region with it; NULL as region is */
    struct plan_change *changes; /* what differs; ids borrowed from before and after */
    size_t change_count;
    char key[2 * CRYPTO_SHA256_LEN + 1]; /* of its Idempotency-Key, "" */
    char who[PEOPLE_NAME_MAX];           /* whose change it is, for people */
    /* Under the committer's lock: */
    void (*done)(void *arg); /* may be NULL; calls nothing of control */
    void *arg;
    bool finished;
    int result;
};

/* Makes commits durable, all by one thread (committer.c). */
struct committer {
    pthread_t thread;
    bool runs, stopping;
    pthread_mutex_t lock; /* around what follows */
    pthread_cond_t wake, finished;
    struct list queue;    /* waiting */
    struct list carrying; /* being made durable */
    struct list stale;    /* regions that somebody else has changed: struct region.stale */
};

void committer_init(struct committer *k);
MUST_USE int committer_start(struct control *c);
/* Carries out what waits, then ends. */
void committer_stop(struct control *c);
/* The region is at this revision or further: unless that was committed here it is caught up with.
 */
void committer_look(struct control *c, const char *region, uint64_t revision);

/* Takes what is in b. With a region (whose write lock is held) changes may be empty, but its
 * revision moves; then (*ret)->after is the region with it. */
MUST_USE int commit_new(struct region *region, const struct snapshot *before,
                        const struct model_changes *changes, struct batch *b, struct commit **ret);
void commit_unref(struct commit *commit);
/* Hands it to the committer. For a commit of a region: with its write lock held, so that commits
 * are carried out in the order in which they were decided; the region's head moves. */
void commit_send(struct control *c, struct commit *commit);
/* Waits until it is durable or has failed: the result. */
int commit_wait(struct control *c, struct commit *commit);
/* done(arg) is called when it is settled, perhaps before this returns; with done NULL it is not
 * called any more. */
void commit_on_done(struct control *c, struct commit *commit, void (*done)(void *arg), void *arg);
/* An unfinished commit with this key; a new reference or NULL. */
struct commit *commit_find_key(struct control *c, const char *key);

/* ---- regions (house.c) ---- */

/* What a node says of its machine; 0: it has not. */
struct node_usage {
    uint64_t cpu_us;   /* that its processors were busy since the boot */
    uint64_t booted_s; /* since 1970 */
    uint64_t cpus;
    uint64_t memory, memory_total; /* bytes in use, and that there are */
};

/* What is known of one node while it runs (live.c, report.c). */
struct node_state {
    struct list link;
    char id[64];
    uint64_t seen_us;    /* when it last spoke, since 1970; 0: never */
    uint64_t heard;      /* struct control.listened at that time */
    bool spoke;          /* since we began to listen */
    char epoch[32];      /* of its status; "": none */
    uint64_t sequence;   /* of its last report */
    uint64_t planned;    /* version of its stream */
    uint64_t carried;    /* version of its stream that it has carried out */
    uint64_t behind;     /* first revision of the region that it has not carried out; 0: none */
    struct pmap *said;   /* key -> struct said */
    uint8_t told;        /* enum live_state that those who follow know of */
    json_t *itself;      /* members of the node resource's status; NULL */
    json_t *drops;       /* reason -> count; NULL */
    uint64_t counted_by; /* which life of whoever counts drops, as a number; 0: it does not say */
    struct node_usage usage;
    struct pmap *counts;    /* of its last sample: tunnel id -> struct recorder_counts */
    uint64_t clock_told_us; /* when it was last said that its clock is wrong; 0: never */
    struct pmap *keys;      /* tunnels whose psk it was given: id -> itself */
    struct {
        bool online, offline; /* that was looked at */
        uint64_t booted_s, dataplane;
    } noticed;
};

/* What a node said of one object. */
struct said {
    uint64_t at_us;
    uint64_t sampled_us; /* by the node's clock; 0: it does not say */
    uint64_t counted_by; /* which life of whoever counts, as a number; 0: nobody does */
    uint64_t asked_by;   /* the same of what came of DPD */
    uint64_t version;
    bool pending;
    uint8_t state;  /* code of operState or of an instance's status; 0: none */
    char *error;    /* "" */
    json_t *status; /* an object that nobody changes: readers share it; NULL */
    json_t *counts; /* of an instance or an attachment: the same */
};

/* What one commit did to the streams of nodes: for whoever waits until it is carried out. */
struct trace {
    uint64_t revision;
    size_t count;
    struct trace_node {
        char id[64];
        struct node_state *node; /* NULL: it was deleted since */
        uint64_t from, to;       /* versions */
    } * nodes;
};

#define TRACES_MAX 4096

/* Ids of what is to be looked at soon (due.c). */
struct due {
    pthread_mutex_t lock; /* around what follows; nothing is called with it held */
    struct pmap *ids;
};

#define DUE_MAX 4096 /* what is beyond that is looked at when it changes again */

void due_init(struct due *d);
void due_done(struct due *d);
void due_mark(struct due *d, const char *id);
/* Takes one; false: there is none. */
bool due_take(struct due *d, char ret[STORE_NAME_MAX + 1]);

struct region {
    struct list link;  /* in the house */
    struct list stale; /* in the committer's list */
    uint64_t told;     /* revision that it is at, or further; under the committer's lock */
    struct control *c;
    char id[STORE_NAME_MAX + 1];

    pthread_mutex_t write; /* whoever decides on a change holds it */
    struct snapshot *head; /* with all commits under way */

    pthread_mutex_t look; /* held as long as it takes to copy a pointer */
    struct snapshot *now; /* durable: what everybody sees */

    pthread_mutex_t live;    /* around what follows: what is planned, and what nodes say */
    struct planner *planner; /* NULL: not yet, or (planless) it failed; the next step makes one */
    bool planless;
    pthread_cond_t planned;          /* one of the two has come */
    char epoch[17];                  /* of its streams */
    struct list nodes;               /* struct node_state */
    struct trace traces[TRACES_MAX]; /* of revision r at r % TRACES_MAX */
    uint64_t first_trace;            /* revision; what came before was in the first plan */
    uint64_t news;                   /* grows when something may have been carried out */
    json_t *lagging;                 /* id -> revision of the resource that was last carried out */
    struct pmap *learned;            /* tunnel id -> what its peer announces (learned.c) */
    struct pmap *hosts;              /* real network -> its hosts (hosts.c) */
    struct feed feed;                /* for those who follow it */
    struct due routes_due;           /* what has routes to be looked at */
    struct due available_due;        /* connections that may be highly available or not any more */
    pthread_mutex_t alarm_lock;      /* around what follows; nothing is called with it held */
    struct pmap *down;               /* ids of tunnels that their nodes say are not up */
    /* Ids of tunnels that a built-in alarm may warn of, by enum model_default_alarm (recent.c). */
    struct pmap *suspects[MODEL_DEFAULT_TOO_BIG_DROPS + 1];
    struct pmap *usual_due; /* ids of tunnels whose usual RTT is to be looked up */
    struct pmap *alarms;    /* id -> struct alarm_run (alarms.c) */
    json_t *logs;           /* tunnel id -> [{"at", "text"}] in the order in which they came in */
};

/* Regions come and never go while ropewayd runs: one that was deleted is empty. */
struct house {
    pthread_mutex_t write; /* whoever makes, changes or deletes a region; before any region's */
    pthread_mutex_t lock;  /* around the list */
    struct list regions;
    size_t count;
};

/* Borrowed for ever; NULL if there never was one. */
struct region *house_find(struct control *c, const char *id);
/* The regions as they are now, in the order of ids; next of NULL is the first; NULL at the end. */
struct region *house_next(struct control *c, const struct region *after);
/* Takes in a region; returns it, or the one of this id that is there already. */
struct region *house_take_in(struct control *c, struct region *made);

/* (region_life.c) Makes an empty one if there is none. NULL: out of memory. */
struct region *house_make(struct control *c, const char *id);
MUST_USE int house_load(struct control *c);
void house_done(struct control *c);

/* ---- what of a region is seen (view.c) ---- */

/* References. */
struct snapshot *region_now(struct region *r);
/* With its write lock held. */
struct snapshot *region_head(struct region *r);
/* From now on everybody sees this. */
void region_show(struct region *r, const struct snapshot *s);
/* Takes the live lock when there is a plan, or none is to be had (planner NULL). */
void region_lock_planned(struct region *r);

/* ---- how it moves (region.c) ---- */

/* Reads the region from the store anew. */
MUST_USE int region_load(struct region *r);
/* Plans what was loaded; the committer's first work. */
void region_plan(struct region *r);
/* Makes steps (room for count) of those items that are resources; their ids are the items' own, the
 * resources the caller's. A damaged item is left out, said in the log, and makes c->damaged true;
 * -ENOMEM leaves what was made (decode.c). */
MUST_USE int decode_items(const struct region *r, const struct store_item *items, size_t count,
                          struct snapshot_change *steps, size_t *ret_count);
/* What the committer does when a commit of the region is durable. */
void region_publish(struct region *r, const struct commit *commit);
/* Takes in what others have committed. */
void region_catch_up(struct region *r);
/* Decides anew on what is durable: a commit failed. */
void region_reset(struct region *r);

/* ---- what waits (waits.c; control.h: struct control_wait) ---- */

void control_tell(struct control *c, enum control_wait_kind kind, const char *region,
                  const char *node);

/* ---- authorities in memory (credentials.c), verified certificates (verified.c) ---- */

struct credentials {
    pthread_mutex_t lock; /* around what follows */
    struct list known;
    struct verified *verified;
};

/* ---- the whole ---- */

#define LOG_PENDING_MAX (4U << 20) /* bytes that wait for a disk that is full */

/* The file of the tunnels' logs (log_keeper.c). What has no lock is the thread's. */
struct log_keeper {
    pthread_t thread;
    bool runs;
    char path[1024];
    int fd;           /* -1: not there yet */
    uint64_t size;    /* of what is whole in it */
    uint64_t base;    /* when it was written anew */
    bool anew;        /* it has to be */
    unsigned pause_s; /* until that is tried again */
    bool failing;
    pthread_mutex_t lock; /* around what follows */
    struct buf pending;   /* lines to be appended */
    bool incomplete;      /* some are neither in the file nor here */
};

struct control {
    struct store *store;
    struct store_follower *follower;
    struct house house;
    struct committer committer;
    struct feeder feeder;
    pthread_mutex_t auth_lock; /* around auth */
    struct auth auth;
    struct attempts attempts; /* under auth_lock, too */
    struct refusals {
        uint64_t minute_us; /* since 1970: when it began */
        uint64_t count, missed;
    } refusals;       /* noted in the audit log; under auth_lock, too */
    unsigned hashing; /* passwords being looked at; atomic */
    struct seal_ring seal;
    struct credentials credentials;
    uint64_t certificate_life_s; /* of a node */
    unsigned audit_days;         /* the audit log is kept so long; 0: for ever */
    uint64_t last_prune_us;      /* of idempotency keys; since 1970 */
    uint64_t last_seen_us;       /* when last-seen times were last stored; since 1970 */
    uint64_t last_tick_us;       /* monotonic */
    uint64_t listened;           /* how long we have listened: microseconds; atomic */
    uint64_t requests[6];        /* by hundreds of the status; atomic */
    bool damaged;                /* the store does not hold what it should; atomic */
    pthread_t looker;            /* goes through the store for damage */
    bool looks, look_ends;       /* the latter under look_lock */
    pthread_mutex_t look_lock;
    pthread_cond_t look_wake;
    struct trials *trials;   /* connectivity tests (trials.h); owned */
    struct history *history; /* NULL: none is kept */
    pthread_t recorder;      /* writes it; ends with the looker */
    bool records;
    struct log_keeper log_keeper;
    struct documents *documents;
    struct pages *pages;     /* NULL: no web console */
    struct events *events;   /* what happened */
    struct deliver *deliver; /* who is told of alarms */
    char kept[1024];         /* path of what waits to be told, once it is kept; "": nowhere */
    bool alarm_tests;        /* a test message is being sent; atomic */
    uint64_t metrics_us;     /* when alarms last looked at metrics; since 1970 */
    struct {
        bool started;          /* that it was is said */
        uint64_t expiry_us;    /* when what expires was last looked at; since 1970 */
        uint64_t tls_until_us; /* how long the server's certificate holds; 0: there is none */
    } notices;
    pthread_mutex_t told_lock; /* around a call, so that its end can be waited for */
    control_told *told;        /* who wakes waiting requests */
    void *told_arg;
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
    struct region *place;          /* of the path; NULL if it names none */
    struct snapshot *seen;         /* owned: the region as this request sees it */
    struct commit *commit;         /* owned: what the answer waits for, or NULL */
    bool again;                    /* when that is settled the request is carried out anew */
    json_t *body;                  /* owned; an object, or NULL if there is none */
    struct model_text text;        /* the body, where no tree is made of it */
    struct model_in in;            /* of text: an object */
    struct model_error error;
    uint64_t now_us;              /* since 1970 */
    enum words_lang lang;         /* that the answer is read in */
    struct model_alarm *built_in; /* owned: the built-in alarms as who asks sees them, or NULL */
};

/* ---- answers that wait for a commit (waits.c) ---- */

/* The answer is held until the commit is durable. Takes commit. */
void call_wait_for(struct call *call, struct commit *commit);
/* There is no answer yet: the request is carried out anew when the commit is settled. Takes commit.
 */
void call_ask_again(struct call *call, struct commit *commit);

/* ---- the query of a request (params.c) ---- */

#define WAIT_MAX_SECONDS 300 /* of a request that asks to be held back */
#define LIST_LIMIT       100 /* items of a page, unless the request says how many */
#define LIST_LIMIT_MAX   1000

/* *ret stays if the query does not say. 400 unless it is a whole number from min to max. */
MUST_USE int param_number(struct call *call, const char *name, uint64_t min, uint64_t max,
                          uint64_t *ret);
/* *ret is "" if the query has none: then a list begins at its beginning. 400 for a text that cannot
 * have been the next of an answer. Borrows the query. */
MUST_USE int param_cursor(struct call *call,
                          bool (*is_cursor)(const struct call *call, const char *text),
                          const char **ret);
/* 2026-11-22, 2026-11-22T08:27:24Z or with a fraction of up to six digits; UTC, microseconds since
 * 1970. A date alone is its beginning. -EINVAL. */
MUST_USE int param_parse_time(const char *text, uint64_t *ret);

/* ---- responses (respond.c) ---- */

void respond_header(struct control_response *res, const char *name, const char *value);
/* Takes body; a NULL body counts as out of memory. */
MUST_USE int respond_json(struct call *call, int status, json_t *body);
/* What was written; that something failed counts as out of memory. */
MUST_USE int respond_text(struct call *call, int status, struct model_out *out);
void respond_error(struct control_response *res, const struct model_error *error,
                   enum words_lang lang);

/* ---- routing of requests (router.c) ---- */

/* 0 with the response filled in, or negative with call->error filled in (or, where it is not, an
 * errno that makes a 500). */
typedef int call_handler(struct call *call);
/* Finds the handler for the path and runs it. */
MUST_USE int router_run(struct call *call);
/* Whether it asks to be let in, which nobody needs to be to do so. */
bool router_is_login(const struct call *call);

/* ---- who may do what (access.c); negative with call->error filled in ---- */

/* Whether the principal may send this request; needed: ROLE_NONE for what the method says. whole:
 * it is about all projects and regions. */
MUST_USE int access_check(struct call *call, enum role needed, bool whole);
/* What is shared by all projects only an admin changes. */
MUST_USE int access_check_kind(struct call *call, const struct model_kind *kind);
MUST_USE int access_check_reveal(struct call *call);
/* Whether a browser asks for a page of this host. */
MUST_USE int access_check_origin(struct call *call);
/* The id of the region that the path is about; NULL if it is about none. */
const char *access_region(const struct call *call);
bool access_has_region(const struct principal *who, const char *region);
bool access_sees(const struct principal *who, const struct snapshot *s,
                 const struct model_resource *resource);
/* Of what there is not (any more) only somebody bound to no project may know. */
bool access_sees_id(const struct principal *who, const struct snapshot *s, const char *id);

/* ---- tokens and users (people.c), log-in (session.c) ---- */

call_handler people_list, people_create, people_get, people_update, people_delete, people_invite;
call_handler session_create, session_get, session_delete;

/* Commits what is in b, which belongs to no region; the answer waits for it. */
MUST_USE int people_commit(struct call *call, struct batch *b);
/* As stored; -ENOENT if there is none. ret_revision may be NULL. */
MUST_USE int people_read(struct call *call, const struct model_kind *kind, const char *id,
                         json_t **ret, uint64_t *ret_revision);
/* Puts it into b, and shuts out whoever was let in by the one before. */
MUST_USE int people_choose_password(struct call *call, const char *id, const char *password,
                                    struct batch *b);
/* The value of our cookie in a Cookie header; false if there is none. */
bool session_cookie(const char *header, char *ret, size_t size);
/* Forgets those that are over. */
void session_prune(struct control *c, uint64_t now_us);

/* ---- resources (resources.c, lists.c, several.c) ---- */

call_handler resources_create, resources_list, resources_get, resources_update, resources_delete;
call_handler resources_several;

/* ---- references in a batch (references.c) ---- */

/* An operation with ids where its id or a reference is "$3": the resource that the operation with
 * this index made, or "$3.routeTables": the first of this collection that came along with it. made
 * has an element for each operation before it. *ret is new. */
MUST_USE int references_fill(struct call *call, const json_t *made, const json_t *op, json_t **ret);
/* Adds what an operation made to made. */
MUST_USE int references_note(json_t *made, const struct model_changes *changes);

/* A change that is being decided: holds the region's write lock. */
struct write {
    struct call *call;
    struct region *region;
    bool whole;            /* about a region itself: holds the house's lock, too */
    bool tries;            /* only decides: holds no lock */
    struct snapshot *base; /* what it is decided on */
    const struct snapshot **others;
    size_t other_count;
    struct model_env env;
    char key[2 * CRYPTO_SHA256_LEN + 1]; /* of the Idempotency-Key, "" */
};

/* about_region: a region is made, changed or deleted. */
MUST_USE int write_begin(struct call *call, struct region *region, bool about_region,
                         struct write *ret);
/* For what is decided but not done, on what this request sees: nobody waits for it. */
void write_try(struct call *call, struct write *ret);
/* Sends a commit of the changes (may be NULL) with what b holds; the answer waits for it, and
 * call->seen is the region with it. */
MUST_USE int write_commit(struct write *w, const struct model_changes *changes, struct batch *b);
void write_end(struct write *w);

/* As call->seen and its nodes have it: in descriptor order, with status and without secrets; new.
 */
json_t *resources_view(struct call *call, const struct model_resource *resource);
/* The resource, and after a change (else NULL) what is new about it, and warnings. */
MUST_USE int resources_respond(struct call *call, int status, const struct model_resource *resource,
                               const struct model_changes *changes);
/* Adds the audit entry of a change (that of items[first], what it brings along with it). */
void resources_audit(struct batch *b, struct call *call, const struct model_changes *changes,
                     size_t first);
/* What a deletion takes with it beyond the model's knowledge. */
MUST_USE int resources_delete_belongings(struct call *call, struct batch *b,
                                         const struct model_resource *resource);
/* (resource_find.c) Borrowed from call->seen; NULL with call->error filled in. */
const struct model_resource *resources_find(struct call *call);
/* The same by its name; NULL if there is none, which is no error. */
const struct model_resource *resources_find_named(struct call *call, enum model_kind_id kind,
                                                  const char *name);
/* The headers Location and ETag of a resource that was made. */
void resources_point_at(struct call *call, const struct model_resource *resource);
void resources_set_etag(struct call *call, const struct model_resource *resource);
/* If-Match: "3", 3 or *. given NULL is fine. */
MUST_USE int resources_check_revision(struct call *call, int64_t revision, const char *given);

/* ---- audit log (audit.c) ---- */

/* Adds an entry to the commit: who did what to which resource, with the members of details (may be
 * NULL). */
void audit_add(struct batch *b, const struct call *call, const char *action, const char *kind,
               const char *region, const char *id, const char *name, const json_t *details);
/* Notes that the request was refused, if that is worth it; the error is filled in. */
void audit_refusal(const struct call *call);
call_handler audit_list;
/* Removes some of what is older than is kept. */
void audit_prune(struct control *c, uint64_t now_us);

/* ---- repeated requests (idempotency.c) ---- */

/* Looks for an earlier request with the same Idempotency-Key; ret_key is for the commit ("" without
 * such a header). 1: there was one, which made what has the id ret_id, or which is under way
 * (ret_id
 * "") and will be waited for; 0: go on, and call idempotency_keep(); negative: error. With the
 * write lock held. */
MUST_USE int idempotency_find(struct call *call, char ret_key[2 * CRYPTO_SHA256_LEN + 1],
                              char *ret_id, size_t size);
void idempotency_keep(struct batch *b, const struct call *call, const char *key,
                      const char *resource_id);
void idempotency_prune(struct control *c, uint64_t now_us);
/* What is remembered of bodies goes, for it is keyed by seal.key; that the requests were carried
 * out stays. */
MUST_USE int idempotency_forget_bodies(struct store *s);

/* ---- nodes (nodes.c, streams.c, report.c, status.c, live.c, observed.c, tunnel_log.c) ---- */

/* ---- trust between ropewayd and nodes (join.c, credentials.c) ---- */

call_handler join_node, join_renew;
/* 403, in words for whoever runs a node of the version before. */
MUST_USE int join_refuse_old(struct call *call);

struct authority;

MUST_USE int credentials_init(struct credentials *s);
void credentials_done(struct credentials *s);
/* The record of an authority as it is stored, its key sealed, and back. */
MUST_USE int credentials_authority_record(const struct seal_ring *ring, const char *region,
                                          const struct authority *a, json_t **ret);
MUST_USE int credentials_authority_read(const struct seal_ring *ring, const char *region,
                                        const json_t *record, struct authority **ret);
/* The record of a node's credential; new, NULL if it has none. */
MUST_USE int credentials_get(struct call *call, const char *node, json_t **ret);
/* Signs a certificate over key for the node and adds its record to the commit, and the region's
 * authority when that is made now. answer gets the members certificate and authority. */
MUST_USE int credentials_issue(struct call *call, struct batch *b, EVP_PKEY *key, const char *node,
                               const char *token, json_t *answer);
/* Whose certificate it is; -EACCES with *ret_why for whoever sent it, or what went wrong here. */
MUST_USE int credentials_check(struct control *c, const uint8_t *der, size_t len, uint64_t now_us,
                               struct principal *ret, enum words_code *ret_why);

struct certificate_claim;

MUST_USE int verified_init(struct credentials *s);
void verified_done(struct credentials *s);
/* Whether a certificate with this SHA-256 was verified and is valid now; then *ret is what it says,
 * and *ret_authority the revision of the record of the authority that signed it. */
bool verified_find(struct credentials *s, const uint8_t digest[CRYPTO_SHA256_LEN], uint64_t now_us,
                   struct certificate_claim *ret, uint64_t *ret_authority);
void verified_add(struct credentials *s, const uint8_t digest[CRYPTO_SHA256_LEN],
                  uint64_t authority, const struct certificate_claim *claim);

call_handler nodes_register, nodes_desired, nodes_status, nodes_observed;
call_handler nodes_create_token, nodes_list_tokens, nodes_delete_token;

/* With the region's live lock held; ret NULL: out of memory, or make is false and there is none. */
struct node_state *live_node(struct region *r, const char *id, bool make);
/* The node itself spoke. Live lock held. */
void live_heard(struct region *r, struct node_state *n, uint64_t now_us);
/* Code of a private interface's operState. */
enum { LIVE_LINE_UP = 2 };
enum live_state { LIVE_UNKNOWN, LIVE_ONLINE, LIVE_OFFLINE };
/* n may be NULL. Live lock held. */
enum live_state live_state(const struct region *r, const struct node_state *n);
void live_free_nodes(struct region *r);
/* Time went by: monotonic_us is now. A late call does not count as time in which we listened. */
void live_listen(struct control *c, uint64_t monotonic_us);
/* Moves what silent nodes carry, gives homes to what has none (placing.c). */
void placing_tick(struct control *c, uint64_t now_us);
void said_free(void *said);
extern const struct pmap_type said_type;
/* Forgets the node and what it said; nothing may refer to it any more. Live lock held. */
void live_forget(struct node_state *n);
/* Whether the tunnel carries packets, as far as is known and confirmed. Live lock held. */
bool live_is_up(struct region *r, const struct snapshot *s, const struct model_vpn_tunnel *tunnel);
/* Whether the BGP session of a tunnel or private interface is established, as far as is known and
 * confirmed. Live lock held. */
bool live_has_session(struct region *r, const struct snapshot *s, const struct model_resource *of);
/* Whether each cloud address of the connection has a tunnel up to a customer address of its own.
 * *ret_reported: the nodes of all its tunnels say how they are now. Live lock held (status.c). */
bool live_is_available(struct region *r, const struct snapshot *s,
                       const struct model_vpn_connection *connection, bool *ret_reported);
/* Whether a node carries the tunnel or instance. */
bool live_is_placed(const struct snapshot *s, const struct model_resource *resource);
/* The node that carries the object; NULL: nobody knows. Live lock held. */
struct node_state *live_carrier(struct region *r, const struct snapshot *s,
                                const struct model_resource *resource);
/* What the node that carries the object said of it, with that node's state; NULL if nothing. Live
 * lock held. */
const struct said *live_said(struct region *r, const struct snapshot *s,
                             const struct model_resource *resource, struct node_state **ret_node);

/* Puts back when nodes were last seen (seen.c). */
MUST_USE int seen_load(struct control *c);
/* Stores it; now: also if that is not due yet. */
void seen_keep(struct control *c, uint64_t now_us, bool now);

/* Copies what a node says (untrusted.c): cut to fit, well-formed, without control characters. */
void untrusted_text(char *dst, size_t size, const char *src);
/* The same of a written message, which stays one. */
void untrusted_words(char *dst, size_t size, const char *src);
/* Adds the lines of a reported log that are not known yet (tunnel_log.c). -ENOMEM. Live lock held.
 */
MUST_USE int tunnel_log_take(struct region *r, const char *tunnel, const struct model_in *lines);
call_handler tunnel_log_list;
/* Adds a line of the file, if it is one, of a tunnel that there is, and not known. Live lock held.
 */
void tunnel_log_restore(struct region *r, const json_t *packed);
/* All lines of the region as the file has them. Live lock held. */
void tunnel_logs_write(const struct region *r, struct buf *ret);
/* A line to be kept, NULL if memory is short; nothing happens before the keeper was started
 * (log_pending.c). */
void log_pending_add(struct log_keeper *k, const char *line);

/* ---- answers without an end (stream.c; control.h says what each call does) ---- */

struct stream_ops {
    ssize_t (*read)(struct control_stream *s, char *buf, size_t max);
    bool (*has_news)(struct control_stream *s);
    void (*beat)(struct control_stream *s);
    void (*free)(struct control_stream *s);
};

/* The first member of each kind of them. */
struct control_stream {
    const struct stream_ops *ops;
};

/* NULL is fine. */
void control_stream_free(struct control_stream *s);

/* ---- following (watch.c) ---- */

call_handler watch_begin;
/* The live part of a resource: what is computed, which goes first, and what its node said. */
struct status {
    json_t *computed; /* owned */
    json_t *said;     /* a reference; not to be changed; NULL: nothing that counts */
};

MUST_USE int status_take(struct region *r, const struct snapshot *s,
                         const struct model_resource *resource, struct status *ret);
void status_done(struct status *status);

/* ---- what is carried out (observed.c); all with the live lock held ---- */

MUST_USE int observed_init(struct region *r);
void observed_done(struct region *r);
/* The streams began anew at this revision. */
void observed_begin(struct region *r, uint64_t revision);
/* The node is about to go. */
void observed_forget(struct region *r, const struct node_state *n);
/* Before a step of the planner: remembers what was carried out of what changes now. */
void observed_lag(struct region *r, const struct snapshot *before,
                  const struct plan_change *changes, size_t count);
/* After it. Takes the nodes of t. */
void observed_note(struct region *r, struct trace *t);
/* The node has carried out its stream up to this version. */
void observed_carried(struct region *r, struct node_state *n, uint64_t version);
/* Whether the resource as of this snapshot is carried out; *ret_revision is its newest revision
 * that is (0: none); *ret_why says why if it is not: a written message. */
bool observed_is(struct region *r, const struct snapshot *s, const struct model_resource *resource,
                 int64_t *ret_revision, char *ret_why, size_t size);

/* ---- what describes the API (documents.c) ---- */

MUST_USE int documents_init(struct control *c);
void documents_done(struct control *c);
call_handler documents_openapi, documents_messages;

/* ---- routes (routes.c) ---- */

call_handler hosts_of_subnet;
call_handler routes_of_gateway, routes_of_table, routes_of_tunnel, routes_problems;
/* Where packets go (explain.c). */
call_handler explain_table, explain_way;

/* ---- quotas (quotas.c) ---- */

call_handler quotas_list;

/* ---- ways over regions (way.c) ---- */

struct way_start {
    const char *table;            /* rtb-… or bgw-… */
    bool from_tunnel;             /* at a gateway, from behind it */
    const struct plan_flow *flow; /* NULL: any */
    const char *node;             /* where the flow begins; NULL: at a gateway */
};

struct way_end {
    bool reached;             /* as far as is known here */
    char why[WORDS_TEXT_MAX]; /* where it ends: a written END_... */
    char tunnel[65];          /* name of the one on it with the smallest MTU; "": none */
    int64_t mtu;
};

/* As plan_path(), and on in other regions that who may see. s is the region's; -ENOENT. */
MUST_USE int way_find(struct control *c, const struct principal *who, struct region *region,
                      const struct snapshot *s, const struct way_start *start,
                      const struct addr *destination, json_t *hops, struct way_end *ret);

/* ---- secrets that users ask for (reveal.c), metrics.c ---- */

call_handler reveal_psk, metrics_text;
/* The tunnel's key in clear, for secrets_free(); refused if it does not open. */
MUST_USE int reveal_open(struct call *call, const struct model_vpn_tunnel *tunnel, char **ret);
/* The same for the BGP password of a connection that has one. */
MUST_USE int reveal_open_bgp(struct call *call, const struct model_vpn_connection *connection,
                             char **ret);
/* What the device at the other end is to be told (devices.c). */
call_handler devices_configure, devices_platforms;

/* ---- how things went (recorder_api.c) ---- */

call_handler recorder_metrics;

/* ---- what happened (events_api.c, event_show.c) ---- */

call_handler events_list_call;
/* As people see it. */
void event_show(const struct event *event, struct model_out *out);

/* ---- alarms (alarms.c, alarm_send.c) ---- */

call_handler alarms_test;
/* The computed members of an alarm; new. */
json_t *alarms_status(struct region *r, const struct model_resource *alarm);
void alarms_done(struct region *r);

/* Whether it is the id of a built-in alarm (alarm_defaults.c). */
bool alarms_is_built_in(const char *id);
/* Bit i: it is the one at i. */
uint64_t alarms_built_in_bit(const char *id);
/* Adds those of these bits to a stream, as who reads it sees them. Borrows all. -ENOMEM. */
MUST_USE int alarms_tell_built_in(struct region *r, const struct snapshot *s, uint64_t which,
                                  const struct principal *who, enum words_lang lang,
                                  struct buf *ret);
/* As who asks sees it; borrowed from the call. NULL: there is none, or no memory. */
const struct model_resource *alarms_built_in(struct call *call, const char *id);
/* The first whose id comes after that one ("": all do); NULL at the end. */
const struct model_resource *alarms_next_built_in(struct call *call, const char *after);

/* ---- TLS (tls.c) ---- */

/* Reads the PEM texts from state_dir, makes a self-signed certificate first if there is none. It
 * names this machine and names[], each a DNS name or an address (-EINVAL if one is neither). A
 * certificate that is there is left alone; the log says which of names[] it lacks. */
MUST_USE int tls_load(const char *state_dir, const char *const *names, size_t count,
                      struct buf *ret_cert, struct buf *ret_key);
/* Whether the first certificate of the PEM text is good for a client that asks for name. */
bool tls_covers(const char *pem, const char *name);
/* How long it holds, in microseconds since 1970; 0 if it cannot be read. */
uint64_t tls_until(const char *pem);

#endif
