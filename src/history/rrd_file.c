#include <fcntl.h>
#include <math.h>
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history_internal.h"

/* The files, by librrd. They hold gauges: what is written is what was sealed, at the very times at
 * which RRD would average it, so that it changes nothing. */

#define FINE_ROWS   (HISTORY_DAYS * 86400 / HISTORY_STEP_S)
#define COARSE_ROWS (HISTORY_YEAR * 86400 / HISTORY_COARSE_S)
#define HEADER_MAX  8192

/* A part of a key that may be the name of a file. */
static bool is_name(const char *text, size_t len)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    return len > 0 && *text != '.' && strspn(text, good) >= len;
}

int rrd_file_path(const char *dir, const char *key, enum history_keep keep, char ret[PATH_MAX])
{
    static const char *const which[HISTORY_KEEPS] = {
        [HISTORY_FINE] = "", [HISTORY_SLOW] = ".slow", [HISTORY_DROPS] = ".dropped"};
    const char *slash = strchr(key, '/');

    if (!slash || !is_name(key, (size_t)(slash - key)) || !is_name(slash + 1, strlen(slash + 1)) ||
        strlen(key) >= HISTORY_KEY_MAX)
        return -EINVAL;
    return snprintf(ret, PATH_MAX, "%s/%s%s" FILE_SUFFIX, dir, key, which[keep]) < PATH_MAX
               ? 0
               : -ENAMETOOLONG;
}

uint64_t rrd_file_kept(const struct history_kind *kind, enum history_keep keep)
{
    uint64_t kept = 0;

    for (size_t i = 0; i < kind->count; i++)
        kept |= (uint64_t)(kind->series[i].keep == keep) << i;
    return kept;
}

static uint64_t rows_of(enum history_keep keep)
{
    return keep == HISTORY_SLOW ? COARSE_ROWS : FINE_ROWS + COARSE_ROWS;
}

uint64_t rrd_file_bytes(uint64_t has, enum history_keep keep)
{
    return HEADER_MAX + rows_of(keep) * (uint64_t)__builtin_popcountll(has) * sizeof(double);
}

static int complain(const char *path, int r)
{
    log_debug("%s: %s", path, rrd_test_error() ? rrd_get_error() : strerror(-r));
    rrd_clear_error();
    return r;
}

/* ---- looking ---- */

static const char *source_of(const struct history_series *series)
{
    return series->source ? series->source : series->name;
}

static size_t series_named(const struct history_kind *kind, const char *name)
{
    size_t i = 0;

    while (i < kind->count && strcmp(source_of(&kind->series[i]), name) != 0)
        i++;
    return i;
}

/* What rrd_fetch_r() gives. */
struct fetched {
    time_t start, end;
    unsigned long step, count;
    char **names;
    rrd_value_t *data;
};

static int fetch(const char *path, uint64_t from_s, uint64_t to_s, unsigned step_s,
                 struct fetched *ret)
{
    struct fetched f = {.start = (time_t)from_s, .end = (time_t)to_s, .step = step_s};

    if (rrd_fetch_r(path, "AVERAGE", &f.start, &f.end, &f.step, &f.count, &f.names, &f.data) < 0)
        return complain(path, access(path, F_OK) < 0 ? -errno : -EBADMSG);
    *ret = f;
    return 0;
}

static void fetched_done(struct fetched *f)
{
    for (unsigned long i = 0; i < f->count; i++)
        rrd_freemem(f->names[i]);
    rrd_freemem(f->names);
    rrd_freemem(f->data);
}

