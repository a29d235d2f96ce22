/* unplan.h - the deletion of what a file names, as operations in an order that works. */
#ifndef ROPEWAY_CLI_UNPLAN_H
#define ROPEWAY_CLI_UNPLAN_H

#include "manifest.h"

/* One operation of a batch, for an item. */
struct step {
    struct item *it;
    json_t *op; /* owned */
    bool last;  /* after it the item is gone */
};

/* The steps of one region, what refers to others first. */
struct unplan {
    const char *region; /* borrowed */
    struct step *steps; /* those that are left */
    size_t count;
    struct step *all; /* owned: steps lie in it */
    size_t room;
};

/* One for each region, in the order of the file. Zero-initialise. */
struct unplans {
    struct unplan *items;
    size_t count;
};

/* All that the file names and that exists. A tunnel is set down first. A route table that refers to
 * something of the file loses its entries before that goes: the table may belong to a subnet of an
 * instance that it refers to. The default table of a VPC has no step: it goes with the VPC. The
 * region itself is no step either. */
MUST_USE int unplans_make(struct cli *cli, const struct manifest *m, struct unplans *ret);
void unplans_done(struct unplans *plans);
/* Takes out all steps of an item that is gone. */
void unplan_forget(struct unplan *p, const struct item *it);
/* Takes out the first steps, which are done. */
void unplan_drop(struct unplan *p, size_t count);
/* The request for the first steps. New. */
json_t *unplan_request(const struct unplan *p, size_t count, bool dry_run);

#endif
