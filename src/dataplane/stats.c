#include "dataplane_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Pages nobody touched cost nothing. */
static const uint32_t capacity[IPC_STATS_KINDS] = {
    [IPC_STATS_TUNNEL] = 4096,
    [IPC_STATS_SA] = 16384,
    [IPC_STATS_PORT] = 4096,
    [IPC_STATS_JUMP] = 8192,
};

struct dp_stats {
    int fd; /* read only */
    uint8_t *base;
    struct ipc_stats_header header;
    uint32_t *free_slots[IPC_STATS_KINDS]; /* stacks */
    uint32_t n_free[IPC_STATS_KINDS];
};

static struct ipc_stats_slot *slot_at(const struct dp_stats *stats, enum ipc_stats_kind kind,
                                      uint32_t slot)
{
    const struct ipc_stats_array *array = &stats->header.arrays[kind];

    return (void *)(stats->base + array->offset + slot * array->stride);
}

/* Only we may write: others cannot make a writable mapping of a sealed file, nor resize it. */
static int map_segment(struct dp_stats *stats)
{
    uint64_t bytes = stats->header.bytes;
    int fd = memfd_create("ropeway-stats", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int r = 0;

    if (fd < 0)
        return -errno;
    if (ftruncate(fd, (off_t)bytes) < 0) {
        r = -errno;
        goto done;
    }
    stats->base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (stats->base == MAP_FAILED) {
        stats->base = NULL;
        r = -errno;
        goto done;
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) < 0)
        r = -errno;
done:
    if (r < 0)
        close(fd);
    else
        stats->fd = fd;
    return r;
}

int dp_stats_new(unsigned workers, struct dp_stats **ret)
{
    struct dp_stats *stats = calloc(1, sizeof(*stats));
    int r;

    if (!stats)
        return -ENOMEM;
    stats->fd = -1;
    ipc_stats_layout(workers + 1, capacity, &stats->header);
    r = map_segment(stats);
    for (unsigned k = 0; k < IPC_STATS_KINDS && r == 0; k++) {
        stats->free_slots[k] = calloc(capacity[k], sizeof(uint32_t));
        if (!stats->free_slots[k])
            r = -ENOMEM;
        for (uint32_t i = 0; i < capacity[k] && r == 0; i++)
            stats->free_slots[k][stats->n_free[k]++] = capacity[k] - 1 - i;
    }
    if (r < 0) {
        dp_stats_free(stats);
        return r;
    }
    memcpy(stats->base, &stats->header, sizeof(stats->header));
    *ret = stats;
    return 0;
}

void dp_stats_free(struct dp_stats *stats)
{
    if (!stats)
        return;
    for (unsigned k = 0; k < IPC_STATS_KINDS; k++)
        free(stats->free_slots[k]);
    if (stats->base)
        munmap(stats->base, stats->header.bytes);
    if (stats->fd >= 0)
        close(stats->fd);
    free(stats);
}

int dp_stats_fd(const struct dp_stats *stats)
{
    return stats->fd;
}

uint64_t dp_stats_bytes(const struct dp_stats *stats)
{
    return stats->header.bytes;
}

uint64_t *dp_stats_drops(struct dp_stats *stats, unsigned worker)
{
    return (void *)(stats->base + stats->header.drops_offset +
                    worker * ipc_stats_block(IPC_DROP_COUNT));
}

static bool is_inside(const struct dp_stats *stats, const struct ipc_stats_slot *slot)
{
    const uint8_t *at = (const uint8_t *)slot;

    return at >= stats->base && at < stats->base + stats->header.bytes;
}

struct ipc_stats_slot *dp_stats_take(struct dp_stats *stats, enum ipc_stats_kind kind,
                                     const char *id, uint32_t spi, uint8_t direction)
{
    struct ipc_stats_slot *slot;
    uint64_t stride = stats->header.arrays[kind].stride;

    if (stats->n_free[kind] == 0) {
        slot = aligned_alloc(64, stride);
        if (slot)
            memset(slot, 0, stride);
        return slot;
    }
    slot = slot_at(stats, kind, stats->free_slots[kind][--stats->n_free[kind]]);
    memset(slot + 1, 0, stride - sizeof(*slot));
    (void)text_copy(slot->id, sizeof(slot->id), id);
    slot->spi = spi;
    slot->direction = direction;
    /* 0 -> 2, 3 -> 4: from nobody's to in use. */
    __atomic_store_n(&slot->generation, (slot->generation | 1) + 1, __ATOMIC_RELEASE);
    return slot;
}

void dp_stats_give(struct dp_stats *stats, enum ipc_stats_kind kind, struct ipc_stats_slot *slot)
{
    uint64_t at;

    if (!slot)
        return;
    if (!is_inside(stats, slot)) {
        free(slot);
        return;
    }
    __atomic_store_n(&slot->generation, slot->generation + 1, __ATOMIC_RELEASE);
    /* The reader that saw the old generation must see this one before it sees what comes next. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    at = (uint64_t)((uint8_t *)slot - stats->base) - stats->header.arrays[kind].offset;
    stats->free_slots[kind][stats->n_free[kind]++] =
        (uint32_t)(at / stats->header.arrays[kind].stride);
}
