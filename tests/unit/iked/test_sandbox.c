#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "iked.h"
#include "sandbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What must fail inside, and what must still work; each says so by its own exit status. */

static int open_to_write(void)
{
    return open("/tmp/ropeway-sandbox-test", O_WRONLY | O_CREAT, 0600) < 0 && errno == EPERM;
}

static int open_to_read(void)
{
    return open("/etc/hostname", O_RDONLY) < 0 && errno == EPERM;
}

static int execute(void)
{
    char *argv[] = {(char *)(uintptr_t) "/bin/true", NULL};

    return execv("/bin/true", argv) < 0 && errno == EPERM;
}

static int make_network_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0) < 0 && errno == EPERM &&
           socket(AF_INET6, SOCK_STREAM, 0) < 0 && errno == EPERM &&
           socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM &&
           socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM;
}

static int make_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_SEQPACKET, 0) >= 0;
}

static int fork_again(void)
{
    return fork() < 0 && errno == EPERM;
}

static int trace(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) < 0 && errno == EPERM;
}

static int change_modes(void)
{
    return chmod("/tmp", 0777) < 0 && errno == EPERM && unlink("/tmp/nothing") < 0 &&
           errno == EPERM;
}

/* More than the usual limit of locked memory. */
static int allocate(void)
{
    void *p = malloc(64U << 20);

    if (!p)
        return 0;
    memset(p, 1, 64U << 20);
    free(p);
    return 1;
}

static void test_sandbox_allows_only_the_loop(void **state)
{
    static const struct {
        const char *name;
        int (*holds)(void);
    } cases[] = {
        {"no file is opened to write", open_to_write},
        {"no file is opened to read", open_to_read},
        {"nothing is executed", execute},
        {"no network socket", make_network_socket},
        {"unix sockets are allowed", make_unix_socket},
        {"no new process", fork_again},
        {"nobody is traced", trace},
        {"no file system call", change_modes},
        {"memory is allowed", allocate},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            bool by_right;
            int r = sandbox_lock_memory(&by_right);

            if (r < 0 && r != -EPERM) /* without the right nothing is locked */
                _exit(4);
            if (sandbox_drop_privileges(by_right) < 0 || iked_sandbox() < 0)
                _exit(3);
            _exit(cases[i].holds() ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("%s: status %d", cases[i].name, status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sandbox_allows_only_the_loop)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
