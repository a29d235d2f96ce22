#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipc_stats.h"

/* A segment as the writer makes it, with a hand on its memory. */
struct segment {
    int fd;
    struct ipc_stats_header header;
    uint8_t *base;
};

static void segment_make(struct segment *s, uint32_t workers)
{
    static const uint32_t slots[IPC_STATS_KINDS] = {3, 2, 1, 1};

    ipc_stats_layout(workers, slots, &s->header);
    s->fd = memfd_create("stats", MFD_CLOEXEC);
    assert_true(s->fd >= 0);
    assert_int_equal(ftruncate(s->fd, (off_t)s->header.bytes), 0);
    s->base = mmap(NULL, s->header.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
    assert_ptr_not_equal(s->base, MAP_FAILED);
    memcpy(s->base, &s->header, sizeof(s->header));
}

static void segment_done(struct segment *s)
{
    munmap(s->base, s->header.bytes);
    close(s->fd);
}

static struct ipc_stats_slot *slot_of(struct segment *s, enum ipc_stats_kind kind, unsigned i)
{
    return (void *)(s->base + s->header.arrays[kind].offset + i * s->header.arrays[kind].stride);
}

static uint64_t *counters_of(struct segment *s, enum ipc_stats_kind kind, unsigned i,
                             unsigned worker)
{
    return (void *)((uint8_t *)(slot_of(s, kind, i) + 1) +
                    worker * ipc_stats_block(s->header.arrays[kind].values));
}

static void own(struct segment *s, enum ipc_stats_kind kind, unsigned i, const char *id,
                uint64_t generation)
{
    struct ipc_stats_slot *slot = slot_of(s, kind, i);

    (void)text_copy(slot->id, sizeof(slot->id), id);
    slot->generation = generation;
}

static void test_counters_are_added_up_over_workers(void **state)
{
    struct ipc_stats_map *map;
    struct ipc_stats_entry e;
    struct segment s;

    (void)state;
    segment_make(&s, 3);
    assert_int_equal(ipc_stats_open(s.fd, s.header.bytes, &map), 0);
    assert_int_equal(ipc_stats_slots(map, IPC_STATS_TUNNEL), 3);
    assert_int_equal(ipc_stats_slots(map, IPC_STATS_PORT), 1);
    own(&s, IPC_STATS_TUNNEL, 1, "vpntun-a", 2);
    for (unsigned w = 0; w < 3; w++) {
        counters_of(&s, IPC_STATS_TUNNEL, 1, w)[IPC_TUNNEL_BYTES_IN] = 100 + w;
        counters_of(&s, IPC_STATS_TUNNEL, 1, w)[IPC_TUNNEL_LAST_IN_US] = w == 1 ? 7000 : w;
        ((uint64_t *)(void *)(s.base + s.header.drops_offset +
                              w * ipc_stats_block(IPC_DROP_COUNT)))[IPC_DROP_ESP_BAD_ICV] = 10 + w;
    }
    assert_int_equal(ipc_stats_find(map, IPC_STATS_TUNNEL, "vpntun-a", &e), 0);
    assert_string_equal(e.id, "vpntun-a");
    assert_int_equal(e.values[IPC_TUNNEL_BYTES_IN], 303);
    assert_int_equal(e.values[IPC_TUNNEL_BYTES_OUT], 0);
    assert_int_equal(e.values[IPC_TUNNEL_LAST_IN_US], 7000); /* the latest */
    assert_int_equal(ipc_stats_drop(map, IPC_DROP_ESP_BAD_ICV), 33);
    assert_int_equal(ipc_stats_drop(map, IPC_DROP_COUNT), 0);
    assert_int_equal(ipc_stats_find(map, IPC_STATS_PORT, "vpntun-a", &e), -ENOENT);
    ipc_stats_close(map);
    segment_done(&s);
}

static void test_only_owned_slots_are_read(void **state)
{
    static const struct {
        uint64_t generation;
        int result;
    } rows[] = {{0, -ENOENT}, {1, -ENOENT}, {2, 0}, {3, -ENOENT}, {4, 0}};
    struct ipc_stats_map *map;
    struct ipc_stats_entry e;
    struct segment s;

    (void)state;
    segment_make(&s, 1);
    assert_int_equal(ipc_stats_open(s.fd, s.header.bytes, &map), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        own(&s, IPC_STATS_SA, 0, "t", rows[i].generation);
        assert_int_equal(ipc_stats_read(map, IPC_STATS_SA, 0, &e), rows[i].result);
    }
    assert_int_equal(ipc_stats_read(map, IPC_STATS_SA, 2, &e), -ENOENT); /* beyond the array */
    memset(slot_of(&s, IPC_STATS_SA, 0)->id, 'x', IPC_ID_MAX);           /* no 0 at its end */
    assert_int_equal(ipc_stats_read(map, IPC_STATS_SA, 0, &e), 0);
    assert_int_equal(strlen(e.id), IPC_ID_MAX - 1);
    ipc_stats_close(map);
    segment_done(&s);
}

/* A segment from a writer of another version, or one that lies about itself, is never walked. */
static void test_a_segment_that_is_none_is_refused(void **state)
{
    static const struct {
        size_t offset;
        uint32_t value;
    } rows[] = {
        {offsetof(struct ipc_stats_header, magic), 1},
        {offsetof(struct ipc_stats_header, version), IPC_STATS_VERSION + 1},
        {offsetof(struct ipc_stats_header, workers), 0},
        {offsetof(struct ipc_stats_header, workers), 2},
        {offsetof(struct ipc_stats_header, workers), 0x10000},
        {offsetof(struct ipc_stats_header, drops), 1},
        {offsetof(struct ipc_stats_header, drops_offset), 64},
        {offsetof(struct ipc_stats_header, bytes), 64},
        {offsetof(struct ipc_stats_header, arrays[0].offset), 0},
        {offsetof(struct ipc_stats_header, arrays[0].slots), 0xffffffff},
        {offsetof(struct ipc_stats_header, arrays[2].stride), 8},
        {offsetof(struct ipc_stats_header, arrays[1].values), 1000},
    };
    struct ipc_stats_map *map = NULL;
    struct segment s;

    (void)state;
    segment_make(&s, 1);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        memcpy(s.base + rows[i].offset, &rows[i].value, sizeof(rows[i].value));
        assert_int_equal(ipc_stats_open(s.fd, s.header.bytes, &map), -EPROTO);
        memcpy(s.base, &s.header, sizeof(s.header));
    }
    assert_int_equal(ipc_stats_open(s.fd, s.header.bytes - 1, &map), -EPROTO);
    assert_int_equal(ipc_stats_open(s.fd, 8, &map), -EPROTO);
    assert_int_equal(ipc_stats_open(-1, s.header.bytes, &map), -EBADF);
    assert_null(map);
    ipc_stats_close(NULL);
    segment_done(&s);
}

