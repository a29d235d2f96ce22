#include "hosts_internal.h"

#include <stdlib.h>

struct dp_hosts {
    uint64_t secret; /* so that nobody can aim at a bucket */
    struct list known, wanted, ask, news;
    uint32_t n_known;  /* that are not pinned; those that are gone count until the node knows */
    uint32_t n_wanted; /* likewise */
    uint32_t n;        /* places were used below this: the others cost no memory */
    uint32_t free;     /* 1 + place; 0: none below n */
    uint32_t sweep;    /* the next place to look at */
    uint32_t n_pins;
    struct dp_host *pins[DP_PINS_MAX];
    uint32_t *buckets;  /* 1 + place */
    uint32_t n_buckets; /* a power of two */
    uint32_t n_places;
    struct dp_host places[];
};

bool dp_host_may_have(const struct prefix *subnet, const struct addr *a)
{
    struct addr third = addr_add(&subnet->addr, 2), last = prefix_last(subnet);

    return prefix_contains_addr(subnet, a) && addr_cmp(a, &third) > 0 && !addr_equal(a, &last);
}

int dp_hosts_new(uint32_t places, struct dp_hosts **ret)
{
    struct dp_hosts *hosts = calloc(1, sizeof(*hosts) + places * sizeof(struct dp_host));

    if (!hosts)
        return -ENOMEM;
    hosts->n_places = places;
    hosts->n_buckets = 1;
    while (hosts->n_buckets < places)
        hosts->n_buckets *= 2;
    hosts->buckets = calloc(hosts->n_buckets, sizeof(*hosts->buckets));
    if (!hosts->buckets) {
        free(hosts);
        return -ENOMEM;
    }
    hosts->secret = random_u64();
    list_init(&hosts->known);
    list_init(&hosts->wanted);
    list_init(&hosts->ask);
    list_init(&hosts->news);
    *ret = hosts;
    return 0;
}

void dp_hosts_free(struct dp_hosts *hosts)
{
    if (hosts)
        free(hosts->buckets);
    free(hosts);
}

/* ---- places ---- */

static uint32_t *bucket_of(struct dp_hosts *hosts, const struct addr *address)
{
    uint64_t h = hash_bytes(address->bytes, sizeof(address->bytes), hosts->secret);

    return &hosts->buckets[(h ^ h >> 32) & (hosts->n_buckets - 1)];
}

uint32_t dp_hosts_place(const struct dp_hosts *hosts, const struct dp_host *host)
{
    return (uint32_t)(host - hosts->places);
}

struct dp_host *dp_hosts_find(struct dp_hosts *hosts, const struct addr *address)
{
    uint32_t at = *bucket_of(hosts, address);

    while (at && !addr_equal(&hosts->places[at - 1].address, address))
        at = hosts->places[at - 1].next;
    return at ? &hosts->places[at - 1] : NULL;
}

static struct dp_host *add(struct dp_hosts *hosts, const struct addr *address)
{
    uint32_t at = hosts->free, *bucket = bucket_of(hosts, address);
    struct dp_host *host;

    if (!at && hosts->n == hosts->n_places)
        return NULL;
    if (!at)
        at = ++hosts->n;
    else
        hosts->free = hosts->places[at - 1].next;
    host = &hosts->places[at - 1];
    *host = (struct dp_host){.address = *address, .state = DP_HOST_WANTED, .next = *bucket};
    *bucket = at;
    list_init(&host->age);
    list_init(&host->ask);
    list_init(&host->news);
    return host;
}

/* It is found no more. */
static void hide(struct dp_hosts *hosts, struct dp_host *host)
{
    uint32_t *at = bucket_of(hosts, &host->address);

    while (&hosts->places[*at - 1] != host)
        at = &hosts->places[*at - 1].next;
    *at = host->next;
}

static void release(struct dp_hosts *hosts, struct dp_host *host)
{
    host->state = DP_HOST_FREE;
    host->next = hosts->free;
    hosts->free = dp_hosts_place(hosts, host) + 1;
}

/* ---- lists and numbers ---- */

static void leave(struct dp_hosts *hosts, struct dp_host *host)
{
    if (!host->pinned)
        *(host->state == DP_HOST_WANTED ? &hosts->n_wanted : &hosts->n_known) -= 1;
    list_remove(&host->age);
}

/* Among those of its state, behind all that are older. */
static void join(struct dp_hosts *hosts, struct dp_host *host)
{
    bool wanted = host->state == DP_HOST_WANTED;
    struct list *head = wanted ? &hosts->wanted : &hosts->known, *at = head;

    if (host->pinned)
        return;
    *(wanted ? &hosts->n_wanted : &hosts->n_known) += 1;
    while (!wanted && at->prev != head &&
           container_of(at->prev, struct dp_host, age)->seen_us > host->seen_us)
        at = at->prev;
    list_insert_before(at, &host->age);
}

