#include "desired.h"

#include <stdio.h>
#include <stdlib.h>

#define OBJECTS_MAX 65536 /* of a kind; a document beyond it is not from a control plane */

/* Everything one run of the parser needs: which list it is in, and where problems go. */
struct parse {
    struct desired *out;
    struct desired_error err;
};

static void add_problem(struct parse *p, const char *kind, const json_t *obj)
{
    const json_t *id = json_is_string(obj) ? obj : json_object_get(obj, "id");
    struct desired_problem *problem;

    problem = realloc(p->out->problems, (p->out->n_problems + 1) * sizeof(*problem));
    if (!problem)
        return;
    p->out->problems = problem;
    problem += p->out->n_problems++;
    *problem = (struct desired_problem){0};
    (void)text_copy(problem->kind, sizeof(problem->kind), kind);
    (void)text_copy(problem->id, sizeof(problem->id),
                    json_is_string(id) ? json_string_value(id) : "");
    (void)text_copy(problem->text, sizeof(problem->text), p->err.text);
}

static int parse_mac(const json_t *obj, const char *name, uint8_t ret[6], struct desired_error *err)
{
    char text[18], tail;
    unsigned b[6];

    if (desired_text(obj, name, text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (strlen(text) != 17 || sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3],
                                     &b[4], &b[5], &tail) != 6)
        return desired_fail(err, "%s: \"%s\" is no MAC address", name, text);
    for (size_t i = 0; i < 6; i++)
        ret[i] = (uint8_t)b[i];
    if (ret[0] & 1)
        return desired_fail(err, "%s: \"%s\" is a multicast address", name, text);
    return 0;
}

/* The name of its namespace: rw- and the id without its i-. It becomes a file's name. */
static int name_netns(struct desired_instance *i, struct desired_error *err)
{
    const char *id = text_starts_with(i->port.id, "i-") ? i->port.id + 2 : "";

    if (!*id || id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] ||
        snprintf(i->netns, sizeof(i->netns), "rw-%s", id) >= (int)sizeof(i->netns))
        return desired_fail(err, "id: \"%s\" is no id of an instance", i->port.id);
    return 0;
}

