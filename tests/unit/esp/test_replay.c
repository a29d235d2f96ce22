#include "esp_test.h"

#include <stdio.h>

static void test_replay_takes_each_number_once(void **state)
{
    /* The window is 64 wide: after the jump to 70 its left edge is 7, and 6 is too old. */
    static const struct {
        uint64_t seq;
        enum esp_result result;
    } steps[] = {
        {0, ESP_TOO_OLD},
        {1, ESP_OK},
        {1, ESP_REPLAYED},
        {70, ESP_OK},
        {7, ESP_OK},
        {7, ESP_REPLAYED},
        {6, ESP_TOO_OLD},
        {1, ESP_TOO_OLD},
        {69, ESP_OK},
        {134, ESP_OK},
        {70, ESP_TOO_OLD},
        {71, ESP_OK},
        {1ULL << 40, ESP_OK},
        {134, ESP_TOO_OLD},
        {(1ULL << 40) - 63, ESP_OK},
        {(1ULL << 40) - 64, ESP_TOO_OLD},
        {UINT64_MAX, ESP_OK},
        {UINT64_MAX, ESP_REPLAYED},
        {UINT64_MAX - 63, ESP_OK},
    };
    uint64_t bits[2] = {0};
    struct esp_replay win;

    (void)state;
    assert_int_equal(esp_replay_words(64), ARRAY_SIZE(bits));
    esp_replay_init(&win, 64, 0, bits);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        enum esp_result result = esp_replay_look(&win, steps[i].seq);

        if (result != steps[i].result)
            fail_msg("step %zu: %s", i, esp_result_name(result));
        if (result == ESP_OK)
            esp_replay_mark(&win, steps[i].seq);
    }
}

static void test_the_ring_is_wider_than_the_window(void **state)
{
    static const struct {
        uint32_t window;
        size_t words;
    } rows[] = {{0, 0}, {1, 2}, {64, 2}, {65, 4}, {128, 4}, {192, 4}, {193, 8}, {8192, 256}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(esp_replay_words(rows[i].window), rows[i].words);
}

static void test_no_window_takes_everything_but_zero(void **state)
{
    struct esp_replay win;

    (void)state;
    esp_replay_init(&win, 0, 0, NULL);
    assert_int_equal(esp_replay_look(&win, 0), ESP_TOO_OLD);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(esp_replay_look(&win, 5), ESP_OK);
        esp_replay_mark(&win, 5);
    }
    assert_int_equal(win.top, 5);
}

static void test_a_resumed_window_takes_only_newer_numbers(void **state)
{
    (void)state;
    for (uint64_t top = 1; top < 300; top++) {
        uint64_t bits[4] = {0};
        struct esp_replay win;

        esp_replay_init(&win, 100, top, bits);
        for (uint64_t seq = 1; seq <= top; seq++)
            assert_int_not_equal(esp_replay_look(&win, seq), ESP_OK);
        assert_int_equal(esp_replay_look(&win, top + 1), ESP_OK);
        esp_replay_mark(&win, top + 2);
        assert_int_equal(esp_replay_look(&win, top + 1), ESP_OK);
        assert_int_equal(esp_replay_look(&win, top + 2), ESP_REPLAYED);
    }
}

/* The naive twin remembers every number it has seen. */
#define TWIN_MAX 200000

static void walk_beside_twin(uint32_t window, uint64_t seed)
{
    uint64_t *bits = calloc(esp_replay_words(window) + 1, sizeof(*bits));
    bool *seen = calloc(TWIN_MAX, sizeof(*seen));
    uint64_t top = 0, at = 1;
    struct esp_replay win;

    assert_non_null(bits);
    assert_non_null(seen);
    esp_replay_init(&win, window, 0, bits);
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t dice = next_random(&seed) % 100;
        uint64_t back = next_random(&seed) % (window + 70), seq;
        enum esp_result expect;

        if (dice < 60)
            at++;
        else if (dice < 62)
            at += next_random(&seed) % (window * 2 + 2);
        seq = dice < 70 ? at : at - MIN(at, back);
        if (at >= TWIN_MAX - 1)
            break;
        expect = !seq                  ? ESP_TOO_OLD
                 : seq + window <= top ? ESP_TOO_OLD
                 : seen[seq]           ? ESP_REPLAYED
                                       : ESP_OK;
        assert_int_equal(esp_replay_look(&win, seq), expect);
        if (expect != ESP_OK)
            continue;
        esp_replay_mark(&win, seq);
        seen[seq] = true;
        top = MAX(top, seq);
    }
    free(bits);
    free(seen);
}

static void test_random_walks_agree_with_a_naive_twin(void **state)
{
    static const uint32_t windows[] = {1, 2, 31, 32, 63, 64, 65, 127, 128, 129, 1000, 1024, 8192};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
        for (uint64_t seed = 1; seed <= 5; seed++)
            walk_beside_twin(windows[i], seed);
    }
}

static void test_esn_high_half_is_recovered(void **state)
{
    /* RFC 4303, appendix A2, with a window of 64. */
    static const struct {
        uint64_t top;
        uint32_t low;
        uint64_t seq;
    } rows[] = {
        {0, 1, 1},
        {0, UINT32_MAX, UINT32_MAX}, /* no subspace before the first */
        {100, 37, 37},
        {100, 36, 0x100000024}, /* left of the window: the next subspace, where it will fail */
        {100, 5000, 5000},
        {0xfffffff0, 0xfffffffe, 0xfffffffe},
        {0xfffffff0, 0, 0x100000000},
        {0xfffffff0, 3, 0x100000003},
        {0x100000003, 0xfffffff0, 0xfffffff0}, /* the window spans two subspaces */
        {0x100000003, 2, 0x100000002},
        {0x100000003, 0xffffffc4, 0xffffffc4},  /* its left edge */
        {0x100000003, 0xffffffc3, 0x1ffffffc3}, /* beyond it */
        {0x10000003f, 0, 0x100000000},          /* just inside one */
        {0x7fffffff00000000, 0xffffffff, 0x7ffffffeffffffff},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct esp_replay win = {.top = rows[i].top, .window = 64};
        uint64_t seq = esp_replay_recover(&win, rows[i].low);

        if (seq != rows[i].seq)
            fail_msg("row %zu: %llx", i, (unsigned long long)seq);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay_takes_each_number_once),
        cmocka_unit_test(test_the_ring_is_wider_than_the_window),
        cmocka_unit_test(test_no_window_takes_everything_but_zero),
        cmocka_unit_test(test_a_resumed_window_takes_only_newer_numbers),
        cmocka_unit_test(test_random_walks_agree_with_a_naive_twin),
        cmocka_unit_test(test_esn_high_half_is_recovered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
