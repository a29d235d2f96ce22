#include "pmap.h"

#include <stdlib.h>

/* A weight-balanced tree with path copying.
 *
 * Balance (Hirai and Yamamoto, "Balancing weight-balanced trees", JFP 2011, parameters 3 and 2): of
 * two siblings neither has more than three times as many places as the other, where a tree of n
 * entries has n + 1 places. So each step down leaves at most 3/4 of the places, and a tree of
 * PMAP_COUNT_MAX entries is at most 61 deep.
 *
 * A change has two parts. The first walks down and makes every node its own that the second will
 * touch, by copying what others hold: that may fail, and has changed no content until then. The
 * second cannot fail. */

#define DELTA 3
#define GAMMA 2

struct pmap {
    unsigned refs;  /* atomic */
    uint32_t count; /* of this node and all below */
    uint64_t weight;
    struct pmap *left, *right;
    void *value;
    uint16_t key_len;
    uint8_t key[];
};

/* ---- one node ---- */

size_t pmap_count(const struct pmap *m)
{
    return m ? m->count : 0;
}

static uint64_t weight_of(const struct pmap *m)
{
    return m ? m->weight : 0;
}

static uint64_t own_weight(const struct pmap *m)
{
    return m->weight - weight_of(m->left) - weight_of(m->right);
}

/* Counts and sums again, after the children changed. */
static void update(struct pmap *m, uint64_t own)
{
    m->count = (uint32_t)(pmap_count(m->left) + pmap_count(m->right) + 1);
    m->weight = weight_of(m->left) + weight_of(m->right) + own;
}

static int compare(const void *key, size_t len, const struct pmap *m)
{
    size_t both = MIN(len, m->key_len);
    int order = both ? memcmp(key, m->key, both) : 0;

    return order ? order : (len > m->key_len) - (len < m->key_len);
}

static struct pmap *node_new(const void *key, size_t len)
{
    struct pmap *m = malloc(MAX(sizeof(*m), offsetof(struct pmap, key) + len));

    if (!m)
        return NULL;
    *m = (struct pmap){.refs = 1, .count = 1, .key_len = (uint16_t)len};
    if (len)
        memcpy(m->key, key, len);
    return m;
}

struct pmap *pmap_ref(struct pmap *m)
{
    if (m)
        __atomic_fetch_add(&m->refs, 1, __ATOMIC_RELAXED);
    return m;
}

static void value_ref(const struct pmap_type *type, void *value)
{
    if (type->ref)
        type->ref(value);
}

static void value_unref(const struct pmap_type *type, void *value)
{
    if (type->unref)
        type->unref(value);
}

/* Calls itself for the left half only, so it goes no deeper than the tree. */
void pmap_unref(const struct pmap_type *type, struct pmap *m)
{
    while (m && __atomic_fetch_sub(&m->refs, 1, __ATOMIC_ACQ_REL) == 1) {
        struct pmap *right = m->right;

        pmap_unref(type, m->left);
        value_unref(type, m->value);
        free(m);
        m = right;
    }
}

/* Makes *at a node that nobody else holds; its children stay shared. NULL is fine. */
static int own(const struct pmap_type *type, struct pmap **at)
{
    struct pmap *old = *at, *m;

    if (!old || __atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) == 1)
        return 0;
    m = node_new(old->key, old->key_len);
    if (!m)
        return -ENOMEM;
    m->count = old->count;
    m->weight = old->weight;
    m->left = pmap_ref(old->left);
    m->right = pmap_ref(old->right);
    m->value = old->value;
    value_ref(type, m->value);
    *at = m;
    pmap_unref(type, old);
    return 0;
}

/* ---- balance ---- */

/* Whether a tree with this many entries is too big beside one with that many. */
static bool too_big(size_t tree, size_t beside)
{
    return tree + 1 > DELTA * (beside + 1);
}

/* Lifts the right child over *at, or the left one. Both are the caller's own. */
static void rotate_left(struct pmap **at)
{
    struct pmap *m = *at, *up = m->right;
    uint64_t own_m = own_weight(m), own_up = own_weight(up);

    m->right = up->left;
    up->left = m;
    update(m, own_m);
    update(up, own_up);
    *at = up;
}

