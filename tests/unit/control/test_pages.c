#include "api.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "still.h"

/* The web console's files: which folders are taken, and how requests for them, and for other things
 * that stay as they are, are answered. */

/* ---- folders ---- */

static char dir[64];

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void put(const char *name, const void *data, size_t len)
{
    FILE *f = fopen(path_of(name), "w");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

#define INDEX "<!doctype html><title>Ropeway</title>"

static char script[6000];

static int make_folder(void **state)
{
    memset(script, 'x', sizeof(script) - 1);
    strcpy(dir, "/tmp/ropeway-pages-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(mkdir(path_of("assets"), 0755), 0);
    put_text("index.html", INDEX);
    put_text("assets/main-AAAA.js", script);
    put_text("assets/main-AAAA.js.gz", "no gzip at all");
    put_text("assets/tiny.txt", "?");
    put_text("assets/style-BBBB.css", "body { color: red }");
    put_text("assets/.hidden", "");
    put_text("secret", "not to be seen");
    return api_setup(state);
}

static int remove_folder(void **state)
{
    char command[96];

    snprintf(command, sizeof(command), "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
    return api_teardown(state);
}

static int with_console(void **state)
{
    struct api *a;

    make_folder(state);
    a = *state;
    return control_console(a->control, dir);
}

/* What becomes of the folder with one thing wrong. */
static int load(void)
{
    struct pages *p = NULL;
    int r = pages_load(dir, &p);

    assert_true(r == 0 || !p);
    pages_free(p);
    return r;
}

static void test_odd_folders(void **state)
{
    static const char *const odd[] = {"assets/program.exe", "assets/none", "assets/js",
                                      "assets/x.js.bak"};
    char name[PAGES_NAME_MAX + 16] = "assets/";
    struct pages *p = NULL;

    (void)state;
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(load(), 0);
    for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
        put_text(odd[i], "x");
        assert_int_equal(load(), -EPROTONOSUPPORT);
        assert_int_equal(unlink(path_of(odd[i])), 0);
    }
    memset(name + 7, 'n', PAGES_NAME_MAX - 3);
    strcpy(name + 7 + PAGES_NAME_MAX - 3, ".js");
    put_text(name, "as long as may be");
    assert_int_equal(load(), 0);
    strcpy(name + 7 + PAGES_NAME_MAX - 3, "n.js");
    put_text(name, "one more");
    assert_int_equal(load(), -EPROTONOSUPPORT);
    assert_int_equal(unlink(path_of(name)), 0);

    assert_int_equal(symlink("../secret", path_of("assets/link.js")), 0);
    assert_int_equal(load(), -EINVAL);
    assert_int_equal(unlink(path_of("assets/link.js")), 0);
    assert_int_equal(mkfifo(path_of("assets/pipe.js"), 0600), 0);
    assert_int_equal(load(), -EINVAL);
    assert_int_equal(unlink(path_of("assets/pipe.js")), 0);
    assert_int_equal(mkdir(path_of("assets/folder.js"), 0700), 0);
    assert_int_equal(load(), -EINVAL);
    assert_int_equal(rmdir(path_of("assets/folder.js")), 0);
    assert_int_equal(load(), 0);

    assert_int_equal(unlink(path_of("index.html")), 0);
    assert_int_equal(load(), -ENODATA);
    assert_int_equal(pages_load("/nonexistent/console", &p), -ENOENT);
    assert_int_equal(pages_load(path_of("secret"), &p), -ENOTDIR);
}

static void test_limits(void **state)
{
    char name[32];

    (void)state;
    log_set_level(LOG_ERROR + 1);
    put_text("assets/large.js", "");
    assert_int_equal(truncate(path_of("assets/large.js"), PAGES_FILE_MAX), 0);
    assert_int_equal(load(), 0);
    assert_int_equal(truncate(path_of("assets/large.js"), PAGES_FILE_MAX + 1), 0);
    assert_int_equal(load(), -EFBIG);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "assets/large%d.js", i);
        put_text(name, "");
        assert_int_equal(truncate(path_of(name), PAGES_FILE_MAX), 0);
    }
    assert_int_equal(unlink(path_of("assets/large.js")), 0);
    assert_int_equal(load(), -E2BIG); /* the index comes on top */
    assert_int_equal(unlink(path_of("assets/large0.js")), 0);
    assert_int_equal(load(), 0);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "assets/large%d.js", i + 1);
        assert_int_equal(unlink(path_of(name)), 0);
    }
    for (int i = 0; i < PAGES_FILES_MAX - 3; i++) { /* three are there */
        snprintf(name, sizeof(name), "assets/f%d.css", i);
        put_text(name, "");
    }
    assert_int_equal(load(), 0);
    put_text("assets/last.css", "");
    assert_int_equal(load(), -E2BIG);
}

