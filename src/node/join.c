/* How the node becomes one and stays it: with the certificate that it has, or by joining its region
 * with the token; the certificate is renewed before it ends, and when ropewayd no longer takes it
 * the node joins again. What is in force on the machine stays meanwhile. */
#include "node_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define TOKEN_MAX        4096
#define TIMEOUT_S        15
#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS   5000
#define RENEW_RETRY_MIN  1    /* seconds */
#define RENEW_RETRY_MAX  600  /* seconds */
#define RENEW_SLEEP_MAX  3600 /* seconds: the clock may be set meanwhile */
#define ID_CHARS         "abcdefghijklmnopqrstuvwxyz0123456789-"

static void join(struct node *node);
static void plan_renewal(struct node *node);

static struct identity_self self_of(const struct node *node)
{
    return (struct identity_self){.region = node->config->region,
                                  .name = node->config->name,
                                  .address = node->config->address};
}

/* ---- when it fails ---- */

static void on_retry(uv_timer_t *timer)
{
    join(container_of(timer, struct node, join.retry));
}

/* A quarter of the pause is random, so that the nodes of a region do not come in step. */
static uint64_t jittered(uint64_t ms)
{
    return ms - ms / 4 + random_u64() % (ms / 4 + 1);
}

/* Says it once, and again when it is something else. */
static void retry_later(struct node *node, const char *why)
{
    struct node_join *j = &node->join;

    if (strcmp(j->said, why) != 0)
        log_warn("join the region: %s; this is tried again", why);
    else
        log_debug("join the region: %s", why);
    (void)text_copy(j->said, sizeof(j->said), why);
    uv_timer_start(&j->retry, on_retry, jittered(j->backoff_ms), 0);
    j->backoff_ms = MIN(j->backoff_ms * 2, (unsigned)BACKOFF_MAX_MS);
}

/* ---- joining ---- */

static int take_grant(const struct http_answer *answer, json_t **ret_doc,
                      struct identity_grant *ret)
{
    json_t *doc = json_loadb(answer->body, answer->len, 0, NULL);

    ret->id = json_string_value(json_object_get(doc, "id"));
    ret->certificate = json_string_value(json_object_get(doc, "certificate"));
    ret->authority = json_string_value(json_object_get(doc, "authority"));
    *ret_doc = doc;
    return ret->certificate && ret->authority ? 0 : -EBADMSG;
}

static void begin(struct node *node)
{
    struct node_join *j = &node->join;

    http_set_credential(node->api.http, &j->identity.certificate, &j->identity.key);
    (void)text_copy(node->api.id, sizeof(node->api.id), j->identity.id);
    j->backoff_ms = BACKOFF_FIRST_MS;
    j->renewal_failed = false;
    j->said[0] = 0;
    plan_renewal(node);
    api_joined(node);
}

static void on_joined(void *arg, const struct http_answer *answer)
{
    struct node *node = arg;
    struct node_join *j = &node->join;
    struct identity_self self = self_of(node);
    struct identity_grant grant;
    char why[HTTP_WHY_MAX];
    json_t *doc;
    int r;

    if (answer->status != 200 && answer->status != 201) {
        http_describe(answer, why, sizeof(why));
        retry_later(node, why);
        return;
    }
    r = take_grant(answer, &doc, &grant);
    if (r == 0 && (!grant.id || !*grant.id || grant.id[strspn(grant.id, ID_CHARS)]))
        r = -EBADMSG;
    if (r == 0)
        r = identity_take(&j->identity, &self, &j->key, &grant);
    if (r == 0)
        log_info("joined region %s as %s (%s)", self.region, self.name, grant.id);
    json_decref(doc);
    if (r < 0)
        retry_later(node,
                    r == -EBADMSG ? "the answer holds no certificate for this node" : strerror(-r));
    else
        begin(node);
}

/* It may have been replaced since the last time. */
static int read_token(struct node *node, struct buf *ret)
{
    const char *path = node->config->token_file;
    int r = path ? file_read(path, TOKEN_MAX, ret) : -ENOKEY;

    while (ret->len && strchr(" \r\n\t", ret->data[ret->len - 1]))
        ret->data[--ret->len] = 0;
    return r;
}

/* A key that is new with each join: whoever has the one before is out. */
static int make_body(struct node *node, char **ret)
{
    const struct node_config *config = node->config;
    struct buf request = {0};
    json_t *doc = NULL;
    int r;

    buf_wipe(&node->join.key);
    r = identity_new_key(&node->join.key);
    if (r == 0)
        r = identity_request(&node->join.key, config->name, &request);
    if (r == 0) {
        doc = json_pack("{s:s, s:s*, s:s}", "name", config->name, "address", config->address,
                        "certificateRequest", buf_text(&request));
        *ret = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
        r = *ret ? 0 : -ENOMEM;
    }
    json_decref(doc);
    buf_done(&request);
    return r;
}

