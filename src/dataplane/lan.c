/* Who is behind a port, where that is not given: the hosts of a real network, or the instance or
 * router whose MAC address is learned. They are asked for, learned and looked after, and the node
 * is told of hosts. */
#include "worker_internal.h"

#include <stdlib.h>
#include <unistd.h>

#define VNET_LEN sizeof(struct virtio_net_hdr)

#define PLACES_OF_ONE 4 /* where one is behind the port: and room for change */

#define SWEEP_US     1000000
#define NEWS_MAX     32
#define NEWS_REST_US 10000

/* Requests in a second: a scan from afar must neither flood the line nor be in the way of hosts
 * that are there. */
#define WANTED_PER_S 100
#define WANTED_BURST 50
#define KNOWN_PER_S  1000
#define KNOWN_BURST  200

struct dp_lan {
    struct dp_hosts *hosts;
    struct dp_held *held;
    uint32_t node;     /* dp_shared.node when all were told */
    uint64_t swept_us; /* the last time */
};

int dp_lan_new(bool network, struct dp_lan **ret)
{
    struct dp_lan *lan = calloc(1, sizeof(*lan));
    uint32_t places = network ? DP_HOSTS_PLACES : PLACES_OF_ONE;

    if (lan && dp_hosts_new(places, &lan->hosts) == 0 && dp_held_new(&lan->held) == 0) {
        *ret = lan;
        return 0;
    }
    dp_lan_free(lan);
    return -ENOMEM;
}

void dp_lan_free(struct dp_lan *lan)
{
    if (!lan)
        return;
    dp_hosts_free(lan->hosts);
    dp_held_free(lan->held);
    free(lan);
}

static bool is_network(const struct dp_port *port)
{
    return port->config.kind == IPC_PORT_SUBNET;
}

static uint32_t max_of(const struct dp_port *port)
{
    return is_network(port) ? port->config.hosts_max : 1;
}

static void wake_at(struct dp_worker *w, uint64_t at_us)
{
    w->lans.wake_us = MIN(w->lans.wake_us, at_us);
}

static void count_drops(struct dp_worker *w, const struct dp_port *port, unsigned n)
{
    if (!n)
        return;
    dp_drop(w, IPC_DROP_NO_NEIGHBOUR, n);
    dp_count(&dp_port_counters(port->stats, w->index)[IPC_PORT_DROPS_TO], n);
}

/* ---- asking ---- */

static void send_request(const struct dp_port *port, const struct addr *address)
{
    uint8_t frame[VNET_LEN + DP_ANSWER_MAX + DP_TAG_LEN] = {0};
    struct dp_neighbour who = port->who;
    size_t len;

    who.address = *address;
    len = dp_frame_ask(&who, &port->config.gateway, frame + VNET_LEN);
    len = dp_frame_tag(&who, frame + VNET_LEN, len);
    (void)!write(port->fd, frame, VNET_LEN + len); /* lost or not, it is asked again */
}

static bool may_send_request(struct dp_worker *w, const struct dp_host *host)
{
    struct dp_lans *l = &w->lans;

    return host->pinned || host->state == DP_HOST_KNOWN
               ? dp_bucket_take(&l->known_tokens, &l->known_us, w->now_us, KNOWN_PER_S, KNOWN_BURST)
               : dp_bucket_take(&l->wanted_tokens, &l->wanted_us, w->now_us, WANTED_PER_S,
                                WANTED_BURST);
}

static void request(struct dp_worker *w, const struct dp_port *port, struct dp_host *host)
{
    bool sent = may_send_request(w, host);

    if (sent)
        send_request(port, &host->address);
    dp_hosts_asked(port->lan->hosts, host, sent, w->now_us);
    wake_at(w, w->now_us + DP_HOST_ASK_US);
}

static void ask(struct dp_worker *w, const struct dp_port *port, struct dp_host *host)
{
    if (dp_host_may_be_asked(host, w->now_us))
        request(w, port, host);
}

/* A scan finds addresses that nobody has: of these the oldest make room. */
static struct dp_host *want(struct dp_worker *w, const struct dp_port *port,
                            const struct addr *address)
{
    struct dp_lan *lan = port->lan;
    struct dp_host *host = dp_hosts_find(lan->hosts, address), *oldest;

    if (host)
        return host;
    oldest = dp_hosts_crowded(lan->hosts);
    if (oldest) {
        count_drops(w, port, dp_held_drop(lan->held, dp_hosts_place(lan->hosts, oldest)));
        dp_hosts_lost(lan->hosts, oldest);
    }
    return dp_hosts_want(lan->hosts, address);
}

/* ---- to a host ---- */

