#include "world.h"
#include "raw_seal.h"

#include "../toy_kem.h"

/* Key exchanges between IKE_SA_INIT and IKE_AUTH (RFC 9242, RFC 9370): negotiation, loss,
 * fragments, peers that know less, and somebody on the way. */

static struct ike_sa *sa_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0")->peer.lead;
}

/* Methods of the first round; the end is -1. */
#define LIST_MAX 4
#define END      UINT16_MAX

static void set_list(struct ike_offer *offer, const uint16_t methods[LIST_MAX])
{
    offer->n_additional = 0;
    for (size_t i = 0; i < LIST_MAX && methods[i] != END; i++)
        offer->additional[offer->n_additional++] = (struct ike_additional){0, methods[i]};
}

/* A calls B. */
static void begin(struct world *w, const uint16_t a[LIST_MAX], const uint16_t b[LIST_MAX])
{
    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = world_config(w, i);

        c.initiate = i == 0;
        set_list(&c.ike, i == 0 ? a : b);
        world_set(w, i, &c);
    }
}

/* Each calls the other. */
static void begin_both(struct world *w, const uint16_t list[LIST_MAX])
{
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        set_list(&c.ike, list);
        world_set(w, i, &c);
    }
}

static bool count_intermediates(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    w->filter_count += from == 0 && data[18] == IKE_EXCHANGE_INTERMEDIATE;
    return true;
}

/* ---- what two ends agree on ---- */

static void test_negotiation(void **state)
{
    static const struct {
        uint16_t a[LIST_MAX], b[LIST_MAX];
        const char *algs;
        int exchanges; /* one packet each, or more in fragments */
    } cases[] = {
        {{CRYPTO_DH_ECP_384, END}, {CRYPTO_DH_ECP_384, END}, "curve25519+ecp384", 1},
        {{CRYPTO_DH_MODP_2048, 0, END}, {CRYPTO_DH_MODP_2048, END}, "curve25519+modp2048", 1},
        {{CRYPTO_DH_MODP_2048, 0, END}, {0, CRYPTO_DH_MODP_2048, END}, "curve25519", 0},
        {{0, CRYPTO_DH_MODP_2048, END}, {CRYPTO_DH_MODP_2048, 0, END}, "curve25519+modp2048", 1},
        /* The responder's order counts, and neither end takes the first group's method again. */
        {{CRYPTO_DH_MODP_2048, CRYPTO_DH_ECP_384, END},
         {CRYPTO_DH_CURVE25519, CRYPTO_DH_ECP_384, CRYPTO_DH_MODP_2048, END},
         "curve25519+ecp384",
         1},
        {{CRYPTO_DH_ML_KEM_768, END}, {CRYPTO_DH_ML_KEM_768, END}, "curve25519+mlkem768", 2},
        {{CRYPTO_DH_ML_KEM_512, END}, {CRYPTO_DH_ML_KEM_512, END}, "curve25519+mlkem512", 1},
        {{CRYPTO_DH_ML_KEM_1024, CRYPTO_DH_ML_KEM_768, 0, END},
         {CRYPTO_DH_ML_KEM_1024, END},
         "curve25519+mlkem1024",
         2},
        /* One end knows of none: the other one may go without. */
        {{CRYPTO_DH_ECP_384, 0, END}, {END}, "curve25519", 0},
        {{END}, {CRYPTO_DH_ECP_384, 0, END}, "curve25519", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);

        w->filter = count_intermediates;
        begin(w, cases[i].a, cases[i].b);
        world_run_until_up(w, SECOND);
        for (int n = 0; n < 2; n++) {
            const char *algs = strstr(world_status(w, n).ike_algs, "curve");

            assert_non_null(algs);
            assert_string_equal(algs, cases[i].algs);
            assert_true(world_flows(w, n));
            assert_null(sa_of(w, n)->v2->intermediate);
        }
        assert_int_equal(w->filter_count, cases[i].exchanges);
        for (int n = 0; n < 2; n++) {
            uint64_t spi = sa_of(w, n)->spi_i;

            world_command(w, n, IKE_COMMAND_REKEY_IKE);
            world_run(w, 5 * SECOND);
            assert_true(sa_of(w, n)->spi_i != spi);
            if (n == 0) /* the responder's order counts, and then it is the other one's */
                assert_string_equal(strstr(world_status(w, n).ike_algs, "curve"), cases[i].algs);
            assert_null(sa_of(w, n)->v2->followup);
            world_command(w, n, IKE_COMMAND_REKEY_CHILD);
            world_run(w, 5 * SECOND);
            world_assert_one_pair(w);
            assert_string_equal(world_error(w, n), "");
        }
        world_free(w);
    }
}

