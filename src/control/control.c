#include "trials.h"

#include <stdlib.h>

/* One request from beginning to end. */

void control_response_done(struct control_response *res)
{
    buf_wipe(&res->body);
    control_stream_free(res->stream);
    *res = (struct control_response){0};
}

/* A request that others came before is decided anew so many times. */
#define TRIES_MAX 8

static bool is_open(const struct uri *uri)
{
    return uri->segment_count == 1 && strcmp(uri->segments[0], "healthz") == 0;
}

/* Without any lock: it answers as long as there is a process. */
static int respond_health(struct call *call)
{
    bool damaged = __atomic_load_n(&call->c->damaged, __ATOMIC_RELAXED);

    return respond_json(call, damaged ? 503 : 200,
                        json_pack("{s:s}", "status", damaged ? "damaged" : "ok"));
}

static int check_certificate(struct call *call)
{
    const struct control_request *req = call->req;
    enum words_code why = WORDS_REQUEST_CERTIFICATE_FOREIGN;
    int r = credentials_check(call->c, req->client_certificate, req->client_certificate_len,
                              call->now_us, &call->who, &why);

    if (r != -EACCES)
        return r;
    respond_header(call->res, "WWW-Authenticate", "Bearer realm=\"ropeway\"");
    return model_error_set(&call->error, 401, "unauthorized", NULL, NULL, SAY_CODE(why));
}

static int refuse_token(struct call *call, const struct words *why)
{
    respond_header(call->res, "WWW-Authenticate", "Bearer realm=\"ropeway\"");
    return model_error_set(&call->error, 401, "unauthorized", NULL, NULL, why);
}

/* A token that is over says so to whoever holds it. */
static int check_bearer(struct call *call)
{
    struct principal *who = &call->who;
    char at[CLOCK_TEXT_MAX];

    pthread_mutex_lock(&call->c->auth_lock);
    auth_check(&call->c->auth, call->req->authorization, call->now_us, who);
    pthread_mutex_unlock(&call->c->auth_lock);
    if (who->kind == PRINCIPAL_NONE)
        return refuse_token(call, SAY(REQUEST_TOKEN_UNKNOWN));
    if (who->expires_us && call->now_us >= who->expires_us)
        return refuse_token(call, SAY(REQUEST_TOKEN_EXPIRED, clock_say(who->expires_us, at)));
    return 0;
}

static int check_cookie(struct call *call, const char *cookie)
{
    uint8_t hash[CRYPTO_SHA256_LEN];
    int r = auth_hash(cookie, hash);

    if (r < 0)
        return r;
    pthread_mutex_lock(&call->c->auth_lock);
    auth_find(&call->c->auth, hash, call->now_us, &call->who);
    if (call->who.by_cookie)
        auth_use(&call->c->auth, &call->who, call->now_us);
    pthread_mutex_unlock(&call->c->auth_lock);
    if (!call->who.by_cookie) { /* a token is no cookie */
        call->who = (struct principal){0};
        return refuse_token(call, SAY(SESSION_OVER));
    }
    return 0;
}

/* 0, or negative with the error filled in. */
static int authenticate(struct call *call)
{
    char cookie[96];

    if (call->req->authorization)
        return check_bearer(call);
    if (call->req->client_certificate)
        return check_certificate(call);
    if (session_cookie(call->req->cookie, cookie, sizeof(cookie)))
        return check_cookie(call, cookie);
    return refuse_token(call, SAY(REQUEST_TOKEN_NEEDED));
}

static int refuse_uri(struct call *call)
{
    return model_error_set(&call->error, 400, "malformed", NULL, NULL, SAY(REQUEST_URI));
}

static void count(struct control *c, const struct control_response *res)
{
    size_t hundreds = MIN((size_t)res->status / 100, ARRAY_SIZE(c->requests) - 1);

    if (res->status)
        (void)__atomic_add_fetch(&c->requests[hundreds], 1, __ATOMIC_RELAXED);
}

static int describe(struct call *call, int r)
{
    log_error("%s %s: %s", call->req->method, call->req->uri, strerror(-r));
    return model_error_set(&call->error, r == -ENOSPC ? 507 : 500, "internal", NULL, NULL,
                           SAY(REQUEST_FAILED, strerror(-r)));
}

/* Keeps the answer back until its commit is settled. */
static void hold(struct call *call)
{
    struct control_response *res = call->res;

    res->commit = call->commit;
    res->held = call->again ? 0 : res->status;
    res->status = 0;
    res->wait = (struct control_wait){.kind = CONTROL_WAIT_COMMIT};
    call->commit = NULL;
    if (!call->again && call->place && res->commit->after) {
        char text[24];

        snprintf(text, sizeof(text), "%" PRIu64, snapshot_revision(res->commit->after));
        respond_header(res, "Ropeway-Revision", text);
    }
}

