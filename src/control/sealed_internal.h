/* sealed_internal.h - what of the store is sealed, whether it opens, and sealing it anew. */
#ifndef ROPEWAY_CONTROL_SEALED_INTERNAL_H
#define ROPEWAY_CONTROL_SEALED_INTERNAL_H

#include <jansson.h>

#include "control.h"
#include "seal_internal.h"

/* ---- what is sealed (sealed.c) ---- */

/* What resources seal is told by their descriptors (MODEL_SECRET); besides them there is the key of
 * each region's authority. */
#define SEALED_AUTHORITY_KEY   "key"
#define SEALED_AUTHORITY_PLACE "authority.key"

/* Called for each page of the items of those collections, in all regions, until it fails. */
typedef int sealed_visit(void *arg, const struct store_item *items, size_t count);
MUST_USE int sealed_walk(struct store *s, sealed_visit *visit, void *arg);

/* One of them, at one of its secrets. */
struct sealed_item {
    const struct store_item *item;
    size_t at;          /* which secret */
    json_t *value;      /* owned */
    const char *member; /* where the secret is */
    const char *text;   /* that, borrowed from value; "": it has none */
    char place[SEAL_PLACE_MAX];
};

/* At the first of its secrets. -EBADMSG if it is no JSON object, or of another collection. item is
 * borrowed until sealed_item_done(). */
MUST_USE int sealed_read(const struct store_item *item, struct sealed_item *ret);
/* At the next one; false, and as it was, after the last. */
bool sealed_next(struct sealed_item *s);
void sealed_item_done(struct sealed_item *s);

/* What does not open, by the key that it names. */
#define SEALED_KEYS_TOLD 16

struct sealed_count {
    char id[SEAL_ID_LEN + 1]; /* "": it names none */
    bool missing;             /* that key is not there */
    size_t secrets;
    char first[3 * STORE_NAME_MAX]; /* one of them, for people */
};

struct sealed_report {
    size_t opened, unopened;
    struct sealed_count keys[SEALED_KEYS_TOLD]; /* of those unopened */
    size_t key_count;
};

/* Opens all. Fails only if the store cannot be read. */
MUST_USE int sealed_check(struct store *s, const struct seal_ring *ring, struct sealed_report *ret);
/* An error in the log for each key without which something does not open. */
void sealed_tell(const struct sealed_report *report);

/* ---- another key (reseal.c) ---- */

/* Called where a step has become durable; negative ends the work there, as a crash would. For
 * tests. */
typedef int reseal_between(void *arg, const char *step);
/* control_reseal() of an open store. between may be NULL. */
MUST_USE int reseal_run(struct store *s, const char *state_dir,
                        const struct control_reseal *options, reseal_between *between, void *arg,
                        struct control_resealed *ret);

#endif
