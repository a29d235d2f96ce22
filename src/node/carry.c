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

static void say(char error[IPC_TEXT_MAX], const struct words *why)
{
    words_write(why, error, IPC_TEXT_MAX);
}

/* Whether its first argument is this object's: of "port i-web", "underlay 198.51.100.1:500",
 * "table bgw-a/tunnel". */
static bool names(const struct words *why, const struct object *o)
{
    char text[ENDPOINT_TEXT_MAX + IPC_ID_MAX];
    const char *at = text;
    size_t len = strlen(o->id);

    if (!why->count)
        return false;
    words_arg_text(&why->args[0], text, sizeof(text));
    at += text[0] == '[';
    return text_starts_with(at, o->id) && (!at[len] || strchr(":/]", at[len]));
}

static bool is_of_one_object(const struct words *why)
{
    return why->code == WORDS_DATAPLANE_UNDERLAY_FAILED ||
           why->code == WORDS_DATAPLANE_PORT_FAILED || why->code == WORDS_DATAPLANE_TABLE_FAILED ||
           why->code == WORDS_DATAPLANE_TUNNEL_FAILED;
}

/* Only the first failure has a name. If there are more, or the whole configuration was refused,
 * what came since all was well is suspected. */
static bool is_suspect(const struct node_dataplane *dp, const struct object *o)
{
    struct words_read r;
    const struct words *why = words_read(dp->error, &r);
    bool one = is_of_one_object(why);

    return dp->failed && ((one && names(why, o)) ||
                          (!(one && dp->failed == 1) && o->dataplane_since > dp->clean));
}

/* The data plane does not have it, or could not take it. */
static bool is_held_up(const struct node *node, const struct object *o, char error[IPC_TEXT_MAX])
{
    const struct node_dataplane *dp = &node->dataplane;

    if (o->dataplane_since > dp->done) {
        if (!dp->knows_holds)
            say(error, SAY(NODE_DATAPLANE_AWAY));
        return true;
    }
    if (!is_suspect(dp, o))
        return false;
    memcpy(error, dp->error, sizeof(dp->error));
    return true;
}

/* Whether the data plane has its sockets it says itself. */
static bool address_is_pending(const struct node *node, const struct object *o,
                               char error[IPC_TEXT_MAX])
{
    struct words_read r;
    const struct words *why = words_read(node->cloud_error, &r);
    bool named = why->code == WORDS_NODE_CLOUD_ADDRESS_NOT_ADDED ||
                 why->code == WORDS_NODE_CLOUD_ADDRESS_NOT_REMOVED;

    if (!*node->cloud_error || (named && !names(why, o)))
        return false;
    memcpy(error, node->cloud_error, sizeof(node->cloud_error));
    return true;
}

static bool instance_is_pending(const struct node *node, const struct object *o,
                                char error[IPC_TEXT_MAX])
{
    const struct node_instance *i = node_find_instance(node, o->id);

    if (i && drain_is_left(&i->leaving))
        return true;
    if (i && i->wanted && i->checked && i->ready && i->port_since &&
        i->port_since <= node->dataplane.done)
        return false;
    if (i && wire_is(i) && i->checked && i->index)
        return false; /* as far as this end can: the interface was in order before */
    if (i && i->ready && !tables_find(&node->tables, i->want.port.table))
        say(error, SAY(NODE_WITHOUT_TABLE));
    else if (i)
        memcpy(error, i->error, sizeof(i->error));
    return true;
}

static bool sas_are_left(const struct node_tunnel *t)
{
    return t->sent_up ||
           (t->has_status && (t->status.config_in_force || t->status.state != IPC_OPER_DOWN));
}

static bool tunnel_is_pending(const struct node *node, const struct object *o,
                              char error[IPC_TEXT_MAX])
{
    const struct node_tunnel *t = node_find_tunnel(node, o->id);
    uint64_t config = t ? t->want.ike.config : 0;

    if (!t || !t->wanted) {
        if (t)
            memcpy(error, t->error, sizeof(t->error));
        return true;
    }
    if (t->ike_since > node->ike.done) {
        if (!peer_is_up(&node->ike.peer))
            say(error, SAY(NODE_IKE_AWAY));
        return true;
    }
    if (t->want.dataplane.draining)
        return true;
    if (!t->want.ike.admin_up)
        return sas_are_left(t);
    if (!t->has_status || t->status.config_in_force == config)
        return false;
    if (t->status.config_refused == config) {
        memcpy(error, t->status.last_error, sizeof(t->status.last_error));
        return true;
    }
    /* Without SAs it is carried out as far as this end can. */
    return t->status.config_in_force != 0;
}

bool carry_is_pending(const struct node *node, const struct object *o, char error[IPC_TEXT_MAX])
{
    error[0] = 0;
    if (o->error)
        (void)text_copy(error, IPC_TEXT_MAX, o->error); /* a desired_error: it fits */
    if (o->error || !o->value)
        return true;
    if (o->type == DESIRED_TUNNEL && tunnel_is_pending(node, o, error))
        return true;
    if ((o->type == DESIRED_INSTANCE || o->type == DESIRED_LINE || o->type == DESIRED_NETWORK) &&
        instance_is_pending(node, o, error))
        return true;
    if (o->type == DESIRED_ADDRESS && address_is_pending(node, o, error))
        return true;
    return is_held_up(node, o, error);
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
