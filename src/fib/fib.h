/* fib.h - forwarding tables: longest-prefix match for IPv4 and IPv6 with ECMP, many tables, one
 * writer, lock-free readers under RCU (liburcu-memb). Does no I/O.
 *
 * One route that comes, goes or leads elsewhere costs the few nodes of the tree where its
 * destination ends, and what it covers and no longer route does. Readers see what was before each
 * change or what is after it, never a mixture. Routes that lead to the same next hops share them. A
 * next hop is a 32-bit number only the caller understands.
 *
 * The writer is one thread at a time, outside RCU read sections and registered with RCU (call_rcu()
 * asks for that). What readers may still hold is freed after a grace period, without waiting. */
#ifndef ROPEWAY_FIB_H
#define ROPEWAY_FIB_H

#include "base.h"

#define FIB_HOPS_MAX 16

/* Next hops of equal weight. */
struct fib_hops {
    uint32_t count; /* 0 to FIB_HOPS_MAX; 0 = known, but leads nowhere (blackhole) */
    uint32_t ids[FIB_HOPS_MAX];
};

struct fib_route {
    struct prefix prefix;
    struct fib_hops hops;
};

struct fib_table;

/* An empty table. -ENOMEM. */
MUST_USE int fib_table_new(struct fib_table **ret);
/* The caller has made sure that no reader can find the table any more (grace period). NULL is
 * fine. */
void fib_table_free(struct fib_table *table);

/* ---- changes ---- */

/* Adds a route, or has the one that is there lead elsewhere. -EINVAL for a family, length or count
 * of next hops out of range or host bits, -E2BIG beyond 2^24 routes, -ENOMEM; then the table is as
 * it was. */
MUST_USE int fib_table_put(struct fib_table *table, const struct prefix *prefix,
                           const struct fib_hops *hops);
/* -ENOENT if there is none, -ENOMEM; then the table is as it was. */
MUST_USE int fib_table_remove(struct fib_table *table, const struct prefix *prefix);
/* Replaces all routes; the order of routes does not matter. Takes a copy. As fib_table_put(), and
 * -EEXIST if two routes have the same prefix. */
MUST_USE int fib_table_set(struct fib_table *table, const struct fib_route *routes, size_t count);

/* ---- questions of the writer ---- */

bool fib_table_equal(const struct fib_table *a, const struct fib_table *b);
/* Each list of next hops that routes lead to, once. */
void fib_table_each_hops(const struct fib_table *table,
                         void (*each)(void *arg, const struct fib_hops *hops), void *arg);
/* Each route, in the order of prefix_cmp(). */
void fib_table_each(const struct fib_table *table,
                    void (*each)(void *arg, const struct prefix *prefix,
                                 const struct fib_hops *hops),
                    void *arg);
/* Routes in the table and bytes of memory behind them, for statistics. */
size_t fib_table_count(const struct fib_table *table);
size_t fib_table_memory(const struct fib_table *table);

/* ---- looking up ---- */

/* The next hops of the longest matching prefix, or NULL. To be called inside rcu_read_lock(); the
 * result is valid until rcu_read_unlock(). */
const struct fib_hops *fib_lookup(const struct fib_table *table, const struct addr *addr);
/* The same for addresses as they lie in packets. */
const struct fib_hops *fib_lookup4(const struct fib_table *table, const uint8_t addr[4]);
const struct fib_hops *fib_lookup6(const struct fib_table *table, const uint8_t addr[16]);

#endif
