/* desired.h - the objects of the desired state (docs/protocol.md), each from its JSON value to what
 * the node works with. Pure. Private to the node room.
 *
 * A value that cannot be understood gives a reason that names the field, for the operator; nothing
 * else suffers from it. */
#ifndef ROPEWAY_NODE_DESIRED_H
#define ROPEWAY_NODE_DESIRED_H

#include <jansson.h>

#include "ipc.h"
#include "words.h"

#define NODE_NETNS_MAX  32
#define NODE_DEVICE_MAX 16

enum desired_type {
    DESIRED_ADDRESS,
    DESIRED_VPC,
    DESIRED_INSTANCE,
    DESIRED_TABLE,
    DESIRED_GATEWAY,
    DESIRED_ATTACHMENT,
    DESIRED_ROUTE,
    DESIRED_TUNNEL,
    DESIRED_LINE,
    DESIRED_NETWORK,
    DESIRED_TYPES /* also: a type that this node does not know */
};

struct desired_address {
    struct addr address;
    uint64_t generation;
};

struct desired_subnet {
    char id[IPC_ID_MAX];
    struct prefix cidr;
    char table[IPC_ID_MAX];
};

struct desired_table_route {
    struct prefix destination;
    char next_hop[IPC_ID_MAX];
};

/* In each struct the arrays come first, owned; what follows them has no pointers. */
struct desired_vpc {
    struct prefix *ranges;
    struct desired_subnet *subnets;
    struct desired_table_route *beyond; /* for addresses that are in none of its ranges */
    size_t n_ranges, n_subnets, n_beyond;
};

enum desired_attachment_kind { DESIRED_NETNS, DESIRED_TAP, DESIRED_NIC };

/* A real network is one as well (IPC_PORT_SUBNET): what has addresses there is reached through an
 * interface that is there. */
struct desired_instance {
    struct ipc_port port; /* id, MACs, MTU, address, subnet, gateway, table */
    char vpc[IPC_ID_MAX];
    enum desired_attachment_kind attachment;
    char netns[NODE_NETNS_MAX];   /* DESIRED_NETNS */
    char device[NODE_DEVICE_MAX]; /* otherwise: the TAP to make, or the interface that is there */
    uint8_t mac[6]; /* of what is made; the port learns that of the machine behind a TAP or NIC */
    char claim[NODE_DEVICE_MAX + 6]; /* what nobody else may use: the device, and its VLAN */
};

struct desired_propagation {
    char gateway[IPC_ID_MAX];
    struct prefix range;
};

struct desired_table {
    struct desired_table_route *routes;
    struct desired_propagation *propagations;
    size_t n_routes, n_propagations;
    char vpc[IPC_ID_MAX];
    uint64_t max_propagated;
};

struct desired_gateway {
    uint32_t asn;
    bool transit;
    uint64_t max_dynamic;
    uint64_t generation;
};

struct desired_propagated {
    struct prefix prefix;
    uint64_t since;
};

struct desired_attachment {
    struct desired_propagated *prefixes;
    size_t n_prefixes;
    char gateway[IPC_ID_MAX];
    char vpc[IPC_ID_MAX];
};

struct desired_route {
    char gateway[IPC_ID_MAX];
    struct prefix destination;
    char next_hop[IPC_ID_MAX];
    uint64_t since;
};

#define DESIRED_PREFIXES_MAX    100
#define DESIRED_COMMUNITIES_MAX 16
#define DESIRED_COMMUNITY_MAX   40

/* BGP over a tunnel. */
struct desired_bgp {
    uint32_t peer_asn;
    uint32_t hold_s;
    uint32_t restart_s; /* graceful restart; 0: none */
    char password[81];  /* TCP MD5; "": none */
    uint32_t bfd_ms;    /* 0: no BFD */
    uint32_t bfd_multiplier;
    uint32_t prepend;
    char communities[DESIRED_COMMUNITIES_MAX][DESIRED_COMMUNITY_MAX];
    struct prefix imports[DESIRED_PREFIXES_MAX], exports[DESIRED_PREFIXES_MAX];
    size_t n_communities, n_imports, n_exports;
    bool shut; /* what happens beyond the quota; else it is only said */
};

/* The table and the traffic selectors depend on other objects: they are the node's to fill in. */
struct desired_tunnel {
    struct desired_bgp *bgp;
    struct ipc_ike_credentials *credentials;
    size_t n_bgp;             /* 0: none, or 1 */
    size_t n_credentials;     /* 0: it authenticates by the psk; or 1 */
    uint64_t credentials_are; /* a hash of them */
    uint8_t inner_len;        /* of the network of the inner addresses */
    struct ipc_tunnel dataplane;
    struct ipc_ike_tunnel ike; /* holds the psk */
    bool drained;              /* down since its node is, and not by its own adminState */
    char gateway[IPC_ID_MAX];
    uint64_t generation;
};

