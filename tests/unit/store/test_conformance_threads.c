#include "store_lab.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

/* What store.h promises to many threads at once, and to who copies a store meanwhile. */

#define WRITERS 4
#define ROUNDS  50

/* Adds one to a number, over and over, with compare. */
static void *count_up(void *arg)
{
    struct store *s = arg;

    for (int done = 0; done < ROUNDS;) {
        struct store_key k = key("r", "n");
        struct store_item item = {0};
        char value[16];
        struct store_op op;
        int r;

        assert_int_equal(store_get(s, &k, &item), 0);
        snprintf(value, sizeof(value), "%d", atoi(item.value) + 1);
        op = put("r", "n", value, item.revision);
        r = store_commit_one(s, &op, 1);
        assert_true(r == 0 || r == -ECANCELED);
        done += r == 0;
        store_item_done(&item);
    }
    return NULL;
}

/* Half of the writers have the file open on their own. */
static void test_compare_and_swap_loses_no_update(void **state)
{
    struct lab *lab = *state;
    struct store *other = lab_open(lab);
    pthread_t threads[WRITERS];

    put_one(lab->store, "r", "n", "0");
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, i % 2 ? other : lab->store),
                         0);
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    assert_value(lab->store, "r", "n", "200");
    assert_int_equal(store_revision(other, "r"), 201);
    store_close(other);
}

/* ---- followers that keep a copy of a region by its log alone ---- */

struct copier {
    struct store *store;
    struct store_follower *follower;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t revision;
    unsigned sums[WRITERS]; /* of what each writer put last */
    bool torn;
};

static void copy_more(struct copier *c)
{
    struct store_log log;

    assert_int_equal(store_log(c->store, "r", c->revision, 3, &log), 0);
    /* A writer writes two items at once, in one commit. */
    c->torn = c->torn || log.count % 2;
    for (size_t i = 0; i < log.count; i++) {
        const struct store_item *item = &log.items[i];

        c->torn = c->torn || item->revision != c->revision + (i % 2 == 0);
        c->revision = item->revision;
        c->sums[item->id[1] - '0'] = (unsigned)atoi(item->value);
    }
    store_log_done(&log);
}

static void on_change(void *arg, const char *region, uint64_t revision)
{
    struct copier *c = arg;

    if (strcmp(region, "r") != 0)
        return;
    assert_true(store_revision(c->store, region) >= revision);
    pthread_mutex_lock(&c->lock);
    copy_more(c);
    pthread_cond_signal(&c->moved);
    pthread_mutex_unlock(&c->lock);
}

static void copier_start(struct copier *c, struct store *s)
{
    *c = (struct copier){.store = s};
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->moved, NULL);
    assert_int_equal(store_follow(s, on_change, c, &c->follower), 0);
}

/* A call says "look again": whoever was told may have more to read than one look gave. */
static void copier_finish(struct copier *c, uint64_t revision)
{
    pthread_mutex_lock(&c->lock);
    while (c->revision < revision)
        copy_more(c);
    pthread_mutex_unlock(&c->lock);
    store_unfollow(c->follower);
    assert_false(c->torn);
    assert_int_equal(c->revision, revision);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(c->sums[i], ROUNDS);
    pthread_cond_destroy(&c->moved);
    pthread_mutex_destroy(&c->lock);
}

struct writer {
    struct store *store;
    unsigned number;
};

static void *write_pairs(void *arg)
{
    const struct writer *w = arg;

    for (unsigned i = 1; i <= ROUNDS; i++) {
        char a[8], b[8], value[16];
        struct store_op ops[2];

        snprintf(a, sizeof(a), "a%u", w->number);
        snprintf(b, sizeof(b), "b%u", w->number);
        snprintf(value, sizeof(value), "%u", i);
        ops[0] = put("r", a, value, STORE_ANY);
        ops[1] = put("r", b, value, STORE_ANY);
        commit(w->store, ops, 2);
    }
    return NULL;
}

static void *list_often(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct store_query q = {.region = "r"};
        struct store_page page;
        uint64_t newest = 0;

        assert_int_equal(store_list(arg, &q, &page), 0);
        /* Both of a pair, or none: and the view is that of its newest item. */
        assert_int_equal(page.count % 2, 0);
        for (size_t k = 0; k < page.count / 2; k++)
            assert_string_equal(page.items[k].value, page.items[k + page.count / 2].value);
        for (size_t k = 0; k < page.count; k++)
            newest = MAX(newest, page.items[k].revision);
        assert_int_equal(page.revision, newest);
        store_page_done(&page);
    }
    return NULL;
}

static void *follow_often(void *arg)
{
    struct copier unused = {.store = arg};

    pthread_mutex_init(&unused.lock, NULL);
    pthread_cond_init(&unused.moved, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(store_follow(arg, on_change, &unused, &unused.follower), 0);
        store_unfollow(unused.follower);
    }
    pthread_cond_destroy(&unused.moved);
    pthread_mutex_destroy(&unused.lock);
    return NULL;
}

