/* From what is wanted of a speaker to what is. */
#include "speaker_announced.h"
#include "speaker_internal.h"

#include <stdlib.h>

static void fill_tun(const struct speaker *sp, const struct object *o, struct speaker_tun *tun)
{
    const struct speaker_line line = speaker_line_of(o);
    int carries = sp->of->calls.carries(sp->of->calls.arg, tun->tunnel);

    tun->local = line.local;
    tun->remote = line.remote;
    tun->len = line.len;
    tun->mtu = line.mtu;
    tun->line = !line.tunnel;
    tun->leave = carries < 0;
    if (carries >= 0)
        tun->up = carries;
}

/* ---- what is wanted ---- */

static int compare_objects(const void *a, const void *b)
{
    const struct object *const *x = a, *const *y = b;

    return strcmp((*x)->id, (*y)->id);
}

bool speaker_runs_bgp(const struct speakers *s, const struct object *o)
{
    return speaker_line_of(o).bgp && s->calls.wanted(s->calls.arg, o->id);
}

int speaker_list_tunnels(const struct speakers *s, const char *gateway, const struct object ***ret,
                         size_t *ret_n)
{
    static const enum desired_type types[] = {DESIRED_TUNNEL, DESIRED_LINE};
    const struct object **tunnels;
    size_t n = 0, i = 0;

    for (size_t k = 0; k < ARRAY_SIZE(types); k++) {
        objects_each_of (o, s->set, types[k], gateway)
            n += speaker_runs_bgp(s, o);
    }
    tunnels = calloc(n + 1, sizeof(const struct object *));
    if (!tunnels)
        return -ENOMEM;
    for (size_t k = 0; k < ARRAY_SIZE(types); k++) {
        objects_each_of (o, s->set, types[k], gateway) {
            if (speaker_runs_bgp(s, o))
                tunnels[i++] = o;
        }
    }
    qsort(tunnels, n, sizeof(const struct object *), compare_objects);
    *ret = tunnels;
    *ret_n = n;
    return 0;
}

/* ---- peers and their TUNs ---- */

static bool is_listed(const char *tunnel, const struct object *const *tunnels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(tunnels[i]->id, tunnel) == 0)
            return true;
    }
    return false;
}

static void fill_wanted(const struct object *o, struct speaker_peer *p)
{
    const struct desired_bgp *bgp = speaker_line_of(o).bgp;

    p->with_bfd = bgp->bfd_ms;
    p->with_password = *bgp->password;
}

static int update_peers(struct speaker *sp, const struct object *const *tunnels, size_t n)
{
    sp->bird.with_bfd = false;
    list_for_each_safe (p, &sp->peers, struct speaker_peer, all) {
        if (!is_listed(p->tun.tunnel, tunnels, n))
            speaker_free_peer(sp, p);
    }
    for (size_t i = 0; i < n; i++) {
        struct speaker_peer *p = speaker_peer_for(sp, tunnels[i]->id);

        if (!p)
            return -ENOMEM;
        fill_tun(sp, tunnels[i], &p->tun);
        fill_wanted(tunnels[i], p);
        sp->bird.with_bfd |= p->with_bfd;
    }
    return 0;
}

/* The machine as it should be; then each peer knows what became of its TUN. */
static int update_net(struct speaker *sp, size_t n)
{
    struct speaker_tun *tuns = calloc(n + 1, sizeof(*tuns));
    bool changed = false;
    size_t i = 0;
    int r;

    if (!tuns)
        return -ENOMEM;
    list_for_each (p, &sp->peers, struct speaker_peer, all)
        tuns[i++] = p->tun;
    r = speaker_net_ensure(&sp->net, tuns, n);
    i = 0;
    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        bool ready = tuns[i].index;

        changed |= ready != p->ready || tuns[i].made;
        p->new_tun |= tuns[i].made;
        p->ready = ready;
        p->tun = tuns[i++];
    }
    free(tuns);
    if (changed)
        sp->of->calls.ports(sp->of->calls.arg);
    return r;
}

