/* listing.h - finds many resources by few requests: of a kind and region of which many are looked
 * for, all that there are are read at once, unless that is far more. */
#ifndef ROPEWAY_CLI_LISTING_H
#define ROPEWAY_CLI_LISTING_H

#include "cli_internal.h"

/* Zero-initialise. */
struct listings {
    json_t *all; /* owned: "KIND REGION" -> what is wanted and what was read of it */
};

void listings_done(struct listings *l);
/* One more of this kind and region will be looked for. All of them are announced first. */
MUST_USE int listings_expect(struct cli *cli, struct listings *l, const struct model_kind *kind,
                             const char *region);
/* As cli_find_id(). With l NULL the server is asked, here and below. */
MUST_USE int listings_find_id(struct cli *cli, struct listings *l, const struct model_kind *kind,
                              const char *region, const char *id, json_t **ret);
/* As cli_find(). */
MUST_USE int listings_find(struct cli *cli, struct listings *l, const struct model_kind *kind,
                           const char *region, const char *text, json_t **ret);
/* The same for a name; of a VPC's own, if vpc_id is not "". */
MUST_USE int listings_find_name(struct cli *cli, struct listings *l, const struct model_kind *kind,
                                const char *region, const char *vpc_id, const char *name,
                                json_t **ret);

#endif
