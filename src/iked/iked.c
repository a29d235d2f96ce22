#include "iked_internal.h"
#include "sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The loop around the core: sockets, timers, signals. */

/* ---- the core ---- */

static void on_tick(uv_timer_t *timer);

static void arm(struct iked *iked)
{
    uint64_t at = iked_core_deadline(iked->core), now = clock_monotonic_us();

    if (at == UINT64_MAX) {
        uv_timer_stop(&iked->tick);
        return;
    }
    uv_update_time(&iked->loop);
    /* Rounded up: too early would only be to find nothing due. */
    (void)uv_timer_start(&iked->tick, on_tick, at > now ? (at - now + 999) / 1000 : 0, 0);
}

static void on_reconnect(uv_timer_t *timer);

static void reconnect_soon(struct iked *iked)
{
    if (!uv_is_closing((uv_handle_t *)&iked->reconnect))
        (void)uv_timer_start(&iked->reconnect, on_reconnect, IKED_SOON_MS, IKED_RECONNECT_MS);
}

/* A connection that could not be written to is looked after by the timer. */
static void wake_deaf(struct iked *iked)
{
    for (unsigned i = 0; i < IKED_PEERS; i++) {
        if (iked->peers[i].conn.ipc && iked->peers[i].conn.deaf)
            reconnect_soon(iked);
    }
}

static int happen(struct iked *iked, enum iked_event_kind kind, unsigned peer, struct ipc_msg *msg)
{
    const struct iked_event event = {kind, peer, msg};
    const struct iked_now now = {clock_monotonic_us(), clock_realtime_us()};
    int r = iked_core(iked->core, &event, &now);

    wake_deaf(iked);
    arm(iked);
    return r;
}

static void on_tick(uv_timer_t *timer)
{
    (void)happen(timer->data, IKED_EVENT_TIME, 0, NULL);
}

static void send_to(void *context, unsigned peer, const struct ipc_msg *msg)
{
    struct iked *iked = context;

    iked_conn_send(&iked->peers[peer].conn, msg);
}

/* ---- connections ---- */

static struct iked_peer *peer_of(struct iked_conn *conn)
{
    return container_of(conn, struct iked_peer, conn);
}

static int take(struct iked_conn *conn)
{
    struct iked_peer *peer = peer_of(conn);

    return happen(peer->iked, IKED_EVENT_MESSAGE, peer->number, &peer->iked->in);
}

static void gone(struct iked_conn *conn)
{
    struct iked_peer *peer = peer_of(conn);

    if (peer->iked->leaving)
        return;
    (void)happen(peer->iked, IKED_EVENT_CLOSED, peer->number, NULL);
    if (peer->number == IKED_PLANE)
        reconnect_soon(peer->iked);
}

static void settled(struct iked_conn *conn)
{
    wake_deaf(peer_of(conn)->iked);
}

/* Takes ipc. */
static int open_peer(struct iked *iked, unsigned number, struct ipc_conn *ipc)
{
    int r = iked_conn_open(&iked->peers[number].conn, &iked->loop, ipc);

    if (r < 0)
        ipc_close(ipc);
    else
        r = happen(iked, IKED_EVENT_OPENED, number, NULL);
    return r;
}

static void on_node(uv_poll_t *handle, int status, int events)
{
    struct iked *iked = handle->data;
    struct ipc_conn *ipc;

    (void)events;
    if (status < 0 || ipc_accept(iked->listen_fd, &ipc) < 0)
        return;
    for (unsigned i = 0; i < IKED_NODES_MAX; i++) {
        if (iked->peers[i].conn.ipc || iked->peers[i].conn.polling)
            continue;
        if (open_peer(iked, i, ipc) < 0)
            log_warn("a connection of a node cannot be opened");
        return;
    }
    log_warn("too many connections: one is refused");
    ipc_close(ipc);
}

static void connect_plane(struct iked *iked)
{
    const struct iked_conn *conn = &iked->peers[IKED_PLANE].conn;
    struct ipc_conn *ipc;
    int r;

    if (conn->ipc || conn->polling)
        return;
    r = ipc_connect(iked->plane_path, &ipc);
    if (r == 0)
        r = open_peer(iked, IKED_PLANE, ipc);
    if (r < 0 && !iked->complained)
        log_info("waiting for the data plane: %s", strerror(-r));
    iked->complained = r < 0;
}

