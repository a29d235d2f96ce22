#include "world.h"
#include "raw_seal.h"

/* Exchanges that meet (2.8.1, 2.8.2, 2.25.1, 2.25.2): what each end has in the end agrees. */

static struct ike_sa *sa_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0")->peer.lead;
}

static struct ike_pair *pair_of(struct world *w, int node)
{
    struct ike_sa *sa = sa_of(w, node);

    assert_false(list_empty(&sa->pairs));
    return container_of(sa->pairs.prev, struct ike_pair, link); /* the youngest */
}

/* It begins to close a child, as an operator's command does at a peer of another make. */
static void close_child(struct world *w, int node)
{
    pair_of(w, node)->state = IKE_PAIR_CLOSING;
    ike_sa_touch(sa_of(w, node));
    ike_tick(w->nodes[node].ike, w->now_us);
    world_collect(w, node);
}

/* ---- what is lost ---- */

#define LOSE(from, exchange, response) ((from) << 16 | (response) << 8 | (exchange))

/* Messages of that exchange and end. */
static bool lose(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    if (w->filter_arg != LOSE(from, data[18], !!(data[19] & IKE_FLAG_RESPONSE)))
        return true;
    w->filter_count++;
    return false;
}

static void begin_losing(struct world *w, int what)
{
    w->filter = lose;
    w->filter_arg = what;
    w->filter_count = 0;
}

/* Up by a call of B, or of A; who keeps initiating is the same end. */
static struct world *up_by(int caller, uint64_t seed)
{
    struct world *w = world_new(seed);

    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        c.initiate = i == caller;
        world_set(w, i, &c);
    }
    world_run_until_up(w, 2 * SECOND);
    world_run(w, 15 * SECOND);
    world_assert_one_pair(w);
    return w;
}

/* One IKE SA, one child SA in it, the same at both ends. */
static void assert_agreed(struct world *w)
{
    world_run(w, 45 * SECOND);
    world_assert_one_pair(w);
    for (int i = 0; i < 2; i++) {
        struct ike_sa *sa = sa_of(w, i);

        assert_ptr_equal(sa->peer->sas.next, &sa->peer_link);
        assert_ptr_equal(sa->peer->sas.prev, &sa->peer_link);
        assert_ptr_equal(sa->pairs.next, sa->pairs.prev);
        assert_int_equal(sa->spi_i, sa_of(w, !i)->spi_i);
        assert_int_equal(sa->spi_r, sa_of(w, !i)->spi_r);
    }
    world_free(w);
}

/* ---- a request for a child whose answer is under way ---- */

static void test_a_delete_overtakes_the_answer(void **state)
{
    (void)state;
    for (int caller = 0; caller < 2; caller++) {
        struct world *w = up_by(caller, 1 + (uint64_t)caller);
        uint32_t old = world_spi(w, 0, IKE_IN), made;

        world_start_esp(w, 3 * MS);
        begin_losing(w, LOSE(1, IKE_EXCHANGE_CREATE_CHILD_SA, 1));
        world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
        world_run(w, 50 * MS);
        made = pair_of(w, 1)->spi_in;
        assert_int_not_equal(made, old);
        close_child(w, 1);
        world_run(w, 50 * MS);
        assert_null(ike_pair_find(&sa_of(w, 1)->pairs, made));
        w->filter = NULL;
        world_run(w, 500 * MS); /* the answer comes now */
        assert_null(ike_pair_find_out(&sa_of(w, 0)->pairs, made));
        world_run(w, 5 * SECOND);
        world_assert_nothing_lost(w);
        w->esp_every_us = 0;
        assert_agreed(w);
    }
}

