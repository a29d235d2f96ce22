#include "esp_test.h"

#define PACKET_MAX 9000
#define FRAME_MAX  (PACKET_MAX + ESP_OVERHEAD_MAX)
#define BATCH_MAX  130 /* more than go through the passes together */

/* Two ends of one direction of a tunnel, each with its engine. */
struct pipe {
    struct esp_engine *out_engine, *in_engine;
    struct esp_sa *out, *in;
    uint8_t packets[BATCH_MAX][PACKET_MAX];
    uint8_t frames[BATCH_MAX][FRAME_MAX];
    struct esp_out jobs[BATCH_MAX];
    struct esp_in received[BATCH_MAX];
};

static struct pipe *pipe_new(const struct algorithm *a, enum esp_engine_kind out,
                             enum esp_engine_kind in, bool esn, uint64_t seq)
{
    struct pipe *p = calloc(1, sizeof(*p));
    struct esp_sa_params params = params_of(a, out, ESP_OUTBOUND);

    assert_non_null(p);
    params.esn = esn;
    params.seq = seq;
    p->out = sa_of(&params);
    params.direction = ESP_INBOUND;
    params.engine = in;
    params.replay_window = 256;
    p->in = sa_of(&params);
    p->out_engine = engine_of(out);
    p->in_engine = engine_of(in);
    return p;
}

static void pipe_free(struct pipe *p)
{
    esp_sa_free(p->out);
    esp_sa_free(p->in);
    esp_engine_free(p->out_engine);
    esp_engine_free(p->in_engine);
    free(p);
}

/* Readies job i for a packet of len bytes of which the first head bytes lie elsewhere. */
static void put(struct pipe *p, unsigned i, size_t len, size_t head)
{
    make_packet(p->packets[i], len, i % 2 && len >= 40 ? 6 : 4);
    p->jobs[i] = (struct esp_out){
        .head = head ? p->packets[i] : NULL,
        .head_len = (uint32_t)head,
        .body = head < len ? p->packets[i] + head : NULL,
        .body_len = (uint32_t)(len - head),
        .dst = p->frames[i],
        .dst_cap = (uint32_t)esp_len(esp_sa_shape(p->out), len),
    };
}

static void send_all(struct pipe *p, unsigned n)
{
    assert_int_equal(esp_encrypt(p->out_engine, p->out, p->jobs, n), 0);
    for (unsigned i = 0; i < n; i++)
        p->received[i] = (struct esp_in){.sa = p->in, .data = p->frames[i], .len = p->jobs[i].len};
}

static void receive(struct pipe *p, unsigned n)
{
    esp_decrypt(p->in_engine, p->received, n);
}

static void expect_ok(const struct pipe *p, unsigned i, size_t len)
{
    const struct esp_in *in = &p->received[i];

    if (in->result != ESP_OK)
        fail_msg("packet %u: %s", i, esp_result_name(in->result));
    assert_int_equal(in->inner_len, len);
    assert_memory_equal(in->inner, p->packets[i], len);
    assert_int_equal(in->next_header, p->packets[i][0] >> 4 == 4 ? 4 : 41);
}

static size_t length_of(unsigned i)
{
    static const size_t some[] = {1399, 1400, 1401, 1402, 1403, 1404, 1405, 1500, 8999, PACKET_MAX};

    return i < 120 ? 20 + i : some[i - 120];
}

