#include "tunnel_internal.h"
#include "world.h"
#include "raw_seal.h"

/* A peer that does not answer: what else came tells why. And one that closes the tunnel. */

/* B has no tunnel at the address that is called, or it hears nothing. */
static struct world *call_into_silence(bool ikev1)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0);

    a.ikev1 = ikev1;
    world_set(w, 0, &a);
    world_run(w, 10 * MS); /* the first message comes to nobody */
    return w;
}

static bool drop_all_of_a(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    (void)data;
    (void)len;
    return from == 1;
}

/* B calls, under that address, and hears nothing. */
static void let_b_call(struct world *w, bool ikev1, struct addr seen_as)
{
    struct ike_tunnel_config b = world_config(w, 1);

    b.ikev1 = ikev1;
    w->filter = w->filter ? w->filter : drop_all_of_a;
    w->nodes[1].seen_as = seen_as;
    world_set(w, 1, &b);
}

static void test_nothing_comes(void **state)
{
    (void)state;
    for (int v1 = 0; v1 < 2; v1++) {
        struct world *w = call_into_silence(v1);

        world_run(w, 90 * SECOND);
        world_assert_error(w, 0, "ike.no-answer", "nothing else came from it");
        world_free(w);
    }
}

static void test_a_neighbour_calls(void **state)
{
    (void)state;
    for (int v1 = 0; v1 < 2; v1++) {
        struct world *w = call_into_silence(v1);

        let_b_call(w, v1, addr_v4(198, 51, 100, 9));
        world_run(w, 90 * SECOND);
        world_assert_error(w, 0, "ike.neighbour-calls",
                           "but 198.51.100.9:500, an address near it, calls 198.51.100.1: if that "
                           "is the peer, set remoteAddress to 198.51.100.9,");
        world_free(w);
    }
}

static void test_a_stranger_calls(void **state)
{
    (void)state;
    for (int v1 = 0; v1 < 2; v1++) {
        struct world *w = call_into_silence(v1);

        let_b_call(w, v1, addr_v4(203, 0, 113, 7));
        world_run(w, 90 * SECOND);
        world_assert_error(w, 0, "ike.stranger-calls",
                           "set remoteAddress to 203.0.113.7; else see");
        world_free(w);
    }
}

/* One who calls twice is a scanner; what was long ago tells nothing. */
static void test_what_tells_nothing(void **state)
{
    struct world *w = call_into_silence(false);
    struct endpoint far = {addr_v4(203, 0, 113, 7), IKE_PORT};
    struct endpoint near = {addr_v4(198, 51, 100, 9), IKE_PORT};
    struct ike_env *env = &w->nodes[0].ike->env;

    (void)state;
    for (int i = 0; i < 2; i++)
        ike_heard_note(env, IKE_HEARD_CALL, &far, &w->nodes[0].address, 0);
    ike_heard_note(env, IKE_HEARD_CALL, &near, &far.addr, 0);
    world_run(w, 60 * SECOND);
    world_assert_error(w, 0, "ike.no-answer", "nothing else came");
    ike_heard_note(env, IKE_HEARD_CALL, &near, &w->nodes[0].address, 0);
    world_run(w, 60 * SECOND);
    world_assert_error(w, 0, "ike.neighbour-calls", "");
    world_run(w, 600 * SECOND);
    world_assert_error(w, 0, "ike.no-answer", "nothing else came");
    world_free(w);
}

/* However many come, the memory of them is bounded, and the last ones are in it. */
static void test_many_strangers(void **state)
{
    struct world *w = call_into_silence(false);
    struct ike_env *env = &w->nodes[0].ike->env;
    size_t n = 0;

    (void)state;
    for (uint8_t i = 1; i < 200; i++) {
        struct endpoint from = {addr_v4(198, 51, 100, i), IKE_PORT};

        env->now_us++;
        ike_heard_note(env, IKE_HEARD_CALL, &from, &w->nodes[0].address, 0);
    }
    for (const struct ike_heard *h = NULL; (h = ike_heard_next(env, h)); n++)
        assert_in_range(h->from.addr.bytes[3], 200 - IKE_HEARD_MAX, 199);
    assert_int_equal(n, IKE_HEARD_MAX);
    world_free(w);
}

static void test_the_answer_comes_from_elsewhere(void **state)
{
    struct world *w = call_into_silence(false);
    struct ike_tunnel_config b = world_config(w, 1);

    (void)state;
    b.initiate = false;
    w->nodes[1].seen_as = addr_v4(203, 0, 113, 7);
    world_set(w, 1, &b);
    world_run(w, 60 * SECOND);
    world_assert_error(w, 0, "ike.answered-from-elsewhere",
                       "our call to 198.51.100.2:500 was answered from 203.0.113.7:500");
    world_free(w);
}

/* What B sends goes to another address of A's. */
static bool to_other_address(struct world *w, int from, const uint8_t *data, size_t len)
{
    struct endpoint other = {addr_v4(198, 51, 100, 77), IKE_PORT};
    struct endpoint b = {w->nodes[1].address, IKE_PORT};

    if (from == 1)
        ike_input(w->nodes[0].ike, &other, &b, data, len, w->now_us);
    return false;
}

static void test_the_peer_calls_another_address(void **state)
{
    struct world *w = call_into_silence(false);

    (void)state;
    w->filter = to_other_address;
    let_b_call(w, false, (struct addr){0});
    world_run(w, 60 * SECOND);
    world_assert_error(w, 0, "ike.peer-calls-elsewhere",
                       "but it calls 198.51.100.77, where no tunnel is with it, and not "
                       "198.51.100.1");
    world_free(w);
}

