#include "http.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MAX        (64U << 20)
#define CONNECT_TIMEOUT_S 5L

struct http {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t *timer; /* of its own, since closing it is not over when http is freed */
    struct list requests;
    char *base;                  /* "https://host:port" */
    char *unix_path;             /* or NULL */
    char *ca_file;               /* or NULL */
    struct buf certificate, key; /* PEM; empty: none */
};

struct request {
    struct list link;
    struct http *http;
    bool plain; /* without TLS */
    CURL *easy;
    struct curl_slist *headers;
    struct buf in, out;
    char error[CURL_ERROR_SIZE];
    http_done *done;
    void *arg;
};

/* What is asked, beside the path. */
struct question {
    const char *method, *token, *body;
    bool plain;
    unsigned timeout_s;
};

static int ask(struct http *http, const char *path, const struct question *q, http_done *done,
               void *arg);

/* A socket of curl's that the loop watches. */
struct watch {
    uv_poll_t poll;
    curl_socket_t fd;
    struct http *http;
};

/* ---- one request ---- */

static void request_free(struct http *http, struct request *r)
{
    if (r->easy) {
        curl_multi_remove_handle(http->multi, r->easy);
        curl_easy_cleanup(r->easy);
    }
    for (struct curl_slist *h = r->headers; h; h = h->next)
        explicit_bzero(h->data, strlen(h->data)); /* the token is among them */
    curl_slist_free_all(r->headers);
    buf_wipe(&r->in);
    buf_wipe(&r->out);
    list_remove(&r->link);
    free(r);
}

static size_t take_bytes(char *data, size_t size, size_t n, void *arg)
{
    struct request *r = arg;

    if (r->in.len + size * n > ANSWER_MAX)
        return 0; /* curl ends the transfer */
    buf_add(&r->in, data, size * n);
    return r->in.failed ? 0 : size * n;
}

/* Hands the answer out: the request is over. */
static void finish(struct http *http, struct request *r, int status, const char *error)
{
    struct http_answer answer = {
        .status = status, .error = error, .body = buf_text(&r->in), .len = r->in.len};

    r->done(r->arg, &answer);
    request_free(http, r);
}

/* ---- who is there? ---- */

/* The operators' socket knows /healthz without TLS. */
static void on_probed(void *arg, const struct http_answer *answer)
{
    struct request *r = arg;
    char why[HTTP_WHY_MAX];

    if (answer->status)
        (void)text_printf(
            why, sizeof(why),
            "%s is ropewayd's socket for operators; nodes come to nodes.sock beside it",
            r->http->unix_path);
    finish(r->http, r, 0, answer->status ? why : r->error);
}

/* Somebody at the unix socket with whom TLS fails is perhaps the wrong one: asks without it. */
static bool probe(struct request *r, CURLcode code)
{
    static const struct question question = {
        .method = "GET", .plain = true, .timeout_s = (unsigned)CONNECT_TIMEOUT_S};

    if (!r->http->unix_path || r->plain ||
        (code != CURLE_SSL_CONNECT_ERROR && code != CURLE_OPERATION_TIMEDOUT))
        return false;
    if (!r->error[0])
        (void)text_copy(r->error, sizeof(r->error), curl_easy_strerror(code));
    return ask(r->http, "/healthz", &question, on_probed, r) == 0;
}

/* The answers are handed out after curl has let go of the handle: a callback may start another. */
static void finish_done(struct http *http)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(http->multi, &left))) {
        CURLcode code = msg->data.result;
        struct request *r;
        long status = 0;

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&r);
        curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
        if (code == CURLE_OK)
            finish(http, r, (int)status, "");
        else if (!probe(r, code))
            finish(http, r, 0, r->error[0] ? r->error : curl_easy_strerror(code));
    }
}

/* ---- curl on the loop ---- */

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *w = container_of(poll, struct watch, poll);
    struct http *http = w->http;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) | (status < 0 ? CURL_CSELECT_ERR : 0);
    int running;

    curl_multi_socket_action(http->multi, w->fd, flags, &running);
    finish_done(http);
}