static int parse_subnet(const json_t *obj, struct ipc_port *port, struct desired_error *err)
{
    char text[PREFIX_TEXT_MAX];

    if (desired_text(obj, "subnet", text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (prefix_parse(text, &port->subnet) < 0)
        return desired_fail(err, "subnet: \"%s\" is no prefix", text);
    if (desired_addr(obj, "address", false, &port->address, err) < 0 ||
        desired_addr(obj, "gateway", false, &port->gateway, err) < 0)
        return -EBADMSG;
    if (!prefix_contains_addr(&port->subnet, &port->address))
        return desired_fail(err, "address: lies outside of subnet %s", text);
    if (!prefix_contains_addr(&port->subnet, &port->gateway))
        return desired_fail(err, "gateway: lies outside of subnet %s", text);
    return 0;
}

/* A name that is a file's as well, in /proc. A TAP without one is called as a namespace would be.
 */
static int parse_device(struct parse *p, const json_t *obj, struct desired_instance *i)
{
    if (i->attachment == DESIRED_TAP && !json_object_get(obj, "interface")) {
        if (text_copy(i->device, sizeof(i->device), i->netns) < 0)
            return desired_fail(&p->err, "id: \"%s\" is too long for a TAP's name", i->port.id);
    } else if (desired_text(obj, "interface", i->device, sizeof(i->device), &p->err) < 0) {
        return -EBADMSG;
    }
    if (!*i->device || i->device[0] == '.' || strpbrk(i->device, "/: \t\n%"))
        return desired_fail(&p->err, "interface: \"%s\" is no name of an interface", i->device);
    for (size_t k = 0; k < p->out->n_instances; k++) {
        if (strcmp(p->out->instances[k].device, i->device) == 0)
            return desired_fail(&p->err, "interface: \"%s\" is taken by instance %s", i->device,
                                p->out->instances[k].port.id);
    }
    return 0;
}

static int parse_attachment(struct parse *p, const json_t *obj, struct desired_instance *i)
{
    static const char *const names[] = {
        [DESIRED_NETNS] = "netns", [DESIRED_TAP] = "tap", [DESIRED_NIC] = "nic"};
    char text[32];
    size_t k = 0;

    if (name_netns(i, &p->err) < 0 ||
        desired_text(obj, "attachment", text, sizeof(text), &p->err) < 0)
        return -EBADMSG;
    while (k < ARRAY_SIZE(names) && strcmp(text, names[k]) != 0)
        k++;
    if (k == ARRAY_SIZE(names))
        return desired_fail(&p->err, "attachment: \"%s\" is unknown to this node", text);
    i->attachment = (enum desired_attachment)k;
    if (i->attachment == DESIRED_NETNS) {
        memcpy(i->port.mac, i->mac, sizeof(i->mac));
        return 0;
    }
    if (parse_device(p, obj, i) < 0)
        return -EBADMSG;
    i->netns[0] = 0;
    i->port.kind = i->attachment == DESIRED_NIC ? IPC_PORT_NIC : IPC_PORT_TAP;
    return 0;
}

static int parse_instance(struct parse *p, const json_t *obj)
{
    struct desired_instance i = {.port.kind = IPC_PORT_TAP};
    uint64_t mtu;

    if (desired_text(obj, "id", i.port.id, sizeof(i.port.id), &p->err) < 0 ||
        parse_subnet(obj, &i.port, &p->err) < 0 || parse_mac(obj, "mac", i.mac, &p->err) < 0 ||
        parse_mac(obj, "gatewayMac", i.port.gateway_mac, &p->err) < 0 ||
        desired_number(obj, "mtu", UINT16_MAX, &mtu, &p->err) < 0 ||
        desired_text(obj, "table", i.port.table, sizeof(i.port.table), &p->err) < 0 ||
        parse_attachment(p, obj, &i) < 0)
        return -EBADMSG;
    if (mtu < 68)
        return desired_fail(&p->err, "mtu: %llu is too small", (unsigned long long)mtu);
    i.port.mtu = (uint16_t)mtu;
    p->out->instances[p->out->n_instances++] = i;
    return 0;
}

static int parse_nexthop(const json_t *obj, struct ipc_nexthop *ret, struct desired_error *err)
{
    static const struct {
        const char *name;
        uint8_t kind;
        bool target;
    } kinds[] = {
        {"port", IPC_NEXTHOP_PORT, true},
        {"table", IPC_NEXTHOP_TABLE, true},
        {"connection", IPC_NEXTHOP_CONNECTION, true},
        {"blackhole", IPC_NEXTHOP_BLACKHOLE, false},
        {"unreachable", IPC_NEXTHOP_UNREACHABLE, false},
        {"self", IPC_NEXTHOP_SELF, false},
    };
    char kind[32];

    if (desired_text(obj, "kind", kind, sizeof(kind), err) < 0)
        return -EBADMSG;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(kind, kinds[i].name) != 0)
            continue;
        ret->kind = kinds[i].kind;
        return kinds[i].target ? desired_text(obj, "target", ret->target, sizeof(ret->target), err)
                               : 0;
    }
    return desired_fail(err, "kind: next hop \"%s\" is unknown to this node", kind);
}

