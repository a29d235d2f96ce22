/* server_internal.h - what the files of the HTTP server share. */
#ifndef ROPEWAY_CONTROL_SERVER_INTERNAL_H
#define ROPEWAY_CONTROL_SERVER_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>

#include "control.h"

#define SERVER_LISTENERS_MAX 3

/* One connection that is open. */
struct server_peer {
    struct list link;
    int fd;
    uint64_t quiet_since_us; /* when it was accepted or last finished a request */
    bool waiting;            /* in a long poll, which may take its time */
};

/* One door: who comes in by it cannot use up what is there for those who come by another. */
struct server_listener {
    struct control_server *server;
    struct MHD_Daemon *daemon;
    char path[108]; /* of its unix socket; "": there is none, or it is not ours to remove */
    bool tls;       /* the client may have shown a certificate */
    bool operators_only;
    bool for_nodes;
};

struct control_server {
    struct control *control;
    struct server_listener listeners[SERVER_LISTENERS_MAX];
    size_t listener_count;
    uint16_t port;

    pthread_t keeper; /* timeouts */
    bool keeper_runs;
    pthread_mutex_t lock; /* around what follows */
    pthread_cond_t wake;
    struct list waiting;  /* struct exchange in a long poll, suspended */
    struct list settling; /* struct exchange whose commit is under way, suspended */
    uint64_t looked_us;   /* when those that wait were last looked at; monotonic */
    size_t waking;        /* exchanges let go on and not answered yet */
    struct list peers;
    bool stopping;
};

/* One HTTP request on its way (exchange.c). */
struct exchange {
    struct list link; /* in server->waiting or settling while suspended */
    struct control_server *server;
    const struct server_listener *listener;
    struct MHD_Connection *connection;
    struct server_peer *peer;
    char address[ADDR_TEXT_MAX]; /* of the client; "": on this machine */
    char *uri;
    struct buf body;
    uint64_t received; /* bytes of the body, also those thrown away */
    bool begun;
    bool too_large;
    bool only_head; /* HEAD: an answer without an end has none */
    bool asked;     /* there was an attempt at an answer */
    bool settled;   /* the commit that it waits for */
    bool expired;
    bool waking;
    uint64_t deadline_us; /* monotonic, of the long poll; 0: none yet */
    struct control_response res;
};

/* The callbacks of libmicrohttpd; cls is the listener. */
void *exchange_new(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_step(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **con_cls);
void exchange_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode why);
/* Lets go on those whose time is over or whose client has left. The lock is held. */
void exchange_time(struct control_server *server, uint64_t now_us);
/* Lets go on those that wait for this. The lock is held. */
void exchange_told(struct control_server *server, enum control_wait_kind kind, const char *region,
                   const char *node);

/* Listening sockets (listen.c); negative errno. */
MUST_USE int listen_unix(const char *path, int *ret_fd);
/* "127.0.0.1:8443", "[::1]:8443". */
MUST_USE int listen_parse(const char *text, struct endpoint *ret);
/* *ret_port is the one in use. */
MUST_USE int listen_tcp(const char *text, int *ret_fd, uint16_t *ret_port);

#endif
