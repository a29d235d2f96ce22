#include "world.h"
#include "raw_seal.h"

/* Senders without a key, or with one and ill will: what they say must not count for more than it
 * is worth. */

static struct ike_tunnel *tunnel_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0");
}

static struct ike_sa *sa_of(struct world *w, int node)
{
    return tunnel_of(w, node)->peer.lead;
}

static void put_be(uint8_t *at, uint64_t v, size_t n)
{
    while (n--) {
        at[n] = (uint8_t)v;
        v >>= 8;
    }
}

static void put_in(struct world *w, int node, const struct endpoint *from, uint16_t port,
                   const uint8_t *data, size_t len)
{
    struct endpoint local = {w->nodes[node].address, port};

    ike_input(w->nodes[node].ike, &local, from, data, len, w->now_us);
    world_collect(w, node);
}

/* ---- the first exchange: nothing is authentic ---- */

static uint8_t first_call[4096];
static size_t first_call_len;

/* A request as anybody could write it; spi makes it another one each time. */
static size_t write_call(uint16_t group, size_t public_len, uint64_t spi, uint8_t *out, size_t cap)
{
    static const uint8_t bytes[256] = {9, 1, 2, 3};
    struct ike_offer offer = {.n_ciphers = 1,
                              .n_integrity = 1,
                              .n_groups = 1,
                              .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 128}},
                              .integrity = {CRYPTO_INTEG_SHA2_256_128},
                              .groups = {group}};
    struct ike_message m;
    uint8_t hash[20] = {0};
    size_t len = 0;

    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, spi, 0, 0);
    assert_int_equal(ike_propose_ike(&m, &offer, 0), 0);
    m.ke = (struct ike_ke){.group = group, .data = crypto_span(bytes, public_len)};
    m.nonce = crypto_span(bytes, 32);
    ike_message_mark(&m, IKE_PAYLOAD_KE);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, hash, 20));
    assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, hash, 20));
    assert_int_equal(ike_message_build(&m, out, cap, &len), 0);
    return len;
}

/* The call of a tunnel that has just begun, answered by a forger. */
static void forge_answer(struct world *w, uint16_t notify, const void *data, size_t len)
{
    struct ike_sa *sa = container_of(tunnel_of(w, 0)->peer.sas.next, struct ike_sa, peer_link);
    struct endpoint from = {w->nodes[1].address, IKE_PORT};
    struct ike_message m;
    uint8_t out[256];
    size_t n;

    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_RESPONSE, sa->spi_i, 0, 0);
    assert_non_null(ike_message_add_notify(&m, notify, data, len));
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), 0);
    put_in(w, 0, &from, IKE_PORT, out, n);
}

/* A forged refusal is told, but the true answer is still taken; a true one ends the attempt soon.
 */
