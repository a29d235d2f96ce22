#include "store_lab.h"

#include <sqlite3.h>
#include <unistd.h>

/* A file of version 1 is carried over: one revision counted for the whole store then. */

/* What `.dump` told of a file that the program of version 1 had made in eight commits; the first
 * region of revisions is the whole store, as char(1). */
static const char *const version1 =
    "CREATE TABLE items (collection TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, value "
    "TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (collection, region, id)) WITHOUT ROWID;"
    "INSERT INTO items VALUES('auditLog','','a-1','{\"what\":\"deleted vpc-b\"}',8);"
    "INSERT INTO items VALUES('regions','','cn-north-1','{\"id\":\"cn-north-1\"}',1);"
    "INSERT INTO items VALUES('regions','','eu-west-1','{\"id\":\"eu-west-1\"}',5);"
    "INSERT INTO items VALUES('subnets','cn-north-1','subnet-a','{\"cidr\":\"10.1.0.0/24\"}',4);"
    "INSERT INTO items VALUES('vpcs','cn-north-1','vpc-a','{\"name\":\"shop 2\"}',7);"
    "INSERT INTO items VALUES('vpcs','eu-west-1','vpc-c','{\"name\":\"中文\"}',6);"
    "CREATE TABLE revisions (region TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT "
    "ROWID;"
    "INSERT INTO revisions VALUES('\x01',8);"
    "INSERT INTO revisions VALUES('',8);"
    "INSERT INTO revisions VALUES('cn-north-1',8);"
    "INSERT INTO revisions VALUES('eu-west-1',6);"
    "PRAGMA user_version = 1;";

static int setup(void **state)
{
    struct lab *lab;
    sqlite3 *db;

    assert_int_equal(lab_setup(state), 0);
    lab = *state;
    store_close(lab->store);
    lab->store = NULL;
    unlink(lab->path);
    assert_int_equal(sqlite3_open(lab->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, version1, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    return 0;
}

static void assert_region(struct store *s, const char *region, uint64_t revision, const char *told)
{
    struct store_query q = {.region = region};
    struct store_page page;
    struct buf text = {0};

    assert_int_equal(store_list(s, &q, &page), 0);
    assert_int_equal(page.revision, revision);
    for (size_t i = 0; i < page.count; i++)
        buf_printf(&text, "%s/%s@%llu %s\n", page.items[i].collection, page.items[i].id,
                   (unsigned long long)page.items[i].revision, page.items[i].value);
    assert_string_equal(buf_text(&text), told);
    buf_done(&text);
    store_page_done(&page);
}

static void assert_all_there(struct store *s)
{
    assert_region(s, "", 8,
                  "auditLog/a-1@8 {\"what\":\"deleted vpc-b\"}\n"
                  "regions/cn-north-1@1 {\"id\":\"cn-north-1\"}\n"
                  "regions/eu-west-1@5 {\"id\":\"eu-west-1\"}\n");
    assert_region(s, "cn-north-1", 8,
                  "subnets/subnet-a@4 {\"cidr\":\"10.1.0.0/24\"}\n"
                  "vpcs/vpc-a@7 {\"name\":\"shop 2\"}\n");
    assert_region(s, "eu-west-1", 6, "vpcs/vpc-c@6 {\"name\":\"中文\"}\n");
}

static void test_everything_is_carried_over(void **state)
{
    struct lab *lab = *state;
    struct store_page page;

    assert_int_equal(store_open_sqlite(lab->path, false, &lab->store), 0);
    assert_all_there(lab->store);
    assert_int_equal(store_regions(lab->store, &page), 0);
    assert_int_equal(page.count, 2);
    assert_string_equal(page.items[0].id, "cn-north-1");
    assert_string_equal(page.items[1].id, "eu-west-1");
    store_page_done(&page);
    assert_int_equal(store_verify(lab->store), 0);
    /* Once: the second time it is a file like any other. */
    store_close(lab->store);
    assert_int_equal(store_open_sqlite(lab->path, false, &lab->store), 0);
    assert_all_there(lab->store);
}

static void test_goes_on_from_there(void **state)
{
    struct lab *lab = *state;
    struct store_op op = put("eu-west-1", "vpc-c", "{}", 6), stale = put("eu-west-1", "x", "{}", 6);
    struct store_op guard[] = {check_region("cn-north-1", 8),
                               put("cn-north-1", "vpc-d", "{}", STORE_ABSENT)};
    struct store_log log;

    assert_int_equal(store_open_sqlite(lab->path, true, &lab->store), 0);
    /* The log begins here. */
    assert_int_equal(store_log(lab->store, "cn-north-1", 7, 0, &log), -ESTALE);
    assert_log(lab->store, "cn-north-1", 8, 0, false, "");
    commit(lab->store, &op, 1);
    commit(lab->store, guard, 2);
    assert_int_equal(store_commit_one(lab->store, &stale, 1), -ECANCELED);
    assert_int_equal(store_revision(lab->store, "eu-west-1"), 7);
    assert_int_equal(store_revision(lab->store, "cn-north-1"), 9);
    assert_log(lab->store, "eu-west-1", 6, 0, false, "7:vpc-c={}");
    assert_log(lab->store, "cn-north-1", 8, 0, false, "9:vpc-d={}");
    assert_int_equal(store_log(lab->store, "eu-west-1", 5, 0, &log), -ESTALE);
}

/* Values could be four times as long. */
static void test_longer_values_stay_readable(void **state)
{
    struct lab *lab = *state;
    struct store_key k = key("eu-west-1", "long");
    struct store_op op = del("eu-west-1", "long", 6);
    struct store_item item;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(lab->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO items VALUES ('vpcs', 'eu-west-1', 'long',"
                                  " hex(zeroblob(2 << 20)), 6)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(store_open_sqlite(lab->path, false, &lab->store), 0);
    assert_int_equal(store_get(lab->store, &k, &item), 0);
    assert_int_equal(strlen(item.value), 4 << 20);
    store_item_done(&item);
    assert_int_equal(store_verify(lab->store), 0);
    commit(lab->store, &op, 1);
    assert_value(lab->store, "eu-west-1", "long", NULL);
}

/* A table is missing: the file stays of version 1. */
static void test_what_cannot_be_carried_over_stays(void **state)
{
    struct lab *lab = *state;
    struct store *s = NULL;
    sqlite3 *db;
    sqlite3_stmt *st;

    assert_int_equal(sqlite3_open(lab->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DROP TABLE revisions", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_open_sqlite(lab->path, true, &s), -EBADMSG);
    assert_null(s);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT count(*), (SELECT user_version FROM"
                           " pragma_user_version) FROM items WHERE collection = 'vpcs'",
                           -1, &st, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(st, 0), 2);
    assert_int_equal(sqlite3_column_int(st, 1), 1);
    sqlite3_finalize(st);
    sqlite3_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, lab_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_everything_is_carried_over),
        TEST(test_goes_on_from_there),
        TEST(test_longer_values_stay_readable),
        TEST(test_what_cannot_be_carried_over_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
