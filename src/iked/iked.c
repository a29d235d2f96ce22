#include "iked_internal.h"
#include "sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- what the machine wants ---- */

static void take_action(struct iked *iked, struct ike_action *action)
{
    switch (action->kind) {
    case IKE_ACTION_STATUS:
        iked_nodes_status(iked, action->tunnel);
        break;
    case IKE_ACTION_LIVENESS:
        iked_nodes_liveness(iked, action->tunnel);
        break;
    case IKE_ACTION_LOG:
        iked_nodes_log(iked, action->tunnel, action->level, action->text);
        break;
    default:
        iked_plane_action(iked, action);
        break;
    }
    ike_action_wipe(action);
}

static void on_tick(uv_timer_t *timer)
{
    struct iked *iked = timer->data;

    ike_tick(iked->ike, clock_monotonic_us());
    iked_pump(iked);
}

static void arm(struct iked *iked)
{
    uint64_t at = ike_deadline(iked->ike), now = clock_monotonic_us();

    if (at == UINT64_MAX) {
        uv_timer_stop(&iked->tick);
        return;
    }
    uv_update_time(&iked->loop);
    /* Rounded up: too early would only be to find nothing due. */
    (void)uv_timer_start(&iked->tick, on_tick, at > now ? (at - now + 999) / 1000 : 0, 0);
}

static struct iked_conn *conn_at(struct iked *iked, size_t i)
{
    return i < IKED_NODES_MAX ? &iked->nodes[i].conn : &iked->plane.conn;
}

static void on_reconnect(uv_timer_t *timer);

void iked_reconnect_soon(struct iked *iked)
{
    if (!uv_is_closing((uv_handle_t *)&iked->reconnect))
        (void)uv_timer_start(&iked->reconnect, on_reconnect, IKED_SOON_MS, IKED_RECONNECT_MS);
}

/* A connection that could not be written to is looked after by the timer. */
static void wake_deaf(struct iked *iked)
{
    for (size_t i = 0; i <= IKED_NODES_MAX; i++) {
        if (conn_at(iked, i)->ipc && conn_at(iked, i)->deaf)
            iked_reconnect_soon(iked);
    }
}

void iked_pump(struct iked *iked)
{
    struct ike_action action;

    while (ike_next_action(iked->ike, &action))
        take_action(iked, &action);
    wake_deaf(iked);
    arm(iked);
}

/* ---- the loop ---- */

static void on_node(uv_poll_t *handle, int status, int events)
{
    (void)events;
    if (status == 0)
        iked_node_accept(handle->data);
}

static void on_reconnect(uv_timer_t *timer)
{
    struct iked *iked = timer->data;

    for (size_t i = 0; i <= IKED_NODES_MAX; i++) {
        if (conn_at(iked, i)->deaf)
            iked_conn_close(conn_at(iked, i));
    }
    iked_plane_connect(iked);
    if (iked->plane.conn.ipc)
        uv_timer_stop(&iked->reconnect); /* an idle daemon does not wake up */
    iked_pump(iked);
}

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

int iked_init(struct iked *iked, const char *run_dir)
{
    int r;

    *iked = (struct iked){.listen_fd = -1, .boot = random_u64()};
    if (snprintf(iked->path, sizeof(iked->path), "%s/ike.sock", run_dir) >=
            (int)sizeof(iked->path) ||
        snprintf(iked->plane_path, sizeof(iked->plane_path), "%s/dataplane.sock", run_dir) >=
            (int)sizeof(iked->plane_path))
        return -ENAMETOOLONG;
    iked->plane.conn.is_plane = true;
    iked->plane.conn.iked = iked;
    if (uv_loop_init(&iked->loop) < 0)
        return -EIO;
    r = ike_new(NULL, &iked->ike);
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
    for (size_t i = 0; i < IKED_NODES_MAX; i++)
        iked_conn_close(&iked->nodes[i].conn);
    if (iked->plane.conn.ipc)
        iked_conn_close(&iked->plane.conn);
    uv_walk(&iked->loop, close_handle, NULL);
    (void)uv_run(&iked->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&iked->loop);
    if (iked->listen_fd >= 0)
        close(iked->listen_fd);
    ike_free(iked->ike);
    explicit_bzero(iked, sizeof(*iked));
}

int iked_run(const struct iked_options *options)
{
    struct iked *iked = malloc(sizeof(*iked));
    int r = crypto_init(); /* libcrypto reads its files now or never */

    if (!iked)
        return -ENOMEM;
    if (r == 0)
        r = iked_init(iked, options->run_dir);
    if (r < 0) {
        free(iked);
        return r;
    }
    r = sandbox_drop_privileges();
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