static void test_forged_refusals(void **state)
{
    static const struct {
        uint16_t notify;
        uint8_t data[2];
        size_t len;
        const char *code, *error;
    } cases[] = {
        {IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
         {0},
         0,
         "ike.peer-refused-ike-proposals",
         "none of our IKE proposals"},
        {IKE_NOTIFY_INVALID_SYNTAX,
         {0},
         0,
         "ike.peer-refused-init",
         "the peer refused IKE_SA_INIT: INVALID_SYNTAX"},
        {8000, {0}, 0, "ike.unknown-notify", "the peer refused IKE_SA_INIT: unknown error 8000"},
        {IKE_NOTIFY_INVALID_KE_PAYLOAD,
         {0, CRYPTO_DH_MODP_1024},
         2,
         "ike.peer-wants-group",
         "no common DH group: peer wants"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

        b.initiate = false;
        world_set(w, 0, &a); /* the first message is lost: B has no tunnel yet */
        forge_answer(w, cases[i].notify, cases[i].data, cases[i].len);
        world_assert_error(w, 0, cases[i].code, cases[i].error);
        world_run(w, 10 * MS);
        world_set(w, 1, &b);
        world_run_until_up(w, 200 * MS); /* the same request, sent again */
        assert_string_equal(world_status(w, 0).last_error, "");
        world_free(w);
    }
}

static void test_a_refusal_ends_the_attempt_soon(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0);
    uint64_t spi;

    (void)state;
    world_set(w, 0, &a);
    spi = container_of(tunnel_of(w, 0)->peer.sas.next, struct ike_sa, peer_link)->spi_i;
    forge_answer(w, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
    world_run(w, 1900 * MS);
    assert_non_null(ikev2_find(&w->nodes[0].ike->ikev2, spi));
    world_run(w, 200 * MS);
    assert_null(ikev2_find(&w->nodes[0].ike->ikev2, spi));
    world_assert_error(w, 0, "ike.peer-refused-ike-proposals", "none of our IKE proposals");
    world_free(w);
}

/* Cookies and groups by the hundred: few answers, and in the end the peer gets through. */
static void test_forged_circles(void **state)
{
    (void)state;
    for (int groups = 0; groups < 2; groups++) {
        struct world *w = world_new((uint64_t)groups + 1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);
        uint64_t before;

        b.initiate = false;
        world_set(w, 0, &a);
        before = w->sent;
        for (uint8_t i = 0; i < 100; i++) {
            uint8_t cookie[8] = {i},
                    group[2] = {0, i % 2 ? CRYPTO_DH_CURVE25519 : CRYPTO_DH_ECP_256};

            if (groups)
                forge_answer(w, IKE_NOTIFY_INVALID_KE_PAYLOAD, group, 2);
            else
                forge_answer(w, IKE_NOTIFY_COOKIE, cookie, sizeof(cookie));
        }
        assert_in_range(w->sent - before, 1, 6);
        world_assert_error(w, 0, "ike.in-circles", "circles");
        world_run(w, 10 * MS); /* what was sent in vain is over */
        world_set(w, 1, &b);
        world_run_until_up(w, 200 * MS);
        world_free(w);
    }
}

/* A first message is kept while the IKE SA is half-open: it may not be of any length. */
static void test_first_messages_without_end(void **state)
{
    static const struct {
        size_t len;
        bool answered;
    } cases[] = {{1000, true}, {8192, true}, {32768, true}, {32769, false}};
    static uint8_t call[40000];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);
        struct ike_tunnel_config b = world_config(w, 1);
        struct endpoint from = {w->nodes[0].address, IKE_PORT};
        size_t len = write_call(CRYPTO_DH_CURVE25519, 32, 1, call, sizeof(call));

        b.initiate = false;
        world_set(w, 1, &b);
        /* The last payload of the call is a notify: a vendor ID of the right length follows it. */
        memset(call + len, 0, cases[i].len - len);
        call[len - 28] = IKE_PAYLOAD_VENDOR;
        put_be(call + len + 2, cases[i].len - len, 2);
        put_be(call + 24, cases[i].len, 4);
        put_in(w, 1, &from, IKE_PORT, call, cases[i].len);
        assert_int_equal(w->sent, cases[i].answered);
        assert_int_equal(w->nodes[1].ike->ikev2.n_half_open, cases[i].answered);
        world_free(w);
    }
}

/* ---- answers to the first message that lead nowhere ---- */

static uint8_t last_sent[4096];
static size_t last_len;

static bool keep_last(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    assert_true(len <= sizeof(last_sent));
    if (from == 0) {
        memcpy(last_sent, data, len);
        last_len = len;
    }
    return false;
}

/* A response that nobody can tell from a true one, but for its keys; which makes it another one. */
static void forge_response(struct world *w, uint8_t which)
{
    struct ike_sa *call = container_of(tunnel_of(w, 0)->peer.sas.next, struct ike_sa, peer_link);
    struct endpoint from = {w->nodes[1].address, IKE_PORT};
    struct ike_choice choice = {
        .number = 1,
        .algs = {.encr = crypto_encr_find(CRYPTO_ENCR_AES_GCM_16, 128),
                 .prf = crypto_prf_find(CRYPTO_PRF_SHA2_256),
                 .dh = crypto_dh_find(CRYPTO_DH_CURVE25519)},
    };
    uint8_t bytes[32] = {9, which}, hash[20] = {0}, out[1024];
    struct ike_message m;
    size_t n;

    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_RESPONSE, call->spi_i, 0x100 + which, 0);
    assert_int_equal(ike_answer_proposal(&m, &choice, IKE_PROTOCOL_IKE, 0), 0);
    m.ke = (struct ike_ke){.group = CRYPTO_DH_CURVE25519, .data = crypto_span(bytes, 32)};
    m.nonce = crypto_span(bytes, 32);
    ike_message_mark(&m, IKE_PAYLOAD_KE);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, hash, 20));
    assert_non_null(ike_message_add_notify(&m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, hash, 20));
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), 0);
    put_in(w, 0, &from, IKE_PORT, out, n);
}