static void on_timer(uv_timer_t *timer)
{
    struct http *http = timer->data;
    int running;

    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_done(http);
}

static void free_watch(uv_handle_t *handle)
{
    free(container_of((uv_poll_t *)handle, struct watch, poll));
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct http *http = arg;
    struct watch *w = socket_arg;
    int events = (what == CURL_POLL_IN || what == CURL_POLL_INOUT ? UV_READABLE : 0) |
                 (what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? UV_WRITABLE : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w) {
            uv_poll_stop(&w->poll);
            uv_close((uv_handle_t *)&w->poll, free_watch);
            curl_multi_assign(http->multi, fd, NULL);
        }
        return 0;
    }
    if (!w) {
        w = calloc(1, sizeof(*w));
        if (!w)
            return -1;
        if (uv_poll_init_socket(http->loop, &w->poll, fd) < 0) {
            free(w);
            return -1;
        }
        w->fd = fd;
        w->http = http;
        curl_multi_assign(http->multi, fd, w);
    }
    return uv_poll_start(&w->poll, events, on_poll) < 0 ? -1 : 0;
}

static int on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
    struct http *http = arg;

    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(http->timer);
    else
        uv_timer_start(http->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

/* ---- life ---- */

static int set_api(struct http *http, const char *api, const char *ca_file)
{
    if (text_starts_with(api, "unix:") && api[5] == '/') {
        http->unix_path = strdup(api + 5);
        http->base = strdup("https://localhost");
    } else if (text_starts_with(api, "https://") && api[8]) {
        http->base = strdup(api);
    } else {
        return -EINVAL; /* a token does not travel in clear */
    }
    if (ca_file)
        http->ca_file = strdup(ca_file);
    return http->base && (!ca_file || http->ca_file) ? 0 : -ENOMEM;
}

int http_new(uv_loop_t *loop, const char *api, const char *ca_file, struct http **ret)
{
    struct http *http = calloc(1, sizeof(*http));
    int r;

    if (!http)
        return -ENOMEM;
    http->loop = loop;
    list_init(&http->requests);
    r = set_api(http, api, ca_file);
    if (r == 0 && curl_global_init(CURL_GLOBAL_DEFAULT))
        r = -ENOMEM;
    if (r == 0) {
        http->multi = curl_multi_init();
        http->timer = calloc(1, sizeof(*http->timer));
        r = http->multi && http->timer ? uv_timer_init(loop, http->timer) : -ENOMEM;
    }
    if (r < 0) {
        free(http->timer);
        http->timer = NULL;
        http_free(http);
        return r;
    }
    http->timer->data = http;
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    *ret = http;
    return 0;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void http_free(struct http *http)
{
    if (!http)
        return;
    list_for_each_safe (r, &http->requests, struct request, link)
        request_free(http, r);
    if (http->multi)
        curl_multi_cleanup(http->multi);
    if (http->timer)
        uv_close((uv_handle_t *)http->timer, free_handle);
    free(http->base);
    free(http->unix_path);
    free(http->ca_file);
    buf_done(&http->certificate);
    buf_wipe(&http->key);
    free(http);
}

/* ---- start ---- */

static void add_header(struct request *r, struct buf *line)
{
    struct curl_slist *longer = line->failed ? NULL : curl_slist_append(r->headers, buf_text(line));

    if (longer)
        r->headers = longer;
    else
        r->out.failed = true; /* looked at once, before the request starts */
    buf_wipe(line);
}

static void set_body(struct request *r, const char *body)
{
    struct buf type = {0};

    buf_puts(&type, "Content-Type: application/json");
    add_header(r, &type);
    buf_puts(&r->out, body);
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->out.len);
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, buf_text(&r->out));
}

static void set_blob(CURL *easy, CURLoption option, const struct buf *pem)
{
    struct curl_blob blob = {.data = pem->data, .len = pem->len, .flags = CURL_BLOB_COPY};

    curl_easy_setopt(easy, option, &blob);
}

