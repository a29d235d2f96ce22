#include "../model/world.h"
#include "cli_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Requests as they go over a unix socket: a server that keeps what it was sent and answers a
 * script. */

struct server {
    char dir[32];
    struct sockaddr_un addr;
    int fd;
    pthread_t thread;
    const char *answer;
    char got[8192];
};

/* Reads until the head and as much body as it announces are there. */
static void read_request(struct server *s, int fd)
{
    size_t len = 0, want = 0;

    while (len < sizeof(s->got) - 1) {
        ssize_t n = read(fd, s->got + len, sizeof(s->got) - 1 - len);
        char *end, *length;

        if (n <= 0)
            return;
        len += (size_t)n;
        s->got[len] = 0;
        end = strstr(s->got, "\r\n\r\n");
        length = strcasestr(s->got, "content-length:");
        if (length)
            want = (size_t)atoi(length + strlen("content-length:"));
        if (end && len >= (size_t)(end + 4 - s->got) + want)
            return;
    }
}

static void *serve_one(void *arg)
{
    struct server *s = arg;
    int fd = accept(s->fd, NULL, NULL);

    if (fd < 0)
        return NULL;
    read_request(s, fd);
    if (write(fd, s->answer, strlen(s->answer)) < 0)
        s->got[0] = 0;
    close(fd);
    return NULL;
}

static int setup(void **state)
{
    static struct server s;

    s = (struct server){.addr = {.sun_family = AF_UNIX}};
    strcpy(s.dir, "/tmp/ropeway-http-XXXXXX");
    assert_non_null(mkdtemp(s.dir));
    snprintf(s.addr.sun_path, sizeof(s.addr.sun_path), "%s/s", s.dir);
    s.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(0, bind(s.fd, (struct sockaddr *)&s.addr, sizeof(s.addr)));
    assert_int_equal(0, listen(s.fd, 4));
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    struct server *s = *state;

    close(s->fd);
    unlink(s->addr.sun_path);
    rmdir(s->dir);
    return 0;
}

static int ask_at(struct server *s, const char *method, const char *path, const json_t *body,
                  const char *if_match, struct cli_answer *ret)
{
    struct buf api = {0}, reason = {0};
    struct cli cli = {.token = "secret-token", .key = "once"};
    int r;

    buf_printf(&api, "unix:%s", s->addr.sun_path);
    cli.api = buf_text(&api);
    assert_int_equal(0, pthread_create(&s->thread, NULL, serve_one, s));
    r = cli_http_request(&cli, method, path, body, if_match, ret, &reason);
    pthread_join(s->thread, NULL);
    assert_int_equal(r<0, reason.len> 0);
    cli_http_done(&cli);
    buf_done(&reason);
    buf_done(&api);
    return r;
}

static int ask(struct server *s, const char *method, const json_t *body, const char *if_match,
               struct cli_answer *ret)
{
    return ask_at(s, method, "/v1/regions/a%20b", body, if_match, ret);
}

/* Deleting the token ".." of a region must not become deleting the region. */
static void test_paths_stay_as_they_are(void **state)
{
    struct server *s = *state;
    struct cli_answer answer = {0};

    s->answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(0, ask_at(s, "DELETE", "/v1/regions/r1/nodeTokens/..", NULL, NULL, &answer));
    assert_non_null(strstr(s->got, "DELETE /v1/regions/r1/nodeTokens/.. HTTP/1.1\r\n"));
    assert_int_equal(404, answer.status);
}

static void test_what_is_sent(void **state)
{
    struct server *s = *state;
    struct cli_answer answer = {0};
    json_t *body = json_pack("{s:s}", "name", "索道");

    s->answer = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\": 1}";
    assert_int_equal(0, ask(s, "PATCH", body, "\"7\"", &answer));
    assert_int_equal(200, answer.status);
    assert_int_equal(1, model_int(answer.body, "a", 0));
    assert_non_null(strstr(s->got, "PATCH /v1/regions/a%20b HTTP/1.1\r\n"));
    assert_non_null(strstr(s->got, "Authorization: Bearer secret-token\r\n"));
    assert_non_null(strstr(s->got, "Accept-Language: en\r\n"));
    assert_non_null(strstr(s->got, "Content-Type: application/merge-patch+json\r\n"));
    assert_non_null(strstr(s->got, "If-Match: \"7\"\r\n"));
    assert_non_null(strstr(s->got, "Idempotency-Key: once\r\n"));
    assert_null(strstr(s->got, "Expect:"));
    assert_non_null(strstr(s->got, "\r\n\r\n{\"name\":\"索道\"}"));
    json_decref(answer.body);
    json_decref(body);
}

static int take_none(void *arg, const char *name, const char *data, const char *id)
{
    (void)arg;
    (void)name;
    (void)data;
    (void)id;
    return 0;
}

