#include "bench.h"

#include <stdlib.h>

/* list --watch, and the events that it reads. */

static int setup(void **state)
{
    static struct bench b;

    bench_init(&b);
    *state = &b;
    return 0;
}

static int teardown(void **state)
{
    bench_done(*state);
    return 0;
}

#define PUT(id, name, more)                                                                        \
    "event: put\ndata: {'regionId':'r1','collection':'vpcs','id':'" id "','resource':{'id':'" id   \
    "','name':'" name "','cidr':'10.1.0.0/16'" more "}}\n\n"
#define LIST       "event: list\ndata: {'regionId':'r1'}\n\n"
#define LISTED     "event: listed\ndata: {'regionId':'r1','revision':3}\nid: r1@3.e.0,\n\n"
#define DELETE(id) "event: delete\ndata: {'regionId':'r1','collection':'vpcs','id':'" id "'}\n\n"

static int watch(struct bench *b, const char *const *streams, size_t count, const char *flags)
{
    b->streams = streams;
    b->stream_count = count;
    return run(b, "vpc list --region r1 --watch%s", flags);
}

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void test_a_table_and_its_changes(void **state)
{
    static const char *const streams[] = {
        LIST PUT("vpc-a", "first", "") PUT("vpc-b", "a-long-name-of-a-vpc", "") LISTED
        ": still here\n\n" PUT(
            "vpc-a", "second",
            "") "id: r1@4.e.1,\n\n"
                "event: status\ndata: {'regionId':'r1','collection':'vpcs','id':'vpc-a','status':"
                "{'observedRevision':2}}\n\n" DELETE("vpc-b") DELETE("vpc-x")};
    struct bench *b = *state;

    assert_int_equal(CLI_REFUSED, watch(b, streams, 1, ""));
    assert_non_null(strstr(b->err, "It is over."));
    assert_non_null(strstr(b->err, "the connection was cut"));
    /* Head, two, the change in the columns of the list, the deletion. */
    assert_int_equal(5, count_lines(b->out));
    assert_non_null(strstr(b->out, "first "));
    assert_non_null(strstr(b->out, "second                "));
    assert_non_null(strstr(b->out, "vpc vpc-b deleted\n"));
    assert_string_equal("/v1/watch?collection=vpcs&region=r1 -\n"
                        "/v1/watch?collection=vpcs&region=r1 r1@4.e.1,\n",
                        b->followed);
}

static void test_it_goes_on_after_a_cut(void **state)
{
    static const char *const streams[] = {
        LIST PUT("vpc-a", "first", "") PUT("vpc-b", "other", "") LISTED, NULL,
        PUT("vpc-c", "new", "") "id: r1@5.e.2,\n\n",
        /* All anew: one is gone, one came, the others look as they did. */
        LIST PUT("vpc-a", "first", "") PUT("vpc-c", "new", "") PUT("vpc-d", "last", "") LISTED};
    struct bench *b = *state;

    assert_int_equal(CLI_REFUSED, watch(b, streams, ARRAY_SIZE(streams), ""));
    assert_int_equal(4, b->sleeps);
    assert_int_equal(6, count_lines(b->out));
    assert_non_null(strstr(b->out, "vpc vpc-b deleted\n"));
    assert_non_null(strstr(b->out, "last"));
}

static void test_a_first_connection_must_come_about(void **state)
{
    static const char *const streams[] = {NULL};
    struct bench *b = *state;

    assert_int_equal(CLI_UNREACHABLE, watch(b, streams, 1, ""));
    assert_int_equal(0, b->sleeps);
}

static void test_filters(void **state)
{
    static const char *const streams[] = {LIST PUT("vpc-a", "x", "") PUT(
        "vpc-b", "y", "") LISTED PUT("vpc-b", "x", "") PUT("vpc-a", "z", "") PUT("vpc-a", "w", "")};
    struct bench *b = *state;

    assert_int_equal(CLI_REFUSED, watch(b, streams, 1, " --name x"));
    assert_int_equal(4, count_lines(b->out)); /* head, a, b, a's end */
    assert_non_null(strstr(b->out, "vpc vpc-a does not match any more\n"));
    assert_null(strstr(b->out, " y "));
    assert_int_equal(CLI_USAGE, watch(b, streams, 1, " --nonsense x"));
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel list --region r1 --watch --oper-state upp"));
    assert_int_equal(CLI_USAGE, run(b, "vpc get a --region r1 --watch"));
    assert_int_equal(CLI_USAGE, run(b, "audit --watch"));
}