static void round_trip(const struct algorithm *a, enum esp_engine_kind out, enum esp_engine_kind in,
                       bool esn)
{
    struct pipe *p = pipe_new(a, out, in, esn, 0);
    uint64_t plain = 0, bytes = 0;
    struct esp_sa_stats stats;

    for (unsigned i = 0; i < BATCH_MAX; i++) {
        size_t len = length_of(i);

        put(p, i, len, i % 3 == 0 ? 0 : i % 3 == 1 ? len : 20);
        plain += len;
        bytes += esp_len(esp_sa_shape(p->out), len);
    }
    send_all(p, BATCH_MAX);
    for (unsigned i = 0; i < BATCH_MAX; i++) {
        assert_int_equal(p->jobs[i].len, esp_len(esp_sa_shape(p->out), length_of(i)));
        assert_int_equal(wire_load_be32(p->frames[i]), 0xc0ffee01);
        assert_int_equal(wire_load_be32(p->frames[i] + 4), i + 1);
    }
    receive(p, BATCH_MAX);
    for (unsigned i = 0; i < BATCH_MAX; i++)
        expect_ok(p, i, length_of(i));
    esp_sa_read(p->out, &stats);
    assert_true(stats.packets == BATCH_MAX && stats.bytes == bytes && stats.plain_bytes == plain &&
                stats.seq == BATCH_MAX);
    esp_sa_read(p->in, &stats);
    assert_true(stats.packets == BATCH_MAX && stats.bytes == bytes && stats.plain_bytes == plain &&
                stats.seq == BATCH_MAX && stats.results[ESP_OK] == BATCH_MAX);
    pipe_free(p);
}

static void test_every_algorithm_and_engine_understands_the_other(void **state)
{
    (void)state;
    for (size_t a = 0; a < ARRAY_SIZE(algorithms); a++) {
        for (size_t out = 0; out < ARRAY_SIZE(engine_kinds); out++) {
            for (size_t in = 0; in < ARRAY_SIZE(engine_kinds); in++) {
                round_trip(&algorithms[a], engine_kinds[out], engine_kinds[in], false);
                round_trip(&algorithms[a], engine_kinds[out], engine_kinds[in], true);
            }
        }
    }
}

static void test_ivs_never_repeat_nor_count(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(engine_kinds); k++) {
        struct pipe *p = pipe_new(&algorithms[4], engine_kinds[k], engine_kinds[k], false, 0);
        uint8_t first[16];

        for (unsigned i = 0; i < 3; i++)
            put(p, i, 100, 0);
        send_all(p, 3);
        assert_memory_not_equal(p->frames[0] + 8, p->frames[1] + 8, 16);
        assert_memory_not_equal(p->frames[1] + 8, p->frames[2] + 8, 16);
        memcpy(first, p->frames[0] + 8, sizeof(first));
        pipe_free(p);
        /* Nor does another SA under the same keys begin with the same one. */
        p = pipe_new(&algorithms[4], engine_kinds[k], engine_kinds[k], false, 0);
        put(p, 0, 100, 0);
        send_all(p, 1);
        assert_memory_not_equal(p->frames[0] + 8, first, 16);
        pipe_free(p);
    }
}

static void test_a_copy_passes_once_even_in_one_batch(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(engine_kinds); k++) {
        struct pipe *p = pipe_new(&algorithms[0], engine_kinds[k], engine_kinds[k], true, 0);
        struct esp_sa_stats stats;

        put(p, 0, 100, 0);
        send_all(p, 1);
        memcpy(p->frames[1], p->frames[0], FRAME_MAX);
        memcpy(p->frames[2], p->frames[0], FRAME_MAX);
        p->received[1] = p->received[2] = p->received[0];
        p->received[1].data = p->frames[1];
        p->received[2].data = p->frames[2];
        receive(p, 2);
        expect_ok(p, 0, 100);
        assert_int_equal(p->received[1].result, ESP_REPLAYED);
        esp_decrypt(p->in_engine, &p->received[2], 1);
        assert_int_equal(p->received[2].result, ESP_REPLAYED);
        esp_sa_read(p->in, &stats);
        assert_int_equal(stats.results[ESP_REPLAYED], 2);
        assert_int_equal(stats.packets, 1);
        pipe_free(p);
    }
}

