/* node_internal.h - what the node knows while it runs. Private to the node room.
 *
 * Everything happens on one event loop. Pages of the desired state (stream.c) go into the set of
 * objects, and what they change is noted in tunnels, instances and packet tables (merge.c). A few
 * milliseconds later all of it is carried out at once (node.c): cloud addresses, the data plane
 * (dataplane_link.c), IKE (ike_link.c), then instances one after the other (machine.c). Answers and
 * events change the same things; carry.c knows how far the desired state has been carried out,
 * status.c puts an object's state into words, report.c tells ropewayd what has changed. */
#ifndef ROPEWAY_NODE_INTERNAL_H
#define ROPEWAY_NODE_INTERNAL_H

#include <jansson.h>
#include <uv.h>

#include "hosts.h"
#include "http.h"
#include "identity.h"
#include "instance.h"
#include "links.h"
#include "ipc_stats.h"
#include "node.h"
#include "objects.h"
#include "peer.h"
#include "speaker.h"
#include "tables.h"
#include "trial.h"

#define NODE_LOG_LINES 50  /* kept per tunnel */
#define NODE_ERROR_MAX 256 /* of a reason, written (words.h) */

/* A tunnel or private interface that is switched off is left first (drain.c). */
struct node_leaving {
    struct list link; /* of those that are left */
    bool line;        /* of a struct node_instance; else of a struct node_tunnel */
    uint8_t drain;    /* enum node_drain, and until when (monotonic) */
    uint64_t until_us;
};

#define NODE_PROBE_COUNTS (IPC_TUNNEL_COUNTERS - IPC_TUNNEL_PROBES_ANSWERED)

/* What the probes of the last round found. */
struct node_measured {
    uint64_t then[NODE_PROBE_COUNTS]; /* a round ago */
    uint64_t rtt_us;                  /* 0: no probe was answered */
    uint64_t jitter_us;
    int loss_percent;                          /* rounded up; -1: there were no probes that count */
    int loss_there_percent, loss_back_percent; /* of a peer that is a Ropeway, likewise */
};

/* An instance, or a private interface or real network (line_state.c). */
struct node_instance {
    struct name_link link; /* by id */
    struct list all;
    struct object *object; /* of the desired state; NULL: it is to be removed */
    struct desired_instance want;
    struct name_link device; /* in the map of interfaces that are taken */
    bool wanted;             /* is in the desired state, and in order */
    bool checked;            /* compared with the machine since it came or changed */
    struct list check;       /* in the queue of those to be compared */
    bool ready;              /* the machine has it as wanted */
    bool new_tap;            /* since the data plane got its descriptor */
    int index; /* of the interface it is attached to, and what that carries; 0: not so */
    uint16_t mtu;
    uint64_t port_since; /* generation of the first data plane sync with its port; 0: none yet */
    char error[INSTANCE_ERROR_MAX];
    /* Of a private interface or real network: */
    uint64_t since_us; /* when it last went up or down; 0: not yet */
    bool shown_up;
    /* Of a private interface: */
    uint8_t probed; /* enum ipc_probe_state, as the data plane said last */
    struct node_measured measured;
    struct node_leaving leaving;
};

struct node_log_line {
    uint64_t at_us;
    uint8_t level; /* enum ipc_log_level */
    char *text;    /* owned */
};

struct node_tunnel {
    struct name_link link; /* by id */
    struct list all;
    struct object *object; /* of the desired state; NULL: it goes, or is not known to be wanted */
    struct desired_tunnel want;
    bool wanted;                /* is in the desired state, and in order */
    char error[NODE_ERROR_MAX]; /* why it is not, if its object is in order */

    struct ipc_ike_tunnel sent; /* what IKE has, while sent_up */
    bool sent_up;
    uint64_t ike_since; /* generation of the first IKE sync with what is wanted */
    uint64_t
        off_since;     /* generation of the first data plane sync without its traffic; 0: carries */
    uint64_t on_since; /* generation of the first one with it; 0: none yet */
    struct list turning;                 /* its state waits for the answer to a sync */
    struct list dp_changed, ike_changed; /* it goes with the next sync */

