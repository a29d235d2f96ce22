#include "hosts.h"

#include <stdio.h>
#include <stdlib.h>

/* The sets of real networks: address -> host. */

struct item {
    unsigned refs; /* atomic */
    uint8_t mac[6];
    uint64_t seen_us;
};

static void item_ref(void *p)
{
    __atomic_fetch_add(&((struct item *)p)->refs, 1, __ATOMIC_RELAXED);
}

static void item_unref(void *p)
{
    if (__atomic_fetch_sub(&((struct item *)p)->refs, 1, __ATOMIC_ACQ_REL) == 1)
        free(p);
}

static const struct pmap_type items_type = {.ref = item_ref, .unref = item_unref};

/* ---- changing them ---- */

struct heard_edit hosts_begin(struct region *r, const char *node)
{
    return (struct heard_edit){.sets = &r->hosts, .type = &items_type, .node = node};
}

int hosts_put(struct heard_edit *e, const struct host *host)
{
    uint8_t key[HEARD_ADDR_MAX];
    struct item *made = calloc(1, sizeof(*made));
    int r = -ENOMEM;

    if (made) {
        memcpy(made->mac, host->mac, sizeof(made->mac));
        made->seen_us = host->seen_us;
        r = heard_put(e, key, heard_addr_key(&host->address, key), made);
    }
    if (r < 0)
        free(made);
    return r;
}

int hosts_remove(struct heard_edit *e, const struct addr *a)
{
    uint8_t key[HEARD_ADDR_MAX];

    return heard_remove(e, key, heard_addr_key(a, key));
}

static bool is_over(const void *snapshot, const char *id, const struct heard_set *set)
{
    const struct model_subnet *subnet = snapshot_get(snapshot, MODEL_SUBNET, id);

    return !subnet || !subnet->interface || !subnet->node_id ||
           strcmp(subnet->node_id, set->node) != 0;
}

void hosts_forget(struct region *r, const struct snapshot *s, const struct plan_change *changes,
                  size_t count)
{
    bool touched = false;

    for (size_t i = 0; i < count; i++)
        touched |= changes[i].kind == MODEL_SUBNET || changes[i].kind == MODEL_NODE;
    if (touched && r->hosts)
        heard_sweep(&r->hosts, is_over, s);
}

/* ---- reading ---- */

const char *hosts_format_mac(const uint8_t mac[6], char buf[PLAN_MAC_MAX])
{
    snprintf(buf, PLAN_MAC_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
    return buf;
}

bool hosts_find(const struct heard_set *set, const struct addr *a, char ret_mac[PLAN_MAC_MAX])
{
    uint8_t key[HEARD_ADDR_MAX];
    const struct item *item = pmap_get(set->items, key, heard_addr_key(a, key));

    if (item)
        hosts_format_mac(item->mac, ret_mac);
    return item;
}

int hosts_each(const struct heard_set *set, const struct addr *from,
               int (*take)(void *arg, const struct host *host), void *arg)
{
    uint8_t key[HEARD_ADDR_MAX];
    size_t len = from ? heard_addr_key(from, key) : 0;
    const struct item *item;
    struct pmap_iter it;
    const void *at;
    int r = 0;

    pmap_begin(&it, set->items, key, len);
    while (r == 0 && (item = pmap_next(&it, &at, &len))) {
        struct host host = {.address = heard_addr_read(at, len), .seen_us = item->seen_us};

        memcpy(host.mac, item->mac, sizeof(host.mac));
        r = take(arg, &host);
    }
    return r;
}
