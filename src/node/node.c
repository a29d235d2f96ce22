#include "node_internal.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "run_dir.h"
#include "selectors.h"

#define TICK_MS   200
#define RETRY_MS  1000
#define PERIOD_MS 10000
#define SETTLE_MS 1000U
#define REPORT_MS 3 /* what changes together is reported together */
#define CARRY_MS  2 /* and carried out together */

/* ---- carrying out ---- */

static bool is_under_way(const struct node *node)
{
    return node->n_fresh || !peer_is_up(&node->ike.peer) || !node->dataplane.knows_holds ||
           node->dataplane.due || node->dataplane.done < node->dataplane.generation ||
           node->ike.due || node->ike.done < node->ike.generation;
}

bool node_is_settling(struct node *node)
{
    if (!is_under_way(node) || clock_monotonic_us() > node->settle_until_us)
        node->settle_until_us = 0;
    return node->settle_until_us;
}

/* What a tunnel's peer agreed to may leave out what a route asks now. */
static void look_at_selectors(struct node *node)
{
    if (node->tables_seen == node->tables.changes)
        return;
    node->tables_seen = node->tables.changes;
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        if (!t->object || !t->has_status)
            continue;
        if (!selectors_hold_all(&t->status))
            report_due(node, t->object);
        if (t->wanted && t->status.wants_networks)
            merge_networks(node, t);
    }
}

static void update_cloud(struct node *node)
{
    if (!node->cloud_due)
        return;
    if (merge_cloud(node) < 0) {
        node_retry_soon(node);
        return;
    }
    node->cloud_due = false;
    machine_cloud(node);
}

/* Everything that changed since the last time. */
static void carry_out(struct node *node)
{
    if (!node->has_desired || (node->set.listing_open && !node->set.anew))
        return;
    if (tables_update(&node->tables) < 0) {
        log_error("packet tables: no memory");
        node_retry_soon(node);
    }
    look_at_selectors(node);
    /* What a tunnel needs comes first; making an instance takes longer. */
    update_cloud(node);
    speakers_update(&node->speakers);
    if (node->dataplane.due)
        dataplane_link_sync(node);
    /* IKE's SAs want to find their tunnel. */
    if (node->ike.due && !(node->dataplane.due && node->dataplane.knows_holds))
        ike_link_sync(node);
    node_forget_tunnels(node);
    node_forget_lines(node);
    machine_start(node);
    carry_handed(node);
    node_report_soon(node);
}

/* To IKE and the data plane, not only what has changed. */
static void say_everything(struct node *node)
{
    node->dataplane.due = node->ike.due = true;
    node->dataplane.unsure = true;
    node->dataplane.whole = IPC_PARTS;
    node->ike.whole = true;
}

static uint64_t settle_us(const struct node *node)
{
    return UINT64_C(1000) * (node->config->settle_ms ? node->config->settle_ms : SETTLE_MS);
}

static bool is_network(void *arg, const char *id)
{
    return objects_find(arg, DESIRED_NETWORK, id);
}

void node_settle(struct node *node)
{
    if (!node->has_desired) {
        hosts_sweep(&node->hosts, is_network, &node->set);
        node->has_desired = true;
        node->settle_until_us = clock_monotonic_us() + settle_us(node);
        node->cloud_due = node->scan_due = true;
        say_everything(node);
    }
    node_carry_soon(node);
}

/* ---- timers ---- */

static void on_carry(uv_timer_t *timer)
{
    carry_out(container_of(timer, struct node, carry_at));
}

void node_carry_soon(struct node *node)
{
    if (!uv_is_active((uv_handle_t *)&node->carry_at))
        uv_timer_start(&node->carry_at, on_carry, CARRY_MS, 0);
}

static void on_report(uv_timer_t *timer)
{
    stream_report(container_of(timer, struct node, report_at));
}

void node_report_soon(struct node *node)
{
    if (!uv_is_active((uv_handle_t *)&node->report_at))
        uv_timer_start(&node->report_at, on_report, REPORT_MS, 0);
}

static bool tick_is_needed(const struct node *node)
{
    return !peer_is_up(&node->dataplane.peer) || !peer_is_up(&node->ike.peer) ||
           node->ike.waiting_since_us;
}

static void on_tick(uv_timer_t *timer)
{
    struct node *node = container_of(timer, struct node, tick);

    peer_tick(&node->dataplane.peer);
    peer_tick(&node->ike.peer);
    ike_link_traffic_is_off(node);
    if (!tick_is_needed(node))
        uv_timer_stop(timer);
}