    bool has_status;
    struct ipc_ike_status status;
    size_t n_log;                    /* lines ever written; the newest NODE_LOG_LINES are kept */
    size_t n_log_said, n_log_saying; /* lines that ropewayd has, and will have */
    struct node_log_line *log;       /* NULL: none yet */

    struct node_leaving leaving;

    uint8_t shown; /* enum ipc_oper_state as last reported, and since when */
    uint64_t shown_since_us;
    uint64_t narrowed_warned_us;
    char narrowed[IPC_TEXT_MAX]; /* what its peer did not agree to (selectors.h); "" all is well */

    uint64_t counters[IPC_TUNNEL_VALUES]; /* as last read, and since when they count */
    uint64_t counters_boot;
    unsigned slot;       /* where the data plane keeps them, as far as is known */
    bool counted;        /* they have moved since they were told */
    uint8_t probed;      /* enum ipc_probe_state, as the data plane said last */
    uint8_t probed_peer; /* enum ipc_probe_peer, likewise */
    struct node_measured measured;
    struct ipc_ike_liveness liveness; /* as ropeway-ike said last, in which life */
    uint64_t liveness_boot;
    struct ipc_ike_liveness liveness_told; /* as ropewayd was told last, and when (monotonic) */
    uint64_t liveness_told_us;
};

struct node_dataplane {
    struct peer peer;
    bool knows_holds;               /* all DP_HOLDS came: it can be configured */
    struct name_map sockets, ports; /* what it has a descriptor for */
    bool due;                       /* something changed since the last sync */
    uint8_t whole;                  /* enum ipc_part: what the next sync is to name all of */
    bool unsure;                    /* what it has of the packet tables is not known */
    struct list changed;            /* tunnels since the last sync */
    bool under_way;                 /* the last sync is not answered */
    uint64_t generation;            /* of the last sync sent */
    uint64_t done;                  /* of the last one answered */
    uint64_t clean;                 /* of the last one that did all */
    struct list turning;            /* tunnels whose state the next answer changes */
    uint32_t failed;
    char error[IPC_TEXT_MAX];
    char open_error[NODE_ERROR_MAX]; /* why a descriptor could not be opened for the last sync */
    struct ipc_stats_map *stats;
    bool slots_due; /* tunnels may have come, or have other slots */
};

struct node_ike {
    struct peer peer;
    bool due;            /* a tunnel changed since the last sync */
    bool whole;          /* the next sync is to name all tunnels */
    struct list changed; /* tunnels since the last sync, and those that wait */
    uint64_t generation;
    uint64_t whole_at;         /* generation of the last sync that named all */
    uint64_t done;             /* generation of the last sync answered */
    uint64_t waiting_since_us; /* a tunnel's SAs wait for its traffic to be off; 0: none */
    uint32_t failed;
    char error[IPC_TEXT_MAX];
};

/* A version of the desired state on its way. */
struct node_mark {
    bool set;
    char epoch[OBJECT_EPOCH_MAX];
    uint64_t version;
    uint64_t dataplane, ike; /* generations whose answers it waits for */
};

struct node_carry {
    struct node_mark awaited, next;
    char epoch[OBJECT_EPOCH_MAX]; /* what has been carried out */
    uint64_t version;
    struct list unsettled; /* objects that came and were not seen carried out since */
};

