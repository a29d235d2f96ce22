#include "world.h"
#include "raw_seal.h"

/* What a peer gone wrong is answered (2.21, 2.25), and that nothing else comes of it. */

static struct ike_sa *sa_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0")->peer.lead;
}

/* The first datagram of B, opened with A's keys. */
static uint8_t answer_bytes[4096], answer_plain[4096];
static size_t answer_len;
static struct ike_message answer;

static bool keep_answer(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    if (from == 1 && !answer_len) {
        assert_true(len <= sizeof(answer_bytes));
        memcpy(answer_bytes, data, len);
        answer_len = len;
    }
    return true;
}

/* A sends it; true if B answered. */
static bool ask(struct world *w, uint8_t exchange, uint8_t first, const void *chain, size_t len)
{
    struct ike_sa *sa = sa_of(w, 0);
    struct raw_request q = {
        .exchange = exchange, .id = sa->v2->send_id++, .first = first, .chain = chain, .len = len};
    struct endpoint local = {w->nodes[1].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[0].address, IKE_PORT_NATT};
    uint8_t data[4096];
    size_t n = raw_seal(sa, &q, data, sizeof(data));

    assert_true(n > 0);
    answer_len = 0;
    w->filter = keep_answer;
    ike_input(w->nodes[1].ike, &local, &remote, data, n, w->now_us);
    world_collect(w, 1);
    w->filter = NULL;
    if (!answer_len)
        return false;
    assert_int_equal(ike_message_parse(answer_bytes, answer_len, &answer, NULL), 0);
    assert_int_equal(ike_message_unprotect(&answer, sa->v2->sk, answer_bytes, answer_len,
                                           answer_plain, sizeof(answer_plain), NULL),
                     0);
    assert_true(ike_message_is_response(&answer));
    assert_int_equal(answer.hdr.message_id, q.id);
    return true;
}

