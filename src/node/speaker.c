#include "speaker_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "netns.h"

#define TICK_MS  1000
#define AWAIT_US 2000000U
/* BIRD has not told anything for so long: what it had is old. */
#define WITHOUT_FEED_US 180000000U

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

/* ---- life of one ---- */

static bool has_bird(const char *dir)
{
    char path[PEER_PATH_MAX];

    return snprintf(path, sizeof(path), "%s/bird.ctl", dir) < (int)sizeof(path) &&
           access(path, F_OK) == 0;
}

static struct speaker *new_speaker(struct speakers *s, const char *gateway)
{
    struct speaker *sp = calloc(1, sizeof(*sp));
    struct bird_calls bird;
    struct bgp_feed_calls fed;
    char dir[PEER_PATH_MAX];

    if (!sp)
        return NULL;
    bird = speaker_bird_calls(sp);
    fed = speaker_feed_calls(sp);
    sp->of = s;
    list_init(&sp->all);
    list_init(&sp->due);
    list_init(&sp->peers);
    (void)text_copy(sp->gateway, sizeof(sp->gateway), gateway);
    path_of(s, gateway, dir);
    if (has_bird(dir))
        sp->awaited_us = clock_monotonic_us() + AWAIT_US;
    sp->learned = learned_gateway_for(s->learned, gateway);
    if (!sp->learned || speaker_net_init(&sp->net, s->run_dir, gateway) < 0 ||
        bird_init(&sp->bird, s->loop, dir, &bird) < 0 ||
        name_map_add(&s->by_gateway, &sp->link, sp->gateway) < 0) {
        log_error("border gateway %s: no BGP: %s", gateway, strerror(errno));
        free(sp);
        return NULL;
    }
    bird_log_init(&sp->log);
    feed_init(&sp->feed, s->loop, &fed, speaker_on_fed, sp);
    list_append(&s->all, &sp->all);
    update_tick(s);
    return sp;
}

static void free_speaker(struct speaker *sp)
{
    list_for_each_safe (p, &sp->peers, struct speaker_peer, all)
        speaker_free_peer(sp, p);
    feed_done(&sp->feed);
    bird_done(&sp->bird);
    bird_log_done(&sp->log);
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
    speaker_await_no_more(sp);
    feed_done(&sp->feed);
    bird_done(&sp->bird);
    path_of(s, sp->gateway, dir);
    bird_end(dir);
    list_for_each_safe (p, &sp->peers, struct speaker_peer, all)
        speaker_free_peer(sp, p);
    speaker_changed(sp, true);
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

/* ---- all of them ---- */

void speakers_touch(struct speakers *s, const char *gateway)
{
    struct speaker *sp = find(s, gateway);

    if (!sp) {
        size_t n;
        const struct object **tunnels;

        if (speaker_list_tunnels(s, gateway, &tunnels, &n) < 0)
            return;
        free(tunnels);
        sp = n ? new_speaker(s, gateway) : NULL;
    }
    if (sp && list_empty(&sp->due))
        list_append(&s->due, &sp->due);
}

static bool is_wanted(const struct speaker *sp)
{
    const struct object **tunnels;
    size_t n;

    if (!objects_value(sp->of->set, DESIRED_GATEWAY, sp->gateway) ||
        speaker_list_tunnels(sp->of, sp->gateway, &tunnels, &n) < 0)
        return false;
    free(tunnels);
    return n;
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
            speaker_bring_about(sp);
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

bool speakers_are_awaited(const struct speakers *s)
{
    list_for_each (sp, &s->all, struct speaker, all) {
        if (sp->awaited_us)
            return true;
    }
    return false;
}

void speakers_follow(struct speakers *s, const char *tunnel)
{
    struct speaker_peer *p = speakers_peer(s, tunnel);
    int up = p ? s->calls.carries(s->calls.arg, tunnel) : -1;

    if (up < 0 || p->tun.up == up)
        return;
    p->tun.up = up;
    if (speaker_net_set_up(&p->of->net, p->tun.index, up) < 0)
        speaker_make_due(p->of);
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
    speaker_changed(sp, learned_end_doubt(sp->of->learned, sp->learned));
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
    if (now_us >= sp->awaited_us)
        speaker_await_no_more(sp);
    if (sp->net.fd < 0 || !sp->config.len)
        return;
    if (sp->trim_due)
        trim(sp);
    speaker_hear_log(sp);
    speaker_hear_md5(sp);
    bird_tick(&sp->bird, sp->net.fd);
    if (sp->bird.greeted)
        feed_tick(&sp->feed, sp->net.fd, sp->asn);
    look_at_feed(sp, now_us);
    speaker_note_error(sp);
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
