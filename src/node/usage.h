/* usage.h - how busy the machine is. Private to the node room. */
#ifndef ROPEWAY_NODE_USAGE_H
#define ROPEWAY_NODE_USAGE_H

#include "base.h"

struct usage {
    uint64_t cpu_us;       /* that the processors were busy, all together, since the boot */
    uint64_t boot_s;       /* when that was, since 1970 */
    unsigned cpus;         /* how many there are */
    uint64_t memory;       /* bytes that are not available for programs */
    uint64_t memory_total; /* bytes */
};

/* The texts of /proc/stat and /proc/meminfo. -EBADMSG if what counts is not in them. */
MUST_USE int usage_parse_cpu(const char *stat, uint64_t ticks_a_second, struct usage *ret);
MUST_USE int usage_parse_memory(const char *meminfo, struct usage *ret);
/* Reads them. A negative errno: it is not known. */
MUST_USE int usage_read(struct usage *ret);

#endif
