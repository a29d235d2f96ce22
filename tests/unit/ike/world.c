#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#define STEPS_PER_INSTANT 200 /* more at one moment of time is a machine that spins */
#define TUNNEL            "vpntun-0"

PRINTF(3, 4) static void show(const struct world *w, int node, const char *fmt, ...)
{
    va_list ap;

    if (!w->show)
        return;
    printf("%12.6f %c ", (double)(w->now_us - 1000 * SECOND) / 1e6, 'A' + node);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
}

uint64_t world_random(struct world *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random * UINT64_C(0x2545F4914F6CDD1D);
}

static void fill_random(void *context, void *ret, size_t len)
{
    uint8_t *at = ret;

    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)(world_random(context) >> 32);
}

static void new_machine(struct world *w, int node)
{
    struct ike_options options = {.random = fill_random, .random_context = w};

    assert_int_equal(ike_new(&options, &w->nodes[node].ike), 0);
}

/* Of the one tunnel, or of all there are: NULL. */
static void inventory(struct world *w, int node, const char *tunnel)
{
    struct node *n = &w->nodes[node];

    ike_inventory_begin(n->ike, tunnel);
    for (size_t i = 0; i < WORLD_SAS; i++) {
        const struct plane_sa *p = &n->plane[i];
        struct ike_inventory_item item = {.direction = p->sa.direction,
                                          .spi = p->sa.spi,
                                          .pair = p->sa.pair,
                                          .idle_ms = p->last_us ? (w->now_us - p->last_us) / MS
                                                                : UINT64_MAX,
                                          .packets = p->packets,
                                          .n_local_ts = p->sa.n_local_ts,
                                          .n_remote_ts = p->sa.n_remote_ts,
                                          .local_ts = p->sa.local_ts,
                                          .remote_ts = p->sa.remote_ts};

        if (!p->there || (tunnel && strcmp(p->tunnel, tunnel) != 0))
            continue;
        text_copy(item.tunnel, sizeof(item.tunnel), p->tunnel);
        ike_inventory_add(n->ike, &item);
    }
    ike_inventory_end(n->ike, tunnel, w->now_us);
}

struct world *world_new(uint64_t seed)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    w->show = getenv("IKE_TEST_LOG") != NULL;
    if (w->show)
        setvbuf(stdout, NULL, _IONBF, 0);
    w->now_us = 1000 * SECOND;
    w->random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    w->delay_us = 5 * MS;
    w->esp_next_us = w->now_us;
    for (int i = 0; i < 2; i++) {
        w->nodes[i].address = addr_v4(198, 51, 100, (uint8_t)(i + 1));
        new_machine(w, i);
        inventory(w, i, NULL);
        world_collect(w, i);
    }
    return w;
}

void world_free(struct world *w)
{
    for (size_t i = 0; i < WORLD_PACKETS; i++)
        free(w->packets[i].data);
    for (int i = 0; i < 2; i++)
        ike_free(w->nodes[i].ike);
    free(w);
}

struct ike_tunnel_config world_config(const struct world *w, int node)
{
    struct addr any = addr_v4(0, 0, 0, 0);
    struct ike_tunnel_config c = {
        .id = TUNNEL,
        .name = "tunnel",
        .config = 1,
        .admin_up = true,
        .initiate = true,
        .local = w->nodes[node].address,
        .remote = w->nodes[!node].address,
        .psk_len = 16,
        .psk = "0123456789abcdef",
        .auth_overlap_s = 86400,
        .ike = {.n_ciphers = 2,
                .n_integrity = 1,
                .n_groups = 2,
                .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 128}, {CRYPTO_ENCR_AES_CBC, 128}},
                .integrity = {CRYPTO_INTEG_SHA2_256_128},
                .groups = {CRYPTO_DH_CURVE25519, CRYPTO_DH_ECP_256}},
        .ike_lifetime_s = 14400,
        .child_lifetime_s = 3600,
        .replay_window = 1024,
        .esn = true,
        .dpd = true,
        .dpd_interval_s = 10,
        .dpd_timeout_s = 30,
        .n_local_ts = 1,
        .n_remote_ts = 1,
    };

    c.child = c.ike;
    c.local_ts[0] = c.remote_ts[0] = prefix_make(&any, 0);
    return c;
}

