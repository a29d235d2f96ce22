#include "api.h"

#include <stdio.h>
#include <stdlib.h>

#include "authority_internal.h"
#include "pki.h"

/* From a token to a node and back: who may join as whom, and what whoever joined may do. */

#define NODES "/v1/regions/r1/nodes"

static void copy_certificate(struct api *a, struct buf *ret)
{
    buf_clear(ret);
    buf_add(ret, a->certificate.data, a->certificate.len);
}

static void use_certificate(struct api *a, const struct buf *der)
{
    buf_clear(&a->certificate);
    buf_add(&a->certificate, der->data, der->len);
}

/* ---- doors ---- */

static void test_doors(void **state)
{
    static const struct {
        const char *method, *uri;
    } closed[] = {
        {"GET", "/v1/regions"},
        {"GET", "/v1/auditLog"},
        {"GET", "/openapi.json"},
        {"GET", "/v1/regions/r1/nodes"},
        {"GET", "/v1/regions/r1/vpnTunnels"},
        {"POST", "/v1/regions/r1/vpcs"},
        {"POST", "/v1/regions/r1/nodeTokens"},
        {"POST", "/v1/regions/r2/nodes"},
        {"POST", "/v1/regions/nowhere/nodes"},
        {"GET", "/v1/regions/r2/nodes/node-aaaaaaaaaa/desired"},
        {"GET", "/v1/regions/r1/nodes/node-aaaaaaaaaa/desired"},
        {"POST", "/v1/regions/r1/nodes/node-aaaaaaaaaa/status"},
        {"POST", "/v1/regions/r1/nodes/node-aaaaaaaaaa/certificate"},
        {"POST", "/v1/regions/r1/vpnTunnels/vpntun-aaaaaaaaaa/revealPsk"},
    };
    struct api *a = *state;
    char id[48], uri[160];

    assert_int_equal(api(a, "POST", "//v1/regions", "{'id': 'r2'}"), 201);
    strcpy(id, api_join(a));
    for (size_t i = 0; i < ARRAY_SIZE(closed); i++) {
        if (api_as_node(a, closed[i].method, closed[i].uri, "{}") != 403)
            fail_msg("node: %s %s: %d", closed[i].method, closed[i].uri, a->status);
        if (api_with_token(a, a->node_token, closed[i].method, closed[i].uri, "{}") != 403)
            fail_msg("token: %s %s: %d", closed[i].method, closed[i].uri, a->status);
    }
    snprintf(uri, sizeof(uri), NODES "/%s", id);
    assert_int_equal(api_as_node(a, "GET", uri, NULL), 403);
    assert_int_equal(api_as_node(a, "DELETE", uri, NULL), 403);
    assert_int_equal(api_as_node(a, "POST", NODES, "{\"name\": \"n\"}"), 403);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    assert_int_equal(api_put(a, id, json_array()), 200);
}

/* A node of the version before joins, waits and reports with its token alone. */
static void test_an_old_node_is_told_what_to_do(void **state)
{
    struct api *a = *state;
    char uris[3][160];

    strcpy(uris[0], NODES);
    snprintf(uris[1], sizeof(uris[1]), NODES "/%s/desired", api_join(a));
    snprintf(uris[2], sizeof(uris[2]), "%.*s/status", (int)(strlen(uris[1]) - 8), uris[1]);
    for (size_t i = 0; i < ARRAY_SIZE(uris); i++) {
        assert_int_equal(api_with_token(a, a->node_token, i == 1 ? "GET" : "POST", uris[i],
                                        i == 1 ? NULL : "{\"name\": \"n\"}"),
                         403);
        assert_string_equal(api_str(a, "detail"),
                            "This ropewayd expects nodes of version " ROPEWAY_VERSION
                            " on nodes.sock with a certificate: upgrade ropeway-node; it joins "
                            "again with its token.");
    }
}

