/* What a page of the desired state means for tunnels, instances and packet tables. */
#include "node_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "routing_build.h"
#include "selectors.h"

/* ---- tunnels ---- */

static bool offers_ipv6(const struct desired_attachment *a)
{
    for (size_t i = 0; a && i < a->n_prefixes; i++) {
        if (a->prefixes[i].prefix.addr.family == ADDR_IPV6)
            return true;
    }
    return false;
}

/* By BGP the gateway announces IPv6 prefixes, or passes on whatever there is. */
static bool announces_ipv6(const struct node *node, const char *id)
{
    const struct desired_gateway *gateway = objects_value(&node->set, DESIRED_GATEWAY, id);

    if (gateway && gateway->transit)
        return true;
    objects_each_of (o, &node->set, DESIRED_ATTACHMENT, id) {
        if (offers_ipv6(o->value))
            return true;
    }
    return false;
}

/* An IPv6 packet may have to go through it. */
static bool carries_ipv6(const struct node *node, const struct desired_tunnel *t)
{
    if (t->dataplane.inner_local.family == ADDR_IPV6)
        return true;
    if (t->n_bgp && announces_ipv6(node, t->gateway))
        return true;
    objects_each_of (o, &node->set, DESIRED_ROUTE, t->dataplane.connection) {
        const struct desired_route *route = o->value;

        if (route->destination.addr.family == ADDR_IPV6 && strcmp(route->gateway, t->gateway) == 0)
            return true;
    }
    return false;
}

static bool has_family(const struct prefix *list, size_t n, uint8_t family)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].addr.family == family)
            return true;
    }
    return false;
}

/* All of the families that are asked for. */
static uint16_t fill_all(struct prefix *ret, bool ipv4, bool ipv6)
{
    uint16_t n = 0;

    if (ipv4)
        ret[n++] = (struct prefix){.addr = {.family = ADDR_IPV4}};
    if (ipv6)
        ret[n++] = (struct prefix){.addr = {.family = ADDR_IPV6}};
    return n;
}

/* Route-based, all of a family on both sides, unless the connection names the networks; where it
 * names one side's the other has the same families. */
static void fill_selectors(struct ipc_ike_tunnel *ike, bool ipv6)
{
    bool local = ike->n_local_ts, remote = ike->n_remote_ts;
    const struct prefix *named = local ? ike->local_ts : ike->remote_ts;
    size_t n = local ? ike->n_local_ts : ike->n_remote_ts;
    bool v4 = !n || has_family(named, n, ADDR_IPV4);
    bool v6 = n ? has_family(named, n, ADDR_IPV6) : ipv6;

    if (!local)
        ike->n_local_ts = fill_all(ike->local_ts, v4, v6);
    if (!remote)
        ike->n_remote_ts = fill_all(ike->remote_ts, v4, v6);
}

/* What is to be of it, out of its object and those that it depends on. False: not yet. */
static bool derive(const struct node *node, const struct desired_tunnel *value,
                   struct desired_tunnel *ret, char error[NODE_ERROR_MAX])
{
    const struct desired_gateway *gateway =
        objects_value(&node->set, DESIRED_GATEWAY, value->gateway);

    *ret = *value;
    error[0] = 0;
    fill_selectors(&ret->ike, carries_ipv6(node, value));
    if (!gateway) {
        words_write(SAY(NODE_WITHOUT_GATEWAY, value->gateway), error, NODE_ERROR_MAX);
        return false;
    }
    snprintf(ret->dataplane.table, sizeof(ret->dataplane.table), "%.55s%s", value->gateway,
             gateway->transit ? "" : ROUTING_TUNNEL_TABLE);
    return true;
}

/* since: the version of the object that made the difference, its own or another. */
static void note_changes(struct node *node, struct node_tunnel *t, bool was_wanted,
                         const struct desired_tunnel *was, uint64_t since)
{
    if (t->wanted != was_wanted ||
        memcmp(&t->want.dataplane, &was->dataplane, sizeof(was->dataplane)) != 0) {
        t->object->dataplane_since = dataplane_link_next(node);
        dataplane_link_changed(node, t);
    }
    t->want.ike.config = was->ike.config;
    if (t->wanted == was_wanted && was->ike.config &&
        t->want.credentials_are == was->credentials_are &&
        memcmp(&t->want.ike, &was->ike, offsetof(struct ipc_ike_tunnel, n_local_networks)) == 0)
        return;
    t->want.ike.config = carry_config(node->set.epoch, MAX(since, t->object->version));
    t->ike_since = ike_link_next(node);
    ike_link_changed(node, t);
}