void world_set(struct world *w, int node, const struct ike_tunnel_config *config)
{
    ike_sync_begin(w->nodes[node].ike);
    assert_true(ike_tunnel_set(w->nodes[node].ike, config, w->now_us) >= 0);
    (void)ike_sync_end(w->nodes[node].ike, w->now_us);
    world_collect(w, node);
}

void world_set_both(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        world_set(w, i, &c);
    }
}

/* ---- the network ---- */

static struct packet *new_packet(struct world *w, int to)
{
    for (size_t i = 0; i < WORLD_PACKETS; i++) {
        struct packet *p = &w->packets[i];

        if (p->used)
            continue;
        w->high = MAX(w->high, i + 1);
        *p = (struct packet){.used = true, .to = to, .order = ++w->order};
        p->at_us = w->now_us + w->delay_us + (w->jitter_us ? world_random(w) % w->jitter_us : 0);
        return p;
    }
    fail_msg("the network is full");
    return NULL;
}

static void put_datagram(struct world *w, int from, const struct ike_action *a)
{
    struct packet *p = new_packet(w, !from);

    p->local = (struct endpoint){w->nodes[!from].address, a->remote.port};
    p->remote = a->local;
    if (w->nodes[from].seen_as.family)
        p->remote.addr = w->nodes[from].seen_as;
    p->len = a->len;
    p->data = malloc(a->len);
    assert_non_null(p->data);
    memcpy(p->data, a->data, a->len);
}

static void send_datagram(struct world *w, int from, const struct ike_action *a)
{
    w->sent++;
    if (!addr_equal(&a->remote.addr, &w->nodes[!from].address) &&
        !addr_equal(&a->remote.addr, &w->nodes[!from].seen_as))
        return; /* to nowhere */
    if (w->filter && !w->filter(w, from, a->data, a->len))
        return;
    if (w->closed_port && a->remote.port == w->closed_port)
        return;
    if (world_random(w) % 100 >= w->loss_percent)
        put_datagram(w, from, a);
    if (world_random(w) % 100 < w->dup_percent)
        put_datagram(w, from, a);
}

/* ---- the data plane ---- */

static struct plane_sa *plane_find(struct node *n, uint8_t direction, uint32_t spi)
{
    for (size_t i = 0; i < WORLD_SAS; i++) {
        if (n->plane[i].there && n->plane[i].sa.direction == direction && n->plane[i].sa.spi == spi)
            return &n->plane[i];
    }
    return NULL;
}

static int plane_add(struct world *w, struct node *n, const struct ike_action *a)
{
    if (n->plane_refuses)
        return -ENOSPC;
    /* The same half twice would restart its sequence numbers under the same key. */
    assert_null(plane_find(n, a->add.direction, a->add.spi));
    assert_true(a->add.encr_key_len > 0);
    if (a->add.direction == IKE_OUT) {
        assert_non_null(plane_find(n, IKE_IN, a->add.pair)); /* inbound first */
        assert_false(n->bare); /* and the new one before the old one goes */
    }
    for (size_t i = 0; i < WORLD_SAS; i++) {
        if (n->plane[i].there)
            continue;
        n->plane[i] = (struct plane_sa){.there = true, .order = ++w->order, .sa = a->add};
        text_copy(n->plane[i].tunnel, sizeof(n->plane[i].tunnel), a->tunnel);
        return 0;
    }
    return -ENOSPC;
}

static const struct plane_sa *newest_out(const struct node *n)
{
    const struct plane_sa *best = NULL;

    for (size_t i = 0; i < WORLD_SAS; i++) {
        const struct plane_sa *p = &n->plane[i];

        if (p->there && p->sa.direction == IKE_OUT && (!best || p->order > best->order))
            best = p;
    }
    return best;
}