static void test_sequence_numbers_end_without_wrapping(void **state)
{
    static const struct {
        bool esn;
        uint64_t last;
    } rows[] = {{false, UINT32_MAX}, {true, UINT64_MAX}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pipe *p = pipe_new(&algorithms[0], ESP_ENGINE_AUTO, ESP_ENGINE_AUTO, rows[i].esn,
                                  rows[i].last - 3);

        for (unsigned n = 0; n < 4; n++)
            put(p, n, 64, 0);
        assert_int_equal(esp_encrypt(p->out_engine, p->out, p->jobs, 4), -EOVERFLOW);
        assert_int_equal(p->jobs[0].len, 0);
        assert_int_equal(esp_sa_flags(p->out), ESP_SA_SOFT);
        send_all(p, 2);
        assert_int_equal(esp_encrypt(p->out_engine, p->out, p->jobs + 2, 2), -EOVERFLOW);
        receive(p, 2);
        expect_ok(p, 0, 64);
        expect_ok(p, 1, 64);
        assert_int_equal(esp_encrypt(p->out_engine, p->out, p->jobs + 2, 1), 0);
        assert_int_equal(esp_sa_flags(p->out), ESP_SA_SOFT | ESP_SA_HARD);
        assert_int_equal(esp_encrypt(p->out_engine, p->out, p->jobs + 3, 1), -EOVERFLOW);
        p->received[2] = (struct esp_in){.sa = p->in, .data = p->frames[2], .len = p->jobs[2].len};
        esp_decrypt(p->in_engine, &p->received[2], 1);
        expect_ok(p, 2, 64);
        assert_true(p->received[2].seq == rows[i].last);
        pipe_free(p);
    }
}

/* 100 packets around 2^32, backwards: the high half is never on the wire. */
static void test_esn_crosses_the_edge_in_any_order(void **state)
{
    (void)state;
    for (size_t a = 0; a < ARRAY_SIZE(algorithms); a++) {
        for (size_t k = 0; k < ARRAY_SIZE(engine_kinds); k++) {
            struct pipe *p =
                pipe_new(&algorithms[a], engine_kinds[k], engine_kinds[k], true, (1ULL << 32) - 51);

            for (unsigned i = 0; i < 100; i++)
                put(p, i, 60 + i, 0);
            send_all(p, 100);
            for (unsigned i = 100; i-- > 0;) {
                esp_decrypt(p->in_engine, &p->received[i], 1);
                expect_ok(p, i, 60 + i);
                assert_true(p->received[i].seq == (1ULL << 32) - 50 + i);
            }
            pipe_free(p);
        }
    }
}

static void test_what_comes_cut_or_damaged_is_dropped(void **state)
{
    (void)state;
    for (size_t a = 0; a < ARRAY_SIZE(algorithms); a++) {
        for (size_t k = 0; k < ARRAY_SIZE(engine_kinds); k++) {
            struct pipe *p = pipe_new(&algorithms[a], engine_kinds[k], engine_kinds[k], a % 2, 0);
            uint8_t copy[FRAME_MAX];
            size_t len;

            put(p, 0, 60, 20);
            send_all(p, 1);
            len = p->jobs[0].len;
            memcpy(copy, p->frames[0], len);
            for (size_t cut = 0; cut < len; cut++) {
                uint8_t *exact = malloc(cut ? cut : 1); /* the sanitizer guards its end */
                struct esp_in job = {.sa = p->in, .data = exact, .len = (uint32_t)cut};

                memcpy(exact, copy, cut);
                esp_decrypt(p->in_engine, &job, 1);
                assert_true(job.result == ESP_TOO_SHORT || job.result == ESP_BAD_LENGTH ||
                            job.result == ESP_BAD_ICV);
                assert_null(job.inner);
                free(exact);
            }
            for (size_t bit = 32; bit < len * 8; bit += 7) {
                memcpy(p->frames[0], copy, len);
                p->frames[0][bit / 8] ^= (uint8_t)(1U << bit % 8);
                receive(p, 1);
                assert_true(p->received[0].result == ESP_BAD_ICV ||
                            p->received[0].result == ESP_TOO_OLD);
            }
            memcpy(p->frames[0], copy, len); /* and it was all for nothing */
            receive(p, 1);
            expect_ok(p, 0, 60);
            pipe_free(p);
        }
    }
}

/* An authentic packet with this text, which an honest sender would not make. */
static enum esp_result receive_text(const uint8_t *text, size_t len, struct esp_in *ret)
{
    struct pipe *p = pipe_new(&algorithms[0], ESP_ENGINE_AUTO, ESP_ENGINE_AUTO, false, 0);
    struct esp_frame frame = {.sa = p->out, .at = p->frames[0], .text_len = (uint32_t)len};
    enum esp_result result;
    struct esp_sa_stats stats;

