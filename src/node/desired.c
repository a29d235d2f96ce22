#include "desired.h"

#include <stdlib.h>

#include "routing_build.h"

#define ID_LEN_MAX (IPC_ID_MAX - sizeof(ROUTING_TUNNEL_TABLE))
#define LIST_MAX   4096 /* entries of a list in one object; one beyond it is not from ropewayd */

/* ---- each type ---- */

/* Where a route leads: an id of a kind that a gateway's may name, or a VPC's, or "blackhole". */
static int parse_next_hop(const json_t *obj, bool gateway, char ret[IPC_ID_MAX],
                          struct desired_error *err)
{
    enum routing_hop hop;

    if (desired_text(obj, "nextHop", ret, IPC_ID_MAX, err) < 0)
        return -EBADMSG;
    if (!routing_parse_hop(ret, &hop) ||
        (hop != ROUTING_HOP_BLACKHOLE && gateway != (hop < ROUTING_HOP_GATEWAY)))
        return desired_fail(err, SAY(NODE_FIELD_UNKNOWN, "nextHop", ret));
    return 0;
}

static int parse_address(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    struct desired_address *a = ret;

    if (addr_parse(id, &a->address) < 0)
        return desired_fail(err, SAY(NODE_NO_ADDRESS, id));
    return desired_number(obj, "generation", INT64_MAX, &a->generation, err);
}

static int parse_ranges(const json_t *obj, struct desired_vpc *vpc, struct desired_error *err)
{
    const json_t *list, *item;
    size_t i;

    if (desired_list(obj, "ranges", LIST_MAX, &list, err) < 0)
        return -EBADMSG;
    vpc->ranges = calloc(json_array_size(list) + 1, sizeof(*vpc->ranges));
    if (!vpc->ranges)
        return -ENOMEM;
    json_array_foreach (list, i, item) {
        if (!json_is_string(item) ||
            prefix_parse(json_string_value(item), &vpc->ranges[vpc->n_ranges++]) < 0)
            return desired_fail(err, SAY(NODE_FIELD_ENTRY_NO_PREFIX, "ranges", i + 1));
    }
    return 0;
}

static int parse_subnets(const json_t *obj, struct desired_vpc *vpc, struct desired_error *err)
{
    const json_t *list, *item;
    size_t i;

    if (desired_list(obj, "subnets", LIST_MAX, &list, err) < 0)
        return -EBADMSG;
    vpc->subnets = calloc(json_array_size(list) + 1, sizeof(*vpc->subnets));
    if (!vpc->subnets)
        return -ENOMEM;
    json_array_foreach (list, i, item) {
        struct desired_subnet *s = &vpc->subnets[vpc->n_subnets++];

        if (desired_text(item, "id", s->id, sizeof(s->id), err) < 0 ||
            desired_prefix(item, "cidr", &s->cidr, err) < 0 ||
            desired_text(item, "table", s->table, sizeof(s->table), err) < 0)
            return -EBADMSG;
    }
    return 0;
}

