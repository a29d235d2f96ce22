/* plan_growth - what it costs the planner to follow one change, in a small region and in a large
 * one, and what it keeps in memory.
 *
 *     plan_growth [TUNNELS...]
 * prints a line for each size (100 and 20000 unless told) and kind of change: the median, in
 * microseconds of CPU time, of planner_follow() alone. Two tunnels a connection, five routes a
 * tunnel, over 100 nodes with a border gateway, a VPC of ten subnets and an instance each. */
#include "plan.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NODES  100
#define ROUNDS 201

struct region {
    struct planner *planner;
    const struct snapshot *now;
    struct snapshot_change *staged;
    size_t count, cap;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "plan_growth: %s\n", what);
    exit(1);
}

/* ---- a region ---- */

/* Text is JSON with ' for ". */
PRINTF(3, 4)
static void put(struct region *r, enum model_kind_id kind, const char *fmt, ...)
{
    struct model_resource *made = NULL;
    const char *path = "";
    char text[1024];
    json_t *json;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    for (char *at = text; *at; at++) {
        if (*at == '\'')
            *at = '"';
    }
    json = json_loads(text, 0, NULL);
    if (!json || json_object_set_new(json, "createdAt", json_string("2026-11-28T00:00:00.000Z")) ||
        model_decode(model_kind(kind), json, &made, &path) < 0)
        die(text);
    json_decref(json);
    if (r->count == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 64;
        r->staged = reallocarray(r->staged, r->cap, sizeof(*r->staged));
        if (!r->staged)
            die("out of memory");
    }
    r->staged[r->count++] =
        (struct snapshot_change){.kind = kind, .id = made->id, .resource = made};
}

static void put_node(struct region *r, unsigned n)
{
    put(r, MODEL_NODE, "{'id': 'node-%u', 'name': 'n', 'roles': ['gateway', 'compute']}", n);
    put(r, MODEL_BORDER_GATEWAY, "{'id': 'bgw-%u', 'name': 'g', 'asn': 65000}", n);
    put(r, MODEL_PLACEMENT, "{'id': 'bgw-%u', 'name': 'p', 'nodeId': 'node-%u', 'generation': 1}",
        n, n);
    put(r, MODEL_VPC, "{'id': 'vpc-%u', 'name': 'v', 'cidr': '10.%u.0.0/16'}", n, n);
    put(r, MODEL_ROUTE_TABLE,
        "{'id': 'rtb-%u', 'name': 't', 'vpcId': 'vpc-%u', 'default': true, 'routes': [], "
        "'propagations': [{'borderGatewayId': 'bgw-%u', 'range': '0.0.0.0/0'}]}",
        n, n, n);
    for (unsigned i = 0; i < 10; i++)
        put(r, MODEL_SUBNET,
            "{'id': 'subnet-%u-%u', 'name': 's', 'vpcId': 'vpc-%u', 'cidr': '10.%u.%u.0/24', "
            "'routeTableId': 'rtb-%u'}",
            n, i, n, n, i, n);
    put(r, MODEL_VPC_ATTACHMENT,
        "{'id': 'vpcattach-%u', 'name': 'a', 'borderGatewayId': 'bgw-%u', 'vpcId': 'vpc-%u', "
        "'propagation': 'all'}",
        n, n, n);
    put(r, MODEL_INSTANCE,
        "{'id': 'i-%u', 'name': 'i', 'subnetId': 'subnet-%u-0', 'address': '10.%u.0.4', 'nodeId': "
        "'node-%u', 'attachment': 'netns'}",
        n, n, n, n);
}

static void put_tunnel(struct region *r, unsigned n, unsigned mtu)
{
    put(r, MODEL_VPN_TUNNEL,
        "{'id': 'vpntun-%u', 'name': 'tunnel %u', 'vpnConnectionId': 'vpn-%u', 'cloudAddress': "
        "'100.%u.%u.%u', 'customerAddress': '203.0.113.1', 'tunnelAddress': '169.254.%u.%u/30', "
        "'peerTunnelAddress': '169.254.%u.%u', 'mtu': %u, 'psk': '%0*u'}",
        n, n, n / 2, 64 + n / 65536, n / 256 % 256, n % 256, n / 64 % 256, 4 * (n % 64) + 1,
        n / 64 % 256, 4 * (n % 64) + 2, mtu, 96, n);
}

static void put_connection(struct region *r, unsigned n, unsigned gateway)
{
    char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];
    struct addr first = addr_v4(100, 64, 0, 0), one = addr_add(&first, (uint64_t)2 * n),
                two = addr_add(&one, 1);

    put(r, MODEL_VPN_CONNECTION,
        "{'id': 'vpn-%u', 'name': 'c', 'borderGatewayId': 'bgw-%u', 'customerGatewayId': 'cgw-0', "
        "'cloudAddresses': ['%s', '%s']}",
        n, gateway, addr_format(&one, a), addr_format(&two, b));
    put(r, MODEL_PLACEMENT, "{'id': '%s', 'name': 'p', 'nodeId': 'node-%u', 'generation': 1}", a,
        gateway);
    put(r, MODEL_PLACEMENT, "{'id': '%s', 'name': 'p', 'nodeId': 'node-%u', 'generation': 1}", b,
        gateway);
}

