#include <jansson.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"

/* One API request against a small world that has one of everything.
 *
 *     line 1: who (a: admin, o: an operator of a project of its own, v: a viewer, c: a viewer's
 *         browser, n: the node of the world, t: a node token, anything else: nobody), space,
 *         method, space, URI
 *     then header lines, "if-match: ..." and so on, an empty line, and the body
 *
 * @0 to @9 anywhere stand for the ids of the world (see world_kinds). Whatever comes in, the answer
 * is well-formed, no answer is a 5xx, who is refused has changed nothing, and a viewer never does.
 */

static const char *const world_kinds[][2] = {
    {"vpcs", "{\"cidr\": \"10.1.0.0/16\"}"},
    {"subnets", "{\"vpcId\": \"@0\", \"cidr\": \"10.1.0.0/24\"}"},
    {"instances", "{\"subnetId\": \"@1\"}"},
    {"borderGateways", "{\"asn\": 65010}"},
    {"vpcAttachments", "{\"borderGatewayId\": \"@3\", \"vpcId\": \"@0\"}"},
    {"customerGateways", "{\"addresses\": [\"192.0.2.1\", \"192.0.2.2\"]}"},
    {"vpnConnections", "{\"borderGatewayId\": \"@3\", \"customerGatewayId\": \"@5\"}"},
    {"vpnTunnels", "{\"vpnConnectionId\": \"@6\"}"},
    {"nodes", "{\"name\": \"n\", \"address\": \"192.0.2.9\"}"},
    {"borderGatewayRoutes",
     "{\"borderGatewayId\": \"@3\", \"destination\": \"10.2.0.0/16\", \"nextHop\": \"@6\"}"},
    {"subnets",
     "{\"vpcId\": \"@0\", \"cidr\": \"10.1.9.0/24\", \"interface\": \"eth1\", \"hostLimit\": 2}"},
};

static struct {
    struct control *control;
    uint64_t revision;
    char ids[ARRAY_SIZE(world_kinds)][48];
    char node_token[128], operator[128], viewer[128], cookie[160];
    bool changed;  /* beyond the region */
    EVP_PKEY *key; /* of the node */
    uint8_t certificate[2048];
    size_t certificate_len;
} world;

#define EXPECT(what)                                                                               \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "not so: %s\n", #what);                                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Copies text with ids put in. */
static void put_ids(const uint8_t *text, size_t len, struct buf *ret)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '@' && i + 1 < len && text[i + 1] >= '0' && text[i + 1] <= '9')
            buf_puts(ret, world.ids[text[++i] - '0']);
        else
            buf_add(ret, &text[i], 1);
    }
}

static void send(char who, struct control_request *req, struct control_response *res)
{
    char bearer[192];

    snprintf(bearer, sizeof(bearer), "Bearer %s",
             who == 'a'   ? control_admin_token(world.control)
             : who == 't' ? world.node_token
             : who == 'o' ? world.operator
             : who == 'v' ? world.viewer
                          : "nobody");
    req->authorization = who == 'n' || who == 'c' ? NULL : bearer;
    if (who == 'c')
        req->cookie = world.cookie;
    req->client_certificate = who == 'n' ? world.certificate : NULL;
    req->client_certificate_len = world.certificate_len;
    control_handle(world.control, req, res);
    req->authorization = NULL;
}

/* Answers a member of the created resource. */
static void make(const char *uri, const char *body, const char *member, char *ret, size_t size)
{
    struct buf text = {0};
    struct control_request req = {.method = "POST", .uri = uri, .content_type = "application/json"};
    struct control_response res = {0};
    json_t *answer;

    put_ids((const uint8_t *)body, strlen(body), &text);
    req.body = buf_text(&text);
    req.body_len = text.len;
    send('a', &req, &res);
    EXPECT(res.status == 201);
    answer = json_loads(buf_text(&res.body), 0, NULL);
    EXPECT(text_copy(ret, size, json_string_value(json_object_get(answer, member))) == 0);
    json_decref(answer);
    control_response_done(&res);
    buf_done(&text);
}

/* The node's own request for a certificate, as JSON text. */
static char *join_body(void)
{
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem, *text;
    json_t *body;
    long len;

    if (!world.key)
        world.key = EVP_EC_gen("P-256");
    EXPECT(request && bio && X509_REQ_set_pubkey(request, world.key) &&
           X509_REQ_sign(request, world.key, EVP_sha256()) && PEM_write_bio_X509_REQ(bio, request));
    len = BIO_get_mem_data(bio, &pem);
    body = json_pack("{s:s, s:s%}", "name", "n", "certificateRequest", pem, (size_t)len);
    text = json_dumps(body, 0);
    json_decref(body);
    BIO_free(bio);
    X509_REQ_free(request);
    return text;
}

