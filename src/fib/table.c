#include "fib_internal.h"

#include <stdlib.h>

#define ROUTES_MAX (1U << 24)

int fib_table_new(struct fib_table **ret)
{
    struct fib_table *table = calloc(1, sizeof(*table));
    struct fib_top *top = table ? calloc(1, sizeof(*top)) : NULL;

    if (!top) {
        free(table);
        return -ENOMEM;
    }
    table->top = top;
    table->nodes.item = sizeof(struct ptree_node);
    table->routes.nodes = &table->nodes;
    *ret = table;
    return 0;
}

static void waste_trees(struct fib_make *m, const struct fib_top *top)
{
    for (unsigned i = 0; i < ARRAY_SIZE(top->root); i++)
        fib_waste_all(m, &top->root[i]);
}

void fib_table_free(struct fib_table *table)
{
    struct fib_make all = {0};

    if (!table)
        return;
    waste_trees(&all, table->top);
    fib_blocks_free(all.waste);
    free(table->top);
    pool_done(&table->nodes);
    fib_groups_done(&table->groups);
    free(table);
}

/* ---- one route ---- */

static bool is_valid(const struct prefix *p)
{
    struct prefix clean = prefix_make(&p->addr, p->len);

    return addr_bits(&p->addr) && p->len <= addr_bits(&p->addr) && prefix_equal(p, &clean);
}

/* The next route; NULL at the end. */
static const struct ptree_node *next_route(struct ptree_walk *walk)
{
    for (uint32_t n; (n = ptree_walk_next(walk)) != 0;) {
        const struct ptree_node *node = ptree_at(walk->tree, n);

        if (node->value)
            return node;
    }
    return NULL;
}

static uint32_t group_of(const struct ptree *routes, const struct prefix *p)
{
    uint32_t n = ptree_find(routes, p);

    return n ? ptree_at(routes, n)->value : 0;
}

static int lead(struct fib_table *table, const struct prefix *prefix, struct fib_group *group)
{
    struct fib_group *old = fib_group_at(&table->groups, group_of(&table->routes, prefix));
    int r;

    if (old == group) {
        fib_group_give(&table->groups, group); /* the route has it already */
        return 0;
    }
    if (!old && table->count == ROUTES_MAX)
        return -E2BIG;
    r = fib_change(table, prefix, group->number);
    if (r < 0)
        return r;
    if (old)
        fib_group_give(&table->groups, old);
    else
        table->count++;
    return 0;
}

int fib_table_put(struct fib_table *table, const struct prefix *prefix, const struct fib_hops *hops)
{
    struct fib_group *group;
    int r = is_valid(prefix) ? fib_group_take(&table->groups, hops, &group) : -EINVAL;

    if (r < 0)
        return r;
    r = lead(table, prefix, group);
    if (r < 0)
        fib_group_give(&table->groups, group);
    return r;
}

int fib_table_remove(struct fib_table *table, const struct prefix *prefix)
{
    uint32_t number = is_valid(prefix) ? group_of(&table->routes, prefix) : 0;
    int r;

    if (!number)
        return -ENOENT;
    r = fib_change(table, prefix, 0);
    if (r < 0)
        return r;
    fib_group_give(&table->groups, fib_group_at(&table->groups, number));
    table->count--;
    return 0;
}

/* ---- all routes ---- */

static void unuse_all(struct fib_table *table, const struct ptree *routes)
{
    const struct ptree_node *node;
    struct ptree_walk walk;

    ptree_walk(routes, NULL, false, &walk);
    while ((node = next_route(&walk)))
        fib_group_give(&table->groups, fib_group_at(&table->groups, node->value));
}

static int add_route(struct fib_table *table, const struct fib_route *route, struct ptree *routes)
{
    struct fib_group *group;
    uint32_t n;
    int r;

    if (!is_valid(&route->prefix))
        return -EINVAL;
    r = fib_group_take(&table->groups, &route->hops, &group);
    if (r < 0)
        return r;
    n = ptree_add(routes, &route->prefix);
    if (!n || ptree_at(routes, n)->value) {
        fib_group_give(&table->groups, group);
        return n ? -EEXIST : -ENOMEM;
    }
    ptree_at(routes, n)->value = group->number;
    return 0;
}