static void put_route(struct region *r, unsigned n, unsigned connection, unsigned round)
{
    put(r, MODEL_BORDER_GATEWAY_ROUTE,
        "{'id': 'bgwroute-%u', 'name': 'r', 'borderGatewayId': 'bgw-%u', 'destination': "
        "'%u.%u.%u.0/24', 'nextHop': 'vpn-%u'}",
        n, connection % NODES, 11 + n / 65536 + 10 * (round % 2), n / 256 % 256, n % 256,
        connection);
}

static void put_subnet(struct region *r, unsigned n, unsigned round)
{
    put(r, MODEL_SUBNET,
        "{'id': 'subnet-%u-x', 'name': 's', 'vpcId': 'vpc-%u', 'cidr': '10.%u.%u.0/24', "
        "'routeTableId': 'rtb-%u'}",
        n, n, n, 100 + round % 2, n);
}

static void ignore(void *arg, const char *node, uint64_t version)
{
    (void)arg;
    (void)node;
    (void)version;
}

/* Microseconds that the planner took. */
static double commit(struct region *r)
{
    struct plan_change *changes = calloc(r->count, sizeof(*changes));
    struct snapshot *next = NULL;
    struct timespec from, to;

    if (!changes ||
        snapshot_apply(r->now, r->staged, r->count, snapshot_revision(r->now) + 1, &next) < 0)
        die("no snapshot");
    for (size_t i = 0; i < r->count; i++)
        changes[i] = (struct plan_change){.kind = r->staged[i].kind, .id = r->staged[i].id};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    if (planner_follow(r->planner, r->now, next, changes, r->count, ignore, NULL) < 0)
        die("planner_follow failed");
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    for (size_t i = 0; i < r->count; i++)
        model_resource_unref(r->staged[i].resource);
    free(changes);
    snapshot_unref(r->now);
    r->now = next;
    r->count = 0;
    return (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
}

/* ---- measuring ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void measure(struct region *r, unsigned tunnels, const char *what)
{
    double took[ROUNDS];

    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned n = (unsigned)(((uint64_t)i * 7919) % tunnels);

        if (*what == 't')
            put_tunnel(r, n, 1300 + i % 100);
        else if (*what == 'r')
            put_route(r, 5 * n, n / 2, 1);
        else
            put_subnet(r, n % NODES, i / NODES);
        took[i] = commit(r);
    }
    qsort(took, ROUNDS, sizeof(took[0]), compare);
    printf("%6u tunnels: one %s %8.1f us (worst of %u: %.1f)\n", tunnels, what, took[ROUNDS / 2],
           ROUNDS, took[ROUNDS - 1]);
}

static int count_bytes(void *arg, const struct plan_object *o)
{
    *(size_t *)arg += strlen(o->text);
    return 0;
}

static void measure_listing(struct region *r)
{
    struct timespec from, to;
    size_t bytes = 0;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    if (planner_changes(r->planner, "node-0", 0, count_bytes, &bytes) < 0)
        die("no listing");
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    printf("               node-0 has %zu objects, %zu bytes of text; listed in %.1f us\n",
           planner_count(r->planner, "node-0"), bytes,
           (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3);
}

static void make(struct region *r, unsigned tunnels)
{
    put(r, MODEL_REGION, "{'id': 'r1', 'name': 'r1'}");
    put(r, MODEL_CUSTOMER_GATEWAY,
        "{'id': 'cgw-0', 'name': 'c', 'asn': 65001, 'addresses': ['203.0.113.1']}");
    for (unsigned n = 0; n < NODES; n++)
        put_node(r, n);
    for (unsigned n = 0; n < tunnels / 2; n++)
        put_connection(r, n, n % NODES);
    for (unsigned n = 0; n < tunnels; n++)
        put_tunnel(r, n, 0);
    for (unsigned n = 0; n < 5 * tunnels; n++)
        put_route(r, n, n / 10, 0);
}

static size_t heap(void)
{
    struct mallinfo2 m = mallinfo2();

    return m.uordblks + m.hblkhd;
}

static void run(unsigned tunnels)
{
    struct region r = {0};
    size_t kept;
    double took;

    if (planner_new(&r.planner) < 0)
        die("out of memory");
    make(&r, tunnels);
    took = commit(&r);
    kept = heap();
    planner_free(r.planner);
    printf("%6u tunnels: all of it in %.1f ms, %.1f MiB of memory\n", tunnels, took / 1000,
           (double)(kept - heap()) / (1 << 20));
    if (planner_new(&r.planner) < 0 ||
        planner_follow(r.planner, NULL, r.now, NULL, 0, ignore, NULL) < 0)
        die("out of memory");
    measure_listing(&r);
    measure(&r, tunnels, "tunnel");
    measure(&r, tunnels, "route");
    measure(&r, tunnels, "subnet");
    planner_free(r.planner);
    snapshot_unref(r.now);
    free(r.staged);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        run(100);
        run(20000);
    }
    for (int i = 1; i < argc; i++) {
        uint64_t tunnels;

        if (text_parse_u64(argv[i], 65536, &tunnels) < 0 || tunnels < 2)
            die("how many tunnels?");
        run((unsigned)tunnels);
    }
    return 0;
}
