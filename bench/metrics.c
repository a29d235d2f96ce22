/* What the history of many tunnels costs: each is sampled every ten seconds, and so are the sums of
 * its connection, gateway and node. The clock is turned by hand; what was written goes to the disk
 * after each period, so that no page is counted once that would be written twice. Prints a line of
 * JSON for each case.
 *
 *     metrics [FOLDER [TUNNELS [HOURS]]]     a new folder under /var/tmp, 200 and 2 unless said
 *                                            otherwise; a day of 2000 tunnels is extrapolated */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history.h"

#define START_S  UINT64_C(1700000100)
#define SERIES   13
#define FLEET    2000
#define DROPPERS 20 /* one of so many tunnels drops packets */

static const struct history_series series[SERIES] = {
    {"bits-out", ""},
    {"bits-in", ""},
    {"encrypted-bits-out", ""},
    {"encrypted-bits-in", ""},
    {"packets-out", ""},
    {"packets-in", ""},
    {.name = "drops-out", .unit = "", .keep = HISTORY_DROPS},
    {.name = "drops-in", .unit = "", .keep = HISTORY_DROPS},
    {.name = "rekeys", .unit = "", .keep = HISTORY_SLOW},
    {.name = "up", .unit = "", .keep = HISTORY_SLOW},
    {.name = "handshake", .unit = "", .keep = HISTORY_SLOW},
    {.name = "dpd-rtt-microseconds", .unit = "", .keep = HISTORY_SLOW, .source = "dpd-rtt"},
    {.name = "dpd-loss-percent", .unit = "", .keep = HISTORY_SLOW, .source = "dpd-loss"},
};
static const struct history_kind kind = {.series = series, .count = SERIES};

static struct {
    struct history *history;
    char dir[PATH_MAX];
    int fd;
    unsigned tunnels;
    uint64_t now_s;
    double samples[SERIES];
} world;

static void must(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "metrics: %s failed: %s\n", what, strerror(errno));
        exit(1);
    }
}

