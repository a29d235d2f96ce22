#include "history.h"
#include "metrics.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* ropewayd itself, and what it keeps. */

static void add_requests(const struct control *c, struct buf *out)
{
    metrics_begin(out, "ropeway_requests_total", "counter",
                  "Requests answered, by class of status.");
    for (size_t i = 2; i < ARRAY_SIZE(c->requests); i++)
        buf_printf(out, "ropeway_requests_total{code=\"%zuxx\"} %" PRIu64 "\n", i,
                   __atomic_load_n(&c->requests[i], __ATOMIC_RELAXED));
}

static void count_resources(struct region *r, const struct snapshot *s, void *arg)
{
    size_t *counts = arg;

    (void)r;
    for (int k = 0; k < MODEL_KINDS; k++)
        counts[k] += snapshot_count(s, (enum model_kind_id)k);
}

static void add_resources(struct control *c, struct buf *out)
{
    size_t counts[MODEL_KINDS] = {0};

    metrics_each_region(c, count_resources, counts);
    metrics_begin(out, "ropeway_resources", "gauge", "Resources that exist.");
    for (int k = 0; k < MODEL_KINDS; k++)
        buf_printf(out, "ropeway_resources{kind=\"%s\"} %zu\n",
                   model_kind((enum model_kind_id)k)->name, counts[k]);
}

static void add_revision(struct region *r, const struct snapshot *s, void *arg)
{
    buf_printf(arg, "ropeway_region_revision{region=\"%s\"} %" PRIu64 "\n", r->id,
               snapshot_revision(s));
}

static void add_history(struct control *c, struct buf *out)
{
    struct history_facts f;

    if (!c->history)
        return;
    history_facts(c->history, &f);
    metrics_begin(out, "ropeway_history_resources", "gauge",
                  "Resources whose history is being recorded.");
    buf_printf(out, "ropeway_history_resources %" PRIu64 "\n", f.keys);
    metrics_begin(out, "ropeway_history_samples_total", "counter",
                  "Slots of ten seconds written to files.");
    buf_printf(out, "ropeway_history_samples_total %" PRIu64 "\n", f.samples);
    metrics_begin(out, "ropeway_history_lost_samples_total", "counter",
                  "Slots of ten seconds that could not be kept until they were written.");
    buf_printf(out, "ropeway_history_lost_samples_total %" PRIu64 "\n", f.lost);
    metrics_begin(out, "ropeway_history_failed_writes_total", "counter",
                  "Writes to files of the history that failed.");
    buf_printf(out, "ropeway_history_failed_writes_total %" PRIu64 "\n", f.failed);
}

/* As every exporter tells of its own process. */
static void add_process(struct buf *out)
{
    FILE *statm = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;
    struct rusage used;

    if (statm && fscanf(statm, "%*u %lu", &pages) != 1)
        pages = 0;
    if (statm)
        fclose(statm);
    if (getrusage(RUSAGE_SELF, &used) < 0)
        return;
    metrics_begin(out, "process_cpu_seconds_total", "counter",
                  "Processor time that ropewayd has used.");
    buf_printf(out, "process_cpu_seconds_total %.3f\n",
               (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    metrics_begin(out, "process_resident_memory_bytes", "gauge", "Memory of ropewayd.");
    buf_printf(out, "process_resident_memory_bytes %lu\n",
               pages * (unsigned long)sysconf(_SC_PAGESIZE));
}

void metrics_self(struct control *c, struct buf *out)
{
    metrics_begin(out, "ropeway_build_info", "gauge", "Always 1; the labels say what runs.");
    buf_puts(out, "ropeway_build_info{version=\"" ROPEWAY_VERSION "\"} 1\n");
    add_process(out);
    add_requests(c, out);
    add_resources(c, out);
    metrics_begin(out, "ropeway_region_revision", "gauge",
                  "Changes of the region committed so far.");
    metrics_each_region(c, add_revision, out);
    add_history(c, out);
}