/* The peer goes on with an IKE SA of before, and takes no call. */
static void test_the_peer_is_there_and_silent(void **state)
{
    struct endpoint a, b;

    (void)state;
    for (int v1 = 0; v1 < 2; v1++) {
        struct world *w = call_into_silence(v1);
        uint8_t m[28 + 16] = {[0] = 1,
                              [8] = 2,
                              [16] = v1 ? 8 : IKE_PAYLOAD_SK,
                              [17] = v1 ? 0x10 : 0x20,
                              [18] = v1 ? 5 : IKE_EXCHANGE_INFORMATIONAL,
                              [19] = v1 ? 1 : IKE_FLAG_INITIATOR,
                              [23] = 7,
                              [27] = sizeof(m),
                              [31] = 16};

        a = (struct endpoint){w->nodes[0].address, IKE_PORT_NATT};
        b = (struct endpoint){w->nodes[1].address, IKE_PORT_NATT};
        ike_input(w->nodes[0].ike, &a, &b, m, sizeof(m), w->now_us);
        world_run(w, 90 * SECOND);
        world_assert_error(w, 0, "ike.silent-but-there", "it is there and takes no call");
        world_free(w);
    }
}

/* ---- IKE_AUTH gets no answer ---- */

static void test_udp_4500_is_blocked(void **state)
{
    struct endpoint near = {addr_v4(198, 51, 100, 9), IKE_PORT};
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    b.initiate = false;
    w->closed_port = IKE_PORT_NATT;
    world_set(w, 0, &a);
    world_set(w, 1, &b);
    /* Whoever else calls meanwhile, this peer is not silent. */
    ike_heard_note(&w->nodes[0].ike->env, IKE_HEARD_CALL, &near, &w->nodes[0].address, 0);
    world_run(w, 40 * SECOND);
    world_assert_error(w, 0, "ike.no-answer-to-auth", "is UDP 4500 open on the way?");
    world_run(w, 60 * SECOND);
    world_assert_error(w, 0, "ike.port-4500-blocked",
                       "UDP 4500 is blocked: 198.51.100.2 answers on UDP 500");
    world_run(w, 300 * SECOND); /* what is known exactly stays */
    world_assert_error(w, 0, "ike.port-4500-blocked", "turn on NAT traversal");
    w->closed_port = 0;
    world_run(w, 120 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

static bool drop_auth_of_b(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    (void)len;
    return from == 0 || data[18] != IKE_EXCHANGE_AUTH;
}

static void test_ike_auth_is_ignored(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    b.initiate = false;
    w->filter = drop_auth_of_b;
    world_set(w, 0, &a);
    world_set(w, 1, &b);
    world_run(w, 120 * SECOND);
    world_assert_error(w, 0, "ike.auth-ignored", "remote ID at the peer with 198.51.100.1");
    w->filter = NULL;
    world_run(w, 120 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* ---- the peer closes ---- */

static void test_the_peer_closes(void **state)
{
    static const struct {
        uint64_t after_us;
        const char *code, *part;
    } cases[] = {
        {2 * SECOND, "ike.peer-closed-at-once",
         "s after it was made, and gave no reason: it holds"},
        {60 * SECOND, "ike.peer-closed", "somebody or a restart there ended it"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(1);

        world_set_both(w);
        world_run_until_up(w, SECOND);
        world_run(w, cases[i].after_us);
        world_command(w, 1, IKE_COMMAND_TERMINATE);
        world_run(w, 20 * MS);
        world_assert_error(w, 0, cases[i].code, cases[i].part);
        world_free(w);
    }
}

/* A DELETE with an error beside it. */
static void test_the_peer_closes_and_says_why(void **state)
{
    static const uint8_t chain[] = {IKE_PAYLOAD_DELETE,
                                    0,
                                    0,
                                    8,
                                    0,
                                    0,
                                    0x1f,
                                    0xf4, /* 8180 */
                                    0,
                                    0,
                                    0,
                                    8,
                                    IKE_PROTOCOL_IKE,
                                    0,
                                    0,
                                    0};
    struct world *w = world_new_up(1);
    struct ike_sa *b = ike_tunnel_find(w->nodes[1].ike, "vpntun-0")->peer.lead;
    struct ike_sa *a = ike_tunnel_find(w->nodes[0].ike, "vpntun-0")->peer.lead;
    struct endpoint local = {w->nodes[0].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[1].address, IKE_PORT_NATT};
    struct raw_request q = {.exchange = IKE_EXCHANGE_INFORMATIONAL,
                            .id = a->v2->recv_id,
                            .first = IKE_PAYLOAD_NOTIFY,
                            .chain = chain,
                            .len = sizeof(chain)};
    uint8_t out[200];
    size_t n = raw_seal(b, &q, out, sizeof(out));

    (void)state;
    ike_input(w->nodes[0].ike, &local, &remote, out, n, w->now_us);
    world_collect(w, 0);
    world_assert_error(w, 0, "ike.peer-closed-saying", "saying unknown error 8180");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_comes),
        cmocka_unit_test(test_a_neighbour_calls),
        cmocka_unit_test(test_a_stranger_calls),
        cmocka_unit_test(test_what_tells_nothing),
        cmocka_unit_test(test_many_strangers),
        cmocka_unit_test(test_the_answer_comes_from_elsewhere),
        cmocka_unit_test(test_the_peer_calls_another_address),
        cmocka_unit_test(test_the_peer_is_there_and_silent),
        cmocka_unit_test(test_udp_4500_is_blocked),
        cmocka_unit_test(test_ike_auth_is_ignored),
        cmocka_unit_test(test_the_peer_closes),
        cmocka_unit_test(test_the_peer_closes_and_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