/* A private interface: a line to a router, which at connects as an instance with DESIRED_NIC. Its
 * port's table depends on the gateway: it is the node's to fill in. */
struct desired_line {
    struct desired_bgp *bgp;
    size_t n_bgp; /* 0: none, or 1 */
    struct desired_instance at;
    uint8_t len; /* of the network that both ends are in */
    bool admin_up;
    bool drained; /* as a tunnel's */
    char gateway[IPC_ID_MAX];
};

/* Where a reason is written (words.h): "ike.encryption: \"rot13\" is unknown". */
struct desired_error {
    char text[256];
};

/* "tunnel", ...; DESIRED_TYPES for a name that is none. */
enum desired_type desired_type_of(const char *name, size_t len);
const char *desired_type_name(enum desired_type type);
/* The value of an object as one of the structs above. -EBADMSG with the reason in err, -ENOMEM. */
MUST_USE int desired_parse(enum desired_type type, const char *id, const json_t *value, void **ret,
                           struct desired_error *err);
/* Wipes. NULL is fine. */
void desired_free(enum desired_type type, void *value);
bool desired_equal(enum desired_type type, const void *a, const void *b);
/* The generation of its placement; 0 for types that have none. */
uint64_t desired_generation(enum desired_type type, const void *value);
/* The ids of the resources that a value names, some of them twice. Stops at a negative answer and
 * returns it. */
MUST_USE int desired_mentions(enum desired_type type, const void *value,
                              int (*visit)(void *arg, const char *id), void *arg);

/* ---- the pieces (fields.c) ---- */

/* Returns -EBADMSG. */
int desired_fail(struct desired_error *err, const struct words *why);

/* Each -EBADMSG with the reason in err if the field is there and of a wrong kind, or missing. */
MUST_USE int desired_text(const json_t *obj, const char *name, char *ret, size_t size,
                          struct desired_error *err);
MUST_USE int desired_number(const json_t *obj, const char *name, uint64_t max, uint64_t *ret,
                            struct desired_error *err);
MUST_USE int desired_bool(const json_t *obj, const char *name, bool *ret,
                          struct desired_error *err);
MUST_USE int desired_addr(const json_t *obj, const char *name, struct addr *ret,
                          struct desired_error *err);
MUST_USE int desired_prefix(const json_t *obj, const char *name, struct prefix *ret,
                            struct desired_error *err);
MUST_USE int desired_object(const json_t *obj, const char *name, const json_t **ret,
                            struct desired_error *err);
MUST_USE int desired_list(const json_t *obj, const char *name, size_t max, const json_t **ret,
                          struct desired_error *err);

/* ---- one type each; ret is zeroed ---- */

/* NULL: the tunnel has no BGP. *ret is the caller's. */
MUST_USE int desired_bgp_parse(const json_t *obj, struct desired_bgp **ret,
                               struct desired_error *err);
MUST_USE int desired_tunnel_parse(const char *id, const json_t *obj, struct desired_tunnel *ret,
                                  struct desired_error *err);
MUST_USE int desired_line_parse(const char *id, const json_t *obj, struct desired_line *ret,
                                struct desired_error *err);
MUST_USE int desired_mac(const json_t *obj, const char *name, uint8_t ret[6],
                         struct desired_error *err);
/* Both stay as they are if nothing is said of probes, as a ropewayd of before does. */
MUST_USE int desired_probe_parse(const json_t *of, uint32_t *ret_ms, uint16_t *ret_count,
                                 struct desired_error *err);
/* Whether it can be the name of an interface, and a file's as well, in /proc. */
bool desired_is_device(const char *name);
/* The prefix, of a side (enum ipc_side) of the tunnel's connection, as the other end sees it, or as
 * it really is; false, and as it was, if no translation holds all of it. */
bool desired_translate(const struct ipc_tunnel *tunnel, uint8_t side, bool as_seen,
                       struct prefix *p);
/* An interface that is there, with or without a VLAN, into device, port.vlan and claim. */
MUST_USE int desired_wire_parse(const json_t *obj, struct desired_instance *ret,
                                struct desired_error *err);
/* MTU of a port. */
MUST_USE int desired_mtu_parse(const json_t *obj, struct ipc_port *ret, struct desired_error *err);
MUST_USE int desired_network_parse(const char *id, const json_t *obj, struct desired_instance *ret,
                                   struct desired_error *err);
MUST_USE int desired_instance_parse(const char *id, const json_t *obj, struct desired_instance *ret,
                                    struct desired_error *err);

#endif