static size_t count_sas(struct world *w, int node)
{
    return w->nodes[node].ike->ikev2.n_sas;
}

/* Somebody on the way is quicker than the peer: his answers and the peer's are all tried, and the
 * one that proves to be the peer's stays (2.4). Beyond the bound the next call has to do it. */
static void test_forged_responses(void **state)
{
    static const struct {
        uint8_t forged;
        bool up;
    } cases[] = {{1, true}, {7, true}, {8, false}, {200, false}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);
        struct endpoint from = {w->nodes[0].address, IKE_PORT};

        b.initiate = false;
        w->filter = keep_last;
        world_set(w, 0, &a);
        world_set(w, 1, &b);
        first_call_len = last_len;
        memcpy(first_call, last_sent, last_len);
        for (uint8_t k = 0; k < cases[i].forged; k++) {
            forge_response(w, k);
            forge_response(w, k); /* repeated */
        }
        assert_int_equal(count_sas(w, 0), 1 + MIN(cases[i].forged, 8U));
        w->filter = NULL;
        put_in(w, 1, &from, IKE_PORT, first_call, first_call_len);
        world_run(w, 100 * MS);
        assert_int_equal(world_is_up(w, 0), cases[i].up);
        world_run(w, 120 * SECOND);
        world_assert_one_pair(w);
        assert_int_equal(count_sas(w, 0), 1);
        world_free(w);
    }
}

/* What an IKE machine of its own, which has only the addresses in common with B, sends to A. */
static void ask_impostor(struct world *w, struct ike *impostor, uint16_t port)
{
    struct endpoint local = {w->nodes[1].address, port}, remote = {w->nodes[0].address, port};
    uint8_t copy[4096];
    struct ike_action act;
    size_t n = 0;

    ike_input(impostor, &local, &remote, last_sent, last_len, w->now_us);
    while (ike_next_action(impostor, &act)) {
        if (act.kind == IKE_ACTION_SEND) {
            n = act.len;
            memcpy(copy, act.data, n);
        }
        ike_action_wipe(&act);
    }
    assert_true(n > 0);
    put_in(w, 0, &local, port, copy, n);
}

/* He answers both messages, the second with a refusal, before the peer's first answer is there: the
 * refusal is told, and the true answer is still taken. */
static void test_an_impostor_who_refuses(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1), c = b;
    struct endpoint from = {w->nodes[0].address, IKE_PORT};
    struct ike *impostor;

    (void)state;
    b.initiate = c.initiate = false;
    c.psk[0] ^= 1;
    assert_int_equal(ike_new(NULL, &impostor), 0);
    ike_inventory_begin(impostor, NULL);
    ike_inventory_end(impostor, NULL, w->now_us);
    ike_sync_begin(impostor);
    assert_int_equal(ike_tunnel_set(impostor, &c, w->now_us), 1);
    (void)ike_sync_end(impostor, w->now_us);
    w->filter = keep_last;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    memcpy(first_call, last_sent, last_len);
    first_call_len = last_len;
    ask_impostor(w, impostor, IKE_PORT);
    ask_impostor(w, impostor, IKE_PORT_NATT);
    world_assert_error(w, 0, "ike.peer-refused-us", "PSK mismatch");
    w->filter = NULL;
    world_run(w, 500 * MS);
    put_in(w, 1, &from, IKE_PORT, first_call, first_call_len);
    world_run(w, 100 * MS);
    world_assert_one_pair(w);
    ike_free(impostor);
    world_free(w);
}

