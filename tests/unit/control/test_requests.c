#include "api.h"

#include <stdio.h>
#include <stdlib.h>

/* What every request goes through: tokens, paths, methods, bodies, preconditions, pages. */

static void test_tokens(void **state)
{
    struct api *a = *state;
    char good[160], longer[168];
    struct control_request req = {.method = "GET", .uri = "/v1/regions"};
    const char *const bad[] = {
        NULL, "", "Bearer", "Bearer ", "Bearer x", "Basic YWRtaW46YWRtaW4=", good + 7, longer};

    snprintf(good, sizeof(good), "Bearer %s", control_admin_token(a->control));
    snprintf(longer, sizeof(longer), "%sx", good);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        req.authorization = bad[i];
        assert_int_equal(api_request(a, &req), 401);
        assert_string_equal(a->res.content_type, "application/problem+json");
        assert_true(text_starts_with(api_header(a, "WWW-Authenticate"), "Bearer"));
        assert_true(control_refuse_early(a->control, &req, &a->res));
    }
    req.authorization = good;
    assert_int_equal(api_request(a, &req), 200);
    assert_false(control_refuse_early(a->control, &req, &a->res));
    /* Without a token a wrong path looks like a right one. */
    req = (struct control_request){.method = "GET", .uri = "/nothing/here"};
    assert_int_equal(api_request(a, &req), 401);
    req.uri = "/%zz";
    assert_int_equal(api_request(a, &req), 401);
    req.uri = "/healthz";
    assert_int_equal(api_request(a, &req), 200);
    assert_false(control_refuse_early(a->control, &req, &a->res));
}

static void test_paths_and_methods(void **state)
{
    static const struct {
        const char *method, *path;
        int status;
        const char *allow;
    } cases[] = {
        {"GET", "//", 404, ""},
        {"GET", "//v1", 404, ""},
        {"GET", "//v1/regions", 200, ""},
        {"HEAD", "//v1/regions", 200, ""},
        {"GET", "//v1/regions/r1", 200, ""},
        {"GET", "//v1/regions/r2", 404, ""},
        {"GET", "//v1/regions/r2/vpcs", 404, ""},
        {"GET", "vpcs", 200, ""},
        {"GET", "vpcs/", 200, ""},
        {"GET", "vpcs/vpc-aaaaaaaaaa", 404, ""},
        {"GET", "vpcs/%01", 400, ""},
        {"GET", "regions", 404, ""},
        {"GET", "vcps", 404, ""},
        {"GET", "vpcs/a/b", 404, ""},
        {"GET", "vpcs/a/b/c/d/e/f/g", 400, ""},
        {"PUT", "vpcs", 405, "GET, POST"},
        {"DELETE", "//v1/regions", 405, "GET, POST"},
        {"POST", "vpcs/vpc-aaaaaaaaaa", 405, "GET, PATCH, DELETE"},
        {"OPTIONS", "//v1/regions/r1", 405, "GET, PATCH, DELETE"},
        {"PATCH", "nodes", 405, "GET, POST"},
        {"GET", "vpnTunnels/vpntun-aaaaaaaaaa/revealPsk", 405, "POST"},
        {"POST", "vpnTunnels/vpntun-aaaaaaaaaa/revealPsk", 404, ""},
        {"POST", "vpcs/vpc-aaaaaaaaaa/revealPsk", 404, ""},
        {"GET", "borderGateways/bgw-aaaaaaaaaa/routes", 404, ""},
        {"GET", "nodes/node-aaaaaaaaaa/desired", 404, ""},
        {"GET", "//openapi.json", 200, ""},
        {"GET", "//metrics", 200, ""},
        {"GET", "//v1/auditLog", 200, ""},
        {"GET", "problems", 200, ""},
    };
    struct api *a = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int status = api(a, cases[i].method, cases[i].path, NULL);

        if (status != cases[i].status)
            fail_msg("%s %s: %d", cases[i].method, cases[i].path, status);
        assert_string_equal(api_header(a, "Allow"), cases[i].allow);
        if (status >= 400) {
            assert_int_equal(model_int(a->answer, "status", 0), status);
            assert_true(strlen(api_str(a, "detail")) > 10);
        }
    }
}

