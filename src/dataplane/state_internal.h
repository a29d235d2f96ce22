/* state_internal.h - what the control thread owns: the objects, the configuration being received,
 * the SAs. Nothing here is for workers; they see what dp_state_publish() made of it. */
#ifndef ROPEWAY_DATAPLANE_STATE_INTERNAL_H
#define ROPEWAY_DATAPLANE_STATE_INTERNAL_H

#include "dataplane_internal.h"

/* ---- numbers for names (names.c) ---- */

/* Hands out the smallest free number for a new name; a name keeps its number until released. */
struct dp_names {
    char (*names)[IPC_ID_MAX]; /* by number; empty: free */
    uint32_t n;                /* numbers handed out so far are below this */
    uint32_t cap;
    uint32_t *buckets; /* number + 1, open addressing; 0: empty */
    uint32_t n_buckets;
    uint32_t used;
    uint32_t first_free; /* no number below is free */
};

void dp_names_done(struct dp_names *names);
/* -ENOMEM. */
MUST_USE int dp_names_add(struct dp_names *names, const char *name, uint32_t *ret);
/* DP_NONE if unknown. */
uint32_t dp_names_find(const struct dp_names *names, const char *name);
void dp_names_release(struct dp_names *names, uint32_t number);

/* ---- the configuration being received (staging.c) ---- */

struct dp_staged_underlay {
    struct endpoint local;
    int fd; /* -1: none came along */
};

struct dp_staged_port {
    struct ipc_port config;
    int fd;
};

/* The next hops of one route, or of many. */
struct dp_staged_list {
    uint32_t first; /* in hops */
    uint32_t count; /* 0: the route is gone */
};

struct dp_staged_hops {
    struct ipc_nexthop *hops;
    struct dp_staged_list *lists;
    size_t n_hops, n_lists;
    uint32_t *buckets; /* number of a list + 1, open addressing; 0: empty */
    uint32_t n_buckets;
};

struct dp_staged_route {
    struct prefix prefix;
    uint32_t hops; /* number of a list */
};

struct dp_staged_table {
    struct ipc_table config;
    struct dp_staged_route *routes;
    size_t n_routes;
};

struct dp_staging {
    bool open;
    int error; /* the first failure to take a message in: nothing is applied then */
    uint64_t generation, flow_seed;
    uint8_t whole; /* enum ipc_part */
    struct dp_staged_underlay *underlays;
    struct dp_staged_port *ports;
    struct dp_staged_table *tables;
    struct ipc_tunnel *tunnels;
    struct ipc_name *tunnels_gone;
    size_t n_underlays, n_ports, n_tables, n_tunnels, n_tunnels_gone;
    struct dp_names table_names;
    struct dp_staged_hops hops;
};

void dp_staging_begin(struct dp_staging *staging, const struct ipc_sync_begin *begin);
/* Takes a DP_UNDERLAY, DP_PORT, DP_TABLE, DP_ROUTES, DP_TUNNEL or DP_TUNNEL_GONE and its
 * descriptor. */
void dp_staging_add(struct dp_staging *staging, struct ipc_msg *msg);
/* Closes the descriptors nobody took. */
void dp_staging_done(struct dp_staging *staging);
/* One more zeroed item at the end of an array whose capacity is the next power of two; NULL without
 * memory. */
void *dp_staging_append(void *array_ptr, size_t *n, size_t size);
/* The number of the list of these next hops (staged_hops.c). -ENOMEM. */
MUST_USE int dp_staged_hops_add(struct dp_staged_hops *s, const struct ipc_nexthop *hops, size_t n,
                                uint32_t *ret);
void dp_staged_hops_done(struct dp_staged_hops *s);

/* ---- state (state.c, publish.c) ---- */

/* Something to free once no worker can see it any more. */
struct dp_garbage {
    void (*free)(void *context, void *object);
    void *context;
    void *object;
};

/* The tunnels of a connection. */
struct dp_group {
    struct list paths;          /* by dp_path.member */
    struct list touched;        /* of the state: seen is out of date */
    struct dp_connection *seen; /* by workers; NULL: none yet */
};

/* Objects have a number and, in an array, the place of that number; holes are NULL. */
struct dp_state {
    struct dp_shared shared;
    struct dp_worker *worker;
    struct dp_underlay **underlays;
    struct dp_port **ports;
    struct dp_table **tables;
    struct dp_path **paths;
    struct dp_egress **egress; /* of the paths, as workers see them */
    struct dp_group **groups;  /* of the connections */
    struct dp_via **vias;
    uint32_t *probed; /* as dp_config.probed; each has its place in probed_at */
    uint32_t n_probed, probed_cap;
    uint64_t probed_made, configs_made;
    uint64_t held_until_us; /* the last of the paths' */
    uint32_t n_draining;    /* of the paths */
    uint32_t n_underlays, n_ports, n_tables, n_paths, n_egress, n_groups, n_vias; /* places */
    struct dp_names underlay_names, port_names, table_names, path_names, connection_names,
        via_names;
    struct list touched, touched_groups; /* workers see something else than what is */
    bool unpublished; /* workers still see what was replaced: nothing may be freed */
    struct dp_garbage *garbage;
    size_t n_garbage, garbage_cap;
};

