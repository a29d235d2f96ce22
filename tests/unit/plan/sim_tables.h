/* sim_tables.h - for sim_node.c, sim_tables.c and sim_twin.c alone. */
#ifndef ROPEWAY_TEST_SIM_TABLES_H
#define ROPEWAY_TEST_SIM_TABLES_H

#include <jansson.h>

#include "routing_build.h"

/* The members in the order of keys. New. */
json_t *sim_sorted(const json_t *object);
/* A routing_emit that appends to a JSON array. */
int sim_write_route(void *arg, const struct routing_packet_route *route);
/* Takes routes. */
void sim_add_table(json_t *tables, const char *id, const char *suffix, json_t *routes);

#endif
