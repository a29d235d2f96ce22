#include "ipc_stats.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct ipc_stats_map {
    const uint8_t *base;
    struct ipc_stats_header header; /* checked once and copied: the segment is the writer's */
};

static const struct {
    const char *name;
    enum words_code code;
} drops[] = {
#define X(name, metric) {metric, WORDS_DROP_##name},
    IPC_STATS_DROPS(X)
#undef X
};

static const uint32_t values_of[IPC_STATS_KINDS] = {
    [IPC_STATS_TUNNEL] = IPC_TUNNEL_VALUES,
    [IPC_STATS_SA] = IPC_SA_VALUES,
    [IPC_STATS_PORT] = IPC_PORT_VALUES,
    [IPC_STATS_JUMP] = IPC_JUMP_VALUES,
};

_Static_assert(sizeof(struct ipc_stats_slot) % 64 == 0, "blocks start on a cache line");
_Static_assert((int)IPC_TUNNEL_VALUES <= IPC_STATS_VALUES_MAX &&
                   (int)IPC_SA_VALUES <= IPC_STATS_VALUES_MAX &&
                   (int)IPC_PORT_VALUES <= IPC_STATS_VALUES_MAX &&
                   (int)IPC_JUMP_VALUES <= IPC_STATS_VALUES_MAX,
               "an entry holds the values of every kind");

enum ipc_stats_tunnel_value ipc_stats_tunnel_drop(enum ipc_stats_drop reason)
{
    switch (reason) {
    case IPC_DROP_INNER_MALFORMED:
    case IPC_DROP_INNER_CHECKSUM:
    case IPC_DROP_ESP_MALFORMED:
    case IPC_DROP_ESP_BAD_INNER:
        return IPC_TUNNEL_DROPS_MALFORMED;
    case IPC_DROP_ESP_TOO_OLD:
    case IPC_DROP_ESP_REPLAYED:
        return IPC_TUNNEL_DROPS_REPLAYED;
    case IPC_DROP_ESP_BAD_ICV:
        return IPC_TUNNEL_DROPS_AUTHENTICATION;
    case IPC_DROP_SELECTOR:
        return IPC_TUNNEL_DROPS_SELECTORS;
    case IPC_DROP_NO_ROUTE:
    case IPC_DROP_BLACKHOLE:
    case IPC_DROP_UNREACHABLE:
    case IPC_DROP_JUMPS:
    case IPC_DROP_NO_TUNNEL:
    case IPC_DROP_NO_PORT:
    case IPC_DROP_TTL:
        return IPC_TUNNEL_DROPS_UNROUTED;
    case IPC_DROP_TOO_BIG:
        return IPC_TUNNEL_DROPS_TOO_BIG;
    case IPC_DROP_SEND_FULL:
    case IPC_DROP_SEND_FAILED:
        return IPC_TUNNEL_DROPS_UNSENT;
    default:
        return IPC_TUNNEL_DROPS_OTHER;
    }
}

const char *ipc_stats_drop_name(unsigned drop)
{
    return drop < ARRAY_SIZE(drops) ? drops[drop].name : "?";
}

enum words_code ipc_stats_drop_code(unsigned drop)
{
    return drop < ARRAY_SIZE(drops) ? drops[drop].code : WORDS_FOREIGN;
}

const char *ipc_stats_drop_help(unsigned drop)
{
    return drop < ARRAY_SIZE(drops) ? words_template(drops[drop].code, WORDS_EN) : "?";
}

void ipc_stats_layout(uint32_t workers, const uint32_t slots[IPC_STATS_KINDS],
                      struct ipc_stats_header *ret)
{
    struct ipc_stats_header h = {
        .magic = IPC_STATS_MAGIC,
        .version = IPC_STATS_VERSION,
        .workers = workers,
        .drops = IPC_DROP_COUNT,
    };
    uint64_t at = (sizeof(h) + 63) & ~(uint64_t)63;

    h.drops_offset = at;
    at += workers * ipc_stats_block(IPC_DROP_COUNT);
    for (unsigned k = 0; k < IPC_STATS_KINDS; k++) {
        h.arrays[k].offset = at;
        h.arrays[k].slots = slots[k];
        h.arrays[k].values = values_of[k];
        h.arrays[k].stride =
            sizeof(struct ipc_stats_slot) + workers * ipc_stats_block(values_of[k]);
        at += h.arrays[k].stride * slots[k];
    }
    h.bytes = at;
    *ret = h;
}

