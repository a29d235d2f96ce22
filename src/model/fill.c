#include "model_internal.h"

#include <stdio.h>

/* What the server decides for a resource: ids, times, and whatever MODEL_ALLOCATED names. Each
 * helper fills in only what is absent. */

static int set_text(struct model_request *q, json_t *resource, const char *name, const char *text)
{
    if (json_object_set_new(resource, name, json_string(text)))
        return model_internal_error(q->error);
    return 0;
}

/* len characters of an alphabet with 2^bits letters. */
static void random_text(const struct model_env *env, const char *alphabet, unsigned bits, char *ret,
                        size_t len)
{
    uint8_t bytes[64];

    env->random(bytes, MIN(len, sizeof(bytes)));
    for (size_t i = 0; i < len; i++)
        ret[i] = alphabet[bytes[i % sizeof(bytes)] & ((1U << bits) - 1)];
    ret[len] = 0;
    explicit_bzero(bytes, sizeof(bytes));
}

void model_new_id(const struct model_env *env, const struct model_kind *kind,
                  char ret[MODEL_ID_MAX])
{
    size_t n = (size_t)snprintf(ret, MODEL_ID_MAX, "%s", kind->prefix);

    random_text(env, "abcdefghijklmnopqrstuvwxyz234567", 5, ret + n, 10);
}

int model_touch(const struct model_env *env, json_t *resource)
{
    char text[CLOCK_TEXT_MAX];
    json_int_t revision = model_int(resource, "revision", 0) + 1;

    if (json_object_set_new(resource, "updatedAt", json_string(clock_format(env->now_us, text))) ||
        json_object_set_new(resource, "revision", json_integer(revision)))
        return -ENOMEM;
    return 0;
}

int model_fill_common(struct model_request *q, json_t *resource)
{
    char id[MODEL_ID_MAX], now[CLOCK_TEXT_MAX];
    int r = 0;

    clock_format(q->env->now_us, now);
    if (q->kind->id != MODEL_REGION) {
        model_new_id(q->env, q->kind, id);
        r = set_text(q, resource, "id", id);
        if (r == 0)
            r = set_text(q, resource, "regionId", q->region);
        if (r == 0)
            r = set_text(q, resource, "projectId", q->env->project ? q->env->project : "default");
    }
    if (r == 0)
        r = set_text(q, resource, "createdAt", now);
    if (r == 0 && model_touch(q->env, resource) < 0)
        r = model_internal_error(q->error);
    return r;
}

/* ---- networks ---- */

static int fill_default_table(struct model_request *q, json_t *resource, const char *name,
                              bool list)
{
    json_t *table = NULL, *value;
    int r;

    if (json_object_get(resource, name))
        return 0;
    r = model_default_table(q, model_str(resource, "vpcId"), &table);
    if (r < 0)
        return model_internal_error(q->error);
    if (!table)
        return model_error_set(q->error, 409, "conflict", name, NULL,
                               "The VPC has no default route table; name one.");
    value = json_string(model_str(table, "id"));
    if (list)
        value = json_pack("[o]", value);
    json_decref(table);
    return json_object_set_new(resource, name, value) ? model_internal_error(q->error) : 0;
}

/* Conflicts between attachments are settled by who propagated first. */
static int fill_propagated_at(struct model_request *q, json_t *resource)
{
    bool on = strcmp(model_str(resource, "propagation"), "none") != 0;
    bool was_on = q->current && strcmp(model_str(q->current, "propagation"), "none") != 0 &&
                  strcmp(model_str(q->current, "vpcId"), model_str(resource, "vpcId")) == 0;
    char now[CLOCK_TEXT_MAX];

    if (on && was_on)
        return 0;
    (void)json_object_del(resource, "propagatedAt");
    return on ? set_text(q, resource, "propagatedAt", clock_format(q->env->now_us, now)) : 0;
}

/* Notes down which subnets a change adds to those that were propagated before. */
struct later {
    struct model_request *q;
    const json_t *resource;
    json_t *times;
};

static int visit_later(void *arg, const json_t *subnet)
{
    const struct later *l = arg;
    const char *id = model_str(subnet, "id");
    json_t *known = json_object_get(model_at(l->q->current, "propagatedLater"), id);
    char now[CLOCK_TEXT_MAX];

    if (!model_propagates(l->resource, subnet))
        return 0;
    if (!model_propagates(l->q->current, subnet))
        return set_text(l->q, l->times, id, clock_format(l->q->env->now_us, now));
    return known && json_object_set(l->times, id, known) ? model_internal_error(l->q->error) : 0;
}

