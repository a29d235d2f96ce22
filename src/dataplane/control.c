#include "dataplane.h"
#include "state_internal.h"
#include "sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define CLIENTS      8
#define MESSAGES_MAX 64 /* from one client before the others have their turn */
#define NOTES_MAX    64
#define NOTES_BYTES  (1 << 20)
/* Bytes that may wait for ropeway-ike; beyond, IKE datagrams are lost, not the connection. */
#define IKE_BACKLOG      (4 << 20)
#define STRANGER_BACKLOG (256 << 10)

enum event_source { SOURCE_LISTEN = CLIENTS, SOURCE_SIGNAL, SOURCE_NOTES }; /* + lane */

struct client {
    struct ipc_conn *conn; /* NULL: free */
    uint8_t role;          /* 0 before HELLO */
    bool writing;          /* epoll waits for room */
};

struct control {
    struct dp_state state;
    struct dp_staging staging;
    struct client clients[CLIENTS];
    struct client *node, *ike;
    uint64_t boot;
    uint64_t generation; /* of the node's last configuration */
    uint64_t *drops;
    int epoll_fd, listen_fd, signal_fd;
    int notes[DP_LANES], workers_notes[DP_LANES]; /* both ends */
    bool stop;
    char path[108];
    uint8_t note[sizeof(struct dp_note) + DP_NOTE_DATA_MAX];
};

/* ---- clients ---- */

static void client_close(struct control *c, struct client *client)
{
    ipc_close(client->conn);
    if (c->node == client) {
        c->node = NULL;
        dp_staging_done(&c->staging); /* half a configuration is none */
    }
    if (c->ike == client)
        c->ike = NULL;
    *client = (struct client){0};
}

/* A client that cannot take a message does not get half of them: it is closed and begins anew. One
 * that has left is closed when what it said before has been read. */
static void send_to(struct control *c, struct client *client, const struct ipc_msg *msg)
{
    int r;

    if (!client || !client->conn)
        return;
    r = ipc_send(client->conn, msg);
    if (r < 0 && r != -EPIPE) {
        log_warn("cannot send %s: %s", ipc_type_name(msg->type), strerror(-r));
        client_close(c, client);
    }
}

static void say_hello(struct control *c, struct client *client)
{
    struct ipc_msg msg = {.type = IPC_HELLO};

    msg.hello.role = IPC_ROLE_DATAPLANE;
    msg.hello.boot = c->boot;
    (void)text_copy(msg.hello.program, sizeof(msg.hello.program),
                    "ropeway-dataplane " ROPEWAY_VERSION);
    send_to(c, client, &msg);
}

static void tell_holdings(struct control *c, struct client *client)
{
    struct ipc_msg msg = {.type = IPC_DP_HOLDS};

    for (uint32_t i = 0; i < c->state.n_underlays; i++) {
        if (!c->state.underlays[i])
            continue;
        msg.holds = (struct ipc_holds){.underlay = true, .local = c->state.underlays[i]->local};
        send_to(c, client, &msg);
    }
    for (uint32_t i = 0; i < c->state.n_ports; i++) {
        if (!c->state.ports[i])
            continue;
        msg.holds = (struct ipc_holds){.underlay = false};
        (void)text_copy(msg.holds.id, sizeof(msg.holds.id), c->state.ports[i]->config.id);
        send_to(c, client, &msg);
    }
    msg = (struct ipc_msg){.type = IPC_DP_STATS, .n_fds = 1};
    msg.fds[0] = dp_stats_fd(c->state.shared.stats);
    msg.stats.bytes = dp_stats_bytes(c->state.shared.stats);
    send_to(c, client, &msg);
}

static void tell_probed(struct control *c, const char *id, bool line, uint8_t state, uint8_t peer)
{
    struct ipc_msg msg = {.type = IPC_DP_PROBED,
                          .probed = {.line = line, .state = state, .peer = peer}};

    (void)text_copy(msg.probed.tunnel, sizeof(msg.probed.tunnel), id);
    send_to(c, c->node, &msg);
}

