/* twin.h - a region as a plain list, asked by looking at everything: what a snapshot is checked
 * against. */
#ifndef ROPEWAY_TESTS_MODEL_TWIN_H
#define ROPEWAY_TESTS_MODEL_TWIN_H

#include "samples.h"

#define TWIN_MAX 128

struct twin {
    const struct model_resource *items[TWIN_MAX]; /* one reference each */
    size_t count;
};

/* Replaces, adds or (NULL) removes. */
void twin_set(struct twin *t, enum model_kind_id kind, const char *id,
              const struct model_resource *r);
struct twin twin_copy(const struct twin *t);
void twin_done(struct twin *t);
/* NULL if there is none. */
const void *twin_get(const struct twin *t, enum model_kind_id kind, const char *id);

/* What a walk must answer, in its order. */
struct twin_list {
    struct {
        struct prefix prefix;
        const struct model_resource *resource;
    } items[4 * TWIN_MAX];
    size_t count;
};

void twin_all(const struct twin *t, enum model_kind_id kind, const char *after,
              struct twin_list *ret);
void twin_named(const struct twin *t, enum model_kind_id kind, const char *name,
                struct twin_list *ret);
void twin_linked(const struct twin *t, enum model_link link, const char *id, struct twin_list *ret);
void twin_space(const struct twin *t, enum model_space space, const char *scope,
                struct twin_list *ret);

#endif
