#include "esp_test.h"

#include <pthread.h>

#define WORKERS 3
#define BATCHES 400
#define BATCH   7

/* A worker with its own engine on an outbound SA that all share. */
struct worker {
    enum esp_engine_kind kind;
    struct esp_sa *sa;
    pthread_t thread;
    unsigned sent;
    uint8_t frames[BATCHES * BATCH][96];
    uint32_t lens[BATCHES * BATCH];
};

static void *work(void *arg)
{
    struct worker *w = arg;
    struct esp_engine *engine = NULL;
    struct esp_out jobs[BATCH];
    uint8_t packet[40];

    if (esp_engine_new(w->kind, &engine) < 0)
        return NULL;
    make_packet(packet, sizeof(packet), 4);
    for (unsigned i = 0; i < BATCHES; i++) {
        for (unsigned n = 0; n < BATCH; n++)
            jobs[n] = (struct esp_out){.body = packet,
                                       .body_len = sizeof(packet),
                                       .dst = w->frames[w->sent + n],
                                       .dst_cap = sizeof(w->frames[0])};
        if (esp_encrypt(engine, w->sa, jobs, BATCH) < 0)
            break;
        for (unsigned n = 0; n < BATCH; n++)
            w->lens[w->sent++] = jobs[n].len;
    }
    esp_engine_free(engine);
    return NULL;
}

/* Every number is given out once, and what each worker made opens at the other end. */
static void check(struct worker *workers, const struct esp_sa_params *outbound)
{
    static bool seen[WORKERS * BATCHES * BATCH + 1];
    struct esp_sa_params params = *outbound;
    struct esp_engine *engine = engine_of(outbound->engine);
    struct esp_sa *in;
    struct esp_sa_stats stats;

    memset(seen, 0, sizeof(seen));
    params.direction = ESP_INBOUND;
    params.replay_window = 0;
    in = sa_of(&params);
    for (unsigned w = 0; w < WORKERS; w++) {
        assert_int_equal(workers[w].sent, BATCHES * BATCH);
        for (unsigned i = 0; i < workers[w].sent; i++) {
            struct esp_in job = {.sa = in, .data = workers[w].frames[i], .len = workers[w].lens[i]};

            esp_decrypt(engine, &job, 1);
            assert_int_equal(job.result, ESP_OK);
            assert_in_range(job.seq, 1, ARRAY_SIZE(seen) - 1);
            assert_false(seen[job.seq]);
            seen[job.seq] = true;
        }
    }
    esp_sa_read(workers[0].sa, &stats);
    assert_int_equal(stats.seq, WORKERS * BATCHES * BATCH);
    assert_int_equal(stats.packets, WORKERS * BATCHES * BATCH);
    assert_int_equal(stats.plain_bytes, WORKERS * BATCHES * BATCH * 40);
    esp_sa_free(in);
    esp_engine_free(engine);
}

static void test_workers_share_an_outbound_sa(void **state)
{
    static const size_t chosen[] = {0, 3, 7}; /* GCM, ChaCha20-Poly1305, CBC with HMAC */

    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(engine_kinds); k++) {
        for (size_t a = 0; a < ARRAY_SIZE(chosen); a++) {
            struct esp_sa_params params =
                params_of(&algorithms[chosen[a]], engine_kinds[k], ESP_OUTBOUND);
            struct worker *workers = calloc(WORKERS, sizeof(*workers));
            struct esp_sa *sa = sa_of(&params);

            assert_non_null(workers);
            for (unsigned w = 0; w < WORKERS; w++) {
                workers[w].kind = engine_kinds[k];
                workers[w].sa = sa;
                assert_int_equal(pthread_create(&workers[w].thread, NULL, work, &workers[w]), 0);
            }
            for (unsigned w = 0; w < WORKERS; w++)
                pthread_join(workers[w].thread, NULL);
            check(workers, &params);
            esp_sa_free(sa);
            free(workers);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workers_share_an_outbound_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