/* The writer of this version lays it out in exactly one way. */
static bool header_is_sound(const struct ipc_stats_header *h, uint64_t bytes)
{
    struct ipc_stats_header expected;
    uint32_t slots[IPC_STATS_KINDS];

    if (h->magic != IPC_STATS_MAGIC || h->version != IPC_STATS_VERSION || h->workers == 0 ||
        h->workers > IPC_STATS_WORKERS_MAX)
        return false;
    for (unsigned k = 0; k < IPC_STATS_KINDS; k++)
        slots[k] = h->arrays[k].slots;
    memset(&expected, 0, sizeof(expected));
    ipc_stats_layout(h->workers, slots, &expected);
    return h->bytes == bytes && h->bytes == expected.bytes && h->drops == expected.drops &&
           h->drops_offset == expected.drops_offset &&
           memcmp(h->arrays, expected.arrays, sizeof(h->arrays)) == 0;
}

int ipc_stats_open(int fd, uint64_t bytes, struct ipc_stats_map **ret)
{
    struct ipc_stats_map *map;
    struct stat st;
    void *base;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (bytes < sizeof(map->header) || (uint64_t)st.st_size != bytes)
        return -EPROTO;
    base = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return -errno;
    map = calloc(1, sizeof(*map));
    if (!map) {
        munmap(base, bytes);
        return -ENOMEM;
    }
    map->base = base;
    memcpy(&map->header, base, sizeof(map->header));
    if (!header_is_sound(&map->header, bytes)) {
        munmap(base, bytes);
        free(map);
        return -EPROTO;
    }
    *ret = map;
    return 0;
}

void ipc_stats_close(struct ipc_stats_map *map)
{
    if (!map)
        return;
    munmap((void *)(uintptr_t)map->base, map->header.bytes);
    free(map);
}

static uint64_t load(const uint64_t *value)
{
    return __atomic_load_n(value, __ATOMIC_RELAXED);
}

uint64_t ipc_stats_drop(const struct ipc_stats_map *map, unsigned drop)
{
    uint64_t sum = 0;

    if (drop >= IPC_DROP_COUNT)
        return 0;
    for (uint32_t w = 0; w < map->header.workers; w++) {
        const uint8_t *block =
            map->base + map->header.drops_offset + w * ipc_stats_block(map->header.drops);

        sum += load((const uint64_t *)(const void *)block + drop);
    }
    return sum;
}

unsigned ipc_stats_slots(const struct ipc_stats_map *map, enum ipc_stats_kind kind)
{
    return map->header.arrays[kind].slots;
}

static bool is_time(enum ipc_stats_kind kind, uint32_t value)
{
    return kind == IPC_STATS_TUNNEL && value == IPC_TUNNEL_LAST_IN_US;
}

int ipc_stats_read(const struct ipc_stats_map *map, enum ipc_stats_kind kind, unsigned slot,
                   struct ipc_stats_entry *ret)
{
    const struct ipc_stats_array *array = &map->header.arrays[kind];
    const struct ipc_stats_slot *s;
    struct ipc_stats_entry e = {0};
    uint64_t generation;

    if (slot >= array->slots)
        return -ENOENT;
    s = (const void *)(map->base + array->offset + slot * array->stride);
    generation = __atomic_load_n(&s->generation, __ATOMIC_ACQUIRE);
    if (generation == 0 || generation % 2)
        return -ENOENT;
    memcpy(e.id, s->id, sizeof(e.id) - 1);
    e.spi = s->spi;
    e.direction = s->direction;
    for (uint32_t w = 0; w < map->header.workers; w++) {
        const uint64_t *block =
            (const void *)((const uint8_t *)(s + 1) + w * ipc_stats_block(array->values));

        for (uint32_t v = 0; v < array->values; v++) {
            uint64_t value = load(&block[v]);

            e.values[v] = is_time(kind, v) ? MAX(e.values[v], value) : e.values[v] + value;
        }
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (load(&s->generation) != generation)
        return -ENOENT;
    *ret = e;
    return 0;
}

int ipc_stats_find(const struct ipc_stats_map *map, enum ipc_stats_kind kind, const char *id,
                   struct ipc_stats_entry *ret)
{
    struct ipc_stats_entry e;

    for (unsigned i = 0; i < ipc_stats_slots(map, kind); i++) {
        if (ipc_stats_read(map, kind, i, &e) == 0 && strcmp(e.id, id) == 0) {
            *ret = e;
            return 0;
        }
    }
    return -ENOENT;
}
