/* hosts_internal.h - one host, for hosts.c and hosts_report.c. */
#ifndef ROPEWAY_NODE_HOSTS_INTERNAL_H
#define ROPEWAY_NODE_HOSTS_INTERNAL_H

#include "hosts.h"

struct host_network {
    struct name_link link; /* by id */
    struct list hosts;     /* also those that are gone */
    size_t count;          /* without these */
    char id[IPC_ID_MAX];
};

struct host {
    struct name_link link;
    struct list all;  /* of its network */
    struct list told; /* in the list of those to be told, or in the report under way */
    struct host_network *of;
    struct addr address;
    uint8_t mac[6];
    bool gone;
    bool refreshed; /* since it was told */
    bool reported;  /* stood in a report: ropewayd may know of it */
    uint64_t seen_us;
    char name[IPC_ID_MAX + ADDR_TEXT_MAX];
};

/* One that is gone, and its network with the last. */
void host_free(struct hosts *h, struct host *one);

#endif