/* Static routes of a VPC. */
static int parse_static(const json_t *obj, const char *name, struct desired_table_route **ret,
                        size_t *ret_n, struct desired_error *err)
{
    const json_t *list, *item;
    size_t i;

    if (desired_list(obj, name, LIST_MAX, &list, err) < 0)
        return -EBADMSG;
    *ret = calloc(json_array_size(list) + 1, sizeof(**ret));
    if (!*ret)
        return -ENOMEM;
    json_array_foreach (list, i, item) {
        struct desired_table_route *route = &(*ret)[(*ret_n)++];

        if (desired_prefix(item, "destination", &route->destination, err) < 0 ||
            parse_next_hop(item, false, route->next_hop, err) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int parse_vpc(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    struct desired_vpc *vpc = ret;
    int r = parse_ranges(obj, vpc, err);

    (void)id;
    if (r == 0)
        r = parse_subnets(obj, vpc, err);
    if (r == 0 && json_object_get(obj, "beyond"))
        r = parse_static(obj, "beyond", &vpc->beyond, &vpc->n_beyond, err);
    return r;
}

static int parse_instance(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    return desired_instance_parse(id, obj, ret, err);
}

static int parse_propagations(const json_t *obj, struct desired_table *t, struct desired_error *err)
{
    const json_t *list, *item;
    size_t i;

    if (desired_list(obj, "propagations", LIST_MAX, &list, err) < 0)
        return -EBADMSG;
    t->propagations = calloc(json_array_size(list) + 1, sizeof(*t->propagations));
    if (!t->propagations)
        return -ENOMEM;
    json_array_foreach (list, i, item) {
        struct desired_propagation *p = &t->propagations[t->n_propagations++];

        if (desired_text(item, "gateway", p->gateway, sizeof(p->gateway), err) < 0 ||
            desired_prefix(item, "range", &p->range, err) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int parse_table(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    struct desired_table *t = ret;
    int r = parse_static(obj, "routes", &t->routes, &t->n_routes, err);

    (void)id;
    if (r == 0)
        r = parse_propagations(obj, t, err);
    if (r == 0)
        r = desired_text(obj, "vpc", t->vpc, sizeof(t->vpc), err);
    if (r == 0)
        r = desired_number(obj, "maxPropagated", UINT32_MAX, &t->max_propagated, err);
    return r;
}

static int parse_gateway(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    struct desired_gateway *g = ret;
    uint64_t asn;

    (void)id;
    if (desired_number(obj, "asn", UINT32_MAX, &asn, err) < 0)
        return -EBADMSG;
    g->asn = (uint32_t)asn;
    if (desired_bool(obj, "transit", &g->transit, err) < 0 ||
        desired_number(obj, "maxDynamic", UINT32_MAX, &g->max_dynamic, err) < 0)
        return -EBADMSG;
    return desired_number(obj, "generation", INT64_MAX, &g->generation, err);
}

static int parse_attachment(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    struct desired_attachment *a = ret;
    const json_t *list, *item;
    size_t i;

    (void)id;
    if (desired_text(obj, "gateway", a->gateway, sizeof(a->gateway), err) < 0 ||
        desired_text(obj, "vpc", a->vpc, sizeof(a->vpc), err) < 0 ||
        desired_list(obj, "prefixes", LIST_MAX, &list, err) < 0)
        return -EBADMSG;
    a->prefixes = calloc(json_array_size(list) + 1, sizeof(*a->prefixes));
    if (!a->prefixes)
        return -ENOMEM;
    json_array_foreach (list, i, item) {
        struct desired_propagated *p = &a->prefixes[a->n_prefixes++];

        if (desired_prefix(item, "prefix", &p->prefix, err) < 0 ||
            desired_number(item, "since", INT64_MAX, &p->since, err) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int parse_route(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    struct desired_route *r = ret;

    (void)id;
    if (desired_text(obj, "gateway", r->gateway, sizeof(r->gateway), err) < 0 ||
        desired_prefix(obj, "destination", &r->destination, err) < 0 ||
        parse_next_hop(obj, true, r->next_hop, err) < 0)
        return -EBADMSG;
    return desired_number(obj, "since", INT64_MAX, &r->since, err);
}

static int parse_tunnel(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    return desired_tunnel_parse(id, obj, ret, err);
}

static int parse_network(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    return desired_network_parse(id, obj, ret, err);
}

static int parse_line(const char *id, const json_t *obj, void *ret, struct desired_error *err)
{
    return desired_line_parse(id, obj, ret, err);
}

/* ---- what all have in common ---- */

#define ARRAYS_MAX 3

/* How a struct is laid out: its arrays, and where the part without pointers begins. */
static const struct shape {
    const char *name;
    const char *prefix; /* of its ids; the names of packet tables must not meet */
    size_t size, rest;
    int (*parse)(const char *id, const json_t *obj, void *ret, struct desired_error *err);
    struct {
        size_t items, count, size;
    } arrays[ARRAYS_MAX];
} shapes[DESIRED_TYPES] = {
#define ARRAY(type, items, count)                                                                  \
    {                                                                                              \
        offsetof(struct type, items), offsetof(struct type, count),                                \
            sizeof(*((struct type *)NULL)->items)                                                  \
    }
    [DESIRED_ADDRESS] = {"address", NULL, sizeof(struct desired_address), 0, parse_address, {{0}}},
    [DESIRED_VPC] = {"vpc",
                     "vpc-",
                     sizeof(struct desired_vpc),
                     offsetof(struct desired_vpc, n_ranges),
                     parse_vpc,
                     {ARRAY(desired_vpc, ranges, n_ranges), ARRAY(desired_vpc, subnets, n_subnets),
                      ARRAY(desired_vpc, beyond, n_beyond)}},
    [DESIRED_INSTANCE] =
        {"instance", "i-", sizeof(struct desired_instance), 0, parse_instance, {{0}}},
    [DESIRED_TABLE] = {"table",
                       "rtb-",
                       sizeof(struct desired_table),
                       offsetof(struct desired_table, n_routes),
                       parse_table,
                       {ARRAY(desired_table, routes, n_routes),
                        ARRAY(desired_table, propagations, n_propagations)}},
    [DESIRED_GATEWAY] =
        {"gateway", "bgw-", sizeof(struct desired_gateway), 0, parse_gateway, {{0}}},
    [DESIRED_ATTACHMENT] = {"attachment",
                            NULL,
                            sizeof(struct desired_attachment),
                            offsetof(struct desired_attachment, n_prefixes),
                            parse_attachment,
                            {ARRAY(desired_attachment, prefixes, n_prefixes)}},
    [DESIRED_ROUTE] = {"route", NULL, sizeof(struct desired_route), 0, parse_route, {{0}}},
    [DESIRED_TUNNEL] = {"tunnel",
                        NULL,
                        sizeof(struct desired_tunnel),
                        offsetof(struct desired_tunnel, n_bgp),
                        parse_tunnel,
                        {ARRAY(desired_tunnel, bgp, n_bgp),
                         ARRAY(desired_tunnel, credentials, n_credentials)}},
    [DESIRED_LINE] = {"line",
                      "pvif-",
                      sizeof(struct desired_line),
                      offsetof(struct desired_line, n_bgp),
                      parse_line,
                      {ARRAY(desired_line, bgp, n_bgp)}},
    [DESIRED_NETWORK] =
        {"network", "subnet-", sizeof(struct desired_instance), 0, parse_network, {{0}}},
#undef ARRAY
};

enum desired_type desired_type_of(const char *name, size_t len)
{
    unsigned t = 0;

    while (t < DESIRED_TYPES &&
           (strlen(shapes[t].name) != len || memcmp(shapes[t].name, name, len) != 0))
        t++;
    return (enum desired_type)t;
}

const char *desired_type_name(enum desired_type type)
{
    return type < DESIRED_TYPES ? shapes[type].name : "object";
}

static void *items_of(const struct shape *shape, const void *value, size_t i, size_t *ret_bytes)
{
    const char *base = value;
    void *items;
    size_t n;

    memcpy(&items, base + shape->arrays[i].items, sizeof(items));
    memcpy(&n, base + shape->arrays[i].count, sizeof(n));
    *ret_bytes = n * shape->arrays[i].size;
    return items;
}

void desired_free(enum desired_type type, void *value)
{
    if (!value)
        return;
    for (size_t i = 0; i < ARRAYS_MAX && shapes[type].arrays[i].size; i++) {
        size_t bytes;
        void *items = items_of(&shapes[type], value, i, &bytes);

        if (items)
            explicit_bzero(items, bytes);
        free(items);
    }
    explicit_bzero(value, shapes[type].size);
    free(value);
}

int desired_parse(enum desired_type type, const char *id, const json_t *value, void **ret,
                  struct desired_error *err)
{
    void *made;
    int r;

    if (type == DESIRED_TYPES)
        return desired_fail(err, SAY(NODE_TYPE_UNKNOWN));
    if (strlen(id) > ID_LEN_MAX || strchr(id, '/') ||
        (shapes[type].prefix && !text_starts_with(id, shapes[type].prefix)))
        return desired_fail(err, SAY(NODE_OTHER_TYPE, id));
    if (!json_is_object(value))
        return desired_fail(err, value ? SAY(NODE_FIELD_NO_OBJECT, "value")
                                       : SAY(NODE_FIELD_MISSING, "value"));
    made = calloc(1, shapes[type].size);
    if (!made)
        return -ENOMEM;
    r = shapes[type].parse(id, value, made, err);
    if (r < 0) {
        desired_free(type, made);
        return r;
    }
    *ret = made;
    return 0;
}

bool desired_equal(enum desired_type type, const void *a, const void *b)
{
    const struct shape *shape = &shapes[type];

    if (memcmp((const char *)a + shape->rest, (const char *)b + shape->rest,
               shape->size - shape->rest) != 0)
        return false;
    for (size_t i = 0; i < ARRAYS_MAX && shape->arrays[i].size; i++) {
        size_t n, m;
        const void *x = items_of(shape, a, i, &n), *y = items_of(shape, b, i, &m);

        if (n != m || (n && memcmp(x, y, n) != 0))
            return false;
    }
    return true;
}

uint64_t desired_generation(enum desired_type type, const void *value)
{
    switch (type) {
    case DESIRED_ADDRESS:
        return ((const struct desired_address *)value)->generation;
    case DESIRED_GATEWAY:
        return ((const struct desired_gateway *)value)->generation;
    case DESIRED_TUNNEL:
        return ((const struct desired_tunnel *)value)->generation;
    default:
        return 0;
    }
}

/* ---- who names whom ---- */

typedef int visit_id(void *arg, const char *id);

static int table_mentions(const struct desired_table *t, visit_id *visit, void *arg)
{
    int r = visit(arg, t->vpc);

    for (size_t i = 0; r == 0 && i < t->n_routes; i++) {
        if (strcmp(t->routes[i].next_hop, "blackhole") != 0)
            r = visit(arg, t->routes[i].next_hop);
    }
    for (size_t i = 0; r == 0 && i < t->n_propagations; i++)
        r = visit(arg, t->propagations[i].gateway);
    return r;
}

int desired_mentions(enum desired_type type, const void *value, visit_id *visit, void *arg)
{
    const struct desired_attachment *attachment = value;
    const struct desired_route *route = value;
    const struct desired_tunnel *tunnel = value;
    int r;

    switch (type) {
    case DESIRED_INSTANCE:
    case DESIRED_NETWORK:
        return visit(arg, ((const struct desired_instance *)value)->vpc);
    case DESIRED_TABLE:
        return table_mentions(value, visit, arg);
    case DESIRED_ATTACHMENT:
        r = visit(arg, attachment->gateway);
        return r < 0 ? r : visit(arg, attachment->vpc);
    case DESIRED_ROUTE:
        r = visit(arg, route->gateway);
        return r < 0 ? r : visit(arg, route->next_hop);
    case DESIRED_LINE:
        return visit(arg, ((const struct desired_line *)value)->gateway);
    case DESIRED_TUNNEL:
        r = visit(arg, tunnel->gateway);
        return r < 0 ? r : visit(arg, tunnel->dataplane.connection);
    default:
        return 0;
    }
}
