/* hosts.h - the hosts of real networks, as nodes report them: a set (heard.h) for each network.
 *
 * Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_HOSTS_H
#define ROPEWAY_CONTROL_HOSTS_H

#include "heard.h"

#define HOSTS_LIMIT_MAX 16384 /* of one network, whatever its hostLimit */

/* An entry that is not taken, by the key it has in "refused". */
typedef void hosts_refuse(void *arg, const char *key, enum words_code why);

/* The member "hosts" of a report (hosts_take.c); live lock held. -ENOMEM: part of it is missing. */
MUST_USE int hosts_take(struct region *r, struct node_state *n, const struct model_in *hosts,
                        hosts_refuse *refuse, void *arg);

/* ---- sets ---- */

struct host {
    struct addr address;
    uint8_t mac[6];
    uint64_t seen_us;
};

struct heard_edit hosts_begin(struct region *r, const char *node);
/* Into the open set. -ENOMEM. */
MUST_USE int hosts_put(struct heard_edit *e, const struct host *host);
MUST_USE int hosts_remove(struct heard_edit *e, const struct addr *a);
/* After a commit: sets of networks that are gone or on another node. */
void hosts_forget(struct region *r, const struct snapshot *s, const struct plan_change *changes,
                  size_t count);

const char *hosts_format_mac(const uint8_t mac[6], char buf[PLAN_MAC_MAX]);
/* False: the set has none with this address. */
bool hosts_find(const struct heard_set *set, const struct addr *a, char ret_mac[PLAN_MAC_MAX]);
/* Calls take with each in the order of addresses, from this one on (NULL: from the first), until it
 * answers other than 0, which is returned. */
int hosts_each(const struct heard_set *set, const struct addr *from,
               int (*take)(void *arg, const struct host *host), void *arg);

#endif
