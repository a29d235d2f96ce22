/* IKEv1 between two machines: each mode, what gets lost on the way, and what ends it. */
#include "tunnel_internal.h"
#include "world.h"

static struct ike_tunnel_config v1_config(const struct world *w, int node)
{
    struct ike_tunnel_config c = world_config(w, node);

    c.ikev1 = true;
    c.esn = false;
    c.ike.n_ciphers = 1;
    c.ike.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_AES_CBC, 128};
    c.ike.groups[0] = CRYPTO_DH_ECP_256;
    c.ike.groups[1] = CRYPTO_DH_MODP_1024;
    c.child = c.ike;
    c.initiate = node == 0;
    return c;
}

static void set_both(struct world *w, bool aggressive)
{
    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = v1_config(w, i);

        c.aggressive = aggressive;
        world_set(w, i, &c);
    }
}

static struct world *new_up(uint64_t seed, bool aggressive)
{
    struct world *w = world_new(seed);

    set_both(w, aggressive);
    world_run_until_up(w, 5 * SECOND);
    world_run(w, 5 * SECOND);
    world_assert_one_pair(w);
    return w;
}

static void test_main_mode_comes_up(void **state)
{
    struct world *w = new_up(1, false);
    struct ike_status s = world_status(w, 0);

    (void)state;
    assert_string_equal(s.ike_algs, "aes128-sha256-ecp256");
    assert_string_equal(s.child_algs, "aes128-sha256-ecp256");
    assert_false(s.nat_local || s.nat_remote); /* that it is in UDP is our doing */
    assert_int_equal(s.remote.port, IKE_PORT_NATT);
    world_free(w);
}

static void test_aggressive_mode_comes_up(void **state)
{
    struct world *w = new_up(2, true);

    (void)state;
    world_free(w);
}