struct node_report {
    char epoch[32];
    uint64_t sequence; /* of the report to be sent next, from 1 */
    bool under_way, again;
    bool outdated;                   /* the one under way belongs to an epoch that is over */
    uint64_t counted_us;             /* when all counters were read; 0: ropewayd knows */
    uint64_t saying_counted_us;      /* the same, as the report under way says it; 0: it does not */
    struct list due, sent;           /* objects to be looked at; in the report under way */
    struct name_map gone;            /* keys that ropewayd does not know are gone */
    struct list gone_due, gone_sent; /* the same in order */
    char said_epoch[OBJECT_EPOCH_MAX], saying_epoch[OBJECT_EPOCH_MAX]; /* carried out */
    uint64_t said_version, saying_version;
};

struct node_api {
    struct http *http;
    uv_timer_t retry;
    char id[IPC_ID_MAX]; /* of the node; "" while it has no credential */
    unsigned backoff_ms;
    unsigned differences; /* pages in a row after which the digest was another */
    bool away;            /* the last call failed: log the next change */
};

/* Connectivity tests. */
struct node_trials {
    struct list all;      /* that ropewayd names */
    char life[17];        /* of this process: what runs is not run again by the next one */
    char at[32];          /* where ropewayd's list stood; "": none came */
    uv_timer_t report_at; /* a report that is due */
    bool under_way;
    uint64_t failing_since_us; /* no report arrives; 0: all is well */
};

struct node_join {
    struct identity identity;
    struct buf key; /* of the join under way */
    uv_timer_t retry, renew;
    unsigned backoff_ms;
    bool renewal_failed;     /* the last one */
    char said[HTTP_WHY_MAX]; /* why joining failed, as last logged */
};

struct node {
    const struct node_config *config;
    char run_dir[PEER_PATH_MAX];
    uv_loop_t loop;
    uv_signal_t sigterm, sigint;
    uv_timer_t tick;      /* while a peer is away or something waits for the data plane */
    uv_timer_t periodic;  /* every 10 s: look at everything again, report */
    uv_timer_t audit;     /* seldom: the other programs are told everything again */
    uv_timer_t work;      /* goes through the instances */
    uv_timer_t report_at; /* a status that is due */
    uv_timer_t carry_at;  /* changes that are due */
    uv_timer_t retry;     /* something failed: look again before the next period */
    uv_timer_t drain_at;  /* what is left goes one step on */
    struct list draining; /* struct node_leaving */
    void (*drain_went_on)(struct node *node, struct node_leaving *l);

    bool has_desired;         /* a whole listing came */
    uint64_t settle_until_us; /* monotonic; 0: settled once and for all */
    struct objects set;
    struct tables tables;
    uint64_t tables_seen; /* tables.changes when tunnels were last looked at for it */
    struct addr *cloud;   /* sorted */
    size_t n_cloud;
    bool cloud_due;
    struct name_map by_tunnel, by_instance, by_device;
    struct list tunnels, instances;
    struct list to_check; /* instances to be compared with the machine */
    size_t n_fresh;       /* of them those that came or changed */
    bool scan_due;        /* leftovers on this machine are to be looked for */
    bool ports_changed;
    char cloud_error[NODE_ERROR_MAX];
    char scan_error[NODE_ERROR_MAX];

    struct node_dataplane dataplane;
    struct node_ike ike;
    struct node_carry carry;
    struct node_report report;
    struct node_trials trials;
    struct learned learned;
    struct hosts hosts;
    struct speakers speakers;
    struct links links;
    struct node_join join;
    struct node_api api;
    struct ipc_msg msg; /* being sent: too large for the stack */
};

/* ---- node.c ---- */

/* Something of the desired state changed: it is carried out in a moment, with what else changes
 * until then. */
void node_carry_soon(struct node *node);
/* All pages there are have come. */
void node_settle(struct node *node);
/* What was first desired is under way for less than a second: a status
 * would show tunnels and instances as gone that a node before us left in good order. */
bool node_is_settling(struct node *node);
/* Something that an operator sees has changed: a report goes out in a moment. */
void node_report_soon(struct node *node);
/* Something failed that may work in a second. */
void node_retry_soon(struct node *node);
/* Keeps the tick going while it is needed. */
void node_tick_if_needed(struct node *node);

