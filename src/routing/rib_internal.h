/* rib_internal.h - the parts of a RIB. They refer to one another by numbers of 32 bits, which take
 * half of what pointers do: 100,000 routes are some hundred bytes each. 0 is none. */
#ifndef ROPEWAY_RIB_INTERNAL_H
#define ROPEWAY_RIB_INTERNAL_H

#include "routing_internal.h"
#include "routing_rib.h"

/* ---- texts, each once (rib_text.c) ---- */

struct rib_texts {
    struct pool pool;
    uint32_t *buckets;
    uint32_t n_buckets; /* 0 or a power of two */
    uint32_t count;
    size_t bytes;
};

/* 0 for "". Found, it has one user more. -ENOMEM. */
MUST_USE int rib_text_take(struct rib_texts *t, const char *text, uint32_t *ret);
void rib_text_give(struct rib_texts *t, uint32_t n);
const char *rib_text(const struct rib_texts *t, uint32_t n);
void rib_texts_done(struct rib_texts *t);

/* ---- destinations ---- */

struct rib_node {
    struct ptree_node tree; /* value: the first candidate; kept: in the list of changes */
    uint32_t next_changed;
};

/* ---- candidates ---- */

/* What was told of a candidate, if it is no reason. */
#define RIB_WAS_ABSENT  255
#define RIB_WAS_ANOTHER 254

struct rib_candidate {
    uint64_t since;
    uint32_t next; /* to the same destination, best first */
    uint32_t node;
    uint32_t target, id, via;
    uint32_t metric;
    /* What is counted: its children in the tree of ages. What an attachment propagates: [0] is the
     * next one of the same destination. */
    uint32_t link[2];
    uint8_t hop, type, barred;
    uint8_t kept;   /* what keeps it out of the selection, or ROUTING_EFFECTIVE */
    uint8_t reason; /* the outcome */
    uint8_t was;    /* the reason that was told last */
    bool translated : 1;
    bool gone : 1;   /* removed, which was not told yet */
    bool queued : 1; /* its overlaps are to be settled */
};

struct rib_ages {
    uint32_t root; /* of those that are counted, by age */
    uint32_t last; /* the youngest that is within the quota */
    size_t within;
};

struct routing_rib {
    bool vpc;
    size_t quota;
    size_t count;
    struct pool nodes, candidates;
    struct rib_texts texts;
    struct ptree destinations;
    uint32_t changed; /* the first node of the list */
    struct rib_ages ages;
    /* What attachments propagate. */
    struct ptree offers;
    uint32_t *queue; /* a heap by age, with room for all of them */
    size_t queued, n_offers, queue_cap;
    struct routing_table view; /* with room for the destination of most candidates */
};

static inline struct rib_node *rib_node(const struct routing_rib *rib, uint32_t n)
{
    return pool_at(&rib->nodes, n);
}

static inline struct rib_candidate *rib_candidate(const struct routing_rib *rib, uint32_t n)
{
    return pool_at(&rib->candidates, n);
}

/* As callers see it; winner is left out (rib_candidate.c). */
struct routing_route rib_route(const struct routing_rib *rib, const struct rib_candidate *c);
/* The candidate that is known as r, also one that is gone but not told of; 0 if there is none. */
uint32_t rib_find(const struct routing_rib *rib, const struct routing_route *r);
int rib_compare_age(const struct routing_rib *rib, uint32_t a, uint32_t b);

/* Says of candidate n what keeps it out, and selects anew for its destination (rib_decide.c). */
void rib_keep_out(struct routing_rib *rib, uint32_t n, enum routing_reason kept);
void rib_decide(struct routing_rib *rib, uint32_t node);
void rib_mark(struct routing_rib *rib, uint32_t node);

/* A counted candidate comes or goes (rib_quota.c). */
void rib_quota_enter(struct routing_rib *rib, uint32_t n);
void rib_quota_leave(struct routing_rib *rib, uint32_t n);
void rib_quota_adjust(struct routing_rib *rib);

/* What an attachment propagates comes or goes (rib_conflict.c). Room is made beforehand: in the
 * queue, and the node of its destination among offers. -ENOMEM. */
MUST_USE int rib_conflict_room(struct routing_rib *rib, const struct prefix *p);
void rib_conflict_enter(struct routing_rib *rib, uint32_t n);
void rib_conflict_leave(struct routing_rib *rib, uint32_t n);
/* The oldest that holds against n, or 0. */
uint32_t rib_conflict_holder(const struct routing_rib *rib, uint32_t n);

/* A candidate of a VPC comes or goes (rib_cover.c). */
void rib_cover_enter(struct routing_rib *rib, uint32_t n);
void rib_cover_leave(struct routing_rib *rib, uint32_t n);
/* The local route that covers n, or 0. */
uint32_t rib_cover_of(const struct routing_rib *rib, uint32_t n);

#endif
