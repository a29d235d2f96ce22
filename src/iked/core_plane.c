#include "core_internal.h"

/* The data plane's side: SAs and datagrams. */

void iked_plane_gone(struct iked_core *core)
{
    core->plane.greeted = core->plane.in_inventory = false;
    core->plane.asked[0] = 0;
    log_warn("the data plane is gone");
    ike_plane_down(core->ike, core->now.monotonic_us);
}

/* Of one tunnel, or of all: NULL. */
static void begin_inventory(struct iked_core *core, const char *tunnel)
{
    if (core->plane.in_inventory)
        return;
    core->plane.in_inventory = true;
    ike_inventory_begin(core->ike, tunnel);
}

static void end_inventory(struct iked_core *core, const char *tunnel)
{
    begin_inventory(core, tunnel);
    core->plane.in_inventory = false;
    ike_inventory_end(core->ike, tunnel, core->now.monotonic_us);
}

static void take_info(struct iked_core *core, const struct ipc_sa_info *info)
{
    struct ike_inventory_item item = {.direction = info->direction,
                                      .spi = info->spi,
                                      .pair = info->pair,
                                      .idle_ms = info->idle_ms,
                                      .packets = info->packets,
                                      .n_local_ts = (uint8_t)info->n_local_ts,
                                      .n_remote_ts = (uint8_t)info->n_remote_ts,
                                      .local_ts = info->local_ts,
                                      .remote_ts = info->remote_ts};

    begin_inventory(core, core->plane.asked[0] ? core->plane.asked : NULL);
    text_copy(item.tunnel, sizeof(item.tunnel), info->tunnel);
    ike_inventory_add(core->ike, &item);
}

static void take_event(struct iked_core *core, const struct ipc_sa_event *e)
{
    static const enum ike_sa_event events[] = {[IPC_SA_SOFT] = IKE_SA_EVENT_SOFT,
                                               [IPC_SA_HARD] = IKE_SA_EVENT_HARD,
                                               [IPC_SA_MOVED] = IKE_SA_EVENT_MOVED,
                                               [IPC_SA_USED] = IKE_SA_EVENT_USED};
    uint64_t now = core->now.monotonic_us;

    if (e->kind == IPC_SA_UNKNOWN_SPI)
        ike_unknown_spi(core->ike, &e->remote, now);
    else if (e->kind >= IPC_SA_SOFT && e->kind <= IPC_SA_USED)
        ike_sa_event(core->ike, e->tunnel, events[e->kind], e->direction, e->spi, &e->remote, now);
}

int iked_plane_message(struct iked_core *core, struct ipc_msg *msg)
{
    uint64_t now = core->now.monotonic_us;

    switch (msg->type) {
    case IPC_HELLO:
        if (core->plane.boot && msg->hello.boot != core->plane.boot)
            log_info("the data plane was restarted");
        core->plane.boot = msg->hello.boot;
        begin_inventory(core, NULL);
        break;
    case IPC_SA_INFO:
        take_info(core, &msg->sa_info);
        break;
    case IPC_SA_INFO_END:
        end_inventory(core, msg->sa_query.tunnel[0] ? msg->sa_query.tunnel : NULL);
        break;
    case IPC_SA_RESULT:
        ike_sa_result(core->ike, msg->sa_result.tunnel, msg->sa_result.direction,
                      msg->sa_result.spi, msg->sa_result.error, now);
        break;
    case IPC_SA_EVENT:
        take_event(core, &msg->sa_event);
        break;
    case IPC_DATAGRAM:
        ike_input(core->ike, &msg->datagram.local, &msg->datagram.remote, msg->datagram.data,
                  msg->datagram.len, now);
        break;
    default:
        return -EPROTO; /* nothing a data plane may say */
    }
    return 0;
}

void iked_plane_action(struct iked_core *core, const struct ike_action *a)
{
    struct ipc_msg *msg = &core->out;

    msg->n_fds = 0;
    switch (a->kind) {
    case IKE_ACTION_SEND:
        msg->type = IPC_DATAGRAM;
        msg->datagram = (struct ipc_datagram){
            .local = a->local, .remote = a->remote, .data = a->data, .len = (uint32_t)a->len};
        break;
    case IKE_ACTION_SA_ADD:
        msg->type = IPC_SA_ADD;
        iked_sa_add_from(a, &msg->sa_add);
        break;
    case IKE_ACTION_SA_DEL:
        msg->type = IPC_SA_DEL;
        msg->sa_ref = (struct ipc_sa_ref){.direction = a->direction, .spi = a->spi};
        text_copy(msg->sa_ref.tunnel, sizeof(msg->sa_ref.tunnel), a->tunnel);
        break;
    case IKE_ACTION_SA_MOVE:
        msg->type = IPC_SA_MOVE;
        msg->sa_move = (struct ipc_sa_move){.pair = a->spi, .remote = a->remote};
        text_copy(msg->sa_move.tunnel, sizeof(msg->sa_move.tunnel), a->tunnel);
        break;
    case IKE_ACTION_SA_QUERY:
        msg->type = IPC_SA_QUERY;
        msg->sa_query = (struct ipc_sa_query){0};
        text_copy(msg->sa_query.tunnel, sizeof(msg->sa_query.tunnel), a->tunnel);
        text_copy(core->plane.asked, sizeof(core->plane.asked), a->tunnel);
        break;
    default:
        return;
    }
    core->send(core->context, IKED_PLANE, msg);
    if (a->kind == IKE_ACTION_SA_ADD)
        explicit_bzero(&msg->sa_add, sizeof(msg->sa_add));
}
