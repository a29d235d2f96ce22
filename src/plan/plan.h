/* plan.h - compiles a region into the objects that its nodes need, keeps them up to date from
 * change to change, and answers what people ask about routes. Pure: no I/O, no clock.
 *
 * A node does not get the region but objects: what is placed on it and what that needs, each with a
 * version, so that a change costs what it touches. The objects hold the candidates of routing, not
 * its outcome: the node links the routing room and decides for itself (docs/protocol.md lists the
 * objects and their members).
 *
 *     planner_new()                            one for each region
 *     planner_follow(p, before, after, ...)    after each commit: recomputes what it touches
 *     planner_changes(p, node, since, ...)     what a node has not seen
 *     plan_gateway_routes(), plan_table_routes(), plan_explain(), plan_problems()
 *                                              from a snapshot alone, any thread
 *
 * A planner belongs to one thread at a time. */
#ifndef ROPEWAY_PLAN_H
#define ROPEWAY_PLAN_H

#include <jansson.h>

#include "model.h"
#include "routing.h"
#include "snapshot.h"

/* ---- objects ---- */

struct planner;

MUST_USE int planner_new(struct planner **ret);
void planner_free(struct planner *p);

/* A resource that differs between two snapshots. */
struct plan_change {
    enum model_kind_id kind;
    const char *id;
};

/* Takes the step from one snapshot of the region to a later one (before NULL: from nothing; changes
 * are not looked at). Every resource that differs is in changes; what else it touches the planner
 * finds by the links. moved(arg, node, version) is called for each node whose objects changed, with
 * the version of its stream after it (0: the node was deleted, and its stream with it). On -ENOMEM
 * the planner is useless: free it and begin anew. */
MUST_USE int planner_follow(struct planner *p, const struct snapshot *before,
                            const struct snapshot *after, const struct plan_change *changes,
                            size_t count,
                            void (*moved)(void *arg, const char *node_id, uint64_t version),
                            void *arg);

/* One object as a node holds it. Borrowed until the next planner_follow(). */
struct plan_object {
    const char *key;    /* TYPE/ID: "tunnel/vpntun-…" */
    uint64_t version;   /* of the node's stream when it last changed; no two have the same */
    uint64_t hash;      /* of key and text; the digest of a node is the sum of these, mod 2^64 */
    const char *text;   /* compact JSON object; NULL: gone. Secrets are in their sealed form. */
    const char *source; /* id of the resource whose revision it carries out; "" if none */
};

/* What changed for the node after version since (0: all there is), in the order of versions, until
 * visit answers non-zero (which is returned; the object it refused was not taken). Deleted objects
 * are remembered for a bounded while: -ESTALE if since is older than that, or from the future; the
 * node then begins with 0. A listing from 0 on may be continued page by page from the version of
 * the last object taken, however old that is: the planner remembers where the stream stood when the
 * node's last one began. An unknown node has no objects. */
MUST_USE int planner_changes(struct planner *p, const char *node_id, uint64_t since,
                             int (*visit)(void *arg, const struct plan_object *object), void *arg);
uint64_t planner_version(const struct planner *p, const char *node_id);
uint64_t planner_digest(const struct planner *p, const char *node_id);
/* How many objects the node has. */
size_t planner_count(const struct planner *p, const char *node_id);
/* The object with this key on the node; false if it has none (nor remembers a deleted one). */
bool planner_find(const struct planner *p, const char *node_id, const char *key,
                  struct plan_object *ret);

/* ---- what peers announce ---- */

enum plan_origin { PLAN_ORIGIN_IGP, PLAN_ORIGIN_EGP, PLAN_ORIGIN_INCOMPLETE, PLAN_ORIGINS };

/* "igp", "egp", "incomplete". */
const char *plan_origin_name(unsigned origin);

/* One route that came from the peer of a tunnel by BGP. Texts are borrowed. */
struct plan_learned_route {
    struct prefix prefix;
    struct addr next_hop;
    uint32_t length; /* of the AS path */
    uint32_t med;
    bool has_med;
    uint8_t origin; /* enum plan_origin */
    uint64_t since_us;
    const char *as_path, *communities;
};

/* A negative answer ends it. */
typedef int plan_take_learned(void *arg, const struct plan_learned_route *route);

