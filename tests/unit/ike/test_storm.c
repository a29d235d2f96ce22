#include "world.h"
#include "tunnel_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Random lives: networks that lose, repeat, disorder and delay beyond the retransmission; rekeys of
 * both kinds by both ends at once, with and without PFS; daemons, data planes and links that come
 * and go; clocks that jump. After each event the invariants are looked at:
 *  - who says that it is up has an SA to send on, and has told so;
 *  - who says that a configuration is in force sends on SAs of it, and no other is said to be
 * refused than the one that was given last, with a reason;
 *  - both ends have the IKE SA that counts, or learn soon that they do not;
 *  - every request comes to an end;
 *  - nothing piles up.
 * IKE_STORM_SEEDS=FROM-TO in the environment runs other seeds than the few of every day. */

#define TUNNEL          "vpntun-0"
#define REQUEST_MAX     (100 * SECOND)
#define DISAGREE_MAX    (150 * SECOND)
#define LINGERS_MAX     200
#define SEEDS_EVERY_DAY 12

struct watch {
    uint64_t seed;
    bool foreign;         /* neither end knows that the other one is a Ropeway */
    uint64_t configs;     /* given so far: each has a number */
    uint64_t jump_us;     /* when the clock jumped last */
    bool rekeyed[2];      /* the end has the other one of two keys */
    uint64_t apart_us[2]; /* the other end lacks this end's IKE SA since; 0 = it has it */
};

static struct watch watch;

static struct ike_tunnel *tunnel_of(const struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, TUNNEL);
}

/* ---- invariants ---- */

static bool has_counterpart(const struct world *w, int node, const struct ike_sa *sa)
{
    list_for_each (other, &tunnel_of(w, !node)->peer.sas, struct ike_sa, peer_link) {
        if (other->spi_i == sa->spi_i && other->spi_r == sa->spi_r &&
            other->initiator != sa->initiator)
            return true;
    }
    return false;
}

static void check_agreement(const struct world *w, int node)
{
    const struct ike_sa *best = tunnel_of(w, node)->peer.lead;

    if (!best || has_counterpart(w, node, best)) {
        watch.apart_us[node] = 0;
        return;
    }
    if (!watch.apart_us[node])
        watch.apart_us[node] = w->now_us;
    if (w->now_us - watch.apart_us[node] > DISAGREE_MAX)
        fail_msg("seed %llu: node %d holds on to an IKE SA that the other one does not have",
                 (unsigned long long)watch.seed, node);
}

static void check_bounds(const struct world *w, int node)
{
    const struct ike *ike = w->nodes[node].ike;
    size_t sas = 0, lingers = 0;

    list_for_each (sa, &tunnel_of(w, node)->peer.sas, struct ike_sa, peer_link) {
        bool waits = sa->v2->request.task != IKEV2_TASK_NONE && sa->state != IKE_SA_REPLACED;

        sas++;
        if (waits && ike->env.plane_up &&
            w->now_us > MAX(sa->v2->request.first_us, watch.jump_us) + REQUEST_MAX)
            fail_msg("seed %llu: node %d has waited %.1f s for the answer to task %d",
                     (unsigned long long)watch.seed, node,
                     (double)(w->now_us - sa->v2->request.first_us) / 1e6, sa->v2->request.task);
    }
    list_for_each (linger, &tunnel_of(w, node)->peer.pairs.lingers, struct ike_linger, link)
        lingers++;
    if (sas > IKE_SAS_MAX + 8 || lingers > LINGERS_MAX || ike->ikev2.n_half_open > 64)
        fail_msg("seed %llu: node %d has %zu IKE SAs, %zu lingering SAs, %zu half-open ones",
                 (unsigned long long)watch.seed, node, sas, lingers, ike->ikev2.n_half_open);
}

/* The epochs of the child that the newest outbound SA of the data plane belongs to. */
static bool sends_by_current(const struct world *w, int node)
{
    const struct ike_tunnel *tunnel = tunnel_of(w, node);
    const struct plane_sa *newest = NULL;

    for (size_t i = 0; i < WORLD_SAS; i++) {
        const struct plane_sa *p = &w->nodes[node].plane[i];

        if (p->there && p->sa.direction == IKE_OUT && (!newest || p->order > newest->order))
            newest = p;
    }
    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link) {
        struct ike_pair *child = newest ? ike_pair_find_out(&sa->pairs, newest->sa.spi) : NULL;

        if (child)
            return sa->config_epoch == tunnel->peer.ike_epoch &&
                   child->config_epoch == tunnel->peer.pairs.epoch;
    }
    return false;
}

