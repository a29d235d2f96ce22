#include "speaker.h"

#include <stdio.h>
#include <stdlib.h>

#include "netns.h"
#include "routing_build.h"

#define TICK_MS  1000
#define SETS_MAX 64
#define WITHOUT_FEED_US                                                                            \
    180000000U /* BIRD has not told anything for so long: what it had is old                       \
                */

struct speaker {
    struct name_link link; /* by gateway */
    struct list all, due;
    struct speakers *of;
    char gateway[IPC_ID_MAX];
    struct list peers;
    struct speaker_net net;
    struct bird bird;
    struct feed feed;
    struct learned_gateway *learned;
    uint32_t asn;
    struct buf config;            /* as it is in bird.conf */
    bool announce_waits;          /* for BIRD to have it */
    bool trim_due;                /* TUNs are left that the data plane has to let go of first */
    bool ending;                  /* nobody wants it: likewise */
    struct speaker_route *routes; /* in the table of the namespace, sorted; NULL: not known */
    size_t n_routes;
    struct speaker_set *sets;
    size_t n_sets;
    uint64_t fed_us; /* when BIRD's connection was there last, monotonic */
    int failed;      /* why what is wanted could not be brought about; 0: it was */
    char error[SPEAKER_ERROR_MAX];
};

static void update_tick(struct speakers *s);

static struct speaker *find(const struct speakers *s, const char *gateway)
{
    struct name_link *link = name_map_find(&s->by_gateway, gateway);

    return link ? container_of(link, struct speaker, link) : NULL;
}

static void path_of(const struct speakers *s, const char *gateway, char ret[PEER_PATH_MAX])
{
    if (snprintf(ret, PEER_PATH_MAX, "%s/bird/%s", s->run_dir, gateway) >= PEER_PATH_MAX)
        ret[0] = 0;
}

/* What keeps it from working, if anything does. */
static void note_error(struct speaker *sp)
{
    char before[SPEAKER_ERROR_MAX], said[WORDS_TEXT_MAX];

    memcpy(before, sp->error, sizeof(before));
    sp->error[0] = 0;
    if (sp->failed)
        words_write(SAY(NODE_BGP_FAILED, strerror(-sp->failed)), sp->error, sizeof(sp->error));
    else if (sp->bird.error[0])
        words_write(SAY(NODE_BGP_BIRD, sp->bird.error), sp->error, sizeof(sp->error));
    if (strcmp(before, sp->error) == 0)
        return;
    if (*sp->error)
        log_warn("border gateway %s: %s", sp->gateway,
                 words_say_written(sp->error, WORDS_EN, said, sizeof(said)));
    list_for_each (p, &sp->peers, struct speaker_peer, all)
        sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
}

/* ---- peers ---- */

struct speaker_peer *speakers_peer(const struct speakers *s, const char *tunnel)
{
    struct name_link *link = name_map_find(&s->by_tunnel, tunnel);

    return link ? container_of(link, struct speaker_peer, link) : NULL;
}

const char *speaker_gateway(const struct speaker_peer *peer)
{
    return peer->of->gateway;
}

const char *speaker_error(const struct speaker_peer *peer)
{
    return peer->of->error;
}

static void free_peer(struct speaker *sp, struct speaker_peer *p)
{
    sp->trim_due = true;
    if (p->ready)
        sp->of->calls.ports(sp->of->calls.arg);
    sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
    name_map_remove(&sp->of->by_tunnel, &p->link);
    list_remove(&p->all);
    list_remove(&p->every);
    free(p);
}

static struct speaker_peer *peer_for(struct speaker *sp, const char *tunnel)
{
    struct speaker_peer *p = speakers_peer(sp->of, tunnel);

    if (p && p->of == sp)
        return p;
    if (p)
        free_peer(p->of, p); /* it went from one gateway to another */
    p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->of = sp;
    list_init(&p->all);
    (void)text_copy(p->tun.tunnel, sizeof(p->tun.tunnel), tunnel);
    speaker_tun_name(tunnel, p->tun.name);
    if (name_map_add(&sp->of->by_tunnel, &p->link, p->tun.tunnel) < 0) {
        free(p);
        return NULL;
    }
    list_append(&sp->peers, &p->all);
    list_append(&sp->of->peers, &p->every);
    return p;
}

static void fill_tun(const struct speaker *sp, const struct desired_tunnel *t,
                     struct speaker_tun *tun)
{
    int carries = sp->of->calls.carries(sp->of->calls.arg, tun->tunnel);

