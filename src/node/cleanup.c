#include "node.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "attached.h"
#include "cloud.h"
#include "netns.h"
#include "run_dir.h"
#include "speaker.h"

int node_name_run_dir(const char *given, char *ret, size_t size)
{
    char path[PATH_MAX];

    if (realpath(given, path))
        return text_copy(ret, size, path);
    if (errno != ENOENT)
        return -errno;
    return given[0] == '/' ? text_copy(ret, size, given) : -ENOENT;
}

int node_lock_run_dir(const char *run_dir, int *ret_fd)
{
    char path[PATH_MAX];
    int fd;

    if (snprintf(path, sizeof(path), "%s/node.lock", run_dir) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int r = errno == EWOULDBLOCK ? -EBUSY : -errno;

        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

struct cleanup {
    const char *run_dir;
    int removed;
    int error;
};

static int clean_namespace(void *arg, const char *netns)
{
    struct cleanup *c = arg;
    char id[IPC_ID_MAX];
    int r = text_starts_with(netns, SPEAKER_NETNS_START) ? -EPERM
                                                         : instance_owner(c->run_dir, netns, id);

    if (r < 0)
        return 0; /* somebody else's */
    r = instance_remove(c->run_dir, netns);
    if (r == 0)
        c->removed++;
    else
        log_error("remove namespace %s: %s", netns, strerror(-r));
    if (r < 0 && c->error == 0)
        c->error = r;
    return 0;
}

static bool any(void *arg, const char *device, const char *id)
{
    (void)arg, (void)device, (void)id;
    return true;
}

static int clean_taps(struct cleanup *c)
{
    int r = attached_sweep(c->run_dir, any, NULL);

    if (r < 0)
        log_error("remove TAPs: %s", strerror(-r));
    else
        c->removed += r;
    return r < 0 ? r : 0;
}

int node_cleanup(const char *given)
{
    char run_dir[PATH_MAX];
    struct cleanup c = {.run_dir = run_dir};
    struct cloud_result cloud;
    char said[WORDS_TEXT_MAX];
    int speakers, lock = -1, r = node_name_run_dir(given, run_dir, sizeof(run_dir));

    if (r == 0)
        r = node_lock_run_dir(run_dir, &lock);
    if (r < 0 && r != -ENOENT) /* a folder that is gone has no node */
        return r;
    r = netns_each("rw-", clean_namespace, &c);
    if (r < 0 && c.error == 0)
        c.error = r;
    r = speakers_cleanup(run_dir, &speakers);
    c.removed += speakers;
    if (r < 0 && c.error == 0)
        c.error = r;
    r = clean_taps(&c);
    if (r < 0 && c.error == 0)
        c.error = r;
    r = cloud_ensure(run_dir, NULL, NULL, 0, &cloud);
    c.removed += (int)cloud.removed;
    if (r < 0) {
        log_error("%s", words_say_written(cloud.error, WORDS_EN, said, sizeof(said)));
        c.error = c.error ? c.error : r;
    }
    if (lock >= 0)
        close(lock);
    return c.error ? c.error : c.removed;
}
