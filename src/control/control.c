#include "control_internal.h"

#include <stdlib.h>

/* One request from beginning to end, and the life of the whole. */

#define PRUNE_INTERVAL_US (600 * UINT64_C(1000000))

int control_new(struct store *store, const char *state_dir, struct control **ret)
{
    struct control *c = calloc(1, sizeof(*c));
    int r;

    if (!c) {
        store_close(store);
        return -ENOMEM;
    }
    c->store = store;
    c->audit_days = CONTROL_AUDIT_DAYS;
    pthread_mutex_init(&c->lock, NULL);
    r = secrets_load_key(state_dir, c->seal_key);
    if (r == 0)
        r = auth_load(&c->auth, store, state_dir);
    if (r == 0)
        r = status_init(&c->status, c);
    if (r < 0) {
        control_free(c);
        return r;
    }
    *ret = c;
    return 0;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    plans_done(c);
    cache_done(c);
    status_done(&c->status);
    auth_done(&c->auth);
    json_decref(c->openapi);
    store_close(c->store);
    crypto_wipe(c->seal_key, sizeof(c->seal_key));
    pthread_mutex_destroy(&c->lock);
    free(c);
}

const char *control_admin_token(const struct control *c)
{
    return c->auth.admin_token;
}

void control_keep_audit(struct control *c, unsigned days)
{
    c->audit_days = MIN(days, CONTROL_AUDIT_DAYS_MAX);
}

struct store *control_store(struct control *c)
{
    return c->store;
}

static bool is_open(const struct uri *uri)
{
    return uri->segment_count == 1 && strcmp(uri->segments[0], "healthz") == 0;
}

/* 0, or negative with the error filled in. */
static int authenticate(struct call *call)
{
    auth_check(&call->c->auth, call->req->authorization, &call->who);
    if (call->who.kind != PRINCIPAL_NONE)
        return 0;
    respond_header(call->res, "WWW-Authenticate", "Bearer realm=\"ropeway\"");
    return model_error_set(&call->error, 401, "unauthorized", NULL, NULL,
                           call->req->authorization
                               ? "The token is not known here. Send Authorization: Bearer TOKEN."
                               : "A token is needed. Send Authorization: Bearer TOKEN; the admin's "
                                 "is in admin.token in the state directory.");
}

static int refuse_uri(struct call *call)
{
    return model_error_set(&call->error, 400, "malformed", NULL, NULL,
                           "The path or query is too long, has an empty part or too many parts, "
                           "is badly percent-encoded, or is not plain UTF-8 text.");
}

static void finish(struct call *call, int r)
{
    if (r < 0 && call->error.status == 0) {
        log_error("%s %s: %s", call->req->method, call->req->uri, strerror(-r));
        r = model_error_set(&call->error, r == -ENOSPC ? 507 : 500, "internal", NULL, NULL,
                            "The server could not carry this out: %s. Nothing was changed.",
                            strerror(-r));
    }
    if (r < 0)
        respond_error(call->res, &call->error);
    if (call->res->status)
        call->c
            ->requests[MIN((size_t)call->res->status / 100, ARRAY_SIZE(call->c->requests) - 1)]++;
    model_error_done(&call->error);
    json_decref(call->body);
    json_decref(call->region_object);
}

void control_handle(struct control *c, const struct control_request *req,
                    struct control_response *res)
{
    struct call call = {.c = c, .req = req, .res = res};
    bool parsed;
    int r;

    pthread_mutex_lock(&c->lock);
    call.now_us = clock_realtime_us();
    parsed = uri_parse(req->uri, &call.uri) == 0;
    if (parsed && is_open(&call.uri)) {
        r = respond_json(&call, 200, json_pack("{s:s}", "status", "ok"));
    } else {
        /* Who has no token learns nothing else, not even that the path is wrong. */
        r = authenticate(&call);
        if (r == 0)
            r = parsed ? router_run(&call) : refuse_uri(&call);
    }
    finish(&call, r);
    pthread_mutex_unlock(&c->lock);
}

bool control_refuse_early(struct control *c, const struct control_request *req,
                          struct control_response *res)
{
    struct call call = {.c = c, .req = req, .res = res};
    bool refused;

    pthread_mutex_lock(&c->lock);
    refused =
        (uri_parse(req->uri, &call.uri) < 0 || !is_open(&call.uri)) && authenticate(&call) < 0;
    if (refused)
        finish(&call, -EACCES);
    pthread_mutex_unlock(&c->lock);
    return refused;
}

void control_tick(struct control *c)
{
    uint64_t now_us = clock_realtime_us();

    pthread_mutex_lock(&c->lock);
    status_expire(c, clock_monotonic_us());
    audit_prune(c, now_us);
    if (now_us - c->last_prune_us > PRUNE_INTERVAL_US) {
        idempotency_prune(c, now_us);
        c->last_prune_us = now_us;
    }
    pthread_mutex_unlock(&c->lock);
}
