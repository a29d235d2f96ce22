/* The network between the daemons. Daemon n has 10.n.n.PATH; who is behind a NAT is seen as
 * 172.16.n.n. Somebody on the way hears all, says it again, and changes what nobody has proved. */
#include "sim.h"

#include <stdlib.h>

#define NAT_FORGETS_US (30 * SIM_SECOND)

struct packet {
    struct endpoint from, to;
    bool esp;
    struct sim_esp carried;
    size_t len;
    uint8_t data[];
};

struct addr sim_net_address(const struct sim_daemon *daemon, unsigned path)
{
    uint8_t high = (uint8_t)(daemon->number >> 8), low = (uint8_t)daemon->number;

    return daemon->nat.there ? addr_v4(172, (uint8_t)(16 + path), high, low)
                             : addr_v4(10, high, low, (uint8_t)(path + 1));
}

static struct sim_daemon *daemon_at(struct sim *sim, const struct addr *address)
{
    bool nat = address->bytes[0] == 172;
    unsigned number = (unsigned)(address->bytes[nat ? 2 : 1] << 8) | address->bytes[nat ? 3 : 2];
    struct sim_daemon *daemon = number < sim->options.daemons ? &sim->daemons[number] : NULL;

    return daemon && daemon->nat.there == nat ? daemon : NULL;
}

/* ---- NAT ---- */

static uint16_t outer_port(struct sim_daemon *daemon, uint16_t inner)
{
    struct sim_nat *nat = &daemon->nat;
    uint64_t now = daemon->sim->now_us;
    unsigned i;

    for (i = 0; i < nat->n && nat->ports[i].inner != inner; i++)
        ;
    if (i == SIM_NAT_PORTS)
        return 0;
    if (i == nat->n || now - nat->ports[i].used_us > NAT_FORGETS_US) {
        nat->n = MAX(nat->n, i + 1);
        nat->ports[i].inner = inner;
        nat->ports[i].outer = (uint16_t)(20000 + sim_below(daemon->sim, 40000));
    }
    nat->ports[i].used_us = now;
    return nat->ports[i].outer;
}

static uint16_t inner_port(struct sim_daemon *daemon, uint16_t outer)
{
    struct sim_nat *nat = &daemon->nat;
    uint64_t now = daemon->sim->now_us;

    for (unsigned i = 0; i < nat->n; i++) {
        if (nat->ports[i].outer != outer || now - nat->ports[i].used_us > NAT_FORGETS_US)
            continue;
        nat->ports[i].used_us = now;
        return nat->ports[i].inner;
    }
    return 0;
}

/* As the world sees it, behind a NAT. */
static struct endpoint seen_from(struct sim_daemon *daemon, const struct endpoint *local)
{
    struct endpoint from = *local;

    if (daemon->nat.there) {
        from.addr = sim_net_address(daemon, local->addr.bytes[3] - 1U);
        from.port = outer_port(daemon, local->port);
    }
    return from;
}

/* False: nobody is there. */
static bool inside_of(struct sim_daemon *daemon, const struct endpoint *to, struct endpoint *ret)
{
    *ret = *to;
    if (!daemon->nat.there)
        return true;
    ret->addr =
        addr_v4(10, to->addr.bytes[2], to->addr.bytes[3], (uint8_t)(to->addr.bytes[1] - 16 + 1));
    ret->port = inner_port(daemon, to->port);
    return ret->port != 0;
}

/* ---- on the way ---- */

static void arrive(struct sim *sim, struct packet *packet)
{
    struct sim_daemon *daemon = daemon_at(sim, &packet->to.addr);
    struct ipc_msg msg = {
        .type = IPC_DATAGRAM,
        .datagram = {.remote = packet->from, .data = packet->data, .len = (uint32_t)packet->len}};
    struct endpoint inside;

    if (!daemon || !inside_of(daemon, &packet->to, &inside))
        return;
    if (packet->esp && packet->carried.to->at == daemon) {
        packet->carried.from = packet->from;
        packet->carried.at = inside;
        sim_plane_arrive(sim, &packet->carried);
    } else if (!packet->esp && daemon->plane_there) {
        msg.datagram.local = inside;
        sim_daemon_happen(daemon, IKED_EVENT_MESSAGE, IKED_PLANE, &msg);
    }
}