static void check_config(const struct world *w, int node)
{
    const struct ike_status *told = &w->nodes[node].told;
    uint64_t given = tunnel_of(w, node)->peer.config.config;

    if (told->config_refused && (told->config_refused != given || !told->last_error[0]))
        fail_msg("seed %llu: node %d says that %llu was refused, not why: \"%s\"",
                 (unsigned long long)watch.seed, node, (unsigned long long)told->config_refused,
                 said(told->last_error));
    if (told->config_in_force && told->state != IKE_OPER_UP)
        fail_msg("seed %llu: node %d is down with a configuration in force",
                 (unsigned long long)watch.seed, node);
    if (told->config_in_force == given && !w->nodes[node].plane_mute && !sends_by_current(w, node))
        fail_msg("seed %llu: node %d does not send by the configuration it calls in force",
                 (unsigned long long)watch.seed, node);
}

/* A peer of another make: its maker is not known to either end. */
static void forget_the_make(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        list_for_each (sa, &tunnel_of(w, i)->peer.sas, struct ike_sa, peer_link)
            sa->ropeway = false;
    }
}

static void check(struct world *w)
{
    if (watch.foreign)
        forget_the_make(w);
    for (int i = 0; i < 2; i++) {
        const struct ike_status *told = &w->nodes[i].told;

        if (!tunnel_of(w, i))
            continue;
        if (told->state != world_status(w, i).state)
            fail_msg("seed %llu: node %d has not told its state", (unsigned long long)watch.seed,
                     i);
        if (told->state == IKE_OPER_UP &&
            (!world_count(w, i, IKE_OUT) || !world_count(w, i, IKE_IN)))
            fail_msg("seed %llu: node %d says up without SAs", (unsigned long long)watch.seed, i);
        if (told->state != IKE_OPER_UP && w->nodes[i].was_up && !told->last_error[0])
            fail_msg("seed %llu: node %d lost its tunnel and does not say why",
                     (unsigned long long)watch.seed, i);
        w->nodes[i].was_up = w->nodes[i].was_up || told->state == IKE_OPER_UP;
        if (tunnel_of(w, !i))
            check_agreement(w, i);
        check_bounds(w, i);
        check_config(w, i);
    }
}

static int first_but(const struct ike_tunnel *tunnel, const struct ike_sa *best)
{
    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link) {
        if (sa != best)
            return (int)sa->state;
    }
    return -1;
}

/* After long quiet nothing is left but one pair over one IKE SA. */
static void assert_calm(struct world *w)
{
    world_assert_one_pair(w);
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel *tunnel = tunnel_of(w, i);

        if (w->nodes[i].ike->ikev2.n_sas != 1)
            fail_msg("seed %llu: node %d has %zu IKE SAs left, the first in state %d",
                     (unsigned long long)watch.seed, i, w->nodes[i].ike->ikev2.n_sas,
                     first_but(tunnel, tunnel->peer.lead));
        assert_int_equal(w->nodes[i].ike->ikev2.n_half_open, 0);
        assert_true(list_empty(&tunnel->peer.pairs.lingers) &&
                    list_empty(&tunnel->peer.pairs.adopted));
        assert_true(has_counterpart(w, i, tunnel->peer.lead));
        assert_int_equal(w->nodes[i].told.config_in_force, tunnel->peer.config.config);
        assert_int_equal(w->nodes[i].told.config_refused, 0);
    }
}

/* ---- lives ---- */

static struct world *begin(uint64_t seed)
{
    struct world *w = world_new(seed);

    watch = (struct watch){.seed = seed};
    w->check = check;
    return w;
}

static void end(struct world *w)
{
    w->loss_percent = w->dup_percent = 0;
    w->filter = NULL;
    w->jitter_us = 0;
    w->delay_us = 5 * MS;
    world_run(w, 200 * SECOND); /* the longest pause between two calls, and the graces */
}

static void command(struct world *w, int node, enum ike_command command)
{
    (void)!ike_command(w->nodes[node].ike, TUNNEL, command, w->now_us);
    world_collect(w, node);
}

/* Both agree and have long lifetimes; what they have done before is forgotten in a while. */
static void calm(struct world *w)
{
    world_run(w, 20 * SECOND);
    command(w, 0, IKE_COMMAND_REKEY_IKE);
    world_run(w, 40 * SECOND);
    command(w, 0, IKE_COMMAND_REKEY_CHILD);
    world_run(w, 310 * SECOND);
    assert_calm(w);
}

