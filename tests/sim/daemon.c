/* Daemons, and the nodes that tell them what to do. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_OVERLAP_S 60

/* ---- a daemon ---- */

static void give_random(void *context, void *ret, size_t len)
{
    uint8_t *at = ret;

    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)sim_random(context);
}

static void on_tick(struct sim *sim, struct sim_event *event)
{
    struct sim_daemon *daemon = event->what;

    if (daemon->tick_us != sim->now_us || event->number != daemon->boot)
        return; /* another one was set since */
    daemon->tick_us = UINT64_MAX;
    sim_daemon_happen(daemon, IKED_EVENT_TIME, 0, NULL);
}

static void arm(struct sim_daemon *daemon)
{
    uint64_t at = iked_core_deadline(daemon->core), now = daemon->sim->now_us;
    struct sim_event event = {.happen = on_tick, .what = daemon, .number = daemon->boot};

    if (at == UINT64_MAX || daemon->tick_us <= at)
        return;
    daemon->tick_us = MAX(at, now);
    sim_later(daemon->sim, daemon->tick_us - now, &event);
}

static void take_status(struct sim_daemon *daemon, const struct ipc_ike_status *status)
{
    struct sim_end *end = sim_end_of(daemon, status->tunnel);

    if (end)
        sim_check_status(end, status);
}

static void show_line(struct sim_daemon *daemon, const struct ipc_ike_log *log)
{
    const struct sim_end *end = sim_end_of(daemon, log->tunnel);
    char said[WORDS_TEXT_MAX];

    if (end)
        printf("%11.6f link %u end %u: %s\n", (double)daemon->sim->now_us / 1e6, end->link->number,
               end->number, words_say_written(log->text, WORDS_EN, said, sizeof(said)));
}

static void send(void *context, unsigned peer, const struct ipc_msg *msg)
{
    struct sim_daemon *daemon = context;

    if (peer == IKED_PLANE)
        sim_plane_take(daemon, msg);
    else if (msg->type == IPC_IKE_STATUS)
        take_status(daemon, &msg->ike_status);
    else if (msg->type == IPC_IKE_LOG && daemon->sim->options.verbose)
        show_line(daemon, &msg->ike_log);
}

void sim_daemon_happen(struct sim_daemon *daemon, enum iked_event_kind kind, unsigned peer,
                       struct ipc_msg *msg)
{
    const struct iked_event event = {kind, peer, msg};
    const struct iked_now now = {daemon->sim->now_us, daemon->sim->now_us + daemon->clock_us};

    if (!daemon->core)
        return;
    if (iked_core(daemon->core, &event, &now) < 0)
        sim_fail(daemon->sim, NULL, "a daemon closes a connection");
    arm(daemon);
}

static void greet(struct sim_daemon *daemon)
{
    struct ipc_msg msg = {.type = IPC_HELLO,
                          .hello = {.role = IPC_ROLE_NODE, .boot = 1, .program = "sim"}};

    sim_daemon_happen(daemon, IKED_EVENT_OPENED, 0, NULL);
    sim_daemon_happen(daemon, IKED_EVENT_MESSAGE, 0, &msg);
}

void sim_daemon_start(struct sim_daemon *daemon)
{
    struct ike_options ike = {.random = give_random, .random_context = daemon->sim};
    struct iked_core_options options = {
        .boot = ++daemon->boot, .send = send, .context = daemon, .ike = &ike};

    daemon->tick_us = UINT64_MAX;
    if (iked_core_new(&options, &daemon->core) < 0)
        abort();
    sim_plane_connect(daemon);
    greet(daemon);
    sim_node_configure(daemon);
}

void sim_daemon_stop(struct sim_daemon *daemon)
{
    iked_core_free(daemon->core);
    daemon->core = NULL;
}

/* ---- its node ---- */

static const char *tunnel_id(const struct sim_end *end, char ret[IPC_ID_MAX])
{
    snprintf(ret, IPC_ID_MAX, "vpntun-%u", end->link->number);
    return ret;
}

struct sim_end *sim_end_of(struct sim_daemon *daemon, const char *tunnel)
{
    unsigned number;
    struct sim_link *link;

    if (sscanf(tunnel, "vpntun-%u", &number) != 1 || number >= daemon->sim->options.links)
        return NULL;
    link = &daemon->sim->links[number];
    for (unsigned i = 0; i < 2; i++)
        if (link->ends[i].at == daemon)
            return &link->ends[i];
    return NULL;
}

/* Who is behind a NAT says so by a name. */
static void set_ident(const struct sim_daemon *daemon, struct ipc_ident *ret)
{
    if (!daemon->nat.there)
        return;
    ret->kind = IPC_IDENT_WRITTEN;
    snprintf(ret->text, sizeof(ret->text), "fqdn:d%u.example.net", daemon->number);
}

