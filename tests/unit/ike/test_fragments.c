#include "world.h"

#include "tunnel_internal.h"

/* Messages that are longer than one packet (RFC 7383), between two machines and by themselves. */

#define WHOLE_MAX (1280 - 20 - 8 - 4) /* of an IKE message in an IPv4 packet */

static bool is_fragment(const uint8_t *data)
{
    return data[16] == IKE_PAYLOAD_SKF;
}

static uint16_t number_of(const uint8_t *data)
{
    return wire_load_be16(data + 32);
}

static struct ike_sa *sa_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0")->peer.lead;
}

/* As many networks of IPv6 as a tunnel may have make IKE_AUTH longer than a packet. */
static void name_many(struct ike_tunnel_config *c, int node)
{
    c->n_local_ts = c->n_remote_ts = IKE_PREFIXES_MAX;
    for (uint8_t i = 0; i < IKE_PREFIXES_MAX; i++) {
        struct addr a = {.family = ADDR_IPV6, .bytes = {0xfd, 0, i}};
        struct addr b = {.family = ADDR_IPV6, .bytes = {0xfd, 1, i}};

        c->local_ts[i] = prefix_make(node ? &b : &a, 48);
        c->remote_ts[i] = prefix_make(node ? &a : &b, 48);
    }
}

static struct world *world_of_many(uint64_t seed)
{
    struct world *w = world_new(seed);

    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = world_config(w, i);

        name_many(&c, i);
        c.initiate = i == 0;
        world_set(w, i, &c);
    }
    return w;
}

/* A path that lets nothing pass that is longer than a packet. */
static bool drop_long(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)from;
    w->filter_count += is_fragment(data);
    return len <= WHOLE_MAX;
}

static void test_long_messages_pass(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct world *w = world_of_many(seed);

        w->filter = drop_long;
        w->loss_percent = (unsigned)seed % 4 * 10;
        w->dup_percent = (unsigned)seed % 3 * 20;
        w->jitter_us = seed % 2 * 30 * MS;
        world_run_until_up(w, 60 * SECOND);
        assert_true(w->filter_count >= 4);
        assert_int_equal(world_status(w, 0).n_local_ts, IKE_PREFIXES_MAX);
        w->loss_percent = 0;
        world_run(w, 20 * SECOND);
        world_assert_one_pair(w);
        for (int i = 0; i < 2; i++)
            assert_int_equal(w->nodes[i].ike->ikev2.reassembling, 0);
        world_free(w);
    }
}

/* Rekeys of both kinds, on the IKE SA of the first exchange and on the one after it. */
static void test_rekeys(void **state)
{
    struct world *w = world_of_many(1);

    (void)state;
    w->filter = drop_long;
    world_run_until_up(w, SECOND);
    world_run(w, SECOND);
    for (int round = 0; round < 2; round++) {
        uint32_t before = world_spi(w, 0, IKE_IN);
        int fragments = w->filter_count;

        world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
        world_run(w, 10 * SECOND);
        assert_int_not_equal(world_spi(w, 0, IKE_IN), before);
        assert_true(w->filter_count >= fragments + 4);
        world_command(w, 0, IKE_COMMAND_REKEY_IKE);
        world_run(w, 10 * SECOND);
        assert_true(sa_of(w, 0)->v2->fragments && sa_of(w, 1)->v2->fragments);
        world_assert_one_pair(w);
    }
    world_free(w);
}

/* ---- what is repeated, forged, or does not come ---- */

/* Each request comes twice, and in each second one the fragments other than the first are changed.
 */
static bool spoil_some(struct world *w, int from, const uint8_t *data, size_t len)
{
    if (is_fragment(data) && from == 0 && number_of(data) == 2 && w->filter_count++ % 2 == 0)
        ((uint8_t *)(uintptr_t)data)[len - 20] ^= 1;
    return len <= WHOLE_MAX;
}

static void test_each_fragment_is_authentic(void **state)
{
    struct world *w = world_of_many(1);

    (void)state;
    w->filter = spoil_some;
    world_run_until_up(w, 10 * SECOND);
    assert_true(w->nodes[1].ike->ikev2.stats.unauthentic > 0);
    world_free(w);
}

static uint8_t kept[8][2048];
static size_t kept_len[8], n_kept, n_answered;

static bool keep_fragments(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    if (from == 1)
        n_answered++;
    if (from == 0 && is_fragment(data) && n_kept < ARRAY_SIZE(kept)) {
        memcpy(kept[n_kept], data, len);
        kept_len[n_kept++] = len;
    }
    return true;
}