static void test_a_cookie_repeated_counts_once(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0);
    uint64_t before;

    (void)state;
    world_set(w, 0, &a);
    before = w->sent;
    for (int i = 0; i < 10; i++)
        forge_answer(w, IKE_NOTIFY_COOKIE, "cookie", 6);
    assert_int_equal(w->sent - before, 1);
    world_free(w);
}

/* Whoever forges the peer's address can neither give a tunnel that is up an error nor fill its log.
 */
static void test_forged_calls_at_a_tunnel_that_is_up(void **state)
{
    struct world *w = world_new_up(1);
    struct endpoint from = {w->nodes[0].address, IKE_PORT};
    unsigned logs = w->nodes[1].logs, statuses = w->nodes[1].statuses;
    uint8_t call[1024];

    (void)state;
    for (uint64_t i = 1; i <= 1000; i++) {
        size_t len = i % 2 ? write_call(CRYPTO_DH_ECP_521, 132, i, call, sizeof(call))
                           : write_call(CRYPTO_DH_ECP_384, 96, i, call, sizeof(call));

        put_in(w, 1, &from, IKE_PORT, call, len);
        world_run(w, MS);
    }
    assert_int_equal(w->nodes[1].logs - logs, 1);
    assert_int_equal(w->nodes[1].statuses, statuses);
    assert_string_equal(world_status(w, 1).last_error, "");
    world_run(w, 40 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

static void test_a_peer_of_version_1(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config b = world_config(w, 1);
    struct endpoint from = {w->nodes[0].address, IKE_PORT};
    uint8_t call[28] = {[0] = 7, [16] = 1, [17] = 0x10, [18] = 2, [27] = 28};

    (void)state;
    b.initiate = false;
    world_set(w, 1, &b);
    put_in(w, 1, &from, IKE_PORT, call, sizeof(call));
    assert_int_equal(w->sent, 0);
    world_assert_error(w, 1, "ike.version-1",
                       "the peer speaks IKEv1, this tunnel IKEv2: set the peer to IKEv2, or "
                       "ike.version to 1 here");
    world_free(w);
}

/* A tunnel for anybody: there every stranger could be a peer. */
static void set_dynamic(struct world *w, int node)
{
    struct ike_tunnel_config c = world_config(w, node);

    c.remote = addr_v4(0, 0, 0, 0);
    c.initiate = false;
    world_set(w, node, &c);
}

/* One who asks for unknown IKE SAs all the time gets few answers, and takes nobody else's. */
static void test_a_noisy_stranger_silences_nobody(void **state)
{
    struct world *w = world_new(1);
    struct endpoint noisy = {addr_v4(203, 0, 113, 1), IKE_PORT}, other = noisy;
    uint8_t m[28] = {1,
                     [8] = 9,
                     [17] = 0x20,
                     [18] = IKE_EXCHANGE_INFORMATIONAL,
                     [19] = IKE_FLAG_INITIATOR,
                     [27] = 28};
    uint64_t before;

    (void)state;
    set_dynamic(w, 1);
    for (int second = 0; second < 3; second++) {
        before = w->sent;
        for (int i = 0; i < 1000; i++)
            put_in(w, 1, &noisy, IKE_PORT, m, sizeof(m));
        assert_int_equal(w->sent - before, 10);
        other.addr.bytes[3] = (uint8_t)(2 + second);
        put_in(w, 1, &other, IKE_PORT, m, sizeof(m));
        assert_int_equal(w->sent - before, 11);
        world_run(w, SECOND);
    }
    world_free(w);
}

/* Nor does one who calls where there is no tunnel keep others out of the log. */
static void test_a_noisy_stranger_fills_no_log(void **state)
{
    struct world *w = world_new(1);
    struct endpoint noisy = {addr_v4(203, 0, 113, 1), IKE_PORT},
                    other = {addr_v4(203, 0, 113, 2), 500};
    struct ike_tunnel_config c = world_config(w, 1);
    uint8_t call[1024];
    size_t len = write_call(CRYPTO_DH_CURVE25519, 32, 1, call, sizeof(call));
    unsigned logs;

    (void)state;
    c.initiate = false;
    world_set(w, 1, &c);
    logs = w->nodes[1].logs;
    for (int i = 0; i < 100; i++) {
        put_in(w, 1, &noisy, IKE_PORT, call, len);
        world_run(w, 100 * MS);
    }
    assert_int_equal(w->nodes[1].logs - logs, 1);
    put_in(w, 1, &other, IKE_PORT, call, len);
    assert_int_equal(w->nodes[1].logs - logs, 2);
    for (uint8_t i = 3; i < 200; i++) { /* from forged addresses: a line a second */
        other.addr.bytes[3] = i;
        put_in(w, 1, &other, IKE_PORT, call, len);
    }
    assert_int_equal(w->nodes[1].logs - logs, 2);
    world_free(w);
}

/* Not ill will, but no use either: an answer that ends it, and a word to the operator. */
static void test_a_call_without_nat_traversal(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config b = world_config(w, 1);
    struct endpoint from = {w->nodes[0].address, IKE_PORT};
    uint8_t call[1024];
    size_t len = write_call(CRYPTO_DH_CURVE25519, 32, 1, call, sizeof(call));

    (void)state;
    b.initiate = false;
    world_set(w, 1, &b);
    call[len - 22] ^= 0xff; /* another notify than NAT_DETECTION_DESTINATION_IP */
    put_in(w, 1, &from, IKE_PORT, call, len);
    assert_int_equal(w->sent, 1);
    assert_int_equal(w->nodes[1].ike->ikev2.n_sas, 0);
    world_assert_error(w, 1, "ike.without-nat-t", "enable NAT-T there");
    world_free(w);
}

/* Addresses share places: here it is known which. */
static void count_up(void *context, void *ret, size_t len)
{
    static uint8_t n;

    (void)context;
    memset(ret, ++n, len);
}

/* One address may hold a quarter of the half-open SAs. */
static void test_half_open_of_one_address(void **state)
{
    struct ike_options options = {.cookies_from = 100, .half_open_max = 16, .random = count_up};
    struct world *w = world_new(1);
    struct ike_tunnel_config c = world_config(w, 1);
    struct endpoint from = {addr_v4(203, 0, 113, 1), IKE_PORT};
    struct ike_stats stats;
    uint8_t call[1024];

    (void)state;
    ike_free(w->nodes[1].ike);
    assert_int_equal(ike_new(&options, &w->nodes[1].ike), 0);
    c.remote = addr_v4(0, 0, 0, 0);
    world_set(w, 1, &c);
    for (uint64_t i = 1; i <= 10; i++) {
        put_in(w, 1, &from, IKE_PORT, call,
               write_call(CRYPTO_DH_CURVE25519, 32, i, call, sizeof(call)));
    }
    ike_get_stats(w->nodes[1].ike, &stats);
    assert_int_equal(w->nodes[1].ike->ikev2.n_half_open, 4);
    assert_int_equal(stats.half_open_dropped, 6);
    from.addr = addr_v4(203, 0, 113, 2);
    put_in(w, 1, &from, IKE_PORT, call,
           write_call(CRYPTO_DH_CURVE25519, 32, 1, call, sizeof(call)));
    assert_int_equal(w->nodes[1].ike->ikev2.n_half_open, 5);
    world_free(w);
}

/* ---- who it is ---- */

/* A tunnel for anybody does not take the calls of a peer that has a tunnel of its own. */
static void test_a_peer_finds_its_own_tunnel(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct world *w = world_new(1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1), open = b;
        struct ike *ike = w->nodes[1].ike;

        b.initiate = false;
        text_copy(open.id, sizeof(open.id), "vpntun-1");
        open.remote = addr_v4(0, 0, 0, 0);
        open.psk[0] ^= 1;
        ike_sync_begin(ike);
        assert_true(ike_tunnel_set(ike, order ? &open : &b, w->now_us) == 1);
        assert_true(ike_tunnel_set(ike, order ? &b : &open, w->now_us) == 1);
        (void)ike_sync_end(ike, w->now_us);
        world_collect(w, 1);
        world_set(w, 0, &a);
        world_run(w, SECOND);
        assert_non_null(sa_of(w, 0));
        assert_non_null(sa_of(w, 1));
        world_free(w);
    }
}

static bool drop_auth(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    (void)len;
    return from != 0 || data[18] != IKE_EXCHANGE_AUTH;
}

static void try_bad_auth(bool bad)
{
    static const uint8_t id[] = {0, 0, 0, 12, IKE_ID_IPV4, 0, 0, 0, 198, 51, 100, 1};
    struct raw_request q = {.exchange = IKE_EXCHANGE_AUTH,
                            .id = 1,
                            .first = IKE_PAYLOAD_IDI,
                            .chain = id,
                            .len = bad ? 11 : sizeof(id)};
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);
    struct endpoint from = {w->nodes[0].address, IKE_PORT_NATT};
    struct ike_sa *sa;
    uint8_t out[256];
    uint64_t before;

    b.initiate = false;
    w->filter = drop_auth;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run(w, 50 * MS);
    sa = container_of(tunnel_of(w, 0)->peer.sas.prev, struct ike_sa, peer_link);
    assert_int_equal(sa->state, IKE_SA_AUTHENTICATING);
    assert_int_equal(w->nodes[1].ike->ikev2.n_half_open, 1);
    before = w->sent;
    put_in(w, 1, &from, IKE_PORT_NATT, out, raw_seal(sa, &q, out, sizeof(out)));
    assert_int_equal(w->sent - before, 1);
    world_assert_error(w, 1, bad ? "ike.auth-malformed" : "ike.auth-unusable",
                       bad ? "payload IDi does not parse" : "IKE_AUTH is not usable");
    q.id = 2; /* the last word was said */
    put_in(w, 1, &from, IKE_PORT_NATT, out, raw_seal(sa, &q, out, sizeof(out)));
    assert_int_equal(w->sent - before, 1);
    w->nodes[0].deaf = true;
    world_run(w, 21 * SECOND);
    assert_int_equal(w->nodes[1].ike->ikev2.n_half_open, 0);
    world_free(w);
}