/* Seven rounds in a row, each by another method. */
static void test_seven_rounds(void **state)
{
    static const uint16_t methods[] = {20, 21, 14, 35, 36, 37, 15};
    struct world *w = world_new(1);

    (void)state;
    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = world_config(w, i);

        c.initiate = i == 0;
        for (uint8_t r = 0; r < ARRAY_SIZE(methods); r++)
            c.ike.additional[c.ike.n_additional++] = (struct ike_additional){r, methods[r]};
        world_set(w, i, &c);
    }
    world_run_until_up(w, 2 * SECOND);
    assert_int_equal(ike_count_additional(&sa_of(w, 1)->algs), 7);
    for (int n = 0; n < 2; n++) {
        uint64_t spi = sa_of(w, n)->spi_i;

        world_command(w, n, IKE_COMMAND_REKEY_IKE);
        world_run(w, 5 * SECOND);
        assert_true(sa_of(w, n)->spi_i != spi);
        assert_int_equal(ike_count_additional(&sa_of(w, n)->algs), 7);
        world_assert_one_pair(w);
    }
    world_free(w);
}

static void test_what_does_not_fit(void **state)
{
    static const struct {
        uint16_t a[LIST_MAX], b[LIST_MAX];
        const char *part;
    } cases[] = {
        {{CRYPTO_DH_ECP_384, END},
         {CRYPTO_DH_MODP_2048, END},
         "peer offered ecp384; this tunnel accepts modp2048; set ike.additionalKeyExchanges"},
        {{END},
         {CRYPTO_DH_ML_KEM_768, END},
         "peer offered none; this tunnel accepts mlkem768; set ike.additionalKeyExchanges"},
        {{CRYPTO_DH_ML_KEM_768, END},
         {END},
         "peer offered mlkem768; this tunnel accepts none; set ike.additionalKeyExchanges"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);

        begin(w, cases[i].a, cases[i].b);
        world_run(w, 3 * SECOND);
        assert_false(world_is_up(w, 0) || world_is_up(w, 1));
        world_assert_error(w, 1, "ike.no-common-additional", cases[i].part);
        world_assert_error(w, 0, "ike.peer-refused-ike-proposals", "");
        world_free(w);
    }
}

/* ---- the network ---- */

static void test_loss_and_fragments(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ML_KEM_1024, END};

    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct world *w = world_new(seed);

        w->loss_percent = (unsigned)seed % 4 * 10;
        w->dup_percent = (unsigned)seed % 3 * 20;
        w->jitter_us = seed % 2 * 30 * MS;
        begin(w, list, list);
        world_run_until_up(w, 60 * SECOND);
        w->loss_percent = 0;
        world_run(w, 30 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* The first answer of each exchange is lost, which may be in two fragments: the request comes again
 * under keys that the responder has gone on from. */
static bool lose_first_answers(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    if (from != 1 || data[18] != IKE_EXCHANGE_INTERMEDIATE)
        return true;
    return w->filter_count++ >= w->filter_arg;
}

static void test_lost_answers(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ECP_384, END};
    static const uint16_t long_list[LIST_MAX] = {CRYPTO_DH_ML_KEM_1024, END};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct world *w = world_new(1);

        w->filter = lose_first_answers;
        w->filter_arg = i ? 2 : 1;
        begin(w, i ? long_list : list, i ? long_list : list);
        world_run_until_up(w, 5 * SECOND);
        assert_true(w->nodes[1].ike->ikev2.stats.repeated > 0);
        assert_true(w->filter_count > w->filter_arg);
        world_free(w);
    }
}

