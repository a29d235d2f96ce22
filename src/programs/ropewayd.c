#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"

/* The control plane's program: options, directories, signals. */

struct options {
    const char *run_dir;
    const char *state_dir;
    const char *listen;
    const char *tls_names[CONTROL_TLS_NAMES_MAX];
    size_t tls_name_count;
    const char *console; /* NULL: CONSOLE_DIR, if it is there */
    unsigned audit_days;
    uint64_t certificate_life_s;
    const char *sendmail;
    const char *backup;  /* instead of serving: copy the database to this file */
    const char *restore; /* or put this file in its place */
    bool reseal;         /* or seal all secrets under another key */
    struct control_reseal keys;
    bool begin; /* without a database beside a seal.key, too */
};

static const char usage[] =
    "Usage: ropewayd [--run DIR] [--state DIR] [--listen ADDRESS:PORT] [--tls-name NAME]...\n"
    "                [--console DIR] [--audit-days N] [--node-certificate-life TIME] [--new]\n"
    "                [--sendmail PATH] [--log LEVEL]\n"
    "       ropewayd [--state DIR] --backup FILE\n"
    "       ropewayd [--state DIR] --restore FILE [--seal-key FILE]\n"
    "       ropewayd [--state DIR] --reseal [--seal-key FILE] [--old-keys FILE]\n"
    "\n"
    "The control plane of Ropeway: API, store and planner.\n"
    "\n"
    "  --run DIR              where ropewayd.sock (for people and programs) and nodes.sock (for\n"
    "                         nodes) are made (default /run/ropeway)\n"
    "  --state DIR            database, keys and the admin's token (default /var/lib/ropeway)\n"
    "  --listen ADDRESS:PORT  HTTPS (default 127.0.0.1:8443; none: only the unix sockets)\n"
    "  --tls-name NAME        a DNS name or address by which clients know this server, for\n"
    "                         the certificate made at first start; may be given again\n"
    "  --console DIR          the built web console, index.html and assets, to serve at / "
    "(default\n"
    "                         " CONSOLE_DIR ", if that is there);\n"
    "                         it is read at the start\n"
    "  --audit-days N         how long the audit log is kept (default 90; 0: for ever)\n"
    "  --node-certificate-life TIME\n"
    "                         how long the certificate of a node holds, such as 30d (default),\n"
    "                         12h, 90m or 60s; it renews it by itself when a third is left\n"
    "  --new                  begin with an empty database although there is a seal.key of an\n"
    "                         earlier one\n"
    "  --sendmail PATH        command that takes mails of alarms (default /usr/sbin/sendmail)\n"
    "  --backup FILE          copy the database to FILE, also while ropewayd runs, and end;\n"
    "                         keep seal.key, admin.token, tls.crt and tls.key with it\n"
    "  --restore FILE         look through such a copy and put it in the place of the database,\n"
    "                         while no ropewayd runs; the one before stays as ropeway.db.before;\n"
    "                         with --seal-key, the keys in that file are added to seal.key\n"
    "  --reseal               give seal.key a new key (or the one in --seal-key FILE), seal all\n"
    "                         secrets under it and take the old keys away, while no ropewayd "
    "runs;\n"
    "                         with --old-keys, they are added to that file first; if interrupted,\n"
    "                         nothing is lost and --reseal goes on\n"
    "  --log LEVEL            debug, info, warn or error (default info)\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0; 1: it failed; 2: the options are wrong; 3: --restore or --reseal did its "
    "work,\n"
    "but not every secret opens with seal.key, which then has kept its old keys.\n"
    "\n"
    "Example: ropewayd --run /tmp/rw/run --state /tmp/rw/state --listen none\n";

static int add_tls_name(struct options *o, const char *name)
{
    if (o->tls_name_count == CONTROL_TLS_NAMES_MAX) {
        fprintf(stderr, "ropewayd: at most %d times --tls-name\n", CONTROL_TLS_NAMES_MAX);
        return -EINVAL;
    }
    o->tls_names[o->tls_name_count++] = name;
    return 0;
}

static int set_audit_days(struct options *o, const char *text)
{
    uint64_t days;

    if (text_parse_u64(text, CONTROL_AUDIT_DAYS_MAX, &days) < 0) {
        fprintf(stderr, "ropewayd: --audit-days %s: must be 0 to %d\n", text,
                CONTROL_AUDIT_DAYS_MAX);
        return -EINVAL;
    }
    o->audit_days = (unsigned)days;
    return 0;
}

