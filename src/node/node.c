#include "node_internal.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "run_dir.h"

#define TICK_MS   200
#define RETRY_MS  1000
#define PERIOD_MS 10000
#define SETTLE_US 1000000
#define REPORT_MS 3 /* what changes together is reported together */

/* ---- lists ---- */

struct node_tunnel *node_find_tunnel(struct node *node, const char *id)
{
    list_for_each (t, &node->tunnels, struct node_tunnel, link) {
        if (strcmp(t->want.dataplane.id, id) == 0)
            return t;
    }
    return NULL;
}

struct node_instance *node_find_instance(struct node *node, const char *id)
{
    list_for_each (i, &node->instances, struct node_instance, link) {
        if (strcmp(i->want.port.id, id) == 0)
            return i;
    }
    return NULL;
}

static void free_tunnel(struct node_tunnel *t)
{
    list_remove(&t->link);
    explicit_bzero(t, sizeof(*t));
    free(t);
}

void node_forget_tunnels(struct node *node)
{
    list_for_each_safe (t, &node->tunnels, struct node_tunnel, link) {
        if (!t->present && !t->sent_up)
            free_tunnel(t);
    }
}

struct node_tunnel *node_tunnel_for(struct node *node, const char *id)
{
    struct node_tunnel *t = node_find_tunnel(node, id);

    if (t)
        return t;
    t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    (void)text_copy(t->want.dataplane.id, sizeof(t->want.dataplane.id), id);
    list_append(&node->tunnels, &t->link);
    return t;
}

static struct node_instance *instance_for(struct node *node, const char *id)
{
    struct node_instance *i = node_find_instance(node, id);

    if (i)
        return i;
    i = calloc(1, sizeof(*i));
    if (!i)
        return NULL;
    (void)text_copy(i->want.port.id, sizeof(i->want.port.id), id);
    list_append(&node->instances, &i->link);
    return i;
}

/* ---- a new desired state ---- */

static void merge_tunnel(struct node *node, const struct desired_tunnel *want)
{
    struct node_tunnel *t = node_tunnel_for(node, want->dataplane.id);

    if (!t)
        return;
    /* Turned off and on again between two answers of the data plane: it counts anew. */
    if (!want->dataplane.admin_up)
        t->on_since = 0;
    t->want = *want;
    t->wanted = t->present = true;
    t->error[0] = 0;
}

static void merge_instance(struct node *node, const struct desired_instance *want)
{
    struct node_instance *i = instance_for(node, want->port.id);

    if (!i)
        return;
    if (memcmp(&i->want, want, sizeof(*want)) != 0) {
        i->want = *want;
        i->checked = false;
    }
    if (!i->wanted)
        i->error[0] = 0;
    i->wanted = i->present = true;
}

/* The last document had it, too. */
static bool is_known(const struct node *node, const struct desired_problem *problem)
{
    for (size_t i = 0; i < node->n_problems; i++) {
        const struct desired_problem *known = &node->problems[i];

        if (strcmp(known->kind, problem->kind) == 0 && strcmp(known->id, problem->id) == 0 &&
            strcmp(known->text, problem->text) == 0)
            return true;
    }
    return false;
}

static void merge_problem(struct node *node, const struct desired_problem *problem)
{
    struct node_instance *i;
    struct node_tunnel *t;

    if (!is_known(node, problem))
        log_warn("desired state: %s %s: %s", problem->kind, problem->id, problem->text);
    if (!*problem->id)
        return;
    if (strcmp(problem->kind, "tunnel") == 0 && (t = node_tunnel_for(node, problem->id)) &&
        !t->wanted) {
        t->present = true;
        memcpy(t->error, problem->text, sizeof(t->error));
    }
    if (strcmp(problem->kind, "instance") == 0 && (i = instance_for(node, problem->id)) &&
        !i->wanted) {
        i->present = true;
        memcpy(i->error, problem->text, sizeof(i->error));
    }
}