/* The tree that readers search, of all routes of m. */
static int make_top(struct fib_make *m, struct fib_top *ret)
{
    for (unsigned i = 0; i < ARRAY_SIZE(ret->root); i++) {
        struct fib_slots slots;
        int r;

        if (!m->routes->root[i])
            continue;
        fib_spread(m, m->routes->root[i], 0, NULL, &slots);
        r = fib_make_node(m, NULL, NULL, &slots, 0, &ret->root[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Makes the table one of these routes, and routes empty. */
static int replace_all(struct fib_table *table, struct ptree *routes, size_t count)
{
    struct fib_make m = {.routes = routes, .groups = &table->groups};
    struct fib_waste *waste = calloc(1, sizeof(*waste));
    struct fib_top *top = calloc(1, sizeof(*top));
    int r = waste && top ? make_top(&m, top) : -ENOMEM;

    if (r < 0) {
        fib_blocks_free(m.fresh);
        free(waste);
        free(top);
        return r;
    }
    waste_trees(&m, table->top);
    *waste = (struct fib_waste){.blocks = m.waste, .top = table->top};
    __atomic_store_n(&table->top, top, __ATOMIC_RELEASE);
    unuse_all(table, &table->routes);
    pool_done(&table->nodes);
    table->nodes = *routes->nodes;
    memcpy(table->routes.root, routes->root, sizeof(routes->root));
    table->count = count;
    table->bytes = m.fresh_bytes;
    fib_waste_later(waste);
    return 0;
}

int fib_table_set(struct fib_table *table, const struct fib_route *routes, size_t count)
{
    struct pool nodes = {.item = sizeof(struct ptree_node)};
    struct ptree fresh = {.nodes = &nodes};
    int r = 0;

    if (count > ROUTES_MAX)
        return -E2BIG;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = add_route(table, &routes[i], &fresh);
    if (r == 0)
        r = replace_all(table, &fresh, count);
    if (r < 0) {
        unuse_all(table, &fresh);
        pool_done(&nodes);
    }
    return r;
}

/* ---- questions of the writer ---- */

bool fib_table_equal(const struct fib_table *a, const struct fib_table *b)
{
    const struct ptree_node *x, *y;
    struct ptree_walk walk[2];

    if (a->count != b->count)
        return false;
    ptree_walk(&a->routes, NULL, false, &walk[0]);
    ptree_walk(&b->routes, NULL, false, &walk[1]);
    while ((x = next_route(&walk[0])) && (y = next_route(&walk[1]))) {
        if (!prefix_equal(&x->prefix, &y->prefix) ||
            !fib_hops_equal(&fib_group_at(&a->groups, x->value)->hops,
                            &fib_group_at(&b->groups, y->value)->hops))
            return false;
    }
    return true;
}

void fib_table_each_hops(const struct fib_table *table,
                         void (*each)(void *arg, const struct fib_hops *hops), void *arg)
{
    for (uint32_t n = 1; n < table->groups.pool.used; n++) {
        const struct fib_group *group = fib_group_at(&table->groups, n);

        if (group)
            each(arg, &group->hops);
    }
}

void fib_table_each(const struct fib_table *table,
                    void (*each)(void *arg, const struct prefix *prefix,
                                 const struct fib_hops *hops),
                    void *arg)
{
    const struct ptree_node *node;
    struct ptree_walk walk;

    ptree_walk(&table->routes, NULL, false, &walk);
    while ((node = next_route(&walk)))
        each(arg, &node->prefix, &fib_group_at(&table->groups, node->value)->hops);
}

size_t fib_table_count(const struct fib_table *table)
{
    return table->count;
}

size_t fib_table_memory(const struct fib_table *table)
{
    return sizeof(*table) + sizeof(*table->top) + table->bytes + pool_memory(&table->nodes) +
           fib_groups_memory(&table->groups);
}

/* ---- looking up ---- */

static const struct fib_hops *find(const struct fib_table *table, unsigned family,
                                   struct fib_key key)
{
    const struct fib_top *top = __atomic_load_n(&table->top, __ATOMIC_ACQUIRE);
    const struct fib_group *group = fib_trie_find(&top->root[family], key);

    return group ? &group->hops : NULL;
}

const struct fib_hops *fib_lookup4(const struct fib_table *table, const uint8_t addr[4])
{
    return find(table, 0, fib_key_make(addr, 4));
}

const struct fib_hops *fib_lookup6(const struct fib_table *table, const uint8_t addr[16])
{
    return find(table, 1, fib_key_make(addr, 16));
}

const struct fib_hops *fib_lookup(const struct fib_table *table, const struct addr *addr)
{
    switch (addr->family) {
    case ADDR_IPV4:
        return fib_lookup4(table, addr->bytes);
    case ADDR_IPV6:
        return fib_lookup6(table, addr->bytes);
    default:
        return NULL;
    }
}