/* "esp_bad_icv" is drop.esp-bad-icv. */
static void assert_is_code_of(const char *name, enum words_code code)
{
    char expected[WORDS_CODE_MAX];

    assert_true(snprintf(expected, sizeof(expected), "drop.%s", name) < (int)sizeof(expected));
    for (char *c = strchr(expected, '_'); c; c = strchr(c, '_'))
        *c = '-';
    assert_string_equal(words_code_name(code), expected);
    assert_null(words_code_args(code)[0]);
}

static void test_every_reason_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < IPC_DROP_COUNT; i++) {
        const char *name = ipc_stats_drop_name(i);

        assert_int_equal(name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")], 0);
        assert_true(strlen(name) > 2 && strlen(ipc_stats_drop_help(i)) > 10);
        assert_is_code_of(name, ipc_stats_drop_code(i));
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(name, ipc_stats_drop_name(k));
    }
    assert_string_equal(ipc_stats_drop_name(IPC_DROP_COUNT), "?");
    assert_string_equal(ipc_stats_drop_help(IPC_DROP_COUNT), "?");
    assert_int_equal(ipc_stats_drop_code(IPC_DROP_COUNT), WORDS_FOREIGN);
    assert_int_equal(ipc_stats_drop_code(IPC_DROP_ESP_BAD_ICV), WORDS_DROP_ESP_BAD_ICV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_are_added_up_over_workers),
        cmocka_unit_test(test_only_owned_slots_are_read),
        cmocka_unit_test(test_a_segment_that_is_none_is_refused),
        cmocka_unit_test(test_every_reason_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
