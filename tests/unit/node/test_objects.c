/* Pages of the desired state go into the set that a node holds. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#include "documents.h"
#include "objects.h"

#include "../said.h"

struct seen {
    unsigned put, changed, gone;
};

static struct objects set;
static struct seen seen;
static struct objects_page result;
static struct desired_error err;

static void on_put(void *arg, struct object *o, const void *before)
{
    struct seen *s = arg;

    s->put++;
    s->changed += o->value != before;
}

static void on_gone(void *arg, struct object *o)
{
    (void)o;
    ((struct seen *)arg)->gone++;
}

static const struct objects_calls calls = {on_put, on_gone};

static int setup(void **state)
{
    (void)state;
    objects_init(&set);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    objects_done(&set);
    return 0;
}

/* Takes the page over. */
static int take(json_t *page)
{
    int r;

    seen = (struct seen){0};
    err.text[0] = 0;
    r = objects_take(&set, page, &calls, &seen, &result, &err);
    json_decref(page);
    return r;
}

static void begin(void)
{
    json_t *doc = document_make();

    assert_int_equal(take(document_page(doc, "a", 10)), 0);
    assert_false(result.differs);
    json_decref(doc);
}

/* A page that follows: nothing in it yet, with the digest of what is held. */
static json_t *follow(uint64_t version)
{
    json_t *none = json_object(), *page = document_page(none, "a", version);
    char digest[17];

    snprintf(digest, sizeof(digest), "%016" PRIx64, set.sum);
    document_set(page, "reset", "false");
    json_object_set_new(page, "digest", json_string(digest));
    json_decref(none);
    return page;
}

/* Puts an object of the document, changed at the path. The digest is right. */
static void put(json_t *page, const char *key, const char *path, const char *json, uint64_t version)
{
    json_t *doc = document_make(), *value;
    const char *slash = strchr(key, '/');
    const struct object *o =
        objects_find(&set, desired_type_of(key, (size_t)(slash - key)), slash + 1);

    if (path)
        document_set(doc, path, json);
    value = json_object_get(doc, key);
    document_put(page, key, version, document_hash(value) - (o ? o->hash : 0), value);
    if (o) { /* the digest counts the difference, the object has its whole hash */
        json_t *list = json_object_get(page, "put");
        char hex[17];

        snprintf(hex, sizeof(hex), "%016" PRIx64, document_hash(value));
        json_object_set_new(json_array_get(list, json_array_size(list) - 1), "hash",
                            json_string(hex));
    }
    json_decref(doc);
}

static const struct object *tunnel(void)
{
    return objects_find(&set, DESIRED_TUNNEL, "vpntun-aaaaaaaaaa");
}

static const char *since(void)
{
    static char text[160];

    objects_since(&set, text, sizeof(text));
    return text;
}

static void test_a_listing_and_a_change(void **state)
{
    char want[96];
    json_t *page;

    (void)state;
    assert_string_equal(since(), "");
    begin();
    assert_int_equal(set.count, 8);
    assert_int_equal(seen.changed, 8);
    snprintf(want, sizeof(want), "since=a:10&digest=%016" PRIx64 "&", set.sum);
    assert_string_equal(since(), want);

    page = follow(11);
    put(page, DOC_TUNNEL, DOC_TUNNEL " mtu", "1300", 11);
    assert_int_equal(take(page), 0);
    assert_false(result.differs);
    assert_int_equal(seen.put, 1);
    assert_int_equal(((const struct desired_tunnel *)tunnel()->value)->dataplane.mtu, 1300);
    assert_int_equal(tunnel()->version, 11);
    assert_int_equal(set.revision, 11);

    page = follow(12); /* again the same: another version, nothing to do */
    put(page, DOC_TUNNEL, DOC_TUNNEL " mtu", "1300", 12);
    assert_int_equal(take(page), 0);
    assert_int_equal(seen.put, 1);
    assert_int_equal(seen.changed, 0);
    assert_int_equal(tunnel()->version, 12);
}

