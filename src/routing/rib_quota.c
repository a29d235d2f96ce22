/* What counts against the quota, in a tree by age (a treap: the numbers of candidates, mixed, are
 * the priorities). The oldest are within the quota and the boundary is remembered, so a change
 * moves one route over it at most. */
#include "rib_internal.h"

/* The finaliser of MurmurHash3. */
static uint32_t priority(uint32_t n)
{
    n = (n ^ n >> 16) * 0x85ebca6bU;
    n = (n ^ n >> 13) * 0xc2b2ae35U;
    return n ^ n >> 16;
}

static uint32_t *links(const struct routing_rib *rib, uint32_t n)
{
    return rib_candidate(rib, n)->link;
}

/* Cuts the tree at tree into what is older than n and what is younger. */
static void split(const struct routing_rib *rib, uint32_t tree, uint32_t n, uint32_t *ret_older,
                  uint32_t *ret_younger)
{
    while (tree) {
        if (rib_compare_age(rib, tree, n) < 0) {
            *ret_older = tree;
            ret_older = &links(rib, tree)[1];
            tree = *ret_older;
        } else {
            *ret_younger = tree;
            ret_younger = &links(rib, tree)[0];
            tree = *ret_younger;
        }
    }
    *ret_older = *ret_younger = 0;
}

static uint32_t join(const struct routing_rib *rib, uint32_t older, uint32_t younger)
{
    uint32_t root, *at = &root;

    while (older && younger) {
        if (priority(older) > priority(younger)) {
            *at = older;
            at = &links(rib, older)[1];
            older = *at;
        } else {
            *at = younger;
            at = &links(rib, younger)[0];
            younger = *at;
        }
    }
    *at = older ? older : younger;
    return root;
}

static void insert(struct routing_rib *rib, uint32_t n)
{
    uint32_t *at = &rib->ages.root;

    while (*at && priority(*at) >= priority(n))
        at = &links(rib, *at)[rib_compare_age(rib, *at, n) < 0];
    split(rib, *at, n, &links(rib, n)[0], &links(rib, n)[1]);
    *at = n;
}

static void take_out(struct routing_rib *rib, uint32_t n)
{
    uint32_t *at = &rib->ages.root;

    while (*at != n)
        at = &links(rib, *at)[rib_compare_age(rib, *at, n) < 0];
    *at = join(rib, links(rib, n)[0], links(rib, n)[1]);
}

/* The next one in age from n, which is in the tree: younger, or older. 0 if there is none. Beside
 * 0, which is older than all, there is the oldest. */
static uint32_t beside(const struct routing_rib *rib, uint32_t n, bool younger)
{
    uint32_t found = 0;

    for (uint32_t at = rib->ages.root; at;) {
        int order = n ? rib_compare_age(rib, at, n) : 1;

        if (younger ? order > 0 : order < 0) {
            found = at;
            at = links(rib, at)[!younger];
        } else {
            at = links(rib, at)[younger];
        }
    }
    return found;
}

void rib_quota_adjust(struct routing_rib *rib)
{
    struct rib_ages *a = &rib->ages;

    while (a->within > rib->quota) {
        uint32_t out = a->last;

        a->last = beside(rib, out, false);
        a->within--;
        rib_keep_out(rib, out, ROUTING_OVER_QUOTA);
    }
    while (a->within < rib->quota) {
        uint32_t in = beside(rib, a->last, true);

        if (!in)
            return;
        a->last = in;
        a->within++;
        rib_keep_out(rib, in, ROUTING_EFFECTIVE);
    }
}

void rib_quota_enter(struct routing_rib *rib, uint32_t n)
{
    struct rib_ages *a = &rib->ages;

    insert(rib, n);
    if (!a->last || rib_compare_age(rib, n, a->last) > 0) {
        rib_candidate(rib, n)->kept = ROUTING_OVER_QUOTA; /* until there is room */
    } else {
        rib_candidate(rib, n)->kept = ROUTING_EFFECTIVE;
        a->within++;
    }
    rib_quota_adjust(rib);
}

void rib_quota_leave(struct routing_rib *rib, uint32_t n)
{
    struct rib_ages *a = &rib->ages;

    if (rib_candidate(rib, n)->kept == ROUTING_EFFECTIVE) {
        if (a->last == n)
            a->last = beside(rib, n, false);
        a->within--;
    }
    take_out(rib, n);
    rib_quota_adjust(rib);
}