/* ---- requests ---- */

static int get(struct api *a, const char *method, const char *uri, const char *encoding)
{
    struct control_request req = {.method = method, .uri = uri, .accept_encoding = encoding};

    return api_request(a, &req);
}

static bool body_is(const struct api *a, const char *text)
{
    return a->res.body.len == strlen(text) &&
           memcmp(buf_text(&a->res.body), text, strlen(text)) == 0;
}

static void test_pages(void **state)
{
    struct api *a = *state;
    static const char *const paths[] = {"/", "/index.html", "/?from=mail", "/%69ndex.html"};

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        assert_int_equal(get(a, "GET", paths[i], NULL), 200);
        assert_true(body_is(a, INDEX));
    }
    assert_string_equal(a->res.content_type, "text/html; charset=utf-8");
    assert_string_equal(api_header(a, "Cache-Control"), "no-cache");
    assert_string_equal(api_header(a, "Vary"), "Accept-Encoding");
    assert_string_equal(api_header(a, "Content-Encoding"), "");
    assert_true(a->res.any_language);
    assert_int_equal(get(a, "GET", "/assets/main-AAAA.js", NULL), 200);
    assert_true(body_is(a, script));
    assert_string_equal(a->res.content_type, "text/javascript; charset=utf-8");
    assert_string_equal(api_header(a, "Cache-Control"), "public, max-age=31536000, immutable");
    assert_int_equal(get(a, "HEAD", "/assets/style-BBBB.css", NULL), 200); /* the server cuts it */
    assert_true(body_is(a, "body { color: red }"));
    assert_string_equal(a->res.content_type, "text/css; charset=utf-8");
}

/* Nothing but what is in the table, however it is asked for. */
static void test_nothing_else(void **state)
{
    static const struct {
        const char *method, *uri;
        int status;
    } cases[] = {
        {"GET", "/assets/nothing.js", 404},
        {"GET", "/assets/..%2Fsecret", 404},
        {"GET", "/assets/..%2Findex.html", 404},
        {"GET", "/assets/..", 404},
        {"GET", "/assets/.hidden", 404},
        {"GET", "/assets/main-AAAA.js.gz", 404},
        {"GET", "/assets/index.html", 404},
        {"GET", "/assets/../secret", 401},
        {"GET", "/secret", 401},
        {"GET", "/../secret", 401},
        {"GET", "/assets", 401},
        {"GET", "/assets/", 401},
        {"GET", "/assets/main-AAAA.js/more", 401},
        {"GET", "/assets/%00", 401},
        {"GET", "/v1/regions", 401},
        {"GET", "/openapi.json", 401},
        {"POST", "/", 405},
        {"DELETE", "/assets/tiny.txt", 405},
        {"get", "/", 405},
    };
    struct api *a = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (get(a, cases[i].method, cases[i].uri, NULL) != cases[i].status)
            fail_msg("%s %s: %d", cases[i].method, cases[i].uri, a->status);
        assert_string_equal(a->res.content_type, "application/problem+json");
        assert_string_equal(api_header(a, "Allow"), a->status == 405 ? "GET, HEAD" : "");
    }
}

