#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "wire.h"

static const uint8_t bytes[15] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};

static void test_reads_in_network_order(void **state)
{
    struct wire_reader r = wire_reader_make(bytes, sizeof(bytes));
    uint8_t a;
    uint16_t b;
    uint32_t c;
    uint64_t d;

    (void)state;
    assert_int_equal(wire_get_u8(&r, &a), 0);
    assert_int_equal(wire_get_be16(&r, &b), 0);
    assert_int_equal(wire_get_be32(&r, &c), 0);
    assert_int_equal(wire_get_be64(&r, &d), 0);
    assert_int_equal(a, 0x01);
    assert_int_equal(b, 0x0203);
    assert_int_equal(c, 0x04050607);
    assert_int_equal(d, 0x08090a0b0c0d0e0f);
    assert_int_equal(wire_left(&r), 0);
}

/* Every read of every width at every distance from the end: it works exactly when the bytes are
 * there, and otherwise changes neither the reader nor the result. */
static void test_reads_stop_at_the_end(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 9; len++) {
        for (size_t want = 0; want <= 10; want++) {
            struct wire_reader r = wire_reader_make(bytes, len), sub = {0};
            const uint8_t *view = NULL;
            uint8_t copy[10] = {0xee};
            int result = want <= len ? 0 : -EBADMSG;

            assert_int_equal(wire_get_bytes(&r, copy, want), result);
            assert_int_equal(wire_left(&r), result ? len : len - want);
            assert_int_equal(copy[0], result || !want ? 0xee : 1);

            r = wire_reader_make(bytes, len);
            assert_int_equal(wire_get_view(&r, want, &view), result);
            assert_ptr_equal(view, result ? NULL : bytes);

            r = wire_reader_make(bytes, len);
            assert_int_equal(wire_get_sub(&r, want, &sub), result);
            assert_int_equal(wire_left(&sub), result ? 0 : want);
            assert_int_equal(wire_left(&r), result ? len : len - want);

            r = wire_reader_make(bytes, len);
            assert_int_equal(wire_skip(&r, want), result);
        }
    }
}

static void test_short_numbers_change_nothing(void **state)
{
    (void)state;
    for (size_t len = 0; len < 8; len++) {
        struct wire_reader r = wire_reader_make(bytes, len);
        uint8_t a = 77;
        uint16_t b = 77;
        uint32_t c = 77;
        uint64_t d = 77;

        assert_int_equal(wire_get_be64(&r, &d), -EBADMSG);
        assert_int_equal(d, 77);
        if (len < 4) {
            assert_int_equal(wire_get_be32(&r, &c), -EBADMSG);
            assert_int_equal(c, 77);
        }
        if (len < 2) {
            assert_int_equal(wire_get_be16(&r, &b), -EBADMSG);
            assert_int_equal(b, 77);
        }
        if (len < 1) {
            assert_int_equal(wire_get_u8(&r, &a), -EBADMSG);
            assert_int_equal(a, 77);
        }
        assert_int_equal(wire_left(&r), len);
    }
}

static void test_huge_lengths_do_not_wrap(void **state)
{
    struct wire_reader r = wire_reader_make(bytes, sizeof(bytes));
    struct wire_writer w;
    uint8_t room[4];
    const uint8_t *view;

    (void)state;
    assert_int_equal(wire_get_view(&r, SIZE_MAX, &view), -EBADMSG);
    assert_int_equal(wire_skip(&r, SIZE_MAX - 3), -EBADMSG);
    w = wire_writer_make(room, sizeof(room));
    assert_null(wire_put_room(&w, SIZE_MAX));
    assert_true(w.full);
}

static void test_writes_what_it_reads(void **state)
{
    uint8_t room[20];
    struct wire_writer w = wire_writer_make(room, sizeof(room));
    size_t len = 0;

    (void)state;
    wire_put_u8(&w, 0x01);
    wire_put_be16(&w, 0x0203);
    wire_put_be32(&w, 0x04050607);
    wire_put_be64(&w, 0x08090a0b0c0d0e0f);
    assert_int_equal(wire_written(&w), sizeof(bytes));
    assert_int_equal(wire_done(&w, &len), 0);
    assert_int_equal(len, sizeof(bytes));
    assert_memory_equal(room, bytes, sizeof(bytes));
    wire_put_zero(&w, 2);
    wire_put_bytes(&w, "abc", 3);
    assert_int_equal(wire_done(&w, &len), 0);
    assert_memory_equal(room + 15, "\0\0abc", 5);
    wire_put_bytes(&w, NULL, 0);
    assert_int_equal(wire_done(&w, &len), 0);
}

static void test_a_full_writer_stays_full(void **state)
{
    uint8_t room[4] = {0, 0, 0, 0xcc};
    struct wire_writer w = wire_writer_make(room, 3);
    size_t len = 77;

    (void)state;
    wire_put_be16(&w, 0x0102);
    wire_put_be16(&w, 0x0304); /* half of it would fit */
    assert_true(w.full);
    wire_put_u8(&w, 9); /* would fit, but something before it is missing */
    wire_put_zero(&w, 1);
    wire_patch_be16(&w, 0, 0xffff);
    assert_int_equal(wire_done(&w, &len), -ENOBUFS);
    assert_int_equal(len, 77);
    assert_memory_equal(room, "\x01\x02\0\xcc", 4);
}

static void test_patches_only_what_was_written(void **state)
{
    static const struct {
        size_t offset;
        const char *two, *four;
    } rows[] = {
        {0, "\xaa\xbb\0\0\0\0", "\xaa\xbb\xcc\xdd\0\0"},
        {2, "\0\0\xaa\xbb\0\0", "\0\0\xaa\xbb\xcc\xdd"},
        {3, "\0\0\0\xaa\xbb\0", "\0\0\0\0\0\0"},
        {5, "\0\0\0\0\0\0", "\0\0\0\0\0\0"},
        {6, "\0\0\0\0\0\0", "\0\0\0\0\0\0"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t room[8] = {0};
        struct wire_writer w = wire_writer_make(room, sizeof(room));

        wire_put_zero(&w, 6);
        wire_patch_be16(&w, rows[i].offset, 0xaabb);
        assert_memory_equal(room, rows[i].two, 6);
        wire_patch_be16(&w, rows[i].offset, 0);
        wire_patch_be32(&w, rows[i].offset, 0xaabbccdd);
        assert_memory_equal(room, rows[i].four, 6);
    }
}

static void test_unaligned_loads_and_stores(void **state)
{
    uint8_t room[9] = {0};

    (void)state;
    wire_store_be16(room + 1, 0xfedc);
    assert_int_equal(wire_load_be16(room + 1), 0xfedc);
    wire_store_be32(room + 1, 0xfedcba98);
    assert_int_equal(wire_load_be32(room + 1), 0xfedcba98);
    wire_store_be64(room + 1, 0xfedcba9876543210);
    assert_int_equal(wire_load_be64(room + 1), 0xfedcba9876543210);
    assert_memory_equal(room, "\0\xfe\xdc\xba\x98\x76\x54\x32\x10", 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_in_network_order),
        cmocka_unit_test(test_reads_stop_at_the_end),
        cmocka_unit_test(test_short_numbers_change_nothing),
        cmocka_unit_test(test_huge_lengths_do_not_wrap),
        cmocka_unit_test(test_writes_what_it_reads),
        cmocka_unit_test(test_a_full_writer_stays_full),
        cmocka_unit_test(test_patches_only_what_was_written),
        cmocka_unit_test(test_unaligned_loads_and_stores),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
