#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store.h"

/* What is SQLite's own: files, versions, and dying in the middle of a write. */

static char dir[64];
static char path[96];

static int setup(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/ropeway-sqlite-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/test.db", dir);
    return 0;
}

static int teardown(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        char file[128];

        snprintf(file, sizeof(file), "%s%s", path, ends[i]);
        unlink(file);
    }
    return rmdir(dir);
}

static struct store *must_open(void)
{
    struct store *s = NULL;

    assert_int_equal(store_open_sqlite(path, &s), 0);
    return s;
}

static void test_refuses_what_it_cannot_read(void **state)
{
    struct store *s = NULL;
    sqlite3 *db;
    FILE *f;

    (void)state;
    assert_int_equal(store_open_sqlite("/nonexistent/x.db", &s), -ENOENT);
    assert_null(s);

    store_close(must_open());
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(store_open_sqlite(path, &s), -EPROTO);

    f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database ", f);
    fclose(f);
    assert_int_equal(store_open_sqlite(path, &s), -EIO);
}

#define PER_COMMIT 3

/* Commits n to PER_COMMIT items at once, for n = from, from + 1, ...; says each number over the
 * pipe once it is acknowledged. Until it is killed. */
static void write_for_ever(int fd, uint32_t from)
{
    struct store *s = NULL;

    if (store_open_sqlite(path, &s) < 0)
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
        if (store_commit(s, ops, PER_COMMIT + 1, NULL) < 0 || write(fd, &n, sizeof(n)) != sizeof(n))
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
static uint32_t write_and_kill(uint32_t from, uint32_t until)
{
    int fds[2], status;
    uint32_t last = from - 1, n;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fds[0]);
        write_for_ever(fds[1], from);
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

static void test_kill_leaves_whole_commits_only(void **state)
{
    uint32_t next = 1;

    (void)state;
    for (int round = 0; round < 25; round++) {
        uint32_t acked = write_and_kill(next, next + (uint32_t)(random_u64() % 8)), n;
        struct store *s = must_open();
        struct store_query q = {.collection = "log", .region = "r"};
        struct store_page page;

        n = stored(s, "a");
        /* The last one may be durable without its acknowledgement having got through. */
        assert_true(n == acked || n == acked + 1);
        assert_int_equal(stored(s, "b"), n);
        assert_int_equal(stored(s, "c"), n);
        assert_int_equal(store_list(s, &q, &page), 0);
        assert_int_equal(page.count, n);
        store_page_done(&page);
        assert_int_equal(store_revision(s, NULL), n);
        store_close(s);
        next = n + 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refuses_what_it_cannot_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kill_leaves_whole_commits_only, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