/* Unless nobody asks. */
static void tell_known(struct control *c, const char *id, bool line, const struct dp_probing *p)
{
    uint8_t state = __atomic_load_n(&p->state, __ATOMIC_RELAXED);

    if (state != IPC_PROBE_OFF)
        tell_probed(c, id, line, state, __atomic_load_n(&p->peer, __ATOMIC_RELAXED));
}

static void tell_all_probed(struct control *c)
{
    for (uint32_t i = 0; i < c->state.n_paths; i++) {
        const struct dp_path *path = c->state.paths[i];

        if (path)
            tell_known(c, path->id, false, &path->probing);
    }
    for (uint32_t i = 0; i < c->state.n_ports; i++) {
        const struct dp_port *port = c->state.ports[i];

        if (port && port->probing)
            tell_known(c, port->config.id, true, port->probing);
    }
}

static void tell_sas_of(struct control *c, struct client *client, const struct dp_path *path)
{
    struct ipc_msg msg = {.type = IPC_SA_INFO};
    uint64_t now = clock_monotonic_us();

    list_for_each (sa, &path->sas, struct dp_sa, link) {
        dp_sa_info(sa, now, &msg.sa_info);
        send_to(c, client, &msg);
    }
}

/* Who is new has missed what was told before. */
static void tell_again(struct control *c)
{
    for (uint32_t i = 0; i < c->state.n_paths; i++) {
        if (!c->state.paths[i])
            continue;
        list_for_each (sa, &c->state.paths[i]->sas, struct dp_sa, link)
            __atomic_store_n(&sa->told, 0, __ATOMIC_RELAXED);
    }
}

static void tell_sas(struct control *c, struct client *client, const struct ipc_sa_query *asked)
{
    struct ipc_msg msg = {.type = IPC_SA_INFO_END, .sa_query = *asked};
    uint32_t one = dp_names_find(&c->state.path_names, asked->tunnel);

    for (uint32_t i = 0; i < c->state.n_paths && !asked->tunnel[0]; i++) {
        if (c->state.paths[i])
            tell_sas_of(c, client, c->state.paths[i]);
    }
    if (one != DP_NONE)
        tell_sas_of(c, client, c->state.paths[one]);
    send_to(c, client, &msg);
}

static int take_hello(struct control *c, struct client *client, const struct ipc_hello *hello)
{
    struct client **known = hello->role == IPC_ROLE_NODE  ? &c->node
                            : hello->role == IPC_ROLE_IKE ? &c->ike
                                                          : NULL;

    if (client->role || !known)
        return -EPROTO;
    if (*known)
        client_close(c, *known); /* a restarted peer, faster than the end of its old connection */
    *known = client;
    client->role = hello->role;
    log_info("%.*s connected", IPC_ID_MAX, hello->program);
    if (hello->role == IPC_ROLE_NODE) {
        tell_holdings(c, client);
        tell_all_probed(c);
        __atomic_fetch_add(&c->state.shared.node, 1, __ATOMIC_RELAXED);
        dp_worker_wake(c->state.worker); /* it tells of the hosts */
    }
    if (hello->role == IPC_ROLE_IKE) {
        tell_sas(c, client, &(struct ipc_sa_query){0});
        tell_again(c);
    }
    return 0;
}

/* ---- what node says ---- */

static void end_sync(struct control *c, uint64_t generation)
{
    struct ipc_msg msg = {.type = IPC_DP_SYNC_DONE};
    char said[IPC_TEXT_MAX];

    if (!c->staging.open || c->staging.generation != generation) {
        msg.sync_done.generation = generation;
        dp_apply_failed(&msg.sync_done, SAY(DATAPLANE_NOT_BEGUN));
    } else {
        dp_state_apply(&c->state, &c->staging, &msg.sync_done);
        if (msg.sync_done.failed)
            log_warn("configuration %llu: %u changed, %u failed: %s",
                     (unsigned long long)generation, msg.sync_done.changed, msg.sync_done.failed,
                     words_say_written(msg.sync_done.text, WORDS_EN, said, sizeof(said)));
        else if (msg.sync_done.changed) /* as often as a peer changes its routes */
            log_debug("configuration %llu: %u changed", (unsigned long long)generation,
                      msg.sync_done.changed);
    }
    dp_staging_done(&c->staging);
    c->generation = generation;
    send_to(c, c->node, &msg);
}

