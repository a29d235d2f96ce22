#include "fake_world.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc_stats.h"
#include "node.h"

#define TOKEN "test-token"

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "fake world: %s: %s\n", what, strerror(errno));
    abort();
}

/* ---- ropewayd ---- */

static void respond(struct world_client *c, int status, const json_t *body)
{
    char *text = body ? json_dumps(body, 0) : strdup("");
    struct buf out = {0};

    buf_printf(&out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(text), text);
    /* A node that was stopped meanwhile does not hear it. */
    (void)!send(c->fd, out.data, out.len, MSG_NOSIGNAL);
    buf_done(&out);
    free(text);
}

static uint64_t revision_of(const struct world *w)
{
    return w->desired ? (uint64_t)json_integer_value(json_object_get(w->desired, "revision")) : 0;
}

static void answer_waiting(struct world *w)
{
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        struct world_client *c = &w->clients[i];

        if (c->fd >= 0 && c->waits && revision_of(w) != c->known) {
            c->waits = false;
            respond(c, 200, w->desired);
        }
    }
}

static void take_status(struct world *w, const char *body)
{
    json_decref(w->status);
    w->status = json_loads(body, 0, NULL);
    check(w->status != NULL, "status");
    w->n_status++;
}

static void handle(struct world *w, struct world_client *c, const char *head, const char *body)
{
    const char *revision = strstr(head, "revision=");
    json_t *doc;

    if (w->away) {
        respond(c, 503, NULL);
    } else if (!strstr(head, "Authorization: Bearer " TOKEN "\r\n")) {
        w->n_wrong_tokens++;
        respond(c, 401, NULL);
    } else if (text_starts_with(head, "POST /v1/regions/cn-a/nodes ")) {
        w->n_joins++;
        doc = json_pack("{s:s}", "id", "node-a");
        respond(c, 201, doc);
        json_decref(doc);
    } else if (text_starts_with(head, "GET /v1/regions/cn-a/nodes/node-a/desired?") && revision) {
        c->known = strtoull(revision + strlen("revision="), NULL, 10);
        c->waits = true;
        answer_waiting(w);
    } else if (text_starts_with(head, "POST /v1/regions/cn-a/nodes/node-a/status ")) {
        take_status(w, body);
        respond(c, 204, NULL);
    } else {
        respond(c, 404, NULL);
    }
}

static void hang_up(struct world_client *c)
{
    close(c->fd);
    c->fd = -1;
    c->waits = false;
    buf_done(&c->in);
}

static void read_client(struct world *w, struct world_client *c)
{
    char chunk[65536], *end;
    ssize_t n = read(c->fd, chunk, sizeof(chunk));

    if (n <= 0) {
        hang_up(c);
        return;
    }
    buf_add(&c->in, chunk, (size_t)n);
    while (c->in.len && (end = strstr((char *)c->in.data, "\r\n\r\n"))) {
        const char *length = strstr((char *)c->in.data, "Content-Length: ");
        size_t head = (size_t)(end - (char *)c->in.data) + 4;
        size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;

        if (c->in.len < head + body)
            return;
        handle(w, c, (char *)c->in.data, (char *)c->in.data + head);
        memmove(c->in.data, c->in.data + head + body, c->in.len - head - body + 1);
        c->in.len -= head + body;
    }
}

static void accept_client(struct world *w)
{
    int fd = accept4(w->api_fd, NULL, NULL, SOCK_CLOEXEC);

    for (size_t i = 0; i < WORLD_CLIENTS && fd >= 0; i++) {
        if (w->clients[i].fd < 0) {
            w->clients[i].fd = fd;
            return;
        }
    }
    check(false, "a client too many");
}

/* ---- ropeway-dataplane and ropeway-ike ---- */

static struct ipc_msg *begin(struct world *w, enum ipc_type type)
{
    memset(&w->msg, 0, sizeof(w->msg));
    w->msg.type = type;
    return &w->msg;
}

void world_send(struct world *w, struct world_peer *peer)
{
    if (peer->conn && ipc_send(peer->conn, &w->msg) < 0) {
        ipc_close(peer->conn);
        peer->conn = NULL;
    }
}

static void send_stats(struct world *w, struct world_peer *peer)
{
    static const uint32_t slots[IPC_STATS_KINDS] = {4, 4, 4};
    struct ipc_stats_header header;
    int fd = memfd_create("stats", MFD_CLOEXEC);

    ipc_stats_layout(1, slots, &header);
    check(fd >= 0 && ftruncate(fd, (off_t)header.bytes) == 0 &&
              pwrite(fd, &header, sizeof(header), 0) == sizeof(header),
          "memfd");
    begin(w, IPC_DP_STATS)->stats.bytes = header.bytes;
    w->msg.n_fds = 1;
    w->msg.fds[0] = fd;
    world_send(w, peer);
    close(fd);
}