/* The node of the world joins, and is known by its certificate from then on. */
static void join(void)
{
    struct control_request req = {
        .method = "POST", .uri = "/v1/regions/r/nodes", .content_type = "application/json"};
    struct control_response res = {0};
    char *body = join_body();
    uint8_t *at = world.certificate;
    json_t *answer;
    X509 *cert;
    BIO *bio;
    int len;

    req.body = body;
    req.body_len = strlen(body);
    send('t', &req, &res);
    EXPECT(res.status == 200);
    answer = json_loads(buf_text(&res.body), 0, NULL);
    bio = BIO_new_mem_buf(json_string_value(json_object_get(answer, "certificate")), -1);
    cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    len = i2d_X509(cert, NULL);
    EXPECT(len > 0 && (size_t)len <= sizeof(world.certificate) && i2d_X509(cert, &at) == len);
    world.certificate_len = (size_t)len;
    X509_free(cert);
    BIO_free(bio);
    json_decref(answer);
    control_response_done(&res);
    free(body);
}

/* It counts as online once it has called. */
static void call_in(void)
{
    char uri[96];
    struct control_request req = {.method = "GET", .uri = uri};
    struct control_response res = {0};

    snprintf(uri, sizeof(uri), "/v1/regions/r/nodes/%s/desired", world.ids[8]);
    send('n', &req, &res);
    EXPECT(res.status == 200);
    control_response_done(&res);
}

/* The viewer's browser. */
static void log_in(void)
{
    char body[192];
    struct control_request req = {
        .method = "POST", .uri = "/v1/session", .content_type = "application/json", .body = body};
    struct control_response res = {0};

    snprintf(body, sizeof(body), "{\"token\": \"%s\"}", world.viewer);
    req.body_len = strlen(body);
    control_handle(world.control, &req, &res);
    EXPECT(res.status == 201);
    for (size_t i = 0; i < res.header_count; i++) {
        if (strcmp(res.headers[i].name, "Set-Cookie") == 0)
            snprintf(world.cookie, sizeof(world.cookie), "%.*s",
                     (int)strcspn(res.headers[i].value, ";"), res.headers[i].value);
    }
    control_response_done(&res);
}