/* Both call at once: one IKE SA stays, and both ends carry on. */
static void test_both_at_once(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ML_KEM_768, 0, END};

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world *w = world_new(seed);

        w->jitter_us = 20 * MS;
        begin_both(w, list);
        world_run_until_up(w, 5 * SECOND);
        world_run(w, 30 * SECOND);
        world_assert_one_pair(w);
        assert_int_equal(sa_of(w, 0)->algs.additional[0], CRYPTO_DH_ML_KEM_768);
        world_free(w);
    }
}

/* ---- rekeys (IKE_FOLLOWUP_KE) ---- */

/* Over a bad network, by one end and by both at once: what carries the traffic goes on, and in the
 * end there is one IKE SA, agreed on in the same way. */
static void test_rekeys(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ML_KEM_1024, END};

    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct world *w = world_new(seed);
        unsigned rekeys;

        begin(w, list, list);
        world_run_until_up(w, 5 * SECOND);
        world_run(w, 5 * SECOND);
        rekeys = world_status(w, 0).ike_rekeys;
        w->jitter_us = seed % 2 * 30 * MS;
        w->loss_percent = (unsigned)seed % 4 * 10;
        w->dup_percent = (unsigned)seed % 3 * 20;
        if (seed % 3 != 1)
            world_command(w, 0, IKE_COMMAND_REKEY_IKE);
        if (seed % 3 != 2)
            world_command(w, 1, IKE_COMMAND_REKEY_IKE);
        world_run(w, 20 * SECOND);
        w->loss_percent = 0;
        world_run(w, 60 * SECOND);
        assert_true(world_status(w, 0).ike_rekeys > rekeys);
        assert_int_equal(sa_of(w, 0)->algs.additional[0], CRYPTO_DH_ML_KEM_1024);
        assert_true(sa_of(w, 0)->spi_i == sa_of(w, 1)->spi_i);
        assert_memory_equal(sa_of(w, 0)->v2->keys.d, sa_of(w, 1)->v2->keys.d, 32);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* A responder that forgot says so, and the rekey is done anew; the tunnel stays up. */
static bool forget_once(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    if (from == 0 && data[18] == IKE_EXCHANGE_FOLLOWUP_KE && !w->filter_count++)
        ikev2_followup_end(sa_of(w, 1));
    return true;
}

static void test_forgotten_state(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ECP_384, END};
    struct world *w = world_new(1);
    uint64_t spi;

    (void)state;
    begin(w, list, list);
    world_run_until_up(w, SECOND);
    world_run(w, 5 * SECOND);
    spi = sa_of(w, 0)->spi_i;
    w->filter = forget_once;
    world_command(w, 0, IKE_COMMAND_REKEY_IKE);
    world_run(w, SECOND);
    assert_true(sa_of(w, 0)->spi_i == spi);
    assert_non_null(strstr(w->nodes[0].said, "STATE_NOT_FOUND"));
    world_run(w, 30 * SECOND);
    assert_true(sa_of(w, 0)->spi_i != spi);
    world_assert_one_pair(w);
    world_free(w);
}

/* An exchange that follows nothing is answered, and the IKE SA goes on; whatever its value is. */
static void test_followup_of_nothing(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ECP_384, END};
    struct world *w = world_new(1);
    struct endpoint local = {w->nodes[1].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[0].address, IKE_PORT_NATT};
    uint8_t chain[8 + 96] = {0, 0, 0, 8 + 96, 0, CRYPTO_DH_ECP_384}, out[512];

    (void)state;
    begin(w, list, list);
    world_run_until_up(w, SECOND);
    world_run(w, 5 * SECOND);
    for (int i = 0; i < 3; i++) {
        struct ike_sa *a = sa_of(w, 0), *b = sa_of(w, 1);
        struct raw_request q = {.exchange = IKE_EXCHANGE_FOLLOWUP_KE,
                                .id = a->v2->send_id++,
                                .first = IKE_PAYLOAD_KE,
                                .chain = chain,
                                .len = sizeof(chain)};
        size_t n = raw_seal(a, &q, out, sizeof(out));

        ike_input(w->nodes[1].ike, &local, &remote, out, n, w->now_us);
        world_collect(w, 1);
        assert_int_equal(b->v2->recv_id, q.id + 1);
        assert_int_equal(b->state, IKE_SA_ESTABLISHED);
    }
    world_command(w, 0, IKE_COMMAND_REKEY_IKE);
    world_run(w, 30 * SECOND);
    world_assert_one_pair(w);
    assert_int_equal(sa_of(w, 1)->algs.additional[0], CRYPTO_DH_ECP_384);
    world_free(w);
}

