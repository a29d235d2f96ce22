#include "core_internal.h"

/* The node's side: the configuration comes in between IKE_SYNC_BEGIN and END, whole or what
 * changed; status and log go out. A node that leaves changes nothing. */

/* One message to one node. */
struct to {
    struct iked_core *core;
    unsigned node;
};

static void send_one(const struct to *to, enum ipc_type type)
{
    to->core->out.type = type;
    to->core->out.n_fds = 0;
    to->core->send(to->core->context, to->node, &to->core->out);
}

/* To all that are there. */
static void send_all(struct iked_core *core, enum ipc_type type)
{
    for (unsigned i = 0; i < IKED_NODES_MAX; i++) {
        if (core->nodes[i].greeted)
            send_one(&(struct to){core, i}, type);
    }
}

void iked_nodes_status(struct iked_core *core, const char *tunnel)
{
    struct ike_status s;

    if (ike_status(core->ike, tunnel, &s) < 0)
        return;
    iked_status_from(&s, &core->now, &core->out.ike_status);
    send_all(core, IPC_IKE_STATUS);
}

void iked_nodes_liveness(struct iked_core *core, const char *tunnel)
{
    struct ike_liveness l;

    if (ike_liveness(core->ike, tunnel, &l) < 0)
        return;
    iked_liveness_from(tunnel, &l, &core->out.ike_liveness);
    send_all(core, IPC_IKE_LIVENESS);
}

/* To our own log as information, whatever its level: that is about the peer, not about us. */
void iked_nodes_log(struct iked_core *core, const char *tunnel, enum ike_log_level level,
                    const char *text)
{
    static const uint8_t levels[] = {[IKE_LOG_INFO] = IPC_LOG_INFO,
                                     [IKE_LOG_WARNING] = IPC_LOG_WARNING,
                                     [IKE_LOG_ERROR] = IPC_LOG_ERROR};
    char said[WORDS_TEXT_MAX];
    struct ipc_ike_log *log = &core->out.ike_log;

    log_info("%s%s%s", tunnel, tunnel[0] ? ": " : "",
             words_say_written(text, WORDS_EN, said, sizeof(said)));
    *log = (struct ipc_ike_log){.at_us = core->now.realtime_us, .level = levels[level]};
    text_copy(log->tunnel, sizeof(log->tunnel), tunnel);
    text_copy(log->text, sizeof(log->text), text);
    send_all(core, IPC_IKE_LOG);
}

static void tell_status(void *context, const struct ike_status *s)
{
    const struct to *to = context;

    iked_status_from(s, &to->core->now, &to->core->out.ike_status);
    send_one(to, IPC_IKE_STATUS);
}

static void tell_liveness(void *context, const char *tunnel, const struct ike_liveness *l)
{
    const struct to *to = context;

    iked_liveness_from(tunnel, l, &to->core->out.ike_liveness);
    send_one(to, IPC_IKE_LIVENESS);
}

static struct iked_node *node_of(const struct to *to)
{
    return &to->core->nodes[to->node];
}

static void forget_credentials(struct iked_node *node)
{
    ike_credentials_unref(node->credentials);
    node->credentials = NULL;
    node->credentials_of[0] = 0;
}

void iked_node_gone(struct iked_core *core, unsigned number)
{
    forget_credentials(&core->nodes[number]);
    core->nodes[number] = (struct iked_node){0};
}

/* A tunnel that cannot be: the node hears why, and the old one of that name goes. */
static void refuse(struct to *to, const struct ipc_ike_tunnel *t, const char *why)
{
    struct ipc_sync_done *result = &node_of(to)->result;
    struct ike_status s = {.state = IKE_OPER_DOWN,
                           .since_us = to->core->now.monotonic_us,
                           .config_refused = t->config};

    if (!result->failed++)
        words_write(SAY(IKE_TUNNEL_REFUSED, t->id, words_written(why)), result->text,
                    sizeof(result->text));
    text_copy(s.tunnel, sizeof(s.tunnel), t->id);
    text_copy(s.last_error, sizeof(s.last_error), why);
    tell_status(to, &s);
}

/* Those of a tunnel come right before it. If they cannot be used it has none, and no PSK either. */
static void take_credentials(struct iked_node *node, const struct ipc_ike_credentials *c)
{
    char why[IPC_TEXT_MAX], said[IPC_TEXT_MAX];

    forget_credentials(node);
    (void)text_copy(node->credentials_of, sizeof(node->credentials_of), c->tunnel);
    if (iked_credentials_from(c, &node->credentials, why) < 0)
        log_warn("%s: %s", c->tunnel, words_say_written(why, WORDS_EN, said, sizeof(said)));
}

static int add_credentials(const struct iked_node *node, const char *tunnel,
                           struct ike_tunnel_config *config, char why[IPC_TEXT_MAX])
{
    if (strcmp(node->credentials_of, tunnel) != 0)
        return 0;
    config->psk_len = 0;
    config->credentials = node->credentials;
    if (config->credentials)
        return 0;
    words_write(SAY(IKE_CREDENTIALS_UNUSABLE), why, IPC_TEXT_MAX);
    return -EINVAL;
}

