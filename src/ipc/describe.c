#include "ipc_internal.h"

#define AT(type, member)      .offset = offsetof(struct type, member)
#define SIZE_OF(type, member) sizeof(((struct type *)NULL)->member)
#define U8(type, member)                                                                           \
    {                                                                                              \
        FIELD_U8, AT(type, member)                                                                 \
    }
#define U16(type, member)                                                                          \
    {                                                                                              \
        FIELD_U16, AT(type, member)                                                                \
    }
#define U32(type, member)                                                                          \
    {                                                                                              \
        FIELD_U32, AT(type, member)                                                                \
    }
#define U64(type, member)                                                                          \
    {                                                                                              \
        FIELD_U64, AT(type, member)                                                                \
    }
#define BOOL(type, member)                                                                         \
    {                                                                                              \
        FIELD_BOOL, AT(type, member)                                                               \
    }
#define RAW(type, member)                                                                          \
    {                                                                                              \
        FIELD_RAW, AT(type, member), .max = SIZE_OF(type, member)                                  \
    }
#define TEXT(type, member)                                                                         \
    {                                                                                              \
        FIELD_TEXT, AT(type, member), .max = SIZE_OF(type, member)                                 \
    }
#define ADDR(type, member)                                                                         \
    {                                                                                              \
        FIELD_ADDR, AT(type, member)                                                               \
    }
#define ENDPOINT(type, member)                                                                     \
    {                                                                                              \
        FIELD_ENDPOINT, AT(type, member)                                                           \
    }
#define PREFIX(type, member)                                                                       \
    {                                                                                              \
        FIELD_PREFIX, AT(type, member)                                                             \
    }
#define NESTED(type, member, to)                                                                   \
    {                                                                                              \
        FIELD_NESTED, AT(type, member), .nested = (to)                                             \
    }
#define BYTES(type, member, count)                                                                 \
    {                                                                                              \
        FIELD_BYTES, AT(type, member), .count_offset = offsetof(struct type, count),               \
                                       .max = SIZE_OF(type, member)                                \
    }
#define LIST(type, member, count, of, to)                                                          \
    {                                                                                              \
        FIELD_LIST, .item = (of), AT(type, member), .count_offset = offsetof(struct type, count),  \
                    .max = ARRAY_SIZE(((struct type *)NULL)->member),                              \
                    .stride = sizeof(((struct type *)NULL)->member[0]), .nested = (to)             \
    }
#define VIEW(type, member, count)                                                                  \
    {                                                                                              \
        FIELD_VIEW, AT(type, member), .count_offset = offsetof(struct type, count)                 \
    }
#define END                                                                                        \
    {                                                                                              \
        FIELD_END                                                                                  \
    }

static const struct ipc_field hello[] = {U8(ipc_hello, role), U64(ipc_hello, boot),
                                         TEXT(ipc_hello, program), END};

static const struct ipc_field sync_begin[] = {U64(ipc_sync_begin, generation),
                                              U64(ipc_sync_begin, flow_seed),
                                              U8(ipc_sync_begin, whole), END};
static const struct ipc_field sync[] = {U64(ipc_sync, generation), END};
static const struct ipc_field name[] = {TEXT(ipc_name, id), END};

static const struct ipc_field sync_done[] = {
    U64(ipc_sync_done, generation), U32(ipc_sync_done, changed), U32(ipc_sync_done, failed),
    TEXT(ipc_sync_done, text), END};

static const struct ipc_field underlay[] = {ENDPOINT(ipc_underlay, local), END};

static const struct ipc_field port[] = {
    TEXT(ipc_port, id),         U8(ipc_port, kind),         RAW(ipc_port, mac),
    RAW(ipc_port, gateway_mac), U16(ipc_port, vlan),        U16(ipc_port, hosts_max),
    U16(ipc_port, mtu),         ADDR(ipc_port, address),    PREFIX(ipc_port, subnet),
    ADDR(ipc_port, gateway),    TEXT(ipc_port, table),      U8(ipc_port, traffic),
    U32(ipc_port, probe_ms),    U16(ipc_port, probe_count), END};

