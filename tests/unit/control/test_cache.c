#include "api.h"

#include <stdio.h>
#include <stdlib.h>

/* The parsed lists against the store itself, whoever changes it. */

static const struct model_kind *kinds[2];

/* The list parsed afresh. */
static json_t *naive(struct control *c, const struct model_kind *kind, const char *region)
{
    struct store_query query = {.collection = kind->collection, .region = region};
    struct store_page page = {0};
    json_t *list = json_array();

    assert_int_equal(store_list(c->store, &query, &page), 0);
    for (size_t i = 0; i < page.count; i++)
        json_array_append_new(list, records_parse(c, kind, page.items[i].value, false));
    store_page_done(&page);
    return list;
}

static void assert_current(struct control *c, const struct model_kind *kind, const char *region)
{
    json_t *want = naive(c, kind, region), *got = cache_list(c, kind, region);

    assert_non_null(got);
    assert_true(json_equal(want, got));
    json_decref(want);
    json_decref(got);
}

/* Some other program on the same store does something. */
static void change(struct control *c, unsigned n)
{
    static const char *const regions[] = {"r1", "r2"};
    const char *region = regions[n & 1];
    const struct model_kind *kind = kinds[n >> 1 & 1];
    char id[32], value[128];
    struct store_op op = {.kind = n >> 2 & 3 ? STORE_PUT : STORE_DELETE,
                          .key = {.collection = kind->collection, .region = region, .id = id},
                          .expect = STORE_ANY};

    snprintf(id, sizeof(id), "%s%02u", kind->prefix, (n >> 4) % 20);
    snprintf(value, sizeof(value), "{\"id\": \"%s\", \"regionId\": \"%s\", \"name\": \"n%u\"}", id,
             region, n >> 16);
    op.value = op.kind == STORE_PUT ? value : NULL;
    assert_int_equal(store_commit(c->store, &op, 1, NULL), 0);
}

static void test_lists_are_what_the_store_holds(void **state)
{
    struct api *a = *state;
    struct control *c = a->control;
    uint64_t seed = 42;

    kinds[0] = model_kind(MODEL_VPC);
    kinds[1] = model_kind(MODEL_SUBNET);
    for (unsigned i = 0; i < 2000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        change(c, (unsigned)(seed >> 32));
        if (i % 3 == 0)
            continue; /* several changes between two looks */
        for (unsigned k = 0; k < 4; k++)
            assert_current(c, kinds[k & 1], k & 2 ? "r1" : "r2");
    }
    cache_forget(c, "r2");
    cache_forget(c, "r9");
    assert_current(c, kinds[0], "r2");
}

static void test_what_did_not_change_is_not_parsed_again(void **state)
{
    struct api *a = *state;
    const struct model_kind *kind = model_kind(MODEL_VPC);
    json_t *before, *after;
    char path[64];

    (void)api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    snprintf(path, sizeof(path), "vpcs/%s", api_make(a, "vpcs", "{'cidr': '10.1.0.0/16'}"));
    before = cache_list(a->control, kind, "r1");
    assert_int_equal(api(a, "PATCH", path, "{'name': 'x'}"), 200);
    after = cache_list(a->control, kind, "r1");
    assert_int_equal(json_array_size(after), 2);
    assert_int_equal((json_array_get(before, 0) == json_array_get(after, 0)) +
                         (json_array_get(before, 1) == json_array_get(after, 1)),
                     1);
    json_decref(before);
    before = cache_list(a->control, kind, "r1");
    assert_ptr_equal(before, after);
    json_decref(before);
    json_decref(after);
}

static void test_damaged_items_fail(void **state)
{
    struct api *a = *state;
    struct store_op op = {.kind = STORE_PUT,
                          .key = {.collection = "vpcs", .region = "r1", .id = "vpc-aaaaaaaaaa"},
                          .expect = STORE_ANY,
                          .value = "{"};

    assert_int_equal(api(a, "GET", "vpcs", NULL), 200);
    assert_int_equal(store_commit(a->control->store, &op, 1, NULL), 0);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(api(a, "GET", "vpcs", NULL), 500);
    op.kind = STORE_DELETE;
    op.value = NULL;
    assert_int_equal(store_commit(a->control->store, &op, 1, NULL), 0);
    assert_int_equal(api(a, "GET", "vpcs", NULL), 200);
}

static void test_nothing_stays_of_a_region_that_went(void **state)
{
    struct api *a = *state;

    assert_int_equal(api(a, "POST", "//v1/regions", "{'id': 'r8'}"), 201);
    assert_int_equal(api(a, "GET", "//v1/regions/r8/problems", NULL), 200);
    assert_int_equal(api(a, "GET", "//v1/regions/r8/vpcs", NULL), 200);
    assert_non_null(a->control->plans);
    assert_int_equal(api(a, "GET", "problems", NULL), 200); /* of r1 */
    assert_int_equal(api(a, "DELETE", "//v1/regions/r8", NULL), 204);
    assert_int_equal(api(a, "GET", "problems", NULL), 200);
    plans_forget(a->control, "r1");
    assert_null(a->control->plans);
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_lists_are_what_the_store_holds),
        T(test_what_did_not_change_is_not_parsed_again),
        T(test_damaged_items_fail),
        T(test_nothing_stays_of_a_region_that_went),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
