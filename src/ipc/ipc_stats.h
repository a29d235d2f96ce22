/* ipc_stats.h - the statistics segment of the data plane: shared memory that the data plane writes
 * and anybody it was handed to (DP_STATS) reads without asking, without locks and without costing a
 * packet anything.
 *
 * The segment is a header, the drop counters and four arrays of slots: tunnels, SAs, ports, jumps.
 * A slot belongs to one object at a time; its generation is even and not 0 while it does and
 * changes with the owner, so that a reader never mixes two. Each counter exists once per worker and
 * only that worker writes it; readers add them up (of a time they take the latest). Counters start
 * at 0 when the object or the data plane starts and only grow. */
#ifndef ROPEWAY_IPC_STATS_H
#define ROPEWAY_IPC_STATS_H

#include "ipc.h"
#include "words.h"

/* ---- why packets were dropped: X(NAME, "metric_name"); the sentence is WORDS_DROP_NAME ---- */

#define IPC_STATS_DROPS(X)                                                                         \
    X(FRAME_MALFORMED, "frame_malformed")                                                          \
    X(FRAME_TYPE, "frame_type")                                                                    \
    X(FRAME_ADDRESS, "frame_address")                                                              \
    X(SOURCE, "source")                                                                            \
    X(MULTICAST, "multicast")                                                                      \
    X(INNER_MALFORMED, "inner_malformed")                                                          \
    X(INNER_CHECKSUM, "inner_checksum")                                                            \
    X(NO_ROUTE, "no_route")                                                                        \
    X(BLACKHOLE, "blackhole")                                                                      \
    X(UNREACHABLE, "unreachable")                                                                  \
    X(JUMPS, "jumps")                                                                              \
    X(NO_TUNNEL, "no_tunnel")                                                                      \
    X(NO_PORT, "no_port")                                                                          \
    X(NO_NEIGHBOUR, "no_neighbour")                                                                \
    X(HOSTS_FULL, "hosts_full")                                                                    \
    X(ADDRESS_TAKEN, "address_taken")                                                              \
    X(TTL, "ttl")                                                                                  \
    X(TOO_BIG, "too_big")                                                                          \
    X(SELF, "self")                                                                                \
    X(TUNNEL_UNKNOWN, "tunnel_unknown")                                                            \
    X(SELECTOR, "selector")                                                                        \
    X(ECN, "ecn")                                                                                  \
    X(ESP_EXPIRED, "esp_expired")                                                                  \
    X(ESP_UNKNOWN_SPI, "esp_unknown_spi")                                                          \
    X(ESP_MALFORMED, "esp_malformed")                                                              \
    X(ESP_TOO_OLD, "esp_too_old")                                                                  \
    X(ESP_REPLAYED, "esp_replayed")                                                                \
    X(ESP_BAD_ICV, "esp_bad_icv")                                                                  \
    X(ESP_BAD_INNER, "esp_bad_inner")                                                              \
    X(ESP_DUMMY, "esp_dummy")                                                                      \
    X(ESP_ENGINE, "esp_engine")                                                                    \
    X(DATAGRAM_MALFORMED, "datagram_malformed")                                                    \
    X(IKE_AWAY, "ike_away")                                                                        \
    X(IKE_FLOOD, "ike_flood")                                                                      \
    X(SEND_FULL, "send_full")                                                                      \
    X(SEND_FAILED, "send_failed")                                                                  \
    X(PORT_FULL, "port_full")                                                                      \
    X(LINE_OFF, "line_off")

enum ipc_stats_drop {
#define X(name, metric) IPC_DROP_##name,
    IPC_STATS_DROPS(X)
#undef X
        IPC_DROP_COUNT
};

/* "esp_bad_icv"; "?" for a number that is no reason. */
const char *ipc_stats_drop_name(unsigned drop);
/* What an operator should know of it; WORDS_FOREIGN for a number that is no reason. */
enum words_code ipc_stats_drop_code(unsigned drop);
/* The same in English; "?". */
const char *ipc_stats_drop_help(unsigned drop);

/* ---- what is counted per object ---- */

enum ipc_stats_kind {
    IPC_STATS_TUNNEL,
    IPC_STATS_SA,
    IPC_STATS_PORT,
    IPC_STATS_JUMP,
    IPC_STATS_KINDS
};

/* Packets are those on the wire (the segments of a super-segment); bytes are inner IP bytes;
 * encrypted bytes are ESP bytes without outer headers. */
enum ipc_stats_tunnel_value {
    IPC_TUNNEL_PACKETS_IN,
    IPC_TUNNEL_PACKETS_OUT,
    IPC_TUNNEL_BYTES_IN,
    IPC_TUNNEL_BYTES_OUT,
    IPC_TUNNEL_ENCRYPTED_IN,
    IPC_TUNNEL_ENCRYPTED_OUT,
    IPC_TUNNEL_DROPS_IN, /* authentic or not, for an SA of this tunnel */
    IPC_TUNNEL_DROPS_OUT,
    /* The same drops by what they have in common, in and out together. */
    IPC_TUNNEL_DROPS_MALFORMED,
    IPC_TUNNEL_DROPS_REPLAYED, /* or too old to tell */
    IPC_TUNNEL_DROPS_AUTHENTICATION,
    IPC_TUNNEL_DROPS_SELECTORS,
    IPC_TUNNEL_DROPS_UNROUTED,
    IPC_TUNNEL_DROPS_TOO_BIG,
    IPC_TUNNEL_DROPS_UNSENT,
    IPC_TUNNEL_DROPS_OTHER,
    IPC_TUNNEL_PROBES_ANSWERED,
    IPC_TUNNEL_PROBES_LOST,     /* of a peer that has answered before */
    IPC_TUNNEL_PROBE_US,        /* the round-trip times of those answered, added up */
    IPC_TUNNEL_PROBE_JITTER_US, /* by how much each differed from the one before, added up */
    /* Requests that a peer which is a Ropeway did not get, and answers of it that did not come. */
    IPC_TUNNEL_PROBES_LOST_THERE,
    IPC_TUNNEL_PROBES_LOST_BACK,
    IPC_TUNNEL_COUNTERS,
    /* When the last good packet came, monotonic; 0: none yet. The latest of all workers. */
    IPC_TUNNEL_LAST_IN_US = IPC_TUNNEL_COUNTERS,
    IPC_TUNNEL_VALUES
};

