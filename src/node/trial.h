/* trial.h - connectivity tests on this machine: echo requests from inside of an instance's network
 * namespace, and iperf3 there. Private to the node room.
 *
 * ropewayd says which tests there are to be (docs/protocol.md); one runs once, tells rows while it
 * does, ends by itself or when ropewayd names it no more, and never outlives the node. */
#ifndef ROPEWAY_NODE_TRIAL_H
#define ROPEWAY_NODE_TRIAL_H

#include <jansson.h>
#include <sys/types.h>
#include <uv.h>

#include "desired.h"
#include "reach.h"

#define TRIAL_ERROR_MAX  256 /* of a reason, written */
#define TRIAL_MAX_US     UINT64_C(60000000)
#define TRIAL_LINE_MAX   256 /* of what iperf3 prints */
#define TRIALS_MAX       16  /* at a time; ropewayd gives fewer */
#define TRIAL_DURATION_S 30  /* of a throughput test, at most */

/* What ropewayd asks for. */
struct trial_want {
    char id[IPC_ID_MAX];
    bool serves; /* the server's end of a throughput test */
    enum reach_kind kind;
    char instance[IPC_ID_MAX]; /* in whose namespace; "": through the tunnel */
    char tunnel[IPC_ID_MAX];
    struct addr destination; /* of the server's end: what it listens on */
    uint16_t port;           /* of the server, for the client's end */
    unsigned duration_s;     /* of a throughput test */
    struct reach_spec spec;  /* of others */
};

struct trial {
    struct list link;
    struct trial_want want;
    void (*news)(void *arg); /* there are rows, or it has ended */
    void *arg;
    json_t *rows;     /* that ropewayd does not have */
    uint64_t counted; /* rows ever told */
    size_t saying;    /* of rows, in the report under way */
    bool over, saying_over, said_over;
    char error[TRIAL_ERROR_MAX]; /* why it came to nothing, written; "" */
    uint64_t deadline_us;
    uint64_t *drops; /* of the data plane when it began (trial_link.c); NULL: not known */

    uv_timer_t timer;
    uv_poll_t poll; /* of fd: the socket, or what the child prints */
    unsigned handles;
    int fd; /* -1: none */

    uint16_t ident; /* of echo requests */
    /* How one goes out if not by the socket: 0, or -errno. */
    int (*send)(void *arg, struct trial *t, const struct reach_probe *probe);
    struct reach_run run;

    pid_t pid; /* of iperf3; 0: none */
    char line[TRIAL_LINE_MAX];
    size_t line_len;
    char complaint[TRIAL_LINE_MAX]; /* of iperf3 */
};

/* ---- trial_want.c ---- */

/* One of ropewayd's list. -EBADMSG with the reason in err. */
MUST_USE int trial_want_parse(const json_t *task, struct trial_want *ret,
                              struct desired_error *err);

/* ---- trial_rows.c: what is told ---- */

/* Takes row and numbers it. */
void trial_tell(struct trial *t, json_t *row);
void trial_tell_row(struct trial *t, const struct reach_row *row);
void trial_tell_rate(struct trial *t, const struct reach_rate *rate);
/* It is over; why it came to nothing, or NULL. The first reason stays. */
void trial_end(struct trial *t, const struct words *why);

/* ---- trial_socket.c ---- */

/* A raw ICMP socket of the network namespace where it is called. */
MUST_USE int trial_socket_open(enum addr_family family, bool whole, int *ret_fd);
/* Sends one echo request. -EMSGSIZE: larger than the interface takes. */
MUST_USE int trial_socket_send(int fd, const struct trial_want *want, uint16_t ident,
                               const struct reach_probe *probe);
/* The next packet about a request of ours. -EAGAIN: none. */
MUST_USE int trial_socket_receive(int fd, const struct trial_want *want, uint16_t ident,
                                  struct reach_packet *ret);

/* ---- trial_probe.c, trial_child.c: what runs; netns is the descriptor of the namespace ---- */

/* Each ends the trial by itself, at once if it cannot begin. */
void trial_probe_start(struct trial *t, int netns);
void trial_child_start(struct trial *t, int netns);
/* The same by t->send. */
void trial_probe_begin(struct trial *t);
/* What came back for it, at this time (monotonic). */
void trial_probe_take(struct trial *t, uint64_t now_us, const struct reach_packet *packet);
/* Kills it, if there is one, and waits for its end. */
void trial_child_stop(struct trial *t);

/* ---- trial.c ---- */

/* Starts it inside of the namespace, whose name may be "" (there is none). NULL without memory. */
struct trial *trial_start(uv_loop_t *loop, const struct trial_want *want, const char *netns,
                          void (*news)(void *arg), void *arg);
/* Starts one whose requests go out by send, which gets arg, too. */
struct trial *trial_start_by(uv_loop_t *loop, const struct trial_want *want,
                             int (*send)(void *arg, struct trial *t,
                                         const struct reach_probe *probe),
                             void (*news)(void *arg), void *arg);
/* One that cannot run: it has ended, for this reason. */
struct trial *trial_refuse(uv_loop_t *loop, const struct trial_want *want, const struct words *why,
                           void (*news)(void *arg), void *arg);
/* Ends what it does, for this reason, unless it has ended. */
void trial_stop(struct trial *t, const struct words *why);
/* The same, and forgets it. The loop must run once more afterwards. */
void trial_free(struct trial *t);

#endif