static void rough_network(struct world *w, unsigned loss, uint64_t jitter_us)
{
    w->loss_percent = (unsigned)(world_random(w) % loss);
    w->dup_percent = (unsigned)(world_random(w) % 30);
    w->delay_us = (1 + world_random(w) % 100) * MS;
    w->jitter_us = world_random(w) % jitter_us;
}

/* With the key of before, if it is another. */
static void keep_key_before(const struct world *w, int node, struct ike_tunnel_config *c)
{
    struct ike_tunnel_config first = world_config(w, node);
    bool rekeyed = memcmp(first.psk, c->psk, c->psk_len) != 0;

    if (rekeyed == watch.rekeyed[node])
        return;
    watch.rekeyed[node] = rekeyed;
    memcpy(c->psk_before, c->psk, c->psk_len);
    c->psk_before[0] ^= 1;
    c->psk_before_len = c->psk_len;
    c->psk_before_until_us = UINT64_C(1) << 50;
}

/* Each configuration has a number of its own. */
static void set(struct world *w, int node, struct ike_tunnel_config *c)
{
    keep_key_before(w, node, c);
    c->config = ++watch.configs + 1; /* the world itself gives 1 */
    world_set(w, node, c);
}

static void set_both(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        set(w, i, &c);
    }
}

static void set_random(struct world *w, int node, bool pfs, uint32_t child_s, uint32_t ike_s)
{
    struct ike_tunnel_config c = world_config(w, node);

    if (!pfs) {
        c.child.groups[0] = 0;
        c.child.n_groups = 1;
    }
    c.child_lifetime_s = child_s;
    c.ike_lifetime_s = ike_s;
    set(w, node, &c);
}

static void change(struct world *w, int node)
{
    struct ike_tunnel_config c = world_config(w, node);
    uint16_t other = c.ike.groups[1];

    switch (world_random(w) % 8) {
    case 0:
        command(w, node, IKE_COMMAND_REKEY_IKE);
        break;
    case 1:
        command(w, node, IKE_COMMAND_REKEY_CHILD);
        break;
    case 2: /* another IKE SA, then back */
        c.ike.groups[1] = c.ike.groups[0];
        c.ike.groups[0] = other;
        set(w, node, &c);
        break;
    case 3:
        c.esn = false; /* another child */
        set(w, node, &c);
        break;
    case 4: /* what the other end refuses, unless it is changed likewise */
        c.psk[0] ^= 1;
        set(w, node, &c);
        break;
    case 5:
        c.child.n_ciphers = 1;
        c.child.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_CHACHA20_POLY1305, 0};
        set(w, node, &c);
        break;
    case 6:
        c.initiate = false;
        set(w, node, &c);
        break;
    default:
        set(w, node, &c);
        break;
    }
}

static void assert_no_loss(const struct world *w)
{
    for (int i = 0; i < 2; i++) {
        if (w->nodes[i].esp_lost || w->nodes[i].esp_no_sa)
            fail_msg("seed %llu: node %d lost %u packets and had no SA for %u",
                     (unsigned long long)watch.seed, i, w->nodes[i].esp_lost,
                     w->nodes[i].esp_no_sa);
    }
}

/* Nothing but rekeys: not one packet may be lost, whatever the network does to IKE. */
static void rekeys(uint64_t seed)
{
    struct world *w = begin(seed);
    bool pfs = world_random(w) % 2;
    uint32_t child_s = 60 + (uint32_t)(world_random(w) % 100);

    for (int i = 0; i < 2; i++)
        set_random(w, i, pfs, child_s, child_s + 60);
    world_run_until_up(w, 2 * SECOND);
    world_run(w, 20 * SECOND);
    watch.foreign = world_random(w) % 2;
    world_start_esp(w, 10 * MS);
    rough_network(w, 20, 3 * SECOND);
    for (int k = 0; k < 15; k++) {
        int node = (int)(world_random(w) % 2);

        command(w, node, world_random(w) % 3 ? IKE_COMMAND_REKEY_CHILD : IKE_COMMAND_REKEY_IKE);
        world_run(w, world_random(w) % (2 * (w->delay_us + w->jitter_us / 4)));
        if (world_random(w) % 2)
            command(w, !node,
                    world_random(w) % 3 ? IKE_COMMAND_REKEY_CHILD : IKE_COMMAND_REKEY_IKE);
        world_run(w, world_random(w) % (8 * SECOND));
    }
    w->esp_every_us = 200 * MS;
    end(w);
    assert_no_loss(w);
    for (int i = 0; i < 2; i++)
        set_random(w, i, pfs, 3600, 14400);
    calm(w);
    world_free(w);
}

