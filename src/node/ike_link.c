/* IKE's side of the node: its configuration, what it says about the tunnels. */
#include "node_internal.h"

#include <stdio.h>

/* A data plane that does not answer must not keep a tunnel's SAs alive for ever. */
#define WAIT_FOR_DATAPLANE_US 3000000U

#define LIVENESS_PERIOD_US  60000000U
#define LIVENESS_DIFFERS_US 2000U

/* ---- configuration ---- */

static struct ipc_msg *begin(struct node *node, enum ipc_type type)
{
    memset(&node->msg, 0, sizeof(node->msg));
    node->msg.type = type;
    return &node->msg;
}

static void send_begin(struct node *node, bool whole)
{
    struct ipc_msg *msg = begin(node, IPC_IKE_SYNC_BEGIN);

    msg->sync_begin.generation = node->ike.generation;
    msg->sync_begin.whole = whole ? IPC_PART_TUNNELS : 0;
    peer_send(&node->ike.peer, msg);
}

static void send_end(struct node *node)
{
    struct ipc_msg *msg = begin(node, IPC_IKE_SYNC_END);

    msg->sync.generation = node->ike.generation;
    peer_send(&node->ike.peer, msg);
}

static void send_tunnel(struct node *node, const struct ipc_ike_tunnel *config)
{
    struct ipc_msg *msg = begin(node, IPC_IKE_TUNNEL);

    msg->ike_tunnel = *config;
    peer_send(&node->ike.peer, msg);
    explicit_bzero(msg, sizeof(*msg)); /* the psk */
}

/* What it authenticates with by certificate comes before it. */
static void send_credentials(struct node *node, const struct node_tunnel *t)
{
    const struct desired_tunnel *value = t->object ? t->object->value : NULL;
    struct ipc_msg *msg;

    if (!value || !value->n_credentials)
        return;
    msg = begin(node, IPC_IKE_CREDENTIALS);
    msg->ike_credentials = *value->credentials;
    peer_send(&node->ike.peer, msg);
    explicit_bzero(msg, sizeof(*msg));
}

static void send_gone(struct node *node, const char *id)
{
    struct ipc_msg *msg = begin(node, IPC_IKE_TUNNEL_GONE);

    (void)text_copy(msg->name.id, sizeof(msg->name.id), id);
    peer_send(&node->ike.peer, msg);
}

static bool waited_long_enough(const struct node *node)
{
    return node->ike.waiting_since_us &&
           clock_monotonic_us() > node->ike.waiting_since_us + WAIT_FOR_DATAPLANE_US;
}

/* Down takes traffic off the tunnel first, then deletes the SAs. Until the data plane has
 * answered, IKE keeps what it has. Returns true while that is so. */
static bool must_wait(const struct node *node, const struct node_tunnel *t)
{
    bool goes_down = !t->wanted || !t->want.ike.admin_up;

    return t->sent_up && goes_down && !dataplane_link_is_off(node, t) && !waited_long_enough(node);
}

static void note_sent(struct node_tunnel *t)
{
    t->sent_up = t->wanted && t->want.ike.admin_up;
    if (t->sent_up)
        t->sent = t->want.ike;
    else
        explicit_bzero(&t->sent, sizeof(t->sent));
}

uint64_t ike_link_next(const struct node *node)
{
    return node->ike.generation + 1;
}

void ike_link_changed(struct node *node, struct node_tunnel *t)
{
    node->ike.due = true;
    list_remove(&t->ike_changed);
    list_append(&node->ike.changed, &t->ike_changed);
}

static void send_wanted(struct node *node, struct node_tunnel *t)
{
    list_remove(&t->ike_changed);
    note_sent(t);
    if (t->wanted) {
        send_credentials(node, t);
        send_tunnel(node, &t->want.ike);
    } else {
        send_gone(node, t->want.dataplane.id);
    }
}

/* Those that wait are named as they were: what is not named of the whole goes. */
static void send_all(struct node *node)
{
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        if (must_wait(node, t)) {
            send_credentials(node, t);
            send_tunnel(node, &t->sent);
        } else {
            send_wanted(node, t);
        }
    }
}

static void send_changed(struct node *node)
{
    list_for_each_safe (t, &node->ike.changed, struct node_tunnel, ike_changed) {
        if (!must_wait(node, t))
            send_wanted(node, t);
    }
}

void ike_link_sync(struct node *node)
{
    struct node_ike *ike = &node->ike;
    bool whole = ike->whole || ike->failed;

    if (!peer_is_up(&ike->peer) || !node->has_desired)
        return;
    ike->due = ike->whole = false;
    ike->generation++;
    if (whole)
        ike->whole_at = ike->generation;
    send_begin(node, whole);
    if (whole)
        send_all(node);
    else
        send_changed(node);
    send_end(node);
    if (list_empty(&ike->changed))
        ike->waiting_since_us = 0;
    else if (!ike->waiting_since_us)
        ike->waiting_since_us = clock_monotonic_us();
    node_forget_tunnels(node);
    node_tick_if_needed(node);
}

void ike_link_traffic_is_off(struct node *node)
{
    if (!node->ike.waiting_since_us)
        return;
    list_for_each (t, &node->ike.changed, struct node_tunnel, ike_changed) {
        if (!must_wait(node, t)) {
            ike_link_sync(node);
            return;
        }
    }
}

