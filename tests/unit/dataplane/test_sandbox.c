#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane.h"
#include "sandbox.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each is tried in a process of its own inside the sandbox: 0 if it failed with EPERM. */
static int try_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0) < 0 && errno == EPERM ? 0 : 1;
}

static int try_open(void)
{
    return open("/etc/hostname", O_RDONLY) < 0 && errno == EPERM ? 0 : 1;
}

static int try_exec(void)
{
    execl("/bin/true", "true", NULL);
    return errno == EPERM ? 0 : 1;
}

static int try_connect(void)
{
    return connect(0, NULL, 0) < 0 && errno == EPERM ? 0 : 1;
}

static int try_mount(void)
{
    return mount("none", "/tmp", "tmpfs", 0, NULL) < 0 && errno == EPERM ? 0 : 1;
}

static int try_ptrace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM ? 0 : 1;
}

static int try_what_is_allowed(void)
{
    return write(1, "", 0) == 0 ? 0 : 1;
}

static int in_sandbox(int (*attempt)(void))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (sandbox_drop_privileges(false) < 0 || dataplane_sandbox() < 0)
            _exit(99);
        _exit(attempt());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_forbidden_calls_fail(void **state)
{
    int (*const attempts[])(void) = {try_socket,  try_open,  try_exec,
                                     try_connect, try_mount, try_ptrace};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
        assert_int_equal(in_sandbox(attempts[i]), 0);
    assert_int_equal(in_sandbox(try_what_is_allowed), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forbidden_calls_fail)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
