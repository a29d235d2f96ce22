#include "control_internal.h"
#include "server_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Listeners, connections and time. Operators have a socket of their own, nodes another (TLS, with
 * their certificates), and both may come over TCP. Each listener has threads and a number of
 * connections of its own, so that however many nodes come, operators are answered. */

#define CONNECTIONS_MAX   512  /* over TCP */
#define OPERATORS_MAX     2048 /* on their socket; most of them only follow */
#define NODES_MAX         4096 /* connections on the nodes' socket */
#define OTHER_FILES       128  /* of the process: database, sockets, what libraries open */
#define ONE_PEER_MAX      128  /* of those over TCP from one address, so that nobody fills all */
#define THREADS           4    /* of each listener */
#define CONNECTION_MEMORY (32U << 10) /* most bytes of a request's line and headers */
#define IDLE_SECONDS      20U         /* a connection on which nothing moves is closed */
#define TICK_US           UINT64_C(1000000)
#define LAST_ANSWERS_US   UINT64_C(1000000) /* to long polls at the end */
/* A request that is not complete after this time is cut off, however busily it drips. */
#define REQUEST_US (60 * UINT64_C(1000000))

/* ---- connections ---- */

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct control_server *server = ((struct server_listener *)cls)->server;
    struct server_peer *peer = *socket_context;
    const union MHD_ConnectionInfo *info;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        peer = calloc(1, sizeof(*peer));
        info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (!peer || !info) {
            free(peer);
            return;
        }
        peer->fd = info->connect_fd;
        peer->quiet_since_us = clock_monotonic_us();
        pthread_mutex_lock(&server->lock);
        list_append(&server->peers, &peer->link);
        pthread_mutex_unlock(&server->lock);
        *socket_context = peer;
    } else if (peer) {
        pthread_mutex_lock(&server->lock);
        list_remove(&peer->link);
        pthread_mutex_unlock(&server->lock);
        free(peer);
        *socket_context = NULL;
    }
}

/* ---- time ---- */

static uint64_t tend(struct control_server *server, uint64_t now_us)
{
    uint64_t next = now_us + TICK_US;

    exchange_time(server, now_us);
    list_for_each (x, &server->waiting, struct exchange, link) {
        if (x->deadline_us)
            next = MIN(next, x->deadline_us);
    }
    list_for_each (peer, &server->peers, struct server_peer, link) {
        if (!peer->waiting && now_us > peer->quiet_since_us + REQUEST_US)
            (void)shutdown(peer->fd, SHUT_RDWR); /* its listener sees that and closes it */
    }
    return next;
}

static struct timespec timespec_of(uint64_t us)
{
    return (struct timespec){.tv_sec = (time_t)(us / 1000000),
                             .tv_nsec = (long)(us % 1000000 * 1000)};
}

static void *keep(void *arg)
{
    struct control_server *server = arg;
    uint64_t last_tick = clock_monotonic_us();

    pthread_mutex_lock(&server->lock);
    while (!server->stopping) {
        uint64_t now_us = clock_monotonic_us(), next = tend(server, now_us);
        struct timespec until = timespec_of(next);

        if (now_us - last_tick >= TICK_US) {
            last_tick = now_us;
            pthread_mutex_unlock(&server->lock); /* it may commit, which calls on_told() */
            control_tick(server->control);
            pthread_mutex_lock(&server->lock);
            continue;
        }
        pthread_cond_timedwait(&server->wake, &server->lock, &until);
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static void on_told(void *arg, enum control_wait_kind kind, const char *region, const char *node)
{
    struct control_server *server = arg;

    pthread_mutex_lock(&server->lock);
    exchange_told(server, kind, region, node);
    pthread_mutex_unlock(&server->lock);
}

/* ---- listeners ---- */

/* PEM, of our side of TLS. */
struct server_identity {
    struct buf cert, key;
};

static void on_log(void *arg, const char *fmt, va_list args)
{
    char line[256];

    (void)arg;
    (void)text_vprintf(line, sizeof(line), fmt, args);
    line[strcspn(line, "\n")] = 0;
    log_debug("http: %s", line);
}

/* How a listener differs from the others. */
struct door {
    const char *name; /* of its socket in the run directory; NULL: TCP */
    bool tls, operators_only, for_nodes;
    unsigned connections;
};

/* Nodes get what the process may open beside everything else. */
static unsigned nodes_max(void)
{
    struct rlimit limit = {.rlim_cur = 1024};
    rlim_t others = OPERATORS_MAX + CONNECTIONS_MAX + OTHER_FILES;

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= others + NODES_MAX)
        return NODES_MAX;
    return limit.rlim_cur > others + CONNECTIONS_MAX ? (unsigned)(limit.rlim_cur - others)
                                                     : CONNECTIONS_MAX;
}

/* Takes fd. The certificate to trust makes libmicrohttpd ask clients for theirs; it is our own,
 * since the control looks at what they show. */
static int start_listener(struct control_server *server, int fd, const struct door *door,
                          const struct server_identity *identity)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                           MHD_USE_ERROR_LOG | (door->tls ? MHD_USE_TLS : 0U);
    void *cert = (void *)(uintptr_t)buf_text(&identity->cert);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)buf_text(&identity->key)},
        {MHD_OPTION_HTTPS_MEM_TRUST, 0, cert},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, door->name ? 0 : ONE_PEER_MAX, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    struct server_listener *l = &server->listeners[server->listener_count];

    l->server = server;
    l->tls = door->tls;
    l->operators_only = door->operators_only;
    l->for_nodes = door->for_nodes;
    l->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, exchange_step, l, MHD_OPTION_EXTERNAL_LOGGER, on_log, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, exchange_new, l,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, l, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, l, MHD_OPTION_CONNECTION_LIMIT, door->connections,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_ARRAY,
        door->tls ? tls : &tls[ARRAY_SIZE(tls) - 1], MHD_OPTION_END);
    if (!l->daemon) {
        close(fd);
        return -EIO;
    }
    server->listener_count++;
    return 0;
}