static const struct ipc_field table[] = {TEXT(ipc_table, id), ADDR(ipc_table, self4),
                                         ADDR(ipc_table, self6), BOOL(ipc_table, changes), END};

static const struct ipc_field nexthop[] = {U8(ipc_nexthop, kind), TEXT(ipc_nexthop, target),
                                           ADDR(ipc_nexthop, via), END};

static const struct ipc_field route[] = {
    PREFIX(ipc_route, prefix), LIST(ipc_route, nexthops, n_nexthops, FIELD_NESTED, nexthop), END};

static const struct ipc_field routes[] = {
    TEXT(ipc_routes, table), LIST(ipc_routes, routes, n_routes, FIELD_NESTED, route), END};

static const struct ipc_field translation[] = {U8(ipc_translation, side),
                                               PREFIX(ipc_translation, prefix),
                                               PREFIX(ipc_translation, seen_as), END};

static const struct ipc_field tunnel[] = {
    TEXT(ipc_tunnel, id),
    TEXT(ipc_tunnel, connection),
    TEXT(ipc_tunnel, table),
    BOOL(ipc_tunnel, admin_up),
    BOOL(ipc_tunnel, draining),
    U16(ipc_tunnel, mtu),
    U16(ipc_tunnel, outer_mtu),
    BOOL(ipc_tunnel, mss_clamp),
    ADDR(ipc_tunnel, inner_local),
    ADDR(ipc_tunnel, inner_remote),
    U32(ipc_tunnel, probe_ms),
    U16(ipc_tunnel, probe_count),
    LIST(ipc_tunnel, translations, n_translations, FIELD_NESTED, translation),
    END};

static const struct ipc_field host[] = {TEXT(ipc_host, port),   ADDR(ipc_host, address),
                                        RAW(ipc_host, mac),     BOOL(ipc_host, gone),
                                        U64(ipc_host, seen_us), END};
static const struct ipc_field probed[] = {TEXT(ipc_probed, tunnel), BOOL(ipc_probed, line),
                                          U8(ipc_probed, state), U8(ipc_probed, peer), END};

static const struct ipc_field echo[] = {
    TEXT(ipc_echo, tunnel), ADDR(ipc_echo, destination), U16(ipc_echo, ident),
    U16(ipc_echo, seq),     U16(ipc_echo, size),         U8(ipc_echo, ttl),
    BOOL(ipc_echo, whole),  U64(ipc_echo, mark),         END};

static const struct ipc_field echoed[] = {TEXT(ipc_echoed, tunnel),
                                          U16(ipc_echoed, ident),
                                          U16(ipc_echoed, seq),
                                          U64(ipc_echoed, mark),
                                          U32(ipc_echoed, error),
                                          U8(ipc_echoed, what),
                                          ADDR(ipc_echoed, from),
                                          U8(ipc_echoed, ttl),
                                          U32(ipc_echoed, mtu),
                                          U32(ipc_echoed, rtt_us),
                                          END};

static const struct ipc_field holds[] = {BOOL(ipc_holds, underlay), ENDPOINT(ipc_holds, local),
                                         TEXT(ipc_holds, id), END};

static const struct ipc_field stats[] = {U64(ipc_stats, bytes), END};

static const struct ipc_field ident[] = {U8(ipc_ident, kind), TEXT(ipc_ident, text), END};

static const struct ipc_field cipher[] = {U16(ipc_cipher, encr), U16(ipc_cipher, key_bits), END};

static const struct ipc_field algs[] = {LIST(ipc_algs, ciphers, n_ciphers, FIELD_NESTED, cipher),
                                        LIST(ipc_algs, integrity, n_integrity, FIELD_U16, NULL),
                                        LIST(ipc_algs, groups, n_groups, FIELD_U16, NULL), END};

static const struct ipc_field secret[] = {BYTES(ipc_secret, bytes, len), END};