    wire_store_be32(frame.at, 0xc0ffee01);
    wire_store_be32(frame.at + 4, 1);
    wire_store_be64(esp_frame_iv(&frame), 1);
    memcpy(esp_frame_text(&frame), text, len);
    assert_int_equal(p->out_engine->ops->seal(p->out_engine, &frame, 1), 0);
    p->received[0] =
        (struct esp_in){.sa = p->in, .data = p->frames[0], .len = (uint32_t)(16 + len + 16)};
    receive(p, 1);
    *ret = p->received[0];
    result = ret->result;
    esp_sa_read(p->in, &stats);
    assert_int_equal(stats.results[result], 1);
    assert_int_equal(stats.seq, 1); /* authentic, so the number is used up */
    pipe_free(p);
    return result;
}

static void test_authentic_nonsense_is_dropped_by_name(void **state)
{
    static const struct {
        const char *what;
        size_t ip_len;    /* as the IP header says */
        size_t inner_len; /* bytes before the padding */
        unsigned first;   /* the first byte of the inner packet */
        const char *trailer;
        enum esp_result result;
    } rows[] = {
        {"plain", 44, 44, 0x45, "01020204", ESP_OK},
        {"no padding", 46, 46, 0x45, "0004", ESP_OK},
        {"traffic flow padding", 30, 46, 0x45, "0004", ESP_OK},
        {"padding counts wrong", 44, 44, 0x45, "01030204", ESP_BAD_PADDING},
        {"padding of zeros", 44, 44, 0x45, "00000204", ESP_BAD_PADDING},
        {"padding longer than all", 46, 46, 0x45, "ff04", ESP_BAD_PADDING},
        {"padding as long as all", 46, 46, 0x45, "2f04", ESP_BAD_PADDING},
        {"dummy", 44, 44, 0x45, "0102023b", ESP_DUMMY},
        {"TCP in transport mode", 44, 44, 0x45, "01020206", ESP_BAD_NEXT_HEADER},
        {"IPv4 announced as IPv6", 44, 44, 0x45, "01020229", ESP_BAD_INNER},
        {"IPv6 announced as IPv4", 4, 44, 0x60, "01020204", ESP_BAD_INNER},
        {"IPv6", 4, 44, 0x60, "01020229", ESP_OK},
        {"IPv6 longer than there", 5, 44, 0x60, "01020229", ESP_BAD_INNER},
        {"longer than there", 45, 44, 0x45, "01020204", ESP_BAD_INNER},
        {"shorter than a header", 19, 44, 0x45, "01020204", ESP_BAD_INNER},
        {"header of 16 bytes", 44, 44, 0x44, "01020204", ESP_BAD_INNER},
        {"header of 60 bytes", 44, 44, 0x4f, "01020204", ESP_BAD_INNER},
        {"version 5", 44, 44, 0x55, "01020204", ESP_BAD_INNER},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t text[64] = {0};
        struct esp_in job;
        size_t len = rows[i].inner_len;
        enum esp_result result;

        text[0] = (uint8_t)rows[i].first;
        wire_store_be16(text + (rows[i].first == 0x60 ? 4 : 2), (uint16_t)rows[i].ip_len);
        len += from_hex(rows[i].trailer, text + len, sizeof(text) - len);
        result = receive_text(text, len, &job);
        if (result != rows[i].result)
            fail_msg("%s: %s", rows[i].what, esp_result_name(result));
        if (result == ESP_OK)
            assert_int_equal(job.inner_len, rows[i].ip_len + (rows[i].first == 0x60 ? 40 : 0));
    }
}