#define PLAN_MAC_MAX 18

/* A private interface or real network, as its node says. */
struct plan_wire {
    bool up;
    const char *error; /* why it is not: a written message. Borrowed. */
    size_t hosts;      /* of a network: how many are known */
};

/* What is known of that at one moment, and nobody doubts. */
struct plan_learned {
    /* Each route that the peer of the tunnel or private interface announces to this node, in the
     * order of prefixes. */
    int (*each)(void *arg, const char *tunnel, const char *node, plan_take_learned *take,
                void *user);
    /* One of them. Borrowed from whoever gave this. */
    bool (*find)(void *arg, const char *tunnel, const struct prefix *prefix,
                 struct plan_learned_route *ret);
    /* A private interface or real network; false: nobody says. */
    bool (*wire)(void *arg, const char *id, struct plan_wire *ret);
    /* A host of a real network, and its MAC address as a text. */
    bool (*host)(void *arg, const char *subnet, const struct addr *a, char ret_mac[PLAN_MAC_MAX]);
    void *arg;
};

/* ---- what people ask: from a snapshot, and from what peers announce (NULL: nothing) ---- */

/* Sentences are in the language lang; "CODE" beside one is its code and arguments (words_json.h).
 *
 * [{"kind", "id", "error", CODE}]: resources that cannot be served in full, each with a sentence;
 * also routes that a quota keeps out. New, empty if all is well. Looks at the whole region. */
MUST_USE int plan_problems(const struct snapshot *s, const struct plan_learned *learned,
                           enum words_lang lang, json_t **ret);

enum plan_table { PLAN_STATIC, PLAN_PROPAGATED, PLAN_EFFECTIVE };

/* -EINVAL unless text is static, propagated or effective. */
MUST_USE int plan_parse_table(const char *text, enum plan_table *ret);
/* The part of a long list that is shown. A cursor is a prefix, a comma and how many rows of it were
 * shown. */
#define PLAN_CURSOR_MAX 64
struct plan_page {
    size_t limit;
    char after[PLAN_CURSOR_MAX]; /* ""; where it begins */
    char next[PLAN_CURSOR_MAX];  /* written: where the next one begins; "" at the end */
};

bool plan_is_cursor(const char *text);

struct plan_pager {
    struct plan_page *page; /* NULL: all rows */
    bool skips;             /* it begins behind after */
    struct prefix after;
    uint64_t after_count; /* rows of it */
    struct prefix last;   /* of the row before */
    size_t rows;          /* of that destination so far */
    size_t last_rows;     /* so, of the one taken last */
    size_t taken;
};

/* Rows are asked about in the order of destinations. -EINVAL: it begins at no cursor. */
MUST_USE int plan_pager_begin(struct plan_pager *p, struct plan_page *page);
/* Whether the next row is on the page. */
bool plan_pager_takes(struct plan_pager *p, const struct prefix *destination);
/* Nothing more will be. */
bool plan_pager_is_full(const struct plan_pager *p);

/* New arrays of {"destination", "nextHop" (an id, "local" or "blackhole"), "nextHopType",
 * "type" (local, static, propagated, ebgp, ibgp), "metric", "effective", "reason" (""
 * if effective, else with CODE), "routeId" (of a gateway's static route)}, of one that came by BGP
 * also
 * {"tunnelId", "viaAddress", "asPath", "communities", "med"?, "origin", "since"}, by destination,
 * best first. page NULL: all. -ENOENT. */
MUST_USE int plan_gateway_routes(const struct snapshot *s, const struct plan_learned *learned,
                                 const char *gateway_id, enum plan_table table,
                                 enum words_lang lang, struct plan_page *page, json_t **ret);
MUST_USE int plan_route_table_routes(const struct snapshot *s, const struct plan_learned *learned,
                                     const char *route_table_id, enum words_lang lang,
                                     struct plan_page *page, json_t **ret);
/* {"destination", "learned" (from a peer)} of what the peer of a tunnel is told, by destination;
 * nothing if its connection does without BGP. -ENOENT. */
MUST_USE int plan_announced(const struct snapshot *s, const struct plan_learned *learned,
                            const char *tunnel_id, struct plan_page *page, json_t **ret);