/* Every algorithm of phase 1 and 2, keys longer than the hash included. */
static void test_algorithms(void **state)
{
    static const struct {
        uint16_t encr, bits, integ, group;
    } cases[] = {
        {CRYPTO_ENCR_AES_CBC, 128, CRYPTO_INTEG_SHA1_96, CRYPTO_DH_MODP_1024},
        {CRYPTO_ENCR_AES_CBC, 256, CRYPTO_INTEG_SHA1_96, CRYPTO_DH_MODP_1536},
        {CRYPTO_ENCR_AES_CBC, 192, CRYPTO_INTEG_SHA2_256_128, CRYPTO_DH_MODP_2048},
        {CRYPTO_ENCR_AES_CBC, 256, CRYPTO_INTEG_SHA2_384_192, CRYPTO_DH_ECP_384},
        {CRYPTO_ENCR_AES_CBC, 256, CRYPTO_INTEG_SHA2_512_256, CRYPTO_DH_ECP_521},
        {CRYPTO_ENCR_AES_GCM_16, 256, CRYPTO_INTEG_SHA2_256_128, CRYPTO_DH_NONE},
    };

    (void)state;
    for (size_t k = 0; k < 2 * ARRAY_SIZE(cases); k++) {
        struct world *w = world_new(k + 10);

        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = v1_config(w, i);

            c.aggressive = k % 2;
            c.child.ciphers[0] = (struct ike_cipher){cases[k / 2].encr, cases[k / 2].bits};
            c.child.integrity[0] = c.ike.integrity[0] = cases[k / 2].integ;
            c.child.n_groups = c.ike.n_groups = 1;
            c.child.groups[0] = cases[k / 2].group;
            c.ike.groups[0] = cases[k / 2].group ? cases[k / 2].group : CRYPTO_DH_ECP_256;
            c.ike.ciphers[0].key_bits = cases[k / 2].bits;
            world_set(w, i, &c);
        }
        world_run_until_up(w, 5 * SECOND);
        world_run(w, 5 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* Each datagram of the set-up by itself is lost once: the last ones of each exchange, too. */
static bool lose_one(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)from;
    (void)data;
    (void)len;
    return w->filter_count++ != w->filter_arg;
}

static void test_any_one_lost(void **state)
{
    (void)state;
    for (int k = 0; k < 24; k++) {
        struct world *w = world_new((uint64_t)k + 30);

        w->filter = lose_one;
        w->filter_arg = k / 2;
        set_both(w, k % 2);
        world_run_until_up(w, 10 * SECOND);
        world_run(w, 25 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

static void test_loss(void **state)
{
    (void)state;
    for (uint64_t seed = 60; seed < 80; seed++) {
        struct world *w = world_new(seed);

        w->loss_percent = 30;
        w->dup_percent = 10;
        w->jitter_us = 50 * MS;
        set_both(w, seed % 2);
        world_run_until_up(w, 120 * SECOND);
        w->loss_percent = 0;
        world_run(w, 100 * SECOND);
        assert_true(world_flows(w, 0) && world_flows(w, 1));
        world_free(w);
    }
}

/* Both phases, again and again, without a lost packet. */
static void test_rekeys(void **state)
{
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct world *w = world_new((uint64_t)aggressive + 90);
        struct ike_status s;

        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = v1_config(w, i);

            c.aggressive = aggressive;
            c.ike_lifetime_s = 100;
            c.child_lifetime_s = 60;
            world_set(w, i, &c);
        }
        world_run_until_up(w, 5 * SECOND);
        world_run(w, 3 * SECOND);
        world_start_esp(w, 7 * MS);
        world_run(w, 1000 * SECOND);
        world_assert_nothing_lost(w);
        s = world_status(w, 0);
        assert_in_range(s.ike_rekeys, 9, 15);
        assert_in_range(s.child_rekeys, 16, 26);
        assert_string_equal(s.last_error, "");
        world_free(w);
    }
}

static size_t count_ike_sas(const struct world *w, int node)
{
    const struct ike_tunnel *tunnel = ike_tunnel_find(w->nodes[node].ike, "vpntun-0");
    size_t n = 0;

    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link)
        n++;
    return n;
}

static void test_rekey_by_command(void **state)
{
    struct world *w = new_up(100, false);

    (void)state;
    world_start_esp(w, 5 * MS);
    for (int node = 0; node < 2; node++) {
        world_command(w, node, IKE_COMMAND_REKEY_IKE);
        world_run(w, 2 * SECOND);
        /* The old one is not deleted before the peer has surely taken the pairs over. */
        assert_int_equal(count_ike_sas(w, 0), 2);
        assert_int_equal(count_ike_sas(w, 1), 2);
        world_run(w, 28 * SECOND);
        assert_int_equal(count_ike_sas(w, 0), 1);
        world_command(w, node, IKE_COMMAND_REKEY_CHILD);
        world_run(w, 40 * SECOND);
        world_assert_one_pair(w);
    }
    assert_int_equal(world_status(w, 0).ike_rekeys, 2);
    assert_int_equal(world_status(w, 1).ike_rekeys, 2);
    world_assert_nothing_lost(w);
    world_free(w);
}

/* Both ends call at once, and both rekey at once. */
static void test_both_begin(void **state)
{
    (void)state;
    for (uint64_t seed = 110; seed < 130; seed++) {
        struct world *w = world_new(seed);

        w->delay_us = seed % 2 ? 100 * MS : 5 * MS;
        for (int i = 0; i < 2; i++) {
            struct ike_tunnel_config c = v1_config(w, i);

            c.initiate = true;
            c.aggressive = seed % 4 < 2;
            world_set(w, i, &c);
        }
        world_run_until_up(w, 10 * SECOND);
        world_run(w, 60 * SECOND);
        world_start_esp(w, 10 * MS);
        for (int i = 0; i < 2; i++) {
            world_command(w, i, IKE_COMMAND_REKEY_IKE);
            world_command(w, i, IKE_COMMAND_REKEY_CHILD);
        }
        world_run(w, 120 * SECOND);
        world_assert_nothing_lost(w);
        assert_true(world_is_up(w, 0) && world_is_up(w, 1));
        world_free(w);
    }
}

/* The smaller lifetime counts at both ends, in seconds and in bytes. */
static void test_lifetimes(void **state)
{
    (void)state;
    for (int shorter = 0; shorter < 2; shorter++) {
        struct world *w = world_new((uint64_t)shorter + 140);
        uint32_t rekeys;

        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = v1_config(w, i);

            c.ike_lifetime_s = i == shorter ? 100 : 100000;
            c.child_lifetime_s = i == shorter ? 50 : 70000;
            c.child_lifetime_bytes = i == shorter ? 3 * 1024 * 1024 : UINT64_C(9) << 40;
            world_set(w, i, &c);
        }
        world_run_until_up(w, 5 * SECOND);
        for (int i = 0; i < 2; i++) {
            for (size_t k = 0; k < WORLD_SAS; k++) {
                if (w->nodes[i].plane[k].there)
                    assert_in_range(w->nodes[i].plane[k].sa.soft_bytes, 1, 3 * 1024 * 1024);
            }
        }
        world_run(w, 300 * SECOND);
        rekeys = world_status(w, shorter).child_rekeys;
        assert_in_range(rekeys, 5, 9);
        assert_in_range(world_status(w, shorter).ike_rekeys, 2, 5);
        assert_true(world_flows(w, 0) && world_flows(w, 1));
        world_free(w);
    }
}

