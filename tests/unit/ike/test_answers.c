#include "world.h"
#include "raw_seal.h"

/* What a hand-made peer answers to our requests: what is not what we asked for, and errors beside
 * what we asked for. */

static struct ike_sa *sa_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0")->peer.lead;
}

static bool drop_answers(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    (void)len;
    return from == 0 || data[18] != w->filter_arg;
}

/* B's answer to the request of sa, an IKE SA of A's. */
static void answer_as_b(struct world *w, const struct ike_sa *b, const struct ike_message *m,
                        uint32_t id)
{
    struct endpoint local = {w->nodes[0].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[1].address, IKE_PORT_NATT};
    struct raw_request q = {.exchange = m->hdr.exchange, .flags = IKE_FLAG_RESPONSE, .id = id};
    uint8_t chain[1024], out[1200];
    size_t n;

    assert_int_equal(ike_message_build_inner(m, chain, sizeof(chain), &q.first, &q.len), 0);
    q.chain = chain;
    n = raw_seal(b, &q, out, sizeof(out));
    assert_true(n > 0);
    ike_input(w->nodes[0].ike, &local, &remote, out, n, w->now_us);
    world_collect(w, 0);
}

/* A whole answer to CREATE_CHILD_SA, with these ranges on both sides. */
static void write_child(struct ike_message *m, const char *prefix)
{
    static const uint8_t nonce[32] = {7};
    struct ike_choice choice = {.number = 1,
                                .algs = {.encr = crypto_encr_find(CRYPTO_ENCR_AES_GCM_16, 128)}};
    struct prefix p;

    choice.named_esn = true;
    assert_int_equal(prefix_parse(prefix, &p), 0);
    ike_message_init(m, IKE_EXCHANGE_CREATE_CHILD_SA, IKE_FLAG_RESPONSE, 0, 0, 0);
    assert_int_equal(ike_answer_proposal(m, &choice, IKE_PROTOCOL_ESP, 0x77777777), 0);
    m->nonce = crypto_span(nonce, sizeof(nonce));
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    assert_int_equal(ike_ts_fill(&m->tsi, &p, 1), 0);
    assert_int_equal(ike_ts_fill(&m->tsr, &p, 1), 0);
    ike_message_mark(m, IKE_PAYLOAD_TSI);
    ike_message_mark(m, IKE_PAYLOAD_TSR);
}

static struct ike_tunnel_config narrow(const struct world *w, int node)
{
    struct ike_tunnel_config c = world_config(w, node);

    c.child.n_groups = 0;
    assert_int_equal(prefix_parse("10.0.0.0/8", &c.local_ts[0]), 0);
    c.remote_ts[0] = c.local_ts[0];
    return c;
}

static void test_answers_to_a_child(void **state)
{
    static const struct {
        const char *prefix;
        uint16_t notify;
        bool taken;
        const char *code, *part;
    } cases[] = {
        {"10.0.0.0/8", 0, true, "", ""},
        {"10.1.0.0/16", 0, true, "", ""},
        {"0.0.0.0/0", 0, false, "ike.selectors-not-ours",
         "not ours, or wider: peer named 0.0.0.0/0"},
        {"11.0.0.0/8", 0, false, "ike.selectors-not-ours", "set the peer's networks to these"},
        {"10.0.0.0/8", 8191, false, "ike.peer-refused-child", "unknown error 8191"},
        {"10.0.0.0/8", IKE_NOTIFY_NO_PROPOSAL_CHOSEN, false, "ike.peer-refused-ipsec-rekey",
         "none of our IPsec proposals for a rekey; this tunnel offers encryption aes128gcm16"},
        {"10.0.0.0/8", IKE_NOTIFY_TS_UNACCEPTABLE, false, "ike.peer-refused-named-selectors",
         "give both ends the same networks"},
        {"10.0.0.0/8", 40000, true, "", ""},
    };
    static struct ike_message m;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);
        struct ike_tunnel_config a = narrow(w, 0), b = narrow(w, 1);

        b.initiate = false;
        world_set(w, 1, &b);
        world_set(w, 0, &a);
        world_run_until_up(w, SECOND);
        world_run(w, SECOND);
        w->filter = drop_answers;
        w->filter_arg = IKE_EXCHANGE_CREATE_CHILD_SA;
        world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
        world_run(w, 20 * MS);
        assert_int_equal(sa_of(w, 0)->v2->request.task, IKEV2_TASK_REKEY_CHILD);
        write_child(&m, cases[i].prefix);
        if (cases[i].notify)
            assert_non_null(ike_message_add_notify(&m, cases[i].notify, NULL, 0));
        answer_as_b(w, sa_of(w, 1), &m, sa_of(w, 0)->v2->request.id);
        if ((ike_pair_find_out(&sa_of(w, 0)->pairs, 0x77777777) != NULL) != cases[i].taken)
            fail_msg("row %zu", i);
        if (!cases[i].taken)
            world_assert_error(w, 0, cases[i].code, cases[i].part);
        world_free(w);
    }
}