/* ---- things.c: tunnels and instances by id ---- */

struct node_tunnel *node_find_tunnel(const struct node *node, const char *id);
/* The same, made if need be. NULL without memory. */
struct node_tunnel *node_tunnel_for(struct node *node, const char *id);
/* The one that another program tells of. It tells all it has when we connect, which after a restart
 * is before we know what is desired, and does not tell again what does not change: until then there
 * is one of any name. NULL: it is not ours. */
struct node_tunnel *node_told_tunnel(struct node *node, const char *id);
void node_free_tunnel(struct node *node, struct node_tunnel *t);
/* Forgets tunnels that are neither desired nor still known to IKE. */
void node_forget_tunnels(struct node *node);
/* Copies the line. */
void node_log_line(struct node_tunnel *t, const struct ipc_ike_log *line);
struct node_instance *node_find_instance(const struct node *node, const char *id);
struct node_instance *node_instance_for(struct node *node, const char *id);
/* A private interface that the data plane tells of, as node_told_tunnel(). */
struct node_instance *node_told_line(struct node *node, const char *id);
/* Forgets those that nobody desires. */
void node_forget_lines(struct node *node);
void node_free_instance(struct node *node, struct node_instance *i);

/* ---- drain.c: what is switched off is left by its traffic first ---- */

/* What is wanted of the tunnel has just been found out: while it is left it stays up. */
void drain_look(struct node *node, struct node_tunnel *t, bool with_bgp);
/* It goes as it is. */
void drain_end(struct node_leaving *l);
/* The same of a private interface that is to be in use or not. */
void drain_look_line(struct node *node, struct node_instance *i, bool admin_up);
bool drain_is_left(const struct node_leaving *l);

/* ---- merge.c ---- */

/* The networks that its peer is to be offered are found out again, if it is to be offered any. */
void merge_networks(struct node *node, struct node_tunnel *t);
/* What is wanted of the tunnel is found out again. */
void merge_tunnel(struct node *node, struct node_tunnel *t);
void merge_line(struct node *node, struct node_instance *i);

/* Takes a page of the desired state: -EBADMSG, -ENOENT and -ENOMEM as objects_take(). */
MUST_USE int merge_page(struct node *node, const json_t *page, struct objects_page *ret,
                        struct desired_error *err);
/* The cloud addresses of the set into node->cloud. */
MUST_USE int merge_cloud(struct node *node);

/* ---- line_state.c: private interfaces and real networks ---- */

bool line_is(const struct node_instance *i);
bool network_is(const struct node_instance *i);
/* One or the other: it follows its interface. */
bool wire_is(const struct node_instance *i);
/* What its port is to be, out of its object and its gateway's. False: not yet. */
bool line_derive(const struct node *node, const struct node_instance *i,
                 const struct desired_line *line, struct desired_instance *ret);
/* Whether packets pass: -1 if that is not known yet. */
int line_carries(const struct node_instance *i);
/* And static routes may lead there: it is not being left, nor has its router missed the last
 * probes. */
int line_takes_routes(const struct node_instance *i);
/* Its router has answered probes before, and does no more. */
bool line_is_silent(const struct node_instance *i);
/* It takes traffic in full: the data plane has it, too. */
bool wire_is_up(const struct node *node, const struct node_instance *i);

/* ---- network_state.c ---- */

/* How many hosts of a real network count against its limit: routers that routes lead to do not. */
size_t network_hosts(const struct node *node, const char *id, const char *vpc);

/* ---- carry.c ---- */

/* All of the set is handed over, or will be with the next sync. */
void carry_handed(struct node *node);
/* An answer came, or an instance was looked at: how far is it? */
void carry_look(struct node *node);
/* The machine's part led to another sync of the data plane, which is part of it. */
void carry_extend(struct node *node);
/* Whether the object as it came last is not carried out, and why; "" if it only takes time. */
bool carry_is_pending(const struct node *node, const struct object *o, char error[IPC_TEXT_MAX]);
/* Names a configuration of a tunnel for IKE. Versions begin anew with each epoch, and IKE outlives
 * both: so the epoch has a share in it. */