bool dp_lan_find(struct dp_worker *w, const struct dp_port *port, const struct addr *address,
                 uint8_t ret[6])
{
    struct dp_host *host = want(w, port, address);

    if (!host)
        return false;
    if (host->state != DP_HOST_KNOWN) {
        ask(w, port, host);
        return false;
    }
    if (w->now_us - host->seen_us > DP_HOST_FRESH_US)
        ask(w, port, host);
    memcpy(ret, host->mac, 6);
    return true;
}

bool dp_lan_answers(const struct dp_port *port, const struct addr *address)
{
    const struct dp_host *host = dp_hosts_find(port->lan->hosts, address);

    return host && host->state == DP_HOST_KNOWN;
}

void dp_lan_hold(struct dp_worker *w, const struct dp_port *port, const struct addr *address,
                 const struct dp_packet *p, unsigned packets)
{
    struct dp_lan *lan = port->lan;
    const struct dp_host *host = dp_hosts_find(lan->hosts, address);

    if (host)
        packets = dp_held_put(lan->held, dp_hosts_place(lan->hosts, host), p, packets);
    count_drops(w, port, packets);
}

/* ---- from a host ---- */

bool dp_lan_hear(struct dp_worker *w, const struct dp_port *port, const uint8_t *frame, size_t len,
                 dp_lan_fn *send)
{
    struct dp_lan *lan = port->lan;
    struct dp_claim claim;
    struct dp_packet p;
    struct dp_host *host;

    if (!dp_frame_claim(&port->who, frame, len, &claim))
        return true;
    host = dp_hosts_hear(lan->hosts, &claim, max_of(port), w->now_us);
    if (!host) {
        host = dp_hosts_find(lan->hosts, &claim.address);
        return host && host->state == DP_HOST_KNOWN; /* it said so too weakly */
    }
    wake_at(w, w->now_us);
    while (dp_held_take(lan->held, dp_hosts_place(lan->hosts, host), w->config, &p)) {
        p.via = &host->address;
        send(w, port, &p);
    }
    return true;
}

static enum ipc_stats_drop admit_host(struct dp_worker *w, const struct dp_port *port,
                                      const uint8_t mac[6], const struct addr *src)
{
    struct dp_hosts *hosts = port->lan->hosts;
    struct dp_host *host = dp_hosts_find(hosts, src);

    if (host && host->state == DP_HOST_KNOWN) {
        if (memcmp(host->mac, mac, 6) == 0) {
            dp_hosts_seen(hosts, host, w->now_us);
            return IPC_DROP_COUNT;
        }
        ask(w, port, host); /* it may have another MAC address now */
        return IPC_DROP_SOURCE;
    }
    if (!(host && host->pinned) && !dp_hosts_have_room(hosts, max_of(port), w->now_us))
        return IPC_DROP_HOSTS_FULL;
    host = want(w, port, src);
    if (host)
        ask(w, port, host); /* a packet alone is not believed */
    return IPC_DROP_COUNT;
}

enum ipc_stats_drop dp_lan_admit(struct dp_worker *w, const struct dp_port *port,
                                 const uint8_t mac[6], struct dp_packet *p)
{
    const struct addr *src = &p->inner.src;
    struct dp_host *router;

    if (!is_network(port)) {
        if (addr_equal(src, &port->who.address))
            (void)admit_host(w, port, mac, src);
        return IPC_DROP_COUNT;
    }
    if (prefix_contains_addr(&port->config.subnet, src))
        return dp_host_may_have(&port->config.subnet, src) ? admit_host(w, port, mac, src)
                                                           : IPC_DROP_SOURCE;
    router = dp_hosts_router(port->lan->hosts, mac);
    if (!router)
        return IPC_DROP_SOURCE;
    dp_hosts_seen(port->lan->hosts, router, w->now_us);
    p->from_via = &router->address;
    return IPC_DROP_COUNT;
}

/* ---- as time goes by ---- */

static void give_up(struct dp_worker *w, const struct dp_port *port, struct dp_host *host,
                    dp_lan_fn *refuse)
{
    struct dp_lan *lan = port->lan;
    struct dp_packet p;

    while (dp_held_take(lan->held, dp_hosts_place(lan->hosts, host), w->config, &p))
        refuse(w, port, &p);
    dp_hosts_lost(lan->hosts, host);
}

static void run_requests(struct dp_worker *w, const struct dp_port *port, dp_lan_fn *refuse)
{
    struct dp_hosts *hosts = port->lan->hosts;

    for (struct dp_host *host = dp_hosts_overdue(hosts, w->now_us); host;
         host = dp_hosts_overdue(hosts, w->now_us)) {
        if (host->asked < DP_HOST_ASKS)
            request(w, port, host);
        else
            give_up(w, port, host, refuse);
    }
}