static void test_the_operators_door_is_not_for_nodes(void **state)
{
    struct api *a = *state;
    char bearer[160];
    struct control_request req = {.method = "POST",
                                  .uri = NODES,
                                  .authorization = bearer,
                                  .content_type = "application/json",
                                  .body = "{\"name\": \"n\", \"certificateRequest\": \"x\"}",
                                  .body_len = 41,
                                  .operators_only = true};

    api_make_token(a, NULL);
    req.body_len = strlen(req.body);
    snprintf(bearer, sizeof(bearer), "Bearer %s", a->node_token);
    assert_int_equal(api_request(a, &req), 403);
    assert_non_null(strstr(api_str(a, "detail"), "nodes.sock"));
    req.operators_only = false;
    assert_int_equal(api_request(a, &req), 400);
}

/* ---- joining ---- */

static void test_joining_twice_is_once(void **state)
{
    struct api *a = *state;
    struct buf first = {0};
    char id[48];

    strcpy(id, api_join(a));
    copy_certificate(a, &first);
    assert_int_equal(api_join_as(a, "n", ", 'address': '192.0.2.10'"), 200);
    assert_string_equal(api_str(a, "id"), id);
    assert_string_equal(api_str(a, "address"), "192.0.2.10");
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    /* The certificate of before ended with that. */
    use_certificate(a, &first);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 401);
    assert_non_null(strstr(api_str(a, "detail"), "joined again"));
    buf_done(&first);

    assert_int_equal(api_join_as(a, "n", ""), 200); /* nothing of the node changes */
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    api_get(a, 200, "nodes");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
}

static void test_a_token_belongs_to_one_node(void **state)
{
    struct api *a = *state;
    char id[48], token_a[128];

    strcpy(id, api_join(a));
    strcpy(token_a, a->node_token);
    assert_int_equal(api_join_as(a, "m", ""), 403);
    assert_non_null(strstr(api_str(a, "detail"), id));
    /* Another's token does not take the node over either, used or not. */
    api_make_token(a, NULL);
    assert_int_equal(api_join_as(a, "n", ""), 403);
    assert_non_null(strstr(api_str(a, "detail"), "has joined with token"));
    assert_int_equal(api_join_as(a, "m", ""), 201);
    assert_int_equal(api_join_as(a, "n", ""), 403);
    /* A node that was deleted does not come back by itself. */
    strcpy(a->node_token, token_a);
    assert_int_equal(api_join_as(a, "n", ""), 200);
    {
        char path[80];

        snprintf(path, sizeof(path), "nodes/%s", id);
        assert_int_equal(api(a, "DELETE", path, NULL), 204);
    }
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 401);
    assert_int_equal(api_join_as(a, "n", ""), 403);
    assert_non_null(strstr(api_str(a, "detail"), "was deleted"));
}

static void test_refusals(void **state)
{
    static const char *const said[] = {
        ", 'labels': {'a': 'b'}",    ", 'description': 'x'", ", 'address': 5", ", 'nope': 1",
        ", 'id': 'node-aaaaaaaaaa'",
    };
    static const char *const requests[] = {"5", "\"\"", "\"x\"", "null"};
    struct api *a = *state;
    char body[128];

    api_make_token(a, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(said); i++)
        assert_int_equal(api_join_as(a, "n", said[i]), 400);
    for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
        snprintf(body, sizeof(body), "{\"name\": \"n\", \"certificateRequest\": %s}", requests[i]);
        assert_int_equal(api_with_token(a, a->node_token, "POST", NODES, body), 400);
        assert_string_equal(api_str(a, "field"), "certificateRequest");
    }
    assert_int_equal(api_join_as(a, "", ""), 400);
    /* None of that used the token up or made a node. */
    api_get(a, 200, "nodes");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 0);
    assert_int_equal(api_join_as(a, "n", ""), 201);
}