#define EVENT(id, severity, resource)                                                              \
    "event: put\ndata: {'regionId': 'r1', 'collection': 'events', 'id': '" id                      \
    "', 'resource': {'id': '" id "', 'at': '2026-11-22T08:00:00.000Z', 'severity': '" severity     \
    "', 'resource': {'collection': 'vpcs', 'id': '" resource "', 'name': 'n'}, 'text': 'what', "   \
    "'textCode': 'event.x'}}\n\n"

/* Events that come again with a list are known. */
static void test_what_happened(void **state)
{
    static const char *const streams[] = {
        LIST EVENT("7", "info", "vpc-a") EVENT("8", "error", "vpc-b")
            LISTED EVENT("9", "info", "vpc-b"),
        NULL, LIST EVENT("8", "error", "vpc-b") EVENT("10", "warning", "vpc-b") LISTED};
    struct bench *b = *state;

    b->streams = streams;
    b->stream_count = ARRAY_SIZE(streams);
    assert_int_equal(CLI_REFUSED, run(b, "event list --region r1 --watch"));
    assert_int_equal(5, count_lines(b->out)); /* with the head */
    assert_non_null(strstr(b->followed, "/v1/watch?collection=events&region=r1 -\n"));
    b->streamed = 0;
    assert_int_equal(CLI_REFUSED,
                     run(b, "event list --region r1 --watch --resource vpc-b --severity warning"));
    assert_int_equal(3, count_lines(b->out));
    assert_non_null(strstr(b->out, "error     vpc-b"));
}

