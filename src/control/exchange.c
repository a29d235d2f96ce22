#include "server_internal.h"

#include <gnutls/gnutls.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>

/* One HTTP request between libmicrohttpd and control_handle(): its body is gathered (or thrown
 * away, when it is too large), a long poll sleeps without a thread. */

/* Beyond this a body that is refused anyway is not even read to its end. */
#define THROW_AWAY_MAX (64U << 20)
/* So often those that wait are asked whether they are still there. */
#define LOOK_US UINT64_C(1000000)

void *exchange_new(void *cls, const char *uri, struct MHD_Connection *connection)
{
    const struct server_listener *listener = cls;
    struct exchange *x = calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    list_init(&x->link);
    x->server = listener->server;
    x->listener = listener;
    x->connection = connection;
    x->uri = strdup(uri);
    return x;
}

static const char *header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

/* The certificate that the client has shown, DER. The handshake has proven that its key is there;
 * whether it is worth anything is for the control to say. Borrowed from the connection. */
static void find_certificate(const struct exchange *x, struct control_request *ret)
{
    const union MHD_ConnectionInfo *info =
        x->listener->tls
            ? MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
            : NULL;
    const gnutls_datum_t *chain;
    unsigned count = 0;

    if (!info ||
        gnutls_certificate_type_get2(info->tls_session, GNUTLS_CTYPE_CLIENT) != GNUTLS_CRT_X509)
        return;
    chain = gnutls_certificate_get_peers(info->tls_session, &count);
    if (chain && count > 0) {
        ret->client_certificate = chain[0].data;
        ret->client_certificate_len = chain[0].size;
    }
}

static enum words_lang lang_of(const struct exchange *x)
{
    return words_accepted(header(x, MHD_HTTP_HEADER_ACCEPT_LANGUAGE));
}

static struct control_request request_of(const struct exchange *x, const char *method)
{
    struct control_request req = {
        .method = method,
        .uri = x->uri ? x->uri : "",
        .body = (const char *)x->body.data,
        .body_len = x->body.len,
        .authorization = header(x, MHD_HTTP_HEADER_AUTHORIZATION),
        .content_type = header(x, MHD_HTTP_HEADER_CONTENT_TYPE),
        .if_match = header(x, MHD_HTTP_HEADER_IF_MATCH),
        .idempotency_key = header(x, "Idempotency-Key"),
        .last_event_id = header(x, "Last-Event-ID"),
        .accept = header(x, MHD_HTTP_HEADER_ACCEPT),
        .accept_encoding = header(x, MHD_HTTP_HEADER_ACCEPT_ENCODING),
        .if_none_match = header(x, MHD_HTTP_HEADER_IF_NONE_MATCH),
        .lang = lang_of(x),
        .cookie = header(x, MHD_HTTP_HEADER_COOKIE),
        .origin = header(x, "Origin"),
        .host = header(x, MHD_HTTP_HEADER_HOST),
        .tls = x->listener->tls,
        .peer = *x->address ? x->address : NULL,
        .expired = x->expired,
        .operators_only = x->listener->operators_only,
        .for_nodes = x->listener->for_nodes,
    };

    find_certificate(x, &req);
    return req;
}

/* ---- waiting, without a thread ---- */

/* libmicrohttpd does not look at a suspended connection; without this, clients that come and go
 * would leave theirs behind until the poll's end. */