    tun->local = t->dataplane.inner_local;
    tun->remote = t->dataplane.inner_remote;
    tun->len = t->inner_len;
    tun->mtu = t->dataplane.mtu ? t->dataplane.mtu : SPEAKER_MTU;
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

static bool runs_bgp(const struct speakers *s, const struct object *o)
{
    const struct desired_tunnel *t = o->value;

    return t && t->n_bgp && s->calls.wanted(s->calls.arg, o->id);
}

/* The gateway's tunnels with BGP, in order; *ret is the caller's. */
static int list_tunnels(const struct speakers *s, const char *gateway, const struct object ***ret,
                        size_t *ret_n)
{
    const struct object **tunnels;
    size_t n = 0, i = 0;

    objects_each_of (o, s->set, DESIRED_TUNNEL, gateway)
        n += runs_bgp(s, o);
    tunnels = calloc(n + 1, sizeof(const struct object *));
    if (!tunnels)
        return -ENOMEM;
    objects_each_of (o, s->set, DESIRED_TUNNEL, gateway) {
        if (runs_bgp(s, o))
            tunnels[i++] = o;
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

static int update_peers(struct speaker *sp, const struct object *const *tunnels, size_t n)
{
    list_for_each_safe (p, &sp->peers, struct speaker_peer, all) {
        if (!is_listed(p->tun.tunnel, tunnels, n))
            free_peer(sp, p);
    }
    for (size_t i = 0; i < n; i++) {
        struct speaker_peer *p = peer_for(sp, tunnels[i]->id);

        if (!p)
            return -ENOMEM;
        fill_tun(sp, tunnels[i]->value, &p->tun);
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
        const struct desired_tunnel *t = tunnels[i]->value;

        list[i].number = speaker_number(tunnels[i]->id);
        (void)text_copy(list[i].id, sizeof(list[i].id), tunnels[i]->id);
        (void)text_copy(list[i].connection, sizeof(list[i].connection), t->dataplane.connection);
    }
    r = learned_set_tunnels(sp->of->learned, sp->learned, list, n);
    free(list);
    return r;
}

/* ---- routes that are announced ---- */

struct collecting {
    struct speaker_route *routes;
    size_t n, cap;
    struct speaker_set sets[SETS_MAX];
    size_t n_sets;
};

static void note_set(struct collecting *c, const struct routing_announced *a, uint32_t metric)
{
    struct speaker_set *set = &c->sets[c->n_sets];

    for (size_t i = 0; i < c->n_sets; i++) {
        if (c->sets[i].metric == metric)
            return;
    }
    if (a->n_except < 2 || c->n_sets == SETS_MAX)
        return;
    *set =
        (struct speaker_set){.metric = metric, .n = MIN(a->n_except, ARRAY_SIZE(set->connections))};
    for (size_t i = 0; i < set->n; i++)
        (void)text_copy(set->connections[i], IPC_ID_MAX, a->except[i]);
    c->n_sets++;
}

/* BIRD itself passes on what it has learned. */
static int collect(void *arg, const struct routing_announced *a)
{
    struct collecting *c = arg;

    if (a->learned)
        return 0;
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 64;
        struct speaker_route *grown = reallocarray(c->routes, cap, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        c->routes = grown;
        c->cap = cap;
    }
    c->routes[c->n] = (struct speaker_route){a->prefix, speaker_metric(a->except, a->n_except)};
    note_set(c, a, c->routes[c->n].metric);
    c->n++;
    return 0;
}

static int collect_announced(const struct speaker *sp, struct collecting *c)
{
    const struct desired_gateway *gateway =
        objects_value(sp->of->set, DESIRED_GATEWAY, sp->gateway);
    const struct routing_table *selected = tables_selected(sp->of->tables, sp->gateway);
    int r = gateway && selected ? routing_announce(selected, gateway->transit, collect, c) : 0;

    if (r == 0 && c->n)
        qsort(c->routes, c->n, sizeof(*c->routes), speaker_route_cmp);
    return r;
}

/* Takes the routes. */
static int announce(struct speaker *sp, struct collecting *c)
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
                                      .n_sets = sp->n_sets};
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

static void keep_sets(struct speaker *sp, const struct collecting *c)
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
    struct collecting *c = calloc(1, sizeof(*c));
    int r = c ? collect_announced(sp, c) : -ENOMEM;

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

/* What it is made of may be changing: it is brought about with all else. */
static void make_due(struct speaker *sp)
{
    if (list_empty(&sp->due))
        list_append(&sp->of->due, &sp->due);
    sp->of->calls.routes(sp->of->calls.arg);
}

static void on_configured(void *arg)
{
    struct speaker *sp = arg;

    if (sp->announce_waits)
        make_due(sp);
    sp->announce_waits = false;
}

/* ---- what BIRD says ---- */

/* It only says that there is no connection, not why. */
static bool says_little(enum bgp_trouble trouble)
{
    return trouble == BGP_TROUBLE_NONE || trouble == BGP_TROUBLE_LINK_DOWN ||
           trouble == BGP_TROUBLE_NOT_LISTENING || trouble == BGP_TROUBLE_NOT_CONFIGURED ||
           trouble == BGP_TROUBLE_NO_ANSWER;
}

/* What was wrong with the session says more than how the next attempts ended. */
static void keep_trouble(const struct bgp_session *before, struct bgp_session *now)
{
    if (now->state == BGP_ESTABLISHED || !says_little(now->trouble) || says_little(before->trouble))
        return;
    now->trouble = before->trouble;
    memcpy(now->detail, before->detail, sizeof(now->detail));
}

static void on_session(void *arg, const struct bgp_session *session)
{
    struct speaker *sp = arg;
    struct bgp_session now = *session;

    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        char name[SPEAKER_NAME_MAX];

        speaker_protocol_name(p->tun.tunnel, name);
        if (strcmp(name, session->name) != 0)
            continue;
        keep_trouble(&p->session, &now);
        if (p->has_session && memcmp(&p->session, &now, sizeof(now)) == 0)
            return;
        p->session = now;
        p->has_session = true;
        sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
        return;
    }
}

static void forget_sessions(struct speaker *sp)
{
    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        p->has_session = false;
        p->session = (struct bgp_session){0};
        sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
    }
}

