#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sched.h>
#include <net/if.h>
#include <fcntl.h>
#include <pthread.h>

#include "state_internal.h"
#include "worker_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../said.h"

/* A state with its worker, on loopback sockets; the configuration is told as the node would. */
struct fixture {
    struct dp_state state;
    struct dp_staging staging;
    struct endpoint local;
    int notes[2];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    rcu_register_thread();
    if (!f || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, f->notes) < 0 ||
        dp_state_init(&f->state, (const int[DP_LANES]){f->notes[1], f->notes[1]}) < 0)
        return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    dp_staging_done(&f->staging);
    dp_state_done(&f->state);
    close(f->notes[0]);
    close(f->notes[1]);
    free(f);
    rcu_unregister_thread();
    return 0;
}

static int open_socket(struct endpoint *ret)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (void *)&in, sizeof(in)), 0);
    assert_int_equal(getsockname(fd, (void *)&in, &len), 0);
    *ret = (struct endpoint){addr_v4(127, 0, 0, 1), ntohs(in.sin_port)};
    return fd;
}

static void stage_underlay(struct fixture *f, bool with_fd)
{
    struct ipc_msg msg = {.type = IPC_DP_UNDERLAY};

    if (with_fd) {
        msg.fds[0] = open_socket(&f->local);
        msg.n_fds = 1;
    }
    msg.underlay.local = f->local;
    dp_staging_add(&f->staging, &msg);
    assert_int_equal(msg.n_fds, 0); /* taken */
}

static void stage_table(struct fixture *f, const char *id)
{
    struct ipc_msg msg = {.type = IPC_DP_TABLE};

    strcpy(msg.table.id, id);
    dp_staging_add(&f->staging, &msg);
}

static void stage_route(struct fixture *f, const char *table, const char *prefix, uint8_t kind,
                        const char *target)
{
    static struct ipc_msg msg;
    struct ipc_route *route = &msg.routes.routes[0];

    msg = (struct ipc_msg){.type = IPC_DP_ROUTES};
    strcpy(msg.routes.table, table);
    msg.routes.n_routes = 1;
    assert_int_equal(prefix_parse(prefix, &route->prefix), 0);
    route->n_nexthops = 1;
    route->nexthops[0].kind = kind;
    strcpy(route->nexthops[0].target, target);
    dp_staging_add(&f->staging, &msg);
}

static void stage_changes(struct fixture *f, const char *id, struct addr self)
{
    struct ipc_msg msg = {.type = IPC_DP_TABLE, .table = {.self4 = self, .changes = true}};

    strcpy(msg.table.id, id);
    dp_staging_add(&f->staging, &msg);
}

static void stage_gone(struct fixture *f, const char *table, const char *prefix)
{
    static struct ipc_msg msg;

    msg = (struct ipc_msg){.type = IPC_DP_ROUTES, .routes = {.n_routes = 1}};
    strcpy(msg.routes.table, table);
    assert_int_equal(prefix_parse(prefix, &msg.routes.routes[0].prefix), 0);
    dp_staging_add(&f->staging, &msg);
}

static void stage_tunnel(struct fixture *f, const char *id, bool up)
{
    struct ipc_msg msg = {.type = IPC_DP_TUNNEL};

    strcpy(msg.tunnel.id, id);
    strcpy(msg.tunnel.connection, "vpn-1");
    strcpy(msg.tunnel.table, "bgw-1");
    msg.tunnel.admin_up = up;
    dp_staging_add(&f->staging, &msg);
}

static struct ipc_sync_done apply(struct fixture *f)
{
    struct ipc_sync_done done;

    dp_state_apply(&f->state, &f->staging, &done);
    dp_staging_done(&f->staging);
    dp_state_collect(&f->state);
    return done;
}

static void begin_whole(struct fixture *f)
{
    dp_staging_begin(&f->staging, &(struct ipc_sync_begin){.generation = 1, .whole = IPC_PARTS});
}

/* One underlay, a table with a route to the connection, and as many tunnels. */
static void stage_all(struct fixture *f, bool with_fd, bool first_up, unsigned tunnels)
{
    char id[16];

    begin_whole(f);
    stage_underlay(f, with_fd);
    stage_table(f, "bgw-1");
    stage_route(f, "bgw-1", "10.2.0.0/16", IPC_NEXTHOP_CONNECTION, "vpn-1");
    for (unsigned i = 0; i < tunnels; i++) {
        snprintf(id, sizeof(id), "t-%u", i);
        stage_tunnel(f, id, i > 0 || first_up);
    }
}

static struct ipc_sa_add sa(const struct fixture *f, const char *tunnel, uint8_t direction,
                            uint32_t spi)
{
    struct ipc_sa_add add = {.direction = direction,
                             .spi = spi,
                             .pair = spi & ~1U,
                             .local = f->local,
                             .remote = {addr_v4(127, 0, 0, 2), 4500},
                             .encap = true,
                             .encr = 20,
                             .key_bits = 128,
                             .encr_key = {.len = 20}};

    strcpy(add.tunnel, tunnel);
    return add;
}

static const struct dp_connection *connection(const struct fixture *f)
{
    uint32_t i = dp_names_find(&f->state.connection_names, "vpn-1");

    assert_int_not_equal(i, DP_NONE);
    return f->state.shared.config->connections[i];
}

