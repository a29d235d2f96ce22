#include "recorder.h"

#include <assert.h>

/* Which series there are. Names are for ever: they stand in files. */

#define TRAFFIC(is_sum)                                                                            \
    [TRAFFIC_BITS_OUT] = {.name = "bits-out", .unit = "bits/s", .sum = (is_sum)},                  \
    [TRAFFIC_BITS_IN] = {.name = "bits-in", .unit = "bits/s", .sum = (is_sum)},                    \
    [TRAFFIC_ENCRYPTED_OUT] = {.name = "encrypted-bits-out", .unit = "bits/s", .sum = (is_sum)},   \
    [TRAFFIC_ENCRYPTED_IN] = {.name = "encrypted-bits-in", .unit = "bits/s", .sum = (is_sum)},     \
    [TRAFFIC_PACKETS_OUT] = {.name = "packets-out", .unit = "packets/s", .sum = (is_sum)},         \
    [TRAFFIC_PACKETS_IN] = {.name = "packets-in", .unit = "packets/s", .sum = (is_sum)},           \
    [TRAFFIC_DROPS_OUT] = {.name = "drops-out", .unit = "packets/s", .sum = (is_sum)},             \
    [TRAFFIC_DROPS_IN] = {.name = "drops-in", .unit = "packets/s", .sum = (is_sum)},               \
    [TRAFFIC_REKEYS] = {.name = "rekeys", .unit = "1/s", .sum = (is_sum)}

static const struct history_series tunnel_series[] = {
    TRAFFIC(false),
    [TUNNEL_SERIES_UP] = {.name = "up", .unit = "ratio"},
    [TUNNEL_SERIES_HANDSHAKE] = {.name = "handshake", .unit = "seconds"},
};

static const struct history_series sum_series[] = {
    TRAFFIC(true),
    [SUM_SERIES_UP] = {.name = "tunnels-up", .unit = "tunnels", .sum = true},
};

/* The reasons of ipc_stats.h, which reports name so: a test compares. */
#define DROPS(X)                                                                                   \
    X("frame_malformed", "drop-frame-malformed")                                                   \
    X("frame_type", "drop-frame-type")                                                             \
    X("frame_address", "drop-frame-address")                                                       \
    X("source", "drop-source")                                                                     \
    X("multicast", "drop-multicast")                                                               \
    X("inner_malformed", "drop-inner-malformed")                                                   \
    X("inner_checksum", "drop-inner-checksum")                                                     \
    X("no_route", "drop-no-route")                                                                 \
    X("blackhole", "drop-blackhole")                                                               \
    X("unreachable", "drop-unreachable")                                                           \
    X("jumps", "drop-jumps")                                                                       \
    X("no_tunnel", "drop-no-tunnel")                                                               \
    X("no_port", "drop-no-port")                                                                   \
    X("no_neighbour", "drop-no-neighbour")                                                         \
    X("ttl", "drop-ttl")                                                                           \
    X("too_big", "drop-too-big")                                                                   \
    X("self", "drop-self")                                                                         \
    X("tunnel_unknown", "drop-tunnel-unknown")                                                     \
    X("selector", "drop-selector")                                                                 \
    X("ecn", "drop-ecn")                                                                           \
    X("esp_expired", "drop-esp-expired")                                                           \
    X("esp_unknown_spi", "drop-esp-unknown-spi")                                                   \
    X("esp_malformed", "drop-esp-malformed")                                                       \
    X("esp_too_old", "drop-esp-too-old")                                                           \
    X("esp_replayed", "drop-esp-replayed")                                                         \
    X("esp_bad_icv", "drop-esp-bad-icv")                                                           \
    X("esp_bad_inner", "drop-esp-bad-inner")                                                       \
    X("esp_dummy", "drop-esp-dummy")                                                               \
    X("esp_engine", "drop-esp-engine")                                                             \
    X("datagram_malformed", "drop-datagram-malformed")                                             \
    X("ike_away", "drop-ike-away")                                                                 \
    X("ike_flood", "drop-ike-flood")                                                               \
    X("send_full", "drop-send-full")                                                               \
    X("send_failed", "drop-send-failed")                                                           \
    X("port_full", "drop-port-full")

static const struct history_series node_series[] = {
    TRAFFIC(true),
    [SUM_SERIES_UP] = {.name = "tunnels-up", .unit = "tunnels", .sum = true},
    [NODE_SERIES_CPU] = {.name = "cpu", .unit = "processors"},
    [NODE_SERIES_CPUS] = {.name = "cpus", .unit = "processors"},
    [NODE_SERIES_MEMORY] = {.name = "memory", .unit = "bytes"},
    [NODE_SERIES_MEMORY_TOTAL] = {.name = "memory-total", .unit = "bytes"},
#define X(reason, series) {.name = (series), .unit = "packets/s", .source = (reason)},
    DROPS(X)
#undef X
};

static const struct history_kind kinds[] = {
    [MODEL_VPN_TUNNEL] = {.series = tunnel_series, .count = ARRAY_SIZE(tunnel_series)},
    [MODEL_VPN_CONNECTION] = {.series = sum_series, .count = ARRAY_SIZE(sum_series)},
    [MODEL_BORDER_GATEWAY] = {.series = sum_series, .count = ARRAY_SIZE(sum_series)},
    [MODEL_NODE] = {.series = node_series, .count = ARRAY_SIZE(node_series)},
};

static_assert(ARRAY_SIZE(node_series) <= HISTORY_SERIES_MAX, "a file has no room for these");

const struct history_kind *recorder_kind(enum model_kind_id kind)
{
    return (size_t)kind < ARRAY_SIZE(kinds) && kinds[kind].count ? &kinds[kind] : NULL;
}

const char *recorder_drop(size_t i)
{
    return NODE_SERIES_DROPS + i < ARRAY_SIZE(node_series)
               ? node_series[NODE_SERIES_DROPS + i].source
               : NULL;
}
