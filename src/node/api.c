/* The conversation with ropewayd: join the region, wait for desired states, report. Whatever fails
 * is tried again, each time after a longer pause; what is known meanwhile stays in force. */
#include "node_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "cloud.h"

#define TOKEN_MAX        4096
#define POLL_WAIT_S      25
#define TIMEOUT_S        15
#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS   5000

static void join(struct node *node);
static void poll_desired(struct node *node);

/* ---- when it fails ---- */

static void on_retry(uv_timer_t *timer)
{
    struct node *node = container_of(timer, struct node, api.retry);

    if (*node->api.id)
        poll_desired(node);
    else
        join(node);
}

/* A quarter of the pause is random, so that the nodes of a region do not come back in step. */
static void retry_later(struct node *node)
{
    struct node_api *api = &node->api;
    uint64_t ms = api->backoff_ms - api->backoff_ms / 4 + random_u64() % (api->backoff_ms / 4 + 1);

    uv_timer_start(&api->retry, on_retry, ms, 0);
    api->backoff_ms = MIN(api->backoff_ms * 2, (unsigned)BACKOFF_MAX_MS);
}

static void note_success(struct node *node)
{
    struct node_api *api = &node->api;

    api->backoff_ms = BACKOFF_FIRST_MS;
    if (!api->away)
        return;
    api->away = false;
    log_info("ropewayd answers");
    api_report(node);
    /* Another node may have had them meanwhile (docs/routing.md, "When a node falls silent"). */
    cloud_announce(node->config->public_interface, node->cloud, node->n_cloud);
}

/* The sentence of a problem+json answer, or the transport's error. */
static void describe(const struct http_answer *answer, char *ret, size_t size)
{
    json_t *problem = answer->status ? json_loadb(answer->body, answer->len, 0, NULL) : NULL;
    const char *detail = json_string_value(json_object_get(problem, "detail"));

    if (answer->status)
        snprintf(ret, size, "status %d%s%.200s", answer->status, detail ? ": " : "",
                 detail ? detail : "");
    else
        snprintf(ret, size, "%s", answer->error);
    json_decref(problem);
}

static void read_token(struct node *node)
{
    struct buf *token = &node->api.token;
    int r;

    buf_wipe(token);
    r = file_read(node->config->token_file, TOKEN_MAX, token);
    if (r < 0)
        log_error("%s: %s", node->config->token_file, strerror(-r));
    while (token->len && strchr(" \r\n\t", token->data[token->len - 1]))
        token->data[--token->len] = 0;
}

static void note_failure(struct node *node, const char *what, const struct http_answer *answer)
{
    struct node_api *api = &node->api;
    char why[300];

    describe(answer, why, sizeof(why));
    if (!api->away)
        log_warn("%s: %s; what is in force stays, and this is tried again", what, why);
    else
        log_debug("%s: %s", what, why);
    api->away = true;
    api->known = 0; /* it may have another past when it comes back */
    if (answer->status == 401 || answer->status == 403)
        read_token(node); /* it may have been replaced */
    retry_later(node);
}

static int start(struct node *node, const char *method, const char *path, const char *body,
                 unsigned timeout_s, http_done *done)
{
    int r = http_start(node->api.http, method, path, buf_text(&node->api.token), body, timeout_s,
                       done, node);

    if (r < 0)
        log_error("%s %s: %s", method, path, strerror(-r));
    return r;
}

/* ---- joining ---- */

static void on_joined(void *arg, const struct http_answer *answer)
{
    struct node *node = arg;
    json_t *doc;
    const char *id;

    if (answer->status != 200 && answer->status != 201) {
        note_failure(node, "join the region", answer);
        return;
    }
    doc = json_loadb(answer->body, answer->len, 0, NULL);
    id = json_string_value(json_object_get(doc, "id"));
    if (!id || strlen(id) >= sizeof(node->api.id) ||
        id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")]) {
        log_error("join the region: the answer names no node");
        retry_later(node);
    } else {
        (void)text_copy(node->api.id, sizeof(node->api.id), id);
        log_info("joined region %s as %s (%s)", node->config->region, node->config->name, id);
        node->api.away = true; /* so that the first answer brings a status */
        note_success(node);
        poll_desired(node);
    }
    json_decref(doc);
}

