/* identity.h - what a node proves with who it is: a key that it made and never gives away, and the
 * certificate that its region's authority signed for it. Private to the node room.
 *
 * In the state directory (0700): node.key (0600), node.crt, authority.crt, and node.id: region, id,
 * name and address of the node, a line each, written last. */
#ifndef ROPEWAY_NODE_IDENTITY_H
#define ROPEWAY_NODE_IDENTITY_H

#include <limits.h>

#include "base.h"
#include "ipc.h"

/* As whom the node joins; another one needs another certificate. Borrowed texts. */
struct identity_self {
    const char *region;
    const char *name;
    const char *address; /* NULL: none */
};

/* What came from ropewayd. Borrowed texts. */
struct identity_grant {
    const char *id;
    const char *certificate; /* PEM */
    const char *authority;   /* PEM */
};

struct identity {
    char dir[PATH_MAX];
    int lock;            /* descriptor that keeps a second node out; -1: none */
    char id[IPC_ID_MAX]; /* of the node; "": it has no identity */
    struct buf key;      /* PEM */
    struct buf certificate;
    uint64_t issued_us, until_us; /* of the certificate; since 1970 */
};

/* Makes the directory if need be and locks it; -EBUSY while another node uses it. Reads what is
 * there: if that is not whole, not valid now, or of another self, id stays "". */
MUST_USE int identity_open(struct identity *i, const char *dir, const struct identity_self *self);
void identity_close(struct identity *i);

/* A key (P-256) and a certificate request for it, PEM; the caller wipes the key. */
MUST_USE int identity_new_key(struct buf *ret_key);
MUST_USE int identity_request(const struct buf *key, const char *name, struct buf *ret_request);

/* Takes the key over, also on failure, and writes all files. -EBADMSG if the certificate is none
 * for the key; then all is as it was. */
MUST_USE int identity_take(struct identity *i, const struct identity_self *self, struct buf *key,
                           const struct identity_grant *grant);
/* Another certificate for the same key. */
MUST_USE int identity_renew(struct identity *i, const struct identity_grant *grant);
/* When to renew: when two thirds of the certificate's life are over. Since 1970. */
uint64_t identity_renewal_us(const struct identity *i);

#endif
