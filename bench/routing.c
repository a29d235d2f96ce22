/* What one learned route costs that comes or goes, by how many there are, beside what selecting and
 * making the whole table costs. Prints a line of JSON for each case: the median of its rounds.
 *
 *     routing [ROUTES...]     1000, 10000 and 100000 unless said otherwise */
#include <stdio.h>
#include <stdlib.h>
#include <urcu/urcu-memb.h>

#include "fib.h"
#include "routing_rib.h"

#define WHOLE_ROUNDS  7
#define CHANGE_ROUNDS 201
#define CHANGES       20U /* in a round: a route goes and comes back as often */
#define LOOKUPS       2000000U
#define ADDRESSES     65536U
#define TUNNELS       20U
#define MIXER         7919U /* a prime */

static void must(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "routing: %s failed\n", what);
        exit(1);
    }
}

static uint32_t dice(uint32_t n)
{
    static uint64_t seed = 20261129;

    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(seed >> 33) % n;
}

/* ---- routes ---- */

static char tunnels[TUNNELS][24];

/* Two of three have length 24, the others 20, and one in 16 lies inside the one before. */
static struct prefix destination(uint32_t n)
{
    bool inside = n % 16 == 15;
    struct addr start = addr_v4(1, 0, 0, 0), a = addr_add(&start, (n - inside) * UINT64_C(0x2100));

    return prefix_make(&a, (uint8_t)(inside ? 26 : n % 3 ? 24 : 20));
}

/* They come in no order. */
static uint32_t shuffled(uint32_t i, uint32_t count)
{
    return (uint32_t)((uint64_t)i * MIXER % count);
}

static struct routing_route learned(uint32_t n)
{
    return (struct routing_route){.destination = destination(n),
                                  .hop = ROUTING_HOP_CONNECTION,
                                  .type = ROUTING_TYPE_EBGP,
                                  .target = "vpn-bench00000",
                                  .via = tunnels[n % TUNNELS],
                                  .metric = 1 + n % 5,
                                  .since = n};
}

/* What attachments propagate; half of it overlaps. */
static struct routing_route offer(uint32_t n, uint32_t count)
{
    struct addr start = addr_v4(10, 0, 0, 0), a = addr_add(&start, (uint64_t)(n * 2 % count) << 8);

    return (struct routing_route){.destination = prefix_make(&a, n % 8 ? 24 : 22),
                                  .hop = ROUTING_HOP_ATTACHMENT,
                                  .type = ROUTING_TYPE_PROPAGATED,
                                  .target = tunnels[n % TUNNELS],
                                  .since = n};
}

static struct fib_route packet_route(uint32_t n)
{
    return (struct fib_route){.prefix = destination(n), .hops = {2, {n % TUNNELS, n % 7}}};
}

/* ---- times ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void tell(const char *name, uint32_t routes, const char *unit, double value)
{
    printf("{\"case\": \"%s\", \"routes\": %u, \"%s\": %.3f}\n", name, routes, unit, value);
    fflush(stdout);
}

static void tell_median(const char *name, uint32_t routes, const char *unit, double *all, size_t n)
{
    qsort(all, n, sizeof(*all), compare);
    tell(name, routes, unit, all[n / 2]);
}

/* ---- selection ---- */

static void measure_whole(uint32_t count, bool offers)
{
    double times[WHOLE_ROUNDS];

    for (size_t round = 0; round < WHOLE_ROUNDS; round++) {
        uint64_t start = clock_monotonic_us();
        struct routing_table t = {0};

        for (uint32_t i = 0; i < count; i++) {
            uint32_t n = shuffled(i, count);
            struct routing_route r = offers ? offer(n, count) : learned(n);

            must(routing_add(&t, &r) == 0, "adding");
        }
        routing_select_gateway(&t, count);
        times[round] = (double)(clock_monotonic_us() - start) / 1000;
        routing_table_done(&t);
    }
    tell_median(offers ? "select-all-offers" : "select-all-learned", count, "ms", times,
                WHOLE_ROUNDS);
}

static void ask(struct routing_rib *rib)
{
    struct prefix p;

    while (routing_rib_next_change(rib, &p))
        (void)routing_rib_at(rib, &p);
}

static struct routing_rib *make_rib(uint32_t count, size_t quota)
{
    struct routing_rib *rib = NULL;

    must(routing_rib_new(ROUTING_RIB_GATEWAY, quota, &rib) == 0, "making a rib");
    for (uint32_t i = 0; i < count; i++) {
        struct routing_route r = learned(shuffled(i, count));

        must(routing_rib_set(rib, &r) == 0, "setting");
    }
    ask(rib);
    return rib;
}

static void measure_filling(uint32_t count)
{
    double times[WHOLE_ROUNDS], memory = 0;

    for (size_t round = 0; round < WHOLE_ROUNDS; round++) {
        uint64_t start = clock_monotonic_us();
        struct routing_rib *rib = make_rib(count, count);

        times[round] = (double)(clock_monotonic_us() - start) / 1000;
        memory = (double)routing_rib_memory(rib) / count;
        routing_rib_free(rib);
    }
    tell_median("rib-fill", count, "ms", times, WHOLE_ROUNDS);
    tell("rib-memory", count, "bytes-per-route", memory);
}

/* A route goes, and comes back as the youngest; what changed is asked for each time. Over the
 * quota, others move over its boundary. */