static void test_authentic_nonsense(void **state)
{
    static const struct {
        const char *name;
        uint8_t exchange, first;
        uint8_t len;
        uint8_t chain[32];
        uint16_t notify; /* in the answer; 0 = it is empty */
        bool survives;   /* the IKE SA */
    } cases[] = {
        {"nothing", IKE_EXCHANGE_INFORMATIONAL, 0, 0, {0}, 0, true},
        {"an unknown payload", IKE_EXCHANGE_INFORMATIONAL, 200, 6, {0, 0, 0, 6, 1, 2}, 0, true},
        {"an unknown critical payload",
         IKE_EXCHANGE_INFORMATIONAL,
         200,
         6,
         {0, 0x80, 0, 6, 1, 2},
         IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
         true},
        {"a payload longer than the message",
         IKE_EXCHANGE_INFORMATIONAL,
         IKE_PAYLOAD_NOTIFY,
         8,
         {0, 0, 0, 99, 0, 0, 64, 0},
         IKE_NOTIFY_INVALID_SYNTAX,
         false},
        {"a payload of length 0",
         IKE_EXCHANGE_INFORMATIONAL,
         IKE_PAYLOAD_NOTIFY,
         4,
         {IKE_PAYLOAD_NOTIFY, 0, 0, 0},
         IKE_NOTIFY_INVALID_SYNTAX,
         false},
        {"CREATE_CHILD_SA with nothing in it",
         IKE_EXCHANGE_CREATE_CHILD_SA,
         0,
         0,
         {0},
         IKE_NOTIFY_INVALID_SYNTAX,
         false},
        {"a delete of a child nobody has",
         IKE_EXCHANGE_INFORMATIONAL,
         IKE_PAYLOAD_DELETE,
         12,
         {0, 0, 0, 12, 3, 4, 0, 1, 1, 2, 3, 4},
         0,
         true},
        {"a refusal of our AUTH, instead of a DELETE",
         IKE_EXCHANGE_INFORMATIONAL,
         IKE_PAYLOAD_NOTIFY,
         8,
         {0, 0, 0, 8, 0, 0, 0, IKE_NOTIFY_AUTHENTICATION_FAILED},
         0,
         false},
        {"a payload that has no place there",
         IKE_EXCHANGE_INFORMATIONAL,
         IKE_PAYLOAD_AUTH,
         9,
         {0, 0, 0, 9, 2, 0, 0, 0, 1},
         0,
         true},
        {"an exchange of the future", 60, 0, 0, {0}, IKE_NOTIFY_INVALID_SYNTAX, true},
        {"an error notify of the future",
         IKE_EXCHANGE_INFORMATIONAL,
         IKE_PAYLOAD_NOTIFY,
         8,
         {0, 0, 0, 8, 0, 0, 0x1f, 1},
         0,
         true},
        {"a status notify of the future",
         IKE_EXCHANGE_INFORMATIONAL,
         IKE_PAYLOAD_NOTIFY,
         8,
         {0, 0, 0, 8, 0, 0, 0xa0, 1},
         0,
         true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new_up(i + 1);
        uint64_t before = sa_of(w, 1)->spi_r;

        if (!ask(w, cases[i].exchange, cases[i].first, cases[i].chain, cases[i].len))
            fail_msg("%s: no answer", cases[i].name);
        if (cases[i].notify ? !ike_message_notify(&answer, cases[i].notify)
                            : answer.present != IKE_BIT(IKE_PAYLOAD_SK))
            fail_msg("%s: another answer", cases[i].name);
        world_run(w, 120 * SECOND);
        world_assert_one_pair(w);
        if ((sa_of(w, 1)->spi_r == before) != cases[i].survives)
            fail_msg("%s: the IKE SA", cases[i].name);
        world_free(w);
    }
}

/* n payloads, each a DELETE of one SPI: the last one is of a child that there is. */
static size_t write_deletes(uint8_t *chain, size_t cap, size_t n, uint32_t last)
{
    struct wire_writer w = wire_writer_make(chain, cap);

    for (size_t i = 1; i <= n; i++) {
        wire_put_u8(&w, i < n ? IKE_PAYLOAD_DELETE : 0);
        wire_put_u8(&w, 0);
        wire_put_be16(&w, 12);
        wire_put_be32(&w, 0x03040001);
        wire_put_be32(&w, i < n ? (uint32_t)i : last);
    }
    return wire_written(&w);
}

/* The same SPIs in one payload. */
static size_t write_delete(uint8_t *chain, size_t cap, size_t n, uint32_t last)
{
    struct wire_writer w = wire_writer_make(chain, cap);

    wire_put_be16(&w, 0);
    wire_put_be16(&w, (uint16_t)(8 + 4 * n));
    wire_put_be16(&w, 0x0304);
    wire_put_be16(&w, (uint16_t)n);
    for (size_t i = 1; i <= n; i++)
        wire_put_be32(&w, i < n ? (uint32_t)i : last);
    return wire_written(&w);
}

static void test_many_deletes(void **state)
{
    uint8_t chain[3800];

    (void)state;
    for (int each = 0; each < 2; each++) {
        struct world *w = world_new_up(1);
        uint64_t before = sa_of(w, 1)->spi_r;
        uint32_t spi = world_spi(w, 0, IKE_IN);
        size_t len = each ? write_deletes(chain, sizeof(chain), 200, spi)
                          : write_delete(chain, sizeof(chain), 900, spi);

        assert_true(ask(w, IKE_EXCHANGE_INFORMATIONAL, IKE_PAYLOAD_DELETE, chain, len));
        assert_int_equal(answer.n_deletes, 1);
        assert_int_equal(answer.deletes[0].count, 1);
        assert_true(sa_of(w, 1)->spi_r == before);
        world_free(w);
    }
}

/* A CREATE_CHILD_SA request that is whole, for a child that does not exist. */
static void test_rekey_of_an_unknown_child(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_message m;
    struct ike_tunnel_config c = world_config(w, 0);
    struct ike_notify *n;
    uint8_t chain[1024], first, nonce[32] = {0};
    size_t len;

    (void)state;
    ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, 0, 0, 0, 0);
    n = ike_message_add_notify(&m, IKE_NOTIFY_REKEY_SA, NULL, 0);
    n->protocol = IKE_PROTOCOL_ESP;
    n->spi_len = 4;
    n->spi = 0x12345678;
    c.child.groups[0] = 0;
    c.child.n_groups = 1;
    assert_int_equal(ike_propose_child(&m, &c.child, true, true, 0x1000), 0);
    m.nonce = crypto_span(nonce, sizeof(nonce));
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    assert_int_equal(ike_ts_fill(&m.tsi, c.local_ts, 1), 0);
    assert_int_equal(ike_ts_fill(&m.tsr, c.local_ts, 1), 0);
    ike_message_mark(&m, IKE_PAYLOAD_TSI);
    ike_message_mark(&m, IKE_PAYLOAD_TSR);
    assert_int_equal(ike_message_build_inner(&m, chain, sizeof(chain), &first, &len), 0);
    assert_true(ask(w, IKE_EXCHANGE_CREATE_CHILD_SA, first, chain, len));
    n = (struct ike_notify *)(uintptr_t)ike_message_notify(&answer, IKE_NOTIFY_CHILD_SA_NOT_FOUND);
    assert_non_null(n);
    assert_int_equal(n->spi, 0x12345678);
    world_run(w, 40 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* ---- a value for a key exchange that is none ---- */

/* A whole request for a new child, or for another IKE SA, but for the value. */
static bool ask_with_value(struct world *w, bool ike, uint16_t group, struct crypto_span value)
{
    struct ike_tunnel_config c = world_config(w, 0);
    uint8_t chain[4096], first, nonce[32] = {0};
    struct ike_message m;
    size_t len;

    c.ike.groups[0] = c.child.groups[0] = group;
    c.ike.n_groups = c.child.n_groups = 1;
    ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, 0, 0, 0, 0);
    if (ike) {
        assert_int_equal(ike_propose_ike(&m, &c.ike, 0x77), 0);
    } else {
        assert_int_equal(ike_propose_child(&m, &c.child, true, true, 0x1000), 0);
        assert_int_equal(ike_ts_fill(&m.tsi, c.local_ts, 1), 0);
        assert_int_equal(ike_ts_fill(&m.tsr, c.local_ts, 1), 0);
        ike_message_mark(&m, IKE_PAYLOAD_TSI);
        ike_message_mark(&m, IKE_PAYLOAD_TSR);
    }
    m.ke = (struct ike_ke){.group = group, .data = value};
    m.nonce = crypto_span(nonce, sizeof(nonce));
    ike_message_mark(&m, IKE_PAYLOAD_KE);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    assert_int_equal(ike_message_build_inner(&m, chain, sizeof(chain), &first, &len), 0);
    return ask(w, IKE_EXCHANGE_CREATE_CHILD_SA, first, chain, len);
}

static void test_values_that_are_none(void **state)
{
    static const uint8_t zeros[256];
    static const uint8_t order_8[32] = {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16,
                                        0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
                                        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05,
                                        0x16, 0x5f, 0x49, 0xb8, 0x00}; /* RFC 7748 */
    static const struct {
        uint16_t group;
        struct crypto_span value;
    } cases[] = {
        {CRYPTO_DH_CURVE25519, {zeros, 1}},  {CRYPTO_DH_CURVE25519, {zeros, 33}},
        {CRYPTO_DH_CURVE25519, {zeros, 32}}, {CRYPTO_DH_CURVE25519, {order_8, 32}},
        {CRYPTO_DH_ECP_256, {zeros, 64}},    {CRYPTO_DH_ECP_256, {zeros, 63}},
        {CRYPTO_DH_MODP_2048, {zeros, 256}},
    };

    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
        struct world *w = world_new_up(i + 1);
        struct ike_tunnel_config b = world_config(w, 1);
        uint64_t spi = sa_of(w, 1)->spi_i;
        uint16_t group = cases[i / 2].group;

        b.ike.groups[2] = b.child.groups[2] = CRYPTO_DH_MODP_2048;
        b.ike.n_groups = b.child.n_groups = 3;
        sa_of(w, 1)->peer->config.ike = b.ike;
        sa_of(w, 1)->peer->config.child = b.child;
        assert_true(ask_with_value(w, i % 2, group, cases[i / 2].value));
        assert_non_null(ike_message_notify(&answer, IKE_NOTIFY_INVALID_SYNTAX));
        world_assert_error(w, 1, "ike.dh-value", "update the peer");
        assert_int_equal(sa_of(w, 1)->spi_i, spi);
        assert_true(ask(w, IKE_EXCHANGE_INFORMATIONAL, 0, NULL, 0)); /* it is not deaf */
        assert_int_equal(sa_of(w, 1)->spi_i, spi);
        world_run(w, 40 * SECOND);
        assert_true(world_is_up(w, 0) && world_is_up(w, 1));
        assert_int_equal(world_count(w, 1, 0), 2);
        world_free(w);
    }
}

