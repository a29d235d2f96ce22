/* objects.h - the desired state of the node as it holds it: objects by key, each with the version
 * and hash that it came with, taken page by page (docs/protocol.md). Pure. Private to the node
 * room. */
#ifndef ROPEWAY_NODE_OBJECTS_H
#define ROPEWAY_NODE_OBJECTS_H

#include "desired.h"
#include "names.h"

#define OBJECT_KEY_MAX   128
#define OBJECT_EPOCH_MAX 64

/* What has been told of an object to ropewayd, and what is to be (report.c). */
struct object_report {
    struct list due;  /* in the list of those to be looked at */
    struct list sent; /* in the report that is under way */
    uint64_t said;    /* hash of the entry that ropewayd has; 0: none */
    uint64_t saying;  /* of the one under way */
    bool told;        /* ropewayd may have an entry of it */
};

/* What the data plane counts of an instance or an attachment: out is away from the VPC. */
enum object_count {
    OBJECT_PACKETS_IN,
    OBJECT_PACKETS_OUT,
    OBJECT_BYTES_IN,
    OBJECT_BYTES_OUT,
    OBJECT_DROPS_IN,
    OBJECT_DROPS_OUT,
    OBJECT_PROBES_ANSWERED, /* of a private interface, in the order of a tunnel's */
    OBJECT_PROBES_LOST,
    OBJECT_PROBE_US,
    OBJECT_PROBE_JITTER_US,
    OBJECT_COUNTS
};

struct object_counts {
    uint64_t values[OBJECT_COUNTS];
    uint64_t now[OBJECT_COUNTS]; /* being added up */
    uint64_t boot;               /* of the data plane that counts */
    bool moved;                  /* since they were told */
};

struct object {
    struct name_link link; /* by key */
    struct list all;
    char key[OBJECT_KEY_MAX]; /* TYPE/ID */
    enum desired_type type;
    const char *id;         /* inside key */
    uint64_t version, hash; /* as they came last */
    void *value;            /* the newest that could be used, desired.h; NULL: none */
    char *error;            /* written: why the last that came cannot be used; NULL: it can */
    unsigned listing;       /* the last whole listing that named it */
    struct mention *mentions;
    bool down; /* of a private interface: it carries nothing */

    struct list unsettled;        /* came and was not seen carried out since */
    uint64_t dataplane_since;     /* generation of the first sync of the data plane with it */
    uint64_t in_force;            /* version last seen carried out */
    struct object_report report;  /* report.c */
    struct object_counts *counts; /* counters.c; NULL: nothing was counted yet */
};

/* Somebody who names a resource: an object in the list of all that name it. */
struct mention {
    struct list among;
    struct object *object;
    struct mention *next; /* of the same object */
    struct mentioned *of;
};

/* The highest generation that was seen of a key; outlives the object. */
struct generation;

struct objects {
    struct name_map by_key, by_mentioned, generations;
    struct list all, departed; /* departed: generations without an object, oldest first */
    size_t count, n_departed;
    char epoch[OBJECT_EPOCH_MAX]; /* "": nothing came yet */
    bool anew;                    /* to be asked for from the start */
    uint64_t version, revision;
    uint64_t sum; /* of all hashes */
    unsigned listing;
    bool listing_open; /* the last page of a whole listing has not come */
};

/* What a page did, as it happens. before is the value that was in force, which is freed afterwards;
 * NULL: none. */
struct objects_calls {
    /* It came; its value is another than before, or the same one. */
    void (*put)(void *arg, struct object *o, const void *before);
    /* It goes; it is freed afterwards. */
    void (*gone)(void *arg, struct object *o);
};

struct objects_page {
    bool more;
    bool adopted; /* another epoch, in which the objects are the same */
    bool differs; /* what is held is not what ropewayd thinks: to be asked for from the start */
};

void objects_init(struct objects *set);
/* Wipes. */
void objects_done(struct objects *set);
/* Takes a page. -EBADMSG with a reason, and nothing has changed, if it is no page; -ENOENT if it is
 * a document of a ropewayd before there were pages; -ENOMEM: what is held is incomplete, it must be
 * asked for from the start. */
MUST_USE int objects_take(struct objects *set, const json_t *page,
                          const struct objects_calls *calls, void *arg, struct objects_page *ret,
                          struct desired_error *err);
/* The next question will be without `since`. */
void objects_begin_anew(struct objects *set);
/* "since=…&digest=…", or "" */
void objects_since(const struct objects *set, char *ret, size_t size);

struct object *objects_find(const struct objects *set, enum desired_type type, const char *id);
/* The value in force; NULL if there is none. */
const void *objects_value(const struct objects *set, enum desired_type type, const char *id);

/* ---- who names whom (mentions.c) ---- */

/* Puts the object in the lists of all that its value names, and out of others. -ENOMEM. */
MUST_USE int mentions_update(struct objects *set, struct object *o);
void mentions_remove(struct objects *set, struct object *o);
/* The objects of a type that name the resource; NULL if none does. */
const struct list *mentions_of(const struct objects *set, enum desired_type by, const char *id);
/* One of them does. */
bool mentions_any(const struct objects *set, enum desired_type by, const char *id);

/* Each object of a type that names id. */
#define objects_each_of(item, set, by, id)                                                         \
    for (const struct list *item##_head = mentions_of(set, by, id),                                \
                           *item##_at = item##_head ? item##_head->next : NULL;                    \
         item##_at != item##_head; item##_at = item##_at->next)                                    \
        for (struct object *item = container_of(item##_at, struct mention, among)->object,         \
                           *item##_once = item;                                                    \
             item##_once; item##_once = NULL)

/* ---- generations.c ---- */

/* -ESTALE if a later generation of it was seen; otherwise notes it. -ENOMEM. */
MUST_USE int generations_check(struct objects *set, const char *key, uint64_t generation);
/* The highest that was seen; 0 if none was. */
uint64_t generations_seen(const struct objects *set, const char *key);
/* The object is gone; its generation is remembered for a while. */
void generations_depart(struct objects *set, const char *key);
void generations_done(struct objects *set);

#endif