/* The URL with something in place of its {parts}. */
static void fill_in(const char *pattern, char *ret, size_t size)
{
    struct buf b = {0};

    buf_puts(&b, "/"); /* api() takes two for "not in the region" */
    while (*pattern) {
        size_t len = strcspn(pattern, "{");

        buf_add(&b, pattern, len);
        pattern += len;
        if (*pattern) {
            buf_puts(&b, text_starts_with(pattern, "{region}") ? "r1" : "x");
            pattern = strchr(pattern, '}') + 1;
        }
    }
    assert_int_equal(text_copy(ret, size, buf_text(&b)), 0);
    buf_done(&b);
}

/* Whatever the document says exists does: the answer may be a refusal, but not of the path. */
static void test_openapi_is_true(void **state)
{
    struct api *a = *state;
    json_t *doc, *path, *operation;
    const char *url, *name;
    size_t count = 0;

    api_get(a, 200, "//openapi.json");
    doc = json_incref(a->answer);
    json_object_foreach (json_object_get(doc, "paths"), url, path) {
        json_object_foreach (path, name, operation) {
            char uri[128], method[16];
            size_t i;

            if (strcmp(name, "parameters") == 0)
                continue;
            fill_in(url, uri, sizeof(uri));
            for (i = 0; name[i] && i < sizeof(method) - 1; i++)
                method[i] = (char)(name[i] - 'a' + 'A');
            method[i] = 0;
            api(a, method, uri, "{}");
            if (a->status == 405 || strstr(api_str(a, "detail"), "nothing at this path"))
                fail_msg("%s %s: %s", method, uri, buf_text(&a->res.body));
            count++;
        }
    }
    assert_true(count > 60);
    json_decref(doc);
}

static void test_bodies(void **state)
{
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        {"", 400},
        {"{", 400},
        {"nonsense", 400},
        {"[]", 400},
        {"null", 400},
        {"\"text\"", 400},
        {"{} {}", 400},
        {"{\"name\": \"a\", \"name\": \"b\", \"cidr\": \"10.0.0.0/16\"}", 400},
        {"{\"name\": \"a\\u0000b\", \"cidr\": \"10.0.0.0/16\"}", 400},
        {"{\"name\": \"\xff\", \"cidr\": \"10.0.0.0/16\"}", 400},
        {"{\"name\": \"\\ud800\", \"cidr\": \"10.0.0.0/16\"}", 400},
        {"{\"tags\": [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", 400},
        {"{\"cidr\": 1e999}", 400},
        {"{\"cidr\": 123456789012345678901234567890}", 400},
        {"{\"colour\": \"red\", \"cidr\": \"10.0.0.0/16\"}", 400},
        {"{\"name\": 7, \"cidr\": \"10.0.0.0/16\"}", 400},
        {"{\"cidr\": \"10.0.0.1/16\"}", 400},
        {"{\"id\": \"vpc-aaaaaaaaaa\", \"cidr\": \"10.0.0.0/16\"}", 400},
        {"{\"cidr\": \"10.0.0.0/16\"}", 201},
    };
    struct api *a = *state;
    uint64_t before;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int status;

        before = store_revision(a->control->store, "r1");
        status = api(a, "POST", "vpcs", cases[i].body);
        if (status != cases[i].status)
            fail_msg("%s: %d %s", cases[i].body, status, buf_text(&a->res.body));
        if (status == 400)
            assert_int_equal(store_revision(a->control->store, "r1"), before);
    }
}

static void test_parse_errors_do_not_repeat_the_body(void **state)
{
    struct api *a = *state;

    assert_int_equal(api(a, "POST", "vpnTunnels", "{'psk': 'hush-hush-hush' 'x': 1}"), 400);
    assert_null(strstr(buf_text(&a->res.body), "hush"));
    assert_int_equal(api(a, "POST", "vpnTunnels", "{'psk': 'hush-hush-hush', 'psk': 'hush'}"), 400);
    assert_null(strstr(buf_text(&a->res.body), "hush"));
    assert_int_equal(api(a, "POST", "vpnTunnels", "{'psk': 'hush', 'vpnConnectionId': 'vpn-x'}"),
                     400);
    assert_null(strstr(buf_text(&a->res.body), "hush"));
}