/* ---- somebody on the way ---- */

/* w->filter_arg: whose message is changed; w->filter_count: which byte behind the header. */
static bool change_init(struct world *w, int from, const uint8_t *data, size_t len)
{
    struct endpoint local = {w->nodes[!from].address, IKE_PORT};
    struct endpoint remote = {w->nodes[from].address, IKE_PORT};
    size_t at = 28 + (size_t)w->filter_count;
    uint8_t changed[4096];

    if (from != w->filter_arg || data[18] != IKE_EXCHANGE_SA_INIT || at >= len)
        return true;
    memcpy(changed, data, len);
    changed[at] ^= 0x41;
    ike_input(w->nodes[!from].ike, &local, &remote, changed, len, w->now_us);
    world_collect(w, !from);
    return true;
}

/* A changed IKE_SA_INIT before the true one neither stops it nor leads to less than was agreed. */
static void test_tampering(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ECP_384, 0, END};

    (void)state;
    for (int side = 0; side < 2; side++) {
        for (int byte = 0; byte < 500; byte += 3) {
            struct world *w = world_new((uint64_t)byte);

            w->filter = change_init;
            w->filter_arg = side;
            w->filter_count = byte;
            begin_both(w, list);
            world_run_until_up(w, 3 * SECOND);
            for (int n = 0; n < 2; n++)
                assert_int_equal(sa_of(w, n)->algs.additional[0], CRYPTO_DH_ECP_384);
            world_free(w);
        }
    }
}

/* Whoever makes both ends believe that the other one knows no additional exchange: the proofs cover
 * what was really said. */
static bool leave_out(struct world *w, int from, const uint8_t *data, size_t len)
{
    uint8_t *at = (uint8_t *)(uintptr_t)data;

    (void)w, (void)from;
    for (size_t i = 28; data[18] == IKE_EXCHANGE_SA_INIT && i + 2 <= len; i++) {
        if (at[i] == 0x40 && at[i + 1] == 0x36) /* INTERMEDIATE_EXCHANGE_SUPPORTED */
            at[i + 1] = 0x99;
    }
    return true;
}

static void test_no_downgrade(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ECP_384, 0, END};
    struct world *w = world_new(1);

    (void)state;
    w->filter = leave_out;
    begin(w, list, list);
    world_run(w, 10 * SECOND);
    assert_false(world_is_up(w, 0) || world_is_up(w, 1));
    w->filter = NULL;
    world_run_until_up(w, 300 * SECOND);
    assert_int_equal(sa_of(w, 0)->algs.additional[0], CRYPTO_DH_ECP_384);
    world_free(w);
}

/* ---- a peer with the keys, and ill will ---- */

static struct ike_sa *half_open(struct world *w, int node)
{
    struct ikev2 *ikev2 = &w->nodes[node].ike->ikev2;

    assert_false(list_empty(&ikev2->half_open));
    return &container_of(ikev2->half_open.next, struct ikev2_sa, half_link)->sa;
}

static struct ike_sa *answer_of(struct world *w)
{
    list_for_each (sa, &ike_tunnel_find(w->nodes[0].ike, "vpntun-0")->peer.sas, struct ike_sa,
                   peer_link) {
        if (sa->state == IKE_SA_AUTHENTICATING)
            return sa;
    }
    fail_msg("nothing was answered");
    return NULL;
}

static bool hold_intermediates(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w, (void)len;
    return from != 0 || data[18] != IKE_EXCHANGE_INTERMEDIATE;
}

/* A's part, from its own keys, with another content. */
static void send_as_a(struct world *w, uint8_t exchange, uint32_t id, const uint8_t *chain,
                      size_t len)
{
    struct endpoint local = {w->nodes[1].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[0].address, IKE_PORT_NATT};
    struct raw_request q = {.exchange = exchange, .id = id, .chain = chain, .len = len};
    uint8_t out[2048];
    size_t n;

    q.first = len ? IKE_PAYLOAD_KE : 0;
    n = raw_seal(answer_of(w), &q, out, sizeof(out));
    assert_true(n > 0);
    ike_input(w->nodes[1].ike, &local, &remote, out, n, w->now_us);
    world_collect(w, 1);
}

