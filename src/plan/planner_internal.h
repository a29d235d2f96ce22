/* planner_internal.h - objects, who has them, and the stream of each node.
 *
 * An object is described once, however many nodes have it; a holding says that one node has it, and
 * since which version of that node's stream. Which nodes have an object is either part of its
 * description (where the address, gateway, tunnel or instance is placed) or counted: each need is a
 * resource on that node which makes it necessary there.
 *
 *     vpc         is needed by each instance and real network in it and by each attachment whose
 *                 gateway is there
 *     table       is needed by each instance whose subnet uses it, and by each real network that
 *                 does
 *     gateway     its routes and attachments are needed where it is placed and by each table there
 *                 that names it; the gateway itself is where it is placed
 *
 * A step from one snapshot to the next marks what a change touches (touch.c), counts needs anew for
 * the resources among it (needs.c), then describes the marked objects and moves them in the streams
 * (planner.c, stream.c). */
#ifndef ROPEWAY_PLANNER_INTERNAL_H
#define ROPEWAY_PLANNER_INTERNAL_H

#include "plan_internal.h"
#include "pmap.h"

#define PLAN_GONE_MAX 10000 /* deletions that a stream remembers */

struct object;
struct holding;

/* What one node has, in the order of versions. Versions are those of the whole planner, so that no
 * node ever sees one twice, not even a node that was deleted and came back. */
struct stream {
    char *node;
    uint64_t version; /* of its last change */
    uint64_t digest;
    size_t live;
    struct stream_entry {
        uint64_t version;
        struct holding *holding; /* NULL: has moved to a later place */
    } * entries;
    size_t count, cap, holes;
    struct list gone; /* deletions, oldest first */
    size_t gone_count;
    uint64_t horizon; /* deletions up to this version are forgotten */
    uint64_t begun;   /* where the stream stood when its last whole listing began */
    bool moved;       /* in this step */
    struct stream *next_moved;
};

struct holding {
    struct object *object;
    struct holding *next; /* of the object */
    struct stream *stream;
    uint64_t version;
    size_t at; /* in entries */
    bool live;
    struct list gone;
};

struct need {
    struct need *next;
    struct stream *stream;
    int64_t count;
    bool was;     /* more than 0 before this step */
    bool counted; /* of a table: its gateways are needed because of it */
};

struct object {
    struct list dirty; /* marked in this step; empty if not */
    enum plan_type type;
    bool stale;     /* its text may differ */
    const char *id; /* the part of key behind the slash */
    char *text;     /* NULL: not described, since nobody has it */
    size_t text_len;
    uint64_t hash;
    char *source; /* NULL: the same as id */
    struct holding *holdings;
    struct need *needs;
    char key[];
};

struct planner {
    struct pmap *objects; /* key -> struct object */
    struct pmap *streams; /* node id -> struct stream */
    uint64_t version;     /* the newest of any stream */
};

/* One step of planner_follow(). */
struct step {
    struct planner *planner;
    const struct snapshot *before; /* may be NULL */
    const struct snapshot *after;
    struct list dirty;
    struct stream *moved;
};

/* ---- stream.c ---- */

/* Makes it if there is none; NULL: out of memory. */
struct stream *stream_get(struct planner *p, const char *node);
struct stream *stream_find(const struct planner *p, const char *node);
/* With all its holdings, which must be deletions by now. */
void stream_drop(struct planner *p, struct stream *s);
/* Frees the memory of a stream alone. */
void stream_free(struct stream *s);
/* The node has the object from now on, or has it as it is now described. */
MUST_USE int stream_put(struct step *step, struct stream *s, struct object *o);
/* The node has it no longer. */
MUST_USE int stream_gone(struct step *step, struct holding *h);

/* ---- needs.c ---- */

/* What an instance, attachment or gateway needs: from now on as after the step. */
MUST_USE int needs_recount(struct step *step, enum plan_type type, const char *id);
/* What a VPC route table needs wherever somebody needs the table itself. */
MUST_USE int needs_recount_table(struct step *step, struct object *table);
/* Whether a node needs it now that did not before the step, or the other way round. */
bool needs_changed(const struct object *o);
/* Ends the step for the object. */
void needs_settle(struct object *o);

/* ---- touch.c ---- */

/* Marks what a change of the resource may alter. */
MUST_USE int touch_resource(struct step *step, enum model_kind_id kind, const char *id);
/* Marks an object whose text may differ. */
MUST_USE int touch_object(struct step *step, enum plan_type type, const char *id);
/* Marks the routes and attachments of a border gateway, whose texts are as they were. */
MUST_USE int touch_users(struct step *step, const char *gateway);

/* ---- planner.c ---- */

struct object *planner_object(const struct planner *p, enum plan_type type, const char *id);
/* Makes it if there is none, and marks it as worked on in this step; NULL: out of memory. */
struct object *planner_mark(struct step *step, enum plan_type type, const char *id);
/* If nobody holds it and it needs nothing. */
void planner_free_object(struct planner *p, struct object *o);
/* With whatever hangs on it. */
void planner_destroy_object(struct object *o);
void planner_free_text(struct object *o);

#endif