static void test_a_rekey_overtakes_the_answer(void **state)
{
    struct world *w = up_by(0, 1);
    uint32_t made;

    (void)state;
    world_start_esp(w, 3 * MS);
    begin_losing(w, LOSE(1, IKE_EXCHANGE_CREATE_CHILD_SA, 1));
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    world_run(w, 50 * MS);
    made = pair_of(w, 1)->spi_in;
    pair_of(w, 1)->unproven = false; /* another make rekeys it at once */
    pair_of(w, 1)->want_rekey = true;
    ike_sa_touch(sa_of(w, 1));
    ike_tick(w->nodes[1].ike, w->now_us);
    world_collect(w, 1);
    world_run(w, 50 * MS);
    assert_non_null(
        ike_pair_find(&sa_of(w, 1)->pairs, made)); /* it was not told that there is none */
    w->filter = NULL;
    world_run(w, 5 * SECOND);
    world_assert_nothing_lost(w);
    w->esp_every_us = 0;
    assert_agreed(w);
}

/* Whoever is told that the peer has not the child makes another, whether it begins otherwise or
 * not (2.25). */
static void test_not_found_is_made_anew(void **state)
{
    struct world *w = up_by(1, 1);
    struct ike_tunnel_config b = world_config(w, 1);
    struct ike_pair *pair = pair_of(w, 1);

    (void)state;
    b.initiate = false;
    world_set(w, 1, &b);
    sa_of(w, 1)->begun_by_us = false; /* B does not help */
    ike_pair_end(pair, 0);
    ike_tick(w->nodes[1].ike, w->now_us);
    world_collect(w, 1);
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    world_run(w, 1 * SECOND);
    assert_true(world_is_up(w, 0) && world_flows(w, 0) && world_flows(w, 1));
    world_assert_logged(w, 0, "ike.peer-forgot-child");
    assert_agreed(w);
}

/* ---- every two things that may meet ---- */

enum deed { REKEY_CHILD, REKEY_IKE, CLOSE_CHILD, CLOSE_IKE, MAKE_CHILD, DEEDS };

static void settle(struct world *w, int node)
{
    ike_tick(w->nodes[node].ike, w->now_us);
    world_collect(w, node);
}

static void make_child(struct world *w, int node)
{
    struct ike_sa *sa = sa_of(w, node);

    if (sa->v2->request.task == IKEV2_TASK_NONE)
        ikev2_create_child_send(sa, NULL);
    settle(w, node);
}

static void begin(struct world *w, int node, enum deed deed)
{
    struct ike_sa *sa = sa_of(w, node);

    if (!sa || list_empty(&sa->pairs))
        return; /* the other one was quicker */
    switch (deed) {
    case REKEY_CHILD:
        world_command(w, node, IKE_COMMAND_REKEY_CHILD);
        break;
    case REKEY_IKE:
        world_command(w, node, IKE_COMMAND_REKEY_IKE);
        break;
    case CLOSE_CHILD:
        close_child(w, node);
        break;
    case CLOSE_IKE:
        sa->version->close(sa);
        settle(w, node);
        break;
    default:
        make_child(w, node);
        break;
    }
}

/* The first message of this exchange, end and direction is lost, and comes by a retransmission. */
static bool lose_one(struct world *w, int from, const uint8_t *data, size_t len)
{
    return w->filter_count || lose(w, from, data, len);
}

static void collide(int caller, enum deed a, enum deed b, unsigned offset_ms, int lost)
{
    struct world *w = up_by(caller, 1 + offset_ms + 32 * (uint64_t)(a * DEEDS + b));

    if (w->show)
        printf("caller %d, deeds %d and %d, %u ms, lost %x\n", caller, a, b, offset_ms,
               (unsigned)lost);
    begin_losing(w, lost);
    w->filter = lost ? lose_one : NULL;
    begin(w, 0, a);
    world_run(w, offset_ms * MS);
    begin(w, 1, b);
    world_run(w, 5 * SECOND);
    w->filter = NULL;
    assert_agreed(w);
}

/* A packet takes 5 ms: these offsets are all orders of events of two exchanges. */
static void test_any_two_exchanges(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DEEDS * DEEDS; i++) {
        for (unsigned offset = 0; offset <= 15; offset += 3)
            collide((int)(offset & 1), i / DEEDS, i % DEEDS, offset, 0);
    }
}