static void keep_networks(const struct ipc_ike_tunnel *was, struct ipc_ike_tunnel *ike)
{
    ike->n_local_networks = was->n_local_networks;
    ike->n_remote_networks = was->n_remote_networks;
    memcpy(ike->local_networks, was->local_networks, sizeof(ike->local_networks));
    memcpy(ike->remote_networks, was->remote_networks, sizeof(ike->remote_networks));
}

void merge_networks(struct node *node, struct node_tunnel *t)
{
    struct ipc_ike_tunnel *ike = &t->want.ike;
    struct selectors_networks n = {0};

    if (t->has_status && t->status.wants_networks)
        selectors_networks(&node->tables, &t->want.dataplane, &n);
    if (ike->n_local_networks == n.n_local && ike->n_remote_networks == n.n_remote &&
        memcmp(ike->local_networks, n.local, sizeof(n.local)) == 0 &&
        memcmp(ike->remote_networks, n.remote, sizeof(n.remote)) == 0)
        return;
    ike->n_local_networks = n.n_local;
    ike->n_remote_networks = n.n_remote;
    memcpy(ike->local_networks, n.local, sizeof(n.local));
    memcpy(ike->remote_networks, n.remote, sizeof(n.remote));
    ike_link_changed(node, t);
}

static void update_tunnel(struct node *node, struct object *o, uint64_t since)
{
    struct node_tunnel *t = node_tunnel_for(node, o->id);
    struct desired_tunnel was;
    bool was_wanted;

    if (!t)
        return;
    t->object = o;
    if (!o->value)
        return;
    was = t->want;
    was_wanted = t->wanted;
    t->wanted = derive(node, o->value, &t->want, t->error);
    keep_networks(&was.ike, &t->want.ike);
    merge_networks(node, t);
    drain_look(node, t, ((const struct desired_tunnel *)o->value)->n_bgp);
    note_changes(node, t, was_wanted, &was, since);
    /* Turned off and on again between two answers of the data plane: it counts anew. */
    if (!t->wanted || !t->want.dataplane.admin_up)
        t->on_since = 0;
    t->want.bgp = NULL; /* the object's, as the credentials */
    t->want.credentials = NULL;
    speakers_touch(&node->speakers, t->want.gateway);
    if (strcmp(was.gateway, t->want.gateway) != 0)
        speakers_touch(&node->speakers, was.gateway);
    explicit_bzero(&was, sizeof(was));
    report_due(node, o);
}

void merge_tunnel(struct node *node, struct node_tunnel *t)
{
    if (t->object)
        update_tunnel(node, t->object, t->object->version);
}

static void drop_tunnel(struct node *node, const struct object *o)
{
    struct node_tunnel *t = node_find_tunnel(node, o->id);

    if (!t)
        return;
    t->object = NULL;
    t->wanted = false;
    drain_end(&t->leaving);
    t->on_since = 0;
    speakers_touch(&node->speakers, t->want.gateway);
    dataplane_link_changed(node, t);
    ike_link_changed(node, t);
}

static void update_tunnels_of(struct node *node, const char *id, uint64_t since)
{
    objects_each_of (o, &node->set, DESIRED_TUNNEL, id)
        update_tunnel(node, o, since);
}

/* ---- instances and real networks ---- */

/* An interface carries one instance: whoever came first. */
static bool take_device(struct node *node, struct node_instance *i)
{
    const struct name_link *taken;

    name_map_remove(&node->by_device, &i->device);
    if (!*i->want.claim)
        return true;
    taken = name_map_find(&node->by_device, i->want.claim);
    if (taken) {
        const struct node_instance *other = container_of(taken, struct node_instance, device);

        words_write(SAY(NODE_INTERFACE_TAKEN, i->want.claim, other->want.port.id), i->error,
                    sizeof(i->error));
        return false;
    }
    return name_map_add(&node->by_device, &i->device, i->want.claim) == 0;
}