static void test_roles_are_the_admins(void **state)
{
    struct api *a = *state;
    char path[80], id[48];

    api_make_token(a, "{'roles': ['compute']}");
    assert_int_equal(api_join_as(a, "n", ", 'roles': ['gateway']"), 201);
    assert_int_equal(json_array_size(model_list(a->answer, "roles")), 1);
    assert_string_equal(json_string_value(json_array_get(model_list(a->answer, "roles"), 0)),
                        "compute");
    strcpy(id, api_str(a, "id"));
    assert_int_equal(api_join_as(a, "n", ", 'roles': ['gateway', 'compute']"), 200);
    assert_int_equal(json_array_size(model_list(a->answer, "roles")), 1);
    snprintf(path, sizeof(path), "nodes/%s", id);
    assert_int_equal(api(a, "PATCH", path, "{'roles': ['gateway']}"), 200);
    assert_int_equal(api_join_as(a, "n", ""), 200);
    assert_string_equal(json_string_value(json_array_get(model_list(a->answer, "roles"), 0)),
                        "gateway");
    api_make_token(a, NULL);
    assert_int_equal(api_join_as(a, "m", ""), 201);
    assert_int_equal(json_array_size(model_list(a->answer, "roles")), 2);
}

/* An admin may say what a node is before it comes. */
static void test_a_node_that_was_announced(void **state)
{
    struct api *a = *state;
    char id[48];

    strcpy(id, api_make(a, "nodes", "{'name': 'n', 'roles': ['compute']}"));
    api_make_token(a, NULL);
    assert_int_equal(api_join_as(a, "n", ""), 200);
    assert_string_equal(api_str(a, "id"), id);
    assert_int_equal(json_array_size(model_list(a->answer, "roles")), 1);
}

/* ---- tokens ---- */

static void test_tokens(void **state)
{
    static const char *const bad[] = {
        "{'admin': true}",
        "{'name': 5}",
        "{'roles': []}",
        "{'roles': 'gateway'}",
        "{'roles': ['king']}",
        "{'roles': ['gateway', 'gateway']}",
        "{'expiresInSeconds': 0}",
        "{'expiresInSeconds': '5'}",
        "{'expiresInSeconds': 99999999999}",
    };
    struct api *a = *state;
    char id[48], path[80], token_id[48];
    const json_t *shown;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(api(a, "POST", "nodeTokens", bad[i]), 400);
    strcpy(id, api_join(a));
    api_get(a, 200, "nodeTokens");
    assert_null(strstr(buf_text(&a->res.body), a->node_token));
    assert_null(strstr(buf_text(&a->res.body), "hash"));
    shown = json_array_get(json_object_get(a->answer, "items"), 0);
    assert_string_equal(model_str(shown, "nodeId"), id);
    strcpy(token_id, model_str(shown, "id"));
    /* Who joined with a token goes with it. */
    snprintf(path, sizeof(path), "nodeTokens/%s", token_id);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 401);
    assert_int_equal(api_join_as(a, "n", ""), 401);
    assert_int_equal(api(a, "DELETE", path, NULL), 404);
    /* And the node is free for the next one. */
    api_make_token(a, NULL);
    assert_int_equal(api_join_as(a, "n", ""), 200);
    assert_string_equal(api_str(a, "id"), id);
}

/* The record in the store decides, whatever is in memory. text NULL: without the member; member
 * NULL: the record goes. */
static void change_token(struct api *a, const char *member, const char *text)
{
    struct store *store = a->control->store;
    struct store_query query = {.collection = "nodeTokens", .region = "r1"};
    struct store_page page = {0};
    struct store_op op = {.expect = STORE_ANY};
    json_t *record;
    char *value;

    assert_int_equal(store_list(store, &query, &page), 0);
    record = json_loads(page.items[0].value, 0, NULL);
    if (text)
        json_object_set_new(record, member, json_string(text));
    else if (member)
        json_object_del(record, member);
    value = json_dumps(record, 0);
    op.kind = member ? STORE_PUT : STORE_DELETE;
    op.key = (struct store_key){"nodeTokens", "r1", page.items[0].id};
    op.value = member ? value : NULL;
    assert_int_equal(store_commit_one(store, &op, 1), 0);
    free(value);
    json_decref(record);
    store_page_done(&page);
}

