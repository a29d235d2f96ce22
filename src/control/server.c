#include "control_internal.h"
#include "server_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Listeners, connections and time. Each listener is one libmicrohttpd thread on epoll; requests
 * are serialised by the control's lock anyway. */

#define CONNECTIONS_MAX   512         /* of each listener */
#define ONE_PEER_MAX      128         /* of them from one address, so that nobody fills all */
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
    struct control_server *server = cls;
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

    exchange_resume(server, NULL, now_us);
    list_for_each (x, &server->waiting, struct exchange, link)
        next = MIN(next, x->deadline_us);
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
            pthread_mutex_unlock(&server->lock); /* it may commit, which calls on_change() */
            control_tick(server->control);
            pthread_mutex_lock(&server->lock);
            continue;
        }
        pthread_cond_timedwait(&server->wake, &server->lock, &until);
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static void on_change(void *arg, const char *region)
{
    struct control_server *server = arg;

    pthread_mutex_lock(&server->lock);
    exchange_resume(server, region, 0);
    pthread_mutex_unlock(&server->lock);
}

/* ---- listeners ---- */

static void on_log(void *arg, const char *fmt, va_list args)
{
    char line[256];

    (void)arg;
    (void)text_vprintf(line, sizeof(line), fmt, args);
    line[strcspn(line, "\n")] = 0;
    log_debug("http: %s", line);
}

/* Takes fd. With a certificate it speaks TLS. */
static int start_listener(struct control_server *server, int fd, const char *cert, const char *key)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                           MHD_USE_ERROR_LOG | (cert ? MHD_USE_TLS : 0U);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, ONE_PEER_MAX, NULL},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_Daemon *d = MHD_start_daemon(
        flags, 0, NULL, NULL, exchange_step, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, exchange_new, server,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_ARRAY, cert ? tls : tls + 4, MHD_OPTION_END);

    if (!d) {
        close(fd);
        return -EIO;
    }
    server->daemons[server->daemon_count++] = d;
    return 0;
}

static int start_unix(struct control_server *server, const char *run_dir)
{
    int fd, r;

    if (snprintf(server->socket_path, sizeof(server->socket_path), "%s/ropewayd.sock", run_dir) >=
        (int)sizeof(server->socket_path)) {
        server->socket_path[0] = 0;
        r = -ENAMETOOLONG;
    } else {
        r = listen_unix(server->socket_path, &fd);
    }
    if (r < 0) {
        log_error("%s/ropewayd.sock: %s", run_dir, strerror(-r));
        server->socket_path[0] = 0; /* not ours to remove */
        return r;
    }
    return start_listener(server, fd, NULL, NULL);
}

static int start_tls(struct control_server *server, const struct control_server_config *config)
{
    const char *names[CONTROL_TLS_NAMES_MAX + 1];
    char address[ADDR_TEXT_MAX];
    struct buf cert = {0}, key = {0};
    struct endpoint e;
    size_t count = 0;
    int fd = -1, r = 0;

    for (; count < config->tls_name_count; count++)
        names[count] = config->tls_names[count];
    if (listen_parse(config->listen, &e) == 0 && !addr_is_any(&e.addr))
        names[count++] = addr_format(&e.addr, address);
    r = tls_load(config->state_dir, names, count, &cert, &key);
    if (r == 0) {
        r = listen_tcp(config->listen, &fd, &server->port);
        if (r < 0)
            log_error("cannot listen on %s: %s", config->listen,
                      r == -EINVAL ? "not ADDRESS:PORT" : strerror(-r));
    }
    if (r == 0)
        r = start_listener(server, fd, buf_text(&cert), buf_text(&key));
    buf_done(&cert);
    buf_wipe(&key);
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
    list_init(&server->peers);
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&server->wake, &attr);
    pthread_condattr_destroy(&attr);
    store_watch(control_store(c), on_change, server);
    /* The unix socket comes last: who can connect to it finds everything ready. */
    r = config->listen ? start_tls(server, config) : 0;
    if (r == 0)
        r = start_unix(server, config->run_dir);
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

    exchange_resume(server, NULL, 0);
    while (server->waking && clock_monotonic_us() < until_us)
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
    for (size_t i = 0; i < server->daemon_count; i++)
        MHD_stop_daemon(server->daemons[i]);
    store_watch(control_store(server->control), NULL, NULL);
    if (server->socket_path[0])
        (void)unlink(server->socket_path);
    pthread_cond_destroy(&server->wake);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

uint16_t control_server_port(const struct control_server *server)
{
    return server->port;
}
