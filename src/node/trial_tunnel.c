/* Connectivity tests from the inner address of a tunnel: the data plane sends the echo requests and
 * hears the answers. */
#include "node_internal.h"

static int send_echo(void *arg, struct trial *t, const struct reach_probe *probe)
{
    struct ipc_msg msg = {.type = IPC_DP_ECHO};
    struct node *node = arg;
    struct ipc_echo *echo = &msg.echo;

    if (!node->dataplane.knows_holds)
        return 0; /* as if it was lost */
    (void)text_copy(echo->tunnel, sizeof(echo->tunnel), t->want.tunnel);
    echo->destination = t->want.destination;
    echo->ident = t->ident;
    echo->seq = probe->seq;
    echo->size = probe->size;
    echo->ttl = probe->ttl;
    echo->whole = t->want.kind == REACH_PATH_MTU;
    echo->mark = clock_monotonic_us();
    peer_send(&node->dataplane.peer, &msg);
    return 0;
}

#define SIZE_MAX_TRIED 9000 /* of a path MTU: the tunnel says at once what it takes */

struct trial *trials_begin_tunnel(struct node *node, const struct trial_want *want,
                                  void (*news)(void *arg))
{
    const struct node_tunnel *tunnel = node_find_tunnel(node, want->tunnel);
    struct trial_want w = *want;

    if (!tunnel || !tunnel->wanted)
        return trial_refuse(&node->loop, want, SAY(NODE_TRIAL_NO_TUNNEL, want->tunnel), news, node);
    if (w.kind == REACH_PATH_MTU && !w.spec.size)
        w.spec.size = SIZE_MAX_TRIED;
    return trial_start_by(&node->loop, &w, send_echo, news, node);
}

static void fail(struct trial *t, int error)
{
    const char *tunnel = t->want.tunnel;

    if (error == -ENOENT)
        trial_stop(t, SAY(NODE_TRIAL_NO_TUNNEL, tunnel));
    else if (error == -ENETDOWN)
        trial_stop(t, SAY(NODE_TRIAL_TUNNEL_DOWN, tunnel));
    else if (error == -EACCES)
        trial_stop(t, SAY(NODE_TRIAL_SELECTORS, tunnel, &t->want.destination));
    else if (error != -EBUSY) /* that is like a loss */
        trial_stop(t, SAY(NODE_TRIAL_ECHO, strerror(error < 0 && error > -4096 ? -error : EPROTO)));
}

static void take(struct trial *t, const struct ipc_echoed *echoed)
{
    const struct reach_packet packet = {.what = (enum reach_what)echoed->what,
                                        .from = echoed->from,
                                        .seq = echoed->seq,
                                        .ttl = echoed->ttl,
                                        .mtu = echoed->mtu};
    uint64_t now = clock_monotonic_us();

    if (echoed->error)
        fail(t, echoed->error);
    else if (echoed->what < REACH_WHATS) /* its way through ipc is no part of the time */
        trial_probe_take(t, MIN(echoed->mark + echoed->rtt_us, now), &packet);
}

void trials_echoed(struct node *node, const struct ipc_echoed *echoed)
{
    list_for_each (t, &node->trials.all, struct trial, link) {
        if (!t->over && t->send && t->ident == echoed->ident &&
            strcmp(t->want.tunnel, echoed->tunnel) == 0) {
            take(t, echoed);
            return;
        }
    }
}
