/* notice.h - who watches for what becomes an event: only what has changed since it was last said,
 * also over a restart. Whoever calls only pays for memory.
 *
 * Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_NOTICE_H
#define ROPEWAY_CONTROL_NOTICE_H

#include "control_internal.h"
#include "events.h"

/* ---- saying it (notice.c) ---- */

struct notice {
    enum events_severity severity;
    uint64_t at_us;    /* 0: now */
    uint64_t revision; /* of the change that did it; 0: none did */
};

/* About a resource, for those who may see it. Any lock may be held. */
void notice_resource(struct region *r, const struct model_resource *resource,
                     const struct notice *n, const struct words *text);
/* About what is no resource of the region: texts as in struct event. */
void notice_other(struct region *r, const char *collection, const char *id, const char *name,
                  const char *project, const struct notice *n, const struct words *text);

/* ---- watching ---- */

/* The node said something of the tunnel; before: what it had said, or NULL. Live lock held
 * (notice_tunnels.c). */
void notice_tunnel(struct region *r, const char *id, const struct said *before,
                   const struct said *now);
/* The same of a private interface (notice_lines.c). */
void notice_line(struct region *r, const char *id, const struct said *before,
                 const struct said *now);
/* The same of a real network. */
void notice_network(struct region *r, const char *id, const struct said *before,
                    const struct said *now);
/* The same of the BGP session of either, and whether that is wanted (notice_bgp.c). */
void notice_bgp(struct region *r, const struct model_resource *resource, bool wanted,
                const struct said *before, const struct said *now);
/* The node reported (notice_nodes.c); live lock held. */
void notice_node(struct region *r, struct node_state *n);
/* Nodes may have fallen silent. */
void notice_silence(struct region *r);
/* A commit is durable (notice_changes.c). who: whose it was, "" if nobody knows. */
void notice_changes(struct region *r, const struct snapshot *before, const struct snapshot *after,
                    const struct plan_change *changes, size_t count, const char *who);
/* Routes of what may have changed are looked at again (notice_routes.c). */
void notice_routes(struct region *r);
/* A commit changed this. */
void notice_routes_due(struct region *r, const struct snapshot *before,
                       const struct snapshot *after, enum model_kind_id kind, const char *id);
/* Its peer announces something else. */
void notice_routes_learned(struct region *r, const struct snapshot *s, const char *tunnel);
/* High availability of connections that may have changed is looked at again
 * (notice_available.c). */
void notice_available(struct region *r);
/* This tunnel may have changed it. */
void notice_available_due(struct region *r, const struct snapshot *s, const char *tunnel);
/* Tokens and certificates (notice_expiry.c). */
void notice_expiry(struct control *c, uint64_t now_us);

/* ---- life ---- */

/* Once, when everything is loaded. */
MUST_USE int notice_start(struct control *c);
/* What time brings; about each second. */
void notice_tick(struct control *c, uint64_t now_us);
void notice_stop(struct control *c);

#endif