static void tell(struct dp_hosts *hosts, struct dp_host *host)
{
    list_remove(&host->news);
    list_append(&hosts->news, &host->news);
}

/* ---- who is there ---- */

void dp_hosts_seen(struct dp_hosts *hosts, struct dp_host *host, uint64_t now_us)
{
    host->seen_us = now_us;
    host->asked = 0;
    list_remove(&host->ask);
    if (host->pinned)
        return;
    list_remove(&host->age);
    list_append(&hosts->known, &host->age);
}

/* A known one is not found any more; the node, if it knew of it, hears so. */
static void go(struct dp_hosts *hosts, struct dp_host *host)
{
    list_remove(&host->age);
    list_remove(&host->ask);
    hide(hosts, host);
    host->state = DP_HOST_GONE;
    if (host->told_us) {
        tell(hosts, host);
        return;
    }
    list_remove(&host->news);
    hosts->n_known--;
    release(hosts, host);
}

static struct dp_host *oldest(const struct dp_hosts *hosts)
{
    return list_empty(&hosts->known) ? NULL : container_of(hosts->known.next, struct dp_host, age);
}

static bool is_silent(const struct dp_host *host, uint64_t now_us)
{
    return now_us - host->seen_us >= DP_HOST_SILENT_US;
}

bool dp_hosts_have_room(const struct dp_hosts *hosts, uint32_t max, uint64_t now_us)
{
    const struct dp_host *host = oldest(hosts);

    return hosts->n_known < MIN(max, DP_HOSTS_MAX) ||
           (hosts->n_known == MIN(max, DP_HOSTS_MAX) && host && is_silent(host, now_us));
}

static bool make_room(struct dp_hosts *hosts, uint32_t max, uint64_t now_us)
{
    if (!dp_hosts_have_room(hosts, max, now_us))
        return false;
    if (hosts->n_known == MIN(max, DP_HOSTS_MAX))
        go(hosts, oldest(hosts));
    return true;
}

static void become_known(struct dp_hosts *hosts, struct dp_host *host, const uint8_t mac[6],
                         uint64_t now_us)
{
    leave(hosts, host);
    host->state = DP_HOST_KNOWN;
    host->seen_us = now_us;
    memcpy(host->mac, mac, 6);
    join(hosts, host);
    tell(hosts, host);
}

/* Two machines that claim one address in turn are told of now and then. */
static void move(struct dp_hosts *hosts, struct dp_host *host, const uint8_t mac[6],
                 uint64_t now_us)
{
    memcpy(host->mac, mac, 6);
    host->changed = true;
    if (now_us - host->told_us >= DP_HOST_SETTLE_US)
        tell(hosts, host);
}

struct dp_host *dp_hosts_hear(struct dp_hosts *hosts, const struct dp_claim *claim, uint32_t max,
                              uint64_t now_us)
{
    struct dp_host *host = dp_hosts_find(hosts, &claim->address);

    if (host && host->state == DP_HOST_KNOWN) {
        bool same = memcmp(host->mac, claim->mac, 6) == 0;

        if (!same && claim->weak)
            return NULL;
        if (!same)
            move(hosts, host, claim->mac, now_us);
        dp_hosts_seen(hosts, host, now_us);
        return host;
    }
    if ((!host || !host->pinned) && !make_room(hosts, max, now_us))
        return NULL;
    if (!host)
        host = dp_hosts_want(hosts, &claim->address);
    if (host) {
        become_known(hosts, host, claim->mac, now_us);
        dp_hosts_seen(hosts, host, now_us);
    }
    return host;
}

struct dp_host *dp_hosts_router(struct dp_hosts *hosts, const uint8_t mac[6])
{
    for (uint32_t i = 0; i < hosts->n_pins; i++)
        if (hosts->pins[i]->state == DP_HOST_KNOWN && memcmp(hosts->pins[i]->mac, mac, 6) == 0)
            return hosts->pins[i];
    return NULL;
}

/* ---- who is asked for ---- */

struct dp_host *dp_hosts_crowded(struct dp_hosts *hosts)
{
    return hosts->n_wanted < DP_WANTED_MAX ? NULL
                                           : container_of(hosts->wanted.next, struct dp_host, age);
}

struct dp_host *dp_hosts_want(struct dp_hosts *hosts, const struct addr *address)
{
    struct dp_host *host = add(hosts, address);

    if (host)
        join(hosts, host);
    return host;
}

bool dp_host_may_be_asked(const struct dp_host *host, uint64_t now_us)
{
    return list_empty(&host->ask) && (!host->asked_us || now_us - host->asked_us >= DP_HOST_ASK_US);
}

void dp_hosts_asked(struct dp_hosts *hosts, struct dp_host *host, bool sent, uint64_t now_us)
{
    host->asked_us = now_us;
    host->asked += sent;
    list_remove(&host->ask);
    list_append(&hosts->ask, &host->ask);
}