static void test_what_a_listing_does_not_name_is_gone(void **state)
{
    json_t *doc = document_make(), *first, *second;

    (void)state;
    begin();
    document_set(doc, DOC_INSTANCE, NULL);
    first = document_page(doc, "b", 3);
    second = document_page(doc, "b", 4);
    document_set(first, "more", "true");
    json_array_clear(json_object_get(first, "put"));
    document_set(second, "reset", "false");
    assert_int_equal(take(first), 0);
    assert_true(result.more);
    assert_int_equal(set.count, 8); /* not before the last page */
    assert_string_equal(since(), "since=b:3&");
    assert_int_equal(take(second), 0);
    assert_int_equal(seen.gone, 1);
    assert_int_equal(seen.changed, 0);
    assert_int_equal(set.count, 7);
    assert_false(result.differs);
    json_decref(doc);
}

static void test_a_deleted_object_goes(void **state)
{
    json_t *page;
    char digest[19];

    (void)state;
    begin();
    page = follow(11);
    snprintf(digest, sizeof(digest), "\"%016" PRIx64 "\"", set.sum - tunnel()->hash);
    document_set(page, "gone", "[\"" DOC_TUNNEL "\", \"tunnel/never-there\"]");
    document_set(page, "digest", digest);
    assert_int_equal(take(page), 0);
    assert_int_equal(seen.gone, 1);
    assert_false(result.differs);
    assert_null(tunnel());
}

static void test_another_digest_is_noticed(void **state)
{
    json_t *page;

    (void)state;
    begin();
    page = follow(11);
    document_set(page, "digest", "\"1\"");
    assert_int_equal(take(page), 0);
    assert_true(result.differs);
    objects_begin_anew(&set);
    assert_string_equal(since(), "");
    assert_int_equal(take(follow(12)), -EBADMSG); /* that is not what was asked for */
    begin();
    assert_int_equal(seen.changed, 0);
}

/* A restart of ropewayd costs nothing if it plans the same. */
static void test_the_same_in_another_epoch(void **state)
{
    json_t *page;

    (void)state;
    begin();
    page = follow(700);
    document_set(page, "epoch", "\"b\"");
    assert_int_equal(take(page), 0);
    assert_true(result.adopted);
    assert_int_equal(seen.put, 0);
    assert_string_equal(set.epoch, "b");
    assert_int_equal(tunnel()->version, 700);

    page = follow(701);
    document_set(page, "epoch", "\"c\"");
    document_set(page, "digest", "\"77\"");
    assert_int_equal(take(page), 0);
    assert_true(result.differs);
    assert_string_equal(set.epoch, "b");
}

static void test_one_bad_object_among_good_ones(void **state)
{
    json_t *doc = document_make(), *page;

    (void)state;
    document_set(doc, DOC_TUNNEL " ike encryption", "[\"rot13\"]");
    json_object_set_new(doc, "wormhole/w-1", json_object());
    assert_int_equal(take(document_page(doc, "a", 10)), 0);
    assert_false(result.differs); /* it is held, though it cannot be used */
    assert_int_equal(set.count, 9);
    assert_int_equal(seen.changed, 7);
    assert_null(tunnel()->value);
    assert_said(tunnel()->error, "node.algorithm-unknown", "\"rot13\" is unknown to this node");
    json_decref(doc);

    page = follow(11); /* it is mended */
    put(page, DOC_TUNNEL, NULL, NULL, 11);
    assert_int_equal(take(page), 0);
    assert_null(tunnel()->error);
    assert_non_null(tunnel()->value);

    page = follow(12); /* and spoilt: what was in force stays so */
    put(page, DOC_TUNNEL, DOC_TUNNEL " mtu", "-1", 12);
    assert_int_equal(take(page), 0);
    assert_int_equal(seen.changed, 0);
    assert_non_null(tunnel()->value);
    assert_said(tunnel()->error, "node.field-range", "mtu: -1 is not in 0 to 65535");
    assert_int_equal(tunnel()->version, 12);
}

static void test_older_generations_are_refused(void **state)
{
    json_t *page;

    (void)state;
    begin();
    page = follow(11);
    put(page, DOC_GATEWAY, DOC_GATEWAY " generation", "5", 11);
    assert_int_equal(take(page), 0);
    page = follow(12);
    put(page, DOC_GATEWAY, DOC_GATEWAY " generation", "4", 12);
    assert_int_equal(take(page), 0);
    assert_int_equal(seen.changed, 0);
    assert_said(objects_find(&set, DESIRED_GATEWAY, "bgw-a")->error, "node.generation-passed",
                "generation: 4 is older than 5, which this node has seen: refused");
    assert_int_equal(
        desired_generation(DESIRED_GATEWAY, objects_value(&set, DESIRED_GATEWAY, "bgw-a")), 5);

    page = follow(13); /* an address that was here in a later generation */
    put(page, DOC_ADDRESS, DOC_ADDRESS " generation", "9", 13);
    assert_int_equal(take(page), 0);
    page = follow(14);
    put(page, DOC_TUNNEL, DOC_TUNNEL " generation", "8", 14);
    assert_int_equal(take(page), 0);
    assert_said(
        tunnel()->error, "node.address-generation-passed",
        "generation: 8 is older than 9, which this node has seen of address 198.51.100.1: refused");
}