#define CARRY_VERSION_BITS 40
#define CARRY_VERSION_MASK ((1ULL << CARRY_VERSION_BITS) - 1)
uint64_t carry_config(const char *epoch, uint64_t version);
/* The version of it that is in force; 0: none, or it is not known. */
uint64_t carry_in_force(const struct node *node, const struct object *o, bool pending);

/* ---- dataplane_link.c ---- */

MUST_USE int dataplane_link_init(struct node *node);
void dataplane_link_done(struct node *node);
/* Sends the configuration: all of it to a data plane that has just come, and after a failure, else
 * what changed. It stays due while the last one is not answered, the data plane is away or there is
 * no desired state: an empty one would take a running gateway down. Only the one that has brought
 * the tables up to date calls it; others say that it is due. */
void dataplane_link_sync(struct node *node);
/* The tunnel changed or goes. */
void dataplane_link_changed(struct node *node, struct node_tunnel *t);
/* The generation of the next sync, for what has just changed. */
uint64_t dataplane_link_next(const struct node *node);
/* Its traffic is off for certain. */
bool dataplane_link_is_off(const struct node *node, const struct node_tunnel *tunnel);
/* The data plane has it in its flow hash as soon as there are SAs. */
bool dataplane_link_is_on(const struct node *node, const struct node_tunnel *tunnel);
/* It has the sockets of this cloud address. */
bool dataplane_link_holds(const struct node *node, const struct addr *cloud);

/* ---- dataplane_holds.c: what the data plane has a descriptor for ---- */

bool holds_socket(const struct node_dataplane *dp, const struct endpoint *local);
bool holds_port(const struct node_dataplane *dp, const char *id);
void holds_note_socket(struct node_dataplane *dp, const struct endpoint *local);
void holds_note_port(struct node_dataplane *dp, const char *id);
void holds_forget(struct node_dataplane *dp);
/* What the next sync leaves out the data plane lets go of: when it is wanted again, it is sent
 * again. */
void holds_forget_sockets(struct node *node);
void holds_forget_ports(struct node *node);

/* ---- ike_link.c ---- */

MUST_USE int ike_link_init(struct node *node);
void ike_link_done(struct node *node);
/* The same for IKE, which has tunnels only. */
void ike_link_sync(struct node *node);
void ike_link_changed(struct node *node, struct node_tunnel *t);
/* The generation of the next sync, for what has just changed. */
uint64_t ike_link_next(const struct node *node);
/* The data plane answered or went away: tunnels whose traffic is off now can be taken down. */
void ike_link_traffic_is_off(struct node *node);
/* The data plane went away. */
void ike_link_keys_are_gone(struct node *node);

/* ---- machine.c ---- */

/* Compares all instances with the machine, also those that were in order before, and looks for
 * leftovers. */
void machine_audit(struct node *node);
/* The instance came or changed. */
/* Hears of interfaces that go up or down. */
void machine_listen(struct node *node);
/* What is wanted of a private interface, or its interface, has changed: routes and BGP follow. */
void machine_follow(struct node *node, struct node_instance *i);
void machine_check(struct node *node, struct node_instance *i);
/* Goes on with those that are to be compared. */
void machine_start(struct node *node);
void machine_cloud(struct node *node);
/* Takes it out of the queue. */
void machine_forget(struct node *node, struct node_instance *i);

/* ---- status.c ---- */

/* What ropewayd is told of the object's state, new; NULL for types that have none, and without
 * memory. */
