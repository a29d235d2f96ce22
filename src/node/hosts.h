/* hosts.h - the hosts of real networks, as the data plane tells of them, and what ropewayd has been
 * told of these (docs/protocol.md, "Status"). Does no I/O and reads no clock. Private to the node
 * room.
 *
 * One that is gone stays until ropewayd knows. When the data plane goes, what it knew goes with it.
 */
#ifndef ROPEWAY_NODE_HOSTS_H
#define ROPEWAY_NODE_HOSTS_H

#include "ipc.h"
#include "names.h"

#define HOSTS_MAX (1U << 18) /* of all networks of a node; no node has as many */

struct hosts {
    struct name_map by_name; /* "SUBNET ADDRESS" */
    struct name_map by_network;
    struct list due, sent; /* what ropewayd does not know, and what the report under way says */
};

void hosts_init(struct hosts *h);
void hosts_done(struct hosts *h);

/* What the data plane says of one. True if it came, went or moved to another MAC address; that it
 * was only heard of again waits for hosts_refresh(). */
bool hosts_take(struct hosts *h, const struct ipc_host *said);
/* How many of the network are known, and whether this one is. */
size_t hosts_count(const struct hosts *h, const char *network);
bool hosts_know(const struct hosts *h, const char *network, const struct addr *a);
/* Those of the network are gone; NULL: all. */
void hosts_forget(struct hosts *h, const char *network);
/* Those for which keep is false are gone. */
void hosts_sweep(struct hosts *h, bool (*keep)(void *arg, const char *network), void *arg);
/* Has those told that were heard of since they were. */
void hosts_refresh(struct hosts *h);

/* ---- what ropewayd is told (hosts_report.c) ---- */

/* As learned_report_write() and those with it: `"hosts":{…},`. */
void hosts_report_write(struct hosts *h, size_t max, struct buf *ret);
bool hosts_report_has_more(const struct hosts *h);
void hosts_report_sent(struct hosts *h, bool taken);
void hosts_report_reset(struct hosts *h);

#endif