static void rotate_right(struct pmap **at)
{
    struct pmap *m = *at, *up = m->left;
    uint64_t own_m = own_weight(m), own_up = own_weight(up);

    m->left = up->right;
    up->right = m;
    update(m, own_m);
    update(up, own_up);
    *at = up;
}

static bool is_single(const struct pmap *inner, const struct pmap *outer)
{
    return pmap_count(inner) + 1 < GAMMA * (pmap_count(outer) + 1);
}

static void balance(struct pmap **at)
{
    struct pmap *m = *at;

    if (too_big(pmap_count(m->right), pmap_count(m->left))) {
        if (!is_single(m->right->left, m->right->right))
            rotate_right(&m->right);
        rotate_left(at);
    } else if (too_big(pmap_count(m->left), pmap_count(m->right))) {
        if (!is_single(m->left->right, m->left->left))
            rotate_left(&m->left);
        rotate_right(at);
    }
}

/* For a node whose children will hold left and right entries: makes its own what balance() will
 * touch then. That is the bigger child and one of its children; which one is known only when the
 * levels below have been balanced. But whatever they put in the place of these nodes, they touched,
 * and so it is ours. */
static int own_for_balance(const struct pmap_type *type, struct pmap *m, size_t left, size_t right)
{
    struct pmap **bigger = too_big(right, left)   ? &m->right
                           : too_big(left, right) ? &m->left
                                                  : NULL;
    int r = bigger ? own(type, bigger) : 0;

    if (r == 0 && bigger && *bigger)
        r = own(type, &(*bigger)->left);
    if (r == 0 && bigger && *bigger)
        r = own(type, &(*bigger)->right);
    return r;
}

/* ---- the way down ---- */

/* From the root to the node with a key, or to where it would be. Found once by comparing keys; the
 * turns stay the same when nodes are copied. */
struct way {
    const struct pmap *end; /* NULL if there is no such key */
    uint64_t turns;         /* bit i: at depth i it goes right */
    unsigned depth;
    struct pmap **slots[PMAP_DEPTH_MAX]; /* what holds the node at this depth; from own_way() on */
};

static void find_way(const struct pmap *m, const void *key, size_t len, struct way *ret)
{
    ret->turns = 0;
    ret->depth = 0;
    while (m) {
        int order = compare(key, len, m);

        if (order == 0)
            break;
        ret->turns |= (uint64_t)(order > 0) << ret->depth++;
        m = order < 0 ? m->left : m->right;
    }
    ret->end = m;
}

/* Makes the way the caller's own, with what balance() will touch when more entries have come in at
 * its end (1, 0, or -1). */
static int own_way(const struct pmap_type *type, struct pmap **m, struct way *w, int more)
{
    struct pmap **at = m;

    for (unsigned i = 0; i < w->depth; i++) {
        bool right = w->turns >> i & 1;
        int r = own(type, at);

        if (r == 0)
            r = own_for_balance(type, *at, pmap_count((*at)->left) + (size_t)(right ? 0 : more),
                                pmap_count((*at)->right) + (size_t)(right ? more : 0));
        if (r < 0)
            return r;
        w->slots[i] = at;
        at = right ? &(*at)->right : &(*at)->left;
    }
    w->slots[w->depth] = at;
    return own(type, at);
}

/* After a change at the end: counts, weights and balance of what is above. */
static void finish_way(const struct way *w, int more, uint64_t weight)
{
    for (unsigned i = w->depth; i-- > 0;) {
        struct pmap *m = *w->slots[i];

        m->count += (uint32_t)more;
        m->weight += weight;
        balance(w->slots[i]);
    }
}

/* ---- putting ---- */

static int replace(const struct pmap_type *type, struct pmap **m, struct way *w, void *value,
                   uint64_t weight)
{
    int r = own_way(type, m, w, 0);
    uint64_t more;
    struct pmap *at;
    void *gone;

    if (r < 0)
        return r;
    at = *w->slots[w->depth];
    more = weight - own_weight(at); /* modulo 2^64 */
    at->weight += more;
    finish_way(w, 0, more);
    gone = at->value;
    value_ref(type, value);
    at->value = value;
    value_unref(type, gone);
    return 0;
}

