/* hosts_internal.h - the hosts behind a port (RFC 826; RFC 4861, 7): who has which address, who
 * is asked for, whom the node does not know of yet. Does no I/O, reads no clock; memory is taken
 * once. */
#ifndef ROPEWAY_DATAPLANE_HOSTS_INTERNAL_H
#define ROPEWAY_DATAPLANE_HOSTS_INTERNAL_H

#include "base.h"

#define DP_HOSTS_MAX  16384 /* known, of one network */
#define DP_WANTED_MAX 256   /* asked for and not known: of a scan no more */
#define DP_PINS_MAX   64    /* routers, which count as neither */

/* For all of them, and those that are gone and not told of. */
#define DP_HOSTS_PLACES (DP_HOSTS_MAX + DP_WANTED_MAX + 2 * DP_PINS_MAX)

#define DP_HOST_ASKS      3
#define DP_HOST_ASK_US    1000000   /* from request to request (RFC 4861, 10) */
#define DP_HOST_REST_US   10000000  /* then a router that did not answer is asked again */
#define DP_HOST_FRESH_US  10000000  /* who was heard since is not asked when packets go there */
#define DP_HOST_SILENT_US 300000000 /* who was not heard since is asked, and makes room */
#define DP_HOST_TELL_US   30000000  /* so often the node is told that a host was heard */
#define DP_HOST_SETTLE_US 1000000   /* so often that it has another MAC address */

/* Neither the first three addresses of a subnet, of which one is the gateway's, nor the last. */
bool dp_host_may_have(const struct prefix *subnet, const struct addr *a);

enum dp_host_state {
    DP_HOST_FREE,
    DP_HOST_WANTED, /* its MAC address is not known */
    DP_HOST_KNOWN,
    DP_HOST_GONE, /* the node has to be told */
};

struct dp_host {
    struct addr address;
    uint8_t mac[6];
    uint8_t state; /* enum dp_host_state */
    uint8_t asked; /* requests since it was heard */
    bool pinned;   /* a router, which stays */
    bool changed;  /* the node knows another MAC address */
    uint64_t seen_us, asked_us, told_us;
    uint32_t next;    /* in its bucket, or free: 1 + place */
    struct list age;  /* of those that are not pinned: known or wanted, oldest first */
    struct list ask;  /* requests wait for an answer, the oldest first */
    struct list news; /* the node is to be told */
};

struct dp_hosts;

/* With room for so many, DP_HOSTS_PLACES at most. -ENOMEM. */
MUST_USE int dp_hosts_new(uint32_t places, struct dp_hosts **ret);
/* NULL is fine. */
void dp_hosts_free(struct dp_hosts *hosts);

/* Wanted or known; NULL: neither. */
struct dp_host *dp_hosts_find(struct dp_hosts *hosts, const struct addr *address);
/* The router with that MAC address; NULL if there is none. */
struct dp_host *dp_hosts_router(struct dp_hosts *hosts, const uint8_t mac[6]);
/* Whether one more may be known of at most max. */
bool dp_hosts_have_room(const struct dp_hosts *hosts, uint32_t max, uint64_t now_us);

/* Somebody says that it has an address. */
struct dp_claim {
    struct addr address;
    uint8_t mac[6];
    bool weak; /* against another MAC address it does not count */
};
/* The host, known now; one that was silent for long makes room. NULL: there is none, or the claim
 * was too weak and the address is another's. */
struct dp_host *dp_hosts_hear(struct dp_hosts *hosts, const struct dp_claim *claim, uint32_t max,
                              uint64_t now_us);
/* A packet of a known host. */
void dp_hosts_seen(struct dp_hosts *hosts, struct dp_host *host, uint64_t now_us);

/* The one that is given up for the next that is wanted; NULL while there is room. */
struct dp_host *dp_hosts_crowded(struct dp_hosts *hosts);
/* A host that is not in the table. NULL: no room. */
struct dp_host *dp_hosts_want(struct dp_hosts *hosts, const struct addr *address);
/* No request waits for its answer, and the last one was a while ago. */
bool dp_host_may_be_asked(const struct dp_host *host, uint64_t now_us);
/* sent: false if the request had to be left out this time. */
void dp_hosts_asked(struct dp_hosts *hosts, struct dp_host *host, bool sent, uint64_t now_us);
/* The one whose answer is overdue for longest; NULL: none. */
struct dp_host *dp_hosts_overdue(struct dp_hosts *hosts, uint64_t now_us);
/* It does not answer. It is not in the table any more, or if pinned, wanted. */
void dp_hosts_lost(struct dp_hosts *hosts, struct dp_host *host);

/* Routes lead to these hosts, no others. Beyond DP_PINS_MAX they are hosts like all. */
void dp_hosts_pin(struct dp_hosts *hosts, const struct addr *const *addresses, size_t n);

/* Looks through a tenth of the table: whom the node hears of anew, and who is silent. */
void dp_hosts_sweep(struct dp_hosts *hosts, uint64_t now_us,
                    void (*silent)(void *arg, struct dp_host *host), void *arg);
/* All known are to be told, who went is not. */
void dp_hosts_tell_all(struct dp_hosts *hosts);
/* Somebody to tell of; NULL: nobody. */
struct dp_host *dp_hosts_news(struct dp_hosts *hosts);
/* Done; one that is gone is forgotten. */
void dp_hosts_told(struct dp_hosts *hosts, struct dp_host *host, uint64_t now_us);

/* When the next answer is overdue; UINT64_MAX: never. */
uint64_t dp_hosts_due_us(const struct dp_hosts *hosts);
/* Whether anybody is in the table. */
bool dp_hosts_any(const struct dp_hosts *hosts);
/* The place of a host, which is nobody else's while it is in the table. */
uint32_t dp_hosts_place(const struct dp_hosts *hosts, const struct dp_host *host);

#endif
