#include "store_lab.h"

#include <pthread.h>
#include <stdatomic.h>

/* What store.h promises of the log, of followers and of waiting. */

static void test_log_tells_commits_in_order(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_op both[] = {put("r", "b", "2", STORE_ANY), put("r2", "x", "1", STORE_ANY),
                              del("r", "a", STORE_ANY), put("r", "c", "2", STORE_ANY)};
    struct store_op refused[] = {put("r", "d", "1", STORE_ANY), check("r", "a", 99)};
    struct store_op nothing = del("r", "none", STORE_ANY);

    assert_log(s, "r", 0, 0, false, "");
    put_one(s, "r", "a", "1");
    commit(s, both, 4);
    assert_int_equal(store_commit_one(s, refused, 2), -ECANCELED);
    commit(s, &nothing, 1);
    put_one(s, "r", "c", "3");
    assert_log(s, "r", 0, 0, false, "1:a=1 2:b=2 2:a- 2:c=2 3:c=3");
    assert_log(s, "r", 1, 0, false, "2:b=2 2:a- 2:c=2 3:c=3");
    assert_log(s, "r", 3, 0, false, "");
    assert_log(s, "r2", 0, 0, false, "1:x=1");
    assert_log(s, "", 0, 0, false, "");
}

static void test_log_cuts_between_commits(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_op three[] = {put("r", "a", "1", STORE_ANY), put("r", "b", "1", STORE_ANY),
                               put("r", "c", "1", STORE_ANY)};

    commit(s, three, 3);
    put_one(s, "r", "a", "2");
    put_one(s, "r", "a", "3");
    assert_log(s, "r", 0, 1, true, "1:a=1 1:b=1 1:c=1");
    assert_log(s, "r", 0, 3, true, "1:a=1 1:b=1 1:c=1");
    assert_log(s, "r", 0, 4, true, "1:a=1 1:b=1 1:c=1 2:a=2");
    assert_log(s, "r", 0, 5, false, "1:a=1 1:b=1 1:c=1 2:a=2 3:a=3");
    assert_log(s, "r", 2, 1, false, "3:a=3");
}

static int log_result(struct store *s, const char *region, uint64_t revision)
{
    struct store_log log = {0};
    int r = store_log(s, region, revision, 1, &log);

    store_log_done(&log);
    return r;
}

static void test_log_says_what_it_cannot_tell(void **state)
{
    struct lab *lab = *state;
    struct store *s = lab->store;
    struct store_op filler = put("r", "a", "1", STORE_ANY);
    struct store_commit commits[50];
    struct store_log log;

    assert_int_equal(log_result(s, "r", 1), -ESTALE); /* from the future */
    assert_int_equal(log_result(s, "r", UINT64_MAX), -ESTALE);
    assert_int_equal(log_result(s, "\n", 0), -EINVAL);
    put_one(s, "other", "a", "1");
    for (size_t i = 0; i < ARRAY_SIZE(commits); i++)
        commits[i] = (struct store_commit){.ops = &filler, .count = 1};
    for (size_t i = 0; i < STORE_LOG_KEEP + 100; i += ARRAY_SIZE(commits))
        store_commit_all(s, commits, ARRAY_SIZE(commits));
    assert_int_equal(store_revision(s, "r"), STORE_LOG_KEEP + 100);
    assert_int_equal(log_result(s, "r", 0), -ESTALE);
    assert_int_equal(log_result(s, "r", STORE_LOG_KEEP + 101), -ESTALE);
    assert_int_equal(log_result(s, "r", 100), 0);
    /* Other regions have a memory of their own. */
    assert_int_equal(log_result(s, "other", 0), 0);

    store_close(lab->store);
    s = lab->store = lab_open(lab);
    assert_int_equal(log_result(s, "r", 0), -ESTALE);
    assert_int_equal(store_log(s, "r", 100, 0, &log), 0);
    assert_int_equal(log.count, STORE_LOG_KEEP);
    for (size_t i = 0; i < log.count; i++)
        assert_int_equal(log.items[i].revision, 101 + i);
    store_log_done(&log);
}

/* ---- followers ---- */

struct told {
    pthread_mutex_t lock;
    pthread_cond_t more;
    char text[256];
};

static void told_init(struct told *t)
{
    *t = (struct told){0};
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->more, NULL);
}

static void told_done(struct told *t)
{
    pthread_cond_destroy(&t->more);
    pthread_mutex_destroy(&t->lock);
}

