/* core.h - a whole ropeway-ike without sockets, loop or clocks: what happened goes in with the
 * time, messages to its node and its data plane come out. So a daemon, or thousands of them, can
 * run under a clock that a test moves.
 *
 * Peers of it are numbers: IKED_PLANE, and nodes from 0 on. */
#ifndef ROPEWAY_IKED_CORE_H
#define ROPEWAY_IKED_CORE_H

#include "ike.h"
#include "ipc.h"

#define IKED_NODES_MAX 4
#define IKED_PLANE     IKED_NODES_MAX
#define IKED_PEERS     (IKED_PLANE + 1)

struct iked_core;

struct iked_now {
    uint64_t monotonic_us;
    uint64_t realtime_us;
};

enum iked_event_kind {
    IKED_EVENT_OPENED, /* a connection; it is told who we are */
    IKED_EVENT_MESSAGE,
    IKED_EVENT_CLOSED,
    IKED_EVENT_TIME, /* iked_core_deadline() has come */
};

struct iked_event {
    enum iked_event_kind kind;
    unsigned peer;
    struct ipc_msg *msg; /* MESSAGE: keys in it are wiped */
};

/* msg is borrowed for the call, which may not call the core. */
typedef void iked_send_fn(void *context, unsigned peer, const struct ipc_msg *msg);

struct iked_core_options {
    uint64_t boot; /* names this life of the daemon */
    iked_send_fn *send;
    void *context;
    const struct ike_options *ike; /* may be NULL */
};

/* -ENOMEM. */
MUST_USE int iked_core_new(const struct iked_core_options *options, struct iked_core **ret);
/* Says nothing to anybody; keys are wiped. NULL is fine. */
void iked_core_free(struct iked_core *core);
/* All messages that follow from the event are sent before it returns. -EPROTO: the peer said what
 * it may not, and its connection has to be closed. */
MUST_USE int iked_core(struct iked_core *core, const struct iked_event *event,
                       const struct iked_now *now);
/* When time is an event, monotonic; UINT64_MAX: never. */
uint64_t iked_core_deadline(const struct iked_core *core);

#endif