static void put_in(struct world *w, const uint8_t *data, size_t len)
{
    struct endpoint local = {w->nodes[1].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[0].address, IKE_PORT_NATT};

    ike_input(w->nodes[1].ike, &local, &remote, data, len, w->now_us);
    world_collect(w, 1);
}

/* Of a request that is sent again only the first fragment brings the answer, all of it. */
static void test_repeated_request(void **state)
{
    struct world *w = world_of_many(1);
    size_t answer;

    (void)state;
    n_kept = n_answered = 0;
    w->filter = keep_fragments;
    world_run_until_up(w, SECOND);
    assert_true(n_kept >= 2);
    world_free(w);

    w = world_of_many(1);
    n_kept = 0;
    w->filter = keep_fragments;
    world_run(w, 13 * MS); /* IKE_AUTH has arrived, nothing else has */
    while (n_kept == 0 || !sa_of(w, 1))
        world_run(w, 1 * MS);
    n_answered = 0;
    put_in(w, kept[1], kept_len[1]);
    assert_int_equal(n_answered, 0);
    put_in(w, kept[0], kept_len[0]);
    answer = n_answered;
    assert_true(answer >= 2);
    kept[0][kept_len[0] - 1] ^= 1;
    put_in(w, kept[0], kept_len[0]);
    assert_int_equal(n_answered, answer);
    world_free(w);
}

static bool lose_second(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    return !(from == w->filter_arg && is_fragment(data) && number_of(data) == 2) &&
           len <= WHOLE_MAX;
}

/* Some of the fragments never come: who waits for them says so, and in the end keeps nothing. */
static void test_lost_fragments_are_told(void **state)
{
    (void)state;
    for (int from = 0; from < 2; from++) {
        struct world *w = world_of_many(1);

        w->filter = lose_second;
        w->filter_arg = from;
        world_run(w, 45 * SECOND);
        assert_false(world_is_up(w, !from));
        world_assert_error(w, !from, "ike.fragments-lost", "IKE fragments came");
        if (from == 0)
            world_assert_error(w, 0, "ike.no-answer-to-auth", "no answer to IKE_AUTH");
        w->filter = NULL;
        world_run(w, 90 * SECOND);
        for (int i = 0; i < 2; i++)
            assert_int_equal(w->nodes[i].ike->ikev2.reassembling, 0);
        world_free(w);
    }
}

/* A peer that knows nothing of fragments: what it says of them is hidden from us. */
static bool hide_fragmentation(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    static const uint8_t notify[4] = {0, 0, IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED >> 8,
                                      IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED & 0xff};

    for (size_t i = IKE_HEADER_LEN; from == 1 && i + 4 <= len; i++) {
        if (data[18] == IKE_EXCHANGE_SA_INIT && memcmp(data + i, notify, 4) == 0)
            ((uint8_t *)(uintptr_t)data)[i + 2] = 0xa0;
    }
    return len <= WHOLE_MAX;
}

static void test_long_messages_die(void **state)
{
    struct world *w = world_of_many(1);

    (void)state;
    w->filter = hide_fragmentation;
    world_run(w, 45 * SECOND);
    world_assert_error(w, 0, "ike.large-unanswered", "turn on IKE fragmentation (RFC 7383)");
    world_free(w);
}

/* The same of a tunnel that is up. */
static void test_long_requests_die(void **state)
{
    struct world *w = world_of_many(1);

    (void)state;
    w->filter = drop_long;
    world_run_until_up(w, SECOND);
    world_run(w, SECOND);
    sa_of(w, 0)->v2->fragments = false;
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    world_run(w, 15 * SECOND);
    world_assert_error(w, 0, "ike.large-request-unanswered", "turn on IKE fragmentation");
    assert_true(world_is_up(w, 0));
    world_free(w);
}

static bool drop_auth(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    (void)from;
    (void)len;
    return data[18] != IKE_EXCHANGE_AUTH;
}

/* Who has proved nothing but to have keys fills no memory with a message that never ends, and not
 * for long; nor does it matter which message the fragments are of. */
