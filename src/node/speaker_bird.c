#include "speaker_bird.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"

#define BIRD_PROGRAM "/usr/sbin/bird"
#define BIRD_USER    "bird" /* comes with the package */
#define START_US     3000000U
#define START_MAX_US 30000000U

static const char *const commands[] = {[BIRD_CONFIGURE] = "configure\n",
                                       [BIRD_POLL] = "show protocols all\n",
                                       [BIRD_BFD] = "show bfd sessions\n",
                                       [BIRD_STOP] = "down\n"};

static const char *const files[] = {"bird.conf", "bird.ctl", "bird.pid",
                                    "bird.log",  "bird.err", "bird.log.1"};

static void path_in(const char *dir, const char *file, char ret[PEER_PATH_MAX])
{
    if (snprintf(ret, PEER_PATH_MAX, "%s/%s", dir, file) >= PEER_PATH_MAX)
        ret[0] = 0;
}

/* The folder in which those of all gateways lie. */
static void parent_of(const char *dir, char ret[PEER_PATH_MAX])
{
    char *slash;

    (void)text_copy(ret, PEER_PATH_MAX, dir);
    slash = strrchr(ret, '/');
    if (slash)
        *slash = 0;
}

/* ---- files ---- */

int bird_init(struct bird *bird, uv_loop_t *loop, const char *dir, const struct bird_calls *calls)
{
    const struct passwd *user = getpwnam(BIRD_USER);

    char parent[PEER_PATH_MAX];

    *bird = (struct bird){.calls = *calls, .loop = loop};
    if (text_copy(bird->dir, sizeof(bird->dir), dir) < 0)
        return -ENAMETOOLONG;
    parent_of(dir, parent);
    if ((mkdir(parent, 0755) < 0 && errno != EEXIST) || (mkdir(dir, 0700) < 0 && errno != EEXIST))
        return -errno;
    return user && chown(dir, user->pw_uid, user->pw_gid) < 0 ? -errno : 0;
}

int bird_write_config(struct bird *bird, const void *text, size_t len)
{
    const struct passwd *user = getpwnam(BIRD_USER);
    char path[PEER_PATH_MAX];
    int r;

    path_in(bird->dir, "bird.conf", path);
    r = file_write_atomic(path, text, len, 0600);
    if (r == 0 && user && chown(path, user->pw_uid, user->pw_gid) < 0)
        r = -errno;
    return r;
}

/* What it printed before it had a log. */
static void read_error(struct bird *bird)
{
    char path[PEER_PATH_MAX];
    struct buf text = {0};

    path_in(bird->dir, "bird.err", path);
    if (file_read(path, 1U << 16, &text) == 0 && text.len) {
        char *end = strchr((char *)text.data, '\n');

        if (end)
            *end = 0;
        (void)text_copy(bird->error, sizeof(bird->error), buf_text(&text));
        text_make_utf8(bird->error);
    }
    buf_done(&text);
}

/* ---- starting ---- */

/* In the child. Names are relative to the folder, into which BIRD, that is no longer root, could
 * not find its way otherwise. */