/* It may have been started with another configuration, by a node before us. */
static void on_came(void *arg)
{
    struct speaker *sp = arg;

    log_info("border gateway %s: BIRD is there", sp->gateway);
    bird_configure(&sp->bird);
    bird_poll(&sp->bird);
    feed_tick(&sp->feed, sp->net.fd, sp->asn);
}

static void on_went(void *arg)
{
    struct speaker *sp = arg;

    log_warn("border gateway %s: BIRD is gone", sp->gateway);
    sp->announce_waits = false;
    forget_sessions(sp);
}

/* ---- what it has learned ---- */

static void changed(struct speaker *sp, bool tables)
{
    if (tables) {
        tables_touch_gateway(sp->of->tables, sp->gateway);
        sp->of->calls.routes(sp->of->calls.arg);
    }
    sp->of->calls.learned(sp->of->calls.arg);
}

static void on_announced(void *arg, const struct prefix *prefix, uint32_t path,
                         const struct bgp_attributes *attributes)
{
    struct speaker *sp = arg;

    changed(sp, learned_announced(sp->of->learned, sp->learned, prefix, path, attributes,
                                  clock_realtime_us()));
}

static void on_withdrawn(void *arg, const struct prefix *prefix, uint32_t path)
{
    struct speaker *sp = arg;

    changed(sp, learned_withdrawn(sp->of->learned, sp->learned, prefix, path));
}

static void on_complete(void *arg, enum addr_family family)
{
    struct speaker *sp = arg;

    changed(sp, learned_complete(sp->of->learned, sp->learned, family));
}

static void on_fed(void *arg)
{
    struct speaker *sp = arg;

    learned_doubt(sp->learned);
}

/* ---- life of one ---- */

static struct speaker *new_speaker(struct speakers *s, const char *gateway)
{
    struct speaker *sp = calloc(1, sizeof(*sp));
    const struct bird_calls calls = {on_session, on_configured, on_came, on_went, sp};
    const struct bgp_feed_calls fed = {on_announced, on_withdrawn, on_complete, sp};
    char dir[PEER_PATH_MAX];

    if (!sp)
        return NULL;
    sp->of = s;
    list_init(&sp->all);
    list_init(&sp->due);
    list_init(&sp->peers);
    (void)text_copy(sp->gateway, sizeof(sp->gateway), gateway);
    path_of(s, gateway, dir);
    sp->learned = learned_gateway_for(s->learned, gateway);
    if (!sp->learned || speaker_net_init(&sp->net, s->run_dir, gateway) < 0 ||
        bird_init(&sp->bird, s->loop, dir, &calls) < 0 ||
        name_map_add(&s->by_gateway, &sp->link, sp->gateway) < 0) {
        log_error("border gateway %s: no BGP: %s", gateway, strerror(errno));
        free(sp);
        return NULL;
    }
    feed_init(&sp->feed, s->loop, &fed, on_fed, sp);
    list_append(&s->all, &sp->all);
    update_tick(s);
    return sp;
}

