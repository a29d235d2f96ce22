#include "hosts_internal.h"

#include <stdio.h>
#include <stdlib.h>

static struct host_network *find_network(const struct hosts *h, const char *id)
{
    struct name_link *link = name_map_find(&h->by_network, id);

    return link ? container_of(link, struct host_network, link) : NULL;
}

static struct host *find(const struct hosts *h, const char *network, const struct addr *a)
{
    char address[ADDR_TEXT_MAX], name[IPC_ID_MAX + ADDR_TEXT_MAX];
    struct name_link *link;

    snprintf(name, sizeof(name), "%s %s", network, addr_format(a, address));
    link = name_map_find(&h->by_name, name);
    return link ? container_of(link, struct host, link) : NULL;
}

/* ---- coming and going ---- */

static struct host_network *network_for(struct hosts *h, const char *id)
{
    struct host_network *n = find_network(h, id);

    if (n)
        return n;
    n = calloc(1, sizeof(*n));
    if (!n)
        return NULL;
    list_init(&n->hosts);
    (void)text_copy(n->id, sizeof(n->id), id);
    if (name_map_add(&h->by_network, &n->link, n->id) < 0) {
        free(n);
        return NULL;
    }
    return n;
}

static void free_network(struct hosts *h, struct host_network *n)
{
    if (!list_empty(&n->hosts))
        return;
    name_map_remove(&h->by_network, &n->link);
    free(n);
}

void host_free(struct hosts *h, struct host *one)
{
    struct host_network *n = one->of;

    name_map_remove(&h->by_name, &one->link);
    list_remove(&one->all);
    list_remove(&one->told);
    free(one);
    free_network(h, n);
}

/* NULL: there is no room for it. */
static struct host *add(struct hosts *h, const char *network, const struct addr *a)
{
    struct host_network *n = h->by_name.count < HOSTS_MAX ? network_for(h, network) : NULL;
    struct host *one = n ? calloc(1, sizeof(*one)) : NULL;
    char address[ADDR_TEXT_MAX];

    if (n && !one)
        free_network(h, n);
    if (!one)
        return NULL;
    one->of = n;
    one->address = *a;
    one->gone = true;
    list_init(&one->told);
    snprintf(one->name, sizeof(one->name), "%s %s", n->id, addr_format(a, address));
    if (name_map_add(&h->by_name, &one->link, one->name) < 0) {
        free(one);
        free_network(h, n);
        return NULL;
    }
    list_append(&n->hosts, &one->all);
    return one;
}

static void tell(struct hosts *h, struct host *one)
{
    one->refreshed = false;
    list_remove(&one->told);
    list_append(&h->due, &one->told);
}

/* ropewayd is told, unless it never heard of it. */
static void leave(struct hosts *h, struct host *one)
{
    if (one->gone)
        return;
    one->gone = true;
    one->of->count--;
    if (one->reported)
        tell(h, one);
    else
        host_free(h, one);
}

/* ---- what the data plane says ---- */

bool hosts_take(struct hosts *h, const struct ipc_host *said)
{
    struct host *one = find(h, said->port, &said->address);
    bool moved;

    if (said->gone) {
        if (!one || one->gone)
            return false;
        leave(h, one);
        return true;
    }
    if (!one)
        one = add(h, said->port, &said->address);
    if (!one)
        return false;
    moved = one->gone || memcmp(one->mac, said->mac, sizeof(one->mac)) != 0;
    one->of->count += one->gone;
    one->gone = false;
    one->seen_us = said->seen_us;
    memcpy(one->mac, said->mac, sizeof(one->mac));
    if (moved)
        tell(h, one);
    else
        one->refreshed = true;
    return moved;
}

size_t hosts_count(const struct hosts *h, const char *network)
{
    const struct host_network *n = find_network(h, network);

    return n ? n->count : 0;
}

bool hosts_know(const struct hosts *h, const char *network, const struct addr *a)
{
    const struct host *one = find(h, network, a);

    return one && !one->gone;
}

/* ---- all of a network ---- */

/* The next one has to be found before a network goes with its last host. */
static struct host_network *next_network(const struct hosts *h, const struct host_network *after)
{
    struct name_link *link = after ? after->link.next : NULL;
    size_t slot = after ? after->link.hash % h->by_network.n_slots + 1 : 0;

    for (; !link && slot < h->by_network.n_slots; slot++)
        link = h->by_network.slots[slot];
    return link ? container_of(link, struct host_network, link) : NULL;
}

static void forget_network(struct hosts *h, struct host_network *n)
{
    struct list *end = &n->hosts, *at = end->next;
    size_t left = n->count;

    while (left > 0 && at != end) {
        struct host *one = container_of(at, struct host, all);

        at = at->next;
        left -= !one->gone;
        leave(h, one);
    }
}

void hosts_sweep(struct hosts *h, bool (*keep)(void *arg, const char *network), void *arg)
{
    struct host_network *n = next_network(h, NULL), *next;

    for (; n; n = next) {
        next = next_network(h, n);
        if (!keep(arg, n->id))
            forget_network(h, n);
    }
}

static bool keep_none(void *arg, const char *network)
{
    (void)arg;
    (void)network;
    return false;
}

void hosts_forget(struct hosts *h, const char *network)
{
    struct host_network *n = network ? find_network(h, network) : NULL;

    if (!network)
        hosts_sweep(h, keep_none, NULL);
    else if (n)
        forget_network(h, n);
}

void hosts_refresh(struct hosts *h)
{
    for (struct host_network *n = next_network(h, NULL); n; n = next_network(h, n)) {
        list_for_each (one, &n->hosts, struct host, all) {
            if (one->refreshed && list_empty(&one->told))
                tell(h, one);
        }
    }
}

/* ---- life ---- */

void hosts_init(struct hosts *h)
{
    *h = (struct hosts){0};
    list_init(&h->due);
    list_init(&h->sent);
}

void hosts_done(struct hosts *h)
{
    struct host_network *n = next_network(h, NULL), *next;

    for (; n; n = next) {
        struct list *end = &n->hosts, *at = end->next;
        bool last = list_empty(end);

        next = next_network(h, n);
        while (!last) {
            struct host *one = container_of(at, struct host, all);

            at = at->next;
            last = at == end;
            host_free(h, one);
        }
    }
    name_map_done(&h->by_name);
    name_map_done(&h->by_network);
}