static void on_arrival(struct sim *sim, struct sim_event *event)
{
    arrive(sim, event->what);
    free(event->what);
}

static struct packet *copy(const struct packet *packet)
{
    struct packet *c = malloc(sizeof(*c) + packet->len);

    if (!c)
        abort();
    memcpy(c, packet, sizeof(*c) + packet->len);
    return c;
}

static void post(struct sim *sim, const struct packet *packet, uint64_t more_us)
{
    uint64_t delay = sim->net.delay_us + sim_below(sim, sim->net.jitter_us) + more_us;
    struct sim_event event = {.happen = on_arrival, .what = copy(packet), .drop = free};

    sim_later(sim, delay, &event);
}

/* Of IKE_SA_INIT, which nothing protects, a byte is another one. */
static void post_changed(struct sim *sim, const struct packet *packet)
{
    struct packet *changed = copy(packet);

    if (changed->len > 28)
        changed->data[28 + sim_below(sim, changed->len - 28)] ^= (uint8_t)(1 + sim_below(sim, 255));
    post(sim, changed, 0);
    free(changed);
}

static bool is_init(const struct packet *packet)
{
    return packet->len > 18 && packet->data[18] == 34;
}

/* Somebody says later what he heard now, from where he is or as if he were there. */
static void post_replay(struct sim *sim, const struct packet *packet)
{
    struct packet *again = copy(packet);

    if (sim_percent(sim, 50))
        again->from = (struct endpoint){addr_v4(192, 0, 2, 66), 4500};
    /* Not before the first one was there: else he would be the peer, as far as anybody can tell. */
    post(sim, again, 2 * sim->net.jitter_us + sim_below(sim, 20 * SIM_SECOND));
    free(again);
}

static bool is_cut(struct sim *sim, const struct packet *packet, const struct sim_daemon *from)
{
    for (unsigned i = 0; i < sim->options.links; i++) {
        struct sim_link *link = &sim->links[i];

        for (unsigned e = 0; e < 2; e++) {
            struct addr to = sim_net_address(link->ends[!e].at, link->path);

            if (link->cut[e] && link->ends[e].at == from && addr_equal(&to, &packet->to.addr))
                return true;
        }
    }
    return false;
}

static void send(struct sim_daemon *from, struct packet *packet)
{
    struct sim *sim = from->sim;
    struct sim_net *net = &sim->net;

    if (!packet->from.port || (sim->cuts && is_cut(sim, packet, from)))
        return;
    if (!packet->esp && is_init(packet) && sim_percent(sim, net->change_percent))
        post_changed(sim, packet);
    if (!packet->esp && sim_percent(sim, net->replay_percent))
        post_replay(sim, packet);
    if (sim_percent(sim, net->loss_percent))
        return;
    post(sim, packet, 0);
    if (sim_percent(sim, net->twice_percent))
        post(sim, packet, 0);
}

void sim_net_ike(struct sim_daemon *from, const struct ipc_datagram *d)
{
    struct packet *packet = malloc(sizeof(*packet) + d->len);

    if (!packet)
        abort();
    *packet = (struct packet){
        .from = seen_from(from, &d->local), .to = d->remote, .esp = false, .len = d->len};
    memcpy(packet->data, d->data, d->len);
    from->sim->net.sent++;
    send(from, packet);
    free(packet);
}

void sim_net_esp(struct sim_daemon *from, const struct endpoint *local,
                 const struct endpoint *remote, const struct sim_esp *esp)
{
    struct packet packet = {
        .from = seen_from(from, local), .to = *remote, .esp = true, .carried = *esp};

    send(from, &packet);
}