/* IKE_AUTH where that is over: an answer, and all goes on. */
static void test_a_request_out_of_place(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);
    struct ike_message m;
    uint8_t chain[1024], first, auth[32] = {0};
    size_t len;

    (void)state;
    ike_message_init(&m, IKE_EXCHANGE_AUTH, 0, 0, 0, 0);
    m.idi = (struct ike_id){.type = IKE_ID_FQDN, .data = crypto_span("a", 1)};
    m.auth = (struct ike_auth){.method = IKE_AUTH_PSK, .data = crypto_span(auth, sizeof(auth))};
    ike_message_mark(&m, IKE_PAYLOAD_IDI);
    ike_message_mark(&m, IKE_PAYLOAD_AUTH);
    assert_int_equal(ike_propose_child(&m, &c.child, true, false, 0x1000), 0);
    assert_int_equal(ike_ts_fill(&m.tsi, c.local_ts, 1), 0);
    assert_int_equal(ike_ts_fill(&m.tsr, c.local_ts, 1), 0);
    ike_message_mark(&m, IKE_PAYLOAD_TSI);
    ike_message_mark(&m, IKE_PAYLOAD_TSR);
    assert_int_equal(ike_message_build_inner(&m, chain, sizeof(chain), &first, &len), 0);
    assert_true(ask(w, IKE_EXCHANGE_AUTH, first, chain, len));
    assert_non_null(ike_message_notify(&answer, IKE_NOTIFY_INVALID_SYNTAX));
    assert_true(ask(w, IKE_EXCHANGE_INFORMATIONAL, 0, NULL, 0));
    world_run(w, 40 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* The window is 1: neither the request after the next nor one long answered is looked at; the last
 * one is answered again with the same bytes. */
static void test_message_ids(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_sa *sa = sa_of(w, 0);
    uint32_t next = sa->v2->send_id;
    uint8_t first[4096];
    size_t len;

    (void)state;
    sa->v2->send_id = next + 1;
    assert_false(ask(w, IKE_EXCHANGE_INFORMATIONAL, 0, NULL, 0));
    sa->v2->send_id = next;
    assert_true(ask(w, IKE_EXCHANGE_INFORMATIONAL, 0, NULL, 0));
    len = answer_len;
    memcpy(first, answer_bytes, len);
    sa->v2->send_id = next;
    assert_true(ask(w, IKE_EXCHANGE_INFORMATIONAL, 0, NULL, 0));
    assert_int_equal(answer_len, len);
    assert_memory_equal(answer_bytes, first, len);
    assert_true(ask(w, IKE_EXCHANGE_INFORMATIONAL, 0, NULL, 0));
    sa->v2->send_id = next;
    assert_false(ask(w, IKE_EXCHANGE_INFORMATIONAL, 0, NULL, 0));
    world_free(w);
}

/* 2.21.3: a message that does not parse ends the IKE SA at both ends, and a new one is made. */
static void test_invalid_syntax_ends_both(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_sa *a = ike_tunnel_find(w->nodes[0].ike, "vpntun-0")->peer.lead;
    struct ike_tunnel_config c = world_config(w, 1);
    uint64_t old = a->spi_i;

    (void)state;
    c.initiate = false; /* or it would call, and that would help */
    world_set(w, 1, &c);
    a->env->now_us = w->now_us;
    ikev2_out_init(a, IKE_EXCHANGE_CREATE_CHILD_SA, false, a->v2->send_id); /* nothing in it */
    assert_int_equal(ikev2_request_send(a, IKEV2_TASK_LIVENESS), 0);
    world_collect(w, 0);
    world_run(w, 1 * SECOND);
    a = ike_tunnel_find(w->nodes[0].ike, "vpntun-0")->peer.lead;
    assert_non_null(a);
    assert_true(a->spi_i != old);
    world_assert_logged(w, 0, "ike.peer-refused-syntax");
    world_assert_logged(w, 1, "ike.peer-broke-rules");
    assert_true(world_flows(w, 0) && world_flows(w, 1));
    world_run(w, 20 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* ---- clear answers ---- */

static bool answered_with(struct world *w, uint8_t *data, size_t len, uint16_t notify)
{
    struct endpoint local = {w->nodes[1].address, IKE_PORT};
    struct endpoint remote = {w->nodes[0].address, IKE_PORT};

    answer_len = 0;
    w->filter = keep_answer;
    ike_input(w->nodes[1].ike, &local, &remote, data, len, w->now_us);
    world_collect(w, 1);
    w->filter = NULL;
    if (!answer_len)
        return false;
    assert_int_equal(ike_message_parse(answer_bytes, answer_len, &answer, NULL), 0);
    assert_true(ike_message_is_response(&answer));
    assert_int_equal(answer.hdr.version, 0x20);
    return ike_message_notify(&answer, notify) != NULL;
}

static void test_clear_errors(void **state)
{
    static const uint8_t header[28] = {1,
                                       2,
                                       3,
                                       4,
                                       5,
                                       6,
                                       7,
                                       8,
                                       9,
                                       9,
                                       9,
                                       9,
                                       9,
                                       9,
                                       9,
                                       9,
                                       0,
                                       0x20,
                                       IKE_EXCHANGE_INFORMATIONAL,
                                       IKE_FLAG_INITIATOR,
                                       0,
                                       0,
                                       0,
                                       1,
                                       0,
                                       0,
                                       0,
                                       28};
    struct world *w = world_new_up(1);
    uint8_t m[28];
    int answers = 0;

    (void)state;
    memcpy(m, header, sizeof(m));
    assert_true(answered_with(w, m, sizeof(m), IKE_NOTIFY_INVALID_IKE_SPI));
    m[19] |= IKE_FLAG_RESPONSE; /* an answer to an answer would never end */
    assert_false(answered_with(w, m, sizeof(m), IKE_NOTIFY_INVALID_IKE_SPI));
    memcpy(m, header, sizeof(m));
    m[17] = 0x30;
    assert_true(answered_with(w, m, sizeof(m), IKE_NOTIFY_INVALID_MAJOR_VERSION));
    m[17] = 0x10; /* IKEv1: not even that */
    assert_false(answered_with(w, m, sizeof(m), IKE_NOTIFY_INVALID_MAJOR_VERSION));
    memcpy(m, header, sizeof(m));
    for (int i = 0; i < 1000; i++)
        answers += answered_with(w, m, sizeof(m), IKE_NOTIFY_INVALID_IKE_SPI);
    assert_in_range(answers, 1, 10); /* few a second */
    world_run(w, 40 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* 3.10.1: INVALID_SYNTAX in clear would be for anybody to provoke; only who calls hears it so. */
static void test_no_clear_word_on_syntax(void **state)
{
    static const uint8_t exchanges[] = {IKE_EXCHANGE_AUTH, IKE_EXCHANGE_CREATE_CHILD_SA,
                                        IKE_EXCHANGE_INFORMATIONAL};
    static const uint8_t next[] = {IKE_PAYLOAD_NOTIFY, 99};
    struct world *w = world_new_up(1);
    uint8_t m[32] = {1, 2, 3, 4, 5, 6, 7, 8, [17] = 0x20, [19] = IKE_FLAG_INITIATOR, [27] = 32};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(next); i++) {
        bool critical = next[i] == 99;

        m[16] = next[i];
        m[29] = critical ? 0x80 : 0;
        m[31] = critical ? 4 : 3; /* shorter than its own header */
        m[18] = IKE_EXCHANGE_SA_INIT;
        assert_true(answered_with(w, m, sizeof(m),
                                  critical ? IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD
                                           : IKE_NOTIFY_INVALID_SYNTAX));
        for (size_t k = 0; k < ARRAY_SIZE(exchanges); k++) {
            m[18] = exchanges[k];
            (void)answered_with(w, m, sizeof(m), IKE_NOTIFY_INVALID_SYNTAX);
            assert_int_equal(answer_len, 0);
        }
    }
    world_free(w);
}

/* A stranger without a tunnel hears nothing at all. */
static void test_nothing_for_strangers(void **state)
{
    struct world *w = world_new(1);
    uint8_t m[28] = {1,
                     2,
                     3,
                     4,
                     5,
                     6,
                     7,
                     8,
                     9,
                     9,
                     9,
                     9,
                     9,
                     9,
                     9,
                     9,
                     0,
                     0x20,
                     IKE_EXCHANGE_INFORMATIONAL,
                     IKE_FLAG_INITIATOR,
                     0,
                     0,
                     0,
                     1,
                     0,
                     0,
                     0,
                     28};

    (void)state;
    assert_false(answered_with(w, m, sizeof(m), IKE_NOTIFY_INVALID_IKE_SPI));
    m[17] = 0x30;
    assert_false(answered_with(w, m, sizeof(m), IKE_NOTIFY_INVALID_MAJOR_VERSION));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_authentic_nonsense),
        cmocka_unit_test(test_many_deletes),
        cmocka_unit_test(test_rekey_of_an_unknown_child),
        cmocka_unit_test(test_values_that_are_none),
        cmocka_unit_test(test_a_request_out_of_place),
        cmocka_unit_test(test_message_ids),
        cmocka_unit_test(test_invalid_syntax_ends_both),
        cmocka_unit_test(test_clear_errors),
        cmocka_unit_test(test_no_clear_word_on_syntax),
        cmocka_unit_test(test_nothing_for_strangers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