struct silence {
    struct dp_worker *w;
    const struct dp_port *port;
};

static void ask_silent(void *arg, struct dp_host *host)
{
    const struct silence *s = arg;

    ask(s->w, s->port, host);
}

static void sweep(struct dp_worker *w, const struct dp_port *port)
{
    struct dp_lan *lan = port->lan;

    if (w->now_us - lan->swept_us < SWEEP_US)
        return;
    lan->swept_us = w->now_us;
    dp_hosts_sweep(lan->hosts, w->now_us, ask_silent, &(struct silence){w, port});
}

/* Of an instance or router it knows. -EAGAIN: later. */
static int tell(struct dp_worker *w, const struct dp_port *port, const struct dp_host *host)
{
    const struct dp_note note = {.kind = DP_NOTE_HOST, .index = port->index};
    struct ipc_host told = {
        .address = host->address, .gone = host->state == DP_HOST_GONE, .seen_us = host->seen_us};

    if (!is_network(port))
        return 0;
    memcpy(told.mac, host->mac, sizeof(told.mac));
    (void)text_copy(told.port, sizeof(told.port), port->config.id);
    return dp_note_send(w, &note, (const void *)&told, sizeof(told));
}

/* Few at a time: the notes of others have the same way. */
static void tell_news(struct dp_worker *w, const struct dp_port *port)
{
    struct dp_hosts *hosts = port->lan->hosts;
    struct dp_host *host = dp_hosts_news(hosts);

    for (unsigned i = 0; host && i < NEWS_MAX && tell(w, port, host) == 0; i++) {
        dp_hosts_told(hosts, host, w->now_us);
        host = dp_hosts_news(hosts);
    }
}

static void run_one(struct dp_worker *w, const struct dp_port *port, uint32_t node,
                    dp_lan_fn *refuse)
{
    struct dp_lan *lan = port->lan;

    if (lan->node != node)
        dp_hosts_tell_all(lan->hosts);
    lan->node = node;
    run_requests(w, port, refuse);
    sweep(w, port);
    tell_news(w, port);
    wake_at(w, dp_hosts_due_us(lan->hosts));
    if (dp_hosts_news(lan->hosts))
        wake_at(w, w->now_us + NEWS_REST_US);
    if (dp_hosts_any(lan->hosts))
        wake_at(w, lan->swept_us + SWEEP_US);
}

/* The routers that the routes name, or who else is known to be there. */
static size_t list_pins(const struct dp_config *config, const struct dp_port *port,
                        const struct addr *ret[DP_PINS_MAX])
{
    size_t n = 0;

    ret[0] = &port->who.address;
    if (!is_network(port))
        return 1;
    for (uint32_t i = 0; i < config->n_vias && n < DP_PINS_MAX; i++)
        if (config->vias[i] && config->vias[i]->port == port->index)
            ret[n++] = &config->vias[i]->address;
    return n;
}

/* They are asked at once: they may send before we do. */
static void pin(struct dp_worker *w, const struct dp_port *port)
{
    struct dp_hosts *hosts = port->lan->hosts;
    const struct addr *addresses[DP_PINS_MAX];
    size_t n = list_pins(w->config, port, addresses);

    dp_hosts_pin(hosts, addresses, n);
    for (size_t i = 0; i < n; i++) {
        struct dp_host *host = dp_hosts_find(hosts, addresses[i]);

        if (host && host->state == DP_HOST_WANTED)
            ask(w, port, host);
    }
}

void dp_lans_run(struct dp_worker *w, dp_lan_fn *refuse)
{
    const struct dp_config *config = w->config;
    uint32_t node = __atomic_load_n(&w->shared->node, __ATOMIC_RELAXED);
    bool pins = w->lans.seen != config->number;

    if (!pins && node == w->lans.node && w->now_us < w->lans.wake_us)
        return;
    w->lans.seen = config->number;
    w->lans.node = node;
    w->lans.wake_us = UINT64_MAX;
    for (uint32_t i = 0; i < config->n_lans; i++) {
        const struct dp_port *port = config->ports[config->lans[i]];

        if (pins)
            pin(w, port);
        run_one(w, port, node, refuse);
    }
}

int dp_lans_wait_ms(const struct dp_worker *w)
{
    uint64_t now_us = w->now_us, wake_us = w->lans.wake_us;

    if (wake_us == UINT64_MAX || !w->lans.seen)
        return -1;
    return wake_us > now_us ? (int)MIN((wake_us - now_us + 999) / 1000, (uint64_t)60000) : 0;
}
