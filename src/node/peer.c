#include "peer.h"

#include <stdio.h>
#include <stdlib.h>

static void peer_drop(struct peer *peer, const char *why);

int peer_init(struct peer *peer, uv_loop_t *loop, const char *program, enum ipc_role role,
              const char *run_dir, const char *socket, const struct peer_calls *calls)
{
    memset(peer, 0, sizeof(*peer));
    peer->program = program;
    peer->role = (uint8_t)role;
    peer->loop = loop;
    peer->calls = calls;
    if (snprintf(peer->path, sizeof(peer->path), "%s/%s", run_dir, socket) >=
        (int)sizeof(peer->path))
        return -ENAMETOOLONG;
    return 0;
}

bool peer_is_up(const struct peer *peer)
{
    return peer->greeted && !peer->broken;
}

/* ---- the socket on the loop ---- */

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct peer *peer)
{
    int events = UV_READABLE | (ipc_pending(peer->conn) ? UV_WRITABLE : 0);

    if (uv_poll_start(peer->poll, events, on_poll) < 0)
        peer->broken = true;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void hang_up(struct peer *peer)
{
    if (peer->poll) {
        uv_poll_stop(peer->poll);
        uv_close((uv_handle_t *)peer->poll, free_handle);
        peer->poll = NULL;
    }
    ipc_close(peer->conn);
    peer->conn = NULL;
    peer->greeted = false;
    peer->broken = false;
}

static void peer_drop(struct peer *peer, const char *why)
{
    bool was_up = peer->greeted;

    hang_up(peer);
    if (was_up) {
        log_warn("%s is away: %s", peer->program, why);
        peer->calls->down(peer);
    }
}

void peer_done(struct peer *peer)
{
    hang_up(peer);
    explicit_bzero(&peer->msg, sizeof(peer->msg));
}

/* ---- messages ---- */

void peer_send(struct peer *peer, const struct ipc_msg *msg)
{
    int r;

    if (!peer->conn || peer->broken)
        return;
    r = ipc_send(peer->conn, msg);
    if (r == -EINVAL) {
        log_error("a message for %s cannot be written: %s", peer->program,
                  ipc_type_name(msg->type));
        return;
    }
    if (r < 0)
        peer->broken = true;
    else if (ipc_pending(peer->conn))
        watch(peer);
}

static void take(struct peer *peer)
{
    struct ipc_msg *msg = &peer->msg;

    if (msg->type == IPC_HELLO) {
        if (msg->hello.role != peer->role || peer->greeted) {
            peer->broken = true;
            return;
        }
        peer->greeted = true;
        peer->boot = msg->hello.boot;
        log_info("%s is there (%s)", peer->program, msg->hello.program);
        peer->calls->up(peer);
    } else if (peer->greeted) {
        peer->calls->message(peer, msg);
    } else {
        peer->broken = true; /* HELLO comes first */
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct peer *peer = poll->data;
    int r = status < 0 ? status : 0;

    if (r == 0 && events & UV_WRITABLE)
        r = ipc_flush(peer->conn);
    /* A few at a time, so that one busy peer does not hold up the other. */
    for (unsigned i = 0; i < 64 && r == 0 && !peer->broken; i++) {
        r = ipc_receive(peer->conn, &peer->msg);
        if (r == 0) {
            take(peer);
            ipc_msg_close_fds(&peer->msg);
        }
    }
    if (peer->broken)
        r = -EPROTO;
    if (r < 0 && r != -EAGAIN)
        peer_drop(peer, r == -EPIPE     ? "it closed the connection"
                        : r == -EBADMSG ? "it speaks another version"
                                        : strerror(-r));
    else
        watch(peer);
}

/* ---- connecting ---- */

static void say_hello(struct peer *peer)
{
    struct ipc_msg *msg = &peer->msg;

    memset(msg, 0, sizeof(*msg));
    msg->type = IPC_HELLO;
    msg->hello.role = IPC_ROLE_NODE;
    msg->hello.boot = random_u64();
    (void)text_copy(msg->hello.program, sizeof(msg->hello.program),
                    "ropeway-node " ROPEWAY_VERSION);
    peer_send(peer, msg);
}

void peer_tick(struct peer *peer)
{
    if (peer->broken)
        peer_drop(peer, "the connection broke");
    if (peer->conn || ipc_connect(peer->path, &peer->conn) < 0)
        return;
    peer->poll = calloc(1, sizeof(*peer->poll));
    if (!peer->poll || uv_poll_init(peer->loop, peer->poll, ipc_fd(peer->conn)) < 0) {
        free(peer->poll);
        peer->poll = NULL;
        hang_up(peer);
        return;
    }
    peer->poll->data = peer;
    watch(peer);
    say_hello(peer);
}