static void free_speaker(struct speaker *sp)
{
    list_for_each_safe (p, &sp->peers, struct speaker_peer, all)
        free_peer(sp, p);
    feed_done(&sp->feed);
    bird_done(&sp->bird);
    speaker_net_done(&sp->net);
    name_map_remove(&sp->of->by_gateway, &sp->link);
    list_remove(&sp->all);
    list_remove(&sp->due);
    buf_wipe(&sp->config);
    free(sp->routes);
    free(sp->sets);
    free(sp);
}

/* Nobody wants it any more. What the data plane holds goes when that has had the time to let go. */
static void begin_end(struct speaker *sp)
{
    struct speakers *s = sp->of;
    char dir[PEER_PATH_MAX];

    log_info("border gateway %s: BGP ends", sp->gateway);
    sp->ending = true;
    feed_done(&sp->feed);
    bird_done(&sp->bird);
    path_of(s, sp->gateway, dir);
    bird_end(dir);
    list_for_each_safe (p, &sp->peers, struct speaker_peer, all)
        free_peer(sp, p);
    changed(sp, true);
    learned_forget_gateway(s->learned, sp->learned);
    sp->learned = NULL;
}

static void end_speaker(struct speaker *sp)
{
    struct speakers *s = sp->of;
    char gateway[IPC_ID_MAX];

    (void)text_copy(gateway, sizeof(gateway), sp->gateway);
    speaker_net_remove(&sp->net);
    free_speaker(sp);
    speakers_touch(s, gateway); /* it may be wanted again by now */
    update_tick(s);
}

static int update_all_of(struct speaker *sp, const struct object *const *tunnels, size_t n)
{
    int r = update_peers(sp, tunnels, n), net = 0;

    if (r == 0)
        net = update_net(sp, n);
    if (r == 0)
        r = update_learned(sp, tunnels, n);
    if (r > 0) {
        make_due(sp); /* the packet tables still have the routes that went */
        changed(sp, true);
    } else if (r == 0) {
        r = update_announced(sp, tunnels, n);
    }
    return net < 0 ? net : r;
}

static void update_one(struct speaker *sp)
{
    const struct object **tunnels = NULL;
    size_t n;
    int r = list_tunnels(sp->of, sp->gateway, &tunnels, &n);

    if (r == 0)
        r = update_all_of(sp, tunnels, n);
    free(tunnels);
    sp->failed = MIN(r, 0);
    if (r < 0)
        sp->of->calls.retry(sp->of->calls.arg);
    note_error(sp);
}

/* ---- all of them ---- */

void speakers_touch(struct speakers *s, const char *gateway)
{
    struct speaker *sp = find(s, gateway);

    if (!sp) {
        size_t n;
        const struct object **tunnels;

        if (list_tunnels(s, gateway, &tunnels, &n) < 0)
            return;
        free(tunnels);
        sp = n ? new_speaker(s, gateway) : NULL;
    }
    if (sp && list_empty(&sp->due))
        list_append(&s->due, &sp->due);
}

static bool is_wanted(const struct speaker *sp)
{
    if (!objects_value(sp->of->set, DESIRED_GATEWAY, sp->gateway))
        return false;
    objects_each_of (o, sp->of->set, DESIRED_TUNNEL, sp->gateway) {
        if (runs_bgp(sp->of, o))
            return true;
    }
    return false;
}

static int sweep_one(void *arg, const char *netns)
{
    struct speakers *s = arg;
    const char *gateway = netns + strlen("rw-");
    struct speaker_net net;
    char dir[PEER_PATH_MAX];

    if (find(s, gateway) || speaker_net_init(&net, s->run_dir, gateway) < 0 ||
        !speaker_net_is_ours(&net))
        return 0;
    log_info("border gateway %s: BGP of before ends", gateway);
    path_of(s, gateway, dir);
    bird_end(dir);
    speaker_net_remove(&net);
    return 0;
}

static void sweep(struct speakers *s)
{
    s->swept = true;
    (void)!netns_each(SPEAKER_NETNS_START, sweep_one, s);
}

static void note_announced(struct speakers *s)
{
    const char *gateway;

    while ((gateway = tables_next_announced(s->tables))) {
        struct speaker *sp = find(s, gateway);

        if (sp && list_empty(&sp->due))
            list_append(&s->due, &sp->due);
        tables_announced(s->tables, gateway);
    }
}

/* What becomes due meanwhile waits for the next time. */
void speakers_update(struct speakers *s)
{
    struct list due;

    note_announced(s);
    list_init(&due);
    while (!list_empty(&s->due)) {
        struct list *first = s->due.next;

        list_remove(first);
        list_append(&due, first);
    }
    list_for_each_safe (sp, &due, struct speaker, due) {
        list_remove(&sp->due);
        if (sp->ending)
            continue;
        if (is_wanted(sp))
            update_one(sp);
        else
            begin_end(sp);
    }
    if (!s->swept)
        sweep(s);
}