/* Moves an array from the document to the node. */
#define TAKE(node, desired, array, count)                                                          \
    do {                                                                                           \
        (node)->array = (desired)->array;                                                          \
        (node)->count = (desired)->count;                                                          \
        (desired)->array = NULL;                                                                   \
        (desired)->count = 0;                                                                      \
    } while (0)

static void free_desired_parts(struct node *node)
{
    for (size_t i = 0; i < node->n_tables; i++)
        free(node->tables[i].routes);
    free(node->tables);
    free(node->cloud);
    free(node->problems);
}

static void merge(struct node *node, struct desired *desired)
{
    list_for_each (t, &node->tunnels, struct node_tunnel, link)
        t->wanted = t->present = false;
    list_for_each (i, &node->instances, struct node_instance, link)
        i->present = false;
    for (size_t k = 0; k < desired->n_tunnels; k++)
        merge_tunnel(node, &desired->tunnels[k]);
    for (size_t k = 0; k < desired->n_instances; k++)
        merge_instance(node, &desired->instances[k]);
    list_for_each (i, &node->instances, struct node_instance, link)
        i->wanted &= i->present;
    for (size_t k = 0; k < desired->n_problems; k++)
        merge_problem(node, &desired->problems[k]);
    list_for_each_safe (i, &node->instances, struct node_instance, link) {
        if (!i->present) {
            list_remove(&i->link);
            free(i);
        }
    }
    free_desired_parts(node);
    TAKE(node, desired, tables, n_tables);
    TAKE(node, desired, cloud, n_cloud);
    TAKE(node, desired, problems, n_problems);
    node->revision = desired->revision;
    node->has_desired = true;
}

static bool is_under_way(const struct node *node)
{
    list_for_each (i, &node->instances, struct node_instance, link) {
        if (i->wanted && !i->checked)
            return true;
    }
    return !peer_is_up(&node->ike.peer) || !node->dataplane.knows_holds ||
           node->dataplane.done < node->dataplane.generation;
}

bool node_is_settling(struct node *node)
{
    if (!is_under_way(node) || clock_monotonic_us() > node->settle_until_us)
        node->settle_until_us = 0;
    return node->settle_until_us;
}

void node_take_desired(struct node *node, struct desired *desired)
{
    log_debug("desired state of revision %llu: %zu tunnels, %zu instances, %zu tables",
              (unsigned long long)desired->revision, desired->n_tunnels, desired->n_instances,
              desired->n_tables);
    if (!node->has_desired)
        node->settle_until_us = clock_monotonic_us() + SETTLE_US;
    merge(node, desired);
    /* What a tunnel needs comes first; making an instance takes longer. */
    machine_cloud(node);
    dataplane_link_sync(node);
    ike_link_sync(node);
    node_forget_tunnels(node);
    machine_start(node, false);
    node_report_soon(node);
}

/* ---- timers ---- */

static void on_report(uv_timer_t *timer)
{
    api_report(container_of(timer, struct node, report));
}

void node_report_soon(struct node *node)
{
    if (!uv_is_active((uv_handle_t *)&node->report))
        uv_timer_start(&node->report, on_report, REPORT_MS, 0);
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
    if (node->dataplane.failed)
        dataplane_link_sync(node);
    machine_start(node, true);
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
    api_report(node);
}

static void on_signal(uv_signal_t *handle, int number)
{
    log_info("%s: ends; what it made stays", number == SIGTERM ? "SIGTERM" : "SIGINT");
    uv_stop(handle->loop);
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
    uv_timer_t *timers[] = {&node->tick, &node->periodic, &node->work, &node->report, &node->retry};
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
        r = dataplane_link_init(node);
    if (r == 0)
        r = ike_link_init(node);
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
    uv_walk(&node->loop, close_handle, NULL);
    uv_run(&node->loop, UV_RUN_DEFAULT);
    uv_loop_close(&node->loop);
    list_for_each_safe (t, &node->tunnels, struct node_tunnel, link)
        free_tunnel(t);
    list_for_each_safe (i, &node->instances, struct node_instance, link) {
        list_remove(&i->link);
        free(i);
    }
    free_desired_parts(node);
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
    list_init(&node->tunnels);
    list_init(&node->instances);
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
