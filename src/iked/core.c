#include "core_internal.h"

#include <stdlib.h>

int iked_core_new(const struct iked_core_options *options, struct iked_core **ret)
{
    struct iked_core *core = calloc(1, sizeof(*core));
    int r = core ? ike_new(options->ike, &core->ike) : -ENOMEM;

    if (r < 0) {
        free(core);
        return r;
    }
    core->boot = options->boot;
    core->send = options->send;
    core->context = options->context;
    *ret = core;
    return 0;
}

void iked_core_free(struct iked_core *core)
{
    if (!core)
        return;
    for (unsigned i = 0; i < IKED_NODES_MAX; i++)
        iked_node_gone(core, i);
    ike_free(core->ike);
    explicit_bzero(core, sizeof(*core));
    free(core);
}

uint64_t iked_core_deadline(const struct iked_core *core)
{
    return ike_deadline(core->ike);
}

/* ---- what the machine wants ---- */

static void take_action(struct iked_core *core, struct ike_action *action)
{
    switch (action->kind) {
    case IKE_ACTION_STATUS:
        iked_nodes_status(core, action->tunnel);
        break;
    case IKE_ACTION_LIVENESS:
        iked_nodes_liveness(core, action->tunnel);
        break;
    case IKE_ACTION_LOG:
        iked_nodes_log(core, action->tunnel, action->level, action->text);
        break;
    default:
        iked_plane_action(core, action);
        break;
    }
    ike_action_wipe(action);
}

static void take_actions(struct iked_core *core)
{
    struct ike_action action;

    while (ike_next_action(core->ike, &action))
        take_action(core, &action);
}

/* ---- who is there ---- */

static bool *greeted(struct iked_core *core, unsigned peer)
{
    return peer == IKED_PLANE ? &core->plane.greeted : &core->nodes[peer].greeted;
}

static void say_hello(struct iked_core *core, unsigned peer)
{
    struct ipc_msg *msg = &core->out;

    msg->type = IPC_HELLO;
    msg->n_fds = 0;
    msg->hello = (struct ipc_hello){.role = IPC_ROLE_IKE, .boot = core->boot};
    text_copy(msg->hello.program, sizeof(msg->hello.program), "ropeway-ike " ROPEWAY_VERSION);
    core->send(core->context, peer, msg);
}

static int take_hello(struct iked_core *core, unsigned peer, const struct ipc_hello *hello)
{
    uint8_t role = peer == IKED_PLANE ? IPC_ROLE_DATAPLANE : IPC_ROLE_NODE;

    if (*greeted(core, peer) || hello->role != role)
        return -EPROTO;
    *greeted(core, peer) = true;
    log_info("%.*s connected", IPC_ID_MAX, hello->program);
    return 0;
}

static int take_message(struct iked_core *core, unsigned peer, struct ipc_msg *msg)
{
    int r = 0;

    if (msg->type == IPC_HELLO)
        r = take_hello(core, peer, &msg->hello);
    else if (!*greeted(core, peer))
        r = -EPROTO;
    if (r < 0)
        return r;
    return peer == IKED_PLANE ? iked_plane_message(core, msg) : iked_node_message(core, peer, msg);
}

/* A node that leaves changes nothing. */
static void take_end(struct iked_core *core, unsigned peer)
{
    if (peer == IKED_PLANE)
        iked_plane_gone(core);
    else
        iked_node_gone(core, peer);
}

int iked_core(struct iked_core *core, const struct iked_event *event, const struct iked_now *now)
{
    int r = 0;

    core->now = *now;
    ike_set_clock(core->ike, (int64_t)(now->realtime_us / 1000000), now->monotonic_us);
    switch (event->kind) {
    case IKED_EVENT_OPENED:
        say_hello(core, event->peer);
        break;
    case IKED_EVENT_MESSAGE:
        r = take_message(core, event->peer, event->msg);
        break;
    case IKED_EVENT_CLOSED:
        take_end(core, event->peer);
        break;
    case IKED_EVENT_TIME:
        ike_tick(core->ike, now->monotonic_us);
        break;
    }
    take_actions(core);
    return r;
}
