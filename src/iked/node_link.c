#include "iked_internal.h"

#include <stdio.h>

/* The node's side: the configuration comes in between IKE_SYNC_BEGIN and END, whole or what
 * changed; status and log go out. A node that leaves changes nothing. */

static void send_status(struct iked_conn *conn, const struct ike_status *s)
{
    struct ipc_msg *msg = &conn->iked->out;

    msg->type = IPC_IKE_STATUS;
    msg->n_fds = 0;
    iked_status_from(s, clock_monotonic_us(), clock_realtime_us(), &msg->ike_status);
    iked_conn_send(conn, msg);
}

void iked_nodes_status(struct iked *iked, const char *tunnel)
{
    struct ike_status s;

    if (ike_status(iked->ike, tunnel, &s) < 0)
        return;
    for (size_t i = 0; i < IKED_NODES_MAX; i++) {
        if (iked->nodes[i].conn.greeted)
            send_status(&iked->nodes[i].conn, &s);
    }
}

static void send_liveness(struct iked_conn *conn, const char *tunnel, const struct ike_liveness *l)
{
    struct ipc_msg *msg = &conn->iked->out;

    msg->type = IPC_IKE_LIVENESS;
    msg->n_fds = 0;
    iked_liveness_from(tunnel, l, &msg->ike_liveness);
    iked_conn_send(conn, msg);
}

void iked_nodes_liveness(struct iked *iked, const char *tunnel)
{
    struct ike_liveness l;

    if (ike_liveness(iked->ike, tunnel, &l) < 0)
        return;
    for (size_t i = 0; i < IKED_NODES_MAX; i++) {
        if (iked->nodes[i].conn.greeted)
            send_liveness(&iked->nodes[i].conn, tunnel, &l);
    }
}

/* To our own log as information, whatever its level: that is about the peer, not about us. */
void iked_nodes_log(struct iked *iked, const char *tunnel, enum ike_log_level level,
                    const char *text)
{
    static const uint8_t levels[] = {[IKE_LOG_INFO] = IPC_LOG_INFO,
                                     [IKE_LOG_WARNING] = IPC_LOG_WARNING,
                                     [IKE_LOG_ERROR] = IPC_LOG_ERROR};
    char said[WORDS_TEXT_MAX];
    struct ipc_msg *msg = &iked->out;

    log_info("%s%s%s", tunnel, tunnel[0] ? ": " : "",
             words_say_written(text, WORDS_EN, said, sizeof(said)));
    msg->type = IPC_IKE_LOG;
    msg->n_fds = 0;
    msg->ike_log = (struct ipc_ike_log){.at_us = clock_realtime_us(), .level = levels[level]};
    text_copy(msg->ike_log.tunnel, sizeof(msg->ike_log.tunnel), tunnel);
    text_copy(msg->ike_log.text, sizeof(msg->ike_log.text), text);
    for (size_t i = 0; i < IKED_NODES_MAX; i++) {
        if (iked->nodes[i].conn.greeted)
            iked_conn_send(&iked->nodes[i].conn, msg);
    }
}

static void tell_one(void *context, const struct ike_status *s)
{
    send_status(context, s);
}

static void tell_liveness(void *context, const char *tunnel, const struct ike_liveness *l)
{
    send_liveness(context, tunnel, l);
}

void iked_node_accept(struct iked *iked)
{
    struct ipc_conn *ipc;

    if (ipc_accept(iked->listen_fd, &ipc) < 0)
        return;
    for (size_t i = 0; i < IKED_NODES_MAX; i++) {
        struct iked_node *node = &iked->nodes[i];

        if (node->conn.ipc || node->conn.polling)
            continue;
        node->syncing = false;
        if (iked_conn_open(&node->conn, iked, ipc) == 0)
            return;
        break;
    }
    log_warn("too many connections: one is refused");
    ipc_close(ipc);
}

void iked_node_gone(struct iked_node *node)
{
    node->syncing = false;
}

/* A tunnel that cannot be: the node hears why, and the old one of that name goes. */
static void refuse(struct iked_node *node, const struct ipc_ike_tunnel *t, const char *why)
{
    struct ike_status s = {
        .state = IKE_OPER_DOWN, .since_us = clock_monotonic_us(), .config_refused = t->config};

    if (!node->result.failed++)
        words_write(SAY(IKE_TUNNEL_REFUSED, t->id, words_written(why)), node->result.text,
                    sizeof(node->result.text));
    text_copy(s.tunnel, sizeof(s.tunnel), t->id);
    text_copy(s.last_error, sizeof(s.last_error), why);
    send_status(&node->conn, &s);
}