static void measure_change(uint32_t count, bool over_quota)
{
    struct routing_rib *rib = make_rib(count, over_quota ? count / 2 : count);
    double times[CHANGE_ROUNDS];
    uint64_t now = count;

    for (size_t round = 0; round < CHANGE_ROUNDS; round++) {
        uint64_t start = clock_monotonic_us();

        for (unsigned i = 0; i < CHANGES; i++) {
            struct routing_route r = learned(dice(count));

            must(routing_rib_remove(rib, &r), "removing");
            ask(rib);
            r.since = now++;
            must(routing_rib_set(rib, &r) == 0, "setting");
            ask(rib);
        }
        times[round] = (double)(clock_monotonic_us() - start) / (2 * CHANGES);
    }
    tell_median(over_quota ? "rib-change-over-quota" : "rib-change", count, "us", times,
                CHANGE_ROUNDS);
    routing_rib_free(rib);
}

/* ---- forwarding tables ---- */

static struct fib_table *make_fib(uint32_t count)
{
    struct fib_route *routes = calloc(count, sizeof(*routes));
    struct fib_table *table = NULL;
    double times[WHOLE_ROUNDS];

    must(routes && fib_table_new(&table) == 0, "making a table");
    for (uint32_t i = 0; i < count; i++)
        routes[i] = packet_route(shuffled(i, count));
    for (size_t round = 0; round < WHOLE_ROUNDS; round++) {
        uint64_t start = clock_monotonic_us();

        must(fib_table_set(table, routes, count) == 0, "replacing a table");
        times[round] = (double)(clock_monotonic_us() - start) / 1000;
        urcu_memb_barrier();
    }
    tell_median("fib-replace", count, "ms", times, WHOLE_ROUNDS);
    tell("fib-memory", count, "bytes-per-route", (double)fib_table_memory(table) / count);
    free(routes);
    return table;
}

static void measure_lookup(const struct fib_table *table, uint32_t count)
{
    static uint8_t addresses[ADDRESSES][4];
    double times[WHOLE_ROUNDS];
    uint64_t found = 0;

    for (uint32_t i = 0; i < ADDRESSES; i++)
        memcpy(addresses[i], destination(dice(count)).addr.bytes, sizeof(addresses[i]));
    for (size_t round = 0; round < WHOLE_ROUNDS; round++) {
        uint64_t start = clock_monotonic_us();

        urcu_memb_read_lock();
        for (uint32_t i = 0; i < LOOKUPS; i++) {
            const struct fib_hops *hops = fib_lookup4(table, addresses[i % ADDRESSES]);

            found += hops ? hops->count : 0;
        }
        urcu_memb_read_unlock();
        times[round] = (double)(clock_monotonic_us() - start) * 1000 / LOOKUPS;
    }
    must(found > 0, "looking up");
    tell_median("fib-lookup", count, "ns", times, WHOLE_ROUNDS);
}

static void put(struct fib_table *table, const struct fib_route *route)
{
    must(fib_table_put(table, &route->prefix, &route->hops) == 0, "putting a route");
}

static void measure_fib_change(struct fib_table *table, uint32_t count)
{
    double times[CHANGE_ROUNDS];

    for (size_t round = 0; round < CHANGE_ROUNDS; round++) {
        uint64_t start = clock_monotonic_us();

        for (unsigned i = 0; i < CHANGES; i++) {
            struct fib_route r = packet_route(dice(count));

            must(fib_table_remove(table, &r.prefix) == 0, "removing a route");
            put(table, &r);
        }
        times[round] = (double)(clock_monotonic_us() - start) / (2 * CHANGES);
    }
    urcu_memb_barrier();
    tell_median("fib-change", count, "us", times, CHANGE_ROUNDS);
}

/* The default route goes and comes back over routes that stay: all that no other covers. */
static void measure_default(struct fib_table *table, uint32_t count)
{
    const struct fib_route all = {.prefix = {.addr.family = ADDR_IPV4}, .hops = {1, {9}}};
    double times[WHOLE_ROUNDS];

    for (size_t round = 0; round < WHOLE_ROUNDS; round++) {
        uint64_t start = clock_monotonic_us();

        put(table, &all);
        must(fib_table_remove(table, &all.prefix) == 0, "removing the default route");
        times[round] = (double)(clock_monotonic_us() - start) / 2000;
        urcu_memb_barrier();
    }
    tell_median("fib-default-route", count, "ms", times, WHOLE_ROUNDS);
}

static void measure(uint32_t count)
{
    struct fib_table *table;

    measure_whole(count, false);
    measure_whole(count, true);
    measure_filling(count);
    measure_change(count, false);
    measure_change(count, true);
    table = make_fib(count);
    measure_lookup(table, count);
    measure_fib_change(table, count);
    measure_default(table, count);
    fib_table_free(table);
}

int main(int argc, char **argv)
{
    static char *usual[] = {"1000", "10000", "100000"};
    char **sizes = argc > 1 ? argv + 1 : usual;
    int count = argc > 1 ? argc - 1 : (int)ARRAY_SIZE(usual);

    urcu_memb_register_thread();
    for (uint32_t i = 0; i < TUNNELS; i++)
        snprintf(tunnels[i], sizeof(tunnels[i]), "vpntun-bench%05u", i);
    for (int i = 0; i < count; i++) {
        uint64_t routes = 0;

        must(text_parse_u64(sizes[i], 400000, &routes) == 0 && routes > 1 && routes % MIXER != 0,
             "reading a size");
        measure((uint32_t)routes);
    }
    urcu_memb_barrier();
    urcu_memb_unregister_thread();
    return 0;
}