int rrd_file_look(const char *path, const struct history_kind *kind, struct file_facts *ret)
{
    struct file_facts facts = {0};
    struct fetched f;
    time_t last;
    int r;

    if (access(path, F_OK) < 0)
        return -errno;
    last = rrd_last_r(path);
    if (last < 0)
        return complain(path, -EBADMSG);
    facts.end_s = (uint64_t)last;
    r = fetch(path, facts.end_s - HISTORY_STEP_S, facts.end_s, HISTORY_STEP_S, &f);
    if (r < 0)
        return r;
    for (unsigned long i = 0; i < f.count; i++) {
        size_t which = series_named(kind, f.names[i]);

        if (which < kind->count)
            facts.has |= UINT64_C(1) << which;
    }
    fetched_done(&f);
    if (!facts.has)
        return -EBADMSG;
    *ret = facts;
    return 0;
}

/* ---- making ---- */

/* DIR/REGION, and DIR. What is wrong with them shows in the next step. */
static void make_folders_of(const char *path)
{
    char folder[PATH_MAX];
    char *region, *name;

    (void)text_copy(folder, sizeof(folder), path);
    name = strrchr(folder, '/');
    *name = 0;
    region = strrchr(folder, '/');
    *region = 0;
    (void)mkdir(folder, 0700);
    *region = '/';
    (void)mkdir(folder, 0700);
}

/* A file that was just written lies in memory in large pieces, and whatever changes a byte of one
 * has all of it written again. Read anew, it comes page by page. */
static int settle(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;

    if (fd < 0)
        return -errno;
    if (fdatasync(fd) < 0)
        r = -errno;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
    return r;
}

int rrd_file_create(const char *path, const struct history_kind *kind, uint64_t has,
                    enum history_keep keep, uint64_t start_s)
{
    char sources[HISTORY_SERIES_MAX][48], fine[48], coarse[48];
    const char *args[HISTORY_SERIES_MAX + 2];
    int n = 0;

    if (kind->count > HISTORY_SERIES_MAX)
        return -EINVAL;
    for (size_t i = 0; i < kind->count; i++) {
        if (!(has >> i & 1))
            continue;
        snprintf(sources[i], sizeof(sources[i]), "DS:%s:GAUGE:%d:U:U", source_of(&kind->series[i]),
                 HISTORY_STEP_S);
        args[n++] = sources[i];
    }
    snprintf(fine, sizeof(fine), "RRA:AVERAGE:0.5:1:%d", FINE_ROWS);
    snprintf(coarse, sizeof(coarse), "RRA:AVERAGE:0.5:%d:%d", COARSE_SLOTS, COARSE_ROWS);
    if (keep != HISTORY_SLOW)
        args[n++] = fine;
    args[n++] = coarse;
    make_folders_of(path);
    errno = 0;
    if (rrd_create_r(path, HISTORY_STEP_S, (time_t)start_s, n, args) < 0)
        return complain(path, errno == ENOSPC ? -ENOSPC : -EIO);
    return settle(path);
}

/* ---- writing ---- */

static void write_names(const struct history_kind *kind, uint64_t has, struct buf *ret)
{
    for (size_t i = 0; i < kind->count; i++) {
        if (has >> i & 1)
            buf_printf(ret, "%s%s", ret->len ? ":" : "", source_of(&kind->series[i]));
    }
}

/* values NULL: all unknown. */
static void write_row(const struct history_kind *kind, uint64_t has, uint64_t at_s,
                      const float *values, struct buf *ret)
{
    buf_printf(ret, "%llu", (unsigned long long)at_s);
    for (size_t i = 0; i < kind->count; i++) {
        if (!(has >> i & 1))
            continue;
        if (values && isfinite(values[i]))
            buf_printf(ret, ":%.9g", (double)values[i]);
        else
            buf_puts(ret, ":U");
    }
    buf_add(ret, "", 1);
}

/* Rows without a value are left out; the one after them then needs to be told where it begins. */
static size_t write_rows(const struct history_kind *kind, const struct file_facts *facts,
                         uint64_t first, const float *rows, size_t count, struct buf *ret,
                         uint64_t *ret_end_s)
{
    uint64_t end_s = facts->end_s;
    size_t written = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t begin_s = (first + i) * HISTORY_STEP_S;
        const float *values = rows + i * kind->count;

        if (begin_s < facts->end_s || slots_is_empty(values, kind->count))
            continue;
        if (begin_s > end_s) {
            write_row(kind, facts->has, begin_s, NULL, ret);
            written++;
        }
        end_s = begin_s + HISTORY_STEP_S;
        write_row(kind, facts->has, end_s, values, ret);
        written++;
    }
    *ret_end_s = end_s;
    return written;
}