/* IKE_AUTH refused by an error without IDr and AUTH, as some peers do. */
static void test_answers_to_auth(void **state)
{
    static const struct {
        uint16_t notify;
        const char *code, *part;
    } cases[] = {
        {IKE_NOTIFY_NO_PROPOSAL_CHOSEN, "ike.peer-refused-ipsec-proposals",
         "set ipsec.encryption and ipsec.integrity to what the peer has"},
        {IKE_NOTIFY_TS_UNACCEPTABLE, "ike.peer-refused-selectors",
         "on the peer's; set the peer's networks"},
        {8191, "ike.peer-refused-auth", "the peer refused IKE_AUTH: unknown error 8191"},
    };
    static struct ike_message m;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);
        struct ike_sa *sa;

        b.initiate = false;
        w->filter = drop_answers;
        w->filter_arg = IKE_EXCHANGE_AUTH;
        world_set(w, 1, &b);
        world_set(w, 0, &a);
        world_run(w, 50 * MS);
        sa = sa_of(w, 1);
        assert_non_null(sa);
        ike_message_init(&m, IKE_EXCHANGE_AUTH, IKE_FLAG_RESPONSE, 0, 0, 0);
        assert_non_null(ike_message_add_notify(&m, cases[i].notify, NULL, 0));
        answer_as_b(w, sa, &m, 1);
        world_assert_error(w, 0, cases[i].code, cases[i].part);
        world_free(w);
    }
}

/* An answer that is no answer: told with the payload it lacks. */
static void test_an_answer_without_a_nonce(void **state)
{
    static struct ike_message m;
    struct world *w = world_new_up(1);

    (void)state;
    w->filter = drop_answers;
    w->filter_arg = IKE_EXCHANGE_CREATE_CHILD_SA;
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    world_run(w, 20 * MS);
    write_child(&m, "10.0.0.0/8");
    m.present &= ~IKE_BIT(IKE_PAYLOAD_NONCE);
    answer_as_b(w, sa_of(w, 1), &m, sa_of(w, 0)->v2->request.id);
    world_assert_error(w, 0, "ike.answer-malformed",
                       "answer of CREATE_CHILD_SA is not usable: its payload Nonce is missing");
    world_free(w);
}

/* Anybody may say that the peer does not know an IKE SA, also one that it may have forgotten: it is
 * asked, and its answer counts. */
static void test_a_word_against_an_ike_sa(void **state)
{
    static struct ike_message m;

    (void)state;
    for (int lives = 0; lives < 2; lives++) {
        struct world *w = world_new_up(1);
        struct ike_sa *sa = sa_of(w, 0);
        struct endpoint local = {w->nodes[0].address, IKE_PORT_NATT};
        struct endpoint remote = {w->nodes[1].address, IKE_PORT_NATT};
        uint64_t spi = sa->spi_i;
        uint8_t out[64];
        size_t n;

        sa->v2->forgotten = true;
        w->nodes[1].deaf = !lives;
        ike_message_init(&m, IKE_EXCHANGE_INFORMATIONAL,
                         IKE_FLAG_RESPONSE | (sa->initiator ? 0 : IKE_FLAG_INITIATOR), sa->spi_i,
                         sa->spi_r, 7);
        assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_INVALID_IKE_SPI, NULL, 0));
        assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), 0);
        ike_input(w->nodes[0].ike, &local, &remote, out, n, w->now_us);
        world_collect(w, 0);
        assert_true(sa_of(w, 0) == sa);
        world_run(w, 3 * SECOND);
        assert_int_equal(sa_of(w, 0) && sa_of(w, 0)->spi_i == spi, lives);
        if (!lives)
            world_assert_error(w, 0, "ike.peer-forgot", "");
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_to_a_child),
        cmocka_unit_test(test_answers_to_auth),
        cmocka_unit_test(test_an_answer_without_a_nonce),
        cmocka_unit_test(test_a_word_against_an_ike_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
