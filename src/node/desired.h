/* desired.h - the desired state document as messages for ropeway-dataplane and ropeway-ike. Pure.
 *
 * Private to the node room. What cannot be understood is skipped and becomes a problem that names
 * the object; the rest is used. */
#ifndef ROPEWAY_NODE_DESIRED_H
#define ROPEWAY_NODE_DESIRED_H

#include <jansson.h>

#include "ipc.h"

#define NODE_NETNS_MAX  32
#define NODE_DEVICE_MAX 16

enum desired_attachment { DESIRED_NETNS, DESIRED_TAP, DESIRED_NIC };

struct desired_instance {
    struct ipc_port port; /* id, MACs, MTU, address, subnet, gateway, table */
    enum desired_attachment attachment;
    char netns[NODE_NETNS_MAX];   /* DESIRED_NETNS */
    char device[NODE_DEVICE_MAX]; /* otherwise: the TAP to make, or the interface that is there */
    uint8_t mac[6]; /* of what is made; the port learns that of the machine behind a TAP or NIC */
};

struct desired_table {
    struct ipc_table table;
    size_t n_routes;
    struct ipc_route *routes; /* owned */
};

struct desired_tunnel {
    struct ipc_tunnel dataplane;
    struct ipc_ike_tunnel ike; /* holds the psk */
};

/* An object that cannot be used, and why, for the operator. */
struct desired_problem {
    char kind[16]; /* "tunnel", "instance", "table", "cloudAddress" */
    char id[IPC_ID_MAX];
    char text[256];
};

struct desired {
    uint64_t revision;
    size_t n_cloud, n_instances, n_tables, n_tunnels, n_problems;
    struct addr *cloud;
    struct desired_instance *instances;
    struct desired_table *tables;
    struct desired_tunnel *tunnels;
    struct desired_problem *problems;
};

/* -EBADMSG if the document as a whole is none (no object, no revision, a list that is not one),
 * -ENOMEM. */
MUST_USE int desired_parse(const json_t *doc, struct desired **ret);
/* Wipes. NULL is fine. */
void desired_free(struct desired *d);

/* ---- the pieces, for desired.c ---- */

/* Where a reason is written that names the field: "ike.encryption: \"rot13\" is unknown". */
struct desired_error {
    char text[256];
};

PRINTF(2, 3) int desired_fail(struct desired_error *err, const char *fmt, ...);

/* Each -EBADMSG with the reason in err if the field is there and of a wrong kind, or missing. */
MUST_USE int desired_text(const json_t *obj, const char *name, char *ret, size_t size,
                          struct desired_error *err);
MUST_USE int desired_number(const json_t *obj, const char *name, uint64_t max, uint64_t *ret,
                            struct desired_error *err);
MUST_USE int desired_bool(const json_t *obj, const char *name, bool *ret,
                          struct desired_error *err);
MUST_USE int desired_addr(const json_t *obj, const char *name, bool may_be_empty, struct addr *ret,
                          struct desired_error *err);
MUST_USE int desired_object(const json_t *obj, const char *name, const json_t **ret,
                            struct desired_error *err);
MUST_USE int desired_list(const json_t *obj, const char *name, size_t max, const json_t **ret,
                          struct desired_error *err);

/* tunnel.c: one tunnel of the document. */
MUST_USE int desired_tunnel_parse(const json_t *obj, struct desired_tunnel *ret,
                                  struct desired_error *err);

#endif