static void test_lifetimes_are_told_and_kept(void **state)
{
    struct pipe *p = pipe_new(&algorithms[0], ESP_ENGINE_AUTO, ESP_ENGINE_AUTO, true, 0);
    struct esp_sa_params params = params_of(&algorithms[0], ESP_ENGINE_AUTO, ESP_OUTBOUND);

    (void)state;
    esp_sa_free(p->out);
    esp_sa_free(p->in);
    params.esn = true;
    params.soft_packets = 2;
    params.hard_packets = 4;
    p->out = sa_of(&params);
    params.direction = ESP_INBOUND;
    params.soft_packets = params.hard_packets = 0;
    params.soft_bytes = 150;
    params.hard_bytes = 300;
    p->in = sa_of(&params);
    for (unsigned i = 0; i < 4; i++) {
        static const unsigned out_flags[] = {0, ESP_SA_SOFT, ESP_SA_SOFT, 3};
        static const unsigned in_flags[] = {0, ESP_SA_SOFT, 3, 3};

        put(p, i, 100, 0);
        assert_int_equal(esp_encrypt(p->out_engine, p->out, &p->jobs[i], 1), 0);
        p->received[i] = (struct esp_in){.sa = p->in, .data = p->frames[i], .len = p->jobs[i].len};
        esp_decrypt(p->in_engine, &p->received[i], 1);
        assert_int_equal(p->received[i].result, i < 3 ? ESP_OK : ESP_EXPIRED);
        assert_int_equal(esp_sa_flags(p->out), out_flags[i]);
        assert_int_equal(esp_sa_flags(p->in), in_flags[i]);
    }
    put(p, 4, 100, 0);
    assert_int_equal(esp_encrypt(p->out_engine, p->out, &p->jobs[4], 1), -EKEYEXPIRED);
    pipe_free(p);
}

static void test_a_refused_batch_leaves_no_trace(void **state)
{
    struct pipe *p = pipe_new(&algorithms[0], ESP_ENGINE_AUTO, ESP_ENGINE_AUTO, true, 0);
    struct esp_engine *other = engine_of(ESP_ENGINE_LIBCRYPTO);
    struct esp_sa_stats stats;

    (void)state;
    put(p, 0, 100, 0);
    put(p, 1, 100, 0);
    p->jobs[1].dst_cap--;
    assert_int_equal(esp_encrypt(p->out_engine, p->out, p->jobs, 2), -EMSGSIZE);
    put(p, 1, 100, 0);
    p->jobs[1].body_len = 0;
    assert_int_equal(esp_encrypt(p->out_engine, p->out, p->jobs, 2), -EINVAL);
    put(p, 1, 100, 40);
    p->jobs[1].csum_start = 30;
    p->jobs[1].csum_offset = 9; /* half of the field lies in the body */
    assert_int_equal(esp_encrypt(p->out_engine, p->out, p->jobs, 2), -EINVAL);
    put(p, 1, 100, 0);
    p->jobs[1].csum_start = 100;
    assert_int_equal(esp_encrypt(p->out_engine, p->out, p->jobs, 2), -EINVAL);
    put(p, 1, 100, 0);
    assert_int_equal(esp_encrypt(p->out_engine, p->in, p->jobs, 2), -EINVAL);
    if (other->ops != p->out_engine->ops)
        assert_int_equal(esp_encrypt(other, p->out, p->jobs, 2), -EINVAL);
    assert_true(p->jobs[0].len == 0 && p->jobs[1].len == 0 && p->frames[0][0] == 0);
    esp_sa_read(p->out, &stats);
    assert_true(stats.seq == 0 && stats.packets == 0 && stats.bytes == 0);
    p->received[0] = (struct esp_in){.sa = p->out, .data = p->frames[0], .len = 64};
    receive(p, 1);
    assert_int_equal(p->received[0].result, ESP_ENGINE);
    esp_engine_free(other);
    pipe_free(p);
}