/* IKE_AUTH as for EAP, without an AUTH payload, or cut off: an answer, a word to the operator, and
 * the end. */
static void test_auth_that_cannot_be_read(void **state)
{
    (void)state;
    try_bad_auth(false);
    try_bad_auth(true);
}

/* ---- with a key ---- */

static void send_as_a(struct world *w, const struct endpoint *from, uint8_t exchange, uint8_t first,
                      const uint8_t *chain, size_t len)
{
    struct ike_sa *sa = sa_of(w, 0);
    struct raw_request q = {
        .exchange = exchange, .id = sa->v2->send_id++, .first = first, .chain = chain, .len = len};
    uint8_t out[2048];
    size_t n = raw_seal(sa, &q, out, sizeof(out));

    assert_true(n > 0);
    put_in(w, 1, from, IKE_PORT_NATT, out, n);
}

/* An authentic packet may have been sent on from elsewhere: behind a NAT we follow only a peer that
 * is behind one, too (2.23). */
static void test_behind_a_nat_we_do_not_follow(void **state)
{
    struct world *w = world_new_up(1);
    struct endpoint elsewhere = {addr_v4(203, 0, 113, 9), 1234};
    struct ike_sa *b = sa_of(w, 1);

    (void)state;
    b->nat_local = true;
    b->nat_remote = false;
    send_as_a(w, &elsewhere, IKE_EXCHANGE_INFORMATIONAL, 0, NULL, 0);
    assert_true(addr_equal(&b->remote.addr, &w->nodes[0].address));
    assert_int_equal(w->nodes[1].moves, 0);
    b->nat_remote = true;
    send_as_a(w, &elsewhere, IKE_EXCHANGE_INFORMATIONAL, 0, NULL, 0);
    assert_true(endpoint_equal(&b->remote, &elsewhere));
    assert_int_equal(w->nodes[1].moves, 1);
    world_free(w);
}

