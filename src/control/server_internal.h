/* server_internal.h - what the files of the HTTP server share. */
#ifndef ROPEWAY_CONTROL_SERVER_INTERNAL_H
#define ROPEWAY_CONTROL_SERVER_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>

#include "control.h"

#define SERVER_LISTENERS_MAX 2

/* One connection that is open. */
struct server_peer {
    struct list link;
    int fd;
    uint64_t quiet_since_us; /* when it was accepted or last finished a request */
    bool waiting;            /* in a long poll, which may take its time */
};

struct control_server {
    struct control *control;
    struct MHD_Daemon *daemons[SERVER_LISTENERS_MAX];
    size_t daemon_count;
    char socket_path[108];
    uint16_t port;

    pthread_t keeper; /* timeouts */
    bool keeper_runs;
    pthread_mutex_t lock; /* around what follows */
    pthread_cond_t wake;
    struct list waiting; /* struct exchange that is suspended */
    size_t waking;       /* exchanges let go on and not answered yet */
    struct list peers;
    bool stopping;
};

/* One HTTP request on its way (exchange.c). */
struct exchange {
    struct list link; /* in server->waiting while suspended */
    struct control_server *server;
    struct MHD_Connection *connection;
    struct server_peer *peer;
    char *uri;
    struct buf body;
    uint64_t received; /* bytes of the body, also those thrown away */
    bool begun;
    bool too_large;
    bool expired;
    bool waking;
    uint64_t deadline_us; /* monotonic, of the long poll; 0: none yet */
    struct control_response res;
};

/* The callbacks of libmicrohttpd; cls is the server. */
void *exchange_new(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_step(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **con_cls);
void exchange_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode why);
/* Lets go on every suspended exchange that waits for region, or whose deadline has come; with
 * region NULL also those whose client has left. The lock is held. */
void exchange_resume(struct control_server *server, const char *region, uint64_t now_us);

/* Listening sockets (listen.c); negative errno. */
MUST_USE int listen_unix(const char *path, int *ret_fd);
/* "127.0.0.1:8443", "[::1]:8443". */
MUST_USE int listen_parse(const char *text, struct endpoint *ret);
/* *ret_port is the one in use. */
MUST_USE int listen_tcp(const char *text, int *ret_fd, uint16_t *ret_port);

#endif