static void take_tunnel(struct to *to, const struct ipc_ike_tunnel *t)
{
    struct iked_core *core = to->core;
    struct ike_tunnel_config config;
    char why[IPC_TEXT_MAX];
    int r = iked_config_from(t, &core->now, &config, why);

    if (r == 0)
        r = add_credentials(node_of(to), t->id, &config, why);
    if (r == 0) {
        r = ike_tunnel_set(core->ike, &config, core->now.monotonic_us);
        words_write(r == -ENOMEM ? SAY(IKE_NO_MEMORY) : SAY(IKE_PARAMETERS_UNUSABLE), why,
                    sizeof(why));
    }
    if (r < 0) {
        refuse(to, t, why);
        (void)ike_tunnel_remove(core->ike, t->id, core->now.monotonic_us);
    } else {
        node_of(to)->result.changed += (uint32_t)r;
    }
    explicit_bzero(&config, sizeof(config));
    forget_credentials(node_of(to));
}

static void begin_sync(struct iked_core *core, struct iked_node *node,
                       const struct ipc_sync_begin *begin)
{
    for (size_t i = 0; i < IKED_NODES_MAX; i++)
        core->nodes[i].syncing = false; /* one configuration at a time: the latest */
    node->syncing = true;
    node->whole = begin->whole & IPC_PART_TUNNELS;
    node->generation = begin->generation;
    node->result = (struct ipc_sync_done){0};
    if (node->whole)
        ike_sync_begin(core->ike);
}

static void end_sync(const struct to *to)
{
    struct iked_core *core = to->core;
    struct iked_node *node = node_of(to);
    char said[IPC_TEXT_MAX];

    if (node->whole)
        node->result.changed += ike_sync_end(core->ike, core->now.monotonic_us);
    node->syncing = false;
    if (node->result.changed || node->result.failed)
        log_info("configuration %llu: %u changed, %u failed%s%s",
                 (unsigned long long)node->generation, node->result.changed, node->result.failed,
                 node->result.failed ? ": " : "",
                 words_say_written(node->result.text, WORDS_EN, said, sizeof(said)));
    core->out.sync_done = node->result;
    core->out.sync_done.generation = node->generation;
    send_one(to, IPC_IKE_SYNC_DONE);
}

static void take_command(struct iked_core *core, const struct ipc_ike_command *command)
{
    static const enum ike_command commands[] = {[IPC_IKE_INITIATE] = IKE_COMMAND_INITIATE,
                                                [IPC_IKE_REKEY_IKE] = IKE_COMMAND_REKEY_IKE,
                                                [IPC_IKE_REKEY_CHILD] = IKE_COMMAND_REKEY_CHILD,
                                                [IPC_IKE_TERMINATE] = IKE_COMMAND_TERMINATE};
    int r = -EINVAL;

    if (command->action >= IPC_IKE_INITIATE && command->action <= IPC_IKE_TERMINATE)
        r = ike_command(core->ike, command->tunnel, commands[command->action],
                        core->now.monotonic_us);
    if (r < 0)
        log_warn("a command for %s was not carried out: %s", command->tunnel, strerror(-r));
}

int iked_node_message(struct iked_core *core, unsigned number, struct ipc_msg *msg)
{
    struct iked_node *node = &core->nodes[number];
    struct to to = {core, number};

    switch (msg->type) {
    case IPC_HELLO:
        ike_each_status(core->ike, tell_status, &to);
        ike_each_liveness(core->ike, tell_liveness, &to);
        break;
    case IPC_IKE_SYNC_BEGIN:
        begin_sync(core, node, &msg->sync_begin);
        break;
    case IPC_IKE_CREDENTIALS:
        if (node->syncing)
            take_credentials(node, &msg->ike_credentials);
        explicit_bzero(&msg->ike_credentials, sizeof(msg->ike_credentials));
        break;
    case IPC_IKE_TUNNEL:
        if (node->syncing)
            take_tunnel(&to, &msg->ike_tunnel);
        explicit_bzero(&msg->ike_tunnel.psk, sizeof(msg->ike_tunnel.psk));
        explicit_bzero(&msg->ike_tunnel.psk_before, sizeof(msg->ike_tunnel.psk_before));
        break;
    case IPC_IKE_TUNNEL_GONE:
        if (node->syncing)
            node->result.changed +=
                (uint32_t)ike_tunnel_remove(core->ike, msg->name.id, core->now.monotonic_us);
        break;
    case IPC_IKE_SYNC_END:
        if (node->syncing && msg->sync.generation == node->generation)
            end_sync(&to);
        break;
    case IPC_IKE_COMMAND:
        take_command(core, &msg->ike_command);
        break;
    default:
        return -EPROTO; /* nothing a node may say */
    }
    return 0;
}