static void test_all_at_once(void **state)
{
    struct lab *lab = *state;
    struct store *other = lab_open(lab);
    struct writer writers[WRITERS];
    struct copier copiers[3];
    pthread_t threads[WRITERS + 2];

    for (size_t i = 0; i < ARRAY_SIZE(copiers); i++)
        copier_start(&copiers[i], i == 0 ? other : lab->store);
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.store = i % 2 ? other : lab->store, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_pairs, &writers[i]), 0);
    }
    assert_int_equal(pthread_create(&threads[WRITERS], NULL, list_often, lab->store), 0);
    assert_int_equal(pthread_create(&threads[WRITERS + 1], NULL, follow_often, other), 0);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(store_revision(other, "r"), WRITERS * ROUNDS);
    for (size_t i = 0; i < ARRAY_SIZE(copiers); i++)
        copier_finish(&copiers[i], WRITERS * ROUNDS);
    store_close(other);
}

static void *open_and_put(void *arg)
{
    struct store *s = lab_open(arg);

    put_one(s, "opened", "a", "1");
    store_close(s);
    return NULL;
}

static void test_made_by_many_at_once(void **state)
{
    struct lab *lab = *state;
    pthread_t threads[WRITERS];

    store_close(lab->store);
    unlink(lab->path);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_and_put, lab), 0);
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    lab->store = lab_open(lab);
    assert_int_equal(store_revision(lab->store, "opened"), WRITERS);
}

/* ---- copies ---- */

struct endless {
    struct store *store;
    atomic_bool enough;
    unsigned done;
};

static void *write_until_enough(void *arg)
{
    struct endless *e = arg;

    while (!atomic_load(&e->enough)) {
        char value[16];
        struct store_op ops[2];

        snprintf(value, sizeof(value), "%u", ++e->done);
        ops[0] = put("r", "a", value, STORE_ANY);
        ops[1] = put("r", "b", value, STORE_ANY);
        commit(e->store, ops, 2);
    }
    return NULL;
}

/* A pair of items stands for what was one view. */
static void assert_copy(const char *path, uint64_t at_least)
{
    struct store *copy = NULL;
    struct store_query q = {.region = "r"};
    struct store_page page;
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(lab_backend->open(path, false, &copy), 0);
    assert_int_equal(store_verify(copy), 0);
    assert_int_equal(store_list(copy, &q, &page), 0);
    assert_int_equal(page.count, 2);
    assert_string_equal(page.items[0].value, page.items[1].value);
    assert_int_equal(page.revision, atoi(page.items[0].value));
    assert_true(page.revision >= at_least);
    store_page_done(&page);
    /* It goes on by itself. */
    put_one(copy, "r", "a", "x");
    assert_value(copy, "other", "a", "\"1\"");
    store_close(copy);
}

static void test_backup_while_others_commit(void **state)
{
    struct lab *lab = *state;
    struct endless e = {.store = lab->store};
    pthread_t thread;
    char path[160], name[16];

    put_one(lab->store, "other", "a", "\"1\"");
    assert_int_equal(pthread_create(&thread, NULL, write_until_enough, &e), 0);
    for (unsigned i = 0; i < 5; i++) {
        uint64_t before = i;

        assert_int_equal(store_wait(lab->store, "r", before, 10000), 0);
        before = store_revision(lab->store, "r");
        snprintf(name, sizeof(name), "copy-%u", i);
        assert_int_equal(store_backup(lab->store, lab_path(lab, name, path)), 0);
        assert_int_equal(store_verify(lab->store), 0);
        assert_copy(path, before);
    }
    atomic_store(&e.enough, true);
    pthread_join(thread, NULL);
    assert_int_equal(store_revision(lab->store, "r"), e.done);
}

static void test_backup_replaces_nothing(void **state)
{
    struct lab *lab = *state;
    char path[160], beside[160];
    FILE *f;

    put_one(lab->store, "r", "a", "1");
    assert_int_equal(store_backup(lab->store, lab->path), -EEXIST);
    f = fopen(lab_path(lab, "there", path), "w");
    assert_non_null(f);
    fputs("mine", f);
    fclose(f);
    assert_int_equal(store_backup(lab->store, path), -EEXIST);
    assert_int_equal(store_backup(lab->store, lab_path(lab, "no/such/folder", beside)), -ENOENT);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(beside, sizeof(beside), f));
    fclose(f);
    assert_string_equal(beside, "mine");
    /* What a killed backup left under its working name is in nobody's way, and not kept. */
    f = fopen(lab_path(lab, "new.new", beside), "w");
    assert_non_null(f);
    fputs("half of a copy", f);
    fclose(f);
    assert_int_equal(store_backup(lab->store, lab_path(lab, "new", path)), 0);
    assert_int_equal(access(beside, F_OK), -1);
}

static void test_copy_of_memory(void **state)
{
    struct lab *lab = *state;
    struct store *s = NULL;
    char path[160];

    assert_int_equal(lab_backend->open(":memory:", true, &s), 0);
    put_one(s, "other", "a", "\"1\"");
    put_one(s, "r", "a", "1");
    put_one(s, "r", "b", "2");
    put_one(s, "r", "a", "2");
    put_one(s, "r", "a", "3");
    put_one(s, "r", "b", "5");
    {
        struct store_op ops[] = {put("r", "a", "6", STORE_ANY), put("r", "b", "6", STORE_ANY)};

        commit(s, ops, 2);
    }
    assert_int_equal(store_backup(s, lab_path(lab, "copy", path)), 0);
    assert_copy(path, 6);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_compare_and_swap_loses_no_update),
        TEST(test_all_at_once),
        TEST(test_made_by_many_at_once),
        TEST(test_backup_while_others_commit),
        TEST(test_backup_replaces_nothing),
        TEST(test_copy_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
