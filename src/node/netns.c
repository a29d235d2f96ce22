#include "netns.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* ---- a thread that may go where it likes, and ends ---- */

struct errand {
    netns_call *call;
    void *arg;
    int netns_fd;     /* to enter first, or -1 */
    bool host_mounts; /* enter process 1's mount namespace first */
    int result;
};

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* In a copy of somebody's mount namespace the folder follows its original: it has a master. */
static bool names_are_private(void)
{
    struct buf mounts = {0};
    bool private = false;
    char *line, *rest = NULL;

    if (file_read("/proc/thread-self/mountinfo", 1U << 24, &mounts) == 0 && mounts.len) {
        for (line = strtok_r((char *)mounts.data, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest))
        private |= strstr(line, " " NETNS_DIR " ") && strstr(line, " master:");
    }
    buf_done(&mounts);
    return private;
}

/* Best effort: without the right to do so, names are made where we are. */
static void enter_host_mounts(void)
{
    static atomic_bool warned;
    int fd, r = 0;

    if (same_file("/proc/1/ns/mnt", "/proc/thread-self/ns/mnt"))
        return;
    fd = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || unshare(CLONE_FS) < 0 || setns(fd, CLONE_NEWNS) < 0)
        r = -errno;
    if (fd >= 0)
        close(fd);
    if (r < 0 && names_are_private() && !atomic_exchange(&warned, true))
        log_warn("namespaces of instances have a name in this mount namespace only, since that of "
                 "process 1 cannot be entered (%s); nsenter --net instead of ip netns exec helps",
                 strerror(-r));
}

static void *run_errand(void *arg)
{
    struct errand *e = arg;

    if (e->host_mounts)
        enter_host_mounts();
    if (e->netns_fd >= 0 && setns(e->netns_fd, CLONE_NEWNET) < 0)
        e->result = -errno;
    else
        e->result = e->call(e->arg);
    return NULL;
}

static int send_away(struct errand *e)
{
    pthread_t thread;
    int r = pthread_create(&thread, NULL, run_errand, e);

    if (r)
        return -r;
    pthread_join(thread, NULL);
    return e->result;
}

int netns_run(int fd, netns_call *call, void *arg)
{
    struct errand e = {.call = call, .arg = arg, .netns_fd = fd};

    return send_away(&e);
}

static int run_among_names(netns_call *call, void *arg)
{
    struct errand e = {.call = call, .arg = arg, .netns_fd = -1, .host_mounts = true};

    return send_away(&e);
}

static int path_of(const char *name, char path[PATH_MAX])
{
    if (!*name || strchr(name, '/') || name[0] == '.')
        return -EINVAL;
    return snprintf(path, PATH_MAX, NETNS_DIR "/%s", name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

bool netns_is_same(int a, int b)
{
    struct stat x, y;

    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* ---- open ---- */

struct open_errand {
    const char *name;
    int fd;
};

static int open_here(void *arg)
{
    struct open_errand *o = arg;
    char path[PATH_MAX];
    struct statfs fs;
    int r = path_of(o->name, path);

    if (r < 0)
        return r;
    o->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (o->fd < 0)
        return -errno;
    if (fstatfs(o->fd, &fs) < 0 || fs.f_type != NSFS_MAGIC) {
        close(o->fd);
        return -EINVAL;
    }
    return 0;
}

int netns_open(const char *name, int *ret_fd)
{
    struct open_errand o = {.name = name};
    int r = run_among_names(open_here, &o);

    if (r == 0)
        *ret_fd = o.fd;
    return r;
}

/* ---- create ---- */

struct create_errand {
    const char *name;
    netns_call *prepare;
    void *arg;
};

/* As `ip netns` does: the folder is a shared mount, so that names reach all mount namespaces. */
static int prepare_folder(void)
{
    if (mkdir(NETNS_DIR, 0755) < 0 && errno != EEXIST)
        return -errno;
    if (mount("", NETNS_DIR, "none", MS_SHARED | MS_REC, NULL) == 0)
        return 0;
    if (errno != EINVAL || mount(NETNS_DIR, NETNS_DIR, "none", MS_BIND | MS_REC, NULL) < 0 ||
        mount("", NETNS_DIR, "none", MS_SHARED | MS_REC, NULL) < 0)
        return -errno;
    return 0;
}

/* Takes the name; also one that a process left which died before the mount: nobody lives there. */
static int take_name(const char *path)
{
    int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
    struct statfs fs;
    struct stat st;

    if (fd >= 0) {
        close(fd);
        return 0;
    }
    if (errno != EEXIST)
        return -errno;
    if (statfs(path, &fs) < 0 || lstat(path, &st) < 0)
        return -errno;
    if (fs.f_type == NSFS_MAGIC || !S_ISREG(st.st_mode) || st.st_size || st.st_mode & 0777)
        return -EEXIST;
    return 0;
}

static int create_here(void *arg)
{
    struct create_errand *c = arg;
    char path[PATH_MAX];
    int r = path_of(c->name, path);

    if (r == 0)
        r = prepare_folder();
    if (r == 0)
        r = take_name(path);
    if (r < 0)
        return r;
    r = unshare(CLONE_NEWNET) < 0 ? -errno : c->prepare(c->arg);
    if (r == 0 && mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL) < 0)
        r = -errno;
    if (r < 0)
        unlink(path);
    return r;
}

int netns_create(const char *name, netns_call *prepare, void *arg)
{
    struct create_errand c = {.name = name, .prepare = prepare, .arg = arg};

    return run_among_names(create_here, &c);
}

/* ---- delete ---- */

static int delete_here(void *arg)
{
    char path[PATH_MAX];
    int r = path_of(arg, path);

    if (r < 0)
        return r;
    if (umount2(path, MNT_DETACH) < 0 && errno != EINVAL)
        return -errno;
    return unlink(path) < 0 ? -errno : 0;
}

int netns_delete(const char *name)
{
    return run_among_names(delete_here, (void *)(uintptr_t)name);
}

/* ---- list ---- */

struct names {
    const char *start;
    struct buf text; /* each with its 0 byte */
};

static int list_here(void *arg)
{
    struct names *names = arg;
    struct dirent *entry;
    DIR *dir = opendir(NETNS_DIR);

    if (!dir)
        return errno == ENOENT ? 0 : -errno;
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] != '.' && text_starts_with(entry->d_name, names->start))
            buf_add(&names->text, entry->d_name, strlen(entry->d_name) + 1);
    }
    closedir(dir);
    return names->text.failed ? -ENOMEM : 0;
}

int netns_each(const char *start, int (*visit)(void *arg, const char *name), void *arg)
{
    struct names names = {.start = start};
    int r = run_among_names(list_here, &names);

    for (size_t at = 0; r == 0 && at < names.text.len;) {
        const char *name = buf_text(&names.text) + at;

        at += strlen(name) + 1;
        r = visit(arg, name);
    }
    buf_done(&names.text);
    return r;
}