static void test_lengths_and_budgets_agree(void **state)
{
    static const struct {
        uint16_t encr, auth;
        size_t inner, esp;
    } known[] = {
        {20, 0, 1400, 8 + 8 + 1404 + 16},  {20, 0, 1402, 8 + 8 + 1404 + 16},
        {20, 0, 1403, 8 + 8 + 1408 + 16},  {28, 0, 20, 8 + 8 + 24 + 16},
        {12, 2, 1400, 8 + 16 + 1408 + 12}, {12, 2, 1406, 8 + 16 + 1408 + 12},
        {12, 2, 1407, 8 + 16 + 1424 + 12}, {12, 12, 30, 8 + 16 + 32 + 16},
        {12, 13, 31, 8 + 16 + 48 + 24},    {12, 14, 30, 8 + 16 + 32 + 32},
    };
    struct esp_shape shape;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        assert_int_equal(esp_shape_find(known[i].encr, known[i].auth, &shape), 0);
        assert_int_equal(esp_len(&shape, known[i].inner), known[i].esp);
        assert_true(known[i].esp <= known[i].inner + ESP_OVERHEAD_MAX);
        for (size_t budget = 0; budget < 1600; budget++) {
            size_t max = esp_inner_max(&shape, budget);

            assert_true(!max || esp_len(&shape, max) <= budget);
            assert_true(esp_len(&shape, max + 1) > budget);
        }
    }
    assert_int_equal(esp_shape_find(12, 0, &shape), -EOPNOTSUPP);
    assert_int_equal(esp_shape_find(20, 12, &shape), -EOPNOTSUPP);
    assert_int_equal(esp_shape_find(11, 2, &shape), -EOPNOTSUPP);
    assert_int_equal(esp_shape_find(12, 5, &shape), -EOPNOTSUPP);
}

static void test_contradictory_parameters_are_refused(void **state)
{
    const struct esp_sa_params gcm = params_of(&algorithms[0], ESP_ENGINE_AUTO, ESP_INBOUND);
    const struct esp_sa_params cbc = params_of(&algorithms[4], ESP_ENGINE_AUTO, ESP_OUTBOUND);
    const struct esp_sa_params chacha = params_of(&algorithms[3], ESP_ENGINE_AUTO, ESP_INBOUND);
    struct esp_sa_params rows[11];
    struct esp_sa *sa = NULL;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        rows[i] = i < 6 ? gcm : i < 9 ? cbc : chacha;
    rows[0].spi = 0;
    rows[1].encr_key = NULL;
    rows[2].encr_key_len = 16; /* the salt is missing */
    rows[3].auth_key_len = 20;
    rows[4].replay_window = ESP_REPLAY_WINDOW_MAX + 1;
    rows[5].seq = 1ULL << 32; /* without ESN */
    rows[6].auth_key_len = 16;
    rows[7].auth_key = NULL;
    rows[8].encr_key_len = 20;
    rows[9].encr_key_len = 20;
    rows[10].direction = 2;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(esp_sa_new(&rows[i], &sa), -EINVAL);
    rows[0] = gcm;
    rows[0].encr = 3;
    assert_int_equal(esp_sa_new(&rows[0], &sa), -EOPNOTSUPP);
    assert_null(sa);
    esp_sa_free(NULL);
    esp_engine_free(NULL);
}

static void test_results_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < ESP_RESULT_COUNT; i++) {
        assert_true(strlen(esp_result_name((enum esp_result)i)) > 1);
        assert_true(strlen(esp_result_help((enum esp_result)i)) > 5);
    }
    assert_string_equal(esp_result_name(ESP_BAD_ICV), "bad_icv");
    assert_string_equal(esp_result_name(ESP_RESULT_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm_and_engine_understands_the_other),
        cmocka_unit_test(test_ivs_never_repeat_nor_count),
        cmocka_unit_test(test_a_copy_passes_once_even_in_one_batch),
        cmocka_unit_test(test_sequence_numbers_end_without_wrapping),
        cmocka_unit_test(test_esn_crosses_the_edge_in_any_order),
        cmocka_unit_test(test_what_comes_cut_or_damaged_is_dropped),
        cmocka_unit_test(test_authentic_nonsense_is_dropped_by_name),
        cmocka_unit_test(test_lifetimes_are_told_and_kept),
        cmocka_unit_test(test_a_refused_batch_leaves_no_trace),
        cmocka_unit_test(test_lengths_and_budgets_agree),
        cmocka_unit_test(test_contradictory_parameters_are_refused),
        cmocka_unit_test(test_results_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