static void test_dead_peer(void **state)
{
    struct world *w = new_up(150, false);

    (void)state;
    w->nodes[1].deaf = true;
    world_run(w, 60 * SECOND);
    assert_false(world_is_up(w, 0));
    assert_int_equal(world_count(w, 0, IKE_OUT), 0);
    w->nodes[1].deaf = false;
    world_run(w, 90 * SECOND);
    assert_true(world_is_up(w, 0) && world_is_up(w, 1));
    assert_true(world_flows(w, 0) && world_flows(w, 1));
    world_free(w);
}

static void test_liveness_is_told(void **state)
{
    struct world *w = new_up(151, false);

    (void)state;
    world_run(w, 100 * SECOND);
    assert_true(w->nodes[0].alive.answered > 3);
    assert_int_equal(w->nodes[0].alive.lost, 0);
    assert_in_range(w->nodes[0].alive.last_us, 9 * MS, 30 * MS);
    world_free(w);
}

/* ESP goes on while the other daemon is away: the tunnel stays. */
static void test_esp_is_life(void **state)
{
    struct world *w = new_up(152, false);

    (void)state;
    world_start_esp(w, 100 * MS);
    w->nodes[1].deaf = true;
    world_run(w, 100 * SECOND);
    assert_true(world_is_up(w, 0));
    world_assert_nothing_lost(w);
    world_free(w);
}

static void test_restart(void **state)
{
    (void)state;
    for (int node = 0; node < 2; node++) {
        struct world *w = new_up(160 + (uint64_t)node, node);
        struct ike_tunnel_config c = v1_config(w, node);

        c.aggressive = node;
        ike_free(w->nodes[node].ike);
        for (size_t i = 0; i < WORLD_SAS; i++)
            w->nodes[node].plane[i].there = false;
        assert_int_equal(ike_new(NULL, &w->nodes[node].ike), 0);
        ike_inventory_begin(w->nodes[node].ike, NULL);
        ike_inventory_end(w->nodes[node].ike, NULL, w->now_us);
        world_set(w, node, &c);
        world_run(w, 120 * SECOND);
        assert_true(world_is_up(w, 0) && world_is_up(w, 1));
        assert_true(world_flows(w, 0) && world_flows(w, 1));
        world_free(w);
    }
}

static void test_terminate_tells_the_peer(void **state)
{
    struct world *w = new_up(170, false);
    struct ike_tunnel_config c = v1_config(w, 0);

    (void)state;
    c.admin_up = false;
    world_set(w, 0, &c);
    world_run(w, SECOND);
    assert_false(world_is_up(w, 1));
    world_assert_nobody_sends(w);
    c.admin_up = true;
    world_set(w, 0, &c);
    world_run_until_up(w, 5 * SECOND);
    world_free(w);
}

static void test_wrong_psk(void **state)
{
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct world *w = world_new((uint64_t)aggressive + 180);

        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = v1_config(w, i);

            c.aggressive = aggressive;
            c.psk[0] = (uint8_t)('a' + i);
            world_set(w, i, &c);
        }
        world_run(w, 3 * SECOND);
        assert_false(world_is_up(w, 0) || world_is_up(w, 1));
        if (aggressive) {
            world_assert_error(w, 0, "ike.psk-mismatch", "");
        } else {
            world_assert_error(w, 0, "ike.v1-peer-cannot-read", "AUTHENTICATION-FAILED");
            world_assert_error(w, 1, "ike.v1-psk-mismatch", "198.51.100.1");
        }
        world_free(w);
    }
}