static void test_not_for_nodes(void **state)
{
    struct api *a = *state;
    struct control_request req = {.method = "GET", .uri = "/", .tls = true, .for_nodes = true};

    assert_int_equal(api_request(a, &req), 401); /* on their socket */
    assert_true(control_refuse_early(a->control, &req, &a->res));
    req.for_nodes = false;
    assert_int_equal(api_request(a, &req), 200);
    assert_false(control_refuse_early(a->control, &req, &a->res));
    req.authorization = "Bearer nonsense"; /* nobody asks for it */
    assert_int_equal(api_request(a, &req), 200);
}

static void test_without_console(void **state)
{
    struct api *a = *state;

    assert_int_equal(control_console(a->control, "/nonexistent/console"), -ENOENT);
    assert_int_equal(get(a, "GET", "/", NULL), 404);
    assert_non_null(strstr(api_str(a, "detail"), "--console DIR"));
    assert_int_equal(get(a, "GET", "/assets/main-AAAA.js", NULL), 404);
    assert_int_equal(get(a, "GET", "/healthz", NULL), 200);
}

static void inflate_body(const struct api *a, const char *expected)
{
    z_stream z = {.next_in = a->res.body.data, .avail_in = (uInt)a->res.body.len};
    uint8_t plain[2 * sizeof(script)];

    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    z.next_out = plain;
    z.avail_out = sizeof(plain);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, strlen(expected));
    assert_memory_equal(plain, expected, strlen(expected));
    assert_int_equal(z.avail_in, 0);
    inflateEnd(&z);
}

static void test_gzip(void **state)
{
    struct api *a = *state;

    assert_int_equal(get(a, "GET", "/assets/main-AAAA.js", "br, gzip"), 200);
    assert_string_equal(api_header(a, "Content-Encoding"), "gzip");
    assert_string_equal(api_header(a, "Vary"), "Accept-Encoding");
    assert_true(a->res.body.len < 200);
    inflate_body(a, script);
    assert_int_equal(get(a, "GET", "/assets/main-AAAA.js", "br, gzip;q=0"), 200);
    assert_string_equal(api_header(a, "Content-Encoding"), "");
    assert_true(body_is(a, script));
    assert_int_equal(get(a, "GET", "/assets/tiny.txt", "gzip"), 200); /* it would only grow */
    assert_string_equal(api_header(a, "Content-Encoding"), "");
    assert_string_equal(api_header(a, "Vary"), "Accept-Encoding");
    assert_true(body_is(a, "?"));
}

static void test_revalidation(void **state)
{
    struct api *a = *state;
    char etag[64], first[64], other[200];
    struct control_request req = {.method = "GET", .uri = "/", .if_none_match = etag};
    struct pages *again = NULL;

    get(a, "GET", "/", "gzip");
    strcpy(etag, api_header(a, "ETag"));
    strcpy(first, etag);
    assert_int_equal(api_request(a, &req), 304);
    assert_int_equal(a->res.body.len, 0);
    assert_string_equal(api_header(a, "ETag"), etag);
    assert_string_equal(api_header(a, "Cache-Control"), "no-cache");
    assert_string_equal(api_header(a, "Vary"), "Accept-Encoding");
    snprintf(other, sizeof(other), "\"x,y\" , %s", etag);
    req.if_none_match = other;
    req.method = "HEAD";
    assert_int_equal(api_request(a, &req), 304);
    req.uri = "/assets/style-BBBB.css";
    assert_int_equal(api_request(a, &req), 200);
    /* Another index has another one. */
    put_text("index.html", INDEX "!");
    assert_int_equal(pages_load(dir, &again), 0);
    pages_free(a->control->pages);
    a->control->pages = again;
    req = (struct control_request){.method = "GET", .uri = "/", .if_none_match = first};
    assert_int_equal(api_request(a, &req), 200);
    assert_string_not_equal(api_header(a, "ETag"), first);
}

/* ---- documents ---- */