static int parse_route(const json_t *obj, struct ipc_route *ret, struct desired_error *err)
{
    const json_t *list, *hop;
    char text[PREFIX_TEXT_MAX];
    size_t i;

    if (desired_text(obj, "prefix", text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (prefix_parse(text, &ret->prefix) < 0)
        return desired_fail(err, "prefix: \"%s\" is no prefix", text);
    if (desired_list(obj, "nextHops", IPC_NEXTHOP_MAX, &list, err) < 0)
        return -EBADMSG;
    json_array_foreach (list, i, hop) {
        if (parse_nexthop(hop, &ret->nexthops[i], err) < 0)
            return -EBADMSG;
    }
    if (i == 0)
        return desired_fail(err, "nextHops: route to %s has none", text);
    ret->n_nexthops = (uint16_t)i;
    return 0;
}

/* A route that cannot be used is left out with a problem; the table keeps the others. */
static int parse_table(struct parse *p, const json_t *obj)
{
    struct desired_table t = {0};
    const json_t *list, *route;
    size_t i;

    if (desired_text(obj, "id", t.table.id, sizeof(t.table.id), &p->err) < 0 ||
        desired_addr(obj, "self", true, &t.table.self, &p->err) < 0 ||
        desired_list(obj, "routes", OBJECTS_MAX, &list, &p->err) < 0)
        return -EBADMSG;
    if (!*t.table.id)
        return desired_fail(&p->err, "id: is empty");
    t.routes = calloc(json_array_size(list) + 1, sizeof(*t.routes));
    if (!t.routes)
        return -ENOMEM;
    json_array_foreach (list, i, route) {
        if (parse_route(route, &t.routes[t.n_routes], &p->err) == 0) {
            t.n_routes++;
        } else {
            t.routes[t.n_routes] = (struct ipc_route){0};
            add_problem(p, "table", obj);
        }
    }
    p->out->tables[p->out->n_tables++] = t;
    return 0;
}

static int parse_tunnel(struct parse *p, const json_t *obj)
{
    struct desired_tunnel *t = &p->out->tunnels[p->out->n_tunnels];

    if (desired_tunnel_parse(obj, t, &p->err) < 0)
        return -EBADMSG;
    if (!*t->dataplane.id)
        return desired_fail(&p->err, "id: is empty");
    p->out->n_tunnels++;
    return 0;
}

static int parse_cloud_address(struct parse *p, const json_t *value)
{
    struct addr *a = &p->out->cloud[p->out->n_cloud];

    if (!json_is_string(value) || addr_parse(json_string_value(value), a) < 0)
        return desired_fail(&p->err, "is no address");
    p->out->n_cloud++;
    return 0;
}

static bool seen_before(const json_t *list, size_t index)
{
    const json_t *id = json_object_get(json_array_get(list, index), "id");

    for (size_t i = 0; json_is_string(id) && i < index; i++) {
        if (json_equal(json_object_get(json_array_get(list, i), "id"), id))
            return true;
    }
    return false;
}

typedef int parse_one(struct parse *p, const json_t *obj);

/* Makes room for all entries of the list, parses each, and notes those that cannot be used. */
static int parse_all(struct parse *p, const json_t *doc, const char *name, const char *kind,
                     size_t size, void **array, parse_one *one)
{
    const json_t *list, *obj;
    size_t i;

    if (desired_list(doc, name, OBJECTS_MAX, &list, &p->err) < 0)
        return -EBADMSG;
    *array = calloc(json_array_size(list) + 1, size);
    if (!*array)
        return -ENOMEM;
    json_array_foreach (list, i, obj) {
        int r = seen_before(list, i) ? desired_fail(&p->err, "is there twice") : one(p, obj);

        if (r == -ENOMEM)
            return r;
        if (r < 0)
            add_problem(p, kind, obj);
    }
    return 0;
}

int desired_parse(const json_t *doc, struct desired **ret)
{
    struct parse p = {0};
    int r;

    p.out = calloc(1, sizeof(*p.out));
    if (!p.out)
        return -ENOMEM;
#define ALL(name, kind, array, one)                                                                \
    parse_all(&p, doc, name, kind, sizeof(*p.out->array), (void **)&p.out->array, one)
    r = desired_number(doc, "revision", INT64_MAX, &p.out->revision, &p.err);
    if (r == 0)
        r = ALL("cloudAddresses", "cloudAddress", cloud, parse_cloud_address);
    if (r == 0)
        r = ALL("instances", "instance", instances, parse_instance);
    if (r == 0)
        r = ALL("tables", "table", tables, parse_table);
    if (r == 0)
        r = ALL("tunnels", "tunnel", tunnels, parse_tunnel);
#undef ALL
    if (r < 0) {
        desired_free(p.out);
        return r;
    }
    *ret = p.out;
    return 0;
}

void desired_free(struct desired *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->n_tables; i++)
        free(d->tables[i].routes);
    if (d->tunnels)
        explicit_bzero(d->tunnels, d->n_tunnels * sizeof(*d->tunnels));
    free(d->cloud);
    free(d->instances);
    free(d->tables);
    free(d->tunnels);
    free(d->problems);
    free(d);
}
