/* types.h - resources as C structs. Made from JSON and turned into JSON by the descriptor tables
 * (struct model_field.offset), never by hand.
 *
 * A resource is immutable and shared: model_resource_ref(), _unref(). All its texts and lists lie
 * in the one allocation of the resource. What is absent is zero: NULL, ADDR_NONE, an empty list,
 * a code of 0, a time of 0, a number of 0 where the descriptor allows none. Members that have a
 * default are never absent. Secrets are in their sealed form (model_env.seal). */
#ifndef ROPEWAY_MODEL_TYPES_H
#define ROPEWAY_MODEL_TYPES_H

#include "model.h"

/* ---- members ---- */

/* Every list and map has this form; items is an array of the element's type. A list that is there
 * but empty has items that are not NULL, an absent one (cloudAddresses, routeTableIds) has NULL. */
struct model_ids {
    uint32_t count;
    const char **items;
};
struct model_addrs {
    uint32_t count;
    struct addr *items;
};
struct model_prefixes {
    uint32_t count;
    struct prefix *items;
};
/* Of MODEL_ENUM and MODEL_GROUP: 1 + the index in the field's values. */
struct model_codes {
    uint32_t count;
    uint8_t *items;
};
struct model_pair {
    const char *name;
    const char *value;
};
struct model_pairs { /* MODEL_TEXT_MAP, by name */
    uint32_t count;
    struct model_pair *items;
};
struct model_number {
    const char *name;
    int64_t value;
};
struct model_numbers { /* MODEL_INT_MAP, by name */
    uint32_t count;
    struct model_number *items;
};
struct model_interface { /* "169.254.1.1/30" */
    struct addr addr;
    uint8_t len;
};

/* The prefix an interface lies in. */
static inline struct prefix model_interface_prefix(const struct model_interface *i)
{
    return prefix_make(&i->addr, i->len);
}

/* ---- what every resource begins with ---- */

struct model_resource {
    const struct model_kind *kind;
    unsigned refs;      /* atomic; use model_resource_ref() */
    uint64_t stored_at; /* revision of the region at its last change; 0: not committed yet */
    const char *id;
    const char *region_id;  /* NULL for a region */
    const char *project_id; /* NULL for a region */
    const char *name;
    const char *description;
    struct model_pairs tags;
    uint64_t created_us; /* since 1970, whole milliseconds; 1 for the first of them */
    uint64_t updated_us;
    int64_t revision; /* its own: 1, 2, 3, ... */
};

struct model_resource *model_resource_ref(const struct model_resource *r);
/* NULL is fine. Wipes if the kind has secrets. */
void model_resource_unref(const struct model_resource *r);

/* ---- codes: 1 + the index in the descriptor's values ---- */

enum model_role { MODEL_ROLE_GATEWAY = 1, MODEL_ROLE_COMPUTE };
enum model_attachment_kind { MODEL_NETNS = 1, MODEL_TAP, MODEL_NIC };
enum model_propagation { MODEL_PROPAGATE_ALL = 1, MODEL_PROPAGATE_SUBNETS, MODEL_PROPAGATE_NONE };
enum model_family { MODEL_IPV4 = 1, MODEL_IPV6, MODEL_DUAL };
enum model_routing { MODEL_ROUTING_BGP = 1, MODEL_ROUTING_STATIC };
enum model_over_limit { MODEL_OVER_LIMIT_WARN = 1, MODEL_OVER_LIMIT_SHUT };
enum model_alarm_cause {
    MODEL_TUNNEL_DOWN = 1,
    MODEL_ONE_TUNNEL_UP,
    MODEL_NODE_OFFLINE,
    MODEL_CERTIFICATE_EXPIRY,
    MODEL_RTT_DOUBLED,
    MODEL_LOSS_HIGH,
    MODEL_REPLAY_DROPS,
    MODEL_TOO_BIG_DROPS,
    MODEL_LINE_DOWN
};
enum model_default_alarm { /* those that every connection has, and the last of lines */
                           MODEL_DEFAULT_TUNNEL_DOWN = 1,
                           MODEL_DEFAULT_ONE_TUNNEL_UP,
                           MODEL_DEFAULT_RTT_DOUBLED,
                           MODEL_DEFAULT_LOSS_HIGH,
                           MODEL_DEFAULT_REPLAY_DROPS,
                           MODEL_DEFAULT_TOO_BIG_DROPS,
                           MODEL_DEFAULT_LINE_DOWN
};
enum model_comparison { MODEL_ABOVE = 1, MODEL_BELOW };
enum model_side { MODEL_SIDE_OWN = 1, MODEL_SIDE_PEER };
enum model_admin { MODEL_ADMIN_UP = 1, MODEL_ADMIN_DOWN };
enum model_authentication { MODEL_AUTHENTICATION_PSK = 1, MODEL_AUTHENTICATION_CERTIFICATE };