static void test_messages_without_end(void **state)
{
    static uint8_t part[1000], out[1400];
    struct world *w = world_of_many(1);
    struct ike_header hdr = {.version = 0x20, .exchange = IKE_EXCHANGE_AUTH};
    const struct ikev2 *b = &w->nodes[1].ike->ikev2;
    const struct ike_sa *sa;
    size_t n;

    (void)state;
    w->filter = drop_auth;
    world_run(w, 50 * MS);
    sa = container_of(ike_tunnel_find(w->nodes[0].ike, "vpntun-0")->peer.sas.prev, struct ike_sa,
                      peer_link);
    assert_int_equal(sa->state, IKE_SA_AUTHENTICATING);
    hdr.spi_i = sa->spi_i;
    hdr.spi_r = sa->spi_r;
    hdr.flags = IKE_FLAG_INITIATOR;
    for (uint32_t id = 1; id <= 3; id++) {
        for (uint16_t i = 1; i <= 40; i++) {
            struct ike_fragment f = {
                .number = i, .total = 60, .part = crypto_span(part, sizeof(part))};

            hdr.message_id = id;
            assert_int_equal(ike_fragment_protect(&hdr, &f, sa->v2->sk, out, sizeof(out), &n), 0);
            put_in(w, out, n);
        }
        assert_int_equal(b->reassembling, 24000); /* nothing of the messages after it */
    }
    w->nodes[0].deaf = true;
    world_run(w, 21 * SECOND);
    assert_int_equal(b->reassembling, 0);
    world_free(w);
}

/* ---- the reassembly by itself ---- */

static uint64_t dice;

static size_t below(size_t n)
{
    dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (size_t)(dice >> 33) % n;
}

/* Any cut, in any order, with repetitions, after fragments of a coarser cut: the same comes out. */
static void test_any_order(void **state)
{
    static uint8_t chain[20000], out[20000];

    (void)state;
    for (size_t i = 0; i < sizeof(chain); i++)
        chain[i] = (uint8_t)below(256);
    for (unsigned round = 0; round < 300; round++) {
        struct ike_reassembly *r = ike_reassembly_new();
        uint16_t total = (uint16_t)(2 + below(IKE_FRAGMENTS_MAX - 1));
        size_t len = total + below(sizeof(chain) - total), part = (len + total - 1) / total;
        struct ike_encrypted other = {.is_fragment = true, .fragment = 1, .fragment_total = 1};
        uint8_t first = 0;
        size_t n = 0;

        if (round % 2 && total > 2) {
            other.fragment_total = (uint16_t)(total - 1);
            assert_int_equal(ike_reassembly_add(r, &other, crypto_span(chain, 7), 70000), 0);
        }
        while (!ike_reassembly_is_whole(r)) {
            struct ike_encrypted e = {.is_fragment = true, .fragment_total = total};
            size_t at;
            int got;

            e.fragment = (uint16_t)(1 + below(total));
            e.first = e.fragment == 1 ? IKE_PAYLOAD_IDI : 0;
            at = MIN((e.fragment - 1U) * part, len);
            got = ike_reassembly_add(r, &e, crypto_span(chain + at, MIN(part, len - at)), 70000);
            assert_true(got == 0 || got == -EALREADY);
            if (other.fragment_total > 1)
                assert_int_equal(ike_reassembly_add(r, &other, crypto_span(chain, 7), 70000),
                                 -EBADMSG);
        }
        assert_int_equal(ike_reassembly_len(r), len);
        assert_int_equal(ike_reassembly_join(r, out, len - 1, &first, &n), -ENOBUFS);
        assert_int_equal(ike_reassembly_join(r, out, sizeof(out), &first, &n), 0);
        assert_int_equal(first, IKE_PAYLOAD_IDI);
        assert_int_equal(n, len);
        assert_memory_equal(out, chain, len);
        ike_reassembly_free(r);
    }
}

static void test_bounds(void **state)
{
    static uint8_t chain[1000];
    struct ike_reassembly *r = ike_reassembly_new();
    struct ike_encrypted e = {.is_fragment = true, .fragment = 1};

    (void)state;
    e.fragment_total = IKE_FRAGMENTS_MAX + 1;
    assert_int_equal(ike_reassembly_add(r, &e, crypto_span(chain, 1), 5000), -E2BIG);
    e.fragment_total = IKE_FRAGMENTS_MAX;
    for (; e.fragment <= 5; e.fragment++)
        assert_int_equal(ike_reassembly_add(r, &e, crypto_span(chain, 1000), 5000), 0);
    assert_int_equal(ike_reassembly_add(r, &e, crypto_span(chain, 1), 5000), -E2BIG);
    assert_int_equal(ike_reassembly_add(r, &e, crypto_span(chain, 0), 5000), 0);
    assert_int_equal(ike_reassembly_len(r), 5000);
    ike_reassembly_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_messages_pass),
        cmocka_unit_test(test_rekeys),
        cmocka_unit_test(test_each_fragment_is_authentic),
        cmocka_unit_test(test_repeated_request),
        cmocka_unit_test(test_lost_fragments_are_told),
        cmocka_unit_test(test_long_messages_die),
        cmocka_unit_test(test_long_requests_die),
        cmocka_unit_test(test_messages_without_end),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
