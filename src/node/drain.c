/* A tunnel with a BGP session that is switched off is announced worse first, so that the peer's
 * traffic goes elsewhere while ours does; then its session ends, and what was learned over it goes
 * while packets still pass; then it is taken down. What has no other way stays to the end. Without
 * BGP the data plane tells the peer, by probes, and time is for that to be heard. A private
 * interface is left like a tunnel, without a session, too: meanwhile it answers no echo
 * (IPC_LINE_LEFT). */
#include "node_internal.h"

#define TOLD_US  1000000U /* one and a half round trips, and lost packets */
#define WORSE_US 2500000U
#define ENDS_US  1000000U

static bool has_session(const struct node *node, const struct node_tunnel *t)
{
    const struct speaker_peer *p = speakers_peer(&node->speakers, t->want.dataplane.id);

    return p && p->has_session && p->session.state == BGP_ESTABLISHED;
}

/* Its peer can be told, and sends us something. */
static bool can_tell(const struct node_tunnel *t)
{
    const struct ipc_tunnel *config = &t->want.dataplane;

    return config->inner_local.family != ADDR_NONE &&
           config->inner_local.family == config->inner_remote.family && t->has_status &&
           t->status.state == IPC_OPER_UP;
}

bool drain_is_left(const struct node_leaving *l)
{
    return l->drain == NODE_DRAIN_TOLD || l->drain == NODE_DRAIN_WORSE ||
           l->drain == NODE_DRAIN_ENDS;
}

void drain_end(struct node_leaving *l)
{
    list_remove(&l->link);
    l->drain = NODE_DRAIN_NONE;
}

static void wait_for_first(struct node *node);

static void wait_until(struct node *node, struct node_leaving *l, enum node_drain drain,
                       uint64_t us)
{
    list_remove(&l->link);
    l->drain = (uint8_t)drain;
    l->until_us = clock_monotonic_us() + us;
    if (drain_is_left(l))
        list_append(&node->draining, &l->link);
    wait_for_first(node);
}

static void go_on(struct node *node, struct node_leaving *l)
{
    if (l->drain == NODE_DRAIN_WORSE)
        wait_until(node, l, NODE_DRAIN_ENDS, ENDS_US);
    else
        wait_until(node, l, NODE_DRAIN_OVER, 0);
    node->drain_went_on(node, l);
}

static void on_time(uv_timer_t *timer)
{
    struct node *node = container_of(timer, struct node, drain_at);
    uint64_t now_us = clock_monotonic_us();

    list_for_each_safe (l, &node->draining, struct node_leaving, link) {
        if (l->until_us <= now_us)
            go_on(node, l);
    }
    wait_for_first(node);
}

static void wait_for_first(struct node *node)
{
    uint64_t now_us = clock_monotonic_us(), first_us = UINT64_MAX;

    list_for_each (l, &node->draining, struct node_leaving, link)
        first_us = MIN(first_us, l->until_us);
    if (first_us == UINT64_MAX)
        uv_timer_stop(&node->drain_at);
    else
        uv_timer_start(&node->drain_at, on_time,
                       first_us > now_us ? (first_us - now_us) / 1000 + 1 : 0, 0);
}

static void begin(struct node *node, struct node_tunnel *t, bool with_bgp)
{
    if (with_bgp && has_session(node, t))
        wait_until(node, &t->leaving, NODE_DRAIN_WORSE, WORSE_US);
    else if (can_tell(t))
        wait_until(node, &t->leaving, NODE_DRAIN_TOLD, TOLD_US);
    else
        return;
    log_info("tunnel %s: its traffic leaves it", t->want.dataplane.id);
}

void drain_look(struct node *node, struct node_tunnel *t, bool with_bgp)
{
    if (!t->wanted || t->want.dataplane.admin_up) {
        drain_end(&t->leaving);
        return;
    }
    if (t->leaving.drain == NODE_DRAIN_NONE && t->sent_up)
        begin(node, t, with_bgp);
    if (drain_is_left(&t->leaving))
        t->want.dataplane.admin_up = t->want.ike.admin_up = t->want.dataplane.draining = true;
}

void drain_look_line(struct node *node, struct node_instance *i, bool admin_up)
{
    if (admin_up) {
        drain_end(&i->leaving);
        return;
    }
    if (i->leaving.drain != NODE_DRAIN_NONE || !i->wanted || !i->port_since)
        return;
    log_info("private interface %s: its traffic leaves it", i->want.port.id);
    wait_until(node, &i->leaving, NODE_DRAIN_WORSE, WORSE_US);
}
