/* sim.h - many whole ropeway-ikes under one clock: each with a data plane that only keeps SAs and
 * carries packets of a number and a key, over a network that loses, delays, doubles, changes and
 * forgets. All chance comes from one seed: the same seed is the same run.
 *
 * A link is a tunnel that two daemons have with one another; each has an end of it. What must
 * always hold is looked at after each event (check.c), what must hold when nothing happens any more
 * at the end. */
#ifndef ROPEWAY_SIM_H
#define ROPEWAY_SIM_H

#include "core.h"

#include <stdio.h>

#define SIM_MS     UINT64_C(1000)
#define SIM_SECOND UINT64_C(1000000)

struct sim;
struct sim_end;

/* ---- chance (chance.c) ---- */

uint64_t sim_random(struct sim *sim);
/* Below n. */
uint64_t sim_below(struct sim *sim, uint64_t n);
bool sim_percent(struct sim *sim, unsigned percent);

/* ---- what will happen (queue.c) ---- */

struct sim_event {
    uint64_t at_us;
    uint64_t order; /* among those of one time */
    void (*happen)(struct sim *sim, struct sim_event *event);
    void *what; /* happen's to free; drop() frees what never happens */
    void (*drop)(void *what);
    uint64_t number;
};

struct sim_queue {
    struct sim_event *heap;
    size_t n, cap;
    uint64_t made;
};

void sim_later(struct sim *sim, uint64_t after_us, const struct sim_event *event);
bool sim_next(struct sim *sim, struct sim_event *ret);
void sim_queue_done(struct sim_queue *queue);

/* ---- data planes (plane.c) ---- */

struct sim_sa {
    uint8_t direction;
    uint32_t spi, pair;
    uint64_t key; /* a hash of its keys */
    struct endpoint local, remote;
    uint64_t used_us;
};

/* One end's packet, as the network carries it. */
struct sim_esp {
    struct sim_end *to;
    struct endpoint from, at;
    uint32_t spi;
    uint64_t key;
    uint64_t sent_us;
};

struct sim_daemon;

void sim_plane_take(struct sim_daemon *daemon, const struct ipc_msg *msg);
/* All SAs are gone, as when it is restarted. */
void sim_plane_forget(struct sim_daemon *daemon);
/* What the outbound traffic takes; NULL. */
const struct sim_sa *sim_plane_out(const struct sim_end *end);
const struct sim_sa *sim_plane_in(const struct sim_end *end, uint32_t spi, uint64_t key);
/* Each end sends a packet now and then. */
void sim_plane_begin_traffic(struct sim *sim);
void sim_plane_arrive(struct sim *sim, struct sim_esp *esp);
/* It says HELLO, and what it has. */
void sim_plane_connect(struct sim_daemon *daemon);

/* ---- the network (net.c) ---- */

struct sim_net {
    unsigned loss_percent, twice_percent, change_percent, replay_percent;
    uint64_t delay_us, jitter_us;
    uint64_t sent; /* datagrams of IKE */
};

void sim_net_ike(struct sim_daemon *from, const struct ipc_datagram *datagram);
void sim_net_esp(struct sim_daemon *from, const struct endpoint *local,
                 const struct endpoint *remote, const struct sim_esp *esp);
/* Where a daemon is seen by others. */
struct addr sim_net_address(const struct sim_daemon *daemon, unsigned path);

/* ---- daemons and their nodes (daemon.c) ---- */

#define SIM_NAT_PORTS 8

struct sim_nat {
    bool there;
    unsigned n;
    struct {
        uint16_t inner, outer;
        uint64_t used_us;
    } ports[SIM_NAT_PORTS];
};

struct sim_daemon {
    struct sim *sim;
    unsigned number;
    struct iked_core *core;
    uint64_t boot;
    uint64_t tick_us;  /* of the tick in the queue; UINT64_MAX: none */
    uint64_t clock_us; /* real time is so far ahead */
    struct sim_nat nat;
    uint64_t plane_boot;
    bool plane_there; /* it said HELLO */
    uint64_t generation;
};

