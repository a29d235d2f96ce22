#include "recorder.h"

#include <assert.h>

/* Which series there are. Names are for ever: they stand in files. Of what changes seldom averages
 * of five minutes are kept alone; and a series costs less that waits for the first drop. */

#define TRAFFIC(is_sum)                                                                            \
    [TRAFFIC_BITS_OUT] = {.name = "bits-out", .unit = "bits/s", .sum = (is_sum)},                  \
    [TRAFFIC_BITS_IN] = {.name = "bits-in", .unit = "bits/s", .sum = (is_sum)},                    \
    [TRAFFIC_ENCRYPTED_OUT] = {.name = "encrypted-bits-out", .unit = "bits/s", .sum = (is_sum)},   \
    [TRAFFIC_ENCRYPTED_IN] = {.name = "encrypted-bits-in", .unit = "bits/s", .sum = (is_sum)},     \
    [TRAFFIC_PACKETS_OUT] = {.name = "packets-out", .unit = "packets/s", .sum = (is_sum)},         \
    [TRAFFIC_PACKETS_IN] = {.name = "packets-in", .unit = "packets/s", .sum = (is_sum)},           \
    [TRAFFIC_DROPS_OUT] = {.name = "drops-out",                                                    \
                           .unit = "packets/s",                                                    \
                           .sum = (is_sum),                                                        \
                           .keep = HISTORY_DROPS},                                                 \
    [TRAFFIC_DROPS_IN] = {.name = "drops-in",                                                      \
                          .unit = "packets/s",                                                     \
                          .sum = (is_sum),                                                         \
                          .keep = HISTORY_DROPS},                                                  \
    [TRAFFIC_REKEYS] = {.name = "rekeys", .unit = "1/s", .sum = (is_sum), .keep = HISTORY_SLOW}

static const struct history_series tunnel_series[] = {
    TRAFFIC(false),
    [TUNNEL_SERIES_UP] = {.name = "up", .unit = "ratio", .keep = HISTORY_SLOW},
    [TUNNEL_SERIES_HANDSHAKE] = {.name = "handshake", .unit = "seconds", .keep = HISTORY_SLOW},
    [TUNNEL_SERIES_DPD_RTT] = {.name = "dpd-rtt-microseconds",
                               .unit = "microseconds",
                               .source = "dpd-rtt-us",
                               .keep = HISTORY_SLOW},
    [TUNNEL_SERIES_DPD_LOSS] = {.name = "dpd-loss-percent",
                                .unit = "percent",
                                .keep = HISTORY_SLOW},
};

static const struct history_series probe_series[] = {
    [PROBE_SERIES_RTT] = {.name = "rtt-microseconds", .unit = "microseconds", .source = "rtt-us"},
    [PROBE_SERIES_LOSS] = {.name = "loss-percent", .unit = "percent"},
    [PROBE_SERIES_JITTER] = {.name = "jitter-microseconds",
                             .unit = "microseconds",
                             .source = "jitter-us",
                             .keep = HISTORY_SLOW},
    [PROBE_SERIES_LOSS_THERE] = {.name = "loss-there-percent",
                                 .unit = "percent",
                                 .keep = HISTORY_SLOW},
    [PROBE_SERIES_LOSS_BACK] = {.name = "loss-back-percent",
                                .unit = "percent",
                                .keep = HISTORY_SLOW},
};

#define REASONS(X)                                                                                 \
    X("dropsMalformed", "drops-malformed")                                                         \
    X("dropsReplayed", "drops-replayed")                                                           \
    X("dropsAuthentication", "drops-authentication")                                               \
    X("dropsSelectors", "drops-selectors")                                                         \
    X("dropsUnrouted", "drops-unrouted")                                                           \
    X("dropsTooBig", "drops-too-big")                                                              \
    X("dropsUnsent", "drops-unsent")                                                               \
    X("dropsOther", "drops-other")

static const struct history_series reason_series[] = {
#define X(counter, series) {.name = (series), .unit = "packets/s", .source = (series) + 6},
    REASONS(X)
#undef X
};
static_assert((int)REASON_TOO_BIG < RECORDER_REASONS, "a test compares its name");
static_assert(ARRAY_SIZE(reason_series) == RECORDER_REASONS, "a series for each");

