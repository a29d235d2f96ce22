/* trials.h - connectivity tests: asked for by people, run by nodes, in memory only. A node has a
 * list of those that it is to run, as a part of its desired state (streams.c), and tells their rows
 * with reports of their own; whoever started one follows it as a stream of events.
 *
 * Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_TRIALS_H
#define ROPEWAY_CONTROL_TRIALS_H

#include "control_internal.h"

#define TRIALS_KEPT        100 /* of a region */
#define TRIALS_KEPT_US     (3600 * UINT64_C(1000000))
#define TRIALS_PER_NODE    4 /* at a time */
#define TRIALS_PER_PROJECT 8 /* in a region, at a time */
#define TRIAL_ROWS_MAX     256
#define TRIAL_MAX_S        60
#define TRIAL_SILENCE_US   (5 * UINT64_C(1000000)) /* of a node that should tell of it */
#define TRIAL_DROPS_MAX    6

enum trial_kind { TRIAL_PING, TRIAL_TRACEROUTE, TRIAL_PATH_MTU, TRIAL_THROUGHPUT, TRIAL_KINDS };
enum trial_state { TRIAL_WAITING, TRIAL_RUNNING, TRIAL_CONCLUDING, TRIAL_ENDED };
enum trial_outcome { TRIAL_OPEN, TRIAL_PASSED, TRIAL_FAILED, TRIAL_HALTED };

/* One end of it. An address alone has no instance, tunnel or node. */
struct trial_side {
    char region[STORE_NAME_MAX + 1];
    char node[64];
    char node_name[PEOPLE_NAME_MAX];
    char instance[64];
    char tunnel[64];            /* in the place of an instance: from its inner address */
    char name[PEOPLE_NAME_MAX]; /* of either */
    struct addr address;
};

struct trial_numbers {
    uint64_t count, size, interval_ms, hops, duration_s;
};

struct trial {
    struct list link;
    char id[32];
    char project[64];
    struct principal who; /* who started it: what it shows is what they may see */
    enum trial_kind kind;
    enum trial_state state;
    enum trial_outcome outcome;
    struct trial_side from, to;
    struct trial_numbers numbers;
    uint64_t created_us, ended_us;  /* since 1970 */
    uint64_t deadline_us, heard_us; /* monotonic */
    bool given[2];                  /* to the nodes of from and to: they may be running it */
    uint64_t rows_from[2];          /* that each of these has told */
    uint16_t port;                  /* of the server of a throughput test; 0: not there yet */
    json_t *rows;                   /* objects that nobody changes */
    json_t *drops;                  /* of the node of from meanwhile: reason -> count */
    char message[WORDS_TEXT_MAX];   /* what it shows, or why it came to nothing: written */
    json_t *summary;                /* numbers; NULL while it runs */
};

/* What one node was told of. */
struct trial_node {
    struct list link;
    char region[STORE_NAME_MAX + 1], id[64];
    char life[24];       /* of its process */
    uint64_t generation; /* of its list */
};

struct trials {
    pthread_mutex_t lock; /* around what follows: trials_lock() */
    struct list all;      /* the newest last */
    struct list nodes;
    struct list news; /* to be told when the lock is given back */
    uint64_t generation;
};

void trials_init(struct control *c);
void trials_done(struct control *c);

/* ---- trials_lock.c ---- */

void trials_lock(struct control *c);
/* And tells those who wait of what happened meanwhile: they look at it with locks of their own. No
 * other lock may be held. */
void trials_unlock(struct control *c);
/* With the lock held. */
void trials_will_tell(struct control *c, enum control_wait_kind kind, const char *region,
                      const char *node);

/* ---- trials.c; all with the lock held ---- */

/* Borrowed; NULL if there is none. */
struct trial *trials_find(struct control *c, const char *region, const char *id);
/* Puts it into the list and takes it. -EBUSY: on the node of *ret_full, which is one of its sides,
 * there are enough at a time, or, if that is NULL, of its project. */
MUST_USE int trials_add(struct control *c, struct trial *t, const struct trial_side **ret_full);
void trial_free(struct trial *t);
/* Those who follow it have something to read. */
void trial_tell(struct control *c, struct trial *t);
/* The nodes' lists are others: it came, goes, or its server is there. */
void trial_changed(struct control *c, const struct trial *t);
bool trial_runs(const struct trial *t);
/* Ends it without a look at what it shows. */
void trial_cut(struct control *c, struct trial *t, enum trial_outcome outcome,
               const struct words *why);
const char *trial_kind_name(enum trial_kind kind);

/* ---- trials_nodes.c: towards nodes ---- */

/* Where the node's list stands; for waits. Takes the lock. */
uint64_t trials_generation(struct control *c, const char *region, const char *node);
/* The member "tests" of an answer to a node that has the list of this cursor ("LIFE:AT"; NULL: it
 * asks for none), or "" if that is as it should be. -EINVAL for what is no cursor. Takes the
 * lock. */
MUST_USE int trials_for_node(struct control *c, const char *region, const char *node,
                             const char *cursor, struct buf *ret);
call_handler trials_report;
/* Time went by: what nodes are silent of ends, what is old goes. Takes the lock. */
void trials_tick(struct control *c);

/* ---- trials_rows.c: what nodes say ---- */

/* A row as it is kept, new; NULL for what is none. */
json_t *trial_take_row(struct model_in *said);

/* ---- trials_verdict.c ---- */

/* Looks at the rows of a test that is TRIAL_CONCLUDING and ends it. error: why it came to nothing,
 * written; "". Takes the lock. */
void trial_conclude(struct control *c, const char *region, const char *id, const char *error);

/* ---- trials_api.c ---- */

call_handler trials_create, trials_list, trials_get, trials_delete;
/* That of the path, if who asks may see it; else NULL with call->error filled in. The lock is
 * held. */
struct trial *trials_look_up(struct call *call);
bool trial_is_seen(const struct call *call, const struct trial *t);

/* ---- trials_stream.c ---- */

call_handler trials_stream;

/* ---- trials_view.c ---- */

/* In the reader's language; new. The lock is held. */
json_t *trial_view(const struct trial *t, bool rows, enum words_lang lang);

#endif