static void test_content_type_and_size(void **state)
{
    static const struct {
        const char *type;
        int status;
    } cases[] = {{NULL, 415},
                 {"", 415},
                 {"text/plain", 415},
                 {"application/jsonp", 415},
                 {"application/merge-patch+json", 415},
                 {"application/x-www-form-urlencoded", 415},
                 {"Application/JSON; charset=utf-8", 201}};
    struct api *a = *state;
    char bearer[160];
    char *big = malloc(CONTROL_BODY_MAX + 2);
    struct control_request req = {.method = "POST",
                                  .uri = "/v1/regions/r1/vpcs",
                                  .authorization = bearer,
                                  .body = "{\"cidr\": \"10.0.0.0/16\"}"};

    snprintf(bearer, sizeof(bearer), "bearer  %s", control_admin_token(a->control));
    req.body_len = strlen(req.body);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        req.content_type = cases[i].type;
        assert_int_equal(api_request(a, &req), cases[i].status);
    }
    assert_non_null(big);
    memset(big, ' ', CONTROL_BODY_MAX + 1);
    req.body = big;
    req.body_len = CONTROL_BODY_MAX + 1;
    assert_int_equal(api_request(a, &req), 413);
    req.body_len = CONTROL_BODY_MAX;
    assert_int_equal(api_request(a, &req), 400);
    free(big);
}

static int patch(struct api *a, const char *id, const char *body, const char *if_match)
{
    char bearer[160], uri[128];
    struct control_request req = {.method = "PATCH",
                                  .uri = uri,
                                  .authorization = bearer,
                                  .content_type = "application/merge-patch+json",
                                  .body = body,
                                  .body_len = strlen(body),
                                  .if_match = if_match};

    snprintf(bearer, sizeof(bearer), "Bearer %s", control_admin_token(a->control));
    snprintf(uri, sizeof(uri), "/v1/regions/r1/vpcs/%s", id);
    return api_request(a, &req);
}

static void test_preconditions(void **state)
{
    struct api *a = *state;
    const char *id = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16', 'name': 'v'}");

    assert_string_equal(api_header(a, "ETag"), "\"1\"");
    assert_int_equal(patch(a, id, "{\"name\": \"w\"}", "\"2\""), 412);
    assert_non_null(strstr(api_str(a, "detail"), "1"));
    assert_int_equal(patch(a, id, "{\"name\": \"w\"}", "W/\"1\""), 412);
    assert_int_equal(patch(a, id, "{\"name\": \"w\"}", "\"1\""), 200);
    assert_string_equal(api_header(a, "ETag"), "\"2\"");
    assert_int_equal(patch(a, id, "{\"name\": \"x\"}", "\"1\""), 412);
    assert_int_equal(patch(a, id, "{\"name\": \"x\"}", "2"), 200);
    assert_int_equal(patch(a, id, "{\"name\": \"y\"}", "*"), 200);
    assert_int_equal(patch(a, id, "{\"name\": \"z\"}", NULL), 200);
    assert_int_equal(model_int(a->answer, "revision", 0), 5);
    /* What changes nothing is no new revision. */
    assert_int_equal(patch(a, id, "{\"name\": \"z\"}", "\"5\""), 200);
    assert_int_equal(model_int(a->answer, "revision", 0), 5);
    assert_int_equal(patch(a, id, "{\"name\": \"z\", \"cidr\": \"10.0.0.9/8\"}", NULL), 400);
    assert_string_equal(api_str(a, "field"), "cidr");
}

/* A mistyped parameter must not be taken for none. */
static void test_unknown_parameters(void **state)
{
    struct api *a = *state;
    const char *gateway = api_make(a, "borderGateways", "{}");
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    static const char *const wrong[] = {
        "/routes?tabel=static",
        "/routes?table=static&x=1",
        "/explain?destination=10.0.0.1&dest=10.0.0.2",
        "?verbose=1",
    };

    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        char path[160];

        snprintf(path, sizeof(path), "borderGateways/%s%s", gateway, wrong[i]);
        api_get(a, 400, "%s", path);
        assert_true(*api_str(a, "field"));
        assert_non_null(strstr(api_str(a, "rule"), "takes"));
    }
    api_get(a, 200, "borderGateways/%s/routes?table=static", gateway);
    api_get(a, 200, "borderGateways/%s/explain?destination=10.0.0.1", gateway);
    api_get(a, 200, "vpcs/%s", vpc);
    api_get(a, 400, "//v1/regions/r1?limit=1");
    api_get(a, 200, "//v1/regions?limit=1");
}