static void on_reconnect(uv_timer_t *timer)
{
    struct iked *iked = timer->data;

    for (unsigned i = 0; i < IKED_PEERS; i++) {
        if (iked->peers[i].conn.deaf)
            iked_conn_close(&iked->peers[i].conn);
    }
    connect_plane(iked);
    if (iked->peers[IKED_PLANE].conn.ipc)
        uv_timer_stop(&iked->reconnect); /* an idle daemon does not wake up */
}

/* ---- its life ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    log_info("%s: leaving; the SAs stay", number == SIGTERM ? "SIGTERM" : "SIGINT");
    uv_stop(handle->loop);
}

static int start_handles(struct iked *iked)
{
    static const int signals[] = {SIGTERM, SIGINT};
    int r = uv_poll_init(&iked->loop, &iked->listener, iked->listen_fd);

    iked->listener.data = iked->tick.data = iked->reconnect.data = iked;
    if (r == 0)
        r = uv_poll_start(&iked->listener, UV_READABLE, on_node);
    if (r == 0)
        r = uv_timer_init(&iked->loop, &iked->tick);
    if (r == 0)
        r = uv_timer_init(&iked->loop, &iked->reconnect);
    if (r == 0)
        r = uv_timer_start(&iked->reconnect, on_reconnect, 0, IKED_RECONNECT_MS);
    for (size_t i = 0; i < ARRAY_SIZE(signals) && r == 0; i++) {
        r = uv_signal_init(&iked->loop, &iked->signals[i]);
        if (r == 0)
            r = uv_signal_start(&iked->signals[i], on_signal, signals[i]);
    }
    return r < 0 ? -EIO : 0;
}

static void name_peers(struct iked *iked)
{
    for (unsigned i = 0; i < IKED_PEERS; i++)
        iked->peers[i] = (struct iked_peer){
            .iked = iked,
            .number = i,
            .conn = {.whose = i == IKED_PLANE ? "data plane" : "node",
                     .in = &iked->in,
                     .take = take,
                     .gone = gone,
                     .settled = settled},
        };
}

int iked_init(struct iked *iked, const char *run_dir)
{
    struct iked_core_options options = {.boot = random_u64(), .send = send_to, .context = iked};
    int r;

    *iked = (struct iked){.listen_fd = -1};
    if (snprintf(iked->path, sizeof(iked->path), "%s/ike.sock", run_dir) >=
            (int)sizeof(iked->path) ||
        snprintf(iked->plane_path, sizeof(iked->plane_path), "%s/dataplane.sock", run_dir) >=
            (int)sizeof(iked->plane_path))
        return -ENAMETOOLONG;
    name_peers(iked);
    if (uv_loop_init(&iked->loop) < 0)
        return -EIO;
    r = iked_core_new(&options, &iked->core);
    if (r == 0)
        r = ipc_listen(iked->path, 0600, &iked->listen_fd);
    if (r == 0)
        r = start_handles(iked);
    if (r < 0)
        iked_done(iked);
    return r;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void iked_done(struct iked *iked)
{
    iked->leaving = true;
    for (unsigned i = 0; i < IKED_PEERS; i++)
        iked_conn_close(&iked->peers[i].conn);
    uv_walk(&iked->loop, close_handle, NULL);
    (void)uv_run(&iked->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&iked->loop);
    if (iked->listen_fd >= 0)
        close(iked->listen_fd);
    iked_core_free(iked->core);
    explicit_bzero(iked, sizeof(*iked));
}

int iked_run(const struct iked_options *options)
{
    struct iked *iked = malloc(sizeof(*iked));
    int r = crypto_init(); /* libcrypto reads its files now or never */
    bool by_right;

    if (!iked)
        return -ENOMEM;
    if (r == 0)
        r = iked_init(iked, options->run_dir);
    if (r < 0) {
        free(iked);
        return r;
    }
    r = sandbox_lock_memory(&by_right);
    if (r < 0)
        log_warn("keys may reach the swap: memory cannot be locked: %s", strerror(-r));
    r = sandbox_drop_privileges(by_right);
    if (r == 0)
        r = iked_sandbox();
    if (r == 0) {
        log_info("serving %s", iked->path);
        (void)uv_run(&iked->loop, UV_RUN_DEFAULT);
    }
    iked_done(iked);
    free(iked);
    return r;
}
