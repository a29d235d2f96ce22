#include "usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PROC_MAX (256U << 10) /* /proc/stat of a machine with very many interrupts is cut there */

/* The line that begins so; NULL. */
static const char *line_of(const char *text, const char *start)
{
    while (*text && !text_starts_with(text, start)) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return *text ? text : NULL;
}

static unsigned count_cpus(const char *stat)
{
    unsigned count = 0;

    for (const char *at = stat; (at = line_of(at, "cpu")); at += 3)
        count += at[3] >= '0' && at[3] <= '9';
    return count;
}

/* proc(5): user nice system idle iowait irq softirq steal; guest time is in user time. */
int usage_parse_cpu(const char *stat, uint64_t ticks_a_second, struct usage *ret)
{
    const char *cpu = line_of(stat, "cpu "), *boot = line_of(stat, "btime ");
    unsigned long long t[8], since;

    if (!cpu || !boot || !ticks_a_second || sscanf(boot, "btime %llu", &since) != 1 ||
        sscanf(cpu, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2], &t[3],
               &t[4], &t[5], &t[6], &t[7]) != 8)
        return -EBADMSG;
    ret->cpu_us = (t[0] + t[1] + t[2] + t[5] + t[6] + t[7]) * (1000000 / ticks_a_second);
    ret->boot_s = since;
    ret->cpus = count_cpus(stat);
    return 0;
}

int usage_parse_memory(const char *meminfo, struct usage *ret)
{
    const char *total = line_of(meminfo, "MemTotal:"), *free = line_of(meminfo, "MemAvailable:");
    unsigned long long t, f;

    if (!total || !free || sscanf(total, "MemTotal: %llu kB", &t) != 1 ||
        sscanf(free, "MemAvailable: %llu kB", &f) != 1 || f > t)
        return -EBADMSG;
    ret->memory_total = t * 1024;
    ret->memory = (t - f) * 1024;
    return 0;
}

/* Files of /proc have no size: what is there is read. */
static int read_text(const char *path, struct buf *ret)
{
    FILE *f = fopen(path, "re");
    char part[4096];
    size_t n;

    if (!f)
        return -errno;
    while (ret->len < PROC_MAX && (n = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(ret, part, n);
    fclose(f);
    buf_add(ret, "", 1);
    return ret->failed ? -ENOMEM : 0;
}

int usage_read(struct usage *ret)
{
    struct buf stat = {0}, memory = {0};
    struct usage made = {0};
    long ticks = sysconf(_SC_CLK_TCK);
    int r = read_text("/proc/stat", &stat);

    if (r == 0)
        r = read_text("/proc/meminfo", &memory);
    if (r == 0)
        r = usage_parse_cpu(buf_text(&stat), ticks > 0 ? (uint64_t)ticks : 0, &made);
    if (r == 0)
        r = usage_parse_memory(buf_text(&memory), &made);
    buf_done(&stat);
    buf_done(&memory);
    if (r == 0)
        *ret = made;
    return r;
}
