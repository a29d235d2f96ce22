#include "base.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(const char *path, size_t max, struct buf *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
    size_t start = ret->len;
    uint8_t chunk[4096];

    if (fd < 0)
        return -errno;
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            r = -errno;
        else if (ret->len - start + (size_t)n > max)
            r = -EFBIG;
        if (r < 0 || n == 0)
            break;
        buf_add(ret, chunk, (size_t)n);
    }
    explicit_bzero(chunk, sizeof(chunk));
    close(fd);
    return r < 0 ? r : ret->failed ? -ENOMEM : 0;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        len -= (size_t)n;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

int file_sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd, r;

    if (!slash)
        (void)text_copy(folder, sizeof(folder), ".");
    else
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    r = fsync(fd) < 0 ? -errno : 0;
    close(fd);
    return r;
}

/* Root may write for a daemon of another user, who is to read it afterwards. */
static int keep_owner(const char *path, int fd)
{
    struct stat st;

    if (geteuid() != 0 || stat(path, &st) < 0 || (st.st_uid == 0 && st.st_gid == 0))
        return 0;
    return fchown(fd, st.st_uid, st.st_gid) < 0 ? -errno : 0;
}

int file_write_atomic(const char *path, const void *data, size_t len, unsigned mode)
{
    char tmp[PATH_MAX];
    int fd, r;

    if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
        return -ENAMETOOLONG;
    (void)unlink(tmp); /* left by a writer that was killed */
    fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return -errno;
    r = keep_owner(path, fd);
    if (r == 0)
        r = write_all(fd, data, len);
    close(fd);
    if (r == 0 && rename(tmp, path) < 0)
        r = -errno;
    if (r < 0) {
        unlink(tmp);
        return r;
    }
    return file_sync_folder_of(path);
}