void world_status_message(struct world *w, enum ipc_oper_state state)
{
    begin(w, IPC_IKE_STATUS);
    strcpy(w->msg.ike_status.tunnel, "vpntun-aaaaaaaaaa");
    w->msg.ike_status.state = (uint8_t)state;
}

static void greet(struct world *w, struct world_peer *peer)
{
    begin(w, IPC_HELLO)->hello.role = (uint8_t)peer->role;
    w->msg.hello.boot = random_u64();
    world_send(w, peer);
    if (peer->role == IPC_ROLE_IKE && peer->up) {
        world_status_message(w, IPC_OPER_UP);
        world_send(w, peer);
    }
    if (peer->role != IPC_ROLE_DATAPLANE)
        return;
    for (unsigned i = 0; i < peer->n_held_sockets; i++) {
        begin(w, IPC_DP_HOLDS)->holds.underlay = true;
        w->msg.holds.local = peer->held_sockets[i];
        world_send(w, peer);
    }
    for (unsigned i = 0; i < peer->n_held_ports; i++) {
        begin(w, IPC_DP_HOLDS);
        memcpy(w->msg.holds.id, peer->held_ports[i], IPC_ID_MAX);
        world_send(w, peer);
    }
    send_stats(w, peer);
}

static void keep_fds(struct world_peer *peer, struct ipc_msg *msg)
{
    while (msg->n_fds) {
        check(peer->n_fds < ARRAY_SIZE(peer->fds), "too many descriptors");
        peer->fds[peer->n_fds++] = msg->fds[--msg->n_fds];
    }
}

void world_answer(struct world *w, struct world_peer *peer)
{
    bool ike = peer->role == IPC_ROLE_IKE;

    begin(w, ike ? IPC_IKE_SYNC_DONE : IPC_DP_SYNC_DONE);
    w->msg.sync_done.generation = peer->last.generation;
    w->msg.sync_done.failed = peer->failed;
    strcpy(w->msg.sync_done.text, peer->failed ? "port i-x: it is broken" : "");
    world_send(w, peer);
}

static void take(struct world *w, struct world_peer *peer)
{
    struct world_sync *s = &peer->coming;
    struct ipc_msg *msg = &w->msg;

    switch (msg->type) {
    case IPC_DP_SYNC_BEGIN:
    case IPC_IKE_SYNC_BEGIN:
        *s = (struct world_sync){.generation = msg->sync.generation};
        break;
    case IPC_DP_UNDERLAY:
        s->underlay_fds += msg->n_fds;
        s->underlays[s->n_underlays++ % WORLD_OBJECTS] = msg->underlay.local;
        break;
    case IPC_DP_PORT:
        s->port_fds += msg->n_fds;
        s->ports[s->n_ports++ % WORLD_OBJECTS] = msg->port;
        break;
    case IPC_DP_TABLE:
        s->n_tables++;
        break;
    case IPC_DP_ROUTES:
        s->n_routes += msg->routes.n_routes;
        break;
    case IPC_DP_TUNNEL:
        s->tunnels[s->n_tunnels++ % WORLD_OBJECTS] = msg->tunnel;
        break;
    case IPC_IKE_TUNNEL:
        s->ike[s->n_tunnels++ % WORLD_OBJECTS] = msg->ike_tunnel;
        break;
    case IPC_DP_SYNC_END:
    case IPC_IKE_SYNC_END:
        check(s->generation == msg->sync.generation, "generation of BEGIN and END");
        s->number = ++w->n_syncs;
        peer->last = *s;
        peer->n_syncs++;
        if (!peer->mute)
            world_answer(w, peer);
        return;
    default:
        check(msg->type == IPC_HELLO, "message type");
    }
    keep_fds(peer, msg);
}

static void read_peer(struct world *w, struct world_peer *peer)
{
    while (peer->conn) {
        int r = ipc_receive(peer->conn, &w->msg);

        if (r == -EAGAIN)
            return;
        if (r < 0) {
            ipc_close(peer->conn);
            peer->conn = NULL;
            return;
        }
        take(w, peer);
    }
}

static void accept_peer(struct world *w, struct world_peer *peer)
{
    struct ipc_conn *conn;

    if (ipc_accept(peer->listen_fd, &conn) < 0)
        return;
    ipc_close(peer->conn);
    peer->conn = conn;
    greet(w, peer);
}

void world_restart_peer(struct world *w, struct world_peer *peer)
{
    (void)w;
    ipc_close(peer->conn);
    peer->conn = NULL;
    while (peer->n_fds)
        close(peer->fds[--peer->n_fds]);
    peer->n_syncs = 0;
}

void world_end_peer(struct world *w, struct world_peer *peer)
{
    close(peer->listen_fd);
    peer->listen_fd = -1;
    world_restart_peer(w, peer);
}

