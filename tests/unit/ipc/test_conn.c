#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ipc.h"

/* Two ends of one connection, and where it was made. */
struct pair {
    char folder[32], path[64];
    int listen_fd;
    struct ipc_conn *a, *b; /* a connected, b was accepted */
};

static struct ipc_msg sent, got;

static int pair_up(void **state)
{
    struct pair *p = calloc(1, sizeof(*p));

    assert_non_null(p);
    strcpy(p->folder, "/tmp/ropeway-ipc-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->path, sizeof(p->path), "%s/s.sock", p->folder);
    assert_int_equal(ipc_listen(p->path, 0600, &p->listen_fd), 0);
    assert_int_equal(ipc_connect(p->path, &p->a), 0);
    assert_int_equal(ipc_accept(p->listen_fd, &p->b), 0);
    *state = p;
    return 0;
}

static int pair_down(void **state)
{
    struct pair *p = *state;

    ipc_close(p->a);
    ipc_close(p->b);
    close(p->listen_fd);
    unlink(p->path);
    rmdir(p->folder);
    free(p);
    return 0;
}

static void sync_message(uint64_t generation)
{
    memset(&sent, 0, sizeof(sent));
    sent.type = IPC_DP_SYNC_BEGIN;
    sent.sync.generation = generation;
}

static unsigned open_fds(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void test_messages_go_both_ways_in_order(void **state)
{
    struct pair *p = *state;

    assert_int_equal(ipc_receive(p->b, &got), -EAGAIN);
    for (uint64_t i = 0; i < 10; i++) {
        sync_message(i);
        assert_int_equal(ipc_send(p->a, &sent), 0);
    }
    sync_message(99);
    assert_int_equal(ipc_send(p->b, &sent), 0);
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(ipc_receive(p->b, &got), 0);
        assert_int_equal(got.type, IPC_DP_SYNC_BEGIN);
        assert_int_equal(got.sync.generation, i);
    }
    assert_int_equal(ipc_receive(p->b, &got), -EAGAIN);
    assert_int_equal(ipc_receive(p->a, &got), 0);
    assert_int_equal(got.sync.generation, 99);
}

static void test_descriptors_travel(void **state)
{
    struct pair *p = *state;
    int fds[2];
    char c = 0;

    assert_int_equal(pipe(fds), 0);
    sync_message(1);
    sent.n_fds = 2;
    memcpy(sent.fds, fds, sizeof(fds));
    assert_int_equal(ipc_send(p->a, &sent), 0);
    assert_int_equal(ipc_receive(p->b, &got), 0);
    assert_int_equal(got.n_fds, 2);
    assert_true(fcntl(got.fds[0], F_GETFD) & FD_CLOEXEC);
    close(fds[0]);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(read(got.fds[0], &c, 1), 1);
    assert_int_equal(c, 'x');
    close(fds[1]);
    ipc_msg_close_fds(&got);
    assert_int_equal(got.n_fds, 0);
    ipc_msg_close_fds(&got);
}

/* Fills the socket until messages have to wait; the answer is how many were sent. */
static uint64_t send_until_pending(struct ipc_conn *conn, int fd)
{
    uint64_t n = 0;

    while (!ipc_pending(conn)) {
        sync_message(n);
        if (fd >= 0) {
            sent.n_fds = 1;
            sent.fds[0] = fd;
        }
        assert_int_equal(ipc_send(conn, &sent), 0);
        assert_true(++n < 1000000);
    }
    return n;
}

static void test_messages_wait_for_a_slow_reader(void **state)
{
    struct pair *p = *state;
    uint64_t n = send_until_pending(p->a, -1), seen = 0;

    for (unsigned i = 0; i < 100; i++) {
        sync_message(n++);
        assert_int_equal(ipc_send(p->a, &sent), 0);
    }
    assert_int_equal(ipc_flush(p->a), 0); /* still full: no error, still pending */
    assert_true(ipc_pending(p->a));
    assert_true(ipc_backlog(p->a) > 0);
    while (seen < n) {
        int r = ipc_receive(p->b, &got);

        if (r == -EAGAIN) {
            assert_int_equal(ipc_flush(p->a), 0);
            continue;
        }
        assert_int_equal(r, 0);
        assert_int_equal(got.sync.generation, seen);
        seen++;
    }
    assert_int_equal(ipc_flush(p->a), 0);
    assert_false(ipc_pending(p->a));
    assert_int_equal(ipc_backlog(p->a), 0);
    assert_int_equal(ipc_receive(p->b, &got), -EAGAIN);
}

static void test_a_waiting_descriptor_is_a_duplicate(void **state)
{
    struct pair *p = *state;
    unsigned before = open_fds();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    uint64_t n = send_until_pending(p->a, -1), seen = 0;
    struct stat st;

    sync_message(n);
    sent.n_fds = 1;
    sent.fds[0] = fd;
    assert_int_equal(ipc_send(p->a, &sent), 0);
    close(fd); /* ours; the message keeps its own */
    while (seen <= n) {
        if (ipc_receive(p->b, &got) == -EAGAIN)
            assert_int_equal(ipc_flush(p->a), 0);
        else
            seen++;
    }
    assert_int_equal(got.n_fds, 1);
    assert_int_equal(fstat(got.fds[0], &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    ipc_msg_close_fds(&got);
    assert_int_equal(open_fds(), before);
}

static void test_closing_frees_what_waits(void **state)
{
    struct pair *p = *state;
    unsigned before = open_fds();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    send_until_pending(p->a, -1);
    sync_message(1);
    sent.n_fds = 1;
    sent.fds[0] = fd;
    assert_int_equal(ipc_send(p->a, &sent), 0);
    close(fd);
    ipc_close(p->a);
    p->a = NULL;
    assert_int_equal(open_fds(), before - 1);
}

static void test_too_much_waiting_is_refused(void **state)
{
    struct pair *p = *state;
    static uint8_t big[60000];
    int r = 0;

    memset(&sent, 0, sizeof(sent));
    sent.type = IPC_DATAGRAM;
    sent.datagram.data = big;
    sent.datagram.len = sizeof(big);
    for (unsigned i = 0; i < 5000 && r == 0; i++)
        r = ipc_send(p->a, &sent);
    assert_int_equal(r, -ENOBUFS);
    assert_true(ipc_pending(p->a));
}

static void test_the_end_is_seen(void **state)
{
    struct pair *p = *state;

    sync_message(7);
    assert_int_equal(ipc_send(p->a, &sent), 0);
    ipc_close(p->a);
    p->a = NULL;
    assert_int_equal(ipc_receive(p->b, &got), 0); /* what was sent before still arrives */
    assert_int_equal(ipc_receive(p->b, &got), -EPIPE);
    assert_int_equal(ipc_send(p->b, &sent), -EPIPE);
}

static void raw_send(const struct pair *p, const void *data, size_t len, int fd, size_t n_fds)
{
    struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int) * 16)] = {0};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    if (n_fds) {
        struct cmsghdr *c;

        msg.msg_control = control;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
        for (size_t i = 0; i < n_fds; i++)
            memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(fd));
    }
    assert_int_equal(sendmsg(ipc_fd(p->a), &msg, 0), (ssize_t)len);
}