static void test_the_second_time_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct ipc_sync_done done;
    const struct dp_config *before;

    stage_all(f, true, true, 2);
    done = apply(f);
    assert_int_equal(done.changed, 4);
    assert_int_equal(done.failed, 0);
    before = f->state.shared.config;
    stage_all(f, false, true, 2);
    done = apply(f);
    assert_int_equal(done.changed, 0);
    assert_int_equal(done.failed, 0);
    assert_ptr_equal(f->state.shared.config, before);
    stage_all(f, false, true, 1);
    assert_int_equal(apply(f).changed, 1);
    begin_whole(f);
    done = apply(f);
    assert_int_equal(done.changed, 3);
    assert_null(f->state.paths[0]);
    assert_int_equal(dp_names_find(&f->state.connection_names, "vpn-1"), DP_NONE);
}

static void begin_part(struct fixture *f, uint8_t whole)
{
    dp_staging_begin(&f->staging, &(struct ipc_sync_begin){.generation = 2, .whole = whole});
}

static void gone(struct fixture *f, const char *id)
{
    struct ipc_msg msg = {.type = IPC_DP_TUNNEL_GONE};

    strcpy(msg.name.id, id);
    dp_staging_add(&f->staging, &msg);
}

static void test_what_a_part_does_not_name_stays(void **state)
{
    struct fixture *f = *state;

    stage_all(f, true, true, 3);
    (void)apply(f);
    begin_part(f, 0);
    assert_int_equal(apply(f).changed, 0);
    begin_part(f, 0);
    stage_tunnel(f, "t-1", false);
    gone(f, "t-2");
    gone(f, "t-9");          /* as if said twice */
    stage_table(f, "bgw-1"); /* without its route */
    assert_int_equal(apply(f).changed, 3);
    assert_true(f->state.paths[0]->tunnel->config.admin_up);
    assert_false(f->state.paths[1]->tunnel->config.admin_up);
    assert_null(f->state.paths[2]);
    assert_int_equal(fib_table_count(f->state.tables[0]->fib), 0);
    assert_non_null(dp_state_underlay(&f->state, &f->local));
    begin_part(f, IPC_PART_UNDERLAYS);
    assert_int_equal(apply(f).changed, 1);
    assert_null(dp_state_underlay(&f->state, &f->local));
    begin_part(f, IPC_PART_TUNNELS);
    stage_tunnel(f, "t-1", false);
    assert_int_equal(apply(f).changed, 1);
    assert_null(f->state.paths[0]);
    assert_non_null(f->state.tables[0]);
}

static void test_a_part_brings_no_table_and_no_port(void **state)
{
    struct fixture *f = *state;
    struct ipc_msg port = {.type = IPC_DP_PORT};
    struct ipc_sync_done done;

    stage_all(f, true, true, 1);
    (void)apply(f);
    begin_part(f, 0);
    stage_table(f, "bgw-2");
    stage_tunnel(f, "t-0", false);
    done = apply(f);
    assert_int_equal(done.failed, 1);
    assert_said(done.text, "dataplane.table-failed", "table bgw-2: ");
    assert_false(f->state.paths[0]->tunnel->config.admin_up); /* the rest is done */
    begin_part(f, 0);
    strcpy(port.port.id, "i-1");
    dp_staging_add(&f->staging, &port);
    assert_int_equal(apply(f).failed, 1);
}

static void test_failures_are_told_and_the_rest_works(void **state)
{
    struct fixture *f = *state;
    struct ipc_sync_done done;
    struct ipc_msg msg = {.type = IPC_DP_PORT};

    f->local = (struct endpoint){addr_v4(127, 0, 0, 1), 4500};
    stage_all(f, false, true, 1); /* no descriptor */
    strcpy(msg.port.id, "i-1");
    msg.port.kind = IPC_PORT_TAP;
    msg.n_fds = 1;
    msg.fds[0] = dup(0); /* no TAP */
    dp_staging_add(&f->staging, &msg);
    done = apply(f);
    assert_int_equal(done.changed, 2);
    assert_int_equal(done.failed, 2);
    assert_said(done.text, "dataplane.underlay-failed", "underlay 127.0.0.1:4500: ");
}

static void test_a_bad_message_spoils_the_whole(void **state)
{
    struct fixture *f = *state;
    struct ipc_sync_done done;

    stage_all(f, true, true, 1);
    stage_route(f, "rtb-unknown", "10.0.0.0/8", IPC_NEXTHOP_BLACKHOLE, "");
    done = apply(f);
    assert_int_equal(done.changed, 0);
    assert_int_equal(done.failed, 1);
    assert_null(f->state.paths);
}

static void test_next_hops_that_do_not_exist(void **state)
{
    struct fixture *f = *state;
    const struct fib_hops *hops;
    struct addr dst = addr_v4(10, 9, 0, 1);

    begin_whole(f);
    stage_table(f, "bgw-1");
    stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_PORT, "i-gone");
    assert_int_equal(apply(f).failed, 0);
    rcu_read_lock();
    hops = fib_lookup(f->state.tables[0]->fib, &dst);
    assert_non_null(hops);
    assert_int_equal(hops->count, 1);
    assert_int_equal(dp_hop_kind(hops->ids[0]), DP_HOP_MISSING);
    rcu_read_unlock();
}

static const struct dp_table *find_table(const struct fixture *f, const char *id)
{
    uint32_t index = dp_names_find(&f->state.table_names, id);

    return index == DP_NONE ? NULL : f->state.tables[index];
}

/* How the table leads to 10.9.0.0/16: the kind of hop, or -1 without a route. */
static int kind_led_to(const struct fixture *f, const char *table)
{
    const struct dp_table *t = find_table(f, table);
    struct addr dst = addr_v4(10, 9, 0, 1);
    const struct fib_hops *hops;
    int kind;

    assert_non_null(t);
    rcu_read_lock();
    hops = fib_lookup(t->fib, &dst);
    kind = hops ? (int)dp_hop_kind(hops->ids[0]) : -1;
    rcu_read_unlock();
    return kind;
}