/* The node makes it anew and sends it again, as it does with what failed in the first place. */
static void port_is_dead(struct control *c, uint32_t index)
{
    struct ipc_msg msg = {.type = IPC_DP_SYNC_DONE};
    char id[IPC_ID_MAX];

    if (!dp_state_port_dead(&c->state, index, id))
        return;
    msg.sync_done.generation = c->generation;
    dp_apply_failed(&msg.sync_done, SAY(DATAPLANE_PORT_FAILED, id, strerror(ENODEV)));
    send_to(c, c->node, &msg);
}

/* The worker tells what becomes of it. */
static void send_echo(struct control *c, const struct ipc_echo *echo)
{
    uint32_t i = dp_names_find(&c->state.path_names, echo->tunnel);
    int r = i == DP_NONE ? -ENOENT : dp_worker_echo(c->state.worker, c->state.paths[i], echo);
    struct ipc_msg msg = {.type = IPC_DP_ECHOED};

    if (r == 0)
        return;
    dp_echoed(echo, r, &msg.echoed);
    send_to(c, c->node, &msg);
}

static int from_node(struct control *c, struct ipc_msg *msg)
{
    switch (msg->type) {
    case IPC_DP_SYNC_BEGIN:
        dp_staging_begin(&c->staging, &msg->sync_begin);
        return 0;
    case IPC_DP_SYNC_END:
        end_sync(c, msg->sync.generation);
        return 0;
    case IPC_DP_UNDERLAY:
    case IPC_DP_PORT:
    case IPC_DP_TABLE:
    case IPC_DP_ROUTES:
    case IPC_DP_TUNNEL:
    case IPC_DP_TUNNEL_GONE:
        dp_staging_add(&c->staging, msg);
        return 0;
    case IPC_DP_ECHO:
        send_echo(c, &msg->echo);
        return 0;
    default:
        return -EPROTO;
    }
}

/* ---- what ike says ---- */

static void answer_sa(struct control *c, const char *tunnel, uint8_t direction, uint32_t spi,
                      int error)
{
    struct ipc_msg msg = {.type = IPC_SA_RESULT};

    msg.sa_result.direction = direction;
    msg.sa_result.spi = spi;
    msg.sa_result.error = error;
    (void)text_copy(msg.sa_result.tunnel, sizeof(msg.sa_result.tunnel), tunnel);
    send_to(c, c->ike, &msg);
}

static void send_datagram(struct control *c, const struct ipc_datagram *d)
{
    const struct dp_underlay *underlay = dp_state_underlay(&c->state, &d->local);
    char text[ENDPOINT_TEXT_MAX];
    int r = underlay ? dp_underlay_send_ike(underlay, d) : -EADDRNOTAVAIL;

    dp_gate_sent(c->state.shared.gate, d->data, d->len);
    if (r == 0)
        return;
    dp_count(&c->drops[r == -EAGAIN ? IPC_DROP_SEND_FULL : IPC_DROP_SEND_FAILED], 1);
    log_debug("cannot send IKE to %s: %s", endpoint_format(&d->remote, text), strerror(-r));
}

static int from_ike(struct control *c, struct ipc_msg *msg)
{
    switch (msg->type) {
    case IPC_SA_ADD:
        answer_sa(c, msg->sa_add.tunnel, msg->sa_add.direction, msg->sa_add.spi,
                  dp_sa_add(&c->state, &msg->sa_add));
        explicit_bzero(&msg->sa_add, sizeof(msg->sa_add));
        return 0;
    case IPC_SA_DEL:
        answer_sa(c, msg->sa_ref.tunnel, msg->sa_ref.direction, msg->sa_ref.spi,
                  dp_sa_del(&c->state, &msg->sa_ref));
        return 0;
    case IPC_SA_MOVE:
        answer_sa(c, msg->sa_move.tunnel, IPC_SA_IN, msg->sa_move.pair,
                  dp_sa_move(&c->state, &msg->sa_move));
        return 0;
    case IPC_SA_QUERY:
        tell_sas(c, c->ike, &msg->sa_query);
        return 0;
    case IPC_DATAGRAM:
        send_datagram(c, &msg->datagram);
        return 0;
    default:
        return -EPROTO;
    }
}