/* A token of the version before has neither roles nor an owner. */
static void test_a_token_of_the_version_before(void **state)
{
    struct api *a = *state;
    char id[48];

    strcpy(id, api_make(a, "nodes", "{'name': 'n'}"));
    api_make_token(a, NULL);
    change_token(a, "roles", NULL);
    assert_int_equal(api_join_as(a, "n", ""), 200);
    assert_string_equal(api_str(a, "id"), id);
    assert_int_equal(api_join_as(a, "m", ""), 403);
}

static void test_an_expired_token(void **state)
{
    struct api *a = *state;
    char id[48];

    api_make_token(a, "{'expiresInSeconds': 3600}");
    assert_true(strlen(api_str(a, "expiresAt")) > 0);
    assert_int_equal(api_join_as(a, "n", ""), 201);
    strcpy(id, api_str(a, "id"));
    change_token(a, "expiresAt", "2001-01-01T00:00:00.000Z");
    assert_int_equal(api_join_as(a, "n", ""), 401);
    assert_non_null(strstr(api_str(a, "detail"), "expired"));
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200); /* who joined stays */
    change_token(a, NULL, NULL); /* as another ropewayd of the same store would */
    assert_int_equal(api_join_as(a, "n", ""), 401);
}

/* ---- certificates ---- */

static int renew(struct api *a, const char *id, EVP_PKEY *key)
{
    struct buf request = {0};
    json_t *body;
    char *text;

    pki_request(key, key, &request);
    body = json_pack("{s:s}", "certificateRequest", buf_text(&request));
    text = json_dumps(body, 0);
    api_node(a, "POST", id, "certificate", text);
    free(text);
    json_decref(body);
    buf_done(&request);
    return a->status;
}

static void test_renewal(void **state)
{
    struct api *a = *state;
    struct buf before = {0};
    EVP_PKEY *key = pki_key(PKI_P384);
    char id[48];

    strcpy(id, api_join(a));
    copy_certificate(a, &before);
    assert_int_equal(api_node(a, "POST", id, "certificate", "{}"), 400);
    assert_int_equal(api_node(a, "POST", id, "certificate", "{\"name\": \"x\"}"), 400);
    assert_int_equal(renew(a, id, key), 200);
    pki_der(api_str(a, "certificate"), &a->certificate);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    /* The same key again: either certificate will do. */
    copy_certificate(a, &before);
    assert_int_equal(renew(a, id, key), 200);
    pki_der(api_str(a, "certificate"), &a->certificate);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    use_certificate(a, &before);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    api_get(a, 200, "//v1/auditLog?action=renewCertificate&actor=node");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 2);
    api_get(a, 200, "//v1/auditLog?action=join&actor=nodeToken");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 1);
    EVP_PKEY_free(key);
    buf_done(&before);
}

static void test_another_regions_certificate(void **state)
{
    struct api *a = *state;
    struct authority *own = NULL;
    struct certificate_claim claim;
    struct buf pem = {0};
    EVP_PKEY *key = pki_key(PKI_P256);
    uint64_t now_us = clock_realtime_us();
    char id[48];

    strcpy(id, api_join(a));
    assert_int_equal(authority_new("r1", now_us, &own), 0);
    assert_int_equal(authority_sign(own, key, id, now_us, 3600, &pem, &claim), 0);
    pki_der(buf_text(&pem), &a->certificate);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 401);
    buf_clear(&a->certificate);
    buf_puts(&a->certificate, "rubbish");
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 401);
    authority_unref(own);
    buf_done(&pem);
    EVP_PKEY_free(key);
}