static void test_changes_leave_the_other_routes_alone(void **state)
{
    struct fixture *f = *state;
    const struct dp_table *before;
    const struct dp_config *config;
    struct ipc_sync_done done;

    stage_all(f, true, true, 1);
    stage_table(f, "vpc-1");
    (void)apply(f);
    before = find_table(f, "bgw-1");
    config = f->state.shared.config;

    begin_part(f, 0);
    stage_changes(f, "bgw-1", (struct addr){0});
    stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_BLACKHOLE, "");
    stage_gone(f, "bgw-1", "10.10.0.0/16"); /* it never was */
    done = apply(f);
    assert_int_equal(done.failed, 0);
    assert_int_equal(done.changed, 1);
    assert_ptr_equal(find_table(f, "bgw-1"), before);
    assert_ptr_equal(f->state.shared.config, config); /* workers see it all the same */
    assert_int_equal(kind_led_to(f, "bgw-1"), DP_HOP_BLACKHOLE);
    assert_int_equal(fib_table_count(before->fib), 2);

    begin_part(f, 0);
    stage_changes(f, "bgw-1", (struct addr){0});
    stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_SELF, "");
    stage_gone(f, "bgw-1", "10.9.0.0/16"); /* the later one counts */
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(kind_led_to(f, "bgw-1"), -1);
    assert_int_equal(fib_table_count(before->fib), 1);
}

/* What is counted and what answers are of the table's version, not of its routes. */
static void test_changes_bring_ways_to_other_tables(void **state)
{
    struct fixture *f = *state;
    const struct dp_table *table;
    struct addr self = addr_v4(169, 254, 0, 1);

    stage_all(f, true, true, 1);
    stage_table(f, "vpc-1");
    (void)apply(f);
    assert_int_equal(find_table(f, "bgw-1")->n_jumps, 0);

    begin_part(f, 0);
    stage_changes(f, "bgw-1", self);
    stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_TABLE, "vpc-1");
    assert_int_equal(apply(f).failed, 0);
    table = find_table(f, "bgw-1");
    assert_int_equal(table->n_jumps, 1);
    assert_true(addr_equal(&table->self4, &self));
    assert_ptr_equal(f->state.shared.config->tables[table->index], table);

    begin_part(f, 0);
    stage_changes(f, "bgw-1", self);
    stage_gone(f, "bgw-1", "10.9.0.0/16");
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(find_table(f, "bgw-1")->n_jumps, 0);
    assert_int_equal(fib_table_count(find_table(f, "bgw-1")->fib), 1);
}

/* A table may go, another come and a third change at once: until the routes to it are gone, nothing
 * else gets the number of the one that went. */
static void test_a_number_is_free_when_no_route_has_it(void **state)
{
    struct fixture *f = *state;
    uint32_t number;

    stage_all(f, true, true, 1);
    stage_table(f, "vpc-1");
    stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_TABLE, "vpc-1");
    (void)apply(f);
    number = dp_names_find(&f->state.table_names, "vpc-1");

    begin_part(f, IPC_PART_TABLES);
    stage_changes(f, "bgw-1", (struct addr){0});
    stage_gone(f, "bgw-1", "10.9.0.0/16");
    stage_table(f, "vpc-2");
    assert_int_equal(apply(f).failed, 0);
    assert_int_not_equal(dp_names_find(&f->state.table_names, "vpc-2"), number);
    assert_int_equal(dp_names_find(&f->state.table_names, "vpc-1"), DP_NONE);
    assert_int_equal(kind_led_to(f, "bgw-1"), -1);

    begin_part(f, IPC_PART_TABLES);
    stage_changes(f, "bgw-1", (struct addr){0});
    stage_table(f, "vpc-2");
    stage_table(f, "vpc-3");
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(dp_names_find(&f->state.table_names, "vpc-3"), number);
}

static void test_changes_need_a_table(void **state)
{
    struct fixture *f = *state;

    begin_whole(f);
    stage_changes(f, "bgw-1", (struct addr){0});
    assert_int_equal(apply(f).failed, 1);
    begin_whole(f);
    stage_table(f, "bgw-1");
    stage_gone(f, "bgw-1", "10.9.0.0/16"); /* gone is no route of a whole table */
    assert_int_equal(apply(f).failed, 1);
}

/* The number of the tunnel that 10.9.0.0/16 leads to. */
static uint32_t tunnel_led_to(const struct fixture *f)
{
    struct addr dst = addr_v4(10, 9, 0, 1);
    const struct fib_hops *hops;
    uint32_t hop;

    rcu_read_lock();
    hops = fib_lookup(f->state.tables[dp_names_find(&f->state.table_names, "bgw-1")]->fib, &dst);
    assert_non_null(hops);
    hop = hops->ids[0];
    rcu_read_unlock();
    assert_int_equal(dp_hop_kind(hop), DP_HOP_TUNNEL);
    return dp_hop_index(hop);
}

