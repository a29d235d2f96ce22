/* world.h - small regions in memory for the tests of model: their snapshots, a clock and random
 * bytes that repeat, a seal that can be read, and short ways to create, change and delete. */
#ifndef ROPEWAY_TEST_WORLD_H
#define ROPEWAY_TEST_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "snapshot.h"

struct world {
    struct snapshot *regions[4]; /* r1, r2, and those a test makes */
    json_t *lent;                /* keeps what make() and get() lend */
    struct model_env env;
    struct model_error error; /* of the last refusal */
    bool key_lost;            /* what is sealed does not open */
    bool key_missing;         /* and says under which key it was sealed: 0123456789ab */
    size_t last;              /* how many resources the last change() or drop() changed */
};

/* With region "r1" (pool 198.51.100.0/28) and "r2" (198.51.100.16/28). */
void world_init(struct world *w);
void world_done(struct world *w);
/* The region by its id; NULL if it is not there. */
struct snapshot *world_region(struct world *w, const char *id);
/* By id, in whatever region; NULL if there is none. Lives until the next change. */
const struct model_resource *world_find(struct world *w, enum model_kind_id kind, const char *id);
/* The resource in JSON, secrets in clear; NULL if there is none. Lent by the world. */
json_t *world_json(struct world *w, enum model_kind_id kind, const char *id);
/* All of a kind in all regions, the oldest first, as world_json(). Lent by the world. */
json_t *world_list(struct world *w, enum model_kind_id kind);
size_t world_count(struct world *w, enum model_kind_id kind);
void world_apply(struct world *w, struct model_changes *changes);
/* The id of what was made, lent by the world; fails the test if it is refused. json is the request
 * with single quotes for double ones, formatted as printf. Region r1. */
PRINTF(3, 4) const char *make(struct world *w, enum model_kind_id kind, const char *json, ...);
/* Expects a refusal: the HTTP status; w->error says more. */
PRINTF(3, 4) int refuse(struct world *w, enum model_kind_id kind, const char *json, ...);
/* 0, or the HTTP status of the refusal. */
PRINTF(3, 4) int change(struct world *w, const char *id, const char *json, ...);
int drop(struct world *w, const char *id);
/* What the server decides by itself in region r1: how many resources that changed. */
size_t settle(struct world *w, size_t limit);
/* A member of what exists, "" if none. Lent by the world. */
const char *get(struct world *w, const char *id, const char *path);
/* By its id: the JSON of a resource that is no placement. */
json_t *resource(struct world *w, const char *id);
json_t *parse(const char *json); /* single quotes allowed */

#endif