/* Ends the coarse interval in which *end_s lies, if it is over by whole_s. */
static size_t write_end(const struct history_kind *kind, uint64_t has, uint64_t whole_s,
                        struct buf *ret, uint64_t *end_s)
{
    uint64_t over_s = (*end_s / HISTORY_COARSE_S + 1) * HISTORY_COARSE_S;

    if (*end_s % HISTORY_COARSE_S == 0 || over_s > whole_s)
        return 0;
    write_row(kind, has, over_s, NULL, ret);
    *end_s = over_s;
    return 1;
}

static int update(const char *path, const char *names, const struct buf *rows, size_t count)
{
    const char **args = calloc(count, sizeof(*args));
    const char *row = (const char *)rows->data;
    int r;

    if (!args)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++, row += strlen(row) + 1)
        args[i] = row;
    r = rrd_updatex_r(path, names, RRD_SKIP_PAST_UPDATES, (int)count, args);
    free(args);
    if (r < 0)
        return complain(path, access(path, F_OK) < 0 ? -errno : -EIO);
    return 0;
}

int rrd_file_write(const char *path, const struct history_kind *kind, struct file_facts *facts,
                   uint64_t first, const float *rows, size_t count, uint64_t whole_s)
{
    struct buf names = {0}, text = {0};
    uint64_t end_s;
    size_t n;
    int r = 0;

    write_names(kind, facts->has, &names);
    n = write_rows(kind, facts, first, rows, count, &text, &end_s);
    n += write_end(kind, facts->has, whole_s, &text, &end_s);
    if (names.failed || text.failed)
        r = -ENOMEM;
    else if (n)
        r = update(path, buf_text(&names), &text, n);
    if (r == 0)
        facts->end_s = end_s;
    buf_done(&text);
    buf_done(&names);
    return r;
}

/* ---- reading ---- */

static void visit_rows(const struct history_kind *kind, const struct fetched *f, file_visit *visit,
                       void *arg)
{
    size_t at[HISTORY_SERIES_MAX];
    double values[HISTORY_SERIES_MAX];
    const rrd_value_t *row = f->data;

    for (unsigned long i = 0; i < f->count; i++)
        at[MIN(i, HISTORY_SERIES_MAX - 1)] = series_named(kind, f->names[i]);
    for (size_t i = 0; i < kind->count; i++)
        values[i] = NAN;
    for (time_t t = f->start; t < f->end; t += (time_t)f->step, row += f->count) {
        for (unsigned long i = 0; i < MIN(f->count, HISTORY_SERIES_MAX); i++) {
            if (at[i] < kind->count)
                values[at[i]] = row[i];
        }
        visit(arg, (uint64_t)t, f->step, values);
    }
}

int rrd_file_read(const char *path, const struct history_kind *kind, uint64_t from_s, uint64_t to_s,
                  unsigned step_s, file_visit *visit, void *arg)
{
    struct fetched f;
    int r;

    if (from_s >= to_s)
        return 0;
    r = fetch(path, from_s, to_s, step_s, &f);
    if (r < 0)
        return r;
    visit_rows(kind, &f, visit, arg);
    fetched_done(&f);
    return 0;
}

void rrd_file_set_aside(const char *path)
{
    char to[PATH_MAX + 16];

    snprintf(to, sizeof(to), "%s.damaged", path);
    if (rename(path, to) < 0)
        log_error("%s is damaged, and cannot be renamed: %s", path, strerror(errno));
    else
        log_warn("%s is damaged; it is kept as %s, and a new one begins", path, to);
}