/* ---- the kinds ---- */

struct model_region {
    struct model_resource head;
    struct model_prefixes public_pools;
    int64_t asn;
    struct model_codes alarms_off; /* defaultAlarmsOff; enum model_default_alarm */
    struct model_numbers quotas;
};

struct model_node {
    struct model_resource head;
    struct addr address;
    struct model_addrs public_addresses;
    struct model_codes roles;
    bool draining;
};

struct model_vpc {
    struct model_resource head;
    struct prefix cidr; /* family ADDR_NONE: has only extra ones */
    struct model_prefixes extra_cidrs;
};

struct model_subnet {
    struct model_resource head;
    const char *vpc_id;
    struct prefix cidr;
    const char *route_table_id;
    const char *interface; /* of a real network; NULL: the subnet is none */
    int64_t vlan;
    const char *node_id; /* NULL: waits for one, or is no real network */
    int64_t mtu;
    int64_t host_limit;
};

struct model_table_route {
    struct prefix destination;
    const char *next_hop; /* an id, the address of a router in a real network, or "blackhole" */
};
struct model_table_propagation {
    const char *border_gateway_id;
    struct prefix range;
    const char *vpc_attachment_id; /* NULL: somebody's own */
};
struct model_route_table {
    struct model_resource head;
    const char *vpc_id;
    bool is_default;
    struct {
        uint32_t count;
        struct model_table_route *items;
    } routes;
    struct {
        uint32_t count;
        struct model_table_propagation *items;
    } propagations;
};

struct model_instance {
    struct model_resource head;
    const char *subnet_id;
    struct addr address;
    const char *node_id;   /* NULL: waits for one */
    uint8_t attachment;    /* enum model_attachment_kind */
    const char *interface; /* NULL for MODEL_NETNS */
};

struct model_border_gateway {
    struct model_resource head;
    int64_t asn;
    bool transit;
};

struct model_gateway_route { /* borderGatewayRoute */
    struct model_resource head;
    const char *border_gateway_id;
    struct prefix destination;
    const char *next_hop; /* an id, or "blackhole" */
};

struct model_vpc_attachment {
    struct model_resource head;
    const char *border_gateway_id;
    const char *vpc_id;
    uint8_t propagation; /* enum model_propagation */
    struct model_ids subnet_ids;
    struct model_ids route_table_ids;
    uint64_t propagated_us;              /* propagatedAt; 0: not propagating */
    struct model_pairs propagated_later; /* subnet id -> time in RFC 3339 */
};

struct model_customer_gateway {
    struct model_resource head;
    int64_t asn;
    struct model_addrs addresses;
};

struct model_bgp {
    int64_t hold_s, graceful_restart_s, prepend;
    struct model_ids communities;
    uint8_t over_limit; /* enum model_over_limit */
};
struct model_bfd {
    bool enabled;
    int64_t interval_ms, multiplier;
};
struct model_translation {
    uint8_t side; /* enum model_side */
    struct prefix prefix, seen_as;
};
#define MODEL_SELECTED_NETWORKS_MAX 32 /* of one side */

struct model_vpn_connection {
    struct model_resource head;
    const char *border_gateway_id;
    const char *customer_gateway_id;
    uint8_t family;  /* addressFamily; enum model_family */
    uint8_t routing; /* enum model_routing */
    struct model_bgp bgp;
    struct model_bfd bfd;
    const char *bgp_password; /* sealed; NULL: none */
    struct model_prefixes import_prefixes, export_prefixes;
    struct {
        uint32_t count;
        struct model_translation *items;
    } translations;
    struct model_prefixes local_selectors, remote_selectors;
    struct model_addrs cloud_addresses;
    struct model_codes alarms_off; /* defaultAlarmsOff; enum model_default_alarm */
};

/* A leased line into a border gateway. */
struct model_probe {
    bool enabled;
    int64_t interval_ms, count;
};