MUST_USE int dp_state_init(struct dp_state *state, const int notes[DP_LANES]);
/* Forgets everything (apply.c). */
void dp_state_done(struct dp_state *state);

/* Makes the workers see the objects as they are now; of paths those that were touched. -ENOMEM:
 * they go on with what they had, and nothing is freed until it works. */
MUST_USE int dp_state_publish(struct dp_state *state);
/* What the path, its tunnel, its SAs or their socket are has changed. */
void dp_state_touch(struct dp_state *state, struct dp_path *path);
/* The path goes. */
/* The port comes, changes or goes: it is among those that are probed, or no more. -ENOMEM. */
MUST_USE int dp_publish_probed(struct dp_state *state, struct dp_port *port, bool gone);
void dp_publish_without(struct dp_state *state, struct dp_path *path);
void dp_publish_done(struct dp_state *state);
/* The number of a connection, made if need be. -ENOMEM. */
MUST_USE int dp_state_group(struct dp_state *state, const char *name, uint32_t *ret);
/* No tunnel is in it and no route leads to it. */
void dp_state_group_release(struct dp_state *state, uint32_t index);
/* Frees object after the next dp_state_collect(). */
void dp_state_discard(struct dp_state *state, void (*free_fn)(void *, void *), void *context,
                      void *object);
/* Waits for a grace period if there is garbage, and frees it. Publishes first what could not be. */
void dp_state_collect(struct dp_state *state);

/* The path of a tunnel, made if need be. */
MUST_USE int dp_state_path(struct dp_state *state, const char *id, struct dp_path **ret);
/* Removes it if nobody needs it any more. */
void dp_state_path_release(struct dp_state *state, struct dp_path *path);
/* Grows an array of pointers so that index fits. */
MUST_USE int dp_state_fit(void *array, uint32_t *n, uint32_t index);

/* Compares a configuration with the state and mends the difference (apply.c). */
void dp_state_apply(struct dp_state *state, struct dp_staging *staging, struct ipc_sync_done *ret);
/* Its stations: each adds up what it changed and failed at (apply_tables.c, apply_devices.c,
 * apply.c).
 */
void dp_apply_failed(struct ipc_sync_done *done, const struct words *what);
void dp_apply_underlays(struct dp_state *state, struct dp_staging *s, struct ipc_sync_done *done);
void dp_apply_ports(struct dp_state *state, struct dp_staging *s, struct ipc_sync_done *done);
/* The names of the tables that will be; then those that are made of all their routes, which workers
 * see with the next configuration; then changes, which they see at once, and what these lead to has
 * to be in their configuration before. At the end the numbers of tables that went are free. */
struct dp_tables_sync {
    struct dp_state *state;
    const struct dp_staging *staging;
    struct fib_hops *hops; /* of each staged list */
    struct ipc_sync_done *done;
};
void dp_tables_begin(struct dp_tables_sync *t);
void dp_tables_make(struct dp_tables_sync *t);
void dp_tables_change(struct dp_tables_sync *t);
void dp_tables_end(struct dp_tables_sync *t);
/* Each list of next hops that the routes of all tables lead to. */
void dp_tables_each_hops(const struct dp_state *state,
                         void (*each)(void *arg, const struct fib_hops *hops), void *arg);
/* Removes a port if its device is gone, so that the node's next configuration brings a new one.
 * True, with its id, if that was so. */
bool dp_state_port_dead(struct dp_state *state, uint32_t index, char ret_id[IPC_ID_MAX]);

/* ---- hosts that routes lead to (vias.c) ---- */

/* That of an address behind a port, made if need be. -ENOMEM. */
MUST_USE int dp_state_via(struct dp_state *state, uint32_t port, const struct addr *address,
                          uint32_t *ret);
/* Forgets those whose number is not among these. */
void dp_vias_sweep(struct dp_state *state, const bool *named);
void dp_vias_done(struct dp_state *state);

/* ---- the ways between tables (jumps.c) ---- */

/* Those of the table, from its routes; what goes on from old (NULL: none) keeps its counters.
 * -ENOMEM: dp_jumps_release() in any case. Names must be known of all tables. */
MUST_USE int dp_jumps_make(struct dp_state *state, struct dp_table *table,
                           const struct dp_table *old);
/* They are the same ones. */
bool dp_jumps_equal(const struct dp_table *a, const struct dp_table *b);
void dp_jumps_release(struct dp_state *state, struct dp_table *table);

/* NULL if there is none. */
const struct dp_underlay *dp_state_underlay(const struct dp_state *state,
                                            const struct endpoint *local);

/* ---- SAs (sa.c) ---- */

/* -EEXIST, -EINVAL, -EOPNOTSUPP, -ENOMEM. */
MUST_USE int dp_sa_add(struct dp_state *state, const struct ipc_sa_add *add);
/* -ENOENT. */
MUST_USE int dp_sa_del(struct dp_state *state, const struct ipc_sa_ref *ref);
MUST_USE int dp_sa_move(struct dp_state *state, const struct ipc_sa_move *move);
void dp_sa_info(const struct dp_sa *sa, uint64_t now_us, struct ipc_sa_info *ret);
void dp_sa_free_all(struct dp_state *state);

#endif