static void want_instance(struct node *node, struct node_instance *i)
{
    i->error[0] = 0;
    i->wanted = take_device(node, i);
    if (i->wanted)
        machine_check(node, i);
    else
        machine_forget(node, i);
}

/* An interface is free again: for the next who wants it. */
static void offer_device(struct node *node, const char *claim)
{
    list_for_each (i, &node->instances, struct node_instance, all) {
        if (i->object && !i->wanted && strcmp(i->want.claim, claim) == 0) {
            want_instance(node, i);
            report_due(node, i->object);
            return;
        }
    }
}

static void update_instance(struct node *node, struct object *o, bool changed)
{
    struct node_instance *i = node_instance_for(node, o->id);
    char claim[sizeof(((struct desired_instance *)NULL)->claim)];

    if (!i)
        return;
    i->object = o;
    if (!o->value || !changed)
        return;
    memcpy(claim, i->want.claim, sizeof(claim));
    name_map_remove(&node->by_device, &i->device); /* its name is in what is overwritten now */
    i->want = *(const struct desired_instance *)o->value;
    want_instance(node, i);
    if (*claim && strcmp(claim, i->want.claim) != 0)
        offer_device(node, claim);
}

static void drop_instance(struct node *node, const struct object *o)
{
    struct node_instance *i = node_find_instance(node, o->id);
    char claim[sizeof(((struct desired_instance *)NULL)->claim)];

    if (!i)
        return;
    memcpy(claim, i->want.claim, sizeof(claim));
    hosts_forget(&node->hosts, o->id);
    node_free_instance(node, i);
    node->scan_due = true;
    if (*claim)
        offer_device(node, claim);
}

/* ---- private interfaces ---- */

static void update_line(struct node *node, struct object *o)
{
    const struct desired_line *line = o->value;
    struct node_instance *i = node_instance_for(node, o->id);
    struct desired_instance want;
    char claim[sizeof(((struct desired_instance *)NULL)->claim)];

    if (!i)
        return;
    i->object = o;
    if (!line)
        return;
    drain_look_line(node, i, line->admin_up);
    if (!line_derive(node, i, line, &want)) {
        i->wanted = false;
        machine_forget(node, i);
        words_write(SAY(NODE_WITHOUT_GATEWAY, line->gateway), i->error, sizeof(i->error));
    } else if (!i->wanted || memcmp(&i->want, &want, sizeof(want)) != 0) {
        memcpy(claim, i->want.claim, sizeof(claim));
        name_map_remove(&node->by_device, &i->device);
        i->want = want;
        want_instance(node, i);
        if (*claim && strcmp(claim, i->want.claim) != 0)
            offer_device(node, claim);
    }
    node->dataplane.whole |= IPC_PART_TABLES;
    node->dataplane.due = true;
    machine_follow(node, i);
    speakers_touch(&node->speakers, line->gateway);
    report_due(node, o);
}

void merge_line(struct node *node, struct node_instance *i)
{
    if (i->object)
        update_line(node, i->object);
}

static void update_lines_of(struct node *node, const char *gateway)
{
    objects_each_of (o, &node->set, DESIRED_LINE, gateway)
        update_line(node, o);
}

/* ---- objects ---- */

/* Tunnels offer IPv6 if a route to them asks for it. */
static void touch_families(struct node *node, const struct desired_route *route, uint64_t since)
{
    if (route && route->destination.addr.family == ADDR_IPV6)
        update_tunnels_of(node, route->next_hop, since);
}

/* What else looks different since the object came, changed or went. */
static void touch(struct node *node, const struct object *o, const void *before, const void *after)
{
    const struct desired_attachment *attachment = after ? after : before;
    uint64_t since = after ? o->version : node->set.version + 1;

    tables_touch(&node->tables, o, before, after);
    if (o->type != DESIRED_TUNNEL)
        node->dataplane.due = true;
    if (o->type == DESIRED_INSTANCE || o->type == DESIRED_NETWORK)
        node->dataplane.whole |= IPC_PART_TABLES;
    if (o->type == DESIRED_ADDRESS) {
        node->dataplane.whole |= IPC_PART_UNDERLAYS;
        node->cloud_due = true;
    }
    if (o->type == DESIRED_GATEWAY)
        speakers_touch(&node->speakers, o->id);
    if (o->type == DESIRED_LINE && before)
        speakers_touch(&node->speakers, ((const struct desired_line *)before)->gateway);
    if (o->type == DESIRED_ATTACHMENT && (offers_ipv6(before) || offers_ipv6(after)))
        update_tunnels_of(node, attachment->gateway, since);
    if (o->type == DESIRED_ROUTE) {
        touch_families(node, before, since);
        touch_families(node, after, since);
    }
}