static void set_algs(const struct sim_end *end, struct ipc_ike_tunnel *t)
{
    bool first = end->changed;

    t->ike = (struct ipc_algs){.n_ciphers = 2,
                               .ciphers = {{20, 256}, {20, 128}}, /* AES-GCM */
                               .n_integrity = 2,
                               .integrity = {12, 13}, /* SHA-256, -384 */
                               .n_groups = 2,
                               .groups = {31, 19}};
    t->child = (struct ipc_algs){.n_ciphers = 2,
                                 .ciphers = {{20, first ? 256 : 128}, {20, first ? 128 : 256}},
                                 .n_groups = 1,
                                 .groups = {end->link->number % 2 ? 31 : 0}};
}

static void set_key(const struct sim_end *end, unsigned number, struct ipc_secret *ret)
{
    ret->len = 16;
    snprintf((char *)ret->bytes, sizeof(ret->bytes), "key-%03u-%08u", number % 1000,
             end->link->number);
}

static void fill_tunnel(const struct sim_end *end, struct ipc_ike_tunnel *t)
{
    struct sim_daemon *at = end->at, *other = end->link->ends[!end->number].at;
    static const struct addr any = {.family = ADDR_IPV4};

    *t = (struct ipc_ike_tunnel){.admin_up = end->admin_up,
                                 .version = 2,
                                 .initiate = at->nat.there || !other->nat.there,
                                 .ike_lifetime_s = 600,
                                 .child_lifetime_s = 180,
                                 .replay_window = 64,
                                 .dpd = true,
                                 .dpd_interval_s = 5,
                                 .dpd_timeout_s = 20,
                                 .dpd_action = 1,
                                 .n_local_ts = 1,
                                 .n_remote_ts = 1};
    (void)tunnel_id(end, t->id);
    t->local = addr_v4(10, (uint8_t)(at->number >> 8), (uint8_t)at->number,
                       (uint8_t)(end->link->path + 1));
    t->remote = sim_net_address(other, end->link->path);
    set_ident(at, &t->local_id);
    set_ident(other, &t->remote_id);
    set_key(end, end->key, &t->psk);
    t->psk_overlap_s = KEY_OVERLAP_S;
    if (end->key_until_us) {
        set_key(end, end->key_before, &t->psk_before);
        t->psk_before_until_us = end->key_until_us;
    }
    set_algs(end, t);
    t->local_ts[0] = t->remote_ts[0] = prefix_make(&any, 0);
}

static void say(struct sim_daemon *daemon, struct ipc_msg *msg, enum ipc_type type)
{
    msg->type = type;
    msg->n_fds = 0;
    sim_daemon_happen(daemon, IKED_EVENT_MESSAGE, 0, msg);
}

static void begin(struct sim_daemon *daemon, struct ipc_msg *msg, uint8_t whole)
{
    msg->sync_begin = (struct ipc_sync_begin){.generation = ++daemon->generation, .whole = whole};
    say(daemon, msg, IPC_IKE_SYNC_BEGIN);
}

static void say_tunnel(struct sim_end *end, struct ipc_msg *msg)
{
    if (end->configured) {
        fill_tunnel(end, &msg->ike_tunnel);
        say(end->at, msg, IPC_IKE_TUNNEL);
    } else {
        msg->name = (struct ipc_name){0};
        (void)tunnel_id(end, msg->name.id);
        say(end->at, msg, IPC_IKE_TUNNEL_GONE);
    }
}

static void end_sync(struct sim_daemon *daemon, struct ipc_msg *msg)
{
    msg->sync = (struct ipc_sync){.generation = daemon->generation};
    say(daemon, msg, IPC_IKE_SYNC_END);
}

void sim_node_configure(struct sim_daemon *daemon)
{
    struct ipc_msg *msg = calloc(1, sizeof(*msg));

    begin(daemon, msg, IPC_PARTS);
    for (unsigned i = 0; i < daemon->sim->options.links; i++) {
        struct sim_link *link = &daemon->sim->links[i];

        for (unsigned e = 0; e < 2; e++)
            if (link->ends[e].at == daemon && link->ends[e].configured)
                say_tunnel(&link->ends[e], msg);
    }
    end_sync(daemon, msg);
    free(msg);
}

void sim_node_change(struct sim_end *end)
{
    struct ipc_msg *msg = calloc(1, sizeof(*msg));

    begin(end->at, msg, 0);
    say_tunnel(end, msg);
    end_sync(end->at, msg);
    free(msg);
}

void sim_node_change_key(struct sim_end *end, uint8_t key)
{
    const struct sim_daemon *at = end->at;

    if (end->key != key) {
        end->key_before = end->key;
        end->key_until_us = at->sim->now_us + at->clock_us + KEY_OVERLAP_S * SIM_SECOND;
    }
    end->key = key;
    sim_node_change(end);
}

void sim_node_command(struct sim_end *end, enum ipc_ike_action action)
{
    struct ipc_msg *msg = calloc(1, sizeof(*msg));

    msg->ike_command = (struct ipc_ike_command){.action = (uint8_t)action};
    (void)tunnel_id(end, msg->ike_command.tunnel);
    say(end->at, msg, IPC_IKE_COMMAND);
    free(msg);
}
