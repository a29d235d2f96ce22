#include "speaker_config.h"

#include <stdlib.h>

#define SMALL 256 /* numbers below have meanings of their own */

uint32_t speaker_number(const char *id)
{
    uint64_t h = hash_bytes(id, strlen(id), 1);

    return SMALL + (uint32_t)((h ^ h >> 32) % (INT32_MAX - SMALL));
}

static uint32_t number_of_set(const char *const *connections, size_t n, uint64_t h)
{
    for (size_t i = 0; i < n; i++)
        h = hash_bytes(connections[i], strlen(connections[i]) + 1, h);
    return SMALL + (uint32_t)((h ^ h >> 32) % (INT32_MAX - SMALL));
}

uint32_t speaker_metric(const char *const *connections, size_t n)
{
    if (n == 0)
        return BGP_TO_ALL;
    if (n == 1)
        return speaker_number(connections[0]);
    return number_of_set(connections, n, 1);
}

uint32_t speaker_only_metric(const char *const *connections, size_t n)
{
    return number_of_set(connections, n, 2);
}

void speaker_protocol_name(const char *tunnel, char ret[SPEAKER_NAME_MAX])
{
    (void)text_copy(ret, SPEAKER_NAME_MAX, tunnel);
    for (char *c = ret; *c; c++) {
        if (*c == '-')
            *c = '_';
    }
}

static struct speaker_line line_of_tunnel(const struct desired_tunnel *t)
{
    return (struct speaker_line){.gateway = t->gateway,
                                 .connection = t->dataplane.connection,
                                 .local = t->dataplane.inner_local,
                                 .remote = t->dataplane.inner_remote,
                                 .len = t->inner_len,
                                 .mtu = t->dataplane.mtu ? t->dataplane.mtu : SPEAKER_MTU,
                                 .tunnel = &t->dataplane,
                                 .bgp = t->n_bgp ? t->bgp : NULL};
}

struct speaker_line speaker_line_of(const struct object *o)
{
    const struct desired_line *l = o->value;

    if (!o->value)
        return (struct speaker_line){0};
    if (o->type == DESIRED_TUNNEL)
        return line_of_tunnel(o->value);
    return (struct speaker_line){.gateway = l->gateway,
                                 .connection = o->id,
                                 .local = l->at.port.gateway,
                                 .remote = l->at.port.address,
                                 .len = l->len,
                                 .mtu = l->at.port.mtu,
                                 .bgp = l->n_bgp ? l->bgp : NULL};
}

/* Any IPv4 address that is ours alone will do: the lowest inner one of a tunnel, or one made of the
 * id. A private interface that comes beside tunnels must not change it: all sessions would end. */
static struct addr router_id(const struct speaker_want *w)
{
    struct addr lowest = {0};
    uint32_t n = speaker_number(w->gateway);

    for (size_t i = 0; i < w->n; i++) {
        const struct speaker_line line = speaker_line_of(w->tunnels[i]);

        if (w->tunnels[i]->type == DESIRED_TUNNEL && line.local.family == ADDR_IPV4 &&
            (lowest.family == ADDR_NONE || addr_cmp(&line.local, &lowest) < 0))
            lowest = line.local;
    }
    return lowest.family != ADDR_NONE
               ? lowest
               : addr_v4(10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n);
}

/* A peer's configuration with what it points to. */
struct peer {
    char name[SPEAKER_NAME_MAX], interface[NL_NAME_MAX];
    const char *communities[DESIRED_COMMUNITIES_MAX];
    uint32_t *withheld, *told; /* owned */
    struct prefix hidden[IPC_TRANSLATIONS_MAX], foreign[IPC_TRANSLATIONS_MAX];
};

static bool is_in(const struct speaker_set *set, const char *connection)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->connections[i], connection) == 0)
            return true;
    }
    return false;
}

/* Routes to its own connection alone, and to several with it among them; prefixes that are for
 * others only. */