static void test_bad_records_leave_nothing_open(void **state)
{
    static const char good[] = "RW\0\12\0\7\0\0\0\0\0\0\0\5";
    static uint8_t huge[IPC_MSG_MAX + 1];
    struct pair *p = *state;
    unsigned before = open_fds();

    raw_send(p, "garbage", 7, STDERR_FILENO, 2);
    assert_int_equal(ipc_receive(p->b, &got), -EBADMSG);
    assert_int_equal(got.n_fds, 0);
    memcpy(huge, good, 14);
    raw_send(p, huge, sizeof(huge), -1, 0);
    assert_int_equal(ipc_receive(p->b, &got), -EBADMSG);
    raw_send(p, good, 14, STDERR_FILENO, 16); /* more than there is room to hear of */
    assert_int_equal(ipc_receive(p->b, &got), -EBADMSG);
    raw_send(p, good, 14, STDERR_FILENO, IPC_FDS_MAX + 1);
    assert_int_equal(ipc_receive(p->b, &got), -EBADMSG);
    assert_int_equal(open_fds(), before);
    raw_send(p, good, 14, -1, 0); /* the connection itself is still sound */
    assert_int_equal(ipc_receive(p->b, &got), 0);
    assert_int_equal(got.sync.generation, 5);
}

static void test_sending_refuses_a_bad_message(void **state)
{
    struct pair *p = *state;

    sync_message(1);
    sent.n_fds = IPC_FDS_MAX + 1;
    assert_int_equal(ipc_send(p->a, &sent), -EINVAL);
    memset(&sent, 0, sizeof(sent));
    sent.type = IPC_TYPES;
    assert_int_equal(ipc_send(p->a, &sent), -EINVAL);
    assert_int_equal(ipc_receive(p->b, &got), -EAGAIN);
}