/* A subnet that is added now has not been propagated since the attachment was made: it must not
 * displace what another attachment propagated meanwhile. */
static int fill_propagated_later(struct model_request *q, json_t *resource)
{
    struct later l = {q, resource, NULL};
    int r;

    if (!q->current ||
        strcmp(model_str(q->current, "propagatedAt"), model_str(resource, "propagatedAt")) != 0) {
        (void)json_object_del(resource, "propagatedLater"); /* all of them begin now */
        return 0;
    }
    if (json_equal(model_at(q->current, "propagation"), model_at(resource, "propagation")) &&
        json_equal(model_list(q->current, "subnetIds"), model_list(resource, "subnetIds")))
        return 0;
    l.times = json_object();
    r = l.times ? model_list_where(q, MODEL_SUBNET, "vpcId", model_str(resource, "vpcId"), NULL,
                                   visit_later, &l)
                : model_internal_error(q->error);
    if (r == 0 && json_object_size(l.times) == 0)
        (void)json_object_del(resource, "propagatedLater");
    else if (r == 0 && json_object_set(resource, "propagatedLater", l.times))
        r = model_internal_error(q->error);
    json_decref(l.times);
    return r;
}

static int fill_attachment(struct model_request *q, json_t *resource)
{
    int r;

    /* Another VPC has other tables; those of the old one are only kept when nobody chose. */
    if (q->current && strcmp(model_str(q->current, "vpcId"), model_str(resource, "vpcId")) != 0 &&
        json_equal(model_list(q->current, "routeTableIds"), model_list(resource, "routeTableIds")))
        (void)json_object_del(resource, "routeTableIds");
    r = fill_default_table(q, resource, "routeTableIds", true);
    if (r == 0)
        r = fill_propagated_at(q, resource);
    return r < 0 ? r : fill_propagated_later(q, resource);
}

struct collect {
    struct model_taken taken;
    const struct model_request *q;
};

static int visit_instance_address(void *arg, const json_t *instance)
{
    struct collect *c = arg;
    struct addr a;

    return model_addr(instance, "address", &a) < 0 ? 0 : model_taken_add_addr(&c->taken, &a);
}

static int fill_instance_address(struct model_request *q, json_t *resource)
{
    struct collect c = {.q = q};
    const char *subnet_id = model_str(resource, "subnetId");
    json_t *subnet;
    struct prefix p;
    struct addr a;
    char text[ADDR_TEXT_MAX];
    int r;

    if (json_object_get(resource, "address"))
        return 0;
    subnet = model_get(q, MODEL_SUBNET, subnet_id);
    r = model_prefix(subnet, "cidr", &p);
    json_decref(subnet);
    if (r == 0)
        r = model_list_where(q, MODEL_INSTANCE, "subnetId", subnet_id, NULL, visit_instance_address,
                             &c);
    if (r < 0) {
        model_taken_done(&c.taken);
        return model_internal_error(q->error);
    }
    r = model_alloc_instance(&p, &c.taken, &a);
    model_taken_done(&c.taken);
    if (r < 0)
        return model_error_set(q->error, 409, "conflict", "subnetId", subnet_id,
                               "The subnet has no free address left.");
    return set_text(q, resource, "address", addr_format(&a, text));
}

/* A TAP without a name is called rw- and the instance's id, as a namespace is. */
static int fill_interface(struct model_request *q, json_t *resource)
{
    char name[64];

    if (strcmp(model_str(resource, "attachment"), "tap") != 0 ||
        json_object_get(resource, "interface"))
        return 0;
    snprintf(name, sizeof(name), "rw-%s", model_str(resource, "id") + strlen(q->kind->prefix));
    return set_text(q, resource, "interface", name);
}

static int visit_node(void *arg, const json_t *node)
{
    json_t **best = arg;

    if (model_has_role(node, "compute") && model_carries_rather(node, *best)) {
        json_decref(*best);
        *best = json_incref((json_t *)node);
    }
    return 0;
}

/* The node that carries the gateways: instances on another do not reach them. A region without
 * nodes may have instances: they wait until one comes, or until its interface is free. */