static void test_wrong_id(void **state)
{
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct world *w = world_new((uint64_t)aggressive + 190);

        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = v1_config(w, i);

            c.aggressive = aggressive;
            if (i == 1) {
                c.remote_id.type = IKE_ID_FQDN;
                c.remote_id.len = 6;
                memcpy(c.remote_id.data, "branch", 6);
            }
            world_set(w, i, &c);
        }
        world_run(w, 3 * SECOND);
        assert_false(world_is_up(w, 0) || world_is_up(w, 1));
        world_assert_error(w, 1, "ike.wrong-id", "branch");
        world_free(w);
    }
}

static void test_other_mode_and_version(void **state)
{
    static const struct {
        bool v1[2], aggressive[2];
        const char *code;
    } cases[] = {
        {{true, true}, {true, false}, "ike.v1-peer-aggressive"},
        {{true, true}, {false, true}, "ike.v1-peer-main"},
        {{true, false}, {false, false}, "ike.version-1"},
        {{false, true}, {false, false}, "ike.version-2"},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
        struct world *w = world_new(k + 200);

        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = v1_config(w, i);

            c.ikev1 = cases[k].v1[i];
            c.aggressive = cases[k].aggressive[i];
            world_set(w, i, &c);
        }
        world_run(w, 3 * SECOND);
        assert_false(world_is_up(w, 0) || world_is_up(w, 1));
        world_assert_error(w, 1, cases[k].code, "");
        world_free(w);
    }
}

static void test_no_common_proposal(void **state)
{
    (void)state;
    for (int child = 0; child < 2; child++) {
        struct world *w = world_new((uint64_t)child + 210);

        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = v1_config(w, i);

            if (i == 1)
                (child ? &c.child : &c.ike)->integrity[0] = CRYPTO_INTEG_SHA1_96;
            world_set(w, i, &c);
        }
        world_run(w, 5 * SECOND);
        assert_false(world_is_up(w, 0) || world_is_up(w, 1));
        world_assert_error(w, 1, "ike.no-common-integrity", "sha256");
        if (child)
            world_assert_error(w, 0, "ike.peer-refused-ipsec-proposals", "sha256");
        else
            world_assert_error(w, 0, "ike.v1-peer-refused-proposals", "sha256");
        world_free(w);
    }
}

/* Groups of PFS that both have are found in turn, whatever the order. */
static void test_pfs_group_in_turn(void **state)
{
    struct world *w = world_new(220);
    const char *refused;

    (void)state;
    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = v1_config(w, i);

        c.child.n_groups = 1;
        c.child.groups[0] = CRYPTO_DH_NONE;
        if (i == 0) {
            c.child.n_groups = 4;
            c.child.groups[0] = CRYPTO_DH_ECP_256;
            c.child.groups[1] = CRYPTO_DH_MODP_1024;
            c.child.groups[2] = CRYPTO_DH_ECP_384;
            c.child.groups[3] = CRYPTO_DH_NONE;
        }
        world_set(w, i, &c);
    }
    world_run_until_up(w, 2 * SECOND);
    refused = strstr(w->nodes[0].said, "peer-refused-ipsec");
    assert_true(refused && !strstr(refused + 1, "peer-refused-ipsec")); /* the second one did */
    world_free(w);
}

static void set_networks(struct ike_tunnel_config *c, int node)
{
    struct addr a = addr_v4(10, 1, 0, 0), b = addr_v4(10, 2, 0, 0), d = addr_v4(10, 9, 0, 0);
    struct prefix ours[] = {prefix_make(&a, 24), prefix_make(&b, 24)}, theirs = prefix_make(&d, 16);

    c->n_local_ts = node ? 1 : 2;
    c->n_remote_ts = node ? 2 : 1;
    memcpy(node ? c->remote_ts : c->local_ts, ours, sizeof(ours));
    *(node ? c->local_ts : c->remote_ts) = theirs;
}

/* A policy-based peer has a quick mode for each pair of networks. */
static void test_several_networks(void **state)
{
    struct world *w = world_new(230);

    (void)state;
    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = v1_config(w, i);

        c.child_lifetime_s = 60;
        set_networks(&c, i);
        world_set(w, i, &c);
    }
    world_run_until_up(w, 5 * SECOND);
    world_run(w, 10 * SECOND);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_count(w, i, IKE_IN), 2);
        assert_int_equal(world_count(w, i, IKE_OUT), 2);
    }
    world_run(w, 300 * SECOND);
    for (int i = 0; i < 2; i++) {
        assert_in_range(world_count(w, i, IKE_IN), 2, 4);
        assert_true(world_status(w, i).n_local_ts == (i ? 1 : 2));
    }
    world_free(w);
}