struct sim_end {
    struct sim_link *link;
    struct sim_daemon *at;
    unsigned number; /* 0 or 1 */
    bool configured, admin_up;
    bool changed; /* another order of ciphers for children */
    uint8_t key;  /* which PSK */
    uint8_t key_before;
    uint64_t key_until_us; /* real time of its daemon: that one counts; 0: there is none */
    uint8_t state;         /* enum ipc_oper_state */
    char error[IPC_TEXT_MAX];
    char algs[IPC_TEXT_MAX / 4];
    struct sim_sa *sas; /* in the order of adding */
    size_t n_sas, cap_sas;
    uint64_t told_us; /* of an unknown SPI */
};

struct sim_link {
    unsigned number, path;
    struct sim_end ends[2];
    bool cut[2];          /* nothing comes from that end */
    uint64_t troubled_us; /* the last time that something happened that may take it down */
    bool was_up, touched, agreed;
    uint64_t settled_us; /* up at both ends without trouble since; 0: it is not */
    uint64_t lives;
};

void sim_daemon_start(struct sim_daemon *daemon);
void sim_daemon_stop(struct sim_daemon *daemon);
/* Gives it something, and looks at what came of it. */
void sim_daemon_happen(struct sim_daemon *daemon, enum iked_event_kind kind, unsigned peer,
                       struct ipc_msg *msg);
/* Tells it its whole configuration, or of one tunnel what is now. */
void sim_node_configure(struct sim_daemon *daemon);
void sim_node_change(struct sim_end *end);
/* Another key; the one before counts for a while. */
void sim_node_change_key(struct sim_end *end, uint8_t key);
void sim_node_command(struct sim_end *end, enum ipc_ike_action action);
struct sim_end *sim_end_of(struct sim_daemon *daemon, const char *tunnel);

/* ---- what must hold (check.c) ---- */

/* What both ends prefer. */
#define SIM_BEST "aes256gcm16-sha256-curve25519"

/* Something of it is another: it is checked after this event. */
void sim_touch(struct sim_link *link);
/* It may be down for a while from now on, for a reason. */
void sim_trouble(struct sim_link *link);
void sim_check_status(struct sim_end *end, const struct ipc_ike_status *status);
void sim_check_link(struct sim_link *link);
/* They have the same key, or one of them has another and takes the one before as well. */
bool sim_keys_meet(const struct sim_link *link);
/* A packet that was not lost came to nobody. */
void sim_check_unknown(struct sim *sim, const struct sim_esp *esp);
/* Nothing has happened for long. Some seconds of each life have a pair of before: the ends have to
 * agree at one of several times. */
void sim_note_rest(struct sim *sim);
void sim_check_rest(struct sim *sim);
/* With --verbose. */
void sim_say(const struct sim *sim, const struct sim_link *link, const char *what);
void sim_fail(const struct sim *sim, const struct sim_link *link, const char *what);

/* ---- the run (sim.c) ---- */

struct sim_options {
    uint64_t seed;
    unsigned daemons, links;
    unsigned loss_percent;
    uint64_t trouble_every_us; /* per link, about */
    uint64_t for_us;
    bool verbose;
};

struct sim {
    struct sim_options options;
    uint64_t now_us;
    uint64_t state; /* of chance */
    struct sim_queue queue;
    struct sim_net net;
    struct sim_daemon *daemons;
    struct sim_link *links;
    struct sim_link **touched; /* to be looked at after this event */
    size_t n_touched;
    unsigned cuts;
    bool calm; /* nobody makes trouble any more */
    bool failed;
    uint64_t events;
};

struct sim_result {
    uint64_t lives, events, datagrams;
};

/* False if something that must hold did not; it was said what. */
bool sim_run(const struct sim_options *options, struct sim_result *ret);

/* ---- trouble (trouble.c) ---- */

void sim_trouble_begin(struct sim *sim);
/* All is as it was at the beginning, and stays so. */
void sim_trouble_end(struct sim *sim);

#endif