static void join(struct node *node)
{
    struct buf token = {0};
    char *body = NULL, path[256], why[512];
    int r = read_token(node, &token);

    if (r < 0) {
        snprintf(why, sizeof(why), "a node token is needed (--token-file)%s%.300s%s%s",
                 r == -ENOKEY ? "" : ": ", r == -ENOKEY ? "" : node->config->token_file,
                 r == -ENOKEY ? "" : ": ", r == -ENOKEY ? "" : strerror(-r));
        retry_later(node, why);
        return;
    }
    snprintf(path, sizeof(path), "/v1/regions/%s/nodes", node->config->region);
    r = make_body(node, &body);
    if (r == 0)
        r = http_start_with_token(node->api.http, buf_text(&token), "POST", path, body, TIMEOUT_S,
                                  on_joined, node);
    if (r < 0)
        retry_later(node, strerror(-r));
    free(body);
    buf_wipe(&token);
}

void join_again(struct node *node, const char *why)
{
    if (!*node->api.id)
        return; /* it is on its way */
    log_warn("ropewayd does not take this node's certificate: %s", why);
    node->api.id[0] = 0;
    http_set_credential(node->api.http, NULL, NULL);
    uv_timer_stop(&node->join.renew);
    join(node);
}

/* ---- renewal ---- */

static void on_renewed(void *arg, const struct http_answer *answer)
{
    struct node *node = arg;
    struct node_join *j = &node->join;
    struct identity_grant grant;
    char why[HTTP_WHY_MAX];
    json_t *doc = NULL;
    int r = -EIO;

    if (!*node->api.id)
        return; /* it joins anew */
    /* That the certificate is refused is found out by whoever waits for the desired state. */
    http_describe(answer, why, sizeof(why));
    if (answer->status == 200) {
        r = take_grant(answer, &doc, &grant);
        if (r == 0)
            r = identity_renew(&j->identity, &grant);
        snprintf(why, sizeof(why), "%s", strerror(-r));
        json_decref(doc);
    }
    if (r == 0) {
        log_info("the node's certificate was renewed");
        http_set_credential(node->api.http, &j->identity.certificate, &j->identity.key);
        j->renewal_failed = false;
    } else {
        if (!j->renewal_failed)
            log_warn("renew the node's certificate: %s; this is tried again", why);
        else
            log_debug("renew the node's certificate: %s", why);
        j->renewal_failed = true;
    }
    plan_renewal(node);
}

static void renew(struct node *node)
{
    struct buf request = {0};
    char path[320], *body = NULL;
    json_t *doc = NULL;
    int r = identity_request(&node->join.identity.key, node->config->name, &request);

    if (r == 0) {
        doc = json_pack("{s:s}", "certificateRequest", buf_text(&request));
        body = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
    }
    snprintf(path, sizeof(path), "/v1/regions/%s/nodes/%s/certificate", node->config->region,
             node->api.id);
    if (!body || http_start(node->api.http, "POST", path, body, TIMEOUT_S, on_renewed, node) < 0) {
        node->join.renewal_failed = true;
        plan_renewal(node);
    }
    free(body);
    json_decref(doc);
    buf_done(&request);
}

static void on_renewal(uv_timer_t *timer)
{
    struct node *node = container_of(timer, struct node, join.renew);

    if (node->join.renewal_failed ||
        clock_realtime_us() >= identity_renewal_us(&node->join.identity))
        renew(node);
    else
        plan_renewal(node);
}

/* At two thirds of its life; after a failure a twentieth of what is left later, and so on. */
static void plan_renewal(struct node *node)
{
    const struct identity *i = &node->join.identity;
    uint64_t now = clock_realtime_us(), due = identity_renewal_us(i);
    uint64_t left_s = i->until_us > now ? (i->until_us - now) / 1000000 : 0;
    uint64_t ms = due > now ? (due - now) / 1000 : 0;

    if (node->join.renewal_failed)
        ms = MAX(RENEW_RETRY_MIN, MIN(left_s / 20, RENEW_RETRY_MAX)) * 1000;
    else
        ms = MIN(ms + random_u64() % (left_s * 1000 / 20 + 1), RENEW_SLEEP_MAX * UINT64_C(1000));
    uv_timer_start(&node->join.renew, on_renewal, node->join.renewal_failed ? jittered(ms) : ms, 0);
}

/* ---- life ---- */

int join_init(struct node *node)
{
    struct node_join *j = &node->join;
    struct identity_self self = self_of(node);
    int r = uv_timer_init(&node->loop, &j->retry);

    j->identity.lock = -1;
    j->backoff_ms = BACKOFF_FIRST_MS;
    if (r == 0)
        r = uv_timer_init(&node->loop, &j->renew);
    return r == 0 ? identity_open(&j->identity, node->config->state_dir, &self) : r;
}

void join_start(struct node *node)
{
    if (!node->join.identity.id[0]) {
        join(node);
        return;
    }
    log_info("has a certificate as node %s of region %s", node->join.identity.id,
             node->config->region);
    begin(node);
}

void join_done(struct node *node)
{
    identity_close(&node->join.identity);
    buf_wipe(&node->join.key);
}