/* Given as bytes, so that curl keeps no connection that was made with another certificate. */
static void set_tls(struct http *http, struct request *r)
{
    if (http->certificate.len) {
        set_blob(r->easy, CURLOPT_SSLCERT_BLOB, &http->certificate);
        set_blob(r->easy, CURLOPT_SSLKEY_BLOB, &http->key);
    }
    if (http->ca_file)
        curl_easy_setopt(r->easy, CURLOPT_CAINFO, http->ca_file);
    if (http->unix_path) {
        /* Who may make a socket at this path is root or ropewayd's own user: the path is trusted as
         * it was when it carried plain HTTP. TLS is there for our certificate. */
        curl_easy_setopt(r->easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(r->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

static void set_options(struct http *http, struct request *r, const char *url,
                        const struct question *q)
{
    curl_easy_setopt(r->easy, CURLOPT_URL, url);
    curl_easy_setopt(r->easy, CURLOPT_PROTOCOLS_STR, q->plain ? "http" : "https");
    if (http->unix_path)
        curl_easy_setopt(r->easy, CURLOPT_UNIX_SOCKET_PATH, http->unix_path);
    set_tls(http, r);
    curl_easy_setopt(r->easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(r->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(r->easy, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    curl_easy_setopt(r->easy, CURLOPT_TIMEOUT, (long)q->timeout_s);
    curl_easy_setopt(r->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(r->easy, CURLOPT_ERRORBUFFER, r->error);
    curl_easy_setopt(r->easy, CURLOPT_PRIVATE, r);
    curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
}

static int ask(struct http *http, const char *path, const struct question *q, http_done *done,
               void *arg)
{
    struct request *r = calloc(1, sizeof(*r));
    struct buf url = {0}, auth = {0};
    int result = -ENOMEM;

    if (!r)
        return -ENOMEM;
    list_init(&r->link);
    list_append(&http->requests, &r->link);
    r->http = http;
    r->plain = q->plain;
    r->done = done;
    r->arg = arg;
    r->easy = curl_easy_init();
    buf_printf(&url, "%s%s", q->plain ? "http://localhost" : http->base, path);
    if (q->token) {
        buf_printf(&auth, "Authorization: Bearer %s", q->token);
        add_header(r, &auth);
    }
    if (r->easy && !url.failed) {
        set_options(http, r, buf_text(&url), q);
        if (q->body)
            set_body(r, q->body);
        curl_easy_setopt(r->easy, CURLOPT_CUSTOMREQUEST, q->method);
        curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->headers);
        if (!r->out.failed && curl_multi_add_handle(http->multi, r->easy) == CURLM_OK)
            result = 0;
    }
    buf_done(&url);
    if (result < 0)
        request_free(http, r);
    return result;
}

int http_start(struct http *http, const char *method, const char *path, const char *body,
               unsigned timeout_s, http_done *done, void *arg)
{
    struct question q = {.method = method, .body = body, .timeout_s = timeout_s};

    return ask(http, path, &q, done, arg);
}

int http_start_with_token(struct http *http, const char *token, const char *method,
                          const char *path, const char *body, unsigned timeout_s, http_done *done,
                          void *arg)
{
    struct question q = {.method = method, .token = token, .body = body, .timeout_s = timeout_s};

    return ask(http, path, &q, done, arg);
}

void http_set_credential(struct http *http, const struct buf *certificate, const struct buf *key)
{
    buf_clear(&http->certificate);
    buf_wipe(&http->key);
    if (!certificate)
        return;
    buf_add(&http->certificate, certificate->data, certificate->len);
    buf_add(&http->key, key->data, key->len);
    if (http->certificate.failed || http->key.failed)
        http_set_credential(http, NULL, NULL); /* refused, then it joins again */
}

void http_describe(const struct http_answer *answer, char *ret, size_t size)
{
    json_t *problem = answer->status ? json_loadb(answer->body, answer->len, 0, NULL) : NULL;
    const char *detail = json_string_value(json_object_get(problem, "detail"));

    if (answer->status)
        (void)text_printf(ret, size, "status %d%s%.280s", answer->status, detail ? ": " : "",
                          detail ? detail : "");
    else
        (void)text_printf(ret, size, "%s", answer->error);
    json_decref(problem);
}