/* A whole number and s, m, h or d. */
static int set_certificate_life(struct options *o, const char *text)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t len = strlen(text);
    char number[16];
    uint64_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(units) && len > 1 && len < sizeof(number); i++) {
        memcpy(number, text, len - 1);
        number[len - 1] = 0;
        if (text[len - 1] == units[i].unit &&
            text_parse_u64(number, CONTROL_CERTIFICATE_LIFE_MAX / units[i].seconds, &n) == 0)
            n *= units[i].seconds;
        else
            n = 0;
        if (n >= CONTROL_CERTIFICATE_LIFE_MIN) {
            o->certificate_life_s = n;
            return 0;
        }
    }
    fprintf(stderr,
            "ropewayd: --node-certificate-life %s: must be a number and s, m, h or d, from %ds to "
            "365d\n",
            text, CONTROL_CERTIFICATE_LIFE_MIN);
    return -EINVAL;
}

static int set_log_level(const char *text)
{
    enum log_level level;

    if (log_parse_level(text, &level) < 0) {
        fprintf(stderr, "ropewayd: --log %s: must be debug, info, warn or error\n", text);
        return -EINVAL;
    }
    log_set_level(level);
    return 0;
}

/* Which go together. */
static int check_options(const struct options *o)
{
    const char *wrong = NULL;

    if (!!o->backup + !!o->restore + o->reseal > 1)
        wrong = "one of --backup, --restore and --reseal";
    else if (o->keys.seal_key && !o->restore && !o->reseal)
        wrong = "--seal-key goes with --restore or --reseal";
    else if (o->keys.old_keys && !o->reseal)
        wrong = "--old-keys goes with --reseal";
    if (wrong)
        fprintf(stderr, "ropewayd: %s\n", wrong);
    return wrong ? -EINVAL : 0;
}