static int update_learned(struct speaker *sp, const struct object *const *tunnels, size_t n)
{
    struct learned_tunnel *list = calloc(n + 1, sizeof(*list));
    int r;

    if (!list)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        list[i].number = speaker_number(tunnels[i]->id);
        (void)text_copy(list[i].id, sizeof(list[i].id), tunnels[i]->id);
        (void)text_copy(list[i].connection, sizeof(list[i].connection),
                        speaker_line_of(tunnels[i]).connection);
    }
    r = learned_set_tunnels(sp->of->learned, sp->learned, list, n);
    free(list);
    return r;
}

/* ---- routes that are announced ---- */

/* Takes the routes. */
static int announce(struct speaker *sp, struct speaker_announced *c)
{
    int r = sp->routes ? 0 : speaker_net_routes(&sp->net, &sp->routes, &sp->n_routes);

    if (r == 0)
        r = speaker_net_announce(&sp->net, sp->routes, sp->n_routes, c->routes, c->n);
    free(sp->routes);
    sp->routes = NULL;
    if (r == 0) {
        sp->routes = c->routes ? c->routes : calloc(1, sizeof(*sp->routes));
        sp->n_routes = c->n;
        c->routes = NULL;
    }
    free(c->routes);
    return r;
}

/* ---- BIRD's configuration ---- */

static int write_config(struct speaker *sp, const struct object *const *tunnels, size_t n)
{
    const struct speaker_want want = {.gateway = sp->gateway,
                                      .desired =
                                          objects_value(sp->of->set, DESIRED_GATEWAY, sp->gateway),
                                      .tunnels = tunnels,
                                      .n = n,
                                      .sets = sp->sets,
                                      .n_sets = sp->n_sets,
                                      .drain = sp->of->calls.drain,
                                      .arg = sp->of->calls.arg};
    struct buf text = {0};
    int r = speaker_config_write(&want, &text);
    bool same = r == 0 && text.len == sp->config.len &&
                (!text.len || memcmp(text.data, sp->config.data, text.len) == 0);

    if (r == 0 && !same)
        r = bird_write_config(&sp->bird, text.data, text.len);
    if (r < 0 || same) {
        buf_wipe(&text);
        return r;
    }
    buf_wipe(&sp->config);
    sp->config = text;
    sp->asn = want.desired->asn;
    sp->announce_waits = sp->bird.greeted;
    bird_configure(&sp->bird);
    return 0;
}

static void keep_sets(struct speaker *sp, const struct speaker_announced *c)
{
    free(sp->sets);
    sp->sets = calloc(c->n_sets + 1, sizeof(*sp->sets));
    sp->n_sets = sp->sets ? c->n_sets : 0;
    if (sp->n_sets)
        memcpy(sp->sets, c->sets, sp->n_sets * sizeof(*sp->sets));
}

/* Who is not to be told of a route is said before the route is there. */
static int update_announced(struct speaker *sp, const struct object *const *tunnels, size_t n)
{
    const struct packet_routes *announced = tables_announced_by(sp->of->tables, sp->gateway);
    struct speaker_announced *c = calloc(1, sizeof(*c));
    int r = c ? 0 : -ENOMEM;

    if (r == 0 && announced)
        r = speaker_collect_announced(announced, tunnels, n, c);
    if (r == 0) {
        keep_sets(sp, c);
        r = write_config(sp, tunnels, n);
    }
    if (r == 0 && !sp->announce_waits)
        r = announce(sp, c);
    else if (c)
        free(c->routes);
    free(c);
    return r;
}

static int update_all_of(struct speaker *sp, const struct object *const *tunnels, size_t n)
{
    int r = update_peers(sp, tunnels, n), net = 0;

    if (r == 0)
        net = update_net(sp, n);
    if (r == 0)
        r = update_learned(sp, tunnels, n);
    if (r > 0) {
        speaker_make_due(sp); /* the packet tables still have the routes that went */
        speaker_changed(sp, true);
    } else if (r == 0) {
        r = update_announced(sp, tunnels, n);
    }
    return net < 0 ? net : r;
}

void speaker_bring_about(struct speaker *sp)
{
    const struct object **tunnels = NULL;
    size_t n;
    int r = speaker_list_tunnels(sp->of, sp->gateway, &tunnels, &n);

    if (r == 0)
        r = update_all_of(sp, tunnels, n);
    free(tunnels);
    sp->failed = MIN(r, 0);
    if (r < 0)
        sp->of->calls.retry(sp->of->calls.arg);
    speaker_note_error(sp);
}