static void test_a_view_outlives_an_answer(void **state)
{
    struct pair *p = *state;

    memset(&sent, 0, sizeof(sent));
    sent.type = IPC_DATAGRAM;
    sent.datagram.data = (const uint8_t *)"hello";
    sent.datagram.len = 5;
    assert_int_equal(ipc_send(p->a, &sent), 0);
    assert_int_equal(ipc_receive(p->b, &got), 0);
    sync_message(1);
    assert_int_equal(ipc_send(p->b, &sent), 0);
    assert_int_equal(got.datagram.len, 5);
    assert_memory_equal(got.datagram.data, "hello", 5);
}

static void test_listening(void **state)
{
    struct pair *p = *state;
    struct ipc_conn *conn;
    char other[128], deep[200];
    struct stat st;
    int fd;

    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(ipc_accept(p->listen_fd, &conn), -EAGAIN);
    /* Somebody lives there: the second one must not take the place over. */
    assert_int_equal(ipc_listen(p->path, 0600, &fd), -EADDRINUSE);
    assert_int_equal(ipc_connect(p->path, &conn), 0);
    ipc_close(conn);

    close(p->listen_fd);
    assert_int_equal(ipc_connect(p->path, &conn), -ECONNREFUSED);
    assert_int_equal(ipc_listen(p->path, 0660, &p->listen_fd), 0); /* stale: replaced */
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);

    snprintf(other, sizeof(other), "%s/none", p->folder);
    assert_int_equal(ipc_connect(other, &conn), -ENOENT);
    fd = open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    assert_int_equal(ipc_listen(other, 0600, &fd), -EEXIST);
    assert_int_equal(stat(other, &st), 0); /* and still there */
    unlink(other);
    memset(deep, 'x', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = 0;
    assert_int_equal(ipc_listen(deep, 0600, &fd), -ENAMETOOLONG);
    assert_int_equal(ipc_connect(deep, &conn), -ENAMETOOLONG);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, pair_up, pair_down)
    const struct CMUnitTest tests[] = {
        CASE(test_messages_go_both_ways_in_order),
        CASE(test_descriptors_travel),
        CASE(test_messages_wait_for_a_slow_reader),
        CASE(test_a_waiting_descriptor_is_a_duplicate),
        CASE(test_closing_frees_what_waits),
        CASE(test_too_much_waiting_is_refused),
        CASE(test_the_end_is_seen),
        CASE(test_bad_records_leave_nothing_open),
        CASE(test_sending_refuses_a_bad_message),
        CASE(test_a_view_outlives_an_answer),
        CASE(test_listening),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