static const struct ipc_field ike_tunnel[] = {
    TEXT(ipc_ike_tunnel, id),
    U64(ipc_ike_tunnel, config),
    TEXT(ipc_ike_tunnel, name),
    BOOL(ipc_ike_tunnel, admin_up),
    U8(ipc_ike_tunnel, version),
    BOOL(ipc_ike_tunnel, aggressive),
    BOOL(ipc_ike_tunnel, initiate),
    ADDR(ipc_ike_tunnel, local),
    ADDR(ipc_ike_tunnel, remote),
    NESTED(ipc_ike_tunnel, local_id, ident),
    NESTED(ipc_ike_tunnel, remote_id, ident),
    NESTED(ipc_ike_tunnel, psk, secret),
    NESTED(ipc_ike_tunnel, ike, algs),
    NESTED(ipc_ike_tunnel, child, algs),
    U32(ipc_ike_tunnel, ike_lifetime_s),
    U32(ipc_ike_tunnel, child_lifetime_s),
    U64(ipc_ike_tunnel, child_lifetime_bytes),
    U64(ipc_ike_tunnel, child_lifetime_packets),
    U16(ipc_ike_tunnel, replay_window),
    BOOL(ipc_ike_tunnel, esn),
    BOOL(ipc_ike_tunnel, force_encap),
    BOOL(ipc_ike_tunnel, dpd),
    U16(ipc_ike_tunnel, dpd_interval_s),
    U16(ipc_ike_tunnel, dpd_timeout_s),
    U8(ipc_ike_tunnel, dpd_action),
    LIST(ipc_ike_tunnel, local_ts, n_local_ts, FIELD_PREFIX, NULL),
    LIST(ipc_ike_tunnel, remote_ts, n_remote_ts, FIELD_PREFIX, NULL),
    LIST(ipc_ike_tunnel, local_networks, n_local_networks, FIELD_PREFIX, NULL),
    LIST(ipc_ike_tunnel, remote_networks, n_remote_networks, FIELD_PREFIX, NULL),
    NESTED(ipc_ike_tunnel, psk_before, secret),
    U64(ipc_ike_tunnel, psk_before_until_us),
    U32(ipc_ike_tunnel, psk_overlap_s),
    LIST(ipc_ike_tunnel, additional, n_additional, FIELD_U16, NULL),
    END};

static const struct ipc_field ike_credentials[] = {
    TEXT(ipc_ike_credentials, tunnel),
    BYTES(ipc_ike_credentials, certificate, certificate_len),
    BYTES(ipc_ike_credentials, key, key_len),
    BYTES(ipc_ike_credentials, ca, ca_len),
    BYTES(ipc_ike_credentials, crl, crl_len),
    END};

static const struct ipc_field ike_command[] = {TEXT(ipc_ike_command, tunnel),
                                               U8(ipc_ike_command, action), END};

static const struct ipc_field ike_status[] = {
    TEXT(ipc_ike_status, tunnel),
    U8(ipc_ike_status, state),
    U64(ipc_ike_status, since_us),
    TEXT(ipc_ike_status, last_error),
    TEXT(ipc_ike_status, ike_algs),
    TEXT(ipc_ike_status, child_algs),
    ENDPOINT(ipc_ike_status, remote),
    BOOL(ipc_ike_status, nat_local),
    BOOL(ipc_ike_status, nat_remote),
    U32(ipc_ike_status, ike_rekeys),
    U32(ipc_ike_status, child_rekeys),
    U32(ipc_ike_status, handshake_us),
    LIST(ipc_ike_status, local_ts, n_local_ts, FIELD_PREFIX, NULL),
    LIST(ipc_ike_status, remote_ts, n_remote_ts, FIELD_PREFIX, NULL),
    U64(ipc_ike_status, config_in_force),
    U64(ipc_ike_status, config_refused),
    BOOL(ipc_ike_status, wants_networks),
    END};

static const struct ipc_field ike_liveness[] = {
    TEXT(ipc_ike_liveness, tunnel),  U64(ipc_ike_liveness, since_us),
    U64(ipc_ike_liveness, answered), U64(ipc_ike_liveness, lost),
    U64(ipc_ike_liveness, timed),    U64(ipc_ike_liveness, time_us),
    U32(ipc_ike_liveness, last_us),  END,
};