/* What lies within what is allowed is taken; what is wider cannot be narrowed. */
static void test_selectors(void **state)
{
    (void)state;
    for (int narrow = 0; narrow < 2; narrow++) {
        struct world *w = world_new((uint64_t)narrow + 240);

        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = v1_config(w, i);

            if (i == !narrow)
                set_networks(&c, i);
            world_set(w, i, &c);
        }
        world_run(w, 10 * SECOND);
        if (narrow) {
            assert_true(world_is_up(w, 0) && world_is_up(w, 1));
        } else {
            assert_false(world_is_up(w, 0) || world_is_up(w, 1));
            world_assert_error(w, 1, "ike.v1-no-common-selectors", "0.0.0.0/0");
            world_assert_error(w, 0, "ike.peer-refused-selectors", "0.0.0.0/0");
        }
        world_free(w);
    }
}

/* A changed key is negotiated beside the SAs that carry the traffic. */
static void test_change_is_make_before_break(void **state)
{
    struct world *w = new_up(250, false);

    (void)state;
    world_start_esp(w, 5 * MS);
    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = v1_config(w, i);

        c.config = 2;
        memcpy(c.psk_before, c.psk, c.psk_len);
        c.psk_before_len = c.psk_len;
        c.psk_before_until_us = w->now_us + 600 * SECOND;
        c.psk[0] = 'x';
        world_set(w, i, &c);
    }
    world_run(w, 60 * SECOND);
    world_assert_nothing_lost(w);
    assert_int_equal(world_status(w, 0).config_in_force, 2);
    world_free(w);
}

/* From IKEv2 to IKEv1 and back, under traffic. */
static void test_change_of_version(void **state)
{
    struct world *w = new_up(260, false);

    (void)state;
    world_start_esp(w, 5 * MS);
    for (int round = 0; round < 2; round++) {
        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = v1_config(w, i);

            c.config = 2 + (uint64_t)round;
            c.ikev1 = round;
            world_set(w, i, &c);
        }
        world_run(w, 60 * SECOND);
        assert_int_equal(world_status(w, 0).config_in_force, 2 + round);
    }
    world_assert_nothing_lost(w);
    world_free(w);
}

/* A dynamic peer is known by its key, whoever else waits for one. */
static void test_dynamic_peer(void **state)
{
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct world *w = world_new((uint64_t)aggressive + 270);
        struct ike_tunnel_config c = v1_config(w, 1), other;

        c.aggressive = aggressive;
        c.remote = addr_v4(0, 0, 0, 0);
        c.remote_id.type = IKE_ID_FQDN;
        c.remote_id.len = 6;
        memcpy(c.remote_id.data, "branch", 6);
        other = c;
        text_copy(other.id, sizeof(other.id), "vpntun-1");
        other.psk[0] = 'z';
        other.remote_id.data[0] = 'x';
        ike_sync_begin(w->nodes[1].ike);
        assert_int_equal(ike_tunnel_set(w->nodes[1].ike, &other, w->now_us), 1);
        assert_int_equal(ike_tunnel_set(w->nodes[1].ike, &c, w->now_us), 1);
        (void)ike_sync_end(w->nodes[1].ike, w->now_us);
        world_collect(w, 1);
        other = v1_config(w, 0);
        other.aggressive = aggressive;
        other.local_id = c.remote_id;
        world_set(w, 0, &other);
        world_run_until_up(w, 5 * SECOND);
        world_free(w);
    }
}

/* The daemon alone: what its data plane has goes on, so the peer is not told of a new beginning. */
static void restart_ike(struct world *w, int node)
{
    struct ike_tunnel_config c = v1_config(w, node);
    struct ike **ike = &w->nodes[node].ike;

    ike_free(*ike);
    assert_int_equal(ike_new(NULL, ike), 0);
    ike_inventory_begin(*ike, NULL);
    for (size_t i = 0; i < WORLD_SAS; i++) {
        const struct plane_sa *p = &w->nodes[node].plane[i];
        struct ike_inventory_item item = {
            .direction = p->sa.direction, .spi = p->sa.spi, .pair = p->sa.pair};

        text_copy(item.tunnel, sizeof(item.tunnel), p->tunnel);
        if (p->there)
            ike_inventory_add(*ike, &item);
    }
    ike_inventory_end(*ike, NULL, w->now_us);
    world_set(w, node, &c);
}

