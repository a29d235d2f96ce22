#include "store_lab.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Dying in the middle of a write: what was acknowledged is there, and nothing is there by half. */

#define PER_COMMIT 3

/* Commits n to PER_COMMIT items at once, for n = from, from + 1, ...; says each number over the
 * pipe once it is acknowledged. Until it is killed. */
static void write_for_ever(const char *path, int fd, uint32_t from)
{
    struct store *s = NULL;

    if (lab_backend->open(path, false, &s) < 0)
        _exit(1);
    for (uint32_t n = from;; n++) {
        static const char *const ids[PER_COMMIT] = {"a", "b", "c"};
        struct store_op ops[PER_COMMIT + 1];
        char value[16], own[24];

        snprintf(value, sizeof(value), "%u", n);
        snprintf(own, sizeof(own), "n-%u", n);
        for (size_t i = 0; i < PER_COMMIT; i++)
            ops[i] = (struct store_op){
                .kind = STORE_PUT, .key = {"c", "r", ids[i]}, .value = value, .expect = STORE_ANY};
        ops[PER_COMMIT] = (struct store_op){
            .kind = STORE_PUT, .key = {"log", "r", own}, .value = value, .expect = STORE_ABSENT};
        if (store_commit_one(s, ops, PER_COMMIT + 1) < 0 || write(fd, &n, sizeof(n)) != sizeof(n))
            _exit(1);
    }
}

static uint32_t stored(struct store *s, const char *id)
{
    struct store_key k = {"c", "r", id};
    struct store_item item = {0};
    uint32_t n = 0;

    if (store_get(s, &k, &item) == 0)
        n = (uint32_t)strtoul(item.value, NULL, 10);
    store_item_done(&item);
    return n;
}

/* Lets a child write until it has acknowledged `until` and some random work later, kills it, and
 * answers the last number that it acknowledged. */
static uint32_t write_and_kill(const char *path, uint32_t from, uint32_t until)
{
    int fds[2], status;
    uint32_t last = from - 1, n;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fds[0]);
        write_for_ever(path, fds[1], from);
    }
    close(fds[1]);
    while (last < until && read(fds[0], &n, sizeof(n)) == sizeof(n))
        last = n;
    /* A spin of random length puts the kill somewhere inside a commit. */
    for (volatile uint64_t spin = random_u64() % 400000; spin; spin--)
        ;
    kill(pid, SIGKILL);
    while (read(fds[0], &n, sizeof(n)) == sizeof(n))
        last = n;
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return last;
}

/* Each commit is one revision and one entry of the log. */
static void assert_log_is_whole(struct store *s, uint32_t n)
{
    uint64_t from = n > 5 ? n - 5 : 0;
    struct store_log log;

    assert_int_equal(store_log(s, "r", from, 0, &log), 0);
    assert_int_equal(log.count, (n - from) * (PER_COMMIT + 1));
    for (size_t i = 0; i < log.count; i++) {
        assert_int_equal(log.items[i].revision, from + 1 + i / (PER_COMMIT + 1));
        assert_int_equal(strtoul(log.items[i].value, NULL, 10), log.items[i].revision);
    }
    store_log_done(&log);
}

static void test_kill_leaves_whole_commits_only(void **state)
{
    struct lab *lab = *state;
    uint32_t next = 1;

    for (int round = 0; round < 25; round++) {
        uint32_t acked, n;
        struct store_query q = {.collection = "log", .region = "r"};
        struct store_page page;

        store_close(lab->store);
        acked = write_and_kill(lab->path, next, next + (uint32_t)(random_u64() % 8));
        lab->store = lab_open(lab);
        n = stored(lab->store, "a");
        /* The last one may be durable without its acknowledgement having got through. */
        assert_true(n == acked || n == acked + 1);
        assert_int_equal(stored(lab->store, "b"), n);
        assert_int_equal(stored(lab->store, "c"), n);
        assert_int_equal(store_list(lab->store, &q, &page), 0);
        assert_int_equal(page.count, n);
        assert_int_equal(page.revision, n);
        store_page_done(&page);
        assert_log_is_whole(lab->store, n);
        next = n + 1;
    }
    assert_int_equal(store_verify(lab->store), 0);
}

static void test_kill_while_it_is_made(void **state)
{
    struct lab *lab = *state;

    for (int round = 0; round < 25; round++) {
        int status;
        pid_t pid;

        store_close(lab->store);
        unlink(lab->path);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(lab_backend->open(lab->path, true, &lab->store) < 0);
        for (volatile uint64_t spin = random_u64() % 3000000; spin; spin--)
            ;
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        lab->store = lab_open(lab);
        assert_int_equal(store_revision(lab->store, "r"), 0);
        put_one(lab->store, "r", "a", "1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kill_leaves_whole_commits_only, lab_setup,
                                        lab_teardown),
        cmocka_unit_test_setup_teardown(test_kill_while_it_is_made, lab_setup, lab_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
