#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Following what is there and what changes. */

struct reader {
    struct control_stream *stream;
    struct buf text; /* what came and was not looked at yet */
};

static struct reader follow(struct api *a, const char *query, const char *last_event_id)
{
    char uri[512], bearer[128];
    struct control_request req = {.method = "GET",
                                  .uri = uri,
                                  .last_event_id = last_event_id,
                                  .authorization = bearer,
                                  .lang = a->lang};
    struct reader r = {0};

    snprintf(uri, sizeof(uri), "/v1/watch%s", query);
    snprintf(bearer, sizeof(bearer), "Bearer %s", control_admin_token(a->control));
    assert_int_equal(200, api_request(a, &req));
    assert_string_equal("text/event-stream", a->res.content_type);
    r.stream = a->res.stream;
    assert_non_null(r.stream);
    a->res.stream = NULL;
    return r;
}

static void leave(struct reader *r)
{
    control_stream_free(r->stream);
    buf_done(&r->text);
    *r = (struct reader){0};
}

static void read_more(struct reader *r)
{
    char chunk[4096];
    ssize_t len;

    while ((len = control_stream_read(r->stream, chunk, sizeof(chunk))) > 0)
        buf_add(&r->text, chunk, (size_t)len);
    assert_int_equal(0, len);
}

/* Reads until an event with this in it has come, at most ten seconds; answers all up to its end,
 * new. */
static char *until(struct reader *r, const char *wanted)
{
    for (int i = 0; i < 10000; i++) {
        char *found, *end, *all;

        read_more(r);
        found = r->text.len ? strstr(buf_text(&r->text), wanted) : NULL;
        end = found ? strstr(found, "\n\n") : NULL;
        if (end) {
            size_t len = (size_t)(end + 2 - buf_text(&r->text));

            all = strndup(buf_text(&r->text), len);
            memmove(r->text.data, r->text.data + len, r->text.len - len);
            r->text.len -= len;
            r->text.data[r->text.len] = 0;
            return all;
        }
        usleep(1000);
    }
    fail_msg("no %s in: %s", wanted, buf_text(&r->text));
    return NULL;
}

/* The last id in a text, in a buffer of its own. */
static const char *last_id(const char *text)
{
    static char id[256];
    const char *at = text, *found = NULL;

    while ((at = strstr(at, "\nid: "))) {
        found = at + 5;
        at++;
    }
    assert_non_null(found);
    snprintf(id, sizeof(id), "%.*s", (int)strcspn(found, "\n"), found);
    return id;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void test_what_is_there_and_what_changes(void **state)
{
    struct api *a = *state;
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16', 'name': 'first'}");
    struct reader r = follow(a, "", NULL);
    char path[96], *text = until(&r, "event: listed");

    assert_true(text_starts_with(text, "event: list\ndata: {\"regionId\":\"r1\"}\n\n"));
    assert_true(has(text, "event: put\ndata: {\"regionId\":\"r1\",\"collection\":\"vpcs\""));
    assert_true(has(text, "\"name\":\"first\""));
    assert_true(has(text, "\"collection\":\"routeTables\""));
    free(text);
    assert_false(control_stream_has_news(r.stream));
    snprintf(path, sizeof(path), "vpcs/%s", vpc);
    assert_int_equal(api(a, "PATCH", path, "{'name': 'second'}"), 200);
    text = until(&r, "\"name\":\"second\"");
    assert_true(has(text, "event: put"));
    free(text);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    text = until(&r, "event: delete");
    assert_true(has(text, vpc));
    free(text);
    leave(&r);
}

static void test_only_what_was_chosen(void **state)
{
    struct api *a = *state;
    struct reader r;
    char *text;

    api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    assert_int_equal(api(a, "POST", "//v1/regions", "{'id': 'r2'}"), 201);
    r = follow(a, "?region=r1&collection=vpcs&collection=customerGateways", NULL);
    text = until(&r, "event: listed");
    assert_true(has(text, "\"collection\":\"vpcs\""));
    assert_false(has(text, "routeTables"));
    assert_false(has(text, "\"collection\":\"regions\""));
    free(text);
    api_make(a, "borderGateways", "{}");
    assert_int_equal(api(a, "PATCH", "//v1/regions/r2", "{'name': 'other'}"), 200);
    api_make(a, "customerGateways", "{'addresses': ['192.0.2.1']}");
    text = until(&r, "event: put");
    assert_true(has(text, "\"collection\":\"customerGateways\""));
    assert_false(has(text, "borderGateways"));
    assert_false(has(text, "\"r2\""));
    free(text);
    leave(&r);
}

/* Whoever follows all regions follows those that come, too. */
static void test_new_regions(void **state)
{
    struct api *a = *state;
    struct reader r = follow(a, "", NULL);

    free(until(&r, "event: listed"));
    assert_int_equal(api(a, "POST", "//v1/regions", "{'id': 'r2'}"), 201);
    free(until(&r, "event: list\ndata: {\"regionId\":\"r2\"}"));
    free(until(&r, "event: put\ndata: {\"regionId\":\"r2\""));
    leave(&r);
}

static void test_bad_choices(void **state)
{
    static const struct {
        const char *query;
        int status;
        const char *field;
    } cases[] = {
        {"?collection=cars", 400, "collection"},
        {"?region=r9", 404, "region"},
        {"?colection=vpcs", 400, "colection"},
    };
    struct api *a = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char path[64];

        snprintf(path, sizeof(path), "//v1/watch%s", cases[i].query);
        assert_int_equal(api(a, "GET", path, NULL), cases[i].status);
        assert_string_equal(api_str(a, "field"), cases[i].field);
        assert_null(a->res.stream);
    }
}