/* A route may come before its tunnel and outlive it: what it names stays the same one. */
static void test_a_route_names_a_tunnel_that_comes_and_goes(void **state)
{
    struct fixture *f = *state;
    struct ipc_sa_add out;
    uint32_t index;

    stage_all(f, true, true, 1);
    stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_TUNNEL, "t-late");
    assert_int_equal(apply(f).failed, 0);
    index = tunnel_led_to(f);
    dp_staging_begin(&f->staging, &(struct ipc_sync_begin){.generation = 2});
    stage_tunnel(f, "t-late", true);
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(dp_names_find(&f->state.path_names, "t-late"), index);
    out = sa(f, "t-late", IPC_SA_OUT, 0x500);
    assert_int_equal(dp_sa_add(&f->state, &out), 0);
    assert_int_equal(dp_state_publish(&f->state), 0);
    assert_non_null(f->state.shared.config->tunnels[index]->out);
    assert_int_equal(dp_sa_del(&f->state, &(struct ipc_sa_ref){"t-late", IPC_SA_OUT, 0x500}), 0);
    stage_all(f, false, true, 1); /* without the tunnel, but for the route */
    stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_TUNNEL, "t-late");
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(tunnel_led_to(f), index);
    assert_null(f->state.shared.config->tunnels[index]->out);
    stage_all(f, false, true, 1); /* and without both */
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(dp_names_find(&f->state.path_names, "t-late"), DP_NONE);
}

/* ---- what a worker sees while the route moves from one tunnel to another ---- */

struct watcher {
    struct dp_shared *shared;
    bool stop; /* atomic */
    uint64_t looks, astray;
};

static void *watch_the_route(void *arg)
{
    static const uint8_t dst[4] = {10, 9, 0, 1};
    struct watcher *w = arg;

    rcu_register_thread();
    while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
        const struct dp_config *config;
        const struct fib_hops *hops;
        uint32_t tunnel;

        rcu_read_lock();
        config = rcu_dereference(w->shared->config);
        hops = fib_lookup4(config->tables[0]->fib, dst);
        tunnel = hops ? dp_hop_index(hops->ids[0]) : DP_NONE;
        w->looks++;
        w->astray += tunnel >= config->n_tunnels || !config->tunnels[tunnel] ||
                     !config->tunnels[tunnel]->out;
        rcu_read_unlock();
    }
    rcu_unregister_thread();
    return NULL;
}

/* Route and tunnels change in the same configuration: the route never leads to a tunnel that takes
 * nothing. */
static void test_a_route_leaves_before_its_tunnel(void **state)
{
    static const char *const ids[2] = {"t-0", "t-1"};
    struct fixture *f = *state;
    struct watcher w = {.shared = &f->state.shared};
    pthread_t thread;

    stage_all(f, true, true, 2);
    stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_TUNNEL, "t-0");
    assert_int_equal(apply(f).failed, 0);
    for (uint32_t i = 0; i < 2; i++) {
        struct ipc_sa_add out = sa(f, ids[i], IPC_SA_OUT, 0x500 + 2 * i);

        assert_int_equal(dp_sa_add(&f->state, &out), 0);
    }
    assert_int_equal(dp_state_publish(&f->state), 0);
    assert_int_equal(pthread_create(&thread, NULL, watch_the_route, &w), 0);
    for (unsigned i = 1; i <= 500; i++) {
        begin_part(f, 0);
        stage_changes(f, "bgw-1", (struct addr){0});
        stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_TUNNEL, ids[i % 2]);
        stage_tunnel(f, ids[i % 2], true);
        stage_tunnel(f, ids[1 - i % 2], false);
        assert_int_equal(apply(f).failed, 0);
    }
    __atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    assert_true(w.looks > 0);
    assert_int_equal(w.astray, 0);
}

static int open_tun(void)
{
    struct ifreq ifr = {.ifr_name = "state0", .ifr_flags = IFF_TUN | IFF_NO_PI};
    int here = open("/proc/self/ns/net", O_RDONLY), fd = -1;

    if (here >= 0 && unshare(CLONE_NEWNET) == 0) {
        fd = open("/dev/net/tun", O_RDWR);
        assert_int_equal(setns(here, CLONE_NEWNET), 0);
    }
    close(here);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0)
        skip();
    return fd;
}

/* It needs no table, and is there before its tunnel. */
static void test_a_tun_belongs_to_its_tunnel(void **state)
{
    struct fixture *f = *state;
    struct ipc_msg msg = {.type = IPC_DP_PORT, .n_fds = 1, .port.kind = IPC_PORT_TUN};
    uint32_t path, port;
    struct ipc_sync_done done;

    strcpy(msg.port.id, "t-5");
    msg.port.mtu = 1400;
    for (unsigned i = 0; i < 2; i++) {
        struct ipc_msg copy = msg;

        begin_whole(f);
        copy.n_fds = i == 0;
        if (i == 0)
            copy.fds[0] = open_tun();
        dp_staging_add(&f->staging, &copy);
        done = apply(f);
        assert_int_equal(done.failed, 0);
        assert_int_equal(done.changed, i == 0);
        path = dp_names_find(&f->state.path_names, "t-5");
        port = dp_names_find(&f->state.port_names, "t-5");
        assert_int_not_equal(path, DP_NONE);
        assert_int_equal(f->state.paths[path]->local, port + 1);
        assert_int_equal(f->state.ports[port]->tunnel, path);
        assert_null(f->state.ports[port]->lan); /* there is no MAC address to learn */
    }
    msg.port.mtu = 1300;
    msg.n_fds = 0;
    begin_whole(f);
    dp_staging_add(&f->staging, &msg);
    assert_int_equal(apply(f).changed, 1);
    assert_int_equal(f->state.ports[port]->tunnel, path);
    begin_whole(f); /* its tunnel comes and goes, and it names the same one */
    dp_staging_add(&f->staging, &msg);
    stage_table(f, "bgw-1");
    stage_route(f, "bgw-1", "10.9.0.0/16", IPC_NEXTHOP_PORT, "t-5");
    stage_tunnel(f, "t-5", true);
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(kind_led_to(f, "bgw-1"), DP_HOP_MISSING); /* it is no way for what is routed */
    begin_whole(f);
    dp_staging_add(&f->staging, &msg);
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(dp_names_find(&f->state.path_names, "t-5"), path);
    assert_non_null(f->state.paths[path]);
    begin_whole(f);
    assert_int_equal(apply(f).changed, 1);
    assert_int_equal(dp_names_find(&f->state.path_names, "t-5"), DP_NONE);
}