static int parse_options(int argc, char **argv, struct options *ret)
{
    static const struct option longs[] = {
        {"run", required_argument, NULL, 'r'},
        {"state", required_argument, NULL, 's'},
        {"listen", required_argument, NULL, 'l'},
        {"tls-name", required_argument, NULL, 't'},
        {"console", required_argument, NULL, 'w'},
        {"audit-days", required_argument, NULL, 'a'},
        {"node-certificate-life", required_argument, NULL, 'c'},
        {"sendmail", required_argument, NULL, 'm'},
        {"new", no_argument, NULL, 'n'},
        {"backup", required_argument, NULL, 'b'},
        {"restore", required_argument, NULL, 'o'},
        {"reseal", no_argument, NULL, 'e'},
        {"seal-key", required_argument, NULL, 'k'},
        {"old-keys", required_argument, NULL, 'd'},
        {"log", required_argument, NULL, 'g'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    int c, r = 0;

    while (r == 0 && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
        switch (c) {
        case 'r':
            ret->run_dir = optarg;
            break;
        case 's':
            ret->state_dir = optarg;
            break;
        case 'l':
            ret->listen = strcmp(optarg, "none") == 0 ? NULL : optarg;
            break;
        case 't':
            r = add_tls_name(ret, optarg);
            break;
        case 'w':
            ret->console = optarg;
            break;
        case 'a':
            r = set_audit_days(ret, optarg);
            break;
        case 'c':
            r = set_certificate_life(ret, optarg);
            break;
        case 'm':
            ret->sendmail = optarg;
            break;
        case 'n':
            ret->begin = true;
            break;
        case 'b':
            ret->backup = optarg;
            break;
        case 'o':
            ret->restore = optarg;
            break;
        case 'e':
            ret->reseal = true;
            break;
        case 'k':
            ret->keys.seal_key = optarg;
            break;
        case 'd':
            ret->keys.old_keys = optarg;
            break;
        case 'g':
            r = set_log_level(optarg);
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        case 'v':
            puts("ropewayd " ROPEWAY_VERSION);
            exit(0);
        default:
            return -EINVAL;
        }
    }
    if (r == 0 && optind < argc) {
        fprintf(stderr, "ropewayd: unexpected argument %s\n", argv[optind]);
        return -EINVAL;
    }
    return r < 0 ? r : check_options(ret);
}

static int make_dir(const char *path, mode_t mode)
{
    struct stat st;

    if (mkdir(path, mode) == 0 || (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return 0;
    log_error("%s: %s", path, strerror(errno));
    return -errno;
}

/* Two of us on one database would not see each other's changes. Held until the process ends. */
static int lock_state(const char *state_dir)
{
    char path[PATH_MAX];
    int fd;

    if (snprintf(path, sizeof(path), "%s/ropewayd.lock", state_dir) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int r = -errno;

        log_error("%s: %s", path,
                  r == -EWOULDBLOCK ? "another ropewayd uses this directory" : strerror(-r));
        return r;
    }
    return 0;
}

/* JSON texts hold secrets on their way through; they do not stay behind in freed memory. */
static void free_wiped(void *p)
{
    if (p)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

/* Tells systemd that the API answers (sd_notify(3)), so that what waits for the unit may use it. */
static void tell_ready(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    int fd;

    if (len == 0 || len >= sizeof(to.sun_path))
        return;
    memcpy(to.sun_path, path, len);
    if (*path == '@')
        to.sun_path[0] = 0; /* an abstract name */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (const struct sockaddr *)&to,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
        log_warn("%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* Each connection is a file; what the system allows is asked for. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
            log_warn("the limit of open files stays as it is: %s", strerror(errno));
    }
}

static void wait_for_end(const sigset_t *ends)
{
    int which;

    while (sigwait(ends, &which) != 0)
        ;
    log_info("stopping: %s", strsignal(which));
}

/* Whatever is wrong with it, the log says so, and everything else works. */
static void load_console(struct control *control, const char *named)
{
    int r = control_console(control, named ? named : CONSOLE_DIR);

    if (r == -ENOENT && named)
        log_error("%s: %s; the web console is not served", named, strerror(-r));
}

static int serve(const struct options *o, const sigset_t *ends)
{
    struct control_server_config config = {
        .run_dir = o->run_dir, .state_dir = o->state_dir, .listen = o->listen};
    struct control_server *server = NULL;
    struct control *control = NULL;
    int r = make_dir(o->run_dir, 0755);

    if (r == 0)
        r = control_open(o->state_dir, o->begin, &control);
    memcpy(config.tls_names, o->tls_names, sizeof(config.tls_names));
    config.tls_name_count = o->tls_name_count;
    if (r == 0) {
        control_keep_audit(control, o->audit_days);
        control_certificate_life(control, o->certificate_life_s);
        load_console(control, o->console);
        r = control_sendmail(control, o->sendmail);
    }
    if (r == 0)
        r = control_server_start(control, &config, &server);
    if (r == 0) {
        log_info("serving on %s/ropewayd.sock and nodes.sock%s%s", o->run_dir,
                 o->listen ? " and https://" : "", o->listen ? o->listen : "");
        tell_ready();
        wait_for_end(ends);
    }
    control_server_stop(server);
    control_free(control);
    return r;
}

/* The exit status. Never says more of a key than its id. */
static int reseal(const struct options *o)
{
    struct control_resealed done = {0};

    if (control_reseal(o->state_dir, &o->keys, &done) < 0)
        return 1;
    printf("%ssecrets sealed anew under key %s: %zu, already before: %zu; ",
           done.resumed ? "went on where it was interrupted; " : "", done.key, done.sealed,
           done.already);
    if (done.unopened)
        printf("not opening: %zu, so seal.key keeps its old keys\n", done.unopened);
    else
        printf("all open; old keys taken out of seal.key: %zu\n", done.dropped);
    return done.unopened ? 3 : 0;
}

/* The exit status. */
static int restore(const struct options *o)
{
    int r = control_restore(o->state_dir, o->restore, o->keys.seal_key);

    return r < 0 ? 1 : r > 0 ? 3 : 0;
}

int main(int argc, char **argv)
{
    struct options o = {.run_dir = "/run/ropeway",
                        .state_dir = "/var/lib/ropeway",
                        .listen = "127.0.0.1:8443",
                        .audit_days = CONTROL_AUDIT_DAYS,
                        .certificate_life_s = CONTROL_CERTIFICATE_LIFE_S,
                        .sendmail = CONTROL_SENDMAIL};
    sigset_t ends;

    log_set_program("ropewayd");
    if (parse_options(argc, argv, &o) < 0) {
        fputs("Try ropewayd --help.\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* no room is an error of that write, not the end of everything */
    raise_file_limit();
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL); /* threads inherit it: only main() takes them */
    json_set_alloc_funcs(malloc, free_wiped);
    if (o.backup)
        return control_backup(o.state_dir, o.backup) < 0 ? 1 : 0;
    if ((!o.reseal && make_dir(o.state_dir, 0700) < 0) || lock_state(o.state_dir) < 0)
        return 1;
    if (o.reseal)
        return reseal(&o);
    if (o.restore)
        return restore(&o);
    return serve(&o, &ends) < 0 ? 1 : 0;
}