static void join(struct node *node)
{
    const struct node_config *config = node->config;
    json_t *doc = json_pack("{s:s, s:s*}", "name", config->name, "address", config->address);
    char *body = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
    char path[256];

    snprintf(path, sizeof(path), "/v1/regions/%s/nodes", config->region);
    if (!body || start(node, "POST", path, body, TIMEOUT_S, on_joined) < 0)
        retry_later(node);
    free(body);
    json_decref(doc);
}

/* ---- desired state ---- */

static void take_document(struct node *node, const struct http_answer *answer)
{
    json_error_t error;
    json_t *doc = json_loadb(answer->body, answer->len, 0, &error);
    struct desired *desired;
    int r = doc ? desired_parse(doc, &desired) : -EBADMSG;

    if (r < 0)
        log_error("the desired state cannot be used: %s", doc ? strerror(-r) : error.text);
    json_decref(doc);
    if (r < 0) {
        retry_later(node);
        return;
    }
    node->api.known = desired->revision;
    node_take_desired(node, desired);
    desired_free(desired);
    poll_desired(node);
}

static void on_desired(void *arg, const struct http_answer *answer)
{
    struct node *node = arg;

    switch (answer->status) {
    case 200:
        note_success(node);
        take_document(node, answer);
        break;
    case 304:
        note_success(node);
        poll_desired(node);
        break;
    case 404: /* the node was deleted: it joins as a new one */
        log_warn("this node is unknown to its region");
        node->api.id[0] = 0;
        node->api.known = 0;
        retry_later(node);
        break;
    default:
        note_failure(node, "fetch the desired state", answer);
        break;
    }
}

static void poll_desired(struct node *node)
{
    struct node_api *api = &node->api;
    char path[320];

    snprintf(path, sizeof(path), "/v1/regions/%s/nodes/%s/desired?revision=%llu&wait=%u",
             node->config->region, api->id, (unsigned long long)api->known,
             api->known ? POLL_WAIT_S : 0);
    if (start(node, "GET", path, NULL, POLL_WAIT_S + TIMEOUT_S, on_desired) < 0)
        retry_later(node);
}

/* ---- status ---- */

static void on_reported(void *arg, const struct http_answer *answer)
{
    struct node *node = arg;
    char why[300];

    node->api.status_under_way = false;
    if (answer->status < 200 || answer->status > 299) {
        describe(answer, why, sizeof(why));
        log_debug("report the status: %s", why);
        return; /* the next periodic one brings it, or the first after ropewayd is back */
    }
    if (node->api.status_again)
        api_report(node);
}

void api_report(struct node *node)
{
    struct node_api *api = &node->api;
    char path[256], *body;
    json_t *status;

    api->status_again = api->status_under_way;
    if (api->status_under_way || !*api->id || !node->has_desired)
        return;
    if (node_is_settling(node)) {
        node_report_soon(node);
        return;
    }
    status = node_status(node, clock_realtime_us());
    body = status ? json_dumps(status, JSON_COMPACT) : NULL;
    json_decref(status);
    snprintf(path, sizeof(path), "/v1/regions/%s/nodes/%s/status", node->config->region, api->id);
    if (body && start(node, "POST", path, body, TIMEOUT_S, on_reported) == 0)
        api->status_under_way = true;
    free(body);
}

/* ---- life ---- */

int api_init(struct node *node)
{
    struct node_api *api = &node->api;
    int r = http_new(&node->loop, node->config->api, node->config->ca_file, &api->http);

    if (r < 0)
        return r;
    api->backoff_ms = BACKOFF_FIRST_MS;
    return uv_timer_init(&node->loop, &api->retry);
}

void api_start(struct node *node)
{
    read_token(node);
    join(node);
}

void api_done(struct node *node)
{
    http_free(node->api.http);
    node->api.http = NULL;
    buf_wipe(&node->api.token);
}