json_t *status_of(struct node *node, const struct object *o, uint64_t now_us);
/* The counters of a tunnel, and those lines of its log that ropewayd does not have. New. */
json_t *status_counters(const struct node_tunnel *t);
/* The same of an instance or an attachment. */
json_t *status_counts(const struct object_counts *c);
/* When the last good packet came, if one did; now in wall-clock microseconds. */
void status_add_last_packet(const struct node_tunnel *t, uint64_t now_us, json_t *status);
/* What probes measured; state is an enum ipc_probe_state. */
void status_add_probes(uint8_t state, uint8_t peer, const struct node_measured *m, json_t *status);
void status_add_liveness(const struct node_tunnel *t, json_t *status);
json_t *status_log(const struct node_tunnel *t);
/* Of the whole node. New. */
json_t *status_node(const struct node *node);
/* A text of other programs. New. */
json_t *status_text(const char *text);
json_t *status_time(uint64_t us);

/* ---- counters.c ---- */

/* Reads the counters of a tunnel. */
void counters_read(struct node *node, struct node_tunnel *t);
/* Reads those of all tunnels, instances and attachments, and has those told that moved since they
 * were. */
void counters_report(struct node *node, uint64_t now_us);

/* ---- report.c ---- */

void report_init(struct node *node);
void report_done(struct node *node);
/* The next report begins a new epoch with all there is. */
void report_reset(struct node *node);
/* The object's state may have changed. */
void report_due(struct node *node, struct object *o);
void report_all_due(struct node *node);
void report_tunnels_due(struct node *node);
/* It is about to be freed. */
void report_gone(struct node *node, struct object *o);
/* The text of the next report into ret; what it says is under way until report_sent(). Returns
 * false without memory. */
bool report_next(struct node *node, uint64_t now_us, struct buf *ret);
/* How the report under way fared: status 0 if there was no answer. */
void report_sent(struct node *node, int status);
/* Something is left to be told at once. */
bool report_has_more(const struct node *node);

/* ---- stream.c ---- */

/* Asks for the desired state. */
void stream_poll(struct node *node);
/* Sends a report now, or right after the one under way. */
void stream_report(struct node *node);

/* ---- trial_link.c ---- */

MUST_USE int trials_init(struct node *node);
void trials_done(struct node *node);
/* What ropewayd is told of the list that the node has: "&tests=LIFE:AT". */
#define TRIALS_QUERY_MAX 64
void trials_query(const struct node *node, char ret[TRIALS_QUERY_MAX]);
/* Takes ropewayd's list, in a page of the desired state: starts what is new, ends what is not in it
 * any more. NULL: the page has none. */
void trials_take(struct node *node, const json_t *list);
/* Begins one from the inner address of a tunnel (trial_tunnel.c). */
struct trial *trials_begin_tunnel(struct node *node, const struct trial_want *want,
                                  void (*news)(void *arg));
/* What the data plane says of an echo request. */
void trials_echoed(struct node *node, const struct ipc_echoed *echoed);

/* ---- join.c ---- */

/* -EBUSY while another node uses the state directory. */
MUST_USE int join_init(struct node *node);
void join_done(struct node *node);
/* Sees to it that the node has a credential; then calls api_joined(). */
void join_start(struct node *node);
/* ropewayd refused the credential (401) to whoever waits for the desired state, who waits no more:
 * the node joins anew, and api_joined() is called again. */
void join_again(struct node *node, const char *why);

/* ---- api.c ---- */

MUST_USE int api_init(struct node *node);
void api_done(struct node *node);
void api_start(struct node *node);
/* The node has a credential, the first or another: node->api.id says who it is. */
void api_joined(struct node *node);
/* An answer came that shows ropewayd in order. */
void api_note_success(struct node *node);
/* It did not: tries again after a pause. */
void api_note_failure(struct node *node, const char *what, const struct http_answer *answer);
/* Asks for the desired state after a pause that grows. */
void api_retry_later(struct node *node);
MUST_USE int api_request(struct node *node, const char *method, const char *path, const char *body,
                         unsigned timeout_s, http_done *done);

#endif