struct model_private_interface {
    struct model_resource head;
    const char *border_gateway_id;
    const char *node_id; /* NULL: waits for one */
    const char *interface;
    int64_t vlan; /* 0: untagged */
    struct model_interface address;
    struct addr peer_address;
    int64_t mtu;
    uint8_t admin;    /* adminState; enum model_admin */
    uint8_t routing;  /* enum model_routing */
    int64_t peer_asn; /* 0: none */
    struct model_bgp bgp;
    struct model_bfd bfd;
    const char *bgp_password; /* sealed; NULL: none */
    struct model_prefixes import_prefixes, export_prefixes;
    struct model_probe probe;
};

struct model_ike {
    int64_t version;
    uint8_t exchange_mode;
    struct model_codes dh_groups, additional, encryption, integrity;
    int64_t lifetime_s;
};
struct model_ipsec {
    uint8_t mode;
    bool force_udp_encap;
    struct model_codes dh_groups, encryption, integrity;
    int64_t lifetime_s, lifetime_bytes, lifetime_packets, anti_replay_window;
    bool esn;
};
struct model_dpd {
    bool enabled;
    int64_t interval_s, timeout_s;
    uint8_t action;
};
struct model_vpn_tunnel {
    struct model_resource head;
    const char *vpn_connection_id;
    struct addr cloud_address;
    struct addr customer_address;
    const char *local_id;
    const char *remote_id;
    struct model_interface tunnel_address;
    struct addr peer_tunnel_address;
    uint8_t admin; /* adminState; enum model_admin */
    bool initiate;
    int64_t mtu;
    bool mss_clamp;
    const char *psk; /* sealed; see model_key_len() */
    int64_t psk_overlap_s;
    uint8_t authentication; /* enum model_authentication */
    const char *certificate;
    const char *private_key; /* sealed */
    const char *ca_certificates;
    const char *crl;
    struct model_ike ike;
    struct model_ipsec ipsec;
    struct model_dpd dpd;
    struct model_probe probe;
};

/* Which node carries a border gateway or a cloud address: a decision, not a computation. Its id is
 * that of the gateway, or the address as text. The generation grows with each move. */
struct model_placement {
    struct model_resource head;
    const char *node_id;
    int64_t generation;
    const char *reason; /* why it was decided so, for people */
};

struct model_alarm {
    struct model_resource head;
    bool enabled;
    uint8_t severity;     /* 1 + enum events_severity */
    const char *scope_id; /* NULL: all */
    uint8_t state;        /* enum model_alarm_cause; 0: it is about a metric */
    const char *metric;
    uint8_t comparison; /* enum model_comparison */
    const char *threshold;
    int64_t for_s;
    const char *webhook_url;
    const char *webhook_secret; /* sealed */
    struct model_ids mail_to;
};

/* ---- between JSON and structs ---- */

/* Decodes what is stored or was validated (all members in their normal form). *ret has one
 * reference. Members the descriptor does not know are ignored, those that are missing get their
 * default. -EBADMSG for what is no such resource (without an id, too) names the member in *ret_path
 * if that is not NULL (borrowed from the descriptors). */
MUST_USE int model_decode(const struct model_kind *kind, const json_t *in,
                          struct model_resource **ret, const char **ret_path);
struct model_in; /* in.h */
/* The same out of a tree or a text. */
MUST_USE int model_decode_in(const struct model_kind *kind, const struct model_in *in,
                             struct model_resource **ret, const char **ret_path);
struct model_out; /* out.h */
/* All stored members in descriptor order, secrets in their sealed form; what is absent is left out.
 * model_decode() of it gives an equal resource. */
void model_give(const struct model_resource *r, struct model_out *out);
/* The same as a tree. New; NULL if out of memory. */
json_t *model_encode(const struct model_resource *r);
/* What may be shown: in descriptor order without secrets, with the members that the descriptor
 * knows as MODEL_STATUS out of status or else out of also (each may be NULL). */
void model_show(const struct model_resource *r, const json_t *status, const json_t *also,
                struct model_out *out);
/* Of that only the members out of status or else out of also. */
void model_show_status(const struct model_kind *kind, const json_t *status, const json_t *also,
                       struct model_out *out);
/* The members of it, into an object that the caller begins and ends. */
void model_show_members(const struct model_resource *r, const json_t *status, const json_t *also,
                        struct model_out *out);
/* The same as a tree, which shares those members. New; NULL if out of memory. */
json_t *model_view(const struct model_resource *r, const json_t *status, const json_t *also);
/* Whether all members are equal but revision, updatedAt and stored_at. */
bool model_resource_equal(const struct model_resource *a, const struct model_resource *b);
/* The names of those that are not, of two of one kind. New; NULL if out of memory. */
json_t *model_changed_members(const struct model_resource *a, const struct model_resource *b);

#endif
