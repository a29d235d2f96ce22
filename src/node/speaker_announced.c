/* What the peers of a gateway are told, as routes that BIRD takes from the kernel: each has a
 * metric that names the connections whose peers are spared, or those whose peers alone are told. */
#include "speaker_announced.h"

#include <stdlib.h>

/* A prefix as one connection has its peers see it. */
struct seen {
    struct prefix prefix;
    const char *connection; /* borrowed from the objects */
};

struct collecting {
    const struct object *const *lines; /* of the gateway, with BGP */
    size_t n_lines;
    struct seen *seen;
    size_t n_seen, seen_cap;
    struct speaker_announced *to;
};

/* The connections whose peers are spared. */
struct spared {
    const char *connections[ROUTING_ECMP_MAX];
    size_t n;
    bool learned; /* BIRD itself passes it on */
};

static struct spared spared_of(const struct packet_route *route)
{
    struct spared s = {.n = 0};

    for (size_t i = 0; i < route->n_hops; i++) {
        if (route->hops[i].kind != IPC_NEXTHOP_CONNECTION)
            s.learned = true;
        else
            s.connections[s.n++] = route->hops[i].target;
    }
    return s;
}

/* ---- sets ---- */

/* False: there is no room for one more. */
static bool note_set(struct speaker_announced *a, const char *const *connections, size_t n,
                     bool only, uint32_t metric)
{
    struct speaker_set *set = &a->sets[a->n_sets];

    for (size_t i = 0; i < a->n_sets; i++) {
        if (a->sets[i].metric == metric)
            return true;
    }
    if (a->n_sets == SPEAKER_SETS_MAX)
        return false;
    *set = (struct speaker_set){.metric = metric, .only = only, .n = n};
    for (size_t i = 0; i < set->n; i++)
        (void)text_copy(set->connections[i], IPC_ID_MAX, connections[i]);
    a->n_sets++;
    return true;
}

static int add_route(struct speaker_announced *a, const struct prefix *prefix, uint32_t metric)
{
    if (a->n == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 64;
        struct speaker_route *grown = reallocarray(a->routes, cap, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        a->routes = grown;
        a->cap = cap;
    }
    a->routes[a->n++] = (struct speaker_route){*prefix, metric};
    return 0;
}

/* What BIRD could not be told whom to spare is announced to nobody. */
static int add_plain(struct speaker_announced *a, const struct packet_route *route,
                     const struct spared *s)
{
    uint32_t metric = speaker_metric(s->connections, s->n);

    if (s->learned || (s->n > 1 && !note_set(a, s->connections, s->n, false, metric)))
        return 0;
    return add_route(a, &route->prefix, metric);
}

/* ---- prefixes that are seen as others ---- */

static int add_seen(struct collecting *c, const struct prefix *prefix, const char *connection)
{
    if (c->n_seen == c->seen_cap) {
        size_t cap = c->seen_cap ? c->seen_cap * 2 : 64;
        struct seen *grown = reallocarray(c->seen, cap, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        c->seen = grown;
        c->seen_cap = cap;
    }
    c->seen[c->n_seen++] = (struct seen){*prefix, connection};
    return 0;
}

static bool is_among(const struct spared *s, const char *connection)
{
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->connections[i], connection) == 0)
            return true;
    }
    return false;
}

/* For the connections that have their peers see it as something else. */
static int collect_seen(struct collecting *c, const struct prefix *prefix, const struct spared *s)
{
    int r = 0;

    for (size_t i = 0; i < c->n_lines && r == 0; i++) {
        const struct speaker_line line = speaker_line_of(c->lines[i]);
        struct prefix p = *prefix;

        if (line.tunnel && !is_among(s, line.connection) &&
            desired_translate(line.tunnel, IPC_SIDE_OWN, true, &p))
            r = add_seen(c, &p, line.connection);
    }
    return r;
}

static int compare_seen(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    int r = prefix_cmp(&x->prefix, &y->prefix);

    return r ? r : strcmp(x->connection, y->connection);
}

/* Among the first n routes, which are in the order of prefixes. */
static bool is_announced(const struct speaker_announced *a, size_t n, const struct prefix *prefix)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = prefix_cmp(&a->routes[middle].prefix, prefix);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* One route for each prefix that some see, with the set of these. A prefix that is announced as
 * what it is stays that: BIRD takes one route of the kernel for each. */
static int add_all_seen(struct collecting *c)
{
    size_t n = c->to->n;
    int r = 0;

    if (c->n_seen)
        qsort(c->seen, c->n_seen, sizeof(*c->seen), compare_seen);
    for (size_t i = 0; i < c->n_seen && r == 0;) {
        const char *connections[SPEAKER_SET_MAX];
        const struct prefix *prefix = &c->seen[i].prefix;
        size_t count = 0;
        uint32_t metric;

        for (; i < c->n_seen && prefix_equal(&c->seen[i].prefix, prefix); i++) {
            if (count < SPEAKER_SET_MAX &&
                (count == 0 || strcmp(connections[count - 1], c->seen[i].connection) != 0))
                connections[count++] = c->seen[i].connection;
        }
        metric = speaker_only_metric(connections, count);
        if (!is_announced(c->to, n, prefix) && note_set(c->to, connections, count, true, metric))
            r = add_route(c->to, prefix, metric);
    }
    return r;
}

/* ---- all ---- */

int speaker_collect_announced(const struct packet_routes *announced,
                              const struct object *const *lines, size_t n,
                              struct speaker_announced *ret)
{
    struct collecting c = {.lines = lines, .n_lines = n, .to = ret};
    struct packet_routes_walk walk;
    struct packet_route route;
    int r = 0;

    packet_routes_walk(announced, &walk);
    while (r == 0 && packet_routes_next(&walk, &route)) {
        const struct spared s = spared_of(&route);

        r = collect_seen(&c, &route.prefix, &s);
        if (r == 0)
            r = add_plain(ret, &route, &s);
    }
    if (r == 0)
        r = add_all_seen(&c);
    free(c.seen);
    if (r == 0 && ret->n)
        qsort(ret->routes, ret->n, sizeof(*ret->routes), speaker_route_cmp);
    return r;
}
