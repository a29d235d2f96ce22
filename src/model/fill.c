#include "model_internal.h"

#include <stdio.h>

/* What the server decides for a resource: ids, times, and whatever MODEL_ALLOCATED names. Each
 * helper fills in only what is absent. */

int model_fill_common(struct model_request *q, json_t *resource)
{
    char id[MODEL_ID_MAX], now[CLOCK_TEXT_MAX];
    int r = 0;

    clock_format(q->env->now_us, now);
    if (q->kind->id != MODEL_REGION) {
        model_new_id(q->env, q->kind, id);
        r = model_set_text(q, resource, "id", id);
        if (r == 0)
            r = model_set_text(q, resource, "regionId", model_region_of(q));
        if (r == 0)
            r = model_fill_project(q, resource);
    }
    if (r == 0)
        r = model_set_text(q, resource, "createdAt", now);
    if (r == 0 && model_touch(q->env, resource) < 0)
        r = model_internal_error(q->error);
    return r;
}

/* ---- networks ---- */

static int fill_default_table(struct model_request *q, json_t *resource, const char *name,
                              bool list)
{
    const struct model_route_table *table;
    json_t *value;

    if (json_object_get(resource, name))
        return 0;
    table = snapshot_default_table(q->s, model_str(resource, "vpcId"));
    if (!table)
        return model_error_set(q->error, 409, "conflict", name, NULL, SAY(CHANGE_NO_DEFAULT_TABLE));
    value = json_string(table->head.id);
    if (list)
        value = json_pack("[o]", value);
    return json_object_set_new(resource, name, value) ? model_internal_error(q->error) : 0;
}

static const struct model_vpc_attachment *attachment_before(const struct model_request *q)
{
    return (const struct model_vpc_attachment *)q->current;
}

/* Conflicts between attachments are settled by who propagated first. */
static int fill_propagated_at(struct model_request *q, json_t *resource)
{
    const struct model_vpc_attachment *before = attachment_before(q);
    bool on = strcmp(model_str(resource, "propagation"), "none") != 0;
    bool was_on = before && before->propagation != MODEL_PROPAGATE_NONE &&
                  strcmp(before->vpc_id, model_str(resource, "vpcId")) == 0;
    char now[CLOCK_TEXT_MAX];

    if (on && was_on)
        return 0;
    (void)json_object_del(resource, "propagatedAt");
    return on ? model_set_text(q, resource, "propagatedAt", clock_format(q->env->now_us, now)) : 0;
}

static bool holds(const json_t *list, const char *id)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (strcmp(json_string_value(item), id) == 0)
            return true;
    }
    return false;
}

static const char *later_of(const struct model_vpc_attachment *before, const char *subnet)
{
    for (uint32_t i = 0; i < before->propagated_later.count; i++) {
        if (strcmp(before->propagated_later.items[i].name, subnet) == 0)
            return before->propagated_later.items[i].value;
    }
    return NULL;
}

/* Notes down which subnets a change adds to those that were propagated before. */
static int note_later(struct model_request *q, const json_t *resource, json_t *times)
{
    const struct model_vpc_attachment *before = attachment_before(q);
    bool all = strcmp(model_str(resource, "propagation"), "all") == 0;
    char now[CLOCK_TEXT_MAX];
    int r = 0;

    clock_format(q->env->now_us, now);
    snapshot_each_linked (struct model_subnet, subnet, it, q->s, LINK_SUBNET_VPC,
                          model_str(resource, "vpcId")) {
        const char *id = subnet->head.id, *known = later_of(before, id);

        if (r < 0 || (!all && !holds(model_list(resource, "subnetIds"), id)))
            continue;
        if (!snapshot_propagates(before, subnet))
            known = now;
        if (known)
            r = model_set_text(q, times, id, known);
    }
    return r;
}

static bool same_subnets(const struct model_vpc_attachment *before, const json_t *resource)
{
    const json_t *list = model_list(resource, "subnetIds"), *item;
    size_t i;
    bool same = json_array_size(list) == before->subnet_ids.count;

    json_array_foreach (list, i, item)
        same = same && strcmp(json_string_value(item), before->subnet_ids.items[i]) == 0;
    return same;
}

static bool same_propagation(const struct model_vpc_attachment *before, const json_t *resource)
{
    static const char *const names[] = {[MODEL_PROPAGATE_ALL] = "all",
                                        [MODEL_PROPAGATE_SUBNETS] = "subnets",
                                        [MODEL_PROPAGATE_NONE] = "none"};

    return strcmp(names[before->propagation], model_str(resource, "propagation")) == 0 &&
           same_subnets(before, resource);
}

/* A subnet that is added now has not been propagated since the attachment was made: it must not
 * displace what another attachment propagated meanwhile. */