static void take_tunnel(struct iked_node *node, const struct ipc_ike_tunnel *t)
{
    struct iked *iked = node->conn.iked;
    struct ike_tunnel_config config;
    char why[IPC_TEXT_MAX];
    int r = iked_config_from(t, &config, why);

    if (r == 0) {
        r = ike_tunnel_set(iked->ike, &config, clock_monotonic_us());
        words_write(r == -ENOMEM ? SAY(IKE_NO_MEMORY) : SAY(IKE_PARAMETERS_UNUSABLE), why,
                    sizeof(why));
    }
    if (r < 0) {
        refuse(node, t, why);
        (void)ike_tunnel_remove(iked->ike, t->id, clock_monotonic_us());
    } else {
        node->result.changed += (uint32_t)r;
    }
    explicit_bzero(&config, sizeof(config));
}

static void begin_sync(struct iked_node *node, const struct ipc_sync_begin *begin)
{
    struct iked *iked = node->conn.iked;

    for (size_t i = 0; i < IKED_NODES_MAX; i++)
        iked->nodes[i].syncing = false; /* one configuration at a time: the latest */
    node->syncing = true;
    node->whole = begin->whole & IPC_PART_TUNNELS;
    node->generation = begin->generation;
    node->result = (struct ipc_sync_done){0};
    if (node->whole)
        ike_sync_begin(iked->ike);
}

static void end_sync(struct iked_node *node)
{
    struct iked *iked = node->conn.iked;
    struct ipc_msg *msg = &iked->out;
    char said[IPC_TEXT_MAX];

    if (node->whole)
        node->result.changed += ike_sync_end(iked->ike, clock_monotonic_us());
    node->syncing = false;
    if (node->result.changed || node->result.failed)
        log_info("configuration %llu: %u changed, %u failed%s%s",
                 (unsigned long long)node->generation, node->result.changed, node->result.failed,
                 node->result.failed ? ": " : "",
                 words_say_written(node->result.text, WORDS_EN, said, sizeof(said)));
    msg->type = IPC_IKE_SYNC_DONE;
    msg->n_fds = 0;
    msg->sync_done = node->result;
    msg->sync_done.generation = node->generation;
    iked_conn_send(&node->conn, msg);
}

static void take_command(struct iked_node *node, const struct ipc_ike_command *command)
{
    static const enum ike_command commands[] = {[IPC_IKE_INITIATE] = IKE_COMMAND_INITIATE,
                                                [IPC_IKE_REKEY_IKE] = IKE_COMMAND_REKEY_IKE,
                                                [IPC_IKE_REKEY_CHILD] = IKE_COMMAND_REKEY_CHILD,
                                                [IPC_IKE_TERMINATE] = IKE_COMMAND_TERMINATE};
    int r = -EINVAL;

    if (command->action >= IPC_IKE_INITIATE && command->action <= IPC_IKE_TERMINATE)
        r = ike_command(node->conn.iked->ike, command->tunnel, commands[command->action],
                        clock_monotonic_us());
    if (r < 0)
        log_warn("a command for %s was not carried out: %s", command->tunnel, strerror(-r));
}

void iked_node_message(struct iked_node *node, struct ipc_msg *msg)
{
    struct iked *iked = node->conn.iked;

    switch (msg->type) {
    case IPC_HELLO:
        ike_each_status(iked->ike, tell_one, &node->conn);
        ike_each_liveness(iked->ike, tell_liveness, &node->conn);
        break;
    case IPC_IKE_SYNC_BEGIN:
        begin_sync(node, &msg->sync_begin);
        break;
    case IPC_IKE_TUNNEL:
        if (node->syncing)
            take_tunnel(node, &msg->ike_tunnel);
        explicit_bzero(&msg->ike_tunnel.psk, sizeof(msg->ike_tunnel.psk));
        break;
    case IPC_IKE_TUNNEL_GONE:
        if (node->syncing)
            node->result.changed +=
                (uint32_t)ike_tunnel_remove(iked->ike, msg->name.id, clock_monotonic_us());
        break;
    case IPC_IKE_SYNC_END:
        if (node->syncing && msg->sync.generation == node->generation)
            end_sync(node);
        break;
    case IPC_IKE_COMMAND:
        take_command(node, &msg->ike_command);
        break;
    default:
        node->conn.broken = true; /* nothing a node may say */
        break;
    }
}