static void test_for_machines(void **state)
{
    static const char *const streams[] = {LIST PUT("vpc-a", "x", "") LISTED PUT("vpc-a", "y", "")
                                              DELETE("vpc-a")};
    struct bench *b = *state;
    char *line, *save = NULL;
    const char *wanted[] = {"put", "put", "delete"};
    size_t n = 0;

    assert_int_equal(CLI_REFUSED, watch(b, streams, 1, " -o json"));
    for (line = strtok_r(b->out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        json_t *doc = json_loads(line, 0, NULL);

        assert_true(n < ARRAY_SIZE(wanted));
        assert_string_equal(wanted[n++], model_str(doc, "event"));
        assert_string_equal("vpc", model_str(doc, "kind"));
        assert_string_equal("vpc-a", model_str(doc, "resource.id"));
        json_decref(doc);
    }
    assert_int_equal(3, n);
    assert_int_equal(CLI_REFUSED, watch(b, streams, 1, " -o id"));
    assert_string_equal("vpc-a\nvpc-a\n", b->out);
    assert_int_equal(CLI_REFUSED, watch(b, streams, 1, " -o yaml"));
    assert_int_equal(0, strncmp(b->out, "---\n", 4));
}

/* ---- events ---- */

struct heard {
    char text[512];
    size_t most;
};

static int note(void *arg, const char *name, const char *data, const char *id)
{
    struct heard *h = arg;
    size_t len = strlen(h->text);

    snprintf(h->text + len, sizeof(h->text) - len, "[%s|%s|%s]", name, data, id ? id : "-");
    return --h->most == 0;
}

static void test_events(void **state)
{
    static const struct {
        const char *text, *heard;
    } cases[] = {
        {"", ""},
        {"\n\n\n", ""},
        {"data: x\n", ""},
        {"data: x\n\n", "[message|x|-]"},
        {"data:x\r\n\r\n", "[message|x|-]"},
        {"event: a\ndata: 1\ndata:  2\nid: 7\n\nid: 8\n\n", "[a|1\n 2|7][message||8]"},
        {": comment\nretry: 9\nevent\ndata\n:\n\n", ""},
        {"id:\n\n", "[message||]"},
        {"event: a\nevent: b\ndata: {\"a\": \"b: c\"}\n\n", "[b|{\"a\": \"b: c\"}|-]"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t len = strlen(cases[i].text);

        for (size_t cut = 0; cut <= len; cut++) { /* in two pieces, anywhere */
            struct heard h = {.most = 100};
            const struct cli_events events = {note, &h};
            struct cli_event_reader r = {.events = &events};

            assert_int_equal(0, cli_events_read(&r, cases[i].text, cut));
            assert_int_equal(0, cli_events_read(&r, cases[i].text + cut, len - cut));
            assert_string_equal(cases[i].heard, h.text);
            cli_events_done(&r);
        }
    }
}

static void test_enough_and_too_much(void **state)
{
    struct heard h = {.most = 2};
    const struct cli_events events = {note, &h};
    struct cli_event_reader r = {.events = &events};
    static char much[1 << 20];
    int result = 0;

    (void)state;
    assert_int_equal(1, cli_events_read(&r, "data: 1\n\ndata: 2\n\ndata: 3\n\n", 27));
    assert_string_equal("[message|1|-][message|2|-]", h.text);
    cli_events_done(&r);
    r = (struct cli_event_reader){.events = &events};
    memset(much, 'x', sizeof(much));
    for (int i = 0; i < 40 && result == 0; i++)
        result = cli_events_read(&r, much, sizeof(much));
    assert_int_equal(-EMSGSIZE, result);
    cli_events_done(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#define LINE(second, text)                                                                         \
    "{'at': '2026-11-22T08:00:0" second ".000Z', 'level': 'info', 'text': '" text "'}"

/* A log that grows, loses its oldest lines, and is away in between: each line once. */
static void test_a_log_that_grows(void **state)
{
    static const char *const logs[] = {
        LINE("1", "one"),
        LINE("1", "one") "," LINE("2", "two"),
        NULL,
        LINE("2", "two") "," LINE("3", "th\\u001bree") "," LINE("4", "four"),
        LINE("2", "two") "," LINE("3", "th\\u001bree") "," LINE("4", "four"),
    };
    struct bench *b = *state;
    const char *at;

    assert_int_equal(0, run(b, "border-gateway create --region r1 --name gw"));
    assert_int_equal(0, run(b, "customer-gateway create --region r1 --name cg --addresses "
                               "192.0.2.1,192.0.2.2"));
    assert_int_equal(0, run(b, "vpn-connection create --region r1 --name c --border-gateway gw "
                               "--customer-gateway=cg"));
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --name t --vpn-connection c"));
    b->logs = logs;
    b->log_count = ARRAY_SIZE(logs);
    assert_int_equal(CLI_REFUSED, run(b, "vpn-tunnel log t --region r1 --watch"));
    assert_int_equal(5, count_lines(b->out)); /* with the head */
    assert_int_equal(5, b->sleeps);
    at = strstr(b->out, "one");
    assert_non_null(at);
    assert_non_null(strstr(at, "two"));
    assert_non_null(strstr(at, "four"));
    assert_null(strchr(b->out, 0x1b));
    b->logged = 0;
    assert_int_equal(CLI_REFUSED, run(b, "vpn-tunnel log t --region r1 --watch -o json"));
    assert_int_equal(4, count_lines(b->out));
    b->logged = b->log_count;
    assert_int_equal(CLI_REFUSED, run(b, "vpn-tunnel log t --region r1 --watch"));
    assert_int_equal(0, b->sleeps);
    b->logged = 2; /* the first answer has to come */
    assert_int_equal(CLI_UNREACHABLE, run(b, "vpn-tunnel log t --region r1 --watch"));
    b->logs = NULL;
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel log t --region r1 --watch --x y"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_table_and_its_changes),
        T(test_it_goes_on_after_a_cut),
        T(test_a_first_connection_must_come_about),
        T(test_filters),
        T(test_what_happened),
        T(test_a_log_that_grows),
        T(test_for_machines),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_enough_and_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
