#include "store_lab.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is SQLite's own: files that are missing, foreign, newer or damaged, a full disk, and a
 * writer that waits. */

#define ITEMS 300

static void fill(struct store *s)
{
    char value[600];

    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = 0;
    for (int i = 0; i < ITEMS; i++) {
        char id[8];

        snprintf(id, sizeof(id), "id-%03d", i);
        put_one(s, "r", id, value);
    }
}

static void read_file(const char *path, struct buf *ret)
{
    buf_clear(ret);
    assert_int_equal(file_read(path, 64U << 20, ret), 0);
}

static void write_file(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* Opening it answers r, and leaves every byte as it was. */
static void assert_refused(const char *path, bool create, int r)
{
    struct store *s = NULL;
    struct buf before = {0}, after = {0};

    read_file(path, &before);
    assert_int_equal(store_open_sqlite(path, create, &s), r);
    assert_null(s);
    read_file(path, &after);
    assert_int_equal(before.len, after.len);
    assert_true(before.len == 0 || memcmp(before.data, after.data, before.len) == 0);
    buf_done(&before);
    buf_done(&after);
}

static void test_creates_only_when_told(void **state)
{
    struct lab *lab = *state;
    struct store *s = NULL;
    char path[160], beside[160];
    struct stat st;

    lab_path(lab, "other.db", path);
    assert_int_equal(store_open_sqlite(path, false, &s), -ENOENT);
    assert_int_equal(stat(path, &st), -1);
    assert_int_equal(store_open_sqlite("/nonexistent/x.db", true, &s), -ENOENT);
    assert_int_equal(store_open_sqlite(lab->dir, true, &s), -EISDIR);
    assert_int_equal(store_open_sqlite("/dev/null", true, &s), -EINVAL);
    write_file(path, "", 0);
    assert_refused(path, false, -ENOENT);
    /* A log without its file may hold commits: it is not thrown away. */
    write_file(lab_path(lab, "other.db-wal", beside), "log", 3);
    assert_refused(path, true, -EBADMSG);
    unlink(path);
    assert_int_equal(store_open_sqlite(path, true, &s), -EBADMSG);
    assert_int_equal(stat(path, &st), -1);
    unlink(beside);
    write_file(path, "", 0);
    assert_int_equal(store_open_sqlite(path, true, &s), 0);
    put_one(s, "r", "a", "1");
    store_close(s);
    s = NULL;
    assert_int_equal(store_open_sqlite(path, false, &s), 0);
    assert_value(s, "r", "a", "1");
    store_close(s);
}

static void sql(const char *path, const char *text)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_refuses_what_is_not_its_own(void **state)
{
    struct lab *lab = *state;
    char path[160], text[2000];

    store_close(lab->store);
    lab->store = NULL;
    sql(lab->path, "PRAGMA user_version = 999");
    assert_refused(lab->path, true, -EPROTO);
    sql(lab->path, "PRAGMA user_version = -1");
    assert_refused(lab->path, true, -EPROTO);
    sql(lab->path, "PRAGMA user_version = 0");
    assert_refused(lab->path, true, -EBADMSG);
    sql(lab->path, "PRAGMA user_version = 2");
    lab->store = lab_open(lab);

    sql(lab_path(lab, "foreign.db", path), "CREATE TABLE shopping (what TEXT)");
    assert_refused(path, true, -EBADMSG);
    sql(path, "PRAGMA user_version = 1");
    assert_refused(path, true, -EBADMSG);
    sql(path, "PRAGMA user_version = 2; PRAGMA journal_mode = WAL");
    assert_refused(path, true, -EBADMSG);
    /* A program that was killed before it had made a table. */
    sql(lab_path(lab, "begun.db", path), "PRAGMA journal_mode = WAL");
    assert_refused(path, false, -ENOENT);

    for (size_t len = 1; len < sizeof(text); len += len < 700 ? 1 : 100) {
        memset(text, 'x', len);
        write_file(lab_path(lab, "text", path), text, len);
        assert_refused(path, true, -EBADMSG);
    }
}

/* Closed, so that all is in the file. */
static void make_full(struct lab *lab, struct buf *ret)
{
    fill(lab->store);
    store_close(lab->store);
    lab->store = NULL;
    read_file(lab->path, ret);
}

static void test_refuses_a_truncated_file(void **state)
{
    struct lab *lab = *state;
    struct buf whole = {0};
    char path[160];

    make_full(lab, &whole);
    lab_path(lab, "short.db", path);
    assert_true(whole.len > 50 * 4096);
    for (size_t len = 1; len < whole.len; len += len < 20 ? 1 : len < 5000 ? 97 : 8 * 4096 + 1) {
        write_file(path, whole.data, len);
        assert_refused(path, true, -EBADMSG);
    }
    buf_done(&whole);
}

static void test_refuses_a_damaged_page(void **state)
{
    struct lab *lab = *state;
    struct buf whole = {0};
    char path[160];

    make_full(lab, &whole);
    lab_path(lab, "bad.db", path);
    /* The head of each page but the first: what it is, and where its cells are. */
    for (size_t at = 4096; at < whole.len; at += 5 * 4096) {
        uint8_t kept[64];

        memcpy(kept, whole.data + at, sizeof(kept));
        memset(whole.data + at, 0xee, sizeof(kept));
        write_file(path, whole.data, whole.len);
        assert_refused(path, true, -EBADMSG);
        memcpy(whole.data + at, kept, sizeof(kept));
    }
    buf_done(&whole);
}

/* Into the file, in place: it stays the one that the store has open. */
static void overwrite(const char *path, size_t at, const void *data, size_t len)
{
    pid_t pid = fork(); /* closing the file here would end the locks of this process */
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        FILE *f = fopen(path, "r+");

        if (!f || fseek(f, (long)at, SEEK_SET) < 0 || fwrite(data, 1, len, f) != len)
            _exit(1);
        _exit(fclose(f) ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_verify_finds_a_damaged_page(void **state)
{
    struct lab *lab = *state;
    struct buf whole = {0};
    uint8_t noise[64];

    make_full(lab, &whole);
    memset(noise, 0xee, sizeof(noise));
    lab->store = lab_open(lab);
    assert_int_equal(store_verify(lab->store), 0);
    for (size_t at = 5 * 4096; at < whole.len; at += 9 * 4096) {
        overwrite(lab->path, at, noise, sizeof(noise));
        assert_int_equal(store_verify(lab->store), -EBADMSG);
        overwrite(lab->path, at, whole.data + at, sizeof(noise));
        assert_int_equal(store_verify(lab->store), 0);
    }
    buf_done(&whole);
}

/* One flipped bit in a text leaves a file that SQLite finds in order. */
static void test_finds_one_flipped_bit_in_a_value(void **state)
{
    struct lab *lab = *state;
    struct buf whole = {0};
    struct store_key k = key("r", "wanted");
    struct store_query q = {.region = "r"};
    struct store_item item;
    struct store_page page;
    size_t found = 0;

    put_one(lab->store, "r", "wanted", "\"needle\"");
    make_full(lab, &whole);
    for (size_t at = 0; at + 8 <= whole.len; at++) { /* in the item, and in the log */
        uint8_t bad = 'e' ^ 1;

        if (memcmp(whole.data + at, "\"needle\"", 8) != 0)
            continue;
        found++;
        overwrite(lab->path, at + 2, &bad, 1);
        lab->store = lab_open(lab);
        assert_int_equal(store_verify(lab->store), -EBADMSG);
        if (store_get(lab->store, &k, &item) == 0) {
            struct store_log log;

            assert_string_equal(item.value, "\"needle\"");
            store_item_done(&item);
            assert_int_equal(store_log(lab->store, "r", 0, 0, &log), -EBADMSG);
        } else {
            assert_int_equal(store_get(lab->store, &k, &item), -EBADMSG);
            assert_int_equal(store_list(lab->store, &q, &page), -EBADMSG);
            put_one(lab->store, "r", "other", "1"); /* the others live on */
        }
        store_close(lab->store);
        write_file(lab->path, whole.data, whole.len);
    }
    assert_int_equal(found, 2);
    lab->store = lab_open(lab);
    assert_int_equal(store_verify(lab->store), 0);
    buf_done(&whole);
}

/* Damage does not spread into copies unseen, and no half copy is left. */
static void test_backup_of_a_damaged_file(void **state)
{
    struct lab *lab = *state;
    struct buf whole = {0};
    uint8_t noise[64];
    char path[160];
    struct stat st;

    make_full(lab, &whole);
    memset(noise, 0xee, sizeof(noise));
    lab->store = lab_open(lab);
    overwrite(lab->path, whole.len / 4096 / 2 * 4096, noise, sizeof(noise));
    assert_int_equal(store_backup(lab->store, lab_path(lab, "copy", path)), -EBADMSG);
    assert_int_equal(stat(path, &st), -1);
    assert_int_equal(stat(lab_path(lab, "copy.new", path), &st), -1);
    buf_done(&whole);
}

/* Results of a group when the files may not grow any more: all or nothing. */
static int commit_without_room(const char *path)
{
    struct rlimit limit = {200 * 1024, 200 * 1024};
    struct store *s = NULL;
    static char value[3][40 * 1024];
    struct store_op ops[3][1];
    struct store_commit commits[4];
    struct store_op no = check("r", "none", 7);

    signal(SIGXFSZ, SIG_IGN);
    if (store_open_sqlite(path, false, &s) < 0 || setrlimit(RLIMIT_FSIZE, &limit) < 0)
        return 10;
    for (size_t i = 0; i < 3; i++) {
        static const char *const ids[] = {"a", "b", "c"};

        memset(value[i], 'v', sizeof(value[i]) - 1);
        ops[i][0] = put("r", ids[i], value[i], STORE_ANY);
        commits[i] = (struct store_commit){.ops = ops[i], .count = 1};
    }
    commits[3] = (struct store_commit){.ops = &no, .count = 1};
    store_commit_all(s, commits, 4);
    for (size_t i = 0; i < 3; i++) {
        if (commits[i].result != -EIO && commits[i].result != -ENOSPC)
            return 11;
    }
    if (commits[3].result != -ECANCELED || store_revision(s, "r") != 1)
        return 12;
    /* It goes on when there is room for what comes. */
    ops[0][0] = put("r", "small", "1", STORE_ANY);
    if (store_commit_one(s, ops[0], 1) < 0 || store_revision(s, "r") != 2)
        return 13;
    store_close(s);
    return 0;
}

static void test_full_disk_fails_the_whole_group(void **state)
{
    struct lab *lab = *state;
    int status;
    pid_t pid;

    put_one(lab->store, "r", "a", "old");
    store_close(lab->store);
    lab->store = NULL;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(commit_without_room(lab->path));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    lab->store = lab_open(lab);
    assert_value(lab->store, "r", "a", "old");
    assert_value(lab->store, "r", "b", NULL);
    assert_log(lab->store, "r", 0, 0, false, "1:a=old 2:small=1");
    assert_int_equal(store_verify(lab->store), 0);
}

static void run_sql(const char *path, const char *text)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* A commit that cannot be written takes none along that were made durable together with it. */
static void test_one_that_fails_fails_alone(void **state)
{
    struct lab *lab = *state;
    struct store_op a = put("r", "a", "1", STORE_ANY), no = check("r", "none", 7),
                    half[] = {put("r", "half", "1", STORE_ANY), put("s", "bad", "1", STORE_ANY)},
                    b = put("r", "b", "2", STORE_ANY);
    struct store_commit commits[] = {{.ops = &a, .count = 1},
                                     {.ops = half, .count = 2},
                                     {.ops = &no, .count = 1},
                                     {.ops = &b, .count = 1}};

    run_sql(lab->path, "CREATE TRIGGER damage BEFORE INSERT ON items WHEN NEW.id = 'bad'"
                       " BEGIN SELECT RAISE(ABORT, 'no'); END");
    store_commit_all(lab->store, commits, ARRAY_SIZE(commits));
    assert_int_equal(commits[0].result, 0);
    assert_int_equal(commits[1].result, -EIO);
    assert_int_equal(commits[2].result, -ECANCELED);
    assert_int_equal(commits[3].result, 0);
    assert_value(lab->store, "r", "half", NULL);
    assert_int_equal(store_revision(lab->store, "s"), 0);
    assert_log(lab->store, "r", 0, 0, false, "1:a=1 2:b=2");
    run_sql(lab->path, "DROP TRIGGER damage");
    assert_int_equal(store_verify(lab->store), 0);
}

static int64_t number(const char *path, const char *text)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    int64_t n;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return n;
}

/* Also when there is much to forget: as if a longer log had been kept before. */
static void test_a_commit_forgets_little(void **state)
{
    struct lab *lab = *state;
    struct store_op op = put("r", "a", "1", STORE_ANY);
    struct store_commit commits[100];

    for (size_t i = 0; i < ARRAY_SIZE(commits); i++)
        commits[i] = (struct store_commit){.ops = &op, .count = 1};
    for (size_t i = 0; i < STORE_LOG_KEEP / ARRAY_SIZE(commits); i++)
        store_commit_all(lab->store, commits, ARRAY_SIZE(commits));
    sql(lab->path, "UPDATE log SET revision = revision + 500;"
                   "UPDATE revisions SET revision = revision + 500;"
                   "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
                   " INSERT INTO log SELECT 'r', i, 'vpcs', 'old', '1', 0 FROM n");
    assert_int_equal(number(lab->path, "SELECT count(*) FROM log"), STORE_LOG_KEEP + 500);
    for (int i = 1; i <= 3; i++) {
        commit(lab->store, &op, 1);
        assert_int_equal(number(lab->path, "SELECT count(*) FROM log"), STORE_LOG_KEEP + 500 - i);
    }
    for (size_t i = 0; i < 6; i++)
        store_commit_all(lab->store, commits, ARRAY_SIZE(commits));
    assert_int_equal(number(lab->path, "SELECT count(*) FROM log"), STORE_LOG_KEEP);
}

struct slow_commit {
    struct store *store;
    atomic_bool begun;
    int result;
};

static void *commit_behind_another(void *arg)
{
    struct slow_commit *c = arg;
    struct store_op op = put("r", "a", "new", STORE_ANY);

    atomic_store(&c->begun, true);
    c->result = store_commit_one(c->store, &op, 1);
    return NULL;
}

/* Somebody else holds the file's write lock until the reads are done: a read that waited for the
 * commit would wait until that gives up. */
static void test_reads_pass_a_commit_that_waits(void **state)
{
    struct lab *lab = *state;
    struct slow_commit c = {.store = lab->store, .result = 1};
    struct store_query q = {.region = "r"};
    struct store_page page;
    pthread_t thread;
    sqlite3 *db;

    put_one(lab->store, "r", "a", "old");
    assert_int_equal(sqlite3_open(lab->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(pthread_create(&thread, NULL, commit_behind_another, &c), 0);
    while (!atomic_load(&c.begun))
        sched_yield();
    for (int i = 0; i < 100; i++) {
        assert_value(lab->store, "r", "a", "old");
        assert_int_equal(store_revision(lab->store, "r"), 1);
        assert_int_equal(store_list(lab->store, &q, &page), 0);
        store_page_done(&page);
        assert_log(lab->store, "r", 0, 0, false, "1:a=old");
    }
    assert_int_equal(store_verify(lab->store), 0);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    pthread_join(thread, NULL);
    assert_int_equal(c.result, 0);
    assert_value(lab->store, "r", "a", "new");
    sqlite3_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_creates_only_when_told),      TEST(test_refuses_what_is_not_its_own),
        TEST(test_refuses_a_truncated_file),    TEST(test_refuses_a_damaged_page),
        TEST(test_verify_finds_a_damaged_page), TEST(test_finds_one_flipped_bit_in_a_value),
        TEST(test_backup_of_a_damaged_file),    TEST(test_full_disk_fails_the_whole_group),
        TEST(test_one_that_fails_fails_alone),  TEST(test_reads_pass_a_commit_that_waits),
        TEST(test_a_commit_forgets_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