static int open_line(void)
{
    struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("lo")};
    int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;

    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) < 0 ||
        bind(fd, (void *)&ll, sizeof(ll)) < 0)
        skip();
    return fd;
}

static void stage_lan(struct fixture *f, bool with_fd, uint16_t hosts_max)
{
    struct ipc_msg msg = {.type = IPC_DP_PORT, .n_fds = with_fd};

    if (with_fd)
        msg.fds[0] = open_line();
    strcpy(msg.port.id, "sub-1");
    strcpy(msg.port.table, "bgw-1");
    msg.port.kind = IPC_PORT_SUBNET;
    msg.port.gateway = addr_v4(10, 1, 0, 1);
    msg.port.subnet = prefix_make(&msg.port.gateway, 24);
    msg.port.hosts_max = hosts_max;
    dp_staging_add(&f->staging, &msg);
}

static void stage_via(struct fixture *f, const char *prefix, const char *port, uint16_t host)
{
    static struct ipc_msg msg;
    struct ipc_route *route = &msg.routes.routes[0];

    msg = (struct ipc_msg){.type = IPC_DP_ROUTES};
    strcpy(msg.routes.table, "bgw-1");
    msg.routes.n_routes = 1;
    assert_int_equal(prefix_parse(prefix, &route->prefix), 0);
    route->n_nexthops = 1;
    route->nexthops[0].kind = IPC_NEXTHOP_HOST;
    strcpy(route->nexthops[0].target, port);
    route->nexthops[0].via = addr_v4(10, 1, (uint8_t)(host >> 8), (uint8_t)host);
    dp_staging_add(&f->staging, &msg);
}

static const struct dp_via *via(const struct fixture *f, uint8_t last)
{
    const struct dp_config *config = f->state.shared.config;
    struct addr a = addr_v4(10, 1, 0, last);

    for (uint32_t i = 0; i < config->n_vias; i++)
        if (config->vias[i] && addr_equal(&config->vias[i]->address, &a))
            return config->vias[i];
    return NULL;
}

static struct addr via_of(const struct fixture *f, const struct addr *dst)
{
    const struct fib_hops *hops;
    struct addr a;

    rcu_read_lock();
    hops = fib_lookup(f->state.tables[0]->fib, dst);
    assert_non_null(hops);
    assert_int_equal(dp_hop_kind(hops->ids[0]), DP_HOP_HOST);
    a = f->state.shared.config->vias[dp_hop_index(hops->ids[0])]->address;
    rcu_read_unlock();
    return a;
}

static void test_many_routers_are_told_apart(void **state)
{
    struct fixture *f = *state;
    char prefix[PREFIX_TEXT_MAX];

    begin_whole(f);
    stage_table(f, "bgw-1");
    stage_lan(f, true, 10);
    for (uint16_t i = 3; i < 1000; i++) {
        snprintf(prefix, sizeof(prefix), "10.%u.%u.0/24", 64 + (i >> 8), i & 255);
        stage_via(f, prefix, "sub-1", i);
    }
    assert_int_equal(apply(f).failed, 0);
    for (uint16_t i = 3; i < 1000; i++) {
        uint8_t high = (uint8_t)(i >> 8), low = (uint8_t)i;
        struct addr dst = addr_v4(10, (uint8_t)(64 + high), low, 1);
        struct addr router = addr_v4(10, 1, high, low), a = via_of(f, &dst);

        assert_true(addr_equal(&a, &router));
    }
}

/* What was learned of it stays when it changes. */
static void test_a_real_network_keeps_its_hosts(void **state)
{
    struct fixture *f = *state;
    const struct dp_config *config;
    struct dp_lan *lan;

    begin_whole(f);
    stage_table(f, "bgw-1");
    stage_lan(f, true, 10);
    assert_int_equal(apply(f).failed, 0);
    config = f->state.shared.config;
    assert_int_equal(config->n_lans, 1);
    lan = config->ports[config->lans[0]]->lan;
    assert_non_null(lan);
    for (unsigned i = 0; i < 2; i++) {
        begin_whole(f);
        stage_table(f, "bgw-1");
        stage_lan(f, false, 20);
        assert_int_equal(apply(f).changed, i == 0);
        config = f->state.shared.config;
        assert_ptr_equal(config->ports[config->lans[0]]->lan, lan);
        assert_int_equal(config->ports[config->lans[0]]->config.hosts_max, 20);
    }
    begin_whole(f);
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(f->state.shared.config->n_lans, 0);
}