static void tell(struct world *w, int node, const struct plane_sa *p, enum ike_sa_event event)
{
    struct node *n = &w->nodes[node];

    if (n->deaf)
        return;
    ike_sa_event(n->ike, p->tunnel, event, p->sa.direction, p->sa.spi, &p->sa.remote, w->now_us);
    world_collect(w, node);
}

static void count_packet(struct world *w, int node, struct plane_sa *p)
{
    if (++p->packets == 1)
        tell(w, node, p, IKE_SA_EVENT_USED);
    if (p->packets == p->sa.soft_packets)
        tell(w, node, p, IKE_SA_EVENT_SOFT);
}

static bool takes(struct world *w, int node, uint32_t spi, const uint8_t *key)
{
    struct node *n = &w->nodes[node];
    struct plane_sa *p = plane_find(n, IKE_IN, spi);

    if (!p || memcmp(p->sa.encr_key, key, p->sa.encr_key_len) != 0)
        return false;
    p->last_us = w->now_us;
    count_packet(w, node, p);
    return true;
}

bool world_flows(const struct world *w, int from)
{
    const struct plane_sa *out = newest_out(&w->nodes[from]);
    struct node *to = (struct node *)(uintptr_t)&w->nodes[!from];
    const struct plane_sa *in = out ? plane_find(to, IKE_IN, out->sa.spi) : NULL;

    return in && memcmp(in->sa.encr_key, out->sa.encr_key, in->sa.encr_key_len) == 0;
}

static void send_esp(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        const struct plane_sa *out = newest_out(&w->nodes[i]);
        struct packet *p;

        if (w->nodes[i].esp_silent)
            continue;
        if (!out) {
            w->nodes[i].esp_no_sa++;
            show(w, i, "no SA for an ESP packet");
            continue;
        }
        p = new_packet(w, !i);
        p->at_us = w->now_us + w->delay_us; /* the path of ESP is not the one under test */
        p->esp_spi = out->sa.spi;
        memcpy(p->esp_key, out->sa.encr_key, sizeof(p->esp_key));
        w->nodes[i].esp_sent++;
        count_packet(w, i, plane_find(&w->nodes[i], IKE_OUT, out->sa.spi));
    }
}

/* ---- running ---- */

static void take_action(struct world *w, int node, struct ike_action *a)
{
    struct node *n = &w->nodes[node];
    struct plane_sa *p;
    int r;

    switch (a->kind) {
    case IKE_ACTION_SEND:
        send_datagram(w, node, a);
        break;
    case IKE_ACTION_SA_ADD:
        n->adds++;
        show(w, node, a->add.direction == IKE_IN ? "add in %08x" : "add out %08x", a->add.spi);
        r = plane_add(w, n, a);
        if (!n->plane_mute)
            ike_sa_result(n->ike, a->tunnel, a->add.direction, a->add.spi, r, w->now_us);
        break;
    case IKE_ACTION_SA_DEL:
        n->dels++;
        p = plane_find(n, a->direction, a->spi);
        show(w, node, a->direction == IKE_IN ? "del in %08x" : "del out %08x", a->spi);
        if (p)
            p->there = false;
        if (p && a->direction == IKE_OUT && !newest_out(n))
            n->bare = true;
        break;
    case IKE_ACTION_SA_QUERY:
        n->queries++;
        inventory(w, node, a->tunnel[0] ? a->tunnel : NULL);
        break;
    case IKE_ACTION_STATUS:
        n->statuses++;
        if (ike_status(n->ike, TUNNEL, &n->told) < 0)
            n->told = (struct ike_status){0};
        assert_written(n->told.last_error);
        break;
    case IKE_ACTION_LIVENESS:
        n->livenesses++;
        if (ike_liveness(n->ike, TUNNEL, &n->alive) < 0)
            n->alive = (struct ike_liveness){0};
        break;
    case IKE_ACTION_LOG:
        n->logs++;
        assert_true(*a->text && a->level >= IKE_LOG_INFO && a->level <= IKE_LOG_ERROR);
        assert_written(a->text);
        if (strlen(n->said) + strlen(a->text) + 2 < sizeof(n->said))
            strcat(strcat(n->said, a->text), "\n");
        show(w, node, "%s", said(a->text));
        break;
    case IKE_ACTION_SA_MOVE:
        assert_non_null(plane_find(n, IKE_IN, a->spi));
        n->moves++;
        break;
    }
    ike_action_wipe(a);
}