static void on_put(void *arg, struct object *o, const void *before)
{
    struct node *node = arg;
    bool changed = o->value != before;
    char said[WORDS_TEXT_MAX];

    if (o->error)
        log_warn("desired state: %s: %s", o->key,
                 words_say_written(o->error, WORDS_EN, said, sizeof(said)));
    list_remove(&o->unsettled);
    list_append(&node->carry.unsettled, &o->unsettled);
    if (changed) {
        touch(node, o, before, o->value);
        if (o->type != DESIRED_TUNNEL)
            o->dataplane_since = dataplane_link_next(node);
    }
    if (o->type == DESIRED_TUNNEL)
        update_tunnel(node, o, o->version);
    if (o->type == DESIRED_INSTANCE || o->type == DESIRED_NETWORK)
        update_instance(node, o, changed);
    if (o->type == DESIRED_LINE)
        update_line(node, o);
    if (o->type == DESIRED_GATEWAY && changed) {
        update_tunnels_of(node, o->id, o->version);
        update_lines_of(node, o->id);
    }
    report_due(node, o);
}

/* The gateway's tunnels wait for it to come again. */
static void drop_gateway(struct node *node, const struct object *o)
{
    objects_each_of (line, &node->set, DESIRED_LINE, o->id) {
        struct node_instance *i = node_find_instance(node, line->id);

        if (i) {
            i->wanted = false;
            drain_end(&i->leaving);
        }
        report_due(node, line);
    }
    objects_each_of (tunnel, &node->set, DESIRED_TUNNEL, o->id) {
        struct node_tunnel *t = node_find_tunnel(node, tunnel->id);

        if (!t || !t->wanted)
            continue;
        t->wanted = false;
        t->on_since = 0;
        drain_end(&t->leaving);
        words_write(SAY(NODE_WITHOUT_GATEWAY, o->id), t->error, sizeof(t->error));
        dataplane_link_changed(node, t);
        ike_link_changed(node, t);
        report_due(node, tunnel);
    }
}

/* The object is still in the set; nothing may be derived from it any more. */
static void on_gone(void *arg, struct object *o)
{
    struct node *node = arg;
    void *value = o->value;

    mentions_remove(&node->set, o);
    o->down = o->type == DESIRED_LINE; /* to whoever looks it up until it is gone */
    if (value)
        touch(node, o, value, NULL);
    if (o->type == DESIRED_TUNNEL)
        drop_tunnel(node, o);
    if (o->type == DESIRED_INSTANCE || o->type == DESIRED_LINE || o->type == DESIRED_NETWORK)
        drop_instance(node, o);
    if (o->type == DESIRED_LINE)
        node->dataplane.whole |= IPC_PART_TABLES;
    if (o->type == DESIRED_GATEWAY)
        drop_gateway(node, o);
    report_gone(node, o);
}

int merge_page(struct node *node, const json_t *page, struct objects_page *ret,
               struct desired_error *err)
{
    static const struct objects_calls calls = {on_put, on_gone};

    return objects_take(&node->set, page, &calls, node, ret, err);
}

/* ---- cloud addresses ---- */

static int compare(const void *a, const void *b)
{
    return addr_cmp(a, b);
}

int merge_cloud(struct node *node)
{
    struct addr *cloud;
    size_t n = 0;

    list_for_each (o, &node->set.all, struct object, all)
        n += o->type == DESIRED_ADDRESS && o->value;
    cloud = calloc(n + 1, sizeof(*cloud));
    if (!cloud)
        return -ENOMEM;
    n = 0;
    list_for_each (o, &node->set.all, struct object, all) {
        if (o->type == DESIRED_ADDRESS && o->value)
            cloud[n++] = ((const struct desired_address *)o->value)->address;
    }
    qsort(cloud, n, sizeof(*cloud), compare);
    free(node->cloud);
    node->cloud = cloud;
    node->n_cloud = n;
    return 0;
}
