#include "iked_internal.h"

/* A connection in the loop. It is closed only from its own callback or from a timer's, never in the
 * middle of a send: `deaf` says that it has to be. */

static void on_closed(uv_handle_t *handle)
{
    struct iked_conn *conn = handle->data;

    conn->polling = false;
}

void iked_conn_close(struct iked_conn *conn)
{
    if (!conn->ipc)
        return;
    uv_poll_stop(&conn->poll);
    uv_close((uv_handle_t *)&conn->poll, on_closed);
    ipc_close(conn->ipc);
    conn->ipc = NULL;
    conn->deaf = false;
    conn->gone(conn);
}

static int take(struct iked_conn *conn)
{
    ipc_msg_close_fds(conn->in); /* nobody sends us any */
    return conn->take(conn);
}

/* 0, or why the connection has to be closed. */
static int receive(struct iked_conn *conn)
{
    for (unsigned i = 0; i < IKED_MESSAGES_MAX; i++) {
        int r = ipc_receive(conn->ipc, conn->in);

        if (r == 0)
            r = take(conn);
        if (r < 0)
            return r == -EAGAIN ? 0 : r;
    }
    return 0;
}

/* It left. What it said before counts; the kernel tells of the reset once, before the rest. */
static int receive_rest(struct iked_conn *conn)
{
    int ends = 0, r = 0;

    while (ends < 2 && (r == 0 || r == -EPIPE)) {
        r = ipc_receive(conn->ipc, conn->in);
        ends += r == -EPIPE;
        if (r == 0)
            r = take(conn);
    }
    return r == -EAGAIN ? -EPIPE : r;
}

static void update_events(struct iked_conn *conn);

static void on_ready(uv_poll_t *handle, int status, int events)
{
    struct iked_conn *conn = handle->data;
    int r = 0;

    if (status == 0 && (events & UV_WRITABLE))
        r = ipc_flush(conn->ipc);
    if (status == 0 && r == 0 && (events & UV_READABLE))
        r = receive(conn);
    if (status < 0 || r == -EPIPE)
        r = receive_rest(conn);
    if (r < 0) {
        if (r != -EPIPE)
            log_warn("the connection to the %s is closed: %s", conn->whose, strerror(-r));
        iked_conn_close(conn);
    } else {
        update_events(conn);
    }
    conn->settled(conn);
}

static void update_events(struct iked_conn *conn)
{
    int events = UV_READABLE | (ipc_pending(conn->ipc) ? UV_WRITABLE : 0);

    if (events == conn->events)
        return;
    conn->events = events;
    (void)uv_poll_start(&conn->poll, events, on_ready);
}

int iked_conn_open(struct iked_conn *conn, uv_loop_t *loop, struct ipc_conn *ipc)
{
    if (conn->polling)
        return -EBUSY; /* the last one's handle is not out of the loop yet */
    conn->events = 0;
    conn->deaf = false;
    if (uv_poll_init(loop, &conn->poll, ipc_fd(ipc)) < 0)
        return -EIO;
    conn->ipc = ipc;
    conn->poll.data = conn;
    conn->polling = true;
    update_events(conn);
    return 0;
}

void iked_conn_send(struct iked_conn *conn, const struct ipc_msg *msg)
{
    int r;

    if (!conn->ipc || conn->deaf)
        return;
    r = ipc_send(conn->ipc, msg);
    if (r < 0) {
        log_debug("cannot send %s: %s", ipc_type_name(msg->type), strerror(-r));
        conn->deaf = true;
    }
    update_events(conn);
}