static void on_change(void *arg, const char *region, uint64_t revision)
{
    struct told *t = arg;
    size_t len;

    assert_true(revision > 0);
    pthread_mutex_lock(&t->lock);
    len = strlen(t->text);
    snprintf(t->text + len, sizeof(t->text) - len, "%s;", region);
    pthread_cond_signal(&t->more);
    pthread_mutex_unlock(&t->lock);
}

static void wait_until_told(struct told *t, const char *region)
{
    char part[32];

    snprintf(part, sizeof(part), "%s;", region);
    pthread_mutex_lock(&t->lock);
    while (!strstr(t->text, part))
        pthread_cond_wait(&t->more, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

/* Telling twice is allowed. */
static void assert_told_only(struct told *t, const char *const *regions, size_t count)
{
    char text[256], *rest = NULL;

    pthread_mutex_lock(&t->lock);
    assert_int_equal(text_copy(text, sizeof(text), t->text), 0);
    pthread_mutex_unlock(&t->lock);
    for (char *word = strtok_r(text, ";", &rest); word; word = strtok_r(NULL, ";", &rest)) {
        bool known = false;

        for (size_t i = 0; i < count; i++)
            known = known || strcmp(word, regions[i]) == 0;
        assert_true(known);
    }
}

static void test_the_log_is_forgotten_on_request(void **state)
{
    struct lab *lab = *state;
    struct store *s = lab->store;

    put_one(s, "r", "a", "1");
    put_one(s, "r", "a", "2");
    put_one(s, "r2", "b", "1");
    assert_int_equal(store_forget(s), 0);
    assert_int_equal(store_revision(s, "r"), 2);
    assert_int_equal(assert_value(s, "r", "a", "2"), 2);
    assert_int_equal(log_result(s, "r", 1), -ESTALE);
    assert_int_equal(log_result(s, "r2", 0), -ESTALE);
    assert_log(s, "r", 2, 0, false, "");
    put_one(s, "r", "a", "3");
    assert_log(s, "r", 2, 0, false, "3:a=3");
    assert_int_equal(store_forget(s), 0);
    assert_int_equal(store_verify(s), 0);
    store_close(lab->store);
    lab->store = lab_open(lab);
    assert_int_equal(log_result(lab->store, "r", 2), -ESTALE);
    assert_int_equal(assert_value(lab->store, "r", "a", "3"), 3);
}

static void test_followers_are_told_regions(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    static const char *const regions[] = {"r1", "r2", "last"};
    struct store_op ops[] = {put("r1", "a", "1", STORE_ANY), check("r3", "a", STORE_ABSENT),
                             put("r2", "a", "1", STORE_ANY), put("r1", "b", "1", STORE_ANY),
                             del("r4", "none", STORE_ANY)};
    struct store_op refused = put("r5", "a", "1", 77);
    struct store_follower *first, *second;
    struct told one, two;

    told_init(&one);
    told_init(&two);
    put_one(s, "before", "a", "1");
    assert_int_equal(store_follow(s, on_change, &one, &first), 0);
    assert_int_equal(store_follow(s, on_change, &two, &second), 0);
    commit(s, ops, 5);
    assert_int_equal(store_commit_one(s, &refused, 1), -ECANCELED);
    commit(s, &ops[1], 1);
    for (size_t i = 0; i < 2; i++) {
        wait_until_told(&one, regions[i]);
        wait_until_told(&two, regions[i]);
    }
    store_unfollow(first);
    one.text[0] = 0; /* nobody else writes there any more */
    put_one(s, "last", "a", "1");
    wait_until_told(&two, "last");
    assert_string_equal(one.text, "");
    assert_told_only(&two, regions, ARRAY_SIZE(regions));
    store_unfollow(second);
    store_unfollow(NULL);
    told_done(&one);
    told_done(&two);
}

static void test_followers_hear_of_other_stores(void **state)
{
    struct lab *lab = *state;
    static const char *const regions[] = {"theirs", "theirs2", "again"};
    struct store *other = lab_open(lab);
    struct store_follower *f;
    struct told told;

    told_init(&told);
    put_one(other, "before", "a", "1");
    assert_int_equal(store_follow(lab->store, on_change, &told, &f), 0);
    put_one(other, "theirs", "a", "1");
    wait_until_told(&told, "theirs");
    assert_value(lab->store, "theirs", "a", "1");
    put_one(other, "theirs2", "a", "1");
    wait_until_told(&told, "theirs2");
    store_unfollow(f);
    /* What moves while nobody follows is no news to the next one. */
    put_one(other, "between", "a", "1");
    assert_int_equal(store_follow(lab->store, on_change, &told, &f), 0);
    put_one(other, "again", "a", "1");
    wait_until_told(&told, "again");
    assert_told_only(&told, regions, ARRAY_SIZE(regions));
    store_unfollow(f);
    store_close(other);
    told_done(&told);
}

/* Stops in the first call until it is let go. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool entered, open;
    atomic_bool left;
};

static void on_change_stop(void *arg, const char *region, uint64_t revision)
{
    struct gate *g = arg;

    (void)region, (void)revision;
    pthread_mutex_lock(&g->lock);
    g->entered = true;
    pthread_cond_broadcast(&g->moved);
    while (!g->open)
        pthread_cond_wait(&g->moved, &g->lock);
    pthread_mutex_unlock(&g->lock);
    atomic_store(&g->left, true);
}

static void *put_in_r(void *arg)
{
    put_one(arg, "r", "a", "2");
    return NULL;
}

static void *open_gate(void *arg)
{
    struct gate *g = arg;

    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->lock);
    return NULL;
}

static void test_unfollow_waits_for_the_call(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    struct store_follower *f, *second;
    pthread_t writer, opener;
    struct told told;

    told_init(&told);
    assert_int_equal(store_follow(s, on_change_stop, &g, &f), 0);
    assert_int_equal(store_follow(s, on_change, &told, &second), 0);
    assert_int_equal(pthread_create(&writer, NULL, put_in_r, s), 0);
    pthread_mutex_lock(&g.lock);
    while (!g.entered)
        pthread_cond_wait(&g.moved, &g.lock);
    pthread_mutex_unlock(&g.lock);
    /* No lock is held meanwhile: its commit is there to be seen. */
    assert_value(s, "r", "a", "2");
    assert_int_equal(pthread_create(&opener, NULL, open_gate, &g), 0);
    store_unfollow(f);
    assert_true(atomic_load(&g.left));
    pthread_join(opener, NULL);
    pthread_join(writer, NULL);
    wait_until_told(&told, "r"); /* whoever stands behind it in the list is told, too */
    store_unfollow(second);
    told_done(&told);
}

/* A follower may use the store. */
static void on_change_copy(void *arg, const char *region, uint64_t revision)
{
    (void)revision;
    if (strcmp(region, "from") == 0)
        put_one(arg, "to", "a", "1");
}

static void test_follower_may_commit(void **state)
{
    struct store *s = ((struct lab *)*state)->store;
    struct store_follower *f;

    assert_int_equal(store_follow(s, on_change_copy, s, &f), 0);
    put_one(s, "from", "a", "1");
    assert_int_equal(store_wait(s, "to", 0, 10000), 0);
    store_unfollow(f);
    assert_value(s, "to", "a", "1");
}

/* ---- waiting ---- */

static void test_wait(void **state)
{
    struct lab *lab = *state;
    struct store *s = lab->store, *other;
    pthread_t thread;

    put_one(s, "r", "a", "1");
    assert_int_equal(store_wait(s, "r", 0, 0), 0);
    assert_int_equal(store_wait(s, "r", 1, 0), -ETIMEDOUT);
    put_one(s, "other", "a", "1");
    assert_int_equal(store_wait(s, "r", 1, 1), -ETIMEDOUT);
    assert_int_equal(pthread_create(&thread, NULL, put_in_r, s), 0);
    assert_int_equal(store_wait(s, "r", 1, 10000), 0);
    assert_int_equal(store_revision(s, "r"), 2);
    pthread_join(thread, NULL);
    /* For another store's commits, too. */
    other = lab_open(lab);
    assert_int_equal(pthread_create(&thread, NULL, put_in_r, other), 0);
    assert_int_equal(store_wait(s, "r", 2, 10000), 0);
    pthread_join(thread, NULL);
    store_close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_log_tells_commits_in_order),
        TEST(test_log_cuts_between_commits),
        TEST(test_log_says_what_it_cannot_tell),
        TEST(test_the_log_is_forgotten_on_request),
        TEST(test_followers_are_told_regions),
        TEST(test_followers_hear_of_other_stores),
        TEST(test_unfollow_waits_for_the_call),
        TEST(test_follower_may_commit),
        TEST(test_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