/* Each end has its parameters changed again and again, which makes IKE SAs and children anew, while
 * rekeys go on: not one packet may be lost. */
static void changes(uint64_t seed)
{
    struct world *w = begin(seed);

    watch.foreign = world_random(w) % 2;
    set_both(w);
    world_run_until_up(w, 2 * SECOND);
    world_run(w, 20 * SECOND);
    world_start_esp(w, 10 * MS);
    rough_network(w, 20, 1 * SECOND);
    for (int k = 0; k < 12; k++) {
        int node = (int)(world_random(w) % 2);

        for (int i = 0; i < 2; i++) {
            change(w, node);
            world_run(w, world_random(w) % (2 * (w->delay_us + w->jitter_us / 4)));
            node = world_random(w) % 2 ? node : !node;
        }
        world_run(w, world_random(w) % (10 * SECOND));
    }
    w->esp_every_us = 200 * MS;
    end(w);
    assert_no_loss(w);
    set_both(w);
    if (!watch.foreign)
        calm(w); /* else several IKE SAs may stay */
    world_free(w);
}

static bool cut(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)data, (void)len;
    return w->filter_arg != 2 && from != w->filter_arg; /* one way, or both */
}

static void accident(struct world *w)
{
    int node = (int)(world_random(w) % 2);

    switch (world_random(w) % 12) {
    case 10: /* a data plane that is full for a while */
        w->nodes[node].plane_refuses = true;
        world_run(w, world_random(w) % (20 * SECOND));
        w->nodes[node].plane_refuses = false;
        break;
    case 11: /* or does not answer */
        w->nodes[node].plane_mute = true;
        world_run(w, world_random(w) % (20 * SECOND));
        w->nodes[node].plane_mute = false;
        break;
    case 0:
        world_restart_ike(w, node);
        break;
    case 1:
        world_restart_plane(w, node);
        break;
    case 2: /* a machine that slept, or a clock that was set right */
        w->now_us += world_random(w) % (90 * SECOND);
        watch.jump_us = w->now_us;
        break;
    case 3:
        w->filter = cut;
        w->filter_arg = (int)(world_random(w) % 3);
        world_run(w, world_random(w) % (60 * SECOND));
        w->filter = NULL;
        break;
    case 4:
        command(w, node, IKE_COMMAND_TERMINATE);
        break;
    case 5:
        command(w, node, IKE_COMMAND_INITIATE);
        break;
    case 6:
        set_random(w, node, world_random(w) % 2, 60 + (uint32_t)(world_random(w) % 300), 600);
        break;
    case 7:
        command(w, node, IKE_COMMAND_REKEY_IKE);
        break;
    default:
        command(w, node, IKE_COMMAND_REKEY_CHILD);
        break;
    }
}

/* Everything goes wrong for a while; then both ends find to one pair by themselves. */
static void accidents(uint64_t seed)
{
    struct world *w = begin(seed);

    rough_network(w, 40, 2 * SECOND);
    set_both(w);
    for (int k = 0; k < 25; k++) {
        if (world_random(w) % 4 == 0)
            rough_network(w, 40, 2 * SECOND);
        world_run(w, world_random(w) % (6 * SECOND));
        accident(w);
        if (world_random(w) % 3 == 0) {
            world_run(w, world_random(w) % (300 * MS));
            accident(w);
        }
    }
    end(w);
    set_both(w);
    calm(w);
    world_free(w);
}

/* ---- seeds ---- */

static void run_seeds(void (*story)(uint64_t seed))
{
    const char *range = getenv("IKE_STORM_SEEDS");
    unsigned long long from = 1, to = SEEDS_EVERY_DAY;

    if (range && sscanf(range, "%llu-%llu", &from, &to) != 2)
        fail_msg("IKE_STORM_SEEDS is not FROM-TO");
    for (uint64_t seed = from; seed <= to; seed++)
        story(seed);
}

static void test_rekeys(void **state)
{
    (void)state;
    run_seeds(rekeys);
}

static void test_changes(void **state)
{
    (void)state;
    run_seeds(changes);
}

static void test_accidents(void **state)
{
    (void)state;
    run_seeds(accidents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rekeys),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_accidents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