static int fill_node(struct model_request *q, json_t *resource)
{
    json_t *best = NULL;
    int r = 0;

    if (json_object_get(resource, "nodeId"))
        return 0;
    if (model_list_where(q, MODEL_NODE, NULL, NULL, NULL, visit_node, &best) < 0)
        r = model_internal_error(q->error);
    else if (best && !(q->current && model_interface_taken(q, model_str(best, "id"),
                                                           model_str(resource, "interface"))))
        r = set_text(q, resource, "nodeId", model_str(best, "id"));
    json_decref(best);
    return r;
}

static int fill_asn(struct model_request *q, json_t *resource)
{
    json_int_t asn = model_int(q->region_object, "asn", 65000);

    if (json_object_get(resource, "asn"))
        return 0;
    return json_object_set_new(resource, "asn", json_integer(asn)) ? model_internal_error(q->error)
                                                                   : 0;
}

/* ---- cloud addresses ---- */

static int visit_cloud_addresses(void *arg, const json_t *connection)
{
    struct collect *c = arg;
    const json_t *item;
    struct addr a;
    size_t i;

    json_array_foreach (model_list(connection, "cloudAddresses"), i, item) {
        int r = addr_parse(json_string_value(item), &a);

        if (r == 0)
            r = model_taken_add_addr(&c->taken, &a);
        if (r < 0)
            return r;
    }
    return 0;
}

#define MAX_POOLS 64

static int alloc_two(struct model_request *q, enum addr_family family, struct model_taken *taken,
                     json_t *list)
{
    const json_t *item;
    struct prefix pools[MAX_POOLS];
    struct addr a;
    size_t count = 0, i;

    json_array_foreach (model_list(q->region_object, "publicPools"), i, item) {
        if (count < MAX_POOLS && prefix_parse(json_string_value(item), &pools[count]) == 0)
            count++;
    }
    for (i = 0; i < 2; i++) {
        char text[ADDR_TEXT_MAX];

        if (model_alloc_public(pools, count, family, taken, &a) < 0)
            return model_error_set(q->error, 409, "conflict", "cloudAddresses", NULL,
                                   "The public pools of region %s have no two free IPv%d addresses "
                                   "left; add a pool to the region.",
                                   q->region, (int)family);
        if (model_taken_add_addr(taken, &a) < 0 ||
            json_array_append_new(list, json_string(addr_format(&a, text))))
            return model_internal_error(q->error);
    }
    return 0;
}

static int fill_cloud_addresses(struct model_request *q, json_t *resource)
{
    struct collect c = {.q = q};
    const char *family = model_str(resource, "addressFamily");
    json_t *list;
    int r;

    if (json_object_get(resource, "cloudAddresses"))
        return 0;
    list = json_array();
    r = model_list_where(q, MODEL_VPN_CONNECTION, NULL, NULL, NULL, visit_cloud_addresses, &c);
    if (r < 0 || !list)
        r = model_internal_error(q->error);
    if (r == 0 && strcmp(family, "ipv6") != 0)
        r = alloc_two(q, ADDR_IPV4, &c.taken, list);
    if (r == 0 && strcmp(family, "ipv4") != 0)
        r = alloc_two(q, ADDR_IPV6, &c.taken, list);
    model_taken_done(&c.taken);
    if (r < 0) {
        json_decref(list);
        return r;
    }
    return json_object_set_new(resource, "cloudAddresses", list) ? model_internal_error(q->error)
                                                                 : 0;
}

int model_fill_after(struct model_request *q, json_t *resource)
{
    int r = 0;

    if (!json_object_get(resource, "name"))
        r = set_text(q, resource, "name", model_str(resource, "id"));
    if (r < 0)
        return r;
    switch (q->kind->id) {
    case MODEL_SUBNET:
        return fill_default_table(q, resource, "routeTableId", false);
    case MODEL_INSTANCE:
        r = fill_instance_address(q, resource);
        if (r == 0)
            r = fill_interface(q, resource);
        return r < 0 ? r : fill_node(q, resource);
    case MODEL_BORDER_GATEWAY:
        return fill_asn(q, resource);
    case MODEL_VPC_ATTACHMENT:
        return fill_attachment(q, resource);
    case MODEL_VPN_CONNECTION:
        return fill_cloud_addresses(q, resource);
    case MODEL_VPN_TUNNEL:
        return model_fill_tunnel(q, resource);
    default:
        return 0;
    }
}

int model_fill_psk(struct model_request *q, json_t *resource)
{
    char psk[33];
    int r;

    random_text(q->env, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6, psk,
                32);
    r = set_text(q, resource, "psk", psk);
    explicit_bzero(psk, sizeof(psk));
    return r;
}