static size_t count_children(struct ike_sa *sa)
{
    size_t n = 0;

    list_for_each (child, &sa->pairs, struct ike_pair, link)
        n++;
    return n;
}

static void test_children_without_end(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);
    struct endpoint from = {w->nodes[0].address, IKE_PORT_NATT};
    uint8_t chain[1024], first, nonce[32] = {0};

    (void)state;
    c.child.groups[0] = 0;
    c.child.n_groups = 1;
    sa_of(w, 1)->peer->config.child.groups[0] = 0; /* no PFS: quicker */
    for (uint32_t i = 0; i < 2 * IKEV2_CHILDREN_MAX; i++) {
        struct ike_message m;
        size_t len;

        ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, 0, 0, 0, 0);
        assert_int_equal(ike_propose_child(&m, &c.child, true, true, 0x1000 + i), 0);
        m.nonce = crypto_span(nonce, sizeof(nonce));
        ike_message_mark(&m, IKE_PAYLOAD_NONCE);
        assert_int_equal(ike_ts_fill(&m.tsi, c.local_ts, 1), 0);
        assert_int_equal(ike_ts_fill(&m.tsr, c.local_ts, 1), 0);
        ike_message_mark(&m, IKE_PAYLOAD_TSI);
        ike_message_mark(&m, IKE_PAYLOAD_TSR);
        assert_int_equal(ike_message_build_inner(&m, chain, sizeof(chain), &first, &len), 0);
        send_as_a(w, &from, IKE_EXCHANGE_CREATE_CHILD_SA, first, chain, len);
    }
    assert_int_equal(count_children(sa_of(w, 1)), IKEV2_CHILDREN_MAX);
    world_free(w);
}