uint64_t dp_hosts_due_us(const struct dp_hosts *hosts)
{
    return list_empty(&hosts->ask)
               ? UINT64_MAX
               : container_of(hosts->ask.next, struct dp_host, ask)->asked_us + DP_HOST_ASK_US;
}

struct dp_host *dp_hosts_overdue(struct dp_hosts *hosts, uint64_t now_us)
{
    return list_empty(&hosts->ask) || dp_hosts_due_us(hosts) > now_us
               ? NULL
               : container_of(hosts->ask.next, struct dp_host, ask);
}

static void forget_wanted(struct dp_hosts *hosts, struct dp_host *host)
{
    list_remove(&host->ask);
    leave(hosts, host);
    hide(hosts, host);
    release(hosts, host);
}

void dp_hosts_lost(struct dp_hosts *hosts, struct dp_host *host)
{
    struct addr address = host->address;
    uint64_t asked_us = host->asked_us;
    uint32_t pin = 0;

    if (!host->pinned) {
        if (host->state == DP_HOST_KNOWN)
            go(hosts, host);
        else
            forget_wanted(hosts, host);
        return;
    }
    host->asked = 0;
    list_remove(&host->ask);
    if (host->state != DP_HOST_KNOWN)
        return;
    /* The one that goes is told of; another one takes its place as the router. */
    while (hosts->pins[pin] != host)
        pin++;
    host->pinned = false;
    join(hosts, host);
    go(hosts, host);
    host = add(hosts, &address);
    if (host) {
        host->pinned = true;
        host->asked_us = asked_us;
        hosts->pins[pin] = host;
    } else {
        hosts->pins[pin] = hosts->pins[--hosts->n_pins];
    }
}

/* ---- routers ---- */

static void pin(struct dp_hosts *hosts, const struct addr *address)
{
    struct dp_host *host = dp_hosts_find(hosts, address);

    if (hosts->n_pins == DP_PINS_MAX || (host && host->pinned))
        return;
    if (!host)
        host = dp_hosts_want(hosts, address);
    if (!host)
        return;
    leave(hosts, host);
    host->pinned = true;
    hosts->pins[hosts->n_pins++] = host;
}

void dp_hosts_pin(struct dp_hosts *hosts, const struct addr *const *addresses, size_t n)
{
    while (hosts->n_pins) {
        struct dp_host *host = hosts->pins[--hosts->n_pins];

        host->pinned = false;
        join(hosts, host);
    }
    for (size_t i = 0; i < n; i++)
        pin(hosts, addresses[i]);
}

/* ---- the node ---- */

static void look_at(struct dp_hosts *hosts, struct dp_host *host, uint64_t now_us,
                    void (*silent)(void *arg, struct dp_host *host), void *arg)
{
    uint64_t told_us = now_us - host->told_us, seen_us = now_us - host->seen_us;
    bool due = host->pinned ? seen_us >= DP_HOST_FRESH_US : is_silent(host, now_us);

    if (host->state == DP_HOST_WANTED && host->pinned && list_empty(&host->ask) &&
        now_us - host->asked_us >= DP_HOST_REST_US)
        silent(arg, host);
    if (host->state != DP_HOST_KNOWN)
        return;
    if (host->changed ? told_us >= DP_HOST_SETTLE_US
                      : host->seen_us > host->told_us && told_us >= DP_HOST_TELL_US)
        tell(hosts, host);
    if (due && list_empty(&host->ask))
        silent(arg, host);
}

void dp_hosts_sweep(struct dp_hosts *hosts, uint64_t now_us,
                    void (*silent)(void *arg, struct dp_host *host), void *arg)
{
    for (uint32_t i = (hosts->n + 9) / 10; i > 0; i--) {
        if (hosts->sweep >= hosts->n)
            hosts->sweep = 0;
        look_at(hosts, &hosts->places[hosts->sweep++], now_us, silent, arg);
    }
}

void dp_hosts_tell_all(struct dp_hosts *hosts)
{
    for (uint32_t i = 0; i < hosts->n; i++) {
        struct dp_host *host = &hosts->places[i];

        if (host->state == DP_HOST_GONE)
            dp_hosts_told(hosts, host, 0);
        else if (host->state == DP_HOST_KNOWN)
            tell(hosts, host);
    }
}

struct dp_host *dp_hosts_news(struct dp_hosts *hosts)
{
    return list_empty(&hosts->news) ? NULL : container_of(hosts->news.next, struct dp_host, news);
}

void dp_hosts_told(struct dp_hosts *hosts, struct dp_host *host, uint64_t now_us)
{
    list_remove(&host->news);
    host->told_us = now_us;
    host->changed = false;
    if (host->state != DP_HOST_GONE)
        return;
    hosts->n_known--;
    release(hosts, host);
}

bool dp_hosts_any(const struct dp_hosts *hosts)
{
    return hosts->n_known || hosts->n_wanted || hosts->n_pins;
}
