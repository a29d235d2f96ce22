/* node.h - the reconciler of a gateway node: compares the desired state that the control plane
 * compiled with what this machine, ropeway-dataplane and ropeway-ike have, and mends the
 * difference, again and again. On disk it keeps its key and certificate only (identity.h); what it
 * made it finds again by its marks:
 *
 *   network namespaces   the alias of their lo:   "ropeway:RUN_DIR:INSTANCE_ID"
 *   TAPs in them         the same as alias of eth0
 *   TAPs beside them     the same; in the node's own network namespace
 *   addresses            label "rw:" + a hash of RUN_DIR (IPv4), or that hash as metric (IPv6);
 *                        protocol 82 (IFA_PROTO)
 *   routes               protocol 82
 *
 * Whatever does not carry the mark of this run directory belongs to somebody else and is left
 * alone, also when it is in the way; then the status says so. */
#ifndef ROPEWAY_NODE_H
#define ROPEWAY_NODE_H

#include "base.h"

/* All borrowed; they outlive the call. */
struct node_config {
    const char *api;        /* "unix:/path/to/nodes.sock" or "https://host:port" */
    const char *token_file; /* of the node token; read when the node joins. NULL: none */
    const char *state_dir;  /* of the node's key and certificate */
    const char *region;
    const char *name;             /* of the node; the same name is the same node */
    const char *address;          /* at which other nodes reach this one; NULL: not told */
    const char *public_interface; /* gets the cloud addresses; NULL: they are there already */
    const char *run_dir;          /* of the sockets, and part of every mark */
    const char *ca_file;          /* for https; NULL: the system's */
    /* So often IKE and the data plane are told everything, though nothing seems to differ; 0:
     * NODE_AUDIT_S. */
    unsigned audit_s;
    /* How long the first report waits for what is under way at the start, milliseconds; 0: a
     * second. */
    unsigned settle_ms;
};

#define NODE_AUDIT_S 600U

/* Runs until SIGTERM or SIGINT; everything made stays in place, so that packets flow on. -EINVAL
 * for an API that is neither, -EBUSY while another node uses the run directory or the state
 * directory. */
MUST_USE int node_run(const struct node_config *config);

/* Removes all that a node with this run directory ever made and is still there: instances in
 * the whole machine, TAPs and addresses in the current network namespace. Returns how many things,
 * or a negative errno after having gone on with the rest; -EBUSY while a node uses it. */
MUST_USE int node_cleanup(const char *run_dir);

#endif