void speakers_audit(struct speakers *s)
{
    s->swept = false;
    list_for_each (sp, &s->all, struct speaker, all) {
        free(sp->routes);
        sp->routes = NULL;
        sp->trim_due = true;
        if (list_empty(&sp->due))
            list_append(&s->due, &sp->due);
    }
}

void speakers_follow(struct speakers *s, const char *tunnel)
{
    struct speaker_peer *p = speakers_peer(s, tunnel);
    int up = p ? s->calls.carries(s->calls.arg, tunnel) : -1;

    if (up < 0 || p->tun.up == up)
        return;
    p->tun.up = up;
    if (speaker_net_set_up(&p->of->net, p->tun.index, up) < 0)
        make_due(p->of);
    bird_poll(&p->of->bird);
}

/* ---- each second ---- */

/* BIRD has said nothing for longer than any peer would wait for us. */
static void look_at_feed(struct speaker *sp, uint64_t now_us)
{
    if (feed_is_up(&sp->feed))
        sp->fed_us = now_us;
    if (!sp->fed_us || now_us - sp->fed_us < WITHOUT_FEED_US)
        return;
    sp->fed_us = 0;
    learned_doubt(sp->learned);
    changed(sp, learned_end_doubt(sp->of->learned, sp->learned));
}

/* By now the data plane has been told. */
static void trim(struct speaker *sp)
{
    struct speaker_tun *tuns;
    size_t n = 0, i = 0;

    list_for_each (p, &sp->peers, struct speaker_peer, all)
        n++;
    tuns = calloc(n + 1, sizeof(*tuns));
    if (!tuns)
        return;
    list_for_each (p, &sp->peers, struct speaker_peer, all)
        tuns[i++] = p->tun;
    sp->trim_due = speaker_net_trim(&sp->net, tuns, n) < 0;
    free(tuns);
}

static void tick(struct speaker *sp, uint64_t now_us)
{
    if (sp->net.fd < 0 || !sp->config.len)
        return;
    if (sp->trim_due)
        trim(sp);
    bird_tick(&sp->bird, sp->net.fd);
    if (sp->bird.greeted)
        feed_tick(&sp->feed, sp->net.fd, sp->asn);
    look_at_feed(sp, now_us);
    note_error(sp);
}

static void on_tick(uv_timer_t *timer)
{
    struct speakers *s = container_of(timer, struct speakers, tick);
    uint64_t now = clock_monotonic_us();

    list_for_each_safe (sp, &s->all, struct speaker, all) {
        if (sp->ending)
            end_speaker(sp);
        else
            tick(sp, now);
    }
}

static void update_tick(struct speakers *s)
{
    if (list_empty(&s->all))
        uv_timer_stop(&s->tick);
    else if (!uv_is_active((uv_handle_t *)&s->tick))
        uv_timer_start(&s->tick, on_tick, 100, TICK_MS);
}

/* ---- life ---- */

int speakers_init(struct speakers *s, uv_loop_t *loop, const char *run_dir,
                  const struct objects *set, struct tables *tables, struct learned *learned,
                  const struct speakers_calls *calls)
{
    *s = (struct speakers){.calls = *calls,
                           .loop = loop,
                           .run_dir = run_dir,
                           .set = set,
                           .tables = tables,
                           .learned = learned};
    list_init(&s->all);
    list_init(&s->due);
    list_init(&s->peers);
    return uv_timer_init(loop, &s->tick);
}

void speakers_done(struct speakers *s)
{
    list_for_each_safe (sp, &s->all, struct speaker, all)
        free_speaker(sp);
    name_map_done(&s->by_gateway);
    name_map_done(&s->by_tunnel);
}

/* ---- cleaning up ---- */

struct cleaning {
    struct speakers speakers; /* without any */
    int removed;
};

static int clean_one(void *arg, const char *netns)
{
    struct cleaning *c = arg;
    struct speaker_net net;

    if (speaker_net_init(&net, c->speakers.run_dir, netns + strlen("rw-")) == 0 &&
        speaker_net_is_ours(&net))
        c->removed++;
    return sweep_one(&c->speakers, netns);
}

int speakers_cleanup(const char *run_dir, int *ret_removed)
{
    struct cleaning c = {.speakers = {.run_dir = run_dir}};
    int r = netns_each(SPEAKER_NETNS_START, clean_one, &c);

    *ret_removed = c.removed;
    return r;
}