static int fill_propagated_later(struct model_request *q, json_t *resource)
{
    const struct model_vpc_attachment *before = attachment_before(q);
    char at[CLOCK_TEXT_MAX] = "";
    json_t *times;
    int r;

    if (before && before->propagated_us)
        clock_format(before->propagated_us, at);
    if (!before || strcmp(at, model_str(resource, "propagatedAt")) != 0) {
        (void)json_object_del(resource, "propagatedLater"); /* all of them begin now */
        return 0;
    }
    if (same_propagation(before, resource))
        return 0;
    times = json_object();
    r = times ? note_later(q, resource, times) : model_internal_error(q->error);
    if (r == 0 && json_object_size(times) == 0)
        (void)json_object_del(resource, "propagatedLater");
    else if (r == 0 && json_object_set(resource, "propagatedLater", times))
        r = model_internal_error(q->error);
    json_decref(times);
    return r;
}

static bool same_tables(const struct model_vpc_attachment *before, const json_t *resource)
{
    const json_t *list = model_list(resource, "routeTableIds"), *item;
    size_t i;
    bool same = json_array_size(list) == before->route_table_ids.count;

    json_array_foreach (list, i, item)
        same = same && strcmp(json_string_value(item), before->route_table_ids.items[i]) == 0;
    return same;
}

static int fill_attachment(struct model_request *q, json_t *resource)
{
    const struct model_vpc_attachment *before = attachment_before(q);
    int r;

    /* Another VPC has other tables; those of the old one are only kept when nobody chose. */
    if (before && strcmp(before->vpc_id, model_str(resource, "vpcId")) != 0 &&
        same_tables(before, resource))
        (void)json_object_del(resource, "routeTableIds");
    r = fill_default_table(q, resource, "routeTableIds", true);
    if (r == 0)
        r = fill_propagated_at(q, resource);
    return r < 0 ? r : fill_propagated_later(q, resource);
}

static int fill_instance_address(struct model_request *q, json_t *resource)
{
    const char *subnet_id = model_str(resource, "subnetId");
    const struct model_subnet *subnet = snapshot_get(q->s, MODEL_SUBNET, subnet_id);
    char text[ADDR_TEXT_MAX];
    struct addr a;

    if (json_object_get(resource, "address"))
        return 0;
    if (!subnet)
        return model_internal_error(q->error);
    if (model_alloc_instance(q->s, subnet, &a) < 0)
        return model_error_set(q->error, 409, "conflict", "subnetId", subnet_id,
                               SAY(CHANGE_SUBNET_FULL));
    return model_set_text(q, resource, "address", addr_format(&a, text));
}

/* A TAP without a name is called rw- and the instance's id, as a namespace is. */
static int fill_interface(struct model_request *q, json_t *resource)
{
    char name[64];

    if (strcmp(model_str(resource, "attachment"), "tap") != 0 ||
        json_object_get(resource, "interface"))
        return 0;
    snprintf(name, sizeof(name), "rw-%s", model_str(resource, "id") + strlen(q->kind->prefix));
    return model_set_text(q, resource, "interface", name);
}

/* A region without nodes may have instances and real networks: they wait until one comes, or until
 * its interface is free. */
static int fill_node(struct model_request *q, json_t *resource, const char *vpc)
{
    const struct model_resource *home;

    if (json_object_get(resource, "nodeId"))
        return 0;
    home = model_home_of(q->s, vpc, NULL, NULL);
    if (!home || (q->current &&
                  model_interface_user(q->s, home->id,
                                       json_string_value(json_object_get(resource, "interface")),
                                       model_int(resource, "vlan", 0), q->current->id)))
        return 0;
    return model_set_text(q, resource, "nodeId", home->id);
}

static int fill_instance_node(struct model_request *q, json_t *resource)
{
    const struct model_subnet *subnet =
        snapshot_get(q->s, MODEL_SUBNET, model_str(resource, "subnetId"));

    return subnet ? fill_node(q, resource, subnet->vpc_id) : 0;
}

static int fill_subnet(struct model_request *q, json_t *resource)
{
    int r = fill_default_table(q, resource, "routeTableId", false);

    if (r < 0 || !json_object_get(resource, "interface"))
        return r;
    return fill_node(q, resource, model_str(resource, "vpcId"));
}

/* A line ends where its gateway is, unless said otherwise. */
static int fill_line_node(struct model_request *q, json_t *resource)
{
    const char *node = model_node_of(q->s, model_str(resource, "borderGatewayId"));

    if (json_object_get(resource, "nodeId") ||
        !model_has_role(snapshot_get(q->s, MODEL_NODE, node), MODEL_ROLE_GATEWAY))
        return 0;
    return model_set_text(q, resource, "nodeId", node);
}

static int fill_asn(struct model_request *q, json_t *resource)
{
    const struct model_region *region = snapshot_region(q->s);

    if (json_object_get(resource, "asn"))
        return 0;
    return json_object_set_new(resource, "asn", json_integer(region ? region->asn : 65000))
               ? model_internal_error(q->error)
               : 0;
}

/* ---- cloud addresses ---- */

