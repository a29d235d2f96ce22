/* sim_node.h - a node as the planner sees one: it takes pages of changes, and makes packet tables
 * of the objects it holds through the routing room. And its twin, which makes the same tables from
 * the snapshot. */
#ifndef ROPEWAY_TEST_SIM_NODE_H
#define ROPEWAY_TEST_SIM_NODE_H

#include <jansson.h>

#include "plan.h"

struct sim_node {
    json_t *objects; /* key -> {"text", "hash"} */
    json_t *listed;  /* keys that this listing has named; NULL: none is under way */
    uint64_t since;
    uint64_t digest;
};

void sim_node_init(struct sim_node *n);
void sim_node_done(struct sim_node *n);
/* Takes a page of at most limit objects; true if another follows. */
bool sim_node_page(struct sim_node *n, struct planner *p, const char *id, size_t limit);

/* What the planner has for a node: {key: value}, by key. New. */
json_t *sim_objects(struct planner *p, const char *node);

/* [{"id", "routes": [{"prefix", "nextHops": [{"kind", "target"?}]}]}]. New. */
json_t *sim_tables(const json_t *objects);
json_t *sim_tables_of_snapshot(const struct snapshot *s, const char *node);

#endif
