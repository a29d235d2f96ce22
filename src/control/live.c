#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>

/* What nodes say, in memory: it is true now or worth nothing. */

/* Between two ticks at most so much counts: longer, and we were stopped or starved and heard
 * nothing. */
#define TICK_MAX_US (2 * UINT64_C(1000000))

void said_free(void *p)
{
    struct said *said = p;

    free(said->error);
    json_decref(said->status);
    json_decref(said->counts);
    free(said);
}

/* Each is in one map only. */
static void said_ref(void *p)
{
    (void)p;
}

const struct pmap_type said_type = {.ref = said_ref, .unref = said_free};
static const struct pmap_type set_type = {0};

void live_forget(struct node_state *n)
{
    list_remove(&n->link);
    pmap_unref(&said_type, n->said);
    pmap_unref(&set_type, n->keys);
    recorder_forget(n);
    json_decref(n->itself);
    json_decref(n->drops);
    free(n);
}

void live_free_nodes(struct region *r)
{
    list_for_each_safe (n, &r->nodes, struct node_state, link)
        live_forget(n);
}

struct node_state *live_node(struct region *r, const char *id, bool make)
{
    struct node_state *n;

    list_for_each (known, &r->nodes, struct node_state, link) {
        if (strcmp(known->id, id) == 0)
            return known;
    }
    n = make ? calloc(1, sizeof(*n)) : NULL;
    if (!n)
        return NULL;
    list_init(&n->link);
    (void)text_copy(n->id, sizeof(n->id), id);
    list_append(&r->nodes, &n->link);
    return n;
}

/* ---- who is there ---- */

static uint64_t listened(const struct region *r)
{
    return __atomic_load_n(&r->c->listened, __ATOMIC_RELAXED);
}

void live_listen(struct control *c, uint64_t monotonic_us)
{
    uint64_t passed = c->last_tick_us ? monotonic_us - c->last_tick_us : 0;

    c->last_tick_us = monotonic_us;
    (void)__atomic_add_fetch(&c->listened, MIN(passed, TICK_MAX_US), __ATOMIC_RELAXED);
}

enum live_state live_state(const struct region *r, const struct node_state *n)
{
    uint64_t now = listened(r);
    bool silent = now - (n && n->spoke ? n->heard : 0) >= CONTROL_NODE_SILENCE_US;

    if (n && n->spoke)
        return silent ? LIVE_OFFLINE : LIVE_ONLINE;
    return silent ? LIVE_OFFLINE : LIVE_UNKNOWN;
}

void live_heard(struct region *r, struct node_state *n, uint64_t now_us)
{
    if (live_state(r, n) != LIVE_ONLINE)
        log_info("node %s of region %s is online", n->id, r->id);
    n->seen_us = now_us;
    n->heard = listened(r);
    n->spoke = true;
}

/* ---- about whom ---- */

/* Which node carries the resource, and the key of its object there; NULL: none does. */
static const char *carrier_of(const struct snapshot *s, const struct model_resource *resource,
                              char *key, size_t size)
{
    char address[ADDR_TEXT_MAX];
    const struct model_placement *placed = NULL;
    const char *type = "";

    switch (resource->kind->id) {
    case MODEL_VPN_TUNNEL:
        addr_format(&((const struct model_vpn_tunnel *)resource)->cloud_address, address);
        placed = snapshot_get(s, MODEL_PLACEMENT, address);
        type = "tunnel";
        break;
    case MODEL_BORDER_GATEWAY:
        placed = snapshot_get(s, MODEL_PLACEMENT, resource->id);
        type = "gateway";
        break;
    case MODEL_PLACEMENT:
        placed = (const struct model_placement *)resource;
        type = text_starts_with(resource->id, model_kind(MODEL_BORDER_GATEWAY)->prefix) ? "gateway"
                                                                                        : "address";
        break;
    case MODEL_PRIVATE_INTERFACE:
        snprintf(key, size, "line/%s", resource->id);
        return ((const struct model_private_interface *)resource)->node_id;
    case MODEL_SUBNET:
        snprintf(key, size, "network/%s", resource->id);
        return ((const struct model_subnet *)resource)->node_id;
    case MODEL_INSTANCE:
        snprintf(key, size, "instance/%s", resource->id);
        return ((const struct model_instance *)resource)->node_id;
    default:
        return NULL;
    }
    snprintf(key, size, "%s/%s", type, resource->id);
    return placed ? placed->node_id : NULL;
}

bool live_is_placed(const struct snapshot *s, const struct model_resource *resource)
{
    char key[STORE_NAME_MAX + 16];

    return carrier_of(s, resource, key, sizeof(key));
}

struct node_state *live_carrier(struct region *r, const struct snapshot *s,
                                const struct model_resource *resource)
{
    char key[STORE_NAME_MAX + 16];
    const char *node = carrier_of(s, resource, key, sizeof(key));

    return node ? live_node(r, node, false) : NULL;
}

const struct said *live_said(struct region *r, const struct snapshot *s,
                             const struct model_resource *resource, struct node_state **ret_node)
{
    char key[STORE_NAME_MAX + 16];
    const char *node = carrier_of(s, resource, key, sizeof(key));

    *ret_node = node ? live_node(r, node, false) : NULL;
    return *ret_node ? pmap_get((*ret_node)->said, key, strlen(key)) : NULL;
}
