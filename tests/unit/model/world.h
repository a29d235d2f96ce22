/* world.h - a small region in memory for the tests of model: lookup, a clock and random bytes that
 * repeat, and short ways to create, change and delete. */
#ifndef ROPEWAY_TEST_WORLD_H
#define ROPEWAY_TEST_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "model.h"

struct world {
    json_t *kinds[MODEL_KINDS]; /* arrays */
    json_t *ids;                /* keeps what make() lends */
    struct model_lookup lookup;
    struct model_env env;
    struct model_error error; /* of the last refusal */
};

/* With region "r1" (pool 198.51.100.0/28) and "r2" (198.51.100.16/28). */
void world_init(struct world *w);
void world_done(struct world *w);
json_t *world_find(struct world *w, enum model_kind_id kind, const char *id);
void world_apply(struct world *w, struct model_changes *changes);
/* The id of what was made, borrowed from the world; fails the test if it is refused. json is the
 * request with single quotes for double ones, formatted as printf. Region r1. */
PRINTF(3, 4) const char *make(struct world *w, enum model_kind_id kind, const char *json, ...);
/* Expects a refusal: the HTTP status; w->error says more. */
PRINTF(3, 4) int refuse(struct world *w, enum model_kind_id kind, const char *json, ...);
/* 0, or the HTTP status of the refusal. */
PRINTF(3, 4) int change(struct world *w, const char *id, const char *json, ...);
int drop(struct world *w, const char *id);
/* A member of what exists, "" if none. */
const char *get(struct world *w, const char *id, const char *path);
json_t *parse(const char *json); /* single quotes allowed */

#endif