static void finish(struct call *call, int r)
{
    if (r < 0 && call->error.status == 0)
        r = describe(call, r);
    if (r < 0) {
        audit_refusal(call);
        respond_error(call->res, &call->error, call->lang);
        commit_unref(call->commit); /* whatever it is about, this answer is a refusal */
        call->commit = NULL;
    }
    if (call->commit)
        hold(call);
    count(call->c, call->res);
    model_error_done(&call->error);
    snapshot_unref(call->seen);
    json_decref(call->body);
    model_text_done(&call->text);
    free(call->built_in);
}

/* One attempt. */
static void attempt(struct control *c, const struct control_request *req,
                    struct control_response *res)
{
    struct call call = {
        .c = c, .req = req, .res = res, .now_us = clock_realtime_us(), .lang = req->lang};
    bool parsed = uri_parse(req->uri, &call.uri) == 0;
    int r;

    if (parsed && is_open(&call.uri)) {
        r = respond_health(&call);
    } else if (parsed && pages_are_asked(&call)) {
        r = pages_answer(&call);
    } else {
        /* Who has no token learns nothing else, not even that the path is wrong. */
        r = parsed && router_is_login(&call) ? 0 : authenticate(&call);
        if (r == 0)
            r = parsed ? router_run(&call) : refuse_uri(&call);
    }
    finish(&call, r);
}

/* The commit is settled. True: the answer is complete; false: another attempt is to be made. */
static bool settle(struct control *c, const struct control_request *req,
                   struct control_response *res, int result)
{
    unsigned tries = res->tries + 1;
    int held = res->held;

    commit_unref(res->commit);
    res->commit = NULL;
    res->wait = (struct control_wait){0};
    if (result == 0 && held) {
        res->status = held;
        count(c, res);
        return true;
    }
    control_response_done(res);
    res->tries = tries;
    if ((result == 0 || result == -ECANCELED) && tries < TRIES_MAX)
        return false;
    if (result == -ECANCELED || result == 0)
        control_problem(res, req->lang, 409, "conflict", SAY(REQUEST_RACED));
    else
        control_problem(res, req->lang, result == -ENOSPC ? 507 : 500, "internal",
                        SAY(REQUEST_NOT_STORED, strerror(-result)));
    if (result != -ECANCELED && result != 0)
        log_error("%s %s: %s", req->method, req->uri, strerror(-result));
    count(c, res);
    return true;
}

void control_handle(struct control *c, const struct control_request *req,
                    struct control_response *res)
{
    do
        attempt(c, req, res);
    while (res->commit && !settle(c, req, res, commit_wait(c, res->commit)));
}

void control_begin(struct control *c, const struct control_request *req,
                   struct control_response *res, void (*done)(void *arg), void *arg)
{
    attempt(c, req, res);
    if (res->commit)
        commit_on_done(c, res->commit, done, arg);
}

void control_go_on(struct control *c, const struct control_request *req,
                   struct control_response *res, void (*done)(void *arg), void *arg)
{
    if (!settle(c, req, res, commit_wait(c, res->commit)))
        control_begin(c, req, res, done, arg);
}

void control_give_up(struct control *c, struct control_response *res)
{
    if (!res->commit)
        return;
    commit_on_done(c, res->commit, NULL, NULL);
    commit_unref(res->commit);
    res->commit = NULL;
}

bool control_refuse_early(struct control *c, const struct control_request *req,
                          struct control_response *res)
{
    struct call call = {
        .c = c, .req = req, .res = res, .now_us = clock_realtime_us(), .lang = req->lang};

    int r;

    if (uri_parse(req->uri, &call.uri) == 0 &&
        (is_open(&call.uri) || pages_are_asked(&call) || router_is_login(&call)))
        return false;
    r = authenticate(&call);
    if (r < 0)
        finish(&call, r);
    return r < 0;
}

/* ---- waits ---- */

bool control_is_over(struct control *c, const struct control_wait *wait)
{
    struct region *r = house_find(c, wait->region);
    bool over;

    if (!r)
        return true;
    pthread_mutex_lock(&r->live);
    if (wait->kind == CONTROL_WAIT_STREAM)
        over = !r->planner || planner_version(r->planner, wait->node) != wait->seen;
    else
        over = r->news != wait->seen;
    pthread_mutex_unlock(&r->live);
    if (wait->kind == CONTROL_WAIT_STREAM)
        over |= trials_generation(c, wait->region, wait->node) != wait->seen_tests;
    return over;
}