static int take_message(struct control *c, struct client *client, struct ipc_msg *msg)
{
    if (msg->type == IPC_HELLO)
        return take_hello(c, client, &msg->hello);
    if (client->role == IPC_ROLE_NODE)
        return from_node(c, msg);
    if (client->role == IPC_ROLE_IKE)
        return from_ike(c, msg);
    return -EPROTO;
}

static void client_ready(struct control *c, struct client *client, uint32_t events)
{
    static struct ipc_msg msg;
    int r = 0;

    if (!client->conn)
        return;
    if (events & EPOLLOUT)
        r = ipc_flush(client->conn);
    if (r == -EPIPE)
        r = 0;
    for (unsigned i = 0; i < MESSAGES_MAX && r == 0 && client->conn; i++) {
        r = ipc_receive(client->conn, &msg);
        if (r < 0)
            break;
        r = take_message(c, client, &msg);
        ipc_msg_close_fds(&msg);
    }
    if (r < 0 && r != -EAGAIN && client->conn) {
        if (r != -EPIPE)
            log_warn("a client is closed: %s", strerror(-r));
        client_close(c, client);
    }
}

static void accept_client(struct control *c)
{
    struct ipc_conn *conn;
    struct epoll_event event = {.events = EPOLLIN};

    if (ipc_accept(c->listen_fd, &conn) < 0)
        return;
    for (unsigned i = 0; i < CLIENTS; i++) {
        if (c->clients[i].conn)
            continue;
        event.data.u32 = i;
        if (epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, ipc_fd(conn), &event) < 0)
            break;
        c->clients[i] = (struct client){.conn = conn};
        say_hello(c, &c->clients[i]);
        return;
    }
    ipc_close(conn);
}

/* ---- what workers say ---- */

static void tell_host(struct control *c, const struct ipc_host *host)
{
    struct ipc_msg msg = {.type = IPC_DP_HOST, .host = *host};

    msg.host.seen_us = clock_realtime_us() - (clock_monotonic_us() - host->seen_us);
    send_to(c, c->node, &msg);
}

static void take_note(struct control *c, size_t len)
{
    struct ipc_msg msg = {0};
    struct dp_note note;

    memcpy(&note, c->note, sizeof(note));
    switch (note.kind) {
    case DP_NOTE_DATAGRAM:
        if (!c->ike || ipc_backlog(c->ike->conn) > (note.known ? IKE_BACKLOG : STRANGER_BACKLOG)) {
            dp_count(&c->drops[IPC_DROP_IKE_AWAY], 1);
            return;
        }
        msg.type = IPC_DATAGRAM;
        msg.datagram.local = note.event.local;
        msg.datagram.remote = note.event.remote;
        msg.datagram.data = c->note + sizeof(note);
        msg.datagram.len = (uint32_t)(len - sizeof(note));
        send_to(c, c->ike, &msg);
        return;
    case DP_NOTE_EVENT:
        msg.type = IPC_SA_EVENT;
        msg.sa_event = note.event;
        send_to(c, c->ike, &msg);
        return;
    case DP_NOTE_PROBED:
        tell_probed(c, note.event.tunnel, note.line, (uint8_t)note.index, note.peer);
        return;
    case DP_NOTE_ECHOED:
        msg.type = IPC_DP_ECHOED;
        memcpy(&msg.echoed, c->note + sizeof(note), sizeof(msg.echoed));
        send_to(c, c->node, &msg);
        return;
    case DP_NOTE_HOST:
        memcpy(&msg.host, c->note + sizeof(note), sizeof(msg.host));
        tell_host(c, &msg.host);
        return;
    case DP_NOTE_PORT_DEAD:
        port_is_dead(c, note.index);
        return;
    }
}

static void take_notes(struct control *c, unsigned lane)
{
    for (unsigned i = 0; i < NOTES_MAX; i++) {
        ssize_t n = recv(c->notes[lane], c->note, sizeof(c->note), MSG_DONTWAIT);

        if (n < (ssize_t)sizeof(struct dp_note))
            return;
        take_note(c, (size_t)n);
    }
}