static void test_any_two_exchanges_with_a_loss(void **state)
{
    static const int lost[] = {
        LOSE(0, IKE_EXCHANGE_CREATE_CHILD_SA, 0), LOSE(0, IKE_EXCHANGE_CREATE_CHILD_SA, 1),
        LOSE(1, IKE_EXCHANGE_CREATE_CHILD_SA, 0), LOSE(1, IKE_EXCHANGE_CREATE_CHILD_SA, 1),
        LOSE(0, IKE_EXCHANGE_INFORMATIONAL, 0),   LOSE(0, IKE_EXCHANGE_INFORMATIONAL, 1),
        LOSE(1, IKE_EXCHANGE_INFORMATIONAL, 0),   LOSE(1, IKE_EXCHANGE_INFORMATIONAL, 1),
    };

    (void)state;
    for (unsigned i = 0; i < DEEDS * DEEDS; i++) {
        for (size_t k = 0; k < ARRAY_SIZE(lost); k++)
            collide((int)(k & 1), i / DEEDS, i % DEEDS, (unsigned)(i + k) % 4 * 4, lost[k]);
    }
}

/* ---- a peer by hand, whose request meets one of B that it does not answer ---- */

static uint8_t answer_bytes[4096], answer_plain[4096];
static size_t answer_len;

static bool keep_answer(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    if (from == 1 && data[19] & IKE_FLAG_RESPONSE && len <= sizeof(answer_bytes)) {
        memcpy(answer_bytes, data, len);
        answer_len = len;
    }
    return false; /* A is not there: only its keys are */
}

static void add_child(struct world *w, struct ike_message *m)
{
    struct ike_tunnel_config c = world_config(w, 0);

    assert_int_equal(ike_propose_child(m, &c.child, true, true, 0x1000), 0);
    assert_int_equal(ike_ts_fill(&m->tsi, c.local_ts, 1), 0);
    assert_int_equal(ike_ts_fill(&m->tsr, c.remote_ts, 1), 0);
    ike_message_mark(m, IKE_PAYLOAD_TSI);
    ike_message_mark(m, IKE_PAYLOAD_TSR);
}

static void write_deed(struct world *w, enum deed deed, struct ike_message *m)
{
    static const uint8_t bytes[32] = {9, 1};
    struct ike_tunnel_config c = world_config(w, 0);
    static uint8_t spi[4];
    struct ike_notify *n;
    bool closes = deed == CLOSE_CHILD || deed == CLOSE_IKE;

    wire_store_be32(spi, pair_of(w, 0)->spi_in);
    ike_message_init(m, closes ? IKE_EXCHANGE_INFORMATIONAL : IKE_EXCHANGE_CREATE_CHILD_SA, 0, 0, 0,
                     0);
    if (closes) {
        assert_int_equal(
            ike_message_add_delete(m, deed == CLOSE_IKE ? IKE_PROTOCOL_IKE : IKE_PROTOCOL_ESP,
                                   deed == CLOSE_IKE ? NULL : spi, deed == CLOSE_IKE ? 0 : 1),
            0);
        return;
    }
    m->nonce = crypto_span(bytes, sizeof(bytes));
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    m->ke =
        (struct ike_ke){.group = CRYPTO_DH_CURVE25519, .data = crypto_span(bytes, sizeof(bytes))};
    ike_message_mark(m, IKE_PAYLOAD_KE);
    if (deed == REKEY_CHILD) {
        n = ike_message_add_notify(m, IKE_NOTIFY_REKEY_SA, NULL, 0);
        n->protocol = IKE_PROTOCOL_ESP;
        n->spi_len = 4;
        n->spi = pair_of(w, 0)->spi_in;
    }
    if (deed != REKEY_IKE) {
        add_child(w, m);
        return;
    }
    assert_int_equal(ike_propose_ike(m, &c.ike, 0x1234), 0);
}