/* Another ropewayd on the same store was faster: the change is decided anew on what is there. */
static void test_change_of_the_region_meanwhile(void **state)
{
    struct api *a = *state;
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    struct store_key key = {"vpcs", "r1", vpc};
    struct store_item item = {0};
    struct store_op op = {.kind = STORE_PUT, .key = key, .expect = STORE_ANY};
    char path[64], *text;
    json_t *value;

    assert_int_equal(store_get(a->control->store, &key, &item), 0);
    value = json_loads(item.value, 0, NULL);
    json_object_set_new(value, "description", json_string("theirs"));
    json_object_set_new(value, "revision", json_integer(7));
    op.value = text = json_dumps(value, 0);
    assert_int_equal(store_commit_one(a->control->store, &op, 1), 0);
    snprintf(path, sizeof(path), "vpcs/%s", vpc);
    assert_int_equal(api(a, "PATCH", path, "{'name': 'ours'}"), 200);
    assert_string_equal(api_str(a, "description"), "theirs");
    assert_string_equal(api_str(a, "name"), "ours");
    assert_int_equal(model_int(a->answer, "revision", 0), 8);
    free(text);
    json_decref(value);
    store_item_done(&item);
}

static int post_keyed(struct api *a, const char *body, const char *key)
{
    char bearer[160];
    struct control_request req = {.method = "POST",
                                  .uri = "/v1/regions/r1/borderGateways",
                                  .authorization = bearer,
                                  .content_type = "application/json",
                                  .body = body,
                                  .body_len = strlen(body),
                                  .idempotency_key = key};

    snprintf(bearer, sizeof(bearer), "Bearer %s", control_admin_token(a->control));
    return api_request(a, &req);
}

static void test_idempotency(void **state)
{
    struct api *a = *state;
    char first[64], key[300];

    assert_int_equal(post_keyed(a, "{\"name\": \"b\", \"asn\": 65010}", "k1"), 201);
    strcpy(first, api_str(a, "id"));
    assert_string_equal(api_header(a, "Idempotency-Replayed"), "");
    assert_int_equal(post_keyed(a, "{\"asn\": 65010, \"name\": \"b\"}", "k1"), 201);
    assert_string_equal(api_header(a, "Idempotency-Replayed"), "true");
    assert_string_equal(api_str(a, "id"), first);
    assert_int_equal(post_keyed(a, "{\"name\": \"c\"}", "k1"), 409);
    assert_int_equal(post_keyed(a, "{\"name\": \"c\"}", "k2"), 201);
    assert_string_not_equal(api_str(a, "id"), first);
    assert_int_equal(post_keyed(a, "{\"name\": \"b\", \"asn\": 65010}", "k1"), 201);
    assert_string_equal(api_header(a, "ETag"), "\"1\"");
    assert_non_null(strstr(api_header(a, "Location"), first));
    assert_int_equal(post_keyed(a, "{\"name\": \"c\"}", ""), 400);
    assert_string_equal(api_str(a, "field"), "Idempotency-Key");
    /* A refused request leaves its key free. */
    assert_int_equal(post_keyed(a, "{\"asn\": 0}", "k3"), 400);
    assert_int_equal(post_keyed(a, "{\"asn\": 7}", "k3"), 201);
    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = 0;
    assert_int_equal(post_keyed(a, "{}", key), 400);
    api_get(a, 200, "borderGateways");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 3);
}