/* ---- what it says ---- */

static void take_status(struct node *node, const struct ipc_ike_status *status)
{
    struct node_tunnel *t = node_told_tunnel(node, status->tunnel);

    if (!t)
        return;
    t->status = *status;
    t->has_status = true;
    speakers_follow(&node->speakers, status->tunnel);
    if (t->object)
        report_due(node, t->object);
    if (t->object && t->wanted)
        merge_networks(node, t);
    if (node->ike.due)
        node_carry_soon(node);
    node_report_soon(node);
}

/* An idle tunnel is asked all the time: that it is as far away as ever is told once a minute. */
static bool is_news(const struct node_tunnel *t)
{
    const struct ipc_ike_liveness *l = &t->liveness, *told = &t->liveness_told;
    uint32_t most = MAX(l->last_us, told->last_us), differs = most - MIN(l->last_us, told->last_us);

    return l->since_us != told->since_us || l->lost != told->lost ||
           !l->last_us != !told->last_us || (differs > most / 4 && differs > LIVENESS_DIFFERS_US) ||
           clock_monotonic_us() >= t->liveness_told_us + LIVENESS_PERIOD_US;
}

/* Told with the counters, each ten seconds: nobody waits for it. */
static void take_liveness(struct node *node, const struct ipc_ike_liveness *liveness)
{
    struct node_tunnel *t = node_told_tunnel(node, liveness->tunnel);

    if (!t)
        return;
    t->liveness = *liveness;
    t->liveness_boot = node->ike.peer.boot;
    t->counted |= is_news(t);
}

/* What an earlier ropeway-ike found out is not of this one's numbers. */
static void forget_liveness(struct node *node)
{
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        if (t->liveness_boot && t->liveness_boot != node->ike.peer.boot) {
            t->liveness = (struct ipc_ike_liveness){0};
            t->liveness_boot = 0;
            t->counted = true;
        }
    }
}

static void take_log(struct node *node, const struct ipc_ike_log *line)
{
    struct node_tunnel *t = node_find_tunnel(node, line->tunnel);
    char said[WORDS_TEXT_MAX];

    if (!t) {
        log_info("ropeway-ike: %s", words_say_written(line->text, WORDS_EN, said, sizeof(said)));
        return;
    }
    node_log_line(t, line);
    if (t->object)
        report_due(node, t->object);
    node_report_soon(node);
}

static void take_done(struct node *node, const struct ipc_sync_done *done)
{
    char said[WORDS_TEXT_MAX];

    if (done->generation > node->ike.generation)
        return;
    node->ike.done = MAX(node->ike.done, done->generation);
    if (done->failed && strcmp(node->ike.error, done->text) != 0)
        log_warn("ropeway-ike could not do all (%u failed): %s", done->failed,
                 words_say_written(done->text, WORDS_EN, said, sizeof(said)));
    /* What is not named does not fail, and is not mended: only the whole says that all is well. */
    if (done->failed || done->generation == node->ike.whole_at) {
        node->ike.failed = done->failed;
        memcpy(node->ike.error, done->text, sizeof(node->ike.error));
    }
    carry_look(node);
    node_report_soon(node);
}

static void on_up(struct peer *peer)
{
    struct node *node = container_of(peer, struct node, ike.peer);

    forget_liveness(node);
    report_tunnels_due(node);
    node->ike.due = node->ike.whole = true;
    node_carry_soon(node);
}

static void on_message(struct peer *peer, struct ipc_msg *msg)
{
    struct node *node = container_of(peer, struct node, ike.peer);

    switch (msg->type) {
    case IPC_IKE_STATUS:
        take_status(node, &msg->ike_status);
        break;
    case IPC_IKE_LIVENESS:
        take_liveness(node, &msg->ike_liveness);
        break;
    case IPC_IKE_LOG:
        take_log(node, &msg->ike_log);
        break;
    case IPC_IKE_SYNC_DONE:
        take_done(node, &msg->sync_done);
        break;
    default:
        peer->broken = true;
        break;
    }
}

/* A data plane takes the SAs along when it ends. If IKE is there, it says so itself. */
void ike_link_keys_are_gone(struct node *node)
{
    if (peer_is_up(&node->ike.peer))
        return;
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        t->status = (struct ipc_ike_status){0};
        t->has_status = false;
    }
}

/* What it said last stays: the SAs it made go on forwarding without it. */
static void on_down(struct peer *peer)
{
    struct node *node = container_of(peer, struct node, ike.peer);

    node->ike.failed = 0;
    node->ike.error[0] = 0;
    node->ike.waiting_since_us = 0;
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        t->sent_up = false;
        explicit_bzero(&t->sent, sizeof(t->sent));
    }
    if (!node->dataplane.knows_holds)
        ike_link_keys_are_gone(node);
    node_forget_tunnels(node);
    report_tunnels_due(node);
    node_tick_if_needed(node);
    node_report_soon(node);
}

int ike_link_init(struct node *node)
{
    static const struct peer_calls calls = {on_up, on_message, on_down};

    return peer_init(&node->ike.peer, &node->loop, "ropeway-ike", IPC_ROLE_IKE, node->run_dir,
                     "ike.sock", &calls);
}

void ike_link_done(struct node *node)
{
    peer_done(&node->ike.peer);
}
