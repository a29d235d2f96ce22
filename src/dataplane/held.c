#include "worker_internal.h"

#include <stdlib.h>
#include <sys/uio.h>

#define PLACES     32
#define BYTES_MAX  (256 * 1024)
#define PER_HOST   4
#define PIECES_MAX 600

struct waiting {
    uint32_t host; /* 1 + its place; 0: nothing waits here */
    uint32_t len;
    uint32_t packets;
    uint64_t number; /* the smaller, the older */
    struct virtio_net_hdr vnet;
    /* Where it came from: */
    bool from_port;
    uint32_t index;
    uint32_t key;    /* of the port: another one may have its number */
    uint64_t serial; /* likewise of the path; 0: it came from no tunnel */
    struct addr from_via;
    uint8_t bytes[65536];
};

struct dp_held {
    uint64_t numbers;
    size_t bytes;
    struct addr from_via; /* of the packet that was taken last */
    struct waiting places[PLACES];
};

int dp_held_new(struct dp_held **ret)
{
    struct dp_held *held = calloc(1, sizeof(*held)); /* untouched pages cost nothing */

    if (!held)
        return -ENOMEM;
    *ret = held;
    return 0;
}

void dp_held_free(struct dp_held *held)
{
    free(held);
}

static struct waiting *oldest_of(struct dp_held *held, uint32_t host, unsigned *ret_n)
{
    struct waiting *oldest = NULL;

    *ret_n = 0;
    for (unsigned i = 0; i < PLACES; i++) {
        struct waiting *at = &held->places[i];

        if (!at->host || (host && at->host != host))
            continue;
        ++*ret_n;
        if (!oldest || at->number < oldest->number)
            oldest = at;
    }
    return oldest;
}

static unsigned drop(struct dp_held *held, struct waiting *at)
{
    held->bytes -= at->len;
    at->host = 0;
    return at->packets;
}

static struct waiting *free_place(struct dp_held *held)
{
    for (unsigned i = 0; i < PLACES; i++)
        if (!held->places[i].host)
            return &held->places[i];
    return NULL;
}

/* The oldest leave until one of len bytes fits. */
static unsigned make_room(struct dp_held *held, uint32_t host, size_t len)
{
    unsigned n, dropped = 0;
    struct waiting *at = oldest_of(held, host, &n);

    if (n == PER_HOST)
        dropped += drop(held, at);
    for (at = oldest_of(held, 0, &n); at && (n == PLACES || held->bytes + len > BYTES_MAX);
         at = oldest_of(held, 0, &n))
        dropped += drop(held, at);
    return dropped;
}

/* A merged packet as one that its vnet tells how to cut. */
static void copy_bytes(const struct dp_packet *p, uint8_t *out, size_t len)
{
    struct iovec iov[PIECES_MAX];
    unsigned n = 1;

    iov[0] = (struct iovec){p->ip, len};
    if (p->merged)
        n = esp_merged_iov(p->merged, p->packets, iov, PIECES_MAX);
    for (unsigned i = 0; i < n && len; i++) {
        size_t piece = MIN(iov[i].iov_len, len);

        memcpy(out, iov[i].iov_base, piece);
        out += piece;
        len -= piece;
    }
}

static void note_source(struct waiting *at, const struct dp_packet *p)
{
    at->from_via = p->from_via ? *p->from_via : (struct addr){0};
    at->from_port = p->from_port;
    at->index = at->key = 0;
    at->serial = 0;
    if (p->from_port) {
        at->index = p->from_port->index;
        at->key = p->from_port->key;
    } else if (p->from_tunnel) {
        at->index = p->from_tunnel->path->index;
        at->serial = p->from_tunnel->path->serial;
    }
}

unsigned dp_held_put(struct dp_held *held, uint32_t host, const struct dp_packet *p,
                     unsigned packets)
{
    struct waiting *at;
    unsigned dropped;

    if (p->inner.len > sizeof(at->bytes))
        return packets;
    dropped = make_room(held, host + 1, p->inner.len);
    at = free_place(held);
    at->host = host + 1;
    at->len = p->inner.len;
    at->packets = packets;
    at->number = ++held->numbers;
    at->vnet = p->vnet;
    note_source(at, p);
    copy_bytes(p, at->bytes, at->len);
    held->bytes += at->len;
    return dropped;
}

/* Its source, if that is still there. */
static void find_source(const struct dp_config *config, const struct waiting *at,
                        struct dp_packet *ret)
{
    const struct dp_port *port =
        at->from_port && at->index < config->n_ports ? config->ports[at->index] : NULL;
    const struct dp_egress *e =
        at->serial && at->index < config->n_tunnels ? config->tunnels[at->index] : NULL;

    if (port && port->key == at->key)
        ret->from_port = port;
    if (e && e->tunnel && e->path->serial == at->serial)
        ret->from_tunnel = e;
}

bool dp_held_take(struct dp_held *held, uint32_t host, const struct dp_config *config,
                  struct dp_packet *ret)
{
    struct dp_packet p = {0};
    struct waiting *at;
    unsigned n;

    for (at = oldest_of(held, host + 1, &n); at; at = oldest_of(held, host + 1, &n)) {
        drop(held, at);
        if (dp_inner_parse(at->bytes, at->len, &p.inner) < 0)
            continue;
        p.ip = at->bytes;
        p.vnet = at->vnet;
        find_source(config, at, &p);
        held->from_via = at->from_via;
        if (at->from_via.family != ADDR_NONE)
            p.from_via = &held->from_via;
        *ret = p;
        return true;
    }
    return false;
}

unsigned dp_held_drop(struct dp_held *held, uint32_t host)
{
    unsigned n, dropped = 0;

    for (struct waiting *at = oldest_of(held, host + 1, &n); at; at = oldest_of(held, host + 1, &n))
        dropped += drop(held, at);
    return dropped;
}