void world_collect(struct world *w, int node)
{
    struct ike_action a;

    w->nodes[node].bare = false;
    while (ike_next_action(w->nodes[node].ike, &a))
        take_action(w, node, &a);
}

static void deliver(struct world *w, struct packet *p)
{
    struct packet copy = *p;
    struct node *n = &w->nodes[p->to];

    *p = (struct packet){0};
    if (copy.esp_spi && n->esp_deaf) {
        show(w, copy.to, "an ESP packet does not arrive");
    } else if (copy.esp_spi) {
        if (!takes(w, copy.to, copy.esp_spi, copy.esp_key)) {
            w->nodes[!copy.to].esp_lost++;
            show(w, copy.to, "an ESP packet of %08x is lost", copy.esp_spi);
        }
    } else if (!n->deaf) {
        ike_input(n->ike, &copy.local, &copy.remote, copy.data, copy.len, w->now_us);
        world_collect(w, copy.to);
    }
    free(copy.data);
}

static struct packet *first_packet(struct world *w)
{
    struct packet *first = NULL;

    while (w->high && !w->packets[w->high - 1].used)
        w->high--;
    for (size_t i = 0; i < w->high; i++) {
        struct packet *p = &w->packets[i];

        if (p->used && (!first || p->at_us < first->at_us ||
                        (p->at_us == first->at_us && p->order < first->order)))
            first = p;
    }
    return first;
}

static uint64_t next_event(struct world *w, struct packet *first)
{
    uint64_t at = first ? first->at_us : UINT64_MAX;

    for (int i = 0; i < 2; i++) {
        if (!w->nodes[i].deaf)
            at = MIN(at, ike_deadline(w->nodes[i].ike));
    }
    return w->esp_every_us ? MIN(at, w->esp_next_us) : at;
}

void world_run(struct world *w, uint64_t duration_us)
{
    uint64_t end = w->now_us + duration_us, at;
    unsigned steps = 0;

    for (;;) {
        struct packet *p = first_packet(w);

        at = next_event(w, p);
        if (at > end)
            break;
        steps = at > w->now_us ? 0 : steps + 1;
        assert_true(steps < STEPS_PER_INSTANT);
        w->now_us = MAX(w->now_us, at);
        if (p && p->at_us <= w->now_us)
            deliver(w, p);
        if (w->esp_every_us && w->esp_next_us <= w->now_us) {
            send_esp(w);
            w->esp_next_us = w->now_us + w->esp_every_us;
        }
        for (int i = 0; i < 2; i++) {
            if (w->nodes[i].deaf || ike_deadline(w->nodes[i].ike) > w->now_us)
                continue;
            ike_tick(w->nodes[i].ike, w->now_us);
            world_collect(w, i);
        }
        if (w->check)
            w->check(w);
    }
    w->now_us = MAX(w->now_us, end);
}

void world_run_until_up(struct world *w, uint64_t limit_us)
{
    uint64_t end = w->now_us + limit_us;

    while (w->now_us < end) {
        if (world_is_up(w, 0) && world_is_up(w, 1))
            return;
        world_run(w, 5 * MS);
    }
    fail_msg("not up: A \"%s\", B \"%s\"", world_error(w, 0), world_error(w, 1));
}

