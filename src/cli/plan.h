/* plan.h - what apply and delete would do, as operations of batches: one batch a region. */
#ifndef ROPEWAY_CLI_PLAN_H
#define ROPEWAY_CLI_PLAN_H

#include "manifest.h"

/* One operation of a batch, for an item. */
struct step {
    struct item *it;
    json_t *op;      /* owned */
    json_t *changes; /* owned, of a dry run: manifest_changes(); or NULL */
    bool last;       /* of a deletion: after it the item is gone */
};

/* The steps of one region, each on what those before it leave. */
struct plan {
    const char *region; /* borrowed */
    struct step *steps; /* those that are left */
    size_t count;
    struct step *all; /* owned: steps lie in it */
    size_t room;
};

/* One for each region, in the order in which they were asked for. Zero-initialise. */
struct plans {
    struct plan *items;
    size_t count, room;
    json_t *places; /* owned: region -> which of the items */
};

void plans_done(struct plans *plans);
/* The plan of a region, made if there is none. *ret is lent until the next one is made. */
MUST_USE int plans_of(struct cli *cli, struct plans *plans, const char *region, struct plan **ret);
/* One more step. Takes op, which may be NULL when memory has run out; *ret is lent (may be NULL).
 */
MUST_USE int plan_add(struct cli *cli, struct plan *p, struct item *it, json_t *op,
                      struct step **ret);
/* Takes out all steps of an item that is gone. */
void plan_forget(struct plan *p, const struct item *it);
/* Takes out the first steps, which are done. */
void plan_drop(struct plan *p, size_t count);
/* The first steps as one batch. Any answer is fine; what is too large is not sent. */
MUST_USE int plan_send(struct cli *cli, const struct plan *p, size_t count, bool dry_run,
                       struct cli_answer *ret);

/* ---- deletion (unplan.c, unapply.c) ---- */

/* Adds the deletion of all that exists in m, what refers to others first. A tunnel is set down
 * first. A route table that refers to something in m loses its entries before that goes: the table
 * may belong to a subnet of an instance that it refers to. The default table of a VPC has no step:
 * it goes with the VPC. The region itself is no step either. */
MUST_USE int unplans_make(struct cli *cli, const struct manifest *m, struct plans *plans);
/* Deletes all of m or, in a dry run, asks whether it may go and tells. */
MUST_USE int unapply(struct cli *cli, struct manifest *m, struct cli_changes *changes);
/* What carries the labels in the regions that m names (if it names none, in the user's) and is not
 * in m; neither regions nor nodes (prune.c). *ret is empty before. */
MUST_USE int prune_find(struct cli *cli, const struct manifest *m, const char *selector,
                        struct manifest *ret);

/* ---- a dry run of apply (foretell.c) ---- */

/* Instead of a request: a step, and it->current as it would be. */
MUST_USE int foretell_create(struct cli *cli, struct plans *plans, struct item *it,
                             const json_t *body);
MUST_USE int foretell_update(struct cli *cli, struct plans *plans, struct item *it,
                             const json_t *patch);
/* Asks the server what it would say to all steps, and notes in the items what comes of them. */
MUST_USE int foretell_ask(struct cli *cli, const struct manifest *m, struct plans *plans);
/* Settles the items with what would happen to each; a diff shows only those that would change,
 * field by field (diff.c). How many these are. */
size_t foretell_show(struct cli *cli, struct manifest *m, bool diff);

#endif