static const struct history_series sum_series[] = {
    TRAFFIC(true),
    [SUM_SERIES_UP] = {.name = "tunnels-up", .unit = "tunnels", .sum = true, .keep = HISTORY_SLOW},
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
    X("hosts_full", "drop-hosts-full")                                                             \
    X("address_taken", "drop-address-taken")                                                       \
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
    X("port_full", "drop-port-full")                                                               \
    X("line_off", "drop-line-off")

static const struct history_series node_series[] = {
    TRAFFIC(true),
    [SUM_SERIES_UP] = {.name = "tunnels-up", .unit = "tunnels", .sum = true, .keep = HISTORY_SLOW},
    [NODE_SERIES_CPU] = {.name = "cpu", .unit = "processors"},
    [NODE_SERIES_CPUS] = {.name = "cpus", .unit = "processors", .keep = HISTORY_SLOW},
    [NODE_SERIES_MEMORY] = {.name = "memory", .unit = "bytes"},
    [NODE_SERIES_MEMORY_TOTAL] = {.name = "memory-total", .unit = "bytes", .keep = HISTORY_SLOW},
#define X(reason, series) {.name = (series), .unit = "packets/s", .source = (reason)},
    DROPS(X)
#undef X
};

/* Of an instance and an attachment: out is away from the VPC. */
#define OBJECT_TRAFFIC                                                                             \
    {.name = "bits-out", .unit = "bits/s"}, {.name = "bits-in", .unit = "bits/s"},                 \
        {.name = "packets-out", .unit = "packets/s"}, {.name = "packets-in", .unit = "packets/s"}, \
        {.name = "drops-out", .unit = "packets/s", .keep = HISTORY_DROPS},                         \
    {                                                                                              \
        .name = "drops-in", .unit = "packets/s", .keep = HISTORY_DROPS                             \
    }
static const struct history_series object_series[] = {OBJECT_TRAFFIC};
static_assert(ARRAY_SIZE(object_series) == OBJECT_SERIES, "a series for each");

static const struct history_series line_series[] = {
    OBJECT_TRAFFIC,
    [LINE_SERIES_UP] = {.name = "up", .unit = "ratio", .keep = HISTORY_SLOW},
};
static_assert(ARRAY_SIZE(line_series) == LINE_SERIES, "a series for each");

#define KIND(name)                                                                                 \
    static const struct history_kind name = {name##_series, ARRAY_SIZE(name##_series)}
KIND(tunnel);
KIND(probe);
KIND(reason);
KIND(sum);
KIND(node);
KIND(object);
KIND(line);
#undef KIND

static const struct recorder_part tunnel_parts[] = {
    [RECORDER_MAIN] = {"", &tunnel},
    [RECORDER_PROBE] = {".probe", &probe},
    [RECORDER_DROPS] = {".drops", &reason},
    [RECORDER_PARTS] = {NULL, NULL},
};
static const struct recorder_part sum_parts[] = {{"", &sum}, {NULL, NULL}};
static const struct recorder_part object_parts[] = {{"", &object}, {NULL, NULL}};
static const struct recorder_part line_parts[] = {{"", &line}, {".probe", &probe}, {NULL, NULL}};
static const struct recorder_part node_parts[] = {{"", &node}, {NULL, NULL}};

static_assert(ARRAY_SIZE(node_series) <= HISTORY_SERIES_MAX, "a file has no room for these");

const struct recorder_part *recorder_parts(enum model_kind_id kind)
{
    switch (kind) {
    case MODEL_VPN_TUNNEL:
        return tunnel_parts;
    case MODEL_VPN_CONNECTION:
    case MODEL_BORDER_GATEWAY:
        return sum_parts;
    case MODEL_INSTANCE:
    case MODEL_VPC_ATTACHMENT:
        return object_parts;
    case MODEL_PRIVATE_INTERFACE:
        return line_parts;
    case MODEL_NODE:
        return node_parts;
    default:
        return NULL;
    }
}

const char *recorder_reason(size_t i)
{
    static const char *const counters[] = {
#define X(counter, series) counter,
        REASONS(X)
#undef X
    };

    return counters[i];
}

const char *recorder_drop(size_t i)
{
    return NODE_SERIES_DROPS + i < ARRAY_SIZE(node_series)
               ? node_series[NODE_SERIES_DROPS + i].source
               : NULL;
}
