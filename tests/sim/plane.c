/* A data plane that only keeps SAs, says what it has, and sends packets of a number and a key. */
#include "sim.h"

#include <stdlib.h>

#define ANSWER_US     (2 * SIM_MS) /* at most */
#define TRAFFIC_US    (500 * SIM_MS)
#define TOLD_EVERY_US (SIM_SECOND / 10)

/* ---- what it says ---- */

struct said {
    struct sim_daemon *daemon;
    uint64_t plane_boot;
    struct ipc_msg msg;
};

static void on_said(struct sim *sim, struct sim_event *event)
{
    struct said *said = event->what;

    (void)sim;
    if (said->plane_boot == said->daemon->plane_boot && event->number == said->daemon->boot) {
        said->daemon->plane_there = true;
        sim_daemon_happen(said->daemon, IKED_EVENT_MESSAGE, IKED_PLANE, &said->msg);
    }
    free(said);
}

/* In the order of saying. */
static void say(struct sim_daemon *daemon, const struct ipc_msg *msg)
{
    struct said *said = malloc(sizeof(*said));
    struct sim_event event = {
        .happen = on_said, .what = said, .drop = free, .number = daemon->boot};

    if (!said)
        abort();
    *said = (struct said){daemon, daemon->plane_boot, *msg};
    sim_later(daemon->sim, ANSWER_US, &event);
}

static void say_result(struct sim_daemon *daemon, const char *tunnel, uint8_t direction,
                       uint32_t spi, int error)
{
    struct ipc_msg msg = {.type = IPC_SA_RESULT,
                          .sa_result = {.direction = direction, .spi = spi, .error = error}};

    text_copy(msg.sa_result.tunnel, sizeof(msg.sa_result.tunnel), tunnel);
    say(daemon, &msg);
}

static void say_sas(const struct sim_end *end, const char *tunnel)
{
    struct sim_daemon *daemon = end->at;

    for (size_t i = 0; i < end->n_sas; i++) {
        const struct sim_sa *sa = &end->sas[i];
        struct ipc_msg msg = {
            .type = IPC_SA_INFO,
            .sa_info = {.direction = sa->direction,
                        .spi = sa->spi,
                        .pair = sa->pair,
                        .local = sa->local,
                        .remote = sa->remote,
                        .idle_ms = sa->used_us ? (daemon->sim->now_us - sa->used_us) / SIM_MS
                                               : UINT64_MAX}};

        text_copy(msg.sa_info.tunnel, sizeof(msg.sa_info.tunnel), tunnel);
        say(daemon, &msg);
    }
}

/* Of a tunnel, or of all. */
static void say_inventory(struct sim_daemon *daemon, const char *tunnel)
{
    struct ipc_msg msg = {.type = IPC_SA_INFO_END};
    char id[IPC_ID_MAX];

    for (unsigned i = 0; i < daemon->sim->options.links; i++) {
        for (unsigned e = 0; e < 2; e++) {
            const struct sim_end *end = &daemon->sim->links[i].ends[e];

            snprintf(id, sizeof(id), "vpntun-%u", i);
            if (end->at == daemon && (!tunnel[0] || strcmp(tunnel, id) == 0))
                say_sas(end, id);
        }
    }
    text_copy(msg.sa_query.tunnel, sizeof(msg.sa_query.tunnel), tunnel);
    say(daemon, &msg);
}

void sim_plane_connect(struct sim_daemon *daemon)
{
    struct ipc_msg msg = {
        .type = IPC_HELLO,
        .hello = {.role = IPC_ROLE_DATAPLANE, .boot = daemon->plane_boot + 1, .program = "sim"}};

    daemon->plane_there = false;
    sim_daemon_happen(daemon, IKED_EVENT_OPENED, IKED_PLANE, NULL);
    say(daemon, &msg);
    say_inventory(daemon, "");
}

void sim_plane_forget(struct sim_daemon *daemon)
{
    for (unsigned i = 0; i < daemon->sim->options.links; i++) {
        for (unsigned e = 0; e < 2; e++)
            if (daemon->sim->links[i].ends[e].at == daemon)
                daemon->sim->links[i].ends[e].n_sas = 0;
    }
    daemon->plane_boot++;
    sim_daemon_happen(daemon, IKED_EVENT_CLOSED, IKED_PLANE, NULL);
    if (daemon->core)
        sim_plane_connect(daemon);
}

/* ---- what it is told ---- */

static void fold(uint64_t *hash, const struct ipc_key *key)
{
    *hash = hash_bytes(key->bytes, key->len, *hash);
}

static struct sim_sa *find(struct sim_end *end, uint8_t direction, uint32_t spi)
{
    for (size_t i = 0; i < end->n_sas; i++)
        if (end->sas[i].direction == direction && end->sas[i].spi == spi)
            return &end->sas[i];
    return NULL;
}

static void add(struct sim_end *end, const struct ipc_sa_add *a)
{
    struct sim_sa sa = {.direction = a->direction,
                        .spi = a->spi,
                        .pair = a->pair,
                        .local = a->local,
                        .remote = a->remote};

    if (find(end, a->direction, a->spi)) {
        say_result(end->at, a->tunnel, a->direction, a->spi, -EEXIST);
        return;
    }
    fold(&sa.key, &a->encr_key);
    fold(&sa.key, &a->integrity_key);
    if (end->n_sas == end->cap_sas) {
        end->cap_sas = MAX(2 * end->cap_sas, 8U);
        end->sas = reallocarray(end->sas, end->cap_sas, sizeof(*end->sas));
        if (!end->sas)
            abort();
    }
    end->sas[end->n_sas++] = sa;
    say_result(end->at, a->tunnel, a->direction, a->spi, 0);
}