int pmap_put(const struct pmap_type *type, struct pmap **m, const void *key, size_t len,
             void *value, uint64_t weight)
{
    struct pmap *made;
    struct way w;
    int r;

    find_way(*m, key, len, &w);
    if (w.end)
        return replace(type, m, &w, value, weight);
    if (len > PMAP_KEY_MAX || pmap_count(*m) >= PMAP_COUNT_MAX)
        return -ENOMEM;
    made = node_new(key, len);
    r = made ? own_way(type, m, &w, 1) : -ENOMEM;
    if (r < 0) {
        free(made);
        return r;
    }
    made->weight = weight;
    made->value = value;
    value_ref(type, value);
    *w.slots[w.depth] = made;
    finish_way(&w, 1, weight);
    return 0;
}

/* ---- removing ---- */

/* Makes the caller's own what it takes to remove the first entry of *at. */
static int own_first(const struct pmap_type *type, struct pmap **at)
{
    while (*at) {
        int r = own(type, at);
        struct pmap *m = *at;

        if (r == 0 && m->left)
            r = own_for_balance(type, m, pmap_count(m->left) - 1, pmap_count(m->right));
        if (r < 0)
            return r;
        at = &m->left;
    }
    return 0;
}

/* ... or to remove m, which is the caller's own already. */
static int own_heir(const struct pmap_type *type, struct pmap *m)
{
    int r;

    if (!m->left || !m->right)
        return 0;
    r = own_for_balance(type, m, pmap_count(m->left), pmap_count(m->right) - 1);
    return r < 0 ? r : own_first(type, &m->right);
}

/* Turns the node into one of its own, without what was below. */
static struct pmap *alone(struct pmap *m)
{
    m->weight = own_weight(m);
    m->count = 1;
    m->left = m->right = NULL;
    return m;
}

/* Takes the first entry out of *at, which has one. Everything on the way is ours. */
static struct pmap *take_first(struct pmap **at)
{
    struct pmap *m = *at, *first;
    uint64_t own_m = own_weight(m);

    if (!m->left) {
        *at = m->right;
        return alone(m);
    }
    first = take_first(&m->left);
    update(m, own_m);
    balance(at);
    return first;
}

/* Takes the root out of *at; the first entry of its right half comes up in its place. */
static struct pmap *take_root(struct pmap **at)
{
    struct pmap *m = *at, *left = m->left, *right = m->right, *heir;

    m = alone(m);
    if (!left || !right) {
        *at = left ? left : right;
        return m;
    }
    heir = take_first(&right);
    heir->left = left;
    heir->right = right;
    update(heir, heir->weight);
    *at = heir;
    balance(at);
    return m;
}

int pmap_remove(const struct pmap_type *type, struct pmap **m, const void *key, size_t len)
{
    struct pmap *gone;
    struct way w;
    int r;

    find_way(*m, key, len, &w);
    r = w.end ? own_way(type, m, &w, -1) : -ENOENT;
    if (r == 0)
        r = own_heir(type, *w.slots[w.depth]);
    if (r < 0)
        return r;
    gone = take_root(w.slots[w.depth]);
    finish_way(&w, -1, 0 - gone->weight);
    pmap_unref(type, gone);
    return 0;
}

/* ---- many at once ---- */

static bool make_room(struct pmap_bulk *b)
{
    size_t cap = b->cap ? 2 * b->cap : 64;
    struct pmap **grown;

    if (b->count < b->cap)
        return true;
    grown = b->count < PMAP_COUNT_MAX ? reallocarray(b->nodes, cap, sizeof(struct pmap *)) : NULL;
    if (!grown)
        return false;
    b->nodes = grown;
    b->cap = cap;
    return true;
}

void pmap_bulk_add(const struct pmap_type *type, struct pmap_bulk *b, const void *key, size_t len,
                   void *value)
{
    struct pmap *made =
        b->failed || len > PMAP_KEY_MAX || !make_room(b) ? NULL : node_new(key, len);

    if (!made) {
        b->failed = true;
        return;
    }
    made->count = (uint32_t)b->count; /* until it is linked: the order in which they came */
    made->value = value;
    value_ref(type, value);
    b->nodes[b->count++] = made;
}

static int by_key(const void *a, const void *b)
{
    const struct pmap *x = *(struct pmap *const *)a, *y = *(struct pmap *const *)b;
    int order = compare(x->key, x->key_len, y);

    return order ? order : (x->count > y->count) - (x->count < y->count);
}

