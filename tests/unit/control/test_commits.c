#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Many requests at once: each decided on what those before it did, durable together, none lost and
 * none doubled. And the database as a file. */

#define THREADS 8

struct worker {
    pthread_t thread;
    struct control *control;
    const char *uri, *body, *key;
    int answered[600]; /* by status */
    int times;
};

static int post(const struct worker *w)
{
    char bearer[160];
    struct control_response res = {0};
    struct control_request req = {.method = "POST",
                                  .uri = w->uri,
                                  .authorization = bearer,
                                  .content_type = "application/json",
                                  .body = w->body,
                                  .body_len = strlen(w->body),
                                  .idempotency_key = w->key};
    int status;

    snprintf(bearer, sizeof(bearer), "Bearer %s", control_admin_token(w->control));
    control_handle(w->control, &req, &res);
    status = res.status;
    control_response_done(&res);
    return status;
}

static void *work(void *arg)
{
    struct worker *w = arg;

    for (int i = 0; i < w->times; i++)
        w->answered[post(w)]++;
    return NULL;
}

/* All of them at once; *sum gets what they were answered. */
static void together(struct api *a, const char *uri, const char *body, const char *key, int times,
                     struct worker *sum)
{
    static struct worker workers[THREADS];

    memset(sum, 0, sizeof(*sum));
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){
            .control = a->control, .uri = uri, .body = body, .key = key, .times = times};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        for (size_t s = 0; s < ARRAY_SIZE(sum->answered); s++)
            sum->answered[s] += workers[i].answered[s];
    }
}

static struct worker sum;

/* The last of a quota goes to one of them. */
static void test_racing_for_a_quota(void **state)
{
    struct api *a = *state;

    together(a, "/v1/regions/r1/vpcs", "{\"cidr\": \"10.0.0.0/16\"}", NULL, 5, &sum);
    assert_int_equal(sum.answered[201], 10);
    assert_int_equal(sum.answered[409], THREADS * 5 - 10);
    api_get(a, 200, "vpcs");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 10);
}

static void test_racing_for_addresses(void **state)
{
    struct api *a = *state;
    char body[128];
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    const char *subnet = api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.0.0.0/28'}", vpc);
    const json_t *item;
    bool seen[16] = {false};
    size_t i;

    snprintf(body, sizeof(body), "{\"subnetId\": \"%s\"}", subnet);
    together(a, "/v1/regions/r1/instances", body, NULL, 4, &sum);
    assert_int_equal(sum.answered[201], 12);
    assert_int_equal(sum.answered[409], THREADS * 4 - 12);
    api_get(a, 200, "instances");
    json_array_foreach (model_list(a->answer, "items"), i, item) {
        int last = atoi(strrchr(model_str(item, "address"), '.') + 1);

        assert_false(seen[last]);
        seen[last] = true;
    }
    assert_int_equal(i, 12);
}

/* The same request sent again while the first is still under way: one thing, told to all. */
static void test_racing_with_one_key(void **state)
{
    struct api *a = *state;

    together(a, "/v1/regions/r1/borderGateways", "{\"name\": \"g\"}", "the-key", 6, &sum);
    assert_int_equal(sum.answered[201], THREADS * 6);
    api_get(a, 200, "borderGateways");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 1);
}

static void test_one_region_of_this_id(void **state)
{
    struct api *a = *state;

    together(a, "/v1/regions", "{\"id\": \"r9\", \"publicPools\": [\"203.0.113.0/24\"]}", NULL, 3,
             &sum);
    assert_int_equal(sum.answered[201], 1);
    assert_int_equal(sum.answered[409], THREADS * 3 - 1);
    /* And one of those that want the same pool. */
    together(a, "/v1/regions", "{\"id\": \"r8\", \"publicPools\": [\"203.0.113.0/25\"]}", NULL, 1,
             &sum);
    assert_int_equal(sum.answered[201], 0);
}

/* ---- the database as a file ---- */

struct place {
    char dir[64], database[96], key[96], backup[96];
};