static int fill_withheld(const struct speaker_want *w, const char *connection, struct peer *p,
                         struct bgp_peer_config *ret)
{
    p->withheld = calloc(w->n_sets + 1, sizeof(*p->withheld));
    p->told = calloc(w->n_sets + 1, sizeof(*p->told));
    if (!p->withheld || !p->told)
        return -ENOMEM;
    p->withheld[ret->n_withheld++] = speaker_number(connection);
    for (size_t i = 0; i < w->n_sets; i++) {
        const struct speaker_set *set = &w->sets[i];

        if (set->only != is_in(set, connection))
            p->withheld[ret->n_withheld++] = set->metric;
        else if (set->only)
            p->told[ret->n_told++] = set->metric;
    }
    ret->withheld = p->withheld;
    ret->told = p->told;
    return 0;
}

static void fill_translated(const struct ipc_tunnel *t, struct peer *p, struct bgp_peer_config *ret)
{
    for (uint16_t i = 0; t && i < t->n_translations; i++) {
        const struct ipc_translation *pair = &t->translations[i];

        if (pair->side == IPC_SIDE_OWN)
            p->hidden[ret->n_hidden++] = pair->prefix;
        else
            p->foreign[ret->n_foreign++] = pair->prefix;
    }
    ret->hidden = p->hidden;
    ret->foreign = p->foreign;
}

/* With the quota kept by the node, BIRD's own limit only keeps a flood out. */
static uint32_t limit_of(const struct speaker_want *w, const struct desired_bgp *bgp)
{
    uint64_t quota = w->desired->max_dynamic, flood = quota * 4 + 1000;

    return (uint32_t)MIN(bgp->shut ? MAX(quota, 1U) : flood, INT32_MAX);
}

static int fill_peer(const struct speaker_want *w, const struct object *o, struct peer *p,
                     struct bgp_peer_config *ret)
{
    const struct speaker_line line = speaker_line_of(o);
    const struct desired_bgp *bgp = line.bgp;
    enum node_drain drain = w->drain ? w->drain(w->arg, o->id) : NODE_DRAIN_NONE;

    speaker_protocol_name(o->id, p->name);
    speaker_tun_name(o->id, p->interface);
    for (size_t i = 0; i < bgp->n_communities; i++)
        p->communities[i] = bgp->communities[i];
    *ret = (struct bgp_peer_config){.name = p->name,
                                    .interface = p->interface,
                                    .tunnel = speaker_number(o->id),
                                    .connection = speaker_number(line.connection),
                                    .local = line.local,
                                    .remote = line.remote,
                                    .asn = bgp->peer_asn,
                                    .hold_s = bgp->hold_s,
                                    .restart_s = bgp->restart_s,
                                    .password = bgp->password,
                                    .bfd = bgp->bfd_ms,
                                    .bfd_interval_ms = bgp->bfd_ms,
                                    .bfd_multiplier = bgp->bfd_multiplier,
                                    .prepend = bgp->prepend,
                                    .draining = drain == NODE_DRAIN_WORSE,
                                    .ends = drain == NODE_DRAIN_ENDS,
                                    .communities = p->communities,
                                    .n_communities = bgp->n_communities,
                                    .imports = bgp->imports,
                                    .exports = bgp->exports,
                                    .n_imports = bgp->n_imports,
                                    .n_exports = bgp->n_exports,
                                    .limit = limit_of(w, bgp),
                                    .shut = bgp->shut};
    fill_translated(line.tunnel, p, ret);
    return fill_withheld(w, line.connection, p, ret);
}

int speaker_config_write(const struct speaker_want *w, struct buf *ret)
{
    struct bgp_peer_config *peers = calloc(w->n + 1, sizeof(*peers));
    struct peer *rest = calloc(w->n + 1, sizeof(*rest));
    const struct bgp_speaker_config config = {.asn = w->desired->asn,
                                              .router_id = router_id(w),
                                              .transit = w->desired->transit,
                                              .peers = peers,
                                              .n_peers = w->n};
    int r = peers && rest ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < w->n; i++)
        r = fill_peer(w, w->tunnels[i], &rest[i], &peers[i]);
    if (r == 0)
        r = bgp_config_write(&config, ret);
    for (size_t i = 0; rest && i < w->n; i++) {
        free(rest[i].withheld);
        free(rest[i].told);
    }
    free(peers);
    free(rest);
    return r;
}
