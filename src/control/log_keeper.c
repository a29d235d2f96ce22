#include "log_keeper.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* One file for all tunnels, since one sync a second costs the same for one line and for thousands.
 * Lines are appended; when it is twice as long as what is still known, or a part of it could not be
 * written, it is written anew beside and put into its place. A line that is in it twice is known.
 */

#define SIZE_MIN   (4U << 20) /* not written anew below */
#define LINE_BYTES 8192       /* of a line in the file, at most */
#define RETRY_S    10         /* between tries to write it anew */

/* ---- what waits ---- */

/* Since the last time it was asked: lines that are in memory alone, or have no file to go to. */
static bool lacks_lines(struct log_keeper *k)
{
    bool lacks;

    pthread_mutex_lock(&k->lock);
    lacks = k->incomplete || (k->fd < 0 && k->pending.len);
    k->incomplete = false;
    pthread_mutex_unlock(&k->lock);
    return lacks;
}

static struct buf take_pending(struct log_keeper *k)
{
    struct buf taken;

    pthread_mutex_lock(&k->lock);
    taken = k->pending;
    k->pending = (struct buf){0};
    k->incomplete = k->incomplete || taken.failed;
    pthread_mutex_unlock(&k->lock);
    return taken;
}

/* Before what came meanwhile; all of it is in memory as well. */
static void put_back(struct log_keeper *k, struct buf *taken)
{
    pthread_mutex_lock(&k->lock);
    if (taken->len + k->pending.len > LOG_PENDING_MAX) {
        k->incomplete = true;
    } else {
        buf_add(taken, k->pending.data, k->pending.len);
        buf_done(&k->pending);
        k->pending = *taken;
        *taken = (struct buf){0};
    }
    pthread_mutex_unlock(&k->lock);
}

/* ---- the file ---- */

static void tell_failure(struct log_keeper *k, int r)
{
    if (r < 0 && !k->failing)
        log_error("the logs of tunnels cannot be kept in %s: %s; they are in memory alone until "
                  "they can",
                  k->path, strerror(-r));
    else if (r == 0 && k->failing)
        log_info("the logs of tunnels are kept in %s again", k->path);
    k->failing = r < 0;
}

/* All of it, behind what is there, or nothing. */
static int append(int fd, uint64_t *size, const struct buf *data)
{
    size_t done = 0;
    int r = 0;

    while (r == 0 && done < data->len) {
        ssize_t n = pwrite(fd, data->data + done, data->len - done, (off_t)(*size + done));

        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            r = n == 0 ? -ENOSPC : -errno;
    }
    if (r == 0 && fdatasync(fd) < 0)
        r = -errno;
    if (r == 0)
        *size += done;
    else if (ftruncate(fd, (off_t)*size) < 0)
        log_debug("a part of a line may be left: %s", strerror(errno));
    return r;
}

static int write_regions(struct control *c, int fd, uint64_t *size)
{
    int r = 0;

    for (struct region *region = house_next(c, NULL); region && r == 0;
         region = house_next(c, region)) {
        struct buf data = {0};

        pthread_mutex_lock(&region->live);
        tunnel_logs_write(region, &data);
        pthread_mutex_unlock(&region->live);
        r = data.failed ? -ENOMEM : append(fd, size, &data);
        buf_done(&data);
    }
    return r;
}

/* Only what is still known. */
static int write_anew(struct control *c)
{
    struct log_keeper *k = &c->log_keeper;
    char path[sizeof(k->path) + 8];
    uint64_t size = 0;
    int fd, r;

    (void)snprintf(path, sizeof(path), "%s.new", k->path);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = write_regions(c, fd, &size);
    if (r == 0 && rename(path, k->path) < 0)
        r = -errno;
    if (r == 0)
        r = file_sync_folder_of(k->path);
    if (r < 0) {
        close(fd);
        (void)unlink(path);
        return r;
    }
    if (k->fd >= 0)
        close(k->fd);
    k->fd = fd;
    k->size = k->base = size;
    return 0;
}

static void run_anew(struct control *c)
{
    struct log_keeper *k = &c->log_keeper;
    struct buf known = take_pending(k); /* it is in memory, too */
    int r = write_anew(c);

    k->anew = r < 0;
    k->pause_s = r < 0 ? RETRY_S : 0;
    tell_failure(k, r);
    buf_done(&known);
}

static void work(struct control *c)
{
    struct log_keeper *k = &c->log_keeper;
    struct buf data;
    int r;

    k->anew = k->anew || lacks_lines(k) || k->size > MAX(SIZE_MIN, 2 * k->base);
    if (k->pause_s)
        k->pause_s--;
    if (k->anew && !k->pause_s)
        run_anew(c);
    if (k->anew || k->fd < 0)
        return;
    data = take_pending(k);
    r = append(k->fd, &k->size, &data);
    if (r < 0)
        put_back(k, &data);
    if (data.len)
        tell_failure(k, r);
    buf_done(&data);
}

static void *keep(void *arg)
{
    struct control *c = arg;
    struct timespec until;

    (void)pthread_setname_np(pthread_self(), "tunnel-logs");
    pthread_mutex_lock(&c->look_lock);
    while (!c->look_ends) {
        pthread_mutex_unlock(&c->look_lock);
        work(c);
        pthread_mutex_lock(&c->look_lock);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        while (!c->look_ends && pthread_cond_timedwait(&c->look_wake, &c->look_lock, &until) == 0)
            ;
    }
    pthread_mutex_unlock(&c->look_lock);
    return NULL;
}

/* ---- its life ---- */

/* The file is ours, and may be cut short or damaged all the same: what is no line is passed over.
 */
static void read_line(struct control *c, const char *text)
{
    json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    struct region *r = house_find(c, json_string_value(json_array_get(all, 0)) ?: "");

    if (r) {
        pthread_mutex_lock(&r->live);
        tunnel_log_restore(r, all);
        pthread_mutex_unlock(&r->live);
    }
    json_decref(all);
}

static void read_all(struct control *c, FILE *f)
{
    char line[LINE_BYTES];
    bool whole = true; /* what comes next begins a line */

    while (fgets(line, sizeof(line), f)) {
        bool ends = strchr(line, '\n');

        if (whole && ends)
            read_line(c, line);
        whole = ends;
    }
}

void log_keeper_start(struct control *c, const char *state_dir)
{
    struct log_keeper *k = &c->log_keeper;
    FILE *f;
    int r;

    k->fd = -1;
    if (snprintf(k->path, sizeof(k->path), "%s/tunnel-logs", state_dir) >= (int)sizeof(k->path))
        return;
    f = fopen(k->path, "re");
    if (f) {
        read_all(c, f);
        fclose(f);
        k->anew = true; /* without what is gone */
    } else if (errno != ENOENT) {
        log_warn("%s could not be read: %s", k->path, strerror(errno));
    }
    pthread_mutex_init(&k->lock, NULL);
    r = -pthread_create(&k->thread, NULL, keep, c);
    k->runs = r == 0;
    if (r < 0)
        log_warn("the logs of tunnels are not kept: %s", strerror(-r));
}

void log_keeper_stop(struct control *c)
{
    struct log_keeper *k = &c->log_keeper;

    if (!k->runs)
        return;
    pthread_join(k->thread, NULL);
    k->pause_s = 0;
    work(c);
    k->runs = false;
    if (k->fd >= 0)
        close(k->fd);
    buf_done(&k->pending);
    pthread_mutex_destroy(&k->lock);
}