static const struct ipc_field ike_log[] = {TEXT(ipc_ike_log, tunnel), U64(ipc_ike_log, at_us),
                                           U8(ipc_ike_log, level), TEXT(ipc_ike_log, text), END};

static const struct ipc_field key[] = {BYTES(ipc_key, bytes, len), END};

static const struct ipc_field sa_add[] = {
    TEXT(ipc_sa_add, tunnel),
    U8(ipc_sa_add, direction),
    U32(ipc_sa_add, spi),
    U32(ipc_sa_add, pair),
    ENDPOINT(ipc_sa_add, local),
    ENDPOINT(ipc_sa_add, remote),
    BOOL(ipc_sa_add, encap),
    U16(ipc_sa_add, encr),
    U16(ipc_sa_add, key_bits),
    U16(ipc_sa_add, integrity),
    NESTED(ipc_sa_add, encr_key, key),
    NESTED(ipc_sa_add, integrity_key, key),
    BOOL(ipc_sa_add, esn),
    U16(ipc_sa_add, replay_window),
    U64(ipc_sa_add, soft_bytes),
    U64(ipc_sa_add, soft_packets),
    U64(ipc_sa_add, hard_bytes),
    U64(ipc_sa_add, hard_packets),
    LIST(ipc_sa_add, local_ts, n_local_ts, FIELD_PREFIX, NULL),
    LIST(ipc_sa_add, remote_ts, n_remote_ts, FIELD_PREFIX, NULL),
    END};

static const struct ipc_field sa_ref[] = {TEXT(ipc_sa_ref, tunnel), U8(ipc_sa_ref, direction),
                                          U32(ipc_sa_ref, spi), END};

static const struct ipc_field sa_move[] = {TEXT(ipc_sa_move, tunnel), U32(ipc_sa_move, pair),
                                           ENDPOINT(ipc_sa_move, remote), END};

static const struct ipc_field sa_query[] = {TEXT(ipc_sa_query, tunnel),
                                            U64(ipc_sa_query, generation), END};
static const struct ipc_field sa_info[] = {
    TEXT(ipc_sa_info, tunnel),
    U8(ipc_sa_info, direction),
    U32(ipc_sa_info, spi),
    U32(ipc_sa_info, pair),
    ENDPOINT(ipc_sa_info, local),
    ENDPOINT(ipc_sa_info, remote),
    BOOL(ipc_sa_info, encap),
    U64(ipc_sa_info, packets),
    U64(ipc_sa_info, bytes),
    U64(ipc_sa_info, idle_ms),
    LIST(ipc_sa_info, local_ts, n_local_ts, FIELD_PREFIX, NULL),
    LIST(ipc_sa_info, remote_ts, n_remote_ts, FIELD_PREFIX, NULL),
    END};

static const struct ipc_field sa_result[] = {TEXT(ipc_sa_result, tunnel),
                                             U8(ipc_sa_result, direction), U32(ipc_sa_result, spi),
                                             U32(ipc_sa_result, error), END};

static const struct ipc_field sa_event[] = {TEXT(ipc_sa_event, tunnel),
                                            U8(ipc_sa_event, kind),
                                            U8(ipc_sa_event, direction),
                                            U32(ipc_sa_event, spi),
                                            ENDPOINT(ipc_sa_event, local),
                                            ENDPOINT(ipc_sa_event, remote),
                                            END};

static const struct ipc_field datagram[] = {ENDPOINT(ipc_datagram, local),
                                            ENDPOINT(ipc_datagram, remote),
                                            VIEW(ipc_datagram, data, len), END};

const struct ipc_field *ipc_describe(enum ipc_type type)
{
    static const struct ipc_field *const all[IPC_TYPES] = {
#define X(t, member) [IPC_##t] = member,
        IPC_MESSAGES(X)
#undef X
    };

    return type < IPC_TYPES ? all[type] : NULL;
}

const char *ipc_type_name(enum ipc_type type)
{
    static const char *const names[IPC_TYPES] = {
#define X(t, member) [IPC_##t] = #t,
        IPC_MESSAGES(X)
#undef X
    };

    return type < IPC_TYPES ? names[type] : "unknown";
}
