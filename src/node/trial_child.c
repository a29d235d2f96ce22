#include "trial.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* iperf3 as a child in the instance's namespace. It is nobody there, holds nothing of ours, and
 * dies with this process, however that ends. */

#define NOBODY 65534
#define SLACK_US                                                                                   \
    UINT64_C(8000000) /* to connect and to sum up, beside the time that it measures                \
                       */
#define PORT_FIRST 20000
#define PORT_COUNT 20000

static const char *find_program(void)
{
    static const char *const paths[] = {"/usr/bin/iperf3", "/usr/local/bin/iperf3"};

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        if (access(paths[i], X_OK) == 0)
            return paths[i];
    }
    return NULL;
}

/* ---- in the child: nothing here allocates or locks ---- */

static int drop_rights(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};

    if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
        setresuid(NOBODY, NOBODY, NOBODY) < 0)
        return -errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &head, none) < 0)
        return -errno;
    return 0;
}

static void complain(const char *what)
{
    const char *why = strerrordesc_np(errno);

    (void)!write(STDOUT_FILENO, what, strlen(what));
    (void)!write(STDOUT_FILENO, why, strlen(why));
    _exit(126);
}

static void be_child(int netns, int out, pid_t parent, const char *program, char *const *args)
{
    static char *const environment[] = {"LC_ALL=C", "PATH=/usr/bin:/bin", NULL};
    sigset_t none;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(out, STDERR_FILENO) < 0)
        _exit(126);
    if (setns(netns, CLONE_NEWNET) < 0)
        complain("enter the namespace: ");
    if (drop_rights() < 0)
        complain("give up rights: ");
    /* After the change of user, which would undo it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        complain("die with the node: ");
    if (getppid() != parent)
        _exit(126);
    if (chdir("/") < 0)
        complain("enter /: ");
    (void)syscall(SYS_close_range, 3U, ~0U, 0U);
    execve(program, args, environment);
    complain("run iperf3: ");
}

/* ---- what it prints ---- */

static void take_line(struct trial *t)
{
    struct reach_rate rate;

    if (reach_parse_rate(t->line, t->line_len, &rate) == 0) {
        if (!t->want.serves)
            trial_tell_rate(t, &rate);
    } else if (t->want.serves && text_starts_with(t->line, "Server listening on ")) {
        trial_tell(t, json_pack("{s:s, s:i}", "type", "listening", "number", (int)t->want.port));
    } else if (text_starts_with(t->line, "iperf3: ") || strstr(t->line, ": ")) {
        (void)text_printf(t->complaint, sizeof(t->complaint), "%s", t->line);
    }
}

static void take(struct trial *t, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            t->line[t->line_len] = 0;
            take_line(t);
            t->line_len = 0;
        } else if (t->line_len < sizeof(t->line) - 1) { /* of a longer one the beginning counts */
            t->line[t->line_len++] = bytes[i] ? bytes[i] : ' ';
        }
    }
}

/* ---- its end ---- */

void trial_child_stop(struct trial *t)
{
    pid_t r;

    if (!t->pid)
        return;
    kill(t->pid, SIGKILL);
    do
        r = waitpid(t->pid, NULL, 0);
    while (r < 0 && errno == EINTR);
    t->pid = 0;
}

/* It has closed what it prints to, which it does when it ends. */
static void end(struct trial *t)
{
    uv_poll_stop(&t->poll);
    uv_timer_stop(&t->timer);
    trial_child_stop(t);
    if (*t->complaint)
        trial_end(t, SAY(NODE_TRIAL_IPERF, t->complaint));
    else
        trial_end(t, NULL);
}

static void on_output(uv_poll_t *poll, int status, int events)
{
    struct trial *t = poll->data;
    char bytes[2048];
    ssize_t len;

    (void)status, (void)events;
    len = read(t->fd, bytes, sizeof(bytes));
    if (len > 0)
        take(t, bytes, (size_t)len);
    else if (len == 0 || errno != EAGAIN)
        end(t);
}

static void on_too_long(uv_timer_t *timer)
{
    struct trial *t = timer->data;

    if (!*t->complaint && !t->want.serves)
        (void)words_write(SAY(NODE_TRIAL_TOO_LONG), t->error, sizeof(t->error));
    end(t);
}

/* ---- its beginning ---- */

struct command {
    char address[ADDR_TEXT_MAX], port[8], duration[8];
    char *args[20];
};

static void add(struct command *c, const char *const *words)
{
    size_t n = 0;

    while (c->args[n])
        n++;
    for (; *words; words++)
        c->args[n++] = (char *)*words;
}

static void compose(const struct trial_want *w, struct command *c)
{
    addr_format(&w->destination, c->address);
    snprintf(c->port, sizeof(c->port), "%u", w->port);
    snprintf(c->duration, sizeof(c->duration), "%u", w->duration_s);
    add(c, (const char *const[]){"iperf3", "-p", c->port, "-f", "k", "--forceflush", NULL});
    if (w->serves)
        add(c, (const char *const[]){"-s", "-1", "-B", c->address, NULL});
    else
        add(c, (const char *const[]){"-c", c->address, "-i", "1", "-t", c->duration,
                                     "--connect-timeout", "3000", NULL});
}

/* The parent's end of what it prints. */
static int spawn(struct trial *t, int netns, const char *program)
{
    struct command command = {0};
    pid_t parent = getpid();
    int pipe_fds[2];

    compose(&t->want, &command);
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return -errno;
    t->pid = fork();
    if (t->pid == 0)
        be_child(netns, pipe_fds[1], parent, program, command.args);
    close(pipe_fds[1]);
    if (t->pid < 0) {
        int r = -errno;

        t->pid = 0;
        close(pipe_fds[0]);
        return r;
    }
    (void)fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
    t->fd = pipe_fds[0];
    return 0;
}

static int watch(struct trial *t)
{
    uint64_t limit =
        t->want.serves ? TRIAL_MAX_US : t->want.duration_s * UINT64_C(1000000) + SLACK_US;
    int r = uv_poll_init(t->timer.loop, &t->poll, t->fd);

    if (r < 0)
        return r;
    t->poll.data = t;
    t->handles++;
    r = uv_poll_start(&t->poll, UV_READABLE, on_output);
    return r == 0 ? uv_timer_start(&t->timer, on_too_long, limit / 1000, 0) : r;
}

void trial_child_start(struct trial *t, int netns)
{
    const char *program = find_program();
    int r;

    if (!program) {
        trial_end(t, SAY(NODE_TRIAL_NO_IPERF));
        return;
    }
    if (t->want.serves)
        t->want.port = (uint16_t)(PORT_FIRST + random_u64() % PORT_COUNT);
    r = spawn(t, netns, program);
    if (r == 0)
        r = watch(t);
    if (r < 0) {
        trial_child_stop(t);
        trial_end(t, SAY(NODE_TRIAL_IPERF, strerror(-r)));
    }
}