void node_tick_if_needed(struct node *node)
{
    if (tick_is_needed(node) && !uv_is_active((uv_handle_t *)&node->tick))
        uv_timer_start(&node->tick, on_tick, TICK_MS, TICK_MS);
}

/* Looks at everything again: what somebody changed behind our back, what failed before. */
static void look_again(struct node *node)
{
    if (!node->has_desired)
        return;
    machine_cloud(node);
    node->dataplane.due |= node->dataplane.failed > 0;
    machine_audit(node);
    speakers_audit(&node->speakers);
    node_carry_soon(node);
}

static void on_retry(uv_timer_t *timer)
{
    look_again(container_of(timer, struct node, retry));
}

void node_retry_soon(struct node *node)
{
    if (!uv_is_active((uv_handle_t *)&node->retry))
        uv_timer_start(&node->retry, on_retry, RETRY_MS, 0);
}

static void on_period(uv_timer_t *timer)
{
    struct node *node = container_of(timer, struct node, periodic);

    node_tick_if_needed(node);
    look_again(node);
    report_all_due(node);
    counters_report(node, clock_realtime_us());
    hosts_refresh(&node->hosts);
    stream_report(node);
}

/* Whatever made them differ from what we told them, an error of theirs or of ours, ends here. */
static void on_audit(uv_timer_t *timer)
{
    struct node *node = container_of(timer, struct node, audit);

    if (!node->has_desired)
        return;
    say_everything(node);
    node_carry_soon(node);
}

static void on_signal(uv_signal_t *handle, int number)
{
    log_info("%s: ends; what it made stays", number == SIGTERM ? "SIGTERM" : "SIGINT");
    uv_stop(handle->loop);
}

/* ---- what the speakers of the border gateways have to do with the rest ---- */

static void on_routes(void *arg)
{
    struct node *node = arg;

    node->dataplane.due = true;
    node_carry_soon(node);
}

static void on_tuns(void *arg)
{
    struct node *node = arg;

    node->dataplane.due = true;
    node->dataplane.whole |= IPC_PART_TABLES;
    node_carry_soon(node);
}

static void on_session(void *arg, const char *tunnel)
{
    struct node *node = arg;
    const struct node_tunnel *t = node_find_tunnel(node, tunnel);
    const struct node_instance *i = t ? NULL : node_find_instance(node, tunnel);

    if (t && t->object)
        report_due(node, t->object);
    if (i && i->object)
        report_due(node, i->object);
    node_report_soon(node);
}

static void on_learned_changed(void *arg, const struct learned_route *r, bool gone)
{
    tables_touch_learned(arg, r, gone);
}

static void on_learned(void *arg)
{
    node_report_soon(arg);
}

static void on_speaker_retry(void *arg)
{
    node_retry_soon(arg);
}

static bool wants_bgp(void *arg, const char *tunnel)
{
    const struct node_tunnel *t = node_find_tunnel(arg, tunnel);
    const struct node_instance *i = t ? NULL : node_find_instance(arg, tunnel);

    return t ? t->object && t->wanted : i && i->object && i->wanted;
}

/* Not known while IKE is away or has not answered yet: what was up forwards on. */
static int carries(void *arg, const char *tunnel)
{
    const struct node *node = arg;
    const struct node_tunnel *t = node_find_tunnel(node, tunnel);
    const struct node_instance *i = t ? NULL : node_find_instance(node, tunnel);

    if (i)
        return line_carries(i);
    if (!t || !t->wanted || !t->want.dataplane.admin_up || t->probed == IPC_PROBE_BLACKHOLING)
        return 0;
    if (t->has_status)
        return t->status.state == IPC_OPER_UP;
    return !peer_is_up(&node->ike.peer) || node->ike.due || node->ike.done < node->ike.generation
               ? -1
               : 0;
}

static void on_drained(struct node *node, struct node_leaving *l)
{
    if (l->line)
        merge_line(node, container_of(l, struct node_instance, leaving));
    else
        merge_tunnel(node, container_of(l, struct node_tunnel, leaving));
    node_carry_soon(node);
}

static enum node_drain drain_of(void *arg, const char *tunnel)
{
    const struct node_tunnel *t = node_find_tunnel(arg, tunnel);
    const struct node_instance *i = t ? NULL : node_find_instance(arg, tunnel);

    return t ? t->leaving.drain : i ? i->leaving.drain : NODE_DRAIN_NONE;
}

