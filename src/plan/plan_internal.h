#ifndef ROPEWAY_PLAN_INTERNAL_H
#define ROPEWAY_PLAN_INTERNAL_H

#include "plan.h"

/* The resources of one kind, by id, with a NULL behind them. Holds references. */
struct plan_set {
    const json_t **items;
    size_t count;
};

/* A border gateway or a VPC route table with its routes selected. */
struct plan_routes {
    const json_t *resource; /* borrowed from its set */
    struct routing_table table;
};

struct plan {
    json_t *region;
    uint64_t revision;
    struct plan_set sets[MODEL_KINDS];
    struct plan_routes *gateways;     /* one for each of sets[MODEL_BORDER_GATEWAY], same order */
    struct plan_routes *route_tables; /* one for each of sets[MODEL_ROUTE_TABLE], same order */
    const json_t *gateway_node;       /* or NULL */
};

#define plan_each(plan, kind, item)                                                                \
    for (const json_t *const *item##_at = (plan)->sets[kind].items, *item = *item##_at; item;      \
         item = *++item##_at)

/* NULL if there is none. Borrowed. */
const json_t *plan_find(const struct plan *plan, enum model_kind_id kind, const char *id);
/* A time in RFC 3339 as a number of the same order; 0 if it is none. */
uint64_t plan_time(const char *text);
bool plan_field_is(const json_t *resource, const char *path, const char *value);
/* The id of the node that carries an instance, "" if none does. */
const char *plan_instance_node(const struct plan *plan, const json_t *instance);
/* The attachment that joins a VPC to a gateway, or NULL. */
const json_t *plan_attachment(const struct plan *plan, const char *gateway, const char *vpc);

/* tables.c: fills gateways and route_tables. */
MUST_USE int plan_build_tables(struct plan *plan);
const struct plan_routes *plan_gateway(const struct plan *plan, const char *id);
const struct plan_routes *plan_route_table(const struct plan *plan, const char *id);

/* packet_tables.c: the "tables" of a node. New; NULL if out of memory. */
json_t *plan_packet_tables(const struct plan *plan, const char *node);

#endif