static bool peer_has_left(const struct exchange *x)
{
    struct pollfd p = {.fd = x->peer ? x->peer->fd : -1, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0;
}

/* Lets one go on. The lock is held. */
static void resume(struct exchange *x)
{
    x->waking = true;
    x->server->waking++;
    list_remove(&x->link);
    MHD_resume_connection(x->connection);
}

static bool waits_for_commit(const struct exchange *x)
{
    return x->res.wait.kind == CONTROL_WAIT_COMMIT;
}

void exchange_time(struct control_server *server, uint64_t now_us)
{
    bool look = now_us >= server->looked_us + LOOK_US;

    if (look)
        server->looked_us = now_us;
    list_for_each_safe (x, &server->waiting, struct exchange, link) {
        if (server->stopping || now_us >= x->deadline_us || (look && peer_has_left(x))) {
            x->expired = true;
            resume(x);
        }
    }
}

void exchange_told(struct control_server *server, enum control_wait_kind kind, const char *region,
                   const char *node)
{
    list_for_each_safe (x, &server->waiting, struct exchange, link) {
        const struct control_wait *w = &x->res.wait;

        if (w->kind == kind && strcmp(w->node, node) == 0 && strcmp(w->region, region) == 0)
            resume(x);
    }
}

/* The commit that the answer waits for is settled; in the committer's thread. */
static void on_settled(void *arg)
{
    struct exchange *x = arg;

    pthread_mutex_lock(&x->server->lock);
    x->settled = true;
    if (!list_empty(&x->link))
        resume(x);
    pthread_mutex_unlock(&x->server->lock);
}

/* It sleeps again or has its answer. The lock is held. */
static void end_waking(struct exchange *x)
{
    if (!x->waking)
        return;
    x->waking = false;
    x->server->waking--;
    if (x->server->stopping)
        pthread_cond_broadcast(&x->server->wake); /* whoever stops it waits for the last */
}

/* Whether what it waits for has come between the answer and now. The lock is held. */
static bool is_over(const struct exchange *x)
{
    if (waits_for_commit(x))
        return x->settled;
    return x->server->stopping || control_is_over(x->server->control, &x->res.wait);
}

/* Sleeps until somebody tells or the time is over; then exchange_step() is called again. */
static void suspend(struct exchange *x)
{
    struct control_server *server = x->server;
    bool polls = !waits_for_commit(x);

    pthread_mutex_lock(&server->lock);
    if (polls && !x->deadline_us)
        x->deadline_us = clock_monotonic_us() + UINT64_C(1000) * x->res.wait.timeout_ms;
    if (x->peer)
        x->peer->waiting = true;
    end_waking(x);
    list_append(polls ? &server->waiting : &server->settling, &x->link);
    MHD_suspend_connection(x->connection);
    if (is_over(x))
        resume(x);
    if (polls)
        pthread_cond_signal(&server->wake); /* the keeper knows how long it may sleep */
    pthread_mutex_unlock(&server->lock);
}

static void awaken(struct exchange *x)
{
    pthread_mutex_lock(&x->server->lock);
    if (x->peer) {
        x->peer->waiting = false;
        x->peer->quiet_since_us = clock_monotonic_us();
    }
    pthread_mutex_unlock(&x->server->lock);
}

/* One attempt at an answer. */
static void ask(struct exchange *x, const char *method)
{
    struct control *control = x->server->control;
    struct control_request req = request_of(x, method);
    bool goes_on = x->asked && waits_for_commit(x);

    if (x->asked)
        awaken(x);
    x->asked = true;
    x->settled = false;
    if (goes_on) {
        control_go_on(control, &req, &x->res, on_settled, x);
    } else {
        control_response_done(&x->res);
        control_begin(control, &req, &x->res, on_settled, x);
    }
}

/* ---- answers without an end ---- */

#define STREAM_BLOCK (16U << 10)
/* So often a stream on which nothing happens says that it is there. */
#define BEAT_US (15 * UINT64_C(1000000))

/* It may take its time from now on. */
static void begin_streaming(struct exchange *x)
{
    pthread_mutex_lock(&x->server->lock);
    if (x->peer)
        x->peer->waiting = true;
    pthread_mutex_unlock(&x->server->lock);
    x->res.wait.kind = CONTROL_WAIT_WATCH; /* of what the answer says */
}

/* There is nothing to read: sleeps until somebody tells, unless there is by now. */
static void sleep_on(struct exchange *x)
{
    struct control_server *server = x->server;

    pthread_mutex_lock(&server->lock);
    x->deadline_us = clock_monotonic_us() + BEAT_US;
    list_append(&server->waiting, &x->link);
    MHD_suspend_connection(x->connection);
    if (server->stopping || control_stream_has_news(x->res.stream))
        resume(x);
    pthread_mutex_unlock(&server->lock);
}

/* Whether the server goes on. */
static bool awake(struct exchange *x)
{
    bool goes_on;

    pthread_mutex_lock(&x->server->lock);
    end_waking(x);
    goes_on = !x->server->stopping;
    pthread_mutex_unlock(&x->server->lock);
    if (x->expired)
        control_stream_beat(x->res.stream);
    x->expired = false;
    return goes_on;
}

static ssize_t read_stream(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct exchange *x = cls;
    ssize_t len;

    (void)pos;
    if (!awake(x))
        return MHD_CONTENT_READER_END_OF_STREAM;
    len = control_stream_read(x->res.stream, buf, max);
    if (len == 0)
        sleep_on(x);
    if (len == CONTROL_STREAM_END)
        return MHD_CONTENT_READER_END_OF_STREAM;
    return len < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : len;
}

/* ---- the answer ---- */

/* The body is copied, because it is wiped here. */
static struct MHD_Response *make_response(struct exchange *x)
{
    const struct buf *body = &x->res.body;

    if (x->res.stream && !x->only_head)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, x,
                                                 NULL);
    return MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_COPY);
}

