#include "server_internal.h"

#include <poll.h>
#include <stdlib.h>

/* One HTTP request between libmicrohttpd and control_handle(): its body is gathered (or thrown
 * away, when it is too large), a long poll sleeps without a thread. */

/* Beyond this a body that is refused anyway is not even read to its end. */
#define THROW_AWAY_MAX (64U << 20)

void *exchange_new(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *x = calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    list_init(&x->link);
    x->server = cls;
    x->connection = connection;
    x->uri = strdup(uri);
    return x;
}

static const char *header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static struct control_request request_of(const struct exchange *x, const char *method)
{
    return (struct control_request){
        .method = method,
        .uri = x->uri ? x->uri : "",
        .body = (const char *)x->body.data,
        .body_len = x->body.len,
        .authorization = header(x, MHD_HTTP_HEADER_AUTHORIZATION),
        .content_type = header(x, MHD_HTTP_HEADER_CONTENT_TYPE),
        .if_match = header(x, MHD_HTTP_HEADER_IF_MATCH),
        .idempotency_key = header(x, "Idempotency-Key"),
        .expired = x->expired,
    };
}

/* Gives the response away. It is copied, because it is wiped here. */
static enum MHD_Result respond(struct exchange *x)
{
    const struct control_response *res = &x->res;
    struct MHD_Response *out =
        MHD_create_response_from_buffer(res->body.len, res->body.data, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result ok;

    if (!out)
        return MHD_NO;
    if (res->content_type && res->body.len)
        MHD_add_response_header(out, MHD_HTTP_HEADER_CONTENT_TYPE, res->content_type);
    MHD_add_response_header(out, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(out, "X-Content-Type-Options", "nosniff");
    for (size_t i = 0; i < res->header_count; i++)
        MHD_add_response_header(out, res->headers[i].name, res->headers[i].value);
    ok = MHD_queue_response(x->connection, (unsigned)res->status, out);
    MHD_destroy_response(out);
    return ok;
}

/* ---- long polls ---- */

/* libmicrohttpd does not look at a suspended connection; without this, clients that come and go
 * would leave theirs behind until the poll's end. */
static bool peer_has_left(const struct exchange *x)
{
    struct pollfd p = {.fd = x->peer ? x->peer->fd : -1, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0;
}

void exchange_resume(struct control_server *server, const char *region, uint64_t now_us)
{
    list_for_each_safe (x, &server->waiting, struct exchange, link) {
        bool due = server->stopping || now_us >= x->deadline_us || (!region && peer_has_left(x));

        if (!due && (!region || strcmp(region, x->res.wait.region) != 0))
            continue;
        x->expired = due;
        x->waking = true;
        server->waking++;
        list_remove(&x->link);
        MHD_resume_connection(x->connection);
    }
}

/* It sleeps again or has its answer. The lock is held. */
static void end_waking(struct exchange *x)
{
    if (!x->waking)
        return;
    x->waking = false;
    x->server->waking--;
    pthread_cond_broadcast(&x->server->wake);
}

/* Sleeps until the region moves on or the time is over; then exchange_step() is called again. */
static void suspend(struct exchange *x)
{
    struct control_server *server = x->server;
    struct store *store = control_store(server->control);

    pthread_mutex_lock(&server->lock);
    if (!x->deadline_us)
        x->deadline_us = clock_monotonic_us() + UINT64_C(1000) * x->res.wait.timeout_ms;
    if (x->peer)
        x->peer->waiting = true;
    end_waking(x);
    list_append(&server->waiting, &x->link);
    MHD_suspend_connection(x->connection);
    /* It may have moved between the answer and this list. */
    if (server->stopping || store_revision(store, x->res.wait.region) > x->res.wait.revision)
        exchange_resume(server, x->res.wait.region, 0);
    pthread_cond_signal(&server->wake);
    pthread_mutex_unlock(&server->lock);
}

static void awaken(struct exchange *x)
{
    if (!x->peer)
        return;
    pthread_mutex_lock(&x->server->lock);
    x->peer->waiting = false;
    x->peer->quiet_since_us = clock_monotonic_us();
    pthread_mutex_unlock(&x->server->lock);
}

/* ---- steps ---- */

static void find_peer(struct exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    x->peer = info ? info->socket_context : NULL;
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
    if (length && text_parse_u64(length, UINT64_MAX, &announced) < 0)
        announced = UINT64_MAX;
    refused = control_refuse_early(x->server->control, &req, &x->res);
    if (!refused && announced > CONTROL_BODY_MAX)
        x->too_large = true;
    if (x->too_large)
        control_problem(&x->res, 413, "too-large", "A body may have at most %u bytes.",
                        CONTROL_BODY_MAX);
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
        control_problem(&x->res, 413, "too-large", "A body may have at most %u bytes.",
                        CONTROL_BODY_MAX);
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
    struct control_request req;

    (void)cls, (void)connection, (void)url, (void)version;
    if (!x || !x->uri)
        return MHD_NO;
    if (!x->begun)
        return begin(x, method);
    if (*upload_size)
        return take_body(x, upload, upload_size);
    if (x->deadline_us)
        awaken(x);
    if (!x->res.status) {
        control_response_done(&x->res);
        req = request_of(x, method);
        control_handle(x->server->control, &req, &x->res);
        if (!x->res.status) {
            suspend(x);
            return MHD_YES;
        }
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
