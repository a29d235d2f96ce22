#include "worker_internal.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS  64
#define LOOK_US 30 /* after the last packets */

#define LOOK_BALANCE_MAX 32U
#define LOOK_TRY         16U

/* An event names an index, not an object: the object may have been replaced since the kernel said
 * so. Everything is non-blocking, so a stale event costs a call and does no harm. */
static void handle(struct dp_worker *w, const struct epoll_event *event)
{
    uint32_t index = (uint32_t)event->data.u64;

    if (event->data.u64 & DP_EVENT_PORT) {
        if (index < w->config->n_ports && w->config->ports[index])
            dp_port_receive(w, w->config->ports[index]);
        return;
    }
    if (index >= w->config->n_underlays || !w->config->underlays[index])
        return;
    if (event->events & EPOLLERR)
        dp_underlay_errors(w, w->config->underlays[index]);
    if (event->events & EPOLLIN)
        dp_underlay_receive(w, w->config->underlays[index]);
}

bool dp_look_pays(struct dp_look *look)
{
    return look->balance >= LOOK_BALANCE_MAX / 2 || look->sleeps++ % LOOK_TRY == 0;
}

void dp_look_done(struct dp_look *look, bool found)
{
    if (found)
        look->balance = MIN(look->balance + 1, LOOK_BALANCE_MAX);
    else
        look->balance -= MIN(look->balance, 1U);
}

/* Sleeping and being woken costs more than the packets of a batch, so after one the worker looks a
 * few times more before it sleeps; whoever else wants the core gets it in between. */
static int look_again(struct dp_worker *w, struct epoll_event *events)
{
    uint64_t since_us = w->now_us;
    int n = 0;

    while (n <= 0 && w->now_us - since_us < LOOK_US) {
        sched_yield();
        n = epoll_wait(w->epoll_fd, events, EVENTS, 0);
        w->now_us = clock_monotonic_us();
    }
    dp_look_done(&w->look, n > 0);
    return n;
}

/* Until somebody here has something to do; -1: for ever. */
static int wait_ms(const struct dp_worker *w)
{
    int prober = dp_prober_wait_ms(w), lans = dp_lans_wait_ms(w);

    if (prober < 0 || lans < 0)
        return MAX(prober, lans);
    return MIN(prober, lans);
}

static int wait_for_events(struct dp_worker *w, struct epoll_event *events)
{
    int n = epoll_wait(w->epoll_fd, events, EVENTS, 0);

    w->now_us = clock_monotonic_us();
    if (n <= 0 && dp_look_pays(&w->look))
        n = look_again(w, events);
    if (n > 0)
        return n;
    n = epoll_wait(w->epoll_fd, events, EVENTS, wait_ms(w));
    w->now_us = clock_monotonic_us();
    return n;
}

static void *work(void *arg)
{
    struct epoll_event events[EVENTS];
    struct dp_worker *w = arg;
    bool stop = false;

    rcu_register_thread();
    while (!stop) {
        int n = wait_for_events(w, events);

        rcu_read_lock();
        w->config = rcu_dereference(w->shared->config);
        for (int i = 0; i < n; i++) {
            if (events[i].data.u64 == DP_EVENT_STOP)
                stop = true;
            else if (events[i].data.u64 == DP_EVENT_WAKE)
                (void)!read(w->wake_fd, &(uint64_t){0}, sizeof(uint64_t));
            else
                handle(w, &events[i]);
        }
        dp_ports_run(w);
        dp_prober_run(w);
        dp_last_run(w);
        dp_echoes_send(w);
        w->config = NULL;
        rcu_read_unlock();
    }
    rcu_unregister_thread();
    return NULL;
}

void dp_worker_free(struct dp_worker *w)
{
    if (!w)
        return;
    if (w->epoll_fd >= 0)
        close(w->epoll_fd);
    if (w->stop_fd >= 0)
        close(w->stop_fd);
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    dp_prober_done(&w->prober);
    dp_again_done(&w->again);
    dp_last_done(&w->last);
    esp_engine_free(w->engine);
    dp_receive_free(w->receive);
    free(w->arena);
    free(w->rx);
    free(w->tx);
    free(w);
}

static int prepare(struct dp_worker *w)
{
    int r;

    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->epoll_fd < 0 || w->stop_fd < 0 || w->wake_fd < 0)
        return -errno;
    r = dp_worker_listen(w, w->stop_fd, DP_EVENT_STOP);
    if (r == 0)
        r = dp_worker_listen(w, w->wake_fd, DP_EVENT_WAKE);
    if (r < 0)
        return r;
    w->arena = aligned_alloc(4096, DP_ARENA_BYTES);
    w->rx = aligned_alloc(4096, (size_t)DP_RX_MSGS * DP_RX_BYTES);
    w->tx = aligned_alloc(4096, DP_TX_BYTES);
    if (!w->arena || !w->rx || !w->tx)
        return -ENOMEM;
    r = dp_again_init(&w->again);
    if (r == 0)
        r = dp_last_init(&w->last);
    if (r == 0)
        r = dp_receive_new(&w->receive);
    if (r < 0)
        return r;
    return esp_engine_new(ESP_ENGINE_AUTO, &w->engine);
}

int dp_worker_new(struct dp_shared *shared, unsigned index, const int notes[DP_LANES],
                  struct dp_worker **ret)
{
    struct dp_worker *w = calloc(1, sizeof(*w));
    int r;

    if (!w)
        return -ENOMEM;
    w->shared = shared;
    w->index = index;
    memcpy(w->notes, notes, sizeof(w->notes));
    w->drops = dp_stats_drops(shared->stats, index);
    w->epoll_fd = w->stop_fd = w->wake_fd = -1;
    r = prepare(w);
    if (r < 0) {
        dp_worker_free(w);
        return r;
    }
    *ret = w;
    return 0;
}

int dp_worker_start(struct dp_shared *shared, unsigned index, const int notes[DP_LANES],
                    struct dp_worker **ret)
{
    struct dp_worker *w;
    int r;

    r = dp_worker_new(shared, index, notes, &w);
    if (r < 0)
        return r;
    r = -pthread_create(&w->thread, NULL, work, w);
    if (r < 0) {
        dp_worker_free(w);
        return r;
    }
    log_info("worker %u uses %s", index, esp_engine_name(w->engine));
    *ret = w;
    return 0;
}

void dp_worker_stop(struct dp_worker *worker)
{
    uint64_t one = 1;

    if (!worker)
        return;
    (void)!write(worker->stop_fd, &one, sizeof(one));
    pthread_join(worker->thread, NULL);
    dp_worker_free(worker);
}
