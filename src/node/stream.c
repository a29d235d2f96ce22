/* The two streams between the node and ropewayd (docs/protocol.md): pages of the desired state
 * downwards, reports upwards. */
#include "node_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define POLL_WAIT_S     25
#define TIMEOUT_S       15
#define REFUSED_SAID    4 /* entries of a report that ropewayd did not understand: the first */
#define DIFFERENCES_MAX 1 /* asked again at once for so many; after that with pauses */

/* ---- desired state ---- */

/* Once is a mistake of one page; if a whole listing does not mend it, there is no hurry. */
static void ask_from_the_start(struct node *node)
{
    objects_begin_anew(&node->set);
    if (node->api.differences++ < DIFFERENCES_MAX) {
        log_warn("what this node holds differs from what ropewayd has for it; it is listed anew");
        stream_poll(node);
    } else {
        api_retry_later(node);
    }
}

static void refuse_page(struct node *node, int r, const struct desired_error *err)
{
    char said[WORDS_TEXT_MAX];

    if (r == -ENOENT)
        log_error("ropewayd speaks the language of an older version: upgrade it; what is in force "
                  "stays");
    else
        log_error("the desired state cannot be used: %s",
                  r == -ENOMEM ? "no memory"
                               : words_say_written(err->text, WORDS_EN, said, sizeof(said)));
    objects_begin_anew(&node->set);
    api_retry_later(node);
}

static void note_page(struct node *node, const struct objects_page *page)
{
    if (!page->more)
        node_settle(node);
    if (page->differs) {
        ask_from_the_start(node);
        return;
    }
    if (!page->more)
        node->api.differences = 0;
    api_note_success(node);
    stream_poll(node);
}

static void take_page(struct node *node, const struct http_answer *answer)
{
    struct objects_page page = {0};
    struct desired_error err = {0};
    json_error_t error;
    json_t *doc = json_loadb(answer->body, answer->len, 0, &error);
    int r = doc ? merge_page(node, doc, &page, &err) : -EBADMSG;

    if (r == 0)
        trials_take(node, json_object_get(doc, "tests"));
    if (!doc)
        (void)text_copy(err.text, sizeof(err.text), error.text);
    json_decref(doc);
    if (r < 0)
        refuse_page(node, r, &err);
    else
        note_page(node, &page);
}

static void on_desired(void *arg, const struct http_answer *answer)
{
    struct node *node = arg;

    switch (answer->status) {
    case 200:
        take_page(node, answer);
        break;
    case 304:
        api_note_success(node);
        stream_poll(node);
        break;
    default:
        if (node->set.listing_open)
            objects_begin_anew(&node->set); /* what it was a listing of may be over */
        node_carry_soon(node);
        api_note_failure(node, "fetch the desired state", answer);
        break;
    }
}

void stream_poll(struct node *node)
{
    char path[384], since[OBJECT_EPOCH_MAX + 80], tests[TRIALS_QUERY_MAX];
    bool waits;

    objects_since(&node->set, since, sizeof(since));
    trials_query(node, tests);
    waits = *since && !node->set.listing_open;
    snprintf(path, sizeof(path), "/v1/regions/%s/nodes/%s/desired?%swait=%u%s",
             node->config->region, node->api.id, since, waits ? POLL_WAIT_S : 0, tests);
    if (api_request(node, "GET", path, NULL, POLL_WAIT_S + TIMEOUT_S, on_desired) < 0)
        api_retry_later(node);
}

/* ---- status ---- */

static void note_refused(const struct http_answer *answer)
{
    json_t *doc = json_loadb(answer->body, answer->len, 0, NULL);
    const json_t *refused = json_object_get(doc, "refused"), *item;
    size_t i;

    json_array_foreach (refused, i, item) {
        const char *key = json_string_value(json_object_get(item, "key"));
        const char *error = json_string_value(json_object_get(item, "error"));

        if (i < REFUSED_SAID)
            log_warn("ropewayd did not understand what was reported of %.128s: %.256s",
                     key ? key : "something", error ? error : "it says no reason");
    }
    json_decref(doc);
}

static void on_reported(void *arg, const struct http_answer *answer)
{
    struct node *node = arg;
    bool taken = answer->status >= 200 && answer->status <= 299;
    bool begun = node->report.sequence == 1; /* a beginning that is out of sequence: no hurry */
    char why[HTTP_WHY_MAX];

    report_sent(node, answer->status);
    if (taken)
        note_refused(answer);
    else
        http_describe(answer, why, sizeof(why));
    if (answer->status == 409)
        log_info("report the status: %s; all of it is reported anew", why);
    else if (!taken)
        log_debug("report the status: %s", why);
    /* One that failed is told with the next periodic one, or the first after ropewayd is back. */
    if ((answer->status == 409 && !begun) ||
        (taken && (node->report.again || report_has_more(node))))
        stream_report(node);
}

void stream_report(struct node *node)
{
    char path[256];
    struct buf body = {0};

    node->report.again = node->report.under_way;
    if (node->report.under_way || !*node->api.id || !node->has_desired)
        return;
    if (node_is_settling(node)) {
        node_report_soon(node);
        return;
    }
    snprintf(path, sizeof(path), "/v1/regions/%s/nodes/%s/status", node->config->region,
             node->api.id);
    if (report_next(node, clock_realtime_us(), &body) &&
        api_request(node, "POST", path, buf_text(&body), TIMEOUT_S, on_reported) < 0)
        report_sent(node, 0);
    buf_done(&body);
}