static void ask(struct world *w, enum deed deed, struct ike_message *ret)
{
    struct ike_sa *sa = sa_of(w, 0);
    struct endpoint local = {w->nodes[1].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[0].address, IKE_PORT_NATT};
    struct raw_request q = {.id = sa->v2->send_id++};
    uint8_t chain[2048], data[4096];
    static struct ike_message m;
    size_t n;

    write_deed(w, deed, &m);
    assert_int_equal(ike_message_build_inner(&m, chain, sizeof(chain), &q.first, &q.len), 0);
    q.exchange = m.hdr.exchange;
    q.chain = chain;
    n = raw_seal(sa, &q, data, sizeof(data));
    assert_true(n > 0);
    answer_len = 0;
    ike_input(w->nodes[1].ike, &local, &remote, data, n, w->now_us);
    world_collect(w, 1);
    assert_true(answer_len > 0);
    assert_int_equal(ike_message_parse(answer_bytes, answer_len, ret, NULL), 0);
    assert_int_equal(ike_message_unprotect(ret, sa->v2->sk, answer_bytes, answer_len, answer_plain,
                                           sizeof(answer_plain), NULL),
                     0);
}

static void test_answers_of_who_is_busy_itself(void **state)
{
    enum { AS_USUAL, TEMPORARY, WITH_DELETE, EMPTY };
    static const struct {
        enum deed own, asked;
        int answer;
    } cases[] = {
        {CLOSE_CHILD, CLOSE_CHILD, EMPTY}, /* 2.25.1 */
        {CLOSE_CHILD, REKEY_CHILD, TEMPORARY},   {CLOSE_CHILD, REKEY_IKE, TEMPORARY},
        {CLOSE_CHILD, MAKE_CHILD, AS_USUAL},     {CLOSE_CHILD, CLOSE_IKE, EMPTY},
        {REKEY_CHILD, CLOSE_CHILD, WITH_DELETE}, {REKEY_CHILD, REKEY_CHILD, AS_USUAL},
        {REKEY_CHILD, MAKE_CHILD, AS_USUAL},     {REKEY_CHILD, REKEY_IKE, TEMPORARY}, /* 2.25.2 */
        {REKEY_CHILD, CLOSE_IKE, EMPTY},         {MAKE_CHILD, REKEY_IKE, TEMPORARY},
        {MAKE_CHILD, CLOSE_CHILD, WITH_DELETE},  {REKEY_IKE, CLOSE_CHILD, WITH_DELETE},
        {REKEY_IKE, REKEY_CHILD, TEMPORARY},     {REKEY_IKE, MAKE_CHILD, TEMPORARY},
        {REKEY_IKE, REKEY_IKE, AS_USUAL},        {REKEY_IKE, CLOSE_IKE, EMPTY},
        {CLOSE_IKE, REKEY_IKE, TEMPORARY},       {CLOSE_IKE, REKEY_CHILD, TEMPORARY},
        {CLOSE_IKE, MAKE_CHILD, TEMPORARY},      {CLOSE_IKE, CLOSE_IKE, EMPTY},
    };
    static struct ike_message m;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = up_by(1, 1 + i);
        int got;

        w->filter = keep_answer;
        w->nodes[0].deaf = true;
        begin(w, 1, cases[i].own);
        ask(w, cases[i].asked, &m);
        got = ike_message_notify(&m, IKE_NOTIFY_TEMPORARY_FAILURE) ? TEMPORARY
              : m.n_deletes                                        ? WITH_DELETE
              : ike_message_has(&m, IKE_PAYLOAD_SA)                ? AS_USUAL
              : m.present == IKE_BIT(IKE_PAYLOAD_SK)               ? EMPTY
                                                                   : -1;
        if (got != cases[i].answer)
            fail_msg("case %zu: %d", i, got);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_delete_overtakes_the_answer),
        cmocka_unit_test(test_a_rekey_overtakes_the_answer),
        cmocka_unit_test(test_not_found_is_made_anew),
        cmocka_unit_test(test_any_two_exchanges),
        cmocka_unit_test(test_any_two_exchanges_with_a_loss),
        cmocka_unit_test(test_answers_of_who_is_busy_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
