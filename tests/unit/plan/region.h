/* region.h - a region made by hand, resource by resource, and a planner that follows it. */
#ifndef ROPEWAY_TEST_REGION_H
#define ROPEWAY_TEST_REGION_H

#include <jansson.h>

#include "plan.h"

#define REGION_CHANGES_MAX 64

struct region {
    struct planner *planner;
    const struct snapshot *now; /* NULL before the first commit */
    struct snapshot_change staged[REGION_CHANGES_MAX];
    size_t count;
    uint64_t clock; /* seconds: what has no createdAt was created in this order */
    unsigned moved; /* calls of moved() in the last commit */
};

void region_init(struct region *r);
void region_done(struct region *r);

/* What cases leave out: name and createdAt. */
void region_complete(struct region *r, json_t *resource);
/* Takes a resource as JSON, whole, into the next commit. */
void region_put(struct region *r, enum model_kind_id kind, json_t *resource);
/* The same as text with ' for ". */
void region_make(struct region *r, enum model_kind_id kind, const char *text);
void region_drop(struct region *r, enum model_kind_id kind, const char *id);
/* Makes the next snapshot and lets the planner follow. */
void region_commit(struct region *r);

/* A planner that has followed this snapshot from nothing. */
struct planner *region_plan(const struct snapshot *s);

#endif