/* ---- coming back ---- */

static void test_it_goes_on_where_it_was(void **state)
{
    struct api *a = *state;
    struct reader r = follow(a, "", NULL);
    char *text = until(&r, "event: listed"), id[256];

    strcpy(id, last_id(text));
    free(text);
    leave(&r);
    api_make(a, "vpcs", "{'cidr': '10.0.0.0/16', 'name': 'meanwhile'}");
    r = follow(a, "", id);
    text = until(&r, "\"name\":\"meanwhile\"");
    assert_false(has(text, "event: list"));
    assert_false(has(text, "\"collection\":\"regions\""));
    free(text);
    leave(&r);
}

/* What was kept is gone, as after a restart: only what differs from its revision is told whole. */
static void test_it_goes_on_by_revision(void **state)
{
    struct api *a = *state;
    char old[48], gone[48], path[96], id[64], *text;
    struct reader r;

    strcpy(old, api_make(a, "vpcs", "{'cidr': '10.0.0.0/16', 'name': 'old'}"));
    strcpy(gone, api_make(a, "vpcs", "{'cidr': '10.1.0.0/16', 'name': 'goes'}"));
    snprintf(id, sizeof(id), "r1@%" PRIu64 ".aaaaaaaaaaaaaaaa.7,",
             store_revision(a->control->store, "r1"));
    snprintf(path, sizeof(path), "vpcs/%s", gone);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    api_make(a, "vpcs", "{'cidr': '10.2.0.0/16', 'name': 'new'}");
    r = follow(a, "?collection=vpcs", id);
    text = until(&r, "event: listed");
    assert_false(has(text, "event: list\n"));
    assert_true(has(text, "event: delete"));
    assert_true(has(text, gone));
    assert_true(has(text, "\"name\":\"new\""));
    assert_false(has(text, "\"name\":\"old\""));
    assert_true(has(text, "event: status"));
    assert_true(has(text, old));
    free(text);
    leave(&r);
}

static void test_strange_places(void **state)
{
    static const char *const places[] = {
        "",
        ",",
        "@",
        "r1",
        "r1@",
        "r1@1",
        "r1@1.",
        "r1@1..",
        "r1@1.a.",
        "r1@x.a.1",
        "r1@1.a.x",
        "r1@-1.a.1",
        "r1@99999999.aaaaaaaaaaaaaaaa.1",
        "r1@18446744073709551616.a.1",
        "r9@1.a.1,,,@@@",
        "r1@1."
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "a.1",
    };
    struct api *a = *state;

    api_make(a, "vpcs", "{'cidr': '10.0.0.0/16', 'name': 'there'}");
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        struct reader r = follow(a, "", places[i]);
        char *text = until(&r, "event: listed");

        print_message("%s\n", places[i]);
        assert_true(has(text, "\"name\":\"there\""));
        free(text);
        leave(&r);
    }
}

/* A reader that falls behind what is kept catches up, and misses nothing. */
static void test_a_slow_reader(void **state)
{
    struct api *a = *state;
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16', 'name': 'first'}");
    struct region *region = house_find(a->control, "r1");
    struct reader r = follow(a, "?collection=vpcs&region=r1", NULL);
    char path[96], *text;

    free(until(&r, "event: listed"));
    snprintf(path, sizeof(path), "vpcs/%s", vpc);
    assert_int_equal(api(a, "PATCH", path, "{'name': 'second'}"), 200);
    for (int i = 0; i < FEED_ENTRIES + 10; i++) {
        feed_mark(region, MODEL_ROUTE_TABLE, "rtb-none", FEED_RESOURCE);
        (void)feed_flush(region);
    }
    assert_true(region->feed.first > 0);
    text = until(&r, "event: listed");
    assert_true(has(text, "\"name\":\"second\""));
    free(text);
    api_make(a, "vpcs", "{'cidr': '10.1.0.0/16', 'name': 'third'}");
    free(until(&r, "\"name\":\"third\""));
    leave(&r);
}