static void test_pages_and_filters(void **state)
{
    struct api *a = *state;
    char cursor[64] = "", seen[8][64];
    size_t count = 0, pages = 0;

    for (int i = 0; i < 5; i++)
        api_make(a, "customerGateways", "{'name': 'c%d', 'addresses': ['192.0.2.%d']}", i % 2, i);
    do {
        json_t *item;
        size_t i;

        api_get(a, 200, "customerGateways?limit=2%s%s", cursor[0] ? "&cursor=" : "", cursor);
        json_array_foreach (json_object_get(a->answer, "items"), i, item) {
            assert_true(count < 8);
            strcpy(seen[count], model_str(item, "id"));
            for (size_t j = 0; j < count; j++)
                assert_string_not_equal(seen[j], seen[count]);
            count++;
        }
        strcpy(cursor, api_str(a, "next"));
        pages++;
    } while (cursor[0]);
    assert_int_equal(count, 5);
    assert_int_equal(pages, 3);

    api_get(a, 200, "customerGateways?name=c1");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 2);
    assert_null(json_object_get(a->answer, "next"));
    api_get(a, 200, "customerGateways?name=c1&limit=1");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    api_get(a, 200, "customerGateways?name=c1&limit=1&cursor=%s", api_str(a, "next"));
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    assert_string_equal(api_str(a, "next"), "");
    api_get(a, 200, "customerGateways?addresses=192.0.2.4");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    api_get(a, 200, "customerGateways?name=none");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 0);

    api_get(a, 400, "customerGateways?limit=0");
    api_get(a, 400, "customerGateways?limit=1001");
    api_get(a, 400, "customerGateways?limit=two");
    api_get(a, 400, "customerGateways?limit=1&limit=2");
    assert_string_equal(api_str(a, "field"), "limit");
    api_get(a, 400, "//v1/auditLog?kind=vpc&kind=subnet");
    /* All filters must match. */
    api_get(a, 200, "customerGateways?name=c1&name=c0");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 0);
    /* A name where an id belongs. */
    api_get(a, 400, "subnets?vpcId=my-vpc");
    assert_string_equal(api_str(a, "rule"), "vpcId as a filter must be the id of a vpc.");
    api_get(a, 400, "customerGateways?colour=red");
    api_get(a, 400, "vpnTunnels?psk=x");
}

/* Labels are looked at before anything else, and go with filters, pages and cursors. */
static void test_selectors(void **state)
{
    static const struct {
        const char *query;
        size_t count;
    } cases[] = {
        {"selector=env%3Dprod", 3},
        {"selector=env%3Dprod,team!%3Dnet", 2},
        {"selector=!env", 2},
        {"selector=env", 4},
        {"selector=env%3Dprod&name=c1", 1},
        {"selector=env%3Dnone", 0},
        {"selector=env%3Dprod&limit=2", 2},
    };
    static const char *const bad[] = {"selector=", "selector=a,", "selector=!",
                                      "selector=a%3Db%3Dc"};
    struct api *a = *state;

    for (int i = 0; i < 6; i++)
        api_make(a, "customerGateways", "{'name': 'c%d', 'addresses': ['192.0.2.%d'], 'tags': %s}",
                 i, i,
                 i < 3    ? (i ? "{'env': 'prod'}" : "{'env': 'prod', 'team': 'net'}")
                 : i == 3 ? "{'env': 'test'}"
                          : "{}");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        api_get(a, 200, "customerGateways?%s", cases[i].query);
        if (json_array_size(model_list(a->answer, "items")) != cases[i].count)
            fail_msg("%s: %s", cases[i].query, buf_text(&a->res.body));
    }
    api_get(a, 200, "customerGateways?selector=env&limit=3&cursor=%s", api_str(a, "next"));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        api_get(a, 400, "customerGateways?%s", bad[i]);
        assert_string_equal(api_str(a, "field"), "selector");
    }
    api_get(a, 400, "customerGateways?selector=a&selector=b");
    assert_string_equal(api_str(a, "code"), "request.param-twice");
    api_get(a, 200, "//v1/regions?selector=env");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 0);
}

/* Whoever asks whether the server works waits for nobody. */
static void test_health_needs_no_lock(void **state)
{
    struct api *a = *state;
    struct control_request req = {.method = "GET", .uri = "/healthz"};
    struct control_response res = {0};

    struct region *r = house_find(a->control, "r1");
    pthread_mutex_t *const locks[] = {
        &a->control->house.write,    &r->write, &a->control->house.lock,
        &a->control->committer.lock, &r->live,  &r->look,
        &a->control->auth_lock};

    for (size_t i = 0; i < ARRAY_SIZE(locks); i++)
        pthread_mutex_lock(locks[i]);
    assert_false(control_refuse_early(a->control, &req, &res));
    assert_int_equal(api_request(a, &req), 200);
    for (size_t i = 0; i < ARRAY_SIZE(locks); i++)
        pthread_mutex_unlock(locks[i]);
    control_response_done(&res);
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_health_needs_no_lock),
        T(test_tokens),
        T(test_paths_and_methods),
        T(test_openapi_is_true),
        T(test_bodies),
        T(test_parse_errors_do_not_repeat_the_body),
        T(test_content_type_and_size),
        T(test_preconditions),
        T(test_unknown_parameters),
        T(test_change_of_the_region_meanwhile),
        T(test_idempotency),
        T(test_pages_and_filters),
        T(test_selectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
