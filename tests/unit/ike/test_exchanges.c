#include "world.h"
#include "raw_seal.h"

/* Key exchanges: where their values come from, which group they are of, what is left of them. */

static struct ike_sa *sa_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0")->peer.lead;
}

/* ---- all chance comes from the options ---- */

static uint64_t sum;

static bool add_up(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    sum = hash_bytes(data, len, sum + (uint64_t)from);
    return true;
}

static void set_pair(struct world *w, const struct ike_cipher *cipher, uint16_t group)
{
    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = world_config(w, i);

        c.initiate = i == 0;
        c.ike.n_ciphers = c.child.n_ciphers = c.ike.n_groups = c.child.n_groups = 1;
        c.ike.ciphers[0] = c.child.ciphers[0] = *cipher;
        c.ike.groups[0] = c.child.groups[0] = group;
        world_set(w, i, &c);
    }
}

/* What both ends of a life with rekeys of both kinds say. */
static uint64_t live(uint64_t seed, const struct ike_cipher *cipher, uint16_t group)
{
    struct world *w = world_new(seed);

    sum = 0;
    w->filter = add_up;
    set_pair(w, cipher, group);
    world_run_until_up(w, 2 * SECOND);
    world_run(w, 20 * SECOND);
    world_command(w, 0, IKE_COMMAND_REKEY_IKE);
    world_run(w, 20 * SECOND);
    world_command(w, 1, IKE_COMMAND_REKEY_CHILD);
    world_run(w, 20 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
    return sum;
}

static void test_the_same_seed_says_the_same(void **state)
{
    static const struct {
        struct ike_cipher cipher;
        uint16_t group;
    } cases[] = {
        {{CRYPTO_ENCR_AES_GCM_16, 128}, CRYPTO_DH_CURVE25519},
        {{CRYPTO_ENCR_AES_CBC, 256}, CRYPTO_DH_ECP_384},
        {{CRYPTO_ENCR_CHACHA20_POLY1305, 0}, CRYPTO_DH_ECP_521},
        {{CRYPTO_ENCR_AES_CBC, 128}, CRYPTO_DH_MODP_1024},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t once = live(1, &cases[i].cipher, cases[i].group);

        assert_true(live(1, &cases[i].cipher, cases[i].group) == once);
        assert_false(live(2, &cases[i].cipher, cases[i].group) == once);
    }
}

/* ---- another group, please ---- */

/* A's requests that make something do not arrive; they are answered below. */
static bool swallow_creations(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    if (from != 0 || data[18] != IKE_EXCHANGE_CREATE_CHILD_SA || data[19] & IKE_FLAG_RESPONSE)
        return true;
    w->filter_count++;
    return false;
}

/* As B would, to the request of A that is outstanding. */
static void respond_as_b(struct world *w, uint8_t first, const uint8_t *chain, size_t len)
{
    struct ike_sa *b = sa_of(w, 1);
    struct endpoint local = {w->nodes[0].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[1].address, IKE_PORT_NATT};
    struct raw_request q = {.exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                            .flags = IKE_FLAG_RESPONSE,
                            .id = sa_of(w, 0)->v2->request.id,
                            .first = first,
                            .chain = chain,
                            .len = len};
    uint8_t out[2048];
    size_t n = raw_seal(b, &q, out, sizeof(out));

    assert_true(n > 0);
    b->v2->recv_id = q.id + 1;
    ike_input(w->nodes[0].ike, &local, &remote, out, n, w->now_us);
    world_collect(w, 0);
}

/* It wants the other one of the two groups. */
static void want_other_group(struct world *w)
{
    uint8_t chain[10] = {0, 0, 0, 10, 0, 0, 0, IKE_NOTIFY_INVALID_KE_PAYLOAD};

    chain[9] = sa_of(w, 0)->v2->request.group == CRYPTO_DH_ECP_256 ? CRYPTO_DH_CURVE25519
                                                                   : CRYPTO_DH_ECP_256;
    respond_as_b(w, IKE_PAYLOAD_NOTIFY, chain, sizeof(chain));
}

/* One try a group, and a line that says why; then a pause before the next two. */
static void test_a_peer_that_refuses_each_group(void **state)
{
    (void)state;
    for (int ike = 0; ike < 2; ike++) {
        struct world *w = world_new_up(1);
        int seen = 0;

        w->filter = swallow_creations;
        world_command(w, 0, ike ? IKE_COMMAND_REKEY_IKE : IKE_COMMAND_REKEY_CHILD);
        for (uint64_t end = w->now_us + 60 * SECOND; w->now_us < end; world_run(w, 5 * MS)) {
            if (w->filter_count == seen)
                continue;
            seen = w->filter_count;
            want_other_group(w);
        }
        assert_in_range(seen, 3, 10);
        world_assert_error(w, 0, "ike.peer-refuses-each-group", "leave one group");
        assert_true(world_is_up(w, 0));
        w->filter = NULL; /* the peer was set right */
        world_run(w, 100 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* It makes what it is asked for, but for a value that is none. */
static void answer_with_zeros(struct world *w, bool ike)
{
    static const uint8_t zeros[32], nonce[32] = {1};
    struct ike_tunnel_config c = world_config(w, 1);
    uint8_t chain[1024], first;
    struct ike_message m;
    size_t len;

    c.ike.n_ciphers = c.child.n_ciphers = c.ike.n_groups = c.child.n_groups = 1;
    ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, IKE_FLAG_RESPONSE, 0, 0, 0);
    if (ike) {
        assert_int_equal(ike_propose_ike(&m, &c.ike, 0x77), 0);
    } else {
        assert_int_equal(ike_propose_child(&m, &c.child, false, true, 0x1000), 0);
        assert_int_equal(ike_ts_fill(&m.tsi, c.local_ts, 1), 0);
        assert_int_equal(ike_ts_fill(&m.tsr, c.local_ts, 1), 0);
        ike_message_mark(&m, IKE_PAYLOAD_TSI);
        ike_message_mark(&m, IKE_PAYLOAD_TSR);
    }
    m.ke = (struct ike_ke){.group = CRYPTO_DH_CURVE25519, .data = crypto_span(zeros, 32)};
    m.nonce = crypto_span(nonce, sizeof(nonce));
    ike_message_mark(&m, IKE_PAYLOAD_KE);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    assert_int_equal(ike_message_build_inner(&m, chain, sizeof(chain), &first, &len), 0);
    respond_as_b(w, first, chain, len);
}

static void test_an_answer_whose_value_is_none(void **state)
{
    (void)state;
    for (int ike = 0; ike < 2; ike++) {
        struct world *w = world_new_up(1);

        w->filter = swallow_creations;
        world_command(w, 0, ike ? IKE_COMMAND_REKEY_IKE : IKE_COMMAND_REKEY_CHILD);
        world_run(w, MS);
        answer_with_zeros(w, ike);
        world_assert_error(w, 0, "ike.dh-value", "choose another group at both ends");
        w->filter = NULL;
        world_run(w, 100 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* ---- what is left ---- */

static void assert_wiped(const void *data, size_t len)
{
    const uint8_t *at = data;

    for (size_t i = 0; i < len; i++)
        assert_int_equal(at[i], 0);
}

/* SK_pi and SK_pr are for IKE_AUTH alone; nor does an exchange stay that is over. */
static void test_nothing_stays_of_what_is_over(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2; i++) {
            const struct ikev2_sa *v2 = sa_of(w, i)->v2;

            assert_wiped(v2->keys.pi, sizeof(v2->keys.pi));
            assert_wiped(v2->keys.pr, sizeof(v2->keys.pr));
            assert_null(v2->dh);
            assert_null(v2->request.dh);
            assert_wiped(&v2->request.nonce, sizeof(v2->request.nonce));
        }
        world_command(w, 0, IKE_COMMAND_REKEY_IKE);
        world_run(w, 5 * SECOND);
    }
    assert_int_equal(world_status(w, 0).ike_rekeys, 2);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_seed_says_the_same),
        cmocka_unit_test(test_a_peer_that_refuses_each_group),
        cmocka_unit_test(test_an_answer_whose_value_is_none),
        cmocka_unit_test(test_nothing_stays_of_what_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