static void test_generations_outlive_their_objects(void **state)
{
    json_t *page;

    (void)state;
    begin();
    page = follow(11);
    put(page, DOC_GATEWAY, DOC_GATEWAY " generation", "5", 11);
    assert_int_equal(take(page), 0);
    page = follow(12);
    document_set(page, "gone", "[\"" DOC_GATEWAY "\"]");
    assert_int_equal(take(page), 0);
    page = follow(13);
    put(page, DOC_GATEWAY, DOC_GATEWAY " generation", "4", 13);
    assert_int_equal(take(page), 0);
    assert_null(objects_value(&set, DESIRED_GATEWAY, "bgw-a"));
    page = follow(14);
    put(page, DOC_GATEWAY, DOC_GATEWAY " generation", "5", 14);
    assert_int_equal(take(page), 0);
    assert_non_null(objects_value(&set, DESIRED_GATEWAY, "bgw-a"));
}

/* What is no page changes nothing. */
static void test_no_page(void **state)
{
    static const struct {
        const char *path, *json, *reason;
    } rows[] = {
        {"epoch", NULL, "epoch: is missing"},
        {"epoch", "\"a&b\"", "epoch: \"a&b\" is none"},
        {"epoch", "\"\"", "epoch: \"\" is none"},
        {"epoch", "\"b\"", "epoch: changed without reset"},
        {"version", "\"12\"", "version: is no whole number"},
        {"version", "9", "version: went back from 10 to 9"},
        {"revision", NULL, "revision: is missing"},
        {"reset", "0", "reset: is not true or false"},
        {"more", NULL, "more: is missing"},
        {"put", "{}", "put: is no list"},
        {"put", "[7]", "an object has no key that can be used"},
        {"put", "[{\"key\": \"tunnel\"}]", "an object has no key that can be used"},
        {"put", "[{\"key\": \"tunnel/a b\"}]", "an object has no key that can be used"},
        {"put", "[{\"key\": \"tunnel/a\", \"hash\": \"0\"}]", "version: is missing"},
        {"put", "[{\"key\": \"tunnel/a\", \"version\": 1}]", "hash: is missing"},
        {"put", "[{\"key\": \"tunnel/a\", \"version\": 1, \"hash\": \"0x\"}]",
         "hash: \"0x\" is no hexadecimal number"},
        {"gone", "[\"/\"]", "an object has no key that can be used"},
        {"digest", NULL, "digest: is missing"},
        {"digest", "\"12345678123456781\"", "digest: is longer than 16 characters"},
    };

    (void)state;
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *page = follow(12);

        put(page, DOC_TUNNEL, DOC_TUNNEL " mtu", "1300", 12);
        document_set(page, rows[i].path, rows[i].json);
        if (take(page) != -EBADMSG || strcmp(said(err.text), rows[i].reason) != 0)
            fail_msg("%s = %s: %s", rows[i].path, rows[i].json, said(err.text));
        assert_int_equal(seen.put, 0);
        assert_int_equal(set.version, 10);
    }
    assert_int_equal(take(json_array()), -EBADMSG);
}

static void test_a_document_of_an_older_ropewayd(void **state)
{
    (void)state;
    begin();
    assert_int_equal(take(json_pack("{s:i, s:[], s:[], s:[], s:[]}", "revision", 9,
                                    "cloudAddresses", "instances", "tables", "tunnels")),
                     -ENOENT);
    assert_int_equal(set.count, 8);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_a_listing_and_a_change),
        CASE(test_what_a_listing_does_not_name_is_gone),
        CASE(test_a_deleted_object_goes),
        CASE(test_another_digest_is_noticed),
        CASE(test_the_same_in_another_epoch),
        CASE(test_one_bad_object_among_good_ones),
        CASE(test_older_generations_are_refused),
        CASE(test_generations_outlive_their_objects),
        CASE(test_no_page),
        CASE(test_a_document_of_an_older_ropewayd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