/* Requests and streams say what their user reads. */
static void test_languages(void **state)
{
    static const struct cli_events events = {take_none, NULL};
    struct server *s = *state;

    for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
        for (int follow = 0; follow < 2; follow++) {
            struct buf api = {0}, reason = {0}, want = {0};
            struct cli cli = {.lang = lang, .token = "t"};
            struct cli_answer answer = {0};

            buf_printf(&want, "\r\nAccept-Language: %s\r\n", words_lang_tag(lang));
            buf_printf(&api, "unix:%s", s->addr.sun_path);
            cli.api = buf_text(&api);
            s->answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
            assert_int_equal(0, pthread_create(&s->thread, NULL, serve_one, s));
            if (follow)
                assert_int_equal(
                    0, cli_http_follow(&cli, "/v1/watch", NULL, &events, &answer, &reason));
            else
                assert_int_equal(0,
                                 cli_http_request(&cli, "GET", "/", NULL, NULL, &answer, &reason));
            pthread_join(s->thread, NULL);
            assert_int_equal(404, answer.status);
            assert_non_null(strstr(s->got, buf_text(&want)));
            json_decref(answer.body);
            cli_http_done(&cli);
            buf_done(&want);
            buf_done(&reason);
            buf_done(&api);
        }
    }
}

static void test_answers(void **state)
{
    struct server *s = *state;
    static const struct {
        const char *method, *answer;
        int r;
        long status;
        bool has_body;
    } cases[] = {
        {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 0, 200, true},
        {"POST", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", 0, 201, true},
        {"DELETE", "HTTP/1.1 204 No Content\r\n\r\n", 0, 204, false},
        {"GET", "HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}", 0, 409, true},
        {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html", 0, 200, false},
        {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", -ECONNRESET, 0, false},
        {"GET", "nonsense\r\n\r\n", -ECONNREFUSED, 0, false},
        {"GET", "", -ECONNRESET, 0, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cli_answer answer = {0};

        print_message("%s %s\n", cases[i].method, cases[i].answer);
        s->answer = cases[i].answer;
        assert_int_equal(cases[i].r, ask(s, cases[i].method, NULL, NULL, &answer));
        if (cases[i].r == 0)
            assert_int_equal(cases[i].status, answer.status);
        assert_int_equal(cases[i].has_body, answer.body != NULL);
        json_decref(answer.body);
    }
}

static void test_revision_of_a_change(void **state)
{
    static const struct {
        const char *header;
        uint64_t revision;
    } cases[] = {
        {"Ropeway-Revision: 4711\r\n", 4711},
        {"ropeway-revision:12 \r\n", 12},
        {"ETag: \"3\"\r\nROPEWAY-REVISION: 9223372036854775807\r\n", INT64_MAX},
        {"", 0},
        {"Ropeway-Revision:\r\n", 0},
        {"Ropeway-Revision: -1\r\n", 0},
        {"Ropeway-Revision: 1x\r\n", 0},
        {"Ropeway-Revision: 99999999999999999999999999999999999999\r\n", 0},
        {"Ropeway-Revisions: 1\r\n", 0},
    };
    struct server *s = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cli_answer answer = {0};
        char text[256];

        print_message("%s\n", cases[i].header);
        (void)text_printf(text, sizeof(text), "HTTP/1.1 204 No Content\r\n%s\r\n", cases[i].header);
        s->answer = text;
        assert_int_equal(0, ask(s, "DELETE", NULL, NULL, &answer));
        assert_int_equal(cases[i].revision, answer.revision);
    }
}

static void test_nobody_there(void **state)
{
    static const struct {
        const char *api, *token_file;
        int r;
        const char *says;
        enum words_lang lang;
    } cases[] = {
        {"unix:/nonexistent/socket", NULL, -ECONNREFUSED, "/nonexistent/socket", WORDS_EN},
        {"https://127.0.0.1:1", NULL, -ECONNREFUSED, "127.0.0.1:1", WORDS_EN},
        {"http://127.0.0.1:1", NULL, -EINVAL, "--api must be", WORDS_EN},
        {"", NULL, -EINVAL, "--api must be", WORDS_EN},
        {"unix:/nonexistent/socket", "/nonexistent/token", -ENOENT, "/nonexistent/token", WORDS_EN},
        {"unix:/nonexistent/socket", NULL, -ECONNREFUSED, "unix:/nonexistent/socket无响应：",
         WORDS_ZH},
        {"", NULL, -EINVAL, "--api必须是", WORDS_ZH},
        {"unix:/x", "/nonexistent/token", -ENOENT, "无法读取/nonexistent/token中的令牌：",
         WORDS_ZH},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cli cli = {.lang = cases[i].lang,
                          .api = cases[i].api,
                          .token = cases[i].token_file ? NULL : "t",
                          .token_file = cases[i].token_file};
        struct cli_answer answer = {0};
        struct buf reason = {0};

        assert_int_equal(cases[i].r,
                         cli_http_request(&cli, "GET", "/", NULL, NULL, &answer, &reason));
        assert_null(answer.body);
        assert_non_null(strstr(buf_text(&reason), cases[i].says));
        buf_done(&reason);
        cli_http_done(&cli);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_paths_stay_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_languages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_revision_of_a_change, setup, teardown),
        cmocka_unit_test(test_nobody_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