/* Where a tunnel counts a reason beside its direction: IPC_TUNNEL_DROPS_MALFORMED, ... */
enum ipc_stats_tunnel_value ipc_stats_tunnel_drop(enum ipc_stats_drop reason);

enum ipc_stats_sa_value {
    IPC_SA_PACKETS,
    IPC_SA_BYTES,
    IPC_SA_ENCRYPTED,
    IPC_SA_DROP_MALFORMED,
    IPC_SA_DROP_TOO_OLD,
    IPC_SA_DROP_REPLAYED,
    IPC_SA_DROP_BAD_ICV,
    IPC_SA_DROP_SELECTOR,
    IPC_SA_DROP_OTHER,
    IPC_SA_VALUES
};

enum ipc_stats_port_value {
    IPC_PORT_PACKETS_FROM, /* from the instance */
    IPC_PORT_PACKETS_TO,   /* delivered to it */
    IPC_PORT_BYTES_FROM,
    IPC_PORT_BYTES_TO,
    IPC_PORT_DROPS_FROM,
    IPC_PORT_DROPS_TO,
    IPC_PORT_PROBES_ANSWERED, /* of a private interface, in the order of a tunnel's */
    IPC_PORT_PROBES_LOST,
    IPC_PORT_PROBE_US,
    IPC_PORT_PROBE_JITTER_US,
    IPC_PORT_VALUES
};

/* Packets whose lookup went from one table on to another; the id is "FROM>TO". */
enum ipc_stats_jump_value {
    IPC_JUMP_PACKETS, /* that found a way, there or further on */
    IPC_JUMP_BYTES,
    IPC_JUMP_DROPS, /* that found none */
    IPC_JUMP_VALUES
};

#define IPC_STATS_VALUES_MAX 24

/* ---- reading ---- */

struct ipc_stats_map;

/* Maps the segment that came with DP_STATS; fd stays the caller's and may be closed afterwards.
 * -EPROTO if it is no segment of this version or its size is not what its header says. */
MUST_USE int ipc_stats_open(int fd, uint64_t bytes, struct ipc_stats_map **ret);
/* NULL is fine. */
void ipc_stats_close(struct ipc_stats_map *map);

/* Sum over the workers. 0 for a number that is no reason. */
uint64_t ipc_stats_drop(const struct ipc_stats_map *map, unsigned drop);

struct ipc_stats_entry {
    char id[IPC_ID_MAX]; /* the tunnel's (of an SA too), the instance's, or of a jump */
    uint32_t spi;        /* of an SA */
    uint8_t direction;   /* of an SA: enum ipc_sa_direction */
    uint64_t values[IPC_STATS_VALUES_MAX]; /* by the enum of the kind */
};

/* Slots of a kind; walk them all from 0. */
unsigned ipc_stats_slots(const struct ipc_stats_map *map, enum ipc_stats_kind kind);
/* -ENOENT for a slot nobody uses (or that changes hands this moment). */
MUST_USE int ipc_stats_read(const struct ipc_stats_map *map, enum ipc_stats_kind kind,
                            unsigned slot, struct ipc_stats_entry *ret);
/* The first slot of that id (tunnels and ports). -ENOENT. */
MUST_USE int ipc_stats_find(const struct ipc_stats_map *map, enum ipc_stats_kind kind,
                            const char *id, struct ipc_stats_entry *ret);

/* ---- the layout, for the writer ---- */

#define IPC_STATS_MAGIC       0x72777374U
#define IPC_STATS_VERSION     5
#define IPC_STATS_WORKERS_MAX 64

struct ipc_stats_array {
    uint64_t offset; /* from the start of the segment */
    uint64_t stride; /* bytes from slot to slot */
    uint32_t slots;
    uint32_t values; /* counters in a worker's block */
};

struct ipc_stats_header {
    uint32_t magic;
    uint32_t version;
    uint64_t bytes; /* of the segment */
    uint32_t workers;
    uint32_t drops;        /* counters in a worker's block of drops */
    uint64_t drops_offset; /* one block per worker */
    struct ipc_stats_array arrays[IPC_STATS_KINDS];
};

/* A slot; a block of counters per worker follows, each a multiple of a cache line. */
struct ipc_stats_slot {
    _Alignas(64) uint64_t generation; /* atomic; 0 and odd: nobody's */
    char id[IPC_ID_MAX];
    uint32_t spi;
    uint8_t direction;
};

/* Bytes of a block of n counters. */
static inline size_t ipc_stats_block(size_t n)
{
    return (n * sizeof(uint64_t) + 63) & ~(size_t)63;
}

/* Fills in a header for so many workers and slots of each kind. */
void ipc_stats_layout(uint32_t workers, const uint32_t slots[IPC_STATS_KINDS],
                      struct ipc_stats_header *ret);

#endif