/* More at once than is kept. */
static void test_very_much_at_once(void **state)
{
    struct api *a = *state;
    struct region *region = house_find(a->control, "r1");
    struct reader r = follow(a, "?region=r1", NULL);

    free(until(&r, "event: listed"));
    for (int i = 0; i < FEED_ENTRIES + 10; i++) {
        char id[32];

        snprintf(id, sizeof(id), "rtb-%d", i);
        feed_mark(region, MODEL_ROUTE_TABLE, id, FEED_RESOURCE);
    }
    (void)feed_flush(region);
    api_make(a, "vpcs", "{'cidr': '10.1.0.0/16', 'name': 'after-it'}");
    free(until(&r, "\"name\":\"after-it\""));
    leave(&r);
}

/* ---- what nodes say ---- */

static void carry(struct api *a, const char *node)
{
    char body[256], epoch[32];
    long long version;

    assert_int_equal(api_node(a, "GET", node, "desired", NULL), 200);
    strcpy(epoch, api_str(a, "epoch"));
    version = model_int(a->answer, "version", 0);
    a->sequence++;
    snprintf(body, sizeof(body),
             "{\"epoch\": \"e1\", \"sequence\": %d, \"reset\": %s, \"carried\": {\"epoch\": "
             "\"%s\", \"version\": %lld}}",
             a->sequence, a->sequence == 1 ? "true" : "false", epoch, version);
    assert_int_equal(api_node(a, "POST", node, "status", body), 200);
}

static void test_what_nodes_say(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    struct reader r;
    char node[48], *text;

    strcpy(node, api_join(a));
    api_make_vpn(a, &v);
    r = follow(a, "?collection=vpnTunnels&collection=vpnConnections&collection=nodes", NULL);
    text = until(&r, "event: listed");
    assert_true(has(text, "No node has reported about it yet."));
    assert_true(has(text, "\"status\":\"false\",\"reason\":\"Pending\""));
    free(text);
    carry(a, node); /* what was pending is told once it is not */
    text = until(&r, v.tunnels[0]);
    assert_true(has(text, "event: status"));
    assert_true(has(text, "\"status\":\"true\",\"reason\":\"CarriedOut\""));
    free(text);
    api_report(a, node, &v, "up", "down");
    text = until(&r, "\"operState\":\"up\"");
    assert_false(has(text, "\"psk\""));
    free(text);
    api_report(a, node, &v, "up", "up"); /* what follows from it is told, too */
    text = until(&r, "\"operState\":\"up\"");
    assert_true(has(text, v.connection));
    assert_true(has(text, "\"highAvailability\":"));
    free(text);
    leave(&r);
}

static void test_a_beat(void **state)
{
    struct api *a = *state;
    struct reader r = follow(a, "", NULL);

    free(until(&r, "event: listed"));
    read_more(&r);
    control_stream_beat(r.stream);
    free(until(&r, ": still here"));
    leave(&r);
}

/* Those who follow hear it in their language, and resume in another if they like. */
static void test_languages(void **state)
{
    struct api *a = *state;
    struct reader en = follow(a, "?collection=vpnTunnels", NULL), zh;
    struct api_vpn v;
    char node[48];

    a->lang = WORDS_ZH;
    zh = follow(a, "?collection=vpnTunnels", NULL);
    a->lang = WORDS_EN;
    free(until(&en, "event: listed"));
    free(until(&zh, "event: listed"));
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    api_make_vpn(a, &v);
    free(until(&en, "\"lastError\":\"No node has reported about it yet.\","
                    "\"lastErrorCode\":\"state.unreported\""));
    free(until(&zh, "\"lastError\":\"尚无节点上报其状态。\","
                    "\"lastErrorCode\":\"state.unreported\""));
    api_report(a, node, &v, "up", "up");
    free(until(&en, "\"operState\":\"up\""));
    free(until(&zh, "\"operState\":\"up\"")); /* nothing to translate: the same text */
    leave(&en);
    leave(&zh);
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_what_is_there_and_what_changes),
        T(test_only_what_was_chosen),
        T(test_new_regions),
        T(test_bad_choices),
        T(test_it_goes_on_where_it_was),
        T(test_it_goes_on_by_revision),
        T(test_strange_places),
        T(test_a_slow_reader),
        T(test_very_much_at_once),
        T(test_what_nodes_say),
        T(test_a_beat),
        T(test_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