static void del(struct sim_end *end, const struct ipc_sa_ref *ref)
{
    struct sim_sa *sa = find(end, ref->direction, ref->spi);

    if (sa) {
        memmove(sa, sa + 1, (size_t)(end->sas + end->n_sas - (sa + 1)) * sizeof(*sa));
        end->n_sas--;
    }
    say_result(end->at, ref->tunnel, ref->direction, ref->spi, sa ? 0 : -ENOENT);
}

static void move(struct sim_end *end, const struct ipc_sa_move *m)
{
    bool found = false;

    for (size_t i = 0; i < end->n_sas; i++) {
        if (end->sas[i].pair != m->pair)
            continue;
        end->sas[i].remote = m->remote;
        found = true;
    }
    say_result(end->at, m->tunnel, IPC_SA_IN, m->pair, found ? 0 : -ENOENT);
}

void sim_plane_take(struct sim_daemon *daemon, const struct ipc_msg *msg)
{
    struct sim_end *end = NULL;

    if (msg->type == IPC_SA_ADD)
        end = sim_end_of(daemon, msg->sa_add.tunnel);
    else if (msg->type == IPC_SA_DEL)
        end = sim_end_of(daemon, msg->sa_ref.tunnel);
    else if (msg->type == IPC_SA_MOVE)
        end = sim_end_of(daemon, msg->sa_move.tunnel);
    if (msg->type == IPC_DATAGRAM)
        sim_net_ike(daemon, &msg->datagram);
    else if (msg->type == IPC_SA_QUERY)
        say_inventory(daemon, msg->sa_query.tunnel);
    else if (msg->type == IPC_SA_ADD && end)
        add(end, &msg->sa_add);
    else if (msg->type == IPC_SA_DEL && end)
        del(end, &msg->sa_ref);
    else if (msg->type == IPC_SA_MOVE && end)
        move(end, &msg->sa_move);
    if (end)
        sim_touch(end->link);
}

/* ---- packets ---- */

const struct sim_sa *sim_plane_out(const struct sim_end *end)
{
    for (size_t i = end->n_sas; i > 0; i--)
        if (end->sas[i - 1].direction == IPC_SA_OUT)
            return &end->sas[i - 1];
    return NULL;
}

const struct sim_sa *sim_plane_in(const struct sim_end *end, uint32_t spi, uint64_t key)
{
    for (size_t i = 0; i < end->n_sas; i++)
        if (end->sas[i].direction == IPC_SA_IN && end->sas[i].spi == spi && end->sas[i].key == key)
            return &end->sas[i];
    return NULL;
}

static void send_packet(struct sim_end *end)
{
    const struct sim_sa *out = sim_plane_out(end);
    struct sim_esp esp = {.to = &end->link->ends[!end->number], .sent_us = end->at->sim->now_us};

    if (!out || !end->admin_up)
        return;
    esp.spi = out->spi;
    esp.key = out->key;
    sim_net_esp(end->at, &out->local, &out->remote, &esp);
}

static void on_traffic(struct sim *sim, struct sim_event *event)
{
    struct sim_end *end = event->what;
    struct sim_event next = {.happen = on_traffic, .what = end};

    send_packet(end);
    sim_later(sim, TRAFFIC_US, &next);
}

void sim_plane_begin_traffic(struct sim *sim)
{
    for (unsigned i = 0; i < sim->options.links; i++) {
        for (unsigned e = 0; e < 2; e++) {
            struct sim_event event = {.happen = on_traffic, .what = &sim->links[i].ends[e]};

            sim_later(sim, sim_below(sim, TRAFFIC_US), &event);
        }
    }
}

static void say_event(const struct sim_esp *esp, uint8_t kind)
{
    struct ipc_msg msg = {.type = IPC_SA_EVENT,
                          .sa_event = {.kind = kind,
                                       .direction = IPC_SA_IN,
                                       .spi = esp->spi,
                                       .local = esp->at,
                                       .remote = esp->from}};

    if (kind != IPC_SA_UNKNOWN_SPI)
        snprintf(msg.sa_event.tunnel, sizeof(msg.sa_event.tunnel), "vpntun-%u",
                 esp->to->link->number);
    say(esp->to->at, &msg);
}

void sim_plane_arrive(struct sim *sim, struct sim_esp *esp)
{
    struct sim_sa *sa = (void *)(uintptr_t)sim_plane_in(esp->to, esp->spi, esp->key);
    bool told = sim->now_us - esp->to->told_us < TOLD_EVERY_US;

    if (sa) {
        if (!sa->used_us)
            say_event(esp, IPC_SA_USED);
        sa->used_us = sim->now_us;
        if (endpoint_equal(&sa->remote, &esp->from) || told)
            return;
        say_event(esp, IPC_SA_MOVED);
    } else {
        sim_check_unknown(sim, esp);
        if (told)
            return;
        say_event(esp, IPC_SA_UNKNOWN_SPI);
    }
    esp->to->told_us = sim->now_us;
}