static void test_routers_of_a_real_network_are_next_hops(void **state)
{
    struct fixture *f = *state;

    begin_whole(f);
    stage_table(f, "bgw-1");
    stage_lan(f, true, 10);
    stage_via(f, "10.9.0.0/16", "sub-1", 254);
    stage_via(f, "10.8.0.0/16", "sub-1", 253);
    stage_via(f, "10.7.0.0/16", "sub-1", 254);
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(kind_led_to(f, "bgw-1"), DP_HOP_HOST);
    assert_int_equal(via(f, 254)->key, flow_key("sub-1/10.1.0.254"));
    assert_int_equal(via(f, 253)->key, flow_key("sub-1/10.1.0.253"));
    assert_int_equal(via(f, 253)->port, f->state.shared.config->lans[0]);
    begin_part(f, 0); /* one route more, one less */
    stage_changes(f, "bgw-1", (struct addr){0});
    stage_via(f, "10.6.0.0/16", "sub-1", 252);
    stage_gone(f, "bgw-1", "10.8.0.0/16");
    assert_int_equal(apply(f).failed, 0);
    assert_non_null(via(f, 252));
    assert_non_null(via(f, 254));
    assert_null(via(f, 253));
    begin_whole(f); /* the network goes, and a route to it leads nowhere */
    stage_table(f, "bgw-1");
    stage_via(f, "10.9.0.0/16", "sub-1", 254);
    assert_int_equal(apply(f).failed, 0);
    assert_int_equal(kind_led_to(f, "bgw-1"), DP_HOP_MISSING);
    assert_null(via(f, 254));
}

static uint64_t *way(const struct fixture *f, const char *table, const char *id)
{
    const struct dp_table *t = f->state.tables[dp_names_find(&f->state.table_names, table)];

    for (size_t i = 0; i < t->n_jumps; i++) {
        if (strcmp(t->jumps[i]->id, id) == 0)
            return dp_jump_counters(t->jumps[i]->stats, 0);
    }
    return NULL;
}

/* A route more changes the table and not what was counted; a way that no route takes any more is
 * forgotten, also if its number is another table's now. */
static void test_ways_between_tables_keep_their_counters(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < 2; i++) {
        begin_whole(f);
        stage_table(f, "rtb-1");
        stage_table(f, "bgw-1");
        stage_route(f, "rtb-1", "10.2.0.0/16", IPC_NEXTHOP_TABLE, "bgw-1");
        if (i)
            stage_route(f, "rtb-1", "10.3.0.0/16", IPC_NEXTHOP_TABLE, "bgw-1");
        assert_int_equal(apply(f).failed, 0);
        assert_non_null(way(f, "rtb-1", "rtb-1>bgw-1"));
        assert_int_equal(way(f, "rtb-1", "rtb-1>bgw-1")[IPC_JUMP_PACKETS], i ? 7 : 0);
        way(f, "rtb-1", "rtb-1>bgw-1")[IPC_JUMP_PACKETS] = 7;
        assert_null(way(f, "bgw-1", "bgw-1>rtb-1"));
    }
    begin_whole(f);
    stage_table(f, "rtb-1");
    stage_table(f, "bgw-2");
    stage_route(f, "rtb-1", "10.2.0.0/16", IPC_NEXTHOP_TABLE, "bgw-2");
    stage_route(f, "rtb-1", "10.3.0.0/16", IPC_NEXTHOP_TABLE, "bgw-2");
    assert_int_equal(apply(f).failed, 0);
    assert_null(way(f, "rtb-1", "rtb-1>bgw-1"));
    assert_non_null(way(f, "rtb-1", "rtb-1>bgw-2"));
    assert_int_equal(way(f, "rtb-1", "rtb-1>bgw-2")[IPC_JUMP_PACKETS], 0);
}

static void test_a_tunnel_is_usable_with_an_outbound_sa(void **state)
{
    struct fixture *f = *state;
    struct ipc_sa_add in, out;

    stage_all(f, true, true, 2);
    (void)apply(f);
    assert_int_equal(connection(f)->count, 0);
    in = sa(f, "t-0", IPC_SA_IN, 1000);
    out = sa(f, "t-0", IPC_SA_OUT, 1001);
    assert_int_equal(dp_sa_add(&f->state, &in), 0);
    assert_int_equal(connection(f)->count, 0);
    assert_int_equal(dp_sa_add(&f->state, &out), 0);
    assert_int_equal(connection(f)->count, 1);
    stage_all(f, false, false, 2); /* admin_up of the first is false */
    assert_int_equal(apply(f).changed, 1);
    assert_int_equal(connection(f)->count, 0);
    stage_all(f, false, true, 2);
    (void)apply(f);
    assert_int_equal(connection(f)->count, 1);
    stage_all(f, true, true, 2); /* a new socket at another port: the SA's one is gone */
    assert_int_equal(apply(f).changed, 2);
    assert_int_equal(connection(f)->count, 0);
}

static void test_a_tunnel_that_comes_and_goes_is_held_back(void **state)
{
    struct fixture *f = *state;
    struct ipc_sa_add out;
    struct dp_path *path;

    stage_all(f, true, true, 2);
    (void)apply(f);
    out = sa(f, "t-0", IPC_SA_OUT, 1001);
    assert_int_equal(dp_sa_add(&f->state, &out), 0);
    assert_int_equal(dp_state_path(&f->state, "t-0", &path), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(path->hold.until_us, 0);
        assert_int_equal(f->state.shared.config->held_until_us, 0);
        stage_all(f, false, false, 2);
        (void)apply(f);
        stage_all(f, false, true, 2);
        (void)apply(f);
    }
    assert_true(path->hold.until_us > path->hold.came_us);
    assert_int_equal(f->state.shared.config->held_until_us, path->hold.until_us);
}