static int start_unix(struct control_server *server, const char *run_dir, const struct door *door,
                      const struct server_identity *identity)
{
    struct server_listener *l = &server->listeners[server->listener_count];
    int fd = -1, r = -ENAMETOOLONG;

    if (snprintf(l->path, sizeof(l->path), "%s/%s", run_dir, door->name) < (int)sizeof(l->path))
        r = listen_unix(l->path, &fd);
    if (r < 0) {
        log_error("%s/%s: %s", run_dir, door->name, strerror(-r));
        l->path[0] = 0; /* not ours to remove */
        return r;
    }
    r = start_listener(server, fd, door, identity);
    if (r < 0)
        (void)unlink(l->path);
    return r;
}

static int load_identity(const struct control_server_config *config, struct server_identity *ret)
{
    const char *names[CONTROL_TLS_NAMES_MAX + 1];
    char address[ADDR_TEXT_MAX];
    struct endpoint e;
    size_t count = 0;

    for (; count < config->tls_name_count; count++)
        names[count] = config->tls_names[count];
    if (config->listen && listen_parse(config->listen, &e) == 0 && !addr_is_any(&e.addr))
        names[count++] = addr_format(&e.addr, address);
    return tls_load(config->state_dir, names, count, &ret->cert, &ret->key);
}

static int start_tcp(struct control_server *server, const char *listen,
                     const struct server_identity *identity)
{
    static const struct door door = {.tls = true, .connections = CONNECTIONS_MAX};
    int fd = -1, r = listen_tcp(listen, &fd, &server->port);

    if (r < 0) {
        log_error("cannot listen on %s: %s", listen,
                  r == -EINVAL ? "not ADDRESS:PORT" : strerror(-r));
        return r;
    }
    return start_listener(server, fd, &door, identity);
}

/* The operators' socket comes last: who can connect to it finds everything ready. */
static int start_listeners(struct control_server *server,
                           const struct control_server_config *config)
{
    const struct door nodes = {
        .name = "nodes.sock", .tls = true, .for_nodes = true, .connections = nodes_max()};
    static const struct door operators = {
        .name = "ropewayd.sock", .operators_only = true, .connections = OPERATORS_MAX};
    struct server_identity identity = {0};
    int r = load_identity(config, &identity);

    if (r == 0)
        __atomic_store_n(&server->control->notices.tls_until_us,
                         tls_until(buf_text(&identity.cert)), __ATOMIC_RELAXED);
    if (r == 0 && config->listen)
        r = start_tcp(server, config->listen, &identity);
    if (r == 0)
        r = start_unix(server, config->run_dir, &nodes, &identity);
    if (r == 0)
        r = start_unix(server, config->run_dir, &operators, &identity);
    buf_done(&identity.cert);
    buf_wipe(&identity.key);
    return r;
}

static int start_keeper(struct control_server *server)
{
    int r = -pthread_create(&server->keeper, NULL, keep, server);

    server->keeper_runs = r == 0;
    return r;
}

int control_server_start(struct control *c, const struct control_server_config *config,
                         struct control_server **ret)
{
    struct control_server *server = calloc(1, sizeof(*server));
    pthread_condattr_t attr;
    int r;

    if (!server)
        return -ENOMEM;
    server->control = c;
    list_init(&server->waiting);
    list_init(&server->settling);
    list_init(&server->peers);
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&server->wake, &attr);
    pthread_condattr_destroy(&attr);
    control_on_told(c, on_told, server);
    r = start_listeners(server, config);
    if (r == 0)
        r = start_keeper(server);
    if (r < 0) {
        control_server_stop(server);
        return r;
    }
    *ret = server;
    return 0;
}

/* Long polls are answered before their connections are closed, but a client that does not take its
 * answer holds up nothing. The lock is held. */
static void answer_waiting(struct control_server *server)
{
    uint64_t until_us = clock_monotonic_us() + LAST_ANSWERS_US;
    struct timespec until = timespec_of(until_us);

    exchange_time(server, 0);
    while ((server->waking || !list_empty(&server->waiting) || !list_empty(&server->settling)) &&
           clock_monotonic_us() < until_us)
        pthread_cond_timedwait(&server->wake, &server->lock, &until);
}

void control_server_stop(struct control_server *server)
{
    if (!server)
        return;
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_broadcast(&server->wake);
    answer_waiting(server);
    pthread_mutex_unlock(&server->lock);
    if (server->keeper_runs)
        pthread_join(server->keeper, NULL);
    control_on_told(server->control, NULL, NULL);
    for (size_t i = 0; i < server->listener_count; i++) {
        MHD_stop_daemon(server->listeners[i].daemon);
        if (server->listeners[i].path[0])
            (void)unlink(server->listeners[i].path);
    }
    pthread_cond_destroy(&server->wake);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

uint16_t control_server_port(const struct control_server *server)
{
    return server->port;
}