static void test_bad_values(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ECP_384, END};
    static const struct {
        uint16_t method;
        uint16_t len;
    } cases[] = {{CRYPTO_DH_ECP_384, 96},
                 {CRYPTO_DH_ECP_384, 1},
                 {CRYPTO_DH_ECP_256, 64},
                 {CRYPTO_DH_ML_KEM_768, 1184}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);
        uint8_t chain[1300] = {0};
        size_t len = 8U + cases[i].len;
        uint64_t sent;

        w->filter = hold_intermediates;
        begin(w, list, list);
        world_run(w, 100 * MS);
        wire_store_be16(chain + 2, (uint16_t)len);
        wire_store_be16(chain + 4, cases[i].method);
        sent = w->sent;
        send_as_a(w, IKE_EXCHANGE_INTERMEDIATE, 1, chain, len);
        assert_true(half_open(w, 1)->v2->auth_failed);
        assert_int_equal(w->sent, sent + 1); /* it is told */
        world_assert_error(w, 1, "ike.dh-value", "is not valid");
        world_run(w, 100 * MS);
        world_assert_error(w, 0, "ike.peer-refused-exchange", "that it had agreed to");
        world_free(w);
    }
}

/* Neither IKE_AUTH in the place of the exchange, nor an empty message, nor the exchange again under
 * old keys with another number moves anything. */
static void test_out_of_turn(void **state)
{
    static const uint16_t list[LIST_MAX] = {CRYPTO_DH_ECP_384, END};
    struct world *w = world_new(1);
    uint8_t chain[8 + 96] = {0, 0, 0, 8 + 96, 0, CRYPTO_DH_ECP_384};

    (void)state;
    w->filter = hold_intermediates;
    begin(w, list, list);
    world_run(w, 100 * MS);
    send_as_a(w, IKE_EXCHANGE_INTERMEDIATE, 2, chain, sizeof(chain));
    send_as_a(w, IKE_EXCHANGE_INTERMEDIATE, 0, chain, sizeof(chain));
    assert_int_equal(half_open(w, 1)->v2->recv_id, 1);
    assert_false(half_open(w, 1)->v2->auth_failed);
    w->filter = NULL;
    world_run_until_up(w, 5 * SECOND);
    world_free(w);
}

/* In a tunnel that agreed on none it is no exchange of the protocol: nothing comes of it. */
static void test_not_agreed(void **state)
{
    static const uint16_t none[LIST_MAX] = {END};
    struct world *w = world_new(1);
    uint8_t chain[8 + 96] = {0, 0, 0, 8 + 96, 0, CRYPTO_DH_ECP_384};

    (void)state;
    w->filter = NULL;
    w->delay_us = 50 * MS;
    begin(w, none, none);
    world_run(w, 120 * MS);
    send_as_a(w, IKE_EXCHANGE_INTERMEDIATE, 1, chain, sizeof(chain));
    world_run_until_up(w, 2 * SECOND);
    world_free(w);
}

/* A list that cannot be is no configuration. */
static void test_what_cannot_work(void **state)
{
    static const struct ike_additional bad[] = {{7, CRYPTO_DH_ECP_384}, {0, 4711}, {255, 0}};
    struct world *w = world_new(1);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct ike_tunnel_config c = world_config(w, 0);

        c.ike.n_additional = 1;
        c.ike.additional[0] = bad[i];
        assert_int_equal(ike_tunnel_set(w->nodes[0].ike, &c, w->now_us), -EINVAL);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negotiation),
        cmocka_unit_test(test_seven_rounds),
        cmocka_unit_test(test_what_does_not_fit),
        cmocka_unit_test(test_loss_and_fragments),
        cmocka_unit_test(test_lost_answers),
        cmocka_unit_test(test_both_at_once),
        cmocka_unit_test(test_rekeys),
        cmocka_unit_test(test_forgotten_state),
        cmocka_unit_test(test_followup_of_nothing),
        cmocka_unit_test(test_tampering),
        cmocka_unit_test(test_no_downgrade),
        cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_out_of_turn),
        cmocka_unit_test(test_not_agreed),
        cmocka_unit_test(test_what_cannot_work),
    };

    toy_kem_load();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