/* The same of what its peer has told: as the members of a row above, without those of selection. */
MUST_USE int plan_show_learned(const struct plan_learned_route *route, json_t *row);
/* The prefix, of a side of the connection, as the other end sees it, or as it really is; false, and
 * as it was, if no translation holds all of it. */
bool plan_translate(const struct model_vpn_connection *c, enum model_side side, bool as_seen,
                    struct prefix *p);
/* How many routes the gateway has learned by BGP. -ENOENT. */
MUST_USE int plan_dynamic_routes(const struct snapshot *s, const struct plan_learned *learned,
                                 const char *gateway_id, size_t *ret);

/* What of a border gateway's static routes, or of a route table's, is not in force, but for what
 * would only lead back into the VPC it came from. */
struct plan_lost {
    size_t count;
    uint64_t hash;                     /* of their destinations */
    char destination[PREFIX_TEXT_MAX]; /* of the first */
    char reason[ROUTING_TEXT_MAX];     /* a written message */
    struct {
        size_t count;        /* that came by BGP and that the quota keeps out */
        size_t quota;        /* how many it lets in */
        struct prefix first; /* of those */
    } over;
};
/* -ENOENT if id is neither. */
MUST_USE int plan_lost_routes(const struct snapshot *s, const struct plan_learned *learned,
                              const char *id, struct plan_lost *ret);

/* What is known of a tunnel at this moment: {"operState", "lastError" (a written message)}. New;
 * NULL if nothing is. */
typedef json_t *plan_tunnel_status(void *user, const struct model_vpn_tunnel *tunnel);

/* Where a packet to destination goes from a border gateway (as one from a VPC, or from a tunnel)
 * or a VPC route table: {"answer": sentence, CODE, "steps": [sentence], "stepsCodes": [their
 * codes]}. New. id is a bgw-… or rtb-…; -ENOENT. status may be NULL: then a tunnel whose adminState
 * is up is taken to be so. */
MUST_USE int plan_explain(const struct snapshot *s, const struct plan_learned *learned,
                          const char *id, bool from_tunnel, const struct addr *destination,
                          plan_tunnel_status *status, void *user, enum words_lang lang,
                          json_t **ret);

/* Whether a border gateway reaches an address over a VPN connection: the length of its route's
 * destination, -ENOENT if it does not, -ENOMEM. */
MUST_USE int plan_reaches(const struct snapshot *s, const struct plan_learned *learned,
                          const char *gateway, const struct addr *address);

/* Where one way of a packet ends. */
struct plan_path_end {
    bool reached; /* an instance, a gateway's own address, or what lies behind this region */
    char why[WORDS_TEXT_MAX];              /* where, or why it goes no further: a written END_... */
    const struct model_vpn_tunnel *tunnel; /* of those that it may take the last; NULL: none */
    int64_t mtu;                           /* the smallest of theirs */
};

/* Where an instance that can be carried lives; NULL if nowhere. */
const char *plan_instance_node(const struct snapshot *s, const struct model_instance *instance);

/* What decides which of several ways packets take, besides their node. */
struct plan_flow {
    struct addr from, to; /* of one family */
    uint8_t protocol;
    uint16_t source_port, destination_port; /* of ICMP the first is the identifier */
};

/* Whose way is asked for. */
struct plan_packet {
    const struct addr *destination;
    const struct plan_flow *flow; /* NULL: the first way that leads on */
    const char *node;             /* where it begins; NULL: at a gateway */
    bool from_tunnel;             /* at a gateway, from behind it */
};

/* The same as a list of places: appends to hops
 * {"kind": routeTable | borderGateway | vpnConnection | vpc | subnet | instance, "regionId", "id",
 * "name"}; a table also with "entries" [{"destination", "nextHop", "nextHopType", "type"}], the
 * routes that share the traffic, a connection with "tunnels" [{"id", "name", "cloudAddress",
 * "customerAddress", "operState", "mtu", "usable", "takes" (of a flow: this one does)}] and, where
 * the peer knows the packet's addresses as others, "destinationThere" and (of a flow)
 * "sourceThere", an instance with "address". -ENOENT. Lends of s. */
MUST_USE int plan_path(const struct snapshot *s, const struct plan_learned *learned, const char *id,
                       const struct plan_packet *packet, plan_tunnel_status *status, void *user,
                       json_t *hops, struct plan_path_end *ret);

#endif
