#include "speaker_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"

#define PIECES_MAX 16 /* of a piece each time */
#define PIECE      4096

void bird_log_init(struct bird_log *log)
{
    *log = (struct bird_log){.fd = -1};
}

static void shut(struct bird_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}

void bird_log_done(struct bird_log *log)
{
    shut(log);
}

static bool path_of(const char *dir, char ret[PEER_PATH_MAX])
{
    return snprintf(ret, PEER_PATH_MAX, "%s/bird.log", dir) < PEER_PATH_MAX;
}

/* The folder is BIRD's: whatever lies there is not trusted to be a file. */
static void open_now(struct bird_log *log, const char *path)
{
    struct stat st;

    log->fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    log->lines.len = 0;
    if (log->fd >= 0 && (fstat(log->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
                         (!log->begun && lseek(log->fd, 0, SEEK_END) < 0)))
        shut(log);
    log->begun = true;
}

/* BIRD has begun another file. */
static bool is_past(const struct bird_log *log, const char *path)
{
    struct stat ours, there;

    return fstat(log->fd, &ours) < 0 || lstat(path, &there) < 0 || ours.st_ino != there.st_ino ||
           ours.st_dev != there.st_dev;
}

void bird_log_read(struct bird_log *log, const char *dir, void (*take)(void *arg, const char *line),
                   void *arg)
{
    char path[PEER_PATH_MAX], piece[PIECE];
    ssize_t n = 1;

    if (!path_of(dir, path))
        return;
    if (log->fd < 0)
        open_now(log, path);
    for (unsigned i = 0; log->fd >= 0 && n > 0 && i < PIECES_MAX; i++) {
        n = read(log->fd, piece, sizeof(piece));
        if (n > 0)
            bgp_lines_receive(&log->lines, piece, (size_t)n, take, arg);
    }
    if (log->fd >= 0 && n <= 0 && is_past(log, path))
        shut(log);
}