static bool drop_deletes(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    (void)len;
    return from != 0 || data[18] != IKE_EXCHANGE_INFORMATIONAL;
}

/* A peer that rekeys the IKE SA over and over, and never deletes the old ones. */
static void test_rekeys_without_end(void **state)
{
    struct world *w = world_new_up(1);
    size_t n = 0, most = 0;

    (void)state;
    w->filter = drop_deletes;
    for (int i = 0; i < 40; i++) {
        world_command(w, 0, IKE_COMMAND_REKEY_IKE);
        world_run(w, 50 * MS);
        n = 0;
        list_for_each (sa, &tunnel_of(w, 1)->peer.sas, struct ike_sa, peer_link)
            n++;
        most = MAX(most, n);
    }
    assert_int_equal(most, IKE_SAS_MAX);
    w->filter = NULL;
    world_run(w, 200 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* SPIs below 256 are reserved. */
static void test_reserved_spis(void **state)
{
    static const struct ike_offer offer = {
        .n_ciphers = 1, .n_groups = 1, .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 128}}};
    struct ike_choice choice;
    struct ike_message m;

    (void)state;
    for (uint32_t spi = 0; spi <= 256; spi++) {
        ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, 0, 0, 0, 0);
        assert_int_equal(ike_propose_child(&m, &offer, true, true, spi), 0);
        assert_int_equal(ike_choose_child(&m, &offer, true, true, 0, &choice),
                         spi < 256 ? -ENOENT : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forged_refusals),
        cmocka_unit_test(test_a_refusal_ends_the_attempt_soon),
        cmocka_unit_test(test_forged_circles),
        cmocka_unit_test(test_first_messages_without_end),
        cmocka_unit_test(test_forged_responses),
        cmocka_unit_test(test_an_impostor_who_refuses),
        cmocka_unit_test(test_a_cookie_repeated_counts_once),
        cmocka_unit_test(test_forged_calls_at_a_tunnel_that_is_up),
        cmocka_unit_test(test_a_peer_of_version_1),
        cmocka_unit_test(test_a_noisy_stranger_silences_nobody),
        cmocka_unit_test(test_a_noisy_stranger_fills_no_log),
        cmocka_unit_test(test_a_call_without_nat_traversal),
        cmocka_unit_test(test_half_open_of_one_address),
        cmocka_unit_test(test_a_peer_finds_its_own_tunnel),
        cmocka_unit_test(test_auth_that_cannot_be_read),
        cmocka_unit_test(test_behind_a_nat_we_do_not_follow),
        cmocka_unit_test(test_children_without_end),
        cmocka_unit_test(test_rekeys_without_end),
        cmocka_unit_test(test_reserved_spis),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