static int init_speakers(struct node *node)
{
    const struct speakers_calls calls = {.routes = on_routes,
                                         .ports = on_tuns,
                                         .state = on_session,
                                         .learned = on_learned,
                                         .retry = on_speaker_retry,
                                         .wanted = wants_bgp,
                                         .carries = carries,
                                         .drain = drain_of,
                                         .arg = node};

    return speakers_init(&node->speakers, &node->loop, node->run_dir, &node->set, &node->tables,
                         &node->learned, &calls);
}

/* ---- life ---- */

/* JSON documents hold pre-shared keys: their memory is wiped when it is given back. */
static void wiping_free(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static int init_handles(struct node *node)
{
    uv_timer_t *timers[] = {&node->tick,     &node->periodic,  &node->audit, &node->work,
                            &node->carry_at, &node->report_at, &node->retry, &node->drain_at};
    uint64_t audit_ms =
        UINT64_C(1000) * (node->config->audit_s ? node->config->audit_s : NODE_AUDIT_S);
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(timers) && r == 0; i++)
        r = uv_timer_init(&node->loop, timers[i]);
    if (r == 0)
        r = uv_signal_init(&node->loop, &node->sigterm);
    if (r == 0)
        r = uv_signal_init(&node->loop, &node->sigint);
    if (r == 0)
        r = uv_signal_start(&node->sigterm, on_signal, SIGTERM);
    if (r == 0)
        r = uv_signal_start(&node->sigint, on_signal, SIGINT);
    if (r == 0)
        r = uv_timer_start(&node->periodic, on_period, PERIOD_MS, PERIOD_MS);
    if (r == 0)
        r = uv_timer_start(&node->audit, on_audit, audit_ms, audit_ms);
    if (r == 0)
        r = dataplane_link_init(node);
    if (r == 0)
        r = ike_link_init(node);
    if (r == 0)
        r = init_speakers(node);
    if (r == 0)
        machine_listen(node);
    if (r == 0)
        r = trials_init(node);
    return r == 0 ? api_init(node) : r;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void node_free(struct node *node)
{
    dataplane_link_done(node);
    ike_link_done(node);
    api_done(node);
    trials_done(node);
    speakers_done(&node->speakers);
    links_done(&node->links);
    uv_walk(&node->loop, close_handle, NULL);
    uv_run(&node->loop, UV_RUN_DEFAULT);
    uv_loop_close(&node->loop);
    list_for_each_safe (t, &node->tunnels, struct node_tunnel, all)
        node_free_tunnel(node, t);
    list_for_each_safe (i, &node->instances, struct node_instance, all)
        node_free_instance(node, i);
    name_map_done(&node->by_tunnel);
    name_map_done(&node->by_instance);
    name_map_done(&node->by_device);
    objects_done(&node->set);
    report_done(node);
    learned_done(&node->learned);
    hosts_done(&node->hosts);
    tables_done(&node->tables);
    free(node->cloud);
    free(node);
}

static int run(struct node *node)
{
    int r = uv_loop_init(&node->loop);

    if (r < 0) {
        free(node);
        return r;
    }
    r = init_handles(node);
    if (r == 0) {
        on_tick(&node->tick);
        node_tick_if_needed(node);
        api_start(node);
        uv_run(&node->loop, UV_RUN_DEFAULT);
    }
    node_free(node);
    return r;
}

int node_run(const struct node_config *config)
{
    struct node *node = calloc(1, sizeof(*node));
    int r, lock;

    if (!node)
        return -ENOMEM;
    json_set_alloc_funcs(malloc, wiping_free);
    signal(SIGPIPE, SIG_IGN); /* a connection that ends is an error of its write */
    node->config = config;
    node->links.fd = -1;
    list_init(&node->tunnels);
    list_init(&node->draining);
    node->drain_went_on = on_drained;
    list_init(&node->instances);
    list_init(&node->to_check);
    list_init(&node->dataplane.turning);
    list_init(&node->dataplane.changed);
    list_init(&node->ike.changed);
    list_init(&node->carry.unsettled);
    list_init(&node->trials.all);
    objects_init(&node->set);
    tables_init(&node->tables, &node->set);
    learned_init(&node->learned);
    hosts_init(&node->hosts);
    node->tables.learned = &node->learned;
    node->learned.changed = on_learned_changed;
    node->learned.arg = &node->tables;
    report_init(node);
    r = node_name_run_dir(config->run_dir, node->run_dir, sizeof(node->run_dir));
    if (r == 0)
        r = node_lock_run_dir(node->run_dir, &lock);
    if (r < 0) {
        free(node);
        return r;
    }
    r = run(node);
    close(lock);
    return r;
}