/* In order of keys, each once. */
static void sort(const struct pmap_type *type, struct pmap_bulk *b)
{
    size_t kept = 0, i = 1;

    while (i < b->count && by_key(&b->nodes[i - 1], &b->nodes[i]) < 0)
        i++;
    if (i < b->count)
        qsort(b->nodes, b->count, sizeof(struct pmap *), by_key);
    for (i = 0; i < b->count; i++) {
        struct pmap *m = b->nodes[i];

        if (i + 1 < b->count && compare(m->key, m->key_len, b->nodes[i + 1]) == 0)
            pmap_unref(type, m);
        else
            b->nodes[kept++] = m;
    }
    b->count = kept;
}

/* Of count nodes, which have their own weights. Halves: perfectly balanced. */
static struct pmap *link_nodes(struct pmap **nodes, size_t count)
{
    size_t middle = count / 2;
    struct pmap *m = count ? nodes[middle] : NULL;

    if (!m)
        return NULL;
    m->left = link_nodes(nodes, middle);
    m->right = link_nodes(nodes + middle + 1, count - middle - 1);
    update(m, m->weight);
    return m;
}

void pmap_bulk_drop(const struct pmap_type *type, struct pmap_bulk *b)
{
    for (size_t i = 0; i < b->count; i++)
        pmap_unref(type, b->nodes[i]);
    free(b->nodes);
    *b = (struct pmap_bulk){0};
}

int pmap_bulk_make(const struct pmap_type *type, struct pmap_bulk *b,
                   uint64_t (*weigh)(void *arg, const void *key, size_t len), void *arg,
                   struct pmap **ret)
{
    int r = b->failed ? -ENOMEM : 0;

    if (r == 0) {
        sort(type, b);
        for (size_t i = 0; weigh && i < b->count; i++)
            b->nodes[i]->weight = weigh(arg, b->nodes[i]->key, b->nodes[i]->key_len);
        *ret = link_nodes(b->nodes, b->count);
        b->count = 0;
    }
    pmap_bulk_drop(type, b);
    return r;
}

/* ---- asking ---- */

void *pmap_get(const struct pmap *m, const void *key, size_t len)
{
    while (m) {
        int order = compare(key, len, m);

        if (order == 0)
            return m->value;
        m = order < 0 ? m->left : m->right;
    }
    return NULL;
}

size_t pmap_rank(const struct pmap *m, const void *key, size_t len)
{
    size_t before = 0;

    while (m) {
        if (compare(key, len, m) <= 0) {
            m = m->left;
        } else {
            before += pmap_count(m->left) + 1;
            m = m->right;
        }
    }
    return before;
}

uint64_t pmap_weight_before(const struct pmap *m, const void *key, size_t len)
{
    uint64_t before = 0;

    while (m) {
        if (compare(key, len, m) <= 0) {
            m = m->left;
        } else {
            before += m->weight - weight_of(m->right);
            m = m->right;
        }
    }
    return before;
}

/* The path holds the nodes that are still to come and whose left half is done. They lie above one
 * another, so there are never more than the tree is deep. */
void pmap_begin(struct pmap_iter *it, const struct pmap *m, const void *key, size_t len)
{
    it->depth = 0;
    while (m) {
        if (len && compare(key, len, m) > 0) {
            m = m->right;
        } else {
            it->path[it->depth++] = m;
            m = m->left;
        }
    }
}

static void *answer(const struct pmap *m, const void **ret_key, size_t *ret_len)
{
    if (ret_key)
        *ret_key = m->key;
    if (ret_len)
        *ret_len = m->key_len;
    return m->value;
}

void *pmap_next(struct pmap_iter *it, const void **ret_key, size_t *ret_len)
{
    const struct pmap *m;

    if (!it->depth)
        return NULL;
    m = it->path[--it->depth];
    for (const struct pmap *down = m->right; down; down = down->left)
        it->path[it->depth++] = down;
    return answer(m, ret_key, ret_len);
}

void *pmap_before(const struct pmap *m, const void *key, size_t len, const void **ret_key,
                  size_t *ret_len)
{
    const struct pmap *best = NULL;

    while (m) {
        if (compare(key, len, m) <= 0) {
            m = m->left;
        } else {
            best = m;
            m = m->right;
        }
    }
    return best ? answer(best, ret_key, ret_len) : NULL;
}