/* Nobody who has the key gets more IKE SAs than there is room for. */
static void test_sas_are_bounded(void **state)
{
    struct world *w = new_up(290, false);
    size_t most = 0;

    (void)state;
    for (int i = 0; i < 60; i++) {
        restart_ike(w, 0);
        world_run(w, 60 * MS);
        most = MAX(most, count_ike_sas(w, 1));
    }
    assert_int_equal(most, IKE_SAS_MAX);
    world_run(w, 200 * SECOND);
    assert_true(world_is_up(w, 0) && world_is_up(w, 1));
    assert_true(world_flows(w, 0) && world_flows(w, 1));
    assert_in_range(count_ike_sas(w, 1), 1, 2);
    world_free(w);
}

/* A peer that asks for SAs of a second gets them of half a minute. */
static void test_short_lifetime(void **state)
{
    (void)state;
    assert_true(ikev1_peer_lifetime(1) == 30 && ikev1_peer_lifetime(0) == 0);
    assert_true(ikev1_peer_lifetime(UINT64_MAX) == UINT64_MAX);
}

static unsigned flood(struct world *w, bool aggressive)
{
    struct endpoint to = {.addr = w->nodes[1].address, .port = IKE_PORT};
    struct endpoint from = {.addr = w->nodes[0].address, .port = IKE_PORT};
    struct ike_stats stats;
    unsigned answers = 0;

    for (int i = 0; i < 2000; i++) {
        struct ike *caller;
        struct ike_tunnel_config c = v1_config(w, 0);
        struct ike_action a;

        c.aggressive = aggressive;
        assert_int_equal(ike_new(NULL, &caller), 0);
        ike_inventory_begin(caller, NULL);
        ike_inventory_end(caller, NULL, w->now_us);
        assert_int_equal(ike_tunnel_set(caller, &c, w->now_us), 1);
        while (ike_next_action(caller, &a)) {
            if (a.kind == IKE_ACTION_SEND)
                ike_input(w->nodes[1].ike, &to, &from, a.data, a.len, w->now_us);
        }
        ike_free(caller);
        if (i == 400)
            break;
    }
    ike_get_stats(w->nodes[1].ike, &stats);
    {
        struct ike_action a;

        while (ike_next_action(w->nodes[1].ike, &a))
            answers += a.kind == IKE_ACTION_SEND;
    }
    assert_true(stats.half_open_dropped > 0);
    return answers;
}

/* A flood costs no more key exchanges than a few, and no more memory than the bound. */
static void test_flood_is_bounded(void **state)
{
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct world *w = world_new((uint64_t)aggressive + 280);
        struct ike_tunnel_config c = v1_config(w, 1);

        c.aggressive = aggressive;
        world_set(w, 1, &c);
        assert_true(flood(w, aggressive) <= (aggressive ? 16U : 256U));
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_main_mode_comes_up),
        cmocka_unit_test(test_aggressive_mode_comes_up),
        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_any_one_lost),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_rekeys),
        cmocka_unit_test(test_rekey_by_command),
        cmocka_unit_test(test_both_begin),
        cmocka_unit_test(test_lifetimes),
        cmocka_unit_test(test_dead_peer),
        cmocka_unit_test(test_liveness_is_told),
        cmocka_unit_test(test_esp_is_life),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_terminate_tells_the_peer),
        cmocka_unit_test(test_wrong_psk),
        cmocka_unit_test(test_wrong_id),
        cmocka_unit_test(test_other_mode_and_version),
        cmocka_unit_test(test_no_common_proposal),
        cmocka_unit_test(test_pfs_group_in_turn),
        cmocka_unit_test(test_several_networks),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_change_is_make_before_break),
        cmocka_unit_test(test_change_of_version),
        cmocka_unit_test(test_dynamic_peer),
        cmocka_unit_test(test_sas_are_bounded),
        cmocka_unit_test(test_short_lifetime),
        cmocka_unit_test(test_flood_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