static int alloc_two(struct model_request *q, enum addr_family family, json_t *list)
{
    struct addr two[2];

    for (size_t i = 0; i < ARRAY_SIZE(two); i++) {
        char text[ADDR_TEXT_MAX];

        if (model_alloc_public(q->s, family, i ? &two[0] : NULL, &two[i]) < 0)
            return model_error_set(q->error, 409, "conflict", "cloudAddresses", NULL,
                                   SAY(CHANGE_POOLS_EMPTY, model_region_of(q), (int)family));
        if (json_array_append_new(list, json_string(addr_format(&two[i], text))))
            return model_internal_error(q->error);
    }
    return 0;
}

static int fill_cloud_addresses(struct model_request *q, json_t *resource)
{
    const char *family = model_str(resource, "addressFamily");
    json_t *list;
    int r = 0;

    if (json_object_get(resource, "cloudAddresses"))
        return 0;
    list = json_array();
    if (strcmp(family, "ipv6") != 0)
        r = alloc_two(q, ADDR_IPV4, list);
    if (r == 0 && strcmp(family, "ipv4") != 0)
        r = alloc_two(q, ADDR_IPV6, list);
    if (r < 0) {
        json_decref(list);
        return r;
    }
    return json_object_set_new(resource, "cloudAddresses", list) ? model_internal_error(q->error)
                                                                 : 0;
}

static int fill_name(struct model_request *q, json_t *resource)
{
    const char *id = model_str(resource, "id");
    char name[ADDR_TEXT_MAX];

    if (json_object_get(resource, "name"))
        return 0;
    if (q->kind->id != MODEL_PLACEMENT)
        return model_set_text(q, resource, "name", id);
    model_placement_name(id, name);
    return model_set_text(q, resource, "name", name);
}

/* ---- route tables ---- */

static bool names(const json_t *list, const struct model_table_propagation *p)
{
    const json_t *item;
    struct prefix range;
    size_t i;

    json_array_foreach (list, i, item) {
        if (strcmp(model_str(item, "borderGatewayId"), p->border_gateway_id) == 0 &&
            model_prefix(item, "range", &range) == 0 && prefix_equal(&range, &p->range))
            return true;
    }
    return false;
}

/* What an attachment made stays as long as the attachment names the table: it does not go because
 * somebody writes back a list that he read before, or that names only his own. */
static int keep_made(struct model_request *q, json_t *resource)
{
    const struct model_route_table *before = (const struct model_route_table *)q->current;
    json_t *list = json_object_get(resource, "propagations");
    size_t most = model_find_field(q->kind, "propagations")->max_items;

    for (uint32_t i = 0; before && i < before->propagations.count; i++) {
        const struct model_table_propagation *p = &before->propagations.items[i];
        const struct model_vpc_attachment *maker =
            snapshot_get(q->s, MODEL_VPC_ATTACHMENT, p->vpc_attachment_id);
        char range[PREFIX_TEXT_MAX];

        if (!maker || !model_ids_hold(&maker->route_table_ids, before->head.id) || names(list, p))
            continue;
        if (json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "borderGatewayId",
                                                  p->border_gateway_id, "range",
                                                  prefix_format(&p->range, range),
                                                  "vpcAttachmentId", p->vpc_attachment_id)))
            return model_internal_error(q->error);
    }
    if (json_array_size(list) <= most)
        return 0;
    return model_error_set(q->error, 400, "invalid-value", "propagations", NULL,
                           SAY(CHANGE_PROPAGATIONS_MANY, most));
}

/* What is posted is signed. */
static int fill_alarm(struct model_request *q, json_t *resource)
{
    bool stored = q->current && ((const struct model_alarm *)q->current)->webhook_secret;

    if (stored || !*model_str(resource, "webhookUrl") || json_object_get(resource, "webhookSecret"))
        return 0;
    return model_fill_secret(q, resource, "webhookSecret");
}

int model_fill_after(struct model_request *q, json_t *resource)
{
    int r = fill_name(q, resource);

    if (r < 0)
        return r;
    switch (q->kind->id) {
    case MODEL_SUBNET:
        return fill_subnet(q, resource);
    case MODEL_ROUTE_TABLE:
        return keep_made(q, resource);
    case MODEL_INSTANCE:
        r = fill_instance_address(q, resource);
        if (r == 0)
            r = fill_interface(q, resource);
        return r < 0 ? r : fill_instance_node(q, resource);
    case MODEL_BORDER_GATEWAY:
        return fill_asn(q, resource);
    case MODEL_VPC_ATTACHMENT:
        return fill_attachment(q, resource);
    case MODEL_VPN_CONNECTION:
        return fill_cloud_addresses(q, resource);
    case MODEL_PRIVATE_INTERFACE:
        return fill_line_node(q, resource);
    case MODEL_VPN_TUNNEL:
        return model_fill_tunnel(q, resource);
    case MODEL_ALARM:
        return fill_alarm(q, resource);
    default:
        return 0;
    }
}