/* Moves with every commit of the region: what is refused is noted in the audit log. */
static uint64_t revision(void)
{
    return store_revision(control_store(world.control), "r");
}

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    EXPECT(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* A web console of two pages; the folder need not stay. */
static void make_console(void)
{
    char dir[] = "/tmp/ropeway-fuzz-XXXXXX", assets[64], index[64], script[64];

    EXPECT(mkdtemp(dir));
    snprintf(assets, sizeof(assets), "%s/assets", dir);
    snprintf(index, sizeof(index), "%s/index.html", dir);
    snprintf(script, sizeof(script), "%s/assets/a.js", dir);
    EXPECT(mkdir(assets, 0700) == 0);
    put_file(index, "<title>Ropeway</title>");
    put_file(script, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    EXPECT(control_console(world.control, dir) == 0);
    EXPECT(unlink(script) == 0 && unlink(index) == 0 && rmdir(assets) == 0 && rmdir(dir) == 0);
}

static void make_world(void)
{
    struct store *store;
    char uri[64], id[48];

    control_free(world.control);
    world.control = NULL;
    log_set_level(LOG_ERROR);
    EXPECT(store_open_sqlite(":memory:", true, &store) == 0);
    EXPECT(control_new(store, NULL, &world.control) == 0);
    make_console();
    make("/v1/regions", "{\"id\": \"r\", \"publicPools\": [\"198.51.100.0/28\"]}", "id", id,
         sizeof(id));
    for (size_t i = 0; i < ARRAY_SIZE(world_kinds); i++) {
        snprintf(uri, sizeof(uri), "/v1/regions/r/%s", world_kinds[i][0]);
        make(uri, world_kinds[i][1], "id", world.ids[i], sizeof(world.ids[i]));
    }
    make("/v1/regions/r/nodeTokens", "{}", "token", world.node_token, sizeof(world.node_token));
    make("/v1/tokens", "{\"role\": \"operator\", \"projectId\": \"p\"}", "token", world.operator,
         sizeof(world.operator));
    make("/v1/tokens", "{\"role\": \"viewer\"}", "token", world.viewer, sizeof(world.viewer));
    log_in();
    join();
    call_in();
    world.changed = false;
    world.revision = revision();
}

/* Cuts the next line off, as a text of its own; NULL at the empty line or the end. */
static char *next_line(char **at, char *end)
{
    char *line = *at, *stop = memchr(line, '\n', (size_t)(end - line));

    if (line == end)
        return NULL;
    *at = stop ? stop + 1 : end;
    if (stop)
        *stop = 0; /* the byte after the text is a 0 too */
    return line[0] ? line : NULL;
}

static void take_header(struct control_request *req, char *line)
{
    char *colon = strstr(line, ": ");

    if (!colon)
        return;
    *colon = 0;
    if (strcmp(line, "if-match") == 0)
        req->if_match = colon + 2;
    else if (strcmp(line, "idempotency-key") == 0)
        req->idempotency_key = colon + 2;
    else if (strcmp(line, "accept-language") == 0)
        req->lang = words_accepted(colon + 2);
    else if (strcmp(line, "cookie") == 0)
        req->cookie = colon + 2;
    else if (strcmp(line, "origin") == 0)
        req->origin = colon + 2;
    else if (strcmp(line, "host") == 0)
        req->host = colon + 2;
    else if (strcmp(line, "content-type") == 0)
        req->content_type = colon + 2;
    else if (strcmp(line, "accept-encoding") == 0)
        req->accept_encoding = colon + 2;
    else if (strcmp(line, "if-none-match") == 0)
        req->if_none_match = colon + 2;
    else if (strcmp(line, "last-event-id") == 0)
        req->last_event_id = colon + 2;
}

/* All that it has to say now: events, each with an empty line behind it. */
static void read_stream(struct control_stream *stream)
{
    char chunk[1000], end[2] = "\n\n";
    ssize_t len;

    while ((len = control_stream_read(stream, chunk, sizeof(chunk))) > 0) {
        end[0] = len > 1 ? chunk[len - 2] : end[1];
        end[1] = chunk[len - 1];
    }
    EXPECT(len == 0 && end[0] == '\n' && end[1] == '\n');
}

static bool is_gzip(const struct control_response *res)
{
    for (size_t i = 0; i < res->header_count; i++) {
        if (strcmp(res->headers[i].name, "Content-Encoding") == 0)
            return true;
    }
    return false;
}

static void check_answer(char who, const struct control_response *res)
{
    bool moved = revision() != world.revision;
    json_t *json;

    EXPECT(res->status >= 200 && res->status < 500);
    EXPECT(!moved || res->status < 300);
    EXPECT(!moved || (who != 'v' && who != 'c'));
    if (is_gzip(res)) {
        EXPECT(res->body.len > 18 && res->body.data[0] == 0x1f && res->body.data[1] == 0x8b);
    } else if (res->body.len && strstr(res->content_type, "json")) {
        json = json_loadb((const char *)res->body.data, res->body.len, 0, NULL);
        EXPECT(json);
        if (res->status >= 400)
            EXPECT(json_integer_value(json_object_get(json, "status")) == res->status &&
                   json_string_length(json_object_get(json, "detail")) > 0);
        json_decref(json);
    }
    EXPECT((res->status == 204 || res->status == 304) == !res->body.len || res->stream);
}

/* Those are for everybody. */
static bool is_page(const char *uri)
{
    return uri[0] == 0 || strcmp(uri, "/") == 0 || text_starts_with(uri, "/?") ||
           text_starts_with(uri, "/index.html") || text_starts_with(uri, "/assets/");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_request req = {.content_type = "application/json", .expired = true};
    struct control_response res = {0};
    struct buf text = {0};
    char *at, *end, *line, *space;

    if (!world.control || world.changed || world.revision != revision())
        make_world();
    put_ids(data, size, &text);
    buf_add(&text, "", 1);
    at = (char *)text.data;
    end = at + text.len - 1;
    line = next_line(&at, end);
    space = line && line[0] && line[1] == ' ' ? strchr(line + 2, ' ') : NULL;
    if (space) {
        char who = line[0];

        *space = 0;
        req.method = line + 2;
        req.uri = space + 1;
        while ((line = next_line(&at, end)))
            take_header(&req, line);
        req.body = at;
        req.body_len = (size_t)(end - at);
        send(who, &req, &res);
        check_answer(who, &res);
        if (res.stream)
            read_stream(res.stream);
        EXPECT(strchr("aovcnt", who) || res.status == 401 || strstr(req.uri, "/healthz") ||
               strstr(req.uri, "/session") || strchr(req.uri, '%') || is_page(req.uri));
        world.changed =
            res.status < 300 && strcmp(req.method, "GET") != 0 && strcmp(req.method, "HEAD") != 0;
    }
    control_response_done(&res);
    buf_done(&text);
    return 0;
}