static void become_bird(const char *dir, bool with_user)
{
    const char *arguments[16] = {"bird", "-f",       "-c", "bird.conf",
                                 "-s",   "bird.ctl", "-P", "bird.pid"};
    size_t n = 8;
    int err;

    if (setsid() < 0 || chdir(dir) < 0)
        _exit(1);
    err = open("bird.err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (err < 0 || dup2(err, 1) < 0 || dup2(err, 2) < 0)
        _exit(1);
    close_range(3, ~0U, 0);
    if (access("bird.pid", F_OK) == 0) /* of one that was killed: peers may keep its routes */
        arguments[n++] = "-R";
    if (with_user) {
        arguments[n++] = "-u";
        arguments[n++] = BIRD_USER;
        arguments[n++] = "-g";
        arguments[n++] = BIRD_USER;
    }
    execv(BIRD_PROGRAM, (char **)(uintptr_t)arguments);
    dprintf(2, "%s: %s\n", BIRD_PROGRAM, strerror(errno));
    _exit(1);
}

/* In a thread inside the namespace. The child ends at once, and its child belongs to nobody. */
static int start_inside(void *arg)
{
    const struct bird *bird = arg;
    bool with_user = getpwnam(BIRD_USER);
    pid_t child = fork();

    if (child < 0)
        return -errno;
    if (child == 0) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        if (fork() == 0)
            become_bird(bird->dir, with_user);
        _exit(0);
    }
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

static uint64_t pause_us(const struct bird *bird)
{
    return MIN((uint64_t)START_US << MIN(bird->failures, 8U), START_MAX_US);
}

static void start(struct bird *bird, int netns_fd)
{
    uint64_t now = clock_monotonic_us();
    int r;

    if (bird->started_us && now - bird->started_us < pause_us(bird))
        return;
    if (bird->started_us) {
        read_error(bird);
        bird->failures++;
        log_warn("%s: BIRD does not answer: %s", bird->dir, bird->error);
    }
    bird->started_us = now;
    r = netns_run(netns_fd, start_inside, bird);
    if (r < 0)
        log_warn("%s: BIRD is not started: %s", bird->dir, strerror(-r));
}

/* ---- the control socket ---- */

/* Outlives the bird until libuv has closed it. */
struct bird_line {
    uv_pipe_t pipe;
    struct bird *bird; /* NULL: nobody listens any more */
    char in[16384];
};

static void on_closed(uv_handle_t *handle)
{
    free(container_of(handle, struct bird_line, pipe));
}

static void hang_up(struct bird *bird)
{
    struct bird_line *line = bird->line;

    if (!line)
        return;
    bird->line = NULL;
    bird->greeted = false;
    bird->busy = BIRD_NOTHING;
    line->bird = NULL;
    uv_close((uv_handle_t *)&line->pipe, on_closed);
}

static void on_lost(struct bird *bird)
{
    bool was = bird->greeted;

    hang_up(bird);
    if (was)
        bird->calls.went(bird->calls.arg);
}

static void say(struct bird *bird, enum bird_command command)
{
    uv_buf_t text =
        uv_buf_init((char *)(uintptr_t)commands[command], (unsigned)strlen(commands[command]));
    int n = uv_try_write((uv_stream_t *)&bird->line->pipe, &text, 1);

    if (n == (int)text.len)
        bird->busy = command;
    else
        on_lost(bird); /* it does not read: begin anew */
}

/* One command at a time. */
static void go_on(struct bird *bird)
{
    if (!bird->greeted || bird->busy != BIRD_NOTHING)
        return;
    if (bird->configure_due) {
        bird->configure_due = false;
        say(bird, BIRD_CONFIGURE);
    } else if (bird->poll_due) {
        bird->poll_due = false;
        say(bird, BIRD_POLL);
    } else if (bird->bfd_due) {
        bird->bfd_due = false;
        say(bird, BIRD_BFD);
    }
}

enum {
    CODE_WELCOME = 1,
    CODE_RECONFIGURED = 3,
    CODE_RECONFIGURING = 4,
    CODE_PENDING = 5,
    CODE_ERRORS = 8000, /* and above: it did not do what it was asked for */
};

static void on_configured(struct bird *bird, const struct bgp_reply_line *line)
{
    if (line->code >= CODE_ERRORS) {
        (void)text_copy(bird->error, sizeof(bird->error), line->text);
        log_error("%s: BIRD refuses its configuration: %s", bird->dir, line->text);
        return;
    }
    bird->error[0] = 0;
    bird->calls.configured(bird->calls.arg);
}

static void end_answer(struct bird *bird, const struct bgp_reply_line *line)
{
    enum bird_command done = bird->busy;

    bird->busy = BIRD_NOTHING;
    if (done == BIRD_CONFIGURE)
        on_configured(bird, line);
    else if (done == BIRD_POLL)
        bird->bfd_due = bird->with_bfd; /* over a session that is known by now */
    else if (done == BIRD_BFD)
        bird->calls.bfd(bird->calls.arg, NULL);
}

static void take_bfd(struct bird *bird, const struct bgp_reply_line *line)
{
    struct bgp_bfd bfd;

    if (bgp_bfd_take(line, &bfd))
        bird->calls.bfd(bird->calls.arg, &bfd);
}

static void greet(struct bird *bird)
{
    bird->greeted = true;
    bird->failures = 0;
    bird->started_us = 0;
    bird->calls.came(bird->calls.arg);
}

static void take_line(void *arg, const struct bgp_reply_line *line)
{
    struct bird *bird = arg;

    if (!bird->greeted) {
        if (line->code == CODE_WELCOME)
            greet(bird);
    } else {
        if (bird->busy == BIRD_POLL)
            bgp_sessions_take(&bird->sessions, line);
        else if (bird->busy == BIRD_BFD)
            take_bfd(bird, line);
        if (line->last)
            end_answer(bird, line);
    }
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
    struct bird_line *line = container_of(handle, struct bird_line, pipe);

    (void)size;
    *ret = uv_buf_init(line->in, sizeof(line->in));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct bird_line *line = container_of(stream, struct bird_line, pipe);
    struct bird *bird = line->bird;

    if (!bird)
        return;
    if (n < 0) {
        on_lost(bird);
        return;
    }
    bgp_reply_receive(&bird->reply, buf->base, (size_t)n, take_line, bird);
    if (bird->line == line)
        go_on(bird);
}

/* Its queue takes us at once, or nobody is there. */
static int connect_to(const char *dir)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd, r;

    if (snprintf(to.sun_path, sizeof(to.sun_path), "%s/bird.ctl", dir) >= (int)sizeof(to.sun_path))
        return -ENAMETOOLONG;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

/* Takes fd. */
static int open_line(struct bird *bird, int fd)
{
    struct bird_line *line = calloc(1, sizeof(*line));
    int r = line ? uv_pipe_init(bird->loop, &line->pipe, 0) : -ENOMEM;

    if (r < 0) {
        free(line);
        close(fd);
        return r;
    }
    r = uv_pipe_open(&line->pipe, fd);
    if (r < 0)
        close(fd);
    if (r == 0)
        r = uv_read_start((uv_stream_t *)&line->pipe, on_alloc, on_read);
    if (r < 0) {
        uv_close((uv_handle_t *)&line->pipe, on_closed);
        return r;
    }
    line->bird = bird;
    bird->line = line;
    bird->reply = (struct bgp_reply){0};
    bird->sessions = (struct bgp_sessions){.told = bird->calls.session, .arg = bird->calls.arg};
    return 0;
}

void bird_tick(struct bird *bird, int netns_fd)
{
    int fd;

    if (!bird->line) {
        fd = connect_to(bird->dir);
        if (fd >= 0)
            (void)!open_line(bird, fd);
        else
            start(bird, netns_fd);
    }
    bird_poll(bird);
}

void bird_configure(struct bird *bird)
{
    bird->configure_due = true;
    go_on(bird);
}

void bird_poll(struct bird *bird)
{
    bird->poll_due = true;
    go_on(bird);
}

void bird_done(struct bird *bird)
{
    hang_up(bird);
}

/* ---- ending ---- */

/* True once the other end has closed. */
static bool wait_for_end(int fd)
{
    struct timeval second = {.tv_sec = 1};
    char answer[256];
    ssize_t n;

    (void)!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
    do {
        n = read(fd, answer, sizeof(answer));
    } while (n > 0 || (n < 0 && errno == EINTR));
    return n == 0;
}

void bird_end(const char *dir)
{
    int fd = connect_to(dir);
    char path[PEER_PATH_MAX];

    if (fd >= 0) {
        (void)!fcntl(fd, F_SETFL, 0);
        if (write(fd, commands[BIRD_STOP], strlen(commands[BIRD_STOP])) < 0 || !wait_for_end(fd))
            log_warn("%s: BIRD does not end", dir);
        close(fd);
    }
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        path_in(dir, files[i], path);
        (void)!unlink(path);
    }
    (void)!rmdir(dir);
    parent_of(dir, path);
    (void)!rmdir(path); /* after the last */
}