static void test_documents(void **state)
{
    static const char *const uris[] = {"/openapi.json", "/v1/messages"};
    struct api *a = *state;
    char bearer[160], etag[64], zh[64];
    struct control_request req = {.method = "GET", .authorization = bearer};

    snprintf(bearer, sizeof(bearer), "Bearer %s", control_admin_token(a->control));
    for (size_t i = 0; i < ARRAY_SIZE(uris); i++) {
        size_t plain;

        req = (struct control_request){
            .method = "GET", .uri = uris[i], .authorization = bearer, .lang = WORDS_EN};
        assert_int_equal(api_request(a, &req), 200);
        assert_non_null(a->answer);
        assert_string_equal(api_header(a, "Cache-Control"), "no-cache");
        assert_string_equal(api_header(a, "Vary"), "Accept-Language, Accept-Encoding");
        assert_false(a->res.any_language);
        strcpy(etag, api_header(a, "ETag"));
        plain = a->res.body.len;
        req.accept_encoding = "gzip";
        assert_int_equal(api_request(a, &req), 200);
        assert_string_equal(api_header(a, "Content-Encoding"), "gzip");
        assert_string_equal(api_header(a, "ETag"), etag);
        assert_true(a->res.body.len < plain / 3);
        req.if_none_match = etag;
        assert_int_equal(api_request(a, &req), 304);
        req.lang = WORDS_ZH;
        assert_int_equal(api_request(a, &req), 200);
        strcpy(zh, api_header(a, "ETag"));
        assert_string_not_equal(zh, etag);
        req.authorization = NULL; /* it is for those who have a token, even to say "304" */
        req.if_none_match = zh;
        assert_int_equal(api_request(a, &req), 401);
    }
}

/* ---- headers ---- */

static void test_accept_encoding(void **state)
{
    static const struct {
        const char *text;
        bool gzip;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"gzip", true},
        {"GZip", true},
        {"x-gzip", true},
        {"gzip, deflate, br, zstd", true},
        {"deflate,gzip", true},
        {" , ,gzip", true},
        {"gzip;q=1.0", true},
        {"gzip;q=0.001", true},
        {"gzip ; Q=0.5", true},
        {"*", true},
        {"identity, *;q=0.5", true},
        {"gzip;q=0", false},
        {"gzip;q=0.000", false},
        {"gzip;q=0., *", false},
        {"*, gzip;q=0", false},
        {"*;q=0, gzip", true},
        {"*;q=0", false},
        {"identity", false},
        {"br", false},
        {"gzipped", false},
        {"gzi", false},
        {"gzip;q=", false},
        {"gzip;q=x", false},
        {"gzip;level=9", false},
        {"gzip;q=0, gzip;q=1", true},
        {"gzip;", true},
        {";q=1", false},
        {"\t,", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (still_takes_gzip(cases[i].text) != cases[i].gzip)
            fail_msg("%s", cases[i].text);
    }
}

static void test_if_none_match(void **state)
{
    static const struct {
        const char *text;
        bool known;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"*", true},
        {"  *", true},
        {"W/\"abc\"", true},
        {"\"abc\"", true},
        {"\"x\", W/\"abc\"", true},
        {"\"x,W/\",\"abc\"", true},
        {"\"ab\"", false},
        {"\"abcd\"", false},
        {"abc", false},
        {"\"abc", false},
        {"W/abc", false},
        {"w/\"abc\"", false},
        {"x \"abc\"", false},
        {"\"x\" W/", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (still_is_known(cases[i].text, "W/\"abc\"") != cases[i].known)
            fail_msg("%s", cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_odd_folders, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_limits, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_pages, with_console, remove_folder),
        cmocka_unit_test_setup_teardown(test_nothing_else, with_console, remove_folder),
        cmocka_unit_test_setup_teardown(test_not_for_nodes, with_console, remove_folder),
        cmocka_unit_test_setup_teardown(test_without_console, api_setup, api_teardown),
        cmocka_unit_test_setup_teardown(test_gzip, with_console, remove_folder),
        cmocka_unit_test_setup_teardown(test_revalidation, with_console, remove_folder),
        cmocka_unit_test_setup_teardown(test_documents, api_setup, api_teardown),
        cmocka_unit_test(test_accept_encoding),
        cmocka_unit_test(test_if_none_match),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
