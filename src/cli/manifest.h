/* manifest.h - the resources a file names, for apply and delete -f. */
#ifndef ROPEWAY_CLI_MANIFEST_H
#define ROPEWAY_CLI_MANIFEST_H

#include "cli_internal.h"

struct item {
    const struct model_kind *kind;
    const char *region; /* of a region: its own id */
    const char *name;   /* of a region: its id; the id if the file gives only that */
    const char *id;     /* if the file gives one; NULL for regions, where it is the name */
    json_t
        *fields; /* owned: the document without kind and region; the texts above live there too */
    json_t *doc; /* owned */
    json_t *current;     /* owned: as the server has it, NULL while it does not exist */
    const char *outcome; /* "created", ... once that is known */
    bool foretold;       /* current is what a dry run expects: ids are "$N", places in its batch */
    json_t *changes;     /* owned, of a dry run: [{"field", "old", "new"}]; or NULL */
    bool done;
    bool emptied;         /* delete: a route table that loses its entries before it goes */
    struct item *waiters; /* apply: those that wait until this one exists */
    struct item *next;    /* apply: of those that wait for the same */
};

struct manifest {
    struct item *items; /* in an order in which most can be created */
    size_t count, room;
    json_t *by_name;       /* owned: what manifest_find() looks into */
    json_t *by_stored_id;  /* owned: what manifest_stored() looks into */
    json_t *outside;       /* owned: ids of what the file refers to and does not describe */
    const char *to_region; /* where all goes that was printed of another region, or NULL */
    bool listed;           /* from a list as `list` prints it, which may be empty */
    bool deleting;         /* an id that is gone is gone: what has the same name is another thing */
};

/* Reads args->file ("-" is standard input). *ret says in deleting what the file is for. */
MUST_USE int manifest_load(struct cli *cli, const struct cli_args *args, struct manifest *ret);
void manifest_done(struct manifest *m);
/* Adds a resource that the server has, and its item's current. */
MUST_USE int manifest_add(struct cli *cli, struct manifest *m, const struct model_kind *kind,
                          json_t *resource);
/* After the last of them: brings them in order and makes what the finding below looks into. */
MUST_USE int manifest_ready(struct cli *cli, struct manifest *m);
/* Makes what manifest_find() looks into (index.c). The items stay where they are from then on. */
MUST_USE int manifest_index(struct cli *cli, struct manifest *m);
/* The first item of one of the kinds (set) with this name or id in the region, or NULL. */
struct item *manifest_find(const struct manifest *m, unsigned kinds, const char *region,
                           const char *name);
/* Makes what manifest_stored() looks into; no two items may be the same resource. */
MUST_USE int manifest_index_stored(struct cli *cli, struct manifest *m);
/* The item that the server had under this id when the items were fetched, or NULL. */
struct item *manifest_stored(const struct manifest *m, const struct model_kind *kind,
                             const char *region, const char *id);
/* Every VPC comes with a route table named default: such a name says something only together with
 * the VPC. "" for other kinds. */
const char *item_vpc(const struct item *it);
/* Looks up on the server which items exist. */
MUST_USE int manifest_fetch(struct cli *cli, struct manifest *m);
/* The same for one, after those before it were looked up. */
MUST_USE int manifest_fetch_one(struct cli *cli, const struct manifest *m, struct item *it);
/* What a body lacks, since it is in the file and does not exist yet. */
struct gap {
    int missing;       /* fields */
    int needed;        /* of them, those without which the item cannot be created */
    struct item *item; /* one of what they refer to, of a needed one if there is any; or NULL */
};
/* The request body as the file wants it, as far as it is known (body.c). */
MUST_USE int manifest_body(struct cli *cli, const struct manifest *m, const struct item *it,
                           json_t **ret, struct gap *ret_gap);
/* Of such a body what creates the item, and the merge patch that brings it->current in line: an
 * empty one if there is nothing to do (differ.c). New. */
json_t *manifest_creation(const struct item *it, const json_t *body);
json_t *manifest_difference(const struct item *it, const json_t *body);
/* Whether a field has the value that is wanted; null wants what the server would choose. */
bool manifest_holds(const struct model_field *f, const json_t *want, const json_t *have);
/* The member of this name of an object field, or NULL. */
const struct model_field *manifest_member(const struct model_field *f, const char *name);
/* What a body, or a patch, would change of it->current: [{"field", "old", "new"}], a member left
 * out where there is none; secrets without both (changes.c). New. */
json_t *manifest_changes(const struct item *it, const json_t *body);
/* "" if it does not exist. */
const char *item_id(const struct item *it);
/* Settles an item and tells the user (in table form at once). */
void item_settle(struct cli *cli, struct item *it, const char *outcome);
/* The outcomes in the machine's formats, in the order of m and then of more (or NULL); nothing in
 * table form. */
void manifest_report(struct cli *cli, const struct manifest *m, const struct manifest *more);

#endif