/* What was verified once is looked at anew when the authority is another, and when time is up. */
static void test_verified_is_not_for_ever(void **state)
{
    struct api *a = *state;
    struct store *store = a->control->store;
    struct store_key key = {"authorities", "r1", "r1"};
    struct store_op op = {.kind = STORE_PUT, .key = key, .expect = STORE_ANY};
    struct store_item item = {0};
    struct principal who;
    enum words_code why;
    char id[48];

    strcpy(id, api_join(a));
    assert_int_equal(credentials_check(a->control, a->certificate.data, a->certificate.len,
                                       clock_realtime_us(), &who, &why),
                     0);
    assert_string_equal(who.id, id);
    assert_int_equal(credentials_check(a->control, a->certificate.data, a->certificate.len,
                                       clock_realtime_us() + 31 * UINT64_C(86400000000), &who,
                                       &why),
                     -EACCES);
    assert_int_equal(why, WORDS_REQUEST_CERTIFICATE_EXPIRED);
    assert_int_equal(store_get(store, &key, &item), 0);
    op.value = "{}";
    assert_int_equal(store_commit_one(store, &op, 1), 0);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 401);
    op.value = item.value;
    assert_int_equal(store_commit_one(store, &op, 1), 0);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    op.kind = STORE_DELETE;
    op.value = NULL;
    assert_int_equal(store_commit_one(store, &op, 1), 0);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 401);
    /* The next join makes another authority. */
    assert_int_equal(api_join_as(a, "n", ""), 200);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    store_item_done(&item);
}

struct at_once {
    struct api *api;
    pthread_barrier_t begin;
};

static void *check_at_once(void *arg)
{
    struct at_once *all = arg;
    struct api *a = all->api;
    struct principal who;
    enum words_code why;

    pthread_barrier_wait(&all->begin);
    return credentials_check(a->control, a->certificate.data, a->certificate.len,
                             clock_realtime_us(), &who, &why) == 0
               ? a
               : NULL;
}

/* None of them has read the authority before the others: what each remembers of it is let go again,
 * which the sanitizer sees. */
static void test_nodes_that_come_at_once(void **state)
{
    struct api *a = *state;
    struct at_once all = {.api = a};
    pthread_t threads[8];

    (void)api_join(a);
    assert_int_equal(pthread_barrier_init(&all.begin, NULL, ARRAY_SIZE(threads)), 0);
    for (int round = 0; round < 20; round++) {
        credentials_done(&a->control->credentials);
        assert_int_equal(credentials_init(&a->control->credentials), 0);
        for (int again = 0; again < 2; again++) {
            for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, check_at_once, &all), 0);
            for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
                void *passed;

                assert_int_equal(pthread_join(threads[i], &passed), 0);
                assert_ptr_equal(passed, a);
            }
        }
    }
    pthread_barrier_destroy(&all.begin);
}

static void test_only_the_node_itself_shows_that_it_lives(void **state)
{
    struct api *a = *state;
    char id[48], path[96];

    api_make_token(a, NULL);
    assert_int_equal(api_join_as(a, "n", ""), 201);
    strcpy(id, api_str(a, "id"));
    assert_string_equal(api_str(a, "status"), "unknown");
    assert_int_equal(api(a, "POST", "nodes", "{'name': 'n', 'address': '192.0.2.7'}"), 200);
    assert_string_equal(api_str(a, "status"), "unknown");
    api_get(a, 200, "nodes/%s/desired", id);
    snprintf(path, sizeof(path), "nodes/%s/status", id);
    assert_int_equal(api(a, "POST", path, "{}"), 403);
    api_get(a, 200, "nodes/%s", id);
    assert_string_equal(api_str(a, "status"), "unknown");
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    api_get(a, 200, "nodes/%s", id);
    assert_string_equal(api_str(a, "status"), "online");
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_doors),
        T(test_an_old_node_is_told_what_to_do),
        T(test_the_operators_door_is_not_for_nodes),
        T(test_joining_twice_is_once),
        T(test_a_token_belongs_to_one_node),
        T(test_refusals),
        T(test_roles_are_the_admins),
        T(test_a_node_that_was_announced),
        T(test_tokens),
        T(test_a_token_of_the_version_before),
        T(test_an_expired_token),
        T(test_renewal),
        T(test_another_regions_certificate),
        T(test_verified_is_not_for_ever),
        T(test_nodes_that_come_at_once),
        T(test_only_the_node_itself_shows_that_it_lives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
