/* The conversation with ropewayd once the node has joined (join.c); stream.c says what it is about.
 * Whatever fails is tried again, each time after a longer pause; what is known meanwhile stays in
 * force. */
#include "node_internal.h"

#include "cloud.h"

#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS   5000

static void on_retry(uv_timer_t *timer)
{
    stream_poll(container_of(timer, struct node, api.retry));
}

/* A quarter of the pause is random, so that the nodes of a region do not come back in step. */
void api_retry_later(struct node *node)
{
    struct node_api *api = &node->api;
    uint64_t ms = api->backoff_ms - api->backoff_ms / 4 + random_u64() % (api->backoff_ms / 4 + 1);

    uv_timer_start(&api->retry, on_retry, ms, 0);
    api->backoff_ms = MIN(api->backoff_ms * 2, (unsigned)BACKOFF_MAX_MS);
}

void api_note_success(struct node *node)
{
    struct node_api *api = &node->api;

    api->backoff_ms = BACKOFF_FIRST_MS;
    if (!api->away)
        return;
    api->away = false;
    log_info("ropewayd answers");
    stream_report(node);
    /* Another node may have had them meanwhile (docs/routing.md, "When a node falls silent"). */
    cloud_announce(node->config->public_interface, node->cloud, node->n_cloud);
}

void api_note_failure(struct node *node, const char *what, const struct http_answer *answer)
{
    struct node_api *api = &node->api;
    char why[HTTP_WHY_MAX];

    http_describe(answer, why, sizeof(why));
    if (!api->away)
        log_warn("%s: %s; what is in force stays, and this is tried again", what, why);
    else
        log_debug("%s: %s", what, why);
    api->away = true;
    if (answer->status == 401)
        join_again(node, why);
    else
        api_retry_later(node);
}

int api_request(struct node *node, const char *method, const char *path, const char *body,
                unsigned timeout_s, http_done *done)
{
    int r = http_start(node->api.http, method, path, body, timeout_s, done, node);

    if (r < 0)
        log_error("%s %s: %s", method, path, strerror(-r));
    return r;
}

/* It may be another node to ropewayd than before. */
void api_joined(struct node *node)
{
    objects_begin_anew(&node->set);
    report_reset(node);
    node->api.away = true; /* so that the first answer brings a status */
    uv_timer_stop(&node->api.retry);
    stream_poll(node);
}

/* ---- life ---- */

int api_init(struct node *node)
{
    struct node_api *api = &node->api;
    int r = http_new(&node->loop, node->config->api, node->config->ca_file, &api->http);

    if (r < 0)
        return r;
    api->backoff_ms = BACKOFF_FIRST_MS;
    r = uv_timer_init(&node->loop, &api->retry);
    return r == 0 ? join_init(node) : r;
}

void api_start(struct node *node)
{
    join_start(node);
}

void api_done(struct node *node)
{
    http_free(node->api.http);
    node->api.http = NULL;
    join_done(node);
}
