/* A tunnel with a BGP session that is switched off is announced worse first, so that the peer's
 * traffic goes elsewhere while ours does; then its session ends, and what was learned over it goes
 * while packets still pass; then it is taken down. What has no other way stays to the end. */
#include "node_internal.h"

#define WORSE_US 2500000U
#define ENDS_US  1000000U

static bool has_session(const struct node *node, const struct node_tunnel *t)
{
    const struct speaker_peer *p = speakers_peer(&node->speakers, t->want.dataplane.id);

    return p && p->has_session && p->session.state == BGP_ESTABLISHED;
}

static bool is_left(const struct node_tunnel *t)
{
    return t->drain == NODE_DRAIN_WORSE || t->drain == NODE_DRAIN_ENDS;
}

void drain_end(struct node_tunnel *t)
{
    list_remove(&t->draining);
    t->drain = NODE_DRAIN_NONE;
}

static void wait_for_first(struct node *node);

static void wait_until(struct node *node, struct node_tunnel *t, enum node_drain drain, uint64_t us)
{
    list_remove(&t->draining);
    t->drain = (uint8_t)drain;
    t->drain_until_us = clock_monotonic_us() + us;
    if (is_left(t))
        list_append(&node->draining, &t->draining);
    wait_for_first(node);
}

static void go_on(struct node *node, struct node_tunnel *t)
{
    if (t->drain == NODE_DRAIN_WORSE)
        wait_until(node, t, NODE_DRAIN_ENDS, ENDS_US);
    else
        wait_until(node, t, NODE_DRAIN_OVER, 0);
    node->drain_went_on(node, t);
}

static void on_time(uv_timer_t *timer)
{
    struct node *node = container_of(timer, struct node, drain_at);
    uint64_t now_us = clock_monotonic_us();

    list_for_each_safe (t, &node->draining, struct node_tunnel, draining) {
        if (t->drain_until_us <= now_us)
            go_on(node, t);
    }
    wait_for_first(node);
}

static void wait_for_first(struct node *node)
{
    uint64_t now_us = clock_monotonic_us(), first_us = UINT64_MAX;

    list_for_each (t, &node->draining, struct node_tunnel, draining)
        first_us = MIN(first_us, t->drain_until_us);
    if (first_us == UINT64_MAX)
        uv_timer_stop(&node->drain_at);
    else
        uv_timer_start(&node->drain_at, on_time,
                       first_us > now_us ? (first_us - now_us) / 1000 + 1 : 0, 0);
}

void drain_look(struct node *node, struct node_tunnel *t, bool with_bgp)
{
    if (!t->wanted || t->want.dataplane.admin_up) {
        drain_end(t);
        return;
    }
    if (t->drain == NODE_DRAIN_NONE && with_bgp && t->sent_up && has_session(node, t)) {
        log_info("tunnel %s: its traffic leaves it", t->want.dataplane.id);
        wait_until(node, t, NODE_DRAIN_WORSE, WORSE_US);
    }
    if (is_left(t))
        t->want.dataplane.admin_up = t->want.ike.admin_up = t->want.dataplane.draining = true;
}
