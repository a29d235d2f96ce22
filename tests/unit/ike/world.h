/* world.h - two IKE machines in one process: a network that loses, delays, repeats and reorders, a
 * data plane that only remembers, and a clock turned by hand. Invariants are checked as it runs. */
#ifndef ROPEWAY_TEST_WORLD_H
#define ROPEWAY_TEST_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ike.h"

#include "../said.h"

#define MS            UINT64_C(1000)
#define SECOND        UINT64_C(1000000)
#define WORLD_SAS     256
#define WORLD_PACKETS 4096
#define WORLD_TUNNELS 8

/* One half of a child SA as the data plane was given it. */
struct plane_sa {
    bool there;
    uint64_t order;   /* of adding: the newest outbound one carries the traffic */
    uint64_t packets; /* of ESP; when they come to the soft limit that is told */
    uint64_t last_us; /* last ESP packet in; the first one was told of */
    char tunnel[IKE_TUNNEL_ID_MAX];
    struct ike_esp_sa sa;
};

struct node {
    struct ike *ike;
    struct addr address;
    struct plane_sa plane[WORLD_SAS];
    bool plane_refuses;  /* answers SA_ADD with -ENOSPC */
    bool plane_mute;     /* does not answer at all */
    bool esp_deaf;       /* no ESP reaches it */
    bool esp_silent;     /* sends none */
    bool deaf;           /* nothing reaches it: its daemon is dead */
    struct addr seen_as; /* its datagrams come from there, if set */
    unsigned adds, dels, moves, statuses, logs, queries;
    struct ike_status told;    /* at the last IKE_ACTION_STATUS */
    struct ike_liveness alive; /* at the last IKE_ACTION_LIVENESS */
    unsigned livenesses;
    unsigned esp_sent, esp_lost, esp_no_sa;
    bool bare;        /* its last outbound SA was deleted by what is being done */
    char said[16384]; /* the lines of its log, written, until it is full */
    bool was_up;      /* for the watcher's own use */
};

struct packet {
    bool used;
    uint64_t at_us;
    uint64_t order;
    int to; /* index of the node */
    struct endpoint local;
    struct endpoint remote;
    size_t len;
    uint8_t *data;
    /* an ESP packet instead */
    uint32_t esp_spi;
    uint8_t esp_key[IKE_ESP_KEY_MAX];
};

struct world {
    bool show; /* IKE_TEST_LOG in the environment: tells what happens */
    uint64_t now_us;
    uint64_t random;
    struct node nodes[2];
    struct packet packets[WORLD_PACKETS];
    size_t high; /* none is used from there on */
    uint64_t order;
    uint64_t delay_us;
    uint64_t jitter_us;
    unsigned loss_percent; /* of IKE datagrams */
    unsigned dup_percent;
    uint16_t closed_port;  /* a firewall drops what goes there, if set */
    uint64_t esp_every_us; /* both ends send ESP that often; 0 = never */
    uint64_t esp_next_us;
    uint64_t esp_since_us; /* when it was started */
    uint64_t sent;         /* IKE datagrams */
    /* Sees each datagram; false = it is lost. */
    bool (*filter)(struct world *w, int from, const uint8_t *data, size_t len);
    int filter_arg;
    int filter_count;
    void (*check)(struct world *w); /* looks on after each event */
};

struct world *world_new(uint64_t seed);
void world_free(struct world *w);
uint64_t world_random(struct world *w);
/* A working configuration of tunnel 0 of that node; the other node's fits. */
struct ike_tunnel_config world_config(const struct world *w, int node);
void world_set(struct world *w, int node, const struct ike_tunnel_config *config);
/* Both nodes get their tunnel, at the same moment. */
void world_set_both(struct world *w);
/* Lets time pass. */
void world_run(struct world *w, uint64_t duration_us);
/* Until both are up; fails the test after limit_us. */
void world_run_until_up(struct world *w, uint64_t limit_us);
/* Both ends configured, up and at rest. */
struct world *world_new_up(uint64_t seed);
/* Both ends send ESP that often from now on, counted afresh. */
void world_start_esp(struct world *w, uint64_t every_us);
void world_assert_nothing_lost(const struct world *w);
/* The SPI of an SA that is there; 0 = none. */
uint32_t world_spi(const struct world *w, int node, int direction);
/* What was queued by a call from outside. */
void world_collect(struct world *w, int node);
struct ike_status world_status(const struct world *w, int node);
/* Its last error in English; good for a few calls. */
const char *world_error(const struct world *w, int node);
/* It has this code, or one in its arguments has, and its English holds that. */
void world_assert_error(const struct world *w, int node, const char *code, const char *part);
/* Its log has a line with this code. */
void world_assert_logged(const struct world *w, int node, const char *code);
bool world_is_up(const struct world *w, int node);
/* Halves there; direction 0 = both. */
unsigned world_count(const struct world *w, int node, int direction);
/* Would an ESP packet from that node be taken by the other one right now? */
bool world_flows(const struct world *w, int from);
/* After quiet: exactly one pair at each end, and they match. */
void world_assert_one_pair(struct world *w);
void world_assert_nobody_sends(const struct world *w);
/* The daemon of a node dies and comes back; its data plane forwards on. */
void world_restart_ike(struct world *w, int node);
/* The data plane of a node dies and comes back empty. */
void world_restart_plane(struct world *w, int node);
void world_command(struct world *w, int node, enum ike_command command);

#endif
