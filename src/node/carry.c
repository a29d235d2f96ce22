/* How far the desired state has been carried out. */
#include "node_internal.h"

#include <stdio.h>

/* ---- versions on their way ---- */

static struct node_mark mark_now(const struct node *node)
{
    struct node_mark m = {.set = true, .version = node->set.version};

    memcpy(m.epoch, node->set.epoch, sizeof(m.epoch));
    m.dataplane = node->dataplane.due ? dataplane_link_next(node) : node->dataplane.generation;
    m.ike = node->ike.due ? ike_link_next(node) : node->ike.generation;
    return m;
}

void carry_handed(struct node *node)
{
    struct node_carry *c = &node->carry;

    if (node->set.listing_open)
        return; /* what it will not name still has to go */
    if (c->awaited.set)
        c->next = mark_now(node);
    else
        c->awaited = mark_now(node);
    carry_look(node);
}

void carry_extend(struct node *node)
{
    struct node_mark *marks[] = {&node->carry.awaited, &node->carry.next};

    for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
        marks[i]->dataplane =
            node->dataplane.due ? dataplane_link_next(node) : node->dataplane.generation;
    }
}

static bool is_through(const struct node *node, const struct node_mark *m)
{
    return m->set && m->dataplane <= node->dataplane.done && m->ike <= node->ike.done &&
           node->n_fresh == 0 && !node->scan_due && !node->ports_changed;
}

void carry_look(struct node *node)
{
    struct node_carry *c = &node->carry;
    bool moved = false;

    while (is_through(node, &c->awaited)) {
        memcpy(c->epoch, c->awaited.epoch, sizeof(c->epoch));
        c->version = c->awaited.version;
        c->awaited = c->next;
        c->next = (struct node_mark){0};
        moved = true;
    }
    if (!moved)
        return;
    list_for_each (o, &c->unsettled, struct object, unsettled)
        report_due(node, o);
    node_report_soon(node);
}

/* ---- one object ---- */

/* "port i-web: it is broken", "underlay 198.51.100.1:500: …", "table bgw-a/tunnel: …" */
static bool names(const char *error, const struct object *o)
{
    const char *name = strchr(error, ' '), *at = name ? name + 1 + (name[1] == '[') : NULL;

    return at && text_starts_with(at, o->id) && strchr(":/]", at[strlen(o->id)]);
}

/* Only the first failure has a name. If there are more, or the whole configuration was refused,
 * what came since all was well is suspected. */
static bool is_suspect(const struct node_dataplane *dp, const struct object *o)
{
    bool named = dp->failed == 1 && !text_starts_with(dp->error, "configuration ");

    return dp->failed && (names(dp->error, o) || (!named && o->dataplane_since > dp->clean));
}

/* The data plane does not have it, or could not take it. */
static bool is_held_up(const struct node *node, const struct object *o, const char **ret_error)
{
    const struct node_dataplane *dp = &node->dataplane;

    *ret_error = dp->knows_holds ? "" : "ropeway-dataplane is away";
    if (o->dataplane_since > dp->done)
        return true;
    *ret_error = dp->error;
    return is_suspect(dp, o);
}

/* Whether the data plane has its sockets it says itself. */
static bool address_is_pending(const struct node *node, const struct object *o,
                               const char **ret_error)
{
    const char *error = node->cloud_error, *named = strstr(error, "cloud address ");

    if (!*error || (named && !names(named + strlen("cloud"), o)))
        return false;
    *ret_error = error;
    return true;
}

static bool instance_is_pending(const struct node *node, const struct object *o,
                                const char **ret_error)
{
    const struct node_instance *i = node_find_instance(node, o->id);

    if (i && i->wanted && i->checked && i->ready && i->port_since &&
        i->port_since <= node->dataplane.done)
        return false;
    *ret_error = i ? i->error : "";
    if (i && i->ready && !tables_find(&node->tables, i->want.port.table))
        *ret_error = "its route table is not on this node";
    return true;
}

static bool sas_are_left(const struct node_tunnel *t)
{
    return t->sent_up ||
           (t->has_status && (t->status.config_in_force || t->status.state != IPC_OPER_DOWN));
}

static bool tunnel_is_pending(const struct node *node, const struct object *o,
                              const char **ret_error)
{
    const struct node_tunnel *t = node_find_tunnel(node, o->id);
    uint64_t config = t ? t->want.ike.config : 0;

    if (!t || !t->wanted) {
        *ret_error = t ? t->error : "";
        return true;
    }
    if (t->ike_since > node->ike.done) {
        *ret_error = peer_is_up(&node->ike.peer) ? "" : "ropeway-ike is away";
        return true;
    }
    if (!t->want.ike.admin_up)
        return sas_are_left(t);
    if (!t->has_status || t->status.config_in_force == config)
        return false;
    if (t->status.config_refused == config) {
        *ret_error = t->status.last_error;
        return true;
    }
    /* Without SAs it is carried out as far as this end can. */
    return t->status.config_in_force != 0;
}

bool carry_is_pending(const struct node *node, const struct object *o, const char **ret_error)
{
    *ret_error = "";
    if (o->error)
        *ret_error = o->error;
    if (o->error || !o->value)
        return true;
    if (o->type == DESIRED_TUNNEL && tunnel_is_pending(node, o, ret_error))
        return true;
    if (o->type == DESIRED_INSTANCE && instance_is_pending(node, o, ret_error))
        return true;
    if (o->type == DESIRED_ADDRESS && address_is_pending(node, o, ret_error))
        return true;
    if (is_held_up(node, o, ret_error))
        return true;
    *ret_error = "";
    return false;
}

uint64_t carry_in_force(const struct node *node, const struct object *o, bool pending)
{
    const struct node_tunnel *t;
    uint64_t config;

    if (!pending)
        return o->version;
    if (o->type != DESIRED_TUNNEL)
        return o->in_force;
    t = node_find_tunnel(node, o->id);
    config = t && t->has_status ? t->status.config_in_force : 0;
    /* Of another life of the planner: its versions mean nothing in this one. */
    if ((config ^ carry_config(node->set.epoch, 0)) >> CARRY_VERSION_BITS)
        return 0;
    return MIN(config & CARRY_VERSION_MASK, o->version);
}

uint64_t carry_config(const char *epoch, uint64_t version)
{
    return hash_bytes(epoch, strlen(epoch), 0) << CARRY_VERSION_BITS |
           (version & CARRY_VERSION_MASK);
}