static void test_tunnels_that_are_left_are_counted(void **state)
{
    struct fixture *f = *state;
    struct ipc_sa_add out;
    struct ipc_msg msg = {.type = IPC_DP_TUNNEL,
                          .tunnel = {.id = "t-0",
                                     .connection = "vpn-1",
                                     .table = "bgw-1",
                                     .admin_up = true,
                                     .draining = true}};

    stage_all(f, true, true, 2);
    (void)apply(f);
    out = sa(f, "t-0", IPC_SA_OUT, 1001);
    assert_int_equal(dp_sa_add(&f->state, &out), 0);
    dp_staging_begin(&f->staging, &(struct ipc_sync_begin){.generation = 2});
    dp_staging_add(&f->staging, &msg);
    assert_int_equal(apply(f).changed, 1);
    assert_int_equal(connection(f)->count, 1); /* it is usable still */
    assert_int_equal(f->state.shared.config->n_draining, 1);
    stage_all(f, false, false, 2);
    (void)apply(f);
    assert_int_equal(f->state.shared.config->n_draining, 0);
}

static void test_sas_may_come_before_their_tunnel_and_stay_after(void **state)
{
    struct fixture *f = *state;
    struct ipc_sa_add out;

    stage_all(f, true, true, 0);
    (void)apply(f);
    out = sa(f, "t-0", IPC_SA_OUT, 1001);
    assert_int_equal(dp_sa_add(&f->state, &out), 0);
    stage_all(f, false, true, 1);
    (void)apply(f);
    assert_int_equal(connection(f)->count, 1);
    stage_all(f, false, true, 0);
    assert_int_equal(apply(f).changed, 1);
    assert_int_equal(connection(f)->count, 0);
    assert_non_null(f->state.paths[0]); /* ike has not deleted it */
    assert_int_equal(dp_sa_del(&f->state, &(struct ipc_sa_ref){"t-0", IPC_SA_OUT, 1001}), 0);
    dp_state_collect(&f->state);
    assert_null(f->state.paths[0]);
}

/* Of a policy-based peer's, one for each pair of networks. */
static struct ipc_sa_add sa_for(const struct fixture *f, uint32_t spi, uint8_t net)
{
    struct ipc_sa_add add = sa(f, "t-0", IPC_SA_OUT, spi);
    const struct addr remote = {.family = ADDR_IPV4, .bytes = {192, 168, net, 0}};
    const struct addr local = {.family = ADDR_IPV4, .bytes = {10, 1, 0, 0}};

    add.n_local_ts = add.n_remote_ts = 1;
    add.local_ts[0] = prefix_make(&local, 16);
    add.remote_ts[0] = prefix_make(&remote, 24);
    return add;
}

static const struct dp_sa *chosen(const struct fixture *f, uint8_t net)
{
    const struct dp_inner inner = {.version = 4,
                                   .src = {.family = ADDR_IPV4, .bytes = {10, 1, 0, 5}},
                                   .dst = {.family = ADDR_IPV4, .bytes = {192, 168, net, 7}}};

    return dp_egress_sa(f->state.shared.config->tunnels[0], &inner);
}

/* 64 pairs of networks, each rekeyed: the newest of each, however often it is asked. */
static void test_the_newest_sa_of_each_pair_carries(void **state)
{
    struct fixture *f = *state;
    const struct dp_egress *e;

    stage_all(f, true, true, 1);
    (void)apply(f);
    for (uint32_t spi = 2048; spi < 2048 + 128; spi++) {
        struct ipc_sa_add a = sa_for(f, spi, (uint8_t)(spi % 64));

        assert_int_equal(dp_sa_add(&f->state, &a), 0);
    }
    e = f->state.shared.config->tunnels[0];
    assert_int_equal(e->n_others, 63);
    assert_true(e->apart);
    for (unsigned times = 0; times < 2; times++)
        for (uint8_t net = 0; net < 64; net++)
            assert_int_equal(chosen(f, net)->spi, 2048 + 64 + net);
    assert_null(chosen(f, 64));
    assert_int_equal(dp_sa_del(&f->state, &(struct ipc_sa_ref){"t-0", IPC_SA_OUT, 2048 + 70}), 0);
    assert_int_equal(chosen(f, 6)->spi, 2048 + 6);
    for (uint32_t spi = 2048; spi < 2048 + 128; spi++)
        assert_int_equal(dp_sa_del(&f->state, &(struct ipc_sa_ref){"t-0", IPC_SA_OUT, spi}),
                         spi == 2048 + 70 ? -ENOENT : 0);
}

static void test_the_newest_outbound_sa_carries(void **state)
{
    struct fixture *f = *state;
    struct ipc_sa_add a, b;
    struct ipc_sa_ref newest = {"t-0", IPC_SA_OUT, 1011};

    stage_all(f, true, true, 1);
    (void)apply(f);
    a = sa(f, "t-0", IPC_SA_OUT, 1001);
    b = sa(f, "t-0", IPC_SA_OUT, 1011);
    assert_int_equal(dp_sa_add(&f->state, &a), 0);
    assert_int_equal(dp_sa_add(&f->state, &b), 0);
    assert_int_equal(f->state.shared.config->tunnels[0]->out->spi, 1011);
    assert_int_equal(f->state.shared.config->tunnels[0]->n_others, 0); /* it takes the same */
    assert_int_equal(dp_sa_del(&f->state, &newest), 0);
    assert_int_equal(f->state.shared.config->tunnels[0]->out->spi, 1001);
    assert_int_equal(dp_sa_del(&f->state, &newest), -ENOENT);
}