struct world *world_new_up(uint64_t seed)
{
    struct world *w = world_new(seed);

    world_set_both(w);
    world_run_until_up(w, 2 * SECOND);
    world_run(w, 20 * SECOND);
    world_assert_one_pair(w);
    return w;
}

void world_start_esp(struct world *w, uint64_t every_us)
{
    w->esp_every_us = every_us;
    w->esp_next_us = w->esp_since_us = w->now_us;
    for (int i = 0; i < 2; i++)
        w->nodes[i].esp_sent = w->nodes[i].esp_lost = w->nodes[i].esp_no_sa = 0;
}

/* ---- looking ---- */

void world_assert_nothing_lost(const struct world *w)
{
    for (int i = 0; i < 2; i++) {
        assert_true(w->nodes[i].esp_sent > 0);
        assert_int_equal(w->nodes[i].esp_lost, 0);
        assert_int_equal(w->nodes[i].esp_no_sa, 0);
    }
}

uint32_t world_spi(const struct world *w, int node, int direction)
{
    for (size_t i = 0; i < WORLD_SAS; i++) {
        if (w->nodes[node].plane[i].there && w->nodes[node].plane[i].sa.direction == direction)
            return w->nodes[node].plane[i].sa.spi;
    }
    return 0;
}

struct ike_status world_status(const struct world *w, int node)
{
    struct ike_status s = {0};

    assert_int_equal(ike_status(w->nodes[node].ike, TUNNEL, &s), 0);
    return s;
}

const char *world_error(const struct world *w, int node)
{
    return said(world_status(w, node).last_error);
}

void world_assert_error(const struct world *w, int node, const char *code, const char *part)
{
    assert_said(world_status(w, node).last_error, code, part);
}

void world_assert_logged(const struct world *w, int node, const char *code)
{
    if (!said_has(w->nodes[node].said, code))
        fail_msg("no %s in: %s", code, w->nodes[node].said);
}

bool world_is_up(const struct world *w, int node)
{
    return world_status(w, node).state == IKE_OPER_UP;
}

unsigned world_count(const struct world *w, int node, int direction)
{
    unsigned n = 0;

    for (size_t i = 0; i < WORLD_SAS; i++)
        n += w->nodes[node].plane[i].there &&
             (!direction || w->nodes[node].plane[i].sa.direction == direction);
    return n;
}

void world_assert_one_pair(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        assert_true(world_is_up(w, i));
        assert_string_equal(world_status(w, i).last_error, "");
        assert_int_equal(w->nodes[i].told.state, IKE_OPER_UP); /* and it was told so */
        assert_string_equal(w->nodes[i].told.last_error, "");
        assert_int_equal(world_count(w, i, IKE_IN), 1);
        assert_int_equal(world_count(w, i, IKE_OUT), 1);
        assert_true(world_flows(w, i));
    }
}

void world_assert_nobody_sends(const struct world *w)
{
    for (int i = 0; i < 2; i++)
        assert_int_equal(world_count(w, i, IKE_OUT), 0);
}

/* ---- accidents ---- */

void world_restart_ike(struct world *w, int node)
{
    struct ike_tunnel_config c = world_config(w, node);

    ike_free(w->nodes[node].ike);
    w->nodes[node].was_up = false;
    new_machine(w, node);
    inventory(w, node, NULL); /* before the node has told the configuration */
    world_set(w, node, &c);
}

void world_restart_plane(struct world *w, int node)
{
    struct node *n = &w->nodes[node];

    for (size_t i = 0; i < WORLD_SAS; i++)
        n->plane[i].there = false;
    ike_plane_down(n->ike, w->now_us);
    world_collect(w, node);
    inventory(w, node, NULL);
    world_collect(w, node);
}

void world_command(struct world *w, int node, enum ike_command command)
{
    assert_int_equal(ike_command(w->nodes[node].ike, TUNNEL, command, w->now_us), 0);
    world_collect(w, node);
}