static void make_place(struct place *p)
{
    strcpy(p->dir, "/tmp/ropeway-commits-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->database, sizeof(p->database), "%s/ropeway.db", p->dir);
    snprintf(p->key, sizeof(p->key), "%s/seal.key", p->dir);
    snprintf(p->backup, sizeof(p->backup), "%s/backup", p->dir);
}

static void remove_place(const struct place *p)
{
    static const char *const names[] = {
        "ropeway.db",        "ropeway.db-wal",        "ropeway.db-shm",
        "seal.key",          "admin.token",           "backup",
        "ropeway.db.before", "ropeway.db.before-wal", "ropeway.db.before-shm"};
    char path[128];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", p->dir, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(p->dir), 0);
}

static size_t vpcs_of(struct control *c)
{
    struct api a = {.control = c};
    size_t count;

    api_get(&a, 200, "vpcs");
    count = json_array_size(model_list(a.answer, "items"));
    control_response_done(&a.res);
    json_decref(a.answer);
    return count;
}

static void make(struct control *c, const char *path, const char *body)
{
    struct api a = {.control = c};

    assert_int_equal(api(&a, "POST", path, body), 201);
    control_response_done(&a.res);
    json_decref(a.answer);
}

static void test_never_empty_beside_a_key(void **state)
{
    struct place p;
    struct control *c = NULL;

    (void)state;
    make_place(&p);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(control_open(p.dir, false, &c), 0); /* the very first start */
    make(c, "//v1/regions", "{'id': 'r1'}");
    control_free(c);
    assert_int_equal(unlink(p.database), 0);
    assert_int_equal(control_open(p.dir, false, &c), -ENODATA);
    assert_int_equal(access(p.database, F_OK), -1);
    assert_int_equal(control_open(p.dir, true, &c), 0);
    control_free(c);
    assert_int_equal(truncate(p.database, 0), 0);
    assert_int_equal(control_open(p.dir, false, &c), -ENODATA);
    assert_int_equal(truncate(p.database, 4096), 0); /* zeros */
    assert_int_equal(control_open(p.dir, false, &c), -EBADMSG);
    log_set_level(LOG_ERROR);
    remove_place(&p);
}

static void test_backup_and_restore(void **state)
{
    struct place p;
    struct control *c = NULL;
    struct stat st;

    (void)state;
    make_place(&p);
    assert_int_equal(control_open(p.dir, false, &c), 0);
    make(c, "//v1/regions", "{'id': 'r1'}");
    make(c, "vpcs", "{'cidr': '10.0.0.0/16'}");
    assert_int_equal(control_backup(p.dir, p.backup), 0); /* while it is in use */
    assert_int_equal(stat(p.backup, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(control_backup(p.dir, p.backup), -EEXIST);
    log_set_level(LOG_ERROR);
    make(c, "vpcs", "{'cidr': '10.1.0.0/16'}");
    control_free(c);
    assert_int_equal(control_restore(p.dir, p.backup, NULL), 0);
    assert_int_equal(control_open(p.dir, false, &c), 0);
    assert_int_equal(vpcs_of(c), 1);
    control_free(c);
    /* What is no backup changes nothing. */
    assert_int_equal(truncate(p.backup, 1000), 0);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(control_restore(p.dir, p.backup, NULL), -EBADMSG);
    assert_int_equal(control_restore(p.dir, "/nonexistent/file", NULL), -ENOENT);
    log_set_level(LOG_ERROR);
    assert_int_equal(control_open(p.dir, false, &c), 0);
    assert_int_equal(vpcs_of(c), 1);
    control_free(c);
    remove_place(&p);
}

/* A resource that cannot be read is left out, and /healthz says so. */
static void test_damage_shows(void **state)
{
    struct api *a = *state;
    struct control_request req = {.method = "GET", .uri = "/healthz"};
    struct store_op op = {.kind = STORE_PUT,
                          .key = {"vpcs", "r1", "vpc-aaaaaaaaaa"},
                          .value = "{\"id\": 7}",
                          .expect = STORE_ANY};

    api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    assert_int_equal(api_request(a, &req), 200);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(store_commit_one(a->control->store, &op, 1), 0);
    api_make(a, "vpcs", "{'cidr': '10.1.0.0/16'}"); /* decided after the damage was read */
    log_set_level(LOG_ERROR);
    api_get(a, 200, "vpcs");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 2);
    assert_int_equal(api_request(a, &req), 503);
    assert_string_equal(api_str(a, "status"), "damaged");
}

/* A token made or revoked by another ropewayd on the same store holds here, too. */
static void test_tokens_of_another_ropewayd(void **state)
{
    struct api *a = *state;
    struct store_query query = {.collection = "nodeTokens", .region = "r1"};
    struct store_page page = {0};
    struct store_op op = {.kind = STORE_DELETE, .expect = STORE_ANY};

    api_make_token(a, NULL);
    assert_int_equal(api_with_token(a, a->node_token, "GET", "/v1/regions/r1/vpcs", NULL), 403);
    assert_int_equal(store_list(a->control->store, &query, &page), 0);
    op.key = (struct store_key){"nodeTokens", "r1", page.items[0].id};
    assert_int_equal(store_commit_one(a->control->store, &op, 1), 0);
    api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}"); /* decided after that was read */
    assert_int_equal(api_with_token(a, a->node_token, "GET", "/v1/regions/r1/vpcs", NULL), 401);
    op.kind = STORE_PUT;
    op.value = page.items[0].value;
    assert_int_equal(store_commit_one(a->control->store, &op, 1), 0);
    api_make(a, "vpcs", "{'cidr': '10.1.0.0/16'}");
    assert_int_equal(api_with_token(a, a->node_token, "GET", "/v1/regions/r1/vpcs", NULL), 403);
    store_page_done(&page);
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_racing_for_a_quota),
        T(test_racing_for_addresses),
        T(test_racing_with_one_key),
        T(test_one_region_of_this_id),
        cmocka_unit_test(test_never_empty_beside_a_key),
        cmocka_unit_test(test_backup_and_restore),
        T(test_damage_shows),
        T(test_tokens_of_another_ropewayd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