static double cpu_seconds(void)
{
    struct rusage u;

    must(getrusage(RUSAGE_SELF, &u) == 0, "getrusage");
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double written_bytes(void)
{
    FILE *f = fopen("/proc/self/io", "r");
    char line[80];
    double bytes = -1;

    while (f && fgets(line, sizeof(line), f))
        (void)sscanf(line, "write_bytes: %lf", &bytes);
    must(f && bytes >= 0, "/proc/self/io");
    fclose(f);
    return bytes;
}

static double heap_bytes(void)
{
    struct mallinfo2 m = mallinfo2();

    return (double)m.uordblks + (double)m.hblkhd;
}

static void open_it(unsigned files_a_call)
{
    const struct history_config config = {.dir = world.dir, .files_a_call = files_a_call};

    must(history_open(&config, &world.history) == 0, "history_open");
}

/* Ten seconds of all: a tunnel, its connection (of two), its gateway (of 50) and its node (of
 * 500). */
static void sample_all(void)
{
    uint64_t to = world.now_s * 1000000, from = to - 10000000;

    for (unsigned i = 0; i < world.tunnels; i++) {
        const struct {
            const char *prefix;
            unsigned of;
        } owners[] = {{"vpntun", 1}, {"vpn", 2}, {"bgw", 50}, {"node", 500}};

        for (unsigned k = 0; k < SERIES; k++)
            world.samples[k] =
                series[k].keep == HISTORY_DROPS && i % DROPPERS != 0
                    ? 0
                    : 1e6 + 13.7 * i + 1234.5 * (double)((world.now_s / 10 * (k + 3)) % 97);
        for (size_t k = 0; k < ARRAY_SIZE(owners); k++) {
            char key[64];

            snprintf(key, sizeof(key), "r1/%s-%u", owners[k].prefix, i / owners[k].of);
            must(history_add(world.history, &kind, key, from, to, world.samples) == 0,
                 "history_add");
        }
    }
}

static void pass(unsigned seconds)
{
    for (unsigned s = 0; s < seconds; s++) {
        world.now_s++;
        if (world.now_s % 10 == 0)
            sample_all();
        history_work(world.history, world.now_s * 1000000);
        if (world.now_s % HISTORY_WRITE_S == 0)
            must(syncfs(world.fd) == 0, "syncfs");
    }
}

static void report_running(unsigned hours)
{
    double cpu = cpu_seconds(), bytes = written_bytes(), scale;
    struct history_facts before, after;

    history_facts(world.history, &before);
    pass(hours * 3600);
    history_facts(world.history, &after);
    scale = 24.0 / hours * FLEET / world.tunnels;
    cpu = cpu_seconds() - cpu;
    bytes = written_bytes() - bytes;
    printf("{\"case\": \"recording\", \"tunnels\": %u, \"hours\": %u, \"cpu-s\": %.2f, "
           "\"written-mb\": %.1f, \"writes\": %llu, \"slots\": %llu}\n",
           world.tunnels, hours, cpu, bytes / 1e6,
           (unsigned long long)(after.writes - before.writes),
           (unsigned long long)(after.samples - before.samples));
    printf("{\"case\": \"a day of %d tunnels\", \"cpu-s\": %.0f, \"cpu-percent-of-a-core\": %.2f, "
           "\"written-gb\": %.2f, \"kb-a-second\": %.0f}\n",
           FLEET, cpu * scale, cpu * scale / 864, bytes * scale / 1e9, bytes * scale / 86400 / 1e3);
}

static void report_files(double cpu, double bytes, double heap)
{
    struct history_facts facts;

    history_facts(world.history, &facts);
    printf("{\"case\": \"making files\", \"keys\": %llu, \"cpu-ms-each\": %.1f, "
           "\"mb-each\": %.2f, \"memory-kb-each\": %.1f}\n",
           (unsigned long long)facts.keys, 1e3 * cpu / (double)facts.keys,
           bytes / 1e6 / (double)facts.keys, heap / 1e3 / (double)facts.keys);
}

/* ---- queries ---- */

static void forget_pages(const char *key)
{
    static const char *const files[] = {"", ".slow", ".dropped"};

    must(syncfs(world.fd) == 0, "syncfs");
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char path[PATH_MAX + 64];
        int fd;

        snprintf(path, sizeof(path), "%s/%s%s.rrd", world.dir, key, files[i]);
        fd = open(path, O_RDONLY);
        must(fd >= 0 ? posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0 : errno == ENOENT,
             "posix_fadvise");
        if (fd >= 0)
            close(fd);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void ask(const char *name, uint64_t seconds, unsigned step, size_t count, bool cold)
{
    uint64_t end = (world.now_s / step + 1) * step;
    const struct history_query q = {
        .from_s = end - seconds / step * step, .to_s = end, .step_s = step, .now_s = world.now_s};
    size_t which[SERIES];
    double took[21];

    for (size_t i = 0; i < SERIES; i++)
        which[i] = i;
    for (size_t i = 0; i < ARRAY_SIZE(took); i++) {
        struct history_answer a = {0};
        uint64_t begun;
        char key[32];

        snprintf(key, sizeof(key), "r1/vpntun-%zu", i);
        if (cold)
            forget_pages(key);
        begun = clock_monotonic_us();
        must(history_query(world.history, &kind, key, &q, which, count, &a) == 0, "a query");
        took[i] = (double)(clock_monotonic_us() - begun) / 1e3;
        history_answer_done(&a);
    }
    qsort(took, ARRAY_SIZE(took), sizeof(*took), by_size);
    printf("{\"case\": \"query\", \"of\": \"%s\", \"series\": %zu, \"cold\": %s, \"ms\": %.2f, "
           "\"worst-ms\": %.2f}\n",
           name, count, cold ? "true" : "false", took[ARRAY_SIZE(took) / 2],
           took[ARRAY_SIZE(took) - 1]);
}

static void ask_all(void)
{
    for (int cold = 0; cold < 2; cold++) {
        ask("an hour by 10 s", 3600, 10, SERIES, cold);
        ask("14 days by 30 min", 14 * 86400, 1800, SERIES, cold);
        ask("14 days by 5 min", 14 * 86400, 300, SERIES, cold);
        ask("14 days by 10 s", 14 * 86400, 10, 1, cold);
        ask("a year by a day", UINT64_C(365) * 86400, 86400, SERIES, cold);
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

int main(int argc, char **argv)
{
    double cpu, bytes, heap;
    unsigned hours = argc > 3 ? (unsigned)atoi(argv[3]) : 2;

    world.tunnels = argc > 2 ? (unsigned)atoi(argv[2]) : 200;
    must(world.tunnels >= 21 && hours > 0, "options: at least 21 tunnels and one hour");
    snprintf(world.dir, sizeof(world.dir), "%s/rw-metrics.XXXXXX", argc > 1 ? argv[1] : "/var/tmp");
    must(mkdtemp(world.dir) != NULL, "mkdtemp");
    world.fd = open(world.dir, O_RDONLY | O_DIRECTORY);
    world.now_s = START_S;
    heap = heap_bytes();
    cpu = cpu_seconds();
    bytes = written_bytes();
    open_it(HISTORY_FILES_A_CALL);
    pass(2 * HISTORY_WRITE_S); /* each is written for the first time */
    report_files(cpu_seconds() - cpu, written_bytes() - bytes, heap_bytes() - heap);
    report_running(hours);
    ask_all();
    history_close(world.history);
    nftw(world.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}