/* Nothing inline, nothing of others, in nobody's frame. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "                   \
    "frame-ancestors 'none'"

/* Headers that every answer has, unless it says otherwise itself. */
static void add_usual_headers(const struct exchange *x, struct MHD_Response *out)
{
    const struct control_response *res = &x->res;
    const struct {
        const char *name, *value;
    } usual[] = {
        {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy", POLICY},
        {"Referrer-Policy", "no-referrer"},
        {MHD_HTTP_HEADER_CONTENT_LANGUAGE, res->any_language ? NULL : words_lang_tag(lang_of(x))},
        {MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_LANGUAGE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
        bool given = false;

        for (size_t k = 0; k < res->header_count; k++)
            given = given || strcasecmp(res->headers[k].name, usual[i].name) == 0;
        if (!given && usual[i].value)
            MHD_add_response_header(out, usual[i].name, usual[i].value);
    }
}

/* Gives the response away. */
static enum MHD_Result respond(struct exchange *x)
{
    const struct control_response *res = &x->res;
    struct MHD_Response *out = make_response(x);
    enum MHD_Result ok;

    if (!out)
        return MHD_NO;
    if (res->stream && !x->only_head)
        begin_streaming(x);
    if (res->content_type && (res->body.len || res->stream))
        MHD_add_response_header(out, MHD_HTTP_HEADER_CONTENT_TYPE, res->content_type);
    add_usual_headers(x, out);
    for (size_t i = 0; i < res->header_count; i++)
        MHD_add_response_header(out, res->headers[i].name, res->headers[i].value);
    ok = MHD_queue_response(x->connection, (unsigned)res->status, out);
    MHD_destroy_response(out);
    return ok;
}

/* ---- steps ---- */

static void find_peer(struct exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    x->peer = info ? info->socket_context : NULL;
}

static void find_address(struct exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *from = info ? info->client_addr : NULL;
    const void *at = NULL;

    if (from && from->sa_family == AF_INET)
        at = &((const struct sockaddr_in *)(const void *)from)->sin_addr;
    else if (from && from->sa_family == AF_INET6)
        at = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
    if (at)
        (void)inet_ntop(from->sa_family, at, x->address, sizeof(x->address));
}

/* With the headers only: what can be refused without its body is. */
static enum MHD_Result begin(struct exchange *x, const char *method)
{
    const char *length = header(x, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *expect = header(x, MHD_HTTP_HEADER_EXPECT);
    struct control_request req = request_of(x, method);
    uint64_t announced = 0;
    bool refused;

    x->begun = true;
    find_peer(x);
    find_address(x);
    if (length && text_parse_u64(length, UINT64_MAX, &announced) < 0)
        announced = UINT64_MAX;
    refused = control_refuse_early(x->server->control, &req, &x->res);
    if (!refused && announced > CONTROL_BODY_MAX)
        x->too_large = true;
    if (x->too_large)
        control_problem(&x->res, lang_of(x), 413, "too-large",
                        SAY(REQUEST_BODY_TOO_LARGE, CONTROL_BODY_MAX));
    /* Answering now closes the connection on a client that still sends. So do it only if the
     * client waits for a word from us, or has far too much to say. */
    if (x->res.status && (expect || announced > THROW_AWAY_MAX))
        return respond(x);
    return MHD_YES;
}

static enum MHD_Result take_body(struct exchange *x, const char *data, size_t *size)
{
    x->received += *size;
    if (x->received > THROW_AWAY_MAX)
        return MHD_NO;
    if (!x->res.status && x->received > CONTROL_BODY_MAX) {
        x->too_large = true;
        buf_wipe(&x->body);
        control_problem(&x->res, lang_of(x), 413, "too-large",
                        SAY(REQUEST_BODY_TOO_LARGE, CONTROL_BODY_MAX));
    }
    if (!x->res.status)
        buf_add(&x->body, data, *size);
    *size = 0;
    return x->body.failed ? MHD_NO : MHD_YES;
}

enum MHD_Result exchange_step(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **con_cls)
{
    struct exchange *x = *con_cls;

    (void)cls, (void)connection, (void)url, (void)version;
    if (!x || !x->uri)
        return MHD_NO;
    x->only_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (!x->begun)
        return begin(x, method);
    if (*upload_size)
        return take_body(x, upload, upload_size);
    if (!x->res.status)
        ask(x, method);
    if (!x->res.status) {
        suspend(x);
        return MHD_YES;
    }
    return respond(x);
}

void exchange_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode why)
{
    struct exchange *x = *con_cls;

    (void)cls, (void)connection, (void)why;
    *con_cls = NULL;
    if (!x)
        return;
    control_give_up(x->server->control, &x->res);
    pthread_mutex_lock(&x->server->lock);
    list_remove(&x->link);
    end_waking(x);
    if (x->peer)
        x->peer->quiet_since_us = clock_monotonic_us();
    pthread_mutex_unlock(&x->server->lock);
    control_response_done(&x->res);
    buf_wipe(&x->body);
    free(x->uri);
    free(x);
}
