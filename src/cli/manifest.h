/* manifest.h - the resources a file names, for apply and delete -f. */
#ifndef ROPEWAY_CLI_MANIFEST_H
#define ROPEWAY_CLI_MANIFEST_H

#include "cli_internal.h"

struct item {
    const struct model_kind *kind;
    const char *region; /* of a region: its own id */
    const char *name;   /* of a region: its id */
    json_t *fields;  /* owned: the document without kind and region; the texts above live in doc */
    json_t *doc;     /* owned */
    json_t *current; /* owned: as the server has it, NULL while it does not exist */
    const char *outcome; /* "created", ... once that is known */
    bool done;
};

struct manifest {
    struct item *items; /* in an order in which most can be created */
    size_t count;
};

/* Reads args->file ("-" is standard input). */
MUST_USE int manifest_load(struct cli *cli, const struct cli_args *args, struct manifest *ret);
void manifest_done(struct manifest *m);
/* The item of one of the kinds (set) with this name in the region, or NULL. */
struct item *manifest_find(const struct manifest *m, unsigned kinds, const char *region,
                           const char *name);
/* Looks up on the server which items exist. */
MUST_USE int manifest_fetch(struct cli *cli, struct manifest *m);
/* The same for one, after those before it were looked up. */
MUST_USE int manifest_fetch_one(struct cli *cli, const struct manifest *m, struct item *it);
/* "" if it does not exist. */
const char *item_id(const struct item *it);
/* Settles an item and tells the user (in table form at once). */
void item_settle(struct cli *cli, struct item *it, const char *outcome);
/* The outcomes in the machine's formats, in the order of m; nothing in table form. */
void manifest_report(struct cli *cli, const struct manifest *m);

#endif