/* ---- the loop ---- */

static void update_writing(struct control *c)
{
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct client *client = &c->clients[i];
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        bool writing = client->conn && ipc_pending(client->conn);

        if (!client->conn || writing == client->writing)
            continue;
        if (writing)
            event.events |= EPOLLOUT;
        (void)epoll_ctl(c->epoll_fd, EPOLL_CTL_MOD, ipc_fd(client->conn), &event);
        client->writing = writing;
    }
}

static void serve(struct control *c)
{
    struct epoll_event events[16];

    while (!c->stop) {
        int n = epoll_wait(c->epoll_fd, events, ARRAY_SIZE(events), -1);

        for (int i = 0; i < n; i++) {
            uint32_t source = events[i].data.u32;

            if (source == SOURCE_LISTEN)
                accept_client(c);
            else if (source == SOURCE_SIGNAL)
                c->stop = true;
            else if (source >= SOURCE_NOTES)
                take_notes(c, source - SOURCE_NOTES);
            else
                client_ready(c, &c->clients[source], events[i].events);
        }
        dp_state_collect(&c->state);
        update_writing(c);
    }
}

static int watch(struct control *c, int fd, uint32_t source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = source};

    return epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_signals(struct control *c)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -errno;
    c->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return c->signal_fd < 0 ? -errno : 0;
}

static int open_lane(struct control *c, unsigned lane)
{
    int pair[2], bytes = NOTES_BYTES;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return -errno;
    (void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    c->notes[lane] = pair[0];
    c->workers_notes[lane] = pair[1];
    return watch(c, pair[0], SOURCE_NOTES + lane);
}

/* Everything that must be opened; afterwards descriptors only arrive. */
static int open_all(struct control *c, const char *run_dir)
{
    int r = 0;

    if (snprintf(c->path, sizeof(c->path), "%s/dataplane.sock", run_dir) >= (int)sizeof(c->path))
        return -ENAMETOOLONG;
    c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (c->epoll_fd < 0)
        return -errno;
    for (unsigned lane = 0; lane < DP_LANES && r == 0; lane++)
        r = open_lane(c, lane);
    if (r == 0)
        r = dp_state_init(&c->state, c->workers_notes);
    if (r == 0)
        r = ipc_listen(c->path, 0600, &c->listen_fd);
    if (r == 0)
        r = watch(c, c->listen_fd, SOURCE_LISTEN);
    if (r == 0)
        r = watch(c, c->signal_fd, SOURCE_SIGNAL);
    return r;
}

static void close_all(struct control *c)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        if (c->clients[i].conn)
            client_close(c, &c->clients[i]);
    dp_staging_done(&c->staging);
    dp_state_done(&c->state);
    if (c->listen_fd >= 0) {
        unlink(c->path);
        close(c->listen_fd);
    }
    for (unsigned lane = 0; lane < DP_LANES; lane++) {
        if (c->notes[lane] < 0)
            continue;
        close(c->notes[lane]);
        close(c->workers_notes[lane]);
    }
    if (c->signal_fd >= 0)
        close(c->signal_fd);
    if (c->epoll_fd >= 0)
        close(c->epoll_fd);
    free(c);
}

/* A descriptor for every port. */
static void raise_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int dataplane_run(const struct dataplane_options *options)
{
    struct control *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return -ENOMEM;
    c->epoll_fd = c->listen_fd = c->signal_fd = -1;
    for (unsigned lane = 0; lane < DP_LANES; lane++)
        c->notes[lane] = -1;
    c->boot = random_u64();
    raise_limits();
    r = sandbox_drop_privileges(false);
    if (r == 0)
        r = open_signals(c); /* before there are threads, which would take them */
    if (r < 0) {
        close_all(c);
        return r;
    }
    rcu_register_thread();
    (void)get_default_call_rcu_data(); /* its thread is made now, not under the sandbox */
    r = open_all(c, options->run_dir);
    if (r == 0)
        r = dataplane_sandbox();
    if (r == 0) {
        c->drops = dp_stats_drops(c->state.shared.stats, 1);
        log_info("serving %s", c->path);
        serve(c);
    }
    close_all(c);
    rcu_unregister_thread();
    return r;
}