/* ---- the world's turning ---- */

static void turn(struct world *w, int timeout_ms)
{
    struct pollfd fds[WORLD_CLIENTS + 5];
    size_t n = 0;

    fds[n++] = (struct pollfd){.fd = w->api_fd, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = w->dataplane.listen_fd, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = w->ike.listen_fd, .events = POLLIN};
    fds[n++] =
        (struct pollfd){.fd = w->dataplane.conn ? ipc_fd(w->dataplane.conn) : -1, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = w->ike.conn ? ipc_fd(w->ike.conn) : -1, .events = POLLIN};
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        fds[n++] = (struct pollfd){.fd = w->clients[i].fd, .events = POLLIN};
    check(poll(fds, (nfds_t)n, timeout_ms) >= 0 || errno == EINTR, "poll");
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (fds[5 + i].revents && w->clients[i].fd >= 0)
            read_client(w, &w->clients[i]);
    }
    read_peer(w, &w->dataplane);
    read_peer(w, &w->ike);
    if (fds[0].revents)
        accept_client(w);
    accept_peer(w, &w->dataplane);
    accept_peer(w, &w->ike);
}

bool world_until(struct world *w, bool (*condition)(struct world *w))
{
    uint64_t end = clock_monotonic_us() + 10000000;

    while (!condition(w)) {
        if (clock_monotonic_us() > end)
            return false;
        turn(w, 100);
    }
    return true;
}

void world_set_desired(struct world *w, json_t *doc)
{
    json_object_set_new(doc, "revision", json_integer((json_int_t)revision_of(w) + 1));
    json_decref(w->desired);
    w->desired = doc;
    answer_waiting(w);
}

const json_t *world_status_of(const struct world *w, const char *list)
{
    return json_array_get(json_object_get(w->status, list), 0);
}

/* ---- the node ---- */

void world_start_node(struct world *w)
{
    struct node_config config = {.api = w->api,
                                 .token_file = w->token_file,
                                 .region = "cn-a",
                                 .name = "gw",
                                 .public_interface = "pub",
                                 .run_dir = w->run};

    w->node = fork();
    check(w->node >= 0, "fork");
    if (w->node > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    log_set_level(getenv("NODE_TEST_DEBUG") ? LOG_DEBUG : LOG_ERROR);
    _exit(node_run(&config) < 0);
}

void world_stop_node(struct world *w)
{
    int status = 0;

    if (w->node <= 0)
        return;
    kill(w->node, SIGTERM);
    check(waitpid(w->node, &status, 0) == w->node, "wait");
    w->node = 0;
    errno = 0;
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the node's end");
}

/* ---- making it ---- */

static int listen_http(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    (void)text_copy(sa.sun_path, sizeof(sa.sun_path), path);
    check(fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 && listen(fd, 8) == 0, path);
    return fd;
}

static void make_peer(struct world *w, struct world_peer *peer, enum ipc_role role,
                      const char *name)
{
    peer->role = role;
    snprintf(peer->path, sizeof(peer->path), "%s/%s", w->run, name);
    check(ipc_listen(peer->path, 0600, &peer->listen_fd) == 0, name);
}

struct world *world_make(void)
{
    struct world *w = calloc(1, sizeof(*w));

    check(w != NULL, "memory");
    strcpy(w->run, "/tmp/ropeway-node-XXXXXX");
    check(mkdtemp(w->run) != NULL, "folder");
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        w->clients[i].fd = -1;
    snprintf(w->api, sizeof(w->api), "unix:%s/ropewayd.sock", w->run);
    w->api_fd = listen_http(w->api + strlen("unix:"));
    snprintf(w->token_file, sizeof(w->token_file), "%s/token", w->run);
    check(file_write_atomic(w->token_file, TOKEN "\n", strlen(TOKEN) + 1, 0600) == 0, "token");
    make_peer(w, &w->dataplane, IPC_ROLE_DATAPLANE, "dataplane.sock");
    make_peer(w, &w->ike, IPC_ROLE_IKE, "ike.sock");
    return w;
}

static void free_peer(struct world *w, struct world_peer *peer)
{
    world_restart_peer(w, peer);
    close(peer->listen_fd);
    unlink(peer->path);
}

void world_free(struct world *w)
{
    char path[128];

    world_stop_node(w);
    check(node_cleanup(w->run) >= 0, "cleanup");
    free_peer(w, &w->dataplane);
    free_peer(w, &w->ike);
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (w->clients[i].fd >= 0)
            hang_up(&w->clients[i]);
    }
    close(w->api_fd);
    unlink(w->api + strlen("unix:"));
    unlink(w->token_file);
    snprintf(path, sizeof(path), "%s/node.lock", w->run);
    unlink(path);
    check(rmdir(w->run) == 0, "rmdir");
    json_decref(w->desired);
    json_decref(w->status);
    free(w);
}