static void test_what_did_not_change_is_shared(void **state)
{
    struct fixture *f = *state;
    struct ipc_sa_add a, b;
    const struct dp_config *before;
    const struct dp_egress *other;
    const struct dp_connection *group;

    stage_all(f, true, true, 2);
    (void)apply(f);
    a = sa(f, "t-0", IPC_SA_OUT, 1001);
    b = sa(f, "t-1", IPC_SA_OUT, 2001);
    assert_int_equal(dp_sa_add(&f->state, &a), 0);
    before = f->state.shared.config;
    other = before->tunnels[0];
    group = connection(f);
    assert_int_equal(dp_sa_add(&f->state, &b), 0);
    assert_ptr_not_equal(f->state.shared.config, before);
    assert_ptr_equal(f->state.shared.config->tunnels[0], other);
    assert_ptr_not_equal(connection(f), group);
    assert_int_equal(connection(f)->count, 2);
    assert_int_equal(group->count, 1); /* who still looks at it sees what was */
    assert_ptr_equal(before->connections[0], group);
}

static void test_sas_that_are_refused(void **state)
{
    struct fixture *f = *state;
    struct ipc_sa_add good, bad;

    f->local = (struct endpoint){addr_v4(127, 0, 0, 1), 4500};
    good = sa(f, "t-0", IPC_SA_IN, 1000);
    assert_int_equal(dp_sa_add(&f->state, &good), 0);
    assert_int_equal(dp_sa_add(&f->state, &good), -EEXIST);
    bad = sa(f, "t-1", IPC_SA_IN, 1000); /* the SPI names one SA of the whole gateway */
    assert_int_equal(dp_sa_add(&f->state, &bad), -EEXIST);
    assert_int_equal(dp_names_find(&f->state.path_names, "t-1"), DP_NONE);
    bad = sa(f, "t-0", 3, 1002);
    assert_int_equal(dp_sa_add(&f->state, &bad), -EINVAL);
    bad = sa(f, "t-0", IPC_SA_IN, 0);
    assert_int_equal(dp_sa_add(&f->state, &bad), -EINVAL);
    bad = sa(f, "t-0", IPC_SA_IN, 1002);
    bad.encap = false;
    assert_int_equal(dp_sa_add(&f->state, &bad), -EOPNOTSUPP);
    bad = sa(f, "t-0", IPC_SA_IN, 1002);
    bad.encr_key.len = 19;
    assert_int_equal(dp_sa_add(&f->state, &bad), -EINVAL);
    bad = sa(f, "t-0", IPC_SA_IN, 1002);
    bad.encr = 9999;
    assert_int_equal(dp_sa_add(&f->state, &bad), -EOPNOTSUPP);
    rcu_read_lock();
    assert_non_null(dp_sa_find(f->state.shared.inbound, 1000));
    assert_null(dp_sa_find(f->state.shared.inbound, 1002));
    rcu_read_unlock();
}

static void test_a_pair_moves_together(void **state)
{
    struct fixture *f = *state;
    struct ipc_sa_add in = sa(f, "t-0", IPC_SA_IN, 1000), out = sa(f, "t-0", IPC_SA_OUT, 1001);
    struct ipc_sa_move move = {"t-0", 1000, {addr_v4(127, 0, 0, 3), 1234}};
    struct ipc_sa_info info;

    in.local = out.local = (struct endpoint){addr_v4(127, 0, 0, 1), 4500};
    assert_int_equal(dp_sa_add(&f->state, &in), 0);
    assert_int_equal(dp_sa_add(&f->state, &out), 0);
    f->state.paths[0]->pmtu = 1300;
    assert_int_equal(dp_sa_move(&f->state, &move), 0);
    assert_int_equal(f->state.paths[0]->pmtu, 0); /* another way, of which nothing is known */
    dp_state_collect(&f->state);
    list_for_each (s, &f->state.paths[0]->sas, struct dp_sa, link) {
        dp_sa_info(s, 1, &info);
        assert_true(endpoint_equal(&info.remote, &move.remote));
        assert_true(info.idle_ms == UINT64_MAX);
        assert_string_equal(info.tunnel, "t-0");
    }
    move.pair = 7;
    assert_int_equal(dp_sa_move(&f->state, &move), -ENOENT);
    strcpy(move.tunnel, "t-9");
    assert_int_equal(dp_sa_move(&f->state, &move), -ENOENT);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_the_second_time_changes_nothing),
        T(test_what_a_part_does_not_name_stays),
        T(test_a_part_brings_no_table_and_no_port),
        T(test_failures_are_told_and_the_rest_works),
        T(test_a_bad_message_spoils_the_whole),
        T(test_next_hops_that_do_not_exist),
        T(test_changes_leave_the_other_routes_alone),
        T(test_changes_bring_ways_to_other_tables),
        T(test_a_number_is_free_when_no_route_has_it),
        T(test_changes_need_a_table),
        T(test_a_route_names_a_tunnel_that_comes_and_goes),
        T(test_a_route_leaves_before_its_tunnel),
        T(test_a_tun_belongs_to_its_tunnel),
        T(test_a_real_network_keeps_its_hosts),
        T(test_routers_of_a_real_network_are_next_hops),
        T(test_many_routers_are_told_apart),
        T(test_ways_between_tables_keep_their_counters),
        T(test_a_tunnel_is_usable_with_an_outbound_sa),
        T(test_a_tunnel_that_comes_and_goes_is_held_back),
        T(test_tunnels_that_are_left_are_counted),
        T(test_sas_may_come_before_their_tunnel_and_stay_after),
        T(test_the_newest_outbound_sa_carries),
        T(test_the_newest_sa_of_each_pair_carries),
        T(test_what_did_not_change_is_shared),
        T(test_sas_that_are_refused),
        T(test_a_pair_moves_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
